/*
 * Folders by number and by GUID, in all forms; starting programs by the wide names; the library's own class.
 */
#define COBJMACROS
#define INITGUID
#include "harness.h"
#include <initguid.h>
#include <knownfolders.h>
#include <ole2.h>
#include <shellapi.h>
#include <shlobj.h>

TEST(known_folders)
{
    WCHAR *path = NULL, expected[MAX_PATH];
    GetSystemDirectoryW(expected, MAX_PATH);
    CHECK_EQ(SHGetKnownFolderPath(&FOLDERID_System, 0, NULL, &path), S_OK);
    CHECK(path && lstrcmpiW(path, expected) == 0);
    CoTaskMemFree(path);
    CHECK_EQ(SHGetKnownFolderPath(&FOLDERID_Profile, 0, NULL, &path), S_OK);
    GetEnvironmentVariableW(L"USERPROFILE", expected, MAX_PATH);
    CHECK(path && lstrcmpiW(path, expected) == 0);
    CoTaskMemFree(path);
    CHECK_EQ(SHGetKnownFolderPath(&FOLDERID_RoamingAppData, KF_FLAG_CREATE, NULL, &path), S_OK);
    CHECK(GetFileAttributesW(path) & FILE_ATTRIBUTE_DIRECTORY);
    CoTaskMemFree(path);
    path = (WCHAR *)1;
    CHECK_EQ(SHGetKnownFolderPath(&IID_IUnknown, 0, NULL, &path), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
    CHECK(path == NULL);
}

TEST(special_folders)
{
    WCHAR wide[MAX_PATH], expected[MAX_PATH];
    char narrow[MAX_PATH], narrow_expected[MAX_PATH];
    GetWindowsDirectoryW(expected, MAX_PATH);
    GetWindowsDirectoryA(narrow_expected, MAX_PATH);
    CHECK(SHGetSpecialFolderPathW(NULL, wide, CSIDL_WINDOWS, FALSE));
    CHECK(lstrcmpiW(wide, expected) == 0);
    CHECK(SHGetSpecialFolderPathA(NULL, narrow, CSIDL_WINDOWS, FALSE));
    CHECK(lstrcmpiA(narrow, narrow_expected) == 0);
    CHECK(SHGetSpecialFolderPathW(NULL, wide, CSIDL_APPDATA, TRUE));
    CHECK(GetFileAttributesW(wide) & FILE_ATTRIBUTE_DIRECTORY);
    CHECK(!SHGetSpecialFolderPathW(NULL, wide, 0x70, FALSE));
    CHECK(!SHGetSpecialFolderPathA(NULL, narrow, 0x70, FALSE));
}

TEST(folders_below)
{
    WCHAR wide[MAX_PATH], expected[MAX_PATH];
    char narrow[MAX_PATH];
    CHECK_EQ(
        SHGetFolderPathW(NULL, CSIDL_LOCAL_APPDATA | CSIDL_FLAG_CREATE, NULL, SHGFP_TYPE_CURRENT, expected),
        S_OK);
    wcscat(expected, L"\\gastwirt test");
    RemoveDirectoryW(expected);
    CHECK_EQ(SHGetFolderPathAndSubDirW(NULL, CSIDL_LOCAL_APPDATA, NULL, SHGFP_TYPE_CURRENT, L"gastwirt test",
                                       wide),
             HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND));
    CHECK_EQ(SHGetFolderPathAndSubDirW(NULL, CSIDL_LOCAL_APPDATA | CSIDL_FLAG_CREATE, NULL,
                                       SHGFP_TYPE_CURRENT, L"gastwirt test", wide),
             S_OK);
    CHECK(lstrcmpiW(wide, expected) == 0);
    CHECK_EQ(SHGetFolderPathAndSubDirA(NULL, CSIDL_LOCAL_APPDATA, NULL, SHGFP_TYPE_CURRENT, "gastwirt test",
                                       narrow),
             S_OK);
    CHECK(GetFileAttributesA(narrow) & FILE_ATTRIBUTE_DIRECTORY);
    CHECK(RemoveDirectoryW(expected));
    CHECK_EQ(SHGetFolderPathAndSubDirW(NULL, 0x70, NULL, SHGFP_TYPE_CURRENT, L"x", wide), E_INVALIDARG);
}

CHILD(exits)
{
    return 9;
}

TEST(starting)
{
    WCHAR self[MAX_PATH], found[MAX_PATH];
    char narrow[MAX_PATH];
    SHELLEXECUTEINFOW info = {.cbSize = sizeof info, .fMask = SEE_MASK_NOCLOSEPROCESS | SEE_MASK_FLAG_NO_UI};
    DWORD code = 0;
    GetModuleFileNameW(NULL, self, MAX_PATH);
    GetModuleFileNameA(NULL, narrow, MAX_PATH);
    info.lpFile = self;
    info.lpParameters = L"--child exits";
    CHECK(ShellExecuteExW(&info));
    CHECK_EQ(WaitForSingleObject(info.hProcess, 20000), WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(info.hProcess, &code));
    CHECK_EQ(code, 9);
    CloseHandle(info.hProcess);
    CHECK((INT_PTR)ShellExecuteW(NULL, L"open", self, L"--child exits", NULL, SW_HIDE) > 32);
    CHECK((INT_PTR)ShellExecuteA(NULL, "open", narrow, "--child exits", NULL, SW_HIDE) > 32);
    CHECK((INT_PTR)FindExecutableW(self, NULL, found) > 32);
    CHECK(lstrcmpiW(found, self) == 0);
    CHECK_EQ((INT_PTR)FindExecutableW(L"no such document.xyz", NULL, found), SE_ERR_FNF);
    info.lpFile = L"no such program here";
    CHECK_ERROR(ShellExecuteExW(&info), ERROR_FILE_NOT_FOUND);
    info.fMask = SEE_MASK_FLAG_NO_UI;
    CHECK_EQ((INT_PTR)info.hInstApp, SE_ERR_FNF);
}

TEST(entry_points)
{
    HMODULE module = LoadLibraryA("shell32.dll");
    HRESULT(WINAPI * DllGetClassObject)(REFCLSID, REFIID, void **), (WINAPI * DllCanUnloadNow)(void);
    IClassFactory *classes = NULL;
    IUnknown *object = NULL;

    DllGetClassObject = (void *)GetProcAddress(module, "DllGetClassObject");
    DllCanUnloadNow = (void *)GetProcAddress(module, "DllCanUnloadNow");
    CHECK_EQ(DllGetClassObject(&CLSID_ShellLink, &IID_IClassFactory, (void **)&classes), S_OK);
    CHECK_EQ(IClassFactory_CreateInstance(classes, NULL, &IID_IUnknown, (void **)&object), S_OK);
    IUnknown_Release(object);
    IClassFactory_Release(classes);
    CHECK_EQ(DllGetClassObject(&IID_IUnknown, &IID_IClassFactory, (void **)&classes),
             CLASS_E_CLASSNOTAVAILABLE);
    CHECK_EQ(DllCanUnloadNow(), S_FALSE);
}
