/*
 * Structured exception handling over frames: __C_specific_handler with filters, except blocks and
 * termination handlers. The functions are written in assembly, as a compiler with __try makes them.
 */
#include "harness.h"
#ifdef _WIN64

static char order[64];
static int order_length;
static LONG filter_verdict;
static DWORD filter_code;
static void *filter_frame, *body_frame;
static void (*body)(void);

static void note(char c)
{
    if (order_length < 63)
        order[order_length++] = c;
    order[order_length] = 0;
}

/* An except block finds the exception's code in EAX; not under wine. */
#define CHECK_CAUGHT(call, code)                                                                             \
    do {                                                                                                     \
        DWORD caught = (call);                                                                               \
        if (!harness_is_wine())                                                                              \
            CHECK_EQ(caught, (DWORD)(code));                                                                 \
    } while (0)

static void start(LONG verdict, void (*what)(void))
{
    order_length = 0;
    order[0] = 0;
    filter_verdict = verdict;
    filter_code = 0;
    body = what;
}

LONG seh_filter(EXCEPTION_POINTERS *pointers, void *frame);
LONG seh_filter(EXCEPTION_POINTERS *pointers, void *frame)
{
    note('?');
    filter_code = pointers->ExceptionRecord->ExceptionCode;
    filter_frame = frame;
    return filter_verdict;
}

void seh_finally(BOOLEAN abnormal, void *frame);
void seh_finally(BOOLEAN abnormal, void *frame)
{
    (void)frame;
    note(abnormal ? 'F' : 'f');
}

void seh_body(void *frame);
void seh_body(void *frame)
{
    body_frame = frame;
    body();
}

/* DWORD try_except(void): calls the body in a try block; 0, or the exception's code. */
/* DWORD try_finally(void): the same with a termination handler within the try block. */
DWORD try_except(void);
DWORD try_finally(void);
DWORD only_finally(void);
__asm__(
    ".text\n"
    ".globl try_except\n.def try_except; .scl 2; .type 32; .endef\n"
    ".seh_proc try_except\ntry_except:\n"
    ".seh_handler __C_specific_handler, @except, @unwind\n"
    ".seh_handlerdata\n.long 1\n.rva 1f, 2f, seh_filter, 3f\n.text\n"
    "pushq %rbx\n.seh_pushreg %rbx\nsubq $0x20, %rsp\n.seh_stackalloc 0x20\n.seh_endprologue\n"
    "movl $0x5a5a, %ebx\n"
    "1: movq %rsp, %rcx\ncall seh_body\nnop\n2: xorl %eax, %eax\njmp 4f\n"
    "3: cmpl $0x5a5a, %ebx\nje 4f\nmovl $1, %eax\n"
    "4: addq $0x20, %rsp\npopq %rbx\nret\n.seh_endproc\n"

    ".globl try_finally\n.def try_finally; .scl 2; .type 32; .endef\n"
    ".seh_proc try_finally\ntry_finally:\n"
    ".seh_handler __C_specific_handler, @except, @unwind\n"
    ".seh_handlerdata\n.long 2\n.rva 1f, 2f, seh_finally\n.long 0\n.rva 1f, 2f, seh_filter, 3f\n.text\n"
    "subq $0x28, %rsp\n.seh_stackalloc 0x28\n.seh_endprologue\n"
    "1: movq %rsp, %rcx\ncall seh_body\nnop\n2: xorl %ecx, %ecx\ncall seh_finally\nxorl %eax, %eax\n"
    "3: addq $0x28, %rsp\nret\n.seh_endproc\n"

    ".globl only_finally\n.def only_finally; .scl 2; .type 32; .endef\n"
    ".seh_proc only_finally\nonly_finally:\n"
    ".seh_handler __C_specific_handler, @except, @unwind\n"
    ".seh_handlerdata\n.long 1\n.rva 1f, 2f, seh_finally\n.long 0\n.text\n"
    "subq $0x28, %rsp\n.seh_stackalloc 0x28\n.seh_endprologue\n"
    "1: movq inner_body(%rip), %rax\ncall *%rax\nnop\n2: xorl %ecx, %ecx\ncall seh_finally\nxorl %eax, %eax\n"
    "addq $0x28, %rsp\nret\n.seh_endproc\n");
