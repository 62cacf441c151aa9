/*
 * Jobs: which processes are in them, how they get there, their end.
 */
#include "job.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    MEMBER_LIMIT = 16384,
    BUCKETS = 256,
    DEPTH_LIMIT = 64,
    QUOTA_EXIT = 1816 /* ERROR_NOT_ENOUGH_QUOTA */
};

struct server_member *server_members;
struct server_job *server_jobs;
static struct server_member **members_end = &server_members;
static struct server_member *buckets[BUCKETS];
static uint32_t member_count;

struct server_member *server_member_find(uint32_t pid)
{
    struct server_member *member = buckets[pid % BUCKETS];
    while (member && member->pid != pid)
        member = member->hash_next;
    return member;
}

bool server_job_is_around(const struct server_object *outer, const struct server_object *inner)
{
    while (inner && inner != outer)
        inner = server_job_parent(inner);
    return inner != NULL;
}

/* ---------------------------------------------------------------- messages */

void server_job_post(struct server_object *job, uint32_t message, uint32_t pid)
{
    struct gw_note_job_message_in in = {job->job->token, message, pid};
    if (job->job->port)
        notify_job_message(job->job->port, &in);
}

void server_job_post_chain(struct server_object *job, uint32_t message, uint32_t pid)
{
    for (; job; job = server_job_parent(job))
        server_job_post(job, message, pid);
}

void server_jobs_client_died(struct server_client *client)
{
    for (struct server_job *job = server_jobs; job; job = job->next)
        if (job->port == client)
            job->port = NULL;
    for (uint32_t i = 0; i < client->birth_count; i++)
        server_object_release(client->births[i]);
    client->birth_count = 0;
}

/* ---------------------------------------------------------------- jobs */

bool server_job_create(struct server_object *object)
{
    struct server_job *job = calloc(1, sizeof *job);
    if (!job)
        return false;
    job->object = object;
    job->next = server_jobs;
    job->place = &server_jobs;
    if (server_jobs)
        server_jobs->place = &job->next;
    server_jobs = job;
    object->job = job;
    return true;
}

void server_job_destroy(struct server_object *object)
{
    struct server_job *job = object->job;
    if (!job)
        return;
    *job->place = job->next;
    if (job->next)
        job->next->place = job->place;
    struct server_object *parent = job->parent;
    server_job_post(object, 0, 0); /* its client forgets the port */
    free(job);
    object->job = NULL;
    if (parent)
        server_object_release(parent);
}

uint32_t server_job_endings(const struct server_object *object)
{
    return object->job->endings;
}

void server_job_closed(struct server_object *object)
{
    if (object->job && object->job->limits.flags & GW_JOB_KILL_ON_CLOSE)
        server_job_end(object, 0, 0, false);
}

/* ---------------------------------------------------------------- the end of members */

/* A Unix program's own children are in no job of ours: they end with it as well. */
static void kill_descendants(uint32_t pid)
{
    uint32_t pids[256];
    size_t count = server_list_children(pid, pids, sizeof pids / sizeof *pids);
    for (size_t i = 0; i < count; i++) {
        int fd = (int)syscall(SYS_pidfd_open, pids[i], 0);
        if (fd < 0)
            continue;
        kill_descendants(pids[i]);
        if (server_parent_of(pids[i]) == pid)
            syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
        close(fd);
    }
}

void server_member_end(struct server_member *member, int32_t status, bool limit)
{
    struct gw_process_page page;
    uint32_t one = 1;
    member->killed |= limit;
    if (server.harmless)
        return;
    if (server_member_read(member, &page)) {
        if (!page.terminated) {
            server_member_write(member, offsetof(struct gw_process_page, terminate_status), &status,
                                sizeof status);
            server_member_write(member, offsetof(struct gw_process_page, terminated), &one, sizeof one);
        }
    } else {
        kill_descendants(member->pid);
    }
    syscall(SYS_pidfd_send_signal, member->watch.fd, SIGKILL, NULL, 0);
}

void server_job_end(struct server_object *job, int32_t status, uint32_t except, bool limit)
{
    job->job->endings++;
    job->job->ending_status = status;
    for (struct server_member *member = server_members; member; member = member->next)
        if (member->pid != except && server_job_is_around(job, member->job))
            server_member_end(member, status, limit);
}

