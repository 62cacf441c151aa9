/*
 * Activation contexts as objects, and each thread's stack of active ones (TEB.ActivationContextStackPointer).
 * A context that is NULL stands for the process's default.
 */
#include "private.h"
#include <nt/exception.h>

enum { CONTEXT_MAGIC = 0x78744353, COOKIE_TYPE = 1 << 28 };

struct frame {
    RTL_ACTIVATION_CONTEXT_STACK_FRAME frame; /* first */
    ULONG_PTR cookie;
};

ACTIVATION_CONTEXT *sxs_process_default;
static LONG last_stack_id;

/* ------------------------------------------------------------------ contexts */

static BOOLEAN is_context(const ACTIVATION_CONTEXT *context)
{
    return !SXS_IS_SPECIAL(context) && context->magic == CONTEXT_MAGIC;
}

const ACTIVATION_CONTEXT_DATA *sxs_data(ACTIVATION_CONTEXT *context)
{
    if (!context)
        context = sxs_process_default;
    return context && is_context(context) && !context->zombie ? context->data : NULL;
}

NTSTATUS NTAPI RtlCreateActivationContext(ULONG flags, const ACTIVATION_CONTEXT_DATA *data, ULONG extra,
                                          PACTIVATION_CONTEXT_NOTIFY_ROUTINE routine, PVOID notify_context,
                                          ACTIVATION_CONTEXT **ret_context)
{
    if (flags || !ret_context || !data || data->Magic != ACTIVATION_CONTEXT_DATA_MAGIC ||
        data->FormatVersion != ACTIVATION_CONTEXT_DATA_FORMAT_WHISTLER)
        return STATUS_INVALID_PARAMETER;
    ACTIVATION_CONTEXT *context = ldr_allocate(sizeof *context + extra);
    if (!context)
        return STATUS_NO_MEMORY;
    context->magic = CONTEXT_MAGIC;
    context->references = 1;
    context->data = data;
    context->notify = routine;
    context->notify_context = notify_context;
    *ret_context = context;
    return STATUS_SUCCESS;
}

void NTAPI RtlAddRefActivationContext(ACTIVATION_CONTEXT *context)
{
    if (is_context(context))
        InterlockedIncrement(&context->references);
}

void NTAPI RtlReleaseActivationContext(ACTIVATION_CONTEXT *context)
{
    BOOLEAN disable = FALSE;

    if (!is_context(context) || InterlockedDecrement(&context->references))
        return;
    if (context->notify)
        context->notify(ACTIVATION_CONTEXT_NOTIFICATION_DESTROY, context,
                        (ACTIVATION_CONTEXT_DATA *)context->data, context->notify_context, NULL, &disable);
    context->magic = 0;
    ldr_free(context);
}

/* The context stays, but nothing is found in it any more. */
NTSTATUS NTAPI RtlZombifyActivationContext(ACTIVATION_CONTEXT *context)
{
    if (!is_context(context))
        return STATUS_INVALID_PARAMETER;
    context->zombie = TRUE;
    return STATUS_SUCCESS;
}

static void NTAPI free_data(ULONG type, ACTIVATION_CONTEXT *context, ACTIVATION_CONTEXT_DATA *data,
                            PVOID notify_context, PVOID notify_data, BOOLEAN *disable)
{
    (void)context, (void)notify_context, (void)notify_data, (void)disable;
    if (type == ACTIVATION_CONTEXT_NOTIFICATION_DESTROY)
        ldr_free(data);
}

NTSTATUS NTAPI GwCreateActivationContext(const struct sxs_source *source, ACTIVATION_CONTEXT **ret_context,
                                         UNICODE_STRING *reason)
{
    struct sxs_build build = {.source = source, .reason = reason};
    ACTIVATION_CONTEXT_DATA *data = NULL;
    NTSTATUS status;

    if (reason)
        *reason = (UNICODE_STRING){0, 0, NULL};
    status = sxs_load(&build);
    if (!status)
        status = sxs_flatten(&build, &data);
    sxs_free_build(&build);
    if (!status)
        status = RtlCreateActivationContext(0, data, 0, free_data, NULL, ret_context);
    if (status)
        ldr_free(data);
    return status;
}

NTSTATUS NTAPI GwSetProcessActivationContext(ACTIVATION_CONTEXT *context)
{
    if (InterlockedCompareExchangePointer((PVOID *)&sxs_process_default, context, NULL))
        return STATUS_SXS_PROCESS_DEFAULT_ALREADY_SET;
    RtlAddRefActivationContext(context);
    ldr_peb()->ActivationContextData = (PVOID)context->data;
    return STATUS_SUCCESS;
}

/* ------------------------------------------------------------------ the stack */

static ACTIVATION_CONTEXT_STACK *stack_of(TEB *teb)
{
    return teb->ActivationContextStackPointer;
}

NTSTATUS NTAPI RtlAllocateActivationContextStack(ACTIVATION_CONTEXT_STACK **stack)
{
    if (*stack)
        return STATUS_SUCCESS;
    ACTIVATION_CONTEXT_STACK *fresh = ldr_allocate(sizeof *fresh);
    if (!fresh)
        return STATUS_NO_MEMORY;
    fresh->FrameListCache.Flink = fresh->FrameListCache.Blink = &fresh->FrameListCache;
    fresh->StackId = (ULONG)InterlockedIncrement(&last_stack_id);
    *stack = fresh;
    return STATUS_SUCCESS;
}

