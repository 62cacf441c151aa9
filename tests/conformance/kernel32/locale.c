/* Locales: names, identifiers, information, enumeration. */
#include "harness.h"

#define EN_US MAKELCID(MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), SORT_DEFAULT)
#define DE_DE MAKELCID(MAKELANGID(LANG_GERMAN, SUBLANG_GERMAN), SORT_DEFAULT)

static const WCHAR *info(LCID lcid, LCTYPE type)
{
    static WCHAR buffer[128];

    buffer[0] = 0;
    GetLocaleInfoW(lcid, type | LOCALE_NOUSEROVERRIDE, buffer, 128);
    return buffer;
}

TEST(names)
{
    WCHAR name[LOCALE_NAME_MAX_LENGTH];

    CHECK_EQ(LocaleNameToLCID(L"en-US", 0), 0x409);
    CHECK_EQ(LocaleNameToLCID(L"DE-de", 0), 0x407);
    CHECK_EQ(LocaleNameToLCID(L"fr-CA", 0), 0xc0c);
    CHECK_EQ(LocaleNameToLCID(L"zh-CN", 0), 0x804);
    CHECK_EQ(LocaleNameToLCID(L"", 0), LOCALE_INVARIANT);
    CHECK_ERROR(LocaleNameToLCID(L"not-a-locale", 0), ERROR_INVALID_PARAMETER);
    CHECK_EQ(LCIDToLocaleName(0x411, name, LOCALE_NAME_MAX_LENGTH, 0), 6);
    CHECK_WSTR(name, L"ja-JP");
    CHECK_ERROR(LCIDToLocaleName(0x411, name, 3, 0), ERROR_INSUFFICIENT_BUFFER);
    CHECK(IsValidLocaleName(L"en-GB"));
    CHECK(!IsValidLocaleName(L"xx-XX-xx"));
    CHECK(IsValidLocale(EN_US, LCID_INSTALLED));
    CHECK(!IsValidLocale(0x1234, LCID_INSTALLED));
    CHECK(GetUserDefaultLocaleName(name, LOCALE_NAME_MAX_LENGTH) > 1);
    CHECK_EQ(LocaleNameToLCID(name, 0), GetUserDefaultLCID());
    CHECK(IsValidLocale(GetSystemDefaultLCID(), LCID_INSTALLED));
}

TEST(english)
{
    CHECK_WSTR(info(EN_US, LOCALE_SNAME), L"en-US");
    CHECK_WSTR(info(EN_US, LOCALE_SISO639LANGNAME), L"en");
    CHECK_WSTR(info(EN_US, LOCALE_SISO3166CTRYNAME), L"US");
    CHECK_WSTR(info(EN_US, LOCALE_SENGLANGUAGE), L"English");
    CHECK_WSTR(info(EN_US, LOCALE_SENGCOUNTRY), L"United States");
    CHECK_WSTR(info(EN_US, LOCALE_SDECIMAL), L".");
    CHECK_WSTR(info(EN_US, LOCALE_STHOUSAND), L",");
    CHECK_WSTR(info(EN_US, LOCALE_SLIST), L",");
    CHECK_WSTR(info(EN_US, LOCALE_SGROUPING), L"3;0");
    CHECK_WSTR(info(EN_US, LOCALE_SCURRENCY), L"$");
    CHECK_WSTR(info(EN_US, LOCALE_SINTLSYMBOL), L"USD");
    CHECK_WSTR(info(EN_US, LOCALE_SSHORTDATE), L"M/d/yyyy");
    CHECK_WSTR(info(EN_US, LOCALE_SLONGDATE), L"dddd, MMMM d, yyyy");
    CHECK_WSTR(info(EN_US, LOCALE_STIMEFORMAT), L"h:mm:ss tt");
    CHECK_WSTR(info(EN_US, LOCALE_SDAYNAME1), L"Monday");
    CHECK_WSTR(info(EN_US, LOCALE_SABBREVDAYNAME7), L"Sun");
    CHECK_WSTR(info(EN_US, LOCALE_SMONTHNAME12), L"December");
    CHECK_WSTR(info(EN_US, LOCALE_SABBREVMONTHNAME1), L"Jan");
    CHECK_WSTR(info(EN_US, LOCALE_ILANGUAGE), L"0409");
    CHECK_WSTR(info(EN_US, LOCALE_IDEFAULTANSICODEPAGE), L"1252");
    CHECK_WSTR(info(EN_US, LOCALE_IDEFAULTCODEPAGE), L"437");
    CHECK_WSTR(info(EN_US, LOCALE_S1159), L"AM");
}

