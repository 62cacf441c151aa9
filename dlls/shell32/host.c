/*
 * The host module of shell32.dll: the recycle bin is the trash of the freedesktop.org specification (1.0),
 * which the user's desktop shows. Files of the C: drive go to a trash of the same form inside the guest's
 * state.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <io/io.h>
#include <io/lookup.h>
#include <io/overlay.h>
#include <limits.h>
#include <mm/guest.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <gastwirt/host_module.h>

#include "host.h"

enum { TRY_MAX = 10000 };

/* ---------------------------------------------------------------- where trash lies */

static char *join(const char *folder, const char *name)
{
    char *path = NULL;

    return asprintf(&path, "%s%s%s", folder, folder[1] ? "/" : "", name) < 0 ? NULL : path;
}

static char *home_trash(void)
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    char *path = NULL;

    if (data && data[0] == '/')
        return join(data, "Trash");
    if (!home || home[0] != '/')
        return NULL;
    return asprintf(&path, "%s/.local/share/Trash", home) < 0 ? NULL : path;
}

static char *state_trash(void)
{
    return join(io_state_directory(false), "Trash");
}

static bool in_state(const char *path)
{
    const char *root = io_overlay_root();
    const size_t length = strlen(root);

    return !strncmp(path, root, length) && path[length] == '/';
}

/* The highest folder above path on the same file system. */
static char *top_folder(const char *path)
{
    char *top = strdup(path), *slash;
    struct stat here, above;

    if (!top)
        return NULL;
    while ((slash = strrchr(top, '/'))) {
        *slash = 0;
        if (stat(*top ? top : "/", &here)) {
            free(top);
            return NULL;
        }
        char *up = strdup(*top ? top : "/"), *last = up ? strrchr(up, '/') : NULL;
        if (last)
            last[last == up] = 0;
        const bool border = !*top || !up || stat(up, &above) || above.st_dev != here.st_dev;
        free(up);
        if (border) {
            if (!*top)
                memcpy(top, "/", 2);
            return top;
        }
    }
    free(top);
    return NULL;
}

/* TOP/.Trash/UID where an administrator made the first right (a sticky folder, no link), else TOP/.Trash-UID.
 */
static char *top_trash(const char *top)
{
    char *shared = join(top, ".Trash"), *path = NULL;
    struct stat status;

    if (!shared)
        return NULL;
    if (!lstat(shared, &status) && S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX)) {
        if (asprintf(&path, "%s/%u", shared, getuid()) < 0)
            path = NULL;
    } else {
        if (asprintf(&path, "%s%s.Trash-%u", top, top[1] ? "/" : "", getuid()) < 0)
            path = NULL;
    }
    free(shared);
    return path;
}

static bool make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        const bool good = !mkdir(path, 0700) || errno == EEXIST;
        *slash = '/';
        if (!good)
            return false;
    }
    return !mkdir(path, 0700) || errno == EEXIST;
}

static bool make_trash(const char *trash)
{
    char *files = join(trash, "files"), *info = join(trash, "info");
    const bool good = files && info && make_folders(files) && make_folders(info);

    free(files);
    free(info);
    return good;
}

/* ---------------------------------------------------------------- putting something in */

/* The text of an info file; the path is percent-encoded. */
static char *info_text(const char *path)
{
    static const char keep[] = "-._~/!$&'()*+,;=:@";
    char date[32], *text = malloc(strlen(path) * 3 + 96), *out = text;
    const time_t now = time(NULL);
    struct tm local;

    if (!text)
        return NULL;
    out += sprintf(out, "[Trash Info]\nPath=");
    for (const char *c = path; *c; c++) {
        const bool plain = (*c >= '0' && *c <= '9') || ((*c | 0x20) >= 'a' && (*c | 0x20) <= 'z');
        out += sprintf(out, plain || strchr(keep, *c) ? "%c" : "%%%02X", (unsigned char)*c);
    }
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", localtime_r(&now, &local));
    sprintf(out, "\nDeletionDate=%s\n", date);
    return text;
}

