/*
 * The session server's life: it is started with a socket that listens already, serves until a second
 * after its last client, and takes the socket with it.
 */
#include "server.h"
#include <gastwirt/session_server.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LINGER_MS = 1000, LISTENER_FD = 3 };

struct server server = {.epoll = -1, .spare = -1, .listener.fd = -1, .timers.fd = -1};

bool server_watch_add(struct server_watch *watch, enum server_source source, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};
    watch->source = source;
    watch->fd = fd;
    if (epoll_ctl(server.epoll, EPOLL_CTL_ADD, fd, &event) == 0)
        return true;
    watch->fd = -1;
    return false;
}

void server_watch_drop(struct server_watch *watch)
{
    if (watch->fd >= 0) {
        epoll_ctl(server.epoll, EPOLL_CTL_DEL, watch->fd, NULL);
        close(watch->fd);
    }
    watch->fd = -1;
}

bool server_initialize(void)
{
    server.epoll = epoll_create1(EPOLL_CLOEXEC);
    server.spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return server.epoll >= 0 && server_names_initialize() && server_timers_initialize();
}

/* Without a free descriptor those who wait at the listener would wake the server for ever: one is let in at
 * the spare one's place, and out. */
static bool turn_one_away(void)
{
    if (server.spare < 0)
        return false;
    close(server.spare);
    int fd = accept4(server.listener.fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        close(fd);
    server.spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return fd >= 0;
}

/* False if nobody was there. */
static bool accept_clients(void)
{
    bool any = false;
    for (;;) {
        int fd = accept4(server.listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 && (errno == EMFILE || errno == ENFILE) && turn_one_away()) {
            any = true;
            continue;
        }
        if (fd < 0)
            return any;
        struct ucred peer;
        socklen_t size = sizeof peer;
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid != getuid() ||
            !server_client_create(fd))
            close(fd);
        any = true;
    }
}

/* The client an event belongs to, or NULL. */
static struct server_client *client_of(const struct epoll_event *event)
{
    struct server_watch *watch = event->data.ptr;
    if (watch && watch->source == SERVER_CLIENT)
        return (struct server_client *)((char *)watch - offsetof(struct server_client, watch));
    if (watch && watch->source == SERVER_PROCESS)
        return (struct server_client *)((char *)watch - offsetof(struct server_client, process));
    if (watch && watch->source == SERVER_CHANNEL)
        return (struct server_client *)((char *)watch - offsetof(struct server_client, channel));
    return NULL;
}

/* Destroys the clients that are to end; their events are forgotten. */
static void destroy_closing(struct epoll_event *events, int count)
{
    for (int i = 0; i < count; i++) {
        struct server_client *client = client_of(&events[i]);
        if (client && client->closing)
            events[i].data.ptr = NULL;
    }
    for (struct server_client *client = server.clients, *next; client; client = next) {
        next = client->next;
        if (client->closing)
            server_client_destroy(client);
    }
}

/* A caller gave up: its socket's other end is closed. */
static void drop_pending(const struct server_watch *watch)
{
    for (struct server_pending *pending = server.pending; pending; pending = pending->next) {
        if (&pending->watch == watch) {
            server_pending_drop(pending);
            return;
        }
    }
}

void server_round(int timeout)
{
    static struct epoll_event events[1024];
    int count = epoll_wait(server.epoll, events, 1024, timeout);
    bool closing = false;
    /* Who is gone goes first: requests that come after somebody's end find what it left. */
    for (int i = 0; i < count; i++) {
        struct server_watch *watch = events[i].data.ptr;
        if (watch->source == SERVER_PENDING) {
            drop_pending(watch);
            events[i].data.ptr = NULL;
        } else if (watch->source == SERVER_MEMBER) {
            server_member_ended((struct server_member *)watch);
            events[i].data.ptr = NULL;
        } else if (watch->source == SERVER_PROCESS ||
                   (watch->source == SERVER_CLIENT && events[i].events & (EPOLLHUP | EPOLLERR))) {
            client_of(&events[i])->closing = closing = true;
        }
    }
    if (closing)
        destroy_closing(events, count);
    closing = false;
    for (int i = 0; i < count; i++) {
        struct server_watch *watch = events[i].data.ptr;
        if (!watch)
            continue;
        switch (watch->source) {
        case SERVER_LISTENER: accept_clients(); break;
        case SERVER_TIMERS: server_timers_expire(); break;
        case SERVER_CHANNEL: server_watch_drop(watch); break; /* nothing comes from there but its end */
        case SERVER_CLIENT:
            server_client_event(client_of(&events[i]));
            closing |= client_of(&events[i])->closing;
            break;
        case SERVER_PIPE: server_pipe_event(watch); break;
        case SERVER_PIPE_WAITER: server_pipe_waiter_event(watch); break;
        case SERVER_PROCESS:
        case SERVER_MEMBER:
        case SERVER_PENDING: break;
        }
    }
    if (closing)
        destroy_closing(events, count);
    server_pipes_collect();
}

