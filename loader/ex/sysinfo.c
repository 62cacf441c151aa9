/*
 * NtQuerySystemInformation: the host's processor, memory and time in NT's terms. Every answer is built in
 * host memory and copied out.
 */
#include "ex/processor.h"
#include "ex/ex.h"
#include "ex/sysinfo.h"
#include "mm/guest.h"
#include "mm/mm.h"

#include <nt/sysinfo.h>
#include <nt/syscalls.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define PAGE 4096u

unsigned ex_processors(uint64_t *ret_mask)
{
    cpu_set_t set;
    unsigned count = 0;

    if (!sched_getaffinity(0, sizeof set, &set))
        count = (unsigned)CPU_COUNT(&set);
    if (!count)
        count = 1;
    if (count > 64)
        count = 64;
    *ret_mask = count == 64 ? ~0ull : (1ull << count) - 1;
    return count;
}

/* A number of kilobytes in /proc/meminfo, in pages. */
static uint64_t memory_pages(const char *text, const char *name)
{
    const char *line = strstr(text, name);
    return line ? strtoull(line + strlen(name), NULL, 10) / 4 : 0;
}

size_t ex_read_text(const char *path, char *buffer, size_t size)
{
    FILE *file = fopen(path, "re");
    size_t length = file ? fread(buffer, 1, size - 1, file) : 0;

    if (file)
        fclose(file);
    buffer[length] = 0;
    return length;
}

NTSTATUS ex_answer(const void *data, size_t size, void *buffer, ULONG length, ULONG *guest_length, bool exact)
{
    NTSTATUS status = STATUS_SUCCESS;

    if (exact ? length != size : length < size)
        status = STATUS_INFO_LENGTH_MISMATCH;
    else
        status = guest_copy(buffer, data, size);
    if (guest_length) {
        ULONG needed = (ULONG)size;
        NTSTATUS written = guest_write(guest_length, needed);
        if (NT_SUCCESS(status))
            status = written;
    }
    return status;
}

static void basic(NT_SYSTEM_BASIC_INFORMATION *info)
{
    struct sysinfo host;
    uint64_t mask;

    sysinfo(&host);
    uint64_t pages = (uint64_t)host.totalram * host.mem_unit / PAGE;
    *info = (NT_SYSTEM_BASIC_INFORMATION){
        .TimerResolution = 156250,
        .PageSize = PAGE,
        .NumberOfPhysicalPages = (ULONG)pages,
        .LowestPhysicalPageNumber = 1,
        .HighestPhysicalPageNumber = (ULONG)pages,
        .AllocationGranularity = MM_GRANULARITY,
        .MinimumUserModeAddress = MM_LOWEST,
        .MaximumUserModeAddress = 0x7ffffffeffff,
    };
    info->NumberOfProcessors = (UCHAR)ex_processors(&mask);
    info->ActiveProcessorsAffinityMask = mask;
}

static void processor(NT_SYSTEM_PROCESSOR_INFORMATION *info)
{
    struct ex_processor identity;
    uint64_t mask;

    ex_processor(&identity);
    *info = (NT_SYSTEM_PROCESSOR_INFORMATION){
        .ProcessorArchitecture = 9, /* PROCESSOR_ARCHITECTURE_AMD64 */
        .ProcessorLevel = (USHORT)identity.family,
        .ProcessorRevision = (USHORT)(identity.model << 8 | identity.stepping),
        .MaximumProcessors = (USHORT)ex_processors(&mask),
        .ProcessorFeatureBits = 0x3dcfff, /* what every x86-64 processor has */
    };
}