void (*inner_body)(void);

static void raises(void)
{
    RaiseException(0xe0000001, 0, 0, NULL);
    note('r');
}

static void faults(void)
{
    *(volatile int *volatile)16 = 1;
}

static void nothing(void)
{
    note('n');
}

TEST(no_exception)
{
    start(1, nothing);
    CHECK_EQ(try_except(), 0);
    CHECK_STR(order, "n");
    start(1, nothing);
    CHECK_EQ(try_finally(), 0);
    CHECK_STR(order, "nf");
}

TEST(execute_handler)
{
    start(EXCEPTION_EXECUTE_HANDLER, raises);
    CHECK_CAUGHT(try_except(), 0xe0000001);
    CHECK_STR(order, "?");
    CHECK_EQ(filter_code, 0xe0000001);
    CHECK_EQ((ULONG_PTR)filter_frame, (ULONG_PTR)body_frame);
}

TEST(continue_execution)
{
    start(EXCEPTION_CONTINUE_EXECUTION, raises);
    CHECK_EQ(try_except(), 0);
    CHECK_STR(order, "?r");
}

TEST(fault_in_frame)
{
    start(EXCEPTION_EXECUTE_HANDLER, faults);
    CHECK_CAUGHT(try_except(), EXCEPTION_ACCESS_VIOLATION);
}

TEST(finally_runs)
{
    start(EXCEPTION_EXECUTE_HANDLER, raises);
    CHECK_CAUGHT(try_finally(), 0xe0000001);
    CHECK_STR(order, "?F");
}

static void within_only_finally(void)
{
    only_finally();
}

TEST(finally_of_inner_function)
{
    start(EXCEPTION_EXECUTE_HANDLER, within_only_finally);
    inner_body = raises;
    CHECK_CAUGHT(try_except(), 0xe0000001);
    CHECK_STR(order, "?F");
    start(EXCEPTION_EXECUTE_HANDLER, within_only_finally);
    inner_body = faults;
    CHECK_CAUGHT(try_except(), EXCEPTION_ACCESS_VIOLATION);
    CHECK_STR(order, "?F");
}

static void deep(int n)
{
    volatile char space[64];
    space[0] = (char)n;
    if (n)
        deep(n - 1);
    else
        RaiseException(0xe0000002, 0, 0, NULL);
    space[1] = space[0];
}

static void goes_deep(void)
{
    deep(20);
}

TEST(deep)
{
    start(EXCEPTION_EXECUTE_HANDLER, goes_deep);
    CHECK_CAUGHT(try_except(), 0xe0000002);
}

/* An exception in a filter is a nested one: the inner try's filter raises, its frame sees it nested. */
static int nested_stage;
static void (*saved_body)(void);
static DWORD nested_flags;

static LONG CALLBACK watch_nested(EXCEPTION_POINTERS *p)
{
    if (p->ExceptionRecord->ExceptionCode == 0xe0000004)
        nested_flags = p->ExceptionRecord->ExceptionFlags;
    return EXCEPTION_CONTINUE_SEARCH;
}

LONG nested_filter(EXCEPTION_POINTERS *p, void *frame);
LONG nested_filter(EXCEPTION_POINTERS *p, void *frame)
{
    (void)frame;
    if (p->ExceptionRecord->ExceptionCode == 0xe0000003) {
        note('1');
        RaiseException(0xe0000004, 0, 0, NULL);
        note('x');
        return EXCEPTION_CONTINUE_SEARCH;
    }
    note(p->ExceptionRecord->ExceptionFlags & 0x10 ? '2' : '3');
    return EXCEPTION_EXECUTE_HANDLER;
}

