/*
 * The door of i386 code: the same table and the same way out as door.S, through another mode.
 *
 * On entry (from the trampoline in the door page): EAX the call's number, the guest stack holds two
 * return addresses (into the stub, of the stub) and then the arguments; R15 the thread block, which
 * i386 code cannot change; FS base the host's if that serves both modes (host_stack.c) and nobody has loaded
 * the selector since, else still the guest's. Thunks get their arguments as 32-bit words.
 *
 * Who interrupts this code (ke/signal.c) relies on the labels:
 *   [wow_door, wow_door_hosted)          FS base is, or may be, the guest's; a fault at wow_door itself, where
 *                                        it is used, means so: continue at wow_door_lost
 *   [wow_door_entered, wow_door_called)  reading arguments: a fault is STATUS_ACCESS_VIOLATION, continue
 *                                        at wow_door_return with it in RAX
 *   [wow_exit, wow_exit_end)             as [ke_exit, ke_exit_end): restartable at ke_exit
 *   [wow_exit_guest, wow_exit_end)       FS base is, or may be, the guest's
 */
#include "ke_offsets.h"
#include <gastwirt/door.h>

    .text
    .globl wow_door, wow_door_lost, wow_door_hosted, wow_door_entered, wow_door_called, wow_door_return, wow_door_end
    .globl ke_exit32, wow_exit, wow_exit_full, wow_exit_end
    .type wow_door, @function
    .p2align 6
wow_door:
    cmpq %r15, %fs:ke_self@tpoff /* quicker than rdfsbase; the 32-bit TEB's page below it says no */
    jne 7f
wow_door_hosted:
    movq %r15, %rcx
    movb $SELECTOR_ALLOW, THREAD_SELECTOR(%rcx)
    movl %esp, %r10d
    movl (%r10), %r11d
    movq %r11, FRAME_RIP(%rcx)
    movq %r11, FRAME_R12(%rcx)
    leaq 4(%r10), %r11
    movq %r11, FRAME_RSP(%rcx)
    movq %r11, FRAME_R13(%rcx)
    addq $8, %r10
wow_door_entered: /* RCX the thread block, R10 the first argument; RIP and RSP of the frame are set */
    movl %ebx, %ebx
    movl %ebp, %ebp
    movl %esi, %esi
    movl %edi, %edi
    movq %rbx, FRAME_RBX(%rcx)
    movq %rbp, FRAME_RBP(%rcx)
    movq %rsi, FRAME_RSI(%rcx)
    movq %rdi, FRAME_RDI(%rcx)
    movl %eax, THREAD_SYSCALL_NUMBER(%rcx)
    movq THREAD_HOST_STACK(%rcx), %rsp
    cld

    /* The table entry: R13. */
    cmpl $SYSCALL_NT_COUNT, %eax
    jb 1f
    subl $SYSCALL_OWN_BASE, %eax
    cmpl $SYSCALL_OWN_COUNT, %eax
    jae 9f
    addl $SYSCALL_NT_COUNT, %eax
1:  movl %eax, %eax
    shlq $5, %rax
    leaq wow_syscalls(%rip), %r13
    addq %rax, %r13
    cmpq $0, SYSCALL_FUNCTION(%r13)
    je 9f
    movq SYSCALL_ARGUMENTS(%r13), %rcx /* words */
    leaq 3(%rcx), %rax
    andq $-4, %rax
    shlq $2, %rax
    subq %rax, %rsp
    testl %ecx, %ecx
    jz 3f
2:  movl -4(%r10,%rcx,4), %eax
    movl %eax, -4(%rsp,%rcx,4)
    decl %ecx
    jnz 2b
3:
wow_door_called:
    movq %rsp, %rdi
    cmpb $0, ke_tracing(%rip)
    jne 5f
4:  call *SYSCALL_FUNCTION(%r13)
wow_door_return:
    cmpb $0, ke_tracing(%rip)
    je wow_exit
    jmp 6f
5:  movq %rdi, %rbx /* run --trace */
    movq %rdi, %rsi
    movq %r13, %rdi
    call wow_trace_call
    movq %rbx, %rdi
    jmp 4b
6:  movl %eax, %ebx
    movl %eax, %edi
    call ke_trace_return
    movl %ebx, %eax
    jmp ke_exit
9:  call ke_invalid_syscall
    jmp ke_exit
wow_door_lost:
7:  movq THREAD_HOST_FS(%r15), %rdx
    wrfsbase %rdx
    jmp wow_door_hosted
wow_door_end:
    .size wow_door, .-wow_door

/*
 * ke_exit for i386 code; what comes through that goes on at ke_exit32, with RCX the thread block. Where the frame is as the door found
 * it (R12 and R13 in it keep RIP and RSP: i386 code has no such registers), a `ret` in the door page takes the
 * return address from the guest's stack: it pairs with the stub's call, so the processor predicts it and
 * every return after it.
 */
    .p2align 6
    .type wow_exit, @function
