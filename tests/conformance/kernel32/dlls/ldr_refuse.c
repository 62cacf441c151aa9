/* A DLL that refuses to be loaded. */
#include <windows.h>

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
    char text[8];
    if (reason == DLL_PROCESS_DETACH && GetEnvironmentVariableA("LDR_REFUSE", text, sizeof text))
        SetEnvironmentVariableA("LDR_REFUSE", "detached");
    return reason != DLL_PROCESS_ATTACH;
}
