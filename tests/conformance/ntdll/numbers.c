/* Rtl's numbers: to and from text, 64-bit arithmetic, byte order, GUIDs, pseudo-random numbers, checksums. */
#include "../harness.h"
#include <nt/base.h>

LONG NTAPI RtlCharToInteger(const char *, ULONG, ULONG *);
LONG NTAPI RtlIntegerToChar(ULONG, ULONG, LONG, char *);
LONG NTAPI RtlLargeIntegerToChar(const ULONGLONG *, ULONG, LONG, char *);
LONG NTAPI RtlUnicodeStringToInteger(const UNICODE_STRING *, ULONG, ULONG *);
LONG NTAPI RtlIntegerToUnicodeString(ULONG, ULONG, UNICODE_STRING *);
LONG NTAPI RtlInt64ToUnicodeString(ULONGLONG, ULONG, UNICODE_STRING *);
LONG NTAPI RtlGUIDFromString(const UNICODE_STRING *, GUID *);
LONG NTAPI RtlStringFromGUID(const GUID *, UNICODE_STRING *);
VOID NTAPI RtlFreeUnicodeString(UNICODE_STRING *);
ULONG NTAPI RtlUniform(ULONG *);
ULONG NTAPI RtlRandom(ULONG *);
ULONG NTAPI RtlRandomEx(ULONG *);
ULONG NTAPI RtlComputeCrc32(ULONG, const void *, ULONG);

TEST(text_to_integer)
{
    static const struct {
        const char *text;
        ULONG base, value;
        LONG status;
    } cases[] = {{"123", 10, 123, 0},
                 {"123", 0, 123, 0},
                 {"-5", 10, (ULONG)-5, 0},
                 {"+5", 10, 5, 0},
                 {"  7", 10, 7, 0},
                 {"0x1f", 0, 31, 0},
                 {"0o17", 0, 15, 0},
                 {"0b101", 0, 5, 0},
                 {"ff", 16, 255, 0},
                 {"fg", 16, 15, 0},
                 {"12ab", 10, 12, 0},
                 {"", 10, 0, 0},
                 {"x", 10, 0, 0},
                 {"777", 8, 511, 0},
                 {"101", 2, 5, 0},
                 {"4294967295", 10, -1, 0},
                 {"0x1f", 16, 0, 0},
                 {"1", 7, 99, STATUS_INVALID_PARAMETER},
                 {"-0x10", 0, (ULONG)-16, 0}};

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        ULONG value = 99;
        LONG status = RtlCharToInteger(cases[i].text, cases[i].base, &value);
        if (status != cases[i].status || value != cases[i].value)
            FAIL("\"%s\" in %lu: %lx, %lu", cases[i].text, cases[i].base, status, value);
        WCHAR wide[32];
        UNICODE_STRING string = {0, sizeof wide, wide};
        while (cases[i].text[string.Length / 2]) {
            wide[string.Length / 2] = (WCHAR)cases[i].text[string.Length / 2];
            string.Length += 2;
        }
        value = 99;
        status = RtlUnicodeStringToInteger(&string, cases[i].base, &value);
        if (status != cases[i].status || value != cases[i].value)
            FAIL("L\"%s\" in %lu: %lx, %lu", cases[i].text, cases[i].base, status, value);
    }
    CHECK_STATUS(RtlCharToInteger("1", 10, NULL), STATUS_ACCESS_VIOLATION);
}

