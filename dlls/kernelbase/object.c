/*
 * Handles of any type, and the names of kernel objects.
 */
#include "kernelbase.h"

/* The session's directory of named objects, opened with the first name. */
static HANDLE names_directory(void)
{
    static HANDLE directory;
    UNICODE_STRING path;
    OBJECT_ATTRIBUTES attributes = {sizeof attributes, NULL, &path, 0, NULL, NULL};
    HANDLE handle = directory;
    if (handle)
        return handle;
    RtlInitUnicodeString(&path, L"\\Sessions\\1\\BaseNamedObjects");
    if (!NT_SUCCESS(NtOpenDirectoryObject(&handle, 0xf, &attributes)))
        return NULL;
    HANDLE other = InterlockedCompareExchangePointer(&directory, handle, NULL);
    if (other) {
        NtClose(handle);
        return other;
    }
    return handle;
}

void object_attributes(OBJECT_ATTRIBUTES *attributes, UNICODE_STRING *string, const WCHAR *name,
                       const SECURITY_ATTRIBUTES *security, ULONG flags)
{
    attributes->Length = sizeof *attributes;
    attributes->RootDirectory = NULL;
    attributes->ObjectName = NULL;
    attributes->Attributes = flags;
    attributes->SecurityDescriptor = NULL;
    attributes->SecurityQualityOfService = NULL;
    if (name && *name) {
        HANDLE directory = private_directory(name, &name);
        RtlInitUnicodeString(string, name);
        attributes->ObjectName = string;
        attributes->RootDirectory = directory ? directory : names_directory();
    }
    if (security) {
        attributes->SecurityDescriptor = security->lpSecurityDescriptor;
        if (security->bInheritHandle)
            attributes->Attributes |= OBJ_INHERIT;
    }
}

BOOL WINAPI CloseHandle(HANDLE handle)
{
    /* The standard handles' numbers stand for the handles. */
    if ((LONG_PTR)handle >= (LONG_PTR)(LONG)STD_ERROR_HANDLE &&
        (LONG_PTR)handle <= (LONG_PTR)(LONG)STD_INPUT_HANDLE) {
        RTL_USER_PROCESS_PARAMETERS *parameters = current_peb()->ProcessParameters;
        HANDLE *standard[] = {&parameters->StandardError, &parameters->StandardOutput,
                              &parameters->StandardInput};
        HANDLE *place = standard[(LONG_PTR)handle - (LONG)STD_ERROR_HANDLE];
        handle = *place;
        *place = NULL;
    }
    return set_status(NtClose(handle));
}

BOOL WINAPI DuplicateHandle(HANDLE source_process, HANDLE source, HANDLE target_process, HANDLE *target,
                            DWORD access, BOOL inherit, DWORD options)
{
    if ((LONG_PTR)source >= (LONG_PTR)(LONG)STD_ERROR_HANDLE &&
        (LONG_PTR)source <= (LONG_PTR)(LONG)STD_INPUT_HANDLE)
        source = GetStdHandle((DWORD)(LONG_PTR)source);
    return set_status(NtDuplicateObject(source_process, source, target_process, target, access,
                                        inherit ? OBJ_INHERIT : 0, options));
}

struct handle_flags {
    BOOLEAN Inherit, ProtectFromClose;
};
enum { OBJECT_HANDLE_FLAG_INFORMATION = 4 };

BOOL WINAPI GetHandleInformation(HANDLE handle, DWORD *flags)
{
    struct handle_flags information;
    if (!set_status(
            NtQueryObject(handle, OBJECT_HANDLE_FLAG_INFORMATION, &information, sizeof information, NULL)))
        return FALSE;
    *flags = (information.Inherit ? HANDLE_FLAG_INHERIT : 0) |
             (information.ProtectFromClose ? HANDLE_FLAG_PROTECT_FROM_CLOSE : 0);
    return TRUE;
}

BOOL WINAPI SetHandleInformation(HANDLE handle, DWORD mask, DWORD flags)
{
    struct handle_flags information;
    if (!set_status(
            NtQueryObject(handle, OBJECT_HANDLE_FLAG_INFORMATION, &information, sizeof information, NULL)))
        return FALSE;
    if (mask & HANDLE_FLAG_INHERIT)
        information.Inherit = (flags & HANDLE_FLAG_INHERIT) != 0;
    if (mask & HANDLE_FLAG_PROTECT_FROM_CLOSE)
        information.ProtectFromClose = (flags & HANDLE_FLAG_PROTECT_FROM_CLOSE) != 0;
    return set_status(
        NtSetInformationObject(handle, OBJECT_HANDLE_FLAG_INFORMATION, &information, sizeof information));
}

BOOL WINAPI CompareObjectHandles(HANDLE first, HANDLE second)
{
    return set_status(NtCompareObjects(first, second));
}

UINT WINAPI SetHandleCount(UINT count)
{
    return count;
}
