/*
 * DOS paths: ntdll's functions that turn them into full and NT paths.
 */
#ifndef NT_PATH_H
#define NT_PATH_H

#include <nt/base.h>

typedef enum {
    RtlPathTypeUnknown,
    RtlPathTypeUncAbsolute,    /* \\server\share */
    RtlPathTypeDriveAbsolute,  /* C:\x */
    RtlPathTypeDriveRelative,  /* C:x */
    RtlPathTypeRooted,         /* \x */
    RtlPathTypeRelative,       /* x */
    RtlPathTypeLocalDevice,    /* \\.\x, \\?\x */
    RtlPathTypeRootLocalDevice /* \\. */
} RTL_PATH_TYPE;

typedef struct _RTL_RELATIVE_NAME_U {
    UNICODE_STRING RelativeName;
    HANDLE ContainingDirectory;
    PVOID CurDirRef;
} RTL_RELATIVE_NAME_U;

RTL_PATH_TYPE NTAPI RtlDetermineDosPathNameType_U(PCWSTR Name);
/* Offset << 16 | length, in bytes, of the device name in it; 0 if there is none. */
ULONG NTAPI RtlIsDosDeviceName_U(PCWSTR Name);
/* Bytes written without the terminator, or needed with it if that is more than Size; 0: error. */
ULONG NTAPI RtlGetFullPathName_U(PCWSTR Name, ULONG Size, PWSTR Buffer, PWSTR *FilePart);
NTSTATUS NTAPI RtlGetFullPathName_UEx(PCWSTR Name, ULONG Size, PWSTR Buffer, PWSTR *FilePart,
                                      ULONG *ReturnedSize);
/* The NT path is from the process heap: RtlFreeUnicodeString. */
BOOLEAN NTAPI RtlDosPathNameToNtPathName_U(PCWSTR Name, UNICODE_STRING *NtName, PWSTR *FilePart,
                                           RTL_RELATIVE_NAME_U *Relative);
NTSTATUS NTAPI RtlDosPathNameToNtPathName_U_WithStatus(PCWSTR Name, UNICODE_STRING *NtName, PWSTR *FilePart,
                                                       RTL_RELATIVE_NAME_U *Relative);
NTSTATUS NTAPI RtlDosPathNameToRelativeNtPathName_U_WithStatus(PCWSTR Name, UNICODE_STRING *NtName,
                                                               PWSTR *FilePart,
                                                               RTL_RELATIVE_NAME_U *Relative);
BOOLEAN NTAPI RtlDosPathNameToRelativeNtPathName_U(PCWSTR Name, UNICODE_STRING *NtName, PWSTR *FilePart,
                                                   RTL_RELATIVE_NAME_U *Relative);
NTSTATUS NTAPI RtlDosLongPathNameToNtPathName_U_WithStatus(PCWSTR Name, UNICODE_STRING *NtName,
                                                           PWSTR *FilePart, RTL_RELATIVE_NAME_U *Relative);
NTSTATUS NTAPI RtlDosLongPathNameToRelativeNtPathName_U_WithStatus(PCWSTR Name, UNICODE_STRING *NtName,
                                                                   PWSTR *FilePart,
                                                                   RTL_RELATIVE_NAME_U *Relative);
void NTAPI RtlReleaseRelativeName(RTL_RELATIVE_NAME_U *Relative);
ULONG NTAPI RtlGetCurrentDirectory_U(ULONG Size, PWSTR Buffer);
NTSTATUS NTAPI RtlSetCurrentDirectory_U(UNICODE_STRING *Path);
ULONG NTAPI RtlDosSearchPath_U(PCWSTR Path, PCWSTR Name, PCWSTR Extension, ULONG Size, PWSTR Buffer,
                               PWSTR *FilePart);
BOOLEAN NTAPI RtlDoesFileExists_U(PCWSTR Name);
ULONG NTAPI RtlGetLongestNtPathLength(void);

#endif
