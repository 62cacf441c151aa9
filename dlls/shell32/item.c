/*
 * IShellItem: an item list with a reference count; and the functions that make one.
 */
#include "shell.h"

struct item {
    IShellItem shell;
    IPersistIDList persist;
    LONG references;
    PIDLIST_ABSOLUTE pidl;
};

static struct item *from_shell(IShellItem *i)
{
    return CONTAINING_RECORD(i, struct item, shell);
}
static struct item *from_persist(IPersistIDList *i)
{
    return CONTAINING_RECORD(i, struct item, persist);
}

static HRESULT WINAPI item_query(IShellItem *i, REFIID iid, void **ret)
{
    struct item *item = from_shell(i);

    if (!ret)
        return E_POINTER;
    if (IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_IShellItem))
        *ret = &item->shell;
    else if (IsEqualGUID(iid, &IID_IPersist) || IsEqualGUID(iid, &IID_IPersistIDList))
        *ret = &item->persist;
    else
        return *ret = NULL, E_NOINTERFACE;
    InterlockedIncrement(&item->references);
    return S_OK;
}

static ULONG WINAPI item_add(IShellItem *i)
{
    return (ULONG)InterlockedIncrement(&from_shell(i)->references);
}

static ULONG WINAPI item_release(IShellItem *i)
{
    struct item *item = from_shell(i);
    const LONG left = InterlockedDecrement(&item->references);

    if (!left) {
        ILFree((PIDLIST_RELATIVE)item->pidl);
        shell_free(item);
    }
    return (ULONG)left;
}

static HRESULT make_item(PCIDLIST_ABSOLUTE pidl, REFIID iid, void **ret);

static HRESULT WINAPI item_parent(IShellItem *i, IShellItem **ret_parent)
{
    PIDLIST_ABSOLUTE pidl = (PIDLIST_ABSOLUTE)ILClone((PCUIDLIST_RELATIVE)from_shell(i)->pidl);
    HRESULT result = MK_E_NOOBJECT;

    *ret_parent = NULL;
    if (!pidl)
        return E_OUTOFMEMORY;
    if (ILRemoveLastID((PUIDLIST_RELATIVE)pidl))
        result = make_item(pidl, &IID_IShellItem, (void **)ret_parent);
    ILFree((PIDLIST_RELATIVE)pidl);
    return result;
}

/* shlwapi makes streams of files; few programs need it here. */
static HRESULT file_stream(const WCHAR *path, IStream **ret_stream)
{
    HRESULT(WINAPI * create)(LPCWSTR, DWORD, DWORD, BOOL, IStream *, IStream **);
    const HMODULE shlwapi = LoadLibraryW(L"shlwapi.dll");
    const FARPROC function = shlwapi ? GetProcAddress(shlwapi, "SHCreateStreamOnFileEx") : NULL;

    if (!function)
        return HRESULT_FROM_WIN32(GetLastError());
    create = (void *)function;
    return create(path, STGM_READ | STGM_SHARE_DENY_NONE, 0, FALSE, NULL, ret_stream);
}

static HRESULT WINAPI item_bind(IShellItem *i, IBindCtx *context, REFGUID handler, REFIID iid, void **ret)
{
    (void)context;
    *ret = NULL;
    if (IsEqualGUID(handler, &BHID_EnumItems) || IsEqualGUID(handler, &BHID_StorageEnum))
        return item_children(from_shell(i)->pidl, iid, ret);
    if (IsEqualGUID(handler, &BHID_Stream) && IsEqualGUID(iid, &IID_IStream)) {
        enum item_kind kind;
        WCHAR *path = pidl_path(from_shell(i)->pidl, &kind);
        HRESULT result = E_INVALIDARG;
        if (path && kind == ITEM_FILE)
            result = file_stream(path, (IStream **)ret);
        shell_free(path);
        return result;
    }
    return MK_E_NOOBJECT;
}

static HRESULT WINAPI item_name(IShellItem *i, SIGDN which, LPWSTR *ret_name)
{
    return pidl_name(from_shell(i)->pidl, which, ret_name);
}

/* S_FALSE: not all that were asked for. */
static HRESULT WINAPI item_attributes(IShellItem *i, SFGAOF mask, SFGAOF *ret_attributes)
{
    *ret_attributes = pidl_attributes(from_shell(i)->pidl, mask);
    return *ret_attributes == mask ? S_OK : S_FALSE;
}

