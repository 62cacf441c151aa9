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
    LPVOID(WINAPI * alloc)(SIZE_T) = (void *)GetProcAddress(GetModuleHandleW(L"shell32.dll"), "SHAlloc");
    void(WINAPI * release)(LPVOID) = (void *)GetProcAddress(GetModuleHandleW(L"shell32.dll"), "SHFree");
    block = alloc(30);
    CHECK(block != NULL);
    memset(block, 1, 30);
    CoTaskMemFree(block); /* it is the same allocator */
    block = CoTaskMemAlloc(30);
    release(block);
    release(NULL);
    if (!harness_is_wine()) /* where the size overflows */
        CHECK(alloc((SIZE_T)-1 - 100) == NULL);
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
    CHECK_EQ(SHCreateDirectory(NULL, path), ERROR_SUCCESS);
    CHECK_EQ(SHCreateDirectory(NULL, path), ERROR_ALREADY_EXISTS);
    CHECK_EQ(SHCreateDirectory(NULL, L"relative"), ERROR_BAD_PATHNAME);
    RemoveDirectoryW(path);
    char narrow[MAX_PATH];
    WideCharToMultiByte(CP_ACP, 0, path, -1, narrow, MAX_PATH, NULL, NULL);
    CHECK_EQ(SHCreateDirectoryExA(NULL, narrow, NULL), ERROR_SUCCESS);
    CHECK_EQ(SHCreateDirectoryExA(NULL, narrow, NULL), ERROR_ALREADY_EXISTS);
    CHECK_EQ(SHCreateDirectoryExA(NULL, "relative", NULL), ERROR_BAD_PATHNAME);
    RemoveDirectoryW(path);
    *wcsrchr(path, '\\') = 0;
    RemoveDirectoryW(path);
    RemoveDirectoryW(base);
}

TEST(narrow_paths)
{
    char narrow[MAX_PATH], path[MAX_PATH] = "x";

    make_file();
    WideCharToMultiByte(CP_ACP, 0, file, -1, narrow, MAX_PATH, NULL, NULL);
    PIDLIST_ABSOLUTE pidl = ILCreateFromPathA(narrow), wide = ILCreateFromPathW(file);
    CHECK(pidl != NULL);
    CHECK(ILIsEqual(pidl, wide));
    CHECK(SHGetPathFromIDListA(pidl, path));
    CHECK_STR(path, narrow);
    CHECK(!SHGetPathFromIDListA(NULL, path));
    CHECK(ILCreateFromPathA("C:\\no such folder\\x") == NULL);
    ILFree(LIST(pidl));
    ILFree(LIST(wide));
    remove_file();
}

TEST(paths_with_options)
{
    WCHAR path[MAX_PATH];
    BOOL(WINAPI * get)
    (PCIDLIST_ABSOLUTE, PWSTR, DWORD, int) = (void *)GetProcAddress(GetModuleHandleW(L"shell32.dll"),
                                                                    "SHGetPathFromIDListEx");
    make_file();
    PIDLIST_ABSOLUTE pidl = ILCreateFromPathW(file);
    CHECK(get(pidl, path, MAX_PATH, 0 /* GPFIDL_DEFAULT */));
    CHECK_WSTR(path, file);
    CHECK(!get(pidl, path, 5, 0));
    CHECK(!get(NULL, path, MAX_PATH, 0));
    ILFree(LIST(pidl));
    remove_file();
}

TEST(lists_with_attributes)
{
    HRESULT(WINAPI * make)
    (PCWSTR, PIDLIST_ABSOLUTE *, DWORD *) = (void *)GetProcAddress(GetModuleHandleW(L"shell32.dll"),
                                                                   "SHILCreateFromPath");
    DWORD attributes = SFGAO_FOLDER | SFGAO_FILESYSTEM;
    PIDLIST_ABSOLUTE pidl = NULL;
    WCHAR path[MAX_PATH];

    if (!make)
        make = (void *)GetProcAddress(GetModuleHandleW(L"shell32.dll"), (char *)28);
    make_file();
    CHECK_EQ(make(folder, &pidl, &attributes), S_OK);
    CHECK_EQ(attributes & (SFGAO_FOLDER | SFGAO_FILESYSTEM), SFGAO_FOLDER | SFGAO_FILESYSTEM);
    CHECK(SHGetPathFromIDListW(pidl, path));
    CHECK_WSTR(path, folder);
    ILFree(LIST(pidl));
    attributes = SFGAO_FOLDER | SFGAO_FILESYSTEM;
    CHECK_EQ(make(file, &pidl, &attributes), S_OK);
    CHECK_EQ(attributes & (SFGAO_FOLDER | SFGAO_FILESYSTEM), SFGAO_FILESYSTEM);
    ILFree(LIST(pidl));
    CHECK_EQ(make(L"C:\\no such folder", &pidl, NULL), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
    remove_file();
}

TEST(appending)
{
    make_file();
    PIDLIST_ABSOLUTE whole = ILCreateFromPathW(file), list = ILCreateFromPathW(folder);
    PUITEMID_CHILD last = ILFindLastID(LIST(whole));
    PIDLIST_RELATIVE grown = ILAppendID(LIST(list), &last->mkid, TRUE); /* takes the list */
    CHECK(grown && ILIsEqual((PIDLIST_ABSOLUTE)grown, whole));
    PITEMID_CHILD first = ILCloneFirst(LIST(whole));
    PIDLIST_RELATIVE rest = ILClone(ILGetNext(LIST(whole)));
    ILFree(grown);
    grown = ILAppendID(rest, &first->mkid, FALSE);
    CHECK(grown && ILIsEqual((PIDLIST_ABSOLUTE)grown, whole));
    ILFree(grown);
    grown = ILAppendID(NULL, &last->mkid, TRUE);
    CHECK(grown && ILGetSize(grown) == (UINT)last->mkid.cb + 2);
    ILFree(grown);
    ILFree((PIDLIST_RELATIVE)first);
    ILFree(LIST(whole));
    remove_file();
}

TEST(streams_of_all_kinds)
{
    HRESULT(WINAPI * load_any)
    (IStream *, PIDLIST_RELATIVE *) = (void *)GetProcAddress(GetModuleHandleW(L"shell32.dll"),
                                                             "ILLoadFromStreamEx");
    ORACLE_CRASHES("not exported there");
    IStream *stream;
    PIDLIST_RELATIVE loaded = NULL;
    PIDLIST_ABSOLUTE pidl = ILCreateFromPathW(L"C:\\windows");
    const LARGE_INTEGER start = {{0}};
    const ULONG bad = 1;

    CHECK_EQ(CreateStreamOnHGlobal(NULL, TRUE, &stream), S_OK);
    CHECK_EQ(ILSaveToStream(stream, LIST(pidl)), S_OK);
    CHECK(FAILED(load_any(stream, &loaded))); /* its end */
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    CHECK_EQ(load_any(stream, &loaded), S_OK);
    CHECK(loaded && ILIsEqual((PIDLIST_ABSOLUTE)loaded, pidl));
    ILFree(loaded);
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    IStream_Write(stream, &bad, sizeof bad, NULL);
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    CHECK(FAILED(load_any(stream, &loaded)));
    CHECK(loaded == NULL);
    ILFree(LIST(pidl));
    IStream_Release(stream);
}
