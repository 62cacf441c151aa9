/*
 * What advapi32's files share.
 */
#ifndef ADVAPI32_H
#define ADVAPI32_H

#include <nt/rtl.h>

static inline BOOL fail(DWORD error)
{
    SetLastError(error);
    return FALSE;
}

static inline BOOL check_status(NTSTATUS status)
{
    return NT_SUCCESS(status) ? TRUE : fail(RtlNtStatusToDosError(status));
}

static inline void *allocate(SIZE_T size)
{
    return RtlAllocateHeap(rtl_peb()->ProcessHeap, HEAP_ZERO_MEMORY, size);
}

static inline void release(void *memory)
{
    RtlFreeHeap(rtl_peb()->ProcessHeap, 0, memory);
}

/* A copy in Unicode from the process heap; NULL for NULL (and without memory: *ret_failed, if given). */
WCHAR *widen(LPCSTR text);

/* Reads a SID ("S-1-..." or a two-letter alias), moves *text behind it; LocalAlloc'ed. Last error on failure.
 */
BOOL parse_sid(LPCWSTR *text, PSID *ret_sid);

/* The two-letter alias of a SID, or NULL. */
const WCHAR *sid_alias(PSID sid);

/* The process's user as a SID in a buffer of SECURITY_MAX_SID_SIZE bytes. */
BOOL current_user_sid(PSID buffer);

#endif
