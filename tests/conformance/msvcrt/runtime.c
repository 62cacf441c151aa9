/*
 * Threads, locks, the heap, DLLs, the environment, searching and sorting, error numbers.
 */
#include "crt.h"

#include <time.h>

#include <errno.h>
#include <malloc.h>
#include <process.h>
#include <search.h>

/* ---------------------------------------------------------------- threads */

static volatile LONG ran;
static void __cdecl simple_thread(void *argument)
{
    CRT_ERRNO = 77; /* the thread's own */
    ran = (LONG)(LONG_PTR)argument;
}
static void __cdecl leaving_thread(void *argument)
{
    ran = (LONG)(LONG_PTR)argument;
    CRT(void, _endthread, (void))();
    ran = -1;
}
static unsigned WINAPI returning_thread(void *argument)
{
    return (unsigned)(ULONG_PTR)argument;
}
static unsigned WINAPI ending_thread(void *argument)
{
    CRT(void, _endthreadex, (unsigned))((unsigned)(ULONG_PTR)argument + 1);
    return 99;
}

CRT_TEST(threads)
{
    unsigned id = 0;
    DWORD code;

    CRT_ERRNO = 5;
    ran = 0;
    uintptr_t thread = FN(_beginthread)(simple_thread, 0, (void *)11);
    CHECK(thread != (uintptr_t)-1);
    for (int i = 0; i < 500 && !ran; i++)
        Sleep(10);
    CHECK_EQ(ran, 11);
    CHECK_EQ(CRT_ERRNO, 5);
    ran = 0;
    CHECK(FN(_beginthread)(leaving_thread, 0, (void *)12) != (uintptr_t)-1);
    for (int i = 0; i < 500 && !ran; i++)
        Sleep(10);
    Sleep(20);
    CHECK_EQ(ran, 12);
    CHECK_INVALID(FN(_beginthread)(NULL, 0, NULL), (uintptr_t)-1, EINVAL);

    HANDLE handle = (HANDLE)FN(_beginthreadex)(NULL, 0, returning_thread, (void *)13, 0, &id);
    CHECK(handle != NULL);
    CHECK_EQ(id, GetThreadId(handle));
    WaitForSingleObject(handle, 10000);
    GetExitCodeThread(handle, &code);
    CHECK_EQ(code, 13);
    CloseHandle(handle);
    handle = (HANDLE)FN(_beginthreadex)(NULL, 0x20000, ending_thread, (void *)14, CREATE_SUSPENDED, NULL);
    CHECK_EQ(WaitForSingleObject(handle, 50), WAIT_TIMEOUT);
    ResumeThread(handle);
    WaitForSingleObject(handle, 10000);
    GetExitCodeThread(handle, &code);
    CHECK_EQ(code, 15);
    CloseHandle(handle);
    CHECK_INVALID(FN(_beginthreadex)(NULL, 0, NULL, NULL, 0, NULL), 0, EINVAL);
    CHECK_EQ(CRT(unsigned long, __threadid, (void))(), GetCurrentThreadId());
    CHECK(CRT(uintptr_t, __threadhandle, (void))() != 0);
}

#ifndef UCRT
CRT_TEST(locks)
{
    for (int i = 0; i < 3; i++) { /* may be taken again by their owner */
        CRT(void, _lock, (int))(4);
        CRT(void, _lock, (int))(4);
        CRT(void, _unlock, (int))(4);
        CRT(void, _unlock, (int))(4);
    }
}
#endif

CRT_TEST(small_calls)
{
    DWORD start = GetTickCount();

    CRT(void, _sleep, (unsigned long))(50);
    CHECK(GetTickCount() - start >= 30);
    UINT mode = SetErrorMode(0);
    CRT(void, _seterrormode, (int))(SEM_FAILCRITICALERRORS);
    CHECK_EQ(SetErrorMode(mode), SEM_FAILCRITICALERRORS);
    char dll[] = "version.dll", function[] = "VerQueryValueW";
    intptr_t module = CRT(intptr_t, _loaddll, (char *))(dll);
    CHECK(module > 0);
    void *found = CRT(void *, _getdllprocaddr, (intptr_t, char *, intptr_t))(module, function, -1);
    CHECK(found != NULL && found == (void *)GetProcAddress((HMODULE)module, function));
    CHECK_EQ(CRT(int, _unloaddll, (intptr_t))(module), 0);
    CHECK(CRT(int, _unloaddll, (intptr_t))(0x1234) != 0);
#ifdef UCRT
    CRT(void, __telemetry_main_invoke_trigger, (void *))(NULL);
    CRT(void, __telemetry_main_return_trigger, (void *))(NULL);
    CRT(void, _crt_debugger_hook, (int))(0);
#endif
}

