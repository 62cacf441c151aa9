/*
 * What the console's files share.
 */
#ifndef KERNELBASE_CONSOLE_H
#define KERNELBASE_CONSOLE_H

#include "file.h"

/* One GwConsole; FALSE with the last error set. */
BOOL console_call(HANDLE handle, ULONG operation, const void *in, ULONG in_size, void *out, ULONG out_size,
                  ULONG *ret_size);

#endif
