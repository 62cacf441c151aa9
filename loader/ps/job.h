/*
 * Jobs for those who make processes.
 */
#ifndef PS_JOB_H
#define PS_JOB_H

#include "ps/ps.h"

/* Puts a process into a job (an object of ps_job_type). */
NTSTATUS ps_job_assign(void *job, struct ps_process *process);

#endif
