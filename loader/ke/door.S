/*
 * The door: where ntdll's stubs arrive, and the two ways back into guest code.
 *
 * On entry: EAX the call's number, R10, RDX, R8, R9 and the guest stack its arguments (Win64), RSP
 * at the guest's return address. The non-volatile registers go into the thread's frame, the call
 * runs on the host stack, RAX carries its status back.
 *
 * Who interrupts this code (ke/signal.c) relies on the labels:
 *   [ke_door, ke_door_entered)        nothing is saved yet: a fault here is the guest's own
 *   [ke_door_entered, ke_door_called) reading stack arguments: a fault is STATUS_ACCESS_VIOLATION,
 *                                     continue at ke_door_return with it in RAX
 *   [ke_exit, ke_exit_end)            `pending` was or will be looked at: when it has changed,
 *                                     continue at ke_exit with RAX kept (restartable; the frame and
 *                                     the context in the thread block stay valid to the end)
 */
#include "ke_offsets.h"
#include <gastwirt/door.h>

    .text
    .globl ke_door, ke_door_entered, ke_door_called, ke_door_return, ke_exit, ke_exit_end, ke_door_end
    .type ke_door, @function
    .p2align 6
ke_door:
    movq %fs:ke_self@tpoff, %rcx
    movb $SELECTOR_ALLOW, THREAD_SELECTOR(%rcx)
    movq (%rsp), %r11
    movq %r11, FRAME_RIP(%rcx)
    leaq 8(%rsp), %r11
    movq %r11, FRAME_RSP(%rcx)
ke_door_entered:
    movq %rbx, FRAME_RBX(%rcx)
    movq %rbp, FRAME_RBP(%rcx)
    movq %rsi, FRAME_RSI(%rcx)
    movq %rdi, FRAME_RDI(%rcx)
    movq %r12, FRAME_R12(%rcx)
    movq %r13, FRAME_R13(%rcx)
    movq %r14, FRAME_R14(%rcx)
    movq %r15, FRAME_R15(%rcx)
    movaps %xmm6, FRAME_XMM(%rcx)
    movaps %xmm7, FRAME_XMM+0x10(%rcx)
    movaps %xmm8, FRAME_XMM+0x20(%rcx)
    movaps %xmm9, FRAME_XMM+0x30(%rcx)
    movaps %xmm10, FRAME_XMM+0x40(%rcx)
    movaps %xmm11, FRAME_XMM+0x50(%rcx)
    movaps %xmm12, FRAME_XMM+0x60(%rcx)
    movaps %xmm13, FRAME_XMM+0x70(%rcx)
    movaps %xmm14, FRAME_XMM+0x80(%rcx)
    movaps %xmm15, FRAME_XMM+0x90(%rcx)
    movl %eax, THREAD_SYSCALL_NUMBER(%rcx)
    movq %rsp, %rbx
    movq THREAD_HOST_STACK(%rcx), %rsp

    /* The table entry: R13. */
    cmpl $SYSCALL_NT_COUNT, %eax
    jb 1f
    subl $SYSCALL_OWN_BASE, %eax
    cmpl $SYSCALL_OWN_COUNT, %eax
    jae 9f
    addl $SYSCALL_NT_COUNT, %eax
1:  shlq $5, %rax
    leaq ke_syscalls(%rip), %r13
    addq %rax, %r13
    cmpq $0, SYSCALL_FUNCTION(%r13)
    je 9f
    movq SYSCALL_ARGUMENTS(%r13), %r14

    movq %r10, %rdi
    movq %rdx, %rsi
    movq %r8, %rdx
    movq %r9, %rcx
    cmpl $4, %r14d
    jbe 3f
    movq 0x28(%rbx), %r8
    movq 0x30(%rbx), %r9
    cmpl $6, %r14d
    jbe 3f
    /* The rest on the stack, last one first, with RSP kept at a multiple of 16. */
    leal -6(%r14), %eax
    andl $1, %eax
    shll $3, %eax
    subq %rax, %rsp
2:  pushq (%rbx,%r14,8)
    decl %r14d
    cmpl $6, %r14d
    ja 2b
3:
ke_door_called:
    cmpb $0, ke_tracing(%rip)
    jne 5f
4:  call *SYSCALL_FUNCTION(%r13)
ke_door_return:
    cmpb $0, ke_tracing(%rip)
    jne 6f
    jmp ke_exit
5:  /* run --trace: ke_trace_call(entry, registers, stack arguments) */
    pushq %r9
    pushq %r8
    pushq %rcx
    pushq %rdx
    pushq %rsi
    pushq %rdi
    movq %r13, %rdi
    movq %rsp, %rsi
    leaq 48(%rsp), %rdx
    call ke_trace_call
    popq %rdi
    popq %rsi
    popq %rdx
    popq %rcx
    popq %r8
    popq %r9
    jmp 4b
6:  movl %eax, %ebx
    movl %eax, %edi
    call ke_trace_return
    movl %ebx, %eax
    jmp ke_exit
9:  call ke_invalid_syscall
    jmp ke_exit

/*
 * Back to the guest with RAX, through the frame; or, if full_context is set, with all registers
 * through the context in the thread block.
 */
    .p2align 4
