/*
 * Which extended processor states are enabled.
 */
#include <cpuid.h>
#include <nt/exception.h>

ULONG64 NTAPI RtlGetEnabledExtendedFeatures(ULONG64 mask)
{
    unsigned eax, ebx, ecx, edx, low, high;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & bit_OSXSAVE))
        return mask & 3;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return mask & low & (3 | XSTATE_CARRIED);
}
