/*
 * i386 CONTEXT to and from the full context of a thread block, which is the 64-bit one with values that
 * fit 32 bits. Depends on the layouts only.
 */
#include "wow/wow.h"
#include <string.h>

#define EFLAGS_USER 0x254dd5u /* as in ke/context.c */
#define EFLAGS_IF   0x200u
#define GS_SELECTOR 0x2bu
#define FS_SELECTOR 0x53u

/* FSAVE's two bits for a register: valid, zero, special, empty. */
static unsigned full_tag(const uint8_t *value)
{
    uint64_t mantissa;
    uint16_t exponent;
    memcpy(&mantissa, value, 8);
    memcpy(&exponent, value + 8, 2);
    exponent &= 0x7fff;
    if (exponent == 0)
        return mantissa ? 2 : 1;
    return exponent == 0x7fff || !(mantissa >> 63) ? 2 : 0;
}

static void get_float(const XSAVE_FORMAT *from, FLOATING_SAVE_AREA32 *to)
{
    unsigned tags = 0, top = from->StatusWord >> 11 & 7;
    for (unsigned i = 0; i < 8; i++) { /* tags go by register, values by their place on the stack */
        unsigned tag = from->TagWord >> i & 1
                           ? full_tag((const uint8_t *)&from->FloatRegisters[(i - top) & 7])
                           : 3;
        tags |= tag << i * 2;
    }
    to->ControlWord = 0xffff0000u | from->ControlWord;
    to->StatusWord = 0xffff0000u | from->StatusWord;
    to->TagWord = 0xffff0000u | tags;
    to->ErrorOffset = from->ErrorOffset;
    to->ErrorSelector = from->ErrorSelector | (ULONG)from->ErrorOpcode << 16;
    to->DataOffset = from->DataOffset;
    to->DataSelector = 0xffff0000u | from->DataSelector;
    to->Cr0NpxState = 0;
    for (unsigned i = 0; i < 8; i++)
        memcpy(to->RegisterArea + i * 10, &from->FloatRegisters[i], 10);
}

static void set_float(XSAVE_FORMAT *to, const FLOATING_SAVE_AREA32 *from)
{
    uint8_t tags = 0;
    for (unsigned i = 0; i < 8; i++)
        tags |= (uint8_t)((from->TagWord >> i * 2 & 3) != 3) << i;
    to->ControlWord = (WORD)from->ControlWord;
    to->StatusWord = (WORD)from->StatusWord;
    to->TagWord = tags;
    to->ErrorOpcode = from->ErrorSelector >> 16 & 0x7ff;
    to->ErrorOffset = from->ErrorOffset;
    to->ErrorSelector = (WORD)from->ErrorSelector;
    to->DataOffset = from->DataOffset;
    to->DataSelector = (WORD)from->DataSelector;
    for (unsigned i = 0; i < 8; i++) {
        memset(&to->FloatRegisters[i], 0, 16);
        memcpy(&to->FloatRegisters[i], from->RegisterArea + i * 10, 10);
    }
}

static bool has(ULONG flags, ULONG part)
{
    return (flags & part) == part;
}

void wow_context_get(const CONTEXT *full, CONTEXT32 *context)
{
    const ULONG flags = context->ContextFlags;
    if (has(flags, CONTEXT32_CONTROL)) {
        context->Ebp = (ULONG)full->Rbp;
        context->Eip = (ULONG)full->Rip;
        context->SegCs = WOW_CODE_SELECTOR;
        context->EFlags = (full->EFlags & EFLAGS_USER) | EFLAGS_IF;
        context->Esp = (ULONG)full->Rsp;
        context->SegSs = WOW_DATA_SELECTOR;
    }
    if (has(flags, CONTEXT32_INTEGER)) {
        context->Edi = (ULONG)full->Rdi;
        context->Esi = (ULONG)full->Rsi;
        context->Ebx = (ULONG)full->Rbx;
        context->Edx = (ULONG)full->Rdx;
        context->Ecx = (ULONG)full->Rcx;
        context->Eax = (ULONG)full->Rax;
    }
    if (has(flags, CONTEXT32_SEGMENTS)) {
        context->SegGs = GS_SELECTOR;
        context->SegFs = FS_SELECTOR;
        context->SegEs = context->SegDs = WOW_DATA_SELECTOR;
    }
    if (has(flags, CONTEXT32_FLOATING_POINT))
        get_float(&full->FltSave, &context->FloatSave);
    if (has(flags, CONTEXT32_EXTENDED_REGISTERS)) {
        XSAVE_FORMAT image = full->FltSave;
        image.MxCsr = full->MxCsr & 0xffff;
        image.MxCsr_Mask = 0xffff;
        memset(&image.XmmRegisters[8], 0, sizeof image - offsetof(XSAVE_FORMAT, XmmRegisters[8]));
        memcpy(context->ExtendedRegisters, &image, sizeof context->ExtendedRegisters);
    }
    if (has(flags, CONTEXT32_DEBUG_REGISTERS)) {
        context->Dr0 = (ULONG)full->Dr0;
        context->Dr1 = (ULONG)full->Dr1;
        context->Dr2 = (ULONG)full->Dr2;
        context->Dr3 = (ULONG)full->Dr3;
        context->Dr6 = (ULONG)full->Dr6;
        context->Dr7 = (ULONG)full->Dr7;
    }
}

void wow_context_set(CONTEXT *full, const CONTEXT32 *context)
{
    const ULONG flags = context->ContextFlags;
    if (has(flags, CONTEXT32_CONTROL)) {
        full->Rbp = context->Ebp;
        full->Rip = context->Eip;
        full->Rsp = context->Esp;
        full->EFlags = (context->EFlags & EFLAGS_USER) | EFLAGS_IF;
        full->SegCs = WOW_CODE_SELECTOR;
        full->SegSs = WOW_DATA_SELECTOR;
    }
    if (has(flags, CONTEXT32_INTEGER)) {
        full->Rdi = context->Edi;
        full->Rsi = context->Esi;
        full->Rbx = context->Ebx;
        full->Rdx = context->Edx;
        full->Rcx = context->Ecx;
        full->Rax = context->Eax;
    }
    /* The extended registers hold the x87 ones too, and win. */
    if (has(flags, CONTEXT32_EXTENDED_REGISTERS)) {
        XSAVE_FORMAT image;
        memcpy(&image, context->ExtendedRegisters, sizeof image);
        memcpy(&full->FltSave, &image, offsetof(XSAVE_FORMAT, XmmRegisters[8]));
        full->MxCsr = full->FltSave.MxCsr = image.MxCsr & 0xffff;
        full->FltSave.MxCsr_Mask = 0xffff;
    } else if (has(flags, CONTEXT32_FLOATING_POINT)) {
        set_float(&full->FltSave, &context->FloatSave);
    }
    if (has(flags, CONTEXT32_DEBUG_REGISTERS)) {
        full->Dr0 = context->Dr0;
        full->Dr1 = context->Dr1;
        full->Dr2 = context->Dr2;
        full->Dr3 = context->Dr3;
        full->Dr6 = context->Dr6;
        full->Dr7 = context->Dr7;
    }
}
