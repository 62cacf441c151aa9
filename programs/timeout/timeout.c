/*
 * timeout.exe: waits some seconds or for a key. Without a console there are no keys; then only time counts.
 */
#include "../include/console.h"

int wmain(int argc, wchar_t **argv)
{
    const wchar_t *number = NULL;
    BOOL no_break = FALSE;
    for (int i = 1; i < argc; i++) {
        const wchar_t *value = switch_value(argv[i], L"t");
        if (value) {
            number = *value ? value : i + 1 < argc ? argv[++i] : L"";
        } else if (switch_value(argv[i], L"nobreak")) {
            no_break = TRUE;
        } else if (!wcscmp(argv[i], L"/?")) {
            print(L"TIMEOUT [/T] timeout [/NOBREAK]\r\n");
            return 0;
        } else if (!number) {
            number = argv[i];
        } else {
            complain(L"ERROR: Invalid syntax. Default option is not allowed more than '1' time(s).\r\n");
            return 1;
        }
    }
    wchar_t *end = NULL, key;
    const long seconds = number ? wcstol(number, &end, 10) : 0;
    if (!number || end == number || *end || seconds < -1 || seconds > 99999) {
        complain(L"ERROR: Invalid value for timeout (/T) specified. Valid range is -1 to 99999 seconds.\r\n");
        return 1;
    }
    const BOOL keys = is_console(STD_INPUT_HANDLE) && !no_break, shows = is_console(STD_OUTPUT_HANDLE);
    if (seconds < 0) {
        print(no_break ? L"\r\nWaiting, press CTRL+C to quit ...\r\n"
                       : L"\r\nPress any key to continue ...\r\n");
        if (no_break)
            Sleep(INFINITE);
        read_key(INFINITE, &key);
        return 0;
    }
    print(L"\r\nWaiting for %ld seconds, press %ls", seconds,
          no_break ? L"CTRL+C to quit ..." : L"a key to continue ...");
    for (long left = seconds; left > 0; left--) {
        if (shows)
            print(L"\rWaiting for %ld seconds, press %ls ", left,
                  no_break ? L"CTRL+C to quit ..." : L"a key to continue ...");
        if (!keys)
            Sleep(1000);
        else if (read_key(1000, &key))
            break;
    }
    print(L"\r\n");
    return 0;
}
