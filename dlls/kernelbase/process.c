/*
 * Processes: this one and others, but for starting them (createprocess.c).
 */
#include "kernelbase.h"
#include <nt/ldr.h>

/* PROCESSINFOCLASS */
enum {
    ProcessBasicInformation = 0,
    ProcessQuotaLimits = 1,
    ProcessIoCounters = 2,
    ProcessTimes = 4,
    ProcessPriorityClassInformation = 18,
    ProcessHandleCountInformation = 20,
    ProcessAffinityMaskInformation = 21,
    ProcessPriorityBoostInformation = 22,
    ProcessSessionInformation = 24,
    ProcessWow64 = 26,
    ProcessImageFileNameNative = 27,
    ProcessBreakOnTermination = 29,
    ProcessExecuteFlags = 34,
    ProcessCycleTimeInformation = 38,
    ProcessPagePriority = 39,
    ProcessImageFileNameWin32 = 43,
    ProcessMitigationPolicyInformation = 52,
    ProcessPowerThrottlingState = 77,
};

typedef struct {
    NTSTATUS ExitStatus;
    PVOID PebBaseAddress;
    ULONG_PTR AffinityMask;
    LONG BasePriority;
    ULONG_PTR UniqueProcessId, InheritedFromUniqueProcessId;
} BASIC;

static BOOL query(HANDLE process, ULONG class, void *information, ULONG size)
{
    return set_status(NtQueryInformationProcess(process, class, information, size, NULL));
}

static BOOL set(HANDLE process, ULONG class, void *information, ULONG size)
{
    return set_status(NtSetInformationProcess(process, class, information, size));
}

HANDLE WINAPI GetCurrentProcess(void)
{
    return NtCurrentProcess();
}

DWORD WINAPI GetCurrentProcessId(void)
{
    return (DWORD)(ULONG_PTR)((TEB *)NtCurrentTeb())->ClientId.UniqueProcess;
}

void WINAPI ExitProcess(UINT code)
{
    RtlExitUserProcess((NTSTATUS)code);
}

BOOL WINAPI TerminateProcess(HANDLE process, UINT code)
{
    if (!process)
        return fail(ERROR_INVALID_HANDLE);
    NTSTATUS status = NtTerminateProcess(process, (NTSTATUS)code);
    if (status == STATUS_PROCESS_IS_TERMINATING)
        return fail(ERROR_ACCESS_DENIED);
    return set_status(status);
}

HANDLE WINAPI OpenProcess(DWORD access, BOOL inherit, DWORD id)
{
    OBJECT_ATTRIBUTES attributes = {sizeof attributes, NULL, NULL, inherit ? OBJ_INHERIT : 0, NULL, NULL};
    CLIENT_ID client = {(HANDLE)(ULONG_PTR)id, NULL};
    HANDLE handle;
    NTSTATUS status = NtOpenProcess(&handle, access, &attributes, &client);
    if (status == STATUS_INVALID_CID) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    return set_status(status) ? handle : NULL;
}

DWORD WINAPI GetProcessId(HANDLE process)
{
    BASIC basic;
    return query(process, ProcessBasicInformation, &basic, sizeof basic) ? (DWORD)basic.UniqueProcessId : 0;
}

BOOL WINAPI GetExitCodeProcess(HANDLE process, DWORD *code)
{
    BASIC basic;
    if (!query(process, ProcessBasicInformation, &basic, sizeof basic))
        return FALSE;
    *code = (DWORD)basic.ExitStatus;
    return TRUE;
}

BOOL WINAPI GetProcessTimes(HANDLE process, FILETIME *created, FILETIME *exited, FILETIME *kernel,
                            FILETIME *user)
{
    FILETIME times[4];
    if (!query(process, ProcessTimes, times, sizeof times))
        return FALSE;
    *created = times[0];
    *exited = times[1];
    *kernel = times[2];
    *user = times[3];
    return TRUE;
}

BOOL WINAPI QueryProcessCycleTime(HANDLE process, ULONG64 *cycles)
{
    ULONG64 information[2];
    if (!query(process, ProcessCycleTimeInformation, information, sizeof information))
        return FALSE;
    *cycles = information[0];
    return TRUE;
}

