/*
 * CPU faults: exception codes, parameters and RIP, seen by a vectored handler that steps over the
 * instruction.
 */
#include "harness.h"
#ifdef _WIN64

static EXCEPTION_RECORD seen;
static CONTEXT seen_context;
static int seen_count;
static DWORD64 resume_at;

static LONG CALLBACK handler(EXCEPTION_POINTERS *pointers)
{
    if (!resume_at)
        return EXCEPTION_CONTINUE_SEARCH;
    seen = *pointers->ExceptionRecord;
    seen_context = *pointers->ContextRecord;
    seen_count++;
    pointers->ContextRecord->Rip = resume_at;
    resume_at = 0;
    return EXCEPTION_CONTINUE_EXECUTION;
}

/* Runs code bytes with RCX and RAX, RDX given; returns where the code is. The handler goes on at its
 * end, where there is a ret. */
static unsigned char *area;

static unsigned char *run(const void *code, size_t size, DWORD64 rcx, DWORD64 rax)
{
    if (!area)
        area = VirtualAlloc(NULL, 0x10000, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE);
    memset(area, 0x90, 64);
    memcpy(area, code, size);
    memset(area + size, 0x90, 8);
    area[size + 8] = 0xc3;
    memset(&seen, 0, sizeof seen);
    seen_count = 0;
    resume_at = (DWORD64)area + size + 8;
    PVOID handle = AddVectoredExceptionHandler(1, handler);
    __asm__ volatile("subq $0x88, %%rsp\n\tcall *%[code]\n\taddq $0x88, %%rsp"
                     : "+c"(rcx), "+a"(rax)
                     : [code] "r"(area), "d"(0ull)
                     : "r8", "r9", "r10", "r11", "memory", "cc", "xmm0", "xmm1");
    RemoveVectoredExceptionHandler(handle);
    resume_at = 0;
    return area;
}

#define RUN(rcx, rax, ...)                                                                                   \
    ({                                                                                                       \
        static const unsigned char bytes[] = {__VA_ARGS__};                                                  \
        run(bytes, sizeof bytes, (DWORD64)(rcx), (DWORD64)(rax));                                            \
    })

static void check(DWORD code, DWORD parameters, DWORD64 first, DWORD64 second, unsigned char *where)
{
    CHECK_EQ(seen_count, 1);
    CHECK_EQ(seen.ExceptionCode, code);
    CHECK_EQ(seen.ExceptionFlags, 0);
    CHECK_EQ(seen.NumberParameters, parameters);
    if (parameters > 0)
        CHECK_EQ(seen.ExceptionInformation[0], first);
    if (parameters > 1)
        CHECK_EQ(seen.ExceptionInformation[1], second);
    CHECK_EQ((DWORD64)seen.ExceptionAddress, (DWORD64)where);
    CHECK_EQ(seen_context.Rip, (DWORD64)where);
}

TEST(access_violations)
{
    unsigned char *at;
    at = RUN(16, 0, 0x8b, 0x01); /* mov eax, [rcx] */
    check(EXCEPTION_ACCESS_VIOLATION, 2, 0, 16, at);
    at = RUN(24, 0, 0x89, 0x01); /* mov [rcx], eax */
    check(EXCEPTION_ACCESS_VIOLATION, 2, 1, 24, at);
    at = RUN(0x1234567890abcdefull, 0, 0x8b, 0x01); /* not canonical */
    check(EXCEPTION_ACCESS_VIOLATION, 2, 0, ~0ull, at);
    at = RUN(0x1234567890abcdefull, 0, 0x89, 0x01);
    check(EXCEPTION_ACCESS_VIOLATION, 2, 0, ~0ull, at);
}

