/*
 * Which locales there are: names, identifiers, defaults, enumeration.
 */
#include "locale.h"

static const struct nls_locale *user_locale(void)
{
    static const struct nls_locale *locale;

    if (!locale)
        locale = GwFindLocaleById(LOCALE_USER_DEFAULT);
    return locale ? locale : GwFindLocaleById(0x409);
}

BOOL locale_is_default(const struct nls_locale *locale)
{
    return locale == user_locale();
}

const struct nls_locale *locale_by_name(const WCHAR *name)
{
    const struct nls_locale *locale;

    if (!name)
        return user_locale();
    locale = name[0] == '!' ? user_locale() : GwFindLocale(name, -1);
    if (!locale)
        fail(ERROR_INVALID_PARAMETER);
    return locale;
}

const struct nls_locale *locale_by_id(LCID lcid)
{
    const struct nls_locale *locale;

    if (lcid == LOCALE_USER_DEFAULT || lcid == LOCALE_NEUTRAL || lcid == LOCALE_SYSTEM_DEFAULT)
        return user_locale();
    locale = GwFindLocaleById(lcid);
    if (!locale)
        fail(ERROR_INVALID_PARAMETER);
    return locale;
}

UINT nls_locale_code_page(LCID lcid, DWORD flags)
{
    const struct nls_locale *locale;

    if ((flags & LOCALE_USE_CP_ACP) || GwAnsiCodePage() == CP_UTF8)
        return GwAnsiCodePage();
    locale = GwFindLocaleById(lcid);
    if (!locale || !locale->ansi || lcid == LOCALE_USER_DEFAULT || lcid == LOCALE_SYSTEM_DEFAULT || !lcid)
        return GwAnsiCodePage();
    return locale->ansi;
}

LCID WINAPI GetUserDefaultLCID(void)
{
    return user_locale()->lcid;
}

LCID WINAPI GetSystemDefaultLCID(void)
{
    return user_locale()->lcid;
}

LANGID WINAPI GetUserDefaultLangID(void)
{
    return LANGIDFROMLCID(GetUserDefaultLCID());
}

LANGID WINAPI GetSystemDefaultLangID(void)
{
    return LANGIDFROMLCID(GetSystemDefaultLCID());
}

static int return_text(const WCHAR *text, WCHAR *to, int room)
{
    int length = lstrlenW(text) + 1;

    if (room < 0 || (room && !to))
        return fail(ERROR_INVALID_PARAMETER);
    if (!room)
        return length;
    if (room < length)
        return fail(ERROR_INSUFFICIENT_BUFFER);
    for (int i = 0; i < length; i++)
        to[i] = text[i];
    return length;
}

int WINAPI GetUserDefaultLocaleName(LPWSTR name, int room)
{
    if (room < 0 || !name)
        return fail(ERROR_INVALID_PARAMETER);
    if (!room)
        return fail(ERROR_INSUFFICIENT_BUFFER);
    return return_text(GwLocaleName(user_locale()), name, room);
}

int WINAPI GetSystemDefaultLocaleName(LPWSTR name, int room)
{
    return GetUserDefaultLocaleName(name, room);
}

LCID WINAPI GetThreadLocale(void)
{
    TEB *teb = (TEB *)NtCurrentTeb();

    if (!teb->CurrentLocale)
        teb->CurrentLocale = GetUserDefaultLCID();
    return teb->CurrentLocale;
}

BOOL WINAPI SetThreadLocale(LCID lcid)
{
    const struct nls_locale *locale = locale_by_id(lcid);

    if (!locale)
        return FALSE;
    ((TEB *)NtCurrentTeb())->CurrentLocale = locale->lcid | (lcid & 0xf0000);
    return TRUE;
}

LCID WINAPI ConvertDefaultLocale(LCID lcid)
{
    const struct nls_locale *locale = GwFindLocaleById(lcid);

    if (!locale)
        return lcid;
    if (locale->neutral)
        locale = GwLocaleAt(locale->specific);
    return locale->lcid | (lcid & 0xf0000);
}

BOOL WINAPI IsValidLocale(LCID lcid, DWORD flags)
{
    const struct nls_locale *locale;

    if (flags & LCID_ALTERNATE_SORTS)
        return FALSE;
    if (lcid == LOCALE_NEUTRAL || lcid == LOCALE_USER_DEFAULT || lcid == LOCALE_SYSTEM_DEFAULT)
        return FALSE;
    locale = GwFindLocaleById(lcid);
    return locale && (!locale->neutral || (lcid & 0xffff) == locale->lcid);
}

