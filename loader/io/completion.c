/*
 * I/O completion ports: a queue of packets and an event that lets one waiter a packet through.
 */
#include "io/io.h"
#include "mm/guest.h"
#include <stdlib.h>

struct packet {
    struct packet *next;
    FILE_IO_COMPLETION_INFORMATION information;
    const void *source; /* what io_completion_post_from was given */
};

struct io_completion {
    struct ke_dispatcher_object dispatcher; /* synchronization event: there is a packet */
    pthread_mutex_t lock;                   /* guards the queue; rank: io file */
    struct packet *first, **last;
    struct packet *spare; /* of the last one taken: saves most mallocs */
    ULONG depth;
};

static void destroy(void *object)
{
    struct io_completion *port = object;
    while (port->first) {
        struct packet *next = port->first->next;
        free(port->first);
        port->first = next;
    }
    free(port->spare);
    pthread_mutex_destroy(&port->lock);
}

const struct ob_type io_completion_type = {
    .name = "IoCompletion",
    .size = sizeof(struct io_completion),
    .generic_read = STANDARD_RIGHTS_READ | IO_COMPLETION_QUERY_STATE,
    .generic_write = STANDARD_RIGHTS_WRITE | IO_COMPLETION_MODIFY_STATE,
    .generic_execute = STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE,
    .all_access = IO_COMPLETION_ALL_ACCESS,
    .waitable = true,
    .destroy = destroy,
};

NTSTATUS io_completion_post(struct io_completion *port, void *key, void *apc_context, NTSTATUS status,
                            ULONG_PTR information)
{
    return io_completion_post_from(port, NULL, key, apc_context, status, information);
}

bool io_completion_withdraw(struct io_completion *port, const void *source, bool remove)
{
    bool found = false;

    pthread_mutex_lock(&port->lock);
    for (struct packet **link = &port->first; *link && !found; link = &(*link)->next) {
        struct packet *packet = *link;
        found = packet->source == source;
        if (found && remove) {
            *link = packet->next;
            if (!packet->next)
                port->last = link;
            free(packet);
            port->depth--;
            if (!port->first)
                ke_reset(&port->dispatcher);
            break;
        }
    }
    pthread_mutex_unlock(&port->lock);
    return found;
}

