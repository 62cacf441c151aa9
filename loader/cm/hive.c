/*
 * Which store is in force: the installation's system hive until something is written, then the
 * user's own copy of it, brought up to date when the system hive is newer.
 */
#include "cm/cm.h"
#include "io/io.h"
#include "io/system.h"
#include "mm/guest.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    pthread_mutex_t lock; /* guards the opening of stores; outermost in cm */
    struct cm_store *system, *user;
} hive = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The number is that of the store's format. */
static NTSTATUS user_path(bool create, char *ret_path, size_t size)
{
    const char *state = io_state_directory(create);
    if (!state)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    return (size_t)snprintf(ret_path, size, "%s/registry-2.mdb", state) < size ? STATUS_SUCCESS
                                                                               : STATUS_NAME_TOO_LONG;
}

/* A copy appears whole or not at all: it is written beside and linked into place; who comes second
 * uses the first one's. */
static NTSTATUS copy_system_hive(const char *path)
{
    char temporary[4200], buffer[65536];
    snprintf(temporary, sizeof temporary, "%s.%d", path, getpid());
    int from = open(io_system_file("registry.mdb"), O_RDONLY | O_CLOEXEC);
    int to = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    NTSTATUS status = from < 0 ? STATUS_OBJECT_NAME_NOT_FOUND
                      : to < 0 ? STATUS_ACCESS_DENIED
                               : STATUS_SUCCESS;
    ssize_t n = 0;
    while (NT_SUCCESS(status) && (n = read(from, buffer, sizeof buffer)) > 0)
        if (write(to, buffer, (size_t)n) != n)
            status = STATUS_DISK_FULL;
    if (NT_SUCCESS(status) && n < 0)
        status = STATUS_REGISTRY_IO_FAILED;
    if (NT_SUCCESS(status) && link(temporary, path) != 0 && errno != EEXIST)
        status = STATUS_ACCESS_DENIED;
    if (to >= 0) {
        unlink(temporary);
        close(to);
    }
    if (from >= 0)
        close(from);
    return status;
}

struct merge {
    struct cm_transaction *from, *to;
    uint64_t target;
    NTSTATUS status;
};

static bool merge_value(void *context, const struct cm_value *value, const WCHAR *name, const void *data)
{
    struct merge *merge = context;
    struct cm_value old;
    NTSTATUS status = cm_get_value(merge->to, merge->target, name, value->name_length / 2, &old, NULL, NULL);
    if (!NT_SUCCESS(status) || old.flags & CM_FROM_SYSTEM)
        merge->status = cm_set_value(merge->to, merge->target, name, value->name_length / 2, value->type,
                                     value->flags | CM_FROM_SYSTEM, data, value->data_length);
    return NT_SUCCESS(merge->status);
}

static NTSTATUS merge_key(struct cm_transaction *from, uint64_t source, struct cm_transaction *to,
                          uint64_t target);

static bool merge_subkey(void *context, uint64_t id)
{
    struct merge *merge = context;
    struct cm_info info;
    const WCHAR *name, *class;
    uint64_t child;
    merge->status = cm_get_info(merge->from, id, &info, &name, &class);
    if (!NT_SUCCESS(merge->status))
        return false;
    merge->status = cm_find_key(merge->to, merge->target, name, info.name_length / 2, &child);
    if (merge->status == STATUS_OBJECT_NAME_NOT_FOUND)
        merge->status = cm_create_key(merge->to, merge->target, name, info.name_length / 2, class,
                                      info.class_length / 2, info.flags, &child);
    if (NT_SUCCESS(merge->status))
        merge->status = merge_key(merge->from, id, merge->to, child);
    return NT_SUCCESS(merge->status);
}

/* Adds what the newer system hive has and the user's copy lacks, and updates what the user never
 * changed. */
static NTSTATUS merge_key(struct cm_transaction *from, uint64_t source, struct cm_transaction *to,
                          uint64_t target)
{
    struct merge merge = {from, to, target, STATUS_SUCCESS};
    cm_each_value(from, source, merge_value, &merge);
    if (NT_SUCCESS(merge.status))
        cm_each_subkey(from, source, merge_subkey, &merge);
    return merge.status;
}

/* The version is a checksum of the hive's text, kept as a value of the root key. */
static bool same_version(struct cm_transaction *a, struct cm_transaction *b)
{
    struct cm_value first, second;
    const void *first_data, *second_data;
    return NT_SUCCESS(cm_get_value(a, CM_ROOT, u"HiveVersion", 11, &first, NULL, &first_data)) &&
           NT_SUCCESS(cm_get_value(b, CM_ROOT, u"HiveVersion", 11, &second, NULL, &second_data)) &&
           first.data_length == second.data_length && memcmp(first_data, second_data, first.data_length) == 0;
}

