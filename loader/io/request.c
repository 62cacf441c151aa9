/*
 * Requests: what a system call asks of a file, done at once or pending, and how its end is
 * reported (status block, event, APC, completion packet).
 */
#include "io/device.h"
#include "mm/guest.h"
#include "ps/ps.h"
#include "wow/wow.h"
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* Guards file->requests and request->cancel; rank: io file, nothing is taken inside. */
static pthread_mutex_t request_lock = PTHREAD_MUTEX_INITIALIZER;

static struct io_request *pending_requests; /* all, by all_next */

bool io_poke(void *guest, const void *data, size_t size)
{
    if (ke_self)
        return NT_SUCCESS(guest_copy(guest, data, size));
    struct iovec from = {(void *)data, size}, to = {guest, size};
    return process_vm_writev(getpid(), &from, 1, &to, 1, 0) == (ssize_t)size;
}

bool io_peek(void *data, const void *guest, size_t size)
{
    if (ke_self)
        return NT_SUCCESS(guest_copy(data, guest, size));
    struct iovec to = {data, size}, from = {(void *)guest, size};
    return process_vm_readv(getpid(), &to, 1, &from, 1, 0) == (ssize_t)size;
}

bool io_should_stop(void)
{
    return __atomic_load_n(&ke_self->pending, __ATOMIC_ACQUIRE) &
           (KE_PENDING_TERMINATE | KE_PENDING_CANCEL_IO);
}

static struct io_request *pend(struct io_request *request, void (*cancel)(struct io_request *),
                               int references)
{
    struct io_request *heap = malloc(sizeof *heap);
    if (!heap)
        return NULL;
    *heap = *request;
    heap->heap = true;
    heap->cancel = cancel;
    heap->references = (request->synchronous ? 2 : 1) + references;
    request->pended = heap;
    if (heap->apc && heap->thread) /* its block may be gone when the request ends */
        ob_reference(heap->owner = heap->thread->thread);
    if (request->synchronous && request->event)
        ob_reference(request->event);
    else
        request->event = NULL; /* moved */
    ob_reference(heap->file);
    if (heap->synchronous)
        ke_dispatcher_object_initialize(&heap->done, KE_NOTIFICATION_EVENT, 0);
    else if (!heap->event)
        ke_reset(&heap->file->dispatcher);
    pthread_mutex_lock(&request_lock);
    heap->next = heap->file->requests;
    heap->previous = &heap->file->requests;
    if (heap->next)
        heap->next->previous = &heap->next;
    heap->file->requests = heap;
    heap->all_next = pending_requests;
    heap->all_previous = &pending_requests;
    if (heap->all_next)
        heap->all_next->all_previous = &heap->all_next;
    pending_requests = heap;
    pthread_mutex_unlock(&request_lock);
    return heap;
}

struct io_request *io_pend(struct io_request *request, void (*cancel)(struct io_request *))
{
    return pend(request, cancel, 0);
}

struct io_request *io_pend_held(struct io_request *request, void (*cancel)(struct io_request *))
{
    return pend(request, cancel, 1);
}

bool io_claim(struct io_request *request)
{
    pthread_mutex_lock(&request_lock);
    bool mine = request->cancel != NULL;
    request->cancel = NULL;
    pthread_mutex_unlock(&request_lock);
    return mine;
}

bool io_unclaim(struct io_request *request, void (*cancel)(struct io_request *))
{
    pthread_mutex_lock(&request_lock);
    bool pending = !request->cancelled;
    if (pending)
        request->cancel = cancel;
    pthread_mutex_unlock(&request_lock);
    return pending;
}

void io_request_hold(struct io_request *request)
{
    __atomic_add_fetch(&request->references, 1, __ATOMIC_ACQ_REL);
}

void io_request_release(struct io_request *request)
{
    if (__atomic_sub_fetch(&request->references, 1, __ATOMIC_ACQ_REL) == 0)
        free(request);
}

