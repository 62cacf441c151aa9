/*
 * Inside the memory manager: an area is what one allocation or view occupies, with the state of
 * each of its pages. Only loader/mm includes this.
 */
#ifndef MM_AREA_H
#define MM_AREA_H

#include "ke/lock.h"
#include "mm/mm.h"
#include "ps/remote.h"
#include "mm/runs.h"
#include "mm/vad.h"
#include <gastwirt/process_page.h>

#include <nt/memory.h>
#include <sys/mman.h>

enum mm_kind {
    MM_KIND_PRIVATE,
    MM_KIND_PLACEHOLDER,
    MM_KIND_MAPPED,
    MM_KIND_IMAGE,
    MM_KIND_SYSTEM, /* the host's, or the shared user page: cannot be changed by the guest */
};

/* A page's state is 0 (reserved) or its PAGE_* protection with modifiers. */
struct mm_area {
    struct vad node;  /* first */
    uint8_t kind;     /* enum mm_kind */
    bool copy;        /* a view whose pages are private when written (copy-on-write) */
    bool replaced;    /* took a placeholder's place */
    uint16_t protect; /* at allocation */
    struct runs runs;
    uint64_t charged;           /* committed pages counted in mm.committed */
    uint64_t *written;          /* write watch: a bit a page; NULL without */
    struct mm_section *section; /* a data view's, referenced */
    struct mm_area *next_view;  /* of the same SEC_RESERVE section, or on the list of free areas */
    struct mm_lazy *lazy;       /* parts of an image that are read when touched */
    uint64_t offset;            /* of the view in the section */
    WCHAR *path;                /* NT path of the mapped file or NULL; owned */
};

/* The one state of the component. `lock` guards all of it and every area. */
extern struct mm_state {
    uint32_t lock;
    struct vad_tree tree;
    struct mm_area *free_areas;
    uint64_t committed, commit_limit; /* pages */
    struct gw_process_page *page; /* where a job's limit is, and is told what is committed; NULL: nowhere */
    uint64_t low, high;           /* where addresses come from by default */
    uint64_t changes;             /* how often the lock was taken by who may change something */
} mm;

/* Only from mm_lock and mm_unlock. */
void mm_lock_slow(void);
void mm_unlock_slow(void);

extern char __libc_single_threaded;

/* While the process has one thread nobody can hold the lock. (It cannot get a second one in
 * between: threads are not made while holding it.) The flag of libc goes back when a thread has ended, but an
 * i386 process always has the second one that waits for its first (wow/host_stack.c). */
