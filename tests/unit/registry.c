/* unit: loader/cm/store.c loader/cm/store_key.c loader/cm/store_record.c loader/cm/store_tree.c
 * loader/cm/store_value.c loader/cm/store_index.c loader/cm/regf_read.c loader/cm/regf_write.c */
/*
 * The registry's store and hive files: against a model, with a writer that is killed, with damaged files.
 */
#include "cm/regf.h"
#include "cm/store.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[256];
static struct cm_store *store;

static void open_store(void)
{
    struct cm_store *made;
    const char *folder = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/gastwirt-registry-%d.mdb", folder ? folder : "/tmp", getpid());
    ck_assert_int_eq(cm_store_open(path, false, true, &made), STATUS_SUCCESS);
    cm_store_close(made);
    ck_assert_int_eq(cm_store_open(path, false, false, &store), STATUS_SUCCESS);
}

static void close_store(void)
{
    char lock[300];
    cm_store_close(store);
    snprintf(lock, sizeof lock, "%s-lock", path);
    unlink(path);
    unlink(lock);
}

static struct cm_transaction *begin(bool write)
{
    struct cm_transaction *transaction;
    ck_assert_int_eq(cm_begin(store, write, &transaction), STATUS_SUCCESS);
    return transaction;
}

static uint64_t make(struct cm_transaction *transaction, uint64_t parent, const WCHAR *name, size_t length,
                     uint32_t flags)
{
    uint64_t id;
    ck_assert_int_eq(cm_create_key(transaction, parent, name, length, NULL, 0, flags, &id), STATUS_SUCCESS);
    return id;
}

static uint32_t seed = 4711;

static uint32_t next_random(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % below;
}