CRT_TEST(error_numbers)
{
    unsigned long dos;
    int number;

    CHECK_EQ(CRT(int, _set_errno, (int))(EDOM), 0);
    CHECK_EQ(CRT_ERRNO, EDOM);
    CHECK_EQ(CRT(int, _get_errno, (int *))(&number), 0);
    CHECK_EQ(number, EDOM);
    CHECK_EQ(CRT(int, _set_doserrno, (unsigned long))(1234), 0);
    CHECK_EQ(*CRT(unsigned long *, __doserrno, (void))(), 1234);
    CHECK_EQ(CRT(int, _get_doserrno, (unsigned long *))(&dos), 0);
    CHECK_EQ(dos, 1234);
    CHECK_EQ(CRT(int, _get_errno, (int *))(NULL), EINVAL);
    CHECK_EQ(CRT(int, _get_doserrno, (unsigned long *))(NULL), EINVAL);
}

/* ---------------------------------------------------------------- the heap */

static int handler_calls;
static int __cdecl new_handler(size_t size)
{
    return ++handler_calls < 3;
}

CRT_TEST(blocks)
{
    void *(__cdecl * allocate)(size_t) = (void *)crt_function("malloc");
    void *(__cdecl * again)(void *, size_t) = (void *)crt_function("realloc");
    char *block = allocate(100);

    CHECK_EQ(FN(_msize)(block), 100);
    memset(block, 7, 100);
    CHECK(FN(_expand)(block, 50) == block);
    CHECK_EQ(FN(_msize)(block), 50);
    CHECK(FN(_expand)(block, 100000000) == NULL);
    block = again(block, 1000);
    CHECK_EQ(FN(_msize)(block), 1000);
    CHECK(block[0] == 7 && block[49] == 7);
    block = CRT(void *, _recalloc, (void *, size_t, size_t))(block, 500, 4);
    CHECK_EQ(FN(_msize)(block), 2000);
    CHECK(block[49] == 7 && block[1000] == 0 && block[1999] == 0);
    CHECK(again(block, 0) == NULL); /* frees */
    CHECK(again(NULL, 10) != NULL);
    CHECK_ERRNO(allocate((size_t)-100) == NULL, 1, ENOMEM);
    CHECK_ERRNO(CRT(void *, calloc, (size_t, size_t))((size_t)-1, 2) == NULL, 1, ENOMEM);
    CHECK_ERRNO(CRT(void *, _recalloc, (void *, size_t, size_t))(NULL, (size_t)-1, 2) == NULL, 1, ENOMEM);
    CHECK(allocate(0) != NULL);
    CHECK_INVALID(FN(_msize)(NULL), (size_t)-1, EINVAL);
    CHECK_INVALID(FN(_expand)(NULL, 1) == NULL, 1, EINVAL);
    CHECK((HANDLE)CRT(intptr_t, _get_heap_handle, (void))() != NULL);
    CHECK_EQ(FN(_heapchk)(), _HEAPOK);
    CHECK_EQ(FN(_heapmin)(), 0);
    if (!IS_UCRT || crt_has("_heapwalk")) {
        _HEAPINFO info = {0};
        int entries = 0, status;
        while ((status = FN(_heapwalk)(&info)) == _HEAPOK && entries < 100000)
            entries++;
        CHECK_EQ(status, _HEAPEND);
        CHECK(entries > 0);
    }
#ifndef UCRT
    CHECK_EQ(CRT(int, _heapset, (unsigned))(0), _HEAPOK);
    CHECK_ERRNO(CRT(int, _heapadd, (void *, size_t))(NULL, 0), -1, ENOSYS);
    CHECK_EQ(CRT(size_t, _get_sbh_threshold, (void))(), 0); /* there is no small-block heap any more */
    CHECK_EQ(CRT(int, _set_sbh_threshold, (size_t))(0), 1);
#else
    void *raw = CRT(void *, _malloc_base, (size_t))(10);
    raw = CRT(void *, _realloc_base, (void *, size_t))(raw, 20);
    CHECK_EQ(FN(_msize)(raw), 20);
    CRT(void, _free_base, (void *))(raw);
    raw = CRT(void *, _calloc_base, (size_t, size_t))(5, 5);
    CHECK(raw && *(char *)raw == 0 && ((char *)raw)[24] == 0);
    CRT(void, _free_base, (void *))(raw);
#endif
}

