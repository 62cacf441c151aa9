/*
 * Every mathematical function: values, special values, errno, the float variants, classes and the control
 * word.
 */
#include "crt.h"

#include <complex.h>
#include <errno.h>
#include <fenv.h>
#include <float.h>

#define INF HUGE_VAL

typedef double(__cdecl *one_argument)(double);
typedef float(__cdecl *one_float)(float);
typedef double(__cdecl *two_arguments)(double, double);
typedef float(__cdecl *two_floats)(float, float);

enum { BOTH = 0, UCRT_ONLY = 1 };

/* The float variant is the name with an f; on i386 msvcrt has most of them inline only. */
static const struct {
    const char *name, *float_name;
    int where;
    double at, value;   /* a value, known from tables */
    double at0, value0; /* special values: at zero, at infinity */
    double infinite;
    double wrong; /* outside of the domain; 99 if there is none */
} ones[] = {
    {"acos", "acosf", BOTH, 0.5, 1.0471975511965979, 0, 1.5707963267948966, NAN, 2},
    {"asin", "asinf", BOTH, 0.5, 0.52359877559829893, 0, 0, NAN, -2},
    {"atan", "atanf", BOTH, 1, 0.78539816339744828, 0, 0, 1.5707963267948966, 99},
    {"ceil", "ceilf", BOTH, 1.25, 2, 0, 0, INF, 99},
    {"cos", "cosf", BOTH, 1, 0.54030230586813977, 0, 1, NAN, 99},
    {"cosh", "coshf", BOTH, 1, 1.5430806348152439, 0, 1, INF, 99},
    {"exp", "expf", BOTH, 1, 2.7182818284590451, 0, 1, INF, 99},
    {"floor", "floorf", BOTH, 1.75, 1, 0, 0, INF, 99},
    {"log", "logf", BOTH, 10, 2.3025850929940459, 0, -INF, INF, -1},
    {"log10", "log10f", BOTH, 1000, 3, 0, -INF, INF, -1},
    {"sin", "sinf", BOTH, 1, 0.8414709848078965, 0, 0, NAN, 99},
    {"sinh", "sinhf", BOTH, 1, 1.1752011936438014, 0, 0, INF, 99},
    {"sqrt", "sqrtf", BOTH, 2, 1.4142135623730951, 0, 0, INF, -1},
    {"tan", "tanf", BOTH, 1, 1.5574077246549023, 0, 0, NAN, 99},
    {"tanh", "tanhf", BOTH, 1, 0.76159415595576485, 0, 0, 1, 99},
    {"_logb", NULL, BOTH, 10, 3, 0, -INF, INF, 99},
    {"acosh", "acoshf", UCRT_ONLY, 2, 1.3169578969248166, 1, 0, INF, 0.5},
    {"asinh", "asinhf", UCRT_ONLY, 1, 0.88137358701954305, 0, 0, INF, 99},
    {"atanh", "atanhf", UCRT_ONLY, 0.5, 0.54930614433405489, 0, 0, NAN, 2},
    {"cbrt", "cbrtf", UCRT_ONLY, -27, -3, 0, 0, INF, 99},
    {"erf", "erff", UCRT_ONLY, 1, 0.84270079294971489, 0, 0, 1, 99},
    {"erfc", "erfcf", UCRT_ONLY, 1, 0.15729920705028513, 0, 1, 0, 99},
    {"exp2", "exp2f", UCRT_ONLY, 3, 8, 0, 1, INF, 99},
    {"expm1", "expm1f", UCRT_ONLY, 1, 1.7182818284590453, 0, 0, INF, 99},
    {"lgamma", "lgammaf", UCRT_ONLY, 5, 3.1780538303479458, 1, 0, INF, 99},
    {"log1p", "log1pf", UCRT_ONLY, 1, 0.69314718055994529, 0, 0, INF, -2},
    {"log2", "log2f", UCRT_ONLY, 8, 3, 1, 0, INF, -1},
    {"logb", "logbf", UCRT_ONLY, 10, 3, 0, -INF, INF, 99},
    {"nearbyint", "nearbyintf", UCRT_ONLY, 2.5, 2, 0, 0, INF, 99},
    {"rint", "rintf", UCRT_ONLY, 3.5, 4, 0, 0, INF, 99},
    {"round", "roundf", UCRT_ONLY, -2.5, -3, 0, 0, INF, 99},
    {"tgamma", "tgammaf", UCRT_ONLY, 5, 24, 1, 1, INF, -2},
    {"trunc", "truncf", UCRT_ONLY, -2.75, -2, 0, 0, INF, 99},
};

