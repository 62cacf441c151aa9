/*
 * The console's input on a terminal: modes, lines and their editing, keys, aliases, Ctrl-C.
 */
#include "terminal.h"

TEST(modes)
{
    NEED_TERMINAL();
    DWORD mode = 0;
    CHECK(GetConsoleMode(in, &mode));
    CHECK_EQ(mode & (ENABLE_PROCESSED_INPUT | ENABLE_LINE_INPUT | ENABLE_ECHO_INPUT), 7);
    CHECK(SetConsoleMode(in, ENABLE_PROCESSED_INPUT));
    CHECK(GetConsoleMode(in, &mode));
    CHECK_EQ(mode, ENABLE_PROCESSED_INPUT);
    CHECK_ERROR(SetConsoleMode(in, ENABLE_ECHO_INPUT), ERROR_INVALID_PARAMETER); /* needs line input */
    CHECK(SetConsoleMode(in, 7));
    CHECK(GetConsoleMode(out, &mode));
    CHECK_EQ(mode & 3, ENABLE_PROCESSED_OUTPUT | ENABLE_WRAP_AT_EOL_OUTPUT);
    CHECK(SetConsoleMode(out, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING));
    CHECK(SetConsoleMode(out, mode));
    CHECK_ERROR(GetConsoleMode((HANDLE)0x7770, &mode), ERROR_INVALID_HANDLE);
    HANDLE file = CreateFileA("nul", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(!GetConsoleMode(file, &mode));
    CloseHandle(file);
}

TEST(lines)
{
    NEED_TERMINAL();
    WCHAR wide[64];
    char text[64];
    DWORD n = 0;
    CHECK(SetConsoleMode(in, 7));
    keys("h\\u00e4llo\\r");
    CHECK(ReadConsoleW(in, wide, 64, &n, NULL));
    CHECK_EQ(n, 7);
    wide[n] = 0;
    CHECK_WSTR(wide, L"h\u00e4llo\r\n");
    keys("abcdef\\r");
    CHECK(ReadConsoleW(in, wide, 4, &n, NULL)); /* the rest stays */
    CHECK_EQ(n, 4);
    CHECK(ReadConsoleW(in, wide, 64, &n, NULL));
    wide[n] = 0;
    CHECK_WSTR(wide, L"ef\r\n");
    keys("file\\r");
    CHECK(ReadFile(in, text, sizeof text, &n, NULL));
    CHECK_EQ(n, 6);
    CHECK(!memcmp(text, "file\r\n", 6));
    keys("ab\\x7fc\\r"); /* edited */
    CHECK(ReadConsoleA(in, text, sizeof text, &n, NULL));
    CHECK(n == 4 && !memcmp(text, "ac\r\n", 4));
}

TEST(raw)
{
    NEED_TERMINAL();
    char text[8] = "";
    DWORD n = 0;
    CHECK(SetConsoleMode(in, 0));
    keys("x");
    CHECK(ReadFile(in, text, sizeof text, &n, NULL));
    CHECK(n == 1 && text[0] == 'x');
    keys("\\x03"); /* is a character now */
    CHECK(ReadFile(in, text, sizeof text, &n, NULL));
    CHECK(n == 1 && text[0] == 3);
    keys("\\r");
    CHECK(ReadFile(in, text, sizeof text, &n, NULL));
    CHECK(n == 1 && text[0] == '\r');
    CHECK(SetConsoleMode(in, 7));
}

TEST(key_events)
{
    NEED_TERMINAL();
    INPUT_RECORD records[8];
    DWORD n = 0;
    CHECK(SetConsoleMode(in, ENABLE_WINDOW_INPUT));
    CHECK(FlushConsoleInputBuffer(in));
    CHECK(GetNumberOfConsoleInputEvents(in, &n));
    CHECK_EQ(n, 0);
    static const struct {
        const char *keys;
        WORD key;
        WCHAR character;
        DWORD state;
    } cases[] = {{"a", 'A', 'a', 0},
                 {"A", 'A', 'A', SHIFT_PRESSED},
                 {"7", '7', '7', 0},
                 {"\\r", VK_RETURN, '\r', 0},
                 {"\\t", VK_TAB, '\t', 0},
                 {"\\x1b[A", VK_UP, 0, 0},
                 {"\\x1b[3~", VK_DELETE, 0, 0},
                 {"\\x1bOP", VK_F1, 0, 0},
                 {"\\x01", 'A', 1, LEFT_CTRL_PRESSED}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KEY_EVENT_RECORD *key = &records[0].Event.KeyEvent;
        memset(records, 0, sizeof records);
        keys(cases[i].keys);
        do
            CHECK(ReadConsoleInputW(in, records, 1, &n));
        while (n && (records[0].EventType != KEY_EVENT || !key->bKeyDown ||
                     key->wVirtualKeyCode == VK_SHIFT || key->wVirtualKeyCode == VK_CONTROL));
        CHECK_EQ(key->wVirtualKeyCode, cases[i].key);
        CHECK_EQ(key->uChar.UnicodeChar, cases[i].character);
        CHECK_EQ(key->dwControlKeyState & (SHIFT_PRESSED | LEFT_CTRL_PRESSED), cases[i].state);
        CHECK(PeekConsoleInputW(in, records, 8, &n));
        CHECK(n >= 1 && !key->bKeyDown); /* let go */
        CHECK(FlushConsoleInputBuffer(in));
    }
    INPUT_RECORD own = {.EventType = KEY_EVENT};
    own.Event.KeyEvent.bKeyDown = TRUE;
    own.Event.KeyEvent.wRepeatCount = 1;
    own.Event.KeyEvent.wVirtualKeyCode = 'Q';
    own.Event.KeyEvent.uChar.AsciiChar = 'q';
    CHECK(WriteConsoleInputA(in, &own, 1, &n));
    own.Event.KeyEvent.uChar.UnicodeChar = L'\u00e9';
    CHECK(WriteConsoleInputW(in, &own, 1, &n));
    CHECK_EQ(n, 1);
    CHECK(GetNumberOfConsoleInputEvents(in, &n));
    CHECK_EQ(n, 2);
    CHECK(PeekConsoleInputA(in, records, 1, &n));
    CHECK_EQ(records[0].Event.KeyEvent.uChar.AsciiChar, 'q');
    CHECK(ReadConsoleInputA(in, records, 1, &n));
    CHECK_EQ(n, 1);
    CHECK(ReadConsoleInputW(in, records, 8, &n));
    CHECK_EQ(n, 1);
    CHECK_EQ(records[0].Event.KeyEvent.uChar.UnicodeChar, L'\u00e9');
    CHECK(SetConsoleMode(in, 7));
}

/* Input is signalled while there is any. */
TEST(waiting_for_input)
{
    NEED_TERMINAL();
    INPUT_RECORD own = {.EventType = FOCUS_EVENT}, records[8];
    HANDLE other = CreateFileW(L"CONIN$", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                               NULL, OPEN_EXISTING, 0, NULL);
    DWORD n;
    CHECK(SetConsoleMode(in, 0));
    CHECK(FlushConsoleInputBuffer(in));
    CHECK_EQ(WaitForSingleObject(in, 0), WAIT_TIMEOUT);
    CHECK_EQ(WaitForSingleObject(in, 50), WAIT_TIMEOUT);
    keys("xy");
    CHECK_EQ(WaitForSingleObject(in, 5000), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(other, 0), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(in, 0), WAIT_OBJECT_0);
    Sleep(100);
    do
        CHECK(ReadConsoleInputW(in, records, 1, &n));
    while (GetNumberOfConsoleInputEvents(in, &n) && n);
    CHECK_EQ(WaitForSingleObject(in, 50), WAIT_TIMEOUT);
    CHECK(WriteConsoleInputW(other, &own, 1, &n));
    CHECK_EQ(WaitForMultipleObjects(2, (HANDLE[]){in, GetCurrentProcess()}, FALSE, 5000), WAIT_OBJECT_0);
    CHECK(ReadConsoleInputW(in, records, 8, &n));
    CHECK_EQ(n, 1);
    CHECK_EQ(records[0].EventType, FOCUS_EVENT);
    CHECK_EQ(WaitForSingleObject(other, 0), WAIT_TIMEOUT);
    CHECK(WriteConsoleInputW(in, &own, 1, &n));
    CHECK(FlushConsoleInputBuffer(in));
    CHECK_EQ(WaitForSingleObject(in, 0), WAIT_TIMEOUT);
    CHECK(SetConsoleMode(in, 7));
    CloseHandle(other);
}

static DWORD CALLBACK read_a_line(void *text)
{
    DWORD n = 0;
    return ReadConsoleW(in, text, 80, &n, NULL) ? n : MAXDWORD;
}

/* Keys that are put into the queue end a read that waits for the keyboard; so programs change to raw mode. */
TEST(written_keys_wake_readers)
{
    NEED_TERMINAL();
    INPUT_RECORD keys[2] = {{.EventType = KEY_EVENT}, {.EventType = KEY_EVENT}}, record;
    WCHAR text[80] = L"";
    DWORD n;
    for (int i = 0; i < 2; i++) {
        keys[i].Event.KeyEvent.bKeyDown = TRUE;
        keys[i].Event.KeyEvent.wRepeatCount = 1;
        keys[i].Event.KeyEvent.wVirtualKeyCode = i ? VK_RETURN : 'K';
        keys[i].Event.KeyEvent.uChar.UnicodeChar = i ? '\r' : 'k';
    }
    CHECK(SetConsoleMode(in, ENABLE_PROCESSED_INPUT | ENABLE_LINE_INPUT | ENABLE_ECHO_INPUT));
    CHECK(FlushConsoleInputBuffer(in));
    HANDLE thread = CreateThread(NULL, 0, read_a_line, text, 0, NULL);
    CHECK_EQ(WaitForSingleObject(thread, 100), WAIT_TIMEOUT);
    CHECK(WriteConsoleInputW(in, keys, 1, &n));
    CHECK_EQ(WaitForSingleObject(thread, 50), WAIT_TIMEOUT);
    CHECK(WriteConsoleInputW(in, keys + 1, 1, &n));
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &n));
    CHECK_EQ(n, 3);
    CHECK(!wcscmp(text, L"k\r\n"));
    CloseHandle(thread);
    CHECK(SetConsoleMode(in, 0));
    CHECK(WriteConsoleInputW(in, keys, 1, &n));
    CHECK(ReadConsoleInputW(in, &record, 1, &n));
    CHECK_EQ(record.Event.KeyEvent.uChar.UnicodeChar, 'k');
    CHECK(SetConsoleMode(in, 7));
}

