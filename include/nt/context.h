/*
 * The x86-64 CONTEXT and EXCEPTION_RECORD for the host world; the guest has them from winnt.h.
 */
#ifndef NT_CONTEXT_H
#define NT_CONTEXT_H

#include <nt/types.h>

#ifndef _WIN32

#define CONTEXT_AMD64               0x00100000u
#define CONTEXT_CONTROL             (CONTEXT_AMD64 | 0x1) /* SegSs, Rsp, SegCs, Rip, EFlags */
#define CONTEXT_INTEGER             (CONTEXT_AMD64 | 0x2)
#define CONTEXT_SEGMENTS            (CONTEXT_AMD64 | 0x4)
#define CONTEXT_FLOATING_POINT      (CONTEXT_AMD64 | 0x8)
#define CONTEXT_DEBUG_REGISTERS     (CONTEXT_AMD64 | 0x10)
#define CONTEXT_XSTATE              (CONTEXT_AMD64 | 0x40)
#define CONTEXT_FULL                (CONTEXT_CONTROL | CONTEXT_INTEGER | CONTEXT_FLOATING_POINT)
#define CONTEXT_ALL                 (CONTEXT_FULL | CONTEXT_SEGMENTS | CONTEXT_DEBUG_REGISTERS)
#define CONTEXT_EXCEPTION_ACTIVE    0x08000000u
#define CONTEXT_SERVICE_ACTIVE      0x10000000u
#define CONTEXT_EXCEPTION_REQUEST   0x40000000u
#define CONTEXT_EXCEPTION_REPORTING 0x80000000u

typedef struct _M128A {
    _Alignas(16) ULONGLONG Low;
    LONGLONG High;
} M128A;

/* The FXSAVE image. */
typedef struct _XSAVE_FORMAT {
    _Alignas(16) WORD ControlWord;
    WORD StatusWord;
    BYTE TagWord;
    BYTE Reserved1;
    WORD ErrorOpcode;
    DWORD ErrorOffset;
    WORD ErrorSelector;
    WORD Reserved2;
    DWORD DataOffset;
    WORD DataSelector;
    WORD Reserved3;
    DWORD MxCsr;
    DWORD MxCsr_Mask;
    M128A FloatRegisters[8];
    M128A XmmRegisters[16];
    BYTE Reserved4[96];
} XSAVE_FORMAT;

typedef struct _CONTEXT {
    _Alignas(16) DWORD64 P1Home;
    DWORD64 P2Home, P3Home, P4Home, P5Home, P6Home;
    DWORD ContextFlags; /* 0x30 */
    DWORD MxCsr;
    WORD SegCs, SegDs, SegEs, SegFs, SegGs, SegSs;
    DWORD EFlags; /* 0x44 */
    DWORD64 Dr0, Dr1, Dr2, Dr3, Dr6, Dr7;
    DWORD64 Rax, Rcx, Rdx, Rbx, Rsp, Rbp, Rsi, Rdi; /* 0x78 */
    DWORD64 R8, R9, R10, R11, R12, R13, R14, R15;   /* 0xb8 */
    DWORD64 Rip;                                    /* 0xf8 */
    XSAVE_FORMAT FltSave;                           /* 0x100 */
    M128A VectorRegister[26];
    DWORD64 VectorControl;
    DWORD64 DebugControl;
    DWORD64 LastBranchToRip, LastBranchFromRip, LastExceptionToRip, LastExceptionFromRip;
} CONTEXT;

#define EXCEPTION_MAXIMUM_PARAMETERS 15
#define EXCEPTION_NONCONTINUABLE     0x01
#define EXCEPTION_READ_FAULT         0
#define EXCEPTION_WRITE_FAULT        1
#define EXCEPTION_EXECUTE_FAULT      8

typedef struct _EXCEPTION_RECORD {
    DWORD ExceptionCode;
    DWORD ExceptionFlags;
    struct _EXCEPTION_RECORD *ExceptionRecord;
    PVOID ExceptionAddress;
    DWORD NumberParameters;
    ULONG_PTR ExceptionInformation[EXCEPTION_MAXIMUM_PARAMETERS];
} EXCEPTION_RECORD;

_Static_assert(sizeof(CONTEXT) == 0x4d0, "CONTEXT");
_Static_assert(offsetof(CONTEXT, Rax) == 0x78, "CONTEXT");
_Static_assert(offsetof(CONTEXT, Rip) == 0xf8, "CONTEXT");
_Static_assert(offsetof(CONTEXT, FltSave) == 0x100, "CONTEXT");
_Static_assert(sizeof(EXCEPTION_RECORD) == 0x98, "EXCEPTION_RECORD");

#endif

typedef struct _CONTEXT_CHUNK {
    LONG Offset; /* from the CONTEXT_EX */
    DWORD Length;
} CONTEXT_CHUNK;

typedef struct _CONTEXT_EX {
    CONTEXT_CHUNK All, Legacy, XState;
} CONTEXT_EX;

/* XSAVE components above SSE that contexts carry: AVX, opmask, ZMM_Hi256, Hi16_ZMM. */
#define XSTATE_CARRIED     0xe4ull
#define XSTATE_HEADER_SIZE 64
#define XSTATE_AREA_SIZE   (XSTATE_HEADER_SIZE + 256 + 64 + 512 + 1024)

/* Set beside EXCEPTION_NONCONTINUABLE in a record that must end the process without being
 * dispatched (fast fail, second chance). Never seen by a program. */
#define EXCEPTION_GASTWIRT_FATAL 0x00010000u

/* With NtRaiseException: for the debugger alone. The call fails if that does not handle it. */
#define EXCEPTION_GASTWIRT_NOTIFY 0x00020000u
#define EXCEPTION_GASTWIRT        (EXCEPTION_GASTWIRT_FATAL | EXCEPTION_GASTWIRT_NOTIFY)

#if defined(__x86_64__)
/* What KiUserExceptionDispatcher finds at RSP (a multiple of 64). */
struct exception_frame {
    CONTEXT context;
    CONTEXT_EX context_ex; /* 0x4d0 */
    UINT64 reserved;
    EXCEPTION_RECORD record; /* 0x4f0 */
    UINT64 reserved2;
    struct {
        UINT64 rip, cs, eflags, rsp, ss;
    } machine_frame; /* 0x590: for the unwinder */
    UINT64 reserved3;
    UINT8 xstate[XSTATE_AREA_SIZE]; /* 0x5c0: header, then components in compacted format */
};
_Static_assert(sizeof(CONTEXT_EX) == 0x18, "CONTEXT_EX");
_Static_assert(offsetof(struct exception_frame, record) == 0x4f0, "exception frame");
_Static_assert(offsetof(struct exception_frame, machine_frame) == 0x590, "exception frame");
_Static_assert(offsetof(struct exception_frame, xstate) == 0x5c0, "exception frame");

/* What KiUserApcDispatcher finds at RSP: the context to go on with, its home space holding the
 * routine and its arguments. */
struct apc_frame {
    CONTEXT context; /* P1Home..P3Home: arguments, P4Home: routine */
    CONTEXT_EX context_ex;
    UINT64 reserved;
    struct {
        UINT64 rip, cs, eflags, rsp, ss;
    } machine_frame; /* 0x4f0 */
    UINT64 reserved2[5];
    UINT8 xstate[XSTATE_AREA_SIZE]; /* 0x540 */
};
_Static_assert(offsetof(struct apc_frame, machine_frame) == 0x4f0, "APC frame");
_Static_assert(offsetof(struct apc_frame, xstate) == 0x540, "APC frame");
#endif
#endif
