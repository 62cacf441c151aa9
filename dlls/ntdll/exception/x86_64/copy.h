/*
 * Copying what unwinding changes of a CONTEXT: integer registers, RIP, the non-volatile vector
 * registers. On the path of every frame: no loop, no string instruction.
 */
#ifndef NTDLL_EXCEPTION_COPY_H
#define NTDLL_EXCEPTION_COPY_H

#include <nt/exception.h>

typedef long long context_vector __attribute__((vector_size(16)));

_Static_assert(offsetof(CONTEXT, Rax) == 0x78 && offsetof(CONTEXT, Rip) == 0xf8, "copy_context");
_Static_assert(offsetof(CONTEXT, FltSave.XmmRegisters[6]) == 0x200, "copy_context");

static inline void copy_context(CONTEXT *to, const CONTEXT *from)
{
    context_vector *target = (context_vector *)to;
    const context_vector *source = (const context_vector *)from;
#pragma GCC unroll 16
    for (int i = 0x70 / 16; i < 0x100 / 16; i++)
        target[i] = source[i];
#pragma GCC unroll 16
    for (int i = 0x200 / 16; i < 0x2a0 / 16; i++)
        target[i] = source[i];
}

#endif
