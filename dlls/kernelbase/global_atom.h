/*
 * Global atoms; the callers have checked that names and atoms are not those of integers.
 * STATUS_NOT_SUPPORTED: nothing can be shared here.
 */
#ifndef KERNELBASE_GLOBAL_ATOM_H
#define KERNELBASE_GLOBAL_ATOM_H

#include <nt/rtl.h>

NTSTATUS global_atom_by_name(PCWSTR name, BOOL add, RTL_ATOM *ret_atom);
NTSTATUS global_atom_delete(RTL_ATOM atom);

/* *length: bytes of room, at least those of the final zero; then of the name without it, cut off to fit. */
NTSTATUS global_atom_name(RTL_ATOM atom, WCHAR *ret_name, ULONG *length);

#endif