struct server_hooks server_hooks;

/* Leaves if nobody came meanwhile; who connects from now on finds nothing and starts another server. */
static bool leave(const char *folder, const char *name)
{
    char path[PATH_MAX + NAME_MAX + 16];
    int lock = folder_lock(folder, 0);
    if (lock < 0 && errno != ENOENT)
        return false;
    bool stays = accept_clients();
    if (!stays && server_hooks.leave)
        server_hooks.leave();
    if (!stays && lock >= 0) {
        snprintf(path, sizeof path, "%s/%s.socket", folder, name);
        unlink(path);
        folder_sweep(lock, folder);
    }
    if (lock >= 0)
        close(lock);
    return !stays;
}

/* Nothing of the process that started the server is kept: no descriptor, no terminal, no folder. */
static bool detach(int listener, int name)
{
    const int sources[] = {open("/dev/null", O_RDWR | O_CLOEXEC), listener, name};
    int moved[3];
    for (int i = 0; i < 3; i++) /* out of each other's way */
        if ((moved[i] = fcntl(sources[i], F_DUPFD_CLOEXEC, GW_SERVER_NAME_FD + 1)) < 0 && i)
            return false;
    for (int i = 0; i < 3 && moved[0] >= 0; i++)
        dup2(moved[0], i);
    if (dup2(moved[1], LISTENER_FD) < 0 || dup2(moved[2], GW_SERVER_NAME_FD) < 0)
        return false;
    if (syscall(SYS_close_range, GW_SERVER_NAME_FD + 1, ~0u, 0) != 0)
        for (int i = GW_SERVER_NAME_FD + 1; i < 1024; i++)
            close(i);
    fcntl(LISTENER_FD, F_SETFD, FD_CLOEXEC);
    fcntl(LISTENER_FD, F_SETFL, O_NONBLOCK);
    fcntl(GW_SERVER_NAME_FD, F_SETFD, FD_CLOEXEC);
    if (chdir("/") != 0)
        return false;
    setsid();
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    prctl(PR_SET_NAME, "gastwirt-server");
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    return true;
}

int server_main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    static char folder[PATH_MAX], name[NAME_MAX + 1]; /* the arguments' place takes the title */
    if (strlen(argv[2]) >= sizeof folder || strlen(argv[3]) >= sizeof name)
        return 1;
    strcpy(folder, argv[2]);
    strcpy(name, argv[3]);
    if (!detach(atoi(argv[0]), atoi(argv[1])))
        return 1;
    if (server_hooks.prepare)
        server_hooks.prepare(folder, name);
    /* Who started it waits for this process only, not for the server. */
    pid_t pid = fork();
    if (pid > 0 && server_hooks.publish)
        server_hooks.publish(pid);
    if (pid)
        return pid < 0;
    if (!server_initialize() || !server_watch_add(&server.listener, SERVER_LISTENER, LISTENER_FD, EPOLLIN))
        return 1;
    for (;;) {
        bool idle = !server.client_count && !server.pipe_count;
        int check = server_jobs_check(), rates = server_rates_check();
        if (rates >= 0 && (check < 0 || rates < check))
            check = rates;
        server_round(idle ? LINGER_MS : check);
        if (idle && !server.client_count && !server.pipe_count && leave(folder, name)) {
            if (server_hooks.tidy)
                server_hooks.tidy();
            return 0;
        }
    }
}
