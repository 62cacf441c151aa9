/*
 * Loaded hives: a copy of a file in the store below a key that is gone after the next boot; it is written
 * back when it is unloaded or flushed, and when the process that loaded it ends. An application's hive (no
 * name that others know) goes with its last handle.
 */
#include "cm/hivefile.h"
#include "cm/regf.h"
#include "io/io.h"
#include "ke/lock.h"
#include "mm/guest.h"
#include "ps/ps.h"
#include "ps/token.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <nt/syscalls.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { APP_HIVE = 16 };

struct cm_hive {
    struct cm_hive *next;
    uint64_t id;    /* the key it is loaded at */
    int references; /* of an application's hive: the keys that are open; guarded by the lock */
    bool app;
};

static struct {
    pthread_mutex_t lock; /* guards the list of what this process loaded; not held over the store */
    struct cm_hive *first;
    bool at_exit;
} hives = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Writes a loaded hive to its file, which is whole at any time. */
static NTSTATUS write_back(uint64_t id)
{
    struct cm_transaction *transaction;
    char path[PATH_MAX] = "", temporary[PATH_MAX + 32];
    const char *stored;
    void *data;
    size_t size;
    NTSTATUS status = cm_begin_current(false, &transaction);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_get_hive(transaction, id, &stored);
    if (NT_SUCCESS(status))
        snprintf(path, sizeof path, "%s", stored);
    cm_end(transaction, false);
    if (NT_SUCCESS(status) && !*path) /* its file was replaced */
        return STATUS_SUCCESS;
    if (NT_SUCCESS(status))
        status = cm_make_hive_file(id, true, &data, &size);
    if (!NT_SUCCESS(status))
        return status;
    snprintf(temporary, sizeof temporary, "%s.%d~", path, getpid());
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    status = fd < 0 ? io_status_from_errno(errno) : cm_write_all(fd, data, size);
    free(data);
    if (fd >= 0)
        close(fd);
    if (NT_SUCCESS(status) && rename(temporary, path) != 0)
        status = io_status_from_errno(errno);
    if (!NT_SUCCESS(status) && fd >= 0)
        unlink(temporary);
    return status;
}

/* The loaded hive that the key is in, CM_ROOT: in none. */
static uint64_t hive_of(uint64_t id)
{
    struct cm_transaction *transaction;
    struct cm_info info = {0};
    if (!NT_SUCCESS(cm_begin_current(false, &transaction)))
        return CM_ROOT;
    while (id != CM_ROOT && NT_SUCCESS(cm_get_info(transaction, id, &info, NULL, NULL)) &&
           !(info.flags & CM_KEY_HIVE))
        id = info.parent;
    cm_end(transaction, false);
    return info.flags & CM_KEY_HIVE ? id : CM_ROOT;
}

NTSTATUS cm_flush_hive(uint64_t id)
{
    uint64_t hive = hive_of(id);
    NTSTATUS status = hive == CM_ROOT ? STATUS_SUCCESS : write_back(hive);
    return NT_SUCCESS(status) ? cm_sync() : status;
}

/* ---------------------------------------------------------------- loaded hives */

static void write_all_back(void)
{
    for (struct cm_hive *hive = hives.first; hive; hive = hive->next)
        write_back(hive->id);
}

static struct cm_hive *remember(uint64_t id, bool app)
{
    struct cm_hive *hive = calloc(1, sizeof *hive);
    if (!hive)
        return NULL;
    hive->id = id;
    hive->app = app;
    pthread_mutex_lock(&hives.lock);
    hive->next = hives.first;
    hives.first = hive;
    bool first = !hives.at_exit;
    hives.at_exit = true;
    pthread_mutex_unlock(&hives.lock);
    if (first)
        ps_at_exit(write_all_back);
    return hive;
}

static void forget(uint64_t id)
{
    pthread_mutex_lock(&hives.lock);
    struct cm_hive **place = &hives.first;
    while (*place && (*place)->id != id)
        place = &(*place)->next;
    struct cm_hive *hive = *place;
    if (hive)
        *place = hive->next;
    pthread_mutex_unlock(&hives.lock);
    free(hive);
}

static NTSTATUS delete_hive(uint64_t id)
{
    struct cm_transaction *transaction;
    struct cm_info info = {0};
    NTSTATUS status = cm_begin_current(true, &transaction);
    if (!NT_SUCCESS(status))
        return status;
    cm_get_info(transaction, id, &info, NULL, NULL);
    status = cm_delete_tree(transaction, id);
    NTSTATUS end = cm_end(transaction, NT_SUCCESS(status));
    if (NT_SUCCESS(status) && NT_SUCCESS(end) && info.parent)
        cm_notify(info.parent, REG_NOTIFY_CHANGE_NAME);
    return NT_SUCCESS(status) ? end : status;
}

