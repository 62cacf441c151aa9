/*
 * NtQuerySystemInformation: processors, memory, time, processes of the host in NT's terms. Every
 * answer is built in host memory and copied out.
 */
#include "ex/cpuid.h"
#include "ex/ex.h"
#include "mm/guest.h"
#include "mm/mm.h"
#include "ke/lock.h"
#include "ps/ps.h"
#include "ps/thread.h"

#include <ctype.h>
#include <dirent.h>
#include <nt/sysinfo.h>
#include <nt/syscalls.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define PAGE 4096u

/* Processors the process may use, at most 64: one group. */
static unsigned processors(uint64_t *ret_mask)
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

static size_t read_text(const char *path, char *buffer, size_t size)
{
    FILE *file = fopen(path, "re");
    size_t length = file ? fread(buffer, 1, size - 1, file) : 0;

    if (file)
        fclose(file);
    buffer[length] = 0;
    return length;
}

/* Copies a fixed-size answer; `exact`: the length must be just that. */
static NTSTATUS answer(const void *data, size_t size, void *buffer, ULONG length, ULONG *guest_length,
                       bool exact)
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
    info->NumberOfProcessors = (UCHAR)processors(&mask);
    info->ActiveProcessorsAffinityMask = mask;
}

static void processor(NT_SYSTEM_PROCESSOR_INFORMATION *info)
{
    const unsigned a = ex_cpuid(1).eax;
    uint64_t mask;

    unsigned family = a >> 8 & 15, model = a >> 4 & 15;
    if (family == 15 || family == 6)
        model |= (a >> 16 & 15) << 4;
    if (family == 15)
        family += a >> 20 & 255;
    *info = (NT_SYSTEM_PROCESSOR_INFORMATION){
        .ProcessorArchitecture = 9, /* PROCESSOR_ARCHITECTURE_AMD64 */
        .ProcessorLevel = (USHORT)family,
        .ProcessorRevision = (USHORT)(model << 8 | (a & 15)),
        .MaximumProcessors = (USHORT)processors(&mask),
        .ProcessorFeatureBits = 0x3dcfff, /* what every x86-64 processor has */
    };
}

static void performance(NT_SYSTEM_PERFORMANCE_INFORMATION *info)
{
    char text[4096];

    memset(info, 0, sizeof *info);
    read_text("/proc/meminfo", text, sizeof text);
    info->AvailablePages = (ULONG)memory_pages(text, "MemAvailable:");
    info->CommittedPages = (ULONG)memory_pages(text, "Committed_AS:");
    uint64_t limit = memory_pages(text, "MemTotal:") + memory_pages(text, "SwapTotal:");
    info->CommitLimit = (ULONG)limit;
    if (info->CommittedPages > info->CommitLimit) /* Linux overcommits, NT does not */
        info->CommittedPages = (ULONG)(limit - info->AvailablePages);
    info->PeakCommitment = info->CommittedPages;
    info->ResidentAvailablePages = info->AvailablePages;
    read_text("/proc/uptime", text, sizeof text);
    char *idle = strchr(text, ' ');
    if (idle)
        info->IdleProcessTime.QuadPart = (LONGLONG)(strtod(idle, NULL) * 1e7);
}

static NTSTATUS processor_performance(void *buffer, ULONG length, ULONG *guest_length)
{
    NT_SYSTEM_PROCESSOR_PERFORMANCE_INFORMATION list[64];
    uint64_t mask, tick = 10000000u / (unsigned)sysconf(_SC_CLK_TCK);
    unsigned count = processors(&mask), index = 0;
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
    return answer(list, size, buffer, (ULONG)size, guest_length, false);
}

/* ---- processes ---- */

/* Unix keeps 15 characters of a process's name. One that is that long may go on in the name of the program,
 * which is among what the process has mapped; else it stays. Returns the length in name. */
static size_t complete_name(unsigned pid, char *name, size_t length, size_t room)
{
    enum { KEPT = 15 };
    char path[64], line[4200];
    if (length != KEPT)
        return length;
    snprintf(path, sizeof path, "/proc/%u/maps", pid);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        char *base = strrchr(line, '/');
        size_t size = base ? strcspn(++base, "\n") : 0;
        if (size > KEPT && size < room && strncmp(base, name, KEPT) == 0) {
            memcpy(name, base, size);
            length = size;
            break;
        }
    }
    if (file)
        fclose(file);
    return length;
}

