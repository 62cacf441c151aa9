/*
 * Watching other processes: one host thread, started with the first, waits for pidfds and turns an
 * end into a signalled process object. Own children are reaped here and nowhere else.
 */
#include "io/share_table.h"
#include "ke/lock.h"
#include "ke/wait.h"
#include "ps/child.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

/* Guards the watch list and the thread's start. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct ps_process *watched; /* each referenced */
static struct ps_process *known;   /* all there are, ended ones as well; not referenced */
static int epoll_fd = -1;

/* The exit code of a process that a Unix signal ended. */
static NTSTATUS signal_status(int number)
{
    switch (number) {
    case SIGKILL:
    case SIGTERM:
    case SIGHUP: return 1;
    case SIGINT:
    case SIGQUIT: return STATUS_CONTROL_C_EXIT;
    case SIGSEGV:
    case SIGBUS: return STATUS_ACCESS_VIOLATION;
    case SIGILL: return STATUS_ILLEGAL_INSTRUCTION;
    case SIGFPE: return STATUS_INTEGER_DIVIDE_BY_ZERO;
    case SIGABRT: return 3;
    }
    return 128 + number;
}

static void process_ended(struct ps_process *process)
{
    struct ke_wake wake = KE_WAKE_INITIALIZER(wake);
    struct rusage usage = {0};
    siginfo_t info = {0};
    NTSTATUS status = 0;
    if (process->own_child) {
        /* As long as the object exists the id stays this process's: it is not reaped yet. */
        while (syscall(SYS_waitid, P_PIDFD, process->pidfd, &info, WEXITED | WNOWAIT, &usage) < 0 &&
               errno == EINTR)
            ;
        status = info.si_code == CLD_EXITED ? info.si_status : signal_status(info.si_status);
    }
    struct gw_process_page *page = process->page;
    if (page && __atomic_load_n(&page->ended, __ATOMIC_ACQUIRE))
        status = page->exit_status;
    else if (page && __atomic_load_n(&page->terminated, __ATOMIC_ACQUIRE))
        status = page->terminate_status;
    process->user_time = (uint64_t)usage.ru_utime.tv_sec * 10000000 + (uint64_t)usage.ru_utime.tv_usec * 10;
    process->kernel_time = (uint64_t)usage.ru_stime.tv_sec * 10000000 + (uint64_t)usage.ru_stime.tv_usec * 10;
    process->exit_time = ps_now();
    io_table_process_ended((uint32_t)process->unix_pid);

    pthread_mutex_lock(&lock);
    struct ps_process **place = &watched;
    while (*place != process)
        place = &(*place)->next;
    *place = process->next;
    pthread_mutex_unlock(&lock);

    ke_lock();
    struct ps_thread *thread = process->first_thread;
    process->first_thread = NULL;
    process->exit_status = status;
    if (thread) {
        thread->exit_status = status;
        thread->exit_time = process->exit_time;
        thread->ended = true;
        ke_signal_locked(&thread->header, 1, &wake);
    }
    ke_signal_locked(&process->header, 1, &wake);
    ke_unlock_and_wake(&wake);
    if (thread)
        ob_dereference(thread);
    ob_dereference(process);
}

/* Whoever waits for a child waits for this thread as well, which never runs for long: it asks for a short
 * slice, for which the kernel runs it soon on a busy machine (Linux 6.12; nothing comes of it on older ones).
 */
static void ask_for_a_short_slice(void)
{
    struct { /* struct sched_attr, which libc and the kernel both want to define */
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } attributes = {.size = sizeof attributes};
    if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) == 0 &&
        attributes.policy == SCHED_OTHER) {
        attributes.runtime = 100000;
        syscall(SYS_sched_setattr, 0, &attributes, 0);
    }
}

static void *watch_thread(void *unused)
{
    struct epoll_event events[16];
    (void)unused;
    prctl(PR_SET_NAME, "processes");
    ask_for_a_short_slice();
    for (;;) {
        int count = epoll_wait(epoll_fd, events, 16, -1);
        for (int i = 0; i < count; i++) {
            struct ps_process *process = events[i].data.ptr;
            epoll_ctl(epoll_fd, EPOLL_CTL_DEL, process->pidfd, NULL);
            process_ended(process);
        }
    }
    return NULL;
}

