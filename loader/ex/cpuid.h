/*
 * What CPUID says, as libc has asked it at its own start: in a virtual machine every CPUID costs
 * microseconds.
 */
#ifndef LOADER_EX_CPUID_H
#define LOADER_EX_CPUID_H

#include <cpuid.h>
#include <stdint.h>
#if __has_include(<sys/platform/x86.h>)
#include <sys/platform/x86.h>
#define EX_CPUID_KNOWN 1
#endif

struct ex_cpuid {
    uint32_t eax, ebx, ecx, edx;
};

/* Leaf 1, 7, 0xd (its subleaf 1) or 0x80000001; zeros if the processor has no such leaf. */
static inline struct ex_cpuid ex_cpuid(uint32_t leaf)
{
    struct ex_cpuid result = {0};
#ifdef EX_CPUID_KNOWN
    unsigned index = leaf == 1     ? CPUID_INDEX_1
                     : leaf == 7   ? CPUID_INDEX_7
                     : leaf == 0xd ? CPUID_INDEX_D_ECX_1
                                   : CPUID_INDEX_80000001;
    const struct cpuid_feature *known = __x86_get_cpuid_feature_leaf(index);
    if (known)
        return (struct ex_cpuid){known->cpuid_array[0], known->cpuid_array[1], known->cpuid_array[2],
                                 known->cpuid_array[3]};
#endif
    __get_cpuid_count(leaf, leaf == 0xd, &result.eax, &result.ebx, &result.ecx, &result.edx);
    return result;
}

#endif
