/*
 * The window, the font and the bell, which are the terminal's and its user's.
 */
#include "console.h"
#include <string.h>

/* The terminal has its own scroll-back: more lines are there already. Wider than it is, it cannot be. */
BOOL WINAPI SetConsoleScreenBufferSize(HANDLE console, COORD size)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    if (!GetConsoleScreenBufferInfo(console, &info))
        return FALSE;
    if (size.X != info.dwSize.X || size.Y < info.dwSize.Y) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return TRUE;
}

/* A window within the buffer is accepted and stays the terminal's, as in other terminals (ConPTY). */
BOOL WINAPI SetConsoleWindowInfo(HANDLE console, BOOL absolute, const SMALL_RECT *window)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    SMALL_RECT wanted = *window;
    if (!GetConsoleScreenBufferInfo(console, &info))
        return FALSE;
    if (!absolute) {
        wanted.Left += info.srWindow.Left;
        wanted.Top += info.srWindow.Top;
        wanted.Right += info.srWindow.Right;
        wanted.Bottom += info.srWindow.Bottom;
    }
    if (wanted.Right < wanted.Left || wanted.Bottom < wanted.Top || wanted.Left < 0 || wanted.Top < 0 ||
        wanted.Right >= info.dwSize.X || wanted.Bottom >= info.dwSize.Y) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return TRUE;
}

/* ---- fonts: there is one, of a size that not every terminal tells */

static BOOL font_size(HANDLE console, COORD *ret_size)
{
    gw_console_coord cell;
    if (!console_call(console, GW_CONSOLE_GET_FONT, NULL, 0, &cell, sizeof cell, NULL))
        return FALSE;
    *ret_size = (COORD){cell.x, cell.y};
    return TRUE;
}

COORD WINAPI GetConsoleFontSize(HANDLE console, DWORD font)
{
    COORD size = {0, 0};
    if (font_size(console, &size) && font) {
        SetLastError(ERROR_INVALID_PARAMETER);
        size = (COORD){0, 0};
    }
    return size;
}

BOOL WINAPI GetCurrentConsoleFont(HANDLE console, BOOL maximum, CONSOLE_FONT_INFO *ret)
{
    COORD size;
    (void)maximum; /* the largest window has the same font */
    if (!font_size(console, &size))
        return FALSE;
    *ret = (CONSOLE_FONT_INFO){0, size};
    return TRUE;
}

/* Of the font's name nothing is known. */
BOOL WINAPI GetCurrentConsoleFontEx(HANDLE console, BOOL maximum, CONSOLE_FONT_INFOEX *ret)
{
    COORD size;
    (void)maximum;
    if (ret->cbSize != sizeof *ret) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!font_size(console, &size))
        return FALSE;
    *ret = (CONSOLE_FONT_INFOEX){
        .cbSize = sizeof *ret, .dwFontSize = size, .FontFamily = 0x30 /* FF_MODERN */, .FontWeight = 400};
    return TRUE;
}

DWORD WINAPI GetNumberOfConsoleFonts(void);
DWORD WINAPI GetNumberOfConsoleFonts(void)
{
    return 1;
}

/* A terminal has a bell of its own pitch; without one there is nothing to hear. As documented, it takes as
 * long as the tone would. */
BOOL WINAPI Beep(DWORD frequency, DWORD milliseconds)
{
    DWORD written;
    if (frequency < 0x25 || frequency > 0x7fff) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    HANDLE console = CreateFileW(L"CONOUT$", GENERIC_READ | GENERIC_WRITE, SHARE_ALL, NULL, OPEN_EXISTING, 0,
                                 NULL);
    if (console != INVALID_HANDLE_VALUE) {
        WriteConsoleW(console, L"\a", 1, &written, NULL);
        NtClose(console);
    }
    Sleep(milliseconds);
    return TRUE;
}
