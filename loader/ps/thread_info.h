/*
 * Classes of information on threads, and what querying and setting them share.
 */
#ifndef PS_THREAD_INFO_H
#define PS_THREAD_INFO_H

#include "ps/remote.h"
#include "ps/thread.h"

/* THREADINFOCLASS */
enum {
    ThreadBasicInformation = 0,
    ThreadTimes = 1,
    ThreadPriority = 2,
    ThreadBasePriority = 3,
    ThreadAffinityMask = 4,
    ThreadImpersonationToken = 5,
    ThreadQuerySetWin32StartAddress = 9,
    ThreadZeroTlsCell = 10,
    ThreadPerformanceCount = 11,
    ThreadAmILastThread = 12,
    ThreadIdealProcessor = 13,
    ThreadPriorityBoost = 14,
    ThreadIsIoPending = 16,
    ThreadHideFromDebugger = 17,
    ThreadBreakOnTermination = 18,
    ThreadIsTerminated = 20,
    ThreadWow64Context = 29,
    ThreadIoPriority = 22,
    ThreadCycleTime = 23,
    ThreadPagePriority = 24,
    ThreadTebInformation = 26,
    ThreadGroupInformation = 30,
    ThreadIdealProcessorEx = 33,
    ThreadSuspendCount = 35,
    ThreadNameInformation = PS_THREAD_NAME,
    ThreadPowerThrottlingState = 49,
};

struct group_affinity {
    KAFFINITY Mask;
    USHORT Group, Reserved[3];
};

/* Is it a living thread of another process, whose owner is to be asked? */
bool ps_thread_is_elsewhere(const struct ps_thread *thread);

#endif
