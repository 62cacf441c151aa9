/* Forwarders by name, by ordinal and through an API set. */
#include <windows.h>

__asm__(".section .drectve,\"yn\"\n"
        ".ascii \" -export:ForwardedTick=kernel32.GetTickCount\"\n"
        ".ascii \" -export:ForwardedPlain=ldr_plain.plain_answer\"\n"
        ".ascii \" -export:ForwardedApiSet=api-ms-win-core-processthreads-l1-1-0.GetCurrentProcessId\"\n"
        ".ascii \" -export:ForwardedNowhere=ldr_plain.no_such_function\"\n"
        ".text\n");

__declspec(dllexport) int own(void)
{
    return 1;
}
