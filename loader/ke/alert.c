/*
 * Alerts by thread id: one word per thread, a bare futex; what critical sections, SRW locks and
 * WaitOnAddress sleep on.
 */
#include "ke/lock.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include "ps/ps.h"
#include "ps/thread.h"
#include <errno.h>
#include <nt/syscalls.h>

enum { ALERT_NONE, ALERT_SET, ALERT_WAITING };

NTSTATUS NtAlertThreadByThreadId(HANDLE ThreadId)
{
    ke_lock();
    struct ps_thread *thread = ps_find_thread_locked((uint32_t)(uintptr_t)ThreadId);
    uint32_t *word = thread ? &thread->alert_word : NULL;
    uint32_t previous = word ? __atomic_exchange_n(word, ALERT_SET, __ATOMIC_ACQ_REL) : 0;
    ke_unlock();
    if (!word)
        return STATUS_INVALID_CID;
    if (previous == ALERT_WAITING)
        ke_futex_wake(word, 1);
    return STATUS_SUCCESS;
}

NTSTATUS NtWaitForAlertByThreadId(PVOID Address, LARGE_INTEGER *Timeout)
{
    struct ps_thread *thread = ke_self->thread;
    uint32_t *word = &thread->alert_word;
    struct ke_deadline deadline;
    LARGE_INTEGER timeout;
    NTSTATUS status;
    (void)Address; /* for debuggers only */
    if (Timeout && !NT_SUCCESS(status = guest_read(&timeout, Timeout)))
        return status;

    bool wait = true, have_deadline = false;
    if (!Timeout || timeout.QuadPart != 0)
        ke_spin(&ke_self->wait->spin, word, ALERT_NONE);
    for (;;) {
        uint32_t none = ALERT_NONE;
        if (!__atomic_compare_exchange_n(word, &none, ALERT_WAITING, false, __ATOMIC_ACQ_REL,
                                         __ATOMIC_ACQUIRE) &&
            none == ALERT_SET) {
            /* An exchange, not a store: a second alert that this one swallows was sent for something the
             * caller must see when it looks again. */
            __atomic_exchange_n(word, ALERT_NONE, __ATOMIC_ACQ_REL);
            return STATUS_ALERTED;
        }
        if (!wait)
            break;
        uint32_t pending = __atomic_load_n(&ke_self->pending, __ATOMIC_ACQUIRE);
        if (pending & KE_PENDING_TERMINATE)
            break;
        if (pending & KE_PENDING_SUSPEND) {
            ke_park();
            continue;
        }
        if (!have_deadline) {
            wait = ke_deadline_set(&deadline, Timeout ? &timeout : NULL);
            have_deadline = true;
            if (!wait)
                break;
        }
        if (ke_futex_wait(word, ALERT_WAITING, &deadline) == ETIMEDOUT)
            break;
    }
    /* Over: an alert that came in the last moment counts. */
    if (__atomic_exchange_n(word, ALERT_NONE, __ATOMIC_ACQ_REL) == ALERT_SET)
        return STATUS_ALERTED;
    return STATUS_TIMEOUT;
}

NTSTATUS NtAlertThread(HANDLE ThreadHandle)
{
    struct ke_wake wake = KE_WAKE_INITIALIZER(wake);
    void *object;
    ke_lock();
    NTSTATUS status = ob_handle_peek(ThreadHandle, &ps_thread_type, THREAD_ALERT, &object);
    if (NT_SUCCESS(status)) {
        struct ps_thread *thread = object;
        struct ke_wait_state *state = thread->ke ? thread->ke->wait : NULL;
        if (state && state->queued && !state->woken && state->alertable)
            ke_wait_finish_locked(state, STATUS_ALERTED, &wake);
        else if (state)
            state->alerted = true;
    }
    ke_unlock_and_wake(&wake);
    return status;
}

NTSTATUS NtAlertResumeThread(HANDLE ThreadHandle, ULONG *PreviousSuspendCount)
{
    NTSTATUS status = NtAlertThread(ThreadHandle);
    return NT_SUCCESS(status) ? NtResumeThread(ThreadHandle, PreviousSuspendCount) : status;
}
