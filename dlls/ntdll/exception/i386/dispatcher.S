/*
 * Where the host sends a thread: exceptions, APCs, callbacks; and the frames that exception handlers
 * are called from. The stacks are laid out as on Windows.
 */
#include "context.inc"

    .text

/* ESP: pointers to the EXCEPTION_RECORD and the CONTEXT. */
function KiUserExceptionDispatcher, 8
    cld
    movl (%esp), %eax
    movl 4(%esp), %ecx
    pushl %ecx
    pushl %eax
    call _exception_dispatch
    int3

/* ESP: the routine, its three arguments, the CONTEXT to go on with. */
function KiUserApcDispatcher, 20
    leal 16(%esp), %edi
    popl %eax
    cld
    call *%eax
    pushl %edi
    call _apc_dispatch
    int3

/* ESP: a word for a return address, the function's index in PEB.KernelCallbackTable, the buffer and its
 * length, which are the function's arguments. Its status goes to the host. */
function KiUserCallbackDispatcher, 12
    addl $4, %esp
    popl %edx
    movl %fs:0x30, %eax
    movl 0x2c(%eax), %eax
    cld
    call *(%eax,%edx,4)
    pushl %eax
    pushl $0
    pushl $0
    call _NtCallbackReturn@12
    pushl %eax
    call _RtlRaiseStatus@4
    int3

/* Arrives as if called by the system call's caller; raises TEB.ExceptionCode and returns it. */
function KiRaiseUserExceptionDispatcher, 0
    pushl %ebp
    movl %esp, %ebp
    subl $RECORD_SIZE, %esp
    movl %fs:TEB_EXCEPTION_CODE, %eax
    movl %eax, (%esp)
    movl $0, 0x04(%esp)
    movl $0, 0x08(%esp)
    movl $0, 0x10(%esp)
    pushl %esp
    call _RtlRaiseException@4
    movl %fs:TEB_EXCEPTION_CODE, %eax
    leave
    ret

/* EXCEPTION_DISPOSITION exception_call_handler(record, frame, context, void **dispatch, handler): calls a
 * frame's handler with a frame of its own below it as a mark: an exception within finds which frame was
 * being looked at, behind the registration. Handlers that leave arguments or take them off both work. */
cdecl_function exception_call_handler
    movl $_exception_nested_handler, %edx
    jmp 1f

/* The same while unwinding. */
cdecl_function exception_call_unwind_handler
    movl $_exception_collided_handler, %edx
1:  pushl %ebp
    movl %esp, %ebp
    pushl %ebx
    pushl %esi
    pushl %edi
    pushl 12(%ebp)
    pushl %edx
    pushl %fs:0
    movl %esp, %fs:0
    pushl 20(%ebp)
    pushl 16(%ebp)
    pushl 12(%ebp)
    pushl 8(%ebp)
    movl 24(%ebp), %ecx
    call *%ecx
    movl %fs:0, %esp
    popl %fs:0
    addl $8, %esp
    popl %edi
    popl %esi
    popl %ebx
    popl %ebp
    ret
