/* IShellItem and IShellItemArray made from what names an item otherwise: folders, item lists, objects. */
#define COBJMACROS
#define INITGUID
#include "harness.h"
#include <shlobj.h>
#include <shlguid.h>

#define LOAD(name)                                                                                           \
    __typeof__(name) *p##name = (__typeof__(name) *)(void *)GetProcAddress(LoadLibraryW(L"shell32.dll"),     \
                                                                           #name)
#define LIST(pidl) ((PIDLIST_RELATIVE)(pidl))

static WCHAR folder[MAX_PATH], file[MAX_PATH];

static void begin(void)
{
    CoInitialize(NULL);
    GetTempPathW(MAX_PATH, folder);
    lstrcatW(folder, L"made items");
    CreateDirectoryW(folder, NULL);
    lstrcpyW(file, folder);
    lstrcatW(file, L"\\a.txt");
    CloseHandle(CreateFileW(file, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL));
}

static void end(void)
{
    DeleteFileW(file);
    RemoveDirectoryW(folder);
    CoUninitialize();
}

/* Releases the item. */
static void check_path(IShellItem *item, const WCHAR *expected)
{
    PWSTR name = NULL;

    CHECK(item != NULL);
    if (!item)
        return;
    CHECK_EQ(IShellItem_GetDisplayName(item, SIGDN_FILESYSPATH, &name), S_OK);
    if (lstrcmpiW(name, expected))
        FAIL("%ls is not %ls", name, expected);
    CoTaskMemFree(name);
    IShellItem_Release(item);
}

