/*
 * Security descriptors: kept with the object as given, or by its type; never enforced (the Unix
 * user's rights count).
 */
#include "ob/security.h"
#include "ke/lock.h"
#include "mm/guest.h"
#include "ob/internal.h"
#include "ob/share.h"
#include "ps/token.h"
#include "wow/wow.h"
#include <nt/io.h>
#include <nt/syscalls.h>
#include <stdlib.h>
#include <string.h>

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

void ob_security_free_parts(struct ob_security_parts *parts)
{
    for (int i = 0; i < 4; i++)
        free(parts->part[i].data);
}

bool ob_sid_equal(const uint8_t *a, const uint8_t *b)
{
    return a[1] == b[1] && memcmp(a, b, ob_sid_size(a)) == 0;
}

static NTSTATUS read_part(const uint8_t *guest, bool sid, struct ob_security_part *ret_part)
{
    uint8_t head[8];
    NTSTATUS status = guest_copy(head, guest, 8);
    if (!NT_SUCCESS(status))
        return status;
    uint32_t size = sid ? 8 + 4u * head[1] : *(uint16_t *)(head + 2);
    if (sid ? head[0] != 1 || head[1] > 15 : size < sizeof(struct ob_acl))
        return sid ? STATUS_INVALID_SID : STATUS_INVALID_ACL;
    uint8_t *data = malloc(size);
    if (!data)
        return STATUS_NO_MEMORY;
    status = guest_copy(data, guest, size);
    if (!NT_SUCCESS(status)) {
        free(data);
        return status;
    }
    ret_part->data = data;
    ret_part->size = size;
    return STATUS_SUCCESS;
}

NTSTATUS ob_security_read(const void *guest, struct ob_security_parts *ret_parts)
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
    ret_parts->control = descriptor.control & (uint16_t)~SE_SELF_RELATIVE;
    for (int i = 0; i < 4 && NT_SUCCESS(status); i++)
        if (place[i])
            status = read_part(place[i], i < 2, &ret_parts->part[i]);
    if (!NT_SUCCESS(status))
        ob_security_free_parts(ret_parts);
    return status;
}

struct ob_security *ob_security_build(const struct ob_security_parts *parts)
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
    struct ob_security_parts parts;
    NTSTATUS status = ob_security_read(guest, &parts);
    if (!NT_SUCCESS(status))
        return status;
    struct ob_security *security = ob_security_build(&parts);
    ob_security_free_parts(&parts);
    if (!security)
        return STATUS_NO_MEMORY;
    *ret_security = security;
    return STATUS_SUCCESS;
}

/* ---------------------------------------------------------------- lists */

bool ob_acl_add(struct ob_security_part *acl, uint8_t type, uint32_t mask, const uint8_t *sid)
{
    uint32_t at = acl->data ? acl->size : sizeof(struct ob_acl);
    uint32_t ace_size = (uint32_t)sizeof(struct ob_ace) + ob_sid_size(sid);
    uint8_t *data = realloc(acl->data, at + ace_size);
    if (!data)
        return false;
    struct ob_acl *head = (struct ob_acl *)data;
    if (!acl->data)
        *head = (struct ob_acl){.revision = 2};
    struct ob_ace *ace = (struct ob_ace *)(data + at);
    *ace = (struct ob_ace){.type = type, .size = (uint16_t)ace_size, .mask = mask};
    memcpy(ace->sid, sid, ob_sid_size(sid));
    head->size = (uint16_t)(at + ace_size);
    head->count++;
    acl->data = data;
    acl->size = at + ace_size;
    return true;
}

