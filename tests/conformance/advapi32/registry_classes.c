/*
 * HKEY_CLASSES_ROOT shows the user's Software\Classes over the machine's.
 */
#include "harness.h"

#define USER    "Software\\Classes\\"
#define MACHINE "Software\\Classes\\"

static void put(HKEY root, const char *path, const char *name, const char *text)
{
    HKEY key;
    CHECK_EQ(RegCreateKeyExA(root, path, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL), 0);
    CHECK_EQ(RegSetValueExA(key, name, 0, REG_SZ, (const BYTE *)text, (DWORD)strlen(text) + 1), 0);
    RegCloseKey(key);
}

static const char *get(HKEY root, const char *path, const char *name)
{
    static char text[4][64];
    static unsigned next;
    char *result = text[next++ % 4];
    DWORD size = 64;
    if (RegGetValueA(root, path, name, RRF_RT_REG_SZ, NULL, result, &size))
        strcpy(result, "(none)");
    return result;
}

static void clean(void)
{
    static const char *const names[] = {"gwtest.both",      "gwtest.user",       "gwtest.machine",
                                        "gwtest.made",      "CLSID\\{gwtest-1}", "CLSID\\{gwtest-2}",
                                        "CLSID\\{gwtest-3}"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[128];
        snprintf(path, sizeof path, "Software\\Classes\\%s", names[i]);
        RegDeleteTreeA(HKEY_CURRENT_USER, path);
        RegDeleteTreeA(HKEY_LOCAL_MACHINE, path);
    }
}

static BOOL enumerated(HKEY key, const char *wanted, DWORD *ret_times)
{
    char name[256];
    DWORD size = sizeof name;
    *ret_times = 0;
    for (DWORD i = 0; RegEnumKeyExA(key, i, name, &size, NULL, NULL, NULL, NULL) == 0;
         i++, size = sizeof name)
        *ret_times += _stricmp(name, wanted) == 0;
    return *ret_times != 0;
}

TEST(the_users_key_hides_the_machines)
{
    HKEY key;
    ORACLE_DIFFERS("the machine's classes only");
    clean();
    put(HKEY_LOCAL_MACHINE, MACHINE "gwtest.both", NULL, "machine");
    put(HKEY_LOCAL_MACHINE, MACHINE "gwtest.both\\shell", NULL, "machine");
    put(HKEY_CURRENT_USER, USER "gwtest.both", NULL, "user");
    put(HKEY_LOCAL_MACHINE, MACHINE "gwtest.machine", NULL, "machine");
    put(HKEY_CURRENT_USER, USER "gwtest.user", NULL, "user");
    CHECK_STR(get(HKEY_CLASSES_ROOT, "gwtest.both", NULL), "user");
    CHECK_STR(get(HKEY_CLASSES_ROOT, "gwtest.machine", NULL), "machine");
    CHECK_STR(get(HKEY_CLASSES_ROOT, "gwtest.user", NULL), "user");
    /* documented: what is below the machine's key of that name is not shown */
    CHECK_EQ(RegOpenKeyExA(HKEY_CLASSES_ROOT, "gwtest.both\\shell", 0, KEY_READ, &key), ERROR_FILE_NOT_FOUND);
    CHECK_EQ(RegOpenKeyExA(HKEY_CLASSES_ROOT, "gwtest.none", 0, KEY_READ, &key), ERROR_FILE_NOT_FOUND);
    /* What is deleted is what is seen. */
    CHECK_EQ(RegDeleteKeyA(HKEY_CLASSES_ROOT, "gwtest.both"), 0);
    CHECK_STR(get(HKEY_CLASSES_ROOT, "gwtest.both", NULL), "machine");
    clean();
}

