/*
 * NtQueryDirectoryFile: a folder's entries with DOS wildcards, in all record formats. The entries
 * are read in blocks by getdents64; those of an overlay folder are merged by name.
 */
#include "io/attributes.h"
#include "io/device.h"
#include "io/lookup.h"
#include "io/overlay.h"
#include "mm/guest.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>
#include <unistd.h>

struct linux_dirent {
    uint64_t d_ino;
    int64_t d_off;
    uint16_t d_reclen;
    uint8_t d_type;
    char d_name[];
};

struct extra { /* an entry of the overlay, or a pipe */
    char *name;
    char *unix_path; /* NULL: virtual */
    ULONG instances, maximum;
};

struct io_enumeration {
    WCHAR *pattern; /* upper case; NULL: all */
    size_t pattern_length;
    bool started, ended;
    char *exact;    /* the pattern is this name, without wildcards */
    int exact_left; /* 1: still to be given */
    int dots;       /* "." and ".." still to give: 2, 1, 0 */
    char *buffer;
    size_t used, at;
    struct extra *extras;
    size_t extra_count, extra_at;
    /* The entry that did not fit last time. */
    char *held_name, *held_path;
};

enum { BUFFER_SIZE = 65536 };

void io_enumeration_free(struct io_enumeration *enumeration)
{
    for (size_t i = 0; i < enumeration->extra_count; i++) {
        free(enumeration->extras[i].name);
        free(enumeration->extras[i].unix_path);
    }
    free(enumeration->extras);
    free(enumeration->held_name);
    free(enumeration->held_path);
    free(enumeration->pattern);
    free(enumeration->exact);
    free(enumeration->buffer);
    free(enumeration);
}

bool io_directory_is_empty(int fd)
{
    _Alignas(8) char buffer[4096];
    long got;
    while ((got = syscall(SYS_getdents64, fd, buffer, sizeof buffer)) > 0)
        for (long at = 0; at < got;) {
            struct linux_dirent *entry = (void *)(buffer + at);
            at += entry->d_reclen;
            if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                return false;
        }
    return true;
}

/*
 * Name against expression, both in upper case. * any run, ? one character; the DOS forms: < any run
 * up to the last dot, > one character or nothing at a dot or the end, " a dot or the end.
 */
static bool matches(const WCHAR *e, size_t el, const WCHAR *n, size_t nl)
{
    while (el) {
        WCHAR c = *e;
        if (c == '*') {
            while (el && *e == '*')
                e++, el--;
            if (!el)
                return true;
            for (size_t i = 0; i <= nl; i++)
                if (matches(e, el, n + i, nl - i))
                    return true;
            return false;
        }
        if (c == '<') {
            size_t last = 0;
            bool dot = false;
            for (size_t i = 0; i < nl; i++)
                if (n[i] == '.')
                    last = i, dot = true;
            /* It may stop at the last dot at the latest, or at the end if there is none. */
            for (size_t i = 0; i <= nl; i++) {
                if (matches(e + 1, el - 1, n + i, nl - i))
                    return true;
                if (dot && i == last)
                    break;
            }
            return false;
        }
        if (c == '>') {
            if (!nl || *n == '.') {
                e++, el--;
                continue;
            }
        } else if (c == '"') {
            if (!nl) {
                e++, el--;
                continue;
            }
            if (*n != '.')
                return false;
        } else if (!nl || (c != '?' && c != *n))
            return false;
        e++, el--, n++, nl--;
    }
    return !nl;
}

static bool wanted(const struct io_enumeration *enumeration, const char *name, size_t length)
{
    WCHAR wide[260];
    if (!enumeration->pattern)
        return true;
    size_t n = io_name_to_utf16(name, length < 256 ? length : 256, wide);
    for (size_t i = 0; i < n; i++)
        wide[i] = io_upcase(wide[i]);
    return matches(enumeration->pattern, enumeration->pattern_length, wide, n);
}

struct list_context {
    struct io_enumeration *enumeration;
    const char *folder; /* Unix: names there win */
};

static bool add_extra(void *context, const char *name, const char *unix_path)
{
    struct list_context *list = context;
    struct io_enumeration *enumeration = list->enumeration;
    char *real;
    if (asprintf(&real, "%s/%s", list->folder, name) < 0)
        return false;
    bool exists = access(real, F_OK) == 0;
    free(real);
    if (exists)
        return true;
    struct extra *extras = realloc(enumeration->extras, (enumeration->extra_count + 1) * sizeof *extras);
    if (!extras)
        return false;
    enumeration->extras = extras;
    extras[enumeration->extra_count] = (struct extra){.name = strdup(name)};
    extras[enumeration->extra_count].unix_path = unix_path ? strdup(unix_path) : NULL;
    return extras[enumeration->extra_count++].name != NULL;
}

