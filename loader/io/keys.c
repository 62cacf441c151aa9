/*
 * Terminal bytes to key records: UTF-8 characters, control characters, and the escape sequences of
 * cursor and function keys.
 */
#include "io/keys.h"
#include <stdlib.h>
#include <string.h>

enum { ALT = 2, CTRL = 8, SHIFT = 0x10, ENHANCED = 0x100 };

bool io_keys_room(const struct io_console_keys *keys)
{
    return keys->count + 40 < sizeof keys->records / sizeof *keys->records;
}

void io_keys_add(struct io_console_keys *keys, const INPUT_RECORD_HOST *record)
{
    unsigned size = sizeof keys->records / sizeof *keys->records;
    if (keys->count < size)
        keys->records[(keys->first + keys->count++) % size] = *record;
}

ULONG io_keys_take(struct io_console_keys *keys, INPUT_RECORD_HOST *out, ULONG count, bool peek)
{
    unsigned size = sizeof keys->records / sizeof *keys->records;
    ULONG n = count < keys->count ? count : keys->count;
    for (ULONG i = 0; i < n; i++)
        out[i] = keys->records[(keys->first + i) % size];
    if (!peek) {
        keys->first = (keys->first + n) % size;
        keys->count -= n;
    }
    return n;
}

static void press(struct io_console_keys *keys, USHORT key, WCHAR character, ULONG state)
{
    INPUT_RECORD_HOST record = {
        .type = 1, .down = 1, .repeat = 1, .key = key, .character = character, .state = state};
    io_keys_add(keys, &record);
    record.down = 0;
    io_keys_add(keys, &record);
}

static void character(struct io_console_keys *keys, uint32_t c, ULONG state)
{
    if (c >= 0x10000) {
        press(keys, 0, (WCHAR)(0xd800 + ((c - 0x10000) >> 10)), state);
        press(keys, 0, (WCHAR)(0xdc00 + (c & 0x3ff)), state);
    } else if (c == '\r' || c == '\n')
        press(keys, 0x0d, '\r', state);
    else if (c == '\t')
        press(keys, 0x09, '\t', state);
    else if (c == 0x7f || c == 8)
        press(keys, 0x08, 8, state);
    else if (c == 0x1b)
        press(keys, 0x1b, 0x1b, state);
    else if (c < 0x20)
        press(keys, (USHORT)(c + 0x40), (WCHAR)c, state | CTRL);
    else if (c >= 'a' && c <= 'z')
        press(keys, (USHORT)(c - 0x20), (WCHAR)c, state);
    else if (c >= 'A' && c <= 'Z')
        press(keys, (USHORT)c, (WCHAR)c, state | SHIFT);
    else
        press(keys, (c >= '0' && c <= '9') || c == ' ' ? (USHORT)c : 0, (WCHAR)c, state);
}

static USHORT letter_key(char c)
{
    switch (c) {
    case 'A': return 0x26; /* up */
    case 'B': return 0x28;
    case 'C': return 0x27;
    case 'D': return 0x25;
    case 'H': return 0x24; /* home */
    case 'F': return 0x23; /* end */
    case 'P': return 0x70; /* F1 */
    case 'Q': return 0x71;
    case 'R': return 0x72;
    case 'S': return 0x73;
    default: return 0;
    }
}

static USHORT number_key(int n)
{
    static const USHORT keys[] = {0,    0x24, 0x2d, 0x2e, 0x23, 0x21, 0x22, 0x24, 0x23, 0, 0,    0x70, 0x71,
                                  0x72, 0x73, 0x74, 0,    0x75, 0x76, 0x77, 0x78, 0x79, 0, 0x7a, 0x7b};
    return n > 0 && n < (int)(sizeof keys / sizeof *keys) ? keys[n] : 0;
}

/* Takes one character or sequence from the front; bytes taken, 0: unfinished. */
static size_t parse(struct io_console_keys *keys, const char *p, size_t length)
{
    uint8_t c = (uint8_t)p[0];
    if (c == 0x1b) {
        if (length < 2)
            return 0;
        if (p[1] == '[' || p[1] == 'O') {
            size_t n = 2;
            int numbers[2] = {0, 0}, at = 0;
            while (n < length && ((p[n] >= '0' && p[n] <= '9') || p[n] == ';')) {
                if (p[n] == ';')
                    at = 1;
                else
                    numbers[at] = numbers[at] * 10 + p[n] - '0';
                n++;
            }
            if (n == length)
                return length < sizeof keys->bytes ? 0 : length;
            USHORT key = p[n] == '~' ? number_key(numbers[0]) : letter_key(p[n]);
            int modifiers = numbers[1] ? numbers[1] - 1 : 0;
            ULONG state = (modifiers & 1 ? SHIFT : 0) | (modifiers & 2 ? ALT : 0) |
                          (modifiers & 4 ? CTRL : 0);
            if (p[n] == 'Z')
                press(keys, 0x09, '\t', SHIFT);
            else if (key)
                press(keys, key, 0, state | (key < 0x70 ? ENHANCED : 0));
            return n + 1;
        }
        character(keys, (uint8_t)p[1], ALT);
        return 2;
    }
    size_t need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 1;
    if (length < need)
        return 0;
    WCHAR wide[2];
    size_t n = io_utf8_to_utf16_n(p, need, wide, 2);
    if (need == 1)
        character(keys, c, 0);
    else
        for (size_t i = 0; i < n; i++)
            press(keys, 0, wide[i], 0);
    return need;
}

void io_keys_feed(struct io_console_keys *keys, const char *bytes, size_t length)
{
    while (length || keys->byte_count) {
        while (length && keys->byte_count < sizeof keys->bytes)
            keys->bytes[keys->byte_count++] = *bytes++, length--;
        size_t n = parse(keys, keys->bytes, keys->byte_count);
        if (!n)
            return;
        memmove(keys->bytes, keys->bytes + n, keys->byte_count - n);
        keys->byte_count -= n;
    }
}

void io_keys_flush(struct io_console_keys *keys)
{
    if (keys->byte_count == 1 && keys->bytes[0] == 0x1b) {
        character(keys, 0x1b, 0);
        keys->byte_count = 0;
    }
}
