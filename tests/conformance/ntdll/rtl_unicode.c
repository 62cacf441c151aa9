/* Rtl's Unicode strings: casing, comparing, hashing, conversions. */
#include "harness.h"
#include <nt/base.h>

#define IMPORT(result, name, arguments) static result(NTAPI *p##name) arguments
IMPORT(WCHAR, RtlUpcaseUnicodeChar, (WCHAR));
IMPORT(WCHAR, RtlDowncaseUnicodeChar, (WCHAR));
IMPORT(LONG, RtlCompareUnicodeString, (const UNICODE_STRING *, const UNICODE_STRING *, BOOLEAN));
IMPORT(BOOLEAN, RtlEqualUnicodeString, (const UNICODE_STRING *, const UNICODE_STRING *, BOOLEAN));
IMPORT(BOOLEAN, RtlPrefixUnicodeString, (const UNICODE_STRING *, const UNICODE_STRING *, BOOLEAN));
IMPORT(LONG, RtlHashUnicodeString, (const UNICODE_STRING *, BOOLEAN, ULONG, ULONG *));
IMPORT(LONG, RtlUnicodeToUTF8N, (char *, ULONG, ULONG *, const WCHAR *, ULONG));
IMPORT(LONG, RtlUTF8ToUnicodeN, (WCHAR *, ULONG, ULONG *, const char *, ULONG));
IMPORT(LONG, RtlUnicodeStringToAnsiString, (STRING *, const UNICODE_STRING *, BOOLEAN));
IMPORT(LONG, RtlAnsiStringToUnicodeString, (UNICODE_STRING *, const STRING *, BOOLEAN));
IMPORT(VOID, RtlFreeUnicodeString, (UNICODE_STRING *));
IMPORT(LONG, RtlFindCharInUnicodeString, (ULONG, const UNICODE_STRING *, const UNICODE_STRING *, USHORT *));

__attribute__((constructor)) static void load(void)
{
    HMODULE ntdll = GetModuleHandleA("ntdll.dll");

#define LOAD(name) p##name = (void *)GetProcAddress(ntdll, #name)
    LOAD(RtlUpcaseUnicodeChar);
    LOAD(RtlDowncaseUnicodeChar);
    LOAD(RtlCompareUnicodeString);
    LOAD(RtlEqualUnicodeString);
    LOAD(RtlPrefixUnicodeString);
    LOAD(RtlHashUnicodeString);
    LOAD(RtlUnicodeToUTF8N);
    LOAD(RtlUTF8ToUnicodeN);
    LOAD(RtlUnicodeStringToAnsiString);
    LOAD(RtlAnsiStringToUnicodeString);
    LOAD(RtlFreeUnicodeString);
    LOAD(RtlFindCharInUnicodeString);
}

static UNICODE_STRING string(const WCHAR *text)
{
    USHORT size = (USHORT)(lstrlenW(text) * sizeof(WCHAR));

    return (UNICODE_STRING){size, size, (WCHAR *)text};
}

TEST(casing)
{
    CHECK_EQ(pRtlUpcaseUnicodeChar('a'), 'A');
    CHECK_EQ(pRtlUpcaseUnicodeChar(0xe4), 0xc4);
    CHECK_EQ(pRtlUpcaseUnicodeChar(0xff), 0x178);
    CHECK_EQ(pRtlUpcaseUnicodeChar(0x131), 0x131);
    CHECK_EQ(pRtlUpcaseUnicodeChar(0xb5), 0xb5);
    CHECK_EQ(pRtlUpcaseUnicodeChar(0x3c9), 0x3a9);
    CHECK_EQ(pRtlDowncaseUnicodeChar('Z'), 'z');
    CHECK_EQ(pRtlDowncaseUnicodeChar(0x416), 0x436);
}

TEST(comparing)
{
    UNICODE_STRING a = string(L"Hello"), b = string(L"hELLO world"), c = string(L"HELLO");

    CHECK(pRtlCompareUnicodeString(&a, &c, FALSE) > 0);
    CHECK_EQ(pRtlCompareUnicodeString(&a, &c, TRUE), 0);
    CHECK(pRtlCompareUnicodeString(&a, &b, TRUE) < 0);
    CHECK(pRtlEqualUnicodeString(&a, &c, TRUE));
    CHECK(!pRtlEqualUnicodeString(&a, &c, FALSE));
    CHECK(pRtlPrefixUnicodeString(&a, &b, TRUE));
    CHECK(!pRtlPrefixUnicodeString(&a, &b, FALSE));
    CHECK(!pRtlPrefixUnicodeString(&b, &a, TRUE));
}

