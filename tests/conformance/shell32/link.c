/*
 * Shell links: the object, its files.
 */
#define COBJMACROS
#define INITGUID
#include "harness.h"
#include <shlobj.h>

static IShellLinkW *create(void)
{
    IShellLinkW *link = NULL;
    CHECK_EQ(CoCreateInstance(&CLSID_ShellLink, NULL, CLSCTX_INPROC_SERVER, &IID_IShellLinkW, (void **)&link),
             S_OK);
    return link;
}

static void fill(IShellLinkW *link)
{
    CHECK(SUCCEEDED(IShellLinkW_SetPath(link, L"C:\\windows\\no such program.exe")));
    CHECK_EQ(IShellLinkW_SetDescription(link, L"a description \x20ac"), S_OK);
    CHECK_EQ(IShellLinkW_SetArguments(link, L"-a \"b c\""), S_OK);
    CHECK_EQ(IShellLinkW_SetWorkingDirectory(link, L"C:\\windows"), S_OK);
    CHECK_EQ(IShellLinkW_SetIconLocation(link, L"C:\\icons.dll", -7), S_OK);
    CHECK_EQ(IShellLinkW_SetHotkey(link, 0x0341), S_OK);
    CHECK_EQ(IShellLinkW_SetShowCmd(link, SW_SHOWMAXIMIZED), S_OK);
}

static void check(IShellLinkW *link)
{
    WCHAR text[MAX_PATH];
    WORD hotkey = 0;
    int value = 0;
    CHECK_EQ(IShellLinkW_GetPath(link, text, MAX_PATH, NULL, SLGP_RAWPATH), S_OK);
    CHECK(!_wcsicmp(text, L"C:\\windows\\no such program.exe"));
    CHECK_EQ(IShellLinkW_GetDescription(link, text, MAX_PATH), S_OK);
    CHECK(!wcscmp(text, L"a description \x20ac"));
    CHECK_EQ(IShellLinkW_GetArguments(link, text, MAX_PATH), S_OK);
    CHECK(!wcscmp(text, L"-a \"b c\""));
    CHECK_EQ(IShellLinkW_GetWorkingDirectory(link, text, MAX_PATH), S_OK);
    CHECK(!wcscmp(text, L"C:\\windows"));
    CHECK_EQ(IShellLinkW_GetIconLocation(link, text, MAX_PATH, &value), S_OK);
    CHECK(!wcscmp(text, L"C:\\icons.dll"));
    CHECK_EQ(value, -7);
    CHECK_EQ(IShellLinkW_GetHotkey(link, &hotkey), S_OK);
    CHECK_EQ(hotkey, 0x0341);
    CHECK_EQ(IShellLinkW_GetShowCmd(link, &value), S_OK);
    CHECK(value == SW_SHOWMAXIMIZED || harness_is_wine()); /* which does not keep it in files */
}

TEST(object)
{
    IShellLinkW *link;
    IShellLinkA *narrow = NULL;
    char text[MAX_PATH];
    int show = 0;
    CoInitialize(NULL);
    link = create();
    if (!link)
        return;
    CHECK_EQ(IShellLinkW_GetShowCmd(link, &show), S_OK);
    CHECK_EQ(show, SW_SHOWNORMAL);
    fill(link);
    check(link);
    CHECK_EQ(IShellLinkW_QueryInterface(link, &IID_IShellLinkA, (void **)&narrow), S_OK);
    CHECK_EQ(IShellLinkA_GetArguments(narrow, text, sizeof text), S_OK);
    CHECK(!strcmp(text, "-a \"b c\""));
    CHECK_EQ(IShellLinkA_SetArguments(narrow, "other"), S_OK);
    CHECK_EQ(IShellLinkA_GetArguments(narrow, text, 3), S_OK);
    CHECK(!strncmp(text, "ot", 2));
    IShellLinkA_Release(narrow);
    CHECK_EQ(IShellLinkW_Release(link), 0);
    CoUninitialize();
}

