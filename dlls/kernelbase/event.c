/*
 * Events.
 */
#include "sync.h"

HANDLE WINAPI CreateEventExW(SECURITY_ATTRIBUTES *security, const WCHAR *name, DWORD flags, DWORD access)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING string;
    HANDLE handle = NULL;
    if (flags & ~(CREATE_EVENT_MANUAL_RESET | CREATE_EVENT_INITIAL_SET)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    object_attributes(&attributes, &string, name, security, OBJ_OPENIF);
    return created(NtCreateEvent(&handle, access, &attributes, flags & CREATE_EVENT_MANUAL_RESET ? 0 : 1,
                                 (flags & CREATE_EVENT_INITIAL_SET) != 0),
                   &handle);
}

HANDLE WINAPI CreateEventExA(SECURITY_ATTRIBUTES *security, const char *name, DWORD flags, DWORD access)
{
    WCHAR *wide;
    if (!object_name(name, &wide))
        return NULL;
    HANDLE handle = CreateEventExW(security, wide, flags, access);
    free_wide(wide);
    return handle;
}

HANDLE WINAPI CreateEventW(SECURITY_ATTRIBUTES *security, BOOL manual_reset, BOOL initial, const WCHAR *name)
{
    return CreateEventExW(security, name,
                          (manual_reset ? CREATE_EVENT_MANUAL_RESET : 0) |
                              (initial ? CREATE_EVENT_INITIAL_SET : 0),
                          EVENT_ALL_ACCESS);
}

HANDLE WINAPI CreateEventA(SECURITY_ATTRIBUTES *security, BOOL manual_reset, BOOL initial, const char *name)
{
    return CreateEventExA(security, name,
                          (manual_reset ? CREATE_EVENT_MANUAL_RESET : 0) |
                              (initial ? CREATE_EVENT_INITIAL_SET : 0),
                          EVENT_ALL_ACCESS);
}

DEFINE_OPEN(OpenEvent, NtOpenEvent)

BOOL WINAPI SetEvent(HANDLE handle)
{
    return set_status(NtSetEvent(handle, NULL));
}

BOOL WINAPI ResetEvent(HANDLE handle)
{
    return set_status(NtClearEvent(handle));
}

BOOL WINAPI PulseEvent(HANDLE handle)
{
    return set_status(NtPulseEvent(handle, NULL));
}
