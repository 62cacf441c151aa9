/*
 * Both ends of what processes do in each other, see remote.h. The serving thread is none of the guest's:
 * it has no thread block, so that guest memory is reached with io_peek and io_poke only.
 */
#include "ps/remote.h"
#include "io/io.h"
#include "ke/lock.h"
#include "ke/wait.h"
#include "ps/child.h"
#include "ps/ntdll.h"
#include "ps/thread.h"
#include "session/packet.h"
#include "session/session.h"
#include <fcntl.h>
#include <nt/syscalls.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE_SIZE = 4096 };
enum { BREAK_IN = 0x10000 }; /* with the flags of a thread: it starts at the target's DbgUiRemoteBreakin */

/* ---------------------------------------------------------------- packets */

static bool send_message(int socket, const struct ps_remote *message, const void *data, size_t size, int fd)
{
    return session_send_packet(socket, message, sizeof *message, data, size, fd);
}

/* data has room for room bytes. */
static bool receive_message(int socket, struct ps_remote *ret_message, void *data, size_t room,
                            size_t *ret_size, int *ret_fd)
{
    ptrdiff_t size = session_receive_packet(socket, ret_message, sizeof *ret_message, data, room, ret_fd);
    if (size < 0)
        return false;
    *ret_size = (size_t)size;
    return true;
}

/* ---------------------------------------------------------------- serving */

/* As much as can be read, page by page. */
static size_t read_pages(uint8_t *to, uint64_t address, size_t size)
{
    size_t done = 0;
    while (done < size) {
        size_t step = PAGE_SIZE - ((address + done) & (PAGE_SIZE - 1));
        step = step < size - done ? step : size - done;
        if (!io_peek(to + done, (const void *)(address + done), step))
            break;
        done += step;
    }
    return done;
}

static size_t write_pages(uint64_t address, const uint8_t *from, size_t size)
{
    size_t done = 0;
    while (done < size) {
        size_t step = PAGE_SIZE - ((address + done) & (PAGE_SIZE - 1));
        step = step < size - done ? step : size - done;
        if (!io_poke((void *)(address + done), from + done, step))
            break;
        done += step;
    }
    return done;
}

static NTSTATUS create_thread(const struct ps_remote *message, struct ps_remote *reply,
                              struct ps_thread **ret_thread)
{
    struct ps_thread *thread;
    ULONG flags = (ULONG)message->value[4];
    /* Suspended until its end can be watched. */
    void *start = flags & BREAK_IN ? ps_ntdll.DbgUiRemoteBreakin : (void *)message->value[0];
    NTSTATUS status = ps_create_thread(start, (void *)message->value[1], message->value[2], message->value[3],
                                       1 + (flags & 1), flags & 2 ? TEB_SKIP_THREAD_ATTACH : 0, &thread);
    if (!NT_SUCCESS(status))
        return status;
    reply->value[0] = thread->id;
    reply->value[1] = (uint64_t)thread->teb;
    *ret_thread = thread;
    return STATUS_SUCCESS;
}

static NTSTATUS change_thread(const struct ps_remote *message, struct ps_remote *reply)
{
    struct ps_thread *thread = ps_find_thread((uint32_t)message->value[0]);
    NTSTATUS status = STATUS_SUCCESS;
    if (!thread)
        return STATUS_INVALID_CID;
    if (message->operation == PS_REMOTE_TERMINATE_THREAD) {
        ps_terminate_thread(thread, (NTSTATUS)message->value[1]);
    } else {
        ke_lock();
        reply->value[0] = thread->suspend_count;
        if (thread->ended || thread->terminating)
            status = STATUS_THREAD_IS_TERMINATING;
        else if (message->operation == PS_REMOTE_SUSPEND_THREAD)
            ps_suspend_locked(thread);
        else
            ps_resume_locked(thread);
        ke_unlock();
    }
    ob_dereference(thread);
    return status;
}

