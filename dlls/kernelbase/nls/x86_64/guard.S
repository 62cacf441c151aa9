/*
 * nls_guarded_call(function, a, b, c): calls function(a, b, c) and returns what it returns, or 0
 * when an access violation comes out of it (nls_guard_handler in guard.c unwinds to `failed`).
 */
    .text
    .globl nls_guarded_call
    .def nls_guarded_call; .scl 2; .type 32; .endef
    .seh_proc nls_guarded_call
nls_guarded_call:
    subq $0x28, %rsp
    .seh_stackalloc 0x28
    .seh_endprologue
    .seh_handler nls_guard_handler, @except
    .seh_handlerdata
    .rva failed
    .text
    movq %rcx, %rax
    movq %rdx, %rcx
    movq %r8, %rdx
    movq %r9, %r8
    call *%rax
    nop
    addq $0x28, %rsp
    ret
failed:
    xorl %eax, %eax
    addq $0x28, %rsp
    ret
    .seh_endproc
