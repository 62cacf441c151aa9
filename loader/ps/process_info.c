/*
 * NtQueryInformationProcess, NtSetInformationProcess, NtOpenProcess and enumeration.
 */
#include "ke/lock.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include "mm/mm.h"
#include "dbgk/dbgk.h"
#include "ps/child.h"
#include "ps/remote.h"
#include "ps/thread.h"
#include "wow/wow.h"
#include <dirent.h>
#include <errno.h>
#include <nt/debug.h>
#include <nt/syscalls.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    PROCESS_QUERY_INFORMATION = 0x400,
    PROCESS_QUERY_LIMITED_INFORMATION = 0x1000,
    PROCESS_SET_INFORMATION = 0x200
};

/* PROCESSINFOCLASS */
enum {
    BASIC = 0,
    QUOTA_LIMITS = 1,
    IO_COUNTERS = 2,
    VM_COUNTERS = 3,
    TIMES = 4,
    BASE_PRIORITY = 5,
    DEBUG_PORT = 7,
    DEFAULT_HARD_ERROR_MODE = 12,
    POOLED_USAGE = 14,
    WORKING_SET_WATCH = 15,
    PRIORITY_CLASS = 18,
    HANDLE_COUNT = 20,
    AFFINITY = 21,
    PRIORITY_BOOST = 22,
    SESSION = 24,
    WOW64 = 26,
    IMAGE_FILE_NAME = 27,
    LUID_DEVICE_MAPS = 28,
    BREAK_ON_TERMINATION = 29,
    DEBUG_OBJECT = 30,
    DEBUG_FLAGS = 31,
    IO_PRIORITY = 33,
    EXECUTE_FLAGS = 34,
    COOKIE = 36,
    IMAGE_INFORMATION = 37,
    CYCLE_TIME = 38,
    PAGE_PRIORITY = 39,
    IMAGE_FILE_NAME_WIN32 = 43,
    GROUP_INFORMATION = 47,
    CONSOLE_HOST = 49,
    MITIGATION_POLICY = 52,
    COMMAND_LINE = 60,
    PROTECTION = 61,
    FAULT_INFORMATION = 63,
    SUBSYSTEM_INFORMATION = 75,
    POWER_THROTTLING = 77,
};

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

static void read_times(const struct ps_process *process, struct times *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->CreateTime.QuadPart = process->create_time;
    if (process->header.signal) {
        ret->ExitTime.QuadPart = process->exit_time;
        ret->KernelTime.QuadPart = (LONGLONG)process->kernel_time;
        ret->UserTime.QuadPart = (LONGLONG)process->user_time;
    } else if (process == ps_current_process) {
        struct rusage usage;
        getrusage(RUSAGE_SELF, &usage);
        ret->UserTime.QuadPart = usage.ru_utime.tv_sec * 10000000ll + usage.ru_utime.tv_usec * 10;
        ret->KernelTime.QuadPart = usage.ru_stime.tv_sec * 10000000ll + usage.ru_stime.tv_usec * 10;
    } else {
        char line[1024];
        unsigned long long user = 0, kernel = 0;
        FILE *file = open_proc(process, "stat");
        if (file && fgets(line, sizeof line, file)) {
            char *end = strrchr(line, ')');
            if (end)
                sscanf(end + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user, &kernel);
        }
        if (file)
            fclose(file);
        unsigned long rate = (unsigned long)sysconf(_SC_CLK_TCK);
        ret->UserTime.QuadPart = (LONGLONG)(user * 10000000 / rate);
        ret->KernelTime.QuadPart = (LONGLONG)(kernel * 10000000 / rate);
    }
}

static KAFFINITY affinity(const struct ps_process *process)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    sched_getaffinity(process->unix_pid, sizeof set, &set);
    int count = CPU_COUNT(&set);
    return count >= 64 ? ~0ull : (1ull << count) - 1;
}

static PEB *own_peb(void)
{
    return ke_self->teb->ProcessEnvironmentBlock;
}

