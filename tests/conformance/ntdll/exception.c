/*
 * Language handlers of one's own: dispositions, unwinding with consolidation and to a jmp_buf, the
 * stack as a handler sees it.
 */
#include "harness.h"
#ifdef _WIN64
#include <setjmp.h>

NTSYSAPI void NTAPI RtlRaiseStatus(LONG status);

static EXCEPTION_DISPOSITION (*handler)(EXCEPTION_RECORD *, void *, CONTEXT *, DISPATCHER_CONTEXT *);
static void (*body)(void);
static char order[32];
static int order_length;

static void note(char c)
{
    if (order_length < 31)
        order[order_length++] = c;
    order[order_length] = 0;
}

static void start(void (*what)(void), void *how)
{
    order_length = 0;
    order[0] = 0;
    body = what;
    handler = how;
}

EXCEPTION_DISPOSITION forward_handler(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                      DISPATCHER_CONTEXT *dispatch);
EXCEPTION_DISPOSITION forward_handler(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                      DISPATCHER_CONTEXT *dispatch)
{
    return handler(record, frame, context, dispatch);
}

void call_body(void);
void call_body(void)
{
    body();
}

/* ULONG_PTR guarded(void): the body under forward_handler; returns 1, or RAX as of landing_pad. */
ULONG_PTR guarded(void);
extern char landing_pad[];
__asm__(".text\n.globl guarded\n.def guarded; .scl 2; .type 32; .endef\n"
        ".seh_proc guarded\nguarded:\n.seh_handler forward_handler, @except, @unwind\n"
        "pushq %rbx\n.seh_pushreg %rbx\nsubq $0x20, %rsp\n.seh_stackalloc 0x20\n.seh_endprologue\n"
        "movl $0x77, %ebx\ncall call_body\nnop\nmovl $1, %eax\njmp 1f\n"
        ".globl landing_pad\nlanding_pad: cmpq $0x77, %rbx\nje 1f\nmovl $2, %eax\n"
        "1: addq $0x20, %rsp\npopq %rbx\nret\n.seh_endproc\n");

static void raises(void)
{
    ULONG_PTR arguments[] = {1, 2};
    RaiseException(0xe0000011, 0, 2, arguments);
    note('c');
}

static EXCEPTION_DISPOSITION continues(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                       DISPATCHER_CONTEXT *dispatch)
{
    note('h');
    CHECK_EQ(dispatch->EstablisherFrame, (DWORD64)frame);
    CHECK(dispatch->ControlPc - (DWORD64)guarded < 64);
    CHECK_EQ(dispatch->ImageBase, (DWORD64)GetModuleHandleA(NULL));
    CHECK_EQ(record->NumberParameters, 2);
    return ExceptionContinueExecution;
}

TEST(continue_execution)
{
    start(raises, continues);
    CHECK_EQ(guarded(), 1);
    CHECK_STR(order, "hc");
}

static EXCEPTION_DISPOSITION unwinds(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                     DISPATCHER_CONTEXT *dispatch)
{
    if (record->ExceptionFlags & 2) {
        note(record->ExceptionFlags & 0x20 ? 'T' : 'u');
        CHECK_EQ(dispatch->TargetIp, (DWORD64)landing_pad);
        return ExceptionContinueSearch;
    }
    note('h');
    RtlUnwindEx(frame, landing_pad, record, (void *)0x1234, dispatch->ContextRecord, dispatch->HistoryTable);
    note('x');
    return ExceptionContinueSearch;
}

TEST(unwind_to_frame)
{
    start(raises, unwinds);
    CHECK_EQ(guarded(), 0x1234);
    CHECK_STR(order, "hT");
}

static EXCEPTION_DISPOSITION plain_unwind(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                          DISPATCHER_CONTEXT *dispatch)
{
    if (record->ExceptionFlags & 2) {
        note('T');
        CHECK_EQ(record->ExceptionCode, (DWORD)STATUS_UNWIND);
        return ExceptionContinueSearch;
    }
    RtlUnwind(frame, landing_pad, NULL, (void *)0x4321);
    return ExceptionContinueSearch;
}

TEST(unwind_without_record)
{
    start(raises, plain_unwind);
    CHECK_EQ(guarded(), 0x4321);
    CHECK_STR(order, "T");
}

/* Consolidation: the routine runs while the frames above are still there. */
static char *frame_of_raise;
static void *consolidate(EXCEPTION_RECORD *record)
{
    char here;
    note('C');
    CHECK_EQ(record->ExceptionInformation[1], 0x55);
    CHECK(&here < frame_of_raise);
    return landing_pad;
}

static EXCEPTION_DISPOSITION consolidates(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                          DISPATCHER_CONTEXT *dispatch)
{
    if (record->ExceptionFlags & 2) {
        note('T');
        return ExceptionContinueSearch;
    }
    EXCEPTION_RECORD own = {.ExceptionCode = (DWORD)STATUS_UNWIND_CONSOLIDATE, .NumberParameters = 3};
    own.ExceptionInformation[0] = (ULONG_PTR)consolidate;
    own.ExceptionInformation[1] = 0x55;
    frame_of_raise = (char *)context->Rsp;
    RtlUnwindEx(frame, landing_pad, &own, (void *)9, dispatch->ContextRecord, dispatch->HistoryTable);
    return ExceptionContinueSearch;
}