static void pop(ACTIVATION_CONTEXT_STACK *stack)
{
    struct frame *frame = (struct frame *)stack->ActiveFrame;
    stack->ActiveFrame = frame->frame.Previous;
    RtlReleaseActivationContext(frame->frame.ActivationContext);
    ldr_free(frame);
}

void NTAPI RtlFreeActivationContextStack(ACTIVATION_CONTEXT_STACK *stack)
{
    if (!stack)
        return;
    while (stack->ActiveFrame)
        pop(stack);
    ldr_free(stack);
}

void NTAPI RtlFreeThreadActivationContextStack(void)
{
    ACTIVATION_CONTEXT_STACK *stack = stack_of(ldr_teb());
    ldr_teb()->ActivationContextStackPointer = NULL;
    RtlFreeActivationContextStack(stack);
}

/* The TEB may be that of a thread that does not run yet. */
NTSTATUS NTAPI RtlActivateActivationContextEx(ULONG flags, PVOID teb, ACTIVATION_CONTEXT *context,
                                              ULONG_PTR *cookie)
{
    ACTIVATION_CONTEXT_STACK *stack = stack_of(teb);
    NTSTATUS status;

    if (flags & ~1u || !cookie || (context && !is_context(context)))
        return STATUS_INVALID_PARAMETER;
    if (!stack) {
        if ((status = RtlAllocateActivationContextStack(&stack)))
            return status;
        ((TEB *)teb)->ActivationContextStackPointer = stack;
    }
    struct frame *frame = ldr_allocate(sizeof *frame);
    if (!frame)
        return STATUS_NO_MEMORY;
    RtlAddRefActivationContext(context);
    frame->frame.Previous = stack->ActiveFrame;
    frame->frame.ActivationContext = context;
    stack->NextCookieSequenceNumber++;
    frame->cookie = COOKIE_TYPE | (stack->StackId & 0xfff) << 16 | (stack->NextCookieSequenceNumber & 0xffff);
    stack->ActiveFrame = &frame->frame;
    *cookie = frame->cookie;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlActivateActivationContext(ULONG flags, ACTIVATION_CONTEXT *context, ULONG_PTR *cookie)
{
    return RtlActivateActivationContextEx(flags, ldr_teb(), context, cookie);
}

static void complain(NTSTATUS code, ULONG_PTR cookie)
{
    EXCEPTION_RECORD record = {.ExceptionCode = (DWORD)code,
                               .ExceptionAddress = __builtin_return_address(0),
                               .NumberParameters = 3,
                               .ExceptionInformation = {0, cookie, 0}};
    RtlRaiseException(&record);
}

/* Raises STATUS_SXS_INVALID_DEACTIVATION for a cookie that is not on this thread's stack, and
 * STATUS_SXS_EARLY_DEACTIVATION for one that is not the last, unless flag 1 says that all after it go, too.
 */
NTSTATUS NTAPI RtlDeactivateActivationContext(ULONG flags, ULONG_PTR cookie)
{
    ACTIVATION_CONTEXT_STACK *stack = stack_of(ldr_teb());
    RTL_ACTIVATION_CONTEXT_STACK_FRAME *frame;

    if (flags & ~1u)
        return STATUS_INVALID_PARAMETER;
    for (frame = stack ? stack->ActiveFrame : NULL; frame; frame = frame->Previous)
        if (((struct frame *)frame)->cookie == cookie)
            break;
    if (!frame) {
        complain(STATUS_SXS_INVALID_DEACTIVATION, cookie);
        return STATUS_SUCCESS;
    }
    if (frame != stack->ActiveFrame && !(flags & 1))
        complain(STATUS_SXS_EARLY_DEACTIVATION, cookie);
    RTL_ACTIVATION_CONTEXT_STACK_FRAME *below = frame->Previous;
    while (stack->ActiveFrame != below)
        pop(stack);
    return STATUS_SUCCESS;
}

ACTIVATION_CONTEXT *sxs_active(BOOLEAN *ret_found)
{
    ACTIVATION_CONTEXT_STACK *stack = stack_of(ldr_teb());
    *ret_found = stack && stack->ActiveFrame;
    return *ret_found ? stack->ActiveFrame->ActivationContext : NULL;
}

/* Referenced; NULL when it is the process's default. */
NTSTATUS NTAPI RtlGetActiveActivationContext(ACTIVATION_CONTEXT **ret_context)
{
    BOOLEAN found;
    *ret_context = sxs_active(&found);
    RtlAddRefActivationContext(*ret_context);
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI RtlIsActivationContextActive(ACTIVATION_CONTEXT *context)
{
    ACTIVATION_CONTEXT_STACK *stack = stack_of(ldr_teb());
    for (RTL_ACTIVATION_CONTEXT_STACK_FRAME *frame = stack ? stack->ActiveFrame : NULL; frame;
         frame = frame->Previous)
        if (frame->ActivationContext == context)
            return TRUE;
    return FALSE;
}
