/*
 * Files that are Unix streams: anonymous pipes, inherited pipes and sockets, character devices.
 * Plain descriptors, so that ELF children can inherit them. Blocking reads of synchronous handles
 * block in the kernel, others wait with the poller.
 */
#include "io/device.h"
#include "mm/guest.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NO_WAIT = 1 }; /* file->device: PIPE_NOWAIT was set */

static bool no_wait(const struct io_file *file)
{
    return (uintptr_t)file->device & NO_WAIT;
}

/* A kick came: STATUS_SUCCESS if the call is to go on. */
NTSTATUS io_interrupted(void)
{
    uint32_t pending = __atomic_load_n(&ke_self->pending, __ATOMIC_ACQUIRE);
    if (pending & KE_PENDING_TERMINATE)
        return STATUS_THREAD_IS_TERMINATING;
    if (pending & KE_PENDING_CANCEL_IO)
        return STATUS_CANCELLED;
    if (pending & KE_PENDING_SUSPEND)
        ke_park();
    return STATUS_SUCCESS;
}

NTSTATUS io_wait_ready(int fd, short events)
{
    struct pollfd poll = {fd, events, 0};
    for (;;) {
        long result = io_syscall_interruptible(SYS_poll, (long)&poll, 1, -1, 0, 0, 0);
        if (result > 0)
            return STATUS_SUCCESS;
        if (result != -EINTR)
            return io_status_from_errno((int)-result);
        NTSTATUS status = io_interrupted();
        if (!NT_SUCCESS(status))
            return status;
    }
}

static NTSTATUS end_of_stream(const struct io_file *file)
{
    return file->kind == IO_PIPE ? STATUS_PIPE_BROKEN : STATUS_END_OF_FILE;
}

/* The buffer is on pages that only a fault handler can provide. */
static ssize_t bounce_read(int fd, void *buffer, size_t length)
{
    char local[4096];
    ssize_t n = read(fd, local, length < sizeof local ? length : sizeof local);
    if (n > 0 && !NT_SUCCESS(guest_copy(buffer, local, (size_t)n)))
        return errno = EFAULT, -1;
    return n;
}

static bool readable_now(int fd)
{
    struct pollfd poll_fd = {fd, POLLIN, 0};
    return poll(&poll_fd, 1, 0) > 0;
}

/* What request->context says of a pending request: not waited for yet, a struct io_wait, or this. */
static char cancelled_mark;

static void cancel_wait(struct io_request *request);

/* Waits on behalf of the request, which the wait holds as the caller does; false: it could not. */
static bool wait_for(struct io_file *file, struct io_request *request, short events, void (*ready)(void *))
{
    io_request_hold(request);
    struct io_wait *wait = io_wait_descriptor(file->fd, events, ready, request);
    if (!wait) {
        io_request_release(request);
        return false;
    }
    void *nothing = NULL;
    if (!__atomic_compare_exchange_n(&request->context, &nothing, wait, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE) &&
        nothing == &cancelled_mark && io_wait_cancel(wait, ready, request))
        io_request_release(request);
    return true;
}

static void read_ready(void *argument)
{
    struct io_request *request = argument;
    if (io_claim(request)) {
        ssize_t n = read(request->file->fd, request->buffer, request->length);
        if (n > 0 || (n == 0 && request->length == 0))
            io_complete(request, STATUS_SUCCESS, (ULONG_PTR)n);
        else
            io_complete(request, n == 0 ? end_of_stream(request->file) : io_status_from_errno(errno), 0);
    }
    io_request_release(request);
}

static void write_ready(void *argument);

static void cancel_wait(struct io_request *request)
{
    void *before = __atomic_exchange_n(&request->context, &cancelled_mark, __ATOMIC_ACQ_REL);
    bool held = before &&
                (io_wait_cancel(before, read_ready, request) || io_wait_cancel(before, write_ready, request));
    io_complete(request, STATUS_CANCELLED, request->information);
    if (held)
        io_request_release(request);
}

/* Lets the poller finish the request. */
static NTSTATUS pend(struct io_request *request, short events, void (*ready)(void *))
{
    struct io_request *heap = io_pend_held(request, cancel_wait);
    if (!heap)
        return STATUS_NO_MEMORY;
    if (!wait_for(request->file, heap, events, ready) && io_claim(heap))
        io_complete(heap, STATUS_INSUFFICIENT_RESOURCES, 0);
    io_request_release(heap);
    return STATUS_PENDING;
}

