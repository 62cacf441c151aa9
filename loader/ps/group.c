/*
 * The members of a console process group are found in /proc: those that run this program say their group on
 * their command line (--child FD:GROUP); others belong to the group of their parent.
 */
#include "ps/group.h"
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH = 32 };

static size_t read_proc(int pid, const char *name, char *text, size_t room)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, text, room - 1) : -1;
    if (fd >= 0)
        close(fd);
    text[got > 0 ? got : 0] = 0;
    return got > 0 ? (size_t)got : 0;
}

static int parent_of(int pid)
{
    char text[1024];
    int parent = 0;
    read_proc(pid, "stat", text, sizeof text);
    char *end = strrchr(text, ')');
    return end && sscanf(end + 1, " %*c %d", &parent) == 1 ? parent : 0;
}

/* A process of the same build of this program. */
static bool is_ours(int pid)
{
    char path[64];
    struct stat own, other;
    snprintf(path, sizeof path, "/proc/%d/exe", pid);
    return stat("/proc/self/exe", &own) == 0 && stat(path, &other) == 0 && own.st_ino == other.st_ino &&
           own.st_dev == other.st_dev;
}

/* The group of a process, 0: it is in none. */
static uint32_t group_of(int pid)
{
    char text[4096];
    for (int depth = 0; pid > 1 && depth < DEPTH; depth++) {
        if (is_ours(pid)) {
            size_t size = read_proc(pid, "cmdline", text, sizeof text);
            for (char *item = text; item < text + size; item += strlen(item) + 1)
                if (strcmp(item, "--child") == 0 && item + 8 < text + size) {
                    char *colon = strchr(item + 8, ':');
                    uint32_t group = colon ? (uint32_t)strtoul(colon + 1, NULL, 10) : 0;
                    return group ? group : (uint32_t)pid * 4;
                }
            return (uint32_t)pid * 4; /* started by a shell: a group of its own */
        }
        pid = parent_of(pid);
    }
    return 0;
}

unsigned ps_signal_group(uint32_t group, int number, bool *ret_own)
{
    int self = getpid(), session = getsid(0), unix_group = getpgid(0);
    unsigned count = 0;
    *ret_own = group == 0 || group_of(self) == group;
    DIR *folder = opendir("/proc");
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        int pid = atoi(entry->d_name);
        if (pid <= 1 || pid == self || getsid(pid) != session)
            continue;
        uint32_t other = group_of(pid);
        if (other && (group ? other == group : getpgid(pid) == unix_group) && kill(pid, number) == 0)
            count++;
    }
    if (folder)
        closedir(folder);
    /* A program of the host that was started as a group's first. */
    int first = (int)(group / 4);
    if (!count && !*ret_own && first > 1 && parent_of(first) == self && !is_ours(first) &&
        kill(first, number) == 0)
        count = 1;
    return count;
}
