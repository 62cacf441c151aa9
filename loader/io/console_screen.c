/*
 * The functions on cells. The model follows all output of this process; where the cursor stands on the
 * terminal is asked once before rows are named, and again when a program asks.
 */
#include "io/console_screen.h"
#include "io/console_input.h"
#include "io/console_terminal.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards all models; rank: io file */

struct console_buffer console_main_buffer = {.references = 1, .output_mode = 3, .cursor = {25, 1}};
static struct console_buffer *active = &console_main_buffer; /* what the terminal shows */

/* What is to be sent to the terminal, if it shows the buffer. */
struct drawing {
    struct screen *screen;
    bool hidden;
    char *bytes;
    size_t used, room;
    int attributes; /* selected last; -1: unknown */
};

static struct drawing drawing_of(struct console_buffer *buffer)
{
    return (struct drawing){.screen = &buffer->screen, .hidden = buffer != active, .attributes = -1};
}

static void append(struct drawing *drawing, const char *bytes, size_t length)
{
    if (!drawing->bytes || drawing->room - drawing->used < length) {
        size_t room = (drawing->room + length) * 2;
        char *more = realloc(drawing->bytes, room);
        if (!more) /* the model is right; the next drawing of these cells will be */
            return;
        drawing->bytes = more;
        drawing->room = room;
    }
    memcpy(drawing->bytes + drawing->used, bytes, length);
    drawing->used += length;
}

static size_t encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)(c < ' ' || c == 0x7f ? ' ' : c);
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 63));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 63));
        out[2] = (char)(0x80 | (c & 63));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 63));
    out[2] = (char)(0x80 | (c >> 6 & 63));
    out[3] = (char)(0x80 | (c & 63));
    return 4;
}

/* The cells of a line from first to end, as the model has them. */
static void draw(struct drawing *drawing, unsigned y, unsigned first, unsigned end)
{
    char text[48];
    unsigned last = end;
    bool to_edge = end == drawing->screen->width;
    struct screen_cell *row = screen_at(drawing->screen, 0, y);
    if (drawing->hidden)
        return;
    if (first && row[first].attributes & SCREEN_TRAILING)
        first--;
    if (to_edge) /* blanks at the end are erased: they are no text to whoever copies from the terminal */
        while (last > first && row[last - 1].character == ' ' && !(row[last - 1].attributes & 0xfff0))
            last--;
    if (!drawing->used)
        append(drawing, "\0337", 2);
    append(drawing, text, (size_t)snprintf(text, sizeof text, "\033[%u;%uH", y + 1, first + 1));
    for (unsigned x = first; x < last; x++) {
        uint16_t attributes = row[x].attributes & (uint16_t) ~(SCREEN_LEADING | SCREEN_TRAILING);
        if (row[x].attributes & SCREEN_TRAILING && x > first)
            continue;
        if (attributes != drawing->attributes)
            append(drawing, text, screen_select(attributes, text));
        drawing->attributes = attributes;
        append(drawing, text, encode(row[x].character, text));
    }
    if (last < end) {
        append(drawing, "\033[m\033[K", 6);
        drawing->attributes = -1;
    }
}

/* Sends it, the cursor and its colors being where they were. The lock is free by now: terminals can be slow.
 */
static NTSTATUS finish(int fd, struct drawing *drawing)
{
    NTSTATUS status = STATUS_SUCCESS;
    if (drawing->used) {
        append(drawing, "\0338", 2);
        status = console_terminal_write(fd, drawing->bytes, drawing->used);
    }
    free(drawing->bytes);
    return status;
}

static void size_of(int fd, unsigned *width, unsigned *height)
{
    struct winsize size;
    bool known = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row;
    *width = known ? size.ws_col : 80;
    *height = known ? size.ws_row : 25;
}

/* The buffer's model with the terminal's size; takes the lock. */
static bool take(struct console_buffer *buffer, int fd)
{
    unsigned width, height;
    size_of(fd, &width, &height);
    pthread_mutex_lock(&lock);
    if (screen_size(&buffer->screen, width, height))
        return true;
    pthread_mutex_unlock(&lock);
    return false;
}

