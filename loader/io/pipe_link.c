/*
 * The connection of a named pipe's two ends. A message is a packet; one too large for a packet is a memory
 * file that a packet carries. A message that is read in pieces stays in the socket until its last piece is
 * read.
 */
#include "io/pipe_link.h"
#include "io/device.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    PACKET_LIMIT = 128 * 1024, /* a longer message is a memory file */
    MESSAGE_QUOTA = 65536,     /* at least, of pipes of messages: before that no writer waits */
    DRAINED = 64,              /* the kernel's count of a socket that has just been emptied may be above 0 */
    LOCK_PATIENCE = 1000,
    PACKAGE_LIMIT = 4
};

/* What a packet that carries a memory file says. */
struct large_message {
    uint64_t length;
};

#define LOAD(place)       __atomic_load_n(&(place), __ATOMIC_ACQUIRE)
#define ADD(place, count) __atomic_add_fetch(&(place), count, __ATOMIC_ACQ_REL)

/* ---------------------------------------------------------------- descriptors */

static ssize_t send_with(int socket, const void *data, size_t size, const int *fds, unsigned count, int flags)
{
    struct iovec piece = {(void *)data, size};
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(PACKAGE_LIMIT * sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    if (count) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(&control.head), fds, count * sizeof(int));
    }
    ssize_t sent;
    do
        sent = sendmsg(socket, &message, flags | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent;
}

/* Descriptors beyond `room` are closed; *ret_count is what there is in ret_fds. */
static ssize_t receive_with(int socket, struct iovec *pieces, size_t piece_count, int *ret_fds, unsigned room,
                            unsigned *ret_count, int flags)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(PACKAGE_LIMIT * sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = pieces,
                             .msg_iovlen = piece_count,
                             .msg_control = &control,
                             .msg_controllen = sizeof control.room};
    ssize_t got;
    *ret_count = 0;
    do
        got = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return got;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < (head->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(head) + i * sizeof fd, sizeof fd);
            if (*ret_count < room)
                ret_fds[(*ret_count)++] = fd;
            else
                close(fd);
        }
    }
    return got;
}

int io_pack_descriptors(const int *fds, unsigned count)
{
    int pair[2];
    char mark = 0;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return -1;
    ssize_t sent = send_with(pair[0], &mark, 1, fds, count, 0);
    close(pair[0]);
    if (sent == 1)
        return pair[1];
    close(pair[1]);
    return -1;
}

unsigned io_unpack_descriptors(int package, int *ret_fds, unsigned room, bool keep)
{
    char mark;
    unsigned count;
    struct iovec piece = {&mark, 1};
    ssize_t got = receive_with(package, &piece, 1, ret_fds, room, &count,
                               MSG_DONTWAIT | (keep ? MSG_PEEK : 0));
    if (got != 1)
        for (; count; count--)
            close(ret_fds[count - 1]);
    if (!keep)
        close(package);
    return count;
}

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
        int room = (int)(quota > MESSAGE_QUOTA ? quota : MESSAGE_QUOTA) * 4;
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

/* By the page alone. */
static NTSTATUS stated(const struct pipe_link *link)
{
    switch (LOAD(link->page->state)) {
    case FILE_PIPE_CONNECTED_STATE: return STATUS_SUCCESS;
    case FILE_PIPE_LISTENING_STATE: return STATUS_PIPE_LISTENING;
    default: return STATUS_PIPE_DISCONNECTED;
    }
}

NTSTATUS pipe_link_usable(const struct pipe_link *link)
{
    NTSTATUS status = stated(link);
    return NT_SUCCESS(status) && pipe_link_is_hung_up(link) ? STATUS_PIPE_BROKEN : status;
}

/* A call on the socket failed for good. */
static NTSTATUS broken(const struct pipe_link *link, int error, bool writing)
{
    NTSTATUS status = stated(link);
    if (!NT_SUCCESS(status))
        return status;
    if (!error || error == EPIPE || error == ECONNRESET || error == ENOTCONN || error == ECONNREFUSED)
        return writing ? STATUS_PIPE_CLOSING : STATUS_PIPE_BROKEN;
    return io_status_from_errno(error);
}

