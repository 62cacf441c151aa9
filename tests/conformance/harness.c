/*
 * The conformance harness's main program; see harness.h.
 */
#include "harness.h"
#include <stdarg.h>

static struct harness_test *tests, **last_test = &tests;
static struct harness_child *children;
static int failed_checks;
static const char *skip_reason, *differs_reason, *where_else;

void harness_register(struct harness_test *test)
{
    *last_test = test;
    last_test = &test->next;
}

void harness_register_child(struct harness_child *child)
{
    child->next = children;
    children = child;
}

void harness_fail(const char *file, int line, const char *format, ...)
{
    const char *name = file + strlen(file);
    va_list arguments;
    while (name > file && name[-1] != '/' && name[-1] != '\\')
        name--;
    printf("  %s:%d: ", name, line);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    failed_checks++;
}

void harness_skip(const char *reason)
{
    skip_reason = reason;
}

void harness_elsewhere(const char *where)
{
    where_else = where;
}

void harness_oracle_differs(const char *reason)
{
    if (harness_is_wine())
        differs_reason = reason;
}

int harness_is_wine(void)
{
    DWORD error = GetLastError(); /* stays, since tests ask before they look at it */
    int is_wine = GetProcAddress(GetModuleHandleA("ntdll.dll"), "wine_get_version") != NULL;

    SetLastError(error);
    return is_wine;
}

static int wanted(const char *name, int argc, char **argv)
{
    if (argc < 2)
        return 1;
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return 1;
    return 0;
}

/* Registration order is the linker's: constructors of one file run last to first, so the list is
 * turned round to the order of the source. */
static void reverse(void)
{
    struct harness_test *list = NULL;
    while (tests) {
        struct harness_test *next = tests->next;
        tests->next = list;
        list = tests;
        tests = next;
    }
    tests = list;
}

int main(int argc, char **argv)
{
    int passed = 0, failed = 0, skipped = 0;

    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc > 2 && strcmp(argv[1], "--child") == 0) {
        for (struct harness_child *child = children; child; child = child->next)
            if (strcmp(child->name, argv[2]) == 0)
                return child->run(argc - 3, argv + 3);
        printf("no child %s\n", argv[2]);
        return 99;
    }
    reverse();
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (struct harness_test *test = tests; test; test = test->next)
            printf("%s\n", test->name);
        return 0;
    }
    for (struct harness_test *test = tests; test; test = test->next) {
        if (!wanted(test->name, argc, argv))
            continue;
        failed_checks = 0;
        skip_reason = differs_reason = where_else = NULL;
        test->run();
        if (failed_checks && differs_reason) {
            printf("differs %s: %s\n", test->name, differs_reason);
            skipped++;
        } else if (failed_checks) {
            printf("FAIL %s\n", test->name);
            failed++;
        } else if (where_else) {
            printf("elsewhere %s: %s\n", test->name, where_else);
        } else if (skip_reason) {
            printf("skip %s: %s\n", test->name, skip_reason);
            skipped++;
        } else {
            printf("ok %s\n", test->name);
            passed++;
        }
    }
    printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    return failed != 0;
}
