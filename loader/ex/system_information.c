/*
 * NtQuerySystemInformation: what the machine is and how busy it is, from Linux. Processor numbers
 * are those of the affinity mask the process was started with, at most 64 (one group).
 */
#include "ex/ex.h"
#include "mm/guest.h"
#include "mm/mm.h"

#include <cpuid.h>
#include <nt/syscalls.h>
#include <nt/system.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define PROCESSOR_ARCHITECTURE_AMD64 9
#define TICK 100000 /* 100 ns in 1/100 s, the unit of /proc/stat */
#define MAX_PROCESSORS 64

static unsigned processor_count(void)
{
    cpu_set_t processors;

    CPU_ZERO(&processors);
    if (sched_getaffinity(0, sizeof processors, &processors))
        return 1;
    int count = CPU_COUNT(&processors);
    return count > MAX_PROCESSORS ? MAX_PROCESSORS : count < 1 ? 1 : (unsigned)count;
}

static uint64_t processor_mask(void)
{
    unsigned count = processor_count();
    return count == 64 ? ~0ull : (1ull << count) - 1;
}

static void query_basic(NT_SYSTEM_BASIC_INFORMATION *info)
{
    uint64_t pages = (uint64_t)sysconf(_SC_PHYS_PAGES);

    *info = (NT_SYSTEM_BASIC_INFORMATION){
        .TimerResolution = 156250,
        .PageSize = MM_PAGE,
        .NumberOfPhysicalPages = pages > UINT32_MAX ? UINT32_MAX : (ULONG)pages,
        .LowestPhysicalPageNumber = 1,
        .HighestPhysicalPageNumber = pages > UINT32_MAX ? UINT32_MAX : (ULONG)pages,
        .AllocationGranularity = MM_GRANULARITY,
        .MinimumUserModeAddress = MM_LOWEST,
        .MaximumUserModeAddress = MM_HIGHEST - 1,
        .ActiveProcessorsAffinityMask = processor_mask(),
        .NumberOfProcessors = (CHAR)processor_count(),
    };
}

static void query_processor(NT_SYSTEM_PROCESSOR_INFORMATION *info)
{
    unsigned a = 0, b, c, d;

    __get_cpuid(1, &a, &b, &c, &d);
    unsigned family = a >> 8 & 0xf, model = a >> 4 & 0xf;
    if (family == 6 || family == 15)
        model |= a >> 12 & 0xf0;
    if (family == 15)
        family += a >> 20 & 0xff;
    *info = (NT_SYSTEM_PROCESSOR_INFORMATION){
        .ProcessorArchitecture = PROCESSOR_ARCHITECTURE_AMD64,
        .ProcessorLevel = (USHORT)family,
        .ProcessorRevision = (USHORT)(model << 8 | (a & 0xf)),
        .MaximumProcessors = (USHORT)processor_count(),
    };
}

/* One line of /proc/meminfo in KiB; 0 if it is not there. */
static uint64_t memory_line(const char *text, const char *name)
{
    const char *line = strstr(text, name);
    return line ? strtoull(line + strlen(name), NULL, 10) : 0;
}

static void query_performance(NT_SYSTEM_PERFORMANCE_INFORMATION *info)
{
    char text[4096] = "";
    FILE *file = fopen("/proc/meminfo", "re");

    if (file) {
        size_t length = fread(text, 1, sizeof text - 1, file);
        text[length] = 0;
        fclose(file);
    }
    uint64_t total = memory_line(text, "MemTotal:"), available = memory_line(text, "MemAvailable:");
    uint64_t swap = memory_line(text, "SwapTotal:"), swap_free = memory_line(text, "SwapFree:");
    memset(info, 0, sizeof *info);
    info->AvailablePages = (ULONG)(available / 4);
    info->CommitLimit = (ULONG)((total + swap) / 4);
    info->CommittedPages = (ULONG)((total - available + swap - swap_free) / 4);
    info->PeakCommitment = info->CommittedPages;
    if ((file = fopen("/proc/stat", "re"))) {
        unsigned long long user, nice, system, idle;
        if (fscanf(file, "cpu %llu %llu %llu %llu", &user, &nice, &system, &idle) == 4)
            info->IdleProcessTime.QuadPart = (LONGLONG)idle * TICK;
        fclose(file);
    }
}

