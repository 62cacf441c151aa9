/*
 * Thunks of query calls whose answers have pointers or sizes in them: processes, threads, memory,
 * sections, objects, tokens, jobs.
 */
#include "mm/area.h"
#include "ps/ps.h"
#include "wow/layout.h"
#include "wow/thunk.h"
#include <nt/memory.h>
#include <stdlib.h>
#include <string.h>

/* A counted string with its text behind it. */
static const struct wow_variable string_answer = {"ssp", NULL, 0, STATUS_INFO_LENGTH_MISMATCH};
#define IMAGE_INFORMATION "pi2pi7s2b3i"

/* ---------------------------------------------------------------- processes */

enum {
    PROCESS_BASIC = 0,
    PROCESS_QUOTA_LIMITS = 1,
    PROCESS_VM_COUNTERS = 3,
    PROCESS_DEBUG_PORT = 7,
    PROCESS_AFFINITY = 21,
    PROCESS_WOW64 = 26,
    PROCESS_IMAGE_FILE_NAME = 27,
    PROCESS_DEBUG_OBJECT = 30,
    PROCESS_IMAGE_INFORMATION = 37,
    PROCESS_IMAGE_FILE_NAME_WIN32 = 43,
    PROCESS_COMMAND_LINE = 60,
};

#define BASIC_INFORMATION "ippipp"
#define VM_COUNTERS       "2pi8p"
#define VM_COUNTERS_EX    "2pi9p"
#define QUOTA_LIMITS      "5pl"

static const char *process_layout(ULONG class, ULONG length)
{
    switch (class) {
    case PROCESS_BASIC:
        return length == wow_size("p(" BASIC_INFORMATION ")i", false) ? "p(" BASIC_INFORMATION ")i"
                                                                      : BASIC_INFORMATION;
    case PROCESS_QUOTA_LIMITS: return QUOTA_LIMITS;
    case PROCESS_VM_COUNTERS: return length == wow_size(VM_COUNTERS, false) ? VM_COUNTERS : VM_COUNTERS_EX;
    case PROCESS_DEBUG_PORT:
    case PROCESS_WOW64:
    case PROCESS_DEBUG_OBJECT: return "p";
    case PROCESS_IMAGE_INFORMATION: return IMAGE_INFORMATION;
    }
    return NULL;
}

NTSTATUS wow_NtQueryInformationProcess(const uint32_t *a)
{
    HANDLE process = wow_handle(a[0]);
    const char *layout = process_layout(a[1], a[3]);
    if (layout) {
        struct wow_fixed fixed;
        wow_fixed_begin(&fixed, layout, a[2], a[3]);
        NTSTATUS status = NtQueryInformationProcess(process, a[1], fixed.buffer, fixed.wide_length,
                                                    &fixed.needed);
        if (NT_SUCCESS(status) && a[1] == PROCESS_BASIC) {
            uint64_t *basic = fixed.buffer;
            if (layout[0] == 'p')
                *basic++ = fixed.narrow_size; /* its own size comes first */
            if (basic[1])
                basic[1] += WOW_PEB_OFFSET;
        }
        return wow_fixed_end(&fixed, status, a[4]);
    }
    if (a[1] == PROCESS_IMAGE_FILE_NAME || a[1] == PROCESS_IMAGE_FILE_NAME_WIN32 ||
        a[1] == PROCESS_COMMAND_LINE) {
        struct wow_answer answer;
        NTSTATUS status = wow_answer_begin(&answer, a[3]);
        if (!NT_SUCCESS(status))
            return status;
        do
            status = NtQueryInformationProcess(process, a[1], answer.buffer, answer.length, &answer.needed);
        while (wow_answer_again(&answer, status));
        return wow_answer_end(&answer, &string_answer, status, a[2], a[3], a[4]);
    }
    return NtQueryInformationProcess(process, a[1], wow_pointer(a[2]), a[3], wow_pointer(a[4]));
}

