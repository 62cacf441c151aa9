/*
 * What a CPU trap in guest code means on Windows: the exception code, its parameters, and where RIP
 * points. Looks at the instruction where the hardware does not say enough.
 */
#include "ex/ex.h"
#include "ke/signal.h"
#include "mm/guest.h"
#include "mm/mm.h"
#include "wow/wow.h"
#include <gastwirt/door.h>
#include <string.h>

enum {
    TRAP_DIVIDE = 0,
    TRAP_DEBUG = 1,
    TRAP_BREAKPOINT = 3,
    TRAP_OVERFLOW = 4,
    TRAP_BOUND = 5,
    TRAP_INVALID_OPCODE = 6,
    TRAP_STACK = 12,
    TRAP_PROTECTION = 13,
    TRAP_PAGE = 14,
    TRAP_X87 = 16,
    TRAP_ALIGNMENT = 17,
    TRAP_SIMD = 19,
};

#define PAGE_ERROR_WRITE   2
#define PAGE_ERROR_FETCH   16
#define SELECTOR_ERROR_IDT 2
#define EFLAGS_TF          0x100u
#define EFLAGS_RF          0x10000u

/* The instruction at RIP: prefixes stripped. */
struct instruction {
    uint8_t bytes[16];
    unsigned length; /* readable bytes */
    unsigned opcode; /* index behind the prefixes */
    uint8_t rex;
    bool code32, operand16, address32;
};

static void fetch(const CONTEXT *context, struct instruction *ret)
{
    uint64_t rip = context->Rip;
    memset(ret, 0, sizeof *ret);
    ret->code32 = ret->address32 = context->SegCs == WOW_CODE_SELECTOR;
    unsigned in_page = (unsigned)(MM_PAGE - (rip & (MM_PAGE - 1)));
    unsigned first = in_page < 15 ? in_page : 15;
    if (!NT_SUCCESS(guest_copy(ret->bytes, (void *)rip, first)))
        return;
    ret->length = first;
    if (first < 15 && NT_SUCCESS(guest_copy(ret->bytes + first, (void *)(rip + first), 15 - first)))
        ret->length = 15;
    for (; ret->opcode < ret->length; ret->opcode++) {
        uint8_t byte = ret->bytes[ret->opcode];
        if (byte == 0x66)
            ret->operand16 = true;
        else if (byte == 0x67)
            ret->address32 = true;
        else if ((byte & 0xf0) == 0x40 && !ret->code32) {
            ret->rex = byte;
            ret->opcode++;
            return;
        } else if (byte != 0xf2 && byte != 0xf3 && byte != 0xf0 && byte != 0x2e && byte != 0x36 &&
                   byte != 0x3e && byte != 0x26 && byte != 0x64 && byte != 0x65)
            return;
    }
}

static uint64_t get_register(const CONTEXT *context, unsigned number)
{
    return (&context->Rax)[number];
}

/* The value of the ModRM operand at `at`, `size` bytes; false if it cannot be read. */
static bool read_operand(const struct instruction *in, unsigned at, unsigned size, const CONTEXT *context,
                         uint64_t *ret_value)
{
    if (at >= in->length)
        return false;
    uint8_t modrm = in->bytes[at++];
    unsigned mod = modrm >> 6, rm = modrm & 7;
    uint64_t value = 0;
    if (mod == 3) {
        if (size == 1 && !in->rex && rm >= 4)
            value = get_register(context, rm - 4) >> 8; /* AH, CH, DH, BH */
        else
            value = get_register(context, rm | (in->rex & 1) << 3);
    } else {
        uint64_t address = 0;
        bool rip_relative = false, no_base = false;
        if (rm == 4) {
            uint8_t sib = in->bytes[at++];
            unsigned index = (sib >> 3 & 7) | (in->rex & 2) << 2, base = sib & 7;
            if (index != 4)
                address = get_register(context, index) << (sib >> 6);
            no_base = base == 5 && mod == 0;
            if (!no_base)
                address += get_register(context, base | (in->rex & 1) << 3);
        } else if (rm == 5 && mod == 0) {
            rip_relative = !in->code32;
            no_base = true;
        } else {
            address = get_register(context, rm | (in->rex & 1) << 3);
        }
        if (mod == 1) {
            address += (uint64_t)(int8_t)in->bytes[at];
            at++;
        } else if (mod == 2 || no_base) {
            int32_t displacement;
            memcpy(&displacement, in->bytes + at, 4);
            address += (uint64_t)displacement;
            at += 4;
        }
        if (rip_relative)
            address += context->Rip + at;
        if (in->address32)
            address = (uint32_t)address;
        for (unsigned i = 0; i < in->opcode; i++) {
            if (in->bytes[i] == 0x65)
                address += (uint64_t)ke_self->teb;
            if (in->bytes[i] == 0x64 && in->code32)
                address = (uint32_t)(address + ke_self->wow_teb);
        }
        if (!NT_SUCCESS(guest_copy(&value, (void *)address, size)))
            return false;
    }
    *ret_value = size < 8 ? value & ((1ull << size * 8) - 1) : value;
    return true;
}

