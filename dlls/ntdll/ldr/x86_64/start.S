/*
 * The outermost frame of every thread.
 */
    .text
    .globl RtlUserThreadStart
    .def RtlUserThreadStart; .scl 2; .type 32; .endef
    .seh_proc RtlUserThreadStart
RtlUserThreadStart: /* (start routine, argument) */
    subq $0x28, %rsp
    .seh_stackalloc 0x28
    .seh_endprologue
    movq %rcx, %rax
    movq %rdx, %rcx
    call *%rax
    movl %eax, %ecx
    call RtlExitUserThread
    int3
    .seh_endproc
