/*
 * C++ exceptions through mingw's libgcc, which unwinds with RtlUnwindEx.
 */
#include "harness.h"
#include <stdexcept>
#include <string>

static int destroyed;

struct guard {
    ~guard()
    {
        destroyed++;
    }
};

static int __attribute__((noinline)) thrower(int v)
{
    guard g;
    if (v >= 0)
        throw v;
    return v;
}

static int __attribute__((noinline)) deep(int n, int v)
{
    guard g;
    return n ? deep(n - 1, v) + 1 : thrower(v);
}

TEST(throw_and_catch)
{
    int caught = -1;
    destroyed = 0;
    try {
        thrower(5);
    } catch (int e) {
        caught = e;
    }
    CHECK_EQ(caught, 5);
    CHECK_EQ(destroyed, 1);
}

TEST(deep_unwinding)
{
    int caught = -1;
    destroyed = 0;
    try {
        deep(20, 7);
    } catch (int e) {
        caught = e;
    }
    CHECK_EQ(caught, 7);
    CHECK_EQ(destroyed, 22);
}

TEST(rethrow_and_types)
{
    std::string text;
    try {
        try {
            throw std::runtime_error("inner");
        } catch (std::logic_error &) {
            text = "wrong";
        } catch (std::exception &e) {
            text = e.what();
            throw;
        }
    } catch (std::runtime_error &e) {
        text += std::string("+") + e.what();
    }
    CHECK_STR(text.c_str(), "inner+inner");
}

static double __attribute__((noinline)) keeps_registers(double a, double b, int n)
{
    double sum = a * b;
    for (int i = 0; i < n; i++) {
        try {
            thrower(i);
        } catch (int e) {
            sum += e * a;
        }
    }
    return sum + b;
}

TEST(non_volatile_registers)
{
    CHECK_EQ((int)keeps_registers(2, 3, 10), 6 + 2 * 45 + 3);
}

TEST(catch_all_and_nested)
{
    int stage = 0;
    try {
        try {
            throw 1L;
        } catch (...) {
            stage = 1;
            try {
                throw 'c';
            } catch (char) {
                stage = 2;
            }
            throw;
        }
    } catch (long v) {
        stage += 10 * (int)v;
    }
    CHECK_EQ(stage, 12);
}

/* Destructors on the way find their frame's own variables. */
static int wrong;
struct checked {
    volatile int *p;
    int expected;
    ~checked()
    {
        if (*p != expected)
            wrong++;
        destroyed++;
    }
};

static int __attribute__((noinline)) frames(int n, int a, int b)
{
    volatile int mine = n * 17 + a;
    checked c = {&mine, n * 17 + a};
    int r = n ? frames(n - 1, a + b, b) : thrower(a);
    return r + mine + b;
}

TEST(locals_of_frames)
{
    int caught = -1;
    destroyed = wrong = 0;
    try {
        frames(10, 1, 2);
    } catch (int e) {
        caught = e;
    }
    CHECK_EQ(caught, 21);
    CHECK_EQ(wrong, 0);
    CHECK_EQ(destroyed, 12);
}
