/*
 * The system calls on private memory: arguments in and out of the guest, and which process.
 */
#include "mm/area.h"
#include "mm/guest.h"
#include "ob/ob.h"
#include "ps/ps.h"

#include <nt/syscalls.h>
#include <stdlib.h>

NTSTATUS mm_check_process(HANDLE process)
{
    void *object;
    NTSTATUS status;

    if (process == NtCurrentProcess())
        return STATUS_SUCCESS;
    if ((status = ob_handle_lookup(process, &ps_process_type, 0, &object)))
        return status;
    if (object != ps_current_process)
        status = STATUS_NOT_SUPPORTED; /* mm/remote.c does what is possible */
    ob_dereference(object);
    return status;
}

NTSTATUS mm_zero_bits_limit(uint64_t zero_bits, uint64_t *ret_high)
{
    *ret_high = 0;
    if (!zero_bits)
        return STATUS_SUCCESS;
    if (zero_bits < 32) {
        if (zero_bits > 21)
            return STATUS_INVALID_PARAMETER_3;
        *ret_high = 1ull << (32 - zero_bits);
    } else { /* a mask */
        *ret_high = (UINT64_MAX >> __builtin_clzll(zero_bits)) + 1;
        if (!*ret_high || *ret_high > MM_HIGHEST)
            *ret_high = MM_HIGHEST;
    }
    return STATUS_SUCCESS;
}

/* Reads a region's base and size. */
static NTSTATUS read_region(PVOID *guest_base, SIZE_T *guest_size, uint64_t *ret_base, uint64_t *ret_size)
{
    PVOID base;
    SIZE_T size;
    NTSTATUS status = guest_read(&base, guest_base);

    if (!status)
        status = guest_read(&size, guest_size);
    if (!status) {
        *ret_base = (uint64_t)base;
        *ret_size = size;
    }
    return status;
}

static NTSTATUS write_region(PVOID *guest_base, SIZE_T *guest_size, uint64_t base, uint64_t size)
{
    PVOID pointer = (PVOID)base;
    NTSTATUS status = guest_write(guest_base, pointer);

    return status ? status : guest_write(guest_size, size);
}

NTSTATUS NtAllocateVirtualMemory(HANDLE ProcessHandle, PVOID *BaseAddress, ULONG_PTR ZeroBits,
                                 SIZE_T *RegionSize, ULONG AllocationType, ULONG Protect)
{
    uint64_t base, size, high;
    NTSTATUS status = mm_check_process(ProcessHandle);

    if (status == STATUS_NOT_SUPPORTED)
        return mm_remote_region(ProcessHandle, PS_REMOTE_ALLOCATE, BaseAddress, RegionSize, ZeroBits,
                                AllocationType, Protect, NULL);
    if (!status)
        status = read_region(BaseAddress, RegionSize, &base, &size);
    if (!status)
        status = mm_zero_bits_limit(ZeroBits, &high);
    if (!status && AllocationType & (MEM_RESERVE_PLACEHOLDER | MEM_REPLACE_PLACEHOLDER))
        status = STATUS_INVALID_PARAMETER_5;
    if (status)
        return status;
    const struct mm_place place = {.high = high};
    status = mm_allocate_at(&place, &base, &size, AllocationType, Protect);
    return status ? status : write_region(BaseAddress, RegionSize, base, size);
}

