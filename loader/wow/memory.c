/*
 * Thunks of memory calls that take arrays of structures.
 */
#include "wow/thunk.h"
#include <nt/memory.h>
#include <stdlib.h>

/* MEM_EXTENDED_PARAMETERs have one size, what they point to has not. */
struct extended {
    MEM_EXTENDED_PARAMETER list[MemExtendedParameterMax];
    MEM_ADDRESS_REQUIREMENTS requirements[MemExtendedParameterMax];
};

static NTSTATUS read_extended(struct extended *extended, uint32_t guest, ULONG count, void **ret)
{
    *ret = wow_pointer(guest);
    if (!guest || !count || count > MemExtendedParameterMax)
        return STATUS_SUCCESS; /* the call will say so */
    NTSTATUS status = guest_copy(extended->list, wow_pointer(guest), count * sizeof extended->list[0]);
    for (ULONG i = 0; i < count && NT_SUCCESS(status); i++) {
        MEM_EXTENDED_PARAMETER *parameter = &extended->list[i];
        uint32_t words[3];
        switch (parameter->Type & 0xff) {
        case MemExtendedParameterAddressRequirements:
            status = guest_copy(words, wow_pointer((uint32_t)parameter->ULong64), sizeof words);
            extended->requirements[i] = (MEM_ADDRESS_REQUIREMENTS){wow_pointer(words[0]),
                                                                   wow_pointer(words[1]), words[2]};
            parameter->Pointer = &extended->requirements[i];
            break;
        case MemExtendedParameterPartitionHandle:
        case MemExtendedParameterUserPhysicalHandle:
            parameter->Handle = wow_handle((uint32_t)parameter->ULong64);
            break;
        }
    }
    *ret = extended->list;
    return status;
}

NTSTATUS wow_NtAllocateVirtualMemoryEx(const uint32_t *a)
{
    struct extended extended;
    struct wow_word base, size;
    void *list;
    NTSTATUS status = read_extended(&extended, a[5], a[6], &list);
    if (!NT_SUCCESS(status))
        return status;
    status = NtAllocateVirtualMemoryEx(wow_handle(a[0]), wow_inout_word(&base, a[1]),
                                       wow_inout_word(&size, a[2]), a[3], a[4], list, a[6]);
    return wow_write_word(&size, wow_write_word(&base, status));
}

NTSTATUS wow_NtMapViewOfSectionEx(const uint32_t *a)
{
    struct extended extended;
    struct wow_word base, size;
    void *list;
    NTSTATUS status = read_extended(&extended, a[7], a[8], &list);
    if (!NT_SUCCESS(status))
        return status;
    status = NtMapViewOfSectionEx(wow_handle(a[0]), wow_handle(a[1]), wow_inout_word(&base, a[2]),
                                  wow_pointer(a[3]), wow_inout_word(&size, a[4]), a[5], a[6], list, a[8]);
    return wow_write_word(&size, wow_write_word(&base, status));
}

NTSTATUS wow_NtGetWriteWatch(const uint32_t *a)
{
    uint32_t capacity;
    NTSTATUS status = guest_copy(&capacity, wow_pointer(a[5]), sizeof capacity);
    if (!NT_SUCCESS(status))
        return status;
    ULONG_PTR count = capacity;
    size_t room = capacity < a[3] / 4096 + 2 ? capacity : a[3] / 4096 + 2;
    PVOID *wide = malloc((room + 1) * sizeof *wide);
    if (!wide)
        return STATUS_NO_MEMORY;
    if (count > room)
        count = room;
    status = NtGetWriteWatch(wow_handle(a[0]), a[1], wow_pointer(a[2]), a[3], a[4] ? wide : NULL, &count,
                             wow_pointer(a[6]));
    for (ULONG_PTR i = 0; NT_SUCCESS(status) && i < count; i++) {
        PTR32 address = (PTR32)(uint64_t)wide[i];
        status = guest_copy(wow_pointer(a[4] + (uint32_t)i * 4), &address, sizeof address);
    }
    free(wide);
    capacity = (uint32_t)count;
    return NT_SUCCESS(status) ? guest_copy(wow_pointer(a[5]), &capacity, sizeof capacity) : status;
}

NTSTATUS wow_NtSetInformationVirtualMemory(const uint32_t *a)
{
    enum { LIMIT = 1024 };
    if (!a[2] || a[2] > LIMIT)
        return a[2] ? STATUS_INVALID_PARAMETER_3
                    : NtSetInformationVirtualMemory(wow_handle(a[0]), a[1], 0, NULL, wow_pointer(a[4]), a[5]);
    NT_MEMORY_RANGE *ranges = malloc(a[2] * sizeof *ranges);
    NTSTATUS status = ranges ? STATUS_SUCCESS : STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < a[2] && NT_SUCCESS(status); i++) {
        uint32_t words[2];
        status = guest_copy(words, wow_pointer(a[3] + i * 8), sizeof words);
        ranges[i] = (NT_MEMORY_RANGE){wow_pointer(words[0]), words[1]};
    }
    if (NT_SUCCESS(status))
        status = NtSetInformationVirtualMemory(wow_handle(a[0]), a[1], a[2], ranges, wow_pointer(a[4]), a[5]);
    free(ranges);
    return status;
}
