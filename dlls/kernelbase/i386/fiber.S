/*
 * fiber_switch(from, to): the non-volatile registers go onto the old stack, the stack fields of the TEB
 * change together with ESP.
 */
    .text
    .globl _fiber_switch
    .def _fiber_switch; .scl 2; .type 32; .endef
_fiber_switch:
    movl 4(%esp), %ecx
    movl 8(%esp), %edx
    pushl %ebp
    pushl %ebx
    pushl %esi
    pushl %edi
    subl $12, %esp
    stmxcsr (%esp)
    fnstcw 4(%esp)
    movl %fs:0xe0c, %eax        /* DeallocationStack travels on the old stack */
    movl %eax, 8(%esp)
    movl %esp, 0x18(%ecx)
    movl 0x18(%edx), %eax
    movl 8(%eax), %ecx          /* zero on a new fiber's stack */
    testl %ecx, %ecx
    jnz 1f
    movl 0x10(%edx), %ecx
1:  movl %ecx, %fs:0xe0c
    movl 0x08(%edx), %ecx
    movl %ecx, %fs:0x4
    movl 0x0c(%edx), %ecx
    movl %ecx, %fs:0x8
    movl 0x04(%edx), %ecx
    movl %ecx, %fs:0x0
    movl %eax, %esp
    ldmxcsr (%esp)
    fldcw 4(%esp)
    addl $12, %esp
    popl %edi
    popl %esi
    popl %ebx
    popl %ebp
    ret

    .globl _fiber_entry
    .def _fiber_entry; .scl 2; .type 32; .endef
_fiber_entry:
    pushl $0                    /* ends the walk over frames */
    pushl $0
    movl %esp, %ebp
    pushl %ebx
    call _fiber_run
    int3
