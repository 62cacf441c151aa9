/*
 * The x86 runtime's exception handlers and unwinders, called as a compiler's frames and ntdll call them: the
 * frame of each is made by hand, its blocks are plain functions. (Nothing on x86-64; try_x86 has whole try
 * blocks.)
 */
#include "crt.h"

#ifndef _WIN64

struct scope {
    int enclosing;
    int (*filter)(void);
    void (*block)(void);
};
struct frame { /* what lies around the registration */
    void *esp;
    EXCEPTION_POINTERS *pointers;
    struct registration {
        void *next, *handler, *scopes;
        int level;
        void *ebp;
    } registration;
    char room[32];
};

static char calls[32];
static int verdict;
static void note(char c)
{
    size_t n = strlen(calls);
    calls[n] = c;
    calls[n + 1] = 0;
}
static void finally_outer(void)
{
    note('o');
}
static void finally_inner(void)
{
    note('i');
}
static int filter(void)
{
    note('x');
    return verdict;
}
static const char *taken(void)
{
    static char copy[32];
    strcpy(copy, calls);
    calls[0] = 0;
    return copy;
}

static const struct scope finallies[2] = {{-1, NULL, finally_outer}, {0, NULL, finally_inner}};
static const struct scope filters[2] = {{-1, filter, finally_outer}, {0, NULL, finally_inner}};
static const struct { /* of the fourth handler: no cookie of the function's, one of the frame's */
    int gs_offset, gs_xor, eh_offset, eh_xor;
    struct scope scopes[2];
} finallies4 = {-2, 0, 4, 0, {{-2, NULL, finally_outer}, {0, NULL, finally_inner}}},
  filters4 = {-2, 0, 4, 0, {{-2, filter, finally_outer}, {0, NULL, finally_inner}}};
static ULONG cookie = 0x5a5a1234;

static struct frame make_frame(const void *scopes, int level)
{
    struct frame frame = {.registration = {(void *)-1, NULL, (void *)scopes, level, NULL}};
    return frame;
}

CRT_TEST(local_unwinding)
{
    struct frame frame = make_frame(finallies, 1);

    CRT(void, _local_unwind2, (void *, int))(&frame.registration, 0);
    CHECK_STR(taken(), "i");
    CHECK_EQ(frame.registration.level, 0);
    CRT(void, _local_unwind2, (void *, int))(&frame.registration, -1);
    CHECK_STR(taken(), "o");
    CHECK_EQ(frame.registration.level, -1);
    CRT(void, _local_unwind2, (void *, int))(&frame.registration, -1);
    CHECK_STR(taken(), "");
    frame = make_frame((void *)((ULONG_PTR)&finallies4 ^ cookie), 1);
    CRT(void, _local_unwind4, (ULONG *, void *, int))(&cookie, &frame.registration, -2);
    CHECK_STR(taken(), "io");
    CHECK_EQ(frame.registration.level, -2);
}

CRT_TEST(unwinding_for_jumps)
{
    struct frame frame = make_frame(finallies, 1);
    struct {
        ULONG_PTR registers[6];
        void *registration;
        int level;
        ULONG_PTR cookie;
        void *unwind;
        const void *data[6];
    } buffer = {.registration = &frame.registration, .level = 0};

    ((void(WINAPI *)(void *))crt_function("_seh_longjmp_unwind"))(&buffer);
    CHECK_STR(taken(), "i");
    frame = make_frame((void *)((ULONG_PTR)&finallies4 ^ cookie), 1);
    buffer.data[0] = &cookie;
    buffer.level = -2;
    ((void(WINAPI *)(void *))crt_function("_seh_longjmp_unwind4"))(&buffer);
    CHECK_STR(taken(), "io");

    static const struct {
        int to;
        void (*action)(void);
    } states[2] = {{-1, finally_outer}, {0, finally_inner}};
    static const struct {
        unsigned magic;
        int count;
        const void *states;
        unsigned others[6];
    } information = {0x19930522, 2, states, {0}};
    struct {
        void *next, *handler;
        int state;
        char ebp[64];
    } cxx = {(void *)-1, NULL, 1, ""};
    buffer.registration = &cxx;
    buffer.level = -1;
    buffer.data[0] = &information;
    ((void(WINAPI *)(void *))crt_function("__CxxLongjmpUnwind"))(&buffer);
    CHECK_STR(taken(), "io");
    CHECK_EQ(cxx.state, -1);
}

