/*
 * NtDuplicateObject in all directions. Between processes the two talk over a socket: an object that the
 * server knows is granted to the other, a file's descriptor goes along with what describes it.
 */
#include "io/io.h"
#include "ke/lock.h"
#include "mm/guest.h"
#include "ob/internal.h"
#include "ob/share.h"
#include "ps/remote.h"
#include "session/packet.h"
#include "session/session.h"
#include <nt/syscalls.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DUPLICATE_CLOSE_SOURCE = 1, DUPLICATE_SAME_ACCESS = 2, DUPLICATE_SAME_ATTRIBUTES = 4 };
enum { PROCESS_DUP_HANDLE = 0x40 };
enum { DUPLICATE_LIMIT = 0x2000 };

extern const struct ob_type io_file_type;

/* The two messages of a duplication, behind them the Unix path of a file. */
struct duplicate {
    enum { GIVE, TAKE, REPLY } what;
    NTSTATUS status;             /* of a reply */
    uint64_t handle;             /* TAKE: the source; reply to GIVE: the new one */
    uint32_t options;            /* TAKE: DUPLICATE_CLOSE_SOURCE */
    uint32_t access, attributes; /* of the handle to make, or of the source */
    uint32_t server_handle;      /* the receiver's, 0: it is a file */
    uint32_t file_kind, file_access, file_options;
    uint32_t path_size; /* with its terminator; 0: none */
    int64_t position;
    uint32_t sharing, reserved;
};

/* A handle on its way from one process to another. */
struct passage {
    void *object; /* referenced; NULL: none */
    ACCESS_MASK access;
    ULONG attributes;
};

/* ---------------------------------------------------------------- packets */

static bool send_packet(int socket, const struct duplicate *message, const char *path, int fd)
{
    return session_send_packet(socket, message, sizeof *message, path, message->path_size, fd);
}

/* path has room for DUPLICATE_LIMIT bytes and is terminated. */
static bool receive_packet(int socket, struct duplicate *ret_message, char *path, int *ret_fd)
{
    ptrdiff_t size = session_receive_packet(socket, ret_message, sizeof *ret_message, path,
                                            DUPLICATE_LIMIT - 1, ret_fd);
    if (size >= 0 && ret_message->path_size == (size_t)size) {
        path[size] = 0;
        return true;
    }
    if (*ret_fd >= 0)
        close(*ret_fd);
    *ret_fd = -1;
    return false;
}

/* ---------------------------------------------------------------- both ends */

/* Looks a handle up as a passage. */
static NTSTATUS take_handle(HANDLE handle, struct passage *ret_passage)
{
    NTSTATUS status = ob_handle_lookup(handle, NULL, 0, &ret_passage->object);
    if (!NT_SUCCESS(status))
        return status;
    ob_handle_access(handle, &ret_passage->access);
    ob_handle_attributes(handle, &ret_passage->attributes);
    return STATUS_SUCCESS;
}

/* Sends what the passage carries to the process at the other end. */
static NTSTATUS send_object(int socket, uint32_t unix_pid, struct duplicate *message, void *pointer)
{
    struct ob_object *object = pointer;
    struct gw_connection *connection;
    struct io_inherit file = {.fd = -1, .plain = -1};
    NTSTATUS status;
    if (object->type == &io_file_type) {
        HANDLE handle;
        status = ob_handle_create(object, message->access, 0, &handle);
        if (NT_SUCCESS(status)) {
            status = io_file_export(handle, &file);
            ob_handle_close(handle);
        }
        if (NT_SUCCESS(status)) {
            message->file_kind = file.kind;
            message->file_access = file.access;
            message->file_options = file.options;
            message->position = file.position;
            message->sharing = file.sharing;
            message->path_size = file.path ? (uint32_t)strlen(file.path) + 1 : 0;
        }
    } else {
        struct gw_grant_in in = {.pid = unix_pid};
        struct gw_grant_out out;
        status = ob_share_handle(object, &connection, &in.handle);
        if (NT_SUCCESS(status))
            status = gw_grant(connection, &in, &out);
        if (NT_SUCCESS(status))
            message->server_handle = out.handle;
    }
    message->status = status;
    if (!send_packet(socket, message, file.path, file.fd))
        status = STATUS_PROCESS_IS_TERMINATING;
    if (file.fd >= 0)
        close(file.fd);
    if (file.plain >= 0)
        close(file.plain);
    free(file.path);
    return status;
}

/* Makes the object that a message carries; fd is consumed. */
static NTSTATUS receive_object(const struct duplicate *message, char *path, int fd, void **ret_object)
{
    if (message->server_handle) {
        if (fd >= 0)
            close(fd);
        return ob_share_attach(message->server_handle, ret_object);
    }
    if (fd < 0)
        return STATUS_INVALID_HANDLE;
    struct io_inherit file = {fd,
                              -1,
                              message->file_kind,
                              message->file_access,
                              message->file_options,
                              message->position,
                              message->path_size ? path : NULL,
                              message->sharing};
    return io_file_adopt(&file, ret_object);
}

