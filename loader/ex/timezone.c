/*
 * The host's time zone.
 */
#include "ex/ex.h"

int64_t ex_time_zone_bias(void)
{
    return 0;
}