typedef EXCEPTION_DISPOSITION(__cdecl *handler)(EXCEPTION_RECORD *, void *, CONTEXT *, void *);

static void check_handler(handler handle, const void *with_filter, const void *without)
{
    EXCEPTION_RECORD record = {.ExceptionCode = 0xe0000001};
    CONTEXT context = {0};
    struct frame frame = make_frame(with_filter, 1);

    frame.registration.ebp = &frame.room;
    verdict = EXCEPTION_CONTINUE_SEARCH;
    CHECK_EQ(handle(&record, &frame.registration, &context, NULL), ExceptionContinueSearch);
    CHECK_STR(taken(), "x");
    CHECK_EQ(frame.registration.level, 1);
    verdict = EXCEPTION_CONTINUE_EXECUTION;
    CHECK_EQ(handle(&record, &frame.registration, &context, NULL), ExceptionContinueExecution);
    CHECK_STR(taken(), "x");
    record.ExceptionFlags = 2; /* unwinding */
    frame = make_frame(without, 1);
    frame.registration.ebp = &frame.room;
    CHECK_EQ(handle(&record, &frame.registration, &context, NULL), ExceptionContinueSearch);
    CHECK_STR(taken(), "io");
}

static int checks;
static void __attribute__((fastcall)) check_cookie(ULONG_PTR value)
{
    checks++;
}

static EXCEPTION_DISPOSITION __cdecl fourth(EXCEPTION_RECORD *record, void *registration, CONTEXT *context,
                                            void *dispatch)
{
    struct registration *frame = registration;
    frame->scopes = (void *)((ULONG_PTR)frame->scopes ^ cookie);
    EXCEPTION_DISPOSITION result = ((
        EXCEPTION_DISPOSITION(__cdecl *)(ULONG *, void *, EXCEPTION_RECORD *, void *, CONTEXT *,
                                         void *))crt_function("_except_handler4_common"))(
        &cookie, (void *)check_cookie, record, registration, context, dispatch);
    frame->scopes = (void *)((ULONG_PTR)frame->scopes ^ cookie);
    return result;
}

CRT_TEST(handlers)
{
    check_handler((handler)crt_function("_except_handler2"), filters, finallies);
    check_handler((handler)crt_function("_except_handler3"), filters, finallies);
    checks = 0;
    check_handler(fourth, &filters4, &finallies4);
    CHECK_EQ(checks, 3);
}

static int unwound;
static EXCEPTION_DISPOSITION __cdecl notes_unwinding(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                                     void *dispatch)
{
    unwound += (record->ExceptionFlags & 2) != 0;
    return ExceptionContinueSearch;
}

CRT_TEST(global_unwinding)
{
    struct {
        void *next, *handler;
    } outer, inner;
    void *before, *after;

    __asm__ volatile("movl %%fs:0, %0" : "=r"(before));
    outer.next = before;
    outer.handler = (void *)notes_unwinding;
    inner.next = &outer;
    inner.handler = (void *)notes_unwinding;
    __asm__ volatile("movl %0, %%fs:0" : : "r"(&inner) : "memory");
    CRT(void, _global_unwind2, (void *))(&outer);
    __asm__ volatile("movl %%fs:0, %0" : "=r"(after));
    __asm__ volatile("movl %0, %%fs:0" : : "r"(before) : "memory");
    CHECK(after == &outer);
    CHECK_EQ(unwound, 1);
}

/* ---------------------------------------------------------------- prologues, checks, jumps */

