/*
 * Named pipes within this process: instances with two message queues, one lock for all. Data is
 * copied from and to the guest without the lock; requests that come to their end under it are
 * collected and completed afterwards. (Other processes' pipes come with the session server.)
 */
#include "io/device.h"
#include "mm/guest.h"
#include <stdlib.h>
#include <string.h>

struct message {
    struct message *next;
    struct io_request *writer; /* waits until it is read; or NULL */
    ULONG length, at;
    char data[];
};

struct queue {
    struct message *first, **last;
    ULONG bytes, quota;
    struct io_request *readers, **readers_end; /* by context */
};

struct pipe_name {
    struct pipe_name *next;
    struct instance *instances;
    ULONG type, maximum, count, sharing;
    int64_t timeout;
    size_t length;
    WCHAR text[];
};

struct end {
    struct instance *instance;
    struct io_file *file; /* NULL: closed */
    bool server;
    ULONG read_mode, completion_mode;
    struct queue in; /* what this end reads */
};

struct instance {
    struct instance *next;
    struct pipe_name *name; /* NULL once the server's end is closed */
    ULONG state;
    struct end ends[2]; /* client, server */
    struct io_request *listener;
    int references; /* open ends */
};

static struct {
    pthread_mutex_t lock; /* guards all of this; rank: io file */
    struct pipe_name *names;
} pipes = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Requests to complete once the lock is free. */
struct finished {
    struct finished *next;
    struct io_request *request;
    NTSTATUS status;
    ULONG length;
    char *data;
};

static void finish(struct finished **list, struct io_request *request, NTSTATUS status, char *data,
                   ULONG length)
{
    struct finished *entry = malloc(sizeof *entry);
    if (!entry)
        abort();
    *entry = (struct finished){*list, request, status, length, data};
    *list = entry;
}

static void complete_all(struct finished *list)
{
    while (list) {
        struct finished *next = list->next;
        if (list->data && !io_poke(list->request->buffer, list->data, list->length))
            list->status = STATUS_ACCESS_VIOLATION;
        io_complete(list->request, list->status, list->length);
        free(list->data);
        free(list);
        list = next;
    }
}

static void initialize_queue(struct queue *queue, ULONG quota)
{
    queue->last = &queue->first;
    queue->readers_end = &queue->readers;
    queue->quota = quota > 65536 ? quota : 65536;
}

static void drop_first(struct queue *queue, struct finished **done)
{
    struct message *message = queue->first;
    queue->first = message->next;
    if (!queue->first)
        queue->last = &queue->first;
    queue->bytes -= message->length - message->at;
    if (message->writer && io_claim(message->writer))
        finish(done, message->writer, STATUS_SUCCESS, NULL, message->length);
    free(message);
}

static void clear_queue(struct queue *queue, NTSTATUS why, struct finished **done)
{
    while (queue->first) {
        struct message *message = queue->first;
        struct io_request *writer = message->writer;
        message->writer = NULL;
        drop_first(queue, done);
        if (writer && io_claim(writer))
            finish(done, writer, why, NULL, 0);
    }
}

static void fail_readers(struct queue *queue, NTSTATUS why, struct finished **done)
{
    while (queue->readers) {
        struct io_request *request = queue->readers;
        queue->readers = request->context;
        if (io_claim(request))
            finish(done, request, why, NULL, 0);
    }
    queue->readers_end = &queue->readers;
}

/* Takes what a read of `length` gets; the queue is not empty. */
static NTSTATUS take(struct end *end, ULONG length, char **ret_data, ULONG *ret_length,
                     struct finished **done)
{
    struct queue *queue = &end->in;
    ULONG want = queue->bytes < length ? queue->bytes : length, used = 0;
    char *data = malloc(want + 1);
    NTSTATUS status = STATUS_SUCCESS;
    if (!data)
        return STATUS_NO_MEMORY;
    do {
        struct message *message = queue->first;
        ULONG left = message->length - message->at, step = left < length - used ? left : length - used;
        memcpy(data + used, message->data + message->at, step);
        message->at += step;
        queue->bytes -= step;
        used += step;
        if (message->at == message->length)
            drop_first(queue, done);
        else if (end->read_mode == FILE_PIPE_MESSAGE_MODE)
            status = STATUS_BUFFER_OVERFLOW;
    } while (end->read_mode != FILE_PIPE_MESSAGE_MODE && used < length && queue->first);
    *ret_data = data;
    *ret_length = used;
    return status;
}