TEST(integer_to_text)
{
    static const struct {
        ULONGLONG value;
        ULONG base;
        const char *text;
    } cases[] = {{0, 10, "0"},
                 {0, 0, "0"},
                 {123, 10, "123"},
                 {255, 16, "FF"},
                 {255, 2, "11111111"},
                 {8, 8, "10"},
                 {0xffffffff, 10, "4294967295"},
                 {0xdeadbeef, 16, "DEADBEEF"},
                 {99, 0, "99"}};
    char text[80];
    WCHAR wide[80];

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        ULONG length = (ULONG)strlen(cases[i].text);
        UNICODE_STRING string = {0, sizeof wide, wide};
        WCHAR expected[80];
        for (ULONG j = 0; j <= length; j++)
            expected[j] = (WCHAR)cases[i].text[j];
        CHECK_STATUS(RtlIntegerToChar((ULONG)cases[i].value, cases[i].base, sizeof text, text),
                     STATUS_SUCCESS);
        CHECK_STR(text, cases[i].text);
        CHECK_STATUS(RtlLargeIntegerToChar(&cases[i].value, cases[i].base, sizeof text, text),
                     STATUS_SUCCESS);
        CHECK_STR(text, cases[i].text);
        CHECK_STATUS(RtlIntegerToUnicodeString((ULONG)cases[i].value, cases[i].base, &string),
                     STATUS_SUCCESS);
        CHECK_WSTR(wide, expected);
        CHECK_EQ(string.Length, length * 2);
        CHECK_STATUS(RtlInt64ToUnicodeString(cases[i].value, cases[i].base, &string), STATUS_SUCCESS);
        CHECK_WSTR(wide, expected);
    }
    ULONGLONG large = 0xfedcba9876543210ull;
    CHECK_STATUS(RtlLargeIntegerToChar(&large, 16, sizeof text, text), STATUS_SUCCESS);
    CHECK_STR(text, "FEDCBA9876543210");
    CHECK_STATUS(RtlLargeIntegerToChar(&large, 10, sizeof text, text), STATUS_SUCCESS);
    CHECK_STR(text, "18364758544493064720");
    memset(text, '-', sizeof text);
    CHECK_STATUS(RtlIntegerToChar(123, 10, 3, text), STATUS_SUCCESS); /* no room for a terminator: none */
    CHECK_EQ(memcmp(text, "123-", 4), 0);
    CHECK_STATUS(RtlIntegerToChar(123, 10, 2, text), STATUS_BUFFER_OVERFLOW);
    CHECK_STATUS(RtlIntegerToChar(123, 7, 9, text), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlLargeIntegerToChar(&large, 16, 5, text), STATUS_BUFFER_OVERFLOW);
    CHECK_STATUS(RtlLargeIntegerToChar(&large, 3, 50, text), STATUS_INVALID_PARAMETER);
    UNICODE_STRING short_string = {0, 6, wide};
    CHECK_STATUS(RtlIntegerToUnicodeString(1234, 10, &short_string), STATUS_BUFFER_OVERFLOW);
    CHECK_STATUS(RtlIntegerToUnicodeString(1234, 11, &short_string), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlInt64ToUnicodeString(1234, 10, &short_string), STATUS_BUFFER_OVERFLOW);
}

TEST(guids)
{
    static const GUID guid = {0x01234567, 0x89ab, 0xcdef, {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}};
    static const WCHAR text[] = L"{01234567-89AB-CDEF-0123-456789ABCDEF}";
    UNICODE_STRING string = {0, 0, NULL}, source = {76, 78, (WCHAR *)text}, lower;
    GUID parsed;
    LONG(NTAPI * extended)
    (const GUID *, UNICODE_STRING *, BOOLEAN) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"),
                                                                       "RtlStringFromGUIDEx");

    CHECK_STATUS(RtlStringFromGUID(&guid, &string), STATUS_SUCCESS);
    CHECK_EQ(string.Length, 76);
    CHECK_EQ(string.MaximumLength, 78);
    CHECK_EQ(lstrcmpiW(string.Buffer, text), 0);
    RtlFreeUnicodeString(&string);
    CHECK_STATUS(RtlGUIDFromString(&source, &parsed), STATUS_SUCCESS);
    CHECK_EQ(memcmp(&parsed, &guid, sizeof guid), 0);
    lower = (UNICODE_STRING){76, 78, (WCHAR *)L"{01234567-89ab-cdef-0123-456789abcdef}"};
    memset(&parsed, 0, sizeof parsed);
    CHECK_STATUS(RtlGUIDFromString(&lower, &parsed), STATUS_SUCCESS);
    CHECK_EQ(memcmp(&parsed, &guid, sizeof guid), 0);
    lower.Buffer = (WCHAR *)L"(01234567-89ab-cdef-0123-456789abcdef)";
    CHECK_STATUS(RtlGUIDFromString(&lower, &parsed), STATUS_INVALID_PARAMETER);
    lower.Buffer = (WCHAR *)L"{0123456789ab-cdef-0123-456789abcdef}x";
    CHECK_STATUS(RtlGUIDFromString(&lower, &parsed), STATUS_INVALID_PARAMETER);
    lower.Length = 20;
    CHECK_STATUS(RtlGUIDFromString(&lower, &parsed), STATUS_INVALID_PARAMETER);
    if (extended) {
        WCHAR buffer[39];
        string = (UNICODE_STRING){0, sizeof buffer, buffer};
        CHECK_STATUS(extended(&guid, &string, FALSE), STATUS_SUCCESS);
        CHECK_EQ(lstrcmpiW(buffer, text), 0);
        string.MaximumLength = 70;
        CHECK_STATUS(extended(&guid, &string, FALSE), STATUS_BUFFER_TOO_SMALL);
    }
}

