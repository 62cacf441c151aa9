/*
 * NtQueryInformationProcess. Of other processes the answers come from /proc, from the page that each Gastwirt
 * process shares with its parent, and from their memory.
 */
#include "mm/guest.h"
#include "mm/mm.h"
#include "dbgk/dbgk.h"
#include "ps/child.h"
#include "ps/process_info.h"
#include "ps/remote.h"
#include "ps/thread.h"
#include "session/session.h"
#include "wow/wow.h"
#include <nt/debug.h>
#include <nt/syscalls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

struct basic {
    NTSTATUS ExitStatus;
    PEB *PebBaseAddress;
    ULONG_PTR AffinityMask;
    KPRIORITY BasePriority;
    ULONG_PTR UniqueProcessId, InheritedFromUniqueProcessId;
};

struct extended_basic {
    SIZE_T Size;
    struct basic BasicInfo;
    ULONG Flags;
};

struct vm_counters {
    SIZE_T PeakVirtualSize, VirtualSize;
    ULONG PageFaultCount;
    SIZE_T PeakWorkingSetSize, WorkingSetSize, QuotaPeakPagedPoolUsage, QuotaPagedPoolUsage,
        QuotaPeakNonPagedPoolUsage, QuotaNonPagedPoolUsage, PagefileUsage, PeakPagefileUsage, PrivateUsage;
};

struct times {
    LARGE_INTEGER CreateTime, ExitTime, KernelTime, UserTime;
};

struct io_counters {
    ULONGLONG ReadOperationCount, WriteOperationCount, OtherOperationCount, ReadTransferCount,
        WriteTransferCount, OtherTransferCount;
};

/* ---------------------------------------------------------------- what /proc says */

static FILE *open_proc(const struct ps_process *process, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", process->unix_pid, name);
    return fopen(path, "re");
}

/* The field `name` of a "Name: value" file; 0 if there is none. */
static uint64_t proc_value(const struct ps_process *process, const char *file_name, const char *name)
{
    char line[256];
    unsigned long long value = 0;
    FILE *file = open_proc(process, file_name);
    if (!file)
        return 0;
    size_t length = strlen(name);
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, name, length) == 0 && line[length] == ':') {
            value = strtoull(line + length + 1, NULL, 10);
            break;
        }
    }
    fclose(file);
    return value;
}

static void read_vm_counters(const struct ps_process *process, struct vm_counters *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->PeakVirtualSize = proc_value(process, "status", "VmPeak") * 1024;
    ret->VirtualSize = proc_value(process, "status", "VmSize") * 1024;
    ret->PeakWorkingSetSize = proc_value(process, "status", "VmHWM") * 1024;
    ret->WorkingSetSize = proc_value(process, "status", "VmRSS") * 1024;
    ret->PrivateUsage = ret->PagefileUsage = (proc_value(process, "status", "RssAnon") +
                                              proc_value(process, "status", "VmSwap")) *
                                             1024;
    ret->PeakPagefileUsage = ret->PagefileUsage;
    if (process == ps_current_process) {
        struct rusage usage;
        getrusage(RUSAGE_SELF, &usage);
        ret->PageFaultCount = (ULONG)(usage.ru_minflt + usage.ru_majflt);
    }
}

void ps_usage_times(int who, LARGE_INTEGER *ret_kernel, LARGE_INTEGER *ret_user)
{
    struct rusage usage;
    getrusage(who, &usage);
    ret_user->QuadPart = usage.ru_utime.tv_sec * 10000000ll + usage.ru_utime.tv_usec * 10;
    ret_kernel->QuadPart = usage.ru_stime.tv_sec * 10000000ll + usage.ru_stime.tv_usec * 10;
}

void ps_stat_times(const char *path, LARGE_INTEGER *ret_kernel, LARGE_INTEGER *ret_user)
{
    char line[1024];
    unsigned long long user = 0, kernel = 0;
    FILE *file = fopen(path, "re");
    if (file && fgets(line, sizeof line, file)) {
        char *end = strrchr(line, ')');
        if (end)
            sscanf(end + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user, &kernel);
    }
    if (file)
        fclose(file);
    unsigned long rate = (unsigned long)sysconf(_SC_CLK_TCK);
    ret_user->QuadPart = (LONGLONG)(user * 10000000 / rate);
    ret_kernel->QuadPart = (LONGLONG)(kernel * 10000000 / rate);
}

