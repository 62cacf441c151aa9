/* Path strings and strings. */
#include "../harness.h"
#include <shlwapi.h>

static void combine(const char *folder, const char *file, const char *expected)
{
    char buffer[MAX_PATH];
    CHECK(PathCombineA(buffer, folder, file) == buffer);
    CHECK_STR(buffer, expected);
}

TEST(combining)
{
    char buffer[MAX_PATH];
    combine("C:\\a", "b.txt", "C:\\a\\b.txt");
    combine("C:\\a\\", "..\\b", "C:\\b");
    combine("C:\\a", "D:\\b", "D:\\b");
    combine("C:\\a\\b", "\\c", "C:\\c");
    combine("C:\\a", NULL, "C:\\a");
    combine(NULL, "b", "b");
    CHECK(!PathCombineA(buffer, NULL, NULL));
    strcpy(buffer, "C:\\a");
    CHECK(PathAppendA(buffer, "b"));
    CHECK_STR(buffer, "C:\\a\\b");
}

TEST(canonical)
{
    char buffer[MAX_PATH];
    CHECK(PathCanonicalizeA(buffer, "C:\\a\\.\\b\\..\\c"));
    CHECK_STR(buffer, "C:\\a\\c");
    CHECK(PathCanonicalizeA(buffer, "C:\\..\\.."));
    CHECK_STR(buffer, "C:\\");
    CHECK(PathCanonicalizeA(buffer, ""));
    CHECK_STR(buffer, "\\");
}

TEST(parts)
{
    char buffer[MAX_PATH] = "C:\\a\\b.txt";
    CHECK_STR(PathFindFileNameA(buffer), "b.txt");
    CHECK_STR(PathFindExtensionA(buffer), ".txt");
    CHECK_STR(PathFindExtensionA("a.b\\c"), "");
    CHECK(PathRemoveFileSpecA(buffer));
    CHECK_STR(buffer, "C:\\a");
    CHECK(PathRemoveFileSpecA(buffer));
    CHECK_STR(buffer, "C:\\");
    CHECK(!PathRemoveFileSpecA(buffer));
    strcpy(buffer, "a.txt");
    PathRemoveExtensionA(buffer);
    CHECK_STR(buffer, "a");
    CHECK(PathAddExtensionA(buffer, ".exe"));
    CHECK_STR(buffer, "a.exe");
    CHECK(!PathAddExtensionA(buffer, ".com"));
    CHECK(PathAddBackslashA(buffer) == buffer + 6);
    CHECK(PathIsRelativeA("a\\b") && !PathIsRelativeA("\\a") && !PathIsRelativeA("C:a"));
    CHECK(PathIsRootA("C:\\") && PathIsRootA("\\\\server\\share") && !PathIsRootA("C:\\a"));
    CHECK(PathIsUNCA("\\\\server") && !PathIsUNCA("C:\\"));
    CHECK_EQ(PathGetDriveNumberA("d:\\x"), 3);
    CHECK(!PathFileExistsA("C:\\no such file"));
    strcpy(buffer, "a b");
    PathQuoteSpacesA(buffer);
    CHECK_STR(buffer, "\"a b\"");
    PathUnquoteSpacesA(buffer);
    CHECK_STR(buffer, "a b");
    CHECK_STR(PathGetArgsA("\"a b\" c d"), "c d");
}

TEST(strings)
{
    WCHAR buffer[32] = L"  trim me ";
    int value;
    CHECK_WSTR(StrStrIW(L"Hello World", L"WORLD"), L"World");
    CHECK(!StrStrW(L"Hello World", L"WORLD"));
    CHECK(!StrStrIW(L"a", L""));
    CHECK_STR(StrStrIA("abcABC", "Ca"), "cABC");
    CHECK_WSTR(StrRChrW(L"a.b.c", NULL, '.'), L".c");
    CHECK_EQ(StrToIntW(L"-42x"), -42);
    CHECK(StrToIntExW(L"0x1F", STIF_SUPPORT_HEX, &value));
    CHECK_EQ(value, 31);
    CHECK(StrTrimW(buffer, L" "));
    CHECK_WSTR(buffer, L"trim me");
    CHECK_EQ(StrCmpIW(L"abc", L"ABC"), 0);
    CHECK(StrCmpNIW(L"abcd", L"ABCx", 3) == 0);
}
