/*
 * What the files of named synchronization objects share.
 */
#ifndef KERNELBASE_SYNC_H
#define KERNELBASE_SYNC_H

#include "kernelbase.h"

/* The result of CreateXxx: the handle, with ERROR_ALREADY_EXISTS as the last error if it was there. */
static inline HANDLE created(NTSTATUS status, const HANDLE *handle)
{
    if (!set_status(status))
        return NULL;
    SetLastError(status == STATUS_OBJECT_NAME_EXISTS ? ERROR_ALREADY_EXISTS : ERROR_SUCCESS);
    return *handle;
}

/* An ANSI object name as Unicode; free_wide it. */
static inline BOOL object_name(const char *name, WCHAR **ret_wide)
{
    if (name && lstrlenA(name) > MAX_PATH) {
        SetLastError(ERROR_FILENAME_EXCED_RANGE);
        return FALSE;
    }
    return ansi_to_wide(name, ret_wide);
}

static inline HANDLE open_named(NTSTATUS(NTAPI *open)(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *),
                                DWORD access, BOOL inherit, const WCHAR *name)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING string;
    HANDLE handle = NULL;
    if (!name) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    object_attributes(&attributes, &string, name, NULL, inherit ? OBJ_INHERIT : 0);
    return set_status(open(&handle, access, &attributes)) ? handle : NULL;
}

/* Both forms of OpenXxx. */
#define DEFINE_OPEN(name, call)                                                                              \
    HANDLE WINAPI name##W(DWORD access, BOOL inherit, const WCHAR *object)                                   \
    {                                                                                                        \
        return open_named(call, access, inherit, object);                                                    \
    }                                                                                                        \
    HANDLE WINAPI name##A(DWORD access, BOOL inherit, const char *object)                                    \
    {                                                                                                        \
        WCHAR *wide;                                                                                         \
        if (!object_name(object, &wide))                                                                     \
            return NULL;                                                                                     \
        HANDLE handle = open_named(call, access, inherit, wide);                                             \
        free_wide(wide);                                                                                     \
        return handle;                                                                                       \
    }

#endif
