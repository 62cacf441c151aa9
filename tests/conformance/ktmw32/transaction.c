/*
 * Transactions on the registry: what is seen in one and outside, commit, rollback, conflicts, time-outs,
 * kills.
 */
#include "harness.h"

#include <ktmw32.h>

#define ROOT "Software\\Gastwirt Test Transactions"

/* winerror.h of mingw-w64 does not have them. */
#define ERROR_TRANSACTION_NOT_ACTIVE                 6701
#define ERROR_TRANSACTION_ALREADY_ABORTED            6704
#define ERROR_TRANSACTION_ALREADY_COMMITTED          6705
#define ERROR_TRANSACTION_NOT_FOUND                  6715
#define ERROR_TRANSACTIONAL_CONFLICT                 6800
#define ERROR_OPERATION_NOT_SUPPORTED_IN_TRANSACTION 6853

static HANDLE begin(void)
{
    HANDLE transaction = CreateTransaction(NULL, NULL, 0, 0, 0, 0, NULL);
    CHECK(transaction != INVALID_HANDLE_VALUE);
    return transaction;
}

static HKEY root(const char *stem)
{
    HKEY key = NULL;
    char path[128];
    snprintf(path, sizeof path, ROOT "\\%s", stem);
    RegDeleteTreeA(HKEY_CURRENT_USER, path);
    CHECK_EQ(RegCreateKeyExA(HKEY_CURRENT_USER, path, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL), 0);
    return key;
}

static void clean(HKEY key)
{
    RegCloseKey(key);
    RegDeleteTreeA(HKEY_CURRENT_USER, ROOT);
}

static HKEY create_in(HANDLE transaction, HKEY key, const char *path)
{
    HKEY made = NULL;
    CHECK_EQ(
        RegCreateKeyTransactedA(key, path, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &made, NULL, transaction, NULL),
        0);
    return made;
}

static HKEY open_in(HANDLE transaction, HKEY key, const char *path)
{
    HKEY opened = NULL;
    CHECK_EQ(RegOpenKeyTransactedA(key, path, 0, KEY_ALL_ACCESS, &opened, transaction, NULL), 0);
    return opened;
}

static LSTATUS set(HKEY key, const char *name, DWORD value)
{
    return RegSetValueExA(key, name, 0, REG_DWORD, (const BYTE *)&value, sizeof value);
}

/* The value, or the error with its sign turned. */
static LONG get(HKEY key, const char *name)
{
    DWORD value = 0, size = sizeof value;
    LSTATUS error = RegQueryValueExA(key, name, NULL, NULL, (BYTE *)&value, &size);
    return error ? -error : (LONG)value;
}

static LSTATUS exists(HKEY key, const char *path)
{
    HKEY opened;
    LSTATUS error = RegOpenKeyExA(key, path, 0, KEY_READ, &opened);
    if (!error)
        RegCloseKey(opened);
    return error;
}

static DWORD outcome(HANDLE transaction)
{
    DWORD result = 0;
    CHECK(GetTransactionInformation(transaction, &result, NULL, NULL, NULL, 0, NULL));
    return result;
}