NTSTATUS mm_read_extended_parameters(const void *guest, ULONG count, bool view, struct mm_place *ret_place)
{
    const MEM_EXTENDED_PARAMETER *parameters = guest;
    unsigned seen = 0;
    NTSTATUS status;

    if (!count != !guest || count > MemExtendedParameterMax)
        return STATUS_INVALID_PARAMETER;
    for (ULONG i = 0; i < count; i++) {
        MEM_EXTENDED_PARAMETER parameter;
        MEM_ADDRESS_REQUIREMENTS wanted;
        if ((status = guest_read(&parameter, &parameters[i])))
            return status;
        if (parameter.Type == MemExtendedParameterInvalidType || parameter.Type >= MemExtendedParameterMax ||
            seen & 1u << parameter.Type)
            return STATUS_INVALID_PARAMETER;
        seen |= 1u << parameter.Type;
        switch (parameter.Type) {
        case MemExtendedParameterAddressRequirements:
            if ((status = guest_copy(&wanted, parameter.Pointer, sizeof wanted)))
                return status;
            if ((uint64_t)wanted.LowestStartingAddress & (MM_GRANULARITY - 1) ||
                (wanted.HighestEndingAddress &&
                 ((uint64_t)wanted.HighestEndingAddress & (MM_PAGE - 1)) != MM_PAGE - 1) ||
                (uint64_t)wanted.HighestEndingAddress >= MM_HIGHEST ||
                (wanted.HighestEndingAddress &&
                 wanted.LowestStartingAddress >= wanted.HighestEndingAddress) ||
                (wanted.Alignment &&
                 (wanted.Alignment & (wanted.Alignment - 1) || wanted.Alignment < MM_GRANULARITY)))
                return STATUS_INVALID_PARAMETER;
            if (ret_place->address)
                return STATUS_INVALID_PARAMETER;
            ret_place->low = (uint64_t)wanted.LowestStartingAddress;
            ret_place->high = wanted.HighestEndingAddress ? (uint64_t)wanted.HighestEndingAddress + 1 : 0;
            ret_place->alignment = wanted.Alignment;
            break;
        case MemExtendedParameterNumaNode:
        case MemExtendedParameterAttributeFlags: break;
        case MemExtendedParameterImageMachine:
            if (!view)
                return STATUS_INVALID_PARAMETER;
            break;
        default: return STATUS_NOT_SUPPORTED; /* memory partitions, AWE */
        }
    }
    return STATUS_SUCCESS;
}

NTSTATUS NtAllocateVirtualMemoryEx(HANDLE ProcessHandle, PVOID *BaseAddress, SIZE_T *RegionSize,
                                   ULONG AllocationType, ULONG Protect, void *ExtendedParameters,
                                   ULONG ExtendedParameterCount)
{
    uint64_t base, size;
    NTSTATUS status = mm_check_process(ProcessHandle);

    if (status == STATUS_NOT_SUPPORTED)
        return ExtendedParameterCount ? STATUS_NOT_SUPPORTED
                                      : mm_remote_region(ProcessHandle, PS_REMOTE_ALLOCATE, BaseAddress,
                                                         RegionSize, 0, AllocationType, Protect, NULL);
    if (!status)
        status = read_region(BaseAddress, RegionSize, &base, &size);
    if (status)
        return status;
    struct mm_place place = {.address = base};
    if ((status = mm_read_extended_parameters(ExtendedParameters, ExtendedParameterCount, false, &place)))
        return status;
    status = mm_allocate_at(&place, &base, &size, AllocationType, Protect);
    return status ? status : write_region(BaseAddress, RegionSize, base, size);
}

NTSTATUS NtFreeVirtualMemory(HANDLE ProcessHandle, PVOID *BaseAddress, SIZE_T *RegionSize, ULONG FreeType)
{
    uint64_t base, size;
    NTSTATUS status = mm_check_process(ProcessHandle);

    if (status == STATUS_NOT_SUPPORTED)
        return mm_remote_region(ProcessHandle, PS_REMOTE_FREE, BaseAddress, RegionSize, 0, FreeType, 0, NULL);
    if (!status)
        status = read_region(BaseAddress, RegionSize, &base, &size);
    if (!status)
        status = mm_free((void **)&base, &size, FreeType);
    return status ? status : write_region(BaseAddress, RegionSize, base, size);
}