/* Serves waiting readers. */
static void serve(struct end *end, struct finished **done)
{
    struct queue *queue = &end->in;
    while (queue->first && queue->readers) {
        struct io_request *request = queue->readers;
        char *data;
        ULONG length;
        queue->readers = request->context;
        if (!queue->readers)
            queue->readers_end = &queue->readers;
        if (!io_claim(request))
            continue;
        NTSTATUS status = take(end, request->length, &data, &length, done);
        if (NT_ERROR(status))
            finish(done, request, status, NULL, 0);
        else
            finish(done, request, status, data, length);
    }
}

static void cancel(struct io_request *request)
{
    pthread_mutex_lock(&pipes.lock);
    struct end *end = request->file->device;
    if (end) {
        struct instance *instance = end->instance;
        for (int i = 0; i < 2; i++) {
            struct queue *queue = &instance->ends[i].in;
            for (struct io_request **place = &queue->readers; *place;
                 place = (struct io_request **)&(*place)->context)
                if (*place == request) {
                    *place = request->context;
                    if (!*place)
                        queue->readers_end = place;
                    break;
                }
            for (struct message *message = queue->first; message; message = message->next)
                if (message->writer == request)
                    message->writer = NULL;
        }
        if (instance->listener == request)
            instance->listener = NULL;
    }
    pthread_mutex_unlock(&pipes.lock);
    io_complete(request, STATUS_CANCELLED, 0);
}

static struct end *other_end(struct end *end)
{
    return &end->instance->ends[!end->server];
}

/* What stands against using the pipe now; STATUS_SUCCESS if it is connected. */
static NTSTATUS usable(const struct end *end)
{
    switch (end->instance->state) {
    case FILE_PIPE_CONNECTED_STATE: return STATUS_SUCCESS;
    case FILE_PIPE_LISTENING_STATE: return STATUS_PIPE_LISTENING;
    case FILE_PIPE_DISCONNECTED_STATE: return STATUS_PIPE_DISCONNECTED;
    default: return STATUS_PIPE_BROKEN;
    }
}

/* The lock is held on entry and released. */
static NTSTATUS read_locked(struct end *end, struct io_request *request, struct finished *done)
{
    char *data = NULL;
    ULONG length = 0;
    NTSTATUS status = usable(end);
    if (end->in.first && (NT_SUCCESS(status) || status == STATUS_PIPE_BROKEN)) {
        status = take(end, request->length, &data, &length, &done);
    } else if (NT_SUCCESS(status)) {
        if (end->completion_mode == FILE_PIPE_COMPLETE_OPERATION)
            status = STATUS_PIPE_EMPTY;
        else {
            struct io_request *heap = io_pend(request, cancel);
            status = heap ? STATUS_PENDING : STATUS_NO_MEMORY;
            if (heap) {
                heap->context = NULL;
                *end->in.readers_end = heap;
                end->in.readers_end = (struct io_request **)&heap->context;
            }
        }
    }
    pthread_mutex_unlock(&pipes.lock);
    complete_all(done);
    if (data) {
        NTSTATUS fault = guest_copy(request->buffer, data, length);
        request->information = length;
        free(data);
        if (!NT_SUCCESS(fault))
            status = fault;
    }
    return status;
}

static NTSTATUS pipe_read(struct io_file *file, struct io_request *request)
{
    struct end *end = file->device;
    if (!end)
        return STATUS_INVALID_DEVICE_REQUEST;
    pthread_mutex_lock(&pipes.lock);
    return read_locked(end, request, NULL);
}

/* A message from guest memory; malloc'ed. */
static NTSTATUS read_message(const void *guest, ULONG length, struct message **ret)
{
    struct message *message = malloc(sizeof *message + length);
    if (!message)
        return STATUS_NO_MEMORY;
    *message = (struct message){.length = length};
    NTSTATUS status = guest_copy(message->data, guest, length);
    if (NT_SUCCESS(status))
        *ret = message;
    else
        free(message);
    return status;
}