BOOL WINAPI IsValidLocaleName(LPCWSTR name)
{
    return name && name[0] != '!' && GwFindLocale(name, -1) != NULL;
}

LCID WINAPI LocaleNameToLCID(LPCWSTR name, DWORD flags)
{
    const struct nls_locale *locale;

    if (flags & ~(DWORD)LOCALE_ALLOW_NEUTRAL_NAMES)
        return (LCID)fail(ERROR_INVALID_FLAGS);
    locale = locale_by_name(name);
    if (!locale)
        return 0;
    if (locale->neutral && !(flags & LOCALE_ALLOW_NEUTRAL_NAMES))
        locale = GwLocaleAt(locale->specific);
    return locale->lcid;
}

int WINAPI LCIDToLocaleName(LCID lcid, LPWSTR name, int room, DWORD flags)
{
    const struct nls_locale *locale;

    if (flags & ~(DWORD)LOCALE_ALLOW_NEUTRAL_NAMES)
        return fail(ERROR_INVALID_FLAGS);
    locale = locale_by_id(lcid);
    if (!locale)
        return 0;
    if (locale->neutral && !(flags & LOCALE_ALLOW_NEUTRAL_NAMES))
        locale = GwLocaleAt(locale->specific);
    return return_text(GwLocaleName(locale), name, room);
}

/* A specific locale for any name: itself, or that of its longest known prefix. */
int WINAPI ResolveLocaleName(LPCWSTR name, LPWSTR to, int room)
{
    const struct nls_locale *locale = NULL;
    int length;

    if (!name)
        locale = user_locale();
    for (length = name ? lstrlenW(name) : 0; !locale && length > 0;) {
        locale = GwFindLocale(name, length);
        while (!locale && length > 0 && name[--length] != '-')
            ;
    }
    if (!locale)
        locale = GwFindLocale(L"", 0);
    if (locale->neutral)
        locale = GwLocaleAt(locale->specific);
    return return_text(GwLocaleName(locale), to, room);
}

/* ---- enumeration */

BOOL WINAPI EnumSystemLocalesEx(LOCALE_ENUMPROCEX function, DWORD flags, LPARAM parameter, LPVOID reserved)
{
    const struct nls_locale *locale;

    if (!function || reserved)
        return fail(ERROR_INVALID_PARAMETER);
    for (ULONG n = 0; (locale = GwLocaleAt(n)); n++) {
        WCHAR name[LOCALE_NAME_MAX_LENGTH];
        DWORD kind = (locale->neutral ? LOCALE_NEUTRALDATA : LOCALE_SPECIFICDATA) | LOCALE_WINDOWS;

        if (flags && !(flags & kind & ~(DWORD)LOCALE_WINDOWS) && !(flags == LOCALE_WINDOWS))
            continue;
        return_text(GwLocaleName(locale), name, LOCALE_NAME_MAX_LENGTH);
        if (!function(name, kind, parameter))
            break;
    }
    return TRUE;
}

static void hexadecimal(LCID lcid, char text[9])
{
    for (int i = 7; i >= 0; i--, lcid >>= 4)
        text[i] = "0123456789abcdef"[lcid & 0xf];
    text[8] = 0;
}

static BOOL enumerate_ids(LOCALE_ENUMPROCW wide_function, LOCALE_ENUMPROCA ansi_function)
{
    const struct nls_locale *locale;

    for (ULONG n = 0; (locale = GwLocaleAt(n)); n++) {
        WCHAR wide[9];
        char text[9];

        if (locale->neutral || locale->lcid == 0x1000 || locale->lcid == LOCALE_INVARIANT)
            continue;
        hexadecimal(locale->lcid, text);
        for (int i = 0; i < 9; i++)
            wide[i] = (WCHAR)text[i];
        if (wide_function ? !wide_function(wide) : !ansi_function(text))
            break;
    }
    return TRUE;
}

BOOL WINAPI EnumSystemLocalesW(LOCALE_ENUMPROCW function, DWORD flags)
{
    (void)flags;
    return function ? enumerate_ids(function, NULL) : fail(ERROR_INVALID_PARAMETER);
}

BOOL WINAPI EnumSystemLocalesA(LOCALE_ENUMPROCA function, DWORD flags)
{
    (void)flags;
    return function ? enumerate_ids(NULL, function) : fail(ERROR_INVALID_PARAMETER);
}
