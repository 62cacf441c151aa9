/*
 * LoadString: strings are kept in blocks of sixteen, each with its length before it.
 */
#include "nls.h"
#include <string.h>

#define RT_STRING_ID ((LPCWSTR)(ULONG_PTR)6)

/* The string's characters and *ret_length, or NULL with the last error set. */
static const WCHAR *find_string(HINSTANCE instance, UINT id, int *ret_length)
{
    HRSRC resource = FindResourceW(instance, (LPCWSTR)(ULONG_PTR)(WORD)((id >> 4) + 1), RT_STRING_ID);
    const WCHAR *text;
    DWORD left;

    if (!resource)
        return NULL;
    text = LockResource(LoadResource(instance, resource));
    left = SizeofResource(instance, resource) / sizeof *text;
    for (UINT n = id & 15; text && left; n--) {
        if (*text + 1u > left)
            break;
        if (!n) {
            *ret_length = *text;
            if (!*ret_length)
                break;
            return text + 1;
        }
        left -= *text + 1u;
        text += *text + 1;
    }
    SetLastError(ERROR_RESOURCE_NAME_NOT_FOUND);
    return NULL;
}

/* With room 0 `to` receives a pointer to the resource itself, which is not terminated. */
int WINAPI LoadStringW(HINSTANCE instance, UINT id, LPWSTR to, int room)
{
    const WCHAR *text;
    int length = 0;

    if (!to || room < 0)
        return 0;
    text = find_string(instance, id, &length);
    if (!room) {
        *(const WCHAR **)(void *)to = text;
        return text ? length : 0;
    }
    if (!text) {
        to[0] = 0;
        return 0;
    }
    if (length > room - 1)
        length = room - 1;
    memcpy(to, text, (SIZE_T)length * sizeof *to);
    to[length] = 0;
    return length;
}

int WINAPI LoadStringA(HINSTANCE instance, UINT id, LPSTR to, int room)
{
    const WCHAR *text;
    int length = 0;
    ULONG written = 0;

    if (!to || room <= 0)
        return room == 0 && to ? -1 : 0;
    text = find_string(instance, id, &length);
    if (text)
        RtlUnicodeToMultiByteN(to, (ULONG)room - 1, &written, text, (ULONG)length * sizeof *text);
    to[written] = 0;
    return (int)written;
}
