/*
 * What goes over the link between a debuggee and its debugger: packets of fixed size.
 */
#ifndef DBGK_LINK_H
#define DBGK_LINK_H

#include "dbgk/dbgk.h"

enum dbgk_kind {
    DBGK_EXCEPTION,
    DBGK_CREATE_THREAD,
    DBGK_CREATE_PROCESS, /* descriptors: the image, the process's page */
    DBGK_EXIT_THREAD,
    DBGK_EXIT_PROCESS,
    DBGK_LOAD_DLL, /* descriptor: the image */
    DBGK_UNLOAD_DLL,
    DBGK_CHILD, /* nothing that is answered: `process` is to be debugged over the descriptor */
};

/* Whose code it was: DBGK_ONLY_64 is of no concern to 32-bit debuggers. */
enum { DBGK_NATIVE, DBGK_I386, DBGK_ONLY_64 };

/* From the debuggee. */
struct dbgk_packet {
    uint32_t kind, process, thread;
    uint32_t first_chance, wow; /* of an exception; of that and of a process */
    int32_t status;             /* of an exit */
    uint64_t base, start, teb, name;
    uint32_t debug_offset, debug_size;
    EXCEPTION_RECORD record;
};

enum dbgk_order { DBGK_CONTINUE, DBGK_DETACH, DBGK_KILL_ON_CLOSE };

/* To the debuggee. */
struct dbgk_command {
    uint32_t order;
    uint32_t thread; /* DBGK_CONTINUE: whose event */
    int32_t value;   /* its status; kill on close */
};

/* The first packets of an attachment: a struct dbgk_command of DBGK_KILL_ON_CLOSE, and what it came to. */
struct dbgk_welcome {
    int32_t status;
    uint32_t wow, main_thread;
};

enum { DBGK_DESCRIPTORS = 2 };

/* Both return false when the other side is gone. fds: -1 where there is none; received ones are the caller's.
 */
bool dbgk_send(int socket, const void *packet, size_t size, const int *fds);
bool dbgk_receive(int socket, void *packet, size_t size, int *ret_fds, bool *ret_empty);

#endif
