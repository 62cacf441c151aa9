/*
 * CPU rates of jobs. Time goes in scheduling intervals of 100 ms, in each of which a job's processes may use
 * their portion of the processors; when it is used up they are told to pause until the next interval begins
 * (ps/pause.c). What was used beyond the portion is taken from the intervals that follow, so that the
 * average holds. A pause ends by itself: nobody stays stopped if the server dies.
 */
#include "job.h"
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MILLISECOND 1000000ll
#define INTERVAL    (100 * MILLISECOND)

enum { ENABLE = 1, WEIGHT = 2, HARD_CAP = 4, NOTIFY = 8, RANGE = 16, WHOLE = 10000 };
enum { OTHERS_WEIGHT = 5 }; /* of everything that is in no job with a weight: the documented default */
enum { CALL_SIGNAL = 35 };  /* makes a process connect (session/call.c) */

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static long processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? count : 1;
}

static bool is_controlled(const struct server_job *job)
{
    return job->cpu_rate[0] & ENABLE;
}

/* ---------------------------------------------------------------- what is used */

/* CPU time of the process, user and kernel, in ns; what it was last if it cannot be told any more. */
static int64_t measure(struct server_member *member)
{
    struct timespec time;
    clockid_t clock;
    if (clock_getcpuclockid((pid_t)member->pid, &clock) == 0 && clock_gettime(clock, &time) == 0) {
        int64_t used = time.tv_sec * 1000000000ll + time.tv_nsec;
        if (used > member->cpu_used)
            member->cpu_used = used;
    }
    return member->cpu_used;
}

/* What the job's processes have used since its rate began to count: those that join bring nothing along. */
static int64_t use_of(struct server_object *job)
{
    int64_t used = job->job->rate.ended;
    for (struct server_member *member = server_members; member; member = member->next)
        if (server_job_is_around(job, member->job))
            used += measure(member);
    return used;
}

void server_rate_joined(struct server_member *member, struct server_object *up_to)
{
    for (struct server_object *job = member->job; job && job != up_to; job = server_job_parent(job))
        if (is_controlled(job->job))
            job->job->rate.ended -= measure(member);
}

void server_rate_left(struct server_member *member)
{
    for (struct server_object *job = member->job; job; job = server_job_parent(job))
        if (is_controlled(job->job))
            job->job->rate.ended += measure(member);
}

/* The machine since the last look, all processors: how long they were busy, and in all; in ticks. */
static struct {
    uint64_t busy, total;
    uint64_t last_busy, last_total;
} machine;

