/*
 * Known folders: where they are. The profile's standard folders count as present, because Windows makes
 * them with the account; here they come into being on the first write.
 */
#define INITGUID
#include <windows.h>
#include <shlobj.h>
#include <knownfolders.h>

enum base { PROFILE, PUBLIC, SYSTEM_DRIVE, WINDOWS };

struct folder {
    const GUID *id;
    int csidl; /* -1: none */
    enum base base;
    const WCHAR *path; /* below the base */
};

#define ROAMING     L"AppData\\Roaming"
#define MENU        L"AppData\\Roaming\\Microsoft\\Windows"
#define COMMON_MENU L"ProgramData\\Microsoft\\Windows"

static const struct folder folders[] = {
    {&FOLDERID_Desktop, CSIDL_DESKTOPDIRECTORY, PROFILE, L"Desktop"},
    {&FOLDERID_Desktop, CSIDL_DESKTOP, PROFILE, L"Desktop"},
    {&FOLDERID_Documents, CSIDL_PERSONAL, PROFILE, L"Documents"},
    {&FOLDERID_Downloads, -1, PROFILE, L"Downloads"},
    {&FOLDERID_Music, CSIDL_MYMUSIC, PROFILE, L"Music"},
    {&FOLDERID_Pictures, CSIDL_MYPICTURES, PROFILE, L"Pictures"},
    {&FOLDERID_Videos, CSIDL_MYVIDEO, PROFILE, L"Videos"},
    {&FOLDERID_Favorites, CSIDL_FAVORITES, PROFILE, L"Favorites"},
    {&FOLDERID_Links, -1, PROFILE, L"Links"},
    {&FOLDERID_Contacts, -1, PROFILE, L"Contacts"},
    {&FOLDERID_SavedGames, -1, PROFILE, L"Saved Games"},
    {&FOLDERID_SavedSearches, -1, PROFILE, L"Searches"},
    {&FOLDERID_Profile, CSIDL_PROFILE, PROFILE, L""},
    {&FOLDERID_RoamingAppData, CSIDL_APPDATA, PROFILE, ROAMING},
    {&FOLDERID_LocalAppData, CSIDL_LOCAL_APPDATA, PROFILE, L"AppData\\Local"},
    {&FOLDERID_LocalAppDataLow, -1, PROFILE, L"AppData\\LocalLow"},
    {&FOLDERID_UserProgramFiles, -1, PROFILE, L"AppData\\Local\\Programs"},
    {&FOLDERID_UserProgramFilesCommon, -1, PROFILE, L"AppData\\Local\\Programs\\Common"},
    {&FOLDERID_InternetCache, CSIDL_INTERNET_CACHE, PROFILE,
     L"AppData\\Local\\Microsoft\\Windows\\INetCache"},
    {&FOLDERID_Cookies, CSIDL_COOKIES, PROFILE, L"AppData\\Local\\Microsoft\\Windows\\INetCookies"},
    {&FOLDERID_History, CSIDL_HISTORY, PROFILE, L"AppData\\Local\\Microsoft\\Windows\\History"},
    {&FOLDERID_CDBurning, CSIDL_CDBURN_AREA, PROFILE, L"AppData\\Local\\Microsoft\\Windows\\Burn\\Burn"},
    {&FOLDERID_StartMenu, CSIDL_STARTMENU, PROFILE, MENU L"\\Start Menu"},
    {&FOLDERID_Programs, CSIDL_PROGRAMS, PROFILE, MENU L"\\Start Menu\\Programs"},
    {&FOLDERID_Startup, CSIDL_STARTUP, PROFILE, MENU L"\\Start Menu\\Programs\\Startup"},
    {&FOLDERID_AdminTools, CSIDL_ADMINTOOLS, PROFILE, MENU L"\\Start Menu\\Programs\\Administrative Tools"},
    {&FOLDERID_Recent, CSIDL_RECENT, PROFILE, MENU L"\\Recent"},
    {&FOLDERID_SendTo, CSIDL_SENDTO, PROFILE, MENU L"\\SendTo"},
    {&FOLDERID_Templates, CSIDL_TEMPLATES, PROFILE, MENU L"\\Templates"},
    {&FOLDERID_NetHood, CSIDL_NETHOOD, PROFILE, MENU L"\\Network Shortcuts"},
    {&FOLDERID_PrintHood, CSIDL_PRINTHOOD, PROFILE, MENU L"\\Printer Shortcuts"},
    {&FOLDERID_QuickLaunch, -1, PROFILE, L"AppData\\Roaming\\Microsoft\\Internet Explorer\\Quick Launch"},
    {&FOLDERID_Public, -1, PUBLIC, L""},
    {&FOLDERID_PublicDesktop, CSIDL_COMMON_DESKTOPDIRECTORY, PUBLIC, L"Desktop"},
    {&FOLDERID_PublicDocuments, CSIDL_COMMON_DOCUMENTS, PUBLIC, L"Documents"},
    {&FOLDERID_PublicDownloads, -1, PUBLIC, L"Downloads"},
    {&FOLDERID_PublicMusic, CSIDL_COMMON_MUSIC, PUBLIC, L"Music"},
    {&FOLDERID_PublicPictures, CSIDL_COMMON_PICTURES, PUBLIC, L"Pictures"},
    {&FOLDERID_PublicVideos, CSIDL_COMMON_VIDEO, PUBLIC, L"Videos"},
    {&FOLDERID_UserProfiles, -1, SYSTEM_DRIVE, L"users"},
    {&FOLDERID_ProgramData, CSIDL_COMMON_APPDATA, SYSTEM_DRIVE, L"ProgramData"},
    {&FOLDERID_ProgramFiles, CSIDL_PROGRAM_FILES, SYSTEM_DRIVE, L"Program Files"},
    {&FOLDERID_ProgramFilesX64, -1, SYSTEM_DRIVE, L"Program Files"},
    {&FOLDERID_ProgramFilesX86, CSIDL_PROGRAM_FILESX86, SYSTEM_DRIVE, L"Program Files (x86)"},
    {&FOLDERID_ProgramFilesCommon, CSIDL_PROGRAM_FILES_COMMON, SYSTEM_DRIVE, L"Program Files\\Common Files"},
    {&FOLDERID_ProgramFilesCommonX64, -1, SYSTEM_DRIVE, L"Program Files\\Common Files"},
    {&FOLDERID_ProgramFilesCommonX86, CSIDL_PROGRAM_FILES_COMMONX86, SYSTEM_DRIVE,
     L"Program Files (x86)\\Common Files"},
    {&FOLDERID_CommonStartMenu, CSIDL_COMMON_STARTMENU, SYSTEM_DRIVE, COMMON_MENU L"\\Start Menu"},
    {&FOLDERID_CommonPrograms, CSIDL_COMMON_PROGRAMS, SYSTEM_DRIVE, COMMON_MENU L"\\Start Menu\\Programs"},
    {&FOLDERID_CommonStartup, CSIDL_COMMON_STARTUP, SYSTEM_DRIVE,
     COMMON_MENU L"\\Start Menu\\Programs\\Startup"},
    {&FOLDERID_CommonAdminTools, CSIDL_COMMON_ADMINTOOLS, SYSTEM_DRIVE,
     COMMON_MENU L"\\Start Menu\\Programs\\Administrative Tools"},
    {&FOLDERID_CommonTemplates, CSIDL_COMMON_TEMPLATES, SYSTEM_DRIVE, COMMON_MENU L"\\Templates"},
    {&FOLDERID_Windows, CSIDL_WINDOWS, WINDOWS, L""},
    {&FOLDERID_System, CSIDL_SYSTEM, WINDOWS, L"system32"},
    {&FOLDERID_SystemX86, CSIDL_SYSTEMX86, WINDOWS, L"syswow64"},
    {&FOLDERID_Fonts, CSIDL_FONTS, WINDOWS, L"Fonts"},
    {&FOLDERID_ResourceDir, CSIDL_RESOURCES, WINDOWS, L"resources"},
};

