/* Locales: "C" by default, the user's, classes and case, localeconv. */
#include "crt.h"

#include <locale.h>

#define SET(category, name) CRT(char *, setlocale, (int, const char *))(category, name)

TEST(c_locale)
{
    CHECK_STR(SET(LC_ALL, NULL), "C");
    struct lconv *l = CRT(struct lconv *, localeconv, (void))();
    CHECK_STR(l->decimal_point, ".");
    CHECK_STR(l->thousands_sep, "");
    CHECK_EQ(l->frac_digits, CHAR_MAX);
    CHECK(CRT(int, isalpha, (int))('a') != 0);
    CHECK(CRT(int, isalpha, (int))(0xe9) == 0);
    CHECK_EQ(CRT(int, toupper, (int))(0xe9), 0xe9);
    CHECK(CRT(int, iswalpha, (wchar_t))(0xe9) != 0);
    CHECK_EQ(CRT(int, ___mb_cur_max_func, (void))(), 1);
}

TEST(unknown)
{
    CHECK(SET(LC_ALL, "no such locale") == NULL);
}

TEST(german)
{
    char text[30];

    if (!SET(LC_ALL, "German_Germany.1252"))
        SKIP("no German locale");
    CHECK_STR(SET(LC_ALL, NULL), "German_Germany.1252");
    CHECK_STR(CRT(struct lconv *, localeconv, (void))()->decimal_point, ",");
    format(text, sizeof text, "%.2f", 1.5);
    CHECK_STR(text, "1,50");
    CHECK(CRT(int, isalpha, (int))(0xe9) != 0);
    CHECK_EQ(CRT(int, toupper, (int))(0xe9), 0xc9);
    CHECK_STR(SET(LC_ALL, "C"), "C");
}

#ifdef UCRT
TEST(utf8)
{
    wchar_t w[10];

    CHECK(SET(LC_ALL, ".UTF-8") != NULL);
    CHECK_EQ(CRT(int, ___mb_cur_max_func, (void))(), 4);
    CHECK_EQ(CRT(size_t, mbstowcs, (wchar_t *, const char *, size_t))(w, "\xe2\x82\xacx", 10), 2);
    CHECK_EQ(w[0], 0x20ac);
    SET(LC_ALL, "C");
}
#endif
