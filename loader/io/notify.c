/*
 * NtNotifyChangeDirectoryFile on inotify: one inotify instance a directory handle, from the first
 * request on, so that changes between requests are not lost. Trees are watched folder by folder; what is in a
 * new folder before its watch is there is found by reading it.
 */
#include "io/device.h"
#include "io/lookup.h"
#include "io/share.h"
#include "mm/guest.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    NAMES = FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME,
    ATTRIBUTES = FILE_NOTIFY_CHANGE_ATTRIBUTES | FILE_NOTIFY_CHANGE_SECURITY | FILE_NOTIFY_CHANGE_CREATION |
                 FILE_NOTIFY_CHANGE_LAST_WRITE,
    CONTENTS = FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE,
    PAIR_WAIT = 2 /* ms: for the second half of a move */
};

/* A name that was found by reading a new folder: its own event may still come. */
struct seen {
    struct seen *next;
    char name[];
};

struct watch {
    int descriptor;
    char *folder; /* below the directory: "" or "a/b/" */
    struct seen *seen;
};

/* The first half of a move, until the next event tells whether there is a second one. */
struct departure {
    bool waits, directory;
    uint32_t cookie;
    char *folder, *name;
};

struct io_notify {
    pthread_mutex_t lock; /* guards all of this; rank: io file */
    int fd;
    ULONG filter;
    bool tree;
    struct watch *watches; /* in order of their descriptors */
    size_t watch_count;
    struct departure departure;
    char *events; /* finished FILE_NOTIFY_INFORMATION records */
    size_t used, room, last;
    size_t limit; /* of what is kept: the length of the first request's buffer */
    bool overflow, closed, deleted;
    struct io_request *first, **end; /* waiting requests, by context */
    struct io_wait *wait;
    int references;
};

/* ---------------------------------------------------------------- records */

static void lose(struct io_notify *notify)
{
    notify->overflow = true;
    notify->used = notify->last = 0;
}

static void add_record(struct io_notify *notify, ULONG action, const char *folder, const char *name)
{
    size_t length = strlen(folder) + strlen(name);
    size_t need = offsetof(FILE_NOTIFY_INFORMATION, FileName) + length * 2 + 8;
    if (notify->overflow)
        return;
    if (notify->used + need > notify->room) {
        size_t room = notify->room * 2 + need + 1024;
        char *events = realloc(notify->events, room);
        if (!events) {
            lose(notify);
            return;
        }
        notify->events = events;
        notify->room = room;
    }
    size_t at = (notify->used + 3) & ~(size_t)3;
    FILE_NOTIFY_INFORMATION *info = (void *)(notify->events + at);
    WCHAR *out = info->FileName;
    while (*folder) {
        size_t n = strcspn(folder, "/");
        out += io_name_to_utf16(folder, n, out);
        *out++ = '\\';
        folder += n + (folder[n] == '/');
    }
    out += io_name_to_utf16(name, strlen(name), out);
    info->NextEntryOffset = 0;
    info->Action = action;
    info->FileNameLength = (ULONG)((char *)out - (char *)info->FileName);
    /* The same change twice in a row is one. */
    if (notify->used) {
        FILE_NOTIFY_INFORMATION *last = (void *)(notify->events + notify->last);
        if (last->Action == action && action == FILE_ACTION_MODIFIED &&
            last->FileNameLength == info->FileNameLength &&
            memcmp(last->FileName, info->FileName, info->FileNameLength) == 0)
            return;
        last->NextEntryOffset = (ULONG)(at - notify->last);
    }
    notify->last = at;
    notify->used = (size_t)((char *)out - notify->events);
}

static bool is_wanted(const struct io_notify *notify, bool directory)
{
    return notify->filter & (directory ? FILE_NOTIFY_CHANGE_DIR_NAME : FILE_NOTIFY_CHANGE_FILE_NAME);
}

/* Takes what fits into `length` bytes; the rest stays if it is not too much. *ret_events: malloc'ed or NULL.
 */
