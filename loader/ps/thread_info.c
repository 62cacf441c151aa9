/*
 * NtQueryInformationThread.
 */
#include "ke/lock.h"
#include "mm/guest.h"
#include "ps/process_info.h"
#include "ps/thread_info.h"
#include "wow/wow.h"
#include <nt/syscalls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct basic_information {
    NTSTATUS ExitStatus;
    PVOID TebBaseAddress;
    CLIENT_ID ClientId;
    KAFFINITY AffinityMask;
    KPRIORITY Priority, BasePriority;
};

struct times {
    LARGE_INTEGER CreateTime, ExitTime, KernelTime, UserTime;
};

static void read_times(struct ps_thread *thread, struct times *ret_times)
{
    memset(ret_times, 0, sizeof *ret_times);
    ret_times->CreateTime.QuadPart = thread->create_time;
    if (thread->ended) {
        ret_times->ExitTime.QuadPart = thread->exit_time;
        ret_times->KernelTime.QuadPart = (LONGLONG)thread->kernel_time;
        ret_times->UserTime.QuadPart = (LONGLONG)thread->user_time;
    } else if (thread == ke_self->thread) {
        ps_usage_times(RUSAGE_THREAD, &ret_times->KernelTime, &ret_times->UserTime);
    } else if (thread->unix_tid) {
        char path[64];
        snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread->unix_tid);
        ps_stat_times(path, &ret_times->KernelTime, &ret_times->UserTime);
    }
}

/* ---------------------------------------------------------------- other processes' threads */

bool ps_thread_is_elsewhere(const struct ps_thread *thread)
{
    return thread->process != ps_current_process && !thread->ended && !thread->process->header.signal;
}

/* The rest is known here, or means this process's memory. What CreateProcess returned is asked for its id and
 * whether it has ended while the child still starts: that does not wait for the child. */
static bool asks_owner(const struct ps_thread *thread, ULONG class)
{
    return class != ThreadTebInformation && class != ThreadIsTerminated &&
           (class != ThreadBasicInformation || thread != thread->process->first_thread);
}

static NTSTATUS query_elsewhere(struct ps_thread *thread, ULONG class, void *guest, ULONG length,
                                ULONG *guest_length)
{
    struct ps_remote message = {.operation = PS_REMOTE_QUERY_THREAD, .value = {thread->id, class, length}};
    size_t size = length;
    if (length > PS_REMOTE_DATA)
        return STATUS_INFO_LENGTH_MISMATCH;
    uint8_t *data = malloc(length + 1);
    if (!data)
        return STATUS_NO_MEMORY;
    NTSTATUS status = ps_remote_call(thread->process, &message, NULL, 0, data, &size);
    ULONG used = (ULONG)message.value[0];
    UNICODE_STRING *name = (UNICODE_STRING *)data;
    if (NT_SUCCESS(status) && class == ThreadNameInformation && size >= sizeof *name)
        name->Buffer = (WCHAR *)((uint8_t *)guest + sizeof *name);
    if (NT_SUCCESS(status))
        status = guest_copy(guest, data, size);
    free(data);
    if (guest_length &&
        (NT_SUCCESS(status) || status == STATUS_INFO_LENGTH_MISMATCH || status == STATUS_BUFFER_TOO_SMALL)) {
        NTSTATUS written = guest_write(guest_length, used);
        status = NT_SUCCESS(written) ? status : written;
    }
    return status;
}

/* ---------------------------------------------------------------- the calls */

/* Answers of fixed size. */
union answer {
    struct basic_information basic;
    struct times times;
    struct group_affinity group;
    PVOID pointer;
    ULONG word;
    BOOLEAN byte;
    LARGE_INTEGER number;
    ULONGLONG cycles[2];
    USHORT processor[2];
};