static NTSTATUS pipe_write(struct io_file *file, struct io_request *request)
{
    struct end *end = file->device;
    struct message *message;
    struct finished *done = NULL;
    if (!end)
        return STATUS_INVALID_DEVICE_REQUEST;
    NTSTATUS status = read_message(request->buffer, request->length, &message);
    if (!NT_SUCCESS(status))
        return status;
    pthread_mutex_lock(&pipes.lock);
    struct end *to = other_end(end);
    status = usable(end);
    if (status == STATUS_PIPE_BROKEN)
        status = STATUS_PIPE_CLOSING;
    bool message_type = NT_SUCCESS(status) && end->instance->name &&
                        end->instance->name->type == FILE_PIPE_MESSAGE_TYPE;
    if (NT_SUCCESS(status) && !message->length && !message_type) {
        free(message);
    } else if (NT_SUCCESS(status)) {
        bool full = to->in.bytes + message->length > to->in.quota && to->in.first;
        if (full && end->completion_mode == FILE_PIPE_COMPLETE_OPERATION) {
            free(message);
            pthread_mutex_unlock(&pipes.lock);
            request->information = 0;
            return STATUS_SUCCESS;
        }
        if (full) {
            message->writer = io_pend(request, cancel);
            status = message->writer ? STATUS_PENDING : STATUS_NO_MEMORY;
        }
        *to->in.last = message;
        to->in.last = &message->next;
        to->in.bytes += message->length;
        serve(to, &done);
    } else
        free(message);
    pthread_mutex_unlock(&pipes.lock);
    complete_all(done);
    request->information = request->length;
    return status;
}

static NTSTATUS listen(struct end *end, struct io_request *request)
{
    NTSTATUS status;
    struct instance *instance = end->instance;
    if (!end->server)
        return STATUS_ILLEGAL_FUNCTION;
    pthread_mutex_lock(&pipes.lock);
    if (instance->state == FILE_PIPE_CONNECTED_STATE)
        status = STATUS_PIPE_CONNECTED;
    else if (instance->state == FILE_PIPE_CLOSING_STATE)
        status = STATUS_PIPE_CLOSING;
    else {
        instance->state = FILE_PIPE_LISTENING_STATE;
        if (end->completion_mode == FILE_PIPE_COMPLETE_OPERATION)
            status = STATUS_PIPE_LISTENING;
        else {
            struct io_request *heap = io_pend(request, cancel);
            status = heap ? STATUS_PENDING : STATUS_NO_MEMORY;
            instance->listener = heap;
        }
    }
    pthread_mutex_unlock(&pipes.lock);
    return status;
}

static NTSTATUS disconnect(struct end *end)
{
    struct finished *done = NULL;
    struct instance *instance = end->instance;
    if (!end->server)
        return STATUS_ILLEGAL_FUNCTION;
    pthread_mutex_lock(&pipes.lock);
    NTSTATUS status = instance->state == FILE_PIPE_DISCONNECTED_STATE ? STATUS_PIPE_DISCONNECTED
                                                                      : STATUS_SUCCESS;
    if (NT_SUCCESS(status)) {
        instance->state = FILE_PIPE_DISCONNECTED_STATE;
        for (int i = 0; i < 2; i++) {
            clear_queue(&instance->ends[i].in, STATUS_PIPE_DISCONNECTED, &done);
            fail_readers(&instance->ends[i].in, STATUS_PIPE_DISCONNECTED, &done);
        }
        /* The client's handle lives on, cut off: it gets an instance of its own. */
        struct io_file *client = instance->ends[0].file;
        if (client) {
            struct instance *orphan = calloc(1, sizeof *orphan);
            if (orphan) {
                orphan->state = FILE_PIPE_DISCONNECTED_STATE;
                orphan->references = 1;
                for (int i = 0; i < 2; i++) {
                    orphan->ends[i].instance = orphan;
                    orphan->ends[i].server = i;
                    initialize_queue(&orphan->ends[i].in, 0);
                }
                orphan->ends[0].file = client;
                client->device = &orphan->ends[0];
                instance->ends[0].file = NULL;
                instance->references--;
            }
        }
    }
    pthread_mutex_unlock(&pipes.lock);
    complete_all(done);
    return status;
}

