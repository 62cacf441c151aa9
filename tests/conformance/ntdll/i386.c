/*
 * The machine that i386 code sees: CPU faults, software interrupts, segments, the x87 and SSE state,
 * contexts of stopped threads, code that changes itself, system calls by other ways than the stubs.
 */
#include "harness.h"
#ifndef _WIN64
#include <stdio.h>
#include <string.h>

NTSYSAPI LONG NTAPI NtContinue(CONTEXT *context, BOOLEAN alert);
NTSYSAPI LONG NTAPI NtTestAlert(void);

static EXCEPTION_RECORD seen;
static CONTEXT seen_context;
static int seen_count;
static DWORD resume_at;

static LONG CALLBACK handler(EXCEPTION_POINTERS *pointers)
{
    if (!resume_at)
        return EXCEPTION_CONTINUE_SEARCH;
    seen = *pointers->ExceptionRecord;
    seen_context = *pointers->ContextRecord;
    seen_count++;
    pointers->ContextRecord->Eip = resume_at;
    resume_at = 0;
    return EXCEPTION_CONTINUE_EXECUTION;
}

/* Runs code bytes with ECX, EAX, EDX given; returns where they are. A handler goes on at their end, where
 * there is a ret. *ret_eax: EAX then. */
static unsigned char *area;
static DWORD last_eax;

static unsigned char *run(const void *code, size_t size, DWORD ecx, DWORD eax, DWORD edx)
{
    if (!area)
        area = VirtualAlloc(NULL, 0x10000, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE);
    memset(area, 0x90, 64);
    memcpy(area, code, size);
    area[size + 8] = 0xc3;
    memset(&seen, 0, sizeof seen);
    seen_count = 0;
    resume_at = (DWORD)area + size + 8;
    PVOID handle = AddVectoredExceptionHandler(1, handler);
    __asm__ volatile("call *%3" : "+a"(eax), "+c"(ecx), "+d"(edx) : "r"(area) : "memory", "cc");
    RemoveVectoredExceptionHandler(handle);
    resume_at = 0;
    last_eax = eax;
    return area;
}

#define RUN(code, ecx, eax, edx) run(code, sizeof(code) - 1, ecx, eax, edx)

static void check_fault(DWORD code, const void *address, DWORD parameters)
{
    CHECK_EQ(seen_count, 1);
    CHECK_EQ(seen.ExceptionCode, code);
    CHECK_EQ((DWORD)seen.ExceptionAddress, (DWORD)address);
    CHECK_EQ(seen_context.Eip, (DWORD)address);
    CHECK_EQ(seen.NumberParameters, parameters);
}

TEST(access_violations)
{
    unsigned char *at = RUN("\x8b\x01", 0x1234, 0, 0); /* mov (%ecx), %eax */
    check_fault(STATUS_ACCESS_VIOLATION, at, 2);
    CHECK_EQ(seen.ExceptionInformation[0], 0);
    CHECK_EQ(seen.ExceptionInformation[1], 0x1234);
    at = RUN("\x89\x01", 0x2345, 0, 0); /* mov %eax, (%ecx) */
    check_fault(STATUS_ACCESS_VIOLATION, at, 2);
    CHECK_EQ(seen.ExceptionInformation[0], 1);
    CHECK_EQ(seen.ExceptionInformation[1], 0x2345);
    at = RUN("\xa1\x10\x00\x00\xf0", 0, 0, 0); /* mov 0xf0000010, %eax */
    check_fault(STATUS_ACCESS_VIOLATION, at, 2);
    CHECK_EQ(seen.ExceptionInformation[1], 0xf0000010);
    CHECK_EQ(seen_context.SegCs & 0xffff, 0x23);
    CHECK_EQ(seen_context.SegSs & 0xffff, 0x2b);
    CHECK_EQ(seen_context.SegDs & 0xffff, 0x2b);
}

