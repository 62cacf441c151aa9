/*
 * Jobs: the processes in them, and their end with the job's last handle.
 */
#include "server.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MEMBER_LIMIT = 4096 };

static void remove_member(struct server_member *member)
{
    *member->place = member->next;
    if (member->next)
        member->next->place = member->place;
    server_watch_drop(&member->watch);
    free(member);
}

void server_member_ended(struct server_member *member)
{
    remove_member(member);
}

void server_job_destroy(struct server_object *job)
{
    while (job->members)
        remove_member(job->members); /* NOLINT(clang-analyzer-unix.Malloc): it moves job->members on */
}

void server_job_closed(struct server_object *job)
{
    if (job->kill_members && !server.harmless)
        for (struct server_member *member = job->members; member; member = member->next)
            syscall(SYS_pidfd_send_signal, member->watch.fd, SIGKILL, NULL, 0);
}

NTSTATUS serve_assign_job(struct server_client *client, struct gw_assign_job_in *in)
{
    struct server_object *job = server_handle_object(client, in->handle, GW_TYPE_JOB);
    uint32_t count = 0;
    if (!job)
        return STATUS_INVALID_HANDLE;
    for (struct server_member *member = job->members; member; member = member->next, count++)
        if (member->pid == in->pid)
            return STATUS_SUCCESS;
    if (!in->pid || in->pid > INT32_MAX || count >= MEMBER_LIMIT)
        return STATUS_INVALID_PARAMETER;
    struct server_member *member = calloc(1, sizeof *member);
    if (!member)
        return STATUS_NO_MEMORY;
    int fd = (int)syscall(SYS_pidfd_open, in->pid, 0);
    if (fd < 0 || !server_watch_add(&member->watch, SERVER_MEMBER, fd, EPOLLIN)) {
        NTSTATUS status = fd < 0 && errno == ESRCH ? STATUS_PROCESS_IS_TERMINATING
                                                   : STATUS_INSUFFICIENT_RESOURCES;
        if (fd >= 0)
            close(fd);
        free(member);
        return status;
    }
    member->pid = in->pid;
    member->job = job;
    member->next = job->members;
    member->place = &job->members;
    if (job->members)
        job->members->place = &member->next;
    job->members = member;
    job->member_total++;
    return STATUS_SUCCESS;
}

NTSTATUS serve_set_job(struct server_client *client, struct gw_set_job_in *in)
{
    struct server_object *job = server_handle_object(client, in->handle, GW_TYPE_JOB);
    if (!job)
        return STATUS_INVALID_HANDLE;
    job->kill_members = in->kill;
    return STATUS_SUCCESS;
}

NTSTATUS serve_list_job(struct server_client *client, struct gw_list_job_in *in, struct gw_list_job_out *out)
{
    struct server_object *job = server_handle_object(client, in->handle, GW_TYPE_JOB);
    uint32_t *pids = out->pids, count = 0, room = out->pids_size / 4;
    if (!job)
        return STATUS_INVALID_HANDLE;
    for (struct server_member *member = job->members; member && count < room; member = member->next)
        pids[count++] = member->pid;
    out->pids_size = count * 4;
    out->total = job->member_total;
    return STATUS_SUCCESS;
}
