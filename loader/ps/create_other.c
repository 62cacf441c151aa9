/*
 * NtCreateUserProcess in the name of another process (PROC_THREAD_ATTRIBUTE_PARENT_PROCESS): a memory file
 * describes the child to the one that is to be its parent.
 */
#include "dbgk/dbgk.h"
#include "io/io.h"
#include "ob/ob.h"
#include "ps/creation.h"
#include "ps/job.h"
#include "ps/remote.h"
#include "ps/thread.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PROCESS_CREATE_PROCESS = 0x80 };

enum { PIECES = 10 };

/* What goes to the process that is to be the parent; behind it the pieces, of so many bytes each. */
struct description {
    RTL_USER_PROCESS_PARAMETERS parameters;
    bool inherit, suspended, breakaway, has_handle_list;
    uint32_t error_mode, priority_class;
    size_t sizes[PIECES];
};

/* Where the pieces are, in their order. */
static void locate(struct creation *creation, void **ret_places[PIECES])
{
    void **places[PIECES] = {(void **)&creation->dos_path,     (void **)&creation->command_line,
                             (void **)&creation->directory,    (void **)&creation->environment,
                             (void **)&creation->runtime_data, (void **)&creation->unix_path,
                             (void **)&creation->window_title, (void **)&creation->desktop,
                             (void **)&creation->handle_list,  (void **)&creation->unix_directory};
    memcpy(ret_places, places, sizeof places);
}

static int describe(struct creation *creation)
{
    struct description description = {
        .parameters = creation->parameters,
        .inherit = creation->inherit,
        .suspended = creation->suspended || creation->job_count || creation->debug_object,
        .breakaway = creation->breakaway,
        .has_handle_list = creation->has_handle_list,
        .error_mode = creation->error_mode,
        .priority_class = creation->priority_class,
        .sizes = {creation->dos_path_length * 2, creation->command_line_length * 2,
                  creation->directory_length * 2, creation->environment_length * 2,
                  creation->parameters.RuntimeData.Length, strlen(creation->unix_path),
                  creation->window_title_length * 2, creation->desktop_length * 2,
                  creation->handle_list_count * sizeof(HANDLE),
                  creation->unix_directory ? strlen(creation->unix_directory) : 0},
    };
    void **places[PIECES];
    off_t at = 0;
    int fd = memfd_create("gastwirt-start", MFD_CLOEXEC);
    bool good = fd >= 0 && creation_append(fd, &at, &description, sizeof description);
    locate(creation, places);
    for (int i = 0; i < PIECES && good; i++)
        good = creation_append(fd, &at, *places[i], description.sizes[i]);
    if (!good && fd >= 0)
        close(fd);
    return good ? fd : -1;
}

/* The next piece, with a terminator; NULL if it is not there or there is no memory. */
static void *read_piece(int fd, off_t *at, size_t size)
{
    uint8_t *piece = size <= CREATION_ENVIRONMENT_LIMIT * 2 ? calloc(1, size + 4) : NULL;
    if (piece && pread(fd, piece, size, *at) != (ssize_t)size) {
        free(piece);
        return NULL;
    }
    *at += (off_t)size;
    return piece;
}

/* Makes a start of a description. */
static NTSTATUS undescribe(int fd, struct creation *creation)
{
    struct description description;
    void **places[PIECES];
    off_t at = sizeof description;
    if (pread(fd, &description, sizeof description, 0) != sizeof description)
        return STATUS_INVALID_PARAMETER;
    locate(creation, places);
    for (int i = 0; i < PIECES; i++)
        if (!(*places[i] = read_piece(fd, &at, description.sizes[i])))
            return STATUS_INVALID_PARAMETER;
    creation->parameters = description.parameters;
    creation->dos_path_length = description.sizes[0] / 2;
    creation->command_line_length = description.sizes[1] / 2;
    creation->directory_length = description.sizes[2] / 2;
    creation->environment_length = description.sizes[3] / 2;
    creation->window_title_length = description.sizes[6] / 2;
    creation->desktop_length = description.sizes[7] / 2;
    creation->handle_list_count = description.sizes[8] / sizeof(HANDLE);
    if (!*creation->unix_directory) {
        free(creation->unix_directory);
        creation->unix_directory = NULL;
    }
    creation->inherit = description.inherit;
    creation->suspended = description.suspended;
    creation->breakaway = description.breakaway;
    creation->has_handle_list = description.has_handle_list;
    creation->error_mode = description.error_mode;
    creation->priority_class = description.priority_class;
    return STATUS_SUCCESS;
}

NTSTATUS ps_create_for_other(int description_fd, uint64_t *ret_pid, uint64_t *ret_wow, int *ret_page)
{
    struct creation *creation = creation_new();
    struct ps_process *process;
    if (!creation)
        return STATUS_NO_MEMORY;
    NTSTATUS status = undescribe(description_fd, creation);
    if (NT_SUCCESS(status))
        status = creation_start(creation, &process);
    if (NT_SUCCESS(status)) {
        *ret_pid = (uint32_t)process->unix_pid;
        *ret_wow = process->wow;
        *ret_page = process->page_fd >= 0 ? fcntl(process->page_fd, F_DUPFD_CLOEXEC, 3) : -1;
        ob_dereference(process);
    }
    creation_free(creation);
    return status;
}

/* Lets the process that is to be the parent start the child. */
NTSTATUS creation_start_elsewhere(struct creation *creation, struct ps_process **ret_process)
{
    void *parent;
    int page_fd;
    NTSTATUS status = ob_handle_lookup(creation->parent, &ps_process_type, PROCESS_CREATE_PROCESS, &parent);
    if (!NT_SUCCESS(status))
        return status;
    if (parent == ps_current_process) {
        ob_dereference(parent);
        return creation_start(creation, ret_process);
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
            process->main_thread_id = ps_thread_id(process->id, 1);
            process->wow = message.value[1];
            process->page_fd = page_fd;
            process->image_path = creation->dos_path;
            creation->dos_path = NULL;
            *ret_process = process;
            /* Its own jobs and its debugger come from this process; it was started suspended for that. */
            for (unsigned i = 0; i < creation->job_count && NT_SUCCESS(status); i++)
                status = ps_job_assign(creation->jobs[i], process);
            if (creation->debug_object && NT_SUCCESS(status))
                status = dbgk_attach(creation->debug_object, process);
            if ((creation->job_count || creation->debug_object) && NT_SUCCESS(status) &&
                !creation->suspended && process->page)
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
