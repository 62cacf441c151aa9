/*
 * A thread's debug registers (ke/breakpoint.c).
 */
#ifndef KE_BREAKPOINT_H
#define KE_BREAKPOINT_H

#include "ke/ke.h"

/* Into Dr0 to Dr7 of the context, and from there: the thread arms them on its way to the guest. Of another
 * thread under the dispatcher lock, while it is stopped. */
void ke_breakpoints_get(const struct ke_thread *thread, CONTEXT *context);
void ke_breakpoints_set(struct ke_thread *thread, const CONTEXT *context);

/* The calling thread's: as set last; when it ends. */
void ke_breakpoints_apply(struct ke_thread *thread);
void ke_breakpoints_free(struct ke_thread *thread);

/* Is the signal one of theirs? What a hit, or a single step, leaves in Dr6, and the registers. */
bool ke_is_breakpoint(int number, const siginfo_t *info);
void ke_breakpoint_hit(struct ke_thread *thread, const siginfo_t *info, CONTEXT *context);

#endif