CRT_TEST(new_handlers)
{
    ORACLE_DIFFERS("there is a new handler for C programs");
    typedef int(__cdecl * handler)(size_t);

    CHECK(CRT(handler, _set_new_handler, (handler))(new_handler) == NULL);
    CHECK(CRT(handler, _query_new_handler, (void))() == new_handler);
    CHECK_EQ(CRT(int, _callnewh, (size_t))(10), 1);
    handler_calls = 0;
#ifdef UCRT
    CHECK_EQ(CRT(int, _set_new_mode, (int))(1), 0); /* malloc asks the handler too */
    CHECK_EQ(CRT(int, _query_new_mode, (void))(), 1);
    void *huge = CRT(void *, malloc, (size_t))((size_t)PTRDIFF_MAX - 100000);
    CHECK(huge == NULL);
    CHECK_EQ(handler_calls, 3); /* until it gives up */
    CHECK_EQ(CRT(int, _set_new_mode, (int))(0), 1);
    CHECK_INVALID(CRT(int, _set_new_mode, (int))(2), -1, EINVAL);
#endif
    CHECK(CRT(handler, _set_new_handler, (handler))(NULL) == new_handler);
    CHECK_EQ(CRT(int, _callnewh, (size_t))(10), 0);
}

CRT_TEST(aligned_blocks)
{
    static const size_t alignments[] = {1, 2, 16, 64, 4096};

    for (size_t i = 0; i < sizeof alignments / sizeof *alignments; i++) {
        size_t a = alignments[i];
        char *p = FN(_aligned_malloc)(100, a);
        CHECK(p && (ULONG_PTR)p % a == 0);
        memset(p, 5, 100);
        CHECK_EQ(CRT(size_t, _aligned_msize, (void *, size_t, size_t))(p, a, 0), 100);
        p = FN(_aligned_realloc)(p, 300, a);
        CHECK(p && (ULONG_PTR)p % a == 0 && p[99] == 5);
        p = CRT(void *, _aligned_recalloc, (void *, size_t, size_t, size_t))(p, 100, 4, a);
        CHECK(p && (ULONG_PTR)p % a == 0 && p[99] == 5 && p[399] == 0);
        FN(_aligned_free)(p);
        if (a < 8)
            continue;
        p = FN(_aligned_offset_malloc)(100, a, 6); /* what is at the offset is aligned */
        CHECK(p && ((ULONG_PTR)p + 6) % a == 0);
        p[99] = 9;
        p = FN(_aligned_offset_realloc)(p, 200, a, 6);
        CHECK(p && ((ULONG_PTR)p + 6) % a == 0 && p[99] == 9);
        p = CRT(void *, _aligned_offset_recalloc, (void *, size_t, size_t, size_t, size_t))(p, 100, 3, a, 6);
        CHECK(p && ((ULONG_PTR)p + 6) % a == 0 && p[99] == 9 && p[299] == 0);
        FN(_aligned_free)(p);
    }
    FN(_aligned_free)(NULL);
    CHECK_INVALID(FN(_aligned_malloc)(10, 3) == NULL, 1, EINVAL);
    CHECK_INVALID(FN(_aligned_offset_malloc)(10, 16, 20) == NULL, 1, EINVAL);
}

/* ---------------------------------------------------------------- the environment */