TEST(pseudo_random)
{
    /* Documented: a Lehmer generator modulo 2^31 - 1. */
    ULONG seed = 1, same = 1, other = 2;
    ULONG first = RtlUniform(&seed);

    CHECK_EQ(seed, first);
    CHECK(first < 0x7fffffff);
    CHECK_EQ(RtlUniform(&same), first);
    CHECK(RtlUniform(&other) != first);
    seed = 12345;
    int distinct = 0;
    ULONG last = 0;
    for (int i = 0; i < 100; i++) {
        ULONG value = RtlRandom(&seed);
        CHECK(value < 0x7fffffff);
        distinct += value != last;
        last = value;
    }
    CHECK(distinct > 95);
    seed = 12345;
    distinct = 0;
    for (int i = 0; i < 100; i++) {
        ULONG value = RtlRandomEx(&seed);
        CHECK(value < 0x7fffffff);
        distinct += value != last;
        last = value;
    }
    CHECK(distinct > 95);
    CHECK(seed != 12345);
}

TEST(checksums)
{
    CHECK_EQ(RtlComputeCrc32(0, "123456789", 9), 0xcbf43926);
    CHECK_EQ(RtlComputeCrc32(RtlComputeCrc32(0, "1234", 4), "56789", 5), 0xcbf43926);
    CHECK_EQ(RtlComputeCrc32(0, "", 0), 0);
    CHECK_EQ(RtlComputeCrc32(7, "", 0), 7);
    ULONG(NTAPI * crc32)
    (const void *, SIZE_T, ULONG) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "RtlCrc32");
    ULONGLONG(NTAPI * crc64)
    (const void *, SIZE_T, ULONGLONG) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "RtlCrc64");
    if (crc32)
        CHECK_EQ(crc32("123456789", 9, 0), 0xcbf43926);
    if (crc64) {
        CHECK(crc64("123456789", 9, 0) != crc64("123456788", 9, 0));
        CHECK_EQ(crc64("123456789", 9, 0), crc64("56789", 5, crc64("1234", 4, 0)));
    }
}

