/*
 * Exceptions, APCs and thread starts of i386 code: the frames that the 32-bit ntdll expects, as Windows
 * lays them; NtContinue and the thread-context calls with an i386 CONTEXT.
 */
#include "ke/breakpoint.h"
#include "ke/signal.h"
#include "mm/guest.h"
#include "ps/ntdll.h"
#include "ps/ps.h"
#include "ps/thread.h"
#include "wow/thunk.h"
#include <nt/syscalls.h>
#include <string.h>

#define EXCEPTION_FLAGS (CONTEXT32_FULL | CONTEXT32_FLOATING_POINT | CONTEXT32_EXTENDED_REGISTERS)

/* What KiUserExceptionDispatcher finds at ESP. */
struct exception_frame32 {
    PTR32 record_pointer, context_pointer;
    EXCEPTION_RECORD32 record;
    CONTEXT32 context;
    CONTEXT_EX context_ex; /* this and the rest only with CONTEXT_XSTATE */
    uint8_t xstate[XSTATE_AREA_SIZE];
};

/* What KiUserApcDispatcher finds at ESP. */
struct apc_frame32 {
    PTR32 routine, a1, a2, a3;
    CONTEXT32 context;
    CONTEXT_EX context_ex;
    uint8_t xstate[XSTATE_AREA_SIZE];
};

/* What LdrInitializeThunk finds at ESP: a return address that is none, its arguments, then a context. */
struct start_frame32 {
    PTR32 return_address, context_pointer, ntdll, unused[2];
    CONTEXT32 context;
};

/* Adds what is beyond SSE, if it is in use, behind a context; returns the size of both. Offsets count from
 * the CONTEXT_EX. */
static size_t add_xstate(CONTEXT32 *context, CONTEXT_EX *extension, uint8_t *area, const uint8_t *xsave,
                         uint64_t mask)
{
    if (!mask)
        return sizeof *context;
    size_t size = ke_pack_xstate(area, xsave, mask);
    context->ContextFlags |= CONTEXT32_XSTATE;
    extension->All.Offset = extension->Legacy.Offset = -(LONG)sizeof *context;
    extension->Legacy.Length = sizeof *context;
    extension->XState.Offset = (LONG)(area - (uint8_t *)extension);
    extension->XState.Length = (DWORD)size;
    extension->All.Length = (DWORD)(sizeof *context + sizeof *extension + size);
    return extension->All.Length;
}

static void enter_at(struct ke_thread *thread, const void *eip, uint32_t esp)
{
    thread->frame.rip = (uint64_t)eip;
    thread->frame.rsp = esp;
    thread->full_context = 0;
}

/* The 64-bit record's parameters are words, and so is the address of a fault. */
void wow_narrow_record(const EXCEPTION_RECORD *from, EXCEPTION_RECORD32 *to)
{
    memset(to, 0, sizeof *to);
    to->ExceptionCode = from->ExceptionCode;
    to->ExceptionFlags = from->ExceptionFlags;
    to->ExceptionRecord = (PTR32)(uint64_t)from->ExceptionRecord;
    to->ExceptionAddress = (PTR32)(uint64_t)from->ExceptionAddress;
    to->NumberParameters = from->NumberParameters;
    for (DWORD i = 0; i < from->NumberParameters && i < EXCEPTION_MAXIMUM_PARAMETERS; i++)
        to->ExceptionInformation[i] = (ULONG)from->ExceptionInformation[i];
}

static void widen_record(const EXCEPTION_RECORD32 *from, EXCEPTION_RECORD *to)
{
    memset(to, 0, sizeof *to);
    to->ExceptionCode = from->ExceptionCode;
    to->ExceptionFlags = from->ExceptionFlags;
    to->ExceptionRecord = wow_pointer(from->ExceptionRecord);
    to->ExceptionAddress = wow_pointer(from->ExceptionAddress);
    to->NumberParameters = from->NumberParameters;
    for (DWORD i = 0; i < from->NumberParameters && i < EXCEPTION_MAXIMUM_PARAMETERS; i++)
        to->ExceptionInformation[i] = from->ExceptionInformation[i];
}

