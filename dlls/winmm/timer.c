/*
 * The multimedia timer functions: the system tick in milliseconds, timer resolution, and timer
 * events on the timer queue.
 */
#include <windows.h>
#include <mmsystem.h>

enum { SHORTEST_PERIOD = 1, LONGEST_PERIOD = 1000000, MAX_EVENTS = 16 };

static struct event {
    UINT id; /* 0: free */
    HANDLE timer;
    LPTIMECALLBACK callback;
    DWORD_PTR user;
    UINT flags;
} events[MAX_EVENTS];
static SRWLOCK lock = SRWLOCK_INIT; /* guards events */
static UINT next_id;

DWORD WINAPI timeGetTime(void)
{
    return GetTickCount();
}

MMRESULT WINAPI timeGetSystemTime(LPMMTIME time, UINT size)
{
    if (!time || size < sizeof *time)
        return TIMERR_STRUCT;
    time->wType = TIME_MS;
    time->u.ms = timeGetTime();
    return TIMERR_NOERROR;
}

/* Waits are exact to well below a millisecond whatever the period: only the range is checked. */
MMRESULT WINAPI timeBeginPeriod(UINT period)
{
    return period >= SHORTEST_PERIOD && period <= LONGEST_PERIOD ? TIMERR_NOERROR : TIMERR_NOCANDO;
}

MMRESULT WINAPI timeEndPeriod(UINT period)
{
    return timeBeginPeriod(period);
}

MMRESULT WINAPI timeGetDevCaps(LPTIMECAPS caps, UINT size)
{
    if (!caps || size < sizeof *caps)
        return TIMERR_NOCANDO;
    caps->wPeriodMin = SHORTEST_PERIOD;
    caps->wPeriodMax = LONGEST_PERIOD;
    return TIMERR_NOERROR;
}

static void CALLBACK fire(void *context, BOOLEAN timed_out)
{
    struct event *slot = context, event;
    (void)timed_out;
    AcquireSRWLockExclusive(&lock);
    event = *slot;
    if (event.id && !(event.flags & TIME_PERIODIC))
        slot->id = 0;
    ReleaseSRWLockExclusive(&lock);
    if (!event.id)
        return;
    if (event.flags & TIME_CALLBACK_EVENT_SET)
        SetEvent((HANDLE)event.callback);
    else if (event.flags & TIME_CALLBACK_EVENT_PULSE)
        PulseEvent((HANDLE)event.callback);
    else
        event.callback(event.id, 0, event.user, 0, 0);
}

MMRESULT WINAPI timeSetEvent(UINT delay, UINT resolution, LPTIMECALLBACK callback, DWORD_PTR user, UINT flags)
{
    UINT id = 0;
    (void)resolution;
    if (delay < SHORTEST_PERIOD || delay > LONGEST_PERIOD || !callback)
        return 0;
    AcquireSRWLockExclusive(&lock);
    for (UINT i = 0; i < MAX_EVENTS && !id; i++) {
        struct event *event = &events[i];
        if (event->id)
            continue;
        if (event->timer) /* a one-shot that has run */
            DeleteTimerQueueTimer(NULL, event->timer, NULL);
        id = (++next_id << 4 & 0x7fffffff) | i;
        id = id ? id : 16;
        *event = (struct event){id, NULL, callback, user, flags};
        if (!CreateTimerQueueTimer(&event->timer, NULL, fire, event, delay, flags & TIME_PERIODIC ? delay : 0,
                                   flags & TIME_PERIODIC ? WT_EXECUTEDEFAULT : WT_EXECUTEONLYONCE)) {
            event->id = 0;
            id = 0;
            break;
        }
    }
    ReleaseSRWLockExclusive(&lock);
    return id;
}

MMRESULT WINAPI timeKillEvent(UINT id)
{
    HANDLE timer = NULL;
    BOOL wait = FALSE;
    AcquireSRWLockExclusive(&lock);
    struct event *event = &events[id & (MAX_EVENTS - 1)];
    if (id && event->id == id) {
        timer = event->timer;
        wait = (event->flags & TIME_KILL_SYNCHRONOUS) != 0;
        event->id = 0;
        event->timer = NULL;
    }
    ReleaseSRWLockExclusive(&lock);
    if (!timer)
        return MMSYSERR_INVALPARAM;
    DeleteTimerQueueTimer(NULL, timer, wait ? INVALID_HANDLE_VALUE : NULL);
    return TIMERR_NOERROR;
}
