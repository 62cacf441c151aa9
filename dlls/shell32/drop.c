/*
 * Dropped files: an HDROP is global memory with a DROPFILES and the names behind it, in either character set.
 */
#include "shell.h"
#include <string.h>

/* The name's start and length in characters of the list; NULL: there is none of this number. */
static const void *find_name(const DROPFILES *drop, UINT index, UINT *ret_length, UINT *ret_count)
{
    const BYTE *at = (const BYTE *)drop + drop->pFiles, *found = NULL;
    UINT count = 0;

    for (;; count++) {
        UINT length = drop->fWide ? (UINT)lstrlenW((LPCWSTR)at) : (UINT)lstrlenA((LPCSTR)at);
        if (!length)
            break;
        if (count == index) {
            found = at;
            *ret_length = length;
        }
        at += (length + 1) * (drop->fWide ? sizeof(WCHAR) : 1);
    }
    *ret_count = count;
    return found;
}

static UINT query(HDROP handle, UINT index, void *to, UINT room, BOOL wide)
{
    const DROPFILES *drop = GlobalLock(handle);
    UINT length = 0, count, result;

    if (!drop)
        return 0;
    const void *name = find_name(drop, index, &length, &count);
    if (index == 0xffffffff) {
        result = count;
    } else if (!name) {
        result = 0;
    } else {
        /* through UTF-16, so that both ends may be of either kind */
        WCHAR path[MAX_PATH * 4];
        int units = drop->fWide ? (int)length
                                : MultiByteToWideChar(CP_ACP, 0, name, (int)length, path, ARRAYSIZE(path));
        const WCHAR *from = drop->fWide ? name : path;
        result = wide ? (UINT)units : (UINT)WideCharToMultiByte(CP_ACP, 0, from, units, NULL, 0, NULL, NULL);
        if (to && room) {
            if (wide) {
                result = result < room ? result : room - 1;
                memcpy(to, from, result * sizeof(WCHAR));
                ((WCHAR *)to)[result] = 0;
            } else {
                char narrow[MAX_PATH * 8];
                if (result > sizeof narrow)
                    result = sizeof narrow;
                WideCharToMultiByte(CP_ACP, 0, from, units, narrow, sizeof narrow, NULL, NULL);
                result = result < room ? result : room - 1;
                memcpy(to, narrow, result);
                ((char *)to)[result] = 0;
            }
        }
    }
    GlobalUnlock(handle);
    return result;
}

/* The length without the zero; as much as there is room for. Index 0xffffffff: how many there are. */
UINT WINAPI DragQueryFileW(HDROP handle, UINT index, LPWSTR to, UINT room)
{
    return query(handle, index, to, room, TRUE);
}

UINT WINAPI DragQueryFileA(HDROP handle, UINT index, LPSTR to, UINT room)
{
    return query(handle, index, to, room, FALSE);
}

/* TRUE: within the window's client area. */
WINBOOL WINAPI DragQueryPoint(HDROP handle, POINT *ret_point)
{
    const DROPFILES *drop = GlobalLock(handle);
    if (!drop)
        return FALSE;
    *ret_point = drop->pt;
    BOOL inside = !drop->fNC;
    GlobalUnlock(handle);
    return inside;
}

VOID WINAPI DragFinish(HDROP handle)
{
    GlobalFree(handle);
}