static bool is_abnormal(uint32_t status)
{
    /* The exit codes that the documentation of the message lists. */
    static const uint32_t codes[] = {
        0xc0000005, 0xc000008c, 0x80000003, 0xc000013a, 0x80000002, 0xc000008d, 0xc000008e, 0xc000008f,
        0xc0000090, 0xc0000091, 0xc0000092, 0xc0000093, 0x80000001, 0xc000001d, 0xc0000094, 0xc0000095,
        0xc0000006, 0xc0000026, 0xc0000025, 0xc0000096, 0xc00002c9, 0x80000004, 0xc00000fd,
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i] == status)
            return true;
    return false;
}

static void remove_member(struct server_member *member)
{
    struct server_member **place = &buckets[member->pid % BUCKETS];
    while (*place != member)
        place = &(*place)->hash_next;
    *place = member->hash_next;
    *member->place = member->next;
    if (member->next)
        member->next->place = member->place;
    else
        members_end = member->place;
    member_count--;
    server_watch_drop(&member->watch);
    if (member->page >= 0)
        close(member->page);
    free(member);
}

void server_member_ended(struct server_member *member)
{
    struct server_object *innermost = member->job;
    uint32_t status = 0, pid = member->pid;
    bool killed = member->killed;
    struct gw_process_page page;
    uint64_t peak = 0;
    server_member_measure(member);
    server_rate_left(member);
    if (server_member_read(member, &page)) {
        status = (uint32_t)(page.ended ? page.exit_status : page.terminated ? page.terminate_status : 0);
        peak = page.peak_committed;
    }
    struct server_usage used = member->seen;
    remove_member(member);
    for (struct server_object *object = innermost; object; object = server_job_parent(object)) {
        struct server_job *job = object->job;
        job->active--;
        job->terminated += killed;
        job->ended.user += used.user;
        job->ended.kernel += used.kernel;
        for (int i = 0; i < 6; i++)
            job->ended.io[i] += used.io[i];
        if (peak > job->peak_process_memory)
            job->peak_process_memory = peak;
        server_job_post(
            object, is_abnormal(status) ? GW_JOB_MSG_ABNORMAL_EXIT_PROCESS : GW_JOB_MSG_EXIT_PROCESS, pid);
        if (!job->active) {
            server_job_post(object, GW_JOB_MSG_ACTIVE_PROCESS_ZERO, 0);
            if (job->end_signals)
                server_state_signal(object);
        }
    }
    server_object_release(innermost);
}

/* ---------------------------------------------------------------- joining */

bool server_job_is_full(struct server_object *object, const struct server_object *up_to)
{
    for (; object && object != up_to; object = server_job_parent(object)) {
        struct server_job *job = object->job;
        if (job->limits.flags & GW_JOB_ACTIVE_PROCESS && job->active >= job->limits.active_processes)
            return true;
    }
    return false;
}

NTSTATUS server_job_inherited(uint32_t parent_pid, uint32_t flags, struct server_object **ret_job)
{
    struct server_member *parent = server_member_find(parent_pid);
    struct server_object *job = parent ? parent->job : NULL;
    bool breakaway = flags & GW_CHILD_BREAKAWAY;
    if (job && breakaway && !(job->job->limits.flags & (GW_JOB_BREAKAWAY_OK | GW_JOB_SILENT_BREAKAWAY)))
        return STATUS_ACCESS_DENIED;
    /* Outwards as far as the jobs allow it. */
    while (job && job->job->limits.flags & (GW_JOB_SILENT_BREAKAWAY | (breakaway ? GW_JOB_BREAKAWAY_OK : 0)))
        job = server_job_parent(job);
    *ret_job = job;
    return STATUS_SUCCESS;
}

static bool is_memory_file(int fd)
{
    return fd >= 0 && fcntl(fd, F_GET_SEALS) >= 0;
}

static void take_page(struct server_member *member, int *page)
{
    uint32_t one = 1;
    if (member->page >= 0 || !is_memory_file(*page))
        return;
    member->page = *page;
    *page = -1;
    server_member_write(member, offsetof(struct gw_process_page, in_job), &one, sizeof one);
}

