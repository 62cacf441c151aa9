/*
 * Memory resource notifications: events that say whether memory is low or plentiful, as it was when asked.
 */
#include "kernelbase.h"

enum { NOTIFICATION_EVENT, SYNCHRONIZATION_EVENT }; /* EVENT_TYPE */

/* High is more than a quarter of the machine's memory, low less than a thirty-second. */
static BOOL is_so(MEMORY_RESOURCE_NOTIFICATION_TYPE type)
{
    MEMORYSTATUSEX status = {.dwLength = sizeof status};

    if (!GlobalMemoryStatusEx(&status))
        return FALSE;
    return type == HighMemoryResourceNotification ? status.ullAvailPhys > status.ullTotalPhys / 4
                                                  : status.ullAvailPhys < status.ullTotalPhys / 32;
}

HANDLE WINAPI CreateMemoryResourceNotification(MEMORY_RESOURCE_NOTIFICATION_TYPE type)
{
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes};
    HANDLE event;

    if (type != LowMemoryResourceNotification && type != HighMemoryResourceNotification) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    /* Auto-reset is what tells the two apart when asked. */
    NTSTATUS status = NtCreateEvent(
        &event, EVENT_ALL_ACCESS, &attributes,
        type == HighMemoryResourceNotification ? NOTIFICATION_EVENT : SYNCHRONIZATION_EVENT, is_so(type));
    return set_status(status) ? event : NULL;
}

BOOL WINAPI QueryMemoryResourceNotification(HANDLE handle, PBOOL state)
{
    struct {
        LONG type, state;
    } information;

    if (!state) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!set_status(NtQueryEvent(handle, 0, &information, sizeof information, NULL)))
        return FALSE;
    *state = is_so(information.type == NOTIFICATION_EVENT ? HighMemoryResourceNotification
                                                          : LowMemoryResourceNotification);
    if (*state)
        NtSetEvent(handle, NULL);
    else
        NtClearEvent(handle);
    return TRUE;
}
