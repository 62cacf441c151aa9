/*
 * NtCreateUserProcess: a Windows program becomes another `run --child`, told what to do through a
 * memory file; an ELF program or a script is started as it is, with translated standard handles.
 */
#include "ke/trace.h"
#include "io/io.h"
#include "io/system.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include "mm/mm.h"
#include "ob/share.h"
#include "options.h"
#include "ps/child_block.h"
#include "ps/unix_arguments.h"
#include "ps/job.h"
#include "ps/remote.h"
#include "ps/thread.h"
#include "session/session.h"
#include <errno.h>
#include <fcntl.h>
#include <gastwirt/job.h>
#include <nt/image.h>
#include <nt/syscalls.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BREAKAWAY = 1, INHERIT_HANDLES = 4, THREAD_CREATE_SUSPENDED = 1, STARTF_USESTDHANDLES = 0x100 };
enum {
    ATTRIBUTE_PARENT_PROCESS = 0x60000,
    ATTRIBUTE_CLIENT_ID = 0x10003,
    ATTRIBUTE_IMAGE_NAME = 0x20005,
    ATTRIBUTE_HANDLE_LIST = 0x2000b,
    ATTRIBUTE_PRIORITY_CLASS = 0x20008,
    ATTRIBUTE_ERROR_MODE = 0x20009,
    ATTRIBUTE_JOB_LIST = 0x20013
};
enum { JOB_OBJECT_ASSIGN_PROCESS = 1 };
enum { PROCESS_CREATE_PROCESS = 0x80 };
enum { INHERIT_LIMIT = 1024, ENVIRONMENT_LIMIT = 0x200000 };

/* Everything about one start; freed by release(). */
struct creation {
    RTL_USER_PROCESS_PARAMETERS parameters;
    WCHAR *image, *command_line, *directory, *environment, *dos_path, *window_title, *desktop;
    size_t image_length, command_line_length, directory_length, environment_length, dos_path_length,
        window_title_length, desktop_length;
    uint8_t *runtime_data;
    char *unix_path, *unix_directory;
    bool inherit, suspended, has_handle_list;
    HANDLE handle_list[64];
    size_t handle_list_count;
    struct {
        struct io_inherit file;
        HANDLE handle;
        ACCESS_MASK access;
    } handles[INHERIT_LIMIT];
    unsigned handle_count;
    struct {
        struct ob_object *object; /* referenced */
        struct ps_child_shared saved;
    } shared[INHERIT_LIMIT];
    unsigned shared_count;
    void *jobs[GW_JOB_LIST_LIMIT]; /* referenced: those it is to be in besides its parent's */
    unsigned job_count;
    bool breakaway, in_job;
    uint32_t priority_class, error_mode;
    int session_fd;
    CLIENT_ID *guest_client_id;
    HANDLE parent; /* which is to have the child instead of this process; NULL */
};

static void release(struct creation *creation)
{
    for (unsigned i = 0; i < creation->handle_count; i++) {
        close(creation->handles[i].file.fd);
        if (creation->handles[i].file.plain >= 0)
            close(creation->handles[i].file.plain);
        free(creation->handles[i].file.path);
    }
    for (unsigned i = 0; i < creation->shared_count; i++)
        ob_dereference(creation->shared[i].object);
    for (unsigned i = 0; i < creation->job_count; i++)
        ob_dereference(creation->jobs[i]);
    if (creation->session_fd >= 0)
        close(creation->session_fd);
    free(creation->image);
    free(creation->command_line);
    free(creation->directory);
    free(creation->environment);
    free(creation->dos_path);
    free(creation->window_title);
    free(creation->desktop);
    free(creation->runtime_data);
    free(creation->unix_path);
    free(creation->unix_directory);
    free(creation);
}

static char *to_utf8(const WCHAR *text, size_t length)
{
    char *copy = malloc(length * 3 + 1);
    if (copy)
        copy[io_utf16_to_utf8(text, length, copy, length * 3)] = 0;
    return copy;
}

/* ---------------------------------------------------------------- reading what is wanted */

/* The environment's size if the parameters do not say it: up to the empty string. */
static NTSTATUS read_environment(struct creation *creation)
{
    const WCHAR *guest = creation->parameters.Environment;
    size_t bytes = creation->parameters.EnvironmentSize;
    if (!guest)
        return STATUS_INVALID_PARAMETER;
    if (!bytes) {
        size_t units = 0, length;
        do {
            NTSTATUS status = guest_wcslen(guest + units, ENVIRONMENT_LIMIT, &length);
            if (!NT_SUCCESS(status))
                return status;
            units += length + 1;
        } while (length && units < ENVIRONMENT_LIMIT);
        bytes = (units + (units == 1)) * 2;
    }
    creation->environment = malloc(bytes + 4);
    if (!creation->environment)
        return STATUS_NO_MEMORY;
    NTSTATUS status = guest_copy(creation->environment, guest, bytes);
    if (!NT_SUCCESS(status))
        return status;
    creation->environment_length = bytes / 2;
    creation->environment[bytes / 2] = creation->environment[bytes / 2 + 1] = 0;
    /* What counts is the block up to its end, not the allocation. */
    size_t at = 0;
    while (at < creation->environment_length && creation->environment[at])
        while (at < creation->environment_length && creation->environment[at++])
            ;
    creation->environment_length = at + 1 < 2 ? 2 : at + 1;
    return STATUS_SUCCESS;
}

