/*
 * What this process has put into its jobs. A session server that dies takes its jobs along; the next one is
 * told what is noted here, so that limits go on to hold and members still end with the job's last handle.
 */
#include "ps/job.h"
#include "ob/share.h"
#include "session/session.h"
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <gastwirt/job.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct ps_job_setting {
    struct ps_job_setting *next;
    uint32_t class, size;
    uint8_t data[];
};

struct ps_job_member {
    uint32_t pid;
    int pidfd; /* the number is that process's while this is open */
    int page;  /* -1 */
};

/* Guards all journals. Rank: the server is asked under it, nothing else is taken. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct ps_job *jobs; /* with a journal that is not empty */

static void tell_all(void)
{
    static uint32_t passes;
    pthread_mutex_lock(&lock);
    const uint32_t pass = ++passes;
    for (struct ps_job *job = jobs; job;) {
        if (job->journal.pass == pass || !ob_reference_living(job)) {
            job = job->journal.next;
            continue;
        }
        job->journal.pass = pass;
        pthread_mutex_unlock(&lock);
        ob_share(job); /* which tells the new server, see ps_job_published */
        ob_dereference(job);
        pthread_mutex_lock(&lock);
        job = jobs;
    }
    pthread_mutex_unlock(&lock);
}

static void list(struct ps_job *job)
{
    if (job->journal.place)
        return;
    job->journal.next = jobs;
    job->journal.place = &jobs;
    if (jobs)
        jobs->journal.place = &job->journal.next;
    jobs = job;
    session_on_loss(tell_all);
}

static void drop_member(struct ps_job_journal *journal, unsigned i)
{
    close(journal->members[i].pidfd);
    if (journal->members[i].page >= 0)
        close(journal->members[i].page);
    journal->members[i] = journal->members[--journal->count];
}

static bool lives(const struct ps_job_member *member)
{
    struct pollfd state = {.fd = member->pidfd, .events = POLLIN};
    return poll(&state, 1, 0) == 0;
}

void ps_job_note_setting(struct ps_job *job, uint32_t class, const void *data, uint32_t size)
{
    struct ps_job_journal *journal = &job->journal;
    struct ps_job_setting *setting = malloc(sizeof *setting + size);
    if (!setting)
        return;
    *setting = (struct ps_job_setting){.class = class, .size = size};
    memcpy(setting->data, data, size);
    pthread_mutex_lock(&lock);
    struct ps_job_setting **place = &journal->settings, *old = NULL;
    while (*place) { /* the last word comes last */
        if ((*place)->class == class) {
            old = *place;
            *place = old->next;
        } else {
            place = &(*place)->next;
        }
    }
    *place = setting;
    list(job);
    pthread_mutex_unlock(&lock);
    free(old);
}

void ps_job_note_port(struct ps_job *job, uint32_t token)
{
    struct ps_job_journal *journal = &job->journal;
    pthread_mutex_lock(&lock);
    journal->token = token;
    list(job);
    pthread_mutex_unlock(&lock);
}

void ps_job_note_member(struct ps_job *job, uint32_t pid, int page)
{
    struct ps_job_journal *journal = &job->journal;
    struct ps_job_member member = {pid, (int)syscall(SYS_pidfd_open, pid, 0), -1};
    if (member.pidfd < 0)
        return;
    if (page >= 0)
        member.page = fcntl(page, F_DUPFD_CLOEXEC, 3);
    pthread_mutex_lock(&lock);
    if (journal->count == journal->room) {
        for (unsigned i = journal->count; i-- > 0;)
            if (!lives(&journal->members[i]))
                drop_member(journal, i);
        unsigned room = journal->count * 2 + 4;
        struct ps_job_member *more = journal->count < journal->room
                                         ? NULL
                                         : realloc(journal->members, room * sizeof *more);
        if (more) {
            journal->members = more;
            journal->room = room;
        }
    }
    bool noted = journal->count < journal->room;
    if (noted)
        journal->members[journal->count++] = member;
    list(job);
    pthread_mutex_unlock(&lock);
    if (!noted) {
        close(member.pidfd);
        if (member.page >= 0)
            close(member.page);
    }
}

