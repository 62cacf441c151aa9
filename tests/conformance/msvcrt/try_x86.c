/*
 * What x86 compilers of Microsoft's expect of the runtime, laid out by hand: __try, __finally and C++ catch
 * blocks, setjmp across them, functions with their arguments on the x87 stack. (Nothing on x86-64.)
 */
#include "harness.h"

#ifndef _WIN64

static char calls[64] asm("_try_calls");
void try_note(int c) asm("_try_note");
void try_note(int c)
{
    const size_t n = strlen(calls);
    calls[n] = (char)c;
    calls[n + 1] = 0;
}
static void check_calls(int line, const char *expected)
{
    if (strcmp(calls, expected))
        harness_fail(__FILE__, line, "the calls were %s, not %s", calls, expected);
    calls[0] = 0;
}
#define CHECK_CALLS(expected) check_calls(__LINE__, expected)

int __cdecl _except_handler3(void);
int __cdecl _abnormal_termination(void);

/*
 * int try_except(void (*body)(void), int verdict):
 *   __try { __try { body(); } __finally { note(abnormal ? 'F' : 'f'); } }
 *   __except (note('x'), verdict) { note('e'); return code; }
 *   note('n'); return 0;
 */
int __cdecl try_except(void (*body)(void), int verdict);
asm(".text\n"
    ".globl _try_except\n"
    "_try_except:\n"
    "    pushl %ebp\n"
    "    movl %esp, %ebp\n"
    "    pushl $-1\n"         /* -4: level */
    "    pushl $try_scopes\n" /* -8 */
    "    pushl $__except_handler3\n"
    "    pushl %fs:0\n" /* -16: the registration */
    "    movl %esp, %fs:0\n"
    "    subl $8, %esp\n" /* -20: pointers, -24: ESP */
    "    pushl %ebx\n    pushl %esi\n    pushl %edi\n"
    "    movl %esp, -24(%ebp)\n"
    "    movl $0, -4(%ebp)\n"
    "    movl $1, -4(%ebp)\n"
    "    call *8(%ebp)\n"
    "    movl $0, -4(%ebp)\n"
    "    call try_finally\n"
    "    movl $-1, -4(%ebp)\n"
    "    pushl $'n'\n    call _try_note\n    addl $4, %esp\n"
    "    xorl %eax, %eax\n"
    "try_out:\n"
    "    movl -16(%ebp), %ecx\n"
    "    movl %ecx, %fs:0\n"
    "    popl %edi\n    popl %esi\n    popl %ebx\n"
    "    leave\n"
    "    ret\n"
    "try_finally:\n"
    "    call __abnormal_termination\n"
    "    testl %eax, %eax\n"
    "    movl $'f', %eax\n"
    "    jz 1f\n"
    "    movl $'F', %eax\n"
    "1:  pushl %eax\n    call _try_note\n    addl $4, %esp\n"
    "    ret\n"
    "try_filter:\n"
    "    pushl $'x'\n    call _try_note\n    addl $4, %esp\n"
    "    movl -20(%ebp), %eax\n" /* EXCEPTION_POINTERS */
    "    movl (%eax), %eax\n"
    "    movl (%eax), %eax\n"
    "    movl %eax, _try_code\n"
    "    movl 12(%ebp), %eax\n"
    "    ret\n"
    "try_block:\n"
    "    movl -24(%ebp), %esp\n"
    "    movl $-1, -4(%ebp)\n"
    "    pushl $'e'\n    call _try_note\n    addl $4, %esp\n"
    "    movl _try_code, %eax\n"
    "    jmp try_out\n"
    ".section .rdata,\"dr\"\n"
    "    .p2align 2\n"
    "try_scopes:\n"
    "    .long -1, try_filter, try_block\n"
    "    .long 0, 0, try_finally\n"
    ".text\n");
unsigned try_code asm("_try_code");

