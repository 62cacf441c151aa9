/*
 * What the tests of named pipes share.
 */
#ifndef NAMEDPIPE_H
#define NAMEDPIPE_H

#include "children.h"

/* A pipe's name of this run. */
static inline const char *name(const char *stem)
{
    return name_of_run("\\\\.\\pipe\\gastwirt-", stem);
}

static inline HANDLE make(const char *pipe, DWORD open_mode, DWORD pipe_mode, DWORD instances)
{
    HANDLE handle = CreateNamedPipeA(pipe, open_mode, pipe_mode, instances, 4096, 4096, 0, NULL);
    CHECK(handle != INVALID_HANDLE_VALUE);
    return handle;
}

/* Waits up to 10 seconds for the pipe to exist and listen. */
static inline HANDLE connect_to(const char *pipe)
{
    for (int i = 0; i < 1000; i++) {
        HANDLE handle = CreateFileA(pipe, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
        if (handle != INVALID_HANDLE_VALUE)
            return handle;
        Sleep(10);
    }
    return INVALID_HANDLE_VALUE;
}

static inline BOOL connect_client(HANDLE server)
{
    return ConnectNamedPipe(server, NULL) || GetLastError() == ERROR_PIPE_CONNECTED;
}

/* Both ends in this process. */
static inline void pair(const char *stem, DWORD mode, HANDLE *ret_server, HANDLE *ret_client)
{
    const char *pipe = name(stem);
    DWORD message = PIPE_READMODE_MESSAGE;
    *ret_server = make(pipe, PIPE_ACCESS_DUPLEX, mode, 1);
    *ret_client = connect_to(pipe);
    CHECK(*ret_client != INVALID_HANDLE_VALUE);
    if (mode & PIPE_READMODE_MESSAGE)
        CHECK(SetNamedPipeHandleState(*ret_client, &message, NULL, NULL));
}

#endif
