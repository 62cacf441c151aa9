/*
 * The conformance harness: each test is TEST(name) { ... CHECK...(...) }, registered by itself; main
 * is in harness.c. A program prints one line a test, "ok NAME", "FAIL NAME" (after a line for each
 * failed check), "skip NAME: reason", "elsewhere NAME: where" or "differs NAME: reason", and last "N passed,
 * N failed, N skipped"; it exits with 1 if a test failed. With arguments it runs only the tests named; a
 * first argument "--child" calls the function that CHILD(name) declares instead, for tests that start
 * themselves again; "--list" prints the tests' names.
 */
#ifndef HARNESS_H
#define HARNESS_H

#ifndef WIN32_NO_STATUS
#define WIN32_NO_STATUS
#endif
#include <windows.h>
#undef WIN32_NO_STATUS
#include <ntstatus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

struct harness_test {
    const char *name;
    void (*run)(void);
    struct harness_test *next;
};

struct harness_child {
    const char *name;
    int (*run)(int argc, char **argv);
    struct harness_child *next;
};

void harness_register(struct harness_test *test);
void harness_register_child(struct harness_child *child);
void harness_fail(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
void harness_skip(const char *reason);
void harness_elsewhere(const char *where);

/* True under Debian's wine, for the rare difference that a comment explains. */
int harness_is_wine(void);

/* The test states what is documented and Debian's wine is known to do something else: there its failed checks
 * are shown, but it counts as skipped. The reason says which of the two the documentation is with. */
#define ORACLE_DIFFERS(reason) harness_oracle_differs(reason)
void harness_oracle_differs(const char *reason);

/* The same for a test that wine does not survive. */
#define ORACLE_CRASHES(reason)                                                                               \
    do {                                                                                                     \
        if (harness_is_wine())                                                                               \
            SKIP(reason);                                                                                    \
    } while (0)

#define TEST(test_name)                                                                                      \
    static void test_##test_name(void);                                                                      \
    static struct harness_test harness_##test_name = {#test_name, test_##test_name, NULL};                   \
    __attribute__((constructor)) static void register_##test_name(void)                                      \
    {                                                                                                        \
        harness_register(&harness_##test_name);                                                              \
    }                                                                                                        \
    static void test_##test_name(void)

/* CHILD(name) { ... argc, argv: what follows "--child name" on the command line; returns the exit code } */
#define CHILD(child_name)                                                                                    \
    static int child_##child_name(int argc, char **argv);                                                    \
    static struct harness_child harness_child_##child_name = {#child_name, child_##child_name, NULL};        \
    __attribute__((constructor)) static void register_child_##child_name(void)                               \
    {                                                                                                        \
        harness_register_child(&harness_child_##child_name);                                                 \
    }                                                                                                        \
    static int child_##child_name(int argc, char **argv)

#define FAIL(...) harness_fail(__FILE__, __LINE__, __VA_ARGS__)
/* Ends a test that needs what is not here and that another part of `make check` runs where it is: counts as
 * nothing. */
#define ELSEWHERE(where)                                                                                     \
    do {                                                                                                     \
        harness_elsewhere(where);                                                                            \
        return;                                                                                              \
    } while (0)
#define SKIP(reason)                                                                                         \
    do {                                                                                                     \
        harness_skip(reason);                                                                                \
        return;                                                                                              \
    } while (0)

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            FAIL("%s", #condition);                                                                          \
    } while (0)

/* Integers (or pointers cast to ULONG_PTR), shown in decimal and hexadecimal. */
#define CHECK_EQ(value, expected)                                                                            \
    do {                                                                                                     \
        long long check_value = (long long)(value), check_expected = (long long)(expected);                  \
        if (check_value != check_expected)                                                                   \
            FAIL("%s is %lld (0x%llx), not %lld (0x%llx)", #value, check_value, check_value, check_expected, \
                 check_expected);                                                                            \
    } while (0)

#define CHECK_STR(value, expected)                                                                           \
    do {                                                                                                     \
        const char *check_value = (value), *check_expected = (expected);                                     \
        if (!check_value || strcmp(check_value, check_expected) != 0)                                        \
            FAIL("%s is \"%s\", not \"%s\"", #value, check_value ? check_value : "(null)", check_expected);  \
    } while (0)

#define CHECK_WSTR(value, expected)                                                                          \
    do {                                                                                                     \
        const wchar_t *check_value = (value), *check_expected = (expected);                                  \
        if (!check_value || lstrcmpW(check_value, check_expected) != 0)                                      \
            FAIL("%s is \"%ls\", not \"%ls\"", #value, check_value ? check_value : L"(null)",                \
                 check_expected);                                                                            \
    } while (0)

/* The call fails (returns 0, FALSE, NULL) with this last error. */
#define CHECK_ERROR(call, error)                                                                             \
    do {                                                                                                     \
        SetLastError(0xdeadbeef);                                                                            \
        if (call)                                                                                            \
            FAIL("%s succeeded", #call);                                                                     \
        else if (GetLastError() != (DWORD)(error))                                                           \
            FAIL("%s: error %lu, not %s", #call, GetLastError(), #error);                                    \
    } while (0)

/* The same for calls that return INVALID_HANDLE_VALUE. */
#define CHECK_HANDLE_ERROR(call, error)                                                                      \
    do {                                                                                                     \
        SetLastError(0xdeadbeef);                                                                            \
        if ((call) != INVALID_HANDLE_VALUE)                                                                  \
            FAIL("%s succeeded", #call);                                                                     \
        else if (GetLastError() != (DWORD)(error))                                                           \
            FAIL("%s: error %lu, not %s", #call, GetLastError(), #error);                                    \
    } while (0)

/* The call returns this NTSTATUS. */
#define CHECK_STATUS(call, status)                                                                           \
    do {                                                                                                     \
        LONG check_status = (LONG)(call);                                                                    \
        if (check_status != (LONG)(status))                                                                  \
            FAIL("%s: 0x%08lx, not %s", #call, check_status, #status);                                       \
    } while (0)

#ifdef __cplusplus
}
#endif
#endif
