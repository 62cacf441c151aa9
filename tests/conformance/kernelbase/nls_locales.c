/*
 * Locales: defaults, resolving, enumerating, versions, user interface languages, places, code pages.
 */
#include "../harness.h"

static const LCID english = 0x409;

TEST(defaults)
{
    WCHAR name[LOCALE_NAME_MAX_LENGTH];
    LCID user = GetUserDefaultLCID(), system = GetSystemDefaultLCID();

    CHECK_EQ(GetUserDefaultLangID(), LANGIDFROMLCID(user));
    CHECK_EQ(GetSystemDefaultLangID(), LANGIDFROMLCID(system));
    CHECK(GetSystemDefaultLocaleName(name, LOCALE_NAME_MAX_LENGTH) > 1);
    CHECK_EQ(LocaleNameToLCID(name, 0), system);
    CHECK_ERROR(GetSystemDefaultLocaleName(name, 2), ERROR_INSUFFICIENT_BUFFER);
    CHECK_EQ(ConvertDefaultLocale(LOCALE_USER_DEFAULT), user);
    CHECK_EQ(ConvertDefaultLocale(LOCALE_SYSTEM_DEFAULT), system);
    CHECK_EQ(ConvertDefaultLocale(MAKELCID(MAKELANGID(LANG_FRENCH, SUBLANG_NEUTRAL), 0)), 0x40c);
    CHECK_EQ(ConvertDefaultLocale(0x407), 0x407);
    CHECK(GetSystemDefaultUILanguage() != 0);
    CHECK(GetUserDefaultUILanguage() != 0);
}

TEST(thread_locale)
{
    LCID old = GetThreadLocale();

    CHECK_EQ(old, GetUserDefaultLCID());
    CHECK(SetThreadLocale(0x407));
    CHECK_EQ(GetThreadLocale(), 0x407);
    CHECK_ERROR(SetThreadLocale(0x1234), ERROR_INVALID_PARAMETER);
    CHECK_EQ(GetThreadLocale(), 0x407);
    CHECK(SetThreadLocale(LOCALE_USER_DEFAULT));
    CHECK_EQ(GetThreadLocale(), GetUserDefaultLCID());
    CHECK(SetThreadLocale(old));
}

TEST(resolving)
{
    static const struct {
        const WCHAR *name, *resolved;
    } cases[] = {{L"en-US", L"en-US"}, {L"en", L"en-US"},    {L"DE", L"de-DE"},
                 {L"fr-FR", L"fr-FR"}, {L"de-XX", L"de-DE"}, {L"en-US-xyz", L"en-US"},
                 {L"", L""},           {L"ja", L"ja-JP"},    {L"xx-no-such", L""}};
    WCHAR name[LOCALE_NAME_MAX_LENGTH];

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        CHECK_EQ(ResolveLocaleName(cases[i].name, name, LOCALE_NAME_MAX_LENGTH),
                 lstrlenW(cases[i].resolved) + 1);
        CHECK_WSTR(name, cases[i].resolved);
    }
    CHECK_EQ(ResolveLocaleName(L"en", NULL, 0), 6);
    CHECK_ERROR(ResolveLocaleName(L"en", name, 5), ERROR_INSUFFICIENT_BUFFER);
}

static int calls, found;

static BOOL CALLBACK wide_hex(WCHAR *text)
{
    found += !lstrcmpiW(text, L"00000409");
    calls++;
    return TRUE;
}

static BOOL CALLBACK ansi_hex(char *text)
{
    found += !lstrcmpiA(text, "00000409");
    calls++;
    return TRUE;
}

static BOOL CALLBACK ansi_page(char *text)
{
    found += !lstrcmpA(text, "1252");
    calls++;
    return TRUE;
}

static BOOL CALLBACK wide_language(WCHAR *text, LONG_PTR argument)
{
    CHECK_EQ(argument, 5);
    found += lstrlenW(text) >= 2;
    calls++;
    return TRUE;
}