void ps_job_forget(struct ps_job *job)
{
    struct ps_job_journal *journal = &job->journal;
    pthread_mutex_lock(&lock);
    if (journal->place) {
        *journal->place = journal->next;
        if (journal->next)
            journal->next->journal.place = journal->place;
    }
    pthread_mutex_unlock(&lock);
    while (journal->count)
        drop_member(journal, 0);
    free(journal->members);
    while (journal->settings) {
        struct ps_job_setting *next = journal->settings->next;
        free(journal->settings);
        journal->settings = next;
    }
}

/* ---------------------------------------------------------------- telling another server */

static int parent_of(int pid)
{
    char path[64], text[512];
    int parent = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = 0;
    const char *end = strrchr(text, ')'); /* the name may contain anything */
    return end && sscanf(end + 1, " %*c %d", &parent) == 1 ? parent : 0;
}

static bool is_member(const struct ps_job_journal *journal, int pid)
{
    for (unsigned i = 0; i < journal->count; i++)
        if (journal->members[i].pid == (uint32_t)pid)
            return true;
    return false;
}

/* Is a member among its ancestors? */
static bool descends(const struct ps_job_journal *journal, int pid)
{
    for (int depth = 0; depth < 64 && pid > 1; depth++) {
        pid = parent_of(pid);
        if (is_member(journal, pid))
            return true;
    }
    return false;
}

/* What the members have started is in the job as well, unless it could have left. */
static void tell_descendants(struct ps_job_journal *journal, struct gw_connection *connection,
                             uint32_t handle)
{
    DIR *processes = opendir("/proc");
    for (struct dirent *entry; processes && (entry = readdir(processes));) {
        int pid = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;
        struct gw_assign_job_in in = {.handle = handle, .pid = (uint32_t)pid, .page = -1};
        if (pid && !is_member(journal, pid) && descends(journal, pid))
            gw_assign_job(connection, &in);
    }
    if (processes)
        closedir(processes);
}

void ps_job_published(void *object)
{
    struct ps_job *job = object;
    struct ps_job_journal *journal = &job->journal;
    const uint32_t handle = job->header.object.shared->handle;
    struct gw_connection *connection;
    bool breakaway = false;
    pthread_mutex_lock(&lock);
    if (journal->place && NT_SUCCESS(session_connect(false, &connection))) {
        for (struct ps_job_setting *setting = journal->settings; setting; setting = setting->next) {
            struct gw_set_job_in in = {
                .handle = handle, .class = setting->class, .data = setting->data, .data_size = setting->size};
            uint32_t flags = 0;
            if ((setting->class == GW_JOB_BASIC_LIMIT || setting->class == GW_JOB_EXTENDED_LIMIT) &&
                setting->size >= 20)
                memcpy(&flags, setting->data + 16, sizeof flags);
            breakaway |= (flags & (GW_JOB_BREAKAWAY_OK | GW_JOB_SILENT_BREAKAWAY)) != 0;
            gw_set_job(connection, &in);
        }
        for (unsigned i = journal->count; i-- > 0;) {
            struct gw_assign_job_in in = {
                .handle = handle, .pid = journal->members[i].pid, .page = journal->members[i].page};
            if (lives(&journal->members[i]))
                gw_assign_job(connection, &in);
            else
                drop_member(journal, i);
        }
        if (journal->count && !breakaway)
            tell_descendants(journal, connection, handle);
        if (journal->token) { /* last: what is there already is no news */
            struct gw_set_job_port_in in = {.handle = handle, .attach = 1, .token = journal->token};
            gw_set_job_port(connection, &in);
        }
    }
    pthread_mutex_unlock(&lock);
}
