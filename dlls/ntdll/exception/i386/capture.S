/*
 * Taking and restoring a thread's registers, and the functions that start from their caller's
 * registers: raising and unwinding.
 */
#include "context.inc"

    .text

/* void RtlCaptureContext(CONTEXT *context): the registers of the caller's caller, as the frame that EBP
 * points to has them. That is how it is on Windows, too. */
function RtlCaptureContext, 4
    pushfl
    pushl %ecx
    movl 12(%esp), %ecx
    capture_integers
    capture_frame 0
    ret $4

/* void __gastwirt_capture_context(CONTEXT *context): the caller's own, as of behind the call. */
cdecl_function __gastwirt_capture_context
    pushl %ebp
    movl %esp, %ebp
    pushfl
    pushl %ecx
    movl 8(%ebp), %ecx
    capture_integers
    capture_frame 0
    popl %ebp
    ret

/* void RtlRaiseException(EXCEPTION_RECORD *record) */
function RtlRaiseException, 4
    pushl %ebp
    movl %esp, %ebp
    leal -CONTEXT_SIZE(%esp), %esp
    pushfl
    pushl %ecx
    leal 8(%esp), %ecx
    capture_integers
    capture_frame 4
    movl 4(%ebp), %edx
    movl 8(%ebp), %eax
    movl %edx, RECORD_ADDRESS(%eax)
    cld
    pushl %ecx
    pushl %eax
    call _exception_raise
    int3

/* void RtlUnwind(void *frame, void *ip, EXCEPTION_RECORD *record, void *value): goes on behind the call,
 * whatever ip says, with all registers but EAX kept. */
function RtlUnwind, 16
    pushl %ebp
    movl %esp, %ebp
    leal -CONTEXT_SIZE(%esp), %esp
    pushfl
    pushl %ecx
    leal 8(%esp), %ecx
    capture_integers
    capture_frame 16
    movl 20(%ebp), %eax
    movl %eax, CONTEXT_EAX(%ecx)
    cld
    pushl %ecx
    pushl 16(%ebp)
    pushl 8(%ebp)
    call _exception_unwind
    leal -CONTEXT_SIZE(%ebp), %ecx
    pushl $0
    pushl %ecx
    call _RtlRestoreContext@8
    int3

/* void RtlRestoreContext(CONTEXT *context, EXCEPTION_RECORD *record): goes on with the context. The usual
 * kind is restored here; one that traces, changes segments or has more state goes through the host. What
 * the last instructions need lies below the target's stack pointer, which is free. */
function RtlRestoreContext, 8
    movl 4(%esp), %ecx
    movl CONTEXT_FLAGS(%ecx), %eax
    movl %eax, %edx
    andl $CONTEXT_CONTROL_INTEGER|CONTEXT_DEBUG_OR_XSTATE_BITS, %edx
    cmpl $CONTEXT_CONTROL_INTEGER, %edx
    jne 9f
    testb $1, CONTEXT_EFLAGS+1(%ecx) /* TF */
    jne 9f
    testb $1, CONTEXT_EFLAGS+2(%ecx) /* RF: popfl would lose it */
    jne 9f
    movl %cs, %edx
    cmpw %dx, CONTEXT_CS(%ecx)
    jne 9f
    testb $CONTEXT_EXTENDED_BIT, %al
    jz 1f
    movl %ecx, %edx
    subl $512, %esp
    andl $-16, %esp
    leal CONTEXT_EXTENDED_REGISTERS(%ecx), %esi
    movl %esp, %edi
    movl $512/4, %ecx
    cld
    rep movsl
    andl $0xffff, 24(%esp) /* MXCSR: reserved bits would fault */
    fxrstor (%esp)
    movl %edx, %ecx
1:  testb $CONTEXT_FLOATING_POINT_BIT, %al
    jz 2f
    frstor CONTEXT_FLOAT_SAVE(%ecx)
2:  movl CONTEXT_ESP(%ecx), %edx
    movl CONTEXT_EIP(%ecx), %eax
    movl %eax, -4(%edx)
    movl CONTEXT_EFLAGS(%ecx), %eax
    movl %eax, -8(%edx)
    movl CONTEXT_ECX(%ecx), %eax
    movl %eax, -12(%edx)
    movl CONTEXT_EDX(%ecx), %eax
    movl %eax, -16(%edx)
    movl CONTEXT_EAX(%ecx), %eax
    movl CONTEXT_EBX(%ecx), %ebx
    movl CONTEXT_ESI(%ecx), %esi
    movl CONTEXT_EDI(%ecx), %edi
    movl CONTEXT_EBP(%ecx), %ebp
    leal -16(%edx), %esp
    popl %edx
    popl %ecx
    popfl
    ret
9:  pushl $0
    pushl %ecx
    call _NtContinue@8
    pushl %eax
    call _RtlRaiseStatus@4
    int3