struct cm_hive *cm_reference_hive(struct cm_hive *hive)
{
    if (!hive)
        return NULL;
    pthread_mutex_lock(&hives.lock);
    hive->references++;
    pthread_mutex_unlock(&hives.lock);
    return hive;
}

void cm_dereference_hive(struct cm_hive *hive)
{
    if (!hive)
        return;
    pthread_mutex_lock(&hives.lock);
    bool last = --hive->references == 0;
    pthread_mutex_unlock(&hives.lock);
    if (!last)
        return;
    uint64_t id = hive->id;
    write_back(id);
    delete_hive(id);
    forget(id);
}

/* Hives of applications that were killed: \\REGISTRY\\A\\PID-N. */
struct orphans {
    struct cm_transaction *transaction;
    uint64_t ids[64];
    size_t count;
};

static bool find_orphan(void *context, uint64_t id)
{
    struct orphans *orphans = context;
    struct cm_info info;
    const WCHAR *name;
    int pid = 0;
    if (!NT_SUCCESS(cm_get_info(orphans->transaction, id, &info, &name, NULL)))
        return true;
    for (size_t i = 0; i < info.name_length / 2 && name[i] >= '0' && name[i] <= '9' && pid < 100000000; i++)
        pid = pid * 10 + (name[i] - '0');
    if (pid && kill(pid, 0) != 0 && errno == ESRCH && orphans->count < 64)
        orphans->ids[orphans->count++] = id;
    return true;
}

static NTSTATUS make_app_key(uint64_t *ret_id)
{
    static unsigned number;
    struct cm_transaction *transaction;
    uint64_t folder;
    char text[32];
    WCHAR name[32];
    NTSTATUS status = cm_begin_current(true, &transaction);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_find_key(transaction, CM_ROOT, u"A", 1, &folder);
    if (status == STATUS_OBJECT_NAME_NOT_FOUND)
        status = cm_create_key(transaction, CM_ROOT, u"A", 1, NULL, 0, 0, &folder);
    if (NT_SUCCESS(status)) {
        struct orphans orphans = {.transaction = transaction};
        cm_each_subkey(transaction, folder, find_orphan, &orphans);
        for (size_t i = 0; i < orphans.count; i++)
            cm_delete_tree(transaction, orphans.ids[i]);
        size_t length = (size_t)snprintf(text, sizeof text, "%d-%u", getpid(),
                                         __atomic_add_fetch(&number, 1, __ATOMIC_RELAXED));
        for (size_t i = 0; i < length; i++)
            name[i] = (WCHAR)text[i];
        uint64_t old; /* of an earlier process with this id */
        if (NT_SUCCESS(cm_find_key(transaction, folder, name, length, &old)))
            cm_delete_tree(transaction, old);
        status = cm_create_key(transaction, folder, name, length, NULL, 0, 0, ret_id);
    }
    NTSTATUS end = cm_end(transaction, NT_SUCCESS(status));
    return NT_SUCCESS(status) ? end : status;
}

/* Opens (or makes) the file of a hive, and its path. */
static NTSTATUS open_hive_file(const OBJECT_ATTRIBUTES *guest, int flags, char *ret_path, int *ret_fd)
{
    OBJECT_ATTRIBUTES attributes;
    WCHAR *name;
    size_t length;
    char link[64];
    NTSTATUS status = guest_read(&attributes, guest);
    if (NT_SUCCESS(status) && attributes.RootDirectory)
        status = STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(status))
        status = guest_read_unicode_string(attributes.ObjectName, &name, &length);
    if (!NT_SUCCESS(status))
        return status;
    status = io_open_unix(name, length, O_RDWR | flags, ret_fd);
    free(name);
    if (!NT_SUCCESS(status))
        return status;
    snprintf(link, sizeof link, "/proc/self/fd/%d", *ret_fd);
    ssize_t n = readlink(link, ret_path, PATH_MAX - 1);
    if (n <= 0) {
        close(*ret_fd);
        return STATUS_INVALID_PARAMETER;
    }
    ret_path[n] = 0;
    return STATUS_SUCCESS;
}

