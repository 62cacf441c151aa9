/*
 * Named pipes: reading, writing and the life of an end. A synchronous handle waits in its thread; the
 * requests of others queue here and are served by the poller when the socket is ready. Any of the two ends
 * may be in another process, or in several.
 */
#include "io/namedpipe.h"
#include "mm/guest.h"
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---------------------------------------------------------------- queues */

void io_pipe_finish(struct io_request **list, struct io_request *request, NTSTATUS status,
                    ULONG_PTR information)
{
    request->status = status;
    request->information = information;
    request->context = *list;
    *list = request;
}

void io_pipe_complete(struct io_request *list)
{
    struct io_request *ordered = NULL;
    while (list) { /* it was filled from the front */
        struct io_request *next = list->context;
        list->context = ordered;
        ordered = list;
        list = next;
    }
    while (ordered) {
        struct io_request *next = ordered->context;
        io_complete(ordered, ordered->status, ordered->information);
        ordered = next;
    }
}

void io_pipe_enqueue(struct pipe_queue *queue, struct io_request *request)
{
    request->context = NULL;
    *queue->last = request;
    queue->last = (struct io_request **)&request->context;
}

static void pop(struct pipe_queue *queue)
{
    queue->first = queue->first->context;
    if (!queue->first)
        queue->last = &queue->first;
}

bool io_pipe_dequeue(struct pipe_queue *queue, struct io_request *request)
{
    for (struct io_request **place = &queue->first; *place; place = (struct io_request **)&(*place)->context)
        if (*place == request) {
            *place = request->context;
            if (!*place)
                queue->last = place;
            return true;
        }
    return false;
}

void io_pipe_fail(struct pipe_queue *queue, NTSTATUS status, struct io_request **list)
{
    while (queue->first) {
        struct io_request *request = queue->first;
        pop(queue);
        if (io_claim(request))
            io_pipe_finish(list, request, status, request->information);
    }
}

bool io_pipe_arm(struct io_file *file, struct pipe_queue *queue, int fd, short events,
                 void (*function)(void *))
{
    if (queue->wait)
        return true;
    ob_reference(file);
    queue->function = function;
    queue->wait = io_wait_descriptor(fd, events, function, file);
    if (!queue->wait)
        ob_dereference(file); /* not the last: a request or a call has it */
    return queue->wait != NULL;
}

void io_pipe_disarm(struct io_file *file, struct pipe_queue *queue, struct io_file **ret_release)
{
    *ret_release = NULL;
    if (queue->wait && io_wait_cancel(queue->wait, queue->function, file)) {
        queue->wait = NULL;
        *ret_release = file;
    }
}

static void cancel(struct io_request *request)
{
    struct pipe_end *end = request->file->device;
    struct pipe_queue *queues[] = {&end->readers, &end->writers, &end->listeners};
    struct io_file *release = NULL;
    pthread_mutex_lock(&end->lock);
    for (int i = 0; i < 3; i++)
        if (io_pipe_dequeue(queues[i], request) && !queues[i]->first)
            io_pipe_disarm(end->file, queues[i], &release);
    pthread_mutex_unlock(&end->lock);
    io_complete(request, STATUS_CANCELLED, request->information);
    if (release)
        ob_dereference(release);
}

/* ---------------------------------------------------------------- overlapped requests */

static void readers_ready(void *argument);
static void writers_ready(void *argument);

static NTSTATUS transfer(struct pipe_end *end, struct io_request *request, bool write)
{
    ULONG length = 0;
    if (!end->link)
        return STATUS_PIPE_BROKEN;
    if (write)
        return pipe_link_write(end->link, request->buffer, request->length, &request->information);
    NTSTATUS status = pipe_link_read(end->link, request->buffer, request->length, &length);
    request->information = length;
    return status;
}

/* Serves the queue in order; what has to go on waiting is at its front then. Under the lock. */
static bool serve(struct pipe_end *end, struct pipe_queue *queue, bool write, struct io_request **done)
{
    while (queue->first) {
        struct io_request *request = queue->first;
        if (!io_claim(request)) { /* who cancels it will find it gone */
            pop(queue);
            continue;
        }
        NTSTATUS status = transfer(end, request, write);
        if (status == STATUS_PENDING) {
            if (io_unclaim(request, cancel))
                return true;
            status = STATUS_CANCELLED;
        } else if (status == STATUS_PIPE_CLOSING) { /* it had begun */
            status = STATUS_PIPE_BROKEN;
        }
        pop(queue);
        io_pipe_finish(done, request, status, request->information);
    }
    return false;
}

