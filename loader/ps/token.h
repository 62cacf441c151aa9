/*
 * Access tokens. There is one user; the process token is made when it is first asked for.
 */
#ifndef PS_TOKEN_H
#define PS_TOKEN_H

#include "ps/ps.h"

/* The user's SID, 8 + 4 * [1] bytes. */
const uint8_t *ps_user_sid(void);

/* No reference. May be called under the dispatcher lock. */
struct ps_token *ps_process_token(void);

#endif
