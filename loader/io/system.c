/*
 * Where our own files are: the loader finds itself and, from there, the system folder, in the
 * build tree or in an installation that may have been moved.
 */
#include "io/system.h"
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *found;

void io_know_own_program(const char *path)
{
    if (path[0] == '/')
        found = path;
}

/* First asked when nobody has changed the working directory yet. */
static const char *own_path(void)
{
    if (!found) {
        char path[PATH_MAX];
        ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
        const char *started = (const char *)getauxval(AT_EXECFN);
        if (length < 0 && (!started || !realpath(started, path))) /* there is no /proc */
            length = 0;
        else if (length < 0)
            length = (ssize_t)strlen(path);
        found = strndup(path, (size_t)length);
    }
    return found ? found : "";
}

const char *io_own_path(void)
{
    return own_path();
}

const char *io_own_program(void)
{
    return access("/proc/self/exe", X_OK) == 0 ? "/proc/self/exe" : own_path();
}

const char *io_own_program_by_number(void)
{
    static const char *volatile program;
    if (!program) { /* the number need not be that of this /proc */
        char link[32], *copy;
        struct stat by_number, self;
        snprintf(link, sizeof link, "/proc/%d/exe", getpid());
        bool same = stat("/proc/self/exe", &self) == 0 && stat(link, &by_number) == 0 &&
                    by_number.st_ino == self.st_ino && by_number.st_dev == self.st_dev;
        program = same && (copy = strdup(link)) ? copy : io_own_program();
    }
    return program;
}

static const char *system_base(void)
{
    static const char *volatile base;
    char path[PATH_MAX + 100], self[PATH_MAX];
    if (!base) {
        snprintf(self, sizeof self, "%s", own_path());
        char *slash = strrchr(self, '/');
        if (!slash || slash - self > 3072)
            return ".";
        *slash = 0;
        snprintf(path, sizeof path, "%s/build/system", self);
        if (access(path, F_OK) != 0)
            snprintf(path, sizeof path, "%s/../lib/gastwirt", self);
        base = strdup(path);
    }
    return base ? base : ".";
}

/* A folder of the system's. The text is kept: it is small, where a buffer for the longest would be pages that
 * every process touches. */
static const char *folder(const char *name, const char *volatile *kept)
{
    char *path;
    if (!*kept && asprintf(&path, "%s/%s", system_base(), name) > 0)
        *kept = path;
    return *kept ? *kept : ".";
}

const char *io_system_directory(void)
{
    static const char *volatile path;
    return folder("x86_64", &path);
}

const char *io_system_directory32(void)
{
    static const char *volatile path;
    return folder("i686", &path);
}

const char *io_system_network_files(void)
{
    static const char *volatile path;
    return folder("etc", &path);
}

const char *io_system_file(const char *name)
{
    static __thread char *path;
    free(path);
    return asprintf(&path, "%s/%s", system_base(), name) > 0 ? path : (path = NULL, "");
}