static void query_time_of_day(NT_SYSTEM_TIME_OF_DAY_INFORMATION *info)
{
    memset(info, 0, sizeof *info);
    info->CurrentTime.QuadPart = (LONGLONG)ex_system_time_precise();
    info->BootTime.QuadPart = info->CurrentTime.QuadPart - (LONGLONG)ex_interrupt_time();
    info->TimeZoneBias.QuadPart = ex_time_zone_bias();
}

/* Fills at most `room` entries, one a processor; returns how many there are. */
static unsigned query_processor_performance(NT_PROCESSOR_TIMES *info, unsigned room)
{
    unsigned count = processor_count(), filled = 0;
    FILE *file = fopen("/proc/stat", "re");
    char line[512];

    memset(info, 0, room * sizeof *info);
    while (file && filled < room && filled < count && fgets(line, sizeof line, file)) {
        unsigned long long user, nice, system, idle, wait, interrupt, soft;
        if (sscanf(line, "cpu%*u %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle, &wait, &interrupt,
                   &soft) != 7 || line[3] == ' ')
            continue;
        info[filled].IdleTime.QuadPart = (LONGLONG)(idle + wait) * TICK;
        info[filled].KernelTime.QuadPart = (LONGLONG)(system + interrupt + soft + idle + wait) * TICK;
        info[filled].UserTime.QuadPart = (LONGLONG)(user + nice) * TICK;
        info[filled].DpcTime.QuadPart = (LONGLONG)soft * TICK;
        info[filled].InterruptTime.QuadPart = (LONGLONG)interrupt * TICK;
        filled++;
    }
    if (file)
        fclose(file);
    return count;
}

/* ---- processor topology ---- */

enum { RELATION_CORE, RELATION_NODE, RELATION_CACHE, RELATION_PACKAGE, RELATION_GROUP, RELATION_ALL = 0xffff };

struct relation {
    ULONG type;
    uint64_t mask;
    UCHAR flags, cache_level, cache_associativity;
    USHORT cache_line;
    ULONG cache_size, cache_type; /* 0 unified, 1 instruction, 2 data */
};

/* Processors that share something with processor n, as sysfs lists them ("0-1,4"). */
static uint64_t shared_mask(unsigned processor, const char *what)
{
    char path[160];
    uint64_t mask = 0;
    unsigned from, to;
    char separator = ',';

    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/%s", processor, what);
    FILE *file = fopen(path, "re");
    while (file && separator == ',' && fscanf(file, "%u", &from) == 1) {
        to = from;
        if (fscanf(file, "%c", &separator) != 1)
            separator = 0;
        if (separator == '-' && (fscanf(file, "%u", &to) != 1 || fscanf(file, "%c", &separator) != 1))
            separator = 0;
        for (; from <= to && from < 64; from++)
            mask |= 1ull << from;
    }
    if (file)
        fclose(file);
    mask &= processor_mask();
    return mask ? mask : 1ull << processor;
}

