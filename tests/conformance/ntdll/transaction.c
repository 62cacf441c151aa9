/*
 * System calls of transactions and of open keys, called directly.
 */
#include "../harness.h"
#include <nt/base.h>
#include <nt/registry.h>

LONG NTAPI NtClose(HANDLE);
LONG NTAPI NtDeleteKey(HANDLE);
LONG NTAPI NtOpenKey(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *);
LONG NTAPI NtSetValueKey(HANDLE, UNICODE_STRING *, ULONG, ULONG, const void *, ULONG);
LONG NTAPI NtCreateTransaction(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, GUID *, HANDLE, ULONG, ULONG,
                               ULONG, LARGE_INTEGER *, UNICODE_STRING *);
LONG NTAPI NtOpenTransaction(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, GUID *, HANDLE);
LONG NTAPI NtCommitTransaction(HANDLE, BOOLEAN);
LONG NTAPI NtRollbackTransaction(HANDLE, BOOLEAN);
LONG NTAPI NtQueryInformationTransaction(HANDLE, ULONG, void *, ULONG, ULONG *);
LONG NTAPI NtSetInformationTransaction(HANDLE, ULONG, void *, ULONG);
LONG NTAPI NtCreateKeyTransacted(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, ULONG, UNICODE_STRING *, ULONG,
                                 HANDLE, ULONG *);
LONG NTAPI NtOpenKeyTransacted(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, HANDLE);
LONG NTAPI NtOpenKeyTransactedEx(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, ULONG, HANDLE);
void NTAPI RtlInitUnicodeString(UNICODE_STRING *, const WCHAR *);

/* What not every system has. */
static FARPROC find(const char *name)
{
    return GetProcAddress(GetModuleHandleA("ntdll"), name);
}
#define FIND(name, ...) LONG(NTAPI *name)(__VA_ARGS__) = (void *)find(#name)

static UNICODE_STRING string;

static OBJECT_ATTRIBUTES *at(HANDLE root, const WCHAR *name)
{
    static OBJECT_ATTRIBUTES attributes;
    RtlInitUnicodeString(&string, name);
    attributes = (OBJECT_ATTRIBUTES){sizeof attributes, root, &string, OBJ_CASE_INSENSITIVE, NULL, NULL};
    return &attributes;
}

static HANDLE user(void)
{
    HKEY key = NULL;
    CHECK_EQ(RegOpenKeyExA(HKEY_CURRENT_USER, "Software", 0, KEY_ALL_ACCESS, &key), 0);
    return key;
}

