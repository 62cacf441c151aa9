/*
 * NtQueryInformationThread and NtSetInformationThread.
 */
#include "ke/lock.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include "ps/remote.h"
#include "ps/thread.h"
#include "wow/wow.h"
#include <nt/syscalls.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* THREADINFOCLASS */
enum {
    BASIC = 0,
    TIMES = 1,
    PRIORITY = 2,
    BASE_PRIORITY = 3,
    AFFINITY = 4,
    IMPERSONATION_TOKEN = 5,
    START_ADDRESS = 9,
    ZERO_TLS_CELL = 10,
    PERFORMANCE_COUNT = 11,
    IS_LAST = 12,
    IDEAL_PROCESSOR = 13,
    PRIORITY_BOOST = 14,
    IS_IO_PENDING = 16,
    HIDE_FROM_DEBUGGER = 17,
    BREAK_ON_TERMINATION = 18,
    IS_TERMINATED = 20,
    WOW64_CONTEXT = 29,
    IO_PRIORITY = 22,
    CYCLE_TIME = 23,
    PAGE_PRIORITY = 24,
    TEB_INFORMATION = 26,
    GROUP_AFFINITY = 30,
    IDEAL_PROCESSOR_EX = 33,
    SUSPEND_COUNT = 35,
    NAME = PS_THREAD_NAME,
    POWER_THROTTLING = 49,
};

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

struct group_affinity {
    KAFFINITY Mask;
    USHORT Group, Reserved[3];
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
        struct rusage usage;
        getrusage(RUSAGE_THREAD, &usage);
        ret_times->UserTime.QuadPart = usage.ru_utime.tv_sec * 10000000ll + usage.ru_utime.tv_usec * 10;
        ret_times->KernelTime.QuadPart = usage.ru_stime.tv_sec * 10000000ll + usage.ru_stime.tv_usec * 10;
    } else if (thread->unix_tid) {
        char path[64], line[1024];
        unsigned long long user = 0, kernel = 0;
        snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread->unix_tid);
        FILE *file = fopen(path, "re");
        if (file && fgets(line, sizeof line, file)) {
            char *end = strrchr(line, ')');
            if (end)
                sscanf(end + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user, &kernel);
        }
        if (file)
            fclose(file);
        long rate = sysconf(_SC_CLK_TCK);
        ret_times->UserTime.QuadPart = (LONGLONG)(user * 10000000 / (unsigned long)rate);
        ret_times->KernelTime.QuadPart = (LONGLONG)(kernel * 10000000 / (unsigned long)rate);
    }
}

static KAFFINITY process_affinity(void)
{
    cpu_set_t set;
    KAFFINITY mask = 0;
    CPU_ZERO(&set);
    sched_getaffinity(getpid(), sizeof set, &set);
    int count = CPU_COUNT(&set);
    mask = count >= 64 ? ~0ull : (1ull << count) - 1;
    return mask;
}