/* One NT_SYSTEM_PROCESS_INFORMATION from /proc/PID/stat appended at *ret_used; offsets stand for the
 * name pointer until the guest address is known. */
static void add_process(uint8_t **buffer, size_t *used, size_t *capacity, size_t *last, unsigned pid)
{
    char path[64], text[1024];

    snprintf(path, sizeof path, "/proc/%u/stat", pid);
    if (!read_text(path, text, sizeof text))
        return;
    char *open = strchr(text, '('), *close = strrchr(text, ')');
    if (!open || !close)
        return;
    unsigned long long fields[22] = {0};
    if (close[1] && (close[2] == 'Z' || close[2] == 'X')) /* it has ended; its parent has not noticed yet */
        return;
    char *p = close + 3; /* after the state letter */
    for (unsigned i = 0; i < 22; i++)
        fields[i] = strtoull(p, &p, 10);
    /* fields: 0 ppid ... 10 utime 11 stime 14 priority(15 nice) 16 threads 18 start 19 vsize 20 rss */
    /* Of this process the guest's threads count, not helpers of the host. */
    bool own = pid == (unsigned)getpid() && ps_current_process;
    char unix_name[256];
    size_t name = (size_t)(close - open - 1) < sizeof unix_name ? (size_t)(close - open - 1) : 0;
    memcpy(unix_name, open + 1, name);
    name = complete_name(pid, unix_name, name, sizeof unix_name);
    size_t threads = own ? ps_thread_count() : fields[16] ? fields[16] : 1;
    const WCHAR *image = pid == (unsigned)getpid() && ps_current_process ? ps_current_process->image_path
                                                                         : NULL;
    size_t image_length = 0;
    if (image) {
        const WCHAR *end = image;
        for (; *end; end++)
            if (*end == '\\')
                image = end + 1;
        image_length = (size_t)(end - image);
    }
    size_t characters = image ? image_length : name;
    size_t size = sizeof(NT_SYSTEM_PROCESS_INFORMATION) + threads * sizeof(NT_SYSTEM_THREAD_INFORMATION) +
                  (characters + 1) * sizeof(WCHAR);
    size = (size + 7) & ~(size_t)7;
    if (*used + size > *capacity) {
        size_t bigger = (*used + size) * 2;
        uint8_t *grown = realloc(*buffer, bigger);
        if (!grown)
            return;
        *buffer = grown;
        *capacity = bigger;
    }
    NT_SYSTEM_PROCESS_INFORMATION *info = (void *)(*buffer + *used);
    memset(info, 0, size);
    if (*last != (size_t)-1)
        ((NT_SYSTEM_PROCESS_INFORMATION *)(*buffer + *last))->NextEntryOffset = (ULONG)(*used - *last);
    *last = *used;
    uint64_t tick = 10000000u / (unsigned)sysconf(_SC_CLK_TCK);
    info->NumberOfThreads = (ULONG)threads;
    info->CreateTime.QuadPart = (LONGLONG)(ex_system_time() - ex_interrupt_time() + fields[18] * tick);
    info->UserTime.QuadPart = (LONGLONG)(fields[10] * tick);
    info->KernelTime.QuadPart = (LONGLONG)(fields[11] * tick);
    info->BasePriority = 8;
    info->UniqueProcessId = (HANDLE)(uintptr_t)(pid * 4);
    info->InheritedFromUniqueProcessId = (HANDLE)(uintptr_t)(fields[0] * 4);
    info->SessionId = 1;
    info->VirtualSize = info->PeakVirtualSize = fields[19];
    info->WorkingSetSize = info->PeakWorkingSetSize = info->PrivatePageCount = info->PagefileUsage =
        fields[20] * PAGE;
    size_t offset = *used + sizeof *info + threads * sizeof(NT_SYSTEM_THREAD_INFORMATION);
    info->ImageName.Buffer = (PWSTR)offset;
    info->ImageName.Length = (USHORT)(characters * sizeof(WCHAR));
    info->ImageName.MaximumLength = (USHORT)(info->ImageName.Length + sizeof(WCHAR));
    WCHAR *text_out = (WCHAR *)(*buffer + offset);
    for (size_t i = 0; i < characters; i++)
        text_out[i] = image ? image[i] : (unsigned char)unix_name[i];
    for (size_t i = 0; i < threads; i++) {
        info->Threads[i].ClientId.UniqueProcess = info->UniqueProcessId;
        info->Threads[i].ClientId.UniqueThread = (HANDLE)(uintptr_t)((pid + i) * 4);
        info->Threads[i].CreateTime = info->CreateTime;
        info->Threads[i].Priority = info->Threads[i].BasePriority = 8;
        info->Threads[i].ThreadState = 5; /* waiting */
    }
    if (own) {
        ke_lock();
        struct ps_thread *thread = ps_threads;
        for (size_t i = 0; i < threads && thread; i++, thread = thread->next)
            info->Threads[i].ClientId.UniqueThread = (HANDLE)(uintptr_t)thread->id;
        ke_unlock();
    }
    *used += size;
}

