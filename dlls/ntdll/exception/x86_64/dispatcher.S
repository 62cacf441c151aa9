/*
 * Where the host sends a thread: exceptions, APCs, callbacks; and the frames that exception handlers
 * are called from. The unwind data makes them look as if the interrupted code had called them.
 */
#include "context.inc"

    .text

/* RSP: struct exception_frame (include/nt/context.h). The context's own home space serves the call. */
    .p2align 4
function KiUserExceptionDispatcher
    seh_context_frame 0, 0x590
    cld
    leaq 0x4f0(%rsp), %rcx
    movq %rsp, %rdx
    call exception_dispatch
    int3
    .seh_endproc

/* RSP: struct apc_frame; the home space of its context has the routine and its arguments, which
 * become the call's home space. */
    .p2align 4
function KiUserApcDispatcher
    seh_context_frame 0, 0x4f0
    movq 0(%rsp), %rcx
    movq 8(%rsp), %rdx
    movq 16(%rsp), %r8
    movq 24(%rsp), %rax
    movq %rsp, %r9
    call *%rax
    movq %rsp, %rcx
    call apc_dispatch
    int3
    .seh_endproc

/* RSP: 0x20 home space, buffer (8), length (4), function index (4), machine frame. Calls the entry
 * of PEB.KernelCallbackTable and returns its status to the host. */
    .p2align 4
function KiUserCallbackDispatcher
    .seh_pushframe
    .seh_stackalloc 0x30
    .seh_endprologue
    movq 0x20(%rsp), %rcx
    movl 0x28(%rsp), %edx
    movl 0x2c(%rsp), %r8d
    movq %gs:0x60, %rax
    movq 0x58(%rax), %rax
    call *(%rax,%r8,8)
    xorl %ecx, %ecx
    xorl %edx, %edx
    movl %eax, %r8d
    call NtCallbackReturn
    movl %eax, %ecx
    call RtlRaiseStatus
    int3
    .seh_endproc

/* Arrives as if called by the system call's caller; raises TEB.ExceptionCode and returns it. */
    .p2align 4
function KiRaiseUserExceptionDispatcher
    subq $RECORD_SIZE+0x28+8, %rsp
    .seh_stackalloc RECORD_SIZE+0x28+8
    .seh_endprologue
    movl %gs:0x2c0, %eax
    movl %eax, 0x20+RECORD_CODE(%rsp)
    movl $0, 0x24(%rsp)
    movq $0, 0x28(%rsp)
    movl $0, 0x20+RECORD_PARAMETERS(%rsp)
    leaq 0x20(%rsp), %rcx
    call RtlRaiseException
    movl %gs:0x2c0, %eax
    addq $RECORD_SIZE+0x28+8, %rsp
    ret
    .seh_endproc

/* EXCEPTION_DISPOSITION exception_call_handler(record, frame, context, dispatch): the language
 * handler in dispatch, with this frame as a mark: an exception within finds it by its own handler. */
    .p2align 4
function exception_call_handler
    .seh_handler exception_nested_handler, @except, @unwind
    subq $0x28, %rsp
    .seh_stackalloc 0x28
    .seh_endprologue
    movq %r9, 0x20(%rsp)
    call *DISPATCH_LANGUAGE_HANDLER(%r9)
    nop
    addq $0x28, %rsp
    ret
    .seh_endproc

/* The same while unwinding. */
    .p2align 4
function exception_call_unwind_handler
    .seh_handler exception_collided_handler, @except, @unwind
    subq $0x28, %rsp
    .seh_stackalloc 0x28
    .seh_endprologue
    movq %r9, 0x20(%rsp)
    call *DISPATCH_LANGUAGE_HANDLER(%r9)
    nop
    addq $0x28, %rsp
    ret
    .seh_endproc

/* void exception_consolidate(CONTEXT *context, EXCEPTION_RECORD *record): calls the record's routine
 * as if from where the context is, while the frames that were unwound stay in place above; goes on at
 * the address it returns. Builds, below the caller: home space, a copy of the context, a machine frame. */
    .p2align 4
function exception_consolidate
    .seh_endprologue
    leaq -(0x20+CONTEXT_SIZE+0x28)(%rsp), %rsp
    andq $-16, %rsp
    movq $0x2b, 0x20+CONTEXT_SIZE+0x20(%rsp)
    movq CONTEXT_RSP(%rcx), %rax
    movq %rax, 0x20+CONTEXT_SIZE+0x18(%rsp)
    movl CONTEXT_EFLAGS(%rcx), %eax
    movq %rax, 0x20+CONTEXT_SIZE+0x10(%rsp)
    movq $0x33, 0x20+CONTEXT_SIZE+0x08(%rsp)
    movq CONTEXT_RIP(%rcx), %rax
    movq %rax, 0x20+CONTEXT_SIZE(%rsp)
    cld
    movq %rdx, %r8
    movq %rcx, %rsi
    leaq 0x20(%rsp), %rdi
    movl $CONTEXT_SIZE/8, %ecx
    rep movsq
    movq %r8, %rcx
    jmp exception_consolidated
    .seh_endproc

    .p2align 4
function exception_consolidated
    seh_context_frame 0x20, 0x20+CONTEXT_SIZE
    call *RECORD_INFORMATION(%rcx)
    movq %rax, 0x20+CONTEXT_RIP(%rsp)
    leaq 0x20(%rsp), %rcx
    xorl %edx, %edx
    call RtlRestoreContext
    int3
    .seh_endproc
