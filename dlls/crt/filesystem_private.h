/*
 * What the files of the file-system functions share. Narrow functions convert names by the file-name code
 * page and call the wide ones.
 */
#ifndef CRT_FILESYSTEM_PRIVATE_H
#define CRT_FILESYSTEM_PRIVATE_H

#include "crt.h"

#define EPOCH_1970 116444736000000000ull

int64_t unix_time(FILETIME ft);
int _access(const char *name, int mode);
int _waccess(const wchar_t *path, int mode);
int win32_result(BOOL ok); /* a Win32 result as a C result */

/* Calls the wide function with the converted name. */
#define NARROW(call, failure)                                                                                \
    CRT_CHECK(name, EINVAL, failure);                                                                        \
    wchar_t *wide = crt_wide_path(name);                                                                     \
    if (!wide)                                                                                               \
        return failure;                                                                                      \
    __auto_type value = call;                                                                                \
    free(wide);                                                                                              \
    return value;

#endif
