/*
 * Private namespaces: directories that are found by a boundary instead of a name.
 */
#include "mm/guest.h"
#include "ob/internal.h"
#include "ob/security.h"
#include "ob/share.h"
#include "session/session.h"
#include <nt/syscalls.h>
#include <stdlib.h>
#include <string.h>

struct boundary { /* OBJECT_BOUNDARY_DESCRIPTOR; entries follow */
    ULONG Version, Items, TotalSize, Flags;
};

enum { BOUNDARY_LIMIT = 0x1000 };

static NTSTATUS open_private(BOOLEAN create, HANDLE *guest_handle, ACCESS_MASK access,
                             const OBJECT_ATTRIBUTES *guest_attributes, const void *guest_boundary)
{
    struct gw_connection *connection;
    OBJECT_ATTRIBUTES attributes = {0};
    struct ob_security *security = NULL;
    struct boundary head;
    uint8_t boundary[BOUNDARY_LIMIT];
    void *object;
    HANDLE handle;
    NTSTATUS status = guest_read(&head, (const struct boundary *)guest_boundary);
    if (NT_SUCCESS(status) && guest_attributes)
        status = guest_read(&attributes, guest_attributes);
    if (!NT_SUCCESS(status))
        return status;
    if (head.Version != 1 || head.TotalSize <= sizeof head || head.TotalSize > sizeof boundary)
        return STATUS_INVALID_PARAMETER;
    status = guest_copy(boundary, guest_boundary, head.TotalSize);
    if (NT_SUCCESS(status) && attributes.SecurityDescriptor)
        status = ob_security_capture(attributes.SecurityDescriptor, &security);
    if (NT_SUCCESS(status))
        status = session_connect(true, &connection);
    if (!NT_SUCCESS(status)) {
        free(security);
        return status;
    }
    struct gw_open_namespace_in in = {
        .create = create, .boundary = boundary, .boundary_size = head.TotalSize};
    struct gw_open_namespace_out out;
    if (security) {
        in.security = security->descriptor;
        in.security_size = security->size;
    }
    ob_share_lock();
    status = gw_open_namespace(connection, &in, &out);
    if (NT_SUCCESS(status)) {
        struct ob_reception reception = {.type = GW_TYPE_DIRECTORY, .memory = -1};
        status = ob_share_adopt(&reception, out.handle, out.id, &object);
    }
    ob_share_unlock();
    free(security);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_handle_create(object, access, attributes.Attributes, &handle);
    ob_dereference(object);
    if (NT_SUCCESS(status) && !NT_SUCCESS(status = guest_write(guest_handle, handle)))
        ob_handle_close(handle);
    return status;
}

NTSTATUS NtCreatePrivateNamespace(HANDLE *NamespaceHandle, ACCESS_MASK DesiredAccess,
                                  OBJECT_ATTRIBUTES *ObjectAttributes, void *BoundaryDescriptor)
{
    return open_private(TRUE, NamespaceHandle, DesiredAccess, ObjectAttributes, BoundaryDescriptor);
}

NTSTATUS NtOpenPrivateNamespace(HANDLE *NamespaceHandle, ACCESS_MASK DesiredAccess,
                                OBJECT_ATTRIBUTES *ObjectAttributes, void *BoundaryDescriptor)
{
    NTSTATUS status = open_private(FALSE, NamespaceHandle, DesiredAccess, ObjectAttributes,
                                   BoundaryDescriptor);
    return status == STATUS_OBJECT_NAME_NOT_FOUND ? STATUS_OBJECT_PATH_NOT_FOUND : status;
}

NTSTATUS NtDeletePrivateNamespace(HANDLE NamespaceHandle)
{
    struct gw_connection *connection;
    struct gw_delete_namespace_in in;
    void *object;
    NTSTATUS status = ob_handle_lookup(NamespaceHandle, &ob_directory_type, 0, &object);
    if (!NT_SUCCESS(status))
        return status;
    status = ((struct ob_object *)object)->shared ? ob_share_handle(object, &connection, &in.handle)
                                                  : STATUS_NOT_FOUND;
    if (NT_SUCCESS(status))
        status = gw_delete_namespace(connection, &in);
    ob_dereference(object);
    return status;
}