static void does_nothing(void)
{
    try_note('b');
}
static void raises(void)
{
    try_note('b');
    RaiseException(0xe0000042, 0, 0, NULL);
    try_note('c');
}
static void faults(void)
{
    try_note('b');
    *(volatile int *)4 = 0;
}
static int inner_verdict;
static void nests(void)
{
    try_except(raises, inner_verdict);
    try_note('i');
}

TEST(try_blocks)
{
    CHECK_EQ(try_except(does_nothing, 1), 0);
    CHECK_CALLS("bfn");
    CHECK_EQ((DWORD)try_except(raises, 1), 0xe0000042);
    CHECK_CALLS("bxFe");
    CHECK_EQ(try_except(raises, -1), 0);
    CHECK_CALLS("bxcfn");
    CHECK_EQ(try_except(faults, 1), (int)EXCEPTION_ACCESS_VIOLATION);
    CHECK_CALLS("bxFe");
    inner_verdict = 1;
    CHECK_EQ(try_except(nests, 1), 0);
    CHECK_CALLS("bxFeifn");
    inner_verdict = 0;
    CHECK_EQ((DWORD)try_except(nests, 1), 0xe0000042);
    CHECK_CALLS("bxxFFe");
}

/* ---- setjmp ---- */

int __cdecl _setjmp3(void *, int) __attribute__((returns_twice));
void __cdecl longjmp_x86(void *, int) asm("_longjmp");
static DWORD buffer[16];

static void jumps(void)
{
    try_note('j');
    longjmp_x86(buffer, 5);
}

TEST(long_jumps)
{
    int result = _setjmp3(buffer, 0);
    if (!result)
        try_except(jumps, 1);
    CHECK_EQ(result, 5);
    CHECK_CALLS("jF");
}

/* ---- C++ ---- */

struct type_info {
    const void *vtable;
    char *undecorated;
    char name[8];
};
static struct type_info int_type asm("_try_int_type") = {NULL, NULL, ".H"};
struct catchable {
    unsigned properties;
    struct type_info *type;
    int member, vtable_offset, index, size;
    void *copy;
};
static const struct catchable int_catchable = {1, &int_type, 0, -1, 0, 4, NULL};
static const struct {
    int count;
    const struct catchable *types[1];
} int_list = {1, {&int_catchable}};
static const struct {
    unsigned attributes;
    void *destructor, *forward;
    const void *list;
} int_throw = {0, NULL, NULL, &int_list};
void WINAPI _CxxThrowException(void *object, const void *info);

/*
 * int try_catch(void (*body)(void)):
 *   object o;                          (its destructor notes 'd')
 *   try { body(); note('n'); return 0; } catch (int value) { note('k'); again(); return value; }
 */
int __cdecl try_catch(void (*body)(void), void (*again)(void));
asm(".text\n"
    ".globl _try_catch\n"
    "_try_catch:\n"
    "    pushl %ebp\n"
    "    movl %esp, %ebp\n"
    "    pushl $-1\n" /* -4: state */
    "    pushl $try_cxx_handler\n"
    "    pushl %fs:0\n" /* -12: the registration */
    "    movl %esp, %fs:0\n"
    "    subl $8, %esp\n" /* -16: ESP, -20: value */
    "    pushl %ebx\n    pushl %esi\n    pushl %edi\n"
    "    movl %esp, -16(%ebp)\n"
    "    movl $0, -4(%ebp)\n" /* the object */
    "    movl $1, -4(%ebp)\n" /* the try block */
    "    call *8(%ebp)\n"
    "    movl $0, -4(%ebp)\n"
    "    pushl $'n'\n    call _try_note\n    addl $4, %esp\n"
    "    movl $0, -20(%ebp)\n"
    "try_behind:\n"
    "    movl $-1, -4(%ebp)\n"
    "    call try_destroy\n"
    "    movl -20(%ebp), %eax\n"
    "    movl -12(%ebp), %ecx\n"
    "    movl %ecx, %fs:0\n"
    "    popl %edi\n    popl %esi\n    popl %ebx\n"
    "    leave\n"
    "    ret\n"
    "try_destroy:\n"
    "    pushl $'d'\n    call _try_note\n    addl $4, %esp\n"
    "    ret\n"
    "try_catch_int:\n"
    "    pushl $'k'\n    call _try_note\n    addl $4, %esp\n"
    "    call *12(%ebp)\n"
    "    movl $try_behind, %eax\n"
    "    ret\n"
    "try_cxx_handler:\n"
    "    movl $try_info, %eax\n"
    "    jmp ___CxxFrameHandler\n"
    ".section .rdata,\"dr\"\n"
    "    .p2align 2\n"
    "try_info:\n"
    "    .long 0x19930520, 3, try_unwinds, 1, try_tries, 0, 0\n"
    "try_unwinds:\n"
    "    .long -1, try_destroy\n"
    "    .long 0, 0\n"
    "    .long 0, 0\n"
    "try_tries:\n"
    "    .long 1, 1, 2, 1, try_handlers\n"
    "try_handlers:\n"
    "    .long 0, _try_int_type, -20, try_catch_int\n"
    ".text\n");

