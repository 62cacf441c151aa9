/*
 * The mathematics of C99 and its classification functions, which only the universal runtime exports.
 */
#include "math_private.h"

#if CRT_UCRT
HOST2(f_fi, float, float, int)
HOST1(l_d, int64_t, double)
HOST1(l_f, int64_t, float)
HOST1(i_d, int, double)
HOST1(i_f, int, float)
HOST3(d_ddd, double, double, double, double)
HOST3(f_fff, float, float, float, float)

DEFINE_D1(acosh, acosh)
DEFINE_D1(asinh, asinh)
DEFINE_D1(atanh, atanh)
DEFINE_D1(cbrt, cbrt)
DEFINE_D1(erf, erf)
DEFINE_D1(erfc, erfc)
DEFINE_D1(exp2, exp2)
DEFINE_D1(expm1, expm1)
DEFINE_D2(fdim, fdim)
DEFINE_D1(lgamma, lgamma)
DEFINE_D1(log1p, log1p)
DEFINE_D1(log2, log2)
DEFINE_D1(nearbyint, nearbyint)
DEFINE_D2(remainder, remainder)
DEFINE_D1(rint, rint)
DEFINE_D1(round, round)
DEFINE_D1(tgamma, tgamma)
DEFINE_D1(trunc, trunc)
DEFINE_D2(hypot, hypot)
DEFINE_D2(nextafter, nextafter)
DEFINE_D1(logb, logb)
DEFINE_F1(acoshf, acoshf)
DEFINE_F1(asinhf, asinhf)
DEFINE_F1(atanhf, atanhf)
DEFINE_F1(cbrtf, cbrtf)
DEFINE_F1(erff, erff)
DEFINE_F1(erfcf, erfcf)
DEFINE_F1(exp2f, exp2f)
DEFINE_F1(expm1f, expm1f)
DEFINE_F2(fdimf, fdimf)
DEFINE_F1(lgammaf, lgammaf)
DEFINE_F1(log1pf, log1pf)
DEFINE_F1(log2f, log2f)
DEFINE_F1(nearbyintf, nearbyintf)
DEFINE_F2(remainderf, remainderf)
DEFINE_F1(rintf, rintf)
DEFINE_F1(roundf, roundf)
DEFINE_F1(tgammaf, tgammaf)
DEFINE_F1(truncf, truncf)
DEFINE_F2(nextafterf, nextafterf)
DEFINE_F1(logbf, logbf)
double fma(double x, double y, double z)
{
    return host_d_ddd(LIBM_fma, x, y, z);
}
float fmaf(float x, float y, float z)
{
    return host_f_fff(LIBM_fmaf, x, y, z);
}
#ifdef _WIN64
HOST3(d_ddp, double, double, double, int *)
HOST3(f_ffp, float, float, float, int *)
#else
static double host_d_ddp(int index, double x, double y, int *q)
{
    struct math_call call = {.x = VALUE(x), .y = VALUE(y)};
    crt_call_host(index, &call);
    *q = call.z.i;
    return call.result.d;
}
static float host_f_ffp(int index, float x, float y, int *q)
{
    struct math_call call = {.x = VALUE(x), .y = VALUE(y)};
    crt_call_host(index, &call);
    *q = call.z.i;
    return call.result.f;
}
#endif
double remquo(double x, double y, int *q)
{
    return host_d_ddp(LIBM_remquo, x, y, q);
}
float remquof(float x, float y, int *q)
{
    return host_f_ffp(LIBM_remquof, x, y, q);
}
double scalbn(double x, int n)
{
    return ldexp(x, n);
}
double scalbln(double x, long n)
{
    return ldexp(x, (int)n);
}
float scalbnf(float x, int n)
{
    return host_f_fi(LIBM_scalbnf, x, n);
}
float scalblnf(float x, long n)
{
    return scalbnf(x, (int)n);
}
int64_t llrint(double x)
{
    return host_l_d(LIBM_llrint, x);
}
int64_t llround(double x)
{
    return host_l_d(LIBM_llround, x);
}
int64_t llrintf(float x)
{
    return host_l_f(LIBM_llrintf, x);
}
int64_t llroundf(float x)
{
    return host_l_f(LIBM_llroundf, x);
}
/* A result that long cannot hold is an invalid operation with the value LONG_MIN. */
static long narrow(int64_t v, double x)
{
    if (v >= LONG_MIN && v <= LONG_MAX)
        return (long)v;
    crt_math_error("lrint", x, 0, __builtin_nan(""));
    return LONG_MIN;
}
long lrint(double x)
{
    return narrow(llrint(x), x);
}
long lround(double x)
{
    return narrow(llround(x), x);
}
long lrintf(float x)
{
    return narrow(llrintf(x), x);
}
long lroundf(float x)
{
    return narrow(llroundf(x), x);
}
int ilogb(double x)
{
    return is_nan(x) ? INT_MAX : host_i_d(LIBM_ilogb, x);
}
int ilogbf(float x)
{
    return is_nan(x) ? INT_MAX : host_i_f(LIBM_ilogbf, x);
}
double copysign(double x, double y)
{
    return __builtin_copysign(x, y);
}
float copysignf(float x, float y)
{
    return __builtin_copysignf(x, y);
}
double fmax(double x, double y)
{
    return is_nan(x) ? y : is_nan(y) ? x : x > y || (x == y && !__builtin_signbit(x)) ? x : y;
}
double fmin(double x, double y)
{
    return is_nan(x) ? y : is_nan(y) ? x : x < y || (x == y && __builtin_signbit(x)) ? x : y;
}
float fmaxf(float x, float y)
{
    return (float)fmax(x, y);
}
float fminf(float x, float y)
{
    return (float)fmin(x, y);
}
double nan(const char *tag)
{
    return (void)tag, __builtin_nan("");
}
float nanf(const char *tag)
{
    return (void)tag, __builtin_nanf("");
}
double nexttoward(double x, double y)
{
    return nextafter(x, y);
}
float nexttowardf(float x, double y)
{
    return x == y ? (float)y : nextafterf(x, y > x ? __builtin_inff() : y < x ? -__builtin_inff() : (float)y);
}

