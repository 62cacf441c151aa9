/*
 * 32-bit programs on the 64-bit system: file system redirection, what can run.
 */
#include "kernelbase.h"

BOOL WINAPI Wow64DisableWow64FsRedirection(PVOID *previous)
{
#ifdef _WIN64
    (void)previous;
    SetLastError(ERROR_INVALID_FUNCTION);
    return FALSE;
#else
    return set_status(RtlWow64EnableFsRedirectionEx(TRUE, (ULONG *)previous));
#endif
}

BOOL WINAPI Wow64RevertWow64FsRedirection(PVOID previous)
{
#ifdef _WIN64
    (void)previous;
    SetLastError(ERROR_INVALID_FUNCTION);
    return FALSE;
#else
    ULONG ignored;
    return set_status(RtlWow64EnableFsRedirectionEx((ULONG)(ULONG_PTR)previous, &ignored));
#endif
}

BOOLEAN WINAPI Wow64EnableWow64FsRedirection(BOOLEAN enable)
{
#ifdef _WIN64
    (void)enable;
    SetLastError(ERROR_INVALID_FUNCTION);
    return FALSE;
#else
    return (BOOLEAN)set_status(RtlWow64EnableFsRedirection(enable));
#endif
}

HRESULT WINAPI IsWow64GuestMachineSupported(USHORT machine, BOOL *supported)
{
    BOOLEAN is_supported;
    NTSTATUS status = RtlWow64IsWowGuestMachineSupported(machine, &is_supported);
    if (!NT_SUCCESS(status))
        return HRESULT_FROM_NT(status);
    *supported = is_supported;
    return S_OK;
}

DWORD WINAPI Wow64SuspendThread(HANDLE thread)
{
    return SuspendThread(thread);
}

BOOL WINAPI Wow64GetThreadContext(HANDLE thread, PWOW64_CONTEXT context)
{
    return set_status(RtlWow64GetThreadContext(thread, context));
}

BOOL WINAPI Wow64SetThreadContext(HANDLE thread, const WOW64_CONTEXT *context)
{
    return set_status(RtlWow64SetThreadContext(thread, context));
}

BOOL WINAPI Wow64GetThreadSelectorEntry(HANDLE thread, DWORD selector, PWOW64_LDT_ENTRY ret_entry)
{
    struct {
        DWORD selector;
        WOW64_LDT_ENTRY entry;
    } request = {.selector = selector};
    if (!set_status(RtlWow64GetThreadSelectorEntry(thread, &request, sizeof request, NULL)))
        return FALSE;
    *ret_entry = request.entry;
    return TRUE;
}
