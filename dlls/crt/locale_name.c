/*
 * What setlocale's names mean: "language_country.codepage" in English, short names, names of the system.
 */
#include "locale_private.h"

static const struct {
    const wchar_t *name, *language;
} language_aliases[] = {{L"american", L"enu"},
                        {L"american english", L"enu"},
                        {L"american-english", L"enu"},
                        {L"australian", L"ena"},
                        {L"belgian", L"nlb"},
                        {L"canadian", L"enc"},
                        {L"chinese-simplified", L"chs"},
                        {L"chinese-traditional", L"cht"},
                        {L"dutch-belgian", L"nlb"},
                        {L"english-american", L"enu"},
                        {L"english-aus", L"ena"},
                        {L"english-can", L"enc"},
                        {L"english-uk", L"eng"},
                        {L"english-us", L"enu"},
                        {L"english-usa", L"enu"},
                        {L"french-belgian", L"frb"},
                        {L"french-canadian", L"frc"},
                        {L"french-swiss", L"frs"},
                        {L"german-austrian", L"dea"},
                        {L"german-swiss", L"des"},
                        {L"norwegian", L"nor"},
                        {L"spanish-mexican", L"esm"},
                        {L"spanish-modern", L"esn"},
                        {L"swiss", L"des"},
                        {L"uk", L"eng"},
                        {L"us", L"enu"},
                        {L"usa", L"enu"},
                        {L"chinese", L"chs"}};

struct search {
    const wchar_t *language, *country;
    wchar_t name[LOCALE_NAME_MAX_LENGTH];
    bool found;
};

static bool info_is(const wchar_t *locale, LCTYPE type, const wchar_t *text)
{
    wchar_t value[128];

    return GetLocaleInfoEx(locale, type, value, 128) && !_wcsicmp(value, text);
}

static BOOL CALLBACK match(LPWSTR locale, DWORD flags, LPARAM parameter)
{
    struct search *s = (struct search *)parameter;

    (void)flags;
    if (!*locale || !wcschr(locale, '-'))
        return TRUE;
    if (!info_is(locale, LOCALE_SENGLISHLANGUAGENAME, s->language) &&
        !info_is(locale, LOCALE_SABBREVLANGNAME, s->language) &&
        !info_is(locale, LOCALE_SISO639LANGNAME, s->language))
        return TRUE;
    if (*s->country) {
        if (!info_is(locale, LOCALE_SENGLISHCOUNTRYNAME, s->country) &&
            !info_is(locale, LOCALE_SABBREVCTRYNAME, s->country) &&
            !info_is(locale, LOCALE_SISO3166CTRYNAME, s->country))
            return TRUE;
    } else { /* the language's default country */
        wchar_t language[16], full[LOCALE_NAME_MAX_LENGTH];
        GetLocaleInfoEx(locale, LOCALE_SISO639LANGNAME, language, 16);
        if (ResolveLocaleName(language, full, LOCALE_NAME_MAX_LENGTH) && _wcsicmp(full, locale) &&
            !info_is(locale, LOCALE_SABBREVLANGNAME, s->language))
            return TRUE;
    }
    wcsncpy(s->name, locale, LOCALE_NAME_MAX_LENGTH - 1);
    s->found = true;
    return FALSE;
}

