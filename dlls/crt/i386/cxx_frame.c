/*
 * C++ exceptions on x86: the handler of functions with try blocks or objects to destroy. A frame's
 * registration lies at EBP-12, its state behind it, its stack pointer before it. A catch block runs on
 * top of the frames that were unwound, so that the thrown object is still there.
 */
#include "../cxx.h"

struct cxx_frame {
    EXCEPTION_REGISTRATION_RECORD registration;
    int state;
    int ebp[1]; /* the function's own EBP is the address of this */
};
#define FRAME_ESP(frame) (((void **)(frame))[-1])

/* The innermost registration while a catch block runs. */
struct catch_guard {
    EXCEPTION_REGISTRATION_RECORD registration;
    struct cxx_active active;
};

void crt_continue(void *code, void *ebp, void *esp, void *registration) __attribute__((noreturn));
EXCEPTION_DISPOSITION cxx_frame_handler(EXCEPTION_RECORD *record, struct cxx_frame *frame, CONTEXT *context,
                                        void *dispatch, const struct function_info *info);

static NT_TIB *tib(void)
{
    NT_TIB *teb;
    __asm__("movl %%fs:0x18, %0" : "=r"(teb));
    return teb;
}

/* A catch block is left by another exception, or by the same one again. */
static EXCEPTION_DISPOSITION guard_handler(EXCEPTION_RECORD *record, struct catch_guard *guard,
                                           CONTEXT *context, void *dispatch)
{
    (void)context, (void)dispatch;
    if (record->ExceptionFlags & (EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND))
        cxx_leave(&guard->active, CXX_IS_EXCEPTION(record) ? (void *)record->ExceptionInformation[1] : NULL);
    return ExceptionContinueSearch;
}

static void unwind_states(const struct function_info *info, struct cxx_frame *frame, int stop)
{
    const struct unwind_entry *map = (const struct unwind_entry *)(intptr_t)info->unwinds;

    while (frame->state != stop) {
        if (frame->state < 0 || frame->state >= info->state_count)
            terminate();
        const struct unwind_entry *entry = &map[frame->state];
        frame->state = entry->to; /* before the action: what it throws must not run it again */
        if (entry->action)
            crt_call_funclet((void *)(intptr_t)entry->action, frame->ebp);
    }
}

__attribute__((noreturn)) static void catch_it(EXCEPTION_RECORD *record, struct cxx_frame *frame,
                                               CONTEXT *context, const struct function_info *info,
                                               const struct try_block *block,
                                               const struct catch_handler *handler)
{
    struct catch_guard guard;

    RtlUnwind(frame, NULL, record, NULL);
    record->ExceptionFlags &= ~(DWORD)(EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND);
    unwind_states(info, frame, block->low);
    frame->state = block->high + 1;
    cxx_enter(&guard.active, record, context);
    guard.registration.Next = (void *)tib()->ExceptionList;
    guard.registration.Handler = (void *)guard_handler;
    tib()->ExceptionList = (void *)&guard.registration;
    void *next = crt_call_funclet((void *)(intptr_t)handler->code, frame->ebp);
    tib()->ExceptionList = (void *)guard.registration.Next;
    cxx_leave(&guard.active, NULL);
    crt_continue(next, frame->ebp, FRAME_ESP(frame), frame);
}

EXCEPTION_DISPOSITION cxx_frame_handler(EXCEPTION_RECORD *record, struct cxx_frame *frame, CONTEXT *context,
                                        void *dispatch, const struct function_info *info)
{
    const unsigned int magic = info->magic & 0x1fffffff;
    const int flags = magic >= CXX_MAGIC3 ? info->flags : 0;
    const struct try_block *tries = (const struct try_block *)(intptr_t)info->tries;
    const struct catchable *found;

    (void)dispatch;
    if (record->ExceptionFlags & (EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND)) {
        if (info->state_count)
            unwind_states(info, frame, -1);
        return ExceptionContinueSearch;
    }
    if (CXX_IS_EXCEPTION(record))
        cxx_complete(record);
    else if (info->try_count && crt_thread()->se_translator)
        cxx_foreign(record, context);
    const int state = frame->state;
    /* Inner blocks come first. */
    for (int i = 0; i < info->try_count; i++) {
        if (state < tries[i].low || state > tries[i].high)
            continue;
        const struct catch_handler *handlers = (const struct catch_handler *)(intptr_t)tries[i].handlers;
        for (int k = 0; k < tries[i].count; k++) {
            const struct type_info *type = (const struct type_info *)(intptr_t)handlers[k].type;
            if (!CXX_IS_EXCEPTION(record) && (flags & FUNCTION_SYNCHRONOUS || (type && type->name[0])))
                continue;
            if (!cxx_type_matches(record, type, handlers[k].adjectives, &found))
                continue;
            cxx_build_object(record, type, handlers[k].adjectives, handlers[k].object, (char *)frame->ebp,
                             found);
            catch_it(record, frame, context, info, &tries[i], &handlers[k]);
        }
    }
    if (flags & FUNCTION_NOEXCEPT && CXX_IS_EXCEPTION(record))
        terminate();
    return ExceptionContinueSearch;
}

/* What setjmp in such a function names to unwind by. */
struct jump_buffer {
    uintptr_t registers[6];
    struct cxx_frame *registration;
    int level;
    uintptr_t cookie, unwind;
    const struct function_info *info;
};

void WINAPI __CxxLongjmpUnwind(struct jump_buffer *buffer)
{
    unwind_states(buffer->info, buffer->registration, buffer->level);
}
