/*
 * Thread objects of this process: the list of them, and asking them to end.
 */
#include "ps/thread.h"
#include "ke/lock.h"
#include "ke/wait.h"
#include "ps/remote.h"
#include "ps/share.h"
#include <fcntl.h>
#include <nt/syscalls.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { HASH_SIZE = 256 }; /* bucket_of takes the upper 8 bits */

/* All guarded by the dispatcher lock. */
struct ps_thread *ps_threads;
static struct ps_thread **threads_end = &ps_threads;
static struct ps_thread *hash[HASH_SIZE];
static unsigned thread_count;
static uint32_t last_number, last_further; /* of this process's threads */

/* Thread ids are unique in the session and tell whose they are: the process's id and a multiple of more than
 * any process's id. Only when one process has used up all of its multiples at a time do ids lose that. */
static uint32_t stride(void)
{
    static uint32_t cached;
    uint32_t value = __atomic_load_n(&cached, __ATOMIC_RELAXED);
    if (value)
        return value;
    char text[32] = "";
    int fd = open("/proc/sys/kernel/pid_max", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    if (fd >= 0)
        close(fd);
    unsigned long limit = got > 0 ? strtoul(text, NULL, 10) : 0;
    value = 1u << 12;
    while (value < (1u << 22) && (value < limit || !limit))
        value *= 2;
    value *= 4;
    __atomic_store_n(&cached, value, __ATOMIC_RELAXED);
    return value;
}

uint32_t ps_thread_id(uint32_t process_id, uint32_t number)
{
    return process_id + number * stride();
}

int ps_thread_owner(uint32_t id)
{
    return id >= stride() ? (int)(id % stride() / 4) : 0;
}

static struct ps_thread **bucket_of(uint32_t id)
{
    return &hash[id * 0x9e3779b1u >> 24];
}

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
    struct ps_thread *thread = *bucket_of(id);
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
    const uint32_t numbers = UINT32_MAX / stride();
    uint32_t tried = 0, id;
    do {
        last_number = last_number % numbers + 1;
        id = ps_thread_id(ps_current_process->id, last_number);
    } while (ps_find_thread_locked(id) && ++tried < numbers);
    while (tried == numbers && ps_find_thread_locked(id)) /* more than there are numbers */
        id = last_further = (last_further ? last_further : id) + 4;
    thread->id = id;
    thread->frozen = ps_frozen;
    struct ps_thread **bucket = bucket_of(thread->id);
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
    place = bucket_of(thread->id);
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
