/*
 * The child's end of starting a process: reading what the parent wrote, telling it how it ended.
 */
#include "ps/child_block.h"
#include "dbgk/dbgk.h"
#include "io/io.h"
#include "mm/mm.h"
#include "ke/wait.h"
#include "ob/share.h"
#include "session/session.h"
#include <fcntl.h>
#include <pthread.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ORPHAN_PATIENCE = 6 };

/* Shared with the parent; NULL in a process that a shell started. */
static struct gw_process_page *own_page;
static const PEB *own_peb;
static int own_page_fd = -1;
static int parent;

/* The next piece as a copy with a terminator; NULL if it is not there. */
static void *take(const uint8_t **place, size_t *left, size_t size)
{
    if (size > *left)
        return NULL;
    uint8_t *copy = malloc(size + 2);
    if (copy) {
        memcpy(copy, *place, size);
        copy[size] = copy[size + 1] = 0;
    }
    *place += size;
    *left -= size;
    return copy;
}

static bool restore_handle(const struct ps_child_inherit *saved, char *path)
{
    struct io_inherit inherit = {saved->fd,       -1,   saved->kind,   saved->file_access, saved->options,
                                 saved->position, path, saved->sharing};
    HANDLE temporary, wanted = (HANDLE)saved->handle;
    void *object;
    fcntl(saved->fd, F_SETFD, FD_CLOEXEC);
    if (!NT_SUCCESS(io_file_import(&inherit, OBJ_INHERIT, &temporary)))
        return false;
    if (temporary == wanted)
        return true;
    if (!NT_SUCCESS(ob_handle_lookup(temporary, NULL, 0, &object)))
        return false;
    NTSTATUS status = ob_handle_create_at(wanted, object, saved->access, OBJ_INHERIT);
    ob_handle_close(temporary);
    ob_dereference(object);
    return NT_SUCCESS(status);
}

static const char damaged[] = "the parent's start data is damaged";

/* Files, pipes and devices that are inherited; NULL or what is wrong. */
static const char *take_inherited(const struct ps_child_header *header, const uint8_t **place, size_t *left)
{
    for (uint32_t i = 0; i < header->inherit_count; i++) {
        struct ps_child_inherit saved;
        if (*left < sizeof saved)
            return damaged;
        memcpy(&saved, *place, sizeof saved);
        *place += sizeof saved;
        *left -= sizeof saved;
        char *path = take(place, left, saved.path);
        if (!path || !restore_handle(&saved, saved.path ? path : NULL)) {
            free(path);
            return "an inherited handle cannot be taken over";
        }
        free(path);
    }
    return NULL;
}

/* Objects of the session that are inherited: the server's handles 1, 2 ... of this process. */
static const char *take_shared(const struct ps_child_header *header, const uint8_t *place, size_t left)
{
    for (uint32_t i = 0; i < header->shared_count; i++) {
        struct ps_child_shared saved;
        if (left < sizeof saved)
            return damaged;
        memcpy(&saved, place, sizeof saved);
        place += sizeof saved;
        left -= sizeof saved;
        void *object;
        if (!NT_SUCCESS(ob_share_attach(i + 1, &object)))
            return "an inherited object cannot be taken over";
        NTSTATUS status = ob_handle_create_at((HANDLE)saved.handle, object, saved.access, saved.attributes);
        ob_dereference(object);
        if (!NT_SUCCESS(status))
            return "an inherited handle cannot be taken over";
    }
    return NULL;
}

