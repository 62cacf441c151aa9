/*
 * Job objects: which processes belong to them, their limits as data, ending them all. The members of a job
 * that other processes may have are the server's knowledge.
 */
#include "ke/lock.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include "ob/share.h"
#include "ps/child.h"
#include "ps/thread.h"
#include <nt/syscalls.h>
#include <stdlib.h>
#include <string.h>

enum {
    JOB_OBJECT_ASSIGN_PROCESS = 1,
    JOB_OBJECT_SET_ATTRIBUTES = 2,
    JOB_OBJECT_QUERY = 4,
    JOB_OBJECT_TERMINATE = 8
};
enum { LIMIT_KILL_ON_JOB_CLOSE = 0x2000 };

/* JOBOBJECTINFOCLASS */
enum {
    BASIC_ACCOUNTING = 1,
    BASIC_LIMIT = 2,
    PROCESS_ID_LIST = 3,
    BASIC_UI_RESTRICTIONS = 4,
    END_OF_JOB_TIME = 6,
    BASIC_AND_IO_ACCOUNTING = 8,
    EXTENDED_LIMIT = 9,
    GROUP_INFORMATION = 11,
    CPU_RATE_CONTROL = 15,
};

struct extended_limit {
    struct {
        LARGE_INTEGER PerProcessUserTimeLimit, PerJobUserTimeLimit;
        ULONG LimitFlags;
        SIZE_T MinimumWorkingSetSize, MaximumWorkingSetSize;
        ULONG ActiveProcessLimit;
        ULONG_PTR Affinity;
        ULONG PriorityClass, SchedulingClass;
    } basic;
    ULONGLONG io[6];
    SIZE_T ProcessMemoryLimit, JobMemoryLimit, PeakProcessMemoryUsed, PeakJobMemoryUsed;
};
_Static_assert(sizeof(struct extended_limit) == 0x90, "JOBOBJECT_EXTENDED_LIMIT_INFORMATION");

struct ps_job {
    struct ke_dispatcher_object header;
    struct extended_limit limits; /* guarded, as is the rest, by the dispatcher lock */
    ULONG ui_restrictions, end_of_job_action;
    struct ps_process **members; /* each referenced */
    unsigned count, room;
    ULONG total, terminated;
};

/* A copy of the member list, each referenced; the caller frees it. */
static struct ps_process **copy_members(struct ps_job *job, unsigned *ret_count)
{
    struct ps_process **copy = NULL;
    unsigned room = 0;
    for (;;) {
        ke_lock();
        unsigned count = job->count;
        if (count <= room) {
            for (unsigned i = 0; i < count; i++) {
                copy[i] = job->members[i];
                ob_reference(copy[i]);
            }
            ke_unlock();
            *ret_count = count;
            return copy;
        }
        ke_unlock();
        free(copy);
        copy = malloc(count * sizeof *copy);
        room = copy ? count : 0;
        if (!copy) {
            *ret_count = 0;
            return NULL;
        }
    }
}

/* The members of a shared job: Unix pids, malloc'ed. */
static uint32_t *list_shared(struct ps_job *job, unsigned *ret_count, uint32_t *ret_total)
{
    enum { ROOM = 0x4000 };
    struct gw_connection *connection;
    struct gw_list_job_in in;
    struct gw_list_job_out out = {.pids = malloc(ROOM), .pids_size = ROOM};
    *ret_count = 0;
    if (!out.pids || !NT_SUCCESS(ob_share_handle(job, &connection, &in.handle)) ||
        !NT_SUCCESS(gw_list_job(connection, &in, &out))) {
        free(out.pids);
        return NULL;
    }
    *ret_count = out.pids_size / 4;
    if (ret_total)
        *ret_total = out.total;
    return out.pids;
}

static NTSTATUS end_shared(struct ps_job *job, NTSTATUS status)
{
    unsigned count;
    bool self = false;
    uint32_t *pids = list_shared(job, &count, NULL);
    for (unsigned i = 0; i < count; i++) {
        struct ps_process *process;
        if ((int)pids[i] == ps_current_process->unix_pid) {
            self = true;
        } else if (NT_SUCCESS(ps_process_open((int)pids[i], &process))) {
            ps_process_kill(process, status);
            ob_dereference(process);
        }
    }
    free(pids);
    if (self)
        ps_exit_process(status);
    return STATUS_SUCCESS;
}

