/*
 * Where our own files are: the loader finds itself and, from there, the system folder, in the
 * build tree or in an installation that may have been moved.
 */
#include "io/system.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/* First asked when nobody has changed the working directory yet. */
static const char *own_path(void)
{
    static char path[PATH_MAX];
    ssize_t length = path[0] ? 0 : readlink("/proc/self/exe", path, sizeof path - 1);
    const char *started = (const char *)getauxval(AT_EXECFN);
    if (length < 0 && (!started || !realpath(started, path))) /* there is no /proc */
        path[0] = 0;
    return path;
}

const char *io_own_program(void)
{
    return access("/proc/self/exe", X_OK) == 0 ? "/proc/self/exe" : own_path();
}

static const char *system_base(void)
{
    static char base[PATH_MAX + 32];
    char self[PATH_MAX];
    if (base[0])
        return base;
    snprintf(self, sizeof self, "%s", own_path());
    char *slash = strrchr(self, '/');
    if (!slash || slash - self > 3072)
        return ".";
    *slash = 0;
    snprintf(base, sizeof base, "%s/build/system", self);
    if (access(base, F_OK) != 0)
        snprintf(base, sizeof base, "%s/../lib/gastwirt", self);
    return base;
}

const char *io_system_directory(void)
{
    static char path[PATH_MAX + 100];
    if (!path[0])
        snprintf(path, sizeof path, "%s/x86_64", system_base());
    return path;
}

const char *io_system_directory32(void)
{
    static char path[PATH_MAX + 100];
    if (!path[0])
        snprintf(path, sizeof path, "%s/i686", system_base());
    return path;
}

const char *io_system_network_files(void)
{
    static char path[PATH_MAX + 100];
    if (!path[0])
        snprintf(path, sizeof path, "%s/etc", system_base());
    return path;
}

const char *io_system_file(const char *name)
{
    static char path[4300];
    snprintf(path, sizeof path, "%s/%s", system_base(), name);
    return path;
}