static NTSTATUS peek(struct end *end, struct io_request *request)
{
    ULONG head = offsetof(FILE_PIPE_PEEK_BUFFER, Data), room, used = 0;
    if (request->length < head)
        return STATUS_INVALID_PARAMETER;
    room = request->length - head < 65536 ? request->length - head : 65536;
    FILE_PIPE_PEEK_BUFFER *answer = calloc(1, head + room + 1);
    if (!answer)
        return STATUS_NO_MEMORY;
    pthread_mutex_lock(&pipes.lock);
    NTSTATUS status = usable(end);
    if (status == STATUS_PIPE_BROKEN && end->in.first)
        status = STATUS_SUCCESS;
    if (NT_SUCCESS(status)) {
        bool messages = end->read_mode == FILE_PIPE_MESSAGE_MODE;
        answer->NamedPipeState = end->instance->state;
        answer->ReadDataAvailable = end->in.bytes;
        for (struct message *message = end->in.first; message; message = message->next) {
            ULONG left = message->length - message->at, step = left < room - used ? left : room - used;
            answer->NumberOfMessages++;
            if (message == end->in.first)
                answer->MessageLength = messages ? left : 0;
            if (message == end->in.first || !messages) {
                memcpy(answer->Data + used, message->data + message->at, step);
                used += step;
            }
        }
        if (used < (messages ? answer->MessageLength : end->in.bytes))
            status = STATUS_BUFFER_OVERFLOW;
    }
    pthread_mutex_unlock(&pipes.lock);
    if (!NT_ERROR(status)) {
        NTSTATUS fault = guest_copy(request->buffer, answer, head + used);
        request->information = head + used;
        if (!NT_SUCCESS(fault))
            status = fault;
    }
    free(answer);
    return status;
}

static NTSTATUS transceive(struct io_file *file, struct end *end, struct io_request *request)
{
    struct io_request write = *request;
    write.buffer = request->input;
    write.length = request->input_length;
    if (end->read_mode != FILE_PIPE_MESSAGE_MODE)
        return STATUS_INVALID_PIPE_STATE;
    pthread_mutex_lock(&pipes.lock);
    bool busy = end->in.first != NULL;
    pthread_mutex_unlock(&pipes.lock);
    if (busy)
        return STATUS_PIPE_BUSY;
    write.event = NULL;
    NTSTATUS status = pipe_write(file, &write);
    if (!NT_SUCCESS(status))
        return status;
    pthread_mutex_lock(&pipes.lock);
    return read_locked(end, request, NULL);
}

static struct pipe_name *find_name(const WCHAR *text, size_t length)
{
    struct pipe_name *name = pipes.names;
    for (; name; name = name->next) {
        size_t i = 0;
        while (name->length == length && i < length && io_upcase(text[i]) == io_upcase(name->text[i]))
            i++;
        if (name->length == length && i == length)
            break;
    }
    return name;
}

static struct instance *free_instance(struct pipe_name *name)
{
    struct instance *instance = name->instances;
    while (instance && !(instance->state == FILE_PIPE_LISTENING_STATE && !instance->ends[0].file))
        instance = instance->next;
    return instance;
}

static NTSTATUS wait_for_instance(struct io_request *request)
{
    struct {
        LARGE_INTEGER timeout;
        ULONG length;
        BOOLEAN specified;
        WCHAR name[256];
    } in = {0};
    size_t head = offsetof(FILE_PIPE_WAIT_FOR_BUFFER, Name);
    if (request->input_length < head || request->input_length > head + sizeof in.name - 2)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = guest_copy(&in, request->input, head);
    if (NT_SUCCESS(status) && in.length > request->input_length - head)
        status = STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(status))
        status = guest_copy(in.name, (char *)request->input + head, in.length);
    int64_t left = in.timeout.QuadPart;
    bool forever = false;
    for (bool first = true; NT_SUCCESS(status); first = false) {
        pthread_mutex_lock(&pipes.lock);
        struct pipe_name *name = find_name(in.name, in.length / 2);
        bool there = name && free_instance(name);
        if (name && first) {
            if (!in.specified)
                left = name->timeout;
            forever = left == INT64_MIN;
        }
        pthread_mutex_unlock(&pipes.lock);
        if (!name)
            return STATUS_OBJECT_NAME_NOT_FOUND;
        if (there)
            return STATUS_SUCCESS;
        if (!forever && left >= 0)
            return STATUS_IO_TIMEOUT;
        struct ke_dispatcher_object never, *object = &never;
        LARGE_INTEGER step = {.QuadPart = -50000};
        memset(&never, 0, sizeof never);
        ke_dispatcher_object_initialize(&never, KE_NOTIFICATION_EVENT, 0);
        status = ke_wait(1, &object, false, false, &step);
        if (status == STATUS_TIMEOUT)
            status = STATUS_SUCCESS;
        if (!forever)
            left += 50000;
    }
    return status;
}