static NTSTATUS end_members(struct ps_job *job, NTSTATUS status)
{
    unsigned count;
    bool self = false;
    if (job->header.object.shared)
        return end_shared(job, status);
    struct ps_process **members = copy_members(job, &count);
    for (unsigned i = 0; i < count; i++) {
        if (members[i] == ps_current_process)
            self = true;
        else
            ps_process_kill(members[i], status);
        ob_dereference(members[i]);
    }
    free(members);
    if (self)
        ps_exit_process(status);
    return STATUS_SUCCESS;
}

static void close_job(void *object, bool last_handle)
{
    struct ps_job *job = object;
    /* A shared one's last handle may be another process's: the server sees to it. */
    if (last_handle && !job->header.object.shared && job->limits.basic.LimitFlags & LIMIT_KILL_ON_JOB_CLOSE)
        end_members(job, 0);
}

static void destroy(void *object)
{
    struct ps_job *job = object;
    ke_lock();
    for (unsigned i = 0; i < job->count; i++)
        if (job->members[i]->job == job)
            job->members[i]->job = NULL;
    ke_unlock();
    for (unsigned i = 0; i < job->count; i++)
        ob_dereference(job->members[i]);
    free(job->members);
}

/* What processes that have a job see of its limits. */
struct published_job {
    struct extended_limit limits;
    ULONG ui_restrictions, end_of_job_action;
};
_Static_assert(sizeof(struct published_job) < GW_DATA_LIMIT, "an object's data");

static NTSTATUS publish(void *object, struct ob_publication *ret)
{
    struct ps_job *job = object;
    struct published_job *data = malloc(sizeof *data);
    if (!data)
        return STATUS_NO_MEMORY;
    *data = (struct published_job){job->limits, job->ui_restrictions, job->end_of_job_action};
    ret->data = data;
    ret->data_size = sizeof *data;
    return STATUS_SUCCESS;
}

static NTSTATUS adopt(struct ob_reception *reception, void **ret_object)
{
    (void)reception;
    struct ps_job *job = ob_create(&ps_job_type);
    if (!job)
        return STATUS_NO_MEMORY;
    ke_dispatcher_object_initialize(&job->header, KE_NOTIFICATION_EVENT, 0);
    *ret_object = job;
    return STATUS_SUCCESS;
}

static NTSTATUS assign_shared(struct ps_job *job, int unix_pid)
{
    struct gw_connection *connection;
    struct gw_assign_job_in in = {.pid = (uint32_t)unix_pid};
    NTSTATUS status = ob_share_handle(job, &connection, &in.handle);
    return NT_SUCCESS(status) ? gw_assign_job(connection, &in) : status;
}

static NTSTATUS set_shared_kill(struct ps_job *job)
{
    struct gw_connection *connection;
    struct gw_set_job_in in = {.kill = (job->limits.basic.LimitFlags & LIMIT_KILL_ON_JOB_CLOSE) != 0};
    NTSTATUS status = ob_share_handle(job, &connection, &in.handle);
    return NT_SUCCESS(status) ? gw_set_job(connection, &in) : status;
}

/* The limits as they are now, possibly set by another process. */
static NTSTATUS load_shared(struct ps_job *job)
{
    struct gw_connection *connection;
    struct published_job data;
    struct gw_read_data_in in;
    struct gw_read_data_out out = {.data = &data, .data_size = sizeof data};
    if (!job->header.object.shared)
        return STATUS_SUCCESS;
    NTSTATUS status = ob_share_handle(job, &connection, &in.handle);
    if (NT_SUCCESS(status))
        status = gw_read_data(connection, &in, &out);
    if (!NT_SUCCESS(status) || out.data_size != sizeof data)
        return status;
    ke_lock();
    job->limits = data.limits;
    job->ui_restrictions = data.ui_restrictions;
    job->end_of_job_action = data.end_of_job_action;
    ke_unlock();
    return STATUS_SUCCESS;
}

static NTSTATUS store_shared(struct ps_job *job)
{
    struct gw_connection *connection;
    struct published_job data = {job->limits, job->ui_restrictions, job->end_of_job_action};
    struct gw_write_data_in in = {.data = &data, .data_size = sizeof data};
    struct gw_write_data_out out;
    if (!job->header.object.shared)
        return STATUS_SUCCESS;
    NTSTATUS status = ob_share_handle(job, &connection, &in.handle);
    if (NT_SUCCESS(status))
        status = gw_write_data(connection, &in, &out);
    return NT_SUCCESS(status) ? set_shared_kill(job) : status;
}

