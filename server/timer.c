/*
 * Timers that are shared: a heap by due time and one timerfd.
 */
#include "server.h"
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* Windows counts periods in milliseconds. */
#define SHORTEST_PERIOD 1000000

static struct {
    struct server_object **heap;
    uint32_t count, room;
} timers;

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

bool server_timers_initialize(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    return fd >= 0 && server_watch_add(&server.timers, SERVER_TIMERS, fd, EPOLLIN);
}

static void place(uint32_t index, struct server_object *timer)
{
    timers.heap[index] = timer;
    timer->heap_index = index + 1;
}

static void sift(uint32_t index)
{
    struct server_object *timer = timers.heap[index];
    while (index && timers.heap[(index - 1) / 2]->due > timer->due) {
        place(index, timers.heap[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    for (;;) {
        uint32_t child = 2 * index + 1;
        if (child >= timers.count)
            break;
        if (child + 1 < timers.count && timers.heap[child + 1]->due < timers.heap[child]->due)
            child++;
        if (timers.heap[child]->due >= timer->due)
            break;
        place(index, timers.heap[child]);
        index = child;
    }
    place(index, timer);
}

static void set_alarm(void)
{
    struct itimerspec alarm = {0};
    if (timers.count) {
        int64_t due = timers.heap[0]->due > 0 ? timers.heap[0]->due : 1;
        alarm.it_value.tv_sec = due / 1000000000;
        alarm.it_value.tv_nsec = due % 1000000000;
    }
    timerfd_settime(server.timers.fd, TFD_TIMER_ABSTIME, &alarm, NULL);
}

static bool arm(struct server_object *timer)
{
    if (timers.count == timers.room) {
        uint32_t room = timers.room ? timers.room * 2 : 64;
        struct server_object **heap = realloc(timers.heap, room * sizeof *heap);
        if (!heap)
            return false;
        timers.heap = heap;
        timers.room = room;
    }
    timers.heap[timers.count] = timer;
    sift(timers.count++);
    return true;
}

void server_timer_disarm(struct server_object *timer)
{
    if (!timer->heap_index)
        return;
    uint32_t index = timer->heap_index - 1;
    timer->heap_index = 0;
    struct server_object *last = timers.heap[--timers.count];
    if (last != timer) {
        timers.heap[index] = last;
        sift(index);
    }
    if (index == 0)
        set_alarm();
}

void server_timers_expire(void)
{
    uint64_t ticks;
    int64_t time = now();
    if (read(server.timers.fd, &ticks, sizeof ticks) < 0)
        ticks = 0;
    while (timers.count && timers.heap[0]->due <= time) {
        struct server_object *timer = timers.heap[0];
        server_state_signal(timer);
        if (timer->period) { /* late by whole periods: those are lost */
            timer->due += ((time - timer->due) / timer->period + 1) * timer->period;
            sift(0);
        } else {
            timer->heap_index = 0;
            struct server_object *last = timers.heap[--timers.count];
            if (last != timer) {
                timers.heap[0] = last;
                sift(0);
            }
        }
    }
    set_alarm();
}

static void clear_signal(struct server_object *timer)
{
    __atomic_and_fetch(&timer->state->state, ~0xffffffffull, __ATOMIC_SEQ_CST);
}

static bool is_signalled(struct server_object *timer)
{
    return gw_state_count(__atomic_load_n(&timer->state->state, __ATOMIC_SEQ_CST)) > 0;
}

NTSTATUS serve_set_timer(struct server_client *client, struct gw_set_timer_in *in,
                         struct gw_set_timer_out *out)
{
    struct server_object *timer = server_handle_object(client, in->handle, GW_TYPE_TIMER);
    if (!timer)
        return STATUS_INVALID_HANDLE;
    if ((in->period && in->period < SHORTEST_PERIOD) || in->period > INT64_MAX / 4 || in->due < 0 ||
        in->due > INT64_MAX / 4)
        return STATUS_INVALID_PARAMETER;
    out->signalled = is_signalled(timer);
    server_timer_disarm(timer);
    clear_signal(timer);
    timer->due = in->due;
    timer->period = in->period;
    if (timer->due <= now()) {
        server_state_signal(timer);
        if (!timer->period)
            return STATUS_SUCCESS;
        timer->due = now() + timer->period;
    }
    if (!arm(timer))
        return STATUS_NO_MEMORY;
    if (timer->heap_index == 1)
        set_alarm();
    return STATUS_SUCCESS;
}

NTSTATUS serve_cancel_timer(struct server_client *client, struct gw_cancel_timer_in *in,
                            struct gw_cancel_timer_out *out)
{
    struct server_object *timer = server_handle_object(client, in->handle, GW_TYPE_TIMER);
    if (!timer)
        return STATUS_INVALID_HANDLE;
    out->signalled = is_signalled(timer);
    server_timer_disarm(timer);
    return STATUS_SUCCESS;
}

NTSTATUS serve_query_timer(struct server_client *client, struct gw_query_timer_in *in,
                           struct gw_query_timer_out *out)
{
    struct server_object *timer = server_handle_object(client, in->handle, GW_TYPE_TIMER);
    if (!timer)
        return STATUS_INVALID_HANDLE;
    out->due = timer->due;
    out->armed = timer->heap_index != 0;
    return STATUS_SUCCESS;
}
