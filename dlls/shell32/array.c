/*
 * IShellItemArray and IEnumShellItems: rows of absolute item lists.
 */
#include "shell.h"

/* Shared by an array and its enumerators. */
struct row {
    LONG references;
    UINT count, capacity;
    PIDLIST_ABSOLUTE *pidls;
};

static struct row *row_new(void)
{
    struct row *row = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *row);

    if (row)
        row->references = 1;
    return row;
}

static void row_release(struct row *row)
{
    if (InterlockedDecrement(&row->references))
        return;
    for (UINT i = 0; i < row->count; i++)
        ILFree((PIDLIST_RELATIVE)row->pidls[i]);
    shell_free(row->pidls);
    shell_free(row);
}

/* Takes the list, also when it fails; NULL fails. */
static BOOL row_add(struct row *row, PIDLIST_ABSOLUTE pidl)
{
    if (pidl && row->count == row->capacity) {
        const UINT capacity = row->capacity * 2 + 4;
        PIDLIST_ABSOLUTE *grown = shell_alloc(capacity * sizeof *grown);
        if (!grown) {
            ILFree((PIDLIST_RELATIVE)pidl);
            return FALSE;
        }
        if (row->count)
            CopyMemory(grown, row->pidls, row->count * sizeof *grown);
        shell_free(row->pidls);
        row->pidls = grown;
        row->capacity = capacity;
    }
    if (!pidl)
        return FALSE;
    row->pidls[row->count++] = pidl;
    return TRUE;
}

/* ---------------------------------------------------------------- the enumerator */

struct enumerator {
    IEnumShellItems items;
    LONG references;
    struct row *row;
    UINT at;
};

static struct enumerator *from_items(IEnumShellItems *i)
{
    return CONTAINING_RECORD(i, struct enumerator, items);
}

static HRESULT make_enumerator(struct row *row, UINT at, REFIID iid, void **ret);

static HRESULT WINAPI enum_query(IEnumShellItems *i, REFIID iid, void **ret)
{
    *ret = NULL;
    if (!IsEqualGUID(iid, &IID_IUnknown) && !IsEqualGUID(iid, &IID_IEnumShellItems))
        return E_NOINTERFACE;
    *ret = i;
    InterlockedIncrement(&from_items(i)->references);
    return S_OK;
}
static ULONG WINAPI enum_add(IEnumShellItems *i)
{
    return (ULONG)InterlockedIncrement(&from_items(i)->references);
}
static ULONG WINAPI enum_release(IEnumShellItems *i)
{
    struct enumerator *enumerator = from_items(i);
    const LONG left = InterlockedDecrement(&enumerator->references);

    if (!left) {
        row_release(enumerator->row);
        shell_free(enumerator);
    }
    return (ULONG)left;
}
static HRESULT WINAPI enum_next(IEnumShellItems *i, ULONG count, IShellItem **items, ULONG *ret_fetched)
{
    struct enumerator *enumerator = from_items(i);
    ULONG fetched = 0;
    HRESULT result = S_OK;

    while (fetched < count && enumerator->at < enumerator->row->count && SUCCEEDED(result)) {
        result = SHCreateItemFromIDList(enumerator->row->pidls[enumerator->at], &IID_IShellItem,
                                        (void **)&items[fetched]);
        if (SUCCEEDED(result)) {
            enumerator->at++;
            fetched++;
        }
    }
    if (ret_fetched)
        *ret_fetched = fetched;
    return FAILED(result) ? result : fetched == count ? S_OK : S_FALSE;
}
static HRESULT WINAPI enum_skip(IEnumShellItems *i, ULONG count)
{
    struct enumerator *enumerator = from_items(i);
    const UINT left = enumerator->row->count - enumerator->at;

    enumerator->at += count < left ? count : left;
    return count <= left ? S_OK : S_FALSE;
}
static HRESULT WINAPI enum_reset(IEnumShellItems *i)
{
    from_items(i)->at = 0;
    return S_OK;
}
static HRESULT WINAPI enum_clone(IEnumShellItems *i, IEnumShellItems **ret)
{
    struct enumerator *enumerator = from_items(i);

    return make_enumerator(enumerator->row, enumerator->at, &IID_IEnumShellItems, (void **)ret);
}

static IEnumShellItemsVtbl enum_methods = {enum_query, enum_add,   enum_release, enum_next,
                                           enum_skip,  enum_reset, enum_clone};