static NTSTATUS take_records(struct io_notify *notify, size_t length, char **ret_events, ULONG *ret_size)
{
    size_t size = 0, at = 0;
    *ret_events = NULL;
    *ret_size = 0;
    while (!notify->overflow && at < notify->used) {
        FILE_NOTIFY_INFORMATION *info = (void *)(notify->events + at);
        size_t end = at + offsetof(FILE_NOTIFY_INFORMATION, FileName) + info->FileNameLength;
        if (end > length)
            break;
        size = end;
        if (!info->NextEntryOffset)
            break;
        at += info->NextEntryOffset;
    }
    char *events = size ? malloc(size) : NULL;
    if (!events) {
        notify->overflow = false;
        notify->used = notify->last = 0;
        return STATUS_NOTIFY_ENUM_DIR;
    }
    memcpy(events, notify->events, size);
    size_t from = (size + 3) & ~(size_t)3;
    if (size == notify->used) {
        notify->used = notify->last = 0;
    } else {
        for (at = 0;; at += ((FILE_NOTIFY_INFORMATION *)(events + at))->NextEntryOffset)
            if (at + ((FILE_NOTIFY_INFORMATION *)(events + at))->NextEntryOffset >= size) {
                ((FILE_NOTIFY_INFORMATION *)(events + at))->NextEntryOffset = 0;
                break;
            }
        notify->used -= from;
        notify->last -= from;
        memmove(notify->events, notify->events + from, notify->used);
        if (notify->used > notify->limit)
            lose(notify);
    }
    *ret_events = events;
    *ret_size = (ULONG)size;
    return STATUS_SUCCESS;
}

/* ---------------------------------------------------------------- watches */

static uint32_t inotify_mask(const struct io_notify *notify)
{
    ULONG filter = notify->filter;
    uint32_t mask = IN_ONLYDIR | IN_EXCL_UNLINK;
    if ((filter & NAMES) || notify->tree)
        mask |= IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
    if (filter & CONTENTS)
        mask |= IN_MODIFY;
    if (filter & ATTRIBUTES)
        mask |= IN_ATTRIB;
    if (filter & FILE_NOTIFY_CHANGE_LAST_ACCESS)
        mask |= IN_ACCESS;
    return mask;
}

