/*
 * The console: the Unix terminal. Output passes through as UTF-8 with the terminal's own control
 * sequences; line input is the terminal's canonical mode, records come from raw mode. What is
 * changed of the terminal is put back on every way out.
 */
#include "io/console_control.h"
#include "io/console_ready.h"
#include "io/console_screen.h"
#include "io/device.h"
#include "mm/guest.h"
#include "ps/ps.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

enum {
    PROCESSED_INPUT = 1,
    LINE_INPUT = 2,
    ECHO_INPUT = 4,
    ALL_INPUT_MODES = 0x3ff,
    ALL_OUTPUT_MODES = 0x1f,
    DEFAULT_INPUT_MODE = 0x1f7,
};

static struct {
    pthread_mutex_t lock; /* guards all of this; rank: io file */
    ULONG input_mode;
    ULONG code_pages[2];
    bool saved, changed, at_exit;
    int wake;           /* eventfd for those who wait for input; 0: nobody did yet */
    bool shows_another; /* a created buffer was shown, through `screen` */
    int screen;
    int terminal; /* descriptor the saved state is of */
    struct termios original;
    char pending[8192]; /* bytes read and not yet taken: the rest of a line, or type-ahead */
    size_t used, at;
    bool return_given; /* the carriage return of the next line feed was read already */
    WCHAR title[256];
    ULONG title_length;
    struct io_console_keys keys;
} console = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .input_mode = DEFAULT_INPUT_MODE,
    .code_pages = {65001, 65001},
};

/* The files of input are marked with the console itself, those of output have a buffer of their own or the
 * main one. */
static bool is_input(const struct io_file *file)
{
    return file->device == &console;
}

static struct console_buffer *buffer_of(const struct io_file *file)
{
    return file && file->device && !is_input(file) ? file->device : &console_main_buffer;
}

void io_console_restore(void)
{
    /* another screen is of no use without its program */
    if (console.shows_another && !console_buffer_is_shown(&console_main_buffer)) {
        ssize_t written = write(console.screen, "\033[?1049l\033[?25h", 14);
        (void)written;
    }
    console.shows_another = false;
    if (console.changed) {
        console.changed = false;
        tcsetattr(console.terminal, TCSANOW, &console.original);
    }
}

static void end_by_signal(int number, const siginfo_t *info)
{
    (void)info;
    io_console_restore();
    signal(number, SIG_DFL);
    syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), number);
}

static void restore_at_exit(void)
{
    if (!console.at_exit)
        ps_at_exit(io_console_restore);
    console.at_exit = true;
}

static void restore_after_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction old;
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
            ke_set_signal_handler(numbers[i], end_by_signal);
    }
}

/* Puts the terminal into the state that the input mode asks for; records: for ReadConsoleInput. */
static void set_terminal(int fd, bool records)
{
    struct termios wanted;
    if (!console.saved) {
        if (tcgetattr(fd, &console.original) != 0)
            return;
        console.saved = true;
        console.terminal = fd;
        restore_at_exit();
    }
    bool line = (console.input_mode & LINE_INPUT) && !records;
    wanted = console.original;
    if (!line) {
        wanted.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
        wanted.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
        wanted.c_cc[VMIN] = 1;
        wanted.c_cc[VTIME] = 0;
    } else if (!(console.input_mode & ECHO_INPUT))
        wanted.c_lflag &= ~(tcflag_t)ECHO;
    if (!(console.input_mode & PROCESSED_INPUT))
        wanted.c_lflag &= ~(tcflag_t)ISIG;
    /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): a copy, with what lies between its members */
    bool same = memcmp(&wanted, &console.original, sizeof wanted) == 0;
    if (same && !console.changed)
        return;
    if (!console.changed)
        restore_after_signals();
    console.changed = !same;
    tcsetattr(fd, TCSADRAIN, &wanted);
}