static NTSTATUS pipe_control(struct io_file *file, struct io_request *request)
{
    struct end *end = file->device;
    if (!end)
        return request->code == FSCTL_PIPE_WAIT ? wait_for_instance(request) : STATUS_INVALID_DEVICE_REQUEST;
    switch (request->code) {
    case FSCTL_PIPE_LISTEN: return listen(end, request);
    case FSCTL_PIPE_DISCONNECT: return disconnect(end);
    case FSCTL_PIPE_PEEK: return peek(end, request);
    case FSCTL_PIPE_TRANSCEIVE: return transceive(file, end, request);
    case FSCTL_PIPE_IMPERSONATE: return STATUS_SUCCESS; /* it is the same user */
    default: return STATUS_INVALID_DEVICE_REQUEST;
    }
}

static NTSTATUS pipe_query(struct io_file *file, ULONG info_class, void *buffer, ULONG length,
                           ULONG *ret_length)
{
    struct end *end = file->device;
    (void)length, (void)ret_length;
    if (!end)
        return STATUS_INVALID_INFO_CLASS;
    NTSTATUS status = STATUS_SUCCESS;
    pthread_mutex_lock(&pipes.lock);
    struct pipe_name *name = end->instance->name;
    if (info_class == FilePipeInformation) {
        ((FILE_PIPE_INFORMATION *)buffer)->ReadMode = end->read_mode;
        ((FILE_PIPE_INFORMATION *)buffer)->CompletionMode = end->completion_mode;
    } else if (info_class == FilePipeLocalInformation) {
        struct end *other = other_end(end);
        *(FILE_PIPE_LOCAL_INFORMATION *)buffer = (FILE_PIPE_LOCAL_INFORMATION){
            .NamedPipeType = name ? name->type : 0,
            .NamedPipeConfiguration = name && name->sharing == FILE_SHARE_READ    ? FILE_PIPE_OUTBOUND
                                      : name && name->sharing == FILE_SHARE_WRITE ? FILE_PIPE_INBOUND
                                                                                  : FILE_PIPE_FULL_DUPLEX,
            .MaximumInstances = name ? name->maximum : 1,
            .CurrentInstances = name ? name->count : 1,
            .InboundQuota = end->instance->ends[1].in.quota,
            .ReadDataAvailable = end->in.bytes,
            .OutboundQuota = end->instance->ends[0].in.quota,
            .WriteQuotaAvailable = other->in.quota > other->in.bytes ? other->in.quota - other->in.bytes : 0,
            .NamedPipeState = end->instance->state,
            .NamedPipeEnd = end->server ? FILE_PIPE_SERVER_END : FILE_PIPE_CLIENT_END};
    } else if (info_class == FileStandardInformation) {
        FILE_STANDARD_INFORMATION *info = buffer;
        info->EndOfFile.QuadPart = end->in.bytes;
        info->NumberOfLinks = 1;
        info->DeletePending = 1;
    } else
        status = STATUS_INVALID_INFO_CLASS;
    pthread_mutex_unlock(&pipes.lock);
    return status;
}

static NTSTATUS pipe_set(struct io_file *file, ULONG info_class, const void *buffer, ULONG length)
{
    struct end *end = file->device;
    const FILE_PIPE_INFORMATION *info = buffer;
    (void)length;
    if (info_class != FilePipeInformation || !end)
        return STATUS_INVALID_INFO_CLASS;
    NTSTATUS status = STATUS_SUCCESS;
    pthread_mutex_lock(&pipes.lock);
    if (info->ReadMode > 1 || info->CompletionMode > 1 ||
        (info->ReadMode == FILE_PIPE_MESSAGE_MODE && end->instance->name && end->instance->name->type == 0))
        status = STATUS_INVALID_PARAMETER;
    else {
        end->read_mode = info->ReadMode;
        end->completion_mode = info->CompletionMode;
    }
    pthread_mutex_unlock(&pipes.lock);
    return status;
}

