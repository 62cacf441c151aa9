/*
 * What kernelbase's file functions share.
 */
#ifndef KERNELBASE_FILE_H
#define KERNELBASE_FILE_H

#include "kernelbase.h"
#include <nt/io.h>
#include <nt/nls.h>
#include <nt/path.h>

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

/* Opens an existing file by DOS path. SYNCHRONIZE is added, and synchronous I/O. */
NTSTATUS open_dos_path(PCWSTR path, ACCESS_MASK access, ULONG sharing, ULONG options, HANDLE *ret_handle);

/* The NT form of a DOS path: RtlFreeUnicodeString it. FALSE with ERROR_PATH_NOT_FOUND. */
BOOL dos_to_nt(PCWSTR path, UNICODE_STRING *ret_nt);

static inline void name_attributes(OBJECT_ATTRIBUTES *attributes, UNICODE_STRING *name)
{
    attributes->Length = sizeof *attributes;
    attributes->RootDirectory = NULL;
    attributes->ObjectName = name;
    attributes->Attributes = OBJ_CASE_INSENSITIVE;
    attributes->SecurityDescriptor = NULL;
    attributes->SecurityQualityOfService = NULL;
}

/* A file handle, or what one of the old numbers of standard handles (STD_INPUT_HANDLE ...) stands for. */
static inline HANDLE real_handle(HANDLE file)
{
    if (file == (HANDLE)(LONG_PTR)(LONG)STD_INPUT_HANDLE)
        return current_peb()->ProcessParameters->StandardInput;
    if (file == (HANDLE)(LONG_PTR)(LONG)STD_OUTPUT_HANDLE)
        return current_peb()->ProcessParameters->StandardOutput;
    if (file == (HANDLE)(LONG_PTR)(LONG)STD_ERROR_HANDLE)
        return current_peb()->ProcessParameters->StandardError;
    return file;
}

/* ansi_to_wide and wide_to_ansi for names of files, which are ANSI or OEM (SetFileApisToOEM). */
BOOL name_to_wide(const char *text, WCHAR **ret_wide);
DWORD name_to_ansi(const WCHAR *wide, int length, char *to, DWORD size);

/* Copies a Unicode result into an ANSI buffer as GetXxxA functions do: units without terminator, or
 * the size needed with it. */
DWORD result_to_ansi(const WCHAR *wide, DWORD length, char *buffer, DWORD size);

/* A function's A form around its W form: `wide` is the converted argument. */
#define WITH_WIDE(argument, wide, failure, call)                                                             \
    do {                                                                                                     \
        WCHAR *wide;                                                                                         \
        if (!name_to_wide(argument, &wide))                                                                  \
            return failure;                                                                                  \
        __typeof__(call) result = call;                                                                      \
        free_wide(wide);                                                                                     \
        return result;                                                                                       \
    } while (0)

#define WITH_WIDE2(argument1, wide1, argument2, wide2, failure, call)                                        \
    do {                                                                                                     \
        WCHAR *wide1, *wide2;                                                                                \
        if (!name_to_wide(argument1, &wide1))                                                                \
            return failure;                                                                                  \
        if (!name_to_wide(argument2, &wide2)) {                                                              \
            free_wide(wide1);                                                                                \
            return failure;                                                                                  \
        }                                                                                                    \
        __typeof__(call) result = call;                                                                      \
        free_wide(wide1);                                                                                    \
        free_wide(wide2);                                                                                    \
        return result;                                                                                       \
    } while (0)

#endif