TEST(registers_go_through_a_handler)
{
    DWORD a, b, c, d, s;
    unsigned char code[] = {0x8b, 0x00, 0xc3}; /* mov (%eax), %eax; ret */
    run(code, 0, 0, 0, 0);
    memcpy(area, code, sizeof code);
    resume_at = (DWORD)area + 2;
    PVOID handle = AddVectoredExceptionHandler(1, handler);
    __asm__ volatile("pushl %%ebx\n movl $0x11111111, %%ebx\n call *%%edi\n movl %%ebx, %%ecx\n popl %%ebx"
                     : "=a"(a), "=c"(c), "=d"(d), "=S"(s)
                     : "a"(16), "c"(0x22222222), "d"(0x33333333), "S"(0x44444444), "D"(area)
                     : "memory");
    RemoveVectoredExceptionHandler(handle);
    b = c;
    CHECK_EQ(seen_context.Eax, 16);
    CHECK_EQ(seen_context.Ebx, 0x11111111);
    CHECK_EQ(seen_context.Ecx, 0x22222222);
    CHECK_EQ(seen_context.Edx, 0x33333333);
    CHECK_EQ(seen_context.Esi, 0x44444444);
    CHECK_EQ(seen_context.Edi, (DWORD)area);
    CHECK_EQ(a, 16);
    CHECK_EQ(b, 0x11111111);
    CHECK_EQ(d, 0x33333333);
    CHECK_EQ(s, 0x44444444);
}

TEST(traps)
{
    unsigned char *at = RUN("\xf7\xf1", 0, 1, 0); /* div %ecx */
    check_fault(STATUS_INTEGER_DIVIDE_BY_ZERO, at, 0);
    at = RUN("\xf7\xf1", 1, 0, 5);
    check_fault(STATUS_INTEGER_OVERFLOW, at, 0);
    at = RUN("\xf7\x31", (DWORD)(DWORD[]){0}, 1, 0); /* divl (%ecx) */
    check_fault(STATUS_INTEGER_DIVIDE_BY_ZERO, at, 0);
    at = RUN("\x41\x49\xf7\xf1", 0, 1, 0); /* inc, dec: prefixes in 64-bit mode */
    check_fault(STATUS_INTEGER_DIVIDE_BY_ZERO, at + 2, 0);
    at = RUN("\x0f\x0b", 0, 0, 0); /* ud2 */
    check_fault(STATUS_ILLEGAL_INSTRUCTION, at, 0);
    at = RUN("\xf4", 0, 0, 0); /* hlt */
    check_fault(STATUS_PRIVILEGED_INSTRUCTION, at, 0);
    at = RUN("\xcc", 0, 0, 0);
    CHECK_EQ(seen.ExceptionCode, (DWORD)STATUS_BREAKPOINT);
    CHECK_EQ((DWORD)seen.ExceptionAddress, (DWORD)at);
    CHECK_EQ(seen_context.Eip, (DWORD)at);
    at = RUN("\x70\x00\xb0\x7f\x04\x01\xce", 0, 0, 0); /* mov $127, %al; add $1, %al; into */
    CHECK_EQ(seen.ExceptionCode, (DWORD)STATUS_INTEGER_OVERFLOW);
    DWORD bounds[2] = {1, 2};
    at = RUN("\x62\x01", (DWORD)bounds, 7, 0); /* bound %eax, (%ecx) */
    CHECK_EQ(seen.ExceptionCode, (DWORD)STATUS_ARRAY_BOUNDS_EXCEEDED);
}

TEST(single_step)
{
    /* pushf; orl $0x100, (%esp); popf; nop */
    unsigned char *at = RUN("\x9c\x81\x0c\x24\x00\x01\x00\x00\x9d\x90", 0, 0, 0);
    CHECK_EQ(seen_count, 1);
    CHECK_EQ(seen.ExceptionCode, (DWORD)STATUS_SINGLE_STEP);
    CHECK_EQ((DWORD)seen.ExceptionAddress, (DWORD)at + 10);
    CHECK(!(seen_context.EFlags & 0x100));
}

static DWORD step_count, step_outside;

static LONG CALLBACK stepper(EXCEPTION_POINTERS *pointers)
{
    if (pointers->ExceptionRecord->ExceptionCode != (DWORD)STATUS_SINGLE_STEP)
        return EXCEPTION_CONTINUE_SEARCH;
    step_count++;
    if (pointers->ContextRecord->Eip >= 0x7ffe0000)
        step_outside++;
    if (step_count < 5000)
        pointers->ContextRecord->EFlags |= 0x100;
    return EXCEPTION_CONTINUE_EXECUTION;
}

/* Steps through a system call: the stub's instructions are seen, what is behind them is not. */
TEST(stepping_through_a_system_call)
{
    PVOID handle = AddVectoredExceptionHandler(1, stepper);
    step_count = step_outside = 0;
    LONG(NTAPI *volatile yield)(void) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtTestAlert");
    __asm__ volatile(
        "pushfl\n orl $0x100, (%%esp)\n popfl\n call *%0\n pushfl\n andl $~0x100, (%%esp)\n popfl"
        :
        : "r"(yield)
        : "eax", "ecx", "edx", "memory", "cc");
    DWORD steps = step_count;
    step_count = 5000;
    RemoveVectoredExceptionHandler(handle);
    CHECK(steps >= 5 && steps < 60);
}