/* Keys that were put into the queue (WriteConsoleInput), or were seen there and left, are the beginning of
 * what is read as text: moves them into the buffer, up to the end of a line. True if that is enough to
 * return. */
static bool take_keys(int fd, bool line)
{
    const size_t before = console.used;
    bool enough = false;
    pthread_mutex_lock(&console.lock);
    for (INPUT_RECORD_HOST record; console.used + 4 < sizeof console.pending && !enough &&
                                   io_keys_take(&console.keys, &record, 1, false);) {
        if (record.type != 1 || !record.down || !record.character)
            continue;
        WCHAR c = line && record.character == '\r' ? '\n' : record.character;
        console.used += io_utf16_to_utf8(&c, 1, console.pending + console.used, 4);
        enough = c == '\n';
    }
    pthread_mutex_unlock(&console.lock);
    if (console.used > before && line && (console.input_mode & ECHO_INPUT)) {
        ssize_t written = write(fd, console.pending + before,
                                console.used - before); /* an echo nobody sees is no error */
        (void)written;
    }
    return enough || (!line && console.used);
}

/* Keys that another thread puts into the queue wake who waits for the terminal. From here on: so the queue is
 * to be looked at after this. */
static void announce_reader(void)
{
    pthread_mutex_lock(&console.lock);
    if (!console.wake) {
        int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        console.wake = wake < 0 ? 0 : wake;
    }
    pthread_mutex_unlock(&console.lock);
}

/* Waits for the terminal or for keys in the queue; *ret_terminal: which. */
static NTSTATUS wait_for_input(int fd, bool *ret_terminal)
{
    struct pollfd fds[2] = {{fd, POLLIN, 0}, {console.wake, POLLIN, 0}};
    long n = io_syscall_interruptible(SYS_poll, (long)fds, console.wake ? 2 : 1, -1, 0, 0, 0);
    if (n < 0)
        return n == -EINTR ? io_interrupted() : io_status_from_errno((int)-n);
    if (fds[1].revents) {
        uint64_t count;
        ssize_t got = read(console.wake, &count, sizeof count); /* another reader may have been faster */
        (void)got;
    }
    *ret_terminal = fds[0].revents != 0;
    return STATUS_SUCCESS;
}

/* Fills the (empty) buffer from the queue and the terminal; blocks. */
static NTSTATUS fill(int fd, bool line)
{
    console.at = console.used = 0;
    announce_reader();
    for (;;) {
        bool terminal = false;
        if (take_keys(fd, line))
            return STATUS_SUCCESS;
        NTSTATUS status = wait_for_input(fd, &terminal);
        if (!NT_SUCCESS(status))
            return status;
        if (!terminal)
            continue;
        long n = io_syscall_interruptible(SYS_read, fd, (long)(console.pending + console.used),
                                          (long)(sizeof console.pending - console.used), 0, 0, 0);
        if (n >= 0) {
            console.used += (size_t)n;
            return STATUS_SUCCESS;
        }
        if (n == -EINTR)
            status = io_interrupted();
        else if (n != -EAGAIN)
            status = STATUS_END_OF_FILE;
        if (!NT_SUCCESS(status))
            return status;
    }
}

/* The next line (or keys) in bytes, as far as there is room, with CR LF; 0 bytes: end of file. */
static NTSTATUS read_text(int fd, char *out, size_t room, size_t *ret_used)
{
    size_t used = 0;
    NTSTATUS status = STATUS_SUCCESS;
    bool line = console.input_mode & LINE_INPUT;
    set_terminal(fd, false);
    if (console.at == console.used) {
        status = fill(fd, line);
        if (!NT_SUCCESS(status))
            return status;
        if (console.used == 0 || (line && console.pending[0] == 26)) { /* Ctrl-D, Ctrl-Z */
            console.at = console.used = 0;
            *ret_used = 0;
            return STATUS_SUCCESS;
        }
        if (line && console.input_mode & ECHO_INPUT)
            console_screen_echo(fd, console.pending, console.used);
    }
    while (console.at < console.used && used < room) {
        char c = console.pending[console.at];
        if (c == '\n' && console.return_given) {
            console.return_given = false;
        } else if (c == '\n' && line && (console.input_mode & PROCESSED_INPUT)) {
            if (room - used < 2) {
                if (used == 0) { /* the line feed comes with the next read */
                    out[used++] = '\r';
                    console.return_given = true;
                }
                break;
            }
            out[used++] = '\r';
        }
        out[used++] = c;
        console.at++;
        if (c == '\n')
            break;
    }
    *ret_used = used;
    return STATUS_SUCCESS;
}

