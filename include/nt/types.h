/*
 * The basic NT types, for both worlds: on the guest they are mingw-w64's, on the host they are
 * defined here with the same sizes (LLP64: LONG is 32 bits).
 */
#ifndef NT_TYPES_H
#define NT_TYPES_H

#include <stddef.h>

#ifdef _WIN32

#ifndef WIN32_NO_STATUS
#define WIN32_NO_STATUS
#endif
#include <windows.h>
#undef WIN32_NO_STATUS
#include <ntstatus.h>

#ifndef NT_SUCCESS
typedef LONG NTSTATUS;
#define NT_SUCCESS(status) ((NTSTATUS)(status) >= 0)
#endif
typedef LONG KPRIORITY;
typedef USHORT RTL_ATOM;

#else /* host */

#include <stdbool.h>
#include <stdint.h>

typedef int32_t NTSTATUS;
#define NT_SUCCESS(status) ((NTSTATUS)(status) >= 0)

typedef void VOID, *PVOID, *LPVOID, *HANDLE, *HMODULE;
typedef HANDLE *PHANDLE;
typedef char CHAR, *PCHAR, *PSTR;
typedef uint8_t BYTE, UCHAR, BOOLEAN, *PUCHAR, *PBOOLEAN;
typedef int16_t SHORT;
typedef uint16_t WORD, USHORT, WCHAR, ATOM, RTL_ATOM, *PUSHORT, *PWSTR, *PWCH;
typedef const WCHAR *PCWSTR;
typedef int32_t LONG, INT, BOOL, KPRIORITY, *PLONG;
typedef uint32_t DWORD, ULONG, UINT, ACCESS_MASK, LCID, *PULONG, *PDWORD;
typedef int64_t LONG64, LONGLONG, LONG_PTR, INT_PTR, SSIZE_T, *PLONGLONG;
typedef uint64_t ULONG64, DWORD64, ULONGLONG, DWORDLONG, ULONG_PTR, UINT_PTR, SIZE_T, DWORD_PTR, KAFFINITY,
    *PSIZE_T, *PULONG_PTR, *PULONGLONG;
typedef USHORT LANGID;
typedef uint8_t UINT8;
typedef uint16_t UINT16;
typedef uint32_t UINT32;
typedef uint64_t UINT64;

#define TRUE  1
#define FALSE 0
#define NTAPI
#define MAXDWORD 0xffffffffu

typedef union _LARGE_INTEGER {
    struct {
        DWORD LowPart;
        LONG HighPart;
    };
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union _ULARGE_INTEGER {
    struct {
        DWORD LowPart;
        DWORD HighPart;
    };
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

typedef struct _LUID {
    DWORD LowPart;
    LONG HighPart;
} LUID;

typedef struct _GUID {
    uint32_t Data1;
    uint16_t Data2, Data3;
    uint8_t Data4[8];
} GUID;

typedef struct _LIST_ENTRY {
    struct _LIST_ENTRY *Flink, *Blink;
} LIST_ENTRY, *PLIST_ENTRY;

typedef struct _SINGLE_LIST_ENTRY {
    struct _SINGLE_LIST_ENTRY *Next;
} SINGLE_LIST_ENTRY;

#include <nt/status.h> /* generated from mingw-w64's ntstatus.h */

#endif /* host */

#ifndef NT_ERROR
#define NT_ERROR(status) ((ULONG)(status) >> 30 == 3)
#endif

#endif
