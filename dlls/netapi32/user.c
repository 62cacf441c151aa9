/*
 * Accounts: the session's user is the only one that is known, and a member of the groups in the process's
 * token.
 */
#include <windows.h>

#include <lm.h>
#include <sddl.h>
#include <string.h>

enum { GROUP_LIMIT = 64 };

/* Puts a text behind the structure; *place moves on. */
static LPWSTR put(WCHAR **place, const WCHAR *text)
{
    WCHAR *at = *place;

    lstrcpyW(at, text);
    *place += lstrlenW(text) + 1;
    return at;
}

static BOOL own_name(WCHAR ret_name[UNLEN + 1])
{
    DWORD size = UNLEN + 1;
    return GetUserNameW(ret_name, &size);
}

/* "name", or "DOMAIN\name" of this machine. */
static BOOL is_own_name(const WCHAR *name)
{
    WCHAR own[UNLEN + 1], machine[MAX_COMPUTERNAME_LENGTH + 1];
    const WCHAR *split = wcschr(name, '\\');
    DWORD size = ARRAYSIZE(machine);

    if (split) {
        if (!GetComputerNameW(machine, &size) || (DWORD)(split - name) != size ||
            _wcsnicmp(name, machine, size))
            return FALSE;
        name = split + 1;
    }
    return own_name(own) && !lstrcmpiW(own, name);
}

static BOOL is_level(DWORD level)
{
    return level == 0 || level == 1 || level == 10 || level == 20;
}

/* What is known of the user, as NetUserGetInfo and NetUserEnum give it. */
static NET_API_STATUS describe(DWORD level, LPBYTE *ret_buffer)
{
    WCHAR own[UNLEN + 1], *place;
    union {
        USER_INFO_0 zero;
        USER_INFO_1 one;
        USER_INFO_10 ten;
        USER_INFO_20 twenty;
    } * info;

    if (!own_name(own))
        return NERR_UserNotFound;
    const NET_API_STATUS status = NetApiBufferAllocate(sizeof *info + (UNLEN + 8) * sizeof(WCHAR),
                                                       (void **)&info);
    if (status)
        return status;
    memset(info, 0, sizeof *info);
    place = (WCHAR *)(info + 1);
    /* the name stands first at every level */
    info->zero.usri0_name = put(&place, own);
    LPWSTR empty = put(&place, L"");
    if (level == 1) {
        info->one.usri1_priv = USER_PRIV_USER;
        info->one.usri1_home_dir = info->one.usri1_comment = info->one.usri1_script_path = empty;
        info->one.usri1_flags = UF_SCRIPT | UF_NORMAL_ACCOUNT;
    } else if (level == 10) {
        info->ten.usri10_comment = info->ten.usri10_usr_comment = info->ten.usri10_full_name = empty;
    } else if (level == 20) {
        info->twenty.usri20_full_name = info->twenty.usri20_comment = empty;
        info->twenty.usri20_flags = UF_SCRIPT | UF_NORMAL_ACCOUNT;
    }
    *ret_buffer = (LPBYTE)info;
    return NERR_Success;
}

NET_API_STATUS WINAPI NetUserGetInfo(LPCWSTR server, LPCWSTR name, DWORD level, LPBYTE *ret_buffer)
{
    WCHAR own[UNLEN + 1];

    (void)server;
    if (!name || !ret_buffer)
        return ERROR_INVALID_PARAMETER;
    *ret_buffer = NULL;
    if (!is_level(level))
        return ERROR_INVALID_LEVEL;
    if (!own_name(own) || lstrcmpiW(own, name) != 0)
        return NERR_UserNotFound;
    return describe(level, ret_buffer);
}

/* The one user is given at once, however little is asked for; the second call has no more. */
NET_API_STATUS WINAPI NetUserEnum(LPCWSTR server, DWORD level, DWORD filter, LPBYTE *ret_buffer,
                                  DWORD preferred, LPDWORD ret_read, LPDWORD ret_total, LPDWORD resume)
{
    (void)preferred;
    if (!ret_buffer || !ret_read || !ret_total)
        return ERROR_INVALID_PARAMETER;
    *ret_buffer = NULL;
    *ret_read = *ret_total = 0;
    if (server && *server)
        return ERROR_BAD_NETPATH;
    if (!is_level(level))
        return ERROR_INVALID_LEVEL;
    if ((filter && !(filter & FILTER_NORMAL_ACCOUNT)) || (resume && *resume))
        return NERR_Success;
    const NET_API_STATUS status = describe(level, ret_buffer);
    if (!status) {
        *ret_read = *ret_total = 1;
        if (resume)
            *resume = 1;
    }
    return status;
}

/* ---------------------------------------------------------------- local groups */

/* The names of the groups in S-1-5-32 that the user is in. */
static unsigned own_groups(WCHAR ret_names[GROUP_LIMIT][GNLEN + 1])
{
    union {
        TOKEN_GROUPS groups;
        BYTE room[4096];
    } answer;
    HANDLE token;
    DWORD size;
    unsigned count = 0;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return 0;
    if (!GetTokenInformation(token, TokenGroups, &answer, sizeof answer, &size))
        answer.groups.GroupCount = 0;
    CloseHandle(token);
    for (DWORD i = 0; i < answer.groups.GroupCount && count < GROUP_LIMIT; i++) {
        PSID sid = answer.groups.Groups[i].Sid;
        WCHAR domain[DNLEN + 64];
        DWORD name_size = GNLEN + 1, domain_size = ARRAYSIZE(domain);
        SID_NAME_USE use;
        if (LookupAccountSidW(NULL, sid, ret_names[count], &name_size, domain, &domain_size, &use) &&
            use == SidTypeAlias)
            count++;
    }
    return count;
}

