/*
 * Semaphores.
 */
#include "sync.h"

HANDLE WINAPI CreateSemaphoreExW(SECURITY_ATTRIBUTES *security, LONG initial, LONG maximum, const WCHAR *name,
                                 DWORD flags, DWORD access)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING string;
    HANDLE handle = NULL;
    if (flags) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    object_attributes(&attributes, &string, name, security, OBJ_OPENIF);
    return created(NtCreateSemaphore(&handle, access, &attributes, initial, maximum), &handle);
}

HANDLE WINAPI CreateSemaphoreExA(SECURITY_ATTRIBUTES *security, LONG initial, LONG maximum, const char *name,
                                 DWORD flags, DWORD access)
{
    WCHAR *wide;
    if (!object_name(name, &wide))
        return NULL;
    HANDLE handle = CreateSemaphoreExW(security, initial, maximum, wide, flags, access);
    free_wide(wide);
    return handle;
}

HANDLE WINAPI CreateSemaphoreW(SECURITY_ATTRIBUTES *security, LONG initial, LONG maximum, const WCHAR *name)
{
    return CreateSemaphoreExW(security, initial, maximum, name, 0, SEMAPHORE_ALL_ACCESS);
}

HANDLE WINAPI CreateSemaphoreA(SECURITY_ATTRIBUTES *security, LONG initial, LONG maximum, const char *name)
{
    return CreateSemaphoreExA(security, initial, maximum, name, 0, SEMAPHORE_ALL_ACCESS);
}

DEFINE_OPEN(OpenSemaphore, NtOpenSemaphore)

BOOL WINAPI ReleaseSemaphore(HANDLE handle, LONG count, LONG *previous)
{
    return set_status(NtReleaseSemaphore(handle, count, previous));
}
