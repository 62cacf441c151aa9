/*
 * Memory manager: the guest's view of virtual memory (64K granularity, reserve and commit, Windows
 * protections), sections and PE images. All guest memory is known here as a VAD tree; addresses
 * without a preference come from [MM_LOW, MM_HIGH). One lock guards the tree (rank: see
 * docs/architecture.md).
 */
#ifndef MM_MM_H
#define MM_MM_H

#include <nt/base.h>
#include <nt/memory.h>

#define MM_GRANULARITY 0x10000
#define MM_PAGE        0x1000
#define MM_LOWEST      0x10000ull /* lowest guest address */
#define MM_HIGHEST     mm_highest /* end of guest addresses */

extern uint64_t mm_highest; /* 0x7fffffff0000; less for i386 code */

/* Before any other call. */
void mm_initialize(void);

/* What is committed is told in that page, and its limit is obeyed. */
struct gw_process_page;
void mm_set_account(struct gw_process_page *page);

/* Restricts where addresses come from without a preference (programs that are not large-address
 * aware). Called before anything is allocated. */
void mm_limit_addresses(uint64_t low, uint64_t high);

/* What is readable can be executed: for i386 programs that do not say that they are ready for anything else.
 */
extern bool mm_no_execute_protection;
void mm_enable_execute_protection(void);

/* As NtAllocateVirtualMemoryEx on the current process, with host pointers. `type` and `protect` are
 * MEM_* and PAGE_*; *base 0: anywhere in [low, high) with the alignment (0: default). */
NTSTATUS mm_allocate(void **base, size_t *size, ULONG type, ULONG protect, uint64_t low, uint64_t high,
                     size_t alignment);
NTSTATUS mm_free(void **base, size_t *size, ULONG type);
NTSTATUS mm_protect(void *base, size_t size, ULONG protect, ULONG *ret_old);

enum mm_access { MM_READ, MM_WRITE, MM_EXECUTE };

/* A page fault at a guest address: STATUS_SUCCESS if it was resolved and the instruction can be
 * retried; otherwise the exception to raise (STATUS_ACCESS_VIOLATION, STATUS_GUARD_PAGE_VIOLATION,
 * STATUS_STACK_OVERFLOW, STATUS_IN_PAGE_ERROR). Async-signal-safe with respect to guest code and
 * guest_copy; `rsp` tells stack growth. */
NTSTATUS mm_fault(void *address, enum mm_access access, uint64_t rsp);

/* A stack of the given sizes (0: defaults) in guest memory with its guard page. */
NTSTATUS mm_create_stack(size_t reserve, size_t commit, void **ret_allocation, void **ret_limit,
                         void **ret_base);

struct mm_image {
    void *base;    /* where it is mapped */
    void *entry;   /* start address; NULL if none */
    uint64_t size; /* of image */
    uint16_t machine, subsystem, characteristics, dll_characteristics;
    uint64_t stack_reserve, stack_commit;
    bool relocated;
    bool managed; /* a .NET image */
};

/* Checks a PE file's headers. STATUS_INVALID_IMAGE_FORMAT and friends; *ret_why is then a static
 * text for people, such as "is a 16-bit (NE) program". */
NTSTATUS mm_check_image(int fd, struct mm_image *ret_image, const char **ret_why);

/* Maps the PE file into the process and registers it in the VAD tree as an image view. Does not own
 * fd. `nt_path` (may be NULL) is remembered for NtQueryVirtualMemory(MemoryMappedFilenameInformation). */
NTSTATUS mm_map_image(int fd, const WCHAR *nt_path, struct mm_image *ret_image);

#endif
