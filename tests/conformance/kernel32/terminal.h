/*
 * A console on a terminal: tests that need one run in tests/e2e/screen.sh, on a pseudo-terminal whose
 * keyboard the private sequences "OSC 777 ; keys ; TEXT" work, and which compares its own screen for "OSC 777
 * ; row".
 */
#ifndef TERMINAL_H
#define TERMINAL_H

#include "harness.h"
#include <wchar.h>

static HANDLE in, out;

static inline BOOL terminal(void)
{
    DWORD mode;
    if (!in) {
        in = CreateFileW(L"CONIN$", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                         OPEN_EXISTING, 0, NULL);
        out = CreateFileW(L"CONOUT$", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                          OPEN_EXISTING, 0, NULL);
    }
    return getenv("GASTWIRT_TEST_TERMINAL") && GetConsoleMode(in, &mode) && GetConsoleMode(out, &mode);
}

#define NEED_TERMINAL()                                                                                      \
    do {                                                                                                     \
        if (!terminal())                                                                                     \
            ELSEWHERE("e2e/screen, on a terminal that plays along");                                         \
    } while (0)

static inline void print(const char *text)
{
    DWORD n;
    WCHAR wide[512];
    int count = MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, 512) - 1;
    CHECK(WriteConsoleW(out, wide, (DWORD)count, &n, NULL));
    CHECK_EQ(n, count);
}

static inline void keys(const char *text)
{
    char sequence[256];
    sprintf(sequence, "\033]777;keys;%s\a", text);
    print(sequence);
}

/* The terminal's own idea of this row begins so. */
static inline void see(int row, const char *text)
{
    char sequence[256];
    sprintf(sequence, "\033]777;row;%d;%s\a", row, text);
    print(sequence);
}

static inline void clear(void)
{
    DWORD n;
    CHECK(SetConsoleTextAttribute(out, 7));
    CHECK(FillConsoleOutputCharacterW(out, ' ', 80 * 25, (COORD){0, 0}, &n));
    CHECK(FillConsoleOutputAttribute(out, 7, 80 * 25, (COORD){0, 0}, &n));
    CHECK(SetConsoleCursorPosition(out, (COORD){0, 0}));
}

#endif
