/*
 * Serves system calls that are listed as missing, and numbers that are in no table.
 */
#include "ke/ke.h"
#include "ke/syscall_table.h"
#include <stdio.h>

NTSTATUS ke_missing_syscall(void)
{
    static uint8_t named[KE_SYSCALL_COUNT];
    const struct ke_syscall *call = ke_find_syscall(ke_self->syscall_number);
    size_t index = (size_t)(call - ke_syscalls);
    if (!__atomic_exchange_n(&named[index], 1, __ATOMIC_RELAXED))
        dprintf(2, "run: system call %s is not implemented\n", call->name);
    return STATUS_NOT_IMPLEMENTED;
}

NTSTATUS ke_invalid_syscall(void)
{
    return STATUS_INVALID_SYSTEM_SERVICE;
}
