/*
 * What the console's files share.
 */
#ifndef KERNELBASE_CONSOLE_H
#define KERNELBASE_CONSOLE_H

#include "file.h"
#include <gastwirt/console.h>

/* One GwConsole; FALSE with the last error set. */
BOOL console_call(HANDLE handle, ULONG operation, const void *in, ULONG in_size, void *out, ULONG out_size,
                  ULONG *ret_size);

/* Whether a code page or an alias was set, so that ReadFile and WriteFile have to ask. */
extern BOOL console_converts;
/* ReadFile and WriteFile while that is so; FALSE: it is no console, or there is nothing to convert. */
BOOL console_file_read(HANDLE file, void *buffer, DWORD count, DWORD *ret_read, BOOL *ret_good);
BOOL console_file_write(HANDLE file, const void *buffer, DWORD count, DWORD *ret_written, BOOL *ret_good);

BOOL console_has_aliases(void);
/* A line with its alias expanded, or the rest of one; FALSE: there are none for what is read here. */
BOOL console_alias_read(HANDLE console, WCHAR *buffer, DWORD count, DWORD *ret_used, BOOL *ret_good);

#endif
