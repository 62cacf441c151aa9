/*
 * The console's control events.
 */
#ifndef IO_CONSOLE_CONTROL_H
#define IO_CONSOLE_CONTROL_H

#include "io/io.h"

NTSTATUS console_control_start(void);
/* Blocks for the next one. */
NTSTATUS console_control_wait(ULONG *ret_event);
NTSTATUS console_control_generate(ULONG event, ULONG group);
void console_control_ignore(bool ignore);

#endif
