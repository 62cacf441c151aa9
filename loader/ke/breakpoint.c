/*
 * Debug registers: breakpoints of the processor through perf events of the thread's own, which raise SIGTRAP
 * where they hit. Where the kernel refuses (perf_event_paranoid, no such hardware, before Linux 5.13) the
 * registers are kept and never trigger.
 */
#include "ke/breakpoint.h"
#include "ke/lock.h"
#include "mm/mm.h"
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CONTROL_LEGAL  0xffff0355u /* what of Dr7 is kept: no global bits, no general detect */
#define CONTROL_ACTIVE 0x55u       /* any of the four */
#define TRAP_PERF_CODE 6           /* si_code */
#define DATA_OFFSET    24          /* of si_perf_data in siginfo_t */

enum { SLOTS = 4 };

struct ke_breakpoints {
    uint64_t address[SLOTS], status, control; /* as set; dispatcher lock, or the thread's own */
    bool changed;                             /* since they were armed */
    /* The thread's own: what is armed. */
    struct {
        int fd; /* + 1; 0: none */
        uint64_t address;
        unsigned kind;
    } armed[SLOTS];
};

void ke_breakpoints_get(const struct ke_thread *thread, CONTEXT *context)
{
    const struct ke_breakpoints *breakpoints = thread->breakpoints;
    if (!breakpoints) {
        memset(&context->Dr0, 0, 6 * sizeof context->Dr0);
        return;
    }
    memcpy(&context->Dr0, breakpoints->address, sizeof breakpoints->address);
    context->Dr6 = breakpoints->status;
    context->Dr7 = breakpoints->control;
}

void ke_breakpoints_set(struct ke_thread *thread, const CONTEXT *context)
{
    struct ke_breakpoints *breakpoints = thread->breakpoints;
    uint64_t address[SLOTS], control = context->Dr7 & CONTROL_LEGAL;
    memcpy(address, &context->Dr0, sizeof address);
    for (unsigned i = 0; i < SLOTS; i++)
        if (address[i] >= MM_HIGHEST)
            address[i] = 0;
    if (!breakpoints) {
        static const uint64_t none[SLOTS];
        if (!control && !context->Dr6 && memcmp(address, none, sizeof none) == 0)
            return;
        breakpoints = calloc(1, sizeof *breakpoints);
        if (!breakpoints)
            return;
        thread->breakpoints = breakpoints;
    }
    breakpoints->status = context->Dr6 & 0xe00f;
    if (breakpoints->control == control && memcmp(breakpoints->address, address, sizeof address) == 0)
        return;
    memcpy(breakpoints->address, address, sizeof address);
    breakpoints->control = control;
    breakpoints->changed = true;
    __atomic_or_fetch(&thread->pending, KE_PENDING_CONTEXT, __ATOMIC_RELEASE);
}

/* Length and type in Dr7's form (4 bits) as the kernel calls them. Types: execute, write, ports, access. */
static int open_event(uint64_t address, unsigned kind, unsigned slot)
{
    static const uint8_t lengths[] = {HW_BREAKPOINT_LEN_1, HW_BREAKPOINT_LEN_2, HW_BREAKPOINT_LEN_8,
                                      HW_BREAKPOINT_LEN_4};
    static const uint8_t types[] = {HW_BREAKPOINT_X, HW_BREAKPOINT_W, HW_BREAKPOINT_EMPTY, HW_BREAKPOINT_RW};
    unsigned type = kind & 3, length = lengths[kind >> 2];
    if (types[type] == HW_BREAKPOINT_EMPTY)
        return -1;
    struct perf_event_attr attributes = {
        .type = PERF_TYPE_BREAKPOINT,
        .size = sizeof attributes,
        .bp_type = types[type],
        .bp_addr = type ? address & ~(uint64_t)(length - 1) : address,
        .bp_len = type ? length : sizeof(long),
        .sample_period = 1,
        .exclude_kernel = 1,
        .exclude_hv = 1,
        .remove_on_exec = 1,
        .sigtrap = 1,
        .sig_data = slot,
    };
    return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

void ke_breakpoints_apply(struct ke_thread *thread)
{
    struct ke_breakpoints *breakpoints = thread->breakpoints;
    if (!breakpoints)
        return;
    ke_lock();
    struct ke_breakpoints wanted = *breakpoints;
    breakpoints->changed = false;
    ke_unlock();
    if (!wanted.changed)
        return;
    /* First all that goes: the processor has four. */
    bool on[SLOTS];
    unsigned kinds[SLOTS];
    for (unsigned i = 0; i < SLOTS; i++) {
        kinds[i] = (unsigned)(wanted.control >> (16 + 4 * i)) & 15;
        on[i] = wanted.control >> (2 * i) & 1;
        if (wanted.armed[i].fd &&
            (!on[i] || wanted.armed[i].address != wanted.address[i] || wanted.armed[i].kind != kinds[i])) {
            close(wanted.armed[i].fd - 1);
            wanted.armed[i].fd = 0;
        }
    }
    for (unsigned i = 0; i < SLOTS; i++) {
        if (on[i] && !wanted.armed[i].fd) {
            wanted.armed[i].fd = open_event(wanted.address[i], kinds[i], i) + 1;
            wanted.armed[i].address = wanted.address[i];
            wanted.armed[i].kind = kinds[i];
        }
    }
    memcpy(breakpoints->armed, wanted.armed, sizeof wanted.armed);
}

void ke_breakpoints_free(struct ke_thread *thread)
{
    struct ke_breakpoints *breakpoints = thread->breakpoints;
    if (!breakpoints)
        return;
    for (unsigned i = 0; i < SLOTS; i++)
        if (breakpoints->armed[i].fd)
            close(breakpoints->armed[i].fd - 1);
    ke_lock();
    thread->breakpoints = NULL;
    ke_unlock();
    free(breakpoints);
}

bool ke_is_breakpoint(int number, const siginfo_t *info)
{
    return number == SIGTRAP && info->si_code == TRAP_PERF_CODE;
}

void ke_breakpoint_hit(struct ke_thread *thread, const siginfo_t *info, CONTEXT *context)
{
    struct ke_breakpoints *breakpoints = thread->breakpoints;
    uint64_t slot;
    if (!breakpoints)
        return;
    memcpy(&slot, (const uint8_t *)info + DATA_OFFSET, sizeof slot);
    breakpoints->status = info->si_code == TRAP_PERF_CODE ? 1ull << (slot & 3) : 0x4000;
    ke_breakpoints_get(thread, context);
    /* The kernel lets the instruction pass; on Windows that is the handler's business. */
    if (info->si_code == TRAP_PERF_CODE)
        context->EFlags &= ~0x10000u;
}