static NTSTATUS bring_up_to_date(void)
{
    struct cm_transaction *system, *user;
    NTSTATUS status = cm_begin(hive.system, false, &system);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_begin(hive.user, false, &user);
    if (NT_SUCCESS(status)) {
        bool same = same_version(system, user);
        cm_end(user, false);
        if (!same && NT_SUCCESS(status = cm_begin(hive.user, true, &user))) {
            status = merge_key(system, CM_ROOT, user, CM_ROOT);
            NTSTATUS end = cm_end(user, NT_SUCCESS(status));
            status = NT_SUCCESS(status) ? end : status;
        }
    }
    cm_end(system, false);
    return status;
}

/* With the lock held. */
static NTSTATUS open_stores(bool write)
{
    NTSTATUS status;
    char path[4096];
    if (!hive.system) {
        struct cm_store *system;
        status = cm_store_open(io_system_file("registry.mdb"), true, false, &system);
        if (!NT_SUCCESS(status))
            return status;
        __atomic_store_n(&hive.system, system, __ATOMIC_RELEASE);
    }
    if (hive.user)
        return STATUS_SUCCESS;
    status = user_path(write, path, sizeof path);
    if (!NT_SUCCESS(status))
        return write ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
    if (access(path, F_OK) != 0) {
        if (!write)
            return STATUS_SUCCESS;
        status = copy_system_hive(path);
        if (!NT_SUCCESS(status))
            return status;
    }
    struct cm_store *store;
    status = cm_store_open(path, false, false, &store);
    if (status == STATUS_ACCESS_DENIED) { /* a home that is read-only can still be read */
        status = cm_store_open(path, true, false, &store);
        if (NT_SUCCESS(status))
            __atomic_store_n(&hive.user, store, __ATOMIC_RELEASE);
        return status;
    }
    if (!NT_SUCCESS(status))
        return status;
    __atomic_store_n(&hive.user, store, __ATOMIC_RELEASE);
    return bring_up_to_date();
}

static struct cm_store *current_store(void)
{
    struct cm_store *user = __atomic_load_n(&hive.user, __ATOMIC_ACQUIRE);
    return user ? user : hive.system;
}

struct cm_store *cm_user_store(void)
{
    return __atomic_load_n(&hive.user, __ATOMIC_ACQUIRE);
}

struct cm_store *cm_peek_store(void)
{
    char path[4096];
    struct cm_store *store = cm_user_store();
    if (!store && (store = __atomic_load_n(&hive.system, __ATOMIC_ACQUIRE)) &&
        NT_SUCCESS(user_path(false, path, sizeof path)) && access(path, F_OK) == 0)
        store = NULL; /* it has just been made */
    return store;
}

NTSTATUS cm_writable_store(struct cm_store **ret_store)
{
    if (!cm_user_store()) {
        pthread_mutex_lock(&hive.lock);
        NTSTATUS status = open_stores(true);
        pthread_mutex_unlock(&hive.lock);
        if (!NT_SUCCESS(status))
            return status;
    }
    *ret_store = cm_user_store();
    return STATUS_SUCCESS;
}

NTSTATUS cm_begin_current(bool write, struct cm_transaction **ret_transaction)
{
    if (!__atomic_load_n(&hive.user, __ATOMIC_ACQUIRE)) {
        pthread_mutex_lock(&hive.lock);
        NTSTATUS status = open_stores(write);
        pthread_mutex_unlock(&hive.lock);
        if (!NT_SUCCESS(status))
            return status;
    }
    return cm_begin(current_store(), write, ret_transaction);
}

NTSTATUS cm_sync(void)
{
    struct cm_store *user = __atomic_load_n(&hive.user, __ATOMIC_ACQUIRE);
    return user ? cm_store_sync(user) : STATUS_SUCCESS;
}

NTSTATUS cm_read_name(const UNICODE_STRING *guest, size_t limit, WCHAR **ret_name, size_t *ret_length)
{
    if (!guest) {
        *ret_name = NULL;
        *ret_length = 0;
        return STATUS_SUCCESS;
    }
    NTSTATUS status = guest_read_unicode_string(guest, ret_name, ret_length);
    if (NT_SUCCESS(status) && *ret_length > limit) {
        free(*ret_name);
        *ret_name = NULL;
        return STATUS_INVALID_PARAMETER;
    }
    return status;
}

NTSTATUS cm_reply(void *guest, ULONG length, ULONG *guest_result, size_t fixed, const struct cm_piece *pieces,
                  size_t count)
{
    size_t whole = fixed;
    for (size_t i = 0; i < count; i++)
        if (pieces[i].size && pieces[i].offset + pieces[i].size > whole)
            whole = pieces[i].offset + pieces[i].size;
    ULONG result = (ULONG)whole;
    NTSTATUS status = guest_write(guest_result, result);
    if (!NT_SUCCESS(status))
        return status;
    if (length < fixed)
        return STATUS_BUFFER_TOO_SMALL;
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].offset >= length || !pieces[i].size)
            continue;
        size_t size = pieces[i].size < length - pieces[i].offset ? pieces[i].size : length - pieces[i].offset;
        status = guest_copy((uint8_t *)guest + pieces[i].offset, pieces[i].data, size);
        if (!NT_SUCCESS(status))
            return status;
    }
    return length < whole ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}
