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
