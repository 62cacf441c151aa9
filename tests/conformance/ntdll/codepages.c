/* Rtl's conversions between UTF-16 and the ANSI, OEM and UTF-8 encodings: strings and counted buffers. */
#include "../harness.h"
#include <nt/base.h>

VOID NTAPI RtlFreeUnicodeString(UNICODE_STRING *);
VOID NTAPI RtlFreeAnsiString(STRING *);
VOID NTAPI RtlFreeOemString(STRING *);
LONG NTAPI RtlMultiByteToUnicodeN(WCHAR *, ULONG, ULONG *, const char *, ULONG);
LONG NTAPI RtlMultiByteToUnicodeSize(ULONG *, const char *, ULONG);
LONG NTAPI RtlUnicodeToMultiByteN(char *, ULONG, ULONG *, const WCHAR *, ULONG);
LONG NTAPI RtlUnicodeToMultiByteSize(ULONG *, const WCHAR *, ULONG);
LONG NTAPI RtlUpcaseUnicodeToMultiByteN(char *, ULONG, ULONG *, const WCHAR *, ULONG);
LONG NTAPI RtlOemToUnicodeN(WCHAR *, ULONG, ULONG *, const char *, ULONG);
LONG NTAPI RtlUnicodeToOemN(char *, ULONG, ULONG *, const WCHAR *, ULONG);
LONG NTAPI RtlUpcaseUnicodeToOemN(char *, ULONG, ULONG *, const WCHAR *, ULONG);
LONG NTAPI RtlOemStringToUnicodeString(UNICODE_STRING *, const STRING *, BOOLEAN);
LONG NTAPI RtlUnicodeStringToOemString(STRING *, const UNICODE_STRING *, BOOLEAN);
LONG NTAPI RtlUpcaseUnicodeStringToAnsiString(STRING *, const UNICODE_STRING *, BOOLEAN);
LONG NTAPI RtlUpcaseUnicodeStringToOemString(STRING *, const UNICODE_STRING *, BOOLEAN);
LONG NTAPI RtlUnicodeStringToCountedOemString(STRING *, const UNICODE_STRING *, BOOLEAN);
LONG NTAPI RtlUpcaseUnicodeStringToCountedOemString(STRING *, const UNICODE_STRING *, BOOLEAN);
ULONG NTAPI RtlxAnsiStringToUnicodeSize(const STRING *);
ULONG NTAPI RtlxOemStringToUnicodeSize(const STRING *);
ULONG NTAPI RtlxUnicodeStringToAnsiSize(const UNICODE_STRING *);
ULONG NTAPI RtlxUnicodeStringToOemSize(const UNICODE_STRING *);
WCHAR NTAPI RtlAnsiCharToUnicodeChar(char **);
BOOLEAN NTAPI RtlIsTextUnicode(const void *, INT, INT *);
LONG NTAPI RtlConsoleMultiByteToUnicodeN(WCHAR *, ULONG, ULONG *, const char *, ULONG, ULONG *);

static UNICODE_STRING wide(const WCHAR *text)
{
    return (UNICODE_STRING){(USHORT)(lstrlenW(text) * 2), (USHORT)(lstrlenW(text) * 2 + 2), (WCHAR *)text};
}

static STRING narrow(const char *text)
{
    return (STRING){(USHORT)strlen(text), (USHORT)(strlen(text) + 1), (char *)text};
}

TEST(buffers_to_unicode)
{
    WCHAR to[8] = L"-------";
    ULONG size = 99;

    CHECK_STATUS(RtlMultiByteToUnicodeN(to, 10, &size, "abc", 3), STATUS_SUCCESS);
    CHECK_EQ(size, 6);
    CHECK_EQ(memcmp(to, L"abc-", 8), 0);
    CHECK_STATUS(RtlMultiByteToUnicodeN(to, 4, &size, "xyz", 3), STATUS_SUCCESS); /* truncates */
    CHECK_EQ(size, 4);
    CHECK_EQ(memcmp(to, L"xyc-", 8), 0);
    CHECK_STATUS(RtlMultiByteToUnicodeN(to, 4, NULL, "pq", 2), STATUS_SUCCESS);
    CHECK_EQ(to[1], 'q');
    CHECK_STATUS(RtlMultiByteToUnicodeSize(&size, "abcd", 4), STATUS_SUCCESS);
    CHECK_EQ(size, 8);
    CHECK_STATUS(RtlMultiByteToUnicodeSize(&size, "", 0), STATUS_SUCCESS);
    CHECK_EQ(size, 0);
    CHECK_STATUS(RtlOemToUnicodeN(to, 10, &size, "abc", 3), STATUS_SUCCESS);
    CHECK_EQ(size, 6);
    CHECK_STATUS(RtlOemToUnicodeN(to, 2, &size, "zbc", 3), STATUS_SUCCESS);
    CHECK_EQ(size, 2);
    CHECK_EQ(to[0], 'z');
    if (GetOEMCP() == 437 || GetOEMCP() == 850) {
        CHECK_STATUS(RtlOemToUnicodeN(to, 10, &size, "\x84", 1), STATUS_SUCCESS);
        CHECK_EQ(to[0], 0xe4);
    }
    if (GetACP() == 1252) {
        CHECK_STATUS(RtlMultiByteToUnicodeN(to, 10, &size, "\xe4\x80", 2), STATUS_SUCCESS);
        CHECK_EQ(to[0], 0xe4);
        CHECK_EQ(to[1], 0x20ac);
    }
}

