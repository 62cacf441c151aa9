/*
 * GetSecurityInfo and its family: the parts of a descriptor of an object given by handle or by name.
 * Files, registry keys and kernel objects have one; services, printers, shares: ERROR_NOT_SUPPORTED.
 */
#include "advapi32.h"

#include <aclapi.h>

#define SE_REGISTRY_WOW64_64KEY 13 /* not in the headers yet */

/* Points the parts asked for into the descriptor, which is LocalAlloc'ed. */
static DWORD take_apart(PSECURITY_DESCRIPTOR descriptor, PSID *owner, PSID *group, PACL *dacl, PACL *sacl)
{
    BOOLEAN present, defaulted;
    PACL acl;

    if (owner)
        RtlGetOwnerSecurityDescriptor(descriptor, owner, &defaulted);
    if (group)
        RtlGetGroupSecurityDescriptor(descriptor, group, &defaulted);
    if (dacl) {
        RtlGetDaclSecurityDescriptor(descriptor, &present, &acl, &defaulted);
        *dacl = present ? acl : NULL;
    }
    if (sacl) {
        RtlGetSaclSecurityDescriptor(descriptor, &present, &acl, &defaulted);
        *sacl = present ? acl : NULL;
    }
    return ERROR_SUCCESS;
}

static BOOL has_descriptor(SE_OBJECT_TYPE type)
{
    return type == SE_FILE_OBJECT || type == SE_REGISTRY_KEY || type == SE_KERNEL_OBJECT ||
           type == SE_REGISTRY_WOW64_32KEY || (int)type == SE_REGISTRY_WOW64_64KEY ||
           type == SE_WINDOW_OBJECT;
}

DWORD WINAPI GetSecurityInfo(HANDLE handle, SE_OBJECT_TYPE type, SECURITY_INFORMATION information,
                             PSID *owner, PSID *group, PACL *dacl, PACL *sacl,
                             PSECURITY_DESCRIPTOR *ret_descriptor)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    ULONG length = 0, needed;
    NTSTATUS status;

    if (!handle)
        return ERROR_INVALID_HANDLE;
    if (!has_descriptor(type))
        return ERROR_NOT_SUPPORTED;
    for (;;) {
        status = NtQuerySecurityObject(handle, information, descriptor, length, &needed);
        if (status != STATUS_BUFFER_TOO_SMALL)
            break;
        LocalFree(descriptor);
        length = needed;
        if (!(descriptor = LocalAlloc(LMEM_FIXED, length)))
            return ERROR_NOT_ENOUGH_MEMORY;
    }
    if (!NT_SUCCESS(status)) {
        LocalFree(descriptor);
        return RtlNtStatusToDosError(status);
    }
    /* Who asks for parts but not for the whole has nothing to free, and gets the parts all the same. */
    if (ret_descriptor)
        *ret_descriptor = descriptor;
    else if (!owner && !group && !dacl && !sacl)
        LocalFree(descriptor);
    return take_apart(descriptor, owner, group, dacl, sacl);
}

DWORD WINAPI SetSecurityInfo(HANDLE handle, SE_OBJECT_TYPE type, SECURITY_INFORMATION information, PSID owner,
                             PSID group, PACL dacl, PACL sacl)
{
    SECURITY_DESCRIPTOR descriptor;

    if (!handle)
        return ERROR_INVALID_HANDLE;
    if (!has_descriptor(type))
        return ERROR_NOT_SUPPORTED;
    RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    if (information & OWNER_SECURITY_INFORMATION)
        RtlSetOwnerSecurityDescriptor(&descriptor, owner, FALSE);
    if (information & GROUP_SECURITY_INFORMATION)
        RtlSetGroupSecurityDescriptor(&descriptor, group, FALSE);
    if (information & DACL_SECURITY_INFORMATION)
        RtlSetDaclSecurityDescriptor(&descriptor, TRUE, dacl, FALSE);
    if (information & (SACL_SECURITY_INFORMATION | LABEL_SECURITY_INFORMATION))
        RtlSetSaclSecurityDescriptor(&descriptor, TRUE, sacl, FALSE);
    if (information & PROTECTED_DACL_SECURITY_INFORMATION)
        descriptor.Control |= SE_DACL_PROTECTED;
    else
        descriptor.Control |= SE_DACL_AUTO_INHERIT_REQ;
    if (information & PROTECTED_SACL_SECURITY_INFORMATION)
        descriptor.Control |= SE_SACL_PROTECTED;
    return RtlNtStatusToDosError(NtSetSecurityObject(handle, information & 0x1f, &descriptor));
}

/* ---------------------------------------------------------------- by name */

