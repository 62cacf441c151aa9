/*
 * Calls on threads: suspend and resume, contexts, open, enumerate.
 */
#include "dbgk/dbgk.h"
#include "ke/lock.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include "ps/child.h"
#include "ps/remote.h"
#include "ps/thread.h"
#include "session/session.h"
#include <errno.h>
#include <fcntl.h>
#include <nt/syscalls.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAXIMUM_SUSPEND_COUNT = 127 };

void ps_suspend_locked(struct ps_thread *thread)
{
    thread->suspend_count++;
    if (thread->ke) {
        __atomic_or_fetch(&thread->ke->pending, KE_PENDING_SUSPEND, __ATOMIC_RELEASE);
        if (__atomic_load_n(&thread->alert_word, __ATOMIC_ACQUIRE))
            ke_futex_wake(&thread->alert_word, 64);
        ke_interrupt_locked(thread->ke);
    }
}

void ps_resume_locked(struct ps_thread *thread)
{
    if (!thread->suspend_count || --thread->suspend_count)
        return;
    __atomic_add_fetch(&thread->stop_word, 1, __ATOMIC_RELEASE);
    ke_futex_wake(&thread->stop_word, 64);
}

/* One more for a child that has not started yet: it waits for the count in the shared page to be 0. What the
 * count was, or 0 if the child runs. */
