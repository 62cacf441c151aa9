/*
 * The console. Where there is none (the tests run without a terminal) what fails is checked;
 * tests/e2e/console.sh runs this program on one.
 */
#include "../harness.h"

static HANDLE in = INVALID_HANDLE_VALUE, out = INVALID_HANDLE_VALUE;

/* Opens both ends; FALSE where there is no console. */
static BOOL opened(void)
{
    if (in == INVALID_HANDLE_VALUE)
        in = CreateFileA("CONIN$", GENERIC_READ | GENERIC_WRITE, 3, NULL, OPEN_EXISTING, 0, NULL);
    if (out == INVALID_HANDLE_VALUE)
        out = CreateFileA("CONOUT$", GENERIC_READ | GENERIC_WRITE, 3, NULL, OPEN_EXISTING, 0, NULL);
    return in != INVALID_HANDLE_VALUE && out != INVALID_HANDLE_VALUE;
}

#define NEED_CONSOLE()                                                                                       \
    do {                                                                                                     \
        if (!opened())                                                                                       \
            ELSEWHERE("e2e/console, on a terminal");                                                         \
    } while (0)

TEST(not_a_console)
{
    ORACLE_DIFFERS("the code for WriteConsoleInput");
    DWORD n = 77, mode;
    char text[8];
    WCHAR wide[8];
    INPUT_RECORD records[2];
    CONSOLE_SCREEN_BUFFER_INFO info;
    CONSOLE_SCREEN_BUFFER_INFOEX extended = {.cbSize = sizeof extended};
    CONSOLE_CURSOR_INFO cursor = {25, TRUE};
    COORD origin = {0, 0};
    SMALL_RECT window = {0, 0, 1, 1};
    HANDLE file = CreateFileA("plain", GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
                              FILE_FLAG_DELETE_ON_CLOSE, NULL);

    CHECK(file != INVALID_HANDLE_VALUE);
    CHECK_ERROR(GetConsoleMode(file, &mode), ERROR_INVALID_HANDLE);
    CHECK_ERROR(SetConsoleMode(file, 3), ERROR_INVALID_HANDLE);
    CHECK_ERROR(WriteConsoleW(file, L"x", 1, &n, NULL), ERROR_INVALID_HANDLE);
    CHECK_ERROR(WriteConsoleA(file, "x", 1, &n, NULL), ERROR_INVALID_HANDLE);
    CHECK_ERROR(ReadConsoleW(file, wide, 1, &n, NULL), ERROR_INVALID_HANDLE);
    CHECK_ERROR(ReadConsoleA(file, text, 1, &n, NULL), ERROR_INVALID_HANDLE);
    CHECK_ERROR(ReadConsoleInputW(file, records, 1, &n), ERROR_INVALID_HANDLE);
    CHECK_ERROR(ReadConsoleInputA(file, records, 1, &n), ERROR_INVALID_HANDLE);
    CHECK_ERROR(PeekConsoleInputW(file, records, 1, &n), ERROR_INVALID_HANDLE);
    CHECK_ERROR(PeekConsoleInputA(file, records, 1, &n), ERROR_INVALID_HANDLE);
    CHECK_ERROR(WriteConsoleInputW(file, records, 1, &n), ERROR_INVALID_HANDLE);
    CHECK_ERROR(GetNumberOfConsoleInputEvents(file, &n), ERROR_INVALID_HANDLE);
    CHECK_ERROR(FlushConsoleInputBuffer(file), ERROR_INVALID_HANDLE);
    CHECK_ERROR(GetConsoleScreenBufferInfo(file, &info), ERROR_INVALID_HANDLE);
    CHECK_ERROR(GetConsoleScreenBufferInfoEx(file, &extended), ERROR_INVALID_HANDLE);
    CHECK_ERROR(SetConsoleCursorPosition(file, origin), ERROR_INVALID_HANDLE);
    CHECK_ERROR(SetConsoleTextAttribute(file, 7), ERROR_INVALID_HANDLE);
    CHECK_ERROR(GetConsoleCursorInfo(file, &cursor), ERROR_INVALID_HANDLE);
    CHECK_ERROR(SetConsoleCursorInfo(file, &cursor), ERROR_INVALID_HANDLE);
    CHECK_ERROR(FillConsoleOutputCharacterW(file, L'x', 1, origin, &n), ERROR_INVALID_HANDLE);
    CHECK_ERROR(FillConsoleOutputCharacterA(file, 'x', 1, origin, &n), ERROR_INVALID_HANDLE);
    CHECK_ERROR(FillConsoleOutputAttribute(file, 7, 1, origin, &n), ERROR_INVALID_HANDLE);
    CHECK_ERROR(SetConsoleScreenBufferSize(file, origin), ERROR_INVALID_HANDLE);
    CHECK_ERROR(SetConsoleWindowInfo(file, TRUE, &window), ERROR_INVALID_HANDLE);
    CHECK_ERROR(SetConsoleActiveScreenBuffer(file), ERROR_INVALID_HANDLE);
    origin = GetLargestConsoleWindowSize(file);
    CHECK_EQ(origin.X, 0);
    CHECK_EQ(origin.Y, 0);
    CHECK_EQ(GetLastError(), ERROR_INVALID_HANDLE);
    CloseHandle(file);
}

