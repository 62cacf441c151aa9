/*
 * The console's output on a terminal: the screen buffer and its cells, colors, the cursor, the title, code
 * pages.
 */
#include "terminal.h"

TEST(screen_information)
{
    NEED_TERMINAL();
    CONSOLE_SCREEN_BUFFER_INFO info;
    CONSOLE_SCREEN_BUFFER_INFOEX more = {.cbSize = sizeof more};
    clear();
    CHECK(GetConsoleScreenBufferInfo(out, &info));
    CHECK(info.dwSize.X == 80 && info.dwSize.Y >= 25);
    CHECK_EQ(info.srWindow.Right - info.srWindow.Left, 79);
    CHECK_EQ(info.wAttributes, 7);
    CHECK(SetConsoleCursorPosition(out, (COORD){12, 5}));
    print("abc");
    CHECK(GetConsoleScreenBufferInfo(out, &info));
    CHECK(info.dwCursorPosition.X == 15 && info.dwCursorPosition.Y == 5);
    print("\r\n\tx");
    CHECK(GetConsoleScreenBufferInfoEx(out, &more));
    CHECK(more.dwCursorPosition.X == 9 && more.dwCursorPosition.Y == 6);
    see(5, "            abc");
    see(6, "        x");
    CHECK_ERROR(SetConsoleCursorPosition(out, (COORD){80, 0}), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(SetConsoleCursorPosition(out, (COORD){0, -1}), ERROR_INVALID_PARAMETER);
    COORD largest = GetLargestConsoleWindowSize(out);
    CHECK(largest.X >= 80 && largest.Y >= 25);
    more.cbSize = 4;
    CHECK_ERROR(GetConsoleScreenBufferInfoEx(out, &more), ERROR_INVALID_PARAMETER);
}

TEST(written_cells)
{
    NEED_TERMINAL();
    WCHAR text[16] = L"";
    WORD attributes[16] = {0};
    DWORD n = 0;
    clear();
    print("plain ");
    CHECK(SetConsoleTextAttribute(out, FOREGROUND_RED | FOREGROUND_INTENSITY | BACKGROUND_BLUE));
    print("red");
    CHECK(SetConsoleTextAttribute(out, 7));
    CHECK(ReadConsoleOutputCharacterW(out, text, 10, (COORD){0, 0}, &n));
    CHECK_EQ(n, 10);
    text[n] = 0;
    CHECK_WSTR(text, L"plain red ");
    CHECK(ReadConsoleOutputAttribute(out, attributes, 10, (COORD){0, 0}, &n));
    CHECK_EQ(n, 10);
    CHECK_EQ(attributes[5], 7);
    CHECK_EQ(attributes[6], FOREGROUND_RED | FOREGROUND_INTENSITY | BACKGROUND_BLUE);
    CHECK_EQ(attributes[9], 7);
    see(0, "plain red");
    char narrow[8] = "";
    CHECK(ReadConsoleOutputCharacterA(out, narrow, 5, (COORD){0, 0}, &n));
    CHECK_STR(narrow, "plain");
    CHECK(ReadConsoleOutputCharacterW(out, text, 5, (COORD){0, 999}, &n));
    CHECK_EQ(n, 0);
}

TEST(fills_and_runs)
{
    NEED_TERMINAL();
    CONSOLE_SCREEN_BUFFER_INFO info;
    WCHAR text[16] = L"";
    WORD attributes[4] = {0}, colors[3] = {1, 2, 4};
    DWORD n = 0;
    clear();
    CHECK(FillConsoleOutputCharacterW(out, '#', 5, (COORD){78, 2}, &n)); /* on into the next line */
    CHECK_EQ(n, 5);
    see(2, "                                                                              ##");
    see(3, "###");
    CHECK(FillConsoleOutputCharacterA(out, '+', 2, (COORD){0, 3}, &n));
    see(3, "++#");
    CHECK(FillConsoleOutputAttribute(out, 0x1e, 3, (COORD){0, 3}, &n));
    CHECK_EQ(n, 3);
    CHECK(ReadConsoleOutputAttribute(out, attributes, 4, (COORD){0, 3}, &n));
    CHECK(attributes[0] == 0x1e && attributes[2] == 0x1e && attributes[3] == 7);
    CHECK(WriteConsoleOutputCharacterW(out, L"w\u00efde", 4, (COORD){4, 4}, &n));
    CHECK_EQ(n, 4);
    CHECK(WriteConsoleOutputCharacterA(out, "narrow", 6, (COORD){9, 4}, &n));
    CHECK_EQ(n, 6);
    see(4, "    w\u00efde narrow");
    CHECK(WriteConsoleOutputAttribute(out, colors, 3, (COORD){4, 4}, &n));
    CHECK_EQ(n, 3);
    CHECK(ReadConsoleOutputAttribute(out, attributes, 4, (COORD){4, 4}, &n));
    CHECK(attributes[0] == 1 && attributes[1] == 2 && attributes[2] == 4 && attributes[3] == 7);
    CHECK(ReadConsoleOutputCharacterW(out, text, 4, (COORD){4, 4}, &n));
    CHECK(!wcsncmp(text, L"w\u00efde", 4));
    CHECK(GetConsoleScreenBufferInfo(out, &info));
    CHECK(info.dwCursorPosition.X == 0 && info.dwCursorPosition.Y == 0); /* none of it moves the cursor */
    CHECK(FillConsoleOutputCharacterW(out, 'e', 100, (COORD){78, (SHORT)(info.dwSize.Y - 1)}, &n));
    CHECK_EQ(n, 2); /* as many as there are */
    CHECK_ERROR(FillConsoleOutputCharacterW(NULL, 'e', 1, (COORD){0, 0}, &n), ERROR_INVALID_HANDLE);
}

TEST(rectangles)
{
    NEED_TERMINAL();
    CHAR_INFO cells[6], back[6], narrow[2];
    SMALL_RECT region = {10, 3, 12, 4};
    clear();
    for (int i = 0; i < 6; i++) {
        cells[i].Char.UnicodeChar = (WCHAR)('A' + i);
        cells[i].Attributes = (WORD)(i + 1);
    }
    CHECK(WriteConsoleOutputW(out, cells, (COORD){3, 2}, (COORD){0, 0}, &region));
    CHECK(region.Left == 10 && region.Top == 3 && region.Right == 12 && region.Bottom == 4);
    see(3, "          ABC");
    see(4, "          DEF");
    memset(back, 0, sizeof back);
    CHECK(ReadConsoleOutputW(out, back, (COORD){3, 2}, (COORD){0, 0}, &region));
    for (int i = 0; i < 6; i++) {
        CHECK_EQ(back[i].Char.UnicodeChar, 'A' + i);
        CHECK_EQ(back[i].Attributes, i + 1);
    }
    region = (SMALL_RECT){-1, 6, 1, 6}; /* half of it is on the screen */
    CHECK(WriteConsoleOutputW(out, cells, (COORD){3, 1}, (COORD){0, 0}, &region));
    CHECK(region.Left == 0 && region.Right == 1);
    see(6, "BC");
    region = (SMALL_RECT){20, 6, 40, 20}; /* more than there are cells for */
    CHECK(WriteConsoleOutputW(out, cells, (COORD){3, 2}, (COORD){1, 1}, &region));
    CHECK(region.Left == 20 && region.Top == 6 && region.Right == 21 && region.Bottom == 6);
    see(6, "BC                  EF");
    narrow[0].Char.AsciiChar = 'n';
    narrow[0].Attributes = 7;
    region = (SMALL_RECT){0, 8, 0, 8};
    CHECK(WriteConsoleOutputA(out, narrow, (COORD){1, 1}, (COORD){0, 0}, &region));
    see(8, "n");
    region = (SMALL_RECT){20, 6, 21, 6};
    CHECK(ReadConsoleOutputA(out, narrow, (COORD){2, 1}, (COORD){0, 0}, &region));
    CHECK(narrow[0].Char.AsciiChar == 'E' && narrow[1].Char.AsciiChar == 'F');
}

TEST(scrolling)
{
    NEED_TERMINAL();
    CHAR_INFO fill = {.Char.UnicodeChar = '.', .Attributes = 7};
    SMALL_RECT source = {0, 1, 3, 3}, clip = {0, 0, 1, 24};
    clear();
    print("zero\r\none1\r\ntwo2\r\nthre\r\nfour");
    CHECK(ScrollConsoleScreenBufferW(out, &source, NULL, (COORD){0, 0}, &fill));
    see(0, "one1");
    see(1, "two2");
    see(2, "thre");
    see(3, "....");
    see(4, "four");
    source = (SMALL_RECT){0, 0, 3, 0};
    CHECK(ScrollConsoleScreenBufferA(out, &source, &clip, (COORD){0, 5}, &fill));
    see(0, fill.Char.UnicodeChar == '.' ? "..e1" : ""); /* outside of the clip nothing changes */
    see(5, "on");
}

/* What is printed at the bottom scrolls the screen, and the model with it. */
TEST(output_scrolls)
{
    NEED_TERMINAL();
    CONSOLE_SCREEN_BUFFER_INFO info;
    WCHAR text[8] = L"";
    DWORD n;
    clear();
    CHECK(GetConsoleScreenBufferInfo(out, &info));
    SHORT bottom = (SHORT)(info.dwSize.Y - 1);
    CHECK(SetConsoleCursorPosition(out, (COORD){0, bottom}));
    print("last\r\nnew");
    CHECK(ReadConsoleOutputCharacterW(out, text, 4, (COORD){0, (SHORT)(bottom - 1)}, &n));
    CHECK(!wcsncmp(text, L"last", 4));
    see(bottom - 1, "last");
    see(bottom, "new");
    for (int i = 0; i < 78; i++)
        print("w"); /* wraps */
    CHECK(ReadConsoleOutputCharacterW(out, text, 2, (COORD){0, bottom}, &n));
    CHECK(!wcsncmp(text, L"w ", 2));
    see(bottom, "w");
    CHECK(GetConsoleScreenBufferInfo(out, &info));
    CHECK(info.dwCursorPosition.X == 1 && info.dwCursorPosition.Y == bottom);
}

TEST(sequences)
{
    NEED_TERMINAL();
    WORD attributes[4] = {0};
    WCHAR text[8] = L"";
    DWORD n;
    clear();
    print("\033[4;5Hhere\033[4;6H\033[1;31mE\033[0;7mR\033[m");
    CHECK(ReadConsoleOutputCharacterW(out, text, 4, (COORD){4, 3}, &n));
    CHECK(!wcsncmp(text, L"hERe", 4));
    CHECK(ReadConsoleOutputAttribute(out, attributes, 4, (COORD){4, 3}, &n));
    CHECK_EQ(attributes[0], 7);
    CHECK_EQ(attributes[1], FOREGROUND_RED | FOREGROUND_INTENSITY);
    CHECK_EQ(attributes[2] & COMMON_LVB_REVERSE_VIDEO, COMMON_LVB_REVERSE_VIDEO);
    print("\033[4;5H\033[K");
    CHECK(ReadConsoleOutputCharacterW(out, text, 4, (COORD){4, 3}, &n));
    CHECK(!wcsncmp(text, L"    ", 4));
    see(3, "");
}

TEST(cursor)
{
    NEED_TERMINAL();
    CONSOLE_CURSOR_INFO info;
    CHECK(GetConsoleCursorInfo(out, &info));
    CHECK(info.dwSize >= 1 && info.dwSize <= 100);
    info.bVisible = FALSE;
    CHECK(SetConsoleCursorInfo(out, &info));
    CHECK(GetConsoleCursorInfo(out, &info));
    CHECK_EQ(info.bVisible, FALSE);
    info.bVisible = TRUE;
    CHECK(SetConsoleCursorInfo(out, &info));
    info.dwSize = 101;
    CHECK_ERROR(SetConsoleCursorInfo(out, &info), ERROR_INVALID_PARAMETER);
    info.dwSize = 0;
    CHECK_ERROR(SetConsoleCursorInfo(out, &info), ERROR_INVALID_PARAMETER);
}

/* A second buffer has cells, cursor, colors and modes of its own; the terminal shows one at a time. */
TEST(screen_buffers)
{
    NEED_TERMINAL();
    const HANDLE first = out;
    CONSOLE_SCREEN_BUFFER_INFO info;
    WCHAR text[8] = L"";
    DWORD n, mode = 0;
    clear();
    print("first");
    CHECK_ERROR(CreateConsoleScreenBuffer(GENERIC_READ, 0, NULL, 77, NULL) == INVALID_HANDLE_VALUE ? 0 : 1,
                ERROR_INVALID_PARAMETER);
    HANDLE second = CreateConsoleScreenBuffer(GENERIC_READ | GENERIC_WRITE,
                                              FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                                              CONSOLE_TEXTMODE_BUFFER, NULL);
    CHECK(second != INVALID_HANDLE_VALUE);
    CHECK(GetConsoleScreenBufferInfo(second, &info));
    CHECK(info.dwCursorPosition.X == 0 && info.dwCursorPosition.Y == 0);
    CHECK(info.dwSize.X >= 80);
    CHECK(SetConsoleCursorPosition(second, (COORD){3, 2}));
    CHECK(SetConsoleTextAttribute(second, FOREGROUND_GREEN));
    CHECK(WriteConsoleW(second, L"second", 6, &n, NULL));
    CHECK(GetConsoleScreenBufferInfo(second, &info));
    CHECK(info.dwCursorPosition.X == 9 && info.dwCursorPosition.Y == 2);
    CHECK_EQ(info.wAttributes, FOREGROUND_GREEN);
    CHECK(GetConsoleScreenBufferInfo(first, &info));
    CHECK(info.dwCursorPosition.X == 5 && info.dwCursorPosition.Y == 0);
    CHECK_EQ(info.wAttributes, 7);
    CHECK(SetConsoleMode(second, ENABLE_PROCESSED_OUTPUT));
    CHECK(GetConsoleMode(first, &mode));
    CHECK(mode & ENABLE_WRAP_AT_EOL_OUTPUT);
    see(0, "first"); /* the second is not to be seen yet */
    see(2, "");
    CHECK(SetConsoleActiveScreenBuffer(second));
    out = second;
    see(0, "");
    see(2, "   second");
    HANDLE shown = CreateFileW(L"CONOUT$", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                               NULL, OPEN_EXISTING, 0, NULL);
    CHECK(ReadConsoleOutputCharacterW(shown, text, 6, (COORD){3, 2}, &n));
    CHECK(!wcsncmp(text, L"second", 6));
    CloseHandle(shown);
    CHECK(ReadConsoleOutputCharacterW(first, text, 5, (COORD){0, 0}, &n));
    CHECK(!wcsncmp(text, L"first", 5));
    CHECK(WriteConsoleOutputCharacterW(first, L"FIRST", 5, (COORD){0, 0}, &n)); /* seen later */
    see(0, "");
    CHECK(SetConsoleActiveScreenBuffer(first));
    out = first;
    see(0, "FIRST");
    see(2, "");
    CHECK(SetConsoleActiveScreenBuffer(second));
    CHECK(CloseHandle(second)); /* whoever is shown then is there again */
    see(0, "FIRST");
    CHECK_ERROR(SetConsoleActiveScreenBuffer(in), ERROR_INVALID_HANDLE);
}

TEST(title)
{
    NEED_TERMINAL();
    WCHAR wide[64];
    char text[64];
    CHECK(GetConsoleTitleW(wide, 64) > 0); /* the program's path, or what it was started with */
    CHECK(SetConsoleTitleW(L"a t\u00eftle"));
    CHECK_EQ(GetConsoleTitleW(wide, 64), 7);
    CHECK_WSTR(wide, L"a t\u00eftle");
    print("\033]777;title;a t\u00eftle\a");
    CHECK(SetConsoleTitleA("narrow"));
    CHECK_EQ(GetConsoleTitleA(text, 64), 6);
    CHECK_STR(text, "narrow");
}

static void print_to(HANDLE console, const WCHAR *text)
{
    DWORD n;
    CHECK(WriteConsoleW(console, text, (DWORD)wcslen(text), &n, NULL));
}

TEST(second_buffer)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    CONSOLE_CURSOR_INFO cursor;
    WCHAR row[8];
    DWORD n, mode;
    NEED_TERMINAL();
    CHECK_ERROR(CreateConsoleScreenBuffer(GENERIC_WRITE, 0, NULL, 0, NULL) == INVALID_HANDLE_VALUE ? FALSE
                                                                                                   : TRUE,
                ERROR_INVALID_PARAMETER);
    clear();
    print("first");
    see(0, "first");
    HANDLE second = CreateConsoleScreenBuffer(GENERIC_READ | GENERIC_WRITE, 0, NULL, CONSOLE_TEXTMODE_BUFFER,
                                              NULL);
    CHECK(second != INVALID_HANDLE_VALUE);
    CHECK(GetConsoleScreenBufferInfo(second, &info));
    CHECK_EQ(info.dwSize.X, 80);
    CHECK_EQ(info.dwCursorPosition.X, 0);
    CHECK_EQ(info.dwCursorPosition.Y, 0);
    /* what is written to it is not shown */
    print_to(second, L"hidden\r\nline two");
    see(0, "first");
    CHECK(ReadConsoleOutputCharacterW(second, row, 6, (COORD){0, 0}, &n));
    CHECK(n == 6 && !wcsncmp(row, L"hidden", 6));
    CHECK(ReadConsoleOutputCharacterW(out, row, 5, (COORD){0, 0}, &n));
    CHECK(n == 5 && !wcsncmp(row, L"first", 5));
    CHECK(GetConsoleScreenBufferInfo(second, &info));
    CHECK_EQ(info.dwCursorPosition.X, 8);
    CHECK_EQ(info.dwCursorPosition.Y, 1);
    /* modes and cursors are each buffer's own */
    CHECK(SetConsoleMode(second, ENABLE_PROCESSED_OUTPUT));
    CHECK(GetConsoleMode(out, &mode) && mode != ENABLE_PROCESSED_OUTPUT);
    CHECK(GetConsoleMode(second, &mode) && mode == ENABLE_PROCESSED_OUTPUT);
    cursor = (CONSOLE_CURSOR_INFO){50, FALSE};
    CHECK(SetConsoleCursorInfo(second, &cursor));
    CHECK(GetConsoleCursorInfo(out, &cursor) && cursor.bVisible);

    CHECK(SetConsoleActiveScreenBuffer(second));
    print_to(second, L"\033]777;row;0;hidden\a\033]777;row;1;line two\a");
    HANDLE opened = CreateFileW(L"CONOUT$", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                NULL, OPEN_EXISTING, 0, NULL); /* the active one */
    print_to(opened, L" end");
    print_to(second, L"\033]777;row;1;line two end\a");
    CHECK(CloseHandle(opened));
    print_to(out, L" and more"); /* behind the scenes */
    print_to(second, L"\033]777;row;0;hidden\a");
    CHECK(SetConsoleActiveScreenBuffer(out));
    see(0, "first and more");
    CHECK(SetConsoleActiveScreenBuffer(second));
    print_to(second, L"\033]777;row;1;line two end\a");
    CHECK(CloseHandle(second)); /* the last handle of the one that is shown: the first comes back */
    see(0, "first and more");
    CHECK_ERROR(SetConsoleActiveScreenBuffer(in), ERROR_INVALID_HANDLE);
    clear();
}

