/*
 * The sessions' folder, see <gastwirt/session_server.h>.
 */
#include <gastwirt/session_server.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

int folder_lock(const char *folder, int patience_ms)
{
    struct stat locked, named;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), result;
    if (fd < 0)
        return -1;
    for (int i = 0; (result = flock(fd, LOCK_EX | LOCK_NB)) != 0 && i < patience_ms; i++)
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    int error = EAGAIN;
    if (result == 0) {
        error = ENOENT; /* somebody may have removed it, and somebody else made it anew */
        if (fstat(fd, &locked) == 0 && lstat(folder, &named) == 0 && locked.st_ino == named.st_ino &&
            locked.st_dev == named.st_dev)
            return fd;
    }
    close(fd);
    errno = error;
    return -1;
}

/* Asks without being heard: a socket of another kind cannot be connected, but is told why. */
static bool is_dead(int folder, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder, name) >=
        (int)sizeof address.sun_path)
        return false;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool dead = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) != 0 &&
                errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    return dead;
}

void folder_sweep(int lock, const char *folder)
{
    int again = openat(lock, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = again >= 0 ? fdopendir(again) : NULL;
    if (!entries && again >= 0)
        close(again);
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        const char *end = strrchr(entry->d_name, '.');
        if (end && strcmp(end, ".socket") == 0 && is_dead(lock, entry->d_name))
            unlinkat(lock, entry->d_name, 0);
    }
    if (entries)
        closedir(entries);
    rmdir(folder);
}
