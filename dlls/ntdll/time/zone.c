/*
 * Time zones: the process's own, and all that Windows knows, from the table.
 */
#include "zone.h"
#include <nt/syscalls.h>
#include <string.h>

extern const struct zone_table time_zones;

static const struct zone_rule *rules(void)
{
    return (const struct zone_rule *)(time_zones.zones + time_zones.zone_count);
}

static const struct zone_alias *aliases(void)
{
    return (const struct zone_alias *)(rules() + time_zones.rule_count);
}

static const struct zone *find_alias(const CHAR *name)
{
    ULONG low = 0, high = time_zones.alias_count;

    while (low < high) {
        ULONG middle = (low + high) / 2;
        int order = strcmp(name, aliases()[middle].name);

        if (order == 0)
            return time_zones.zones + aliases()[middle].zone;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static const struct zone_rule *rule_of(const struct zone *zone, LONG year)
{
    LONG index = year - ZONE_FIRST_YEAR;

    if (index < 0)
        index = 0;
    if (index >= ZONE_YEARS)
        index = ZONE_YEARS - 1;
    return rules() + zone->rules[index];
}

static void copy_fields(TIME_FIELDS *to, const SYSTEMTIME *from)
{
    to->Year = (SHORT)from->wYear;
    to->Month = (SHORT)from->wMonth;
    to->Day = (SHORT)from->wDay;
    to->Hour = (SHORT)from->wHour;
    to->Minute = (SHORT)from->wMinute;
    to->Second = (SHORT)from->wSecond;
    to->Milliseconds = (SHORT)from->wMilliseconds;
    to->Weekday = (SHORT)from->wDayOfWeek;
}

static void copy_name(WCHAR *to, const WCHAR *from, ULONG room)
{
    ULONG i;

    for (i = 0; i + 1 < room && from[i]; i++)
        to[i] = from[i];
    to[i] = 0;
}

static void widen(WCHAR *to, const CHAR *from)
{
    while ((*to++ = (UCHAR)*from++))
        ;
}

static void describe(const struct zone *zone, LONG year, RTL_DYNAMIC_TIME_ZONE_INFORMATION *information)
{
    const struct zone_rule *rule = rule_of(zone, year);
    RTL_TIME_ZONE_INFORMATION *tzi = &information->tzi;

    memset(information, 0, sizeof *information);
    tzi->Bias = rule->bias;
    tzi->StandardBias = rule->standard_bias;
    /* Zones without daylight time keep the customary hour, which then means nothing. */
    tzi->DaylightBias = rule->daylight_start.wMonth ? rule->daylight_bias : -60;
    if (zone->key[0] == 'U' && zone->key[1] == 'T' && zone->key[2] == 'C' && !zone->key[3])
        tzi->DaylightBias = 0;
    copy_name(tzi->StandardName, zone->standard_name, 32);
    copy_name(tzi->DaylightName, zone->daylight_name, 32);
    copy_fields(&tzi->StandardStart, &rule->standard_start);
    copy_fields(&tzi->DaylightStart, &rule->daylight_start);
    copy_name(information->TimeZoneKeyName, zone->key, 128);
}

static LONG this_year(void)
{
    LARGE_INTEGER now = {.QuadPart = GwSystemTime()};
    TIME_FIELDS fields;

    RtlTimeToTimeFields(&now, &fields);
    return fields.Year;
}

/* The host's zone, asked for once. */
static const struct gw_time_zone *host_zone(void)
{
    static struct gw_time_zone zone;
    static volatile LONG state; /* 0: not asked, 1: being asked, 2: there */

    if (__atomic_load_n(&state, __ATOMIC_ACQUIRE) != 2) {
        struct gw_time_zone mine = {0};

        GwQueryTimeZone(&mine, sizeof mine);
        if (__sync_val_compare_and_swap(&state, 0, 1) == 0) {
            zone = mine;
            __atomic_store_n(&state, 2, __ATOMIC_RELEASE);
        }
        while (__atomic_load_n(&state, __ATOMIC_ACQUIRE) != 2)
            NtYieldExecution();
    }
    return &zone;
}

NTSTATUS NTAPI RtlQueryDynamicTimeZoneInformation(RTL_DYNAMIC_TIME_ZONE_INFORMATION *information)
{
    const struct gw_time_zone *host = host_zone();
    const struct zone *zone = find_alias(host->name);
    RTL_TIME_ZONE_INFORMATION *tzi = &information->tzi;

    if (zone) {
        describe(zone, this_year(), information);
        return STATUS_SUCCESS;
    }
    memset(information, 0, sizeof *information);
    tzi->Bias = host->bias;
    tzi->DaylightBias = host->daylight_bias;
    widen(tzi->StandardName, host->standard_name);
    widen(tzi->DaylightName, host->daylight_name);
    copy_fields(&tzi->StandardStart, (const SYSTEMTIME *)host->standard_start);
    copy_fields(&tzi->DaylightStart, (const SYSTEMTIME *)host->daylight_start);
    copy_name(information->TimeZoneKeyName, tzi->StandardName, 128);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlQueryTimeZoneInformation(RTL_TIME_ZONE_INFORMATION *information)
{
    RTL_DYNAMIC_TIME_ZONE_INFORMATION dynamic;
    NTSTATUS status = RtlQueryDynamicTimeZoneInformation(&dynamic);

    *information = dynamic.tzi;
    return status;
}

NTSTATUS NTAPI GwQueryZone(ULONG index, const WCHAR *key, LONG year,
                           RTL_DYNAMIC_TIME_ZONE_INFORMATION *information)
{
    UNICODE_STRING wanted, candidate;

    if (!key) {
        if (index >= time_zones.zone_count)
            return STATUS_NO_MORE_ENTRIES;
        describe(time_zones.zones + index, year ? year : this_year(), information);
        return STATUS_SUCCESS;
    }
    wanted.Buffer = (WCHAR *)key;
    for (wanted.Length = 0; key[wanted.Length / sizeof(WCHAR)]; wanted.Length += sizeof(WCHAR))
        ;
    for (index = 0; index < time_zones.zone_count; index++) {
        const WCHAR *name = time_zones.zones[index].key;

        candidate.Buffer = (WCHAR *)name;
        for (candidate.Length = 0; name[candidate.Length / sizeof(WCHAR)]; candidate.Length += sizeof(WCHAR))
            ;
        if (RtlEqualUnicodeString(&wanted, &candidate, TRUE)) {
            describe(time_zones.zones + index, year ? year : this_year(), information);
            return STATUS_SUCCESS;
        }
    }
    return STATUS_OBJECT_NAME_NOT_FOUND;
}

/* Whether daylight time is in force at a UTC time; *ret_bias is then UTC minus local in minutes. The
 * zone's rule is taken as it is; a change has the wall-clock time before it. */
BOOLEAN NTAPI GwIsDaylight(const RTL_TIME_ZONE_INFORMATION *zone, LONGLONG utc, LONG *ret_bias)
{
    LONG standard = zone->Bias + zone->StandardBias, daylight = zone->Bias + zone->DaylightBias;
    LARGE_INTEGER local = {.QuadPart = utc - standard * 600000000ll}, to_standard, to_daylight;
    BOOLEAN is_daylight;

    *ret_bias = zone->Bias;
    if (!zone->StandardStart.Month || !zone->DaylightStart.Month ||
        !RtlCutoverTimeToSystemTime(&zone->StandardStart, &to_standard, &local, TRUE) ||
        !RtlCutoverTimeToSystemTime(&zone->DaylightStart, &to_daylight, &local, TRUE))
        return FALSE;
    to_standard.QuadPart += daylight * 600000000ll;
    to_daylight.QuadPart += standard * 600000000ll;
    is_daylight = to_daylight.QuadPart < to_standard.QuadPart
                      ? utc >= to_daylight.QuadPart && utc < to_standard.QuadPart
                      : !(utc >= to_standard.QuadPart && utc < to_daylight.QuadPart);
    *ret_bias = is_daylight ? daylight : standard;
    return is_daylight;
}

/* UTC minus local now, in 100 ns; looked up again every second or so. */
static LONGLONG current_bias(void)
{
    static volatile LONGLONG checked, cached;
    LONGLONG now = GwSystemTime();

    if (now - checked >= 10000000 || now < checked) {
        RTL_TIME_ZONE_INFORMATION zone;
        LONG bias;

        RtlQueryTimeZoneInformation(&zone);
        GwIsDaylight(&zone, now, &bias);
        cached = bias * 600000000ll;
        checked = now;
    }
    return cached;
}

NTSTATUS NTAPI RtlSystemTimeToLocalTime(const LARGE_INTEGER *system, LARGE_INTEGER *local)
{
    local->QuadPart = system->QuadPart - current_bias();
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlLocalTimeToSystemTime(const LARGE_INTEGER *local, LARGE_INTEGER *system)
{
    system->QuadPart = local->QuadPart + current_bias();
    return STATUS_SUCCESS;
}