NTSTATUS NtProtectVirtualMemory(HANDLE ProcessHandle, PVOID *BaseAddress, SIZE_T *RegionSize,
                                ULONG NewProtect, ULONG *OldProtect)
{
    uint64_t base, size, start, end;
    ULONG old;
    NTSTATUS status = mm_check_process(ProcessHandle);

    if (status == STATUS_NOT_SUPPORTED)
        return mm_remote_region(ProcessHandle, PS_REMOTE_PROTECT, BaseAddress, RegionSize, 0, 0, NewProtect,
                                OldProtect);
    if (!status)
        status = mm_check_protect(NewProtect, true);
    if (!status)
        status = read_region(BaseAddress, RegionSize, &base, &size);
    if (!status) /* the old protection must be deliverable before anything changes */
        status = guest_read(&old, OldProtect);
    if (!status)
        status = guest_write(OldProtect, old);
    if (status)
        return status;
    if (base >= MM_HIGHEST)
        return STATUS_INVALID_PARAMETER_2;
    if (!size || size > MM_HIGHEST - base)
        return STATUS_INVALID_PARAMETER_3;
    start = mm_round_down(base, MM_PAGE);
    end = mm_round_up(base + size, MM_PAGE);
    mm_lock();
    status = mm_protect_pages(start, end, NewProtect, &old);
    mm_unlock();
    if (!status)
        status = guest_write(OldProtect, old);
    return status ? status : write_region(BaseAddress, RegionSize, start, end - start);
}

/* All pages of [start, end) are committed in areas of the guest. */
static NTSTATUS check_committed(uint64_t start, uint64_t end)
{
    NTSTATUS status = STATUS_SUCCESS;
    uint64_t next;

    mm_lock();
    for (uint64_t at = start; at < end && !status; at = next) {
        struct mm_area *area = mm_find(at);
        if (!area || !mm_state_at(area, at, &next))
            status = STATUS_ACCESS_VIOLATION;
        else if (mm_state_at(area, at, &next) & PAGE_GUARD)
            status = STATUS_GUARD_PAGE_VIOLATION;
        else if (mm_state_at(area, at, &next) == PAGE_NOACCESS)
            status = STATUS_ACCESS_VIOLATION;
    }
    mm_unlock();
    return status;
}

/* Windows always lets a process lock a few pages; so does Linux. Where its limit is lower, the
 * pages are only brought in. */
static NTSTATUS lock_pages(HANDLE process, PVOID *guest_base, SIZE_T *guest_size, ULONG map_type, bool lock)
{
    uint64_t base, size;
    NTSTATUS status = mm_check_process(process);

    if (!status)
        status = read_region(guest_base, guest_size, &base, &size);
    if (status)
        return status;
    if (!map_type || map_type & ~3u)
        return STATUS_INVALID_PARAMETER;
    if (base >= MM_HIGHEST || !size || size > MM_HIGHEST - base)
        return STATUS_INVALID_PARAMETER;
    uint64_t start = mm_round_down(base, MM_PAGE), end = mm_round_up(base + size, MM_PAGE);
    if ((status = check_committed(start, end)))
        return status;
    static uint64_t locked; /* pages; counts successful locks so that an unlock without one is seen */
    if (lock) {
        if (mlock((void *)start, end - start))
            madvise((void *)start, end - start, MADV_WILLNEED);
        __atomic_add_fetch(&locked, (end - start) / MM_PAGE, __ATOMIC_RELAXED);
    } else {
        if (__atomic_load_n(&locked, __ATOMIC_RELAXED) < (end - start) / MM_PAGE)
            return STATUS_NOT_LOCKED;
        __atomic_sub_fetch(&locked, (end - start) / MM_PAGE, __ATOMIC_RELAXED);
        munlock((void *)start, end - start);
    }
    return write_region(guest_base, guest_size, start, end - start);
}

NTSTATUS NtLockVirtualMemory(HANDLE ProcessHandle, PVOID *BaseAddress, SIZE_T *RegionSize, ULONG MapType)
{
    return lock_pages(ProcessHandle, BaseAddress, RegionSize, MapType, true);
}

NTSTATUS NtUnlockVirtualMemory(HANDLE ProcessHandle, PVOID *BaseAddress, SIZE_T *RegionSize, ULONG MapType)
{
    return lock_pages(ProcessHandle, BaseAddress, RegionSize, MapType, false);
}

