/*
 * Mailslots: a pair of packet sockets and a page. The reader's end is its owner's, the writers' end is kept
 * by the session server, which gives it to everybody who opens the name.
 */
#include "io/namedpipe.h"
#include "mm/guest.h"
#include "ps/ps.h"
#include "session/session.h"
#include "wow/wow.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { PAGE_SIZE = 4096, ROOM = 0x400000, NAME_LIMIT = 256 };

#define FOREVER INT64_MIN

/* Shared by reader and writers; what the reader needs to know of messages it cannot count. */
struct slot_page {
    uint32_t limit, quota; /* of a message, 0: none; of all */
    int64_t timeout;       /* of a read, in NT's relative units */
    uint32_t sent, taken;
};

struct slot {
    pthread_mutex_t lock; /* guards readers and their waits; rank: io file */
    struct io_file *file;
    int fd, page_fd;
    int control; /* of the reader's end; -1: this is a writer's */
    struct slot_page *page;
    struct pipe_queue readers;
    struct pipe_queue timer; /* its wait only: of the earliest deadline */
    /* Of one that was made here: what another session server has to be told if this one dies. */
    struct io_revivable revivable;
    int writers; /* the end that the server gives to everybody; -1 */
    WCHAR name[NAME_LIMIT];
    uint32_t name_length; /* units */
};

static int64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

/* ---------------------------------------------------------------- reading */

