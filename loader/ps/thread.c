/*
 * Thread objects of this process: the list of them, and asking them to end.
 */
#include "ps/thread.h"
#include "ke/lock.h"
#include "ke/wait.h"
#include "ps/remote.h"
#include "ps/share.h"
#include <nt/syscalls.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

enum { HASH_SIZE = 256 };

/* All guarded by the dispatcher lock. */
struct ps_thread *ps_threads;
static struct ps_thread **threads_end = &ps_threads;
static struct ps_thread *hash[HASH_SIZE];
static unsigned thread_count;
static uint32_t last_id;

static void destroy(void *object)
{
    struct ps_thread *thread = object;
    free(thread->name);
    if (thread->impersonation)
        ob_dereference(thread->impersonation);
    if (thread->process)
        ob_dereference(thread->process);
}

const struct ob_type ps_thread_type = {
    .name = "Thread",
    .size = sizeof(struct ps_thread),
    .generic_read = READ_CONTROL | 0x48,
    .generic_write = READ_CONTROL | 0x437,
    .generic_execute = READ_CONTROL | SYNCHRONIZE | 0x840,
    .all_access = STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0xffff,
    .waitable = true,
    .destroy = destroy,
    .share = &ps_thread_share,
};

struct ps_thread *ps_find_thread_locked(uint32_t id)
{
    struct ps_thread *thread = hash[id / 4 % HASH_SIZE];
    while (thread && thread->id != id)
        thread = thread->hash_next;
    return thread;
}

struct ps_thread *ps_find_thread(uint32_t id)
{
    ke_lock();
    struct ps_thread *thread = ps_find_thread_locked(id);
    if (thread)
        ob_reference(thread);
    ke_unlock();
    return thread;
}

unsigned ps_thread_count(void)
{
    return thread_count;
}

void ps_thread_link_locked(struct ps_thread *thread)
{
    if (!last_id)
        last_id = ps_current_process->id;
    do
        last_id += 4;
    while (ps_find_thread_locked(last_id) || last_id == ps_current_process->id);
    thread->id = last_id;
    thread->frozen = ps_frozen;
    struct ps_thread **bucket = &hash[thread->id / 4 % HASH_SIZE];
    thread->hash_next = *bucket;
    *bucket = thread;
    *threads_end = thread;
    threads_end = &thread->next;
    thread_count++;
}

void ps_thread_unlink_locked(struct ps_thread *thread)
{
    struct ps_thread **place = &ps_threads;
    while (*place != thread)
        place = &(*place)->next;
    *place = thread->next;
    if (!thread->next)
        threads_end = place;
    place = &hash[thread->id / 4 % HASH_SIZE];
    while (*place != thread)
        place = &(*place)->hash_next;
    *place = thread->hash_next;
    thread_count--;
}

struct ps_thread *ps_thread_object(struct ps_process *process, uint32_t id)
{
    struct ps_thread *thread = ob_create(&ps_thread_type);
    if (!thread)
        return NULL;
    ke_dispatcher_object_initialize(&thread->header, KE_NOTIFICATION_EVENT, 0);
    ke_wait_state_initialize(&thread->wait, NULL);
    ob_reference(process);
    thread->process = process;
    thread->id = id;
    thread->exit_status = STATUS_PENDING;
    thread->base_priority = 8;
    thread->create_time = ps_now();
    return thread;
}

/* ---------------------------------------------------------------- the end */

static void terminate_locked(struct ps_thread *thread, NTSTATUS status)
{
    if (thread->terminating || thread->ended)
        return;
    thread->terminating = true;
    thread->terminate_status = status;
    if (thread->ke) {
        __atomic_or_fetch(&thread->ke->pending, KE_PENDING_TERMINATE, __ATOMIC_RELEASE);
        __atomic_add_fetch(&thread->stop_word, 1, __ATOMIC_RELEASE);
        ke_futex_wake(&thread->stop_word, 64);
        if (__atomic_load_n(&thread->alert_word, __ATOMIC_ACQUIRE))
            ke_futex_wake(&thread->alert_word, 64);
        ke_interrupt_locked(thread->ke);
    }
}

void ps_terminate_thread(struct ps_thread *thread, NTSTATUS status)
{
    ke_lock();
    terminate_locked(thread, status);
    ke_unlock();
}

void ps_terminate_other_threads(NTSTATUS status)
{
    struct ps_thread *self = ke_self->thread;
    for (unsigned round = 0;; round++) {
        unsigned running = 0;
        ke_lock();
        for (struct ps_thread *thread = ps_threads; thread; thread = thread->next) {
            if (thread == self)
                continue;
            terminate_locked(thread, status);
            /* In host code it cannot come back to the guest any more: that is enough, after a while. */
            if (!thread->ke || __atomic_load_n(&thread->ke->selector, __ATOMIC_ACQUIRE) != 0 || round < 4)
                running++;
        }
        ke_unlock();
        if (!running)
            break;
        if (round < 20) {
            sched_yield();
        } else {
            struct timespec pause = {0, 100000};
            nanosleep(&pause, NULL);
        }
        if (round > 20000) /* two seconds */
            break;
    }
}

NTSTATUS NtTerminateThread(HANDLE ThreadHandle, NTSTATUS ExitStatus)
{
    void *object;
    if (!ThreadHandle) {
        /* The calling thread, unless it is the last one. */
        if (ps_thread_count() == 1)
            return STATUS_CANT_TERMINATE_SELF;
        ps_exit_thread(ExitStatus);
    }
    NTSTATUS status = ob_handle_lookup(ThreadHandle, &ps_thread_type, THREAD_TERMINATE, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct ps_thread *thread = object;
    if (thread == ke_self->thread) {
        ob_dereference(object);
        ps_exit_thread(ExitStatus);
    }
    if (thread->process != ps_current_process) {
        struct ps_remote message = {.operation = PS_REMOTE_TERMINATE_THREAD,
                                    .value = {thread->id, (uint32_t)ExitStatus}};
        status = ps_remote_call(thread->process, &message, NULL, 0, NULL, NULL);
    } else {
        ps_terminate_thread(thread, ExitStatus);
    }
    ob_dereference(object);
    return status;
}
