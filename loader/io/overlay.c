/*
 * The C: overlay, see overlay.h. Nothing is created until something is written.
 */
#include "io/overlay.h"
#include "no_memory.h"
#include "io/lookup.h"
#include "io/system.h"
#include "options.h"
#include "ps/ps.h"
#include "session/tidy.h"
#include "wow/wow.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SYSTEM_FOLDER   "windows/system32"
#define SYSTEM_FOLDER32 "windows/syswow64"
#define NETWORK_FOLDER  "windows/system32/drivers/etc"

/* Folders that exist from the start; USER is the user's name. A folder stands after its parent. */
static const char *const templates[] = {
    "windows",
    SYSTEM_FOLDER,
    "windows/system32/drivers",
    NETWORK_FOLDER,
    SYSTEM_FOLDER32,
    "windows/fonts",
    "windows/temp",
    "users",
    "users/Public",
    "users/Public/Documents",
    "users/USER",
    "users/USER/AppData",
    "users/USER/AppData/Local",
    "users/USER/AppData/Local/Temp",
    "users/USER/AppData/LocalLow",
    "users/USER/AppData/Roaming",
    "users/USER/Desktop",
    "users/USER/Documents",
    "users/USER/Downloads",
    "users/USER/Music",
    "users/USER/Pictures",
    "users/USER/Videos",
    "ProgramData",
    "Program Files",
    "Program Files/Common Files",
    "Program Files (x86)",
    "Program Files (x86)/Common Files",
};
enum { COUNT = sizeof templates / sizeof *templates };

static struct {
    pthread_once_t once;
    char *state, *root;
    char *folders[COUNT];
    bool ephemeral_made;
} overlay = {.once = PTHREAD_ONCE_INIT};

static void set_up(void)
{
    const char *home = getenv("HOME"), *data = getenv("XDG_DATA_HOME");
    int got;
    if (run_options.ephemeral)
        got = asprintf(&overlay.state, "%s/gastwirt-%d-%ld", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp",
                       (int)getuid(), (long)getpid());
    else if (run_options.state && run_options.state[0] == '/')
        got = asprintf(&overlay.state, "%s", run_options.state);
    else if (run_options.state) {
        char *directory = getcwd(NULL, 0);
        got = asprintf(&overlay.state, "%s/%s", directory ? directory : "", run_options.state);
        free(directory);
    } else if (data && data[0] == '/')
        got = asprintf(&overlay.state, "%s/gastwirt", data);
    else
        got = asprintf(&overlay.state, "%s/.local/share/gastwirt", home && *home ? home : "/nonexistent");
    if (got < 0 || asprintf(&overlay.root, "%s/drive_c", overlay.state) < 0)
        die_without_memory();
    for (int i = 0; i < COUNT; i++) {
        const char *user = strstr(templates[i], "USER");
        if (user)
            got = asprintf(&overlay.folders[i], "%.*s%s%s", (int)(user - templates[i]), templates[i],
                           io_user_name(), user + 4);
        else
            got = asprintf(&overlay.folders[i], "%s", templates[i]);
        if (got < 0)
            die_without_memory();
    }
}

const char *io_overlay_root(void)
{
    pthread_once(&overlay.once, set_up);
    return overlay.root;
}

/* mkdir -p; `path` is changed and put back. */
static bool make_folders(char *path)
{
    if (access(path, F_OK) == 0)
        return true;
    for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash)
            *slash = 0;
        bool good = mkdir(path, 0755) == 0 || errno == EEXIST;
        if (slash)
            *slash = '/';
        if (!good)
            return false;
        if (!slash)
            return true;
    }
}

/* One of the same name is what a killed process of the same number left, or a stranger's. */
static bool make_ephemeral(const char *path)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    if (!overlay.ephemeral_made) {
        session_tidy();
        overlay.ephemeral_made = mkdir(path, 0700) == 0;
        if (overlay.ephemeral_made) {
            session_doom_folder(path);
            ps_at_exit(io_overlay_exit);
        }
    }
    pthread_mutex_unlock(&lock);
    return overlay.ephemeral_made;
}

const char *io_state_directory(bool create)
{
    pthread_once(&overlay.once, set_up);
    if (create) {
        char *copy = strdup(overlay.state);
        bool good = copy && (run_options.ephemeral ? make_ephemeral(copy) : make_folders(copy));
        free(copy);
        if (!good)
            return NULL;
    }
    return overlay.state;
}

NTSTATUS io_path_make_parent(const struct io_path *path)
{
    size_t n = strlen(io_overlay_root());
    if (strncmp(path->unix_path, overlay.root, n) != 0 || path->unix_path[n] != '/')
        return STATUS_SUCCESS;
    char *copy = strdup(path->unix_path);
    if (!copy)
        return STATUS_NO_MEMORY;
    *strrchr(copy, '/') = 0;
    bool good = access(copy, F_OK) == 0 || (io_state_directory(true) && make_folders(copy));
    int error = errno;
    free(copy);
    return good ? STATUS_SUCCESS : io_status_from_errno(error);
}

void io_overlay_exit(void)
{
    if (overlay.ephemeral_made)
        session_spare_folder(overlay.state);
}