/* One message, or STATUS_PENDING. */
static NTSTATUS take(struct slot *slot, struct io_request *request)
{
    char probe;
    for (bool touched = false;;) {
        /* What does not fit stays. */
        ssize_t length = recv(slot->fd, &probe, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return errno == EAGAIN ? STATUS_PENDING : io_status_from_errno(errno);
        if (length == 0 && __atomic_load_n(&slot->page->sent, __ATOMIC_ACQUIRE) ==
                               __atomic_load_n(&slot->page->taken, __ATOMIC_ACQUIRE))
            return STATUS_PENDING; /* its maker is gone, and nobody can write */
        if ((size_t)length > request->length)
            return STATUS_BUFFER_TOO_SMALL;
        ssize_t got = length ? recv(slot->fd, request->buffer, (size_t)length, MSG_PEEK | MSG_DONTWAIT) : 0;
        if (got < 0 && errno == EFAULT && !touched) {
            char *copy = calloc(1, (size_t)length);
            bool good = copy && io_poke(request->buffer, copy, (size_t)length);
            free(copy);
            if (!good)
                return STATUS_ACCESS_VIOLATION;
            touched = true;
            continue;
        }
        if (got != length)
            return got < 0 ? io_status_from_errno(errno) : STATUS_PENDING;
        recv(slot->fd, &probe, 0, MSG_DONTWAIT);
        __atomic_add_fetch(&slot->page->taken, 1, __ATOMIC_ACQ_REL);
        request->information = (ULONG_PTR)length;
        return STATUS_SUCCESS;
    }
}

static void readers_ready(void *argument);
static void time_is_over(void *argument);

static void cancel(struct io_request *request)
{
    struct slot *slot = request->file->device;
    struct io_file *release[2] = {NULL, NULL};
    pthread_mutex_lock(&slot->lock);
    if (io_pipe_dequeue(&slot->readers, request) && !slot->readers.first) {
        io_pipe_disarm(slot->file, &slot->readers, &release[0]);
        io_pipe_disarm(slot->file, &slot->timer, &release[1]);
    }
    pthread_mutex_unlock(&slot->lock);
    io_complete(request, STATUS_CANCELLED, 0);
    for (int i = 0; i < 2; i++)
        if (release[i])
            ob_dereference(release[i]);
}

/* Serves readers in order and sees to it that the others are served or time out. Under the lock. */
static void serve(struct slot *slot, struct io_request **done)
{
    int64_t now = now_ns(), first = INT64_MAX;
    bool blocked = false;
    for (struct io_request *request = slot->readers.first, *next; request; request = next) {
        next = request->context;
        if (!io_claim(request)) {
            io_pipe_dequeue(&slot->readers, request);
            continue;
        }
        NTSTATUS status = blocked ? STATUS_PENDING : take(slot, request);
        if (status == STATUS_PENDING && request->offset <= now)
            status = STATUS_IO_TIMEOUT;
        if (status == STATUS_PENDING) {
            blocked = true;
            if (io_unclaim(request, cancel)) {
                if (request->offset < first)
                    first = request->offset;
                continue;
            }
            status = STATUS_CANCELLED;
        }
        io_pipe_dequeue(&slot->readers, request);
        io_pipe_finish(done, request, status, request->information);
    }
    if (!slot->readers.first)
        return;
    bool armed = io_pipe_arm(slot->file, &slot->readers, slot->fd, POLLIN, readers_ready);
    if (armed && first != INT64_MAX && !slot->timer.wait) {
        struct itimerspec due = {.it_value = {first / 1000000000, first % 1000000000}};
        int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
        armed = timer >= 0 && timerfd_settime(timer, TFD_TIMER_ABSTIME, &due, NULL) == 0 &&
                io_pipe_arm(slot->file, &slot->timer, timer, POLLIN, time_is_over);
        if (timer >= 0)
            close(timer);
    }
    if (!armed)
        io_pipe_fail(&slot->readers, STATUS_INSUFFICIENT_RESOURCES, done);
}

static void ready(struct io_file *file, bool timer)
{
    struct slot *slot = file->device;
    struct io_request *done = NULL;
    struct io_file *release = NULL;
    pthread_mutex_lock(&slot->lock);
    (timer ? &slot->timer : &slot->readers)->wait = NULL;
    serve(slot, &done);
    if (!slot->readers.first)
        io_pipe_disarm(file, timer ? &slot->readers : &slot->timer, &release);
    pthread_mutex_unlock(&slot->lock);
    io_pipe_complete(done);
    if (release)
        ob_dereference(release);
    ob_dereference(file);
}

static void readers_ready(void *argument)
{
    ready(argument, false);
}

static void time_is_over(void *argument)
{
    ready(argument, true);
}

static NTSTATUS slot_read(struct io_file *file, struct io_request *request)
{
    struct slot *slot = file->device;
    struct io_request *done = NULL;
    if (slot->control < 0)
        return STATUS_INVALID_DEVICE_REQUEST;
    int64_t timeout = __atomic_load_n(&slot->page->timeout, __ATOMIC_ACQUIRE);
    request->offset = timeout == FOREVER || timeout < -INT64_MAX / 200 ? INT64_MAX
                                                                       : now_ns() + -timeout * 100;
    pthread_mutex_lock(&slot->lock);
    NTSTATUS status = slot->readers.first ? STATUS_PENDING : take(slot, request);
    if (status == STATUS_PENDING && timeout == 0) {
        status = STATUS_IO_TIMEOUT;
    } else if (status == STATUS_PENDING) {
        struct io_request *heap = io_pend(request, cancel);
        status = heap ? STATUS_PENDING : STATUS_NO_MEMORY;
        if (heap) {
            io_pipe_enqueue(&slot->readers, heap);
            serve(slot, &done);
        }
    }
    pthread_mutex_unlock(&slot->lock);
    io_pipe_complete(done);
    return status;
}

/* ---------------------------------------------------------------- writing */

static NTSTATUS slot_write(struct io_file *file, struct io_request *request)
{
    struct slot *slot = file->device;
    uint32_t limit = slot->page->limit;
    if (slot->control >= 0)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (limit && request->length > limit)
        return STATUS_INVALID_PARAMETER;
    void *copy = malloc(request->length + 1u);
    NTSTATUS status = copy ? guest_copy(copy, request->buffer, request->length) : STATUS_NO_MEMORY;
    /* Counted before it can be read: a message of no length is told from the end by the count. */
    if (NT_SUCCESS(status))
        __atomic_add_fetch(&slot->page->sent, 1, __ATOMIC_ACQ_REL);
    bool counted = NT_SUCCESS(status), sent = false;
    while (NT_SUCCESS(status) && !sent) {
        sent = send(slot->fd, copy, request->length, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
        if (sent)
            request->information = request->length;
        else if (errno == EAGAIN)
            status = io_wait_ready(slot->fd, POLLOUT);
        else if (errno == EPIPE || errno == ECONNRESET)
            status = STATUS_FILE_FORCED_CLOSED;
        else if (errno != EINTR)
            status = errno == EMSGSIZE ? STATUS_INSUFFICIENT_RESOURCES : io_status_from_errno(errno);
    }
    if (counted && !sent)
        __atomic_sub_fetch(&slot->page->sent, 1, __ATOMIC_ACQ_REL);
    free(copy);
    return status;
}

/* ---------------------------------------------------------------- information */

static NTSTATUS slot_query(struct io_file *file, ULONG info_class, void *buffer, ULONG length,
                           ULONG *ret_length)
{
    struct slot *slot = file->device;
    const struct slot_page *page = slot->page;
    char probe;
    (void)length, (void)ret_length;
    if (info_class == FileStandardInformation) {
        memset(buffer, 0, sizeof(FILE_STANDARD_INFORMATION));
        ((FILE_STANDARD_INFORMATION *)buffer)->NumberOfLinks = 1;
        return STATUS_SUCCESS;
    }
    if (info_class != FileMailslotQueryInformation)
        return STATUS_INVALID_INFO_CLASS;
    if (slot->control < 0)
        return STATUS_INVALID_PARAMETER;
    uint32_t count = __atomic_load_n(&page->sent, __ATOMIC_ACQUIRE) -
                     __atomic_load_n(&page->taken, __ATOMIC_ACQUIRE);
    ssize_t next = recv(slot->fd, &probe, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
    *(FILE_MAILSLOT_QUERY_INFORMATION *)buffer = (FILE_MAILSLOT_QUERY_INFORMATION){
        .MaximumMessageSize = page->limit,
        .MailslotQuota = page->quota,
        .NextMessageSize = next < 0 || !count ? (ULONG)-1 : (ULONG)next,
        .MessagesAvailable = next < 0 ? 0 : count,
        .ReadTimeout.QuadPart = page->timeout};
    return STATUS_SUCCESS;
}

static NTSTATUS slot_set(struct io_file *file, ULONG info_class, const void *buffer, ULONG length)
{
    struct slot *slot = file->device;
    LARGE_INTEGER timeout;
    uint64_t place = 0;
    if (info_class != FileMailslotSetInformation)
        return STATUS_INVALID_INFO_CLASS;
    if (slot->control < 0)
        return STATUS_INVALID_PARAMETER;
    if (length < (wow_active ? 4 : sizeof place))
        return STATUS_INFO_LENGTH_MISMATCH;
    memcpy(&place, buffer, wow_active ? 4 : sizeof place);
    NTSTATUS status = guest_copy(&timeout, (void *)place, sizeof timeout);
    if (NT_SUCCESS(status))
        __atomic_store_n(&slot->page->timeout, timeout.QuadPart, __ATOMIC_RELEASE);
    return status;
}

/* ---------------------------------------------------------------- life */

static void slot_cleanup(struct io_file *file)
{
    struct slot *slot = file->device;
    struct io_request *done = NULL;
    struct io_file *release[2];
    io_revive_remove(&slot->revivable);
    pthread_mutex_lock(&slot->lock);
    io_pipe_fail(&slot->readers, STATUS_CANCELLED, &done);
    io_pipe_disarm(file, &slot->readers, &release[0]);
    io_pipe_disarm(file, &slot->timer, &release[1]);
    pthread_mutex_unlock(&slot->lock);
    io_pipe_complete(done);
    for (int i = 0; i < 2; i++)
        if (release[i])
            ob_dereference(release[i]);
}

static void slot_destroy(struct io_file *file)
{
    struct slot *slot = file->device;
    if (!slot)
        return;
    munmap(slot->page, PAGE_SIZE);
    close(slot->fd);
    close(slot->page_fd);
    if (slot->control >= 0)
        close(slot->control);
    if (slot->writers >= 0)
        close(slot->writers);
    pthread_mutex_destroy(&slot->lock);
    free(slot);
}

static const struct io_operations operations = {.read = slot_read,
                                                .write = slot_write,
                                                .query = slot_query,
                                                .set = slot_set,
                                                .cleanup = slot_cleanup,
                                                .destroy = slot_destroy};

/* Takes the descriptors over in any case. */
static struct io_file *make_file(int fd, int page_fd, int control, ACCESS_MASK access, ULONG options)
{
    struct stat stat;
    struct slot *slot = calloc(1, sizeof *slot);
    struct io_file *file = NULL;
    int seals = fcntl(page_fd, F_GET_SEALS);
    void *page = MAP_FAILED;
    if (slot && seals > 0 && seals & F_SEAL_SHRINK && fstat(page_fd, &stat) == 0 && stat.st_size == PAGE_SIZE)
        page = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, page_fd, 0);
    if (page != MAP_FAILED)
        file = io_file_create(IO_MAILSLOT, &operations, -1, access, options);
    if (!file) {
        if (page != MAP_FAILED)
            munmap(page, PAGE_SIZE);
        free(slot);
        close(fd);
        close(page_fd);
        if (control >= 0)
            close(control);
        return NULL;
    }
    *slot = (struct slot){
        .file = file, .fd = fd, .page_fd = page_fd, .control = control, .page = page, .writers = -1};
    pthread_mutex_init(&slot->lock, NULL);
    slot->readers.last = &slot->readers.first;
    slot->timer.last = &slot->timer.first;
    file->device = slot;
    return file;
}

NTSTATUS io_mailslot_export(struct io_file *file, int *ret_package)
{
    struct slot *slot = file->device;
    int parts[3] = {slot->fd, slot->page_fd, slot->control};
    *ret_package = io_pack_descriptors(parts, slot->control >= 0 ? 3 : 2);
    return *ret_package >= 0 ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static struct io_file *unpack(int package, bool keep, ACCESS_MASK access, ULONG options)
{
    int parts[3];
    unsigned count = io_unpack_descriptors(package, parts, 3, keep);
    if (keep)
        close(package);
    if (count >= 2)
        return make_file(parts[0], parts[1], count == 3 ? parts[2] : -1, access, options);
    if (count)
        close(parts[0]);
    return NULL;
}

struct io_file *io_mailslot_import(int package, ACCESS_MASK access, ULONG options)
{
    return unpack(package, false, access, options);
}

NTSTATUS io_mailslot_open(const WCHAR *name, size_t length, ACCESS_MASK access, ULONG options,
                          struct io_file **ret_file)
{
    struct gw_connection *connection;
    struct gw_open_pipe_in in = {.kind = GW_PIPE_MAILSLOT, .name = name, .name_size = (uint32_t)length * 2};
    struct gw_open_pipe_out out;
    if (!length || length > NAME_LIMIT)
        return STATUS_OBJECT_NAME_INVALID;
    NTSTATUS status = session_connect(false, &connection);
    if (NT_SUCCESS(status))
        status = gw_open_pipe(connection, &in, &out);
    if (!NT_SUCCESS(status))
        return status;
    /* The server gives the same socket to everybody: what is in it stays. */
    *ret_file = unpack(out.end, true, access, options);
    return *ret_file ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static int make_page(const struct slot_page *like)
{
    int fd = memfd_create("gastwirt-mailslot", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd >= 0 && ftruncate(fd, PAGE_SIZE) == 0 && pwrite(fd, like, sizeof *like, 0) == sizeof *like &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Tells the session server the name, and what who opens it gets. */
static NTSTATUS publish(const WCHAR *name, size_t length, int writers, int page_fd, int *ret_control)
{
    struct gw_connection *connection;
    struct gw_create_pipe_in in = {.kind = GW_PIPE_MAILSLOT,
                                   .disposition = FILE_CREATE,
                                   .sharing = GW_PIPE_READ | GW_PIPE_WRITE,
                                   .maximum = 1,
                                   .name = name,
                                   .name_size = (uint32_t)length * 2};
    struct gw_create_pipe_out out;
    int parts[2] = {writers, page_fd};
    NTSTATUS status = session_connect(true, &connection);
    if (!NT_SUCCESS(status))
        return status;
    in.end = io_pack_descriptors(parts, 2);
    if (in.end < 0)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = gw_create_pipe(connection, &in, &out);
    if (status == STATUS_PORT_DISCONNECTED && NT_SUCCESS(session_connect(true, &connection)))
        status = gw_create_pipe(connection, &in, &out); /* nobody had noticed yet that the server is gone */
    close(in.end);
    if (NT_SUCCESS(status))
        *ret_control = out.control;
    return status;
}

static void revive(struct io_file *file)
{
    struct slot *slot = file->device;
    int control;
    if (!io_control_is_dead(slot->control) ||
        !NT_SUCCESS(publish(slot->name, slot->name_length, slot->writers, slot->page_fd, &control)))
        return;
    /* The number stays: nobody waits for it, and a handle that is just being handed on uses it. */
    dup3(control, slot->control, O_CLOEXEC);
    close(control);
}

static NTSTATUS create(const WCHAR *name, size_t length, const struct slot_page *like, ACCESS_MASK access,
                       ULONG options, struct io_file **ret_file)
{
    int pair[2], room = ROOM, control;
    int page_fd = make_page(like);
    if (page_fd < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        if (page_fd >= 0)
            close(page_fd);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    NTSTATUS status = publish(name, length, pair[0], page_fd, &control);
    if (!NT_SUCCESS(status)) {
        close(pair[0]);
        close(pair[1]);
        close(page_fd);
        return status;
    }
    *ret_file = make_file(pair[1], page_fd, control, access, options);
    if (!*ret_file) {
        close(pair[0]);
        return STATUS_NO_MEMORY;
    }
    struct slot *slot = (*ret_file)->device;
    slot->writers = pair[0];
    memcpy(slot->name, name, length * sizeof *name);
    slot->name_length = (uint32_t)length;
    io_revive_add(&slot->revivable, *ret_file, revive);
    return STATUS_SUCCESS;
}

NTSTATUS NtCreateMailslotFile(HANDLE *FileHandle, ACCESS_MASK DesiredAccess,
                              OBJECT_ATTRIBUTES *ObjectAttributes, IO_STATUS_BLOCK *IoStatusBlock,
                              ULONG CreateOptions, ULONG MailslotQuota, ULONG MaximumMessageSize,
                              LARGE_INTEGER *ReadTimeout)
{
    struct slot_page page = {.limit = MaximumMessageSize, .quota = MailslotQuota, .timeout = FOREVER};
    WCHAR *name;
    size_t length, skip = 0;
    ULONG attributes;
    struct io_file *root, *file = NULL;
    LARGE_INTEGER timeout;
    HANDLE handle;
    if (ReadTimeout) {
        if (!NT_SUCCESS(guest_read(&timeout, ReadTimeout)))
            return STATUS_ACCESS_VIOLATION;
        page.timeout = timeout.QuadPart;
    }
    NTSTATUS status = io_read_name(ObjectAttributes, &name, &length, &attributes, &root);
    if (!NT_SUCCESS(status))
        return status;
    if (root) {
        ob_dereference(root);
        status = STATUS_OBJECT_NAME_INVALID;
    } else if (!(skip = io_skip_device(name, length, u"MAILSLOT\\", u"\\DEVICE\\MAILSLOT\\")) ||
               skip == length || length - skip > NAME_LIMIT) {
        status = STATUS_OBJECT_NAME_INVALID;
    }
    ACCESS_MASK access = ob_map_access(&io_file_type, DesiredAccess);
    if (NT_SUCCESS(status))
        status = create(name + skip, length - skip, &page, access, CreateOptions, &file);
    free(name);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_handle_create(file, access, attributes, &handle);
    ob_dereference(file);
    if (!NT_SUCCESS(status))
        return status;
    status = guest_write_iosb(IoStatusBlock, STATUS_SUCCESS, FILE_CREATED);
    if (NT_SUCCESS(status))
        status = guest_write(FileHandle, handle);
    if (!NT_SUCCESS(status))
        ob_handle_close(handle);
    return status;
}