static int same(double a, double b)
{
    return isnan(a) ? isnan(b) : a == b || fabs(a - b) <= 1e-14 * fabs(b);
}
static int same_float(float a, double b)
{
    return isnan(b) ? isnan(a) : a == (float)b || fabs(a - b) <= 1e-6 * fabs(b);
}

/* The names, for those who look for them: acos acosf asin asinf atan atanf ceil ceilf cos cosf cosh coshf exp
 * expf floor floorf log logf log10 log10f sin sinf sinh sinhf sqrt sqrtf tan tanf tanh tanhf. */
CRT_TEST(one_argument_each)
{
    for (size_t i = 0; i < sizeof ones / sizeof *ones; i++) {
        if (ones[i].where == UCRT_ONLY && !IS_UCRT)
            continue;
        one_argument f = (one_argument)crt_function(ones[i].name);
        struct {
            double at, value;
        } points[] = {
            {ones[i].at, ones[i].value}, {ones[i].at0, ones[i].value0}, {INF, ones[i].infinite}, {NAN, NAN}};
        one_float g = NULL;
        if (ones[i].float_name && (IS_UCRT || crt_has(ones[i].float_name)))
            g = (one_float)GetProcAddress(GetModuleHandleA(CRT_DLL), ones[i].float_name);
        for (int k = 0; k < 4; k++) {
            double value = f(points[k].at);
            if (!same(value, points[k].value))
                FAIL("%s(%g) is %.17g, not %.17g", ones[i].name, points[k].at, value, points[k].value);
            if (g && !same_float(g((float)points[k].at), points[k].value))
                FAIL("%s(%g) is %.9g, not %.9g", ones[i].float_name, points[k].at, g((float)points[k].at),
                     points[k].value);
        }
        if (ones[i].wrong != 99) {
            CRT_ERRNO = 0;
            if (!isnan(f(ones[i].wrong)))
                FAIL("%s(%g) is a number", ones[i].name, ones[i].wrong);
            if (CRT_ERRNO != EDOM)
                FAIL("%s(%g) sets errno to %d", ones[i].name, ones[i].wrong, CRT_ERRNO);
        }
    }
}

static const struct {
    const char *name, *float_name;
    int where;
    double x, y, value;
} twos[] = {
    {"atan2", "atan2f", BOTH, 1, -1, 2.3561944901923448},
    {"atan2", "atan2f", BOTH, -0.0, -1, -3.1415926535897931},
    {"atan2", "atan2f", BOTH, INF, INF, 0.78539816339744828},
    {"fmod", "fmodf", BOTH, -7.5, 2, -1.5},
    {"fmod", "fmodf", BOTH, 5, INF, 5},
    {"pow", "powf", BOTH, 2, 0.5, 1.4142135623730951},
    {"pow", "powf", BOTH, -2, 3, -8},
    {"pow", "powf", BOTH, NAN, 0, 1},
    {"pow", "powf", BOTH, 0, 3, 0},
    {"pow", "powf", BOTH, 0.5, INF, 0},
    {"_hypot", "_hypotf", BOTH, 3, 4, 5},
    {"_copysign", "_copysignf", BOTH, 3, -0.0, -3},
    {"_nextafter", "_nextafterf", BOTH, 0, 0, 0},
    {"hypot", NULL, UCRT_ONLY, -5, 12, 13},
    {"copysign", "copysignf", UCRT_ONLY, -3, 1, 3},
    {"fdim", "fdimf", UCRT_ONLY, 5, 3, 2},
    {"fdim", "fdimf", UCRT_ONLY, 3, 5, 0},
    {"fmax", "fmaxf", UCRT_ONLY, NAN, 3, 3},
    {"fmax", "fmaxf", UCRT_ONLY, 2, 3, 3},
    {"fmin", "fminf", UCRT_ONLY, 2, NAN, 2},
    {"fmin", "fminf", UCRT_ONLY, 2, 3, 2},
    {"nextafter", "nextafterf", UCRT_ONLY, 1, 1, 1},
    {"remainder", "remainderf", UCRT_ONLY, 7, 4, -1},
    {"remainder", "remainderf", UCRT_ONLY, 6, 4, -2},
};

