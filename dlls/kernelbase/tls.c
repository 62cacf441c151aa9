/*
 * Thread-local and fiber-local storage. The used indices are the bits of PEB.TlsBitmapBits (64) and
 * PEB.TlsExpansionBitmapBits (1024), guarded by the PEB lock.
 */
#include "kernelbase.h"

#define FIRST                TLS_MINIMUM_AVAILABLE
#define EXPANSION            1024
#define THREAD_ZERO_TLS_CELL 10 /* ThreadZeroTlsCell */

static ULONG *word_of(DWORD index)
{
    PEB *peb = current_peb();
    return index < FIRST ? &peb->TlsBitmapBits[index / 32]
                         : &peb->TlsExpansionBitmapBits[(index - FIRST) / 32];
}

DWORD WINAPI TlsAlloc(void)
{
    TEB *teb = rtl_teb();
    DWORD index;

    RtlAcquirePebLock();
    for (index = 1; index < FIRST + EXPANSION && *word_of(index) >> index % 32 & 1; index++)
        ;
    if (index >= FIRST && index < FIRST + EXPANSION && !teb->TlsExpansionSlots) {
        void *slots = RtlAllocateHeap(process_heap(), HEAP_ZERO_MEMORY, EXPANSION * sizeof(void *));
        if (!slots) {
            RtlReleasePebLock();
            SetLastError(ERROR_NOT_ENOUGH_MEMORY);
            return TLS_OUT_OF_INDEXES;
        }
        teb->TlsExpansionSlots = slots;
    }
    if (index < FIRST + EXPANSION)
        *word_of(index) |= 1u << index % 32;
    RtlReleasePebLock();
    if (index == FIRST + EXPANSION) {
        SetLastError(ERROR_NO_MORE_ITEMS);
        return TLS_OUT_OF_INDEXES;
    }
    if (index < FIRST)
        teb->TlsSlots[index] = NULL;
    else
        teb->TlsExpansionSlots[index - FIRST] = NULL;
    return index;
}

/* Clears the value in every thread, so that the next owner of the index finds NULL. */
BOOL WINAPI TlsFree(DWORD index)
{
    TEB *teb = rtl_teb();
    BOOL used = FALSE;

    RtlAcquirePebLock();
    if (index < FIRST + EXPANSION && (used = *word_of(index) >> index % 32 & 1)) {
        NtSetInformationThread(NtCurrentThread(), THREAD_ZERO_TLS_CELL, &index, sizeof index);
        if (index < FIRST)
            teb->TlsSlots[index] = NULL;
        else if (teb->TlsExpansionSlots)
            teb->TlsExpansionSlots[index - FIRST] = NULL;
        *word_of(index) &= ~(1u << index % 32);
    }
    RtlReleasePebLock();
    if (!used)
        SetLastError(ERROR_INVALID_PARAMETER);
    return used;
}

/* Sets the last error to success: NULL is a value, too. */
LPVOID WINAPI TlsGetValue(DWORD index)
{
    TEB *teb = rtl_teb();

    teb->LastErrorValue = ERROR_SUCCESS;
    if (index < FIRST)
        return teb->TlsSlots[index];
    if (index >= FIRST + EXPANSION) {
        teb->LastErrorValue = ERROR_INVALID_PARAMETER;
        return NULL;
    }
    return teb->TlsExpansionSlots ? teb->TlsExpansionSlots[index - FIRST] : NULL;
}

BOOL WINAPI TlsSetValue(DWORD index, LPVOID value)
{
    TEB *teb = rtl_teb();

    if (index < FIRST) {
        teb->TlsSlots[index] = value;
        return TRUE;
    }
    if (index >= FIRST + EXPANSION) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!teb->TlsExpansionSlots && !(teb->TlsExpansionSlots = RtlAllocateHeap(
                                         process_heap(), HEAP_ZERO_MEMORY, EXPANSION * sizeof(void *)))) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    teb->TlsExpansionSlots[index - FIRST] = value;
    return TRUE;
}

DWORD WINAPI FlsAlloc(PFLS_CALLBACK_FUNCTION callback)
{
    ULONG index;

    return set_status(RtlFlsAlloc(callback, &index)) ? index : FLS_OUT_OF_INDEXES;
}

BOOL WINAPI FlsFree(DWORD index)
{
    return set_status(RtlFlsFree(index));
}
BOOL WINAPI FlsSetValue(DWORD index, PVOID value)
{
    return set_status(RtlFlsSetValue(index, value));
}

PVOID WINAPI FlsGetValue(DWORD index)
{
    PVOID value = NULL;

    if (set_status(RtlFlsGetValue(index, &value)))
        SetLastError(ERROR_SUCCESS);
    return value;
}
