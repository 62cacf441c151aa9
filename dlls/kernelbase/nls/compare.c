/*
 * CompareString, CompareStringOrdinal, FindStringOrdinal, FindNLSString.
 */
#include "sort.h"

#define COMPARE_FLAGS                                                                                        \
    (NORM_IGNORECASE | NORM_IGNORENONSPACE | NORM_IGNORESYMBOLS | SORT_DIGITSASNUMBERS |                     \
     LINGUISTIC_IGNORECASE | LINGUISTIC_IGNOREDIACRITIC | SORT_STRINGSORT | NORM_IGNOREKANATYPE |            \
     NORM_IGNOREWIDTH | NORM_LINGUISTIC_CASING | LOCALE_USE_CP_ACP | 0x10000000)

int WINAPI CompareStringEx(LPCWSTR locale, DWORD flags, LPCWCH a, int a_length, LPCWCH b, int b_length,
                           LPNLSVERSIONINFO version, LPVOID reserved, LPARAM handle)
{
    (void)version, (void)reserved, (void)handle;
    if (!a || !b)
        return fail(ERROR_INVALID_PARAMETER);
    if (flags & ~COMPARE_FLAGS)
        return fail(ERROR_INVALID_FLAGS);
    if (locale && *locale && !IsValidLocaleName(locale) && lstrcmpW(locale, LOCALE_NAME_SYSTEM_DEFAULT))
        return fail(ERROR_INVALID_PARAMETER);
    if (a_length < 0)
        a_length = lstrlenW(a);
    if (b_length < 0)
        b_length = lstrlenW(b);
    return sort_compare(flags, a, a_length, b, b_length);
}

static int terminated_length(const WCHAR *text)
{
    int length = 0;

    while (text[length])
        length++;
    return length;
}

int WINAPI CompareStringW(LCID lcid, DWORD flags, LPCWCH a, int a_length, LPCWCH b, int b_length)
{
    if (!a || !b)
        return fail(ERROR_INVALID_PARAMETER);
    if (flags & ~COMPARE_FLAGS)
        return fail(ERROR_INVALID_FLAGS);
    if (lcid != LOCALE_USER_DEFAULT && lcid != LOCALE_INVARIANT && lcid != LOCALE_SYSTEM_DEFAULT && lcid &&
        lcid != GetUserDefaultLCID() && !IsValidLocale(lcid, LCID_INSTALLED))
        return fail(ERROR_INVALID_PARAMETER);
    if (a_length < 0)
        a_length = terminated_length(a);
    if (b_length < 0)
        b_length = terminated_length(b);
    return sort_compare(flags, a, a_length, b, b_length);
}

int WINAPI CompareStringA(LCID lcid, DWORD flags, LPCCH a, int a_length, LPCCH b, int b_length)
{
    struct nls_wide x, y;
    UINT code_page;
    int result = 0;

    if (!a || !b)
        return fail(ERROR_INVALID_PARAMETER);
    code_page = nls_locale_code_page(lcid, flags);
    if (!nls_wide_from_ansi(&x, code_page, a, a_length))
        return 0;
    if (nls_wide_from_ansi(&y, code_page, b, b_length)) {
        result = CompareStringW(lcid, flags & ~LOCALE_USE_CP_ACP, x.text, x.length, y.text, y.length);
        nls_wide_free(&y);
    }
    nls_wide_free(&x);
    return result;
}

int WINAPI CompareStringOrdinal(LPCWCH a, int a_length, LPCWCH b, int b_length, BOOL ignore_case)
{
    LONG order;

    if (!a || !b || a_length < -1 || b_length < -1)
        return fail(ERROR_INVALID_PARAMETER);
    if (a_length < 0)
        a_length = lstrlenW(a);
    if (b_length < 0)
        b_length = lstrlenW(b);
    order = RtlCompareUnicodeStrings(a, (SIZE_T)a_length, b, (SIZE_T)b_length, ignore_case != 0);
    return order < 0 ? CSTR_LESS_THAN : order > 0 ? CSTR_GREATER_THAN : CSTR_EQUAL;
}

static BOOL valid_search(DWORD search)
{
    return search == FIND_STARTSWITH || search == FIND_ENDSWITH || search == FIND_FROMSTART ||
           search == FIND_FROMEND;
}

INT WINAPI FindStringOrdinal(DWORD search, LPCWSTR text, INT length, LPCWSTR value, INT value_length,
                             BOOL ignore_case)
{
    INT first, last, step = 1;

    SetLastError(ERROR_SUCCESS);
    if (search && !valid_search(search)) {
        SetLastError(ERROR_INVALID_FLAGS);
        return -1;
    }
    if (!text || !value || length < -1 || value_length < -1) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return -1;
    }
    if (length < 0)
        length = lstrlenW(text);
    if (value_length < 0)
        value_length = lstrlenW(value);
    first = 0;
    last = length - value_length;
    if (last < 0)
        return -1;
    if (search == FIND_STARTSWITH) {
        last = 0;
    } else if (search == FIND_ENDSWITH) {
        first = last;
    } else if (search == FIND_FROMEND) {
        first = last;
        last = 0;
        step = -1;
    }
    for (INT i = first; step > 0 ? i <= last : i >= last; i += step)
        if (RtlCompareUnicodeStrings(text + i, (SIZE_T)value_length, value, (SIZE_T)value_length,
                                     ignore_case != 0) == 0)
            return i;
    return -1;
}

