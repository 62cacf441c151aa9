/*
 * Where our own files are: the loader finds itself and, from there, the system folder, in the
 * build tree or in an installation that may have been moved.
 */
#include "io/system.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *system_base(void)
{
    static char base[4096];
    char self[3072];
    if (base[0])
        return base;
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0)
        return ".";
    self[length] = 0;
    *strrchr(self, '/') = 0;
    snprintf(base, sizeof base, "%s/build/system", self);
    if (access(base, F_OK) != 0)
        snprintf(base, sizeof base, "%s/../lib/gastwirt", self);
    return base;
}

const char *io_system_directory(void)
{
    static char path[4200];
    if (!path[0])
        snprintf(path, sizeof path, "%s/x86_64", system_base());
    return path;
}

const char *io_system_directory32(void)
{
    static char path[4200];
    if (!path[0])
        snprintf(path, sizeof path, "%s/i686", system_base());
    return path;
}

const char *io_system_network_files(void)
{
    static char path[4200];
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
