/*
 * Inside the session client.
 */
#ifndef SESSION_CONNECT_H
#define SESSION_CONNECT_H

#include "session/session.h"

/* A socket that is connected to the session's server, or -1 and why not. */
int session_open_socket(bool start, const char **ret_why);

/* The thread that receives what the server of this generation wants of this process; socket is its end.
 * Called under no lock. */
bool session_start_listener(int socket, uint32_t generation);

#endif
