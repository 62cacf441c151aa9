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

/* HKEY_CLASSES_ROOT looks in the user's classes before the machine's: the handle of the user's, or
 * NULL for any other key. */
HANDLE registry_user_classes(HKEY key);

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

/* A value's data, whatever its size, in a fresh heap block (HeapFree it). */
LSTATUS registry_read(HANDLE key, const WCHAR *name, DWORD *ret_type, void **ret_data, DWORD *ret_size);

#endif
