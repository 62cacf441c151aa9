/*
 * Case-insensitive lookup, see lookup.h. An exact hit costs one statx; a miss costs one more for the
 * folder's mtime and a hash lookup.
 */
#include "io/lookup.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { FOLDERS = 256, MAX_CACHED_FOLDERS = 512, MAX_CACHED_NAMES = 2000000 };

struct name {
    struct name *next;
    uint32_t hash;
    char text[];
};

struct folder {
    struct folder *next;
    char *path;
    uint32_t path_hash;
    uint64_t inode;
    uint32_t device_major, device_minor;
    struct statx_timestamp mtime;
    int64_t scanned; /* ns: when; a younger mtime proves nothing on kernels with coarse times */
    bool ambiguous;  /* two names differ in case only: not updated, read again */
    uint32_t count, mask;
    struct name **names;
};

static struct {
    pthread_mutex_t lock; /* guards all of this; innermost */
    struct folder *folders[FOLDERS];
    unsigned folder_count;
    size_t name_count;
    int coarse; /* 0: unknown, 1: mtime has kernel ticks, 2: every change is distinct */
} cache = {.lock = PTHREAD_MUTEX_INITIALIZER};

int io_statx(const char *path, struct statx *ret_stat)
{
    return statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC, STATX_BASIC_STATS | STATX_BTIME,
                 ret_stat)
               ? errno
               : 0;
}

static uint32_t hash_bytes(const char *text, size_t length)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < length; i++)
        h = (h ^ (uint8_t)text[i]) * 16777619u;
    return h;
}

/* A name in upper case, as UTF-16 (at most NAME_MAX units). */
static size_t fold(const char *name, size_t length, WCHAR *out)
{
    if (length > 255)
        length = 255;
    size_t n = io_utf8_to_utf16_n(name, length, out, 256);
    for (size_t i = 0; i < n; i++)
        out[i] = io_upcase(out[i]);
    return n;
}

static uint32_t hash_folded(const WCHAR *text, size_t length)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < length; i++)
        h = (h ^ text[i]) * 16777619u;
    return h ^ h >> 15;
}

static void free_names(struct folder *folder)
{
    for (uint32_t i = 0; folder->names && i <= folder->mask; i++)
        for (struct name *name = folder->names[i], *next; name; name = next) {
            next = name->next;
            free(name);
        }
    free(folder->names);
    folder->names = NULL;
    cache.name_count -= folder->count;
    folder->count = 0;
}

static void drop_all(void)
{
    for (int i = 0; i < FOLDERS; i++)
        for (struct folder *folder = cache.folders[i], *next; folder; folder = next) {
            next = folder->next;
            free_names(folder);
            free(folder->path);
            free(folder);
        }
    memset(cache.folders, 0, sizeof cache.folders);
    cache.folder_count = 0;
    cache.name_count = 0;
}

static struct name **find_slot(struct folder *folder, const WCHAR *folded, size_t length, uint32_t hash)
{
    struct name **place = &folder->names[hash & folder->mask];
    for (; *place; place = &(*place)->next) {
        WCHAR other[256];
        if ((*place)->hash != hash)
            continue;
        size_t n = fold((*place)->text, strlen((*place)->text), other);
        if (n == length && memcmp(other, folded, n * sizeof *folded) == 0)
            break;
    }
    return place;
}

static bool grow(struct folder *folder)
{
    uint32_t mask = folder->names ? folder->mask * 2 + 1 : 63;
    struct name **names = calloc((size_t)mask + 1, sizeof *names);
    if (!names)
        return false;
    for (uint32_t i = 0; folder->names && i <= folder->mask; i++)
        for (struct name *name = folder->names[i], *next; name; name = next) {
            next = name->next;
            name->next = names[name->hash & mask];
            names[name->hash & mask] = name;
        }
    free(folder->names);
    folder->names = names;
    folder->mask = mask;
    return true;
}

