/*
 * int nls_vdso_clock(int clock, struct timespec *): calls the host's clock_gettime, a pure function
 * in the SysV convention. It uses no vector registers (kernel code never does), so only RSI and
 * RDI need keeping.
 */
    .text
    .globl nls_vdso_clock
    .def nls_vdso_clock; .scl 2; .type 32; .endef
    .seh_proc nls_vdso_clock
nls_vdso_clock:
    pushq %rdi
    .seh_pushreg %rdi
    pushq %rsi
    .seh_pushreg %rsi
    subq $8, %rsp
    .seh_stackalloc 8
    .seh_endprologue
    movl %ecx, %edi
    movq %rdx, %rsi
    call *0x7ffee000
    addq $8, %rsp
    popq %rsi
    popq %rdi
    ret
    .seh_endproc