static void performance(NT_SYSTEM_PERFORMANCE_INFORMATION *info)
{
    char text[4096];

    memset(info, 0, sizeof *info);
    ex_read_text("/proc/meminfo", text, sizeof text);
    info->AvailablePages = (ULONG)memory_pages(text, "MemAvailable:");
    info->CommittedPages = (ULONG)memory_pages(text, "Committed_AS:");
    uint64_t limit = memory_pages(text, "MemTotal:") + memory_pages(text, "SwapTotal:");
    info->CommitLimit = (ULONG)limit;
    if (info->CommittedPages > info->CommitLimit) /* Linux overcommits, NT does not */
        info->CommittedPages = (ULONG)(limit - info->AvailablePages);
    info->PeakCommitment = info->CommittedPages;
    info->ResidentAvailablePages = info->AvailablePages;
    ex_read_text("/proc/uptime", text, sizeof text);
    char *idle = strchr(text, ' ');
    if (idle)
        info->IdleProcessTime.QuadPart = (LONGLONG)(strtod(idle, NULL) * 1e7);
}

static NTSTATUS processor_performance(void *buffer, ULONG length, ULONG *guest_length)
{
    NT_SYSTEM_PROCESSOR_PERFORMANCE_INFORMATION list[64];
    uint64_t mask, tick = 10000000u / (unsigned)sysconf(_SC_CLK_TCK);
    unsigned count = ex_processors(&mask), index = 0;
    FILE *file = fopen("/proc/stat", "re");
    char line[512];

    memset(list, 0, sizeof list);
    while (file && index < count && fgets(line, sizeof line, file)) {
        unsigned long long user, nice, system, idle, wait = 0, irq = 0, soft = 0;
        unsigned cpu;
        if (sscanf(line, "cpu%u %llu %llu %llu %llu %llu %llu %llu", &cpu, &user, &nice, &system, &idle,
                   &wait, &irq, &soft) < 5)
            continue;
        list[index].UserTime.QuadPart = (LONGLONG)((user + nice) * tick);
        list[index].IdleTime.QuadPart = (LONGLONG)((idle + wait) * tick);
        list[index].KernelTime.QuadPart = (LONGLONG)((system + irq + soft + idle + wait) * tick);
        list[index].InterruptTime.QuadPart = (LONGLONG)(irq * tick);
        list[index].DpcTime.QuadPart = (LONGLONG)(soft * tick);
        index++;
    }
    if (file)
        fclose(file);
    size_t size = count * sizeof list[0];
    ULONG needed = (ULONG)size;
    if (length < sizeof list[0]) {
        if (guest_length)
            guest_write(guest_length, needed);
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    if (length < size)
        size = length / sizeof list[0] * sizeof list[0];
    return ex_answer(list, size, buffer, (ULONG)size, guest_length, false);
}

NTSTATUS NtQuerySystemInformation(ULONG SystemInformationClass, void *SystemInformation,
                                  ULONG SystemInformationLength, ULONG *ReturnLength)
{
    union {
        NT_SYSTEM_BASIC_INFORMATION basic;
        NT_SYSTEM_PROCESSOR_INFORMATION processor;
        NT_SYSTEM_PERFORMANCE_INFORMATION performance;
        NT_SYSTEM_TIMEOFDAY_INFORMATION time;
        ULONG words[16];
        uint8_t bytes[512];
    } info;
    void *const to = SystemInformation;
    const ULONG length = SystemInformationLength;

    memset(&info, 0, sizeof info);
    switch (SystemInformationClass) {
    case NtSystemBasicInformation:
    case NtSystemEmulationBasicInformation:
    case NtSystemNativeBasicInformation:
        basic(&info.basic);
        return ex_answer(&info, sizeof info.basic, to, length, ReturnLength, true);
    case NtSystemProcessorInformation:
    case NtSystemEmulationProcessorInformation:
        processor(&info.processor);
        return ex_answer(&info, sizeof info.processor, to, length, ReturnLength, false);
    case NtSystemPerformanceInformation:
        performance(&info.performance);
        return ex_answer(&info, sizeof info.performance, to, length, ReturnLength, false);
    case NtSystemTimeOfDayInformation:
        info.time.CurrentTime.QuadPart = (LONGLONG)ex_system_time();
        info.time.BootTime.QuadPart = info.time.CurrentTime.QuadPart - (LONGLONG)ex_interrupt_time();
        info.time.TimeZoneBias.QuadPart = ex_time_zone_bias();
        if (length > sizeof info.time)
            return STATUS_INFO_LENGTH_MISMATCH;
        return ex_answer(&info, length, to, length, ReturnLength, false);
    case NtSystemProcessInformation: return ex_query_processes(to, length, ReturnLength);
    case NtSystemHandleInformation:
    case NtSystemExtendedHandleInformation:
        return ex_query_handles(SystemInformationClass == NtSystemExtendedHandleInformation, to, length,
                                ReturnLength);
    case NtSystemProcessorPerformanceInformation: return processor_performance(to, length, ReturnLength);
    case NtSystemModuleInformation: { /* RTL_PROCESS_MODULES with the kernel, at no address */
        static const char name[] = "\\SystemRoot\\system32\\ntoskrnl.exe";
        info.words[0] = 1;
        memcpy(info.bytes + 8 + 40, name, sizeof name);
        info.bytes[8 + 38] = 21; /* OffsetToFileName */
        return ex_answer(&info, 8 + 296, to, length, ReturnLength, false);
    }
    case NtSystemFileCacheInformation: return ex_answer(&info, 64, to, length, ReturnLength, false);
    case NtSystemInterruptInformation: {
        uint64_t mask;
        return ex_answer(&info,
                         ex_processors(&mask) * 24 <= sizeof info ? ex_processors(&mask) * 24 : sizeof info,
                         to, length, ReturnLength, false);
    }
    case NtSystemTimeAdjustmentInformation:
        info.words[0] = info.words[1] = 156250;
        info.bytes[8] = 1;
        return ex_answer(&info, 12, to, length, ReturnLength, true);
    case NtSystemKernelDebuggerInformation:
        info.bytes[1] = 1; /* not present */
        return ex_answer(&info, 2, to, length, ReturnLength, false);
    case NtSystemKernelDebuggerInformationEx: return ex_answer(&info, 3, to, length, ReturnLength, false);
    case NtSystemRegistryQuotaInformation:
        info.words[0] = 0x10000000;
        info.words[1] = 0x100000;
        return ex_answer(&info, 16, to, length, ReturnLength, false);
    case NtSystemLogicalProcessorInformation: return ex_query_logical_processors(to, length, ReturnLength);
    case NtSystemCodeIntegrityInformation:
        info.words[0] = 8;
        info.words[1] = 1;
        return ex_answer(&info, 8, to, length, ReturnLength, false);
    }
    return STATUS_INVALID_INFO_CLASS;
}

NTSTATUS NtQuerySystemInformationEx(ULONG SystemInformationClass, void *InputBuffer, ULONG InputBufferLength,
                                    void *SystemInformation, ULONG SystemInformationLength,
                                    ULONG *ReturnLength)
{
    ULONG wanted = 0;

    if (!InputBuffer || !InputBufferLength)
        return STATUS_INVALID_PARAMETER;
    switch (SystemInformationClass) {
    case NtSystemLogicalProcessorInformationEx:
        if (InputBufferLength < sizeof wanted)
            return STATUS_INVALID_PARAMETER;
        NTSTATUS status = guest_copy(&wanted, InputBuffer, sizeof wanted);
        return NT_SUCCESS(status) ? ex_query_logical_processors_ex(wanted, SystemInformation,
                                                                   SystemInformationLength, ReturnLength)
                                  : status;
    case NtSystemLogicalProcessorInformation:
    case NtSystemProcessorPerformanceInformation:
    case NtSystemInterruptInformation:
        return NtQuerySystemInformation(SystemInformationClass, SystemInformation, SystemInformationLength,
                                        ReturnLength);
    }
    return STATUS_INVALID_INFO_CLASS;
}
