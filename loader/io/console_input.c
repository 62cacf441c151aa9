/*
 * The console's input: lines and keys as bytes, or as records. What was put into the queue
 * (WriteConsoleInput) comes before what the terminal has; bytes that a reader had no room for wait for the
 * next one.
 */
#include "io/console_input.h"
#include "io/console_screen.h"
#include "io/console_terminal.h"
#include "io/device.h"
#include "io/line_edit.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

enum {
    ALL_INPUT_MODES = 0x3ff,
    DEFAULT_INPUT_MODE = 0x1f7,
    ESCAPE_MS = 25,
    PENDING = 3 * LINE_EDIT_ROOM + 192
};

static struct {
    pthread_mutex_t lock; /* guards all of this; rank: io file */
    ULONG mode;
    int wake;              /* eventfd for those who wait for input; 0: nobody did yet */
    char pending[PENDING]; /* bytes read and not yet taken: the rest of a line, or type-ahead */
    size_t used, at;
    bool return_given; /* the carriage return of the next line feed was read already */
    struct io_console_keys keys;
} input = {.lock = PTHREAD_MUTEX_INITIALIZER, .mode = DEFAULT_INPUT_MODE};

ULONG console_input_mode(void)
{
    return input.mode;
}

NTSTATUS console_input_set_mode(int fd, ULONG mode)
{
    if (((mode & CONSOLE_ECHO_INPUT) && !(mode & CONSOLE_LINE_INPUT)) || (mode & ~(ULONG)ALL_INPUT_MODES))
        return STATUS_INVALID_PARAMETER;
    input.mode = mode;
    console_terminal_set(fd, mode, CONSOLE_LINES);
    return STATUS_SUCCESS;
}

bool console_input_queued(void)
{
    return input.keys.count || input.at < input.used;
}

/* Who waits for input mostly takes records then, which come with each key. */
void console_input_prepare_wait(int fd)
{
    console_terminal_set(fd, input.mode, CONSOLE_RECORDS);
}

/* Keys that were put into the queue (WriteConsoleInput), or were seen there and left, are the beginning of
 * what is read as text: moves them into the buffer, up to the end of a line. True if that is enough to
 * return. */
static bool take_keys(int fd, bool line)
{
    const size_t before = input.used;
    bool enough = false;
    pthread_mutex_lock(&input.lock);
    for (INPUT_RECORD_HOST record;
         input.used + 4 < sizeof input.pending && !enough && io_keys_take(&input.keys, &record, 1, false);) {
        if (record.type != 1 || !record.down || !record.character)
            continue;
        WCHAR c = line && record.character == '\r' ? '\n' : record.character;
        input.used += io_utf16_to_utf8(&c, 1, input.pending + input.used, 4);
        enough = c == '\n';
    }
    pthread_mutex_unlock(&input.lock);
    if (input.used > before && line && (input.mode & CONSOLE_ECHO_INPUT)) {
        ssize_t written = write(fd, input.pending + before,
                                input.used - before); /* an echo nobody sees is no error */
        (void)written;
    }
    return enough || (!line && input.used);
}

/* Keys that another thread puts into the queue wake who waits for the terminal. From here on: so the queue is
 * to be looked at after this. */
static void announce_reader(void)
{
    pthread_mutex_lock(&input.lock);
    if (!input.wake) {
        int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        input.wake = wake < 0 ? 0 : wake;
    }
    pthread_mutex_unlock(&input.lock);
}

/* Waits for the terminal or for keys in the queue; *ret_terminal: which. */
static NTSTATUS wait_for_input(int fd, bool *ret_terminal)
{
    struct pollfd fds[2] = {{fd, POLLIN, 0}, {input.wake, POLLIN, 0}};
    long n = io_syscall_interruptible(SYS_poll, (long)fds, input.wake ? 2 : 1, -1, 0, 0, 0);
    if (n < 0)
        return n == -EINTR ? io_interrupted() : io_status_from_errno((int)-n);
    if (fds[1].revents) {
        uint64_t count;
        ssize_t got = read(input.wake, &count, sizeof count); /* another reader may have been faster */
        (void)got;
    }
    *ret_terminal = fds[0].revents != 0;
    return STATUS_SUCCESS;
}