/* Event, APC or packet. */
static void announce(struct io_file *file, struct io_request *request, NTSTATUS status, ULONG_PTR information,
                     bool at_once)
{
    if (request->event)
        ke_signal(request->event);
    else if (!request->synchronous && file->dispatcher.signal <= 0)
        ke_signal(&file->dispatcher);
    struct ke_thread *thread = request->owner ? request->owner->ke : request->thread;
    if (request->apc && thread)
        ke_queue_apc(thread, request->apc, request->apc_context, request->iosb, NULL, false);
    else if (file->port && request->apc_context && !request->apc &&
             !(at_once && NT_SUCCESS(status) &&
               (file->completion_flags & FILE_SKIP_COMPLETION_PORT_ON_SUCCESS)))
        io_completion_post(file->port, file->port_key, request->apc_context, status, information);
}

void io_complete(struct io_request *request, NTSTATUS status, ULONG_PTR information)
{
    struct io_file *file = request->file;
    IO_STATUS_BLOCK iosb = {.Status = status, .Information = information};

    pthread_mutex_lock(&request_lock);
    *request->previous = request->next;
    if (request->next)
        request->next->previous = request->previous;
    *request->all_previous = request->all_next;
    if (request->all_next)
        request->all_next->all_previous = request->all_previous;
    request->cancel = NULL;
    pthread_mutex_unlock(&request_lock);

    request->status = status;
    request->information = information;
    if (request->synchronous) {
        if (request->event)
            ob_dereference(request->event);
        __atomic_store_n(&request->completed, true, __ATOMIC_RELEASE);
        ke_signal(&request->done);
    } else {
        if (request->iosb && wow_active) {
            IO_STATUS_BLOCK32 *narrow = (IO_STATUS_BLOCK32 *)request->iosb;
            ULONG word = (ULONG)information;
            io_poke(&narrow->Information, &word, sizeof word);
            io_poke(&narrow->Status, &status, sizeof status);
        } else if (request->iosb) {
            /* Information first: a poller takes a changed status for the end. */
            io_poke(&request->iosb->Information, &iosb.Information, sizeof iosb.Information);
            io_poke(&request->iosb->Status, &iosb.Status, sizeof iosb.Status);
        }
        announce(file, request, status, information, false);
        if (request->event)
            ob_dereference(request->event);
    }
    if (request->owner)
        ob_dereference(request->owner);
    ob_dereference(file);
    io_request_release(request);
}

unsigned io_cancel(struct io_file *file, struct ke_thread *thread, IO_STATUS_BLOCK *iosb)
{
    unsigned count = 0;
    for (;;) {
        void (*cancel)(struct io_request *) = NULL;
        pthread_mutex_lock(&request_lock);
        struct io_request *request = file->requests;
        for (; request; request = request->next)
            if ((!thread || request->thread == thread) && (!iosb || request->iosb == iosb)) {
                request->cancelled = true; /* a device that holds its claim sees it in io_unclaim */
                if ((cancel = request->cancel)) {
                    request->cancel = NULL;
                    break;
                }
            }
        pthread_mutex_unlock(&request_lock);
        if (!cancel)
            return count;
        cancel(request);
        count++;
    }
}

/* ---- threads blocked in synchronous calls ---- */

static struct io_blocked *blocked_threads; /* guarded by the request lock */

bool io_cancel_blocked(struct ke_thread *thread)
{
    bool found = false;
    void (*cancel)(struct io_request *) = NULL;
    struct io_request *request;
    if (!thread)
        return false;
    pthread_mutex_lock(&request_lock);
    /* It may have queued a request that somebody else finishes, as a listener does, or wait by itself. */
    for (request = pending_requests; request; request = request->all_next)
        if (request->synchronous && request->thread == thread) {
            found = request->cancelled = true;
            if ((cancel = request->cancel)) {
                request->cancel = NULL;
                break;
            }
        }
    if (cancel) {
        pthread_mutex_unlock(&request_lock);
        cancel(request);
        return true;
    }
    for (struct io_blocked *blocked = blocked_threads; blocked && !found; blocked = blocked->next)
        if (blocked->thread == thread) {
            __atomic_or_fetch(&thread->pending, KE_PENDING_CANCEL_IO, __ATOMIC_ACQ_REL);
            ke_kick(thread);
            found = true;
        }
    pthread_mutex_unlock(&request_lock);
    return found;
}

