/*
 * Frames of i386 that register themselves at FS:0: searching, unwinding, nested exceptions, collided
 * unwinds, what may go wrong. (On x86-64 there are none.)
 */
#include "children.h"

#ifndef _WIN64

typedef struct _EXCEPTION_REGISTRATION_RECORD frame_record;
typedef EXCEPTION_DISPOSITION(__cdecl *frame_handler)(EXCEPTION_RECORD *, frame_record *, CONTEXT *, void *);

static void push_frame(frame_record *frame, frame_handler handler)
{
    frame->Handler = (PEXCEPTION_ROUTINE)(void *)handler;
    __asm__ volatile("movl %%fs:0, %%eax; movl %%eax, (%0); movl %0, %%fs:0"
                     :
                     : "r"(frame)
                     : "eax", "memory");
}

static void pop_frame(frame_record *frame)
{
    __asm__ volatile("movl %0, %%fs:0" : : "r"(frame->Next) : "memory");
}

static ULONG_PTR top_frame(void)
{
    ULONG_PTR frame;
    __asm__ volatile("movl %%fs:0, %0" : "=r"(frame) : : "memory");
    return frame;
}

void NTAPI RtlRaiseException(EXCEPTION_RECORD *record);

static char calls[64];
static void note(char c)
{
    const size_t n = strlen(calls);
    calls[n] = c;
    calls[n + 1] = 0;
}
static void check_calls(int line, const char *expected)
{
    if (strcmp(calls, expected))
        harness_fail(__FILE__, line, "the calls were %s, not %s", calls, expected);
    calls[0] = 0;
}
#define CHECK_CALLS(expected) check_calls(__LINE__, expected)

static void raise(DWORD code, DWORD flags)
{
    EXCEPTION_RECORD record = {.ExceptionCode = code, .ExceptionFlags = flags};
    RtlRaiseException(&record);
}

/* ---- continuing ---- */

static EXCEPTION_DISPOSITION __cdecl continues(EXCEPTION_RECORD *record, frame_record *frame,
                                               CONTEXT *context, void *dispatch)
{
    note('c');
    CHECK_EQ(record->ExceptionFlags, 0);
    if (record->ExceptionCode == (DWORD)EXCEPTION_BREAKPOINT)
        context->Eip++;
    context->Ebx = 0x1234;
    return ExceptionContinueExecution;
}

static EXCEPTION_DISPOSITION __cdecl passes(EXCEPTION_RECORD *record, frame_record *frame, CONTEXT *context,
                                            void *dispatch)
{
    note(record->ExceptionFlags & EXCEPTION_UNWINDING ? 'P' : 'p');
    return ExceptionContinueSearch;
}

TEST(continuing)
{
    frame_record outer, inner;
    unsigned ebx = 0, esi = 0x55;
    push_frame(&outer, continues);
    push_frame(&inner, passes);
    raise(0xe0000001, 0);
    CHECK_CALLS("pc");
    __asm__ volatile("int3; movl %%ebx, %0" : "=r"(ebx), "+S"(esi) : : "ebx", "memory");
    CHECK_EQ(ebx, 0x1234);
    CHECK_EQ(esi, 0x55);
    CHECK_CALLS("pc");
    pop_frame(&inner);
    pop_frame(&outer);
}

/* ---- unwinding ---- */

static void *resume[5];
static frame_record *target;
static DWORD seen_flags;

static EXCEPTION_DISPOSITION __cdecl unwinds(EXCEPTION_RECORD *record, frame_record *frame, CONTEXT *context,
                                             void *dispatch)
{
    note(record->ExceptionFlags & EXCEPTION_UNWINDING ? 'U' : 'u');
    if (record->ExceptionFlags & EXCEPTION_UNWINDING)
        return ExceptionContinueSearch;
    seen_flags = record->ExceptionFlags;
    unsigned result = 0, ebx = 0xb, esi = 0x51, edi = 0xd1;
    __asm__ volatile("pushl %4; pushl $0; pushl $0; pushl %5; call *%6"
                     : "=a"(result), "+b"(ebx), "+S"(esi), "+D"(edi)
                     : "r"(0x77), "m"(target), "m"(((void *){(void *)RtlUnwind}))
                     : "ecx", "edx", "memory");
    CHECK_EQ(result, 0x77);
    CHECK_EQ(ebx, 0xb);
    CHECK_EQ(esi, 0x51);
    CHECK_EQ(edi, 0xd1);
    CHECK_EQ(top_frame(), (ULONG_PTR)target);
    __builtin_longjmp(resume, 1);
}

static __attribute__((noinline)) void raise_below(frame_handler first, frame_handler second, DWORD flags)
{
    frame_record outer, inner;
    push_frame(&outer, first);
    push_frame(&inner, second);
    raise(0xe0000002, flags);
    CHECK(!"continued");
    pop_frame(&inner);
    pop_frame(&outer);
}

