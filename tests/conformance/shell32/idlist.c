/* Item lists: made from paths, taken apart, compared, and turned into names again. */
#define COBJMACROS
#include "harness.h"
#include <shlobj.h>

#define LIST(pidl) ((PUIDLIST_RELATIVE)(pidl))

/* Not in mingw-w64's import library. */
static PIDLIST_ABSOLUTE(WINAPI *simple)(PCWSTR);
static HRESULT(WINAPI *name_of)(PCIDLIST_ABSOLUTE, SIGDN, PWSTR *);

static HRESULT(WINAPI *load_list)(IStream *, PIDLIST_RELATIVE *);

static void load(void)
{
    const HMODULE shell = GetModuleHandleW(L"shell32.dll");
    simple = (void *)(ULONG_PTR)GetProcAddress(shell, "SHSimpleIDListFromPath");
    if (!simple)
        simple = (void *)(ULONG_PTR)GetProcAddress(shell, (char *)162);
    name_of = (void *)(ULONG_PTR)GetProcAddress(shell, "SHGetNameFromIDList");
    load_list = (void *)(ULONG_PTR)GetProcAddress(shell, "ILLoadFromStream");
    if (!load_list)
        load_list = (void *)(ULONG_PTR)GetProcAddress(shell, (char *)26);
}

static WCHAR folder[MAX_PATH], file[MAX_PATH];

static void make_file(void)
{
    GetTempPathW(MAX_PATH, folder);
    lstrcatW(folder, L"Item List \x00e4");
    CreateDirectoryW(folder, NULL);
    lstrcpyW(file, folder);
    lstrcatW(file, L"\\Some File.txt");
    CloseHandle(CreateFileW(file, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL));
}

static void remove_file(void)
{
    DeleteFileW(file);
    RemoveDirectoryW(folder);
}

TEST(path_and_back)
{
    WCHAR path[MAX_PATH];

    make_file();
    PIDLIST_ABSOLUTE pidl = ILCreateFromPathW(file);
    CHECK(pidl != NULL);
    CHECK(SHGetPathFromIDListW(pidl, path));
    CHECK_WSTR(path, file);
    CHECK(ILGetSize(LIST(pidl)) > 2);
    ILFree(LIST(pidl));
    CHECK(ILCreateFromPathW(L"C:\\no such folder\\x") == NULL);
    CHECK(!SHGetPathFromIDListW(NULL, path));
    remove_file();
}

TEST(items)
{
    make_file();
    PIDLIST_ABSOLUTE child = ILCreateFromPathW(file), parent = ILCreateFromPathW(folder), joined;
    PUITEMID_CHILD last = ILFindLastID(LIST(child));

    CHECK(child && parent);
    CHECK(ILIsParent(parent, child, FALSE));
    CHECK(ILIsParent(parent, child, TRUE));
    CHECK(!ILIsParent(child, parent, FALSE));
    CHECK(!ILIsEqual(parent, child));
    joined = ILCombine(parent, (PCUIDLIST_RELATIVE)last);
    CHECK(ILIsEqual(joined, child));
    CHECK_EQ(ILGetSize(LIST(joined)), ILGetSize(LIST(child)));
    ILFree(LIST(joined));

    PIDLIST_ABSOLUTE copy = (PIDLIST_ABSOLUTE)ILClone(LIST(child));
    CHECK(ILRemoveLastID(LIST(copy)));
    CHECK(ILIsEqual(copy, parent));
    while (ILRemoveLastID(LIST(copy)))
        ;
    CHECK_EQ(ILGetSize(LIST(copy)), 2);
    CHECK(ILGetNext(LIST(copy)) == NULL);
    ILFree(LIST(copy));

    PITEMID_CHILD first = ILCloneFirst(LIST(child));
    CHECK_EQ(first->mkid.cb + 2, ILGetSize((PUIDLIST_RELATIVE)first));
    ILFree((PIDLIST_RELATIVE)first);
    PUIDLIST_RELATIVE rest = ILFindChild(parent, child);
    CHECK(rest == (PUIDLIST_RELATIVE)last);
    CHECK(ILCombine(NULL, NULL) == NULL);
    CHECK_EQ(ILGetSize(NULL), 0);
    ILFree(LIST(parent));
    ILFree(LIST(child));
    remove_file();
}

TEST(simple_lists)
{
    WCHAR path[MAX_PATH];

    load();
    PIDLIST_ABSOLUTE pidl = simple(L"C:\\no such folder\\file.txt");
    CHECK(pidl != NULL);
    CHECK(SHGetPathFromIDListW(pidl, path));
    CHECK_WSTR(path, L"C:\\no such folder\\file.txt");
    ILFree(LIST(pidl));
}

