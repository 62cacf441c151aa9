/*
 * chcp.com's work: the console's code page, shown or set.
 */
#include "../include/console.h"

int wmain(int argc, wchar_t **argv)
{
    if (argc > 1 && !wcscmp(argv[1], L"/?")) {
        print(L"CHCP [nnn]\r\n");
        return 0;
    }
    if (argc > 1) {
        wchar_t *end;
        const unsigned long page = wcstoul(argv[1], &end, 10);
        if (end == argv[1] || *end || argc > 2) {
            complain(L"Parameter format not correct - %ls\r\n", argv[argc > 2 ? 2 : 1]);
            return 1;
        }
        if (!IsValidCodePage((UINT)page) || !SetConsoleCP((UINT)page) || !SetConsoleOutputCP((UINT)page)) {
            complain(L"Invalid code page\r\n");
            return 1;
        }
    }
    print(L"Active code page: %u\r\n", GetConsoleOutputCP());
    return 0;
}
