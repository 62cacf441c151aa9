/*
 * Classes of information on processes, and what querying and setting them share.
 */
#ifndef PS_PROCESS_INFO_H
#define PS_PROCESS_INFO_H

#include "ps/ps.h"

enum {
    PROCESS_QUERY_INFORMATION = 0x400,
    PROCESS_QUERY_LIMITED_INFORMATION = 0x1000,
    PROCESS_SET_INFORMATION = 0x200
};

/* PROCESSINFOCLASS */
enum {
    ProcessBasicInformation = 0,
    ProcessQuotaLimits = 1,
    ProcessIoCounters = 2,
    ProcessVmCounters = 3,
    ProcessTimes = 4,
    ProcessBasePriority = 5,
    ProcessDebugPort = 7,
    ProcessDefaultHardErrorMode = 12,
    ProcessPooledUsageAndLimits = 14,
    ProcessWorkingSetWatch = 15,
    ProcessPriorityClass = 18,
    ProcessHandleCount = 20,
    ProcessAffinityMask = 21,
    ProcessPriorityBoost = 22,
    ProcessSessionInformation = 24,
    ProcessWow64Information = 26,
    ProcessImageFileName = 27,
    ProcessLUIDDeviceMapsEnabled = 28,
    ProcessBreakOnTermination = 29,
    ProcessDebugObjectHandle = 30,
    ProcessDebugFlags = 31,
    ProcessIoPriority = 33,
    ProcessExecuteFlags = 34,
    ProcessCookie = 36,
    ProcessImageInformation = 37,
    ProcessCycleTime = 38,
    ProcessPagePriority = 39,
    ProcessImageFileNameWin32 = 43,
    ProcessGroupInformation = 47,
    ProcessConsoleHostProcess = 49,
    ProcessMitigationPolicy = 52,
    ProcessCommandLineInformation = 60,
    ProcessProtectionInformation = 61,
    ProcessFaultInformation = 63,
    ProcessSubsystemInformation = 75,
    ProcessPowerThrottlingState = 77,
};

/* The priority class as it counts: the job's, else as set. */
uint32_t ps_priority_class(const struct ps_process *process);
/* ... and the base priority that stands for it. */
int ps_priority_level(uint32_t class);

/* The processors it may run on, one bit each, numbered without gaps. */
KAFFINITY ps_process_affinity(const struct ps_process *process);
/* false: the mask is empty or names processors that it may not run on. */
bool ps_process_set_affinity(struct ps_process *process, KAFFINITY mask);

/* Processor times in 100 ns: of this process or thread (RUSAGE_...), or from a stat file of /proc (0 if it
 * cannot be read). */
void ps_usage_times(int who, LARGE_INTEGER *ret_kernel, LARGE_INTEGER *ret_user);
void ps_stat_times(const char *path, LARGE_INTEGER *ret_kernel, LARGE_INTEGER *ret_user);

#endif
