/*
 * Where a session lives: a folder that belongs to the user alone, and in it names made of
 * the state directory, so that different states are different sessions.
 */
#include "session/session.h"
#include "io/io.h"
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
    pthread_once_t once;
    char folder[PATH_MAX];
    char name[32];
} place = {.once = PTHREAD_ONCE_INIT};

/* The path with links resolved as far as it exists. */
static char *canonical(const char *path)
{
    char *copy = strdup(path), *result = NULL;
    while (copy && !result) {
        char resolved[PATH_MAX];
        if (realpath(*copy ? copy : "/", resolved)) {
            if (asprintf(&result, "%s%s", resolved, path + strlen(copy)) < 0)
                break;
        } else {
            char *slash = strrchr(copy, '/');
            if (!slash)
                break;
            *slash = 0;
        }
    }
    free(copy);
    return result ? result : strdup(path);
}

/* Is it a folder of ours that nobody else can enter? */
static bool is_private(const char *path)
{
    struct stat stat;
    return lstat(path, &stat) == 0 && S_ISDIR(stat.st_mode) && stat.st_uid == getuid() &&
           (stat.st_mode & 077) == 0;
}

uint64_t session_hash(const char *state)
{
    char *path = canonical(state);
    uint64_t hash = 14695981039346656037u;
    for (const char *c = path; c && *c; c++)
        hash = (hash ^ (unsigned char)*c) * 1099511628211u;
    free(path);
    return hash;
}

/* Where everybody may make folders: the first that can be written, so that all agree. */
static const char *common_folder(void)
{
    static const char *const folders[] = {"/tmp", "/dev/shm", "/var/tmp"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (access(folders[i], W_OK | X_OK) == 0)
            return folders[i];
    return folders[0];
}

static void find(void)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    struct stat stat;
    if (runtime && runtime[0] == '/' && strlen(runtime) < 3000 && lstat(runtime, &stat) == 0 &&
        S_ISDIR(stat.st_mode) && stat.st_uid == getuid() && access(runtime, W_OK | X_OK) == 0)
        snprintf(place.folder, sizeof place.folder, "%s/gastwirt", runtime);
    else
        snprintf(place.folder, sizeof place.folder, "%s/gastwirt-%u", common_folder(), (unsigned)getuid());
    /* Another version of the protocol is another session: after an update both run side by side. */
    snprintf(place.name, sizeof place.name, "%016llx-%08x",
             (unsigned long long)session_hash(io_state_directory(false)), GW_PROTOCOL_VERSION);
}

static void do_nothing(void)
{
}

void session_is_at(const char *folder, const char *name)
{
    pthread_once(&place.once, do_nothing);
    snprintf(place.folder, sizeof place.folder, "%s", folder);
    snprintf(place.name, sizeof place.name, "%s", name);
}

const char *session_folder(bool make, const char **ret_why)
{
    pthread_once(&place.once, find);
    if (make && mkdir(place.folder, 0700) != 0 && errno != EEXIST) {
        *ret_why = "cannot be made";
        return NULL;
    }
    if (!is_private(place.folder)) {
        *ret_why = access(place.folder, F_OK) == 0 ? "is not a folder of this user alone" : "is not there";
        return NULL;
    }
    return place.folder;
}

const char *session_name(void)
{
    pthread_once(&place.once, find);
    return place.name;
}
