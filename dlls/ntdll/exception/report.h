/*
 * Text for stderr put together without the heap or a C runtime: what fits stays, the rest is dropped.
 */
#ifndef NTDLL_EXCEPTION_REPORT_H
#define NTDLL_EXCEPTION_REPORT_H

#include <nt/base.h>

struct report {
    ULONG length;
    char text[6144];
};

void report_text(struct report *report, const char *text);
void report_hex(struct report *report, ULONG64 value, int digits); /* digits 0: as many as needed */
void report_decimal(struct report *report, ULONG64 value);
void report_address(struct report *report, ULONG_PTR address); /* module+0x123 */
void report_print(struct report *report);                      /* writes and empties it */

#endif
