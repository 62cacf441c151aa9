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
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---------------------------------------------------------------- files that are to be deleted */

/* A link in the folder whose target is the file; its name says whose it is, in which pid namespace, and which
 * file. */
static const char plain[] = "doomed", whole[] = "ephemeral";

static bool name_link(char *text, size_t room, uint64_t owner, uint64_t device, uint64_t inode,
                      const char *kind)
{
    const char *why, *folder = session_folder(true, &why);
    return folder && snprintf(text, room, "%s/%llx-%llx-%llx-%llx.%s", folder, (unsigned long long)owner,
                              (unsigned long long)session_process_numbers(), (unsigned long long)device,
                              (unsigned long long)inode, kind) < (int)room;
}

static void doom(const char *path, uint64_t device, uint64_t inode, const char *kind)
{
    char link[PATH_MAX];
    /* The folder goes whenever it is empty: once more if that was just now. */
    for (int i = 0; i < 3 && name_link(link, sizeof link, session_process_word(), device, inode, kind); i++)
        if (symlink(path, link) == 0 || errno != ENOENT)
            return;
}

static void spare(uint64_t owner, uint64_t device, uint64_t inode, const char *kind)
{
    char link[PATH_MAX];
    const char *why;
    if (session_folder(false, &why) && name_link(link, sizeof link, owner, device, inode, kind) &&
        unlink(link) == 0)
        rmdir(session_folder(false, &why));
}

void session_doom(const char *path, uint64_t device, uint64_t inode)
{
    doom(path, device, inode, plain);
}

void session_spare(uint64_t owner, uint64_t device, uint64_t inode)
{
    spare(owner, device, inode, plain);
}

void session_doom_folder(const char *path)
{
    struct stat stat;
    if (lstat(path, &stat) == 0)
        doom(path, stat.st_dev, stat.st_ino, whole);
}

static int remove_entry(const char *path, const struct stat *stat, int flag, struct FTW *position)
{
    (void)stat, (void)flag, (void)position;
    return remove(path), 0;
}

void session_spare_folder(const char *path)
{
    struct stat stat;
    if (lstat(path, &stat) != 0)
        return;
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    spare(session_process_word(), stat.st_dev, stat.st_ino, whole);
}

static void (*delete_file)(const char *path, uint64_t device, uint64_t inode);

void session_on_doom(void (*function)(const char *path, uint64_t device, uint64_t inode))
{
    delete_file = function;
}

static void delete_folder(const char *path, uint64_t device, uint64_t inode)
{
    struct stat stat;
    if (lstat(path, &stat) == 0 && S_ISDIR(stat.st_mode) && stat.st_uid == getuid() &&
        stat.st_dev == device && stat.st_ino == inode)
        nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* Deletes what owners that are gone would have deleted. */
static void carry_out(int folder)
{
    int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = again >= 0 ? fdopendir(again) : NULL;
    if (!entries && again >= 0)
        close(again);
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        unsigned long long owner, numbers, device, inode;
        char path[PATH_MAX], kind[16] = "";
        if (sscanf(entry->d_name, "%llx-%llx-%llx-%llx.%15s", &owner, &numbers, &device, &inode, kind) != 5 ||
            (strcmp(kind, plain) != 0 && strcmp(kind, whole) != 0) || numbers != session_process_numbers() ||
            session_process_alive(owner))
            continue;
        ssize_t length = readlinkat(folder, entry->d_name, path, sizeof path - 1);
        if (length > 0) {
            path[length] = 0;
            if (strcmp(kind, whole) == 0)
                delete_folder(path, device, inode);
            else if (delete_file)
                delete_file(path, device, inode);
        }
        unlinkat(folder, entry->d_name, 0);
    }
    if (entries)
        closedir(entries);
}

/* ---------------------------------------------------------------- all of it */

/* Others hold the lock for a few milliseconds. */
enum { PATIENCE_MS = 50 };

static bool tidy(int patience_ms)
{
    const char *why, *folder = session_folder(false, &why);
    int lock = folder ? folder_lock(folder, patience_ms) : -1;
    if (lock < 0)
        return folder != NULL;
    carry_out(lock);
    folder_sweep(lock, folder);
    close(lock);
    return access(folder, F_OK) == 0;
}

void session_tidy(void)
{
    tidy(PATIENCE_MS);
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
    for (int i = 0; i < ATTEMPTS && tidy(0); i++) {
        if (lstat(path, &now) != 0 || now.st_ino != before.st_ino)
            return;
        nanosleep(&(struct timespec){0, PAUSE_NS}, NULL);
    }
}