static NTSTATUS read_parameters(struct creation *creation, const void *guest)
{
    RTL_USER_PROCESS_PARAMETERS *parameters = &creation->parameters;
    NTSTATUS status = guest_copy(parameters, guest, sizeof *parameters);
    if (NT_SUCCESS(status) && !(parameters->Flags & 1))
        return STATUS_INVALID_PARAMETER; /* not normalized */
    if (NT_SUCCESS(status))
        status = guest_read_unicode_string(&((RTL_USER_PROCESS_PARAMETERS *)guest)->ImagePathName,
                                           &creation->dos_path, &creation->dos_path_length);
    if (NT_SUCCESS(status))
        status = guest_read_unicode_string(&((RTL_USER_PROCESS_PARAMETERS *)guest)->CommandLine,
                                           &creation->command_line, &creation->command_line_length);
    if (NT_SUCCESS(status))
        status = guest_read_unicode_string(&((RTL_USER_PROCESS_PARAMETERS *)guest)->CurrentDirectory.DosPath,
                                           &creation->directory, &creation->directory_length);
    if (NT_SUCCESS(status))
        status = guest_read_unicode_string(&((RTL_USER_PROCESS_PARAMETERS *)guest)->WindowTitle,
                                           &creation->window_title, &creation->window_title_length);
    if (NT_SUCCESS(status))
        status = guest_read_unicode_string(&((RTL_USER_PROCESS_PARAMETERS *)guest)->DesktopInfo,
                                           &creation->desktop, &creation->desktop_length);
    if (NT_SUCCESS(status))
        status = read_environment(creation);
    if (NT_SUCCESS(status)) {
        creation->runtime_data = malloc(parameters->RuntimeData.Length + 1u);
        status = creation->runtime_data ? guest_copy(creation->runtime_data, parameters->RuntimeData.Buffer,
                                                     parameters->RuntimeData.Length)
                                        : STATUS_NO_MEMORY;
    }
    return status;
}

static NTSTATUS read_jobs(struct creation *creation, const void *guest, size_t size)
{
    HANDLE handles[GW_JOB_LIST_LIMIT];
    if (!size || size > sizeof handles || size % sizeof *handles)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = guest_copy(handles, guest, size);
    for (size_t i = 0; i < size / sizeof *handles && NT_SUCCESS(status); i++) {
        status = ob_handle_lookup(handles[i], &ps_job_type, JOB_OBJECT_ASSIGN_PROCESS,
                                  &creation->jobs[creation->job_count]);
        creation->job_count += NT_SUCCESS(status);
    }
    return status;
}

static NTSTATUS read_attributes(struct creation *creation, const uint8_t *guest)
{
    struct attribute {
        ULONG_PTR Attribute;
        SIZE_T Size;
        ULONG_PTR Value;
        SIZE_T *ReturnLength;
    } attribute;
    SIZE_T total;
    NTSTATUS status = guest_copy(&total, guest, sizeof total);
    for (size_t at = sizeof total; NT_SUCCESS(status) && at + sizeof attribute <= total;
         at += sizeof attribute) {
        status = guest_copy(&attribute, guest + at, sizeof attribute);
        if (!NT_SUCCESS(status))
            break;
        switch (attribute.Attribute) {
        case ATTRIBUTE_IMAGE_NAME: {
            UNICODE_STRING string = {(USHORT)attribute.Size, (USHORT)attribute.Size, (PWSTR)attribute.Value};
            status = guest_read_unicode_string(&string, &creation->image, &creation->image_length);
            break;
        }
        case ATTRIBUTE_PARENT_PROCESS: creation->parent = (HANDLE)attribute.Value; break;
        case ATTRIBUTE_CLIENT_ID: creation->guest_client_id = (CLIENT_ID *)attribute.Value; break;
        case ATTRIBUTE_ERROR_MODE: creation->error_mode = (uint32_t)attribute.Value; break;
        case ATTRIBUTE_PRIORITY_CLASS: creation->priority_class = (uint8_t)attribute.Value; break;
        case ATTRIBUTE_JOB_LIST: status = read_jobs(creation, (void *)attribute.Value, attribute.Size); break;
        case ATTRIBUTE_HANDLE_LIST:
            if (attribute.Size > sizeof creation->handle_list)
                return STATUS_INVALID_PARAMETER;
            creation->has_handle_list = true;
            creation->handle_list_count = attribute.Size / sizeof(HANDLE);
            status = guest_copy(creation->handle_list, (void *)attribute.Value, attribute.Size);
            break;
        }
    }
    if (NT_SUCCESS(status) && !creation->image)
        status = STATUS_OBJECT_NAME_INVALID;
    return status;
}

