/*
 * Mathematics. The transcendental functions are the host's libm's, called directly with its calling
 * convention through a table that ntdll's GwLibm gives (by a system call from 32-bit code); errno and
 * _matherr are added here.
 */
#include "crt.h"

enum {
#define LIBM(name, kind) LIBM_##name,
#include <gastwirt/libm.def>
#undef LIBM
    LIBM_COUNT
};

#ifdef _WIN64

#define SYSV __attribute__((sysv_abi))

LONG NTAPI GwLibm(void *ret_table);

static void *const *libm;

static __attribute__((noinline)) void load_libm(void)
{
    void *const *table = NULL;

    if (GwLibm(&table) < 0 || !table) {
        crt_report("runtime error: the host's mathematics library is not there\r\n");
        ExitProcess(255);
    }
    libm = table;
}

static inline void *host(int index)
{
    if (__builtin_expect(!libm, 0))
        load_libm();
    return libm[index];
}

/* host_RESULT_ARGUMENTS: d double, f float, i int, l int64_t, p int * */
#define HOST1(suffix, result, a)                                                                             \
    static inline result host_##suffix(int index, a x)                                                       \
    {                                                                                                        \
        return ((result(SYSV *)(a))host(index))(x);                                                          \
    }
#define HOST2(suffix, result, a, b)                                                                          \
    static inline result host_##suffix(int index, a x, b y)                                                  \
    {                                                                                                        \
        return ((result(SYSV *)(a, b))host(index))(x, y);                                                    \
    }
#define HOST3(suffix, result, a, b, c)                                                                       \
    static inline __attribute__((unused)) result host_##suffix(int index, a x, b y, c z)                     \
    {                                                                                                        \
        return ((result(SYSV *)(a, b, c))host(index))(x, y, z);                                              \
    }

#else

/* 32-bit code cannot call the host: a system call does. */
#include <gastwirt/math_call.h>

LONG NTAPI GwMath(ULONG function, struct math_call *call);

static __attribute__((noinline)) void call_host(int index, struct math_call *call)
{
    if (GwMath((ULONG)index, call) < 0) {
        crt_report("runtime error: the host's mathematics library is not there\r\n");
        ExitProcess(255);
    }
}

static inline union math_value value_d(double x)
{
    return (union math_value){.d = x};
}
static inline union math_value value_f(float x)
{
    return (union math_value){.f = x};
}
static inline union math_value value_i(int x)
{
    return (union math_value){.i = x};
}
#define VALUE(x)     _Generic((x), double : value_d, float : value_f, int : value_i)(x)
#define RESULT(t, v) _Generic((t)0, double : (v).d, float : (v).f, int : (v).i, int64_t : (v).l)

#define HOST1(suffix, type, a)                                                                               \
    static inline __attribute__((unused)) type host_##suffix(int index, a x)                                 \
    {                                                                                                        \
        struct math_call call = {.x = VALUE(x)};                                                             \
        call_host(index, &call);                                                                             \
        return RESULT(type, call.result);                                                                    \
    }
#define HOST2(suffix, type, a, b)                                                                            \
    static inline __attribute__((unused)) type host_##suffix(int index, a x, b y)                            \
    {                                                                                                        \
        struct math_call call = {.x = VALUE(x), .y = VALUE(y)};                                              \
        call_host(index, &call);                                                                             \
        return RESULT(type, call.result);                                                                    \
    }
#define HOST3(suffix, type, a, b, c)                                                                         \
    static inline __attribute__((unused)) type host_##suffix(int index, a x, b y, c z)                       \
    {                                                                                                        \
        struct math_call call = {.x = VALUE(x), .y = VALUE(y), .z = VALUE(z)};                               \
        call_host(index, &call);                                                                             \
        return RESULT(type, call.result);                                                                    \
    }

#endif

HOST1(d_d, double, double)
HOST2(d_dd, double, double, double)
HOST1(f_f, float, float)
HOST2(f_ff, float, float, float)
HOST2(d_id, double, int, double)
HOST2(d_di, double, double, int)

struct math_exception {
    int type;
    char *name;
    double arg1, arg2, retval;
};
enum { MATH_DOMAIN = 1, MATH_SING = 2, MATH_OVERFLOW = 3, MATH_UNDERFLOW = 4 };
static int (*user_matherr)(struct math_exception *);

void __setusermatherr(int (*handler)(struct math_exception *))
{
    user_matherr = handler;
}

/* Reports a result that is not a number or infinite while the arguments were neither. */
static __attribute__((noinline)) double math_error(const char *name, double a, double b, double r)
{
    int type = r != r ? MATH_DOMAIN : MATH_OVERFLOW;

    if (type == MATH_OVERFLOW && (!strcmp(name, "log") || !strcmp(name, "log10") || a == 0))
        type = MATH_SING;
    if (user_matherr) {
        struct math_exception e = {type, (char *)name, a, b, r};
        if (user_matherr(&e))
            return e.retval;
    }
    errno = type == MATH_DOMAIN ? EDOM : ERANGE;
    return r;
}

