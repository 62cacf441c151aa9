/*
 * Keys to files and back: saving, restoring, merging.
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

enum { WHOLE_HIVE_VOLATILE = 1, REFRESH_HIVE = 2, NO_LAZY_FLUSH = 4, FORCE_RESTORE = 8 };
enum { STANDARD_FORMAT = 1, LATEST_FORMAT = 2, NO_COMPRESSION = 4 };

bool cm_has_privilege(uint32_t luid)
{
    ke_lock();
    struct ps_token *token = ke_self->thread->impersonation;
    bool held = ps_token_has_privilege(token ? token : ps_process_token(), luid);
    ke_unlock();
    return held;
}

/* ---------------------------------------------------------------- to a file */

NTSTATUS cm_write_all(int fd, const uint8_t *data, size_t size)
{
    while (size) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? io_status_from_errno(errno) : STATUS_DISK_FULL;
        data += n;
        size -= (size_t)n;
    }
    return STATUS_SUCCESS;
}

NTSTATUS cm_make_hive_file(uint64_t id, bool latest, void **ret_data, size_t *ret_size)
{
    struct cm_transaction *transaction;
    NTSTATUS status = cm_begin_current(false, &transaction);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_regf_write(transaction, id, latest, ret_data, ret_size);
    cm_end(transaction, false);
    return status == STATUS_OBJECT_NAME_NOT_FOUND ? STATUS_KEY_DELETED : status;
}

NTSTATUS NtSaveKeyEx(HANDLE KeyHandle, HANDLE FileHandle, ULONG Format)
{
    struct cm_key *key;
    void *data;
    size_t size;
    int fd;
    if (Format != STANDARD_FORMAT && Format != LATEST_FORMAT && Format != NO_COMPRESSION)
        return STATUS_INVALID_PARAMETER;
    if (!cm_has_privilege(BACKUP_PRIVILEGE))
        return STATUS_PRIVILEGE_NOT_HELD;
    NTSTATUS status = cm_lookup_plain(KeyHandle, 0, &key);
    if (!NT_SUCCESS(status))
        return status;
    status = io_file_descriptor(FileHandle, FILE_WRITE_DATA, &fd);
    if (NT_SUCCESS(status)) {
        status = cm_make_hive_file(key->id, Format != STANDARD_FORMAT, &data, &size);
        if (NT_SUCCESS(status)) {
            lseek(fd, 0, SEEK_SET);
            status = cm_write_all(fd, data, size);
            free(data);
        }
        close(fd);
    }
    ob_dereference(key);
    return status;
}

NTSTATUS NtSaveKey(HANDLE KeyHandle, HANDLE FileHandle)
{
    return NtSaveKeyEx(KeyHandle, FileHandle, STANDARD_FORMAT);
}

/* ---------------------------------------------------------------- from a file */

static NTSTATUS read_file(int fd, void **ret_data, size_t *ret_size)
{
    struct stat stat;
    if (fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode) || stat.st_size > 0x7fffffff)
        return STATUS_INVALID_PARAMETER;
    uint8_t *data = malloc((size_t)stat.st_size + 8);
    size_t at = 0;
    if (!data)
        return STATUS_NO_MEMORY;
    while (at < (size_t)stat.st_size) {
        ssize_t n = pread(fd, data + at, (size_t)stat.st_size - at, (off_t)at);
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    *ret_data = data;
    *ret_size = at;
    return STATUS_SUCCESS;
}

NTSTATUS cm_fill_key(uint64_t id, int fd, const char *path)
{
    struct cm_transaction *transaction;
    void *data;
    size_t size;
    NTSTATUS status = read_file(fd, &data, &size);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_begin_current(true, &transaction);
    if (NT_SUCCESS(status)) {
        status = cm_clear_key(transaction, id);
        if (NT_SUCCESS(status) && (size || !path)) /* a new hive begins with an empty file */
            status = cm_regf_read(transaction, id, data, size);
        if (NT_SUCCESS(status) && path)
            status = cm_set_hive(transaction, id, path);
        NTSTATUS end = cm_end(transaction, NT_SUCCESS(status));
        status = NT_SUCCESS(status) ? end : status;
    }
    free(data);
    return status == STATUS_OBJECT_NAME_NOT_FOUND ? STATUS_KEY_DELETED : status;
}

NTSTATUS NtRestoreKey(HANDLE KeyHandle, HANDLE FileHandle, ULONG Flags)
{
    struct cm_key *key;
    int fd;
    if (Flags & ~(ULONG)(WHOLE_HIVE_VOLATILE | REFRESH_HIVE | NO_LAZY_FLUSH | FORCE_RESTORE))
        return STATUS_INVALID_PARAMETER;
    if (!cm_has_privilege(RESTORE_PRIVILEGE))
        return STATUS_PRIVILEGE_NOT_HELD;
    NTSTATUS status = cm_lookup_plain(KeyHandle, 0, &key);
    if (!NT_SUCCESS(status))
        return status;
    status = io_file_descriptor(FileHandle, FILE_READ_DATA, &fd);
    if (NT_SUCCESS(status)) {
        status = cm_fill_key(key->id, fd, NULL);
        close(fd);
        if (NT_SUCCESS(status))
            cm_notify(key->id, REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET);
    }
    ob_dereference(key);
    return status;
}

/* ---------------------------------------------------------------- merged */

/* Merges in a transaction that is not committed. */
static NTSTATUS merge_keys(uint64_t high, uint64_t low, void **ret_data, size_t *ret_size)
{
    struct cm_transaction *transaction;
    uint64_t both;
    NTSTATUS status = cm_begin_current(true, &transaction);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_create_key(transaction, CM_ROOT, u"merged", 6, NULL, 0, 0, &both);
    if (NT_SUCCESS(status))
        status = cm_copy_tree(transaction, low, both);
    if (NT_SUCCESS(status))
        status = cm_copy_tree(transaction, high, both);
    if (NT_SUCCESS(status))
        status = cm_regf_write(transaction, both, false, ret_data, ret_size);
    cm_end(transaction, false);
    return status == STATUS_OBJECT_NAME_NOT_FOUND ? STATUS_KEY_DELETED : status;
}

NTSTATUS NtSaveMergedKeys(HANDLE HighPrecedenceKeyHandle, HANDLE LowPrecedenceKeyHandle, HANDLE FileHandle)
{
    struct cm_key *high, *low;
    void *data;
    size_t size;
    int fd;
    if (!cm_has_privilege(BACKUP_PRIVILEGE))
        return STATUS_PRIVILEGE_NOT_HELD;
    NTSTATUS status = cm_lookup_plain(HighPrecedenceKeyHandle, 0, &high);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_lookup_plain(LowPrecedenceKeyHandle, 0, &low);
    if (!NT_SUCCESS(status)) {
        ob_dereference(high);
        return status;
    }
    status = io_file_descriptor(FileHandle, FILE_WRITE_DATA, &fd);
    if (NT_SUCCESS(status)) {
        status = merge_keys(high->id, low->id, &data, &size);
        if (NT_SUCCESS(status)) {
            lseek(fd, 0, SEEK_SET);
            status = cm_write_all(fd, data, size);
            free(data);
        }
        close(fd);
    }
    ob_dereference(low);
    ob_dereference(high);
    return status;
}