static NTSTATUS serve_memory(const struct ps_remote *message, struct ps_remote *reply, uint8_t *data,
                             size_t size, size_t *ret_size)
{
    const uint64_t *value = message->value;
    void *base = (void *)value[0];
    NTSTATUS status;
    SIZE_T length, got = 0;
    ULONG old = 0;
    switch (message->operation) {
    case PS_REMOTE_ALLOCATE:
        length = value[2];
        status = NtAllocateVirtualMemory(NtCurrentProcess(), &base, value[1], &length, (ULONG)value[3],
                                         (ULONG)value[4]);
        break;
    case PS_REMOTE_FREE:
        length = value[1];
        status = NtFreeVirtualMemory(NtCurrentProcess(), &base, &length, (ULONG)value[2]);
        break;
    case PS_REMOTE_PROTECT:
        length = value[1];
        status = NtProtectVirtualMemory(NtCurrentProcess(), &base, &length, (ULONG)value[2], &old);
        break;
    case PS_REMOTE_QUERY:
        length = value[2];
        if (length > PS_REMOTE_DATA)
            return STATUS_INVALID_PARAMETER;
        memset(data, 0, length);
        status = NtQueryVirtualMemory(NtCurrentProcess(), base, (ULONG)value[1], data, length, &got);
        /* A file's name points behind itself: the caller corrects it by this. */
        reply->value[0] = got;
        reply->value[1] = (uint64_t)data;
        *ret_size = NT_SUCCESS(status) && got <= length ? got : 0;
        return status;
    case PS_REMOTE_READ:
        length = value[1] < PS_REMOTE_DATA ? value[1] : PS_REMOTE_DATA;
        *ret_size = read_pages(data, value[0], length);
        return *ret_size == length ? STATUS_SUCCESS : STATUS_PARTIAL_COPY;
    case PS_REMOTE_WRITE:
        reply->value[0] = write_pages(value[0], data, size);
        return reply->value[0] == size ? STATUS_SUCCESS : STATUS_PARTIAL_COPY;
    default: return STATUS_INVALID_PARAMETER;
    }
    reply->value[0] = (uint64_t)base;
    reply->value[1] = length;
    reply->value[2] = old;
    return status;
}

/* The ids of all guest threads, oldest first, as far as there is room. */
static size_t list_threads(uint32_t *ids, size_t room)
{
    size_t count = 0;
    ke_lock();
    for (struct ps_thread *thread = ps_threads; thread && count < room; thread = thread->next)
        ids[count++] = thread->id;
    ke_unlock();
    return count * sizeof *ids;
}

struct collection {
    struct ps_remote_handle *handles;
    size_t count, room;
};

static bool collect(HANDLE handle, void *object, ACCESS_MASK access, ULONG attributes, void *context)
{
    struct collection *collection = context;
    if (collection->count == collection->room) {
        size_t room = collection->room * 2 + 256;
        struct ps_remote_handle *more = realloc(collection->handles, room * sizeof *more);
        if (!more)
            return false;
        collection->handles = more;
        collection->room = room;
    }
    collection->handles[collection->count++] = (struct ps_remote_handle){
        (uint32_t)(uintptr_t)handle, access, ob_type_index(((struct ob_object *)object)->type),
        (uint8_t)attributes};
    return true;
}

struct ps_remote_handle *ps_own_handles(size_t *ret_count)
{
    struct collection collection = {0};
    ob_handle_enumerate(collect, &collection);
    *ret_count = collection.count;
    return collection.handles;
}

static size_t list_handles(const struct ps_remote *message, struct ps_remote *reply, uint8_t *data)
{
    size_t count, first = message->value[0], room = PS_REMOTE_DATA / sizeof(struct ps_remote_handle);
    struct ps_remote_handle *handles = ps_own_handles(&count);
    size_t n = first < count ? count - first : 0;
    n = n < room ? n : room;
    if (n)
        memcpy(data, handles + first, n * sizeof *handles);
    free(handles);
    reply->value[0] = count;
    return n * sizeof *handles;
}

