/*
 * Security descriptors, absolute (pointers) and self-relative (offsets from the start).
 */
#include <nt/rtl.h>

typedef SECURITY_DESCRIPTOR absolute;
typedef SECURITY_DESCRIPTOR_RELATIVE relative;

/* The parts of either form. */
struct parts {
    PSID owner, group;
    PACL sacl, dacl;
};

static struct parts parts_of(PSECURITY_DESCRIPTOR descriptor)
{
    const absolute *a = descriptor;
    const relative *r = descriptor;

    if (!(a->Control & SE_SELF_RELATIVE))
        return (struct parts){a->Owner, a->Group, a->Control & SE_SACL_PRESENT ? a->Sacl : NULL,
                              a->Control & SE_DACL_PRESENT ? a->Dacl : NULL};
#define AT(offset) ((offset) ? (PVOID)((char *)descriptor + (offset)) : NULL)
    return (struct parts){AT(r->Owner), AT(r->Group), r->Control & SE_SACL_PRESENT ? AT(r->Sacl) : NULL,
                          r->Control & SE_DACL_PRESENT ? AT(r->Dacl) : NULL};
#undef AT
}

static NTSTATUS check(PSECURITY_DESCRIPTOR descriptor)
{
    return ((absolute *)descriptor)->Revision == SECURITY_DESCRIPTOR_REVISION ? STATUS_SUCCESS
                                                                              : STATUS_UNKNOWN_REVISION;
}

NTSTATUS NTAPI RtlCreateSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, ULONG revision)
{
    if (revision != SECURITY_DESCRIPTOR_REVISION)
        return STATUS_UNKNOWN_REVISION;
    memset(descriptor, 0, sizeof(absolute));
    ((absolute *)descriptor)->Revision = SECURITY_DESCRIPTOR_REVISION;
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI RtlValidSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor)
{
    if (!descriptor || !NT_SUCCESS(check(descriptor)))
        return FALSE;
    struct parts parts = parts_of(descriptor);
    return (!parts.owner || RtlValidSid(parts.owner)) && (!parts.group || RtlValidSid(parts.group)) &&
           (!parts.sacl || RtlValidAcl(parts.sacl)) && (!parts.dacl || RtlValidAcl(parts.dacl));
}

static BOOLEAN inside(const void *part, ULONG size, const void *descriptor, ULONG length)
{
    SIZE_T offset = (SIZE_T)((const char *)part - (const char *)descriptor);
    return !part || (offset >= sizeof(relative) && offset <= length && size <= length - offset);
}

BOOLEAN NTAPI RtlValidRelativeSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, ULONG length,
                                                 SECURITY_INFORMATION required)
{
    if (length < sizeof(relative) || !NT_SUCCESS(check(descriptor)) ||
        !(((relative *)descriptor)->Control & SE_SELF_RELATIVE))
        return FALSE;
    struct parts parts = parts_of(descriptor);
    if (((required & OWNER_SECURITY_INFORMATION) && !parts.owner) ||
        ((required & GROUP_SECURITY_INFORMATION) && !parts.group))
        return FALSE;
    return inside(parts.owner, 8, descriptor, length) && inside(parts.group, 8, descriptor, length) &&
           inside(parts.dacl, sizeof(ACL), descriptor, length) &&
           inside(parts.sacl, sizeof(ACL), descriptor, length) && RtlValidSecurityDescriptor(descriptor) &&
           (!parts.owner || inside(parts.owner, RtlLengthSid(parts.owner), descriptor, length)) &&
           (!parts.group || inside(parts.group, RtlLengthSid(parts.group), descriptor, length)) &&
           (!parts.dacl || inside(parts.dacl, parts.dacl->AclSize, descriptor, length)) &&
           (!parts.sacl || inside(parts.sacl, parts.sacl->AclSize, descriptor, length));
}

static ULONG aligned(ULONG size)
{
    return (size + 3) & ~3u;
}

ULONG NTAPI RtlLengthSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor)
{
    struct parts parts = parts_of(descriptor);
    ULONG size = ((absolute *)descriptor)->Control & SE_SELF_RELATIVE ? sizeof(relative) : sizeof(absolute);

    if (parts.owner)
        size += aligned(RtlLengthSid(parts.owner));
    if (parts.group)
        size += aligned(RtlLengthSid(parts.group));
    if (parts.sacl)
        size += aligned(parts.sacl->AclSize);
    if (parts.dacl)
        size += aligned(parts.dacl->AclSize);
    return size;
}

