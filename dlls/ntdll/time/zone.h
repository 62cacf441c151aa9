/*
 * The time-zone table that tools/timezones.py makes, and what the host says about its zone.
 */
#ifndef TIME_ZONE_H
#define TIME_ZONE_H

#include <gastwirt/timezone.h>
#include <nt/nls.h>

#define ZONE_FIRST_YEAR 1970
#define ZONE_YEARS      68

struct zone {
    WCHAR key[48], display[96], standard_name[32], daylight_name[32];
    USHORT rules[ZONE_YEARS];
};

struct zone_rule {
    LONG bias, standard_bias, daylight_bias; /* minutes */
    SYSTEMTIME standard_start, daylight_start;
};

struct zone_alias {
    CHAR name[40];
    USHORT zone, reserved;
};

struct zone_table {
    ULONG zone_count, rule_count, alias_count, reserved;
    struct zone zones[];
};

#endif
