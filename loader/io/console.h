/*
 * The console's files, for its calls.
 */
#ifndef IO_CONSOLE_H
#define IO_CONSOLE_H

#include "io/console_screen.h"

bool console_is_input(const struct io_file *file);
/* What a file of output writes to; the main buffer for all others, and NULL. */
struct console_buffer *console_buffer_of(const struct io_file *file);
/* A blank buffer with a file and its handle (ULONG64: the guest's HANDLE in both modes). */
NTSTATUS console_create_buffer(const gw_console_create *create, ULONG64 *ret_handle);

#endif
