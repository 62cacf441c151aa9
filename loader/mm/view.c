/*
 * Views of sections: mapping, unmapping, committing pages of reserved sections.
 */
#include "dbgk/dbgk.h"
#include "mm/guest.h"
#include "mm/pe.h"
#include "mm/section.h"

#include <nt/syscalls.h>
#include <stdlib.h>
#include <string.h>

#define VIEW_FLAGS                                                                                           \
    (MEM_RESERVE | MEM_TOP_DOWN | MEM_LARGE_PAGES | MEM_DIFFERENT_IMAGE_BASE_OK | MEM_REPLACE_PLACEHOLDER |  \
     AT_ROUND_TO_PAGE | SEC_64K_PAGES)
#define AT_ROUND_TO_PAGE 0x40000000

/* What a new view is to be. */
struct view {
    struct mm_section *section;
    struct mm_place place;
    uint64_t offset, size, commit;
    uint16_t protect;
    bool replace_placeholder, is_image;
};

/* The commit state of a sparse section's page as the state of a view's page. */
static NTSTATUS apply_commits(struct mm_area *area)
{
    struct mm_section *section = area->section;
    uint64_t total = section->size / MM_PAGE, first = area->offset / MM_PAGE, next;
    NTSTATUS status = STATUS_SUCCESS;

    for (uint64_t page = first, end = first + mm_pages(area); page < end && !status; page = next) {
        uint16_t committed = runs_get(&section->committed, page, total, &next);
        if (next > end)
            next = end;
        if (committed)
            status = mm_set_pages(area, area->node.start + (page - first) * MM_PAGE,
                                  area->node.start + (next - first) * MM_PAGE, area->protect);
    }
    return status;
}

/* Commits what is not committed yet in one view, with that view's state. */
static NTSTATUS commit_in_view(struct mm_area *view, uint64_t first, uint64_t end, uint16_t state, bool all)
{
    uint64_t start = view->offset / MM_PAGE, stop = start + mm_pages(view);
    NTSTATUS status = STATUS_SUCCESS;

    first = first < start ? start : first;
    end = end > stop ? stop : end;
    uint64_t at = view->node.start + (first - start) * MM_PAGE,
             to = view->node.start + (end - start) * MM_PAGE, next;
    for (; first < end && at < to && !status; at = next) {
        uint16_t old = mm_state_at(view, at, &next);
        if (next > to)
            next = to;
        if (!old || all)
            status = mm_set_pages(view, at, next, state);
    }
    return status;
}

NTSTATUS mm_section_commit(struct mm_area *view, uint64_t start, uint64_t end, uint16_t state)
{
    struct mm_section *section = view->section;
    uint64_t first = (view->offset + (start - view->node.start)) / MM_PAGE,
             last = first + (end - start) / MM_PAGE;

    if (section->attributes & SEC_FILE)
        return STATUS_ALREADY_COMMITTED;
    if (!mm_protection_allowed(view->protect, state))
        return STATUS_SECTION_PROTECTION;
    if (!mm_section_is_sparse(section))
        return mm_set_pages(view, start, end, state);
    if (!runs_set(&section->committed, first, last, section->size / MM_PAGE, 1))
        return STATUS_NO_MEMORY;
    NTSTATUS status = commit_in_view(view, first, last, state, true);
    for (struct mm_area *other = section->views; other && !status; other = other->next_view)
        if (other != view)
            status = commit_in_view(other, first, last, other->protect, false);
    return status;
}

/* Forgets a view of a sparse section. The section's reference is the caller's business. */
void mm_section_view_gone(struct mm_area *view)
{
    for (struct mm_area **link = &view->section->views; *link; link = &(*link)->next_view)
        if (*link == view) {
            *link = view->next_view;
            break;
        }
}

static NTSTATUS map_data(const struct view *view, uint64_t *ret_start)
{
    struct mm_section *section = view->section;
    bool sparse = mm_section_is_sparse(section);
    uint16_t basic = view->protect & 0xff, state = sparse ? 0 : view->protect;
    bool copy = basic == PAGE_WRITECOPY || basic == PAGE_EXECUTE_WRITECOPY;
    int fd = mm_section_descriptor(section), flags = (copy ? MAP_PRIVATE : MAP_SHARED) | MAP_NORESERVE;
    uint64_t start = view->place.address;
    NTSTATUS status;

    if (fd < 0)
        return STATUS_NO_MEMORY;
    if (view->replace_placeholder) {
        struct mm_area *old;
        if ((status = mm_find_placeholder(start, start + view->size, &old)))
            return status;
        if (mmap((void *)start, view->size, mm_prot(state), flags | MAP_FIXED, fd, (off_t)view->offset) ==
            MAP_FAILED)
            return STATUS_NO_MEMORY;
        mm_area_destroy(old);
    } else if ((status = mm_map(&view->place, view->size, mm_prot(state), flags, fd, view->offset, &start))) {
        return status;
    }
    struct mm_area *area = mm_area_create(start, start + view->size, MM_KIND_MAPPED, view->protect, state);
    if (!area) {
        munmap((void *)start, view->size);
        return STATUS_NO_MEMORY;
    }
    area->copy = copy;
    area->replaced = view->replace_placeholder;
    area->offset = view->offset;
    area->section = section;
    if (sparse) {
        area->next_view = section->views;
        section->views = area;
        status = apply_commits(area);
        if (!status && view->commit)
            status = mm_section_commit(area, start, start + view->commit, view->protect);
    }
    if (!status && section->path && !(area->path = mm_copy_path(section->path)))
        status = STATUS_NO_MEMORY;
    if (status)
        mm_unmap_area(area, view->replace_placeholder);
    else
        *ret_start = start;
    return status;
}