/* Serves, and sees to it that what is left is served later. Under the lock. */
static void serve_and_arm(struct pipe_end *end, bool write, struct io_request **done)
{
    struct pipe_queue *queue = write ? &end->writers : &end->readers;
    if (queue->wait || !serve(end, queue, write, done))
        return;
    bool armed;
    if (write && pipe_link_has_messages(end->link)) {
        int watch = pipe_link_watch(end->link);
        armed = watch >= 0 && (!serve(end, queue, write, done) || /* it may have been read just before */
                               io_pipe_arm(end->file, queue, watch, POLLIN, writers_ready));
        if (watch >= 0)
            close(watch);
    } else {
        armed = io_pipe_arm(end->file, queue, end->link->fd, write ? POLLOUT : POLLIN,
                            write ? writers_ready : readers_ready);
    }
    if (!armed)
        io_pipe_fail(queue, STATUS_INSUFFICIENT_RESOURCES, done);
}

static void ready(struct io_file *file, bool write)
{
    struct pipe_end *end = file->device;
    struct io_request *done = NULL;
    pthread_mutex_lock(&end->lock);
    (write ? &end->writers : &end->readers)->wait = NULL;
    serve_and_arm(end, write, &done);
    pthread_mutex_unlock(&end->lock);
    io_pipe_complete(done);
    ob_dereference(file);
}

static void readers_ready(void *argument)
{
    ready(argument, false);
}

static void writers_ready(void *argument)
{
    ready(argument, true);
}

static NTSTATUS start_overlapped(struct pipe_end *end, struct io_request *request, bool write)
{
    struct pipe_queue *queue = write ? &end->writers : &end->readers;
    struct io_request *done = NULL;
    pthread_mutex_lock(&end->lock);
    NTSTATUS status = queue->first ? STATUS_PENDING : transfer(end, request, write);
    if (status == STATUS_PENDING &&
        pipe_link_side(end->link)->completion_mode == FILE_PIPE_COMPLETE_OPERATION) {
        status = write ? STATUS_SUCCESS : STATUS_PIPE_EMPTY;
    } else if (status == STATUS_PENDING) {
        struct io_request *heap = io_pend(request, cancel);
        if (heap) {
            io_pipe_enqueue(queue, heap);
            serve_and_arm(end, write, &done);
        } else {
            status = STATUS_NO_MEMORY;
        }
    }
    pthread_mutex_unlock(&end->lock);
    io_pipe_complete(done);
    return status;
}

/* ---------------------------------------------------------------- requests that wait in their thread */

struct pipe_link *io_named_pipe_link(struct pipe_end *end)
{
    pthread_mutex_lock(&end->lock);
    struct pipe_link *link = end->link ? pipe_link_reference(end->link) : NULL;
    pthread_mutex_unlock(&end->lock);
    return link;
}

static NTSTATUS read_waiting(struct pipe_link *link, struct io_request *request)
{
    ULONG length = 0;
    NTSTATUS status;
    bool no_wait = pipe_link_side(link)->completion_mode == FILE_PIPE_COMPLETE_OPERATION;
    if (!no_wait && !pipe_link_has_messages(link)) {
        status = pipe_link_read_waiting(link, request->buffer, request->length, &length);
    } else {
        while ((status = pipe_link_read(link, request->buffer, request->length, &length)) == STATUS_PENDING) {
            status = no_wait ? STATUS_PIPE_EMPTY : io_wait_ready(link->fd, POLLIN);
            if (!NT_SUCCESS(status))
                return status;
        }
    }
    request->information = length;
    return status;
}

static NTSTATUS write_waiting(struct pipe_link *link, struct io_request *request)
{
    bool no_wait = pipe_link_side(link)->completion_mode == FILE_PIPE_COMPLETE_OPERATION,
         messages = pipe_link_has_messages(link);
    int watch = -1;
    NTSTATUS status;
    bool waited = false;
    while ((status = pipe_link_write(link, request->buffer, request->length, &request->information)) ==
           STATUS_PENDING) {
        status = STATUS_SUCCESS;
        if (no_wait)
            break;
        waited = true;
        if (!messages)
            status = io_wait_ready(link->fd, POLLOUT);
        else if (watch >= 0)
            status = pipe_link_wait(watch);
        else if ((watch = pipe_link_watch(link)) < 0)
            status = STATUS_INSUFFICIENT_RESOURCES;
        if (!NT_SUCCESS(status))
            break;
    }
    if (watch >= 0)
        close(watch);
    return status == STATUS_PIPE_CLOSING && waited ? STATUS_PIPE_BROKEN : status;
}

static NTSTATUS run(struct io_file *file, struct io_request *request, bool write)
{
    struct pipe_end *end = file->device;
    if (!end)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (!request->synchronous)
        return start_overlapped(end, request, write);
    struct pipe_link *link = io_named_pipe_link(end);
    if (!link)
        return STATUS_PIPE_BROKEN;
    NTSTATUS status = write ? write_waiting(link, request) : read_waiting(link, request);
    pipe_link_release(link);
    return status;
}

