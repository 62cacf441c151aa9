/*
 * Switching a token's privileges and groups on and off, and asking for them.
 */
#include "ke/lock.h"
#include "mm/guest.h"
#include "ob/security.h"
#include "ps/token.h"
#include <nt/syscalls.h>
#include <stdlib.h>
#include <string.h>

NTSTATUS NtAdjustPrivilegesToken(HANDLE TokenHandle, BOOLEAN DisableAllPrivileges, void *NewState,
                                 ULONG BufferLength, void *PreviousState, ULONG *ReturnLength)
{
    struct {
        uint32_t count;
        struct {
            uint32_t luid;
            int32_t high;
            uint32_t attributes;
        } entry[64];
    } wanted = {0}, previous = {0};
    void *object;
    NTSTATUS status = ob_handle_lookup(TokenHandle, &ps_token_type, TOKEN_ADJUST_PRIVILEGES, &object);
    if (!NT_SUCCESS(status))
        return status;
    if (!DisableAllPrivileges) {
        status = guest_copy(&wanted.count, NewState, 4);
        if (NT_SUCCESS(status) && wanted.count > 64)
            status = STATUS_INVALID_PARAMETER;
        if (NT_SUCCESS(status))
            status = guest_copy(wanted.entry, (uint8_t *)NewState + 4, wanted.count * 12);
    }
    if (!NT_SUCCESS(status)) {
        ob_dereference(object);
        return status;
    }
    struct ps_token *token = object;
    uint32_t found = 0;
    ke_lock();
    for (int i = 0; i < PS_PRIVILEGES; i++) {
        struct ps_privilege *privilege = &token->privileges[i];
        uint32_t attributes = 0;
        bool change = DisableAllPrivileges && !(privilege->attributes & PRIVILEGE_REMOVED);
        for (uint32_t j = 0; j < wanted.count; j++) {
            if (wanted.entry[j].luid == privilege->luid && !wanted.entry[j].high &&
                !(privilege->attributes & PRIVILEGE_REMOVED)) {
                attributes = wanted.entry[j].attributes;
                change = true;
                found++;
                break;
            }
        }
        if (!change)
            continue;
        uint32_t next = attributes & PRIVILEGE_REMOVED
                            ? PRIVILEGE_REMOVED
                            : (privilege->attributes & PRIVILEGE_ENABLED_BY_DEFAULT) |
                                  (attributes & PRIVILEGE_ENABLED);
        if (next != privilege->attributes) {
            previous.entry[previous.count].luid = privilege->luid;
            previous.entry[previous.count++].attributes = privilege->attributes;
            privilege->attributes = next;
        }
    }
    ke_unlock();
    ob_dereference(object);
    if (PreviousState) {
        ULONG size = 4 + previous.count * 12;
        if (BufferLength < size)
            status = STATUS_BUFFER_TOO_SMALL;
        else
            status = guest_copy(PreviousState, &previous, size);
        if (ReturnLength) {
            NTSTATUS written = guest_write(ReturnLength, size);
            if (!NT_SUCCESS(written))
                return written;
        }
    }
    return NT_SUCCESS(status) && found < wanted.count ? STATUS_NOT_ALL_ASSIGNED : status;
}

/* Mandatory groups (all that there are) stay on: STATUS_CANT_DISABLE_MANDATORY. */
NTSTATUS NtAdjustGroupsToken(HANDLE TokenHandle, BOOLEAN ResetToDefault, void *NewState, ULONG BufferLength,
                             void *PreviousState, ULONG *ReturnLength)
{
    struct ps_sids *wanted = NULL;
    void *object;
    NTSTATUS status = ob_handle_lookup(TokenHandle, &ps_token_type, TOKEN_ADJUST_GROUPS, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct ps_token *token = object;
    uint32_t found = 0;
    if (!ResetToDefault)
        status = ps_read_groups(NewState, &wanted);
    ke_lock();
    for (uint32_t i = 0; NT_SUCCESS(status) && wanted && i < wanted->count; i++) {
        for (int j = 0; j < PS_GROUPS; j++) {
            if (!ob_sid_equal(wanted->entry[i].sid, ps_group_of_user((unsigned)j)))
                continue;
            found++;
            if (token->group_attributes[j] & GROUP_MANDATORY &&
                !(wanted->entry[i].attributes & GROUP_ENABLED))
                status = STATUS_CANT_DISABLE_MANDATORY;
            else if (token->group_attributes[j] & GROUP_DENY_ONLY)
                status = STATUS_CANT_ENABLE_DENY_ONLY;
        }
    }
    ke_unlock();
    ob_dereference(object);
    uint32_t all = wanted ? wanted->count : 0, none = 0;
    free(wanted);
    if (!NT_SUCCESS(status))
        return status;
    if (PreviousState) { /* nothing changed */
        ULONG size = 4;
        if (ReturnLength)
            status = guest_write(ReturnLength, size);
        if (NT_SUCCESS(status))
            status = BufferLength < size ? STATUS_BUFFER_TOO_SMALL : guest_copy(PreviousState, &none, 4);
    }
    return NT_SUCCESS(status) && found < all ? STATUS_NOT_ALL_ASSIGNED : status;
}

NTSTATUS NtPrivilegeCheck(HANDLE ClientToken, void *RequiredPrivileges, BOOLEAN *Result)
{
    struct {
        uint32_t count, control;
        struct {
            uint32_t luid;
            int32_t high;
            uint32_t attributes;
        } entry[64];
    } set = {0};
    const uint32_t used_for_access = 0x80000000;
    void *object;
    NTSTATUS status = ob_handle_lookup(ClientToken, &ps_token_type, TOKEN_QUERY, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct ps_token *token = object;
    if (token->type == 2 && token->level < 1 /* SecurityIdentification */)
        status = STATUS_BAD_IMPERSONATION_LEVEL;
    if (NT_SUCCESS(status))
        status = guest_copy(&set, RequiredPrivileges, 8);
    if (NT_SUCCESS(status) && set.count > 64)
        status = STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(status))
        status = guest_copy(set.entry, (uint8_t *)RequiredPrivileges + 8, set.count * 12);
    uint32_t held = 0;
    ke_lock();
    for (uint32_t i = 0; NT_SUCCESS(status) && i < set.count; i++) {
        if (!set.entry[i].high && ps_token_has_privilege(token, set.entry[i].luid)) {
            set.entry[i].attributes |= used_for_access;
            held++;
        }
    }
    ke_unlock();
    ob_dereference(object);
    if (!NT_SUCCESS(status))
        return status;
    BOOLEAN result = set.control & 1 /* PRIVILEGE_SET_ALL_NECESSARY */ ? held == set.count : held != 0;
    status = guest_copy((uint8_t *)RequiredPrivileges + 8, set.entry, set.count * 12);
    return NT_SUCCESS(status) ? guest_write(Result, result) : status;
}