static volatile LONG interrupted = -1;

static BOOL WINAPI note(DWORD event)
{
    interrupted = (LONG)event;
    return TRUE;
}

TEST(ctrl_c)
{
    NEED_TERMINAL();
    CHECK(SetConsoleMode(in, 7));
    CHECK(SetConsoleCtrlHandler(note, TRUE));
    keys("\\x03");
    for (int i = 0; i < 300 && interrupted < 0; i++)
        Sleep(10);
    CHECK_EQ(interrupted, CTRL_C_EVENT);
    CHECK(SetConsoleCtrlHandler(note, FALSE));
}

/* What ReadConsole's control block asks for, and what keys do to a line. */
TEST(edited_lines)
{
    WCHAR line[64];
    DWORD n;
    CONSOLE_READCONSOLE_CONTROL control = {.nLength = sizeof control, .dwCtrlWakeupMask = 1 << '\t'};
    NEED_TERMINAL();
    clear();
    CHECK(SetConsoleMode(in, 7));
    keys("abc\\x1b[D\\x1b[DX\\x1b[Fz\\x7f\\r");
    CHECK(ReadConsoleW(in, line, 64, &n, NULL));
    CHECK_EQ(n, 6);
    CHECK(wmemcmp(line, L"aXbc\r\n", 6) == 0);
    see(0, "aXbc");
    keys("\\x1b[A!\\r"); /* the line before */
    CHECK(ReadConsoleW(in, line, 64, &n, NULL));
    CHECK_EQ(n, 7);
    CHECK(wmemcmp(line, L"aXbc!\r\n", 7) == 0);
    keys("di\\t"); /* a tab ends the read, and the next goes on with what there was */
    CHECK(ReadConsoleW(in, line, 64, &n, &control));
    CHECK_EQ(n, 3);
    CHECK(wmemcmp(line, L"di\t", 3) == 0);
    CHECK(WriteConsoleW(out, L"r", 1, &n, NULL));
    wmemcpy(line, L"dir", 3);
    control.nInitialChars = 3;
    keys("\\x1b[H-\\r");
    CHECK(ReadConsoleW(in, line, 64, &n, &control));
    CHECK_EQ(n, 6);
    CHECK(wmemcmp(line, L"-dir\r\n", 6) == 0);
    see(2, "-dir");
    control.nLength = 3;
    CHECK_ERROR(ReadConsoleW(in, line, 64, &n, &control), ERROR_INVALID_PARAMETER);
    CHECK(SetConsoleCtrlHandler(note, TRUE));
    interrupted = -1;
    keys("gone\\x03");
    n = 5;
    SetLastError(0);
    CHECK(ReadConsoleW(in, line, 64, &n, NULL));
    CHECK_EQ(n, 0);
    CHECK_EQ(GetLastError(), ERROR_OPERATION_ABORTED);
    for (int i = 0; i < 300 && interrupted < 0; i++)
        Sleep(10);
    CHECK_EQ(interrupted, CTRL_C_EVENT);
    CHECK(SetConsoleCtrlHandler(note, FALSE));
    keys("\\x1a\\r"); /* the end of a file */
    CHECK(ReadFile(in, line, sizeof line, &n, NULL));
    CHECK_EQ(n, 0);
}

