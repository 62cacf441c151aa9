/*
 * ex_locale_names: the table that ntdll has too (tools/locales.py).
 */
    .section .rodata
    .globl ex_locale_names
    .balign 16
ex_locale_names:
    .incbin "build/nls/locale_names.bin"
    .section .note.GNU-stack, "", @progbits
