/*
 * __try of Microsoft's compilers on x86: the handlers of its frames, unwinding within them, longjmp.
 * A frame's registration lies at EBP-16, followed by its scope table and the level it is at.
 */
#include "../cxx.h"

#ifndef STATUS_LONGJUMP
#define STATUS_LONGJUMP ((DWORD)0x80000026)
#endif

struct scope {
    int enclosing;
    int (*filter)(void); /* NULL: the block is a __finally */
    void *block;
};

struct try_frame {
    EXCEPTION_REGISTRATION_RECORD registration;
    const void *scopes; /* version 4: xored with the cookie */
    int level;
    void *ebp; /* the function's own EBP is the address of this */
};
/* Below the registration: where GetExceptionInformation looks. */
#define FRAME_POINTERS(frame) (((EXCEPTION_POINTERS **)(frame))[-1])
#define FRAME_EBP(frame)      ((void *)&(frame)->ebp)

struct scope_table4 {
    int gs_offset; /* -2: none */
    int gs_xor;
    int eh_offset;
    int eh_xor;
    struct scope scopes[];
};

/* setjmp.S */
void crt_enter_block(void *code, void *ebp) __attribute__((noreturn));
void crt_jump(void *buffer, int value) __attribute__((noreturn));

/* The innermost registration while a __finally block runs because of an unwind. */
struct unwind_mark {
    EXCEPTION_REGISTRATION_RECORD registration;
    void *frame;
};

EXCEPTION_DISPOSITION crt_unwind_mark_handler(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                              void *dispatch);
EXCEPTION_DISPOSITION crt_unwind_mark_handler(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                              void *dispatch)
{
    (void)record, (void)frame, (void)context, (void)dispatch;
    return ExceptionContinueSearch;
}

static NT_TIB *tib(void)
{
    NT_TIB *teb;
    __asm__("movl %%fs:0x18, %0" : "=r"(teb));
    return teb;
}

static void run_finally(struct try_frame *frame, void *block, void *ebp)
{
    struct unwind_mark mark;

    mark.registration.Next = (void *)tib()->ExceptionList;
    mark.registration.Handler = (void *)crt_unwind_mark_handler;
    mark.frame = frame;
    tib()->ExceptionList = (void *)&mark.registration;
    crt_call_funclet(block, ebp);
    tib()->ExceptionList = (void *)mark.registration.Next;
}

/* Leaves the levels down to `stop`, which is left out; -1 or -2 (`end`) is the function itself. */
static void unwind_levels(struct try_frame *frame, const struct scope *scopes, int end, int stop, void *ebp)
{
    while (frame->level != end && frame->level != stop && (stop == end || frame->level > stop)) {
        const struct scope *scope = &scopes[frame->level];
        frame->level = scope->enclosing;
        if (!scope->filter)
            run_finally(frame, scope->block, ebp);
    }
}

void _global_unwind2(void *frame)
{
    RtlUnwind(frame, NULL, NULL, NULL);
}

void _local_unwind2(struct try_frame *frame, int stop)
{
    unwind_levels(frame, frame->scopes, -1, stop, FRAME_EBP(frame));
}

void _local_unwind4(const uintptr_t *cookie, struct try_frame *frame, int stop)
{
    const struct scope_table4 *table = (const void *)((uintptr_t)frame->scopes ^ *cookie);
    unwind_levels(frame, table->scopes, -2, stop, FRAME_EBP(frame));
}

/* Offers the exception to the filters from the frame's level outwards; does not return when one takes it. */
static EXCEPTION_DISPOSITION search(EXCEPTION_RECORD *record, struct try_frame *frame, CONTEXT *context,
                                    const struct scope *scopes, int end, void *ebp, bool new_style)
{
    EXCEPTION_POINTERS pointers = {record, context};

    FRAME_POINTERS(frame) = &pointers;
    for (int level = frame->level; level != end; level = scopes[level].enclosing) {
        if (!scopes[level].filter)
            continue;
        const int verdict = (int)(intptr_t)crt_call_funclet((void *)scopes[level].filter, ebp);
        if (verdict < 0) {
            FRAME_POINTERS(frame) = NULL;
            return ExceptionContinueExecution;
        }
        if (verdict > 0) {
            if (new_style && CXX_IS_EXCEPTION(record))
                __DestructExceptionObject(record);
            RtlUnwind(frame, NULL, record, NULL);
            unwind_levels(frame, scopes, end, level, ebp);
            frame->level = scopes[level].enclosing;
            crt_enter_block(scopes[level].block, ebp);
        }
    }
    FRAME_POINTERS(frame) = NULL;
    return ExceptionContinueSearch;
}