TEST(files)
{
    IShellLinkW *link, *second;
    IPersistFile *file = NULL;
    LPOLESTR name = NULL;
    WCHAR path[MAX_PATH];
    CLSID clsid;
    CoInitialize(NULL);
    link = create();
    if (!link)
        return;
    GetCurrentDirectoryW(MAX_PATH, path);
    wcscat(path, L"\\test.lnk");
    fill(link);
    CHECK_EQ(IShellLinkW_QueryInterface(link, &IID_IPersistFile, (void **)&file), S_OK);
    CHECK_EQ(IPersistFile_GetClassID(file, &clsid), S_OK);
    CHECK(IsEqualGUID(&clsid, &CLSID_ShellLink));
    CHECK_EQ(IPersistFile_IsDirty(file), S_OK);
    CHECK_EQ(IPersistFile_Save(file, path, TRUE), S_OK);
    CHECK_EQ(IPersistFile_IsDirty(file), S_FALSE);
    CHECK_EQ(IPersistFile_GetCurFile(file, &name), S_OK);
    CHECK(name && !_wcsicmp(name, path));
    CoTaskMemFree(name);
    IPersistFile_Release(file);
    IShellLinkW_Release(link);

    second = create();
    CHECK_EQ(IShellLinkW_QueryInterface(second, &IID_IPersistFile, (void **)&file), S_OK);
    CHECK_EQ(IPersistFile_Load(file, path, STGM_READ), S_OK);
    check(second);
    CHECK(FAILED(IPersistFile_Load(file, L"C:\\no such file.lnk", STGM_READ)));
    IPersistFile_Release(file);
    IShellLinkW_Release(second);
    DeleteFileW(path);
    CoUninitialize();
}

/* A link whose target is an item list only: drive, folder, file with a long name. */
TEST(item_lists)
{
    static const BYTE bytes[] = {0x4c, 0,    0,    0,    1,
                                 0x14, 2,    0,    0,    0,
                                 0,    0,    0xc0, 0,    0,
                                 0,    0,    0,    0,    0x46, /* class */
                                 1,    0,    0,    0,          /* an item list */
                                 0x20, 0,    0,    0,    0,
                                 0,    0,    0,    0,    0,
                                 0,    0,    0,    0,    0,
                                 0,    0,    0,    0,    0,
                                 0,    0,    0,    0,    0,
                                 0,    0,    0, /* times */
                                 0,    0,    0,    0,    0,
                                 0,    0,    0,    1,    0,
                                 0,    0,    0,    0,    0,
                                 0,    0,    0,    0,    0,
                                 0,    0,    0,    0,    20 + 25 + 22 + 25 + 2,
                                 0, /* the list */
                                 20,   0,    0x1f, 0x50, 0xe0,
                                 0x4f, 0xd0, 0x20, 0xea, 0x3a,
                                 0x69, 0x10, 0xa2, 0xd8, 8,
                                 0,    0x2b, 0x30, 0x30, 0x9d,
                                 25,   0,    0x2f, 'C',  ':',
                                 '\\', 0,    0,    0,    0,
                                 0,    0,    0,    0,    0,
                                 0,    0,    0,    0,    0,
                                 0,    0,    0,    0,    0,
                                 22,   0,    0x31, 0,    0,
                                 0,    0,    0,    0,    0,
                                 0,    0,    0x10, 0,    'f',
                                 'o',  'l',  'd',  'e',  'r',
                                 0,    0,    25,   0,    0x32,
                                 0,    0,    0,    0,    0,
                                 0,    0,    0,    0,    0x20,
                                 0,    'f',  'i',  'l',  'e',
                                 '.',  't',  'x',  't',  0,
                                 0,    0,    0,    0,    0,
                                 0,    0,    0};
    WCHAR path[MAX_PATH];
    IPersistFile *file = NULL;
    DWORD written;
    CoInitialize(NULL);
    IShellLinkW *link = create();
    if (!link)
        return;
    GetCurrentDirectoryW(MAX_PATH, path);
    wcscat(path, L"\\items.lnk");
    HANDLE handle = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    WriteFile(handle, bytes, sizeof bytes, &written, NULL);
    CloseHandle(handle);
    CHECK_EQ(IShellLinkW_QueryInterface(link, &IID_IPersistFile, (void **)&file), S_OK);
    CHECK_EQ(IPersistFile_Load(file, path, STGM_READ), S_OK);
    if (!harness_is_wine()) { /* which looks at volume and path only */
        CHECK_EQ(IShellLinkW_GetPath(link, path, MAX_PATH, NULL, SLGP_RAWPATH), S_OK);
        CHECK(!_wcsicmp(path, L"C:\\folder\\file.txt"));
    }
    IPersistFile_Release(file);
    IShellLinkW_Release(link);
    DeleteFileW(L"items.lnk");
    CoUninitialize();
}
