/*
 * RtlVirtualUnwind over hand-made functions: prologue, body, epilogue, frame register, chained data.
 */
#include "harness.h"
#ifdef _WIN64

/* push rbx; push rsi; sub rsp, 0x30; movaps [rsp+0x20], xmm6 | nop | movaps xmm6, ..; add rsp, 0x30; pop rsi;
 * pop rbx; ret */
static const unsigned char function_1[] = {
    0x53,                         /* 00 push rbx */
    0x56,                         /* 01 push rsi */
    0x48, 0x83, 0xec, 0x30,       /* 02 sub rsp, 0x30 */
    0x0f, 0x29, 0x74, 0x24, 0x20, /* 06 movaps [rsp+0x20], xmm6 */
    0x90,                         /* 0b nop */
    0x0f, 0x28, 0x74, 0x24, 0x20, /* 0c movaps xmm6, [rsp+0x20] */
    0x48, 0x83, 0xc4, 0x30,       /* 11 add rsp, 0x30 */
    0x5e,                         /* 15 pop rsi */
    0x5b,                         /* 16 pop rbx */
    0xc3,                         /* 17 ret */
};
static const unsigned char data_1[] = {
    0x01 | 3 << 3,
    0x0b,
    5,
    0,
    0x0b,
    8 | 6 << 4,
    2,
    0, /* save xmm6 at 0x20 */
    0x06,
    2 | 5 << 4, /* alloc 0x30 */
    0x02,
    0 | 6 << 4, /* push rsi */
    0x01,
    0 | 3 << 4, /* push rbx */
    0,
    0,
    0x34,
    0x12,
    0,
    0, /* handler */
    0xef,
    0xbe,
    0,
    0,
};

/* push rbp; sub rsp, 0x40; lea rbp, [rsp+0x20]; mov [rbp+0x28], rdi | nop | lea rsp, [rbp+0x20]; pop rbp; ret
 */
static const unsigned char function_2[] = {
    0x55,                         /* 00 push rbp */
    0x48, 0x83, 0xec, 0x40,       /* 01 sub rsp, 0x40 */
    0x48, 0x8d, 0x6c, 0x24, 0x20, /* 05 lea rbp, [rsp+0x20] */
    0x48, 0x89, 0x7d, 0x18,       /* 0a mov [rbp+0x18], rdi */
    0x90,                         /* 0e nop */
    0x48, 0x8d, 0x65, 0x20,       /* 0f lea rsp, [rbp+0x20] */
    0x5d,                         /* 13 pop rbp */
    0xc3,                         /* 14 ret */
};
static const unsigned char data_2[] = {
    0x01, 0x0e,       5, 5 | 2 << 4, 0x0e, 4 | 7 << 4, 7, 0, /* save rdi at 0x38 */
    0x0a, 3,                                                 /* set frame register */
    0x05, 2 | 7 << 4,                                        /* alloc 0x40 */
    0x01, 0 | 5 << 4,                                        /* push rbp */
    0,    0,
};

static unsigned char *area;
static DWORD64 stack[64];

static void setup(const void *code, size_t code_size, const void *data, size_t data_size,
                  RUNTIME_FUNCTION *function)
{
    if (!area)
        area = VirtualAlloc(NULL, 0x10000, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE);
    memset(area, 0, 0x2000);
    memcpy(area + 0x100, code, code_size);
    memcpy(area + 0x1000, data, data_size);
    function->BeginAddress = 0x100;
    function->EndAddress = 0x100 + (DWORD)code_size;
    function->UnwindData = 0x1000;
    for (int i = 0; i < 64; i++)
        stack[i] = 0x1000 + i;
}

static PEXCEPTION_ROUTINE unwind(RUNTIME_FUNCTION *function, unsigned at, unsigned rsp_slot,
                                 unsigned rbp_slot, CONTEXT *context, void **data, DWORD64 *frame)
{
    memset(context, 0, sizeof *context);
    context->Rip = (DWORD64)area + 0x100 + at;
    context->Rsp = (DWORD64)&stack[rsp_slot];
    context->Rbp = (DWORD64)&stack[rbp_slot];
    context->Rbx = 0xb;
    context->Rsi = 0x51;
    context->Rdi = 0xd1;
    *data = NULL;
    *frame = 0;
    return RtlVirtualUnwind(UNW_FLAG_EHANDLER, (DWORD64)area, context->Rip, function, context, data, frame,
                            NULL);
}

