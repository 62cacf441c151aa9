/*
 * Access tokens: the user as a normal, not elevated member of the usual groups, and the calls that
 * read and duplicate tokens. Nothing is enforced by them; the Unix user's rights count.
 */
#include "ps/token.h"
#include "ke/lock.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include "ps/thread.h"
#include <nt/syscalls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    TOKEN_ASSIGN_PRIMARY = 1,
    TOKEN_DUPLICATE = 2,
    TOKEN_IMPERSONATE = 4,
    TOKEN_QUERY = 8,
    TOKEN_QUERY_SOURCE = 0x10,
    TOKEN_ADJUST_PRIVILEGES = 0x20,
    TOKEN_ADJUST_DEFAULT = 0x80,
};

enum { PRIVILEGES = 5, SID_SIZE = 28 };
enum { PRIVILEGE_ENABLED_BY_DEFAULT = 1, PRIVILEGE_ENABLED = 2, PRIVILEGE_REMOVED = 4 };

struct privilege {
    uint32_t luid, attributes;
};

struct ps_token {
    struct ob_object object;
    uint32_t type;  /* 1 primary, 2 impersonation */
    uint32_t level; /* SECURITY_IMPERSONATION_LEVEL */
    uint32_t session;
    uint64_t id, modified_id;
    struct privilege privileges[PRIVILEGES];
};

const struct ob_type ps_token_type = {
    .name = "Token",
    .size = sizeof(struct ps_token),
    .generic_read = READ_CONTROL | TOKEN_QUERY,
    .generic_write = READ_CONTROL | 0xe0,
    .generic_execute = READ_CONTROL | TOKEN_IMPERSONATE,
    .all_access = STANDARD_RIGHTS_REQUIRED | 0x1ff,
};

/* SIDs: revision, count, authority (big-endian), sub-authorities. */
static uint8_t user_sid[SID_SIZE] = {1, 5, 0, 0, 0, 0, 0, 5};
static const uint8_t everyone[] = {1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0};
static const uint8_t local[] = {1, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0};
static const uint8_t interactive[] = {1, 1, 0, 0, 0, 0, 0, 5, 4, 0, 0, 0};
static const uint8_t authenticated[] = {1, 1, 0, 0, 0, 0, 0, 5, 11, 0, 0, 0};
static const uint8_t users[] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x21, 2, 0, 0};
static const uint8_t logon[] = {1, 3, 0, 0, 0, 0, 0, 5, 5, 0, 0, 0, 0, 0, 0, 0, 0x61, 0x67, 1, 0};
static const uint8_t medium_level[] = {1, 1, 0, 0, 0, 0, 0, 16, 0, 0x20, 0, 0};
static const uint8_t none_group[] = {1,    5,    0,    0,    0,    0,    0,    5,    21,   0,
                                     0,    0,    0x47, 0x61, 0x73, 0x74, 0x77, 0x69, 0x72, 0x74,
                                     0x48, 0x61, 0x75, 0x73, 1,    2,    0,    0};

enum { GROUP_NORMAL = 7, GROUP_INTEGRITY = 0x60, GROUP_LOGON = (int)0xc0000007 };
static const struct {
    const uint8_t *sid;
    uint32_t attributes;
} groups[] = {
    {none_group, GROUP_NORMAL},     {everyone, GROUP_NORMAL},        {users, GROUP_NORMAL},
    {interactive, GROUP_NORMAL},    {authenticated, GROUP_NORMAL},   {local, GROUP_NORMAL},
    {logon, (uint32_t)GROUP_LOGON}, {medium_level, GROUP_INTEGRITY},
};
enum { GROUPS = sizeof groups / sizeof *groups };

static const struct privilege default_privileges[PRIVILEGES] = {
    {19, 0},                                                /* SeShutdownPrivilege */
    {23, PRIVILEGE_ENABLED | PRIVILEGE_ENABLED_BY_DEFAULT}, /* SeChangeNotifyPrivilege */
    {25, 0},                                                /* SeUndockPrivilege */
    {33, 0},                                                /* SeIncreaseWorkingSetPrivilege */
    {34, 0},                                                /* SeTimeZonePrivilege */
};

static struct ps_token process_token = {.object = {.type = &ps_token_type, .references = 1},
                                        .type = 1,
                                        .session = 1,
                                        .id = 0x10001,
                                        .modified_id = 0x10003};
static uint64_t last_id = 0x10010;

static uint32_t sid_size(const uint8_t *sid)
{
    return 8 + 4u * sid[1];
}

/* S-1-5-21-machine-(1000 + Unix uid). */
const uint8_t *ps_user_sid(void)
{
    if (!user_sid[8]) {
        uint32_t id = 1000 + getuid();
        memcpy(user_sid, none_group, SID_SIZE);
        memcpy(user_sid + 24, &id, 4);
    }
    return user_sid;
}

