/*
 * Beep: there is no speaker to drive, so the console's terminal rings its bell, and the time passes.
 */
#include "kernelbase.h"

/* Documented: 37 to 32767 hertz, and it comes back when the sound is over. */
BOOL WINAPI Beep(DWORD frequency, DWORD milliseconds)
{
    DWORD written;

    if (frequency < 37 || frequency > 32767) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    const HANDLE console = CreateFileW(L"CONOUT$", GENERIC_READ | GENERIC_WRITE,
                                       FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    if (console != INVALID_HANDLE_VALUE) {
        WriteConsoleW(console, L"\a", 1, &written, NULL);
        CloseHandle(console);
    }
    Sleep(milliseconds);
    return TRUE;
}
