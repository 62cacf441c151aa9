/*
 * The areas of the address space: finding room, marking pages, splitting, accounting.
 */
#include "mm/area.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define DEFAULT_LOW         0x20000000000ull /* above where programs ask for fixed addresses (Go: 0xc000000000) */
#define DEFAULT_HIGH        0x6e0000000000ull /* our DLLs and, above, what Linux maps for the host */
#define SHARED_USER_GRANULE 0x7ffe0000ull

struct mm_state mm = {.low = DEFAULT_LOW, .high = DEFAULT_HIGH, .commit_limit = 1 << 18};

void mm_lock_slow(void)
{
    while (__atomic_exchange_n(&mm.lock, 2, __ATOMIC_ACQUIRE))
        syscall(SYS_futex, &mm.lock, FUTEX_WAIT_PRIVATE, 2, NULL);
}

void mm_unlock_slow(void)
{
    syscall(SYS_futex, &mm.lock, FUTEX_WAKE_PRIVATE, 1);
}

void mm_initialize(void)
{
    struct mm_area *area = mm_area_create(SHARED_USER_GRANULE, SHARED_USER_GRANULE + MM_GRANULARITY,
                                          MM_KIND_SYSTEM, PAGE_READONLY, PAGE_NOACCESS);
    runs_set(&area->runs, 0, 1, mm_pages(area), PAGE_READONLY);
    runs_set(&area->runs, mm_pages(area) - 1, mm_pages(area), mm_pages(area), PAGE_READONLY);
}

uint64_t mm_highest = 0x7fffffff0000ull;

void mm_limit_addresses(uint64_t low, uint64_t high)
{
    mm.low = low;
    mm.high = high;
}

bool mm_no_execute_protection;

static int plain_prot(uint16_t state)
{
    if (state & PAGE_GUARD)
        return PROT_NONE;
    switch (state & 0xff) {
    case PAGE_READONLY: return PROT_READ;
    case PAGE_READWRITE:
    case PAGE_WRITECOPY: return PROT_READ | PROT_WRITE;
    case PAGE_EXECUTE:
    case PAGE_EXECUTE_READ: return PROT_READ | PROT_EXEC;
    case PAGE_EXECUTE_READWRITE:
    case PAGE_EXECUTE_WRITECOPY: return PROT_READ | PROT_WRITE | PROT_EXEC;
    }
    return PROT_NONE;
}

int mm_prot(uint16_t state)
{
    int prot = plain_prot(state);
    return mm_no_execute_protection && prot & PROT_READ ? prot | PROT_EXEC : prot;
}

void mm_enable_execute_protection(void)
{
    mm_lock();
    mm_no_execute_protection = false;
    for (struct vad *node = vad_at_or_above(&mm.tree, 0); node; node = vad_at_or_above(&mm.tree, node->end)) {
        struct mm_area *area = mm_find(node->start);
        if (!area || area->kind == MM_KIND_SYSTEM || area->kind == MM_KIND_PLACEHOLDER)
            continue;
        for (uint64_t at = node->start, next; at < node->end; at = next) {
            uint16_t state = mm_state_at(area, at, &next);
            if (state && !(area->written && mm_prot(state) & PROT_WRITE))
                mprotect((void *)at, next - at, mm_prot(state));
        }
    }
    mm_unlock();
}

NTSTATUS mm_check_protect(ULONG protect, bool view)
{
    ULONG basic = protect & 0xff, modifiers = protect & ~0xffu & ~(ULONG)PAGE_TARGETS_INVALID;

    if (!basic || basic & (basic - 1))
        return STATUS_INVALID_PAGE_PROTECTION;
    if (!view && (basic == PAGE_WRITECOPY || basic == PAGE_EXECUTE_WRITECOPY))
        return STATUS_INVALID_PAGE_PROTECTION;
    if (modifiers & ~(ULONG)(PAGE_GUARD | PAGE_NOCACHE | PAGE_WRITECOMBINE))
        return STATUS_INVALID_PAGE_PROTECTION;
    if (modifiers && (basic == PAGE_NOACCESS || modifiers & (modifiers - 1)))
        return STATUS_INVALID_PAGE_PROTECTION;
    return STATUS_SUCCESS;
}

WCHAR *mm_copy_path(const WCHAR *path)
{
    size_t length = 0;

    while (path[length])
        length++;
    WCHAR *copy = malloc((length + 1) * sizeof *copy);
    if (copy)
        memcpy(copy, path, (length + 1) * sizeof *copy);
    return copy;
}

struct mm_area *mm_area_create(uint64_t start, uint64_t end, enum mm_kind kind, ULONG protect, uint16_t state)
{
    struct mm_area *area = mm.free_areas;

