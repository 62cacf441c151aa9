/*
 * Mutexes.
 */
#include "sync.h"

HANDLE WINAPI CreateMutexExW(SECURITY_ATTRIBUTES *security, const WCHAR *name, DWORD flags, DWORD access)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING string;
    HANDLE handle = NULL;
    if (flags & ~CREATE_MUTEX_INITIAL_OWNER) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    object_attributes(&attributes, &string, name, security, OBJ_OPENIF);
    return created(NtCreateMutant(&handle, access, &attributes, (flags & CREATE_MUTEX_INITIAL_OWNER) != 0),
                   &handle);
}

HANDLE WINAPI CreateMutexExA(SECURITY_ATTRIBUTES *security, const char *name, DWORD flags, DWORD access)
{
    WCHAR *wide;
    if (!object_name(name, &wide))
        return NULL;
    HANDLE handle = CreateMutexExW(security, wide, flags, access);
    free_wide(wide);
    return handle;
}

HANDLE WINAPI CreateMutexW(SECURITY_ATTRIBUTES *security, BOOL owner, const WCHAR *name)
{
    return CreateMutexExW(security, name, owner ? CREATE_MUTEX_INITIAL_OWNER : 0, MUTEX_ALL_ACCESS);
}

HANDLE WINAPI CreateMutexA(SECURITY_ATTRIBUTES *security, BOOL owner, const char *name)
{
    return CreateMutexExA(security, name, owner ? CREATE_MUTEX_INITIAL_OWNER : 0, MUTEX_ALL_ACCESS);
}

DEFINE_OPEN(OpenMutex, NtOpenMutant)

BOOL WINAPI ReleaseMutex(HANDLE handle)
{
    return set_status(NtReleaseMutant(handle, NULL));
}
