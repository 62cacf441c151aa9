/* unit: loader/cm/store.c loader/cm/store_key.c loader/cm/store_record.c loader/cm/store_tree.c
 * loader/cm/store_value.c loader/cm/store_index.c */
/*
 * The registry's store under fire: writers and readers are killed at any moment, hundreds of times a second,
 * and every value that was committed is there ever after; a full disk is an error, and nothing is lost by it.
 * REGISTRY_KILLS says how many (200; make chaos: 10000).
 */
#include "cm/store.h"

#include <check.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WRITERS = 4, KEYS = 12 };

/* What the writers have told, in memory that outlives them: how far each came in each of its keys. */
struct told {
    uint32_t committed[WRITERS][KEYS];
    uint32_t sum; /* of all commits */
};

static char path[256];

static uint32_t seed;

static uint32_t next_random(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % below;
}

static void make_store(void)
{
    struct cm_store *store;
    ck_assert_int_eq(cm_store_open(path, false, true, &store), STATUS_SUCCESS);
    cm_store_close(store);
}

static void remove_store(void)
{
    char lock[300];
    snprintf(lock, sizeof lock, "%s-lock", path);
    unlink(path);
    unlink(lock);
}

/* Data that says which number it is of, of a length that depends on it: a torn one is seen. */
static size_t make_data(uint32_t number, uint8_t *data)
{
    size_t size = 4 + number * 37 % 900;
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)(number + i * 7);
    memcpy(data, &number, 4);
    return size;
}

static uint32_t read_number(struct cm_transaction *transaction, unsigned writer, unsigned key)
{
    WCHAR name[] = {'w', (WCHAR)('0' + writer), (WCHAR)('a' + key)};
    uint8_t wanted[1024];
    struct cm_value value;
    const void *data;
    uint64_t id;
    uint32_t number;
    NTSTATUS status = cm_find_key(transaction, CM_USER_SOFTWARE, name, 3, &id);
    if (status == STATUS_OBJECT_NAME_NOT_FOUND)
        return 0;
    ck_assert_int_eq(status, STATUS_SUCCESS);
    ck_assert_int_eq(cm_get_value(transaction, id, u"value", 5, &value, NULL, &data), STATUS_SUCCESS);
    memcpy(&number, data, 4);
    ck_assert_uint_eq(make_data(number, wanted), value.data_length);
    ck_assert_int_eq(memcmp(data, wanted, value.data_length), 0);
    return number;
}

/* Counts in one of its keys, which is at times deleted and made anew with the next number. */
static void write_for_ever(struct cm_store *store, struct told *told, unsigned writer)
{
    for (;;) {
        unsigned key = next_random(KEYS);
        WCHAR name[] = {'w', (WCHAR)('0' + writer), (WCHAR)('a' + key)};
        struct cm_transaction *transaction;
        uint8_t data[1024];
        uint64_t id;
        uint32_t number = told->committed[writer][key] + 1;
        if (cm_begin(store, true, &transaction) != STATUS_SUCCESS)
            _exit(10);
        if (read_number(transaction, writer, key) == number)
            number++; /* the one before was committed, and not told any more */
        NTSTATUS status = cm_find_key(transaction, CM_USER_SOFTWARE, name, 3, &id);
        if (status == STATUS_SUCCESS && next_random(5) == 0) {
            status = cm_delete_tree(transaction, id);
            if (status == STATUS_SUCCESS)
                status = STATUS_OBJECT_NAME_NOT_FOUND;
        }
        if (status == STATUS_OBJECT_NAME_NOT_FOUND)
            status = cm_create_key(transaction, CM_USER_SOFTWARE, name, 3, NULL, 0, 0, &id);
        size_t size = make_data(number, data);
        if (status != STATUS_SUCCESS ||
            cm_set_value(transaction, id, u"value", 5, 3, 0, data, size) != STATUS_SUCCESS)
            _exit(11);
        if (cm_end(transaction, true) != STATUS_SUCCESS)
            _exit(12);
        told->committed[writer][key] = number;
        __atomic_add_fetch(&told->sum, 1, __ATOMIC_RELAXED);
    }
}

/* Reads all, in transactions that are open most of the time. */
static void read_for_ever(struct cm_store *store)
{
    for (;;) {
        struct cm_transaction *transaction;
        if (cm_begin(store, false, &transaction) != STATUS_SUCCESS)
            _exit(20);
        for (unsigned writer = 0; writer < WRITERS; writer++)
            for (unsigned key = 0; key < KEYS; key++)
                read_number(transaction, writer, key);
        cm_end(transaction, false);
    }
}

static pid_t start(struct told *told, unsigned number)
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid)
        return pid;
    struct cm_store *store;
    seed ^= (uint32_t)getpid() * 2654435761u;
    if (cm_store_open(path, false, false, &store) != STATUS_SUCCESS)
        _exit(1);
    if (number < WRITERS)
        write_for_ever(store, told, number);
    read_for_ever(store);
    _exit(0);
}