#define SLOT(n) (0x1000ull + (n))

TEST(rsp_frame)
{
    RUNTIME_FUNCTION f;
    CONTEXT c;
    void *data;
    DWORD64 frame;
    setup(function_1, sizeof function_1, data_1, sizeof data_1, &f);

    CHECK(!unwind(&f, 0, 8, 0, &c, &data, &frame)); /* nothing done yet */
    CHECK_EQ(c.Rip, SLOT(8));
    CHECK_EQ(c.Rsp, (DWORD64)&stack[9]);
    CHECK_EQ(c.Rbx, 0xb);
    CHECK_EQ(frame, (DWORD64)&stack[8]);

    CHECK(!unwind(&f, 2, 8, 0, &c, &data, &frame)); /* two pushes */
    CHECK_EQ(c.Rsi, SLOT(8));
    CHECK_EQ(c.Rbx, SLOT(9));
    CHECK_EQ(c.Rip, SLOT(10));

    PEXCEPTION_ROUTINE handler = unwind(&f, 0xb, 8, 0, &c, &data, &frame); /* body */
    CHECK_EQ((DWORD64)handler, (DWORD64)area + 0x1234);
    CHECK_EQ((DWORD64)data, (DWORD64)area + 0x1000 + 20);
    CHECK_EQ(*(DWORD *)data, 0xbeef);
    CHECK_EQ(c.Xmm6.Low, SLOT(12));
    CHECK_EQ(c.Rsi, SLOT(14));
    CHECK_EQ(c.Rbx, SLOT(15));
    CHECK_EQ(c.Rip, SLOT(16));
    CHECK_EQ(c.Rsp, (DWORD64)&stack[17]);
    CHECK_EQ(frame, (DWORD64)&stack[8]);

    CHECK(!unwind(&f, 0x11, 8, 0, &c, &data, &frame)); /* epilogue: add rsp */
    CHECK_EQ(c.Rsi, SLOT(14));
    CHECK_EQ(c.Rbx, SLOT(15));
    CHECK_EQ(c.Rip, SLOT(16));
    CHECK_EQ(c.Xmm6.Low, 0);

    CHECK(!unwind(&f, 0x16, 8, 0, &c, &data, &frame)); /* pop rbx */
    CHECK_EQ(c.Rsi, 0x51);
    CHECK_EQ(c.Rbx, SLOT(8));
    CHECK_EQ(c.Rip, SLOT(9));

    CHECK(!unwind(&f, 0x17, 8, 0, &c, &data, &frame)); /* ret */
    CHECK_EQ(c.Rip, SLOT(8));
}

TEST(frame_register)
{
    RUNTIME_FUNCTION f;
    CONTEXT c;
    void *data;
    DWORD64 frame;
    setup(function_2, sizeof function_2, data_2, sizeof data_2, &f);

    CHECK(!unwind(&f, 5, 8, 40, &c, &data, &frame)); /* frame register not yet set */
    CHECK_EQ(c.Rbp, SLOT(16));
    CHECK_EQ(c.Rip, SLOT(17));
    CHECK_EQ(frame, (DWORD64)&stack[8]);

    CHECK(!unwind(&f, 0xa, 2, 24, &c, &data, &frame)); /* set; rsp is elsewhere */
    CHECK_EQ(frame, (DWORD64)&stack[20]);
    CHECK_EQ(c.Rbp, SLOT(28));
    CHECK_EQ(c.Rip, SLOT(29));
    CHECK_EQ(c.Rdi, 0xd1);

    CHECK(!unwind(&f, 0xe, 2, 24, &c, &data, &frame)); /* body */
    CHECK_EQ(frame, (DWORD64)&stack[20]);
    CHECK_EQ(c.Rdi, SLOT(27));
    CHECK_EQ(c.Rbp, SLOT(28));
    CHECK_EQ(c.Rip, SLOT(29));
    CHECK_EQ(c.Rsp, (DWORD64)&stack[30]);

    CHECK(!unwind(&f, 0xf, 2, 24, &c, &data, &frame)); /* epilogue: lea rsp */
    CHECK_EQ(c.Rbp, SLOT(28));
    CHECK_EQ(c.Rip, SLOT(29));
    CHECK_EQ(c.Rdi, 0xd1);
}

