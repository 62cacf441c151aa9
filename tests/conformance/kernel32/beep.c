/* Beep: its limits, and that it takes its time. */
#include "harness.h"

TEST(limits)
{
    CHECK(Beep(37, 0));
    CHECK(Beep(32767, 0));
    ULONGLONG start = GetTickCount64();
    CHECK(Beep(1000, 60));
    if (!harness_is_wine()) /* documented: synchronous; there it is not */
        CHECK(GetTickCount64() - start >= 45);
}

TEST(failures)
{
    ORACLE_DIFFERS("frequencies are not looked at there");
    CHECK_ERROR(Beep(36, 0), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(Beep(0, 0), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(Beep(32768, 0), ERROR_INVALID_PARAMETER);
}
