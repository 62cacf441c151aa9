/*
 * The only way host code touches guest memory. A fault inside these functions (ke/signal.c knows
 * their code range) makes them return STATUS_ACCESS_VIOLATION instead of crashing; lazily
 * provided pages (guard, write watch, the shared user page) are resolved as for guest code.
 * Also safe on host memory. Never call them while holding a host lock.
 */
#ifndef MM_GUEST_H
#define MM_GUEST_H

#include <nt/base.h>

/* Copies size bytes; either side may be guest memory. Returns STATUS_SUCCESS or
 * STATUS_ACCESS_VIOLATION (then a prefix may have been copied). In guest_copy.S. */
NTSTATUS guest_copy(void *to, const void *from, size_t size);

/* As guest_copy, 4 bytes at a time, which `size` is a multiple of: for what has just been written that way.
 */
NTSTATUS guest_copy_words(void *to, const void *from, size_t size);

/* Sets size bytes of guest memory to value. */
NTSTATUS guest_fill(void *to, int value, size_t size);

/* Reads one object of *local's type from guest memory; NTSTATUS. */
#define guest_read(local, guest_pointer) guest_copy((local), (guest_pointer), sizeof *(local))

/* Writes one object, given as an lvalue, to guest memory of the same type; NTSTATUS. */
#define guest_write(guest_pointer, local)                                                                    \
    (__builtin_choose_expr(sizeof *(guest_pointer) == sizeof(local),                                         \
                           guest_copy((guest_pointer), &(local), sizeof(local)), (void)0))

/* Length in WCHARs of a terminated guest string, at most max; STATUS_ACCESS_VIOLATION on a fault. */
NTSTATUS guest_wcslen(const WCHAR *guest, size_t max, size_t *ret_length);

/* Copies a guest UNICODE_STRING's characters into a fresh, zero-terminated host buffer that the
 * caller frees. *ret_length is in WCHARs. STATUS_NO_MEMORY, STATUS_ACCESS_VIOLATION. */
NTSTATUS guest_read_unicode_string(const UNICODE_STRING *guest, WCHAR **ret_text, size_t *ret_length);

/* Reports IoStatusBlock->Status/Information; a NULL block is an access violation. */
NTSTATUS guest_write_iosb(IO_STATUS_BLOCK *guest, NTSTATUS status, ULONG_PTR information);

#endif
