/*
 * Arithmetic that compilers leave to the runtime: conversion to integers, and the mathematical functions
 * whose arguments are on the x87 stack or in vector registers.
 */
.macro function name
    .p2align 4
    .globl \name
    .def \name; .scl 2; .type 32; .endef
\name:
.endm

    .text

/* ST0 to EDX:EAX, towards zero */
function __ftol
function __ftol2
function __ftol2_sse
function __ftol2_sse_excpt
    subl $8, %esp
    fisttpll (%esp)
    popl %eax
    popl %edx
    ret

/* one argument in ST0 */
.macro x87_1 name
function __CI\name
    subl $8, %esp
    fstpl (%esp)
    call _\name
    addl $8, %esp
    ret
.endm

/* the first in ST1, the second in ST0 */
.macro x87_2 name
function __CI\name
    subl $16, %esp
    fstpl 8(%esp)
    fstpl (%esp)
    call _\name
    addl $16, %esp
    ret
.endm

    x87_1 acos
    x87_1 asin
    x87_1 atan
    x87_2 atan2
    x87_1 cos
    x87_1 cosh
    x87_1 exp
    x87_2 fmod
    x87_1 log
    x87_1 log10
    x87_2 pow
    x87_1 sin
    x87_1 sinh
    x87_1 sqrt
    x87_1 tan
    x87_1 tanh

/* arguments in XMM0 and XMM1, result in XMM0; the other vector registers are the caller's */
.macro sse_call name, bytes, store, load, pop
    pushl %ebp
    movl %esp, %ebp
    subl $128+16, %esp
    andl $-16, %esp
    movaps %xmm1, 0x10(%esp)
    movaps %xmm2, 0x20(%esp)
    movaps %xmm3, 0x30(%esp)
    movaps %xmm4, 0x40(%esp)
    movaps %xmm5, 0x50(%esp)
    movaps %xmm6, 0x60(%esp)
    movaps %xmm7, 0x70(%esp)
    \store %xmm0, (%esp)
    \store %xmm1, \bytes(%esp)
    call _\name
    \pop (%esp)
    \load (%esp), %xmm0
    movaps 0x10(%esp), %xmm1
    movaps 0x20(%esp), %xmm2
    movaps 0x30(%esp), %xmm3
    movaps 0x40(%esp), %xmm4
    movaps 0x50(%esp), %xmm5
    movaps 0x60(%esp), %xmm6
    movaps 0x70(%esp), %xmm7
    leave
    ret
.endm

.macro sse_double name
function ___libm_sse2_\name
function __libm_sse2_\name\()_precise
    sse_call \name, 8, movsd, movsd, fstpl
.endm
.macro sse_float name
function ___libm_sse2_\name
    sse_call \name, 4, movss, movss, fstps
.endm

    sse_double acos
    sse_double asin
    sse_double atan
    sse_double atan2
    sse_double cos
    sse_double exp
    sse_double log
    sse_double log10
    sse_double pow
    sse_double sin
    sse_double sqrt
    sse_double tan
    sse_float acosf
    sse_float asinf
    sse_float atanf
    sse_float cosf
    sse_float expf
    sse_float log10f
    sse_float logf
    sse_float powf
    sse_float sinf
    sse_float tanf
