/* Rtl's counted strings: making, copying, appending, comparing, freeing. */
#include "../harness.h"
#include <nt/base.h>

VOID NTAPI RtlInitUnicodeString(UNICODE_STRING *, PCWSTR);
LONG NTAPI RtlInitUnicodeStringEx(UNICODE_STRING *, PCWSTR);
VOID NTAPI RtlInitAnsiString(STRING *, const char *);
LONG NTAPI RtlInitAnsiStringEx(STRING *, const char *);
VOID NTAPI RtlInitString(STRING *, const char *);
VOID NTAPI RtlCopyUnicodeString(UNICODE_STRING *, const UNICODE_STRING *);
VOID NTAPI RtlCopyString(STRING *, const STRING *);
LONG NTAPI RtlAppendUnicodeToString(UNICODE_STRING *, PCWSTR);
LONG NTAPI RtlAppendUnicodeStringToString(UNICODE_STRING *, const UNICODE_STRING *);
LONG NTAPI RtlAppendAsciizToString(STRING *, const char *);
LONG NTAPI RtlAppendStringToString(STRING *, const STRING *);
BOOLEAN NTAPI RtlCreateUnicodeString(UNICODE_STRING *, PCWSTR);
LONG NTAPI RtlDuplicateUnicodeString(ULONG, const UNICODE_STRING *, UNICODE_STRING *);
VOID NTAPI RtlFreeUnicodeString(UNICODE_STRING *);
VOID NTAPI RtlFreeAnsiString(STRING *);
VOID NTAPI RtlFreeOemString(STRING *);
VOID NTAPI RtlEraseUnicodeString(UNICODE_STRING *);
LONG NTAPI RtlCompareString(const STRING *, const STRING *, BOOLEAN);
BOOLEAN NTAPI RtlEqualString(const STRING *, const STRING *, BOOLEAN);
BOOLEAN NTAPI RtlPrefixString(const STRING *, const STRING *, BOOLEAN);
LONG NTAPI RtlCompareUnicodeStrings(PCWSTR, SIZE_T, PCWSTR, SIZE_T, BOOLEAN);
LONG NTAPI RtlValidateUnicodeString(ULONG, const UNICODE_STRING *);
CHAR NTAPI RtlUpperChar(CHAR);
VOID NTAPI RtlUpperString(STRING *, const STRING *);
LONG NTAPI RtlUpcaseUnicodeString(UNICODE_STRING *, const UNICODE_STRING *, BOOLEAN);
LONG NTAPI RtlDowncaseUnicodeString(UNICODE_STRING *, const UNICODE_STRING *, BOOLEAN);

static UNICODE_STRING wide(const WCHAR *text)
{
    UNICODE_STRING string;

    RtlInitUnicodeString(&string, text);
    return string;
}

static STRING narrow(const char *text)
{
    STRING string;

    RtlInitAnsiString(&string, text);
    return string;
}

/* Longer than a counted string can be. */
static const WCHAR *too_long(void)
{
    static WCHAR *text;

    if (!text) {
        text = malloc(40000 * sizeof *text);
        for (int i = 0; i < 39999; i++)
            text[i] = 'x';
        text[39999] = 0;
    }
    return text;
}

