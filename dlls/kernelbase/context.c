/*
 * CONTEXT records with extended state (AVX and up): a CONTEXT_EX behind the CONTEXT says where its
 * XSAVE header and components are.
 */
#include "kernelbase.h"
#include <nt/exception.h>
#include <string.h>

#ifdef _WIN64
#define CONTEXT_ARCH CONTEXT_AMD64
#define FX_AREA(c)   (&(c)->FltSave)
#define SSE_AREA(c)  ((c)->FltSave.XmmRegisters)
#define SSE_SIZE     (16 * 16)
#define ALIGNMENT    16u
#else
#define CONTEXT_ARCH CONTEXT_i386
#define FX_AREA(c)   ((c)->ExtendedRegisters)
#define SSE_AREA(c)  ((c)->ExtendedRegisters + LEGACY_SIZE)
#define SSE_SIZE     (8 * 16)
#define ALIGNMENT    4u
#ifndef CONTEXT_EXCEPTION_REQUEST
#define CONTEXT_EXCEPTION_REQUEST   0x40000000u
#define CONTEXT_EXCEPTION_REPORTING 0x80000000u
#endif
#endif
#define LEGACY_SIZE     160u /* of the FXSAVE image, up to the SSE registers */
#define XSTATE_FLAG     0x40u
#define KNOWN_FLAGS     (CONTEXT_ALL | XSTATE_FLAG | CONTEXT_EXCEPTION_REQUEST | CONTEXT_EXCEPTION_REPORTING)
#define LEGACY_FEATURES 3ull

struct xstate_header {
    ULONG64 mask, compaction;
    ULONG64 reserved[6];
};

static const struct {
    USHORT size;
} components[8] = {{0}, {0}, {256}, {0}, {0}, {64}, {512}, {1024}};

static CONTEXT_EX *extension(const CONTEXT *context)
{
    return (CONTEXT_EX *)(context + 1);
}

static struct xstate_header *xstate(const CONTEXT *context)
{
    return (struct xstate_header *)((char *)extension(context) + extension(context)->XState.Offset);
}

static ULONG64 carried(void)
{
    return RtlGetEnabledExtendedFeatures(~0ull) & XSTATE_CARRIED;
}

static DWORD area_size(ULONG64 mask)
{
    DWORD size = XSTATE_HEADER_SIZE;
    for (unsigned i = 2; i < 8; i++)
        if (mask >> i & 1)
            size += components[i].size;
    return size;
}

DWORD64 WINAPI GetEnabledXStateFeatures(void)
{
    return LEGACY_FEATURES | carried();
}

/* With XSTATE the buffer holds, from a multiple of ALIGNMENT on: CONTEXT, CONTEXT_EX, and at a multiple of 64
 * the area. */
WINBOOL WINAPI InitializeContext2(PVOID buffer, DWORD flags, PCONTEXT *ret_context, PDWORD length,
                                  ULONG64 mask);
