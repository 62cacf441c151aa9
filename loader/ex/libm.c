/*
 * The host's libm for guests: a table of function addresses in the order of libm.def. The library is
 * loaded when the first program asks; 64-bit guests then call it without a system call, 32-bit ones
 * with one.
 */
#include <dlfcn.h>
#include <pthread.h>

#include <gastwirt/math_call.h>
#include <mm/guest.h>
#include <nt/syscalls.h>

static const char *const names[] = {
#define LIBM(name, kind) #name,
#include <gastwirt/libm.def>
#undef LIBM
};

enum kind { D1, D2, F1, F2, X };
static const unsigned char kinds[] = {
#define LIBM(name, kind) kind,
#include <gastwirt/libm.def>
#undef LIBM
};

enum {
#define LIBM(name, kind) LIBM_##name,
#include <gastwirt/libm.def>
#undef LIBM
};

static void *table[sizeof names / sizeof names[0]];
static bool loaded;

static void load(void)
{
    void *library = dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL);

    if (!library)
        return;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!(table[i] = dlsym(library, names[i])))
            return;
    __atomic_store_n(&loaded, true, __ATOMIC_RELEASE);
}

static bool available(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    if (!__atomic_load_n(&loaded, __ATOMIC_ACQUIRE))
        pthread_once(&once, load);
    return loaded;
}

/* Gives the table's address; it stays valid. */
NTSTATUS GwLibm(void *Table)
{
    if (!available())
        return STATUS_DLL_NOT_FOUND;
    void *const *address = table;
    return guest_copy(Table, &address, sizeof address);
}

/* The functions whose arguments are not just one or two of a kind. */
static NTSTATUS call_special(ULONG function, struct math_call *c)
{
    void *f = table[function];

    switch (function) {
    case LIBM_jn:
    case LIBM_yn: c->result.d = ((double (*)(int, double))f)(c->x.i, c->y.d); break;
    case LIBM_fma: c->result.d = ((double (*)(double, double, double))f)(c->x.d, c->y.d, c->z.d); break;
    case LIBM_fmaf: c->result.f = ((float (*)(float, float, float))f)(c->x.f, c->y.f, c->z.f); break;
    case LIBM_remquo: c->result.d = ((double (*)(double, double, int *))f)(c->x.d, c->y.d, &c->z.i); break;
    case LIBM_remquof: c->result.f = ((float (*)(float, float, int *))f)(c->x.f, c->y.f, &c->z.i); break;
    case LIBM_scalbn: c->result.d = ((double (*)(double, int))f)(c->x.d, c->y.i); break;
    case LIBM_scalbnf: c->result.f = ((float (*)(float, int))f)(c->x.f, c->y.i); break;
    case LIBM_llrint:
    case LIBM_llround: c->result.l = ((long long (*)(double))f)(c->x.d); break;
    case LIBM_llrintf:
    case LIBM_llroundf: c->result.l = ((long long (*)(float))f)(c->x.f); break;
    case LIBM_ilogb: c->result.i = ((int (*)(double))f)(c->x.d); break;
    case LIBM_ilogbf: c->result.i = ((int (*)(float))f)(c->x.f); break;
    default: return STATUS_INVALID_PARAMETER;
    }
    return STATUS_SUCCESS;
}

/* Calls a function of the table for 32-bit guests. */
NTSTATUS GwMath(ULONG Function, void *Call)
{
    struct math_call c;
    NTSTATUS status = guest_read(&c, (struct math_call *)Call);

    if (status)
        return status;
    if (!available())
        return STATUS_DLL_NOT_FOUND;
    if (Function >= sizeof kinds)
        return STATUS_INVALID_PARAMETER;
    void *f = table[Function];
    switch (kinds[Function]) {
    case D1: c.result.d = ((double (*)(double))f)(c.x.d); break;
    case D2: c.result.d = ((double (*)(double, double))f)(c.x.d, c.y.d); break;
    case F1: c.result.f = ((float (*)(float))f)(c.x.f); break;
    case F2: c.result.f = ((float (*)(float, float))f)(c.x.f, c.y.f); break;
    default: status = call_special(Function, &c); break;
    }
    return status ? status : guest_copy(&((struct math_call *)Call)->z, &c.z, 2 * sizeof c.z);
}