NTSTATUS NtFlushVirtualMemory(HANDLE ProcessHandle, PVOID *BaseAddress, SIZE_T *RegionSize,
                              IO_STATUS_BLOCK *IoStatus)
{
    uint64_t base, size, start, end = 0;
    bool file = false;
    NTSTATUS status = mm_check_process(ProcessHandle);

    if (!status)
        status = read_region(BaseAddress, RegionSize, &base, &size);
    if (status)
        return status;
    if (base >= MM_HIGHEST || size > MM_HIGHEST - base)
        return STATUS_INVALID_PARAMETER_2;
    start = mm_round_down(base, MM_PAGE);
    mm_lock();
    struct mm_area *area = mm_find(start);
    if (!area || (area->kind != MM_KIND_MAPPED && area->kind != MM_KIND_IMAGE)) {
        status = STATUS_NOT_MAPPED_VIEW;
    } else {
        end = size ? mm_round_up(base + size, MM_PAGE) : area->node.end;
        if (end > area->node.end)
            status = STATUS_NOT_MAPPED_VIEW;
        file = area->kind == MM_KIND_MAPPED && area->path && !area->copy;
    }
    mm_unlock();
    /* Other handles to the file see the view's data at once on Linux; this starts the writing. */
    if (!status && file)
        msync((void *)start, end - start, MS_ASYNC);
    if (!status)
        status = guest_write_iosb(IoStatus, STATUS_SUCCESS, 0);
    return status ? status : write_region(BaseAddress, RegionSize, start, end - start);
}

/* Copies at most size bytes between two guest ranges, stopping at the first page that cannot be
 * accessed. */
static SIZE_T copy_pages(uint8_t *to, const uint8_t *from, SIZE_T size, const uint8_t *paged)
{
    SIZE_T done = 0;

    while (done < size) { /* each page once: a guard page must fail although it is none afterwards */
        SIZE_T step = MM_PAGE - ((uint64_t)(paged + done) & (MM_PAGE - 1));
        if (step > size - done)
            step = size - done;
        if (guest_copy(to + done, from + done, step))
            break;
        done += step;
    }
    return done;
}

NTSTATUS NtReadVirtualMemory(HANDLE ProcessHandle, PVOID BaseAddress, void *Buffer, SIZE_T BufferSize,
                             SIZE_T *NumberOfBytesRead)
{
    SIZE_T done = 0;
    NTSTATUS status = mm_check_process(ProcessHandle);

    if (status && status != STATUS_NOT_SUPPORTED)
        return status;
    if ((uint64_t)BaseAddress + BufferSize < BufferSize || (uint64_t)BaseAddress + BufferSize > MM_HIGHEST)
        return STATUS_ACCESS_VIOLATION;
    if (status) {
        status = mm_remote_transfer(ProcessHandle, BaseAddress, Buffer, BufferSize, false, &done);
    } else {
        done = BufferSize ? copy_pages(Buffer, BaseAddress, BufferSize, BaseAddress) : 0;
        status = done == BufferSize ? STATUS_SUCCESS : STATUS_PARTIAL_COPY;
    }
    if (NumberOfBytesRead)
        guest_write(NumberOfBytesRead, done);
    return status;
}

/* Makes the pages of one protection writable for a debugger-like write; executable code may be
 * patched this way although it is read-only. */
static NTSTATUS write_through(uint8_t *to, const uint8_t *from, SIZE_T size, SIZE_T *ret_done)
{
    SIZE_T done = copy_pages(to, from, size, to);
    NTSTATUS status = STATUS_SUCCESS;

    while (done < size && !status) {
        uint64_t page = mm_round_down((uint64_t)to + done, MM_PAGE), next;
        SIZE_T step = page + MM_PAGE - ((uint64_t)to + done);
        ULONG old, ignored;
        if (step > size - done)
            step = size - done;
        mm_lock();
        struct mm_area *area = mm_find(page);
        uint16_t state = area ? mm_state_at(area, page, &next) : 0;
        ULONG wanted = state == PAGE_EXECUTE || state == PAGE_EXECUTE_READ ? PAGE_EXECUTE_READWRITE : 0;
        status = wanted ? mm_protect_pages(page, page + MM_PAGE, wanted, &old) : STATUS_PARTIAL_COPY;
        mm_unlock();
        if (status)
            break;
        status = guest_copy(to + done, from + done, step);
        mm_lock();
        mm_protect_pages(page, page + MM_PAGE, old, &ignored);
        mm_unlock();
        if (!status)
            done += step;
        if (!status && done < size)
            done += copy_pages(to + done, from + done, size - done, to + done);
    }
    *ret_done = done;
    return done == size ? STATUS_SUCCESS : STATUS_PARTIAL_COPY;
}