TEST(enumeration_shows_both_once)
{
    DWORD times, subkeys = 0, user = 0, machine = 0, longest = 0;
    HKEY key;
    ORACLE_DIFFERS("the machine's classes only");
    clean();
    put(HKEY_LOCAL_MACHINE, MACHINE "gwtest.both", NULL, "machine");
    put(HKEY_CURRENT_USER, USER "gwtest.both", NULL, "user");
    put(HKEY_LOCAL_MACHINE, MACHINE "gwtest.machine", NULL, "machine");
    put(HKEY_CURRENT_USER, USER "gwtest.user", NULL, "user");
    CHECK(enumerated(HKEY_CLASSES_ROOT, "gwtest.both", &times));
    CHECK_EQ(times, 1);
    CHECK(enumerated(HKEY_CLASSES_ROOT, "gwtest.machine", &times));
    CHECK(enumerated(HKEY_CLASSES_ROOT, "gwtest.user", &times));
    CHECK_EQ(RegQueryInfoKeyA(HKEY_CLASSES_ROOT, NULL, NULL, NULL, &subkeys, &longest, NULL, NULL, NULL, NULL,
                              NULL, NULL),
             0);
    CHECK(longest >= 14);
    RegOpenKeyExA(HKEY_CURRENT_USER, "Software\\Classes", 0, KEY_READ, &key);
    RegQueryInfoKeyA(key, NULL, NULL, NULL, &user, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    RegCloseKey(key);
    RegOpenKeyExA(HKEY_LOCAL_MACHINE, "Software\\Classes", 0, KEY_READ, &key);
    RegQueryInfoKeyA(key, NULL, NULL, NULL, &machine, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    RegCloseKey(key);
    CHECK(subkeys < user + machine && subkeys > machine);
    clean();
}

TEST(clsid_is_merged)
{
    HKEY key;
    DWORD times, type, size;
    char text[32], name[32];
    ORACLE_DIFFERS("the machine's classes only");
    clean();
    put(HKEY_LOCAL_MACHINE, MACHINE "CLSID\\{gwtest-1}", NULL, "machine");
    put(HKEY_LOCAL_MACHINE, MACHINE "CLSID\\{gwtest-2}", NULL, "machine");
    put(HKEY_CURRENT_USER, USER "CLSID\\{gwtest-2}", NULL, "user");
    put(HKEY_CURRENT_USER, USER "CLSID\\{gwtest-3}", NULL, "user");
    CHECK_STR(get(HKEY_CLASSES_ROOT, "CLSID\\{gwtest-1}", NULL), "machine");
    CHECK_STR(get(HKEY_CLASSES_ROOT, "CLSID\\{gwtest-2}", NULL), "user");
    CHECK_EQ(RegOpenKeyExA(HKEY_CLASSES_ROOT, "CLSID", 0, KEY_ALL_ACCESS, &key), 0);
    CHECK(enumerated(key, "{gwtest-1}", &times));
    CHECK(enumerated(key, "{gwtest-2}", &times));
    CHECK_EQ(times, 1);
    CHECK(enumerated(key, "{gwtest-3}", &times));
    CHECK_STR(get(key, "{gwtest-1}", NULL), "machine");
    CHECK_STR(get(key, "{gwtest-3}", NULL), "user");
    /* Values of a merged key: the user's, else the machine's. */
    put(HKEY_LOCAL_MACHINE, MACHINE "CLSID", "gwtest", "machine");
    CHECK_STR(get(key, NULL, "gwtest"), "machine");
    CHECK_EQ(RegSetValueExA(key, "gwtest", 0, REG_SZ, (const BYTE *)"user", 5), 0);
    CHECK_STR(get(key, NULL, "gwtest"), "user");
    CHECK_STR(get(HKEY_CURRENT_USER, "Software\\Classes\\CLSID", "gwtest"), "user");
    CHECK_STR(get(HKEY_LOCAL_MACHINE, "Software\\Classes\\CLSID", "gwtest"), "machine");
    times = 0;
    for (DWORD i = 0; size = sizeof name, RegEnumValueA(key, i, name, &size, NULL, NULL, NULL, NULL) == 0;
         i++)
        times += strcmp(name, "gwtest") == 0;
    CHECK_EQ(times, 1);
    size = sizeof text;
    CHECK_EQ(RegQueryValueExA(key, "gwtest", NULL, &type, (BYTE *)text, &size), 0);
    CHECK_STR(text, "user");
    CHECK_EQ(RegDeleteValueA(key, "gwtest"), 0);
    CHECK_STR(get(key, NULL, "gwtest"), "machine");
    CHECK_EQ(RegDeleteValueA(key, "gwtest"), 0);
    CHECK_EQ(RegDeleteValueA(key, "gwtest"), ERROR_FILE_NOT_FOUND);
    CHECK_EQ(RegCloseKey(key), 0);
    CHECK_EQ(RegCloseKey(key), ERROR_INVALID_HANDLE);
    clean();
    RegDeleteKeyA(HKEY_CURRENT_USER, "Software\\Classes\\CLSID");
}

TEST(keys_are_made_where_documented)
{
    HKEY key;
    DWORD disposition;
    ORACLE_DIFFERS("the machine's classes only");
    clean();
    /* A new one is the machine's... */
    CHECK_EQ(RegCreateKeyExA(HKEY_CLASSES_ROOT, "gwtest.made\\below", 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key,
                             &disposition),
             0);
    CHECK_EQ(disposition, REG_CREATED_NEW_KEY);
    RegCloseKey(key);
    CHECK_EQ(RegOpenKeyExA(HKEY_LOCAL_MACHINE, MACHINE "gwtest.made\\below", 0, KEY_READ, &key), 0);
    RegCloseKey(key);
    CHECK_EQ(RegOpenKeyExA(HKEY_CURRENT_USER, USER "gwtest.made", 0, KEY_READ, &key), ERROR_FILE_NOT_FOUND);
    /* ...what the user has is written there. */
    put(HKEY_CURRENT_USER, USER "gwtest.user", NULL, "user");
    put(HKEY_CLASSES_ROOT, "gwtest.user", NULL, "changed");
    CHECK_STR(get(HKEY_CURRENT_USER, "Software\\Classes\\gwtest.user", NULL), "changed");
    CHECK_EQ(RegOpenKeyExA(HKEY_LOCAL_MACHINE, MACHINE "gwtest.user", 0, KEY_READ, &key),
             ERROR_FILE_NOT_FOUND);
    put(HKEY_CLASSES_ROOT, "gwtest.user\\shell", NULL, "below");
    CHECK_STR(get(HKEY_CURRENT_USER, "Software\\Classes\\gwtest.user\\shell", NULL), "below");
    CHECK_EQ(
        RegCreateKeyExA(HKEY_CLASSES_ROOT, "gwtest.user", 0, NULL, 0, KEY_READ, NULL, &key, &disposition), 0);
    CHECK_EQ(disposition, REG_OPENED_EXISTING_KEY);
    RegCloseKey(key);
    clean();
}

TEST(of_a_token)
{
    HANDLE token;
    HKEY key = NULL;
    ORACLE_DIFFERS("the machine's classes only");
    clean();
    put(HKEY_CURRENT_USER, USER "gwtest.user", NULL, "user");
    put(HKEY_LOCAL_MACHINE, MACHINE "gwtest.machine", NULL, "machine");
    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token));
    CHECK_EQ(RegOpenUserClassesRoot(token, 0, KEY_READ, &key), 0);
    CHECK_STR(get(key, "gwtest.user", NULL), "user");
    CHECK_STR(get(key, "gwtest.machine", NULL), "machine");
    RegCloseKey(key);
    CHECK_EQ(RegOpenUserClassesRoot(token, 1, KEY_READ, &key), ERROR_INVALID_PARAMETER);
    CHECK_EQ(RegOpenUserClassesRoot((HANDLE)0xdead0, 0, KEY_READ, &key), ERROR_INVALID_HANDLE);
    CloseHandle(token);
    clean();
}