static inline bool is_finite(double x)
{
    union {
        double value;
        uint64_t bits;
    } u = {.value = x};
    return (u.bits >> 52 & 0x7ff) != 0x7ff;
}
static inline bool is_nan(double x)
{
    return x != x;
}

#define BAD1(r, x) (!is_finite(r) && !is_nan(x) && (is_nan(r) || is_finite(x)))
#define BAD2(r, x, y)                                                                                        \
    (!is_finite(r) && !is_nan(x) && !is_nan(y) && (is_nan(r) || (is_finite(x) && is_finite(y))))

#define DEFINE_D1(export, name)                                                                              \
    double export(double x)                                                                                  \
    {                                                                                                        \
        double r = host_d_d(LIBM_##name, x);                                                                 \
        return __builtin_expect(BAD1(r, x), 0) ? math_error(#name, x, 0, r) : r;                             \
    }
#define DEFINE_D2(export, name)                                                                              \
    double export(double x, double y)                                                                        \
    {                                                                                                        \
        double r = host_d_dd(LIBM_##name, x, y);                                                             \
        return __builtin_expect(BAD2(r, x, y), 0) ? math_error(#name, x, y, r) : r;                          \
    }
#define DEFINE_F1(export, name)                                                                              \
    float export(float x)                                                                                    \
    {                                                                                                        \
        float r = host_f_f(LIBM_##name, x);                                                                  \
        return __builtin_expect(BAD1(r, x), 0) ? (float)math_error(#name, x, 0, r) : r;                      \
    }
#define DEFINE_F2(export, name)                                                                              \
    float export(float x, float y)                                                                           \
    {                                                                                                        \
        float r = host_f_ff(LIBM_##name, x, y);                                                              \
        return __builtin_expect(BAD2(r, x, y), 0) ? (float)math_error(#name, x, y, r) : r;                   \
    }
#define DEFINE_X(export, name)
#define DEFINE(kind) DEFINE_##kind

/* What both runtimes export under C's name. */
DEFINE_D1(acos, acos)
DEFINE_D1(asin, asin)
DEFINE_D1(atan, atan)
DEFINE_D2(atan2, atan2)
DEFINE_D1(ceil, ceil)
DEFINE_D1(cos, cos)
DEFINE_D1(cosh, cosh)
DEFINE_D1(exp, exp)
DEFINE_D1(floor, floor)
DEFINE_D2(fmod, fmod)
DEFINE_D1(log, log)
DEFINE_D1(log10, log10)
DEFINE_D2(pow, pow)
DEFINE_D1(sin, sin)
DEFINE_D1(sinh, sinh)
DEFINE_D1(tan, tan)
DEFINE_D1(tanh, tanh)
DEFINE_D2(_hypot, hypot)
DEFINE_D1(_j0, j0)
DEFINE_D1(_j1, j1)
DEFINE_D1(_y0, y0)
DEFINE_D1(_y1, y1)
DEFINE_D2(_nextafter, nextafter)
DEFINE_D1(_logb, logb)
DEFINE_F1(acosf, acosf)
DEFINE_F1(asinf, asinf)
DEFINE_F1(atanf, atanf)
DEFINE_F2(atan2f, atan2f)
DEFINE_F1(ceilf, ceilf)
DEFINE_F1(cosf, cosf)
DEFINE_F1(coshf, coshf)
DEFINE_F1(expf, expf)
DEFINE_F1(floorf, floorf)
DEFINE_F2(fmodf, fmodf)
DEFINE_F1(logf, logf)
DEFINE_F1(log10f, log10f)
DEFINE_F2(powf, powf)
DEFINE_F1(sinf, sinf)
DEFINE_F1(sinhf, sinhf)
DEFINE_F1(tanf, tanf)
DEFINE_F1(tanhf, tanhf)
DEFINE_F2(_hypotf, hypotf)
DEFINE_F2(_nextafterf, nextafterf)
DEFINE_F1(_logbf, logbf)

double _jn(int n, double x)
{
    return host_d_id(LIBM_jn, n, x);
}
double _yn(int n, double x)
{
    return host_d_id(LIBM_yn, n, x);
}

double sqrt(double x)
{
    double r;
    __asm__("sqrtsd %1, %0" : "=x"(r) : "x"(x));
    return x < 0 ? math_error("sqrt", x, 0, r) : r;
}
float sqrtf(float x)
{
    float r;
    __asm__("sqrtss %1, %0" : "=x"(r) : "x"(x));
    return x < 0 ? (float)math_error("sqrtf", x, 0, r) : r;
}
double fabs(double x)
{
    return __builtin_fabs(x);
}
float fabsf(float x)
{
    return __builtin_fabsf(x);
}

double ldexp(double x, int exponent)
{
    double r = host_d_di(LIBM_scalbn, x, exponent);
    return !is_finite(r) && is_finite(x) ? math_error("ldexp", x, exponent, r) : r;
}

double frexp(double x, int *exponent)
{
    union {
        double value;
        uint64_t bits;
    } u = {.value = x};
    int e = (int)(u.bits >> 52 & 0x7ff);

    *exponent = 0;
    if (e == 0x7ff) {
        if (!CRT_UCRT)
            *exponent = -1;
        return x;
    }
    if (!(u.bits << 1))
        return x;
    if (!e) {
        u.value = x * 0x1p54;
        e = (int)(u.bits >> 52 & 0x7ff) - 54;
    }
    *exponent = e - 1022;
    u.bits = (u.bits & ~(0x7ffull << 52)) | 1022ull << 52;
    return u.value;
}

double modf(double x, double *whole)
{
    if (!is_finite(x)) {
        *whole = x;
        return is_nan(x) ? x : __builtin_copysign(0, x);
    }
    double w = host_d_d(LIBM_trunc, x);
    *whole = w;
    return __builtin_copysign(x - w, x);
}
float modff(float x, float *whole)
{
    double w, r = modf(x, &w);
    *whole = (float)w;
    return (float)r;
}

double _scalb(double x, long n)
{
    return ldexp(x, (int)n);
}
float _scalbf(float x, long n)
{
    return (float)ldexp(x, (int)n);
}
struct complex_double {
    double x, y;
};
double _cabs(struct complex_double z)
{
    return _hypot(z.x, z.y);
}
double _copysign(double x, double y)
{
    return __builtin_copysign(x, y);
}
float _copysignf(float x, float y)
{
    return __builtin_copysignf(x, y);
}
double _chgsign(double x)
{
    return -x;
}
float _chgsignf(float x)
{
    return -x;
}
int _finite(double x)
{
    return is_finite(x);
}
int _finitef(float x)
{
    return is_finite(x);
}
int _isnan(double x)
{
    return is_nan(x);
}
int _isnanf(float x)
{
    return is_nan(x);
}
/* Kept for those who ask: which instructions are used is up to the host's libm. */
static int fma3_enabled = 1;
int _set_FMA3_enable(int flag)
{
    return fma3_enabled = flag != 0;
}
int _get_FMA3_enable(void)
{
    return fma3_enabled;
}
int _set_SSE2_enable(int flag)
{
    return (void)flag, 1;
}

double _HUGE = __builtin_inf();
double *__p__HUGE(void)
{
    return &_HUGE;
}

#define CLASS_SNAN 0x001
#define CLASS_QNAN 0x002
#define CLASS_NINF 0x004
#define CLASS_NN   0x008
#define CLASS_ND   0x010
#define CLASS_NZ   0x020
#define CLASS_PZ   0x040
#define CLASS_PD   0x080
#define CLASS_PN   0x100
#define CLASS_PINF 0x200
int _fpclass(double x)
{
    union {
        double value;
        uint64_t bits;
    } u = {.value = x};
    uint64_t fraction = u.bits & 0xfffffffffffffull;
    int e = (int)(u.bits >> 52 & 0x7ff);
    bool negative = u.bits >> 63;

    if (e == 0x7ff)
        return fraction ? (fraction >> 51 ? CLASS_QNAN : CLASS_SNAN) : negative ? CLASS_NINF : CLASS_PINF;
    if (e)
        return negative ? CLASS_NN : CLASS_PN;
    if (fraction)
        return negative ? CLASS_ND : CLASS_PD;
    return negative ? CLASS_NZ : CLASS_PZ;
}
int _fpclassf(float x)
{
    union {
        float value;
        uint32_t bits;
    } u = {.value = x};
    uint32_t fraction = u.bits & 0x7fffff;
    int e = u.bits >> 23 & 0xff;
    bool negative = u.bits >> 31;

    if (e == 0xff)
        return fraction ? (fraction >> 22 ? CLASS_QNAN : CLASS_SNAN) : negative ? CLASS_NINF : CLASS_PINF;
    if (e)
        return negative ? CLASS_NN : CLASS_PN;
    if (fraction)
        return negative ? CLASS_ND : CLASS_PD;
    return negative ? CLASS_NZ : CLASS_PZ;
}

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
    call_host(index, &call);
    *q = call.z.i;
    return call.result.d;
}
static float host_f_ffp(int index, float x, float y, int *q)
{
    struct math_call call = {.x = VALUE(x), .y = VALUE(y)};
    call_host(index, &call);
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
    math_error("lrint", x, 0, __builtin_nan(""));
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
