/*
 * The model of the screen: a parser of what terminals call ANSI, ECMA-48 and xterm sequences. What it does
 * not know it skips as a terminal would.
 */
#include "io/screen.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char color_order[] = {0, 4, 2, 6, 1, 5, 3, 7}; /* Windows has blue where ANSI has red */

static void blank(struct screen *screen, struct screen_cell *cell, size_t count)
{
    uint16_t attributes = screen->attributes & 0xff;
    for (; count; count--)
        *cell++ = (struct screen_cell){' ', attributes};
}

bool screen_size(struct screen *screen, unsigned width, unsigned height)
{
    if (screen->cells && screen->width == width && screen->height == height)
        return true;
    struct screen_cell *cells = malloc((size_t)width * height * sizeof *cells);
    struct screen old = *screen;
    if (!cells)
        return false;
    if (!old.cells)
        screen->attributes = SCREEN_DEFAULT;
    screen->cells = cells;
    screen->width = width;
    screen->height = height;
    screen->top = 0;
    screen->bottom = height - 1;
    for (size_t i = 0; i < (size_t)width * height; i++)
        cells[i] = (struct screen_cell){' ', SCREEN_DEFAULT};
    if (!old.cells) {
        screen->y = height - 1;
        return true;
    }
    /* Lines keep their place, unless the cursor's would be lost below. */
    unsigned skip = old.y >= height ? old.y - height + 1 : 0;
    if (!old.anchored) /* the last line is where the output is */
        skip = old.height > height ? old.height - height : 0;
    unsigned down = !old.anchored && height > old.height ? height - old.height : 0;
    for (unsigned y = skip; y < old.height && y - skip + down < height; y++)
        memcpy(screen_at(screen, 0, y - skip + down), screen_at(&old, 0, y),
               (width < old.width ? width : old.width) * sizeof *cells);
    screen->y = old.y - skip + down;
    if (screen->x >= width)
        screen->x = width - 1;
    screen->wrap = false;
    free(old.cells);
    free(old.main); /* a terminal draws its other screen anew as well */
    screen->main = NULL;
    return true;
}

/* Moves the lines between two rows up (or down, if `lines` is negative). */
static void scroll(struct screen *screen, unsigned top, unsigned bottom, int lines)
{
    unsigned height = bottom - top + 1, n = (unsigned)abs(lines);
    size_t row = screen->width * sizeof *screen->cells;
    if (n > height)
        n = height;
    if (lines > 0) {
        memmove(screen_at(screen, 0, top), screen_at(screen, 0, top + n), (height - n) * row);
        blank(screen, screen_at(screen, 0, bottom + 1 - n), (size_t)n * screen->width);
    } else if (n) {
        memmove(screen_at(screen, 0, top + n), screen_at(screen, 0, top), (height - n) * row);
        blank(screen, screen_at(screen, 0, top), (size_t)n * screen->width);
    }
}

static void line_feed(struct screen *screen)
{
    screen->wrap = false;
    if (screen->y == screen->bottom)
        scroll(screen, screen->top, screen->bottom, 1);
    else if (screen->y + 1 < screen->height)
        screen->y++;
    if (!screen->anchored && screen->advanced < screen->height)
        screen->advanced++;
}

void screen_anchor(struct screen *screen, unsigned x, unsigned y)
{
    if (x >= screen->width || y >= screen->height)
        return;
    if (!screen->anchored && y < screen->y) {
        unsigned shift = screen->y - y;
        size_t rows = screen->height - shift;
        memmove(screen->cells, screen_at(screen, 0, shift), rows * screen->width * sizeof *screen->cells);
        blank(screen, screen_at(screen, 0, (unsigned)rows), (size_t)shift * screen->width);
    }
    screen->anchored = true;
    if (x != screen->x || y != screen->y)
        screen->wrap = false;
    screen->x = x;
    screen->y = y;
}