static inline void mm_lock_to_look(void)
{
    uint32_t unlocked = 0;
    if (ke_dispatcher.multithreaded && !__libc_single_threaded &&
        !__atomic_compare_exchange_n(&mm.lock, &unlocked, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        mm_lock_slow();
}

static inline void mm_lock(void)
{
    mm_lock_to_look();
    __atomic_store_n(&mm.changes, mm.changes + 1, __ATOMIC_RELAXED);
}

static inline void mm_unlock(void)
{
    /* not by the flag: it may have become true meanwhile, when another thread ended */
    if (mm.lock && __atomic_exchange_n(&mm.lock, 0, __ATOMIC_RELEASE) == 2)
        mm_unlock_slow();
}

static inline uint64_t mm_round_down(uint64_t n, uint64_t unit)
{
    return n & ~(unit - 1);
}

static inline uint64_t mm_round_up(uint64_t n, uint64_t unit)
{
    return (n + unit - 1) & ~(unit - 1);
}

static inline struct mm_area *mm_find(uint64_t address)
{
    return (struct mm_area *)vad_find(&mm.tree, address);
}

static inline uint64_t mm_pages(const struct mm_area *area)
{
    return (area->node.end - area->node.start) / MM_PAGE;
}

static inline uint16_t mm_state_at(const struct mm_area *area, uint64_t address, uint64_t *ret_end)
{
    uint64_t end;
    uint16_t state = runs_get(&area->runs, (address - area->node.start) / MM_PAGE, mm_pages(area), &end);
    *ret_end = area->node.start + end * MM_PAGE;
    return state;
}

/* MemoryWorkingSetInformation of this process: how many pages are in memory, then a word for each as far as
 * there is room, of 32 bits if `narrow`; STATUS_INFO_LENGTH_MISMATCH if not all fit. */
NTSTATUS mm_list_working_set(void *guest, SIZE_T length, bool narrow, SIZE_T *ret_used);

/* Linux's PROT_* for a page state. */
int mm_prot(uint16_t state);

/* STATUS_INVALID_PAGE_PROTECTION unless exactly one basic protection with allowed modifiers. */
NTSTATUS mm_check_protect(ULONG protect, bool view);

/* A new area in the tree with all pages in `state`; NULL when out of memory. */
struct mm_area *mm_area_create(uint64_t start, uint64_t end, enum mm_kind kind, ULONG protect,
                               uint16_t state);

/* Takes the area out of the tree and frees it; the mapping is the caller's business. */
void mm_area_destroy(struct mm_area *area);

/* Splits an area so that one area covers exactly [start, end), which is returned, or NULL when out
 * of memory. Only private areas and placeholders. */
struct mm_area *mm_area_split(struct mm_area *area, uint64_t start, uint64_t end);

/* Marks pages [start, end) and gives them their Linux protection. */
NTSTATUS mm_set_pages(struct mm_area *area, uint64_t start, uint64_t end, uint16_t state);

/* Accounts for committing what is not committed in the range; STATUS_COMMITMENT_LIMIT. */
NTSTATUS mm_charge(struct mm_area *area, uint64_t start, uint64_t end);
void mm_uncharge(struct mm_area *area, uint64_t start, uint64_t end);

/* Where a new mapping may go. */
struct mm_place {
    uint64_t address;              /* fixed address, or 0 */
    uint64_t low, high, alignment; /* 0: defaults */
    bool top_down;
};

/* Finds room and maps it (mmap's arguments); *ret_start. STATUS_CONFLICTING_ADDRESSES if the fixed
 * address is taken, STATUS_NO_MEMORY. */
NTSTATUS mm_map(const struct mm_place *place, uint64_t size, int prot, int flags, int fd, uint64_t offset,
                uint64_t *ret_start);

/* Drops the mapping of an area: back to nothing, or to a placeholder. */
void mm_unmap_area(struct mm_area *area, bool to_placeholder);

/* Finds the placeholder that is exactly [start, end). STATUS_CONFLICTING_ADDRESSES,
 * STATUS_INVALID_PARAMETER. */
NTSTATUS mm_find_placeholder(uint64_t start, uint64_t end, struct mm_area **ret_area);

/* mm_allocate, mm_free and mm_protect with the placement as a structure. */
NTSTATUS mm_allocate_at(const struct mm_place *place, uint64_t *base, uint64_t *size, ULONG type,
                        ULONG protect);
NTSTATUS mm_protect_pages(uint64_t start, uint64_t end, ULONG protect, ULONG *ret_old);

/* Whether a page of a private file mapping has been written (is the process's own copy). Calls on
 * consecutive pages are cheap. */
bool mm_page_is_copied(uint64_t address);

/* Whether a view (or section) of one protection may have pages of another. */
bool mm_protection_allowed(ULONG view, ULONG protect);

/* malloc'ed; NULL: no memory. */
WCHAR *mm_copy_path(const WCHAR *path);

/* The upper bound of addresses that a ZeroBits argument means (0: none). STATUS_INVALID_PARAMETER_3. */
NTSTATUS mm_zero_bits_limit(uint64_t zero_bits, uint64_t *ret_high);

/* Write watch (watch.c): protects clean writable pages of a watched area from writing. */
NTSTATUS mm_watch_arm(struct mm_area *area, uint64_t start, uint64_t end);
/* The first write to a watched page. */
NTSTATUS mm_watch_hit(struct mm_area *area, uint64_t page, uint16_t state);

/* Parts of an image that are read on first use (lazy.c). Adding: the pages are reserved without
 * access, their state is the caller's business. Loading: what is missing in [start, end); false if
 * the file cannot be read. */
bool mm_lazy_add(struct mm_area *area, int fd, uint64_t start, uint64_t size, uint64_t offset);
bool mm_lazy_load(struct mm_area *area, uint64_t start, uint64_t end, bool *ret_loaded);
void mm_lazy_destroy(struct mm_area *area);

/* Commits pages through a view of a SEC_RESERVE section, in all its views (section.c). */
NTSTATUS mm_section_commit(struct mm_area *view, uint64_t start, uint64_t end, uint16_t state);
void mm_section_view_gone(struct mm_area *view);
int mm_section_descriptor(struct mm_section *section);

/* Maps an image as mm_map_image does, at `place` if its base is taken or place->address is set.
 * Locks. *ret_status_not_at_base is set if it lies elsewhere. An image without relocations that
 * cannot have its base is refused unless `unrelocated` allows it to lie as it is. */
struct pe;
struct mm_image_request {
    int fd;
    const struct pe *pe;
    const WCHAR *path;
    struct mm_place place;
    bool unrelocated;
    bool replace_placeholder;
};
NTSTATUS mm_map_pe(const struct mm_image_request *request, uint64_t *ret_base, bool *ret_moved);

/* Reads and checks the headers of a file (allocates *ret_pe; the caller frees it, also on failure
 * when it is not NULL). */
NTSTATUS mm_read_pe(int fd, struct pe **ret_pe, const char **ret_why);

/* Reads MEM_EXTENDED_PARAMETERs of the guest into *ret_place (whose address the caller has set). */
NTSTATUS mm_read_extended_parameters(const void *guest, ULONG count, bool view, struct mm_place *ret_place);

/* STATUS_SUCCESS if the handle means this process. */
NTSTATUS mm_check_process(HANDLE process);

/* What NtQueryVirtualMemory says about an address below MM_HIGHEST; `info` is a host pointer. */
void mm_query_basic(uint64_t address, MEMORY_BASIC_INFORMATION *info);

/* The same for i386 code, for which the door is dear already: without the lock where this thread has asked
 * about the same pages before and nothing has changed. */
void mm_query_basic_again(uint64_t address, MEMORY_BASIC_INFORMATION *info);

/* Calls on another process (mm/remote.c): pointers are this guest's, as in the system calls. */
NTSTATUS mm_remote_region(HANDLE process, enum ps_remote_operation operation, PVOID *guest_base,
                          SIZE_T *guest_size, uint64_t zero_bits, ULONG type, ULONG protect,
                          ULONG *guest_old);
NTSTATUS mm_remote_query(HANDLE process, PVOID address, ULONG class, void *guest, SIZE_T length,
                         SIZE_T *guest_length);
NTSTATUS mm_remote_transfer(HANDLE handle, uint8_t *theirs, uint8_t *guest, SIZE_T size, bool write,
                            SIZE_T *ret_done);

#endif
