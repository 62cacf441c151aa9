/*
 * ProcessPrng, which is loaded at run time as programs do.
 */
#include "harness.h"

TEST(random)
{
    HMODULE module = LoadLibraryA("bcryptprimitives.dll");
    if (!module && harness_is_wine())
        SKIP("wine 8.0 has no bcryptprimitives.dll");
    BOOL(WINAPI * ProcessPrng)(BYTE *, SIZE_T) = (void *)GetProcAddress(module, "ProcessPrng");
    BYTE one[64] = {0}, two[64] = {0};
    CHECK(ProcessPrng != NULL);
    CHECK_EQ(ProcessPrng(one, sizeof one), TRUE);
    CHECK_EQ(ProcessPrng(two, sizeof two), TRUE);
    CHECK(memcmp(one, two, sizeof one) != 0);
    CHECK_EQ(ProcessPrng(one, 0), TRUE);
}
