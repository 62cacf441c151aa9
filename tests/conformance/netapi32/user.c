/* NetUserGetInfo of the session's user, and of nobody. */
#include "harness.h"
#include <lm.h>

TEST(own_account)
{
    WCHAR name[UNLEN + 1];
    DWORD size = ARRAYSIZE(name);
    USER_INFO_10 *info = NULL;
    LPBYTE none;

    CHECK(GetUserNameW(name, &size));
    CHECK_EQ(NetUserGetInfo(NULL, name, 10, (LPBYTE *)&info), NERR_Success);
    if (info) {
        CHECK_WSTR(info->usri10_name, name);
        CHECK(info->usri10_full_name != NULL);
        NetApiBufferFree(info);
    }
    CHECK_EQ(NetUserGetInfo(NULL, L"nobody by this name", 10, &none), NERR_UserNotFound);
    CHECK_EQ(NetUserGetInfo(NULL, name, 777, &none), ERROR_INVALID_LEVEL);
}

TEST(all_users)
{
    WCHAR name[UNLEN + 1];
    DWORD size = ARRAYSIZE(name), read = 7, total = 7, resume = 0, found = 0;
    USER_INFO_0 *list = NULL;

    CHECK(GetUserNameW(name, &size));
    CHECK_EQ(NetUserEnum(NULL, 0, 0, (LPBYTE *)&list, MAX_PREFERRED_LENGTH, &read, &total, &resume),
             NERR_Success);
    CHECK(read >= 1 && read == total);
    for (DWORD i = 0; i < read; i++)
        found += !lstrcmpiW(list[i].usri0_name, name);
    CHECK_EQ(found, 1);
    NetApiBufferFree(list);
    CHECK_EQ(NetUserEnum(NULL, 777, 0, (LPBYTE *)&list, MAX_PREFERRED_LENGTH, &read, &total, NULL),
             ERROR_INVALID_LEVEL);
}

TEST(local_groups)
{
    /* wine answers with one group that its own look-up does not know */
    ORACLE_DIFFERS("groups of the user");
    WCHAR name[UNLEN + 1];
    DWORD size = ARRAYSIZE(name), read, total, members = 0;
    LOCALGROUP_USERS_INFO_0 *groups = NULL;
    LOCALGROUP_MEMBERS_INFO_3 *member = NULL;
    LOCALGROUP_MEMBERS_INFO_1 *known = NULL;
    LPBYTE none;

    CHECK(GetUserNameW(name, &size));
    CHECK_EQ(NetUserGetLocalGroups(NULL, name, 0, LG_INCLUDE_INDIRECT, (LPBYTE *)&groups,
                                   MAX_PREFERRED_LENGTH, &read, &total),
             NERR_Success);
    CHECK(read >= 1);
    CHECK_EQ(read, total);
    for (DWORD i = 0; i < read; i++) {
        BYTE sid[SECURITY_MAX_SID_SIZE];
        WCHAR domain[64];
        DWORD sid_size = sizeof sid, domain_size = ARRAYSIZE(domain), count;
        SID_NAME_USE use = SidTypeUnknown;
        CHECK(LookupAccountNameW(NULL, groups[i].lgrui0_name, sid, &sid_size, domain, &domain_size, &use));
        CHECK_EQ(use, SidTypeAlias);
        CHECK_EQ(NetLocalGroupGetMembers(NULL, groups[i].lgrui0_name, 3, (LPBYTE *)&member,
                                         MAX_PREFERRED_LENGTH, &count, &total, NULL),
                 NERR_Success);
        for (DWORD k = 0; k < count; k++) {
            const WCHAR *split = wcschr(member[k].lgrmi3_domainandname, '\\');
            members += split && !lstrcmpiW(split + 1, name);
        }
        NetApiBufferFree(member);
    }
    CHECK_EQ(members, read);
    CHECK_EQ(NetLocalGroupGetMembers(NULL, groups[0].lgrui0_name, 1, (LPBYTE *)&known, MAX_PREFERRED_LENGTH,
                                     &read, &total, NULL),
             NERR_Success);
    if (known) {
        CHECK(IsValidSid(known->lgrmi1_sid));
        CHECK_EQ(known->lgrmi1_sidusage, SidTypeUser);
    }
    NetApiBufferFree(known);
    NetApiBufferFree(groups);
    CHECK_EQ(NetUserGetLocalGroups(NULL, name, 0, 0, (LPBYTE *)&groups, 1, &read, &total), ERROR_MORE_DATA);
    CHECK(read < total);
    NetApiBufferFree(groups);
    CHECK_EQ(NetUserGetLocalGroups(NULL, name, 1, 0, &none, MAX_PREFERRED_LENGTH, &read, &total),
             ERROR_INVALID_LEVEL);
    CHECK_EQ(
        NetUserGetLocalGroups(NULL, L"nobody by this name", 0, 0, &none, MAX_PREFERRED_LENGTH, &read, &total),
        NERR_UserNotFound);
    CHECK_EQ(NetLocalGroupGetMembers(NULL, L"no group of this name", 0, &none, MAX_PREFERRED_LENGTH, &read,
                                     &total, NULL),
             NERR_GroupNotFound);
    CHECK_EQ(NetLocalGroupGetMembers(NULL, L"Users", 9, &none, MAX_PREFERRED_LENGTH, &read, &total, NULL),
             ERROR_INVALID_LEVEL);
}