TEST(german)
{
    CHECK_WSTR(info(DE_DE, LOCALE_SDECIMAL), L",");
    CHECK_WSTR(info(DE_DE, LOCALE_STHOUSAND), L".");
    if (!harness_is_wine()) /* CLDR's pattern, not that of Windows */
        CHECK_WSTR(info(DE_DE, LOCALE_SSHORTDATE), L"dd.MM.yyyy");
    CHECK_WSTR(info(DE_DE, LOCALE_STIMEFORMAT), L"HH:mm:ss");
    CHECK_WSTR(info(DE_DE, LOCALE_SDAYNAME2), L"Dienstag");
    CHECK_WSTR(info(DE_DE, LOCALE_SMONTHNAME3), L"M\u00e4rz");
    CHECK_WSTR(info(DE_DE, LOCALE_SINTLSYMBOL), L"EUR");
    CHECK_WSTR(info(DE_DE, LOCALE_SNATIVELANGNAME), L"Deutsch");
    CHECK_WSTR(info(DE_DE, LOCALE_IFIRSTDAYOFWEEK), L"0");
}

TEST(numbers)
{
    DWORD value = 0;
    char text[8];

    CHECK_EQ(GetLocaleInfoW(EN_US, LOCALE_ILANGUAGE | LOCALE_RETURN_NUMBER, (WCHAR *)&value, 2), 2);
    CHECK_EQ(value, 0x409);
    CHECK_EQ(GetLocaleInfoW(EN_US, LOCALE_IDEFAULTANSICODEPAGE | LOCALE_RETURN_NUMBER, (WCHAR *)&value, 2),
             2);
    CHECK_EQ(value, 1252);
    CHECK_ERROR(GetLocaleInfoW(EN_US, LOCALE_SDECIMAL | LOCALE_RETURN_NUMBER, (WCHAR *)&value, 2),
                ERROR_INVALID_FLAGS);
    CHECK_EQ(GetLocaleInfoA(EN_US, LOCALE_SDECIMAL | LOCALE_NOUSEROVERRIDE, text, 8), 2);
    CHECK_STR(text, ".");
}

TEST(failures)
{
    WCHAR buffer[4];

    CHECK_EQ(GetLocaleInfoW(EN_US, LOCALE_SNAME, NULL, 0), 6);
    CHECK_ERROR(GetLocaleInfoW(EN_US, LOCALE_SNAME, buffer, 4), ERROR_INSUFFICIENT_BUFFER);
    CHECK_ERROR(GetLocaleInfoW(EN_US, 0xfff0, buffer, 4), ERROR_INVALID_FLAGS);
    CHECK_ERROR(GetLocaleInfoW(EN_US, LOCALE_SNAME, NULL, 4), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(GetLocaleInfoEx(L"no such", LOCALE_SNAME, buffer, 4), ERROR_INVALID_PARAMETER);
}

static int locales_seen, german_seen;

static BOOL CALLBACK count_locale(LPWSTR name, DWORD flags, LPARAM parameter)
{
    locales_seen++;
    german_seen |= lstrcmpW(name, L"de-DE") == 0;
    return parameter == 7;
}

TEST(enumeration)
{
    CHECK(EnumSystemLocalesEx(count_locale, LOCALE_ALL, 7, NULL));
    CHECK(locales_seen > 200);
    CHECK(german_seen);
    if (!harness_is_wine()) /* calls it */
        CHECK_ERROR(EnumSystemLocalesEx(NULL, LOCALE_ALL, 7, NULL), ERROR_INVALID_PARAMETER);
}
