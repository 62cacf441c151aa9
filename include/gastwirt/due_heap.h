/*
 * A binary heap of times, the first one in items[0]: the timers of a process and those of the session server.
 * Who has one provides the room and the lock.
 */
#ifndef GASTWIRT_DUE_HEAP_H
#define GASTWIRT_DUE_HEAP_H

#include <stdint.h>

/* Part of what is to happen then. */
struct gw_due {
    int64_t time;
    uint32_t place; /* in the heap plus 1; 0: not there */
};

struct gw_due_heap {
    struct gw_due **items;
    uint32_t count;
};

static inline void gw_due_put(struct gw_due_heap *heap, uint32_t index, struct gw_due *due)
{
    heap->items[index] = due;
    due->place = index + 1;
}

/* Moves what is at the index to where it belongs; its time has changed. */
static inline void gw_due_sift(struct gw_due_heap *heap, uint32_t index)
{
    struct gw_due *due = heap->items[index];
    while (index && heap->items[(index - 1) / 2]->time > due->time) {
        gw_due_put(heap, index, heap->items[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    for (;;) {
        uint32_t child = 2 * index + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count && heap->items[child + 1]->time < heap->items[child]->time)
            child++;
        if (heap->items[child]->time >= due->time)
            break;
        gw_due_put(heap, index, heap->items[child]);
        index = child;
    }
    gw_due_put(heap, index, due);
}

static inline void gw_due_insert(struct gw_due_heap *heap, struct gw_due *due)
{
    heap->items[heap->count] = due;
    gw_due_sift(heap, heap->count++);
}

/* Nothing happens if it is not there. */
static inline void gw_due_remove(struct gw_due_heap *heap, struct gw_due *due)
{
    if (!due->place)
        return;
    uint32_t index = due->place - 1;
    struct gw_due *last = heap->items[--heap->count];
    due->place = 0;
    if (last != due) {
        heap->items[index] = last;
        gw_due_sift(heap, index);
    }
}

/* The time of a period's next end after now: late by whole periods, those are lost. */
static inline int64_t gw_due_next(int64_t time, int64_t period, int64_t now)
{
    time += period;
    return time > now ? time : time + ((now - time) / period + 1) * period;
}

#endif