static NTSTATUS query_fixed(struct ps_thread *thread, ULONG class, union answer *answer, ULONG *ret_length)
{
    *ret_length = sizeof answer->word;
    switch (class) {
    case ThreadBasicInformation:
        *ret_length = sizeof answer->basic;
        answer->basic.ExitStatus = thread->exit_status;
        answer->basic.TebBaseAddress = thread->teb;
        answer->basic.ClientId.UniqueProcess = (HANDLE)(uintptr_t)thread->process->id;
        answer->basic.ClientId.UniqueThread = (HANDLE)(uintptr_t)thread->id;
        answer->basic.AffinityMask = thread->affinity ? thread->affinity
                                                      : ps_process_affinity(ps_current_process);
        answer->basic.Priority = thread->base_priority + thread->priority;
        answer->basic.BasePriority = thread->priority;
        break;
    case ThreadTimes:
        *ret_length = sizeof answer->times;
        read_times(thread, &answer->times);
        break;
    case ThreadQuerySetWin32StartAddress:
        *ret_length = sizeof answer->pointer;
        answer->pointer = thread->start_address;
        break;
    case ThreadPerformanceCount: *ret_length = sizeof answer->number; break;
    case ThreadAmILastThread: answer->word = ps_thread_count() == 1; break;
    case ThreadPriorityBoost: answer->word = thread->boost_disabled; break;
    case ThreadIsIoPending:
    case ThreadBreakOnTermination: break;
    case ThreadHideFromDebugger:
        *ret_length = sizeof answer->byte;
        answer->byte = thread->hidden;
        break;
    case ThreadIsTerminated: answer->word = thread->ended; break;
    case ThreadIoPriority: answer->word = 2; break;
    case ThreadPagePriority: answer->word = thread->page_priority ? thread->page_priority : 5; break;
    case ThreadCycleTime: {
        struct times times;
        read_times(thread, &times);
        *ret_length = sizeof answer->cycles;
        answer->cycles[0] = (ULONGLONG)(times.UserTime.QuadPart + times.KernelTime.QuadPart) *
                            200; /* as of 2 GHz */
        break;
    }
    case ThreadGroupInformation:
        *ret_length = sizeof answer->group;
        answer->group.Mask = thread->affinity ? thread->affinity : ps_process_affinity(ps_current_process);
        break;
    case ThreadIdealProcessorEx:
        *ret_length = sizeof answer->word;
        answer->processor[1] = (USHORT)thread->ideal_processor;
        break;
    case ThreadSuspendCount: answer->word = thread->suspend_count; break;
    default: return STATUS_INVALID_INFO_CLASS;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS query_name(struct ps_thread *thread, void *guest, ULONG given, ULONG *guest_length)
{
    UNICODE_STRING string = {0};
    WCHAR *copy = NULL;
    ke_lock();
    size_t units = thread->name_length;
    ke_unlock();
    copy = malloc(units * 2 + 2);
    ke_lock();
    if (copy && thread->name_length <= units && thread->name) {
        memcpy(copy, thread->name, thread->name_length * 2);
        units = thread->name_length;
    } else {
        units = 0;
    }
    ke_unlock();
    ULONG length = (ULONG)(sizeof string + units * 2);
    NTSTATUS status = given < length ? STATUS_BUFFER_TOO_SMALL : STATUS_SUCCESS;
    string.Length = string.MaximumLength = (USHORT)(units * 2);
    string.Buffer = (PWSTR)((uint8_t *)guest + sizeof string);
    if (NT_SUCCESS(status))
        status = guest_copy(guest, &string, sizeof string);
    if (NT_SUCCESS(status))
        status = guest_copy(string.Buffer, copy, units * 2);
    free(copy);
    if (guest_length) {
        NTSTATUS written = guest_write(guest_length, length);
        status = NT_SUCCESS(written) ? status : written;
    }
    return status;
}

/* A part of the TEB; the caller says which, and where it goes. */
static NTSTATUS query_teb(const struct ps_thread *thread, const void *guest, ULONG given)
{
    struct {
        PVOID TebInformation;
        ULONG TebOffset, BytesToRead;
    } request;
    NTSTATUS status = given != sizeof request ? STATUS_INFO_LENGTH_MISMATCH
                                              : guest_copy(&request, guest, sizeof request);
    if (NT_SUCCESS(status) &&
        (request.TebOffset >= sizeof(TEB) || request.BytesToRead > sizeof(TEB) - request.TebOffset))
        status = STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(status))
        status = thread->teb ? guest_copy(request.TebInformation, (uint8_t *)thread->teb + request.TebOffset,
                                          request.BytesToRead)
                             : STATUS_THREAD_IS_TERMINATING;
    return status;
}

static NTSTATUS query_thread(struct ps_thread *thread, ULONG class, void *guest, ULONG given,
                             ULONG *guest_length)
{
    union answer answer;
    ULONG length;
    NTSTATUS status;
    if (class == ThreadWow64Context) {
        status = wow_access_context(thread, guest, given, false);
        return NT_SUCCESS(status) && guest_length ? guest_write(guest_length, given) : status;
    }
    if (ps_thread_is_elsewhere(thread) && asks_owner(thread, class))
        return query_elsewhere(thread, class, guest, given, guest_length);
    if (class == ThreadNameInformation)
        return query_name(thread, guest, given, guest_length);
    if (class == ThreadTebInformation)
        return query_teb(thread, guest, given);
    memset(&answer, 0, sizeof answer);
    status = query_fixed(thread, class, &answer, &length);
    if (NT_SUCCESS(status))
        status = given == length ? guest_copy(guest, &answer, length) : STATUS_INFO_LENGTH_MISMATCH;
    if (guest_length && (NT_SUCCESS(status) || status == STATUS_INFO_LENGTH_MISMATCH)) {
        NTSTATUS written = guest_write(guest_length, length);
        status = NT_SUCCESS(written) ? status : written;
    }
    return status;
}

NTSTATUS NtQueryInformationThread(HANDLE ThreadHandle, ULONG ThreadInformationClass, void *ThreadInformation,
                                  ULONG ThreadInformationLength, ULONG *ReturnLength)
{
    void *thread;
    ACCESS_MASK access = ThreadInformationClass == ThreadBasicInformation ||
                                 ThreadInformationClass == ThreadTimes ||
                                 ThreadInformationClass == ThreadNameInformation ||
                                 ThreadInformationClass == ThreadIsTerminated ||
                                 ThreadInformationClass == ThreadGroupInformation
                             ? THREAD_QUERY_LIMITED_INFORMATION
                         : ThreadInformationClass == ThreadWow64Context ? THREAD_GET_CONTEXT
                                                                        : THREAD_QUERY_INFORMATION;
    NTSTATUS status = ob_handle_lookup(ThreadHandle, &ps_thread_type, access, &thread);
    if (status == STATUS_ACCESS_DENIED && access == THREAD_QUERY_LIMITED_INFORMATION)
        status = ob_handle_lookup(ThreadHandle, &ps_thread_type, THREAD_QUERY_INFORMATION, &thread);
    if (!NT_SUCCESS(status))
        return status;
    status = query_thread(thread, ThreadInformationClass, ThreadInformation, ThreadInformationLength,
                          ReturnLength);
    ob_dereference(thread);
    return status;
}
