/*
 * Calls on handles of any type: compare, query, attributes.
 */
#include "ke/lock.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include "ob/internal.h"
#include "ob/share.h"
#include "ps/ps.h"
#include <nt/syscalls.h>
#include <stdlib.h>
#include <string.h>

#ifndef STATUS_NOT_SAME_OBJECT /* not in mingw-w64 */
#define STATUS_NOT_SAME_OBJECT ((NTSTATUS)0xC00001AC)
#endif

NTSTATUS NtCompareObjects(HANDLE FirstObjectHandle, HANDLE SecondObjectHandle)
{
    void *first, *second;
    ke_lock();
    NTSTATUS status = ob_handle_peek(FirstObjectHandle, NULL, 0, &first);
    if (NT_SUCCESS(status))
        status = ob_handle_peek(SecondObjectHandle, NULL, 0, &second);
    if (NT_SUCCESS(status) && first != second)
        status = STATUS_NOT_SAME_OBJECT;
    ke_unlock();
    return status;
}

enum {
    OBJECT_BASIC_INFORMATION,
    OBJECT_NAME_INFORMATION,
    OBJECT_TYPE_INFORMATION,
    OBJECT_TYPES_INFORMATION,
    OBJECT_HANDLE_FLAG_INFORMATION
};

struct handle_flags {
    BOOLEAN Inherit, ProtectFromClose;
};

struct basic_information {
    ULONG Attributes;
    ACCESS_MASK GrantedAccess;
    ULONG HandleCount, PointerCount, PagedPoolCharge, NonPagedPoolCharge, Reserved[3];
    ULONG NameInfoSize, TypeInfoSize, SecurityDescriptorSize;
    LARGE_INTEGER CreationTime;
};

struct type_information {
    UNICODE_STRING TypeName;
    ULONG TotalNumberOfObjects, TotalNumberOfHandles;
    ULONG Pools[10]; /* pool usages and high-water marks */
    ULONG InvalidAttributes;
    ULONG GenericMapping[4];
    ULONG ValidAccessMask;
    BOOLEAN SecurityRequired, MaintainHandleCount;
    UCHAR TypeIndex;
    CHAR ReservedByte;
    ULONG PoolType, DefaultPagedPoolCharge, DefaultNonPagedPoolCharge;
};
_Static_assert(sizeof(struct type_information) == 0x68, "OBJECT_TYPE_INFORMATION");
_Static_assert(sizeof(struct basic_information) == 0x38, "OBJECT_BASIC_INFORMATION");

/* Other processes that have handles to it. */
static ULONG other_holders(struct ob_object *object)
{
    struct gw_connection *connection;
    struct gw_query_in in;
    WCHAR name[0x400];
    struct gw_query_out out = {.name = name, .name_size = sizeof name};
    if (!object->shared || !NT_SUCCESS(ob_share_handle(object, &connection, &in.handle)) ||
        !NT_SUCCESS(gw_query(connection, &in, &out)))
        return 0;
    return out.references - 1;
}

static NTSTATUS query_name(struct ob_object *object, void *buffer, ULONG length, ULONG *ret_length)
{
    size_t units = 0;
    WCHAR *text = object->type->query_name ? object->type->query_name(object, &units)
                                           : ob_full_name(object, &units);
    ULONG needed = (ULONG)(sizeof(UNICODE_STRING) + (text ? (units + 1) * 2 : 0));
    NTSTATUS status;
    *ret_length = needed;
    if (length < sizeof(UNICODE_STRING)) {
        status = STATUS_INFO_LENGTH_MISMATCH;
    } else if (length < needed) {
        status = STATUS_BUFFER_OVERFLOW;
    } else {
        uint8_t *copy = calloc(1, needed);
        status = copy ? STATUS_SUCCESS : STATUS_NO_MEMORY;
        if (copy && text) {
            UNICODE_STRING *string = (UNICODE_STRING *)copy;
            string->Length = (USHORT)(units * 2);
            string->MaximumLength = string->Length + 2;
            string->Buffer = (PWSTR)((uint8_t *)buffer + sizeof *string);
            memcpy(string + 1, text, units * 2);
        }
        if (copy)
            status = guest_copy(buffer, copy, needed);
        free(copy);
    }
    free(text);
    return status;
}

uint8_t ob_type_index(const struct ob_type *type)
{
    /* In the order in which Windows 10 creates those types; only that they differ matters. */
    static const char *const names[] = {"Type",
                                        "Directory",
                                        "SymbolicLink",
                                        "Token",
                                        "Job",
                                        "Process",
                                        "Thread",
                                        "DebugObject",
                                        "Event",
                                        "Mutant",
                                        "Semaphore",
                                        "Timer",
                                        "KeyedEvent",
                                        "Section",
                                        "IoCompletion",
                                        "File",
                                        "Key",
                                        "TmTx",
                                        "WaitCompletionPacket"};
    enum { FIRST = 2, COUNT = sizeof names / sizeof *names };
    for (unsigned i = 0; i < COUNT; i++)
        if (strcmp(names[i], type->name) == 0)
            return (uint8_t)(FIRST + i);
    return FIRST + COUNT;
}

