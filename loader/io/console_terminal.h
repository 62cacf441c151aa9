/*
 * The terminal under the console: its modes, and what is put back when the process ends.
 */
#ifndef IO_CONSOLE_TERMINAL_H
#define IO_CONSOLE_TERMINAL_H

#include "io/io.h"

/* ENABLE_xxx: what of the input mode the terminal does itself. */
enum { CONSOLE_PROCESSED_INPUT = 1, CONSOLE_LINE_INPUT = 2, CONSOLE_ECHO_INPUT = 4 };

/* Who makes what of the keys: the terminal lines (canonical mode), as the input mode says; whoever reads
 * records; or the editor of lines, for which they all are keys, Ctrl-C too. Between its lines the terminal
 * keeps what is typed for it, unseen. */
enum console_keys { CONSOLE_LINES, CONSOLE_RECORDS, CONSOLE_EDITED, CONSOLE_BETWEEN };

/* Puts the terminal into the state that the input mode asks for. */
void console_terminal_set(int fd, ULONG input_mode, enum console_keys keys);

/* Can lines be edited on it: is it a terminal that moves its cursor and that can be written? */
bool console_terminal_edits(int fd);

/* From now on the terminal may show a buffer of ours: at the end of the process it gets its own screen back.
 */
void console_terminal_keep_screen(int fd);

/* Blocks until all is written; STATUS_ALERTED and the like if the thread was interrupted. */
NTSTATUS console_terminal_write(int fd, const char *bytes, size_t length);

#endif
