/*
 * The console functions. On a terminal (tests/e2e/console.sh) keys are put into the console's input and what
 * is written moves its cursor; without one, every function fails as documented.
 */
#include "crt.h"

#include <errno.h>

static HANDLE in, out;
static int has_console(void)
{
    if (!in) {
        in = CreateFileA("CONIN$", GENERIC_READ | GENERIC_WRITE, 3, NULL, OPEN_EXISTING, 0, NULL);
        out = CreateFileA("CONOUT$", GENERIC_READ | GENERIC_WRITE, 3, NULL, OPEN_EXISTING, 0, NULL);
    }
    return in != INVALID_HANDLE_VALUE && out != INVALID_HANDLE_VALUE;
}
#define NEED_CONSOLE()                                                                                       \
    if (!has_console())                                                                                      \
    ELSEWHERE("e2e/console, on a terminal")

static void type_key(WORD key, wchar_t c, DWORD state)
{
    INPUT_RECORD record = {.EventType = KEY_EVENT};
    DWORD count;

    record.Event.KeyEvent = (KEY_EVENT_RECORD){.bKeyDown = TRUE,
                                               .wRepeatCount = 1,
                                               .wVirtualKeyCode = key,
                                               .uChar.UnicodeChar = c,
                                               .dwControlKeyState = state};
    WriteConsoleInputW(in, &record, 1, &count);
    record.Event.KeyEvent.bKeyDown = FALSE;
    WriteConsoleInputW(in, &record, 1, &count);
}
static void type(const wchar_t *text)
{
    for (; *text; text++)
        type_key(*text == '\r' ? VK_RETURN : 0, *text, 0);
}
static int column(void)
{
    CONSOLE_SCREEN_BUFFER_INFO info = {0};

    GetConsoleScreenBufferInfo(out, &info);
    return info.dwCursorPosition.X;
}

#define I(name) CRT(int, name, (void))()
#define W(name) CRT(wint_t, name, (void))()

CRT_TEST(without)
{
    size_t length;
    char text[10] = "**";
    wchar_t wide[10] = L"**";

    if (has_console())
        ELSEWHERE("where there is no terminal");
    CHECK_EQ(I(_getch), EOF);
    CHECK_EQ(I(_getche), EOF);
    CHECK_EQ((wint_t)W(_getwch), WEOF);
    CHECK_EQ((wint_t)W(_getwche), WEOF);
    CHECK_EQ(I(_kbhit), 0);
    CHECK_EQ(CRT(int, _putch, (int))('x'), EOF);
    CHECK_EQ(CRT(wint_t, _putwch, (wchar_t))('x'), WEOF);
    CHECK_EQ(CRT(int, _cputs, (const char *))("x"), -1);
    CHECK_EQ(CRT(int, _cputws, (const wchar_t *))(L"x"), -1);
    CHECK(CRT(int, _cgets_s, (char *, size_t, size_t *))(text, 10, &length) != 0);
    CHECK_EQ(text[0], 0);
    CHECK(CRT(int, _cgetws_s, (wchar_t *, size_t, size_t *))(wide, 10, &length) != 0);
    CHECK_EQ(wide[0], 0);
    /* A character that is put back needs no console. */
    CHECK_EQ(CRT(int, _ungetch, (int))('u'), 'u');
    CHECK_EQ(CRT(int, _ungetch, (int))('v'), EOF); /* there is room for one */
    CHECK_EQ(I(_kbhit), 1);
    CHECK_EQ(I(_getch), 'u');
    CHECK_EQ(I(_kbhit), 0);
    CHECK_EQ(CRT(wint_t, _ungetwch, (wint_t))('w'), 'w');
    CHECK_EQ(W(_getwch), 'w');
    CHECK_EQ(CRT(int, _ungetch, (int))(EOF), EOF);
    CHECK_EQ(CRT(wint_t, _ungetwch, (wint_t))(WEOF), WEOF);
}

CRT_TEST(parameters)
{
    size_t length;
    char text[10] = "";
    wchar_t wide[10] = L"";

    ORACLE_DIFFERS("NULL is an invalid parameter");
    CHECK_INVALID(CRT(int, _cputs, (const char *))(NULL), -1, EINVAL);
    CHECK_INVALID(CRT(int, _cputws, (const wchar_t *))(NULL), -1, EINVAL);
    CHECK_INVALID(CRT(int, _cgets_s, (char *, size_t, size_t *))(NULL, 10, &length), EINVAL, EINVAL);
    CHECK_INVALID(CRT(int, _cgets_s, (char *, size_t, size_t *))(text, 0, &length), EINVAL, EINVAL);
    CHECK_INVALID(CRT(int, _cgetws_s, (wchar_t *, size_t, size_t *))(NULL, 10, &length), EINVAL, EINVAL);
    CHECK_INVALID(CRT(int, _cgetws_s, (wchar_t *, size_t, size_t *))(wide, 0, &length), EINVAL, EINVAL);
#ifndef UCRT
    CHECK_INVALID(CRT(char *, _cgets, (char *))(NULL) == NULL, 1, EINVAL);
    CHECK_INVALID(CRT(char *, _cgets, (char *))(text) == NULL, 1, EINVAL); /* no room at all */
    CHECK_INVALID(CRT(wchar_t *, _cgetws, (wchar_t *))(NULL) == NULL, 1, EINVAL);
    CHECK_INVALID(CRT(wchar_t *, _cgetws, (wchar_t *))(wide) == NULL, 1, EINVAL);
#endif
}

