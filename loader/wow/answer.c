/*
 * Answers of query calls on their way to i386 code: built in a host buffer by the 64-bit call, converted,
 * copied out.
 */
#include "mm/guest.h"
#include "wow/layout.h"
#include "wow/wow.h"
#include <stdlib.h>
#include <string.h>

enum { SPARE = 4096, ANSWER_MAXIMUM = 0x4000000 };

void wow_fixed_begin(struct wow_fixed *fixed, const char *layout, uint32_t guest, uint32_t length)
{
    memset(fixed, 0, sizeof *fixed);
    fixed->layout = layout;
    fixed->guest = guest;
    fixed->length = length;
    fixed->narrow_size = (uint32_t)wow_size(layout, false);
    fixed->wide_size = (uint32_t)wow_size(layout, true);
    fixed->needed = UINT32_MAX;
    if (length < fixed->narrow_size)
        fixed->wide_length = length < fixed->wide_size ? length : fixed->wide_size - 1;
    else
        fixed->wide_length = fixed->wide_size + (length > fixed->narrow_size);
}

NTSTATUS wow_fixed_end(struct wow_fixed *fixed, NTSTATUS status, uint32_t guest_needed)
{
    uint64_t narrow[40] = {0};
    NTSTATUS written = STATUS_SUCCESS;
    if (NT_SUCCESS(status)) {
        wow_narrow(fixed->layout, fixed->buffer, narrow, NULL);
        written = guest_copy(wow_pointer(fixed->guest), narrow, fixed->narrow_size);
    }
    if (NT_SUCCESS(written) && guest_needed && fixed->needed != UINT32_MAX) {
        ULONG needed = fixed->needed == fixed->wide_size ? fixed->narrow_size : fixed->needed;
        written = guest_copy(wow_pointer(guest_needed), &needed, sizeof needed);
    }
    return NT_SUCCESS(written) ? status : written;
}

NTSTATUS wow_answer_begin(struct wow_answer *answer, uint32_t length)
{
    if (length > ANSWER_MAXIMUM)
        length = ANSWER_MAXIMUM;
    answer->length = length * 2 + SPARE;
    answer->needed = 0;
    answer->buffer = calloc(1, answer->length);
    return answer->buffer ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

bool wow_answer_again(struct wow_answer *answer, NTSTATUS status)
{
    if ((status != STATUS_INFO_LENGTH_MISMATCH && status != STATUS_BUFFER_TOO_SMALL &&
         status != STATUS_BUFFER_OVERFLOW) ||
        answer->needed <= answer->length || answer->needed > ANSWER_MAXIMUM)
        return false;
    void *bigger = calloc(1, answer->needed + SPARE);
    if (!bigger)
        return false;
    free(answer->buffer);
    answer->buffer = bigger;
    answer->length = answer->needed + SPARE;
    return true;
}

/* Converts the whole answer: *ret_size bytes, malloc'ed. */
static uint8_t *narrow_answer(const struct wow_answer *answer, const struct wow_variable *layout,
                              uint32_t guest, uint32_t *ret_size)
{
    const uint8_t *wide = answer->buffer;
    size_t head = wow_size(layout->head, true), narrow_head = wow_size(layout->head, false);
    size_t element = 0, narrow_element = 0, count = 0;
    if (layout->element) {
        uint32_t number;
        memcpy(&number, wide + layout->count_at, sizeof number);
        count = number;
        element = wow_size(layout->element, true);
        narrow_element = wow_size(layout->element, false);
        if (strchr(layout->element, 'p') && count)
            head = (head + 7) & ~(size_t)7;
        if (head + count * element > answer->length)
            count = 0;
    }
    size_t fixed = head + count * element, narrow_fixed = narrow_head + count * narrow_element;
    size_t used = answer->needed < answer->length ? answer->needed : answer->length;
    size_t tail = used > fixed ? used - fixed : 0;
    uint8_t *narrow = calloc(1, narrow_fixed + tail + 1);
    if (!narrow)
        return NULL;
    struct wow_relocation relocation = {(uint64_t)wide, answer->length, guest, fixed, narrow_fixed};
    wow_narrow(layout->head, wide, narrow, &relocation);
    for (size_t i = 0; i < count; i++)
        wow_narrow(layout->element, wide + head + i * element, narrow + narrow_head + i * narrow_element,
                   &relocation);
    memcpy(narrow + narrow_fixed, wide + fixed, tail);
    *ret_size = (uint32_t)(narrow_fixed + tail);
    return narrow;
}

NTSTATUS wow_answer_end(struct wow_answer *answer, const struct wow_variable *layout, NTSTATUS status,
                        uint32_t guest, uint32_t length, uint32_t guest_needed)
{
    ULONG size = answer->needed;
    NTSTATUS written = STATUS_SUCCESS;
    if (NT_SUCCESS(status)) {
        uint8_t *narrow = narrow_answer(answer, layout, guest, &size);
        if (!narrow)
            status = STATUS_NO_MEMORY;
        else if (size > length)
            status = layout->short_status;
        else
            written = guest_copy(wow_pointer(guest), narrow, size);
        free(narrow);
    }
    free(answer->buffer);
    if (NT_SUCCESS(written) && guest_needed && size)
        written = guest_copy(wow_pointer(guest_needed), &size, sizeof size);
    return NT_SUCCESS(written) ? status : written;
}
