/*
 * Security descriptors: kept with the object as given, never enforced.
 */
#include "ke/lock.h"
#include "mm/guest.h"
#include "ob/internal.h"
#include "ps/token.h"
#include "wow/wow.h"
#include <nt/syscalls.h>
#include <stdlib.h>
#include <string.h>

enum {
    SE_DACL_PRESENT = 0x0004,
    SE_SACL_PRESENT = 0x0010,
    SE_SELF_RELATIVE = 0x8000,
};
enum { OWNER = 1, GROUP = 2, DACL = 4, SACL = 8 };

struct relative {
    uint8_t revision, sbz1;
    uint16_t control;
    uint32_t owner, group, sacl, dacl; /* offsets, 0: none */
};

struct absolute {
    uint8_t revision, sbz1;
    uint16_t control;
    void *owner, *group, *sacl, *dacl;
};

struct acl {
    uint8_t revision, sbz1;
    uint16_t size, ace_count, sbz2;
};

/* The four parts, as host copies. */
struct parts {
    uint16_t control;
    struct {
        uint8_t *data;
        uint32_t size;
    } part[4]; /* owner, group, sacl, dacl */
};

static void free_parts(struct parts *parts)
{
    for (int i = 0; i < 4; i++)
        free(parts->part[i].data);
}

static NTSTATUS read_part(const uint8_t *guest, bool sid, uint8_t **ret_data, uint32_t *ret_size)
{
    uint8_t head[8];
    NTSTATUS status = guest_copy(head, guest, 8);
    if (!NT_SUCCESS(status))
        return status;
    uint32_t size = sid ? 8 + 4u * head[1] : *(uint16_t *)(head + 2);
    if (sid ? head[1] > 15 : size < sizeof(struct acl))
        return sid ? STATUS_INVALID_SID : STATUS_INVALID_ACL;
    uint8_t *data = malloc(size);
    if (!data)
        return STATUS_NO_MEMORY;
    status = guest_copy(data, guest, size);
    if (!NT_SUCCESS(status)) {
        free(data);
        return status;
    }
    *ret_data = data;
    *ret_size = size;
    return STATUS_SUCCESS;
}

/* Takes a descriptor in either form apart. */
static NTSTATUS read_parts(const void *guest, struct parts *ret_parts)
{
    struct absolute descriptor;
    const uint8_t *place[4];
    NTSTATUS status = guest_copy(&descriptor, guest, 4);
    memset(ret_parts, 0, sizeof *ret_parts);
    if (!NT_SUCCESS(status))
        return status;
    if (descriptor.revision != 1)
        return STATUS_UNKNOWN_REVISION;
    if (descriptor.control & SE_SELF_RELATIVE) {
        struct relative relative;
        status = guest_copy(&relative, guest, sizeof relative);
        uint32_t offsets[4] = {relative.owner, relative.group, relative.sacl, relative.dacl};
        for (int i = 0; i < 4; i++)
            place[i] = offsets[i] ? (const uint8_t *)guest + offsets[i] : NULL;
    } else {
        void *pointers[4];
        if (wow_active) {
            struct relative narrow; /* 32-bit pointers lie where offsets do */
            status = guest_copy(&narrow, guest, sizeof narrow);
            pointers[0] = wow_pointer(narrow.owner), pointers[1] = wow_pointer(narrow.group);
            pointers[2] = wow_pointer(narrow.sacl), pointers[3] = wow_pointer(narrow.dacl);
        } else {
            status = guest_copy(&descriptor, guest, sizeof descriptor);
            pointers[0] = descriptor.owner, pointers[1] = descriptor.group;
            pointers[2] = descriptor.sacl, pointers[3] = descriptor.dacl;
        }
        for (int i = 0; i < 4; i++)
            place[i] = pointers[i];
    }
    if (!(descriptor.control & SE_SACL_PRESENT))
        place[2] = NULL;
    if (!(descriptor.control & SE_DACL_PRESENT))
        place[3] = NULL;
    ret_parts->control = descriptor.control;
    for (int i = 0; i < 4 && NT_SUCCESS(status); i++)
        if (place[i])
            status = read_part(place[i], i < 2, &ret_parts->part[i].data, &ret_parts->part[i].size);
    if (!NT_SUCCESS(status))
        free_parts(ret_parts);
    return status;
}

static struct ob_security *build(const struct parts *parts)
{
    uint32_t size = sizeof(struct relative);
    for (int i = 0; i < 4; i++)
        size += (parts->part[i].size + 3) & ~3u;
    struct ob_security *security = calloc(1, sizeof *security + size);
    if (!security)
        return NULL;
    struct relative *relative = (struct relative *)security->descriptor;
    uint32_t *offsets[4] = {&relative->owner, &relative->group, &relative->sacl, &relative->dacl};
    uint32_t at = sizeof *relative;
    security->size = size;
    relative->revision = 1;
    relative->control = parts->control | SE_SELF_RELATIVE;
    for (int i = 0; i < 4; i++) {
        if (!parts->part[i].data)
            continue;
        *offsets[i] = at;
        memcpy(security->descriptor + at, parts->part[i].data, parts->part[i].size);
        at += (parts->part[i].size + 3) & ~3u;
    }
    return security;
}

NTSTATUS ob_security_capture(const void *guest, struct ob_security **ret_security)
{
    struct parts parts;
    NTSTATUS status = read_parts(guest, &parts);
    if (!NT_SUCCESS(status))
        return status;
    struct ob_security *security = build(&parts);
    free_parts(&parts);
    if (!security)
        return STATUS_NO_MEMORY;
    *ret_security = security;
    return STATUS_SUCCESS;
}