static void look_at_machine(void)
{
    char text[512];
    uint64_t field[8] = {0};
    int fd = open("/proc/stat", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    if (fd >= 0)
        close(fd);
    text[got > 0 ? got : 0] = 0;
    if (sscanf(text,
               "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
               " %" SCNu64,
               &field[0], &field[1], &field[2], &field[3], &field[4], &field[5], &field[6], &field[7]) < 4)
        return;
    uint64_t busy = field[0] + field[1] + field[2] + field[5] + field[6] + field[7];
    uint64_t total = busy + field[3] + field[4];
    machine.busy = busy - machine.last_busy;
    machine.total = total - machine.last_total;
    machine.last_busy = busy;
    machine.last_total = total;
}

/* ---------------------------------------------------------------- what is allowed */

/* Does something else want the processors that the job could leave it? used: by the job in that time, of
 * WHOLE. */
static bool is_contended(uint64_t used)
{
    if (!machine.total)
        return false;
    uint64_t busy = machine.busy * WHOLE / machine.total;
    return busy > WHOLE - WHOLE / 20 && busy > used + WHOLE / 20;
}

/* The job's part of what all weights together share. */
static uint32_t weighted(const struct server_job *job)
{
    uint32_t all = OTHERS_WEIGHT, others = 0;
    for (struct server_job *each = server_jobs; each; each = each->next) {
        if (each->parent != job->parent || (each->cpu_rate[0] & (ENABLE | WEIGHT)) != (ENABLE | WEIGHT) ||
            (each != job && each->rate.last_use * 20 < INTERVAL))
            continue;
        all += each->cpu_rate[1];
        others += (uint32_t)(each->rate.last_use * WHOLE / (INTERVAL * processors()));
    }
    /* Nothing but these jobs: they share all there is. */
    if (machine.total && machine.busy * WHOLE / machine.total < others + WHOLE / 20)
        all -= OTHERS_WEIGHT;
    return all ? job->cpu_rate[1] * WHOLE / all : WHOLE;
}

/* What it may use at present, of WHOLE of its parent's portion; WHOLE: anything. */
static uint32_t own_portion(const struct server_job *job)
{
    uint32_t flags = job->cpu_rate[0], value = job->cpu_rate[1];
    uint64_t used = (uint64_t)(job->rate.last_use * WHOLE / (INTERVAL * processors()));
    if (!(flags & ENABLE))
        return WHOLE;
    if (flags & RANGE)
        return value >> 16;
    if (flags & HARD_CAP)
        return flags & WEIGHT ? weighted(job) : value;
    if (!is_contended(used))
        return WHOLE;
    return flags & WEIGHT ? weighted(job) : value;
}

/* In ns per interval: a portion of the portion of the nearest job around that has one. */
static int64_t allowed(const struct server_object *job)
{
    int64_t time = INTERVAL * processors();
    for (; job; job = server_job_parent(job))
        time = time * own_portion(job->job) / WHOLE;
    return time > 10000 ? time : 10000;
}

/* ---------------------------------------------------------------- pausing */

/* Tells the process; one that is not connected yet is made to connect, and paused at the next interval. */
static void pause_member(struct server_member *member, int64_t until)
{
    struct server_client *client = server_client_find(member->pid);
    struct gw_note_pause_in in = {.until = until};
    char path[64], text[4096];
    if (client) {
        notify_pause(client, &in);
        return;
    }
    if (member->page < 0)
        return;
    /* The signal would end a process that does not handle it yet. */
    snprintf(path, sizeof path, "/proc/%u/status", member->pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    if (fd >= 0)
        close(fd);
    text[got > 0 ? got : 0] = 0;
    const char *caught = strstr(text, "SigCgt:");
    if (caught && strtoull(caught + 7, NULL, 16) >> (CALL_SIGNAL - 1) & 1)
        syscall(SYS_pidfd_send_signal, member->watch.fd, CALL_SIGNAL, NULL, 0);
}

static void pause_job(struct server_object *job, int64_t until)
{
    for (struct server_member *member = server_members; member; member = member->next) {
        if (!server_job_is_around(job, member->job) || member->paused_until >= until || server.harmless)
            continue;
        member->paused_until = until;
        pause_member(member, until);
    }
}

/* ---------------------------------------------------------------- notifications */

/* 1 to 3 in the documentation's order; 0 is the default of each. */
static uint32_t interval_count(uint32_t kind)
{
    static const uint32_t seconds[] = {10, 10, 60, 600};
    return (uint32_t)(seconds[kind & 3] * 1000 * MILLISECOND / INTERVAL);
}

/* An interval is over. */
static void count_interval(struct server_job *job)
{
    struct server_rate *rate = &job->rate;
    if (rate->seen >= interval_count(job->notification.interval))
        rate->seen = rate->at_limit = 0;
    rate->seen++;
    rate->at_limit += rate->exceeded;
    rate->exceeded = false;
}

bool server_rate_is_noted(const struct server_job *job)
{
    return is_controlled(job) && (job->cpu_rate[0] & NOTIFY || job->notification.flags & GW_JOB_RATE_CONTROL);
}

bool server_rate_violated(const struct server_job *job, uint32_t *ret_tolerance)
{
    const struct gw_job_notification *wanted = &job->notification;
    uint32_t count = interval_count(wanted->interval), at_limit = job->rate.at_limit;
    uint32_t tolerance = wanted->tolerance ? wanted->tolerance : 3;
    uint32_t level = at_limit * 5 / count; /* one per 20% */
    *ret_tolerance = level > 3 ? 3 : level;
    return server_rate_is_noted(job) && at_limit * 5 > count * tolerance;
}

/* ---------------------------------------------------------------- the round */

static void begin_interval(struct server_object *job, int64_t time)
{
    struct server_rate *rate = &job->job->rate;
    int64_t portion = allowed(job);
    if (rate->end) {
        count_interval(job->job);
        rate->last_use = rate->interval_use;
    }
    rate->interval_use = 0;
    /* What was left over is gone, what was too much is owed; never more than a second's worth. */
    if (rate->left > 0)
        rate->left = 0;
    if (rate->left < -10 * portion)
        rate->left = -10 * portion;
    rate->left += portion;
    rate->end = time - rate->end > 0 && time - rate->end < INTERVAL ? rate->end + INTERVAL : time + INTERVAL;
}

/* When to look at the job again. */
static int64_t check(struct server_object *job, int64_t time)
{
    struct server_rate *rate = &job->job->rate;
    int64_t used = use_of(job), delta = used - rate->used;
    rate->used = used;
    if (delta > 0) {
        rate->left -= delta;
        rate->interval_use += delta;
    }
    if (time >= rate->end)
        begin_interval(job, time);
    if (rate->left <= 0 && allowed(job) < INTERVAL * processors()) {
        rate->exceeded = true;
        pause_job(job, rate->end + -rate->left / allowed(job) * INTERVAL);
        return rate->end;
    }
    int64_t soonest = rate->left / processors();
    if (!rate->last_use && !rate->interval_use) /* nothing runs: a burst is paid for afterwards */
        return rate->end;
    if (soonest < MILLISECOND)
        soonest = MILLISECOND;
    return time + soonest < rate->end ? time + soonest : rate->end;
}

int server_rates_check(void)
{
    static int64_t next, next_look;
    int64_t time = 0, soonest = INT64_MAX;
    bool any = false;
    for (struct server_job *job = server_jobs; job; job = job->next)
        any |= is_controlled(job) && job->active;
    if (!any) {
        next = 0;
        return -1;
    }
    time = now();
    if (time >= next) {
        if (time >= next_look) {
            look_at_machine();
            next_look = time + INTERVAL;
        }
        for (struct server_job *job = server_jobs; job; job = job->next) {
            if (!is_controlled(job) || !job->active)
                continue;
            int64_t again = check(job->object, time);
            soonest = again < soonest ? again : soonest;
        }
        next = soonest;
        time = now();
    }
    return next > time ? (int)((next - time + MILLISECOND - 1) / MILLISECOND) : 0;
}

NTSTATUS server_set_rate(struct server_job *job, const uint32_t *wanted)
{
    uint32_t flags = wanted[0], value = wanted[1];
    if (flags & ~31u || (!(flags & ENABLE) && flags) || (flags & RANGE && flags & (WEIGHT | HARD_CAP)))
        return STATUS_INVALID_PARAMETER;
    if (flags & ENABLE) {
        uint32_t low = flags & RANGE ? value & 0xffff : value, high = flags & RANGE ? value >> 16 : value;
        if (flags & WEIGHT ? value < 1 || value > 9 : !high || high > WHOLE || low > high)
            return STATUS_INVALID_PARAMETER;
    }
    job->cpu_rate[0] = flags;
    job->cpu_rate[1] = flags ? value : 0;
    job->rate = (struct server_rate){0};
    if (flags)
        job->rate.used = use_of(job->object);
    return STATUS_SUCCESS;
}