static NTSTATUS processes(void *buffer, ULONG length, ULONG *guest_length)
{
    size_t used = 0, capacity = 65536, last = (size_t)-1;
    uint8_t *data = malloc(capacity);
    DIR *directory = opendir("/proc");
    struct dirent *entry;
    NTSTATUS status;

    if (!data || !directory) {
        free(data);
        if (directory)
            closedir(directory);
        return STATUS_NO_MEMORY;
    }
    while ((entry = readdir(directory)))
        if (isdigit((unsigned char)entry->d_name[0]))
            add_process(&data, &used, &capacity, &last, (unsigned)atoi(entry->d_name));
    closedir(directory);
    if (used <= length)
        for (size_t at = 0;;) {
            NT_SYSTEM_PROCESS_INFORMATION *info = (void *)(data + at);
            info->ImageName.Buffer = (PWSTR)((uintptr_t)buffer + (uintptr_t)info->ImageName.Buffer);
            if (!info->NextEntryOffset)
                break;
            at += info->NextEntryOffset;
        }
    status = answer(data, used, buffer, length, guest_length, false);
    free(data);
    return status;
}

/* ---- logical processors ---- */

struct cache {
    unsigned level, type, size, line, ways; /* type as PROCESSOR_CACHE_TYPE: unified, instruction, data */
    uint64_t mask;
};

static unsigned long read_number(const char *path)
{
    char text[64];
    return read_text(path, text, sizeof text) ? strtoul(text, NULL, 10) : 0;
}

/* A list such as "0-1,4" as a mask of our processors (those numbers below `count`). */
static uint64_t read_list(const char *path, unsigned count)
{
    char text[256], *p = text;
    uint64_t mask = 0;

    if (!read_text(path, text, sizeof text))
        return 0;
    while (isdigit((unsigned char)*p)) {
        unsigned long first = strtoul(p, &p, 10), end = first;
        if (*p == '-')
            end = strtoul(p + 1, &p, 10);
        for (; first <= end && first < count; first++)
            mask |= 1ull << first;
        if (*p == ',')
            p++;
    }
    return mask;
}

static unsigned caches_of(unsigned cpu, unsigned count, struct cache *list, unsigned max)
{
    unsigned used = 0;

    for (unsigned index = 0; used < max; index++) {
        char path[128], text[64];
        struct cache *cache = &list[used];
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/cache/index%u/type", cpu, index);
        if (!read_text(path, text, sizeof text))
            break;
        cache->type = text[0] == 'I' ? 1 : text[0] == 'D' ? 2 : 0;
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/cache/index%u/level", cpu, index);
        cache->level = (unsigned)read_number(path);
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/cache/index%u/size", cpu, index);
        cache->size = (unsigned)read_number(path) * 1024;
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/cache/index%u/coherency_line_size", cpu,
                 index);
        cache->line = (unsigned)read_number(path);
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/cache/index%u/ways_of_associativity", cpu,
                 index);
        cache->ways = (unsigned)read_number(path);
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/cache/index%u/shared_cpu_list", cpu,
                 index);
        cache->mask = read_list(path, count);
        if (cache->mask & 1ull << cpu)
            used++;
    }
    return used;
}

enum { CORE, NODE, CACHE, PACKAGE, GROUP };

struct relation {
    unsigned kind;
    uint64_t mask;
    struct cache cache;
};

