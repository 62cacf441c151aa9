/*
 * Reading from the console, as text and as records. All handles of input share one queue.
 */
#ifndef IO_CONSOLE_INPUT_H
#define IO_CONSOLE_INPUT_H

#include "io/keys.h"
#include <gastwirt/console.h>

/* ENABLE_xxx_INPUT; the terminal follows at once. */
ULONG console_input_mode(void);
NTSTATUS console_input_set_mode(int fd, ULONG mode);

/* What a reader of lines asks for besides (ReadConsole's pInputControl). */
struct console_line {
    const WCHAR *initial; /* stands on the terminal already, the cursor behind it */
    size_t initial_length;
    ULONG wakeup_mask; /* a bit for each control character that ends the line, if it is edited here */
};

/* The next line (or keys, without line input) in UTF-8, as far as there is room, with CR LF; blocks. 0 bytes:
 * end of file; STATUS_ALERTED: Ctrl-C was typed. line may be NULL. */
NTSTATUS console_input_read_text(int fd, const struct console_line *line, char *out, size_t room,
                                 size_t *ret_used);
/* The same in UTF-16; room and result in units. A character that is cut waits for its rest. */
NTSTATUS console_input_read(int fd, const struct console_line *line, WCHAR *out, size_t room,
                            size_t *ret_units);

/* Records of keys: up to read->count, by its flags only looked at (1) or waited for (2). */
NTSTATUS console_input_read_records(int fd, const gw_console_read *read, INPUT_RECORD_HOST *out,
                                    ULONG *ret_count);

/* Records into the queue, behind what is there; wakes readers. */
void console_input_add(const INPUT_RECORD_HOST *records, ULONG count);
/* Forgets the queue and what was typed. */
void console_input_flush(int fd);

/* Is there input that was read from the terminal and not taken? */
bool console_input_queued(void);
/* Makes each key count while somebody waits for input. */
void console_input_prepare_wait(int fd);

/* Asks the terminal where the cursor is; what was typed meanwhile is kept for the reader. false: it does not
 * say. */
bool console_input_ask_cursor(int fd, gw_console_coord *ret);

#endif
