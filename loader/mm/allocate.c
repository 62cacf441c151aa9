/*
 * Private memory: reserve, commit, reset, decommit, release, placeholders, protection.
 */
#include "mm/area.h"

#include <stdlib.h>

#define ALLOCATE_FLAGS                                                                                       \
    (MEM_COMMIT | MEM_RESERVE | MEM_REPLACE_PLACEHOLDER | MEM_RESERVE_PLACEHOLDER | MEM_RESET |              \
     MEM_TOP_DOWN | MEM_WRITE_WATCH | MEM_PHYSICAL | MEM_LARGE_PAGES | MEM_RESET_UNDO |                      \
     MEM_DIFFERENT_IMAGE_BASE_OK)
#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

static NTSTATUS check_type(ULONG type)
{
    if (type & ~(ULONG)ALLOCATE_FLAGS ||
        !(type & (MEM_COMMIT | MEM_RESERVE | MEM_RESET | MEM_RESET_UNDO | MEM_RESERVE_PLACEHOLDER)))
        return STATUS_INVALID_PARAMETER_5;
    if (type & (MEM_RESET | MEM_RESET_UNDO) && type != MEM_RESET && type != MEM_RESET_UNDO)
        return STATUS_INVALID_PARAMETER_5;
    if (type & MEM_WRITE_WATCH && (!(type & MEM_RESERVE) || type & MEM_PHYSICAL))
        return STATUS_INVALID_PARAMETER_5;
    if (type & MEM_PHYSICAL && (type & ~(ULONG)MEM_TOP_DOWN) != (MEM_PHYSICAL | MEM_RESERVE))
        return STATUS_INVALID_PARAMETER_5;
    if (type & MEM_RESERVE_PLACEHOLDER &&
        (!(type & MEM_RESERVE) || type & (MEM_COMMIT | MEM_REPLACE_PLACEHOLDER)))
        return STATUS_INVALID_PARAMETER_5;
    if (type & MEM_REPLACE_PLACEHOLDER && !(type & MEM_RESERVE))
        return STATUS_INVALID_PARAMETER_5;
    if (type & MEM_LARGE_PAGES)
        return type & MEM_COMMIT ? STATUS_PRIVILEGE_NOT_HELD : STATUS_INVALID_PARAMETER_5;
    return STATUS_SUCCESS;
}

/* A new area over fresh or placeholder memory. */
static NTSTATUS reserve(const struct mm_place *place, uint64_t size, ULONG type, ULONG protect,
                        uint64_t *ret_start)
{
    uint16_t state = type & MEM_COMMIT ? (uint16_t)protect : 0;
    bool placeholder = type & MEM_RESERVE_PLACEHOLDER;
    uint64_t start = place->address;
    NTSTATUS status;

    if (type & MEM_REPLACE_PLACEHOLDER) {
        struct mm_area *old;
        if ((status = mm_find_placeholder(start, start + size, &old)))
            return status;
        mm_area_destroy(old);
        if (state)
            mprotect((void *)start, size, mm_prot(state));
    } else if ((status = mm_map(place, size, mm_prot(state), ANONYMOUS, -1, 0, &start))) {
        return status;
    }
    struct mm_area *area = mm_area_create(start, start + size,
                                          placeholder ? MM_KIND_PLACEHOLDER : MM_KIND_PRIVATE,
                                          placeholder ? PAGE_NOACCESS : protect, 0);
    if (area && type & MEM_WRITE_WATCH)
        area->written = calloc((size / MM_PAGE + 63) / 64, sizeof *area->written);
    if (!area || (type & MEM_WRITE_WATCH && !area->written)) {
        if (area)
            mm_area_destroy(area);
        munmap((void *)start, size);
        return STATUS_NO_MEMORY;
    }
    area->replaced = type & MEM_REPLACE_PLACEHOLDER;
    if (state) {
        if ((status = mm_charge(area, start, start + size))) {
            mm_unmap_area(area, area->replaced);
            return status;
        }
        runs_initialize(&area->runs, state);
        if (area->written)
            mm_watch_arm(area, start, start + size);
    }
    *ret_start = start;
    return STATUS_SUCCESS;
}

