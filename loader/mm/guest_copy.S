/*
 * Copying to and from guest memory. A fault at an instruction between guest_copy_begin and
 * guest_copy_end that mm cannot resolve continues at guest_copy_fault (ke/signal.c). Nothing here
 * changes RSP, so the fix-up can simply return.
 */
        .text
        .globl  guest_copy_begin, guest_copy_end, guest_copy_fault
        .globl  guest_copy, guest_copy_words, guest_fill, guest_wcslen

        .p2align 4
guest_copy_begin:

/* NTSTATUS guest_copy(void *to, const void *from, size_t size) */
        .type   guest_copy, @function
guest_copy:
        cmpq    $8, %rdx
        jne     1f
        movq    (%rsi), %rax
        movq    %rax, (%rdi)
        xorl    %eax, %eax
        ret
1:      ja      3f
        cmpq    $4, %rdx
        jne     2f
        movl    (%rsi), %eax
        movl    %eax, (%rdi)
        xorl    %eax, %eax
        ret
2:      movq    %rdx, %rcx
        rep movsb
        xorl    %eax, %eax
        ret
3:      cmpq    $512, %rdx
        ja      2b
        movq    %rdx, %rcx              /* 9 to 512 bytes: 16 at a time, then the overlapping last ones */
        cmpq    $16, %rdx
        jb      5f
4:      movups  (%rsi), %xmm0
        movups  %xmm0, (%rdi)
        addq    $16, %rsi
        addq    $16, %rdi
        subq    $16, %rcx
        cmpq    $16, %rcx
        jae     4b
        testq   %rcx, %rcx
        jz      6f
        movups  -16(%rsi,%rcx), %xmm0
        movups  %xmm0, -16(%rdi,%rcx)
        xorl    %eax, %eax
        ret
5:      movq    (%rsi), %rax
        movq    -8(%rsi,%rcx), %r8
        movq    %rax, (%rdi)
        movq    %r8, -8(%rdi,%rcx)
6:      xorl    %eax, %eax
        ret
        .size   guest_copy, . - guest_copy

/* NTSTATUS guest_copy_words(void *to, const void *from, size_t size) */
        .p2align 4
        .type   guest_copy_words, @function
guest_copy_words:
        xorl    %ecx, %ecx
1:      movl    (%rsi,%rcx), %eax
        movl    %eax, (%rdi,%rcx)
        addq    $4, %rcx
        cmpq    %rdx, %rcx
        jb      1b
        xorl    %eax, %eax
        ret
        .size   guest_copy_words, . - guest_copy_words

/* NTSTATUS guest_fill(void *to, int value, size_t size) */
        .p2align 4
        .type   guest_fill, @function
guest_fill:
        movl    %esi, %eax
        movq    %rdx, %rcx
        rep stosb
        xorl    %eax, %eax
        ret
        .size   guest_fill, . - guest_fill

/* NTSTATUS guest_wcslen(const WCHAR *guest, size_t max, size_t *ret_length) */
        .p2align 4
        .type   guest_wcslen, @function
guest_wcslen:
        xorl    %eax, %eax
7:      cmpq    %rsi, %rax
        jae     8f
        cmpw    $0, (%rdi,%rax,2)
        je      8f
        incq    %rax
        jmp     7b
8:      movq    %rax, (%rdx)
        xorl    %eax, %eax
        ret
        .size   guest_wcslen, . - guest_wcslen

guest_copy_end:

guest_copy_fault:
        movl    $0xc0000005, %eax       /* STATUS_ACCESS_VIOLATION */
        ret

        .section .note.GNU-stack, "", @progbits
