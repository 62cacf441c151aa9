/*
 * Scaling by a fraction.
 */
#include "kernelbase.h"

/* number * numerator / denominator, rounded to the nearest, halves away from zero; -1 if that does not fit
 * or the denominator is 0. */
INT WINAPI MulDiv(INT number, INT numerator, INT denominator)
{
    if (!denominator)
        return -1;
    LONGLONG product = (LONGLONG)number * numerator, divisor = denominator;
    if (divisor < 0) {
        divisor = -divisor;
        product = -product;
    }
    const LONGLONG result = (product < 0 ? product - divisor / 2 : product + divisor / 2) / divisor;
    return result > 2147483647 || result < -2147483647 ? -1 : (INT)result;
}
