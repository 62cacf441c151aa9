/*
 * The functions on the cells of the screen buffer: along its lines, and in rectangles.
 */
#include "console.h"

static WCHAR to_wide(CHAR c)
{
    WCHAR wide = '?';
    MultiByteToWideChar(GetConsoleOutputCP(), 0, &c, 1, &wide, 1);
    return wide;
}

/* A character that has no single byte is a question mark. */
static CHAR to_narrow(WCHAR c)
{
    CHAR bytes[8];
    return WideCharToMultiByte(GetConsoleOutputCP(), 0, &c, 1, bytes, sizeof bytes, NULL, NULL) == 1
               ? bytes[0]
               : '?';
}

/* ---- along the lines */

static BOOL fill(HANDLE console, WCHAR character, WORD attributes, ULONG what, DWORD count, COORD at,
                 DWORD *ret_count)
{
    gw_console_fill fill = {{at.X, at.Y}, count, character, attributes, what};
    ULONG done = 0;
    if (!console_call(console, GW_CONSOLE_FILL, &fill, sizeof fill, &done, sizeof done, NULL))
        return FALSE;
    if (ret_count)
        *ret_count = done;
    return TRUE;
}

BOOL WINAPI FillConsoleOutputCharacterW(HANDLE console, WCHAR character, DWORD count, COORD at,
                                        DWORD *ret_count)
{
    return fill(console, character, 0, 0, count, at, ret_count);
}

BOOL WINAPI FillConsoleOutputCharacterA(HANDLE console, CHAR character, DWORD count, COORD at,
                                        DWORD *ret_count)
{
    return fill(console, to_wide(character), 0, 0, count, at, ret_count);
}

BOOL WINAPI FillConsoleOutputAttribute(HANDLE console, WORD attributes, DWORD count, COORD at,
                                       DWORD *ret_count)
{
    return fill(console, 0, attributes, 1, count, at, ret_count);
}

enum form { WIDE, NARROW, ATTRIBUTES };

static BOOL read_run(HANDLE console, enum form form, void *to, DWORD count, COORD at, DWORD *ret_count)
{
    gw_console_fill run = {{at.X, at.Y}, count, 0, 0, 0};
    ULONG size = 0;
    if (count > 0x400000) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    gw_console_cell *cells = allocate(count * sizeof *cells + sizeof *cells);
    if (!cells)
        return FALSE;
    BOOL good = console_call(console, GW_CONSOLE_READ_RUN, &run, sizeof run, cells,
                             count * (ULONG)sizeof *cells, &size);
    DWORD n = size / sizeof *cells;
    for (DWORD i = 0; i < n && good; i++) {
        if (form == WIDE)
            ((WCHAR *)to)[i] = cells[i].character;
        else if (form == NARROW)
            ((CHAR *)to)[i] = to_narrow(cells[i].character);
        else
            ((WORD *)to)[i] = cells[i].attributes;
    }
    if (good && ret_count)
        *ret_count = n;
    release(cells);
    return good;
}

BOOL WINAPI ReadConsoleOutputCharacterW(HANDLE console, WCHAR *text, DWORD count, COORD at, DWORD *ret_count)
{
    return read_run(console, WIDE, text, count, at, ret_count);
}

BOOL WINAPI ReadConsoleOutputCharacterA(HANDLE console, CHAR *text, DWORD count, COORD at, DWORD *ret_count)
{
    return read_run(console, NARROW, text, count, at, ret_count);
}

BOOL WINAPI ReadConsoleOutputAttribute(HANDLE console, WORD *attributes, DWORD count, COORD at,
                                       DWORD *ret_count)
{
    return read_run(console, ATTRIBUTES, attributes, count, at, ret_count);
}

static BOOL write_run(HANDLE console, enum form form, const void *from, DWORD count, COORD at,
                      DWORD *ret_count)
{
    SIZE_T size = sizeof(gw_console_fill) + count * sizeof(gw_console_cell);
    ULONG done = 0;
    if (count > 0x400000) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    gw_console_fill *run = allocate(size);
    if (!run)
        return FALSE;
    gw_console_cell *cells = (gw_console_cell *)(run + 1);
    *run = (gw_console_fill){{at.X, at.Y}, count, 0, 0, form == ATTRIBUTES};
    for (DWORD i = 0; i < count; i++)
        cells[i] = (gw_console_cell){form == WIDE ? ((const WCHAR *)from)[i] : 0,
                                     form == ATTRIBUTES ? ((const WORD *)from)[i] : 0};
    BOOL good = console_call(console, GW_CONSOLE_WRITE_RUN, run, (ULONG)size, &done, sizeof done, NULL);
    if (good && ret_count)
        *ret_count = done;
    release(run);
    return good;
}

BOOL WINAPI WriteConsoleOutputCharacterW(HANDLE console, const WCHAR *text, DWORD count, COORD at,
                                         DWORD *ret_count)
{
    return write_run(console, WIDE, text, count, at, ret_count);
}

BOOL WINAPI WriteConsoleOutputCharacterA(HANDLE console, const CHAR *text, DWORD count, COORD at,
                                         DWORD *ret_count)
{
    WCHAR *wide = allocate(count * sizeof *wide + sizeof *wide);
    if (!wide)
        return FALSE;
    int n = count ? MultiByteToWideChar(GetConsoleOutputCP(), 0, text, (int)count, wide, (int)count) : 0;
    BOOL good = write_run(console, WIDE, wide, (DWORD)n, at, ret_count);
    release(wide);
    return good;
}

BOOL WINAPI WriteConsoleOutputAttribute(HANDLE console, const WORD *attributes, DWORD count, COORD at,
                                        DWORD *ret_count)
{
    return write_run(console, ATTRIBUTES, attributes, count, at, ret_count);
}

