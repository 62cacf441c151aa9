/*
 * What GwQueryTimeZone reports: the host's time zone by its name in the tz database, and this
 * year's rule for zones that have no Windows name.
 */
#ifndef GASTWIRT_TIMEZONE_H
#define GASTWIRT_TIMEZONE_H

#include <nt/types.h>

struct gw_time_zone {
    CHAR name[64];                             /* "Europe/Berlin"; empty: unknown */
    CHAR standard_name[32], daylight_name[32]; /* abbreviations */
    LONG bias, daylight_bias; /* minutes to add to local standard (then daylight) time for UTC */
    USHORT standard_start[8], daylight_start[8]; /* SYSTEMTIMEs with a year; month 0: no change */
};

#endif
