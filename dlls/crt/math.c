/*
 * Mathematics. The transcendental functions are the host's libm's, called directly with its calling
 * convention through a table that ntdll's GwLibm gives (by a system call from 32-bit code); errno and
 * _matherr are added here.
 */
#include "math_private.h"

#ifdef _WIN64

LONG NTAPI GwLibm(void *ret_table);

void *const *crt_libm;

void crt_load_libm(void)
{
    void *const *table = NULL;

    if (GwLibm(&table) < 0 || !table) {
        crt_report("runtime error: the host's mathematics library is not there\r\n");
        ExitProcess(255);
    }
    crt_libm = table;
}

#else

LONG NTAPI GwMath(ULONG function, struct math_call *call);

void crt_call_host(int index, struct math_call *call)
{
    if (GwMath((ULONG)index, call) < 0) {
        crt_report("runtime error: the host's mathematics library is not there\r\n");
        ExitProcess(255);
    }
}

#endif

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
double crt_math_error(const char *name, double a, double b, double r)
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
    return x < 0 ? crt_math_error("sqrt", x, 0, r) : r;
}
float sqrtf(float x)
{
    float r;
    __asm__("sqrtss %1, %0" : "=x"(r) : "x"(x));
    return x < 0 ? (float)crt_math_error("sqrtf", x, 0, r) : r;
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
    return !is_finite(r) && is_finite(x) ? crt_math_error("ldexp", x, exponent, r) : r;
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