    if (area)
        mm.free_areas = area->next_view;
    else if (!(area = malloc(sizeof *area)))
        return NULL;
    *area = (struct mm_area){
        .node = {.start = start, .end = end}, .kind = (uint8_t)kind, .protect = (uint16_t)protect};
    runs_initialize(&area->runs, state);
    vad_insert(&mm.tree, &area->node);
    return area;
}

void mm_area_destroy(struct mm_area *area)
{
    vad_remove(&mm.tree, &area->node);
    mm.committed -= area->charged;
    if (mm.page)
        __atomic_store_n(&mm.page->committed, mm.committed * MM_PAGE, __ATOMIC_RELAXED);
    runs_destroy(&area->runs);
    free(area->written);
    free(area->path);
    if (area->lazy)
        mm_lazy_destroy(area);
    area->next_view = mm.free_areas;
    mm.free_areas = area;
}

/* Cuts the part from `at` on off into an area of its own, which is returned. */
static struct mm_area *cut(struct mm_area *area, uint64_t at)
{
    struct runs upper;
    uint64_t total = mm_pages(area), page = (at - area->node.start) / MM_PAGE, end = area->node.end;
    uint64_t *written = NULL;

    if (area->written) {
        written = calloc((total - page + 63) / 64, sizeof *written);
        if (!written)
            return NULL;
        for (uint64_t i = page; i < total; i++)
            written[(i - page) / 64] |= (area->written[i / 64] >> i % 64 & 1) << (i - page) % 64;
    }
    if (!runs_slice(&area->runs, page, total, &upper)) {
        free(written);
        return NULL;
    }
    vad_resize(&mm.tree, &area->node, area->node.start, at);
    struct mm_area *rest = mm_area_create(at, end, area->kind, area->protect, 0);
    if (!rest) {
        vad_resize(&mm.tree, &area->node, area->node.start, end);
        runs_destroy(&upper);
        free(written);
        return NULL;
    }
    const uint64_t *data = runs_data(&area->runs);
    while (area->runs.count > 1 && data[area->runs.count - 1] >> 16 >= page)
        area->runs.count--;
    rest->runs = upper;
    rest->written = written;
    rest->replaced = area->replaced;
    if (area->charged) {
        area->charged = 0;
        for (struct mm_area *part = area; part; part = part == area ? rest : NULL) {
            part->charged = 0;
            for (uint64_t i = 0, next; i < mm_pages(part); i = next)
                if (runs_get(&part->runs, i, mm_pages(part), &next))
                    part->charged += next - i;
        }
    }
    return rest;
}

struct mm_area *mm_area_split(struct mm_area *area, uint64_t start, uint64_t end)
{
    if (area->node.start < start && !(area = cut(area, start)))
        return NULL;
    if (end < area->node.end && !cut(area, end))
        return NULL;
    return area;
}

NTSTATUS mm_set_pages(struct mm_area *area, uint64_t start, uint64_t end, uint16_t state)
{
    /* A file of a mount without execution has only what was asked for. */
    if (mprotect((void *)start, end - start, mm_prot(state)) &&
        (!mm_no_execute_protection || mprotect((void *)start, end - start, plain_prot(state))))
        return STATUS_NO_MEMORY;
    if (!runs_set(&area->runs, (start - area->node.start) / MM_PAGE, (end - area->node.start) / MM_PAGE,
                  mm_pages(area), state))
        return STATUS_NO_MEMORY;
    return area->written ? mm_watch_arm(area, start, end) : STATUS_SUCCESS;
}

/* Pages of the range that are committed. */
static uint64_t count_committed(const struct mm_area *area, uint64_t start, uint64_t end)
{
    uint64_t count = 0;

    for (uint64_t next; start < end; start = next) {
        uint16_t state = mm_state_at(area, start, &next);
        if (next > end)
            next = end;
        if (state)
            count += (next - start) / MM_PAGE;
    }
    return count;
}

/* What Windows would grant: memory and a page file. Looked up when it begins to matter. */
static bool raise_limit(uint64_t wanted)
{
    struct sysinfo info;

    if (!sysinfo(&info))
        mm.commit_limit = ((uint64_t)info.totalram * 2 + info.totalswap) * info.mem_unit / MM_PAGE;
    return wanted <= mm.commit_limit;
}

/* The limit of the process's job, which the session server writes; tells it what there is. */
static bool job_allows(uint64_t pages)
{
    struct gw_process_page *page = mm.page;
    uint64_t bytes = (mm.committed + pages) * MM_PAGE;
    uint64_t limit = __atomic_load_n(&page->commit_limit, __ATOMIC_RELAXED);
    if (pages && limit && bytes > limit) {
        __atomic_add_fetch(&page->commit_failures, 1, __ATOMIC_RELAXED);
        return false;
    }
    __atomic_store_n(&page->committed, bytes, __ATOMIC_RELAXED);
    if (bytes > page->peak_committed)
        __atomic_store_n(&page->peak_committed, bytes, __ATOMIC_RELAXED);
    return true;
}

