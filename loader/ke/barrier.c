/*
 * NtFlushProcessWriteBuffers: a memory barrier on all processors that run this process.
 */
#include <linux/membarrier.h>
#include <nt/types.h>
#include <nt/syscalls.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

NTSTATUS NtFlushProcessWriteBuffers(void)
{
    static bool registered;
    if (!registered) {
        syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
        registered = true;
    }
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) != 0)
        syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0); /* slow, but of old */
    return STATUS_SUCCESS;
}
