/*
 * NtCreateUserProcess: a Windows program becomes another `run --child`, told what to do through a
 * memory file; an ELF program or a script is started as it is, with translated standard handles.
 */
#include "dbgk/dbgk.h"
#include "io/io.h"
#include "mm/guest.h"
#include "mm/mm.h"
#include "ob/ob.h"
#include "ps/creation.h"
#include "ps/thread.h"
#include "wow/wow.h"
#include <errno.h>
#include <fcntl.h>
#include <nt/debug.h>
#include <nt/image.h>
#include <nt/syscalls.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BREAKAWAY = 1, NO_DEBUG_INHERIT = 2, INHERIT_HANDLES = 4, THREAD_CREATE_SUSPENDED = 1 };

struct creation *creation_new(void)
{
    struct creation *creation = calloc(1, sizeof *creation);
    if (creation)
        creation->session_fd = creation->debug_fd = creation->debug_own_end = -1;
    return creation;
}

void creation_free(struct creation *creation)
{
    for (size_t i = 0; i < creation->file_count; i++) {
        close(creation->files[i].file.fd);
        if (creation->files[i].file.plain >= 0)
            close(creation->files[i].file.plain);
        free(creation->files[i].file.path);
    }
    for (size_t i = 0; i < creation->shared_count; i++)
        ob_dereference(creation->shared[i].object);
    for (size_t i = 0; i < creation->job_count; i++)
        ob_dereference(creation->jobs[i]);
    if (creation->session_fd >= 0)
        close(creation->session_fd);
    if (creation->debug_fd >= 0)
        close(creation->debug_fd);
    if (creation->debug_own_end >= 0)
        close(creation->debug_own_end);
    if (creation->debug_object)
        ob_dereference(creation->debug_object);
    free(creation->files);
    free(creation->shared);
    free(creation->handle_list);
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

char *creation_to_utf8(const WCHAR *text, size_t length)
{
    char *copy = malloc(length * 3 + 1);
    if (copy)
        copy[io_utf16_to_utf8(text, length, copy, length * 3)] = 0;
    return copy;
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

/* A link for the child to who debugs it: this process, or the one that debugs this process and its children.
 */
static NTSTATUS prepare_debugging(struct creation *creation, bool is_unix, bool is_wow)
{
    int pair[2];
    if (!creation->debug_object) {
        if (!is_unix && !(wow_active && !is_wow))
            creation->debug_fd = dbgk_prepare_child(&creation->debug_kill, &creation->debug_own_end);
    } else if (is_unix || (wow_active && !is_wow)) {
        return STATUS_NOT_SUPPORTED; /* there is nothing that debug events could tell of it */
    } else {
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
            return STATUS_INSUFFICIENT_RESOURCES;
        creation->debug_own_end = pair[0];
        creation->debug_fd = pair[1];
        creation->debug_kill = dbgk_kills_on_close(creation->debug_object);
    }
    if (creation->debug_fd >= 0 && creation->debug_fd < 3) { /* the child's standard descriptors come there */
        int low = creation->debug_fd;
        creation->debug_fd = fcntl(low, F_DUPFD_CLOEXEC, 3);
        close(low);
    }
    return STATUS_SUCCESS;
}

static NTSTATUS begin_debugging(struct creation *creation, struct ps_process *process)
{
    int own_end = creation->debug_own_end;
    creation->debug_own_end = -1;
    if (creation->debug_object)
        return dbgk_add_child(creation->debug_object, process, own_end);
    if (own_end >= 0)
        dbgk_child_started(process->unix_pid, own_end);
    return STATUS_SUCCESS;
}

NTSTATUS creation_start(struct creation *creation, struct ps_process **ret_process)
{
    struct gw_process_page *page = NULL;
    bool is_unix = false, is_wow = false;
    int fd = -1;
    NTSTATUS status = check_image(creation, &is_unix, &is_wow);
    if (!NT_SUCCESS(status))
        return status;
    int pid;
    status = creation_collect(creation);
    if (NT_SUCCESS(status))
        status = prepare_debugging(creation, is_unix, is_wow);
    if (NT_SUCCESS(status))
        status = creation_prepare_session(creation, is_unix);
    if (!NT_SUCCESS(status))
        return status;
    if (is_unix) {
        pid = creation_spawn_unix(creation);
    } else {
        fd = creation_write_block(creation);
        if (fd < 0)
            return STATUS_INSUFFICIENT_RESOURCES;
        page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (page == MAP_FAILED) {
            close(fd);
            return STATUS_NO_MEMORY;
        }
        page->suspend_count = creation->suspended;
        page->priority_class = creation->priority_class;
        pid = creation_spawn_windows(creation, fd);
    }
    int pidfd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    if (pidfd < 0) {
        if (page)
            munmap(page, 4096);
        if (fd >= 0)
            close(fd);
        return pid > 0 ? STATUS_INSUFFICIENT_RESOURCES : io_status_from_errno(-pid);
    }
    status = creation_join_jobs(creation, is_unix, pid, fd);
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
    status = begin_debugging(creation, process);
    if (!NT_SUCCESS(status)) {
        ps_process_kill(process, status);
        ob_dereference(process);
        return status;
    }
    if (creation->priority_class)
        ps_set_priority(process, creation->priority_class);
    process->image_path = creation->dos_path;
    creation->dos_path = NULL;
    *ret_process = process;
    return STATUS_SUCCESS;
}

NTSTATUS NtCreateUserProcess(HANDLE *ProcessHandle, HANDLE *ThreadHandle, ACCESS_MASK ProcessDesiredAccess,
                             ACCESS_MASK ThreadDesiredAccess, OBJECT_ATTRIBUTES *ProcessObjectAttributes,
                             OBJECT_ATTRIBUTES *ThreadObjectAttributes, ULONG ProcessFlags, ULONG ThreadFlags,
                             void *ProcessParameters, void *CreateInfo, void *AttributeList)
{
    struct ps_process *process = NULL;
    enum { CHILD_PROCESS_POLICY = 13, NO_CHILD_PROCESSES = 1 };
    (void)CreateInfo;
    if (ps_current_process->mitigation[CHILD_PROCESS_POLICY] & NO_CHILD_PROCESSES)
        return (NTSTATUS)0xc000049d; /* STATUS_CHILD_PROCESS_BLOCKED */
    struct creation *creation = creation_new();
    if (!creation)
        return STATUS_NO_MEMORY;
    creation->error_mode = ps_default_error_mode;
    creation->priority_class = ps_inherited_priority();
    creation->breakaway = ProcessFlags & BREAKAWAY;
    creation->inherit = ProcessFlags & INHERIT_HANDLES;
    creation->suspended = ThreadFlags & THREAD_CREATE_SUSPENDED;
    NTSTATUS status = creation_read(creation, ProcessParameters, AttributeList);
    creation->debug_children = !(ProcessFlags & NO_DEBUG_INHERIT);
    if (NT_SUCCESS(status) && creation->debug_handle)
        status = ob_handle_lookup(creation->debug_handle, &dbgk_object_type, DEBUG_PROCESS_ASSIGN,
                                  &creation->debug_object);
    if (NT_SUCCESS(status))
        status = creation->parent ? creation_start_elsewhere(creation, &process)
                                  : creation_start(creation, &process);
    if (NT_SUCCESS(status) && process) {
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
    creation_free(creation);
    return status;
}