/* The names of pipes are all there is in their folder. */
static void add_pipe(void *context, const WCHAR *name, size_t length, ULONG instances, ULONG maximum)
{
    struct io_enumeration *enumeration = context;
    struct extra *extras = realloc(enumeration->extras, (enumeration->extra_count + 1) * sizeof *extras);
    char *text = malloc(length * 3 + 1);
    if (extras)
        enumeration->extras = extras;
    if (!extras || !text) {
        free(text);
        return;
    }
    text[io_name_to_utf8(name, length, text)] = 0;
    extras[enumeration->extra_count++] = (struct extra){text, NULL, instances, maximum};
}

static void restart_pipes(struct io_enumeration *enumeration)
{
    for (size_t i = 0; i < enumeration->extra_count; i++)
        free(enumeration->extras[i].name);
    enumeration->extra_count = enumeration->extra_at = 0;
    enumeration->ended = true;
    io_pipe_list(add_pipe, enumeration);
}

/* A pattern without wildcards is a lookup: its result is the only entry. */
static void find_exact(struct io_file *file, struct io_enumeration *enumeration)
{
    char *wanted_path, *found = NULL;
    bool exists = false;
    struct statx stat;
    enumeration->ended = true;
    enumeration->dots = 0;
    const char *folder = strcmp(file->path, "/") == 0 ? "" : file->path;
    if (asprintf(&wanted_path, "%s/%s", folder, enumeration->exact) < 0)
        return;
    if (NT_SUCCESS(io_lookup(wanted_path, strlen(folder), &found, &exists, &stat)) && exists) {
        free(enumeration->exact);
        enumeration->exact = strdup(strrchr(found, '/') + 1);
    } else
        enumeration->exact_left = 0;
    free(found);
    free(wanted_path);
}

/* Begins (again) at the first entry. */
static NTSTATUS restart(struct io_file *file, struct io_enumeration *enumeration)
{
    if (file->kind == IO_NAMED_PIPE) {
        restart_pipes(enumeration);
        return STATUS_SUCCESS;
    }
    enumeration->dots = file->path && strcmp(file->path, "/") == 0 ? 0
                        : file->overlay && !*file->overlay         ? 0
                                                                   : 2;
    enumeration->used = enumeration->at = 0;
    enumeration->ended = false;
    enumeration->extra_at = 0;
    enumeration->exact_left = enumeration->exact && !file->overlay && file->path;
    if (enumeration->exact_left)
        find_exact(file, enumeration);
    free(enumeration->held_name);
    free(enumeration->held_path);
    enumeration->held_name = enumeration->held_path = NULL;
    if (file->fd >= 0)
        lseek(file->fd, 0, SEEK_SET);
    if (file->overlay && !enumeration->extras) {
        struct list_context context = {enumeration, file->path};
        io_overlay_list(file->overlay, add_extra, &context);
    }
    return STATUS_SUCCESS;
}

/* The next entry that matches; name (and path, of overlay entries) are valid until the next call.
 * type: DT_*. */
static bool next_entry(struct io_file *file, struct io_enumeration *enumeration, const char **ret_name,
                       const char **ret_path)
{
    *ret_path = NULL;
    if (enumeration->exact && enumeration->ended && file->path && !file->overlay) {
        *ret_name = enumeration->exact;
        return enumeration->exact_left > 0 && enumeration->exact_left-- > 0;
    }
    for (;;) {
        if (enumeration->dots) {
            const char *name = enumeration->dots == 2 ? "." : "..";
            enumeration->dots--;
            if (!wanted(enumeration, name, strlen(name)))
                continue;
            *ret_name = name;
            return true;
        }
        if (enumeration->at < enumeration->used) {
            struct linux_dirent *entry = (void *)(enumeration->buffer + enumeration->at);
            enumeration->at += entry->d_reclen;
            const char *name = entry->d_name;
            if (name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2])))
                continue;
            if (!wanted(enumeration, name, strlen(name)))
                continue;
            *ret_name = name;
            return true;
        }
        if (!enumeration->ended && file->fd >= 0) {
            long got = syscall(SYS_getdents64, file->fd, enumeration->buffer, BUFFER_SIZE);
            if (got > 0) {
                enumeration->used = (size_t)got;
                enumeration->at = 0;
                continue;
            }
            enumeration->ended = true;
        }
        if (enumeration->extra_at >= enumeration->extra_count)
            return false;
        struct extra *extra = &enumeration->extras[enumeration->extra_at++];
        if (!wanted(enumeration, extra->name, strlen(extra->name)))
            continue;
        *ret_name = extra->name;
        *ret_path = extra->unix_path ? extra->unix_path : "";
        return true;
    }
}

