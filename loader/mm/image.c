/*
 * Mapping PE images. What lies page-aligned in the file is mapped from it, neighbours of equal
 * protection together; the rest is read into private memory.
 */
#include "mm/area.h"
#include "mm/pe.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define LAZY_MINIMUM     0x40000
#define LAZY_DISCARDABLE 0x4000 /* debug information */
#define MAX_COPIES       16
#define ANONYMOUS        (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

static bool read_all(int fd, void *to, size_t size, uint64_t offset)
{
    for (uint8_t *place = to; size;) {
        ssize_t n = pread(fd, place, size, (off_t)offset);
        if (n <= 0)
            return false;
        place += n;
        offset += (uint64_t)n;
        size -= (size_t)n;
    }
    return true;
}

/* A .NET image has native code of its own unless its CLR header says "IL only". */
static bool is_managed(int fd, const struct pe *pe)
{
    uint32_t flags;

    if (!pe->clr_rva || !pe->clr_size)
        return false;
    uint64_t offset = pe_file_offset(pe, pe->clr_rva);
    if (offset == UINT64_MAX || !read_all(fd, &flags, sizeof flags, offset + 16))
        return true;
    return flags & COMIMAGE_FLAGS_ILONLY;
}

NTSTATUS mm_read_pe(int fd, struct pe **ret_pe, const char **ret_why)
{
    uint8_t small[4096], *bytes = small;
    struct pe parsed, *pe = &parsed; /* large: what is kept of it is not */
    struct stat file;

    *ret_pe = NULL;
    memset(pe, 0, offsetof(struct pe, sections));
    if (fstat(fd, &file) || !S_ISREG(file.st_mode)) {
        *ret_why = "is not a file";
        return STATUS_INVALID_FILE_FOR_SECTION;
    }
    size_t size = (uint64_t)file.st_size < sizeof small ? (size_t)file.st_size : sizeof small;
    NTSTATUS status = STATUS_INVALID_IMAGE_FORMAT;
    *ret_why = "cannot be read";
    if (read_all(fd, bytes, size, 0)) {
        status = pe_parse(bytes, size, (uint64_t)file.st_size, pe, ret_why);
        if (status && size < (uint64_t)file.st_size) { /* the headers may be longer than usual */
            size = (uint64_t)file.st_size < PE_HEADER_WINDOW ? (size_t)file.st_size : PE_HEADER_WINDOW;
            bytes = malloc(size);
            if (bytes && read_all(fd, bytes, size, 0))
                status = pe_parse(bytes, size, (uint64_t)file.st_size, pe, ret_why);
            free(bytes);
        }
    }
    pe->file_size = (uint64_t)file.st_size;
    if (!status)
        pe->managed = is_managed(fd, pe);
    if (status)
        pe->section_count = 0;
    size = offsetof(struct pe, sections) + pe->section_count * sizeof *pe->sections;
    *ret_pe = malloc(size);
    if (!*ret_pe) {
        *ret_why = "does not fit into memory";
        return STATUS_NO_MEMORY;
    }
    memcpy(*ret_pe, pe, size);
    return status;
}

static uint16_t section_state(uint32_t characteristics)
{
    bool shared = characteristics & IMAGE_SCN_MEM_SHARED, write = characteristics & IMAGE_SCN_MEM_WRITE;

    if (characteristics & IMAGE_SCN_MEM_EXECUTE) {
        if (write)
            return shared ? PAGE_EXECUTE_READWRITE : PAGE_EXECUTE_WRITECOPY;
        return characteristics & IMAGE_SCN_MEM_READ ? PAGE_EXECUTE_READ : PAGE_EXECUTE;
    }
    if (write)
        return shared ? PAGE_READWRITE : PAGE_WRITECOPY;
    return characteristics & IMAGE_SCN_MEM_READ ? PAGE_READONLY : PAGE_NOACCESS;
}

/* A stretch of pages that come from the file (offset page-aligned), or are zero. */
struct piece {
    uint64_t start, end, offset;
    bool from_file;
    uint16_t state;
};

struct builder {
    int fd;
    struct mm_area *area;
    struct piece last; /* not mapped yet: the next may continue it */
    bool lazy;         /* large read-only parts may come later */
    bool whole;        /* the file is mapped over the image's whole range already, read-only */
    bool discardable;  /* what is being added: hardly anybody reads it */
    bool failed;
    /* parts to read that are neighbours in memory and in the file */
    struct iovec parts[MAX_COPIES];
    unsigned copies;
    uint64_t copies_start, copies_end, copies_offset; /* the last: where the next one would begin */
};

