/*
 * Waiting for several sockets: select and WSAPoll.
 */
#include "ws2_32.h"

enum { LOCAL_ENTRIES = 64 };

#define READ_EVENTS   (AFD_POLL_RECEIVE | AFD_POLL_ACCEPT | AFD_POLL_DISCONNECT | AFD_POLL_ABORT)
#define WRITE_EVENTS  AFD_POLL_SEND
#define EXCEPT_EVENTS (AFD_POLL_RECEIVE_EXPEDITED | AFD_POLL_CONNECT_FAIL)

struct request {
    struct afd_select head;
    struct afd_select_entry entries[LOCAL_ENTRIES];
};

/* A request with room for count entries: the caller's or on the heap. */
static struct afd_select *prepare(struct request *local, DWORD count)
{
    if (count <= LOCAL_ENTRIES) {
        local->head.count = 0;
        local->head.reserved = 0;
        return &local->head;
    }
    return ws_allocate(sizeof(struct afd_select) + count * sizeof(struct afd_select_entry));
}

static void release(struct request *local, struct afd_select *request)
{
    if (request != &local->head)
        ws_free(request);
}

static NTSTATUS run(struct afd_select *request, ULONG_PTR *ret_found)
{
    ULONG size = (ULONG)(sizeof *request + request->count * sizeof request->entries[0]);
    *ret_found = 0;
    return ws_call((SOCKET)request->entries[0].handle, AFD_SELECT, request, size, NULL, 0, ret_found);
}

static void add(struct afd_select *request, const fd_set *set, uint32_t events)
{
    for (u_int i = 0; set && i < set->fd_count; i++) {
        struct afd_select_entry *entry = &request->entries[request->count++];
        entry->handle = set->fd_array[i];
        entry->events = events;
        entry->status = 0;
    }
}

static int take(const struct afd_select *request, u_int *at, fd_set *set)
{
    u_int kept = 0, count = set ? set->fd_count : 0;
    for (u_int i = 0; i < count; i++) {
        uint32_t events = request->entries[(*at)++].events;
        if (events & AFD_POLL_LOCAL_CLOSE)
            return ws_fail(WSAENOTSOCK);
        if (events)
            set->fd_array[kept++] = set->fd_array[i];
    }
    if (set)
        set->fd_count = kept;
    return (int)kept;
}

int WINAPI select(int ignored, fd_set *read, fd_set *write, fd_set *except, const PTIMEVAL timeout)
{
    struct request local;
    DWORD count = (read ? read->fd_count : 0) + (write ? write->fd_count : 0) +
                  (except ? except->fd_count : 0);
    ULONG_PTR found;
    u_int at = 0;
    int result = 0;
    (void)ignored;
    if (!ws_started())
        return SOCKET_ERROR;
    if (!count || (timeout && (timeout->tv_sec < 0 || timeout->tv_usec < 0)))
        return ws_fail(WSAEINVAL);
    struct afd_select *request = prepare(&local, count);
    if (!request)
        return ws_fail(WSAENOBUFS);
    request->timeout = timeout ? (int64_t)timeout->tv_sec * 10000000 + (int64_t)timeout->tv_usec * 10 : -1;
    add(request, read, READ_EVENTS);
    add(request, write, WRITE_EVENTS);
    add(request, except, EXCEPT_EVENTS);
    NTSTATUS status = run(request, &found);
    if (status != STATUS_SUCCESS)
        result = ws_result(status);
    fd_set *sets[] = {read, write, except};
    for (int i = 0; i < 3 && result != SOCKET_ERROR; i++) {
        int n = take(request, &at, sets[i]);
        result = n == SOCKET_ERROR ? n : result + n;
    }
    release(&local, request);
    return result;
}

int WINAPI __WSAFDIsSet(SOCKET socket, fd_set *set)
{
    for (u_int i = set->fd_count; i--;)
        if (set->fd_array[i] == socket)
            return TRUE;
    return FALSE;
}

static SHORT poll_result(SHORT wanted, uint32_t events)
{
    SHORT result = 0;
    if (events & AFD_POLL_LOCAL_CLOSE)
        return POLLNVAL;
    if (events & (AFD_POLL_RECEIVE | AFD_POLL_ACCEPT))
        result |= POLLRDNORM;
    if (events & AFD_POLL_RECEIVE_EXPEDITED)
        result |= POLLRDBAND;
    if (events & AFD_POLL_SEND)
        result |= POLLWRNORM;
    result &= wanted;
    if (events & AFD_POLL_DISCONNECT)
        result |= POLLHUP;
    if (events & AFD_POLL_ABORT)
        result |= POLLHUP | POLLERR;
    if (events & AFD_POLL_CONNECT_FAIL)
        result |= (SHORT)(POLLHUP | POLLERR | (wanted & POLLWRNORM));
    return result;
}

int WINAPI WSAPoll(LPWSAPOLLFD fds, ULONG count, INT timeout)
{
    struct request local;
    ULONG_PTR found;
    int result = 0;
    if (!ws_started())
        return SOCKET_ERROR;
    if (!count)
        return ws_fail(WSAEINVAL);
    if (!fds)
        return ws_fail(WSAEFAULT);
    struct afd_select *request = prepare(&local, count);
    if (!request)
        return ws_fail(WSAENOBUFS);
    for (ULONG i = 0; i < count; i++) {
        struct afd_information own;
        uint32_t events = AFD_POLL_DISCONNECT | AFD_POLL_ABORT | AFD_POLL_CONNECT_FAIL;
        fds[i].revents = 0;
        if ((SSIZE_T)fds[i].fd < 0) {
            fds[i].revents = POLLNVAL;
            continue;
        }
        if (fds[i].events & ~(POLLRDNORM | POLLRDBAND | POLLWRNORM)) {
            release(&local, request);
            return ws_fail(WSAEINVAL);
        }
        if (ws_call(fds[i].fd, AFD_QUERY, NULL, 0, &own, sizeof own, NULL) != STATUS_SUCCESS) {
            fds[i].revents = POLLNVAL;
            result++;
            continue;
        }
        if (fds[i].events & POLLRDNORM)
            events |= AFD_POLL_RECEIVE | AFD_POLL_ACCEPT;
        if (fds[i].events & POLLRDBAND)
            events |= AFD_POLL_RECEIVE_EXPEDITED;
        if (fds[i].events & POLLWRNORM)
            events |= AFD_POLL_SEND;
        struct afd_select_entry *entry = &request->entries[request->count++];
        entry->handle = fds[i].fd;
        entry->events = events;
        entry->status = 0;
    }
    request->timeout = result ? 0 : timeout < 0 ? -1 : (int64_t)timeout * 10000;
    if (!request->count) {
        release(&local, request);
        return result ? result : ws_fail(WSAENOTSOCK);
    }
    NTSTATUS status = run(request, &found);
    if (status != STATUS_SUCCESS)
        result = ws_result(status);
    u_int at = 0;
    for (ULONG i = 0; i < count && result != SOCKET_ERROR; i++) {
        if (fds[i].revents == POLLNVAL)
            continue;
        fds[i].revents = poll_result(fds[i].events, request->entries[at++].events);
        result += fds[i].revents != 0;
    }
    release(&local, request);
    return result;
}
