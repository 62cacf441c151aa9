/*
 * The console's screen buffer: cells are read from the model of the terminal and drawn on both.
 */
#ifndef IO_CONSOLE_SCREEN_H
#define IO_CONSOLE_SCREEN_H

#include "io/console.h"

/* What the model has to know of output that goes to the terminal, or is echoed by it. */
void console_screen_output(int fd, const char *bytes, size_t length);
void console_screen_info(int fd, gw_console_info *info);
NTSTATUS console_screen_set_cursor(int fd, const gw_console_coord *at);
NTSTATUS console_screen_set_attributes(int fd, USHORT attributes);
/* Along the lines from a place on; *ret_count: how many cells there were. */
NTSTATUS console_screen_fill(int fd, const gw_console_fill *fill, ULONG *ret_count);
NTSTATUS console_screen_read_run(int fd, const gw_console_fill *run, gw_console_cell *out, ULONG *ret_count);
NTSTATUS console_screen_write_run(int fd, const gw_console_fill *run, const gw_console_cell *cells,
                                  ULONG *ret_count);
/* Rectangles, as far as they are on the screen: *rect says what of it is. Cells are those of the whole. */
NTSTATUS console_screen_read(int fd, gw_console_rect *rect, gw_console_cell *out, size_t room);
NTSTATUS console_screen_write(int fd, gw_console_rect *rect, const gw_console_cell *cells);
NTSTATUS console_screen_scroll(int fd, const gw_console_scroll *scroll);

/* console.c: */
bool console_ask_cursor(int fd, gw_console_coord *ret);
NTSTATUS console_write_bytes(int fd, const char *bytes, size_t length);

#endif