static void virtual_stat(struct io_path *path)
{
    path->exists = true;
    if (io_statx(path->unix_path, &path->stat) != 0 && io_statx(io_system_directory(), &path->stat) == 0)
        path->stat.stx_ino ^= 0x0c00000000000000ull + (uintptr_t)strlen(path->overlay) * 1021 +
                              (uint8_t)path->overlay[0];
    path->stat.stx_mode |= 0222;
    path->statx_valid = true;
}

/* Where the system's own files of a folder are, or NULL. */
static const char *system_files(const char *folder)
{
    return strcmp(folder, SYSTEM_FOLDER) == 0     ? io_system_directory()
           : strcmp(folder, SYSTEM_FOLDER32) == 0 ? io_system_directory32()
           : strcmp(folder, NETWORK_FOLDER) == 0  ? io_system_network_files()
                                                  : NULL;
}

/* `name` begins with the folder: what follows, or NULL. */
static const char *in_folder(const char *name, const char *folder)
{
    size_t n = strlen(folder);
    return strncasecmp(name, folder, n) == 0 && (name[n] == '/' || !name[n]) ? name + n : NULL;
}

/* For i386 code the system folder is another one, unless the thread has asked for the real one; some
 * folders in it exist once. malloc'ed, or NULL: the name stays. */
static char *redirect(const char *name)
{
    static const char *const shared[] = {"/catroot",     "/catroot2", "/driverstore",
                                         "/drivers/etc", "/logfiles", "/spool"};
    const char *rest;
    char *result;
    if ((rest = in_folder(name, "windows/sysnative")))
        return asprintf(&result, SYSTEM_FOLDER "%s", rest) < 0 ? NULL : result;
    if (!(rest = in_folder(name, SYSTEM_FOLDER)) || (ke_self && ke_self->wow_no_redirection))
        return NULL;
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
        if (in_folder(rest, shared[i]))
            return NULL;
    return asprintf(&result, SYSTEM_FOLDER32 "%s", rest) < 0 ? NULL : result;
}

static NTSTATUS resolve(const char *name, struct io_path *path)
{
    const char *folder = "", *rest;
    char *wanted = NULL;
    NTSTATUS status;

    rest = name;
    for (int i = 0; i < COUNT; i++) {
        size_t n = strlen(overlay.folders[i]);
        if (n > strlen(folder) && strncasecmp(name, overlay.folders[i], n) == 0 &&
            (name[n] == '/' || !name[n]))
            folder = overlay.folders[i], rest = name + n;
    }
    while (*rest == '/')
        rest++;

    if (!*rest) {
        path->overlay = strdup(folder);
        if (!path->overlay ||
            asprintf(&path->unix_path, "%s%s%s", overlay.root, *folder ? "/" : "", folder) < 0)
            return STATUS_NO_MEMORY;
        virtual_stat(path);
        return STATUS_SUCCESS;
    }

    if (asprintf(&wanted, "%s%s%s/%s", overlay.root, *folder ? "/" : "", folder, rest) < 0)
        return STATUS_NO_MEMORY;
    status = io_lookup(wanted, strlen(overlay.root), &path->unix_path, &path->exists, &path->stat);
    const char *files = system_files(folder);
    if ((!NT_SUCCESS(status) || !path->exists) && files) {
        char *found = NULL, *in_system = NULL;
        bool exists = false;
        struct statx stat;
        if (asprintf(&in_system, "%s/%s", files, rest) < 0) {
            free(wanted);
            return STATUS_NO_MEMORY;
        }
        if (NT_SUCCESS(io_lookup(in_system, strlen(files), &found, &exists, &stat)) && exists) {
            free(path->unix_path);
            path->unix_path = found;
            path->exists = path->read_only = true;
            path->stat = stat;
            status = STATUS_SUCCESS;
        } else
            free(found);
        free(in_system);
    }
    if (status == STATUS_OBJECT_PATH_NOT_FOUND && !strchr(rest, '/')) {
        path->unix_path = wanted; /* the folder is virtual until now */
        path->exists = false;
        return STATUS_SUCCESS;
    }
    free(wanted);
    path->statx_valid = NT_SUCCESS(status) && path->exists;
    return status;
}

NTSTATUS io_overlay_resolve(const char *name, struct io_path *path)
{
    pthread_once(&overlay.once, set_up);
    while (*name == '/')
        name++;
    char *other = wow_active ? redirect(name) : NULL;
    NTSTATUS status = resolve(other ? other : name, path);
    free(other);
    return status;
}

bool io_overlay_list(const char *folder, bool (*add)(void *context, const char *name, const char *unix_path),
                     void *context)
{
    pthread_once(&overlay.once, set_up);
    size_t n = strlen(folder);
    for (int i = 0; i < COUNT; i++) {
        const char *name = overlay.folders[i];
        if (n) {
            if (strncmp(name, folder, n) != 0 || name[n] != '/')
                continue;
            name += n + 1;
        }
        if (!strchr(name, '/') && !add(context, name, NULL))
            return false;
    }
    const char *files = system_files(folder);
    if (!files)
        return true;
    DIR *directory = opendir(files);
    bool good = true;
    for (struct dirent *entry; good && directory && (entry = readdir(directory));) {
        char path[4400];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", files, entry->d_name);
        good = add(context, entry->d_name, path);
    }
    if (directory)
        closedir(directory);
    return good;
}