static NTSTATUS map_image(const struct view *view, uint64_t *ret_start)
{
    const struct mm_image_request request = {
        .fd = view->section->fd,
        .pe = view->section->pe,
        .path = view->section->path,
        .place = view->place,
        .unrelocated = true,
        .replace_placeholder = view->replace_placeholder,
    };
    bool moved;
    NTSTATUS status = mm_map_pe(&request, ret_start, &moved);

    return !status && moved ? STATUS_IMAGE_NOT_AT_BASE : status;
}

/* The handle access a view's protection needs. */
static ACCESS_MASK map_access(ULONG protect)
{
    switch (protect & 0xff) {
    case PAGE_READWRITE: return SECTION_MAP_WRITE;
    case PAGE_EXECUTE: return SECTION_MAP_EXECUTE;
    case PAGE_EXECUTE_READ:
    case PAGE_EXECUTE_WRITECOPY: return SECTION_MAP_EXECUTE | SECTION_MAP_READ;
    case PAGE_EXECUTE_READWRITE: return SECTION_MAP_EXECUTE | SECTION_MAP_WRITE;
    }
    return SECTION_MAP_READ;
}

/* Checks and completes a data view. */
static NTSTATUS check_data_view(struct view *view)
{
    struct mm_section *section = view->section;

    if (!mm_protection_allowed(section->protect, view->protect))
        return STATUS_SECTION_PROTECTION;
    if (view->offset >= section->size && (view->offset > section->size || !view->size))
        return STATUS_INVALID_VIEW_SIZE;
    if (!view->size)
        view->size = section->size - view->offset;
    if (view->size > section->size - view->offset)
        return STATUS_INVALID_VIEW_SIZE;
    view->size = mm_round_up(view->size, MM_PAGE);
    view->commit = mm_round_up(view->commit, MM_PAGE);
    if (view->commit > view->size)
        return STATUS_INVALID_PARAMETER_5;
    return STATUS_SUCCESS;
}

/* The common part of NtMapViewOfSection and ...Ex; arguments are host copies. */
static NTSTATUS map_view(HANDLE handle, struct view *view, ULONG type, ULONG protect, uint64_t *ret_start)
{
    void *object;
    NTSTATUS status;

    if (type & ~(ULONG)VIEW_FLAGS)
        return STATUS_INVALID_PARAMETER_9;
    if (mm_check_protect(protect & ~(ULONG)PAGE_TARGETS_INVALID, true) || protect & PAGE_GUARD)
        return STATUS_INVALID_PAGE_PROTECTION;
    uint64_t unit = type & MEM_REPLACE_PLACEHOLDER ? MM_PAGE : MM_GRANULARITY;
    if (view->place.address >= MM_HIGHEST || view->size > MM_HIGHEST ||
        view->place.address + view->size > MM_HIGHEST)
        return STATUS_INVALID_PARAMETER_4;
    if (type & AT_ROUND_TO_PAGE) {
        view->place.address &= ~(uint64_t)(MM_PAGE - 1);
        unit = MM_PAGE;
    }
    if ((view->place.address | view->offset) & (unit - 1))
        return STATUS_MAPPED_ALIGNMENT;
    view->protect = (uint16_t)(protect & 0x7ff);
    view->place.top_down = type & MEM_TOP_DOWN;
    view->replace_placeholder = type & MEM_REPLACE_PLACEHOLDER;
    if (view->replace_placeholder && !view->place.address)
        return STATUS_INVALID_PARAMETER;

    status = ob_handle_lookup(handle, &mm_section_type, 0, &object);
    if (status)
        return status;
    view->section = object;
    bool image = view->is_image = view->section->pe;
    ob_dereference(object);
    if ((status = ob_handle_lookup(handle, &mm_section_type, image ? SECTION_MAP_READ : map_access(protect),
                                   &object)))
        return status;
    view->section = object;
    if (image) {
        status = map_image(view, ret_start);
        view->size = view->section->size;
    } else if (!(status = check_data_view(view))) {
        mm_lock();
        status = map_data(view, ret_start);
        mm_unlock();
        if (!status)
            return status; /* the view keeps the reference */
    }
    ob_dereference(view->section);
    return status;
}

static NTSTATUS read_view(PVOID *guest_base, LARGE_INTEGER *guest_offset, SIZE_T *guest_size,
                          struct view *view)
{
    LARGE_INTEGER offset = {.QuadPart = 0};
    PVOID base;
    SIZE_T size;
    NTSTATUS status = guest_read(&base, guest_base);

