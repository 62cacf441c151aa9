/*
 * The processor's identity (see processor.h).
 */
#include "ex/processor.h"
#include "ex/cpuid.h"
#include <stdio.h>
#include <string.h>

void ex_processor(struct ex_processor *ret_processor)
{
    uint32_t a = ex_cpuid(1).eax, most, vendor[3] = {0};
    unsigned family = a >> 8 & 15, model = a >> 4 & 15;
    if (family == 15 || family == 6)
        model |= (a >> 16 & 15) << 4;
    if (family == 15)
        family += a >> 20 & 255;
    __get_cpuid(0, &most, &vendor[0], &vendor[2], &vendor[1]);
    *ret_processor = (struct ex_processor){.family = family, .model = model, .stepping = a & 15};
    memcpy(ret_processor->vendor, vendor, sizeof vendor);
}

void ex_processor_identifier(const struct ex_processor *processor, char *ret_text)
{
    const char *kind = strcmp(processor->vendor, "GenuineIntel") == 0 ? "Intel64" : "AMD64";
    snprintf(ret_text, 80, "%s Family %u Model %u Stepping %u", kind, processor->family, processor->model,
             processor->stepping);
}

void ex_processor_name(char *ret_name)
{
    uint32_t parts[12] = {0};
    for (uint32_t i = 0; i < 3; i++)
        if (!__get_cpuid(0x80000002 + i, &parts[i * 4], &parts[i * 4 + 1], &parts[i * 4 + 2],
                         &parts[i * 4 + 3]))
            break;
    memcpy(ret_name, parts, sizeof parts);
    ret_name[sizeof parts] = 0;
}
