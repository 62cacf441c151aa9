/*
 * Run-length coded page states.
 */
#include "mm/runs.h"

#include <stdlib.h>
#include <string.h>

#define PAGE(run)        ((run) >> 16)
#define STATE(run)       ((uint16_t)(run))
#define RUN(page, state) ((uint64_t)(page) << 16 | (state))

void runs_initialize(struct runs *runs, uint16_t state)
{
    runs->count = 1;
    runs->capacity = RUNS_INLINE;
    runs->local[0] = RUN(0, state);
}

void runs_destroy(struct runs *runs)
{
    if (runs->capacity > RUNS_INLINE)
        free(runs->array);
    runs_initialize(runs, 0);
}

/* The index of the run that holds the page. */
static uint32_t find(const struct runs *runs, uint64_t page)
{
    const uint64_t *data = runs_data(runs);
    uint32_t low = 0, high = runs->count;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (PAGE(data[middle]) <= page)
            low = middle;
        else
            high = middle;
    }
    return low;
}

uint16_t runs_get(const struct runs *runs, uint64_t page, uint64_t total, uint64_t *ret_end)
{
    const uint64_t *data = runs_data(runs);
    uint32_t i = find(runs, page);

    *ret_end = i + 1 < runs->count ? PAGE(data[i + 1]) : total;
    return STATE(data[i]);
}

static bool reserve(struct runs *runs, uint32_t count)
{
    if (count <= runs->capacity)
        return true;
    uint32_t capacity = runs->capacity * 2;
    uint64_t *array;
    if (runs->capacity > RUNS_INLINE) {
        array = realloc(runs->array, capacity * sizeof *array);
        if (!array)
            return false;
    } else {
        array = malloc(capacity * sizeof *array);
        if (!array)
            return false;
        memcpy(array, runs->local, sizeof runs->local);
    }
    runs->array = array;
    runs->capacity = capacity;
    return true;
}

bool runs_set(struct runs *runs, uint64_t first, uint64_t end, uint64_t total, uint16_t state)
{
    if (!reserve(runs, runs->count + 2))
        return false;
    uint64_t *data = runs->capacity > RUNS_INLINE ? runs->array : runs->local;
    uint64_t fresh[2];
    uint32_t n = 0, from = find(runs, first), to = find(runs, end - 1);
    uint16_t last_state = STATE(data[to]);
    bool same_before;

    if (PAGE(data[from]) < first) {
        same_before = STATE(data[from]) == state;
        from++;
    } else {
        same_before = from && STATE(data[from - 1]) == state;
    }
    if (!same_before)
        fresh[n++] = RUN(first, state);
    to++;
    if ((to < runs->count ? PAGE(data[to]) : total) > end) {
        if (last_state != state)
            fresh[n++] = RUN(end, last_state);
    } else if (to < runs->count && STATE(data[to]) == state) {
        to++;
    }
    memmove(data + from + n, data + to, (runs->count - to) * sizeof *data);
    memcpy(data + from, fresh, n * sizeof *fresh);
    runs->count += n - (to - from);
    return true;
}

bool runs_slice(const struct runs *runs, uint64_t first, uint64_t end, struct runs *slice)
{
    const uint64_t *data = runs_data(runs);
    uint32_t from = find(runs, first), to = find(runs, end - 1) + 1;

    runs_initialize(slice, 0);
    if (to - from > RUNS_INLINE) {
        uint64_t *array = malloc((to - from) * sizeof *array);
        if (!array)
            return false;
        slice->array = array;
        slice->capacity = to - from;
    }
    slice->count = to - from;
    uint64_t *out = slice->capacity > RUNS_INLINE ? slice->array : slice->local;
    for (uint32_t i = from; i < to; i++)
        out[i - from] = RUN(i == from ? 0 : PAGE(data[i]) - first, STATE(data[i]));
    return true;
}
