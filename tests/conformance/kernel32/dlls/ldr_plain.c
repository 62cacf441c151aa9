/* A DLL that counts what happens to it; for kernel32/loadlibrary. */
#include <windows.h>

__declspec(dllexport) int attach_count, detach_count, thread_attach_count, thread_detach_count;
__declspec(dllexport) int *detach_mark; /* set to 1 on process detach, if not NULL */

__declspec(dllexport) int plain_answer(void)
{
    return 42;
}

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
    switch (reason) {
    case DLL_PROCESS_ATTACH: attach_count++; break;
    case DLL_PROCESS_DETACH:
        detach_count++;
        if (detach_mark)
            *detach_mark = reserved ? 2 : 1;
        break;
    case DLL_THREAD_ATTACH: thread_attach_count++; break;
    case DLL_THREAD_DETACH: thread_detach_count++; break;
    }
    return TRUE;
}
