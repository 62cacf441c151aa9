/*
 * What tokens say about themselves, and what of it can be set.
 */
#include "ke/lock.h"
#include "mm/guest.h"
#include "ob/security.h"
#include "ps/token.h"
#include <nt/syscalls.h>
#include <stdlib.h>
#include <string.h>

enum {
    TOKEN_USER = 1,
    TOKEN_GROUPS,
    TOKEN_PRIVILEGES,
    TOKEN_OWNER,
    TOKEN_PRIMARY_GROUP,
    TOKEN_DEFAULT_DACL,
    TOKEN_SOURCE,
    TOKEN_TYPE,
    TOKEN_IMPERSONATION_LEVEL,
    TOKEN_STATISTICS,
    TOKEN_RESTRICTED_SIDS,
    TOKEN_SESSION_ID,
    TOKEN_SANDBOX_INERT = 15,
    TOKEN_ORIGIN = 17,
    TOKEN_ELEVATION_TYPE,
    TOKEN_LINKED_TOKEN,
    TOKEN_ELEVATION,
    TOKEN_HAS_RESTRICTIONS,
    TOKEN_VIRTUALIZATION_ALLOWED = 23,
    TOKEN_VIRTUALIZATION_ENABLED,
    TOKEN_INTEGRITY_LEVEL,
    TOKEN_UI_ACCESS,
    TOKEN_MANDATORY_POLICY,
    TOKEN_LOGON_SID,
    TOKEN_IS_APP_CONTAINER,
    TOKEN_CAPABILITIES,
    TOKEN_APP_CONTAINER_SID,
    TOKEN_IS_RESTRICTED = 40,
};

static const uint8_t integrity_sid[12] = {1, 1, 0, 0, 0, 0, 0, 16};

/* An answer in the making; pointers in it are guest addresses. */
struct answer {
    uint8_t data[16384];
    uint32_t used;
    uint8_t *guest;
};

static void *put(struct answer *answer, const void *data, uint32_t size)
{
    uint32_t at = (answer->used + 7) & ~7u;
    if (size)
        memcpy(answer->data + at, data, size);
    answer->used = at + size;
    return answer->guest + at;
}

static const uint8_t *owner_of(uint32_t index)
{
    return index ? ps_group_of_user(index - 1) : ps_user_sid();
}

static void put_sid_and_attributes(struct answer *answer, const uint8_t *sid, uint32_t attributes)
{
    struct {
        void *sid;
        uint32_t attributes;
    } entry = {answer->guest + sizeof entry, attributes};
    put(answer, &entry, sizeof entry);
    put(answer, sid, ob_sid_size(sid));
}

/* TOKEN_GROUPS of `count` SIDs. */
static NTSTATUS put_list(struct answer *answer, uint32_t count, const uint8_t *const *sids,
                         const uint32_t *attributes)
{
    struct entry {
        void *sid;
        uint32_t attributes;
    } *entries = (struct entry *)(answer->data + 8);
    uint32_t size = 8 + count * (uint32_t)sizeof *entries;
    for (uint32_t i = 0; i < count; i++)
        size += (ob_sid_size(sids[i]) + 7) & ~7u;
    if (size > sizeof answer->data)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(answer->data, &count, 4);
    answer->used = count ? 8 + count * (uint32_t)sizeof *entries : 4;
    for (uint32_t i = 0; i < count; i++)
        entries[i] = (struct entry){put(answer, sids[i], ob_sid_size(sids[i])), attributes[i]};
    return STATUS_SUCCESS;
}

static NTSTATUS put_groups(struct answer *answer, const struct ps_token *token, bool only_logon)
{
    static const uint8_t head[8] = {1, 1, 0, 0, 0, 0, 0, 16};
    const uint8_t *sids[PS_GROUPS + 1];
    uint32_t attributes[PS_GROUPS + 1], count = 0;
    uint8_t label[12];
    memcpy(label, head, 8);
    memcpy(label + 8, &token->integrity, 4);
    for (unsigned i = only_logon ? PS_LOGON_GROUP : 0; i < PS_GROUPS; i++) {
        sids[count] = ps_group_of_user(i);
        attributes[count++] = token->group_attributes[i];
    }
    if (!only_logon) {
        sids[count] = label;
        attributes[count++] = GROUP_INTEGRITY;
    }
    return put_list(answer, count, sids, attributes);
}