static NTSTATUS load_app_key(OBJECT_ATTRIBUTES *source, ACCESS_MASK access, HANDLE *guest_handle)
{
    char path[PATH_MAX];
    uint64_t id;
    int fd;
    if (!guest_handle)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = open_hive_file(source, 0, path, &fd);
    if (!NT_SUCCESS(status))
        return status;
    status = make_app_key(&id);
    if (NT_SUCCESS(status)) {
        status = cm_fill_key(id, fd, path);
        struct cm_hive *hive = NT_SUCCESS(status) ? remember(id, true) : NULL;
        if (NT_SUCCESS(status) && !hive)
            status = STATUS_NO_MEMORY;
        if (NT_SUCCESS(status))
            status = cm_open_hive(id, hive, access, guest_handle);
        if (!NT_SUCCESS(status)) {
            forget(id);
            delete_hive(id);
        }
    }
    close(fd);
    return status;
}

NTSTATUS NtLoadKeyEx(OBJECT_ATTRIBUTES *TargetKey, OBJECT_ATTRIBUTES *SourceFile, ULONG Flags,
                     HANDLE TrustClassKey, HANDLE Event, ACCESS_MASK DesiredAccess, HANDLE *RootHandle,
                     void *Reserved)
{
    char path[PATH_MAX];
    struct cm_key *key;
    HANDLE handle;
    ULONG disposition;
    int fd;
    (void)TrustClassKey, (void)Event, (void)Reserved;
    if (Flags & APP_HIVE)
        return load_app_key(SourceFile, DesiredAccess, RootHandle);
    if (!cm_has_privilege(RESTORE_PRIVILEGE))
        return STATUS_PRIVILEGE_NOT_HELD;
    NTSTATUS status = open_hive_file(SourceFile, 0, path, &fd);
    if (!NT_SUCCESS(status))
        return status;
    status = NtCreateKey(&handle, KEY_ALL_ACCESS, TargetKey, 0, NULL, 0, &disposition);
    if (!NT_SUCCESS(status)) {
        close(fd);
        return status;
    }
    if (disposition != REG_CREATED_NEW_KEY) {
        status = STATUS_OBJECT_NAME_COLLISION;
    } else if (NT_SUCCESS(status = cm_lookup_plain(handle, 0, &key))) {
        status = cm_fill_key(key->id, fd, path);
        if (!NT_SUCCESS(status))
            delete_hive(key->id);
        else if (!remember(key->id, false))
            status = STATUS_NO_MEMORY;
        ob_dereference(key);
    }
    ob_handle_close(handle);
    close(fd);
    return status;
}

/* As NtLoadKeyEx, with the odd arguments in a list. */
NTSTATUS NtLoadKey3(OBJECT_ATTRIBUTES *TargetKey, OBJECT_ATTRIBUTES *SourceFile, ULONG Flags,
                    void *ExtendedParameters, ULONG ExtendedParameterCount, ACCESS_MASK DesiredAccess,
                    HANDLE *RootHandle, void *Reserved)
{
    enum { TRUST_CLASS_KEY = 1, EVENT, FILE_ACCESS_TOKEN };
    struct parameter {
        uint64_t type, value;
    } parameter;
    HANDLE trust_class = NULL, event = NULL;
    for (ULONG i = 0; i < ExtendedParameterCount; i++) {
        NTSTATUS status = guest_read(&parameter, (struct parameter *)ExtendedParameters + i);
        if (!NT_SUCCESS(status))
            return status;
        switch (parameter.type & 0xff) {
        case TRUST_CLASS_KEY: trust_class = (HANDLE)parameter.value; break;
        case EVENT: event = (HANDLE)parameter.value; break;
        case FILE_ACCESS_TOKEN: break; /* there is one user */
        default: return STATUS_INVALID_PARAMETER;
        }
    }
    return NtLoadKeyEx(TargetKey, SourceFile, Flags, trust_class, event, DesiredAccess, RootHandle, Reserved);
}

NTSTATUS NtLoadKey2(OBJECT_ATTRIBUTES *TargetKey, OBJECT_ATTRIBUTES *SourceFile, ULONG Flags)
{
    return NtLoadKeyEx(TargetKey, SourceFile, Flags & ~(ULONG)APP_HIVE, NULL, NULL, 0, NULL, NULL);
}

NTSTATUS NtLoadKey(OBJECT_ATTRIBUTES *TargetKey, OBJECT_ATTRIBUTES *SourceFile)
{
    return NtLoadKey2(TargetKey, SourceFile, 0);
}

