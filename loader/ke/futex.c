/*
 * Sleeping on a futex word, and until when: NT timeouts as times of a host clock.
 */
#include "ke/wait.h"
#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NT_EPOCH_SECONDS 11644473600ll

void ke_futex_wake(uint32_t *word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

int ke_futex_wait(uint32_t *word, uint32_t value, const struct ke_deadline *deadline)
{
    int operation = FUTEX_WAIT_BITSET_PRIVATE;
    const struct timespec *time = NULL;
    if (deadline && !deadline->forever) {
        time = &deadline->time;
        if (deadline->realtime)
            operation |= FUTEX_CLOCK_REALTIME;
    }
    if (syscall(SYS_futex, word, operation, value, time, NULL, FUTEX_BITSET_MATCH_ANY) == 0)
        return 0;
    return errno;
}

bool ke_deadline_set(struct ke_deadline *deadline, const LARGE_INTEGER *timeout)
{
    deadline->forever = !timeout;
    deadline->realtime = false;
    if (!timeout)
        return true;
    int64_t ticks = timeout->QuadPart;
    if (ticks == 0)
        return false;
    if (ticks < 0) {
        uint64_t wait = 0 - (uint64_t)ticks;
        clock_gettime(CLOCK_MONOTONIC, &deadline->time);
        deadline->time.tv_sec += (time_t)(wait / 10000000);
        deadline->time.tv_nsec += (long)(wait % 10000000) * 100;
        if (deadline->time.tv_nsec >= 1000000000) {
            deadline->time.tv_nsec -= 1000000000;
            deadline->time.tv_sec++;
        }
    } else {
        deadline->realtime = true;
        deadline->time.tv_sec = ticks / 10000000 - NT_EPOCH_SECONDS;
        deadline->time.tv_nsec = ticks % 10000000 * 100;
        if (deadline->time.tv_sec < 0)
            deadline->time = (struct timespec){0, 0};
    }
    return true;
}