/* Its members go to the server as well. */
static void published(void *object)
{
    struct ps_job *job = object;
    unsigned count;
    struct ps_process **members = copy_members(job, &count);
    for (unsigned i = 0; i < count; i++) {
        assign_shared(job, members[i]->unix_pid);
        ob_dereference(members[i]);
    }
    free(members);
    set_shared_kill(job);
}

static const struct ob_share_type job_share = {GW_TYPE_JOB, publish, adopt, published};

const struct ob_type ps_job_type = {
    .name = "Job",
    .size = sizeof(struct ps_job),
    .generic_read = READ_CONTROL | JOB_OBJECT_QUERY,
    .generic_write = READ_CONTROL | 0xb,
    .generic_execute = READ_CONTROL | SYNCHRONIZE,
    .all_access = STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0x3f,
    .waitable = true,
    .destroy = destroy,
    .close = close_job,
    .share = &job_share,
};

NTSTATUS NtCreateJobObject(HANDLE *JobHandle, ACCESS_MASK DesiredAccess, OBJECT_ATTRIBUTES *ObjectAttributes)
{
    struct ps_job *job = ob_create(&ps_job_type);
    if (!job)
        return STATUS_NO_MEMORY;
    ke_dispatcher_object_initialize(&job->header, KE_NOTIFICATION_EVENT, 0);
    return ob_insert(job, ObjectAttributes, DesiredAccess, JobHandle);
}

NTSTATUS NtOpenJobObject(HANDLE *JobHandle, ACCESS_MASK DesiredAccess, OBJECT_ATTRIBUTES *ObjectAttributes)
{
    return ob_open(&ps_job_type, ObjectAttributes, DesiredAccess, JobHandle);
}

NTSTATUS NtAssignProcessToJobObject(HANDLE JobHandle, HANDLE ProcessHandle)
{
    void *job_object, *process_object;
    NTSTATUS status = ob_handle_lookup(JobHandle, &ps_job_type, JOB_OBJECT_ASSIGN_PROCESS, &job_object);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_handle_lookup(ProcessHandle, &ps_process_type,
                              0x101 /* PROCESS_SET_QUOTA | PROCESS_TERMINATE */, &process_object);
    if (!NT_SUCCESS(status)) {
        ob_dereference(job_object);
        return status;
    }
    struct ps_job *job = job_object;
    struct ps_process *process = process_object;
    struct ps_process **bigger = NULL, **old = NULL;
    unsigned room = 0;
    for (;;) {
        ke_lock();
        if (job->count < job->room || room > job->room)
            break;
        room = job->room * 2 + 8;
        ke_unlock();
        free(bigger);
        bigger = malloc(room * sizeof *bigger);
        if (!bigger) {
            ob_dereference(job);
            ob_dereference(process);
            return STATUS_NO_MEMORY;
        }
    }
    if (room > job->room && job->count == job->room) {
        if (job->count)
            memcpy(bigger, job->members, job->count * sizeof *bigger);
        old = job->members;
        job->members = bigger;
        job->room = room;
    } else {
        old = bigger;
    }
    if (process->header.signal) {
        status = STATUS_PROCESS_IS_TERMINATING;
    } else if (process->job == job) {
        status = STATUS_SUCCESS;
    } else {
        process->job = job; /* nested jobs: the innermost is remembered */
        ob_reference(process);
        job->members[job->count++] = process;
        job->total++;
    }
    ke_unlock();
    free(old);
    if (NT_SUCCESS(status) && job->header.object.shared)
        status = assign_shared(job, process->unix_pid);
    ob_dereference(job);
    ob_dereference(process);
    return status;
}

NTSTATUS NtIsProcessInJob(HANDLE ProcessHandle, HANDLE JobHandle)
{
    void *process_object, *job_object = NULL;
    NTSTATUS status = ob_handle_lookup(ProcessHandle, &ps_process_type,
                                       0x1000 /* PROCESS_QUERY_LIMITED_INFORMATION */, &process_object);
    if (!NT_SUCCESS(status))
        return status;
    if (JobHandle)
        status = ob_handle_lookup(JobHandle, &ps_job_type, JOB_OBJECT_QUERY, &job_object);
    if (NT_SUCCESS(status)) {
        bool inside = false;
        struct ps_job *job = job_object;
        ke_lock();
        if (!job)
            inside = ((struct ps_process *)process_object)->job != NULL;
        for (unsigned i = 0; job && i < job->count; i++)
            inside |= job->members[i] == process_object;
        ke_unlock();
        if (job && job->header.object.shared && !inside) {
            unsigned count;
            uint32_t *pids = list_shared(job, &count, NULL);
            for (unsigned i = 0; i < count; i++)
                inside |= (int)pids[i] == ((struct ps_process *)process_object)->unix_pid;
            free(pids);
        }
        status = inside ? STATUS_PROCESS_IN_JOB : STATUS_PROCESS_NOT_IN_JOB;
        if (job)
            ob_dereference(job);
    }
    ob_dereference(process_object);
    return status;
}

