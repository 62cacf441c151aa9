/*
 * What the parts of NtQuerySystemInformation share. They answer in the guest's buffer and, if guest_length is
 * not NULL, say there what they need; STATUS_INFO_LENGTH_MISMATCH if it is too small.
 */
#ifndef EX_SYSINFO_H
#define EX_SYSINFO_H

#include <nt/sysinfo.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many processors this process may use, at most 64: one group. Their mask, numbered without gaps. */
unsigned ex_processors(uint64_t *ret_mask);

/* A small text file, cut at size - 1 bytes and terminated; the length, 0 if it cannot be read. */
size_t ex_read_text(const char *path, char *buffer, size_t size);

/* Copies an answer of a known size out; exact: the guest's length must be just that. */
NTSTATUS ex_query_handles(bool extended, void *buffer, ULONG length, ULONG *guest_length);
NTSTATUS ex_answer(const void *data, size_t size, void *buffer, ULONG length, ULONG *guest_length,
                   bool exact);

/* SystemProcessInformation */
NTSTATUS ex_query_processes(void *buffer, ULONG length, ULONG *guest_length);

/* SYSTEM_LOGICAL_PROCESSOR_INFORMATION; the same as _EX records of the wanted relationship (0xffff: all). */
NTSTATUS ex_query_logical_processors(void *buffer, ULONG length, ULONG *guest_length);
NTSTATUS ex_query_logical_processors_ex(ULONG wanted, void *buffer, ULONG length, ULONG *guest_length);

#endif
