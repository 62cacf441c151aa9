/*
 * WinExec, for programs from the days of 16 bits.
 */
#include "kernelbase.h"

/* More than 31: it was started. */
UINT WINAPI WinExec(LPCSTR command, UINT show)
{
    STARTUPINFOA start = {.cb = sizeof start, .dwFlags = STARTF_USESHOWWINDOW, .wShowWindow = (WORD)show};
    PROCESS_INFORMATION process;
    char *line; /* CreateProcess may write to it */

    if (!command)
        return ERROR_FILE_NOT_FOUND;
    SIZE_T size = (SIZE_T)lstrlenA(command) + 1;
    line = RtlAllocateHeap(process_heap(), 0, size);
    if (!line)
        return 0;
    RtlCopyMemory(line, command, size);
    BOOL good = CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &start, &process);
    RtlFreeHeap(process_heap(), 0, line);
    if (!good) {
        DWORD error = GetLastError();
        return error == ERROR_PATH_NOT_FOUND                                    ? ERROR_PATH_NOT_FOUND
               : error == ERROR_BAD_FORMAT || error == ERROR_BAD_EXE_FORMAT     ? ERROR_BAD_FORMAT
               : error == ERROR_NOT_ENOUGH_MEMORY || error == ERROR_OUTOFMEMORY ? 0
                                                                                : ERROR_FILE_NOT_FOUND;
    }
    NtClose(process.hThread);
    NtClose(process.hProcess);
    return 33;
}
