/*
 * Frames with C++ catch blocks as Microsoft's compilers lay them out for x64 (both formats of their tables),
 * what filters of such frames call, and for x86 the older handlers, unwinders and jumps.
 */
#include "crt.h"

struct type {
    const void *vtable;
    char *undecorated;
    char name[16];
};

/* ---------------------------------------------------------------- what filters and managed code call */

#ifdef _WIN64
typedef unsigned int reference;
#define REFER(p) ((reference)((char *)(p) - (char *)GetModuleHandleA(NULL)))
#else
typedef const void *reference;
#define REFER(p) ((reference)(p))
#endif

struct type frames_int __asm__("frames_int") = {NULL, NULL, ".H"};
static struct type frames_long = {NULL, NULL, ".J"};
static struct {
    unsigned int properties;
    reference type;
    int member, vtable, inside, size;
    reference copy;
} catchable;
static struct {
    int count;
    reference types[1];
} catchables;
static struct {
    unsigned int attributes;
    reference destructor, forward, types;
} throw_info;
static int value = 4711;

static void build(struct type *type)
{
    catchable.properties = 1;
    catchable.type = REFER(type);
    catchable.vtable = -1;
    catchable.size = sizeof(int);
    catchables.count = 1;
    catchables.types[0] = REFER(&catchable);
    throw_info.types = REFER(&catchables);
}

static EXCEPTION_RECORD record_of_throw(void)
{
    EXCEPTION_RECORD record = {.ExceptionCode = 0xe06d7363, .ExceptionFlags = EXCEPTION_NONCONTINUABLE};

    build(&frames_int);
    record.NumberParameters = sizeof(void *) == 8 ? 4 : 3;
    record.ExceptionInformation[0] = 0x19930520;
    record.ExceptionInformation[1] = (ULONG_PTR)&value;
    record.ExceptionInformation[2] = (ULONG_PTR)&throw_info;
    record.ExceptionInformation[3] = (ULONG_PTR)GetModuleHandleA(NULL);
    return record;
}

CRT_TEST(filters_of_frames)
{
    EXCEPTION_RECORD record = record_of_throw(), other = {.ExceptionCode = 0xe0000001}, again = record;
    CONTEXT context = {0};
    EXCEPTION_POINTERS pointers = {&record, &context}, others = {&other, &context},
                       rethrown = {&again, &context};
    int(__cdecl * filter)(EXCEPTION_POINTERS *, const void *, int,
                          void *) = crt_function("__CxxExceptionFilter");
    int object = 0;

    CHECK_EQ(filter(&pointers, &frames_int, 0, &object), 1);
    CHECK_EQ(object, 4711);
    CHECK_EQ(filter(&pointers, &frames_long, 0, NULL), 0);
    CHECK_EQ(filter(&pointers, NULL, 0, NULL), 1); /* catch (...) */
    CHECK_EQ(filter(&others, &frames_int, 0, NULL), 0);
    CHECK_EQ(filter(NULL, &frames_int, 0, NULL), 0);
    CHECK_EQ(CRT(int, __CxxDetectRethrow, (EXCEPTION_POINTERS *))(&pointers), 0);
    CHECK_EQ(CRT(int, __CxxDetectRethrow, (EXCEPTION_POINTERS *))(&others), 0);
    CHECK_EQ(CRT(int, __CxxDetectRethrow, (EXCEPTION_POINTERS *))(NULL), 0);
    CHECK_EQ(CRT(int, __FrameUnwindFilter, (EXCEPTION_POINTERS *))(&others), 0);

    void *active = calloc(1, CRT(int, __CxxQueryExceptionSize, (void))() + 64);
    CHECK_EQ(CRT(int, __CxxRegisterExceptionObject, (EXCEPTION_POINTERS *, void *))(&pointers, active), 1);
    CHECK(*CRT(void **, __current_exception, (void))() == &record);
    again.ExceptionInformation[1] = again.ExceptionInformation[2] = 0; /* throw; */
    CHECK_EQ(CRT(int, __CxxDetectRethrow, (EXCEPTION_POINTERS *))(&rethrown), 1);
    CRT(void, __CxxUnregisterExceptionObject, (void *, int))(active, 0);
    CHECK(*CRT(void **, __current_exception, (void))() == NULL);
    free(active);
}

/* ---------------------------------------------------------------- frames for x64 */

#ifdef _WIN64
void *frames_handler __asm__("frames_handler");
void (*frames_body)(void) __asm__("frames_body");
int frames_caught __asm__("frames_caught");
int frames_destroyed __asm__("frames_destroyed");