static NTSTATUS find_files(struct creation *creation)
{
    struct io_path path;
    NTSTATUS status = io_path_to_unix(creation->image, creation->image_length, &path);
    if (!NT_SUCCESS(status))
        return status;
    bool folder = path.statx_valid && S_ISDIR(path.stat.stx_mode);
    if (path.exists && !folder && path.unix_path)
        creation->unix_path = strdup(path.unix_path);
    bool exists = path.exists;
    io_path_free(&path);
    if (!exists)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (folder)
        return STATUS_FILE_IS_A_DIRECTORY;
    char *directory = to_utf8(creation->directory, creation->directory_length);
    if (directory)
        creation->unix_directory = io_dos_to_unix(directory);
    free(directory);
    return creation->unix_path ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
}

/* ---------------------------------------------------------------- handles */

static void add_handle(struct creation *creation, HANDLE handle, ACCESS_MASK access)
{
    if (creation->handle_count == INHERIT_LIMIT)
        return;
    for (unsigned i = 0; i < creation->handle_count; i++)
        if (creation->handles[i].handle == handle)
            return;
    struct io_inherit *file = &creation->handles[creation->handle_count].file;
    if (!NT_SUCCESS(io_file_export(handle, file)))
        return;
    if (file->fd < 3) { /* the child's standard descriptors come there */
        int fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 3);
        close(file->fd);
        file->fd = fd;
    }
    if (file->fd < 0) {
        if (file->plain >= 0)
            close(file->plain);
        free(file->path);
        return;
    }
    creation->handles[creation->handle_count].handle = handle;
    creation->handles[creation->handle_count++].access = access;
}

static bool visit_handle(HANDLE handle, void *object, ACCESS_MASK access, ULONG attributes, void *context)
{
    struct creation *creation = context;
    bool listed = !creation->has_handle_list;
    for (size_t i = 0; i < creation->handle_list_count && !listed; i++)
        listed = creation->handle_list[i] == handle;
    if (!(attributes & OBJ_INHERIT) || !listed)
        return true;
    if (((struct ob_object *)object)->type == &io_file_type) {
        add_handle(creation, handle, access);
    } else if (((struct ob_object *)object)->type->share && creation->shared_count < INHERIT_LIMIT) {
        ob_reference(object);
        creation->shared[creation->shared_count].object = object;
        creation->shared[creation->shared_count++].saved = (struct ps_child_shared){(uint64_t)handle, access,
                                                                                    attributes};
    }
    return true;
}

struct list_check {
    const struct creation *creation;
    bool found[64];
};

static bool check_handle(HANDLE handle, void *object, ACCESS_MASK access, ULONG attributes, void *context)
{
    struct list_check *check = context;
    (void)object, (void)access;
    for (size_t i = 0; i < check->creation->handle_list_count; i++)
        check->found[i] |= check->creation->handle_list[i] == handle && attributes & OBJ_INHERIT;
    return true;
}

/* What is listed must be there and be inheritable. */
static bool list_is_inheritable(const struct creation *creation)
{
    struct list_check check = {.creation = creation};
    ob_handle_enumerate(check_handle, &check);
    for (size_t i = 0; i < creation->handle_list_count; i++)
        if (!check.found[i])
            return false;
    return true;
}

