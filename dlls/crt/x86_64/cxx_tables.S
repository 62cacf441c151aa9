/*
 * The tables of the exception classes that the runtimes export: virtual functions, run-time types, and
 * what a throw of them says. The layout is the compiler's; addresses are relative to the image.
 */
    .section .rdata$crt_cxx, "dr"

.macro class_tables name, decorated, b1, b2, count, copy
    .section .data$crt_cxx, "dw"
    .p2align 4
crt_type_\name:
    .quad crt_type_info_vtable
    .quad 0
    .asciz "\decorated"
    .section .rdata$crt_cxx, "dr"
    .p2align 3
crt_base_\name:
    .rva crt_type_\name
    .long \count - 1
    .long 0, -1, 0
    .long 0x40
    .rva crt_hierarchy_\name
crt_bases_\name:
    .rva crt_base_\name
    .ifnb \b1
    .rva crt_base_\b1
    .endif
    .ifnb \b2
    .rva crt_base_\b2
    .endif
    .long 0
    .p2align 3
crt_hierarchy_\name:
    .long 0, 0, \count
    .rva crt_bases_\name
crt_locator_\name:
    .long 1, 0, 0
    .rva crt_type_\name
    .rva crt_hierarchy_\name
    .rva crt_locator_\name
    .p2align 3
    .quad crt_locator_\name
    .globl crt_\name\()_vtable
crt_\name\()_vtable:
    .quad cxx_exception_delete
    .quad cxx_exception_what
    .p2align 3
crt_catchable_\name:
    .long 0
    .rva crt_type_\name
    .long 0, -1, 0
    .long 24
    .rva \copy
crt_catchables_\name:
    .long \count
    .rva crt_catchable_\name
    .ifnb \b1
    .rva crt_catchable_\b1
    .endif
    .ifnb \b2
    .rva crt_catchable_\b2
    .endif
    .p2align 3
    .globl crt_\name\()_throw
crt_\name\()_throw:
    .long 0
    .rva cxx_exception_destroy
    .long 0
    .rva crt_catchables_\name
.endm

/* The universal runtime's classes are those of namespace std. */
#if CRT_UCRT
#define NAME(class) .?AV##class##@std@@
#else
#define NAME(class) .?AV##class##@@
#endif
    class_tables exception, NAME(exception), , , 1, cxx_exception_copy
    class_tables bad_cast, NAME(bad_cast), exception, , 2, cxx_bad_cast_copy
    class_tables bad_typeid, NAME(bad_typeid), exception, , 2, cxx_bad_typeid_copy
    class_tables non_rtti, NAME(__non_rtti_object), bad_typeid, exception, 3, cxx_non_rtti_copy

    .section .data$crt_cxx, "dw"
    .p2align 4
crt_type_type_info:
    .quad crt_type_info_vtable
    .quad 0
    .asciz ".?AVtype_info@@"
    .section .rdata$crt_cxx, "dr"
    .p2align 3
    .quad 0
    .globl crt_type_info_vtable
crt_type_info_vtable:
    .quad cxx_type_delete
