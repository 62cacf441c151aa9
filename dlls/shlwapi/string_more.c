/*
 * Strings: character sets, searching from behind, sizes in words.
 */
#include <nt/nls.h>
#include <nt/rtl.h>
#include <stdarg.h>

int __cdecl _vsnprintf(char *buffer, SIZE_T count, const char *format, va_list arguments);
int __cdecl _vsnwprintf(WCHAR *buffer, SIZE_T count, const WCHAR *format, va_list arguments);

static WCHAR fold_caseW(WCHAR c)
{
    return RtlUpcaseUnicodeChar(c);
}

static CHAR fold_caseA(CHAR c)
{
    return c >= 'a' && c <= 'z' ? (CHAR)(c - 32) : c;
}

static int format_textW(WCHAR *to, SIZE_T room, const WCHAR *format, va_list arguments)
{
    return _vsnwprintf(to, room, format, arguments);
}

static int format_textA(CHAR *to, SIZE_T room, const CHAR *format, va_list arguments)
{
    return _vsnprintf(to, room, format, arguments);
}

/* A whole number with the user's thousands separators. */
static void group(ULONGLONG value, WCHAR text[32])
{
    WCHAR plain[24], decimal[8], thousand[8];
    NUMBERFMTW format = {.LeadingZero = 1,
                         .Grouping = 3,
                         .lpDecimalSep = decimal,
                         .lpThousandSep = thousand,
                         .NegativeOrder = 1};

    if (!GetLocaleInfoW(LOCALE_USER_DEFAULT, LOCALE_SDECIMAL, decimal, ARRAYSIZE(decimal)))
        wcscpy(decimal, L".");
    if (!GetLocaleInfoW(LOCALE_USER_DEFAULT, LOCALE_STHOUSAND, thousand, ARRAYSIZE(thousand)))
        wcscpy(thousand, L",");
    _ui64tow(value, plain, 10);
    if (!GetNumberFormatW(LOCALE_USER_DEFAULT, 0, plain, &format, text, 32))
        wcscpy(text, plain);
}

static BOOL giveW(const WCHAR *text, WCHAR *to, UINT room)
{
    UINT n = 0;
    while (text[n] && n < room - 1) {
        to[n] = text[n];
        n++;
    }
    to[n] = 0;
    return TRUE;
}

static BOOL giveA(const WCHAR *text, CHAR *to, UINT room)
{
    CHAR narrow[256];
    int length = WideCharToMultiByte(CP_ACP, 0, text, -1, narrow, sizeof narrow, NULL, NULL);
    if (!length)
        return FALSE;
    UINT n = 0;
    while (narrow[n] && n < room - 1) {
        to[n] = narrow[n];
        n++;
    }
    to[n] = 0;
    return TRUE;
}

#define CHAR_TYPE  WCHAR
#define NAME(name) name##W
#include "string_template.h"
#undef CHAR_TYPE
#undef NAME
#define CHAR_TYPE  CHAR
#define NAME(name) name##A
#include "string_template.h"

/* Three digits of the number: 1.23, 12.3, 123; from four digits before the point on it is grouped. */
static void size_text(LONGLONG size, BOOL round, WCHAR text[64])
{
    static const WCHAR *const units[] = {L" KB", L" MB", L" GB", L" TB", L" PB", L" EB"};
    ULONGLONG value = (ULONGLONG)size;
    int unit = 0, places;

    if (value < 1024) {
        _ui64tow(value, text, 10);
        wcscat(text, L" bytes");
        return;
    }
    for (; value >= 1024 * 1000 && unit < 5; unit++) /* "1000 KB" is written as 0.97 MB */
        value >>= 10;
    /* `value` is now in units of 1/1024 of the unit */
    ULONGLONG whole = value / 1024, rest = value % 1024;
    places = whole < 10 ? 2 : whole < 100 ? 1 : 0;
    ULONGLONG scale = places == 2 ? 100 : places == 1 ? 10 : 1;
    ULONGLONG digits = whole * scale + (rest * scale + (round ? 512 : 0)) / 1024;
    if (places && digits >= 1000) { /* rounding made another digit before the point */
        digits /= 10;
        scale /= 10;
        places--;
    }
    group(digits / scale, text);
    if (places) {
        WCHAR decimal[8];
        if (!GetLocaleInfoW(LOCALE_USER_DEFAULT, LOCALE_SDECIMAL, decimal, ARRAYSIZE(decimal)))
            wcscpy(decimal, L".");
        wcscat(text, decimal);
        WCHAR fraction[4] = {0};
        ULONGLONG part = digits % scale;
        if (places == 2) {
            fraction[0] = (WCHAR)('0' + part / 10);
            fraction[1] = (WCHAR)('0' + part % 10);
        } else {
            fraction[0] = (WCHAR)('0' + part);
        }
        wcscat(text, fraction);
    }
    wcscat(text, units[unit]);
}