/* Creates TRASH/info/NAME.trashinfo for a name that is free: the name, or NULL. */
static char *take_name(const char *trash, const char *wanted, const char *text)
{
    const size_t length = strlen(text);

    for (int i = 1; i < TRY_MAX; i++) {
        char *name = NULL, *info = NULL;
        const int got = i == 1 ? asprintf(&name, "%s", wanted) : asprintf(&name, "%.200s.%d", wanted, i);
        if (got < 0 || asprintf(&info, "%s/info/%s.trashinfo", trash, name) < 0)
            return NULL;
        const int file = open(info, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        const int error = errno;
        const bool good = file >= 0 && write(file, text, length) == (ssize_t)length;
        if (file >= 0)
            close(file);
        if (file >= 0 && !good)
            unlink(info);
        free(info);
        if (good)
            return name;
        free(name);
        if (file >= 0 || (error != EEXIST && error != ENAMETOOLONG))
            return NULL;
    }
    return NULL;
}

/* recorded: what the info file says of the place. */
static bool put_into(const char *trash, const char *path, const char *recorded)
{
    char *text = info_text(recorded), *name = NULL, *target = NULL, *info = NULL;
    bool good = false;

    if (text && trash && make_trash(trash))
        name = take_name(trash, strrchr(path, '/') + 1, text);
    if (name && asprintf(&target, "%s/files/%s", trash, name) >= 0 &&
        asprintf(&info, "%s/info/%s.trashinfo", trash, name) >= 0) {
        const bool current = io_lookup_current(path);
        good = !renameat2(AT_FDCWD, path, AT_FDCWD, target, RENAME_NOREPLACE) ||
               (errno == EINVAL && access(target, F_OK) && !rename(path, target));
        if (good)
            io_lookup_removed(path, current);
        else
            unlink(info);
    }
    free(info);
    free(target);
    free(name);
    free(text);
    return good;
}

static NTSTATUS recycle_path(const char *path)
{
    struct stat status;
    char *home = home_trash(), *state = state_trash(), *top = NULL, *trash = NULL;
    bool good = false;

    if (lstat(path, &status))
        good = false;
    else if (in_state(path))
        good = state && io_state_directory(true) && put_into(state, path, path);
    else if (home && put_into(home, path, path))
        good = true;
    else if ((top = top_folder(path)) && strlen(path) > strlen(top)) {
        trash = top_trash(top);
        good = put_into(trash, path, path + strlen(top) + (top[1] != 0));
    }
    free(home);
    free(state);
    free(top);
    free(trash);
    return good ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
}

static int32_t recycle(void *arguments)
{
    const struct shell_host_recycle *call = arguments;
    struct io_path path = {0};

    if (!call->length || call->length > 0x8000)
        return STATUS_INVALID_PARAMETER;
    WCHAR *name = malloc(call->length * sizeof *name);
    if (!name)
        return STATUS_NO_MEMORY;
    NTSTATUS status = guest_copy(name, (void *)call->path, call->length * sizeof *name);
    if (!status)
        status = io_path_to_unix(name, call->length, &path);
    free(name);
    if (status)
        return status;
    if (!path.exists)
        status = STATUS_OBJECT_NAME_NOT_FOUND;
    else if (path.read_only || !path.unix_path || !strrchr(path.unix_path, '/')[1])
        status = STATUS_ACCESS_DENIED;
    else
        status = recycle_path(path.unix_path);
    io_path_free(&path);
    return status;
}

/* ---------------------------------------------------------------- looking into it and emptying it */

static uint64_t walk_size; /* nftw has no context; calls of one process may count each other's bytes */

static int add_size(const char *path, const struct stat *status, int type, struct FTW *position)
{
    (void)path, (void)position;
    if (type == FTW_F)
        __atomic_add_fetch(&walk_size, (uint64_t)status->st_size, __ATOMIC_RELAXED);
    return 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *position)
{
    (void)status, (void)type, (void)position;
    return remove(path), 0;
}

static void visit_trash(const char *trash, struct shell_host_bin *call)
{
    char *files = trash ? join(trash, "files") : NULL;
    DIR *folder = files ? opendir(files) : NULL;
    const struct dirent *entry;

    while (folder && (entry = readdir(folder))) {
        char *path, *info = NULL;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
            !(path = join(files, entry->d_name)))
            continue;
        __atomic_store_n(&walk_size, 0, __ATOMIC_RELAXED);
        nftw(path, add_size, 16, FTW_PHYS);
        call->count++;
        call->size += __atomic_load_n(&walk_size, __ATOMIC_RELAXED);
        if (call->empty && asprintf(&info, "%s/info/%s.trashinfo", trash, entry->d_name) >= 0) {
            nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
            if (access(path, F_OK))
                unlink(info);
            free(info);
        }
        free(path);
    }
    if (folder)
        closedir(folder);
    free(files);
}

static int32_t bin(void *arguments)
{
    struct shell_host_bin *call = arguments;
    char *home = home_trash(), *state = state_trash();

    call->count = call->size = 0;
    if (!call->letter || (call->letter | 0x20) == 'c')
        visit_trash(state, call);
    if ((call->letter | 0x20) != 'c') {
        FILE *mounts = setmntent("/proc/self/mounts", "r");
        const struct mntent *mount;
        visit_trash(home, call);
        while (mounts && (mount = getmntent(mounts))) {
            char *trash = top_trash(mount->mnt_dir);
            visit_trash(trash, call);
            free(trash);
        }
        if (mounts)
            endmntent(mounts);
    }
    free(home);
    free(state);
    return STATUS_SUCCESS;
}

static const struct host_function functions[SHELL_HOST_COUNT] = {
    [SHELL_HOST_RECYCLE] = {recycle, sizeof(struct shell_host_recycle)},
    [SHELL_HOST_BIN] = {bin, sizeof(struct shell_host_bin)},
};

const struct host_module gastwirt_host_module = {SHELL_HOST_VERSION, SHELL_HOST_COUNT, functions};
