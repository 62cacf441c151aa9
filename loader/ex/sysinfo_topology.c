/*
 * Which logical processors share cores, caches and packages, from /sys.
 */
#include "ex/sysinfo.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cache {
    unsigned level, type, size, line, ways; /* type as PROCESSOR_CACHE_TYPE: unified, instruction, data */
    uint64_t mask;
};

static unsigned long read_number(const char *path)
{
    char text[64];
    return ex_read_text(path, text, sizeof text) ? strtoul(text, NULL, 10) : 0;
}

/* A list such as "0-1,4" as a mask of our processors (those numbers below `count`). */
static uint64_t read_list(const char *path, unsigned count)
{
    char text[256], *p = text;
    uint64_t mask = 0;

    if (!ex_read_text(path, text, sizeof text))
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
        if (!ex_read_text(path, text, sizeof text))
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
    unsigned count = ex_processors(&all), used = 0;
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

NTSTATUS ex_query_logical_processors(void *buffer, ULONG length, ULONG *guest_length)
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
        status = ex_answer(entries, count * sizeof *entries, buffer, length, guest_length, false);
    }
    free(list);
    free(entries);
    return status;
}

NTSTATUS ex_query_logical_processors_ex(ULONG wanted, void *buffer, ULONG length, ULONG *guest_length)
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
                unsigned processors_count = ex_processors(&mask);
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
        status = used ? ex_answer(data, used, buffer, length, guest_length, false) : STATUS_INVALID_PARAMETER;
    }
    free(list);
    free(data);
    return status;
}
