/*
 * Named pipes by name: instances and clients meet at the session server.
 */
#include "io/namedpipe.h"
#include "mm/guest.h"
#include "ob/security.h"
#include "ps/ps.h"
#include "session/session.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A client's end out of what the server gave; consumes the package. STATUS_PIPE_NOT_AVAILABLE: its owner has
 * just taken it back. */
static NTSTATUS take_up(int package, struct pipe_link **ret_link)
{
    int parts[2];
    struct pipe_link *link;
    uint32_t old = FILE_PIPE_LISTENING_STATE;
    unsigned count = io_unpack_descriptors(package, parts, 2, false);
    if (count != 2) {
        if (count)
            close(parts[0]);
        return STATUS_PIPE_NOT_AVAILABLE;
    }
    NTSTATUS status = pipe_link_open(parts[0], parts[1], PIPE_CLIENT, &link);
    if (!NT_SUCCESS(status))
        return status;
    link->page->process[PIPE_CLIENT] = ps_current_process->id;
    if (!__atomic_compare_exchange_n(&link->page->state, &old, FILE_PIPE_CONNECTED_STATE, false,
                                     __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) &&
        old != FILE_PIPE_CONNECTED_STATE) {
        pipe_link_release(link);
        return STATUS_PIPE_NOT_AVAILABLE;
    }
    *ret_link = link;
    return STATUS_SUCCESS;
}

