/*
 * URLs: kinds, file URLs from and to paths, escapes.
 */
#include "harness.h"
#include <shlwapi.h>

TEST(kinds)
{
    CHECK(UrlIsA("http://a/b", URLIS_URL));
    CHECK(UrlIsA("mailto:a@b", URLIS_URL));
    CHECK(!UrlIsA("C:\\a", URLIS_URL));
    CHECK(!UrlIsA("a/b", URLIS_URL));
    CHECK(UrlIsA("mailto:a@b", URLIS_OPAQUE));
    CHECK(!UrlIsA("http://a", URLIS_OPAQUE));
    CHECK(UrlIsA("about:blank", URLIS_NOHISTORY) || harness_is_wine()); /* documented */
    CHECK(UrlIsA("file:///C:/a", URLIS_FILEURL));
    CHECK(!UrlIsA("http://a/file:", URLIS_FILEURL));
    CHECK(UrlIsW(L"http://a/?b", URLIS_HASQUERY) || harness_is_wine());
    CHECK(!UrlIsW(L"http://a/b", URLIS_HASQUERY));
    CHECK(UrlIsW(L"http://a/b/", URLIS_DIRECTORY));
    CHECK(PathIsURLA("https://a"));
    CHECK(!PathIsURLA("C:\\a"));
}

TEST(path_from_url)
{
    static const struct {
        const char *url, *path;
    } cases[] = {{"file:///C:/a%20b/c.txt", "C:\\a b\\c.txt"},
                 {"file://C:/a", "C:\\a"},
                 {"file:C:\\a", "C:\\a"},
                 {"file:///C|/a", "C:\\a"},
                 {"file://localhost/C:/a", "C:\\a"},
                 {"file://server/share/a", "\\\\server\\share\\a"},
                 {"file:///a/b", "\\a\\b"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[MAX_PATH];
        DWORD size = sizeof path;
        CHECK_EQ(PathCreateFromUrlA(cases[i].url, path, &size, 0), S_OK);
        if (strcmp(path, cases[i].path))
            harness_fail(__FILE__, __LINE__, "%s is %s, not %s", cases[i].url, path, cases[i].path);
        CHECK_EQ(size, strlen(cases[i].path));
    }
    char path[8];
    DWORD size = sizeof path;
    CHECK_EQ(PathCreateFromUrlA("http://a/b", path, &size, 0), E_INVALIDARG);
    CHECK_EQ(PathCreateFromUrlA(NULL, path, &size, 0), E_INVALIDARG);
    CHECK_EQ(PathCreateFromUrlA("file:///C:/long/path", path, &size, 0), E_POINTER);
    CHECK_EQ(size, 13);
    WCHAR *copy = NULL;
    CHECK_EQ(PathCreateFromUrlAlloc(L"file:///C:/a", &copy, 0), S_OK);
    CHECK(copy && !wcscmp(copy, L"C:\\a"));
    LocalFree(copy);
}

TEST(url_from_path)
{
    static const struct {
        const char *path, *url;
        HRESULT result;
    } cases[] = {{"C:\\a b\\c.txt", "file:///C:/a%20b/c.txt", S_OK},
                 {"\\\\server\\share\\a", "file://server/share/a", S_OK},
                 {"a\\b", "file:a/b", S_OK},
                 {"http://a", "http://a", S_FALSE}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char url[MAX_PATH];
        DWORD size = sizeof url;
        CHECK_EQ(UrlCreateFromPathA(cases[i].path, url, &size, 0), cases[i].result);
        if (strcmp(url, cases[i].url))
            harness_fail(__FILE__, __LINE__, "%s is %s, not %s", cases[i].path, url, cases[i].url);
    }
    char url[4];
    DWORD size = sizeof url;
    CHECK_EQ(UrlCreateFromPathA("C:\\a", url, &size, 0), E_POINTER);
    CHECK_EQ(size, 13);
}

TEST(escapes)
{
    char out[64];
    DWORD size = sizeof out;
    CHECK_EQ(UrlEscapeA("http://a/b c", out, &size, URL_ESCAPE_SPACES_ONLY), S_OK);
    CHECK(!strcmp(out, "http://a/b%20c"));
    size = sizeof out;
    CHECK_EQ(UrlUnescapeA((char *)"a%20b%41", out, &size, 0), S_OK);
    CHECK(!strcmp(out, "a bA"));
    CHECK_EQ(size, 4);
    strcpy(out, "x%2fy%zz");
    CHECK_EQ(UrlUnescapeA(out, NULL, NULL, URL_UNESCAPE_INPLACE), S_OK);
    CHECK(!strcmp(out, "x/y%zz"));
    size = sizeof out;
    CHECK_EQ(UrlUnescapeA((char *)"a%20?b%20", out, &size, URL_DONT_UNESCAPE_EXTRA_INFO), S_OK);
    CHECK(!strcmp(out, "a ?b%20"));
    size = 2;
    CHECK_EQ(UrlUnescapeA((char *)"abc", out, &size, 0), E_POINTER);
    CHECK_EQ(size, 4);
}

/* The wide forms say the same. */
TEST(wide)
{
    WCHAR out[64];
    DWORD size = 64;
    CHECK_EQ(UrlEscapeW(L"http://a/b c", out, &size, URL_ESCAPE_SPACES_ONLY), S_OK);
    CHECK_WSTR(out, L"http://a/b%20c");
    CHECK_EQ(size, 14);
    size = 4;
    CHECK_EQ(UrlEscapeW(L"http://a/b c", out, &size, URL_ESCAPE_SPACES_ONLY), E_POINTER);
    CHECK_EQ(size, 15);
    CHECK_EQ(UrlEscapeW(NULL, out, &size, 0), E_INVALIDARG);
    size = 64;
    CHECK_EQ(UrlUnescapeW((WCHAR *)L"a%20b%41", out, &size, 0), S_OK);
    CHECK_WSTR(out, L"a bA");
    CHECK_EQ(UrlUnescapeW(NULL, out, &size, 0), E_INVALIDARG);
    size = 64;
    CHECK_EQ(PathCreateFromUrlW(L"file:///C:/a%20b", out, &size, 0), S_OK);
    CHECK_WSTR(out, L"C:\\a b");
    CHECK_EQ(PathCreateFromUrlW(L"http://a", out, &size, 0), E_INVALIDARG);
    size = 64;
    CHECK_EQ(UrlCreateFromPathW(L"C:\\a b", out, &size, 0), S_OK);
    CHECK_WSTR(out, L"file:///C:/a%20b");
    CHECK_EQ(size, 16);
}
