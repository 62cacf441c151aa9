/*
 * What jobs know about themselves: limits and how they are enforced, accounting, notifications.
 */
#include "job.h"
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
#include <time.h>
#include <unistd.h>

enum { CHECK_MS = 100, QUOTA_EXIT = 1816 /* ERROR_NOT_ENOUGH_QUOTA */ };

/* ---------------------------------------------------------------- what processes use */

bool server_member_read(const struct server_member *member, struct gw_process_page *ret_page)
{
    return member->page >= 0 && pread(member->page, ret_page, sizeof *ret_page, 0) == sizeof *ret_page;
}

void server_member_write(const struct server_member *member, size_t offset, const void *data, size_t size)
{
    if (member->page >= 0 && pwrite(member->page, data, size, (off_t)offset) != (ssize_t)size)
        return; /* somebody made the file shorter: it is their own loss */
}

/* A file of a process in /proc; what fits. */
static bool read_proc(uint32_t pid, const char *name, char *ret_text, size_t room)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%u/%s", pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t got = read(fd, ret_text, room - 1);
    close(fd);
    ret_text[got > 0 ? got : 0] = 0;
    return got > 0;
}

/* Field n of a stat line, counted from 1 as proc(5) does, from 3 on. */
static uint64_t stat_field(const char *text, int n)
{
    const char *p = strrchr(text, ')'); /* behind the name */
    for (int i = 2; p && i < n; i++) {
        p = strchr(p, ' ');
        p = p ? p + 1 : NULL;
    }
    return p ? strtoull(p, NULL, 10) : 0;
}

uint32_t server_parent_of(uint32_t pid)
{
    char text[1024];
    return read_proc(pid, "stat", text, sizeof text) ? (uint32_t)stat_field(text, 4) : 0;
}

size_t server_list_children(uint32_t pid, uint32_t *ret_pids, size_t room)
{
    size_t count = 0;
    struct dirent *entry;
    DIR *folder = opendir("/proc");
    while (folder && count < room && (entry = readdir(folder))) {
        uint32_t each = (uint32_t)strtoul(entry->d_name, NULL, 10);
        if (each && server_parent_of(each) == pid)
            ret_pids[count++] = each;
    }
    if (folder)
        closedir(folder);
    return count;
}

static void raise_to(int64_t *value, int64_t new)
{
    if (new > *value)
        *value = new;
}

void server_member_measure(struct server_member *member)
{
    static const char *const names[] = {"syscr: ", "syscw: ", "rchar: ", "wchar: "};
    static const int places[] = {0, 1, 3, 4}; /* in the accounting structure */
    struct server_usage *seen = &member->seen;
    struct gw_process_page page;
    char text[1024];
    if (server_member_read(member, &page) && page.ended) { /* it says so itself */
        seen->user = (int64_t)page.user_time;
        seen->kernel = (int64_t)page.kernel_time;
        memcpy(seen->io, page.io, sizeof seen->io);
        return;
    }
    if (read_proc(member->pid, "stat", text, sizeof text)) {
        int64_t tick = 10000000 / sysconf(_SC_CLK_TCK);
        raise_to(&seen->user, (int64_t)stat_field(text, 14) * tick);
        raise_to(&seen->kernel, (int64_t)stat_field(text, 15) * tick);
    }
    if (read_proc(member->pid, "io", text, sizeof text)) {
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            const char *found = strstr(text, names[i]);
            if (found)
                seen->io[places[i]] = strtoull(found + strlen(names[i]), NULL, 10);
        }
    }
}

void server_job_measure(struct server_object *job, struct server_usage *ret)
{
    *ret = job->job->ended;
    for (struct server_member *member = server_members; member; member = member->next) {
        if (!server_job_is_around(job, member->job))
            continue;
        server_member_measure(member);
        ret->user += member->seen.user;
        ret->kernel += member->seen.kernel;
        for (int i = 0; i < 6; i++)
            ret->io[i] += member->seen.io[i];
    }
}