NTSTATUS NtWriteVirtualMemory(HANDLE ProcessHandle, PVOID BaseAddress, void *Buffer, SIZE_T BufferSize,
                              SIZE_T *NumberOfBytesWritten)
{
    SIZE_T done = 0;
    NTSTATUS status = mm_check_process(ProcessHandle);

    if (status && status != STATUS_NOT_SUPPORTED)
        return status;
    if ((uint64_t)BaseAddress + BufferSize < BufferSize || (uint64_t)BaseAddress + BufferSize > MM_HIGHEST)
        return STATUS_ACCESS_VIOLATION;
    if (status)
        status = mm_remote_transfer(ProcessHandle, BaseAddress, Buffer, BufferSize, true, &done);
    else if (BufferSize)
        status = write_through(BaseAddress, Buffer, BufferSize, &done);
    if (NumberOfBytesWritten)
        guest_write(NumberOfBytesWritten, done);
    return status;
}

/* x86 keeps instruction caches coherent by itself. */
NTSTATUS NtFlushInstructionCache(HANDLE ProcessHandle, PVOID BaseAddress, SIZE_T Length)
{
    void *process;
    (void)BaseAddress;
    (void)Length;
    NTSTATUS status = ob_handle_lookup(ProcessHandle, &ps_process_type, 0x20 /* PROCESS_VM_WRITE */,
                                       &process);
    if (!status)
        ob_dereference(process);
    return status;
}

NTSTATUS NtSetInformationVirtualMemory(HANDLE ProcessHandle, ULONG VmInformationClass,
                                       ULONG_PTR NumberOfEntries, void *VirtualAddresses, void *VmInformation,
                                       ULONG VmInformationLength)
{
    const NT_MEMORY_RANGE *ranges = VirtualAddresses;
    ULONG flags;
    NTSTATUS status = mm_check_process(ProcessHandle);

    if (status)
        return status;
    if (!NumberOfEntries)
        return STATUS_INVALID_PARAMETER_3;
    switch (VmInformationClass) {
    case VmPrefetchInformationClass:
    case VmPagePriorityInformationClass:
        if (!VmInformation)
            return STATUS_INVALID_PARAMETER_5;
        if (VmInformationLength != sizeof flags)
            return STATUS_INVALID_PARAMETER_6;
        if ((status = guest_copy(&flags, VmInformation, sizeof flags)))
            return status;
        if (VmInformationClass == VmPrefetchInformationClass && flags)
            return STATUS_INVALID_PARAMETER_5;
        if (VmInformationClass == VmPagePriorityInformationClass && (!flags || flags > 5))
            return STATUS_INVALID_PARAMETER_5;
        break;
    case VmCfgCallTargetInformationClass:
        return STATUS_SUCCESS; /* control flow guard is off: every target is valid */
    default: return STATUS_INVALID_PARAMETER_2;
    }
    for (ULONG_PTR i = 0; i < NumberOfEntries; i++) {
        NT_MEMORY_RANGE range;
        if ((status = guest_read(&range, &ranges[i])))
            return status;
        uint64_t start = (uint64_t)range.VirtualAddress;
        if (!range.NumberOfBytes)
            return STATUS_INVALID_PARAMETER_4;
        if (start >= MM_HIGHEST || range.NumberOfBytes > MM_HIGHEST - start)
            return STATUS_INVALID_PARAMETER_4;
        if (VmInformationClass == VmPrefetchInformationClass) {
            start = mm_round_down(start, MM_PAGE);
            madvise((void *)start, (uint64_t)range.VirtualAddress + range.NumberOfBytes - start,
                    MADV_WILLNEED);
        }
    }
    return STATUS_SUCCESS;
}
