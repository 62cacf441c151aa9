/*
 * PathCch*: canonical form, combining, backslashes, extensions, roots.
 */
#include "harness.h"
#include <pathcch.h>

static const char *narrow(const WCHAR *text)
{
    static char buffers[4][600];
    static int next;
    char *to = buffers[next++ % 4];
    int i = 0;
    for (; text[i] && i < 599; i++)
        to[i] = (char)text[i];
    to[i] = 0;
    return to;
}

#define CHECK_TEXT(path, expected)                                                                           \
    do {                                                                                                     \
        if (wcscmp(path, expected))                                                                          \
            harness_fail(__FILE__, __LINE__, "is \"%s\", not \"%s\"", narrow(path), narrow(expected));       \
    } while (0)

static const WCHAR *canonical(const WCHAR *in)
{
    static WCHAR out[2][MAX_PATH];
    static int next;
    WCHAR *to = out[next++ & 1];
    CHECK_EQ(PathCchCanonicalize(to, MAX_PATH, in), S_OK);
    return to;
}

TEST(canonical_form)
{
    static const struct {
        const WCHAR *in, *out;
    } cases[] = {
        {L"", L"\\"},
        {L"C:\\a\\.\\b", L"C:\\a\\b"},
        {L"C:\\a\\..\\b", L"C:\\b"},
        {L"C:\\..\\..\\b", L"C:\\b"},
        {L"C:\\a\\..", L"C:\\"},
        {L"C:\\a\\b\\..", L"C:\\a"},
        {L"C:\\", L"C:\\"},
        {L"C:", L"C:\\"},
        {L"C:\\a\\b.", L"C:\\a\\b"},
        {L"C:\\a\\", L"C:\\a\\"},
        {L"a\\b\\..\\c", L"a\\c"},
        {L"\\\\server\\share\\a\\..\\b", L"\\\\server\\share\\b"},
        {L"\\\\?\\C:\\a\\..\\b", L"C:\\b"},
        {L"\\\\?\\UNC\\server\\share\\a", L"\\\\server\\share\\a"},
        {L"\\a\\..\\b", L"\\b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_TEXT(canonical(cases[i].in), cases[i].out);
}

TEST(canonical_limits)
{
    WCHAR in[400] = L"C:\\", out[400], *copy = NULL;
    for (int i = 3; i < 300; i++)
        in[i] = i % 100 ? 'a' : '\\';
    in[300] = 0;
    CHECK_EQ(PathCchCanonicalize(out, 400, in), (HRESULT)0x800700ce);
    CHECK_EQ(PathCchCanonicalizeEx(out, 400, in, PATHCCH_ALLOW_LONG_PATHS), S_OK);
    CHECK(!wcsncmp(out, L"\\\\?\\C:\\aaa", 10));
    CHECK_EQ(PathCchCanonicalize(out, 3, L"C:\\a"), (HRESULT)0x8007007a);
    CHECK_EQ(PathCchCanonicalize(out, 0, L"C:\\a"), E_INVALIDARG);
    CHECK_EQ(PathAllocCanonicalize(NULL, 0, &copy), E_INVALIDARG);
    CHECK_EQ(PathAllocCanonicalize(L"C:\\x\\..\\y", 0, &copy), S_OK);
    CHECK(copy != NULL);
    if (copy)
        CHECK_TEXT(copy, L"C:\\y");
    LocalFree(copy);
}

TEST(combining)
{
    WCHAR out[MAX_PATH];
    CHECK_EQ(PathCchCombine(out, MAX_PATH, L"C:\\a", L"b"), S_OK);
    CHECK_TEXT(out, L"C:\\a\\b");
    CHECK_EQ(PathCchCombine(out, MAX_PATH, L"C:\\a\\", L"..\\b"), S_OK);
    CHECK_TEXT(out, L"C:\\b");
    CHECK_EQ(PathCchCombine(out, MAX_PATH, L"C:\\a", L"\\b"), S_OK);
    CHECK_TEXT(out, L"C:\\b");
    CHECK_EQ(PathCchCombine(out, MAX_PATH, L"C:\\a", L"D:\\b"), S_OK);
    CHECK_TEXT(out, L"D:\\b");
    CHECK_EQ(PathCchCombine(out, MAX_PATH, NULL, L"C:\\b"), S_OK);
    CHECK_TEXT(out, L"C:\\b");
    CHECK_EQ(PathCchCombine(out, MAX_PATH, NULL, NULL), E_INVALIDARG);
    CHECK_EQ(PathCchCombine(out, 4, L"C:\\a", L"b"), (HRESULT)0x8007007a);
    wcscpy(out, L"C:\\a");
    CHECK_EQ(PathCchAppend(out, MAX_PATH, L"b\\c"), S_OK);
    CHECK_TEXT(out, L"C:\\a\\b\\c");
    CHECK_EQ(PathCchAppend(out, MAX_PATH, L"\\d"), S_OK);
    CHECK_TEXT(out, L"C:\\a\\b\\c\\d");
}

TEST(backslashes)
{
    WCHAR path[20] = L"C:\\a", *end;
    size_t remaining;
    CHECK_EQ(PathCchAddBackslashEx(path, 20, &end, &remaining), S_OK);
    CHECK_TEXT(path, L"C:\\a\\");
    CHECK(end == path + 5);
    CHECK_EQ(remaining, 15);
    CHECK_EQ(PathCchAddBackslash(path, 20), S_FALSE);
    CHECK_EQ(PathCchRemoveBackslash(path, 20), S_OK);
    CHECK_TEXT(path, L"C:\\a");
    CHECK_EQ(PathCchRemoveBackslash(path, 20), S_FALSE);
    CHECK_EQ(PathCchAddBackslash(path, 5), (HRESULT)0x8007007a);
    wcscpy(path, L"C:\\");
    CHECK_EQ(PathCchRemoveBackslash(path, 20), S_FALSE);
    CHECK_TEXT(path, L"C:\\");
}

TEST(extensions)
{
    WCHAR path[20] = L"C:\\a.b\\c";
    PCWSTR found;
    CHECK_EQ(PathCchFindExtension(path, 20, &found), S_OK);
    CHECK(found == path + 8);
    CHECK_EQ(PathCchAddExtension(path, 20, L"txt"), S_OK);
    CHECK_TEXT(path, L"C:\\a.b\\c.txt");
    CHECK_EQ(PathCchAddExtension(path, 20, L".doc"), S_FALSE);
    CHECK_EQ(PathCchRenameExtension(path, 20, L".doc"), S_OK);
    CHECK_TEXT(path, L"C:\\a.b\\c.doc");
    CHECK_EQ(PathCchRemoveExtension(path, 20), S_OK);
    CHECK_TEXT(path, L"C:\\a.b\\c");
    CHECK_EQ(PathCchRemoveExtension(path, 20), S_FALSE);
    CHECK_EQ(PathCchAddExtension(path, 20, L"a b"), E_INVALIDARG);
    CHECK_EQ(PathCchAddExtension(path, 10, L"long"), (HRESULT)0x8007007a);
}

TEST(roots)
{
    static const struct {
        const WCHAR *path;
        int skip;
        BOOL root;
    } cases[] = {{L"C:\\a", 3, FALSE},
                 {L"C:\\", 3, TRUE},
                 {L"C:a", 2, FALSE},
                 {L"\\a", 1, FALSE},
                 {L"\\", 1, TRUE},
                 {L"\\\\server\\share\\a", 15, FALSE},
                 {L"\\\\server\\share", 14, TRUE},
                 {L"\\\\?\\C:\\a", 7, FALSE},
                 {L"\\\\?\\UNC\\server\\share\\a", 21, FALSE},
                 {L"a", -1, FALSE}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        PCWSTR end = NULL;
        const HRESULT result = PathCchSkipRoot(cases[i].path, &end);
        CHECK_EQ(result, cases[i].skip < 0 ? E_INVALIDARG : S_OK);
        if (result == S_OK)
            CHECK_EQ(end - cases[i].path, cases[i].skip);
        CHECK_EQ(PathCchIsRoot(cases[i].path), cases[i].root);
    }
    WCHAR path[30] = L"C:\\a\\b";
    CHECK_EQ(PathCchRemoveFileSpec(path, 30), S_OK);
    CHECK_TEXT(path, L"C:\\a");
    CHECK_EQ(PathCchRemoveFileSpec(path, 30), S_OK);
    CHECK_TEXT(path, L"C:\\");
    CHECK_EQ(PathCchRemoveFileSpec(path, 30), S_FALSE);
    wcscpy(path, L"\\\\server\\share\\a");
    CHECK_EQ(PathCchStripToRoot(path, 30), S_OK);
    CHECK_TEXT(path, L"\\\\server\\share");
    CHECK_EQ(PathCchStripToRoot(path, 30), S_FALSE);
    wcscpy(path, L"\\\\?\\C:\\a");
    CHECK_EQ(PathCchStripPrefix(path, 30), S_OK);
    CHECK_TEXT(path, L"C:\\a");
    CHECK_EQ(PathCchStripPrefix(path, 30), S_FALSE);
    PCWSTR server = NULL;
    CHECK(PathIsUNCEx(L"\\\\server\\share", &server));
    CHECK(server && !wcscmp(server, L"server\\share"));
    CHECK(!PathIsUNCEx(L"C:\\a", &server));
}

TEST(combining_with_flags)
{
    WCHAR out[400], *text = (WCHAR *)7, more[300];

    CHECK_EQ(PathAllocCombine(L"C:\\a", L"..\\b", 0, &text), S_OK);
    CHECK_TEXT(text, L"C:\\b");
    LocalFree(text);
    CHECK_EQ(PathAllocCombine(L"C:\\a", NULL, 0, &text), S_OK);
    CHECK_TEXT(text, L"C:\\a");
    LocalFree(text);
    CHECK_EQ(PathAllocCombine(NULL, NULL, 0, &text), E_INVALIDARG);
    CHECK_EQ((ULONG_PTR)text, 0);
    CHECK_EQ(PathAllocCombine(L"a", L"b", 0, NULL), E_INVALIDARG);
    for (int i = 0; i < 290; i++)
        more[i] = i % 50 ? 'x' : '\\';
    more[290] = 0;
    CHECK_EQ(PathAllocCombine(L"C:\\a", more + 1, 0, &text), HRESULT_FROM_WIN32(ERROR_FILENAME_EXCED_RANGE));
    CHECK_EQ(PathAllocCombine(L"C:\\a", more + 1, PATHCCH_ALLOW_LONG_PATHS, &text), S_OK);
    CHECK(!wcsncmp(text, L"\\\\?\\C:\\a\\x", 10));
    LocalFree(text);

    CHECK_EQ(PathCchCombineEx(out, 400, L"C:\\a", L"b", PATHCCH_ALLOW_LONG_PATHS), S_OK);
    CHECK_TEXT(out, L"C:\\a\\b");
    CHECK_EQ(PathCchCombineEx(out, 400, L"C:\\a", more + 1, 0),
             HRESULT_FROM_WIN32(ERROR_FILENAME_EXCED_RANGE));
    CHECK_EQ(out[0], 0);
    CHECK_EQ(PathCchCombineEx(out, 400, L"C:\\a", more + 1, PATHCCH_ALLOW_LONG_PATHS), S_OK);
    CHECK(wcslen(out) > 290);
    CHECK_EQ(PathCchCombineEx(out, 6, L"C:\\a", L"b", 0), HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER));
    CHECK_EQ(PathCchCombineEx(out, 0, L"C:\\a", L"b", 0), E_INVALIDARG);
    CHECK_EQ(PathCchCombineEx(out, 400, NULL, NULL, 0), E_INVALIDARG);

    wcscpy(out, L"C:\\a");
    CHECK_EQ(PathCchAppendEx(out, 400, L"..\\..\\b", 0), S_OK);
    CHECK_TEXT(out, L"C:\\b");
    CHECK_EQ(PathCchAppendEx(out, 400, L"D:\\c", 0), S_OK);
    CHECK_TEXT(out, L"D:\\c");
    CHECK_EQ(PathCchAppendEx(out, 6, L"long", 0), HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER));
    CHECK_EQ(PathCchAppendEx(out, 0, L"c", 0), E_INVALIDARG);
    CHECK_EQ(PathCchAppendEx(NULL, 400, L"c", 0), E_INVALIDARG);
}

TEST(backslashes_and_ends)
{
    WCHAR path[20] = L"C:\\ab\\", *end = NULL;
    size_t remaining = 7;

    CHECK_EQ(PathCchRemoveBackslashEx(path, 20, &end, &remaining), S_OK);
    CHECK_TEXT(path, L"C:\\ab");
    CHECK(end == path + 5);
    CHECK_EQ(remaining, 15);
    CHECK_EQ(PathCchRemoveBackslashEx(path, 20, &end, &remaining), S_FALSE);
    CHECK(end == path + 5);
    CHECK_EQ(PathCchRemoveBackslashEx(path, 3, NULL, NULL), E_INVALIDARG); /* it does not end within */
    CHECK_EQ(PathCchRemoveBackslashEx(NULL, 20, NULL, NULL), E_INVALIDARG);
    wcscpy(path, L"C:\\");
    CHECK_EQ(PathCchRemoveBackslashEx(path, 20, &end, &remaining), S_FALSE);
    CHECK_TEXT(path, L"C:\\");
    if (!harness_is_wine()) /* documented: both may be NULL */
        CHECK_EQ(PathCchRemoveBackslashEx(path, 20, NULL, NULL), S_FALSE);
}