static void set_state(struct builder *builder, uint64_t start, uint64_t end, uint16_t state)
{
    uint64_t base = builder->area->node.start;

    if (!runs_set(&builder->area->runs, (start - base) / MM_PAGE, (end - base) / MM_PAGE,
                  mm_pages(builder->area), state))
        builder->failed = true;
}

/* Where the file was mapped over the whole range: takes it away from a part that is not to have it. */
static bool drop_file(const struct builder *builder, uint64_t start, uint64_t end, int prot)
{
    return !builder->whole ||
           mmap((void *)start, end - start, prot, ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
}

static void flush(struct builder *builder)
{
    const struct piece *piece = &builder->last;
    size_t size = piece->end - piece->start;

    if (!size)
        return;
    if (piece->from_file && builder->whole && piece->offset == piece->start - builder->area->node.start) {
        if (mm_prot(piece->state) != PROT_READ && mprotect((void *)piece->start, size, mm_prot(piece->state)))
            builder->failed = true;
    } else if (piece->from_file) {
        if (mmap((void *)piece->start, size, mm_prot(piece->state), MAP_PRIVATE | MAP_FIXED, builder->fd,
                 (off_t)piece->offset) == MAP_FAILED)
            builder->failed = true;
    } else if (builder->whole) {
        if (!drop_file(builder, piece->start, piece->end, mm_prot(piece->state)))
            builder->failed = true;
    } else if (mm_prot(piece->state) != PROT_NONE &&
               mprotect((void *)piece->start, size, mm_prot(piece->state))) {
        builder->failed = true;
    }
    set_state(builder, piece->start, piece->end, piece->state);
}

static void add(struct builder *builder, const struct piece *piece)
{
    struct piece *last = &builder->last;

    if (piece->start == piece->end)
        return;
    if (last->end == piece->start && last->from_file == piece->from_file && last->state == piece->state &&
        (!piece->from_file || last->offset + (last->end - last->start) == piece->offset)) {
        last->end = piece->end;
        return;
    }
    flush(builder);
    *last = *piece;
}

/* Reads the collected neighbours with one call and protects them. */
static void read_copies(struct builder *builder)
{
    uint64_t start = builder->copies_start, next;
    size_t wanted = 0;

    if (!builder->copies)
        return;
    for (unsigned i = 0; i < builder->copies; i++)
        wanted += builder->parts[i].iov_len;
    if (mprotect((void *)start, builder->copies_end - start, PROT_READ | PROT_WRITE))
        builder->failed = true;
    /* All pages at once: a fault for each would cost more than reading them. */
    madvise((void *)start, builder->copies_end - start, MADV_POPULATE_WRITE);
    if (!builder->failed &&
        preadv(builder->fd, builder->parts, (int)builder->copies, (off_t)(builder->copies_offset - wanted)) !=
            (ssize_t)wanted) { /* interrupted in the middle, perhaps */
        uint64_t offset = builder->copies_offset - wanted;
        for (unsigned i = 0; i < builder->copies && !builder->failed; i++) {
            if (!read_all(builder->fd, builder->parts[i].iov_base, builder->parts[i].iov_len, offset))
                builder->failed = true;
            offset += builder->parts[i].iov_len;
        }
    }
    for (; start < builder->copies_end && !builder->failed; start = next) {
        int prot = mm_prot(mm_state_at(builder->area, start, &next));
        if (next > builder->copies_end)
            next = builder->copies_end;
        if (prot != (PROT_READ | PROT_WRITE) && mprotect((void *)start, next - start, prot))
            builder->failed = true;
    }
    builder->copies = 0;
}

/* What cannot be mapped is read into fresh pages: at once, or when it is touched. */
static void add_copy(struct builder *builder, uint64_t start, uint64_t raw, uint64_t offset, uint16_t state)
{
    uint64_t end = mm_round_up(start + raw, MM_PAGE);

    if (!drop_file(builder, start, end, PROT_NONE))
        builder->failed = true;
    if (builder->lazy && raw >= (builder->discardable ? LAZY_DISCARDABLE : LAZY_MINIMUM) &&
        !(mm_prot(state) & PROT_WRITE) && mm_lazy_add(builder->area, builder->fd, start, raw, offset)) {
        set_state(builder, start, end, state);
        return;
    }
    if (builder->copies &&
        (builder->copies == MAX_COPIES || builder->copies_end != start || builder->copies_offset != offset))
        read_copies(builder);
    if (!builder->copies)
        builder->copies_start = start;
    builder->parts[builder->copies++] = (struct iovec){(void *)start, raw};
    builder->copies_end = end;
    builder->copies_offset = offset + raw;
    set_state(builder, start, end, state);
}

/* Is the rest of the page zero in the file, too? Then the page can be mapped. */
static bool is_padded(int fd, uint64_t offset)
{
    static const char zeros[MM_PAGE];
    char rest[MM_PAGE];
    size_t size = MM_PAGE - offset % MM_PAGE;
    return pread(fd, rest, size, (off_t)offset) == (ssize_t)size && memcmp(rest, zeros, size) == 0;
}

/* Maps raw bytes of the file and zeros behind them, up to `size`. */
static void add_section(struct builder *builder, const struct pe_section *section, uint64_t file_size)
{
    uint64_t start = builder->area->node.start + section->rva, raw = section->raw_size,
             offset = section->offset;
    uint16_t state = section_state(section->characteristics);
    uint64_t mapped = 0;

    builder->discardable = section->characteristics & IMAGE_SCN_MEM_DISCARDABLE;
    if (offset % MM_PAGE == 0) {
        /* The last page is mapped, too, if the file ends in it: the kernel pads it with zeros. */
        mapped = offset + raw == file_size ? mm_round_up(raw, MM_PAGE) : mm_round_down(raw, MM_PAGE);
        if (mapped < raw && is_padded(builder->fd, offset + raw))
            mapped = mm_round_up(raw, MM_PAGE);
        const struct piece piece = {start, start + mapped, offset, true, state};
        add(builder, &piece);
    }
    if (mapped < raw)
        add_copy(builder, start + mapped, raw - mapped, offset + mapped, state);
    const struct piece rest = {start + mm_round_up(raw > mapped ? raw : mapped, MM_PAGE),
                               start + section->size, 0, false, state};
    add(builder, &rest);
}

/* Whether the file, mapped over the whole range of the image, is mostly right already: sections without gaps
 * between them, of which the larger part lies in the file as in memory. One mapping, of which parts are
 * protected, is cheaper than one for each part. */
static bool is_congruent(const struct pe *pe)
{
    uint64_t end = mm_round_up(pe->header_size, MM_PAGE), same = 0;

    if (pe->flat)
        return false;
    for (unsigned i = 0; i < pe->section_count; i++) {
        const struct pe_section *section = &pe->sections[i];
        if (section->rva != end)
            return false;
        if (section->offset == section->rva)
            same += section->raw_size;
        end = mm_round_up(section->rva + (uint64_t)section->size, MM_PAGE);
    }
    return end == pe->image_size && same >= pe->image_size / 4;
}

static NTSTATUS map_pieces(const struct mm_image_request *request, struct mm_area *area, bool whole)
{
    const struct pe *pe = request->pe;
    /* A relocated image is touched as a whole at once. */
    struct builder builder = {
        .fd = request->fd, .area = area, .lazy = area->node.start == pe->image_base, .whole = whole};
    uint64_t file_size = pe->file_size;
    struct pe_section headers = {0, (uint32_t)mm_round_up(pe->header_size, MM_PAGE), 0, pe->header_size,
                                 IMAGE_SCN_MEM_READ};
    if (pe->flat) {
        headers.size = pe->image_size;
        headers.characteristics |= IMAGE_SCN_MEM_WRITE | IMAGE_SCN_MEM_EXECUTE;
    } else if (headers.size <= file_size) {
        headers.raw_size = headers.size; /* whole pages are cheaper, and what follows is the file's own */
    }
    add_section(&builder, &headers, file_size);
    for (unsigned i = 0; i < pe->section_count; i++)
        add_section(&builder, &pe->sections[i], file_size);
    flush(&builder);
    read_copies(&builder);
    return builder.failed ? STATUS_NO_MEMORY : STATUS_SUCCESS;
}

/* Relocates an image that lies elsewhere, and says so in its header. */
static NTSTATUS relocate(const struct pe *pe, struct mm_area *area)
{
    uint8_t *image = (uint8_t *)area->node.start;
    uint64_t base = area->node.start, next;

    if (mprotect(image, pe->image_size, PROT_READ | PROT_WRITE))
        return STATUS_NO_MEMORY;
    if (pe->reloc_size && !pe_relocate(pe, image, (int64_t)(base - pe->image_base)))
        return STATUS_INVALID_IMAGE_FORMAT;
    if (pe->base_field + 8 <= pe->header_size)
        memcpy(image + pe->base_field, &base, pe->is_64bit ? 8 : 4);
    for (uint64_t at = base; at < area->node.end; at = next) {
        uint16_t state = mm_state_at(area, at, &next);
        if (mm_prot(state) != (PROT_READ | PROT_WRITE) && mprotect((void *)at, next - at, mm_prot(state)))
            return STATUS_NO_MEMORY;
    }
    return STATUS_SUCCESS;
}

/* Reserves the image's range: at its base, where the request says, or anywhere. *ret_whole: the file is
 * mapped there. */
static NTSTATUS find_room(const struct mm_image_request *request, uint64_t *ret_base, bool *ret_whole)
{
    const struct pe *pe = request->pe;
    struct mm_place place = request->place;
    NTSTATUS status;

    if (request->replace_placeholder) {
        struct mm_area *area;
        if ((status = mm_find_placeholder(place.address, place.address + pe->image_size, &area)))
            return status;
        mm_area_destroy(area);
        *ret_base = place.address;
        return STATUS_SUCCESS;
    }
    bool preferred = !place.address && pe->image_base >= MM_LOWEST &&
                     (!place.high || pe->image_base + pe->image_size <= place.high) &&
                     pe->image_base >= place.low;
    if (preferred) {
        place.address = pe->image_base;
        *ret_whole = is_congruent(pe);
        status = *ret_whole ? mm_map(&place, pe->image_size, PROT_READ, MAP_PRIVATE, request->fd, 0, ret_base)
                            : mm_map(&place, pe->image_size, PROT_NONE, ANONYMOUS, -1, 0, ret_base);
        if (!status || status == STATUS_NO_MEMORY)
            return status;
        *ret_whole = false;
        place.address = 0;
    }
    if (pe->characteristics & IMAGE_FILE_RELOCS_STRIPPED && !request->unrelocated &&
        place.address != pe->image_base)
        return STATUS_CONFLICTING_ADDRESSES;
    return mm_map(&place, pe->image_size, PROT_NONE, ANONYMOUS, -1, 0, ret_base);
}

NTSTATUS mm_map_pe(const struct mm_image_request *request, uint64_t *ret_base, bool *ret_moved)
{
    const struct pe *pe = request->pe;
    uint64_t base;
    NTSTATUS status;
    bool whole = false;

    mm_lock();
    status = find_room(request, &base, &whole);
    if (status) {
        mm_unlock();
        return status;
    }
    struct mm_area *area = mm_area_create(base, base + pe->image_size, MM_KIND_IMAGE, PAGE_EXECUTE_WRITECOPY,
                                          0);
    if (!area) {
        munmap((void *)base, pe->image_size);
        mm_unlock();
        return STATUS_NO_MEMORY;
    }
    area->copy = true;
    area->replaced = request->replace_placeholder;
    status = map_pieces(request, area, whole);
    bool moved = base != pe->image_base;
    if (!status && moved && !(pe->characteristics & IMAGE_FILE_RELOCS_STRIPPED))
        status = relocate(pe, area);
    if (!status && request->path && !(area->path = mm_copy_path(request->path)))
        status = STATUS_NO_MEMORY;
    if (status)
        mm_unmap_area(area, request->replace_placeholder);
    mm_unlock();
    if (!status) {
        *ret_base = base;
        *ret_moved = moved;
    }
    return status;
}

static void describe(const struct pe *pe, struct mm_image *ret_image)
{
    *ret_image = (struct mm_image){
        .size = pe->image_size,
        .machine = pe->machine,
        .subsystem = pe->subsystem,
        .characteristics = pe->characteristics,
        .dll_characteristics = pe->dll_characteristics,
        .stack_reserve = pe->stack_reserve,
        .stack_commit = pe->stack_commit,
        .managed = pe->managed,
        .base = (void *)pe->image_base,
        .entry = pe->entry ? (void *)(pe->image_base + pe->entry) : NULL,
    };
}

NTSTATUS mm_check_image(int fd, struct mm_image *ret_image, const char **ret_why)
{
    struct pe *pe;
    NTSTATUS status = mm_read_pe(fd, &pe, ret_why);

    if (!status)
        status = pe_check_runnable(pe, ret_why);
    if (pe)
        describe(pe, ret_image);
    free(pe);
    return status;
}

NTSTATUS mm_map_image(int fd, const WCHAR *nt_path, struct mm_image *ret_image)
{
    const char *why;
    struct pe *pe;
    uint64_t base;
    bool moved;
    NTSTATUS status = mm_read_pe(fd, &pe, &why);

    if (!status)
        status = pe_check_runnable(pe, &why);
    if (!status) {
        if (!(pe->characteristics & (IMAGE_FILE_DLL | IMAGE_FILE_LARGE_ADDRESS_AWARE)))
            mm_limit_addresses(MM_LOWEST, 0x7fff0000);
        const struct mm_image_request request = {.fd = fd, .pe = pe, .path = nt_path};
        status = mm_map_pe(&request, &base, &moved);
    }
    if (!status) {
        describe(pe, ret_image);
        ret_image->base = (void *)base;
        ret_image->entry = pe->entry ? (void *)(base + pe->entry) : NULL;
        ret_image->relocated = moved;
    }
    free(pe);
    return status;
}
