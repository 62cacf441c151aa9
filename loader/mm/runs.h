/*
 * Page states of a range, run-length coded: a sorted array of (first page, state), neighbours
 * always differing. Most ranges need one or two runs, which lie in the structure itself.
 */
#ifndef MM_RUNS_H
#define MM_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#define RUNS_INLINE 4

struct runs {
    uint32_t count, capacity; /* capacity RUNS_INLINE: in `local` */
    union {
        uint64_t local[RUNS_INLINE]; /* page << 16 | state */
        uint64_t *array;
    };
};

static inline const uint64_t *runs_data(const struct runs *runs)
{
    return runs->capacity > RUNS_INLINE ? runs->array : runs->local;
}

/* One run from page 0 on. */
void runs_initialize(struct runs *runs, uint16_t state);
void runs_destroy(struct runs *runs);

/* The state of a page; *ret_end is where its run ends, at most `total`. */
uint16_t runs_get(const struct runs *runs, uint64_t page, uint64_t total, uint64_t *ret_end);

/* Gives pages [first, end) of `total` the state; false when out of memory. */
bool runs_set(struct runs *runs, uint64_t first, uint64_t end, uint64_t total, uint16_t state);

/* Makes *slice (uninitialised) a copy of pages [first, end), renumbered from 0. */
bool runs_slice(const struct runs *runs, uint64_t first, uint64_t end, struct runs *slice);

#endif
