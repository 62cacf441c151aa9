/*
 * The shell link object: IShellLinkW, IShellLinkA, IPersistFile.
 */
#define COBJMACROS
#include "link.h"
#include "shell.h"
#include <shlobj.h>
#include <stddef.h>
#include <string.h>

struct link {
    IShellLinkW wide;
    IShellLinkA narrow;
    IPersistFile persist;
    LONG references;
    BOOL dirty;
    WCHAR *file; /* what was loaded or saved last */
    struct link_data data;
};

static struct link *from_wide(IShellLinkW *i)
{
    return CONTAINING_RECORD(i, struct link, wide);
}
static struct link *from_narrow(IShellLinkA *i)
{
    return CONTAINING_RECORD(i, struct link, narrow);
}
static struct link *from_persist(IPersistFile *i)
{
    return CONTAINING_RECORD(i, struct link, persist);
}

static HRESULT query(struct link *link, REFIID iid, void **ret)
{
    if (IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_IShellLinkW))
        *ret = &link->wide;
    else if (IsEqualGUID(iid, &IID_IShellLinkA))
        *ret = &link->narrow;
    else if (IsEqualGUID(iid, &IID_IPersist) || IsEqualGUID(iid, &IID_IPersistFile))
        *ret = &link->persist;
    else
        return *ret = NULL, E_NOINTERFACE;
    InterlockedIncrement(&link->references);
    return S_OK;
}

static ULONG release(struct link *link)
{
    const LONG left = InterlockedDecrement(&link->references);
    if (!left) {
        link_clear(&link->data);
        HeapFree(GetProcessHeap(), 0, link->file);
        HeapFree(GetProcessHeap(), 0, link);
    }
    return (ULONG)left;
}

#define UNKNOWN(prefix, interface, from)                                                                     \
    static HRESULT WINAPI prefix##_query(interface *i, REFIID iid, void **ret)                               \
    {                                                                                                        \
        return query(from(i), iid, ret);                                                                     \
    }                                                                                                        \
    static ULONG WINAPI prefix##_add(interface *i)                                                           \
    {                                                                                                        \
        return (ULONG)InterlockedIncrement(&from(i)->references);                                            \
    }                                                                                                        \
    static ULONG WINAPI prefix##_release(interface *i)                                                       \
    {                                                                                                        \
        return release(from(i));                                                                             \
    }
UNKNOWN(wide, IShellLinkW, from_wide)
UNKNOWN(narrow, IShellLinkA, from_narrow)
UNKNOWN(persist, IPersistFile, from_persist)

/* ---------------------------------------------------------------- texts */

static HRESULT set_text(struct link *link, int which, const WCHAR *text)
{
    WCHAR *copy = text ? link_copy(text) : NULL;

    if (text && !copy)
        return E_OUTOFMEMORY;
    HeapFree(GetProcessHeap(), 0, link->data.texts[which]);
    link->data.texts[which] = copy;
    link->dirty = TRUE;
    return S_OK;
}

static HRESULT set_narrow(struct link *link, int which, const char *text)
{
    if (!text)
        return set_text(link, which, NULL);
    const int length = MultiByteToWideChar(CP_ACP, 0, text, -1, NULL, 0);
    WCHAR *wide = HeapAlloc(GetProcessHeap(), 0, (SIZE_T)length * sizeof *wide);
    if (!wide)
        return E_OUTOFMEMORY;
    MultiByteToWideChar(CP_ACP, 0, text, -1, wide, length);
    const HRESULT result = set_text(link, which, wide);
    HeapFree(GetProcessHeap(), 0, wide);
    return result;
}

static HRESULT get_text(const struct link *link, int which, WCHAR *text, int capacity)
{
    if (capacity > 0)
        lstrcpynW(text, link->data.texts[which] ? link->data.texts[which] : L"", capacity);
    return S_OK;
}