NTSTATUS NtUnloadKey2(OBJECT_ATTRIBUTES *TargetKey, ULONG Flags)
{
    struct cm_key *key;
    HANDLE handle;
    (void)Flags;
    if (!cm_has_privilege(RESTORE_PRIVILEGE))
        return STATUS_PRIVILEGE_NOT_HELD;
    NTSTATUS status = NtOpenKey(&handle, KEY_READ, TargetKey);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_lookup_plain(handle, 0, &key);
    if (NT_SUCCESS(status)) {
        status = hive_of(key->id) == key->id ? write_back(key->id) : STATUS_INVALID_PARAMETER;
        if (NT_SUCCESS(status)) {
            status = delete_hive(key->id);
            forget(key->id);
        }
        ob_dereference(key);
    }
    ob_handle_close(handle);
    return status;
}

NTSTATUS NtUnloadKey(OBJECT_ATTRIBUTES *TargetKey)
{
    return NtUnloadKey2(TargetKey, 0);
}

NTSTATUS NtUnloadKeyEx(OBJECT_ATTRIBUTES *TargetKey, HANDLE Event)
{
    NTSTATUS status = NtUnloadKey2(TargetKey, 0);
    if (NT_SUCCESS(status) && Event)
        status = NtSetEvent(Event, NULL);
    return status;
}

/* ---------------------------------------------------------------- replaced */

/* The file of the hive whose root the key is, and from now on none: what it has in memory is not written any
 * more. */
static NTSTATUS take_file(uint64_t id, char *ret_path)
{
    struct cm_transaction *transaction;
    const char *stored;
    NTSTATUS status = cm_begin_current(true, &transaction);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_get_hive(transaction, id, &stored);
    if (NT_SUCCESS(status))
        snprintf(ret_path, PATH_MAX, "%s", stored);
    if (status == STATUS_OBJECT_NAME_NOT_FOUND || (NT_SUCCESS(status) && !*ret_path))
        status = STATUS_INVALID_PARAMETER; /* not the root of a hive that has a file */
    if (NT_SUCCESS(status))
        status = cm_set_hive(transaction, id, "");
    NTSTATUS end = cm_end(transaction, NT_SUCCESS(status));
    return NT_SUCCESS(status) ? end : status;
}

static NTSTATUS copy_file(const char *from, const char *to, bool fresh)
{
    char buffer[65536];
    NTSTATUS status = STATUS_SUCCESS;
    ssize_t n = 0;
    int source = open(from, O_RDONLY | O_CLOEXEC);
    if (source < 0)
        return io_status_from_errno(errno);
    int target = open(to, O_WRONLY | O_CREAT | O_CLOEXEC | (fresh ? O_EXCL : O_TRUNC), 0600);
    if (target < 0)
        status = io_status_from_errno(errno);
    while (NT_SUCCESS(status) && (n = read(source, buffer, sizeof buffer)) > 0)
        status = cm_write_all(target, (uint8_t *)buffer, (size_t)n);
    if (NT_SUCCESS(status) && n < 0)
        status = io_status_from_errno(errno);
    if (target >= 0)
        close(target);
    close(source);
    return status;
}

NTSTATUS NtReplaceKey(OBJECT_ATTRIBUTES *NewFile, HANDLE TargetHandle, OBJECT_ATTRIBUTES *OldFile)
{
    char path[PATH_MAX], fresh[PATH_MAX], old[PATH_MAX];
    struct cm_key *key;
    int fd;
    if (!cm_has_privilege(RESTORE_PRIVILEGE))
        return STATUS_PRIVILEGE_NOT_HELD;
    NTSTATUS status = cm_lookup_plain(TargetHandle, 0, &key);
    if (!NT_SUCCESS(status))
        return status;
    status = open_hive_file(NewFile, 0, fresh, &fd);
    if (NT_SUCCESS(status)) {
        close(fd);
        status = open_hive_file(OldFile, O_CREAT | O_EXCL, old, &fd); /* it must not be there */
    }
    if (NT_SUCCESS(status)) {
        close(fd);
        status = write_back(key->id);
        if (status == STATUS_OBJECT_NAME_NOT_FOUND)
            status = STATUS_INVALID_PARAMETER;
        if (NT_SUCCESS(status))
            status = take_file(key->id, path);
        if (NT_SUCCESS(status))
            status = rename(path, old) == 0 ? STATUS_SUCCESS : copy_file(path, old, false);
        if (NT_SUCCESS(status))
            status = copy_file(fresh, path, false);
        if (!NT_SUCCESS(status))
            unlink(old);
    }
    ob_dereference(key);
    return status;
}
