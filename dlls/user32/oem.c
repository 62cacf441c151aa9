/*
 * CharToOem and OemToChar: between the ANSI (or Unicode) and the OEM code page.
 */
#include <windows.h>

BOOL WINAPI CharToOemBuffW(LPCWSTR from, LPSTR to, DWORD count)
{
    if (!from || !to)
        return FALSE;
    if (count)
        WideCharToMultiByte(CP_OEMCP, 0, from, (int)count, to, (int)count, NULL, NULL);
    return TRUE;
}

BOOL WINAPI CharToOemW(LPCWSTR from, LPSTR to)
{
    return from && to && CharToOemBuffW(from, to, (DWORD)lstrlenW(from) + 1);
}

BOOL WINAPI OemToCharBuffW(LPCSTR from, LPWSTR to, DWORD count)
{
    if (!from || !to)
        return FALSE;
    if (count)
        MultiByteToWideChar(CP_OEMCP, MB_PRECOMPOSED | MB_USEGLYPHCHARS, from, (int)count, to, (int)count);
    return TRUE;
}

BOOL WINAPI OemToCharW(LPCSTR from, LPWSTR to)
{
    return from && to && OemToCharBuffW(from, to, (DWORD)lstrlenA(from) + 1);
}

/* Through Unicode; both may be the same buffer. */
static BOOL convert(UINT from_page, UINT to_page, LPCSTR from, LPSTR to, DWORD count)
{
    WCHAR buffer[256], *wide = buffer;
    int length;

    if (!from || !to)
        return FALSE;
    if (!count)
        return TRUE;
    if (count > sizeof buffer / sizeof *buffer &&
        !(wide = HeapAlloc(GetProcessHeap(), 0, count * sizeof *wide)))
        return FALSE;
    length = MultiByteToWideChar(from_page, 0, from, (int)count, wide, (int)count);
    WideCharToMultiByte(to_page, 0, wide, length, to, (int)count, NULL, NULL);
    if (wide != buffer)
        HeapFree(GetProcessHeap(), 0, wide);
    return TRUE;
}

BOOL WINAPI CharToOemBuffA(LPCSTR from, LPSTR to, DWORD count)
{
    return convert(CP_ACP, CP_OEMCP, from, to, count);
}

BOOL WINAPI CharToOemA(LPCSTR from, LPSTR to)
{
    return from && convert(CP_ACP, CP_OEMCP, from, to, (DWORD)lstrlenA(from) + 1);
}

BOOL WINAPI OemToCharBuffA(LPCSTR from, LPSTR to, DWORD count)
{
    return convert(CP_OEMCP, CP_ACP, from, to, count);
}

BOOL WINAPI OemToCharA(LPCSTR from, LPSTR to)
{
    return from && convert(CP_OEMCP, CP_ACP, from, to, (DWORD)lstrlenA(from) + 1);
}