/* Where the watch is, or would be. */
static size_t place_of(const struct io_notify *notify, int descriptor)
{
    size_t low = 0, high = notify->watch_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (notify->watches[middle].descriptor < descriptor)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct watch *find_watch(const struct io_notify *notify, int descriptor)
{
    size_t at = place_of(notify, descriptor);
    return at < notify->watch_count && notify->watches[at].descriptor == descriptor ? &notify->watches[at]
                                                                                    : NULL;
}

static bool forget_seen(struct watch *watch, const char *name)
{
    for (struct seen **place = &watch->seen; *place; place = &(*place)->next)
        if (strcmp((*place)->name, name) == 0) {
            struct seen *seen = *place;
            *place = seen->next;
            free(seen);
            return true;
        }
    return false;
}

static void free_watch(struct watch *watch)
{
    while (watch->seen)
        forget_seen(watch, watch->seen->name);
    free(watch->folder);
}

static void remove_watch(struct io_notify *notify, size_t at)
{
    free_watch(&notify->watches[at]);
    memmove(&notify->watches[at], &notify->watches[at + 1],
            (notify->watch_count - at - 1) * sizeof *notify->watches);
    notify->watch_count--;
}

static bool set_watch(struct io_notify *notify, int descriptor, const char *folder)
{
    size_t at = place_of(notify, descriptor);
    char *copy = strdup(folder);
    if (!copy)
        return false;
    if (at < notify->watch_count && notify->watches[at].descriptor == descriptor) {
        free(notify->watches[at].folder);
        notify->watches[at].folder = copy;
        return true;
    }
    struct watch *watches = realloc(notify->watches, (notify->watch_count + 1) * sizeof *watches);
    if (!watches) {
        free(copy);
        return false;
    }
    notify->watches = watches;
    memmove(&watches[at + 1], &watches[at], (notify->watch_count - at) * sizeof *watches);
    watches[at] = (struct watch){descriptor, copy, NULL};
    notify->watch_count++;
    return true;
}

static bool is_directory(DIR *directory, const struct dirent *entry)
{
    struct stat stat;
    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_DIR;
    return fstatat(dirfd(directory), entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(stat.st_mode);
}

/* Something was already in a folder that is new. */
static void found(struct io_notify *notify, int descriptor, DIR *directory, const struct dirent *entry,
                  const char *folder, bool is_folder)
{
    struct stat stat;
    struct watch *watch = find_watch(notify, descriptor);
    size_t length = strlen(entry->d_name) + 1;
    struct seen *seen = malloc(sizeof *seen + length);
    if (!watch || !seen) {
        free(seen);
        return;
    }
    memcpy(seen->name, entry->d_name, length);
    seen->next = watch->seen;
    watch->seen = seen;
    if (is_wanted(notify, is_folder))
        add_record(notify, FILE_ACTION_ADDED, folder, entry->d_name);
    if (!is_folder && (notify->filter & CONTENTS) &&
        fstatat(dirfd(directory), entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) == 0 && stat.st_size)
        add_record(notify, FILE_ACTION_MODIFIED, folder, entry->d_name);
}

/* `fresh`: the folder was just made, what is in it is new. */
static void add_watch(struct io_notify *notify, const char *root, const char *folder, bool fresh)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", root, folder) >= (int)sizeof path)
        return;
    int descriptor = inotify_add_watch(notify->fd, path, inotify_mask(notify) | (*folder ? 0 : IN_ATTRIB));
    if (descriptor < 0 || !set_watch(notify, descriptor, folder) || !notify->tree)
        return;
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        char below[PATH_MAX];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        bool is_folder = is_directory(directory, entry);
        if (fresh)
            found(notify, descriptor, directory, entry, folder, is_folder);
        if (is_folder && snprintf(below, sizeof below, "%s%s/", folder, entry->d_name) < (int)sizeof below)
            add_watch(notify, root, below, fresh);
    }
    if (directory)
        closedir(directory);
}

/* The end of the directory itself: its descriptor keeps it from telling, so that its parent has to; that its
 * deletion is pending shows as a change of its attributes (io_notify_touch). */
static void watch_parent(struct io_notify *notify, const char *root)
{
    char parent[PATH_MAX];
    const char *slash = strrchr(root, '/');
    if (!slash || !slash[1] || slash - root >= PATH_MAX)
        return;
    snprintf(parent, sizeof parent, "%.*s", slash == root ? 1 : (int)(slash - root), root);
    inotify_add_watch(notify->fd, parent, IN_DELETE | IN_ONLYDIR);
}

void io_notify_touch(const char *path)
{
    struct stat stat;
    if (lstat(path, &stat) == 0 && S_ISDIR(stat.st_mode) && chmod(path, stat.st_mode & 07777) != 0)
        return; /* then watchers see it at their next request */
}

/* The folder has a new name, or is not below the directory any more (to is NULL). */
static void move_watches(struct io_notify *notify, const char *from, const char *to)
{
    size_t length = strlen(from);
    for (size_t i = notify->watch_count; i-- > 0;) {
        struct watch *watch = &notify->watches[i];
        char folder[PATH_MAX];
        if (strncmp(watch->folder, from, length) != 0)
            continue;
        if (!to) {
            inotify_rm_watch(notify->fd, watch->descriptor);
            remove_watch(notify, i);
        } else if (snprintf(folder, sizeof folder, "%s%s", to, watch->folder + length) < (int)sizeof folder)
            set_watch(notify, watch->descriptor, folder);
    }
}