NTSTATUS io_pipe_open(const WCHAR *text, size_t length, ACCESS_MASK access, ULONG options,
                      struct io_file **ret_file)
{
    struct gw_connection *connection;
    struct gw_open_pipe_in in = {.kind = GW_PIPE_NAMED, .name = text, .name_size = (uint32_t)length * 2};
    struct gw_open_pipe_out out;
    struct pipe_link *link;
    if (!length) {
        *ret_file = io_file_create(IO_NAMED_PIPE, &io_named_pipe_operations, -1, access, options);
        return *ret_file ? STATUS_SUCCESS : STATUS_NO_MEMORY;
    }
    if (length > PIPE_NAME_LIMIT)
        return STATUS_OBJECT_NAME_INVALID;
    in.access = (access & FILE_READ_DATA ? GW_PIPE_READ : 0) | (access & FILE_WRITE_DATA ? GW_PIPE_WRITE : 0);
    NTSTATUS status = session_connect(false, &connection);
    if (NT_SUCCESS(status))
        status = gw_open_pipe(connection, &in, &out);
    if (NT_SUCCESS(status))
        status = take_up(out.end, &link);
    if (!NT_SUCCESS(status))
        return status;
    *ret_file = io_named_pipe_file(link, -1, access, options);
    return *ret_file ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

/* The other end of a pipe without a name, which is opened once, relative to the server's end. */
NTSTATUS io_pipe_open_relative(struct io_file *root, ACCESS_MASK access, ULONG options,
                               struct io_file **ret_file)
{
    struct pipe_end *end = root->device;
    struct pipe_link *link;
    int package = -1;
    NTSTATUS status = STATUS_OBJECT_NAME_INVALID;
    pthread_mutex_lock(&end->lock);
    if (end->link && end->server && !end->link->page->name_length) {
        uint32_t sharing = end->link->page->sharing;
        package = end->client;
        status = package < 0 ? STATUS_PIPE_NOT_AVAILABLE : STATUS_SUCCESS;
        if (NT_SUCCESS(status) && ((access & FILE_READ_DATA && !(sharing & FILE_SHARE_READ)) ||
                                   (access & FILE_WRITE_DATA && !(sharing & FILE_SHARE_WRITE))))
            status = STATUS_ACCESS_DENIED;
        if (NT_SUCCESS(status))
            end->client = -1;
    }
    pthread_mutex_unlock(&end->lock);
    if (NT_SUCCESS(status))
        status = take_up(package, &link);
    if (!NT_SUCCESS(status))
        return status;
    *ret_file = io_named_pipe_file(link, -1, access, options);
    return *ret_file ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

ULONG io_pipe_instances(const struct pipe_page *page)
{
    struct gw_connection *connection;
    uint32_t length = page->name_length < PIPE_NAME_LIMIT ? page->name_length : PIPE_NAME_LIMIT;
    struct gw_query_pipe_in in = {.kind = GW_PIPE_NAMED, .name = page->name, .name_size = length * 2};
    struct gw_query_pipe_out out;
    return NT_SUCCESS(session_connect(false, &connection)) && NT_SUCCESS(gw_query_pipe(connection, &in, &out))
               ? out.instances
               : 1;
}

void io_pipe_list(void (*function)(void *context, const WCHAR *name, size_t length, ULONG instances,
                                   ULONG maximum),
                  void *context)
{
    struct gw_connection *connection;
    struct gw_list_pipes_in in = {.kind = GW_PIPE_NAMED};
    struct gw_list_pipes_out out = {.more = 1};
    uint8_t *entries = malloc(GW_MESSAGE_LIMIT);
    if (!entries || !NT_SUCCESS(session_connect(false, &connection)))
        out.more = 0;
    while (out.more) {
        out.entries = entries;
        out.entries_size = GW_MESSAGE_LIMIT;
        if (!NT_SUCCESS(gw_list_pipes(connection, &in, &out)) || !out.count)
            break;
        in.position += out.count;
        for (uint32_t at = 0, head[3]; at + sizeof head <= out.entries_size;) {
            memcpy(head, entries + at, sizeof head);
            at += (uint32_t)sizeof head;
            if (head[2] > out.entries_size - at)
                break;
            function(context, (const WCHAR *)(entries + at), head[2] / 2, head[0], head[1]);
            at += (head[2] + 3u) & ~3u;
        }
    }
    free(entries);
}

/* ---------------------------------------------------------------- waiting for an instance */

static int64_t now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Until the server closes the other end, or the time is over. */
static NTSTATUS wait_for_news(int socket, int64_t until)
{
    struct pollfd poll_fd = {.fd = socket, .events = POLLIN};
    for (;;) {
        int64_t left = until == INT64_MAX ? -1 : until - now_ms();
        if (until != INT64_MAX && left < 0)
            left = 0;
        long result = io_syscall_interruptible(SYS_poll, (long)&poll_fd, 1,
                                               left > INT32_MAX ? INT32_MAX : left, 0, 0, 0);
        if (result > 0)
            return STATUS_SUCCESS;
        if (result == 0 && left <= INT32_MAX)
            return STATUS_IO_TIMEOUT;
        NTSTATUS status = result == -EINTR ? io_interrupted() : STATUS_SUCCESS;
        if (!NT_SUCCESS(status))
            return status;
    }
}

static NTSTATUS ask(const WCHAR *name, uint32_t size, int *ret_socket, int64_t *ret_timeout)
{
    struct gw_connection *connection;
    struct gw_wait_pipe_in in = {.name = name, .name_size = size};
    struct gw_wait_pipe_out out;
    int pair[2];
    NTSTATUS status = session_connect(false, &connection);
    if (!NT_SUCCESS(status))
        return status;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return STATUS_INSUFFICIENT_RESOURCES;
    in.notify = pair[1];
    status = gw_wait_pipe(connection, &in, &out);
    close(pair[1]);
    if (status == STATUS_PENDING) {
        *ret_socket = pair[0];
        *ret_timeout = out.timeout;
    } else {
        close(pair[0]);
    }
    return status;
}

NTSTATUS io_pipe_wait(struct io_request *request)
{
    struct {
        LARGE_INTEGER timeout;
        ULONG length;
        BOOLEAN specified;
        WCHAR name[PIPE_NAME_LIMIT];
    } in = {0};
    size_t head = offsetof(FILE_PIPE_WAIT_FOR_BUFFER, Name);
    int64_t start = now_ms(), timeout;
    int socket;
    if (request->input_length < head)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = guest_copy(&in, request->input, head);
    if (NT_SUCCESS(status) && (in.length > request->input_length - head || in.length > sizeof in.name))
        status = in.length > sizeof in.name ? STATUS_OBJECT_NAME_INVALID : STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(status))
        status = guest_copy(in.name, (char *)request->input + head, in.length);
    while (NT_SUCCESS(status)) {
        status = ask(in.name, in.length, &socket, &timeout);
        if (status != STATUS_PENDING)
            break;
        if (in.specified)
            timeout = in.timeout.QuadPart;
        int64_t until = timeout == INT64_MIN ? INT64_MAX
                                             : start + (timeout < 0 ? (-timeout + 9999) / 10000 : 0);
        status = wait_for_news(socket, until);
        close(socket);
    }
    return status;
}

/* ---------------------------------------------------------------- new instances */

NTSTATUS io_pipe_register(const struct pipe_page *page, ULONG disposition, struct pipe_link **ret_link,
                          int *ret_control, ULONG *ret_information)
{
    struct gw_connection *connection;
    struct gw_create_pipe_in in = {.kind = GW_PIPE_NAMED,
                                   .disposition = disposition,
                                   .type = page->type,
                                   .sharing = page->sharing,
                                   .maximum = page->maximum,
                                   .timeout = page->timeout,
                                   .name = page->name};
    struct gw_create_pipe_out out;
    struct pipe_link *link;
    uint32_t length = page->name_length;
    in.name_size = (length < PIPE_NAME_LIMIT ? length : PIPE_NAME_LIMIT) * 2;
    NTSTATUS status = session_connect(true, &connection);
    if (NT_SUCCESS(status))
        status = pipe_link_create(page, &link, &in.end);
    if (!NT_SUCCESS(status))
        return status;
    status = gw_create_pipe(connection, &in, &out);
    if (status == STATUS_PORT_DISCONNECTED && NT_SUCCESS(session_connect(true, &connection)))
        status = gw_create_pipe(connection, &in, &out); /* nobody had noticed yet that the server is gone */
    close(in.end);
    if (!NT_SUCCESS(status)) {
        pipe_link_release(link);
        return status;
    }
    *ret_information = out.existed ? FILE_OPENED : FILE_CREATED;
    *ret_link = link;
    *ret_control = out.control;
    return STATUS_SUCCESS;
}

static void revive(struct io_file *file)
{
    io_pipe_revive(file->device);
}

static NTSTATUS create_instance(const struct pipe_page *page, ULONG disposition, ACCESS_MASK access,
                                ULONG options, struct io_file **ret_file, ULONG *ret_information)
{
    struct pipe_link *link;
    int control;
    NTSTATUS status = io_pipe_register(page, disposition, &link, &control, ret_information);
    if (!NT_SUCCESS(status))
        return status;
    *ret_file = io_named_pipe_file(link, control, access, options);
    if (!*ret_file)
        return STATUS_NO_MEMORY;
    io_revive_add(&((struct pipe_end *)(*ret_file)->device)->revivable, *ret_file, revive);
    return STATUS_SUCCESS;
}

/* Nobody but its maker can find it: the session server need not know. */
static NTSTATUS create_unnamed(const struct pipe_page *page, ACCESS_MASK access, ULONG options,
                               struct io_file **ret_file, ULONG *ret_information)
{
    struct pipe_link *link;
    int client;
    NTSTATUS status = pipe_link_create(page, &link, &client);
    if (!NT_SUCCESS(status))
        return status;
    *ret_file = io_named_pipe_file(link, -1, access, options);
    if (!*ret_file) {
        close(client);
        return STATUS_NO_MEMORY;
    }
    ((struct pipe_end *)(*ret_file)->device)->client = client;
    *ret_information = FILE_CREATED;
    return STATUS_SUCCESS;
}

/* How much of the text is the prefix, in any case of letters; 0: it does not begin with it. */
static size_t match(const WCHAR *text, size_t length, const WCHAR *prefix)
{
    size_t n = 0;
    while (n < length && prefix[n] && io_upcase(text[n]) == prefix[n])
        n++;
    return prefix[n] ? 0 : n;
}

/* "\??\UNC\computer\": this computer under one of its names. */
static size_t match_own_computer(const WCHAR *name, size_t length)
{
    size_t begin = match(name, length, u"\\??\\UNC\\"), end = begin;
    char host[256], own[256] = "";
    while (begin && end < length && name[end] != '\\')
        end++;
    if (!begin || end == length || (end - begin) * 3 >= sizeof host)
        return 0;
    host[io_utf16_to_utf8(name + begin, end - begin, host, sizeof host - 1)] = 0;
    gethostname(own, sizeof own - 1);
    own[strcspn(own, ".")] = 0;
    return strcasecmp(host, "localhost") == 0 || strcmp(host, "127.0.0.1") == 0 || strcasecmp(host, own) == 0
               ? end + 1
               : 0;
}

size_t io_skip_device(const WCHAR *name, size_t length, const WCHAR *share, const WCHAR *device)
{
    size_t skip = match(name, length, device), rest;
    if (skip)
        return skip;
    skip = match(name, length, u"\\??\\");
    if (skip && (rest = match(name + skip, length - skip, share)))
        return skip + rest;
    skip = match_own_computer(name, length);
    rest = skip ? match(name + skip, length - skip, share) : 0;
    return rest ? skip + rest : 0;
}

NTSTATUS NtCreateNamedPipeFile(HANDLE *FileHandle, ULONG DesiredAccess, OBJECT_ATTRIBUTES *ObjectAttributes,
                               IO_STATUS_BLOCK *IoStatusBlock, ULONG ShareAccess, ULONG CreateDisposition,
                               ULONG CreateOptions, ULONG NamedPipeType, ULONG ReadMode, ULONG CompletionMode,
                               ULONG MaximumInstances, ULONG InboundQuota, ULONG OutboundQuota,
                               LARGE_INTEGER *DefaultTimeout)
{
    WCHAR *name;
    size_t length, skip = 0;
    ULONG attributes, information = 0;
    struct io_file *root, *file = NULL;
    LARGE_INTEGER timeout = {.QuadPart = -500000};
    HANDLE handle;

    if (DefaultTimeout && !NT_SUCCESS(guest_read(&timeout, DefaultTimeout)))
        return STATUS_ACCESS_VIOLATION;
    NTSTATUS status = io_read_name(ObjectAttributes, &name, &length, &attributes, &root);
    if (!NT_SUCCESS(status))
        return status;
    bool unnamed = root && !length;
    if (root) {
        if (root->kind != IO_NAMED_PIPE || root->device)
            status = STATUS_OBJECT_NAME_INVALID;
        ob_dereference(root);
    } else if (!(skip = io_skip_device(name, length, u"PIPE\\", u"\\DEVICE\\NAMEDPIPE\\"))) {
        status = STATUS_OBJECT_NAME_INVALID;
    }
    if (NT_SUCCESS(status) && ((length == skip && !unnamed) || length - skip > PIPE_NAME_LIMIT))
        status = STATUS_OBJECT_NAME_INVALID;
    if (NT_SUCCESS(status) && (!MaximumInstances || CreateDisposition > FILE_OPEN_IF || !CreateDisposition ||
                               (!(NamedPipeType & 1) && ReadMode & 1) || !(ShareAccess & 3)))
        status = STATUS_INVALID_PARAMETER;
    ACCESS_MASK access = ob_map_access(&io_file_type, DesiredAccess);
    if (NT_SUCCESS(status)) {
        struct pipe_page page = {.type = NamedPipeType & 1,
                                 .sharing = ShareAccess & 3,
                                 .maximum = MaximumInstances,
                                 .generation = 1,
                                 .state = FILE_PIPE_LISTENING_STATE,
                                 .quota = {OutboundQuota, InboundQuota},
                                 .process = {0, ps_current_process->id},
                                 .timeout = timeout.QuadPart,
                                 .name_length = (uint32_t)(length - skip)};
        page.side[PIPE_SERVER].read_mode = ReadMode & 1;
        page.side[PIPE_SERVER].completion_mode = CompletionMode & 1;
        memcpy(page.name, name + skip, (length - skip) * sizeof *name);
        status = unnamed
                     ? create_unnamed(&page, access, CreateOptions, &file, &information)
                     : create_instance(&page, CreateDisposition, access, CreateOptions, &file, &information);
    }
    free(name);
    if (!NT_SUCCESS(status))
        return status;
    OBJECT_ATTRIBUTES own;
    if (NT_SUCCESS(guest_read(&own, ObjectAttributes)) && own.SecurityDescriptor)
        status = ob_security_capture(own.SecurityDescriptor, &((struct ob_object *)file)->security);
    if (NT_SUCCESS(status))
        status = ob_handle_create(file, access, attributes, &handle);
    ob_dereference(file);
    if (!NT_SUCCESS(status))
        return status;
    status = guest_write_iosb(IoStatusBlock, STATUS_SUCCESS, information);
    if (NT_SUCCESS(status))
        status = guest_write(FileHandle, handle);
    if (!NT_SUCCESS(status))
        ob_handle_close(handle);
    return status;
}