static void read_times(const struct ps_process *process, struct times *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->CreateTime.QuadPart = process->create_time;
    if (process->header.signal) {
        ret->ExitTime.QuadPart = process->exit_time;
        ret->KernelTime.QuadPart = (LONGLONG)process->kernel_time;
        ret->UserTime.QuadPart = (LONGLONG)process->user_time;
    } else if (process == ps_current_process) {
        ps_usage_times(RUSAGE_SELF, &ret->KernelTime, &ret->UserTime);
    } else {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/stat", process->unix_pid);
        ps_stat_times(path, &ret->KernelTime, &ret->UserTime);
    }
}

static PEB *own_peb(void)
{
    return ke_self->teb->ProcessEnvironmentBlock;
}

/* A child says it in its page, others are asked once; NULL: not known. */
static PEB *other_peb(struct ps_process *process)
{
    struct ps_remote message = {.operation = PS_REMOTE_GET_PAGE};
    int fd = -1;
    if (process->page)
        return (PEB *)__atomic_load_n(&process->page->peb, __ATOMIC_ACQUIRE);
    uint64_t peb = __atomic_load_n(&process->peb, __ATOMIC_ACQUIRE);
    if (!peb && session_is_ours(process->unix_pid) &&
        NT_SUCCESS(ps_remote_call_fd(process, &message, -1, &fd))) {
        peb = message.value[0];
        __atomic_store_n(&process->peb, peb, __ATOMIC_RELEASE);
    }
    if (fd >= 0)
        close(fd);
    return (PEB *)peb;
}

static NTSTATUS read_other(struct ps_process *process, const void *address, void *buffer, size_t size)
{
    struct ps_remote message = {.operation = PS_REMOTE_READ, .value = {(uint64_t)address, size}};
    size_t got = size;
    return ps_remote_call(process, &message, NULL, 0, buffer, &got);
}

/* malloc'ed. */
static NTSTATUS read_command_line(struct ps_process *process, WCHAR **ret_text, size_t *ret_units)
{
    PEB *peb = other_peb(process);
    RTL_USER_PROCESS_PARAMETERS *parameters;
    UNICODE_STRING string;
    if (!peb)
        return STATUS_NOT_SUPPORTED;
    NTSTATUS status = read_other(process, &peb->ProcessParameters, &parameters, sizeof parameters);
    if (NT_SUCCESS(status))
        status = read_other(process, &parameters->CommandLine, &string, sizeof string);
    WCHAR *text = NT_SUCCESS(status) ? malloc(string.Length + 2u) : NULL;
    if (NT_SUCCESS(status) && !text)
        status = STATUS_NO_MEMORY;
    if (NT_SUCCESS(status) && string.Length)
        status = read_other(process, string.Buffer, text, string.Length);
    if (!NT_SUCCESS(status)) {
        free(text);
        return status;
    }
    *ret_text = text;
    *ret_units = string.Length / sizeof *text;
    return STATUS_SUCCESS;
}

static ULONG cookie(void)
{
    static ULONG value;
    while (!value)
        if (getrandom(&value, sizeof value, 0) < 0)
            value = (ULONG)ps_now() | 1;
    return value;
}

void ps_io_counters(const struct ps_process *process, uint64_t *ret)
{
    memset(ret, 0, sizeof(struct io_counters));
    ret[0] = proc_value(process, "io", "syscr");
    ret[1] = proc_value(process, "io", "syscw");
    ret[3] = proc_value(process, "io", "rchar");
    ret[4] = proc_value(process, "io", "wchar");
}

/* Answers with a UNICODE_STRING and its text behind it. */
static NTSTATUS give_string(const WCHAR *text, size_t units, void *guest, ULONG length, ULONG *guest_length)
{
    UNICODE_STRING string = {0};
    ULONG needed = (ULONG)(sizeof string + (units + 1) * 2);
    NTSTATUS status = length < needed ? STATUS_INFO_LENGTH_MISMATCH : STATUS_SUCCESS;
    string.Length = (USHORT)(units * 2);
    string.MaximumLength = string.Length + 2;
    string.Buffer = (PWSTR)((uint8_t *)guest + sizeof string);
    WCHAR zero = 0;
    if (NT_SUCCESS(status))
        status = guest_copy(guest, &string, sizeof string);
    if (NT_SUCCESS(status))
        status = guest_copy(string.Buffer, text, units * 2);
    if (NT_SUCCESS(status))
        status = guest_copy(string.Buffer + units, &zero, 2);
    if (guest_length) {
        NTSTATUS written = guest_write(guest_length, needed);
        status = NT_SUCCESS(written) ? status : written;
    }
    return status;
}

