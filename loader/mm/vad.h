/*
 * A balanced tree of address ranges that never overlap, each node augmented with the largest gap
 * inside its subtree, so that a free range is found in logarithmic time. Knows nothing of memory.
 */
#ifndef MM_VAD_H
#define MM_VAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vad {
    uint64_t start, end; /* [start, end) */
    struct vad *left, *right;
    uint64_t min_start, max_end, max_gap; /* of the subtree; gaps between its nodes only */
    int height;
};

struct vad_tree {
    struct vad *root;
    struct vad *last; /* most recently found */
};

/* The caller has made sure that nothing overlaps. */
void vad_insert(struct vad_tree *tree, struct vad *node);
void vad_remove(struct vad_tree *tree, struct vad *node);

/* Changes a node's range without changing its place in the order. */
void vad_resize(struct vad_tree *tree, struct vad *node, uint64_t start, uint64_t end);

/* The node that contains the address, or NULL. */
static inline struct vad *vad_find(struct vad_tree *tree, uint64_t address)
{
    struct vad *node = tree->last;
    if (node && address - node->start < node->end - node->start)
        return node;
    for (node = tree->root; node;) {
        if (address < node->start)
            node = node->left;
        else if (address >= node->end)
            node = node->right;
        else
            return tree->last = node;
    }
    return NULL;
}

/* The lowest node that ends above the address, or NULL; the next one after `node` is
 * vad_at_or_above(tree, node->end). */
struct vad *vad_at_or_above(const struct vad_tree *tree, uint64_t address);

/* The highest node that starts below the address, or NULL. */
struct vad *vad_below(const struct vad_tree *tree, uint64_t address);

static inline bool vad_is_free(const struct vad_tree *tree, uint64_t start, uint64_t end)
{
    struct vad *node = vad_at_or_above(tree, start);
    return !node || node->start >= end;
}

/* The lowest (top_down: highest) aligned address of `size` free bytes in [low, high), or 0. The
 * alignment is a power of two. */
uint64_t vad_find_free(const struct vad_tree *tree, uint64_t size, uint64_t alignment, uint64_t low,
                       uint64_t high, bool top_down);

#endif
