/* unit: loader/io/line_edit.c loader/io/screen.c loader/io/keys.c loader/io/text.c */
/* The editor of console lines: what keys make of the text, and that a terminal shows just that. */
#include "io/line_edit.h"
#include "io/screen.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct screen screen;
static struct line_edit edit;
static struct io_console_keys keys;

static void draw(void)
{
    size_t length;
    const char *bytes = line_edit_take(&edit, &length);
    screen_feed(&screen, bytes, length);
}

static void start(unsigned width, const char *prompt)
{
    free(screen.cells);
    free(screen.main);
    memset(&screen, 0, sizeof screen);
    memset(&keys, 0, sizeof keys);
    ck_assert(screen_size(&screen, width, 40));
    screen_anchor(&screen, 0, 0);
    screen_feed(&screen, prompt, strlen(prompt));
    line_edit_end(&edit);
    line_edit_begin(&edit, width, screen.x, NULL, 0);
}

/* Keys as a terminal sends them; the first that ends the line is the last. */
static enum line_edit_end type_for(const char *bytes, ULONG wakeup)
{
    enum line_edit_end end = LINE_EDIT_MORE;
    INPUT_RECORD_HOST key;
    for (; *bytes && end == LINE_EDIT_MORE; bytes++) {
        io_keys_feed(&keys, bytes, 1);
        if (!bytes[1])
            io_keys_flush(&keys);
        while (end == LINE_EDIT_MORE && io_keys_take(&keys, &key, 1, false))
            end = line_edit_key(&edit, &key, wakeup, true);
    }
    draw();
    return end;
}

static enum line_edit_end type(const char *bytes)
{
    return type_for(bytes, 0);
}

static const char *text(void)
{
    static char bytes[3 * LINE_EDIT_ROOM + 1];
    bytes[io_utf16_to_utf8(edit.text, edit.length, bytes, sizeof bytes - 1)] = 0;
    return bytes;
}

/* The terminal shows the text behind the prompt of `column` columns and nothing else, the cursor in its
 * place. */
static void check_screen(unsigned column)
{
    unsigned x = column, y = 0, cursor_x = column, cursor_y = 0;
    for (size_t i = 0; i < edit.length; i++) {
        uint32_t c = edit.text[i];
        if ((c & 0xfc00) == 0xd800) {
            ck_assert_uint_lt(i + 1, edit.length);
            c = 0x10000 + ((c & 0x3ff) << 10) + (edit.text[++i] & 0x3ff);
        }
        unsigned columns = screen_columns(c);
        if (x + columns > screen.width) {
            if (x < screen.width)
                ck_assert_uint_eq(screen_at(&screen, x, y)->character, ' ');
            x = 0, y++;
        }
        ck_assert_uint_eq(screen_at(&screen, x, y)->character, c);
        x += columns;
        if (x == screen.width)
            x = 0, y++;
        if (i + 1 == edit.cursor)
            cursor_x = x, cursor_y = y;
    }
    /* Before a wide character that does not fit the cursor may wait at the edge. */
    ck_assert_uint_eq(screen.x, cursor_x);
    ck_assert_uint_eq(screen.y, cursor_y);
    for (unsigned last = y + 3; y < last; x = 0, y++)
        for (; x < screen.width; x++)
            ck_assert_uint_eq(screen_at(&screen, x, y)->character, ' ');
}

START_TEST(plain)
{
    start(40, "C:\\>");
    ck_assert_int_eq(type("echo hello"), LINE_EDIT_MORE);
    check_screen(4);
    ck_assert_int_eq(type("\r"), LINE_EDIT_DONE);
    ck_assert_str_eq(text(), "echo hello");
    ck_assert_uint_eq(screen.x, 0);
    ck_assert_uint_eq(screen.y, 1);
}
END_TEST

START_TEST(moving)
{
    start(40, "> ");
    type("one two  three\033[D\033[DX");
    ck_assert_str_eq(text(), "one two  thrXee");
    type("\033[H0");
    ck_assert_str_eq(text(), "0one two  thrXee");
    type("\033[F9");
    ck_assert_str_eq(text(), "0one two  thrXee9");
    type("\033[1;5D-\033[1;5D\033[1;5D+"); /* words */
    ck_assert_str_eq(text(), "0one +two  -thrXee9");
    type("\033[1;5C/");
    ck_assert_str_eq(text(), "0one +two  /-thrXee9");
    type("\033[H\033[3~\033[3~");
    ck_assert_str_eq(text(), "ne +two  /-thrXee9");
    type("\033[C\033[C\033[1;5F"); /* to the end */
    ck_assert_str_eq(text(), "ne");
    type(" abc\033[D\033[1;5H"); /* to the beginning */
    ck_assert_str_eq(text(), "c");
    check_screen(2);
    type("\033");
    ck_assert_str_eq(text(), "");
    check_screen(2);
    type("abc\033[D\033[D\033[2~XY\033[2~Z"); /* overwriting, and not again */
    ck_assert_str_eq(text(), "aXYZ");
    check_screen(2);
}
END_TEST

START_TEST(characters)
{
    start(20, "");
    type("\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80x");
    ck_assert_str_eq(text(), "\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80x");
    type("\033[D\033[D\177"); /* before the emoji: the ideograph goes */
    ck_assert_str_eq(text(), "\xc3\xa9\xf0\x9f\x98\x80x");
    type("\033[3~");
    ck_assert_str_eq(text(), "\xc3\xa9x");
    check_screen(0);
    type("\033");
    type("\x1a"); /* Ctrl-Z is a character, shown as two */
    ck_assert_str_eq(text(), "\x1a");
    ck_assert_uint_eq(screen_at(&screen, 0, 0)->character, '^');
    ck_assert_uint_eq(screen_at(&screen, 1, 0)->character, 'Z');
    type("\177");
    check_screen(0);
}
END_TEST