static NTSTATUS put_restricted(struct answer *answer, const struct ps_token *token)
{
    const uint8_t *sids[512];
    uint32_t attributes[512], count = token->restricted ? token->restricted->count : 0;
    for (uint32_t i = 0; i < count; i++) {
        sids[i] = token->restricted->entry[i].sid;
        attributes[i] = token->restricted->entry[i].attributes;
    }
    return put_list(answer, count, sids, attributes);
}

static void put_default_dacl(struct answer *answer, const struct ps_token *token)
{
    static const uint8_t system[12] = {1, 1, 0, 0, 0, 0, 0, 5, 18};
    struct ob_security_part acl = {NULL, 0};
    uint8_t copy[4096];
    uint16_t size = 0;
    ke_lock();
    if (token->default_dacl) {
        size = ((struct ob_acl *)token->default_dacl)->size;
        memcpy(copy, token->default_dacl, size);
    }
    ke_unlock();
    void *pointer = answer->guest + 8;
    put(answer, &pointer, sizeof pointer);
    if (size) {
        put(answer, copy, size);
        return;
    }
    ob_acl_add(&acl, ACE_ALLOWED, 0x10000000 /* GENERIC_ALL */, ps_user_sid());
    ob_acl_add(&acl, ACE_ALLOWED, 0x10000000, system);
    put(answer, acl.data, acl.size);
    free(acl.data);
}

static void put_statistics(struct answer *answer, const struct ps_token *token)
{
    struct {
        uint64_t TokenId, AuthenticationId;
        int64_t ExpirationTime;
        uint32_t TokenType, ImpersonationLevel, DynamicCharged, DynamicAvailable, GroupCount, PrivilegeCount;
        uint64_t ModifiedId;
    } statistics = {token->id, 0x16761, 0x7fffffffffffffff, token->type,   token->level,
                    4096,      3800,    PS_GROUPS + 1,      PS_PRIVILEGES, token->modified_id};
    put(answer, &statistics, sizeof statistics);
}

static void put_privileges(struct answer *answer, const struct ps_token *token)
{
    uint32_t list[1 + 3 * PS_PRIVILEGES] = {0};
    ke_lock();
    for (int i = 0; i < PS_PRIVILEGES; i++) {
        if (token->privileges[i].attributes & PRIVILEGE_REMOVED)
            continue;
        uint32_t *entry = &list[1 + 3 * list[0]++];
        entry[0] = token->privileges[i].luid;
        entry[2] = token->privileges[i].attributes;
    }
    ke_unlock();
    put(answer, list, 4 + 12 * list[0]);
}

static void put_integrity(struct answer *answer, const struct ps_token *token)
{
    uint8_t label[12];
    memcpy(label, integrity_sid, 8);
    memcpy(label + 8, &token->integrity, 4);
    put_sid_and_attributes(answer, label, GROUP_INTEGRITY);
}

static void put_owner(struct answer *answer, const uint8_t *sid)
{
    void *pointer = answer->guest + 8;
    put(answer, &pointer, sizeof pointer);
    put(answer, sid, ob_sid_size(sid));
}

static void put_source(struct answer *answer)
{
    const struct {
        char name[8];
        uint32_t id[2];
    } source = {"User32 ", {0x16760, 0}};
    put(answer, &source, sizeof source);
}

static void put_number(struct answer *answer, uint64_t number)
{
    put(answer, &number, sizeof number);
}

