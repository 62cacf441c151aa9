/*
 * From paths to item lists and back.
 */
#include "shell.h"

/* ---------------------------------------------------------------- to item lists */

HRESULT WINAPI SHParseDisplayName(PCWSTR name, IBindCtx *context, PIDLIST_ABSOLUTE *ret_pidl, SFGAOF mask,
                                  SFGAOF *ret_attributes)
{
    (void)context;
    if (ret_attributes)
        *ret_attributes = 0;
    if (!ret_pidl)
        return E_INVALIDARG;
    *ret_pidl = NULL;
    if (!name)
        return E_INVALIDARG;
    const HRESULT result = pidl_parse(name, FALSE, ret_pidl);
    if (SUCCEEDED(result) && ret_attributes)
        *ret_attributes = pidl_attributes(*ret_pidl, mask);
    return result;
}

/* *attributes: which are asked for, then which it has. */
HRESULT WINAPI SHILCreateFromPath(PCWSTR path, PIDLIST_ABSOLUTE *ret_pidl, DWORD *attributes)
{
    SFGAOF has = 0;
    const HRESULT result = SHParseDisplayName(path, NULL, ret_pidl, attributes ? *attributes : 0, &has);

    if (SUCCEEDED(result) && attributes)
        *attributes = has;
    return result;
}

PIDLIST_ABSOLUTE WINAPI ILCreateFromPathW(PCWSTR path)
{
    PIDLIST_ABSOLUTE pidl = NULL;

    return SUCCEEDED(SHILCreateFromPath(path, &pidl, NULL)) ? pidl : NULL;
}

PIDLIST_ABSOLUTE WINAPI ILCreateFromPathA(PCSTR path)
{
    WCHAR *wide = shell_wide(path);
    PIDLIST_ABSOLUTE pidl = wide ? ILCreateFromPathW(wide) : NULL;

    shell_free(wide);
    return pidl;
}

PIDLIST_ABSOLUTE WINAPI SHSimpleIDListFromPath(PCWSTR path)
{
    PIDLIST_ABSOLUTE pidl = NULL;

    return path && SUCCEEDED(pidl_parse(path, TRUE, &pidl)) ? pidl : NULL;
}

HRESULT WINAPI SHGetFolderLocation(HWND window, int csidl, HANDLE token, DWORD reserved,
                                   PIDLIST_ABSOLUTE *ret_pidl)
{
    WCHAR path[MAX_PATH];

    if (!ret_pidl)
        return E_INVALIDARG;
    *ret_pidl = NULL;
    if (reserved)
        return E_INVALIDARG;
    if ((csidl & 0xff) == CSIDL_DESKTOP)
        return pidl_parse(L"", FALSE, ret_pidl);
    if ((csidl & 0xff) == CSIDL_DRIVES)
        return pidl_parse(L"::{20D04FE0-3AEA-1069-A2D8-08002B30309D}", FALSE, ret_pidl);
    const HRESULT result = SHGetFolderPathW(window, csidl, token, SHGFP_TYPE_CURRENT, path);
    /* the profile's folders count as present before they are made */
    return FAILED(result) ? result : pidl_parse(path, TRUE, ret_pidl);
}

HRESULT WINAPI SHGetSpecialFolderLocation(HWND window, int csidl, PIDLIST_ABSOLUTE *ret_pidl)
{
    return SHGetFolderLocation(window, csidl, NULL, 0, ret_pidl);
}

HRESULT WINAPI SHGetKnownFolderIDList(REFKNOWNFOLDERID id, DWORD flags, HANDLE token,
                                      PIDLIST_ABSOLUTE *ret_pidl)
{
    PWSTR path;

    if (!ret_pidl)
        return E_INVALIDARG;
    *ret_pidl = NULL;
    if (IsEqualGUID(id, &FOLDERID_ComputerFolder))
        return SHGetFolderLocation(NULL, CSIDL_DRIVES, token, 0, ret_pidl);
    HRESULT result = SHGetKnownFolderPath(id, flags, token, &path);
    if (FAILED(result))
        return result;
    result = pidl_parse(IsEqualGUID(id, &FOLDERID_Desktop) ? L"" : path, TRUE, ret_pidl);
    shell_free(path);
    return result;
}

