/*
 * Access tokens: the user as a normal, not elevated member of the usual groups, and the calls that
 * open, duplicate and restrict tokens.
 */
#include "ps/token.h"
#include "ke/lock.h"
#include "mm/guest.h"
#include "ob/security.h"
#include "ps/thread.h"
#include "wow/wow.h"
#include <nt/io.h>
#include <nt/syscalls.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void destroy_token(void *object);

const struct ob_type ps_token_type = {
    .name = "Token",
    .size = sizeof(struct ps_token),
    .generic_read = READ_CONTROL | TOKEN_QUERY,
    .generic_write = READ_CONTROL | 0xe0,
    .generic_execute = READ_CONTROL | TOKEN_IMPERSONATE,
    .all_access = 0x000f0000 | 0x1ff,
    .destroy = destroy_token,
};

/* SIDs: revision, count, authority (big-endian), sub-authorities. */
static uint8_t user_sid[PS_SID_SIZE] = {1, 5, 0, 0, 0, 0, 0, 5};
static const uint8_t everyone[] = {1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0};
static const uint8_t local[] = {1, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0};
static const uint8_t interactive[] = {1, 1, 0, 0, 0, 0, 0, 5, 4, 0, 0, 0};
static const uint8_t authenticated[] = {1, 1, 0, 0, 0, 0, 0, 5, 11, 0, 0, 0};
static const uint8_t users[] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x21, 2, 0, 0};
static const uint8_t logon[] = {1, 3, 0, 0, 0, 0, 0, 5, 5, 0, 0, 0, 0, 0, 0, 0, 0x61, 0x67, 1, 0};
static const uint8_t none_group[] = {1,    5,    0,    0,    0,    0,    0,    5,    21,   0,
                                     0,    0,    0x47, 0x61, 0x73, 0x74, 0x77, 0x69, 0x72, 0x74,
                                     0x48, 0x61, 0x75, 0x73, 1,    2,    0,    0};

static const uint8_t *const groups[PS_GROUPS] = {
    [PS_NONE_GROUP] = none_group, everyone, users, interactive, authenticated, local,
    [PS_LOGON_GROUP] = logon,
};

static const struct ps_privilege default_privileges[PS_PRIVILEGES] = {
    {17, 0},                                                /* SeBackupPrivilege: of what is the user's */
    {18, 0},                                                /* SeRestorePrivilege */
    {19, 0},                                                /* SeShutdownPrivilege */
    {23, PRIVILEGE_ENABLED | PRIVILEGE_ENABLED_BY_DEFAULT}, /* SeChangeNotifyPrivilege */
    {25, 0},                                                /* SeUndockPrivilege */
    {33, 0},                                                /* SeIncreaseWorkingSetPrivilege */
    {34, 0},                                                /* SeTimeZonePrivilege */
};

static struct ps_token process_token = {.object = {.type = &ps_token_type, .references = 1},
                                        .type = 1,
                                        .session = 1,
                                        .integrity = 0x2000,
                                        .primary_group = PS_NONE_GROUP + 1,
                                        .id = 0x10001,
                                        .modified_id = 0x10003};
static uint64_t last_id = 0x10010;

uint64_t ps_token_next_id(void)
{
    return last_id += 16;
}

static void destroy_token(void *object)
{
    struct ps_token *token = object;
    free(token->restricted);
    free(token->default_dacl);
}

/* S-1-5-21-machine-(1000 + Unix uid). */
const uint8_t *ps_user_sid(void)
{
    if (!user_sid[8]) {
        uint32_t id = 1000 + getuid();
        memcpy(user_sid, none_group, PS_SID_SIZE);
        memcpy(user_sid + 24, &id, 4);
    }
    return user_sid;
}

const uint8_t *ps_group_sid(void)
{
    return none_group;
}

const uint8_t *ps_group_of_user(unsigned index)
{
    return index < PS_GROUPS ? groups[index] : NULL;
}

struct ps_token *ps_process_token(void)
{
    if (!process_token.privileges[0].luid) {
        ps_user_sid();
        memcpy(process_token.privileges, default_privileges, sizeof default_privileges);
        for (int i = 0; i < PS_GROUPS; i++)
            process_token.group_attributes[i] =
                GROUP_MANDATORY | GROUP_ENABLED_BY_DEFAULT | GROUP_ENABLED |
                (i == PS_LOGON_GROUP ? 0xc0000000 /* SE_GROUP_LOGON_ID */ : 0);
    }
    return &process_token;
}

