/* Rtl's times: fields, seconds since 1970 and 1980, local time, time zones, clocks. */
#include "../harness.h"

typedef struct {
    SHORT year, month, day, hour, minute, second, milliseconds, weekday;
} FIELDS;

VOID NTAPI RtlTimeToTimeFields(const LARGE_INTEGER *, FIELDS *);
VOID NTAPI RtlTimeToElapsedTimeFields(const LARGE_INTEGER *, FIELDS *);
BOOLEAN NTAPI RtlTimeFieldsToTime(const FIELDS *, LARGE_INTEGER *);
BOOLEAN NTAPI RtlTimeToSecondsSince1970(const LARGE_INTEGER *, ULONG *);
BOOLEAN NTAPI RtlTimeToSecondsSince1980(const LARGE_INTEGER *, ULONG *);
VOID NTAPI RtlSecondsSince1970ToTime(ULONG, LARGE_INTEGER *);
VOID NTAPI RtlSecondsSince1980ToTime(ULONG, LARGE_INTEGER *);
LONG NTAPI RtlSystemTimeToLocalTime(const LARGE_INTEGER *, LARGE_INTEGER *);
LONG NTAPI RtlLocalTimeToSystemTime(const LARGE_INTEGER *, LARGE_INTEGER *);
LONG NTAPI RtlQueryTimeZoneInformation(void *);
BOOLEAN NTAPI RtlQueryUnbiasedInterruptTime(ULONGLONG *);
BOOLEAN NTAPI RtlQueryPerformanceCounter(LARGE_INTEGER *);
BOOLEAN NTAPI RtlQueryPerformanceFrequency(LARGE_INTEGER *);
ULONG NTAPI NtGetTickCount(void);

static const LONGLONG epoch1970 = 116444736000000000ll, epoch1980 = 119600064000000000ll;

TEST(fields)
{
    static const struct {
        LONGLONG time;
        FIELDS fields;
    } cases[] = {{0, {1601, 1, 1, 0, 0, 0, 0, 1}},
                 {116444736000000000ll, {1970, 1, 1, 0, 0, 0, 0, 4}},
                 {125911583999990000ll, {1999, 12, 31, 23, 59, 59, 999, 5}},
                 {125962560000000000ll, {2000, 2, 29, 0, 0, 0, 0, 2}},
                 {132604635091230000ll, {2021, 3, 17, 14, 5, 9, 123, 3}}};

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        FIELDS got;
        LARGE_INTEGER time = {.QuadPart = cases[i].time}, back = {.QuadPart = 1};
        RtlTimeToTimeFields(&time, &got);
        if (memcmp(&got, &cases[i].fields, sizeof got))
            FAIL("%u: %d-%d-%d %d:%d:%d.%d (%d)", i, got.year, got.month, got.day, got.hour, got.minute,
                 got.second, got.milliseconds, got.weekday);
        CHECK(RtlTimeFieldsToTime(&cases[i].fields, &back));
        CHECK_EQ(back.QuadPart, cases[i].time);
    }
}

TEST(impossible_fields)
{
    ORACLE_DIFFERS("years before 1601 and the 29th of February are taken");
    static const FIELDS good = {2021, 3, 17, 14, 5, 9, 123, 0};
    LARGE_INTEGER time = {.QuadPart = 7};
    FIELDS bad;

#define BAD(member, value)                                                                                   \
    do {                                                                                                     \
        bad = good;                                                                                          \
        bad.member = (value);                                                                                \
        CHECK(!RtlTimeFieldsToTime(&bad, &time));                                                            \
    } while (0)
    BAD(year, 1600);
    BAD(month, 0);
    BAD(month, 13);
    BAD(day, 0);
    BAD(day, 32);
    BAD(hour, 24);
    BAD(hour, -1);
    BAD(minute, 60);
    BAD(second, 60);
    BAD(milliseconds, 1000);
    BAD(milliseconds, -1);
    bad = good;
    bad.month = 2;
    bad.day = 29;
    CHECK(!RtlTimeFieldsToTime(&bad, &time));
    CHECK_EQ(time.QuadPart, 7);
    bad.year = 2020;
    CHECK(RtlTimeFieldsToTime(&bad, &time));
    bad.year = 1900;
    CHECK(!RtlTimeFieldsToTime(&bad, &time));
}