/* LG_INCLUDE_INDIRECT changes nothing: no group is in another. */
NET_API_STATUS WINAPI NetUserGetLocalGroups(LPCWSTR server, LPCWSTR user, DWORD level, DWORD flags,
                                            LPBYTE *ret_buffer, DWORD preferred, LPDWORD ret_read,
                                            LPDWORD ret_total)
{
    WCHAR names[GROUP_LIMIT][GNLEN + 1], *place;
    LOCALGROUP_USERS_INFO_0 *list;
    DWORD size = 0, given = 0;

    if (!user || !ret_buffer || !ret_read || !ret_total)
        return ERROR_INVALID_PARAMETER;
    *ret_buffer = NULL;
    *ret_read = *ret_total = 0;
    if (server && *server)
        return ERROR_BAD_NETPATH;
    if (level != 0)
        return ERROR_INVALID_LEVEL;
    if (flags & ~(DWORD)LG_INCLUDE_INDIRECT)
        return ERROR_INVALID_FLAGS;
    if (!is_own_name(user))
        return NERR_UserNotFound;
    const unsigned count = own_groups(names);
    for (; given < count; given++) {
        const DWORD more = (DWORD)(sizeof *list + ((DWORD)lstrlenW(names[given]) + 1) * sizeof(WCHAR));
        if (preferred != MAX_PREFERRED_LENGTH && size + more > preferred)
            break;
        size += more;
    }
    const NET_API_STATUS status = NetApiBufferAllocate(size + sizeof *list, (void **)&list);
    if (status)
        return status;
    place = (WCHAR *)(list + given);
    for (DWORD i = 0; i < given; i++)
        list[i].lgrui0_name = put(&place, names[i]);
    *ret_buffer = (LPBYTE)list;
    *ret_read = given;
    *ret_total = count;
    return given < count ? ERROR_MORE_DATA : NERR_Success;
}

static BOOL group_exists(const WCHAR *name)
{
    BYTE sid[SECURITY_MAX_SID_SIZE];
    WCHAR domain[DNLEN + 64];
    DWORD size = sizeof sid, domain_size = ARRAYSIZE(domain);
    SID_NAME_USE use;

    return LookupAccountNameW(NULL, name, sid, &size, domain, &domain_size, &use) && use == SidTypeAlias;
}

/* Levels 0 to 3: the SID; with name and kind; with the domain as well; the name with the domain alone. */
NET_API_STATUS WINAPI NetLocalGroupGetMembers(LPCWSTR server, LPCWSTR group, DWORD level, LPBYTE *ret_buffer,
                                              DWORD preferred, LPDWORD ret_read, LPDWORD ret_total,
                                              PDWORD_PTR resume)
{
    WCHAR names[GROUP_LIMIT][GNLEN + 1], own[UNLEN + 1], machine[MAX_COMPUTERNAME_LENGTH + 1],
        whole[UNLEN + 32];
    BYTE sid[SECURITY_MAX_SID_SIZE];
    WCHAR domain[DNLEN + 64];
    DWORD sid_size = sizeof sid, domain_size = ARRAYSIZE(domain), size = ARRAYSIZE(machine);
    SID_NAME_USE use;
    BYTE *buffer;
    BOOL member = FALSE;

    (void)preferred;
    if (!group || !ret_buffer || !ret_read || !ret_total)
        return ERROR_INVALID_PARAMETER;
    *ret_buffer = NULL;
    *ret_read = *ret_total = 0;
    if (server && *server)
        return ERROR_BAD_NETPATH;
    if (level > 3)
        return ERROR_INVALID_LEVEL;
    if (!group_exists(group))
        return NERR_GroupNotFound;
    for (unsigned i = 0, count = own_groups(names); i < count && !member; i++)
        member = !lstrcmpiW(names[i], group);
    if (!member || (resume && *resume) || !own_name(own) || !GetComputerNameW(machine, &size) ||
        !LookupAccountNameW(NULL, own, sid, &sid_size, domain, &domain_size, &use))
        return NERR_Success;
    const NET_API_STATUS status = NetApiBufferAllocate(64 + sizeof sid + sizeof whole, (void **)&buffer);
    if (status)
        return status;
    lstrcpyW(whole, machine);
    lstrcatW(whole, L"\\");
    lstrcatW(whole, own);
    PSID own_sid = buffer + 64;
    WCHAR *place = (WCHAR *)(buffer + 64 + sizeof sid + (sizeof sid & 1));
    CopySid(sizeof sid, own_sid, sid);
    if (level == 0)
        *(LOCALGROUP_MEMBERS_INFO_0 *)buffer = (LOCALGROUP_MEMBERS_INFO_0){own_sid};
    else if (level == 1)
        *(LOCALGROUP_MEMBERS_INFO_1 *)buffer = (LOCALGROUP_MEMBERS_INFO_1){own_sid, use, put(&place, own)};
    else if (level == 2)
        *(LOCALGROUP_MEMBERS_INFO_2 *)buffer = (LOCALGROUP_MEMBERS_INFO_2){own_sid, use, put(&place, whole)};
    else
        *(LOCALGROUP_MEMBERS_INFO_3 *)buffer = (LOCALGROUP_MEMBERS_INFO_3){put(&place, whole)};
    *ret_buffer = buffer;
    *ret_read = *ret_total = 1;
    if (resume)
        *resume = 1;
    return NERR_Success;
}