TEST(names)
{
    PWSTR name;

    ORACLE_CRASHES("no SIGDN_URL");
    load();
    make_file();
    PIDLIST_ABSOLUTE pidl = ILCreateFromPathW(file);
    CHECK_EQ(name_of(pidl, SIGDN_FILESYSPATH, &name), S_OK);
    CHECK_WSTR(name, file);
    CoTaskMemFree(name);
    CHECK_EQ(name_of(pidl, SIGDN_DESKTOPABSOLUTEPARSING, &name), S_OK);
    CHECK_WSTR(name, file);
    CoTaskMemFree(name);
    CHECK_EQ(name_of(pidl, SIGDN_PARENTRELATIVEPARSING, &name), S_OK);
    CHECK_WSTR(name, L"Some File.txt");
    CoTaskMemFree(name);
    CHECK_EQ(name_of(pidl, SIGDN_URL, &name), S_OK);
    CHECK(!wcsncmp(name, L"file:///", 8) && wcsstr(name, L"Some%20File.txt"));
    CoTaskMemFree(name);
    ILFree(LIST(pidl));
    remove_file();
}

TEST(parse_display_name)
{
    PIDLIST_ABSOLUTE pidl;
    SFGAOF attributes = 0;

    ORACLE_DIFFERS("gives attributes that were not asked for");
    make_file();
    CHECK_EQ(
        SHParseDisplayName(file, NULL, &pidl, SFGAO_FILESYSTEM | SFGAO_FOLDER | SFGAO_STREAM, &attributes),
        S_OK);
    CHECK_EQ(attributes, SFGAO_FILESYSTEM | SFGAO_STREAM);
    ILFree(LIST(pidl));
    CHECK_EQ(SHParseDisplayName(folder, NULL, &pidl, SFGAO_FILESYSTEM | SFGAO_FOLDER, &attributes), S_OK);
    CHECK_EQ(attributes, SFGAO_FILESYSTEM | SFGAO_FOLDER);
    ILFree(LIST(pidl));
    CHECK_EQ(SHParseDisplayName(L"C:\\no such file", NULL, &pidl, 0, NULL),
             HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
    CHECK(pidl == NULL);
    remove_file();
}

TEST(special_folders)
{
    WCHAR path[MAX_PATH], expected[MAX_PATH];
    PIDLIST_ABSOLUTE pidl;

    CHECK_EQ(SHGetSpecialFolderLocation(NULL, CSIDL_WINDOWS, &pidl), S_OK);
    CHECK(SHGetPathFromIDListW(pidl, path));
    GetWindowsDirectoryW(expected, MAX_PATH);
    CHECK(!lstrcmpiW(path, expected));
    ILFree(LIST(pidl));
    CHECK_EQ(SHGetFolderLocation(NULL, CSIDL_DESKTOP, NULL, 0, &pidl), S_OK);
    CHECK_EQ(ILGetSize(LIST(pidl)), 2);
    ILFree(LIST(pidl));
    CHECK_EQ(SHGetFolderLocation(NULL, CSIDL_DRIVES, NULL, 0, &pidl), S_OK);
    CHECK(!SHGetPathFromIDListW(pidl, path));
    ILFree(LIST(pidl));
}

TEST(streams)
{
    IStream *stream;
    PIDLIST_RELATIVE loaded = NULL;
    PIDLIST_ABSOLUTE pidl = ILCreateFromPathW(L"C:\\windows");
    const LARGE_INTEGER start = {{0}};

    load();
    CHECK_EQ(CreateStreamOnHGlobal(NULL, TRUE, &stream), S_OK);
    CHECK_EQ(ILSaveToStream(stream, LIST(pidl)), S_OK);
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    CHECK_EQ(load_list(stream, &loaded), S_OK);
    CHECK(loaded && ILIsEqual((PIDLIST_ABSOLUTE)loaded, pidl));
    ILFree(loaded);
    ILFree(LIST(pidl));
    IStream_Release(stream);
}

TEST(allocator)
{
    IMalloc *allocator;

    CHECK_EQ(SHGetMalloc(&allocator), S_OK);
    char *block = IMalloc_Alloc(allocator, 20);
    CHECK(IMalloc_GetSize(allocator, block) >= 20);
    block = IMalloc_Realloc(allocator, block, 40);
    CHECK(block != NULL);
    CoTaskMemFree(block);
    IMalloc_Release(allocator);
}

TEST(create_directories)
{
    WCHAR base[MAX_PATH], path[MAX_PATH];

    GetTempPathW(MAX_PATH, base);
    lstrcatW(base, L"made");
    lstrcpyW(path, base);
    lstrcatW(path, L"\\a\\b");
    CHECK_EQ(SHCreateDirectoryExW(NULL, path, NULL), ERROR_SUCCESS);
    CHECK_EQ(SHCreateDirectoryExW(NULL, path, NULL), ERROR_ALREADY_EXISTS);
    CHECK_EQ(SHCreateDirectoryExW(NULL, L"relative", NULL), ERROR_BAD_PATHNAME);
    RemoveDirectoryW(path);
    *wcsrchr(path, '\\') = 0;
    RemoveDirectoryW(path);
    RemoveDirectoryW(base);
}
