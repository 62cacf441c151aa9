/*
 * Waiting for the console's input. All handles of input wait on one event, which is signalled while there is
 * something to read. A helper thread looks at the terminal for it from the first wait on, and after each read
 * that left nothing; no program that does not wait has the thread.
 */
#include "io/console_ready.h"
#include "ke/dispatcher.h"
#include "ke/wait.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

static struct {
    pthread_mutex_t
        lock; /* guards all of this, and signalling against resetting; innermost but for the dispatcher's */
    struct ke_dispatcher_object *event;
    int input;          /* the terminal, once there was an input file */
    int terminal, wake; /* the thread's own; wake is 0 until it is started */
    bool (*has_queued)(void);
    void (*prepare)(int fd);
} ready = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Sleeps until it is woken, then until the terminal has something. */
static void *watch(void *unused)
{
    uint64_t count;
    (void)unused;
    while (read(ready.wake, &count, sizeof count) == sizeof count) {
        struct pollfd poll_fd = {ready.terminal, POLLIN, 0};
        while (poll(&poll_fd, 1, -1) < 0)
            ;
        console_ready_update();
    }
    return NULL;
}

void console_ready_update(void)
{
    uint64_t one = 1;
    pthread_mutex_lock(&ready.lock);
    if (ready.wake) {
        struct pollfd poll_fd = {ready.terminal, POLLIN, 0};
        if (ready.has_queued() || poll(&poll_fd, 1, 0) > 0) {
            ke_signal(ready.event);
        } else {
            ke_reset(ready.event);
            if (write(ready.wake, &one, sizeof one) < 0) /* it is awake, then */
                ke_signal(ready.event);
        }
    }
    pthread_mutex_unlock(&ready.lock);
}

/* Somebody is about to wait. */
static void before_wait(void)
{
    pthread_mutex_lock(&ready.lock);
    if (!ready.wake) {
        ready.terminal = fcntl(ready.input, F_DUPFD_CLOEXEC, 3);
        if (ready.terminal < 0)
            ready.terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
        int wake = ready.terminal >= 0 ? eventfd(0, EFD_CLOEXEC) : -1;
        if (wake >= 0) {
            ready.wake = wake;
            if (!ke_start_helper(watch, NULL)) {
                ready.wake = 0;
                close(wake);
            }
        }
        if (!ready.wake) { /* without it: who waits finds out by reading */
            if (ready.terminal >= 0)
                close(ready.terminal);
            ke_signal(ready.event);
        }
    }
    int terminal = ready.wake ? ready.terminal : -1;
    pthread_mutex_unlock(&ready.lock);
    if (terminal >= 0) {
        ready.prepare(terminal);
        console_ready_update();
    }
}

void console_ready_input(int fd, bool (*has_queued)(void), void (*prepare)(int fd))
{
    pthread_mutex_lock(&ready.lock);
    if (!ready.event && (ready.event = ob_create(&ke_event_type))) {
        ke_dispatcher_object_initialize(ready.event, KE_NOTIFICATION_EVENT, 0);
        ready.event->on_demand = true;
        ready.input = fd;
        ready.has_queued = has_queued;
        ready.prepare = prepare;
        ke_before_wait = before_wait;
    }
    pthread_mutex_unlock(&ready.lock);
}

struct ke_dispatcher_object *console_ready_event(void)
{
    return ready.event;
}
