/*
 * NtQuerySystemInformation: classes and structures, both worlds.
 */
#ifndef NT_SYSTEM_H
#define NT_SYSTEM_H

#include <nt/base.h>

#define NT_SYSTEM_BASIC 0
#define NT_SYSTEM_PROCESSOR 1
#define NT_SYSTEM_PERFORMANCE 2
#define NT_SYSTEM_TIME_OF_DAY 3
#define NT_SYSTEM_PROCESSOR_PERFORMANCE 8
#define NT_SYSTEM_KERNEL_DEBUGGER 35
#define NT_SYSTEM_EMULATION_BASIC 62
#define NT_SYSTEM_EMULATION_PROCESSOR 63
#define NT_SYSTEM_LOGICAL_PROCESSOR 73
#define NT_SYSTEM_CODE_INTEGRITY 103
#define NT_SYSTEM_LOGICAL_PROCESSOR_AND_GROUP 107

typedef struct _NT_SYSTEM_BASIC_INFORMATION {
    ULONG Reserved;
    ULONG TimerResolution; /* 100 ns */
    ULONG PageSize;
    ULONG NumberOfPhysicalPages;
    ULONG LowestPhysicalPageNumber;
    ULONG HighestPhysicalPageNumber;
    ULONG AllocationGranularity;
    ULONG_PTR MinimumUserModeAddress;
    ULONG_PTR MaximumUserModeAddress;
    ULONG_PTR ActiveProcessorsAffinityMask;
    CHAR NumberOfProcessors;
} NT_SYSTEM_BASIC_INFORMATION;

typedef struct _NT_SYSTEM_PROCESSOR_INFORMATION {
    USHORT ProcessorArchitecture; /* PROCESSOR_ARCHITECTURE_... */
    USHORT ProcessorLevel;        /* family */
    USHORT ProcessorRevision;     /* model << 8 | stepping */
    USHORT MaximumProcessors;
    ULONG ProcessorFeatureBits;
} NT_SYSTEM_PROCESSOR_INFORMATION;

/* The fields at the beginning that mean something here; the real one is longer, the rest is zero. */
typedef struct _NT_SYSTEM_PERFORMANCE_INFORMATION {
    LARGE_INTEGER IdleProcessTime;
    LARGE_INTEGER IoReadTransferCount, IoWriteTransferCount, IoOtherTransferCount;
    ULONG IoReadOperationCount, IoWriteOperationCount, IoOtherOperationCount;
    ULONG AvailablePages;
    ULONG CommittedPages;
    ULONG CommitLimit;
    ULONG PeakCommitment;
    ULONG PageFaultCount;
    ULONG Reserved1[5];
    ULONG Reserved2[57];
} NT_SYSTEM_PERFORMANCE_INFORMATION;
_Static_assert(sizeof(NT_SYSTEM_PERFORMANCE_INFORMATION) == 312, "SYSTEM_PERFORMANCE_INFORMATION");

typedef struct _NT_SYSTEM_TIME_OF_DAY_INFORMATION {
    LARGE_INTEGER BootTime, CurrentTime, TimeZoneBias;
    ULONG TimeZoneId;
    ULONG Reserved;
    ULONGLONG BootTimeBias, SleepTimeBias;
} NT_SYSTEM_TIME_OF_DAY_INFORMATION;

typedef struct _NT_PROCESSOR_TIMES {
    LARGE_INTEGER IdleTime, KernelTime /* with idle */, UserTime, DpcTime, InterruptTime;
    ULONG InterruptCount;
} NT_PROCESSOR_TIMES;

#endif
