/*
 * Fibers. TEB.FiberData is the current fiber, whose first word is its parameter (GetFiberData reads
 * it there). The switch itself is fiber.S; offsets of struct fiber are known there.
 */
#include "kernelbase.h"

#define HAS_FIBER_DATA 0x0004 /* TEB.SameTebFlags */

struct fiber {
    PVOID parameter;
    PVOID exception_list;
    PVOID stack_base;
    PVOID stack_limit;
    PVOID allocation; /* TEB.DeallocationStack */
    PVOID fls_data;
    PVOID stack_pointer; /* the seventh pointer */
    ULONG guaranteed;
    ULONG flags;      /* FIBER_FLAG_FLOAT_SWITCH */
    PVOID activation; /* TEB.ActivationContextStackPointer */
    LPFIBER_START_ROUTINE start;
};

_Static_assert(offsetof(struct fiber, stack_pointer) == 6 * sizeof(PVOID), "fiber.S");

void fiber_switch(struct fiber *from, struct fiber *to); /* fiber.S */
void fiber_entry(void);                                  /* fiber.S: calls fiber_run */

DECLSPEC_NORETURN void NTAPI RtlExitUserThread(NTSTATUS Status);
void fiber_run(struct fiber *fiber);

void fiber_run(struct fiber *fiber)
{
    fiber->start(fiber->parameter);
    RtlExitUserThread(1);
}

static BOOL is_fiber(const TEB *teb)
{
    return (teb->SameTebFlags & HAS_FIBER_DATA) != 0;
}

LPVOID WINAPI ConvertThreadToFiberEx(LPVOID parameter, DWORD flags)
{
    TEB *teb = rtl_teb();
    struct fiber *fiber;

    if (flags & ~(DWORD)FIBER_FLAG_FLOAT_SWITCH) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    if (is_fiber(teb)) {
        SetLastError(ERROR_ALREADY_FIBER);
        return NULL;
    }
    if (!(fiber = RtlAllocateHeap(process_heap(), HEAP_ZERO_MEMORY, sizeof *fiber))) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    fiber->parameter = parameter;
    fiber->flags = flags;
    teb->NtTib.FiberData = fiber;
    teb->SameTebFlags |= HAS_FIBER_DATA;
    return fiber;
}

LPVOID WINAPI ConvertThreadToFiber(LPVOID parameter)
{
    return ConvertThreadToFiberEx(parameter, 0);
}

BOOL WINAPI ConvertFiberToThread(void)
{
    TEB *teb = rtl_teb();

    if (!is_fiber(teb)) {
        SetLastError(ERROR_ALREADY_THREAD);
        return FALSE;
    }
    struct fiber *fiber = teb->NtTib.FiberData;
    teb->SameTebFlags &= (USHORT)~HAS_FIBER_DATA;
    teb->NtTib.FiberData = NULL;
    RtlFreeHeap(process_heap(), 0, fiber);
    return TRUE;
}

BOOL WINAPI IsThreadAFiber(void)
{
    return is_fiber(rtl_teb());
}

LPVOID WINAPI CreateFiberEx(SIZE_T commit, SIZE_T reserve, DWORD flags, LPFIBER_START_ROUTINE start,
                            LPVOID parameter)
{
    const SIZE_T page = 0x1000, guard = 0x2000;
    PVOID base = NULL, address;
    struct fiber *fiber;
    ULONG old;

    if (flags & ~(DWORD)FIBER_FLAG_FLOAT_SWITCH) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    reserve = (reserve + 0xffff) & ~(SIZE_T)0xffff;
    commit = (commit + page - 1) & ~(page - 1);
    if (!reserve)
        reserve = 0x100000;
    if (!commit)
        commit = 4 * page;
    if (commit + guard + page > reserve)
        reserve = (commit + guard + page + 0xffff) & ~(SIZE_T)0xffff;
    if (!(fiber = RtlAllocateHeap(process_heap(), HEAP_ZERO_MEMORY, sizeof *fiber))) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    NTSTATUS status = NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &reserve, MEM_RESERVE,
                                              PAGE_READWRITE);
    if (NT_SUCCESS(status)) {
        SIZE_T size = commit + guard;
        address = (char *)base + reserve - size;
        status = NtAllocateVirtualMemory(NtCurrentProcess(), &address, 0, &size, MEM_COMMIT, PAGE_READWRITE);
        size = guard;
        if (NT_SUCCESS(status))
            status = NtProtectVirtualMemory(NtCurrentProcess(), &address, &size, PAGE_READWRITE | PAGE_GUARD,
                                            &old);
    }
    if (!set_status(status)) {
        SIZE_T all = 0;
        if (base)
            NtFreeVirtualMemory(NtCurrentProcess(), &base, &all, MEM_RELEASE);
        RtlFreeHeap(process_heap(), 0, fiber);
        return NULL;
    }
    fiber->parameter = parameter;
    fiber->start = start;
    fiber->flags = flags;
    fiber->allocation = base;
    fiber->stack_base = (char *)base + reserve;
    fiber->stack_limit = (char *)base + reserve - commit;