CRT_TEST(keys)
{
    NEED_CONSOLE();
    FlushConsoleInputBuffer(in);
    CHECK_EQ(I(_kbhit), 0);
    type(L"ab");
    CHECK(I(_kbhit) != 0);
    CHECK_EQ(I(_getch), 'a');
    CHECK_EQ(W(_getwch), 'b');
    CHECK_EQ(I(_kbhit), 0);
    type_key(VK_F1, 0, 0); /* keys without a character come as two codes */
    CHECK_EQ(I(_getch), 0);
    CHECK_EQ(I(_getch), 59);
    type_key(VK_LEFT, 0, 0);
    CHECK_EQ(I(_getch), 0xe0);
    CHECK_EQ(I(_getch), 75);
    type_key(VK_F5, 0, SHIFT_PRESSED);
    CHECK_EQ(I(_getch), 0);
    CHECK_EQ(I(_getch), 88);
    type(L"\r");
    CHECK_EQ(I(_getch), '\r'); /* as it is */
    type(L"e");
    int before = column();
    CHECK_EQ(I(_getche), 'e');
    CHECK_EQ(column(), before + 1); /* is shown */
    type(L"f");
    CHECK_EQ(W(_getwche), 'f');
    CHECK_EQ(column(), before + 2);
#ifdef UCRT
    type(L"ghij");
    CHECK_EQ(I(_getch_nolock), 'g');
    CHECK_EQ(I(_getche_nolock), 'h');
    CHECK_EQ(W(_getwch_nolock), 'i');
    CHECK_EQ(W(_getwche_nolock), 'j');
    CHECK_EQ(CRT(int, _ungetch_nolock, (int))('k'), 'k');
    CHECK_EQ(I(_getch), 'k');
    CHECK_EQ(CRT(wint_t, _ungetwch_nolock, (wint_t))('l'), 'l');
    CHECK_EQ(W(_getwch), 'l');
#endif
}

CRT_TEST(output)
{
    NEED_CONSOLE();
    CHECK_EQ(CRT(int, _putch, (int))('\r'), '\r');
    CHECK_EQ(column(), 0);
    CHECK_EQ(CRT(int, _putch, (int))('a'), 'a');
    CHECK_EQ(CRT(wint_t, _putwch, (wchar_t))(L'b'), 'b');
    CHECK_EQ(CRT(int, _cputs, (const char *))("cde"), 0);
    CHECK_EQ(CRT(int, _cputws, (const wchar_t *))(L"fgh"), 0);
    CHECK_EQ(column(), 8);
#ifdef UCRT
    CHECK_EQ(CRT(int, _putch_nolock, (int))('i'), 'i');
    CHECK_EQ(CRT(wint_t, _putwch_nolock, (wchar_t))(L'j'), 'j');
    CHECK_EQ(column(), 10);
#endif
    CRT(int, _cputs, (const char *))("\r\n");
}

CRT_TEST(lines)
{
    size_t length = 99;
    char text[20];
    wchar_t wide[20];

    NEED_CONSOLE();
    FlushConsoleInputBuffer(in);
    type(L"line\r");
    CHECK_EQ(CRT(int, _cgets_s, (char *, size_t, size_t *))(text, 20, &length), 0);
    CHECK_STR(text, "line");
    CHECK_EQ(length, 4);
    type(L"wide\r");
    CHECK_EQ(CRT(int, _cgetws_s, (wchar_t *, size_t, size_t *))(wide, 20, &length), 0);
    CHECK_WSTR(wide, L"wide");
    CHECK_EQ(length, 4);
    type(L"longer\r"); /* what does not fit is read by the next call */
    CHECK_EQ(CRT(int, _cgets_s, (char *, size_t, size_t *))(text, 5, &length), 0);
    CHECK_STR(text, "long");
    CHECK_EQ(CRT(int, _cgetws_s, (wchar_t *, size_t, size_t *))(wide, 20, &length), 0);
    CHECK_WSTR(wide, L"er");
#ifndef UCRT
    type(L"old\r");
    text[0] = 10;
    CHECK(CRT(char *, _cgets, (char *))(text) == text + 2);
    CHECK_STR(text + 2, "old");
    CHECK_EQ(text[1], 3);
    type(L"older\r");
    wide[0] = 10;
    CHECK(CRT(wchar_t *, _cgetws, (wchar_t *))(wide) == wide + 2);
    CHECK_WSTR(wide + 2, L"older");
    CHECK_EQ(wide[1], 5);
#endif
}

/* ---------------------------------------------------------------- formatted */

enum { LOCALE = 1, LIST = 2, WIDE_ONE = 4, SECURE = 8 };
struct member {
    const char *name;
    int shape;
};