static NTSTATUS named_pipe_read(struct io_file *file, struct io_request *request)
{
    return run(file, request, false);
}

static NTSTATUS named_pipe_write(struct io_file *file, struct io_request *request)
{
    return run(file, request, true);
}

/* Waits until the other end has read everything. */
static NTSTATUS named_pipe_flush(struct io_file *file)
{
    struct pipe_link *link = file->device ? io_named_pipe_link(file->device) : NULL;
    if (!link)
        return STATUS_INVALID_DEVICE_REQUEST;
    int watch = -1;
    NTSTATUS status = STATUS_SUCCESS;
    while (NT_SUCCESS(status) && NT_SUCCESS(status = pipe_link_usable(link)) && !pipe_link_is_drained(link)) {
        if (watch >= 0)
            status = pipe_link_wait(watch);
        else if ((watch = pipe_link_watch(link)) < 0)
            status = STATUS_INSUFFICIENT_RESOURCES;
    }
    if (watch >= 0)
        close(watch);
    pipe_link_release(link);
    return status;
}

/* ---------------------------------------------------------------- controls */

static NTSTATUS peek(struct pipe_end *end, struct io_request *request)
{
    ULONG head = offsetof(FILE_PIPE_PEEK_BUFFER, Data), room;
    struct pipe_peek found;
    if (request->length < head)
        return STATUS_INVALID_PARAMETER;
    struct pipe_link *link = io_named_pipe_link(end);
    if (!link)
        return STATUS_PIPE_BROKEN;
    room = request->length - head < 0x100000 ? request->length - head : 0x100000;
    FILE_PIPE_PEEK_BUFFER *answer = calloc(1, head + room + 1);
    NTSTATUS status = answer ? pipe_link_peek(link, answer->Data, room, &found) : STATUS_NO_MEMORY;
    if (status == STATUS_PIPE_LISTENING || (status == STATUS_PIPE_DISCONNECTED && end->server))
        status = STATUS_INVALID_PIPE_STATE;
    if (NT_SUCCESS(status)) {
        bool messages = pipe_link_side(link)->read_mode == FILE_PIPE_MESSAGE_MODE;
        answer->NamedPipeState = pipe_link_is_hung_up(link) ? FILE_PIPE_CLOSING_STATE
                                                            : FILE_PIPE_CONNECTED_STATE;
        answer->ReadDataAvailable = found.available;
        answer->NumberOfMessages = found.available ? 1 : 0;
        answer->MessageLength = messages ? found.message : 0;
        if (found.copied < (messages ? found.message : found.available))
            status = STATUS_BUFFER_OVERFLOW;
        NTSTATUS fault = guest_copy(request->buffer, answer, head + found.copied);
        request->information = head + found.copied;
        if (!NT_SUCCESS(fault))
            status = fault;
    }
    free(answer);
    pipe_link_release(link);
    return status;
}

/* A message and its answer. The message is sent by the calling thread in any case: there is room for it
 * unless the other end never reads. */
static NTSTATUS transceive(struct io_file *file, struct pipe_end *end, struct io_request *request)
{
    struct io_request write = *request;
    struct pipe_peek found;
    write.buffer = request->input;
    write.length = request->input_length;
    write.information = 0;
    struct pipe_link *link = io_named_pipe_link(end);
    if (!link)
        return STATUS_PIPE_BROKEN;
    NTSTATUS status = STATUS_SUCCESS;
    if (pipe_link_side(link)->read_mode != FILE_PIPE_MESSAGE_MODE || !NT_SUCCESS(pipe_link_usable(link)))
        status = STATUS_INVALID_PIPE_STATE;
    else
        status = pipe_link_peek(link, NULL, 0, &found);
    if (NT_SUCCESS(status) && found.available)
        status = STATUS_PIPE_BUSY;
    if (NT_SUCCESS(status))
        status = write_waiting(link, &write);
    pipe_link_release(link);
    return NT_SUCCESS(status) ? run(file, request, false) : status;
}

static NTSTATUS named_pipe_control(struct io_file *file, struct io_request *request)
{
    struct pipe_end *end = file->device;
    if (!end)
        return request->code == FSCTL_PIPE_WAIT ? io_pipe_wait(request) : STATUS_INVALID_DEVICE_REQUEST;
    switch (request->code) {
    case FSCTL_PIPE_LISTEN: return io_named_pipe_listen(end, request);
    case FSCTL_PIPE_DISCONNECT: return io_named_pipe_disconnect(end);
    case FSCTL_PIPE_PEEK: return peek(end, request);
    case FSCTL_PIPE_TRANSCEIVE: return transceive(file, end, request);
    case FSCTL_PIPE_FLUSH: return named_pipe_flush(file);
    default: return io_named_pipe_attribute(end, request);
    }
}