TEST(making)
{
    UNICODE_STRING w = wide(L"four");
    STRING a = narrow("four");

    CHECK_EQ(w.Length, 8);
    CHECK_EQ(w.MaximumLength, 10);
    CHECK_EQ(a.Length, 4);
    CHECK_EQ(a.MaximumLength, 5);
    w = wide(NULL);
    CHECK_EQ(w.Length, 0);
    CHECK_EQ(w.MaximumLength, 0);
    CHECK(!w.Buffer);
    w = wide(L"");
    CHECK_EQ(w.Length, 0);
    CHECK_EQ(w.MaximumLength, 2);
    RtlInitString(&a, NULL);
    CHECK_EQ(a.MaximumLength, 0);
    CHECK(!a.Buffer);
    RtlInitString(&a, "x");
    CHECK_EQ(a.Length, 1);
    CHECK_STATUS(RtlInitUnicodeStringEx(&w, L"ab"), STATUS_SUCCESS);
    CHECK_EQ(w.Length, 4);
    CHECK_STATUS(RtlInitUnicodeStringEx(&w, NULL), STATUS_SUCCESS);
    CHECK_EQ(w.MaximumLength, 0);
    CHECK_STATUS(RtlInitUnicodeStringEx(&w, too_long()), STATUS_NAME_TOO_LONG);
    CHECK_STATUS(RtlInitAnsiStringEx(&a, "ab"), STATUS_SUCCESS);
    CHECK_EQ(a.MaximumLength, 3);
    char *big = malloc(70000);
    memset(big, 'a', 69999);
    big[69999] = 0;
    CHECK_STATUS(RtlInitAnsiStringEx(&a, big), STATUS_NAME_TOO_LONG);
    free(big);
    CHECK(RtlCreateUnicodeString(&w, L"new"));
    CHECK_EQ(w.Length, 6);
    CHECK_EQ(w.MaximumLength, 8);
    CHECK_WSTR(w.Buffer, L"new");
    RtlFreeUnicodeString(&w);
    CHECK(!w.Buffer);
    CHECK_EQ(w.Length, 0);
    CHECK_EQ(w.MaximumLength, 0);
    a = (STRING){0};
    RtlFreeAnsiString(&a);
    CHECK(!a.Buffer);
    RtlFreeOemString(&a);
    CHECK(!a.Buffer);
}

TEST(copying)
{
    WCHAR buffer[8] = L"-------";
    char bytes[8] = "-------";
    UNICODE_STRING w = {2, 10, buffer}, source = wide(L"abcdefgh");
    STRING a = {1, 5, bytes}, narrow_source = narrow("abcdefgh");

    RtlCopyUnicodeString(&w, &source);
    CHECK_EQ(w.Length, 10);
    CHECK_EQ(buffer[4], 'e');
    CHECK_EQ(buffer[5], '-');
    source = wide(L"x");
    RtlCopyUnicodeString(&w, &source);
    CHECK_EQ(w.Length, 2);
    CHECK_WSTR(buffer, L"x"); /* the terminator, where there is room */
    RtlCopyUnicodeString(&w, NULL);
    CHECK_EQ(w.Length, 0);
    RtlCopyString(&a, &narrow_source);
    CHECK_EQ(a.Length, 5);
    CHECK_EQ(bytes[4], 'e');
    CHECK_EQ(bytes[5], '-');
    RtlCopyString(&a, NULL);
    CHECK_EQ(a.Length, 0);
}

