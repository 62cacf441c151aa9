/*
 * CharUpper and relatives, which user32 exports, too. A "string" pointer below 64K is a character.
 */
#include "nls.h"
#include <string.h>

static BOOL is_character(const void *text)
{
    return !((ULONG_PTR)text >> 16);
}

static void map_wide(WCHAR *text, DWORD count, const USHORT *table)
{
    for (DWORD i = 0; i < count; i++)
        text[i] = nls_map(table, text[i]);
}

LPWSTR WINAPI CharUpperW(LPWSTR text)
{
    if (is_character(text))
        return (LPWSTR)(ULONG_PTR)nls_upcase((WCHAR)(ULONG_PTR)text);
    map_wide(text, (DWORD)lstrlenW(text), unicode_upcase);
    return text;
}

LPWSTR WINAPI CharLowerW(LPWSTR text)
{
    if (is_character(text))
        return (LPWSTR)(ULONG_PTR)nls_downcase((WCHAR)(ULONG_PTR)text);
    map_wide(text, (DWORD)lstrlenW(text), unicode_downcase);
    return text;
}

DWORD WINAPI CharUpperBuffW(LPWSTR text, DWORD count)
{
    if (!text)
        return 0;
    map_wide(text, count, unicode_upcase);
    return count;
}

DWORD WINAPI CharLowerBuffW(LPWSTR text, DWORD count)
{
    if (!text)
        return 0;
    map_wide(text, count, unicode_downcase);
    return count;
}

/* In place, and of the same size in every code page but UTF-8, where a character that would change
 * its size stays. */
static void map_ansi(char *text, DWORD count, const USHORT *table)
{
    for (DWORD i = 0; i < count;) {
        WCHAR wide[2];
        char bytes[8];
        int size = 1, units, written;

        if ((BYTE)text[i] < 0x80) {
            text[i] = (char)nls_map(table, (BYTE)text[i]);
            i++;
            continue;
        }
        if (GwAnsiCodePage() == CP_UTF8)
            size = (BYTE)text[i] < 0xe0 ? 2 : (BYTE)text[i] < 0xf0 ? 3 : 4;
        else if (IsDBCSLeadByte((BYTE)text[i]))
            size = 2;
        if ((DWORD)size > count - i)
            break;
        units = MultiByteToWideChar(CP_ACP, MB_ERR_INVALID_CHARS, text + i, size, wide, 2);
        if (units == 1) {
            BOOL lost = FALSE;

            wide[0] = nls_map(table, wide[0]);
            written = WideCharToMultiByte(CP_ACP, 0, wide, 1, bytes, sizeof bytes, NULL,
                                          GwAnsiCodePage() == CP_UTF8 ? NULL : &lost);
            if (written == size && !lost)
                memcpy(text + i, bytes, (size_t)size);
        }
        i += (DWORD)size;
    }
}

LPSTR WINAPI CharUpperA(LPSTR text)
{
    if (is_character(text)) {
        char c = (char)(ULONG_PTR)text;

        map_ansi(&c, 1, unicode_upcase);
        return (LPSTR)(ULONG_PTR)(BYTE)c;
    }
    map_ansi(text, (DWORD)lstrlenA(text), unicode_upcase);
    return text;
}

LPSTR WINAPI CharLowerA(LPSTR text)
{
    if (is_character(text)) {
        char c = (char)(ULONG_PTR)text;

        map_ansi(&c, 1, unicode_downcase);
        return (LPSTR)(ULONG_PTR)(BYTE)c;
    }
    map_ansi(text, (DWORD)lstrlenA(text), unicode_downcase);
    return text;
}

DWORD WINAPI CharUpperBuffA(LPSTR text, DWORD count)
{
    if (!text)
        return 0;
    map_ansi(text, count, unicode_upcase);
    return count;
}

DWORD WINAPI CharLowerBuffA(LPSTR text, DWORD count)
{
    if (!text)
        return 0;
    map_ansi(text, count, unicode_downcase);
    return count;
}

/* ---- stepping: over a character with what combines with it */

LPWSTR WINAPI CharNextW(LPCWSTR text)
{
    if (!*text)
        return (LPWSTR)text;
    do
        text++;
    while (nls_class(*text)->type3 & C3_NONSPACING);
    return (LPWSTR)text;
}

LPWSTR WINAPI CharPrevW(LPCWSTR start, LPCWSTR text)
{
    while (text > start) {
        text--;
        if (!(nls_class(*text)->type3 & C3_NONSPACING))
            break;
    }
    return (LPWSTR)text;
}

LPSTR WINAPI CharNextExA(WORD code_page, LPCSTR text, DWORD flags)
{
    (void)flags;
    if (!*text)
        return (LPSTR)text;
    return (LPSTR)text + (IsDBCSLeadByteEx(code_page, (BYTE)*text) && text[1] ? 2 : 1);
}

LPSTR WINAPI CharPrevExA(WORD code_page, LPCSTR start, LPCSTR text, DWORD flags)
{
    (void)flags;
    while (*start && start < text) {
        LPCSTR next = CharNextExA(code_page, start, 0);

        if (next >= text)
            break;
        start = next;
    }
    return (LPSTR)start;
}

LPSTR WINAPI CharNextA(LPCSTR text)
{
    return CharNextExA(CP_ACP, text, 0);
}

LPSTR WINAPI CharPrevA(LPCSTR start, LPCSTR text)
{
    return CharPrevExA(CP_ACP, start, text, 0);
}

/* ---- what a character is */

static WCHAR wide_character(char c)
{
    WCHAR wide = 0;

    MultiByteToWideChar(CP_ACP, 0, &c, 1, &wide, 1);
    return wide;
}

static BOOL has_type(WCHAR c, USHORT types)
{
    return (nls_class(c)->type1 & types) != 0;
}

BOOL WINAPI IsCharAlphaW(WCHAR c)
{
    return has_type(c, C1_ALPHA);
}

BOOL WINAPI IsCharAlphaNumericW(WCHAR c)
{
    return has_type(c, C1_ALPHA | C1_DIGIT);
}

BOOL WINAPI IsCharUpperW(WCHAR c)
{
    return has_type(c, C1_UPPER);
}

BOOL WINAPI IsCharLowerW(WCHAR c)
{
    return has_type(c, C1_LOWER);
}

BOOL WINAPI IsCharAlphaA(CHAR c)
{
    return has_type(wide_character(c), C1_ALPHA);
}

BOOL WINAPI IsCharAlphaNumericA(CHAR c)
{
    return has_type(wide_character(c), C1_ALPHA | C1_DIGIT);
}

BOOL WINAPI IsCharUpperA(CHAR c)
{
    return has_type(wide_character(c), C1_UPPER);
}

BOOL WINAPI IsCharLowerA(CHAR c)
{
    return has_type(wide_character(c), C1_LOWER);
}