    if (!status)
        status = guest_read(&size, guest_size);
    if (!status && guest_offset)
        status = guest_read(&offset, guest_offset);
    if (!status && offset.QuadPart < 0)
        status = STATUS_INVALID_VIEW_SIZE;
    if (!status) {
        view->place.address = (uint64_t)base;
        view->size = size;
        view->offset = (uint64_t)offset.QuadPart;
    }
    return status;
}

static NTSTATUS write_view(PVOID *guest_base, LARGE_INTEGER *guest_offset, SIZE_T *guest_size,
                           const struct view *view, uint64_t start)
{
    LARGE_INTEGER offset = {.QuadPart = (LONGLONG)view->offset};
    PVOID base = (PVOID)start;
    SIZE_T size = view->size;
    NTSTATUS status = guest_write(guest_base, base);

    if (!status)
        status = guest_write(guest_size, size);
    if (!status && guest_offset)
        status = guest_write(guest_offset, offset);
    return status;
}

NTSTATUS NtMapViewOfSection(HANDLE SectionHandle, HANDLE ProcessHandle, PVOID *BaseAddress,
                            ULONG_PTR ZeroBits, SIZE_T CommitSize, LARGE_INTEGER *SectionOffset,
                            SIZE_T *ViewSize, ULONG InheritDisposition, ULONG AllocationType,
                            ULONG Win32Protect)
{
    struct view view = {.commit = CommitSize};
    uint64_t start;
    NTSTATUS status = mm_check_process(ProcessHandle);

    if (!status && (InheritDisposition < NT_VIEW_SHARE || InheritDisposition > NT_VIEW_UNMAP))
        status = STATUS_INVALID_PARAMETER_8;
    if (!status)
        status = mm_zero_bits_limit(ZeroBits, &view.place.high);
    if (!status)
        status = read_view(BaseAddress, SectionOffset, ViewSize, &view);
    if (status)
        return status == STATUS_INVALID_PARAMETER_3 ? STATUS_INVALID_PARAMETER_4 : status;
    if (AllocationType & MEM_REPLACE_PLACEHOLDER)
        return STATUS_INVALID_PARAMETER_9;
    status = map_view(SectionHandle, &view, AllocationType, Win32Protect, &start);
    if (!NT_SUCCESS(status))
        return status;
    NTSTATUS written = write_view(BaseAddress, SectionOffset, ViewSize, &view, start);
    if (view.is_image)
        dbgk_image_mapped((void *)start);
    return written ? written : status;
}

NTSTATUS NtMapViewOfSectionEx(HANDLE SectionHandle, HANDLE ProcessHandle, PVOID *BaseAddress,
                              LARGE_INTEGER *SectionOffset, SIZE_T *ViewSize, ULONG AllocationType,
                              ULONG Win32Protect, void *ExtendedParameters, ULONG ExtendedParameterCount)
{
    struct view view = {0};
    uint64_t start;
    NTSTATUS status = mm_check_process(ProcessHandle);

    if (!status)
        status = read_view(BaseAddress, SectionOffset, ViewSize, &view);
    if (!status)
        status = mm_read_extended_parameters(ExtendedParameters, ExtendedParameterCount, true, &view.place);
    if (status)
        return status;
    status = map_view(SectionHandle, &view, AllocationType, Win32Protect, &start);
    if (!NT_SUCCESS(status))
        return status;
    NTSTATUS written = write_view(BaseAddress, SectionOffset, ViewSize, &view, start);
    if (view.is_image)
        dbgk_image_mapped((void *)start);
    return written ? written : status;
}

NTSTATUS NtUnmapViewOfSectionEx(HANDLE ProcessHandle, PVOID BaseAddress, ULONG Flags)
{
    struct mm_section *section = NULL;
    NTSTATUS status = mm_check_process(ProcessHandle);

    if (status)
        return status;
    if (Flags & ~(ULONG)(MEM_UNMAP_WITH_TRANSIENT_BOOST | MEM_PRESERVE_PLACEHOLDER))
        return STATUS_INVALID_PARAMETER_3;
    mm_lock();
    struct mm_area *area = mm_find((uint64_t)BaseAddress);
    bool image = area && area->kind == MM_KIND_IMAGE;
    void *base = area ? (void *)area->node.start : NULL;
    if (!area || (area->kind != MM_KIND_MAPPED && area->kind != MM_KIND_IMAGE)) {
        status = STATUS_NOT_MAPPED_VIEW;
    } else if (Flags & MEM_PRESERVE_PLACEHOLDER && !area->replaced) {
        status = STATUS_CONFLICTING_ADDRESSES;
    } else {
        section = area->section;
        mm_unmap_area(area, Flags & MEM_PRESERVE_PLACEHOLDER);
    }
    mm_unlock();
    if (section)
        ob_dereference(section);
    if (image && !status)
        dbgk_image_unmapped(base);
    return status;
}

NTSTATUS NtUnmapViewOfSection(HANDLE ProcessHandle, PVOID BaseAddress)
{
    return NtUnmapViewOfSectionEx(ProcessHandle, BaseAddress, 0);
}
