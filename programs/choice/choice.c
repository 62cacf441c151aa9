/*
 * choice.exe: asks for one of some keys; the exit status is its place among them, 255 an error.
 */
#include "../include/console.h"

#define INVALID 255

static int usage_error(const wchar_t *text)
{
    complain(L"ERROR: %ls\r\nType \"CHOICE /?\" for usage.\r\n", text);
    return INVALID;
}

/* The place of a key among the choices, from 1; 0 if it is none. */
static int place_of(const wchar_t *choices, wchar_t key, BOOL exact)
{
    for (int i = 0; choices[i]; i++)
        if (exact ? choices[i] == key : towupper(choices[i]) == towupper(key))
            return i + 1;
    return 0;
}

int wmain(int argc, wchar_t **argv)
{
    wchar_t *choices = copy_string(L"YN");
    const wchar_t *message = NULL, *fallback = NULL;
    BOOL hide = FALSE, exact = FALSE;
    long seconds = -1;
    for (int i = 1; i < argc; i++) {
        static const wchar_t *const names[] = {L"c", L"d", L"t", L"m"};
        const wchar_t *value = NULL;
        size_t which = 0;
        while (which < ARRAYSIZE(names) && !(value = switch_value(argv[i], names[which])))
            which++;
        if (value) {
            if (!*value) {
                if (i + 1 >= argc)
                    return usage_error(L"Invalid syntax. Value expected.");
                value = argv[++i];
            }
            if (which == 0)
                choices = copy_string(value);
            else if (which == 1)
                fallback = value;
            else if (which == 2)
                seconds = wcstol(value, NULL, 10);
            else
                message = value;
        } else if (switch_value(argv[i], L"n")) {
            hide = TRUE;
        } else if (switch_value(argv[i], L"cs")) {
            exact = TRUE;
        } else if (!wcscmp(argv[i], L"/?")) {
            print(L"CHOICE [/C choices] [/N] [/CS] [/T timeout /D choice] [/M text]\r\n");
            return 0;
        } else {
            return usage_error(L"Invalid argument or option.");
        }
    }
    for (wchar_t *p = choices; *p; p++) {
        if (!exact)
            *p = (wchar_t)towupper(*p);
        if (!iswalnum(*p) && *p < 128)
            return usage_error(
                L"Invalid choice. The valid characters are A-Z, a-z, 0-9 and extended characters.");
        if (place_of(choices, *p, TRUE) != p - choices + 1)
            return usage_error(L"Duplicate choices are not allowed.");
    }
    if ((seconds >= 0) != (fallback != NULL))
        return usage_error(L"/T and /D belong together.");
    if (seconds > 9999)
        return usage_error(L"The timeout is between 0 and 9999 seconds.");
    if (fallback && (wcslen(fallback) != 1 || !place_of(choices, *fallback, exact)))
        return usage_error(L"The default choice is not among the choices.");
    if (message)
        print(L"%ls%ls", message, hide ? L"" : L" ");
    if (!hide) {
        for (const wchar_t *p = choices; *p; p++)
            print(L"%ls%lc", p == choices ? L"[" : L",", *p);
        print(L"]?");
    }
    const ULONGLONG end = GetTickCount64() + (ULONGLONG)(seconds > 0 ? seconds : 0) * 1000;
    for (;;) {
        wchar_t key = 0;
        const ULONGLONG now = GetTickCount64();
        int got = 0;
        if (seconds != 0)
            got = read_key(seconds < 0 ? INFINITE : now >= end ? 0 : (DWORD)(end - now), &key);
        if (got < 0 && seconds < 0) {
            complain(L"\r\nERROR: The file is either empty or does not contain the valid choices.\r\n");
            return INVALID;
        }
        if (got < 0) { /* no keys will come: the time decides */
            Sleep(now >= end ? 0 : (DWORD)(end - now));
            got = 0;
        }
        if (!got)
            key = *fallback;
        const int place = place_of(choices, key, exact);
        if (place) {
            print(L"%lc\r\n", choices[place - 1]);
            return place;
        }
        if (is_console(STD_INPUT_HANDLE))
            print(L"\a");
    }
}
