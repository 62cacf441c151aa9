/*
 * What shell32.dll and its host module agree on: the user's trash.
 */
#ifndef SHELL32_HOST_H
#define SHELL32_HOST_H

#include <stdint.h>

enum { SHELL_HOST_VERSION = 1 };
enum { SHELL_HOST_RECYCLE, SHELL_HOST_BIN, SHELL_HOST_COUNT };

/* STATUS_NOT_SUPPORTED: there is no trash that this file could go to. */
struct shell_host_recycle {
    uint64_t path;   /* an NT path */
    uint32_t length; /* in characters */
};

struct shell_host_bin {
    uint32_t letter; /* of the drive whose bins are meant; 0: all */
    uint32_t empty;  /* not 0: they are emptied */
    uint64_t count, size;
};

#endif
