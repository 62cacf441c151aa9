/*
 * The registry API's shared parts: predefined keys, names, ANSI conversion of data.
 * These functions return Win32 error codes, as the API does.
 */
#ifndef KERNELBASE_REGISTRY_H
#define KERNELBASE_REGISTRY_H

#include "../kernelbase.h"
#include <nt/registry.h>

/* The NT handle of a key: predefined keys are opened once. ERROR_INVALID_HANDLE. */
LSTATUS registry_handle(HKEY key, HANDLE *ret_handle);

/* Makes a key with all that is missing on the way to it; in a transaction, or without (NULL). */
NTSTATUS registry_create_below(HANDLE root, UNICODE_STRING *path, UNICODE_STRING *class, DWORD options,
                               REGSAM access, const SECURITY_ATTRIBUTES *security, HANDLE transaction,
                               HANDLE *ret_handle, ULONG *ret_disposition);

BOOL registry_is_overridden(HKEY key); /* a predefined key that RegOverridePredefKey changed */

/* HKEY_CLASSES_ROOT, and handles of keys below it that show the user's and the machine's subkeys and values.
 */
BOOL registry_is_merged(HKEY key);
LSTATUS registry_merged_open(HKEY key, const UNICODE_STRING *name, DWORD options, REGSAM access,
                             HKEY *ret_key);
/* The handle and the path below it where a new key belongs; the caller closes it and frees the path's buffer.
 */
LSTATUS registry_merged_place(HKEY key, const UNICODE_STRING *name, REGSAM access, HANDLE *ret_root,
                              UNICODE_STRING *ret_path);

/* The two keys that a merged one shows, either NULL: the user's, the machine's. FALSE: none. */
struct registry_sides {
    HKEY side[2];
};
BOOL registry_merged_sides(HKEY key, REGSAM access, struct registry_sides *ret_sides);
void registry_close_sides(struct registry_sides *sides);
/* The path of the side that the handle is not; the caller frees the buffer. */
LSTATUS registry_merged_other(HKEY key, HANDLE handle, UNICODE_STRING *ret_path);
/* Which subkey or value of which side the merged one with that number is. */
LSTATUS registry_merged_number(HKEY key, const struct registry_sides *sides, DWORD index, BOOL values,
                               HKEY *ret_side, DWORD *ret_index);
DWORD registry_merged_count(const struct registry_sides *sides, BOOL values);

static inline LSTATUS registry_error(NTSTATUS status)
{
    return NT_SUCCESS(status) ? ERROR_SUCCESS : (LSTATUS)RtlNtStatusToDosError(status);
}

static inline void registry_string(UNICODE_STRING *string, const WCHAR *text)
{
    RtlInitUnicodeString(string, text ? text : L"");
}

static inline BOOL registry_is_text(DWORD type)
{
    return type == REG_SZ || type == REG_EXPAND_SZ || type == REG_MULTI_SZ;
}

/* An ANSI argument as Unicode (free_wide it). */
LSTATUS registry_wide(const char *text, WCHAR **ret_wide);

/* The same for names, which are short: on the stack if it is. */
struct registry_name {
    WCHAR *text; /* NULL as the ANSI one was */
    ULONG bytes; /* with the terminator */
    WCHAR small[128];
};
LSTATUS registry_name(struct registry_name *name, const char *text);
static inline void registry_free_name(struct registry_name *name)
{
    if (name->text != name->small)
        free_wide(name->text);
}

/* Text data in ANSI: returns the bytes it takes, and writes them if they fit. */
DWORD registry_text_to_ansi(const void *data, DWORD size, BYTE *to, DWORD room);

/* A value's data, whatever its size, in a fresh heap block (HeapFree it). */
LSTATUS registry_read(HKEY key, const WCHAR *name, DWORD *ret_type, void **ret_data, DWORD *ret_size);

#endif