TEST(unwinding)
{
    frame_record frame;
    push_frame(&frame, unwinds);
    target = &frame;
    if (!__builtin_setjmp(resume))
        raise_below(passes, passes, 0);
    CHECK_CALLS("ppuPP");
    CHECK_EQ(top_frame(), (ULONG_PTR)&frame);
    pop_frame(&frame);
}

/* ---- exceptions in handlers ---- */

static EXCEPTION_DISPOSITION __cdecl raises(EXCEPTION_RECORD *record, frame_record *frame, CONTEXT *context,
                                            void *dispatch)
{
    note(record->ExceptionFlags & EXCEPTION_UNWINDING     ? 'R'
         : record->ExceptionFlags & EXCEPTION_NESTED_CALL ? 'n'
                                                          : 'r');
    if (record->ExceptionCode == 0xe0000002 && !(record->ExceptionFlags & EXCEPTION_UNWINDING))
        raise(0xe0000003, 0);
    return ExceptionContinueSearch;
}

/* The frame whose handler raised is told that the exception is nested; outer ones are not. */
TEST(nested)
{
    frame_record frame;
    push_frame(&frame, unwinds);
    target = &frame;
    seen_flags = 99;
    if (!__builtin_setjmp(resume))
        raise_below(raises, passes, 0);
    CHECK_CALLS("prpnuPR");
    CHECK_EQ(seen_flags & EXCEPTION_NESTED_CALL, 0);
    pop_frame(&frame);
}

static frame_record *collided;
static void *second_resume[5];

static EXCEPTION_DISPOSITION __cdecl leaves_unwinding(EXCEPTION_RECORD *record, frame_record *frame,
                                                      CONTEXT *context, void *dispatch)
{
    note(record->ExceptionFlags & EXCEPTION_UNWINDING ? 'L' : 'l');
    if (record->ExceptionFlags & EXCEPTION_UNWINDING && collided) {
        frame_record *to = collided;
        collided = NULL;
        RtlUnwind(to, NULL, NULL, NULL);
        CHECK_EQ(top_frame(), (ULONG_PTR)to);
        __builtin_longjmp(second_resume, 1);
    }
    return ExceptionContinueSearch;
}

/* A handler that is called for an unwind starts another one, further out: it takes over. */
TEST(collided_unwind)
{
    frame_record outer, middle;
    push_frame(&outer, passes);
    push_frame(&middle, unwinds);
    target = &middle;
    collided = &outer;
    if (!__builtin_setjmp(second_resume)) {
        if (!__builtin_setjmp(resume))
            raise_below(leaves_unwinding, passes, 0);
        CHECK(!"the older unwind went on");
    }
    CHECK_CALLS("pluPLU");
    CHECK_EQ(top_frame(), (ULONG_PTR)&outer);
    pop_frame(&outer);
}

/* ---- mistakes ---- */

static DWORD caught[4], caught_count;
static EXCEPTION_DISPOSITION __cdecl catches(EXCEPTION_RECORD *record, frame_record *frame, CONTEXT *context,
                                             void *dispatch)
{
    if (record->ExceptionFlags & EXCEPTION_UNWINDING || record->ExceptionCode == 0xe0000002)
        return ExceptionContinueSearch;
    for (caught_count = 0; record && caught_count < 4; record = record->ExceptionRecord)
        caught[caught_count++] = record->ExceptionCode;
    RtlUnwind(target, NULL, NULL, NULL);
    __builtin_longjmp(resume, 1);
}

static EXCEPTION_DISPOSITION __cdecl continues_always(EXCEPTION_RECORD *record, frame_record *frame,
                                                      CONTEXT *context, void *dispatch)
{
    return record->ExceptionCode == 0xe0000002 ? ExceptionContinueExecution : ExceptionContinueSearch;
}

static EXCEPTION_DISPOSITION __cdecl answers_nonsense(EXCEPTION_RECORD *record, frame_record *frame,
                                                      CONTEXT *context, void *dispatch)
{
    return record->ExceptionCode == 0xe0000002 ? (EXCEPTION_DISPOSITION)17 : ExceptionContinueSearch;
}

static EXCEPTION_DISPOSITION __cdecl unwinds_too_far(EXCEPTION_RECORD *record, frame_record *frame,
                                                     CONTEXT *context, void *dispatch)
{
    if (record->ExceptionCode == 0xe0000002 && !(record->ExceptionFlags & EXCEPTION_UNWINDING))
        RtlUnwind((char *)top_frame() - 64, NULL, NULL, NULL);
    return ExceptionContinueSearch;
}

static void mistake(frame_handler handler, DWORD flags)
{
    frame_record frame;
    push_frame(&frame, catches);
    target = &frame;
    caught_count = 0;
    if (!__builtin_setjmp(resume))
        raise_below(passes, handler, flags);
    pop_frame(&frame);
    calls[0] = 0;
}

