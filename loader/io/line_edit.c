/*
 * Editing a line, see line_edit.h. The keys are those of Windows' console: arrows and words, Home and End,
 * what Ctrl deletes to either side, Escape, Insert; Up, Down, PageUp, PageDown, F5, F8 in the history; F1 and
 * F3 copy from the line before.
 */
#include "io/line_edit.h"
#include "io/screen.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CTRL = 0xc }; /* either side's bit of a key's state */
enum {
    KEY_PAGE_UP = 0x21,
    KEY_PAGE_DOWN,
    KEY_END,
    KEY_HOME,
    KEY_LEFT,
    KEY_UP,
    KEY_RIGHT,
    KEY_DOWN,
    KEY_INSERT = 0x2d,
    KEY_DELETE = 0x2e,
    KEY_F1 = 0x70,
    KEY_F3 = 0x72,
    KEY_F5 = 0x74,
    KEY_F6,
    KEY_F8 = 0x77
};

/* ---- the history ---- */

static struct {
    WCHAR *text[LINE_HISTORY]; /* malloc'ed; oldest first */
    size_t length[LINE_HISTORY];
    size_t count;
} history;

void line_history_add(const WCHAR *text, size_t length)
{
    size_t last = history.count - 1;
    if (!length || (history.count && history.length[last] == length &&
                    memcmp(history.text[last], text, length * sizeof *text) == 0))
        return;
    WCHAR *copy = malloc(length * sizeof *copy);
    if (!copy)
        return;
    memcpy(copy, text, length * sizeof *copy);
    if (history.count == LINE_HISTORY) {
        free(history.text[0]);
        history.count--;
        memmove(history.text, history.text + 1, history.count * sizeof *history.text);
        memmove(history.length, history.length + 1, history.count * sizeof *history.length);
    }
    history.text[history.count] = copy;
    history.length[history.count++] = length;
}

void line_history_forget(void)
{
    while (history.count)
        free(history.text[--history.count]);
}

/* ---- what the terminal gets ---- */

static void put(struct line_edit *edit, const char *bytes, size_t length)
{
    if (edit->out_room - edit->out_used < length) {
        size_t room = (edit->out_used + length) * 2;
        char *more = realloc(edit->out, room);
        if (!more) /* the text is right, and the next key draws */
            return;
        edit->out = more;
        edit->out_room = room;
    }
    memcpy(edit->out + edit->out_used, bytes, length);
    edit->out_used += length;
}

const char *line_edit_take(struct line_edit *edit, size_t *ret_length)
{
    *ret_length = edit->out_used;
    edit->out_used = 0;
    return edit->out;
}

void line_edit_end(struct line_edit *edit)
{
    free(edit->out);
    edit->out = NULL;
    edit->out_used = edit->out_room = 0;
}

static bool is_pair(const WCHAR *text, size_t length)
{
    return length > 1 && (text[0] & 0xfc00) == 0xd800 && (text[1] & 0xfc00) == 0xdc00;
}

/* Units of the character at a place: 2 for a pair of surrogates. */
static size_t units_at(const struct line_edit *edit, size_t at)
{
    return is_pair(edit->text + at, edit->length - at) ? 2 : 1;
}

static size_t before(const struct line_edit *edit, size_t at)
{
    return at >= 2 && units_at(edit, at - 2) == 2 ? at - 2 : at - 1;
}

/* Columns on the terminal; control characters are shown as ^X. */
static unsigned columns_at(const struct line_edit *edit, size_t at)
{
    uint32_t c = edit->text[at];
    if (c < ' ' || c == 0x7f)
        return 2;
    if (units_at(edit, at) == 2)
        c = 0x10000 + ((c & 0x3ff) << 10) + (edit->text[at + 1] & 0x3ff);
    return screen_columns(c);
}

struct place {
    unsigned row, column;
};

/* Where the text before `at` ends, in rows from where the text begins. */
static struct place place_of(const struct line_edit *edit, size_t at)
{
    struct place place = {0, edit->start};
    for (size_t i = 0; i < at; i += units_at(edit, i)) {
        unsigned columns = columns_at(edit, i);
        if (place.column + columns > edit->width) { /* it does not fit: a wide one leaves a blank */
            place.row++;
            place.column = edit->text[i] < ' ' ? place.column + columns - edit->width : columns;
        } else {
            place.column += columns;
        }
        if (place.column == edit->width) {
            place.row++;
            place.column = 0;
        }
    }
    return place;
}

