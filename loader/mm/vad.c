/*
 * The VAD tree: an AVL tree ordered by start address. Subtree summaries are recomputed on the way
 * back from every change.
 */
#include "mm/vad.h"

static uint64_t max(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static int height(const struct vad *node)
{
    return node ? node->height : 0;
}

static void update(struct vad *node)
{
    struct vad *left = node->left, *right = node->right;

    node->height = 1 + (height(left) > height(right) ? height(left) : height(right));
    node->min_start = left ? left->min_start : node->start;
    node->max_end = right ? right->max_end : node->end;
    uint64_t gap = 0;
    if (left)
        gap = max(left->max_gap, node->start - left->max_end);
    if (right)
        gap = max(gap, max(right->max_gap, right->min_start - node->end));
    node->max_gap = gap;
}

static struct vad *rotate_right(struct vad *node)
{
    struct vad *top = node->left;
    node->left = top->right;
    top->right = node;
    update(node);
    update(top);
    return top;
}

static struct vad *rotate_left(struct vad *node)
{
    struct vad *top = node->right;
    node->right = top->left;
    top->left = node;
    update(node);
    update(top);
    return top;
}

static struct vad *balance(struct vad *node)
{
    int lean = height(node->left) - height(node->right);

    if (lean > 1) {
        if (height(node->left->left) < height(node->left->right))
            node->left = rotate_left(node->left);
        return rotate_right(node);
    }
    if (lean < -1) {
        if (height(node->right->right) < height(node->right->left))
            node->right = rotate_right(node->right);
        return rotate_left(node);
    }
    update(node);
    return node;
}

static struct vad *insert(struct vad *root, struct vad *node)
{
    if (!root) {
        update(node);
        return node;
    }
    if (node->start < root->start)
        root->left = insert(root->left, node);
    else
        root->right = insert(root->right, node);
    return balance(root);
}

void vad_insert(struct vad_tree *tree, struct vad *node)
{
    node->left = node->right = NULL;
    tree->root = insert(tree->root, node);
}

static struct vad *remove_lowest(struct vad *root, struct vad **ret_lowest)
{
    if (!root->left) {
        *ret_lowest = root;
        return root->right;
    }
    root->left = remove_lowest(root->left, ret_lowest);
    return balance(root);
}

static struct vad *remove(struct vad *root, struct vad *node)
{
    if (node == root) {
        struct vad *left = root->left, *right = root->right, *top;
        if (!right)
            return left;
        right = remove_lowest(right, &top);
        top->left = left;
        top->right = right;
        return balance(top);
    }
    if (node->start < root->start)
        root->left = remove(root->left, node);
    else
        root->right = remove(root->right, node);
    return balance(root);
}

void vad_remove(struct vad_tree *tree, struct vad *node)
{
    if (tree->last == node)
        tree->last = NULL;
    tree->root = remove(tree->root, node);
}

static void refresh(struct vad *root, const struct vad *node)
{
    if (node->start < root->start)
        refresh(root->left, node);
    else if (node != root)
        refresh(root->right, node);
    update(root);
}

void vad_resize(struct vad_tree *tree, struct vad *node, uint64_t start, uint64_t end)
{
    node->start = start;
    node->end = end;
    refresh(tree->root, node);
}

struct vad *vad_at_or_above(const struct vad_tree *tree, uint64_t address)
{
    struct vad *found = NULL;

    for (struct vad *node = tree->root; node;) {
        if (node->end > address) {
            found = node;
            node = node->left;
        } else {
            node = node->right;
        }
    }
    return found;
}

struct vad *vad_below(const struct vad_tree *tree, uint64_t address)
{
    struct vad *found = NULL;

    for (struct vad *node = tree->root; node;) {
        if (node->start < address) {
            found = node;
            node = node->right;
        } else {
            node = node->left;
        }
    }
    return found;
}

struct search {
    uint64_t size, mask, low, high;
    bool top_down;
};

/* Looks in the gaps of a subtree whose neighbours in the whole tree end at `from` and start at `to`. */
static uint64_t search(const struct search *s, const struct vad *node, uint64_t from, uint64_t to)
{
    if (to <= s->low || from >= s->high)
        return 0;
    if (!node) {
        from = (max(from, s->low) + s->mask) & ~s->mask;
        to = to < s->high ? to : s->high;
        if (from >= to || to - from < s->size)
            return 0;
        return s->top_down ? (to - s->size) & ~s->mask : from;
    }
    if (max(node->max_gap, max(node->min_start - from, to - node->max_end)) < s->size)
        return 0;
    uint64_t found = s->top_down ? search(s, node->right, node->end, to)
                                 : search(s, node->left, from, node->start);
    if (!found)
        found = s->top_down ? search(s, node->left, from, node->start)
                            : search(s, node->right, node->end, to);
    return found;
}

uint64_t vad_find_free(const struct vad_tree *tree, uint64_t size, uint64_t alignment, uint64_t low,
                       uint64_t high, bool top_down)
{
    const struct search s = {size, alignment - 1, low ? low : alignment, high, top_down};

    return search(&s, tree->root, 0, UINT64_MAX);
}