static const struct {
    USHORT info_class, name_offset, id_offset, short_offset, ea_offset;
} formats[] = {
    {FileDirectoryInformation, offsetof(FILE_DIRECTORY_INFORMATION, FileName), 0, 0, 0},
    {FileFullDirectoryInformation, offsetof(FILE_FULL_DIR_INFORMATION, FileName), 0, 0, 64},
    {FileBothDirectoryInformation, offsetof(FILE_BOTH_DIR_INFORMATION, FileName), 0, 68, 64},
    {FileIdBothDirectoryInformation, offsetof(FILE_ID_BOTH_DIR_INFORMATION, FileName), 96, 68, 64},
    {FileIdFullDirectoryInformation, offsetof(FILE_ID_FULL_DIR_INFORMATION, FileName), 72, 0, 64},
    {FileIdExtdDirectoryInformation, offsetof(FILE_ID_EXTD_DIR_INFORMATION, FileName), 72, 0, 64},
    {FileIdExtdBothDirectoryInformation, offsetof(FILE_ID_EXTD_BOTH_DIR_INFORMATION, FileName), 72, 88, 64},
    {FileNamesInformation, offsetof(FILE_NAMES_INFORMATION, FileName), 0, 0, 0},
};

/* Pipes tell their instances as sizes. */
static bool stat_pipe(const struct io_enumeration *enumeration, const char *name, struct io_stat *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->attributes = FILE_ATTRIBUTE_NORMAL;
    for (size_t i = 0; i < enumeration->extra_count; i++)
        if (strcmp(enumeration->extras[i].name, name) == 0) {
            ret->size = enumeration->extras[i].instances;
            ret->allocation = enumeration->extras[i].maximum;
        }
    return true;
}

static bool stat_entry(struct io_file *file, const char *name, const char *path, struct io_stat *ret)
{
    struct statx stat;
    char full[8192];
    if (file->kind == IO_NAMED_PIPE)
        return stat_pipe(file->enumeration, name, ret);
    if (path && !*path) { /* a virtual folder */
        memset(ret, 0, sizeof *ret);
        if (statx(AT_FDCWD, "/", 0, STATX_BASIC_STATS | STATX_BTIME, &stat) == 0)
            io_stat_fill(&stat, NULL, -1, ret);
        ret->attributes = FILE_ATTRIBUTE_DIRECTORY;
        ret->directory = true;
        return true;
    }
    bool absolute = path != NULL;
    int dir = absolute ? AT_FDCWD : file->fd;
    if (statx(dir, absolute ? path : name, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC,
              STATX_BASIC_STATS | STATX_BTIME, &stat) != 0) {
        if (file->fd >= 0 || !(name[0] == '.'))
            return false;
        memset(ret, 0, sizeof *ret);
        ret->attributes = FILE_ATTRIBUTE_DIRECTORY;
        return true;
    }
    /* A path is needed only for what keeps more than its mode says. */
    const char *where = path;
    if (!absolute && !(S_ISREG(stat.stx_mode) && !(stat.stx_mode & S_ISVTX)) && strcmp(name, "..") != 0) {
        snprintf(full, sizeof full, "%s/%s", file->path ? file->path : "", name);
        where = full;
    }
    io_stat_fill(&stat, where, -1, ret);
    return true;
}

/* One record at `out` (host memory); its size, or 0 if it does not fit. */
static ULONG put_entry(size_t format, const struct io_stat *stat, const WCHAR *name, ULONG name_bytes,
                       char *out, ULONG room)
{
    ULONG head = formats[format].name_offset, size = head + name_bytes;
    if (size > room)
        return 0;
    memset(out, 0, head);
    if (formats[format].info_class == FileNamesInformation) {
        ((FILE_NAMES_INFORMATION *)out)->FileNameLength = name_bytes;
    } else {
        FILE_DIRECTORY_INFORMATION *info = (void *)out;
        info->CreationTime.QuadPart = stat->creation;
        info->LastAccessTime.QuadPart = stat->access;
        info->LastWriteTime.QuadPart = stat->write;
        info->ChangeTime.QuadPart = stat->change;
        info->EndOfFile.QuadPart = (int64_t)stat->size;
        info->AllocationSize.QuadPart = (int64_t)stat->allocation;
        info->FileAttributes = stat->attributes;
        info->FileNameLength = name_bytes;
        if (formats[format].ea_offset && formats[format].info_class != FileIdExtdDirectoryInformation &&
            formats[format].info_class != FileIdExtdBothDirectoryInformation)
            *(ULONG *)(out + formats[format].ea_offset) = stat->reparse_tag;
        if (formats[format].info_class == FileIdExtdDirectoryInformation ||
            formats[format].info_class == FileIdExtdBothDirectoryInformation)
            ((FILE_ID_EXTD_DIR_INFORMATION *)out)->ReparsePointTag = stat->reparse_tag;
        if (formats[format].id_offset)
            memcpy(out + formats[format].id_offset, &stat->id, sizeof stat->id);
    }
    memcpy(out + head, name, name_bytes);
    return size;
}

