/*
 * Priority classes and the processors of a process. Only lower priorities reach Unix, which does not give
 * higher ones to everybody.
 */
#include "ke/lock.h"
#include "ps/child.h"
#include "ps/process_info.h"
#include "ps/thread.h"
#include <sched.h>
#include <sys/resource.h>

/* A job's comes first. */
uint32_t ps_priority_class(const struct ps_process *process)
{
    uint32_t class = ps_child_job_priority(process);
    if (!class)
        class = ps_child_priority(process);
    return class ? class : process->priority_class;
}

/* The lower ones only. */
uint32_t ps_inherited_priority(void)
{
    enum { IDLE = 1, BELOW_NORMAL = 5 };
    uint32_t class = ps_priority_class(ps_current_process);
    return class == IDLE || class == BELOW_NORMAL ? class : 0;
}

bool ps_set_priority(struct ps_process *process, uint32_t class)
{
    static const int8_t nice[] = {0, 19, 0, -10, -20, 10, -5};
    if (!class || class >= sizeof nice)
        return false;
    process->priority_class = class;
    ps_child_tell_priority(process, class);
    if (nice[class] >= 0)
        setpriority(PRIO_PROCESS, (id_t)process->unix_pid, nice[class]);
    return true;
}

int ps_priority_level(uint32_t class)
{
    static const uint8_t levels[] = {8, 4, 8, 13, 24, 6, 10};
    return class < sizeof levels ? levels[class] : 8;
}

KAFFINITY ps_process_affinity(const struct ps_process *process)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    sched_getaffinity(process->unix_pid, sizeof set, &set);
    int count = CPU_COUNT(&set);
    return count >= 64 ? ~0ull : (1ull << count) - 1;
}

bool ps_process_set_affinity(struct ps_process *process, KAFFINITY mask)
{
    KAFFINITY now = ps_process_affinity(process);
    cpu_set_t all, set;
    if (!mask || mask & ~now)
        return false;
    if (mask == now)
        return true;
    CPU_ZERO(&all);
    CPU_ZERO(&set);
    sched_getaffinity(process->unix_pid, sizeof all, &all);
    for (int cpu = 0, index = 0; cpu < CPU_SETSIZE && index < 64; cpu++)
        if (CPU_ISSET(cpu, &all) && mask >> index++ & 1)
            CPU_SET(cpu, &set);
    ke_lock();
    for (struct ps_thread *thread = ps_threads; process == ps_current_process && thread;
         thread = thread->next)
        if (thread->unix_tid)
            sched_setaffinity(thread->unix_tid, sizeof set, &set);
    ke_unlock();
    sched_setaffinity(process->unix_pid, sizeof set, &set);
    return true;
}