TEST(appending)
{
    WCHAR buffer[8] = L"";
    char bytes[8] = "";
    UNICODE_STRING w = {0, 14, buffer}, more = wide(L"cd");
    STRING a = {0, 7, bytes}, narrow_more = narrow("cd");

    CHECK_STATUS(RtlAppendUnicodeToString(&w, L"ab"), STATUS_SUCCESS);
    CHECK_STATUS(RtlAppendUnicodeStringToString(&w, &more), STATUS_SUCCESS);
    CHECK_EQ(w.Length, 8);
    CHECK_WSTR(buffer, L"abcd");
    CHECK_STATUS(RtlAppendUnicodeToString(&w, NULL), STATUS_SUCCESS);
    CHECK_STATUS(RtlAppendUnicodeToString(&w, L"efgh"), STATUS_BUFFER_TOO_SMALL);
    CHECK_EQ(w.Length, 8);
    CHECK_STATUS(RtlAppendUnicodeToString(&w, L"efg"), STATUS_SUCCESS);
    CHECK_EQ(w.Length, 14);
    CHECK_STATUS(RtlAppendUnicodeStringToString(&w, &more), STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(RtlAppendAsciizToString(&a, "ab"), STATUS_SUCCESS);
    CHECK_STATUS(RtlAppendStringToString(&a, &narrow_more), STATUS_SUCCESS);
    CHECK_EQ(a.Length, 4);
    CHECK_EQ(memcmp(bytes, "abcd", 4), 0);
    CHECK_STATUS(RtlAppendAsciizToString(&a, "efgh"), STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(RtlAppendAsciizToString(&a, NULL), STATUS_SUCCESS);
    CHECK_EQ(a.Length, 4);
    CHECK_STATUS(RtlAppendStringToString(&a, &narrow_more), STATUS_SUCCESS);
    CHECK_STATUS(RtlAppendStringToString(&a, &narrow_more), STATUS_BUFFER_TOO_SMALL);
}

TEST(duplicating)
{
    ORACLE_DIFFERS("odd lengths are invalid");
    UNICODE_STRING source = {6, 6, (WCHAR *)L"abcd"}, copy, empty = wide(L"");

    CHECK_STATUS(RtlDuplicateUnicodeString(1, &source, &copy), STATUS_SUCCESS);
    CHECK_EQ(copy.Length, 6);
    CHECK_EQ(copy.MaximumLength, 8);
    CHECK_WSTR(copy.Buffer, L"abc");
    RtlFreeUnicodeString(&copy);
    CHECK_STATUS(RtlDuplicateUnicodeString(0, &source, &copy), STATUS_SUCCESS);
    CHECK_EQ(copy.MaximumLength, 6);
    RtlFreeUnicodeString(&copy);
    CHECK_STATUS(RtlDuplicateUnicodeString(1, &empty, &copy), STATUS_SUCCESS);
    CHECK(!copy.Buffer);
    CHECK_STATUS(RtlDuplicateUnicodeString(3, &empty, &copy), STATUS_SUCCESS);
    CHECK(copy.Buffer && !copy.Buffer[0]);
    CHECK_EQ(copy.MaximumLength, 2);
    RtlFreeUnicodeString(&copy);
    CHECK_STATUS(RtlDuplicateUnicodeString(2, &source, &copy), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlDuplicateUnicodeString(4, &source, &copy), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlDuplicateUnicodeString(0, &source, NULL), STATUS_INVALID_PARAMETER);
    source.Length = 5;
    CHECK_STATUS(RtlDuplicateUnicodeString(0, &source, &copy), STATUS_INVALID_PARAMETER);
}

TEST(erasing)
{
    WCHAR buffer[4] = L"abc";
    UNICODE_STRING w = {4, 8, buffer};

    RtlEraseUnicodeString(&w);
    CHECK_EQ(w.Length, 0);
    CHECK_EQ(buffer[0], 0);
    CHECK_EQ(buffer[2], 0);
}

TEST(validating)
{
    ORACLE_CRASHES("missing there");
    UNICODE_STRING w = wide(L"abc");

    CHECK_STATUS(RtlValidateUnicodeString(0, &w), STATUS_SUCCESS);
    CHECK_STATUS(RtlValidateUnicodeString(1, &w), STATUS_INVALID_PARAMETER);
    w.Length = 3;
    CHECK_STATUS(RtlValidateUnicodeString(0, &w), STATUS_INVALID_PARAMETER);
    w.Length = 10;
    CHECK_STATUS(RtlValidateUnicodeString(0, &w), STATUS_INVALID_PARAMETER);
    w = (UNICODE_STRING){0, 2, NULL};
    CHECK_STATUS(RtlValidateUnicodeString(0, &w), STATUS_INVALID_PARAMETER);
    w.MaximumLength = 0;
    CHECK_STATUS(RtlValidateUnicodeString(0, &w), STATUS_SUCCESS);
}

TEST(comparing)
{
    STRING abc = narrow("abc"), upper = narrow("ABC"), abcd = narrow("abcd"), abd = narrow("abd");

    CHECK_EQ(RtlCompareString(&abc, &abc, FALSE), 0);
    CHECK(RtlCompareString(&abc, &upper, FALSE) > 0);
    CHECK_EQ(RtlCompareString(&abc, &upper, TRUE), 0);
    CHECK(RtlCompareString(&abc, &abd, FALSE) < 0);
    CHECK(RtlCompareString(&abcd, &abc, FALSE) > 0);
    CHECK(RtlEqualString(&abc, &upper, TRUE));
    CHECK(!RtlEqualString(&abc, &upper, FALSE));
    CHECK(!RtlEqualString(&abc, &abcd, TRUE));
    CHECK(RtlPrefixString(&abc, &abcd, FALSE));
    CHECK(!RtlPrefixString(&abcd, &abc, FALSE));
    CHECK(RtlPrefixString(&upper, &abcd, TRUE));
    CHECK(!RtlPrefixString(&upper, &abcd, FALSE));
    CHECK_EQ(RtlCompareUnicodeStrings(L"abc", 3, L"ABC", 3, TRUE), 0);
    CHECK(RtlCompareUnicodeStrings(L"abc", 3, L"ABC", 3, FALSE) > 0);
    CHECK(RtlCompareUnicodeStrings(L"abc", 2, L"abc", 3, FALSE) < 0);
    CHECK_EQ(RtlCompareUnicodeStrings(L"abx", 2, L"aby", 2, FALSE), 0);
}

TEST(casing)
{
    char bytes[8] = "-------";
    WCHAR buffer[8];
    STRING to = {0, 4, bytes}, from = narrow("aZ1b");
    UNICODE_STRING w = {0, sizeof buffer, buffer}, source = wide(L"a\xe4Z"), small_one = {0, 4, buffer};

    CHECK_EQ(RtlUpperChar('a'), 'A');
    CHECK_EQ(RtlUpperChar('Z'), 'Z');
    CHECK_EQ(RtlUpperChar('1'), '1');
    RtlUpperString(&to, &from);
    CHECK_EQ(to.Length, 4);
    CHECK_EQ(memcmp(bytes, "AZ1B-", 5), 0);
    CHECK_STATUS(RtlUpcaseUnicodeString(&w, &source, FALSE), STATUS_SUCCESS);
    CHECK_EQ(w.Length, 6);
    CHECK_EQ(memcmp(buffer, L"A\xc4Z", 6), 0);
    CHECK_STATUS(RtlDowncaseUnicodeString(&w, &source, FALSE), STATUS_SUCCESS);
    CHECK_EQ(memcmp(buffer, L"a\xe4z", 6), 0);
    CHECK_STATUS(RtlUpcaseUnicodeString(&small_one, &source, FALSE), STATUS_BUFFER_OVERFLOW);
    CHECK_STATUS(RtlDowncaseUnicodeString(&small_one, &source, FALSE), STATUS_BUFFER_OVERFLOW);
    CHECK_STATUS(RtlUpcaseUnicodeString(&w, &source, TRUE), STATUS_SUCCESS);
    CHECK_EQ(w.Length, 6);
    CHECK_EQ(w.Buffer[1], 0xc4);
    RtlFreeUnicodeString(&w);
}

TEST(making_and_status)
{
    LONG(NTAPI * init)
    (STRING *, const char *) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "RtlInitStringEx");
    STRING string = {7, 7, (char *)7};
    char *huge = malloc(0x10001);

    if (!init)
        SKIP("not exported there");
    CHECK_STATUS(init(&string, "abc"), STATUS_SUCCESS);
    CHECK_EQ(string.Length, 3);
    CHECK_EQ(string.MaximumLength, 4);
    CHECK_STR(string.Buffer, "abc");
    CHECK_STATUS(init(&string, NULL), STATUS_SUCCESS);
    CHECK_EQ(string.Length, 0);
    CHECK_EQ(string.MaximumLength, 0);
    CHECK(!string.Buffer);
    memset(huge, 'x', 0x10000);
    huge[0x10000] = 0;
    CHECK_STATUS(init(&string, huge), STATUS_NAME_TOO_LONG);
    free(huge);
}

TEST(finding_within)
{
    PWSTR(NTAPI * find)
    (const UNICODE_STRING *, const UNICODE_STRING *,
     BOOLEAN) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "RtlFindUnicodeSubstring");
    UNICODE_STRING text, word;

    if (!find)
        SKIP("not exported there");
    RtlInitUnicodeString(&text, L"some Words here");
    RtlInitUnicodeString(&word, L"Words");
    CHECK_EQ(find(&text, &word, FALSE) - text.Buffer, 5);
    RtlInitUnicodeString(&word, L"wORDS");
    CHECK(!find(&text, &word, FALSE));
    CHECK_EQ(find(&text, &word, TRUE) - text.Buffer, 5);
    RtlInitUnicodeString(&word, L"here and more");
    CHECK(!find(&text, &word, TRUE));
    RtlInitUnicodeString(&word, L"");
    CHECK_EQ((ULONG_PTR)find(&text, &word, FALSE), (ULONG_PTR)text.Buffer);
}