static void move(struct line_edit *edit, struct place from, struct place to)
{
    char text[32];
    if (from.row != to.row)
        put(edit, text,
            (size_t)snprintf(text, sizeof text, "\033[%u%c",
                             from.row > to.row ? from.row - to.row : to.row - from.row,
                             from.row > to.row ? 'A' : 'B'));
    if (from.column == to.column)
        return;
    if (to.column == 0)
        put(edit, "\r", 1);
    else if (from.column == to.column + 1)
        put(edit, "\b", 1);
    else
        put(edit, text,
            (size_t)snprintf(text, sizeof text, "\033[%u%c",
                             from.column > to.column ? from.column - to.column : to.column - from.column,
                             from.column > to.column ? 'D' : 'C'));
}

/* The text from `at` on; the cursor is then behind it. */
static void write_text(struct line_edit *edit, size_t at)
{
    for (; at < edit->length; at += units_at(edit, at)) {
        char bytes[8];
        WCHAR c = edit->text[at];
        if (c < ' ' || c == 0x7f)
            put(edit, (char[2]){'^', (char)(c ^ 0x40)}, 2);
        else
            put(edit, bytes, io_utf16_to_utf8(edit->text + at, units_at(edit, at), bytes, sizeof bytes));
    }
    /* At the right edge terminals wait with the next row for the next character. */
    struct place end = place_of(edit, edit->length);
    if (end.column == 0 && end.row)
        put(edit, " \r", 2);
}

static void set_cursor(struct line_edit *edit, size_t at)
{
    move(edit, place_of(edit, edit->cursor), place_of(edit, at));
    edit->cursor = at;
}

/* Replaces a part of the text; the cursor is behind what was put in. */
static void replace(struct line_edit *edit, size_t at, size_t count, const WCHAR *with, size_t length)
{
    if (edit->length - count + length > LINE_EDIT_ROOM)
        return;
    move(edit, place_of(edit, edit->cursor), place_of(edit, at));
    bool covers = at < edit->length; /* other cells than before may be left blank */
    memmove(edit->text + at + length, edit->text + at + count,
            (edit->length - at - count) * sizeof *edit->text);
    if (length)
        memcpy(edit->text + at, with, length * sizeof *with);
    edit->length += length - count;
    if (covers)
        put(edit, "\033[J", 3);
    write_text(edit, at);
    move(edit, place_of(edit, edit->length), place_of(edit, at + length));
    edit->cursor = at + length;
}

static void set_text(struct line_edit *edit, const WCHAR *text, size_t length)
{
    replace(edit, 0, edit->length, text, length < LINE_EDIT_ROOM ? length : LINE_EDIT_ROOM);
}

void line_edit_begin(struct line_edit *edit, unsigned width, unsigned column, const WCHAR *initial,
                     size_t initial_length)
{
    memset(edit, 0, sizeof *edit);
    edit->width = width < 4 ? 80 : width;
    edit->start = 0;
    if (initial_length > LINE_EDIT_ROOM)
        initial_length = LINE_EDIT_ROOM;
    if (initial_length)
        memcpy(edit->text, initial, initial_length * sizeof *initial);
    edit->length = edit->cursor = initial_length;
    column %= edit->width;
    /* The beginning for which the cursor is where it is. */
    while (edit->start + 1 < edit->width && place_of(edit, edit->length).column != column)
        edit->start++;
}

/* ---- keys ---- */

static bool is_blank(WCHAR c)
{
    return c == ' ' || c == '\t';
}

static size_t word_left(const struct line_edit *edit)
{
    size_t at = edit->cursor;
    while (at && is_blank(edit->text[at - 1]))
        at--;
    while (at && !is_blank(edit->text[at - 1]))
        at--;
    return at;
}

static size_t word_right(const struct line_edit *edit)
{
    size_t at = edit->cursor;
    while (at < edit->length && !is_blank(edit->text[at]))
        at++;
    while (at < edit->length && is_blank(edit->text[at]))
        at++;
    return at;
}

/* The line so many back becomes the text; 0: none. */
static void recall(struct line_edit *edit, size_t back)
{
    if (back > history.count)
        back = history.count;
    edit->recalled = back;
    if (back)
        set_text(edit, history.text[history.count - back], history.length[history.count - back]);
    else
        set_text(edit, NULL, 0);
}

/* The next line back that begins with what is before the cursor. */
static void search(struct line_edit *edit)
{
    size_t prefix = edit->cursor;
    for (size_t i = 1; i <= history.count; i++) {
        size_t back = (edit->recalled + i - 1) % history.count + 1, at = history.count - back;
        if (history.length[at] < prefix ||
            memcmp(history.text[at], edit->text, prefix * sizeof *edit->text) != 0)
            continue;
        recall(edit, back);
        set_cursor(edit, prefix);
        return;
    }
}

/* Copies from the line before, as far as it is longer than the cursor's place: one character, or all. */
static void copy_last(struct line_edit *edit, bool all)
{
    if (!history.count || history.length[history.count - 1] <= edit->cursor)
        return;
    const WCHAR *from = history.text[history.count - 1] + edit->cursor;
    size_t left = history.length[history.count - 1] - edit->cursor, count = all ? left : 1, over = 0;
    if ((*from & 0xfc00) == 0xdc00) /* no half of a character */
        return;
    if (!all && is_pair(from, left))
        count = 2;
    while (over < count && edit->cursor + over < edit->length)
        over += units_at(edit, edit->cursor + over);
    replace(edit, edit->cursor, over, from, count);
}