WINBOOL WINAPI InitializeContext2(PVOID buffer, DWORD flags, PCONTEXT *ret_context, PDWORD length,
                                  ULONG64 mask)
{
    const DWORD xstate_size = area_size(mask & carried());
    DWORD needed = sizeof(CONTEXT) + ALIGNMENT - 1;
    if ((flags & ~(DWORD)KNOWN_FLAGS) || !(flags & CONTEXT_ARCH)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if ((flags & XSTATE_FLAG) && !carried()) {
        SetLastError(ERROR_NOT_SUPPORTED);
        return FALSE;
    }
    if (flags & XSTATE_FLAG)
        needed = sizeof(CONTEXT) + sizeof(CONTEXT_EX) + 63 + ALIGNMENT - 1 + xstate_size;
    if (!buffer || *length < needed) {
        *length = needed;
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return FALSE;
    }
    CONTEXT *context = (CONTEXT *)(((ULONG_PTR)buffer + ALIGNMENT - 1) & ~(ULONG_PTR)(ALIGNMENT - 1));
    *length = needed;
    memset(context, 0, sizeof *context);
    context->ContextFlags = flags;
    if (flags & XSTATE_FLAG) {
        CONTEXT_EX *ex = extension(context);
        ULONG_PTR area = ((ULONG_PTR)(ex + 1) + 63) & ~(ULONG_PTR)63;
        ex->Legacy.Offset = ex->All.Offset = -(LONG)sizeof(CONTEXT);
        ex->Legacy.Length = sizeof(CONTEXT);
        ex->XState.Offset = (LONG)(area - (ULONG_PTR)ex);
        ex->XState.Length = xstate_size;
        ex->All.Length = (DWORD)(area - (ULONG_PTR)context) + xstate_size;
        memset((void *)area, 0, XSTATE_HEADER_SIZE);
        xstate(context)->compaction = 1ull << 63 | (mask & carried());
    }
    *ret_context = context;
    return TRUE;
}

WINBOOL WINAPI InitializeContext(PVOID buffer, DWORD flags, PCONTEXT *ret_context, PDWORD length)
{
    return InitializeContext2(buffer, flags, ret_context, length, ~0ull);
}

PVOID WINAPI LocateXStateFeature(PCONTEXT context, DWORD feature, PDWORD ret_length)
{
    if (!(context->ContextFlags & CONTEXT_ARCH))
        return NULL;
    if (feature == 0) {
        if (ret_length)
            *ret_length = LEGACY_SIZE;
        return FX_AREA(context);
    }
    if (feature == 1) {
        if (ret_length)
            *ret_length = SSE_SIZE;
        return SSE_AREA(context);
    }
    if (!(context->ContextFlags & XSTATE_FLAG) || feature >= 8 || !(carried() >> feature & 1))
        return NULL;
    struct xstate_header *header = xstate(context);
    const ULONG64 present = header->compaction >> 63 ? header->compaction : carried();
    if (!(present >> feature & 1))
        return NULL;
    if (ret_length)
        *ret_length = components[feature].size;
    return (char *)header + area_size(present & ((1ull << feature) - 1));
}

WINBOOL WINAPI GetXStateFeaturesMask(PCONTEXT context, PDWORD64 ret_mask)
{
    if (!(context->ContextFlags & CONTEXT_ARCH))
        return FALSE;
    *ret_mask = 0;
    if ((context->ContextFlags & CONTEXT_FLOATING_POINT) == CONTEXT_FLOATING_POINT)
        *ret_mask = LEGACY_FEATURES;
#ifndef _WIN64
    if ((context->ContextFlags & CONTEXT_EXTENDED_REGISTERS) == CONTEXT_EXTENDED_REGISTERS)
        *ret_mask |= 2;
#endif
    if (context->ContextFlags & XSTATE_FLAG)
        *ret_mask |= xstate(context)->mask;
    return TRUE;
}

WINBOOL WINAPI SetXStateFeaturesMask(PCONTEXT context, DWORD64 mask)
{
    if (!(context->ContextFlags & CONTEXT_ARCH))
        return FALSE;
    if (mask & LEGACY_FEATURES)
        context->ContextFlags |= CONTEXT_FLOATING_POINT;
    if (!(context->ContextFlags & XSTATE_FLAG))
        return !(mask & ~LEGACY_FEATURES);
    xstate(context)->mask = mask & carried();
    return TRUE;
}

/* The parts that flags name, which both must have been made for. */
WINBOOL WINAPI CopyContext(PCONTEXT to, DWORD flags, PCONTEXT from)
{
    if (!(to->ContextFlags & CONTEXT_ARCH) || !(from->ContextFlags & CONTEXT_ARCH) ||
        !(flags & CONTEXT_ARCH) ||
        ((flags & XSTATE_FLAG) && !(to->ContextFlags & from->ContextFlags & XSTATE_FLAG))) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if ((flags & CONTEXT_CONTROL) == CONTEXT_CONTROL) {
        to->SegCs = from->SegCs;
        to->SegSs = from->SegSs;
        to->EFlags = from->EFlags;
#ifdef _WIN64
        to->Rip = from->Rip;
        to->Rsp = from->Rsp;
#else
        to->Eip = from->Eip;
        to->Esp = from->Esp;
        to->Ebp = from->Ebp;
#endif
    }
    if ((flags & CONTEXT_INTEGER) == CONTEXT_INTEGER) {
#ifdef _WIN64
        memcpy(&to->Rax, &from->Rax, offsetof(CONTEXT, Rsp) - offsetof(CONTEXT, Rax));
        memcpy(&to->Rbp, &from->Rbp, offsetof(CONTEXT, Rip) - offsetof(CONTEXT, Rbp));
#else
        memcpy(&to->Edi, &from->Edi, offsetof(CONTEXT, Ebp) - offsetof(CONTEXT, Edi));
#endif
    }
    if ((flags & CONTEXT_SEGMENTS) == CONTEXT_SEGMENTS) {
        to->SegDs = from->SegDs;
        to->SegEs = from->SegEs;
        to->SegFs = from->SegFs;
        to->SegGs = from->SegGs;
    }
    if ((flags & CONTEXT_FLOATING_POINT) == CONTEXT_FLOATING_POINT) {
#ifdef _WIN64
        to->MxCsr = from->MxCsr;
        to->FltSave = from->FltSave;
#else
        to->FloatSave = from->FloatSave;
#endif
    }
#ifndef _WIN64
    if ((flags & CONTEXT_EXTENDED_REGISTERS) == CONTEXT_EXTENDED_REGISTERS)
        memcpy(to->ExtendedRegisters, from->ExtendedRegisters, sizeof to->ExtendedRegisters);
#endif
    if ((flags & CONTEXT_DEBUG_REGISTERS) == CONTEXT_DEBUG_REGISTERS)
        memcpy(&to->Dr0, &from->Dr0, offsetof(CONTEXT, Dr7) + sizeof to->Dr7 - offsetof(CONTEXT, Dr0));
    if (flags & XSTATE_FLAG) {
        xstate(to)->mask = 0;
        for (DWORD i = 2; i < 8; i++) {
            DWORD length;
            void *target = LocateXStateFeature(to, i, &length),
                 *source = LocateXStateFeature(from, i, &length);
            if (!target || !source || !(xstate(from)->mask >> i & 1))
                continue;
            xstate(to)->mask |= 1ull << i;
            memcpy(target, source, length);
        }
    }
    to->ContextFlags |= flags;
    return TRUE;
}
