/*
 * Paths in the registry (see path.h).
 */
#include "cm/path.h"
#include "cm/view.h"
#include "ps/token.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LINKS = 16, MAX_DEPTH = 512, SID_TEXT = 192 };

static bool equals(const WCHAR *name, size_t length, const char *ascii)
{
    size_t i = 0;
    for (; i < length && ascii[i]; i++)
        if (cm_fold(name[i]) != cm_fold((WCHAR)ascii[i]))
            return false;
    return i == length && !ascii[i];
}

/* ---------------------------------------------------------------- the user's key */

/* The user's SID as text, made once; two threads at a time write the same. */
static const WCHAR *user_name(size_t *ret_length)
{
    static WCHAR name[SID_TEXT];
    static size_t length;
    if (!__atomic_load_n(&length, __ATOMIC_ACQUIRE)) {
        char text[SID_TEXT];
        const uint8_t *sid = ps_user_sid();
        uint64_t authority = 0;
        for (int i = 2; i < 8; i++)
            authority = authority << 8 | sid[i];
        int n = snprintf(text, sizeof text, "S-%u-%llu", sid[0], (unsigned long long)authority);
        for (int i = 0; i < sid[1]; i++) {
            uint32_t part;
            memcpy(&part, sid + 8 + 4 * i, sizeof part);
            n += snprintf(text + n, sizeof text - (size_t)n, "-%u", part);
        }
        for (int i = 0; i < n; i++)
            name[i] = (WCHAR)text[i];
        __atomic_store_n(&length, (size_t)n, __ATOMIC_RELEASE);
    }
    *ret_length = length;
    return name;
}

/* \REGISTRY\USER\<SID of the user> is the one user key of the store, which has a fixed name there;
 * <SID>_Classes is its Software\Classes. 0: the name is another one. */
static uint64_t alias_of_user(const WCHAR *name, size_t length)
{
    size_t user_length;
    if (length < 2 || cm_fold(name[0]) != 'S' || name[1] != '-')
        return 0;
    const WCHAR *user = user_name(&user_length);
    if (length < user_length)
        return 0;
    for (size_t i = 0; i < user_length; i++)
        if (cm_fold(name[i]) != user[i])
            return 0;
    if (length == user_length)
        return CM_CURRENT_USER;
    return equals(name + user_length, length - user_length, "_Classes") ? CM_USER_CLASSES : 0;
}

void cm_shown_name(uint64_t id, const WCHAR *name, size_t length, const WCHAR **ret_name, size_t *ret_length)
{
    if (id == CM_CURRENT_USER) {
        *ret_name = user_name(ret_length);
    } else {
        *ret_name = name;
        *ret_length = length;
    }
}

/* ---------------------------------------------------------------- walking */

static NTSTATUS read_link(struct cm_transaction *transaction, uint64_t id, WCHAR **ret_target,
                          size_t *ret_length)
{
    struct cm_value value;
    const void *data;
    NTSTATUS status = cm_get_value(transaction, id, u"SymbolicLinkValue", 17, &value, NULL, &data);
    if (!NT_SUCCESS(status))
        return status;
    WCHAR *target = malloc(value.data_length + sizeof *target);
    if (!target)
        return STATUS_NO_MEMORY;
    memcpy(target, data, value.data_length);
    *ret_length = value.data_length / sizeof *target;
    *ret_target = target;
    return STATUS_SUCCESS;
}

/* Puts the link's target in the place of the path up to `end`: a new path, from the root. */
static NTSTATUS follow_link(struct cm_transaction *transaction, uint64_t link, const WCHAR **path,
                            size_t *length, size_t end, struct cm_walk *walk)
{
    WCHAR *target;
    size_t target_length, rest = *length - end;
    NTSTATUS status = read_link(transaction, link, &target, &target_length);
    if (!NT_SUCCESS(status))
        return status;
    WCHAR *whole = realloc(target, (target_length + rest + 1) * sizeof *whole);
    if (!whole) {
        free(target);
        return STATUS_NO_MEMORY;
    }
    memcpy(whole + target_length, *path + end, rest * sizeof *whole);
    free(walk->link_path);
    walk->link_path = whole;
    *path = whole;
    *length = target_length + rest;
    return STATUS_SUCCESS;
}

static bool is_last(const WCHAR *path, size_t length, size_t end)
{
    while (end < length && path[end] == '\\')
        end++;
    return end == length;
}

