/*
 * MulDiv: rounding, signs, overflow.
 */
#include "harness.h"

TEST(rounding)
{
    CHECK_EQ(MulDiv(7, 3, 2), 11);
    CHECK_EQ(MulDiv(-7, 3, 2), -11);
    CHECK_EQ(MulDiv(7, 3, -2), -11);
    CHECK_EQ(MulDiv(-7, 3, -2), 11);
    CHECK_EQ(MulDiv(1, 1, 3), 0);
    CHECK_EQ(MulDiv(2, 1, 3), 1);
    CHECK_EQ(MulDiv(0x7fffffff, 0x7fffffff, 0x7fffffff), 0x7fffffff);
    CHECK_EQ(MulDiv(12, 96, 72), 16);
}

TEST(failures)
{
    CHECK_EQ(MulDiv(1, 1, 0), -1);
    CHECK_EQ(MulDiv(0x7fffffff, 2, 1), -1);
    CHECK_EQ(MulDiv(-0x7fffffff, 2, 1), -1);
}
