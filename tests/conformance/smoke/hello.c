/*
 * The smallest thing that must always work.
 */
#include "harness.h"

TEST(hello)
{
    CHECK(GetCurrentProcessId() != 0);
    CHECK(GetModuleHandleA("kernel32.dll") != NULL);
}
