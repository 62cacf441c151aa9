/*
 * Thunks: a system call of i386 code becomes the 64-bit call. tools/syscalls.py generates one for every
 * call from its prototype; those whose structures differ are written in loader/wow under the same name
 * (wow_NtXxx), which replaces the generated one.
 */
#ifndef WOW_THUNK_H
#define WOW_THUNK_H

#include "mm/guest.h"
#include "wow/wow.h"
#include <nt/syscalls.h>

/* For one call, on the host stack: structures converted from the guest's. *ret is NULL for a guest's NULL.
 * STATUS_ACCESS_VIOLATION if they cannot be read. */

struct wow_attributes {
    OBJECT_ATTRIBUTES value;
    UNICODE_STRING name;
};
NTSTATUS wow_read_attributes(uint32_t guest, struct wow_attributes *storage, OBJECT_ATTRIBUTES **ret);
NTSTATUS wow_read_string(uint32_t guest, UNICODE_STRING *storage, UNICODE_STRING **ret);
NTSTATUS wow_read_client_id(uint32_t guest, CLIENT_ID *storage, CLIENT_ID **ret);

/* A word (handle, pointer, size) that a call writes, or reads and writes, through a pointer: widened for the
 * call, and cut off again behind it if the call has set it. */
struct wow_word {
    uint64_t value, before;
    uint32_t guest;
};

/* What to pass to the call. A pointer that cannot be read is passed on, for the call to find out. */
void *wow_out_word(struct wow_word *word, uint32_t guest);
void *wow_inout_word(struct wow_word *word, uint32_t guest);

/* The call's status, or that the word could not be written; a handle is then closed again. */
NTSTATUS wow_write_word(const struct wow_word *word, NTSTATUS status);
NTSTATUS wow_write_handle(const struct wow_word *word, NTSTATUS status);

static inline uint64_t wow_long(const uint32_t *words)
{
    return words[0] | (uint64_t)words[1] << 32;
}

#endif