#define DEFINE_ACL_PART(name, field, present_bit, default_bit)                                               \
    NTSTATUS NTAPI RtlGet##name##SecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, PBOOLEAN present,       \
                                                    PACL *acl, PBOOLEAN defaulted)                           \
    {                                                                                                        \
        absolute *a = descriptor;                                                                            \
        if (!NT_SUCCESS(check(descriptor)))                                                                  \
            return STATUS_UNKNOWN_REVISION;                                                                  \
        *present = (a->Control & present_bit) != 0;                                                          \
        if (*present) {                                                                                      \
            *acl = parts_of(descriptor).field;                                                               \
            *defaulted = (a->Control & default_bit) != 0;                                                    \
        }                                                                                                    \
        return STATUS_SUCCESS;                                                                               \
    }                                                                                                        \
    NTSTATUS NTAPI RtlSet##name##SecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, BOOLEAN present,        \
                                                    PACL acl, BOOLEAN defaulted)                             \
    {                                                                                                        \
        absolute *a = descriptor;                                                                            \
        if (!NT_SUCCESS(check(descriptor)))                                                                  \
            return STATUS_UNKNOWN_REVISION;                                                                  \
        if (a->Control & SE_SELF_RELATIVE)                                                                   \
            return STATUS_INVALID_SECURITY_DESCR;                                                            \
        a->Control &= (WORD) ~(present_bit | default_bit);                                                   \
        if (present) {                                                                                       \
            a->name = acl;                                                                                   \
            a->Control |= (WORD)(present_bit | (defaulted ? default_bit : 0));                               \
        }                                                                                                    \
        return STATUS_SUCCESS;                                                                               \
    }
DEFINE_ACL_PART(Dacl, dacl, SE_DACL_PRESENT, SE_DACL_DEFAULTED)
DEFINE_ACL_PART(Sacl, sacl, SE_SACL_PRESENT, SE_SACL_DEFAULTED)

#define DEFINE_SID_PART(name, field, default_bit)                                                            \
    NTSTATUS NTAPI RtlGet##name##SecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, PSID *sid,              \
                                                    PBOOLEAN defaulted)                                      \
    {                                                                                                        \
        if (!NT_SUCCESS(check(descriptor)))                                                                  \
            return STATUS_UNKNOWN_REVISION;                                                                  \
        *sid = parts_of(descriptor).field;                                                                   \
        *defaulted = (((absolute *)descriptor)->Control & default_bit) != 0;                                 \
        return STATUS_SUCCESS;                                                                               \
    }                                                                                                        \
    NTSTATUS NTAPI RtlSet##name##SecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, PSID sid,               \
                                                    BOOLEAN defaulted)                                       \
    {                                                                                                        \
        absolute *a = descriptor;                                                                            \
        if (!NT_SUCCESS(check(descriptor)))                                                                  \
            return STATUS_UNKNOWN_REVISION;                                                                  \
        if (a->Control & SE_SELF_RELATIVE)                                                                   \
            return STATUS_INVALID_SECURITY_DESCR;                                                            \
        a->name = sid;                                                                                       \
        a->Control = (WORD)((a->Control & ~default_bit) | (defaulted ? default_bit : 0));                    \
        return STATUS_SUCCESS;                                                                               \
    }
DEFINE_SID_PART(Owner, owner, SE_OWNER_DEFAULTED)
DEFINE_SID_PART(Group, group, SE_GROUP_DEFAULTED)

