/*
 * NtCreateUserProcess: the handles that the child inherits, and the jobs that it is in.
 */
#include "io/io.h"
#include "ob/ob.h"
#include "ob/share.h"
#include "ps/job.h"
#include "ps/creation.h"
#include "session/session.h"
#include <fcntl.h>
#include <gastwirt/message.h>
#include <stdlib.h>
#include <unistd.h>

enum { SHARED_LIMIT = (GW_MESSAGE_LIMIT - 256) / 4 }; /* what one request can name */

/* Room for one more item of a list that grows. */
static bool grow(void **list, size_t *room, size_t count, size_t size)
{
    if (count < *room)
        return true;
    size_t wanted = *room ? *room * 2 : 16;
    void *moved = realloc(*list, wanted * size);
    if (!moved)
        return false;
    *list = moved;
    *room = wanted;
    return true;
}

/* A file whose kind cannot be inherited stays behind. */
static NTSTATUS add_file(struct creation *creation, HANDLE handle, ACCESS_MASK access)
{
    if (!grow((void **)&creation->files, &creation->file_room, creation->file_count, sizeof *creation->files))
        return STATUS_NO_MEMORY;
    struct creation_file *entry = &creation->files[creation->file_count];
    *entry = (struct creation_file){.handle = handle, .access = access};
    NTSTATUS status = io_file_export(handle, &entry->file);
    if (!NT_SUCCESS(status))
        return status == STATUS_TOO_MANY_OPENED_FILES ? status : STATUS_SUCCESS;
    if (entry->file.fd < 3) { /* the child's standard descriptors come there */
        int fd = fcntl(entry->file.fd, F_DUPFD_CLOEXEC, 3);
        close(entry->file.fd);
        entry->file.fd = fd;
    }
    if (entry->file.fd < 0) {
        if (entry->file.plain >= 0)
            close(entry->file.plain);
        free(entry->file.path);
        return STATUS_TOO_MANY_OPENED_FILES;
    }
    creation->file_count++;
    return STATUS_SUCCESS;
}

static NTSTATUS add_shared(struct creation *creation, HANDLE handle, struct ob_object *object,
                           ACCESS_MASK access, ULONG attributes)
{
    if (!grow((void **)&creation->shared, &creation->shared_room, creation->shared_count,
              sizeof *creation->shared))
        return STATUS_NO_MEMORY;
    ob_reference(object);
    creation->shared[creation->shared_count++] = (struct creation_shared){
        object, {(uint64_t)handle, access, attributes}};
    return STATUS_SUCCESS;
}

static int compare_handles(const void *a, const void *b)
{
    uintptr_t left = (uintptr_t) * (const HANDLE *)a, right = (uintptr_t) * (const HANDLE *)b;
    return (left > right) - (left < right);
}

struct visit {
    struct creation *creation;
    size_t listed; /* how many of the list have been found */
    NTSTATUS status;
};

static bool visit_handle(HANDLE handle, void *object, ACCESS_MASK access, ULONG attributes, void *context)
{
    struct visit *visit = context;
    struct creation *creation = visit->creation;
    if (!(attributes & OBJ_INHERIT))
        return true;
    if (creation->has_handle_list) {
        if (!creation->handle_list_count ||
            !bsearch(&handle, creation->handle_list, creation->handle_list_count, sizeof handle,
                     compare_handles))
            return true;
        visit->listed++;
    }
    if (((struct ob_object *)object)->type == &io_file_type)
        visit->status = add_file(creation, handle, access);
    else if (((struct ob_object *)object)->type->share)
        visit->status = add_shared(creation, handle, object, access, attributes);
    return NT_SUCCESS(visit->status);
}

/* Sorts the list, each handle in it once. */
static void sort_list(struct creation *creation)
{
    size_t kept = 0;
    if (creation->handle_list_count)
        qsort(creation->handle_list, creation->handle_list_count, sizeof(HANDLE), compare_handles);
    for (size_t i = 0; i < creation->handle_list_count; i++)
        if (!kept || creation->handle_list[kept - 1] != creation->handle_list[i])
            creation->handle_list[kept++] = creation->handle_list[i];
    creation->handle_list_count = kept;
}

static bool has_file(const struct creation *creation, HANDLE handle)
{
    for (size_t i = 0; i < creation->file_count; i++)
        if (creation->files[i].handle == handle)
            return true;
    return false;
}

NTSTATUS creation_collect(struct creation *creation)
{
    HANDLE standard[3] = {creation->parameters.StandardInput, creation->parameters.StandardOutput,
                          creation->parameters.StandardError};
    struct visit visit = {.creation = creation};
    sort_list(creation);
    if (creation->inherit)
        ob_handle_enumerate(visit_handle, &visit);
    if (NT_SUCCESS(visit.status) && creation->inherit && visit.listed != creation->handle_list_count)
        return STATUS_INVALID_PARAMETER;
    /* The standard handles go along in any case, as Windows does it for console programs. */
    for (int i = 0; i < 3 && NT_SUCCESS(visit.status); i++) {
        ACCESS_MASK access;
        if (NT_SUCCESS(ob_handle_access(standard[i], &access)) && !has_file(creation, standard[i]))
            visit.status = add_file(creation, standard[i], access);
    }
    return visit.status;
}

