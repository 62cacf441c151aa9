/*
 * Threads.
 */
#include "attribute_list.h"
#include "kernelbase.h"
#include <nt/sxs.h>
#include <nt/ldr.h>

/* THREADINFOCLASS */
enum {
    ThreadBasicInformation = 0,
    ThreadTimes = 1,
    ThreadBasePriority = 3,
    ThreadAffinityMask = 4,
    ThreadQuerySetWin32StartAddress = 9,
    ThreadIdealProcessor = 13,
    ThreadPriorityBoost = 14,
    ThreadIsIoPending = 16,
    ThreadCycleTime = 23,
    ThreadPagePriority = 24,
    ThreadGroupInformation = 30,
    ThreadIdealProcessorEx = 33,
    ThreadNameInformation = 38,
    ThreadPowerThrottlingState = 49,
};

typedef struct {
    NTSTATUS ExitStatus;
    PVOID TebBaseAddress;
    CLIENT_ID ClientId;
    ULONG_PTR AffinityMask;
    LONG Priority, BasePriority;
} THREAD_BASIC_INFORMATION;

typedef struct {
    SIZE_T TotalLength;
    struct {
        ULONG_PTR Attribute;
        SIZE_T Size;
        PVOID Value;
        SIZE_T *ReturnLength;
    } Attributes[2];
} THREAD_ATTRIBUTES;
enum { PS_ATTRIBUTE_CLIENT_ID = 0x10003 };

/* RtlUserThreadStart calls this on Windows. */
ULONG __fastcall BaseThreadInitThunk(ULONG unknown, LPTHREAD_START_ROUTINE start, PVOID argument)
{
    (void)unknown;
    RtlExitUserThread((NTSTATUS)start(argument));
    return 0;
}

/* A new thread of this process begins with its creator's activation context. */
static NTSTATUS inherit_activation_context(HANDLE thread, ACTIVATION_CONTEXT *context)
{
    THREAD_BASIC_INFORMATION basic;
    ULONG_PTR cookie;
    NTSTATUS status = NtQueryInformationThread(thread, ThreadBasicInformation, &basic, sizeof basic, NULL);

    return status ? status : RtlActivateActivationContextEx(0, basic.TebBaseAddress, context, &cookie);
}

static BOOL is_inherited(ACTIVATION_CONTEXT *context)
{
    struct {
        HANDLE context;
        ULONG flags;
    } basic;
    return RtlQueryInformationActivationContext(QUERY_ACTCTX_FLAG_NO_ADDREF, context, NULL,
                                                ActivationContextBasicInformation, &basic, sizeof basic,
                                                NULL) == STATUS_SUCCESS &&
           !(basic.flags & ACTIVATION_CONTEXT_FLAG_NO_INHERIT);
}

HANDLE WINAPI CreateRemoteThreadEx(HANDLE process, SECURITY_ATTRIBUTES *security, SIZE_T stack,
                                   LPTHREAD_START_ROUTINE start, void *argument, DWORD flags,
                                   LPPROC_THREAD_ATTRIBUTE_LIST list, DWORD *ret_id)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING unused;
    CLIENT_ID id;
    HANDLE handle;
    THREAD_ATTRIBUTES ps = {.TotalLength = sizeof ps.TotalLength + sizeof ps.Attributes[0],
                            .Attributes = {{PS_ATTRIBUTE_CLIENT_ID, sizeof id, &id, NULL}}};
    const struct attribute_list *attribute_list = (const struct attribute_list *)list;
    const struct attribute *affinity = find_attribute(attribute_list, PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY),
                           *ideal = find_attribute(attribute_list, PROC_THREAD_ATTRIBUTE_IDEAL_PROCESSOR);
    BOOL hold = affinity || ideal; /* until they are set */
    if (flags & ~(CREATE_SUSPENDED | STACK_SIZE_PARAM_IS_A_RESERVATION)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    object_attributes(&attributes, &unused, NULL, security, 0);
    SIZE_T reserve = flags & STACK_SIZE_PARAM_IS_A_RESERVATION ? stack : 0;
    SIZE_T commit = flags & STACK_SIZE_PARAM_IS_A_RESERVATION ? 0 : stack;
    ACTIVATION_CONTEXT *context = NULL;
    if (process == NtCurrentProcess() && rtl_teb()->ActivationContextStackPointer)
        RtlGetActiveActivationContext(&context);
    if (context && !is_inherited(context)) {
        RtlReleaseActivationContext(context);
        context = NULL;
    }
    NTSTATUS status = NtCreateThreadEx(
        &handle, THREAD_ALL_ACCESS, &attributes, process, (PVOID)(ULONG_PTR)start, argument,
        flags & CREATE_SUSPENDED || context || hold ? 1 : 0, 0, commit, reserve, &ps);
    if (!status && (context || hold)) {
        if (context)
            status = inherit_activation_context(handle, context);
        if (!status && affinity)
            status = NtSetInformationThread(handle, 30 /* ThreadGroupInformation */, affinity->value,
                                            sizeof(GROUP_AFFINITY));
        if (!status && ideal)
            status = NtSetInformationThread(handle, 33 /* ThreadIdealProcessorEx */, ideal->value,
                                            sizeof(PROCESSOR_NUMBER));
        if (status) {
            NtTerminateThread(handle, status);
            NtClose(handle);
        } else if (!(flags & CREATE_SUSPENDED)) {
            NtResumeThread(handle, NULL);
        }
    }
    RtlReleaseActivationContext(context);
    if (!set_status(status))
        return NULL;
    if (ret_id)
        *ret_id = (DWORD)(ULONG_PTR)id.UniqueThread;
    return handle;
}