/* int NAME(void) { object o; try { body(); } catch (int i) { caught++; return i + 1; } return 0; } */
#define FRAME(name, information)                                                                             \
    ".text\n.globl " name "\n.def " name "; .scl 2; .type 32; .endef\n.seh_proc " name "\n" name ":\n"       \
    ".seh_handler frames_personality, @except, @unwind\n.seh_handlerdata\n.rva " information "\n.text\n"     \
    "pushq %rbp\n.seh_pushreg %rbp\nsubq $0x40, %rsp\n.seh_stackalloc 0x40\n.seh_endprologue\n"              \
    "movq $-2, 0x38(%rsp)\n"                                                                                 \
    "1:\n" name "_try:\ncall *frames_body(%rip)\nnop\n" name "_end:\nxorl %eax, %eax\njmp 2f\n" name         \
    "_continue:\nmovl 0x30(%rsp), %eax\nincl %eax\n2: addq $0x40, %rsp\npopq %rbp\nret\n.seh_endproc\n"      \
    ".seh_proc " name "_catch\n" name "_catch:\nmovq %rdx, 16(%rsp)\npushq %rbp\n.seh_pushreg %rbp\n"        \
    "subq $0x20, %rsp\n.seh_stackalloc 0x20\n.seh_endprologue\nincl frames_caught(%rip)\nleaq " name         \
    "_continue(%rip), %rax\naddq $0x20, %rsp\npopq %rbp\nret\n.seh_endproc\n.seh_proc " name                 \
    "_destroy\n" name "_destroy:\nsubq $0x28, %rsp\n.seh_stackalloc 0x28\n.seh_endprologue\n"                \
    "incl frames_destroyed(%rip)\naddq $0x28, %rsp\nret\n.seh_endproc\n"

int frame3(void) __asm__("frame3");
int frame4(void) __asm__("frame4");
__asm__(
    ".text\n.globl frames_personality\nframes_personality: jmp *frames_handler(%rip)\n" /* as the test says */
    FRAME("frame3", "frame3_information")
        FRAME("frame4",
              "frame4_information") ".section .rdata,\"dr\"\n.p2align 2\n"
                                    /* states: 0 the object lives, 1 in the try block, 2 in the catch block */
                                    "frame3_information: .long 0x19930522, 3\n.rva frame3_unwind\n.long "
                                    "1\n.rva frame3_tries\n.long 3\n"
                                    ".rva frame3_places\n.long 0x38, 0, 1\n"
                                    "frame3_unwind: .long -1\n.rva frame3_destroy\n.long 0, 0, 0, 0\n"
                                    "frame3_tries: .long 1, 1, 2, 1\n.rva frame3_catches\n"
                                    "frame3_catches: .long 0\n.rva frames_int\n.long 0x30\n.rva "
                                    "frame3_catch\n.long 0x38\n"
                                    "frame3_places: .rva frame3\n.long -1\n.rva frame3_try\n.long 1\n.rva "
                                    "frame3_end\n.long 0\n"
                                    /* compressed: unsigned numbers below 128 are doubled */
                                    "frame4_information: .byte 0x38\n.rva frame4_unwind\n.rva "
                                    "frame4_tries\n.rva frame4_places\n"
                                    /* each state: the way back to the one it goes to, times 4, and what is
                                       done: 3 calls a function */
                                    "frame4_unwind: .byte 3 * 2, (1 * 4 + 3) * 2\n.rva frame4_destroy\n"
                                    ".byte (5 * 4) * 2, (6 * 4) * 2\n"
                                    "frame4_tries: .byte 1 * 2, 1 * 2, 1 * 2, 2 * 2\n.rva frame4_catches\n"
                                    "frame4_catches: .byte 1 * 2, 6\n.rva frames_int\n.byte 0x30 * 2\n.rva "
                                    "frame4_catch\n"
                                    "frame4_places: .byte 2 * 2, (frame4_try - frame4) * 2, 2 * 2, "
                                    "(frame4_end - frame4_try) * 2, 1 * 2\n"
                                    ".text\n");

static void does_nothing(void)
{
}

static void throws(void)
{
    CRT(void, _CxxThrowException, (void *, void *))(&value, &throw_info);
}

static int (*inner)(void);

static void throws_past_a_frame(void)
{
    build(&frames_long);
    inner();
}

static LONG NTAPI is_not_caught(EXCEPTION_POINTERS *info)
{
    if (info->ExceptionRecord->ExceptionCode == 0xe06d7363)
        ExitThread(77);
    return EXCEPTION_CONTINUE_SEARCH;
}

static DWORD WINAPI throws_long(void *frame)
{
    SetUnhandledExceptionFilter(is_not_caught);
    frames_body = throws;
    throws_past_a_frame();
    return ((int (*)(void))frame)();
}