static HRESULT get_narrow(const struct link *link, int which, char *text, int capacity)
{
    if (capacity <= 0)
        return S_OK;
    *text = 0;
    if (link->data.texts[which] &&
        !WideCharToMultiByte(CP_ACP, 0, link->data.texts[which], -1, text, capacity, NULL, NULL))
        text[capacity - 1] = 0;
    return S_OK;
}

/* The whole path, without quotation marks; its file's data are kept with it. */
static HRESULT set_path(struct link *link, const WCHAR *path)
{
    WCHAR bare[MAX_PATH], full[MAX_PATH];
    WIN32_FILE_ATTRIBUTE_DATA file;

    if (!path)
        return E_INVALIDARG;
    HeapFree(GetProcessHeap(), 0, link->data.items);
    link->data.items = NULL;
    link->data.items_size = 0;
    const int length = lstrlenW(path);
    if (length >= MAX_PATH)
        return E_INVALIDARG;
    if (length > 1 && path[0] == '"' && path[length - 1] == '"')
        lstrcpynW(bare, path + 1, length - 1);
    else
        lstrcpyW(bare, path);
    if (!*bare || *bare == '%' || !GetFullPathNameW(bare, MAX_PATH, full, NULL))
        lstrcpyW(full, bare);
    if (GetFileAttributesExW(full, GetFileExInfoStandard, &file)) {
        link->data.attributes = file.dwFileAttributes;
        link->data.created = file.ftCreationTime;
        link->data.accessed = file.ftLastAccessTime;
        link->data.written = file.ftLastWriteTime;
        link->data.size = file.nFileSizeLow;
    }
    return set_text(link, LINK_PATH, full);
}

/* S_FALSE: it has no path. */
static HRESULT get_path(const struct link *link, WCHAR *path, int capacity, WIN32_FIND_DATAW *data,
                        DWORD flags)
{
    WCHAR expanded[MAX_PATH];
    const WCHAR *text = link->data.texts[LINK_PATH];

    if (data) {
        memset(data, 0, sizeof *data);
        data->dwFileAttributes = link->data.attributes;
        data->ftCreationTime = link->data.created;
        data->ftLastAccessTime = link->data.accessed;
        data->ftLastWriteTime = link->data.written;
        data->nFileSizeLow = link->data.size;
    }
    if (capacity > 0)
        *path = 0;
    if (!text || !*text)
        return S_FALSE;
    if (!(flags & SLGP_RAWPATH) && ExpandEnvironmentStringsW(text, expanded, MAX_PATH) - 1 < MAX_PATH)
        text = expanded;
    if (capacity > 0)
        lstrcpynW(path, text, capacity);
    if (data) {
        const WCHAR *name = text;
        for (const WCHAR *at = text; *at; at++)
            if (*at == '\\')
                name = at + 1;
        lstrcpynW(data->cFileName, name, MAX_PATH);
    }
    return S_OK;
}

static HRESULT WINAPI wide_get_path(IShellLinkW *i, LPWSTR path, int capacity, WIN32_FIND_DATAW *data,
                                    DWORD flags)
{
    return get_path(from_wide(i), path, capacity, data, flags);
}
static HRESULT WINAPI narrow_get_path(IShellLinkA *i, LPSTR path, int capacity, WIN32_FIND_DATAA *data,
                                      DWORD flags)
{
    WCHAR wide[MAX_PATH] = L"";
    WIN32_FIND_DATAW wide_data;
    const HRESULT result = get_path(from_narrow(i), wide, MAX_PATH, &wide_data, flags);

    if (capacity > 0 && !WideCharToMultiByte(CP_ACP, 0, wide, -1, path, capacity, NULL, NULL))
        path[capacity - 1] = 0;
    if (data) {
        memset(data, 0, sizeof *data);
        memcpy(data, &wide_data, offsetof(WIN32_FIND_DATAA, cFileName));
        WideCharToMultiByte(CP_ACP, 0, wide_data.cFileName, -1, data->cFileName, MAX_PATH, NULL, NULL);
    }
    return result;
}
static HRESULT WINAPI wide_set_path(IShellLinkW *i, LPCWSTR path)
{
    return set_path(from_wide(i), path);
}
static HRESULT WINAPI narrow_set_path(IShellLinkA *i, LPCSTR path)
{
    WCHAR wide[MAX_PATH];
    if (!path || !MultiByteToWideChar(CP_ACP, 0, path, -1, wide, MAX_PATH))
        return E_INVALIDARG;
    return set_path(from_narrow(i), wide);
}

