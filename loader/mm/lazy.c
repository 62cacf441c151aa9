/*
 * Large read-only parts of images whose place in the file is not page-aligned (linkers' usual file
 * alignment is 512) cannot be mapped from it. They are read in windows when first touched: the
 * pages are inaccessible until then, and a window appears complete or not at all.
 */
#include "mm/area.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define WINDOW 0x10000

struct mm_lazy {
    struct mm_lazy *next;
    uint64_t start, end; /* of the bytes from the file; start is page-aligned */
    uint64_t offset;
    int fd; /* shared by an area's pieces, owned by the last in the list */
    bool owns_fd;
    uint8_t loaded[]; /* per window */
};

bool mm_lazy_add(struct mm_area *area, int fd, uint64_t start, uint64_t size, uint64_t offset)
{
    struct mm_lazy *piece = calloc(1, sizeof *piece + (size + WINDOW - 1) / WINDOW);

    if (!piece)
        return false;
    piece->owns_fd = !area->lazy;
    piece->fd = area->lazy ? area->lazy->fd : fcntl(fd, F_DUPFD_CLOEXEC, 64);
    if (piece->fd < 0) {
        free(piece);
        return false;
    }
    piece->start = start;
    piece->end = start + size;
    piece->offset = offset;
    piece->next = area->lazy;
    area->lazy = piece;
    return true;
}

/* Reads one window into fresh pages and puts them in place at once. */
static bool load(const struct mm_area *area, struct mm_lazy *piece, uint64_t index)
{
    uint64_t start = piece->start + index * WINDOW, end = start + WINDOW, next;

    if (end > piece->end)
        end = piece->end;
    size_t size = end - start, mapped = mm_round_up(size, MM_PAGE), done = 0;
    uint8_t *fresh = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                          -1, 0);
    if (fresh == MAP_FAILED)
        return false;
    while (done < size) {
        ssize_t n = pread(piece->fd, fresh + done, size - done,
                          (off_t)(piece->offset + (start - piece->start) + done));
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    if (done < size || mprotect(fresh, mapped, mm_prot(mm_state_at(area, start, &next))) ||
        mremap(fresh, mapped, mapped, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)start) == MAP_FAILED) {
        munmap(fresh, mapped);
        return false;
    }
    piece->loaded[index] = 1;
    return true;
}

bool mm_lazy_load(struct mm_area *area, uint64_t start, uint64_t end, bool *ret_loaded)
{
    *ret_loaded = false;
    for (struct mm_lazy *piece = area->lazy; piece; piece = piece->next) {
        uint64_t piece_end = mm_round_up(piece->end, MM_PAGE);
        if (start >= piece_end || end <= piece->start)
            continue;
        uint64_t from = start > piece->start ? start - piece->start : 0;
        uint64_t to = (end < piece_end ? end : piece_end) - piece->start;
        for (uint64_t i = from / WINDOW; i * WINDOW < to; i++)
            if (!piece->loaded[i]) {
                if (!load(area, piece, i))
                    return false;
                *ret_loaded = true;
            }
    }
    return true;
}

void mm_lazy_destroy(struct mm_area *area)
{
    for (struct mm_lazy *piece = area->lazy, *next; piece; piece = next) {
        next = piece->next;
        if (piece->owns_fd)
            close(piece->fd);
        free(piece);
    }
    area->lazy = NULL;
}