CRT_TEST(two_arguments_each)
{
    ORACLE_DIFFERS("fmod of zero is a domain error");
    for (size_t i = 0; i < sizeof twos / sizeof *twos; i++) {
        if (twos[i].where == UCRT_ONLY && !IS_UCRT)
            continue;
        two_arguments f = (two_arguments)crt_function(twos[i].name);
        double value = f(twos[i].x, twos[i].y);
        if (!same(value, twos[i].value) || signbit(value) != signbit(twos[i].value))
            FAIL("%s(%g, %g) is %.17g, not %.17g", twos[i].name, twos[i].x, twos[i].y, value, twos[i].value);
        if (twos[i].float_name && crt_has(twos[i].float_name)) {
            two_floats g = (two_floats)crt_function(twos[i].float_name);
            float short_value = g((float)twos[i].x, (float)twos[i].y);
            if (!same_float(short_value, twos[i].value))
                FAIL("%s(%g, %g) is %.9g, not %.9g", twos[i].float_name, twos[i].x, twos[i].y, short_value,
                     twos[i].value);
        }
    }
    two_arguments next = (two_arguments)crt_function("_nextafter"),
                  power = (two_arguments)crt_function("pow");
    CHECK(next(1, 2) == 1 + DBL_EPSILON);
    CHECK(next(0, -1) == -4.9406564584124654e-324);
    CHECK_ERRNO(!!isnan(power(-2, 0.5)), 1, EDOM);
    CHECK_ERRNO(power(10, 400) == INF, 1, ERANGE);
    CHECK_ERRNO(power(0, -1) == INF, 1, ERANGE);
    CHECK_ERRNO(!!isnan(((two_arguments)crt_function("fmod"))(1, 0)), 1, EDOM);
}

CRT_TEST(parts)
{
    double whole;
    float whole_float;
    int exponent;

    CHECK(CRT(double, modf, (double, double *))(-INF, &whole) == 0 && whole == -INF);
    if (crt_has("modff")) {
        CHECK(CRT(float, modff, (float, float *))(3.25f, &whole_float) == 0.25f);
        CHECK(whole_float == 3);
    }
    CHECK(CRT(double, _scalb, (double, long))(0.75, 4) == 12);
    if (crt_has("_scalbf"))
        CHECK(CRT(float, _scalbf, (float, long))(0.75f, 4) == 12);
    if (crt_has("_logbf"))
        CHECK(CRT(float, _logbf, (float))(0.25f) == -2);
    CHECK(CRT(double, _chgsign, (double))(2) == -2);
    if (crt_has("_chgsignf"))
        CHECK(CRT(float, _chgsignf, (float))(2) == -2);
    CHECK_EQ(CRT(int, _isnan, (double))(NAN) != 0, 1);
    CHECK_EQ(CRT(int, _finite, (double))(INF), 0);
    if (crt_has("_isnanf"))
        CHECK(CRT(int, _isnanf, (float))(NAN) && !CRT(int, _isnanf, (float))(1));
    if (crt_has("_finitef"))
        CHECK(!CRT(int, _finitef, (float))(INF) && CRT(int, _finitef, (float))(1));
    if (crt_has("_fpclassf")) {
        CHECK_EQ(CRT(int, _fpclassf, (float))(-1), _FPCLASS_NN);
        CHECK_EQ(CRT(int, _fpclassf, (float))(0), _FPCLASS_PZ);
        CHECK_EQ(CRT(int, _fpclassf, (float))(1e-40f), _FPCLASS_PD);
        CHECK_EQ(CRT(int, _fpclassf, (float))(INF), _FPCLASS_PINF);
    }
    CHECK(CRT(double, frexp, (double, int *))(0, &exponent) == 0);
    CHECK_EQ(exponent, 0);
    struct _complex z = {3, 4};
    CHECK(CRT(double, _cabs, (struct _complex))(z) == 5);
    CHECK_NEAR(CRT(double, _j0, (double))(1), 0.76519768655796655);
    CHECK_NEAR(CRT(double, _j1, (double))(1), 0.44005058574493355);
    CHECK_NEAR(CRT(double, _jn, (int, double))(2, 1), 0.11490348493190049);
    CHECK_NEAR(CRT(double, _y0, (double))(1), 0.088256964215676956);
    CHECK_NEAR(CRT(double, _y1, (double))(1), -0.78121282130028868);
    CHECK_NEAR(CRT(double, _yn, (int, double))(2, 1), -1.6506826068162543);
    CHECK_ERRNO(CRT(double, _y0, (double))(-1) < 0 || isnan(CRT(double, _y0, (double))(-1)), 1, EDOM);
}

