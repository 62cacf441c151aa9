/*
 * Strings: searching and comparing, numbers.
 */
#include <nt/nls.h>
#include <nt/rtl.h>

#define STIF_DEFAULT     0
#define STIF_SUPPORT_HEX 1

static WCHAR fold(WCHAR c)
{
    return RtlUpcaseUnicodeChar(c);
}

static BOOL same(LPCWSTR a, LPCWSTR b, SIZE_T n, BOOL ignore_case)
{
    for (SIZE_T i = 0; i < n; i++)
        if (a[i] != b[i] && (!ignore_case || fold(a[i]) != fold(b[i])))
            return FALSE;
    return TRUE;
}

static LPWSTR find(LPCWSTR text, LPCWSTR what, BOOL ignore_case)
{
    if (!text || !what || !*what)
        return NULL;
    SIZE_T n = wcslen(what), all = wcslen(text);
    for (SIZE_T i = 0; i + n <= all; i++)
        if (same(text + i, what, n, ignore_case))
            return (LPWSTR)text + i;
    return NULL;
}

LPWSTR WINAPI StrStrW(LPCWSTR text, LPCWSTR what)
{
    return find(text, what, FALSE);
}

LPWSTR WINAPI StrStrIW(LPCWSTR text, LPCWSTR what)
{
    return find(text, what, TRUE);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

static LPSTR find_ansi(LPCSTR text, LPCSTR what, BOOL ignore_case)
{
    if (!text || !what || !*what)
        return NULL;
    for (; *text; text++) {
        SIZE_T i = 0;
        while (what[i] && (text[i] == what[i] || (ignore_case && lower(text[i]) == lower(what[i]))))
            i++;
        if (!what[i])
            return (LPSTR)text;
    }
    return NULL;
}

LPSTR WINAPI StrStrA(LPCSTR text, LPCSTR what)
{
    return find_ansi(text, what, FALSE);
}

LPSTR WINAPI StrStrIA(LPCSTR text, LPCSTR what)
{
    return find_ansi(text, what, TRUE);
}

LPWSTR WINAPI StrChrW(LPCWSTR text, WCHAR c)
{
    for (; text && *text; text++)
        if (*text == c)
            return (LPWSTR)text;
    return NULL;
}

LPSTR WINAPI StrChrA(LPCSTR text, WORD c)
{
    for (; text && *text; text++)
        if ((BYTE)*text == (BYTE)c)
            return (LPSTR)text;
    return NULL;
}

LPWSTR WINAPI StrChrIW(LPCWSTR text, WCHAR c)
{
    for (; text && *text; text++)
        if (fold(*text) == fold(c))
            return (LPWSTR)text;
    return NULL;
}

LPWSTR WINAPI StrRChrW(LPCWSTR text, LPCWSTR end, WCHAR c)
{
    LPCWSTR last = NULL;

    for (; text && *text && text != end; text++)
        if (*text == c)
            last = text;
    return (LPWSTR)last;
}

LPSTR WINAPI StrRChrA(LPCSTR text, LPCSTR end, WORD c)
{
    LPCSTR last = NULL;

    for (; text && *text && text != end; text++)
        if ((BYTE)*text == (BYTE)c)
            last = text;
    return (LPSTR)last;
}

LPWSTR WINAPI StrDupW(LPCWSTR text)
{
    SIZE_T size = text ? (wcslen(text) + 1) * sizeof(WCHAR) : sizeof(WCHAR);
    LPWSTR copy = LocalAlloc(LMEM_FIXED | LMEM_ZEROINIT, size);

    if (copy && text)
        memcpy(copy, text, size);
    return copy;
}

LPSTR WINAPI StrDupA(LPCSTR text)
{
    SIZE_T size = text ? strlen(text) + 1 : 1;
    LPSTR copy = LocalAlloc(LMEM_FIXED | LMEM_ZEROINIT, size);

    if (copy && text)
        memcpy(copy, text, size);
    return copy;
}

LPWSTR WINAPI StrCpyW(LPWSTR to, LPCWSTR from)
{
    if (to && from)
        memcpy(to, from, (wcslen(from) + 1) * sizeof(WCHAR));
    return to;
}

LPWSTR WINAPI StrCpyNW(LPWSTR to, LPCWSTR from, int room)
{
    int i = 0;

    if (!to || !from || room <= 0)
        return to;
    for (; i < room - 1 && from[i]; i++)
        to[i] = from[i];
    to[i] = 0;
    return to;
}

LPWSTR WINAPI StrCatW(LPWSTR to, LPCWSTR more)
{
    if (to && more)
        memcpy(to + wcslen(to), more, (wcslen(more) + 1) * sizeof(WCHAR));
    return to;
}

static int compare(LPCWSTR a, LPCWSTR b, int n, BOOL ignore_case)
{
    return CompareStringW(LOCALE_USER_DEFAULT, ignore_case ? NORM_IGNORECASE : 0, a, n, b, n) - CSTR_EQUAL;
}

int WINAPI StrCmpW(LPCWSTR a, LPCWSTR b)
{
    return compare(a, b, -1, FALSE);
}

int WINAPI StrCmpIW(LPCWSTR a, LPCWSTR b)
{
    return compare(a, b, -1, TRUE);
}

static int clip(LPCWSTR text, int n)
{
    int length = 0;

    while (length < n && text[length])
        length++;
    return length;
}

int WINAPI StrCmpNW(LPCWSTR a, LPCWSTR b, int n)
{
    return CompareStringW(LOCALE_USER_DEFAULT, 0, a, clip(a, n), b, clip(b, n)) - CSTR_EQUAL;
}

int WINAPI StrCmpNIW(LPCWSTR a, LPCWSTR b, int n)
{
    return CompareStringW(LOCALE_USER_DEFAULT, NORM_IGNORECASE, a, clip(a, n), b, clip(b, n)) - CSTR_EQUAL;
}

/* Decimal; or with STIF_SUPPORT_HEX "0x..." too. */
BOOL WINAPI StrToIntExW(LPCWSTR text, DWORD flags, int *ret_value)
{
    BOOL negative = FALSE, any = FALSE;
    unsigned value = 0;

    if (!text || !ret_value)
        return FALSE;
    while (*text == ' ' || (*text >= '\t' && *text <= '\r'))
        text++;
    if (*text == '+' || *text == '-')
        negative = *text++ == '-';
    if (flags & STIF_SUPPORT_HEX && text[0] == '0' && (text[1] | 32) == 'x') {
        negative = FALSE;
        for (text += 2;; text++, any = TRUE) {
            if (*text >= '0' && *text <= '9')
                value = value * 16 + (*text - (unsigned)'0');
            else if ((*text | 32) >= 'a' && (*text | 32) <= 'f')
                value = value * 16 + (*text | 32u) - 'a' + 10;
            else
                break;
        }
    } else {
        for (; *text >= '0' && *text <= '9'; text++, any = TRUE)
            value = value * 10 + (*text - (unsigned)'0');
    }
    if (any)
        *ret_value = (int)(negative ? 0 - value : value);
    return any;
}

int WINAPI StrToIntW(LPCWSTR text)
{
    int value = 0;

    if (text && (*text == '-' || (*text >= '0' && *text <= '9')))
        StrToIntExW(text, STIF_DEFAULT, &value);
    return value;
}

BOOL WINAPI StrTrimW(LPWSTR text, LPCWSTR characters)
{
    SIZE_T n = wcslen(text), start = 0, end = n;

    while (start < n && wcschr(characters, text[start]))
        start++;
    while (end > start && wcschr(characters, text[end - 1]))
        end--;
    if (!start && end == n)
        return FALSE;
    memmove(text, text + start, (end - start) * sizeof(WCHAR));
    text[end - start] = 0;
    return TRUE;
}
