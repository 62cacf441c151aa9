/*
 * Private namespaces. A process gives each an alias; names of objects that begin with the alias and a
 * backslash are in there (object_attributes).
 */
#include "kernelbase.h"

enum { ENTRY_SID = 2 };
#ifndef PRIVATE_NAMESPACE_FLAG_DESTROY
#define PRIVATE_NAMESPACE_FLAG_DESTROY 1
#endif

void *NTAPI RtlCreateBoundaryDescriptor(UNICODE_STRING *name, ULONG flags);
void NTAPI RtlDeleteBoundaryDescriptor(void *boundary);
NTSTATUS NTAPI RtlAddSIDToBoundaryDescriptor(void **boundary, PSID sid);
NTSTATUS NTAPI RtlAddIntegrityLabelToBoundaryDescriptor(void **boundary, PSID label);

struct alias {
    struct alias *next;
    HANDLE directory;
    ULONG length;
    WCHAR name[];
};

static RTL_SRWLOCK lock; /* guards the list */
static struct alias *aliases;

HANDLE private_directory(const WCHAR *name, const WCHAR **ret_rest)
{
    HANDLE directory = NULL;
    ULONG length = 0;
    if (!aliases)
        return NULL;
    while (name[length] && name[length] != '\\')
        length++;
    if (!name[length])
        return NULL;
    RtlAcquireSRWLockShared(&lock);
    for (struct alias *alias = aliases; alias && !directory; alias = alias->next)
        if (alias->length == length && !memcmp(alias->name, name, length * sizeof *name))
            directory = alias->directory;
    RtlReleaseSRWLockShared(&lock);
    if (directory)
        *ret_rest = name + length + 1;
    return directory;
}

/* Takes the handle over; fails if the alias is in use. */
static HANDLE add_alias(const WCHAR *name, HANDLE directory)
{
    ULONG length = 0;
    while (name[length])
        length++;
    struct alias *alias = RtlAllocateHeap(process_heap(), 0, sizeof *alias + length * sizeof *name);
    if (!alias) {
        NtClose(directory);
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    alias->directory = directory;
    alias->length = length;
    memcpy(alias->name, name, length * sizeof *name);
    RtlAcquireSRWLockExclusive(&lock);
    struct alias *other = aliases;
    while (other && (other->length != length || memcmp(other->name, name, length * sizeof *name)))
        other = other->next;
    if (!other) {
        alias->next = aliases;
        aliases = alias;
    }
    RtlReleaseSRWLockExclusive(&lock);
    if (other) {
        RtlFreeHeap(process_heap(), 0, alias);
        NtClose(directory);
        SetLastError(ERROR_ALREADY_EXISTS);
        return NULL;
    }
    return directory;
}

/* The caller must have every SID of the boundary, of which there is at least one. */
static BOOL is_member(const void *boundary)
{
    const ULONG *head = boundary; /* version, items, size, flags */
    const BYTE *at = (const BYTE *)(head + 4);
    BOOL any = FALSE, member;
    for (ULONG i = 0; i < head[1]; i++) {
        const ULONG *entry = (const ULONG *)at; /* kind, size */
        if (entry[0] == ENTRY_SID) {
            any = TRUE;
            if (!CheckTokenMembership(NULL, (PSID)(entry + 2), &member))
                return FALSE;
            if (!member) {
                SetLastError(ERROR_ACCESS_DENIED);
                return FALSE;
            }
        }
        at += entry[1];
    }
    if (!any)
        SetLastError(ERROR_INVALID_PARAMETER);
    return any;
}

static BOOL check_alias(void *boundary, const WCHAR *alias)
{
    const WCHAR *c = alias;
    while (c && *c && *c != '\\')
        c++;
    if (!boundary || !alias || c == alias || *c) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return is_member(boundary);
}

HANDLE WINAPI CreatePrivateNamespaceW(SECURITY_ATTRIBUTES *security, void *boundary, const WCHAR *alias)
{
    OBJECT_ATTRIBUTES attributes;
    HANDLE handle;
    if (!check_alias(boundary, alias))
        return NULL;
    object_attributes(&attributes, NULL, NULL, security, 0);
    if (!set_status(NtCreatePrivateNamespace(&handle, 0xf, &attributes, boundary)))
        return NULL;
    return add_alias(alias, handle);
}

HANDLE WINAPI OpenPrivateNamespaceW(void *boundary, const WCHAR *alias)
{
    OBJECT_ATTRIBUTES attributes;
    HANDLE handle;
    if (!check_alias(boundary, alias))
        return NULL;
    object_attributes(&attributes, NULL, NULL, NULL, 0);
    if (!set_status(NtOpenPrivateNamespace(&handle, 0xf, &attributes, boundary)))
        return NULL;
    return add_alias(alias, handle);
}

HANDLE WINAPI CreatePrivateNamespaceA(SECURITY_ATTRIBUTES *security, void *boundary, const char *alias)
{
    WCHAR *wide;
    if (!ansi_to_wide(alias, &wide))
        return NULL;
    HANDLE handle = CreatePrivateNamespaceW(security, boundary, wide);
    free_wide(wide);
    return handle;
}

HANDLE WINAPI OpenPrivateNamespaceA(void *boundary, const char *alias)
{
    WCHAR *wide;
    if (!ansi_to_wide(alias, &wide))
        return NULL;
    HANDLE handle = OpenPrivateNamespaceW(boundary, wide);
    free_wide(wide);
    return handle;
}

BOOLEAN WINAPI ClosePrivateNamespace(HANDLE handle, ULONG flags)
{
    RtlAcquireSRWLockExclusive(&lock);
    struct alias **place = &aliases;
    while (*place && (*place)->directory != handle)
        place = &(*place)->next;
    struct alias *alias = *place;
    if (alias)
        *place = alias->next;
    RtlReleaseSRWLockExclusive(&lock);
    if (!alias)
        return (BOOLEAN)set_status(STATUS_INVALID_HANDLE);
    RtlFreeHeap(process_heap(), 0, alias);
    NTSTATUS status = flags & PRIVATE_NAMESPACE_FLAG_DESTROY ? NtDeletePrivateNamespace(handle)
                                                             : STATUS_SUCCESS;
    NtClose(handle);
    /* Another process may have been faster. */
    return status == STATUS_NOT_FOUND || set_status(status);
}

HANDLE WINAPI CreateBoundaryDescriptorW(const WCHAR *name, ULONG flags)
{
    UNICODE_STRING string;
    if (!name || !*name || flags & ~1u) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    RtlInitUnicodeString(&string, name);
    void *boundary = RtlCreateBoundaryDescriptor(&string, flags);
    if (!boundary)
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return boundary;
}

HANDLE WINAPI CreateBoundaryDescriptorA(const char *name, ULONG flags)
{
    WCHAR *wide;
    if (!ansi_to_wide(name, &wide))
        return NULL;
    HANDLE boundary = CreateBoundaryDescriptorW(wide, flags);
    free_wide(wide);
    return boundary;
}

void WINAPI DeleteBoundaryDescriptor(HANDLE boundary)
{
    if (boundary)
        RtlDeleteBoundaryDescriptor(boundary);
}

BOOL WINAPI AddSIDToBoundaryDescriptor(HANDLE *boundary, PSID sid)
{
    return set_status(RtlAddSIDToBoundaryDescriptor(boundary, sid));
}

BOOL WINAPI AddIntegrityLabelToBoundaryDescriptor(HANDLE *boundary, PSID label)
{
    return set_status(RtlAddIntegrityLabelToBoundaryDescriptor(boundary, label));
}