NTSTATUS NtTerminateJobObject(HANDLE JobHandle, NTSTATUS ExitStatus)
{
    void *object;
    NTSTATUS status = ob_handle_lookup(JobHandle, &ps_job_type, JOB_OBJECT_TERMINATE, &object);
    if (!NT_SUCCESS(status))
        return status;
    status = end_members(object, ExitStatus);
    ob_dereference(object);
    return status;
}

/* Numbers of processes and their times. */
struct accounting {
    LARGE_INTEGER TotalUserTime, TotalKernelTime, ThisPeriodTotalUserTime, ThisPeriodTotalKernelTime;
    ULONG TotalPageFaultCount, TotalProcesses, ActiveProcesses, TotalTerminatedProcesses;
    ULONGLONG io[6];
};

static void account(struct ps_job *job, struct accounting *ret)
{
    memset(ret, 0, sizeof *ret);
    ke_lock();
    ret->TotalProcesses = job->total;
    for (unsigned i = 0; i < job->count; i++) {
        const struct ps_process *process = job->members[i];
        ret->ActiveProcesses += !process->header.signal;
        ret->TotalUserTime.QuadPart += (LONGLONG)process->user_time;
        ret->TotalKernelTime.QuadPart += (LONGLONG)process->kernel_time;
    }
    ke_unlock();
    if (job->header.object.shared) { /* times: of the members that this process knows */
        unsigned count;
        uint32_t total = ret->TotalProcesses;
        free(list_shared(job, &count, &total));
        ret->ActiveProcesses = count;
        ret->TotalProcesses = total;
    }
    ret->ThisPeriodTotalUserTime = ret->TotalUserTime;
    ret->ThisPeriodTotalKernelTime = ret->TotalKernelTime;
}

static NTSTATUS give_ids(struct ps_job *job, void *guest, ULONG length, ULONG *ret_length)
{
    unsigned count, active = 0;
    uint32_t *pids = NULL;
    struct ps_process **members = NULL;
    if (job->header.object.shared)
        pids = list_shared(job, &count, NULL);
    else
        members = copy_members(job, &count);
    struct {
        ULONG NumberOfAssignedProcesses, NumberOfProcessIdsInList;
    } head = {0, 0};
    NTSTATUS status = length < sizeof head + sizeof(ULONG_PTR) ? STATUS_INFO_LENGTH_MISMATCH : STATUS_SUCCESS;
    ULONG room = NT_SUCCESS(status) ? (ULONG)((length - sizeof head) / sizeof(ULONG_PTR)) : 0;
    for (unsigned i = 0; (pids || members) && i < count; i++) {
        ULONG_PTR id = pids ? pids[i] * 4ul : members[i]->id;
        if (pids || !members[i]->header.signal) {
            if (active < room && NT_SUCCESS(status))
                status = guest_copy((uint8_t *)guest + sizeof head + active * sizeof id, &id, sizeof id);
            active++;
        }
        if (members)
            ob_dereference(members[i]);
    }
    free(members);
    free(pids);
    head.NumberOfAssignedProcesses = active;
    head.NumberOfProcessIdsInList = active < room ? active : room;
    *ret_length = (ULONG)(sizeof head + head.NumberOfProcessIdsInList * sizeof(ULONG_PTR));
    if (NT_SUCCESS(status))
        status = guest_copy(guest, &head, sizeof head);
    return NT_SUCCESS(status) && active > room ? STATUS_BUFFER_OVERFLOW : status;
}

