/*
 * BeginUpdateResource to EndUpdateResource: the list of resources is changed in memory, and written at the
 * end.
 */
#include "update_resource.h"

WCHAR NTAPI RtlUpcaseUnicodeChar(WCHAR c); /* ntdll */

#define UPDATE_MAGIC 0x52574745

void *update_allocate(SIZE_T size)
{
    void *block = RtlAllocateHeap(process_heap(), HEAP_ZERO_MEMORY, size);
    if (!block)
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return block;
}

void update_free_key(ULONG_PTR key)
{
    if (!IS_INTRESOURCE(key))
        release((void *)key);
}

BOOL update_copy_key(const WCHAR *key, DWORD length, ULONG_PTR *ret_key)
{
    if (IS_INTRESOURCE(key)) {
        *ret_key = (ULONG_PTR)key;
        return TRUE;
    }
    if (length && key[0] == '#') {
        ULONG value = 0;
        for (DWORD i = 1; i < length && key[i] >= '0' && key[i] <= '9'; i++)
            value = value * 10 + (key[i] - '0');
        *ret_key = value & 0xffff;
        return TRUE;
    }
    WCHAR *copy = update_allocate((length + 1) * sizeof(WCHAR));
    if (!copy)
        return FALSE;
    for (DWORD i = 0; i < length; i++)
        copy[i] = RtlUpcaseUnicodeChar(key[i]);
    *ret_key = (ULONG_PTR)copy;
    return TRUE;
}

/* Strings before integers, each ascending. */
int update_compare_keys(ULONG_PTR a, ULONG_PTR b)
{
    const WCHAR *s = (const WCHAR *)a, *t = (const WCHAR *)b;
    if (IS_INTRESOURCE(a) != IS_INTRESOURCE(b))
        return IS_INTRESOURCE(a) ? 1 : -1;
    if (IS_INTRESOURCE(a))
        return a < b ? -1 : a > b;
    while (*s && *s == *t)
        s++, t++;
    return (int)*s - (int)*t;
}

static int compare_items(const struct item *a, const struct item *b)
{
    int order = update_compare_keys(a->type, b->type);
    if (!order)
        order = update_compare_keys(a->name, b->name);
    return order ? order : (int)a->language - (int)b->language;
}

void update_free_item(struct item *item)
{
    update_free_key(item->type);
    update_free_key(item->name);
    release(item->data);
    release(item);
}

/* Puts the item in its place, instead of one with the same identity; data NULL deletes that one.
 * Owns the item. FALSE: nothing was there to delete. */
BOOL update_set_item(struct update *update, struct item *item)
{
    struct item **place = &update->items;
    while (*place && compare_items(*place, item) < 0)
        place = &(*place)->next;
    BOOL same = *place && !compare_items(*place, item);
    if (same) {
        struct item *old = *place;
        *place = old->next;
        update_free_item(old);
    }
    if (!item->data) {
        update_free_item(item);
        return same;
    }
    item->next = *place;
    *place = item;
    return TRUE;
}

static void close_update(struct update *update)
{
    while (update->items) {
        struct item *item = update->items;
        update->items = item->next;
        update_free_item(item);
    }
    if (update->file != INVALID_HANDLE_VALUE)
        NtClose(update->file);
    release(update->image);
    update->magic = 0;
    release(update);
}

static BOOL read_file(struct update *update)
{
    LARGE_INTEGER size;
    DWORD done = 0, got;
    if (!GetFileSizeEx(update->file, &size))
        return FALSE;
    if (size.QuadPart > 0x7fffffff) {
        SetLastError(ERROR_FILE_INVALID);
        return FALSE;
    }
    update->size = (DWORD)size.QuadPart;
    update->image = update_allocate(update->size + 1);
    if (!update->image)
        return FALSE;
    while (done < update->size) {
        if (!ReadFile(update->file, update->image + done, update->size - done, &got, NULL))
            return FALSE;
        if (!got)
            break;
        done += got;
    }
    update->size = done;
    return TRUE;
}

