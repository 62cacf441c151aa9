/*
 * What is on the terminal, as far as this process wrote it: cells with characters and attributes, kept by
 * following the control sequences of the output. Plain data; the caller locks.
 */
#ifndef IO_SCREEN_H
#define IO_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SCREEN_DEFAULT = 7, /* attributes: white on black */
    SCREEN_INTENSE = 8,
    SCREEN_LEADING = 0x100, /* the halves of a wide character */
    SCREEN_TRAILING = 0x200,
    SCREEN_REVERSE = 0x4000,
    SCREEN_UNDERSCORE = 0x8000,
};

struct screen_cell {
    uint32_t character; /* a code point */
    uint16_t attributes;
};

struct screen_place {
    unsigned x, y;
    uint16_t attributes;
};

struct screen {
    unsigned width, height;
    struct screen_cell *cells; /* NULL: not set up */
    struct screen_cell *main;  /* the other screen's, while the alternate one is shown */
    unsigned x, y;
    bool wrap;            /* the last column was written: the next character goes to the next line */
    bool anchored;        /* rows are the terminal's; else the last row is where the output is */
    unsigned advanced;    /* lines since the start, while not anchored */
    unsigned top, bottom; /* the scrolling region, inclusive */
    uint16_t attributes;
    struct screen_place saved, main_place;
    /* the parser: */
    enum {
        SCREEN_TEXT,
        SCREEN_ESCAPE,
        SCREEN_CSI,
        SCREEN_STRING,
        SCREEN_STRING_ESCAPE,
        SCREEN_CHARSET
    } state;
    unsigned parameters[16], parameter_count;
    char marker;           /* '?', '>' or '=' behind CSI, or an intermediate byte */
    uint32_t character;    /* UTF-8 being read */
    unsigned continuation; /* bytes of it to come */
};

/* Sets the size up or follows a change of it; false: no memory. */
bool screen_size(struct screen *screen, unsigned width, unsigned height);
void screen_feed(struct screen *screen, const char *bytes, size_t length);
/* The cursor is here, as the terminal says: what was written before moves into its rows. */
void screen_anchor(struct screen *screen, unsigned x, unsigned y);
/* Columns that a character takes: 0, 1 or 2. */
unsigned screen_columns(uint32_t character);
/* The control sequence that selects these attributes; returns its length. */
size_t screen_select(uint16_t attributes, char text[40]);

static inline struct screen_cell *screen_at(struct screen *screen, unsigned x, unsigned y)
{
    return &screen->cells[(size_t)y * screen->width + x];
}

#endif
