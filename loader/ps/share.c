/*
 * Handles to processes and threads that go to other processes: each process watches the Unix process itself;
 * the page in which a process tells its exit status goes along.
 */
#include "ps/share.h"
#include "ke/lock.h"
#include "ps/child.h"
#include "ps/thread.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct published {
    int32_t unix_pid;
    uint32_t thread_id; /* of a thread; else the main thread's, if known */
};

static NTSTATUS publish(struct ps_process *process, uint32_t thread_id, struct ob_publication *ret)
{
    struct published *data = malloc(sizeof *data);
    if (!data)
        return STATUS_NO_MEMORY;
    *data = (struct published){process->unix_pid, thread_id};
    ret->data = data;
    ret->data_size = sizeof *data;
    ret->memory = process == ps_current_process ? ps_child_own_page() : process->page_fd;
    return STATUS_SUCCESS;
}

static NTSTATUS publish_process(void *object, struct ob_publication *ret)
{
    struct ps_process *process = object;
    return publish(process, process->main_thread_id, ret);
}

static NTSTATUS publish_thread(void *object, struct ob_publication *ret)
{
    struct ps_thread *thread = object;
    return publish(thread->process, thread->id, ret);
}

static struct gw_process_page *map_page(int fd)
{
    struct stat stat;
    if (fd < 0 || fstat(fd, &stat) != 0 || stat.st_size < 4096)
        return NULL;
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return page == MAP_FAILED ? NULL : page;
}

/* One that has ended is known by its page only. */
static NTSTATUS make_ended(const struct published *data, struct gw_process_page *page,
                           struct ps_process **ret_process)
{
    struct ps_process *process = ob_create(&ps_process_type);
    if (!process)
        return STATUS_NO_MEMORY;
    ke_dispatcher_object_initialize(&process->header, KE_NOTIFICATION_EVENT, 1);
    process->unix_pid = data->unix_pid;
    process->id = (uint32_t)data->unix_pid * 4;
    process->pidfd = process->page_fd = -1;
    process->page = page;
    if (page && __atomic_load_n(&page->ended, __ATOMIC_ACQUIRE))
        process->exit_status = page->exit_status;
    else if (page && __atomic_load_n(&page->terminated, __ATOMIC_ACQUIRE))
        process->exit_status = page->terminate_status;
    *ret_process = process;
    return STATUS_SUCCESS;
}

static NTSTATUS open_process(struct ob_reception *reception, struct published *ret_data,
                             struct ps_process **ret_process)
{
    if (reception->data_size != sizeof *ret_data)
        return STATUS_INVALID_PARAMETER;
    memcpy(ret_data, reception->data, sizeof *ret_data);
    NTSTATUS status = ps_process_open(ret_data->unix_pid, ret_process);
    if (NT_SUCCESS(status) && *ret_process != ps_current_process && !(*ret_process)->page) {
        struct gw_process_page *page = map_page(reception->memory);
        ke_lock();
        struct ps_process *process = *ret_process;
        if (!process->page && page) {
            process->page = page;
            process->page_fd = reception->memory;
            reception->memory = -1;
            page = NULL;
        }
        if (!process->main_thread_id)
            process->main_thread_id = ret_data->thread_id;
        ke_unlock();
        if (page)
            munmap(page, 4096);
    } else if (status == STATUS_INVALID_CID) {
        status = make_ended(ret_data, map_page(reception->memory), ret_process);
    }
    return status;
}

static NTSTATUS adopt_process(struct ob_reception *reception, void **ret_object)
{
    struct published data;
    struct ps_process *process;
    NTSTATUS status = open_process(reception, &data, &process);
    if (NT_SUCCESS(status))
        *ret_object = process;
    return status;
}

/* Of another process a thread is known by its id; it ends with the process. */
static NTSTATUS adopt_thread(struct ob_reception *reception, void **ret_object)
{
    struct published data;
    struct ps_process *process;
    NTSTATUS status = open_process(reception, &data, &process);
    if (!NT_SUCCESS(status))
        return status;
    struct ps_thread *thread = process == ps_current_process ? ps_find_thread(data.thread_id) : NULL;
    if (!thread) {
        thread = ps_thread_object(process, data.thread_id);
        if (thread && process != ps_current_process)
            ps_process_set_thread(process, thread);
    }
    ob_dereference(process);
    if (!thread)
        return STATUS_NO_MEMORY;
    *ret_object = thread;
    return STATUS_SUCCESS;
}

const struct ob_share_type ps_process_share = {GW_TYPE_PROCESS, publish_process, adopt_process, NULL, false};
const struct ob_share_type ps_thread_share = {GW_TYPE_THREAD, publish_thread, adopt_thread, NULL, false};