BOOL WINAPI GetProcessIoCounters(HANDLE process, IO_COUNTERS *counters)
{
    return query(process, ProcessIoCounters, counters, sizeof *counters);
}

BOOL WINAPI GetProcessHandleCount(HANDLE process, DWORD *count)
{
    return query(process, ProcessHandleCountInformation, count, sizeof *count);
}

BOOL WINAPI ProcessIdToSessionId(DWORD id, DWORD *session)
{
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, id);
    if (!process)
        return FALSE;
    BOOL good = query(process, ProcessSessionInformation, session, sizeof *session);
    NtClose(process);
    return good;
}

BOOL WINAPI IsProcessCritical(HANDLE process, BOOL *critical)
{
    ULONG value;
    if (!query(process, ProcessBreakOnTermination, &value, sizeof value))
        return FALSE;
    *critical = value != 0;
    return TRUE;
}

BOOL WINAPI IsWow64Process(HANDLE process, BOOL *wow64)
{
    ULONG_PTR value;
    if (!query(process, ProcessWow64, &value, sizeof value))
        return FALSE;
    *wow64 = value != 0;
    return TRUE;
}

BOOL WINAPI IsWow64Process2(HANDLE process, USHORT *machine, USHORT *native)
{
    BOOL wow64;
    if (!IsWow64Process(process, &wow64))
        return FALSE;
    *machine = wow64 ? IMAGE_FILE_MACHINE_I386 : IMAGE_FILE_MACHINE_UNKNOWN;
    if (native)
        *native = IMAGE_FILE_MACHINE_AMD64;
    return TRUE;
}

/* ---------------------------------------------------------------- priority and processors */

const DWORD priority_classes[PRIORITY_CLASSES] = {0,
                                                  IDLE_PRIORITY_CLASS,
                                                  NORMAL_PRIORITY_CLASS,
                                                  HIGH_PRIORITY_CLASS,
                                                  REALTIME_PRIORITY_CLASS,
                                                  BELOW_NORMAL_PRIORITY_CLASS,
                                                  ABOVE_NORMAL_PRIORITY_CLASS};

DWORD WINAPI GetPriorityClass(HANDLE process)
{
    UCHAR information[2];
    if (!query(process, ProcessPriorityClassInformation, information, sizeof information))
        return 0;
    return priority_classes[information[1] % PRIORITY_CLASSES];
}

BOOL WINAPI SetPriorityClass(HANDLE process, DWORD class)
{
    UCHAR information[2] = {0};
    if (class == PROCESS_MODE_BACKGROUND_BEGIN || class == PROCESS_MODE_BACKGROUND_END) {
        BASIC basic;
        return query(process, ProcessBasicInformation, &basic, sizeof basic);
    }
    for (UCHAR i = 1; i < PRIORITY_CLASSES; i++)
        if (priority_classes[i] == class)
            information[1] = i;
    if (!information[1])
        return fail(ERROR_INVALID_PARAMETER);
    if (class == REALTIME_PRIORITY_CLASS)
        information[1] = 3; /* without the privilege it is high, as on Windows */
    return set(process, ProcessPriorityClassInformation, information, sizeof information);
}

BOOL WINAPI GetProcessPriorityBoost(HANDLE process, BOOL *disabled)
{
    ULONG value;
    if (!query(process, ProcessPriorityBoostInformation, &value, sizeof value))
        return FALSE;
    *disabled = value != 0;
    return TRUE;
}

BOOL WINAPI SetProcessPriorityBoost(HANDLE process, BOOL disable)
{
    ULONG value = disable != 0;
    return set(process, ProcessPriorityBoostInformation, &value, sizeof value);
}

BOOL WINAPI GetProcessAffinityMask(HANDLE process, DWORD_PTR *process_mask, DWORD_PTR *system_mask)
{
    BASIC basic;
    if (!query(process, ProcessBasicInformation, &basic, sizeof basic))
        return FALSE;
    *process_mask = basic.AffinityMask;
    ULONG count = current_peb()->NumberOfProcessors;
    *system_mask = count >= 8 * sizeof(DWORD_PTR) ? ~(DWORD_PTR)0 : ((DWORD_PTR)1 << count) - 1;
    return TRUE;
}

BOOL WINAPI SetProcessAffinityMask(HANDLE process, DWORD_PTR mask)
{
    return set(process, ProcessAffinityMaskInformation, &mask, sizeof mask);
}

