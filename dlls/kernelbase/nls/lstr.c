/*
 * lstrlen, lstrcpy and relatives: a bad pointer makes them fail instead of raising an exception.
 */
#include "nls.h"
#include <string.h>

static ULONG_PTR length_a(void *text, const void *unused, ULONG_PTR unused2)
{
    (void)unused, (void)unused2;
    return strlen(text);
}

static ULONG_PTR length_w(void *text, const void *unused, ULONG_PTR unused2)
{
    const WCHAR *start = text, *end = start;

    (void)unused, (void)unused2;
    while (*end)
        end++;
    return (ULONG_PTR)(end - start);
}

int WINAPI lstrlenA(LPCSTR text)
{
    return text ? (int)nls_guarded_call(length_a, (void *)text, NULL, 0) : 0;
}

int WINAPI lstrlenW(LPCWSTR text)
{
    return text ? (int)nls_guarded_call(length_w, (void *)text, NULL, 0) : 0;
}

static ULONG_PTR copy_a(void *to, const void *from, ULONG_PTR room)
{
    char *out = to;
    const char *in = from;

    for (; room > 1 && *in; room--)
        *out++ = *in++;
    if (room)
        *out = 0;
    return (ULONG_PTR)to;
}

static ULONG_PTR copy_w(void *to, const void *from, ULONG_PTR room)
{
    WCHAR *out = to;
    const WCHAR *in = from;

    for (; room > 1 && *in; room--)
        *out++ = *in++;
    if (room)
        *out = 0;
    return (ULONG_PTR)to;
}

static ULONG_PTR append_a(void *to, const void *from, ULONG_PTR unused)
{
    (void)unused;
    copy_a((char *)to + strlen(to), from, ~(ULONG_PTR)0);
    return (ULONG_PTR)to;
}

static ULONG_PTR append_w(void *to, const void *from, ULONG_PTR unused)
{
    (void)unused;
    copy_w((WCHAR *)to + length_w(to, NULL, 0), from, ~(ULONG_PTR)0);
    return (ULONG_PTR)to;
}

static void *guarded(ULONG_PTR (*function)(void *, const void *, ULONG_PTR), void *to, const void *from,
                     ULONG_PTR room)
{
    ULONG_PTR result = nls_guarded_call(function, to, from, room);

    if (!result)
        SetLastError(ERROR_INVALID_PARAMETER);
    return (void *)result;
}

LPSTR WINAPI lstrcpyA(LPSTR to, LPCSTR from)
{
    return guarded(copy_a, to, from, ~(ULONG_PTR)0);
}

LPWSTR WINAPI lstrcpyW(LPWSTR to, LPCWSTR from)
{
    return guarded(copy_w, to, from, ~(ULONG_PTR)0);
}

/* room counts the terminator; with room 0 nothing is written. */
LPSTR WINAPI lstrcpynA(LPSTR to, LPCSTR from, int room)
{
    return guarded(copy_a, to, from, room < 0 ? 0 : (ULONG_PTR)room);
}

LPWSTR WINAPI lstrcpynW(LPWSTR to, LPCWSTR from, int room)
{
    return guarded(copy_w, to, from, room < 0 ? 0 : (ULONG_PTR)room);
}

LPSTR WINAPI lstrcatA(LPSTR to, LPCSTR from)
{
    return guarded(append_a, to, from, 0);
}

LPWSTR WINAPI lstrcatW(LPWSTR to, LPCWSTR from)
{
    return guarded(append_w, to, from, 0);
}

/* NULL is less than any string. */
int WINAPI lstrcmpW(LPCWSTR a, LPCWSTR b)
{
    if (!a || !b)
        return a ? 1 : b ? -1 : 0;
    return CompareStringW(LOCALE_USER_DEFAULT, 0, a, -1, b, -1) - CSTR_EQUAL;
}

int WINAPI lstrcmpiW(LPCWSTR a, LPCWSTR b)
{
    if (!a || !b)
        return a ? 1 : b ? -1 : 0;
    return CompareStringW(LOCALE_USER_DEFAULT, NORM_IGNORECASE, a, -1, b, -1) - CSTR_EQUAL;
}

int WINAPI lstrcmpA(LPCSTR a, LPCSTR b)
{
    if (!a || !b)
        return a ? 1 : b ? -1 : 0;
    return CompareStringA(GetThreadLocale(), LOCALE_USE_CP_ACP, a, -1, b, -1) - CSTR_EQUAL;
}

int WINAPI lstrcmpiA(LPCSTR a, LPCSTR b)
{
    if (!a || !b)
        return a ? 1 : b ? -1 : 0;
    return CompareStringA(GetThreadLocale(), LOCALE_USE_CP_ACP | NORM_IGNORECASE, a, -1, b, -1) - CSTR_EQUAL;
}
