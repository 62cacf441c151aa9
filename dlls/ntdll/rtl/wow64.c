/*
 * What a 32-bit program asks about the 64-bit system around it; 64-bit programs may ask, too.
 */
#include <nt/rtl.h>
#include <nt/syscalls.h>

NTSTATUS NTAPI RtlGetNativeSystemInformation(ULONG class, PVOID information, ULONG length, ULONG *returned)
{
    return GwNativeSystemInformation(class, information, length, returned);
}

NTSTATUS NTAPI RtlWow64EnableFsRedirectionEx(ULONG disable, ULONG *previous)
{
#ifdef _WIN64
    (void)disable, (void)previous;
    return STATUS_NOT_IMPLEMENTED;
#else
    return GwFsRedirection(disable, previous);
#endif
}

NTSTATUS NTAPI RtlWow64EnableFsRedirection(BOOLEAN enable)
{
    ULONG previous;
    return RtlWow64EnableFsRedirectionEx(!enable, &previous);
}

NTSTATUS NTAPI RtlWow64GetProcessMachines(HANDLE process, USHORT *machine, USHORT *native)
{
    enum { ProcessWow64Information = 26 };
    ULONG_PTR peb;
    NTSTATUS status = NtQueryInformationProcess(process, ProcessWow64Information, &peb, sizeof peb, NULL);
    if (!NT_SUCCESS(status))
        return status;
    *machine = peb ? IMAGE_FILE_MACHINE_I386 : IMAGE_FILE_MACHINE_UNKNOWN;
    if (native)
        *native = IMAGE_FILE_MACHINE_AMD64;
    return STATUS_SUCCESS;
}

USHORT NTAPI RtlWow64GetCurrentMachine(void)
{
#ifdef _WIN64
    return IMAGE_FILE_MACHINE_AMD64;
#else
    return IMAGE_FILE_MACHINE_I386;
#endif
}

NTSTATUS NTAPI RtlWow64IsWowGuestMachineSupported(USHORT machine, BOOLEAN *supported)
{
    *supported = machine == IMAGE_FILE_MACHINE_I386;
    return STATUS_SUCCESS;
}

/* ---------------------------------------------------------------- threads */

enum { ThreadWow64Context = 29 };

NTSTATUS NTAPI RtlWow64GetThreadContext(HANDLE thread, WOW64_CONTEXT *context)
{
    return NtQueryInformationThread(thread, ThreadWow64Context, context, sizeof *context, NULL);
}

NTSTATUS NTAPI RtlWow64SetThreadContext(HANDLE thread, const WOW64_CONTEXT *context)
{
    return NtSetInformationThread(thread, ThreadWow64Context, (void *)context, sizeof *context);
}

NTSTATUS NTAPI RtlWow64SuspendThread(HANDLE thread, ULONG *previous)
{
    return NtSuspendThread(thread, previous);
}

/* Code and data are flat; FS is a page at the thread's 32-bit TEB. */
static BOOLEAN describe_selector(HANDLE thread, WOW64_CONTEXT *context, ULONG selector,
                                 WOW64_LDT_ENTRY *entry)
{
    enum { SYSTEM_DPL3 = 3, DATA = 0x13, CODE = 0x1b };
    ULONG base = 0, limit = 0xfffff, type;

    RtlZeroMemory(entry, sizeof *entry);
    if (!(selector & ~3u))
        return FALSE;
    if ((selector | 3) == (context->SegCs | 3)) {
        type = CODE;
    } else if ((selector | 3) == (context->SegDs | 3) || (selector | 3) == (context->SegSs | 3)) {
        type = DATA;
    } else if ((selector | 3) == (context->SegFs | 3)) {
        struct {
            NTSTATUS exit_status;
            ULONG_PTR teb, process, id, affinity;
            LONG priority, base_priority;
        } basic;
        if (!NT_SUCCESS(NtQueryInformationThread(thread, 0, &basic, sizeof basic, NULL)) || !basic.teb)
            return FALSE;
        base = (ULONG)basic.teb + (sizeof(void *) == 8 ? 0x2000 : 0);
        limit = 0xfff;
        type = DATA;
    } else {
        return FALSE;
    }
    entry->LimitLow = (WORD)limit;
    entry->BaseLow = (WORD)base;
    entry->HighWord.Bits.BaseMid = (base >> 16) & 0xff;
    entry->HighWord.Bits.BaseHi = base >> 24;
    entry->HighWord.Bits.Type = type;
    entry->HighWord.Bits.Dpl = SYSTEM_DPL3;
    entry->HighWord.Bits.Pres = 1;
    entry->HighWord.Bits.LimitHi = limit >> 16;
    entry->HighWord.Bits.Default_Big = 1;
    entry->HighWord.Bits.Granularity = limit == 0xfffff;
    return TRUE;
}

/* In: a selector; out: its descriptor behind it. */
NTSTATUS NTAPI RtlWow64GetThreadSelectorEntry(HANDLE thread, void *information, ULONG length, ULONG *returned)
{
    struct {
        ULONG selector;
        WOW64_LDT_ENTRY entry;
    } *request = information;
    WOW64_CONTEXT context;
    NTSTATUS status;

    if (length != sizeof *request)
        return STATUS_INFO_LENGTH_MISMATCH;
    RtlZeroMemory(&context, sizeof context);
    context.ContextFlags = WOW64_CONTEXT_CONTROL | WOW64_CONTEXT_SEGMENTS;
    status = RtlWow64GetThreadContext(thread, &context);
    if (NT_SUCCESS(status) && !describe_selector(thread, &context, request->selector, &request->entry))
        status = STATUS_ACCESS_VIOLATION; /* as Windows: none there */
    if (NT_SUCCESS(status) && returned)
        *returned = sizeof *request;
    return status;
}

#ifndef _WIN64
/* ---------------------------------------------------------------- 64-bit processes, in their own layouts */

NTSTATUS NTAPI NtWow64ReadVirtualMemory64(HANDLE process, ULONGLONG address, PVOID buffer, ULONGLONG size,
                                          ULONGLONG *done)
{
    return GwTransferMemory64(process, address, buffer, size, FALSE, done);
}

NTSTATUS NTAPI NtWow64WriteVirtualMemory64(HANDLE process, ULONGLONG address, PVOID buffer, ULONGLONG size,
                                           ULONGLONG *done)
{
    return GwTransferMemory64(process, address, buffer, size, TRUE, done);
}

NTSTATUS NTAPI NtWow64QueryInformationProcess64(HANDLE process, ULONG class, PVOID information, ULONG length,
                                                ULONG *returned)
{
    return GwQueryInformationProcess64(process, class, information, length, returned);
}

NTSTATUS NTAPI NtWow64AllocateVirtualMemory64(HANDLE process, ULONGLONG *address, ULONGLONG zero_bits,
                                              ULONGLONG *size, ULONG type, ULONG protect)
{
    return GwAllocateVirtualMemory64(process, address, zero_bits, size, type, protect);
}

NTSTATUS NTAPI NtWow64GetNativeSystemInformation(ULONG class, PVOID information, ULONG length,
                                                 ULONG *returned)
{
    return GwNativeSystemInformation(class, information, length, returned);
}
#endif
