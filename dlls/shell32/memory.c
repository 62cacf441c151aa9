/*
 * The shell's allocator, which is the process heap as COM's is, and texts made with it.
 */
#include "shell.h"

void *shell_alloc(SIZE_T size)
{
    return HeapAlloc(GetProcessHeap(), 0, size);
}

void shell_free(void *block)
{
    HeapFree(GetProcessHeap(), 0, block);
}

WCHAR *shell_copy(const WCHAR *text)
{
    const SIZE_T size = ((SIZE_T)lstrlenW(text) + 1) * sizeof *text;
    WCHAR *copy = shell_alloc(size);

    if (copy)
        CopyMemory(copy, text, size);
    return copy;
}

WCHAR *shell_join(const WCHAR *folder, const WCHAR *name)
{
    int length = lstrlenW(folder);
    WCHAR *path = shell_alloc(((SIZE_T)length + (SIZE_T)lstrlenW(name) + 2) * sizeof *path);

    if (!path)
        return NULL;
    lstrcpyW(path, folder);
    if (length && path[length - 1] != '\\')
        path[length++] = '\\';
    lstrcpyW(path + length, name);
    return path;
}

WCHAR *shell_wide(const char *text)
{
    if (!text)
        return NULL;
    const int length = MultiByteToWideChar(CP_ACP, 0, text, -1, NULL, 0);
    WCHAR *wide = shell_alloc((SIZE_T)length * sizeof *wide);
    if (wide)
        MultiByteToWideChar(CP_ACP, 0, text, -1, wide, length);
    return wide;
}

WCHAR *shell_full_path(const WCHAR *path)
{
    const DWORD size = GetFullPathNameW(path, 0, NULL, NULL);
    WCHAR *full = size ? shell_alloc(size * sizeof *full) : NULL;

    if (full && !GetFullPathNameW(path, size, full, NULL)) {
        shell_free(full);
        full = NULL;
    }
    return full;
}

const WCHAR *shell_file_name(const WCHAR *path)
{
    const WCHAR *name = path;

    for (; *path; path++)
        if ((*path == '\\' || *path == '/') && path[1])
            name = path + 1;
    return name;
}

LPVOID WINAPI SHAlloc(SIZE_T size)
{
    return shell_alloc(size);
}

void WINAPI SHFree(LPVOID block)
{
    shell_free(block);
}

/* ---------------------------------------------------------------- IMalloc */

static HRESULT WINAPI malloc_query(IMalloc *i, REFIID iid, void **ret)
{
    *ret = NULL;
    if (!IsEqualGUID(iid, &IID_IUnknown) && !IsEqualGUID(iid, &IID_IMalloc))
        return E_NOINTERFACE;
    *ret = i;
    return S_OK;
}
static ULONG WINAPI malloc_count(IMalloc *i)
{
    (void)i;
    return 1; /* static */
}
static void *WINAPI malloc_alloc(IMalloc *i, SIZE_T size)
{
    (void)i;
    return shell_alloc(size);
}
static void *WINAPI malloc_realloc(IMalloc *i, void *block, SIZE_T size)
{
    (void)i;
    if (!block)
        return shell_alloc(size);
    if (!size) {
        shell_free(block);
        return NULL;
    }
    return HeapReAlloc(GetProcessHeap(), 0, block, size);
}
static void WINAPI malloc_free(IMalloc *i, void *block)
{
    (void)i;
    shell_free(block);
}
static SIZE_T WINAPI malloc_size(IMalloc *i, void *block)
{
    (void)i;
    return block ? HeapSize(GetProcessHeap(), 0, block) : (SIZE_T)-1;
}
static int WINAPI malloc_mine(IMalloc *i, void *block)
{
    (void)i;
    return block ? HeapValidate(GetProcessHeap(), 0, block) : -1;
}
static void WINAPI malloc_minimize(IMalloc *i)
{
    (void)i;
    HeapCompact(GetProcessHeap(), 0);
}

static IMallocVtbl malloc_methods = {malloc_query, malloc_count, malloc_count, malloc_alloc,   malloc_realloc,
                                     malloc_free,  malloc_size,  malloc_mine,  malloc_minimize};
static IMalloc shell_malloc = {&malloc_methods};

HRESULT WINAPI SHGetMalloc(IMalloc **ret_malloc)
{
    *ret_malloc = &shell_malloc;
    return S_OK;
}
