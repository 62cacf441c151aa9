/*
 * Capturing and restoring registers; thread contexts; contexts with extended state.
 */
#include "harness.h"
#ifdef _WIN64

NTSYSAPI LONG NTAPI NtContinue(CONTEXT *context, BOOLEAN alert);
NTSYSAPI LONG NTAPI NtRaiseException(EXCEPTION_RECORD *record, CONTEXT *context, BOOLEAN first);

TEST(capture)
{
    CONTEXT context;
    void *here;
    memset(&context, 0xcc, sizeof context);
    RtlCaptureContext(&context);
    __asm__ volatile("leaq (%%rip), %0" : "=r"(here));
    CHECK((DWORD64)here - context.Rip < 64);
    CHECK_EQ(context.ContextFlags, CONTEXT_FULL | CONTEXT_SEGMENTS);
    CHECK_EQ(context.SegCs, 0x33);
    CHECK_EQ(context.SegSs, 0x2b);
    CHECK_EQ(context.MxCsr, context.FltSave.MxCsr);
    CHECK((DWORD64)&context - context.Rsp < 0x10000);
}

TEST(restore)
{
    CONTEXT context;
    volatile int passes = 0;
    RtlCaptureContext(&context);
    passes = passes + 1;
    if (passes < 3)
        RtlRestoreContext(&context, NULL);
    CHECK_EQ(passes, 3);
    passes = 0;
    RtlCaptureContext(&context);
    passes = passes + 1;
    if (passes < 3)
        NtContinue(&context, FALSE);
    CHECK_EQ(passes, 3);
}

TEST(restore_all_registers)
{
    CONTEXT context;
    DWORD64 out[6] = {0};
    RtlCaptureContext(&context);
    __asm__ volatile(
        "leaq 1f(%%rip), %%rax\n\tmovq %%rax, %c[rip](%%rcx)\n\tmovq %%rsp, %c[rsp](%%rcx)\n\t"
        "movq %%rbp, %c[rbp](%%rcx)\n\t"
        "movq $0x1111, %c[rax](%%rcx)\n\tmovq $0x8888, %c[r8](%%rcx)\n\tmovq $0xb11b, %c[r11](%%rcx)\n\t"
        "movq $0x7001, %c[xmm](%%rcx)\n\tmovq %[out], %c[rdi](%%rcx)\n\tmovl $0x246, %c[flags](%%rcx)\n\t"
        "xorl %%edx, %%edx\n\tsubq $0x20, %%rsp\n\tcall RtlRestoreContext\n"
        "1: movq %%rax, (%%rdi)\n\tmovq %%r8, 8(%%rdi)\n\tmovq %%r11, 16(%%rdi)\n\tmovq %%xmm1, 24(%%rdi)"
        :
        : "c"(&context), [out] "D"(out), [rip] "i"(offsetof(CONTEXT, Rip)), [rsp] "i"(offsetof(CONTEXT, Rsp)),
          [rbp] "i"(offsetof(CONTEXT, Rbp)), [rax] "i"(offsetof(CONTEXT, Rax)),
          [r8] "i"(offsetof(CONTEXT, R8)), [r11] "i"(offsetof(CONTEXT, R11)),
          [xmm] "i"(offsetof(CONTEXT, Xmm1)), [rdi] "i"(offsetof(CONTEXT, Rdi)),
          [flags] "i"(offsetof(CONTEXT, EFlags))
        : "rax", "rdx", "rbx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc",
          "xmm0", "xmm1");
    CHECK_EQ(out[0], 0x1111);
    CHECK_EQ(out[1], 0x8888);
    CHECK_EQ(out[2], 0xb11b);
    CHECK_EQ(out[3], 0x7001);
}

static volatile LONG64 counter;
static volatile int stop;
static DWORD WINAPI counting(void *unused)
{
    (void)unused;
    while (!stop)
        counter++;
    return 5;
}

TEST(thread_context)
{
    CONTEXT context = {.ContextFlags = CONTEXT_FULL};
    DWORD code;
    stop = 0;
    HANDLE thread = CreateThread(NULL, 0, counting, NULL, 0, NULL);
    CHECK(thread != NULL);
    while (!counter)
        Sleep(1);
    CHECK_EQ(SuspendThread(thread), 0);
    CHECK(GetThreadContext(thread, &context));
    CHECK(context.Rip - (DWORD64)counting < 256);
    LONG64 before = counter;
    Sleep(5);
    CHECK_EQ(counter, before);
    CHECK(SetThreadContext(thread, &context));
    CHECK_EQ(ResumeThread(thread), 1);
    while (counter == before)
        Sleep(1);
    stop = 1;
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    GetExitCodeThread(thread, &code);
    CHECK_EQ(code, 5);
    CloseHandle(thread);
}