static void pipe_cleanup(struct io_file *file)
{
    struct end *end = file->device;
    struct finished *done = NULL;
    if (!end)
        return;
    pthread_mutex_lock(&pipes.lock);
    end = file->device;
    struct instance *instance = end->instance;
    struct end *other = other_end(end);
    clear_queue(&end->in, STATUS_PIPE_BROKEN, &done);
    if (other->in.first == NULL)
        fail_readers(&other->in, STATUS_PIPE_BROKEN, &done);
    if (instance->state == FILE_PIPE_CONNECTED_STATE)
        instance->state = FILE_PIPE_CLOSING_STATE;
    end->file = NULL;
    file->device = NULL;
    if (end->server && instance->name) {
        struct pipe_name *name = instance->name;
        for (struct instance **place = &name->instances; *place; place = &(*place)->next)
            if (*place == instance) {
                *place = instance->next;
                break;
            }
        if (--name->count == 0) {
            struct pipe_name **place = &pipes.names;
            while (*place != name)
                place = &(*place)->next;
            *place = name->next;
            free(name);
        }
        instance->name = NULL;
    }
    bool last = --instance->references == 0;
    if (last)
        for (int i = 0; i < 2; i++)
            clear_queue(&instance->ends[i].in, STATUS_PIPE_BROKEN, &done);
    pthread_mutex_unlock(&pipes.lock);
    if (last)
        free(instance);
    complete_all(done);
}

static const struct io_operations operations = {.read = pipe_read,
                                                .write = pipe_write,
                                                .control = pipe_control,
                                                .query = pipe_query,
                                                .set = pipe_set,
                                                .cleanup = pipe_cleanup};

NTSTATUS io_pipe_open(const WCHAR *text, size_t length, ACCESS_MASK access, ULONG sharing, ULONG options,
                      struct io_file **ret_file)
{
    struct finished *done = NULL;
    NTSTATUS status = STATUS_SUCCESS;
    (void)sharing;
    struct io_file *file = io_file_create(IO_NAMED_PIPE, &operations, -1, access, options);
    if (!file)
        return STATUS_NO_MEMORY;
    if (length) {
        pthread_mutex_lock(&pipes.lock);
        struct pipe_name *name = find_name(text, length);
        struct instance *instance = name ? free_instance(name) : NULL;
        if (!name)
            status = STATUS_OBJECT_NAME_NOT_FOUND;
        else if (((access & FILE_READ_DATA) && !(name->sharing & FILE_SHARE_READ)) ||
                 ((access & FILE_WRITE_DATA) && !(name->sharing & FILE_SHARE_WRITE)))
            status = STATUS_ACCESS_DENIED;
        else if (!instance)
            status = STATUS_PIPE_NOT_AVAILABLE;
        else {
            struct end *end = &instance->ends[0];
            end->file = file;
            end->read_mode = FILE_PIPE_BYTE_STREAM_MODE;
            end->completion_mode = FILE_PIPE_QUEUE_OPERATION;
            file->device = end;
            instance->references++;
            instance->state = FILE_PIPE_CONNECTED_STATE;
            if (instance->listener && io_claim(instance->listener))
                finish(&done, instance->listener, STATUS_SUCCESS, NULL, 0);
            instance->listener = NULL;
        }
        pthread_mutex_unlock(&pipes.lock);
        complete_all(done);
    }
    if (!NT_SUCCESS(status))
        ob_dereference(file);
    else
        *ret_file = file;
    return status;
}

