/*
 * The performance counter as a line over the time-stamp counter, on the time page, for code that cannot call
 * the vDSO (i386). The line is drawn anew by each call of NtQueryPerformanceCounter; readers ask for that
 * when it has become too old, so that it follows the adjustments of CLOCK_MONOTONIC. The counter never goes
 * back.
 */
#include "ex/ex.h"
#include <gastwirt/door.h>
#include <pthread.h>
#include <time.h>
#include <x86intrin.h>

typedef unsigned __int128 ticks; /* of the counter (100 ns), times 2^32 */

#define TICK        ((ticks)1 << 32)
#define SHORTEST    (10000 * TICK)   /* 1 ms: a rate measured over less is too coarse */
#define LONGEST     (1000000 * TICK) /* 100 ms: so long a line is good */
#define OVERREACH   8                /* a line is good for so many times of what it was measured over */
#define ADJUST_TIME 4                /* what the line is ahead is lost over this part of its length */

/* Guards the page's line and what follows. Outermost; nothing is called with it. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t last_stamp;
static ticks last_time, last_answer;

static ticks from_timespec(const struct timespec *time)
{
    return ((ticks)(uint64_t)time->tv_sec * 1000000000 + (uint64_t)time->tv_nsec) * TICK / 100;
}

/* The two clocks at one moment, as nearly as three tries say. */
static ticks sample(uint64_t *ret_stamp)
{
    uint64_t best = UINT64_MAX;
    ticks time = 0;
    for (int i = 0; i < 3; i++) {
        struct timespec now;
        _mm_lfence();
        uint64_t before = __rdtsc();
        clock_gettime(CLOCK_MONOTONIC, &now);
        _mm_lfence();
        uint64_t length = __rdtsc() - before;
        if (length >= best)
            continue;
        best = length;
        *ret_stamp = before + length / 2;
        time = from_timespec(&now);
    }
    return time;
}

/* 100 ns from the performance counter to another clock. */
static int64_t offset_of(clockid_t clock)
{
    struct timespec before, now, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    clock_gettime(clock, &now);
    clock_gettime(CLOCK_MONOTONIC, &after);
    uint64_t between = (uint64_t)((from_timespec(&before) + from_timespec(&after)) / 2 / TICK);
    return (int64_t)((uint64_t)(from_timespec(&now) / TICK) - between);
}

/* What a reader may have seen of the old line by the given moment. */
static ticks end_of_line(const struct door_time *page, uint64_t stamp)
{
    uint64_t length = stamp - page->stamp;
    if (length > page->span)
        length = page->span;
    return page->counter * TICK + page->fraction + (ticks)length * page->rate;
}

uint64_t ex_tsc_counter(struct door_time *page)
{
    pthread_mutex_lock(&lock);
    page->sequence++; /* odd: readers wait here for the lock */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);

    uint64_t stamp = 0;
    ticks time = sample(&stamp), answer = time;
    ticks seen = page->span ? end_of_line(page, stamp + 1) : 0;
    if (answer < seen)
        answer = seen;
    if (answer < last_answer)
        answer = last_answer;
    last_answer = answer;

    bool first = !last_stamp;
    if (!first && time - last_time >= SHORTEST && stamp > last_stamp) {
        uint64_t length = stamp - last_stamp, rate = (uint64_t)((time - last_time) / length);
        ticks reach = (time - last_time) * OVERREACH;
        if (reach > LONGEST)
            reach = LONGEST;
        uint64_t span = rate ? (uint64_t)(reach / rate) : 0;
        uint64_t ahead = span ? (uint64_t)((answer - time) / (span / ADJUST_TIME + 1)) : 0;
        page->span = span > UINT32_MAX ? UINT32_MAX : (uint32_t)span;
        /* A tick of 100 ns must be at least a cycle; a clock that is far behind stands nearly still. */
        page->rate = rate > UINT32_MAX ? 0 : (uint32_t)(ahead < rate ? rate - ahead : 1);
        if (!page->rate)
            page->span = 0;
    }
    if (first || time - last_time >= SHORTEST) {
        last_stamp = stamp;
        last_time = time;
        page->system_offset = offset_of(CLOCK_REALTIME);
        page->interrupt_offset = offset_of(CLOCK_BOOTTIME);
    }
    page->stamp = stamp;
    page->counter = (uint64_t)(answer / TICK);
    page->fraction = (uint32_t)answer;

    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    page->sequence++;
    pthread_mutex_unlock(&lock);
    return (uint64_t)(answer / TICK);
}
