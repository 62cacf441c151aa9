/*
 * The floating-point environment: control and status words in Microsoft's abstract bits, and fenv.h.
 */
#include "crt.h"

#define EM_INEXACT        0x00000001
#define EM_UNDERFLOW      0x00000002
#define EM_OVERFLOW       0x00000004
#define EM_ZERODIVIDE     0x00000008
#define EM_INVALID        0x00000010
#define EM_DENORMAL       0x00080000
#define MCW_EM            0x0008001f
#define RC_DOWN           0x00000100
#define RC_UP             0x00000200
#define MCW_RC            0x00000300
#define PC_53             0x00010000
#define MCW_PC            0x00030000
#define DN_FLUSH          0x01000000
#define DN_FLUSH_OPERANDS 0x02000000
#define DN_SAVE_OPERANDS  0x03000000
#define MCW_DN            0x03000000

static unsigned int get_mxcsr(void)
{
    unsigned int v;
    __asm__ volatile("stmxcsr %0" : "=m"(v));
    return v;
}
static void set_mxcsr(unsigned int v)
{
    __asm__ volatile("ldmxcsr %0" : : "m"(v));
}
static unsigned short get_x87(void)
{
    unsigned short v;
    __asm__ volatile("fnstcw %0" : "=m"(v));
    return v;
}
static void set_x87(unsigned short v)
{
    __asm__ volatile("fldcw %0" : : "m"(v));
}
static unsigned short x87_status(void)
{
    unsigned short v;
    __asm__ volatile("fnstsw %0" : "=m"(v));
    return v;
}

/* Exception bits in hardware order: invalid 1, denormal 2, zero divide 4, overflow 8, underflow 16,
 * inexact 32. */
static unsigned int to_abstract(unsigned int hardware)
{
    return (hardware & 1 ? EM_INVALID : 0) | (hardware & 2 ? EM_DENORMAL : 0) |
           (hardware & 4 ? EM_ZERODIVIDE : 0) | (hardware & 8 ? EM_OVERFLOW : 0) |
           (hardware & 16 ? EM_UNDERFLOW : 0) | (hardware & 32 ? EM_INEXACT : 0);
}
static unsigned int to_hardware(unsigned int abstract)
{
    return (abstract & EM_INVALID ? 1 : 0) | (abstract & EM_DENORMAL ? 2 : 0) |
           (abstract & EM_ZERODIVIDE ? 4 : 0) | (abstract & EM_OVERFLOW ? 8 : 0) |
           (abstract & EM_UNDERFLOW ? 16 : 0) | (abstract & EM_INEXACT ? 32 : 0);
}

static unsigned int control(void)
{
    unsigned int m = get_mxcsr(), word = to_abstract(m >> 7 & 0x3f) | (m >> 13 & 3) << 8;

    if (m & 0x8000 && m & 0x40)
        word |= DN_FLUSH;
    else if (m & 0x8000)
        word |= DN_SAVE_OPERANDS;
    else if (m & 0x40)
        word |= DN_FLUSH_OPERANDS;
#ifndef _WIN64
    static const unsigned int precisions[4] = {0x20000, 0x20000, PC_53, 0};
    word |= precisions[get_x87() >> 8 & 3];
#endif
    return word;
}

static void set_control(unsigned int word)
{
    unsigned int m = get_mxcsr() & ~0xffc0u, rounding = word >> 8 & 3;

    m |= to_hardware(word) << 7 | rounding << 13;
    switch (word & MCW_DN) {
    case DN_FLUSH: m |= 0x8040; break;
    case DN_SAVE_OPERANDS: m |= 0x8000; break;
    case DN_FLUSH_OPERANDS: m |= 0x40; break;
    }
    set_mxcsr(m);
    unsigned short x87 = (unsigned short)((get_x87() & ~0xc3f) | to_hardware(word) | rounding << 10);
#ifndef _WIN64
    x87 = (unsigned short)((x87 & ~0x300) | (word & MCW_PC ? (word & 0x20000 ? 0 : 0x200) : 0x300));
#endif
    set_x87(x87);
}

unsigned int _control87(unsigned int value, unsigned int mask)
{
    unsigned int old = control();

#ifdef _WIN64
    mask &= MCW_EM | MCW_RC | MCW_DN;
#endif
    unsigned int word = (old & ~mask) | (value & mask);
    if (word != old)
        set_control(word);
    return word;
}
#ifndef _WIN64
/* Either unit by itself, as far as its pointer is there; the x87 has no denormal control, SSE no precision.
 */