/* The same with rows that are the terminal's. Only of the main buffer others can know more than we do. */
static NTSTATUS take_anchored(struct console_buffer *buffer, int fd, bool ask)
{
    gw_console_coord at;
    struct screen *screen = &buffer->screen;
    if (!take(buffer, fd))
        return STATUS_NO_MEMORY;
    if (buffer != &console_main_buffer || buffer != active || (screen->anchored && !ask))
        return STATUS_SUCCESS;
    pthread_mutex_unlock(&lock);
    bool known = console_input_ask_cursor(fd, &at);
    if (!take(buffer, fd))
        return STATUS_NO_MEMORY;
    if (known)
        screen_anchor(screen, (unsigned)at.x, (unsigned)at.y);
    else if (!screen->anchored) /* then output began at the top */
        screen_anchor(screen, screen->x,
                      screen->advanced < screen->height ? screen->advanced : screen->height - 1);
    return STATUS_SUCCESS;
}

/* ---- buffers */

struct console_buffer *console_buffer_create(int fd)
{
    struct console_buffer *buffer = calloc(1, sizeof *buffer);
    if (!buffer)
        return NULL;
    *buffer = (struct console_buffer){.references = 1, .output_mode = 3, .cursor = {25, 1}};
    if (!take(buffer, fd)) {
        free(buffer);
        return NULL;
    }
    screen_anchor(&buffer->screen, 0, 0);
    if (active->screen.cells) {
        buffer->screen.attributes = active->screen.attributes;
        for (size_t i = 0; i < (size_t)buffer->screen.width * buffer->screen.height; i++)
            buffer->screen.cells[i].attributes = buffer->screen.attributes & 0xff;
    }
    pthread_mutex_unlock(&lock);
    return buffer;
}

/* Shows a buffer: others than the main one on the terminal's alternate screen, so that the main one comes
 * back as it was, with what other programs wrote. */
static NTSTATUS show(struct console_buffer *buffer, int fd)
{
    char text[64];
    if (!take(buffer, fd))
        return STATUS_NO_MEMORY;
    struct drawing drawing = {.screen = &buffer->screen, .attributes = -1};
    bool same = buffer == active;
    if (!same && active == &console_main_buffer)
        append(&drawing, "\033[?1049h", 8);
    else if (!same && buffer == &console_main_buffer)
        append(&drawing, "\033[?1049l", 8);
    active = buffer;
    if (!same && (buffer != &console_main_buffer || buffer->changed)) {
        for (unsigned y = 0; y < buffer->screen.height; y++)
            draw(&drawing, y, 0, buffer->screen.width);
        append(&drawing, text, screen_select(buffer->screen.attributes, text));
        append(
            &drawing, text,
            (size_t)snprintf(text, sizeof text, "\033[%u;%uH", buffer->screen.y + 1, buffer->screen.x + 1));
    }
    buffer->changed = false;
    if (!same)
        append(&drawing, buffer->cursor.visible ? "\033[?25h" : "\033[?25l", 6);
    pthread_mutex_unlock(&lock);
    NTSTATUS status = drawing.used ? console_terminal_write(fd, drawing.bytes, drawing.used) : STATUS_SUCCESS;
    free(drawing.bytes);
    return status;
}

/* Where the main buffer's rows are is to be known before it is out of sight. */
NTSTATUS console_buffer_show(struct console_buffer *buffer, int fd)
{
    if (buffer != &console_main_buffer && NT_SUCCESS(take_anchored(&console_main_buffer, fd, false)))
        pthread_mutex_unlock(&lock);
    return show(buffer, fd);
}

struct console_buffer *console_buffer_active(void)
{
    pthread_mutex_lock(&lock);
    struct console_buffer *buffer = active;
    buffer->references++;
    pthread_mutex_unlock(&lock);
    return buffer;
}

void console_buffer_release(struct console_buffer *buffer, int fd)
{
    pthread_mutex_lock(&lock);
    bool last = !--buffer->references, shown = buffer == active;
    pthread_mutex_unlock(&lock);
    if (!last)
        return;
    if (shown)
        show(&console_main_buffer, fd);
    free(buffer->screen.cells);
    free(buffer->screen.main);
    free(buffer);
}