TEST(keys_in_transactions)
{
    HANDLE transaction, root = user(), key, same;
    ULONG disposition = 0;
    UNICODE_STRING name;
    CHECK_EQ(NtCreateTransaction(&transaction, TRANSACTION_ALL_ACCESS, NULL, NULL, NULL, 0, 0, 0, NULL, NULL),
             STATUS_SUCCESS);
    CHECK_EQ(NtCreateKeyTransacted(&key, KEY_ALL_ACCESS, at(root, L"Gastwirt NT"), 0, NULL, 0, transaction,
                                   &disposition),
             STATUS_SUCCESS);
    CHECK_EQ(disposition, REG_CREATED_NEW_KEY);
    RtlInitUnicodeString(&name, L"value");
    CHECK_EQ(NtSetValueKey(key, &name, 0, REG_SZ, L"x", 4), STATUS_SUCCESS);
    CHECK_EQ(NtOpenKey(&same, KEY_READ, at(root, L"Gastwirt NT")), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_EQ(NtOpenKeyTransacted(&same, KEY_READ, at(root, L"gastwirt nt"), transaction), STATUS_SUCCESS);
    NtClose(same);
    CHECK_EQ(
        NtOpenKeyTransactedEx(&same, KEY_READ, at(root, L"gastwirt nt"), REG_OPTION_OPEN_LINK, transaction),
        STATUS_SUCCESS);
    NtClose(same);
    CHECK_EQ(NtOpenKeyTransacted(&same, KEY_READ, at(root, L"gastwirt none"), transaction),
             STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_EQ(NtOpenKeyTransacted(&same, KEY_READ, at(root, L"gastwirt nt"), root),
             STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_EQ(NtCommitTransaction(transaction, TRUE), STATUS_SUCCESS);
    CHECK_EQ(NtCommitTransaction(transaction, TRUE), STATUS_TRANSACTION_ALREADY_COMMITTED);
    CHECK_EQ(NtRollbackTransaction(transaction, TRUE), STATUS_TRANSACTION_ALREADY_COMMITTED);
    CHECK_EQ(NtSetValueKey(key, &name, 0, REG_SZ, L"x", 4), STATUS_TRANSACTION_NOT_ACTIVE);
    NtClose(key);
    NtClose(transaction);
    CHECK_EQ(NtOpenKey(&key, KEY_ALL_ACCESS, at(root, L"Gastwirt NT")), STATUS_SUCCESS);
    CHECK_EQ(NtDeleteKey(key), STATUS_SUCCESS);
    NtClose(key);
    NtClose(root);
}

TEST(names_and_information)
{
    HANDLE transaction, again;
    TRANSACTION_BASIC_INFORMATION basic;
    BYTE buffer[256];
    TRANSACTION_PROPERTIES_INFORMATION *properties = (void *)buffer;
    LARGE_INTEGER timeout = {.QuadPart = -600000000};
    UNICODE_STRING description;
    ULONG size = 0;
    RtlInitUnicodeString(&description, L"words");
    CHECK_EQ(NtCreateTransaction(&transaction, TRANSACTION_ALL_ACCESS, at(NULL, L"\\BaseNamedObjects\\gw tx"),
                                 NULL, NULL, 0, 0, 0, &timeout, &description),
             STATUS_SUCCESS);
    CHECK_EQ(
        NtOpenTransaction(&again, TRANSACTION_ALL_ACCESS, at(NULL, L"\\BaseNamedObjects\\gw tx"), NULL, NULL),
        STATUS_SUCCESS);
    NtClose(again);
    CHECK_EQ(
        NtQueryInformationTransaction(transaction, TransactionBasicInformation, &basic, sizeof basic, &size),
        STATUS_SUCCESS);
    CHECK_EQ(size, sizeof basic);
    CHECK_EQ(basic.Outcome, TransactionOutcomeUndetermined);
    CHECK_EQ(basic.State, TransactionStateNormal);
    CHECK_EQ(NtOpenTransaction(&again, TRANSACTION_ALL_ACCESS, NULL, &basic.TransactionId, NULL),
             STATUS_SUCCESS);
    NtClose(again);
    CHECK_EQ(NtQueryInformationTransaction(transaction, TransactionBasicInformation, &basic, 4, &size),
             STATUS_BUFFER_TOO_SMALL);
    CHECK_EQ(NtQueryInformationTransaction(transaction, TransactionPropertiesInformation, buffer,
                                           sizeof buffer, &size),
             STATUS_SUCCESS);
    CHECK_EQ(properties->Timeout.QuadPart, -600000000);
    CHECK_EQ(properties->DescriptionLength, 10);
    CHECK(memcmp(properties->Description, L"words", 10) == 0);
    properties->IsolationLevel = 3;
    CHECK_EQ(
        NtSetInformationTransaction(transaction, TransactionPropertiesInformation, buffer, sizeof buffer),
        STATUS_INVALID_PARAMETER);
    properties->IsolationLevel = 0;
    properties->DescriptionLength = 4;
    CHECK_EQ(
        NtSetInformationTransaction(transaction, TransactionPropertiesInformation, buffer, sizeof buffer),
        STATUS_SUCCESS);
    CHECK_EQ(NtSetInformationTransaction(transaction, TransactionPropertiesInformation, buffer, 8),
             STATUS_INFO_LENGTH_MISMATCH);
    CHECK_EQ(NtSetInformationTransaction(transaction, 77, buffer, 8), STATUS_INVALID_INFO_CLASS);
    CHECK_EQ(NtRollbackTransaction(transaction, FALSE), STATUS_SUCCESS);
    CHECK_EQ(NtRollbackTransaction(transaction, FALSE), STATUS_TRANSACTION_ALREADY_ABORTED);
    NtClose(transaction);
    CHECK_EQ(NtOpenTransaction(&again, TRANSACTION_ALL_ACCESS, NULL, &basic.TransactionId, NULL),
             STATUS_TRANSACTION_NOT_FOUND);
}

TEST(registry_transactions)
{
    FIND(NtCreateRegistryTransaction, HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, ULONG);
    FIND(NtOpenRegistryTransaction, HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *);
    FIND(NtCommitRegistryTransaction, HANDLE, ULONG);
    FIND(NtRollbackRegistryTransaction, HANDLE, ULONG);
    HANDLE transaction, again;
    if (!NtCreateRegistryTransaction)
        SKIP("not there");
    CHECK_EQ(NtCreateRegistryTransaction(&transaction, TRANSACTION_ALL_ACCESS,
                                         at(NULL, L"\\BaseNamedObjects\\gw registry"), 0),
             STATUS_SUCCESS);
    CHECK_EQ(NtOpenRegistryTransaction(&again, TRANSACTION_ALL_ACCESS,
                                       at(NULL, L"\\BaseNamedObjects\\gw registry")),
             STATUS_SUCCESS);
    CHECK_EQ(NtCommitRegistryTransaction(again, 1), STATUS_INVALID_PARAMETER);
    CHECK_EQ(NtCommitRegistryTransaction(again, 0), STATUS_SUCCESS);
    CHECK_EQ(NtRollbackRegistryTransaction(transaction, 0), STATUS_TRANSACTION_ALREADY_COMMITTED);
    NtClose(again);
    NtClose(transaction);
}

TEST(open_subkeys)
{
    ORACLE_DIFFERS("wine does not count, nor say whose keys are open");
    FIND(NtQueryOpenSubKeys, OBJECT_ATTRIBUTES *, ULONG *);
    FIND(NtQueryOpenSubKeysEx, OBJECT_ATTRIBUTES *, ULONG, void *, ULONG *);
    HKEY root, one, two;
    HANDLE token;
    ULONG count = 99, size = 0;
    union {
        struct {
            ULONG count;
            struct {
                HANDLE process;
                UNICODE_STRING name;
            } keys[2];
        } list;
        BYTE bytes[2048];
    } answer;
    static const WCHAR path[] = L"\\Registry\\User\\Current\\Software\\Gastwirt Open";
    RegDeleteTreeA(HKEY_CURRENT_USER, "Software\\Gastwirt Open");
    CHECK_EQ(RegCreateKeyA(HKEY_CURRENT_USER, "Software\\Gastwirt Open", &root), 0);
    CHECK_EQ(NtQueryOpenSubKeys(at(NULL, path), &count), STATUS_SUCCESS);
    CHECK_EQ(count, 0);
    CHECK_EQ(RegCreateKeyA(root, "one", &one), 0);
    CHECK_EQ(RegCreateKeyA(root, "one\\two", &two), 0);
    CHECK_EQ(NtQueryOpenSubKeys(at(NULL, path), &count), STATUS_SUCCESS);
    CHECK_EQ(count, 2);
    CHECK_EQ(NtQueryOpenSubKeys(at(NULL, L"\\Registry\\User\\none here"), &count),
             STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_EQ(NtQueryOpenSubKeysEx(at(NULL, path), sizeof answer, &answer, &size), STATUS_PRIVILEGE_NOT_HELD);
    TOKEN_PRIVILEGES privileges = {1, {{.Attributes = SE_PRIVILEGE_ENABLED}}};
    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES, &token));
    CHECK(LookupPrivilegeValueA(NULL, SE_RESTORE_NAME, &privileges.Privileges[0].Luid));
    CHECK(AdjustTokenPrivileges(token, FALSE, &privileges, 0, NULL, NULL));
    CHECK_EQ(NtQueryOpenSubKeysEx(at(NULL, path), 4, &answer, &size), STATUS_BUFFER_OVERFLOW);
    CHECK_EQ(answer.list.count, 2);
    CHECK_EQ(NtQueryOpenSubKeysEx(at(NULL, path), sizeof answer, &answer, &size), STATUS_SUCCESS);
    CHECK_EQ(answer.list.count, 2);
    CHECK(size > sizeof answer.list && size <= sizeof answer);
    CHECK_EQ((ULONG_PTR)answer.list.keys[0].process, GetCurrentProcessId());
    UNICODE_STRING *name = &answer.list.keys[0].name;
    CHECK(name->Length > 6 && memcmp((BYTE *)name->Buffer + name->Length - 6, L"one", 6) == 0);
    RegCloseKey(two);
    RegCloseKey(one);
    RegCloseKey(root);
    RegDeleteTreeA(HKEY_CURRENT_USER, "Software\\Gastwirt Open");
    CloseHandle(token);
}

TEST(only_for_the_system)
{
    ORACLE_DIFFERS("wine has stubs; documented or known: these take privileges that programs lack");
    FIND(NtLockRegistryKey, HANDLE);
    FIND(NtInitializeRegistry, USHORT);
    HANDLE key = user();
    CHECK_EQ(NtLockRegistryKey(key), STATUS_PRIVILEGE_NOT_HELD);
    CHECK_EQ(NtLockRegistryKey(NULL), STATUS_INVALID_HANDLE);
    CHECK_EQ(NtInitializeRegistry(0), STATUS_ACCESS_DENIED);
    NtClose(key);
}

TEST(load_with_a_list_of_parameters)
{
    ORACLE_DIFFERS("wine does not have it");
    FIND(NtLoadKey3, OBJECT_ATTRIBUTES *, OBJECT_ATTRIBUTES *, ULONG, void *, ULONG, ACCESS_MASK, HANDLE *,
         void *);
    char folder[MAX_PATH], file[MAX_PATH];
    WCHAR source[MAX_PATH + 8];
    UNICODE_STRING source_name;
    struct {
        ULONG64 type, value;
    } parameters[2] = {{2, 0}, {9, 0}};
    OBJECT_ATTRIBUTES source_attributes = {sizeof source_attributes, NULL, &source_name,
                                           OBJ_CASE_INSENSITIVE,     NULL, NULL};
    HANDLE root = NULL;
    GetTempPathA(sizeof folder, folder);
    snprintf(file, sizeof file, "%sgastwirt-load3-%lu.hiv", folder, GetCurrentProcessId());
    swprintf(source, ARRAYSIZE(source), L"\\??\\%hs", file);
    RtlInitUnicodeString(&source_name, source);
    /* an application's hive: without a name that others know; an empty file is a new one */
    CloseHandle(CreateFileA(file, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL));
    CHECK_EQ(NtLoadKey3(at(NULL, L"\\Registry\\A\\gastwirt-load3"), &source_attributes, 0x10, parameters, 2,
                        KEY_ALL_ACCESS, &root, NULL),
             STATUS_INVALID_PARAMETER);
    CHECK_EQ(NtLoadKey3(at(NULL, L"\\Registry\\A\\gastwirt-load3"), &source_attributes, 0x10, parameters, 1,
                        KEY_ALL_ACCESS, &root, NULL),
             STATUS_SUCCESS);
    CHECK(root != NULL);
    CHECK_EQ(RegSetValueExA((HKEY)root, "x", 0, REG_SZ, (const BYTE *)"y", 2), 0);
    NtClose(root);
    DeleteFileA(file);
}