/* The classes whose answer is one word. *ret_exact: a shorter buffer has the wrong length. */
static bool query_word(const struct ps_token *token, ULONG class, uint32_t *ret_word, bool *ret_exact,
                       NTSTATUS *ret_status)
{
    switch (class) {
    case TOKEN_IMPERSONATION_LEVEL:
        if (token->type != 2)
            *ret_status = STATUS_INVALID_INFO_CLASS;
        *ret_word = token->level;
        return true;
    case TOKEN_TYPE: *ret_word = token->type; return true;
    case TOKEN_ELEVATION_TYPE:
        *ret_word = 1; /* TokenElevationTypeDefault: there is no other token to elevate to */
        return true;
    case TOKEN_MANDATORY_POLICY: *ret_word = 3; return true;
    }
    *ret_exact = true;
    switch (class) {
    case TOKEN_SESSION_ID: *ret_word = token->session; return true;
    case TOKEN_SANDBOX_INERT: *ret_word = token->sandbox_inert; return true;
    case TOKEN_HAS_RESTRICTIONS:
    case TOKEN_IS_RESTRICTED: *ret_word = token->restricted != NULL; return true;
    case TOKEN_ELEVATION:
    case TOKEN_VIRTUALIZATION_ALLOWED:
    case TOKEN_VIRTUALIZATION_ENABLED:
    case TOKEN_UI_ACCESS:
    case TOKEN_IS_APP_CONTAINER: *ret_word = 0; return true;
    }
    *ret_exact = false;
    return false;
}

static NTSTATUS query_structure(struct ps_token *token, ULONG class, struct answer *answer)
{
    const uint32_t none = 0;
    switch (class) {
    case TOKEN_USER:
        put_sid_and_attributes(answer, ps_user_sid(), token->user_deny_only ? GROUP_DENY_ONLY : 0);
        return STATUS_SUCCESS;
    case TOKEN_INTEGRITY_LEVEL: put_integrity(answer, token); return STATUS_SUCCESS;
    case TOKEN_GROUPS: return put_groups(answer, token, false);
    case TOKEN_LOGON_SID: return put_groups(answer, token, true);
    case TOKEN_RESTRICTED_SIDS: return put_restricted(answer, token);
    case TOKEN_CAPABILITIES: put(answer, &none, sizeof none); return STATUS_SUCCESS;
    case TOKEN_PRIVILEGES: put_privileges(answer, token); return STATUS_SUCCESS;
    case TOKEN_OWNER: put_owner(answer, owner_of(token->owner)); return STATUS_SUCCESS;
    case TOKEN_PRIMARY_GROUP: put_owner(answer, owner_of(token->primary_group)); return STATUS_SUCCESS;
    case TOKEN_APP_CONTAINER_SID: put_number(answer, 0); return STATUS_SUCCESS; /* a pointer to none */
    case TOKEN_DEFAULT_DACL: put_default_dacl(answer, token); return STATUS_SUCCESS;
    case TOKEN_SOURCE: put_source(answer); return STATUS_SUCCESS;
    case TOKEN_STATISTICS: put_statistics(answer, token); return STATUS_SUCCESS;
    case TOKEN_ORIGIN: put_number(answer, 0x3e7); return STATUS_SUCCESS;
    case TOKEN_LINKED_TOKEN: return STATUS_NO_SUCH_LOGON_SESSION;
    default: return STATUS_INVALID_INFO_CLASS;
    }
}

NTSTATUS NtQueryInformationToken(HANDLE TokenHandle, ULONG TokenInformationClass, void *TokenInformation,
                                 ULONG TokenInformationLength, ULONG *ReturnLength)
{
    struct answer answer = {.guest = TokenInformation};
    uint32_t word = 0;
    bool exact = false;
    void *token;
    NTSTATUS status = ob_handle_lookup(
        TokenHandle, &ps_token_type, TokenInformationClass == TOKEN_SOURCE ? TOKEN_QUERY_SOURCE : TOKEN_QUERY,
        &token);
    if (!NT_SUCCESS(status))
        return status;
    if (query_word(token, TokenInformationClass, &word, &exact, &status))
        put(&answer, &word, sizeof word);
    else
        status = query_structure(token, TokenInformationClass, &answer);
    ob_dereference(token);
    if (!NT_SUCCESS(status))
        return status;
    if (ReturnLength) {
        ULONG length = answer.used;
        status = guest_write(ReturnLength, length);
    }
    if (NT_SUCCESS(status) && TokenInformationLength < answer.used)
        status = exact ? STATUS_INFO_LENGTH_MISMATCH : STATUS_BUFFER_TOO_SMALL;
    return NT_SUCCESS(status) ? guest_copy(TokenInformation, answer.data, answer.used) : status;
}

