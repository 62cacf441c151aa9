/*
 * BSTRs: counted, zero-terminated, with any bytes inside.
 */
#include "harness.h"
#include <ole2.h>
#include <oleauto.h>

TEST(lengths)
{
    BSTR string = SysAllocString(L"four");
    CHECK_EQ(SysStringLen(string), 4);
    CHECK_EQ(SysStringByteLen(string), 8);
    CHECK_EQ(((DWORD *)string)[-1], 8);
    SysFreeString(string);
    CHECK(SysAllocString(NULL) == NULL);
    CHECK_EQ(SysStringLen(NULL), 0);
    CHECK_EQ(SysStringByteLen(NULL), 0);
    SysFreeString(NULL);
    string = SysAllocString(L"");
    CHECK(string != NULL && !*string);
    CHECK_EQ(SysStringLen(string), 0);
    SysFreeString(string);
}

TEST(counted)
{
    BSTR string = SysAllocStringLen(L"a\0bcdef", 4);
    CHECK_EQ(SysStringLen(string), 4);
    CHECK(memcmp(string, L"a\0bc", 10) == 0); /* with a zero behind it */
    SysFreeString(string);
    string = SysAllocStringLen(NULL, 100);
    CHECK_EQ(SysStringLen(string), 100);
    CHECK_EQ(string[100], 0);
    SysFreeString(string);
    CHECK(SysAllocStringLen(L"", 0x7fffffff) == NULL);
}

TEST(bytes)
{
    BSTR string = SysAllocStringByteLen("odd", 3);
    CHECK_EQ(SysStringByteLen(string), 3);
    CHECK_EQ(SysStringLen(string), 1);
    CHECK(memcmp(string, "odd\0\0", 5) == 0);
    SysFreeString(string);
    string = SysAllocStringByteLen(NULL, 6);
    CHECK_EQ(SysStringLen(string), 3);
    SysFreeString(string);
}

TEST(reallocation)
{
    BSTR string = SysAllocString(L"one");
    CHECK_EQ(SysReAllocString(&string, L"three"), TRUE);
    CHECK_WSTR(string, L"three");
    CHECK_EQ(SysReAllocStringLen(&string, L"abcdef", 2), TRUE);
    CHECK_WSTR(string, L"ab");
    CHECK_EQ(SysStringLen(string), 2);
    CHECK_EQ(SysReAllocStringLen(&string, NULL, 6), TRUE); /* what was there stays */
    CHECK_EQ(SysStringLen(string), 6);
    CHECK(memcmp(string, L"ab", 4) == 0);
    CHECK_EQ(string[6], 0);
    CHECK_EQ(SysReAllocStringLen(&string, string + 1, 1), TRUE); /* a part of itself */
    CHECK_WSTR(string, L"b");
    SysFreeString(string);
    string = NULL;
    CHECK_EQ(SysReAllocString(&string, L"new"), TRUE);
    CHECK_WSTR(string, L"new");
    CHECK_EQ(SysReAllocString(&string, NULL), TRUE);
    CHECK(string == NULL);
}