int WINAPI FindNLSStringEx(LPCWSTR locale, DWORD flags, LPCWSTR text, int length, LPCWSTR value,
                           int value_length, LPINT ret_found, LPNLSVERSIONINFO version, LPVOID reserved,
                           LPARAM handle)
{
    DWORD search = flags & (FIND_STARTSWITH | FIND_ENDSWITH | FIND_FROMSTART | FIND_FROMEND);
    int found = 0, result;

    (void)version;
    SetLastError(ERROR_SUCCESS);
    if (!text || !value || length < -1 || value_length < -1 || !length || !value_length || reserved ||
        handle || (locale && *locale && !IsValidLocaleName(locale))) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return -1;
    }
    if ((flags & ~(COMPARE_FLAGS | FIND_STARTSWITH | FIND_ENDSWITH | FIND_FROMSTART | FIND_FROMEND)) ||
        (search && !valid_search(search))) {
        SetLastError(ERROR_INVALID_FLAGS);
        return -1;
    }
    if (length < 0)
        length = lstrlenW(text);
    if (value_length < 0)
        value_length = lstrlenW(value);
    result = sort_find(flags & COMPARE_FLAGS, search ? search : FIND_FROMSTART, text, length, value,
                       value_length, &found);
    if (result >= 0 && ret_found)
        *ret_found = found;
    return result;
}

int WINAPI FindNLSString(LCID lcid, DWORD flags, LPCWSTR text, int length, LPCWSTR value, int value_length,
                         LPINT ret_found)
{
    WCHAR name[LOCALE_NAME_MAX_LENGTH];

    if (!LCIDToLocaleName(lcid, name, LOCALE_NAME_MAX_LENGTH, 0)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return -1;
    }
    return FindNLSStringEx(name, flags, text, length, value, value_length, ret_found, NULL, NULL, 0);
}

BOOL WINAPI GetNLSVersionEx(NLS_FUNCTION function, LPCWSTR locale, LPNLSVERSIONINFOEX version)
{
    if (function != COMPARE_STRING)
        return fail(ERROR_INVALID_FLAGS);
    if (locale && *locale && !IsValidLocaleName(locale))
        return fail(ERROR_INVALID_PARAMETER);
    if (!version || (version->dwNLSVersionInfoSize != sizeof(NLSVERSIONINFOEX) &&
                     version->dwNLSVersionInfoSize != offsetof(NLSVERSIONINFOEX, dwEffectiveId)))
        return fail(ERROR_INSUFFICIENT_BUFFER);
    version->dwNLSVersion = version->dwDefinedVersion = 0x00060305;
    if (version->dwNLSVersionInfoSize == sizeof(NLSVERSIONINFOEX)) {
        version->dwEffectiveId = LocaleNameToLCID(locale, 0);
        version->guidCustomVersion = (GUID){0};
    }
    return TRUE;
}

BOOL WINAPI GetNLSVersion(NLS_FUNCTION function, LCID lcid, LPNLSVERSIONINFO version)
{
    WCHAR name[LOCALE_NAME_MAX_LENGTH];

    if (!LCIDToLocaleName(lcid, name, LOCALE_NAME_MAX_LENGTH, 0))
        return fail(ERROR_INVALID_PARAMETER);
    return GetNLSVersionEx(function, name, (LPNLSVERSIONINFOEX)version);
}

/* Every assigned character has a class. */
BOOL WINAPI IsNLSDefinedString(NLS_FUNCTION function, DWORD flags, LPNLSVERSIONINFO version, LPCWSTR text,
                               INT length)
{
    (void)version;
    if (flags || function != COMPARE_STRING)
        return fail(ERROR_INVALID_FLAGS);
    if (!text || length < -1)
        return fail(ERROR_INVALID_PARAMETER);
    if (length < 0)
        length = lstrlenW(text) + 1;
    for (INT i = 0; i < length; i++) {
        if (text[i] >= 0xd800 && text[i] <= 0xdbff && i + 1 < length && text[i + 1] >= 0xdc00 &&
            text[i + 1] <= 0xdfff) {
            i++;
            continue;
        }
        if ((text[i] >= 0xd800 && text[i] <= 0xdfff) || !(nls_class(text[i])->type1 & 0x200) ||
            (text[i] >= 0xe000 && text[i] <= 0xf8ff))
            return FALSE;
    }
    return TRUE;
}
