/*
 * Inside the exception code (ke/signal.c, fault.c, crash.c, context.c): what a CPU trap means to
 * the guest, and the ends of a process that cannot go on.
 */
#ifndef KE_SIGNAL_H
#define KE_SIGNAL_H

#include "ke/ke.h"

enum ke_trap {
    KE_TRAP_RETRY,   /* resolved: run the instruction again */
    KE_TRAP_RAISE,   /* raise *record; context is adjusted as Windows shows it */
    KE_TRAP_SYSCALL, /* int 2e: a system call, RIP behind it */
};

/* Decides about a CPU trap in guest code. trap, error, address as in the signal's context. */
enum ke_trap ke_classify_trap(int signal, uint64_t trap, uint64_t error, uint64_t address, CONTEXT *context,
                              EXCEPTION_RECORD *ret_record);

/* The general registers and the FXSAVE image between a signal's context and a CONTEXT. */
void ke_context_from_signal(const ucontext_t *signal, CONTEXT *ret_context);

/* Copies the extended components in use to `xsave` (KE_XSAVE_SIZE); returns their mask. */
uint64_t ke_xsave_from_signal(const ucontext_t *signal, uint8_t *xsave);

/* Writes header and components of a CONTEXT's XState area, in compacted format; returns its size. */
size_t ke_pack_xstate(uint8_t *area, const uint8_t *xsave, uint64_t in_use);

/* The reverse, from guest memory. */
NTSTATUS ke_unpack_xstate(const uint8_t *guest_area, size_t length, uint8_t *xsave, uint64_t *ret_in_use);

/* ke_raise_exception with record and context in place. */
void ke_raise_frame(struct exception_frame *frame, uint64_t xstate_mask);

/* Offset and size of an XSAVE component in the standard format; size 0 if the CPU lacks it. */
struct ke_xsave_component {
    uint32_t offset, size;
};
extern struct ke_xsave_component ke_xsave_components[8];
extern bool ke_xsave_compact; /* it knows the compacted format: contexts then use it */

/* The components above SSE that the system has enabled. The layout is found when somebody asks for the first
 * time, in a signal handler perhaps: CPUID takes microseconds in a virtual machine, and most programs never
 * have an exception. */
extern uint64_t ke_xsave_known; /* 1 + the mask; 0: not asked yet */
uint64_t ke_find_xsave_layout(void);
static inline uint64_t ke_xsave_mask(void)
{
    uint64_t known = __atomic_load_n(&ke_xsave_known, __ATOMIC_ACQUIRE);
    return known ? known - 1 : ke_find_xsave_layout();
}

/* A report on stderr about a guest that cannot even take its exception, then the end of the process. */
_Noreturn void ke_crash(const EXCEPTION_RECORD *record, const CONTEXT *context, const char *why);

/* A fault of our own: says where, and exits with KE_EXIT_INTERNAL. */
#define KE_EXIT_INTERNAL 125
_Noreturn void ke_internal_error(int signal, const siginfo_t *info, const ucontext_t *context);

#endif
