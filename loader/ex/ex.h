/*
 * Executive services: time, KUSER_SHARED_DATA, locale and time zone of the host.
 */
#ifndef EX_EX_H
#define EX_EX_H

#include <nt/base.h>

/* Maps KUSER_SHARED_DATA and the time page and fills in what does not change. Once, at start. */
void ex_user_shared_data_initialize(void);

/* The guest touched KUSER_SHARED_DATA: brings its times up to date, makes it readable and keeps it
 * ticking for a while. false: not a page of ours that can be made readable. Async-signal-safe. */
bool ex_user_shared_data_fault(void);

/* 100 ns since 1601 UTC; as GetSystemTimeAsFileTime (coarse) and ...Precise... report it. */
uint64_t ex_system_time(void);
uint64_t ex_system_time_precise(void);

/* 100 ns since boot, sleep included. */
uint64_t ex_interrupt_time(void);

/* The performance counter: 100 ns, monotonic, without sleep. */
uint64_t ex_performance_counter(void);
#define EX_PERFORMANCE_FREQUENCY 10000000

/* The same for i386 code: draws the line on the time page and answers from it (tsc.c). */
struct door_time;
uint64_t ex_tsc_counter(struct door_time *page);

/* UTC minus local time now, in 100 ns; what KUSER_SHARED_DATA publishes. Async-signal-safe. */
int64_t ex_time_zone_bias(void);

#endif
