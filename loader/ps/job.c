/*
 * Job objects. What is known about a job with members or limits is the server's (server/job.c), which kills
 * its members with its last handle even if the holder was killed; here are the calls and the completion
 * ports.
 */
#include "ps/job.h"
#include "io/io.h"
#include "ke/lock.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include "ob/share.h"
#include "ps/child.h"
#include "ps/remote.h"
#include "ps/thread.h"
#include "session/session.h"
#include <gastwirt/job.h>
#include <nt/syscalls.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    JOB_OBJECT_ASSIGN_PROCESS = 1,
    JOB_OBJECT_SET_ATTRIBUTES = 2,
    JOB_OBJECT_QUERY = 4,
    JOB_OBJECT_TERMINATE = 8
};

/* ---------------------------------------------------------------- completion ports */

/* Where a job's messages go. The server says when the job is gone. */
struct port {
    struct port *next;
    uint32_t token;
    struct io_completion *port; /* referenced */
    void *key;
};

static pthread_mutex_t port_lock = PTHREAD_MUTEX_INITIALIZER; /* guards the list; nothing is taken under it */
static struct port *ports;

static uint32_t add_port(struct io_completion *completion, void *key)
{
    static uint32_t last_token;
    struct port *port = malloc(sizeof *port);
    if (!port)
        return 0;
    ob_reference(completion);
    pthread_mutex_lock(&port_lock);
    *port = (struct port){ports, ++last_token, completion, key};
    ports = port;
    pthread_mutex_unlock(&port_lock);
    return port->token;
}

static void remove_port(uint32_t token)
{
    pthread_mutex_lock(&port_lock);
    struct port **place = &ports;
    while (*place && (*place)->token != token)
        place = &(*place)->next;
    struct port *port = *place;
    if (port)
        *place = port->next;
    pthread_mutex_unlock(&port_lock);
    if (port)
        ob_dereference(port->port);
    free(port);
}

static void receive_message(const struct gw_note_job_message_in *in)
{
    struct io_completion *completion = NULL;
    void *key = NULL;
    if (!in->message) { /* the job is gone */
        remove_port(in->token);
        return;
    }
    pthread_mutex_lock(&port_lock);
    for (struct port *port = ports; port; port = port->next) {
        if (port->token == in->token) {
            completion = port->port;
            key = port->key;
            ob_reference(completion);
        }
    }
    pthread_mutex_unlock(&port_lock);
    if (completion) {
        io_completion_post(completion, key, (void *)(uintptr_t)(in->pid * 4ul), STATUS_SUCCESS, in->message);
        ob_dereference(completion);
    }
}

/* ---------------------------------------------------------------- the type */

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

static void destroy(void *object)
{
    ps_job_forget(object);
}

static const struct ob_share_type job_share = {
    .code = GW_TYPE_JOB, .adopt = adopt, .published = ps_job_published, .renewed = true};

