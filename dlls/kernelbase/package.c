/*
 * Package identity: programs here come as files, not as packages, and have none.
 */
#include "kernelbase.h"

static LONG no_identity(HANDLE process, const UINT32 *size, const void *to, LONG error)
{
    ULONG_PTR basic[6]; /* PROCESS_BASIC_INFORMATION */
    if (!size || (*size && !to))
        return ERROR_INVALID_PARAMETER;
    NTSTATUS status = NtQueryInformationProcess(process, 0 /* ProcessBasicInformation */, &basic,
                                                sizeof basic, NULL);
    return NT_SUCCESS(status) ? error : (LONG)RtlNtStatusToDosError(status);
}

#define CURRENT(name, type, error)                                                                           \
    LONG WINAPI name(UINT32 *size, type *to);                                                                \
    LONG WINAPI name(UINT32 *size, type *to)                                                                 \
    {                                                                                                        \
        return no_identity(NtCurrentProcess(), size, to, error);                                             \
    }
#define OF_PROCESS(name, type, error)                                                                        \
    LONG WINAPI name(HANDLE process, UINT32 *size, type *to);                                                \
    LONG WINAPI name(HANDLE process, UINT32 *size, type *to)                                                 \
    {                                                                                                        \
        return no_identity(process, size, to, error);                                                        \
    }

CURRENT(GetCurrentPackageFullName, WCHAR, APPMODEL_ERROR_NO_PACKAGE)
CURRENT(GetCurrentPackageFamilyName, WCHAR, APPMODEL_ERROR_NO_PACKAGE)
CURRENT(GetCurrentPackagePath, WCHAR, APPMODEL_ERROR_NO_PACKAGE)
CURRENT(GetCurrentPackageId, BYTE, APPMODEL_ERROR_NO_PACKAGE)
CURRENT(GetCurrentApplicationUserModelId, WCHAR, APPMODEL_ERROR_NO_APPLICATION)
OF_PROCESS(GetPackageFullName, WCHAR, APPMODEL_ERROR_NO_PACKAGE)
OF_PROCESS(GetPackageFamilyName, WCHAR, APPMODEL_ERROR_NO_PACKAGE)
OF_PROCESS(GetPackageId, BYTE, APPMODEL_ERROR_NO_PACKAGE)
OF_PROCESS(GetApplicationUserModelId, WCHAR, APPMODEL_ERROR_NO_APPLICATION)

LONG WINAPI GetCurrentPackageInfo(UINT32 flags, UINT32 *size, BYTE *to, UINT32 *ret_count);
LONG WINAPI GetCurrentPackageInfo(UINT32 flags, UINT32 *size, BYTE *to, UINT32 *ret_count)
{
    (void)flags, (void)ret_count;
    return no_identity(NtCurrentProcess(), size, to, APPMODEL_ERROR_NO_PACKAGE);
}