START_TEST(keys_and_values)
{
    struct cm_info info;
    struct cm_value value;
    const WCHAR *name;
    const void *data;
    uint64_t found;
    struct cm_transaction *transaction = begin(true);
    uint64_t key = make(transaction, CM_ROOT, u"Key", 3, 0);
    ck_assert_int_eq(cm_create_key(transaction, CM_ROOT, u"kEY", 3, NULL, 0, 0, &found),
                     STATUS_OBJECT_NAME_COLLISION);
    ck_assert_int_eq(cm_find_key(transaction, CM_ROOT, u"KEY", 3, &found), STATUS_SUCCESS);
    ck_assert_uint_eq(found, key);
    ck_assert_int_eq(cm_find_key(transaction, CM_ROOT, u"Ke", 2, &found), STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_int_eq(cm_create_key(transaction, CM_ROOT, u"", 0, NULL, 0, 0, &found),
                     STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(cm_set_value(transaction, key, u"Name", 4, 1, 0, "abc", 3), STATUS_SUCCESS);
    ck_assert_int_eq(cm_set_value(transaction, key, u"nAME", 4, 3, 0, "de", 2), STATUS_SUCCESS);
    ck_assert_int_eq(cm_get_value(transaction, key, u"NAME", 4, &value, &name, &data), STATUS_SUCCESS);
    ck_assert(value.type == 3 && value.data_length == 2 && memcmp(data, "de", 2) == 0);
    ck_assert(memcmp(name, u"Name", 8) == 0); /* spelled as it was first */
    ck_assert_int_eq(cm_get_info(transaction, key, &info, NULL, NULL), STATUS_SUCCESS);
    ck_assert_uint_eq(info.values, 1);
    ck_assert_int_eq(cm_delete_value(transaction, key, u"none", 4, NULL), STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_int_eq(cm_delete_value(transaction, key, u"name", 4, NULL), STATUS_SUCCESS);
    uint64_t below = make(transaction, key, u"below", 5, 0);
    ck_assert_int_eq(cm_delete_key(transaction, key), STATUS_CANNOT_DELETE);
    ck_assert_int_eq(cm_rename_key(transaction, below, u"renamed", 7), STATUS_SUCCESS);
    ck_assert_int_eq(cm_find_key(transaction, key, u"below", 5, &found), STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_int_eq(cm_find_key(transaction, key, u"RENAMED", 7, &found), STATUS_SUCCESS);
    cm_end(transaction, false); /* undone */
    transaction = begin(false);
    ck_assert_int_eq(cm_find_key(transaction, CM_ROOT, u"Key", 3, &found), STATUS_OBJECT_NAME_NOT_FOUND);
    cm_end(transaction, false);
}
END_TEST

START_TEST(security_and_trees)
{
    const void *data;
    size_t size;
    uint64_t found;
    struct cm_info info;
    struct cm_transaction *transaction = begin(true);
    uint64_t key = make(transaction, CM_ROOT, u"tree", 4, 0), child = make(transaction, key, u"child", 5, 0);
    ck_assert_int_eq(cm_get_security(transaction, key, &data, &size), STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_int_eq(cm_set_security(transaction, key, "sd", 2), STATUS_SUCCESS);
    ck_assert_int_eq(cm_set_security(transaction, child, "child", 5), STATUS_SUCCESS);
    ck_assert_int_eq(cm_get_security(transaction, child, &data, &size), STATUS_SUCCESS);
    ck_assert(size == 5 && memcmp(data, "child", 5) == 0);
    ck_assert_int_eq(cm_set_value(transaction, key, u"a", 1, 1, 0, "x", 1), STATUS_SUCCESS);
    ck_assert_int_eq(cm_clear_key(transaction, key), STATUS_SUCCESS);
    ck_assert_int_eq(cm_get_info(transaction, key, &info, NULL, NULL), STATUS_SUCCESS);
    ck_assert_uint_eq(info.subkeys + info.values, 0);
    ck_assert_int_eq(cm_get_security(transaction, child, &data, &size), STATUS_OBJECT_NAME_NOT_FOUND);
    make(transaction, key, u"again", 5, 0);
    ck_assert_int_eq(cm_delete_tree(transaction, key), STATUS_SUCCESS);
    ck_assert_int_eq(cm_find_key(transaction, CM_ROOT, u"tree", 4, &found), STATUS_OBJECT_NAME_NOT_FOUND);
    /* a new id is none that was used before while anything refers to it */
    ck_assert_uint_gt(make(transaction, CM_ROOT, u"last", 4, 0), CM_ROOT);
    cm_end(transaction, false);
}
END_TEST

struct count {
    struct cm_transaction *transaction;
    unsigned subkeys, values;
};

static bool count_subkey(void *context, uint64_t id)
{
    struct count *count = context;
    struct cm_info info;
    ck_assert_int_eq(cm_get_info(count->transaction, id, &info, NULL, NULL), STATUS_SUCCESS);
    count->subkeys++;
    return true;
}

static bool count_value(void *context, const struct cm_value *value, const WCHAR *name, const void *data)
{
    (void)value, (void)name, (void)data;
    ((struct count *)context)->values++;
    return true;
}

/* What the record says is what is there. */
static void check_key(struct cm_transaction *transaction, uint64_t id)
{
    struct count count = {.transaction = transaction};
    struct cm_info info;
    ck_assert_int_eq(cm_get_info(transaction, id, &info, NULL, NULL), STATUS_SUCCESS);
    cm_each_subkey(transaction, id, count_subkey, &count);
    cm_each_value(transaction, id, count_value, &count);
    ck_assert_uint_eq(info.subkeys, count.subkeys);
    ck_assert_uint_eq(info.values, count.values);
}

START_TEST(killed_writers)
{
    struct cm_transaction *transaction = begin(true);
    uint64_t key = make(transaction, CM_ROOT, u"killed", 6, 0);
    cm_end(transaction, true);
    cm_store_close(store);
    for (int round = 0; round < 20; round++) {
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        if (!pid) { /* each transaction makes a key with two values, or deletes one with all it has */
            if (cm_store_open(path, false, false, &store) != STATUS_SUCCESS)
                _exit(1);
            for (unsigned i = 0;; i++) {
                WCHAR name[2] = {'k', (WCHAR)('0' + i % 40)};
                uint64_t id;
                if (cm_begin(store, true, &transaction) != STATUS_SUCCESS)
                    _exit(2);
                if (cm_find_key(transaction, key, name, 2, &id) == STATUS_SUCCESS) {
                    cm_delete_tree(transaction, id);
                } else {
                    cm_create_key(transaction, key, name, 2, NULL, 0, 0, &id);
                    cm_set_value(transaction, id, u"one", 3, 3, 0, &i, sizeof i);
                    cm_set_value(transaction, id, u"two", 3, 3, 0, &i, sizeof i);
                }
                cm_end(transaction, true);
            }
        }
        usleep(5000 + next_random(20000));
        kill(pid, SIGKILL);
        int status;
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert(WIFSIGNALED(status));
        ck_assert_int_eq(cm_store_open(path, false, false, &store), STATUS_SUCCESS);
        transaction = begin(true); /* the dead writer's lock is nobody's */
        check_key(transaction, key);
        for (unsigned i = 0; i < 40; i++) {
            WCHAR name[2] = {'k', (WCHAR)('0' + i)};
            struct cm_value one, two;
            const void *first, *second;
            uint64_t id;
            if (cm_find_key(transaction, key, name, 2, &id) != STATUS_SUCCESS)
                continue;
            check_key(transaction, id);
            ck_assert_int_eq(cm_get_value(transaction, id, u"one", 3, &one, NULL, &first), STATUS_SUCCESS);
            ck_assert_int_eq(cm_get_value(transaction, id, u"two", 3, &two, NULL, &second), STATUS_SUCCESS);
            ck_assert_int_eq(memcmp(first, second, sizeof i), 0);
        }
        cm_end(transaction, true);
        cm_store_close(store);
    }
    ck_assert_int_eq(cm_store_open(path, false, false, &store), STATUS_SUCCESS);
}
END_TEST

/* ---------------------------------------------------------------- hive files */

static uint64_t make_sample(struct cm_transaction *transaction)
{
    static uint8_t big[50000];
    uint64_t root = make(transaction, CM_ROOT, u"sample", 6, 0),
             many = make(transaction, root, u"many", 4, 0);
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (uint8_t)next_random(256);
    cm_set_value(transaction, root, u"", 0, 1, 0, u"text", 10);
    cm_set_value(transaction, root, u"small", 5, 4, 0, "\1\2\3\4", 4);
    cm_set_value(transaction, root, u"none", 4, 0, 0, NULL, 0);
    cm_set_value(transaction, root, u"\x0416\x4e00", 2, 3, 0, "12345", 5);
    cm_set_value(transaction, root, u"big", 3, 3, 0, big, sizeof big);
    cm_set_security(transaction, many, "a descriptor", 12);
    for (unsigned i = 0; i < 1200; i++) {
        WCHAR name[4] = {(WCHAR)('a' + i / 100), (WCHAR)('0' + i / 10 % 10), (WCHAR)('0' + i % 10), 0x4e8c};
        uint64_t id = make(transaction, many, name, i % 7 ? 3 : 4, 0);
        cm_set_value(transaction, id, u"n", 1, 4, 0, &i, sizeof i);
    }
    make(transaction, root, u"volatile", 8, CM_KEY_VOLATILE);
    return root;
}

static void check_sample(struct cm_transaction *transaction, uint64_t from, uint64_t to)
{
    static const WCHAR *const names[] = {u"", u"small", u"none", u"\x0416\x4e00", u"big"};
    static const size_t lengths[] = {0, 5, 4, 2, 3};
    struct cm_value a, b;
    const void *first, *second;
    size_t size;
    uint64_t many, id;
    struct cm_info info;
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(cm_get_value(transaction, from, names[i], lengths[i], &a, NULL, &first),
                         STATUS_SUCCESS);
        ck_assert_int_eq(cm_get_value(transaction, to, names[i], lengths[i], &b, NULL, &second),
                         STATUS_SUCCESS);
        ck_assert_uint_eq(a.type, b.type);
        ck_assert_uint_eq(a.order, b.order);
        ck_assert_uint_eq(a.data_length, b.data_length);
        ck_assert(memcmp(first, second, a.data_length) == 0);
    }
    check_key(transaction, to);
    ck_assert_int_eq(cm_find_key(transaction, to, u"volatile", 8, &id), STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_int_eq(cm_find_key(transaction, to, u"many", 4, &many), STATUS_SUCCESS);
    ck_assert_int_eq(cm_get_security(transaction, many, &first, &size), STATUS_SUCCESS);
    ck_assert(size == 12 && memcmp(first, "a descriptor", 12) == 0);
    ck_assert_int_eq(cm_get_security(transaction, to, &first, &size), STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_int_eq(cm_get_info(transaction, many, &info, NULL, NULL), STATUS_SUCCESS);
    ck_assert_uint_eq(info.subkeys, 1200);
    check_key(transaction, many);
    ck_assert_int_eq(cm_find_key(transaction, many, u"c42", 3, &id), STATUS_SUCCESS);
    ck_assert_int_eq(cm_get_value(transaction, id, u"n", 1, &a, NULL, &first), STATUS_SUCCESS);
    uint32_t number;
    memcpy(&number, first, sizeof number);
    ck_assert_uint_eq(number, 242);
}

START_TEST(hive_files)
{
    struct cm_transaction *transaction = begin(true);
    uint64_t root = make_sample(transaction);
    for (int latest = 0; latest < 2; latest++) {
        void *data;
        size_t size;
        uint64_t copy = make(transaction, CM_ROOT, latest ? u"copy 5" : u"copy 3", 6, 0);
        ck_assert_int_eq(cm_regf_write(transaction, root, latest, &data, &size), STATUS_SUCCESS);
        ck_assert(size % 4096 == 0 && memcmp(data, "regf", 4) == 0);
        ck_assert_int_eq(cm_regf_read(transaction, copy, data, size), STATUS_SUCCESS);
        check_sample(transaction, root, copy);
        free(data);
    }
    cm_end(transaction, false);
}
END_TEST

START_TEST(damaged_hive_files)
{
    struct cm_transaction *transaction = begin(true);
    uint64_t root = make_sample(transaction), copy = make(transaction, CM_ROOT, u"copy", 4, 0);
    void *data;
    size_t size;
    ck_assert_int_eq(cm_regf_write(transaction, root, true, &data, &size), STATUS_SUCCESS);
    uint8_t *damaged = malloc(size);
    ck_assert_int_eq(cm_regf_read(transaction, copy, data, 100), STATUS_REGISTRY_CORRUPT);
    for (int round = 0; round < 60; round++) {
        memcpy(damaged, data, size);
        size_t used = next_random(4) ? size : 4096 + next_random((uint32_t)(size - 4096));
        for (uint32_t i = 0, hits = 1 + next_random(200); i < hits; i++)
            damaged[4096 + next_random((uint32_t)(size - 4096))] = (uint8_t)next_random(256);
        cm_regf_read(transaction, copy, damaged, used); /* whatever it says, it comes back */
        ck_assert_int_eq(cm_clear_key(transaction, copy), STATUS_SUCCESS);
    }
    free(damaged);
    free(data);
    cm_end(transaction, false);
}
END_TEST

/* The value is its number, again and again. */
static void set_pattern(uint64_t key, uint32_t number)
{
    uint32_t pattern[100];
    for (size_t i = 0; i < 100; i++)
        pattern[i] = number;
    struct cm_transaction *transaction = begin(true);
    ck_assert_int_eq(cm_set_value(transaction, key, u"value", 5, 3, 0, pattern, sizeof pattern),
                     STATUS_SUCCESS);
    ck_assert_int_eq(cm_end(transaction, true), STATUS_SUCCESS);
}

static NTSTATUS look(uint64_t key, struct cm_value_copy *copy)
{
    struct cm_value value;
    const void *data;
    NTSTATUS status = cm_peek_value(store, key, u"VALUE", 5, copy);
    if (status != STATUS_RETRY)
        return status;
    struct cm_transaction *transaction = begin(false);
    status = cm_get_value(transaction, key, u"VALUE", 5, &value, NULL, &data);
    if (NT_SUCCESS(status)) {
        copy->value = value;
        memcpy(copy->rest + value.name_length, data, value.data_length);
    }
    cm_end(transaction, false);
    return status;
}

/* What is at hand is what was committed last, whole, while another process writes. */
START_TEST(values_at_hand)
{
    enum { ROUNDS = 300000, WRITES = 5000 };
    struct cm_value_copy copy;
    struct cm_transaction *transaction = begin(true);
    uint64_t key = make(transaction, CM_ROOT, u"at hand", 7, 0), found;
    make(transaction, key, u"below", 5, 0);
    ck_assert_int_eq(cm_end(transaction, true), STATUS_SUCCESS);
    set_pattern(key, 1);
    ck_assert_int_eq(cm_peek_value(store, key, u"value", 5, &copy), STATUS_RETRY);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(look(key, &copy), STATUS_SUCCESS);
    ck_assert_int_eq(cm_peek_value(store, key, u"Value", 5, &copy), STATUS_SUCCESS);
    ck_assert_int_eq(cm_peek_value(store, key, u"none", 4, &copy), STATUS_OBJECT_NAME_NOT_FOUND);
    set_pattern(key, 2);
    ck_assert_int_eq(cm_peek_value(store, key, u"value", 5, &copy), STATUS_RETRY);
    /* subkeys */
    for (int i = 0; i < 10; i++) {
        transaction = begin(false);
        ck_assert_int_eq(cm_find_key(transaction, key, u"Below", 5, &found), STATUS_SUCCESS);
        cm_end(transaction, false);
    }
    ck_assert_int_eq(cm_begin_peek(store, &transaction), STATUS_SUCCESS);
    ck_assert_int_eq(cm_find_key(transaction, key, u"BELOW", 5, &found), STATUS_SUCCESS);
    ck_assert_int_eq(cm_find_key(transaction, key, u"nothing", 7, &found), STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert(!cm_peek_failed(transaction));
    ck_assert_int_eq(cm_find_key(transaction, CM_ROOT, u"at hand", 7, &found), STATUS_RETRY);
    ck_assert(cm_peek_failed(transaction));
    cm_end(transaction, false);
    cm_store_close(store);
    pid_t child = fork();
    ck_assert_int_eq(cm_store_open(path, false, false, &store), STATUS_SUCCESS);
    if (child == 0) {
        for (uint32_t i = 3; i < WRITES; i++) {
            set_pattern(key, i);
            if (i % 16 == 0)
                usleep(20);
        }
        _exit(0);
    }
    uint32_t last = 0;
    for (int i = 0; i < ROUNDS || last < WRITES - 1; i++) {
        uint32_t pattern[100];
        if (look(key, &copy) != STATUS_SUCCESS || copy.value.data_length != sizeof pattern)
            ck_abort_msg("the value is not there");
        memcpy(pattern, copy.rest + copy.value.name_length, sizeof pattern);
        if (pattern[0] < last || memcmp(pattern, pattern + 1, sizeof pattern - sizeof *pattern) != 0)
            ck_abort_msg("the value is older, or of several commits");
        last = pattern[0];
    }
    int result;
    ck_assert_int_eq(waitpid(child, &result, 0), child);
    ck_assert_int_eq(result, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("registry");
    TCase *tests = tcase_create("registry");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, open_store, close_store);
    tcase_add_test(tests, keys_and_values);
    tcase_add_test(tests, security_and_trees);
    tcase_add_test(tests, killed_writers);
    tcase_add_test(tests, hive_files);
    tcase_add_test(tests, damaged_hive_files);
    tcase_add_test(tests, values_at_hand);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