static void check_all(struct cm_store *store, const struct told *told)
{
    struct cm_transaction *transaction;
    struct told before = *told; /* before the state is taken that is read */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    ck_assert_int_eq(cm_begin(store, false, &transaction), STATUS_SUCCESS);
    for (unsigned writer = 0; writer < WRITERS; writer++)
        for (unsigned key = 0; key < KEYS; key++)
            ck_assert_uint_ge(read_number(transaction, writer, key), before.committed[writer][key]);
    cm_end(transaction, false);
}

START_TEST(writers_and_readers)
{
    enum { ALL = WRITERS + 2 };
    const char *text = getenv("REGISTRY_KILLS");
    int kills = text ? atoi(text) : 200;
    pid_t pids[ALL];
    struct cm_store *store;
    struct cm_transaction *transaction;
    struct stat stat_of;
    struct told *told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(told, MAP_FAILED);
    seed = 20261121;
    const char *folder = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/gastwirt-killed-%d.mdb", folder ? folder : "/tmp", getpid());
    make_store();
    for (unsigned i = 0; i < ALL; i++)
        pids[i] = start(told, i);
    for (int round = 0; round < kills; round++) {
        unsigned victim = next_random(ALL);
        int status;
        usleep(next_random(2500));
        kill(pids[victim], SIGKILL);
        ck_assert_int_eq(waitpid(pids[victim], &status, 0), pids[victim]);
        ck_assert_msg(WIFSIGNALED(status), "%u ended by itself: %d", victim, WEXITSTATUS(status));
        if (round % 16 == 0) {
            /* opened while others live, and closed: this process has forked */
            ck_assert_int_eq(cm_store_open(path, false, false, &store), STATUS_SUCCESS);
            check_all(store, told);
            cm_store_close(store);
        }
        pids[victim] = start(told, victim);
    }
    for (unsigned i = 0; i < ALL; i++) {
        kill(pids[i], SIGKILL);
        waitpid(pids[i], NULL, 0);
    }
    ck_assert_int_eq(cm_store_open(path, false, false, &store), STATUS_SUCCESS);
    check_all(store, told);
    ck_assert_int_eq(cm_begin(store, true, &transaction), STATUS_SUCCESS); /* no lock stays taken */
    cm_end(transaction, true);
    cm_store_close(store);
    ck_assert_uint_gt(told->sum, (uint32_t)kills);
    /* Pages of killed readers are used again: the store is not much greater than what it holds. */
    ck_assert_int_eq(stat(path, &stat_of), 0);
    ck_assert_int_lt(stat_of.st_blocks * 512, 128 << 20);
    munmap(told, sizeof *told);
    remove_store();
}
END_TEST

/* Fills a small file system of its own, which takes the right to mount one. */
START_TEST(full_disk)
{
    char folder[] = "/tmp/gastwirt-full-XXXXXX";
    static uint8_t data[3000];
    struct cm_store *store;
    struct cm_transaction *transaction;
    struct cm_value value;
    NTSTATUS status = STATUS_SUCCESS;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", folder, "tmpfs", 0, "size=3m") != 0) {
        rmdir(folder);
        return; /* not allowed here */
    }
    snprintf(path, sizeof path, "%s/full.mdb", folder);
    make_store();
    ck_assert_int_eq(cm_store_open(path, false, false, &store), STATUS_SUCCESS);
    unsigned count = 0;
    for (; count < 5000 && status == STATUS_SUCCESS; count++) {
        WCHAR name[] = {(WCHAR)('a' + count / 100), (WCHAR)('0' + count / 10 % 10),
                        (WCHAR)('0' + count % 10)};
        ck_assert_int_eq(cm_begin(store, true, &transaction), STATUS_SUCCESS);
        status = cm_set_value(transaction, CM_USER_SOFTWARE, name, 3, 3, 0, data, sizeof data);
        NTSTATUS end = cm_end(transaction, status == STATUS_SUCCESS);
        status = status == STATUS_SUCCESS ? end : status;
    }
    ck_assert_int_eq(status, STATUS_DISK_FULL);
    ck_assert_uint_gt(count, 100);
    for (unsigned i = 0; i + 1 < count; i++) {
        WCHAR name[] = {(WCHAR)('a' + i / 100), (WCHAR)('0' + i / 10 % 10), (WCHAR)('0' + i % 10)};
        ck_assert_int_eq(cm_begin(store, false, &transaction), STATUS_SUCCESS);
        ck_assert_int_eq(cm_get_value(transaction, CM_USER_SOFTWARE, name, 3, &value, NULL, NULL),
                         STATUS_SUCCESS);
        cm_end(transaction, false);
    }
    cm_store_close(store);
    umount(folder);
    rmdir(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("registry_killed");
    TCase *tests = tcase_create("registry_killed");
    tcase_set_timeout(tests, 3600); /* 10,000 kills on a busy machine */
    tcase_add_test(tests, writers_and_readers);
    tcase_add_test(tests, full_disk);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