void wow_raise_frame(const EXCEPTION_RECORD *record, const CONTEXT *context, uint64_t xstate_mask)
{
    struct ke_thread *thread = ke_self;
    struct exception_frame32 frame;
    size_t size = offsetof(struct exception_frame32, context);
    uint32_t esp;

    if (context->SegCs == WOW_CODE_64)
        ke_crash(record, context, "64-bit code in a 32-bit program raised it");
    memset(&frame.context, 0, sizeof frame.context);
    frame.context.ContextFlags = CONTEXT32_ALL;
    wow_context_get(context, &frame.context);
    size += add_xstate(&frame.context, &frame.context_ex, frame.xstate, thread->xsave, xstate_mask);
    esp = (uint32_t)((context->Rsp - size) & ~3ull);
    frame.record_pointer = esp + offsetof(struct exception_frame32, record);
    frame.context_pointer = esp + offsetof(struct exception_frame32, context);
    wow_narrow_record(record, &frame.record);

    thread->frame.rsp = context->Rsp; /* from here on a fault concerns the exception's stack */
    if (!NT_SUCCESS(guest_copy(wow_pointer(esp), &frame, size)))
        ke_crash(record, context, "the stack cannot take the exception");
    if (!ps_ntdll.KiUserExceptionDispatcher)
        ke_crash(record, context, "ntdll has no KiUserExceptionDispatcher");
    enter_at(thread, ps_ntdll.KiUserExceptionDispatcher, esp);
}

NTSTATUS wow_deliver_apc(void *routine, void *a1, void *a2, void *a3, uint64_t rax)
{
    struct ke_thread *thread = ke_self;
    struct apc_frame32 frame;

    ke_make_full_context(thread, rax);
    frame.routine = (PTR32)(uint64_t)routine;
    frame.a1 = (PTR32)(uint64_t)a1;
    frame.a2 = (PTR32)(uint64_t)a2;
    frame.a3 = (PTR32)(uint64_t)a3;
    memset(&frame.context, 0, sizeof frame.context);
    frame.context.ContextFlags = EXCEPTION_FLAGS;
    wow_context_get(&thread->context, &frame.context);
    size_t size = offsetof(struct apc_frame32, context) + add_xstate(&frame.context, &frame.context_ex,
                                                                     frame.xstate, thread->xsave,
                                                                     thread->xstate_mask);
    uint32_t esp = (uint32_t)((thread->context.Rsp - size) & ~3ull);
    NTSTATUS status = guest_copy(wow_pointer(esp), &frame, size);
    if (NT_SUCCESS(status))
        enter_at(thread, ps_ntdll.KiUserApcDispatcher, esp);
    return status;
}

void wow_raise_user_exception(NTSTATUS status)
{
    struct ke_thread *thread = ke_self;
    PTR32 back = (PTR32)thread->frame.rip;
    guest_write(&wow_teb(thread->teb)->ExceptionCode, status);
    if (thread->full_context || !ps_ntdll.KiRaiseUserExceptionDispatcher)
        return;
    uint32_t esp = (uint32_t)thread->frame.rsp - 4;
    if (NT_SUCCESS(guest_copy(wow_pointer(esp), &back, sizeof back)))
        enter_at(thread, ps_ntdll.KiRaiseUserExceptionDispatcher, esp);
}

/* ---------------------------------------------------------------- threads begin */

void wow_initial_context(CONTEXT *context, const void *routine, const void *argument, uint64_t stack_base)
{
    memset(context, 0, sizeof *context);
    context->ContextFlags = CONTEXT_FULL;
    context->SegCs = WOW_CODE_SELECTOR;
    context->SegDs = context->SegEs = context->SegSs = WOW_DATA_SELECTOR;
    context->EFlags = 0x200;
    context->MxCsr = context->FltSave.MxCsr = 0x1f80;
    context->FltSave.MxCsr_Mask = 0xffff;
    context->FltSave.ControlWord = 0x27f;
    context->Rip = (DWORD64)ps_ntdll.RtlUserThreadStart;
    context->Rax = (DWORD64)routine;
    context->Rbx = (DWORD64)argument;
    context->Rsp = stack_base - 0x10;
}