NTSTATUS io_completion_post_from(struct io_completion *port, const void *source, void *key, void *apc_context,
                                 NTSTATUS status, ULONG_PTR information)
{
    pthread_mutex_lock(&port->lock);
    struct packet *packet = port->spare;
    port->spare = NULL;
    if (!packet && !(packet = malloc(sizeof *packet))) {
        pthread_mutex_unlock(&port->lock);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    packet->next = NULL;
    packet->source = source;
    packet->information.KeyContext = key;
    packet->information.ApcContext = apc_context;
    packet->information.IoStatusBlock = (IO_STATUS_BLOCK){.Status = status, .Information = information};
    *port->last = packet;
    port->last = &packet->next;
    port->depth++;
    bool wake = port->dispatcher.signal <= 0;
    if (wake) /* under the port's lock, so that it is not lost against a taker that empties the queue */
        ke_signal(&port->dispatcher);
    pthread_mutex_unlock(&port->lock);
    return STATUS_SUCCESS;
}

/* Takes up to count packets into host memory; how many. */
static ULONG take(struct io_completion *port, FILE_IO_COMPLETION_INFORMATION *out, ULONG count)
{
    ULONG n = 0;
    pthread_mutex_lock(&port->lock);
    while (n < count && port->first) {
        struct packet *packet = port->first;
        out[n++] = packet->information;
        port->first = packet->next;
        if (!port->first)
            port->last = &port->first;
        free(port->spare);
        port->spare = packet;
        port->depth--;
    }
    /* The event says "not empty"; who leaves packets behind lets the next waiter in. */
    if (port->first) {
        if (port->dispatcher.signal <= 0)
            ke_signal(&port->dispatcher);
    } else if (port->dispatcher.signal > 0)
        ke_reset(&port->dispatcher);
    pthread_mutex_unlock(&port->lock);
    return n;
}

static NTSTATUS remove_packets(struct io_completion *port, FILE_IO_COMPLETION_INFORMATION *out, ULONG count,
                               const LARGE_INTEGER *timeout, bool alertable, ULONG *ret_count)
{
    struct ke_dispatcher_object *object = &port->dispatcher;
    for (;;) {
        *ret_count = take(port, out, count);
        if (*ret_count)
            return STATUS_SUCCESS;
        NTSTATUS status = ke_wait(1, &object, false, alertable, timeout);
        if (status != STATUS_WAIT_0)
            return status;
    }
}

NTSTATUS NtCreateIoCompletion(HANDLE *IoCompletionHandle, ACCESS_MASK DesiredAccess,
                              OBJECT_ATTRIBUTES *ObjectAttributes, ULONG Count)
{
    (void)Count; /* all waiters may run: the host's scheduler decides */
    struct io_completion *port = ob_create(&io_completion_type);
    if (!port)
        return STATUS_NO_MEMORY;
    ke_dispatcher_object_initialize(&port->dispatcher, KE_SYNCHRONIZATION_EVENT, 0);
    pthread_mutex_init(&port->lock, NULL);
    port->last = &port->first;
    return ob_insert(port, ObjectAttributes, DesiredAccess, IoCompletionHandle);
}

NTSTATUS NtSetIoCompletion(HANDLE IoCompletionHandle, PVOID KeyContext, PVOID ApcContext, NTSTATUS IoStatus,
                           ULONG_PTR IoStatusInformation)
{
    struct io_completion *port;
    NTSTATUS status = ob_handle_lookup(IoCompletionHandle, &io_completion_type, IO_COMPLETION_MODIFY_STATE,
                                       (void **)&port);
    if (!NT_SUCCESS(status))
        return status;
    status = io_completion_post(port, KeyContext, ApcContext, IoStatus, IoStatusInformation);
    ob_dereference(port);
    return status;
}

NTSTATUS NtRemoveIoCompletion(HANDLE IoCompletionHandle, PVOID *KeyContext, PVOID *ApcContext,
                              IO_STATUS_BLOCK *IoStatusBlock, LARGE_INTEGER *Timeout)
{
    struct io_completion *port;
    FILE_IO_COMPLETION_INFORMATION information;
    LARGE_INTEGER timeout;
    ULONG count;
    if (Timeout && !NT_SUCCESS(guest_read(&timeout, Timeout)))
        return STATUS_ACCESS_VIOLATION;
    NTSTATUS status = ob_handle_lookup(IoCompletionHandle, &io_completion_type, IO_COMPLETION_MODIFY_STATE,
                                       (void **)&port);
    if (!NT_SUCCESS(status))
        return status;
    status = remove_packets(port, &information, 1, Timeout ? &timeout : NULL, false, &count);
    ob_dereference(port);
    if (status != STATUS_SUCCESS)
        return status;
    status = guest_write(KeyContext, information.KeyContext);
    if (NT_SUCCESS(status))
        status = guest_write(ApcContext, information.ApcContext);
    if (NT_SUCCESS(status))
        status = guest_write_iosb(IoStatusBlock, information.IoStatusBlock.Status,
                                  information.IoStatusBlock.Information);
    return status;
}

NTSTATUS NtRemoveIoCompletionEx(HANDLE IoCompletionHandle, void *IoCompletionInformation, ULONG Count,
                                ULONG *NumEntriesRemoved, LARGE_INTEGER *Timeout, BOOLEAN Alertable)
{
    struct io_completion *port;
    FILE_IO_COMPLETION_INFORMATION information[64];
    LARGE_INTEGER timeout;
    ULONG count = 0;
    if (!Count)
        return STATUS_INVALID_PARAMETER;
    if (Timeout && !NT_SUCCESS(guest_read(&timeout, Timeout)))
        return STATUS_ACCESS_VIOLATION;
    NTSTATUS status = ob_handle_lookup(IoCompletionHandle, &io_completion_type, IO_COMPLETION_MODIFY_STATE,
                                       (void **)&port);
    if (!NT_SUCCESS(status))
        return status;
    status = remove_packets(port, information, Count < 64 ? Count : 64, Timeout ? &timeout : NULL, Alertable,
                            &count);
    ob_dereference(port);
    if (status == STATUS_SUCCESS)
        status = guest_copy(IoCompletionInformation, information, count * sizeof *information);
    else
        count = 0;
    NTSTATUS fault = guest_write(NumEntriesRemoved, count);
    return NT_SUCCESS(fault) ? status : fault;
}

NTSTATUS NtQueryIoCompletion(HANDLE IoCompletionHandle, ULONG IoCompletionInformationClass,
                             void *IoCompletionInformation, ULONG IoCompletionInformationLength,
                             ULONG *ReturnLength)
{
    struct io_completion *port;
    LONG depth;
    ULONG size = sizeof depth;
    if (IoCompletionInformationClass != 0)
        return STATUS_INVALID_INFO_CLASS;
    if (IoCompletionInformationLength != size)
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS status = ob_handle_lookup(IoCompletionHandle, &io_completion_type, IO_COMPLETION_QUERY_STATE,
                                       (void **)&port);
    if (!NT_SUCCESS(status))
        return status;
    depth = (LONG)port->depth;
    ob_dereference(port);
    status = guest_copy(IoCompletionInformation, &depth, sizeof depth);
    if (NT_SUCCESS(status) && ReturnLength)
        status = guest_write(ReturnLength, size);
    return status;
}