/* A structure that a call reads. */
static NTSTATUS read_fixed(struct wow_fixed *fixed, const char *layout, uint32_t guest, uint32_t length)
{
    uint64_t narrow[40] = {0};
    wow_fixed_begin(fixed, layout, guest, length);
    if (length != fixed->narrow_size)
        return STATUS_SUCCESS; /* the call will say so */
    NTSTATUS status = guest_copy(narrow, wow_pointer(guest), length);
    if (NT_SUCCESS(status))
        wow_widen(layout, narrow, fixed->buffer);
    return status;
}

NTSTATUS wow_NtSetInformationProcess(const uint32_t *a)
{
    const char *layout = a[1] == PROCESS_AFFINITY ? "p" : a[1] == PROCESS_QUOTA_LIMITS ? QUOTA_LIMITS : NULL;
    if (!layout)
        return NtSetInformationProcess(wow_handle(a[0]), a[1], wow_pointer(a[2]), a[3]);
    struct wow_fixed fixed;
    NTSTATUS status = read_fixed(&fixed, layout, a[2], a[3]);
    return NT_SUCCESS(status)
               ? NtSetInformationProcess(wow_handle(a[0]), a[1], fixed.buffer, fixed.wide_length)
               : status;
}

/* ---------------------------------------------------------------- threads */

enum {
    THREAD_BASIC = 0,
    THREAD_AFFINITY = 4,
    THREAD_IMPERSONATION_TOKEN = 5,
    THREAD_START_ADDRESS = 9,
    THREAD_TEB_INFORMATION = 26,
    THREAD_GROUP_AFFINITY = 30,
    THREAD_NAME = 38,
};

NTSTATUS wow_NtQueryInformationThread(const uint32_t *a)
{
    static const struct wow_variable name = {"ssp", NULL, 0, STATUS_BUFFER_TOO_SMALL};
    HANDLE thread = wow_handle(a[0]);
    NTSTATUS status;
    switch (a[1]) {
    case THREAD_BASIC:
    case THREAD_AFFINITY:
    case THREAD_START_ADDRESS:
    case THREAD_GROUP_AFFINITY: {
        struct wow_fixed fixed;
        wow_fixed_begin(&fixed,
                        a[1] == THREAD_BASIC            ? "i4p2i"
                        : a[1] == THREAD_GROUP_AFFINITY ? "p4s"
                                                        : "p",
                        a[2], a[3]);
        status = NtQueryInformationThread(thread, a[1], fixed.buffer, fixed.wide_length, &fixed.needed);
        if (a[1] == THREAD_BASIC && NT_SUCCESS(status) && fixed.buffer[1])
            fixed.buffer[1] += WOW_TEB_OFFSET;
        return wow_fixed_end(&fixed, status, a[4]);
    }
    case THREAD_NAME: {
        struct wow_answer answer;
        status = wow_answer_begin(&answer, a[3]);
        if (!NT_SUCCESS(status))
            return status;
        do
            status = NtQueryInformationThread(thread, a[1], answer.buffer, answer.length, &answer.needed);
        while (wow_answer_again(&answer, status));
        return wow_answer_end(&answer, &name, status, a[2], a[3], a[4]);
    }
    case THREAD_TEB_INFORMATION: {
        struct {
            PTR32 information;
            ULONG offset, bytes;
        } request;
        if (a[3] != sizeof request)
            return STATUS_INFO_LENGTH_MISMATCH;
        status = guest_copy(&request, wow_pointer(a[2]), sizeof request);
        if (NT_SUCCESS(status) &&
            (request.offset > sizeof(TEB32) || request.bytes > sizeof(TEB32) - request.offset))
            status = STATUS_INVALID_PARAMETER;
        void *object;
        if (NT_SUCCESS(status))
            status = ob_handle_lookup(thread, &ps_thread_type, 0x40 /* THREAD_QUERY_INFORMATION */, &object);
        if (!NT_SUCCESS(status))
            return status;
        TEB *teb = ((struct ps_thread *)object)->teb;
        status = teb ? guest_copy(wow_pointer(request.information), (uint8_t *)wow_teb(teb) + request.offset,
                                  request.bytes)
                     : STATUS_THREAD_IS_TERMINATING;
        ob_dereference(object);
        return status;
    }
    }
    return NtQueryInformationThread(thread, a[1], wow_pointer(a[2]), a[3], wow_pointer(a[4]));
}

