/*
 * GetCommandLine: the text lives as long as the process.
 */
#include "../kernelbase.h"

LPWSTR WINAPI GetCommandLineW(VOID)
{
    return current_peb()->ProcessParameters->CommandLine.Buffer;
}

LPSTR WINAPI GetCommandLineA(VOID)
{
    static char *volatile cached;
    if (!cached) {
        const UNICODE_STRING *line = &current_peb()->ProcessParameters->CommandLine;
        DWORD size = wide_to_ansi(line->Buffer, line->Length / sizeof(WCHAR), NULL, 0);
        char *text = RtlAllocateHeap(process_heap(), 0, size);
        if (!text)
            return NULL;
        wide_to_ansi(line->Buffer, line->Length / sizeof(WCHAR), text, size);
        if (InterlockedCompareExchangePointer((PVOID volatile *)&cached, text, NULL))
            RtlFreeHeap(process_heap(), 0, text);
    }
    return cached;
}