uint64_t server_job_memory(struct server_object *object)
{
    struct server_job *job = object->job;
    struct gw_process_page page;
    uint64_t total = 0;
    for (struct server_member *member = server_members; member; member = member->next) {
        if (!server_job_is_around(object, member->job) || !server_member_read(member, &page))
            continue;
        total += page.committed;
        if (page.peak_committed > job->peak_process_memory)
            job->peak_process_memory = page.peak_committed;
    }
    if (total > job->peak_job_memory)
        job->peak_job_memory = total;
    return total;
}

/* ---------------------------------------------------------------- enforcing */

static void set_affinity(uint32_t pid, uint64_t mask)
{
    cpu_set_t set;
    char path[64];
    struct dirent *entry;
    CPU_ZERO(&set);
    for (int i = 0; i < 64; i++)
        if (mask >> i & 1)
            CPU_SET(i, &set);
    snprintf(path, sizeof path, "/proc/%u/task", pid);
    DIR *folder = opendir(path);
    while (folder && (entry = readdir(folder)))
        if (atoi(entry->d_name) > 0)
            sched_setaffinity(atoi(entry->d_name), sizeof set, &set);
    if (folder)
        closedir(folder);
}

/* The bytes a process may commit at most; 0: any. Of a job's memory it may have what the others leave. */
static uint64_t commit_limit(const struct server_member *member, const struct gw_process_page *page)
{
    uint64_t limit = 0;
    for (struct server_object *object = member->job; object; object = server_job_parent(object)) {
        const struct gw_job_limits *limits = &object->job->limits;
        if (limits->flags & GW_JOB_PROCESS_MEMORY && (!limit || limits->process_memory < limit))
            limit = limits->process_memory;
        if (limits->flags & GW_JOB_MEMORY) {
            uint64_t used = server_job_memory(object);
            uint64_t others = used > page->committed ? used - page->committed : 0;
            uint64_t rest = limits->job_memory > others ? limits->job_memory - others : 1;
            if (!limit || rest < limit)
                limit = rest;
        }
    }
    return limit;
}

static void apply_memory(struct server_member *member)
{
    struct gw_process_page page;
    if (!server_member_read(member, &page))
        return;
    uint64_t limit = commit_limit(member, &page);
    if (limit != page.commit_limit)
        server_member_write(member, offsetof(struct gw_process_page, commit_limit), &limit, sizeof limit);
}

void server_member_apply(struct server_member *member)
{
    /* Idle, below normal, normal, above normal, high, real time; the lowest of the chain holds. */
    static const uint8_t rank[] = {7, 1, 3, 5, 6, 2, 4};
    uint32_t priority = 0;
    uint64_t affinity = ~0ull;
    bool has_affinity = false;
    for (struct server_object *object = member->job; object; object = server_job_parent(object)) {
        const struct gw_job_limits *limits = &object->job->limits;
        if (limits->flags & GW_JOB_PRIORITY_CLASS && rank[limits->priority_class] < rank[priority])
            priority = limits->priority_class;
        if (limits->flags & GW_JOB_AFFINITY && affinity & limits->affinity) {
            affinity &= limits->affinity;
            has_affinity = true;
        }
    }
    server_member_write(member, offsetof(struct gw_process_page, job_priority), &priority, sizeof priority);
    if (has_affinity && !server.harmless)
        set_affinity(member->pid, affinity);
    apply_memory(member);
}

static void apply_to_members(struct server_object *job)
{
    for (struct server_member *member = server_members; member; member = member->next)
        if (server_job_is_around(job, member->job))
            server_member_apply(member);
}

/* User time of the period that began when the limit was set. */
static int64_t period_user(const struct server_job *job, const struct server_usage *usage)
{
    return usage->user - job->period_user;
}

static void check_job_time(struct server_object *object)
{
    struct server_job *job = object->job;
    struct server_usage usage;
    if (!job->active || !(job->limits.flags & GW_JOB_TIME))
        return;
    server_job_measure(object, &usage);
    if (period_user(job, &usage) < job->limits.job_time)
        return;
    job->limits.flags &= ~(uint32_t)GW_JOB_TIME;
    if (job->end_action && job->port) {
        server_job_post(object, GW_JOB_MSG_END_OF_JOB_TIME, 0);
    } else {
        job->end_signals = true;
        server_job_end(object, QUOTA_EXIT, 0, true);
    }
}