static EXCEPTION_DISPOSITION handle(EXCEPTION_RECORD *record, struct try_frame *frame, CONTEXT *context,
                                    void *ebp)
{
    __asm__ volatile("cld");
    if (record->ExceptionFlags & (EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND)) {
        unwind_levels(frame, frame->scopes, -1, -1, ebp);
        return ExceptionContinueSearch;
    }
    return search(record, frame, context, frame->scopes, -1, ebp, false);
}

EXCEPTION_DISPOSITION _except_handler3(EXCEPTION_RECORD *record, struct try_frame *frame, CONTEXT *context,
                                       void *dispatch)
{
    (void)dispatch;
    return handle(record, frame, context, FRAME_EBP(frame));
}

/* The compilers before: the frame says where EBP is. */
EXCEPTION_DISPOSITION _except_handler2(EXCEPTION_RECORD *record, struct try_frame *frame, CONTEXT *context,
                                       void *dispatch)
{
    (void)dispatch;
    return handle(record, frame, context, frame->ebp);
}

static void check_cookies(const struct scope_table4 *table, char *ebp, void(__fastcall *check)(uintptr_t))
{
    if (table->gs_offset != -2)
        check(*(uintptr_t *)(ebp + table->gs_offset) ^ (uintptr_t)(ebp + table->gs_xor));
    check(*(uintptr_t *)(ebp + table->eh_offset) ^ (uintptr_t)(ebp + table->eh_xor));
}

/* The image brings its cookie and the function that checks it. */
EXCEPTION_DISPOSITION _except_handler4_common(const uintptr_t *cookie, void(__fastcall *check)(uintptr_t),
                                              EXCEPTION_RECORD *record, struct try_frame *frame,
                                              CONTEXT *context, void *dispatch)
{
    const struct scope_table4 *table = (const void *)((uintptr_t)frame->scopes ^ *cookie);

    (void)dispatch;
    __asm__ volatile("cld");
    check_cookies(table, FRAME_EBP(frame), check);
    if (record->ExceptionFlags & (EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND)) {
        unwind_levels(frame, table->scopes, -2, -2, FRAME_EBP(frame));
        return ExceptionContinueSearch;
    }
    return search(record, frame, context, table->scopes, -2, FRAME_EBP(frame), true);
}

/* ---------------------------------------------------------------- longjmp */

struct jump_buffer {
    uintptr_t ebp, ebx, edi, esi, esp, eip;
    void *registration;
    int level;
    uintptr_t cookie;
    void(WINAPI *unwind)(struct jump_buffer *);
    uintptr_t data[6];
};
#define JUMP_COOKIE 0x56433230 /* of _setjmp3: the fields from the cookie on are there */

void WINAPI _seh_longjmp_unwind(struct jump_buffer *buffer)
{
    _local_unwind2(buffer->registration, buffer->level);
}

void WINAPI _seh_longjmp_unwind4(struct jump_buffer *buffer)
{
    _local_unwind4((const uintptr_t *)buffer->data[0], buffer->registration, buffer->level);
}

void longjmp(struct jump_buffer *buffer, int value) __attribute__((noreturn));
void longjmp(struct jump_buffer *buffer, int value)
{
    if (tib()->ExceptionList != buffer->registration)
        RtlUnwind(buffer->registration, NULL, NULL, NULL);
    if (buffer->registration != (void *)-1) {
        if (buffer->cookie == JUMP_COOKIE && buffer->unwind)
            buffer->unwind(buffer);
        else if (((struct try_frame *)buffer->registration)->level != buffer->level)
            _local_unwind2(buffer->registration, buffer->level);
    }
    crt_jump(buffer, value ? value : 1);
}

void _longjmpex(struct jump_buffer *buffer, int value) __attribute__((noreturn));
void _longjmpex(struct jump_buffer *buffer, int value)
{
    longjmp(buffer, value);
}

/* Programs of the Pentium's time ask whether its division needs help. */
int _adjust_fdiv;
