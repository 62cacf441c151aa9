/*
 * Where the kernel returns to after a signal handler where libc has no such place in its code: the range that
 * Syscall User Dispatch always allows, so that rt_sigreturn works with the selector at SELECTOR_BLOCK. Also the way out of a handler without rt_sigreturn, and one system call for others.
 */
    .text
    .globl ke_signal_restorer, ke_signal_syscall, ke_signal_allowed_end
    .p2align 6
    .type ke_signal_restorer, @function
ke_signal_restorer:
    movl $15, %eax
    syscall
    hlt
    .size ke_signal_restorer, .-ke_signal_restorer

/* long ke_signal_syscall(long number, long a1, long a2, long a3, long a4, long a5) */
    .type ke_signal_syscall, @function
ke_signal_syscall:
    movq %rdi, %rax
    movq %rsi, %rdi
    movq %rdx, %rsi
    movq %rcx, %rdx
    movq %r8, %r10
    movq %r9, %r8
    syscall
    ret
    .size ke_signal_syscall, .-ke_signal_syscall
ke_signal_allowed_end:

/* _Noreturn void ke_signal_leave(void): from a handler on the signal stack straight to ke_exit. */
    .globl ke_signal_leave
    .type ke_signal_leave, @function
ke_signal_leave:
    xorl %eax, %eax
    jmp ke_exit
    .size ke_signal_leave, .-ke_signal_leave

    .section .note.GNU-stack, "", @progbits