static uint32_t find_violations(struct server_object *object, struct gw_job_violation *ret)
{
    struct server_job *job = object->job;
    const struct gw_job_notification *wanted = &job->notification;
    struct server_usage usage;
    server_job_measure(object, &usage);
    *ret = (struct gw_job_violation){
        .flags = wanted->flags,
        .read_bytes = usage.io[3],
        .read_limit = wanted->read_bytes,
        .write_bytes = usage.io[4],
        .write_limit = wanted->write_bytes,
        .job_time = period_user(job, &usage),
        .job_time_limit = wanted->job_time,
        .job_memory = server_job_memory(object),
        .job_memory_limit = wanted->job_memory,
        .tolerance_limit = wanted->tolerance,
        .low_memory_limit = wanted->low_memory,
        .io_tolerance_limit = wanted->io_tolerance,
        .net_tolerance_limit = wanted->net_tolerance,
    };
    if (server_rate_violated(job, &ret->tolerance))
        ret->violated |= GW_JOB_RATE_CONTROL;
    if (wanted->flags & GW_JOB_READ_BYTES && ret->read_bytes > wanted->read_bytes)
        ret->violated |= GW_JOB_READ_BYTES;
    if (wanted->flags & GW_JOB_WRITE_BYTES && ret->write_bytes > wanted->write_bytes)
        ret->violated |= GW_JOB_WRITE_BYTES;
    if (wanted->flags & GW_JOB_TIME && ret->job_time > wanted->job_time)
        ret->violated |= GW_JOB_TIME;
    if (wanted->flags & GW_JOB_MEMORY && ret->job_memory > wanted->job_memory)
        ret->violated |= GW_JOB_MEMORY;
    if (wanted->flags & GW_JOB_MEMORY_LOW && ret->job_memory < wanted->low_memory)
        ret->violated |= GW_JOB_MEMORY_LOW;
    return ret->violated;
}

/* Told of once, until the information is read. */
static void check_notifications(struct server_object *object)
{
    struct server_job *job = object->job;
    struct gw_job_violation now;
    if ((!job->notification.flags && !server_rate_is_noted(job)) || !job->active || job->violation.violated ||
        !find_violations(object, &now))
        return;
    job->violation = now;
    server_job_post(object, GW_JOB_MSG_NOTIFICATION_LIMIT, 0);
}

static void check_member(struct server_member *member)
{
    struct gw_process_page page;
    bool measured = false;
    for (struct server_object *object = member->job; object; object = server_job_parent(object)) {
        const struct gw_job_limits *limits = &object->job->limits;
        if (!(limits->flags & GW_JOB_PROCESS_TIME) || member->killed)
            continue;
        if (!measured)
            server_member_measure(member);
        measured = true;
        if (member->seen.user >= limits->process_time) {
            server_job_post_chain(object, GW_JOB_MSG_END_OF_PROCESS_TIME, member->pid);
            server_member_end(member, QUOTA_EXIT, true);
        }
    }
    apply_memory(member);
    if (!server_member_read(member, &page) || page.commit_failures == member->commit_failures)
        return;
    member->commit_failures = page.commit_failures;
    for (struct server_object *object = member->job; object; object = server_job_parent(object)) {
        const struct gw_job_limits *limits = &object->job->limits;
        if (limits->flags & GW_JOB_PROCESS_MEMORY && limits->process_memory <= page.commit_limit)
            server_job_post(object, GW_JOB_MSG_PROCESS_MEMORY_LIMIT, member->pid);
        else if (limits->flags & GW_JOB_MEMORY)
            server_job_post(object, GW_JOB_MSG_JOB_MEMORY_LIMIT, member->pid);
    }
}

