/*
 * File functions with a transaction: no volume here takes part in transactions, which the volume says and
 * each function too; nothing is changed.
 */
#include "harness.h"

#include <ktmw32.h>

#define FAILS(call, failure)                                                                                 \
    do {                                                                                                     \
        SetLastError(0);                                                                                     \
        CHECK((call) == (failure));                                                                          \
        CHECK_EQ(GetLastError(), expected);                                                                  \
    } while (0)

static void try_all(HANDLE transaction, DWORD expected)
{
    char path[MAX_PATH];
    WCHAR wide[MAX_PATH];
    DWORD high, length = MAX_PATH;
    BYTE data[2048];
    FAILS(CopyFileTransactedA("transacted", "other", NULL, NULL, NULL, 0, transaction), FALSE);
    FAILS(CopyFileTransactedW(L"transacted", L"other", NULL, NULL, NULL, 0, transaction), FALSE);
    FAILS(CreateDirectoryTransactedA(NULL, "transacted", NULL, transaction), FALSE);
    FAILS(CreateDirectoryTransactedW(NULL, L"transacted", NULL, transaction), FALSE);
    FAILS(CreateFileTransactedA("transacted", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL, transaction,
                                NULL, NULL),
          INVALID_HANDLE_VALUE);
    FAILS(CreateFileTransactedW(L"transacted", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL, transaction,
                                NULL, NULL),
          INVALID_HANDLE_VALUE);
    FAILS(CreateHardLinkTransactedA("transacted", "other", NULL, transaction), FALSE);
    FAILS(CreateHardLinkTransactedW(L"transacted", L"other", NULL, transaction), FALSE);
    FAILS(CreateSymbolicLinkTransactedA((LPSTR) "transacted", (LPSTR) "other", 0, transaction), FALSE);
    FAILS(CreateSymbolicLinkTransactedW((LPWSTR)L"transacted", (LPWSTR)L"other", 0, transaction), FALSE);
    FAILS(DeleteFileTransactedA("transacted", transaction), FALSE);
    FAILS(DeleteFileTransactedW(L"transacted", transaction), FALSE);
    FAILS(FindFirstFileNameTransactedW(L"transacted", 0, &length, wide, transaction), INVALID_HANDLE_VALUE);
    FAILS(FindFirstFileTransactedA("transacted", 0, data, 0, NULL, 0, transaction), INVALID_HANDLE_VALUE);
    FAILS(FindFirstFileTransactedW(L"transacted", 0, data, 0, NULL, 0, transaction), INVALID_HANDLE_VALUE);
    FAILS(FindFirstStreamTransactedW(L"transacted", 0, data, 0, transaction), INVALID_HANDLE_VALUE);
    FAILS(GetCompressedFileSizeTransactedA("transacted", &high, transaction), INVALID_FILE_SIZE);
    FAILS(GetCompressedFileSizeTransactedW(L"transacted", &high, transaction), INVALID_FILE_SIZE);
    FAILS(GetFileAttributesTransactedA("transacted", 0, data, transaction), FALSE);
    FAILS(GetFileAttributesTransactedW(L"transacted", 0, data, transaction), FALSE);
    FAILS(GetLongPathNameTransactedA("transacted", path, MAX_PATH, transaction), 0);
    FAILS(GetLongPathNameTransactedW(L"transacted", wide, MAX_PATH, transaction), 0);
    FAILS(MoveFileTransactedA("transacted", "other", NULL, NULL, 0, transaction), FALSE);
    FAILS(MoveFileTransactedW(L"transacted", L"other", NULL, NULL, 0, transaction), FALSE);
    FAILS(RemoveDirectoryTransactedA("transacted", transaction), FALSE);
    FAILS(RemoveDirectoryTransactedW(L"transacted", transaction), FALSE);
    FAILS(SetFileAttributesTransactedA("transacted", FILE_ATTRIBUTE_NORMAL, transaction), FALSE);
    FAILS(SetFileAttributesTransactedW(L"transacted", FILE_ATTRIBUTE_NORMAL, transaction), FALSE);
}

TEST(declined)
{
    ORACLE_DIFFERS("wine does it without the transaction");
    char path[MAX_PATH], folder[MAX_PATH];
    WCHAR wide[MAX_PATH];
    DWORD flags = 0;
    HANDLE transaction = CreateTransaction(NULL, NULL, 0, 0, 0, 0, NULL);
    GetTempPathA(sizeof folder, folder);
    CHECK(SetCurrentDirectoryA(folder));
    HANDLE file = CreateFileA("transacted", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    CloseHandle(file);
    CHECK(GetVolumeInformationA(NULL, NULL, 0, NULL, NULL, &flags, NULL, 0));
    CHECK(!(flags & FILE_SUPPORTS_TRANSACTIONS));
    try_all(transaction, ERROR_NOT_SUPPORTED);
    try_all(NULL, ERROR_INVALID_HANDLE);
    CHECK(GetFileAttributesA("transacted") != INVALID_FILE_ATTRIBUTES);
    CHECK(GetFileAttributesA("other") == INVALID_FILE_ATTRIBUTES);
    CHECK(GetFullPathNameTransactedA("transacted", sizeof path, path, NULL, transaction) > 0);
    CHECK(strstr(path, "\\transacted"));
    CHECK(GetFullPathNameTransactedW(L"transacted", MAX_PATH, wide, NULL, transaction) > 0);
    CHECK_ERROR(GetFullPathNameTransactedW(L"transacted", MAX_PATH, wide, NULL, NULL), ERROR_INVALID_HANDLE);
    CHECK(DeleteFileA("transacted"));
    CloseHandle(transaction);
}
