/*
 * setjmp for x86-64. The buffer is Microsoft's: Frame, Rbx, Rsp, Rbp, Rsi, Rdi, R12-R15, Rip, MxCsr,
 * FpCsr, Spare, Xmm6-Xmm15. With a frame longjmp unwinds; without it restores the registers.
 */
    .text
    .globl _setjmp
    .globl _setjmpex
    .globl __intrinsic_setjmp
    .globl __intrinsic_setjmpex
_setjmp:
_setjmpex:
__intrinsic_setjmp:
__intrinsic_setjmpex:
    movq %rdx, (%rcx)
    movq %rbx, 0x08(%rcx)
    leaq 8(%rsp), %rax
    movq %rax, 0x10(%rcx)
    movq %rbp, 0x18(%rcx)
    movq %rsi, 0x20(%rcx)
    movq %rdi, 0x28(%rcx)
    movq %r12, 0x30(%rcx)
    movq %r13, 0x38(%rcx)
    movq %r14, 0x40(%rcx)
    movq %r15, 0x48(%rcx)
    movq (%rsp), %rax
    movq %rax, 0x50(%rcx)
    stmxcsr 0x58(%rcx)
    fnstcw 0x5c(%rcx)
    movdqu %xmm6, 0x60(%rcx)
    movdqu %xmm7, 0x70(%rcx)
    movdqu %xmm8, 0x80(%rcx)
    movdqu %xmm9, 0x90(%rcx)
    movdqu %xmm10, 0xa0(%rcx)
    movdqu %xmm11, 0xb0(%rcx)
    movdqu %xmm12, 0xc0(%rcx)
    movdqu %xmm13, 0xd0(%rcx)
    movdqu %xmm14, 0xe0(%rcx)
    movdqu %xmm15, 0xf0(%rcx)
    xorl %eax, %eax
    ret

/* crt_jump(buffer, value): restores without unwinding */
    .globl crt_jump
crt_jump:
    movl %edx, %eax
    testl %eax, %eax
    jnz 1f
    incl %eax
1:  movq 0x08(%rcx), %rbx
    movq 0x18(%rcx), %rbp
    movq 0x20(%rcx), %rsi
    movq 0x28(%rcx), %rdi
    movq 0x30(%rcx), %r12
    movq 0x38(%rcx), %r13
    movq 0x40(%rcx), %r14
    movq 0x48(%rcx), %r15
    ldmxcsr 0x58(%rcx)
    fnclex
    fldcw 0x5c(%rcx)
    movdqu 0x60(%rcx), %xmm6
    movdqu 0x70(%rcx), %xmm7
    movdqu 0x80(%rcx), %xmm8
    movdqu 0x90(%rcx), %xmm9
    movdqu 0xa0(%rcx), %xmm10
    movdqu 0xb0(%rcx), %xmm11
    movdqu 0xc0(%rcx), %xmm12
    movdqu 0xd0(%rcx), %xmm13
    movdqu 0xe0(%rcx), %xmm14
    movdqu 0xf0(%rcx), %xmm15
    movq 0x10(%rcx), %rsp
    jmpq *0x50(%rcx)

/* crt_call_funclet(funclet, frame, active): calls a handler's or destructor's code of a frame; an
 * exception that leaves it passes crt_funclet_handler, which finds `active` above the home space. */
    .globl crt_call_funclet
    .seh_proc crt_call_funclet
crt_call_funclet:
    subq $40, %rsp
    .seh_stackalloc 40
    .seh_handler crt_funclet_handler, @unwind
    .seh_endprologue
    movq %r8, 32(%rsp)
    movq %rcx, %rax
    callq *%rax
    nop
    addq $40, %rsp
    ret
    .seh_endproc

/* crt_call_member(function, this, argument): this in rcx */
    .globl crt_call_member
    .seh_proc crt_call_member
crt_call_member:
    subq $40, %rsp
    .seh_stackalloc 40
    .seh_endprologue
    movq %rcx, %rax
    movq %rdx, %rcx
    movq %r8, %rdx
    movq %r9, %r8
    callq *%rax
    nop
    addq $40, %rsp
    ret
    .seh_endproc