TEST(aliases)
{
    WCHAR text[128], line[128], exe[MAX_PATH];
    char narrow[64];
    DWORD n;
    GetModuleFileNameW(NULL, exe, MAX_PATH);
    WCHAR *name = wcsrchr(exe, '\\') + 1;
    NEED_TERMINAL();
    CHECK(AddConsoleAliasW((WCHAR *)L"ll", (WCHAR *)L"list $1 $* $G $$x", name));
    CHECK(AddConsoleAliasW((WCHAR *)L"two", (WCHAR *)L"one$Ttwo", name));
    CHECK(AddConsoleAliasA((char *)"other", (char *)"thing", (char *)"other.exe"));
    CHECK_EQ(GetConsoleAliasW((WCHAR *)L"LL", text, sizeof text, name), 18 * sizeof(WCHAR));
    CHECK_WSTR(text, L"list $1 $* $G $$x");
    CHECK_ERROR(GetConsoleAliasW((WCHAR *)L"ll", text, 4, name), ERROR_INSUFFICIENT_BUFFER);
    CHECK_ERROR(GetConsoleAliasW((WCHAR *)L"none", text, sizeof text, name), ERROR_GEN_FAILURE);
    CHECK_EQ(GetConsoleAliasA((char *)"other", narrow, sizeof narrow, (char *)"other.exe"), 6);
    CHECK_STR(narrow, "thing");
    CHECK_EQ(GetConsoleAliasesLengthW((WCHAR *)L"other.exe"), 12 * sizeof(WCHAR));
    CHECK_EQ(GetConsoleAliasesW(text, sizeof text, (WCHAR *)L"other.exe"), 12 * sizeof(WCHAR));
    CHECK_WSTR(text, L"other=thing");
    CHECK_ERROR(GetConsoleAliasesW(text, 4, (WCHAR *)L"other.exe"), ERROR_BUFFER_OVERFLOW);
    CHECK_EQ(GetConsoleAliasesLengthA((char *)"other.exe"), 12);
    CHECK_EQ(GetConsoleAliasesA(narrow, sizeof narrow, (char *)"other.exe"), 12);
    CHECK_STR(narrow, "other=thing");
    CHECK_ERROR(GetConsoleAliasesA(narrow, 4, (char *)"other.exe"), ERROR_BUFFER_OVERFLOW);
    char exes[256];
    CHECK_EQ(GetConsoleAliasExesLengthA(), wcslen(name) + 1 + 10);
    CHECK_EQ(GetConsoleAliasExesA(exes, sizeof exes), wcslen(name) + 1 + 10);
    CHECK_EQ(strlen(exes), wcslen(name));
    CHECK_ERROR(GetConsoleAliasExesA(exes, 3), ERROR_BUFFER_OVERFLOW);
    DWORD(WINAPI * fonts)
    (void) = (void *)GetProcAddress(GetModuleHandleA("kernel32.dll"), "GetNumberOfConsoleFonts");
    CHECK(fonts() >= 1);
    CHECK_EQ(GetConsoleAliasExesLengthW(), (wcslen(name) + 1 + 10) * sizeof(WCHAR));
    CHECK_EQ(GetConsoleAliasExesW(text, sizeof text), (wcslen(name) + 1 + 10) * sizeof(WCHAR));
    CHECK_WSTR(text, name);

    CHECK(SetConsoleMode(in, ENABLE_LINE_INPUT | ENABLE_ECHO_INPUT | ENABLE_PROCESSED_INPUT));
    keys("ll a b\\r");
    CHECK(ReadConsoleW(in, line, 128, &n, NULL));
    line[n] = 0;
    CHECK_WSTR(line, L"list a a b > $x\r\n");
    keys("two\\r");
    CHECK(ReadConsoleW(in, line, 128, &n, NULL));
    line[n] = 0;
    CHECK_WSTR(line, L"one\r\n");
    CHECK(ReadFile(in, narrow, sizeof narrow, &n, NULL)); /* the rest */
    CHECK(n == 5 && !memcmp(narrow, "two\r\n", 5));
    keys("lll\\r");
    CHECK(ReadConsoleW(in, line, 128, &n, NULL));
    line[n] = 0;
    CHECK_WSTR(line, L"lll\r\n");
    CHECK(AddConsoleAliasW((WCHAR *)L"ll", NULL, name)); /* removes it */
    CHECK_ERROR(GetConsoleAliasW((WCHAR *)L"ll", text, sizeof text, name), ERROR_GEN_FAILURE);
    CHECK(AddConsoleAliasW((WCHAR *)L"two", (WCHAR *)L"", name));
    CHECK(AddConsoleAliasW((WCHAR *)L"other", NULL, (WCHAR *)L"other.exe"));
    CHECK_EQ(GetConsoleAliasExesLengthW(), 0);
    CHECK_ERROR(AddConsoleAliasW(NULL, NULL, name), ERROR_INVALID_PARAMETER);
}