/* What has no call of its own goes through the thread's information classes, with a handle of its own. */
static NTSTATUS thread_information(const struct ps_remote *message, struct ps_remote *reply, uint8_t *data,
                                   size_t size, size_t *ret_size)
{
    const uint64_t *value = message->value;
    struct ps_thread *thread = ps_find_thread((uint32_t)value[0]);
    HANDLE handle;
    ULONG length = 0;
    if (!thread)
        return STATUS_INVALID_CID;
    NTSTATUS status = ob_handle_create(thread, ps_thread_type.all_access, 0, &handle);
    ob_dereference(thread);
    if (!NT_SUCCESS(status))
        return status;
    if (message->operation == PS_REMOTE_SET_THREAD) {
        UNICODE_STRING *name = (UNICODE_STRING *)data;
        if (value[1] == PS_THREAD_NAME && size >= sizeof *name) { /* the text follows */
            name->Buffer = (WCHAR *)(name + 1);
            size = name->Length <= size - sizeof *name ? sizeof *name : 0;
        }
        status = NtSetInformationThread(handle, (ULONG)value[1], data, (ULONG)size);
    } else if (value[2] > PS_REMOTE_DATA) {
        status = STATUS_INVALID_PARAMETER;
    } else {
        memset(data, 0, value[2]);
        status = NtQueryInformationThread(handle, (ULONG)value[1], data, (ULONG)value[2], &length);
        reply->value[0] = length;
        reply->value[1] = (uint64_t)data;
        *ret_size = NT_SUCCESS(status) && length <= value[2] ? length : 0;
    }
    ob_handle_close(handle);
    return status;
}

/* Contexts travel as the 64-bit CONTEXT, those of i386 threads too. */
static NTSTATUS access_context(const struct ps_remote *message, uint8_t *data, size_t size, size_t *ret_size)
{
    CONTEXT context;
    struct ps_thread *thread = ps_find_thread((uint32_t)message->value[0]);
    if (!thread)
        return STATUS_INVALID_CID;
    NTSTATUS status = STATUS_INVALID_PARAMETER;
    if (size == sizeof context) {
        memcpy(&context, data, sizeof context);
        status = ps_access_context(thread, &context, message->value[1] != 0);
        memcpy(data, &context, sizeof context);
        *ret_size = sizeof context;
    }
    ob_dereference(thread);
    return status;
}

static NTSTATUS queue_apc(const struct ps_remote *message)
{
    const uint64_t *value = message->value;
    struct ps_thread *thread = ps_find_thread((uint32_t)value[0]);
    if (!thread)
        return STATUS_INVALID_CID;
    NTSTATUS status = ke_queue_thread_apc(thread, (void *)value[2], (void *)value[3], (void *)value[4],
                                          (void *)value[5], value[1] != 0);
    ob_dereference(thread);
    return status;
}

/* A descriptor on which another process waits for a thread's end. */
struct ps_thread_watch {
    struct ps_thread_watch *next;
    int socket;
};

static void tell_end(int socket, NTSTATUS status)
{
    struct ps_remote reply = {.operation = PS_REMOTE_REPLY};
    reply.value[0] = (uint32_t)status;
    send_message(socket, &reply, NULL, 0, -1);
}

static void watch_thread(struct ps_thread *thread, int socket)
{
    struct ps_thread_watch *watch = malloc(sizeof *watch);
    int own = watch ? dup(socket) : -1;
    if (own < 0) {
        free(watch);
        return;
    }
    ke_lock();
    bool ended = thread->ended;
    if (!ended) {
        *watch = (struct ps_thread_watch){thread->watches, own};
        thread->watches = watch;
    }
    ke_unlock();
    if (ended) {
        tell_end(own, thread->exit_status);
        close(own);
        free(watch);
    }
}

