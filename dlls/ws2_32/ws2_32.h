/*
 * What all of ws2_32 shares: calls on sockets, statuses as Winsock errors.
 */
#ifndef WS2_32_H
#define WS2_32_H

#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <afunix.h>
#include <windows.h>
#include <nt/io.h>
#include <nt/rtl.h>
#include <nt/syscalls.h>
#include <gastwirt/afd.h>

/* FALSE with WSANOTINITIALISED: WSAStartup was not called. */
BOOL ws_started(void);

/* A status as a Winsock error; cancelled: what STATUS_CANCELLED is (WSAEINTR, WSA_OPERATION_ABORTED). */
int ws_error(NTSTATUS status, int cancelled);

/* Sets the last error; returns SOCKET_ERROR. */
int ws_fail(int error);

/* 0, or SOCKET_ERROR with the last error set. */
int ws_result(NTSTATUS status);

/* A call on a socket that waits inside if the socket blocks; *ret_information may be NULL. */
NTSTATUS ws_call(SOCKET socket, ULONG code, const void *input, ULONG input_length, void *output,
                 ULONG output_length, ULONG_PTR *ret_information);

/* The same as an overlapped request: a Winsock result (SOCKET_ERROR, WSA_IO_PENDING ...). */
int ws_overlapped(SOCKET socket, ULONG code, const void *input, ULONG input_length, void *output,
                  ULONG output_length, WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                  DWORD *ret_bytes);

/* The catalogue's entry of a socket, or NULL. */
const WSAPROTOCOL_INFOW *ws_protocol(int family, int type, int protocol);
void ws_protocol_ansi(const WSAPROTOCOL_INFOW *info, WSAPROTOCOL_INFOA *ret_info);

/* UTF-16 to the ANSI code page and back on the process heap; NULL: no memory, or a NULL argument. */
char *ws_ansi(const WCHAR *text);
WCHAR *ws_wide(const char *text);
void *ws_allocate(SIZE_T size);
void ws_free(void *block);

/* Services by name and port (network order); protocol NULL: any. NULL if there is none. */
struct ws_service {
    const char *name;
    USHORT port; /* host order */
    char tcp, udp;
    const char *alias;
};
const struct ws_service *ws_find_service(const char *name, USHORT port, const char *protocol);

/* A thread's buffer for gethostbyname and its like. */
struct ws_thread {
    struct hostent host;
    struct servent service;
    struct protoent protocol;
    char *pointers[66];
    char *aliases[2];
    char name[1032], service_name[32], text[64];
    char addresses[64][16];
};
struct ws_thread *ws_thread(void);

#endif
