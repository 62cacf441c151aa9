/*
 * The console's screen buffer: cells are read from the model of the terminal and drawn on both.
 */
#ifndef IO_CONSOLE_SCREEN_H
#define IO_CONSOLE_SCREEN_H

#include "io/io.h"
#include "io/screen.h"
#include <gastwirt/console.h>

/* A screen buffer; what is in it is guarded by the lock of console_screen.c. */
struct console_buffer {
    struct screen screen;
    unsigned references;
    bool changed; /* while the terminal showed another */
    gw_console_cursor cursor;
    ULONG output_mode;
    WCHAR half; /* a high surrogate at the end of a write */
};

/* What the terminal shows from the start. It is never freed. */
extern struct console_buffer console_main_buffer;

/* A blank one with one reference, in the colors of the one that is shown; NULL: no memory. */
struct console_buffer *console_buffer_create(int fd);
void console_buffer_release(struct console_buffer *buffer, int fd);
/* The one that the terminal shows, with a reference. */
struct console_buffer *console_buffer_active(void);
bool console_buffer_is_shown(const struct console_buffer *buffer);
NTSTATUS console_buffer_show(struct console_buffer *buffer, int fd);
/* Text with control sequences, on the terminal as well if it shows the buffer. */
NTSTATUS console_buffer_output(struct console_buffer *buffer, int fd, const char *bytes, size_t length);
/* The terminal's width, and the column behind what this process has written last. */
void console_screen_column(int fd, unsigned *ret_width, unsigned *ret_column);
/* What the terminal itself echoed. */
void console_screen_echo(int fd, const char *bytes, size_t length);

void console_screen_info(struct console_buffer *buffer, int fd, gw_console_info *info);
NTSTATUS console_screen_set_cursor(struct console_buffer *buffer, int fd, const gw_console_coord *at);
NTSTATUS console_screen_set_attributes(struct console_buffer *buffer, int fd, USHORT attributes);
NTSTATUS console_screen_show_cursor(struct console_buffer *buffer, int fd, const gw_console_cursor *cursor);
/* Along the lines from a place on; *ret_count: how many cells there were. */
NTSTATUS console_screen_fill(struct console_buffer *buffer, int fd, const gw_console_fill *fill,
                             ULONG *ret_count);
NTSTATUS console_screen_read_run(struct console_buffer *buffer, int fd, const gw_console_fill *run,
                                 gw_console_cell *out, ULONG *ret_count);
NTSTATUS console_screen_write_run(struct console_buffer *buffer, int fd, const gw_console_fill *run,
                                  const gw_console_cell *cells, ULONG *ret_count);
/* Rectangles, as far as they are on the screen: *rect says what of it is. Cells are those of the whole. */
NTSTATUS console_screen_read(struct console_buffer *buffer, int fd, gw_console_rect *rect,
                             gw_console_cell *out, size_t room);
NTSTATUS console_screen_write(struct console_buffer *buffer, int fd, gw_console_rect *rect,
                              const gw_console_cell *cells);
NTSTATUS console_screen_scroll(struct console_buffer *buffer, int fd, const gw_console_scroll *scroll);

#endif