static NTSTATUS console_read(struct io_file *file, struct io_request *request)
{
    char local[8192];
    size_t used = 0, room = request->length < sizeof local ? request->length : sizeof local;
    if (!room)
        return STATUS_SUCCESS;
    NTSTATUS status = read_text(file->fd, local, room, &used);
    if (NT_SUCCESS(status))
        status = guest_copy(request->buffer, local, used);
    request->information = used;
    console_ready_update();
    return status;
}

NTSTATUS console_write_bytes(int fd, const char *bytes, size_t length)
{
    while (length) {
        long n = io_syscall_interruptible(SYS_write, fd, (long)bytes, (long)length, 0, 0, 0);
        if (n > 0) {
            bytes += n;
            length -= (size_t)n;
            continue;
        }
        NTSTATUS status = n == -EINTR    ? io_interrupted()
                          : n == -EAGAIN ? io_wait_ready(fd, POLLOUT)
                                         : io_status_from_errno((int)-n);
        if (!NT_SUCCESS(status))
            return status;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS console_write(struct io_file *file, struct io_request *request)
{
    char local[4096];
    size_t done = 0;
    while (done < request->length) {
        size_t step = request->length - done < sizeof local ? request->length - done : sizeof local;
        NTSTATUS status = guest_copy(local, (char *)request->buffer + done, step);
        if (NT_SUCCESS(status))
            status = console_buffer_output(buffer_of(file), file->fd, local, step);
        if (!NT_SUCCESS(status))
            return status;
        done += step;
    }
    request->information = done;
    return STATUS_SUCCESS;
}

static void console_destroy(struct io_file *file)
{
    if (file->device && !is_input(file))
        console_buffer_release(file->device, file->fd);
}

static const struct io_operations operations = {
    .read = console_read, .write = console_write, .destroy = console_destroy};

static bool has_queued(void)
{
    return console.keys.count || console.at < console.used;
}

/* Who waits for input mostly takes records then, which come with each key. */
static void prepare_wait(int fd)
{
    set_terminal(fd, true);
}

static void mark_input(struct io_file *file)
{
    file->device = &console;
    console_ready_input(file->fd, has_queued, prepare_wait);
}

void *io_console_wait_object(void *object)
{
    struct io_file *file = object;
    struct ke_dispatcher_object *event = file->kind == IO_CONSOLE && is_input(file) ? console_ready_event()
                                                                                    : NULL;
    return event ? event : &file->dispatcher;
}

/* A terminal opened both ways is input if it is descriptor 0. */
struct io_file *io_console_wrap(int fd, ACCESS_MASK access, ULONG options)
{
    struct io_file *file = io_file_create(IO_CONSOLE, &operations, fd, access, options);
    if (file && (fd == 0 || !(access & FILE_WRITE_DATA)))
        mark_input(file);
    return file;
}

/* Output goes to the buffer that is shown now. */
NTSTATUS io_console_open(bool input, ACCESS_MASK access, ULONG options, struct io_file **ret_file)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    *ret_file = io_file_create(IO_CONSOLE, &operations, fd, access, options);
    if (*ret_file && input)
        mark_input(*ret_file);
    else if (*ret_file)
        (*ret_file)->device = console_buffer_active();
    else
        close(fd);
    return *ret_file ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

/* ---- screen buffers ---- */

static NTSTATUS create_buffer(const gw_console_create *create, ULONG64 *ret_handle)
{
    HANDLE handle;
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return STATUS_INVALID_HANDLE;
    struct console_buffer *buffer = console_buffer_create(fd);
    ACCESS_MASK access = (create->access & GENERIC_READ ? FILE_GENERIC_READ : 0) |
                         (create->access & GENERIC_WRITE ? FILE_GENERIC_WRITE : 0);
    struct io_file *file = buffer ? io_file_create(IO_CONSOLE, &operations, fd, access, 0) : NULL;
    if (!file) {
        if (buffer)
            console_buffer_release(buffer, fd);
        close(fd);
        return STATUS_NO_MEMORY;
    }
    file->device = buffer;
    file->sharing = create->sharing;
    NTSTATUS status = ob_handle_create(file, access, create->inherit ? OBJ_INHERIT : 0, &handle);
    ob_dereference(file);
    if (NT_SUCCESS(status))
        *ret_handle = (ULONG64)(uintptr_t)handle;
    return status;
}

static NTSTATUS show_buffer(struct io_file *file)
{
    struct console_buffer *buffer = buffer_of(file);
    if (buffer != &console_main_buffer && !console.shows_another) {
        console.screen = fcntl(file->fd, F_DUPFD_CLOEXEC, 3);
        console.shows_another = console.screen >= 0;
        restore_at_exit();
        restore_after_signals();
    }
    return console_buffer_show(buffer, file->fd);
}

/* ---- operations ---- */

static NTSTATUS write_text(struct console_buffer *buffer, int fd, const WCHAR *text, size_t length)
{
    char *bytes = malloc(length * 3 + 8);
    WCHAR *joined = NULL;
    NTSTATUS status = STATUS_NO_MEMORY;
    if (!bytes)
        return status;
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
    status = console_buffer_output(buffer, fd, bytes, n);
    free(joined);
    free(bytes);
    return status;
}

/* Asks the terminal where the cursor is; leaves other input for the reader. One that did not answer is not
 * asked again. */
bool console_ask_cursor(int fd, gw_console_coord *ret)
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
    if (start > answer && console.used + (size_t)(start - answer) < sizeof console.pending) {
        memcpy(console.pending + console.used, answer, (size_t)(start - answer));
        console.used += (size_t)(start - answer);
    }
    ret->x = (SHORT)(column - 1);
    ret->y = (SHORT)(row - 1);
    return true;
}

/* ---- key records ---- */

static NTSTATUS read_records(int fd, const gw_console_read *read, INPUT_RECORD_HOST *out, ULONG *ret_count)
{
    ULONG count = 0;
    bool peek = read->flags & 1, wait = read->flags & 2;
    set_terminal(fd, true);
    for (;;) {
        struct pollfd poll_fd = {fd, POLLIN, 0};
        bool terminal;
        if (wait)
            announce_reader();
        pthread_mutex_lock(&console.lock);
        if (console.at < console.used) {
            io_keys_feed(&console.keys, console.pending + console.at, console.used - console.at);
            console.at = console.used = 0;
        }
        while (poll(&poll_fd, 1, 0) > 0 && io_keys_room(&console.keys)) {
            char bytes[256];
            ssize_t n = (poll_fd.revents & POLLIN) ? (ssize_t)syscall(SYS_read, fd, bytes, sizeof bytes) : 0;
            if (n <= 0)
                break;
            io_keys_feed(&console.keys, bytes, (size_t)n);
        }
        io_keys_flush(&console.keys);
        count = io_keys_take(&console.keys, out, read->count, peek);
        pthread_mutex_unlock(&console.lock);
        if (count || !wait)
            break;
        NTSTATUS status = wait_for_input(fd, &terminal);
        if (!NT_SUCCESS(status))
            return status;
    }
    *ret_count = count;
    return STATUS_SUCCESS;
}

/* ---- the call ---- */

/* What goes in and out, in host memory. */
struct transfer {
    void *in, *out;
    ULONG in_length, out_length, used;
};

static NTSTATUS read_wide(int fd, struct transfer *t)
{
    const gw_console_read *read = t->in;
    size_t room = read->count < t->out_length / 2 ? read->count : t->out_length / 2, used = 0;
    char bytes[8192];
    /* Never more bytes than units fit: UTF-16 is at most as many units. */
    NTSTATUS status = room ? read_text(fd, bytes, room < sizeof bytes ? room : sizeof bytes, &used)
                           : STATUS_SUCCESS;
    if (NT_SUCCESS(status)) {
        /* A character cut at the end waits for its rest. */
        size_t cut = 0;
        while (cut < used && cut < 4 && ((uint8_t)bytes[used - 1 - cut] & 0xc0) == 0x80)
            cut++;
        if (cut < used && (uint8_t)bytes[used - 1 - cut] >= 0xc0) {
            uint8_t lead = (uint8_t)bytes[used - 1 - cut];
            size_t need = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
            if (cut + 1 < need && cut + 1 < used && console.at >= cut + 1) {
                console.at -= cut + 1;
                used -= cut + 1;
            }
        }
        t->used = (ULONG)(io_utf8_to_utf16_n(bytes, used, t->out, room) * 2);
    }
    return status;
}

static NTSTATUS operate_cells(struct console_buffer *buffer, int fd, ULONG operation, struct transfer *t)
{
    const gw_console_fill *run = t->in;
    gw_console_rect *rect = t->in;
    size_t cells = 0;
    NTSTATUS status;
    if (operation == GW_CONSOLE_SCROLL)
        return t->in_length < sizeof(gw_console_scroll) ? STATUS_INFO_LENGTH_MISMATCH
                                                        : console_screen_scroll(buffer, fd, t->in);
    if (operation == GW_CONSOLE_READ_CELLS || operation == GW_CONSOLE_WRITE_CELLS) {
        if (t->in_length < sizeof *rect || t->out_length < sizeof *rect)
            return STATUS_INFO_LENGTH_MISMATCH;
        if (rect->right < rect->left || rect->bottom < rect->top)
            return STATUS_INVALID_PARAMETER;
        cells = (size_t)(rect->right - rect->left + 1) * (size_t)(rect->bottom - rect->top + 1);
        size_t given = operation == GW_CONSOLE_READ_CELLS ? t->out_length : t->in_length;
        if ((given - sizeof *rect) / sizeof(gw_console_cell) < cells)
            return STATUS_INFO_LENGTH_MISMATCH;
        gw_console_cell *data =
            (gw_console_cell *)((operation == GW_CONSOLE_READ_CELLS ? (gw_console_rect *)t->out : rect) + 1);
        if (operation == GW_CONSOLE_READ_CELLS)
            memset(data, 0, cells * sizeof *data);
        status = operation == GW_CONSOLE_READ_CELLS ? console_screen_read(buffer, fd, rect, data, cells)
                                                    : console_screen_write(buffer, fd, rect, data);
        memcpy(t->out, rect, sizeof *rect);
        t->used = (ULONG)(sizeof *rect + (operation == GW_CONSOLE_READ_CELLS ? cells * sizeof *data : 0));
        return status;
    }
    if (t->in_length < sizeof *run)
        return STATUS_INFO_LENGTH_MISMATCH;
    if (operation == GW_CONSOLE_READ_RUN) {
        ULONG count;
        if (t->out_length / sizeof(gw_console_cell) < run->count)
            return STATUS_INFO_LENGTH_MISMATCH;
        status = console_screen_read_run(buffer, fd, run, t->out, &count);
        t->used = NT_SUCCESS(status) ? count * (ULONG)sizeof(gw_console_cell) : 0;
        return status;
    }
    if (t->out_length < sizeof(ULONG))
        return STATUS_INFO_LENGTH_MISMATCH;
    t->used = sizeof(ULONG);
    if (operation == GW_CONSOLE_FILL)
        return console_screen_fill(buffer, fd, run, t->out);
    if ((t->in_length - sizeof *run) / sizeof(gw_console_cell) < run->count)
        return STATUS_INFO_LENGTH_MISMATCH;
    return console_screen_write_run(buffer, fd, run, (const gw_console_cell *)(run + 1), t->out);
}

static NTSTATUS operate(struct io_file *file, ULONG operation, struct transfer *t)
{
    int fd = file ? file->fd : -1;
    bool input = file && is_input(file);
    struct console_buffer *buffer = buffer_of(file);
#define NEED_IN(type)                                                                                        \
    if (t->in_length < sizeof(type))                                                                         \
    return STATUS_INFO_LENGTH_MISMATCH
#define NEED_OUT(type)                                                                                       \
    if (t->out_length < sizeof(type))                                                                        \
        return STATUS_INFO_LENGTH_MISMATCH;                                                                  \
    t->used = sizeof(type)
    switch (operation) {
    case GW_CONSOLE_GET_MODE:
        NEED_OUT(ULONG);
        *(ULONG *)t->out = input ? console.input_mode : buffer->output_mode;
        return STATUS_SUCCESS;
    case GW_CONSOLE_SET_MODE:
        NEED_IN(ULONG);
        if (input) {
            ULONG mode = *(ULONG *)t->in;
            if (((mode & ECHO_INPUT) && !(mode & LINE_INPUT)) || (mode & ~(ULONG)ALL_INPUT_MODES))
                return STATUS_INVALID_PARAMETER;
            console.input_mode = mode;
            set_terminal(fd, false);
        } else {
            if (*(ULONG *)t->in & ~(ULONG)ALL_OUTPUT_MODES)
                return STATUS_INVALID_PARAMETER;
            buffer->output_mode = *(ULONG *)t->in;
        }
        return STATUS_SUCCESS;
    case GW_CONSOLE_READ: NEED_IN(gw_console_read); return read_wide(fd, t);
    case GW_CONSOLE_WRITE: return write_text(buffer, fd, t->in, t->in_length / 2);
    case GW_CONSOLE_GET_INFO:
        NEED_OUT(gw_console_info);
        console_screen_info(buffer, fd, t->out);
        return STATUS_SUCCESS;
    case GW_CONSOLE_SET_CURSOR:
        NEED_IN(gw_console_coord);
        return console_screen_set_cursor(buffer, fd, t->in);
    case GW_CONSOLE_SET_ATTRIBUTE:
        NEED_IN(ULONG);
        return console_screen_set_attributes(buffer, fd, (USHORT) * (ULONG *)t->in);
    case GW_CONSOLE_SET_CURSOR_INFO:
        NEED_IN(gw_console_cursor);
        return console_screen_show_cursor(buffer, fd, t->in);
    case GW_CONSOLE_GET_CURSOR_INFO:
        NEED_OUT(gw_console_cursor);
        *(gw_console_cursor *)t->out = buffer->cursor;
        return STATUS_SUCCESS;
    case GW_CONSOLE_READ_INPUT: {
        NEED_IN(gw_console_read);
        gw_console_read *read = t->in;
        ULONG count = 0;
        if (read->count > t->out_length / sizeof(INPUT_RECORD_HOST))
            read->count = t->out_length / sizeof(INPUT_RECORD_HOST);
        NTSTATUS status = read_records(fd, read, t->out, &count);
        t->used = count * (ULONG)sizeof(INPUT_RECORD_HOST);
        return status;
    }
    case GW_CONSOLE_INPUT_COUNT: {
        NEED_OUT(ULONG);
        INPUT_RECORD_HOST records[64];
        gw_console_read peek = {.count = 64, .flags = 1};
        ULONG *count = t->out;
        return read_records(fd, &peek, records, count);
    }
    case GW_CONSOLE_FLUSH_INPUT:
        pthread_mutex_lock(&console.lock);
        console.at = console.used = 0;
        memset(&console.keys, 0, sizeof console.keys);
        pthread_mutex_unlock(&console.lock);
        tcflush(fd, TCIFLUSH);
        return STATUS_SUCCESS;
    case GW_CONSOLE_WRITE_INPUT: {
        const INPUT_RECORD_HOST *records = t->in;
        const uint64_t one = 1;
        pthread_mutex_lock(&console.lock);
        for (ULONG i = 0; i < t->in_length / sizeof *records; i++)
            io_keys_add(&console.keys, &records[i]);
        if (console.wake && write(console.wake, &one, sizeof one) < 0)
            console.wake = 0; /* cannot be: it never fills up */
        pthread_mutex_unlock(&console.lock);
        return STATUS_SUCCESS;
    }
    case GW_CONSOLE_SET_TITLE: {
        char text[1100];
        ULONG n = t->in_length / 2 < 255 ? t->in_length / 2 : 255;
        memcpy(console.title, t->in, n * 2);
        console.title_length = n;
        int tty = open("/dev/tty", O_WRONLY | O_CLOEXEC | O_NOCTTY);
        if (tty >= 0) {
            size_t used = (size_t)snprintf(text, sizeof text, "\033]0;");
            used += io_utf16_to_utf8(console.title, n, text + used, sizeof text - used - 1);
            text[used++] = 7;
            ssize_t written = write(tty, text, used); /* a title that nobody shows is no error */
            (void)written;
            close(tty);
        }
        return STATUS_SUCCESS;
    }
    case GW_CONSOLE_GET_TITLE:
        t->used = t->out_length < console.title_length * 2 ? t->out_length : console.title_length * 2;
        memcpy(t->out, console.title, t->used);
        return STATUS_SUCCESS;
    case GW_CONSOLE_GET_CODE_PAGES:
        NEED_OUT(ULONG[2]);
        memcpy(t->out, console.code_pages, sizeof console.code_pages);
        return STATUS_SUCCESS;
    case GW_CONSOLE_SET_CODE_PAGES:
        NEED_IN(ULONG[2]);
        for (int i = 0; i < 2; i++)
            if (((ULONG *)t->in)[i])
                console.code_pages[i] = ((ULONG *)t->in)[i];
        return STATUS_SUCCESS;
    case GW_CONSOLE_FILL:
    case GW_CONSOLE_READ_RUN:
    case GW_CONSOLE_WRITE_RUN:
    case GW_CONSOLE_READ_CELLS:
    case GW_CONSOLE_WRITE_CELLS:
    case GW_CONSOLE_SCROLL: return operate_cells(buffer, fd, operation, t);
    case GW_CONSOLE_CREATE_BUFFER:
        NEED_IN(gw_console_create);
        NEED_OUT(ULONG64);
        return create_buffer(t->in, t->out);
    case GW_CONSOLE_SHOW_BUFFER: return file ? show_buffer(file) : STATUS_INVALID_HANDLE;
    case GW_CONSOLE_GET_FONT: {
        NEED_OUT(gw_console_coord);
        struct winsize size = {0};
        gw_console_coord *cell = t->out;
        *cell = (gw_console_coord){0, 0};
        if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row)
            *cell = (gw_console_coord){(SHORT)(size.ws_xpixel / size.ws_col),
                                       (SHORT)(size.ws_ypixel / size.ws_row)};
        return STATUS_SUCCESS;
    }
    case GW_CONSOLE_CONTROL_START: return console_control_start();
    case GW_CONSOLE_WAIT_CONTROL: NEED_OUT(ULONG); return console_control_wait(t->out);
    case GW_CONSOLE_GENERATE:
        NEED_IN(ULONG[2]);
        return console_control_generate(((ULONG *)t->in)[0], ((ULONG *)t->in)[1]);
    case GW_CONSOLE_IGNORE_CTRL_C:
        NEED_IN(ULONG);
        console_control_ignore(*(ULONG *)t->in);
        return STATUS_SUCCESS;
    default: return STATUS_INVALID_PARAMETER;
    }
}