TEST(commit)
{
    HKEY key = root("commit"), below, deeper, in;
    DWORD count = 0, disposition = 0;
    char name[64];
    HANDLE transaction = begin();
    CHECK_EQ(set(key, "old", 1), 0);
    CHECK_EQ(set(key, "gone", 2), 0);
    CHECK_EQ(RegCreateKeyA(key, "doomed", &below), 0);
    RegCloseKey(below);
    in = open_in(transaction, key, "");
    CHECK(in != key);
    CHECK_EQ(get(in, "old"), 1);
    CHECK_EQ(set(in, "old", 11), 0);
    CHECK_EQ(set(in, "new", 3), 0);
    CHECK_EQ(RegDeleteValueA(in, "gone"), 0);
    below = create_in(transaction, key, "made");
    CHECK_EQ(set(below, "value", 4), 0);
    CHECK_EQ(RegCreateKeyTransactedA(key, "far\\down\\below", 0, "class", 0, KEY_ALL_ACCESS, NULL, &deeper,
                                     &disposition, transaction, NULL),
             0);
    CHECK_EQ(disposition, REG_CREATED_NEW_KEY);
    CHECK_EQ(set(deeper, NULL, 5), 0);
    CHECK_EQ(RegDeleteKeyTransactedA(key, "doomed", 0, 0, transaction, NULL), 0);
    /* inside */
    CHECK_EQ(get(in, "old"), 11);
    CHECK_EQ(get(in, "new"), 3);
    CHECK_EQ(get(in, "gone"), -ERROR_FILE_NOT_FOUND);
    CHECK_EQ(get(below, "value"), 4);
    CHECK_EQ(RegQueryInfoKeyA(in, NULL, NULL, NULL, &count, NULL, NULL, NULL, NULL, NULL, NULL, NULL), 0);
    CHECK_EQ(count, 2);
    count = sizeof name;
    CHECK_EQ(RegEnumKeyExA(in, 0, name, &count, NULL, NULL, NULL, NULL), 0);
    CHECK_STR(name, "far");
    count = sizeof name;
    CHECK_EQ(RegEnumKeyExA(in, 2, name, &count, NULL, NULL, NULL, NULL), ERROR_NO_MORE_ITEMS);
    count = sizeof name;
    CHECK_EQ(RegEnumValueA(in, 1, name, &count, NULL, NULL, NULL, NULL), 0);
    CHECK_STR(name, "new");
    /* outside */
    CHECK_EQ(get(key, "old"), 1);
    CHECK_EQ(get(key, "new"), -ERROR_FILE_NOT_FOUND);
    CHECK_EQ(get(key, "gone"), 2);
    CHECK_EQ(exists(key, "made"), ERROR_FILE_NOT_FOUND);
    CHECK_EQ(exists(key, "far"), ERROR_FILE_NOT_FOUND);
    CHECK_EQ(exists(key, "doomed"), 0);
    CHECK_EQ(outcome(transaction), TransactionOutcomeUndetermined);
    CHECK(CommitTransaction(transaction));
    CHECK_EQ(outcome(transaction), TransactionOutcomeCommitted);
    CHECK_EQ(get(key, "old"), 11);
    CHECK_EQ(get(key, "new"), 3);
    CHECK_EQ(get(key, "gone"), -ERROR_FILE_NOT_FOUND);
    CHECK_EQ(exists(key, "doomed"), ERROR_FILE_NOT_FOUND);
    CHECK_EQ(exists(key, "far\\down\\below"), 0);
    /* handles of a transaction that is over */
    CHECK_EQ(get(in, "old"), -ERROR_TRANSACTION_NOT_ACTIVE);
    CHECK_EQ(set(below, "value", 5), ERROR_TRANSACTION_NOT_ACTIVE);
    RegCloseKey(in);
    RegCloseKey(below);
    RegCloseKey(deeper);
    CHECK_EQ(RegOpenKeyTransactedA(key, "made", 0, KEY_READ, &in, transaction, NULL),
             ERROR_TRANSACTION_NOT_ACTIVE);
    CHECK_EQ(RegOpenKeyExA(key, "made", 0, KEY_READ, &below), 0);
    CHECK_EQ(get(below, "value"), 4);
    RegCloseKey(below);
    CHECK_ERROR(CommitTransaction(transaction), ERROR_TRANSACTION_ALREADY_COMMITTED);
    CHECK_ERROR(RollbackTransaction(transaction), ERROR_TRANSACTION_ALREADY_COMMITTED);
    CHECK(CloseHandle(transaction));
    clean(key);
}