/* A child says it in its page; NULL: not known. */
static PEB *other_peb(const struct ps_process *process)
{
    return process->page ? (PEB *)__atomic_load_n(&process->page->peb, __ATOMIC_ACQUIRE) : NULL;
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

/* A job's comes first. */
static uint32_t priority_class(const struct ps_process *process)
{
    uint32_t class = ps_child_job_priority(process);
    if (!class)
        class = ps_child_priority(process);
    return class ? class : process->priority_class;
}

/* The lower ones only. */
uint32_t ps_inherited_priority(void)
{
    enum { IDLE = 1, BELOW_NORMAL = 5 };
    uint32_t class = priority_class(ps_current_process);
    return class == IDLE || class == BELOW_NORMAL ? class : 0;
}

bool ps_set_priority(struct ps_process *process, uint32_t class)
{
    static const int8_t nice[] = {0, 19, 0, -10, -20, 10, -5};
    if (!class || class >= sizeof nice)
        return false;
    process->priority_class = class;
    ps_child_tell_priority(process, class);
    if (nice[class] >= 0)
        setpriority(PRIO_PROCESS, (id_t)process->unix_pid, nice[class]);
    return true;
}

static int priority_level(uint32_t class)
{
    static const uint8_t levels[] = {8, 4, 8, 13, 24, 6, 10};
    return class < sizeof levels ? levels[class] : 8;
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

NTSTATUS NtQueryInformationProcess(HANDLE ProcessHandle, ULONG ProcessInformationClass,
                                   void *ProcessInformation, ULONG ProcessInformationLength,
                                   ULONG *ReturnLength)
{
    union {
        struct basic basic;
        struct extended_basic extended;
        struct vm_counters vm;
        struct times times;
        struct io_counters io;
        ULONG word;
        ULONG_PTR pointer;
        UCHAR bytes[2];
        ULONGLONG cycles[2];
        USHORT group;
        struct {
            SIZE_T quota[5];
            LARGE_INTEGER TimeLimit;
        } quota;
    } answer;
    ULONG length = sizeof answer.word;
    void *object;
    NTSTATUS status = ob_handle_lookup(ProcessHandle, &ps_process_type, PROCESS_QUERY_LIMITED_INFORMATION,
                                       &object);
    if (status == STATUS_ACCESS_DENIED)
        status = ob_handle_lookup(ProcessHandle, &ps_process_type, PROCESS_QUERY_INFORMATION, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct ps_process *process = object;
    bool own = process == ps_current_process;
    memset(&answer, 0, sizeof answer);
    switch (ProcessInformationClass) {
    case BASIC: {
        struct basic *basic = &answer.basic;
        length = sizeof *basic;
        if (ProcessInformationLength == sizeof answer.extended) {
            length = sizeof answer.extended;
            answer.extended.Size = length;
            basic = &answer.extended.BasicInfo;
        }
        basic->ExitStatus = process->exit_status;
        basic->PebBaseAddress = own ? own_peb() : other_peb(process);
        basic->AffinityMask = affinity(process);
        basic->BasePriority = priority_level(priority_class(process));
        basic->UniqueProcessId = process->id;
        basic->InheritedFromUniqueProcessId = process->parent_id;
        break;
    }
    case QUOTA_LIMITS:
        length = sizeof answer.quota;
        answer.quota.quota[2] = process->working_set_minimum ? process->working_set_minimum : 0x32000;
        answer.quota.quota[3] = process->working_set_maximum ? process->working_set_maximum : 0x159000;
        answer.quota.quota[4] = ~(SIZE_T)0;
        answer.quota.TimeLimit.QuadPart = -1;
        break;
    case IO_COUNTERS:
        length = sizeof answer.io;
        ps_io_counters(process, (uint64_t *)&answer.io);
        break;
    case VM_COUNTERS:
        length = ProcessInformationLength == offsetof(struct vm_counters, PrivateUsage)
                     ? offsetof(struct vm_counters, PrivateUsage)
                     : sizeof answer.vm;
        read_vm_counters(process, &answer.vm);
        break;
    case TIMES:
        length = sizeof answer.times;
        read_times(process, &answer.times);
        break;
    case DEBUG_PORT:
        length = sizeof answer.pointer;
        answer.pointer = ps_child_debug(process) & GW_DEBUGGED ? ~(ULONG_PTR)0 : 0;
        break;
    case WOW64:
        length = sizeof answer.pointer;
        if (process->wow)
            answer.pointer = own ? (ULONG_PTR)wow_peb(own_peb()) : 1;
        break;
    case DEBUG_OBJECT:
        length = sizeof answer.pointer;
        if (ProcessInformationLength == length)
            status = open_debug_object(process, (HANDLE *)&answer.pointer);
        break;
    case DEBUG_FLAGS: answer.word = !(ps_child_debug(process) & GW_DEBUG_NO_INHERIT); break;
    case DEFAULT_HARD_ERROR_MODE: answer.word = ps_default_error_mode; break;
    case BREAK_ON_TERMINATION:
    case LUID_DEVICE_MAPS: break;
    case PRIORITY_CLASS:
        length = sizeof answer.bytes;
        answer.bytes[1] = (UCHAR)priority_class(process);
        break;
    case PRIORITY_BOOST: answer.word = process->boost_disabled; break;
    case HANDLE_COUNT: answer.word = own ? ob_handle_count() : 0; break;
    case SESSION: answer.word = 1; break;
    case IO_PRIORITY: answer.word = 2; break;
    case PAGE_PRIORITY: answer.word = process->page_priority ? process->page_priority : 5; break;
    case EXECUTE_FLAGS:
        if (!own)
            status = STATUS_INVALID_PARAMETER;
        /* MEM_EXECUTE_OPTION_ENABLE, or DISABLE | DISABLE_THUNK_EMULATION | PERMANENT: always so on x64 */
        answer.word = mm_no_execute_protection ? 2 : 0xd;
        break;
    case COOKIE:
        if (!own)
            status = STATUS_INVALID_PARAMETER;
        answer.word = cookie();
        break;
    case CYCLE_TIME: {
        struct times times;
        read_times(process, &times);
        length = sizeof answer.cycles;
        answer.cycles[0] = (ULONGLONG)(times.UserTime.QuadPart + times.KernelTime.QuadPart) *
                           200; /* as of 2 GHz */
        break;
    }
    case GROUP_INFORMATION: length = sizeof answer.group; break;
    case CONSOLE_HOST: length = sizeof answer.pointer; break;
    case PROTECTION: length = 1; break;
    case SUBSYSTEM_INFORMATION: break;
    case MITIGATION_POLICY: {
        ULONG policy[2];
        length = sizeof policy;
        if (ProcessInformationLength < sizeof policy)
            status = STATUS_INFO_LENGTH_MISMATCH;
        else
            status = guest_copy(policy, ProcessInformation, sizeof policy);
        if (NT_SUCCESS(status) && policy[0] > 18)
            status = STATUS_INVALID_PARAMETER;
        answer.cycles[0] = NT_SUCCESS(status) ? policy[0] : 0;
        if (NT_SUCCESS(status))
            answer.cycles[0] |= (uint64_t)process->mitigation[policy[0]] << 32;
        if (NT_SUCCESS(status) && policy[0] == 0)
            answer.cycles[0] |= 1ull << 32; /* data execution prevention */
        if (NT_SUCCESS(status) && policy[0] == 1)
            answer.cycles[0] |= 7ull << 32; /* address layout: bottom-up, relocation, high entropy */
        break;
    }
    case IMAGE_FILE_NAME:
    case IMAGE_FILE_NAME_WIN32:
        status = query_image_name(process, ProcessInformationClass == IMAGE_FILE_NAME_WIN32,
                                  ProcessInformation, ProcessInformationLength, ReturnLength);
        ob_dereference(object);
        return status;
    case COMMAND_LINE: {
        WCHAR *text = NULL;
        size_t units = 0;
        status = own ? guest_read_unicode_string(&own_peb()->ProcessParameters->CommandLine, &text, &units)
                     : read_command_line(process, &text, &units);
        if (NT_SUCCESS(status))
            status = give_string(text, units, ProcessInformation, ProcessInformationLength, ReturnLength);
        free(text);
        ob_dereference(object);
        return status;
    }
    case IMAGE_INFORMATION:
        status = own ? query_image(ProcessInformation, ProcessInformationLength, ReturnLength)
                     : STATUS_NOT_SUPPORTED;
        ob_dereference(object);
        return status;
    default: status = STATUS_INVALID_INFO_CLASS;
    }
    ob_dereference(object);
    if (!NT_SUCCESS(status))
        return status;
    bool at_least = ProcessInformationClass == HANDLE_COUNT || ProcessInformationClass == MITIGATION_POLICY;
    if (at_least ? ProcessInformationLength < length : ProcessInformationLength != length)
        status = STATUS_INFO_LENGTH_MISMATCH;
    else
        status = guest_copy(ProcessInformation, &answer, length);
    if (ReturnLength && (NT_SUCCESS(status) || status == STATUS_INFO_LENGTH_MISMATCH)) {
        NTSTATUS written = guest_write(ReturnLength, length);
        status = NT_SUCCESS(written) ? status : written;
    }
    return status;
}

NTSTATUS NtSetInformationProcess(HANDLE ProcessHandle, ULONG ProcessInformationClass,
                                 void *ProcessInformation, ULONG ProcessInformationLength)
{
    uint8_t copy[64];
    ULONG length = 4;
    void *object;
    NTSTATUS status = ob_handle_lookup(ProcessHandle, &ps_process_type, PROCESS_SET_INFORMATION, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct ps_process *process = object;
    switch (ProcessInformationClass) {
    case PRIORITY_CLASS: length = 2; break;
    case AFFINITY:
    case MITIGATION_POLICY: length = 8; break;
    case POWER_THROTTLING: length = 12; break;
    case QUOTA_LIMITS: length = ProcessInformationLength <= sizeof copy ? ProcessInformationLength : 0; break;
    }
    if (ProcessInformationLength != length)
        status = STATUS_INFO_LENGTH_MISMATCH;
    if (NT_SUCCESS(status))
        status = guest_copy(copy, ProcessInformation, length);
    if (NT_SUCCESS(status)) {
        switch (ProcessInformationClass) {
        case PRIORITY_CLASS:
            if (!ps_set_priority(process, copy[1]))
                status = STATUS_INVALID_PARAMETER;
            break;
        case AFFINITY: {
            KAFFINITY mask;
            memcpy(&mask, copy, sizeof mask);
            if (!mask || mask & ~affinity(process)) {
                status = STATUS_INVALID_PARAMETER;
            } else if (mask != affinity(process)) {
                cpu_set_t all, set;
                CPU_ZERO(&all);
                CPU_ZERO(&set);
                sched_getaffinity(process->unix_pid, sizeof all, &all);
                for (int cpu = 0, index = 0; cpu < CPU_SETSIZE && index < 64; cpu++)
                    if (CPU_ISSET(cpu, &all) && mask >> index++ & 1)
                        CPU_SET(cpu, &set);
                ke_lock();
                for (struct ps_thread *thread = ps_threads; process == ps_current_process && thread;
                     thread = thread->next)
                    if (thread->unix_tid)
                        sched_setaffinity(thread->unix_tid, sizeof set, &set);
                ke_unlock();
                sched_setaffinity(process->unix_pid, sizeof set, &set);
            }
            break;
        }
        case DEBUG_FLAGS:
            if (copy[0] & ~1 || copy[1] || copy[2] || copy[3])
                status = STATUS_INVALID_PARAMETER;
            else
                ps_child_set_debug(process, GW_DEBUG_NO_INHERIT, !copy[0]);
            break;
        case PRIORITY_BOOST: process->boost_disabled = copy[0] != 0; break;
        case PAGE_PRIORITY:
            if (copy[0] < 1 || copy[0] > 5 || copy[1] || copy[2] || copy[3])
                status = STATUS_INVALID_PARAMETER;
            else
                process->page_priority = copy[0];
            break;
        case QUOTA_LIMITS: {
            SIZE_T limits[5]; /* paged, non-paged, minimum and maximum of the working set, page file */
            if (length < sizeof limits) {
                status = STATUS_INFO_LENGTH_MISMATCH;
                break;
            }
            memcpy(limits, copy, sizeof limits);
            if (limits[2] == ~(SIZE_T)0 && limits[3] == ~(SIZE_T)0)
                break; /* all pages out: the host's business */
            process->working_set_minimum = limits[2];
            process->working_set_maximum = limits[3];
            break;
        }
        case DEFAULT_HARD_ERROR_MODE:
            if (process == ps_current_process)
                memcpy(&ps_default_error_mode, copy, sizeof ps_default_error_mode);
            break;
        case BASE_PRIORITY:
        case IO_PRIORITY:
        case POWER_THROTTLING: break; /* hints */
        case MITIGATION_POLICY: {     /* restrictions that a guest puts on itself; none can be taken back */
            ULONG policy[2];
            memcpy(policy, copy, sizeof policy);
            if (policy[0] >= sizeof process->mitigation / sizeof *process->mitigation)
                status = STATUS_INVALID_PARAMETER;
            else if (process->mitigation[policy[0]] & ~policy[1])
                status = STATUS_ACCESS_DENIED;
            else
                process->mitigation[policy[0]] = policy[1];
            break;
        }
        case EXECUTE_FLAGS:
            if (process == ps_current_process && copy[0] & 1 && mm_no_execute_protection)
                mm_enable_execute_protection();
            break;
        case BREAK_ON_TERMINATION: status = STATUS_PRIVILEGE_NOT_HELD; break;
        default: status = STATUS_INVALID_INFO_CLASS;
        }
    }
    ob_dereference(object);
    return status;
}

/* ---------------------------------------------------------------- other processes */

static NTSTATUS give_process(struct ps_process *process, ACCESS_MASK access, ULONG attributes,
                             HANDLE *guest_handle)
{
    HANDLE handle;
    NTSTATUS status = ob_handle_create(process, access, attributes, &handle);
    if (!NT_SUCCESS(status))
        return status;
    status = guest_write(guest_handle, handle);
    if (!NT_SUCCESS(status))
        ob_handle_close(handle);
    return status;
}

NTSTATUS ps_process_open(int pid, struct ps_process **ret_process)
{
    if (ps_current_process && pid == ps_current_process->unix_pid) {
        ob_reference(ps_current_process);
        *ret_process = ps_current_process;
        return STATUS_SUCCESS;
    }
    struct ps_process *process = ps_process_find_child(pid);
    if (!process) {
        int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        if (pidfd < 0)
            return errno == ESRCH || errno == EINVAL ? STATUS_INVALID_CID : STATUS_ACCESS_DENIED;
        process = ps_process_watch(pid, pidfd, false, NULL);
    }
    if (!process)
        return STATUS_NO_MEMORY;
    *ret_process = process;
    return STATUS_SUCCESS;
}

NTSTATUS NtOpenProcess(HANDLE *ProcessHandle, ACCESS_MASK DesiredAccess, OBJECT_ATTRIBUTES *ObjectAttributes,
                       CLIENT_ID *ClientId)
{
    OBJECT_ATTRIBUTES attributes = {0};
    CLIENT_ID id;
    struct ps_process *process;
    NTSTATUS status = guest_read(&id, ClientId);
    if (NT_SUCCESS(status) && ObjectAttributes)
        status = guest_read(&attributes, ObjectAttributes);
    if (!NT_SUCCESS(status))
        return status;
    uint64_t number = (uint64_t)id.UniqueProcess;
    if (number == 0 || number >> 32)
        return STATUS_INVALID_CID;
    if (id.UniqueThread) {
        struct ps_thread *thread = ps_find_thread((uint32_t)(uintptr_t)id.UniqueThread);
        if (!thread)
            return STATUS_INVALID_CID;
        ob_dereference(thread);
    }
    status = ps_process_open((int)(number / 4), &process);
    if (!NT_SUCCESS(status))
        return status;
    status = give_process(process, DesiredAccess, attributes.Attributes, ProcessHandle);
    ob_dereference(process);
    return status;
}

/* Processes by ascending id, as far as Unix lets us see them. */
NTSTATUS NtGetNextProcess(HANDLE ProcessHandle, ACCESS_MASK DesiredAccess, ULONG HandleAttributes,
                          ULONG Flags, HANDLE *NewProcessHandle)
{
    int after = 0, next = 0;
    struct ps_process *process;
    if (Flags)
        return STATUS_INVALID_PARAMETER_4;
    if (ProcessHandle) {
        void *object;
        NTSTATUS status = ob_handle_lookup(ProcessHandle, &ps_process_type, 0, &object);
        if (!NT_SUCCESS(status))
            return status;
        after = ((struct ps_process *)object)->unix_pid;
        ob_dereference(object);
    }
    for (;;) {
        DIR *folder = opendir("/proc");
        if (!folder)
            return STATUS_NO_MORE_ENTRIES;
        next = 0;
        for (struct dirent *entry; (entry = readdir(folder));) {
            int pid = atoi(entry->d_name);
            if (pid > after && (!next || pid < next))
                next = pid;
        }
        closedir(folder);
        if (!next)
            return STATUS_NO_MORE_ENTRIES;
        if (NT_SUCCESS(ps_process_open(next, &process)))
            break;
        after = next;
    }
    NTSTATUS status = give_process(process, DesiredAccess, HandleAttributes, NewProcessHandle);
    ob_dereference(process);
    return status;
}
