/* FormatMessage: inserts, widths, sources, failures. */
#include "harness.h"
#include <stdarg.h>

static WCHAR buffer[256];

static DWORD format(DWORD flags, const WCHAR *text, ...)
{
    va_list list;
    DWORD length;

    va_start(list, text);
    length = FormatMessageW(FORMAT_MESSAGE_FROM_STRING | flags, text, 0, 0, buffer, 256, &list);
    va_end(list);
    return length;
}

TEST(inserts)
{
    CHECK_EQ(format(0, L"a %1 b", L"X"), 5);
    CHECK_WSTR(buffer, L"a X b");
    CHECK_EQ(format(0, L"%2 %1", L"one", L"two"), 7);
    CHECK_WSTR(buffer, L"two one");
    format(0, L"%1!d! %2!u! %3!x!", -5, 7, 255);
    CHECK_WSTR(buffer, L"-5 7 ff");
    format(0, L"[%1!5s!] [%2!-5s!] [%3!05d!]", L"ab", L"cd", 42);
    CHECK_WSTR(buffer, L"[   ab] [cd   ] [00042]");
    format(0, L"%1!S!|%2!c!|%3!I64d!", "narrow", L'x', 123456789012345ll);
    CHECK_WSTR(buffer, L"narrow|x|123456789012345");
    format(0, L"[%1!*.*s!]", 6, 2, L"abcdef");
    CHECK_WSTR(buffer, L"[    ab]");
    format(0, L"100%% sure%! a%.b");
    CHECK_WSTR(buffer, L"100% sure! a.b");
    format(0, L"one%nTwo%0three");
    CHECK_WSTR(buffer, L"one\r\nTwo");
    format(FORMAT_MESSAGE_IGNORE_INSERTS, L"keep %1 and %2!d!");
    CHECK_WSTR(buffer, L"keep %1 and %2!d!");
}

TEST(array)
{
    DWORD_PTR arguments[2] = {(DWORD_PTR)L"first", 17};
    WCHAR *allocated = NULL;

    CHECK_EQ(FormatMessageW(FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_ARGUMENT_ARRAY |
                                FORMAT_MESSAGE_ALLOCATE_BUFFER,
                            L"%1 %2!d!", 0, 0, (WCHAR *)&allocated, 0, (va_list *)arguments),
             8);
    CHECK_WSTR(allocated, L"first 17");
    LocalFree(allocated);
}

TEST(ansi)
{
    char text[64];
    DWORD_PTR arguments[1] = {(DWORD_PTR) "word"};

    CHECK_EQ(FormatMessageA(FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_ARGUMENT_ARRAY, "a %1 here", 0, 0,
                            text, 64, (va_list *)arguments),
             11);
    CHECK_STR(text, "a word here");
}

TEST(lines)
{
    format(0, L"a\nb");
    CHECK_WSTR(buffer, L"a\r\nb");
    format(FORMAT_MESSAGE_MAX_WIDTH_MASK, L"a\r\nb");
    CHECK_WSTR(buffer, L"a b");
}

TEST(system)
{
    WCHAR *allocated = NULL;
    DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL,
                                  ERROR_FILE_NOT_FOUND, 0, buffer, 256, NULL);

    CHECK(length > 5);
    CHECK(length > 2 && buffer[length - 1] == '\n' && buffer[length - 2] == '\r');
    CHECK(FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_ALLOCATE_BUFFER |
                             FORMAT_MESSAGE_IGNORE_INSERTS,
                         NULL, ERROR_ACCESS_DENIED, MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US),
                         (WCHAR *)&allocated, 0, NULL) > 5);
    CHECK(allocated != NULL);
    LocalFree(allocated);
    CHECK(FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL,
                         (DWORD)E_ACCESSDENIED, 0, buffer, 256, NULL) > 5);
}

TEST(failures)
{
    CHECK_ERROR(FormatMessageW(FORMAT_MESSAGE_FROM_STRING, L"abcdef", 0, 0, buffer, 3, NULL),
                ERROR_INSUFFICIENT_BUFFER);
    CHECK_ERROR(FormatMessageW(0, L"abc", 0, 0, buffer, 256, NULL), ERROR_INVALID_PARAMETER);
    if (!harness_is_wine()) /* documented: the two exclude each other */
        CHECK_ERROR(FormatMessageW(FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_FROM_SYSTEM, L"abc", 0, 0,
                                   buffer, 256, NULL),
                    ERROR_INVALID_PARAMETER);
    CHECK_ERROR(FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM, NULL, 0x3fffffff, 0, buffer, 256, NULL),
                ERROR_MR_MID_NOT_FOUND);
}