static HRESULT WINAPI item_compare(IShellItem *i, IShellItem *other, SICHINTF hint, int *ret_order)
{
    WCHAR *mine = NULL, *theirs = NULL;
    const SIGDN which = hint & (SICHINT_CANONICAL | SICHINT_TEST_FILESYSPATH_IF_NOT_EQUAL)
                            ? SIGDN_DESKTOPABSOLUTEPARSING
                            : SIGDN_NORMALDISPLAY;
    HRESULT result = IShellItem_GetDisplayName(other, which, &theirs);

    *ret_order = 0;
    if (SUCCEEDED(result))
        result = pidl_name(from_shell(i)->pidl, which, &mine);
    if (SUCCEEDED(result)) {
        *ret_order = CompareStringOrdinal(mine, -1, theirs, -1, TRUE) - CSTR_EQUAL;
        result = *ret_order ? S_FALSE : S_OK;
    }
    shell_free(mine);
    shell_free(theirs);
    return result;
}

static IShellItemVtbl item_methods = {item_query,  item_add,  item_release,    item_bind,
                                      item_parent, item_name, item_attributes, item_compare};

/* ---------------------------------------------------------------- IPersistIDList */

static HRESULT WINAPI persist_query(IPersistIDList *i, REFIID iid, void **ret)
{
    return item_query(&from_persist(i)->shell, iid, ret);
}
static ULONG WINAPI persist_add(IPersistIDList *i)
{
    return item_add(&from_persist(i)->shell);
}
static ULONG WINAPI persist_release(IPersistIDList *i)
{
    return item_release(&from_persist(i)->shell);
}
static HRESULT WINAPI persist_class(IPersistIDList *i, CLSID *ret_class)
{
    (void)i;
    *ret_class = CLSID_ShellItem;
    return S_OK;
}
static HRESULT WINAPI persist_set(IPersistIDList *i, PCIDLIST_ABSOLUTE pidl)
{
    struct item *item = from_persist(i);
    PIDLIST_ABSOLUTE copy = (PIDLIST_ABSOLUTE)ILClone((PCUIDLIST_RELATIVE)pidl);

    if (!copy)
        return pidl ? E_OUTOFMEMORY : E_INVALIDARG;
    ILFree((PIDLIST_RELATIVE)item->pidl);
    item->pidl = copy;
    return S_OK;
}
static HRESULT WINAPI persist_get(IPersistIDList *i, PIDLIST_ABSOLUTE *ret_pidl)
{
    *ret_pidl = (PIDLIST_ABSOLUTE)ILClone((PCUIDLIST_RELATIVE)from_persist(i)->pidl);
    return *ret_pidl ? S_OK : E_OUTOFMEMORY;
}

static IPersistIDListVtbl persist_methods = {persist_query, persist_add, persist_release,
                                             persist_class, persist_set, persist_get};

static HRESULT make_item(PCIDLIST_ABSOLUTE pidl, REFIID iid, void **ret)
{
    struct item *item = shell_alloc(sizeof *item);

    *ret = NULL;
    if (!item)
        return E_OUTOFMEMORY;
    item->shell.lpVtbl = &item_methods;
    item->persist.lpVtbl = &persist_methods;
    item->references = 1;
    item->pidl = (PIDLIST_ABSOLUTE)ILClone((PCUIDLIST_RELATIVE)pidl);
    const HRESULT result = item->pidl ? item_query(&item->shell, iid, ret) : E_OUTOFMEMORY;
    item_release(&item->shell);
    return result;
}

/* ---------------------------------------------------------------- functions */

HRESULT WINAPI SHCreateItemFromIDList(PCIDLIST_ABSOLUTE pidl, REFIID iid, void **ret)
{
    if (!ret)
        return E_INVALIDARG;
    *ret = NULL;
    return pidl ? make_item(pidl, iid, ret) : E_INVALIDARG;
}

HRESULT WINAPI SHCreateItemFromParsingName(PCWSTR name, IBindCtx *context, REFIID iid, void **ret)
{
    PIDLIST_ABSOLUTE pidl;
    HRESULT result;

    (void)context;
    if (!ret)
        return E_INVALIDARG;
    *ret = NULL;
    result = pidl_parse(name, FALSE, &pidl);
    if (SUCCEEDED(result)) {
        result = make_item(pidl, iid, ret);
        ILFree((PIDLIST_RELATIVE)pidl);
    }
    return result;
}

HRESULT WINAPI SHCreateItemFromRelativeName(IShellItem *parent, PCWSTR name, IBindCtx *context, REFIID iid,
                                            void **ret)
{
    WCHAR *folder;

    if (!ret)
        return E_INVALIDARG;
    *ret = NULL;
    if (!parent || !name)
        return E_INVALIDARG;
    HRESULT result = IShellItem_GetDisplayName(parent, SIGDN_FILESYSPATH, &folder);
    if (FAILED(result))
        return result;
    WCHAR *path = shell_join(folder, name);
    shell_free(folder);
    result = path ? SHCreateItemFromParsingName(path, context, iid, ret) : E_OUTOFMEMORY;
    shell_free(path);
    return result;
}