NTSTATUS wow_start_context(struct ke_thread *thread, const CONTEXT *initial)
{
    struct start_frame32 frame = {.ntdll = (PTR32)(uint64_t)ps_ntdll.base};
    uint32_t esp = (uint32_t)((initial->Rsp - 0x100 - sizeof frame) & ~15ull) - 4;
    frame.context_pointer = esp + offsetof(struct start_frame32, context);
    frame.context.ContextFlags = EXCEPTION_FLAGS;
    wow_context_get(initial, &frame.context);
    NTSTATUS status = guest_copy(wow_pointer(esp), &frame, sizeof frame);
    if (!NT_SUCCESS(status))
        return status;
    thread->context = *initial;
    thread->context.Rip = (DWORD64)ps_ntdll.LdrInitializeThunk;
    thread->context.Rsp = esp;
    thread->context.Rbp = 0;
    thread->context.EFlags = 0x200;
    return STATUS_SUCCESS;
}

/* ---------------------------------------------------------------- the calls with a context */

/* Reads an i386 CONTEXT; the extended registers only if its flags say that they are there. */
static NTSTATUS read_context(uint32_t guest, CONTEXT32 *ret_context)
{
    const size_t head = offsetof(CONTEXT32, ExtendedRegisters);
    NTSTATUS status = guest_copy(ret_context, wow_pointer(guest), head);
    if (NT_SUCCESS(status) &&
        (ret_context->ContextFlags & CONTEXT32_EXTENDED_REGISTERS) == CONTEXT32_EXTENDED_REGISTERS)
        status = guest_copy(ret_context->ExtendedRegisters, (uint8_t *)wow_pointer(guest) + head,
                            sizeof ret_context->ExtendedRegisters);
    return status;
}

static NTSTATUS go_on(uint32_t guest, bool test_alert)
{
    struct ke_thread *thread = ke_self;
    CONTEXT32 context;
    NTSTATUS status = read_context(guest, &context);
    if (!NT_SUCCESS(status))
        return status;
    uint64_t xstate_mask = 0;
    if ((context.ContextFlags & CONTEXT32_XSTATE) == CONTEXT32_XSTATE && ke_xsave_mask()) {
        CONTEXT_EX extension;
        uint8_t *place = (uint8_t *)wow_pointer(guest) + sizeof context;
        status = guest_copy(&extension, place, sizeof extension);
        if (NT_SUCCESS(status))
            status = ke_unpack_xstate(place + extension.XState.Offset, extension.XState.Length, thread->xsave,
                                      &xstate_mask);
        if (!NT_SUCCESS(status))
            return status;
    }
    ke_make_full_context(thread, 0);
    wow_context_set(&thread->context, &context);
    if ((context.ContextFlags & CONTEXT32_DEBUG_REGISTERS) == CONTEXT32_DEBUG_REGISTERS)
        ke_breakpoints_set(thread, &thread->context);
    thread->xstate_mask = xstate_mask;
    if (test_alert)
        NtTestAlert();
    return STATUS_SUCCESS;
}

NTSTATUS wow_NtContinue(const uint32_t *a)
{
    return go_on(a[0], (BOOLEAN)a[1]);
}

NTSTATUS wow_NtContinueEx(const uint32_t *a)
{
    struct {
        ULONG ContinueType, ContinueFlags;
    } argument;
    bool test_alert = a[1] != 0;
    if (a[1] > 0xff) {
        NTSTATUS status = guest_copy(&argument, wow_pointer(a[1]), sizeof argument);
        if (!NT_SUCCESS(status))
            return status;
        test_alert = argument.ContinueFlags & 1;
    }
    return go_on(a[0], test_alert);
}