static bool read_cache(unsigned processor, unsigned index, struct relation *relation)
{
    char path[160], type[32] = "";
    unsigned level, line = 64, size, ways = 0;
    FILE *file;

#define READ_CACHE(name, format, target)                                                                     \
    (snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/cache/index%u/" name, processor, index),     \
     file = fopen(path, "re"), file && (fscanf(file, format, target) == 1 ? !fclose(file) : (fclose(file), false)))
    if (!READ_CACHE("level", "%u", &level) || !READ_CACHE("size", "%uK", &size) || !READ_CACHE("type", "%31s", type))
        return false;
    (void)READ_CACHE("coherency_line_size", "%u", &line);
    (void)READ_CACHE("ways_of_associativity", "%u", &ways);
    snprintf(path, sizeof path, "cache/index%u/shared_cpu_list", index);
    *relation = (struct relation){.type = RELATION_CACHE, .mask = shared_mask(processor, path),
                                  .cache_level = (UCHAR)level, .cache_associativity = (UCHAR)ways,
                                  .cache_line = (USHORT)line, .cache_size = size * 1024,
                                  .cache_type = type[0] == 'I' ? 1 : type[0] == 'D' ? 2 : 0};
    return true;
}

/* All relations; at most `room`. */
static unsigned collect_relations(struct relation *relations, unsigned room)
{
    unsigned count = 0, processors = processor_count();
    uint64_t cores = 0, packages = 0;

    for (unsigned i = 0; i < processors; i++) {
        uint64_t core = shared_mask(i, "topology/thread_siblings_list");
        uint64_t package = shared_mask(i, "topology/core_siblings_list");
        if (!(cores >> i & 1) && count < room)
            relations[count++] = (struct relation){.type = RELATION_CORE, .mask = core & ~cores,
                                                   .flags = (core & ~cores) & ((core & ~cores) - 1) ? 1 : 0};
        if (!(packages >> i & 1) && count < room)
            relations[count++] = (struct relation){.type = RELATION_PACKAGE, .mask = package & ~packages};
        cores |= core;
        packages |= package;
        struct relation cache;
        for (unsigned index = 0; index < 8 && count < room && read_cache(i, index, &cache); index++)
            if ((cache.mask & -cache.mask) == 1ull << i)
                relations[count++] = cache;
    }
    if (count < room)
        relations[count++] = (struct relation){.type = RELATION_NODE, .mask = processor_mask()};
    if (count < room)
        relations[count++] = (struct relation){.type = RELATION_GROUP, .mask = processor_mask()};
    return count;
}

static void put(uint8_t *record, size_t offset, const void *value, size_t size)
{
    memcpy(record + offset, value, size);
}

#define PUT(record, offset, value) put(record, offset, &(value), sizeof(value))

/* SYSTEM_LOGICAL_PROCESSOR_INFORMATION: 32 bytes. */
static size_t short_record(const struct relation *relation, uint8_t *record)
{
    memset(record, 0, 32);
    if (relation->type == RELATION_GROUP)
        return 0;
    PUT(record, 0, relation->mask);
    PUT(record, 8, relation->type);
    if (relation->type == RELATION_CORE) {
        PUT(record, 16, relation->flags);
    } else if (relation->type == RELATION_CACHE) {
        PUT(record, 16, relation->cache_level);
        PUT(record, 17, relation->cache_associativity);
        PUT(record, 18, relation->cache_line);
        PUT(record, 20, relation->cache_size);
        PUT(record, 24, relation->cache_type);
    }
    return 32;
}

/* SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX: relation, size, then by kind; GROUP_AFFINITY is 16 bytes. */
static size_t long_record(const struct relation *relation, uint8_t *record)
{
    uint32_t size;
    uint16_t one = 1;

    memset(record, 0, 128);
    PUT(record, 0, relation->type);
    switch (relation->type) {
    case RELATION_CORE:
    case RELATION_PACKAGE: /* flags, efficiency class, reserved[20], group count, affinity */
        size = 48;
        PUT(record, 8, relation->flags);
        PUT(record, 30, one);
        PUT(record, 32, relation->mask);
        break;
    case RELATION_CACHE:
        size = 56;
        PUT(record, 8, relation->cache_level);
        PUT(record, 9, relation->cache_associativity);
        PUT(record, 10, relation->cache_line);
        PUT(record, 12, relation->cache_size);
        PUT(record, 16, relation->cache_type);
        PUT(record, 38, one);
        PUT(record, 40, relation->mask);
        break;
    case RELATION_NODE:
        size = 48;
        PUT(record, 30, one);
        PUT(record, 32, relation->mask);
        break;
    default: { /* maximum and active groups, reserved[20], maximum and active processors, reserved[38], mask */
        uint8_t processors = (uint8_t)__builtin_popcountll(relation->mask);
        size = 80;
        PUT(record, 8, one);
        PUT(record, 10, one);
        PUT(record, 32, processors);
        PUT(record, 33, processors);
        PUT(record, 72, relation->mask);
    }
    }
    PUT(record, 4, size);
    return size;
}

static NTSTATUS query_topology(ULONG wanted, bool extended, void *guest, ULONG length, ULONG *guest_needed)
{
    enum { MAX_RELATIONS = 64 * 7 + 2 };
    struct relation *relations = malloc(MAX_RELATIONS * sizeof *relations);
    uint8_t *records = malloc(MAX_RELATIONS * 128);
    NTSTATUS status = STATUS_NO_MEMORY;
    size_t size = 0;

    if (relations && records) {
        unsigned count = collect_relations(relations, MAX_RELATIONS);
        for (unsigned i = 0; i < count; i++)
            if (wanted == RELATION_ALL || wanted == relations[i].type)
                size += extended ? long_record(&relations[i], records + size) : short_record(&relations[i], records + size);
        ULONG needed = (ULONG)size;
        status = length < needed ? STATUS_INFO_LENGTH_MISMATCH : guest_copy(guest, records, size);
        if (guest_needed && (!status || status == STATUS_INFO_LENGTH_MISMATCH))
            guest_write(guest_needed, needed);
    }
    free(relations);
    free(records);
    return status;
}

NTSTATUS NtQuerySystemInformationEx(ULONG SystemInformationClass, void *InputBuffer, ULONG InputBufferLength,
                                    void *SystemInformation, ULONG SystemInformationLength, ULONG *ReturnLength)
{
    ULONG relation;
    NTSTATUS status;

    if (!InputBuffer || InputBufferLength < sizeof relation)
        return STATUS_INVALID_PARAMETER;
    if (SystemInformationClass != NT_SYSTEM_LOGICAL_PROCESSOR_AND_GROUP)
        return STATUS_INVALID_INFO_CLASS;
    if ((status = guest_copy(&relation, InputBuffer, sizeof relation)))
        return status;
    return query_topology(relation, true, SystemInformation, SystemInformationLength, ReturnLength);
}

NTSTATUS NtQuerySystemInformation(ULONG SystemInformationClass, void *SystemInformation,
                                  ULONG SystemInformationLength, ULONG *ReturnLength)
{
    union {
        NT_SYSTEM_BASIC_INFORMATION basic;
        NT_SYSTEM_PROCESSOR_INFORMATION processor;
        NT_SYSTEM_PERFORMANCE_INFORMATION performance;
        NT_SYSTEM_TIME_OF_DAY_INFORMATION time;
        NT_PROCESSOR_TIMES processors[MAX_PROCESSORS];
        struct {
            BOOLEAN enabled, not_present;
        } debugger;
        struct {
            ULONG length, options;
        } integrity;
    } info;
    ULONG size;
    NTSTATUS status;

    switch (SystemInformationClass) {
    case NT_SYSTEM_BASIC:
    case NT_SYSTEM_EMULATION_BASIC:
        query_basic(&info.basic);
        size = sizeof info.basic;
        break;
    case NT_SYSTEM_PROCESSOR:
    case NT_SYSTEM_EMULATION_PROCESSOR:
        query_processor(&info.processor);
        size = sizeof info.processor;
        break;
    case NT_SYSTEM_PERFORMANCE:
        query_performance(&info.performance);
        size = sizeof info.performance;
        if (SystemInformationLength >= size)
            SystemInformationLength = size;
        break;
    case NT_SYSTEM_TIME_OF_DAY: /* takes any shorter length */
        query_time_of_day(&info.time);
        size = sizeof info.time;
        if (SystemInformationLength > size)
            return STATUS_INFO_LENGTH_MISMATCH;
        size = SystemInformationLength;
        break;
    case NT_SYSTEM_PROCESSOR_PERFORMANCE:
        size = query_processor_performance(info.processors, MAX_PROCESSORS) * sizeof info.processors[0];
        break;
    case NT_SYSTEM_KERNEL_DEBUGGER:
        info.debugger.enabled = FALSE;
        info.debugger.not_present = TRUE;
        size = sizeof info.debugger;
        break;
    case NT_SYSTEM_CODE_INTEGRITY:
        info.integrity.length = sizeof info.integrity;
        info.integrity.options = 1; /* enabled, as on a machine out of the box */
        size = sizeof info.integrity;
        break;
    case NT_SYSTEM_LOGICAL_PROCESSOR:
        return query_topology(RELATION_ALL, false, SystemInformation, SystemInformationLength, ReturnLength);
    default:
        return STATUS_INVALID_INFO_CLASS;
    }
    if (SystemInformationLength < size) {
        if (ReturnLength)
            guest_write(ReturnLength, size);
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    status = guest_copy(SystemInformation, &info, size);
    if (!status && ReturnLength)
        status = guest_write(ReturnLength, size);
    return status;
}
