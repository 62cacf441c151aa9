/*
 * COM start-up and its allocator. A thread's apartment is counted; no objects cross threads yet.
 */
#include "ole32.h"

static DWORD slot = TLS_OUT_OF_INDEXES;

/* Per thread: the number of initialisations, and whether the apartment is a multithreaded one. */
static ULONG_PTR state(void)
{
    return slot == TLS_OUT_OF_INDEXES ? 0 : (ULONG_PTR)TlsGetValue(slot);
}

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
    (void)instance, (void)reserved;
    if (reason == DLL_PROCESS_ATTACH)
        slot = TlsAlloc();
    else if (reason == DLL_PROCESS_DETACH && slot != TLS_OUT_OF_INDEXES)
        TlsFree(slot);
    return TRUE;
}

HRESULT WINAPI CoInitializeEx(LPVOID reserved, DWORD flags)
{
    ULONG_PTR now = state(), multithreaded = !(flags & COINIT_APARTMENTTHREADED);
    if (reserved)
        return E_INVALIDARG;
    if (now && (now & 1) != multithreaded)
        return RPC_E_CHANGED_MODE;
    if (!TlsSetValue(slot, (void *)(now ? now + 2 : 2 | multithreaded)))
        return E_OUTOFMEMORY;
    return now ? S_FALSE : S_OK;
}

HRESULT WINAPI CoInitialize(LPVOID reserved)
{
    return CoInitializeEx(reserved, COINIT_APARTMENTTHREADED);
}

void WINAPI CoUninitialize(void)
{
    ULONG_PTR now = state();
    if (now)
        TlsSetValue(slot, (void *)(now >= 4 ? now - 2 : 0));
}

HRESULT WINAPI OleInitialize(LPVOID reserved)
{
    return CoInitializeEx(reserved, COINIT_APARTMENTTHREADED);
}

void WINAPI OleUninitialize(void)
{
    CoUninitialize();
}

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