int __control87_2(unsigned int value, unsigned int mask, unsigned int *x87, unsigned int *sse);
int __control87_2(unsigned int value, unsigned int mask, unsigned int *x87, unsigned int *sse)
{
    const unsigned int old_mxcsr = get_mxcsr();
    const unsigned short old_x87 = get_x87();

    if (x87) {
        *x87 = _control87(value, mask & ~MCW_DN) & ~MCW_DN;
        set_mxcsr(old_mxcsr);
    }
    if (sse) {
        const unsigned short new_x87 = get_x87();
        *sse = _control87(value, mask & ~MCW_PC) & ~MCW_PC;
        set_x87(x87 ? new_x87 : old_x87);
    }
    return 1;
}
#endif

unsigned int _controlfp(unsigned int value, unsigned int mask)
{
    return _control87(value, mask & ~EM_DENORMAL);
}
int _controlfp_s(unsigned int *ret_word, unsigned int value, unsigned int mask)
{
    const unsigned int known = MCW_EM | MCW_RC | MCW_PC | MCW_DN | 0x40000;

    if (value & mask & ~known) {
        if (ret_word)
            *ret_word = _controlfp(0, 0);
        CRT_CHECK(false, EINVAL, EINVAL);
    }
    unsigned int word = _controlfp(value, mask);
    if (ret_word)
        *ret_word = word;
    return 0;
}
void _set_controlfp(unsigned int value, unsigned int mask)
{
    _controlfp(value, mask);
}

unsigned int _statusfp(void)
{
    return to_abstract((get_mxcsr() | x87_status()) & 0x3f);
}
void _statusfp2(unsigned int *x86, unsigned int *sse)
{
    if (x86)
        *x86 = to_abstract(x87_status() & 0x3f);
    if (sse)
        *sse = to_abstract(get_mxcsr() & 0x3f);
}
unsigned int _clearfp(void)
{
    unsigned int status = _statusfp();

    set_mxcsr(get_mxcsr() & ~0x3fu);
    __asm__ volatile("fnclex");
    return status;
}
void _fpreset(void)
{
    __asm__ volatile("fninit");
    set_x87(0x27f);
    set_mxcsr(0x1f80);
}

void crt_math_init(void)
{
}

/* ---------------------------------------------------------------- fenv.h */

struct fenv {
    unsigned long control, status;
};
#define FE_ALL 0x1f

int fegetround(void)
{
    return (int)(control() & MCW_RC);
}
/* FLT_ROUNDS: C's numbers for the four directions. */
int __fpe_flt_rounds(void)
{
    switch (control() & MCW_RC) {
    case 0: return 1;
    case RC_UP: return 2;
    case RC_DOWN: return 3;
    default: return 0;
    }
}
int fesetround(int mode)
{
    if (mode & ~MCW_RC)
        return 1;
    _control87(mode, MCW_RC);
    return 0;
}
int fetestexcept(int flags)
{
    return (int)(_statusfp() & flags & FE_ALL);
}
int feclearexcept(int flags)
{
    unsigned int keep = _statusfp() & ~(unsigned int)flags;

    _clearfp();
    set_mxcsr(get_mxcsr() | to_hardware(keep));
    return 0;
}
int feraiseexcept(int flags)
{
    set_mxcsr(get_mxcsr() | to_hardware(flags & FE_ALL));
    /* An unmasked one must trap: do an operation that has it. */
    unsigned int unmasked = ~control() & flags & FE_ALL;
    volatile double zero = 0, one = 1, huge = 0x1p1023, tiny = 0x1p-1022;
    volatile double r;
    if (unmasked & EM_INVALID)
        r = zero / zero;
    if (unmasked & EM_ZERODIVIDE)
        r = one / zero;
    if (unmasked & EM_OVERFLOW)
        r = huge * huge;
    if (unmasked & EM_UNDERFLOW)
        r = tiny * tiny;
    if (unmasked & EM_INEXACT)
        r = one / (one + one + one);
    (void)r;
    return 0;
}
int fegetexceptflag(unsigned long *flags, int mask)
{
    *flags = (unsigned long)fetestexcept(mask);
    return 0;
}
int fesetexceptflag(const unsigned long *flags, int mask)
{
    feclearexcept(mask);
    set_mxcsr(get_mxcsr() | to_hardware(*flags & mask & FE_ALL));
    return 0;
}
int fegetenv(struct fenv *env)
{
    env->control = control();
    env->status = _statusfp();
    return 0;
}
int fesetenv(const struct fenv *env)
{
    struct fenv initial = {MCW_EM, 0};

    if (!env)
        env = &initial;
    set_control((unsigned int)env->control);
    _clearfp();
    set_mxcsr(get_mxcsr() | to_hardware((unsigned int)env->status));
    return 0;
}
int feholdexcept(struct fenv *env)
{
    fegetenv(env);
    _clearfp();
    _control87(MCW_EM, MCW_EM);
    return 0;
}
int feupdateenv(const struct fenv *env)
{
    int raised = fetestexcept(FE_ALL);

    fesetenv(env);
    return feraiseexcept(raised);
}