#define TEXT_METHODS(name, which)                                                                            \
    static HRESULT WINAPI wide_get_##name(IShellLinkW *i, LPWSTR text, int capacity)                         \
    {                                                                                                        \
        return get_text(from_wide(i), which, text, capacity);                                                \
    }                                                                                                        \
    static HRESULT WINAPI wide_set_##name(IShellLinkW *i, LPCWSTR text)                                      \
    {                                                                                                        \
        return set_text(from_wide(i), which, text);                                                          \
    }                                                                                                        \
    static HRESULT WINAPI narrow_get_##name(IShellLinkA *i, LPSTR text, int capacity)                        \
    {                                                                                                        \
        return get_narrow(from_narrow(i), which, text, capacity);                                            \
    }                                                                                                        \
    static HRESULT WINAPI narrow_set_##name(IShellLinkA *i, LPCSTR text)                                     \
    {                                                                                                        \
        return set_narrow(from_narrow(i), which, text);                                                      \
    }
TEXT_METHODS(description, LINK_DESCRIPTION)
TEXT_METHODS(folder, LINK_FOLDER)
TEXT_METHODS(arguments, LINK_ARGUMENTS)

static HRESULT WINAPI wide_get_icon(IShellLinkW *i, LPWSTR text, int capacity, int *index)
{
    *index = from_wide(i)->data.icon;
    return get_text(from_wide(i), LINK_ICON, text, capacity);
}
static HRESULT WINAPI wide_set_icon(IShellLinkW *i, LPCWSTR text, int index)
{
    from_wide(i)->data.icon = index;
    return set_text(from_wide(i), LINK_ICON, text);
}
static HRESULT WINAPI wide_set_relative(IShellLinkW *i, LPCWSTR text, DWORD reserved)
{
    return reserved ? E_INVALIDARG : set_text(from_wide(i), LINK_RELATIVE, text);
}
static HRESULT WINAPI narrow_get_icon(IShellLinkA *i, LPSTR text, int capacity, int *index)
{
    *index = from_narrow(i)->data.icon;
    return get_narrow(from_narrow(i), LINK_ICON, text, capacity);
}
static HRESULT WINAPI narrow_set_icon(IShellLinkA *i, LPCSTR text, int index)
{
    from_narrow(i)->data.icon = index;
    return set_narrow(from_narrow(i), LINK_ICON, text);
}
static HRESULT WINAPI narrow_set_relative(IShellLinkA *i, LPCSTR text, DWORD reserved)
{
    return reserved ? E_INVALIDARG : set_narrow(from_narrow(i), LINK_RELATIVE, text);
}

/* ---------------------------------------------------------------- the rest */

/* The caller frees the list with CoTaskMemFree; S_FALSE: none. */
static HRESULT get_items(const struct link *link, LPITEMIDLIST *ret_items)
{
    *ret_items = NULL;
    if (!link->data.items)
        return S_FALSE;
    *ret_items = HeapAlloc(GetProcessHeap(), 0, link->data.items_size + 2); /* what CoTaskMemFree frees */
    if (!*ret_items)
        return E_OUTOFMEMORY;
    memcpy(*ret_items, link->data.items, link->data.items_size);
    memset((BYTE *)*ret_items + link->data.items_size, 0, 2);
    return S_OK;
}

