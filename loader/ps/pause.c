/*
 * Pauses: while a process's job has used up its CPU rate (server/job_rate.c) its threads run no guest code.
 * They stop where suspended ones do, but nobody's suspend count changes, waits go on, and the end of the
 * pause needs no message.
 */
#include "ke/lock.h"
#include "ke/wait.h"
#include "ps/thread.h"
#include <time.h>

static int64_t paused_until; /* CLOCK_MONOTONIC, ns; guarded by the dispatcher lock */

bool ps_is_paused_locked(struct ke_deadline *ret_end)
{
    struct timespec time;
    if (!paused_until)
        return false;
    clock_gettime(CLOCK_MONOTONIC, &time);
    if (time.tv_sec * 1000000000ll + time.tv_nsec >= paused_until) {
        paused_until = 0;
        return false;
    }
    *ret_end = (struct ke_deadline){.time = {paused_until / 1000000000, paused_until % 1000000000}};
    return true;
}

void ps_pause(int64_t until)
{
    ke_lock();
    if (until > paused_until)
        paused_until = until;
    for (struct ps_thread *thread = ps_threads; thread; thread = thread->next) {
        if (!thread->ke || thread->ended)
            continue;
        __atomic_or_fetch(&thread->ke->pending, KE_PENDING_SUSPEND, __ATOMIC_RELEASE);
        /* One that waits stays where it is, and stops when its wait is over. */
        if (!thread->wait.queued || thread->wait.woken)
            ke_kick(thread->ke);
    }
    ke_unlock();
}