static uint32_t hold_child(struct gw_process_page *page)
{
    uint32_t count = __atomic_load_n(&page->suspend_count, __ATOMIC_ACQUIRE);
    while (count && count < MAXIMUM_SUSPEND_COUNT &&
           !__atomic_compare_exchange_n(&page->suspend_count, &count, count + 1, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
        continue;
    return count;
}

/* A child's first thread is held by the count in the shared page. */
static NTSTATUS change_child(struct ps_thread *thread, int change, ULONG *ret_previous)
{
    struct gw_process_page *page = thread->process->page;
    uint32_t count = 0;
    if (page && thread->id == thread->process->main_thread_id)
        count = change > 0 ? hold_child(page) : __atomic_load_n(&page->suspend_count, __ATOMIC_ACQUIRE);
    if (count && change > 0) {
        *ret_previous = count;
        return count < MAXIMUM_SUSPEND_COUNT ? STATUS_SUCCESS : STATUS_SUSPEND_COUNT_EXCEEDED;
    }
    if (!count && thread->process->header.signal) {
        *ret_previous = 0;
        return change > 0 ? STATUS_THREAD_IS_TERMINATING : STATUS_SUCCESS;
    }
    if (!count) {
        struct ps_remote message = {.operation = change > 0 ? PS_REMOTE_SUSPEND_THREAD
                                                            : PS_REMOTE_RESUME_THREAD,
                                    .value = {thread->id}};
        NTSTATUS status = ps_remote_call(thread->process, &message, NULL, 0, NULL, NULL);
        *ret_previous = (ULONG)message.value[0];
        return status;
    }
    *ret_previous = __atomic_load_n(&page->suspend_count, __ATOMIC_ACQUIRE);
    ps_child_resume(page);
    return STATUS_SUCCESS;
}

NTSTATUS NtSuspendThread(HANDLE ThreadHandle, ULONG *PreviousSuspendCount)
{
    ULONG previous = 0;
    void *object;
    NTSTATUS status = ob_handle_lookup(ThreadHandle, &ps_thread_type, THREAD_SUSPEND_RESUME, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct ps_thread *thread = object;
    if (thread->process != ps_current_process) {
        status = change_child(thread, 1, &previous);
    } else {
        ke_lock();
        previous = thread->suspend_count;
        if (thread->ended || thread->terminating)
            status = STATUS_THREAD_IS_TERMINATING;
        else if (previous == MAXIMUM_SUSPEND_COUNT)
            status = STATUS_SUSPEND_COUNT_EXCEEDED;
        else
            ps_suspend_locked(thread);
        ke_unlock();
    }
    ob_dereference(object);
    return NT_SUCCESS(status) && PreviousSuspendCount ? guest_write(PreviousSuspendCount, previous) : status;
}

NTSTATUS NtResumeThread(HANDLE ThreadHandle, ULONG *PreviousSuspendCount)
{
    ULONG previous = 0;
    void *object;
    NTSTATUS status = ob_handle_lookup(ThreadHandle, &ps_thread_type, THREAD_SUSPEND_RESUME, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct ps_thread *thread = object;
    if (thread->process != ps_current_process) {
        status = change_child(thread, -1, &previous);
    } else {
        ke_lock();
        previous = thread->suspend_count;
        ps_resume_locked(thread);
        ke_unlock();
    }
    ob_dereference(object);
    return NT_SUCCESS(status) && PreviousSuspendCount ? guest_write(PreviousSuspendCount, previous) : status;
}

void ps_suspend_all(bool suspend)
{
    ke_lock();
    for (struct ps_thread *thread = ps_threads; thread; thread = thread->next) {
        if (suspend)
            ps_suspend_locked(thread);
        else
            ps_resume_locked(thread);
    }
    ke_unlock();
}

bool ps_frozen;

/* Threads that might still be on their way to their stop; under the lock. */
static bool is_running(const struct ps_thread *thread)
{
    return thread->ke && thread->frozen && !__atomic_load_n(&thread->park_word, __ATOMIC_ACQUIRE) &&
           __atomic_load_n(&thread->ke->selector, __ATOMIC_ACQUIRE) != 0;
}

void ps_freeze_others(const struct ps_thread *except, bool freeze)
{
    ke_lock();
    ps_frozen = freeze;
    for (struct ps_thread *thread = ps_threads; thread; thread = thread->next) {
        if (thread == except || thread->frozen == freeze)
            continue;
        thread->frozen = freeze;
        if (!freeze) {
            __atomic_add_fetch(&thread->stop_word, 1, __ATOMIC_RELEASE);
            ke_futex_wake(&thread->stop_word, 64);
        } else if (thread->ke) {
            __atomic_or_fetch(&thread->ke->pending, KE_PENDING_SUSPEND, __ATOMIC_RELEASE);
            if (__atomic_load_n(&thread->alert_word, __ATOMIC_ACQUIRE))
                ke_futex_wake(&thread->alert_word, 64);
            ke_interrupt_locked(thread->ke);
        }
    }
    ke_unlock();
    for (unsigned round = 0; freeze && round < 1000; round++) {
        bool running = false;
        ke_lock();
        for (struct ps_thread *thread = ps_threads; thread && !running; thread = thread->next)
            running = thread != except && is_running(thread);
        ke_unlock();
        if (!running)
            break;
        sched_yield();
    }
}

static NTSTATUS change_process(HANDLE handle, int change)
{
    void *object;
    NTSTATUS status = ob_handle_lookup(handle, &ps_process_type, 0x800 /* PROCESS_SUSPEND_RESUME */, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct ps_process *process = object;
    if (process != ps_current_process && process->page) {
        struct ps_remote message = {.operation = change > 0 ? PS_REMOTE_SUSPEND_PROCESS
                                                            : PS_REMOTE_RESUME_PROCESS};
        if (change < 0 && __atomic_load_n(&process->page->suspend_count, __ATOMIC_ACQUIRE))
            ps_child_resume(process->page);
        else if (change < 0 || !hold_child(process->page))
            status = ps_remote_call(process, &message, NULL, 0, NULL, NULL);
    } else if (process != ps_current_process) {
        if (kill(process->unix_pid, change > 0 ? SIGSTOP : SIGCONT) != 0)
            status = errno == ESRCH ? STATUS_PROCESS_IS_TERMINATING : STATUS_ACCESS_DENIED;
    } else {
        ps_suspend_all(change > 0);
    }
    ob_dereference(object);
    return status;
}

NTSTATUS NtSuspendProcess(HANDLE ProcessHandle)
{
    return change_process(ProcessHandle, 1);
}

NTSTATUS NtResumeProcess(HANDLE ProcessHandle)
{
    return change_process(ProcessHandle, -1);
}

/* Waits until a suspended thread cannot run guest code: it is stopped, or stays in a host call. */
static bool wait_stopped(struct ps_thread *thread)
{
    for (unsigned round = 0;; round++) {
        ke_lock();
        bool ended = thread->ended;
        bool stopped = __atomic_load_n(&thread->park_word, __ATOMIC_ACQUIRE);
        if (!ended && !stopped && round > 400 && thread->ke)
            stopped = __atomic_load_n(&thread->ke->selector, __ATOMIC_ACQUIRE) == 0;
        ke_unlock();
        if (ended || stopped)
            return !ended;
        if (round < 20) {
            sched_yield();
        } else {
            struct ke_deadline deadline;
            LARGE_INTEGER time = {.QuadPart = -1000}; /* 100 us */
            ke_deadline_set(&deadline, &time);
            ke_futex_wait(&thread->park_word, 0, &deadline);
        }
    }
}

NTSTATUS ps_access_context(struct ps_thread *thread, CONTEXT *context, bool set)
{
    NTSTATUS status = STATUS_SUCCESS;
    if (thread->process != ps_current_process) {
        struct ps_remote message = {.operation = PS_REMOTE_CONTEXT, .value = {thread->id, set}};
        size_t size = sizeof *context;
        CONTEXT answer;
        status = ps_remote_call(thread->process, &message, context, sizeof *context, &answer, &size);
        if (NT_SUCCESS(status) && size != sizeof answer)
            status = STATUS_UNSUCCESSFUL;
        if (NT_SUCCESS(status) && !set)
            *context = answer;
        return status;
    }
    if (ke_self && thread == ke_self->thread) {
        if (set)
            ke_set_context(ke_self, context);
        else
            ke_get_context(ke_self, context);
    } else {
        ke_lock();
        bool ended = thread->ended || thread->terminating;
        if (!ended)
            ps_suspend_locked(thread);
        ke_unlock();
        if (ended || !wait_stopped(thread)) {
            status = STATUS_UNSUCCESSFUL;
        } else {
            ke_lock();
            if (!thread->ke) {
                status = STATUS_UNSUCCESSFUL;
            } else if (set) {
                ke_set_context(thread->ke, context);
                __atomic_or_fetch(&thread->ke->pending, KE_PENDING_CONTEXT, __ATOMIC_RELEASE);
            } else {
                ke_get_context(thread->ke, context);
            }
            ke_unlock();
        }
        ke_lock();
        if (!ended)
            ps_resume_locked(thread);
        ke_unlock();
    }
    return status;
}

static NTSTATUS access_context(HANDLE handle, ACCESS_MASK access, CONTEXT *guest, bool set)
{
    CONTEXT context;
    void *object;
    NTSTATUS status = ob_handle_lookup(handle, &ps_thread_type, access, &object);
    if (!NT_SUCCESS(status))
        return status;
    status = guest_read(&context, guest);
    if (NT_SUCCESS(status))
        status = ps_access_context(object, &context, set);
    ob_dereference(object);
    return NT_SUCCESS(status) && !set ? guest_copy(guest, &context, sizeof context) : status;
}

NTSTATUS NtGetContextThread(HANDLE ThreadHandle, void *ThreadContext)
{
    return access_context(ThreadHandle, THREAD_GET_CONTEXT, ThreadContext, false);
}

NTSTATUS NtSetContextThread(HANDLE ThreadHandle, void *ThreadContext)
{
    return access_context(ThreadHandle, THREAD_SET_CONTEXT, ThreadContext, true);
}

/* A thread of another process, or NULL; referenced. */
static struct ps_thread *find_elsewhere(uint32_t id)
{
    struct ps_process *process;
    struct ps_thread *thread;
    int owner = ps_thread_owner(id);
    if (!owner || !session_is_ours(owner) || !NT_SUCCESS(ps_process_open(owner, &process)))
        return NULL;
    if (process == ps_current_process || !NT_SUCCESS(ps_remote_open_thread(process, id, &thread)))
        thread = NULL;
    ob_dereference(process);
    return thread;
}

NTSTATUS NtOpenThread(HANDLE *ThreadHandle, ACCESS_MASK DesiredAccess, OBJECT_ATTRIBUTES *ObjectAttributes,
                      CLIENT_ID *ClientId)
{
    OBJECT_ATTRIBUTES attributes = {0};
    CLIENT_ID id;
    HANDLE handle;
    NTSTATUS status = guest_read(&id, ClientId);
    if (NT_SUCCESS(status) && ObjectAttributes)
        status = guest_read(&attributes, ObjectAttributes);
    if (!NT_SUCCESS(status))
        return status;
    struct ps_thread *thread = ps_find_thread((uint32_t)(uintptr_t)id.UniqueThread);
    if (!thread)
        thread = dbgk_find_thread((uint32_t)(uintptr_t)id.UniqueProcess,
                                  (uint32_t)(uintptr_t)id.UniqueThread);
    if (!thread)
        thread = find_elsewhere((uint32_t)(uintptr_t)id.UniqueThread);
    if (!thread)
        return STATUS_INVALID_CID;
    if (id.UniqueProcess && (uint32_t)(uintptr_t)id.UniqueProcess != thread->process->id)
        status = STATUS_INVALID_CID;
    if (NT_SUCCESS(status))
        status = ob_handle_create(thread, DesiredAccess, attributes.Attributes, &handle);
    ob_dereference(thread);
    if (!NT_SUCCESS(status))
        return status;
    status = guest_write(ThreadHandle, handle);
    if (!NT_SUCCESS(status))
        ob_handle_close(handle);
    return status;
}

/* The thread behind another one, or the first; referenced. */
static struct ps_thread *next_here(const struct ps_thread *previous)
{
    struct ps_thread *thread;
    ke_lock();
    if (!previous) {
        thread = ps_threads;
    } else if (!previous->ended) {
        thread = previous->next;
    } else { /* out of the list: by age */
        thread = ps_threads;
        while (thread && thread->create_time <= previous->create_time)
            thread = thread->next;
    }
    if (thread)
        ob_reference(thread);
    ke_unlock();
    return thread;
}

static struct ps_thread *next_elsewhere(struct ps_process *process, const struct ps_thread *previous)
{
    struct ps_thread *thread = NULL;
    uint32_t *ids;
    size_t count, i = 0;
    if (!NT_SUCCESS(ps_remote_list_threads(process, &ids, &count)))
        return NULL;
    if (previous) { /* one that has ended meanwhile: those with a later number follow */
        while (i < count && ids[i] != previous->id)
            i++;
        if (i == count)
            for (i = 0; i < count && ids[i] <= previous->id;)
                i++;
        else
            i++;
    }
    for (; i < count && !thread; i++)
        if (!NT_SUCCESS(ps_remote_open_thread(process, ids[i], &thread)))
            thread = NULL;
    free(ids);
    return thread;
}

NTSTATUS NtGetNextThread(HANDLE ProcessHandle, HANDLE ThreadHandle, ACCESS_MASK DesiredAccess,
                         ULONG HandleAttributes, ULONG Flags, HANDLE *NewThreadHandle)
{
    HANDLE handle;
    void *process, *object = NULL;
    if (Flags)
        return STATUS_INVALID_PARAMETER_5;
    NTSTATUS status = ob_handle_lookup(ProcessHandle, &ps_process_type, 0x400 /* PROCESS_QUERY_INFORMATION */,
                                       &process);
    if (NT_SUCCESS(status) && ThreadHandle) {
        status = ob_handle_lookup(ThreadHandle, &ps_thread_type, 0, &object);
        if (!NT_SUCCESS(status))
            ob_dereference(process);
    }
    if (!NT_SUCCESS(status))
        return status;
    struct ps_thread *previous = object, *thread = process == ps_current_process
                                                       ? next_here(previous)
                                                       : next_elsewhere(process, previous);
    if (object)
        ob_dereference(object);
    ob_dereference(process);
    if (!thread)
        return STATUS_NO_MORE_ENTRIES;
    status = ob_handle_create(thread, DesiredAccess, HandleAttributes, &handle);
    ob_dereference(thread);
    if (!NT_SUCCESS(status))
        return status;
    status = guest_write(NewThreadHandle, handle);
    if (!NT_SUCCESS(status))
        ob_handle_close(handle);
    return status;
}

bool ps_is_stopped(int pid)
{
    char path[64], text[512] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    if (fd >= 0)
        close(fd);
    text[got > 0 ? got : 0] = 0;
    const char *state = strrchr(text, ')'); /* the name may contain anything */
    return !state || !state[1] || strchr("TtZX", state[2]);
}

NTSTATUS GwListThreads(ULONG ProcessId, ULONG *Ids, ULONG Room, ULONG *Count)
{
    struct ps_process *process;
    uint32_t *ids;
    size_t count;
    int pid = (int)(ProcessId / 4);
    if (!session_is_ours(pid) || ps_is_stopped(pid))
        return STATUS_NOT_SUPPORTED;
    NTSTATUS status = ps_process_open(pid, &process);
    if (!NT_SUCCESS(status))
        return status;
    status = process == ps_current_process ? STATUS_NOT_SUPPORTED
                                           : ps_remote_list_threads(process, &ids, &count);
    ob_dereference(process);
    if (!NT_SUCCESS(status))
        return status;
    ULONG n = count < Room ? (ULONG)count : Room;
    status = guest_copy(Ids, ids, n * sizeof *Ids);
    free(ids);
    return NT_SUCCESS(status) ? guest_write(Count, n) : status;
}

NTSTATUS NtGetCurrentProcessorNumber(void)
{
    return sched_getcpu();
}

NTSTATUS NtGetCurrentProcessorNumberEx(void *ProcessorNumber)
{
    struct {
        USHORT Group;
        UCHAR Number, Reserved;
    } number = {0, (UCHAR)sched_getcpu(), 0};
    return guest_copy(ProcessorNumber, &number, sizeof number);
}