const char *ps_child_receive(int fd, struct ps_start *start)
{
    struct stat stat;
    struct ps_child_header header;
    if (fstat(fd, &stat) != 0 || stat.st_size < (off_t)(PS_CHILD_OFFSET + sizeof header))
        return damaged;
    uint8_t *file = mmap(NULL, (size_t)stat.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    own_page_fd = fd;
    if (file == MAP_FAILED)
        return "out of memory";
    memcpy(&header, file + PS_CHILD_OFFSET, sizeof header);
    if (header.magic != PS_CHILD_MAGIC || header.size < sizeof header ||
        header.size > (size_t)stat.st_size - PS_CHILD_OFFSET)
        return damaged;

    const uint8_t *place = file + PS_CHILD_OFFSET + sizeof header;
    size_t left = header.size - sizeof header;
    char *unix_path = take(&place, &left, header.unix_path);
    start->image_dos_path = take(&place, &left, header.dos_path);
    start->command_line = take(&place, &left, header.command_line);
    start->current_directory = take(&place, &left, header.current_directory);
    start->environment = take(&place, &left, header.environment);
    start->environment_length = header.environment / 2;
    start->runtime_data = take(&place, &left, header.runtime_data);
    start->runtime_data_size = header.runtime_data;
    start->window_title = take(&place, &left, header.window_title);
    start->desktop = take(&place, &left, header.desktop);
    if (!header.desktop) {
        free(start->desktop);
        start->desktop = NULL;
    }
    memcpy(start->place, header.place, sizeof start->place);
    ps_default_error_mode = header.error_mode;
    start->process_group = header.process_group;
    parent = header.parent;
    if (header.ignore_ctrl_c)
        signal(SIGINT, SIG_IGN);
    start->show_window = header.show_window;
    start->startup_flags = header.startup_flags;
    if (!unix_path || !start->image_dos_path || !start->command_line || !start->current_directory ||
        !start->environment || !start->runtime_data)
        return damaged; /* NOLINT(clang-analyzer-unix.Malloc): the process ends */
    const char *wrong = take_inherited(&header, &place, &left);
    if (wrong)
        return wrong;
    if (header.debug_fd >= 0) {
        own_page = (struct gw_process_page *)file;
        dbgk_inherit(header.debug_fd, header.debug_kill);
        own_page->debug = GW_DEBUGGED | (header.debug_children ? 0 : GW_DEBUG_NO_INHERIT);
    }
    if (header.session_fd >= 0) {
        fcntl(header.session_fd, F_SETFD, FD_CLOEXEC);
        session_inherit(header.session_fd);
    }
    if ((wrong = take_shared(&header, place, left)))
        return wrong;
    for (int i = 0; i < 3; i++) {
        start->standard[i] = (HANDLE)header.standard[i];
        io_set_standard(start->standard[i], i);
    }
    start->image_fd = open(unix_path, O_RDONLY | O_CLOEXEC);
    free(unix_path);
    if (start->image_fd < 0)
        return "the program is gone";
    munmap(file + PS_CHILD_OFFSET, (size_t)stat.st_size - PS_CHILD_OFFSET);
    own_page = (struct gw_process_page *)file;
    mm_set_account(own_page);
    return NULL;
}

int ps_child_own_page(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    if (own_page_fd < 0) {
        int fd = memfd_create("gastwirt-process", MFD_CLOEXEC);
        void *page = fd >= 0 && ftruncate(fd, 4096) == 0
                         ? mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
                         : MAP_FAILED;
        if (page != MAP_FAILED) {
            own_page_fd = fd;
            own_page = page;
            mm_set_account(own_page);
            own_page->peb = (uint64_t)own_peb;
        } else if (fd >= 0) {
            close(fd);
        }
    }
    pthread_mutex_unlock(&lock);
    return own_page_fd;
}

void ps_child_started(struct ps_thread *thread)
{
    (void)thread;
    static const struct timespec moment = {.tv_nsec = 500000000};
    uint32_t count, orphaned = 0;
    while (own_page && (count = __atomic_load_n(&own_page->suspend_count, __ATOMIC_ACQUIRE))) {
        syscall(SYS_futex, &own_page->suspend_count, FUTEX_WAIT, count, &moment, NULL, 0);
        session_answer();
        /* Who was to resume it has died: it would stay for ever. */
        if (getppid() != parent && ++orphaned > ORPHAN_PATIENCE)
            ps_exit_process(STATUS_PROCESS_IS_TERMINATING);
    }
}

void ps_child_resume(struct gw_process_page *page)
{
    __atomic_sub_fetch(&page->suspend_count, 1, __ATOMIC_ACQ_REL);
    syscall(SYS_futex, &page->suspend_count, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void ps_child_set_peb(const PEB *peb)
{
    own_peb = peb;
    if (own_page)
        __atomic_store_n(&own_page->peb, (uint64_t)peb, __ATOMIC_RELEASE);
}

PEB *ps_child_peb(void)
{
    return (PEB *)own_peb;
}

static struct gw_process_page *page_of(const struct ps_process *process)
{
    return process == ps_current_process ? own_page : process->page;
}

uint32_t ps_child_debug(const struct ps_process *process)
{
    const struct gw_process_page *page = page_of(process);
    return page ? __atomic_load_n(&page->debug, __ATOMIC_ACQUIRE) : 0;
}

void ps_child_set_debug(const struct ps_process *process, uint32_t bit, bool set)
{
    if (process == ps_current_process)
        ps_child_own_page();
    struct gw_process_page *page = page_of(process);
    if (page && set)
        __atomic_or_fetch(&page->debug, bit, __ATOMIC_ACQ_REL);
    else if (page)
        __atomic_and_fetch(&page->debug, ~bit, __ATOMIC_ACQ_REL);
}

uint32_t ps_child_job_priority(const struct ps_process *process)
{
    const struct gw_process_page *page = page_of(process);
    return page ? __atomic_load_n(&page->job_priority, __ATOMIC_RELAXED) : 0;
}

uint32_t ps_child_priority(const struct ps_process *process)
{
    const struct gw_process_page *page = page_of(process);
    return page ? __atomic_load_n(&page->priority_class, __ATOMIC_RELAXED) : 0;
}

void ps_child_tell_priority(const struct ps_process *process, uint32_t class)
{
    struct gw_process_page *page = page_of(process);
    if (page)
        __atomic_store_n(&page->priority_class, class, __ATOMIC_RELAXED);
}

/* For the accounts of the job. */
static void tell_usage(void)
{
    struct rusage usage;
    uint64_t io[6];
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        own_page->user_time = (uint64_t)usage.ru_utime.tv_sec * 10000000 +
                              (uint64_t)usage.ru_utime.tv_usec * 10;
        own_page->kernel_time = (uint64_t)usage.ru_stime.tv_sec * 10000000 +
                                (uint64_t)usage.ru_stime.tv_usec * 10;
    }
    ps_io_counters(ps_current_process, io);
    memcpy(own_page->io, io, sizeof io);
}

void ps_child_ended(NTSTATUS status)
{
    if (own_page) {
        if (__atomic_load_n(&own_page->in_job, __ATOMIC_RELAXED))
            tell_usage();
        own_page->exit_status = status;
        __atomic_store_n(&own_page->ended, 1, __ATOMIC_RELEASE);
    }
}
