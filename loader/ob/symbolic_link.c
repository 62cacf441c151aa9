/*
 * Symbolic links between names of objects.
 */
#include "ke/wait.h"
#include "mm/guest.h"
#include "ob/directory.h"
#include "ob/share.h"
#include <nt/syscalls.h>
#include <stdlib.h>
#include <string.h>

enum { SYMBOLIC_LINK_QUERY = 1 };

struct symbolic_link {
    struct ob_object object;
    WCHAR *target; /* malloc'ed */
    size_t length;
};

static void destroy_link(void *object)
{
    free(((struct symbolic_link *)object)->target);
}

void *ob_symbolic_link_create(const void *target, size_t length)
{
    struct symbolic_link *link = ob_create(&ob_symbolic_link_type);
    if (!link)
        return NULL;
    link->target = malloc(length * 2 + 2);
    if (!link->target) {
        ob_dereference(link);
        return NULL;
    }
    memcpy(link->target, target, length * 2);
    link->length = length;
    return link;
}

static NTSTATUS adopt_link(struct ob_reception *reception, void **ret_object)
{
    *ret_object = ob_symbolic_link_create(reception->data, reception->data_size / 2);
    return *ret_object ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

static NTSTATUS publish_link(void *object, struct ob_publication *ret)
{
    const struct symbolic_link *link = object;
    WCHAR *copy = malloc(link->length * 2 + 2);
    if (!copy)
        return STATUS_NO_MEMORY;
    memcpy(copy, link->target, link->length * 2);
    ret->data = copy;
    ret->data_size = (uint32_t)link->length * 2;
    return STATUS_SUCCESS;
}

static const struct ob_share_type link_share = {GW_TYPE_SYMBOLIC_LINK, publish_link, adopt_link, NULL, false};

const struct ob_type ob_symbolic_link_type = {
    .name = "SymbolicLink",
    .size = sizeof(struct symbolic_link),
    .generic_read = READ_CONTROL | SYMBOLIC_LINK_QUERY,
    .generic_write = READ_CONTROL,
    .generic_execute = READ_CONTROL | SYMBOLIC_LINK_QUERY,
    .all_access = STANDARD_RIGHTS_REQUIRED | 1,
    .destroy = destroy_link,
    .share = &link_share,
};

NTSTATUS NtCreateSymbolicLinkObject(HANDLE *LinkHandle, ACCESS_MASK DesiredAccess,
                                    OBJECT_ATTRIBUTES *ObjectAttributes, UNICODE_STRING *LinkTarget)
{
    struct symbolic_link *link = ob_create(&ob_symbolic_link_type);
    if (!link)
        return STATUS_NO_MEMORY;
    NTSTATUS status = guest_read_unicode_string(LinkTarget, &link->target, &link->length);
    if (NT_SUCCESS(status) && !link->length)
        status = STATUS_INVALID_PARAMETER;
    if (!NT_SUCCESS(status)) {
        ob_dereference(link);
        return status;
    }
    return ob_insert(link, ObjectAttributes, DesiredAccess, LinkHandle);
}

NTSTATUS NtOpenSymbolicLinkObject(HANDLE *LinkHandle, ACCESS_MASK DesiredAccess,
                                  OBJECT_ATTRIBUTES *ObjectAttributes)
{
    return ob_open(&ob_symbolic_link_type, ObjectAttributes, DesiredAccess, LinkHandle);
}

NTSTATUS NtQuerySymbolicLinkObject(HANDLE LinkHandle, UNICODE_STRING *LinkTarget, ULONG *ReturnedLength)
{
    UNICODE_STRING string;
    void *object;
    NTSTATUS status = guest_read(&string, LinkTarget);
    if (NT_SUCCESS(status))
        status = ob_handle_lookup(LinkHandle, &ob_symbolic_link_type, SYMBOLIC_LINK_QUERY, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct symbolic_link *link = object;
    ULONG needed = (ULONG)(link->length + 1) * 2;
    if (ReturnedLength)
        status = guest_write(ReturnedLength, needed);
    if (NT_SUCCESS(status) && string.MaximumLength < link->length * 2)
        status = STATUS_BUFFER_TOO_SMALL;
    if (NT_SUCCESS(status)) {
        WCHAR zero = 0;
        string.Length = (USHORT)(link->length * 2);
        status = guest_copy(string.Buffer, link->target, string.Length);
        if (NT_SUCCESS(status) && string.MaximumLength >= needed)
            status = guest_copy(string.Buffer + link->length, &zero, 2);
        if (NT_SUCCESS(status))
            status = guest_copy(LinkTarget, &string, sizeof string);
    }
    ob_dereference(object);
    return status;
}
