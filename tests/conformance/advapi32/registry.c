/* Registry keys: views, links, volatile keys, trees, notification, packed queries, hive files. */
#include "../harness.h"

static HKEY make(const char *path, DWORD options)
{
    HKEY key = NULL;
    CHECK_EQ(RegCreateKeyExA(HKEY_CURRENT_USER, path, 0, NULL, options, KEY_ALL_ACCESS, NULL, &key, NULL), 0);
    return key;
}

static void set(HKEY key, const char *name, DWORD value)
{
    CHECK_EQ(RegSetValueExA(key, name, 0, REG_DWORD, (BYTE *)&value, sizeof value), 0);
}

static DWORD get(HKEY key, const char *name)
{
    DWORD value = 0xdead, size = sizeof value;
    CHECK_EQ(RegQueryValueExA(key, name, NULL, NULL, (BYTE *)&value, &size), 0);
    return value;
}

TEST(trees)
{
    HKEY a = make("Software\\GwTest\\A", 0), deep = make("Software\\GwTest\\A\\B\\C", 0), b, copied;
    set(deep, "x", 7);
    b = make("Software\\GwTest\\Copy", 0);
    CHECK_EQ(RegCopyTreeA(a, NULL, b), 0);
    CHECK_EQ(RegOpenKeyExA(b, "B\\C", 0, KEY_READ, &copied), 0);
    CHECK_EQ(get(copied, "x"), 7);
    RegCloseKey(copied);
    CHECK_EQ(RegDeleteKeyA(a, "B"), ERROR_ACCESS_DENIED); /* has subkeys */
    RegCloseKey(deep);
    CHECK_EQ(RegDeleteTreeA(a, "B"), 0);
    CHECK_EQ(RegOpenKeyExA(a, "B", 0, KEY_READ, &copied), ERROR_FILE_NOT_FOUND);
    RegCloseKey(a);
    RegCloseKey(b);
    CHECK_EQ(RegDeleteTreeA(HKEY_CURRENT_USER, "Software\\GwTest"), 0);
}

TEST(volatile_keys)
{
    HKEY key = make("Software\\GwVolatile", REG_OPTION_VOLATILE), child;
    /* below a volatile key all are */
    CHECK_EQ(RegCreateKeyExA(key, "Child", 0, NULL, 0, KEY_ALL_ACCESS, NULL, &child, NULL),
             ERROR_CHILD_MUST_BE_VOLATILE);
    CHECK_EQ(RegCreateKeyExA(key, "Child", 0, NULL, REG_OPTION_VOLATILE, KEY_ALL_ACCESS, NULL, &child, NULL),
             0);
    RegCloseKey(child);
    RegCloseKey(key);
    CHECK_EQ(RegDeleteTreeA(HKEY_CURRENT_USER, "Software\\GwVolatile"), 0);
}

TEST(links)
{
    HKEY target = make("Software\\GwTarget", 0), link, through;
    WCHAR path[256];
    DWORD size;
    set(target, "x", 5);
    link = NULL;
    CHECK_EQ(RegCreateKeyExA(HKEY_CURRENT_USER, "Software\\GwLink", 0, NULL,
                             REG_OPTION_CREATE_LINK | REG_OPTION_VOLATILE, KEY_ALL_ACCESS | KEY_CREATE_LINK,
                             NULL, &link, NULL),
             0);
    LONG(NTAPI * query)
    (HANDLE, int, void *, ULONG, ULONG *) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"),
                                                                   "NtQueryKey");
    struct {
        ULONG length;
        WCHAR name[250];
    } name;
    CHECK_STATUS(query(target, 3 /* KeyNameInformation */, &name, sizeof name, &size), 0);
    memcpy(path, name.name, name.length);
    CHECK_EQ(RegSetValueExW(link, L"SymbolicLinkValue", 0, REG_LINK, (BYTE *)path, name.length), 0);
    RegCloseKey(link);
    CHECK_EQ(RegOpenKeyExA(HKEY_CURRENT_USER, "Software\\GwLink", 0, KEY_READ, &through), 0);
    CHECK_EQ(get(through, "x"), 5);
    RegCloseKey(through);
    CHECK_EQ(
        RegOpenKeyExA(HKEY_CURRENT_USER, "Software\\GwLink", REG_OPTION_OPEN_LINK, KEY_ALL_ACCESS, &link), 0);
    LONG(NTAPI * delete)(HANDLE) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtDeleteKey");
    CHECK_STATUS(delete (link), 0);
    RegCloseKey(link);
    RegCloseKey(target);
    CHECK_EQ(RegDeleteKeyA(HKEY_CURRENT_USER, "Software\\GwTarget"), 0);
}