static NTSTATUS query_type(const struct ob_type *type, void *buffer, ULONG length, ULONG *ret_length)
{
    struct {
        struct type_information information;
        WCHAR name[32];
    } copy = {0};
    size_t units = strlen(type->name);
    ULONG needed = (ULONG)(sizeof copy.information + (units + 1) * 2 + 7) & ~7u;
    *ret_length = needed;
    if (length < needed)
        return STATUS_INFO_LENGTH_MISMATCH;
    copy.information.TypeName.Length = (USHORT)(units * 2);
    copy.information.TypeName.MaximumLength = (USHORT)(units * 2 + 2);
    copy.information.TypeName.Buffer = (PWSTR)((struct type_information *)buffer + 1);
    copy.information.GenericMapping[0] = type->generic_read;
    copy.information.GenericMapping[1] = type->generic_write;
    copy.information.GenericMapping[2] = type->generic_execute;
    copy.information.GenericMapping[3] = type->all_access;
    copy.information.ValidAccessMask = type->all_access;
    copy.information.TypeIndex = ob_type_index(type);
    for (size_t i = 0; i < units; i++)
        copy.name[i] = (WCHAR)type->name[i];
    return guest_copy(buffer, &copy, needed);
}

NTSTATUS NtQueryObject(HANDLE Handle, ULONG ObjectInformationClass, void *ObjectInformation,
                       ULONG ObjectInformationLength, ULONG *ReturnLength)
{
    ACCESS_MASK access;
    ULONG attributes, length = 0;
    void *pointer;
    if (ObjectInformationClass > OBJECT_HANDLE_FLAG_INFORMATION ||
        ObjectInformationClass == OBJECT_TYPES_INFORMATION)
        return STATUS_INVALID_INFO_CLASS;
    NTSTATUS status = ob_handle_lookup(Handle, NULL, 0, &pointer);
    if (!NT_SUCCESS(status))
        return status;
    struct ob_object *object = pointer;
    ob_handle_access(Handle, &access);
    ob_handle_attributes(Handle, &attributes);
    switch (ObjectInformationClass) {
    case OBJECT_BASIC_INFORMATION: {
        struct basic_information basic = {
            .Attributes = attributes & OBJ_INHERIT,
            .GrantedAccess = access,
            .HandleCount = (ULONG)object->handles + other_holders(object),
            .PointerCount = (ULONG)object->references - 1,
        };
        if (attributes & OBJ_PROTECT_CLOSE)
            basic.Attributes |= 1;
        length = sizeof basic;
        status = ObjectInformationLength < length ? STATUS_INFO_LENGTH_MISMATCH
                                                  : guest_copy(ObjectInformation, &basic, length);
        break;
    }
    case OBJECT_NAME_INFORMATION:
        status = query_name(object, ObjectInformation, ObjectInformationLength, &length);
        break;
    case OBJECT_TYPE_INFORMATION:
        status = query_type(object->type, ObjectInformation, ObjectInformationLength, &length);
        break;
    case OBJECT_HANDLE_FLAG_INFORMATION: {
        struct handle_flags flags = {(attributes & OBJ_INHERIT) != 0, (attributes & OBJ_PROTECT_CLOSE) != 0};
        length = sizeof flags;
        status = ObjectInformationLength < length ? STATUS_INFO_LENGTH_MISMATCH
                                                  : guest_copy(ObjectInformation, &flags, length);
        break;
    }
    }
    ob_dereference(object);
    if (ReturnLength) {
        NTSTATUS written = guest_write(ReturnLength, length);
        if (!NT_SUCCESS(written))
            return written;
    }
    return status;
}

NTSTATUS NtSetInformationObject(HANDLE Handle, ULONG ObjectInformationClass, void *ObjectInformation,
                                ULONG ObjectInformationLength)
{
    struct handle_flags flags;
    if (ObjectInformationClass != OBJECT_HANDLE_FLAG_INFORMATION)
        return STATUS_INVALID_INFO_CLASS;
    if (ObjectInformationLength != sizeof flags)
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS status = guest_copy(&flags, ObjectInformation, sizeof flags);
    if (!NT_SUCCESS(status))
        return status;
    return ob_handle_set_attributes(Handle, OBJ_INHERIT | OBJ_PROTECT_CLOSE,
                                    (flags.Inherit ? OBJ_INHERIT : 0u) |
                                        (flags.ProtectFromClose ? OBJ_PROTECT_CLOSE : 0u));
}