TEST(hashing)
{
    UNICODE_STRING a = string(L"abc"), b = string(L"ABC");
    ULONG x = 0, y = 0;

    CHECK_STATUS(pRtlHashUnicodeString(&a, FALSE, 1, &x), STATUS_SUCCESS);
    CHECK_EQ(x, (ULONG)((97u * 65599 + 98) * 65599 + 99));
    CHECK_STATUS(pRtlHashUnicodeString(&a, TRUE, 0, &x), STATUS_SUCCESS);
    CHECK_STATUS(pRtlHashUnicodeString(&b, TRUE, 0, &y), STATUS_SUCCESS);
    CHECK_EQ(x, y);
    CHECK_STATUS(pRtlHashUnicodeString(NULL, TRUE, 0, &y), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(pRtlHashUnicodeString(&a, TRUE, 99, &y), STATUS_INVALID_PARAMETER);
}

TEST(utf8)
{
    WCHAR wide[8];
    char text[8];
    ULONG size;

    CHECK_STATUS(pRtlUTF8ToUnicodeN(wide, sizeof wide, &size, "\xe2\x82\xac", 3), STATUS_SUCCESS);
    CHECK_EQ(size, 2);
    CHECK_EQ(wide[0], 0x20ac);
    CHECK_STATUS(pRtlUTF8ToUnicodeN(wide, sizeof wide, &size, "\xff", 1), STATUS_SOME_NOT_MAPPED);
    CHECK_EQ(wide[0], 0xfffd);
    CHECK_STATUS(pRtlUTF8ToUnicodeN(wide, 2, &size, "ab", 2), STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(pRtlUTF8ToUnicodeN(NULL, 0, &size, "abc", 3), STATUS_SUCCESS);
    CHECK_EQ(size, 6);
    CHECK_STATUS(pRtlUnicodeToUTF8N(text, 8, &size, L"\u20ac", 2), STATUS_SUCCESS);
    CHECK_EQ(size, 3);
    CHECK_STATUS(pRtlUnicodeToUTF8N(text, 2, &size, L"\u20ac", 2), STATUS_BUFFER_TOO_SMALL);
}

TEST(ansi)
{
    char buffer[4];
    STRING ansi = {0, sizeof buffer, buffer};
    UNICODE_STRING wide = string(L"abc"), made;

    CHECK_STATUS(pRtlUnicodeStringToAnsiString(&ansi, &wide, FALSE), STATUS_SUCCESS);
    CHECK_EQ(ansi.Length, 3);
    CHECK_STR(buffer, "abc");
    wide = string(L"abcdef");
    CHECK_STATUS(pRtlUnicodeStringToAnsiString(&ansi, &wide, FALSE), STATUS_BUFFER_OVERFLOW);
    CHECK_STR(buffer, "abc");
    ansi = (STRING){3, 4, "xyz"};
    CHECK_STATUS(pRtlAnsiStringToUnicodeString(&made, &ansi, TRUE), STATUS_SUCCESS);
    CHECK_WSTR(made.Buffer, L"xyz");
    CHECK_EQ(made.MaximumLength, 8);
    pRtlFreeUnicodeString(&made);
}

TEST(finding)
{
    UNICODE_STRING path = string(L"C:\\dir\\file"), set = string(L"\\");
    USHORT position = 0;

    CHECK_STATUS(pRtlFindCharInUnicodeString(0, &path, &set, &position), STATUS_SUCCESS);
    CHECK_EQ(position, 6);
    CHECK_STATUS(pRtlFindCharInUnicodeString(1, &path, &set, &position), STATUS_SUCCESS);
    CHECK_EQ(position, 12);
    set = string(L"!");
    CHECK_STATUS(pRtlFindCharInUnicodeString(0, &path, &set, &position), STATUS_NOT_FOUND);
}