static NTSTATUS create_member(uint32_t pid, struct server_member **ret_member)
{
    if (!pid || pid > INT32_MAX || member_count >= MEMBER_LIMIT)
        return STATUS_INVALID_PARAMETER;
    struct server_member *member = calloc(1, sizeof *member);
    if (!member)
        return STATUS_NO_MEMORY;
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0 || !server_watch_add(&member->watch, SERVER_MEMBER, fd, EPOLLIN)) {
        NTSTATUS status = fd < 0 && errno == ESRCH ? STATUS_PROCESS_IS_TERMINATING
                                                   : STATUS_INSUFFICIENT_RESOURCES;
        if (fd >= 0)
            close(fd);
        free(member);
        return status;
    }
    member->pid = pid;
    member->page = -1;
    member->place = members_end; /* in the order of their coming */
    *members_end = member;
    members_end = &member->next;
    member->hash_next = buckets[pid % BUCKETS];
    buckets[pid % BUCKETS] = member;
    member_count++;
    *ret_member = member;
    return STATUS_SUCCESS;
}

/* A job that is to be the innermost of a process becomes the child of the one that is. */
static NTSTATUS nest(struct server_object *object, struct server_object *around)
{
    struct server_job *job = object->job;
    unsigned depth = 0;
    for (struct server_object *each = around; each; each = server_job_parent(each))
        depth++;
    if (job->parent || job->active || job->ui || around->job->ui || depth >= DEPTH_LIMIT)
        return STATUS_ACCESS_DENIED;
    around->references++;
    job->parent = around;
    return STATUS_SUCCESS;
}

NTSTATUS server_job_assign(struct server_object *job, uint32_t pid, int *page)
{
    struct server_member *member = server_member_find(pid);
    struct server_object *old = member ? member->job : NULL;
    NTSTATUS status = STATUS_SUCCESS;
    if (member)
        take_page(member, page);
    if (old && server_job_is_around(job, old))
        return STATUS_SUCCESS;
    if (old && !server_job_is_around(old, job))
        status = nest(job, old);
    bool full = NT_SUCCESS(status) && server_job_is_full(job, old);
    if (NT_SUCCESS(status) && !member) {
        status = create_member(pid, &member);
        if (NT_SUCCESS(status))
            take_page(member, page);
    }
    if (!NT_SUCCESS(status))
        return status;
    if (full) {
        for (struct server_object *each = job; each && each != old; each = server_job_parent(each))
            if (server_job_is_full(each, server_job_parent(each)))
                server_job_post_chain(each, GW_JOB_MSG_ACTIVE_PROCESS_LIMIT, 0);
        server_member_end(member, QUOTA_EXIT, false);
        if (!old)
            remove_member(member);
        return STATUS_QUOTA_EXCEEDED;
    }
    job->references++;
    member->job = job;
    if (old)
        old->references--; /* the new one is inside it and keeps it */
    for (struct server_object *each = job; each && each != old; each = server_job_parent(each)) {
        each->job->active++;
        each->job->total++;
        server_job_post(each, GW_JOB_MSG_NEW_PROCESS, pid);
    }
    server_rate_joined(member, old);
    server_member_apply(member);
    return STATUS_SUCCESS;
}

/* ---------------------------------------------------------------- requests */

static struct server_object *job_of(struct server_client *client, uint32_t handle)
{
    return server_handle_object(client, handle, GW_TYPE_JOB);
}

NTSTATUS serve_assign_job(struct server_client *client, struct gw_assign_job_in *in)
{
    struct server_object *job = job_of(client, in->handle);
    return job ? server_job_assign(job, in->pid, &in->page) : STATUS_INVALID_HANDLE;
}

/* The jobs that a child of the client is to be in, outermost first. */
static NTSTATUS jobs_of_child(struct server_client *client, uint32_t flags, const uint32_t *handles,
                              uint32_t size, struct server_object **jobs, uint32_t *ret_count)
{
    struct server_object *inherited;
    uint32_t count = 0;
    if (size / 4 > GW_JOB_LIST_LIMIT)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = server_job_inherited(client->pid, flags, &inherited);
    if (!NT_SUCCESS(status))
        return status;
    if (inherited)
        jobs[count++] = inherited;
    for (uint32_t i = 0; i < size / 4; i++) {
        jobs[count] = job_of(client, handles[i]);
        if (!jobs[count++])
            return STATUS_INVALID_HANDLE;
    }
    *ret_count = count;
    return STATUS_SUCCESS;
}

