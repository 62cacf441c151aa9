/*
 * Function tables of generated code: added, with a callback, growable; used by look-ups and by an
 * exception that unwinds through such code.
 */
#include "harness.h"
#ifdef _WIN64

static unsigned char *code;
static RUNTIME_FUNCTION table[2];

static void setup(void)
{
    if (code)
        return;
    code = VirtualAlloc(NULL, 0x10000, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE);
    /* sub rsp, 0x28; call rcx; add rsp, 0x28; ret */
    memcpy(code, "\x48\x83\xec\x28\xff\xd1\x48\x83\xc4\x28\xc3", 11);
    /* unwind data: version 1, prologue 4, one code: alloc small 0x28 at 4 */
    memcpy(code + 0x100, "\x01\x04\x01\x00\x04\x42\x00\x00", 8);
    table[0].BeginAddress = 0;
    table[0].EndAddress = 11;
    table[0].UnwindData = 0x100;
    table[1].BeginAddress = 0x40;
    table[1].EndAddress = 0x4b;
    table[1].UnwindData = 0x100;
    memcpy(code + 0x40, code, 11);
}

static RUNTIME_FUNCTION *lookup(int offset, DWORD64 *ret_base)
{
    *ret_base = 0;
    return RtlLookupFunctionEntry((DWORD64)code + offset, ret_base, NULL);
}

TEST(add_and_delete)
{
    DWORD64 base;
    setup();
    CHECK(lookup(5, &base) == NULL);
    CHECK(RtlAddFunctionTable(table, 2, (DWORD64)code));
    CHECK(lookup(5, &base) == &table[0]);
    CHECK_EQ(base, (DWORD64)code);
    CHECK(lookup(0x45, &base) == &table[1]);
    CHECK(lookup(0x20, &base) == NULL);
    CHECK(lookup(11, &base) == NULL);
    CHECK(RtlDeleteFunctionTable(table));
    CHECK(!RtlDeleteFunctionTable(table));
    CHECK(lookup(5, &base) == NULL);
}

static int calls;
static RUNTIME_FUNCTION *CALLBACK callback(DWORD64 pc, PVOID context)
{
    calls++;
    CHECK_EQ((ULONG_PTR)context, 0x77);
    return pc - (DWORD64)code < 0x40 ? &table[0] : &table[1];
}

TEST(callback)
{
    DWORD64 base, identifier = (DWORD64)code | 3;
    setup();
    calls = 0;
    CHECK(
        !RtlInstallFunctionTableCallback((DWORD64)code, (DWORD64)code, 0x1000, callback, (PVOID)0x77, NULL));
    CHECK(RtlInstallFunctionTableCallback(identifier, (DWORD64)code, 0x1000, callback, (PVOID)0x77, NULL));
    CHECK(lookup(0x45, &base) == &table[1]);
    CHECK_EQ(base, (DWORD64)code);
    CHECK_EQ(calls, 1);
    CHECK(lookup(0x1000, &base) == NULL);
    CHECK(RtlDeleteFunctionTable((PRUNTIME_FUNCTION)identifier));
    CHECK(lookup(0x45, &base) == NULL);
}

TEST(growable)
{
    DWORD64 base;
    void *handle = NULL;
    setup();
    CHECK_EQ(RtlAddGrowableFunctionTable(&handle, table, 1, 2, (ULONG_PTR)code, (ULONG_PTR)code + 0x1000), 0);
    CHECK(handle != NULL);
    CHECK(lookup(5, &base) == &table[0]);
    CHECK(lookup(0x45, &base) == NULL);
    RtlGrowFunctionTable(handle, 2);
    CHECK(lookup(0x45, &base) == &table[1]);
    RtlDeleteGrowableFunctionTable(handle);
    CHECK(lookup(5, &base) == NULL);
}

static void *frames[16];
static USHORT frame_count;
static void walk(void)
{
    frame_count = RtlCaptureStackBackTrace(0, 16, frames, NULL);
}

TEST(backtrace_through_generated_code)
{
    setup();
    RtlAddFunctionTable(table, 2, (DWORD64)code);
    ((void (*)(void (*)(void)))code)(walk);
    RtlDeleteFunctionTable(table);
    CHECK(frame_count > 2);
    int found = -1;
    for (int i = 0; i < frame_count; i++)
        if (frames[i] == code + 6)
            found = i;
    CHECK_EQ(found, 1);
}
#endif