BOOL WINAPI GetProcessGroupAffinity(HANDLE process, USHORT *count, USHORT *groups)
{
    BASIC basic;
    if (!query(process, ProcessBasicInformation, &basic, sizeof basic))
        return FALSE;
    if (*count < 1) {
        *count = 1;
        return fail(ERROR_INSUFFICIENT_BUFFER);
    }
    *count = 1;
    groups[0] = 0;
    return TRUE;
}

BOOL WINAPI QueryProcessAffinityUpdateMode(HANDLE process, DWORD *flags)
{
    BASIC basic;
    if (!query(process, ProcessBasicInformation, &basic, sizeof basic))
        return FALSE;
    if (flags)
        *flags = 0;
    return TRUE;
}

BOOL WINAPI SetProcessAffinityUpdateMode(HANDLE process, DWORD flags)
{
    BASIC basic;
    if (flags & ~1u)
        return fail(ERROR_INVALID_PARAMETER);
    return query(process, ProcessBasicInformation, &basic, sizeof basic);
}

/* ---------------------------------------------------------------- working set, policies */

typedef struct {
    SIZE_T PagedPoolLimit, NonPagedPoolLimit, MinimumWorkingSetSize, MaximumWorkingSetSize, PagefileLimit;
    LARGE_INTEGER TimeLimit;
} QUOTA;
_Static_assert(sizeof(QUOTA) == (sizeof(void *) == 8 ? 48 : 32), "QUOTA_LIMITS");

BOOL WINAPI GetProcessWorkingSetSizeEx(HANDLE process, SIZE_T *minimum, SIZE_T *maximum, DWORD *flags)
{
    QUOTA quota;
    if (!query(process, ProcessQuotaLimits, &quota, sizeof quota))
        return FALSE;
    *minimum = quota.MinimumWorkingSetSize;
    *maximum = quota.MaximumWorkingSetSize;
    if (flags)
        *flags = QUOTA_LIMITS_HARDWS_MIN_DISABLE | QUOTA_LIMITS_HARDWS_MAX_DISABLE;
    return TRUE;
}

BOOL WINAPI GetProcessWorkingSetSize(HANDLE process, SIZE_T *minimum, SIZE_T *maximum)
{
    return GetProcessWorkingSetSizeEx(process, minimum, maximum, NULL);
}

BOOL WINAPI SetProcessWorkingSetSizeEx(HANDLE process, SIZE_T minimum, SIZE_T maximum, DWORD flags)
{
    QUOTA quota = {.MinimumWorkingSetSize = minimum, .MaximumWorkingSetSize = maximum};
    QUOTA old;
    (void)flags;
    if (!query(process, ProcessQuotaLimits, &old, sizeof old))
        return FALSE;
    if (!minimum || !maximum || minimum > maximum)
        return fail(ERROR_INVALID_PARAMETER);
    return set(process, ProcessQuotaLimits, &quota, sizeof quota);
}

BOOL WINAPI SetProcessWorkingSetSize(HANDLE process, SIZE_T minimum, SIZE_T maximum)
{
    return SetProcessWorkingSetSizeEx(process, minimum, maximum, 0);
}

BOOL WINAPI GetProcessMitigationPolicy(HANDLE process, PROCESS_MITIGATION_POLICY policy, void *buffer,
                                       SIZE_T size)
{
    ULONG information[2] = {(ULONG)policy, 0};
    if (size != (policy == ProcessDEPPolicy ? 8u : sizeof(ULONG)) && policy != ProcessMitigationOptionsMask)
        return fail(ERROR_INVALID_PARAMETER);
    if (policy == ProcessMitigationOptionsMask) {
        if (size != 8 && size != 16)
            return fail(ERROR_INVALID_PARAMETER);
        RtlFillMemory(buffer, size, 0);
        return TRUE;
    }
    if (!query(process, ProcessMitigationPolicyInformation, information, sizeof information))
        return FALSE;
    *(ULONG *)buffer = information[1];
    if (policy == ProcessDEPPolicy)
        ((UCHAR *)buffer)[4] = TRUE; /* permanent */
    return TRUE;
}