TEST(buffers_from_unicode)
{
    char to[8] = "-------";
    ULONG size = 99;

    CHECK_STATUS(RtlUnicodeToMultiByteN(to, 7, &size, L"abc", 6), STATUS_SUCCESS);
    CHECK_EQ(size, 3);
    CHECK_EQ(memcmp(to, "abc-", 4), 0);
    CHECK_STATUS(RtlUnicodeToMultiByteN(to, 2, &size, L"xyz", 6), STATUS_SUCCESS);
    CHECK_EQ(size, 2);
    CHECK_EQ(memcmp(to, "xyc-", 4), 0);
    CHECK_STATUS(RtlUnicodeToMultiByteSize(&size, L"abc", 6), STATUS_SUCCESS);
    CHECK_EQ(size, 3);
    CHECK_STATUS(RtlUpcaseUnicodeToMultiByteN(to, 7, &size, L"aBc", 6), STATUS_SUCCESS);
    CHECK_EQ(memcmp(to, "ABC-", 4), 0);
    CHECK_STATUS(RtlUnicodeToOemN(to, 7, &size, L"ghi", 6), STATUS_SUCCESS);
    CHECK_EQ(size, 3);
    CHECK_EQ(memcmp(to, "ghi-", 4), 0);
    CHECK_STATUS(RtlUpcaseUnicodeToOemN(to, 7, &size, L"ghi", 6), STATUS_SUCCESS);
    CHECK_EQ(memcmp(to, "GHI-", 4), 0);
    if (GetOEMCP() == 437 || GetOEMCP() == 850) {
        CHECK_STATUS(RtlUnicodeToOemN(to, 7, &size, L"\xe4", 2), STATUS_SUCCESS);
        CHECK_EQ((UCHAR)to[0], 0x84);
        CHECK_STATUS(RtlUpcaseUnicodeToOemN(to, 7, &size, L"\xe4", 2), STATUS_SUCCESS);
        CHECK_EQ((UCHAR)to[0], 0x8e);
    }
}

TEST(sizes)
{
    STRING a = narrow("abc");
    UNICODE_STRING w = wide(L"abc");

    CHECK_EQ(RtlxAnsiStringToUnicodeSize(&a), 8);
    CHECK_EQ(RtlxOemStringToUnicodeSize(&a), 8);
    CHECK_EQ(RtlxUnicodeStringToAnsiSize(&w), 4);
    CHECK_EQ(RtlxUnicodeStringToOemSize(&w), 4);
}

typedef LONG(NTAPI *from_unicode)(STRING *, const UNICODE_STRING *, BOOLEAN);

TEST(strings_from_unicode)
{
    static const struct {
        from_unicode function;
        const char *result;
        int counted;
    } cases[] = {{RtlUnicodeStringToOemString, "aBc", 0},
                 {RtlUpcaseUnicodeStringToOemString, "ABC", 0},
                 {RtlUpcaseUnicodeStringToAnsiString, "ABC", 0},
                 {RtlUnicodeStringToCountedOemString, "aBc", 1},
                 {RtlUpcaseUnicodeStringToCountedOemString, "ABC", 1}};
    UNICODE_STRING source = wide(L"aBc");

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        char bytes[8] = "-------";
        STRING to = {0, 7, bytes};
        if (cases[i].counted && harness_is_wine())
            continue; /* they are missing there */
        CHECK_STATUS(cases[i].function(&to, &source, FALSE), STATUS_SUCCESS);
        CHECK_EQ(to.Length, 3);
        CHECK_EQ(memcmp(bytes, cases[i].result, 3), 0);
        CHECK_EQ(bytes[3], cases[i].counted ? '-' : 0);
        to = (STRING){0, 2, bytes};
        CHECK_STATUS(cases[i].function(&to, &source, FALSE), STATUS_BUFFER_OVERFLOW);
        to = (STRING){0, 0, NULL};
        CHECK_STATUS(cases[i].function(&to, &source, TRUE), STATUS_SUCCESS);
        CHECK_EQ(to.Length, 3);
        CHECK_EQ(to.MaximumLength, cases[i].counted ? 3 : 4);
        CHECK_EQ(memcmp(to.Buffer, cases[i].result, 3), 0);
        RtlFreeOemString(&to);
    }
}