/* Another process gives a handle to this one, or takes one. */
static void serve_duplicate(uint32_t from, int socket)
{
    struct duplicate message;
    char path[DUPLICATE_LIMIT];
    void *object = NULL;
    HANDLE handle = NULL;
    int fd;
    if (!receive_packet(socket, &message, path, &fd))
        return;
    struct duplicate reply = {.what = REPLY};
    if (message.what == TAKE) {
        struct passage passage = {0};
        if (fd >= 0)
            close(fd);
        /* Pseudo-handles mean the caller's own; a host thread has none. */
        if ((int64_t)message.handle < 0 && (int64_t)message.handle >= -6 && (int64_t)message.handle != -1)
            reply.status = STATUS_INVALID_HANDLE;
        else
            reply.status = take_handle((HANDLE)message.handle, &passage);
        if (!NT_SUCCESS(reply.status)) {
            send_packet(socket, &reply, NULL, -1);
            return;
        }
        reply.access = passage.access;
        reply.attributes = passage.attributes;
        send_object(socket, from, &reply, passage.object);
        /* Only now: what has no handle any more is closed. */
        if (message.options & DUPLICATE_CLOSE_SOURCE)
            ob_handle_close((HANDLE)message.handle);
        ob_dereference(passage.object);
        return;
    }
    reply.status = receive_object(&message, path, fd, &object);
    if (NT_SUCCESS(reply.status)) {
        reply.status = ob_handle_create(object, message.access, message.attributes, &handle);
        ob_dereference(object);
    }
    reply.handle = (uint64_t)handle;
    if (!send_packet(socket, &reply, NULL, -1) && NT_SUCCESS(reply.status))
        ob_handle_close(handle);
}

void ob_duplicate_initialize(void)
{
    session_register(SESSION_DUPLICATE, serve_duplicate);
}

/* ---------------------------------------------------------------- asking */

static NTSTATUS take_from(struct ps_process *process, HANDLE handle, ULONG options,
                          struct passage *ret_passage)
{
    struct duplicate message = {.what = TAKE, .handle = (uint64_t)handle, .options = options}, reply;
    char path[DUPLICATE_LIMIT];
    int socket, fd;
    NTSTATUS status = ps_call_process(process, SESSION_DUPLICATE, &socket);
    if (!NT_SUCCESS(status))
        return status;
    if (!send_packet(socket, &message, NULL, -1) || !receive_packet(socket, &reply, path, &fd)) {
        status = STATUS_PROCESS_IS_TERMINATING;
    } else if (!NT_SUCCESS(reply.status)) {
        status = reply.status;
        if (fd >= 0)
            close(fd);
    } else {
        status = receive_object(&reply, path, fd, &ret_passage->object);
        ret_passage->access = reply.access;
        ret_passage->attributes = reply.attributes;
    }
    close(socket);
    return status;
}

static NTSTATUS give_to(struct ps_process *process, const struct passage *passage, HANDLE *ret_handle)
{
    struct duplicate message = {.what = GIVE, .access = passage->access, .attributes = passage->attributes},
                     reply;
    char path[DUPLICATE_LIMIT];
    int socket, fd;
    NTSTATUS status = ps_call_process(process, SESSION_DUPLICATE, &socket);
    if (!NT_SUCCESS(status))
        return status;
    status = send_object(socket, (uint32_t)process->unix_pid, &message, passage->object);
    if (NT_SUCCESS(status)) {
        if (receive_packet(socket, &reply, path, &fd)) {
            status = reply.status;
            *ret_handle = (HANDLE)reply.handle;
            if (fd >= 0)
                close(fd);
        } else {
            status = STATUS_PROCESS_IS_TERMINATING;
        }
    }
    close(socket);
    return status;
}

NTSTATUS NtDuplicateObject(HANDLE SourceProcessHandle, HANDLE SourceHandle, HANDLE TargetProcessHandle,
                           HANDLE *TargetHandle, ACCESS_MASK DesiredAccess, ULONG HandleAttributes,
                           ULONG Options)
{
    void *source, *target = NULL;
    struct passage passage = {0};
    HANDLE handle;
    NTSTATUS status = ob_handle_lookup(SourceProcessHandle, &ps_process_type, PROCESS_DUP_HANDLE, &source);
    if (!NT_SUCCESS(status))
        return status;
    if (source == ps_current_process)
        status = take_handle(SourceHandle, &passage);
    else
        status = take_from(source, SourceHandle, Options & DUPLICATE_CLOSE_SOURCE, &passage);
    ob_dereference(source);
    if (!NT_SUCCESS(status))
        return status;
    if (TargetHandle || TargetProcessHandle) {
        status = ob_handle_lookup(TargetProcessHandle, &ps_process_type, PROCESS_DUP_HANDLE, &target);
        /* More access than the source had is granted: the process could open its own objects anew. */
        if (!(Options & DUPLICATE_SAME_ACCESS))
            passage.access = DesiredAccess;
        if (!(Options & DUPLICATE_SAME_ATTRIBUTES))
            passage.attributes = HandleAttributes;
        if (NT_SUCCESS(status) && target == ps_current_process)
            status = ob_handle_create(passage.object, passage.access, passage.attributes, &handle);
        else if (NT_SUCCESS(status))
            status = give_to(target, &passage, &handle);
        if (NT_SUCCESS(status) && TargetHandle) {
            status = guest_write(TargetHandle, handle);
            if (!NT_SUCCESS(status) && target == ps_current_process)
                ob_handle_close(handle);
        }
        if (target)
            ob_dereference(target);
    }
    ob_dereference(passage.object);
    if (Options & DUPLICATE_CLOSE_SOURCE && source == ps_current_process)
        ob_handle_close(SourceHandle);
    return status;
}