static NTSTATUS pipe_read(struct io_file *file, struct io_request *request)
{
    if (file->fd < 0)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (!request->synchronous || no_wait(file)) {
        if (!readable_now(file->fd))
            return no_wait(file) ? STATUS_PIPE_EMPTY : pend(request, POLLIN, read_ready);
    }
    if (!request->length && file->kind == IO_PIPE) {
        request->information = 0;
        return STATUS_SUCCESS;
    }
    for (;;) {
        long n = io_syscall_interruptible(SYS_read, file->fd, (long)request->buffer, request->length, 0, 0,
                                          0);
        if (n == -EFAULT) {
            n = bounce_read(file->fd, request->buffer, request->length);
            if (n < 0)
                n = -errno;
        }
        if (n > 0) {
            request->information = (ULONG_PTR)n;
            return STATUS_SUCCESS;
        }
        if (n == 0)
            return end_of_stream(file);
        NTSTATUS status = STATUS_SUCCESS;
        if (n == -EINTR)
            status = io_interrupted();
        else if (n == -EAGAIN)
            status = io_wait_ready(file->fd, POLLIN);
        else
            status = n == -EIO && file->kind == IO_DEVICE ? STATUS_END_OF_FILE
                                                          : io_status_from_errno((int)-n);
        if (!NT_SUCCESS(status))
            return status;
    }
}

/* A reader that has gone is told in one way before a write and in another to one that was under way. */
static NTSTATUS write_status(int error, bool under_way)
{
    if (error == EPIPE || error == ECONNRESET)
        return under_way ? STATUS_PIPE_BROKEN : STATUS_PIPE_CLOSING;
    return io_status_from_errno(error);
}

/* As much as goes without waiting; -1 with errno EAGAIN if nothing does. */
static ssize_t write_some(int fd, void *buffer, size_t length)
{
    struct iovec part = {buffer, length};
    ssize_t n = pwritev2(fd, &part, 1, -1, RWF_NOWAIT);
    if (n >= 0 || (errno != EOPNOTSUPP && errno != EINVAL))
        return n;
    n = send(fd, buffer, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0 || errno != ENOTSOCK)
        return n;
    struct pollfd poll_fd = {fd, POLLOUT, 0};
    if (poll(&poll_fd, 1, 0) <= 0)
        return errno = EAGAIN, -1;
    return write(fd, buffer, length < 4096 ? length : 4096); /* PIPE_BUF: never blocks when it is ready */
}

static void write_ready(void *argument)
{
    struct io_request *request = argument;
    NTSTATUS status = STATUS_SUCCESS;
    if (!io_claim(request)) {
        io_request_release(request);
        return;
    }
    struct io_file *file = request->file; /* outlives the request, which others may end while this waits */
    ob_reference(file);
    while (NT_SUCCESS(status) && request->information < request->length) {
        ssize_t n = write_some(file->fd, (char *)request->buffer + request->information,
                               request->length - request->information);
        if (n < 0 && errno == EAGAIN) {
            __atomic_store_n(&request->context, NULL, __ATOMIC_RELEASE);
            if (!io_unclaim(request, cancel_wait))
                status = STATUS_CANCELLED;
            else if (wait_for(file, request, POLLOUT, write_ready) || !io_claim(request))
                break;
            else
                status = STATUS_INSUFFICIENT_RESOURCES;
        } else if (n < 0) {
            status = write_status(errno, true);
        } else {
            request->information += (ULONG_PTR)n;
        }
    }
    /* With some left and no failure it is not this call's any more. */
    if (!NT_SUCCESS(status) || request->information == request->length)
        io_complete(request, status, request->information);
    io_request_release(request);
    ob_dereference(file);
}

/* A pipe that carries much gets more room than the kernel gives it at first: with 64 KB, a writer of large
 * blocks and its reader would sleep and wake once a block. Only such a pipe, for a user's pipes have a quota
 * in common. */
static void give_room(struct io_file *file, size_t written)
{
    enum { MUCH = 0x40000, ROOM = 0x40000 };
    if (file->carried >= MUCH)
        return;
    file->carried += written < MUCH ? (uint32_t)written : MUCH;
    if (file->carried >= MUCH && file->kind == IO_PIPE) {
        int room = fcntl(file->fd, F_GETPIPE_SZ);
        if (room > 0 && room < ROOM)
            fcntl(file->fd, F_SETPIPE_SZ, ROOM);
    }
}

