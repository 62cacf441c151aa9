/*
 * The connection of a named pipe's two ends: making it, its state, and streams of bytes over it.
 */
#include "io/pipe_message.h"
#include "io/device.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    DRAINED = 64 /* the kernel's count of a socket that has just been emptied may be above 0 */
};

static int make_page(const struct pipe_page *like)
{
    int fd = memfd_create("gastwirt-pipe", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -1;
    if (ftruncate(fd, PIPE_PAGE_SIZE) == 0 && pwrite(fd, like, sizeof *like, 0) == sizeof *like &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        return fd;
    close(fd);
    return -1;
}

NTSTATUS pipe_link_open(int fd, int page_fd, unsigned own, struct pipe_link **ret_link)
{
    struct stat stat;
    struct pipe_link *link = calloc(1, sizeof *link);
    void *page = MAP_FAILED;
    int seals = fcntl(page_fd, F_GET_SEALS);
    /* Nobody can take the page away from under this process. */
    if (link && seals > 0 && seals & F_SEAL_SHRINK && fstat(page_fd, &stat) == 0 &&
        stat.st_size == PIPE_PAGE_SIZE)
        page = mmap(NULL, PIPE_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, page_fd, 0);
    if (page == MAP_FAILED) {
        close(fd);
        close(page_fd);
        free(link);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *link = (struct pipe_link){.references = 1, .fd = fd, .page_fd = page_fd, .own = own, .page = page};
    *ret_link = link;
    return STATUS_SUCCESS;
}

NTSTATUS pipe_link_create(const struct pipe_page *like, struct pipe_link **ret_link, int *ret_package)
{
    int pair[2], type = like->type == FILE_PIPE_MESSAGE_TYPE ? SOCK_SEQPACKET : SOCK_STREAM;
    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair) != 0)
        return STATUS_INSUFFICIENT_RESOURCES;
    /* Small messages take more than their bytes. The kernel gives as much as it allows, at least its default.
     */
    for (int i = 0; i < 2; i++) {
        unsigned quota = like->quota[!i] < 0x1000000 ? like->quota[!i] : 0x1000000;
        int room = (int)(quota > PIPE_MESSAGE_QUOTA ? quota : PIPE_MESSAGE_QUOTA) * 4;
        setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    }
    int page_fd = make_page(like), client[2] = {pair[0], page_fd};
    int package = page_fd >= 0 ? io_pack_descriptors(client, 2) : -1;
    close(pair[0]);
    if (package < 0) {
        close(pair[1]);
        if (page_fd >= 0)
            close(page_fd);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    NTSTATUS status = pipe_link_open(pair[1], page_fd, PIPE_SERVER, ret_link);
    if (NT_SUCCESS(status))
        *ret_package = package;
    else
        close(package);
    return status;
}

void pipe_link_next(const struct pipe_link *link, struct pipe_page *ret_like)
{
    struct pipe_page like = *link->page;
    uint32_t read_mode = like.side[PIPE_SERVER].read_mode,
             completion = like.side[PIPE_SERVER].completion_mode;
    memset(like.side, 0, sizeof like.side);
    like.side[PIPE_SERVER].read_mode = read_mode;
    like.side[PIPE_SERVER].completion_mode = completion;
    like.process[PIPE_CLIENT] = 0;
    like.generation++;
    like.state = FILE_PIPE_LISTENING_STATE;
    *ret_like = like;
}

struct pipe_link *pipe_link_reference(struct pipe_link *link)
{
    __atomic_add_fetch(&link->references, 1, __ATOMIC_ACQ_REL);
    return link;
}

void pipe_link_release(struct pipe_link *link)
{
    if (__atomic_sub_fetch(&link->references, 1, __ATOMIC_ACQ_REL))
        return;
    munmap(link->page, PIPE_PAGE_SIZE);
    close(link->page_fd);
    close(link->fd);
    free(link);
}

/* ---------------------------------------------------------------- state */

bool pipe_link_is_hung_up(const struct pipe_link *link)
{
    struct pollfd poll_fd = {.fd = link->fd};
    return poll(&poll_fd, 1, 0) > 0 && poll_fd.revents & POLLHUP;
}

NTSTATUS pipe_link_stated(const struct pipe_link *link)
{
    switch (LOAD(link->page->state)) {
    case FILE_PIPE_CONNECTED_STATE: return STATUS_SUCCESS;
    case FILE_PIPE_LISTENING_STATE: return STATUS_PIPE_LISTENING;
    default: return STATUS_PIPE_DISCONNECTED;
    }
}

NTSTATUS pipe_link_usable(const struct pipe_link *link)
{
    NTSTATUS status = pipe_link_stated(link);
    return NT_SUCCESS(status) && pipe_link_is_hung_up(link) ? STATUS_PIPE_BROKEN : status;
}

NTSTATUS pipe_link_broken(const struct pipe_link *link, int error, bool writing)
{
    NTSTATUS status = pipe_link_stated(link);
    if (!NT_SUCCESS(status))
        return status;
    if (!error || error == EPIPE || error == ECONNRESET || error == ENOTCONN || error == ECONNREFUSED)
        return writing ? STATUS_PIPE_CLOSING : STATUS_PIPE_BROKEN;
    return io_status_from_errno(error);
}

bool pipe_link_touch(const void *buffer, size_t length, bool write)
{
    uintptr_t at = (uintptr_t)buffer, end = at + length;
    while (at < end) {
        char byte;
        if (!io_peek(&byte, (void *)at, 1) || (write && !io_poke((void *)at, &byte, 1)))
            return false;
        at = (at | 4095) + 1;
    }
    return true;
}

/* ---------------------------------------------------------------- streams */

static NTSTATUS read_stream(struct pipe_link *link, void *buffer, ULONG length, ULONG *ret_length, bool wait)
{
    struct pipe_side *side = pipe_link_side(link);
    bool touched = false, reset = false;
    char probe;
    for (;;) {
        NTSTATUS status = pipe_link_stated(link);
        if (!NT_SUCCESS(status))
            return status;
        /* A read of nothing waits for something to be there. */
        void *to = length ? buffer : &probe;
        long flags = (length ? 0 : MSG_PEEK) | (wait ? 0 : MSG_DONTWAIT);
        long got = wait ? io_syscall_interruptible(SYS_recvfrom, link->fd, (long)to, length ? length : 1,
                                                   flags, 0, 0)
                        : recv(link->fd, to, length ? length : 1, (int)flags);
        int error = got >= 0 ? 0 : wait ? (int)-got : errno;
        if (got > 0) {
            if (length)
                ADD(side->taken, (uint64_t)got);
            __atomic_store_n(&side->has_read, 1, __ATOMIC_RELAXED);
            *ret_length = length ? (ULONG)got : 0;
            return STATUS_SUCCESS;
        }
        if (error == EINTR) {
            status = wait ? io_interrupted() : STATUS_SUCCESS;
            if (!NT_SUCCESS(status))
                return status;
        } else if (error == EAGAIN) {
            return STATUS_PENDING;
        } else if (error == EFAULT && !touched) {
            if (!pipe_link_touch(buffer, length, true))
                return STATUS_ACCESS_VIOLATION;
            touched = true;
        } else if (error == ECONNRESET &&
                   !reset) { /* it left something unread; what it wrote is still there */
            reset = true;
        } else {
            return pipe_link_broken(link, error, false);
        }
    }
}

static NTSTATUS write_stream(struct pipe_link *link, const void *buffer, ULONG length, ULONG_PTR *progress)
{
    bool touched = false;
    while (*progress < length) {
        ssize_t sent = send(link->fd, (const char *)buffer + *progress, length - *progress,
                            MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0) {
            ADD(pipe_link_side(link)->sent, (uint64_t)sent);
            *progress += (ULONG_PTR)sent;
        } else if (errno == EAGAIN) {
            return STATUS_PENDING;
        } else if (errno == EFAULT && !touched) {
            if (!pipe_link_touch((const char *)buffer + *progress, length - *progress, false))
                return STATUS_ACCESS_VIOLATION;
            touched = true;
        } else if (errno != EINTR) {
            return pipe_link_broken(link, errno, true);
        }
    }
    return STATUS_SUCCESS;
}

/* ---------------------------------------------------------------- both */

NTSTATUS pipe_link_read(struct pipe_link *link, void *buffer, ULONG length, ULONG *ret_length)
{
    return pipe_link_has_messages(link) ? pipe_message_read(link, buffer, length, ret_length)
                                        : read_stream(link, buffer, length, ret_length, false);
}

NTSTATUS pipe_link_read_waiting(struct pipe_link *link, void *buffer, ULONG length, ULONG *ret_length)
{
    return read_stream(link, buffer, length, ret_length, true);
}

NTSTATUS pipe_link_write(struct pipe_link *link, const void *buffer, ULONG length, ULONG_PTR *progress)
{
    if (pipe_link_has_messages(link))
        return pipe_message_write(link, buffer, length, progress);
    NTSTATUS status = length ? pipe_link_stated(link) : pipe_link_usable(link);
    if (status == STATUS_PIPE_BROKEN)
        return STATUS_PIPE_CLOSING;
    return NT_SUCCESS(status) ? write_stream(link, buffer, length, progress) : status;
}

NTSTATUS pipe_link_peek(struct pipe_link *link, void *buffer, ULONG room, struct pipe_peek *ret_peek)
{
    NTSTATUS status = pipe_link_stated(link);
    int queued = 0;
    *ret_peek = (struct pipe_peek){0};
    if (!NT_SUCCESS(status))
        return status;
    if (pipe_link_has_messages(link))
        return pipe_message_peek(link, buffer, room, ret_peek);
    ioctl(link->fd, FIONREAD, &queued);
    if (!queued && pipe_link_is_hung_up(link)) /* what came before the end is seen: look again */
        ioctl(link->fd, FIONREAD, &queued);
    if (!queued)
        return pipe_link_usable(link);
    ret_peek->available = (ULONG)queued;
    ssize_t got = room ? recv(link->fd, buffer, room, MSG_PEEK | MSG_DONTWAIT) : 0;
    if (got < 0 && errno == ECONNRESET)
        got = recv(link->fd, buffer, room, MSG_PEEK | MSG_DONTWAIT);
    ret_peek->copied = got > 0 ? (ULONG)got : 0;
    return STATUS_SUCCESS;
}

/* ---------------------------------------------------------------- what is under way */

bool pipe_link_is_drained(const struct pipe_link *link)
{
    int queued = 0;
    return ioctl(link->fd, SIOCOUTQ, &queued) != 0 || queued < DRAINED;
}

ULONG pipe_link_unread(const struct pipe_link *link)
{
    uint64_t sent = LOAD(pipe_link_side(link)->sent), taken = LOAD(link->page->side[!link->own].taken);
    /* A Unix program at the other end does not count. */
    if (sent <= taken || pipe_link_is_drained(link))
        return 0;
    return sent - taken < UINT32_MAX ? (ULONG)(sent - taken) : UINT32_MAX;
}

int pipe_link_watch(const struct pipe_link *link)
{
    struct epoll_event event = {.events = EPOLLOUT | EPOLLRDHUP | EPOLLET};
    int watch = epoll_create1(EPOLL_CLOEXEC);
    if (watch < 0 || epoll_ctl(watch, EPOLL_CTL_ADD, link->fd, &event) != 0) {
        if (watch >= 0)
            close(watch);
        return -1;
    }
    epoll_wait(watch, &event, 1, 0); /* what is so already is no news */
    return watch;
}

NTSTATUS pipe_link_wait(int watch)
{
    struct epoll_event event;
    NTSTATUS status = io_wait_ready(watch, POLLIN);
    if (NT_SUCCESS(status))
        epoll_wait(watch, &event, 1, 0);
    return status;
}