bool console_buffer_is_shown(const struct console_buffer *buffer)
{
    return buffer == active;
}

NTSTATUS console_buffer_output(struct console_buffer *buffer, int fd, const char *bytes, size_t length)
{
    bool shown = buffer == active;
    if (take(buffer, fd)) {
        screen_feed(&buffer->screen, bytes, length);
        shown = buffer == active;
        buffer->changed |= !shown;
        pthread_mutex_unlock(&lock);
    }
    return shown ? console_terminal_write(fd, bytes, length) : STATUS_SUCCESS;
}

void console_screen_column(int fd, unsigned *ret_width, unsigned *ret_column)
{
    *ret_column = 0;
    size_of(fd, ret_width, &(unsigned){0});
    if (take(active, fd)) {
        *ret_column = active->screen.x;
        pthread_mutex_unlock(&lock);
    }
}

void console_screen_echo(int fd, const char *bytes, size_t length)
{
    struct console_buffer *buffer = console_buffer_active();
    if (take(buffer, fd)) {
        screen_feed(&buffer->screen, bytes, length);
        pthread_mutex_unlock(&lock);
    }
    console_buffer_release(buffer, fd);
}

/* ---- what a buffer is like */

void console_screen_info(struct console_buffer *buffer, int fd, gw_console_info *info)
{
    static const ULONG colors[16] = {0x0c0c0c, 0xda3700, 0x0ea113, 0xdd963a, 0x1f0fc5, 0x981788,
                                     0x009cc1, 0xcccccc, 0x767676, 0xff783b, 0x0cc616, 0xd6d661,
                                     0x5648e7, 0x9e00b4, 0xa5f1f9, 0xf2f2f2};
    const struct screen *screen = &buffer->screen;
    memset(info, 0, sizeof *info);
    info->attributes = SCREEN_DEFAULT;
    info->popup_attributes = 0xf5;
    memcpy(info->colors, colors, sizeof colors);
    if (!NT_SUCCESS(take_anchored(buffer, fd, true)))
        return;
    info->size.x = info->maximum.x = (SHORT)screen->width;
    info->size.y = info->maximum.y = (SHORT)screen->height;
    info->window.right = (SHORT)(screen->width - 1);
    info->window.bottom = (SHORT)(screen->height - 1);
    info->attributes = screen->attributes;
    info->cursor = (gw_console_coord){(SHORT)screen->x, (SHORT)screen->y};
    pthread_mutex_unlock(&lock);
}

NTSTATUS console_screen_set_cursor(struct console_buffer *buffer, int fd, const gw_console_coord *at)
{
    char text[40];
    unsigned width, height;
    size_of(fd, &width, &height);
    if (at->x < 0 || at->y < 0 || (unsigned)at->x >= width || (unsigned)at->y >= height)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = take_anchored(buffer, fd, false);
    if (!NT_SUCCESS(status))
        return status;
    pthread_mutex_unlock(&lock);
    return console_buffer_output(buffer, fd, text,
                                 (size_t)snprintf(text, sizeof text, "\033[%d;%dH", at->y + 1, at->x + 1));
}

NTSTATUS console_screen_set_attributes(struct console_buffer *buffer, int fd, USHORT attributes)
{
    char text[40];
    NTSTATUS status = console_buffer_output(buffer, fd, text, screen_select(attributes, text));
    pthread_mutex_lock(&lock);
    buffer->screen.attributes = attributes;
    pthread_mutex_unlock(&lock);
    return status;
}

NTSTATUS console_screen_show_cursor(struct console_buffer *buffer, int fd, const gw_console_cursor *cursor)
{
    pthread_mutex_lock(&lock);
    bool shown = buffer == active;
    buffer->cursor = *cursor;
    pthread_mutex_unlock(&lock);
    return shown ? console_terminal_write(fd, cursor->visible ? "\033[?25h" : "\033[?25l", 6)
                 : STATUS_SUCCESS;
}

/* ---- along the lines */

/* How many of `count` cells there are from here on; 0: the place is not on the screen. */
static ULONG run_length(const struct screen *screen, gw_console_coord at, ULONG count)
{
    if (at.x < 0 || at.y < 0 || (unsigned)at.x >= screen->width || (unsigned)at.y >= screen->height)
        return 0;
    size_t left = (size_t)screen->width * screen->height - ((size_t)at.y * screen->width + (size_t)at.x);
    return count < left ? count : (ULONG)left;
}