unsigned io_cancel_file(struct io_file *file, IO_STATUS_BLOCK *iosb)
{
    unsigned count = io_cancel(file, NULL, iosb);
    pthread_mutex_lock(&request_lock);
    for (struct io_blocked *blocked = blocked_threads; blocked; blocked = blocked->next)
        if (blocked->file == file && blocked->thread != ke_self && (!iosb || blocked->iosb == iosb)) {
            __atomic_or_fetch(&blocked->thread->pending, KE_PENDING_CANCEL_IO, __ATOMIC_ACQ_REL);
            ke_kick(blocked->thread);
            count++;
        }
    pthread_mutex_unlock(&request_lock);
    return count;
}

/* May this request block its thread for long? Disk files do not, and pay nothing; sockets do this when
 * they sleep. */
static bool can_block(const struct io_file *file, const struct io_request *request)
{
    return request->synchronous && file->kind != IO_DISK && file->kind != IO_NULL &&
           file->kind != IO_DIRECTORY && file->kind != IO_SOCKET;
}

void io_block_enter(struct io_blocked *blocked, const struct io_file *file, IO_STATUS_BLOCK *iosb)
{
    blocked->thread = ke_self;
    blocked->file = file;
    blocked->iosb = iosb;
    pthread_mutex_lock(&request_lock);
    blocked->next = blocked_threads;
    blocked_threads = blocked;
    pthread_mutex_unlock(&request_lock);
}

void io_block_leave(struct io_blocked *blocked)
{
    pthread_mutex_lock(&request_lock);
    struct io_blocked **place = &blocked_threads;
    while (*place != blocked)
        place = &(*place)->next;
    *place = blocked->next;
    __atomic_and_fetch(&ke_self->pending, ~(uint32_t)KE_PENDING_CANCEL_IO, __ATOMIC_ACQ_REL);
    pthread_mutex_unlock(&request_lock);
}

void io_thread_exit(void)
{
    for (;;) {
        void (*cancel)(struct io_request *) = NULL;
        pthread_mutex_lock(&request_lock);
        struct io_request *request = pending_requests;
        for (; request; request = request->all_next)
            if (request->cancel && request->thread == ke_self && !request->file->port) {
                cancel = request->cancel;
                request->cancel = NULL;
                break;
            }
        pthread_mutex_unlock(&request_lock);
        if (!cancel)
            return;
        cancel(request);
    }
}

/* Waits for a pending request of a synchronous handle. */
static NTSTATUS wait_for(struct io_file *file, struct io_request *request, struct io_request *heap)
{
    struct ke_dispatcher_object *object = &heap->done;
    while (!__atomic_load_n(&heap->completed, __ATOMIC_ACQUIRE)) {
        NTSTATUS status = ke_wait(1, &object, false, false, NULL);
        if (status == STATUS_WAIT_0)
            continue;
        io_cancel(file, NULL, heap->iosb);
        if (!__atomic_load_n(&heap->completed, __ATOMIC_ACQUIRE))
            sched_yield();
    }
    NTSTATUS status = heap->status;
    request->information = heap->information;
    io_request_release(heap);
    return status;
}

NTSTATUS io_run(struct io_file *file, struct io_request *request, HANDLE event,
                NTSTATUS (*start)(struct io_file *, struct io_request *))
{
    NTSTATUS status;
    request->file = file;
    request->thread = ke_self;
    request->synchronous = (file->options & FILE_SYNCHRONOUS) != 0;
    if (!request->iosb)
        return STATUS_ACCESS_VIOLATION;
    if (event) {
        status = ob_handle_lookup(event, NULL, 2 /* EVENT_MODIFY_STATE */, &request->event);
        if (!NT_SUCCESS(status))
            return status;
        if (strcmp(((struct ob_object *)request->event)->type->name, "Event") != 0) {
            ob_dereference(request->event);
            return STATUS_OBJECT_TYPE_MISMATCH;
        }
        ke_reset(request->event);
    }
    struct io_blocked blocked;
    bool blocks = can_block(file, request);
    if (blocks)
        io_block_enter(&blocked, file, request->iosb);
    status = start(file, request);
    if (status == STATUS_PENDING && request->synchronous)
        status = wait_for(file, request, request->pended);
    if (blocks)
        io_block_leave(&blocked);
    if (status == STATUS_PENDING)
        return status;
    if (!NT_ERROR(status)) {
        NTSTATUS fault = guest_write_iosb(request->iosb, status, request->information);
        if (NT_SUCCESS(fault))
            announce(file, request, status, request->information, true);
        else
            status = fault;
    }
    if (request->event)
        ob_dereference(request->event);
    return status;
}
