/*
 * 64-bit integers and stack growth for compilers that call the runtime for them, with their conventions:
 * stdcall results in EDX:EAX, shifts by CL in place.
 */
.macro function name
    .p2align 4
    .globl \name
    .def \name; .scl 2; .type 32; .endef
\name:
.endm

    .text

/* (a, b) a * b, of both signs */
function __allmul@16
    movl 8(%esp), %eax
    movl 16(%esp), %ecx
    imull 12(%esp), %eax
    imull 4(%esp), %ecx
    addl %eax, %ecx
    movl 4(%esp), %eax
    mull 12(%esp)
    addl %ecx, %edx
    ret $16

/* (a, b): libgcc's functions take the arguments from the same places, but leave them. */
.macro divide name, function
function \name
    pushl 16(%esp)
    pushl 16(%esp)
    pushl 16(%esp)
    pushl 16(%esp)
    call \function
    addl $16, %esp
    ret $16
.endm
    divide __alldiv@16, ___divdi3
    divide __allrem@16, ___moddi3
    divide __aulldiv@16, ___udivdi3
    divide __aullrem@16, ___umoddi3

/* (a, b): the quotient, and the remainder in EBX:ECX */
.macro divide_both name, function
function \name
    pushl 16(%esp)
    pushl 16(%esp)
    pushl 16(%esp)
    pushl 16(%esp)
    call \function
    addl $16, %esp
    pushl %eax
    pushl %edx
    movl 20(%esp), %ecx /* the low half of b, times the quotient's high half and the other way round */
    imull %edx, %ecx
    movl 24(%esp), %ebx
    imull %eax, %ebx
    addl %ecx, %ebx
    mull 20(%esp)
    addl %edx, %ebx
    movl 12(%esp), %ecx
    subl %eax, %ecx
    movl 16(%esp), %eax
    sbbl %ebx, %eax
    movl %eax, %ebx
    popl %edx
    popl %eax
    ret $16
.endm
    divide_both __alldvrm@16, ___divdi3
    divide_both __aulldvrm@16, ___udivdi3

function __allshl
    cmpb $64, %cl
    jae 2f
    cmpb $32, %cl
    jae 1f
    shldl %cl, %eax, %edx
    shll %cl, %eax
    ret
1:  movl %eax, %edx
    xorl %eax, %eax
    shll %cl, %edx
    ret
2:  xorl %eax, %eax
    xorl %edx, %edx
    ret

function __allshr
    cmpb $64, %cl
    jae 2f
    cmpb $32, %cl
    jae 1f
    shrdl %cl, %edx, %eax
    sarl %cl, %edx
    ret
1:  movl %edx, %eax
    sarl $31, %edx
    sarl %cl, %eax
    ret
2:  sarl $31, %edx
    movl %edx, %eax
    ret

function __aullshr
    cmpb $64, %cl
    jae 2f
    cmpb $32, %cl
    jae 1f
    shrdl %cl, %edx, %eax
    shrl %cl, %edx
    ret
1:  movl %edx, %eax
    xorl %edx, %edx
    shrl %cl, %eax
    ret
2:  xorl %eax, %eax
    xorl %edx, %edx
    ret

/* EAX bytes of stack, each page touched in turn; the others keep all registers but EAX and align. */
function __chkstk
function __alloca_probe
    pushl %ecx
    leal 8(%esp), %ecx
    cmpl %eax, %ecx
    jb 3f
1:  cmpl $0x1000, %eax
    jb 2f
    subl $0x1000, %ecx
    orl $0, (%ecx)
    subl $0x1000, %eax
    jmp 1b
2:  subl %eax, %ecx
    orl $0, (%ecx)
    movl %esp, %eax
    movl %ecx, %esp
    movl (%eax), %ecx
    pushl 4(%eax)
    ret
3:  xorl %ecx, %ecx /* more than there can be: faults like an overflow */
    jmp 2b

function __alloca_probe_16
    pushl %ecx
    leal 8(%esp), %ecx
    subl %eax, %ecx
    andl $15, %ecx
    addl %ecx, %eax
    popl %ecx
    jmp __chkstk

function __alloca_probe_8
    pushl %ecx
    leal 8(%esp), %ecx
    subl %eax, %ecx
    andl $7, %ecx
    addl %ecx, %eax
    popl %ecx
    jmp __chkstk

/* ST0 to EDX:EAX, towards zero */
function __ftol
function __ftol2
function __ftol2_sse
    subl $8, %esp
    fisttpll (%esp)
    popl %eax
    popl %edx
    ret

