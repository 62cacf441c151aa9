/*
 * CommandLineToArgvW and known folders.
 */
#include "harness.h"
#include <shellapi.h>
#include <shlobj.h>

static void check_split(const WCHAR *line, int count, const WCHAR *const *expected)
{
    int n = -1;
    WCHAR **arguments = CommandLineToArgvW(line, &n);
    CHECK(arguments != NULL);
    if (n != count)
        harness_fail(__FILE__, __LINE__, "%ls: %d arguments, not %d", line, n, count);
    for (int i = 0; i < n && i < count; i++)
        if (wcscmp(arguments[i], expected[i]))
            harness_fail(__FILE__, __LINE__, "%ls: argument %d is %ls, not %ls", line, i, arguments[i],
                         expected[i]);
    LocalFree(arguments);
}

#define SPLIT(line, ...)                                                                                     \
    check_split(line, sizeof((const WCHAR *[]){__VA_ARGS__}) / sizeof(WCHAR *),                              \
                (const WCHAR *[]){__VA_ARGS__})

TEST(split)
{
    SPLIT(L"x a b", L"x", L"a", L"b");
    SPLIT(L"x  a\t b  ", L"x", L"a", L"b");
    SPLIT(L"\"x y\" z", L"x y", L"z");
    SPLIT(L"\"x y\"z w", L"x y", L"z", L"w");
    SPLIT(L"x\"y z\"", L"x\"y", L"z");
    SPLIT(L" a b", L"", L"a", L"b");
    SPLIT(L"x \"\"", L"x", L"");
    SPLIT(L"x \"a\\\"b\\\\\" c\\d\\\\\"e f\"", L"x", L"a\"b\\", L"c\\d\\e f");
    SPLIT(L"x \"a\"\"b c\"", L"x", L"a\"b", L"c");
    SPLIT(L"x \"\"\"Call me Ishmael\"\"\"", L"x", L"\"Call", L"me", L"Ishmael\"");
    SPLIT(L"x \"\"\"\"Call me Ishmael\"\"\"\"", L"x", L"\"Call me Ishmael\"");
    SPLIT(L"x a\"b\"\" c d", L"x", L"ab\"", L"c", L"d");
    SPLIT(L"c:\\dir\\x.exe c:\\dir\\", L"c:\\dir\\x.exe", L"c:\\dir\\");
}

TEST(empty)
{
    WCHAR path[MAX_PATH];
    int n = 0;
    WCHAR **arguments = CommandLineToArgvW(L"", &n);
    GetModuleFileNameW(NULL, path, MAX_PATH);
    CHECK(n == 1 && !wcscmp(arguments[0], path));
    LocalFree(arguments);
    CHECK_ERROR(CommandLineToArgvW(L"x", NULL), ERROR_INVALID_PARAMETER);
}

TEST(folders)
{
    char path[MAX_PATH];
    WCHAR wide[MAX_PATH];
    CHECK(SHGetFolderPathA(NULL, CSIDL_WINDOWS, NULL, 0, path) == S_OK && !lstrcmpiA(path, "C:\\windows"));
    CHECK(SHGetFolderPathA(NULL, CSIDL_SYSTEM, NULL, 0, path) == S_OK &&
          !lstrcmpiA(path, "C:\\windows\\system32"));
    CHECK(SHGetFolderPathW(NULL, CSIDL_APPDATA, NULL, 0, wide) == S_OK);
    CHECK(SHGetFolderPathA(NULL, CSIDL_PROFILE, NULL, 0, path) == S_OK && !_strnicmp(path, "C:\\users\\", 9));
    CHECK(SHGetFolderPathA(NULL, 0xfe, NULL, 0, path) == E_INVALIDARG);
}
