/*
 * The console functions: characters straight from and to CONIN$ and CONOUT$, opened when first used.
 * Guarded by the console lock.
 */
#include "crt.h"

static HANDLE console_in, console_out;
static int pushed = EOF;
static unsigned char pending[4];
static int pending_count;

static HANDLE in_handle(void)
{
    if (!console_in)
        console_in = CreateFileW(L"CONIN$", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                 NULL, OPEN_EXISTING, 0, NULL);
    return console_in;
}

static HANDLE out_handle(void)
{
    if (!console_out)
        console_out = CreateFileW(L"CONOUT$", GENERIC_READ | GENERIC_WRITE,
                                  FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    return console_out;
}

/* Keys without a character give two codes: 0 or 0xe0, then this. Columns: plain, shift, ctrl, alt. */
static const struct {
    unsigned short key;
    unsigned char lead, plain, shift, control, alt;
} keys[] = {{VK_F1, 0, 59, 84, 94, 104},         {VK_F2, 0, 60, 85, 95, 105},
            {VK_F3, 0, 61, 86, 96, 106},         {VK_F4, 0, 62, 87, 97, 107},
            {VK_F5, 0, 63, 88, 98, 108},         {VK_F6, 0, 64, 89, 99, 109},
            {VK_F7, 0, 65, 90, 100, 110},        {VK_F8, 0, 66, 91, 101, 111},
            {VK_F9, 0, 67, 92, 102, 112},        {VK_F10, 0, 68, 93, 103, 113},
            {VK_F11, 0xe0, 133, 135, 137, 139},  {VK_F12, 0xe0, 134, 136, 138, 140},
            {VK_HOME, 0xe0, 71, 71, 119, 151},   {VK_UP, 0xe0, 72, 72, 141, 152},
            {VK_PRIOR, 0xe0, 73, 73, 134, 153},  {VK_LEFT, 0xe0, 75, 75, 115, 155},
            {VK_RIGHT, 0xe0, 77, 77, 116, 157},  {VK_END, 0xe0, 79, 79, 117, 159},
            {VK_DOWN, 0xe0, 80, 80, 145, 160},   {VK_NEXT, 0xe0, 81, 81, 118, 161},
            {VK_INSERT, 0xe0, 82, 82, 146, 162}, {VK_DELETE, 0xe0, 83, 83, 147, 163}};

static int translate(const KEY_EVENT_RECORD *key)
{
    if (key->uChar.UnicodeChar)
        return key->uChar.UnicodeChar;
    for (size_t i = 0; i < ARRAY_LENGTH(keys); i++)
        if (keys[i].key == key->wVirtualKeyCode) {
            DWORD state = key->dwControlKeyState;
            int code = state & (LEFT_ALT_PRESSED | RIGHT_ALT_PRESSED)     ? keys[i].alt
                       : state & (LEFT_CTRL_PRESSED | RIGHT_CTRL_PRESSED) ? keys[i].control
                       : state & SHIFT_PRESSED                            ? keys[i].shift
                                                                          : keys[i].plain;
            pending[0] = (unsigned char)code;
            pending_count = 1;
            return keys[i].lead;
        }
    return EOF;
}

static int read_key(void)
{
    INPUT_RECORD record;
    DWORD count, mode;
    HANDLE handle = in_handle();

    if (pushed != EOF) {
        int c = pushed;
        pushed = EOF;
        return c;
    }
    if (pending_count)
        return pending[--pending_count];
    if (handle == INVALID_HANDLE_VALUE)
        return EOF;
    GetConsoleMode(handle, &mode);
    SetConsoleMode(handle, 0);
    int c = EOF;
    while (ReadConsoleInputW(handle, &record, 1, &count) && count)
        if (record.EventType == KEY_EVENT && record.Event.KeyEvent.bKeyDown &&
            (c = translate(&record.Event.KeyEvent)) != EOF)
            break;
    SetConsoleMode(handle, mode);
    return c;
}

int _getch(void);
int _getch_nolock(void)
{
    return _getch();
}
int _getch(void)
{
    _lock(CRT_LOCK_CONIO);
    int c = read_key();
    _unlock(CRT_LOCK_CONIO);
    return c;
}
wint_t _getwch(void)
{
    int c = _getch();
    return c == EOF ? WEOF : (wint_t)c;
}
wint_t _getwch_nolock(void)
{
    return _getwch();
}

wint_t _putwch(wchar_t c)
{
    DWORD count;

    return out_handle() != INVALID_HANDLE_VALUE && WriteConsoleW(out_handle(), &c, 1, &count, NULL) ? c
                                                                                                    : WEOF;
}
wint_t _putwch_nolock(wchar_t c)
{
    return _putwch(c);
}
int _putch(int c)
{
    DWORD count;
    char byte = (char)c;

    return out_handle() != INVALID_HANDLE_VALUE && WriteConsoleA(out_handle(), &byte, 1, &count, NULL)
               ? c & 0xff
               : EOF;
}
int _putch_nolock(int c)
{
    return _putch(c);
}
int _getche(void)
{
    _lock(CRT_LOCK_CONIO);
    bool was = pushed != EOF;
    int c = read_key();
    if (!was && c != EOF)
        _putch(c);
    _unlock(CRT_LOCK_CONIO);
    return c;
}
int _getche_nolock(void)
{
    return _getche();
}
wint_t _getwche(void)
{
    int c = _getche();
    return c == EOF ? WEOF : (wint_t)c;
}
wint_t _getwche_nolock(void)
{
    return _getwche();
}
int _ungetch(int c)
{
    _lock(CRT_LOCK_CONIO);
    int result = c == EOF || pushed != EOF ? EOF : (pushed = c);
    _unlock(CRT_LOCK_CONIO);
    return result;
}
int _ungetch_nolock(int c)
{
    return _ungetch(c);
}
wint_t _ungetwch(wint_t c)
{
    return c == WEOF || _ungetch(c) == EOF ? WEOF : c;
}
wint_t _ungetwch_nolock(wint_t c)
{
    return _ungetwch(c);
}

int _kbhit(void)
{
    INPUT_RECORD records[64];
    DWORD count = 0;
    int hit = 0;

    _lock(CRT_LOCK_CONIO);
    if (pushed != EOF || pending_count)
        hit = 1;
    else if (in_handle() != INVALID_HANDLE_VALUE && PeekConsoleInputW(in_handle(), records, 64, &count))
        for (DWORD i = 0; i < count && !hit; i++) {
            if (records[i].EventType != KEY_EVENT || !records[i].Event.KeyEvent.bKeyDown)
                continue;
            int old = pending_count;
            hit = translate(&records[i].Event.KeyEvent) != EOF;
            pending_count = old;
        }
    _unlock(CRT_LOCK_CONIO);
    return hit;
}

int _cputws(const wchar_t *text)
{
    DWORD count;

    CRT_CHECK(text, EINVAL, -1);
    return out_handle() != INVALID_HANDLE_VALUE &&
                   WriteConsoleW(out_handle(), text, (DWORD)wcslen(text), &count, NULL)
               ? 0
               : -1;
}
int _cputs(const char *text)
{
    DWORD count;

    CRT_CHECK(text, EINVAL, -1);
    return out_handle() != INVALID_HANDLE_VALUE &&
                   WriteConsoleA(out_handle(), text, (DWORD)strlen(text), &count, NULL)
               ? 0
               : -1;
}

/* What the last call left of a line that was longer than its buffer. */
static wchar_t line[1024];
static DWORD line_at, line_end;

static bool need_line(void)
{
    DWORD count = 0;

    if (line_at < line_end)
        return true;
    if (in_handle() == INVALID_HANDLE_VALUE || !ReadConsoleW(in_handle(), line, 1024, &count, NULL)) {
        _dosmaperr(in_handle() == INVALID_HANDLE_VALUE ? ERROR_INVALID_HANDLE : GetLastError());
        return false;
    }
    while (count && (line[count - 1] == '\n' || line[count - 1] == '\r'))
        count--;
    line_at = 0;
    line_end = count;
    return true;
}

/* A line of the console, or as much as there is room for; the length, or -1 with errno set. */
int crt_console_line_wide(wchar_t *buffer, size_t size)
{
    int result = -1;

    _lock(CRT_LOCK_CONIO);
    buffer[0] = 0;
    if (need_line()) {
        size_t count = line_end - line_at < size - 1 ? line_end - line_at : size - 1;
        memcpy(buffer, line + line_at, count * sizeof *buffer);
        buffer[count] = 0;
        line_at += (DWORD)count;
        result = (int)count;
    }
    _unlock(CRT_LOCK_CONIO);
    return result;
}

int crt_console_line(char *buffer, size_t size)
{
    int result = -1;

    _lock(CRT_LOCK_CONIO);
    buffer[0] = 0;
    if (need_line()) {
        size_t length = 0;
        char bytes[8];
        while (line_at < line_end) { /* no character is cut in two */
            int units = IS_HIGH_SURROGATE(line[line_at]) && line_at + 1 < line_end ? 2 : 1;
            int count = WideCharToMultiByte(CP_ACP, 0, line + line_at, units, bytes, sizeof bytes, NULL,
                                            NULL);
            if (length + count >= size)
                break;
            memcpy(buffer + length, bytes, count);
            length += count;
            line_at += units;
        }
        buffer[length] = 0;
        result = (int)length;
    }
    _unlock(CRT_LOCK_CONIO);
    return result;
}

#define GETS(T, checked, name, read)                                                                         \
    int checked(T *buffer, size_t size, size_t *ret_length)                                                  \
    {                                                                                                        \
        CRT_CHECK(buffer &&size, EINVAL, EINVAL);                                                            \
        *buffer = 0;                                                                                         \
        CRT_CHECK(ret_length, EINVAL, EINVAL);                                                               \
        int length = read(buffer, size);                                                                     \
        if (length < 0)                                                                                      \
            return errno;                                                                                    \
        *ret_length = length;                                                                                \
        return 0;                                                                                            \
    }                                                                                                        \
    /* The first element says how much fits, the second gets the length. */                                  \
    T *name(T *buffer)                                                                                       \
    {                                                                                                        \
        size_t length = 0;                                                                                   \
        CRT_CHECK(buffer &&buffer[0], EINVAL, NULL);                                                         \
        size_t room = sizeof(T) == 1 ? (unsigned char)buffer[0] : (size_t)buffer[0];                         \
        if (checked(buffer + 2, room, &length))                                                              \
            return NULL;                                                                                     \
        buffer[1] = (T)length;                                                                               \
        return buffer + 2;                                                                                   \
    }
GETS(char, _cgets_s, _cgets, crt_console_line)
GETS(wchar_t, _cgetws_s, _cgetws, crt_console_line_wide)

/* ---------------------------------------------------------------- formatted */

int _vscprintf_l(const char *format, crt_locale_t l, va_list args);
int _vscwprintf_l(const wchar_t *format, crt_locale_t l, va_list args);
static int print(unsigned int options, const char *format, crt_locale_t l, va_list args)
{
    char small[512], *buffer = small;
    struct crt_sink sink = {.buffer = small, .size = sizeof small - 1};

    CRT_CHECK(format, EINVAL, -1);
    int length = crt_format(&sink, options, format, l, args);
    if (length >= (int)sizeof small) {
        buffer = malloc(length + 1);
        if (!buffer)
            return -1;
        sink = (struct crt_sink){.buffer = buffer, .size = length};
        crt_format(&sink, options, format, l, args);
    }
    if (length >= 0) {
        buffer[length] = 0;
        if (_cputs(buffer))
            length = -1;
    }
    if (buffer != small)
        free(buffer);
    return length;
}
static int print_wide(unsigned int options, const wchar_t *format, crt_locale_t l, va_list args)
{
    wchar_t small[512], *buffer = small;
    struct crt_sink sink = {.buffer = small, .size = 511};

    CRT_CHECK(format, EINVAL, -1);
    int length = crt_format_wide(&sink, options, format, l, args);
    if (length >= 512) {
        buffer = malloc((length + 1) * sizeof *buffer);
        if (!buffer)
            return -1;
        sink = (struct crt_sink){.buffer = buffer, .size = length};
        crt_format_wide(&sink, options, format, l, args);
    }
    if (length >= 0) {
        buffer[length] = 0;
        if (_cputws(buffer))
            length = -1;
    }
    if (buffer != small)
        free(buffer);
    return length;
}

#define FAMILY(T, engine, options, name, vname, name_l, vname_l)                                             \
    int vname_l(const T *format, crt_locale_t l, va_list args)                                               \
    {                                                                                                        \
        return engine(options, format, l, args);                                                             \
    }                                                                                                        \
    int vname(const T *format, va_list args)                                                                 \
    {                                                                                                        \
        return engine(options, format, NULL, args);                                                          \
    }                                                                                                        \
    int name(const T *format, ...)                                                                           \
    {                                                                                                        \
        va_list args;                                                                                        \
        va_start(args, format);                                                                              \
        int result = engine(options, format, NULL, args);                                                    \
        va_end(args);                                                                                        \
        return result;                                                                                       \
    }                                                                                                        \
    int name_l(const T *format, crt_locale_t l, ...)                                                         \
    {                                                                                                        \
        va_list args;                                                                                        \
        va_start(args, l);                                                                                   \
        int result = engine(options, format, l, args);                                                       \
        va_end(args);                                                                                        \
        return result;                                                                                       \
    }
#define D CRT_PRINTF_DEFAULT
FAMILY(char, print, D, _cprintf, _vcprintf, _cprintf_l, _vcprintf_l)
FAMILY(char, print, D | PRINTF_SECURE, _cprintf_s, _vcprintf_s, _cprintf_s_l, _vcprintf_s_l)
FAMILY(char, print, D | PRINTF_POSITIONAL, _cprintf_p, _vcprintf_p, _cprintf_p_l, _vcprintf_p_l)
FAMILY(wchar_t, print_wide, D, _cwprintf, _vcwprintf, _cwprintf_l, _vcwprintf_l)
FAMILY(wchar_t, print_wide, D | PRINTF_SECURE, _cwprintf_s, _vcwprintf_s, _cwprintf_s_l, _vcwprintf_s_l)
FAMILY(wchar_t, print_wide, D | PRINTF_POSITIONAL, _cwprintf_p, _vcwprintf_p, _cwprintf_p_l, _vcwprintf_p_l)
#if CRT_UCRT
int __conio_common_vcprintf(uint64_t options, const char *format, crt_locale_t l, va_list args)
{
    return print((unsigned int)options, format, l, args);
}
int __conio_common_vcprintf_s(uint64_t options, const char *format, crt_locale_t l, va_list args)
{
    return print((unsigned int)options | PRINTF_SECURE, format, l, args);
}
int __conio_common_vcprintf_p(uint64_t options, const char *format, crt_locale_t l, va_list args)
{
    return print((unsigned int)options | PRINTF_POSITIONAL, format, l, args);
}
int __conio_common_vcwprintf(uint64_t options, const wchar_t *format, crt_locale_t l, va_list args)
{
    return print_wide((unsigned int)options, format, l, args);
}
int __conio_common_vcwprintf_s(uint64_t options, const wchar_t *format, crt_locale_t l, va_list args)
{
    return print_wide((unsigned int)options | PRINTF_SECURE, format, l, args);
}
int __conio_common_vcwprintf_p(uint64_t options, const wchar_t *format, crt_locale_t l, va_list args)
{
    return print_wide((unsigned int)options | PRINTF_POSITIONAL, format, l, args);
}
#endif