unsigned screen_columns(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } none[] = {{0x300, 0x36f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}},
      wide[] = {{0x1100, 0x115f}, {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},  {0x4e00, 0x9fff},
                {0xa000, 0xa4cf}, {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe4f},  {0xff00, 0xff60},
                {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
    if (c < 0x300)
        return 1;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (c >= none[i].first && c <= none[i].last)
            return 0;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (c >= wide[i].first && c <= wide[i].last)
            return 2;
    return 1;
}

static void put(struct screen *screen, uint32_t character)
{
    unsigned columns = screen_columns(character);
    if (!columns)
        return;
    if (screen->wrap || screen->x + columns > screen->width) {
        screen->x = 0;
        line_feed(screen);
    }
    for (unsigned i = 0; i < columns && screen->x < screen->width; i++) {
        uint16_t half = columns == 1 ? 0 : i ? SCREEN_TRAILING : SCREEN_LEADING;
        *screen_at(screen, screen->x++, screen->y) = (struct screen_cell){character,
                                                                          screen->attributes | half};
    }
    if (screen->x == screen->width) {
        screen->x--;
        screen->wrap = true;
    }
}

static unsigned nearest(unsigned red, unsigned green, unsigned blue)
{
    unsigned most = red > green ? red : green, color = 0;
    most = most > blue ? most : blue;
    if (most < 48)
        return 0;
    color = (red * 2 > most ? 4u : 0) | (green * 2 > most ? 2u : 0) | (blue * 2 > most ? 1u : 0);
    return color | (most > 208 ? SCREEN_INTENSE : 0);
}

static unsigned indexed(unsigned index)
{
    if (index < 16)
        return (unsigned)color_order[index & 7] | (index & 8);
    if (index < 232) {
        index -= 16;
        return nearest(index / 36 * 51, index / 6 % 6 * 51, index % 6 * 51);
    }
    return nearest((index - 232) * 10 + 8, (index - 232) * 10 + 8, (index - 232) * 10 + 8);
}

static void select_graphics(struct screen *screen)
{
    uint16_t a = screen->attributes;
    if (!screen->parameter_count)
        screen->parameter_count = 1;
    for (unsigned i = 0; i < screen->parameter_count; i++) {
        unsigned p = screen->parameters[i], *more = screen->parameters + i + 1;
        unsigned left = screen->parameter_count - i - 1;
        if (p == 0)
            a = SCREEN_DEFAULT;
        else if (p == 1)
            a |= SCREEN_INTENSE;
        else if (p == 22)
            a &= (uint16_t)~SCREEN_INTENSE;
        else if (p == 4)
            a |= SCREEN_UNDERSCORE;
        else if (p == 24)
            a &= (uint16_t)~SCREEN_UNDERSCORE;
        else if (p == 7)
            a |= SCREEN_REVERSE;
        else if (p == 27)
            a &= (uint16_t)~SCREEN_REVERSE;
        else if (p >= 30 && p <= 37)
            a = (uint16_t)((a & ~7) | color_order[p - 30]);
        else if (p >= 40 && p <= 47)
            a = (uint16_t)((a & ~0x70) | color_order[p - 40] << 4);
        else if (p >= 90 && p <= 97)
            a = (uint16_t)((a & ~15) | color_order[p - 90] | 8);
        else if (p >= 100 && p <= 107)
            a = (uint16_t)((a & ~0xf0) | (color_order[p - 100] | 8) << 4);
        else if (p == 39)
            a = (uint16_t)((a & ~15) | 7);
        else if (p == 49)
            a &= (uint16_t)~0xf0;
        else if ((p == 38 || p == 48) && left >= 2) {
            unsigned color = more[0] == 5                ? indexed(more[1] & 255)
                             : more[0] == 2 && left >= 4 ? nearest(more[1], more[2], more[3])
                                                         : 7;
            a = (uint16_t)(p == 38 ? (a & ~15u) | color : (a & ~0xf0u) | color << 4);
            i += more[0] == 2 ? 4 : 2;
        }
    }
    screen->attributes = a;
}

static void move_to(struct screen *screen, long x, long y)
{
    screen->x = x < 0 ? 0 : x >= (long)screen->width ? screen->width - 1 : (unsigned)x;
    screen->y = y < 0 ? 0 : y >= (long)screen->height ? screen->height - 1 : (unsigned)y;
    screen->wrap = false;
}

/* An absolute row: what was written before a clear start is somewhere else, or nowhere. */
static void move_absolute(struct screen *screen, long x, long y)
{
    if (!screen->anchored)
        screen_anchor(screen, screen->x,
                      screen->advanced < screen->height ? screen->advanced : screen->height - 1);
    move_to(screen, x, y);
}

static void alternate(struct screen *screen, bool on)
{
    size_t size = (size_t)screen->width * screen->height * sizeof *screen->cells;
    if (on && !screen->main) {
        struct screen_cell *cells = malloc(size);
        if (!cells)
            return;
        screen->main_place = (struct screen_place){screen->x, screen->y, screen->attributes};
        screen->main = screen->cells;
        screen->cells = cells;
        blank(screen, cells, (size_t)screen->width * screen->height);
    } else if (!on && screen->main) {
        free(screen->cells);
        screen->cells = screen->main;
        screen->main = NULL;
        move_to(screen, (long)screen->main_place.x, (long)screen->main_place.y);
        screen->attributes = screen->main_place.attributes;
    }
}

static void shift_cells(struct screen *screen, unsigned count, bool insert)
{
    struct screen_cell *at = screen_at(screen, screen->x, screen->y);
    unsigned rest = screen->width - screen->x;
    if (count > rest)
        count = rest;
    if (insert) {
        memmove(at + count, at, (rest - count) * sizeof *at);
        blank(screen, at, count);
    } else {
        memmove(at, at + count, (rest - count) * sizeof *at);
        blank(screen, at + rest - count, count);
    }
}

static void erase(struct screen *screen, unsigned what, bool line)
{
    size_t at = (size_t)screen->y * screen->width + screen->x;
    size_t first = line ? (size_t)screen->y * screen->width : 0;
    size_t end = line ? first + screen->width : (size_t)screen->width * screen->height;
    if (what == 0)
        first = at;
    else if (what == 1)
        end = at + 1;
    else if (what > 2) /* the lines above the window */
        return;
    blank(screen, screen->cells + first, end - first);
}

static void control_sequence(struct screen *screen, char final)
{
    unsigned *p = screen->parameters;
    unsigned n = screen->parameter_count && p[0] ? p[0] : 1;
    unsigned second = screen->parameter_count > 1 && p[1] ? p[1] : 1;
    long x = (long)screen->x, y = (long)screen->y;
    if (screen->marker) {
        if (screen->marker == '?' && (final == 'h' || final == 'l'))
            for (unsigned i = 0; i < screen->parameter_count; i++)
                if (p[i] == 1049 || p[i] == 1047 || p[i] == 47)
                    alternate(screen, final == 'h');
        return;
    }
    switch (final) {
    case 'A': move_to(screen, x, y - (long)n); break;
    case 'B':
    case 'e': move_to(screen, x, y + (long)n); break;
    case 'C':
    case 'a': move_to(screen, x + (long)n, y); break;
    case 'D': move_to(screen, x - (long)n, y); break;
    case 'E': move_to(screen, 0, y + (long)n); break;
    case 'F': move_to(screen, 0, y - (long)n); break;
    case 'G':
    case '`': move_to(screen, (long)n - 1, y); break;
    case 'd': move_absolute(screen, x, (long)n - 1); break;
    case 'H':
    case 'f': move_absolute(screen, (long)second - 1, (long)n - 1); break;
    case 'J': erase(screen, screen->parameter_count ? p[0] : 0, false); break;
    case 'K': erase(screen, screen->parameter_count ? p[0] : 0, true); break;
    case 'L': scroll(screen, screen->y, screen->bottom, -(int)n); break;
    case 'M': scroll(screen, screen->y, screen->bottom, (int)n); break;
    case 'S': scroll(screen, screen->top, screen->bottom, (int)n); break;
    case 'T': scroll(screen, screen->top, screen->bottom, -(int)n); break;
    case '@': shift_cells(screen, n, true); break;
    case 'P': shift_cells(screen, n, false); break;
    case 'X':
        blank(screen, screen_at(screen, screen->x, screen->y),
              n < screen->width - screen->x ? n : screen->width - screen->x);
        break;
    case 'm': select_graphics(screen); break;
    case 'r': {
        unsigned bottom = screen->parameter_count > 1 && p[1] ? p[1] : screen->height;
        if (n < bottom && bottom <= screen->height) {
            screen->top = n - 1;
            screen->bottom = bottom - 1;
            move_absolute(screen, 0, 0);
        }
        break;
    }
    case 's': screen->saved = (struct screen_place){screen->x, screen->y, screen->attributes}; break;
    case 'u': move_to(screen, (long)screen->saved.x, (long)screen->saved.y); break;
    default: break;
    }
}

static void escape(struct screen *screen, char c)
{
    screen->state = SCREEN_TEXT;
    switch (c) {
    case '[':
        screen->state = SCREEN_CSI;
        screen->marker = 0;
        screen->parameter_count = 0;
        memset(screen->parameters, 0, sizeof screen->parameters);
        break;
    case ']':
    case 'P':
    case 'X':
    case '^':
    case '_': screen->state = SCREEN_STRING; break;
    case '(':
    case ')':
    case '*':
    case '+':
    case '#':
    case '%':
    case ' ': screen->state = SCREEN_CHARSET; break;
    case '7': screen->saved = (struct screen_place){screen->x, screen->y, screen->attributes}; break;
    case '8':
        move_to(screen, (long)screen->saved.x, (long)screen->saved.y);
        screen->attributes = screen->saved.attributes ? screen->saved.attributes : SCREEN_DEFAULT;
        break;
    case 'D': line_feed(screen); break;
    case 'E':
        screen->x = 0;
        line_feed(screen);
        break;
    case 'M':
        screen->wrap = false;
        if (screen->y == screen->top)
            scroll(screen, screen->top, screen->bottom, -1);
        else if (screen->y)
            screen->y--;
        break;
    case 'c':
        screen->attributes = SCREEN_DEFAULT;
        screen->anchored = true;
        screen->top = 0;
        screen->bottom = screen->height - 1;
        move_to(screen, 0, 0);
        erase(screen, 2, false);
        break;
    default: break;
    }
}

static void control(struct screen *screen, unsigned char c)
{
    switch (c) {
    case '\b':
        if (screen->x && !screen->wrap)
            screen->x--;
        screen->wrap = false;
        break;
    case '\t': move_to(screen, (long)(screen->x | 7) + 1, (long)screen->y); break;
    case '\n': /* the terminal driver adds the return */
        screen->x = 0;
        line_feed(screen);
        break;
    case '\v':
    case '\f': line_feed(screen); break;
    case '\r':
        screen->x = 0;
        screen->wrap = false;
        break;
    case 27: screen->state = SCREEN_ESCAPE; break;
    default: break;
    }
}

static void text(struct screen *screen, unsigned char c)
{
    if (screen->continuation && (c & 0xc0) == 0x80) {
        screen->character = screen->character << 6 | (c & 0x3f);
        if (!--screen->continuation)
            put(screen, screen->character);
        return;
    }
    if (screen->continuation) /* cut off */
        put(screen, 0xfffd);
    screen->continuation = 0;
    if (c < 0x20 || c == 0x7f) {
        control(screen, c);
    } else if (c < 0x80) {
        put(screen, c);
    } else if (c >= 0xc2 && c < 0xf5) {
        screen->continuation = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
        screen->character = c & (0x3fu >> screen->continuation);
    } else {
        put(screen, 0xfffd);
    }
}

void screen_feed(struct screen *screen, const char *bytes, size_t length)
{
    if (!screen->cells)
        return;
    for (; length; length--, bytes++) {
        unsigned char c = (unsigned char)*bytes;
        switch (screen->state) {
        case SCREEN_TEXT: text(screen, c); break;
        case SCREEN_ESCAPE: escape(screen, (char)c); break;
        case SCREEN_CSI:
            if (c >= '0' && c <= '9') {
                if (!screen->parameter_count)
                    screen->parameter_count = 1;
                unsigned *p = &screen->parameters[screen->parameter_count - 1];
                *p = *p < 100000 ? *p * 10 + (c - '0') : *p;
            } else if (c == ';' || c == ':') {
                if (!screen->parameter_count)
                    screen->parameter_count = 1;
                if (screen->parameter_count < 16)
                    screen->parameter_count++;
            } else if (c >= 0x40 && c <= 0x7e) {
                screen->state = SCREEN_TEXT;
                control_sequence(screen, (char)c);
            } else if (c == 27) {
                screen->state = SCREEN_ESCAPE;
            } else if (c < 0x20) {
                control(screen, c);
            } else {
                screen->marker = (char)c;
            }
            break;
        case SCREEN_STRING:
            screen->state = c == 7 ? SCREEN_TEXT : c == 27 ? SCREEN_STRING_ESCAPE : SCREEN_STRING;
            break;
        case SCREEN_STRING_ESCAPE: screen->state = c == '\\' ? SCREEN_TEXT : SCREEN_STRING; break;
        case SCREEN_CHARSET: screen->state = SCREEN_TEXT; break;
        }
    }
}

size_t screen_select(uint16_t attributes, char out[40])
{
    int foreground = (attributes & 8 ? 90 : 30) + color_order[attributes & 7];
    int background = (attributes & 0x80 ? 100 : 40) + color_order[attributes >> 4 & 7];
    int n = snprintf(out, 40, "\033[0");
    if ((attributes & 15) != 7)
        n += snprintf(out + n, 40 - (size_t)n, ";%d", foreground);
    if (background != 40)
        n += snprintf(out + n, 40 - (size_t)n, ";%d", background);
    if (attributes & SCREEN_UNDERSCORE)
        n += snprintf(out + n, 40 - (size_t)n, ";4");
    if (attributes & SCREEN_REVERSE)
        n += snprintf(out + n, 40 - (size_t)n, ";7");
    out[n++] = 'm';
    return (size_t)n;
}