NTSTATUS NtQueryInformationJobObject(HANDLE JobHandle, ULONG JobObjectInformationClass,
                                     void *JobObjectInformation, ULONG JobObjectInformationLength,
                                     ULONG *ReturnLength)
{
    union {
        struct accounting accounting;
        struct extended_limit limits;
        ULONG words[4];
    } answer;
    ULONG length = 0;
    void *object = NULL;
    NTSTATUS status = STATUS_SUCCESS;
    if (JobHandle) {
        status = ob_handle_lookup(JobHandle, &ps_job_type, JOB_OBJECT_QUERY, &object);
    } else { /* the caller's own job */
        ke_lock();
        object = ps_current_process->job;
        if (object)
            ob_reference(object);
        ke_unlock();
        if (!object)
            status = STATUS_ACCESS_DENIED;
    }
    if (!NT_SUCCESS(status))
        return status;
    struct ps_job *job = object;
    status = load_shared(job);
    if (!NT_SUCCESS(status)) {
        ob_dereference(object);
        return status;
    }
    memset(&answer, 0, sizeof answer);
    switch (JobObjectInformationClass) {
    case BASIC_ACCOUNTING:
        length = offsetof(struct accounting, io);
        account(job, &answer.accounting);
        break;
    case BASIC_AND_IO_ACCOUNTING:
        length = sizeof answer.accounting;
        account(job, &answer.accounting);
        break;
    case BASIC_LIMIT:
    case EXTENDED_LIMIT:
        length = JobObjectInformationClass == BASIC_LIMIT ? sizeof answer.limits.basic : sizeof answer.limits;
        ke_lock();
        answer.limits = job->limits;
        ke_unlock();
        break;
    case BASIC_UI_RESTRICTIONS:
        length = sizeof(ULONG);
        answer.words[0] = job->ui_restrictions;
        break;
    case END_OF_JOB_TIME:
        length = sizeof(ULONG);
        answer.words[0] = job->end_of_job_action;
        break;
    case GROUP_INFORMATION: length = sizeof(USHORT); break;
    case CPU_RATE_CONTROL: length = 2 * sizeof(ULONG); break;
    case PROCESS_ID_LIST:
        status = give_ids(job, JobObjectInformation, JobObjectInformationLength, &length);
        break;
    default: status = STATUS_INVALID_INFO_CLASS;
    }
    ob_dereference(object);
    if (NT_SUCCESS(status) && JobObjectInformationClass != PROCESS_ID_LIST) {
        if (JobObjectInformationLength != length)
            status = STATUS_INFO_LENGTH_MISMATCH;
        else
            status = guest_copy(JobObjectInformation, &answer, length);
    }
    if (ReturnLength && (NT_SUCCESS(status) || status == STATUS_BUFFER_OVERFLOW)) {
        NTSTATUS written = guest_write(ReturnLength, length);
        status = NT_SUCCESS(written) ? status : written;
    }
    return status;
}

NTSTATUS NtSetInformationJobObject(HANDLE JobHandle, ULONG JobObjectInformationClass,
                                   void *JobObjectInformation, ULONG JobObjectInformationLength)
{
    union {
        struct extended_limit limits;
        ULONG words[4];
    } value;
    ULONG length;
    void *object;
    switch (JobObjectInformationClass) {
    case BASIC_LIMIT: length = sizeof value.limits.basic; break;
    case EXTENDED_LIMIT: length = sizeof value.limits; break;
    case BASIC_UI_RESTRICTIONS:
    case END_OF_JOB_TIME: length = sizeof(ULONG); break;
    default: /* completion ports, rates and notifications are not kept */ return STATUS_INVALID_INFO_CLASS;
    }
    if (JobObjectInformationLength != length)
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS status = guest_copy(&value, JobObjectInformation, length);
    if (!NT_SUCCESS(status))
        return status;
    if (JobObjectInformationClass == BASIC_LIMIT && value.limits.basic.LimitFlags & ~0xffu)
        return STATUS_INVALID_PARAMETER; /* those belong to the extended limits */
    if (JobObjectInformationClass == EXTENDED_LIMIT && value.limits.basic.LimitFlags & ~0x7fffu)
        return STATUS_INVALID_PARAMETER;
    status = ob_handle_lookup(JobHandle, &ps_job_type, JOB_OBJECT_SET_ATTRIBUTES, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct ps_job *job = object;
    status = load_shared(job);
    ke_lock();
    switch (JobObjectInformationClass) {
    case BASIC_LIMIT: job->limits.basic = value.limits.basic; break;
    case EXTENDED_LIMIT: job->limits = value.limits; break;
    case BASIC_UI_RESTRICTIONS: job->ui_restrictions = value.words[0]; break;
    case END_OF_JOB_TIME: job->end_of_job_action = value.words[0]; break;
    }
    ke_unlock();
    if (NT_SUCCESS(status))
        status = store_shared(job);
    ob_dereference(object);
    return status;
}
