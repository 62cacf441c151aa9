/*
 * Console input records, made from what a terminal sends.
 */
#ifndef IO_KEYS_H
#define IO_KEYS_H

#include "io/io.h"

/* INPUT_RECORD with a KEY_EVENT_RECORD, as Win32 lays it out. */
typedef struct {
    USHORT type, zero; /* 1: KEY_EVENT */
    LONG down;
    USHORT repeat, key, scan;
    WCHAR character;
    ULONG state;
} INPUT_RECORD_HOST;
_Static_assert(sizeof(INPUT_RECORD_HOST) == 20, "INPUT_RECORD");

struct io_console_keys {
    char bytes[16]; /* an unfinished sequence */
    size_t byte_count;
    INPUT_RECORD_HOST records[128];
    unsigned first, count;
};

void io_keys_feed(struct io_console_keys *keys, const char *bytes, size_t length);
/* No more bytes follow at once: a lone escape is the key. */
void io_keys_flush(struct io_console_keys *keys);
bool io_keys_room(const struct io_console_keys *keys);
void io_keys_add(struct io_console_keys *keys, const INPUT_RECORD_HOST *record);
ULONG io_keys_take(struct io_console_keys *keys, INPUT_RECORD_HOST *out, ULONG count, bool peek);

#endif
