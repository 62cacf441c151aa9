/* unit: loader/io/screen.c */
/* The model of the screen: text, wrapping, scrolling, control sequences, rows before and after they are
 * known. */
#include "io/screen.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct screen screen;

static void start(unsigned width, unsigned height)
{
    free(screen.cells);
    free(screen.main);
    memset(&screen, 0, sizeof screen);
    ck_assert(screen_size(&screen, width, height));
}

static void feed(const char *text)
{
    screen_feed(&screen, text, strlen(text));
}

/* ASCII only, without the blanks at its end. */
static const char *row(unsigned y)
{
    static char text[256];
    unsigned end = 0;
    for (unsigned x = 0; x < screen.width; x++) {
        text[x] = (char)screen_at(&screen, x, y)->character;
        if (text[x] != ' ')
            end = x + 1;
    }
    text[end] = 0;
    return text;
}

START_TEST(unknown_rows)
{
    start(10, 5);
    feed("one\ntwo\nthree");
    ck_assert_str_eq(row(4), "three"); /* at the bottom until it is known */
    screen_anchor(&screen, 5, 3);
    ck_assert_str_eq(row(3), "three");
    ck_assert_str_eq(row(1), "one");
    ck_assert_str_eq(row(4), "");
    screen_anchor(&screen, 0, 0); /* somebody else moved it: the text stays */
    ck_assert_str_eq(row(3), "three");
    start(10, 5);
    feed("ab\n\033[4;2Hx"); /* an absolute row: output began at the top, then */
    ck_assert_str_eq(row(0), "ab");
    ck_assert_str_eq(row(3), " x");
}
END_TEST

START_TEST(wrapping)
{
    start(4, 3);
    screen_anchor(&screen, 0, 0);
    feed("abcd");
    ck_assert_uint_eq(screen.y, 0); /* not before the next character */
    feed("e\r\nf");
    ck_assert_str_eq(row(0), "abcd");
    ck_assert_str_eq(row(1), "e");
    feed("\n1\n2");
    ck_assert_str_eq(row(0), "f");
    ck_assert_str_eq(row(2), "2");
    start(4, 3);
    screen_anchor(&screen, 3, 0);
    feed("\xe4\xb8\xad"); /* two columns, which the line has no room for */
    ck_assert_uint_eq(screen_at(&screen, 0, 1)->character, 0x4e2d);
    ck_assert(screen_at(&screen, 0, 1)->attributes & SCREEN_LEADING);
    ck_assert(screen_at(&screen, 1, 1)->attributes & SCREEN_TRAILING);
    ck_assert_uint_eq(screen.x, 2);
}
END_TEST

START_TEST(colors)
{
    static const struct {
        const char *sequence;
        uint16_t attributes;
    } cases[] = {{"\033[31m", 4},      {"\033[1;34m", 9},       {"\033[97;44m", 0x1f},
                 {"\033[0m", 7},       {"\033[7m", 0x4007},     {"\033[4m", 0x8007},
                 {"\033[38;5;9m", 12}, {"\033[48;5;12m", 0x97}, {"\033[38;2;255;0;0m", 12},
                 {"\033[33;39m", 7},   {"\033[41;49m", 7},      {"\033[m", 7}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        start(4, 2);
        feed(cases[i].sequence);
        ck_assert_uint_eq(screen.attributes, cases[i].attributes);
    }
    for (unsigned attributes = 0; attributes < 256; attributes++) { /* what is written is read */
        char text[40];
        start(4, 2);
        screen_feed(&screen, text, screen_select((uint16_t)attributes, text));
        ck_assert_uint_eq(screen.attributes, attributes);
    }
}
END_TEST

START_TEST(editing)
{
    start(8, 4);
    screen_anchor(&screen, 0, 0);
    feed("abcdef\033[3G\033[2P");
    ck_assert_str_eq(row(0), "abef");
    feed("\033[2@");
    ck_assert_str_eq(row(0), "ab  ef");
    feed("\033[1K");
    ck_assert_str_eq(row(0), "    ef");
    feed("\033[2;1Hx\033[3;1Hy\033[2;1H\033[L");
    ck_assert_str_eq(row(2), "x");
    feed("\033[M");
    ck_assert_str_eq(row(1), "x");
    feed("\033[2;3r\033[3;1H\nz"); /* the region scrolls alone */
    ck_assert_str_eq(row(0), "    ef");
    ck_assert_str_eq(row(2), "z");
    feed("\033[?1049hother\033[?1049l");
    ck_assert_str_eq(row(2), "z");
    feed("\033]0;title\033\\\033[2J");
    ck_assert_str_eq(row(2), "");
}
END_TEST

START_TEST(hostile)
{
    static const char bytes[] = "\033[];?0123456789ABCDHJKLMPSTX@mrsu78cM\n\r\t\b\xe4\xb8\xad\xf0\x9f";
    start(3, 2);
    unsigned seed = 1;
    for (int i = 0; i < 200000; i++) {
        seed = seed * 1103515245 + 12345;
        char c = bytes[(seed >> 16) % (sizeof bytes - 1)];
        screen_feed(&screen, &c, 1);
        ck_assert(screen.x < screen.width && screen.y < screen.height);
        if (i % 1000 == 0)
            ck_assert(screen_size(&screen, 1 + (seed >> 8) % 40, 1 + (seed >> 20) % 20));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("screen");
    TCase *cases = tcase_create("screen");
    tcase_add_test(cases, unknown_rows);
    tcase_add_test(cases, wrapping);
    tcase_add_test(cases, colors);
    tcase_add_test(cases, editing);
    tcase_add_test(cases, hostile);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