HRESULT WINAPI SHCreateItemInKnownFolder(REFKNOWNFOLDERID id, DWORD flags, PCWSTR name, REFIID iid,
                                         void **ret)
{
    PWSTR folder;

    if (!ret)
        return E_INVALIDARG;
    *ret = NULL;
    HRESULT result = SHGetKnownFolderPath(id, flags, NULL, &folder);
    if (FAILED(result))
        return result;
    WCHAR *path = name ? shell_join(folder, name) : shell_copy(folder);
    shell_free(folder);
    result = path ? SHCreateItemFromParsingName(path, NULL, iid, ret) : E_OUTOFMEMORY;
    shell_free(path);
    return result;
}

HRESULT WINAPI SHGetKnownFolderItem(REFKNOWNFOLDERID id, KNOWN_FOLDER_FLAG flags, HANDLE token, REFIID iid,
                                    void **ret)
{
    PIDLIST_ABSOLUTE pidl;

    if (!ret)
        return E_INVALIDARG;
    *ret = NULL;
    HRESULT result = SHGetKnownFolderIDList(id, (DWORD)flags, token, &pidl);
    if (SUCCEEDED(result)) {
        result = make_item(pidl, iid, ret);
        ILFree((PIDLIST_RELATIVE)pidl);
    }
    return result;
}

/* The parent comes as an item list; folder objects of other makers have theirs. */
static HRESULT parent_list(PCIDLIST_ABSOLUTE parent, IShellFolder *folder, PIDLIST_ABSOLUTE *ret_pidl)
{
    if (parent) {
        *ret_pidl = (PIDLIST_ABSOLUTE)ILClone((PCUIDLIST_RELATIVE)parent);
        return *ret_pidl ? S_OK : E_OUTOFMEMORY;
    }
    if (folder)
        return SHGetIDListFromObject((IUnknown *)folder, ret_pidl);
    return pidl_parse(L"", TRUE, ret_pidl);
}

HRESULT WINAPI SHCreateItemWithParent(PCIDLIST_ABSOLUTE parent, IShellFolder *folder, PCUITEMID_CHILD child,
                                      REFIID iid, void **ret)
{
    PIDLIST_ABSOLUTE list, both;

    if (!ret)
        return E_INVALIDARG;
    *ret = NULL;
    if (!child || (!parent && !folder))
        return E_INVALIDARG;
    HRESULT result = parent_list(parent, folder, &list);
    if (FAILED(result))
        return result;
    both = ILCombine(list, (PCUIDLIST_RELATIVE)child);
    ILFree((PIDLIST_RELATIVE)list);
    result = both ? make_item(both, iid, ret) : E_OUTOFMEMORY;
    ILFree((PIDLIST_RELATIVE)both);
    return result;
}

/* Without a parent the list is absolute. */
HRESULT WINAPI SHCreateShellItem(PCIDLIST_ABSOLUTE parent, IShellFolder *folder, PCUITEMID_CHILD child,
                                 IShellItem **ret_item)
{
    if (!parent && !folder)
        return SHCreateItemFromIDList((PCIDLIST_ABSOLUTE)child, &IID_IShellItem, (void **)ret_item);
    return SHCreateItemWithParent(parent, folder, child, &IID_IShellItem, (void **)ret_item);
}

HRESULT WINAPI SHGetIDListFromObject(IUnknown *object, PIDLIST_ABSOLUTE *ret_pidl)
{
    IPersistIDList *persist;
    IPersistFolder2 *folder;
    HRESULT result;

    if (!ret_pidl)
        return E_INVALIDARG;
    *ret_pidl = NULL;
    if (!object)
        return E_NOINTERFACE;
    if (SUCCEEDED(IUnknown_QueryInterface(object, &IID_IPersistIDList, (void **)&persist))) {
        result = IPersistIDList_GetIDList(persist, ret_pidl);
        IPersistIDList_Release(persist);
    } else if (SUCCEEDED(IUnknown_QueryInterface(object, &IID_IPersistFolder2, (void **)&folder))) {
        result = IPersistFolder2_GetCurFolder(folder, ret_pidl);
        IPersistFolder2_Release(folder);
    } else {
        result = E_NOINTERFACE;
    }
    return result;
}

HRESULT WINAPI SHGetItemFromObject(IUnknown *object, REFIID iid, void **ret)
{
    PIDLIST_ABSOLUTE pidl;

    if (!ret)
        return E_INVALIDARG;
    *ret = NULL;
    HRESULT result = SHGetIDListFromObject(object, &pidl);
    if (SUCCEEDED(result)) {
        result = make_item(pidl, iid, ret);
        ILFree((PIDLIST_RELATIVE)pidl);
    }
    return result;
}