HANDLE WINAPI CreateRemoteThread(HANDLE process, SECURITY_ATTRIBUTES *security, SIZE_T stack,
                                 LPTHREAD_START_ROUTINE start, void *argument, DWORD flags, DWORD *ret_id)
{
    return CreateRemoteThreadEx(process, security, stack, start, argument, flags, NULL, ret_id);
}

HANDLE WINAPI CreateThread(SECURITY_ATTRIBUTES *security, SIZE_T stack, LPTHREAD_START_ROUTINE start,
                           void *argument, DWORD flags, DWORD *ret_id)
{
    return CreateRemoteThreadEx(NtCurrentProcess(), security, stack, start, argument, flags, NULL, ret_id);
}

void WINAPI ExitThread(DWORD code)
{
    RtlExitUserThread((NTSTATUS)code);
}

BOOL WINAPI TerminateThread(HANDLE thread, DWORD code)
{
    if (!thread) {
        SetLastError(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    return set_status(NtTerminateThread(thread, (NTSTATUS)code));
}

DWORD WINAPI SuspendThread(HANDLE thread)
{
    ULONG previous;
    return set_status(NtSuspendThread(thread, &previous)) ? previous : (DWORD)-1;
}

DWORD WINAPI ResumeThread(HANDLE thread)
{
    ULONG previous;
    return set_status(NtResumeThread(thread, &previous)) ? previous : (DWORD)-1;
}

HANDLE WINAPI OpenThread(DWORD access, BOOL inherit, DWORD id)
{
    OBJECT_ATTRIBUTES attributes = {sizeof attributes, NULL, NULL, inherit ? OBJ_INHERIT : 0, NULL, NULL};
    CLIENT_ID client = {NULL, (HANDLE)(ULONG_PTR)id};
    HANDLE handle;
    NTSTATUS status = NtOpenThread(&handle, access, &attributes, &client);
    if (status == STATUS_INVALID_CID) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    return set_status(status) ? handle : NULL;
}

HANDLE WINAPI GetCurrentThread(void)
{
    return NtCurrentThread();
}

DWORD WINAPI GetCurrentThreadId(void)
{
    /* One load: programs call this as if it were free. */
#ifdef _WIN64
    return (DWORD)__readgsqword(offsetof(TEB, ClientId.UniqueThread));
#else
    return __readfsdword(offsetof(TEB, ClientId.UniqueThread));
#endif
}

static BOOL query_basic(HANDLE thread, THREAD_BASIC_INFORMATION *basic)
{
    return set_status(NtQueryInformationThread(thread, ThreadBasicInformation, basic, sizeof *basic, NULL));
}

DWORD WINAPI GetThreadId(HANDLE thread)
{
    THREAD_BASIC_INFORMATION basic;
    return query_basic(thread, &basic) ? (DWORD)(ULONG_PTR)basic.ClientId.UniqueThread : 0;
}

DWORD WINAPI GetProcessIdOfThread(HANDLE thread)
{
    THREAD_BASIC_INFORMATION basic;
    return query_basic(thread, &basic) ? (DWORD)(ULONG_PTR)basic.ClientId.UniqueProcess : 0;
}

BOOL WINAPI GetExitCodeThread(HANDLE thread, DWORD *code)
{
    THREAD_BASIC_INFORMATION basic;
    if (!query_basic(thread, &basic))
        return FALSE;
    *code = (DWORD)basic.ExitStatus;
    return TRUE;
}

/* ---------------------------------------------------------------- priority and processors */

enum { LOW_SATURATION = -16, HIGH_SATURATION = 16 }; /* how NT says idle and time-critical */

BOOL WINAPI SetThreadPriority(HANDLE thread, int priority)
{
    LONG increment = priority;
    if (priority == THREAD_MODE_BACKGROUND_BEGIN || priority == THREAD_MODE_BACKGROUND_END) {
        THREAD_BASIC_INFORMATION basic;
        return query_basic(thread, &basic);
    }
    if (priority == THREAD_PRIORITY_TIME_CRITICAL)
        increment = HIGH_SATURATION;
    else if (priority == THREAD_PRIORITY_IDLE)
        increment = LOW_SATURATION;
    return set_status(NtSetInformationThread(thread, ThreadBasePriority, &increment, sizeof increment));
}

int WINAPI GetThreadPriority(HANDLE thread)
{
    THREAD_BASIC_INFORMATION basic;
    if (!query_basic(thread, &basic))
        return THREAD_PRIORITY_ERROR_RETURN;
    if (basic.BasePriority == HIGH_SATURATION)
        return THREAD_PRIORITY_TIME_CRITICAL;
    if (basic.BasePriority == LOW_SATURATION)
        return THREAD_PRIORITY_IDLE;
    return basic.BasePriority;
}

BOOL WINAPI SetThreadPriorityBoost(HANDLE thread, BOOL disable)
{
    ULONG value = disable != 0;
    return set_status(NtSetInformationThread(thread, ThreadPriorityBoost, &value, sizeof value));
}

BOOL WINAPI GetThreadPriorityBoost(HANDLE thread, BOOL *disabled)
{
    ULONG value;
    if (!set_status(NtQueryInformationThread(thread, ThreadPriorityBoost, &value, sizeof value, NULL)))
        return FALSE;
    *disabled = (BOOL)value;
    return TRUE;
}

DWORD_PTR WINAPI SetThreadAffinityMask(HANDLE thread, DWORD_PTR mask)
{
    THREAD_BASIC_INFORMATION basic;
    if (!query_basic(thread, &basic) ||
        !set_status(NtSetInformationThread(thread, ThreadAffinityMask, &mask, sizeof mask)))
        return 0;
    return basic.AffinityMask;
}

BOOL WINAPI GetThreadGroupAffinity(HANDLE thread, GROUP_AFFINITY *affinity)
{
    return set_status(
        NtQueryInformationThread(thread, ThreadGroupInformation, affinity, sizeof *affinity, NULL));
}

BOOL WINAPI SetThreadGroupAffinity(HANDLE thread, const GROUP_AFFINITY *affinity, GROUP_AFFINITY *previous)
{
    if (previous && !GetThreadGroupAffinity(thread, previous))
        return FALSE;
    return set_status(
        NtSetInformationThread(thread, ThreadGroupInformation, (void *)affinity, sizeof *affinity));
}

DWORD WINAPI SetThreadIdealProcessor(HANDLE thread, DWORD processor)
{
    NTSTATUS status = NtSetInformationThread(thread, ThreadIdealProcessor, &processor, sizeof processor);
    return set_status(status) ? (DWORD)status : (DWORD)-1;
}

BOOL WINAPI GetThreadIdealProcessorEx(HANDLE thread, PROCESSOR_NUMBER *processor)
{
    return set_status(
        NtQueryInformationThread(thread, ThreadIdealProcessorEx, processor, sizeof *processor, NULL));
}

BOOL WINAPI SetThreadIdealProcessorEx(HANDLE thread, PROCESSOR_NUMBER *processor, PROCESSOR_NUMBER *previous)
{
    if (previous && !GetThreadIdealProcessorEx(thread, previous))
        return FALSE;
    return set_status(NtSetInformationThread(thread, ThreadIdealProcessorEx, processor, sizeof *processor));
}

DWORD WINAPI GetCurrentProcessorNumber(void)
{
    return (DWORD)NtGetCurrentProcessorNumber();
}

void WINAPI GetCurrentProcessorNumberEx(PROCESSOR_NUMBER *number)
{
    NtGetCurrentProcessorNumberEx(number);
}

/* ---------------------------------------------------------------- information */

BOOL WINAPI GetThreadTimes(HANDLE thread, FILETIME *created, FILETIME *exited, FILETIME *kernel,
                           FILETIME *user)
{
    FILETIME times[4];
    if (!set_status(NtQueryInformationThread(thread, ThreadTimes, times, sizeof times, NULL)))
        return FALSE;
    *created = times[0];
    *exited = times[1];
    *kernel = times[2];
    *user = times[3];
    return TRUE;
}

BOOL WINAPI QueryThreadCycleTime(HANDLE thread, ULONG64 *cycles)
{
    ULONG64 information[2];
    if (!set_status(NtQueryInformationThread(thread, ThreadCycleTime, information, sizeof information, NULL)))
        return FALSE;
    *cycles = information[0];
    return TRUE;
}

BOOL WINAPI GetThreadIOPendingFlag(HANDLE thread, BOOL *pending)
{
    ULONG value;
    if (!set_status(NtQueryInformationThread(thread, ThreadIsIoPending, &value, sizeof value, NULL)))
        return FALSE;
    *pending = value != 0;
    return TRUE;
}

HRESULT WINAPI SetThreadDescription(HANDLE thread, const WCHAR *description)
{
    UNICODE_STRING string;
    NTSTATUS status = RtlInitUnicodeStringEx(&string, description);
    if (NT_SUCCESS(status))
        status = NtSetInformationThread(thread, ThreadNameInformation, &string, sizeof string);
    return NT_SUCCESS(status) ? S_OK : HRESULT_FROM_NT(status);
}

/* The text is the caller's to LocalFree. */
HRESULT WINAPI GetThreadDescription(HANDLE thread, WCHAR **ret_description)
{
    ULONG length = 0;
    *ret_description = NULL;
    NTSTATUS status = NtQueryInformationThread(thread, ThreadNameInformation, NULL, 0, &length);
    while (status == STATUS_BUFFER_TOO_SMALL) {
        UNICODE_STRING *information = LocalAlloc(0, length + sizeof(WCHAR));
        if (!information)
            return E_OUTOFMEMORY;
        status = NtQueryInformationThread(thread, ThreadNameInformation, information, length, &length);
        if (NT_SUCCESS(status)) {
            WCHAR *text = (WCHAR *)information;
            USHORT size = information->Length;
            RtlMoveMemory(text, information->Buffer, size);
            text[size / sizeof *text] = 0;
            *ret_description = text;
            return S_OK;
        }
        LocalFree(information);
    }
    return HRESULT_FROM_NT(status);
}

BOOL WINAPI GetThreadInformation(HANDLE thread, THREAD_INFORMATION_CLASS class, void *information, DWORD size)
{
    if (class != ThreadMemoryPriority) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return set_status(NtQueryInformationThread(thread, ThreadPagePriority, information, size, NULL));
}

BOOL WINAPI SetThreadInformation(HANDLE thread, THREAD_INFORMATION_CLASS class, void *information, DWORD size)
{
    enum { THREAD_POWER_THROTTLING_CLASS = 3 };
    ULONG nt;
    if (class == ThreadMemoryPriority) {
        nt = ThreadPagePriority;
    } else if ((int)class == THREAD_POWER_THROTTLING_CLASS) {
        nt = ThreadPowerThrottlingState;
    } else {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return set_status(NtSetInformationThread(thread, nt, information, size));
}

void WINAPI GetCurrentThreadStackLimits(ULONG_PTR *low, ULONG_PTR *high)
{
    TEB *teb = (TEB *)NtCurrentTeb();
    *low = (ULONG_PTR)teb->DeallocationStack;
    *high = (ULONG_PTR)teb->NtTib.StackBase;
}
