/*
 * The tables of the exception classes that the runtimes export: virtual functions, run-time types, and
 * what a throw of them says. The layout is the compiler's.
 */
.macro class_tables name, decorated, b1, b2, count, copy
    .section .data$crt_cxx, "dw"
    .p2align 2
crt_type_\name:
    .long _crt_type_info_vtable
    .long 0
    .asciz "\decorated"
    .section .rdata$crt_cxx, "dr"
    .p2align 2
crt_base_\name:
    .long crt_type_\name
    .long \count - 1
    .long 0, -1, 0
    .long 0x40
    .long crt_hierarchy_\name
crt_bases_\name:
    .long crt_base_\name
    .ifnb \b1
    .long crt_base_\b1
    .endif
    .ifnb \b2
    .long crt_base_\b2
    .endif
    .long 0
crt_hierarchy_\name:
    .long 0, 0, \count
    .long crt_bases_\name
crt_locator_\name:
    .long 0, 0, 0
    .long crt_type_\name
    .long crt_hierarchy_\name
    .long crt_locator_\name
    .globl _crt_\name\()_vtable
_crt_\name\()_vtable:
    .long _cxx_exception_delete
    .long _cxx_exception_what
crt_catchable_\name:
    .long 0
    .long crt_type_\name
    .long 0, -1, 0
    .long 12
    .long \copy
crt_catchables_\name:
    .long \count
    .long crt_catchable_\name
    .ifnb \b1
    .long crt_catchable_\b1
    .endif
    .ifnb \b2
    .long crt_catchable_\b2
    .endif
    .globl _crt_\name\()_throw
_crt_\name\()_throw:
    .long 0
    .long _cxx_exception_destroy
    .long 0
    .long crt_catchables_\name
.endm

/* The universal runtime's classes are those of namespace std. */
#if CRT_UCRT
#define NAME(class) .?AV##class##@std@@
#else
#define NAME(class) .?AV##class##@@
#endif
    class_tables exception, NAME(exception), , , 1, _cxx_exception_copy
    class_tables bad_cast, NAME(bad_cast), exception, , 2, _cxx_bad_cast_copy
    class_tables bad_typeid, NAME(bad_typeid), exception, , 2, _cxx_bad_typeid_copy
    class_tables non_rtti, NAME(__non_rtti_object), bad_typeid, exception, 3, _cxx_non_rtti_copy

    .section .data$crt_cxx, "dw"
    .p2align 2
crt_type_type_info:
    .long _crt_type_info_vtable
    .long 0
    .asciz ".?AVtype_info@@"
    .section .rdata$crt_cxx, "dr"
    .p2align 2
    .long 0
    .globl _crt_type_info_vtable
_crt_type_info_vtable:
    .long _cxx_type_delete
