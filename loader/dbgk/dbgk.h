/*
 * Debugging guest processes. A debuggee tells its debugger what happens over a socket of their own (the
 * link), one event at a time, and stops until it is answered. Whoever dies is noticed by the link's end.
 */
#ifndef DBGK_DBGK_H
#define DBGK_DBGK_H

#include "ps/ps.h"

/* ---- in the debuggee ---- */

extern uint32_t dbgk_debugged; /* atomic: events are to be told */

static inline bool dbgk_is_debugged(void)
{
    return __builtin_expect(__atomic_load_n(&dbgk_debugged, __ATOMIC_RELAXED) != 0, false);
}

/* This process starts with a debugger at the other end of fd (consumed). */
void dbgk_inherit(int fd, bool kill_on_close);

/* The calling guest thread, before its first instruction and as its last act; what the process ends with. */
void dbgk_thread_started(void);
void dbgk_thread_ended(NTSTATUS status);
void dbgk_process_ended(NTSTATUS status);

/* The calling thread has taken an exception with ke_self->context. True: the debugger has dealt with it, go
 * on with that context, which it may have changed. */
bool dbgk_exception(const EXCEPTION_RECORD *record, bool first_chance);

/* The same from within a system call; its way back stays as it is unless the debugger changed it. */
bool dbgk_exception_in_call(const EXCEPTION_RECORD *record, const CONTEXT *context, bool first_chance);

/* The calling thread has mapped or unmapped an image. */
void dbgk_image_mapped(void *base);
void dbgk_image_unmapped(void *base);

/* The child that the process starts is debugged as well: a socket for it, -1 if it is not to be. */
int dbgk_prepare_child(bool *ret_kill_on_close, int *ret_own_end);
void dbgk_child_started(int unix_pid, int own_end); /* 0: it was not; consumes own_end */

/* ---- in the debugger ---- */

extern const struct ob_type dbgk_object_type;

/* The process, whose end of the link is fd (consumed), belongs to the debug object behind a handle. */
NTSTATUS dbgk_add_child(void *debug_object, struct ps_process *process, int fd);

/* What a child is to know at its start. */
bool dbgk_kills_on_close(void *debug_object);

/* Makes a running process a debuggee. */
NTSTATUS dbgk_attach(void *debug_object, struct ps_process *process);

/* The debug object of this process that debugs the other one, referenced; NULL. */
void *dbgk_object_of(const struct ps_process *process);

/* One without debuggees, for who asks for the debug object of another process; referenced, or NULL. */
void *dbgk_object_placeholder(void);

/* A thread of a debuggee; referenced, or NULL. */
struct ps_thread *dbgk_find_thread(uint32_t process_id, uint32_t thread_id);

/* From now on other processes may attach to this one. */
void dbgk_initialize(void);

#endif