TEST(context_pointers)
{
    RUNTIME_FUNCTION f;
    CONTEXT c;
    void *data;
    DWORD64 frame;
    KNONVOLATILE_CONTEXT_POINTERS pointers;
    setup(function_1, sizeof function_1, data_1, sizeof data_1, &f);
    memset(&pointers, 0, sizeof pointers);
    memset(&c, 0, sizeof c);
    c.Rsp = (DWORD64)&stack[8];
    RtlVirtualUnwind(UNW_FLAG_NHANDLER, (DWORD64)area, (DWORD64)area + 0x10b, &f, &c, &data, &frame,
                     &pointers);
    CHECK(pointers.IntegerContext[3] == &stack[15]);
    CHECK(pointers.IntegerContext[6] == &stack[14]);
    CHECK((void *)pointers.FloatingContext[6] == (void *)&stack[12]);
    CHECK(pointers.IntegerContext[5] == NULL);
}

TEST(chained)
{
    static const unsigned char fragment[] = {0x90, 0x90, 0x90, 0xc3};
    /* the fragment's data: saves rdi at 0x10, chained to the entry of function_1 */
    unsigned char data[20] = {0x01 | 4 << 3, 0, 2, 0, 0, 4 | 7 << 4, 2, 0};
    RUNTIME_FUNCTION f, fragment_entry;
    CONTEXT c;
    void *handler_data;
    DWORD64 frame;
    setup(function_1, sizeof function_1, data_1, sizeof data_1, &f);
    memcpy(data + 8, &f, sizeof f);
    memcpy(area + 0x1100, data, sizeof data);
    memcpy(area + 0x400, fragment, sizeof fragment);
    fragment_entry.BeginAddress = 0x400;
    fragment_entry.EndAddress = 0x404;
    fragment_entry.UnwindData = 0x1100;
    memset(&c, 0, sizeof c);
    c.Rsp = (DWORD64)&stack[8];
    PEXCEPTION_ROUTINE handler = RtlVirtualUnwind(UNW_FLAG_EHANDLER, (DWORD64)area, (DWORD64)area + 0x401,
                                                  &fragment_entry, &c, &handler_data, &frame, NULL);
    CHECK_EQ((DWORD64)handler, (DWORD64)area + 0x1234);
    CHECK_EQ(c.Rdi, SLOT(10));
    CHECK_EQ(c.Rbx, SLOT(15));
    CHECK_EQ(c.Rip, SLOT(16));
}

TEST(lookup_own_image)
{
    DWORD64 base = 0;
    void *image = NULL;
    RUNTIME_FUNCTION *f = RtlLookupFunctionEntry((DWORD64)unwind + 4, &base, NULL);
    CHECK(f != NULL);
    CHECK_EQ(base, (DWORD64)GetModuleHandleA(NULL));
    CHECK(RtlPcToFileHeader((PVOID)unwind, &image) == (PVOID)base);
    CHECK_EQ((DWORD64)image, base);
    CHECK(RtlPcToFileHeader((PVOID)16, &image) == NULL);
    CHECK(image == NULL);
}

static int level;
static void *frames[32];
static USHORT count;
static void __attribute__((noinline)) descend(int n)
{
    if (n)
        descend(n - 1);
    else
        count = RtlCaptureStackBackTrace(0, 32, frames, NULL);
    level++;
}

TEST(backtrace)
{
    descend(5);
    CHECK(count >= 8);
    for (int i = 0; i < 6; i++)
        CHECK((DWORD64)frames[i] - (DWORD64)descend < 128);
    DWORD hash = 0;
    CHECK_EQ(RtlCaptureStackBackTrace(0, 1, frames, &hash), 1);
    CHECK(hash != 0);
}
#endif