START_TEST(lines_before)
{
    line_history_forget();
    start(30, "");
    type("\033[A\033[B\033[5~\033[6~\033[19~\033OP\033OR"); /* nothing there yet */
    ck_assert_str_eq(text(), "");
    static const WCHAR first[] = {'f', 'i', 'r', 's', 't'}, second[] = {'s', 'e', 'c', 'o', 'n', 'd'};
    line_history_add(first, 5);
    line_history_add(second, 6);
    line_history_add(second, 6);
    line_history_add(second, 0);
    type("\033[A");
    ck_assert_str_eq(text(), "second");
    type("\033[A");
    ck_assert_str_eq(text(), "first");
    type("\033[A");
    ck_assert_str_eq(text(), "first");
    type("\033[B");
    ck_assert_str_eq(text(), "second");
    type("\033[B");
    ck_assert_str_eq(text(), "");
    type("\033[5~");
    ck_assert_str_eq(text(), "first");
    type("\033[6~");
    ck_assert_str_eq(text(), "second");
    check_screen(0);
    type("\033");
    type("f\033[19~"); /* F8: what begins like this */
    ck_assert_str_eq(text(), "first");
    ck_assert_uint_eq(edit.cursor, 1);
    type("\033");
    type("x\033OR"); /* F3: the rest of the last one */
    ck_assert_str_eq(text(), "xecond");
    type("\033");
    type("\033OP\033OP"); /* F1: character by character */
    ck_assert_str_eq(text(), "se");
    check_screen(0);
    for (int i = 0; i < 2 * LINE_HISTORY; i++)
        line_history_add((const WCHAR[]){(WCHAR)('0' + i)}, 1);
    type("\033[5~");
    ck_assert_uint_eq(edit.text[0], '0' + LINE_HISTORY);
    line_history_forget();
}
END_TEST

START_TEST(endings)
{
    start(30, "> ");
    ck_assert_int_eq(type("ab\033[D\003"), LINE_EDIT_INTERRUPTED);
    ck_assert_uint_eq(screen_at(&screen, 4, 0)->character, '^');
    ck_assert_uint_eq(screen.y, 1);
    start(30, "> ");
    ck_assert_int_eq(type("\034"), LINE_EDIT_BROKEN);
    start(30, "> ");
    ck_assert_int_eq(type("x\004"), LINE_EDIT_MORE);
    ck_assert_int_eq(type("\177\177\004"), LINE_EDIT_NO_MORE);
    start(30, "> ");
    ck_assert_int_eq(type_for("abc\033[D\t", 1u << 9), LINE_EDIT_WOKEN);
    ck_assert_str_eq(text(), "ab\tc");
    /* What stood there before is part of the line. */
    static const WCHAR given[] = {'d', 'i', 'r'};
    start(30, "> dir");
    line_edit_begin(&edit, 30, screen.x, given, 3);
    type(" x\033[H1");
    ck_assert_str_eq(text(), "1dir x");
    check_screen(2);
    INPUT_RECORD_HOST key = {.type = 1, .down = 1, .repeat = 1, .character = 3};
    ck_assert_int_eq(line_edit_key(&edit, &key, 0, false), LINE_EDIT_MORE); /* as any other */
}
END_TEST

/* However wide the terminal and whatever is typed, it shows the text. */
START_TEST(anything)
{
    static const char *const pieces[] = {
        "a",      "b c",    "\xc3\xa9", "\xe6\xbc\xa2", "\xf0\x9f\x98\x80", "\033[D",    "\033[C",
        "\033[H", "\033[F", "\177",     "\033[3~",      "\033[1;5D",        "\033[1;5C", "\033[2~",
        "\033[A", "\033[B", "word ",    "\033[D\033[D", "\033OP",           "\033OR",    "\033[19~"};
    unsigned seed = 7;
    line_history_forget();
    for (int round = 0; round < 300; round++) {
        char prompt[16] = "";
        unsigned width = 5 + (unsigned)round % 23, column = (unsigned)round % 4;
        memset(prompt, '>', column);
        start(width, prompt);
        for (int i = 0; i < 60 && edit.length < 100; i++) {
            seed = seed * 1103515245 + 12345;
            type(pieces[(seed >> 16) % (sizeof pieces / sizeof *pieces)]);
            check_screen(column);
        }
        line_history_add(edit.text, edit.length);
    }
    line_history_forget();
    line_edit_end(&edit);
}
END_TEST

/* The longest line is as long as it can be. */
START_TEST(full)
{
    start(80, "");
    for (int i = 0; i < LINE_EDIT_ROOM + 10; i++) {
        INPUT_RECORD_HOST key = {.type = 1, .down = 1, .repeat = 1, .character = 'x'};
        line_edit_key(&edit, &key, 0, true);
        line_edit_take(&edit, &(size_t){0});
    }
    ck_assert_uint_eq(edit.length, LINE_EDIT_ROOM);
    line_edit_end(&edit);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("line_edit");
    TCase *cases = tcase_create("line_edit");
    tcase_add_test(cases, plain);
    tcase_add_test(cases, moving);
    tcase_add_test(cases, characters);
    tcase_add_test(cases, lines_before);
    tcase_add_test(cases, endings);
    tcase_add_test(cases, anything);
    tcase_add_test(cases, full);
    tcase_set_timeout(cases, 60);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