#ifndef UCRT
static int list(void *f, int shape, const void *format, ...)
{
    va_list args;
    int result;

    va_start(args, format);
    if (shape & LOCALE)
        result = ((int(__cdecl *)(const void *, void *, va_list))f)(format, NULL, args);
    else
        result = ((int(__cdecl *)(const void *, va_list))f)(format, args);
    va_end(args);
    return result;
}

CRT_TEST(printing)
{
    static const struct member members[] = {
        {"_cprintf", 0},
        {"_cprintf_l", LOCALE},
        {"_vcprintf", LIST},
        {"_vcprintf_l", LIST | LOCALE},
        {"_cprintf_p", 0},
        {"_cprintf_p_l", LOCALE},
        {"_vcprintf_p", LIST},
        {"_vcprintf_p_l", LIST | LOCALE},
        {"_cwprintf", WIDE_ONE},
        {"_cwprintf_l", WIDE_ONE | LOCALE},
        {"_vcwprintf", WIDE_ONE | LIST},
        {"_vcwprintf_l", WIDE_ONE | LIST | LOCALE},
        {"_cwprintf_p", WIDE_ONE},
        {"_cwprintf_p_l", WIDE_ONE | LOCALE},
        {"_vcwprintf_p", WIDE_ONE | LIST},
        {"_vcwprintf_p_l", WIDE_ONE | LIST | LOCALE},
    };
    int console = has_console();

    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        void *f = crt_function(members[i].name);
        const void *format = members[i].shape & WIDE_ONE ? (const void *)L"\r%5d" : "\r%5d";
        int result = members[i].shape & LIST ? list(f, members[i].shape, format, 42)
                     : members[i].shape & LOCALE
                         ? ((int(__cdecl *)(const void *, void *, ...))f)(format, NULL, 42)
                         : ((int(__cdecl *)(const void *, ...))f)(format, 42);
        if (result != (console ? 6 : -1) || (console && column() != 5))
            FAIL("%s gives %d", members[i].name, result);
    }
}

CRT_TEST(scanning)
{
    ORACLE_DIFFERS("the end of the input is EOF in wide forms as well");
    static const struct member members[] = {
        {"_cscanf", 0},
        {"_cscanf_l", LOCALE},
        {"_cscanf_s", SECURE},
        {"_cscanf_s_l", SECURE | LOCALE},
        {"_cwscanf", WIDE_ONE},
        {"_cwscanf_l", WIDE_ONE | LOCALE},
        {"_cwscanf_s", WIDE_ONE | SECURE},
        {"_cwscanf_s_l", WIDE_ONE | SECURE | LOCALE},
    };
    int console = has_console();

    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        void *f = crt_function(members[i].name);
        const void *format = members[i].shape & WIDE_ONE ? (const void *)L"%d %s" : "%d %s";
        char text[20] = "";
        wchar_t wide[20] = L"";
        void *to = members[i].shape & WIDE_ONE ? (void *)wide : text;
        int number = 0;
        if (console)
            type(L"42 word\r");
        int result = members[i].shape & LOCALE
                         ? ((int(__cdecl *)(const void *, void *, ...))f)(format, NULL, &number, to, 20)
                         : ((int(__cdecl *)(const void *, ...))f)(format, &number, to, 20);
        if (members[i].shape & WIDE_ONE)
            WideCharToMultiByte(CP_ACP, 0, wide, -1, text, 20, NULL, NULL);
        if (result != (console ? 2 : EOF) || (console && (number != 42 || strcmp(text, "word"))))
            FAIL("%s gives %d: %d \"%s\"", members[i].name, result, number, text);
    }
}
#else
static int common(const char *name, unsigned long long options, const void *format, ...)
{
    va_list args;

    va_start(args, format);
    int result = ((int(__cdecl *)(unsigned long long, const void *, void *, va_list))crt_function(name))(
        options, format, NULL, args);
    va_end(args);
    return result;
}

CRT_TEST(formatted)
{
    static const struct member members[] = {
        {"__conio_common_vcprintf", 0},           {"__conio_common_vcprintf_s", 0},
        {"__conio_common_vcprintf_p", 0},         {"__conio_common_vcwprintf", WIDE_ONE},
        {"__conio_common_vcwprintf_s", WIDE_ONE}, {"__conio_common_vcwprintf_p", WIDE_ONE}};
    int console = has_console(), number = 0;
    char text[20] = "";
    wchar_t wide[20] = L"";

    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        int result = common(members[i].name, 0,
                            members[i].shape & WIDE_ONE ? (const void *)L"\r%5d" : "\r%5d", 42);
        if (result != (console ? 6 : -1) || (console && column() != 5))
            FAIL("%s gives %d", members[i].name, result);
    }
    if (console)
        type(L"42 word\r");
    CHECK_EQ(common("__conio_common_vcscanf", 0, "%d %s", &number, text), console ? 2 : EOF);
    CHECK_STR(text, console ? "word" : "");
    if (console)
        type(L"43 more\r");
    CHECK_EQ(common("__conio_common_vcwscanf", 0, L"%d %ls", &number, wide), console ? 2 : EOF);
    CHECK_WSTR(wide, console ? L"more" : L"");
}
#endif