NTSTATUS wow_NtSetInformationThread(const uint32_t *a)
{
    HANDLE thread = wow_handle(a[0]);
    struct wow_fixed fixed;
    NTSTATUS status;
    switch (a[1]) {
    case THREAD_AFFINITY:
    case THREAD_IMPERSONATION_TOKEN:
    case THREAD_GROUP_AFFINITY:
        status = read_fixed(&fixed, a[1] == THREAD_GROUP_AFFINITY ? "p4s" : "p", a[2], a[3]);
        if (a[1] == THREAD_IMPERSONATION_TOKEN)
            fixed.buffer[0] = (uint64_t)wow_handle((uint32_t)fixed.buffer[0]);
        return NT_SUCCESS(status) ? NtSetInformationThread(thread, a[1], fixed.buffer, fixed.wide_length)
                                  : status;
    case THREAD_NAME: {
        UNICODE_STRING string, *name;
        if (a[3] != sizeof(UNICODE_STRING32))
            return STATUS_INFO_LENGTH_MISMATCH;
        status = wow_read_string(a[2], &string, &name);
        return NT_SUCCESS(status) ? NtSetInformationThread(thread, a[1], name, sizeof string) : status;
    }
    }
    return NtSetInformationThread(thread, a[1], wow_pointer(a[2]), a[3]);
}

/* ---------------------------------------------------------------- memory and sections */

/* The one that is asked often, and so not by its layout; of this process without a copy in between. */
static __attribute__((optimize("no-tree-vectorize"))) NTSTATUS query_basic(const uint32_t *a)
{
    MEMORY_BASIC_INFORMATION wide;
    uint32_t narrow[7], size = sizeof narrow;
    HANDLE process = wow_handle(a[0]);
    NTSTATUS status = STATUS_SUCCESS;
    if (a[4] < sizeof narrow)
        return STATUS_INFO_LENGTH_MISMATCH;
    if (process == NtCurrentProcess() && a[1] < MM_HIGHEST)
        mm_query_basic_again(a[1], &wide);
    else
        status = NtQueryVirtualMemory(process, wow_pointer(a[1]), a[2], &wide, sizeof wide, NULL);
    if (!NT_SUCCESS(status))
        return status;
    narrow[0] = (uint32_t)(uint64_t)wide.BaseAddress;
    narrow[1] = (uint32_t)(uint64_t)wide.AllocationBase;
    narrow[2] = wide.AllocationProtect;
    narrow[3] = (uint32_t)wide.RegionSize;
    narrow[4] = wide.State;
    narrow[5] = wide.Protect;
    narrow[6] = wide.Type;
    status = guest_copy_words(wow_pointer(a[3]), narrow, sizeof narrow);
    return NT_SUCCESS(status) && a[5] ? guest_copy_words(wow_pointer(a[5]), &size, sizeof size) : status;
}

