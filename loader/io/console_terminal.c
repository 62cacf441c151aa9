/*
 * The terminal's modes: line input is its canonical mode or, where its cursor can be moved, raw mode with an
 * editor of ours (line_edit.c) as long as a line is typed; records come from raw mode. What is changed of
 * the terminal is put back on every way out.
 */
#include "io/console_terminal.h"
#include "io/console_screen.h"
#include "io/device.h"
#include "ps/ps.h"
#include <fcntl.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

static struct {
    bool saved, changed, at_exit;
    bool between;       /* lines of the editor */
    bool shows_another; /* a created buffer was shown, through `screen` */
    int screen;
    int fd; /* what the saved state is of */
    struct termios original;
} terminal;

void io_console_restore(void)
{
    /* another screen is of no use without its program */
    if (terminal.shows_another && !console_buffer_is_shown(&console_main_buffer)) {
        ssize_t written = write(terminal.screen, "\033[?1049l\033[?25h", 14);
        (void)written;
    }
    terminal.shows_another = false;
    if (terminal.changed) {
        terminal.changed = false;
        tcsetattr(terminal.fd, TCSANOW, &terminal.original);
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
    if (!terminal.at_exit)
        ps_at_exit(io_console_restore);
    terminal.at_exit = true;
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

bool console_terminal_edits(int fd)
{
    const char *kind = getenv("TERM");
    return kind && *kind && strcmp(kind, "dumb") != 0 && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR &&
           tcgetpgrp(fd) == getpgrp();
}

void console_terminal_set(int fd, ULONG input_mode, enum console_keys keys)
{
    struct termios wanted;
    if (!terminal.saved) {
        if (tcgetattr(fd, &terminal.original) != 0)
            return;
        terminal.saved = true;
        terminal.fd = fd;
        restore_at_exit();
    }
    bool line = (input_mode & CONSOLE_LINE_INPUT) && keys != CONSOLE_RECORDS;
    bool edited = line && keys == CONSOLE_EDITED, between = line && keys == CONSOLE_BETWEEN;
    wanted = terminal.original;
    if (!line || edited) {
        wanted.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
        wanted.c_iflag &= ~(tcflag_t)IXON;
        wanted.c_cc[VMIN] = 1;
        wanted.c_cc[VTIME] = 0;
    }
    if (!line) /* a line that is edited ends with what the next reader takes for its end, too */
        wanted.c_iflag &= ~(tcflag_t)ICRNL;
    if (between)
        wanted.c_cc[VSUSP] = _POSIX_VDISABLE; /* Ctrl-Z is the end of a file */
    if (between || !(input_mode & CONSOLE_ECHO_INPUT))
        wanted.c_lflag &= ~(tcflag_t)ECHO;
    if (edited || !(input_mode & CONSOLE_PROCESSED_INPUT))
        wanted.c_lflag &= ~(tcflag_t)ISIG;
    /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): a copy, with what lies between its members */
    bool same = memcmp(&wanted, &terminal.original, sizeof wanted) == 0;
    if (same && !terminal.changed)
        return;
    if (!terminal.changed)
        restore_after_signals();
    terminal.changed = !same;
    terminal.between = keys == CONSOLE_BETWEEN;
    tcsetattr(fd, TCSADRAIN, &wanted);
}

void io_console_lend(void)
{
    if (terminal.changed && terminal.between) {
        terminal.changed = terminal.between = false;
        tcsetattr(terminal.fd, TCSADRAIN, &terminal.original);
    }
}

void console_terminal_keep_screen(int fd)
{
    if (terminal.shows_another)
        return;
    terminal.screen = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    terminal.shows_another = terminal.screen >= 0;
    restore_at_exit();
    restore_after_signals();
}

NTSTATUS console_terminal_write(int fd, const char *bytes, size_t length)
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
