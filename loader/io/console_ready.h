/*
 * Whether the console has input, as something to wait for.
 */
#ifndef IO_CONSOLE_READY_H
#define IO_CONSOLE_READY_H

#include <stdbool.h>

struct ke_dispatcher_object;

/* There is an input file over fd. has_queued: is there input that was read from the terminal and not taken?
 * prepare puts the terminal into the state in which each key counts. */
void console_ready_input(int fd, bool (*has_queued)(void), void (*prepare)(int fd));

/* What input files wait on; NULL: no memory for it. */
struct ke_dispatcher_object *console_ready_event(void);

/* Input was taken, or put into the queue. */
void console_ready_update(void);

#endif