TEST(changes_of_both_are_noticed)
{
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    ORACLE_DIFFERS("the machine's classes only");
    clean();
    for (int i = 0; i < 2; i++) {
        ResetEvent(event);
        CHECK_EQ(RegNotifyChangeKeyValue(HKEY_CLASSES_ROOT, TRUE, REG_NOTIFY_CHANGE_NAME, event, TRUE), 0);
        CHECK_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
        put(i ? HKEY_CURRENT_USER : HKEY_LOCAL_MACHINE, MACHINE "gwtest.both", NULL, "x");
        CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    }
    CHECK_EQ(RegNotifyChangeKeyValue(HKEY_CLASSES_ROOT, TRUE, REG_NOTIFY_CHANGE_NAME, NULL, TRUE),
             ERROR_INVALID_PARAMETER);
    CloseHandle(event);
    clean();
}

TEST(overridden)
{
    HKEY other, key;
    CHECK_EQ(RegCreateKeyExA(HKEY_CURRENT_USER, "Software\\Gastwirt Classes", 0, NULL, 0, KEY_ALL_ACCESS,
                             NULL, &other, NULL),
             0);
    CHECK_EQ(RegOverridePredefKey(HKEY_CLASSES_ROOT, other), 0);
    CHECK_EQ(RegCreateKeyExA(HKEY_CLASSES_ROOT, "gwtest.over", 0, NULL, 0, KEY_READ, NULL, &key, NULL), 0);
    RegCloseKey(key);
    CHECK_EQ(RegOverridePredefKey(HKEY_CLASSES_ROOT, NULL), 0);
    CHECK_EQ(RegOpenKeyExA(HKEY_CLASSES_ROOT, "gwtest.over", 0, KEY_READ, &key), ERROR_FILE_NOT_FOUND);
    CHECK_EQ(RegOpenKeyExA(other, "gwtest.over", 0, KEY_READ, &key), 0);
    RegCloseKey(key);
    CHECK_EQ(RegOverridePredefKey((HKEY)4, other), ERROR_INVALID_HANDLE);
    RegCloseKey(other);
    CHECK_EQ(RegDeleteTreeA(HKEY_CURRENT_USER, "Software\\Gastwirt Classes"), 0);
}