#ifndef _WIN64
LONGLONG NTAPI RtlLargeIntegerAdd(LONGLONG, LONGLONG);
LONGLONG NTAPI RtlLargeIntegerSubtract(LONGLONG, LONGLONG);
LONGLONG NTAPI RtlLargeIntegerNegate(LONGLONG);
LONGLONG NTAPI RtlLargeIntegerShiftLeft(LONGLONG, CCHAR);
LONGLONG NTAPI RtlLargeIntegerShiftRight(LONGLONG, CCHAR);
LONGLONG NTAPI RtlLargeIntegerArithmeticShift(LONGLONG, CCHAR);
ULONGLONG NTAPI RtlLargeIntegerDivide(ULONGLONG, ULONGLONG, ULONGLONG *);
LONGLONG NTAPI RtlEnlargedIntegerMultiply(LONG, LONG);
ULONGLONG NTAPI RtlEnlargedUnsignedMultiply(ULONG, ULONG);
ULONG NTAPI RtlEnlargedUnsignedDivide(ULONGLONG, ULONG, ULONG *);
LONGLONG NTAPI RtlExtendedIntegerMultiply(LONGLONG, LONG);
LONGLONG NTAPI RtlExtendedLargeIntegerDivide(LONGLONG, ULONG, ULONG *);
LONGLONG NTAPI RtlExtendedMagicDivide(LONGLONG, LONGLONG, CCHAR);
LONGLONG NTAPI RtlConvertLongToLargeInteger(LONG);
LONGLONG NTAPI RtlConvertUlongToLargeInteger(ULONG);

TEST(large_integers)
{
    ULONGLONG rest = 0;
    ULONG remainder = 0;

    CHECK_EQ(RtlLargeIntegerAdd(0xffffffffll, 1), 0x100000000ll);
    CHECK_EQ(RtlLargeIntegerSubtract(0x100000000ll, 1), 0xffffffffll);
    CHECK_EQ(RtlLargeIntegerNegate(5), -5);
    CHECK_EQ(RtlLargeIntegerShiftLeft(1, 40), 1ll << 40);
    CHECK_EQ(RtlLargeIntegerShiftRight(-1, 60), 15);
    CHECK_EQ(RtlLargeIntegerArithmeticShift(-256, 4), -16);
    CHECK_EQ(RtlLargeIntegerDivide(1000000000007ull, 1000, &rest), 1000000000);
    CHECK_EQ(rest, 7);
    CHECK_EQ(RtlLargeIntegerDivide(100, 7, NULL), 14);
    CHECK_EQ(RtlEnlargedIntegerMultiply(-3, 2000000000), -6000000000ll);
    CHECK_EQ(RtlEnlargedUnsignedMultiply(0xffffffff, 0xffffffff), 0xfffffffe00000001ull);
    CHECK_EQ(RtlEnlargedUnsignedDivide(1000000007ull, 10, &remainder), 100000000);
    CHECK_EQ(remainder, 7);
    CHECK_EQ(RtlExtendedIntegerMultiply(-5000000000ll, 3), -15000000000ll);
    CHECK_EQ(RtlExtendedLargeIntegerDivide(15000000004ll, 5, &remainder), 3000000000ll);
    CHECK_EQ(remainder, 4);
    /* 10 is divided by as 2^67 / 10, shifted by 3. */
    CHECK_EQ(RtlExtendedMagicDivide(12345, 0xcccccccccccccccdll, 3), 1234);
    CHECK_EQ(RtlExtendedMagicDivide(-12345, 0xcccccccccccccccdll, 3), -1234);
    CHECK_EQ(RtlConvertLongToLargeInteger(-2), -2);
    CHECK_EQ(RtlConvertUlongToLargeInteger(0xfffffffe), 0xfffffffell);
}
#endif

TEST(byte_order)
{
    HMODULE ntdll = GetModuleHandleA("ntdll.dll");
    USHORT __fastcall (*swap16)(USHORT) = (void *)GetProcAddress(ntdll, "RtlUshortByteSwap");
    ULONG __fastcall (*swap32)(ULONG) = (void *)GetProcAddress(ntdll, "RtlUlongByteSwap");
    ULONGLONG __fastcall (*swap64)(ULONGLONG) = (void *)GetProcAddress(ntdll, "RtlUlonglongByteSwap");

    if (swap16)
        CHECK_EQ(swap16(0x1234), 0x3412);
    if (swap32)
        CHECK_EQ(swap32(0x12345678), 0x78563412);
    if (swap64)
        CHECK_EQ(swap64(0x0123456789abcdefull), 0xefcdab8967452301ull);
#ifndef _WIN64
    CHECK(swap16 && swap32 && swap64);
#endif
}