static void serve_remote(uint32_t from, int socket)
{
    struct ps_remote message;
    uint8_t *data = malloc(PS_REMOTE_DATA);
    size_t size;
    int fd = -1;
    (void)from;
    while (data && receive_message(socket, &message, data, PS_REMOTE_DATA, &size, &fd)) {
        struct ps_remote reply = {.operation = PS_REMOTE_REPLY};
        struct ps_thread *thread = NULL;
        size_t out = 0;
        int page = -1;
        switch (message.operation) {
        case PS_REMOTE_CREATE_THREAD: reply.status = create_thread(&message, &reply, &thread); break;
        case PS_REMOTE_OPEN_THREAD:
            thread = ps_find_thread((uint32_t)message.value[0]);
            reply.status = thread ? STATUS_SUCCESS : STATUS_INVALID_CID;
            reply.value[0] = thread ? (uint64_t)thread->teb : 0;
            reply.value[1] = thread ? (uint64_t)thread->start_address : 0;
            break;
        case PS_REMOTE_LIST_THREADS: out = list_threads((uint32_t *)data, PS_REMOTE_DATA / 4); break;
        case PS_REMOTE_LIST_HANDLES: out = list_handles(&message, &reply, data); break;
        case PS_REMOTE_QUEUE_APC: reply.status = queue_apc(&message); break;
        case PS_REMOTE_QUERY_THREAD:
        case PS_REMOTE_SET_THREAD:
            reply.status = thread_information(&message, &reply, data, size, &out);
            break;
        case PS_REMOTE_SUSPEND_THREAD:
        case PS_REMOTE_RESUME_THREAD:
        case PS_REMOTE_TERMINATE_THREAD: reply.status = change_thread(&message, &reply); break;
        case PS_REMOTE_CONTEXT: reply.status = access_context(&message, data, size, &out); break;
        case PS_REMOTE_SUSPEND_PROCESS:
        case PS_REMOTE_RESUME_PROCESS: ps_suspend_all(message.operation == PS_REMOTE_SUSPEND_PROCESS); break;
        case PS_REMOTE_GET_PAGE:
            page = fcntl(ps_child_own_page(), F_DUPFD_CLOEXEC, 3);
            reply.value[0] = (uint64_t)ps_child_peb();
            reply.status = page >= 0 ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
            break;
        case PS_REMOTE_CREATE_PROCESS:
            reply.status = fd >= 0 ? ps_create_for_other(fd, &reply.value[0], &reply.value[1], &page)
                                   : STATUS_INVALID_PARAMETER;
            break;
        default: reply.status = serve_memory(&message, &reply, data, size, &out);
        }
        if (fd >= 0)
            close(fd);
        fd = -1;
        bool sent = send_message(socket, &reply, data, out, page);
        if (page >= 0)
            close(page);
        if (thread) {
            if (sent)
                watch_thread(thread, socket);
            if (message.operation == PS_REMOTE_CREATE_THREAD) {
                ke_lock();
                ps_resume_locked(thread);
                ke_unlock();
            }
            ob_dereference(thread);
            break;
        }
        if (!sent)
            break;
    }
    free(data);
}

void ps_remote_thread_ended(struct ps_thread *thread)
{
    ke_lock();
    struct ps_thread_watch *watch = thread->watches, *next;
    thread->watches = NULL;
    ke_unlock();
    for (; watch; watch = next) {
        next = watch->next;
        tell_end(watch->socket, thread->exit_status);
        close(watch->socket);
        free(watch);
    }
}

void ps_remote_initialize(void)
{
    session_register(SESSION_REMOTE, serve_remote);
}

/* ---------------------------------------------------------------- asking */

static NTSTATUS exchange(int socket, struct ps_remote *message, const void *in, size_t in_size, void *out,
                         size_t *ret_size, int fd, int *ret_fd)
{
    size_t room = ret_size ? *ret_size : 0, size;
    if (!send_message(socket, message, in, in_size, fd) ||
        !receive_message(socket, message, out, room, &size, ret_fd))
        return STATUS_PROCESS_IS_TERMINATING;
    if (ret_size)
        *ret_size = size;
    return message->status;
}

NTSTATUS ps_call_process(struct ps_process *process, uint32_t operation, int *ret_socket)
{
    if (process->header.signal)
        return STATUS_PROCESS_IS_TERMINATING;
    NTSTATUS status = session_call(process->unix_pid, operation, ret_socket);
    return status == STATUS_NOT_FOUND ? STATUS_ACCESS_DENIED : status;
}