static NTSTATUS commit(uint64_t start, uint64_t end, ULONG protect)
{
    struct mm_area *area = mm_find(start);
    NTSTATUS status;

    if (!area || area->kind == MM_KIND_PLACEHOLDER || area->kind == MM_KIND_SYSTEM || end > area->node.end)
        return STATUS_CONFLICTING_ADDRESSES;
    if (area->kind == MM_KIND_MAPPED && area->section)
        return mm_section_commit(area, start, end, (uint16_t)protect);
    if (area->kind != MM_KIND_PRIVATE)
        return STATUS_ALREADY_COMMITTED;
    if ((status = mm_charge(area, start, end)))
        return status;
    return mm_set_pages(area, start, end, (uint16_t)protect);
}

/* MEM_RESET says the contents are of no interest, MEM_RESET_UNDO that they are again. They are only
 * marked as the first to be paged out, so an undo always succeeds. */
static NTSTATUS reset(uint64_t start, uint64_t end, bool undo)
{
    struct mm_area *area = mm_find(start);

    if (!area || end > area->node.end || area->kind == MM_KIND_SYSTEM)
        return STATUS_CONFLICTING_ADDRESSES;
    if (area->kind == MM_KIND_IMAGE || (area->kind == MM_KIND_MAPPED && area->path))
        return STATUS_CONFLICTING_ADDRESSES;
    for (uint64_t at = start, next; at < end; at = next)
        if (!mm_state_at(area, at, &next))
            return STATUS_NOT_COMMITTED;
    if (!undo)
        madvise((void *)start, end - start, MADV_COLD);
    return STATUS_SUCCESS;
}

NTSTATUS mm_allocate_at(const struct mm_place *where, uint64_t *base, uint64_t *size, ULONG type,
                        ULONG protect)
{
    struct mm_place place = *where;
    uint64_t start = *base, end;
    NTSTATUS status = check_type(type);

    if (!status)
        status = mm_check_protect(protect, false);
    if (status)
        return status;
    protect &= ~(ULONG)PAGE_TARGETS_INVALID;
    if (start >= MM_HIGHEST)
        return STATUS_INVALID_PARAMETER_2;
    if (!*size || *size > MM_HIGHEST || start + *size > MM_HIGHEST)
        return STATUS_INVALID_PARAMETER_4;
    if (!start && type & MEM_COMMIT)
        type |= MEM_RESERVE;

    if (type & MEM_RESERVE) {
        uint64_t unit = type & MEM_REPLACE_PLACEHOLDER ? MM_PAGE : MM_GRANULARITY;
        end = mm_round_up(start + *size, MM_PAGE);
        start = mm_round_down(start, unit);
        if (type & MEM_REPLACE_PLACEHOLDER && (!*base || start != *base || end - start != *size))
            return STATUS_INVALID_PARAMETER;
        if (*base && start < MM_LOWEST)
            return STATUS_INVALID_PARAMETER_2;
        if (type & MEM_PHYSICAL && protect != PAGE_READWRITE)
            return STATUS_INVALID_PAGE_PROTECTION;
        place.address = start;
        place.top_down = type & MEM_TOP_DOWN;
        mm_lock();
        uint64_t bytes = end - start;
        status = reserve(&place, bytes, type, protect, &start);
        mm_unlock();
        end = start + bytes;
    } else {
        end = mm_round_up(start + *size, MM_PAGE);
        start = mm_round_down(start, MM_PAGE);
        mm_lock();
        status = type & MEM_COMMIT ? commit(start, end, protect) : reset(start, end, type & MEM_RESET_UNDO);
        mm_unlock();
    }
    if (NT_SUCCESS(status)) {
        *base = start;
        *size = end - start;
    }
    return status;
}

NTSTATUS mm_allocate(void **base, size_t *size, ULONG type, ULONG protect, uint64_t low, uint64_t high,
                     size_t alignment)
{
    const struct mm_place place = {.low = low, .high = high, .alignment = alignment};

    return mm_allocate_at(&place, (uint64_t *)base, (uint64_t *)size, type, protect);
}