NTSTATUS server_child_jobs(struct server_client *client, struct gw_prepare_child_in *in,
                           struct server_object **jobs, uint32_t *ret_count)
{
    NTSTATUS status = jobs_of_child(client, in->flags, in->jobs, in->jobs_size, jobs, ret_count);
    for (uint32_t i = 0; i < *ret_count && NT_SUCCESS(status); i++) {
        if (server_job_is_full(jobs[i],
                               i && server_job_is_around(jobs[i - 1], jobs[i]) ? jobs[i - 1] : NULL)) {
            server_job_post_chain(jobs[i], GW_JOB_MSG_ACTIVE_PROCESS_LIMIT, 0);
            status = STATUS_QUOTA_EXCEEDED;
        }
    }
    return status;
}

NTSTATUS serve_join_child(struct server_client *client, struct gw_join_child_in *in)
{
    struct server_object *jobs[GW_JOB_LIST_LIMIT + 1];
    struct server_member *member = server_member_find(in->pid);
    uint32_t count = 0;
    NTSTATUS status = jobs_of_child(client, in->flags, in->jobs, in->jobs_size, jobs, &count);
    if (member)
        take_page(member, &in->page);
    for (uint32_t i = 0; i < count && NT_SUCCESS(status); i++)
        status = server_job_assign(jobs[i], in->pid, &in->page);
    return status;
}

/* A child speaks for the first time: from now on it is where its parent wanted it, whatever became of that
 * one.
 */
void server_child_arrived(struct server_client *child)
{
    int page = -1;
    for (uint32_t i = 0; i < child->birth_count; i++) {
        struct server_object *job = child->births[i];
        NTSTATUS status = server_job_assign(job, child->pid, &page);
        struct server_member *member = server_member_find(child->pid);
        if (NT_SUCCESS(status) && member && job->job->endings != child->birth_endings[i])
            server_member_end(member, job->job->ending_status, false);
        server_object_release(job);
    }
    child->birth_count = 0;
}

NTSTATUS serve_in_job(struct server_client *client, struct gw_in_job_in *in, struct gw_in_job_out *out)
{
    struct server_object *job = in->handle ? job_of(client, in->handle) : NULL;
    struct server_member *member = server_member_find(in->pid);
    if (in->handle && !job)
        return STATUS_INVALID_HANDLE;
    out->inside = member && (!job || server_job_is_around(job, member->job));
    return STATUS_SUCCESS;
}

NTSTATUS serve_terminate_job(struct server_client *client, struct gw_terminate_job_in *in,
                             struct gw_terminate_job_out *out)
{
    struct server_object *job = job_of(client, in->handle);
    struct server_member *self = server_member_find(client->pid);
    if (!job)
        return STATUS_INVALID_HANDLE;
    server_job_end(job, in->exit_status, client->pid, false);
    out->self = self && server_job_is_around(job, self->job);
    return STATUS_SUCCESS;
}

NTSTATUS serve_set_job_port(struct server_client *client, struct gw_set_job_port_in *in)
{
    struct server_object *object = job_of(client, in->handle);
    if (!object)
        return STATUS_INVALID_HANDLE;
    struct server_job *job = object->job;
    if (!in->attach) {
        job->port = NULL;
        job->had_port = false;
        return STATUS_SUCCESS;
    }
    if (job->had_port)
        return STATUS_INVALID_PARAMETER;
    job->had_port = true;
    job->port = client;
    job->token = in->token;
    for (struct server_member *member = server_members; member; member = member->next)
        if (server_job_is_around(object, member->job))
            server_job_post(object, GW_JOB_MSG_NEW_PROCESS, member->pid);
    return STATUS_SUCCESS;
}

NTSTATUS serve_list_job(struct server_client *client, struct gw_list_job_in *in, struct gw_list_job_out *out)
{
    struct server_member *self = server_member_find(client->pid);
    struct server_object *job = in->handle ? job_of(client, in->handle) : self ? self->job : NULL;
    uint32_t *pids = out->pids, count = 0, room = out->pids_size / 4;
    if (!job)
        return in->handle ? STATUS_INVALID_HANDLE : STATUS_NOT_FOUND;
    for (struct server_member *member = server_members; member; member = member->next) {
        if (!server_job_is_around(job, member->job))
            continue;
        if (count < room)
            pids[count] = member->pid;
        count++;
    }
    out->assigned = count;
    out->pids_size = (count < room ? count : room) * 4;
    return STATUS_SUCCESS;
}
