/*
 * fiber_switch(from: rcx, to: rdx): the non-volatile registers go onto the old stack, the stack
 * fields of the TEB change together with RSP.
 */
    .text
    .globl fiber_switch
    .def fiber_switch; .scl 2; .type 32; .endef
    .seh_proc fiber_switch
fiber_switch:
    pushq %r15
    .seh_pushreg %r15
    pushq %r14
    .seh_pushreg %r14
    pushq %r13
    .seh_pushreg %r13
    pushq %r12
    .seh_pushreg %r12
    pushq %rsi
    .seh_pushreg %rsi
    pushq %rdi
    .seh_pushreg %rdi
    pushq %rbp
    .seh_pushreg %rbp
    pushq %rbx
    .seh_pushreg %rbx
    subq $0xb0, %rsp
    .seh_stackalloc 0xb0
    .seh_endprologue
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
    movups %xmm6, 0x10(%rsp)
    movups %xmm7, 0x20(%rsp)
    movups %xmm8, 0x30(%rsp)
    movups %xmm9, 0x40(%rsp)
    movups %xmm10, 0x50(%rsp)
    movups %xmm11, 0x60(%rsp)
    movups %xmm12, 0x70(%rsp)
    movups %xmm13, 0x80(%rsp)
    movups %xmm14, 0x90(%rsp)
    movups %xmm15, 0xa0(%rsp)
    movq %gs:0x1478, %rax       /* DeallocationStack travels on the old stack's owner */
    movq %rax, 8(%rsp)
    movq %rsp, 0x30(%rcx)
    movq 0x30(%rdx), %rax
    movq 0x10(%rdx), %r8
    movq 0x18(%rdx), %r9
    movq 0x08(%rdx), %r10
    movq 8(%rax), %r11          /* zero on a new fiber's stack */
    testq %r11, %r11
    jnz 1f
    movq 0x20(%rdx), %r11
1:  movq %r8, %gs:0x8
    movq %r9, %gs:0x10
    movq %r10, %gs:0x0
    movq %r11, %gs:0x1478
    movq %rax, %rsp
    ldmxcsr (%rsp)
    fldcw 4(%rsp)
    movups 0x10(%rsp), %xmm6
    movups 0x20(%rsp), %xmm7
    movups 0x30(%rsp), %xmm8
    movups 0x40(%rsp), %xmm9
    movups 0x50(%rsp), %xmm10
    movups 0x60(%rsp), %xmm11
    movups 0x70(%rsp), %xmm12
    movups 0x80(%rsp), %xmm13
    movups 0x90(%rsp), %xmm14
    movups 0xa0(%rsp), %xmm15
    addq $0xb0, %rsp
    popq %rbx
    popq %rbp
    popq %rdi
    popq %rsi
    popq %r12
    popq %r13
    popq %r14
    popq %r15
    ret
    .seh_endproc

    .globl fiber_entry
    .def fiber_entry; .scl 2; .type 32; .endef
    .seh_proc fiber_entry
fiber_entry:
    subq $0x28, %rsp
    .seh_stackalloc 0x28
    .seh_endprologue
    movq %rbx, %rcx
    call fiber_run
    int3
    .seh_endproc