NTSTATUS mm_charge(struct mm_area *area, uint64_t start, uint64_t end)
{
    uint64_t pages = (end - start) / MM_PAGE - count_committed(area, start, end);

    if (mm.committed + pages > mm.commit_limit && !raise_limit(mm.committed + pages))
        return STATUS_COMMITMENT_LIMIT;
    if (mm.page && !job_allows(pages))
        return STATUS_COMMITMENT_LIMIT;
    mm.committed += pages;
    area->charged += pages;
    return STATUS_SUCCESS;
}

void mm_set_account(struct gw_process_page *page)
{
    mm_lock();
    mm.page = page;
    job_allows(0);
    mm_unlock();
}

void mm_uncharge(struct mm_area *area, uint64_t start, uint64_t end)
{
    uint64_t pages = count_committed(area, start, end);

    mm.committed -= pages;
    area->charged -= pages;
    if (mm.page)
        __atomic_store_n(&mm.page->committed, mm.committed * MM_PAGE, __ATOMIC_RELAXED);
}

/* The host has something in a range that is free in the tree: enters it, so that it is not tried
 * again. False if nothing was found there. */
static bool enter_host_mappings(uint64_t start, uint64_t end)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    unsigned long long from, to;
    bool found = false;

    if (!maps)
        return false;
    while (fscanf(maps, "%llx-%llx%*[^\n]", &from, &to) == 2) {
        from = from < start ? start : from;
        to = to > end ? end : to;
        if (from < to && mm_area_create(from, to, MM_KIND_SYSTEM, PAGE_NOACCESS, PAGE_NOACCESS))
            found = true;
    }
    fclose(maps);
    return found;
}

NTSTATUS mm_map(const struct mm_place *place, uint64_t size, int prot, int flags, int fd, uint64_t offset,
                uint64_t *ret_start)
{
    uint64_t low = place->low ? place->low : place->high && place->high <= mm.low ? MM_LOWEST : mm.low;
    uint64_t high = place->high ? place->high : mm.high;
    uint64_t alignment = place->alignment > MM_GRANULARITY ? place->alignment : MM_GRANULARITY;
    uint64_t start = place->address;

    for (;;) {
        if (!place->address &&
            !(start = vad_find_free(&mm.tree, size, alignment, low, high, place->top_down))) {
            if (place->low || low <= MM_LOWEST)
                return STATUS_NO_MEMORY;
            low = MM_LOWEST; /* the usual room is full */
            continue;
        }
        if (place->address && !vad_is_free(&mm.tree, start, start + size))
            return STATUS_CONFLICTING_ADDRESSES;
        void *mapped = mmap((void *)start, size, prot, flags | MAP_FIXED_NOREPLACE, fd, (off_t)offset);
        if (mapped == (void *)start) {
            *ret_start = start;
            return STATUS_SUCCESS;
        }
        int error = errno;
        if (mapped != MAP_FAILED) { /* a kernel that takes the address for a hint */
            munmap(mapped, size);
            error = EEXIST;
        }
        if (error == EEXIST && place->address)
            return STATUS_CONFLICTING_ADDRESSES;
        if ((error == EACCES || error == EPERM) && mm_no_execute_protection && prot & PROT_EXEC && fd >= 0) {
            prot &= ~PROT_EXEC;
            continue;
        }
        if (error == EACCES || error == EPERM)
            return STATUS_ACCESS_DENIED;
        if (error != EEXIST || !enter_host_mappings(start, start + size))
            return STATUS_NO_MEMORY;
    }
}

void mm_unmap_area(struct mm_area *area, bool to_placeholder)
{
    void *start = (void *)area->node.start;
    uint64_t size = area->node.end - area->node.start, end = area->node.end;

    if (area->section)
        mm_section_view_gone(area);
    mm_area_destroy(area);
    if (to_placeholder) {
        (void)mmap(start, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
        mm_area_create((uint64_t)start, end, MM_KIND_PLACEHOLDER, PAGE_NOACCESS, 0);
    } else {
        munmap(start, size);
    }
}

NTSTATUS mm_find_placeholder(uint64_t start, uint64_t end, struct mm_area **ret_area)
{
    struct mm_area *area = mm_find(start);

    if (!area || area->kind != MM_KIND_PLACEHOLDER)
        return STATUS_INVALID_ADDRESS;
    if (area->node.start != start || area->node.end != end)
        return STATUS_CONFLICTING_ADDRESSES;
    *ret_area = area;
    return STATUS_SUCCESS;
}
