/*
 * NtSetInformationThread.
 */
#include "ke/lock.h"
#include "mm/guest.h"
#include "ps/process_info.h"
#include "ps/thread_info.h"
#include "wow/wow.h"
#include <nt/syscalls.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* The mask's bits count the processors that the process may use, in order. */
static NTSTATUS set_affinity(struct ps_thread *thread, KAFFINITY mask)
{
    cpu_set_t all, set;
    if (!mask || mask & ~ps_process_affinity(ps_current_process))
        return STATUS_INVALID_PARAMETER;
    CPU_ZERO(&all);
    CPU_ZERO(&set);
    sched_getaffinity(getpid(), sizeof all, &all);
    for (int cpu = 0, index = 0; cpu < CPU_SETSIZE && index < 64; cpu++)
        if (CPU_ISSET(cpu, &all) && mask >> index++ & 1)
            CPU_SET(cpu, &set);
    /* The first host thread's mask is the process's; it stays as it is. */
    if (thread->unix_tid && thread->unix_tid != getpid())
        sched_setaffinity(thread->unix_tid, sizeof set, &set);
    thread->affinity = mask;
    return STATUS_SUCCESS;
}

/* data: `size` bytes of host memory. */
static NTSTATUS set_elsewhere(struct ps_thread *thread, ULONG class, const void *data, size_t size)
{
    struct ps_remote message = {.operation = PS_REMOTE_SET_THREAD, .value = {thread->id, class}};
    if (class == ThreadImpersonationToken) /* tokens are a process's own */
        return STATUS_NOT_SUPPORTED;
    return ps_remote_call(thread->process, &message, data, size, NULL, NULL);
}

static NTSTATUS name_elsewhere(struct ps_thread *thread, const void *guest, ULONG length)
{
    WCHAR *text;
    size_t units;
    if (length != sizeof(UNICODE_STRING))
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS status = guest_read_unicode_string(guest, &text, &units);
    if (!NT_SUCCESS(status))
        return status;
    struct {
        UNICODE_STRING string;
        WCHAR text[];
    } *data = malloc(sizeof *data + units * sizeof(WCHAR));
    if (data && units * sizeof(WCHAR) <= 0x8000) {
        data->string = (UNICODE_STRING){(USHORT)(units * 2), (USHORT)(units * 2), NULL};
        memcpy(data->text, text, units * 2);
        status = set_elsewhere(thread, ThreadNameInformation, data, sizeof *data + units * 2);
    } else {
        status = data ? STATUS_INVALID_PARAMETER : STATUS_NO_MEMORY;
    }
    free(data);
    free(text);
    return status;
}

static NTSTATUS set_name(struct ps_thread *thread, const void *guest, ULONG length)
{
    WCHAR *name;
    size_t units;
    if (length != sizeof(UNICODE_STRING))
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS status = guest_read_unicode_string(guest, &name, &units);
    if (!NT_SUCCESS(status))
        return status;
    if (thread == ke_self->thread) {
        char text[16] = "";
        for (size_t i = 0; i < units && i < 15; i++)
            text[i] = name[i] >= 32 && name[i] < 127 ? (char)name[i] : '?';
        prctl(PR_SET_NAME, text);
    }
    ke_lock();
    WCHAR *old = thread->name;
    thread->name = name;
    thread->name_length = (uint32_t)units;
    ke_unlock();
    free(old);
    return STATUS_SUCCESS;
}

static NTSTATUS set_impersonation(struct ps_thread *thread, HANDLE token)
{
    void *object = NULL;
    NTSTATUS status = STATUS_SUCCESS;
    if (token)
        status = ob_handle_lookup(token, &ps_token_type, 4 /* TOKEN_IMPERSONATE */, &object);
    if (!NT_SUCCESS(status))
        return status;
    ke_lock();
    struct ps_token *old = thread->impersonation;
    thread->impersonation = object;
    ke_unlock();
    if (old)
        ob_dereference(old);
    return STATUS_SUCCESS;
}