#ifdef UCRT
CRT_TEST(c99_integers)
{
    static const struct {
        double x;
        int rint, round;
    } cases[] = {{0.5, 0, 1},   {1.5, 2, 2},    {2.5, 2, 3},
                 {-0.5, 0, -1}, {-2.5, -2, -3}, {1e6 + 0.25, 1000000, 1000000}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double x = cases[i].x;
        CHECK_EQ(CRT(long, lrint, (double))(x), cases[i].rint);
        CHECK_EQ(CRT(long, lrintf, (float))((float)x), cases[i].rint);
        CHECK_EQ(CRT(long long, llrintf, (float))((float)x), cases[i].rint);
        CHECK_EQ(CRT(long, lroundf, (float))((float)x), cases[i].round);
        CHECK_EQ(CRT(long long, llround, (double))(x), cases[i].round);
        CHECK_EQ(CRT(long long, llroundf, (float))((float)x), cases[i].round);
        /* long double is double */
        CHECK_EQ(CRT(long, lrintl, (double))(x), cases[i].rint);
        CHECK_EQ(CRT(long long, llrintl, (double))(x), cases[i].rint);
        CHECK_EQ(CRT(long, lroundl, (double))(x), cases[i].round);
        CHECK_EQ(CRT(long long, llroundl, (double))(x), cases[i].round);
    }
    CHECK_EQ(CRT(int, ilogb, (double))(10), 3);
    CHECK_EQ(CRT(int, ilogbf, (float))(0.25f), -2);
    CHECK_EQ(CRT(int, ilogbl, (double))(1024), 10);
    CHECK_EQ(CRT(int, ilogb, (double))(0), INT_MIN);
    CHECK_EQ(CRT(int, ilogb, (double))(INF), INT_MAX);
    CHECK(CRT(double, scalbn, (double, int))(1.5, 4) == 24);
    CHECK(CRT(float, scalbnf, (float, int))(1.5f, 4) == 24);
    CHECK(CRT(double, scalbnl, (double, int))(1.5, 4) == 24);
    CHECK(CRT(double, scalbln, (double, long))(1.5, -1) == 0.75);
    CHECK(CRT(float, scalblnf, (float, long))(1.5f, -1) == 0.75f);
    CHECK(CRT(double, scalblnl, (double, long))(1.5, -1) == 0.75);
    int quotient;
    CHECK(CRT(double, remquo, (double, double, int *))(7, 2, &quotient) == -1);
    CHECK_EQ(quotient & 7, 4);
    CHECK(CRT(float, remquof, (float, float, int *))(7, 2, &quotient) == -1);
    CHECK(CRT(double, remquol, (double, double, int *))(7, 2, &quotient) == -1);
    CHECK(CRT(float, fmaf, (float, float, float))(2, 3, 4) == 10);
    CHECK(CRT(double, fmal, (double, double, double))(2, 3, 4) == 10);
    CHECK(isnan(CRT(float, nanf, (const char *))("")) && isnan(CRT(double, nanl, (const char *))("")));
    CHECK(CRT(double, nexttoward, (double, double))(1, 2) == 1 + DBL_EPSILON);
    CHECK(CRT(float, nexttowardf, (float, double))(1, 2) == 1 + FLT_EPSILON);
    CHECK(CRT(double, nexttowardl, (double, double))(1, 2) == 1 + DBL_EPSILON);
    CHECK(CRT(double, nextafterl, (double, double))(1, 2) == 1 + DBL_EPSILON);
}

