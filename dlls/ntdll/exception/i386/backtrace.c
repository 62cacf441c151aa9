/*
 * Walking the calling thread's stack by its frame pointers.
 */
#include <nt/exception.h>
#include <nt/rtl.h>

ULONG NTAPI RtlWalkFrameChain(PVOID *callers, ULONG count, ULONG flags)
{
    const NT_TIB *tib = &rtl_teb()->NtTib;
    ULONG_PTR *frame = __builtin_frame_address(0);
    ULONG skip = flags >> 8, stored = 0;

    while (stored < count) {
        if (!frame[1])
            break;
        if (skip)
            skip--;
        else
            callers[stored++] = (PVOID)frame[1];
        ULONG_PTR *next = (ULONG_PTR *)frame[0];
        if (next <= frame || (ULONG_PTR)next & 3 || (char *)(next + 2) > (char *)tib->StackBase)
            break;
        frame = next;
    }
    return stored;
}

/* frames_to_skip counts from the caller of this function. */
USHORT NTAPI RtlCaptureStackBackTrace(ULONG frames_to_skip, ULONG count, PVOID *frames, PULONG hash)
{
    const NT_TIB *tib = &rtl_teb()->NtTib;
    ULONG_PTR *frame = __builtin_frame_address(0);
    ULONG sum = 0;
    USHORT stored = 0;

    if (frames_to_skip > 0xfe)
        return 0;
    while (stored < count && frame[1]) {
        if (frames_to_skip) {
            frames_to_skip--;
        } else {
            frames[stored++] = (PVOID)frame[1];
            sum += frame[1];
        }
        ULONG_PTR *next = (ULONG_PTR *)frame[0];
        if (next <= frame || (ULONG_PTR)next & 3 || (char *)(next + 2) > (char *)tib->StackBase)
            break;
        frame = next;
    }
    if (hash && stored)
        *hash = sum;
    return stored;
}