DWORD try_nested(void);
__asm__(".text\n.globl try_nested\n.def try_nested; .scl 2; .type 32; .endef\n"
        ".seh_proc try_nested\ntry_nested:\n"
        ".seh_handler __C_specific_handler, @except, @unwind\n"
        ".seh_handlerdata\n.long 1\n.rva 1f, 2f, nested_filter, 3f\n.text\n"
        "subq $0x28, %rsp\n.seh_stackalloc 0x28\n.seh_endprologue\n"
        "1: movl $0xe0000003, %ecx\nxorl %edx, %edx\nxorl %r8d, %r8d\nxorl %r9d, %r9d\n"
        "call RaiseException\nnop\n2: xorl %eax, %eax\n"
        "3: addq $0x28, %rsp\nret\n.seh_endproc\n");

TEST(nested_exception)
{
    (void)nested_stage, (void)saved_body;
    start(0, nothing);
    PVOID handle = AddVectoredExceptionHandler(1, watch_nested);
    CHECK_CAUGHT(try_nested(), 0xe0000004);
    CHECK_STR(order, "12");
    CHECK_EQ(nested_flags, 0);
    RemoveVectoredExceptionHandler(handle);
}

/* An exception in a termination handler, caught outside: the unwind collides. */
static int finally_raises;
void raising_finally(BOOLEAN abnormal, void *frame);
void raising_finally(BOOLEAN abnormal, void *frame)
{
    (void)abnormal, (void)frame;
    note('F');
    if (finally_raises) {
        finally_raises = 0;
        RaiseException(0xe0000006, 0, 0, NULL);
    }
}

DWORD only_raising_finally(void);
__asm__(".text\n.globl only_raising_finally\n.def only_raising_finally; .scl 2; .type 32; .endef\n"
        ".seh_proc only_raising_finally\nonly_raising_finally:\n"
        ".seh_handler __C_specific_handler, @except, @unwind\n"
        ".seh_handlerdata\n.long 1\n.rva 1f, 2f, raising_finally\n.long 0\n.text\n"
        "subq $0x28, %rsp\n.seh_stackalloc 0x28\n.seh_endprologue\n"
        "1: movl $0xe0000005, %ecx\nxorl %edx, %edx\nxorl %r8d, %r8d\nxorl %r9d, %r9d\n"
        "call RaiseException\nnop\n2: xorl %eax, %eax\n"
        "addq $0x28, %rsp\nret\n.seh_endproc\n");

static void within_raising_finally(void)
{
    only_raising_finally();
}

TEST(exception_in_finally)
{
    start(EXCEPTION_EXECUTE_HANDLER, within_raising_finally);
    finally_raises = 1;
    CHECK_CAUGHT(try_except(), 0xe0000006);
    CHECK_STR(order, "?F?");
}

/* Continuing what cannot be continued is an exception of its own. */
static LONG CALLBACK see_noncontinuable(EXCEPTION_POINTERS *p)
{
    if (p->ExceptionRecord->ExceptionCode == (DWORD)STATUS_NONCONTINUABLE_EXCEPTION) {
        note('N');
        filter_verdict = EXCEPTION_EXECUTE_HANDLER;
    }
    return EXCEPTION_CONTINUE_SEARCH;
}

static void raises_noncontinuable(void)
{
    RaiseException(0xe0000007, EXCEPTION_NONCONTINUABLE, 0, NULL);
}

TEST(noncontinuable)
{
    PVOID handle = AddVectoredExceptionHandler(1, see_noncontinuable);
    start(EXCEPTION_CONTINUE_EXECUTION, raises_noncontinuable);
    CHECK_CAUGHT(try_except(), (DWORD)STATUS_NONCONTINUABLE_EXCEPTION);
    CHECK_STR(order, "?N?");
    RemoveVectoredExceptionHandler(handle);
}
#endif
