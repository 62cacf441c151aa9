/*
 * The ANSI forms of the functions for initialization files.
 */
#include "kernelbase.h"

/* A text, or with list one of texts one behind the other; NULL stays NULL. */
static WCHAR *wide(const char *text, BOOL list)
{
    int length = 0;

    if (!text)
        return NULL;
    while (list && text[length])
        length += lstrlenA(text + length) + 1;
    length += list ? 1 : lstrlenA(text) + 1;
    const int size = MultiByteToWideChar(CP_ACP, 0, text, length, NULL, 0);
    WCHAR *result = HeapAlloc(GetProcessHeap(), 0, ((SIZE_T)size + 1) * sizeof *result);
    if (result) {
        MultiByteToWideChar(CP_ACP, 0, text, length, result, size);
        result[size] = 0;
    }
    return result;
}

static void drop(WCHAR *text)
{
    HeapFree(GetProcessHeap(), 0, text);
}

/* Converts what was read; list: texts one behind the other. As the wide functions, with bytes in place of
 * characters. */
static DWORD narrow(const WCHAR *text, DWORD length, char *buffer, DWORD size, BOOL list)
{
    const DWORD reserve = list ? 2 : 1;

    if (!buffer || !size)
        return 0;
    int needed = length ? WideCharToMultiByte(CP_ACP, 0, text, (int)length, NULL, 0, NULL, NULL) : 0;
    if ((DWORD)needed + (list ? 1 : reserve) <= size) {
        if (needed)
            WideCharToMultiByte(CP_ACP, 0, text, (int)length, buffer, needed, NULL, NULL);
        buffer[needed] = 0;
        if (list && (DWORD)needed + 1 < size) /* a list that was cut ends in the middle of a text */
            buffer[needed + 1] = 0;
        return (DWORD)needed;
    }
    char *all = HeapAlloc(GetProcessHeap(), 0, (SIZE_T)needed);
    if (!all)
        return 0;
    WideCharToMultiByte(CP_ACP, 0, text, (int)length, all, needed, NULL, NULL);
    needed = size > reserve ? (int)(size - reserve) : 0;
    CopyMemory(buffer, all, (SIZE_T)needed);
    for (DWORD i = (DWORD)needed; i < size; i++)
        buffer[i] = 0;
    HeapFree(GetProcessHeap(), 0, all);
    SetLastError(ERROR_MORE_DATA);
    return (DWORD)needed;
}

DWORD WINAPI GetPrivateProfileStringA(LPCSTR section, LPCSTR key, LPCSTR fallback, LPSTR buffer, DWORD size,
                                      LPCSTR file)
{
    WCHAR *s = wide(section, FALSE), *k = wide(key, FALSE), *d = wide(fallback, FALSE),
          *f = wide(file, FALSE);
    WCHAR *text = HeapAlloc(GetProcessHeap(), 0, ((SIZE_T)size + 1) * sizeof *text);
    DWORD length = 0;

    if (text && buffer) {
        length = GetPrivateProfileStringW(s, k, d, text, size, f);
        length = narrow(text, length, buffer, size, !section || !key);
    }
    drop(text);
    drop(s);
    drop(k);
    drop(d);
    drop(f);
    return length;
}

DWORD WINAPI GetPrivateProfileSectionA(LPCSTR section, LPSTR buffer, DWORD size, LPCSTR file)
{
    WCHAR *s = wide(section, FALSE), *f = wide(file, FALSE);
    WCHAR *text = HeapAlloc(GetProcessHeap(), 0, ((SIZE_T)size + 1) * sizeof *text);
    DWORD length = 0;

    if (text && buffer) {
        length = GetPrivateProfileSectionW(s, text, size, f);
        length = narrow(text, length, buffer, size, TRUE);
    }
    drop(text);
    drop(s);
    drop(f);
    return length;
}

DWORD WINAPI GetPrivateProfileSectionNamesA(LPSTR buffer, DWORD size, LPCSTR file)
{
    WCHAR *f = wide(file, FALSE), *text = HeapAlloc(GetProcessHeap(), 0, ((SIZE_T)size + 1) * sizeof *text);
    DWORD length = 0;

    if (text && buffer) {
        length = GetPrivateProfileSectionNamesW(text, size, f);
        length = narrow(text, length, buffer, size, TRUE);
    }
    drop(text);
    drop(f);
    return length;
}

UINT WINAPI GetPrivateProfileIntA(LPCSTR section, LPCSTR key, INT fallback, LPCSTR file)
{
    WCHAR *s = wide(section, FALSE), *k = wide(key, FALSE), *f = wide(file, FALSE);
    const UINT number = GetPrivateProfileIntW(s, k, fallback, f);

    drop(s);
    drop(k);
    drop(f);
    return number;
}

BOOL WINAPI WritePrivateProfileStringA(LPCSTR section, LPCSTR key, LPCSTR value, LPCSTR file)
{
    WCHAR *s = wide(section, FALSE), *k = wide(key, FALSE), *v = wide(value, FALSE), *f = wide(file, FALSE);
    const BOOL good = WritePrivateProfileStringW(s, k, v, f);

    drop(s);
    drop(k);
    drop(v);
    drop(f);
    return good;
}

BOOL WINAPI WritePrivateProfileSectionA(LPCSTR section, LPCSTR entries, LPCSTR file)
{
    WCHAR *s = wide(section, FALSE), *e = wide(entries, TRUE), *f = wide(file, FALSE);
    const BOOL good = WritePrivateProfileSectionW(s, e, f);

    drop(s);
    drop(e);
    drop(f);
    return good;
}

BOOL WINAPI GetPrivateProfileStructA(LPCSTR section, LPCSTR key, LPVOID data, UINT size, LPCSTR file)
{
    WCHAR *s = wide(section, FALSE), *k = wide(key, FALSE), *f = wide(file, FALSE);
    const BOOL good = GetPrivateProfileStructW(s, k, data, size, f);

    drop(s);
    drop(k);
    drop(f);
    return good;
}

BOOL WINAPI WritePrivateProfileStructA(LPCSTR section, LPCSTR key, LPVOID data, UINT size, LPCSTR file)
{
    WCHAR *s = wide(section, FALSE), *k = wide(key, FALSE), *f = wide(file, FALSE);
    const BOOL good = WritePrivateProfileStructW(s, k, data, size, f);

    drop(s);
    drop(k);
    drop(f);
    return good;
}

UINT WINAPI GetProfileIntA(LPCSTR section, LPCSTR key, INT fallback)
{
    return GetPrivateProfileIntA(section, key, fallback, "win.ini");
}
DWORD WINAPI GetProfileSectionA(LPCSTR section, LPSTR buffer, DWORD size)
{
    return GetPrivateProfileSectionA(section, buffer, size, "win.ini");
}
DWORD WINAPI GetProfileStringA(LPCSTR section, LPCSTR key, LPCSTR fallback, LPSTR buffer, DWORD size)
{
    return GetPrivateProfileStringA(section, key, fallback, buffer, size, "win.ini");
}
BOOL WINAPI WriteProfileSectionA(LPCSTR section, LPCSTR entries)
{
    return WritePrivateProfileSectionA(section, entries, "win.ini");
}
BOOL WINAPI WriteProfileStringA(LPCSTR section, LPCSTR key, LPCSTR value)
{
    return WritePrivateProfileStringA(section, key, value, "win.ini");
}