static HRESULT make_enumerator(struct row *row, UINT at, REFIID iid, void **ret)
{
    struct enumerator *enumerator = shell_alloc(sizeof *enumerator);

    *ret = NULL;
    if (!enumerator)
        return E_OUTOFMEMORY;
    *enumerator = (struct enumerator){{&enum_methods}, 1, row, at};
    InterlockedIncrement(&row->references);
    const HRESULT result = enum_query(&enumerator->items, iid, ret);
    enum_release(&enumerator->items);
    return result;
}

HRESULT item_children(PCIDLIST_ABSOLUTE folder, REFIID iid, void **ret)
{
    enum item_kind kind;
    struct row *row = row_new();
    WCHAR *path = pidl_path(folder, &kind);
    HRESULT result = S_OK;

    *ret = NULL;
    if (!row || (!path && kind != ITEM_COMPUTER)) {
        result = kind == ITEM_INVALID ? E_INVALIDARG : E_OUTOFMEMORY;
    } else if (kind == ITEM_COMPUTER) {
        const DWORD drives = GetLogicalDrives();
        for (WCHAR root[] = L"A:\\"; root[0] <= 'Z' && SUCCEEDED(result); root[0]++)
            if (drives >> (root[0] - 'A') & 1 && !row_add(row, pidl_from_full_path(root, NULL)))
                result = E_OUTOFMEMORY;
    } else {
        WIN32_FIND_DATAW data;
        WCHAR *pattern = shell_join(path, L"*");
        const HANDLE find = pattern ? FindFirstFileW(pattern, &data) : INVALID_HANDLE_VALUE;
        shell_free(pattern);
        if (find == INVALID_HANDLE_VALUE)
            result = GetLastError() == ERROR_FILE_NOT_FOUND ? S_OK : HRESULT_FROM_WIN32(GetLastError());
        else {
            do {
                if (!lstrcmpW(data.cFileName, L".") || !lstrcmpW(data.cFileName, L".."))
                    continue;
                WCHAR *child = shell_join(path, data.cFileName);
                if (!child || !row_add(row, pidl_from_full_path(child, &data)))
                    result = E_OUTOFMEMORY;
                shell_free(child);
            } while (SUCCEEDED(result) && FindNextFileW(find, &data));
            FindClose(find);
        }
    }
    shell_free(path);
    if (SUCCEEDED(result))
        result = make_enumerator(row, 0, iid, ret);
    if (row)
        row_release(row);
    return result;
}

/* ---------------------------------------------------------------- the array */

struct array {
    IShellItemArray items;
    LONG references;
    struct row *row;
};

static struct array *from_array(IShellItemArray *i)
{
    return CONTAINING_RECORD(i, struct array, items);
}

static HRESULT WINAPI array_query(IShellItemArray *i, REFIID iid, void **ret)
{
    *ret = NULL;
    if (!IsEqualGUID(iid, &IID_IUnknown) && !IsEqualGUID(iid, &IID_IShellItemArray))
        return E_NOINTERFACE;
    *ret = i;
    InterlockedIncrement(&from_array(i)->references);
    return S_OK;
}
static ULONG WINAPI array_add(IShellItemArray *i)
{
    return (ULONG)InterlockedIncrement(&from_array(i)->references);
}
static ULONG WINAPI array_release(IShellItemArray *i)
{
    struct array *array = from_array(i);
    const LONG left = InterlockedDecrement(&array->references);

    if (!left) {
        row_release(array->row);
        shell_free(array);
    }
    return (ULONG)left;
}
static HRESULT WINAPI array_item(IShellItemArray *i, DWORD index, IShellItem **ret_item)
{
    const struct row *row = from_array(i)->row;

    *ret_item = NULL;
    if (index >= row->count)
        return E_FAIL;
    return SHCreateItemFromIDList(row->pidls[index], &IID_IShellItem, (void **)ret_item);
}
/* Data objects and menus for several items do not exist here. */
static HRESULT WINAPI array_bind(IShellItemArray *i, IBindCtx *context, REFGUID handler, REFIID iid,
                                 void **ret)
{
    (void)i, (void)context, (void)handler, (void)iid;
    *ret = NULL;
    return MK_E_NOOBJECT;
}
static HRESULT WINAPI array_store(IShellItemArray *i, GETPROPERTYSTOREFLAGS flags, REFIID iid, void **ret)
{
    (void)i, (void)flags, (void)iid;
    *ret = NULL;
    return E_NOINTERFACE;
}
static HRESULT WINAPI array_properties(IShellItemArray *i, REFPROPERTYKEY key, REFIID iid, void **ret)
{
    (void)i, (void)key, (void)iid;
    *ret = NULL;
    return E_NOINTERFACE;
}
static HRESULT WINAPI array_attributes(IShellItemArray *i, SIATTRIBFLAGS flags, SFGAOF mask,
                                       SFGAOF *ret_attributes)
{
    const struct row *row = from_array(i)->row;
    const BOOL any = (flags & SIATTRIBFLAGS_MASK) == SIATTRIBFLAGS_OR;
    SFGAOF has = any ? 0 : mask;

    for (UINT n = 0; n < row->count; n++) {
        const SFGAOF one = pidl_attributes(row->pidls[n], mask);
        has = any ? has | one : has & one;
    }
    *ret_attributes = has;
    return has == mask ? S_OK : S_FALSE;
}
static HRESULT WINAPI array_count(IShellItemArray *i, DWORD *ret_count)
{
    *ret_count = from_array(i)->row->count;
    return S_OK;
}
static HRESULT WINAPI array_enum(IShellItemArray *i, IEnumShellItems **ret)
{
    return make_enumerator(from_array(i)->row, 0, &IID_IEnumShellItems, (void **)ret);
}

