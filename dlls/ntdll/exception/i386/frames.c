/*
 * Frames that register themselves: the chain of records that starts at FS:0, offered exceptions and
 * unwound. Handlers must be ones that their image names, where it names any (SafeSEH). Nested exceptions
 * and collided unwinds follow the marks that dispatcher.S leaves.
 */
#include <nt/exception.h>
#include <nt/ldr.h>
#include <nt/peb.h>
#include <nt/rtl.h>
#include <nt/syscalls.h>

_Static_assert(sizeof(CONTEXT) == 0x2cc && sizeof(EXCEPTION_RECORD) == 0x50, "context.inc");
_Static_assert(offsetof(CONTEXT, FloatSave) == 0x1c && offsetof(CONTEXT, SegGs) == 0x8c, "context.inc");
_Static_assert(offsetof(CONTEXT, Edi) == 0x9c && offsetof(CONTEXT, Eax) == 0xb0, "context.inc");
_Static_assert(offsetof(CONTEXT, Eip) == 0xb8 && offsetof(CONTEXT, Esp) == 0xc4, "context.inc");
_Static_assert(offsetof(EXCEPTION_RECORD, ExceptionAddress) == 0x0c, "context.inc");
_Static_assert(offsetof(TEB, ExceptionCode) == 0x1a4, "context.inc");

typedef EXCEPTION_REGISTRATION_RECORD frame_record;

#define CHAIN_END ((frame_record *)-1)

EXCEPTION_DISPOSITION __cdecl exception_call_handler(EXCEPTION_RECORD *record, frame_record *frame,
                                                     CONTEXT *context, frame_record **dispatch,
                                                     void *handler);
EXCEPTION_DISPOSITION __cdecl exception_call_unwind_handler(EXCEPTION_RECORD *record, frame_record *frame,
                                                            CONTEXT *context, frame_record **dispatch,
                                                            void *handler);
EXCEPTION_DISPOSITION __cdecl exception_nested_handler(EXCEPTION_RECORD *record, frame_record *frame,
                                                       CONTEXT *context, frame_record **dispatch);
EXCEPTION_DISPOSITION __cdecl exception_collided_handler(EXCEPTION_RECORD *record, frame_record *frame,
                                                         CONTEXT *context, frame_record **dispatch);
EXCEPTION_DISPOSITION __cdecl exception_outermost_handler(EXCEPTION_RECORD *record, frame_record *frame,
                                                          CONTEXT *context, frame_record **dispatch);
void exception_unwind(frame_record *target, EXCEPTION_RECORD *record, CONTEXT *context);
BOOLEAN NTAPI RtlIsValidHandler(PVOID handler);

/* What dispatcher.S pushes: behind the registration, the frame whose handler is being called. */
struct mark {
    frame_record record;
    frame_record *frame;
};

/* An exception in a handler. */
EXCEPTION_DISPOSITION __cdecl exception_nested_handler(EXCEPTION_RECORD *record, frame_record *frame,
                                                       CONTEXT *context, frame_record **dispatch)
{
    (void)context;
    if (record->ExceptionFlags & EXCEPTION_UNWIND)
        return ExceptionContinueSearch;
    *dispatch = ((struct mark *)frame)->frame;
    return ExceptionNestedException;
}

/* An unwind in a handler that is called for an unwind takes over from there. */
EXCEPTION_DISPOSITION __cdecl exception_collided_handler(EXCEPTION_RECORD *record, frame_record *frame,
                                                         CONTEXT *context, frame_record **dispatch)
{
    (void)context;
    if (!(record->ExceptionFlags & EXCEPTION_UNWIND))
        return ExceptionContinueSearch;
    *dispatch = ((struct mark *)frame)->frame;
    return ExceptionCollidedUnwind;
}

/* The frame every thread starts with (RtlUserThreadStart): what is left is for the top-level filter. */
EXCEPTION_DISPOSITION __cdecl exception_outermost_handler(EXCEPTION_RECORD *record, frame_record *frame,
                                                          CONTEXT *context, frame_record **dispatch)
{
    (void)record, (void)frame, (void)context, (void)dispatch;
    return ExceptionContinueSearch;
}

/* Whether the image that contains the handler agrees with its use. */
static BOOLEAN image_allows(char *base, ULONG size, ULONG rva)
{
    IMAGE_NT_HEADERS *nt = RtlImageNtHeader(base);
    if (!nt)
        return FALSE;
    if (nt->OptionalHeader.DllCharacteristics & IMAGE_DLLCHARACTERISTICS_NO_SEH)
        return FALSE;
    if (nt->OptionalHeader.NumberOfRvaAndSizes <= IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG)
        return TRUE;
    const ULONG at = nt->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG].VirtualAddress;
    const ULONG least = offsetof(IMAGE_LOAD_CONFIG_DIRECTORY32, SEHandlerCount) + sizeof(DWORD);
    if (!at || at >= size || size - at < least)
        return TRUE;
    const IMAGE_LOAD_CONFIG_DIRECTORY32 *config = (const void *)(base + at);
    if (config->Size < least || !config->SEHandlerTable || !config->SEHandlerCount)
        return TRUE;
    const ULONG offset = config->SEHandlerTable - (ULONG)base;
    if (offset >= size || config->SEHandlerCount > (size - offset) / sizeof(ULONG))
        return FALSE;
    const ULONG *table = (const ULONG *)(base + offset);
    for (ULONG low = 0, high = config->SEHandlerCount; low < high;) {
        const ULONG middle = (low + high) / 2;
        if (table[middle] == rva)
            return TRUE;
        if (table[middle] < rva)
            low = middle + 1;
        else
            high = middle;
    }
    return FALSE;
}