TEST(consolidation)
{
    start(raises, consolidates);
    ULONG_PTR result = guarded();
    CHECK(result == 9);
    CHECK_STR(order, "TC");
}

static EXCEPTION_DISPOSITION invalid(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                     DISPATCHER_CONTEXT *dispatch)
{
    if (record->ExceptionFlags & 2)
        return ExceptionContinueSearch;
    if (record->ExceptionCode == (DWORD)STATUS_INVALID_DISPOSITION) {
        note('I');
        CHECK(record->ExceptionFlags & EXCEPTION_NONCONTINUABLE);
        CHECK(harness_is_wine() ||
              (record->ExceptionRecord && record->ExceptionRecord->ExceptionCode == 0xe0000011));
        RtlUnwindEx(frame, landing_pad, record, (void *)3, dispatch->ContextRecord, dispatch->HistoryTable);
    }
    note('h');
    return (EXCEPTION_DISPOSITION)17;
}

TEST(invalid_disposition)
{
    start(raises, invalid);
    CHECK_EQ(guarded(), 3);
    CHECK_STR(order, "hI");
}

static void raises_status(void)
{
    RtlRaiseStatus(STATUS_NO_MEMORY);
}

static EXCEPTION_DISPOSITION sees_status(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                         DISPATCHER_CONTEXT *dispatch)
{
    if (record->ExceptionFlags & 2)
        return ExceptionContinueSearch;
    CHECK_EQ(record->ExceptionCode, (DWORD)STATUS_NO_MEMORY);
    CHECK_EQ(record->ExceptionFlags, EXCEPTION_NONCONTINUABLE);
    CHECK_EQ(record->NumberParameters, 0);
    RtlUnwindEx(frame, landing_pad, record, (void *)4, dispatch->ContextRecord, dispatch->HistoryTable);
    return ExceptionContinueSearch;
}

TEST(raise_status)
{
    start(raises_status, sees_status);
    CHECK_EQ(guarded(), 4);
}

/* A handler's stack leads through the dispatcher to the code that faulted. */
static void *faulting_rip;
static int found_fault;
static void __attribute__((noinline)) faults(void)
{
    *(volatile int *volatile)16 = 1;
    note('a');
}

static EXCEPTION_DISPOSITION looks_back(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                        DISPATCHER_CONTEXT *dispatch)
{
    if (record->ExceptionFlags & 2)
        return ExceptionContinueSearch;
    void *frames[62];
    USHORT n = RtlCaptureStackBackTrace(0, 62, frames, NULL);
    faulting_rip = record->ExceptionAddress;
    for (int i = 0; i < n; i++)
        found_fault |= frames[i] == faulting_rip;
    RtlUnwindEx(frame, landing_pad, record, (void *)5, dispatch->ContextRecord, dispatch->HistoryTable);
    return ExceptionContinueSearch;
}

TEST(stack_within_handler)
{
    start(faults, looks_back);
    CHECK_EQ(guarded(), 5);
    CHECK(found_fault);
}

/* longjmp runs the termination handlers between. */
static jmp_buf buffer;
static void jumps(void)
{
    longjmp(buffer, 8);
}

static EXCEPTION_DISPOSITION notes_unwind(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                          DISPATCHER_CONTEXT *dispatch)
{
    note(record->ExceptionFlags & 2 ? 'u' : 'h');
    return ExceptionContinueSearch;
}

/* int leaves(void): calls leave(establisher frame) under forward_handler; 1, or RBX as of leave_pad. */
int leaves(void);
extern char leave_pad[];
void leave(void *frame);
__asm__(".text\n.globl leaves\n.def leaves; .scl 2; .type 32; .endef\n"
        ".seh_proc leaves\nleaves:\n.seh_handler forward_handler, @except, @unwind\n"
        "pushq %rbx\n.seh_pushreg %rbx\nsubq $0x20, %rsp\n.seh_stackalloc 0x20\n.seh_endprologue\n"
        "movl $0x99, %ebx\nmovq %rsp, %rcx\ncall leave\nnop\nmovl $1, %eax\njmp 1f\n"
        ".globl leave_pad\nleave_pad: movl %ebx, %eax\n"
        "1: addq $0x20, %rsp\npopq %rbx\nret\n.seh_endproc\n");

void leave(void *frame)
{
    void(__cdecl * unwind)(void *, void *) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"),
                                                                    "_local_unwind");

    unwind(frame, leave_pad);
}

static EXCEPTION_DISPOSITION notes_leaving(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                           DISPATCHER_CONTEXT *dispatch)
{
    note(record->ExceptionFlags & EXCEPTION_TARGET_UNWIND ? 't' : 'u');
    CHECK_EQ(record->ExceptionCode, (DWORD)STATUS_UNWIND);
    return ExceptionContinueSearch;
}

/* How a compiler leaves a __try block by goto. */
TEST(local_unwind)
{
    start(NULL, notes_leaving);
    CHECK_EQ(leaves(), 0x99);
    CHECK_STR(order, "t");
}

TEST(longjmp_unwinds)
{
    volatile int kept = 5;
    start(jumps, notes_unwind);
    int value = setjmp(buffer);
    if (!value) {
        kept = 6;
        guarded();
        FAIL("not reached");
    }
    CHECK_EQ(value, 8);
    CHECK_EQ(kept, 6);
    CHECK_STR(order, "u");
}
#endif