static DWORD WINAPI redirected(void *argument)
{
    ExitThread((DWORD)(ULONG_PTR)argument);
}

TEST(set_thread_context)
{
    CONTEXT context = {.ContextFlags = CONTEXT_FULL};
    DWORD code = 0;
    stop = 0;
    counter = 0;
    HANDLE thread = CreateThread(NULL, 0, counting, NULL, 0, NULL);
    while (!counter)
        Sleep(1);
    SuspendThread(thread);
    CHECK(GetThreadContext(thread, &context));
    context.Rip = (DWORD64)redirected;
    context.Rcx = 1234;
    context.Rsp = (context.Rsp & ~15ull) - 0x108;
    CHECK(SetThreadContext(thread, &context));
    ResumeThread(thread);
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    GetExitCodeThread(thread, &code);
    CHECK_EQ(code, 1234);
    stop = 1;
    CloseHandle(thread);
}

static EXCEPTION_RECORD seen;
static LONG CALLBACK see(EXCEPTION_POINTERS *p)
{
    if (p->ExceptionRecord->ExceptionCode != 0xe0000099)
        return EXCEPTION_CONTINUE_SEARCH;
    seen = *p->ExceptionRecord;
    p->ContextRecord->Rax = 77;
    return EXCEPTION_CONTINUE_EXECUTION;
}

TEST(nt_raise_exception)
{
    EXCEPTION_RECORD record = {
        .ExceptionCode = 0xe0000099, .NumberParameters = 1, .ExceptionInformation = {9}};
    CONTEXT context;
    volatile int passes = 0;
    PVOID handle = AddVectoredExceptionHandler(1, see);
    RtlCaptureContext(&context);
    passes = passes + 1;
    if (passes == 1)
        NtRaiseException(&record, &context, TRUE);
    CHECK_EQ(passes, 2);
    CHECK_EQ(seen.ExceptionInformation[0], 9);
    RemoveVectoredExceptionHandler(handle);
}

TEST(initialize_context)
{
    char buffer[8192];
    CONTEXT *context = NULL, *other = NULL;
    DWORD length = 0;
    CHECK_ERROR(InitializeContext(NULL, CONTEXT_FULL, NULL, &length), ERROR_INSUFFICIENT_BUFFER);
    CHECK(length >= sizeof(CONTEXT) && length < sizeof(CONTEXT) + 64);
    CHECK(InitializeContext(buffer, CONTEXT_FULL, &context, &length));
    CHECK_EQ(context->ContextFlags, CONTEXT_FULL);
    CHECK_EQ((ULONG_PTR)context & 15, 0);
    CHECK(LocateXStateFeature(context, 2, &length) == NULL);
    CHECK(LocateXStateFeature(context, 1, &length) == (void *)context->FltSave.XmmRegisters);
    CHECK_EQ(length, 256);
    if (!(GetEnabledXStateFeatures() & 4))
        return;
    length = 0;
    CHECK_ERROR(InitializeContext(NULL, CONTEXT_FULL | 0x100040, NULL, &length), ERROR_INSUFFICIENT_BUFFER);
    CHECK(length <= 4000);
    CHECK(InitializeContext(buffer, CONTEXT_FULL | 0x100040, &context, &length));
    unsigned char *ymm = LocateXStateFeature(context, 2, &length);
    CHECK(ymm != NULL);
    CHECK_EQ(length, 256);
    CHECK_EQ(((ULONG_PTR)ymm - 64) & 63, 0);
    DWORD64 mask = 99;
    CHECK(GetXStateFeaturesMask(context, &mask));
    CHECK_EQ(mask & ~3ull, 0);
    CHECK(SetXStateFeaturesMask(context, 4));
    CHECK(GetXStateFeaturesMask(context, &mask));
    CHECK_EQ(mask & 4, 4);
    memset(ymm, 0x5c, 256);
    char second[8192];
    length = sizeof second;
    CHECK(InitializeContext(second, CONTEXT_FULL | 0x100040, &other, &length));
    CHECK(CopyContext(other, 0x100040, context));
    unsigned char *copy = LocateXStateFeature(other, 2, &length);
    CHECK(copy && copy[17] == 0x5c);
}
#endif
