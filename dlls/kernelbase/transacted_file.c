/*
 * File functions with a transaction. No volume here takes part in transactions (none has
 * FILE_SUPPORTS_TRANSACTIONS), so that each of them fails and leaves the file alone: with
 * ERROR_NOT_SUPPORTED, or with what is wrong with the transaction's handle. Full paths need no volume.
 */
#include "kernelbase.h"

/* Sets the error: a program that wants all or nothing must not get the half. */
static void decline(HANDLE transaction)
{
    BYTE basic[sizeof(TRANSACTION_BASIC_INFORMATION)];
    NTSTATUS status = NtQueryInformationTransaction(transaction, TransactionBasicInformation, basic,
                                                    sizeof basic, NULL);
    set_status(NT_SUCCESS(status) || status == STATUS_ACCESS_DENIED ? STATUS_NOT_SUPPORTED : status);
}

BOOL WINAPI CopyFileTransactedA(LPCSTR from, LPCSTR to, LPPROGRESS_ROUTINE progress, LPVOID data,
                                LPBOOL cancel, DWORD flags, HANDLE transaction)
{
    (void)from, (void)to, (void)progress, (void)data, (void)cancel, (void)flags;
    decline(transaction);
    return FALSE;
}

BOOL WINAPI CopyFileTransactedW(LPCWSTR from, LPCWSTR to, LPPROGRESS_ROUTINE progress, LPVOID data,
                                LPBOOL cancel, DWORD flags, HANDLE transaction)
{
    (void)from, (void)to, (void)progress, (void)data, (void)cancel, (void)flags;
    decline(transaction);
    return FALSE;
}

BOOL WINAPI CreateDirectoryTransactedA(LPCSTR template, LPCSTR path, LPSECURITY_ATTRIBUTES security,
                                       HANDLE transaction)
{
    (void)template, (void)path, (void)security;
    decline(transaction);
    return FALSE;
}

BOOL WINAPI CreateDirectoryTransactedW(LPCWSTR template, LPCWSTR path, LPSECURITY_ATTRIBUTES security,
                                       HANDLE transaction)
{
    (void)template, (void)path, (void)security;
    decline(transaction);
    return FALSE;
}

HANDLE WINAPI CreateFileTransactedA(LPCSTR path, DWORD access, DWORD sharing, LPSECURITY_ATTRIBUTES security,
                                    DWORD disposition, DWORD flags, HANDLE template, HANDLE transaction,
                                    PUSHORT version, PVOID extended)
{
    (void)path, (void)access, (void)sharing, (void)security, (void)disposition, (void)flags, (void)template,
        (void)version, (void)extended;
    decline(transaction);
    return INVALID_HANDLE_VALUE;
}

HANDLE WINAPI CreateFileTransactedW(LPCWSTR path, DWORD access, DWORD sharing, LPSECURITY_ATTRIBUTES security,
                                    DWORD disposition, DWORD flags, HANDLE template, HANDLE transaction,
                                    PUSHORT version, PVOID extended)
{
    (void)path, (void)access, (void)sharing, (void)security, (void)disposition, (void)flags, (void)template,
        (void)version, (void)extended;
    decline(transaction);
    return INVALID_HANDLE_VALUE;
}

BOOL WINAPI CreateHardLinkTransactedA(LPCSTR path, LPCSTR existing, LPSECURITY_ATTRIBUTES security,
                                      HANDLE transaction)
{
    (void)path, (void)existing, (void)security;
    decline(transaction);
    return FALSE;
}

BOOL WINAPI CreateHardLinkTransactedW(LPCWSTR path, LPCWSTR existing, LPSECURITY_ATTRIBUTES security,
                                      HANDLE transaction)
{
    (void)path, (void)existing, (void)security;
    decline(transaction);
    return FALSE;
}

BOOLEAN WINAPI CreateSymbolicLinkTransactedA(LPCSTR path, LPCSTR target, DWORD flags, HANDLE transaction)
{
    (void)path, (void)target, (void)flags;
    decline(transaction);
    return FALSE;
}

BOOLEAN WINAPI CreateSymbolicLinkTransactedW(LPCWSTR path, LPCWSTR target, DWORD flags, HANDLE transaction)
{
    (void)path, (void)target, (void)flags;
    decline(transaction);
    return FALSE;
}

BOOL WINAPI DeleteFileTransactedA(LPCSTR path, HANDLE transaction)
{
    (void)path;
    decline(transaction);
    return FALSE;
}

BOOL WINAPI DeleteFileTransactedW(LPCWSTR path, HANDLE transaction)
{
    (void)path;
    decline(transaction);
    return FALSE;
}

HANDLE WINAPI FindFirstFileNameTransactedW(LPCWSTR path, DWORD flags, LPDWORD length, PWSTR name,
                                           HANDLE transaction)
{
    (void)path, (void)flags, (void)length, (void)name;
    decline(transaction);
    return INVALID_HANDLE_VALUE;
}

