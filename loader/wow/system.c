/*
 * Thunks of NtQuerySystemInformation, and the calls that only i386 code has.
 */
#include "mm/mm.h"
#include "wow/layout.h"
#include "wow/thunk.h"
#include <nt/sysinfo.h>
#include <stdlib.h>
#include <string.h>

#define ARCHITECTURE_INTEL 0
#define NATIVE_HIGHEST     0xfffeffffu

#define BASIC_INFORMATION   "7i3pb"
#define THREAD_INFORMATION  "3lip2p5i"
#define PROCESS_INFORMATION "2il2i l3l 2sp i2p2ip2pi9p 6l"

static NTSTATUS query_basic(ULONG class, uint32_t guest, uint32_t length, uint32_t guest_needed, bool native)
{
    struct wow_fixed fixed;
    wow_fixed_begin(&fixed, BASIC_INFORMATION, guest, length);
    NTSTATUS status = NtQuerySystemInformation(class, fixed.buffer, fixed.wide_length, &fixed.needed);
    ((NT_SYSTEM_BASIC_INFORMATION *)fixed.buffer)->MaximumUserModeAddress = native ? NATIVE_HIGHEST
                                                                                   : MM_HIGHEST - 1;
    return wow_fixed_end(&fixed, status, guest_needed);
}

/* Grows a narrow answer as it is written. */
struct output {
    uint8_t *data;
    size_t used, capacity;
};

static uint8_t *reserve(struct output *output, size_t size)
{
    if (output->used + size > output->capacity) {
        size_t capacity = (output->used + size) * 2;
        uint8_t *data = realloc(output->data, capacity);
        if (!data)
            return NULL;
        output->data = data;
        output->capacity = capacity;
    }
    uint8_t *place = output->data + output->used;
    memset(place, 0, size); /* NOLINT(clang-analyzer-core.NonNullParamChecker): capacity 0 was grown above */
    output->used += size;
    return place;
}

static NTSTATUS deliver(struct output *output, NTSTATUS status, uint32_t guest, uint32_t length,
                        uint32_t guest_needed)
{
    ULONG size = (ULONG)output->used;
    if (NT_SUCCESS(status))
        status = size > length ? STATUS_INFO_LENGTH_MISMATCH
                               : guest_copy(wow_pointer(guest), output->data, size);
    free(output->data);
    NTSTATUS written = guest_needed && size ? guest_copy(wow_pointer(guest_needed), &size, sizeof size)
                                            : STATUS_SUCCESS;
    return NT_SUCCESS(written) ? status : written;
}

static bool convert_process(const uint8_t *wide, uint32_t guest, struct output *output)
{
    const NT_SYSTEM_PROCESS_INFORMATION *info = (const void *)wide;
    const size_t head = wow_size(PROCESS_INFORMATION, false), thread = wow_size(THREAD_INFORMATION, false);
    size_t text = info->ImageName.Length;
    size_t size = head + info->NumberOfThreads * thread + ((text + 2 + 7) & ~(size_t)7);
    size_t at = output->used;
    uint8_t *narrow = reserve(output, size);
    if (!narrow)
        return false;
    wow_narrow(PROCESS_INFORMATION, wide, narrow, NULL);
    for (ULONG i = 0; i < info->NumberOfThreads; i++)
        wow_narrow(THREAD_INFORMATION, &info->Threads[i], narrow + head + i * thread, NULL);
    size_t name = head + info->NumberOfThreads * thread;
    if (info->ImageName.Buffer)
        memcpy(narrow + name, info->ImageName.Buffer, text);
    PTR32 buffer = guest + (PTR32)(at + name);
    memcpy(narrow + 0x3c, &buffer, sizeof buffer); /* ImageName.Buffer */
    ULONG next = info->NextEntryOffset ? (ULONG)size : 0;
    memcpy(narrow, &next, sizeof next);
    return true;
}

