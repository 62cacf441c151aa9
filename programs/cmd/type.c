/*
 * type.
 */
#include "cmd.h"

static int type_one(const wchar_t *path)
{
    static char buffer[65536];
    DWORD done, written;
    const HANDLE output = GetStdHandle(STD_OUTPUT_HANDLE);
    const HANDLE file = CreateFileW(path, GENERIC_READ,
                                    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                                    OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return fail_system(GetLastError());
    DWORD mode;
    if (!ReadFile(file, buffer, sizeof buffer, &done, NULL))
        done = 0;
    /* UTF-16 with its mark is shown in the console's code page, as documented */
    const BOOL wide = done >= 2 && (unsigned char)buffer[0] == 0xff && (unsigned char)buffer[1] == 0xfe;
    DWORD from = wide ? 2 : 0;
    while (done) {
        const DWORD even = wide ? done & ~1u : done;
        if (wide)
            write_text(output, (const wchar_t *)(buffer + from), (even - from) / 2);
        else if (GetConsoleMode(output, &mode) ? !WriteConsoleA(output, buffer, done, &written, NULL)
                                               : !WriteFile(output, buffer, done, &written, NULL))
            break;
        from = 0;
        if (!ReadFile(file, buffer, sizeof buffer, &done, NULL))
            break;
    }
    CloseHandle(file);
    return 0;
}

int command_type(const wchar_t *arguments)
{
    struct words words;
    int result = 0;
    read_words(arguments, &words);
    if (!words.count)
        result = fail_syntax();
    for (size_t i = 0; i < words.count; i++) {
        struct match *matches = NULL;
        const wchar_t *name = words.names[i];
        const BOOL many = words.count > 1 || has_wildcard(name);
        size_t count = 0;
        int failure = 0;
        if (!has_wildcard(name)) {
            if (many)
                print_error(L"\r\n%ls\r\n\r\n\r\n", name);
            failure = is_folder(name) ? fail_system(ERROR_ACCESS_DENIED) : type_one(name);
        } else {
            BOOL any = FALSE;
            count = find_matches(name, &matches);
            for (size_t k = 0; k < count; k++) {
                if (matches[k].entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
                    continue;
                any = TRUE;
                print_error(L"\r\n%ls\r\n\r\n\r\n", matches[k].path);
                failure |= type_one(matches[k].path);
            }
            if (!any)
                failure = fail_system(ERROR_FILE_NOT_FOUND);
            free_matches(matches, count);
        }
        if (failure && words.count > 1)
            print_error(L"Error occurred while processing: %ls.\r\n", name);
        result |= failure;
    }
    free_words(&words);
    return result;
}