static NTSTATUS query_image_name(const struct ps_process *process, bool win32, void *guest, ULONG length,
                                 ULONG *guest_length)
{
    WCHAR *path = NULL, *text;
    size_t units = 0;
    NTSTATUS status = STATUS_SUCCESS;
    if (process == ps_current_process) {
        status = guest_read_unicode_string(&own_peb()->ProcessParameters->ImagePathName, &path, &units);
    } else if (process->image_path) {
        while (process->image_path[units])
            units++;
        path = malloc(units * 2 + 2);
        if (path)
            memcpy(path, process->image_path, units * 2 + 2);
    }
    if (!NT_SUCCESS(status))
        return status;
    if (!path)
        return process->image_path ? STATUS_NO_MEMORY : give_string(u"", 0, guest, length, guest_length);
    /* The native form: volume numbers follow drive letters. */
    static const WCHAR volume[] = u"\\Device\\HarddiskVolume";
    size_t prefix = sizeof volume / 2 - 1;
    text = malloc((units + prefix + 4) * 2);
    if (!text) {
        free(path);
        return STATUS_NO_MEMORY;
    }
    if (win32 || units < 2 || path[1] != ':') {
        memcpy(text, path, units * 2);
    } else {
        unsigned number = ((unsigned)path[0] | 0x20) - 'a' + 1;
        memcpy(text, volume, prefix * 2);
        size_t at = prefix;
        if (number >= 10)
            text[at++] = (WCHAR)('0' + number / 10);
        text[at++] = (WCHAR)('0' + number % 10);
        memcpy(text + at, path + 2, (units - 2) * 2);
        units = at + units - 2;
    }
    status = give_string(text, units, guest, length, guest_length);
    free(text);
    free(path);
    return status;
}

static NTSTATUS query_image(void *guest, ULONG length, ULONG *guest_length)
{
    struct {
        PVOID TransferAddress;
        ULONG ZeroBits;
        SIZE_T MaximumStackSize, CommittedStackSize;
        ULONG SubSystemType;
        USHORT SubSystemMinorVersion, SubSystemMajorVersion;
        USHORT MajorOperatingSystemVersion, MinorOperatingSystemVersion;
        USHORT ImageCharacteristics, DllCharacteristics, Machine;
        BOOLEAN ImageContainsCode;
        UCHAR ImageFlags;
        ULONG LoaderFlags, ImageFileSize, CheckSum;
    } information = {0};
    uint8_t *image = own_peb()->ImageBaseAddress, headers[0x200];
    uint32_t offset;
    if (length != sizeof information)
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS status = guest_copy(&offset, image + 0x3c, 4);
    if (NT_SUCCESS(status))
        status = guest_copy(headers, image + offset, 0x108);
    if (!NT_SUCCESS(status))
        return status;
    const uint8_t *optional = headers + 24;
    information.TransferAddress = image + *(uint32_t *)(optional + 16);
    information.MaximumStackSize = ps_stack_reserve;
    information.CommittedStackSize = ps_stack_commit;
    information.SubSystemType = *(uint16_t *)(optional + 68);
    information.SubSystemMajorVersion = *(uint16_t *)(optional + 48);
    information.SubSystemMinorVersion = *(uint16_t *)(optional + 50);
    information.MajorOperatingSystemVersion = *(uint16_t *)(optional + 40);
    information.MinorOperatingSystemVersion = *(uint16_t *)(optional + 42);
    information.ImageCharacteristics = *(uint16_t *)(headers + 22);
    information.DllCharacteristics = *(uint16_t *)(optional + 70);
    information.Machine = *(uint16_t *)(headers + 4);
    information.ImageContainsCode = 1;
    information.CheckSum = *(uint32_t *)(optional + 64);
    status = guest_copy(guest, &information, sizeof information);
    ULONG needed = sizeof information;
    return NT_SUCCESS(status) && guest_length ? guest_write(guest_length, needed) : status;
}

/* A handle to what debugs the process: this process's debug object, or one that stands for another's. */
static NTSTATUS open_debug_object(const struct ps_process *process, HANDLE *ret_handle)
{
    if (!(ps_child_debug(process) & GW_DEBUGGED))
        return STATUS_PORT_NOT_SET;
    void *object = dbgk_object_of(process);
    if (!object)
        object = dbgk_object_placeholder();
    if (!object)
        return STATUS_NO_MEMORY;
    NTSTATUS status = ob_handle_create(object, DEBUG_ALL_ACCESS, 0, ret_handle);
    ob_dereference(object);
    return status;
}

