/*
 * The Windows version. Programs whose manifest does not name Windows 10 would be told 6.2 by
 * Windows; we always say what the system is.
 */
#include "kernelbase.h"

DWORD WINAPI GetVersion(void)
{
    PEB *peb = current_peb();

    return (DWORD)peb->OSMajorVersion | peb->OSMinorVersion << 8 | (DWORD)peb->OSBuildNumber << 16;
}

BOOL WINAPI GetVersionExW(OSVERSIONINFOW *info)
{
    if (info->dwOSVersionInfoSize != sizeof(OSVERSIONINFOW) &&
        info->dwOSVersionInfoSize != sizeof(OSVERSIONINFOEXW)) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return FALSE;
    }
    return set_status(RtlGetVersion(info));
}

BOOL WINAPI GetVersionExA(OSVERSIONINFOA *info)
{
    OSVERSIONINFOEXW wide = {.dwOSVersionInfoSize = sizeof wide};

    if (info->dwOSVersionInfoSize != sizeof(OSVERSIONINFOA) &&
        info->dwOSVersionInfoSize != sizeof(OSVERSIONINFOEXA)) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return FALSE;
    }
    RtlGetVersion((RTL_OSVERSIONINFOW *)&wide);
    info->dwMajorVersion = wide.dwMajorVersion;
    info->dwMinorVersion = wide.dwMinorVersion;
    info->dwBuildNumber = wide.dwBuildNumber;
    info->dwPlatformId = wide.dwPlatformId;
    info->szCSDVersion[0] = 0;
    if (info->dwOSVersionInfoSize == sizeof(OSVERSIONINFOEXA)) {
        OSVERSIONINFOEXA *more = (void *)info;
        more->wServicePackMajor = more->wServicePackMinor = 0;
        more->wSuiteMask = wide.wSuiteMask;
        more->wProductType = wide.wProductType;
        more->wReserved = 0;
    }
    return TRUE;
}

static BOOL verify(const RTL_OSVERSIONINFOEXW *info, DWORD mask, DWORDLONG conditions)
{
    NTSTATUS status = RtlVerifyVersionInfo(info, mask, conditions);

    if (status == STATUS_INVALID_PARAMETER)
        SetLastError(ERROR_BAD_ARGUMENTS);
    else if (status == STATUS_REVISION_MISMATCH)
        SetLastError(ERROR_OLD_WIN_VERSION);
    return NT_SUCCESS(status);
}

BOOL WINAPI VerifyVersionInfoW(LPOSVERSIONINFOEXW info, DWORD mask, DWORDLONG conditions)
{
    return verify(info, mask, conditions);
}

BOOL WINAPI VerifyVersionInfoA(LPOSVERSIONINFOEXA info, DWORD mask, DWORDLONG conditions)
{
    RTL_OSVERSIONINFOEXW wide = {sizeof wide,
                                 info->dwMajorVersion,
                                 info->dwMinorVersion,
                                 info->dwBuildNumber,
                                 info->dwPlatformId,
                                 {0},
                                 info->wServicePackMajor,
                                 info->wServicePackMinor,
                                 info->wSuiteMask,
                                 info->wProductType,
                                 0};
    return verify(&wide, mask, conditions);
}

BOOL WINAPI GetProductInfo(DWORD major, DWORD minor, DWORD sp_major, DWORD sp_minor, PDWORD type)
{
    return RtlGetProductInfo(major, minor, sp_major, sp_minor, type);
}

BOOL WINAPI IsProcessorFeaturePresent(DWORD feature)
{
    return RtlIsProcessorFeaturePresent(feature);
}