/* ---------------------------------------------------------------- to names */

BOOL WINAPI SHGetPathFromIDListEx(PCIDLIST_ABSOLUTE pidl, PWSTR path, DWORD size, GPFIDL_FLAGS options)
{
    enum item_kind kind;

    if (!path || !size)
        return FALSE;
    path[0] = 0;
    WCHAR *found = pidl ? pidl_path(pidl, &kind) : NULL;
    BOOL good = found && (DWORD)lstrlenW(found) < size;
    if (good)
        lstrcpyW(path, found);
    if (good && (options & GPFIDL_ALTNAME))
        good = GetShortPathNameW(found, path, size) < size;
    shell_free(found);
    return good;
}

BOOL WINAPI SHGetPathFromIDListW(PCIDLIST_ABSOLUTE pidl, LPWSTR path)
{
    return SHGetPathFromIDListEx(pidl, path, MAX_PATH, GPFIDL_DEFAULT);
}

BOOL WINAPI SHGetPathFromIDListA(PCIDLIST_ABSOLUTE pidl, LPSTR path)
{
    WCHAR wide[MAX_PATH];

    path[0] = 0;
    return SHGetPathFromIDListW(pidl, wide) &&
           WideCharToMultiByte(CP_ACP, 0, wide, -1, path, MAX_PATH, NULL, NULL);
}

HRESULT WINAPI SHGetNameFromIDList(PCIDLIST_ABSOLUTE pidl, SIGDN which, PWSTR *ret_name)
{
    if (!ret_name)
        return E_INVALIDARG;
    *ret_name = NULL;
    return pidl ? pidl_name(pidl, which, ret_name) : E_INVALIDARG;
}

/* ---------------------------------------------------------------- folders with all that lie above */

int WINAPI SHCreateDirectoryExW(HWND window, LPCWSTR path, const SECURITY_ATTRIBUTES *security)
{
    int error = ERROR_SUCCESS;

    (void)window;
    if (!path || !path[0] || (path[1] != ':' && !(path[0] == '\\' && path[1] == '\\')))
        return ERROR_BAD_PATHNAME; /* only full paths */
    if (lstrlenW(path) >= MAX_PATH - 12 && path[2] != '?')
        return ERROR_FILENAME_EXCED_RANGE;
    if (CreateDirectoryW(path, (SECURITY_ATTRIBUTES *)security))
        return ERROR_SUCCESS;
    error = (int)GetLastError();
    if (error == ERROR_PATH_NOT_FOUND) {
        WCHAR *parent = shell_copy(path);
        if (!parent)
            return ERROR_NOT_ENOUGH_MEMORY;
        WCHAR *end = parent + lstrlenW(parent);
        while (end > parent && (end[-1] == '\\' || end[-1] == '/'))
            end--;
        while (end > parent && end[-1] != '\\' && end[-1] != '/')
            end--;
        if (end - parent > 3) {
            end[-1] = 0;
            error = SHCreateDirectoryExW(window, parent, security);
            if (error == ERROR_SUCCESS || error == ERROR_ALREADY_EXISTS || error == ERROR_FILE_EXISTS)
                error = CreateDirectoryW(path, (SECURITY_ATTRIBUTES *)security) ? ERROR_SUCCESS
                                                                                : (int)GetLastError();
        }
        shell_free(parent);
    }
    if (error == ERROR_ALREADY_EXISTS && !(GetFileAttributesW(path) & FILE_ATTRIBUTE_DIRECTORY))
        error = ERROR_FILE_EXISTS;
    SetLastError((DWORD)error);
    return error;
}

int WINAPI SHCreateDirectoryExA(HWND window, LPCSTR path, const SECURITY_ATTRIBUTES *security)
{
    WCHAR *wide = shell_wide(path);
    const int error = SHCreateDirectoryExW(window, wide, security);

    shell_free(wide);
    return error;
}

int WINAPI SHCreateDirectory(HWND window, PCWSTR path)
{
    return SHCreateDirectoryExW(window, path, NULL);
}