HANDLE WINAPI BeginUpdateResourceW(LPCWSTR name, BOOL delete_existing)
{
    struct update *update = update_allocate(sizeof *update);
    if (!update)
        return NULL;
    update->magic = UPDATE_MAGIC;
    update->file = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (update->file == INVALID_HANDLE_VALUE || !read_file(update)) {
        close_update(update);
        return NULL;
    }
    if (!update_is_image(update) || (!delete_existing && !update_read_items(update))) {
        close_update(update);
        SetLastError(ERROR_BAD_EXE_FORMAT);
        return NULL;
    }
    return update;
}

HANDLE WINAPI BeginUpdateResourceA(LPCSTR name, BOOL delete_existing)
{
    WCHAR *wide;
    HANDLE result;
    if (!ansi_to_wide(name, &wide))
        return NULL;
    result = BeginUpdateResourceW(wide, delete_existing);
    free_wide(wide);
    return result;
}

/* data NULL with size 0 deletes the resource. */
BOOL WINAPI UpdateResourceW(HANDLE handle, LPCWSTR type, LPCWSTR name, WORD language, LPVOID data, DWORD size)
{
    struct update *update = handle;
    struct item *item;
    if (!update || update->magic != UPDATE_MAGIC || (!data && size)) {
        SetLastError(!update || update->magic != UPDATE_MAGIC ? ERROR_INVALID_HANDLE
                                                              : ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    item = update_allocate(sizeof *item);
    if (!item)
        return FALSE;
    item->language = language;
    item->size = size;
    if (data && !(item->data = update_allocate(size ? size : 1))) {
        update_free_item(item);
        return FALSE;
    }
    if (data)
        memcpy(item->data, data, size);
    if (!update_copy_key(type, IS_INTRESOURCE(type) ? 0 : lstrlenW(type), &item->type) ||
        !update_copy_key(name, IS_INTRESOURCE(name) ? 0 : lstrlenW(name), &item->name)) {
        update_free_item(item);
        return FALSE;
    }
    if (!update_set_item(update, item)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return TRUE;
}

BOOL WINAPI UpdateResourceA(HANDLE handle, LPCSTR type, LPCSTR name, WORD language, LPVOID data, DWORD size)
{
    WCHAR *wide_type = (WCHAR *)type, *wide_name = (WCHAR *)name;
    BOOL result = FALSE;
    if (!IS_INTRESOURCE(type) && !ansi_to_wide(type, &wide_type))
        return FALSE;
    if (IS_INTRESOURCE(name) || ansi_to_wide(name, &wide_name)) {
        result = UpdateResourceW(handle, wide_type, wide_name, language, data, size);
        if (!IS_INTRESOURCE(name))
            free_wide(wide_name);
    }
    if (!IS_INTRESOURCE(type))
        free_wide(wide_type);
    return result;
}

BOOL WINAPI EndUpdateResourceW(HANDLE handle, BOOL discard)
{
    struct update *update = handle;
    BOOL ok = TRUE;
    if (!update || update->magic != UPDATE_MAGIC) {
        SetLastError(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    if (!discard) {
        DWORD size, done = 0, put;
        BYTE *image = update_rebuild(update, &size);
        ok = image != NULL;
        if (ok)
            ok = SetFilePointer(update->file, 0, NULL, FILE_BEGIN) != INVALID_SET_FILE_POINTER;
        while (ok && done < size) {
            ok = WriteFile(update->file, image + done, size - done, &put, NULL);
            done += put;
        }
        if (ok)
            ok = SetEndOfFile(update->file);
        release(image);
    }
    DWORD error = GetLastError();
    close_update(update);
    if (!ok)
        SetLastError(error);
    return ok;
}

BOOL WINAPI EndUpdateResourceA(HANDLE handle, BOOL discard)
{
    return EndUpdateResourceW(handle, discard);
}
