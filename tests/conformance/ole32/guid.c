/*
 * GUIDs and their texts, program identifiers, times of DOS.
 */
#define COBJMACROS
#include "harness.h"
#include <ole2.h>

static const GUID known = {0x01234567, 0x89ab, 0xcdef, {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}};
#define KNOWN L"{01234567-89AB-CDEF-0123-456789ABCDEF}"

TEST(to_text)
{
    WCHAR text[40];
    LPOLESTR allocated = NULL;

    CHECK_EQ(StringFromGUID2(&known, text, 40), 39);
    CHECK_WSTR(text, KNOWN);
    CHECK_EQ(StringFromGUID2(&known, text, 39), 39);
    CHECK_EQ(StringFromGUID2(&known, text, 38), 0);
    CHECK_EQ(StringFromCLSID(&known, &allocated), S_OK);
    CHECK_WSTR(allocated, KNOWN);
    CoTaskMemFree(allocated);
    CHECK_EQ(StringFromIID(&known, &allocated), S_OK);
    CHECK_WSTR(allocated, KNOWN);
    CoTaskMemFree(allocated);
}

TEST(from_text)
{
    static const WCHAR *const wrong[] = {
        L"01234567-89AB-CDEF-0123-456789ABCDEF",    L"{01234567-89AB-CDEF-0123-456789ABCDEF",
        L"{01234567-89AB-CDEF-0123-456789ABCDEG}",  L"{01234567-89AB-CDEF-0123456789ABCDEF}",
        L"{01234567-89AB-CDEF-0123-456789ABCDEF}x", L"{0123456789AB-CDEF-0123-456789ABCDEF-}",
    };
    GUID guid;

    CHECK_EQ(IIDFromString(KNOWN, &guid), S_OK);
    CHECK(IsEqualGUID(&guid, &known));
    CHECK_EQ(CLSIDFromString(L"{01234567-89ab-cdef-0123-456789abcdef}", &guid), S_OK);
    CHECK(IsEqualGUID(&guid, &known));
    memset(&guid, 0x55, sizeof guid);
    CHECK_EQ(IIDFromString(NULL, &guid), S_OK);
    CHECK(IsEqualGUID(&guid, &GUID_NULL));
    memset(&guid, 0x55, sizeof guid);
    CHECK_EQ(CLSIDFromString(NULL, &guid), S_OK);
    CHECK(IsEqualGUID(&guid, &GUID_NULL));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        HRESULT result = IIDFromString(wrong[i], &guid);
        if (result != E_INVALIDARG && result != CO_E_IIDSTRING)
            FAIL("%ls: 0x%08lx", wrong[i], result);
        CHECK_EQ(CLSIDFromString(wrong[i], &guid), CO_E_CLASSSTRING);
    }
    CHECK_EQ(IIDFromString(L"not an id", &guid), E_INVALIDARG);
}

TEST(new_ones)
{
    GUID one, two;
    CHECK_EQ(CoCreateGuid(&one), S_OK);
    CHECK_EQ(CoCreateGuid(&two), S_OK);
    CHECK(!IsEqualGUID(&one, &two));
    CHECK_EQ(one.Data3 >> 12, 4);       /* random, */
    CHECK_EQ(one.Data4[0] & 0xc0, 128); /* of RFC 4122 */
}

TEST(program_ids)
{
    CLSID clsid = known;
    CHECK_EQ(CLSIDFromProgIDEx(L"No.Such.Program", &clsid), CO_E_CLASSSTRING);
    CHECK(IsEqualGUID(&clsid, &GUID_NULL));
    CHECK_EQ(CLSIDFromProgIDEx(NULL, &clsid), E_INVALIDARG);
    CHECK_EQ(CLSIDFromProgIDEx(L"a", NULL), E_INVALIDARG);
    CHECK_EQ(CoGetTreatAsClass(&known, &clsid), S_FALSE); /* itself */
    CHECK(IsEqualGUID(&clsid, &known));
    CHECK_EQ(CoGetTreatAsClass(&known, NULL), E_INVALIDARG);
}

TEST(times)
{
    FILETIME file, now, system;
    WORD date = 0, time = 0;
    SYSTEMTIME parts;

    CHECK(CoDosDateTimeToFileTime(44 << 9 | 2 << 5 | 29, 18 << 11 | 30 << 5 | 10, &file));
    CHECK(FileTimeToSystemTime(&file, &parts));
    CHECK(parts.wYear == 2024 && parts.wMonth == 2 && parts.wDay == 29);
    CHECK(parts.wHour == 18 && parts.wMinute == 30 && parts.wSecond == 20);
    CHECK(CoFileTimeToDosDateTime(&file, &date, &time));
    CHECK_EQ(date, 44 << 9 | 2 << 5 | 29);
    CHECK_EQ(time, 18 << 11 | 30 << 5 | 10);
    CHECK(!CoDosDateTimeToFileTime(44 << 9 | 13 << 5 | 1, 0, &file));
    CHECK_EQ(CoFileTimeNow(&now), S_OK);
    GetSystemTimeAsFileTime(&system);
    LONGLONG a = (LONGLONG)now.dwHighDateTime << 32 | now.dwLowDateTime;
    LONGLONG b = (LONGLONG)system.dwHighDateTime << 32 | system.dwLowDateTime;
    CHECK(b - a >= 0 && b - a < 600000000);
}
