/*
 * Write watch: writable pages of a watched area are read-only for the CPU until they are written
 * to; the fault sets the page's bit. Where Linux would need too many mappings, larger stretches
 * count as written.
 */
#include "mm/area.h"
#include "mm/guest.h"

#include <stdlib.h>
#include <nt/syscalls.h>

#define COARSE_PAGES 512

static bool is_written(const struct mm_area *area, uint64_t index)
{
    return area->written[index / 64] >> index % 64 & 1;
}

/* Protects the clean pages among [start, end) as their state says, without writing. */
NTSTATUS mm_watch_arm(struct mm_area *area, uint64_t start, uint64_t end)
{
    uint64_t next;

    for (; start < end; start = next) {
        uint16_t state = mm_state_at(area, start, &next);
        if (next > end)
            next = end;
        int prot = mm_prot(state);
        if (!(prot & PROT_WRITE))
            continue;
        for (uint64_t at = start, to; at < next; at = to) {
            uint64_t index = (at - area->node.start) / MM_PAGE;
            bool written = is_written(area, index);
            for (to = at + MM_PAGE; to < next && is_written(area, ++index) == written;)
                to += MM_PAGE;
            if (!written && mprotect((void *)at, to - at, prot & ~PROT_WRITE))
                return STATUS_NO_MEMORY;
        }
    }
    return STATUS_SUCCESS;
}

NTSTATUS mm_watch_hit(struct mm_area *area, uint64_t page, uint16_t state)
{
    uint64_t start = page, end = page + MM_PAGE, next;

    if (mprotect((void *)page, MM_PAGE, mm_prot(state))) {
        mm_state_at(area, page, &next);
        end = next < page + COARSE_PAGES * MM_PAGE ? next : page + COARSE_PAGES * MM_PAGE;
        while (start > area->node.start && end - start < COARSE_PAGES * MM_PAGE &&
               mm_state_at(area, start - MM_PAGE, &next) == state)
            start -= MM_PAGE;
        if (mprotect((void *)start, end - start, mm_prot(state)))
            return STATUS_ACCESS_VIOLATION;
    }
    for (uint64_t at = start; at < end; at += MM_PAGE) {
        uint64_t index = (at - area->node.start) / MM_PAGE;
        area->written[index / 64] |= 1ull << index % 64;
    }
    return STATUS_SUCCESS;
}

/* The watched area that holds the range. */
static NTSTATUS find_watched(uint64_t start, uint64_t size, struct mm_area **ret_area)
{
    struct mm_area *area = mm_find(start);

    if (!area || !area->written || start + size > area->node.end || start + size < start)
        return STATUS_INVALID_PARAMETER_1;
    *ret_area = area;
    return STATUS_SUCCESS;
}

static void clear(struct mm_area *area, uint64_t start, uint64_t end)
{
    for (uint64_t at = start; at < end; at += MM_PAGE) {
        uint64_t index = (at - area->node.start) / MM_PAGE;
        area->written[index / 64] &= ~(1ull << index % 64);
    }
    mm_watch_arm(area, start, end);
}

NTSTATUS NtGetWriteWatch(HANDLE ProcessHandle, ULONG Flags, PVOID BaseAddress, SIZE_T RegionSize,
                         PVOID *UserAddressArray, ULONG_PTR *EntriesInUserAddressArray, ULONG *Granularity)
{
    uint64_t start = mm_round_down((uint64_t)BaseAddress, MM_PAGE), count = 0, *found;
    ULONG_PTR capacity;
    ULONG page_size = MM_PAGE;
    struct mm_area *area;
    NTSTATUS status = mm_check_process(ProcessHandle);

    if (status)
        return status;
    if (Flags & ~(ULONG)WRITE_WATCH_FLAG_RESET)
        return STATUS_INVALID_PARAMETER_2;
    if (!RegionSize || RegionSize > MM_HIGHEST || (uint64_t)BaseAddress >= MM_HIGHEST)
        return STATUS_INVALID_PARAMETER_4;
    uint64_t end = mm_round_up((uint64_t)BaseAddress + RegionSize, MM_PAGE);
    if ((status = guest_read(&capacity, EntriesInUserAddressArray)))
        return status;
    if (!capacity)
        return STATUS_INVALID_PARAMETER_5;
    if (capacity > (end - start) / MM_PAGE)
        capacity = (end - start) / MM_PAGE;
    if (!(found = malloc(capacity * sizeof *found)))
        return STATUS_NO_MEMORY;

    mm_lock();
    status = find_watched(start, end - start, &area);
    if (!status) {
        uint64_t at = start;
        for (; at < end && count < capacity; at += MM_PAGE)
            if (is_written(area, (at - area->node.start) / MM_PAGE))
                found[count++] = at;
        if (Flags & WRITE_WATCH_FLAG_RESET && at > start)
            clear(area, start, at);
    }
    mm_unlock();
    if (!status && count)
        status = guest_copy(UserAddressArray, found, count * sizeof *found);
    free(found);
    if (!status)
        status = guest_write(EntriesInUserAddressArray, count);
    if (!status)
        status = guest_write(Granularity, page_size);
    return status;
}

NTSTATUS NtResetWriteWatch(HANDLE ProcessHandle, PVOID BaseAddress, SIZE_T RegionSize)
{
    uint64_t start = mm_round_down((uint64_t)BaseAddress, MM_PAGE);
    struct mm_area *area;
    NTSTATUS status = mm_check_process(ProcessHandle);

    if (status)
        return status;
    if (!RegionSize || RegionSize > MM_HIGHEST || (uint64_t)BaseAddress >= MM_HIGHEST)
        return STATUS_INVALID_PARAMETER_3;
    uint64_t end = mm_round_up((uint64_t)BaseAddress + RegionSize, MM_PAGE);
    mm_lock();
    status = find_watched(start, end - start, &area);
    if (!status)
        clear(area, start, end);
    mm_unlock();
    return status;
}