TEST(elapsed_fields)
{
    LARGE_INTEGER time = {.QuadPart = ((((2ll * 24 + 3) * 60 + 4) * 60 + 5) * 1000 + 6) * 10000};
    FIELDS got;

    RtlTimeToElapsedTimeFields(&time, &got);
    CHECK_EQ(got.year, 0);
    CHECK_EQ(got.month, 0);
    CHECK_EQ(got.day, 2);
    CHECK_EQ(got.hour, 3);
    CHECK_EQ(got.minute, 4);
    CHECK_EQ(got.second, 5);
    CHECK_EQ(got.milliseconds, 6);
}

TEST(seconds)
{
    LARGE_INTEGER time;
    ULONG seconds = 7;

    RtlSecondsSince1970ToTime(0, &time);
    CHECK_EQ(time.QuadPart, epoch1970);
    RtlSecondsSince1970ToTime(0xffffffff, &time);
    CHECK_EQ(time.QuadPart, epoch1970 + 0xffffffffll * 10000000);
    CHECK(RtlTimeToSecondsSince1970(&time, &seconds));
    CHECK_EQ(seconds, 0xffffffff);
    time.QuadPart += 10000000;
    CHECK(!RtlTimeToSecondsSince1970(&time, &seconds));
    time.QuadPart = epoch1970 - 1;
    CHECK(!RtlTimeToSecondsSince1970(&time, &seconds));
    RtlSecondsSince1980ToTime(3, &time);
    CHECK_EQ(time.QuadPart, epoch1980 + 30000000);
    CHECK(RtlTimeToSecondsSince1980(&time, &seconds));
    CHECK_EQ(seconds, 3);
    time.QuadPart = epoch1980 - 1;
    CHECK(!RtlTimeToSecondsSince1980(&time, &seconds));
}

TEST(local_time)
{
    LARGE_INTEGER now, local, back;
    FILETIME file, file_local;

    GetSystemTimeAsFileTime(&file);
    now.LowPart = file.dwLowDateTime;
    now.HighPart = (LONG)file.dwHighDateTime;
    CHECK_STATUS(RtlSystemTimeToLocalTime(&now, &local), STATUS_SUCCESS);
    CHECK(FileTimeToLocalFileTime(&file, &file_local));
    CHECK_EQ(local.LowPart, file_local.dwLowDateTime);
    CHECK_EQ(local.HighPart, file_local.dwHighDateTime);
    CHECK_STATUS(RtlLocalTimeToSystemTime(&local, &back), STATUS_SUCCESS);
    CHECK_EQ(back.QuadPart, now.QuadPart);
}

TEST(zones)
{
    TIME_ZONE_INFORMATION zone, ours;
    DYNAMIC_TIME_ZONE_INFORMATION dynamic;
    LONG(NTAPI * query_dynamic)
    (void *) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "RtlQueryDynamicTimeZoneInformation");

    memset(&zone, 0x55, sizeof zone);
    CHECK_STATUS(RtlQueryTimeZoneInformation(&zone), STATUS_SUCCESS);
    CHECK(GetTimeZoneInformation(&ours) != TIME_ZONE_ID_INVALID);
    CHECK_EQ(zone.Bias, ours.Bias);
    CHECK_EQ(zone.DaylightBias, ours.DaylightBias);
    CHECK_EQ(zone.StandardDate.wMonth, ours.StandardDate.wMonth);
    memset(&dynamic, 0x55, sizeof dynamic);
    CHECK_STATUS(query_dynamic(&dynamic), STATUS_SUCCESS);
    CHECK_EQ(dynamic.Bias, zone.Bias);
    CHECK(dynamic.TimeZoneKeyName[0] != 0x5555);
    if (!harness_is_wine()) /* Debian's wine finds no zone in its registry whose rules are UTC's */
        CHECK(dynamic.TimeZoneKeyName[0]);
    CHECK(dynamic.DynamicDaylightTimeDisabled <= 1);
}