TEST(roll_back)
{
    HKEY key = root("rollback"), in;
    HANDLE transaction = begin();
    CHECK_EQ(set(key, "value", 1), 0);
    in = open_in(transaction, key, NULL);
    CHECK_EQ(set(in, "value", 2), 0);
    RegCloseKey(create_in(transaction, key, "made"));
    CHECK(RollbackTransaction(transaction));
    CHECK_EQ(outcome(transaction), TransactionOutcomeAborted);
    CHECK_EQ(get(in, "value"), -ERROR_TRANSACTION_NOT_ACTIVE);
    CHECK_EQ(get(key, "value"), 1);
    CHECK_EQ(exists(key, "made"), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(CommitTransaction(transaction), ERROR_TRANSACTION_ALREADY_ABORTED);
    RegCloseKey(in);
    CloseHandle(transaction);
    /* with the last handle */
    transaction = begin();
    in = open_in(transaction, key, "");
    CHECK_EQ(set(in, "value", 3), 0);
    CloseHandle(transaction);
    CHECK_EQ(get(in, "value"), -ERROR_TRANSACTION_NOT_ACTIVE);
    CHECK_EQ(get(key, "value"), 1);
    RegCloseKey(in);
    /* the other two */
    transaction = begin();
    CHECK(RollbackTransactionAsync(transaction));
    CHECK_EQ(outcome(transaction), TransactionOutcomeAborted);
    CloseHandle(transaction);
    transaction = begin();
    in = open_in(transaction, key, "");
    CHECK_EQ(set(in, "value", 4), 0);
    CHECK(CommitTransactionAsync(transaction));
    CHECK_EQ(outcome(transaction), TransactionOutcomeCommitted);
    CHECK_EQ(get(key, "value"), 4);
    RegCloseKey(in);
    CloseHandle(transaction);
    clean(key);
}

TEST(trees_renames_and_security)
{
    HKEY key = root("trees"), in, below;
    HANDLE transaction = begin();
    SECURITY_DESCRIPTOR descriptor;
    BYTE buffer[256];
    DWORD size = sizeof buffer;
    RegCloseKey(create_in(transaction, key, "a\\b\\c"));
    CHECK_EQ(RegCreateKeyA(key, "tree\\one\\two", &below), 0);
    CHECK_EQ(set(below, "value", 1), 0);
    RegCloseKey(below);
    CHECK_EQ(RegCreateKeyA(key, "name", &below), 0);
    RegCloseKey(below);
    in = open_in(transaction, key, "tree");
    CHECK_EQ(RegDeleteTreeA(in, NULL), 0); /* of a transacted handle: in the transaction */
    CHECK_EQ(exists(key, "tree\\one\\two"), 0);
    CHECK_EQ(RegOpenKeyTransactedA(key, "tree\\one", 0, KEY_READ, &below, transaction, NULL),
             ERROR_FILE_NOT_FOUND);
    RegCloseKey(in);
    in = open_in(transaction, key, "a");
    CHECK_EQ(RegDeleteKeyTransactedA(key, "a", 0, 0, transaction, NULL), ERROR_ACCESS_DENIED);
    InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    SetSecurityDescriptorDacl(&descriptor, TRUE, NULL, FALSE);
    CHECK_EQ(RegSetKeySecurity(in, DACL_SECURITY_INFORMATION, &descriptor), 0);
    CHECK_EQ(RegGetKeySecurity(in, DACL_SECURITY_INFORMATION, buffer, &size), 0);
    /* not of the transaction: subkeys of its handles, opened otherwise */
    CHECK_EQ(exists(in, "b"), ERROR_FILE_NOT_FOUND);
    /* what cannot be done in one */
    CHECK_EQ(RegNotifyChangeKeyValue(in, FALSE, REG_NOTIFY_CHANGE_NAME, NULL, FALSE),
             ERROR_OPERATION_NOT_SUPPORTED_IN_TRANSACTION);
    RegCloseKey(in);
    CHECK(CommitTransaction(transaction));
    CHECK_EQ(exists(key, "tree\\one"), ERROR_FILE_NOT_FOUND);
    CHECK_EQ(exists(key, "tree"), 0);
    CHECK_EQ(exists(key, "a\\b\\c"), 0);
    CloseHandle(transaction);
    clean(key);
}

TEST(others_change_the_same)
{
    HKEY key = root("conflict"), first_key, second_key;
    HANDLE first = begin(), second = begin();
    CHECK_EQ(set(key, "value", 1), 0);
    first_key = open_in(first, key, "");
    second_key = open_in(second, key, "");
    CHECK_EQ(set(first_key, "value", 2), 0);
    CHECK_EQ(set(second_key, "value", 3), ERROR_TRANSACTIONAL_CONFLICT);
    CHECK_EQ(get(second_key, "value"), 1);
    RegCloseKey(create_in(first, key, "made"));
    HKEY made = NULL;
    CHECK_EQ(
        RegCreateKeyTransactedA(key, "MADE", 0, NULL, 0, KEY_ALL_ACCESS, NULL, &made, NULL, second, NULL),
        ERROR_TRANSACTIONAL_CONFLICT);
    RegCloseKey(create_in(second, key, "other")); /* of another name: that is allowed */
    CHECK(CommitTransaction(first));
    CHECK_EQ(get(second_key, "value"), 2); /* what was committed is seen */
    CHECK_EQ(set(second_key, "value", 3), 0);
    CHECK(CommitTransaction(second));
    CHECK_EQ(get(key, "value"), 3);
    CHECK_EQ(exists(key, "made"), 0);
    CHECK_EQ(exists(key, "other"), 0);
    RegCloseKey(first_key);
    RegCloseKey(second_key);
    CloseHandle(first);
    CloseHandle(second);
    /* without a transaction: that rolls it back, as documented */
    first = begin();
    first_key = open_in(first, key, "");
    CHECK_EQ(set(first_key, "value", 4), 0);
    CHECK_EQ(set(key, "else", 5), 0);
    CHECK_EQ(set(first_key, "value", 6), ERROR_TRANSACTION_NOT_ACTIVE);
    CHECK_EQ(outcome(first), TransactionOutcomeAborted);
    CHECK_ERROR(CommitTransaction(first), ERROR_TRANSACTION_ALREADY_ABORTED);
    CHECK_EQ(get(key, "value"), 3);
    RegCloseKey(first_key);
    CloseHandle(first);
    /* changes elsewhere do not, and are seen */
    first = begin();
    first_key = open_in(first, key, "");
    second_key = create_in(first, key, "mine");
    CHECK_EQ(set(first_key, "value", 7), 0);
    CHECK_EQ(set(second_key, "x", 8), 0);
    CHECK_EQ(RegOpenKeyExA(key, "made", 0, KEY_ALL_ACCESS, &made), 0);
    CHECK_EQ(set(made, "y", 9), 0);
    RegCloseKey(made);
    made = open_in(first, key, "made");
    CHECK_EQ(get(made, "y"), 9);
    CHECK_EQ(get(second_key, "x"), 8);
    CHECK_EQ(get(first_key, "value"), 7);
    CHECK(CommitTransaction(first));
    CHECK_EQ(get(key, "value"), 7);
    RegCloseKey(made);
    RegCloseKey(first_key);
    RegCloseKey(second_key);
    CloseHandle(first);
    clean(key);
}

TEST(many_changes)
{
    enum { COUNT = 2000 };
    HKEY key = root("many"), in;
    HANDLE transaction = begin();
    char name[32];
    DWORD values = 0, keys = 0;
    in = open_in(transaction, key, "");
    for (int i = 0; i < COUNT; i++) {
        snprintf(name, sizeof name, "value %d", i);
        CHECK_EQ(set(in, name, (DWORD)i), 0);
        if (i % 20 == 0)
            RegCloseKey(create_in(transaction, key, name));
    }
    CHECK_EQ(RegQueryInfoKeyA(key, NULL, NULL, NULL, &keys, NULL, NULL, &values, NULL, NULL, NULL, NULL), 0);
    CHECK_EQ(values, 0);
    CHECK_EQ(keys, 0);
    CHECK(CommitTransaction(transaction));
    CHECK_EQ(RegQueryInfoKeyA(key, NULL, NULL, NULL, &keys, NULL, NULL, &values, NULL, NULL, NULL, NULL), 0);
    CHECK_EQ(values, COUNT);
    CHECK_EQ(keys, COUNT / 20);
    RegCloseKey(in);
    CloseHandle(transaction);
    clean(key);
}

TEST(information)
{
    GUID id, other;
    DWORD result, level = 9, flags = 9, timeout = 9;
    WCHAR description[MAX_TRANSACTION_DESCRIPTION_LENGTH + 1];
    HANDLE transaction = CreateTransaction(NULL, NULL, TRANSACTION_DO_NOT_PROMOTE, 0, 0, 50000,
                                           L"a description");
    CHECK(transaction != INVALID_HANDLE_VALUE);
    CHECK(GetTransactionInformation(transaction, &result, &level, &flags, &timeout, sizeof description,
                                    description));
    CHECK_EQ(result, TransactionOutcomeUndetermined);
    CHECK_EQ(level, 0);
    CHECK_EQ(flags, 0);
    CHECK_EQ(timeout, 50000);
    CHECK_EQ(lstrcmpW(description, L"a description"), 0);
    CHECK(SetTransactionInformation(transaction, 0, 0, 60000, L"another one"));
    CHECK(
        GetTransactionInformation(transaction, NULL, NULL, NULL, &timeout, sizeof description, description));
    CHECK_EQ(timeout, 60000);
    CHECK_EQ(lstrcmpW(description, L"another one"), 0);
    CHECK_ERROR(SetTransactionInformation(transaction, 1, 0, 0, NULL), ERROR_INVALID_PARAMETER);
    CHECK(GetTransactionId(transaction, &id));
    HANDLE again = OpenTransaction(TRANSACTION_ALL_ACCESS, &id);
    CHECK(again != INVALID_HANDLE_VALUE);
    CHECK(GetTransactionId(again, &other));
    CHECK(memcmp(&id, &other, sizeof id) == 0);
    CHECK(CloseHandle(transaction));
    CHECK_EQ(outcome(again), TransactionOutcomeUndetermined); /* it was not the last handle */
    HANDLE weak = OpenTransaction(TRANSACTION_QUERY_INFORMATION, &id);
    CHECK_ERROR(CommitTransaction(weak), ERROR_ACCESS_DENIED);
    CHECK_ERROR(RollbackTransaction(weak), ERROR_ACCESS_DENIED);
    HKEY key;
    CHECK_EQ(RegOpenKeyTransactedA(HKEY_CURRENT_USER, "Software", 0, KEY_READ, &key, weak, NULL),
             ERROR_ACCESS_DENIED);
    CloseHandle(weak);
    CHECK(CommitTransaction(again));
    CHECK(CloseHandle(again));
    SetLastError(0);
    CHECK(OpenTransaction(TRANSACTION_ALL_ACCESS, &id) == INVALID_HANDLE_VALUE);
    CHECK_EQ(GetLastError(), ERROR_TRANSACTION_NOT_FOUND);
    CHECK_ERROR(CommitTransaction(NULL), ERROR_INVALID_HANDLE);
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    CHECK_ERROR(CommitTransaction(event), ERROR_INVALID_HANDLE);
    CHECK_EQ(RegOpenKeyTransactedA(HKEY_CURRENT_USER, "Software", 0, KEY_READ, &key, event, NULL),
             ERROR_INVALID_HANDLE);
    CHECK_EQ(RegOpenKeyTransactedA(HKEY_CURRENT_USER, "Software", 0, KEY_READ, &key, NULL, NULL),
             ERROR_INVALID_HANDLE);
    CloseHandle(event);
}

TEST(time_out)
{
    HKEY key = root("timeout"), in;
    HANDLE transaction = CreateTransaction(NULL, NULL, 0, 0, 0, 60, NULL);
    in = open_in(transaction, key, "");
    CHECK_EQ(set(in, "value", 1), 0);
    CHECK_EQ(outcome(transaction), TransactionOutcomeUndetermined);
    Sleep(120);
    CHECK_EQ(outcome(transaction), TransactionOutcomeAborted);
    CHECK_EQ(set(in, "value", 2), ERROR_TRANSACTION_NOT_ACTIVE);
    CHECK_ERROR(CommitTransaction(transaction), ERROR_TRANSACTION_ALREADY_ABORTED);
    CHECK_EQ(get(key, "value"), -ERROR_FILE_NOT_FOUND);
    RegCloseKey(in);
    CloseHandle(transaction);
    clean(key);
}

/* Changes in a transaction, says so, and waits to be killed. */
CHILD(holder)
{
    HKEY key, in;
    HANDLE transaction = begin();
    if (RegOpenKeyExA(HKEY_CURRENT_USER, ROOT "\\killed", 0, KEY_ALL_ACCESS, &key))
        return 1;
    in = open_in(transaction, key, "");
    if (set(in, "value", 2) || !SetEvent(OpenEventA(EVENT_MODIFY_STATE, FALSE, argv[0])))
        return 2;
    Sleep(INFINITE);
    return 3;
}

TEST(killed)
{
    HKEY key = root("killed"), in;
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, "gastwirt transaction test"), transaction = begin();
    STARTUPINFOA info = {.cb = sizeof info};
    PROCESS_INFORMATION process;
    char self[MAX_PATH], line[512];
    CHECK_EQ(set(key, "value", 1), 0);
    GetModuleFileNameA(NULL, self, sizeof self);
    snprintf(line, sizeof line, "\"%s\" --child holder \"gastwirt transaction test\"", self);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &info, &process));
    CHECK_EQ(WaitForSingleObject(event, 20000), WAIT_OBJECT_0);
    in = open_in(transaction, key, "");
    CHECK_EQ(get(in, "value"), 1);
    CHECK_EQ(set(in, "value", 3), ERROR_TRANSACTIONAL_CONFLICT); /* between processes too */
    CHECK(TerminateProcess(process.hProcess, 0));
    CHECK_EQ(WaitForSingleObject(process.hProcess, 20000), WAIT_OBJECT_0);
    CHECK_EQ(get(key, "value"), 1);
    CHECK_EQ(set(in, "value", 3), 0); /* nothing is left of it */
    CHECK(CommitTransaction(transaction));
    CHECK_EQ(get(key, "value"), 3);
    RegCloseKey(in);
    CloseHandle(transaction);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
    CloseHandle(event);
    clean(key);
}