static bool add_name(struct folder *folder, const char *text, size_t length)
{
    WCHAR folded[256];
    size_t n = fold(text, length, folded);
    uint32_t hash = hash_folded(folded, n);
    if ((!folder->names || folder->count > folder->mask) && !grow(folder))
        return false;
    struct name **place = find_slot(folder, folded, n, hash);
    if (*place) {
        if (memcmp((*place)->text, text, length) != 0 || (*place)->text[length])
            folder->ambiguous = true;
        return true;
    }
    struct name *name = malloc(sizeof *name + length + 1);
    if (!name)
        return false;
    memcpy(name->text, text, length);
    name->text[length] = 0;
    name->hash = hash;
    name->next = NULL;
    *place = name;
    folder->count++;
    cache.name_count++;
    return true;
}

static bool coarse_times(void)
{
    if (!cache.coarse) {
        struct utsname name;
        int major = 0, minor = 0;
        if (uname(&name) == 0)
            sscanf(name.release, "%d.%d", &major, &minor);
        cache.coarse = major > 6 || (major == 6 && minor >= 13) ? 2 : 1;
    }
    return cache.coarse == 1;
}

static bool same_time(const struct folder *folder, const struct statx *stat)
{
    if (folder->inode != stat->stx_ino || folder->device_major != stat->stx_dev_major ||
        folder->device_minor != stat->stx_dev_minor || folder->mtime.tv_sec != stat->stx_mtime.tv_sec ||
        folder->mtime.tv_nsec != stat->stx_mtime.tv_nsec)
        return false;
    int64_t mtime = stat->stx_mtime.tv_sec * 1000000000ll + stat->stx_mtime.tv_nsec;
    return !coarse_times() || folder->scanned - mtime > 20000000;
}

static void remember(struct folder *folder, const struct statx *stat)
{
    struct timespec now;
    folder->inode = stat->stx_ino;
    folder->device_major = stat->stx_dev_major;
    folder->device_minor = stat->stx_dev_minor;
    folder->mtime = stat->stx_mtime;
    clock_gettime(CLOCK_REALTIME, &now);
    folder->scanned = now.tv_sec * 1000000000ll + now.tv_nsec;
}

struct linux_dirent {
    uint64_t d_ino;
    int64_t d_off;
    uint16_t d_reclen;
    uint8_t d_type;
    char d_name[];
};