static NTSTATUS create_instance(const WCHAR *text, size_t length, ULONG sharing, ULONG disposition,
                                ULONG type, ULONG read_mode, ULONG completion_mode, ULONG maximum,
                                ULONG in_quota, ULONG out_quota, int64_t timeout, struct io_file *file,
                                ULONG *ret_information)
{
    NTSTATUS status = STATUS_SUCCESS;
    struct instance *instance = calloc(1, sizeof *instance);
    if (!instance)
        return STATUS_NO_MEMORY;
    pthread_mutex_lock(&pipes.lock);
    struct pipe_name *name = find_name(text, length);
    *ret_information = name ? FILE_OPENED : FILE_CREATED;
    if (name && (disposition == FILE_CREATE || name->type != type || name->sharing != sharing))
        status = STATUS_ACCESS_DENIED;
    else if (!name && disposition == FILE_OPEN)
        status = STATUS_OBJECT_NAME_NOT_FOUND;
    else if (name && name->count >= name->maximum)
        status = STATUS_INSTANCE_NOT_AVAILABLE;
    else if (!name) {
        name = calloc(1, sizeof *name + length * sizeof *text);
        if (name) {
            name->type = type;
            name->maximum = maximum;
            name->sharing = sharing;
            name->timeout = timeout;
            name->length = length;
            memcpy(name->text, text, length * sizeof *text);
            name->next = pipes.names;
            pipes.names = name;
        } else
            status = STATUS_NO_MEMORY;
    }
    if (NT_SUCCESS(status)) {
        for (int i = 0; i < 2; i++) {
            instance->ends[i].instance = instance;
            instance->ends[i].server = i;
            initialize_queue(&instance->ends[i].in, i ? in_quota : out_quota);
        }
        instance->name = name;
        instance->state = FILE_PIPE_LISTENING_STATE;
        instance->references = 1;
        instance->ends[1].file = file;
        instance->ends[1].read_mode = read_mode;
        instance->ends[1].completion_mode = completion_mode;
        file->device = &instance->ends[1];
        struct instance **place = &name->instances; /* clients get the oldest first */
        while (*place)
            place = &(*place)->next;
        *place = instance;
        name->count++;
        instance = NULL;
    }
    pthread_mutex_unlock(&pipes.lock);
    free(instance);
    return status;
}

NTSTATUS NtCreateNamedPipeFile(HANDLE *FileHandle, ULONG DesiredAccess, OBJECT_ATTRIBUTES *ObjectAttributes,
                               IO_STATUS_BLOCK *IoStatusBlock, ULONG ShareAccess, ULONG CreateDisposition,
                               ULONG CreateOptions, ULONG NamedPipeType, ULONG ReadMode, ULONG CompletionMode,
                               ULONG MaximumInstances, ULONG InboundQuota, ULONG OutboundQuota,
                               LARGE_INTEGER *DefaultTimeout)
{
    static const WCHAR dos[] = u"\\??\\PIPE\\", device[] = u"\\DEVICE\\NAMEDPIPE\\";
    WCHAR *name;
    size_t length, skip = 0;
    ULONG attributes, information = 0;
    struct io_file *root;
    LARGE_INTEGER timeout = {.QuadPart = -500000};
    HANDLE handle;

    if (DefaultTimeout && !NT_SUCCESS(guest_read(&timeout, DefaultTimeout)))
        return STATUS_ACCESS_VIOLATION;
    NTSTATUS status = io_read_name(ObjectAttributes, &name, &length, &attributes, &root);
    if (!NT_SUCCESS(status))
        return status;
    if (root)
        ob_dereference(root);
    else {
        for (int i = 0; i < 2 && !skip; i++) {
            const WCHAR *prefix = i ? device : dos;
            size_t n = 0;
            while (prefix[n] && n < length && io_upcase(name[n]) == prefix[n])
                n++;
            if (!prefix[n])
                skip = n;
        }
        if (!skip) {
            free(name);
            return STATUS_OBJECT_NAME_INVALID;
        }
    }
    ACCESS_MASK access = ob_map_access(&io_file_type, DesiredAccess);
    struct io_file *file = io_file_create(IO_NAMED_PIPE, &operations, -1, access, CreateOptions);
    status = !file ? STATUS_NO_MEMORY
             : length == skip
                 ? STATUS_OBJECT_NAME_INVALID
                 : create_instance(name + skip, length - skip, ShareAccess & 3, CreateDisposition,
                                   NamedPipeType & 1, ReadMode & 1, CompletionMode & 1, MaximumInstances,
                                   InboundQuota, OutboundQuota, timeout.QuadPart, file, &information);
    free(name);
    if (NT_SUCCESS(status)) {
        status = ob_handle_create(file, access, attributes, &handle);
        if (NT_SUCCESS(status)) {
            status = guest_write_iosb(IoStatusBlock, STATUS_SUCCESS, information);
            if (NT_SUCCESS(status))
                status = guest_write(FileHandle, handle);
            if (!NT_SUCCESS(status))
                ob_handle_close(handle);
        }
    }
    if (file)
        ob_dereference(file);
    return status;
}
