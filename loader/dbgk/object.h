/*
 * Between the files of the debugger's side: events as they wait to be had.
 */
#ifndef DBGK_OBJECT_H
#define DBGK_OBJECT_H

#include "dbgk/link.h"
#include <nt/debug.h>

struct dbgk_object;
struct target;

struct dbgk_event {
    struct dbgk_event *next;
    struct target *target;      /* referenced */
    struct ps_process *process; /* the target's */
    struct ps_thread *thread;   /* referenced; NULL: no memory */
    struct dbgk_packet packet;
    int fds[DBGK_DESCRIPTORS];
    bool read; /* it is with the debugger */
};

/* One reference for the caller; NULL: no memory. */
struct dbgk_object *dbgk_object_create(bool kill_on_close);

/* The next event, a copy: the caller gets its descriptors and references to process and thread.
 * STATUS_NO_MORE_ENTRIES; STATUS_DEBUGGER_INACTIVE: the object has been closed. */
NTSTATUS dbgk_take_event(struct dbgk_object *object, struct dbgk_event *ret_event);

/* Answers an event that has been taken. STATUS_INVALID_PARAMETER: there is none such. */
NTSTATUS dbgk_continue(struct dbgk_object *object, uint32_t process, uint32_t thread, NTSTATUS answer);

/* What becomes of the debuggees when the object goes. */
void dbgk_set_kill_on_close(struct dbgk_object *object, bool kill);

/* STATUS_PORT_NOT_SET: the process is none of its debuggees. */
NTSTATUS dbgk_detach(struct dbgk_object *object, const struct ps_process *process);

#endif
