/*
 * Finding the session's server, by its number in the session's table or by name, or starting it: whoever
 * finds none takes the folder's lock, looks again, binds the socket itself and starts a server with it. A
 * connection can therefore be made before the server has begun.
 */
#include "session/connect.h"
#include "session/table.h"
#include "io/system.h"
#include "ke/lock.h"
#include <gastwirt/session_server.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ATTEMPTS = 50, BACKLOG = 4096, PATIENCE_MS = 20000 };

/* A socket's address has little room: the folder is entered through a descriptor if its path is long. */
static bool make_address(const char *folder, const char *name, struct sockaddr_un *ret_address, int *ret_fd)
{
    ret_address->sun_family = AF_UNIX;
    *ret_fd = -1;
    int size = snprintf(ret_address->sun_path, sizeof ret_address->sun_path, "%s/%s.socket", folder, name);
    if (size > 0 && (size_t)size < sizeof ret_address->sun_path)
        return true;
    *ret_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (*ret_fd < 0)
        return false;
    snprintf(ret_address->sun_path, sizeof ret_address->sun_path, "/proc/self/fd/%d/%s.socket", *ret_fd,
             name);
    return true;
}

/* A connected socket, or -1 with errno. */
static int connect_to(const struct sockaddr_un *address)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), result = -1;
    if (fd < 0)
        return -1;
    do
        result = connect(fd, (const struct sockaddr *)address, sizeof *address);
    while (result != 0 && errno == EINTR);
    if (result == 0 && (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid != getuid())) {
        result = -1;
        errno = EPERM;
    }
    if (result != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

/* By the descriptor that the server has of its socket's name. */
static int connect_by_number(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int server = session_table_server();
    errno = ENOENT;
    if (!server)
        return -1;
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/%d/fd/%d", server, GW_SERVER_NAME_FD);
    return connect_to(&address);
}

static int connect_by_name(const char *folder, const char *name)
{
    struct sockaddr_un address;
    int through;
    if (!make_address(folder, name, &address, &through))
        return -1;
    int fd = connect_to(&address), error = errno;
    if (through >= 0)
        close(through);
    errno = error;
    return fd;
}

struct server_socket {
    int listener, name;
};

static void close_socket(struct server_socket *made)
{
    int error = errno;
    if (made->name >= 0)
        close(made->name);
    if (made->listener >= 0)
        close(made->listener);
    errno = error;
}

static bool bind_socket(const char *folder, const char *name, struct server_socket *ret_made)
{
    struct sockaddr_un address;
    char path[4200];
    int through, on = 1;
    *ret_made = (struct server_socket){-1, -1};
    snprintf(path, sizeof path, "%s/%s.socket", folder, name);
    unlink(path);
    if (!make_address(folder, name, &address, &through))
        return false;
    int fd = ret_made->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0 &&
        bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, BACKLOG) == 0)
        ret_made->name = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
    if (through >= 0)
        close(through);
    if (ret_made->name >= 0)
        return true;
    close_socket(ret_made);
    return false;
}

static bool start_server(const char *folder, const char *name, const struct server_socket *made)
{
    char numbers[2][16];
    char *arguments[] = {"run", "--server", numbers[0], numbers[1], (char *)folder, (char *)name, NULL},
         *environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    pid_t pid;
    int status;
    snprintf(numbers[0], sizeof numbers[0], "%d", made->listener);
    snprintf(numbers[1], sizeof numbers[1], "%d", made->name);
    sigemptyset(&none);
    sigfillset(&all);
    sigdelset(&all, 32); /* glibc's own */
    sigdelset(&all, 33);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, made->listener, made->listener); /* not closed on exec */
    posix_spawn_file_actions_adddup2(&actions, made->name, made->name);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int error = posix_spawn(&pid, io_own_program(), &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error)
        return false;
    /* It ends at once: the server is its child. */
    pid_t got;
    do
        got = waitpid(pid, &status, 0);
    while (got < 0 && errno == EINTR);
    return got == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* With the folder's lock. A connection to the new server, whose socket keeps its name only where we need
 * that. */
static int start_and_connect(const char *folder, const char *name, const char **ret_why)
{
    struct server_socket made;
    char path[4200];
    if (!bind_socket(folder, name, &made)) {
        *ret_why = strerror(errno);
        return -1;
    }
    bool started = start_server(folder, name, &made);
    close_socket(&made);
    int fd = started ? connect_by_number() : -1;
    if (fd >= 0 || !started) {
        snprintf(path, sizeof path, "%s/%s.socket", folder, name);
        unlink(path);
        rmdir(folder);
    }
    if (started && fd < 0)
        fd = connect_by_name(folder, name);
    *ret_why = "no server can be started";
    return fd;
}

int session_open_socket(bool start, const char **ret_why)
{
    const char *name = session_name();
    *ret_why = "cannot be used";
    for (int i = 0; i < ATTEMPTS; i++) {
        int fd = connect_by_number();
        if (fd >= 0)
            return fd;
        bool hidden = errno == EACCES || errno == EPERM;
        const char *folder = session_folder(start, ret_why);
        if (!folder)
            return -1;
        fd = connect_by_name(folder, name);
        if (fd >= 0 || !start)
            return fd;
        if (hidden && errno == ENOENT)
            errno = EACCES; /* there is a server, which we may not look at */
        if (errno != ENOENT && errno != ECONNREFUSED && errno != ECONNRESET) {
            *ret_why = strerror(errno);
            return -1;
        }
        int lock = folder_lock(folder, PATIENCE_MS);
        if (lock < 0 && errno == ENOENT)
            continue; /* a server was just leaving */
        if (lock < 0) {
            *ret_why = errno == EAGAIN ? "is being started by a program that does not go on"
                                       : strerror(errno);
            return -1;
        }
        if ((fd = connect_by_number()) < 0 && (fd = connect_by_name(folder, name)) < 0)
            fd = start_and_connect(folder, name, ret_why);
        close(lock);
        if (fd >= 0)
            return fd;
    }
    return -1;
}