TEST(strings_to_unicode)
{
    STRING source = narrow("abc");
    WCHAR buffer[4];
    UNICODE_STRING to = {0, 8, buffer};

    CHECK_STATUS(RtlOemStringToUnicodeString(&to, &source, FALSE), STATUS_SUCCESS);
    CHECK_EQ(to.Length, 6);
    CHECK_WSTR(buffer, L"abc");
    to.MaximumLength = 6;
    CHECK_STATUS(RtlOemStringToUnicodeString(&to, &source, FALSE), STATUS_BUFFER_OVERFLOW);
    CHECK_STATUS(RtlOemStringToUnicodeString(&to, &source, TRUE), STATUS_SUCCESS);
    CHECK_EQ(to.MaximumLength, 8);
    CHECK_WSTR(to.Buffer, L"abc");
    RtlFreeUnicodeString(&to);
}

TEST(single_characters)
{
    char text[] = "ab", *at = text;

    CHECK_EQ(RtlAnsiCharToUnicodeChar(&at), 'a');
    CHECK_EQ(at - text, 1);
    CHECK_EQ(RtlAnsiCharToUnicodeChar(&at), 'b');
    CHECK_EQ(at - text, 2);
}

TEST(utf8_strings)
{
    HMODULE ntdll = GetModuleHandleA("ntdll.dll");
    LONG(NTAPI * to_utf8)
    (STRING *, const UNICODE_STRING *, BOOLEAN) = (void *)GetProcAddress(ntdll,
                                                                         "RtlUnicodeStringToUTF8String");
    LONG(NTAPI * from_utf8)
    (UNICODE_STRING *, const STRING *, BOOLEAN) = (void *)GetProcAddress(ntdll,
                                                                         "RtlUTF8StringToUnicodeString");
    VOID(NTAPI * init)(STRING *, const char *) = (void *)GetProcAddress(ntdll, "RtlInitUTF8String");
    LONG(NTAPI * init_ex)(STRING *, const char *) = (void *)GetProcAddress(ntdll, "RtlInitUTF8StringEx");
    VOID(NTAPI * release)(STRING *) = (void *)GetProcAddress(ntdll, "RtlFreeUTF8String");
    UNICODE_STRING source = wide(L"a\xe4\x20ac"), back = {0, 0, NULL};
    STRING to = {0, 0, NULL}, small_one;
    char bytes[4];

    if (!to_utf8 || !from_utf8 || !init || !init_ex || !release)
        SKIP("the UTF-8 strings of Windows 10 2004 are missing");
    CHECK_STATUS(to_utf8(&to, &source, TRUE), STATUS_SUCCESS);
    CHECK_EQ(to.Length, 6);
    CHECK_STR(to.Buffer, "a\xc3\xa4\xe2\x82\xac");
    CHECK_STATUS(from_utf8(&back, &to, TRUE), STATUS_SUCCESS);
    CHECK_EQ(back.Length, 6);
    CHECK_WSTR(back.Buffer, L"a\xe4\x20ac");
    small_one = (STRING){0, sizeof bytes, bytes};
    CHECK_STATUS(to_utf8(&small_one, &source, FALSE), STATUS_BUFFER_OVERFLOW);
    RtlFreeUnicodeString(&back);
    release(&to);
    CHECK(!to.Buffer);
    init(&to, "xyz");
    CHECK_EQ(to.Length, 3);
    CHECK_EQ(to.MaximumLength, 4);
    CHECK_STATUS(init_ex(&to, NULL), STATUS_SUCCESS);
    CHECK_EQ(to.MaximumLength, 0);
}

TEST(is_text_unicode)
{
    int flags = IS_TEXT_UNICODE_SIGNATURE;

    CHECK(RtlIsTextUnicode(L"\xfeff"
                           L"abc",
                           8, &flags));
    CHECK_EQ(flags, IS_TEXT_UNICODE_SIGNATURE);
    flags = IS_TEXT_UNICODE_REVERSE_SIGNATURE;
    RtlIsTextUnicode(L"\xfffe"
                     L"abc",
                     8, &flags);
    CHECK_EQ(flags, IS_TEXT_UNICODE_REVERSE_SIGNATURE);
    flags = IS_TEXT_UNICODE_ODD_LENGTH;
    CHECK(!RtlIsTextUnicode("abc", 3, &flags));
    CHECK_EQ(flags, IS_TEXT_UNICODE_ODD_LENGTH);
    flags = IS_TEXT_UNICODE_NULL_BYTES;
    RtlIsTextUnicode(L"abc", 6, &flags);
    CHECK_EQ(flags, IS_TEXT_UNICODE_NULL_BYTES);
    CHECK(!RtlIsTextUnicode("plain ANSI text of some length", 30, NULL));
    CHECK(RtlIsTextUnicode(L"plain Unicode text\r\n", 40, NULL));
}

TEST(console)
{
    WCHAR to[8] = L"";
    ULONG size = 0, special = 9;

    if (harness_is_wine())
        SKIP("missing in wine");
    CHECK_STATUS(RtlConsoleMultiByteToUnicodeN(to, sizeof to, &size, "abc", 3, &special), STATUS_SUCCESS);
    CHECK_EQ(size, 6);
    CHECK_EQ(special, 0);
}