CRT_TEST(environment)
{
    ORACLE_DIFFERS("a variable that is not there is no error, as _dupenv_s documents it");
    char value[20], *copy;
    wchar_t wide[20], *wide_copy;
    size_t size;

    CHECK_EQ(FN(_putenv_s)("CRT_ENV", "value"), 0);
    CHECK_EQ(FN(getenv_s)(&size, value, sizeof value, "CRT_ENV"), 0);
    CHECK_EQ(size, 6);
    CHECK_STR(value, "value");
    CHECK_EQ(FN(getenv_s)(&size, NULL, 0, "CRT_ENV"), 0);
    CHECK_EQ(size, 6);
    CHECK_EQ(FN(getenv_s)(&size, value, 3, "CRT_ENV"), ERANGE);
    CHECK_EQ(size, 6);
    CHECK_EQ(value[0], 0);
    CHECK_EQ(FN(getenv_s)(&size, value, 20, "CRT_NO_ENV"), 0);
    CHECK_EQ(size, 0);
    CHECK_INVALID(FN(getenv_s)(NULL, value, 3, "CRT_ENV"), EINVAL, EINVAL);
    CHECK_INVALID(FN(getenv_s)(&size, NULL, 3, "CRT_ENV"), EINVAL, EINVAL);
    CHECK_EQ(FN(_wgetenv_s)(&size, wide, 20, L"CRT_ENV"), 0);
    CHECK_WSTR(wide, L"value");
    CHECK_EQ(FN(_dupenv_s)(&copy, &size, "CRT_ENV"), 0);
    CHECK_STR(copy, "value");
    CHECK_EQ(size, 6);
    FN(free)(copy);
    CHECK_EQ(FN(_dupenv_s)(&copy, &size, "CRT_NO_ENV"), 0);
    CHECK(copy == NULL && size == 0);
    CHECK_INVALID(FN(_dupenv_s)(NULL, &size, "CRT_ENV"), EINVAL, EINVAL);
    CHECK_EQ(FN(_wdupenv_s)(&wide_copy, &size, L"CRT_ENV"), 0);
    CHECK_WSTR(wide_copy, L"value");
    FN(free)(wide_copy);
    CHECK_EQ(FN(_wputenv)(L"CRT_ENV=wide"), 0);
    CHECK_EQ(FN(getenv_s)(&size, value, sizeof value, "CRT_ENV"), 0);
    CHECK_STR(value, "wide");
    CHECK_EQ(FN(_wputenv_s)(L"CRT_ENV", L"again"), 0);
    CHECK_STR(CRT(char *, getenv, (const char *))("CRT_ENV"), "again");
    char **table = *CRT(char ***, __p__environ, (void))();
    int found = 0;
    for (; *table; table++)
        found += strcmp(*table, "CRT_ENV=again") == 0;
    CHECK_EQ(found, 1);
#ifndef UCRT
    wchar_t **wide_table;
    CHECK_EQ(CRT(int, _get_environ, (char ***))(&table), 0);
    CHECK(table == *CRT(char ***, __p__environ, (void))());
    CHECK_EQ(CRT(int, _get_wenviron, (wchar_t ***))(&wide_table), 0);
    CHECK(wide_table == *CRT(wchar_t ***, __p__wenviron, (void))());
#endif
    CHECK_EQ(FN(_putenv_s)("CRT_ENV", ""), 0);
    CHECK(CRT(char *, getenv, (const char *))("CRT_ENV") == NULL);
    CHECK_INVALID(FN(_putenv_s)(NULL, ""), EINVAL, EINVAL);
    CHECK_INVALID(FN(_putenv_s)("CRT_ENV", NULL), EINVAL, EINVAL);
    CHECK_INVALID(FN(_wputenv_s)(NULL, L""), EINVAL, EINVAL);
}

/* ---------------------------------------------------------------- searching and sorting */

static int __cdecl by_value(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}
static int __cdecl by_value_with(void *context, const void *a, const void *b)
{
    ++*(int *)context;
    return by_value(a, b);
}

