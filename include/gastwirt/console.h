/*
 * What kernelbase asks of the host's console: GwConsole(handle, operation, in, in size, out, out size,
 * returned). Text is UTF-16, input records are the Win32 ones. Operations of the process take no handle.
 */
#ifndef GASTWIRT_CONSOLE_H
#define GASTWIRT_CONSOLE_H

#include <nt/base.h>

enum {
    GW_CONSOLE_GET_MODE,        /* out ULONG */
    GW_CONSOLE_SET_MODE,        /* in ULONG */
    GW_CONSOLE_READ,            /* in gw_console_read, then the text it begins with; out characters */
    GW_CONSOLE_WRITE,           /* in characters */
    GW_CONSOLE_GET_INFO,        /* out gw_console_info */
    GW_CONSOLE_SET_CURSOR,      /* in gw_console_coord */
    GW_CONSOLE_SET_ATTRIBUTE,   /* in ULONG */
    GW_CONSOLE_SET_CURSOR_INFO, /* in gw_console_cursor */
    GW_CONSOLE_GET_CURSOR_INFO, /* out gw_console_cursor */
    GW_CONSOLE_READ_INPUT,      /* in gw_console_read (count: records, flag 1: peek, 2: wait); out records */
    GW_CONSOLE_WRITE_INPUT,     /* in records */
    GW_CONSOLE_INPUT_COUNT,     /* out ULONG */
    GW_CONSOLE_FLUSH_INPUT,
    GW_CONSOLE_SET_TITLE,      /* in characters */
    GW_CONSOLE_GET_TITLE,      /* out characters */
    GW_CONSOLE_GET_CODE_PAGES, /* out ULONG[2]: input, output */
    GW_CONSOLE_SET_CODE_PAGES, /* in ULONG[2]; 0 leaves one as it is */
    GW_CONSOLE_FILL,           /* in gw_console_fill; out ULONG: how many */
    GW_CONSOLE_READ_CELLS,     /* in gw_console_rect; out the part that is on the screen, then all cells */
    GW_CONSOLE_WRITE_CELLS,    /* in gw_console_rect, then all cells; out the part that is on the screen */
    GW_CONSOLE_SCROLL,         /* in gw_console_scroll */
    GW_CONSOLE_CONTROL_START,  /* starts listening for Ctrl-C */
    GW_CONSOLE_GENERATE,       /* in ULONG[2]: event, process group */
    GW_CONSOLE_IGNORE_CTRL_C,  /* in ULONG: whether Ctrl-C is ignored */
    GW_CONSOLE_CREATE_BUFFER,  /* in gw_console_create; out ULONG64: a handle */
    GW_CONSOLE_SHOW_BUFFER,
    GW_CONSOLE_WAIT_CONTROL, /* out ULONG: blocks for the next control event */
    GW_CONSOLE_READ_RUN,     /* in gw_console_fill (at, count); out cells */
    GW_CONSOLE_WRITE_RUN,    /* in gw_console_fill (at, count, what), then cells; out ULONG: how many */
    GW_CONSOLE_GET_FONT,     /* out gw_console_coord: a cell in pixels, 0: the terminal does not say */
    GW_CONSOLE_GET_ALIASES, /* in ULONG64: generation that is known; out ULONG64: generation, then the text */
    GW_CONSOLE_SET_ALIASES, /* in ULONG64: generation that is replaced, then the text; out ULONG64: its own */
    GW_CONSOLE_OPERATIONS
};

typedef struct {
    SHORT x, y;
} gw_console_coord;
typedef struct {
    SHORT left, top, right, bottom;
} gw_console_rect;
typedef struct {
    ULONG count, flags, wakeup_mask;
} gw_console_read;
typedef struct {
    ULONG access, sharing, inherit;
} gw_console_create;
typedef struct {
    ULONG size;
    ULONG visible;
} gw_console_cursor;
typedef struct {
    WCHAR character;
    USHORT attributes;
} gw_console_cell;
typedef struct {
    gw_console_coord at;
    ULONG count;
    WCHAR character;
    USHORT attributes;
    ULONG what; /* 0: characters, 1: attributes */
} gw_console_fill;
typedef struct {
    gw_console_rect source, clip;
    gw_console_coord target;
    gw_console_cell fill;
    ULONG clipped;
} gw_console_scroll;
typedef struct {
    gw_console_coord size, cursor, maximum;
    gw_console_rect window;
    USHORT attributes, popup_attributes;
    ULONG colors[16];
} gw_console_info;

#endif
