/*
 * What the compilers of x86 expect in assembly: setjmp, calling and entering the code of a function's
 * blocks with its EBP, the entry of the C++ frame handlers, prologues.
 */
#define BUFFER_EBP 0x00
#define BUFFER_EBX 0x04
#define BUFFER_EDI 0x08
#define BUFFER_ESI 0x0c
#define BUFFER_ESP 0x10
#define BUFFER_EIP 0x14
#define BUFFER_REGISTRATION 0x18
#define BUFFER_LEVEL 0x1c
#define BUFFER_COOKIE 0x20
#define BUFFER_UNWIND 0x24
#define BUFFER_DATA 0x28

.macro function name
    .p2align 4
    .globl \name
    .def \name; .scl 2; .type 32; .endef
\name:
.endm

.macro save_registers
    movl 4(%esp), %edx
    movl %ebp, BUFFER_EBP(%edx)
    movl %ebx, BUFFER_EBX(%edx)
    movl %edi, BUFFER_EDI(%edx)
    movl %esi, BUFFER_ESI(%edx)
    movl %esp, BUFFER_ESP(%edx)
    movl (%esp), %eax
    movl %eax, BUFFER_EIP(%edx)
    movl %fs:0, %eax
    movl %eax, BUFFER_REGISTRATION(%edx)
.endm

    .text

/* int _setjmp(jmp_buf): frames of __try have their level behind the registration. */
function __setjmp
    save_registers
    movl $-1, BUFFER_LEVEL(%edx)
    cmpl $-1, %eax
    je 1f
    movl 12(%eax), %eax
    movl %eax, BUFFER_LEVEL(%edx)
1:  xorl %eax, %eax
    ret

/* int _setjmp3(jmp_buf, count, unwind function, level, data...): what follows the count is there as far as
 * the count goes. */
function __setjmp3
    save_registers
    movl $0x56433230, BUFFER_COOKIE(%edx)
    movl $0, BUFFER_UNWIND(%edx)
    movl $-1, BUFFER_LEVEL(%edx)
    cmpl $-1, %eax
    je 9f
    movl 8(%esp), %ecx
    testl %ecx, %ecx
    jz 1f
    movl 12(%esp), %eax
    movl %eax, BUFFER_UNWIND(%edx)
    decl %ecx
    jz 2f
    movl 16(%esp), %eax
    movl %eax, BUFFER_LEVEL(%edx)
    decl %ecx
    jz 9f
    cmpl $6, %ecx
    jbe 3f
    movl $6, %ecx
3:  movl 16(%esp,%ecx,4), %eax
    movl %eax, BUFFER_DATA-4(%edx,%ecx,4)
    decl %ecx
    jnz 3b
    jmp 9f
2:  movl BUFFER_REGISTRATION(%edx), %eax
1:  movl 12(%eax), %eax
    movl %eax, BUFFER_LEVEL(%edx)
9:  xorl %eax, %eax
    ret

/* void crt_jump(jmp_buf, value): restores without unwinding. */
function _crt_jump
    movl 4(%esp), %edx
    movl 8(%esp), %eax
    movl BUFFER_EBP(%edx), %ebp
    movl BUFFER_EBX(%edx), %ebx
    movl BUFFER_EDI(%edx), %edi
    movl BUFFER_ESI(%edx), %esi
    movl BUFFER_ESP(%edx), %esp
    addl $4, %esp
    cld
    jmp *BUFFER_EIP(%edx)

/* void *crt_call_funclet(code, ebp) */
function _crt_call_funclet
    pushl %ebp
    pushl %ebx
    pushl %esi
    pushl %edi
    movl 20(%esp), %eax
    movl 24(%esp), %ebp
    call *%eax
    popl %edi
    popl %esi
    popl %ebx
    popl %ebp
    ret

/* void crt_enter_block(code, ebp): an __except block, which takes its stack pointer from its frame. */
function _crt_enter_block
    movl 4(%esp), %eax
    movl 8(%esp), %ebp
    xorl %ebx, %ebx
    xorl %ecx, %ecx
    xorl %edx, %edx
    xorl %esi, %esi
    xorl %edi, %edi
    jmp *%eax

/* void crt_continue(code, ebp, esp, registration): behind a catch block. */
function _crt_continue
    movl 4(%esp), %eax
    movl 8(%esp), %ebp
    movl 16(%esp), %ecx
    movl %ecx, %fs:0
    movl 12(%esp), %esp
    jmp *%eax

/* The compiler's handler of a function loads EAX with the address of its tables and jumps here. */
function ___CxxFrameHandler
function ___CxxFrameHandler2
function ___CxxFrameHandler3
    cld
    pushl %eax
    pushl 20(%esp)
    pushl 20(%esp)
    pushl 20(%esp)
    pushl 20(%esp)
    call _cxx_frame_handler
    addl $20, %esp
    ret

/* int _abnormal_termination(void): whether the __finally block that calls was entered by an unwind: our mark
 * is then the innermost registration and names the block's frame. */
function __abnormal_termination
    xorl %eax, %eax
    movl %fs:0, %ecx
    cmpl $_crt_unwind_mark_handler, 4(%ecx)
    jne 1f
    leal -16(%ebp), %edx
    cmpl %edx, 8(%ecx)
    jne 1f
    incl %eax
1:  ret

/* The prologue of functions with C++ exceptions: EAX is the handler; pushes the registration and the state,
 * saves ECX's place below, sets EBP up as the caller's frame. */
function __EH_prolog
    pushl $-1
    pushl %eax
    pushl %fs:0
    movl %esp, %fs:0
    movl 12(%esp), %eax
    movl %ebp, 12(%esp)
    leal 12(%esp), %ebp
    pushl %eax
    ret

/* void _chkesp(void): the flags say whether the stack pointer was kept; debug code calls it. */
function __chkesp
    jne 1f
    ret
1:  int3
    ret
