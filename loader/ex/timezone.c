/*
 * The host's time zone: its name from TZ or /etc/localtime; its rule for this year by asking the C
 * library about each day, for zones that are in no table.
 */
#include "ex/ex.h"
#include "mm/guest.h"
#include <gastwirt/timezone.h>
#include <nt/syscalls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* UTC minus local, 100 ns; what GwQueryTimeZone found last. */
static int64_t last_bias;

int64_t ex_time_zone_bias(void)
{
    return __atomic_load_n(&last_bias, __ATOMIC_RELAXED);
}

/* The part of a path after ".../zoneinfo/", without posix/ or right/. */
static const char *after_zoneinfo(const char *path)
{
    const char *name = strstr(path, "zoneinfo/");

    if (!name)
        return NULL;
    name += strlen("zoneinfo/");
    if (strncmp(name, "posix/", 6) == 0 || strncmp(name, "right/", 6) == 0)
        name += 6;
    return name;
}

static void find_name(char *name, size_t size)
{
    const char *variable = getenv("TZ"), *found = NULL;
    char target[512];
    FILE *file;
    ssize_t length;

    if (variable) {
        if (*variable == ':')
            variable++;
        if (!*variable)
            found = "UTC";
        else if (*variable == '/')
            found = after_zoneinfo(variable);
        else if (!strpbrk(variable, ",<"))
            found = variable;
        snprintf(name, size, "%s", found ? found : "");
        return;
    }
    length = readlink("/etc/localtime", target, sizeof target - 1);
    if (length > 0) {
        target[length] = 0;
        found = after_zoneinfo(target);
    } else if (access("/etc/localtime", F_OK) != 0) {
        found = "UTC";
    }
    if (found) {
        snprintf(name, size, "%s", found);
        return;
    }
    name[0] = 0;
    file = fopen("/etc/timezone", "re");
    if (!file)
        return;
    if (fgets(name, (int)size, file))
        name[strcspn(name, "\n")] = 0;
    fclose(file);
}

static long offset_at(time_t time, struct tm *local)
{
    localtime_r(&time, local);
    return local->tm_gmtoff;
}

/* The first second of (low, high] at which the offset is no longer that of low. */
static time_t find_change(time_t low, time_t high)
{
    struct tm local;
    long offset = offset_at(low, &local);

    while (high - low > 1) {
        time_t middle = low + (high - low) / 2;

        if (offset_at(middle, &local) == offset)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* The wall-clock time of a change, in the time before it. */
static void set_start(USHORT start[8], time_t change, long offset_before)
{
    time_t wall = change + offset_before;
    struct tm tm;

    gmtime_r(&wall, &tm);
    start[0] = (USHORT)(tm.tm_year + 1900);
    start[1] = (USHORT)(tm.tm_mon + 1);
    start[2] = (USHORT)tm.tm_wday;
    start[3] = (USHORT)tm.tm_mday;
    start[4] = (USHORT)tm.tm_hour;
    start[5] = (USHORT)tm.tm_min;
    start[6] = (USHORT)tm.tm_sec;
}

static void find_rule(struct gw_time_zone *zone)
{
    time_t now = time(NULL), day;
    struct tm tm, other;
    long offset = offset_at(now, &tm), standard = offset, before;
    struct tm first = {.tm_year = tm.tm_year, .tm_mday = 1};

    snprintf(zone->standard_name, sizeof zone->standard_name, "%s", tm.tm_zone ? tm.tm_zone : "");
    snprintf(zone->daylight_name, sizeof zone->daylight_name, "%s", tm.tm_zone ? tm.tm_zone : "");
    zone->daylight_bias = 0;
    day = timegm(&first);
    before = offset_at(day, &other);
    for (int i = 0; i < 366; i++, day += 86400) {
        long after = offset_at(day + 86400, &other);

        if (after == before)
            continue;
        if (after > before) {
            standard = before;
            zone->daylight_bias = (LONG)(-(after - before) / 60);
            set_start(zone->daylight_start, find_change(day, day + 86400), before);
            snprintf(zone->daylight_name, sizeof zone->daylight_name, "%s",
                     other.tm_zone ? other.tm_zone : "");
        } else {
            standard = after;
            zone->daylight_bias = (LONG)(-(before - after) / 60);
            set_start(zone->standard_start, find_change(day, day + 86400), before);
            snprintf(zone->standard_name, sizeof zone->standard_name, "%s",
                     other.tm_zone ? other.tm_zone : "");
        }
        before = after;
    }
    if (!zone->standard_start[1] || !zone->daylight_start[1]) { /* one change is none that repeats */
        memset(zone->standard_start, 0, sizeof zone->standard_start);
        memset(zone->daylight_start, 0, sizeof zone->daylight_start);
        zone->daylight_bias = 0;
        standard = offset;
    }
    zone->bias = (LONG)(-standard / 60);
    __atomic_store_n(&last_bias, (int64_t)-offset * 10000000, __ATOMIC_RELAXED);
}

NTSTATUS GwQueryTimeZone(void *Zone, ULONG Size)
{
    struct gw_time_zone zone = {0};

    if (Size != sizeof zone)
        return STATUS_INFO_LENGTH_MISMATCH;
    tzset();
    find_name(zone.name, sizeof zone.name);
    find_rule(&zone);
    return guest_copy(Zone, &zone, sizeof zone);
}
