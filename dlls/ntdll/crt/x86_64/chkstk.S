/*
 * What compilers call where a frame is larger than a page: RAX bytes below the caller's frame are touched, page by
 * page, so that the guard page moves along. Keeps all registers; the caller moves the stack.
 */
    .text
    .globl __chkstk
    .def __chkstk; .scl 2; .type 32; .endef
    .seh_proc __chkstk
__chkstk:
    pushq %rcx
    .seh_pushreg %rcx
    pushq %rax
    .seh_stackalloc 8
    .seh_endprologue
    leaq 24(%rsp), %rcx
    cmpq %rax, %rcx
    jb 3f
1:  cmpq $0x1000, %rax
    jb 2f
    subq $0x1000, %rcx
    orl $0, (%rcx)
    subq $0x1000, %rax
    jmp 1b
2:  subq %rax, %rcx
    orl $0, (%rcx)
    popq %rax
    popq %rcx
    ret
3:  xorl %ecx, %ecx /* more than there can be: faults like an overflow */
    xorl %eax, %eax
    jmp 2b
    .seh_endproc
