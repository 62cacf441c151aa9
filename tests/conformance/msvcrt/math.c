/* Mathematics: values, special cases, errno, the control word. */
#include "crt.h"

#include <errno.h>

#define F1(name, x)    CRT(double, name, (double))(x)
#define F2(name, x, y) CRT(double, name, (double, double))(x, y)

TEST(values)
{
    CHECK(F1(sqrt, 2.0) == 1.4142135623730951);
    CHECK(fabs(F1(sin, 1.0) - 0.8414709848078965) < 1e-15);
    CHECK(fabs(F1(exp, 1.0) - 2.718281828459045) < 1e-14);
    CHECK(F1(log, 1.0) == 0);
    CHECK(F2(pow, 2.0, 10.0) == 1024);
    CHECK(F2(fmod, 7.5, 2.0) == 1.5);
    CHECK(F1(floor, -1.5) == -2);
    CHECK(F1(ceil, -1.5) == -1);
    CHECK(F1(fabs, -3.0) == 3);
    CHECK(F2(_hypot, 3.0, 4.0) == 5);
    int exponent;
    CHECK(CRT(double, frexp, (double, int *))(12.0, &exponent) == 0.75);
    CHECK_EQ(exponent, 4);
    CHECK(CRT(double, frexp, (double, int *))(4.9406564584124654e-324, &exponent) == 0.5);
    CHECK_EQ(exponent, -1073);
    CHECK(CRT(double, ldexp, (double, int))(0.75, 4) == 12);
    double whole;
    CHECK(CRT(double, modf, (double, double *))(-2.75, &whole) == -0.75);
    CHECK(whole == -2);
    CHECK(CRT(float, sqrtf, (float))(2.0f) == 1.41421354f);
}

TEST(errors)
{
    CRT_ERRNO = 0;
    CHECK(isnan(F1(sqrt, -1.0)));
    CHECK_EQ(CRT_ERRNO, EDOM);
    CRT_ERRNO = 0;
    CHECK(isinf(F1(exp, 1000.0)));
    CHECK_EQ(CRT_ERRNO, ERANGE);
    CRT_ERRNO = 0;
    CHECK(isinf(F1(log, 0.0)));
    CHECK_EQ(CRT_ERRNO, ERANGE);
    CRT_ERRNO = 0;
    CHECK(isnan(F1(sin, NAN)));
    CHECK_EQ(CRT_ERRNO, 0);
}

TEST(classes)
{
    int (*class_of)(double) = CRT(int, _fpclass, (double));

    CHECK_EQ(class_of(1.0), 0x100);
    CHECK_EQ(class_of(-HUGE_VAL), 0x4);
    CHECK_EQ(class_of(-0.0), 0x20);
    CHECK_EQ(class_of(4.9406564584124654e-324), 0x80);
    CHECK_EQ(class_of(NAN), 0x2);
    CHECK(CRT(int, _finite, (double))(1.0) != 0);
    CHECK(CRT(int, _isnan, (double))(1.0) == 0);
}

TEST(control_word)
{
    unsigned int (*control)(unsigned int, unsigned int) = CRT(unsigned int, _controlfp,
                                                              (unsigned int, unsigned int));
    unsigned int old = control(0, 0);
    volatile double one = 1, three = 3;

    CHECK_EQ(control(0x100, 0x300) & 0x300, 0x100); /* down */
    double down = one / three;
    control(0x200, 0x300);
    double up = one / three;
    CHECK(down < up);
    control(old, 0x300);
    CHECK_EQ(control(0, 0), old);
}

#ifdef UCRT
TEST(c99)
{
    CHECK(fabs(F1(cbrt, 27.0) - 3) < 1e-15);
    CHECK(F1(trunc, -1.7) == -1);
    CHECK(F1(round, 2.5) == 3);
    CHECK(F1(log2, 8.0) == 3);
    CHECK(CRT(double, fma, (double, double, double))(2, 3, 4) == 10);
    CHECK_EQ(CRT(long, lround, (double))(-2.5), -3);
    CHECK_EQ(CRT(long long, llrint, (double))(2.5), 2);
    CHECK(F2(fmax, NAN, 1.0) == 1);
    CHECK_EQ(CRT(short, _dclass, (double))(HUGE_VAL), 1);
}
#endif