void *frames_prologue __asm__("frames_prologue");
void *frames_prologue_seen[4] __asm__("frames_prologue_seen");
void frames_with_prologue(void) __asm__("frames_with_prologue");
__asm__(
    ".text\n.globl frames_with_prologue\nframes_with_prologue:\nmovl $0x1234, %eax\ncall *frames_prologue\n"
    "movl %fs:0, %ecx\nmovl %ecx, frames_prologue_seen\nmovl 4(%ecx), %edx\nmovl %edx, "
    "frames_prologue_seen+4\n"
    "movl -4(%ebp), %edx\nmovl %edx, frames_prologue_seen+8\nleal -12(%ebp), %edx\nmovl %edx, "
    "frames_prologue_seen+12\n"
    "movl -12(%ebp), %ecx\nmovl %ecx, %fs:0\nleave\nret\n");

CRT_TEST(prologue)
{
    void *before, *after;

    frames_prologue = crt_function("_EH_prolog");
    __asm__ volatile("movl %%fs:0, %0" : "=r"(before));
    frames_with_prologue();
    __asm__ volatile("movl %%fs:0, %0" : "=r"(after));
    CHECK(after == before);
    CHECK(frames_prologue_seen[0] == frames_prologue_seen[3]); /* the registration is below the frame */
    CHECK_EQ((ULONG_PTR)frames_prologue_seen[1], 0x1234);
    CHECK_EQ((LONG_PTR)frames_prologue_seen[2], -1);
}

static int breakpoints;
static LONG NTAPI counts_breakpoints(EXCEPTION_POINTERS *info)
{
    if (info->ExceptionRecord->ExceptionCode != (DWORD)EXCEPTION_BREAKPOINT)
        return EXCEPTION_CONTINUE_SEARCH;
    breakpoints++;
    info->ContextRecord->Eip = (DWORD)info->ExceptionRecord->ExceptionAddress + 1;
    return EXCEPTION_CONTINUE_EXECUTION;
}

CRT_TEST(stack_pointer_check)
{
    void *check = crt_function("_chkesp"), *handler = AddVectoredExceptionHandler(1, counts_breakpoints);

    __asm__ volatile("cmpl %%eax, %%eax\n\tcall *%1" : : "a"(0), "r"(check) : "cc", "memory");
    CHECK_EQ(breakpoints, 0);
    __asm__ volatile("cmpl $1, %%eax\n\tcall *%1" : : "a"(0), "r"(check) : "cc", "memory");
    CHECK_EQ(breakpoints, 1);
    RemoveVectoredExceptionHandler(handler);
}

static ULONG jump_buffer[16];
static const char *jump_name;
static int jump_value;
int frames_setjmp(void *call, void (*body)(void), int extra) __asm__("frames_setjmp");
void *frames_jump_buffer __asm__("frames_jump_buffer") = jump_buffer;
__asm__(".text\n.globl frames_setjmp\nframes_setjmp:\npushl %ebp\nmovl %esp, %ebp\npushl %ebx\npushl "
        "%esi\npushl %edi\n"
        "pushl $0\npushl frames_jump_buffer\ncall *8(%ebp)\naddl $8, %esp\ntestl %eax, %eax\njne 1f\n"
        "call *12(%ebp)\nmovl $-1, %eax\n1: popl %edi\npopl %esi\npopl %ebx\nleave\nret\n");

static void jumps(void)
{
    ((void(__cdecl *)(void *, int))crt_function(jump_name))(jump_buffer, jump_value);
}
static void stays(void)
{
}

CRT_TEST(jumping)
{
    static const char *const setters[] = {"_setjmp", "_setjmp3"}, *const jumpers[] = {"longjmp",
                                                                                      "_longjmpex"};

    for (int i = 0; i < 4; i++) {
        void *set = crt_function(setters[i / 2]);
        jump_name = jumpers[i % 2];
        CHECK_EQ(frames_setjmp(set, stays, 0), -1);
        jump_value = 7;
        CHECK_EQ(frames_setjmp(set, jumps, 0), 7);
        jump_value = 0;
        CHECK_EQ(frames_setjmp(set, jumps, 0), 1);
    }
}

CRT_TEST(abnormal_end)
{
    CHECK_EQ(CRT(int, _abnormal_termination, (void))(), 0); /* outside of any block */
}
#endif
