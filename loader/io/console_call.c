/*
 * GwConsole: what kernelbase's console functions ask for. Each operation says in the table what handle it
 * takes and how much must go in and out; its function finds both in host memory.
 */
#include "io/console_alias.h"
#include "io/console.h"
#include "io/console_control.h"
#include "io/console_input.h"
#include "io/console_ready.h"
#include "io/console_terminal.h"
#include "io/device.h"
#include "mm/guest.h"
#include <fcntl.h>
#include <nt/syscalls.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { ALL_OUTPUT_MODES = 0x1f };

static struct {
    pthread_mutex_t lock; /* guards all of this and the halves of characters in all buffers; rank: io file */
    ULONG code_pages[2];
    WCHAR title[256];
    ULONG title_length;
} console = {.lock = PTHREAD_MUTEX_INITIALIZER, .code_pages = {65001, 65001}};

struct call {
    int fd;
    bool input; /* the handle is one of input */
    struct io_file *file;
    struct console_buffer *buffer;
    ULONG operation;
    void *in, *out; /* in host memory */
    ULONG in_length, out_length;
    ULONG used; /* of out; what the table says is set before */
};

static NTSTATUS get_mode(struct call *call)
{
    *(ULONG *)call->out = call->input ? console_input_mode() : call->buffer->output_mode;
    return STATUS_SUCCESS;
}

static NTSTATUS set_mode(struct call *call)
{
    ULONG mode = *(ULONG *)call->in;
    if (call->input)
        return console_input_set_mode(call->fd, mode);
    if (mode & ~(ULONG)ALL_OUTPUT_MODES)
        return STATUS_INVALID_PARAMETER;
    call->buffer->output_mode = mode;
    return STATUS_SUCCESS;
}

static NTSTATUS read_text(struct call *call)
{
    const gw_console_read *read = call->in;
    size_t room = read->count < call->out_length / 2 ? read->count : call->out_length / 2, units = 0;
    const struct console_line line = {.initial = (const WCHAR *)(read + 1),
                                      .initial_length = (call->in_length - sizeof *read) / sizeof(WCHAR),
                                      .wakeup_mask = read->wakeup_mask};
    NTSTATUS status = console_input_read(call->fd, &line, call->out, room, &units);
    call->used = (ULONG)(units * 2);
    return status;
}

/* A high surrogate at the end waits for its other half. */
static NTSTATUS write_text(struct call *call)
{
    struct console_buffer *buffer = call->buffer;
    const WCHAR *text = call->in;
    size_t length = call->in_length / 2;
    char *bytes = malloc(length * 3 + 8);
    WCHAR *joined = NULL;
    if (!bytes)
        return STATUS_NO_MEMORY;
    pthread_mutex_lock(&console.lock);
    if (buffer->half && length && (joined = malloc((length + 1) * sizeof *joined))) {
        joined[0] = buffer->half;
        memcpy(joined + 1, text, length * sizeof *text);
        text = joined;
        length++;
        buffer->half = 0;
    }
    if (length && (text[length - 1] & 0xfc00) == 0xd800)
        buffer->half = text[--length];
    pthread_mutex_unlock(&console.lock);
    size_t n = io_utf16_to_utf8(text, length, bytes, length * 3 + 4);
    NTSTATUS status = console_buffer_output(buffer, call->fd, bytes, n);
    free(joined);
    free(bytes);
    return status;
}

/* ---- input records ---- */

static NTSTATUS read_input(struct call *call)
{
    gw_console_read *read = call->in;
    ULONG count = 0;
    if (read->count > call->out_length / sizeof(INPUT_RECORD_HOST))
        read->count = call->out_length / sizeof(INPUT_RECORD_HOST);
    NTSTATUS status = console_input_read_records(call->fd, read, call->out, &count);
    call->used = count * (ULONG)sizeof(INPUT_RECORD_HOST);
    return status;
}

static NTSTATUS write_input(struct call *call)
{
    console_input_add(call->in, call->in_length / sizeof(INPUT_RECORD_HOST));
    return STATUS_SUCCESS;
}

static NTSTATUS input_count(struct call *call)
{
    INPUT_RECORD_HOST records[64];
    const gw_console_read peek = {.count = 64, .flags = 1};
    return console_input_read_records(call->fd, &peek, records, call->out);
}

static NTSTATUS flush_input(struct call *call)
{
    console_input_flush(call->fd);
    return STATUS_SUCCESS;
}

/* ---- the process ---- */