TEST(execute_violation)
{
    void *data = VirtualAlloc(NULL, 0x1000, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    RUN(data, 0, 0xff, 0xe1); /* jmp rcx */
    CHECK_EQ(seen_count, 1);
    CHECK_EQ(seen.ExceptionCode, (DWORD)EXCEPTION_ACCESS_VIOLATION);
    CHECK_EQ(seen.ExceptionInformation[0], 8);
    CHECK_EQ(seen.ExceptionInformation[1], (DWORD64)data);
    CHECK_EQ((DWORD64)seen.ExceptionAddress, (DWORD64)data);
    VirtualFree(data, 0, MEM_RELEASE);
}

TEST(write_to_read_only_page)
{
    void *data = VirtualAlloc(NULL, 0x1000, MEM_COMMIT | MEM_RESERVE, PAGE_READONLY);
    unsigned char *at = RUN((char *)data + 8, 0, 0x89, 0x01);
    check(EXCEPTION_ACCESS_VIOLATION, 2, 1, (DWORD64)data + 8, at);
    VirtualFree(data, 0, MEM_RELEASE);
}

TEST(divide)
{
    unsigned char *at;
    at = RUN(0, 1, 0xf7, 0xf1); /* div ecx */
    check(EXCEPTION_INT_DIVIDE_BY_ZERO, 0, 0, 0, at);
    at = RUN(0, 1, 0x48, 0xf7, 0xf9); /* idiv rcx */
    check(EXCEPTION_INT_DIVIDE_BY_ZERO, 0, 0, 0, at);
    if (!harness_is_wine()) {            /* which takes any of them for a zero divisor */
        at = RUN(1, 0x1234, 0xf6, 0xf1); /* div cl: the quotient does not fit */
        check(EXCEPTION_INT_OVERFLOW, 0, 0, 0, at);
    }
    DWORD zero = 0;
    at = RUN(&zero, 5, 0xf7, 0x31); /* div dword [rcx] */
    check(EXCEPTION_INT_DIVIDE_BY_ZERO, 0, 0, 0, at);
}

TEST(instructions)
{
    unsigned char *at;
    at = RUN(0, 0, 0x0f, 0x0b); /* ud2 */
    check(EXCEPTION_ILLEGAL_INSTRUCTION, 0, 0, 0, at);
    at = RUN(0, 0, 0xf4); /* hlt */
    check(EXCEPTION_PRIV_INSTRUCTION, 0, 0, 0, at);
    at = RUN(0, 0, 0xfa); /* cli */
    check(EXCEPTION_PRIV_INSTRUCTION, 0, 0, 0, at);
    at = RUN(0, 0, 0xee); /* out dx, al */
    check(EXCEPTION_PRIV_INSTRUCTION, 0, 0, 0, at);
    if (harness_is_wine()) /* reports the rest as access violations */
        return;
    at = RUN(0, 0, 0x0f, 0x20, 0xc0); /* mov rax, cr0 */
    check(EXCEPTION_PRIV_INSTRUCTION, 0, 0, 0, at);
    at = RUN(0, 0, 0x0f, 0x30); /* wrmsr */
    check(EXCEPTION_PRIV_INSTRUCTION, 0, 0, 0, at);
}

TEST(breakpoint)
{
    unsigned char *at = RUN(0, 0, 0xcc);
    check(EXCEPTION_BREAKPOINT, 1, 0, 0, at);
}

TEST(single_step)
{
    /* pushfq; or dword [rsp], 0x100; popfq; nop; ... */
    unsigned char *at = RUN(0, 0, 0x9c, 0x81, 0x0c, 0x24, 0, 1, 0, 0, 0x9d, 0x90, 0x90);
    CHECK_EQ(seen_count, 1);
    CHECK_EQ(seen.ExceptionCode, (DWORD)EXCEPTION_SINGLE_STEP);
    CHECK_EQ((DWORD64)seen.ExceptionAddress, (DWORD64)at + 10);
    CHECK_EQ(seen_context.EFlags & 0x100, 0);
}

TEST(misaligned_sse)
{
    char buffer[64];
    unsigned char *at = RUN(((DWORD64)buffer & ~15ull) + 17, 0, 0x0f, 0x28, 0x01); /* movaps xmm0, [rcx] */
    check(EXCEPTION_ACCESS_VIOLATION, 2, 0, ~0ull, at);
}

TEST(sse_exceptions)
{
    unsigned csr, unmasked;
    static const float one = 1.0f, zero = 0.0f;
    static const float *const operands[] = {&one, &zero};
    __asm__ volatile("stmxcsr %0" : "=m"(csr));
    unmasked = (csr & ~0x3fu) & ~0x200u; /* zero divide */
    __asm__ volatile("ldmxcsr %0" : : "m"(unmasked));
    /* mov rax, [rcx]; movss xmm0, [rax]; mov rax, [rcx + 8]; divss xmm0, [rax] */
    unsigned char *at = RUN(operands, 0, 0x48, 0x8b, 0x01, 0xf3, 0x0f, 0x10, 0x00, 0x48, 0x8b, 0x41, 0x08,
                            0xf3, 0x0f, 0x5e, 0x00);
    __asm__ volatile("ldmxcsr %0" : : "m"(csr));
    CHECK_EQ(seen_count, 1);
    CHECK_EQ(seen.ExceptionCode, (DWORD)EXCEPTION_FLT_DIVIDE_BY_ZERO);
    CHECK_EQ((DWORD64)seen.ExceptionAddress, (DWORD64)at + 11);
    CHECK(seen_context.MxCsr & 4);
}

TEST(x87_exceptions)
{
    unsigned short control, unmasked;
    __asm__ volatile("fnstcw %0" : "=m"(control));
    unmasked = control & ~4;
    __asm__ volatile("fldcw %0" : : "m"(unmasked));
    RUN(0, 0, 0xd9, 0xe8, 0xd9, 0xee, 0xde, 0xf9, 0x9b); /* fld1; fldz; fdivp; fwait */
    __asm__ volatile("fnclex; fninit; fldcw %0" : : "m"(control));
    CHECK_EQ(seen_count, 1);
    CHECK_EQ(seen.ExceptionCode, (DWORD)EXCEPTION_FLT_DIVIDE_BY_ZERO);
}

TEST(int_2d)
{
    if (harness_is_wine())
        SKIP("wine steps over it");
    unsigned char *at = RUN(0, 1, 0xcd, 0x2d, 0x90);
    CHECK_EQ(seen_count, 1);
    CHECK_EQ(seen.ExceptionCode, (DWORD)EXCEPTION_BREAKPOINT);
    (void)at;
}

TEST(guard_page)
{
    DWORD old;
    char *data = VirtualAlloc(NULL, 0x1000, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    CHECK(VirtualProtect(data, 0x1000, PAGE_READWRITE | PAGE_GUARD, &old));
    unsigned char *at = RUN(data + 4, 0, 0x8b, 0x01);
    check(STATUS_GUARD_PAGE_VIOLATION, 2, 0, (DWORD64)data + 4, at);
    CHECK_EQ(data[4], 0); /* once only */
    VirtualFree(data, 0, MEM_RELEASE);
}

/* All registers survive a fault that a handler lets continue. */
static LONG CALLBACK skip_two(EXCEPTION_POINTERS *pointers)
{
    if (pointers->ExceptionRecord->ExceptionCode != (DWORD)STATUS_ACCESS_VIOLATION)
        return EXCEPTION_CONTINUE_SEARCH;
    pointers->ContextRecord->Rip += 2;
    pointers->ContextRecord->R11 = 0x1111;
    /* clobber what only the context preserves */
    __asm__ volatile("vpcmpeqd %%ymm3, %%ymm3, %%ymm3; pcmpeqd %%xmm0, %%xmm0" : : : "xmm0", "xmm3");
    return EXCEPTION_CONTINUE_EXECUTION;
}

TEST(registers_survive)
{
    if (!(GetEnabledXStateFeatures() & 4))
        SKIP("no AVX");
    static unsigned char in[32] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16,
                                   17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32};
    unsigned char out[32] = {0};
    DWORD64 r8 = 0, r10 = 0, r11 = 0, flags = 0;
    PVOID handle = AddVectoredExceptionHandler(1, skip_two);
    __asm__ volatile("vmovdqu (%[in]), %%ymm3\n\t"
                     "movq $0x808, %%r8\n\tmovq $0x1010, %%r10\n\txorl %%eax, %%eax\n\t"
                     "stc\n\t.byte 0x8b, 0x00\n\t" /* mov eax, [rax] */
                     "pushfq\n\tpopq %[flags]\n\t"
                     "vmovdqu %%ymm3, (%[out])\n\tmovq %%r8, %[r8]\n\tmovq %%r10, %[r10]\n\tmovq %%r11, "
                     "%[r11]\n\tvzeroupper"
                     : [r8] "=m"(r8), [r10] "=m"(r10), [r11] "=m"(r11), [flags] "=m"(flags)
                     : [in] "r"(in), [out] "r"(out)
                     : "rax", "r8", "r10", "r11", "xmm3", "memory", "cc");
    RemoveVectoredExceptionHandler(handle);
    CHECK(!memcmp(in, out, 32));
    CHECK_EQ(r8, 0x808);
    CHECK_EQ(r10, 0x1010);
    CHECK_EQ(r11, 0x1111);
    CHECK_EQ(flags & 1, 1);
}

/* A guest's own system call instruction works as ntdll's. */
TEST(direct_system_call)
{
    if (harness_is_wine())
        SKIP("not served by wine");
    const unsigned char *stub = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtTestAlert");
    unsigned number;
    CHECK(!memcmp(stub, "\x4c\x8b\xd1\xb8", 4));
    memcpy(&number, stub + 4, 4);
    LONG status = -1;
    __asm__ volatile("subq $0x48, %%rsp\n\tmovq %%rcx, %%r10\n\tsyscall\n\taddq $0x48, %%rsp"
                     : "=a"(status)
                     : "0"(number), "c"(0), "d"(0)
                     : "r8", "r9", "r10", "r11", "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",
                       "xmm5");
    CHECK_EQ(status, 0);
}

/* Single steps go over a system call. */
static int steps;
static DWORD64 step_end;
static LONG CALLBACK stepping(EXCEPTION_POINTERS *pointers)
{
    if (pointers->ExceptionRecord->ExceptionCode != (DWORD)STATUS_SINGLE_STEP)
        return EXCEPTION_CONTINUE_SEARCH;
    if (pointers->ContextRecord->Rip - step_end < 4 || ++steps > 100)
        step_end = 0;
    else
        pointers->ContextRecord->EFlags |= 0x100;
    return EXCEPTION_CONTINUE_EXECUTION;
}

TEST(single_steps_over_system_call)
{
    void *call = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtTestAlert");
    LONG status = -1;
    PVOID handle = AddVectoredExceptionHandler(1, stepping);
    steps = 0;
    __asm__ volatile("leaq 1f(%%rip), %%rdx\n\tmovq %%rdx, %[end]\n\tsubq $0x28, %%rsp\n\t"
                     "pushfq\n\torl $0x100, (%%rsp)\n\tpopfq\n\tcall *%%rcx\n\t1: "
                     "nop\n\tnop\n\tnop\n\tnop\n\taddq $0x28, %%rsp"
                     : "=a"(status), [end] "=m"(step_end), "+c"(call)
                     :
                     : "rdx", "r8", "r9", "r10", "r11", "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3",
                       "xmm4", "xmm5");
    RemoveVectoredExceptionHandler(handle);
    CHECK_EQ(status, 0);
    CHECK_EQ(step_end, 0);
    CHECK(steps > 3 && steps < 100);
}

/* A stack overflow is an exception with room to handle it. */
static volatile int endless = 1;
static int __attribute__((noinline)) recurse(volatile char *p)
{
    volatile char buffer[2048];
    buffer[0] = *p;
    return endless ? recurse(buffer) + buffer[1] : 0;
}

static CONTEXT landing;
static volatile int overflows;
static LONG CALLBACK on_overflow(EXCEPTION_POINTERS *pointers)
{
    if (pointers->ExceptionRecord->ExceptionCode != (DWORD)STATUS_STACK_OVERFLOW)
        return EXCEPTION_CONTINUE_SEARCH;
    overflows++;
    *pointers->ContextRecord = landing;
    return EXCEPTION_CONTINUE_EXECUTION;
}

static DWORD WINAPI overflow_thread(void *unused)
{
    volatile char c = 0;
    PVOID handle = AddVectoredExceptionHandler(1, on_overflow);
    (void)unused;
    RtlCaptureContext(&landing);
    if (!overflows)
        recurse(&c);
    RemoveVectoredExceptionHandler(handle);
    return 41 + (DWORD)overflows;
}

TEST(stack_overflow)
{
    DWORD code = 0;
    HANDLE thread = CreateThread(NULL, 0x40000, overflow_thread, NULL, STACK_SIZE_PARAM_IS_A_RESERVATION,
                                 NULL);
    CHECK(thread != NULL);
    CHECK_EQ(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    GetExitCodeThread(thread, &code);
    CHECK_EQ(code, 42);
    CloseHandle(thread);
}
#endif