/* ---------------------------------------------------------------- life */

static void named_pipe_cleanup(struct io_file *file)
{
    struct pipe_end *end = file->device;
    struct io_request *done = NULL;
    struct io_file *release[3];
    if (!end)
        return;
    io_revive_remove(&end->revivable);
    struct pipe_queue *queues[] = {&end->readers, &end->writers, &end->listeners};
    pthread_mutex_lock(&end->lock);
    struct pipe_link *link = end->link;
    int control = end->control, client = end->client;
    end->link = NULL;
    end->control = end->client = -1;
    for (int i = 0; i < 3; i++) {
        io_pipe_fail(queues[i], STATUS_CANCELLED, &done);
        io_pipe_disarm(end->file, queues[i], &release[i]);
    }
    pthread_mutex_unlock(&end->lock);
    if (control >= 0)
        close(control);
    if (client >= 0)
        close(client);
    if (link)
        pipe_link_release(link);
    io_pipe_complete(done);
    for (int i = 0; i < 3; i++)
        if (release[i])
            ob_dereference(release[i]);
}

static void named_pipe_destroy(struct io_file *file)
{
    struct pipe_end *end = file->device;
    if (!end)
        return;
    io_revive_remove(&end->revivable);
    if (end->link)
        pipe_link_release(end->link);
    if (end->control >= 0)
        close(end->control);
    if (end->client >= 0)
        close(end->client);
    pthread_mutex_destroy(&end->lock);
    free(end);
}

const struct io_operations io_named_pipe_operations = {.read = named_pipe_read,
                                                       .write = named_pipe_write,
                                                       .control = named_pipe_control,
                                                       .flush = named_pipe_flush,
                                                       .query = io_named_pipe_query,
                                                       .set = io_named_pipe_set,
                                                       .cleanup = named_pipe_cleanup,
                                                       .destroy = named_pipe_destroy};

struct io_file *io_named_pipe_file(struct pipe_link *link, int control, ACCESS_MASK access, ULONG options)
{
    struct pipe_end *end = calloc(1, sizeof *end);
    struct io_file *file = end ? io_file_create(IO_NAMED_PIPE, &io_named_pipe_operations, -1, access, options)
                               : NULL;
    if (!file) {
        pipe_link_release(link);
        if (control >= 0)
            close(control);
        free(end);
        return NULL;
    }
    pthread_mutex_init(&end->lock, NULL);
    end->file = file;
    end->server = link->own == PIPE_SERVER;
    end->control = control;
    end->client = -1;
    end->link = link;
    end->readers.last = &end->readers.first;
    end->writers.last = &end->writers.first;
    end->listeners.last = &end->listeners.first;
    file->device = end;
    uint32_t length = link->page->name_length < PIPE_NAME_LIMIT ? link->page->name_length : PIPE_NAME_LIMIT;
    file->device_name = calloc(length + 2, sizeof *file->device_name);
    if (file->device_name) {
        file->device_name[0] = '\\';
        memcpy(file->device_name + 1, link->page->name, length * sizeof(WCHAR));
    }
    return file;
}

NTSTATUS io_named_pipe_export(struct io_file *file, int *ret_package, int *ret_plain)
{
    struct pipe_end *end = file->device;
    struct pipe_link *link = end ? io_named_pipe_link(end) : NULL;
    if (!link)
        return STATUS_INVALID_HANDLE;
    pthread_mutex_lock(&end->lock);
    int parts[3] = {link->fd, link->page_fd, end->control};
    *ret_package = io_pack_descriptors(parts, end->control >= 0 ? 3 : 2);
    *ret_plain = fcntl(link->fd, F_DUPFD_CLOEXEC, 3);
    pthread_mutex_unlock(&end->lock);
    pipe_link_release(link);
    if (*ret_package >= 0 && *ret_plain >= 0)
        return STATUS_SUCCESS;
    if (*ret_package >= 0)
        close(*ret_package);
    if (*ret_plain >= 0)
        close(*ret_plain);
    return STATUS_INSUFFICIENT_RESOURCES;
}

struct io_file *io_named_pipe_import(int package, ACCESS_MASK access, ULONG options)
{
    int parts[3];
    struct pipe_link *link;
    unsigned count = io_unpack_descriptors(package, parts, 3, false);
    if (count < 2 ||
        !NT_SUCCESS(pipe_link_open(parts[0], parts[1], count == 3 ? PIPE_SERVER : PIPE_CLIENT, &link))) {
        if (count == 1)
            close(parts[0]);
        if (count == 3)
            close(parts[2]);
        return NULL;
    }
    return io_named_pipe_file(link, count == 3 ? parts[2] : -1, access, options);
}
