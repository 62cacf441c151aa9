/*
 * Reaching another process. One that shares nothing is not connected: a signal makes one of its threads
 * connect, at a place where the thread could be suspended as well.
 */
#include "ke/lock.h"
#include "ke/wait.h"
#include "ps/ps.h"
#include "session/connect.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define CALL_SIGNAL 35 /* behind the kick's (ke/signal.c) */

enum { ATTEMPTS = 200, ATTEMPT_MS = 25 };

static uint32_t wanted; /* another process asks this one to connect */

static void on_call(int number, const siginfo_t *info)
{
    (void)number, (void)info;
    __atomic_store_n(&wanted, 1, __ATOMIC_RELEASE);
    struct ke_thread *self = ke_self;
    if (!self || !self->wait)
        return;
    /* As if it was to be suspended; it finds that it is not, and answers. */
    __atomic_or_fetch(&self->pending, KE_PENDING_SUSPEND, __ATOMIC_RELEASE);
    uint32_t awake = KE_WAIT_AWAKE, sleeping = KE_WAIT_SLEEPING;
    if (!__atomic_compare_exchange_n(&self->wait->word, &awake, KE_WAIT_INTERRUPTED, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE))
        __atomic_compare_exchange_n(&self->wait->word, &sleeping, KE_WAIT_INTERRUPTED, false,
                                    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
    ke_kick(self);
}

void session_initialize(void)
{
    ke_set_signal_handler(CALL_SIGNAL, on_call);
}

void session_answer(void)
{
    struct gw_connection *connection;
    if (__atomic_load_n(&wanted, __ATOMIC_RELAXED) && __atomic_exchange_n(&wanted, 0, __ATOMIC_ACQ_REL))
        session_connect(true, &connection);
}

bool session_is_ours(int pid)
{
    char path[64];
    struct stat own, other;
    snprintf(path, sizeof path, "/proc/%d/exe", pid);
    return stat("/proc/self/exe", &own) == 0 && stat(path, &other) == 0 && own.st_ino == other.st_ino &&
           own.st_dev == other.st_dev;
}

/* ... which handles the signal by now? Others would die of it. */
bool session_can_be_called(int pid)
{
    char path[64], line[256];
    if (!session_is_ours(pid))
        return false;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "re");
    unsigned long long caught = 0;
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "State:\tT", 8) == 0 || sscanf(line, "SigCgt: %llx", &caught) == 1)
            break;
    if (file)
        fclose(file);
    return caught >> (CALL_SIGNAL - 1) & 1;
}

/* Waits until the process has taken up the call, waking it now and then. */
static NTSTATUS wake_process(int pid, int socket)
{
    for (int i = 0; i < ATTEMPTS; i++) {
        struct pollfd poller = {.fd = socket, .events = POLLIN};
        if (session_can_be_called(pid))
            kill(pid, CALL_SIGNAL);
        else if (kill(pid, 0) != 0)
            return STATUS_PROCESS_IS_TERMINATING;
        /* What has taken up a call says so with an empty start: see session_call. */
        if (poll(&poller, 1, ATTEMPT_MS) > 0)
            return STATUS_SUCCESS;
        if (__atomic_load_n(&ke_self->pending, __ATOMIC_ACQUIRE) & KE_PENDING_TERMINATE)
            return STATUS_THREAD_IS_TERMINATING;
    }
    return STATUS_NOT_FOUND;
}

NTSTATUS session_call(int unix_pid, uint32_t operation, int *ret_socket)
{
    static const struct timeval patience = {.tv_sec = 30};
    struct gw_connection *connection;
    int pair[2];
    char ready;
    NTSTATUS status = session_connect(true, &connection);
    if (!NT_SUCCESS(status))
        return status;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return STATUS_INSUFFICIENT_RESOURCES;
    setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    struct gw_call_process_in in = {.pid = (uint32_t)unix_pid, .operation = operation, .socket = pair[1]};
    status = gw_call_process(connection, &in);
    close(pair[1]);
    if (status == STATUS_PENDING)
        status = wake_process(unix_pid, pair[0]);
    if (NT_SUCCESS(status)) {
        ssize_t got;
        do
            got = recv(pair[0], &ready, 1, 0);
        while (got < 0 && errno == EINTR);
        if (got != 1)
            status = STATUS_PROCESS_IS_TERMINATING;
    }
    if (!NT_SUCCESS(status)) {
        close(pair[0]);
        return status;
    }
    *ret_socket = pair[0];
    return STATUS_SUCCESS;
}