NTSTATUS wow_NtRaiseException(const uint32_t *a)
{
    EXCEPTION_RECORD32 narrow = {0};
    EXCEPTION_RECORD record;
    CONTEXT32 context;
    NTSTATUS status = read_context(a[1], &context);
    if (NT_SUCCESS(status))
        status = guest_copy(&narrow, wow_pointer(a[0]), offsetof(EXCEPTION_RECORD32, ExceptionInformation));
    if (NT_SUCCESS(status) && narrow.NumberParameters > EXCEPTION_MAXIMUM_PARAMETERS)
        status = STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(status))
        status = guest_copy(narrow.ExceptionInformation,
                            (uint8_t *)wow_pointer(a[0]) + offsetof(EXCEPTION_RECORD32, ExceptionInformation),
                            narrow.NumberParameters * sizeof(ULONG));
    if (!NT_SUCCESS(status))
        return status;
    widen_record(&narrow, &record);
    uint8_t full_before = ke_self->full_context;
    ke_make_full_context(ke_self, 0);
    CONTEXT full = ke_self->context;
    ke_self->full_context = full_before;
    full.ContextFlags = CONTEXT_ALL;
    wow_context_set(&full, &context);
    return ke_raise_from_call(&record, &full, (BOOLEAN)a[2]);
}

/* The thread of a handle for its context; referenced. */
static NTSTATUS find_thread(uint32_t handle, ACCESS_MASK access, struct ps_thread **ret_thread)
{
    return ob_handle_lookup(wow_handle(handle), &ps_thread_type, access, (void **)ret_thread);
}

/* What the flags do not name stays: the parts are laid over what the thread has. */
static NTSTATUS access_context(struct ps_thread *thread, CONTEXT32 *context, bool set)
{
    CONTEXT full = {.ContextFlags = CONTEXT_ALL};
    NTSTATUS status = ps_access_context(thread, &full, false);
    if (!NT_SUCCESS(status))
        return status;
    if (!set) {
        wow_context_get(&full, context);
        return STATUS_SUCCESS;
    }
    wow_context_set(&full, context);
    return ps_access_context(thread, &full, true);
}

static size_t context_size(const CONTEXT32 *context)
{
    return (context->ContextFlags & CONTEXT32_EXTENDED_REGISTERS) == CONTEXT32_EXTENDED_REGISTERS
               ? sizeof *context
               : offsetof(CONTEXT32, ExtendedRegisters);
}

NTSTATUS wow_NtGetContextThread(const uint32_t *a)
{
    CONTEXT32 context;
    struct ps_thread *thread;
    NTSTATUS status = find_thread(a[0], THREAD_GET_CONTEXT, &thread);
    if (!NT_SUCCESS(status))
        return status;
    status = read_context(a[1], &context);
    if (NT_SUCCESS(status))
        status = access_context(thread, &context, false);
    ob_dereference(thread);
    return NT_SUCCESS(status) ? guest_copy(wow_pointer(a[1]), &context, context_size(&context)) : status;
}

NTSTATUS wow_NtSetContextThread(const uint32_t *a)
{
    CONTEXT32 context;
    struct ps_thread *thread;
    NTSTATUS status = find_thread(a[0], THREAD_SET_CONTEXT, &thread);
    if (!NT_SUCCESS(status))
        return status;
    status = read_context(a[1], &context);
    if (NT_SUCCESS(status))
        status = access_context(thread, &context, true);
    ob_dereference(thread);
    return status;
}

NTSTATUS wow_access_context(struct ps_thread *thread, void *guest, ULONG length, bool set)
{
    CONTEXT32 context;
    if (length != sizeof context)
        return STATUS_INFO_LENGTH_MISMATCH;
    if (!thread->process->wow)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = guest_copy(&context, guest, sizeof context);
    /* 64-bit debuggers (gdb) give the flags with their own kind's bit, which Windows takes, too. */
    ULONG flags = context.ContextFlags;
    context.ContextFlags = (flags & ~CONTEXT_AMD64) | CONTEXT32_I386;
    if (NT_SUCCESS(status))
        status = access_context(thread, &context, set);
    context.ContextFlags = flags;
    return NT_SUCCESS(status) && !set ? guest_copy(guest, &context, sizeof context) : status;
}