NTSTATUS cm_walk(struct cm_transaction *transaction, uint64_t root, const WCHAR *path, size_t length,
                 ACCESS_MASK access, bool open_link, struct cm_walk *walk)
{
    uint64_t id = root;
    unsigned links = 0;
    size_t at = 0, depth = 0;
    bool narrow = cm_view(access) == KEY_WOW64_32KEY;
    *walk = (struct cm_walk){.id = root, .parent = root};
    if (root == CM_ROOT && length && path[0] == '\\') {
        if (length < 9 || !equals(path, 9, "\\REGISTRY") || (length > 9 && path[9] != '\\'))
            return STATUS_OBJECT_PATH_SYNTAX_BAD;
        at = 9;
    }
    for (;;) {
        while (at < length && path[at] == '\\')
            at++;
        if (narrow && length)
            id = cm_view_redirect(transaction, id, path + at, length - at);
        if (at >= length)
            break;
        size_t end = at;
        while (end < length && path[end] != '\\')
            end++;
        const WCHAR *name = path + at;
        size_t name_length = end - at;
        if (name_length > CM_MAX_NAME || ++depth > MAX_DEPTH)
            return STATUS_INVALID_PARAMETER;
        uint64_t child;
        uint32_t flags = 0;
        NTSTATUS status = STATUS_SUCCESS;
        if (id != CM_USER || !(child = alias_of_user(name, name_length)))
            status = cm_find_subkey(transaction, id, name, name_length, &child, &flags);
        if (!NT_SUCCESS(status)) {
            if (is_last(path, length, end)) {
                walk->parent = id;
                walk->last = name;
                walk->last_length = name_length;
            }
            return status;
        }
        if (flags & CM_KEY_LINK && !(open_link && is_last(path, length, end))) {
            if (++links > MAX_LINKS) /* they go round in circles */
                return STATUS_OBJECT_NAME_NOT_FOUND;
            status = follow_link(transaction, child, &path, &length, end, walk);
            if (!NT_SUCCESS(status))
                return status;
            id = CM_ROOT;
            at = length >= 9 && equals(path, 9, "\\REGISTRY") ? 9 : 0;
            continue;
        }
        walk->parent = id;
        id = child;
        at = end;
    }
    walk->id = id;
    return STATUS_SUCCESS;
}

NTSTATUS cm_walk_now(uint64_t root, const WCHAR *path, size_t length, ACCESS_MASK access, bool open_link,
                     struct cm_walk *walk, uint64_t *ret_generation)
{
    struct cm_transaction *transaction;
    struct cm_store *store = cm_peek_store();
    if (store && NT_SUCCESS(cm_begin_peek(store, &transaction))) {
        NTSTATUS status = cm_walk(transaction, root, path, length, access, open_link, walk);
        bool failed = cm_peek_failed(transaction) || (NT_SUCCESS(status) && walk->id == root);
        *ret_generation = cm_generation(transaction);
        cm_end(transaction, false);
        if (!failed)
            return status;
        free(walk->link_path);
    }
    NTSTATUS status = cm_begin_current(false, &transaction);
    if (!NT_SUCCESS(status)) {
        *walk = (struct cm_walk){0};
        return status;
    }
    status = cm_walk(transaction, root, path, length, access, open_link, walk);
    *ret_generation = cm_generation(transaction);
    struct cm_info info;
    if (NT_SUCCESS(status) && walk->id == root &&
        cm_get_info(transaction, root, &info, NULL, NULL) == STATUS_OBJECT_NAME_NOT_FOUND)
        status = STATUS_KEY_DELETED;
    cm_end(transaction, false);
    return status;
}

WCHAR *cm_full_name(struct cm_transaction *transaction, uint64_t id, size_t *ret_bytes)
{
    static const WCHAR root[] = u"\\REGISTRY";
    size_t room = 512, at = room; /* the path is written from its end */
    WCHAR *path = malloc(room * sizeof *path);
    if (!path)
        return NULL;
    for (bool is_root = false; !is_root;) {
        struct cm_info info;
        const WCHAR *name = root;
        size_t length = sizeof root / sizeof *root - 1;
        is_root = id == CM_ROOT || !NT_SUCCESS(cm_get_info(transaction, id, &info, &name, NULL));
        if (is_root)
            name = root;
        else
            cm_shown_name(id, name, info.name_length / 2, &name, &length);
        if (length + 1 > at) {
            size_t used = room - at;
            WCHAR *longer = malloc(room * 2 * sizeof *longer);
            if (!longer) {
                free(path);
                return NULL;
            }
            memcpy(longer + room * 2 - used, path + at, used * sizeof *path);
            free(path);
            path = longer;
            at = room * 2 - used;
            room *= 2;
        }
        at -= length;
        memcpy(path + at, name, length * sizeof *path);
        if (!is_root) {
            path[--at] = '\\';
            id = info.parent;
        }
    }
    *ret_bytes = (room - at) * sizeof *path;
    memmove(path, path + at, *ret_bytes);
    return path;
}
