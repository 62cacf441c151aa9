/*
 * Jobs at the server: a process is a member of one job, its innermost, and through that of all jobs around
 * it.
 */
#ifndef SERVER_JOB_H
#define SERVER_JOB_H

#include "server.h"
#include <gastwirt/job.h>
#include <gastwirt/process_page.h>

/* What processes have used; times in 100 ns, I/O as in the accounting structure. */
struct server_usage {
    int64_t user, kernel;
    uint64_t io[6];
};

/* A job's CPU rate in force (job_rate.c); times in ns of CPU time. */
struct server_rate {
    int64_t end;             /* of the current interval, CLOCK_MONOTONIC; 0: none has begun */
    int64_t left;            /* of the interval's portion; below 0: owed */
    int64_t used, ended;     /* by all members when last looked at; by those that are no more */
    int64_t interval_use;    /* in this interval */
    int64_t last_use;        /* in the one before */
    bool exceeded;           /* the limit was met in this interval */
    uint32_t seen, at_limit; /* intervals of the current tolerance interval; those with the limit met */
};

struct server_job {
    struct server_object *object;     /* whose this is */
    struct server_object *parent;     /* the job around it, referenced; NULL */
    struct server_job *next, **place; /* among all jobs */
    struct gw_job_limits limits;
    struct gw_job_notification notification;
    struct gw_job_violation violation; /* since the last message */
    uint32_t ui, end_action;
    uint32_t cpu_rate[2];
    struct server_rate rate;
    uint32_t group_count; /* 0: as Windows starts it, all processors */
    struct {
        uint64_t mask;
        uint16_t group, reserved[3];
    } groups[4];
    struct server_client *port; /* who is told messages; NULL: nobody */
    uint32_t token;
    bool had_port;
    bool end_signals; /* its time is over: signalled when the last member has gone */
    uint32_t active, total, terminated;
    uint32_t endings; /* how often all members were ended: who was being started then ends too */
    int32_t ending_status;
    struct server_usage ended;          /* by processes that are no more */
    int64_t period_user, period_kernel; /* before the current period */
    uint64_t peak_process_memory, peak_job_memory;
};

/* A process in a job. */
struct server_member {
    struct server_watch watch;           /* its pidfd */
    struct server_member *next, **place; /* among all */
    struct server_member *hash_next;
    struct server_object *job; /* the innermost, referenced */
    uint32_t pid;
    int page; /* its memory file; -1: not known */
    uint32_t commit_failures;
    bool killed;                    /* for a limit */
    int64_t cpu_used, paused_until; /* see job_rate.c */
    struct server_usage seen;
};

extern struct server_member *server_members;
extern struct server_job *server_jobs;

struct server_member *server_member_find(uint32_t pid);

/* The job around, or NULL. */
static inline struct server_object *server_job_parent(const struct server_object *job)
{
    return job->job->parent;
}

/* Is it inner, or something around inner? */
bool server_job_is_around(const struct server_object *outer, const struct server_object *inner);

/* The job that a process of the client's parentage begins in, or NULL; STATUS_ACCESS_DENIED if it may not
 * break away. */
NTSTATUS server_job_inherited(uint32_t parent_pid, uint32_t flags, struct server_object **ret_job);

/* Would one more process be too many? up_to: the job around whose limits are met already; NULL. */
bool server_job_is_full(struct server_object *job, const struct server_object *up_to);

/* Consumes *page (sets it to -1). */
NTSTATUS server_job_assign(struct server_object *job, uint32_t pid, int *page);

/* Ends all processes in the job but the one with that pid. limit: because of one. */
void server_job_end(struct server_object *job, int32_t status, uint32_t except, bool limit);
void server_member_end(struct server_member *member, int32_t status, bool limit);

/* Tells the job's port; ..._chain: all ports from that job outwards. */
void server_job_post(struct server_object *job, uint32_t message, uint32_t pid);
void server_job_post_chain(struct server_object *job, uint32_t message, uint32_t pid);

/* The limits that a member has from all of its jobs, put into force. */
void server_member_apply(struct server_member *member);

/* What the process has used so far; what is not to be found out any more stays as it was. */
void server_member_measure(struct server_member *member);
/* ... and all processes of the job, ended ones as well. */
void server_job_measure(struct server_object *job, struct server_usage *ret_usage);
uint64_t server_job_memory(struct server_object *job); /* committed, bytes */

/* CPU rates: sets one (ControlFlags and the word behind); a member is new in the jobs from its innermost to
 * before up_to (NULL: all), or is about to leave. */
NTSTATUS server_set_rate(struct server_job *job, const uint32_t *wanted);
void server_rate_joined(struct server_member *member, struct server_object *up_to);
void server_rate_left(struct server_member *member);
/* Is somebody to be told when the rate is exceeded for too long; is it? *ret_tolerance: for how long, as
 * JOBOBJECT_RATE_CONTROL_TOLERANCE; 0: shorter than the lowest. */
bool server_rate_is_noted(const struct server_job *job);
bool server_rate_violated(const struct server_job *job, uint32_t *ret_tolerance);

/* Words of a member's page. */
bool server_member_read(const struct server_member *member, struct gw_process_page *ret_page);
void server_member_write(const struct server_member *member, size_t offset, const void *data, size_t size);

#endif
