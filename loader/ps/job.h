/*
 * Jobs for those who make processes.
 */
#ifndef PS_JOB_H
#define PS_JOB_H

#include "ke/dispatcher.h"
#include "ps/ps.h"

struct ps_job;

/* What this process has put into a job (job_journal.c). */
struct ps_job_journal {
    struct ps_job *next, **place; /* among all with a journal; place NULL: there is nothing in it */
    struct ps_job_setting *settings;
    struct ps_job_member *members;
    unsigned count, room;
    uint32_t token; /* of the completion port; 0 */
    uint32_t pass;
};

struct ps_job {
    struct ke_dispatcher_object header;
    struct ps_job_journal journal;
};

/* Puts a process into a job (an object of ps_job_type). */
NTSTATUS ps_job_assign(void *job, struct ps_process *process);

/* To be told to the next session server, should this one die. */
void ps_job_note_setting(struct ps_job *job, uint32_t class, const void *data, uint32_t size);
void ps_job_note_port(struct ps_job *job, uint32_t token);
void ps_job_note_member(struct ps_job *job, uint32_t pid, int page);
void ps_job_forget(struct ps_job *job);

/* The job has become known to a server: tells it what is noted. */
void ps_job_published(void *job);

#endif