NTSTATUS NTAPI RtlGetControlSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor,
                                               PSECURITY_DESCRIPTOR_CONTROL control, PULONG revision)
{
    *revision = ((absolute *)descriptor)->Revision;
    if (!NT_SUCCESS(check(descriptor)))
        return STATUS_UNKNOWN_REVISION;
    *control = ((absolute *)descriptor)->Control;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlSetControlSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor,
                                               SECURITY_DESCRIPTOR_CONTROL mask,
                                               SECURITY_DESCRIPTOR_CONTROL bits)
{
    const WORD settable = 0x0040 | 0x0080 | SE_DACL_AUTO_INHERIT_REQ | SE_SACL_AUTO_INHERIT_REQ |
                          SE_DACL_AUTO_INHERITED | SE_SACL_AUTO_INHERITED | SE_DACL_PROTECTED |
                          SE_SACL_PROTECTED;

    if ((mask | bits) & ~settable || bits & ~mask)
        return STATUS_INVALID_PARAMETER;
    ((absolute *)descriptor)->Control = (WORD)((((absolute *)descriptor)->Control & ~mask) | bits);
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI RtlGetSecurityDescriptorRMControl(PSECURITY_DESCRIPTOR descriptor, PUCHAR control)
{
    const absolute *a = descriptor;

    *control = a->Control & SE_RM_CONTROL_VALID ? a->Sbz1 : 0;
    return (a->Control & SE_RM_CONTROL_VALID) != 0;
}

void NTAPI RtlSetSecurityDescriptorRMControl(PSECURITY_DESCRIPTOR descriptor, PUCHAR control)
{
    absolute *a = descriptor;

    a->Sbz1 = control ? *control : 0;
    a->Control = (WORD)(control ? a->Control | SE_RM_CONTROL_VALID : a->Control & ~SE_RM_CONTROL_VALID);
}

/* Either form to a self-relative copy. *length: what it needs. */
NTSTATUS NTAPI RtlMakeSelfRelativeSD(PSECURITY_DESCRIPTOR source, PSECURITY_DESCRIPTOR destination,
                                     PULONG length)
{
    struct parts parts = parts_of(source);
    const absolute *a = source;
    ULONG needed = sizeof(relative) + (parts.owner ? aligned(RtlLengthSid(parts.owner)) : 0) +
                   (parts.group ? aligned(RtlLengthSid(parts.group)) : 0) +
                   (parts.sacl ? aligned(parts.sacl->AclSize) : 0) +
                   (parts.dacl ? aligned(parts.dacl->AclSize) : 0);

    if (*length < needed) {
        *length = needed;
        return STATUS_BUFFER_TOO_SMALL;
    }
    *length = needed;
    memset(destination, 0, needed);
    relative *r = destination;
    char *p = (char *)(r + 1);
    r->Revision = a->Revision;
    r->Sbz1 = a->Sbz1;
    r->Control = (WORD)(a->Control | SE_SELF_RELATIVE);
#define PUT(part, field, size)                                                                               \
    if (part) {                                                                                              \
        memcpy(p, part, size);                                                                               \
        r->field = (ULONG)(p - (char *)r);                                                                   \
        p += aligned(size);                                                                                  \
    }
    PUT(parts.sacl, Sacl, parts.sacl->AclSize)
    PUT(parts.dacl, Dacl, parts.dacl->AclSize)
    PUT(parts.owner, Owner, RtlLengthSid(parts.owner))
    PUT(parts.group, Group, RtlLengthSid(parts.group))
#undef PUT
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAbsoluteToSelfRelativeSD(PSECURITY_DESCRIPTOR source, PSECURITY_DESCRIPTOR destination,
                                           PULONG length)
{
    if (((absolute *)source)->Control & SE_SELF_RELATIVE)
        return STATUS_BAD_DESCRIPTOR_FORMAT;
    return RtlMakeSelfRelativeSD(source, destination, length);
}

NTSTATUS NTAPI RtlSelfRelativeToAbsoluteSD(PSECURITY_DESCRIPTOR source, PSECURITY_DESCRIPTOR destination,
                                           PULONG length, PACL dacl, PULONG dacl_length, PACL sacl,
                                           PULONG sacl_length, PSID owner, PULONG owner_length, PSID group,
                                           PULONG group_length)
{
    struct parts parts = parts_of(source);
    absolute *a = destination;

    if (!(((absolute *)source)->Control & SE_SELF_RELATIVE))
        return STATUS_BAD_DESCRIPTOR_FORMAT;
    const ULONG sizes[] = {sizeof *a, parts.dacl ? parts.dacl->AclSize : 0u,
                           parts.sacl ? parts.sacl->AclSize : 0u, parts.owner ? RtlLengthSid(parts.owner) : 0,
                           parts.group ? RtlLengthSid(parts.group) : 0};
    PULONG const lengths[] = {length, dacl_length, sacl_length, owner_length, group_length};
    NTSTATUS status = STATUS_SUCCESS;
    for (unsigned i = 0; i < 5; i++) {
        if (*lengths[i] < sizes[i])
            status = STATUS_BUFFER_TOO_SMALL;
    }
    for (unsigned i = 0; i < 5; i++)
        if (status || i)
            *lengths[i] = sizes[i];
    if (status)
        return status;
    memset(a, 0, sizeof *a);
    a->Revision = ((absolute *)source)->Revision;
    a->Sbz1 = ((absolute *)source)->Sbz1;
    a->Control = (WORD)(((absolute *)source)->Control & ~SE_SELF_RELATIVE);
    if (parts.dacl)
        a->Dacl = memcpy(dacl, parts.dacl, sizes[1]);
    if (parts.sacl)
        a->Sacl = memcpy(sacl, parts.sacl, sizes[2]);
    if (parts.owner)
        a->Owner = memcpy(owner, parts.owner, sizes[3]);
    if (parts.group)
        a->Group = memcpy(group, parts.group, sizes[4]);
    return STATUS_SUCCESS;
}

/* A self-relative copy from the process heap. */
NTSTATUS NTAPI RtlCopySecurityDescriptor(PSECURITY_DESCRIPTOR source, PSECURITY_DESCRIPTOR *ret_copy)
{
    ULONG length = 0;

    RtlMakeSelfRelativeSD(source, NULL, &length);
    PVOID copy = RtlAllocateHeap(rtl_peb()->ProcessHeap, 0, length);
    if (!copy)
        return STATUS_NO_MEMORY;
    RtlMakeSelfRelativeSD(source, copy, &length);
    *ret_copy = copy;
    return STATUS_SUCCESS;
}
