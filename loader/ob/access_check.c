/*
 * NtAccessCheck: what a token would be granted by a security descriptor, by the documented algorithm.
 */
#include "ke/lock.h"
#include "mm/guest.h"
#include "ob/security.h"
#include "ps/token.h"
#include <nt/io.h>
#include <nt/syscalls.h>
#include <string.h>

struct mapping {
    ACCESS_MASK read, write, execute, all;
};

enum { GENERIC_BITS = (int)0xf0000000, TAKE_OWNERSHIP = 9, SECURITY_PRIVILEGE = 8 };
enum { LABEL_NO_WRITE_UP = 1, LABEL_NO_READ_UP = 2, LABEL_NO_EXECUTE_UP = 4 };

static ACCESS_MASK map(ACCESS_MASK mask, const struct mapping *mapping)
{
    if (mask & GENERIC_READ)
        mask |= mapping->read;
    if (mask & GENERIC_WRITE)
        mask |= mapping->write;
    if (mask & GENERIC_EXECUTE)
        mask |= mapping->execute;
    if (mask & GENERIC_ALL)
        mask |= mapping->all;
    return mask & ~(ACCESS_MASK)GENERIC_BITS;
}

/* What the list allows, each right by the first entry that speaks of it. */
static ACCESS_MASK evaluate(const struct ob_security_parts *parts, const struct ps_token *token,
                            const struct mapping *mapping, bool restricted)
{
    static const uint8_t owner_rights[] = {1, 1, 0, 0, 0, 0, 0, 3, 4, 0, 0, 0};
    static const uint8_t principal_self[] = {1, 1, 0, 0, 0, 0, 0, 5, 10, 0, 0, 0};
    ACCESS_MASK allowed = 0, denied = 0;
    bool owner_entry = false;
    bool is_owner = restricted ? ps_token_restricted_matches(token, parts->owner.data)
                               : ps_token_matches(token, parts->owner.data, false);

    for (const struct ob_ace *ace = NULL; (ace = ob_acl_next(&parts->dacl, ace));) {
        const uint8_t *sid = ob_ace_sid(ace);
        bool denies = ace->type == ACE_DENIED || ace->type == ACE_DENIED_OBJECT;
        if (!sid || ace->flags & ACE_INHERIT_ONLY ||
            !(denies || ace->type == ACE_ALLOWED || ace->type == ACE_ALLOWED_OBJECT) ||
            ob_sid_equal(sid, principal_self))
            continue;
        bool for_owner = ob_sid_equal(sid, owner_rights);
        owner_entry |= for_owner;
        if (!(for_owner    ? is_owner
              : restricted ? ps_token_restricted_matches(token, sid)
                           : ps_token_matches(token, sid, denies)))
            continue;
        ACCESS_MASK mask = map(ace->mask, mapping);
        if (denies)
            denied |= mask & ~allowed;
        else
            allowed |= mask & ~denied;
    }
    if (is_owner && !owner_entry) /* nobody can lock the owner out */
        allowed |= READ_CONTROL | WRITE_DAC;
    return allowed;
}

/* What the mandatory label leaves to the token's level. */
static ACCESS_MASK below_label(const struct ob_security_parts *parts, const struct ps_token *token,
                               const struct mapping *mapping)
{
    uint32_t level = 0x2000, policy = LABEL_NO_WRITE_UP;
    for (const struct ob_ace *ace = NULL; (ace = ob_acl_next(&parts->sacl, ace));) {
        const uint8_t *sid = ob_ace_sid(ace);
        if (ace->type == ACE_MANDATORY_LABEL && !(ace->flags & ACE_INHERIT_ONLY) && sid && sid[1] == 1) {
            memcpy(&level, sid + 8, 4);
            policy = ace->mask;
            break;
        }
    }
    if (token->integrity >= level)
        return ~(ACCESS_MASK)0;
    ACCESS_MASK left = SYNCHRONIZE | READ_CONTROL;
    if (!(policy & LABEL_NO_WRITE_UP))
        left |= mapping->write | DELETE | WRITE_DAC | WRITE_OWNER;
    if (!(policy & LABEL_NO_READ_UP))
        left |= mapping->read;
    if (!(policy & LABEL_NO_EXECUTE_UP))
        left |= mapping->execute;
    return left;
}