/* Reads the folder's names; the caller has taken its mtime before. */
static bool scan(struct folder *folder)
{
    free_names(folder);
    folder->ambiguous = false;
    if (!grow(folder))
        return false;
    int fd = open(folder->path[0] ? folder->path : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    _Alignas(8) char buffer[16384]; /* on the stack, of which only what is filled becomes memory */
    long got = -1;
    bool good = true;
    while (good && (got = syscall(SYS_getdents64, fd, buffer, sizeof buffer)) > 0)
        for (long at = 0; good && at < got;) {
            struct linux_dirent *entry = (void *)(buffer + at);
            at += entry->d_reclen;
            if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                good = add_name(folder, entry->d_name, strlen(entry->d_name));
        }
    close(fd);
    return good && got == 0;
}

static struct folder *find_folder(const char *path, size_t length)
{
    uint32_t hash = hash_bytes(path, length);
    struct folder *folder = cache.folders[hash % FOLDERS];
    while (folder &&
           !(folder->path_hash == hash && strncmp(folder->path, path, length) == 0 && !folder->path[length]))
        folder = folder->next;
    return folder;
}

/* The folder's real spelling of name into *ret_text (malloc'ed, NULL if absent). `stat` is fresh. */
static NTSTATUS find_name(const char *path, size_t length, const struct statx *stat, const char *name,
                          char **ret_text)
{
    NTSTATUS status = STATUS_SUCCESS;
    WCHAR folded[256];
    size_t n = fold(name, strlen(name), folded);
    pthread_mutex_lock(&cache.lock);
    struct folder *folder = find_folder(path, length);
    if (!folder) {
        if (cache.folder_count >= MAX_CACHED_FOLDERS || cache.name_count >= MAX_CACHED_NAMES)
            drop_all();
        folder = calloc(1, sizeof *folder);
        if (folder)
            folder->path = strndup(path, length);
        if (!folder || !folder->path) {
            free(folder);
            pthread_mutex_unlock(&cache.lock);
            return STATUS_NO_MEMORY;
        }
        folder->path_hash = hash_bytes(path, length);
        folder->next = cache.folders[folder->path_hash % FOLDERS];
        cache.folders[folder->path_hash % FOLDERS] = folder;
        cache.folder_count++;
    }
    if (!folder->names || !same_time(folder, stat)) {
        remember(folder, stat);
        if (!scan(folder))
            folder->inode = 0; /* read it again next time; what was read is used now */
    }
    *ret_text = NULL;
    if (folder->names) {
        struct name *found = *find_slot(folder, folded, n, hash_folded(folded, n));
        if (found && !(*ret_text = strdup(found->text)))
            status = STATUS_NO_MEMORY;
    }
    pthread_mutex_unlock(&cache.lock);
    return status;
}

/* Follows links: the state of a folder that is to be searched. */
static int stat_folder(const char *path, size_t length, struct statx *ret_stat)
{
    char copy[4096];
    if (length >= sizeof copy)
        return ENAMETOOLONG;
    memcpy(copy, path, length);
    copy[length] = 0;
    if (length == 0)
        strcpy(copy, "/");
    if (statx(AT_FDCWD, copy, AT_STATX_DONT_SYNC, STATX_TYPE | STATX_INO | STATX_MTIME, ret_stat))
        return errno;
    return S_ISDIR(ret_stat->stx_mode) ? 0 : ENOTDIR;
}

/* The part of io_lookup after the exact spelling was not found. */
static NTSTATUS lookup_folded(const char *path, size_t root_length, char **ret_path, bool *ret_exists,
                              struct statx *ret_stat)
{
    const char *slash = strrchr(path, '/');
    size_t length = (size_t)(slash - path);
    char *parent = NULL, *found = NULL, *result = NULL;
    struct statx stat;
    NTSTATUS status = STATUS_SUCCESS;

    int error = stat_folder(path, length, &stat);
    if (error == ENOENT && length > root_length) {
        bool exists;
        char *copy = strndup(path, length);
        if (!copy)
            return STATUS_NO_MEMORY;
        status = lookup_folded(copy, root_length, &parent, &exists, &stat);
        free(copy);
        if (!NT_SUCCESS(status))
            return status;
        if (!exists) {
            status = STATUS_OBJECT_PATH_NOT_FOUND;
            goto out;
        }
        length = strlen(parent);
        error = stat_folder(parent, length, &stat);
    } else {
        parent = strndup(path, length);
        if (!parent)
            return STATUS_NO_MEMORY;
    }
    if (error) {
        status = error == ENOENT || error == ENOTDIR ? STATUS_OBJECT_PATH_NOT_FOUND
                                                     : io_status_from_errno(error);
        goto out;
    }
    status = find_name(parent, length, &stat, slash + 1, &found);
    if (!NT_SUCCESS(status))
        goto out;
    if (asprintf(&result, "%s/%s", parent, found ? found : slash + 1) < 0) {
        status = STATUS_NO_MEMORY;
        goto out;
    }
    *ret_exists = false;
    if (found) {
        error = io_statx(result, ret_stat);
        *ret_exists = error == 0;
        if (error && error != ENOENT)
            status = io_status_from_errno(error);
        else if (error) { /* vanished since: it is to be spelled as asked for */
            free(result);
            result = NULL;
            if (asprintf(&result, "%s/%s", parent, slash + 1) < 0)
                status = STATUS_NO_MEMORY;
        }
    }
    if (NT_SUCCESS(status)) {
        *ret_path = result;
        result = NULL;
    }
out:
    free(result);
    free(found);
    free(parent);
    return status;
}

/* The folder whose last lookup missed: there the next one begins with the cache, which saves the
 * exact try. Guarded by the cache's lock. */
static struct {
    size_t length;
    char path[1024];
} missed;

static bool is_missed(const char *path, size_t length)
{
    if (missed.length != length)
        return false;
    pthread_mutex_lock(&cache.lock);
    bool same = missed.length == length && memcmp(missed.path, path, length) == 0;
    pthread_mutex_unlock(&cache.lock);
    return same;
}

static void set_missed(const char *path, size_t length)
{
    pthread_mutex_lock(&cache.lock);
    struct folder *folder = length && length < sizeof missed.path ? find_folder(path, length) : NULL;
    missed.length = 0;
    /* Where names differ in case only the exact one is to be tried first. */
    if (folder && folder->names && !folder->ambiguous) {
        memcpy(missed.path, path, length);
        missed.length = length;
    }
    pthread_mutex_unlock(&cache.lock);
}

NTSTATUS io_lookup(const char *path, size_t root_length, char **ret_path, bool *ret_exists,
                   struct statx *ret_stat)
{
    const char *slash = strrchr(path, '/');
    size_t parent = slash ? (size_t)(slash - path) : 0;
    NTSTATUS status;
    if (parent > root_length && is_missed(path, parent)) {
        status = lookup_folded(path, root_length, ret_path, ret_exists, ret_stat);
        if (!NT_SUCCESS(status) || (*ret_exists && strcmp(*ret_path, path) == 0))
            missed.length = 0;
        return status;
    }
    int error = io_statx(path, ret_stat);
    if (error == 0) {
        *ret_path = strdup(path);
        *ret_exists = true;
        return *ret_path ? STATUS_SUCCESS : STATUS_NO_MEMORY;
    }
    if (error == ENAMETOOLONG)
        return STATUS_OBJECT_NAME_INVALID;
    if (error != ENOENT)
        return io_status_from_errno(error);
    if (strlen(path) <= root_length)
        return STATUS_OBJECT_PATH_NOT_FOUND;
    status = lookup_folded(path, root_length, ret_path, ret_exists, ret_stat);
    if (NT_SUCCESS(status))
        set_missed(path, parent);
    return status;
}

bool io_lookup_current(const char *path)
{
    const char *slash = strrchr(path, '/');
    struct statx stat;
    bool current = false;
    pthread_mutex_lock(&cache.lock);
    struct folder *folder = slash ? find_folder(path, (size_t)(slash - path)) : NULL;
    if (folder && folder->names)
        current = stat_folder(path, (size_t)(slash - path), &stat) == 0 && same_time(folder, &stat);
    pthread_mutex_unlock(&cache.lock);
    return current;
}

/* Brings the cached folder up to date after a change of our own. */
static void update(const char *path, bool added)
{
    const char *slash = strrchr(path, '/');
    struct statx stat;
    if (!slash)
        return;
    pthread_mutex_lock(&cache.lock);
    struct folder *folder = find_folder(path, (size_t)(slash - path));
    if (folder && folder->names) {
        if (folder->ambiguous || stat_folder(path, (size_t)(slash - path), &stat) != 0) {
            folder->inode = 0;
        } else if (added) {
            if (add_name(folder, slash + 1, strlen(slash + 1)) && !folder->ambiguous)
                remember(folder, &stat);
            else
                folder->inode = 0;
        } else {
            WCHAR folded[256];
            size_t n = fold(slash + 1, strlen(slash + 1), folded);
            struct name **place = find_slot(folder, folded, n, hash_folded(folded, n)), *name = *place;
            if (name) {
                *place = name->next;
                free(name);
                folder->count--;
                cache.name_count--;
            }
            remember(folder, &stat);
        }
    }
    pthread_mutex_unlock(&cache.lock);
}

void io_lookup_added(const char *path)
{
    update(path, true);
}

void io_lookup_removed(const char *path, bool was_current)
{
    if (was_current)
        update(path, false);
}
