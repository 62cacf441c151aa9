/*
 * setjmp and longjmp: values, registers, unwinding over frames with handlers. mingw-w64 calls _setjmp of the
 * runtime on x86-64, _setjmp3 on i386.
 */
#include "crt.h"

#include <setjmp.h>

static jmp_buf target;

static volatile int jumps = 1;

__attribute__((noinline)) static void deep(int depth, int value)
{
    volatile char space[64];

    space[0] = (char)depth;
    if (depth > 0)
        deep(depth - 1, value);
    else if (jumps)
        longjmp(target, value);
    space[1] = space[0];
}

TEST(values)
{
    volatile int calls = 0;
    int value = setjmp(target);

    calls++;
    if (value == 0)
        deep(20, 7);
    CHECK_EQ(value, 7);
    CHECK_EQ(calls, 2);
    if (setjmp(target) == 0)
        deep(0, 0);
    else
        CHECK_EQ(++calls, 3); /* zero becomes one */
    CHECK_EQ(calls, 3);
}

TEST(many)
{
    volatile int sum = 0;

    for (volatile int i = 0; i < 1000; i++)
        if (setjmp(target) == 0)
            deep(3, i + 1);
        else
            sum++;
    CHECK_EQ(sum, 1000);
}

TEST(floating_registers)
{
    volatile double a = 1.5, b = 2.5;
    double x = a * 2, y = b * 3;

    if (setjmp(target) == 0)
        deep(2, 1);
    CHECK(x == 3.0 && y == 7.5);
}
