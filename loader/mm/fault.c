/*
 * Page faults of guest code, and thread stacks. Runs in the signal handler: the faulting thread
 * was in guest code or in guest_copy, so it does not hold the lock.
 */
#include "ke/ke.h"
#include "mm/area.h"
#include "ps/thread.h"

#define GROW_PAGES       16 /* how much of a stack becomes usable at a time */
#define OVERFLOW_PAGES   5  /* what is left for handling a stack overflow; the lowest stays reserved */
#define DEFAULT_RESERVE  0x100000
#define DEFAULT_COMMIT   0x10000
#define SAME_FAULT_LIMIT 8

NTSTATUS mm_create_stack(size_t reserve, size_t commit, void **ret_allocation, void **ret_limit,
                         void **ret_base)
{
    uint64_t start;

    if (!reserve)
        reserve = DEFAULT_RESERVE;
    if (commit >= reserve)
        reserve = mm_round_up(commit, 0x100000);
    if (commit < DEFAULT_COMMIT)
        commit = DEFAULT_COMMIT;
    reserve = mm_round_up(reserve, MM_GRANULARITY);
    commit = mm_round_up(commit, MM_PAGE);
    if (reserve < commit + 2 * MM_PAGE)
        reserve = mm_round_up(commit + 2 * MM_PAGE, MM_GRANULARITY);
    if (reserve > MM_HIGHEST / 2)
        return STATUS_NO_MEMORY;

    const struct mm_place place = {0};
    mm_lock();
    NTSTATUS status = mm_map(&place, reserve, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0,
                             &start);
    if (!status) {
        uint64_t end = start + reserve, limit = end - commit;
        struct mm_area *area = mm_area_create(start, end, MM_KIND_PRIVATE, PAGE_READWRITE, 0);
        if (!area) {
            munmap((void *)start, reserve);
            status = STATUS_NO_MEMORY;
        } else if ((status = mm_charge(area, limit, end)) ||
                   (status = mm_set_pages(area, limit, end, PAGE_READWRITE)) ||
                   (status = mm_set_pages(area, limit - MM_PAGE, limit, PAGE_READWRITE | PAGE_GUARD))) {
            mm_unmap_area(area, false);
        } else {
            *ret_allocation = (void *)start;
            *ret_limit = (void *)limit;
            *ret_base = (void *)end;
        }
    }
    mm_unlock();
    return status;
}

/* The guard page of the current stack was touched: moves it down, several pages at once. */
static NTSTATUS grow_stack(struct mm_area *area, uint64_t page, uint16_t state, TEB *teb)
{
    uint64_t lowest = area->node.start + MM_PAGE;
    uint64_t spare = mm_round_up(ps_teb_stack(teb).guaranteed, MM_PAGE) + OVERFLOW_PAGES * MM_PAGE;
    uint16_t plain = state & ~PAGE_GUARD;
    uint64_t bottom = lowest + spare; /* the lowest place of the guard page */
    NTSTATUS status;

    if (page <= bottom) {
        status = mm_charge(area, lowest, page);
        if (!status && lowest < page + MM_PAGE)
            status = mm_set_pages(area, lowest, page + MM_PAGE, plain);
        if (!status)
            ps_teb_set_stack_limit(teb, lowest);
        return STATUS_STACK_OVERFLOW;
    }
    uint64_t guard = page - bottom > GROW_PAGES * MM_PAGE ? page - GROW_PAGES * MM_PAGE : bottom;
    uint64_t next;
    if (!mm_state_at(area, guard, &next) && next >= page) {
        status = mm_charge(area, guard, page);
    } else { /* something is committed below: one page at a time */
        guard = page - MM_PAGE;
        status = mm_charge(area, guard, page);
    }
    if (!status)
        status = mm_set_pages(area, guard + MM_PAGE, page + MM_PAGE, plain);
    if (!status)
        status = mm_set_pages(area, guard, guard + MM_PAGE, plain | PAGE_GUARD);
    if (status)
        return STATUS_STACK_OVERFLOW;
    ps_teb_set_stack_limit(teb, guard + MM_PAGE);
    return STATUS_SUCCESS;
}

static bool is_allowed(uint16_t state, enum mm_access access)
{
    int prot = mm_prot(state);

    switch (access) {
    case MM_WRITE: return prot & PROT_WRITE;
    case MM_EXECUTE: return prot & PROT_EXEC;
    default: return prot & PROT_READ;
    }
}

/* An access that is allowed: another thread was faster, unless it keeps failing. */
static NTSTATUS retry(const struct mm_area *area, uint64_t address)
{
    static __thread uint64_t last_address;
    static __thread unsigned count;

    if (last_address != address) {
        last_address = address;
        count = 0;
    }
    if (count++ < SAME_FAULT_LIMIT)
        return STATUS_SUCCESS;
    last_address = 0;
    return area->kind == MM_KIND_MAPPED || area->kind == MM_KIND_IMAGE ? STATUS_IN_PAGE_ERROR
                                                                       : STATUS_ACCESS_VIOLATION;
}

static NTSTATUS resolve(uint64_t address, enum mm_access access)
{
    uint64_t page = mm_round_down(address, MM_PAGE), next;
    struct mm_area *area = mm_find(address);
    uint16_t state = area ? mm_state_at(area, page, &next) : 0;

    if (!state || area->kind == MM_KIND_SYSTEM)
        return STATUS_ACCESS_VIOLATION;
    if (state & PAGE_GUARD) {
        TEB *teb = ke_self ? ke_self->teb : NULL;
        if (teb && area->node.start == ps_teb_stack(teb).allocation && page < ps_teb_stack(teb).limit)
            return grow_stack(area, page, state, teb);
        mm_set_pages(area, page, page + MM_PAGE, state & ~PAGE_GUARD);
        return STATUS_GUARD_PAGE_VIOLATION;
    }
    if (!is_allowed(state, access))
        return STATUS_ACCESS_VIOLATION;
    bool loaded;
    if (area->lazy && !mm_lazy_load(area, page, page + MM_PAGE, &loaded))
        return STATUS_IN_PAGE_ERROR;
    if (area->lazy && loaded)
        return STATUS_SUCCESS;
    if (area->written && access == MM_WRITE) {
        uint64_t index = (page - area->node.start) / MM_PAGE;
        if (!(area->written[index / 64] >> index % 64 & 1))
            return mm_watch_hit(area, page, state);
    }
    return retry(area, address);
}

NTSTATUS mm_fault(void *address, enum mm_access access, uint64_t rsp)
{
    (void)rsp;
    if ((uint64_t)address >= MM_HIGHEST)
        return STATUS_ACCESS_VIOLATION;
    mm_lock();
    NTSTATUS status = resolve((uint64_t)address, access);
    mm_unlock();
    return status;
}
