/*
 * Keys and files: RegSaveKey, RegRestoreKey, RegLoadKey, RegUnLoadKey, RegLoadAppKey.
 */
#include "harness.h"

#define ROOT "Software\\Gastwirt Test Hives"

static char file[MAX_PATH];

static const char *hive_file(void)
{
    char temp[MAX_PATH];
    GetTempPathA(sizeof temp, temp);
    snprintf(file, sizeof file, "%sgastwirt-%lu.hive", temp, GetCurrentProcessId());
    DeleteFileA(file);
    return file;
}

static BOOL enable(const char *privilege, BOOL on)
{
    TOKEN_PRIVILEGES privileges = {.PrivilegeCount = 1};
    HANDLE token;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, &token) ||
        !LookupPrivilegeValueA(NULL, privilege, &privileges.Privileges[0].Luid))
        return FALSE;
    privileges.Privileges[0].Attributes = on ? SE_PRIVILEGE_ENABLED : 0;
    BOOL good = AdjustTokenPrivileges(token, FALSE, &privileges, 0, NULL, NULL) &&
                GetLastError() == ERROR_SUCCESS;
    CloseHandle(token);
    return good;
}

static HKEY make_sample(void)
{
    HKEY key, below;
    DWORD number = 42;
    BYTE big[20000];
    for (DWORD i = 0; i < sizeof big; i++)
        big[i] = (BYTE)(i * 7);
    RegDeleteTreeA(HKEY_CURRENT_USER, ROOT);
    CHECK_EQ(RegCreateKeyExA(HKEY_CURRENT_USER, ROOT, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL), 0);
    RegSetValueExA(key, "text", 0, REG_SZ, (const BYTE *)"some text", 10);
    RegSetValueExA(key, "number", 0, REG_DWORD, (const BYTE *)&number, 4);
    RegSetValueExA(key, "big", 0, REG_BINARY, big, sizeof big);
    RegSetValueExA(key, NULL, 0, REG_SZ, (const BYTE *)"default", 8);
    RegCreateKeyExA(key, "below\\deeper", 0, NULL, 0, KEY_ALL_ACCESS, NULL, &below, NULL);
    RegSetValueExA(below, "x", 0, REG_DWORD, (const BYTE *)&number, 4);
    RegCloseKey(below);
    RegCreateKeyExA(key, "with a class", 0, (char *)"the class", 0, KEY_ALL_ACCESS, NULL, &below, NULL);
    RegCloseKey(below);
    RegCreateKeyExA(key, "volatile", 0, NULL, REG_OPTION_VOLATILE, KEY_ALL_ACCESS, NULL, &below, NULL);
    RegCloseKey(below);
    return key;
}

static void check_sample(HKEY key)
{
    BYTE data[20000];
    char class[32];
    DWORD type, size = sizeof data, number = 0, subkeys = 0, values = 0;
    HKEY below;
    CHECK_EQ(RegQueryValueExA(key, "TEXT", NULL, &type, data, &size), 0);
    CHECK_EQ(type, REG_SZ);
    CHECK(size == 10 && strcmp((char *)data, "some text") == 0);
    size = sizeof data;
    CHECK_EQ(RegQueryValueExA(key, "big", NULL, &type, data, &size), 0);
    CHECK_EQ(size, 20000);
    CHECK_EQ(data[19999], (BYTE)(19999 * 7));
    size = sizeof data;
    CHECK_EQ(RegQueryValueExA(key, NULL, NULL, &type, data, &size), 0);
    CHECK(strcmp((char *)data, "default") == 0);
    size = 4;
    CHECK_EQ(RegGetValueA(key, "below\\deeper", "x", RRF_RT_REG_DWORD, NULL, &number, &size), 0);
    CHECK_EQ(number, 42);
    CHECK_EQ(RegQueryInfoKeyA(key, NULL, NULL, NULL, &subkeys, NULL, NULL, &values, NULL, NULL, NULL, NULL),
             0);
    CHECK_EQ(subkeys, 2); /* volatile keys are not saved */
    CHECK_EQ(values, 4);
    CHECK_EQ(RegOpenKeyExA(key, "with a class", 0, KEY_READ, &below), 0);
    size = sizeof class;
    CHECK_EQ(RegQueryInfoKeyA(below, class, &size, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), 0);
    CHECK(strcmp(class, "the class") == 0);
    RegCloseKey(below);
}

