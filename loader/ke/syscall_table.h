/*
 * The dispatch table generated from include/gastwirt/syscalls.def: indices below 0x200 are NT
 * numbers, our own calls (from 0x2000) follow. door.S relies on the entry's size and on the first
 * two fields.
 */
#ifndef KE_SYSCALL_TABLE_H
#define KE_SYSCALL_TABLE_H

#include <nt/types.h>

#define KE_SYSCALL_NT_COUNT  0x200
#define KE_SYSCALL_OWN_BASE  0x2000
#define KE_SYSCALL_OWN_COUNT 0x100
#define KE_SYSCALL_COUNT     (KE_SYSCALL_NT_COUNT + KE_SYSCALL_OWN_COUNT)

struct ke_syscall {
    void *function; /* NULL: no such number */
    uint64_t arguments;
    const char *name;
    const char *description; /* "TYPE NAME;..." of the arguments, for the tracer */
};

extern const struct ke_syscall ke_syscalls[KE_SYSCALL_COUNT];

/* Number of a call (as in EAX) to its table entry, or NULL. */
static inline const struct ke_syscall *ke_find_syscall(uint32_t number)
{
    if (number >= KE_SYSCALL_OWN_BASE)
        number = number - KE_SYSCALL_OWN_BASE + KE_SYSCALL_NT_COUNT;
    else if (number >= KE_SYSCALL_NT_COUNT)
        return NULL;
    return number < KE_SYSCALL_COUNT && ke_syscalls[number].function ? &ke_syscalls[number] : NULL;
}

/* Serves calls that are listed as missing: names them once each on stderr, STATUS_NOT_IMPLEMENTED. */
NTSTATUS ke_missing_syscall(void);

/* Serves numbers that are in no table: STATUS_INVALID_SYSTEM_SERVICE. */
NTSTATUS ke_invalid_syscall(void);

#endif