static BOOLEAN on_stack(const void *address)
{
    const NT_TIB *tib = &rtl_teb()->NtTib;
    return (const char *)address >= (char *)tib->StackLimit && (const char *)address < (char *)tib->StackBase;
}

BOOLEAN NTAPI RtlIsValidHandler(PVOID handler)
{
    MEMORY_BASIC_INFORMATION memory;
    PVOID base;
    ULONG size;

    if (on_stack(handler))
        return FALSE;
    if (ldr_find_image((ULONG_PTR)handler, &base, &size))
        return image_allows(base, size, (ULONG)handler - (ULONG)base);
    /* Code that was made at run time. */
    if (!NT_SUCCESS(NtQueryVirtualMemory(NtCurrentProcess(), handler, 0 /* MemoryBasicInformation */, &memory,
                                         sizeof memory, NULL)))
        return FALSE;
    return memory.State == MEM_COMMIT && (memory.Protect & (PAGE_EXECUTE | PAGE_EXECUTE_READ |
                                                            PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY));
}

/* A registration lies wholly on the thread's stack. */
static BOOLEAN is_frame(const frame_record *frame)
{
    const NT_TIB *tib = &rtl_teb()->NtTib;
    return !((ULONG_PTR)frame & 3) && (char *)frame >= (char *)tib->StackLimit &&
           (char *)frame + sizeof *frame <= (char *)tib->StackBase;
}

BOOLEAN exception_dispatch_to_frames(EXCEPTION_RECORD *record, CONTEXT *context)
{
    frame_record *nested = NULL;

    for (frame_record *frame = (frame_record *)rtl_teb()->NtTib.ExceptionList; frame != CHAIN_END;
         frame = (frame_record *)frame->Next) {
        frame_record *dispatch = NULL;
        if (!is_frame(frame) || !RtlIsValidHandler(frame->Handler)) {
            record->ExceptionFlags |= EXCEPTION_STACK_INVALID;
            return FALSE;
        }
        const EXCEPTION_DISPOSITION disposition = exception_call_handler(record, frame, context, &dispatch,
                                                                         frame->Handler);
        if (frame == nested) {
            record->ExceptionFlags &= ~(DWORD)EXCEPTION_NESTED_CALL;
            nested = NULL;
        }
        switch (disposition) {
        case ExceptionContinueExecution:
            if (record->ExceptionFlags & EXCEPTION_NONCONTINUABLE)
                exception_raise_within(STATUS_NONCONTINUABLE_EXCEPTION, record);
            return TRUE;
        case ExceptionContinueSearch: break;
        case ExceptionNestedException:
            record->ExceptionFlags |= EXCEPTION_NESTED_CALL;
            if (dispatch > nested)
                nested = dispatch;
            break;
        default: exception_raise_within(STATUS_INVALID_DISPOSITION, record);
        }
    }
    return FALSE;
}

/* Calls the handlers of all frames below the target (all there are, for NULL) and takes them off the chain.
 * RtlUnwind restores the context afterwards, which handlers may have changed. */
void exception_unwind(frame_record *target, EXCEPTION_RECORD *record, CONTEXT *context)
{
    TEB *teb = rtl_teb();
    EXCEPTION_RECORD own = {.ExceptionCode = (DWORD)STATUS_UNWIND, .ExceptionAddress = (PVOID)context->Eip};

    if (!record)
        record = &own;
    record->ExceptionFlags |= EXCEPTION_UNWINDING;
    if (!target)
        record->ExceptionFlags |= EXCEPTION_EXIT_UNWIND;
    for (frame_record *frame = (frame_record *)teb->NtTib.ExceptionList;
         frame != CHAIN_END && frame != target;) {
        frame_record *dispatch = NULL;
        if (target && target < frame)
            exception_raise_within(STATUS_INVALID_UNWIND_TARGET, record);
        if (!is_frame(frame) || !RtlIsValidHandler(frame->Handler))
            exception_raise_within(STATUS_BAD_STACK, record);
        switch (exception_call_unwind_handler(record, frame, context, &dispatch, frame->Handler)) {
        case ExceptionContinueSearch: break;
        case ExceptionCollidedUnwind: frame = dispatch; break;
        default: exception_raise_within(STATUS_INVALID_DISPOSITION, record);
        }
        frame = (frame_record *)frame->Next;
        teb->NtTib.ExceptionList = (void *)frame;
    }
}