bool ps_token_has_privilege(const struct ps_token *token, uint32_t luid)
{
    for (int i = 0; i < PS_PRIVILEGES; i++)
        if (token->privileges[i].luid == luid)
            return (token->privileges[i].attributes & (PRIVILEGE_ENABLED | PRIVILEGE_REMOVED)) ==
                   PRIVILEGE_ENABLED;
    return false;
}

bool ps_token_matches(const struct ps_token *token, const uint8_t *sid, bool denies)
{
    if (ob_sid_equal(sid, ps_user_sid()))
        return denies || !token->user_deny_only;
    for (int i = 0; i < PS_GROUPS; i++)
        if (ob_sid_equal(sid, groups[i]))
            return token->group_attributes[i] & (denies ? GROUP_ENABLED | GROUP_DENY_ONLY : GROUP_ENABLED) &&
                   (denies || !(token->group_attributes[i] & GROUP_DENY_ONLY));
    return false;
}

bool ps_token_restricted_matches(const struct ps_token *token, const uint8_t *sid)
{
    for (uint32_t i = 0; i < token->restricted->count; i++)
        if (ob_sid_equal(sid, token->restricted->entry[i].sid))
            return true;
    return false;
}

/* ---------------------------------------------------------------- opening */

NTSTATUS NtOpenProcessTokenEx(HANDLE ProcessHandle, ACCESS_MASK DesiredAccess, ULONG HandleAttributes,
                              HANDLE *TokenHandle)
{
    HANDLE handle;
    void *process;
    NTSTATUS status = ob_handle_lookup(ProcessHandle, &ps_process_type,
                                       0x1000 /* PROCESS_QUERY_LIMITED_INFORMATION */, &process);
    if (status == STATUS_ACCESS_DENIED)
        status = ob_handle_lookup(ProcessHandle, &ps_process_type, 0x400 /* PROCESS_QUERY_INFORMATION */,
                                  &process);
    if (!NT_SUCCESS(status))
        return status;
    ob_dereference(process); /* every process has the same user's token */
    status = ob_handle_create(ps_process_token(), DesiredAccess, HandleAttributes, &handle);
    if (!NT_SUCCESS(status))
        return status;
    status = guest_write(TokenHandle, handle);
    if (!NT_SUCCESS(status))
        ob_handle_close(handle);
    return status;
}

NTSTATUS NtOpenProcessToken(HANDLE ProcessHandle, ACCESS_MASK DesiredAccess, HANDLE *TokenHandle)
{
    return NtOpenProcessTokenEx(ProcessHandle, DesiredAccess, 0, TokenHandle);
}