static void clean(HKEY key)
{
    RegCloseKey(key);
    RegDeleteTreeA(HKEY_CURRENT_USER, ROOT);
    DeleteFileA(file);
}

TEST(privileges)
{
    ORACLE_DIFFERS("documented: flags are checked, an existing file is not replaced");
    HKEY key = make_sample();
    if (!harness_is_wine()) { /* asks for none */
        CHECK_EQ(RegSaveKeyA(key, hive_file(), NULL), ERROR_PRIVILEGE_NOT_HELD);
        CHECK_EQ(GetFileAttributesA(file), INVALID_FILE_ATTRIBUTES);
        CHECK_EQ(RegLoadKeyA(HKEY_USERS, "GwHive", file), ERROR_PRIVILEGE_NOT_HELD);
    }
    CHECK_EQ(RegSaveKeyExA(key, hive_file(), NULL, 77), ERROR_INVALID_PARAMETER);
    CHECK(enable("SeBackupPrivilege", TRUE));
    CHECK_EQ(RegSaveKeyA(key, hive_file(), NULL), 0);
    CHECK_EQ(RegSaveKeyA(key, file, NULL), ERROR_ALREADY_EXISTS);
    CHECK(enable("SeBackupPrivilege", FALSE));
    clean(key);
}

TEST(save_and_restore)
{
    ORACLE_DIFFERS("wine saves keys as text");
    HKEY key = make_sample(), target;
    HANDLE handle;
    DWORD done, flags[] = {REG_STANDARD_FORMAT, REG_LATEST_FORMAT};
    char head[4];
    CHECK(enable("SeBackupPrivilege", TRUE));
    CHECK(enable("SeRestorePrivilege", TRUE));
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(RegSaveKeyExA(key, hive_file(), NULL, flags[i]), 0);
        handle = CreateFileA(file, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
        CHECK(ReadFile(handle, head, 4, &done, NULL) && memcmp(head, "regf", 4) == 0);
        CloseHandle(handle);
        CHECK_EQ(
            RegCreateKeyExA(HKEY_CURRENT_USER, ROOT " copy", 0, NULL, 0, KEY_ALL_ACCESS, NULL, &target, NULL),
            0);
        RegSetValueExA(target, "old", 0, REG_SZ, (const BYTE *)"", 1);
        CHECK_EQ(RegRestoreKeyA(target, file, REG_FORCE_RESTORE), 0);
        check_sample(target);
        CHECK_EQ(RegQueryValueExA(target, "old", NULL, NULL, NULL, NULL), ERROR_FILE_NOT_FOUND);
        RegCloseKey(target);
        RegDeleteTreeA(HKEY_CURRENT_USER, ROOT " copy");
    }
    CHECK_EQ(RegRestoreKeyA(key, "C:\\no such file", 0), ERROR_FILE_NOT_FOUND);
    enable("SeBackupPrivilege", FALSE);
    enable("SeRestorePrivilege", FALSE);
    clean(key);
}

