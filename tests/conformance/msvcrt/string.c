/* Strings: copying with checks, tokens, searching, comparing, memory blocks of all sizes. */
#include "crt.h"

#include <errno.h>

static void __cdecl ignore(const wchar_t *a, const wchar_t *b, const wchar_t *c, unsigned int d, uintptr_t e)
{
}

static void allow_invalid(void)
{
#ifdef UCRT
    CRT(void *, _set_invalid_parameter_handler, (void *))((void *)ignore);
#else
    (void)ignore;
#endif
}

TEST(memory_blocks)
{
    void *(*copy)(void *, const void *, size_t) = CRT(void *, memcpy, (void *, const void *, size_t));
    void *(*move)(void *, const void *, size_t) = CRT(void *, memmove, (void *, const void *, size_t));
    void *(*set)(void *, int, size_t) = CRT(void *, memset, (void *, int, size_t));
    int (*compare)(const void *, const void *, size_t) = CRT(int, memcmp,
                                                             (const void *, const void *, size_t));
    static unsigned char a[9000], b[9000], c[9000];

    for (int i = 0; i < 9000; i++)
        a[i] = (unsigned char)(i * 31 + i / 256);
    for (int size = 0; size < 4200; size += size < 200 ? 1 : 397) {
        for (int shift = 0; shift < 70; shift += 23) {
            memset(b, 0xee, sizeof b);
            copy(b + shift, a, size);
            for (int i = 0; i < size; i++)
                if (b[shift + i] != a[i]) {
                    FAIL("copy of %d to %d differs at %d", size, shift, i);
                    return;
                }
            CHECK_EQ(b[shift + size], 0xee);
            for (int i = 0; i < 9000; i++)
                c[i] = a[i];
            move(c + shift, c, size); /* overlapping up and down */
            CHECK_EQ(compare(c + shift, a, size), 0);
            for (int i = 0; i < 9000; i++)
                c[i] = a[i];
            move(c, c + shift, size);
            CHECK_EQ(compare(c, a + shift, size), 0);
            set(b + shift, 0x5a, size);
            for (int i = 0; i < size; i++)
                if (b[shift + i] != 0x5a) {
                    FAIL("fill of %d differs at %d", size, i);
                    return;
                }
            CHECK_EQ(b[shift + size], 0xee);
        }
    }
    CHECK(compare("abc", "abd", 3) < 0);
    CHECK(compare("ab\xff", "ab\x01", 3) > 0);
}

TEST(lengths)
{
    static char text[300];
    static wchar_t wide[300];

    for (int start = 0; start < 40; start++)
        for (int length = 0; length < 60; length++) {
            memset(text, 0, sizeof text);
            memset(wide, 0, sizeof wide);
            for (int i = 0; i < length; i++)
                wide[start + i] = text[start + i] = 'a';
            CHECK_EQ(CRT(size_t, strlen, (const char *))(text + start), length);
            CHECK_EQ(CRT(size_t, wcslen, (const wchar_t *))(wide + start), length);
        }
}

TEST(checked_copies)
{
    char text[10];
    int (*copy)(char *, size_t, const char *) = CRT(int, strcpy_s, (char *, size_t, const char *));

    allow_invalid();
    CHECK_EQ(copy(text, 10, "abc"), 0);
    CHECK_STR(text, "abc");
    CHECK_EQ(copy(text, 3, "abc"), ERANGE);
    CHECK_STR(text, "");
    CHECK_EQ(copy(NULL, 3, "abc"), EINVAL);
    CHECK_EQ(copy(text, 10, NULL), EINVAL);
    CHECK_EQ(CRT(int, strncpy_s, (char *, size_t, const char *, size_t))(text, 4, "abcdef", _TRUNCATE),
             STRUNCATE);
    CHECK_STR(text, "abc");
    CHECK_EQ(CRT(int, strcat_s, (char *, size_t, const char *))(text, 10, "def"), 0);
    CHECK_STR(text, "abcdef");
    CHECK_EQ(CRT(int, strcat_s, (char *, size_t, const char *))(text, 10, "ghij"), ERANGE);
}

TEST(tokens)
{
    char text[] = ",a,,bc;d,";
    char *(*next)(char *, const char *) = CRT(char *, strtok, (char *, const char *));

    CHECK_STR(next(text, ",;"), "a");
    CHECK_STR(next(NULL, ",;"), "bc");
    CHECK_STR(next(NULL, ",;"), "d");
    CHECK(next(NULL, ",;") == NULL);
    CHECK(next(NULL, ",;") == NULL);
}

TEST(searching)
{
    CHECK_STR(CRT(char *, strstr, (const char *, const char *))("hello world", "o w"), "o world");
    CHECK(CRT(char *, strstr, (const char *, const char *))("abc", "abcd") == NULL);
    CHECK_STR(CRT(char *, strrchr, (const char *, int))("a/b/c", '/'), "/c");
    CHECK_EQ(CRT(size_t, strspn, (const char *, const char *))("aabbc", "ab"), 4);
    CHECK_EQ(CRT(size_t, strcspn, (const char *, const char *))("aabbc", "c"), 4);
    CHECK_STR(CRT(char *, strpbrk, (const char *, const char *))("hello", "ol"), "llo");
    CHECK(CRT(void *, memchr, (const void *, int, size_t))("abc", 'd', 3) == NULL);
    CHECK(CRT(int, _stricmp, (const char *, const char *))("HeLLo", "hEllO") == 0);
    CHECK(CRT(int, _strnicmp, (const char *, const char *, size_t))("abX", "ABy", 2) == 0);
    CHECK(CRT(int, strcmp, (const char *, const char *))("a\x80", "a\x7f") > 0);
    char text[] = "MiXed";
    CHECK_STR(CRT(char *, _strlwr, (char *))(text), "mixed");
    CHECK_STR(CRT(char *, _strrev, (char *))(text), "dexim");
}