LPWSTR WINAPI StrFormatByteSizeW(LONGLONG size, LPWSTR to, UINT room)
{
    WCHAR text[64];
    if (!to || !room)
        return NULL;
    size_text(size, FALSE, text);
    giveW(text, to, room);
    return to;
}

LPSTR WINAPI StrFormatByteSize64A(LONGLONG size, LPSTR to, UINT room)
{
    WCHAR text[64];
    if (!to || !room)
        return NULL;
    size_text(size, FALSE, text);
    return giveA(text, to, room) ? to : NULL;
}

LPSTR WINAPI StrFormatByteSizeA(DWORD size, LPSTR to, UINT room)
{
    return StrFormatByteSize64A(size, to, room);
}

#define SFBS_ROUND_TO_NEAREST 1
#define SFBS_TRUNCATE         2

HRESULT WINAPI StrFormatByteSizeEx(ULONGLONG size, INT flags, LPWSTR to, UINT room);
HRESULT WINAPI StrFormatByteSizeEx(ULONGLONG size, INT flags, LPWSTR to, UINT room)
{
    WCHAR text[64];
    if (!to || !room || (flags != SFBS_ROUND_TO_NEAREST && flags != SFBS_TRUNCATE))
        return E_INVALIDARG;
    size_text((LONGLONG)size, flags == SFBS_ROUND_TO_NEAREST, text);
    giveW(text, to, room);
    return S_OK;
}

BOOL WINAPI StrToIntExA(LPCSTR text, DWORD flags, int *ret_value)
{
    LONGLONG value;
    if (!ret_value || !StrToInt64ExA(text, flags, &value))
        return FALSE;
    *ret_value = (int)value;
    return TRUE;
}

/* No blanks before the number, and a sign only if it is a minus. */
int WINAPI StrToIntA(LPCSTR text)
{
    LONGLONG value = 0;
    if (!text || !(*text == '-' || (*text >= '0' && *text <= '9')))
        return 0;
    return StrToInt64ExA(text, 0, &value) ? (int)value : 0;
}

BOOL WINAPI StrTrimA(LPSTR text, LPCSTR characters)
{
    if (!text || !*text || !characters)
        return FALSE;
    LPSTR from = text;
    while (*from && containsA(characters, *from))
        from++;
    SIZE_T length = strlen(from), kept = length;
    while (kept && containsA(characters, from[kept - 1]))
        kept--;
    BOOL changed = from != text || kept != length;
    memmove(text, from, kept);
    text[kept] = 0;
    return changed;
}

LPSTR WINAPI StrChrIA(LPCSTR text, WORD c)
{
    for (; text && *text; text++)
        if (fold_caseA(*text) == fold_caseA((CHAR)c))
            return (LPSTR)text;
    return NULL;
}

/* ---- comparing: these by code points, StrCmpI... above by language */

static int compare(LPCSTR a, LPCSTR b, int n, BOOL ignore_case)
{
    for (int i = 0; i < n; i++) {
        CHAR x = ignore_case ? fold_caseA(a[i]) : a[i], y = ignore_case ? fold_caseA(b[i]) : b[i];
        if (x != y)
            return (BYTE)x < (BYTE)y ? -1 : 1;
        if (!x)
            break;
    }
    return 0;
}

int WINAPI StrCmpNA(LPCSTR a, LPCSTR b, int n)
{
    return compare(a, b, n, FALSE);
}

int WINAPI StrCmpNIA(LPCSTR a, LPCSTR b, int n)
{
    return compare(a, b, n, TRUE);
}