CRT_TEST(sorting)
{
    static int values[1000];
    int context = 0, key = 500, missing = -1;
    unsigned state = 1;

    for (int pattern = 0; pattern < 4; pattern++) {
        for (int i = 0; i < 1000; i++) {
            state = state * 1664525 + 1013904223;
            values[i] = pattern == 0 ? (int)(state >> 8) : pattern == 1 ? i : pattern == 2 ? 1000 - i : i % 7;
        }
        if (pattern % 2)
            FN(qsort)(values, 1000, sizeof *values, by_value);
        else
            FN(qsort_s)(values, 1000, sizeof *values, by_value_with, &context);
        for (int i = 1; i < 1000; i++)
            if (values[i - 1] > values[i]) {
                FAIL("pattern %d is not sorted at %d", pattern, i);
                break;
            }
    }
    CHECK(context > 1000);
    for (int i = 0; i < 1000; i++)
        values[i] = i;
    CHECK(FN(bsearch)(&key, values, 1000, sizeof *values, by_value) == values + 500);
    CHECK(FN(bsearch)(&missing, values, 1000, sizeof *values, by_value) == NULL);
    CHECK(FN(bsearch)(&key, values, 0, sizeof *values, by_value) == NULL);
    CHECK(FN(bsearch_s)(&key, values, 1000, sizeof *values, by_value_with, &context) == values + 500);
    unsigned count = 100;
    int seventy = 70;
    CHECK(FN(_lfind)(&seventy, values, &count, sizeof *values, by_value) == values + 70);
    CHECK(FN(_lfind)(&key, values, &count, sizeof *values, by_value) == NULL);
    CHECK(CRT(void *, _lfind_s,
              (const void *, const void *, unsigned *, size_t,
               int(__cdecl *)(void *, const void *, const void *),
               void *))(&seventy, values, &count, sizeof *values, by_value_with, &context) == values + 70);
    CHECK(FN(_lsearch)(&key, values, &count, sizeof *values, by_value) ==
          values + 100); /* is put at the end */
    CHECK_EQ(count, 101);
    CHECK_EQ(values[100], 500);
    CHECK(CRT(void *, _lsearch_s,
              (const void *, void *, unsigned *, size_t, int(__cdecl *)(void *, const void *, const void *),
               void *))(&key, values, &count, sizeof *values, by_value_with, &context) == values + 100);
    CHECK_EQ(count, 101);

    crt_allow_invalid();
    int before = crt_invalid_count;
    CRT_ERRNO = 0;
    FN(qsort)(NULL, 5, 4, by_value);
    CHECK_EQ(CRT_ERRNO, EINVAL);
    CRT_ERRNO = 0;
    FN(qsort)(values, 5, 0, by_value);
    CHECK_EQ(CRT_ERRNO, EINVAL);
    CRT_ERRNO = 0;
    FN(qsort_s)(values, 5, 4, NULL, NULL);
    CHECK_EQ(CRT_ERRNO, EINVAL);
    CHECK_EQ(crt_invalid_count - before, IS_UCRT ? 3 : 0);
    FN(qsort)(NULL, 0, 4, by_value); /* nothing is nothing */
    CHECK_INVALID(FN(bsearch)(&key, NULL, 5, 4, by_value) == NULL, 1, EINVAL);
    CHECK_INVALID(FN(_lfind)(&key, values, NULL, 4, by_value) == NULL, 1, EINVAL);
    CHECK_INVALID(FN(_lsearch)(NULL, values, &count, 4, by_value) == NULL, 1, EINVAL);
}

CRT_TEST(sounds)
{
    CRT(void, _beep, (unsigned int, unsigned int))(1000, 1); /* nothing is documented to come back */
}

#ifndef UCRT
CRT_TEST(heap_in_use)
{
    size_t used = 0, committed = 0;
    void *block = CRT(void *, malloc, (size_t))(100000);

    CHECK(CRT(size_t, _heapused, (size_t *, size_t *))(&used, &committed) >= 100000);
    CHECK(used >= 100000 && committed >= used);
    CRT(void, free, (void *))(block);
}
#endif

CRT_TEST(setting_the_clock)
{
    ORACLE_CRASHES("would set the host's clock");
    struct tm now = {.tm_year = 120, .tm_mon = 5, .tm_mday = 15, .tm_hour = 12};

    /* documented: zero or the system's error */
    CHECK_EQ(CRT(unsigned int, _setsystime, (struct tm *, unsigned int))(&now, 0), ERROR_PRIVILEGE_NOT_HELD);
}