/* ---------------------------------------------------------------- events */

static bool folder_name(char *out, const char *folder, const char *name)
{
    return snprintf(out, PATH_MAX, "%s%s/", folder, name) < PATH_MAX;
}

static void drop_departure(struct io_notify *notify)
{
    free(notify->departure.folder);
    free(notify->departure.name);
    notify->departure = (struct departure){0};
}

/* There was no second half: it has left. */
static void finish_departure(struct io_notify *notify)
{
    struct departure *from = &notify->departure;
    char gone[PATH_MAX];
    if (!from->waits)
        return;
    if (is_wanted(notify, from->directory))
        add_record(notify, FILE_ACTION_REMOVED, from->folder, from->name);
    if (from->directory && notify->tree && folder_name(gone, from->folder, from->name))
        move_watches(notify, gone, NULL);
    drop_departure(notify);
}

static void departed(struct io_notify *notify, struct watch *watch, const struct inotify_event *event)
{
    struct departure from = {true, event->mask & IN_ISDIR, event->cookie, strdup(watch->folder),
                             strdup(event->name)};
    if (!from.folder || !from.name) {
        free(from.folder);
        free(from.name);
        lose(notify);
        return;
    }
    notify->departure = from;
}

static void arrived(struct io_notify *notify, const char *root, const char *folder,
                    const struct inotify_event *event)
{
    struct departure *from = &notify->departure;
    bool directory = event->mask & IN_ISDIR, wanted = is_wanted(notify, directory);
    char old[PATH_MAX], below[PATH_MAX];
    if (!from->waits) {
        if (wanted)
            add_record(notify, FILE_ACTION_ADDED, folder, event->name);
        if (directory && notify->tree && folder_name(below, folder, event->name))
            add_watch(notify, root, below, false);
        return;
    }
    bool renamed = strcmp(from->folder, folder) == 0; /* from one folder to another it goes and comes */
    if (wanted) {
        add_record(notify, renamed ? FILE_ACTION_RENAMED_OLD_NAME : FILE_ACTION_REMOVED, from->folder,
                   from->name);
        add_record(notify, renamed ? FILE_ACTION_RENAMED_NEW_NAME : FILE_ACTION_ADDED, folder, event->name);
    }
    if (directory && notify->tree && folder_name(old, from->folder, from->name) &&
        folder_name(below, folder, event->name))
        move_watches(notify, old, below);
    drop_departure(notify);
}

static void handle_event(struct io_notify *notify, const char *root, const struct inotify_event *event)
{
    char folder[PATH_MAX], below[PATH_MAX];
    bool directory = event->mask & IN_ISDIR;

    if (notify->departure.waits &&
        !((event->mask & IN_MOVED_TO) && event->cookie == notify->departure.cookie))
        finish_departure(notify);
    if (event->mask & IN_Q_OVERFLOW) {
        lose(notify);
        add_watch(notify, root, "", false); /* new folders may have been missed, too */
        return;
    }
    struct watch *watch = find_watch(notify, event->wd);
    if (!watch)
        return;
    if (event->mask & IN_IGNORED) {
        remove_watch(notify, (size_t)(watch - notify->watches));
        return;
    }
    if (!event->len)
        return;
    /* Folders are read to find those below that are to be watched as well: that is no change. */
    if (directory && (event->mask & IN_ACCESS))
        return;
    if (watch->seen && (event->mask & (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)) &&
        forget_seen(watch, event->name) && (event->mask & (IN_CREATE | IN_MOVED_TO)))
        return;
    strcpy(folder, watch->folder); /* what follows moves the watches */
    if (event->mask & IN_CREATE) {
        if (is_wanted(notify, directory))
            add_record(notify, FILE_ACTION_ADDED, folder, event->name);
        if (directory && notify->tree && folder_name(below, folder, event->name))
            add_watch(notify, root, below, true);
    } else if (event->mask & IN_DELETE) {
        if (is_wanted(notify, directory))
            add_record(notify, FILE_ACTION_REMOVED, folder, event->name);
    } else if (event->mask & IN_MOVED_FROM)
        departed(notify, watch, event);
    else if (event->mask & IN_MOVED_TO)
        arrived(notify, root, folder, event);
    else if (!(event->mask & IN_ATTRIB) || (notify->filter & ATTRIBUTES))
        add_record(notify, FILE_ACTION_MODIFIED, folder, event->name);
}

