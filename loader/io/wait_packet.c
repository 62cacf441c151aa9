/*
 * Wait completion packets: a wait without a thread that ends in a completion port. A packet waits
 * for one object at a time; it is referenced while it does.
 */
#include "io/io.h"
#include "mm/guest.h"

#include <nt/syscalls.h>
#include <stdlib.h>

struct wait_packet {
    struct ob_object object;
    pthread_mutex_t lock;       /* guards what follows; rank: io file */
    bool waiting;               /* from association until `complete` has posted it, or a cancellation */
    struct io_completion *port; /* of the last association; referenced */
    void *target;               /* what it waits for; referenced while waiting */
    void *key, *apc_context;
    NTSTATUS status;
    ULONG_PTR information;
    struct ke_wait_block block;
    struct ke_wait_state *wait;
};

static void destroy(void *object)
{
    struct wait_packet *packet = object;

    if (packet->port)
        ob_dereference(packet->port);
    free(packet->wait);
    pthread_mutex_destroy(&packet->lock);
}

/* Takes the wait back; false if it has been satisfied. The references of the wait are dropped. */
static bool withdraw(struct wait_packet *packet)
{
    void *target = NULL;

    pthread_mutex_lock(&packet->lock);
    bool withdrawn = packet->waiting && ke_wait_cancel(packet->wait);
    if (withdrawn) {
        packet->waiting = false;
        target = packet->target;
    }
    pthread_mutex_unlock(&packet->lock);
    if (target) {
        ob_dereference(target);
        ob_dereference(packet);
    }
    return withdrawn;
}

static void close_packet(void *object, bool last_handle)
{
    if (last_handle)
        withdraw(object);
}

static const struct ob_type wait_packet_type = {
    .name = "WaitCompletionPacket",
    .size = sizeof(struct wait_packet),
    .generic_read = 0x00020000,
    .generic_write = 0x00020001,
    .generic_execute = 0x00020000,
    .all_access = 0x000f0001,
    .destroy = destroy,
    .close = close_packet,
};

/* The target was signalled. */
static void complete(struct ke_wait_state *state)
{
    struct wait_packet *packet = (struct wait_packet *)((char *)state->blocks -
                                                        offsetof(struct wait_packet, block));

    pthread_mutex_lock(&packet->lock);
    void *target = packet->target;
    packet->waiting = false;
    io_completion_post_from(packet->port, packet, packet->key, packet->apc_context, packet->status,
                            packet->information);
    pthread_mutex_unlock(&packet->lock);
    ob_dereference(target);
    ob_dereference(packet);
}

NTSTATUS NtCreateWaitCompletionPacket(HANDLE *WaitCompletionPacketHandle, ACCESS_MASK DesiredAccess,
                                      OBJECT_ATTRIBUTES *ObjectAttributes)
{
    struct wait_packet *packet = ob_create(&wait_packet_type);

    if (!packet)
        return STATUS_NO_MEMORY;
    pthread_mutex_init(&packet->lock, NULL);
    packet->wait = calloc(1, sizeof *packet->wait);
    if (!packet->wait) {
        ob_dereference(packet);
        return STATUS_NO_MEMORY;
    }
    return ob_insert(packet, ObjectAttributes, DesiredAccess, WaitCompletionPacketHandle);
}

/* Starts the wait as `wanted` says. Takes over its references to port and target on success.
 * *ret_signalled: it is posted already. */
static NTSTATUS associate(struct wait_packet *packet, const struct wait_packet *wanted, bool *ret_signalled)
{
    if (ke_waitable(wanted->target)->on_demand)
        ke_before_wait();
    pthread_mutex_lock(&packet->lock);
    if (packet->waiting) {
        pthread_mutex_unlock(&packet->lock);
        return STATUS_INVALID_PARAMETER_1;
    }
    struct io_completion *old = packet->port;
    packet->port = wanted->port;
    packet->target = wanted->target;
    packet->key = wanted->key;
    packet->apc_context = wanted->apc_context;
    packet->status = wanted->status;
    packet->information = wanted->information;
    packet->waiting = true;
    packet->block = (struct ke_wait_block){.state = packet->wait, .object = ke_waitable(wanted->target)};
    packet->wait->blocks = &packet->block;
    packet->wait->count = 1;
    packet->wait->complete = complete;
    ob_reference(packet);
    *ret_signalled = !ke_wait_begin(packet->wait);
    pthread_mutex_unlock(&packet->lock);
    if (old)
        ob_dereference(old);
    if (*ret_signalled)
        complete(packet->wait);
    return STATUS_SUCCESS;
}

NTSTATUS NtAssociateWaitCompletionPacket(HANDLE WaitCompletionPacketHandle, HANDLE IoCompletionHandle,
                                         HANDLE TargetObjectHandle, PVOID KeyContext, PVOID ApcContext,
                                         NTSTATUS IoStatus, ULONG_PTR IoStatusInformation,
                                         BOOLEAN *AlreadySignaled)
{
    void *packet_object = NULL, *port = NULL, *target = NULL;
    bool signalled = false;
    NTSTATUS status = ob_handle_lookup(WaitCompletionPacketHandle, &wait_packet_type, 1, &packet_object);

    if (NT_SUCCESS(status))
        status = ob_handle_lookup(IoCompletionHandle, &io_completion_type, IO_COMPLETION_MODIFY_STATE, &port);
    if (NT_SUCCESS(status))
        status = ob_handle_lookup(TargetObjectHandle, NULL, SYNCHRONIZE, &target);
    if (NT_SUCCESS(status)) {
        struct ke_dispatcher_object *object = ke_waitable(target);
        if (!object || object->kind == KE_MUTANT) /* a mutant's owner is a thread */
            status = STATUS_OBJECT_TYPE_MISMATCH;
    }
    if (NT_SUCCESS(status)) {
        const struct wait_packet wanted = {.port = port,
                                           .target = target,
                                           .key = KeyContext,
                                           .apc_context = ApcContext,
                                           .status = IoStatus,
                                           .information = IoStatusInformation};
        status = associate(packet_object, &wanted, &signalled);
        if (NT_SUCCESS(status))
            port = target = NULL;
    }
    if (target)
        ob_dereference(target);
    if (port)
        ob_dereference(port);
    if (packet_object)
        ob_dereference(packet_object);
    BOOLEAN already = signalled;
    if (NT_SUCCESS(status) && AlreadySignaled)
        status = guest_write(AlreadySignaled, already);
    return status;
}

NTSTATUS NtCancelWaitCompletionPacket(HANDLE WaitCompletionPacketHandle, BOOLEAN RemoveSignaledPacket)
{
    struct io_completion *port;
    void *object;
    NTSTATUS status = ob_handle_lookup(WaitCompletionPacketHandle, &wait_packet_type, 1, &object);

    if (!NT_SUCCESS(status))
        return status;
    struct wait_packet *packet = object;
    if (withdraw(packet)) {
        status = STATUS_SUCCESS;
    } else {
        pthread_mutex_lock(&packet->lock);
        port = packet->port;
        if (port)
            ob_reference(port);
        bool ending = packet->waiting; /* satisfied, about to be posted */
        pthread_mutex_unlock(&packet->lock);
        bool queued = port && io_completion_withdraw(port, packet, RemoveSignaledPacket);
        status = queued && RemoveSignaledPacket ? STATUS_SUCCESS
                 : queued || ending             ? STATUS_PENDING
                                                : STATUS_CANCELLED;
        if (port)
            ob_dereference(port);
    }
    ob_dereference(packet);
    return status;
}
