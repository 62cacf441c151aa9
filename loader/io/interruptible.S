/*
 * A blocking system call that a kick (ke_kick) interrupts without a race: between the look at
 * `pending` and the syscall instruction, the signal handler sends an interrupted RIP in
 * [io_interruptible_begin, io_interruptible_end) to io_interruptible_out.
 */
#include "ke_offsets.h"

    .text
    .globl io_syscall_interruptible, io_interruptible_begin, io_interruptible_end, io_interruptible_out
    .type io_syscall_interruptible, @function
io_syscall_interruptible:
    movq %rdi, %rax
    movq %rsi, %rdi
    movq %rdx, %rsi
    movq %rcx, %rdx
    movq %r8, %r10
    movq %r9, %r8
    movq 8(%rsp), %r9
    movq %fs:ke_self@tpoff, %rcx
io_interruptible_begin:
    testl $19, THREAD_PENDING(%rcx) /* suspend, terminate, cancel I/O */
    jne io_interruptible_out
    syscall
io_interruptible_end:
    ret
io_interruptible_out:
    movq $-4, %rax
    ret
    .size io_syscall_interruptible, . - io_syscall_interruptible
    .section .note.GNU-stack, "", @progbits
