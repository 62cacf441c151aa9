/*
 * Taking and restoring a thread's registers, and the functions that start from their caller's
 * registers: raising and unwinding.
 */
#include "context.inc"

    .text

/* The flags, and RIP and RSP as of behind the call; \depth is what lies on the stack above the return
 * address. Needs RAX free. */
.macro capture_control depth
    pushfq
    popq %rax
    movl %eax, CONTEXT_EFLAGS(%rcx)
    movq \depth(%rsp), %rax
    movq %rax, CONTEXT_RIP(%rcx)
    leaq \depth+8(%rsp), %rax
    movq %rax, CONTEXT_RSP(%rcx)
.endm

/* void RtlCaptureContext(CONTEXT *context) */
    .p2align 4
function RtlCaptureContext
    .seh_endprologue
    capture_registers
    capture_control 0
    ret
    .seh_endproc

/* void RtlRaiseException(EXCEPTION_RECORD *record) */
    .p2align 4
function RtlRaiseException
    subq $CONTEXT_SIZE+0x28, %rsp
    .seh_stackalloc CONTEXT_SIZE+0x28
    .seh_endprologue
    movq %rcx, CONTEXT_SIZE+0x20(%rsp)
    leaq 0x20(%rsp), %rcx
    capture_call_registers
    capture_control CONTEXT_SIZE+0x28
    movq %rcx, %rdx
    movq CONTEXT_SIZE+0x20(%rsp), %rcx
    movq %rcx, CONTEXT_RCX(%rdx)
    movq CONTEXT_RIP(%rdx), %rax
    movq %rax, RECORD_ADDRESS(%rcx)
    call exception_raise
    int3
    .seh_endproc

/* void RtlUnwindEx(frame, ip, record, value, CONTEXT *context, UNWIND_HISTORY_TABLE *history) */
    .p2align 4
function RtlUnwindEx
    .seh_endprologue
    movq %rcx, %r11
    movq 0x28(%rsp), %rcx
    capture_call_registers
    capture_control 0
    movq %r11, %rcx
    jmp exception_unwind
    .seh_endproc

/* void exception_resume(CONTEXT *context): goes on where an unwind ends. The volatile vector registers
 * are dead there. RIP and RCX go on the target's stack, which is free below RSP. */
    .p2align 4
function exception_resume
    .seh_endprologue
    movaps CONTEXT_XMM+0x60(%rcx), %xmm6
    movaps CONTEXT_XMM+0x70(%rcx), %xmm7
    movaps CONTEXT_XMM+0x80(%rcx), %xmm8
    movaps CONTEXT_XMM+0x90(%rcx), %xmm9
    movaps CONTEXT_XMM+0xa0(%rcx), %xmm10
    movaps CONTEXT_XMM+0xb0(%rcx), %xmm11
    movaps CONTEXT_XMM+0xc0(%rcx), %xmm12
    movaps CONTEXT_XMM+0xd0(%rcx), %xmm13
    movaps CONTEXT_XMM+0xe0(%rcx), %xmm14
    movaps CONTEXT_XMM+0xf0(%rcx), %xmm15
    ldmxcsr CONTEXT_MXCSR(%rcx)
    fninit
    fldcw CONTEXT_FLTSAVE(%rcx)
    movq CONTEXT_RSP(%rcx), %rdx
    movq CONTEXT_RIP(%rcx), %rax
    movq %rax, -8(%rdx)
    movq CONTEXT_RCX(%rcx), %rax
    movq %rax, -16(%rdx)
    movq CONTEXT_RAX(%rcx), %rax
    movq CONTEXT_RBX(%rcx), %rbx
    movq CONTEXT_RBP(%rcx), %rbp
    movq CONTEXT_RSI(%rcx), %rsi
    movq CONTEXT_RDI(%rcx), %rdi
    movq CONTEXT_R8(%rcx), %r8
    movq CONTEXT_R9(%rcx), %r9
    movq CONTEXT_R10(%rcx), %r10
    movq CONTEXT_R11(%rcx), %r11
    movq CONTEXT_R12(%rcx), %r12
    movq CONTEXT_R13(%rcx), %r13
    movq CONTEXT_R14(%rcx), %r14
    movq CONTEXT_R15(%rcx), %r15
    movq CONTEXT_RDX(%rcx), %rcx
    xchgq %rcx, %rdx
    leaq -16(%rcx), %rsp
    cld
    popq %rcx
    ret
    .seh_endproc