TEST(clocks)
{
    HMODULE ntdll = GetModuleHandleA("ntdll.dll");
    LONGLONG(NTAPI * system_precise)(void) = (void *)GetProcAddress(ntdll, "RtlGetSystemTimePrecise");
    ULONGLONG(NTAPI * interrupt_precise)
    (LARGE_INTEGER *) = (void *)GetProcAddress(ntdll, "RtlGetInterruptTimePrecise");
    LARGE_INTEGER a, b, frequency, counter;
    ULONGLONG unbiased, later;
    FILETIME file;

    CHECK(RtlQueryPerformanceFrequency(&frequency));
    CHECK(RtlQueryPerformanceCounter(&a));
    CHECK(QueryPerformanceFrequency(&b));
    CHECK_EQ(frequency.QuadPart, b.QuadPart);
    CHECK(RtlQueryUnbiasedInterruptTime(&unbiased));
    ULONG tick = NtGetTickCount();
    CHECK(GetTickCount() - tick < 1000);
    Sleep(30);
    CHECK(RtlQueryPerformanceCounter(&b));
    CHECK((b.QuadPart - a.QuadPart) * 1000 / frequency.QuadPart >= 25);
    CHECK(RtlQueryUnbiasedInterruptTime(&later));
    CHECK(later - unbiased >= 200000 && later - unbiased < 600000000);
    CHECK(NtGetTickCount() - tick >= 10);
    CHECK(!RtlQueryUnbiasedInterruptTime(NULL));
    if (system_precise) {
        LONGLONG now = system_precise();
        GetSystemTimePreciseAsFileTime(&file);
        LONGLONG same = (LONGLONG)((ULONGLONG)file.dwHighDateTime << 32 | file.dwLowDateTime);
        CHECK(same >= now && same - now < 100000000);
    }
    if (interrupt_precise) {
        ULONGLONG now = interrupt_precise(&counter);
        CHECK(counter.QuadPart >= b.QuadPart);
        CHECK(interrupt_precise(&counter) >= now);
    }
}

/* From rules as time zones have them: the nth weekday of a month, the fifth being the last. */
TEST(cutovers)
{
    BOOLEAN(NTAPI * cutover)
    (const FIELDS *, LARGE_INTEGER *, const LARGE_INTEGER *,
     BOOLEAN) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "RtlCutoverTimeToSystemTime");
    const FIELDS summer = {2020, 6, 15, 0, 0, 0, 0, 0};
    FIELDS rule = {0, 3, 2, 2, 0, 0, 0, 0}, got; /* the second Sunday in March, 2:00 */
    LARGE_INTEGER now, time;

    ORACLE_CRASHES("RtlCutoverTimeToSystemTime is missing");
    CHECK(RtlTimeFieldsToTime(&summer, &now));
    CHECK(cutover(&rule, &time, &now, TRUE));
    RtlTimeToTimeFields(&time, &got);
    CHECK(got.year == 2020 && got.month == 3 && got.day == 8 && got.hour == 2);
    CHECK(cutover(&rule, &time, &now, FALSE)); /* it has passed: next year's */
    RtlTimeToTimeFields(&time, &got);
    CHECK(got.year == 2021 && got.month == 3 && got.day == 14);
    rule.month = 10;
    rule.day = 5;
    CHECK(cutover(&rule, &time, &now, FALSE));
    RtlTimeToTimeFields(&time, &got);
    CHECK(got.year == 2020 && got.month == 10 && got.day == 25 && got.weekday == 0);
    rule = summer; /* with a year it is a date */
    CHECK(cutover(&rule, &time, &now, TRUE));
    CHECK_EQ(time.QuadPart, now.QuadPart);
    rule.year = 0;
    rule.day = 6;
    CHECK(!cutover(&rule, &time, &now, TRUE));
    rule.day = 1;
    rule.month = 13;
    CHECK(!cutover(&rule, &time, &now, TRUE));
    rule.month = 1;
    rule.weekday = 7;
    CHECK(!cutover(&rule, &time, &now, TRUE));
}

TEST(delays)
{
    LONG(NTAPI * delay)
    (BOOLEAN, LARGE_INTEGER *) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "RtlDelayExecution");
    LARGE_INTEGER interval = {.QuadPart = -300000};

    if (!delay)
        SKIP("not exported there");
    ULONG start = GetTickCount();
    CHECK_STATUS(delay(FALSE, &interval), STATUS_SUCCESS);
    CHECK(GetTickCount() - start >= 15);
    CHECK_STATUS(delay(FALSE, NULL), STATUS_ACCESS_VIOLATION);
}