static void throws(void)
{
    int value = 7;
    try_note('b');
    _CxxThrowException(&value, &int_throw);
}
static void throws_again(void)
{
    _CxxThrowException(NULL, NULL);
}
static void catches_and_throws_again(void)
{
    try_catch(throws, throws_again);
    try_note('?');
}
static void catches_inside(void)
{
    CHECK_EQ(try_catch(throws, does_nothing), 7);
    try_note('i');
}

TEST(cxx_catch_blocks)
{
    CHECK_EQ(try_catch(does_nothing, does_nothing), 0);
    CHECK_CALLS("bnd");
    CHECK_EQ(try_catch(throws, does_nothing), 7);
    CHECK_CALLS("bkbd");
    CHECK_EQ(try_catch(catches_and_throws_again, does_nothing), 7);
    CHECK_CALLS("bkdkbd");
    CHECK_EQ(try_catch(throws, catches_inside), 7);
    CHECK_CALLS("bkbkbdid");
    CHECK_EQ((DWORD)try_except(catches_and_throws_again, 1), 0xe06d7363);
    CHECK_CALLS("bkxdFe");
}

/* ---- the x87 stack ---- */

#define CI1(name, x)                                                                                         \
    __extension__({                                                                                          \
        double result;                                                                                       \
        __asm__ volatile("call *%2"                                                                          \
                         : "=t"(result)                                                                      \
                         : "0"(x), "r"(GetProcAddress(GetModuleHandleA("msvcrt.dll"), "_CI" name))           \
                         : "eax", "ecx", "edx", "memory");                                                   \
        result;                                                                                              \
    })
#define CI2(name, x, y)                                                                                      \
    __extension__({                                                                                          \
        double result;                                                                                       \
        __asm__ volatile("call *%3"                                                                          \
                         : "=t"(result)                                                                      \
                         : "0"(y), "u"(x), "r"(GetProcAddress(GetModuleHandleA("msvcrt.dll"), "_CI" name))   \
                         : "eax", "ecx", "edx", "st(1)", "memory");                                          \
        result;                                                                                              \
    })

TEST(arguments_on_the_x87_stack)
{
    CHECK(CI1("sin", 1.0) == 0.8414709848078965);
    CHECK(CI1("exp", 1.0) == 2.718281828459045);
    CHECK(CI1("sqrt", 2.0) == 1.4142135623730951);
    CHECK(CI2("pow", 2.0, 10.0) == 1024.0);
    CHECK(CI2("pow", 10.0, -3.0) == 0.001);
    CHECK(CI2("atan2", 1.0, 2.0) == 0.4636476090008061);
    CHECK(CI2("fmod", 7.5, 2.0) == 1.5);
    long long value;
    __asm__ volatile("call *%1"
                     : "=A"(value)
                     : "r"(GetProcAddress(GetModuleHandleA("msvcrt.dll"), "_ftol")), "t"(-123456789012.9)
                     : "ecx", "st");
    CHECK_EQ(value, -123456789012ll);
}

#endif
