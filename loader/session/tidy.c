/*
 * What killed processes leave in the file system, and who removes it. A server's socket: its clients, who see
 * its end, and everybody who starts a server, makes a table, or lists. Files that were to be deleted when
 * their process closes them: other processes of the session know them from the table; if nobody was left, the
 * first of whatever session finds a link in the sessions' folder that says so.
 */
#include "session/tidy.h"
#include "io/io.h"
#include "session/session.h"
#include "session/table.h"
#include <dirent.h>
#include <gastwirt/session_server.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---------------------------------------------------------------- files that are to be deleted */

/* The link's name; its target is the file. */
static bool name_link(char *text, size_t room, uint64_t owner, uint64_t device, uint64_t inode)
{
    const char *why, *folder = session_folder(true, &why);
    return folder && snprintf(text, room, "%s/%llx-%llx-%llx.doomed", folder, (unsigned long long)owner,
                              (unsigned long long)device, (unsigned long long)inode) < (int)room;
}

void session_doom(const char *path, uint64_t device, uint64_t inode)
{
    char link[PATH_MAX];
    /* The folder goes whenever it is empty: once more if that was just now. */
    for (int i = 0; i < 3 && name_link(link, sizeof link, session_process_word(), device, inode); i++)
        if (symlink(path, link) == 0 || errno != ENOENT)
            return;
}

void session_spare(uint64_t owner, uint64_t device, uint64_t inode)
{
    char link[PATH_MAX];
    const char *why;
    if (session_folder(false, &why) && name_link(link, sizeof link, owner, device, inode) &&
        unlink(link) == 0)
        rmdir(session_folder(false, &why));
}

static void (*delete_file)(const char *path, uint64_t device, uint64_t inode);

void session_on_doom(void (*function)(const char *path, uint64_t device, uint64_t inode))
{
    delete_file = function;
}

/* Deletes what owners that are gone would have deleted. */
static void carry_out(int folder)
{
    int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = again >= 0 ? fdopendir(again) : NULL;
    if (!entries && again >= 0)
        close(again);
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        unsigned long long owner, device, inode;
        int end = 0;
        char path[PATH_MAX];
        if (sscanf(entry->d_name, "%llx-%llx-%llx.doomed%n", &owner, &device, &inode, &end) != 3 || !end ||
            entry->d_name[end] || session_process_alive(owner))
            continue;
        ssize_t length = readlinkat(folder, entry->d_name, path, sizeof path - 1);
        if (length > 0 && delete_file) {
            path[length] = 0;
            delete_file(path, device, inode);
        }
        unlinkat(folder, entry->d_name, 0);
    }
    if (entries)
        closedir(entries);
}

/* ---------------------------------------------------------------- all of it */

static bool tidy(bool wait)
{
    const char *why, *folder = session_folder(false, &why);
    int lock = folder ? folder_lock(folder, wait) : -1;
    if (lock < 0)
        return folder != NULL;
    carry_out(lock);
    folder_sweep(lock, folder);
    close(lock);
    return access(folder, F_OK) == 0;
}

void session_tidy(void)
{
    tidy(false);
}

void session_tidy_behind_server(void)
{
    enum { ATTEMPTS = 20, PAUSE_NS = 2000000 };
    char path[PATH_MAX];
    const char *why, *folder = session_folder(false, &why);
    struct stat before, now;
    if (!folder || snprintf(path, sizeof path, "%s/%s.socket", folder, session_name()) >= (int)sizeof path ||
        lstat(path, &before) != 0)
        return;
    /* A process that is killed closes its connections in no order: the socket may still be listened at. */
    for (int i = 0; i < ATTEMPTS && tidy(false); i++) {
        if (lstat(path, &now) != 0 || now.st_ino != before.st_ino)
            return;
        nanosleep(&(struct timespec){0, PAUSE_NS}, NULL);
    }
}
