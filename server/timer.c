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

static struct gw_due_heap timers;
static uint32_t room;

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

static struct server_object *timer_of(struct gw_due *due)
{
    return (struct server_object *)((char *)due - offsetof(struct server_object, due));
}

static void set_alarm(void)
{
    struct itimerspec alarm = {0};
    if (timers.count) {
        int64_t due = timers.items[0]->time > 0 ? timers.items[0]->time : 1;
        alarm.it_value.tv_sec = due / 1000000000;
        alarm.it_value.tv_nsec = due % 1000000000;
    }
    timerfd_settime(server.timers.fd, TFD_TIMER_ABSTIME, &alarm, NULL);
}

static bool arm(struct server_object *timer)
{
    if (timers.count == room) {
        uint32_t more = room ? room * 2 : 64;
        struct gw_due **items = realloc(timers.items, more * sizeof *items);
        if (!items)
            return false;
        timers.items = items;
        room = more;
    }
    gw_due_insert(&timers, &timer->due);
    return true;
}

void server_timer_disarm(struct server_object *timer)
{
    bool first = timer->due.place == 1;
    gw_due_remove(&timers, &timer->due);
    if (first)
        set_alarm();
}

void server_timers_expire(void)
{
    uint64_t ticks;
    int64_t time = now();
    if (read(server.timers.fd, &ticks, sizeof ticks) < 0)
        ticks = 0;
    while (timers.count && timers.items[0]->time <= time) {
        struct server_object *timer = timer_of(timers.items[0]);
        server_state_signal(timer);
        if (timer->period) {
            timer->due.time = gw_due_next(timer->due.time, timer->period, time);
            gw_due_sift(&timers, 0);
        } else {
            gw_due_remove(&timers, &timer->due);
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
    timer->due.time = in->due;
    timer->period = in->period;
    if (timer->due.time <= now()) {
        server_state_signal(timer);
        if (!timer->period)
            return STATUS_SUCCESS;
        timer->due.time = now() + timer->period;
    }
    if (!arm(timer))
        return STATUS_NO_MEMORY;
    if (timer->due.place == 1)
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
    out->due = timer->due.time;
    out->armed = timer->due.place != 0;
    return STATUS_SUCCESS;
}