TEST(renaming)
{
    HKEY key = make("Software\\GwOld\\Sub", 0), parent = make("Software", 0), fresh;
    LONG(WINAPI * rename)
    (HKEY, const WCHAR *, const WCHAR *) = (void *)GetProcAddress(GetModuleHandleA("advapi32.dll"),
                                                                  "RegRenameKey");
    set(key, "x", 9);
    RegCloseKey(key);
    CHECK(rename != NULL);
    CHECK_EQ(rename(parent, L"GwOld", L"GwNew"), 0);
    CHECK_EQ(RegOpenKeyExA(parent, "GwNew\\Sub", 0, KEY_READ, &fresh), 0);
    CHECK_EQ(get(fresh, "x"), 9);
    RegCloseKey(fresh);
    CHECK_EQ(RegDeleteTreeA(parent, "GwNew"), 0);
    RegCloseKey(parent);
}

TEST(notification)
{
    HKEY key = make("Software\\GwNotify", 0);
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    CHECK_EQ(RegNotifyChangeKeyValue(key, TRUE, REG_NOTIFY_CHANGE_LAST_SET, event, TRUE), 0);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    set(key, "x", 1);
    CHECK_EQ(WaitForSingleObject(event, 1000), WAIT_OBJECT_0);
    set(key, "x", 2); /* one shot */
    CHECK_EQ(WaitForSingleObject(event, 50), WAIT_TIMEOUT);
    CloseHandle(event);
    RegCloseKey(key);
    RegDeleteKeyA(HKEY_CURRENT_USER, "Software\\GwNotify");
}

TEST(typed_queries)
{
    HKEY key = make("Software\\GwTyped", 0);
    char text[64];
    DWORD size = sizeof text, type, value;
    set(key, "number", 3);
    CHECK_EQ(RegSetValueExA(key, "expand", 0, REG_EXPAND_SZ, (BYTE *)"%GW_NO%x", 9), 0);
    CHECK_EQ(RegGetValueA(key, NULL, "number", RRF_RT_REG_SZ, NULL, text, &size), ERROR_UNSUPPORTED_TYPE);
    size = sizeof value;
    CHECK_EQ(
        RegGetValueA(HKEY_CURRENT_USER, "Software\\GwTyped", "number", RRF_RT_DWORD, &type, &value, &size),
        0);
    CHECK_EQ(value, 3);
    size = sizeof text;
    SetEnvironmentVariableA("GW_NO", "yes-");
    CHECK_EQ(RegGetValueA(key, NULL, "expand", RRF_RT_REG_SZ, &type, text, &size), 0);
    CHECK_STR(text, "yes-x");
    CHECK_EQ(RegGetValueA(key, NULL, "none", RRF_RT_ANY, NULL, NULL, NULL), ERROR_FILE_NOT_FOUND);
    RegCloseKey(key);
    RegDeleteKeyA(HKEY_CURRENT_USER, "Software\\GwTyped");
}

TEST(several_values)
{
    HKEY key = make("Software\\GwSeveral", 0);
    VALENTW list[2] = {{(WCHAR *)L"a", 0, 0, 0}, {(WCHAR *)L"b", 0, 0, 0}};
    DWORD buffer[8], size = sizeof buffer;
    if (harness_is_wine()) /* not there */
        return;
    set(key, "a", 1);
    set(key, "b", 2);
    CHECK_EQ(RegQueryMultipleValuesW(key, list, 2, (WCHAR *)buffer, &size), 0);
    CHECK_EQ(size, 8);
    CHECK_EQ(*(DWORD *)list[1].ve_valueptr, 2);
    CHECK_EQ(list[1].ve_type, REG_DWORD);
    size = 4;
    CHECK_EQ(RegQueryMultipleValuesW(key, list, 2, (WCHAR *)buffer, &size), ERROR_MORE_DATA);
    CHECK_EQ(size, 8);
    list[0].ve_valuename = (WCHAR *)L"none";
    CHECK_EQ(RegQueryMultipleValuesW(key, list, 2, (WCHAR *)buffer, &size), ERROR_CANTREAD);
    RegCloseKey(key);
    RegDeleteKeyA(HKEY_CURRENT_USER, "Software\\GwSeveral");
}

TEST(hive_files)
{
    HKEY key = make("Software\\GwHive", 0);
    if (harness_is_wine()) /* asks for no privilege */
        return;
    CHECK_EQ(RegSaveKeyA(key, "gw.hive", NULL), ERROR_PRIVILEGE_NOT_HELD);
    CHECK_EQ(RegRestoreKeyA(key, "gw.hive", 0), ERROR_PRIVILEGE_NOT_HELD);
    CHECK_EQ(RegLoadKeyA(HKEY_USERS, "GwHive", "gw.hive"), ERROR_PRIVILEGE_NOT_HELD);
    CHECK_EQ(RegUnLoadKeyA(HKEY_USERS, "GwHive"), ERROR_PRIVILEGE_NOT_HELD);
    CHECK_EQ(RegSaveKeyA(NULL, "gw.hive", NULL), ERROR_INVALID_HANDLE);
    RegCloseKey(key);
    RegDeleteKeyA(HKEY_CURRENT_USER, "Software\\GwHive");
}