static NTSTATUS convert_processes(const struct wow_answer *answer, uint32_t guest, struct output *output)
{
    const uint8_t *wide = answer->buffer;
    for (size_t at = 0;;) {
        const NT_SYSTEM_PROCESS_INFORMATION *info = (const void *)(wide + at);
        if (!convert_process(wide + at, guest, output))
            return STATUS_NO_MEMORY;
        if (!info->NextEntryOffset)
            return STATUS_SUCCESS;
        at += info->NextEntryOffset;
    }
}

static NTSTATUS convert_processors(const struct wow_answer *answer, uint32_t guest, struct output *output)
{
    static const char layout[] = "pi2l";
    (void)guest;
    for (ULONG at = 0; at + wow_size(layout, true) <= answer->needed; at += (ULONG)wow_size(layout, true)) {
        uint8_t *narrow = reserve(output, wow_size(layout, false));
        if (!narrow)
            return STATUS_NO_MEMORY;
        wow_narrow(layout, (uint8_t *)answer->buffer + at, narrow, NULL);
    }
    return STATUS_SUCCESS;
}

/* Records of several kinds: relation, size, then what the kind has, with masks in it. */
static NTSTATUS convert_processors_ex(const struct wow_answer *answer, uint32_t guest, struct output *output)
{
    enum { CORE, NODE, CACHE, PACKAGE, GROUP };
    static const char *const layouts[] = {"2i22bs(p4s)", "2i22bs(p4s)", "2i2bs2i20b(p4s)", "2i22bs(p4s)",
                                          "2i2s20b(2b38bp)"};
    (void)guest;
    for (ULONG at = 0; at + 8 <= answer->needed;) {
        uint32_t head[2];
        memcpy(head, (uint8_t *)answer->buffer + at, sizeof head);
        const char *layout = head[0] <= GROUP ? layouts[head[0]] : NULL;
        uint32_t size = layout ? (uint32_t)wow_size(layout, false) : 0;
        uint8_t *narrow = layout ? reserve(output, size) : NULL;
        if (layout && !narrow)
            return STATUS_NO_MEMORY;
        if (layout) {
            wow_narrow(layout, (uint8_t *)answer->buffer + at, narrow, NULL);
            memcpy(narrow + 4, &size, sizeof size);
        }
        if (!head[1])
            break;
        at += head[1];
    }
    return STATUS_SUCCESS;
}

typedef NTSTATUS (*converter)(const struct wow_answer *, uint32_t guest, struct output *);

static converter find_converter(ULONG class)
{
    return class == NtSystemProcessInformation              ? convert_processes
           : class == NtSystemLogicalProcessorInformation   ? convert_processors
           : class == NtSystemLogicalProcessorInformationEx ? convert_processors_ex
                                                            : NULL;
}

/* `input` is of NtQuerySystemInformationEx. */
static NTSTATUS query_converted(ULONG class, uint32_t input, uint32_t input_length, uint32_t guest,
                                uint32_t length, uint32_t guest_needed, bool ex)
{
    struct wow_answer answer;
    struct output output = {0};
    NTSTATUS status = wow_answer_begin(&answer, length);
    if (!NT_SUCCESS(status))
        return status;
    do
        status = ex ? NtQuerySystemInformationEx(class, wow_pointer(input), input_length, answer.buffer,
                                                 answer.length, &answer.needed)
                    : NtQuerySystemInformation(class, answer.buffer, answer.length, &answer.needed);
    while (wow_answer_again(&answer, status));
    if (NT_SUCCESS(status))
        status = find_converter(class)(&answer, guest, &output);
    free(answer.buffer);
    return deliver(&output, status, guest, length, guest_needed);
}