/* The forms for long double take and give doubles. */
CRT_TEST(long_forms)
{
    static const struct {
        const char *name;
        double x, value;
    } cases[] = {{"acoshl", 2, 1.3169578969248166},
                 {"asinhl", 1, 0.88137358701954305},
                 {"atanhl", 0.5, 0.54930614433405489},
                 {"cbrtl", 27, 3},
                 {"erfl", 1, 0.84270079294971489},
                 {"erfcl", 1, 0.15729920705028513},
                 {"exp2l", 3, 8},
                 {"expm1l", 1, 1.7182818284590453},
                 {"lgammal", 5, 3.1780538303479458},
                 {"log1pl", 1, 0.69314718055994529},
                 {"log2l", 8, 3},
                 {"logbl", 10, 3},
                 {"nearbyintl", 2.5, 2},
                 {"rintl", 3.5, 4},
                 {"roundl", -2.5, -3},
                 {"tgammal", 5, 24},
                 {"truncl", -2.75, -2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double value = ((one_argument)crt_function(cases[i].name))(cases[i].x);
        if (!same(value, cases[i].value))
            FAIL("%s(%g) is %.17g", cases[i].name, cases[i].x, value);
    }
    CHECK(((two_arguments)crt_function("copysignl"))(3, -1) == -3);
    CHECK(((two_arguments)crt_function("fdiml"))(5, 3) == 2);
    CHECK(((two_arguments)crt_function("fmaxl"))(5, 3) == 5);
    CHECK(((two_arguments)crt_function("fminl"))(5, 3) == 3);
    CHECK(((two_arguments)crt_function("remainderl"))(7, 4) == -1);
}

CRT_TEST(classes)
{
    enum { PLAIN = -1, ZERO = 0, INFINITY_CLASS = 1, NAN_CLASS = 2, SUBNORMAL_CLASS = -2 };
    static const struct {
        double x;
        int class, negative;
    } cases[] = {{1, PLAIN, 0},      {-2, PLAIN, 1},           {0, ZERO, 0},
                 {-0.0, ZERO, 1},    {INF, INFINITY_CLASS, 0}, {-INF, INFINITY_CLASS, 1},
                 {NAN, NAN_CLASS, 0}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double x = cases[i].x;
        float f = (float)x;
        CHECK_EQ(CRT(short, _dclass, (double))(x), cases[i].class);
        CHECK_EQ(CRT(short, _ldclass, (double))(x), cases[i].class);
        CHECK_EQ(CRT(short, _fdclass, (float))(f), cases[i].class);
        CHECK_EQ(CRT(short, _dtest, (double *))(&x), cases[i].class);
        CHECK_EQ(CRT(short, _ldtest, (double *))(&x), cases[i].class);
        CHECK_EQ(CRT(short, _fdtest, (float *))(&f), cases[i].class);
        if (cases[i].class == NAN_CLASS)
            continue;
        CHECK_EQ(!!CRT(int, _dsign, (double))(x), cases[i].negative);
        CHECK_EQ(!!CRT(int, _ldsign, (double))(x), cases[i].negative);
        CHECK_EQ(!!CRT(int, _fdsign, (float))(f), cases[i].negative);
    }
    CHECK_EQ(CRT(short, _dclass, (double))(1e-310), SUBNORMAL_CLASS);
    CHECK_EQ(CRT(short, _fdclass, (float))(1e-40f), SUBNORMAL_CLASS);
    /* 1 less, 2 equal, 4 greater, 0 unordered */
    CHECK_EQ(CRT(int, _dpcomp, (double, double))(1, 2), 1);
    CHECK_EQ(CRT(int, _dpcomp, (double, double))(2, 2), 2);
    CHECK_EQ(CRT(int, _dpcomp, (double, double))(3, 2), 4);
    CHECK_EQ(CRT(int, _dpcomp, (double, double))(NAN, 2), 0);
    CHECK_EQ(CRT(int, _ldpcomp, (double, double))(1, 2), 1);
    CHECK_EQ(CRT(int, _fdpcomp, (float, float))(3, 2), 4);
}

CRT_TEST(environment)
{
    fenv_t saved, other;
    fexcept_t flags;

    CHECK_EQ(CRT(int, fegetround, (void))(), FE_TONEAREST);
    CHECK_EQ(CRT(int, __fpe_flt_rounds, (void))(), 1);
    CHECK_EQ(CRT(int, fesetround, (int))(0x300), 0); /* towards zero */
    CHECK_EQ(CRT(int, fegetround, (void))(), 0x300);
    CHECK_EQ(CRT(int, __fpe_flt_rounds, (void))(), 0);
    CHECK(((one_argument)crt_function("rint"))(2.75) == 2);
    CHECK_EQ(CRT(int, fesetround, (int))(FE_TONEAREST), 0);
    CHECK(CRT(int, fesetround, (int))(0x12345) != 0);
    CHECK_EQ(CRT(int, feclearexcept, (int))(0x1f), 0);
    CHECK_EQ(CRT(int, fetestexcept, (int))(0x1f), 0);
    volatile double zero = 0, one = 1, result;
    result = one / zero;
    (void)result;
    CHECK_EQ(CRT(int, fetestexcept, (int))(0x1f), 8); /* FE_DIVBYZERO of Microsoft's headers */
    CHECK_EQ(CRT(int, fegetexceptflag, (fexcept_t *, int))(&flags, 8), 0);
    CHECK_EQ(CRT(int, fegetenv, (fenv_t *))(&saved), 0);
    CHECK_EQ(CRT(int, feholdexcept, (fenv_t *))(&other), 0);
    CHECK_EQ(CRT(int, fetestexcept, (int))(0x1f), 0);
    CHECK_EQ(CRT(int, fesetexceptflag, (const fexcept_t *, int))(&flags, 8), 0);
    CHECK_EQ(CRT(int, fetestexcept, (int))(0x1f), 8);
    CRT(int, feclearexcept, (int))(0x1f);
    CHECK_EQ(CRT(int, fesetenv, (const fenv_t *))(&saved), 0);
    CHECK_EQ(CRT(int, fetestexcept, (int))(0x1f), 8);
    CRT(int, feclearexcept, (int))(0x1f);
}
#endif

CRT_TEST(control_words)
{
    unsigned int old = CRT(unsigned int, _control87, (unsigned, unsigned))(0, 0), now;

    CHECK_EQ(old & _MCW_EM, _MCW_EM); /* all exceptions masked */
    CHECK_EQ(CRT(unsigned int, _control87, (unsigned, unsigned))(_RC_UP, _MCW_RC) & _MCW_RC, _RC_UP);
    CHECK_EQ(CRT(int, _controlfp_s, (unsigned *, unsigned, unsigned))(&now, 0, 0), 0);
    CHECK_EQ(now & _MCW_RC, _RC_UP);
    CHECK_EQ(CRT(int, _controlfp_s, (unsigned *, unsigned, unsigned))(&now, _RC_NEAR, _MCW_RC), 0);
    CHECK_EQ(now & _MCW_RC, _RC_NEAR);
    CHECK_EQ(CRT(int, _controlfp_s, (unsigned *, unsigned, unsigned))(NULL, _RC_DOWN, _MCW_RC), 0);
    CHECK_EQ(CRT(unsigned int, _control87, (unsigned, unsigned))(0, 0) & _MCW_RC, _RC_DOWN);
    CRT(void, _fpreset, (void))();
    CHECK_EQ(CRT(unsigned int, _control87, (unsigned, unsigned))(0, 0) & _MCW_RC, _RC_NEAR);
#ifndef UCRT
    CRT(void, _set_controlfp, (unsigned, unsigned))(_RC_CHOP, _MCW_RC);
    CHECK_EQ(CRT(unsigned int, _control87, (unsigned, unsigned))(0, 0) & _MCW_RC, _RC_CHOP);
    CRT(void, _fpreset, (void))();
#endif
    CRT(unsigned int, _clearfp, (void))();
    CHECK_EQ(CRT(unsigned int, _statusfp, (void))() & _MCW_EM, 0);
    volatile double zero = 0, one = 1, result;
    result = one / zero;
    (void)result;
    CHECK(CRT(unsigned int, _statusfp, (void))() & _EM_ZERODIVIDE);
    CHECK(CRT(unsigned int, _clearfp, (void))() & _EM_ZERODIVIDE);
    CHECK_EQ(CRT(unsigned int, _statusfp, (void))() & _MCW_EM, 0);
#ifdef __i386__
    unsigned x87, sse;
    if (IS_UCRT) {
        CHECK_EQ(CRT(int, __control87_2, (unsigned, unsigned, unsigned *, unsigned *))(0, 0, &x87, &sse), 1);
        CHECK_EQ(x87 & _MCW_EM, _MCW_EM);
        CHECK_EQ(sse & _MCW_EM, _MCW_EM);
    }
    CHECK(CRT(int, _set_SSE2_enable, (int))(1) != 0);
#elif defined UCRT
    int old_fma = CRT(int, _get_FMA3_enable, (void))();
    CHECK_EQ(CRT(int, _set_FMA3_enable, (int))(0), 0);
    CHECK_EQ(CRT(int, _get_FMA3_enable, (void))(), 0);
    CRT(int, _set_FMA3_enable, (int))(old_fma);
#endif
    int *fpe = CRT(int *, __fpecode, (void))();
    CHECK(fpe != NULL);
}

static int user_errors;
static int __cdecl user_math_error(struct _exception *e)
{
    user_errors++;
    e->retval = 77;
    return 1; /* handled: errno stays as it was */
}
CRT_TEST(user_handler)
{
    CRT(void, __setusermatherr, (int(__cdecl *)(struct _exception *)))(user_math_error);
    CHECK_ERRNO(CRT(double, sqrt, (double))(-1) == 77, 1, 0xdead);
    CHECK_EQ(user_errors, 1);
    CRT(void, __setusermatherr, (int(__cdecl *)(struct _exception *)))(NULL);
    CHECK_ERRNO(!!isnan(CRT(double, sqrt, (double))(-1)), 1, EDOM);
    CHECK_EQ(user_errors, 1);
}

CRT_TEST(random)
{
    if (IS_UCRT)
        ORACLE_DIFFERS("NULL is an invalid parameter");
    unsigned int a, b;

    CRT(void, srand, (unsigned))(1);
    static const int expected[] = {41, 18467, 6334, 26500,
                                   19169}; /* the generator is part of the interface */
    for (int i = 0; i < 5; i++)
        CHECK_EQ(CRT(int, rand, (void))(), expected[i]);
    CRT(void, srand, (unsigned))(1);
    CHECK_EQ(CRT(int, rand, (void))(), 41);
    CHECK_EQ(CRT(int, rand_s, (unsigned *))(&a), 0);
    CHECK_EQ(CRT(int, rand_s, (unsigned *))(&b), 0);
    CHECK(a != b);
    CHECK_INVALID(CRT(int, rand_s, (unsigned *))(NULL), EINVAL, EINVAL);
}