static void insert(struct line_edit *edit, const WCHAR *text, size_t length)
{
    bool over = edit->overwrite && edit->cursor < edit->length;
    replace(edit, edit->cursor, over ? units_at(edit, edit->cursor) : 0, text, length);
}

/* A character of the basic plane, or the halves of another one after each other. */
static void insert_unit(struct line_edit *edit, WCHAR c)
{
    WCHAR pair[2] = {edit->half, c};
    edit->half = 0;
    if ((c & 0xfc00) == 0xd800)
        edit->half = c;
    else if ((c & 0xfc00) == 0xdc00 && pair[0])
        insert(edit, pair, 2);
    else
        insert(edit, &c, 1);
}

/* Keys without a character. */
static void function_key(struct line_edit *edit, USHORT key, bool control)
{
    switch (key) {
    case KEY_LEFT:
        if (edit->cursor)
            set_cursor(edit, control ? word_left(edit) : before(edit, edit->cursor));
        break;
    case KEY_RIGHT:
        if (edit->cursor < edit->length)
            set_cursor(edit, control ? word_right(edit) : edit->cursor + units_at(edit, edit->cursor));
        else if (!control)
            copy_last(edit, false);
        break;
    case KEY_HOME:
        if (control)
            replace(edit, 0, edit->cursor, NULL, 0);
        else
            set_cursor(edit, 0);
        break;
    case KEY_END:
        if (control)
            replace(edit, edit->cursor, edit->length - edit->cursor, NULL, 0);
        else
            set_cursor(edit, edit->length);
        break;
    case KEY_INSERT: edit->overwrite = !edit->overwrite; break;
    case KEY_DELETE:
        if (edit->cursor < edit->length)
            replace(edit, edit->cursor, units_at(edit, edit->cursor), NULL, 0);
        break;
    case KEY_UP:
    case KEY_F5:
        if (edit->recalled < history.count)
            recall(edit, edit->recalled + 1);
        break;
    case KEY_DOWN:
        if (edit->recalled)
            recall(edit, edit->recalled - 1);
        break;
    case KEY_PAGE_UP:
        if (history.count)
            recall(edit, history.count);
        break;
    case KEY_PAGE_DOWN:
        if (history.count)
            recall(edit, 1);
        break;
    case KEY_F1: copy_last(edit, false); break;
    case KEY_F3: copy_last(edit, true); break;
    case KEY_F6: insert_unit(edit, 26); break;
    case KEY_F8:
        if (history.count)
            search(edit);
        break;
    default: break;
    }
}

static void erase_before(struct line_edit *edit, size_t from)
{
    replace(edit, from, edit->cursor - from, NULL, 0);
}

enum line_edit_end line_edit_key(struct line_edit *edit, const INPUT_RECORD_HOST *key, ULONG wakeup,
                                 bool processed)
{
    WCHAR c = key->character;
    bool control = key->state & CTRL;
    if (key->type != 1 || !key->down)
        return LINE_EDIT_MORE;
    if (c && c < ' ' && wakeup >> c & 1) {
        insert_unit(edit, c);
        edit->out_used = 0; /* it is not shown */
        return LINE_EDIT_WOKEN;
    }
    if (!c) {
        function_key(edit, key->key, control);
        return LINE_EDIT_MORE;
    }
    switch (c) {
    case '\r':
        set_cursor(edit, edit->length);
        put(edit, "\r\n", 2);
        return LINE_EDIT_DONE;
    case 3:
    case 0x1c:
        if (!processed)
            break;
        set_cursor(edit, edit->length);
        put(edit, c == 3 ? "^C\r\n" : "^\\\r\n", 4);
        return c == 3 ? LINE_EDIT_INTERRUPTED : LINE_EDIT_BROKEN;
    case 4:
        if (edit->length || !processed)
            break;
        put(edit, "\r\n", 2);
        return LINE_EDIT_NO_MORE;
    case 8:
        if (edit->cursor)
            erase_before(edit, control ? word_left(edit) : before(edit, edit->cursor));
        return LINE_EDIT_MORE;
    case 0x7f: /* Ctrl-Backspace */ erase_before(edit, word_left(edit)); return LINE_EDIT_MORE;
    case 0x1b:
        edit->recalled = 0;
        set_text(edit, NULL, 0);
        return LINE_EDIT_MORE;
    default: break;
    }
    for (unsigned i = key->repeat ? key->repeat : 1; i; i--)
        insert_unit(edit, c);
    return LINE_EDIT_MORE;
}