TEST(segments)
{
    unsigned short cs, ds, es, ss, fs;
    DWORD self, by_selector;
    __asm__("movw %%cs, %0\n movw %%ds, %1\n movw %%es, %2\n movw %%ss, %3\n movw %%fs, %4"
            : "=rm"(cs), "=rm"(ds), "=rm"(es), "=rm"(ss), "=rm"(fs));
    CHECK_EQ(cs, 0x23);
    CHECK_EQ(ds, 0x2b);
    CHECK_EQ(es, 0x2b);
    CHECK_EQ(ss, 0x2b);
    CHECK(fs != 0);
    __asm__ volatile("movl %%fs:0x18, %0" : "=r"(self));
    CHECK_EQ(self, (DWORD)NtCurrentTeb());
    Sleep(1); /* the other way, and back, after the thread was away */
    __asm__ volatile("pushl %%fs\n popl %%fs\n movl %%fs:0x18, %0" : "=r"(by_selector));
    CHECK_EQ(by_selector, self);
    __asm__ volatile("pushl %%ds\n popl %%es" : : : "memory");
    __asm__ volatile("movl %%fs:0xc0, %0" : "=r"(self));
    CHECK(self != 0); /* where system calls go */
}

/* A system call while FS is something else: the call works, and FS is the TEB's again when it is loaded. */
TEST(other_segment_in_a_call)
{
    static const WORD selectors[] = {0x2b, 0, 0x23};
    NTSTATUS(WINAPI * yield)
    (void) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtYieldExecution");
    ORACLE_CRASHES("the oracle's calls go through FS");
    for (int i = 0; i < 3; i++) {
        DWORD self, status;
        WORD selector = selectors[i];
        __asm__ volatile("pushl %%fs\n movw %w2, %%fs\n call *%3\n popl %%fs\n movl %%fs:0x18, %1"
                         : "=&a"(status), "=&b"(self)
                         : "S"(selector), "D"(yield)
                         : "ecx", "edx", "memory");
        CHECK(status == 0 || status == 0x40000024); /* STATUS_NO_YIELD_PERFORMED */
        CHECK_EQ(self, (DWORD)NtCurrentTeb());
    }
}

static DWORD WINAPI own_fs(void *ignored)
{
    DWORD self;
    __asm__ volatile("pushl %%fs\n popl %%fs\n movl %%fs:0x18, %0" : "=r"(self));
    return self == (DWORD)NtCurrentTeb();
}

