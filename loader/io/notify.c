/*
 * NtNotifyChangeDirectoryFile on inotify: one inotify instance a directory handle, from the first
 * request on, so that changes between requests are not lost. Trees are watched folder by folder.
 */
#include "io/device.h"
#include "io/lookup.h"
#include "mm/guest.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

struct watch {
    int descriptor;
    char *folder; /* below the directory: "" or "a/b/" */
};

struct io_notify {
    pthread_mutex_t lock; /* guards all of this; rank: io file */
    int fd;
    ULONG filter;
    bool tree;
    struct watch *watches;
    size_t watch_count;
    char *events; /* finished FILE_NOTIFY_INFORMATION records */
    size_t used, room, last;
    bool overflow, closed;
    struct io_request *first, **end; /* waiting requests, by context */
    struct io_wait *wait;
    int references;
};

static uint32_t inotify_mask(ULONG filter)
{
    uint32_t mask = IN_ONLYDIR | IN_EXCL_UNLINK;
    if (filter & (FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME))
        mask |= IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
    if (filter & (FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE))
        mask |= IN_MODIFY | IN_CREATE | IN_MOVED_TO;
    if (filter & (FILE_NOTIFY_CHANGE_ATTRIBUTES | FILE_NOTIFY_CHANGE_SECURITY | FILE_NOTIFY_CHANGE_CREATION |
                  FILE_NOTIFY_CHANGE_LAST_WRITE))
        mask |= IN_ATTRIB;
    if (filter & FILE_NOTIFY_CHANGE_LAST_ACCESS)
        mask |= IN_ACCESS;
    return mask;
}

static void add_watch(struct io_notify *notify, const char *root, const char *folder)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", root, folder) >= (int)sizeof path)
        return;
    uint32_t mask = inotify_mask(notify->filter) | (notify->tree ? IN_CREATE | IN_MOVED_TO : 0);
    int descriptor = inotify_add_watch(notify->fd, path, mask);
    if (descriptor < 0)
        return;
    struct watch *watches = realloc(notify->watches, (notify->watch_count + 1) * sizeof *watches);
    if (!watches)
        return;
    notify->watches = watches;
    watches[notify->watch_count].descriptor = descriptor;
    watches[notify->watch_count].folder = strdup(folder);
    if (watches[notify->watch_count].folder)
        notify->watch_count++;
    if (!notify->tree)
        return;
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        char below[PATH_MAX];
        if (entry->d_type != DT_DIR || strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (snprintf(below, sizeof below, "%s%s/", folder, entry->d_name) < (int)sizeof below)
            add_watch(notify, root, below);
    }
    if (directory)
        closedir(directory);
}