static NTSTATUS share_jobs(struct creation *creation, struct gw_connection **ret_connection,
                           uint32_t *handles)
{
    NTSTATUS status = STATUS_SUCCESS;
    for (unsigned i = 0; i < creation->job_count && NT_SUCCESS(status); i++)
        status = ob_share_handle(creation->jobs[i], ret_connection, &handles[i]);
    return status;
}

static uint32_t child_flags(const struct creation *creation, bool is_unix)
{
    return (creation->breakaway ? GW_CHILD_BREAKAWAY : 0) | (is_unix ? GW_CHILD_UNIX : 0);
}

/* handles: room for those of all shared objects. */
static NTSTATUS request_child(struct creation *creation, bool is_unix, uint32_t *handles,
                              struct gw_prepare_child_out *ret_out)
{
    uint32_t jobs[GW_JOB_LIST_LIMIT];
    size_t count = is_unix ? 0 : creation->shared_count;
    struct gw_connection *connection = NULL;
    NTSTATUS status = share_jobs(creation, &connection, jobs);
    for (size_t i = 0; i < count && NT_SUCCESS(status); i++)
        status = ob_share_handle(creation->shared[i].object, &connection, &handles[i]);
    /* Where there is no server there are no jobs that this process could be in. */
    if (NT_SUCCESS(status) && !connection && !NT_SUCCESS(session_connect(false, &connection))) {
        *ret_out = (struct gw_prepare_child_out){.socket = -1};
        return STATUS_SUCCESS;
    }
    struct gw_prepare_child_in in = {
        .flags = child_flags(creation, is_unix),
        .handles = handles,
        .handles_size = (uint32_t)count * 4,
        .jobs = jobs,
        .jobs_size = creation->job_count * 4,
    };
    return NT_SUCCESS(status) ? gw_prepare_child(connection, &in, ret_out) : status;
}

/* Makes the objects that the child inherits known to the server, and a connection for it that holds them. One
 * that is to be in a job gets a connection as well: it comes there by itself, should this process be killed.
 */
NTSTATUS creation_prepare_session(struct creation *creation, bool is_unix)
{
    struct gw_prepare_child_out out;
    uint32_t generation = session_generation();
    if (creation->shared_count > SHARED_LIMIT)
        return STATUS_INSUFFICIENT_RESOURCES;
    uint32_t *handles = calloc(creation->shared_count + 1, sizeof *handles);
    if (!handles)
        return STATUS_NO_MEMORY;
    NTSTATUS status = request_child(creation, is_unix, handles, &out);
    if (status == STATUS_PORT_DISCONNECTED) {
        /* The server has died, which nobody had noticed: what it knew is shared anew with another. */
        ob_share_lost(generation);
        status = request_child(creation, is_unix, handles, &out);
    }
    free(handles);
    if (!NT_SUCCESS(status))
        return status;
    creation->in_job = out.in_job;
    if (out.socket < 0)
        return STATUS_SUCCESS;
    creation->session_fd = out.socket;
    if (out.socket < 3) { /* the child's standard descriptors come there */
        creation->session_fd = fcntl(out.socket, F_DUPFD_CLOEXEC, 3);
        close(out.socket);
    }
    return creation->session_fd < 0 ? STATUS_TOO_MANY_OPENED_FILES : STATUS_SUCCESS;
}

/* The child exists: from now on it is in its jobs, whatever it has come to. */
NTSTATUS creation_join_jobs(struct creation *creation, bool is_unix, int pid, int page)
{
    uint32_t jobs[GW_JOB_LIST_LIMIT];
    struct gw_connection *connection = NULL;
    if (!creation->in_job)
        return STATUS_SUCCESS;
    NTSTATUS status = share_jobs(creation, &connection, jobs);
    if (NT_SUCCESS(status) && !connection)
        status = session_connect(false, &connection);
    struct gw_join_child_in in = {
        .pid = (uint32_t)pid,
        .flags = child_flags(creation, is_unix),
        .jobs = jobs,
        .jobs_size = creation->job_count * 4,
        .page = page,
    };
    if (NT_SUCCESS(status))
        status = gw_join_child(connection, &in);
    for (unsigned i = 0; i < creation->job_count && NT_SUCCESS(status); i++)
        ps_job_note_member(creation->jobs[i], in.pid, page);
    return status;
}

int creation_standard_fd(const struct creation *creation, HANDLE handle)
{
    for (size_t i = 0; i < creation->file_count; i++)
        if (creation->files[i].handle == handle)
            return creation->files[i].file.plain >= 0 ? creation->files[i].file.plain
                                                      : creation->files[i].file.fd;
    return -1;
}