#define FOLDER_COUNT (sizeof folders / sizeof *folders)

/* The path without a check; 0 if it does not fit. */
static DWORD folder_path(const struct folder *folder, WCHAR *path, DWORD size)
{
    static const struct {
        const WCHAR *variable, *fallback;
    } bases[] = {{L"USERPROFILE", L"C:\\users\\user"},
                 {L"PUBLIC", L"C:\\users\\Public"},
                 {L"SystemDrive", L"C:"},
                 {L"SystemRoot", L"C:\\windows"}};
    DWORD length = GetEnvironmentVariableW(bases[folder->base].variable, path, size);
    if (!length || length >= size) {
        lstrcpynW(path, bases[folder->base].fallback, (int)size);
        length = (DWORD)lstrlenW(path);
    }
    if (length && path[length - 1] == '\\')
        length--;
    path[length] = 0;
    if (!folder->path[0])
        return length;
    if (length + (DWORD)lstrlenW(folder->path) + 2 > size)
        return 0;
    path[length++] = '\\';
    lstrcpyW(path + length, folder->path);
    return length + (DWORD)lstrlenW(folder->path);
}

static BOOL create_path(WCHAR *path)
{
    for (WCHAR *p = path + 3; *p; p++)
        if (*p == '\\') {
            *p = 0;
            CreateDirectoryW(path, NULL);
            *p = '\\';
        }
    return CreateDirectoryW(path, NULL) || GetLastError() == ERROR_ALREADY_EXISTS;
}

static HRESULT find_path(const struct folder *folder, BOOL create, WCHAR *path, DWORD size)
{
    if (!folder_path(folder, path, size))
        return HRESULT_FROM_WIN32(ERROR_FILENAME_EXCED_RANGE);
    if (create && GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES && !create_path(path))
        return HRESULT_FROM_WIN32(GetLastError());
    return S_OK;
}