BOOL WINAPI SetProcessMitigationPolicy(PROCESS_MITIGATION_POLICY policy, void *buffer, SIZE_T size)
{
    ULONG information[2] = {(ULONG)policy, 0};
    if (size != (policy == ProcessDEPPolicy ? 8u : sizeof(ULONG)) || policy >= MaxProcessMitigationPolicy)
        return fail(ERROR_INVALID_PARAMETER);
    information[1] = *(const ULONG *)buffer;
    return set(NtCurrentProcess(), ProcessMitigationPolicyInformation, information, sizeof information);
}

BOOL WINAPI GetProcessDEPPolicy(HANDLE process, DWORD *flags, BOOL *permanent)
{
    BASIC basic;
    if (!query(process, ProcessBasicInformation, &basic, sizeof basic))
        return FALSE;
#ifdef _WIN64
    return fail(ERROR_NOT_SUPPORTED); /* documented: 32-bit processes only */
#else
    ULONG options;
    if (!query(process, ProcessExecuteFlags, &options, sizeof options))
        return FALSE;
    *flags = (options & 1 ? PROCESS_DEP_ENABLE : 0) |
             (options & 4 ? PROCESS_DEP_DISABLE_ATL_THUNK_EMULATION : 0);
    *permanent = (options & 8) != 0;
    return TRUE;
#endif
    (void)flags, (void)permanent;
}

BOOL WINAPI SetProcessDEPPolicy(DWORD flags)
{
#ifdef _WIN64
    (void)flags;
    return fail(ERROR_NOT_SUPPORTED);
#else
    ULONG options = 1 | 4 | 8;
    if (flags & ~3u)
        return fail(ERROR_INVALID_PARAMETER);
    return !(flags & PROCESS_DEP_ENABLE) ||
           set(NtCurrentProcess(), ProcessExecuteFlags, &options, sizeof options);
#endif
}

/* PROCESS_INFORMATION_CLASS */
BOOL WINAPI GetProcessInformation(HANDLE process, PROCESS_INFORMATION_CLASS class, void *information,
                                  DWORD size)
{
    if (class == ProcessMemoryPriority && size == sizeof(ULONG))
        return query(process, ProcessPagePriority, information, size);
    return fail(ERROR_INVALID_PARAMETER);
}

BOOL WINAPI SetProcessInformation(HANDLE process, PROCESS_INFORMATION_CLASS class, void *information,
                                  DWORD size)
{
    enum { POWER_THROTTLING_CLASS = 4 };
    if (class == ProcessMemoryPriority)
        return set(process, ProcessPagePriority, information, size);
    if ((int)class == POWER_THROTTLING_CLASS)
        return set(process, ProcessPowerThrottlingState, information, size);
    return fail(ERROR_INVALID_PARAMETER);
}

static DWORD shutdown_level = 0x280, shutdown_flags;

BOOL WINAPI GetProcessShutdownParameters(DWORD *level, DWORD *flags)
{
    *level = shutdown_level;
    *flags = shutdown_flags;
    return TRUE;
}

BOOL WINAPI SetProcessShutdownParameters(DWORD level, DWORD flags)
{
    if (level > 0x4ff || flags & ~SHUTDOWN_NORETRY)
        return fail(ERROR_INVALID_PARAMETER);
    shutdown_level = level;
    shutdown_flags = flags;
    return TRUE;
}

/* ---------------------------------------------------------------- names, start-up */

static BOOL image_name(HANDLE process, DWORD flags, UNICODE_STRING **ret_name)
{
    ULONG size = sizeof(UNICODE_STRING) + 0x208, needed;
    if (flags & ~PROCESS_NAME_NATIVE)
        return fail(ERROR_INVALID_PARAMETER);
    for (;;) {
        UNICODE_STRING *name = RtlAllocateHeap(process_heap(), 0, size);
        if (!name)
            return fail(ERROR_NOT_ENOUGH_MEMORY);
        NTSTATUS status = NtQueryInformationProcess(
            process, flags & PROCESS_NAME_NATIVE ? ProcessImageFileNameNative : ProcessImageFileNameWin32,
            name, size, &needed);
        if (NT_SUCCESS(status)) {
            *ret_name = name;
            return TRUE;
        }
        RtlFreeHeap(process_heap(), 0, name);
        if (status != STATUS_INFO_LENGTH_MISMATCH || needed <= size)
            return set_status(status);
        size = needed;
    }
}

