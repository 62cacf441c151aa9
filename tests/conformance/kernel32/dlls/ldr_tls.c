/* A DLL with data in its static TLS template and a TLS callback. mingw's start-up code brings the TLS
 * directory; its template is what lies in the .tls sections. */
#include <windows.h>

extern ULONG _tls_index;
extern char _tls_start;

static int tls_variable[5] __attribute__((section(".tls$B"), used)) = {77};

__declspec(dllexport) int callback_count, callback_reasons;

static void WINAPI callback(void *module, DWORD reason, void *reserved)
{
    callback_count++;
    callback_reasons |= 1 << reason;
}

PIMAGE_TLS_CALLBACK ldr_tls_callback __attribute__((section(".CRT$XLB"), used)) = callback;

__declspec(dllexport) int *tls_value(void)
{
    void *teb = NtCurrentTeb();
#ifdef _WIN64
    char **slots = ((char ***)teb)[0x58 / 8];
#else
    char **slots = ((char ***)teb)[0x2c / 4];
#endif
    return (int *)(slots[_tls_index] + ((char *)tls_variable - &_tls_start));
}