NTSTATUS ps_remote_call(struct ps_process *process, struct ps_remote *message, const void *in, size_t in_size,
                        void *out, size_t *ret_size)
{
    int socket;
    NTSTATUS status = ps_call_process(process, SESSION_REMOTE, &socket);
    if (!NT_SUCCESS(status))
        return status;
    status = exchange(socket, message, in, in_size, out, ret_size, -1, NULL);
    close(socket);
    return status;
}

NTSTATUS ps_remote_call_fd(struct ps_process *process, struct ps_remote *message, int fd, int *ret_fd)
{
    int socket;
    *ret_fd = -1;
    NTSTATUS status = ps_call_process(process, SESSION_REMOTE, &socket);
    if (!NT_SUCCESS(status))
        return status;
    status = exchange(socket, message, NULL, 0, NULL, NULL, fd, ret_fd);
    close(socket);
    return status;
}

/* ---------------------------------------------------------------- threads elsewhere */

/* A thread elsewhere and the socket on which its end is told. */
struct watch {
    struct watch *next;
    struct ps_thread *thread; /* referenced */
    int socket;
};

static pthread_mutex_t watch_lock =
    PTHREAD_MUTEX_INITIALIZER; /* guards the list; nothing is taken under it */
static struct watch *watches;

static struct ps_thread *find_watched(const struct ps_process *process, uint32_t id)
{
    struct ps_thread *found = NULL;
    pthread_mutex_lock(&watch_lock);
    for (struct watch *watch = watches; watch && !found; watch = watch->next)
        if (watch->thread->id == id && watch->thread->process == process && !watch->thread->ended)
            found = watch->thread;
    if (found)
        ob_reference(found);
    pthread_mutex_unlock(&watch_lock);
    return found;
}

static void remote_thread_ended(void *argument)
{
    struct watch *watch = argument;
    struct ps_thread *thread = watch->thread;
    struct ke_wake wake = KE_WAKE_INITIALIZER(wake);
    struct ps_remote message;
    size_t size;
    /* Without the message the process has ended with all its threads. */
    bool told = receive_message(watch->socket, &message, NULL, 0, &size, NULL);
    pthread_mutex_lock(&watch_lock);
    struct watch **place = &watches;
    while (*place && *place != watch)
        place = &(*place)->next;
    if (*place)
        *place = watch->next;
    pthread_mutex_unlock(&watch_lock);
    /* The process's end, which is on its way, brings the status. */
    for (int i = 0; !told && i < 200 && !__atomic_load_n(&thread->process->header.signal, __ATOMIC_ACQUIRE);
         i++)
        poll(NULL, 0, 5);
    ke_lock();
    if (!thread->ended) {
        thread->exit_status = told ? (NTSTATUS)message.value[0] : STATUS_PROCESS_IS_TERMINATING;
        if (!told && thread->process->header.signal)
            thread->exit_status = thread->process->exit_status;
        thread->exit_time = ps_now();
        thread->ended = true;
        ke_signal_locked(&thread->header, 1, &wake);
    }
    ke_unlock_and_wake(&wake);
    ob_dereference(thread);
    close(watch->socket);
    free(watch);
}