static void draw_run(struct drawing *drawing, gw_console_coord at, ULONG count)
{
    unsigned x = (unsigned)at.x;
    for (unsigned y = (unsigned)at.y; count; y++, x = 0) {
        unsigned n = count < drawing->screen->width - x ? count : drawing->screen->width - x;
        draw(drawing, y, x, x + n);
        count -= n;
    }
}

static void set_cell(struct screen_cell *cell, const gw_console_cell *from, bool character, bool attributes)
{
    if (character) {
        cell->character = from->character;
        cell->attributes &= (uint16_t) ~(SCREEN_LEADING | SCREEN_TRAILING);
    }
    if (attributes)
        cell->attributes = from->attributes;
}

static gw_console_cell get_cell(const struct screen_cell *cell)
{
    return (gw_console_cell){cell->character > 0xffff ? 0xfffd : (WCHAR)cell->character, cell->attributes};
}

NTSTATUS console_screen_fill(struct console_buffer *buffer, int fd, const gw_console_fill *fill,
                             ULONG *ret_count)
{
    struct drawing drawing;
    struct screen *screen = &buffer->screen;
    const gw_console_cell cell = {fill->character, fill->attributes};
    NTSTATUS status = take_anchored(buffer, fd, false);
    if (!NT_SUCCESS(status))
        return status;
    drawing = drawing_of(buffer);
    buffer->changed |= drawing.hidden;
    ULONG count = run_length(screen, fill->at, fill->count);
    for (ULONG i = 0; i < count; i++)
        set_cell(screen_at(screen, (unsigned)fill->at.x, (unsigned)fill->at.y) + i, &cell, fill->what == 0,
                 fill->what == 1);
    draw_run(&drawing, fill->at, count);
    pthread_mutex_unlock(&lock);
    *ret_count = count;
    return finish(fd, &drawing);
}

NTSTATUS console_screen_read_run(struct console_buffer *buffer, int fd, const gw_console_fill *run,
                                 gw_console_cell *out, ULONG *ret_count)
{
    struct screen *screen = &buffer->screen;
    NTSTATUS status = take_anchored(buffer, fd, false);
    if (!NT_SUCCESS(status))
        return status;
    ULONG count = run_length(screen, run->at, run->count);
    for (ULONG i = 0; i < count; i++)
        out[i] = get_cell(screen_at(screen, (unsigned)run->at.x, (unsigned)run->at.y) + i);
    pthread_mutex_unlock(&lock);
    *ret_count = count;
    return STATUS_SUCCESS;
}

NTSTATUS console_screen_write_run(struct console_buffer *buffer, int fd, const gw_console_fill *run,
                                  const gw_console_cell *cells, ULONG *ret_count)
{
    struct drawing drawing;
    struct screen *screen = &buffer->screen;
    NTSTATUS status = take_anchored(buffer, fd, false);
    if (!NT_SUCCESS(status))
        return status;
    drawing = drawing_of(buffer);
    buffer->changed |= drawing.hidden;
    ULONG count = run_length(screen, run->at, run->count);
    for (ULONG i = 0; i < count; i++)
        set_cell(screen_at(screen, (unsigned)run->at.x, (unsigned)run->at.y) + i, &cells[i], run->what == 0,
                 run->what == 1);
    if (!count && run->count)
        status = STATUS_INVALID_PARAMETER;
    draw_run(&drawing, run->at, count);
    pthread_mutex_unlock(&lock);
    *ret_count = count;
    return NT_SUCCESS(status) ? finish(fd, &drawing) : status;
}

/* ---- rectangles */

/* The part of a rectangle that is on the screen; false: none is. */
static bool clip(const struct screen *screen, gw_console_rect *rect)
{
    if (rect->left < 0)
        rect->left = 0;
    if (rect->top < 0)
        rect->top = 0;
    if (rect->right >= (int)screen->width)
        rect->right = (SHORT)(screen->width - 1);
    if (rect->bottom >= (int)screen->height)
        rect->bottom = (SHORT)(screen->height - 1);
    return rect->left <= rect->right && rect->top <= rect->bottom;
}