ke_exit:
    movq %fs:ke_self@tpoff, %rcx
    movq THREAD_HOST_STACK(%rcx), %rsp
    cmpl $0, THREAD_PENDING(%rcx)
    jne 8f
    cmpw $0, THREAD_FULL_CONTEXT(%rcx) /* and THREAD_WOW behind it */
    jne 7f
    movq FRAME_RBX(%rcx), %rbx
    movq FRAME_RBP(%rcx), %rbp
    movq FRAME_RSI(%rcx), %rsi
    movq FRAME_RDI(%rcx), %rdi
    movq FRAME_R12(%rcx), %r12
    movq FRAME_R13(%rcx), %r13
    movq FRAME_R14(%rcx), %r14
    movq FRAME_R15(%rcx), %r15
    movaps FRAME_XMM(%rcx), %xmm6
    movaps FRAME_XMM+0x10(%rcx), %xmm7
    movaps FRAME_XMM+0x20(%rcx), %xmm8
    movaps FRAME_XMM+0x30(%rcx), %xmm9
    movaps FRAME_XMM+0x40(%rcx), %xmm10
    movaps FRAME_XMM+0x50(%rcx), %xmm11
    movaps FRAME_XMM+0x60(%rcx), %xmm12
    movaps FRAME_XMM+0x70(%rcx), %xmm13
    movaps FRAME_XMM+0x80(%rcx), %xmm14
    movaps FRAME_XMM+0x90(%rcx), %xmm15
    movq FRAME_RSP(%rcx), %rsp
    movb $SELECTOR_BLOCK, THREAD_SELECTOR(%rcx)
    jmp *FRAME_RIP(%rcx)

7:  cmpb $0, THREAD_WOW(%rcx)
    jne ke_exit32
    /* All registers; iretq takes RIP, CS, RFLAGS, RSP, SS from the host stack. */
    leaq THREAD_CONTEXT(%rcx), %rbx
    movq THREAD_XSTATE_MASK(%rcx), %rax
    testq %rax, %rax
    jz 6f
    /* AVX and up, by an XSAVE area whose header says just that. */
    movq %rax, THREAD_XSAVE+512(%rcx)
    movq $0, THREAD_XSAVE+520(%rcx)
    xorl %edx, %edx
    xrstor64 THREAD_XSAVE(%rcx)
6:  fxrstor64 CONTEXT_FLTSAVE(%rbx)
    movzwl CONTEXT_SS(%rbx), %eax
    pushq %rax
    pushq CONTEXT_RSP(%rbx)
    movl CONTEXT_EFLAGS(%rbx), %eax
    pushq %rax
    movzwl CONTEXT_CS(%rbx), %eax
    pushq %rax
    pushq CONTEXT_RIP(%rbx)
    movq CONTEXT_RAX(%rbx), %rax
    movq CONTEXT_RDX(%rbx), %rdx
    movq CONTEXT_RBP(%rbx), %rbp
    movq CONTEXT_RSI(%rbx), %rsi
    movq CONTEXT_RDI(%rbx), %rdi
    movq CONTEXT_R8(%rbx), %r8
    movq CONTEXT_R9(%rbx), %r9
    movq CONTEXT_R10(%rbx), %r10
    movq CONTEXT_R11(%rbx), %r11
    movq CONTEXT_R12(%rbx), %r12
    movq CONTEXT_R13(%rbx), %r13
    movq CONTEXT_R14(%rbx), %r14
    movq CONTEXT_R15(%rbx), %r15
    /* From here on an interruption finds the context complete; full_context is cleared last but
     * for the registers, so a restart must not see it cleared: signal.c sets it again when it
     * restarts from within [ke_exit_full, ke_exit_end). */
    .globl ke_exit_full
ke_exit_full:
    movb $0, THREAD_FULL_CONTEXT(%rcx)
    movb $SELECTOR_BLOCK, THREAD_SELECTOR(%rcx)
    movq CONTEXT_RCX(%rbx), %rcx
    movq CONTEXT_RBX(%rbx), %rbx
    iretq
ke_exit_end:

8:  /* Suspension, termination, APCs: ke_exit_pending(rax) may change frame, context and RAX. */
    movq %rax, %rdi
    call ke_exit_pending
    jmp ke_exit
ke_door_end:
    .size ke_door, .-ke_door

/*
 * _Noreturn void ke_continue(void): leaves for the guest through the full context in the thread
 * block, dropping the host stack.
 */
    .globl ke_continue
    .type ke_continue, @function
ke_continue:
    movq %fs:ke_self@tpoff, %rcx
    movb $1, THREAD_FULL_CONTEXT(%rcx)
    xorl %eax, %eax
    jmp ke_exit
    .size ke_continue, .-ke_continue

/* _Noreturn void ke_start(void): the same for a thread's first entry: the host stack is here. */
    .globl ke_start
    .type ke_start, @function
ke_start:
    movq %fs:ke_self@tpoff, %rcx
    leaq -0x100(%rsp), %rax
    andq $-64, %rax
    movq %rax, THREAD_HOST_STACK(%rcx)
    jmp ke_continue
    .size ke_start, .-ke_start

    .section .note.GNU-stack, "", @progbits