/* ---- rectangles */

/* Cuts the region to what the caller's buffer has for it; FALSE: nothing. */
static BOOL fit(SMALL_RECT *region, COORD size, COORD at)
{
    if (at.X < 0 || at.Y < 0 || at.X >= size.X || at.Y >= size.Y)
        return FALSE;
    if (region->Right - region->Left >= size.X - at.X)
        region->Right = (SHORT)(region->Left + size.X - at.X - 1);
    if (region->Bottom - region->Top >= size.Y - at.Y)
        region->Bottom = (SHORT)(region->Top + size.Y - at.Y - 1);
    return region->Left <= region->Right && region->Top <= region->Bottom;
}

/* Moves cells between the caller's buffer and the screen; *region becomes the part that was on the screen. */
static BOOL rectangle(HANDLE console, BOOL write, CHAR_INFO *buffer, COORD size, COORD at, SMALL_RECT *region,
                      BOOL wide)
{
    SMALL_RECT whole = *region;
    ULONG used = 0;
    if (!fit(&whole, size, at)) {
        DWORD mode;
        region->Right = (SHORT)(region->Left - 1);
        region->Bottom = (SHORT)(region->Top - 1);
        return GetConsoleMode(console, &mode);
    }
    SIZE_T width = (SIZE_T)(whole.Right - whole.Left + 1), height = (SIZE_T)(whole.Bottom - whole.Top + 1);
    SIZE_T bytes = sizeof(gw_console_rect) + width * height * sizeof(gw_console_cell);
    gw_console_rect *rect = allocate(bytes), real;
    if (!rect)
        return FALSE;
    gw_console_cell *cells = (gw_console_cell *)(rect + 1);
    *rect = (gw_console_rect){whole.Left, whole.Top, whole.Right, whole.Bottom};
    for (SIZE_T y = 0; y < height && write; y++)
        for (SIZE_T x = 0; x < width; x++) {
            const CHAR_INFO *from = &buffer[((SIZE_T)at.Y + y) * (SIZE_T)size.X + (SIZE_T)at.X + x];
            cells[y * width + x] = (gw_console_cell){
                wide ? from->Char.UnicodeChar : to_wide(from->Char.AsciiChar), from->Attributes};
        }
    BOOL good = write ? console_call(console, GW_CONSOLE_WRITE_CELLS, rect, (ULONG)bytes, &real, sizeof real,
                                     &used)
                      : console_call(console, GW_CONSOLE_READ_CELLS, rect, sizeof *rect, rect, (ULONG)bytes,
                                     &used);
    if (good && !write)
        real = *rect;
    for (SIZE_T y = 0; y < height && good && !write; y++)
        for (SIZE_T x = 0; x < width; x++) {
            int column = whole.Left + (int)x, line = whole.Top + (int)y;
            CHAR_INFO *to = &buffer[((SIZE_T)at.Y + y) * (SIZE_T)size.X + (SIZE_T)at.X + x];
            if (column < real.left || column > real.right || line < real.top || line > real.bottom)
                continue;
            to->Attributes = cells[y * width + x].attributes;
            to->Char.UnicodeChar = wide ? cells[y * width + x].character
                                        : (BYTE)to_narrow(cells[y * width + x].character);
        }
    if (good)
        *region = (SMALL_RECT){real.left, real.top, real.right, real.bottom};
    release(rect);
    return good;
}

BOOL WINAPI ReadConsoleOutputW(HANDLE console, CHAR_INFO *buffer, COORD size, COORD at, SMALL_RECT *region)
{
    return rectangle(console, FALSE, buffer, size, at, region, TRUE);
}

BOOL WINAPI ReadConsoleOutputA(HANDLE console, CHAR_INFO *buffer, COORD size, COORD at, SMALL_RECT *region)
{
    return rectangle(console, FALSE, buffer, size, at, region, FALSE);
}

BOOL WINAPI WriteConsoleOutputW(HANDLE console, const CHAR_INFO *buffer, COORD size, COORD at,
                                SMALL_RECT *region)
{
    return rectangle(console, TRUE, (CHAR_INFO *)buffer, size, at, region, TRUE);
}

BOOL WINAPI WriteConsoleOutputA(HANDLE console, const CHAR_INFO *buffer, COORD size, COORD at,
                                SMALL_RECT *region)
{
    return rectangle(console, TRUE, (CHAR_INFO *)buffer, size, at, region, FALSE);
}

static BOOL scroll(HANDLE console, const SMALL_RECT *source, const SMALL_RECT *clip, COORD target,
                   WCHAR character, WORD attributes)
{
    gw_console_scroll scroll = {.source = {source->Left, source->Top, source->Right, source->Bottom},
                                .target = {target.X, target.Y},
                                .fill = {character, attributes},
                                .clipped = clip != NULL};
    if (clip)
        scroll.clip = (gw_console_rect){clip->Left, clip->Top, clip->Right, clip->Bottom};
    return console_call(console, GW_CONSOLE_SCROLL, &scroll, sizeof scroll, NULL, 0, NULL);
}

BOOL WINAPI ScrollConsoleScreenBufferW(HANDLE console, const SMALL_RECT *source, const SMALL_RECT *clip,
                                       COORD target, const CHAR_INFO *fill)
{
    return scroll(console, source, clip, target, fill->Char.UnicodeChar, fill->Attributes);
}

BOOL WINAPI ScrollConsoleScreenBufferA(HANDLE console, const SMALL_RECT *source, const SMALL_RECT *clip,
                                       COORD target, const CHAR_INFO *fill)
{
    return scroll(console, source, clip, target, to_wide(fill->Char.AsciiChar), fill->Attributes);
}