struct ps_token *ps_process_token(void)
{
    if (!process_token.privileges[0].luid) {
        ps_user_sid();
        memcpy(process_token.privileges, default_privileges, sizeof default_privileges);
    }
    return &process_token;
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
    (void)EffectiveOnly;
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
    ke_lock();
    token->session = old->session;
    memcpy(token->privileges, old->privileges, sizeof token->privileges);
    token->id = last_id += 16;
    token->modified_id = old->modified_id;
    ke_unlock();
    token->type = TokenType;
    token->level = quality.ImpersonationLevel;
    ob_handle_access(ExistingTokenHandle, &granted);
    ob_dereference(object);
    return ob_insert(token, ObjectAttributes, DesiredAccess ? DesiredAccess : granted, NewTokenHandle);
}

/* ---------------------------------------------------------------- information */

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

/* An answer in the making; pointers in it are guest addresses. */
struct answer {
    uint8_t data[1024];
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

static void put_sid_and_attributes(struct answer *answer, const uint8_t *sid, uint32_t attributes)
{
    struct {
        void *sid;
        uint32_t attributes;
    } entry = {answer->guest + sizeof entry, attributes};
    put(answer, &entry, sizeof entry);
    put(answer, sid, sid_size(sid));
}

static void put_groups(struct answer *answer, bool only_logon)
{
    struct {
        uint32_t count;
        struct {
            void *sid;
            uint32_t attributes;
        } group[GROUPS];
    } list = {0};
    uint32_t count = 0;
    for (unsigned i = 0; i < GROUPS; i++)
        count += !only_logon || groups[i].sid == logon;
    answer->used = (uint32_t)(offsetof(__typeof__(list), group) + count * sizeof list.group[0]);
    for (unsigned i = 0; i < GROUPS; i++) {
        if (only_logon && groups[i].sid != logon)
            continue;
        list.group[list.count].attributes = groups[i].attributes;
        list.group[list.count++].sid = put(answer, groups[i].sid, sid_size(groups[i].sid));
    }
    memcpy(answer->data, &list, offsetof(__typeof__(list), group) + count * sizeof list.group[0]);
}

static void put_default_dacl(struct answer *answer)
{
    static const uint8_t system[12] = {1, 1, 0, 0, 0, 0, 0, 5, 18};
    const uint8_t *sids[2] = {ps_user_sid(), system};
    uint8_t acl[128] = {2, 0};
    uint16_t size = 8;
    for (int i = 0; i < 2; i++) {
        uint16_t ace_size = (uint16_t)(8 + sid_size(sids[i]));
        uint32_t mask = 0x10000000; /* GENERIC_ALL */
        memcpy(acl + size + 2, &ace_size, 2);
        memcpy(acl + size + 4, &mask, 4);
        memcpy(acl + size + 8, sids[i], sid_size(sids[i]));
        size = (uint16_t)(size + ace_size);
    }
    acl[4] = 2;
    memcpy(acl + 2, &size, 2);
    void *pointer = answer->guest + 8;
    put(answer, &pointer, sizeof pointer);
    put(answer, acl, size);
}

static void put_statistics(struct answer *answer, const struct ps_token *token)
{
    struct {
        uint64_t TokenId, AuthenticationId;
        int64_t ExpirationTime;
        uint32_t TokenType, ImpersonationLevel, DynamicCharged, DynamicAvailable, GroupCount, PrivilegeCount;
        uint64_t ModifiedId;
    } statistics = {token->id, 0x16761, 0x7fffffffffffffff, token->type,       token->level, 4096,
                    3800,      GROUPS,  PRIVILEGES,         token->modified_id};
    put(answer, &statistics, sizeof statistics);
}

NTSTATUS NtQueryInformationToken(HANDLE TokenHandle, ULONG TokenInformationClass, void *TokenInformation,
                                 ULONG TokenInformationLength, ULONG *ReturnLength)
{
    struct answer answer = {.guest = TokenInformation};
    uint32_t word = 0;
    void *object;
    NTSTATUS status = ob_handle_lookup(
        TokenHandle, &ps_token_type, TokenInformationClass == TOKEN_SOURCE ? TOKEN_QUERY_SOURCE : TOKEN_QUERY,
        &object);
    if (!NT_SUCCESS(status))
        return status;
    struct ps_token *token = object;
    bool is_word = false, exact = false;
    switch (TokenInformationClass) {
    case TOKEN_USER: put_sid_and_attributes(&answer, ps_user_sid(), 0); break;
    case TOKEN_INTEGRITY_LEVEL: put_sid_and_attributes(&answer, medium_level, GROUP_INTEGRITY); break;
    case TOKEN_GROUPS: put_groups(&answer, false); break;
    case TOKEN_LOGON_SID: put_groups(&answer, true); break;
    case TOKEN_RESTRICTED_SIDS:
    case TOKEN_CAPABILITIES: put(&answer, &word, sizeof word); break;
    case TOKEN_PRIVILEGES: {
        uint32_t list[1 + 3 * PRIVILEGES] = {0};
        ke_lock();
        for (int i = 0; i < PRIVILEGES; i++) {
            if (token->privileges[i].attributes & PRIVILEGE_REMOVED)
                continue;
            uint32_t *entry = &list[1 + 3 * list[0]++];
            entry[0] = token->privileges[i].luid;
            entry[2] = token->privileges[i].attributes;
        }
        ke_unlock();
        put(&answer, list, 4 + 12 * list[0]);
        break;
    }
    case TOKEN_OWNER:
    case TOKEN_PRIMARY_GROUP: {
        const uint8_t *sid = TokenInformationClass == TOKEN_OWNER ? ps_user_sid() : none_group;
        void *pointer = answer.guest + 8;
        put(&answer, &pointer, sizeof pointer);
        put(&answer, sid, sid_size(sid));
        break;
    }
    case TOKEN_APP_CONTAINER_SID: {
        void *pointer = NULL;
        put(&answer, &pointer, sizeof pointer);
        break;
    }
    case TOKEN_DEFAULT_DACL: put_default_dacl(&answer); break;
    case TOKEN_SOURCE: {
        struct {
            char name[8];
            uint32_t id[2];
        } source = {"User32 ", {0x16760, 0}};
        put(&answer, &source, sizeof source);
        break;
    }
    case TOKEN_STATISTICS: put_statistics(&answer, token); break;
    case TOKEN_ORIGIN: {
        uint64_t origin = 0x3e7;
        put(&answer, &origin, sizeof origin);
        break;
    }
    case TOKEN_IMPERSONATION_LEVEL:
        if (token->type != 2)
            status = STATUS_INVALID_INFO_CLASS;
        word = token->level;
        is_word = true;
        break;
    case TOKEN_TYPE:
        word = token->type;
        is_word = true;
        break;
    case TOKEN_SESSION_ID:
        word = token->session;
        is_word = exact = true;
        break;
    case TOKEN_ELEVATION_TYPE:
        word = 1; /* TokenElevationTypeDefault: there is no other token to elevate to */
        is_word = true;
        break;
    case TOKEN_MANDATORY_POLICY:
        word = 3;
        is_word = true;
        break;
    case TOKEN_ELEVATION:
    case TOKEN_SANDBOX_INERT:
    case TOKEN_HAS_RESTRICTIONS:
    case TOKEN_VIRTUALIZATION_ALLOWED:
    case TOKEN_VIRTUALIZATION_ENABLED:
    case TOKEN_UI_ACCESS:
    case TOKEN_IS_APP_CONTAINER:
    case TOKEN_IS_RESTRICTED: is_word = exact = true; break;
    case TOKEN_LINKED_TOKEN: status = STATUS_NO_SUCH_LOGON_SESSION; break;
    default: status = STATUS_INVALID_INFO_CLASS;
    }
    ob_dereference(object);
    if (!NT_SUCCESS(status))
        return status;
    if (is_word)
        put(&answer, &word, sizeof word);
    if (ReturnLength) {
        ULONG length = answer.used;
        status = guest_write(ReturnLength, length);
    }
    if (NT_SUCCESS(status) && TokenInformationLength < answer.used)
        status = exact ? STATUS_INFO_LENGTH_MISMATCH : STATUS_BUFFER_TOO_SMALL;
    return NT_SUCCESS(status) ? guest_copy(TokenInformation, answer.data, answer.used) : status;
}

NTSTATUS NtSetInformationToken(HANDLE TokenHandle, ULONG TokenInformationClass, void *TokenInformation,
                               ULONG TokenInformationLength)
{
    void *object;
    (void)TokenInformation, (void)TokenInformationLength;
    NTSTATUS status = ob_handle_lookup(TokenHandle, &ps_token_type, TOKEN_ADJUST_DEFAULT, &object);
    if (!NT_SUCCESS(status))
        return status;
    ob_dereference(object);
    switch (TokenInformationClass) {
    case TOKEN_OWNER:
    case TOKEN_PRIMARY_GROUP:
    case TOKEN_DEFAULT_DACL: return STATUS_SUCCESS; /* defaults of descriptors that nothing enforces */
    case TOKEN_SESSION_ID:
    case TOKEN_UI_ACCESS: return STATUS_PRIVILEGE_NOT_HELD;
    }
    return STATUS_INVALID_INFO_CLASS;
}

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
    for (int i = 0; i < PRIVILEGES; i++) {
        struct privilege *privilege = &token->privileges[i];
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