static HRESULT set_items(struct link *link, LPCITEMIDLIST items)
{
    DWORD size = 2;

    for (const SHITEMID *item = &items->mkid; items && item->cb;
         item = (const void *)((BYTE *)item + item->cb))
        size += item->cb;
    BYTE *copy = items ? HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, size + 2) : NULL;
    if (items && !copy)
        return E_OUTOFMEMORY;
    if (items)
        memcpy(copy, items, size);
    HeapFree(GetProcessHeap(), 0, link->data.items);
    link->data.items = copy;
    link->data.items_size = items ? size : 0;
    link->dirty = TRUE;
    return S_OK;
}

/* Whether the target is where the link says. Nothing is searched for: there is no tracking. */
static HRESULT resolve(struct link *link)
{
    WCHAR path[MAX_PATH];

    if (get_path(link, path, MAX_PATH, NULL, 0) != S_OK)
        return S_FALSE;
    return GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES ? S_FALSE : S_OK;
}

#define OTHER_METHODS(prefix, interface, from)                                                               \
    static HRESULT WINAPI prefix##_get_items(interface *i, LPITEMIDLIST *ret)                                \
    {                                                                                                        \
        return get_items(from(i), ret);                                                                      \
    }                                                                                                        \
    static HRESULT WINAPI prefix##_set_items(interface *i, LPCITEMIDLIST items)                              \
    {                                                                                                        \
        return set_items(from(i), items);                                                                    \
    }                                                                                                        \
    static HRESULT WINAPI prefix##_get_hotkey(interface *i, WORD *ret)                                       \
    {                                                                                                        \
        *ret = from(i)->data.hotkey;                                                                         \
        return S_OK;                                                                                         \
    }                                                                                                        \
    static HRESULT WINAPI prefix##_set_hotkey(interface *i, WORD hotkey)                                     \
    {                                                                                                        \
        from(i)->data.hotkey = hotkey;                                                                       \
        from(i)->dirty = TRUE;                                                                               \
        return S_OK;                                                                                         \
    }                                                                                                        \
    static HRESULT WINAPI prefix##_get_show(interface *i, int *ret)                                          \
    {                                                                                                        \
        *ret = from(i)->data.show;                                                                           \
        return S_OK;                                                                                         \
    }                                                                                                        \
    static HRESULT WINAPI prefix##_set_show(interface *i, int show)                                          \
    {                                                                                                        \
        from(i)->data.show = show;                                                                           \
        from(i)->dirty = TRUE;                                                                               \
        return S_OK;                                                                                         \
    }                                                                                                        \
    static HRESULT WINAPI prefix##_resolve(interface *i, HWND window, DWORD flags)                           \
    {                                                                                                        \
        (void)window, (void)flags;                                                                           \
        return resolve(from(i));                                                                             \
    }
OTHER_METHODS(wide, IShellLinkW, from_wide)
OTHER_METHODS(narrow, IShellLinkA, from_narrow)

/* In the order of the interface, which is the same for both character sets. */
#define METHODS(prefix)                                                                                      \
    prefix##_query, prefix##_add, prefix##_release, prefix##_get_path, prefix##_get_items,                   \
        prefix##_set_items, prefix##_get_description, prefix##_set_description, prefix##_get_folder,         \
        prefix##_set_folder, prefix##_get_arguments, prefix##_set_arguments, prefix##_get_hotkey,            \
        prefix##_set_hotkey, prefix##_get_show, prefix##_set_show, prefix##_get_icon, prefix##_set_icon,     \
        prefix##_set_relative, prefix##_resolve, prefix##_set_path
static IShellLinkWVtbl wide_methods = {METHODS(wide)};
static IShellLinkAVtbl narrow_methods = {METHODS(narrow)};

/* ---------------------------------------------------------------- files */

static HRESULT WINAPI persist_class(IPersistFile *i, CLSID *ret)
{
    (void)i;
    *ret = CLSID_ShellLink;
    return S_OK;
}

