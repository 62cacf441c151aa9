/*
 * What the files of toolhelp have in common.
 */
#ifndef KERNELBASE_TOOLHELP_H
#define KERNELBASE_TOOLHELP_H

#include <windows.h>
#include <tlhelp32.h>

/* The heaps of a process (0: this one), the default one first, from the process heap; NULL with the last
 * error set. */
HEAPLIST32 *toolhelp_list_heaps(DWORD id, DWORD *ret_count);

#endif
