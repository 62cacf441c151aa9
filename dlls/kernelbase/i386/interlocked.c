/*
 * Interlocked operations as functions, for compilers that do not inline them. windows.h has inline
 * functions of these names, so the ones here have others.
 */
#include "../kernelbase.h"

LONG WINAPI interlocked_increment(volatile LONG *to);
LONG WINAPI interlocked_decrement(volatile LONG *to);
LONG WINAPI interlocked_exchange(volatile LONG *to, LONG value);
LONG WINAPI interlocked_exchange_add(volatile LONG *to, LONG value);
LONG WINAPI interlocked_compare_exchange(volatile LONG *to, LONG value, LONG compared);
LONGLONG WINAPI interlocked_compare_exchange64(volatile LONGLONG *to, LONGLONG value, LONGLONG compared);

LONG WINAPI interlocked_increment(volatile LONG *to)
{
    return __atomic_add_fetch(to, 1, __ATOMIC_SEQ_CST);
}

LONG WINAPI interlocked_decrement(volatile LONG *to)
{
    return __atomic_sub_fetch(to, 1, __ATOMIC_SEQ_CST);
}

LONG WINAPI interlocked_exchange(volatile LONG *to, LONG value)
{
    return __atomic_exchange_n(to, value, __ATOMIC_SEQ_CST);
}

LONG WINAPI interlocked_exchange_add(volatile LONG *to, LONG value)
{
    return __atomic_fetch_add(to, value, __ATOMIC_SEQ_CST);
}

LONG WINAPI interlocked_compare_exchange(volatile LONG *to, LONG value, LONG compared)
{
    return __sync_val_compare_and_swap(to, compared, value);
}

LONGLONG WINAPI interlocked_compare_exchange64(volatile LONGLONG *to, LONGLONG value, LONGLONG compared)
{
    return __sync_val_compare_and_swap(to, compared, value);
}