static unsigned relations(struct relation *list, unsigned max)
{
    uint64_t all, seen_cores = 0, seen_packages = 0;
    unsigned count = processors(&all), used = 0;
    char path[128];

    for (unsigned cpu = 0; cpu < count && used + 8 < max; cpu++) {
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/topology/thread_siblings_list", cpu);
        uint64_t core = read_list(path, count) | 1ull << cpu;
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/topology/core_siblings_list", cpu);
        uint64_t package = read_list(path, count) | 1ull << cpu;
        if (!(seen_cores & 1ull << cpu)) {
            list[used++] = (struct relation){.kind = CORE, .mask = core};
            seen_cores |= core;
        }
        if (!(seen_packages & 1ull << cpu)) {
            list[used++] = (struct relation){.kind = PACKAGE, .mask = package};
            seen_packages |= package;
        }
        struct cache caches[6];
        unsigned n = caches_of(cpu, count, caches, 6);
        for (unsigned i = 0; i < n && used < max; i++)
            if ((unsigned)__builtin_ctzll(caches[i].mask) == cpu) /* each once */
                list[used++] = (struct relation){.kind = CACHE, .mask = caches[i].mask, .cache = caches[i]};
    }
    if (used < max)
        list[used++] = (struct relation){.kind = NODE, .mask = all};
    return used;
}

#define MAX_RELATIONS 512

static NTSTATUS logical_processors(void *buffer, ULONG length, ULONG *guest_length)
{
    struct entry { /* SYSTEM_LOGICAL_PROCESSOR_INFORMATION */
        uint64_t mask;
        uint32_t kind, pad;
        union {
            uint8_t flags;
            uint32_t node;
            struct {
                uint8_t level, ways;
                uint16_t line;
                uint32_t size, type;
            } cache;
            uint64_t reserved[2];
        };
    };
    struct relation *list = malloc(MAX_RELATIONS * sizeof *list);
    struct entry *entries = calloc(MAX_RELATIONS, sizeof *entries);
    NTSTATUS status = STATUS_NO_MEMORY;

    if (list && entries) {
        unsigned count = relations(list, MAX_RELATIONS);
        for (unsigned i = 0; i < count; i++) {
            entries[i].mask = list[i].mask;
            entries[i].kind = list[i].kind;
            if (list[i].kind == CORE)
                entries[i].flags = __builtin_popcountll(list[i].mask) > 1;
            if (list[i].kind == CACHE) {
                entries[i].cache.level = (uint8_t)list[i].cache.level;
                entries[i].cache.ways = (uint8_t)list[i].cache.ways;
                entries[i].cache.line = (uint16_t)list[i].cache.line;
                entries[i].cache.size = list[i].cache.size;
                entries[i].cache.type = list[i].cache.type;
            }
        }
        status = answer(entries, count * sizeof *entries, buffer, length, guest_length, false);
    }
    free(list);
    free(entries);
    return status;
}

/* SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX records of the wanted kind (0xffff: all). */
static NTSTATUS logical_processors_ex(ULONG wanted, void *buffer, ULONG length, ULONG *guest_length)
{
    struct relation *list = malloc(MAX_RELATIONS * sizeof *list);
    uint8_t *data = calloc(MAX_RELATIONS, 80);
    size_t used = 0;
    NTSTATUS status = STATUS_NO_MEMORY;

    if (list && data) {
        unsigned count = relations(list, MAX_RELATIONS - 1);
        list[count++].kind = GROUP;
        for (unsigned i = 0; i < count; i++) {
            if (wanted != 0xffff && wanted != list[i].kind)
                continue;
            uint8_t *p = data + used;
            uint32_t size = list[i].kind == CACHE ? 56 : list[i].kind == GROUP ? 80 : 48;
            size_t group = list[i].kind == CACHE ? 40 : 32; /* GROUP_AFFINITY */
            memcpy(p, &list[i].kind, 4);
            memcpy(p + 4, &size, 4);
            switch (list[i].kind) {
            case CORE:
                p[8] = __builtin_popcountll(list[i].mask) > 1; /* LTP_PC_SMT */
                /* fall through */
            case PACKAGE:
                p[30] = 1; /* GroupCount */
                break;
            case NODE: p[30] = 1; break;
            case CACHE:
                p[8] = (uint8_t)list[i].cache.level;
                p[9] = (uint8_t)list[i].cache.ways;
                memcpy(p + 10, &(uint16_t){(uint16_t)list[i].cache.line}, 2);
                memcpy(p + 12, &list[i].cache.size, 4);
                memcpy(p + 16, &list[i].cache.type, 4);
                p[38] = 1;
                break;
            case GROUP: {
                uint64_t mask;
                unsigned processors_count = processors(&mask);
                p[8] = p[10] = 1;                          /* maximum, active groups */
                p[32] = p[33] = (uint8_t)processors_count; /* of the group */
                memcpy(p + 72, &mask, 8);
                group = 0;
                break;
            }
            }
            if (group)
                memcpy(p + group, &list[i].mask, 8);
            used += size;
        }
        status = used ? answer(data, used, buffer, length, guest_length, false) : STATUS_INVALID_PARAMETER;
    }
    free(list);
    free(data);
    return status;
}