/* Gives the pages back and leaves them reserved. */
static NTSTATUS decommit(struct mm_area *area, uint64_t start, uint64_t end)
{
    uint64_t next;

    if (!mm_state_at(area, start, &next) && next >= end)
        return STATUS_SUCCESS;
    /* cheaper than mapping fresh pages over them, also for the mappings' number */
    if (mprotect((void *)start, end - start, PROT_NONE) || madvise((void *)start, end - start, MADV_DONTNEED))
        return STATUS_NO_MEMORY;
    mm_uncharge(area, start, end);
    uint64_t first = (start - area->node.start) / MM_PAGE, last = (end - area->node.start) / MM_PAGE;
    if (area->written)
        for (uint64_t page = first; page < last; page++)
            area->written[page / 64] &= ~(1ull << page % 64);
    return runs_set(&area->runs, first, last, mm_pages(area), 0) ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

/* Merges the placeholders that exactly fill [start, end). */
static NTSTATUS coalesce(uint64_t start, uint64_t end)
{
    struct mm_area *area = mm_find(start);
    unsigned count = 0;

    if (!area || area->node.start != start)
        return STATUS_CONFLICTING_ADDRESSES;
    for (uint64_t at = start; at < end; at = area->node.end, count++) {
        area = mm_find(at);
        if (!area || area->kind != MM_KIND_PLACEHOLDER || area->node.end > end)
            return STATUS_CONFLICTING_ADDRESSES;
    }
    if (count < 2)
        return STATUS_CONFLICTING_ADDRESSES;
    for (uint64_t at = start; at < end;) {
        area = mm_find(at);
        at = area->node.end;
        mm_area_destroy(area);
    }
    return mm_area_create(start, end, MM_KIND_PLACEHOLDER, PAGE_NOACCESS, 0) ? STATUS_SUCCESS
                                                                             : STATUS_NO_MEMORY;
}

static NTSTATUS release(struct mm_area *area, uint64_t start, uint64_t end, ULONG type)
{
    bool whole = start == area->node.start && end == area->node.end;

    if (type & MEM_PRESERVE_PLACEHOLDER) {
        /* splits a placeholder, or turns private memory that replaced one back */
        if (area->kind == MM_KIND_PLACEHOLDER && whole)
            return STATUS_CONFLICTING_ADDRESSES;
        if (area->kind == MM_KIND_PRIVATE && (!area->replaced || !whole))
            return STATUS_CONFLICTING_ADDRESSES;
        if (!whole && !(area = mm_area_split(area, start, end)))
            return STATUS_NO_MEMORY;
        if (area->kind == MM_KIND_PRIVATE)
            mm_unmap_area(area, true);
        return STATUS_SUCCESS;
    }
    if (!whole && !(area = mm_area_split(area, start, end)))
        return STATUS_NO_MEMORY;
    mm_unmap_area(area, false);
    return STATUS_SUCCESS;
}

NTSTATUS mm_free(void **base, size_t *size, ULONG type)
{
    ULONG action = type & ~(ULONG)(MEM_PRESERVE_PLACEHOLDER | MEM_COALESCE_PLACEHOLDERS);
    uint64_t start = mm_round_down((uint64_t)*base, MM_PAGE), end;
    NTSTATUS status;

    if ((action != MEM_RELEASE && action != MEM_DECOMMIT) || (action == MEM_DECOMMIT && type != action) ||
        (type & 3) == 3)
        return STATUS_INVALID_PARAMETER_4;
    if ((uint64_t)*base >= MM_HIGHEST)
        return STATUS_INVALID_PARAMETER_2;
    if (*size > MM_HIGHEST - (uint64_t)*base)
        return STATUS_INVALID_PARAMETER_3;
    if (type & 3 && !*size)
        return STATUS_INVALID_PARAMETER_3;
    end = mm_round_up((uint64_t)*base + *size, MM_PAGE);

    mm_lock();
    struct mm_area *area = mm_find(start);
    if (!area || area->kind == MM_KIND_SYSTEM) {
        status = STATUS_MEMORY_NOT_ALLOCATED;
    } else if (area->kind == MM_KIND_MAPPED || area->kind == MM_KIND_IMAGE) {
        status = STATUS_UNABLE_TO_DELETE_SECTION;
    } else if (type & MEM_COALESCE_PLACEHOLDERS) {
        status = coalesce(start, end);
    } else if (!*size && area->node.start != start) {
        status = STATUS_FREE_VM_NOT_AT_BASE;
    } else {
        if (!*size)
            end = area->node.end;
        if (end > area->node.end)
            status = STATUS_UNABLE_TO_FREE_VM;
        else if (action == MEM_RELEASE)
            status = release(area, start, end, type);
        else if (area->kind == MM_KIND_PLACEHOLDER)
            status = STATUS_CONFLICTING_ADDRESSES;
        else
            status = decommit(area, start, end);
    }
    mm_unlock();
    if (NT_SUCCESS(status)) {
        *base = (void *)start;
        *size = end - start;
    }
    return status;
}

bool mm_protection_allowed(ULONG view, ULONG protect)
{
    bool view_writes = view & (PAGE_READWRITE | PAGE_EXECUTE_READWRITE);
    bool view_executes = view &
                         (PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY);

    switch (protect & 0xff) {
    case PAGE_NOACCESS: return true;
    case PAGE_READONLY:
    case PAGE_WRITECOPY: return (view & 0xff) != PAGE_NOACCESS;
    case PAGE_READWRITE: return view_writes;
    case PAGE_EXECUTE_READWRITE: return view_writes && view_executes;
    }
    return view_executes;
}

/* Pages of a shared file view that become copy-on-write: mapped anew, privately. */
static NTSTATUS make_private(struct mm_area *area, uint64_t start, uint64_t end, uint16_t state)
{
    int fd = mm_section_descriptor(area->section);

    if (fd < 0 || mmap((void *)start, end - start, mm_prot(state), MAP_PRIVATE | MAP_FIXED, fd,
                       (off_t)(area->offset + (start - area->node.start))) == MAP_FAILED)
        return STATUS_NO_MEMORY;
    return mm_set_pages(area, start, end, state);
}

NTSTATUS mm_protect_pages(uint64_t start, uint64_t end, ULONG protect, ULONG *ret_old)
{
    struct mm_area *area = mm_find(start);
    uint64_t next;

    if (!area || area->kind == MM_KIND_SYSTEM || end > area->node.end)
        return STATUS_CONFLICTING_ADDRESSES;
    bool view = area->kind == MM_KIND_MAPPED || area->kind == MM_KIND_IMAGE;
    NTSTATUS status = mm_check_protect(protect, view);
    if (status)
        return status;
    ULONG target_flags = protect & PAGE_TARGETS_INVALID;
    protect &= ~target_flags;
    for (uint64_t at = start; at < end; at = next)
        if (!mm_state_at(area, at, &next))
            return STATUS_NOT_COMMITTED;
    bool loaded;
    if (area->lazy && !mm_lazy_load(area, start, end, &loaded))
        return STATUS_IN_PAGE_ERROR;
    ULONG old = mm_state_at(area, start, &next);
    if ((old & 0xff) == PAGE_WRITECOPY || (old & 0xff) == PAGE_EXECUTE_WRITECOPY)
        if (mm_page_is_copied(start))
            old = (old & ~0xffu) | ((old & 0xff) == PAGE_WRITECOPY ? PAGE_READWRITE : PAGE_EXECUTE_READWRITE);
    if (area->kind == MM_KIND_IMAGE) {
        if ((protect & 0xff) == PAGE_READWRITE)
            protect = (protect & ~0xffu) | PAGE_WRITECOPY;
        else if ((protect & 0xff) == PAGE_EXECUTE_READWRITE)
            protect = (protect & ~0xffu) | PAGE_EXECUTE_WRITECOPY;
    } else if (view && !mm_protection_allowed(area->protect, protect)) {
        return STATUS_SECTION_PROTECTION;
    }
    if (area->kind == MM_KIND_MAPPED && !area->copy &&
        (protect & 0xff) & (PAGE_WRITECOPY | PAGE_EXECUTE_WRITECOPY))
        status = make_private(area, start, end, (uint16_t)protect);
    else
        status = mm_set_pages(area, start, end, (uint16_t)protect);
    if (!status)
        *ret_old = old;
    return status;
}

NTSTATUS mm_protect(void *base, size_t size, ULONG protect, ULONG *ret_old)
{
    uint64_t start = mm_round_down((uint64_t)base, MM_PAGE),
             end = mm_round_up((uint64_t)base + size, MM_PAGE);

    if (!size || (uint64_t)base >= MM_HIGHEST || size > MM_HIGHEST - (uint64_t)base)
        return STATUS_INVALID_PARAMETER;
    mm_lock();
    NTSTATUS status = mm_protect_pages(start, end, protect, ret_old);
    mm_unlock();
    return status;
}
