/*
 * What all of kernelbase shares: status to last error, ANSI arguments as Unicode.
 */
#ifndef KERNELBASE_H
#define KERNELBASE_H

#include <nt/peb.h>
#include <nt/rtl.h>
#include <nt/syscalls.h>

static inline PEB *current_peb(void)
{
    return rtl_peb();
}

static inline HANDLE process_heap(void)
{
    return current_peb()->ProcessHeap;
}

static inline BOOL fail(DWORD error)
{
    SetLastError(error);
    return FALSE;
}

/* Memory of the process heap; NULL with the last error set. */
static inline void *allocate(SIZE_T size)
{
    void *memory = RtlAllocateHeap(process_heap(), 0, size);
    if (!memory)
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return memory;
}

static inline void release(void *memory)
{
    if (memory)
        RtlFreeHeap(process_heap(), 0, memory);
}

/* Sets the last error from a failed status; returns NT_SUCCESS(status). */
BOOL set_status(NTSTATUS status);

/* The Unicode form of an ANSI string argument (file APIs' code page included), from the process
 * heap: free_wide it. Returns false with the last error set; NULL gives NULL. */
BOOL ansi_to_wide(const char *text, WCHAR **ret_wide);
void free_wide(WCHAR *wide);

/* ANSI from Unicode, length in WCHARs (-1: terminated): returns bytes needed including the
 * terminator; writes at most size bytes, terminated, only if they suffice. */
DWORD wide_to_ansi(const WCHAR *wide, int length, char *to, DWORD size);

/* A kernel object's name as OBJECT_ATTRIBUTES below the session's object directory. `string` and
 * `attributes` are the caller's; name NULL is an unnamed object. */
void object_attributes(OBJECT_ATTRIBUTES *attributes, UNICODE_STRING *string, const WCHAR *name,
                       const SECURITY_ATTRIBUTES *security, ULONG flags);

/* The private namespace whose alias the name begins with (*ret_rest is what follows), or NULL. */
HANDLE private_directory(const WCHAR *name, const WCHAR **ret_rest);

/* ..._PRIORITY_CLASS, indexed by NT's PROCESS_PRIORITY_CLASS_*; the first is none. */
enum { PRIORITY_CLASSES = 7 };
extern const DWORD priority_classes[PRIORITY_CLASSES];

/* SystemProcessInformation of all processes: release() it. NULL with the last error set. */
void *query_processes(void);

/* Milliseconds (INFINITE: NULL) as an NT time-out. */
LARGE_INTEGER *nt_timeout(LARGE_INTEGER *time, DWORD milliseconds);

#endif