TEST(modes)
{
    DWORD mode, other;

    NEED_CONSOLE();
    CHECK(GetConsoleMode(in, &mode));
    CHECK(mode & ENABLE_PROCESSED_INPUT && mode & ENABLE_LINE_INPUT && mode & ENABLE_ECHO_INPUT);
    CHECK(SetConsoleMode(in, ENABLE_PROCESSED_INPUT));
    CHECK(GetConsoleMode(in, &other));
    CHECK_EQ(other, ENABLE_PROCESSED_INPUT);
    CHECK_ERROR(SetConsoleMode(in, ENABLE_ECHO_INPUT), ERROR_INVALID_PARAMETER); /* needs lines */
    CHECK(SetConsoleMode(in, mode));
    CHECK(GetConsoleMode(out, &mode));
    CHECK(mode & ENABLE_PROCESSED_OUTPUT);
    CHECK(SetConsoleMode(out, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING));
    CHECK(GetConsoleMode(out, &other));
    CHECK_EQ(other, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
    CHECK(SetConsoleMode(out, mode));
    CHECK_ERROR(SetConsoleMode(out, 0x80000000), ERROR_INVALID_PARAMETER);
}

TEST(writing)
{
    CONSOLE_SCREEN_BUFFER_INFO before, after;
    DWORD n = 0;

    NEED_CONSOLE();
    CHECK(WriteConsoleW(out, L"\r", 1, &n, NULL));
    CHECK(GetConsoleScreenBufferInfo(out, &before));
    CHECK_EQ(before.dwCursorPosition.X, 0);
    CHECK(WriteConsoleW(out, L"abc", 3, &n, NULL));
    CHECK_EQ(n, 3);
    CHECK(WriteConsoleA(out, "de", 2, &n, NULL));
    CHECK_EQ(n, 2);
    CHECK(GetConsoleScreenBufferInfo(out, &after));
    CHECK_EQ(after.dwCursorPosition.X, 5);
    CHECK_EQ(after.dwCursorPosition.Y, before.dwCursorPosition.Y);
    CHECK(WriteConsoleW(out, L"\r\n", 2, &n, NULL));
    CHECK_ERROR(WriteConsoleW(in, L"x", 1, &n, NULL), ERROR_INVALID_HANDLE);
}

TEST(screen)
{
    CONSOLE_SCREEN_BUFFER_INFO info, other;
    CONSOLE_SCREEN_BUFFER_INFOEX extended = {.cbSize = sizeof extended};
    CONSOLE_CURSOR_INFO cursor, changed;
    COORD at = {3, 2};
    DWORD n = 0;

    NEED_CONSOLE();
    CHECK(GetConsoleScreenBufferInfo(out, &info));
    CHECK(info.dwSize.X > 0 && info.dwSize.Y > 0);
    CHECK(info.srWindow.Right - info.srWindow.Left + 1 <= info.dwSize.X);
    CHECK(GetConsoleScreenBufferInfoEx(out, &extended));
    CHECK_EQ(extended.dwSize.X, info.dwSize.X);
    CHECK_EQ(extended.wAttributes, info.wAttributes);
    extended.cbSize = 4;
    CHECK_ERROR(GetConsoleScreenBufferInfoEx(out, &extended), ERROR_INVALID_PARAMETER);
    CHECK(SetConsoleTextAttribute(out, FOREGROUND_GREEN | FOREGROUND_INTENSITY));
    CHECK(GetConsoleScreenBufferInfo(out, &other));
    CHECK_EQ(other.wAttributes, FOREGROUND_GREEN | FOREGROUND_INTENSITY);
    CHECK(SetConsoleTextAttribute(out, info.wAttributes));
    CHECK(SetConsoleCursorPosition(out, at));
    CHECK(GetConsoleScreenBufferInfo(out, &other));
    CHECK_EQ(other.dwCursorPosition.X, 3);
    CHECK_EQ(other.dwCursorPosition.Y, 2);
    CHECK(FillConsoleOutputCharacterW(out, L' ', 5, at, &n));
    CHECK_EQ(n, 5);
    CHECK(FillConsoleOutputCharacterA(out, ' ', 4, at, &n));
    CHECK_EQ(n, 4);
    CHECK(FillConsoleOutputAttribute(out, info.wAttributes, 3, at, &n));
    CHECK_EQ(n, 3);
    CHECK(GetConsoleScreenBufferInfo(out, &other)); /* filling moves no cursor */
    CHECK_EQ(other.dwCursorPosition.X, 3);
    at.X = info.dwSize.X;
    CHECK_ERROR(SetConsoleCursorPosition(out, at), ERROR_INVALID_PARAMETER);
    CHECK(SetConsoleCursorPosition(out, info.dwCursorPosition));
    CHECK(GetConsoleCursorInfo(out, &cursor));
    changed = (CONSOLE_CURSOR_INFO){50, FALSE};
    CHECK(SetConsoleCursorInfo(out, &changed));
    CHECK(GetConsoleCursorInfo(out, &changed));
    CHECK_EQ(changed.bVisible, FALSE);
    CHECK_EQ(changed.dwSize, 50);
    CHECK(SetConsoleCursorInfo(out, &cursor));
    changed.dwSize = 0;
    CHECK_ERROR(SetConsoleCursorInfo(out, &changed), ERROR_INVALID_PARAMETER);
    changed.dwSize = 101;
    CHECK_ERROR(SetConsoleCursorInfo(out, &changed), ERROR_INVALID_PARAMETER);
    at = GetLargestConsoleWindowSize(out);
    CHECK(at.X > 0 && at.Y > 0);
    at = (COORD){1, 1};
    CHECK_ERROR(SetConsoleScreenBufferSize(out, at), ERROR_INVALID_PARAMETER);
    CHECK(SetConsoleScreenBufferSize(out, info.dwSize));
    CHECK(SetConsoleWindowInfo(out, TRUE, &info.srWindow));
    CHECK(SetConsoleActiveScreenBuffer(out));
}

static INPUT_RECORD key(WCHAR c)
{
    INPUT_RECORD record = {.EventType = KEY_EVENT};

    record.Event.KeyEvent.bKeyDown = TRUE;
    record.Event.KeyEvent.wRepeatCount = 1;
    record.Event.KeyEvent.wVirtualKeyCode = (WORD)(c - 'a' + 'A');
    record.Event.KeyEvent.uChar.UnicodeChar = c;
    return record;
}

TEST(input_records)
{
    INPUT_RECORD records[4] = {key('a'), key('b'), key('c')}, got[4];
    DWORD n = 0, mode;

    NEED_CONSOLE();
    CHECK(GetConsoleMode(in, &mode));
    CHECK(SetConsoleMode(in, 0));
    CHECK(FlushConsoleInputBuffer(in));
    CHECK(GetNumberOfConsoleInputEvents(in, &n));
    CHECK_EQ(n, 0);
    CHECK(PeekConsoleInputW(in, got, 4, &n));
    CHECK_EQ(n, 0);
    CHECK(WriteConsoleInputW(in, records, 3, &n));
    CHECK_EQ(n, 3);
    CHECK(GetNumberOfConsoleInputEvents(in, &n));
    CHECK_EQ(n, 3);
    CHECK(PeekConsoleInputA(in, got, 4, &n));
    CHECK_EQ(n, 3);
    CHECK_EQ(got[1].Event.KeyEvent.uChar.AsciiChar, 'b');
    CHECK(ReadConsoleInputW(in, got, 1, &n));
    CHECK_EQ(n, 1);
    CHECK_EQ(got[0].EventType, KEY_EVENT);
    CHECK_EQ(got[0].Event.KeyEvent.uChar.UnicodeChar, 'a');
    CHECK_EQ(got[0].Event.KeyEvent.wVirtualKeyCode, 'A');
    CHECK(ReadConsoleInputA(in, got, 4, &n));
    CHECK_EQ(n, 2);
    CHECK_EQ(got[1].Event.KeyEvent.uChar.AsciiChar, 'c');
    BOOL(WINAPI * extended)
    (HANDLE, INPUT_RECORD *, DWORD, DWORD *,
     USHORT) = (void *)GetProcAddress(GetModuleHandleA("kernel32.dll"), "ReadConsoleInputExW");
    if (extended) {
        CHECK(extended(in, got, 4, &n, 2)); /* CONSOLE_READ_NOWAIT */
        CHECK_EQ(n, 0);
        CHECK(WriteConsoleInputW(in, records, 1, &n));
        CHECK(extended(in, got, 4, &n, 1)); /* CONSOLE_READ_NOREMOVE */
        CHECK_EQ(n, 1);
        CHECK(FlushConsoleInputBuffer(in));
    }
    CHECK(SetConsoleMode(in, mode));
}

TEST(reading_lines)
{
    INPUT_RECORD records[4] = {key('x'), key('y'), key('\r')};
    WCHAR wide[16] = L"";
    char text[16] = "";
    DWORD n = 0;

    NEED_CONSOLE();
    records[2].Event.KeyEvent.wVirtualKeyCode = VK_RETURN;
    CHECK(FlushConsoleInputBuffer(in));
    CHECK(WriteConsoleInputW(in, records, 3, &n));
    CHECK(ReadConsoleW(in, wide, 16, &n, NULL));
    CHECK_EQ(n, 4);
    CHECK_WSTR(wide, L"xy\r\n");
    CHECK(WriteConsoleInputW(in, records, 3, &n));
    CHECK(ReadConsoleA(in, text, 16, &n, NULL));
    CHECK_EQ(n, 4);
    CHECK_STR(text, "xy\r\n");
}

TEST(titles)
{
    WCHAR title[64], old[64];
    char ansi[64];

    NEED_CONSOLE();
    GetConsoleTitleW(old, 64);
    CHECK(SetConsoleTitleW(L"A title"));
    CHECK_EQ(GetConsoleTitleW(title, 64), 7);
    CHECK_WSTR(title, L"A title");
    CHECK(SetConsoleTitleA("Another"));
    CHECK_EQ(GetConsoleTitleA(ansi, 64), 7);
    CHECK_STR(ansi, "Another");
    CHECK(SetConsoleTitleW(old));
}

TEST(code_pages)
{
    NEED_CONSOLE();
    UINT in_page = GetConsoleCP(), out_page = GetConsoleOutputCP();
    CHECK(in_page && out_page);
    CHECK(SetConsoleCP(1252));
    CHECK(SetConsoleOutputCP(850));
    CHECK_EQ(GetConsoleCP(), 1252);
    CHECK_EQ(GetConsoleOutputCP(), 850);
    CHECK_ERROR(SetConsoleCP(12345), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(SetConsoleOutputCP(12345), ERROR_INVALID_PARAMETER);
    CHECK_EQ(GetConsoleCP(), 1252);
    CHECK(SetConsoleCP(in_page));
    CHECK(SetConsoleOutputCP(out_page));
}

TEST(the_console_itself)
{
    DWORD list[8], n = 0;
    CONSOLE_SELECTION_INFO selection = {.dwFlags = 77};
    int found = 0;

    NEED_CONSOLE();
    DWORD count = GetConsoleProcessList(list, 8);
    CHECK(count >= 1);
    for (DWORD i = 0; i < count && i < 8; i++)
        found += list[i] == GetCurrentProcessId();
    CHECK_EQ(found, 1);
    CHECK_ERROR(GetConsoleProcessList(NULL, 8), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(GetConsoleProcessList(list, 0), ERROR_INVALID_PARAMETER);
    CHECK(GetNumberOfConsoleMouseButtons(&n));
    CHECK(n >= 1);
    CHECK(GetConsoleDisplayMode(&n));
    CHECK_EQ(n & ~3u, 0);
    CHECK(GetConsoleSelectionInfo(&selection));
    CHECK_EQ(selection.dwFlags, CONSOLE_NO_SELECTION);
    CHECK(!GetConsoleWindow() || IsWindow(GetConsoleWindow()));
    CHECK_ERROR(AllocConsole(), ERROR_ACCESS_DENIED); /* there is one */
    CHECK_ERROR(AttachConsole(ATTACH_PARENT_PROCESS), ERROR_ACCESS_DENIED);
}

TEST(without)
{
    ORACLE_DIFFERS("FreeConsole succeeds without a console");
    if (opened())
        ELSEWHERE("where there is no console");
    CHECK_ERROR(AttachConsole(0x7ffffff0), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(FreeConsole(), ERROR_INVALID_PARAMETER);
    CHECK_EQ(GetConsoleProcessList((DWORD[4]){0}, 4), 0);
}
