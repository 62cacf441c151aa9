/*
 * Waiting without a guest thread: a poller thread for descriptors and a small pool of workers. Their
 * threads are plain host threads: they take no kicks and touch guest memory only through io_poke
 * and the kernel.
 */
#include "io/io.h"
#include "ke/lock.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { MAX_WORKERS = 32, IDLE_SECONDS = 5 };

struct io_wait {
    int fd; /* a duplicate of its own: epoll knows a descriptor only once */
    void (*function)(void *);
    void *argument;
    bool armed;
    struct io_wait *next_free;
};

struct work {
    struct work *next;
    void (*function)(void *);
    void *argument;
};

static struct {
    pthread_mutex_t lock; /* guards all of this; innermost */
    pthread_cond_t more;
    int epoll;            /* 0: not yet */
    struct io_wait *free; /* records are reused, never given back: the poller may hold a stale one */
    struct work *first, **last;
    int workers, idle;
} waits = {.lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER};

static bool start_thread(void *(*function)(void *))
{
    pthread_t thread;
    pthread_attr_t attributes;
    sigset_t all, old;
    ke_become_multithreaded();
    sigfillset(&all);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int error = pthread_create(&thread, &attributes, function, NULL);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attributes);
    return error == 0;
}

/* It is free then. Under the lock. */
static void disarm(struct io_wait *wait)
{
    wait->armed = false;
    /* Closing is not enough: what the duplicate refers to is still open elsewhere, and its number may come
     * back. */
    epoll_ctl(waits.epoll, EPOLL_CTL_DEL, wait->fd, NULL);
    close(wait->fd);
    wait->next_free = waits.free;
    waits.free = wait;
}

static void *poller(void *unused)
{
    (void)unused;
    for (;;) {
        struct epoll_event events[16];
        int n = epoll_wait(waits.epoll, events, 16, -1);
        for (int i = 0; i < n; i++) {
            struct io_wait *wait = events[i].data.ptr;
            pthread_mutex_lock(&waits.lock);
            bool armed = wait->armed;
            void (*function)(void *) = wait->function;
            void *argument = wait->argument;
            if (armed)
                disarm(wait);
            pthread_mutex_unlock(&waits.lock);
            if (armed)
                function(argument);
        }
    }
    return NULL;
}

struct io_wait *io_wait_descriptor(int fd, short events, void (*function)(void *), void *argument)
{
    struct io_wait *wait = NULL;
    pthread_mutex_lock(&waits.lock);
    if (!waits.epoll) {
        int epoll = epoll_create1(EPOLL_CLOEXEC);
        if (epoll >= 0) {
            waits.epoll = epoll;
            if (!start_thread(poller)) {
                close(epoll);
                waits.epoll = 0;
            }
        }
    }
    if (waits.epoll) {
        wait = waits.free;
        if (wait)
            waits.free = wait->next_free;
        else
            wait = calloc(1, sizeof *wait);
    }
    if (wait) {
        struct epoll_event event = {.events = (uint32_t)events | EPOLLONESHOT, .data.ptr = wait};
        wait->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        wait->function = function;
        wait->argument = argument;
        wait->armed = true;
        if (wait->fd < 0 || epoll_ctl(waits.epoll, EPOLL_CTL_ADD, wait->fd, &event) != 0) {
            if (wait->fd >= 0)
                close(wait->fd);
            wait->armed = false;
            wait->next_free = waits.free;
            waits.free = wait;
            wait = NULL;
        }
    }
    pthread_mutex_unlock(&waits.lock);
    return wait;
}

bool io_wait_cancel(struct io_wait *wait, void (*function)(void *), void *argument)
{
    pthread_mutex_lock(&waits.lock);
    bool armed = wait->armed && wait->function == function && wait->argument == argument;
    if (armed)
        disarm(wait);
    pthread_mutex_unlock(&waits.lock);
    return armed;
}

static void *worker(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&waits.lock);
    for (;;) {
        struct work *work = waits.first;
        if (!work) {
            struct timespec until;
            clock_gettime(CLOCK_REALTIME, &until);
            until.tv_sec += IDLE_SECONDS;
            waits.idle++;
            int error = pthread_cond_timedwait(&waits.more, &waits.lock, &until);
            waits.idle--;
            if (error == ETIMEDOUT && !waits.first)
                break;
            continue;
        }
        waits.first = work->next;
        if (!waits.first)
            waits.last = &waits.first;
        pthread_mutex_unlock(&waits.lock);
        work->function(work->argument);
        free(work);
        pthread_mutex_lock(&waits.lock);
    }
    waits.workers--;
    pthread_mutex_unlock(&waits.lock);
    return NULL;
}

bool io_queue_work(void (*function)(void *), void *argument)
{
    struct work *work = malloc(sizeof *work);
    if (!work)
        return false;
    *work = (struct work){.function = function, .argument = argument};
    pthread_mutex_lock(&waits.lock);
    if (!waits.last)
        waits.last = &waits.first;
    *waits.last = work;
    waits.last = &work->next;
    bool more = !waits.idle && waits.workers < MAX_WORKERS;
    waits.workers += more;
    pthread_cond_signal(&waits.more);
    pthread_mutex_unlock(&waits.lock);
    if (more && !start_thread(worker)) {
        pthread_mutex_lock(&waits.lock);
        waits.workers--;
        pthread_mutex_unlock(&waits.lock);
    }
    return true;
}