static __attribute__((noinline)) NTSTATUS query_other(const uint32_t *a)
{
    static const struct wow_variable file_name = {"ssp", NULL, 0, STATUS_BUFFER_OVERFLOW};
    HANDLE process = wow_handle(a[0]);
    PVOID base = wow_pointer(a[1]);
    const char *layout = NULL;
    SIZE_T returned = 0;
    NTSTATUS status;
    switch (a[2]) {
    case MemoryRegionInformationClass:
    case MemoryRegionInformationExClass: layout = a[4] < 20 ? "p2ip" : a[4] < 28 ? "p2i2p" : "p2i4p"; break;
    case MemoryImageInformationClass: layout = "2pi"; break;
    case MemoryMappedFilenameInformationClass: {
        struct wow_answer answer;
        status = wow_answer_begin(&answer, a[4]);
        if (!NT_SUCCESS(status))
            return status;
        do {
            status = NtQueryVirtualMemory(process, base, a[2], answer.buffer, answer.length, &returned);
            answer.needed = (ULONG)returned;
        } while (wow_answer_again(&answer, status));
        if (NT_SUCCESS(status) && a[4] < sizeof(UNICODE_STRING32))
            status = STATUS_INFO_LENGTH_MISMATCH;
        return wow_answer_end(&answer, &file_name, status, a[3], a[4], a[5]);
    }
    case MemoryWorkingSetInformationClass:
        if (process != NtCurrentProcess())
            break;
        status = mm_list_working_set(wow_pointer(a[3]), a[4], true, &returned);
        if (NT_SUCCESS(status) && a[5]) {
            uint32_t used = (uint32_t)returned;
            status = guest_copy(wow_pointer(a[5]), &used, sizeof used);
        }
        return status;
    case MemoryWorkingSetExInformationClass:
        for (uint32_t i = 0; i < a[4] / 8; i++) {
            NT_MEMORY_WORKING_SET_EX wide = {0};
            uint32_t narrow[2];
            status = guest_copy(narrow, wow_pointer(a[3] + i * 8), sizeof narrow);
            wide.VirtualAddress = wow_pointer(narrow[0]);
            if (NT_SUCCESS(status))
                status = NtQueryVirtualMemory(process, base, a[2], &wide, sizeof wide, NULL);
            narrow[1] = (uint32_t)wide.Flags;
            if (NT_SUCCESS(status))
                status = guest_copy(wow_pointer(a[3] + i * 8), narrow, sizeof narrow);
            if (!NT_SUCCESS(status))
                return status;
        }
        return a[4] < 8 ? STATUS_INFO_LENGTH_MISMATCH
               : a[5]   ? guest_copy(wow_pointer(a[5]), &a[4], 4)
                        : STATUS_SUCCESS;
    }
    if (!layout)
        return NtQueryVirtualMemory(process, base, a[2], NULL, a[4], NULL);
    struct wow_fixed fixed;
    wow_fixed_begin(&fixed, layout, a[3], a[4]);
    status = NtQueryVirtualMemory(process, base, a[2], fixed.buffer, fixed.wide_length, &returned);
    fixed.needed = returned ? (returned < fixed.wide_size ? (ULONG)returned : fixed.wide_size) : UINT32_MAX;
    return wow_fixed_end(&fixed, status, a[5]);
}

NTSTATUS wow_NtQueryVirtualMemory(const uint32_t *a)
{
    bool basic = a[2] == MemoryBasicInformationClass || a[2] == MemoryPrivilegedBasicInformationClass;
    return basic ? query_basic(a) : query_other(a);
}

NTSTATUS wow_NtQuerySection(const uint32_t *a)
{
    const char *layout = a[1] == SectionBasicInformationClass   ? "pil"
                         : a[1] == SectionImageInformationClass ? IMAGE_INFORMATION
                                                                : "p";
    struct wow_fixed fixed;
    SIZE_T returned = 0;
    wow_fixed_begin(&fixed, layout, a[2], a[3]);
    NTSTATUS status = NtQuerySection(wow_handle(a[0]), a[1], fixed.buffer, fixed.wide_length, &returned);
    if (NT_SUCCESS(status))
        fixed.needed = (ULONG)returned;
    return wow_fixed_end(&fixed, status, a[4]);
}

/* ---------------------------------------------------------------- objects */

NTSTATUS wow_NtQueryObject(const uint32_t *a)
{
    enum { NAME = 1, TYPE = 2 };
    static const struct wow_variable name = {"ssp", NULL, 0, STATUS_BUFFER_OVERFLOW};
    static const struct wow_variable type = {"ssp18i4b3i", NULL, 0, STATUS_INFO_LENGTH_MISMATCH};
    if (a[1] != NAME && a[1] != TYPE)
        return NtQueryObject(wow_handle(a[0]), a[1], wow_pointer(a[2]), a[3], wow_pointer(a[4]));
    struct wow_answer answer;
    NTSTATUS status = wow_answer_begin(&answer, a[3]);
    if (!NT_SUCCESS(status))
        return status;
    do
        status = NtQueryObject(wow_handle(a[0]), a[1], answer.buffer, answer.length, &answer.needed);
    while (wow_answer_again(&answer, status));
    struct wow_variable layout = a[1] == NAME ? name : type;
    if (a[1] == NAME && a[3] < sizeof(UNICODE_STRING32))
        layout.short_status = STATUS_INFO_LENGTH_MISMATCH;
    return wow_answer_end(&answer, &layout, status, a[2], a[3], a[4]);
}

