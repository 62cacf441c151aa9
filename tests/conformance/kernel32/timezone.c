/* Time zones: conversions with explicit rules, the local zone, the list. */
#include "harness.h"

static TIME_ZONE_INFORMATION pacific(void)
{
    TIME_ZONE_INFORMATION zone = {0};

    zone.Bias = 480;
    zone.DaylightBias = -60;
    zone.StandardDate = (SYSTEMTIME){0, 11, 0, 1, 2, 0, 0, 0};
    zone.DaylightDate = (SYSTEMTIME){0, 3, 0, 2, 2, 0, 0, 0};
    return zone;
}

TEST(to_local)
{
    TIME_ZONE_INFORMATION zone = pacific();
    SYSTEMTIME winter = {2020, 1, 0, 15, 20, 0, 0, 0}, summer = {2020, 7, 0, 15, 20, 0, 0, 0}, local;

    CHECK(SystemTimeToTzSpecificLocalTime(&zone, &winter, &local));
    CHECK_EQ(local.wHour, 12);
    CHECK(SystemTimeToTzSpecificLocalTime(&zone, &summer, &local));
    CHECK_EQ(local.wHour, 13);
    summer = (SYSTEMTIME){2020, 3, 0, 8, 9, 59, 0, 0}; /* a minute before the change */
    CHECK(SystemTimeToTzSpecificLocalTime(&zone, &summer, &local));
    CHECK_EQ(local.wHour, 1);
    summer.wHour = 10;
    summer.wMinute = 0;
    CHECK(SystemTimeToTzSpecificLocalTime(&zone, &summer, &local));
    CHECK_EQ(local.wHour, 3);
}

TEST(to_utc)
{
    TIME_ZONE_INFORMATION zone = pacific();
    SYSTEMTIME winter = {2020, 1, 0, 15, 12, 0, 0, 0}, summer = {2020, 7, 0, 15, 13, 0, 0, 0}, utc;

    CHECK(TzSpecificLocalTimeToSystemTime(&zone, &winter, &utc));
    CHECK_EQ(utc.wHour, 20);
    CHECK(TzSpecificLocalTimeToSystemTime(&zone, &summer, &utc));
    CHECK_EQ(utc.wHour, 20);
    winter.wMonth = 13;
    CHECK_ERROR(TzSpecificLocalTimeToSystemTime(&zone, &winter, &utc), ERROR_INVALID_PARAMETER);
}

TEST(local_zone)
{
    TIME_ZONE_INFORMATION zone;
    DYNAMIC_TIME_ZONE_INFORMATION dynamic;
    DWORD id = GetTimeZoneInformation(&zone);
    FILETIME now, local, back;
    SYSTEMTIME utc, converted;

    CHECK(id != TIME_ZONE_ID_INVALID);
    if (!harness_is_wine()) /* Debian's wine finds no zone in its registry whose rules are UTC's */
        CHECK(zone.StandardName[0]);
    CHECK_EQ(GetDynamicTimeZoneInformation(&dynamic), id);
    CHECK_EQ(dynamic.Bias, zone.Bias);
    if (!harness_is_wine()) /* the same */
        CHECK(dynamic.TimeZoneKeyName[0]);
    GetSystemTimeAsFileTime(&now);
    CHECK(FileTimeToLocalFileTime(&now, &local));
    CHECK(LocalFileTimeToFileTime(&local, &back));
    CHECK_EQ(CompareFileTime(&now, &back), 0);
    CHECK(FileTimeToSystemTime(&now, &utc));
    CHECK(SystemTimeToTzSpecificLocalTime(NULL, &utc, &converted));
    CHECK(FileTimeToSystemTime(&local, &utc));
    CHECK_EQ(utc.wHour, converted.wHour);
    CHECK_EQ(utc.wMinute, converted.wMinute);
}

TEST(years)
{
    ORACLE_DIFFERS("Debian's wine sets up a registry without the documented table of zones");
    DYNAMIC_TIME_ZONE_INFORMATION dynamic = {0};
    TIME_ZONE_INFORMATION zone;

    lstrcpyW(dynamic.TimeZoneKeyName, L"Pacific Standard Time");
    CHECK(GetTimeZoneInformationForYear(2020, &dynamic, &zone));
    CHECK_EQ(zone.Bias, 480);
    CHECK_EQ(zone.DaylightDate.wMonth, 3);
    CHECK_EQ(zone.DaylightDate.wDay, 2);
    CHECK_EQ(zone.StandardDate.wMonth, 11);
    CHECK(GetTimeZoneInformationForYear(2006, &dynamic, &zone));
    CHECK_EQ(zone.DaylightDate.wMonth, 4);
    CHECK_EQ(zone.StandardDate.wMonth, 10);
    CHECK_EQ(zone.StandardDate.wDay, 5);
}