const struct ob_ace *ob_acl_next(const struct ob_security_part *acl, const struct ob_ace *ace)
{
    uint32_t at = ace ? (uint32_t)((const uint8_t *)ace - acl->data) + ace->size : sizeof(struct ob_acl);
    unsigned index = 0;

    if (!acl->data)
        return NULL;
    /* Behind the last one there may be room: entries are counted. */
    for (uint32_t p = sizeof(struct ob_acl); p < at; p += ((const struct ob_ace *)(acl->data + p))->size)
        index++;
    if (index >= ((const struct ob_acl *)acl->data)->count || at + sizeof(struct ob_ace) > acl->size)
        return NULL;
    const struct ob_ace *next = (const struct ob_ace *)(acl->data + at);
    return next->size < sizeof *next || at + next->size > acl->size ? NULL : next;
}

const uint8_t *ob_ace_sid(const struct ob_ace *ace)
{
    uint32_t at = sizeof *ace;
    if (ace->type >= 5 && ace->type <= 8 && ace->size >= 12) { /* object entries: flags, up to two GUIDs */
        uint32_t flags = *(const uint32_t *)ace->sid;
        at += 4 + (flags & 1 ? 16 : 0) + (flags & 2 ? 16 : 0);
    }
    const uint8_t *sid = (const uint8_t *)ace + at;
    return ace->type == 4 || at + 8 > ace->size || at + ob_sid_size(sid) > ace->size ? NULL : sid;
}

/* Keeps the mandatory labels of a system list, or all but them. */
static bool filter_sacl(struct ob_security_part *acl, bool labels)
{
    struct ob_security_part kept = {NULL, 0};
    uint32_t size = sizeof(struct ob_acl);
    if (!acl->data)
        return true;
    kept.data = malloc(acl->size);
    if (!kept.data)
        return false;
    struct ob_acl *head = (struct ob_acl *)kept.data;
    *head = *(struct ob_acl *)acl->data;
    head->count = 0;
    for (const struct ob_ace *ace = NULL; (ace = ob_acl_next(acl, ace));) {
        if ((ace->type == ACE_MANDATORY_LABEL) != labels)
            continue;
        memcpy(kept.data + size, ace, ace->size);
        size += ace->size;
        head->count++;
    }
    head->size = (uint16_t)size;
    kept.size = size;
    free(acl->data);
    if (!head->count) {
        free(kept.data);
        kept = (struct ob_security_part){NULL, 0};
    }
    *acl = kept;
    return true;
}

static bool append_sacl(struct ob_security_part *acl, const struct ob_security_part *more)
{
    if (!more->data)
        return true;
    uint32_t old = acl->data ? acl->size : sizeof(struct ob_acl), extra = more->size - sizeof(struct ob_acl);
    uint8_t *data = realloc(acl->data, old + extra);
    if (!data)
        return false;
    struct ob_acl *head = (struct ob_acl *)data;
    if (!acl->data)
        *head = (struct ob_acl){.revision = 2};
    memcpy(data + old, more->data + sizeof(struct ob_acl), extra);
    head->count = (uint16_t)(head->count + ((struct ob_acl *)more->data)->count);
    head->size = (uint16_t)(old + extra);
    *acl = (struct ob_security_part){data, old + extra};
    return true;
}

/* ---------------------------------------------------------------- objects */

static bool duplicate_sid(struct ob_security_part *part, const uint8_t *sid)
{
    part->data = malloc(ob_sid_size(sid));
    if (!part->data)
        return false;
    part->size = ob_sid_size(sid);
    memcpy(part->data, sid, part->size);
    return true;
}