#ifdef _WIN64
    /* What fiber_switch pops: eight registers, xmm6 to xmm15 and their control words, the address. */
    ULONG_PTR *sp = (ULONG_PTR *)((char *)fiber->stack_base - 0x38);
    *--sp = (ULONG_PTR)fiber_entry;
    sp -= 8;
    memset(sp, 0, 8 * sizeof *sp);
    sp[0] = (ULONG_PTR)fiber; /* rbx */
    sp = (ULONG_PTR *)((char *)sp - 0xb0);
    memset(sp, 0, 0xb0);
    ((ULONG *)sp)[0] = 0x1f80; /* mxcsr */
    ((ULONG *)sp)[1] = 0x27f;  /* x87 control word */
#else
    /* Control words and DeallocationStack, four registers, the address. */
    ULONG_PTR *sp = (ULONG_PTR *)fiber->stack_base - 4;
    *--sp = (ULONG_PTR)fiber_entry;
    sp -= 7;
    memset(sp, 0, 7 * sizeof *sp);
    sp[0] = 0x1f80;           /* mxcsr */
    sp[1] = 0x27f;            /* x87 control word */
    sp[5] = (ULONG_PTR)fiber; /* ebx */
    fiber->exception_list = (PVOID)(ULONG_PTR)-1;
#endif
    fiber->stack_pointer = sp;
    return fiber;
}

LPVOID WINAPI CreateFiber(SIZE_T stack, LPFIBER_START_ROUTINE start, LPVOID parameter)
{
    return CreateFiberEx(stack, 0, 0, start, parameter);
}

/* Deleting the current fiber ends the thread. */
void WINAPI DeleteFiber(LPVOID handle)
{
    struct fiber *fiber = handle;
    PVOID base;
    SIZE_T size = 0;

    if (!fiber)
        return;
    if (rtl_teb()->NtTib.FiberData == fiber && is_fiber(rtl_teb())) {
        RtlFreeHeap(process_heap(), 0, fiber);
        rtl_teb()->NtTib.FiberData = NULL;
        rtl_teb()->SameTebFlags &= (USHORT)~HAS_FIBER_DATA;
        RtlExitUserThread(1);
    }
    RtlProcessFlsData(fiber->fls_data, 1);
    RtlProcessFlsData(fiber->fls_data, 2);
    base = fiber->allocation;
    if (base)
        NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_RELEASE);
    RtlFreeHeap(process_heap(), 0, fiber);
}

void WINAPI SwitchToFiber(LPVOID handle)
{
    TEB *teb = rtl_teb();
    struct fiber *from = teb->NtTib.FiberData, *to = handle;

    if (from == to)
        return;
    from->exception_list = teb->NtTib.ExceptionList;
    from->stack_base = teb->NtTib.StackBase;
    from->stack_limit = teb->NtTib.StackLimit;
    from->fls_data = teb->FlsData;
    from->guaranteed = teb->GuaranteedStackBytes;
    from->activation = teb->ActivationContextStackPointer;
    teb->FlsData = to->fls_data;
    teb->GuaranteedStackBytes = to->guaranteed;
    if (to->activation)
        teb->ActivationContextStackPointer = to->activation;
    teb->NtTib.FiberData = to;
    fiber_switch(from, to);
}