NTSTATUS NtSetInformationThread(HANDLE ThreadHandle, ULONG ThreadInformationClass, void *ThreadInformation,
                                ULONG ThreadInformationLength)
{
    union {
        LONG word;
        KAFFINITY mask;
        HANDLE handle;
        struct group_affinity group;
        struct {
            USHORT group;
            UCHAR number, reserved;
        } processor;
    } value;
    ULONG length = sizeof value.word;
    void *object;
    NTSTATUS status = ob_handle_lookup(
        ThreadHandle, &ps_thread_type,
        ThreadInformationClass == ThreadNameInformation ? THREAD_SET_LIMITED_INFORMATION
        : ThreadInformationClass == ThreadWow64Context  ? THREAD_SET_CONTEXT
                                                        : THREAD_SET_INFORMATION,
        &object);
    if (status == STATUS_ACCESS_DENIED && ThreadInformationClass != ThreadHideFromDebugger)
        status = ob_handle_lookup(ThreadHandle, &ps_thread_type,
                                  ThreadInformationClass == ThreadNameInformation
                                      ? THREAD_SET_INFORMATION
                                      : THREAD_SET_LIMITED_INFORMATION,
                                  &object);
    if (!NT_SUCCESS(status))
        return status;
    struct ps_thread *thread = object;
    switch (ThreadInformationClass) {
    case ThreadAffinityMask:
    case ThreadImpersonationToken: length = 8; break;
    case ThreadGroupInformation: length = sizeof value.group; break;
    case ThreadNameInformation:
        status = ps_thread_is_elsewhere(thread)
                     ? name_elsewhere(thread, ThreadInformation, ThreadInformationLength)
                     : set_name(thread, ThreadInformation, ThreadInformationLength);
        ob_dereference(object);
        return status;
    case ThreadWow64Context:
        status = wow_access_context(thread, ThreadInformation, ThreadInformationLength, true);
        ob_dereference(object);
        return status;
    case ThreadHideFromDebugger: length = 0; break;
    case ThreadPowerThrottlingState:
        ob_dereference(object);
        return ThreadInformationLength == 12 ? STATUS_SUCCESS : STATUS_INFO_LENGTH_MISMATCH; /* a hint */
    }
    if (ThreadInformationLength != length)
        status = STATUS_INFO_LENGTH_MISMATCH;
    if (NT_SUCCESS(status) && length)
        status = guest_copy(&value, ThreadInformation, length);
    if (NT_SUCCESS(status) && ps_thread_is_elsewhere(thread)) {
        status = set_elsewhere(thread, ThreadInformationClass, &value, length);
        if (NT_SUCCESS(status) && ThreadInformationClass == ThreadBasePriority)
            thread->priority = value.word;
    } else if (NT_SUCCESS(status)) {
        switch (ThreadInformationClass) {
        case ThreadBasePriority:
            /* Kept and reported; Linux lets nobody but root raise it, so it is not passed on. */
            if (value.word < -16 || value.word > 16 || (value.word > 2 && value.word < 15) ||
                (value.word < -2 && value.word > -15))
                status = STATUS_INVALID_PARAMETER;
            else
                thread->priority = value.word;
            break;
        case ThreadPriority:
            if (value.word < 1 || value.word > 31)
                status = STATUS_INVALID_PARAMETER;
            else
                thread->priority = value.word - thread->base_priority;
            break;
        case ThreadAffinityMask: status = set_affinity(thread, value.mask); break;
        case ThreadGroupInformation:
            status = value.group.Group ? STATUS_INVALID_PARAMETER : set_affinity(thread, value.group.Mask);
            break;
        case ThreadImpersonationToken: status = set_impersonation(thread, value.handle); break;
        case ThreadIdealProcessor: {
            ULONG previous = thread->ideal_processor;
            if (value.word < 0 || value.word > 64) {
                status = STATUS_INVALID_PARAMETER;
            } else {
                if (value.word < 64)
                    thread->ideal_processor = (uint32_t)value.word;
                ob_dereference(object);
                return (NTSTATUS)previous; /* documented: the previous one is the result */
            }
            break;
        }
        case ThreadIdealProcessorEx:
            if (value.processor.group || value.processor.number >= 64)
                status = STATUS_INVALID_PARAMETER;
            else
                thread->ideal_processor = value.processor.number;
            break;
        case ThreadPriorityBoost: thread->boost_disabled = value.word != 0; break;
        case ThreadHideFromDebugger: thread->hidden = true; break;
        case ThreadPagePriority:
            if (value.word < 1 || value.word > 5)
                status = STATUS_INVALID_PARAMETER;
            else
                thread->page_priority = (uint8_t)value.word;
            break;
        case ThreadIoPriority: break; /* a hint */
        case ThreadBreakOnTermination: status = STATUS_PRIVILEGE_NOT_HELD; break;
        default: status = STATUS_INVALID_INFO_CLASS;
        }
    }
    ob_dereference(object);
    return status;
}