static NTSTATUS pipe_write(struct io_file *file, struct io_request *request)
{
    if (file->fd < 0)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (!request->synchronous || no_wait(file)) {
        while (request->information < request->length) {
            ssize_t n = write_some(file->fd, (char *)request->buffer + request->information,
                                   request->length - request->information);
            if (n < 0 && errno == EAGAIN)
                return no_wait(file) ? STATUS_SUCCESS : pend(request, POLLOUT, write_ready);
            if (n < 0 && errno != EINTR)
                return write_status(errno, request->information);
            if (n > 0)
                request->information += (ULONG_PTR)n;
        }
        return STATUS_SUCCESS;
    }
    while (request->information < request->length) {
        char *from = (char *)request->buffer + request->information;
        size_t left = request->length - request->information;
        long n = io_syscall_interruptible(SYS_write, file->fd, (long)from, (long)left, 0, 0, 0);
        if (n == -EFAULT) {
            char local[4096];
            size_t step = left < sizeof local ? left : sizeof local;
            if (!NT_SUCCESS(guest_copy(local, from, step)))
                return STATUS_ACCESS_VIOLATION;
            n = io_syscall_interruptible(SYS_write, file->fd, (long)local, (long)step, 0, 0, 0);
        }
        if (n >= 0) {
            request->information += (ULONG_PTR)n;
            give_room(file, (size_t)n);
            continue;
        }
        NTSTATUS status = n == -EINTR    ? io_interrupted()
                          : n == -EAGAIN ? io_wait_ready(file->fd, POLLOUT)
                                         : write_status((int)-n, request->information);
        if (!NT_SUCCESS(status))
            return status;
    }
    return STATUS_SUCCESS;
}

/* Looks at bytes without taking them. */
static ssize_t peek_bytes(int fd, char *buffer, size_t length)
{
    ssize_t n = recv(fd, buffer, length, MSG_PEEK | MSG_DONTWAIT);
    if (n >= 0 || errno != ENOTSOCK)
        return n;
    int scratch[2];
    if (pipe2(scratch, O_CLOEXEC | O_NONBLOCK) != 0)
        return -1;
    n = tee(fd, scratch[1], length, SPLICE_F_NONBLOCK);
    if (n > 0)
        n = read(scratch[0], buffer, (size_t)n);
    close(scratch[0]);
    close(scratch[1]);
    return n;
}

static NTSTATUS peek(struct io_file *file, struct io_request *request)
{
    ULONG head = offsetof(FILE_PIPE_PEEK_BUFFER, Data), want;
    FILE_PIPE_PEEK_BUFFER answer = {.NamedPipeState = FILE_PIPE_CONNECTED_STATE};
    int available = 0;
    if (request->length < head)
        return STATUS_INVALID_PARAMETER;
    if (ioctl(file->fd, FIONREAD, &available) != 0)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (available == 0) {
        struct pollfd poll_fd = {file->fd, POLLIN, 0};
        if (poll(&poll_fd, 1, 0) > 0 && (poll_fd.revents & POLLHUP))
            return STATUS_PIPE_BROKEN;
    }
    answer.ReadDataAvailable = (ULONG)available;
    want = request->length - head < answer.ReadDataAvailable ? request->length - head
                                                             : answer.ReadDataAvailable;
    if (want > 65536)
        want = 65536;
    char *data = want ? malloc(want) : NULL;
    ssize_t n = data ? peek_bytes(file->fd, data, want) : 0;
    NTSTATUS status = guest_copy(request->buffer, &answer, head);
    if (NT_SUCCESS(status) && n > 0)
        status = guest_copy((char *)request->buffer + head, data, (size_t)n);
    free(data);
    request->information = head + (n > 0 ? (ULONG)n : 0);
    if (NT_SUCCESS(status) && request->information - head < answer.ReadDataAvailable)
        status = STATUS_BUFFER_OVERFLOW;
    return status;
}

static NTSTATUS pipe_control(struct io_file *file, struct io_request *request)
{
    if (file->kind != IO_PIPE)
        return STATUS_INVALID_DEVICE_REQUEST;
    switch (request->code) {
    case FSCTL_PIPE_PEEK: return peek(file, request);
    case FSCTL_PIPE_LISTEN: return STATUS_PIPE_CONNECTED;
    default: return STATUS_INVALID_DEVICE_REQUEST;
    }
}