NTSTATUS NtOpenThreadTokenEx(HANDLE ThreadHandle, ACCESS_MASK DesiredAccess, BOOLEAN OpenAsSelf,
                             ULONG HandleAttributes, HANDLE *TokenHandle)
{
    HANDLE handle;
    void *object;
    (void)OpenAsSelf;
    NTSTATUS status = ob_handle_lookup(ThreadHandle, &ps_thread_type, 0, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct ps_thread *thread = object;
    ke_lock();
    struct ps_token *token = thread->impersonation;
    if (token)
        ob_reference(token);
    ke_unlock();
    ob_dereference(object);
    if (!token)
        return STATUS_NO_TOKEN;
    status = ob_handle_create(token, DesiredAccess, HandleAttributes, &handle);
    ob_dereference(token);
    if (!NT_SUCCESS(status))
        return status;
    status = guest_write(TokenHandle, handle);
    if (!NT_SUCCESS(status))
        ob_handle_close(handle);
    return status;
}

NTSTATUS NtOpenThreadToken(HANDLE ThreadHandle, ACCESS_MASK DesiredAccess, BOOLEAN OpenAsSelf,
                           HANDLE *TokenHandle)
{
    return NtOpenThreadTokenEx(ThreadHandle, DesiredAccess, OpenAsSelf, 0, TokenHandle);
}

/* Everything but type and level. */
static NTSTATUS copy_token(struct ps_token *token, struct ps_token *old)
{
    NTSTATUS status = STATUS_SUCCESS;
    if (old->restricted) {
        size_t size = sizeof *old->restricted + old->restricted->count * sizeof *old->restricted->entry;
        if (!(token->restricted = malloc(size)))
            return STATUS_NO_MEMORY;
        memcpy(token->restricted, old->restricted, size);
    }
    ke_lock();
    token->session = old->session;
    token->integrity = old->integrity;
    token->user_deny_only = old->user_deny_only;
    token->sandbox_inert = old->sandbox_inert;
    token->owner = old->owner;
    token->primary_group = old->primary_group;
    memcpy(token->privileges, old->privileges, sizeof token->privileges);
    memcpy(token->group_attributes, old->group_attributes, sizeof token->group_attributes);
    token->id = ps_token_next_id();
    token->modified_id = old->modified_id;
    if (old->default_dacl) {
        uint16_t size = ((struct ob_acl *)old->default_dacl)->size;
        if ((token->default_dacl = malloc(size)))
            memcpy(token->default_dacl, old->default_dacl, size);
        else
            status = STATUS_NO_MEMORY;
    }
    ke_unlock();
    return status;
}

NTSTATUS ps_impersonate_self(uint32_t level)
{
    enum { TOKEN_IMPERSONATION_TYPE = 2 };
    struct ps_token *token = ob_create(&ps_token_type);
    NTSTATUS status = token ? copy_token(token, ps_process_token()) : STATUS_NO_MEMORY;
    if (!NT_SUCCESS(status)) {
        if (token)
            ob_dereference(token);
        return status;
    }
    token->type = TOKEN_IMPERSONATION_TYPE;
    token->level = level;
    ke_lock();
    struct ps_token *old = ke_self->thread->impersonation;
    ke_self->thread->impersonation = token;
    ke_unlock();
    if (old)
        ob_dereference(old);
    return STATUS_SUCCESS;
}

NTSTATUS NtDuplicateToken(HANDLE ExistingTokenHandle, ACCESS_MASK DesiredAccess,
                          OBJECT_ATTRIBUTES *ObjectAttributes, BOOLEAN EffectiveOnly, ULONG TokenType,
                          HANDLE *NewTokenHandle)
{
    struct {
        DWORD Length, ImpersonationLevel;
        BOOLEAN ContextTrackingMode, EffectiveOnly;
    } quality = {.ImpersonationLevel = 0};
    OBJECT_ATTRIBUTES attributes = {0};
    ACCESS_MASK granted;
    void *object;
    if (TokenType != 1 && TokenType != 2)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = ob_handle_lookup(ExistingTokenHandle, &ps_token_type, TOKEN_DUPLICATE, &object);
    if (!NT_SUCCESS(status))
        return status;
    if (ObjectAttributes)
        status = guest_read(&attributes, ObjectAttributes);
    if (NT_SUCCESS(status) && attributes.SecurityQualityOfService)
        status = guest_copy(&quality, attributes.SecurityQualityOfService, sizeof quality);
    struct ps_token *old = object, *token = NT_SUCCESS(status) ? ob_create(&ps_token_type) : NULL;
    if (!token) {
        ob_dereference(object);
        return NT_SUCCESS(status) ? STATUS_NO_MEMORY : status;
    }
    status = copy_token(token, old);
    token->type = TokenType;
    token->level = quality.ImpersonationLevel;
    for (int i = 0; i < PS_PRIVILEGES && EffectiveOnly; i++)
        if (!(token->privileges[i].attributes & PRIVILEGE_ENABLED))
            token->privileges[i].attributes = PRIVILEGE_REMOVED;
    ob_handle_access(ExistingTokenHandle, &granted);
    ob_dereference(object);
    if (!NT_SUCCESS(status)) {
        ob_dereference(token);
        return status;
    }
    return ob_insert(token, ObjectAttributes, DesiredAccess ? DesiredAccess : granted, NewTokenHandle);
}

NTSTATUS ps_read_groups(const void *guest, struct ps_sids **ret_sids)
{
    struct {
        uint8_t *sid;
        uint32_t attributes;
    } entry;
    uint32_t count = 0;
    NTSTATUS status = guest ? guest_read(&count, (const uint32_t *)guest) : STATUS_SUCCESS;
    if (!NT_SUCCESS(status))
        return status;
    if (count > 512)
        return STATUS_INVALID_PARAMETER;
    struct ps_sids *sids = calloc(1, sizeof *sids + count * sizeof *sids->entry);
    if (!sids)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count && NT_SUCCESS(status); i++) {
        struct ps_sid *to = &sids->entry[i];
        if (wow_active) {
            uint32_t narrow[2];
            status = guest_copy(narrow, (const uint8_t *)guest + 4 + 8 * i, sizeof narrow);
            entry.sid = wow_pointer(narrow[0]);
            entry.attributes = narrow[1];
        } else {
            status = guest_read(&entry, (__typeof__(entry) *)((const uint8_t *)guest + 8) + i);
        }
        if (NT_SUCCESS(status))
            status = guest_copy(to->sid, entry.sid, 8);
        if (NT_SUCCESS(status) && (to->sid[0] != 1 || to->sid[1] > 15))
            status = STATUS_INVALID_SID;
        if (NT_SUCCESS(status))
            status = guest_copy(to->sid, entry.sid, ob_sid_size(to->sid));
        to->attributes = entry.attributes;
        sids->count++;
    }
    if (!NT_SUCCESS(status)) {
        free(sids);
        return status;
    }
    *ret_sids = sids;
    return STATUS_SUCCESS;
}