static NTSTATUS query(const uint32_t *a, bool native)
{
    static const struct wow_variable modules = {"i", "3p2i4s256b", 0, STATUS_INFO_LENGTH_MISMATCH},
                                     handles = {"i", "2s2bspi", 0, STATUS_INFO_LENGTH_MISMATCH},
                                     extended = {"2p", "3pi2s2i", 0, STATUS_INFO_LENGTH_MISMATCH};
    const char *layout = NULL;
    NTSTATUS status;
    switch (a[0]) {
    case NtSystemBasicInformation:
    case NtSystemEmulationBasicInformation: return query_basic(a[0], a[1], a[2], a[3], native);
    case NtSystemNativeBasicInformation: return query_basic(a[0], a[1], a[2], a[3], true);
    case NtSystemProcessorInformation:
    case NtSystemEmulationProcessorInformation:
        status = NtQuerySystemInformation(a[0], wow_pointer(a[1]), a[2], wow_pointer(a[3]));
        if (NT_SUCCESS(status) && !native) {
            USHORT architecture = ARCHITECTURE_INTEL;
            status = guest_copy(wow_pointer(a[1]), &architecture, sizeof architecture);
        }
        return status;
    case NtSystemFileCacheInformation: layout = "2pi4p2i"; break;
    case NtSystemRegistryQuotaInformation: layout = "2ip"; break;
    case NtSystemHandleInformation:
    case NtSystemExtendedHandleInformation:
    case NtSystemModuleInformation: {
        struct wow_answer answer;
        status = wow_answer_begin(&answer, a[2]);
        if (!NT_SUCCESS(status))
            return status;
        do
            status = NtQuerySystemInformation(a[0], answer.buffer, answer.length, &answer.needed);
        while (wow_answer_again(&answer, status));
        return wow_answer_end(&answer,
                              a[0] == NtSystemModuleInformation   ? &modules
                              : a[0] == NtSystemHandleInformation ? &handles
                                                                  : &extended,
                              status, a[1], a[2], a[3]);
    }
    }
    if (layout) {
        struct wow_fixed fixed;
        wow_fixed_begin(&fixed, layout, a[1], a[2]);
        status = NtQuerySystemInformation(a[0], fixed.buffer, fixed.wide_length, &fixed.needed);
        return wow_fixed_end(&fixed, status, a[3]);
    }
    if (find_converter(a[0]))
        return query_converted(a[0], 0, 0, a[1], a[2], a[3], false);
    return NtQuerySystemInformation(a[0], wow_pointer(a[1]), a[2], wow_pointer(a[3]));
}

NTSTATUS wow_NtQuerySystemInformation(const uint32_t *a)
{
    return query(a, false);
}

NTSTATUS wow_NtQuerySystemInformationEx(const uint32_t *a)
{
    if (find_converter(a[0]))
        return query_converted(a[0], a[1], a[2], a[3], a[4], a[5], true);
    return NtQuerySystemInformationEx(a[0], wow_pointer(a[1]), a[2], wow_pointer(a[3]), a[4],
                                      wow_pointer(a[5]));
}

/* ---------------------------------------------------------------- only for i386 code */

/* As NtQuerySystemInformation, with the machine's own values in i386 layout. */
NTSTATUS wow_GwNativeSystemInformation(const uint32_t *a)
{
    return query(a, true);
}

NTSTATUS GwNativeSystemInformation(ULONG SystemInformationClass, void *SystemInformation,
                                   ULONG SystemInformationLength, ULONG *ReturnLength)
{
    return NtQuerySystemInformation(SystemInformationClass, SystemInformation, SystemInformationLength,
                                    ReturnLength);
}

/* Whether C:\windows\system32 means itself for the calling thread; 64-bit code knows no other way. */
NTSTATUS GwFsRedirection(ULONG Disable, ULONG *Previous)
{
    if (!wow_active)
        return STATUS_NOT_IMPLEMENTED;
    ULONG previous = ke_self->wow_no_redirection;
    NTSTATUS status = Previous ? guest_write(Previous, previous) : STATUS_SUCCESS;
    if (NT_SUCCESS(status))
        ke_self->wow_no_redirection = Disable != 0;
    return status;
}
