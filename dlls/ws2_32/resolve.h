/*
 * Look-ups through the host's resolver.
 */
#ifndef WS2_32_RESOLVE_H
#define WS2_32_RESOLVE_H

#include "ws2_32.h"
#include <gastwirt/resolve.h>

enum { RESOLVE_MAX = 256 };

struct ws_answer {
    struct resolve_answer head;
    struct resolve_address room[RESOLVE_MAX];
};

/* The addresses of a name (UTF-16); 0 or a Winsock error. *ret_answer is to be ws_free'd. */
int ws_resolve(const WCHAR *name, int family, DWORD flags, struct ws_answer **ret_answer);

/* The name of an address as UTF-16; 0 or a Winsock error. */
int ws_resolve_address(const struct sockaddr *address, DWORD flags, WCHAR *name, DWORD size);

/* This machine's name (UTF-16). */
int ws_host_name(WCHAR *name, DWORD size);

#endif