TEST(known_folders)
{
    LOAD(SHGetKnownFolderIDList);
    LOAD(SHGetKnownFolderItem);
    LOAD(SHGetKnownFolderPath);
    const GUID unknown = {0x12345678, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
    PIDLIST_ABSOLUTE pidl = NULL;
    IShellItem *item = NULL;
    WCHAR path[MAX_PATH];
    PWSTR expected;

    begin();
    CHECK_EQ(pSHGetKnownFolderPath(&FOLDERID_Windows, 0, NULL, &expected), S_OK);
    CHECK_EQ(pSHGetKnownFolderIDList(&FOLDERID_Windows, 0, NULL, &pidl), S_OK);
    CHECK(SHGetPathFromIDListW(pidl, path));
    CHECK_EQ(lstrcmpiW(path, expected), 0);
    ILFree(LIST(pidl));
    CHECK_EQ(pSHGetKnownFolderItem(&FOLDERID_Windows, 0, NULL, &IID_IShellItem, (void **)&item), S_OK);
    check_path(item, expected);
    CoTaskMemFree(expected);
    CHECK_EQ(pSHGetKnownFolderIDList(&unknown, 0, NULL, &pidl), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
    CHECK(FAILED(pSHGetKnownFolderItem(&unknown, 0, NULL, &IID_IShellItem, (void **)&item)));
    CHECK(item == NULL);
    CHECK_EQ(pSHGetKnownFolderItem(&FOLDERID_Windows, 0, NULL, &IID_IStream, (void **)&item), E_NOINTERFACE);
    end();
}

TEST(in_a_known_folder)
{
    ORACLE_DIFFERS("the name counts from the desktop there");
    LOAD(SHCreateItemInKnownFolder);
    IShellItem *item = NULL;
    PWSTR windows;

    begin();
    SHGetKnownFolderPath(&FOLDERID_Windows, 0, NULL, &windows);
    WCHAR path[MAX_PATH];
    lstrcpyW(path, windows);
    CoTaskMemFree(windows);
    CHECK_EQ(pSHCreateItemInKnownFolder(&FOLDERID_Windows, 0, NULL, &IID_IShellItem, (void **)&item), S_OK);
    check_path(item, path);
    lstrcatW(path, L"\\system32");
    CHECK_EQ(pSHCreateItemInKnownFolder(&FOLDERID_Windows, 0, L"system32", &IID_IShellItem, (void **)&item),
             S_OK);
    check_path(item, path);
    CHECK_EQ(pSHCreateItemInKnownFolder(&FOLDERID_Windows, 0, L"none", &IID_IShellItem, (void **)&item),
             HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
    CHECK(item == NULL);
    end();
}

TEST(by_relative_name)
{
    ORACLE_DIFFERS("the name counts from the desktop there");
    LOAD(SHCreateItemFromRelativeName);
    IShellItem *parent = NULL, *item = NULL;

    begin();
    CHECK_EQ(SHCreateItemFromParsingName(folder, NULL, &IID_IShellItem, (void **)&parent), S_OK);
    CHECK_EQ(pSHCreateItemFromRelativeName(parent, L"a.txt", NULL, &IID_IShellItem, (void **)&item), S_OK);
    check_path(item, file);
    CHECK_EQ(pSHCreateItemFromRelativeName(parent, L"none.txt", NULL, &IID_IShellItem, (void **)&item),
             HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
    CHECK(item == NULL);
    CHECK_EQ(pSHCreateItemFromRelativeName(parent, NULL, NULL, &IID_IShellItem, (void **)&item),
             E_INVALIDARG);
    CHECK_EQ(pSHCreateItemFromRelativeName(NULL, L"a.txt", NULL, &IID_IShellItem, (void **)&item),
             E_INVALIDARG);
    IShellItem_Release(parent);
    end();
}

TEST(with_a_parent)
{
    ORACLE_CRASHES("SHCreateItemWithParent is missing");
    LOAD(SHCreateItemWithParent);
    IShellItem *item = NULL;

    begin();
    PIDLIST_ABSOLUTE pidl = ILCreateFromPathW(file), above = ILCreateFromPathW(folder);
    PUITEMID_CHILD last = ILFindLastID(LIST(pidl));
    CHECK_EQ(pSHCreateItemWithParent(above, NULL, last, &IID_IShellItem, (void **)&item), S_OK);
    check_path(item, file);
    CHECK_EQ(pSHCreateItemWithParent(above, NULL, last, &IID_IStream, (void **)&item), E_NOINTERFACE);
    CHECK(item == NULL);
    CHECK_EQ(pSHCreateItemWithParent(NULL, NULL, last, &IID_IShellItem, (void **)&item), E_INVALIDARG);
    CHECK_EQ(pSHCreateItemWithParent(above, NULL, NULL, &IID_IShellItem, (void **)&item), E_INVALIDARG);
    ILFree(LIST(pidl));
    ILFree(LIST(above));
    end();
}

TEST(old_function)
{
    LOAD(SHCreateShellItem);
    IShellItem *item = NULL;

    begin();
    PIDLIST_ABSOLUTE pidl = ILCreateFromPathW(file), above = ILCreateFromPathW(folder);
    PUITEMID_CHILD last = ILFindLastID(LIST(pidl));
    CHECK_EQ(pSHCreateShellItem(above, NULL, last, &item), S_OK);
    check_path(item, file);
    CHECK_EQ(pSHCreateShellItem(NULL, NULL, (PCUITEMID_CHILD)pidl, &item), S_OK);
    check_path(item, file);
    CHECK_EQ(pSHCreateShellItem(NULL, NULL, NULL, &item), E_INVALIDARG);
    ILFree(LIST(pidl));
    ILFree(LIST(above));
    end();
}

TEST(of_an_object)
{
    LOAD(SHGetIDListFromObject);
    LOAD(SHGetItemFromObject);
    IShellItem *item = NULL, *again = NULL;
    IStream *stream = NULL;
    PIDLIST_ABSOLUTE pidl = NULL;
    WCHAR path[MAX_PATH];

    begin();
    CHECK_EQ(SHCreateItemFromParsingName(file, NULL, &IID_IShellItem, (void **)&item), S_OK);
    CHECK_EQ(pSHGetIDListFromObject((IUnknown *)item, &pidl), S_OK);
    CHECK(SHGetPathFromIDListW(pidl, path));
    CHECK_EQ(lstrcmpiW(path, file), 0);
    ILFree(LIST(pidl));
    CHECK_EQ(pSHGetItemFromObject((IUnknown *)item, &IID_IShellItem, (void **)&again), S_OK);
    check_path(again, file);
    CHECK_EQ(pSHGetIDListFromObject(NULL, &pidl), E_NOINTERFACE);
    if (!harness_is_wine()) /* documented of all such functions: NULL where they fail */
        CHECK(pidl == NULL);
    CHECK_EQ(CreateStreamOnHGlobal(NULL, TRUE, &stream), S_OK);
    CHECK_EQ(pSHGetIDListFromObject((IUnknown *)stream, &pidl), E_NOINTERFACE);
    CHECK_EQ(pSHGetItemFromObject((IUnknown *)stream, &IID_IShellItem, (void **)&again), E_NOINTERFACE);
    if (!harness_is_wine())
        CHECK(again == NULL);
    IStream_Release(stream);
    IShellItem_Release(item);
    end();
}

TEST(arrays)
{
    LOAD(SHCreateShellItemArray);
    LOAD(SHCreateShellItemArrayFromShellItem);
    IShellItem *item = NULL, *got = NULL;
    IShellItemArray *array = NULL;
    DWORD count = 0;

    begin();
    PIDLIST_ABSOLUTE pidl = ILCreateFromPathW(file), above = ILCreateFromPathW(folder);
    PCUITEMID_CHILD children[2] = {ILFindLastID(LIST(pidl)), ILFindLastID(LIST(pidl))};
    CHECK_EQ(pSHCreateShellItemArray(above, NULL, 2, children, &array), S_OK);
    CHECK_EQ(IShellItemArray_GetCount(array, &count), S_OK);
    CHECK_EQ(count, 2);
    CHECK_EQ(IShellItemArray_GetItemAt(array, 1, &got), S_OK);
    check_path(got, file);
    IShellItemArray_Release(array);
    CHECK(FAILED(pSHCreateShellItemArray(NULL, NULL, 2, children, &array)));
    CHECK(array == NULL);
    CHECK_EQ(SHCreateItemFromParsingName(file, NULL, &IID_IShellItem, (void **)&item), S_OK);
    CHECK_EQ(pSHCreateShellItemArrayFromShellItem(item, &IID_IShellItemArray, (void **)&array), S_OK);
    CHECK_EQ(IShellItemArray_GetCount(array, &count), S_OK);
    CHECK_EQ(count, 1);
    CHECK_EQ(IShellItemArray_GetItemAt(array, 0, &got), S_OK);
    check_path(got, file);
    IShellItemArray_Release(array);
    CHECK_EQ(pSHCreateShellItemArrayFromShellItem(item, &IID_IStream, (void **)&array), E_NOINTERFACE);
    IShellItem_Release(item);
    ILFree(LIST(pidl));
    ILFree(LIST(above));
    end();
}