static NTSTATUS check(const struct ob_security_parts *parts, const struct ps_token *token,
                      ACCESS_MASK desired, const struct mapping *mapping, ACCESS_MASK *ret_granted,
                      uint32_t *ret_privilege)
{
    ACCESS_MASK wanted = desired & ~(ACCESS_MASK)MAXIMUM_ALLOWED;
    ACCESS_MASK label = below_label(parts, token, mapping), allowed;
    *ret_privilege = 0;
    if (wanted & ACCESS_SYSTEM_SECURITY) {
        if (!ps_token_has_privilege(token, SECURITY_PRIVILEGE))
            return STATUS_PRIVILEGE_NOT_HELD;
        *ret_privilege = SECURITY_PRIVILEGE;
    }
    if (!(parts->control & SE_DACL_PRESENT) || !parts->dacl.data) {
        allowed = mapping->all | (desired & MAXIMUM_ALLOWED ? 0 : wanted);
    } else {
        allowed = evaluate(parts, token, mapping, false);
        if (token->restricted)
            allowed &= evaluate(parts, token, mapping, true);
    }
    allowed &= label;
    if (*ret_privilege)
        allowed |= ACCESS_SYSTEM_SECURITY;
    if (wanted & WRITE_OWNER & ~allowed && ps_token_has_privilege(token, TAKE_OWNERSHIP)) {
        allowed |= WRITE_OWNER;
        *ret_privilege = TAKE_OWNERSHIP;
    }
    if (wanted & ~allowed)
        return STATUS_ACCESS_DENIED;
    ACCESS_MASK granted = desired & MAXIMUM_ALLOWED ? allowed : wanted;
    if (!granted)
        return STATUS_ACCESS_DENIED;
    *ret_granted = granted;
    return STATUS_SUCCESS;
}

NTSTATUS NtAccessCheck(void *SecurityDescriptor, HANDLE ClientToken, ACCESS_MASK DesiredAccess,
                       void *GenericMapping, void *PrivilegeSet, ULONG *PrivilegeSetLength,
                       ACCESS_MASK *GrantedAccess, NTSTATUS *AccessStatus)
{
    struct {
        uint32_t count, control;
        struct {
            uint32_t luid;
            int32_t high;
            uint32_t attributes;
        } entry;
    } set = {0};
    struct ob_security_parts parts;
    struct mapping mapping;
    ACCESS_MASK granted = 0;
    ULONG length = 0;
    void *object;

    if (DesiredAccess & (ACCESS_MASK)GENERIC_BITS)
        return STATUS_GENERIC_NOT_MAPPED;
    NTSTATUS status = guest_copy(&mapping, GenericMapping, sizeof mapping);
    if (NT_SUCCESS(status) && PrivilegeSetLength)
        status = guest_read(&length, PrivilegeSetLength);
    if (NT_SUCCESS(status) && length < sizeof set) {
        length = sizeof set;
        status = guest_write(PrivilegeSetLength, length);
        return NT_SUCCESS(status) ? STATUS_BUFFER_TOO_SMALL : status;
    }
    if (NT_SUCCESS(status))
        status = ob_handle_lookup(ClientToken, &ps_token_type, TOKEN_QUERY, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct ps_token *token = object;
    if (token->type != 2)
        status = STATUS_NO_IMPERSONATION_TOKEN;
    else if (token->level < 1 /* SecurityIdentification */)
        status = STATUS_BAD_IMPERSONATION_LEVEL;
    else
        status = ob_security_read(SecurityDescriptor, &parts);
    if (!NT_SUCCESS(status)) {
        ob_dereference(object);
        return status;
    }
    NTSTATUS result = STATUS_SUCCESS;
    uint32_t privilege = 0;
    if (!parts.owner.data || !parts.group.data) {
        status = STATUS_INVALID_SECURITY_DESCR;
    } else {
        ke_lock();
        result = check(&parts, token, DesiredAccess, &mapping, &granted, &privilege);
        ke_unlock();
    }
    ob_security_free_parts(&parts);
    ob_dereference(object);
    if (!NT_SUCCESS(status))
        return status;
    if (privilege) {
        set.count = 1;
        set.entry.luid = privilege;
        set.entry.attributes = 0x80000000; /* SE_PRIVILEGE_USED_FOR_ACCESS */
    }
    status = guest_copy(PrivilegeSet, &set, sizeof set);
    if (NT_SUCCESS(status))
        status = guest_write(GrantedAccess, granted);
    return NT_SUCCESS(status) ? guest_write(AccessStatus, result) : status;
}
