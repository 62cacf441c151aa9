/*
 * What only the 32-bit ntdll exports: 64-bit arithmetic as functions, byte order, the TEB.
 */
#include <nt/exception.h>
#include <nt/rtl.h>

LARGE_INTEGER NTAPI RtlLargeIntegerAdd(LARGE_INTEGER a, LARGE_INTEGER b);
LARGE_INTEGER NTAPI RtlLargeIntegerSubtract(LARGE_INTEGER a, LARGE_INTEGER b);
LARGE_INTEGER NTAPI RtlLargeIntegerNegate(LARGE_INTEGER a);
LARGE_INTEGER NTAPI RtlLargeIntegerShiftLeft(LARGE_INTEGER a, CCHAR count);
LARGE_INTEGER NTAPI RtlLargeIntegerShiftRight(LARGE_INTEGER a, CCHAR count);
LARGE_INTEGER NTAPI RtlLargeIntegerArithmeticShift(LARGE_INTEGER a, CCHAR count);
ULARGE_INTEGER NTAPI RtlLargeIntegerDivide(ULARGE_INTEGER a, ULARGE_INTEGER b, ULARGE_INTEGER *remainder);
LARGE_INTEGER NTAPI RtlConvertLongToLargeInteger(LONG a);
LARGE_INTEGER NTAPI RtlConvertUlongToLargeInteger(ULONG a);
LARGE_INTEGER NTAPI RtlEnlargedIntegerMultiply(LONG a, LONG b);
LARGE_INTEGER NTAPI RtlEnlargedUnsignedMultiply(ULONG a, ULONG b);
ULONG NTAPI RtlEnlargedUnsignedDivide(ULARGE_INTEGER a, ULONG b, ULONG *remainder);
LARGE_INTEGER NTAPI RtlExtendedIntegerMultiply(LARGE_INTEGER a, LONG b);
ULARGE_INTEGER NTAPI RtlExtendedLargeIntegerDivide(ULARGE_INTEGER a, ULONG b, ULONG *remainder);
LARGE_INTEGER NTAPI RtlExtendedMagicDivide(LARGE_INTEGER a, LARGE_INTEGER magic, CCHAR shift);
LONGLONG NTAPI RtlInterlockedCompareExchange64(volatile LONGLONG *to, LONGLONG value, LONGLONG compared);
USHORT __fastcall RtlUshortByteSwap(USHORT a);
ULONG __fastcall RtlUlongByteSwap(ULONG a);
ULONGLONG __fastcall RtlUlonglongByteSwap(ULONGLONG a);
PVOID NTAPI exported_teb(void);

#define LARGE(value) ((LARGE_INTEGER){.QuadPart = (LONGLONG)(value)})

LARGE_INTEGER NTAPI RtlLargeIntegerAdd(LARGE_INTEGER a, LARGE_INTEGER b)
{
    return LARGE((ULONGLONG)a.QuadPart + (ULONGLONG)b.QuadPart);
}

LARGE_INTEGER NTAPI RtlLargeIntegerSubtract(LARGE_INTEGER a, LARGE_INTEGER b)
{
    return LARGE((ULONGLONG)a.QuadPart - (ULONGLONG)b.QuadPart);
}

LARGE_INTEGER NTAPI RtlLargeIntegerNegate(LARGE_INTEGER a)
{
    return LARGE(-(ULONGLONG)a.QuadPart);
}

LARGE_INTEGER NTAPI RtlLargeIntegerShiftLeft(LARGE_INTEGER a, CCHAR count)
{
    return LARGE((ULONGLONG)a.QuadPart << (count & 63));
}

LARGE_INTEGER NTAPI RtlLargeIntegerShiftRight(LARGE_INTEGER a, CCHAR count)
{
    return LARGE((ULONGLONG)a.QuadPart >> (count & 63));
}

LARGE_INTEGER NTAPI RtlLargeIntegerArithmeticShift(LARGE_INTEGER a, CCHAR count)
{
    return LARGE(a.QuadPart >> (count & 63));
}

ULARGE_INTEGER NTAPI RtlLargeIntegerDivide(ULARGE_INTEGER a, ULARGE_INTEGER b, ULARGE_INTEGER *remainder)
{
    if (!b.QuadPart)
        RtlRaiseStatus(STATUS_INTEGER_DIVIDE_BY_ZERO);
    if (remainder)
        remainder->QuadPart = a.QuadPart % b.QuadPart;
    return (ULARGE_INTEGER){.QuadPart = a.QuadPart / b.QuadPart};
}

LARGE_INTEGER NTAPI RtlConvertLongToLargeInteger(LONG a)
{
    return LARGE(a);
}

LARGE_INTEGER NTAPI RtlConvertUlongToLargeInteger(ULONG a)
{
    return LARGE(a);
}

LARGE_INTEGER NTAPI RtlEnlargedIntegerMultiply(LONG a, LONG b)
{
    return LARGE((LONGLONG)a * b);
}

LARGE_INTEGER NTAPI RtlEnlargedUnsignedMultiply(ULONG a, ULONG b)
{
    return LARGE((ULONGLONG)a * b);
}

ULONG NTAPI RtlEnlargedUnsignedDivide(ULARGE_INTEGER a, ULONG b, ULONG *remainder)
{
    if (remainder)
        *remainder = (ULONG)(a.QuadPart % b);
    return (ULONG)(a.QuadPart / b);
}

LARGE_INTEGER NTAPI RtlExtendedIntegerMultiply(LARGE_INTEGER a, LONG b)
{
    return LARGE((ULONGLONG)a.QuadPart * (ULONGLONG)(LONGLONG)b);
}

ULARGE_INTEGER NTAPI RtlExtendedLargeIntegerDivide(ULARGE_INTEGER a, ULONG b, ULONG *remainder)
{
    if (remainder)
        *remainder = (ULONG)(a.QuadPart % b);
    return (ULARGE_INTEGER){.QuadPart = a.QuadPart / b};
}

/* The upper half of |a| * magic, shifted right, with a's sign. */
LARGE_INTEGER NTAPI RtlExtendedMagicDivide(LARGE_INTEGER a, LARGE_INTEGER magic, CCHAR shift)
{
    const BOOLEAN negative = a.QuadPart < 0;
    const ULONGLONG x = negative ? -(ULONGLONG)a.QuadPart : (ULONGLONG)a.QuadPart;
    const ULONGLONG m = (ULONGLONG)magic.QuadPart, x_low = (ULONG)x, x_high = x >> 32, m_low = (ULONG)m,
                    m_high = m >> 32;
    const ULONGLONG middle = x_high * m_low + (x_low * m_low >> 32);
    const ULONGLONG upper = x_high * m_high + (middle >> 32) + ((x_low * m_high + (ULONG)middle) >> 32);
    const ULONGLONG result = upper >> (shift & 63);
    return LARGE(negative ? -result : result);
}

LONGLONG NTAPI RtlInterlockedCompareExchange64(volatile LONGLONG *to, LONGLONG value, LONGLONG compared)
{
    return __sync_val_compare_and_swap(to, compared, value);
}

USHORT __fastcall RtlUshortByteSwap(USHORT a)
{
    return __builtin_bswap16(a);
}

ULONG __fastcall RtlUlongByteSwap(ULONG a)
{
    return __builtin_bswap32(a);
}

ULONGLONG __fastcall RtlUlonglongByteSwap(ULONGLONG a)
{
    return __builtin_bswap64(a);
}

PVOID NTAPI exported_teb(void)
{
    return rtl_teb();
}
