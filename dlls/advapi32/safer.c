/*
 * Software restriction: which file types count as programs. There are no restrictions here.
 */
#include <windows.h>
#include <winsafer.h>

/* The list that Windows comes with; administrators change it in the registry. */
static const WCHAR default_types[] =
    L"ADE\0ADP\0BAS\0BAT\0CHM\0CMD\0COM\0CPL\0CRT\0EXE\0HLP\0HTA\0INF\0INS\0ISP\0LNK\0"
    L"MDB\0MDE\0MSC\0MSI\0MSP\0MST\0OCX\0PCD\0PIF\0REG\0SCR\0SHS\0URL\0VB\0WSC\0";

static BOOL is_listed(const WCHAR *types, const WCHAR *type)
{
    for (; *types; types += lstrlenW(types) + 1)
        if (lstrcmpiW(types, type) == 0)
            return TRUE;
    return FALSE;
}

/* By the extension alone; with from_shell_execute .exe files, which the shell knows, do not count. */
BOOL WINAPI SaferiIsExecutableFileType(LPCWSTR path, BOOLEAN from_shell_execute)
{
    static const WCHAR key[] = L"SOFTWARE\\Policies\\Microsoft\\Windows\\Safer\\CodeIdentifiers";
    WCHAR types[1024];
    DWORD size = sizeof types - 2 * sizeof(WCHAR);
    const WCHAR *dot = NULL;

    if (!path) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    for (; *path; path++)
        dot = *path == L'.' ? path : *path == L'\\' || *path == L'/' ? NULL : dot;
    if (!dot || !dot[1])
        return FALSE;
    if (lstrcmpiW(dot + 1, L"EXE") == 0 && from_shell_execute)
        return FALSE;
    if (RegGetValueW(HKEY_LOCAL_MACHINE, key, L"ExecutableTypes", RRF_RT_REG_MULTI_SZ, NULL, types, &size))
        return is_listed(default_types, dot + 1);
    return is_listed(types, dot + 1);
}