static NTSTATUS set_title(struct call *call)
{
    char text[1100];
    pthread_mutex_lock(&console.lock);
    ULONG n = call->in_length / 2 < 255 ? call->in_length / 2 : 255;
    memcpy(console.title, call->in, n * 2);
    console.title_length = n;
    pthread_mutex_unlock(&console.lock);
    int tty = open("/dev/tty", O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (tty >= 0) {
        size_t used = (size_t)snprintf(text, sizeof text, "\033]0;");
        used += io_utf16_to_utf8(call->in, n, text + used, sizeof text - used - 1);
        text[used++] = 7;
        ssize_t written = write(tty, text, used); /* a title that nobody shows is no error */
        (void)written;
        close(tty);
    }
    return STATUS_SUCCESS;
}

static NTSTATUS get_title(struct call *call)
{
    pthread_mutex_lock(&console.lock);
    ULONG length = console.title_length * 2;
    call->used = call->out_length < length ? call->out_length : length;
    memcpy(call->out, console.title, call->used);
    pthread_mutex_unlock(&console.lock);
    return STATUS_SUCCESS;
}

static NTSTATUS get_aliases(struct call *call)
{
    uint64_t *generation = call->out;
    size_t size;
    NTSTATUS status = console_aliases_get(*(uint64_t *)call->in, generation, generation + 1,
                                          call->out_length - sizeof *generation, &size);
    call->used = (ULONG)(sizeof *generation + size);
    return status;
}

static NTSTATUS set_aliases(struct call *call)
{
    const uint64_t *expected = call->in;
    return console_aliases_set(*expected, expected + 1, call->in_length - sizeof *expected, call->out);
}

static NTSTATUS get_code_pages(struct call *call)
{
    memcpy(call->out, console.code_pages, sizeof console.code_pages);
    return STATUS_SUCCESS;
}

static NTSTATUS set_code_pages(struct call *call)
{
    const ULONG *wanted = call->in;
    for (int i = 0; i < 2; i++)
        if (wanted[i])
            console.code_pages[i] = wanted[i];
    return STATUS_SUCCESS;
}

static NTSTATUS control_start(struct call *call)
{
    (void)call;
    return console_control_start();
}

static NTSTATUS wait_control(struct call *call)
{
    return console_control_wait(call->out);
}

static NTSTATUS generate(struct call *call)
{
    const ULONG *in = call->in;
    return console_control_generate(in[0], in[1]);
}

static NTSTATUS ignore_ctrl_c(struct call *call)
{
    console_control_ignore(*(ULONG *)call->in);
    return STATUS_SUCCESS;
}

/* ---- the screen ---- */

static NTSTATUS get_info(struct call *call)
{
    console_screen_info(call->buffer, call->fd, call->out);
    return STATUS_SUCCESS;
}

static NTSTATUS set_cursor(struct call *call)
{
    return console_screen_set_cursor(call->buffer, call->fd, call->in);
}

static NTSTATUS set_attribute(struct call *call)
{
    return console_screen_set_attributes(call->buffer, call->fd, (USHORT) * (ULONG *)call->in);
}

static NTSTATUS set_cursor_info(struct call *call)
{
    return console_screen_show_cursor(call->buffer, call->fd, call->in);
}

static NTSTATUS get_cursor_info(struct call *call)
{
    *(gw_console_cursor *)call->out = call->buffer->cursor;
    return STATUS_SUCCESS;
}

static NTSTATUS get_font(struct call *call)
{
    struct winsize size = {0};
    gw_console_coord *cell = call->out;
    *cell = (gw_console_coord){0, 0};
    if (ioctl(call->fd, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row)
        *cell = (gw_console_coord){(SHORT)(size.ws_xpixel / size.ws_col),
                                   (SHORT)(size.ws_ypixel / size.ws_row)};
    return STATUS_SUCCESS;
}

static NTSTATUS create_buffer(struct call *call)
{
    return console_create_buffer(call->in, call->out);
}

static NTSTATUS show_buffer(struct call *call)
{
    if (call->buffer != &console_main_buffer)
        console_terminal_keep_screen(call->fd);
    return console_buffer_show(call->buffer, call->fd);
}

static NTSTATUS scroll(struct call *call)
{
    return console_screen_scroll(call->buffer, call->fd, call->in);
}

/* READ_CELLS and WRITE_CELLS: the rectangle, then its cells, go in or out. */
static NTSTATUS transfer_cells(struct call *call)
{
    bool reads = call->operation == GW_CONSOLE_READ_CELLS;
    gw_console_rect *rect = call->in;
    NTSTATUS status;
    if (rect->right < rect->left || rect->bottom < rect->top)
        return STATUS_INVALID_PARAMETER;
    size_t cells = (size_t)(rect->right - rect->left + 1) * (size_t)(rect->bottom - rect->top + 1);
    size_t given = reads ? call->out_length : call->in_length;
    if ((given - sizeof *rect) / sizeof(gw_console_cell) < cells)
        return STATUS_INFO_LENGTH_MISMATCH;
    if (reads) {
        gw_console_cell *data = (gw_console_cell *)((gw_console_rect *)call->out + 1);
        memset(data, 0, cells * sizeof *data);
        status = console_screen_read(call->buffer, call->fd, rect, data, cells);
        call->used = (ULONG)(sizeof *rect + cells * sizeof *data);
    } else {
        status = console_screen_write(call->buffer, call->fd, rect, (gw_console_cell *)(rect + 1));
    }
    memcpy(call->out, rect, sizeof *rect);
    return status;
}

static NTSTATUS read_run(struct call *call)
{
    const gw_console_fill *run = call->in;
    ULONG count = 0;
    if (call->out_length / sizeof(gw_console_cell) < run->count)
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS status = console_screen_read_run(call->buffer, call->fd, run, call->out, &count);
    call->used = count * (ULONG)sizeof(gw_console_cell);
    return status;
}

static NTSTATUS write_run(struct call *call)
{
    const gw_console_fill *run = call->in;
    if ((call->in_length - sizeof *run) / sizeof(gw_console_cell) < run->count)
        return STATUS_INFO_LENGTH_MISMATCH;
    return console_screen_write_run(call->buffer, call->fd, run, (const gw_console_cell *)(run + 1),
                                    call->out);
}

static NTSTATUS fill(struct call *call)
{
    return console_screen_fill(call->buffer, call->fd, call->in, call->out);
}

/* ---- the call ---- */

static const struct {
    NTSTATUS (*serve)(struct call *call);
    /* The two ends of a console do not stand in for each other. */
    enum { ANY_END, INPUT_END, OUTPUT_END, PROCESS } handle;
    ULONG in, out; /* lengths at least */
} operations[] = {
    [GW_CONSOLE_GET_MODE] = {get_mode, ANY_END, 0, sizeof(ULONG)},
    [GW_CONSOLE_SET_MODE] = {set_mode, ANY_END, sizeof(ULONG), 0},
    [GW_CONSOLE_READ] = {read_text, INPUT_END, sizeof(gw_console_read), 0},
    [GW_CONSOLE_WRITE] = {write_text, OUTPUT_END, 0, 0},
    [GW_CONSOLE_GET_INFO] = {get_info, OUTPUT_END, 0, sizeof(gw_console_info)},
    [GW_CONSOLE_SET_CURSOR] = {set_cursor, OUTPUT_END, sizeof(gw_console_coord), 0},
    [GW_CONSOLE_SET_ATTRIBUTE] = {set_attribute, OUTPUT_END, sizeof(ULONG), 0},
    [GW_CONSOLE_SET_CURSOR_INFO] = {set_cursor_info, OUTPUT_END, sizeof(gw_console_cursor), 0},
    [GW_CONSOLE_GET_CURSOR_INFO] = {get_cursor_info, OUTPUT_END, 0, sizeof(gw_console_cursor)},
    [GW_CONSOLE_READ_INPUT] = {read_input, INPUT_END, sizeof(gw_console_read), 0},
    [GW_CONSOLE_WRITE_INPUT] = {write_input, INPUT_END, 0, 0},
    [GW_CONSOLE_INPUT_COUNT] = {input_count, INPUT_END, 0, sizeof(ULONG)},
    [GW_CONSOLE_FLUSH_INPUT] = {flush_input, INPUT_END, 0, 0},
    [GW_CONSOLE_SET_TITLE] = {set_title, PROCESS, 0, 0},
    [GW_CONSOLE_GET_TITLE] = {get_title, PROCESS, 0, 0},
    [GW_CONSOLE_GET_CODE_PAGES] = {get_code_pages, PROCESS, 0, sizeof(ULONG[2])},
    [GW_CONSOLE_SET_CODE_PAGES] = {set_code_pages, PROCESS, sizeof(ULONG[2]), 0},
    [GW_CONSOLE_FILL] = {fill, OUTPUT_END, sizeof(gw_console_fill), sizeof(ULONG)},
    [GW_CONSOLE_READ_CELLS] = {transfer_cells, OUTPUT_END, sizeof(gw_console_rect), sizeof(gw_console_rect)},
    [GW_CONSOLE_WRITE_CELLS] = {transfer_cells, OUTPUT_END, sizeof(gw_console_rect), sizeof(gw_console_rect)},
    [GW_CONSOLE_SCROLL] = {scroll, OUTPUT_END, sizeof(gw_console_scroll), 0},
    [GW_CONSOLE_CONTROL_START] = {control_start, PROCESS, 0, 0},
    [GW_CONSOLE_GENERATE] = {generate, PROCESS, sizeof(ULONG[2]), 0},
    [GW_CONSOLE_IGNORE_CTRL_C] = {ignore_ctrl_c, PROCESS, sizeof(ULONG), 0},
    [GW_CONSOLE_CREATE_BUFFER] = {create_buffer, PROCESS, sizeof(gw_console_create), sizeof(ULONG64)},
    [GW_CONSOLE_SHOW_BUFFER] = {show_buffer, OUTPUT_END, 0, 0},
    [GW_CONSOLE_WAIT_CONTROL] = {wait_control, PROCESS, 0, sizeof(ULONG)},
    [GW_CONSOLE_READ_RUN] = {read_run, OUTPUT_END, sizeof(gw_console_fill), 0},
    [GW_CONSOLE_WRITE_RUN] = {write_run, OUTPUT_END, sizeof(gw_console_fill), sizeof(ULONG)},
    [GW_CONSOLE_GET_FONT] = {get_font, OUTPUT_END, 0, sizeof(gw_console_coord)},
    [GW_CONSOLE_GET_ALIASES] = {get_aliases, PROCESS, sizeof(uint64_t), sizeof(uint64_t)},
    [GW_CONSOLE_SET_ALIASES] = {set_aliases, PROCESS, sizeof(uint64_t), sizeof(uint64_t)},
};
_Static_assert(sizeof operations / sizeof *operations == GW_CONSOLE_OPERATIONS, "each has its function");

/* The console file of a handle, referenced, if it is of the end that the operation is about. */
static NTSTATUS take_file(HANDLE handle, ULONG operation, struct call *call)
{
    NTSTATUS status = ob_handle_lookup(handle, &io_file_type, 0, (void **)&call->file);
    if (status == STATUS_OBJECT_TYPE_MISMATCH)
        return STATUS_INVALID_HANDLE;
    if (!NT_SUCCESS(status))
        return status;
    if (call->file->kind != IO_CONSOLE)
        return STATUS_INVALID_HANDLE;
    call->fd = call->file->fd;
    call->input = console_is_input(call->file);
    return operations[operation].handle == (call->input ? OUTPUT_END : INPUT_END) ? STATUS_INVALID_HANDLE
                                                                                  : STATUS_SUCCESS;
}

NTSTATUS GwConsole(HANDLE Handle, ULONG Operation, void *Input, ULONG InputLength, void *Output,
                   ULONG OutputLength, ULONG *ReturnLength)
{
    struct call call = {
        .fd = -1, .operation = Operation, .in_length = InputLength, .out_length = OutputLength};
    NTSTATUS status = STATUS_SUCCESS;
    if (Operation >= GW_CONSOLE_OPERATIONS || InputLength > 1 << 24 || OutputLength > 1 << 24)
        return STATUS_INVALID_PARAMETER;
    if (operations[Operation].handle != PROCESS)
        status = take_file(Handle, Operation, &call);
    if (NT_SUCCESS(status) &&
        (InputLength < operations[Operation].in || OutputLength < operations[Operation].out))
        status = STATUS_INFO_LENGTH_MISMATCH;
    if (NT_SUCCESS(status)) {
        call.in = malloc(InputLength + 16);
        call.out = malloc(OutputLength + 16);
        if (!call.in || !call.out)
            status = STATUS_NO_MEMORY;
    }
    if (NT_SUCCESS(status) && InputLength)
        status = guest_copy(call.in, Input, InputLength);
    if (NT_SUCCESS(status)) {
        call.buffer = console_buffer_of(call.file);
        call.used = operations[Operation].out;
        status = operations[Operation].serve(&call);
    }
    if (call.input)
        console_ready_update();
    NTSTATUS copied = STATUS_SUCCESS; /* the operation's success may say more than that */
    if (NT_SUCCESS(status) && call.used)
        copied = guest_copy(Output, call.out, call.used);
    if (NT_SUCCESS(status) && NT_SUCCESS(copied) && ReturnLength)
        copied = guest_write(ReturnLength, call.used);
    if (NT_SUCCESS(status) && !NT_SUCCESS(copied))
        status = copied;
    free(call.in);
    free(call.out);
    if (call.file)
        ob_dereference(call.file);
    return status;
}