static NTSTATUS set_pattern(struct io_enumeration *enumeration, const UNICODE_STRING *guest)
{
    WCHAR *pattern;
    size_t length;
    NTSTATUS status = guest_read_unicode_string(guest, &pattern, &length);
    if (!NT_SUCCESS(status))
        return status;
    free(enumeration->pattern);
    free(enumeration->exact);
    enumeration->pattern = NULL;
    enumeration->exact = NULL;
    if (length == 0 || (length == 1 && pattern[0] == '*')) {
        free(pattern);
        return STATUS_SUCCESS;
    }
    bool wild = false;
    for (size_t i = 0; i < length; i++)
        wild |= pattern[i] == '*' || pattern[i] == '?' || pattern[i] == '<' || pattern[i] == '>' ||
                pattern[i] == '"';
    enumeration->exact = wild || (pattern[0] == '.' && length < 3) ? NULL : malloc(length * 3 + 1);
    if (enumeration->exact)
        enumeration->exact[io_name_to_utf8(pattern, length, enumeration->exact)] = 0;
    for (size_t i = 0; i < length; i++)
        pattern[i] = io_upcase(pattern[i]);
    enumeration->pattern = pattern;
    enumeration->pattern_length = length;
    return STATUS_SUCCESS;
}

struct query {
    ULONG info_class, flags;
    const UNICODE_STRING *pattern;
};

/* Fills host memory; *ret_used counts. The directory's lock is held. */
static NTSTATUS fill(struct io_file *file, struct io_enumeration *enumeration, size_t format, ULONG flags,
                     char *buffer, ULONG length, ULONG *ret_used)
{
    ULONG used = 0, last = 0;
    bool any = false;
    for (;;) {
        const char *name, *path;
        char *held = enumeration->held_name, *held_path = held ? enumeration->held_path : NULL;
        if (held) {
            name = held;
            path = held_path;
            enumeration->held_name = enumeration->held_path = NULL;
        } else if (!next_entry(file, enumeration, &name, &path))
            break;
        struct io_stat stat = {0};
        WCHAR wide[512];
        bool good = true;
        if (formats[format].info_class != FileNamesInformation)
            good = stat_entry(file, name, path, &stat);
        ULONG size = 0, at = (used + 7) & ~7u;
        if (good) {
            size_t n = io_name_to_utf16(name, strlen(name) < 512 ? strlen(name) : 512, wide);
            if (at < length || !any)
                size = put_entry(format, &stat, wide, (ULONG)(n * sizeof *wide), buffer + at, length - at);
            if (!size) {
                if (!any) { /* not even the first one: as much of it as there is room for */
                    ULONG head = formats[format].name_offset;
                    if (length >= head) {
                        put_entry(format, &stat, wide, (length - head) & ~1u, buffer, length);
                        /* the length is the true one */
                        if (formats[format].info_class == FileNamesInformation)
                            ((FILE_NAMES_INFORMATION *)buffer)->FileNameLength = (ULONG)(n * sizeof *wide);
                        else
                            ((FILE_DIRECTORY_INFORMATION *)buffer)->FileNameLength = (ULONG)(n *
                                                                                             sizeof *wide);
                        *ret_used = length;
                    }
                }
                if (held) {
                    enumeration->held_name = held;
                    enumeration->held_path = held_path;
                } else {
                    enumeration->held_name = strdup(name);
                    enumeration->held_path = path ? strdup(path) : NULL;
                }
                if (!any)
                    return length >= formats[format].name_offset ? STATUS_BUFFER_OVERFLOW
                                                                 : STATUS_BUFFER_TOO_SMALL;
                break;
            }
            if (any)
                *(ULONG *)(buffer + last) = at - last;
            last = at;
            used = at + size;
            any = true;
        }
        free(held);
        free(held_path);
        if (any && (flags & SL_RETURN_SINGLE_ENTRY))
            break;
    }
    *ret_used = used;
    return any ? STATUS_SUCCESS : enumeration->started ? STATUS_NO_MORE_FILES : STATUS_NO_SUCH_FILE;
}