/* Waits, and reads from the terminal if it is that which has something. *ret_got: bytes, 0: its end, -1:
 * nothing yet (keys are in the queue, or the thread was only interrupted). */
static NTSTATUS read_terminal(int fd, char *to, size_t room, long *ret_got)
{
    bool terminal = false;
    *ret_got = -1;
    NTSTATUS status = wait_for_input(fd, &terminal);
    if (!NT_SUCCESS(status) || !terminal)
        return status;
    long n = io_syscall_interruptible(SYS_read, fd, (long)to, (long)room, 0, 0, 0);
    if (n >= 0)
        *ret_got = n;
    return n == -EINTR ? io_interrupted() : n >= 0 || n == -EAGAIN ? STATUS_SUCCESS : STATUS_END_OF_FILE;
}

/* Fills the (empty) buffer from the queue and the terminal; blocks. */
static NTSTATUS fill(int fd, bool line)
{
    input.at = input.used = 0;
    console_terminal_set(fd, input.mode, CONSOLE_LINES);
    announce_reader();
    for (;;) {
        long got;
        if (take_keys(fd, line))
            return STATUS_SUCCESS;
        NTSTATUS status = read_terminal(fd, input.pending + input.used, sizeof input.pending - input.used,
                                        &got);
        if (!NT_SUCCESS(status) || got >= 0) {
            input.used += got > 0 ? (size_t)got : 0;
            return status;
        }
    }
}

/* ---- lines that are edited ---- */

/* One byte at a time: what is typed behind the line stays with the terminal, for who reads next. */
static NTSTATUS read_key_bytes(int fd)
{
    struct pollfd more = {fd, POLLIN, 0};
    char byte;
    long got;
    NTSTATUS status = read_terminal(fd, &byte, 1, &got);
    if (!NT_SUCCESS(status) || got <= 0)
        return got == 0 ? STATUS_END_OF_FILE : status;
    pthread_mutex_lock(&input.lock);
    io_keys_feed(&input.keys, &byte, 1);
    bool escape = input.keys.byte_count == 1;
    pthread_mutex_unlock(&input.lock);
    if (escape && poll(&more, 1, ESCAPE_MS) == 0) {
        pthread_mutex_lock(&input.lock);
        io_keys_flush(&input.keys);
        pthread_mutex_unlock(&input.lock);
    }
    return STATUS_SUCCESS;
}

static void show(int fd, struct line_edit *edit)
{
    size_t length;
    const char *bytes = line_edit_take(edit, &length);
    if (!length)
        return;
    struct console_buffer *buffer = console_buffer_active();
    console_buffer_output(buffer, fd, bytes, length); /* an echo nobody sees is no error */
    console_buffer_release(buffer, fd);
}

static NTSTATUS edit_until_end(int fd, struct line_edit *edit, ULONG wakeup, enum line_edit_end *ret_end)
{
    *ret_end = LINE_EDIT_MORE;
    for (;;) {
        INPUT_RECORD_HOST key;
        for (ULONG got = 1; got && *ret_end == LINE_EDIT_MORE;) {
            pthread_mutex_lock(&input.lock);
            got = io_keys_take(&input.keys, &key, 1, false);
            pthread_mutex_unlock(&input.lock);
            if (got)
                *ret_end = line_edit_key(edit, &key, wakeup, input.mode & CONSOLE_PROCESSED_INPUT);
        }
        show(fd, edit);
        if (*ret_end != LINE_EDIT_MORE)
            return STATUS_SUCCESS;
        NTSTATUS status = read_key_bytes(fd);
        if (!NT_SUCCESS(status))
            return status;
    }
}

