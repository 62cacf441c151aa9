/*
 * The system-call tracer; called by the door while ke_tracing is set.
 */
#ifndef KE_TRACE_H
#define KE_TRACE_H

#include <nt/types.h>

struct ke_syscall;

extern uint8_t ke_tracing;

/* registers: the first six arguments; stack: the rest. */
void ke_trace_call(const struct ke_syscall *call, const uint64_t *registers, const uint64_t *stack);
void ke_trace_return(NTSTATUS status);

#endif