TEST(bytes_in_code_pages)
{
    DWORD n;
    UINT before = GetConsoleOutputCP();
    NEED_TERMINAL();
    clear();
    CHECK(SetConsoleOutputCP(437));
    CHECK(WriteFile(out, "\x81\x84", 2, &n, NULL)); /* u and a with dots */
    CHECK_EQ(n, 2);
    see(0, "\xc3\xbc\xc3\xa4");
    CHECK(WriteConsoleA(out, "\x94", 1, &n, NULL));
    see(0, "\xc3\xbc\xc3\xa4\xc3\xb6");
    clear();
    CHECK(SetConsoleOutputCP(932));
    CHECK(WriteFile(out, "\x83", 1, &n, NULL)); /* a character in two writes */
    CHECK_EQ(n, 1);
    CHECK(WriteFile(out, "\x41", 1, &n, NULL));
    CHECK(SetConsoleOutputCP(before));
    CHECK(WriteFile(out, "|", 1, &n, NULL));
    CHECK(SetConsoleCursorPosition(out, (COORD){0, 0}));
    WCHAR row[4];
    CHECK(ReadConsoleOutputCharacterW(out, row, 3, (COORD){0, 0}, &n));
    CHECK(row[0] == 0x30a2);
    clear();
}

TEST(window_and_font)
{
    CONSOLE_FONT_INFOEX info = {.cbSize = sizeof info};
    CONSOLE_FONT_INFO old;
    SMALL_RECT window = {0, 0, 79, 24};
    NEED_TERMINAL();
    CHECK(GetCurrentConsoleFontEx(out, FALSE, &info));
    CHECK_EQ(info.nFont, 0);
    CHECK_EQ(info.FontWeight, 400);
    CHECK(GetCurrentConsoleFont(out, FALSE, &old));
    CHECK_EQ(old.dwFontSize.X, info.dwFontSize.X);
    COORD size = GetConsoleFontSize(out, 0);
    CHECK_EQ(size.Y, info.dwFontSize.Y);
    info.cbSize = 4;
    CHECK_ERROR(GetCurrentConsoleFontEx(out, FALSE, &info), ERROR_INVALID_PARAMETER);
    info.cbSize = sizeof info;
    CHECK_ERROR(GetCurrentConsoleFontEx(in, FALSE, &info), ERROR_INVALID_HANDLE);

    CHECK(SetConsoleWindowInfo(out, TRUE, &window));
    window = (SMALL_RECT){0, 0, 0, 0};
    CHECK(SetConsoleWindowInfo(out, FALSE, &window));
    window = (SMALL_RECT){0, 0, 100, 24};
    CHECK_ERROR(SetConsoleWindowInfo(out, TRUE, &window), ERROR_INVALID_PARAMETER);
    window = (SMALL_RECT){5, 0, 4, 24};
    CHECK_ERROR(SetConsoleWindowInfo(out, TRUE, &window), ERROR_INVALID_PARAMETER);
    CHECK(SetConsoleScreenBufferSize(out, (COORD){80, 300}));
    CHECK_ERROR(SetConsoleScreenBufferSize(out, (COORD){80, 10}), ERROR_INVALID_PARAMETER);
}