/* ---- the calls ---- */

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
        return answer(&info, sizeof info.basic, to, length, ReturnLength, true);
    case NtSystemProcessorInformation:
    case NtSystemEmulationProcessorInformation:
        processor(&info.processor);
        return answer(&info, sizeof info.processor, to, length, ReturnLength, false);
    case NtSystemPerformanceInformation:
        performance(&info.performance);
        return answer(&info, sizeof info.performance, to, length, ReturnLength, false);
    case NtSystemTimeOfDayInformation:
        info.time.CurrentTime.QuadPart = (LONGLONG)ex_system_time();
        info.time.BootTime.QuadPart = info.time.CurrentTime.QuadPart - (LONGLONG)ex_interrupt_time();
        info.time.TimeZoneBias.QuadPart = ex_time_zone_bias();
        if (length > sizeof info.time)
            return STATUS_INFO_LENGTH_MISMATCH;
        return answer(&info, length, to, length, ReturnLength, false);
    case NtSystemProcessInformation: return processes(to, length, ReturnLength);
    case NtSystemProcessorPerformanceInformation: return processor_performance(to, length, ReturnLength);
    case NtSystemModuleInformation: { /* RTL_PROCESS_MODULES with the kernel, at no address */
        static const char name[] = "\\SystemRoot\\system32\\ntoskrnl.exe";
        info.words[0] = 1;
        memcpy(info.bytes + 8 + 40, name, sizeof name);
        info.bytes[8 + 38] = 21; /* OffsetToFileName */
        return answer(&info, 8 + 296, to, length, ReturnLength, false);
    }
    case NtSystemFileCacheInformation: return answer(&info, 64, to, length, ReturnLength, false);
    case NtSystemInterruptInformation: {
        uint64_t mask;
        return answer(&info, processors(&mask) * 24 <= sizeof info ? processors(&mask) * 24 : sizeof info, to,
                      length, ReturnLength, false);
    }
    case NtSystemTimeAdjustmentInformation:
        info.words[0] = info.words[1] = 156250;
        info.bytes[8] = 1;
        return answer(&info, 12, to, length, ReturnLength, true);
    case NtSystemKernelDebuggerInformation:
        info.bytes[1] = 1; /* not present */
        return answer(&info, 2, to, length, ReturnLength, false);
    case NtSystemKernelDebuggerInformationEx: return answer(&info, 3, to, length, ReturnLength, false);
    case NtSystemRegistryQuotaInformation:
        info.words[0] = 0x10000000;
        info.words[1] = 0x100000;
        return answer(&info, 16, to, length, ReturnLength, false);
    case NtSystemLogicalProcessorInformation: return logical_processors(to, length, ReturnLength);
    case NtSystemCodeIntegrityInformation:
        info.words[0] = 8;
        info.words[1] = 1;
        return answer(&info, 8, to, length, ReturnLength, false);
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
        return NT_SUCCESS(status)
                   ? logical_processors_ex(wanted, SystemInformation, SystemInformationLength, ReturnLength)
                   : status;
    case NtSystemLogicalProcessorInformation:
    case NtSystemProcessorPerformanceInformation:
    case NtSystemInterruptInformation:
        return NtQuerySystemInformation(SystemInformationClass, SystemInformation, SystemInformationLength,
                                        ReturnLength);
    }
    return STATUS_INVALID_INFO_CLASS;
}