/* CLASSES_ROOT\..., CURRENT_USER\..., MACHINE\..., USERS\... */
static DWORD open_key(LPCWSTR name, DWORD access, SE_OBJECT_TYPE type, HANDLE *ret_handle)
{
    static const struct {
        const WCHAR *name;
        ULONG_PTR key;
    } roots[] = {{L"CLASSES_ROOT", (ULONG_PTR)HKEY_CLASSES_ROOT},
                 {L"CURRENT_USER", (ULONG_PTR)HKEY_CURRENT_USER},
                 {L"MACHINE", (ULONG_PTR)HKEY_LOCAL_MACHINE},
                 {L"USERS", (ULONG_PTR)HKEY_USERS}};

    for (unsigned i = 0; i < sizeof roots / sizeof *roots; i++) {
        SIZE_T length = wcslen(roots[i].name);
        if (_wcsnicmp(name, roots[i].name, length) || (name[length] && name[length] != '\\'))
            continue;
        if (type == SE_REGISTRY_WOW64_32KEY)
            access |= KEY_WOW64_32KEY;
        else if ((int)type == SE_REGISTRY_WOW64_64KEY)
            access |= KEY_WOW64_64KEY;
        return (DWORD)RegOpenKeyExW((HKEY)roots[i].key, name[length] ? name + length + 1 : NULL, 0, access,
                                    (HKEY *)ret_handle);
    }
    return ERROR_INVALID_PARAMETER;
}

static DWORD open_kernel_object(LPCWSTR name, DWORD access, HANDLE *ret_handle)
{
    if ((*ret_handle = OpenEventW(access, FALSE, name)) || (*ret_handle = OpenMutexW(access, FALSE, name)) ||
        (*ret_handle = OpenSemaphoreW(access, FALSE, name)) ||
        (*ret_handle = OpenWaitableTimerW(access, FALSE, name)) ||
        (*ret_handle = OpenFileMappingW(access, FALSE, name)))
        return ERROR_SUCCESS;
    return GetLastError();
}

static DWORD open_object(LPCWSTR name, SE_OBJECT_TYPE type, DWORD access, HANDLE *ret_handle)
{
    switch ((int)type) {
    case SE_FILE_OBJECT:
        *ret_handle = CreateFileW(name, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                                  OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
        return *ret_handle == INVALID_HANDLE_VALUE ? GetLastError() : ERROR_SUCCESS;
    case SE_REGISTRY_KEY:
    case SE_REGISTRY_WOW64_32KEY:
    case SE_REGISTRY_WOW64_64KEY: return open_key(name, access, type, ret_handle);
    case SE_KERNEL_OBJECT: return open_kernel_object(name, access, ret_handle);
    default: return ERROR_NOT_SUPPORTED;
    }
}

DWORD WINAPI GetNamedSecurityInfoW(LPCWSTR name, SE_OBJECT_TYPE type, SECURITY_INFORMATION information,
                                   PSID *owner, PSID *group, PACL *dacl, PACL *sacl,
                                   PSECURITY_DESCRIPTOR *descriptor)
{
    DWORD access;
    HANDLE handle;

    if (!name)
        return ERROR_INVALID_PARAMETER;
    QuerySecurityAccessMask(information, &access);
    DWORD error = open_object(name, type, access, &handle);
    if (error)
        return error;
    error = GetSecurityInfo(handle, type, information, owner, group, dacl, sacl, descriptor);
    NtClose(handle);
    return error;
}

DWORD WINAPI SetNamedSecurityInfoW(LPWSTR name, SE_OBJECT_TYPE type, SECURITY_INFORMATION information,
                                   PSID owner, PSID group, PACL dacl, PACL sacl)
{
    DWORD access;
    HANDLE handle;

    if (!name)
        return ERROR_INVALID_PARAMETER;
    SetSecurityAccessMask(information, &access);
    DWORD error = open_object(name, type, access, &handle);
    if (error)
        return error;
    error = SetSecurityInfo(handle, type, information, owner, group, dacl, sacl);
    NtClose(handle);
    return error;
}

DWORD WINAPI GetNamedSecurityInfoA(LPCSTR name, SE_OBJECT_TYPE type, SECURITY_INFORMATION information,
                                   PSID *owner, PSID *group, PACL *dacl, PACL *sacl,
                                   PSECURITY_DESCRIPTOR *descriptor)
{
    WCHAR *wide = widen(name);
    DWORD error = GetNamedSecurityInfoW(wide, type, information, owner, group, dacl, sacl, descriptor);

    release(wide);
    return error;
}

DWORD WINAPI SetNamedSecurityInfoA(LPSTR name, SE_OBJECT_TYPE type, SECURITY_INFORMATION information,
                                   PSID owner, PSID group, PACL dacl, PACL sacl)
{
    WCHAR *wide = widen(name);
    DWORD error = SetNamedSecurityInfoW(wide, type, information, owner, group, dacl, sacl);

    release(wide);
    return error;
}

BOOL WINAPI GetFileSecurityA(LPCSTR name, SECURITY_INFORMATION information, PSECURITY_DESCRIPTOR descriptor,
                             DWORD length, LPDWORD needed)
{
    WCHAR *wide = widen(name);
    BOOL done = GetFileSecurityW(wide, information, descriptor, length, needed);

    release(wide);
    return done;
}

BOOL WINAPI SetFileSecurityA(LPCSTR name, SECURITY_INFORMATION information, PSECURITY_DESCRIPTOR descriptor)
{
    WCHAR *wide = widen(name);
    BOOL done = SetFileSecurityW(wide, information, descriptor);

    release(wide);
    return done;
}
