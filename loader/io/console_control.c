/*
 * Ctrl-C and its relatives: signals become control events, which a thread of the guest waits for.
 */
#include "io/console_control.h"
#include "io/device.h"
#include "ps/group.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int events;          /* eventfd, 16 bits for each event; 0: nobody listens */
static bool ignores_ctrl_c; /* SetConsoleCtrlHandler(NULL, TRUE), or inherited */

static void post_control(unsigned event)
{
    uint64_t value = 1ull << (event * 16);
    if (events && write(events, &value, sizeof value) < 0)
        return;
}

static void on_control(int number, const siginfo_t *info)
{
    (void)info;
    if (number == SIGINT && ignores_ctrl_c)
        return;
    post_control(number == SIGINT ? 0 : number == SIGQUIT ? 1 : 2);
}

NTSTATUS console_control_start(void)
{
    struct sigaction old;
    if (events)
        return STATUS_SUCCESS;
    if (sigaction(SIGINT, NULL, &old) == 0 && old.sa_handler == SIG_IGN)
        ignores_ctrl_c = true;
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return io_status_from_errno(errno);
    events = fd;
    ke_set_signal_handler(SIGINT, on_control);
    ke_set_signal_handler(SIGQUIT, on_control);
    ke_set_signal_handler(SIGTERM, on_control);
    /* The terminal has hung up, unless somebody arranged for that to mean nothing (nohup). */
    if (sigaction(SIGHUP, NULL, &old) != 0 || old.sa_handler != SIG_IGN)
        ke_set_signal_handler(SIGHUP, on_control);
    return STATUS_SUCCESS;
}

NTSTATUS console_control_wait(ULONG *ret_event)
{
    static uint64_t left;
    NTSTATUS status = console_control_start();
    while (NT_SUCCESS(status)) {
        for (unsigned event = 0; event < 3; event++)
            if (left >> (event * 16) & 0xffff) {
                left -= 1ull << (event * 16);
                *ret_event = event;
                return STATUS_SUCCESS;
            }
        status = io_wait_ready(events, POLLIN);
        uint64_t more;
        if (NT_SUCCESS(status) && read(events, &more, sizeof more) == sizeof more)
            left += more;
    }
    return status;
}

bool io_console_ignores_ctrl_c(void)
{
    struct sigaction old;
    return ignores_ctrl_c || (sigaction(SIGINT, NULL, &old) == 0 && old.sa_handler == SIG_IGN);
}

/* Ctrl-C does not reach the members of a group that began with CREATE_NEW_PROCESS_GROUP: they ignore it, as
 * the group's first process did; this process is told last, as it may be ended by it. */
NTSTATUS console_control_generate(ULONG event, ULONG group)
{
    if (event > 1)
        return STATUS_INVALID_PARAMETER;
    int number = event == 0 ? SIGINT : SIGQUIT;
    bool own;
    unsigned count = ps_signal_group(group, number, &own);
    if (!count && !own)
        return STATUS_INVALID_PARAMETER;
    if (own)
        kill(getpid(), number);
    return STATUS_SUCCESS;
}

void console_control_ignore(bool ignore)
{
    ignores_ctrl_c = ignore;
    if (ignore)
        signal(SIGINT, SIG_IGN);
    else if (events)
        ke_set_signal_handler(SIGINT, on_control);
    else
        signal(SIGINT, SIG_DFL);
}