/* Asks for a thread, which is watched from then on. Without an id the reply's first value is that. */
static NTSTATUS ask_for_thread(struct ps_process *process, struct ps_remote *message, uint32_t id,
                               struct ps_thread **ret_thread)
{
    struct watch *watch = malloc(sizeof *watch);
    struct ps_thread *thread = NULL;
    int socket;
    if (!watch)
        return STATUS_NO_MEMORY;
    NTSTATUS status = session_call(process->unix_pid, SESSION_REMOTE, &socket);
    if (!NT_SUCCESS(status)) {
        free(watch);
        return status == STATUS_NOT_FOUND ? STATUS_ACCESS_DENIED : status;
    }
    status = exchange(socket, message, NULL, 0, NULL, NULL, -1, NULL);
    if (NT_SUCCESS(status) && !(thread = ps_thread_object(process, id ? id : (uint32_t)message->value[0])))
        status = STATUS_NO_MEMORY;
    if (!NT_SUCCESS(status)) {
        close(socket);
        free(watch);
        return status;
    }
    ob_reference(thread);
    pthread_mutex_lock(&watch_lock);
    *watch = (struct watch){watches, thread, socket};
    watches = watch;
    pthread_mutex_unlock(&watch_lock);
    if (!io_wait_descriptor(socket, POLLIN, remote_thread_ended, watch)) {
        pthread_mutex_lock(&watch_lock);
        struct watch **place = &watches;
        while (*place != watch)
            place = &(*place)->next;
        *place = watch->next;
        pthread_mutex_unlock(&watch_lock);
        ob_dereference(thread);
        close(socket);
        free(watch);
    }
    *ret_thread = thread;
    return STATUS_SUCCESS;
}

NTSTATUS ps_remote_create_thread(struct ps_process *process, void *start, void *argument, size_t reserve,
                                 size_t commit, ULONG flags, struct ps_thread **ret_thread)
{
    struct ps_remote message = {
        .operation = PS_REMOTE_CREATE_THREAD,
        .value = {(uint64_t)start, (uint64_t)argument, reserve, commit, flags},
    };
    if (start == ps_ntdll.DbgUiRemoteBreakin)
        message.value[4] |= BREAK_IN;
    NTSTATUS status = ask_for_thread(process, &message, 0, ret_thread);
    if (NT_SUCCESS(status)) {
        (*ret_thread)->teb = (TEB *)message.value[1];
        (*ret_thread)->start_address = start;
    }
    return status;
}

NTSTATUS ps_remote_open_thread(struct ps_process *process, uint32_t id, struct ps_thread **ret_thread)
{
    struct ps_remote message = {.operation = PS_REMOTE_OPEN_THREAD, .value = {id}};
    if ((*ret_thread = find_watched(process, id)))
        return STATUS_SUCCESS;
    NTSTATUS status = ask_for_thread(process, &message, id, ret_thread);
    if (NT_SUCCESS(status)) {
        (*ret_thread)->teb = (TEB *)message.value[0];
        (*ret_thread)->start_address = (void *)message.value[1];
    }
    return status;
}

NTSTATUS ps_remote_list_threads(struct ps_process *process, uint32_t **ret_ids, size_t *ret_count)
{
    struct ps_remote message = {.operation = PS_REMOTE_LIST_THREADS};
    size_t size = PS_REMOTE_DATA;
    uint32_t *ids = malloc(size);
    if (!ids)
        return STATUS_NO_MEMORY;
    NTSTATUS status = ps_remote_call(process, &message, NULL, 0, ids, &size);
    if (!NT_SUCCESS(status)) {
        free(ids);
        return status;
    }
    *ret_ids = ids;
    *ret_count = size / sizeof *ids;
    return STATUS_SUCCESS;
}

NTSTATUS ps_remote_list_handles(struct ps_process *process, struct ps_remote_handle **ret_handles,
                                size_t *ret_count)
{
    struct ps_remote_handle *handles = NULL;
    size_t count = 0, size;
    NTSTATUS status;
    do {
        struct ps_remote message = {.operation = PS_REMOTE_LIST_HANDLES, .value = {count}};
        struct ps_remote_handle *more = realloc(handles, count * sizeof *handles + PS_REMOTE_DATA);
        size = PS_REMOTE_DATA;
        if (!more) {
            status = STATUS_NO_MEMORY;
            break;
        }
        handles = more;
        status = ps_remote_call(process, &message, NULL, 0, handles + count, &size);
        if (NT_SUCCESS(status))
            count += size / sizeof *handles;
    } while (NT_SUCCESS(status) && size >= PS_REMOTE_DATA - sizeof *handles);
    if (!NT_SUCCESS(status)) {
        free(handles);
        return status;
    }
    *ret_handles = handles;
    *ret_count = count;
    return STATUS_SUCCESS;
}