/* Makes the kernel's EFAULT go away where only a fault handler can provide pages. */
static bool touch(const void *buffer, size_t length, bool write)
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

/* The lock of messages that are read in pieces. Its holder never waits; one that was killed is replaced. */
static void lock_side(struct pipe_side *side)
{
    uint32_t own = (uint32_t)getpid(), holder = 0;
    for (unsigned i = 1;
         !__atomic_compare_exchange_n(&side->lock, &holder, own, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
         i++) {
        if (i % LOCK_PATIENCE == 0 && kill((pid_t)holder, 0) != 0 && errno == ESRCH &&
            __atomic_compare_exchange_n(&side->lock, &holder, own, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return;
        holder = 0;
        sched_yield();
    }
}

static void unlock_side(struct pipe_side *side)
{
    __atomic_store_n(&side->lock, 0, __ATOMIC_RELEASE);
}

/* ---------------------------------------------------------------- streams */

static NTSTATUS read_stream(struct pipe_link *link, void *buffer, ULONG length, ULONG *ret_length, bool wait)
{
    struct pipe_side *side = pipe_link_side(link);
    bool touched = false, reset = false;
    char probe;
    for (;;) {
        NTSTATUS status = stated(link);
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
            if (!touch(buffer, length, true))
                return STATUS_ACCESS_VIOLATION;
            touched = true;
        } else if (error == ECONNRESET &&
                   !reset) { /* it left something unread; what it wrote is still there */
            reset = true;
        } else {
            return broken(link, error, false);
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
            if (!touch((const char *)buffer + *progress, length - *progress, false))
                return STATUS_ACCESS_VIOLATION;
            touched = true;
        } else if (errno != EINTR) {
            return broken(link, errno, true);
        }
    }
    return STATUS_SUCCESS;
}

/* ---------------------------------------------------------------- messages */

/* The first message. file: of a large one, else -1. */
struct first {
    ULONG length;
    int file;
};

/* STATUS_PENDING: there is none. Under the side's lock. */
static NTSTATUS look(struct pipe_link *link, struct first *ret_first)
{
    struct pipe_side *side = pipe_link_side(link), *other = &link->page->side[!link->own];
    for (bool reset = false;; reset = true) {
        struct large_message large;
        struct iovec piece = {&large, sizeof large};
        unsigned count;
        ret_first->file = -1;
        ssize_t got = receive_with(link->fd, &piece, 1, &ret_first->file, 1, &count,
                                   MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN)
            return STATUS_PENDING;
        if (got < 0 && errno == ECONNRESET && !reset)
            continue;
        if (got < 0)
            return broken(link, errno, false);
        if (got == 0 && LOAD(other->empty_sent) == LOAD(side->empty_taken))
            return broken(link, 0, false);
        ret_first->length = (ULONG)got;
        if (count) {
            if (got == sizeof large && large.length <= UINT32_MAX) {
                ret_first->length = (ULONG)large.length;
            } else {
                close(ret_first->file);
                ret_first->file = -1;
            }
        }
        return STATUS_SUCCESS;
    }
}

/* Copies from the first message; errno or 0. */
static int copy_from(struct pipe_link *link, const struct first *first, ULONG at, void *buffer, ULONG length)
{
    if (first->file >= 0) {
        for (ULONG done = 0; done < length;) {
            ssize_t got = pread(first->file, (char *)buffer + done, length - done, at + done);
            if (got <= 0)
                return got ? errno : EIO;
            done += (ULONG)got;
        }
        return 0;
    }
    void *skipped = at ? malloc(at) : NULL;
    if (at && !skipped)
        return ENOMEM;
    struct iovec pieces[2] = {{skipped, at}, {buffer, length}};
    unsigned count;
    ssize_t got = receive_with(link->fd, pieces, 2, NULL, 0, &count, MSG_PEEK | MSG_DONTWAIT);
    int error = got < 0 ? errno : 0;
    free(skipped);
    return error;
}

static void consume(struct pipe_link *link, const struct first *first)
{
    struct pipe_side *side = pipe_link_side(link);
    struct iovec piece = {NULL, 0};
    unsigned count;
    receive_with(link->fd, &piece, 1, NULL, 0, &count, MSG_DONTWAIT);
    side->at = 0;
    if (first->file >= 0)
        ADD(side->excess_taken, (uint64_t)first->length - sizeof(struct large_message));
    else if (!first->length)
        ADD(side->empty_taken, 1);
}

/* One message or a part of it; *ret_fault: the buffer has to be touched first. Under the side's lock. */
static NTSTATUS read_message(struct pipe_link *link, void *buffer, ULONG length, ULONG *ret_length,
                             bool *ret_fault)
{
    struct pipe_side *side = pipe_link_side(link);
    struct first first;
    NTSTATUS status = look(link, &first);
    if (status != STATUS_SUCCESS)
        return status;
    ULONG at = side->at <= first.length ? side->at : first.length;
    ULONG left = first.length - at, step = left < length ? left : length;
    int error = step ? copy_from(link, &first, at, buffer, step) : 0;
    if (error == EFAULT)
        *ret_fault = true;
    if (error) {
        status = error == EFAULT ? STATUS_ACCESS_VIOLATION : io_status_from_errno(error);
    } else {
        ADD(side->taken, step);
        *ret_length = step;
        side->at = at + step;
        if (step == left)
            consume(link, &first);
        else
            status = STATUS_BUFFER_OVERFLOW;
    }
    if (first.file >= 0)
        close(first.file);
    return status;
}

static NTSTATUS read_messages(struct pipe_link *link, void *buffer, ULONG length, ULONG *ret_length)
{
    struct pipe_side *side = pipe_link_side(link);
    bool messages = LOAD(side->read_mode) == FILE_PIPE_MESSAGE_MODE, touched = false;
    ULONG used = 0, part;
    NTSTATUS status = stated(link);
    if (!NT_SUCCESS(status))
        return status;
    for (;;) {
        bool fault = false;
        lock_side(side);
        do {
            part = 0;
            status = read_message(link, (char *)buffer + used, length - used, &part, &fault);
            used += part;
        } while (!messages && status == STATUS_SUCCESS && used < length);
        unlock_side(side);
        if (!fault || touched)
            break;
        if (!touch((char *)buffer + used, length - used, true))
            return STATUS_ACCESS_VIOLATION;
        touched = true;
    }
    if (!messages && (used || status == STATUS_BUFFER_OVERFLOW)) /* of a stream there is simply more */
        status = STATUS_SUCCESS;
    if (!NT_ERROR(status) && status != STATUS_PENDING)
        __atomic_store_n(&side->has_read, 1, __ATOMIC_RELAXED);
    *ret_length = used;
    return status;
}

/* A memory file with the message; -1 with errno. */
static int make_large(const void *buffer, ULONG length)
{
    int file = memfd_create("gastwirt-message", MFD_CLOEXEC);
    for (ULONG done = 0; file >= 0 && done < length;) {
        ssize_t put = pwrite(file, (const char *)buffer + done, length - done, done);
        if (put <= 0) {
            int error = put ? errno : EIO;
            close(file);
            errno = error;
            return -1;
        }
        done += (ULONG)put;
    }
    return file;
}

/* One more message of that length, or one less. */
static void count_message(struct pipe_side *side, uint64_t length, bool less)
{
    uint64_t excess = length - sizeof(struct large_message);
    ADD(side->sent, less ? -length : length);
    if (length > PACKET_LIMIT)
        ADD(side->excess_sent, less ? -excess : excess);
    else if (!length)
        ADD(side->empty_sent, less ? -1u : 1u);
}

/* errno or 0. */
static int send_message(struct pipe_link *link, const void *buffer, ULONG length)
{
    ssize_t sent;
    if (length <= PACKET_LIMIT) {
        do
            sent = send(link->fd, buffer, length, MSG_DONTWAIT | MSG_NOSIGNAL);
        while (sent < 0 && errno == EINTR);
        return sent < 0 ? errno : 0;
    }
    struct large_message large = {length};
    int file = make_large(buffer, length);
    if (file < 0)
        return errno;
    sent = send_with(link->fd, &large, sizeof large, &file, 1, MSG_DONTWAIT);
    int error = sent < 0 ? errno : 0;
    close(file);
    return error;
}

static NTSTATUS write_message(struct pipe_link *link, const void *buffer, ULONG length, ULONG_PTR *progress)
{
    struct pipe_side *side = pipe_link_side(link);
    NTSTATUS status = stated(link);
    if (!NT_SUCCESS(status))
        return status;
    ULONG unread = pipe_link_unread(link), quota = LOAD(link->page->quota[!link->own]);
    if (quota < MESSAGE_QUOTA)
        quota = MESSAGE_QUOTA;
    if (unread && (uint64_t)unread + length > quota && !pipe_link_is_hung_up(link))
        return STATUS_PENDING;
    for (bool touched = false;; touched = true) {
        /* Counted first: the other end may look as soon as it is sent. */
        count_message(side, length, false);
        int error = send_message(link, buffer, length);
        if (!error) {
            *progress = length;
            return STATUS_SUCCESS;
        }
        count_message(side, length, true);
        if (error == EAGAIN)
            return STATUS_PENDING;
        if (error != EFAULT || touched)
            return broken(link, error, true);
        if (!touch(buffer, length, false))
            return STATUS_ACCESS_VIOLATION;
    }
}

/* ---------------------------------------------------------------- both */

NTSTATUS pipe_link_read(struct pipe_link *link, void *buffer, ULONG length, ULONG *ret_length)
{
    return pipe_link_has_messages(link) ? read_messages(link, buffer, length, ret_length)
                                        : read_stream(link, buffer, length, ret_length, false);
}

NTSTATUS pipe_link_read_waiting(struct pipe_link *link, void *buffer, ULONG length, ULONG *ret_length)
{
    return read_stream(link, buffer, length, ret_length, true);
}

NTSTATUS pipe_link_write(struct pipe_link *link, const void *buffer, ULONG length, ULONG_PTR *progress)
{
    if (pipe_link_has_messages(link))
        return write_message(link, buffer, length, progress);
    NTSTATUS status = length ? stated(link) : pipe_link_usable(link);
    if (status == STATUS_PIPE_BROKEN)
        return STATUS_PIPE_CLOSING;
    return NT_SUCCESS(status) ? write_stream(link, buffer, length, progress) : status;
}

static NTSTATUS peek_messages(struct pipe_link *link, void *buffer, ULONG room, struct pipe_peek *ret_peek)
{
    struct pipe_side *side = pipe_link_side(link), *other = &link->page->side[!link->own];
    struct first first;
    int queued = 0;
    lock_side(side);
    NTSTATUS status = look(link, &first);
    if (status == STATUS_SUCCESS) {
        ULONG at = side->at <= first.length ? side->at : first.length, left = first.length - at;
        ioctl(link->fd, FIONREAD, &queued);
        ret_peek->available = (ULONG)((uint64_t)queued + LOAD(other->excess_sent) -
                                      LOAD(side->excess_taken)) -
                              at;
        ret_peek->message = left;
        ret_peek->copied = left < room ? left : room;
        if (ret_peek->copied && copy_from(link, &first, at, buffer, ret_peek->copied))
            ret_peek->copied = 0;
        if (first.file >= 0)
            close(first.file);
    }
    unlock_side(side);
    return status == STATUS_PENDING ? STATUS_SUCCESS : status;
}

NTSTATUS pipe_link_peek(struct pipe_link *link, void *buffer, ULONG room, struct pipe_peek *ret_peek)
{
    NTSTATUS status = stated(link);
    int queued = 0;
    *ret_peek = (struct pipe_peek){0};
    if (!NT_SUCCESS(status))
        return status;
    if (pipe_link_has_messages(link))
        return peek_messages(link, buffer, room, ret_peek);
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