TEST(mistakes)
{
    mistake(continues_always, EXCEPTION_NONCONTINUABLE);
    CHECK_EQ(caught_count, 2);
    CHECK_EQ(caught[0], (DWORD)STATUS_NONCONTINUABLE_EXCEPTION);
    CHECK_EQ(caught[1], 0xe0000002);
    mistake(answers_nonsense, 0);
    CHECK_EQ(caught_count, 2);
    CHECK_EQ(caught[0], (DWORD)STATUS_INVALID_DISPOSITION);
    mistake(unwinds_too_far, 0);
    CHECK(caught_count >= 1);
    CHECK_EQ(caught[0], (DWORD)STATUS_INVALID_UNWIND_TARGET);
}

/* A chain that leaves the stack is not followed. */
CHILD(bad_chain)
{
    frame_record *frame = malloc(sizeof *frame);
    push_frame(frame, continues);
    raise(0xe0000009, 0);
    return 1;
}

/* Nor is a handler on the stack called. */
CHILD(bad_handler)
{
    unsigned char code[] = {0x31, 0xc0, 0xc3}; /* ExceptionContinueExecution */
    frame_record frame;
    push_frame(&frame, (frame_handler)(void *)code);
    raise(0xe0000009, 0);
    pop_frame(&frame);
    return 1;
}

TEST(chains_that_are_not_followed)
{
    CHECK_EQ(run_child("bad_chain"), 0xe0000009);
    CHECK_EQ(run_child("bad_handler"), 0xe0000009);
}

/* ---- 64-bit arithmetic with the compilers' conventions ---- */

static void *export(const char *name)
{
    return (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), name);
}

TEST(arithmetic)
{
    typedef LONGLONG(NTAPI * operation)(LONGLONG, LONGLONG);
    CHECK_EQ(((operation) export("_allmul"))(-3000000000ll, 7), -21000000000ll);
    CHECK_EQ(((operation) export("_alldiv"))(-21000000001ll, 7), -3000000000ll);
    CHECK_EQ(((operation) export("_allrem"))(-21000000001ll, 7), -1);
    CHECK_EQ(((operation) export("_aulldiv"))(-2ll, 2), 0x7fffffffffffffffll);
    CHECK_EQ(((operation) export("_aullrem"))(-1ll, 10), 5);
    static const struct {
        const char *name;
        LONGLONG a, b, quotient, remainder;
    } cases[] = {{"_alldvrm", -100000000007ll, 10000000000ll, -10, -7},
                 {"_alldvrm", 100000000007ll, -3, -33333333335ll, 2},
                 {"_aulldvrm", -1, 0x100000000ll, 0xffffffffll, 0xffffffffll},
                 {"_aulldvrm", 12345678901234567ll, 1000, 12345678901234ll, 567}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned low, high, rest_low, rest_high;
        void *function = export(cases[i].name);
        __asm__ volatile("pushl %7; pushl %6; pushl %5; pushl %4; call *%8"
                         : "=a"(low), "=d"(high), "=c"(rest_low), "=b"(rest_high)
                         : "m"(*(unsigned *)&cases[i].a), "m"(((unsigned *)&cases[i].a)[1]),
                           "m"(*(unsigned *)&cases[i].b), "m"(((unsigned *)&cases[i].b)[1]), "S"(function)
                         : "memory");
        CHECK_EQ((LONGLONG)((ULONGLONG)high << 32 | low), cases[i].quotient);
        CHECK_EQ((LONGLONG)((ULONGLONG)rest_high << 32 | rest_low), cases[i].remainder);
    }
    static const struct {
        const char *name;
        ULONGLONG value;
        unsigned count;
        ULONGLONG result;
    } shifts[] = {{"_allshl", 1, 40, 1ull << 40},
                  {"_allshl", 0x123456789ull, 4, 0x1234567890ull},
                  {"_allshl", 1, 64, 0},
                  {"_allshr", 0x8000000000000000ull, 4, 0xf800000000000000ull},
                  {"_allshr", 0x8000000000000000ull, 70, 0xffffffffffffffffull},
                  {"_aullshr", 0x8000000000000000ull, 36, 0x8000000ull},
                  {"_aullshr", 0x123456789ull, 8, 0x1234567ull}};
    for (size_t i = 0; i < sizeof shifts / sizeof *shifts; i++) {
        unsigned low = (unsigned)shifts[i].value, high = (unsigned)(shifts[i].value >> 32);
        __asm__ volatile("call *%4"
                         : "+a"(low), "+d"(high)
                         : "c"(shifts[i].count), "0"(low), "S"(export(shifts[i].name)));
        CHECK_EQ((ULONGLONG)high << 32 | low, shifts[i].result);
    }
}

#endif
