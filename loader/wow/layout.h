/*
 * Structures of both widths, described by text: converting them, and calls that answer with them.
 */
#ifndef WOW_LAYOUT_H
#define WOW_LAYOUT_H

#include <nt/types.h>

/*
 * A layout is a sequence of fields, each with an optional count before it:
 *   b byte   s 16 bits   i 32 bits   l 64 bits   p pointer, handle or size: 64 bits here, 32 in the guest
 *   ( )  a structure of its own, for its alignment
 * Fields and the whole are aligned as C aligns them.
 */
size_t wow_size(const char *layout, bool wide);

/* A buffer whose content moves: pointers into [from, from + size) become `to` plus their distance, where
 * what lies behind the first `head_from` bytes moves to behind `head_to`. */
struct wow_relocation {
    uint64_t from, size, to;
    uint64_t head_from, head_to;
};

/* 64-bit to 32-bit: pointers are cut off or relocated (may be NULL). The reverse zero-extends. */
void wow_narrow(const char *layout, const void *wide, void *narrow, const struct wow_relocation *relocation);
void wow_widen(const char *layout, const void *narrow, void *wide);

/* ---- calls that answer with one structure of fixed size ---- */

struct wow_fixed {
    const char *layout;
    uint32_t guest, length;
    uint32_t narrow_size, wide_size;
    ULONG wide_length; /* what to tell the call */
    ULONG needed;      /* for the call's ReturnLength */
    uint64_t buffer[40];
};

/* Prepares for the guest's buffer: a length that is too short or too long stays so. */
void wow_fixed_begin(struct wow_fixed *fixed, const char *layout, uint32_t guest, uint32_t length);

/* Delivers what the call answered, and its length to the guest's (0: none) ULONG. */
NTSTATUS wow_fixed_end(struct wow_fixed *fixed, NTSTATUS status, uint32_t guest_needed);

/* ---- calls that answer with a structure, perhaps an array in it, and data behind that it points to ---- */

struct wow_variable {
    const char *head, *element; /* element NULL: no array */
    uint32_t count_at;          /* offset of the array's ULONG count in the head */
    NTSTATUS short_status;      /* for a buffer that is too short */
};

struct wow_answer {
    void *buffer;
    ULONG length, needed;
};

/* Usage: wow_answer_begin; do status = call(answer.buffer, answer.length, &answer.needed);
 * while (wow_answer_again(&answer, status)); return wow_answer_end(...). */
NTSTATUS wow_answer_begin(struct wow_answer *answer, uint32_t length);
bool wow_answer_again(struct wow_answer *answer, NTSTATUS status);
NTSTATUS wow_answer_end(struct wow_answer *answer, const struct wow_variable *layout, NTSTATUS status,
                        uint32_t guest, uint32_t length, uint32_t guest_needed);

#endif