TEST(load_and_unload)
{
    ORACLE_DIFFERS("wine keeps a loaded hive in its own format");
    HKEY key = make_sample(), hive, made;
    DWORD number = 77, size = 4;
    CHECK(enable("SeBackupPrivilege", TRUE));
    CHECK(enable("SeRestorePrivilege", TRUE));
    CHECK_EQ(RegSaveKeyA(key, hive_file(), NULL), 0);
    CHECK_EQ(RegLoadKeyA(HKEY_CURRENT_USER, "GwHive", file), ERROR_INVALID_PARAMETER);
    CHECK_EQ(RegLoadKeyA(HKEY_USERS, "GwHive", file), 0);
    CHECK_EQ(RegOpenKeyExA(HKEY_USERS, "GwHive", 0, KEY_ALL_ACCESS, &hive), 0);
    check_sample(hive);
    /* changes go to the file */
    CHECK_EQ(RegSetValueExA(hive, "changed", 0, REG_DWORD, (const BYTE *)&number, 4), 0);
    CHECK_EQ(RegCreateKeyExA(hive, "new", 0, NULL, 0, KEY_READ, NULL, &made, NULL), 0);
    RegCloseKey(made);
    CHECK_EQ(RegFlushKey(hive), 0);
    RegCloseKey(hive);
    CHECK_EQ(RegUnLoadKeyA(HKEY_USERS, "GwHive"), 0);
    CHECK_EQ(RegOpenKeyExA(HKEY_USERS, "GwHive", 0, KEY_READ, &hive), ERROR_FILE_NOT_FOUND);
    CHECK_EQ(RegUnLoadKeyA(HKEY_USERS, "GwHive"), ERROR_FILE_NOT_FOUND);
    CHECK_EQ(RegLoadKeyA(HKEY_USERS, "GwHive", file), 0);
    number = 0;
    CHECK_EQ(RegGetValueA(HKEY_USERS, "GwHive", "changed", RRF_RT_REG_DWORD, NULL, &number, &size), 0);
    CHECK_EQ(number, 77);
    CHECK_EQ(RegOpenKeyExA(HKEY_USERS, "GwHive\\new", 0, KEY_READ, &made), 0);
    RegCloseKey(made);
    CHECK_EQ(RegUnLoadKeyA(HKEY_USERS, "GwHive"), 0);
    /* only what was loaded is unloaded, only hives are loaded */
    CHECK_EQ(RegUnLoadKeyA(HKEY_LOCAL_MACHINE, "SOFTWARE"), ERROR_INVALID_PARAMETER);
    HANDLE handle = CreateFileA(hive_file(), GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    CHECK(WriteFile(handle, "this is no hive", 15, &size, NULL));
    CloseHandle(handle);
    CHECK_EQ(RegLoadKeyA(HKEY_USERS, "GwHive", file), ERROR_BADDB);
    enable("SeBackupPrivilege", FALSE);
    enable("SeRestorePrivilege", FALSE);
    clean(key);
}

TEST(application_hives)
{
    ORACLE_CRASHES("wine has no hives of applications");
    HKEY hive, below, other;
    DWORD number = 5, size = 4;
    CHECK_EQ(RegLoadAppKeyA(hive_file(), NULL, KEY_ALL_ACCESS, 0, 0), ERROR_INVALID_PARAMETER);
    CHECK_EQ(RegLoadAppKeyA(file, &hive, KEY_ALL_ACCESS, 0, 0), 0); /* without any privilege, and made */
    CHECK_EQ(RegCreateKeyExA(hive, "settings", 0, NULL, 0, KEY_ALL_ACCESS, NULL, &below, NULL), 0);
    CHECK_EQ(RegSetValueExA(below, "number", 0, REG_DWORD, (const BYTE *)&number, 4), 0);
    RegCloseKey(hive); /* the hive stays as long as a key in it is open */
    number = 0;
    CHECK_EQ(RegQueryValueExA(below, "number", NULL, NULL, (BYTE *)&number, &size), 0);
    CHECK_EQ(number, 5);
    CHECK_EQ(RegOpenKeyExA(below, NULL, 0, KEY_READ, &other), 0);
    RegCloseKey(below);
    RegCloseKey(other);
    CHECK_EQ(RegLoadAppKeyA(file, &hive, KEY_READ, 0, 0), 0);
    number = 0;
    CHECK_EQ(RegGetValueA(hive, "settings", "number", RRF_RT_REG_DWORD, NULL, &number, &size), 0);
    CHECK_EQ(number, 5);
    RegCloseKey(hive);
    CHECK(DeleteFileA(file));
}
