/*
 * Finding the session's server, or starting it: whoever finds none takes the lock, looks again, binds the
 * socket itself and starts a server with it. A connection can therefore be made before the server has begun.
 */
#include "session/connect.h"
#include "io/system.h"
#include "ke/lock.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ATTEMPTS = 50, BACKLOG = 4096 };

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
static int connect_to(const char *folder, const char *name)
{
    struct sockaddr_un address;
    int through, fd = -1;
    if (!make_address(folder, name, &address, &through))
        return -1;
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    int result = fd < 0 ? -1 : 0;
    if (fd >= 0) {
        do
            result = connect(fd, (struct sockaddr *)&address, sizeof address);
        while (result != 0 && errno == EINTR);
    }
    int error = errno;
    if (through >= 0)
        close(through);
    if (result != 0) {
        if (fd >= 0)
            close(fd);
        errno = error;
        return -1;
    }
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid != getuid()) {
        close(fd);
        errno = EPERM;
        return -1;
    }
    return fd;
}

static int take_lock(const char *path)
{
    struct stat file, named;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -1;
    int result;
    do
        result = flock(fd, LOCK_EX);
    while (result != 0 && errno == EINTR);
    /* A server that left took the file with it. */
    if (result == 0 && fstat(fd, &file) == 0 && lstat(path, &named) == 0 && file.st_ino == named.st_ino &&
        file.st_dev == named.st_dev)
        return fd;
    close(fd);
    errno = ENOENT;
    return -1;
}

static int bind_socket(const char *folder, const char *name)
{
    struct sockaddr_un address;
    char path[4200];
    int through;
    snprintf(path, sizeof path, "%s/%s.socket", folder, name);
    unlink(path);
    if (!make_address(folder, name, &address, &through))
        return -1;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
    if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 ||
                    bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, BACKLOG) != 0)) {
        close(fd);
        fd = -1;
    }
    if (through >= 0)
        close(through);
    return fd;
}

static bool start_server(const char *folder, const char *name, int listener)
{
    char number[16];
    char *arguments[] = {"run", "--server", number, (char *)folder, (char *)name, NULL},
         *environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    pid_t pid;
    int status;
    snprintf(number, sizeof number, "%d", listener);
    sigemptyset(&none);
    sigfillset(&all);
    sigdelset(&all, 32); /* glibc's own */
    sigdelset(&all, 33);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, listener, listener); /* not closed on exec */
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

int session_open_socket(bool start, const char **ret_why)
{
    const char *name = session_name();
    *ret_why = "cannot be used";
    for (int i = 0; i < ATTEMPTS; i++) {
        const char *folder = session_folder(start, ret_why);
        if (!folder)
            return -1;
        int fd = connect_to(folder, name);
        if (fd >= 0 || !start)
            return fd;
        if (errno != ENOENT && errno != ECONNREFUSED && errno != ECONNRESET) {
            *ret_why = strerror(errno);
            return -1;
        }
        char path[4200];
        snprintf(path, sizeof path, "%s/%s.lock", folder, name);
        int lock = take_lock(path);
        if (lock < 0 && errno == ENOENT)
            continue; /* a server was just leaving */
        if (lock < 0) {
            *ret_why = strerror(errno);
            return -1;
        }
        fd = connect_to(folder, name);
        if (fd < 0) {
            int listener = bind_socket(folder, name);
            if (listener < 0) {
                *ret_why = strerror(errno);
                close(lock);
                return -1;
            }
            bool started = start_server(folder, name, listener);
            close(listener);
            fd = started ? connect_to(folder, name) : -1;
            if (!started)
                *ret_why = "no server can be started";
        }
        close(lock);
        if (fd >= 0)
            return fd;
    }
    return -1;
}