static HRESULT WINAPI persist_is_dirty(IPersistFile *i)
{
    return from_persist(i)->dirty ? S_OK : S_FALSE;
}

static HRESULT remember(struct link *link, const WCHAR *file)
{
    WCHAR *copy = link_copy(file);
    if (!copy)
        return E_OUTOFMEMORY;
    HeapFree(GetProcessHeap(), 0, link->file);
    link->file = copy;
    return S_OK;
}

static HRESULT WINAPI persist_load(IPersistFile *i, LPCOLESTR name, DWORD mode)
{
    struct link *link = from_persist(i);
    DWORD read = 0;
    HRESULT result;

    (void)mode;
    if (!name)
        return E_INVALIDARG;
    HANDLE file = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                              NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return HRESULT_FROM_WIN32(GetLastError());
    const DWORD size = GetFileSize(file, NULL);
    BYTE *bytes = size < 0x1000000 ? HeapAlloc(GetProcessHeap(), 0, size + 1) : NULL;
    if (!bytes)
        result = E_OUTOFMEMORY;
    else if (!ReadFile(file, bytes, size, &read, NULL))
        result = HRESULT_FROM_WIN32(GetLastError());
    else
        result = link_read(&link->data, bytes, read);
    CloseHandle(file);
    HeapFree(GetProcessHeap(), 0, bytes);
    if (SUCCEEDED(result)) {
        link->dirty = FALSE;
        result = remember(link, name);
    }
    return result;
}

static HRESULT WINAPI persist_save(IPersistFile *i, LPCOLESTR name, BOOL make_current)
{
    struct link *link = from_persist(i);
    const WCHAR *target = name ? name : link->file;
    DWORD size, written;
    BYTE *bytes;

    if (!target)
        return E_INVALIDARG;
    HRESULT result = link_write(&link->data, &bytes, &size);
    if (FAILED(result))
        return result;
    HANDLE file = CreateFileW(target, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        result = HRESULT_FROM_WIN32(GetLastError());
    } else {
        if (!WriteFile(file, bytes, size, &written, NULL))
            result = HRESULT_FROM_WIN32(GetLastError());
        CloseHandle(file);
    }
    HeapFree(GetProcessHeap(), 0, bytes);
    if (SUCCEEDED(result) && (make_current || !name)) {
        link->dirty = FALSE;
        if (name)
            result = remember(link, name);
    }
    return result;
}

static HRESULT WINAPI persist_saved(IPersistFile *i, LPCOLESTR name)
{
    (void)i, (void)name;
    return S_OK;
}

/* S_FALSE: no file yet; the pattern for a dialog. */
static HRESULT WINAPI persist_current(IPersistFile *i, LPOLESTR *ret_name)
{
    const WCHAR *name = from_persist(i)->file, *text = name ? name : L"*.lnk";
    const SIZE_T size = ((SIZE_T)lstrlenW(text) + 1) * sizeof *text;

    *ret_name = HeapAlloc(GetProcessHeap(), 0, size); /* what CoTaskMemFree frees */
    if (!*ret_name)
        return E_OUTOFMEMORY;
    memcpy(*ret_name, text, size);
    return name ? S_OK : S_FALSE;
}

static IPersistFileVtbl persist_methods = {persist_query, persist_add,      persist_release,
                                           persist_class, persist_is_dirty, persist_load,
                                           persist_save,  persist_saved,    persist_current};

/* ---------------------------------------------------------------- making one */

HRESULT link_create(REFIID iid, void **ret)
{
    struct link *link = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *link);

    *ret = NULL;
    if (!link)
        return E_OUTOFMEMORY;
    link->wide.lpVtbl = &wide_methods;
    link->narrow.lpVtbl = &narrow_methods;
    link->persist.lpVtbl = &persist_methods;
    link->references = 1;
    link->data.show = SW_SHOWNORMAL;
    const HRESULT result = query(link, iid, ret);
    release(link);
    return result;
}
