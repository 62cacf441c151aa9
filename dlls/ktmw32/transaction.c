/*
 * Kernel transactions: create, open, commit, roll back, ask. The registry is what takes part in them; there
 * are no resource managers, and files do not (the file system says so: no FILE_SUPPORTS_TRANSACTIONS).
 */
#include <windows.h>

#include <ktmw32.h>
#include <nt/rtl.h>
#include <nt/syscalls.h>

static BOOL set_status(NTSTATUS status)
{
    if (NT_SUCCESS(status))
        return TRUE;
    SetLastError(RtlNtStatusToDosError(status));
    return FALSE;
}

static void set_timeout(LARGE_INTEGER *timeout, DWORD milliseconds)
{
    timeout->QuadPart = milliseconds == INFINITE ? 0 : (LONGLONG)milliseconds * -10000;
}

HANDLE WINAPI CreateTransaction(LPSECURITY_ATTRIBUTES security, LPGUID id, DWORD options,
                                DWORD isolation_level, DWORD isolation_flags, DWORD milliseconds,
                                LPWSTR description)
{
    HANDLE handle;
    LARGE_INTEGER timeout;
    UNICODE_STRING text = {0};
    OBJECT_ATTRIBUTES attributes = {sizeof attributes, NULL, NULL, 0, NULL, NULL};
    if (security) {
        attributes.SecurityDescriptor = security->lpSecurityDescriptor;
        attributes.Attributes = security->bInheritHandle ? OBJ_INHERIT : 0;
    }
    if (description)
        RtlInitUnicodeString(&text, description);
    set_timeout(&timeout, milliseconds);
    return set_status(NtCreateTransaction(&handle, TRANSACTION_ALL_ACCESS, &attributes, id, NULL, options,
                                          isolation_level, isolation_flags, &timeout,
                                          description ? &text : NULL))
               ? handle
               : INVALID_HANDLE_VALUE;
}

HANDLE WINAPI OpenTransaction(DWORD access, LPGUID id)
{
    HANDLE handle;
    OBJECT_ATTRIBUTES attributes = {sizeof attributes, NULL, NULL, 0, NULL, NULL};
    if (!id) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return INVALID_HANDLE_VALUE;
    }
    return set_status(NtOpenTransaction(&handle, access, &attributes, id, NULL)) ? handle
                                                                                 : INVALID_HANDLE_VALUE;
}

BOOL WINAPI CommitTransaction(HANDLE transaction)
{
    return set_status(NtCommitTransaction(transaction, TRUE));
}

BOOL WINAPI CommitTransactionAsync(HANDLE transaction)
{
    return set_status(NtCommitTransaction(transaction, FALSE));
}

BOOL WINAPI RollbackTransaction(HANDLE transaction)
{
    return set_status(NtRollbackTransaction(transaction, TRUE));
}

BOOL WINAPI RollbackTransactionAsync(HANDLE transaction)
{
    return set_status(NtRollbackTransaction(transaction, FALSE));
}

BOOL WINAPI GetTransactionId(HANDLE transaction, LPGUID id)
{
    TRANSACTION_BASIC_INFORMATION basic;
    if (!id) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!set_status(NtQueryInformationTransaction(transaction, TransactionBasicInformation, &basic,
                                                  sizeof basic, NULL)))
        return FALSE;
    *id = basic.TransactionId;
    return TRUE;
}

union properties {
    TRANSACTION_PROPERTIES_INFORMATION information;
    BYTE bytes[FIELD_OFFSET(TRANSACTION_PROPERTIES_INFORMATION, Description) +
               MAX_TRANSACTION_DESCRIPTION_LENGTH * sizeof(WCHAR)];
};

/* The description gets its terminator where there is room. */
BOOL WINAPI GetTransactionInformation(HANDLE transaction, PDWORD outcome, PDWORD isolation_level,
                                      PDWORD isolation_flags, PDWORD timeout, DWORD size, LPWSTR description)
{
    union properties properties;
    TRANSACTION_PROPERTIES_INFORMATION *information = &properties.information;
    if (!set_status(NtQueryInformationTransaction(transaction, TransactionPropertiesInformation, &properties,
                                                  sizeof properties, NULL)))
        return FALSE;
    if (description && size < information->DescriptionLength) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return FALSE;
    }
    if (outcome)
        *outcome = information->Outcome;
    if (isolation_level)
        *isolation_level = information->IsolationLevel;
    if (isolation_flags)
        *isolation_flags = information->IsolationFlags;
    if (timeout)
        *timeout = (DWORD)(-information->Timeout.QuadPart / 10000);
    if (description) {
        RtlMoveMemory(description, information->Description, information->DescriptionLength);
        if (size - information->DescriptionLength >= sizeof(WCHAR))
            description[information->DescriptionLength / sizeof(WCHAR)] = 0;
    }
    return TRUE;
}

BOOL WINAPI SetTransactionInformation(HANDLE transaction, DWORD isolation_level, DWORD isolation_flags,
                                      DWORD timeout, LPWSTR description)
{
    union properties properties = {{.IsolationLevel = isolation_level, .IsolationFlags = isolation_flags}};
    TRANSACTION_PROPERTIES_INFORMATION *information = &properties.information;
    DWORD length = description ? (DWORD)lstrlenW(description) : 0;
    if (length > MAX_TRANSACTION_DESCRIPTION_LENGTH) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    set_timeout(&information->Timeout, timeout);
    information->DescriptionLength = length * sizeof(WCHAR);
    if (length)
        RtlMoveMemory(information->Description, description, information->DescriptionLength);
    return set_status(NtSetInformationTransaction(transaction, TransactionPropertiesInformation, &properties,
                                                  sizeof properties));
}