/* An answer on its way: the structures that do not depend on what the caller gave. */
struct query {
    struct ps_process *process;
    bool own;
    bool at_least; /* the caller may give more room than it takes */
    void *guest;
    ULONG given, length; /* what the caller gave, and what it takes */
    union {
        struct basic basic;
        struct extended_basic extended;
        struct vm_counters vm;
        struct times times;
        struct io_counters io;
        ULONG word;
        ULONG_PTR pointer;
        UCHAR bytes[2];
        ULONG policy[2]; /* which; its flags */
        ULONGLONG cycles[2];
        USHORT group;
        struct {
            SIZE_T quota[5];
            LARGE_INTEGER TimeLimit;
        } quota;
    } answer;
};

static void query_basic(struct query *query)
{
    const struct ps_process *process = query->process;
    struct basic *basic = &query->answer.basic;
    query->length = sizeof *basic;
    if (query->given == sizeof query->answer.extended) {
        query->length = sizeof query->answer.extended;
        query->answer.extended.Size = query->length;
        basic = &query->answer.extended.BasicInfo;
    }
    basic->ExitStatus = process->exit_status;
    basic->PebBaseAddress = query->own ? own_peb() : other_peb(query->process);
    basic->AffinityMask = ps_process_affinity(process);
    basic->BasePriority = ps_priority_level(ps_priority_class(process));
    basic->UniqueProcessId = process->id;
    basic->InheritedFromUniqueProcessId = process->parent_id;
}

static void query_quota(struct query *query)
{
    const struct ps_process *process = query->process;
    SIZE_T *quota = query->answer.quota.quota;
    query->length = sizeof query->answer.quota;
    quota[2] = process->working_set_minimum ? process->working_set_minimum : 0x32000;
    quota[3] = process->working_set_maximum ? process->working_set_maximum : 0x159000;
    quota[4] = ~(SIZE_T)0;
    query->answer.quota.TimeLimit.QuadPart = -1;
}

static void query_cycles(struct query *query)
{
    struct times times;
    read_times(query->process, &times);
    query->length = sizeof query->answer.cycles;
    query->answer.cycles[0] = (ULONGLONG)(times.UserTime.QuadPart + times.KernelTime.QuadPart) *
                              200; /* as of 2 GHz */
}

/* The caller says which policy. */
static NTSTATUS query_mitigation(struct query *query)
{
    enum { DATA_EXECUTION_PREVENTION, ADDRESS_LAYOUT };
    ULONG *policy = query->answer.policy;
    query->length = sizeof query->answer.policy;
    query->at_least = true;
    if (query->given < query->length)
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS status = guest_copy(policy, query->guest, query->length);
    if (!NT_SUCCESS(status))
        return status;
    if (policy[0] >= sizeof query->process->mitigation / sizeof *query->process->mitigation)
        return STATUS_INVALID_PARAMETER;
    policy[1] = query->process->mitigation[policy[0]];
    if (policy[0] == DATA_EXECUTION_PREVENTION)
        policy[1] |= 1;
    else if (policy[0] == ADDRESS_LAYOUT)
        policy[1] |= 7; /* bottom-up, relocation, high entropy */
    return STATUS_SUCCESS;
}