static NTSTATUS read_sid(const uint8_t *guest, uint8_t sid[68])
{
    NTSTATUS status = guest_copy(sid, guest, 8);
    if (!NT_SUCCESS(status))
        return status;
    return sid[0] != 1 || sid[1] > 15 ? STATUS_INVALID_SID : guest_copy(sid, guest, ob_sid_size(sid));
}

/* The user or one of the groups, as ps_token.owner counts them. */
static bool find_owner(const uint8_t *sid, uint32_t *ret_index)
{
    *ret_index = 0;
    if (ob_sid_equal(sid, ps_user_sid()))
        return true;
    for (unsigned i = 0; i < PS_GROUPS; i++) {
        if (ob_sid_equal(sid, ps_group_of_user(i))) {
            *ret_index = i + 1;
            return true;
        }
    }
    return false;
}

static NTSTATUS set_default_dacl(struct ps_token *token, const void *guest)
{
    struct ob_acl head;
    uint8_t *acl = NULL;
    NTSTATUS status = guest ? guest_read(&head, (const struct ob_acl *)guest) : STATUS_SUCCESS;
    if (!NT_SUCCESS(status))
        return status;
    if (guest) {
        if (head.size < sizeof head || head.size > 4096)
            return STATUS_INVALID_ACL;
        if (!(acl = malloc(head.size)))
            return STATUS_NO_MEMORY;
        status = guest_copy(acl, guest, head.size);
        ((struct ob_acl *)acl)->size = head.size;
    }
    if (!NT_SUCCESS(status)) {
        free(acl);
        return status;
    }
    ke_lock();
    uint8_t *old = token->default_dacl;
    token->default_dacl = acl;
    ke_unlock();
    free(old);
    return STATUS_SUCCESS;
}

/* The level can be lowered only. */
static NTSTATUS set_integrity(struct ps_token *token, const uint8_t *sid)
{
    uint32_t level;
    if (sid[1] != 1 || memcmp(sid, integrity_sid, 8) != 0)
        return STATUS_INVALID_PARAMETER;
    memcpy(&level, sid + 8, 4);
    if (level > token->integrity)
        return STATUS_PRIVILEGE_NOT_HELD;
    token->integrity = level;
    return STATUS_SUCCESS;
}

NTSTATUS NtSetInformationToken(HANDLE TokenHandle, ULONG TokenInformationClass, void *TokenInformation,
                               ULONG TokenInformationLength)
{
    uint8_t sid[68], *pointer;
    uint32_t index;
    void *object;
    NTSTATUS status = ob_handle_lookup(TokenHandle, &ps_token_type, TOKEN_ADJUST_DEFAULT, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct ps_token *token = object;
    switch (TokenInformationClass) {
    case TOKEN_OWNER:
    case TOKEN_PRIMARY_GROUP:
    case TOKEN_DEFAULT_DACL:
    case TOKEN_INTEGRITY_LEVEL:
        if (TokenInformationLength < sizeof pointer)
            status = STATUS_INFO_LENGTH_MISMATCH;
        else
            status = guest_read(&pointer, (uint8_t **)TokenInformation);
        if (NT_SUCCESS(status) && TokenInformationClass == TOKEN_DEFAULT_DACL) {
            status = set_default_dacl(token, pointer);
            break;
        }
        if (NT_SUCCESS(status))
            status = read_sid(pointer, sid);
        if (!NT_SUCCESS(status))
            break;
        if (TokenInformationClass == TOKEN_INTEGRITY_LEVEL)
            status = set_integrity(token, sid);
        else if (!find_owner(sid, &index) ||
                 (TokenInformationClass == TOKEN_OWNER && index)) /* no group is an owner (SE_GROUP_OWNER) */
            status = TokenInformationClass == TOKEN_OWNER ? STATUS_INVALID_OWNER
                                                          : STATUS_INVALID_PRIMARY_GROUP;
        else
            *(TokenInformationClass == TOKEN_OWNER ? &token->owner : &token->primary_group) = index;
        break;
    case TOKEN_SESSION_ID:
    case TOKEN_UI_ACCESS: status = STATUS_PRIVILEGE_NOT_HELD; break;
    default: status = STATUS_INVALID_INFO_CLASS;
    }
    ob_dereference(object);
    return status;
}