wow_exit:
    movq %fs:ke_self@tpoff, %rcx
    movq THREAD_HOST_STACK(%rcx), %rsp
    cmpl $0, THREAD_PENDING(%rcx)
    jne ke_exit
ke_exit32:
    movq %rcx, %r15
    cmpb $0, THREAD_FULL_CONTEXT(%rcx)
    jne 7f
    movq FRAME_RBX(%rcx), %rbx
    movq FRAME_RBP(%rcx), %rbp
    movq FRAME_RSI(%rcx), %rsi
    movq FRAME_RDI(%rcx), %rdi
    movq THREAD_WOW_FS_BASE(%rcx), %rdx
    cmpq THREAD_HOST_FS(%rcx), %rdx
    jne 8f
    .globl wow_exit_guest
wow_exit_guest:
9:  movq FRAME_RSP(%rcx), %rsp
    movq FRAME_RIP(%rcx), %rdx
    cmpq FRAME_R13(%rcx), %rsp
    jne 6f
    cmpq FRAME_R12(%rcx), %rdx
    jne 6f
    subl $4, %esp
    movb $SELECTOR_BLOCK, THREAD_SELECTOR(%rcx)
    xorl %ecx, %ecx
    xorl %edx, %edx
    ljmp *wow_return(%rip)

6:  movl %edx, THREAD_WOW_TARGET(%rcx)
    movl %esp, %esp
    movb $SELECTOR_BLOCK, THREAD_SELECTOR(%rcx)
    xorl %ecx, %ecx
    xorl %edx, %edx
    ljmp *THREAD_WOW_TARGET(%r15)

8:  wrfsbase %rdx
    jmp 9b

7:  /* All registers; as in door.S. R15 stays the thread block's unless the context is of 64-bit code. */
    leaq THREAD_CONTEXT(%rcx), %rbx
    movq THREAD_XSTATE_MASK(%rcx), %rax
    testq %rax, %rax
    jz 6f
    movq %rax, THREAD_XSAVE+512(%rcx)
    movq $0, THREAD_XSAVE+520(%rcx)
    xorl %edx, %edx
    xrstor64 THREAD_XSAVE(%rcx)
6:  fxrstor CONTEXT_FLTSAVE(%rbx)
    movzwl CONTEXT_SS(%rbx), %eax
    pushq %rax
    pushq CONTEXT_RSP(%rbx)
    movl CONTEXT_EFLAGS(%rbx), %eax
    pushq %rax
    movzwl CONTEXT_CS(%rbx), %eax
    pushq %rax
    pushq CONTEXT_RIP(%rbx)
    movl $0x2b, %eax
    movl %eax, %ds
    movl %eax, %es
    movzwl THREAD_WOW_FS(%rcx), %eax
    movl %eax, %fs /* FS base is the guest's from here: the restart at ke_exit relies on signal.c */
    movq THREAD_WOW_FS_BASE(%rcx), %rax
    wrfsbase %rax
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
    cmpw $0x33, CONTEXT_CS(%rbx)
    jne wow_exit_full
    movq CONTEXT_R15(%rbx), %r15
wow_exit_full: /* full_context is cleared last: see ke_exit_full */
    movb $0, THREAD_FULL_CONTEXT(%rcx)
    movb $SELECTOR_BLOCK, THREAD_SELECTOR(%rcx)
    movq CONTEXT_RCX(%rbx), %rcx
    movq CONTEXT_RBX(%rbx), %rbx
    iretq
wow_exit_end:
    .size wow_exit, .-wow_exit

/*
 * long wow_int80(long number, uint32_t argument): a system call of the i386 kind; -ENOSYS if the kernel
 * has none (the instruction then faults, or a seccomp filter traps it: signal.c continues at
 * wow_int80_failed).
 */
    .globl wow_int80, wow_int80_end, wow_int80_failed
    .type wow_int80, @function
wow_int80:
    pushq %rbx
    movl %edi, %eax
    movl %esi, %ebx
    int $0x80
wow_int80_end:
    popq %rbx
    cltq
    ret
wow_int80_failed:
    movq $-38, %rax
    popq %rbx
    ret
    .size wow_int80, .-wow_int80

/* void wow_load_segments(unsigned fs, uint64_t host_fs): DS, ES for i386 code, FS's selector with the
 * host's base kept. */
    .globl wow_load_segments
    .type wow_load_segments, @function
wow_load_segments:
    movl $0x2b, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %edi, %fs
    wrfsbase %rsi
    ret
    .size wow_load_segments, .-wow_load_segments

    .section .rodata
    .p2align 3
wow_return:
    .long DOOR_RETURN32
    .word 0x23

    .section .note.GNU-stack, "", @progbits
