/*
 * Output in the console's code page (or UTF-16 after /u), messages, and questions to people.
 */
#include "cmd.h"

static void write_bytes(HANDLE handle, const void *data, size_t size)
{
    const char *bytes = data;
    DWORD done;
    for (size_t at = 0; at < size; at += done)
        if (!WriteFile(handle, bytes + at, (DWORD)(size - at), &done, NULL) || !done)
            break;
}

void write_text(HANDLE handle, const wchar_t *text, size_t length)
{
    DWORD mode, done;
    char buffer[1024], *bytes = buffer;
    if (!length)
        return;
    if (GetConsoleMode(handle, &mode)) {
        WriteConsoleW(handle, text, (DWORD)length, &done, NULL);
        return;
    }
    if (state.unicode) {
        write_bytes(handle, text, length * sizeof *text);
        return;
    }
    const UINT page = GetConsoleOutputCP() ? GetConsoleOutputCP() : CP_UTF8;
    if (length * 4 > sizeof buffer)
        bytes = allocate(length * 4);
    const int size = WideCharToMultiByte(page, 0, text, (int)length, bytes, (int)length * 4, NULL, NULL);
    write_bytes(handle, bytes, (size_t)size);
    if (bytes != buffer)
        free(bytes);
}

static void print_to(DWORD which, const wchar_t *format, va_list arguments)
{
    wchar_t buffer[512], *text = buffer;
    va_list copy;
    va_copy(copy, arguments);
    const int length = _vscwprintf(format, copy);
    va_end(copy);
    if (length <= 0)
        return;
    if ((size_t)length >= ARRAYSIZE(buffer))
        text = allocate(((size_t)length + 1) * sizeof *text);
    _vsnwprintf(text, (size_t)length + 1, format, arguments);
    write_text(GetStdHandle(which), text, (size_t)length);
    if (text != buffer)
        free(text);
}

void print(const wchar_t *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_to(STD_OUTPUT_HANDLE, format, arguments);
    va_end(arguments);
}

void print_error(const wchar_t *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_to(STD_ERROR_HANDLE, format, arguments);
    va_end(arguments);
}

/* The texts as batch files and their readers know them from the documentation of system error codes. */
static const struct {
    DWORD error;
    const wchar_t *text;
} known_errors[] = {
    {ERROR_FILE_NOT_FOUND, L"The system cannot find the file specified."},
    {ERROR_PATH_NOT_FOUND, L"The system cannot find the path specified."},
    {ERROR_ACCESS_DENIED, L"Access is denied."},
    {ERROR_INVALID_DRIVE, L"The system cannot find the drive specified."},
    {ERROR_NOT_SAME_DEVICE, L"The system cannot move the file to a different disk drive."},
    {ERROR_WRITE_PROTECT, L"The media is write protected."},
    {ERROR_SHARING_VIOLATION,
     L"The process cannot access the file because it is being used by another process."},
    {ERROR_FILE_EXISTS, L"The file exists."},
    {ERROR_INVALID_PARAMETER, L"The parameter is incorrect."},
    {ERROR_DISK_FULL, L"There is not enough space on the disk."},
    {ERROR_INVALID_NAME, L"The filename, directory name, or volume label syntax is incorrect."},
    {ERROR_DIR_NOT_EMPTY, L"The directory is not empty."},
    {ERROR_ALREADY_EXISTS, L"Cannot create a file when that file already exists."},
    {ERROR_DIRECTORY, L"The directory name is invalid."},
    {ERROR_PRIVILEGE_NOT_HELD, L"A required privilege is not held by the client."},
};

int fail_system(DWORD error)
{
    wchar_t text[512];
    for (size_t i = 0; i < ARRAYSIZE(known_errors); i++)
        if (known_errors[i].error == error) {
            print_error(L"%ls\r\n", known_errors[i].text);
            return 1;
        }
    const DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL,
                                        error, 0, text, ARRAYSIZE(text) - 1, NULL);
    text[length] = 0;
    trim_end(text);
    if (length)
        print_error(L"%ls\r\n", text);
    else
        print_error(L"Error %lu.\r\n", error);
    return 1;
}

int fail_syntax(void)
{
    print_error(L"The syntax of the command is incorrect.\r\n");
    return 1;
}

BOOL read_console(wchar_t *line, size_t room, CONSOLE_READCONSOLE_CONTROL *control, DWORD *ret_length)
{
    SetLastError(0);
    *ret_length = 0;
    const BOOL good = ReadConsoleW(GetStdHandle(STD_INPUT_HANDLE), line, (DWORD)room - 1, ret_length,
                                   control);
    if (!*ret_length && GetLastError() == ERROR_OPERATION_ABORTED) /* Ctrl-C */
        InterlockedExchange(&state.interrupted, TRUE);
    line[*ret_length] = 0;
    return good && *ret_length;
}

BOOL read_input(wchar_t *line, size_t room)
{
    const HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
    DWORD mode, done, used = 0;
    if (GetConsoleMode(input, &mode)) {
        if (!read_console(line, room, NULL, &done))
            return FALSE;
        while (done && (line[done - 1] == '\n' || line[done - 1] == '\r'))
            line[--done] = 0;
        return TRUE;
    }
    char bytes[MAX_LINE];
    BOOL any = FALSE;
    while (used < sizeof bytes && ReadFile(input, bytes + used, 1, &done, NULL) && done) {
        any = TRUE;
        if (bytes[used] == '\n')
            break;
        used++;
    }
    while (used && bytes[used - 1] == '\r')
        used--;
    const UINT page = GetConsoleCP() ? GetConsoleCP() : CP_UTF8;
    const int units = used ? MultiByteToWideChar(page, 0, bytes, (int)used, line, (int)room - 1) : 0;
    line[units] = 0;
    return any;
}

BOOL ask(const wchar_t *question, const wchar_t *answers, wchar_t *ret_answer)
{
    wchar_t line[256];
    for (;;) {
        print(L"%ls", question);
        if (!read_input(line, ARRAYSIZE(line)))
            return FALSE;
        const wchar_t *first = skip_blanks(line);
        const wchar_t answer = (wchar_t)towupper(*first);
        DWORD mode;
        if (!GetConsoleMode(GetStdHandle(STD_INPUT_HANDLE), &mode)) /* what was read is not seen otherwise */
            print(L"%ls\r\n", line);
        if (answer && wcschr(answers, answer)) {
            *ret_answer = answer;
            return TRUE;
        }
    }
}
