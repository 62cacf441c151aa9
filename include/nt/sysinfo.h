/*
 * What NtQuerySystemInformation reports, by information class; both worlds.
 */
#ifndef NT_SYSINFO_H
#define NT_SYSINFO_H

#include <nt/base.h>

enum {
    NtSystemBasicInformation = 0,
    NtSystemProcessorInformation = 1,
    NtSystemPerformanceInformation = 2,
    NtSystemTimeOfDayInformation = 3,
    NtSystemProcessInformation = 5,
    NtSystemProcessorPerformanceInformation = 8,
    NtSystemModuleInformation = 11,
    NtSystemHandleInformation = 16,
    NtSystemFileCacheInformation = 21,
    NtSystemInterruptInformation = 23,
    NtSystemTimeAdjustmentInformation = 28,
    NtSystemKernelDebuggerInformation = 35,
    NtSystemRegistryQuotaInformation = 37,
    NtSystemEmulationBasicInformation = 62,
    NtSystemEmulationProcessorInformation = 63,
    NtSystemExtendedHandleInformation = 64,
    NtSystemLogicalProcessorInformation = 73,
    NtSystemCodeIntegrityInformation = 103,
    NtSystemLogicalProcessorInformationEx = 107,
    NtSystemNativeBasicInformation = 114,
    NtSystemKernelDebuggerInformationEx = 149,
};

typedef struct _NT_SYSTEM_BASIC_INFORMATION {
    ULONG Reserved;
    ULONG TimerResolution; /* 100 ns */
    ULONG PageSize;
    ULONG NumberOfPhysicalPages;
    ULONG LowestPhysicalPageNumber, HighestPhysicalPageNumber;
    ULONG AllocationGranularity;
    ULONG_PTR MinimumUserModeAddress, MaximumUserModeAddress;
    ULONG_PTR ActiveProcessorsAffinityMask;
    UCHAR NumberOfProcessors;
} NT_SYSTEM_BASIC_INFORMATION;

typedef struct _NT_SYSTEM_PROCESSOR_INFORMATION {
    USHORT ProcessorArchitecture, ProcessorLevel, ProcessorRevision, MaximumProcessors;
    ULONG ProcessorFeatureBits;
} NT_SYSTEM_PROCESSOR_INFORMATION;

typedef struct _NT_SYSTEM_PERFORMANCE_INFORMATION {
    LARGE_INTEGER IdleProcessTime, IoReadTransferCount, IoWriteTransferCount, IoOtherTransferCount;
    ULONG IoReadOperationCount, IoWriteOperationCount, IoOtherOperationCount;
    ULONG AvailablePages, CommittedPages, CommitLimit, PeakCommitment; /* offset 0x2c */
    ULONG Counters[62];
    ULONGLONG CcTotalDirtyPages, CcDirtyPageThreshold;
    LONGLONG ResidentAvailablePages;
    ULONGLONG SharedCommittedPages;
} NT_SYSTEM_PERFORMANCE_INFORMATION;

typedef struct _NT_SYSTEM_TIMEOFDAY_INFORMATION {
    LARGE_INTEGER BootTime, CurrentTime, TimeZoneBias;
    ULONG TimeZoneId, Reserved;
    ULONGLONG BootTimeBias, SleepTimeBias;
} NT_SYSTEM_TIMEOFDAY_INFORMATION;

typedef struct _NT_SYSTEM_THREAD_INFORMATION {
    LARGE_INTEGER KernelTime, UserTime, CreateTime;
    ULONG WaitTime;
    PVOID StartAddress;
    CLIENT_ID ClientId;
    LONG Priority, BasePriority;
    ULONG ContextSwitches, ThreadState, WaitReason;
} NT_SYSTEM_THREAD_INFORMATION;

typedef struct _NT_SYSTEM_PROCESS_INFORMATION {
    ULONG NextEntryOffset, NumberOfThreads;
    LARGE_INTEGER WorkingSetPrivateSize;
    ULONG HardFaultCount, NumberOfThreadsHighWatermark;
    ULONGLONG CycleTime;
    LARGE_INTEGER CreateTime, UserTime, KernelTime;
    UNICODE_STRING ImageName;
    LONG BasePriority;
    HANDLE UniqueProcessId, InheritedFromUniqueProcessId;
    ULONG HandleCount, SessionId;
    ULONG_PTR UniqueProcessKey;
    SIZE_T PeakVirtualSize, VirtualSize;
    ULONG PageFaultCount;
    SIZE_T PeakWorkingSetSize, WorkingSetSize;
    SIZE_T QuotaPeakPagedPoolUsage, QuotaPagedPoolUsage, QuotaPeakNonPagedPoolUsage, QuotaNonPagedPoolUsage;
    SIZE_T PagefileUsage, PeakPagefileUsage, PrivatePageCount;
    LARGE_INTEGER ReadOperationCount, WriteOperationCount, OtherOperationCount;
    LARGE_INTEGER ReadTransferCount, WriteTransferCount, OtherTransferCount;
    NT_SYSTEM_THREAD_INFORMATION Threads[];
} NT_SYSTEM_PROCESS_INFORMATION;

typedef struct _NT_SYSTEM_PROCESSOR_PERFORMANCE_INFORMATION {
    LARGE_INTEGER IdleTime, KernelTime, UserTime, DpcTime, InterruptTime; /* kernel includes idle */
    ULONG InterruptCount;
} NT_SYSTEM_PROCESSOR_PERFORMANCE_INFORMATION;

#if defined(_WIN64) || !defined(_WIN32)
_Static_assert(sizeof(NT_SYSTEM_BASIC_INFORMATION) == 0x40, "basic");
_Static_assert(sizeof(NT_SYSTEM_PERFORMANCE_INFORMATION) == 0x158, "performance");
_Static_assert(sizeof(NT_SYSTEM_TIMEOFDAY_INFORMATION) == 0x30, "time of day");
_Static_assert(sizeof(NT_SYSTEM_THREAD_INFORMATION) == 0x50, "thread");
_Static_assert(sizeof(NT_SYSTEM_PROCESS_INFORMATION) == 0x100, "process");
_Static_assert(sizeof(NT_SYSTEM_PROCESSOR_PERFORMANCE_INFORMATION) == 0x30, "processor performance");
#endif

#endif
