/*
 * The task allocator: the process heap.
 */
#include "ole32.h"

LPVOID WINAPI CoTaskMemAlloc(SIZE_T size)
{
    return HeapAlloc(GetProcessHeap(), 0, size);
}

LPVOID WINAPI CoTaskMemRealloc(LPVOID memory, SIZE_T size)
{
    if (!memory)
        return CoTaskMemAlloc(size);
    if (!size) {
        CoTaskMemFree(memory);
        return NULL;
    }
    return HeapReAlloc(GetProcessHeap(), 0, memory, size);
}

void WINAPI CoTaskMemFree(LPVOID memory)
{
    if (memory)
        HeapFree(GetProcessHeap(), 0, memory);
}

static HRESULT WINAPI query(IMalloc *this, REFIID iid, void **object)
{
    static const GUID malloc_iid = {0x00000002, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
    if (!object)
        return E_POINTER;
    *object = IsEqualGUID(iid, &ole_iid_unknown) || IsEqualGUID(iid, &malloc_iid) ? this : NULL;
    return *object ? S_OK : E_NOINTERFACE;
}

static ULONG WINAPI reference(IMalloc *this)
{
    (void)this;
    return 1; /* it is always there */
}

static void *WINAPI allocate(IMalloc *this, SIZE_T size)
{
    (void)this;
    return CoTaskMemAlloc(size);
}

static void *WINAPI reallocate(IMalloc *this, void *memory, SIZE_T size)
{
    (void)this;
    return CoTaskMemRealloc(memory, size);
}

static void WINAPI release(IMalloc *this, void *memory)
{
    (void)this;
    CoTaskMemFree(memory);
}

static SIZE_T WINAPI get_size(IMalloc *this, void *memory)
{
    (void)this;
    return memory ? HeapSize(GetProcessHeap(), 0, memory) : (SIZE_T)-1;
}

static int WINAPI did_allocate(IMalloc *this, void *memory)
{
    (void)this;
    return memory ? HeapValidate(GetProcessHeap(), 0, memory) != 0 : -1;
}

static void WINAPI minimize(IMalloc *this)
{
    (void)this;
    HeapCompact(GetProcessHeap(), 0);
}

HRESULT WINAPI CoGetMalloc(DWORD context, LPMALLOC *ret_malloc)
{
    static const IMallocVtbl table = {query,   reference, reference,    allocate, reallocate,
                                      release, get_size,  did_allocate, minimize};
    static IMalloc object = {(IMallocVtbl *)&table};
    if (!ret_malloc)
        return E_INVALIDARG;
    *ret_malloc = NULL;
    if (context != MEMCTX_TASK)
        return E_INVALIDARG;
    *ret_malloc = &object;
    return S_OK;
}