NTSTATUS wow_NtQuerySymbolicLinkObject(const uint32_t *a)
{
    UNICODE_STRING string, *target;
    NTSTATUS status = wow_read_string(a[1], &string, &target);
    if (NT_SUCCESS(status) && !target)
        status = STATUS_ACCESS_VIOLATION;
    if (!NT_SUCCESS(status))
        return status;
    status = NtQuerySymbolicLinkObject(wow_handle(a[0]), target, wow_pointer(a[2]));
    NTSTATUS written = NT_SUCCESS(status)
                           ? guest_copy(wow_pointer(a[1]), &string.Length, sizeof string.Length)
                           : STATUS_SUCCESS;
    return NT_SUCCESS(written) ? status : written;
}

/* Entries of two counted strings up to an empty one, then the texts. */
NTSTATUS wow_NtQueryDirectoryObject(const uint32_t *a)
{
    struct entry {
        UNICODE_STRING name, type;
    };
    ULONG returned = 0, length = a[2] < 0x100000 ? a[2] * 2 : 0x200000;
    struct entry *wide = calloc(1, length + 1);
    if (!wide)
        return STATUS_NO_MEMORY;
    /* Each entry is 16 bytes shorter in the guest: what fits here in its length fits there. */
    ULONG count = 0, limit = a[2];
    NTSTATUS status = NtQueryDirectoryObject(wow_handle(a[0]), wide, limit, (BOOLEAN)a[3], (BOOLEAN)a[4],
                                             wow_pointer(a[5]), &returned);
    if (NT_SUCCESS(status)) {
        while (wide[count].name.Buffer)
            count++;
        size_t fixed = (count + 1) * sizeof *wide, narrow_fixed = fixed / 2;
        size_t tail = returned > fixed ? returned - fixed : 0;
        uint8_t *narrow = calloc(1, narrow_fixed + tail + 1);
        struct wow_relocation relocation = {(uint64_t)wide, length, a[1], fixed, narrow_fixed};
        for (ULONG i = 0; narrow && i < count; i++)
            wow_narrow("2s p 2s p", &wide[i], narrow + i * 16, &relocation);
        if (narrow)
            memcpy(narrow + narrow_fixed, (uint8_t *)wide + fixed, tail);
        NTSTATUS written = narrow ? guest_copy(wow_pointer(a[1]), narrow, narrow_fixed + tail)
                                  : STATUS_NO_MEMORY;
        returned = (ULONG)(narrow_fixed + tail);
        free(narrow);
        if (!NT_SUCCESS(written))
            status = written;
    }
    free(wide);
    if (a[6] && returned) {
        NTSTATUS written = guest_copy(wow_pointer(a[6]), &returned, sizeof returned);
        if (!NT_SUCCESS(written))
            return written;
    }
    return status;
}

/* ---------------------------------------------------------------- tokens */

static const struct wow_variable *token_layout(ULONG class)
{
    static const struct wow_variable sid_and_attributes = {"pi", NULL, 0, STATUS_BUFFER_TOO_SMALL};
    static const struct wow_variable groups = {"i", "pi", 0, STATUS_BUFFER_TOO_SMALL};
    static const struct wow_variable pointer = {"p", NULL, 0, STATUS_BUFFER_TOO_SMALL};
    switch (class) {
    case 1:                              /* TokenUser */
    case 25: return &sid_and_attributes; /* TokenIntegrityLevel */
    case 2:                              /* TokenGroups */
    case 11:                             /* TokenRestrictedSids */
    case 28:                             /* TokenLogonSid */
    case 30:                             /* TokenCapabilities */
    case 37: return &groups;             /* TokenDeviceGroups */
    case 4:                              /* TokenOwner */
    case 5:                              /* TokenPrimaryGroup */
    case 6:                              /* TokenDefaultDacl */
    case 19:                             /* TokenLinkedToken */
    case 31: return &pointer;            /* TokenAppContainerSid */
    }
    return NULL;
}

