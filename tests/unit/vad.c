/* unit: loader/mm/vad.c loader/mm/runs.c */
/*
 * The VAD tree and the page runs, against a plain array model with random operations.
 */
#include "mm/runs.h"
#include "mm/vad.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define UNIT  0x10000ull
#define SPACE 256

static uint32_t seed = 12345;

static uint32_t next_random(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % below;
}

static int check_node(const struct vad *node, uint64_t low, uint64_t high)
{
    if (!node)
        return 0;
    ck_assert(node->start >= low && node->end <= high && node->start < node->end);
    int left = check_node(node->left, low, node->start), right = check_node(node->right, node->end, high);
    ck_assert_int_le(abs(left - right), 1);
    ck_assert_int_eq(node->height, 1 + (left > right ? left : right));
    return node->height;
}

/* The lowest or highest fit by looking at each unit of the model. */
static uint64_t model_find(const bool *used, uint64_t units, uint64_t alignment, uint64_t low, uint64_t high,
                           bool down)
{
    uint64_t found = 0;

    for (uint64_t at = low; at + units <= high; at++) {
        bool free = at % alignment == 0 && at > 0;
        for (uint64_t i = 0; free && i < units; i++)
            free = !used[at + i];
        if (free) {
            found = at * UNIT;
            if (!down)
                break;
        }
    }
    return found;
}

START_TEST(random_tree)
{
    struct vad nodes[SPACE] = {0};
    bool used[SPACE] = {0};
    struct vad_tree tree = {0};

    for (unsigned round = 0; round < 4000; round++) {
        uint64_t units = 1 + next_random(6), alignment = 1u << next_random(4);
        uint64_t low = next_random(SPACE / 2), high = low + 1 + next_random(SPACE - 1 - (uint32_t)low);
        bool down = next_random(2);
        uint64_t expected = model_find(used, units, alignment, low, high, down);
        uint64_t found = vad_find_free(&tree, units * UNIT, alignment * UNIT, low * UNIT, high * UNIT, down);
        ck_assert_uint_eq(found, expected);
        if (found && next_random(3)) {
            struct vad *node = &nodes[found / UNIT];
            ck_assert(vad_is_free(&tree, found, found + units * UNIT));
            node->start = found;
            node->end = found + units * UNIT;
            vad_insert(&tree, node);
            for (uint64_t i = 0; i < units; i++)
                used[found / UNIT + i] = true;
        }
        uint64_t address = next_random(SPACE) * UNIT + next_random(UNIT);
        struct vad *node = vad_find(&tree, address);
        ck_assert_int_eq(node != NULL, used[address / UNIT]);
        if (node) {
            ck_assert(address >= node->start && address < node->end);
            ck_assert_ptr_eq(vad_at_or_above(&tree, address), node);
            if (next_random(8) == 0 && node->end - node->start > UNIT) {
                used[node->end / UNIT - 1] = false;
                vad_resize(&tree, node, node->start, node->end - UNIT);
            } else if (next_random(2)) {
                for (uint64_t at = node->start; at < node->end; at += UNIT)
                    used[at / UNIT] = false;
                vad_remove(&tree, node);
            }
        } else {
            struct vad *above = vad_at_or_above(&tree, address), *below = vad_below(&tree, address);
            ck_assert(!above || above->start > address);
            ck_assert(!below || below->end <= address);
        }
        check_node(tree.root, 0, UINT64_MAX);
    }
}
END_TEST

START_TEST(random_runs)
{
    enum { PAGES = 300 };
    uint16_t model[PAGES] = {0};
    struct runs runs;

    runs_initialize(&runs, 0);
    for (unsigned round = 0; round < 4000; round++) {
        uint64_t first = next_random(PAGES), end = first + 1 + next_random(PAGES - (uint32_t)first), next;
        if (next_random(4))
            end = first + 1 + next_random(4) > PAGES ? PAGES : first + 1 + next_random(4);
        if (end > PAGES)
            end = PAGES;
        uint16_t state = (uint16_t)next_random(4);
        ck_assert(runs_set(&runs, first, end, PAGES, state));
        for (uint64_t i = first; i < end; i++)
            model[i] = state;
        for (uint64_t page = 0; page < PAGES; page = next) {
            state = runs_get(&runs, page, PAGES, &next);
            ck_assert_uint_gt(next, page);
            for (uint64_t i = page; i < next; i++)
                ck_assert_uint_eq(model[i], state);
            if (next < PAGES)
                ck_assert_uint_ne(model[next], state); /* runs are as long as can be */
        }
        first = next_random(PAGES);
        end = first + 1 + next_random(PAGES - (uint32_t)first);
        struct runs slice;
        ck_assert(runs_slice(&runs, first, end, &slice));
        for (uint64_t i = first; i < end; i++)
            ck_assert_uint_eq(runs_get(&slice, i - first, end - first, &next), model[i]);
        runs_destroy(&slice);
    }
    runs_destroy(&runs);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vad");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, random_tree);
    tcase_add_test(tests, random_runs);
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