static BOOL CALLBACK ansi_language(char *text, LONG_PTR argument)
{
    CHECK_EQ(argument, 5);
    found += strlen(text) >= 2;
    calls++;
    return TRUE;
}

static BOOL CALLBACK place(GEOID id)
{
    found += id == 244;
    calls++;
    return TRUE;
}

TEST(enumerating)
{
    ORACLE_CRASHES("calls functions that are NULL");
    calls = found = 0;
    CHECK(EnumSystemLocalesW(wide_hex, LCID_INSTALLED));
    CHECK(calls > 50);
    CHECK_EQ(found, 1);
    int all = calls;
    calls = found = 0;
    CHECK(EnumSystemLocalesA(ansi_hex, LCID_INSTALLED));
    CHECK_EQ(calls, all);
    CHECK_EQ(found, 1);
    CHECK_ERROR(EnumSystemLocalesW(NULL, LCID_INSTALLED), ERROR_INVALID_PARAMETER);
    calls = found = 0;
    CHECK(EnumSystemCodePagesA(ansi_page, CP_INSTALLED));
    CHECK_EQ(found, 1);
    CHECK(calls > 10);
    CHECK_ERROR(EnumSystemCodePagesA(NULL, CP_INSTALLED), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(EnumSystemCodePagesA(ansi_page, 7), ERROR_INVALID_FLAGS);
    calls = found = 0;
    CHECK(EnumUILanguagesW(wide_language, MUI_LANGUAGE_NAME, 5));
    CHECK(calls >= 1 && found == calls);
    calls = found = 0;
    CHECK(EnumUILanguagesA(ansi_language, 0, 5));
    CHECK(calls >= 1 && found == calls);
    CHECK_ERROR(EnumUILanguagesW(NULL, 0, 5), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(EnumUILanguagesW(wide_language, 0x10000, 5), ERROR_INVALID_FLAGS);
    calls = found = 0;
    CHECK(EnumSystemGeoID(GEOCLASS_NATION, 0, place));
    CHECK_EQ(found, 1);
    CHECK(calls > 200);
    CHECK_ERROR(EnumSystemGeoID(GEOCLASS_NATION, 0, NULL), ERROR_INVALID_PARAMETER);
}

TEST(places)
{
    WCHAR text[64];
    char ansi[64];

    CHECK_EQ(GetGeoInfoW(244, GEO_ISO2, text, 64, 0), 3);
    CHECK_WSTR(text, L"US");
    CHECK_EQ(GetGeoInfoW(244, GEO_ISO3, text, 64, 0), 4);
    CHECK_WSTR(text, L"USA");
    CHECK_EQ(GetGeoInfoA(94, GEO_ISO2, ansi, 64, 0), 3);
    CHECK_STR(ansi, "DE");
    CHECK_EQ(GetGeoInfoW(94, GEO_ISO_UN_NUMBER, text, 64, 0), 4);
    CHECK_WSTR(text, L"276");
    CHECK_EQ(GetGeoInfoW(244, GEO_ISO2, NULL, 0, 0), 3);
    CHECK_ERROR(GetGeoInfoW(244, GEO_ISO2, text, 2, 0), ERROR_INSUFFICIENT_BUFFER);
    CHECK_ERROR(GetGeoInfoA(244, GEO_ISO2, ansi, 2, 0), ERROR_INSUFFICIENT_BUFFER);
    CHECK_ERROR(GetGeoInfoW(1, GEO_ISO2, text, 64, 0), ERROR_INVALID_PARAMETER);
    GEOID id = GetUserGeoID(GEOCLASS_NATION);
    CHECK(id != 0);
    int n = GetUserDefaultGeoName(text, 64);
    CHECK(n == 3 || n == 4);
    if (id != GEOID_NOT_AVAILABLE) {
        WCHAR iso[8];
        CHECK(GetGeoInfoW(id, GEO_ISO2, iso, 8, 0));
        CHECK_WSTR(text, iso);
    }
}

TEST(versions)
{
    ORACLE_DIFFERS("not implemented there");
    NLSVERSIONINFO info = {.dwNLSVersionInfoSize = sizeof info};
    NLSVERSIONINFOEX ex = {.dwNLSVersionInfoSize = sizeof ex};

    CHECK(GetNLSVersion(COMPARE_STRING, english, &info));
    CHECK(info.dwNLSVersion != 0);
    CHECK(GetNLSVersionEx(COMPARE_STRING, L"en-US", &ex));
    CHECK_EQ(ex.dwNLSVersion, info.dwNLSVersion);
    info.dwNLSVersionInfoSize = 3;
    CHECK_ERROR(GetNLSVersion(COMPARE_STRING, english, &info), ERROR_INSUFFICIENT_BUFFER);
    ex.dwNLSVersionInfoSize = 3;
    CHECK_ERROR(GetNLSVersionEx(COMPARE_STRING, L"en-US", &ex), ERROR_INSUFFICIENT_BUFFER);
    ex.dwNLSVersionInfoSize = sizeof ex;
    CHECK_ERROR(GetNLSVersionEx(COMPARE_STRING, L"no-locale-x", &ex), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(GetNLSVersionEx(77, L"en-US", &ex), ERROR_INVALID_FLAGS);
    CHECK(IsNLSDefinedString(COMPARE_STRING, 0, &info, L"plain", 5));
    CHECK(!IsNLSDefinedString(COMPARE_STRING, 0, &info, L"\xfdd0", 1));
    CHECK(!IsNLSDefinedString(COMPARE_STRING, 0, &info, L"\xd800x", 2));
}

typedef BOOL(WINAPI *get_languages)(DWORD, ULONG *, WCHAR *, ULONG *);

TEST(user_interface_languages)
{
    ORACLE_DIFFERS("takes both kinds of names at once");
    static const get_languages functions[] = {GetProcessPreferredUILanguages, GetThreadPreferredUILanguages,
                                              GetUserPreferredUILanguages, GetSystemPreferredUILanguages};

    for (unsigned i = 1; i < ARRAYSIZE(functions); i++) {
        ULONG count = 0, size = 0, other;
        WCHAR list[256];
        CHECK(functions[i](MUI_LANGUAGE_NAME, &count, NULL, &size));
        CHECK(size >= 2 && size <= 256);
        CHECK(count >= 1);
        other = size;
        CHECK(functions[i](MUI_LANGUAGE_NAME, &count, list, &other));
        CHECK_EQ(list[other - 1], 0);
        CHECK_EQ(list[other - 2], 0);
        CHECK(IsValidLocaleName(list) || list[2] == 0);
        other = 1;
        CHECK_ERROR(functions[i](MUI_LANGUAGE_NAME, &count, list, &other), ERROR_INSUFFICIENT_BUFFER);
        other = 0;
        CHECK(functions[i](MUI_LANGUAGE_ID, &count, NULL, &other));
        CHECK_EQ(other, count * 5 + 1);
        CHECK_ERROR(functions[i](MUI_LANGUAGE_NAME | MUI_LANGUAGE_ID, &count, list, &other),
                    ERROR_INVALID_PARAMETER);
    }
}

TEST(setting_user_interface_languages)
{
    ORACLE_DIFFERS("lists are not kept there");
    ULONG count = 0, size = 64;
    WCHAR list[64];

    CHECK(SetThreadPreferredUILanguages(MUI_LANGUAGE_NAME, L"de-DE\0fr-FR\0", &count));
    CHECK_EQ(count, 2);
    CHECK(GetThreadPreferredUILanguages(MUI_LANGUAGE_NAME | MUI_THREAD_LANGUAGES, &count, list, &size));
    CHECK_EQ(count, 2);
    CHECK_WSTR(list, L"de-DE");
    CHECK_WSTR(list + 6, L"fr-FR");
    CHECK(SetThreadPreferredUILanguages(0, NULL, &count));
    CHECK_EQ(count, 0);
    CHECK(SetProcessPreferredUILanguages(MUI_LANGUAGE_NAME, L"de-DE\0", &count));
    CHECK_EQ(count, 1);
    size = 64;
    CHECK(GetProcessPreferredUILanguages(MUI_LANGUAGE_NAME, &count, list, &size));
    CHECK_EQ(count, 1);
    CHECK_WSTR(list, L"de-DE");
    CHECK(SetProcessPreferredUILanguages(0, NULL, &count));
    CHECK_ERROR(SetProcessPreferredUILanguages(0x100, L"de-DE\0", &count), ERROR_INVALID_PARAMETER);
    LANGID old = GetThreadUILanguage();
    CHECK(old != 0);
    CHECK_EQ(SetThreadUILanguage(0x407), 0x407);
    CHECK_EQ(GetThreadUILanguage(), 0x407);
    CHECK_EQ(SetThreadUILanguage(old), old);
}

TEST(changing_information)
{
    WCHAR text[32], old[32];

    CHECK(GetLocaleInfoW(LOCALE_USER_DEFAULT, LOCALE_SLIST, old, 32));
    CHECK(SetLocaleInfoW(LOCALE_USER_DEFAULT, LOCALE_SLIST, L"|"));
    CHECK(GetLocaleInfoW(LOCALE_USER_DEFAULT, LOCALE_SLIST, text, 32));
    CHECK_WSTR(text, L"|");
    CHECK(SetLocaleInfoA(LOCALE_USER_DEFAULT, LOCALE_SLIST, "!"));
    CHECK(GetLocaleInfoW(LOCALE_USER_DEFAULT, LOCALE_SLIST, text, 32));
    CHECK_WSTR(text, L"!");
    CHECK(GetLocaleInfoW(LOCALE_USER_DEFAULT, LOCALE_SLIST | LOCALE_NOUSEROVERRIDE, text, 32));
    CHECK_WSTR(text, old);
    CHECK(SetLocaleInfoW(LOCALE_USER_DEFAULT, LOCALE_SLIST, old));
    CHECK_ERROR(SetLocaleInfoW(LOCALE_USER_DEFAULT, LOCALE_SNAME, L"x"), ERROR_INVALID_FLAGS);
    CHECK_ERROR(SetLocaleInfoW(LOCALE_USER_DEFAULT, LOCALE_SLIST, NULL), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(SetLocaleInfoA(LOCALE_USER_DEFAULT, LOCALE_SLIST, NULL), ERROR_INVALID_PARAMETER);
}

TEST(code_pages)
{
    ORACLE_CRASHES("writes to NULL");
    CPINFOEXA info;

    CHECK(GetCPInfoExA(1252, 0, &info));
    CHECK_EQ(info.CodePage, 1252);
    CHECK_EQ(info.MaxCharSize, 1);
    CHECK_EQ(info.DefaultChar[0], '?');
    CHECK_EQ(info.UnicodeDefaultChar, '?');
    CHECK(strstr(info.CodePageName, "1252") != NULL);
    CHECK(GetCPInfoExA(932, 0, &info));
    CHECK_EQ(info.MaxCharSize, 2);
    CHECK_EQ(info.LeadByte[0], 0x81);
    CHECK_EQ(info.LeadByte[1], 0x9f);
    CHECK_ERROR(GetCPInfoExA(12345, 0, &info), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(GetCPInfoExA(1252, 0, NULL), ERROR_INVALID_PARAMETER);
    if (GetACP() == 1252 || GetACP() == 65001)
        CHECK(!IsDBCSLeadByte(0x81));
    CHECK(IsDBCSLeadByteEx(932, 0x81));
    CHECK(!IsDBCSLeadByteEx(932, 'a'));
}
