/*
 * In-process servers: the DLLs that hold classes, loaded once, kept until they say that they can go.
 */
#include "ole32.h"
#include "server.h"

typedef HRESULT(WINAPI *can_unload_now)(void);

struct server {
    struct server *next;
    HMODULE module;
    get_class_object get;
    can_unload_now can_unload;
    WCHAR path[];
};

static SRWLOCK lock = SRWLOCK_INIT; /* guards the list; DLLs are called without it */
static struct server *servers;

/* The server's DllGetClassObject, from the list or loaded. */
HRESULT ole_load_server(const WCHAR *path, get_class_object *ret_get)
{
    struct server *server;

    AcquireSRWLockShared(&lock);
    for (server = servers; server; server = server->next)
        if (lstrcmpiW(server->path, path) == 0)
            break;
    ReleaseSRWLockShared(&lock);
    if (server) {
        *ret_get = server->get;
        return S_OK;
    }
    HMODULE module = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (!module)
        return HRESULT_FROM_WIN32(GetLastError());
    get_class_object get = (get_class_object)(void *)GetProcAddress(module, "DllGetClassObject");
    SIZE_T size = ((SIZE_T)lstrlenW(path) + 1) * sizeof(WCHAR);
    server = get ? HeapAlloc(GetProcessHeap(), 0, sizeof *server + size) : NULL;
    if (!server) {
        FreeLibrary(module);
        return get ? E_OUTOFMEMORY : CO_E_ERRORINDLL;
    }
    server->module = module;
    server->get = get;
    server->can_unload = (can_unload_now)(void *)GetProcAddress(module, "DllCanUnloadNow");
    CopyMemory(server->path, path, size);
    AcquireSRWLockExclusive(&lock);
    server->next = servers; /* a second entry for the same DLL does no harm: each holds its own reference */
    servers = server;
    ReleaseSRWLockExclusive(&lock);
    *ret_get = get;
    return S_OK;
}

static void free_servers(BOOL all)
{
    struct server *taken, *next;

    AcquireSRWLockExclusive(&lock);
    taken = servers;
    servers = NULL;
    ReleaseSRWLockExclusive(&lock);
    for (struct server *server = taken; server; server = next) {
        next = server->next;
        if (all || (server->can_unload && server->can_unload() == S_OK)) {
            FreeLibrary(server->module);
            HeapFree(GetProcessHeap(), 0, server);
            continue;
        }
        AcquireSRWLockExclusive(&lock);
        server->next = servers;
        servers = server;
        ReleaseSRWLockExclusive(&lock);
    }
}

void ole_release_servers(void)
{
    free_servers(TRUE);
}

void WINAPI CoFreeUnusedLibrariesEx(DWORD delay, DWORD reserved)
{
    (void)delay, (void)reserved; /* how long to wait is left to us; DLLs are asked at once */
    free_servers(FALSE);
}

void WINAPI CoFreeUnusedLibraries(void)
{
    free_servers(FALSE);
}

HINSTANCE WINAPI CoLoadLibrary(LPOLESTR name, BOOL free_automatically)
{
    (void)free_automatically; /* has no effect on Windows either */
    return LoadLibraryExW(name, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
}

void WINAPI CoFreeLibrary(HINSTANCE module)
{
    FreeLibrary(module);
}

void WINAPI CoFreeAllLibraries(void)
{
}
