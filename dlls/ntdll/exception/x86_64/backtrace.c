/*
 * Walking the calling thread's stack.
 */
#include <nt/exception.h>
#include <nt/peb.h>

ULONG NTAPI RtlWalkFrameChain(PVOID *callers, ULONG count, ULONG flags)
{
    const NT_TIB *tib = (const NT_TIB *)NtCurrentTeb();
    ULONG skip = flags >> 8, stored = 0;
    UNWIND_HISTORY_TABLE history;
    CONTEXT context;
    PVOID handler_data;
    DWORD64 base, frame;

    history.Count = 0;
    RtlCaptureContext(&context);
    for (BOOLEAN first = TRUE; stored < count; first = FALSE) {
        if (context.Rsp < (DWORD64)tib->StackLimit || context.Rsp + 8 > (DWORD64)tib->StackBase ||
            (context.Rsp & 7))
            break;
        RUNTIME_FUNCTION *function = RtlLookupFunctionEntry(context.Rip, &base, &history);
        RtlVirtualUnwind(UNW_FLAG_NHANDLER, base, context.Rip, function, &context, &handler_data, &frame,
                         NULL);
        if (!context.Rip)
            break;
        if (first) /* our own frame */
            continue;
        if (skip)
            skip--;
        else
            callers[stored++] = (PVOID)context.Rip;
    }
    return stored;
}

/* frames_to_skip counts from the caller of this function. */
USHORT NTAPI RtlCaptureStackBackTrace(ULONG frames_to_skip, ULONG count, PVOID *frames, PULONG hash)
{
    PVOID all[192];
    ULONG sum = 0;
    if (count > sizeof all / sizeof *all - 64)
        count = sizeof all / sizeof *all - 64;
    if (frames_to_skip > 0xfe || !count)
        return 0;
    ULONG n = RtlWalkFrameChain(all, count, (frames_to_skip) << 8);
    for (ULONG i = 0; i < n; i++) {
        frames[i] = all[i];
        sum += (ULONG)(ULONG_PTR)all[i];
    }
    if (hash && n)
        *hash = sum;
    return (USHORT)n;
}