enum { DISABLE_MAX_PRIVILEGE = 1, SANDBOX_INERT = 2, LUA_TOKEN = 4, WRITE_RESTRICTED = 8 };

static void delete_privileges(struct ps_token *token, ULONG flags, const uint32_t *list, uint32_t count)
{
    for (int i = 0; i < PS_PRIVILEGES; i++) {
        struct ps_privilege *privilege = &token->privileges[i];
        bool gone = flags & DISABLE_MAX_PRIVILEGE &&
                    privilege->luid != 23; /* SeChangeNotifyPrivilege stays */
        for (uint32_t j = 0; j < count && !gone; j++)
            gone = list[3 * j] == privilege->luid;
        if (gone)
            privilege->attributes = PRIVILEGE_REMOVED;
    }
}

NTSTATUS NtFilterToken(HANDLE ExistingTokenHandle, ULONG Flags, void *SidsToDisable, void *PrivilegesToDelete,
                       void *RestrictedSids, HANDLE *NewTokenHandle)
{
    struct ps_sids *disable = NULL, *restricted = NULL;
    struct ps_token *token = NULL;
    uint32_t privileges[3 * 64], count = 0;
    ACCESS_MASK granted = 0;
    void *object;
    if (Flags & ~(ULONG)(DISABLE_MAX_PRIVILEGE | SANDBOX_INERT | LUA_TOKEN | WRITE_RESTRICTED))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = ob_handle_lookup(ExistingTokenHandle, &ps_token_type, TOKEN_DUPLICATE, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct ps_token *old = object;
    if (PrivilegesToDelete) {
        status = guest_read(&count, (const uint32_t *)PrivilegesToDelete);
        if (NT_SUCCESS(status) && count > 64)
            status = STATUS_INVALID_PARAMETER;
        if (NT_SUCCESS(status))
            status = guest_copy(privileges, (uint8_t *)PrivilegesToDelete + 4, count * 12);
    }
    if (NT_SUCCESS(status))
        status = ps_read_groups(SidsToDisable, &disable);
    if (NT_SUCCESS(status))
        status = ps_read_groups(RestrictedSids, &restricted);
    for (uint32_t i = 0; restricted && i < restricted->count; i++) {
        if (restricted->entry[i].attributes)
            status = STATUS_INVALID_PARAMETER;
        restricted->entry[i].attributes = GROUP_MANDATORY | GROUP_ENABLED_BY_DEFAULT | GROUP_ENABLED;
    }
    if (NT_SUCCESS(status)) {
        token = ob_create(&ps_token_type);
        status = token ? copy_token(token, old) : STATUS_NO_MEMORY;
    }
    if (NT_SUCCESS(status)) {
        token->type = old->type;
        token->level = old->level;
        token->sandbox_inert |= (Flags & SANDBOX_INERT) != 0;
        token->modified_id = token->id;
        delete_privileges(token, Flags, privileges, count);
        for (uint32_t i = 0; i < disable->count; i++) {
            if (ob_sid_equal(disable->entry[i].sid, ps_user_sid()))
                token->user_deny_only = true;
            for (int j = 0; j < PS_GROUPS; j++)
                if (ob_sid_equal(disable->entry[i].sid, groups[j]))
                    token->group_attributes[j] = (token->group_attributes[j] & 0xc0000000) | GROUP_DENY_ONLY;
        }
        if (restricted->count) {
            uint32_t kept = 0; /* of a token that is restricted already: what both name */
            for (uint32_t i = 0; i < restricted->count; i++)
                if (!token->restricted || ps_token_restricted_matches(token, restricted->entry[i].sid))
                    restricted->entry[kept++] = restricted->entry[i];
            restricted->count = kept;
            free(token->restricted);
            token->restricted = restricted;
            restricted = NULL;
        }
    }
    free(disable);
    free(restricted);
    ob_handle_access(ExistingTokenHandle, &granted);
    ob_dereference(object);
    if (NT_SUCCESS(status))
        return ob_insert(token, NULL, granted, NewTokenHandle);
    if (token)
        ob_dereference(token);
    return status;
}