static bool needs_checks(void)
{
    for (struct server_job *job = server_jobs; job; job = job->next)
        if (job->active &&
            (job->notification.flags || server_rate_is_noted(job) ||
             job->limits.flags & (GW_JOB_PROCESS_TIME | GW_JOB_TIME | GW_JOB_PROCESS_MEMORY | GW_JOB_MEMORY)))
            return true;
    return false;
}

int server_jobs_check(void)
{
    static int64_t next;
    struct timespec time;
    if (!server_members || !needs_checks())
        return -1;
    clock_gettime(CLOCK_MONOTONIC, &time);
    int64_t now = time.tv_sec * 1000ll + time.tv_nsec / 1000000;
    if (now < next)
        return (int)(next - now);
    next = now + CHECK_MS;
    for (struct server_member *member = server_members; member; member = member->next)
        check_member(member);
    for (struct server_job *job = server_jobs; job; job = job->next) {
        check_job_time(job->object);
        check_notifications(job->object);
    }
    return CHECK_MS;
}

/* ---------------------------------------------------------------- setting */

static uint64_t processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count >= 64 ? ~0ull : (1ull << count) - 1;
}

static NTSTATUS check_limits(const struct gw_job_limits *limits, uint32_t valid)
{
    uint32_t flags = limits->flags;
    if (flags & ~valid)
        return STATUS_INVALID_PARAMETER;
    if (flags & GW_JOB_WORKING_SET) {
        if (!limits->minimum_working_set != !limits->maximum_working_set ||
            limits->minimum_working_set > limits->maximum_working_set)
            return STATUS_INVALID_PARAMETER;
    }
    if ((flags & GW_JOB_TIME && flags & GW_JOB_PRESERVE_TIME) ||
        (flags & GW_JOB_AFFINITY && (!limits->affinity || limits->affinity & ~processors())) ||
        (flags & GW_JOB_PRIORITY_CLASS && (!limits->priority_class || limits->priority_class > 6)) ||
        (flags & GW_JOB_SCHEDULING_CLASS && limits->scheduling_class > 9) ||
        (flags & GW_JOB_SUBSET_AFFINITY && !(flags & GW_JOB_AFFINITY)))
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

static NTSTATUS set_limits(struct server_object *object, const void *data, bool extended)
{
    struct server_job *job = object->job;
    struct gw_job_limits limits = job->limits;
    struct server_usage usage;
    memcpy(&limits, data, extended ? sizeof limits : GW_JOB_BASIC_LIMIT_SIZE);
    NTSTATUS status = check_limits(&limits, extended ? GW_JOB_EXTENDED_FLAGS : GW_JOB_BASIC_FLAGS);
    if (!NT_SUCCESS(status))
        return status;
    if (!extended) /* those are left as they were */
        limits.flags |= job->limits.flags & ~(uint32_t)GW_JOB_BASIC_FLAGS;
    if (limits.flags & GW_JOB_PRESERVE_TIME) {
        limits.flags = (limits.flags & ~(uint32_t)GW_JOB_PRESERVE_TIME) | (job->limits.flags & GW_JOB_TIME);
        limits.job_time = job->limits.job_time;
    } else if (limits.flags & GW_JOB_TIME) { /* a new period */
        server_job_measure(object, &usage);
        job->period_user = usage.user;
        job->period_kernel = usage.kernel;
    }
    job->limits = limits;
    apply_to_members(object);
    return STATUS_SUCCESS;
}

static NTSTATUS set_notification(struct server_job *job, const void *data, bool second)
{
    struct gw_job_notification wanted = {0};
    memcpy(&wanted, data, second ? sizeof wanted : GW_JOB_NOTIFICATION_SIZE);
    if (!second)
        wanted.io_tolerance = 0; /* it was padding */
    uint32_t valid = second ? GW_JOB_NOTIFICATION2_FLAGS : GW_JOB_NOTIFICATION_FLAGS;
    if (wanted.flags & ~valid ||
        (wanted.flags & GW_JOB_RATE_CONTROL && (wanted.tolerance > 3 || wanted.interval > 3)))
        return STATUS_INVALID_PARAMETER;
    job->notification = wanted;
    job->rate.seen = job->rate.at_limit = 0;
    memset(&job->violation, 0, sizeof job->violation);
    return STATUS_SUCCESS;
}

static NTSTATUS set_groups(struct server_job *job, const void *data, uint32_t size, bool extended)
{
    uint32_t unit = extended ? 16 : 2, count = size / unit;
    if (!count || size % unit || count > 1) /* there is one group */
        return STATUS_INVALID_PARAMETER;
    uint16_t group;
    uint64_t mask = processors();
    memcpy(&group, (const uint8_t *)data + (extended ? 8 : 0), sizeof group);
    if (extended)
        memcpy(&mask, data, sizeof mask);
    if (group || !mask || mask & ~processors())
        return STATUS_INVALID_PARAMETER;
    job->group_count = 1;
    job->groups[0].mask = mask;
    if (extended && mask != processors())
        for (struct server_member *member = server_members; member && !server.harmless; member = member->next)
            if (server_job_is_around(job->object, member->job))
                set_affinity(member->pid, mask);
    return STATUS_SUCCESS;
}

/* The bytes of a class with one size; 0: it has none. */
static uint32_t size_of(uint32_t class)
{
    switch (class) {
    case GW_JOB_BASIC_ACCOUNTING: return GW_JOB_BASIC_ACCOUNTING_SIZE;
    case GW_JOB_IO_ACCOUNTING: return sizeof(struct gw_job_accounting);
    case GW_JOB_BASIC_LIMIT: return GW_JOB_BASIC_LIMIT_SIZE;
    case GW_JOB_EXTENDED_LIMIT: return sizeof(struct gw_job_limits);
    case GW_JOB_UI_RESTRICTIONS:
    case GW_JOB_END_OF_JOB_TIME: return 4;
    case GW_JOB_NOTIFICATION: return GW_JOB_NOTIFICATION_SIZE;
    case GW_JOB_NOTIFICATION2: return sizeof(struct gw_job_notification);
    case GW_JOB_VIOLATION: return GW_JOB_VIOLATION_SIZE;
    case GW_JOB_VIOLATION2: return sizeof(struct gw_job_violation);
    case GW_JOB_CPU_RATE: return 8;
    case GW_JOB_NET_RATE: return 16;
    }
    return 0;
}

NTSTATUS serve_set_job(struct server_client *client, struct gw_set_job_in *in)
{
    struct server_object *object = server_handle_object(client, in->handle, GW_TYPE_JOB);
    uint32_t words[4] = {0};
    if (!object)
        return STATUS_INVALID_HANDLE;
    if (size_of(in->class) && size_of(in->class) != in->data_size)
        return STATUS_INFO_LENGTH_MISMATCH;
    struct server_job *job = object->job;
    if (in->data_size <= sizeof words)
        memcpy(words, in->data, in->data_size);
    switch (in->class) {
    case GW_JOB_BASIC_LIMIT: return set_limits(object, in->data, false);
    case GW_JOB_EXTENDED_LIMIT: return set_limits(object, in->data, true);
    case GW_JOB_UI_RESTRICTIONS:
        if (words[0] & ~0xffu)
            return STATUS_INVALID_PARAMETER;
        if (words[0] && job->parent) /* nested jobs have none */
            return STATUS_ACCESS_DENIED;
        job->ui = words[0];
        return STATUS_SUCCESS;
    case GW_JOB_END_OF_JOB_TIME:
        if (words[0] > 1)
            return STATUS_INVALID_PARAMETER;
        job->end_action = words[0];
        return STATUS_SUCCESS;
    case GW_JOB_NOTIFICATION: return set_notification(job, in->data, false);
    case GW_JOB_NOTIFICATION2: return set_notification(job, in->data, true);
    case GW_JOB_CPU_RATE: return server_set_rate(job, words);
    case GW_JOB_NET_RATE: /* there is no packet scheduler to ask: only "none" can be had */
        return words[2] & ~7u || (!(words[2] & 1) && words[2]) ? STATUS_INVALID_PARAMETER
               : words[2]                                      ? STATUS_NOT_SUPPORTED
                                                               : STATUS_SUCCESS;
    case GW_JOB_GROUPS:
    case GW_JOB_GROUPS_EX: return set_groups(job, in->data, in->data_size, in->class == GW_JOB_GROUPS_EX);
    }
    return STATUS_INVALID_INFO_CLASS;
}

/* ---------------------------------------------------------------- asking */

static void answer_accounting(struct server_object *object, struct gw_job_accounting *ret)
{
    struct server_job *job = object->job;
    struct server_usage usage;
    server_job_measure(object, &usage);
    *ret = (struct gw_job_accounting){
        .user = usage.user,
        .kernel = usage.kernel,
        .period_user = usage.user - job->period_user,
        .period_kernel = usage.kernel - job->period_kernel,
        .total = job->total,
        .active = job->active,
        .terminated = job->terminated,
    };
    memcpy(ret->io, usage.io, sizeof ret->io);
}

static void answer_limits(struct server_object *object, struct gw_job_limits *ret)
{
    struct server_job *job = object->job;
    server_job_memory(object);
    *ret = job->limits;
    ret->peak_process_memory = job->peak_process_memory;
    ret->peak_job_memory = job->peak_job_memory;
}

static NTSTATUS answer_groups(const struct server_job *job, bool extended, struct gw_query_job_out *out)
{
    uint8_t *to = out->data;
    uint64_t mask = job->group_count ? job->groups[0].mask : processors();
    if (out->data_size < 16)
        return STATUS_BUFFER_TOO_SMALL;
    memset(to, 0, 16);
    if (extended)
        memcpy(to, &mask, sizeof mask);
    out->data_size = extended ? 16 : 2;
    return STATUS_SUCCESS;
}

NTSTATUS serve_query_job(struct server_client *client, struct gw_query_job_in *in,
                         struct gw_query_job_out *out)
{
    struct server_member *self = server_member_find(client->pid);
    struct server_object *object = in->handle ? server_handle_object(client, in->handle, GW_TYPE_JOB)
                                   : self     ? self->job
                                              : NULL;
    static const uint32_t no_rate[4];
    uint32_t size = size_of(in->class);
    union {
        struct gw_job_limits limits;
        struct gw_job_accounting accounting;
    } answer;
    if (!object)
        return in->handle ? STATUS_INVALID_HANDLE : STATUS_NOT_FOUND;
    struct server_job *job = object->job;
    const void *from = &answer;
    switch (in->class) {
    case GW_JOB_BASIC_ACCOUNTING:
    case GW_JOB_IO_ACCOUNTING: answer_accounting(object, &answer.accounting); break;
    case GW_JOB_BASIC_LIMIT:
        answer_limits(object, &answer.limits);
        answer.limits.flags &= GW_JOB_BASIC_FLAGS;
        break;
    case GW_JOB_EXTENDED_LIMIT: answer_limits(object, &answer.limits); break;
    case GW_JOB_UI_RESTRICTIONS: from = &job->ui; break;
    case GW_JOB_END_OF_JOB_TIME: from = &job->end_action; break;
    case GW_JOB_NOTIFICATION:
    case GW_JOB_NOTIFICATION2: from = &job->notification; break;
    case GW_JOB_VIOLATION:
    case GW_JOB_VIOLATION2:
        find_violations(object, &job->violation);
        from = &job->violation;
        break;
    case GW_JOB_CPU_RATE: from = job->cpu_rate; break;
    case GW_JOB_NET_RATE: from = no_rate; break;
    case GW_JOB_GROUPS:
    case GW_JOB_GROUPS_EX: return answer_groups(job, in->class == GW_JOB_GROUPS_EX, out);
    default: return STATUS_INVALID_INFO_CLASS;
    }
    if (out->data_size < size)
        return STATUS_BUFFER_TOO_SMALL;
    memcpy(out->data, from, size);
    if (in->class == GW_JOB_VIOLATION || in->class == GW_JOB_VIOLATION2) /* told: from here on anew */
        job->violation.violated = 0;
    out->data_size = size;
    return STATUS_SUCCESS;
}
