/*
 * Static TLS of the program and of DLLs, loaded before and after the threads that use it.
 */
#include "harness.h"

static __thread int counter = 5;

static const char *helper(const char *name)
{
    static char path[2 * MAX_PATH];
    GetModuleFileNameA(NULL, path, MAX_PATH);
    strcpy(strrchr(path, '\\'), "\\dlls\\");
    strcat(path, name);
    return path;
}

static DWORD WINAPI own_copy(void *argument)
{
    int first = counter;
    counter = 100;
    return (DWORD)first;
}

TEST(program)
{
    DWORD code = 0;
    counter = 9;
    HANDLE thread = CreateThread(NULL, 0, own_copy, NULL, 0, NULL);
    CHECK(WaitForSingleObject(thread, 10000) == WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code) && code == 5);
    CHECK(counter == 9);
    CloseHandle(thread);
}

static HANDLE go, ready;
static int *(*volatile tls_value)(void);

static DWORD WINAPI early(void *argument)
{
    SetEvent(ready);
    WaitForSingleObject(go, 10000);
    int *value = tls_value();
    int result = *value;
    *value = 1234;
    return (DWORD)(result + value[1] + value[4]);
}

static DWORD WINAPI late(void *argument)
{
    return (DWORD)*tls_value();
}

TEST(library)
{
    DWORD code = 0;
    ready = CreateEventA(NULL, FALSE, FALSE, NULL);
    go = CreateEventA(NULL, TRUE, FALSE, NULL);
    HANDLE thread = CreateThread(NULL, 0, early, NULL, 0, NULL);
    WaitForSingleObject(ready, 10000);
    HMODULE module = LoadLibraryA(helper("ldr_tls.dll"));
    CHECK(module != NULL);
    if (!module)
        return;
    int *callbacks = (int *)GetProcAddress(module, "callback_count");
    int *reasons = (int *)GetProcAddress(module, "callback_reasons");
    tls_value = (void *)GetProcAddress(module, "tls_value");
    CHECK(*callbacks == 1 && *reasons == 1 << DLL_PROCESS_ATTACH);
    CHECK(*tls_value() == 77);
    *tls_value() = 78;
    SetEvent(go);
    CHECK(WaitForSingleObject(thread, 10000) == WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code) && code == 77); /* the thread was there before the DLL */
    CloseHandle(thread);
    CHECK(*tls_value() == 78);
    thread = CreateThread(NULL, 0, late, NULL, 0, NULL);
    CHECK(WaitForSingleObject(thread, 10000) == WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code) && code == 77);
    CloseHandle(thread);
    CHECK((*reasons & (1 << DLL_THREAD_ATTACH)) && (*reasons & (1 << DLL_THREAD_DETACH)));
    CHECK(FreeLibrary(module));
}