static bool contains(const gw_console_rect *rect, int x, int y)
{
    return x >= rect->left && x <= rect->right && y >= rect->top && y <= rect->bottom;
}

NTSTATUS console_screen_read(struct console_buffer *buffer, int fd, gw_console_rect *rect,
                             gw_console_cell *out, size_t room)
{
    struct screen *screen = &buffer->screen;
    const gw_console_rect whole = *rect;
    NTSTATUS status = take_anchored(buffer, fd, false);
    if (!NT_SUCCESS(status))
        return status;
    size_t width = (size_t)whole.right - (size_t)whole.left + 1;
    if (clip(screen, rect))
        for (int y = rect->top; y <= rect->bottom; y++)
            for (int x = rect->left; x <= rect->right; x++) {
                size_t at = (size_t)(y - whole.top) * width + (size_t)(x - whole.left);
                if (at < room)
                    out[at] = get_cell(screen_at(screen, (unsigned)x, (unsigned)y));
            }
    pthread_mutex_unlock(&lock);
    return STATUS_SUCCESS;
}

NTSTATUS console_screen_write(struct console_buffer *buffer, int fd, gw_console_rect *rect,
                              const gw_console_cell *cells)
{
    const gw_console_rect whole = *rect;
    struct drawing drawing;
    struct screen *screen = &buffer->screen;
    NTSTATUS status = take_anchored(buffer, fd, false);
    if (!NT_SUCCESS(status))
        return status;
    drawing = drawing_of(buffer);
    buffer->changed |= drawing.hidden;
    size_t width = (size_t)whole.right - (size_t)whole.left + 1;
    if (clip(screen, rect))
        for (int y = rect->top; y <= rect->bottom; y++) {
            for (int x = rect->left; x <= rect->right; x++)
                set_cell(screen_at(screen, (unsigned)x, (unsigned)y),
                         &cells[(size_t)(y - whole.top) * width + (size_t)(x - whole.left)], true, true);
            draw(&drawing, (unsigned)y, (unsigned)rect->left, (unsigned)rect->right + 1);
        }
    pthread_mutex_unlock(&lock);
    return finish(fd, &drawing);
}

/* What moves leaves the fill behind; nothing outside of the clipping rectangle changes. */
NTSTATUS console_screen_scroll(struct console_buffer *buffer, int fd, const gw_console_scroll *scroll)
{
    struct drawing drawing;
    struct screen *screen = &buffer->screen;
    gw_console_rect source = scroll->source, clipping = scroll->clip;
    NTSTATUS status = take_anchored(buffer, fd, false);
    if (!NT_SUCCESS(status))
        return status;
    drawing = drawing_of(buffer);
    buffer->changed |= drawing.hidden;
    if (!scroll->clipped)
        clipping = (gw_console_rect){0, 0, (SHORT)(screen->width - 1), (SHORT)(screen->height - 1)};
    size_t size = (size_t)screen->width * screen->height * sizeof *screen->cells;
    struct screen_cell *old = malloc(size);
    if (!old)
        status = STATUS_NO_MEMORY;
    else if (clip(screen, &source) && clip(screen, &clipping)) {
        int move_x = scroll->target.x - scroll->source.left, move_y = scroll->target.y - scroll->source.top;
        memcpy(old, screen->cells, size);
        for (int y = clipping.top; y <= clipping.bottom; y++) {
            for (int x = clipping.left; x <= clipping.right; x++) {
                struct screen_cell *cell = screen_at(screen, (unsigned)x, (unsigned)y);
                if (contains(&source, x - move_x, y - move_y))
                    *cell = old[(size_t)(y - move_y) * screen->width + (size_t)(x - move_x)];
                else if (contains(&source, x, y))
                    set_cell(cell, &scroll->fill, true, true);
            }
            draw(&drawing, (unsigned)y, (unsigned)clipping.left, (unsigned)clipping.right + 1);
        }
    }
    pthread_mutex_unlock(&lock);
    free(old);
    return NT_SUCCESS(status) ? finish(fd, &drawing) : status;
}
