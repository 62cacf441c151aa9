/*
 * The child's end of starting a process.
 */
#include "ps/child.h"

const char *ps_child_receive(int fd, struct ps_start *start)
{
    (void)fd, (void)start;
    return "not yet";
}
void ps_child_started(struct ps_thread *thread) { (void)thread; }
void ps_child_ended(NTSTATUS status) { (void)status; }
NTSTATUS ps_process_kill(struct ps_process *process, NTSTATUS status)
{
    (void)process, (void)status;
    return STATUS_NOT_SUPPORTED;
}
void ps_child_resume(struct ps_child_page *page) { (void)page; }
