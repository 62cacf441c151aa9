/*
 * Messages over a named pipe's connection. A message is a packet; one too large for a packet is a memory file
 * that a packet carries. A message that is read in pieces stays in the socket until its last piece is read.
 */
#include "io/pipe_message.h"
#include "io/device.h"
#include <fcntl.h>
#include <gastwirt/descriptors.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

enum {
    PACKET_LIMIT = 128 * 1024, /* a longer message is a memory file */
    LOCK_PATIENCE = 1000
};

/* What a packet that carries a memory file says. */
struct large_message {
    uint64_t length;
};

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
        int cut;
        ret_first->file = -1;
        ssize_t got = gw_receive_descriptors(link->fd, &piece, 1, &ret_first->file, 1, &count, &cut,
                                             MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN)
            return STATUS_PENDING;
        if (got < 0 && errno == ECONNRESET && !reset)
            continue;
        if (got < 0)
            return pipe_link_broken(link, errno, false);
        if (got == 0 && LOAD(other->empty_sent) == LOAD(side->empty_taken))
            return pipe_link_broken(link, 0, false);
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
    int cut;
    ssize_t got = gw_receive_descriptors(link->fd, pieces, 2, NULL, 0, &count, &cut, MSG_PEEK | MSG_DONTWAIT);
    int error = got < 0 ? errno : 0;
    free(skipped);
    return error;
}

static void consume(struct pipe_link *link, const struct first *first)
{
    struct pipe_side *side = pipe_link_side(link);
    struct iovec piece = {NULL, 0};
    unsigned count;
    int cut;
    gw_receive_descriptors(link->fd, &piece, 1, NULL, 0, &count, &cut, MSG_DONTWAIT);
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

NTSTATUS pipe_message_read(struct pipe_link *link, void *buffer, ULONG length, ULONG *ret_length)
{
    struct pipe_side *side = pipe_link_side(link);
    bool messages = LOAD(side->read_mode) == FILE_PIPE_MESSAGE_MODE, touched = false;
    ULONG used = 0, part;
    NTSTATUS status = pipe_link_stated(link);
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
        if (!pipe_link_touch((char *)buffer + used, length - used, true))
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
    struct iovec piece = {&large, sizeof large};
    sent = gw_send_descriptors(link->fd, &piece, 1, &file, 1, MSG_DONTWAIT);
    int error = sent < 0 ? errno : 0;
    close(file);
    return error;
}

NTSTATUS pipe_message_write(struct pipe_link *link, const void *buffer, ULONG length, ULONG_PTR *progress)
{
    struct pipe_side *side = pipe_link_side(link);
    NTSTATUS status = pipe_link_stated(link);
    if (!NT_SUCCESS(status))
        return status;
    ULONG unread = pipe_link_unread(link), quota = LOAD(link->page->quota[!link->own]);
    if (quota < PIPE_MESSAGE_QUOTA)
        quota = PIPE_MESSAGE_QUOTA;
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
            return pipe_link_broken(link, error, true);
        if (!pipe_link_touch(buffer, length, false))
            return STATUS_ACCESS_VIOLATION;
    }
}

NTSTATUS pipe_message_peek(struct pipe_link *link, void *buffer, ULONG room, struct pipe_peek *ret_peek)
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