static bool start_watching(void)
{
    if (epoll_fd >= 0)
        return true;
    int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0)
        return false;
    epoll_fd = fd;
    if (ke_start_helper(watch_thread, NULL))
        return true;
    close(fd);
    epoll_fd = -1;
    return false;
}

struct ps_process *ps_process_watch(int unix_pid, int pidfd, bool own_child, struct gw_process_page *page)
{
    struct ps_process *process = ob_create(&ps_process_type);
    if (!process) {
        close(pidfd);
        return NULL;
    }
    ke_dispatcher_object_initialize(&process->header, KE_NOTIFICATION_EVENT, 0);
    process->unix_pid = unix_pid;
    process->id = (uint32_t)unix_pid * 4;
    process->pidfd = pidfd;
    process->page_fd = -1;
    process->exit_status = STATUS_PENDING;
    process->own_child = own_child;
    process->page = page;
    process->create_time = ps_now();
    process->priority_class = 2;
    if (own_child) {
        process->parent_id = ps_current_process->id;
        process->main_thread_id = ps_thread_id(process->id, 1);
    }
    pthread_mutex_lock(&lock);
    process->known_next = known;
    known = process;
    bool watching = start_watching();
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = process};
    if (watching) {
        ob_reference(process);
        process->next = watched;
        watched = process;
        if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, pidfd, &event) != 0) {
            watched = process->next;
            watching = false;
            ob_dereference(process);
        }
    }
    pthread_mutex_unlock(&lock);
    if (!watching) {
        ob_dereference(process);
        return NULL;
    }
    return process;
}

void ps_process_set_thread(struct ps_process *process, struct ps_thread *thread)
{
    ke_lock();
    if (process->header.signal) { /* it was quick */
        thread->exit_status = process->exit_status;
        thread->ended = true;
        thread->header.signal = 1;
    } else {
        ob_reference(thread);
        process->first_thread = thread;
    }
    ke_unlock();
}

/* A reference to an object whose last one may just be going; false then. */
static bool reference_living(struct ob_object *object)
{
    int count = __atomic_load_n(&object->references, __ATOMIC_ACQUIRE);
    while (count > 0)
        if (__atomic_compare_exchange_n(&object->references, &count, count + 1, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
            return true;
    return false;
}

/* One that has ended keeps its id if it was this process's child: it is not reaped. */
struct ps_process *ps_process_find_child(int unix_pid)
{
    pthread_mutex_lock(&lock);
    struct ps_process *process = known;
    while (process && (process->unix_pid != unix_pid || (process->header.signal && !process->own_child) ||
                       !reference_living(&process->header.object)))
        process = process->known_next;
    pthread_mutex_unlock(&lock);
    return process;
}

void ps_process_forget(struct ps_process *process)
{
    siginfo_t info;
    pthread_mutex_lock(&lock);
    struct ps_process **place = &known;
    while (*place && *place != process)
        place = &(*place)->known_next;
    if (*place)
        *place = process->known_next;
    pthread_mutex_unlock(&lock);
    if (process->own_child && process->pidfd >= 0)
        while (syscall(SYS_waitid, P_PIDFD, process->pidfd, &info, WEXITED | WNOHANG, NULL) < 0 &&
               errno == EINTR)
            ;
}

NTSTATUS ps_process_kill(struct ps_process *process, NTSTATUS status)
{
    if (process->header.signal)
        return STATUS_PROCESS_IS_TERMINATING;
    if (process->page && !__atomic_load_n(&process->page->terminated, __ATOMIC_ACQUIRE)) {
        process->page->terminate_status = status;
        __atomic_store_n(&process->page->terminated, 1, __ATOMIC_RELEASE);
    }
    if (syscall(SYS_pidfd_send_signal, process->pidfd, SIGKILL, NULL, 0) != 0)
        return errno == ESRCH ? STATUS_PROCESS_IS_TERMINATING : STATUS_ACCESS_DENIED;
    return STATUS_SUCCESS;
}
