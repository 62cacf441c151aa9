/*
 * URLs: what kind they are, file URLs from and to paths, escapes. The functions are in url_template.h, once
 * for each character set.
 */
#include <windows.h>
#include <shlwapi.h>

/* The characters that a URL may hold as they are, besides letters and digits. */
static BOOL is_unescaped(unsigned c, DWORD flags)
{
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
        return TRUE;
    if (flags & URL_ESCAPE_SPACES_ONLY)
        return c != ' ';
    switch (c) {
    case '%': return !(flags & URL_ESCAPE_PERCENT);
    case '/':
    case '?': return !(flags & URL_ESCAPE_SEGMENT_ONLY);
    case ' ':
    case '"':
    case '#':
    case '<':
    case '>':
    case '[':
    case ']':
    case '\\':
    case '^':
    case '`':
    case '{':
    case '|':
    case '}': return FALSE;
    }
    return c > ' ' && c < 0x7f;
}

static int hex_digit(unsigned c)
{
    if (c >= '0' && c <= '9')
        return (int)c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? (int)c - 'a' + 10 : -1;
}

#define CHAR_TYPE  char
#define WIDE       0
#define NAME(name) name##A
#include "url_template.h"
#undef CHAR_TYPE
#undef WIDE
#undef NAME

#define CHAR_TYPE  WCHAR
#define WIDE       1
#define NAME(name) name##W
#include "url_template.h"

HRESULT WINAPI PathCreateFromUrlAlloc(PCWSTR url, PWSTR *ret_path, DWORD reserved)
{
    *ret_path = NULL;
    DWORD size = 0;
    while (url[size])
        size++;
    size += 8;
    WCHAR *path = LocalAlloc(LMEM_FIXED, size * sizeof *path);
    if (!path)
        return E_OUTOFMEMORY;
    const HRESULT result = PathCreateFromUrlW(url, path, &size, reserved);
    if (FAILED(result))
        LocalFree(path);
    else
        *ret_path = path;
    return result;
}