/* #DE comes from a zero divisor as well as from a quotient that does not fit. */
static NTSTATUS divide_code(const CONTEXT *context)
{
    struct instruction in;
    uint64_t divisor;
    fetch(context, &in);
    uint8_t opcode = in.bytes[in.opcode];
    if (opcode != 0xf6 && opcode != 0xf7)
        return STATUS_INTEGER_DIVIDE_BY_ZERO;
    unsigned size = opcode == 0xf6 ? 1 : in.rex & 8 ? 8 : in.operand16 ? 2 : 4;
    if (!read_operand(&in, in.opcode + 1, size, context, &divisor) || divisor == 0)
        return STATUS_INTEGER_DIVIDE_BY_ZERO;
    return STATUS_INTEGER_OVERFLOW;
}

/* Whether #GP came from an instruction that only the kernel may execute. */
static bool is_privileged(const CONTEXT *context)
{
    struct instruction in;
    fetch(context, &in);
    if (in.opcode + 1 >= in.length)
        return false;
    uint8_t opcode = in.bytes[in.opcode], second = in.bytes[in.opcode + 1];
    uint8_t reg = in.bytes[in.opcode + 2] >> 3 & 7;
    switch (opcode) {
    case 0x6c:
    case 0x6d:
    case 0x6e:
    case 0x6f: /* ins, outs */
    case 0xe4:
    case 0xe5:
    case 0xe6:
    case 0xe7: /* in, out */
    case 0xec:
    case 0xed:
    case 0xee:
    case 0xef:
    case 0xf4: /* hlt */
    case 0xfa:
    case 0xfb: /* cli, sti */ return true;
    case 0x0f:
        switch (second) {
        case 0x00: return reg == 2 || reg == 3;                         /* lldt, ltr */
        case 0x01: return reg == 2 || reg == 3 || reg == 6 || reg == 7; /* lgdt, lidt, lmsw, invlpg */
        case 0x06:
        case 0x07:
        case 0x08:
        case 0x09: /* clts, sysret, invd, wbinvd */
        case 0x20:
        case 0x21:
        case 0x22:
        case 0x23: /* mov cr, dr */
        case 0x30:
        case 0x32:
        case 0x33:
        case 0x35: /* wrmsr, rdmsr, rdpmc, sysexit */ return true;
        }
        return false;
    }
    return false;
}

static void set_access_violation(EXCEPTION_RECORD *record, ULONG_PTR access, ULONG_PTR address)
{
    record->ExceptionCode = (DWORD)STATUS_ACCESS_VIOLATION;
    record->NumberParameters = 2;
    record->ExceptionInformation[0] = access;
    record->ExceptionInformation[1] = address;
}

static enum ke_trap page_fault(uint64_t error, uint64_t address, const CONTEXT *context,
                               EXCEPTION_RECORD *record)
{
    enum mm_access access = error & PAGE_ERROR_FETCH   ? MM_EXECUTE
                            : error & PAGE_ERROR_WRITE ? MM_WRITE
                                                       : MM_READ;
    if (address - KUSER_SHARED_DATA_ADDRESS < MM_PAGE && access == MM_READ && ex_user_shared_data_fault())
        return KE_TRAP_RETRY;
    NTSTATUS status = mm_fault((void *)address, access, context->Rsp);
    if (NT_SUCCESS(status))
        return KE_TRAP_RETRY;
    set_access_violation(record,
                         access == MM_EXECUTE ? EXCEPTION_EXECUTE_FAULT
                         : access == MM_WRITE ? EXCEPTION_WRITE_FAULT
                                              : EXCEPTION_READ_FAULT,
                         address);
    record->ExceptionCode = (DWORD)status;
    if (status == STATUS_IN_PAGE_ERROR) {
        record->NumberParameters = 3;
        record->ExceptionInformation[2] = (ULONG)STATUS_END_OF_FILE;
    }
    return KE_TRAP_RAISE;
}

/* #GP: a software interrupt without a gate, a privileged instruction, a non-canonical or misaligned
 * operand. */
