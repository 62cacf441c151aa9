/*
 * The guest-to-host door: fixed addresses and constants both worlds rely on.
 * The door page lies in the same 64K granule as KUSER_SHARED_DATA, so nothing else can be there.
 */
#ifndef GASTWIRT_DOOR_H
#define GASTWIRT_DOOR_H

#define KUSER_SHARED_DATA_ADDRESS 0x7ffe0000
#define DOOR_PAGE                 0x7ffef000 /* read-only for the guest */
#define DOOR_ENTRY                0x7ffef000 /* 8 bytes: where a 64-bit stub jumps to */
#define DOOR_TARGET32             0x7ffef008 /* 8 bytes, for the code at DOOR_ENTRY32 only */
#define DOOR_ENTRY32              0x7ffef010 /* code: what an i386 stub calls (loader/wow/segments.c) */

#define DOOR_RETURN32 0x7ffef020 /* code, as if the i386 guest's: `ret`, so that returns pair up */

#define DOOR_BREAKPOINT 0x7ffefff0 /* code: what 64-bit debuggers of i386 programs see first */

/* The time page (loader/ex/ticker.c), read-only for the guest: a struct door_time. */
#define DOOR_TIME        0x7ffee000
#define DOOR_SYSTEM_CALL 0x7ffee308 /* the byte that stubs test, always 1 */

/* Bits 12 and 13 of a system-call number choose the table, as on Windows. */
#define SYSCALL_TABLE_NT       0 /* ntoskrnl's */
#define SYSCALL_TABLE_WIN32K   1 /* win32k's */
#define SYSCALL_TABLE_GASTWIRT 2 /* our own calls, Gw... */

/* Values of a thread's Syscall User Dispatch selector. */
#define SELECTOR_ALLOW 0
#define SELECTOR_BLOCK 1

#ifndef __ASSEMBLER__
/* KUSER_SHARED_DATA's times move only while `ticking`: reading them then agrees with the clocks. */
struct door_time {
    /* clock_gettime of the vDSO (SysV convention), or 0: not asked for yet with
     * NtQueryPerformanceCounter, or not usable without a system call. */
    unsigned long long clock;
    volatile unsigned ticking;
    /* The performance counter for code that cannot call `clock`: at the time stamp `stamp` it was `counter`
     * and fraction / 2^32, from there it grows by rate / 2^32 a cycle, for `span` cycles (0: there is no
     * line; ask NtQueryPerformanceCounter, which draws it). `sequence` is odd while this changes; 0: never
     * will be. The offsets lead to the system time since 1970 and the interrupt time. */
    volatile unsigned sequence, span, rate, fraction;
    volatile unsigned long long stamp, counter;
    volatile long long system_offset, interrupt_offset;
};
#endif

#endif
