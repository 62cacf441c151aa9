/*
 * Process objects: this process, and its end.
 */
#include "dbgk/dbgk.h"
#include "io/io.h"
#include "ke/lock.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include "ps/child.h"
#include "ps/remote.h"
#include "ps/thread.h"
#include "ps/share.h"
#include "ps/token.h"
#include "session/session.h"
#include "wow/wow.h"
#include <gastwirt/process_page.h>
#include <nt/syscalls.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#pragma weak io_console_restore

enum { EXIT_HOOKS = 16 };

struct ps_process *ps_current_process;
uint32_t ps_default_error_mode = 1;
static void (*exit_hooks[EXIT_HOOKS])(void);
static unsigned exit_hook_count;
static uint32_t exiting;

static void destroy(void *object)
{
    struct ps_process *process = object;
    ps_process_forget(process);
    if (process->pidfd >= 0)
        close(process->pidfd);
    if (process->page_fd >= 0)
        close(process->page_fd);
    if (process->page)
        munmap(process->page, 4096);
    free(process->image_path);
}

const struct ob_type ps_process_type = {
    .name = "Process",
    .size = sizeof(struct ps_process),
    .generic_read = READ_CONTROL | 0x410,
    .generic_write = READ_CONTROL | 0xbea,
    .generic_execute = READ_CONTROL | SYNCHRONIZE | 0x101001,
    .all_access = STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0xffff,
    .waitable = true,
    .destroy = destroy,
    .share = &ps_process_share,
};

int64_t ps_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (now.tv_sec + 11644473600ll) * 10000000 + now.tv_nsec / 100;
}

struct ps_process *ps_process_create_current(void)
{
    struct ps_process *process = ob_create(&ps_process_type);
    if (!process)
        return NULL;
    ke_dispatcher_object_initialize(&process->header, KE_NOTIFICATION_EVENT, 0);
    process->unix_pid = getpid();
    process->id = (uint32_t)process->unix_pid * 4;
    process->parent_id = (uint32_t)getppid() * 4;
    process->pidfd = process->page_fd = -1;
    process->wow = wow_active;
    process->exit_status = STATUS_PENDING;
    process->create_time = ps_now();
    process->priority_class = 2; /* PROCESS_PRIORITY_CLASS_NORMAL */
    return ps_current_process = process;
}

void *ps_pseudo_handle(HANDLE handle)
{
    switch ((LONG_PTR)handle) {
    case -1: return ps_current_process;
    case -2: return ke_self->thread;
    case -4:
    case -6: return ps_process_token();
    case -5: return ke_self->thread->impersonation;
    }
    return NULL;
}

void ps_at_exit(void (*function)(void))
{
    ke_lock();
    if (exit_hook_count < EXIT_HOOKS)
        exit_hooks[exit_hook_count++] = function;
    ke_unlock();
}

void ps_exit_process(NTSTATUS status)
{
    if (__atomic_exchange_n(&exiting, 1, __ATOMIC_ACQ_REL))
        for (;;) /* another thread is at it */
            pause();
    dbgk_process_ended(status);
    while (exit_hook_count)
        exit_hooks[--exit_hook_count]();
    if (io_console_restore)
        io_console_restore();
    ps_child_ended(status);
    /* Unix sees 8 bits of it; an error must not look like success. */
    _exit(status & 0xff ? status & 0xff : NT_ERROR(status));
}

/* Somebody else's child: who waits for it reads the status in its page. One that does not answer is killed
 * without. */
static void get_page(struct ps_process *process)
{
    struct ps_remote message = {.operation = PS_REMOTE_GET_PAGE};
    int fd = -1;
    if (process->page || process->own_child || process->header.signal ||
        !session_can_be_called(process->unix_pid) ||
        !NT_SUCCESS(ps_remote_call_fd(process, &message, -1, &fd)) || fd < 0)
        return;
    void *page = mmap(NULL, GW_PROCESS_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    struct gw_process_page *none = NULL;
    if (page != MAP_FAILED &&
        __atomic_compare_exchange_n(&process->page, &none, page, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        process->page_fd = fd;
        return;
    }
    if (page != MAP_FAILED)
        munmap(page, GW_PROCESS_PAGE_SIZE);
    close(fd);
}

NTSTATUS NtTerminateProcess(HANDLE ProcessHandle, NTSTATUS ExitStatus)
{
    void *object;
    if (!ProcessHandle) {
        ps_terminate_other_threads(ExitStatus);
        return STATUS_SUCCESS;
    }
    NTSTATUS status = ob_handle_lookup(ProcessHandle, &ps_process_type, 1 /* PROCESS_TERMINATE */, &object);
    if (!NT_SUCCESS(status))
        return status;
    if (object == ps_current_process)
        ps_exit_process(ExitStatus);
    get_page(object);
    status = ps_process_kill(object, ExitStatus);
    ob_dereference(object);
    return status;
}
