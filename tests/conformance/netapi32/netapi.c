/*
 * Network management: buffers, the domain or workgroup, shares.
 */
#include "harness.h"
#include <lm.h>

TEST(buffers)
{
    void *buffer = NULL, *other = NULL;
    DWORD size = 0;

    CHECK_EQ(NetApiBufferAllocate(100, &buffer), NERR_Success);
    CHECK(buffer != NULL);
    CHECK_EQ(NetApiBufferSize(buffer, &size), NERR_Success);
    CHECK(size >= 100);
    memset(buffer, 0x5a, 100);
    CHECK_EQ(NetApiBufferReallocate(buffer, 5000, &other), NERR_Success);
    CHECK(((BYTE *)other)[99] == 0x5a);
    CHECK_EQ(NetApiBufferSize(other, &size), NERR_Success);
    CHECK(size >= 5000);
    CHECK_EQ(NetApiBufferFree(other), NERR_Success);
    CHECK_EQ(NetApiBufferFree(NULL), NERR_Success);
    CHECK_EQ(NetApiBufferReallocate(NULL, 64, &buffer), NERR_Success);
    CHECK(buffer != NULL);
    CHECK_EQ(NetApiBufferReallocate(buffer, 0, &other), NERR_Success);
    CHECK(other == NULL);
    CHECK_EQ(NetApiBufferAllocate(0, &buffer), NERR_Success);
    CHECK(buffer != NULL);
    CHECK_EQ(NetApiBufferFree(buffer), NERR_Success);
    CHECK_EQ(NetApiBufferAllocate(10, NULL), ERROR_INVALID_PARAMETER);
    CHECK_EQ(NetApiBufferSize(NULL, &size), ERROR_INVALID_PARAMETER);
}

TEST(join_information)
{
    WCHAR *name = NULL;
    NETSETUP_JOIN_STATUS status = NetSetupUnknownStatus;

    CHECK_EQ(NetGetJoinInformation(NULL, &name, &status), NERR_Success);
    CHECK(name && *name);
    CHECK(status == NetSetupWorkgroupName || harness_is_wine());
    CHECK_EQ(NetApiBufferFree(name), NERR_Success);
    CHECK_EQ(NetGetJoinInformation(NULL, NULL, &status), ERROR_INVALID_PARAMETER);
}

TEST(shares)
{
    ORACLE_DIFFERS("wine 8.0 hands shares to Samba's net command; no server service runs here");
    SHARE_INFO_2 share = {
        (WCHAR *)L"share", STYPE_DISKTREE, (WCHAR *)L"", 0, (DWORD)-1, 0, (WCHAR *)L"C:\\", NULL};
    CHECK_EQ(NetShareAdd(NULL, 2, (BYTE *)&share, NULL), NERR_ServerNotStarted);
    CHECK_EQ(NetShareAdd(NULL, 77, (BYTE *)&share, NULL), ERROR_INVALID_LEVEL);
    CHECK_EQ(NetShareAdd(NULL, 2, NULL, NULL), ERROR_INVALID_PARAMETER);
    CHECK_EQ(NetShareAdd((WCHAR *)L"\\\\nowhere", 2, (BYTE *)&share, NULL), ERROR_BAD_NETPATH);
    CHECK_EQ(NetShareDel(NULL, (WCHAR *)L"share", 0), NERR_ServerNotStarted);
    CHECK_EQ(NetShareDel(NULL, NULL, 0), ERROR_INVALID_PARAMETER);
    CHECK_EQ(NetShareDel((WCHAR *)L"\\\\nowhere", (WCHAR *)L"share", 0), ERROR_BAD_NETPATH);
}
