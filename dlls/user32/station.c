/*
 * The window station and the desktop that every process has: WinSta0 and Default.
 */
#include <string.h>
#include <windows.h>

#define STATION        ((HWINSTA)(ULONG_PTR)0x70)
#define DESKTOP        ((HDESK)(ULONG_PTR)0x74)
#define DESKTOP_WINDOW ((HWND)(ULONG_PTR)0x10010)

HWINSTA WINAPI GetProcessWindowStation(void)
{
    return STATION;
}

HDESK WINAPI GetThreadDesktop(DWORD thread)
{
    (void)thread;
    return DESKTOP;
}

HWND WINAPI GetDesktopWindow(void)
{
    return DESKTOP_WINDOW;
}

static BOOL return_data(void *to, DWORD room, DWORD *ret_needed, const void *from, DWORD size)
{
    if (ret_needed)
        *ret_needed = size;
    if (room < size || !to) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return FALSE;
    }
    memcpy(to, from, size);
    return TRUE;
}

static BOOL information(HANDLE object, int index, void *to, DWORD room, DWORD *needed, BOOL ansi)
{
    static const USEROBJECTFLAGS station_flags = {FALSE, FALSE, WSF_VISIBLE},
                                 desktop_flags = {FALSE, FALSE, 0};
    BOOL station = object == (HANDLE)STATION;

    if (!station && object != (HANDLE)DESKTOP) {
        SetLastError(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    switch (index) {
    case UOI_FLAGS:
        return return_data(to, room, needed, station ? &station_flags : &desktop_flags, sizeof station_flags);
    case UOI_NAME:
        if (ansi)
            return station ? return_data(to, room, needed, "WinSta0", 8)
                           : return_data(to, room, needed, "Default", 8);
        return station ? return_data(to, room, needed, L"WinSta0", 16)
                       : return_data(to, room, needed, L"Default", 16);
    case UOI_TYPE:
        if (ansi)
            return station ? return_data(to, room, needed, "WindowStation", 14)
                           : return_data(to, room, needed, "Desktop", 8);
        return station ? return_data(to, room, needed, L"WindowStation", 28)
                       : return_data(to, room, needed, L"Desktop", 16);
    case UOI_USER_SID: /* nobody is logged on to it */
        if (needed)
            *needed = 0;
        return TRUE;
    }
    SetLastError(ERROR_INVALID_PARAMETER);
    return FALSE;
}

BOOL WINAPI GetUserObjectInformationW(HANDLE object, int index, PVOID to, DWORD room, LPDWORD needed)
{
    return information(object, index, to, room, needed, FALSE);
}

BOOL WINAPI GetUserObjectInformationA(HANDLE object, int index, PVOID to, DWORD room, LPDWORD needed)
{
    return information(object, index, to, room, needed, TRUE);
}
