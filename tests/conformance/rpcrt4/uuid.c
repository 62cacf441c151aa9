/*
 * UUIDs: fresh ones, as text, compared.
 */
#include "../harness.h"
#include <rpc.h>

#define RPC(name) ((__typeof__(&name))(void *)GetProcAddress(LoadLibraryA("rpcrt4.dll"), #name))

static UUID sample = {0x12345678, 0x9abc, 0xdef0, {0x81, 0x92, 0xa3, 0xb4, 0xc5, 0xd6, 0xe7, 0xf8}};

TEST(fresh)
{
    UUID a, b;
    RPC_STATUS status = 99;
    CHECK_EQ(RPC(UuidCreate)(&a), RPC_S_OK);
    CHECK_EQ(RPC(UuidCreate)(&b), RPC_S_OK);
    CHECK_EQ(a.Data3 >> 12, 4);
    CHECK_EQ(a.Data4[0] >> 6, 2);
    CHECK(!RPC(UuidEqual)(&a, &b, &status));
    CHECK_EQ(status, RPC_S_OK);
    CHECK(!RPC(UuidIsNil)(&a, &status));
    CHECK_EQ(RPC(UuidCreateNil)(&a), RPC_S_OK);
    CHECK(RPC(UuidIsNil)(&a, &status));
    CHECK(RPC(UuidEqual)(&a, NULL, &status));
}

TEST(sequential)
{
    UUID a, b;
    RPC_STATUS status = RPC(UuidCreateSequential)(&a);
    CHECK(status == RPC_S_OK || status == RPC_S_UUID_LOCAL_ONLY);
    status = RPC(UuidCreateSequential)(&b);
    CHECK(status == RPC_S_OK || status == RPC_S_UUID_LOCAL_ONLY);
    CHECK_EQ(a.Data3 >> 12, 1);
    ORACLE_DIFFERS("RFC 4122 has the variant in the sequence; the oracle leaves it out");
    CHECK_EQ(a.Data4[0] >> 6, 2);
    CHECK(!memcmp(a.Data4 + 2, b.Data4 + 2, 6));
    CHECK(a.Data1 != b.Data1 || a.Data2 != b.Data2 || memcmp(a.Data4, b.Data4, 2));
}

TEST(text)
{
    RPC_WSTR wide;
    RPC_CSTR narrow;
    UUID back;
    ORACLE_DIFFERS("RpcStringFree sets the pointer to NULL");
    CHECK_EQ(RPC(UuidToStringW)(&sample, &wide), RPC_S_OK);
    CHECK_WSTR((WCHAR *)wide, L"12345678-9abc-def0-8192-a3b4c5d6e7f8");
    CHECK_EQ(RPC(UuidFromStringW)(wide, &back), RPC_S_OK);
    CHECK(!memcmp(&back, &sample, sizeof back));
    CHECK_EQ(RPC(RpcStringFreeW)(&wide), RPC_S_OK);
    CHECK(wide == NULL);
    CHECK_EQ(RPC(UuidToStringA)(&sample, &narrow), RPC_S_OK);
    CHECK_STR((char *)narrow, "12345678-9abc-def0-8192-a3b4c5d6e7f8");
    CHECK_EQ(RPC(RpcStringFreeA)(&narrow), RPC_S_OK);
    CHECK(narrow == NULL);
    CHECK_EQ(RPC(UuidFromStringA)((RPC_CSTR) "12345678-9ABC-DEF0-8192-A3B4C5D6E7F8", &back), RPC_S_OK);
    CHECK(!memcmp(&back, &sample, sizeof back));
    CHECK_EQ(RPC(UuidToStringA)(NULL, &narrow), RPC_S_OK);
    CHECK_STR((char *)narrow, "00000000-0000-0000-0000-000000000000");
    RPC(RpcStringFreeA)(&narrow);
}

TEST(no_text_of_a_uuid)
{
    static const char *const bad[] = {"",
                                      "12345678",
                                      "12345678-9abc-def0-8192-a3b4c5d6e7f",
                                      "12345678-9abc-def0-8192-a3b4c5d6e7f80",
                                      "12345678-9abc-def0-8192+a3b4c5d6e7f8",
                                      "{12345678-9abc-def0-8192-a3b4c5d6e7f8}",
                                      "1234567g-9abc-def0-8192-a3b4c5d6e7f8"};
    UUID uuid = sample;
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_EQ(RPC(UuidFromStringA)((RPC_CSTR)bad[i], &uuid), RPC_S_INVALID_STRING_UUID);
    CHECK(!memcmp(&uuid, &sample, sizeof uuid));
    CHECK_EQ(RPC(UuidFromStringA)(NULL, &uuid), RPC_S_OK);
    CHECK_EQ(uuid.Data1, 0);
}

TEST(order)
{
    UUID other = sample;
    RPC_STATUS status = 99;
    CHECK_EQ(RPC(UuidCompare)(&sample, &other, &status), 0);
    CHECK_EQ(status, RPC_S_OK);
    CHECK_EQ(RPC(UuidHash)(&sample, &status), RPC(UuidHash)(&other, &status));
    other.Data4[7]++;
    CHECK_EQ(RPC(UuidCompare)(&sample, &other, &status), -1);
    other.Data1--;
    CHECK_EQ(RPC(UuidCompare)(&sample, &other, &status), 1);
    CHECK_EQ(RPC(UuidCompare)(&sample, NULL, &status), 1);
    CHECK_EQ(RPC(UuidCompare)(NULL, &sample, &status), -1);
}