TEST(segments_of_many_threads)
{
    HANDLE threads[16];
    DWORD code;
    for (int i = 0; i < 16; i++)
        threads[i] = CreateThread(NULL, 0x10000, own_fs, NULL, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    for (int i = 0; i < 16; i++) {
        WaitForSingleObject(threads[i], INFINITE);
        CHECK(GetExitCodeThread(threads[i], &code) && code == 1);
        CloseHandle(threads[i]);
    }
}

TEST(float_state_across_calls)
{
    unsigned short control = 0x0f7f, saved, after; /* extended precision, truncating */
    DWORD sse = 0x1f80 | 0x6000, sse_saved, sse_after;
    double left = 0;
    __asm__ volatile("fnstcw %0" : "=m"(saved));
    __asm__ volatile("stmxcsr %0" : "=m"(sse_saved));
    __asm__ volatile("fldcw %0" : : "m"(control));
    __asm__ volatile("ldmxcsr %0" : : "m"(sse));
    __asm__ volatile("fldpi");
    Sleep(1);
    SetEvent(GetCurrentThread()); /* fails, but calls */
    __asm__ volatile("fstpl %0" : "=m"(left));
    __asm__ volatile("fnstcw %0" : "=m"(after));
    __asm__ volatile("stmxcsr %0" : "=m"(sse_after));
    __asm__ volatile("fldcw %0" : : "m"(saved));
    __asm__ volatile("ldmxcsr %0" : : "m"(sse_saved));
    CHECK_EQ(after, control);
    CHECK_EQ(sse_after & ~0x3fu, sse);
    CHECK(left > 3.14159265 && left < 3.14159266);
}

/* x87 values and tags go through a fault and its handler. */
TEST(float_state_across_a_fault)
{
    double value = 0;
    unsigned char code[] = {0xd9, 0xeb, 0x8b, 0x01, 0xc3}; /* fldpi; mov (%ecx), %eax; ret */
    run(code, 0, 0, 0, 0);
    memcpy(area, code, sizeof code);
    resume_at = (DWORD)area + 4;
    PVOID handle = AddVectoredExceptionHandler(1, handler);
    DWORD ecx = 0, eax;
    __asm__ volatile("call *%3\n fstpl %2" : "=a"(eax), "+c"(ecx), "=m"(value) : "r"(area) : "memory", "edx");
    RemoveVectoredExceptionHandler(handle);
    CHECK(value > 3.14159265 && value < 3.14159266);
    CHECK(seen_context.ContextFlags & 8);
    CHECK_EQ(seen_context.FloatSave.TagWord & 0xffff, 0x3fff); /* one valid register, the topmost */
}

/* The upper halves of the AVX registers too. */
TEST(wide_vectors_across_a_fault)
{
    if (!__builtin_cpu_supports("avx"))
        SKIP("no AVX");
    static const unsigned char head[] = {0xc5, 0xfc, 0x10, 0x02}; /* vmovups (%edx), %ymm0 */
    static const unsigned char fault[] = {0x8b, 0x01};            /* mov (%ecx), %eax */
    static const unsigned char tail[] = {
        0xc5, 0xfc, 0x11, 0x42, 0x20, 0xc5, 0xf8, 0x77, 0xc3}; /* vmovups %ymm0, 32(%edx); vzeroupper; ret */
    DWORD data[16] = {1, 2, 3, 4, 5, 6, 7, 8}, eax, ecx = 0;
    run(tail + 8, 1, 0, 0, 0);
    memcpy(area, head, 4);
    memcpy(area + 4, fault, 2);
    memcpy(area + 6, tail, sizeof tail);
    resume_at = (DWORD)area + 6;
    PVOID handle = AddVectoredExceptionHandler(1, handler);
    __asm__ volatile("call *%2" : "=a"(eax), "+c"(ecx) : "r"(area), "d"(data) : "memory");
    RemoveVectoredExceptionHandler(handle);
    for (int i = 0; i < 8; i++)
        CHECK_EQ(data[8 + i], i + 1);
}

TEST(float_exceptions)
{
    unsigned short control = 0x37b, saved; /* division by zero unmasked */
    __asm__ volatile("fnstcw %0" : "=m"(saved));
    /* fldcw (%ecx); fld1; fldz; fdivrp; fwait */
    RUN("\xd9\x29\xd9\xe8\xd9\xee\xde\xf9\x9b", (DWORD)&control, 0, 0);
    CHECK_EQ(seen.ExceptionCode, (DWORD)STATUS_FLOAT_DIVIDE_BY_ZERO);
    __asm__ volatile("fninit\n fldcw %0" : : "m"(saved));
}

TEST(code_that_changes_itself)
{
    unsigned char *code = VirtualAlloc(NULL, 4096, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE);
    DWORD result;
    /* movb $7, 1f+1; 1: mov $1, %al; movzx %al, %eax; ret */
    unsigned char bytes[] = {0xc6, 0x05, 0, 0, 0, 0, 7, 0xb0, 1, 0x0f, 0xb6, 0xc0, 0xc3};
    memcpy(code, bytes, sizeof bytes);
    DWORD target = (DWORD)code + 8;
    memcpy(code + 2, &target, 4);
    __asm__ volatile("call *%1" : "=a"(result) : "r"(code) : "memory", "ecx", "edx");
    CHECK_EQ(result, 7);
    VirtualFree(code, 0, MEM_RELEASE);
}

static LONG CALLBACK count_and_end(EXCEPTION_POINTERS *pointers)
{
    ExitProcess(pointers->ExceptionRecord->ExceptionCode == (DWORD)STATUS_ACCESS_VIOLATION &&
                        pointers->ExceptionRecord->ExceptionInformation[0] == 8
                    ? 7
                    : 8);
}

/* Runs code in data and on the stack, asks for protection, and tries again: exit code 7. */
CHILD(code_in_data)
{
    unsigned char *data = VirtualAlloc(NULL, 4096, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    unsigned char stack[16] = {0xb0, 0x2a, 0x0f, 0xb6, 0xc0, 0xc3}; /* mov $42, %al; movzx %al, %eax; ret */
    DWORD result = 0, flags = 9;
    BOOL permanent = TRUE;
    if (!GetProcessDEPPolicy(GetCurrentProcess(), &flags, &permanent) || flags || permanent)
        return 1;
    memcpy(data, stack, sizeof stack);
    __asm__ volatile("call *%1" : "=a"(result) : "r"(data) : "memory", "ecx", "edx");
    if (result != 42)
        return 2;
    __asm__ volatile("call *%1" : "=a"(result) : "r"(stack) : "memory", "ecx", "edx");
    if (result != 42)
        return 3;
    if (!SetProcessDEPPolicy(PROCESS_DEP_ENABLE))
        return 4;
    if (!GetProcessDEPPolicy(GetCurrentProcess(), &flags, &permanent) || !(flags & 1) || !permanent)
        return 5;
    AddVectoredExceptionHandler(1, count_and_end);
    __asm__ volatile("call *%1" : "=a"(result) : "r"(data) : "memory", "ecx", "edx");
    return 6;
}

/* A program without the flag NX_COMPAT may run what it can read. This one, with the flag cleared. */
TEST(programs_without_nx_compat)
{
    char own[MAX_PATH], copy[MAX_PATH], line[MAX_PATH + 40];
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    IMAGE_DOS_HEADER dos;
    IMAGE_NT_HEADERS32 nt;
    DWORD n, code = 0;
    GetModuleFileNameA(NULL, own, sizeof own);
    GetTempPathA(sizeof copy, copy);
    strcat(copy, "i386-old.exe");
    CHECK(CopyFileA(own, copy, FALSE));
    HANDLE file = CreateFileA(copy, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    CHECK(ReadFile(file, &dos, sizeof dos, &n, NULL));
    SetFilePointer(file, dos.e_lfanew, NULL, FILE_BEGIN);
    CHECK(ReadFile(file, &nt, sizeof nt, &n, NULL));
    nt.OptionalHeader.DllCharacteristics &= ~IMAGE_DLLCHARACTERISTICS_NX_COMPAT;
    SetFilePointer(file, dos.e_lfanew, NULL, FILE_BEGIN);
    CHECK(WriteFile(file, &nt, sizeof nt, &n, NULL));
    CloseHandle(file);
    sprintf(line, "\"%s\" --child code_in_data", copy);
    CHECK(CreateProcessA(copy, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    WaitForSingleObject(process.hProcess, 10000);
    CHECK(GetExitCodeProcess(process.hProcess, &code));
    CHECK_EQ(code, 7);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
    DeleteFileA(copy);
}

TEST(system_calls_by_other_ways)
{
    const unsigned char *stub = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtTestAlert");
    DWORD number, result;
    CHECK_EQ(stub[0], 0xb8);
    memcpy(&number, stub + 1, 4);
    CHECK(number > 0 && number < 0x200);
    /* fs:0xc0, with the frame of a stub */
    __asm__ volatile("call 1f\n jmp 2f\n1: call *%%fs:0xc0\n ret\n2:"
                     : "=a"(result)
                     : "a"(number)
                     : "ecx", "edx", "memory");
    CHECK_EQ(result, 0);
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    const unsigned char *set = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtSetEvent");
    memcpy(&number, set + 1, 4);
    DWORD arguments[2] = {(DWORD)event, 0};
    __asm__ volatile("int $0x2e" : "=a"(result) : "a"(number), "d"(arguments) : "ecx", "memory");
    CHECK_EQ(result, 0);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    CloseHandle(event);
}

/* ---- contexts of other threads ---- */

static volatile LONG spinning, stop_spinning;

static DWORD WINAPI spin(void *ignored)
{
    __asm__ volatile("movl $0x12345678, %%ebx\n"
                     "movl $0x23456789, %%esi\n"
                     "movl $1, %0\n"
                     "1: pause\n cmpl $0, %1\n je 1b"
                     : "=m"(spinning)
                     : "m"(stop_spinning)
                     : "ebx", "esi", "memory");
    return 17;
}

static DWORD WINAPI other_place(void)
{
    ExitThread(23);
}

TEST(context_of_a_spinning_thread)
{
    CONTEXT context = {.ContextFlags = CONTEXT_ALL};
    DWORD code;
    spinning = stop_spinning = 0;
    HANDLE thread = CreateThread(NULL, 0, spin, NULL, 0, NULL);
    while (!spinning)
        Sleep(1);
    CHECK_EQ(SuspendThread(thread), 0);
    CHECK(GetThreadContext(thread, &context));
    CHECK_EQ(context.Ebx, 0x12345678);
    CHECK_EQ(context.Esi, 0x23456789);
    CHECK(context.Eip - (DWORD)spin < 0x100);
    CHECK_EQ(context.SegCs & 0xffff, 0x23);
    CHECK_EQ(context.FloatSave.ControlWord & 0xffff, 0x27f);
    CHECK_EQ(*(DWORD *)(context.ExtendedRegisters + 24) & 0xffc0, 0x1f80);
    /* a part only: the rest stays */
    context.ContextFlags = CONTEXT_INTEGER;
    context.Esi = 0x3456789a;
    context.Eip = 0;
    CHECK(SetThreadContext(thread, &context));
    memset(&context, 0, sizeof context);
    context.ContextFlags = CONTEXT_FULL;
    CHECK(GetThreadContext(thread, &context));
    CHECK_EQ(context.Esi, 0x3456789a);
    CHECK_EQ(context.Ebx, 0x12345678);
    CHECK(context.Eip != 0);
    /* and somewhere else altogether */
    context.Eip = (DWORD)other_place;
    CHECK(SetThreadContext(thread, &context));
    CHECK_EQ(ResumeThread(thread), 1);
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code) && code == 23);
    CloseHandle(thread);
}

TEST(many_suspensions)
{
    DWORD code;
    spinning = stop_spinning = 0;
    HANDLE thread = CreateThread(NULL, 0, spin, NULL, 0, NULL);
    while (!spinning)
        Sleep(1);
    for (int i = 0; i < 300; i++) {
        SuspendThread(thread);
        ResumeThread(thread);
    }
    stop_spinning = 1;
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code) && code == 17);
    CloseHandle(thread);
}

static DWORD WINAPI calls(void *ignored)
{
    DWORD count = 0;
    while (!stop_spinning) {
        DWORD error = GetLastError(), previous;
        SetLastError(77);
        HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
        SetEvent(event);
        WaitForSingleObject(event, 0);
        CloseHandle(event);
        VirtualProtect(area, 1, PAGE_EXECUTE_READWRITE, &previous);
        SetLastError(error);
        count++;
    }
    return count ? 1 : 0;
}

/* Interrupted at every point of a system call. */
TEST(suspensions_within_calls)
{
    DWORD code;
    stop_spinning = 0;
    if (!area)
        area = VirtualAlloc(NULL, 0x10000, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE);
    HANDLE thread = CreateThread(NULL, 0, calls, NULL, 0, NULL);
    Sleep(2);
    for (int i = 0; i < 2000; i++) {
        CONTEXT context = {.ContextFlags = CONTEXT_FULL};
        SuspendThread(thread);
        GetThreadContext(thread, &context);
        if (i % 3 == 0)
            SetThreadContext(thread, &context);
        ResumeThread(thread);
    }
    stop_spinning = 1;
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code) && code == 1);
    CloseHandle(thread);
}