static enum ke_trap protection_fault(uint64_t error, CONTEXT *context, EXCEPTION_RECORD *record)
{
    if (error & SELECTOR_ERROR_IDT) {
        switch (error >> 3 & 0xff) {
        case 0x29: /* __fastfail(ECX) */
            record->ExceptionCode = (DWORD)STATUS_STACK_BUFFER_OVERRUN;
            record->ExceptionFlags = EXCEPTION_NONCONTINUABLE | EXCEPTION_GASTWIRT_FATAL;
            record->NumberParameters = 1;
            record->ExceptionInformation[0] = (ULONG)context->Rcx;
            return KE_TRAP_RAISE;
        case 0x2c:
            record->ExceptionCode = (DWORD)STATUS_ASSERTION_FAILURE;
            context->Rip += 2;
            return KE_TRAP_RAISE;
        case 0x2d: /* the debug service; the byte behind it is skipped */
            record->ExceptionCode = (DWORD)STATUS_BREAKPOINT;
            record->ExceptionAddress = (PVOID)(context->Rip + 2);
            record->NumberParameters = 1;
            record->ExceptionInformation[0] = context->Rax;
            context->Rip += 3;
            return KE_TRAP_RAISE;
        case 0x2e: context->Rip += 2; return KE_TRAP_SYSCALL;
        }
    } else if (is_privileged(context)) {
        record->ExceptionCode = (DWORD)STATUS_PRIVILEGED_INSTRUCTION;
        return KE_TRAP_RAISE;
    }
    set_access_violation(record, EXCEPTION_READ_FAULT, ~(ULONG_PTR)0);
    return KE_TRAP_RAISE;
}

/* The exception of the first unmasked flag; the same order and bits in the x87 and SSE status. */
static NTSTATUS float_code(unsigned flags, bool stack_fault)
{
    if (flags & 0x01)
        return stack_fault ? STATUS_FLOAT_STACK_CHECK : STATUS_FLOAT_INVALID_OPERATION;
    if (flags & 0x04)
        return STATUS_FLOAT_DIVIDE_BY_ZERO;
    if (flags & 0x02)
        return STATUS_FLOAT_DENORMAL_OPERAND;
    if (flags & 0x08)
        return STATUS_FLOAT_OVERFLOW;
    if (flags & 0x10)
        return STATUS_FLOAT_UNDERFLOW;
    if (flags & 0x20)
        return STATUS_FLOAT_INEXACT_RESULT;
    return STATUS_FLOAT_INVALID_OPERATION;
}

enum ke_trap ke_classify_trap(int signal, uint64_t trap, uint64_t error, uint64_t address, CONTEXT *context,
                              EXCEPTION_RECORD *ret_record)
{
    const XSAVE_FORMAT *fp = &context->FltSave;
    memset(ret_record, 0, sizeof *ret_record);
    ret_record->ExceptionAddress = (PVOID)context->Rip;
    switch (trap) {
    case TRAP_DIVIDE: ret_record->ExceptionCode = (DWORD)divide_code(context); return KE_TRAP_RAISE;
    case TRAP_DEBUG:
        ret_record->ExceptionCode = (DWORD)STATUS_SINGLE_STEP;
        context->EFlags &= ~EFLAGS_TF;
        return KE_TRAP_RAISE;
    case TRAP_BREAKPOINT:
        ret_record->ExceptionCode = (DWORD)STATUS_BREAKPOINT;
        ret_record->NumberParameters = 1;
        context->Rip--;
        ret_record->ExceptionAddress = (PVOID)context->Rip;
        return KE_TRAP_RAISE;
    case TRAP_OVERFLOW: ret_record->ExceptionCode = (DWORD)STATUS_INTEGER_OVERFLOW; return KE_TRAP_RAISE;
    case TRAP_BOUND: ret_record->ExceptionCode = (DWORD)STATUS_ARRAY_BOUNDS_EXCEEDED; return KE_TRAP_RAISE;
    case TRAP_INVALID_OPCODE:
        ret_record->ExceptionCode = (DWORD)STATUS_ILLEGAL_INSTRUCTION;
        return KE_TRAP_RAISE;
    case TRAP_PAGE:
        if (signal == SIGBUS) { /* behind the end of a mapped file */
            set_access_violation(
                ret_record, error & PAGE_ERROR_WRITE ? EXCEPTION_WRITE_FAULT : EXCEPTION_READ_FAULT, address);
            ret_record->ExceptionCode = (DWORD)STATUS_IN_PAGE_ERROR;
            ret_record->NumberParameters = 3;
            ret_record->ExceptionInformation[2] = (ULONG)STATUS_END_OF_FILE;
            return KE_TRAP_RAISE;
        }
        return page_fault(error, address, context, ret_record);
    case TRAP_PROTECTION: return protection_fault(error, context, ret_record);
    case TRAP_X87:
        ret_record->ExceptionCode = (DWORD)float_code(
            (unsigned)fp->StatusWord & ~(unsigned)fp->ControlWord & 0x3f, fp->StatusWord & 0x40);
        return KE_TRAP_RAISE;
    case TRAP_SIMD:
        ret_record->ExceptionCode = (DWORD)float_code(fp->MxCsr & ~(fp->MxCsr >> 7) & 0x3f, false);
        return KE_TRAP_RAISE;
    case TRAP_ALIGNMENT:
        ret_record->ExceptionCode = (DWORD)STATUS_DATATYPE_MISALIGNMENT;
        return KE_TRAP_RAISE;
    case TRAP_STACK:
    default: /* a non-canonical address on the stack; anything unheard of */
        set_access_violation(ret_record, EXCEPTION_READ_FAULT, ~(ULONG_PTR)0);
        return KE_TRAP_RAISE;
    }
}