HANDLE WINAPI FindFirstFileTransactedA(LPCSTR path, FINDEX_INFO_LEVELS level, LPVOID data,
                                       FINDEX_SEARCH_OPS operation, LPVOID filter, DWORD flags,
                                       HANDLE transaction)
{
    (void)path, (void)level, (void)data, (void)operation, (void)filter, (void)flags;
    decline(transaction);
    return INVALID_HANDLE_VALUE;
}

HANDLE WINAPI FindFirstFileTransactedW(LPCWSTR path, FINDEX_INFO_LEVELS level, LPVOID data,
                                       FINDEX_SEARCH_OPS operation, LPVOID filter, DWORD flags,
                                       HANDLE transaction)
{
    (void)path, (void)level, (void)data, (void)operation, (void)filter, (void)flags;
    decline(transaction);
    return INVALID_HANDLE_VALUE;
}

HANDLE WINAPI FindFirstStreamTransactedW(LPCWSTR path, STREAM_INFO_LEVELS level, LPVOID data, DWORD flags,
                                         HANDLE transaction)
{
    (void)path, (void)level, (void)data, (void)flags;
    decline(transaction);
    return INVALID_HANDLE_VALUE;
}

DWORD WINAPI GetCompressedFileSizeTransactedA(LPCSTR path, LPDWORD high, HANDLE transaction)
{
    (void)path, (void)high;
    decline(transaction);
    return INVALID_FILE_SIZE;
}

DWORD WINAPI GetCompressedFileSizeTransactedW(LPCWSTR path, LPDWORD high, HANDLE transaction)
{
    (void)path, (void)high;
    decline(transaction);
    return INVALID_FILE_SIZE;
}

BOOL WINAPI GetFileAttributesTransactedA(LPCSTR path, GET_FILEEX_INFO_LEVELS level, LPVOID data,
                                         HANDLE transaction)
{
    (void)path, (void)level, (void)data;
    decline(transaction);
    return FALSE;
}

BOOL WINAPI GetFileAttributesTransactedW(LPCWSTR path, GET_FILEEX_INFO_LEVELS level, LPVOID data,
                                         HANDLE transaction)
{
    (void)path, (void)level, (void)data;
    decline(transaction);
    return FALSE;
}

DWORD WINAPI GetLongPathNameTransactedA(LPCSTR path, LPSTR result, DWORD size, HANDLE transaction)
{
    (void)path, (void)result, (void)size;
    decline(transaction);
    return 0;
}

DWORD WINAPI GetLongPathNameTransactedW(LPCWSTR path, LPWSTR result, DWORD size, HANDLE transaction)
{
    (void)path, (void)result, (void)size;
    decline(transaction);
    return 0;
}

BOOL WINAPI MoveFileTransactedA(LPCSTR from, LPCSTR to, LPPROGRESS_ROUTINE progress, LPVOID data, DWORD flags,
                                HANDLE transaction)
{
    (void)from, (void)to, (void)progress, (void)data, (void)flags;
    decline(transaction);
    return FALSE;
}

BOOL WINAPI MoveFileTransactedW(LPCWSTR from, LPCWSTR to, LPPROGRESS_ROUTINE progress, LPVOID data,
                                DWORD flags, HANDLE transaction)
{
    (void)from, (void)to, (void)progress, (void)data, (void)flags;
    decline(transaction);
    return FALSE;
}

BOOL WINAPI RemoveDirectoryTransactedA(LPCSTR path, HANDLE transaction)
{
    (void)path;
    decline(transaction);
    return FALSE;
}

BOOL WINAPI RemoveDirectoryTransactedW(LPCWSTR path, HANDLE transaction)
{
    (void)path;
    decline(transaction);
    return FALSE;
}

BOOL WINAPI SetFileAttributesTransactedA(LPCSTR path, DWORD attributes, HANDLE transaction)
{
    (void)path, (void)attributes;
    decline(transaction);
    return FALSE;
}

BOOL WINAPI SetFileAttributesTransactedW(LPCWSTR path, DWORD attributes, HANDLE transaction)
{
    (void)path, (void)attributes;
    decline(transaction);
    return FALSE;
}

DWORD WINAPI GetFullPathNameTransactedA(LPCSTR path, DWORD size, LPSTR result, LPSTR *file,
                                        HANDLE transaction)
{
    BYTE basic[sizeof(TRANSACTION_BASIC_INFORMATION)];
    NTSTATUS status = NtQueryInformationTransaction(transaction, TransactionBasicInformation, basic,
                                                    sizeof basic, NULL);
    return NT_SUCCESS(status) || status == STATUS_ACCESS_DENIED ? GetFullPathNameA(path, size, result, file)
                                                                : (DWORD)set_status(status);
}

DWORD WINAPI GetFullPathNameTransactedW(LPCWSTR path, DWORD size, LPWSTR result, LPWSTR *file,
                                        HANDLE transaction)
{
    BYTE basic[sizeof(TRANSACTION_BASIC_INFORMATION)];
    NTSTATUS status = NtQueryInformationTransaction(transaction, TransactionBasicInformation, basic,
                                                    sizeof basic, NULL);
    return NT_SUCCESS(status) || status == STATUS_ACCESS_DENIED ? GetFullPathNameW(path, size, result, file)
                                                                : (DWORD)set_status(status);
}