static LONG apc_sum;

static void CALLBACK apc(ULONG_PTR argument)
{
    apc_sum += (LONG)argument;
}

TEST(apcs)
{
    apc_sum = 0;
    for (int i = 1; i <= 10; i++)
        CHECK(QueueUserAPC(apc, GetCurrentThread(), i));
    CHECK_EQ(SleepEx(1000, TRUE), WAIT_IO_COMPLETION);
    CHECK_EQ(apc_sum, 55);
    CHECK_EQ(SleepEx(0, TRUE), 0);
}

/* The stack of an i386 program is a multiple of 4 only. */
TEST(misaligned_stack)
{
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    BOOL(WINAPI *volatile set)(HANDLE) = SetEvent;
    DWORD result;
    for (int i = 0; i < 4; i++)
        __asm__ volatile("movl %%esp, %%esi\n subl %3, %%esp\n pushl %2\n call *%1\n movl %%esi, %%esp"
                         : "=a"(result)
                         : "r"(set), "r"(event), "r"(i * 4)
                         : "ecx", "edx", "esi", "memory");
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    CloseHandle(event);
}

static DWORD deep(DWORD n)
{
    volatile char page[3000];
    page[0] = (char)n;
    return n ? deep(n - 1) + (DWORD)page[0] * 0 + 1 : 0;
}

TEST(stack_grows)
{
    volatile NT_TIB *tib = (NT_TIB *)NtCurrentTeb();
    void *before = tib->StackLimit;
    CHECK_EQ(deep(200), 200);
    CHECK(tib->StackLimit < before);
}
#endif
