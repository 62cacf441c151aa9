/*
 * NtSetInformationProcess.
 */
#include "mm/guest.h"
#include "mm/mm.h"
#include "ps/child.h"
#include "ps/process_info.h"
#include <nt/syscalls.h>
#include <string.h>

enum { LONGEST = 64 };

/* Restrictions that a guest puts on itself; none can be taken back. */
static NTSTATUS set_mitigation(struct ps_process *process, const ULONG policy[2])
{
    if (policy[0] >= sizeof process->mitigation / sizeof *process->mitigation)
        return STATUS_INVALID_PARAMETER;
    if (process->mitigation[policy[0]] & ~policy[1])
        return STATUS_ACCESS_DENIED;
    process->mitigation[policy[0]] = policy[1];
    return STATUS_SUCCESS;
}

/* limits: paged, non-paged, minimum and maximum of the working set, page file. */
static void set_quota(struct ps_process *process, const SIZE_T limits[5])
{
    if (limits[2] == ~(SIZE_T)0 && limits[3] == ~(SIZE_T)0)
        return; /* all pages out: the host's business */
    process->working_set_minimum = limits[2];
    process->working_set_maximum = limits[3];
}

/* How long the class's data must be; QUOTA_LIMITS: at least. */
static ULONG length_of(ULONG class)
{
    switch (class) {
    case ProcessPriorityClass: return 2;
    case ProcessAffinityMask:
    case ProcessMitigationPolicy: return 8;
    case ProcessPowerThrottlingState: return 12;
    case ProcessQuotaLimits: return 5 * sizeof(SIZE_T);
    default: return 4;
    }
}

static NTSTATUS set(struct ps_process *process, ULONG class, const void *data)
{
    const uint8_t *bytes = data;
    ULONG word;
    memcpy(&word, data, sizeof word);
    switch (class) {
    case ProcessPriorityClass:
        return ps_set_priority(process, bytes[1]) ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    case ProcessAffinityMask:
        return ps_process_set_affinity(process, *(const KAFFINITY *)data) ? STATUS_SUCCESS
                                                                          : STATUS_INVALID_PARAMETER;
    case ProcessDebugFlags:
        if (word > 1)
            return STATUS_INVALID_PARAMETER;
        ps_child_set_debug(process, GW_DEBUG_NO_INHERIT, !word);
        return STATUS_SUCCESS;
    case ProcessPriorityBoost: process->boost_disabled = bytes[0] != 0; return STATUS_SUCCESS;
    case ProcessPagePriority:
        if (word < 1 || word > 5)
            return STATUS_INVALID_PARAMETER;
        process->page_priority = (uint8_t)word;
        return STATUS_SUCCESS;
    case ProcessQuotaLimits: set_quota(process, data); return STATUS_SUCCESS;
    case ProcessDefaultHardErrorMode:
        if (process == ps_current_process)
            ps_default_error_mode = word;
        return STATUS_SUCCESS;
    case ProcessBasePriority:
    case ProcessIoPriority:
    case ProcessPowerThrottlingState: return STATUS_SUCCESS; /* hints */
    case ProcessMitigationPolicy: return set_mitigation(process, data);
    case ProcessExecuteFlags:
        if (process == ps_current_process && bytes[0] & 1 && mm_no_execute_protection)
            mm_enable_execute_protection();
        return STATUS_SUCCESS;
    case ProcessBreakOnTermination: return STATUS_PRIVILEGE_NOT_HELD;
    default: return STATUS_INVALID_INFO_CLASS;
    }
}

NTSTATUS NtSetInformationProcess(HANDLE ProcessHandle, ULONG ProcessInformationClass,
                                 void *ProcessInformation, ULONG ProcessInformationLength)
{
    _Alignas(8) uint8_t copy[LONGEST] = {0};
    ULONG length = length_of(ProcessInformationClass);
    void *object;
    NTSTATUS status = ob_handle_lookup(ProcessHandle, &ps_process_type, PROCESS_SET_INFORMATION, &object);
    if (!NT_SUCCESS(status))
        return status;
    bool fits = ProcessInformationClass == ProcessQuotaLimits
                    ? ProcessInformationLength >= length && ProcessInformationLength <= sizeof copy
                    : ProcessInformationLength == length;
    status = fits ? guest_copy(copy, ProcessInformation, ProcessInformationLength)
                  : STATUS_INFO_LENGTH_MISMATCH;
    if (NT_SUCCESS(status))
        status = set(object, ProcessInformationClass, copy);
    ob_dereference(object);
    return status;
}
