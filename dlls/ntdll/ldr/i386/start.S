/*
 * The outermost frame of every thread, and calling entry points that may not keep to the convention.
 */
    .text
    .globl _RtlUserThreadStart@8
    .def _RtlUserThreadStart@8; .scl 2; .type 32; .endef
_RtlUserThreadStart@8: /* EAX the start routine, EBX its argument */
    xorl %ebp, %ebp
    pushl $0 /* ends the walk over frames */
    pushl $0
    movl %esp, %ebp
    pushl $_exception_outermost_handler
    pushl $-1
    movl %esp, %fs:0
    pushl %ebx
    call *%eax
    pushl %eax
    call _RtlExitUserThread@4
    int3

/* BOOL ldr_call_entry(entry, instance, reason, reserved): whether or not the entry point takes its arguments
 * off the stack and keeps EBX, EDI and EBP. */
    .globl _ldr_call_entry
    .def _ldr_call_entry; .scl 2; .type 32; .endef
_ldr_call_entry:
    pushl %ebp
    movl %esp, %ebp
    pushl %ebx
    pushl %esi
    pushl %edi
    movl %esp, %esi
    pushl 20(%ebp)
    pushl 16(%ebp)
    pushl 12(%ebp)
    call *8(%ebp)
    movl %esi, %esp
    popl %edi
    popl %esi
    popl %ebx
    popl %ebp
    ret