const struct ob_type ps_job_type = {
    .name = "Job",
    .size = sizeof(struct ps_job),
    .generic_read = READ_CONTROL | JOB_OBJECT_QUERY,
    .generic_write = READ_CONTROL | 0xb,
    .generic_execute = READ_CONTROL | SYNCHRONIZE,
    .all_access = STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0x3f,
    .waitable = true,
    .share = &job_share,
    .destroy = destroy,
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

/* ---------------------------------------------------------------- members */

/* Does the server know it? What nobody has put anything into needs none. */
static bool job_is_known(const struct ps_job *job)
{
    return __atomic_load_n(&job->header.object.shared, __ATOMIC_ACQUIRE) != NULL;
}

/* The process's page, for the server: -1 if it has none. *ret_owned: the caller closes it. */
static int page_of(struct ps_process *process, bool *ret_owned)
{
    *ret_owned = false;
    if (process == ps_current_process)
        return ps_child_own_page();
    if (process->page_fd >= 0 || process->own_child || !session_is_ours(process->unix_pid))
        return process->page_fd;
    int fd = -1;
    struct ps_remote message = {.operation = PS_REMOTE_GET_PAGE};
    *ret_owned = true;
    return NT_SUCCESS(ps_remote_call_fd(process, &message, -1, &fd)) ? fd : -1;
}

NTSTATUS ps_job_assign(void *job, struct ps_process *process)
{
    struct gw_connection *connection;
    struct gw_assign_job_in in = {.pid = (uint32_t)process->unix_pid};
    bool owned;
    if (process->header.signal)
        return STATUS_PROCESS_IS_TERMINATING;
    NTSTATUS status = ob_share_handle(job, &connection, &in.handle);
    if (!NT_SUCCESS(status))
        return status;
    in.page = page_of(process, &owned);
    status = gw_assign_job(connection, &in);
    if (NT_SUCCESS(status))
        ps_job_note_member(job, in.pid, in.page);
    if (owned && in.page >= 0)
        close(in.page);
    return status;
}

NTSTATUS NtAssignProcessToJobObject(HANDLE JobHandle, HANDLE ProcessHandle)
{
    void *job, *process;
    NTSTATUS status = ob_handle_lookup(JobHandle, &ps_job_type, JOB_OBJECT_ASSIGN_PROCESS, &job);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_handle_lookup(ProcessHandle, &ps_process_type,
                              0x101 /* PROCESS_SET_QUOTA | PROCESS_TERMINATE */, &process);
    if (NT_SUCCESS(status)) {
        status = ps_job_assign(job, process);
        ob_dereference(process);
    }
    ob_dereference(job);
    return status;
}

NTSTATUS NtIsProcessInJob(HANDLE ProcessHandle, HANDLE JobHandle)
{
    void *process, *job = NULL;
    struct gw_connection *connection;
    struct gw_in_job_in in = {0};
    struct gw_in_job_out out = {0};
    NTSTATUS status = ob_handle_lookup(ProcessHandle, &ps_process_type,
                                       0x1000 /* PROCESS_QUERY_LIMITED_INFORMATION */, &process);
    if (!NT_SUCCESS(status))
        return status;
    in.pid = (uint32_t)((struct ps_process *)process)->unix_pid;
    if (JobHandle)
        status = ob_handle_lookup(JobHandle, &ps_job_type, JOB_OBJECT_QUERY, &job);
    if (NT_SUCCESS(status)) {
        bool ended = ((struct ps_process *)process)->header.signal;
        if (job ? job_is_known(job) : !ended) { /* else it never had a member */
            status = job ? ob_share_handle(job, &connection, &in.handle)
                         : session_connect(false, &connection);
            if (NT_SUCCESS(status))
                status = gw_in_job(connection, &in, &out);
            else if (!job) /* without a server there are no jobs */
                status = STATUS_SUCCESS;
        }
        if (NT_SUCCESS(status))
            status = out.inside ? STATUS_PROCESS_IN_JOB : STATUS_PROCESS_NOT_IN_JOB;
        if (job)
            ob_dereference(job);
    }
    ob_dereference(process);
    return status;
}

NTSTATUS NtTerminateJobObject(HANDLE JobHandle, NTSTATUS ExitStatus)
{
    void *job;
    struct gw_connection *connection;
    struct gw_terminate_job_in in = {.exit_status = ExitStatus};
    struct gw_terminate_job_out out = {0};
    NTSTATUS status = ob_handle_lookup(JobHandle, &ps_job_type, JOB_OBJECT_TERMINATE, &job);
    if (!NT_SUCCESS(status))
        return status;
    if (job_is_known(job)) {
        status = ob_share_handle(job, &connection, &in.handle);
        if (NT_SUCCESS(status))
            status = gw_terminate_job(connection, &in, &out);
    }
    ob_dereference(job);
    if (NT_SUCCESS(status) && out.self)
        ps_exit_process(ExitStatus);
    return status;
}

/* ---------------------------------------------------------------- information */

/* The job of a handle, or the caller's own for NULL (*ret_job is NULL then, the server's handle 0). */
static NTSTATUS find_job(HANDLE handle, void **ret_job, struct gw_connection **ret_connection,
                         uint32_t *ret_handle)
{
    *ret_job = NULL;
    *ret_handle = 0;
    if (!handle)
        return NT_SUCCESS(session_connect(false, ret_connection)) ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
    NTSTATUS status = ob_handle_lookup(handle, &ps_job_type, JOB_OBJECT_QUERY, ret_job);
    if (NT_SUCCESS(status)) {
        status = ob_share_handle(*ret_job, ret_connection, ret_handle);
        if (!NT_SUCCESS(status))
            ob_dereference(*ret_job);
    }
    return status;
}

static NTSTATUS give_ids(struct gw_connection *connection, uint32_t handle, void *guest, ULONG length,
                         ULONG *ret_length)
{
    enum { ROOM = 0x10000 };
    struct {
        ULONG assigned, listed;
    } head;
    if (length < sizeof head + sizeof(ULONG_PTR))
        return STATUS_INFO_LENGTH_MISMATCH;
    uint32_t room = (uint32_t)((length - sizeof head) / sizeof(ULONG_PTR));
    uint32_t *pids = malloc(ROOM);
    struct gw_list_job_in in = {handle};
    struct gw_list_job_out out = {.pids = pids, .pids_size = ROOM};
    NTSTATUS status = pids ? gw_list_job(connection, &in, &out) : STATUS_NO_MEMORY;
    if (NT_SUCCESS(status)) {
        head.assigned = out.assigned;
        head.listed = out.pids_size / 4 < room ? out.pids_size / 4 : room;
        *ret_length = (ULONG)(sizeof head + head.listed * sizeof(ULONG_PTR));
        status = guest_copy(guest, &head, sizeof head);
        for (uint32_t i = 0; i < head.listed && NT_SUCCESS(status); i++) {
            ULONG_PTR id = pids[i] * 4ul;
            status = guest_copy((uint8_t *)guest + sizeof head + i * sizeof id, &id, sizeof id);
        }
        if (NT_SUCCESS(status) && head.listed < head.assigned)
            status = STATUS_BUFFER_OVERFLOW;
    }
    free(pids);
    return status;
}

static NTSTATUS give_information(struct gw_connection *connection, uint32_t handle, ULONG class, void *guest,
                                 ULONG length, ULONG *ret_length)
{
    uint8_t data[256];
    struct gw_query_job_in in = {handle, class};
    struct gw_query_job_out out = {.data = data, .data_size = sizeof data};
    NTSTATUS status = gw_query_job(connection, &in, &out);
    if (!NT_SUCCESS(status))
        return status;
    bool variable = class == GW_JOB_GROUPS || class == GW_JOB_GROUPS_EX;
    *ret_length = out.data_size;
    if (variable ? length < out.data_size : length != out.data_size)
        return variable ? STATUS_BUFFER_TOO_SMALL : STATUS_INFO_LENGTH_MISMATCH;
    return guest_copy(guest, data, out.data_size);
}

NTSTATUS NtQueryInformationJobObject(HANDLE JobHandle, ULONG JobObjectInformationClass,
                                     void *JobObjectInformation, ULONG JobObjectInformationLength,
                                     ULONG *ReturnLength)
{
    struct gw_connection *connection;
    uint32_t handle;
    void *job;
    ULONG length = 0;
    NTSTATUS status = find_job(JobHandle, &job, &connection, &handle);
    if (!NT_SUCCESS(status))
        return status;
    if (JobObjectInformationClass == GW_JOB_PROCESS_IDS)
        status = give_ids(connection, handle, JobObjectInformation, JobObjectInformationLength, &length);
    else
        status = give_information(connection, handle, JobObjectInformationClass, JobObjectInformation,
                                  JobObjectInformationLength, &length);
    if (job)
        ob_dereference(job);
    else if (status == STATUS_NOT_FOUND) /* the caller is in none */
        status = STATUS_ACCESS_DENIED;
    if (ReturnLength && (NT_SUCCESS(status) || status == STATUS_BUFFER_OVERFLOW)) {
        NTSTATUS written = guest_write(ReturnLength, length);
        status = NT_SUCCESS(written) ? status : written;
    }
    return status;
}

static NTSTATUS set_port(void *job, const void *guest, ULONG length)
{
    struct {
        void *key;
        HANDLE port;
    } wanted;
    struct gw_connection *connection;
    struct gw_set_job_port_in in = {0};
    void *completion = NULL;
    if (length != sizeof wanted)
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS status = guest_copy(&wanted, guest, sizeof wanted);
    if (NT_SUCCESS(status) && wanted.port)
        status = ob_handle_lookup(wanted.port, &io_completion_type, IO_COMPLETION_MODIFY_STATE, &completion);
    if (!NT_SUCCESS(status))
        return status;
    in.attach = completion != NULL;
    session_job_message = receive_message;
    status = ob_share_handle(job, &connection, &in.handle);
    if (NT_SUCCESS(status) && completion && !(in.token = add_port(completion, wanted.key)))
        status = STATUS_NO_MEMORY;
    if (NT_SUCCESS(status)) {
        status = gw_set_job_port(connection, &in);
        if (NT_SUCCESS(status))
            ps_job_note_port(job, in.token);
        else if (in.token)
            remove_port(in.token);
    }
    if (completion)
        ob_dereference(completion);
    return status;
}

NTSTATUS NtSetInformationJobObject(HANDLE JobHandle, ULONG JobObjectInformationClass,
                                   void *JobObjectInformation, ULONG JobObjectInformationLength)
{
    uint8_t data[256];
    struct gw_connection *connection;
    struct gw_set_job_in in = {.class = JobObjectInformationClass, .data = data};
    void *job;
    NTSTATUS status = ob_handle_lookup(JobHandle, &ps_job_type, JOB_OBJECT_SET_ATTRIBUTES, &job);
    if (!NT_SUCCESS(status))
        return status;
    if (JobObjectInformationClass == GW_JOB_COMPLETION_PORT) {
        status = set_port(job, JobObjectInformation, JobObjectInformationLength);
    } else if (JobObjectInformationLength > sizeof data) {
        status = STATUS_INFO_LENGTH_MISMATCH;
    } else {
        in.data_size = JobObjectInformationLength;
        status = guest_copy(data, JobObjectInformation, JobObjectInformationLength);
        if (NT_SUCCESS(status))
            status = ob_share_handle(job, &connection, &in.handle);
        if (NT_SUCCESS(status))
            status = gw_set_job(connection, &in);
        if (NT_SUCCESS(status))
            ps_job_note_setting(job, in.class, data, in.data_size);
    }
    ob_dereference(job);
    return status;
}