/* Microsoft's long double is double. */
#define LONG1(name)                                                                                          \
    double name##l(double x)                                                                                 \
    {                                                                                                        \
        return name(x);                                                                                      \
    }
#define LONG2(name)                                                                                          \
    double name##l(double x, double y)                                                                       \
    {                                                                                                        \
        return name(x, y);                                                                                   \
    }
// clang-format off
LONG1(acosh)
LONG1(asinh)
LONG1(atanh)
LONG1(cbrt) LONG1(erf) LONG1(erfc) LONG1(exp2) LONG1(expm1) LONG2(fdim) LONG1(lgamma) LONG1(log1p) LONG1(log2)
    LONG1(nearbyint) LONG2(remainder) LONG1(rint) LONG1(round) LONG1(tgamma) LONG1(trunc) LONG2(nextafter)
        LONG2(nexttoward) LONG1(logb) LONG2(copysign) LONG2(fmax)
            LONG2(fmin) double fmal(double x, double y, double z)
// clang-format on
{
    return fma(x, y, z);
}
double remquol(double x, double y, int *q)
{
    return remquo(x, y, q);
}
double scalbnl(double x, int n)
{
    return ldexp(x, n);
}
double scalblnl(double x, long n)
{
    return ldexp(x, (int)n);
}
int64_t llrintl(double x)
{
    return llrint(x);
}
int64_t llroundl(double x)
{
    return llround(x);
}
long lrintl(double x)
{
    return lrint(x);
}
long lroundl(double x)
{
    return lround(x);
}
int ilogbl(double x)
{
    return ilogb(x);
}
double nanl(const char *tag)
{
    return nan(tag);
}

#define FP_INFINITE  1
#define FP_NAN       2
#define FP_NORMAL    (-1)
#define FP_SUBNORMAL (-2)
#define FP_ZERO      0
short _dclass(double x)
{
    switch (_fpclass(x)) {
    case CLASS_SNAN:
    case CLASS_QNAN: return FP_NAN;
    case CLASS_NINF:
    case CLASS_PINF: return FP_INFINITE;
    case CLASS_NZ:
    case CLASS_PZ: return FP_ZERO;
    case CLASS_ND:
    case CLASS_PD: return FP_SUBNORMAL;
    }
    return FP_NORMAL;
}
short _fdclass(float x)
{
    int c = _fpclassf(x);
    return c & (CLASS_ND | CLASS_PD) ? FP_SUBNORMAL : _dclass(x);
}
short _ldclass(double x)
{
    return _dclass(x);
}
short _dtest(double *x)
{
    return _dclass(*x);
}
short _fdtest(float *x)
{
    return _fdclass(*x);
}
short _ldtest(double *x)
{
    return _dclass(*x);
}
int _dsign(double x)
{
    return __builtin_signbit(x) ? 0x8000 : 0;
}
int _fdsign(float x)
{
    return __builtin_signbit(x) ? 0x8000 : 0;
}
int _ldsign(double x)
{
    return __builtin_signbit(x) ? 0x8000 : 0;
}
/* 1 less, 2 equal, 4 greater, 0 unordered */
int _dpcomp(double x, double y)
{
    return x < y ? 1 : x == y ? 2 : x > y ? 4 : 0;
}
int _fdpcomp(float x, float y)
{
    return _dpcomp(x, y);
}
int _ldpcomp(double x, double y)
{
    return _dpcomp(x, y);
}
#endif