/* void RtlRestoreContext(CONTEXT *context, EXCEPTION_RECORD *record) */
    .p2align 4
function RtlRestoreContext
    .seh_endprologue
    testq %rdx, %rdx
    jnz 3f
1:  movl CONTEXT_FLAGS(%rcx), %eax
    testb $CONTEXT_XSTATE_BIT, %al
    jnz 4f
2:  testb $CONTEXT_FLOATING_POINT_BIT, CONTEXT_FLAGS(%rcx)
    jz 5f
    fxrstor64 CONTEXT_FLTSAVE(%rcx)
    ldmxcsr CONTEXT_MXCSR(%rcx)
5:  movl CONTEXT_EFLAGS(%rcx), %eax
    pushq $0x2b
    pushq CONTEXT_RSP(%rcx)
    pushq %rax
    pushq $0x33
    pushq CONTEXT_RIP(%rcx)
    movq CONTEXT_RAX(%rcx), %rax
    movq CONTEXT_RDX(%rcx), %rdx
    movq CONTEXT_RBX(%rcx), %rbx
    movq CONTEXT_RBP(%rcx), %rbp
    movq CONTEXT_RSI(%rcx), %rsi
    movq CONTEXT_RDI(%rcx), %rdi
    movq CONTEXT_R8(%rcx), %r8
    movq CONTEXT_R9(%rcx), %r9
    movq CONTEXT_R10(%rcx), %r10
    movq CONTEXT_R11(%rcx), %r11
    movq CONTEXT_R12(%rcx), %r12
    movq CONTEXT_R13(%rcx), %r13
    movq CONTEXT_R14(%rcx), %r14
    movq CONTEXT_R15(%rcx), %r15
    movq CONTEXT_RCX(%rcx), %rcx
    iretq

3:  cmpl $STATUS_LONGJUMP, RECORD_CODE(%rdx)
    je 6f
    cmpl $STATUS_UNWIND_CONSOLIDATE, RECORD_CODE(%rdx)
    jne 1b
    cmpl $3, RECORD_PARAMETERS(%rdx)
    jb 1b
    jmp exception_consolidate

4:  /* The extended components: the header follows where an XSAVE image's legacy part would be. */
    cmpl $0, CONTEXT_EX_XSTATE_OFFSET+4(%rcx)
    je 2b
    movslq CONTEXT_EX_XSTATE_OFFSET(%rcx), %r8
    leaq CONTEXT_SIZE-512(%rcx,%r8), %r8
    movl $0xe4, %eax
    xorl %edx, %edx
    xrstor64 (%r8)
    jmp 2b

6:  /* longjmp: the jmp_buf in the record has the registers. */
    cmpl $1, RECORD_PARAMETERS(%rdx)
    jb 1b
    movq RECORD_INFORMATION(%rdx), %rdx
    movq CONTEXT_RAX(%rcx), %rax
    movq 0x08(%rdx), %rbx
    movq 0x18(%rdx), %rbp
    movq 0x20(%rdx), %rsi
    movq 0x28(%rdx), %rdi
    movq 0x30(%rdx), %r12
    movq 0x38(%rdx), %r13
    movq 0x40(%rdx), %r14
    movq 0x48(%rdx), %r15
    movdqu 0x60(%rdx), %xmm6
    movdqu 0x70(%rdx), %xmm7
    movdqu 0x80(%rdx), %xmm8
    movdqu 0x90(%rdx), %xmm9
    movdqu 0xa0(%rdx), %xmm10
    movdqu 0xb0(%rdx), %xmm11
    movdqu 0xc0(%rdx), %xmm12
    movdqu 0xd0(%rdx), %xmm13
    movdqu 0xe0(%rdx), %xmm14
    movdqu 0xf0(%rdx), %xmm15
    ldmxcsr 0x58(%rdx)
    fnclex
    fldcw 0x5c(%rdx)
    cld
    movq 0x10(%rdx), %rsp
    jmp *0x50(%rdx)
    .seh_endproc