static void check_frame(int (*frame)(void), const char *handler)
{
    DWORD code = 0;

    frames_handler = crt_function(handler);
    build(&frames_int);
    frames_caught = frames_destroyed = 0;
    frames_body = does_nothing;
    CHECK_EQ(frame(), 0);
    CHECK_EQ(frames_caught, 0);
    frames_body = throws;
    CHECK_EQ(frame(), 4712);
    CHECK_EQ(frames_caught, 1);
    CHECK_EQ(frames_destroyed, 0); /* it lives on in the function */
    CHECK_EQ(frame(), 4712);
    CHECK_EQ(frames_caught, 2);
    inner = frame;
    if (harness_is_wine())
        return; /* which ends such a program differently */
    HANDLE thread = CreateThread(NULL, 0, throws_long, (void *)(ULONG_PTR)frame, 0, NULL);
    CHECK_EQ(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    GetExitCodeThread(thread, &code);
    CHECK_EQ(code, 77);
    CHECK_EQ(frames_caught, 2);
    CloseHandle(thread);
    SetUnhandledExceptionFilter(NULL);
}

CRT_TEST(first_format)
{
    check_frame(frame3, "__CxxFrameHandler");
    check_frame(frame3, "__CxxFrameHandler2");
    check_frame(frame3, "__CxxFrameHandler3");
}

#ifdef UCRT
CRT_TEST(compressed_format)
{
    check_frame(frame4, "__CxxFrameHandler4");
}
#endif

/* ---------------------------------------------------------------- leaving a frame, and jumps, for x64 */

void *frames_call __asm__("frames_call");
void *frames_buffer __asm__("frames_buffer");
DWORD frames_flags __asm__("frames_flags");
int frames_leave(void) __asm__("frames_leave");
int frames_jump(ULONG_PTR with_frame) __asm__("frames_jump");
extern char frames_landing[] __asm__("frames_landing");

EXCEPTION_DISPOSITION frames_note(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                  void *dispatch) __asm__("frames_note");
EXCEPTION_DISPOSITION frames_note(EXCEPTION_RECORD *record, void *frame, CONTEXT *context, void *dispatch)
{
    frames_flags |= record->ExceptionFlags;
    return ExceptionContinueSearch;
}

/* frames_leave goes to its second half by way of an unwinder; frames_jump is setjmp, and the body at the
 * first return. */
__asm__(".text\n.globl frames_leave\n.def frames_leave; .scl 2; .type 32; .endef\n.seh_proc frames_leave\n"
        "frames_leave:\n.seh_handler frames_note, @except, @unwind\n"
        "pushq %rbx\n.seh_pushreg %rbx\nsubq $0x20, %rsp\n.seh_stackalloc 0x20\n.seh_endprologue\n"
        "movl $77, %ebx\nmovq %rsp, %rcx\ncall *frames_body(%rip)\nnop\nmovl $1, %eax\njmp 1f\n"
        ".globl frames_landing\nframes_landing: movl %ebx, %eax\n"
        "1: addq $0x20, %rsp\npopq %rbx\nret\n.seh_endproc\n"
        ".globl frames_jump\n.def frames_jump; .scl 2; .type 32; .endef\n.seh_proc frames_jump\n"
        "frames_jump:\n.seh_handler frames_note, @except, @unwind\n"
        "pushq %rbx\n.seh_pushreg %rbx\nsubq $0x20, %rsp\n.seh_stackalloc 0x20\n.seh_endprologue\n"
        "xorl %edx, %edx\ntestq %rcx, %rcx\ncmovneq %rsp, %rdx\nmovq frames_buffer(%rip), %rcx\n"
        "call *frames_call(%rip)\ntestl %eax, %eax\njne 1f\n"
        "call *frames_body(%rip)\nnop\nmovl $-1, %eax\n"
        "1: addq $0x20, %rsp\npopq %rbx\nret\n.seh_endproc\n");

static void leaves(void *frame)
{
    ((void (*)(void *, void *))frames_call)(frame, frames_landing);
}

CRT_TEST(leaving_a_frame)
{
    frames_body = (void (*)(void))(void *)leaves;
    frames_call = crt_function("_local_unwind");
    frames_flags = 0;
    CHECK_EQ(frames_leave(), 77);
    CHECK(frames_flags & 2); /* EXCEPTION_UNWINDING */
}

static void jumps(void)
{
    ((void (*)(void *, int))crt_function("longjmp"))(frames_buffer, 5);
}
static void jumps_with_zero(void)
{
    ((void (*)(void *, int))crt_function("longjmp"))(frames_buffer, 0);
}

static void check_jump(const char *name)
{
    static char buffer[512] __attribute__((aligned(16)));

    frames_buffer = buffer;
    frames_call = crt_function(name);
    for (int with_frame = 0; with_frame < 2; with_frame++) {
        frames_body = does_nothing;
        CHECK_EQ(frames_jump(with_frame), -1);
        frames_body = jumps;
        CHECK_EQ(frames_jump(with_frame), 5);
        frames_body = jumps_with_zero;
        CHECK_EQ(frames_jump(with_frame), 1);
    }
    frames_flags = 0;
    frames_body = jumps;
    CHECK_EQ(frames_jump(1), 5);
    CHECK(frames_flags & 2); /* with a frame, what lies between is unwound */
}

CRT_TEST(jumping)
{
#ifdef UCRT
    check_jump("__intrinsic_setjmp");
    check_jump("__intrinsic_setjmpex");
#else
    check_jump("_setjmp");
    check_jump("_setjmpex");
#endif
}
#endif