/* What the object has, or the default: owned by the user, who and SYSTEM may do everything. */
static NTSTATUS object_parts(struct ob_object *object, struct parts *ret_parts)
{
    uint8_t copy[1024];
    bool stored = false;
    ke_lock();
    if (object->security && object->security->size <= sizeof copy) {
        memcpy(copy, object->security->descriptor, object->security->size);
        stored = true;
    }
    ke_unlock();
    NTSTATUS status = STATUS_SUCCESS;
    if (stored)
        status = read_parts(copy, ret_parts);
    else
        memset(ret_parts, 0, sizeof *ret_parts);
    if (!NT_SUCCESS(status))
        return status;

    const uint8_t *user = ps_user_sid();
    uint32_t user_size = 8 + 4u * user[1];
    static const uint8_t system[12] = {1, 1, 0, 0, 0, 0, 0, 5, 18};
    for (int i = 0; i < 2; i++) {
        if (!ret_parts->part[i].data && (ret_parts->part[i].data = malloc(user_size))) {
            memcpy(ret_parts->part[i].data, user, user_size);
            ret_parts->part[i].size = user_size;
        }
    }
    if (!stored) {
        uint32_t size = (uint32_t)sizeof(struct acl) + 8 + user_size + 8 + sizeof system;
        uint8_t *acl = calloc(1, size), *ace = acl ? acl + sizeof(struct acl) : NULL;
        if (acl) {
            *(struct acl *)acl = (struct acl){2, 0, (uint16_t)size, 2, 0};
            *(uint16_t *)(ace + 2) = (uint16_t)(8 + user_size);
            *(uint32_t *)(ace + 4) = object->type->all_access;
            memcpy(ace + 8, user, user_size);
            ace += 8 + user_size;
            *(uint16_t *)(ace + 2) = 8 + sizeof system;
            *(uint32_t *)(ace + 4) = object->type->all_access;
            memcpy(ace + 8, system, sizeof system);
            ret_parts->part[3].data = acl;
            ret_parts->part[3].size = size;
            ret_parts->control = SE_DACL_PRESENT;
        }
    }
    return STATUS_SUCCESS;
}

NTSTATUS NtQuerySecurityObject(HANDLE Handle, ULONG SecurityInformation, void *SecurityDescriptor,
                               ULONG Length, ULONG *LengthNeeded)
{
    static const ULONG bits[4] = {OWNER, GROUP, SACL, DACL};
    struct parts parts;
    void *object;
    NTSTATUS status = ob_handle_lookup(Handle, NULL, 0, &object);
    if (!NT_SUCCESS(status))
        return status;
    status = object_parts(object, &parts);
    ob_dereference(object);
    if (!NT_SUCCESS(status))
        return status;
    for (int i = 0; i < 4; i++) {
        if (!(SecurityInformation & bits[i])) {
            free(parts.part[i].data);
            parts.part[i].data = NULL;
            parts.part[i].size = 0;
        }
    }
    if (!(SecurityInformation & DACL))
        parts.control &= (uint16_t)~SE_DACL_PRESENT;
    if (!(SecurityInformation & SACL))
        parts.control &= (uint16_t)~SE_SACL_PRESENT;
    struct ob_security *security = build(&parts);
    free_parts(&parts);
    if (!security)
        return STATUS_NO_MEMORY;
    ULONG needed = security->size;
    status = guest_write(LengthNeeded, needed);
    if (NT_SUCCESS(status))
        status = Length < needed ? STATUS_BUFFER_TOO_SMALL
                                 : guest_copy(SecurityDescriptor, security->descriptor, needed);
    free(security);
    return status;
}

NTSTATUS NtSetSecurityObject(HANDLE Handle, ULONG SecurityInformation, void *SecurityDescriptor)
{
    static const ULONG bits[4] = {OWNER, GROUP, SACL, DACL};
    struct parts given, parts;
    void *object;
    NTSTATUS status = read_parts(SecurityDescriptor, &given);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_handle_lookup(Handle, NULL, 0, &object);
    if (NT_SUCCESS(status) && !NT_SUCCESS(status = object_parts(object, &parts)))
        ob_dereference(object);
    if (!NT_SUCCESS(status)) {
        free_parts(&given);
        return status;
    }
    if ((SecurityInformation & OWNER && !given.part[0].data) ||
        (SecurityInformation & GROUP && !given.part[1].data))
        status = STATUS_INVALID_SECURITY_DESCR;
    for (int i = 0; i < 4; i++) {
        if (SecurityInformation & bits[i]) {
            uint8_t *old = parts.part[i].data;
            parts.part[i] = given.part[i];
            given.part[i].data = old;
        }
    }
    if (SecurityInformation & DACL)
        parts.control = (uint16_t)((parts.control & ~SE_DACL_PRESENT) | (given.control & SE_DACL_PRESENT));
    if (SecurityInformation & SACL)
        parts.control = (uint16_t)((parts.control & ~SE_SACL_PRESENT) | (given.control & SE_SACL_PRESENT));
    struct ob_security *security = NT_SUCCESS(status) ? build(&parts) : NULL;
    free_parts(&given);
    free_parts(&parts);
    if (security) {
        struct ob_object *target = object;
        ke_lock();
        struct ob_security *old = target->security;
        target->security = security;
        ke_unlock();
        free(old);
    } else if (NT_SUCCESS(status)) {
        status = STATUS_NO_MEMORY;
    }
    ob_dereference(object);
    return status;
}