NTSTATUS GwConsole(HANDLE Handle, ULONG Operation, void *Input, ULONG InputLength, void *Output,
                   ULONG OutputLength, ULONG *ReturnLength)
{
    static const ULONG processwide = 1u << GW_CONSOLE_SET_TITLE | 1u << GW_CONSOLE_GET_TITLE |
                                     1u << GW_CONSOLE_GET_CODE_PAGES | 1u << GW_CONSOLE_SET_CODE_PAGES |
                                     1u << GW_CONSOLE_CONTROL_START | 1u << GW_CONSOLE_WAIT_CONTROL |
                                     1u << GW_CONSOLE_GENERATE | 1u << GW_CONSOLE_IGNORE_CTRL_C |
                                     1u << GW_CONSOLE_CREATE_BUFFER;
    struct transfer t = {.in_length = InputLength, .out_length = OutputLength};
    struct io_file *file = NULL;
    /* The two ends of a console do not stand in for each other. */
    static const ULONG of_input = 1u << GW_CONSOLE_READ | 1u << GW_CONSOLE_READ_INPUT |
                                  1u << GW_CONSOLE_INPUT_COUNT | 1u << GW_CONSOLE_FLUSH_INPUT |
                                  1u << GW_CONSOLE_WRITE_INPUT;
    static const ULONG of_output = 1u << GW_CONSOLE_WRITE | 1u << GW_CONSOLE_GET_INFO |
                                   1u << GW_CONSOLE_SET_CURSOR | 1u << GW_CONSOLE_SET_ATTRIBUTE |
                                   1u << GW_CONSOLE_SET_CURSOR_INFO | 1u << GW_CONSOLE_GET_CURSOR_INFO |
                                   1u << GW_CONSOLE_FILL | 1u << GW_CONSOLE_GET_FONT |
                                   1u << GW_CONSOLE_SHOW_BUFFER;
    NTSTATUS status = STATUS_SUCCESS;
    if (Operation >= 32 || InputLength > 1 << 24 || OutputLength > 1 << 24)
        return STATUS_INVALID_PARAMETER;
    if (!(processwide >> Operation & 1)) {
        status = ob_handle_lookup(Handle, &io_file_type, 0, (void **)&file);
        if (NT_SUCCESS(status) && file->kind != IO_CONSOLE)
            status = STATUS_INVALID_HANDLE;
        else if (NT_SUCCESS(status) && ((is_input(file) ? of_output : of_input) >> Operation & 1))
            status = STATUS_INVALID_HANDLE;
        if (status == STATUS_OBJECT_TYPE_MISMATCH)
            status = STATUS_INVALID_HANDLE;
    }
    if (NT_SUCCESS(status)) {
        t.in = malloc(InputLength + 16);
        t.out = malloc(OutputLength + 16);
        if (!t.in || !t.out)
            status = STATUS_NO_MEMORY;
    }
    if (NT_SUCCESS(status) && InputLength)
        status = guest_copy(t.in, Input, InputLength);
    if (NT_SUCCESS(status))
        status = operate(file, Operation, &t);
    if (file && is_input(file))
        console_ready_update();
    if (NT_SUCCESS(status) && t.used)
        status = guest_copy(Output, t.out, t.used);
    if (NT_SUCCESS(status) && ReturnLength)
        status = guest_write(ReturnLength, t.used);
    free(t.in);
    free(t.out);
    if (file)
        ob_dereference(file);
    return status;
}