/* What the object has, or the default: owned by the user, who and SYSTEM may do everything. */
static NTSTATUS object_parts(struct ob_object *object, struct ob_security_parts *ret_parts)
{
    static const uint8_t system[12] = {1, 1, 0, 0, 0, 0, 0, 5, 18};
    struct ob_security *copy = NULL;
    NTSTATUS status = STATUS_SUCCESS;

    if (object->type->get_security) {
        status = object->type->get_security(object, &copy);
        if (status == STATUS_NOT_IMPLEMENTED)
            status = STATUS_SUCCESS;
    }
    if (NT_SUCCESS(status) && !copy && object->shared) {
        status = ob_share_read_security(object, &copy);
    } else if (NT_SUCCESS(status) && !copy) {
        ke_lock();
        uint32_t size = object->security ? (uint32_t)sizeof *copy + object->security->size : 0;
        ke_unlock();
        if (size && !(copy = malloc(size)))
            return STATUS_NO_MEMORY;
        ke_lock();
        if (copy && sizeof *copy + object->security->size <= size)
            memcpy(copy, object->security, sizeof *copy + object->security->size);
        ke_unlock();
    }
    if (NT_SUCCESS(status) && copy)
        status = ob_security_read(copy->descriptor, ret_parts);
    else
        memset(ret_parts, 0, sizeof *ret_parts);
    bool stored = copy != NULL;
    free(copy);
    if (!NT_SUCCESS(status))
        return status;
    bool good = (ret_parts->owner.data || duplicate_sid(&ret_parts->owner, ps_user_sid())) &&
                (ret_parts->group.data || duplicate_sid(&ret_parts->group, ps_group_sid()));
    if (good && !stored) {
        good = ob_acl_add(&ret_parts->dacl, ACE_ALLOWED, object->type->all_access, ps_user_sid()) &&
               ob_acl_add(&ret_parts->dacl, ACE_ALLOWED, object->type->all_access, system);
        ret_parts->control = SE_DACL_PRESENT;
    }
    if (!good)
        ob_security_free_parts(ret_parts);
    return good ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

static void drop(struct ob_security_part *part)
{
    free(part->data);
    *part = (struct ob_security_part){NULL, 0};
}

NTSTATUS NtQuerySecurityObject(HANDLE Handle, ULONG SecurityInformation, void *SecurityDescriptor,
                               ULONG Length, ULONG *LengthNeeded)
{
    struct ob_security_parts parts;
    ACCESS_MASK wanted = 0;
    void *object;
    if (SecurityInformation & (SECURITY_OWNER | SECURITY_GROUP | SECURITY_DACL | SECURITY_LABEL))
        wanted |= READ_CONTROL;
    if (SecurityInformation & SECURITY_SACL)
        wanted |= ACCESS_SYSTEM_SECURITY;
    NTSTATUS status = ob_handle_lookup(Handle, NULL, wanted, &object);
    if (!NT_SUCCESS(status))
        return status;
    status = object_parts(object, &parts);
    ob_dereference(object);
    if (!NT_SUCCESS(status))
        return status;
    if (!(SecurityInformation & SECURITY_OWNER))
        drop(&parts.owner);
    if (!(SecurityInformation & SECURITY_GROUP))
        drop(&parts.group);
    if (!(SecurityInformation & SECURITY_DACL)) {
        drop(&parts.dacl);
        parts.control &= (uint16_t) ~(SE_DACL_PRESENT | SE_DACL_DEFAULTED | SE_DACL_AUTO_INHERIT_REQ |
                                      SE_DACL_AUTO_INHERITED | SE_DACL_PROTECTED);
    }
    if (!(SecurityInformation & (SECURITY_SACL | SECURITY_LABEL)))
        drop(&parts.sacl);
    else if (!(SecurityInformation & SECURITY_SACL) || !(SecurityInformation & SECURITY_LABEL))
        filter_sacl(&parts.sacl, !(SecurityInformation & SECURITY_SACL));
    if (!parts.sacl.data)
        parts.control &= (uint16_t) ~(SE_SACL_PRESENT | SE_SACL_DEFAULTED | SE_SACL_AUTO_INHERIT_REQ |
                                      SE_SACL_AUTO_INHERITED | SE_SACL_PROTECTED);
    struct ob_security *security = ob_security_build(&parts);
    ob_security_free_parts(&parts);
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

/* Replaces the parts that `information` names by those given; the other way round for the old ones. */
static NTSTATUS merge(struct ob_security_parts *parts, struct ob_security_parts *given, ULONG information)
{
    static const ULONG bits[4] = {SECURITY_OWNER, SECURITY_GROUP, SECURITY_SACL, SECURITY_DACL};
    const uint16_t dacl_bits = SE_DACL_PRESENT | SE_DACL_DEFAULTED | SE_DACL_PROTECTED;
    const uint16_t sacl_bits = SE_SACL_PRESENT | SE_SACL_DEFAULTED | SE_SACL_PROTECTED;

    if ((information & SECURITY_OWNER && !given->owner.data) ||
        (information & SECURITY_GROUP && !given->group.data))
        return STATUS_INVALID_SECURITY_DESCR;
    if (information & SECURITY_LABEL && !(information & SECURITY_SACL)) {
        if (!filter_sacl(&parts->sacl, false) || !filter_sacl(&given->sacl, true) ||
            !append_sacl(&parts->sacl, &given->sacl))
            return STATUS_NO_MEMORY;
        if (parts->sacl.data)
            parts->control |= SE_SACL_PRESENT;
    }
    for (int i = 0; i < 4; i++) {
        if (information & bits[i]) {
            struct ob_security_part old = parts->part[i];
            parts->part[i] = given->part[i];
            given->part[i] = old;
        }
    }
    if (information & SECURITY_DACL) {
        uint16_t inherited = given->control & SE_DACL_AUTO_INHERIT_REQ ? SE_DACL_AUTO_INHERITED : 0;
        parts->control = (uint16_t)((parts->control & ~(dacl_bits | SE_DACL_AUTO_INHERITED)) |
                                    (given->control & dacl_bits) | inherited);
    }
    if (information & SECURITY_SACL) {
        uint16_t inherited = given->control & SE_SACL_AUTO_INHERIT_REQ ? SE_SACL_AUTO_INHERITED : 0;
        parts->control = (uint16_t)((parts->control & ~(sacl_bits | SE_SACL_AUTO_INHERITED)) |
                                    (given->control & sacl_bits) | inherited);
    }
    return STATUS_SUCCESS;
}

NTSTATUS NtSetSecurityObject(HANDLE Handle, ULONG SecurityInformation, void *SecurityDescriptor)
{
    struct ob_security_parts given, parts;
    ACCESS_MASK wanted = 0;
    void *object;
    if (SecurityInformation & (SECURITY_OWNER | SECURITY_GROUP | SECURITY_LABEL))
        wanted |= WRITE_OWNER;
    if (SecurityInformation & SECURITY_DACL)
        wanted |= WRITE_DAC;
    if (SecurityInformation & SECURITY_SACL)
        wanted |= ACCESS_SYSTEM_SECURITY;
    NTSTATUS status = ob_security_read(SecurityDescriptor, &given);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_handle_lookup(Handle, NULL, wanted, &object);
    if (NT_SUCCESS(status) && !NT_SUCCESS(status = object_parts(object, &parts)))
        ob_dereference(object);
    if (!NT_SUCCESS(status)) {
        ob_security_free_parts(&given);
        return status;
    }
    struct ob_object *target = object;
    status = merge(&parts, &given, SecurityInformation);
    struct ob_security *security = NT_SUCCESS(status) ? ob_security_build(&parts) : NULL;
    ob_security_free_parts(&given);
    ob_security_free_parts(&parts);
    if (NT_SUCCESS(status) && !security)
        status = STATUS_NO_MEMORY;
    bool elsewhere = false;
    if (NT_SUCCESS(status) && target->type->set_security) {
        status = target->type->set_security(target, SecurityInformation, security);
        elsewhere = status != STATUS_NOT_IMPLEMENTED;
        if (!elsewhere)
            status = STATUS_SUCCESS;
    }
    if (NT_SUCCESS(status) && !elsewhere && target->shared)
        status = ob_share_write_security(target, security);
    else if (NT_SUCCESS(status) && !elsewhere) {
        ke_lock();
        struct ob_security *old = target->security;
        target->security = security;
        ke_unlock();
        security = old;
    }
    free(security);
    ob_dereference(object);
    return status;
}
