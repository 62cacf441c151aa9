/*
 * What GwResolve takes and gives.
 */
#ifndef GASTWIRT_RESOLVE_H
#define GASTWIRT_RESOLVE_H

#include <stdint.h>

enum { RESOLVE_NAME, RESOLVE_ADDRESS, RESOLVE_QUERY, RESOLVE_HOST_NAME }; /* the last has no input */

enum {
    RESOLVE_CANONICAL = 1,
    RESOLVE_CONFIGURED = 2,
    RESOLVE_NO_DOMAIN = 4,
    RESOLVE_TCP = 8, /* these for queries */
    RESOLVE_NO_RECURSION = 16,
};

enum { RESOLVE_SERVERS = 3 };

/* How a look-up ended. */
enum {
    RESOLVE_OK,
    RESOLVE_NOT_FOUND,
    RESOLVE_NO_DATA,
    RESOLVE_TRY_AGAIN,
    RESOLVE_FAIL,
    RESOLVE_BAD_FLAGS,
    RESOLVE_FAMILY,
    RESOLVE_MEMORY,
    RESOLVE_SERVICE,
    RESOLVE_SOCKET_TYPE,
};

/* Families are Windows'. */
struct resolve_address {
    uint32_t family, scope;
    uint8_t bytes[16];
};

struct resolve_request {
    uint32_t family, flags;
    uint32_t type; /* of a query */
    uint32_t reserved;
    uint32_t servers[RESOLVE_SERVERS]; /* IPv4 addresses to ask; 0: the configured ones */
    uint32_t reserved2;
    struct resolve_address address;
    char name[1024];
};

/* The answer to a query is the packet itself. */
struct resolve_answer {
    uint32_t count, reserved;
    char name[1024]; /* canonical, UTF-8 */
    struct resolve_address addresses[];
};

#endif