static IShellItemArrayVtbl array_methods = {array_query, array_add,        array_release,    array_bind,
                                            array_store, array_properties, array_attributes, array_count,
                                            array_item,  array_enum};

/* Takes the row. */
static HRESULT make_array(struct row *row, REFIID iid, void **ret)
{
    struct array *array = shell_alloc(sizeof *array);

    *ret = NULL;
    if (!array) {
        row_release(row);
        return E_OUTOFMEMORY;
    }
    *array = (struct array){{&array_methods}, 1, row};
    const HRESULT result = array_query(&array->items, iid, ret);
    array_release(&array->items);
    return result;
}

HRESULT WINAPI SHCreateShellItemArrayFromIDLists(UINT count, PCIDLIST_ABSOLUTE_ARRAY pidls,
                                                 IShellItemArray **ret_array)
{
    if (!ret_array)
        return E_INVALIDARG;
    *ret_array = NULL;
    if (!count || !pidls)
        return E_INVALIDARG;
    struct row *row = row_new();
    if (!row)
        return E_OUTOFMEMORY;
    for (UINT i = 0; i < count; i++)
        if (!row_add(row, (PIDLIST_ABSOLUTE)ILClone((PCUIDLIST_RELATIVE)pidls[i]))) {
            row_release(row);
            return pidls[i] ? E_OUTOFMEMORY : E_INVALIDARG;
        }
    return make_array(row, &IID_IShellItemArray, (void **)ret_array);
}

HRESULT WINAPI SHCreateShellItemArray(PCIDLIST_ABSOLUTE parent, IShellFolder *folder, UINT count,
                                      PCUITEMID_CHILD_ARRAY children, IShellItemArray **ret_array)
{
    PIDLIST_ABSOLUTE list = NULL;
    HRESULT result = S_OK;

    if (!ret_array)
        return E_INVALIDARG;
    *ret_array = NULL;
    if ((!parent && !folder) || !count || !children)
        return E_INVALIDARG;
    if (!parent)
        result = SHGetIDListFromObject((IUnknown *)folder, &list);
    if (FAILED(result))
        return result;
    struct row *row = row_new();
    result = row ? S_OK : E_OUTOFMEMORY;
    for (UINT i = 0; i < count && SUCCEEDED(result); i++)
        if (!row_add(row, ILCombine(parent ? parent : list, (PCUIDLIST_RELATIVE)children[i])))
            result = E_OUTOFMEMORY;
    ILFree((PIDLIST_RELATIVE)list);
    if (SUCCEEDED(result))
        return make_array(row, &IID_IShellItemArray, (void **)ret_array);
    if (row)
        row_release(row);
    return result;
}

HRESULT WINAPI SHCreateShellItemArrayFromShellItem(IShellItem *item, REFIID iid, void **ret)
{
    PIDLIST_ABSOLUTE pidl;

    if (!ret)
        return E_INVALIDARG;
    *ret = NULL;
    if (!item)
        return E_INVALIDARG;
    HRESULT result = SHGetIDListFromObject((IUnknown *)item, &pidl);
    if (FAILED(result))
        return result;
    struct row *row = row_new();
    if (row && row_add(row, pidl))
        return make_array(row, iid, ret);
    if (row)
        row_release(row);
    else
        ILFree((PIDLIST_RELATIVE)pidl);
    return E_OUTOFMEMORY;
}