/* The mask's bits count the processors that the process may use, in order. */
static NTSTATUS set_affinity(struct ps_thread *thread, KAFFINITY mask)
{
    cpu_set_t all, set;
    if (!mask || mask & ~process_affinity())
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

/* ---------------------------------------------------------------- other processes' threads */

static bool is_elsewhere(const struct ps_thread *thread)
{
    return thread->process != ps_current_process && !thread->ended && !thread->process->header.signal;
}

/* The rest is known here, or means this process's memory. What CreateProcess returned is asked for its id and
 * whether it has ended while the child still starts: that does not wait for the child. */
static bool asks_owner(const struct ps_thread *thread, ULONG class)
{
    return class != TEB_INFORMATION && class != IS_TERMINATED &&
           (class != BASIC || thread != thread->process->first_thread);
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
    if (NT_SUCCESS(status) && class == NAME && size >= sizeof *name)
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

/* data: `size` bytes of host memory. */
static NTSTATUS set_elsewhere(struct ps_thread *thread, ULONG class, const void *data, size_t size)
{
    struct ps_remote message = {.operation = PS_REMOTE_SET_THREAD, .value = {thread->id, class}};
    if (class == IMPERSONATION_TOKEN) /* tokens are a process's own */
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
        status = set_elsewhere(thread, NAME, data, sizeof *data + units * 2);
    } else {
        status = data ? STATUS_INVALID_PARAMETER : STATUS_NO_MEMORY;
    }
    free(data);
    free(text);
    return status;
}

/* ---------------------------------------------------------------- the calls */

NTSTATUS NtQueryInformationThread(HANDLE ThreadHandle, ULONG ThreadInformationClass, void *ThreadInformation,
                                  ULONG ThreadInformationLength, ULONG *ReturnLength)
{
    union {
        struct basic_information basic;
        struct times times;
        struct group_affinity group;
        PVOID pointer;
        ULONG word;
        BOOLEAN byte;
        LARGE_INTEGER number;
        ULONGLONG cycles[2];
        USHORT processor[2];
    } answer;
    ULONG length = sizeof answer.word;
    bool exact = true;
    void *object;
    ACCESS_MASK access = ThreadInformationClass == BASIC || ThreadInformationClass == TIMES ||
                                 ThreadInformationClass == NAME || ThreadInformationClass == IS_TERMINATED ||
                                 ThreadInformationClass == GROUP_AFFINITY
                             ? THREAD_QUERY_LIMITED_INFORMATION
                         : ThreadInformationClass == WOW64_CONTEXT ? THREAD_GET_CONTEXT
                                                                   : THREAD_QUERY_INFORMATION;
    NTSTATUS status = ob_handle_lookup(ThreadHandle, &ps_thread_type, access, &object);
    if (status == STATUS_ACCESS_DENIED && access == THREAD_QUERY_LIMITED_INFORMATION)
        status = ob_handle_lookup(ThreadHandle, &ps_thread_type, THREAD_QUERY_INFORMATION, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct ps_thread *thread = object;
    if (ThreadInformationClass == WOW64_CONTEXT) {
        status = wow_access_context(thread, ThreadInformation, ThreadInformationLength, false);
        if (NT_SUCCESS(status) && ReturnLength)
            status = guest_write(ReturnLength, ThreadInformationLength);
        ob_dereference(object);
        return status;
    }
    if (is_elsewhere(thread) && asks_owner(thread, ThreadInformationClass)) {
        status = query_elsewhere(thread, ThreadInformationClass, ThreadInformation, ThreadInformationLength,
                                 ReturnLength);
        ob_dereference(object);
        return status;
    }
    memset(&answer, 0, sizeof answer);
    switch (ThreadInformationClass) {
    case BASIC:
        length = sizeof answer.basic;
        answer.basic.ExitStatus = thread->exit_status;
        answer.basic.TebBaseAddress = thread->teb;
        answer.basic.ClientId.UniqueProcess = (HANDLE)(uintptr_t)thread->process->id;
        answer.basic.ClientId.UniqueThread = (HANDLE)(uintptr_t)thread->id;
        answer.basic.AffinityMask = thread->affinity ? thread->affinity : process_affinity();
        answer.basic.Priority = thread->base_priority + thread->priority;
        answer.basic.BasePriority = thread->priority;
        break;
    case TIMES:
        length = sizeof answer.times;
        read_times(thread, &answer.times);
        break;
    case START_ADDRESS:
        length = sizeof answer.pointer;
        answer.pointer = thread->start_address;
        break;
    case PERFORMANCE_COUNT: length = sizeof answer.number; break;
    case IS_LAST: answer.word = ps_thread_count() == 1; break;
    case PRIORITY_BOOST: answer.word = thread->boost_disabled; break;
    case IS_IO_PENDING:
    case BREAK_ON_TERMINATION: break;
    case HIDE_FROM_DEBUGGER:
        length = sizeof answer.byte;
        answer.byte = thread->hidden;
        break;
    case IS_TERMINATED: answer.word = thread->ended; break;
    case IO_PRIORITY: answer.word = 2; break;
    case PAGE_PRIORITY: answer.word = thread->page_priority ? thread->page_priority : 5; break;
    case CYCLE_TIME: {
        struct times times;
        read_times(thread, &times);
        length = sizeof answer.cycles;
        answer.cycles[0] = (ULONGLONG)(times.UserTime.QuadPart + times.KernelTime.QuadPart) *
                           200; /* as of 2 GHz */
        break;
    }
    case GROUP_AFFINITY:
        length = sizeof answer.group;
        answer.group.Mask = thread->affinity ? thread->affinity : process_affinity();
        break;
    case IDEAL_PROCESSOR_EX:
        length = sizeof answer.word;
        answer.processor[1] = (USHORT)thread->ideal_processor;
        break;
    case SUSPEND_COUNT: answer.word = thread->suspend_count; break;
    case NAME: {
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
        length = (ULONG)(sizeof string + units * 2);
        status = ThreadInformationLength < length ? STATUS_BUFFER_TOO_SMALL : STATUS_SUCCESS;
        string.Length = string.MaximumLength = (USHORT)(units * 2);
        string.Buffer = (PWSTR)((uint8_t *)ThreadInformation + sizeof string);
        if (NT_SUCCESS(status))
            status = guest_copy(ThreadInformation, &string, sizeof string);
        if (NT_SUCCESS(status))
            status = guest_copy(string.Buffer, copy, units * 2);
        free(copy);
        if (ReturnLength) {
            NTSTATUS written = guest_write(ReturnLength, length);
            status = NT_SUCCESS(written) ? status : written;
        }
        ob_dereference(object);
        return status;
    }
    case TEB_INFORMATION: {
        struct {
            PVOID TebInformation;
            ULONG TebOffset, BytesToRead;
        } request;
        status = ThreadInformationLength != sizeof request
                     ? STATUS_INFO_LENGTH_MISMATCH
                     : guest_copy(&request, ThreadInformation, sizeof request);
        if (NT_SUCCESS(status) &&
            (request.TebOffset >= sizeof(TEB) || request.BytesToRead > sizeof(TEB) - request.TebOffset))
            status = STATUS_INVALID_PARAMETER;
        if (NT_SUCCESS(status))
            status = thread->teb ? guest_copy(request.TebInformation,
                                              (uint8_t *)thread->teb + request.TebOffset, request.BytesToRead)
                                 : STATUS_THREAD_IS_TERMINATING;
        ob_dereference(object);
        return status;
    }
    default: status = STATUS_INVALID_INFO_CLASS;
    }
    ob_dereference(object);
    if (NT_SUCCESS(status) && (exact ? ThreadInformationLength != length : ThreadInformationLength < length))
        status = STATUS_INFO_LENGTH_MISMATCH;
    if (NT_SUCCESS(status))
        status = guest_copy(ThreadInformation, &answer, length);
    if (ReturnLength && (NT_SUCCESS(status) || status == STATUS_INFO_LENGTH_MISMATCH)) {
        NTSTATUS written = guest_write(ReturnLength, length);
        status = NT_SUCCESS(written) ? status : written;
    }
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
    NTSTATUS status = ob_handle_lookup(ThreadHandle, &ps_thread_type,
                                       ThreadInformationClass == NAME ? THREAD_SET_LIMITED_INFORMATION
                                       : ThreadInformationClass == WOW64_CONTEXT ? THREAD_SET_CONTEXT
                                                                                 : THREAD_SET_INFORMATION,
                                       &object);
    if (status == STATUS_ACCESS_DENIED && ThreadInformationClass != HIDE_FROM_DEBUGGER)
        status = ob_handle_lookup(ThreadHandle, &ps_thread_type,
                                  ThreadInformationClass == NAME ? THREAD_SET_INFORMATION
                                                                 : THREAD_SET_LIMITED_INFORMATION,
                                  &object);
    if (!NT_SUCCESS(status))
        return status;
    struct ps_thread *thread = object;
    switch (ThreadInformationClass) {
    case AFFINITY:
    case IMPERSONATION_TOKEN: length = 8; break;
    case GROUP_AFFINITY: length = sizeof value.group; break;
    case NAME:
        status = is_elsewhere(thread) ? name_elsewhere(thread, ThreadInformation, ThreadInformationLength)
                                      : set_name(thread, ThreadInformation, ThreadInformationLength);
        ob_dereference(object);
        return status;
    case WOW64_CONTEXT:
        status = wow_access_context(thread, ThreadInformation, ThreadInformationLength, true);
        ob_dereference(object);
        return status;
    case HIDE_FROM_DEBUGGER: length = 0; break;
    case POWER_THROTTLING:
        ob_dereference(object);
        return ThreadInformationLength == 12 ? STATUS_SUCCESS : STATUS_INFO_LENGTH_MISMATCH; /* a hint */
    }
    if (ThreadInformationLength != length)
        status = STATUS_INFO_LENGTH_MISMATCH;
    if (NT_SUCCESS(status) && length)
        status = guest_copy(&value, ThreadInformation, length);
    if (NT_SUCCESS(status) && is_elsewhere(thread)) {
        status = set_elsewhere(thread, ThreadInformationClass, &value, length);
        if (NT_SUCCESS(status) && ThreadInformationClass == BASE_PRIORITY)
            thread->priority = value.word;
    } else if (NT_SUCCESS(status)) {
        switch (ThreadInformationClass) {
        case BASE_PRIORITY:
            /* Kept and reported; Linux lets nobody but root raise it, so it is not passed on. */
            if (value.word < -16 || value.word > 16 || (value.word > 2 && value.word < 15) ||
                (value.word < -2 && value.word > -15))
                status = STATUS_INVALID_PARAMETER;
            else
                thread->priority = value.word;
            break;
        case PRIORITY:
            if (value.word < 1 || value.word > 31)
                status = STATUS_INVALID_PARAMETER;
            else
                thread->priority = value.word - thread->base_priority;
            break;
        case AFFINITY: status = set_affinity(thread, value.mask); break;
        case GROUP_AFFINITY:
            status = value.group.Group ? STATUS_INVALID_PARAMETER : set_affinity(thread, value.group.Mask);
            break;
        case IMPERSONATION_TOKEN: status = set_impersonation(thread, value.handle); break;
        case IDEAL_PROCESSOR: {
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
        case IDEAL_PROCESSOR_EX:
            if (value.processor.group || value.processor.number >= 64)
                status = STATUS_INVALID_PARAMETER;
            else
                thread->ideal_processor = value.processor.number;
            break;
        case PRIORITY_BOOST: thread->boost_disabled = value.word != 0; break;
        case HIDE_FROM_DEBUGGER: thread->hidden = true; break;
        case PAGE_PRIORITY:
            if (value.word < 1 || value.word > 5)
                status = STATUS_INVALID_PARAMETER;
            else
                thread->page_priority = (uint8_t)value.word;
            break;
        case IO_PRIORITY: break; /* a hint */
        case BREAK_ON_TERMINATION: status = STATUS_PRIVILEGE_NOT_HELD; break;
        default: status = STATUS_INVALID_INFO_CLASS;
        }
    }
    ob_dereference(object);
    return status;
}