NTSTATUS wow_NtQueryInformationToken(const uint32_t *a)
{
    const struct wow_variable *layout = token_layout(a[1]);
    if (!layout)
        return NtQueryInformationToken(wow_handle(a[0]), a[1], wow_pointer(a[2]), a[3], wow_pointer(a[4]));
    struct wow_answer answer;
    NTSTATUS status = wow_answer_begin(&answer, a[3]);
    if (!NT_SUCCESS(status))
        return status;
    do
        status = NtQueryInformationToken(wow_handle(a[0]), a[1], answer.buffer, answer.length,
                                         &answer.needed);
    while (wow_answer_again(&answer, status));
    return wow_answer_end(&answer, layout, status, a[2], a[3], a[4]);
}

/* What is set by a pointer to a SID or ACL. */
NTSTATUS wow_NtSetInformationToken(const uint32_t *a)
{
    const struct wow_variable *layout = token_layout(a[1]);
    if (!layout || layout->element)
        return NtSetInformationToken(wow_handle(a[0]), a[1], wow_pointer(a[2]), a[3]);
    struct wow_fixed fixed;
    NTSTATUS status = read_fixed(&fixed, layout->head, a[2], a[3]);
    return NT_SUCCESS(status) ? NtSetInformationToken(wow_handle(a[0]), a[1], fixed.buffer, fixed.wide_length)
                              : status;
}

/* ---------------------------------------------------------------- jobs */

#define BASIC_LIMIT    "2li2pip2i"
#define EXTENDED_LIMIT "(" BASIC_LIMIT ")6l4p"

static const char *job_layout(ULONG class)
{
    switch (class) {
    case 2: return BASIC_LIMIT;
    case 7: return "2p"; /* JobObjectAssociateCompletionPortInformation */
    case 9: return EXTENDED_LIMIT;
    case 14: return "p4s"; /* JobObjectGroupInformationEx */
    }
    return NULL;
}

NTSTATUS wow_NtQueryInformationJobObject(const uint32_t *a)
{
    static const struct wow_variable ids = {"2i", "p", 4, STATUS_BUFFER_OVERFLOW};
    enum { PROCESS_ID_LIST = 3 };
    HANDLE job = wow_handle(a[0]);
    const char *layout = job_layout(a[1]);
    NTSTATUS status;
    if (layout) {
        struct wow_fixed fixed;
        wow_fixed_begin(&fixed, layout, a[2], a[3]);
        status = NtQueryInformationJobObject(job, a[1], fixed.buffer, fixed.wide_length, &fixed.needed);
        return wow_fixed_end(&fixed, status, a[4]);
    }
    if (a[1] == PROCESS_ID_LIST && a[3] >= 8) { /* a list that is too short is filled as far as it goes */
        ULONG count = (a[3] - 8) / 4, length = 8 + count * 8, needed = 0;
        struct wow_answer answer = {calloc(1, length + 8), length, 0};
        if (!answer.buffer)
            return STATUS_NO_MEMORY;
        status = NtQueryInformationJobObject(job, a[1], answer.buffer, length, &needed);
        answer.needed = needed < length ? needed : length;
        NTSTATUS result = wow_answer_end(&answer, &ids, status == STATUS_BUFFER_OVERFLOW ? 0 : status, a[2],
                                         a[3], a[4]);
        return NT_SUCCESS(result) ? status : result;
    }
    return NtQueryInformationJobObject(job, a[1], wow_pointer(a[2]), a[3], wow_pointer(a[4]));
}

NTSTATUS wow_NtSetInformationJobObject(const uint32_t *a)
{
    const char *layout = job_layout(a[1]);
    if (!layout)
        return NtSetInformationJobObject(wow_handle(a[0]), a[1], wow_pointer(a[2]), a[3]);
    struct wow_fixed fixed;
    NTSTATUS status = read_fixed(&fixed, layout, a[2], a[3]);
    return NT_SUCCESS(status)
               ? NtSetInformationJobObject(wow_handle(a[0]), a[1], fixed.buffer, fixed.wide_length)
               : status;
}
