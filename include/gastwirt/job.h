/*
 * Job objects as the two sides of the protocol see them: information classes with their 64-bit structures,
 * limit flags, messages. Facts from winnt.h, under names that do not collide with it.
 */
#ifndef GASTWIRT_JOB_H
#define GASTWIRT_JOB_H

#include <stdint.h>

enum gw_job_class {
    GW_JOB_BASIC_ACCOUNTING = 1,
    GW_JOB_BASIC_LIMIT = 2,
    GW_JOB_PROCESS_IDS = 3,
    GW_JOB_UI_RESTRICTIONS = 4,
    GW_JOB_END_OF_JOB_TIME = 6,
    GW_JOB_COMPLETION_PORT = 7,
    GW_JOB_IO_ACCOUNTING = 8,
    GW_JOB_EXTENDED_LIMIT = 9,
    GW_JOB_GROUPS = 11,
    GW_JOB_NOTIFICATION = 12,
    GW_JOB_VIOLATION = 13,
    GW_JOB_GROUPS_EX = 14,
    GW_JOB_CPU_RATE = 15,
    GW_JOB_NET_RATE = 32,
    GW_JOB_NOTIFICATION2 = 33,
    GW_JOB_VIOLATION2 = 34
};

enum gw_job_limit {
    GW_JOB_WORKING_SET = 1,
    GW_JOB_PROCESS_TIME = 2,
    GW_JOB_TIME = 4,
    GW_JOB_ACTIVE_PROCESS = 8,
    GW_JOB_AFFINITY = 0x10,
    GW_JOB_PRIORITY_CLASS = 0x20,
    GW_JOB_PRESERVE_TIME = 0x40,
    GW_JOB_SCHEDULING_CLASS = 0x80,
    GW_JOB_PROCESS_MEMORY = 0x100,
    GW_JOB_MEMORY = 0x200,
    GW_JOB_DIE_ON_EXCEPTION = 0x400,
    GW_JOB_BREAKAWAY_OK = 0x800,
    GW_JOB_SILENT_BREAKAWAY = 0x1000,
    GW_JOB_KILL_ON_CLOSE = 0x2000,
    GW_JOB_SUBSET_AFFINITY = 0x4000,
    GW_JOB_MEMORY_LOW = 0x8000,
    GW_JOB_READ_BYTES = 0x10000,
    GW_JOB_WRITE_BYTES = 0x20000,
    GW_JOB_RATE_CONTROL = 0x40000, /* of the CPU */
    GW_JOB_IO_RATE_CONTROL = 0x80000,
    GW_JOB_NET_RATE_CONTROL = 0x100000,
    GW_JOB_BASIC_FLAGS = 0xff,
    GW_JOB_EXTENDED_FLAGS = 0x7fff,
    GW_JOB_NOTIFICATION_FLAGS = 0x70204,
    GW_JOB_NOTIFICATION2_FLAGS = 0x1f8204
};

enum gw_job_message {
    GW_JOB_MSG_END_OF_JOB_TIME = 1,
    GW_JOB_MSG_END_OF_PROCESS_TIME = 2,
    GW_JOB_MSG_ACTIVE_PROCESS_LIMIT = 3,
    GW_JOB_MSG_ACTIVE_PROCESS_ZERO = 4,
    GW_JOB_MSG_NEW_PROCESS = 6,
    GW_JOB_MSG_EXIT_PROCESS = 7,
    GW_JOB_MSG_ABNORMAL_EXIT_PROCESS = 8,
    GW_JOB_MSG_PROCESS_MEMORY_LIMIT = 9,
    GW_JOB_MSG_JOB_MEMORY_LIMIT = 10,
    GW_JOB_MSG_NOTIFICATION_LIMIT = 11
};

/* JOBOBJECT_EXTENDED_LIMIT_INFORMATION; the first 0x40 bytes are the basic one. */
struct gw_job_limits {
    int64_t process_time, job_time; /* user time, 100 ns */
    uint32_t flags, padding;
    uint64_t minimum_working_set, maximum_working_set;
    uint32_t active_processes, padding2;
    uint64_t affinity;
    uint32_t priority_class, scheduling_class;
    uint64_t io[6];
    uint64_t process_memory, job_memory, peak_process_memory, peak_job_memory;
};
enum { GW_JOB_BASIC_LIMIT_SIZE = 0x40 };
_Static_assert(sizeof(struct gw_job_limits) == 0x90, "JOBOBJECT_EXTENDED_LIMIT_INFORMATION");

/* JOBOBJECT_BASIC_AND_IO_ACCOUNTING_INFORMATION; the first 0x30 bytes are the basic one. */
struct gw_job_accounting {
    int64_t user, kernel, period_user, period_kernel;
    uint32_t page_faults, total, active, terminated;
    uint64_t io[6];
};
enum { GW_JOB_BASIC_ACCOUNTING_SIZE = 0x30 };
_Static_assert(sizeof(struct gw_job_accounting) == 0x60, "JOBOBJECT_BASIC_AND_IO_ACCOUNTING_INFORMATION");

/* JOBOBJECT_NOTIFICATION_LIMIT_INFORMATION_2; the first 0x30 bytes are the first version. */
struct gw_job_notification {
    uint64_t read_bytes, write_bytes;
    int64_t job_time;
    uint64_t job_memory;
    uint32_t tolerance, interval, flags, io_tolerance;
    uint64_t low_memory;
    uint32_t io_interval, net_tolerance, net_interval, padding;
};
enum { GW_JOB_NOTIFICATION_SIZE = 0x30 };
_Static_assert(sizeof(struct gw_job_notification) == 0x48, "JOBOBJECT_NOTIFICATION_LIMIT_INFORMATION_2");

/* JOBOBJECT_LIMIT_VIOLATION_INFORMATION_2; the first 0x50 bytes are the first version. */
struct gw_job_violation {
    uint32_t flags, violated;
    uint64_t read_bytes, read_limit, write_bytes, write_limit;
    int64_t job_time, job_time_limit;
    uint64_t job_memory, job_memory_limit;
    uint32_t tolerance, tolerance_limit;
    uint64_t low_memory_limit;
    uint32_t io_tolerance, io_tolerance_limit, net_tolerance, net_tolerance_limit;
};
enum { GW_JOB_VIOLATION_SIZE = 0x50 };
_Static_assert(sizeof(struct gw_job_violation) == 0x68, "JOBOBJECT_LIMIT_VIOLATION_INFORMATION_2");

/* How a child is to be started (request prepare_child). */
enum gw_child_flag { GW_CHILD_BREAKAWAY = 1, GW_CHILD_UNIX = 2 };

enum { GW_JOB_LIST_LIMIT = 16 }; /* jobs that a new process may be given */

#endif