static NTSTATUS start_query(struct io_file *file, struct io_request *request)
{
    const struct query *query = request->input;
    struct io_enumeration *enumeration;
    size_t format = 0;
    NTSTATUS status = STATUS_SUCCESS;

    while (format < sizeof formats / sizeof *formats && formats[format].info_class != query->info_class)
        format++;
    if (format == sizeof formats / sizeof *formats)
        return STATUS_INVALID_INFO_CLASS;
    if (request->length < formats[format].name_offset)
        return STATUS_INFO_LENGTH_MISMATCH;
    if (file->kind != IO_DIRECTORY && !(file->kind == IO_NAMED_PIPE && !file->device))
        return STATUS_INVALID_PARAMETER;

    /* The record buffer is ours; it is copied out without the lock. */
    ULONG length = request->length < 65536 ? request->length : 65536, used = 0;
    char *buffer = malloc(length + 8);
    if (!buffer)
        return STATUS_NO_MEMORY;
    pthread_mutex_lock(&file->lock);
    enumeration = file->enumeration;
    bool fresh = !enumeration;
    if (fresh) {
        enumeration = calloc(1, sizeof *enumeration);
        if (enumeration && !(enumeration->buffer = malloc(BUFFER_SIZE))) {
            free(enumeration);
            enumeration = NULL;
        }
        file->enumeration = enumeration;
    }
    pthread_mutex_unlock(&file->lock);
    if (!enumeration) {
        free(buffer);
        return STATUS_NO_MEMORY;
    }
    /* The first query decides about the pattern; a restart may change it. */
    if ((fresh || (query->flags & SL_RESTART_SCAN)) && query->pattern) {
        status = set_pattern(enumeration, query->pattern);
        if (!NT_SUCCESS(status)) {
            free(buffer);
            return status;
        }
    }
    pthread_mutex_lock(&file->lock);
    if (fresh || (query->flags & SL_RESTART_SCAN)) {
        restart(file, enumeration);
        enumeration->started = enumeration->started && !fresh && !query->pattern;
    }
    status = fill(file, enumeration, format, query->flags, buffer, length, &used);
    if (!NT_ERROR(status) || status == STATUS_NO_SUCH_FILE)
        enumeration->started = true;
    pthread_mutex_unlock(&file->lock);
    if (!NT_ERROR(status) && used) {
        NTSTATUS fault = guest_copy(request->buffer, buffer, used);
        if (!NT_SUCCESS(fault))
            status = fault;
    }
    request->information = used;
    free(buffer);
    return status;
}

static NTSTATUS query_directory(HANDLE handle, HANDLE event, PIO_APC_ROUTINE apc, PVOID apc_context,
                                IO_STATUS_BLOCK *iosb, void *buffer, ULONG length, ULONG info_class,
                                ULONG flags, const UNICODE_STRING *pattern)
{
    struct io_file *file;
    struct query query = {info_class, flags, pattern};
    struct io_request request = {.iosb = iosb,
                                 .apc = (void *)apc,
                                 .apc_context = apc_context,
                                 .buffer = buffer,
                                 .length = length,
                                 .input = &query};
    NTSTATUS status = ob_handle_lookup(handle, &io_file_type, FILE_LIST_DIRECTORY, (void **)&file);
    if (!NT_SUCCESS(status))
        return status;
    status = io_run(file, &request, event, start_query);
    ob_dereference(file);
    return status;
}

NTSTATUS NtQueryDirectoryFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                              IO_STATUS_BLOCK *IoStatusBlock, void *FileInformation, ULONG Length,
                              ULONG FileInformationClass, BOOLEAN ReturnSingleEntry, UNICODE_STRING *FileName,
                              BOOLEAN RestartScan)
{
    ULONG flags = (ReturnSingleEntry ? SL_RETURN_SINGLE_ENTRY : 0) | (RestartScan ? SL_RESTART_SCAN : 0);
    return query_directory(FileHandle, Event, ApcRoutine, ApcContext, IoStatusBlock, FileInformation, Length,
                           FileInformationClass, flags, FileName);
}

NTSTATUS NtQueryDirectoryFileEx(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                                IO_STATUS_BLOCK *IoStatusBlock, void *FileInformation, ULONG Length,
                                ULONG FileInformationClass, ULONG QueryFlags, UNICODE_STRING *FileName)
{
    return query_directory(FileHandle, Event, ApcRoutine, ApcContext, IoStatusBlock, FileInformation, Length,
                           FileInformationClass, QueryFlags, FileName);
}
