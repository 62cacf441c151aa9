/* kernel32's interlocked functions: exported for i386 only, elsewhere the compiler has them. */
#include "harness.h"

static FARPROC look_up(const char *name)
{
    return GetProcAddress(GetModuleHandleA("kernel32.dll"), name);
}

#ifdef _WIN64
TEST(none_for_64_bits)
{
    CHECK(!look_up("InterlockedIncrement"));
    CHECK(!look_up("InterlockedCompareExchange"));
    CHECK(!look_up("InterlockedCompareExchange64"));
}
#else
TEST(numbers)
{
    LONG(WINAPI * increment)(LONG *) = (void *)look_up("InterlockedIncrement");
    LONG(WINAPI * decrement)(LONG *) = (void *)look_up("InterlockedDecrement");
    LONG(WINAPI * exchange)(LONG *, LONG) = (void *)look_up("InterlockedExchange");
    LONG(WINAPI * add)(LONG *, LONG) = (void *)look_up("InterlockedExchangeAdd");
    LONG(WINAPI * compare)(LONG *, LONG, LONG) = (void *)look_up("InterlockedCompareExchange");
    LONG value = 0x7fffffff;

    CHECK_EQ(increment(&value), (LONG)0x80000000);
    CHECK_EQ(decrement(&value), 0x7fffffff);
    CHECK_EQ(value, 0x7fffffff);
    CHECK_EQ(exchange(&value, 5), 0x7fffffff);
    CHECK_EQ(add(&value, -7), 5);
    CHECK_EQ(value, -2);
    CHECK_EQ(compare(&value, 9, 8), -2);
    CHECK_EQ(value, -2);
    CHECK_EQ(compare(&value, 9, -2), -2);
    CHECK_EQ(value, 9);
}

TEST(long_numbers)
{
    LONGLONG(WINAPI * compare)
    (LONGLONG *, LONGLONG, LONGLONG) = (void *)look_up("InterlockedCompareExchange64");
    LONGLONG value = 0x123456789abcdef0;

    CHECK_EQ(compare(&value, 1, 0x9abcdef0), 0x123456789abcdef0);
    CHECK_EQ(value, 0x123456789abcdef0);
    CHECK_EQ(compare(&value, 0x2222222211111111, 0x123456789abcdef0), 0x123456789abcdef0);
    CHECK_EQ(value, 0x2222222211111111);
}

static LONG(WINAPI *adds)(LONG *, LONG);
static LONG counter;

static DWORD WINAPI count(void *unused)
{
    for (int i = 0; i < 20000; i++)
        adds(&counter, 3);
    return 0;
}

TEST(threads)
{
    HANDLE threads[4];

    adds = (void *)look_up("InterlockedExchangeAdd");
    for (int i = 0; i < 4; i++)
        threads[i] = CreateThread(NULL, 0, count, NULL, 0, NULL);
    CHECK_EQ(WaitForMultipleObjects(4, threads, TRUE, 20000), WAIT_OBJECT_0);
    CHECK_EQ(counter, 240000);
    for (int i = 0; i < 4; i++)
        CloseHandle(threads[i]);
}
#endif
