/*
 * longjmp: unwinds to the frame that setjmp noted, running the termination handlers between.
 */
#include "../crt.h"

#ifndef STATUS_LONGJUMP
#define STATUS_LONGJUMP ((DWORD)0x80000026)
#endif

enum {
    UWOP_PUSH_NONVOL,
    UWOP_ALLOC_LARGE,
    UWOP_ALLOC_SMALL,
    UWOP_SET_FPREG,
    UWOP_SAVE_NONVOL,
    UWOP_SAVE_NONVOL_FAR,
    UWOP_SAVE_XMM128 = 8,
    UWOP_SAVE_XMM128_FAR
};

struct unwind_info {
    unsigned char version : 3, flags : 5;
    unsigned char prologue, count, frame_register;
    unsigned short codes[];
};

/* Whether no frame from `pc` up to the target has a handler, so that registers can just be restored. Only
 * the stack pointer is followed; a frame that needs more is left to the unwinder. */
static bool nothing_to_unwind(uintptr_t pc, uintptr_t sp, const uint64_t *buffer)
{
    UNWIND_HISTORY_TABLE *no_history = NULL;

    for (int depth = 0; depth < 32; depth++) {
        DWORD64 base;
        RUNTIME_FUNCTION *function = RtlLookupFunctionEntry(pc, &base, no_history);
        bool is_target = sp == buffer[2];
        if (!function)
            return false;
        const struct unwind_info *info = (const struct unwind_info *)(base + function->UnwindData);
        if (info->flags || info->version != 1 || sp > buffer[2] ||
            pc - base - function->BeginAddress < info->prologue)
            return false;
        if (is_target)
            return true;
        for (int i = 0; i < info->count; i++) {
            unsigned int operation = info->codes[i] >> 8 & 15, extra = info->codes[i] >> 12;
            switch (operation) {
            case UWOP_PUSH_NONVOL: sp += 8; break;
            case UWOP_ALLOC_SMALL: sp += extra * 8 + 8; break;
            case UWOP_ALLOC_LARGE:
                if (extra) {
                    sp += info->codes[i + 1] | (unsigned int)info->codes[i + 2] << 16;
                    i += 2;
                } else {
                    sp += info->codes[++i] * 8u;
                }
                break;
            case UWOP_SAVE_NONVOL:
            case UWOP_SAVE_XMM128: i++; break;
            case UWOP_SAVE_NONVOL_FAR:
            case UWOP_SAVE_XMM128_FAR: i += 2; break;
            default: return false;
            }
        }
        pc = *(uintptr_t *)sp;
        sp += 8;
    }
    return false;
}

void crt_jump(void *buffer, int value) __attribute__((noreturn));
void longjmp(uint64_t *buffer, int value) __attribute__((noreturn));

void longjmp(uint64_t *buffer, int value)
{
    if (!value)
        value = 1;
    if (buffer[0] && !nothing_to_unwind((uintptr_t)__builtin_return_address(0),
                                        (uintptr_t)__builtin_dwarf_cfa(), buffer)) {
        EXCEPTION_RECORD record = {0};
        CONTEXT context;
        record.ExceptionCode = STATUS_LONGJUMP;
        record.NumberParameters = 1;
        record.ExceptionInformation[0] = (ULONG_PTR)buffer;
        RtlUnwindEx((void *)buffer[0], (void *)buffer[10], &record, (void *)(intptr_t)value, &context, NULL);
    }
    crt_jump(buffer, value);
}

void _local_unwind(void *frame, void *target)
{
    CONTEXT context;

    RtlUnwindEx(frame, target, NULL, NULL, &context, NULL);
}