/* What a locale text says. */
bool crt_parse_locale(const wchar_t *text, struct crt_parsed_locale *r)
{
    wchar_t language[80] = L"", country[80] = L"", codepage[32] = L"";
    bool short_name = false;
    size_t n;

    memset(r, 0, sizeof *r);
    if (!wcscmp(text, L"C") || (CRT_UCRT && !wcscmp(text, L"POSIX"))) {
        r->is_c = true;
        wcscpy(r->text, L"C");
        return true;
    }
    const wchar_t *point = wcsrchr(text, '.'), *line = wcschr(text, '_'), *end = text + wcslen(text);
    /* A dot may be part of a country's name ("Hong Kong S.A.R."); a code page has none after it. */
    if (point) {
        if (wcslen(point + 1) >= ARRAY_LENGTH(codepage))
            return false;
        wcscpy(codepage, point + 1);
        end = point;
    }
    if (line && line < end) {
        if ((n = end - line - 1) >= ARRAY_LENGTH(country))
            return false;
        wcsncpy(country, line + 1, n);
        country[n] = 0;
        end = line;
    }
    if ((n = end - text) >= ARRAY_LENGTH(language))
        return false;
    wcsncpy(language, text, n);
    language[n] = 0;
    if (!*language) {
        if (*country || !GetUserDefaultLocaleName(r->name, LOCALE_NAME_MAX_LENGTH))
            return false;
    } else {
        if (!*country && wcslen(language) < LOCALE_NAME_MAX_LENGTH && IsValidLocaleName(language)) {
            wcscpy(r->name, language);
            short_name = CRT_UCRT || wcschr(language, '-');
        } else {
            struct search s = {language, country, L"", false};
            for (size_t i = 0; i < ARRAY_LENGTH(language_aliases); i++)
                if (!_wcsicmp(language_aliases[i].name, language))
                    s.language = language_aliases[i].language;
            if (!_wcsicmp(country, L"america") || !_wcsicmp(country, L"us") || !_wcsicmp(country, L"usa"))
                s.country = L"United States";
            else if (!_wcsicmp(country, L"uk") || !_wcsicmp(country, L"england") ||
                     !_wcsicmp(country, L"britain") || !_wcsicmp(country, L"great britain"))
                s.country = L"United Kingdom";
            EnumSystemLocalesEx(match, LOCALE_WINDOWS, (LPARAM)&s, NULL);
            if (!s.found)
                return false;
            wcscpy(r->name, s.name);
        }
    }
    wchar_t value[80];
    if (!*codepage || !_wcsicmp(codepage, L"ACP")) {
        if (!*codepage && !*language)
            r->codepage = GetACP();
        else if (GetLocaleInfoEx(r->name, LOCALE_IDEFAULTANSICODEPAGE, value, 80))
            for (wchar_t *p = value; *p >= '0' && *p <= '9'; p++)
                r->codepage = r->codepage * 10 + (*p - '0');
        if (!r->codepage && short_name)
            r->codepage = CP_UTF8; /* languages without an ANSI code page */
        if (!r->codepage)
            r->codepage = GetACP();
    } else if (!_wcsicmp(codepage, L"OCP")) {
        if (GetLocaleInfoEx(r->name, LOCALE_IDEFAULTCODEPAGE, value, 80))
            for (wchar_t *p = value; *p >= '0' && *p <= '9'; p++)
                r->codepage = r->codepage * 10 + (*p - '0');
    } else if (!_wcsicmp(codepage, L"utf8") || !_wcsicmp(codepage, L"utf-8")) {
        r->codepage = CP_UTF8;
    } else {
        for (wchar_t *p = codepage; *p; p++) {
            if (*p < '0' || *p > '9')
                return false;
            r->codepage = r->codepage * 10 + (*p - '0');
        }
    }
    if (r->codepage < 10 || !IsValidCodePage(r->codepage) || r->codepage == 65000 ||
        (!CRT_UCRT && r->codepage == CP_UTF8))
        return false;
    if (short_name) {
        wcsncpy(r->text, text, ARRAY_LENGTH(r->text) - 1);
    } else {
        wchar_t full_country[80] = L"";
        *value = 0;
        GetLocaleInfoEx(r->name, LOCALE_SENGLISHLANGUAGENAME, value, 80);
        GetLocaleInfoEx(r->name, LOCALE_SENGLISHCOUNTRYNAME, full_country, 80);
        if (*codepage && r->codepage == CP_UTF8)
            _snwprintf(r->text, ARRAY_LENGTH(r->text), L"%ls_%ls.%ls", value, full_country, codepage);
        else
            _snwprintf(r->text, ARRAY_LENGTH(r->text), L"%ls_%ls.%u", value, full_country, r->codepage);
    }
    return true;
}
