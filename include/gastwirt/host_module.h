/*
 * Host modules: the part of a DLL that needs a library of the host. dlls/NAME/host.c (and what is in host/)
 * becomes host/NAME.so beside the system's DLLs; loader/ex/host_module.c loads it on first use. What a
 * DLL and its module agree on (function numbers, argument blocks, version) stands in dlls/NAME/host.h,
 * in types that are the same for 32 and 64 bits: a guest pointer is a uint64_t.
 */
#ifndef GASTWIRT_HOST_MODULE_H
#define GASTWIRT_HOST_MODULE_H

#include <stdint.h>

enum {
    HOST_MODULE_NAME_MAX = 31,       /* [a-z0-9_] */
    HOST_MODULE_ARGUMENTS_MAX = 2048 /* bytes of an argument block */
};

#ifndef _WIN32

/* A function gets a copy of its argument block, which goes back to the guest afterwards, whatever the
 * status. Everything else of the guest's is reached through mm/guest.h only; the module may also use
 * malloc and the host's libraries, but must hold no lock while it touches guest memory. */
struct host_function {
    int32_t (*call)(void *arguments);
    uint32_t size; /* of the argument block, exactly */
};

/* What a module exports, by the name gastwirt_host_module. */
struct host_module {
    uint32_t version; /* of dlls/NAME/host.h: any change there is a new number */
    uint32_t count;
    const struct host_function *functions;
};

extern __attribute__((visibility("default"))) const struct host_module gastwirt_host_module;

#endif
#endif