TEST(parameters)
{
    HKEY key = root("parameters"), made = NULL;
    HANDLE transaction = begin();
    CHECK_EQ(RegCreateKeyTransactedA(key, NULL, 0, NULL, 0, KEY_READ, NULL, &made, NULL, transaction, NULL),
             ERROR_BADKEY);
    CHECK_EQ(RegCreateKeyTransactedW(key, L"x", 1, NULL, 0, KEY_READ, NULL, &made, NULL, transaction, NULL),
             ERROR_INVALID_PARAMETER);
    CHECK_EQ(RegCreateKeyTransactedW(key, L"\\x", 0, NULL, 0, KEY_READ, NULL, &made, NULL, transaction, NULL),
             ERROR_BAD_PATHNAME);
    CHECK_EQ(RegOpenKeyTransactedW(key, L"none", 0, KEY_READ, &made, transaction, NULL),
             ERROR_FILE_NOT_FOUND);
    CHECK_EQ(RegDeleteKeyTransactedW(key, L"none", 0, 0, transaction, NULL), ERROR_FILE_NOT_FOUND);
    CHECK_EQ(RegDeleteKeyTransactedW(key, NULL, 0, 0, transaction, NULL), ERROR_INVALID_PARAMETER);
    /* the machine's and the user's classes */
    CHECK_EQ(RegCreateKeyTransactedA(HKEY_CLASSES_ROOT, ".gastwirt-transaction", 0, NULL, 0, KEY_ALL_ACCESS,
                                     NULL, &made, NULL, transaction, NULL),
             0);
    RegCloseKey(made);
    CHECK_EQ(exists(HKEY_CLASSES_ROOT, ".gastwirt-transaction"), ERROR_FILE_NOT_FOUND);
    CHECK(RollbackTransaction(transaction));
    CHECK_EQ(exists(HKEY_CLASSES_ROOT, ".gastwirt-transaction"), ERROR_FILE_NOT_FOUND);
    CloseHandle(transaction);
    clean(key);
}