/* Takes what inotify has. */
static void collect(struct io_notify *notify, struct io_file *file)
{
    _Alignas(8) char buffer[8192];
    ssize_t got;
    do {
        while ((got = read(notify->fd, buffer, sizeof buffer)) > 0)
            for (ssize_t at = 0; at < got;) {
                const struct inotify_event *event = (void *)(buffer + at);
                at += (ssize_t)(sizeof *event + event->len);
                handle_event(notify, file->path, event);
            }
    } while (notify->departure.waits && poll(&(struct pollfd){notify->fd, POLLIN, 0}, 1, PAIR_WAIT) > 0);
    finish_departure(notify);
    struct stat stat;
    if (io_share_delete_pending(file) || (file->fd >= 0 && fstat(file->fd, &stat) == 0 && !stat.st_nlink))
        notify->deleted = true;
}

/* ---------------------------------------------------------------- requests */

static void release(struct io_notify *notify)
{
    if (__atomic_sub_fetch(&notify->references, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    for (size_t i = 0; i < notify->watch_count; i++)
        free_watch(&notify->watches[i]);
    free(notify->watches);
    drop_departure(notify);
    free(notify->events);
    if (notify->fd >= 0)
        close(notify->fd);
    pthread_mutex_destroy(&notify->lock);
    free(notify);
}

static void ready(void *argument);

/* (Re-)arms the poller; the lock is held. */
static void arm(struct io_file *file, struct io_notify *notify)
{
    if (notify->wait || notify->closed)
        return;
    ob_reference(file);
    notify->wait = io_wait_descriptor(notify->fd, EPOLLIN, ready, file);
    if (!notify->wait)
        ob_dereference(file);
}

static bool has_news(const struct io_notify *notify)
{
    return notify->used || notify->overflow || notify->deleted;
}

/* What there is goes to the request that waits longest, and so on. */
static void ready(void *argument)
{
    struct io_file *file = argument;
    struct io_notify *notify = file->notify;

    pthread_mutex_lock(&notify->lock);
    notify->wait = NULL;
    if (!notify->closed)
        collect(notify, file);
    while (has_news(notify) && notify->first) {
        struct io_request *done = notify->first;
        char *events = NULL;
        ULONG size = 0;
        notify->first = done->context;
        if (!notify->first)
            notify->end = &notify->first;
        if (!io_claim(done))
            continue; /* it is being cancelled */
        NTSTATUS status = STATUS_DELETE_PENDING;
        if (notify->used || notify->overflow)
            status = take_records(notify, done->length, &events, &size);
        pthread_mutex_unlock(&notify->lock);
        if (events && !io_poke(done->buffer, events, size)) {
            status = STATUS_ACCESS_VIOLATION;
            size = 0;
        }
        free(events);
        io_complete(done, status, size);
        pthread_mutex_lock(&notify->lock);
    }
    if (notify->first)
        arm(file, notify);
    pthread_mutex_unlock(&notify->lock);
    ob_dereference(file);
}

static void unlink_request(struct io_notify *notify, struct io_request *request)
{
    struct io_request **place = &notify->first;
    while (*place && *place != request)
        place = (struct io_request **)&(*place)->context;
    if (*place) {
        *place = request->context;
        if (!*place)
            notify->end = place;
    }
}

static void cancel_notify(struct io_request *request)
{
    struct io_notify *notify = request->file->notify;
    pthread_mutex_lock(&notify->lock);
    bool closed = notify->closed;
    unlink_request(notify, request);
    pthread_mutex_unlock(&notify->lock);
    io_complete(request, closed ? STATUS_NOTIFY_CLEANUP : STATUS_CANCELLED, 0);
}

void io_notify_close(struct io_file *file)
{
    struct io_notify *notify = file->notify;
    pthread_mutex_lock(&notify->lock);
    notify->closed = true;
    struct io_wait *wait = notify->wait;
    bool cancelled = wait && io_wait_cancel(wait, ready, file);
    notify->wait = NULL;
    pthread_mutex_unlock(&notify->lock);
    io_cancel(file, NULL, NULL);
    if (cancelled)
        ob_dereference(file);
}

void io_notify_free(struct io_notify *notify)
{
    release(notify);
}

struct parameters {
    ULONG filter;
    bool tree;
};

static NTSTATUS start_notify(struct io_file *file, struct io_request *request)
{
    const struct parameters *parameters = request->input;
    NTSTATUS status = STATUS_PENDING;
    ULONG used = 0;

    if (file->kind != IO_DIRECTORY || !file->path || file->link_itself)
        return STATUS_INVALID_PARAMETER;
    pthread_mutex_lock(&file->lock);
    if (!file->notify) {
        struct io_notify *notify = calloc(1, sizeof *notify);
        if (notify) {
            pthread_mutex_init(&notify->lock, NULL);
            notify->references = 1;
            notify->end = &notify->first;
            notify->filter = parameters->filter;
            notify->limit = request->length;
            notify->tree = parameters->tree;
            notify->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
            if (notify->fd >= 0)
                add_watch(notify, file->path, "", false);
            if (notify->fd >= 0)
                watch_parent(notify, file->path);
            if (notify->fd < 0 || !notify->watch_count) {
                release(notify);
                notify = NULL;
            }
        }
        file->notify = notify;
    }
    pthread_mutex_unlock(&file->lock);
    struct io_notify *notify = file->notify;
    if (!notify)
        return STATUS_INSUFFICIENT_RESOURCES;
    pthread_mutex_lock(&notify->lock);
    collect(notify, file);
    if (notify->used > notify->limit)
        lose(notify);
    if (has_news(notify)) {
        char *events = NULL; /* into guest memory without the lock */
        status = STATUS_DELETE_PENDING;
        if (notify->used || notify->overflow)
            status = take_records(notify, request->length, &events, &used);
        pthread_mutex_unlock(&notify->lock);
        if (events) {
            status = guest_copy(request->buffer, events, used);
            free(events);
        }
        request->information = used;
        return status;
    }
    struct io_request *heap = io_pend(request, cancel_notify);
    if (!heap) {
        pthread_mutex_unlock(&notify->lock);
        return STATUS_NO_MEMORY;
    }
    heap->context = NULL;
    *notify->end = heap;
    notify->end = (struct io_request **)&heap->context;
    arm(file, notify);
    pthread_mutex_unlock(&notify->lock);
    return STATUS_PENDING;
}

NTSTATUS NtNotifyChangeDirectoryFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine,
                                     PVOID ApcContext, IO_STATUS_BLOCK *IoStatusBlock, void *Buffer,
                                     ULONG Length, ULONG CompletionFilter, BOOLEAN WatchTree)
{
    struct io_file *file;
    struct parameters parameters = {CompletionFilter, WatchTree};
    struct io_request request = {.iosb = IoStatusBlock,
                                 .apc = (void *)ApcRoutine,
                                 .apc_context = ApcContext,
                                 .buffer = Buffer,
                                 .length = Length,
                                 .input = &parameters};
    if (!CompletionFilter || (CompletionFilter & ~0xfffu))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = ob_handle_lookup(FileHandle, &io_file_type, FILE_LIST_DIRECTORY, (void **)&file);
    if (!NT_SUCCESS(status))
        return status;
    status = io_run(file, &request, Event, start_notify);
    ob_dereference(file);
    return status;
}