/* A line from the editor into the (empty) buffer; blocks. STATUS_ALERTED: Ctrl-C or Ctrl-Break, of which the
 * processes of the terminal have been told. */
static NTSTATUS edit_line(int fd, const struct console_line *line)
{
    struct line_edit *edit = malloc(sizeof *edit);
    enum line_edit_end end = LINE_EDIT_MORE;
    unsigned width, column;
    if (!edit)
        return STATUS_NO_MEMORY;
    announce_reader();
    console_screen_column(fd, &width, &column);
    line_edit_begin(edit, width, column, line->initial, line->initial_length);
    console_terminal_set(fd, input.mode, CONSOLE_EDITED);
    NTSTATUS status = edit_until_end(fd, edit, line->wakeup_mask, &end);
    console_terminal_set(fd, input.mode, NT_SUCCESS(status) ? CONSOLE_BETWEEN : CONSOLE_LINES);
    input.at = input.used = 0;
    if (NT_SUCCESS(status) && (end == LINE_EDIT_INTERRUPTED || end == LINE_EDIT_BROKEN)) {
        kill(0, end == LINE_EDIT_INTERRUPTED ? SIGINT : SIGQUIT);
        status = STATUS_ALERTED;
    } else if (NT_SUCCESS(status) && end != LINE_EDIT_NO_MORE) {
        input.used = io_utf16_to_utf8(edit->text, edit->length, input.pending, sizeof input.pending - 1);
        if (end == LINE_EDIT_DONE) {
            line_history_add(edit->text, edit->length);
            input.pending[input.used++] = '\n';
        }
    }
    line_edit_end(edit);
    free(edit);
    return status;
}

static NTSTATUS read_line(int fd, const struct console_line *line)
{
    static const struct console_line plain;
    if (console_terminal_edits(fd))
        return edit_line(fd, line ? line : &plain);
    NTSTATUS status = fill(fd, true);
    if (NT_SUCCESS(status))
        console_screen_echo(fd, input.pending, input.used);
    return status;
}

NTSTATUS console_input_read_text(int fd, const struct console_line *asked, char *out, size_t room,
                                 size_t *ret_used)
{
    size_t used = 0;
    bool line = input.mode & CONSOLE_LINE_INPUT;
    *ret_used = 0;
    if (input.at == input.used) {
        NTSTATUS status = line && input.mode & CONSOLE_ECHO_INPUT ? read_line(fd, asked) : fill(fd, line);
        if (!NT_SUCCESS(status) || status == STATUS_ALERTED)
            return status;
        if (input.used == 0 || (line && input.pending[0] == 26)) { /* Ctrl-D, Ctrl-Z */
            input.at = input.used = 0;
            return STATUS_SUCCESS;
        }
    }
    while (input.at < input.used && used < room) {
        char c = input.pending[input.at];
        if (c == '\n' && input.return_given) {
            input.return_given = false;
        } else if (c == '\n' && line && (input.mode & CONSOLE_PROCESSED_INPUT)) {
            if (room - used < 2) {
                if (used == 0) { /* the line feed comes with the next read */
                    out[used++] = '\r';
                    input.return_given = true;
                }
                break;
            }
            out[used++] = '\r';
        }
        out[used++] = c;
        input.at++;
        if (c == '\n')
            break;
    }
    *ret_used = used;
    return STATUS_SUCCESS;
}

NTSTATUS console_input_read(int fd, const struct console_line *asked, WCHAR *out, size_t room,
                            size_t *ret_units)
{
    size_t used = 0;
    char bytes[8192];
    /* Never more bytes than units fit: UTF-16 is at most as many units. */
    NTSTATUS status = STATUS_SUCCESS;
    if (room)
        status = console_input_read_text(fd, asked, bytes, room < sizeof bytes ? room : sizeof bytes, &used);
    if (NT_SUCCESS(status)) {
        /* A character cut at the end waits for its rest. */
        size_t cut = 0;
        while (cut < used && cut < 4 && ((uint8_t)bytes[used - 1 - cut] & 0xc0) == 0x80)
            cut++;
        if (cut < used && (uint8_t)bytes[used - 1 - cut] >= 0xc0) {
            uint8_t lead = (uint8_t)bytes[used - 1 - cut];
            size_t need = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
            if (cut + 1 < need && cut + 1 < used && input.at >= cut + 1) {
                input.at -= cut + 1;
                used -= cut + 1;
            }
        }
        *ret_units = io_utf8_to_utf16_n(bytes, used, out, room);
    }
    return status;
}

