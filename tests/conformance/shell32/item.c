/* IShellItem and IShellItemArray: names, attributes, parents, order, children. */
#define COBJMACROS
#define INITGUID
#include "harness.h"
#include <shlobj.h>
#include <shlguid.h>

static WCHAR folder[MAX_PATH];

static void path_of(WCHAR *path, const WCHAR *name)
{
    lstrcpyW(path, folder);
    lstrcatW(path, L"\\");
    lstrcatW(path, name);
}

static void begin(void)
{
    WCHAR path[MAX_PATH];

    CoInitialize(NULL);
    GetTempPathW(MAX_PATH, folder);
    lstrcatW(folder, L"shell items");
    CreateDirectoryW(folder, NULL);
    path_of(path, L"a.txt");
    CloseHandle(CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL));
    path_of(path, L"b.txt");
    CloseHandle(CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL));
}

static void end(void)
{
    WCHAR path[MAX_PATH];

    path_of(path, L"a.txt");
    DeleteFileW(path);
    path_of(path, L"b.txt");
    DeleteFileW(path);
    RemoveDirectoryW(folder);
    CoUninitialize();
}

static IShellItem *item(const WCHAR *name)
{
    WCHAR path[MAX_PATH];
    IShellItem *made = NULL;

    path_of(path, name);
    CHECK_EQ(SHCreateItemFromParsingName(path, NULL, &IID_IShellItem, (void **)&made), S_OK);
    return made;
}

TEST(names_and_parent)
{
    WCHAR path[MAX_PATH];
    PWSTR name;
    IShellItem *parent;

    begin();
    IShellItem *a = item(L"a.txt");
    path_of(path, L"a.txt");
    CHECK_EQ(IShellItem_GetDisplayName(a, SIGDN_FILESYSPATH, &name), S_OK);
    CHECK_WSTR(name, path);
    CoTaskMemFree(name);
    CHECK_EQ(IShellItem_GetParent(a, &parent), S_OK);
    CHECK_EQ(IShellItem_GetDisplayName(parent, SIGDN_FILESYSPATH, &name), S_OK);
    CHECK_WSTR(name, folder);
    CoTaskMemFree(name);
    IShellItem_Release(parent);
    CHECK_EQ(IShellItem_Release(a), 0);
    CHECK_EQ(SHCreateItemFromParsingName(L"C:\\no such file", NULL, &IID_IShellItem, (void **)&a),
             HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
    CHECK_EQ(SHCreateItemFromIDList(NULL, &IID_IShellItem, (void **)&a), E_INVALIDARG);
    end();
}

TEST(attributes)
{
    SFGAOF attributes;

    begin();
    IShellItem *a = item(L"a.txt");
    CHECK_EQ(IShellItem_GetAttributes(a, SFGAO_FILESYSTEM, &attributes), S_OK);
    CHECK_EQ(attributes, SFGAO_FILESYSTEM);
    CHECK_EQ(IShellItem_GetAttributes(a, SFGAO_FILESYSTEM | SFGAO_FOLDER, &attributes), S_FALSE);
    CHECK_EQ(attributes, SFGAO_FILESYSTEM);
    IShellItem_Release(a);
    end();
}

TEST(compare)
{
    int order;

    begin();
    IShellItem *a = item(L"a.txt"), *b = item(L"b.txt"), *again = item(L"a.txt");
    CHECK_EQ(IShellItem_Compare(a, again, SICHINT_CANONICAL, &order), S_OK);
    CHECK_EQ(order, 0);
    CHECK_EQ(IShellItem_Compare(a, b, SICHINT_CANONICAL, &order), S_FALSE);
    CHECK(order != 0);
    IShellItem_Release(a);
    IShellItem_Release(b);
    IShellItem_Release(again);
    end();
}

TEST(array)
{
    WCHAR path[MAX_PATH];
    PCIDLIST_ABSOLUTE pidls[2];
    IShellItemArray *array;
    IEnumShellItems *enumerator;
    IShellItem *items[3];
    ULONG fetched;
    DWORD count;
    PWSTR name;

    ORACLE_DIFFERS("wine 8's enumerator says S_OK for too few");
    begin();
    path_of(path, L"a.txt");
    pidls[0] = ILCreateFromPathW(path);
    path_of(path, L"b.txt");
    pidls[1] = ILCreateFromPathW(path);
    CHECK_EQ(SHCreateShellItemArrayFromIDLists(2, pidls, &array), S_OK);
    CHECK_EQ(IShellItemArray_GetCount(array, &count), S_OK);
    CHECK_EQ(count, 2);
    CHECK_EQ(IShellItemArray_GetItemAt(array, 1, &items[0]), S_OK);
    CHECK_EQ(IShellItem_GetDisplayName(items[0], SIGDN_FILESYSPATH, &name), S_OK);
    CHECK_WSTR(name, path);
    CoTaskMemFree(name);
    IShellItem_Release(items[0]);
    CHECK(FAILED(IShellItemArray_GetItemAt(array, 2, &items[0])));
    CHECK_EQ(IShellItemArray_EnumItems(array, &enumerator), S_OK);
    CHECK_EQ(IEnumShellItems_Next(enumerator, 3, items, &fetched), S_FALSE);
    CHECK_EQ(fetched, 2);
    for (ULONG i = 0; i < fetched; i++)
        IShellItem_Release(items[i]);
    CHECK_EQ(IEnumShellItems_Reset(enumerator), S_OK);
    CHECK_EQ(IEnumShellItems_Skip(enumerator, 2), S_OK);
    CHECK_EQ(IEnumShellItems_Next(enumerator, 1, items, &fetched), S_FALSE);
    IEnumShellItems_Release(enumerator);
    CHECK_EQ(IShellItemArray_Release(array), 0);
    CHECK_EQ(SHCreateShellItemArrayFromIDLists(0, NULL, &array), E_INVALIDARG);
    ILFree((PIDLIST_RELATIVE)pidls[0]);
    ILFree((PIDLIST_RELATIVE)pidls[1]);
    end();
}

TEST(children)
{
    IShellItem *parent = NULL, *child;
    IEnumShellItems *enumerator;
    int count = 0;

    ORACLE_CRASHES("BHID_EnumItems is not implemented");
    begin();
    CHECK_EQ(SHCreateItemFromParsingName(folder, NULL, &IID_IShellItem, (void **)&parent), S_OK);
    CHECK_EQ(
        IShellItem_BindToHandler(parent, NULL, &BHID_EnumItems, &IID_IEnumShellItems, (void **)&enumerator),
        S_OK);
    while (IEnumShellItems_Next(enumerator, 1, &child, NULL) == S_OK) {
        IShellItem_Release(child);
        count++;
    }
    CHECK_EQ(count, 2);
    IEnumShellItems_Release(enumerator);
    IShellItem_Release(parent);
    end();
}
