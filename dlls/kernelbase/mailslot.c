/*
 * Mailslots.
 */
#include "file.h"

/* Milliseconds as NT's relative time. */
static LARGE_INTEGER relative_time(DWORD milliseconds)
{
    LARGE_INTEGER time;
    time.QuadPart = milliseconds == MAILSLOT_WAIT_FOREVER ? (LONGLONG)1 << 63 : milliseconds * -10000ll;
    return time;
}

HANDLE WINAPI CreateMailslotW(PCWSTR name, DWORD maximum, DWORD timeout, SECURITY_ATTRIBUTES *security)
{
    UNICODE_STRING nt;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE handle;
    if (!name) {
        SetLastError(ERROR_PATH_NOT_FOUND);
        return INVALID_HANDLE_VALUE;
    }
    if (!dos_to_nt(name, &nt))
        return INVALID_HANDLE_VALUE;
    name_attributes(&attributes, &nt);
    if (security) {
        if (security->bInheritHandle)
            attributes.Attributes |= OBJ_INHERIT;
        attributes.SecurityDescriptor = security->lpSecurityDescriptor;
    }
    LARGE_INTEGER time = relative_time(timeout);
    NTSTATUS status = NtCreateMailslotFile(&handle, GENERIC_READ | SYNCHRONIZE | WRITE_DAC, &attributes,
                                           &iosb, FILE_WRITE_THROUGH, 0, maximum, &time);
    RtlFreeUnicodeString(&nt);
    if (NT_SUCCESS(status)) {
        SetLastError(0);
        return handle;
    }
    set_status(status);
    return INVALID_HANDLE_VALUE;
}

HANDLE WINAPI CreateMailslotA(PCSTR name, DWORD maximum, DWORD timeout, SECURITY_ATTRIBUTES *security)
{
    if (!name)
        return CreateMailslotW(NULL, maximum, timeout, security);
    WITH_WIDE(name, wide, INVALID_HANDLE_VALUE, CreateMailslotW(wide, maximum, timeout, security));
}

BOOL WINAPI GetMailslotInfo(HANDLE mailslot, DWORD *ret_maximum, DWORD *ret_next, DWORD *ret_count,
                            DWORD *ret_timeout)
{
    IO_STATUS_BLOCK iosb;
    FILE_MAILSLOT_QUERY_INFORMATION info;
    if (!set_status(
            NtQueryInformationFile(mailslot, &iosb, &info, sizeof info, FileMailslotQueryInformation)))
        return FALSE;
    if (ret_maximum)
        *ret_maximum = info.MaximumMessageSize;
    if (ret_next)
        *ret_next = info.NextMessageSize;
    if (ret_count)
        *ret_count = info.MessagesAvailable;
    if (ret_timeout)
        *ret_timeout = info.ReadTimeout.QuadPart == (LONGLONG)1 << 63
                           ? MAILSLOT_WAIT_FOREVER
                           : (DWORD)(-info.ReadTimeout.QuadPart / 10000);
    return TRUE;
}

BOOL WINAPI SetMailslotInfo(HANDLE mailslot, DWORD timeout)
{
    IO_STATUS_BLOCK iosb;
    LARGE_INTEGER time = relative_time(timeout);
    FILE_MAILSLOT_SET_INFORMATION info = {&time};
    return set_status(NtSetInformationFile(mailslot, &iosb, &info, sizeof info, FileMailslotSetInformation));
}