NTSTATUS console_input_read_records(int fd, const gw_console_read *read, INPUT_RECORD_HOST *out,
                                    ULONG *ret_count)
{
    ULONG count = 0;
    bool peek = read->flags & 1, wait = read->flags & 2;
    console_terminal_set(fd, input.mode, CONSOLE_RECORDS);
    for (;;) {
        struct pollfd poll_fd = {fd, POLLIN, 0};
        bool terminal;
        if (wait)
            announce_reader();
        pthread_mutex_lock(&input.lock);
        if (input.at < input.used) {
            io_keys_feed(&input.keys, input.pending + input.at, input.used - input.at);
            input.at = input.used = 0;
        }
        while (poll(&poll_fd, 1, 0) > 0 && io_keys_room(&input.keys)) {
            char bytes[256];
            ssize_t n = (poll_fd.revents & POLLIN) ? (ssize_t)syscall(SYS_read, fd, bytes, sizeof bytes) : 0;
            if (n <= 0)
                break;
            io_keys_feed(&input.keys, bytes, (size_t)n);
        }
        io_keys_flush(&input.keys);
        count = io_keys_take(&input.keys, out, read->count, peek);
        pthread_mutex_unlock(&input.lock);
        if (count || !wait)
            break;
        NTSTATUS status = wait_for_input(fd, &terminal);
        if (!NT_SUCCESS(status))
            return status;
    }
    *ret_count = count;
    return STATUS_SUCCESS;
}

/* A terminal that did not answer is not asked again. */
bool console_input_ask_cursor(int fd, gw_console_coord *ret)
{
    static bool silent;
    struct termios old, raw;
    char answer[64];
    size_t used = 0;
    int row = 0, column = 0;
    if (silent || tcgetattr(fd, &old) != 0 || tcgetpgrp(fd) != getpgrp())
        return false;
    raw = old;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 2;
    tcsetattr(fd, TCSANOW, &raw);
    if (write(fd, "\033[6n", 4) == 4)
        while (used < sizeof answer - 1 && read(fd, answer + used, 1) == 1)
            if (answer[used++] == 'R')
                break;
    tcsetattr(fd, TCSANOW, &old);
    answer[used] = 0;
    silent = used == 0;
    char *start = strchr(answer, '\033');
    if (!start || sscanf(start, "\033[%d;%dR", &row, &column) != 2)
        return false;
    if (start > answer && input.used + (size_t)(start - answer) < sizeof input.pending) {
        memcpy(input.pending + input.used, answer, (size_t)(start - answer));
        input.used += (size_t)(start - answer);
    }
    ret->x = (SHORT)(column - 1);
    ret->y = (SHORT)(row - 1);
    return true;
}

void console_input_flush(int fd)
{
    pthread_mutex_lock(&input.lock);
    input.at = input.used = 0;
    memset(&input.keys, 0, sizeof input.keys);
    pthread_mutex_unlock(&input.lock);
    tcflush(fd, TCIFLUSH);
}

void console_input_add(const INPUT_RECORD_HOST *records, ULONG count)
{
    const uint64_t one = 1;
    pthread_mutex_lock(&input.lock);
    for (ULONG i = 0; i < count; i++)
        io_keys_add(&input.keys, &records[i]);
    if (input.wake && write(input.wake, &one, sizeof one) < 0)
        input.wake = 0; /* cannot be: it never fills up */
    pthread_mutex_unlock(&input.lock);
}