static NTSTATUS pipe_query(struct io_file *file, ULONG info_class, void *buffer, ULONG length,
                           ULONG *ret_length)
{
    (void)length, (void)ret_length;
    if (file->kind != IO_PIPE)
        return STATUS_INVALID_INFO_CLASS;
    if (info_class == FilePipeInformation) {
        FILE_PIPE_INFORMATION *info = buffer;
        info->ReadMode = FILE_PIPE_BYTE_STREAM_MODE;
        info->CompletionMode = no_wait(file) ? FILE_PIPE_COMPLETE_OPERATION : FILE_PIPE_QUEUE_OPERATION;
        return STATUS_SUCCESS;
    }
    if (info_class == FilePipeLocalInformation) {
        int available = 0, room = fcntl(file->fd, F_GETPIPE_SZ);
        ioctl(file->fd, FIONREAD, &available);
        *(FILE_PIPE_LOCAL_INFORMATION *)buffer = (FILE_PIPE_LOCAL_INFORMATION){
            .NamedPipeConfiguration = FILE_PIPE_INBOUND,
            .MaximumInstances = 1,
            .CurrentInstances = 1,
            .InboundQuota = room > 0 ? (ULONG)room : 65536,
            .ReadDataAvailable = (ULONG)available,
            .OutboundQuota = room > 0 ? (ULONG)room : 65536,
            .WriteQuotaAvailable = room > available ? (ULONG)(room - available) : 0,
            .NamedPipeState = FILE_PIPE_CONNECTED_STATE,
            .NamedPipeEnd = file->access & FILE_WRITE_DATA ? FILE_PIPE_CLIENT_END : FILE_PIPE_SERVER_END};
        return STATUS_SUCCESS;
    }
    if (info_class == FileStandardInformation) {
        int available = 0;
        ioctl(file->fd, FIONREAD, &available);
        FILE_STANDARD_INFORMATION *info = buffer;
        info->EndOfFile.QuadPart = available;
        info->AllocationSize.QuadPart = 4096;
        info->NumberOfLinks = 1;
        info->DeletePending = 1;
        return STATUS_SUCCESS;
    }
    return STATUS_INVALID_INFO_CLASS;
}

static NTSTATUS pipe_set(struct io_file *file, ULONG info_class, const void *buffer, ULONG length)
{
    (void)length;
    if (info_class != FilePipeInformation || file->kind != IO_PIPE)
        return STATUS_INVALID_INFO_CLASS;
    const FILE_PIPE_INFORMATION *info = buffer;
    if (info->ReadMode != FILE_PIPE_BYTE_STREAM_MODE)
        return STATUS_INVALID_PARAMETER;
    file->device = (void *)(uintptr_t)(info->CompletionMode == FILE_PIPE_COMPLETE_OPERATION ? NO_WAIT : 0);
    return STATUS_SUCCESS;
}

const struct io_operations io_pipe_operations = {
    .read = pipe_read, .write = pipe_write, .control = pipe_control, .query = pipe_query, .set = pipe_set};

NTSTATUS GwCreatePipe(HANDLE *ReadHandle, HANDLE *WriteHandle, ULONG Attributes, ULONG Size)
{
    int fds[2];
    HANDLE handles[2] = {NULL, NULL};
    ACCESS_MASK access[2] = {FILE_GENERIC_READ | FILE_WRITE_ATTRIBUTES,
                             FILE_GENERIC_WRITE | FILE_READ_ATTRIBUTES};
    NTSTATUS status = STATUS_SUCCESS;
    if (pipe2(fds, O_CLOEXEC) != 0)
        return io_status_from_errno(errno);
    if (Size > 65536)
        fcntl(fds[1], F_SETPIPE_SZ, Size < 1048576 ? (int)Size : 1048576);
    for (int i = 0; i < 2; i++) {
        struct io_file *file = io_file_create(IO_PIPE, &io_pipe_operations, fds[i], access[i],
                                              FILE_SYNCHRONOUS_IO_NONALERT);
        if (!file) {
            close(fds[i]);
            status = STATUS_NO_MEMORY;
            continue;
        }
        if (NT_SUCCESS(status))
            status = ob_handle_create(file, access[i], Attributes, &handles[i]);
        ob_dereference(file);
    }
    if (NT_SUCCESS(status))
        status = guest_write(ReadHandle, handles[0]);
    if (NT_SUCCESS(status))
        status = guest_write(WriteHandle, handles[1]);
    if (!NT_SUCCESS(status))
        for (int i = 0; i < 2; i++)
            if (handles[i])
                ob_handle_close(handles[i]);
    return status;
}
