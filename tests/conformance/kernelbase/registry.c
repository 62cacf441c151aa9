/*
 * The registry's files and views: saving, restoring, loading, replacing keys, classes of users, predefined
 * handles.
 */
#include "../harness.h"

static HKEY make(const char *path)
{
    HKEY key = NULL;

    CHECK_EQ(RegCreateKeyExA(HKEY_CURRENT_USER, path, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL), 0);
    return key;
}

static BOOL enable(const char *name)
{
    HANDLE token;
    TOKEN_PRIVILEGES privileges = {1, {{{0, 0}, SE_PRIVILEGE_ENABLED}}};

    OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &token);
    BOOL good = LookupPrivilegeValueA(NULL, name, &privileges.Privileges[0].Luid) &&
                AdjustTokenPrivileges(token, FALSE, &privileges, 0, NULL, NULL) &&
                GetLastError() == ERROR_SUCCESS;
    CloseHandle(token);
    return good;
}

TEST(saving_and_restoring)
{
    ORACLE_DIFFERS("hives are not checked, restoring does nothing");
    HKEY key = make("Software\\confa save\\inner"), other = make("Software\\confa restore"), outer = NULL;
    DWORD value = 77, got = 0, size = sizeof got;

    if (!enable(SE_BACKUP_NAME) || !enable(SE_RESTORE_NAME)) {
        CHECK_EQ(RegSaveKeyW(key, L"hive", NULL), ERROR_PRIVILEGE_NOT_HELD);
        CHECK_EQ(RegSaveKeyExW(key, L"hive", NULL, REG_LATEST_FORMAT), ERROR_PRIVILEGE_NOT_HELD);
        CHECK_EQ(RegSaveKeyExA(key, "hive", NULL, REG_LATEST_FORMAT), ERROR_PRIVILEGE_NOT_HELD);
        CHECK_EQ(RegRestoreKeyW(key, L"hive", 0), ERROR_PRIVILEGE_NOT_HELD);
        return;
    }
    CHECK_EQ(RegSetValueExA(key, "number", 0, REG_DWORD, (BYTE *)&value, sizeof value), 0);
    CHECK_EQ(RegOpenKeyExA(HKEY_CURRENT_USER, "Software\\confa save", 0, KEY_ALL_ACCESS, &outer), 0);
    CHECK_EQ(RegSaveKeyW(outer, L"hive", NULL), 0);
    CHECK_EQ(RegSaveKeyW(outer, L"hive", NULL), ERROR_ALREADY_EXISTS);
    CHECK_EQ(RegSaveKeyExW(outer, L"hive2", NULL, REG_LATEST_FORMAT), 0);
    CHECK_EQ(RegSaveKeyExA(outer, "hive3", NULL, REG_LATEST_FORMAT), 0);
    CHECK_EQ(RegSaveKeyExW(outer, L"hive4", NULL, 77), ERROR_INVALID_PARAMETER);
    CHECK_EQ(RegRestoreKeyW(other, L"hive", 0), 0);
    CHECK_EQ(RegGetValueA(other, "inner", "number", RRF_RT_REG_DWORD, NULL, &got, &size), 0);
    CHECK_EQ(got, 77);
    CHECK_EQ(RegRestoreKeyW(other, L"no such file", 0), ERROR_FILE_NOT_FOUND);
    CHECK(DeleteFileA("hive") && DeleteFileA("hive2") && DeleteFileA("hive3"));
    RegCloseKey(key);
    RegCloseKey(outer);
    RegCloseKey(other);
    CHECK_EQ(RegDeleteTreeA(HKEY_CURRENT_USER, "Software\\confa save"), 0);
    CHECK_EQ(RegDeleteTreeA(HKEY_CURRENT_USER, "Software\\confa restore"), 0);
}

TEST(loading)
{
    if (!enable(SE_BACKUP_NAME) || !enable(SE_RESTORE_NAME)) {
        CHECK_EQ(RegLoadKeyW(HKEY_USERS, L"confa hive", L"hive"), ERROR_PRIVILEGE_NOT_HELD);
        CHECK_EQ(RegUnLoadKeyW(HKEY_USERS, L"confa hive"), ERROR_PRIVILEGE_NOT_HELD);
        return;
    }
    HKEY key = make("Software\\confa load\\inner");
    HKEY outer = make("Software\\confa load"), loaded = NULL;
    CHECK_EQ(RegSaveKeyW(outer, L"loaded hive", NULL), 0);
    CHECK_EQ(RegLoadKeyW(HKEY_USERS, L"confa hive", L"loaded hive"), 0);
    CHECK_EQ(RegOpenKeyExA(HKEY_USERS, "confa hive\\inner", 0, KEY_READ, &loaded), 0);
    RegCloseKey(loaded);
    CHECK_EQ(RegUnLoadKeyW(HKEY_USERS, L"confa hive"), 0);
    CHECK_EQ(RegOpenKeyExA(HKEY_USERS, "confa hive", 0, KEY_READ, &loaded), ERROR_FILE_NOT_FOUND);
    CHECK(RegLoadKeyW(HKEY_USERS, L"confa hive", L"no such file") != 0);
    CHECK(RegUnLoadKeyW(HKEY_USERS, L"no such hive") != 0);
    RegCloseKey(key);
    RegCloseKey(outer);
    DeleteFileA("loaded hive");
    RegDeleteTreeA(HKEY_CURRENT_USER, "Software\\confa load");
}

TEST(odds)
{
    ORACLE_CRASHES("RegDisablePredefinedCacheEx is missing");
    HKEY key = make("Software\\confa odds"), classes = NULL;
    BOOL disabled = 77;
    HANDLE token = NULL;

    OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token);
    CHECK_EQ(RegOpenUserClassesRoot(token, 0, KEY_READ, &classes), 0);
    CHECK(classes != NULL);
    RegCloseKey(classes);
    CHECK_EQ(RegOpenUserClassesRoot(token, 7, KEY_READ, &classes), ERROR_INVALID_PARAMETER);
    CloseHandle(token);
    CHECK_EQ(RegDisablePredefinedCache(), 0);
    CHECK_EQ(RegDisablePredefinedCacheEx(), 0);
    CHECK_EQ(RegDisableReflectionKey(key), 0);
    CHECK_EQ(RegEnableReflectionKey(key), 0);
    CHECK_EQ(RegQueryReflectionKey(key, &disabled), 0);
    CHECK(disabled == TRUE || disabled == FALSE);
    CHECK(RegReplaceKeyA(key, NULL, "none", "backup") != 0);
    CHECK(RegReplaceKeyW(key, NULL, L"none", L"backup") != 0);
    RegCloseKey(key);
    RegDeleteKeyA(HKEY_CURRENT_USER, "Software\\confa odds");
}