HRESULT WINAPI SHGetFolderPathW(HWND window, int csidl, HANDLE token, DWORD flags, LPWSTR path)
{
    (void)window, (void)token;
    if (!path || flags > SHGFP_TYPE_DEFAULT)
        return E_INVALIDARG;
    path[0] = 0;
    for (DWORD i = 0; i < FOLDER_COUNT; i++)
        if (folders[i].csidl == (csidl & 0xff))
            return find_path(&folders[i], (csidl & CSIDL_FLAG_CREATE) != 0, path, MAX_PATH);
    return E_INVALIDARG;
}

HRESULT WINAPI SHGetFolderPathA(HWND window, int csidl, HANDLE token, DWORD flags, LPSTR path)
{
    WCHAR wide[MAX_PATH];
    HRESULT result;
    if (!path)
        return E_INVALIDARG;
    path[0] = 0;
    result = SHGetFolderPathW(window, csidl, token, flags, wide);
    if (result == S_OK && !WideCharToMultiByte(CP_ACP, 0, wide, -1, path, MAX_PATH, NULL, NULL))
        return HRESULT_FROM_WIN32(GetLastError());
    return result;
}

static HRESULT add_subdirectory(WCHAR *path, const WCHAR *sub, BOOL create)
{
    DWORD length = (DWORD)lstrlenW(path);
    if (!sub || !*sub)
        return S_OK;
    if (length + (DWORD)lstrlenW(sub) + 2 > MAX_PATH)
        return HRESULT_FROM_WIN32(ERROR_FILENAME_EXCED_RANGE);
    path[length++] = '\\';
    lstrcpyW(path + length, sub);
    if (GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES)
        return S_OK;
    if (!create)
        return HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND);
    return create_path(path) ? S_OK : HRESULT_FROM_WIN32(GetLastError());
}

HRESULT WINAPI SHGetFolderPathAndSubDirW(HWND window, int csidl, HANDLE token, DWORD flags, LPCWSTR sub,
                                         LPWSTR path)
{
    HRESULT result = SHGetFolderPathW(window, csidl, token, flags, path);
    if (result == S_OK)
        result = add_subdirectory(path, sub, (csidl & CSIDL_FLAG_CREATE) != 0);
    return result;
}

HRESULT WINAPI SHGetFolderPathAndSubDirA(HWND window, int csidl, HANDLE token, DWORD flags, LPCSTR sub,
                                         LPSTR path)
{
    WCHAR wide[MAX_PATH], wide_sub[MAX_PATH] = L"";
    HRESULT result;
    if (sub && !MultiByteToWideChar(CP_ACP, 0, sub, -1, wide_sub, MAX_PATH))
        return HRESULT_FROM_WIN32(GetLastError());
    result = SHGetFolderPathAndSubDirW(window, csidl, token, flags, wide_sub, wide);
    if (result == S_OK && !WideCharToMultiByte(CP_ACP, 0, wide, -1, path, MAX_PATH, NULL, NULL))
        return HRESULT_FROM_WIN32(GetLastError());
    return result;
}

BOOL WINAPI SHGetSpecialFolderPathW(HWND window, LPWSTR path, int csidl, BOOL create)
{
    return SHGetFolderPathW(window, (csidl & 0xff) | (create ? CSIDL_FLAG_CREATE : 0), NULL, 0, path) == S_OK;
}

BOOL WINAPI SHGetSpecialFolderPathA(HWND window, LPSTR path, int csidl, BOOL create)
{
    return SHGetFolderPathA(window, (csidl & 0xff) | (create ? CSIDL_FLAG_CREATE : 0), NULL, 0, path) == S_OK;
}

/* The caller frees *ret_path with CoTaskMemFree: it is from the process heap. */
HRESULT WINAPI SHGetKnownFolderPath(REFKNOWNFOLDERID id, DWORD flags, HANDLE token, PWSTR *ret_path)
{
    WCHAR path[MAX_PATH * 2];
    (void)token;
    if (!ret_path)
        return E_INVALIDARG;
    *ret_path = NULL;
    for (DWORD i = 0; i < FOLDER_COUNT; i++) {
        const DWORD *a = (const DWORD *)id, *b = (const DWORD *)folders[i].id;
        if (a[0] != b[0] || a[1] != b[1] || a[2] != b[2] || a[3] != b[3])
            continue;
        HRESULT result = find_path(&folders[i], (flags & (KF_FLAG_CREATE | KF_FLAG_INIT)) != 0, path,
                                   MAX_PATH * 2);
        if (result != S_OK)
            return result;
        SIZE_T size = ((SIZE_T)lstrlenW(path) + 1) * sizeof(WCHAR);
        *ret_path = HeapAlloc(GetProcessHeap(), 0, size);
        if (!*ret_path)
            return E_OUTOFMEMORY;
        CopyMemory(*ret_path, path, size);
        return S_OK;
    }
    return HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
}
