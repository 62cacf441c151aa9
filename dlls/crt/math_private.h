/*
 * How mathematics reaches the host's libm, and the functions that only pass on.
 */
#ifndef CRT_MATH_PRIVATE_H
#define CRT_MATH_PRIVATE_H

#include "crt.h"

enum {
#define LIBM(name, kind) LIBM_##name,
#include <gastwirt/libm.def>
#undef LIBM
    LIBM_COUNT
};

#ifdef _WIN64

#define SYSV __attribute__((sysv_abi))

extern void *const *crt_libm; /* NULL before crt_load_libm() */
void crt_load_libm(void);

static inline void *host(int index)
{
    if (__builtin_expect(!crt_libm, 0))
        crt_load_libm();
    return crt_libm[index];
}

/* host_RESULT_ARGUMENTS: d double, f float, i int, l int64_t, p int * */
#define HOST1(suffix, result, a)                                                                             \
    static inline __attribute__((unused)) result host_##suffix(int index, a x)                               \
    {                                                                                                        \
        return ((result(SYSV *)(a))host(index))(x);                                                          \
    }
#define HOST2(suffix, result, a, b)                                                                          \
    static inline __attribute__((unused)) result host_##suffix(int index, a x, b y)                          \
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

void crt_call_host(int index, struct math_call *call);

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
        crt_call_host(index, &call);                                                                         \
        return RESULT(type, call.result);                                                                    \
    }
#define HOST2(suffix, type, a, b)                                                                            \
    static inline __attribute__((unused)) type host_##suffix(int index, a x, b y)                            \
    {                                                                                                        \
        struct math_call call = {.x = VALUE(x), .y = VALUE(y)};                                              \
        crt_call_host(index, &call);                                                                         \
        return RESULT(type, call.result);                                                                    \
    }
#define HOST3(suffix, type, a, b, c)                                                                         \
    static inline __attribute__((unused)) type host_##suffix(int index, a x, b y, c z)                       \
    {                                                                                                        \
        struct math_call call = {.x = VALUE(x), .y = VALUE(y), .z = VALUE(z)};                               \
        crt_call_host(index, &call);                                                                         \
        return RESULT(type, call.result);                                                                    \
    }

#endif

HOST1(d_d, double, double)
HOST2(d_dd, double, double, double)
HOST1(f_f, float, float)
HOST2(f_ff, float, float, float)
HOST2(d_id, double, int, double)
HOST2(d_di, double, double, int)

/* What _fpclass returns. */
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
int _fpclass(double x);
int _fpclassf(float x);
double ldexp(double x, int exponent);

/* Says that the arguments (b 0 if there is one) have no result, or that it is too large, to errno and to
 * _matherr; the result to return. */
double crt_math_error(const char *name, double a, double b, double r);

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
        return __builtin_expect(BAD1(r, x), 0) ? crt_math_error(#name, x, 0, r) : r;                         \
    }
#define DEFINE_D2(export, name)                                                                              \
    double export(double x, double y)                                                                        \
    {                                                                                                        \
        double r = host_d_dd(LIBM_##name, x, y);                                                             \
        return __builtin_expect(BAD2(r, x, y), 0) ? crt_math_error(#name, x, y, r) : r;                      \
    }
#define DEFINE_F1(export, name)                                                                              \
    float export(float x)                                                                                    \
    {                                                                                                        \
        float r = host_f_f(LIBM_##name, x);                                                                  \
        return __builtin_expect(BAD1(r, x), 0) ? (float)crt_math_error(#name, x, 0, r) : r;                  \
    }
#define DEFINE_F2(export, name)                                                                              \
    float export(float x, float y)                                                                           \
    {                                                                                                        \
        float r = host_f_ff(LIBM_##name, x, y);                                                              \
        return __builtin_expect(BAD2(r, x, y), 0) ? (float)crt_math_error(#name, x, y, r) : r;               \
    }
#define DEFINE_X(export, name)
#define DEFINE(kind) DEFINE_##kind

#endif
