/*
 * What ws2_32 asks of a socket through NtDeviceIoControlFile. The first three are Windows' own and
 * used by programs; the others are ours and have one layout for 32 and 64-bit callers.
 * Addresses are Windows' sockaddr, levels, names and flags those of winsock2.h.
 */
#ifndef GASTWIRT_AFD_H
#define GASTWIRT_AFD_H

#include <stdint.h>

#define IOCTL_AFD_RECEIVE          0x00012017
#define IOCTL_AFD_RECEIVE_DATAGRAM 0x0001201b
#define IOCTL_AFD_POLL             0x00012024

#define AFD_CODE(number) (0x00120000u | (0x0400u + (number)) << 2 | 3)

enum {
    AFD_BIND = AFD_CODE(0),            /* input: sockaddr */
    AFD_LISTEN = AFD_CODE(1),          /* input: int32_t backlog */
    AFD_ACCEPT = AFD_CODE(2),          /* input: afd_accept; output: afd_accepted */
    AFD_CONNECT = AFD_CODE(3),         /* input: afd_connect; information: bytes sent */
    AFD_TRANSFER = AFD_CODE(4),        /* input: afd_transfer */
    AFD_SHUTDOWN = AFD_CODE(5),        /* input: int32_t how */
    AFD_DISCONNECT = AFD_CODE(6),      /* input: uint32_t flags (TF_REUSE_SOCKET) */
    AFD_GET_NAME = AFD_CODE(7),        /* input: uint32_t peer; output: sockaddr */
    AFD_GET_OPTION = AFD_CODE(8),      /* input: afd_option; output: its value */
    AFD_SET_OPTION = AFD_CODE(9),      /* input: afd_option; output (read): its value */
    AFD_SET_MODE = AFD_CODE(10),       /* input: uint32_t nonblocking */
    AFD_QUERY = AFD_CODE(11),          /* output: afd_information */
    AFD_EVENT_SELECT = AFD_CODE(12),   /* input: afd_event_select */
    AFD_ENUM_EVENTS = AFD_CODE(13),    /* input: afd_event_select (event to reset); output: afd_events */
    AFD_SELECT = AFD_CODE(14),         /* as IOCTL_AFD_POLL with afd_select, waiting inside the call */
    AFD_ACCEPT_EX = AFD_CODE(15),      /* input: afd_accept_ex; information: bytes received */
    AFD_TRANSMIT = AFD_CODE(16),       /* input: afd_transmit; information: bytes sent */
    AFD_KEEPALIVE = AFD_CODE(17),      /* input: tcp_keepalive */
    AFD_CONNRESET = AFD_CODE(18),      /* input: uint32_t; datagram sockets hear of unreachable ports */
    AFD_ROUTE = AFD_CODE(19),          /* input: sockaddr; output: sockaddr of the local interface */
    AFD_ACCEPT_CONTEXT = AFD_CODE(20), /* input: uint64_t listening socket */
};

/* Events, of polls as well. */
#define AFD_POLL_RECEIVE           0x0001
#define AFD_POLL_RECEIVE_EXPEDITED 0x0002
#define AFD_POLL_SEND              0x0004
#define AFD_POLL_DISCONNECT        0x0008
#define AFD_POLL_ABORT             0x0010
#define AFD_POLL_LOCAL_CLOSE       0x0020
#define AFD_POLL_CONNECT           0x0040
#define AFD_POLL_ACCEPT            0x0080
#define AFD_POLL_CONNECT_FAIL      0x0100

/* WSAEventSelect's: bit numbers are indexes of the errors. */
#define AFD_FD_READ    0x01
#define AFD_FD_WRITE   0x02
#define AFD_FD_OOB     0x04
#define AFD_FD_ACCEPT  0x08
#define AFD_FD_CONNECT 0x10
#define AFD_FD_CLOSE   0x20
#define AFD_FD_COUNT   10

#define AFD_ADDRESS_SIZE 128

struct afd_accept {
    uint32_t no_inherit;
    uint32_t reserved;
};

struct afd_accepted {
    uint64_t handle;
    int32_t address_length;
    uint32_t reserved;
    uint8_t address[AFD_ADDRESS_SIZE];
};

struct afd_connect {
    uint64_t address;
    int32_t address_length;
    uint32_t overlapped; /* ConnectEx: pends, and the socket must be bound */
    uint64_t data;       /* sent first */
    uint32_t data_length;
    uint32_t reserved;
};

enum { AFD_TRANSFER_SEND = 1, AFD_TRANSFER_OVERLAPPED = 2, AFD_TRANSFER_MESSAGE = 4 };

struct afd_transfer {
    uint64_t buffers; /* WSABUF array in the caller's layout */
    uint32_t count;
    uint32_t pointer_size;   /* of the caller */
    uint32_t mode;           /* AFD_TRANSFER_... */
    uint32_t flags;          /* MSG_... */
    uint64_t address;        /* sockaddr to send to; where the sender's goes; 0: none */
    uint64_t address_length; /* sending: its size; receiving: pointer to int32_t */
    uint64_t ret_flags;      /* receiving: pointer to uint32_t, or 0 */
    uint64_t control;        /* control messages in the caller's layout, or 0 */
    uint64_t control_length; /* sending: size; receiving: pointer to uint32_t */
};

struct afd_option {
    int32_t level, name;
};

struct afd_information {
    int32_t family, type, protocol;
    uint32_t nonblocking;
    uint32_t available; /* bytes to read; of the first datagram */
    uint32_t at_mark;   /* no urgent data comes next */
    uint32_t bound, connected, listening, overlapped;
};

struct afd_event_select {
    uint64_t event;
    uint32_t mask;
    uint32_t reserved;
};

struct afd_events {
    uint32_t mask;
    int32_t status[AFD_FD_COUNT];
};

struct afd_select_entry {
    uint64_t handle;
    uint32_t events; /* AFD_POLL_...: wanted; on return what is so */
    int32_t status;
};

/* An array of these is input and output of AFD_SELECT; information: how many entries have events. */
struct afd_select {
    int64_t timeout; /* 100 ns; negative: for ever */
    uint32_t count;
    uint32_t reserved;
    struct afd_select_entry entries[];
};

struct afd_accept_ex {
    uint64_t socket;
    uint64_t buffer;
    uint32_t data_length, local_length, remote_length, reserved;
};

struct afd_transmit {
    uint64_t file; /* handle, or 0 */
    uint64_t offset;
    uint32_t length; /* 0: to its end */
    uint32_t flags;
    uint64_t head, tail;
    uint32_t head_length, tail_length;
    uint32_t overlapped, use_offset;
};

#endif