/* The standard handles go along in any case, as Windows does it for console programs. */
static void collect_handles(struct creation *creation)
{
    HANDLE standard[3] = {creation->parameters.StandardInput, creation->parameters.StandardOutput,
                          creation->parameters.StandardError};
    if (creation->inherit)
        ob_handle_enumerate(visit_handle, creation);
    for (int i = 0; i < 3; i++) {
        ACCESS_MASK access;
        if (NT_SUCCESS(ob_handle_access(standard[i], &access)))
            add_handle(creation, standard[i], access);
    }
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

static NTSTATUS request_child(struct creation *creation, bool is_unix, struct gw_prepare_child_out *ret_out)
{
    uint32_t handles[INHERIT_LIMIT], jobs[GW_JOB_LIST_LIMIT];
    unsigned count = is_unix ? 0 : creation->shared_count;
    struct gw_connection *connection = NULL;
    NTSTATUS status = share_jobs(creation, &connection, jobs);
    for (unsigned i = 0; i < count && NT_SUCCESS(status); i++)
        status = ob_share_handle(creation->shared[i].object, &connection, &handles[i]);
    /* Where there is no server there are no jobs that this process could be in. */
    if (NT_SUCCESS(status) && !connection && !NT_SUCCESS(session_connect(false, &connection))) {
        *ret_out = (struct gw_prepare_child_out){.socket = -1};
        return STATUS_SUCCESS;
    }
    struct gw_prepare_child_in in = {
        .flags = child_flags(creation, is_unix),
        .handles = handles,
        .handles_size = count * 4,
        .jobs = jobs,
        .jobs_size = creation->job_count * 4,
    };
    return NT_SUCCESS(status) ? gw_prepare_child(connection, &in, ret_out) : status;
}

/* Makes the objects that the child inherits known to the server, and a connection for it that holds them. One
 * that is to be in a job gets a connection as well: it comes there by itself, should this process be killed.
 */
static NTSTATUS prepare_session(struct creation *creation, bool is_unix)
{
    struct gw_prepare_child_out out;
    uint32_t generation = session_generation();
    NTSTATUS status = request_child(creation, is_unix, &out);
    if (status == STATUS_PORT_DISCONNECTED) {
        /* The server has died, which nobody had noticed: what it knew is shared anew with another. */
        ob_share_lost(generation);
        status = request_child(creation, is_unix, &out);
    }
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
static NTSTATUS join_jobs(struct creation *creation, bool is_unix, int pid, int page)
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
    return NT_SUCCESS(status) ? gw_join_child(connection, &in) : status;
}

static int standard_fd(const struct creation *creation, HANDLE handle)
{
    for (unsigned i = 0; i < creation->handle_count; i++)
        if (creation->handles[i].handle == handle)
            return creation->handles[i].file.plain >= 0 ? creation->handles[i].file.plain
                                                        : creation->handles[i].file.fd;
    return -1;
}

/* ---------------------------------------------------------------- the memory file */

static bool append(int fd, off_t *at, const void *data, size_t size)
{
    if (size && pwrite(fd, data, size, *at) != (ssize_t)size)
        return false;
    *at += (off_t)size;
    return true;
}

/* Writes all the child needs; the file's descriptor or -1. */
static int write_block(const struct creation *creation)
{
    const RTL_USER_PROCESS_PARAMETERS *parameters = &creation->parameters;
    struct ps_child_header header = {
        .magic = PS_CHILD_MAGIC,
        .unix_path = (uint32_t)strlen(creation->unix_path),
        .dos_path = (uint32_t)creation->dos_path_length * 2,
        .command_line = (uint32_t)creation->command_line_length * 2,
        .current_directory = (uint32_t)creation->directory_length * 2,
        .environment = (uint32_t)creation->environment_length * 2,
        .runtime_data = parameters->RuntimeData.Length,
        .window_title = (uint32_t)creation->window_title_length * 2,
        .desktop = (uint32_t)creation->desktop_length * 2,
        .place = {parameters->StartingX, parameters->StartingY, parameters->CountX, parameters->CountY,
                  parameters->CountCharsX, parameters->CountCharsY, parameters->FillAttribute},
        .error_mode = creation->error_mode,
        .inherit_count = creation->handle_count,
        .standard = {(uint64_t)parameters->StandardInput, (uint64_t)parameters->StandardOutput,
                     (uint64_t)parameters->StandardError},
        .process_group = parameters->ProcessGroupId,
        .show_window = parameters->ShowWindowFlags,
        .startup_flags = parameters->WindowFlags,
        .ignore_ctrl_c = !parameters->ProcessGroupId || io_console_ignores_ctrl_c(),
        .parent = getpid(),
        .session_fd = creation->session_fd,
        .shared_count = creation->shared_count,
    };
    int fd = memfd_create("gastwirt-child", MFD_CLOEXEC);
    if (fd >= 0 && fd < 3) { /* the child's standard descriptors come there */
        int low = fd;
        fd = fcntl(low, F_DUPFD_CLOEXEC, 3);
        close(low);
    }
    if (fd < 0)
        return -1;
    off_t at = PS_CHILD_OFFSET + sizeof header;
    bool good = append(fd, &at, creation->unix_path, header.unix_path) &&
                append(fd, &at, creation->dos_path, header.dos_path) &&
                append(fd, &at, creation->command_line, header.command_line) &&
                append(fd, &at, creation->directory, header.current_directory) &&
                append(fd, &at, creation->environment, header.environment) &&
                append(fd, &at, creation->runtime_data, header.runtime_data) &&
                append(fd, &at, creation->window_title, header.window_title) &&
                append(fd, &at, creation->desktop, header.desktop);
    for (unsigned i = 0; i < creation->handle_count && good; i++) {
        const struct io_inherit *file = &creation->handles[i].file;
        struct ps_child_inherit saved = {
            .handle = (uint64_t)creation->handles[i].handle,
            .access = creation->handles[i].access,
            .fd = file->fd,
            .kind = file->kind,
            .file_access = file->access,
            .options = file->options,
            .path = file->path ? (uint32_t)strlen(file->path) + 1 : 0,
            .position = file->position,
            .sharing = file->sharing,
        };
        good = append(fd, &at, &saved, sizeof saved) && append(fd, &at, file->path, saved.path);
    }
    for (unsigned i = 0; i < creation->shared_count && good; i++)
        good = append(fd, &at, &creation->shared[i].saved, sizeof creation->shared[i].saved);
    header.size = (uint32_t)(at - PS_CHILD_OFFSET);
    off_t begin = PS_CHILD_OFFSET;
    if (!good || !append(fd, &begin, &header, sizeof header)) {
        close(fd);
        return -1;
    }
    return fd;
}

/* ---------------------------------------------------------------- spawning */

/* Sets up descriptors and working directory, and starts path. Returns the pid, or -errno. */
static int spawn(struct creation *creation, const char *path, char **arguments, char **environment,
                 int block_fd, bool search)
{
    HANDLE standard[3] = {creation->parameters.StandardInput, creation->parameters.StandardOutput,
                          creation->parameters.StandardError};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    pid_t pid;
    sigemptyset(&none);
    sigfillset(&all);
    sigdelset(&all, 32); /* glibc's own */
    sigdelset(&all, 33);
    if (io_console_ignores_ctrl_c())
        sigdelset(&all, SIGINT); /* the child does so too */
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    for (int i = 0; i < 3; i++) {
        int fd = standard_fd(creation, standard[i]);
        if (fd >= 0)
            posix_spawn_file_actions_adddup2(&actions, fd, i);
        else
            posix_spawn_file_actions_addopen(&actions, i, "/dev/null", i ? O_WRONLY : O_RDONLY, 0);
    }
    if (block_fd >= 0) { /* the same number, no longer closed on exec */
        posix_spawn_file_actions_adddup2(&actions, block_fd, block_fd);
        if (creation->session_fd >= 0)
            posix_spawn_file_actions_adddup2(&actions, creation->session_fd, creation->session_fd);
        for (unsigned i = 0; i < creation->handle_count; i++)
            posix_spawn_file_actions_adddup2(&actions, creation->handles[i].file.fd,
                                             creation->handles[i].file.fd);
    }
    /* Folders of the system overlay need not exist for Unix. */
    if (creation->unix_directory && access(creation->unix_directory, X_OK) == 0)
        posix_spawn_file_actions_addchdir_np(&actions, creation->unix_directory);
    int error = search ? posix_spawnp(&pid, path, &actions, &attributes, arguments, environment)
                       : posix_spawn(&pid, path, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error ? -error : pid;
}

/* Starts a Windows program. */
static int spawn_run(struct creation *creation, int block_fd)
{
    char number[32], *arguments[80], drives[26][2 + 4096];
    unsigned count = 0;
    snprintf(number, sizeof number, "%d:%u", block_fd, creation->parameters.ProcessGroupId);
    arguments[count++] = "run";
    if (run_options.state || run_options.ephemeral) { /* the child's state is this process's */
        arguments[count++] = "--state";
        arguments[count++] = (char *)io_state_directory(false);
    }
    if (ke_tracing)
        arguments[count++] = "--trace=nt";
    if (session_tracing)
        arguments[count++] = "--trace=server";
    for (int i = 0; i < 26; i++) {
        if (run_options.drives[i]) {
            snprintf(drives[i], sizeof drives[i], "%c=%s", 'A' + i, run_options.drives[i]);
            arguments[count++] = "--drive";
            arguments[count++] = drives[i];
        }
    }
    arguments[count++] = "--child";
    arguments[count++] = number;
    arguments[count] = NULL;
    return spawn(creation, io_own_program(), arguments, environ, block_fd, false);
}

/* Variables that mean something else on Unix keep the value they have here. */
static bool is_windows_only(const char *item)
{
    static const char *const names[] = {
        "PATH=",         "TEMP=",    "TMP=",     "HOMEDRIVE=",  "HOMEPATH=",    "USERPROFILE=", "APPDATA=",
        "LOCALAPPDATA=", "PATHEXT=", "ComSpec=", "SystemRoot=", "SystemDrive=", "windir="};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncasecmp(item, names[i], strlen(names[i])) == 0)
            return true;
    return item[0] == '=' || strncasecmp(item, "Program", 7) == 0 ||
           strncasecmp(item, "CommonProgram", 13) == 0;
}

/* Our own Unix environment with the guest's variables over it; all malloc'ed. */
static char **unix_environment(const struct creation *creation)
{
    size_t count = 0;
    while (environ[count])
        count++;
    char **list = calloc(count + creation->environment_length + 1, sizeof *list);
    if (!list)
        return NULL;
    for (size_t i = 0; i < count; i++)
        list[i] = strdup(environ[i]);
    for (size_t at = 0; at < creation->environment_length && creation->environment[at];) {
        size_t length = 0;
        while (creation->environment[at + length])
            length++;
        char *item = to_utf8(creation->environment + at, length);
        at += length + 1;
        if (!item || is_windows_only(item)) {
            free(item);
            continue;
        }
        size_t name = strcspn(item, "=") + 1, place = 0;
        while (place < count && strncasecmp(list[place], item, name) != 0)
            place++;
        free(list[place]);
        list[place] = item;
        count += place == count;
    }
    return list;
}

static void free_list(char **list)
{
    for (size_t i = 0; list && list[i]; i++)
        free(list[i]);
    free(list);
}

static int spawn_unix(struct creation *creation)
{
    char *line = to_utf8(creation->command_line, creation->command_line_length);
    char **arguments = line ? ps_split_arguments(line, creation->unix_path) : NULL;
    char *text = arguments ? arguments[1] : NULL; /* they all lie in one block */
    char **translated = arguments ? ps_translate_arguments(arguments) : NULL;
    char **environment = unix_environment(creation);
    int pid = translated && environment
                  ? spawn(creation, creation->unix_path, arguments, environment, -1, false)
                  : -ENOMEM;
    if (pid > 0)
        io_restore_limits(pid);
    free_list(environment);
    free(text);
    for (unsigned i = 0; translated && translated[i]; i++)
        free(translated[i]);
    free(translated);
    free(arguments);
    free(line);
    return pid;
}

/* What kind of file it is: 0 a Windows program, 1 one for Unix; else why not. */
static NTSTATUS check_image(const struct creation *creation, bool *ret_unix, bool *ret_wow)
{
    char head[4] = "";
    struct mm_image image;
    const char *why;
    int fd = open(creation->unix_path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return io_status_from_errno(errno);
    ssize_t got = pread(fd, head, sizeof head, 0);
    NTSTATUS status = STATUS_SUCCESS;
    *ret_unix = got == 4 && (memcmp(head, "\177ELF", 4) == 0 || memcmp(head, "#!", 2) == 0);
    if (!*ret_unix) {
        status = mm_check_image(fd, &image, &why);
        *ret_wow = NT_SUCCESS(status) && image.machine == IMAGE_FILE_MACHINE_I386;
        if (NT_SUCCESS(status) && image.managed)
            status = STATUS_INVALID_IMAGE_FORMAT;
        else if (NT_SUCCESS(status) && image.characteristics & 0x2000) /* IMAGE_FILE_DLL */
            status = STATUS_INVALID_IMAGE_FORMAT;
    }
    close(fd);
    return status;
}

static NTSTATUS start(struct creation *creation, struct ps_process **ret_process)
{
    struct gw_process_page *page = NULL;
    bool is_unix = false, is_wow = false;
    int fd = -1;
    NTSTATUS status = check_image(creation, &is_unix, &is_wow);
    if (!NT_SUCCESS(status))
        return status;
    if (creation->inherit && creation->has_handle_list && !list_is_inheritable(creation))
        return STATUS_INVALID_PARAMETER;
    collect_handles(creation);
    int pid;
    status = prepare_session(creation, is_unix);
    if (!NT_SUCCESS(status))
        return status;
    if (is_unix) {
        pid = spawn_unix(creation);
    } else {
        fd = write_block(creation);
        if (fd < 0)
            return STATUS_INSUFFICIENT_RESOURCES;
        page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (page == MAP_FAILED) {
            close(fd);
            return STATUS_NO_MEMORY;
        }
        page->suspend_count = creation->suspended;
        page->priority_class = creation->priority_class;
        pid = spawn_run(creation, fd);
    }
    int pidfd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    if (pidfd < 0) {
        if (page)
            munmap(page, 4096);
        if (fd >= 0)
            close(fd);
        return pid > 0 ? STATUS_INSUFFICIENT_RESOURCES : io_status_from_errno(-pid);
    }
    status = join_jobs(creation, is_unix, pid, fd);
    if (!NT_SUCCESS(status))
        kill(pid, SIGKILL); /* ... and is reaped as any other */
    struct ps_process *process = ps_process_watch(pid, pidfd, true, page);
    if (!process || !NT_SUCCESS(status)) {
        kill(pid, SIGKILL);
        if (fd >= 0)
            close(fd);
        if (process)
            ob_dereference(process);
        return NT_SUCCESS(status) ? STATUS_NO_MEMORY : status;
    }
    process->wow = is_wow;
    process->page_fd = fd;
    if (creation->priority_class)
        ps_set_priority(process, creation->priority_class);
    process->image_path = creation->dos_path;
    creation->dos_path = NULL;
    *ret_process = process;
    return STATUS_SUCCESS;
}

/* ---------------------------------------------------------------- in the name of another process */

/* What goes to the process that is to be the parent; behind it the texts in this order. */
struct description {
    RTL_USER_PROCESS_PARAMETERS parameters;
    size_t dos_path, command_line, directory, environment, runtime_data, unix_path,
        unix_directory; /* bytes */
    bool inherit, suspended, breakaway, has_handle_list;
    uint32_t error_mode, priority_class;
    size_t window_title, desktop;
    size_t handle_list_count;
    HANDLE handle_list[64];
};

static int describe(const struct creation *creation)
{
    struct description description = {
        .parameters = creation->parameters,
        .dos_path = creation->dos_path_length * 2,
        .command_line = creation->command_line_length * 2,
        .directory = creation->directory_length * 2,
        .environment = creation->environment_length * 2,
        .runtime_data = creation->parameters.RuntimeData.Length,
        .unix_path = strlen(creation->unix_path),
        .unix_directory = creation->unix_directory ? strlen(creation->unix_directory) : 0,
        .inherit = creation->inherit,
        .suspended = creation->suspended || creation->job_count,
        .breakaway = creation->breakaway,
        .error_mode = creation->error_mode,
        .priority_class = creation->priority_class,
        .window_title = creation->window_title_length * 2,
        .desktop = creation->desktop_length * 2,
        .has_handle_list = creation->has_handle_list,
        .handle_list_count = creation->handle_list_count,
    };
    memcpy(description.handle_list, creation->handle_list, sizeof description.handle_list);
    off_t at = 0;
    int fd = memfd_create("gastwirt-start", MFD_CLOEXEC);
    if (fd >= 0 && append(fd, &at, &description, sizeof description) &&
        append(fd, &at, creation->dos_path, description.dos_path) &&
        append(fd, &at, creation->command_line, description.command_line) &&
        append(fd, &at, creation->directory, description.directory) &&
        append(fd, &at, creation->environment, description.environment) &&
        append(fd, &at, creation->runtime_data, description.runtime_data) &&
        append(fd, &at, creation->unix_path, description.unix_path) &&
        append(fd, &at, creation->unix_directory, description.unix_directory) &&
        append(fd, &at, creation->window_title, description.window_title) &&
        append(fd, &at, creation->desktop, description.desktop))
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* The next text, with a terminator; NULL if it is not there or there is no memory. */
static void *read_piece(int fd, off_t *at, size_t size)
{
    uint8_t *piece = size <= ENVIRONMENT_LIMIT * 2 ? calloc(1, size + 4) : NULL;
    if (piece && pread(fd, piece, size, *at) != (ssize_t)size) {
        free(piece);
        return NULL;
    }
    *at += (off_t)size;
    return piece;
}

NTSTATUS ps_create_for_other(int description_fd, uint64_t *ret_pid, uint64_t *ret_wow, int *ret_page)
{
    struct description description;
    struct creation *creation = calloc(1, sizeof *creation);
    struct ps_process *process;
    off_t at = sizeof description;
    if (!creation)
        return STATUS_NO_MEMORY;
    creation->session_fd = -1;
    NTSTATUS status = STATUS_INVALID_PARAMETER;
    if (pread(description_fd, &description, sizeof description, 0) == sizeof description) {
        creation->parameters = description.parameters;
        creation->dos_path = read_piece(description_fd, &at, description.dos_path);
        creation->command_line = read_piece(description_fd, &at, description.command_line);
        creation->directory = read_piece(description_fd, &at, description.directory);
        creation->environment = read_piece(description_fd, &at, description.environment);
        creation->runtime_data = read_piece(description_fd, &at, description.runtime_data);
        creation->unix_path = read_piece(description_fd, &at, description.unix_path);
        creation->unix_directory = read_piece(description_fd, &at, description.unix_directory);
        creation->window_title = read_piece(description_fd, &at, description.window_title);
        creation->desktop = read_piece(description_fd, &at, description.desktop);
        creation->window_title_length = creation->window_title ? description.window_title / 2 : 0;
        creation->desktop_length = creation->desktop ? description.desktop / 2 : 0;
        creation->error_mode = description.error_mode;
        creation->priority_class = description.priority_class;
        creation->dos_path_length = description.dos_path / 2;
        creation->command_line_length = description.command_line / 2;
        creation->directory_length = description.directory / 2;
        creation->environment_length = description.environment / 2;
        creation->inherit = description.inherit;
        creation->suspended = description.suspended;
        creation->breakaway = description.breakaway;
        creation->has_handle_list = description.has_handle_list;
        creation->handle_list_count = description.handle_list_count <= 64 ? description.handle_list_count : 0;
        memcpy(creation->handle_list, description.handle_list, sizeof creation->handle_list);
        if (creation->dos_path && creation->command_line && creation->directory && creation->environment &&
            creation->runtime_data && creation->unix_path && creation->unix_directory)
            status = start(creation, &process);
    }
    if (NT_SUCCESS(status)) {
        *ret_pid = (uint32_t)process->unix_pid;
        *ret_wow = process->wow;
        *ret_page = process->page_fd >= 0 ? fcntl(process->page_fd, F_DUPFD_CLOEXEC, 3) : -1;
        ob_dereference(process);
    }
    release(creation);
    return status;
}

/* Lets the process that is to be the parent start the child. */
static NTSTATUS start_elsewhere(struct creation *creation, struct ps_process **ret_process)
{
    void *parent;
    int page_fd;
    NTSTATUS status = ob_handle_lookup(creation->parent, &ps_process_type, PROCESS_CREATE_PROCESS, &parent);
    if (!NT_SUCCESS(status))
        return status;
    if (parent == ps_current_process) {
        ob_dereference(parent);
        return start(creation, ret_process);
    }
    int fd = describe(creation);
    if (fd < 0) {
        ob_dereference(parent);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    struct ps_remote message = {.operation = PS_REMOTE_CREATE_PROCESS};
    status = ps_remote_call_fd(parent, &message, fd, &page_fd);
    close(fd);
    if (NT_SUCCESS(status)) {
        int pid = (int)message.value[0];
        void *page = page_fd >= 0 ? mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, page_fd, 0)
                                  : MAP_FAILED;
        int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        struct ps_process *process = pidfd >= 0 ? ps_process_watch(pid, pidfd, false,
                                                                   page == MAP_FAILED ? NULL : page)
                                                : NULL;
        if (process) {
            process->parent_id = ((struct ps_process *)parent)->id;
            process->main_thread_id = process->id + 4;
            process->wow = message.value[1];
            process->page_fd = page_fd;
            process->image_path = creation->dos_path;
            creation->dos_path = NULL;
            *ret_process = process;
            /* Its own jobs come from this process; it was started suspended for that. */
            for (unsigned i = 0; i < creation->job_count && NT_SUCCESS(status); i++)
                status = ps_job_assign(creation->jobs[i], process);
            if (creation->job_count && NT_SUCCESS(status) && !creation->suspended && process->page)
                ps_child_resume(process->page);
            if (!NT_SUCCESS(status)) {
                ps_process_kill(process, status);
                ob_dereference(process);
            }
        } else {
            if (page_fd >= 0)
                close(page_fd);
            status = STATUS_INSUFFICIENT_RESOURCES;
        }
    }
    ob_dereference(parent);
    return status;
}

NTSTATUS NtCreateUserProcess(HANDLE *ProcessHandle, HANDLE *ThreadHandle, ACCESS_MASK ProcessDesiredAccess,
                             ACCESS_MASK ThreadDesiredAccess, OBJECT_ATTRIBUTES *ProcessObjectAttributes,
                             OBJECT_ATTRIBUTES *ThreadObjectAttributes, ULONG ProcessFlags, ULONG ThreadFlags,
                             void *ProcessParameters, void *CreateInfo, void *AttributeList)
{
    struct ps_process *process = NULL;
    struct creation *creation = calloc(1, sizeof *creation);
    (void)CreateInfo;
    if (!creation)
        return STATUS_NO_MEMORY;
    creation->session_fd = -1;
    creation->error_mode = ps_default_error_mode;
    creation->priority_class = ps_inherited_priority();
    creation->breakaway = ProcessFlags & BREAKAWAY;
    creation->inherit = ProcessFlags & INHERIT_HANDLES;
    creation->suspended = ThreadFlags & THREAD_CREATE_SUSPENDED;
    NTSTATUS status = read_parameters(creation, ProcessParameters);
    if (NT_SUCCESS(status))
        status = read_attributes(creation, AttributeList);
    if (NT_SUCCESS(status))
        status = find_files(creation);
    if (NT_SUCCESS(status))
        status = creation->parent ? start_elsewhere(creation, &process) : start(creation, &process);
    if (NT_SUCCESS(status)) {
        struct ps_thread *thread = ps_thread_object(process, process->main_thread_id);
        CLIENT_ID id = {(HANDLE)(uintptr_t)process->id, (HANDLE)(uintptr_t)process->main_thread_id};
        if (!thread) {
            status = STATUS_NO_MEMORY;
        } else {
            ps_process_set_thread(process, thread);
            if (creation->guest_client_id)
                status = guest_copy(creation->guest_client_id, &id, sizeof id);
        }
        if (NT_SUCCESS(status)) {
            ob_reference(process);
            status = ob_insert(process, ProcessObjectAttributes, ProcessDesiredAccess, ProcessHandle);
        }
        if (NT_SUCCESS(status)) {
            ob_reference(thread);
            status = ob_insert(thread, ThreadObjectAttributes, ThreadDesiredAccess, ThreadHandle);
        }
        if (!NT_SUCCESS(status))
            ps_process_kill(process, status);
        if (thread)
            ob_dereference(thread);
        ob_dereference(process);
    }
    release(creation);
    return status;
}