static void add_record(struct io_notify *notify, ULONG action, const char *folder, const char *name)
{
    size_t length = strlen(folder) + strlen(name);
    size_t need = offsetof(FILE_NOTIFY_INFORMATION, FileName) + length * 2 + 8;
    if (notify->used > 1 << 20) {
        notify->overflow = true;
        return;
    }
    if (notify->used + need > notify->room) {
        size_t room = notify->room * 2 + need + 1024;
        char *events = realloc(notify->events, room);
        if (!events) {
            notify->overflow = true;
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

/* Takes what inotify has. */
static void collect(struct io_notify *notify, const char *root)
{
    _Alignas(8) char buffer[8192];
    ssize_t got;
    while ((got = read(notify->fd, buffer, sizeof buffer)) > 0)
        for (ssize_t at = 0; at < got;) {
            struct inotify_event *event = (void *)(buffer + at);
            const char *folder = "";
            at += (ssize_t)(sizeof *event + event->len);
            if (event->mask & IN_Q_OVERFLOW) {
                notify->overflow = true;
                continue;
            }
            for (size_t i = 0; i < notify->watch_count; i++)
                if (notify->watches[i].descriptor == event->wd)
                    folder = notify->watches[i].folder;
            if (!event->len)
                continue;
            /* Folders are read to find those below that are to be watched as well: that is no change. */
            if ((event->mask & IN_ISDIR) && (event->mask & IN_ACCESS))
                continue;
            ULONG names = event->mask & IN_ISDIR ? FILE_NOTIFY_CHANGE_DIR_NAME : FILE_NOTIFY_CHANGE_FILE_NAME;
            bool named = notify->filter & names;
            if (notify->tree && (event->mask & IN_ISDIR) && (event->mask & (IN_CREATE | IN_MOVED_TO))) {
                char below[PATH_MAX];
                if (snprintf(below, sizeof below, "%s%s/", folder, event->name) < (int)sizeof below)
                    add_watch(notify, root, below);
            }
            if ((event->mask & IN_CREATE) && named)
                add_record(notify, FILE_ACTION_ADDED, folder, event->name);
            else if ((event->mask & IN_DELETE) && named)
                add_record(notify, FILE_ACTION_REMOVED, folder, event->name);
            else if (event->mask & (IN_MOVED_FROM | IN_MOVED_TO)) {
                /* A move within the watched folders has its other half beside it. */
                bool from = event->mask & IN_MOVED_FROM, paired = false;
                ssize_t other = at;
                if (from && at < got) {
                    struct inotify_event *next = (void *)(buffer + other);
                    paired = (next->mask & IN_MOVED_TO) && next->cookie == event->cookie;
                }
                static __thread uint32_t last_cookie;
                if (!from)
                    paired = last_cookie == event->cookie;
                last_cookie = from && paired ? event->cookie : 0;
                if (named)
                    add_record(notify,
                               paired ? from ? FILE_ACTION_RENAMED_OLD_NAME : FILE_ACTION_RENAMED_NEW_NAME
                               : from ? FILE_ACTION_REMOVED
                                      : FILE_ACTION_ADDED,
                               folder, event->name);
            } else if (event->mask & (IN_MODIFY | IN_ATTRIB | IN_ACCESS))
                add_record(notify, FILE_ACTION_MODIFIED, folder, event->name);
        }
}

static void release(struct io_notify *notify)
{
    if (__atomic_sub_fetch(&notify->references, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    for (size_t i = 0; i < notify->watch_count; i++)
        free(notify->watches[i].folder);
    free(notify->watches);
    free(notify->events);
    if (notify->fd >= 0)
        close(notify->fd);
    pthread_mutex_destroy(&notify->lock);
    free(notify);
}

/* Moves the records into the guest's buffer; the status of the request. */
static NTSTATUS deliver(struct io_notify *notify, void *buffer, ULONG length, ULONG *ret_used)
{
    NTSTATUS status = STATUS_SUCCESS;
    *ret_used = 0;
    if (notify->overflow || notify->used > length)
        status = STATUS_NOTIFY_ENUM_DIR;
    else if (!io_poke(buffer, notify->events, notify->used))
        status = STATUS_ACCESS_VIOLATION;
    else
        *ret_used = (ULONG)notify->used;
    notify->used = notify->last = 0;
    notify->overflow = false;
    return status;
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

static void ready(void *argument)
{
    struct io_file *file = argument;
    struct io_notify *notify = file->notify;
    struct io_request *done = NULL;
    ULONG used = 0;
    NTSTATUS status = STATUS_SUCCESS;

    usleep(1000); /* what belongs together comes together */
    pthread_mutex_lock(&notify->lock);
    notify->wait = NULL;
    if (!notify->closed)
        collect(notify, file->path);
    if ((notify->used || notify->overflow) && notify->first) {
        done = notify->first;
        if (io_claim(done)) {
            notify->first = done->context;
            if (!notify->first)
                notify->end = &notify->first;
            status = deliver(notify, done->buffer, done->length, &used);
        } else
            done = NULL;
    }
    if (notify->first)
        arm(file, notify);
    pthread_mutex_unlock(&notify->lock);
    if (done)
        io_complete(done, status, used);
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
            notify->tree = parameters->tree;
            notify->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
            if (notify->fd >= 0)
                add_watch(notify, file->path, "");
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
    collect(notify, file->path);
    if (notify->used || notify->overflow) {
        /* Into guest memory without the lock. */
        char *events = notify->events;
        size_t size = notify->used;
        bool overflow = notify->overflow || size > request->length;
        notify->events = NULL;
        notify->used = notify->room = notify->last = 0;
        notify->overflow = false;
        pthread_mutex_unlock(&notify->lock);
        if (overflow)
            status = STATUS_NOTIFY_ENUM_DIR;
        else {
            status = guest_copy(request->buffer, events, size);
            used = (ULONG)size;
        }
        free(events);
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