/* The classes with an answer of fixed size. */
static NTSTATUS query_fixed(struct query *query, ULONG class)
{
    struct ps_process *process = query->process;
    switch (class) {
    case ProcessBasicInformation: query_basic(query); break;
    case ProcessQuotaLimits: query_quota(query); break;
    case ProcessIoCounters:
        query->length = sizeof query->answer.io;
        ps_io_counters(process, (uint64_t *)&query->answer.io);
        break;
    case ProcessVmCounters:
        query->length = query->given == offsetof(struct vm_counters, PrivateUsage)
                            ? offsetof(struct vm_counters, PrivateUsage)
                            : sizeof query->answer.vm;
        read_vm_counters(process, &query->answer.vm);
        break;
    case ProcessTimes:
        query->length = sizeof query->answer.times;
        read_times(process, &query->answer.times);
        break;
    case ProcessDebugPort:
        query->length = sizeof query->answer.pointer;
        query->answer.pointer = ps_child_debug(process) & GW_DEBUGGED ? ~(ULONG_PTR)0 : 0;
        break;
    case ProcessWow64Information:
        query->length = sizeof query->answer.pointer;
        if (process->wow) {
            PEB *peb = query->own ? own_peb() : other_peb(query->process);
            query->answer.pointer = peb ? (ULONG_PTR)wow_peb(peb) : 1;
        }
        break;
    case ProcessDebugObjectHandle:
        query->length = sizeof query->answer.pointer;
        if (query->given != query->length)
            break;
        return open_debug_object(process, (HANDLE *)&query->answer.pointer);
    case ProcessDebugFlags: query->answer.word = !(ps_child_debug(process) & GW_DEBUG_NO_INHERIT); break;
    case ProcessDefaultHardErrorMode: query->answer.word = ps_default_error_mode; break;
    case ProcessSubsystemInformation:
    case ProcessBreakOnTermination:
    case ProcessLUIDDeviceMapsEnabled: break;
    case ProcessPriorityClass:
        query->length = sizeof query->answer.bytes;
        query->answer.bytes[1] = (UCHAR)ps_priority_class(process);
        break;
    case ProcessPriorityBoost: query->answer.word = process->boost_disabled; break;
    case ProcessHandleCount:
        query->at_least = true;
        if (!query->own) {
            struct ps_remote_handle *handles;
            size_t count;
            NTSTATUS status = ps_remote_list_handles(process, &handles, &count);
            if (!NT_SUCCESS(status))
                return status;
            free(handles);
            query->answer.word = (ULONG)count;
        } else {
            query->answer.word = ob_handle_count();
        }
        break;
    case ProcessSessionInformation: query->answer.word = 1; break;
    case ProcessIoPriority: query->answer.word = 2; break;
    case ProcessPagePriority: query->answer.word = process->page_priority ? process->page_priority : 5; break;
    case ProcessExecuteFlags:
        if (!query->own)
            return STATUS_INVALID_PARAMETER;
        /* MEM_EXECUTE_OPTION_ENABLE, or DISABLE | DISABLE_THUNK_EMULATION | PERMANENT: always so on x64 */
        query->answer.word = mm_no_execute_protection ? 2 : 0xd;
        break;
    case ProcessCookie:
        if (!query->own)
            return STATUS_INVALID_PARAMETER;
        query->answer.word = cookie();
        break;
    case ProcessCycleTime: query_cycles(query); break;
    case ProcessGroupInformation: query->length = sizeof query->answer.group; break;
    case ProcessConsoleHostProcess: query->length = sizeof query->answer.pointer; break;
    case ProcessProtectionInformation: query->length = 1; break;
    case ProcessMitigationPolicy: return query_mitigation(query);
    default: return STATUS_INVALID_INFO_CLASS;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS query_command_line(struct ps_process *process, void *guest, ULONG length, ULONG *guest_length)
{
    WCHAR *text = NULL;
    size_t units = 0;
    NTSTATUS status = process == ps_current_process
                          ? guest_read_unicode_string(&own_peb()->ProcessParameters->CommandLine, &text,
                                                      &units)
                          : read_command_line(process, &text, &units);
    if (NT_SUCCESS(status))
        status = give_string(text, units, guest, length, guest_length);
    free(text);
    return status;
}

static NTSTATUS query_process(struct ps_process *process, ULONG class, void *guest, ULONG length,
                              ULONG *guest_length)
{
    struct query query;
    memset(&query, 0, sizeof query);
    query.process = process;
    query.own = process == ps_current_process;
    query.guest = guest;
    query.given = length;
    query.length = sizeof query.answer.word;
    switch (class) {
    case ProcessImageFileName:
    case ProcessImageFileNameWin32:
        return query_image_name(process, class == ProcessImageFileNameWin32, guest, length, guest_length);
    case ProcessCommandLineInformation: return query_command_line(process, guest, length, guest_length);
    case ProcessImageInformation:
        return query.own ? query_image(guest, length, guest_length) : STATUS_NOT_SUPPORTED;
    }
    NTSTATUS status = query_fixed(&query, class);
    if (!NT_SUCCESS(status))
        return status;
    if (query.at_least ? length < query.length : length != query.length)
        status = STATUS_INFO_LENGTH_MISMATCH;
    else
        status = guest_copy(guest, &query.answer, query.length);
    if (guest_length && (NT_SUCCESS(status) || status == STATUS_INFO_LENGTH_MISMATCH)) {
        NTSTATUS written = guest_write(guest_length, query.length);
        status = NT_SUCCESS(written) ? status : written;
    }
    return status;
}

NTSTATUS NtQueryInformationProcess(HANDLE ProcessHandle, ULONG ProcessInformationClass,
                                   void *ProcessInformation, ULONG ProcessInformationLength,
                                   ULONG *ReturnLength)
{
    void *process;
    NTSTATUS status = ob_handle_lookup(ProcessHandle, &ps_process_type, PROCESS_QUERY_LIMITED_INFORMATION,
                                       &process);
    if (status == STATUS_ACCESS_DENIED)
        status = ob_handle_lookup(ProcessHandle, &ps_process_type, PROCESS_QUERY_INFORMATION, &process);
    if (!NT_SUCCESS(status))
        return status;
    status = query_process(process, ProcessInformationClass, ProcessInformation, ProcessInformationLength,
                           ReturnLength);
    ob_dereference(process);
    return status;
}