BOOL WINAPI QueryFullProcessImageNameW(HANDLE process, DWORD flags, WCHAR *to, DWORD *size)
{
    UNICODE_STRING *name;
    if (!image_name(process, flags, &name))
        return FALSE;
    DWORD length = name->Length / sizeof *to;
    BOOL good = length < *size;
    if (good) {
        RtlCopyMemory(to, name->Buffer, name->Length);
        to[length] = 0;
        *size = length;
    }
    RtlFreeHeap(process_heap(), 0, name);
    return good ? TRUE : fail(ERROR_INSUFFICIENT_BUFFER);
}

BOOL WINAPI QueryFullProcessImageNameA(HANDLE process, DWORD flags, char *to, DWORD *size)
{
    UNICODE_STRING *name;
    if (!image_name(process, flags, &name))
        return FALSE;
    DWORD needed = wide_to_ansi(name->Buffer, name->Length / sizeof(WCHAR), to, *size);
    RtlFreeHeap(process_heap(), 0, name);
    if (needed > *size)
        return fail(ERROR_INSUFFICIENT_BUFFER);
    *size = needed - 1;
    return TRUE;
}

void WINAPI GetStartupInfoW(STARTUPINFOW *info)
{
    const RTL_USER_PROCESS_PARAMETERS *parameters = current_peb()->ProcessParameters;
    info->cb = sizeof *info;
    info->lpReserved = parameters->ShellInfo.Buffer;
    info->lpDesktop = parameters->DesktopInfo.Buffer;
    info->lpTitle = parameters->WindowTitle.Buffer;
    info->dwX = parameters->StartingX;
    info->dwY = parameters->StartingY;
    info->dwXSize = parameters->CountX;
    info->dwYSize = parameters->CountY;
    info->dwXCountChars = parameters->CountCharsX;
    info->dwYCountChars = parameters->CountCharsY;
    info->dwFillAttribute = parameters->FillAttribute;
    info->dwFlags = parameters->WindowFlags;
    info->wShowWindow = (WORD)parameters->ShowWindowFlags;
    info->cbReserved2 = parameters->RuntimeData.Length;
    info->lpReserved2 = (BYTE *)parameters->RuntimeData.Buffer;
    info->hStdInput = info->hStdOutput = info->hStdError = NULL;
    if (info->dwFlags & STARTF_USESTDHANDLES) {
        info->hStdInput = parameters->StandardInput;
        info->hStdOutput = parameters->StandardOutput;
        info->hStdError = parameters->StandardError;
    }
}

static char *ansi_copy(const WCHAR *wide)
{
    DWORD size = wide_to_ansi(wide ? wide : L"", -1, NULL, 0);
    char *copy = RtlAllocateHeap(process_heap(), 0, size);
    if (copy)
        wide_to_ansi(wide ? wide : L"", -1, copy, size);
    return copy;
}

/* The strings are made once and live as long as the process. */
void WINAPI GetStartupInfoA(STARTUPINFOA *info)
{
    static char *strings[3];
    STARTUPINFOW wide;
    GetStartupInfoW(&wide);
    const WCHAR *from[3] = {wide.lpReserved, wide.lpDesktop, wide.lpTitle};
    for (int i = 0; i < 3; i++) {
        if (strings[i])
            continue;
        char *copy = ansi_copy(from[i]);
        if (copy && InterlockedCompareExchangePointer((void *volatile *)&strings[i], copy, NULL))
            RtlFreeHeap(process_heap(), 0, copy);
    }
    RtlCopyMemory(info, &wide, sizeof *info);
    info->lpReserved = strings[0];
    info->lpDesktop = strings[1];
    info->lpTitle = strings[2];
}

DWORD WINAPI GetProcessVersion(DWORD id)
{
    if (id && id != GetCurrentProcessId()) {
        HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, id);
        if (!process)
            return 0;
        NtClose(process);
        return MAKELONG(0, 10);
    }
    const PEB *peb = current_peb();
    return MAKELONG(peb->ImageSubsystemMinorVersion, peb->ImageSubsystemMajorVersion);
}

void WINAPI FlushProcessWriteBuffers(void)
{
    NtFlushProcessWriteBuffers();
}
