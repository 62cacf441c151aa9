/*
 * The registry in several processes: values, volatile keys and notifications seen by others; writers that are
 * killed.
 */
#include "children.h"

#define ROOT "Software\\Gastwirt Test Processes"

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

/* change STEM PATH WHAT: v sets a value, k makes a key, d deletes it, s sets its security, t sets a volatile
 * key */
CHILD(change)
{
    HKEY key, other = NULL;
    char path[256];
    DWORD number = 7;
    snprintf(path, sizeof path, ROOT "\\%s%s%s", argv[0], *argv[1] == '.' ? "" : "\\",
             *argv[1] == '.' ? "" : argv[1]);
    LSTATUS error = RegOpenKeyExA(HKEY_CURRENT_USER, path, 0, KEY_ALL_ACCESS, &key);
    if (error)
        return (int)error;
    switch (*argv[2]) {
    case 'v': return (int)RegSetValueExA(key, "value", 0, REG_DWORD, (BYTE *)&number, sizeof number);
    case 'k': return (int)RegCreateKeyExA(key, "made", 0, NULL, 0, KEY_READ, NULL, &other, NULL);
    case 't':
        return (int)RegCreateKeyExA(key, "made", 0, NULL, REG_OPTION_VOLATILE, KEY_READ, NULL, &other, NULL);
    case 'd': return (int)RegDeleteKeyA(key, "made");
    case 's': {
        SECURITY_DESCRIPTOR descriptor;
        InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
        SetSecurityDescriptorDacl(&descriptor, TRUE, NULL, FALSE);
        return (int)RegSetKeySecurity(key, DACL_SECURITY_INFORMATION, &descriptor);
    }
    }
    return 99;
}

static DWORD change(const char *stem, const char *path, const char *what)
{
    PROCESS_INFORMATION process;
    CHECK(start(&process, FALSE, 0, "change %s %s %s", stem, path, what));
    return finish(&process);
}

TEST(what_another_one_wrote)
{
    HKEY key = root("values"), made;
    DWORD value = 0, size = sizeof value, count = 0, zero = 0;
    CHECK_EQ(change("values", ".", "v"), 0);
    CHECK_EQ(RegQueryValueExA(key, "value", NULL, NULL, (BYTE *)&value, &size), 0);
    CHECK_EQ(value, 7);
    CHECK_EQ(RegSetValueExA(key, "value", 0, REG_DWORD, (BYTE *)&zero, sizeof zero), 0);
    CHECK_EQ(change("values", ".", "v"), 0);
    CHECK_EQ(RegQueryValueExA(key, "value", NULL, NULL, (BYTE *)&value, &size), 0);
    CHECK_EQ(value, 7);
    /* a volatile key outlives the process that made it */
    CHECK_EQ(change("values", ".", "t"), 0);
    CHECK_EQ(RegOpenKeyExA(key, "made", 0, KEY_READ, &made), 0);
    CHECK_EQ(change("values", ".", "d"), 0);
    CHECK_EQ(RegQueryValueExA(made, "x", NULL, NULL, NULL, NULL), ERROR_KEY_DELETED);
    RegCloseKey(made);
    CHECK_EQ(RegQueryInfoKeyA(key, NULL, NULL, NULL, &count, NULL, NULL, NULL, NULL, NULL, NULL, NULL), 0);
    CHECK_EQ(count, 0);
    clean(key);
}

/* Who has looked often sees at once what another one changes. */
TEST(changes_of_what_was_read_often)
{
    HKEY key = root("often"), made;
    for (int round = 0; round < 3; round++) {
        DWORD value = 0, size = sizeof value, zero = 0, type, name_size;
        char name[32];
        CHECK_EQ(RegSetValueExA(key, "value", 0, REG_DWORD, (BYTE *)&zero, sizeof zero), 0);
        for (int i = 0; i < 200; i++) {
            size = sizeof value;
            value = 1;
            CHECK_EQ(RegQueryValueExA(key, "VALUE", NULL, NULL, (BYTE *)&value, &size), 0);
            CHECK_EQ(value, 0);
            CHECK_EQ(RegQueryValueExA(key, "none", NULL, NULL, NULL, NULL), ERROR_FILE_NOT_FOUND);
            name_size = sizeof name;
            size = sizeof value;
            CHECK_EQ(RegEnumValueA(key, 0, name, &name_size, NULL, &type, (BYTE *)&value, &size), 0);
            CHECK_EQ(value, 0);
            CHECK_EQ(RegOpenKeyExA(key, "made", 0, KEY_READ, &made), ERROR_FILE_NOT_FOUND);
        }
        CHECK_EQ(change("often", ".", "v"), 0);
        CHECK_EQ(RegQueryValueExA(key, "value", NULL, NULL, (BYTE *)&value, &size), 0);
        CHECK_EQ(value, 7);
        value = 0;
        name_size = sizeof name;
        CHECK_EQ(RegEnumValueA(key, 0, name, &name_size, NULL, &type, (BYTE *)&value, &size), 0);
        CHECK_EQ(value, 7);
        CHECK_EQ(change("often", ".", round ? "k" : "t"), 0);
        for (int i = 0; i < 200; i++) {
            CHECK_EQ(RegOpenKeyExA(key, "MADE", 0, KEY_READ, &made), 0);
            if (i < 199)
                RegCloseKey(made);
        }
        CHECK_EQ(change("often", ".", "d"), 0);
        CHECK_EQ(RegQueryValueExA(made, "x", NULL, NULL, NULL, NULL), ERROR_KEY_DELETED);
        RegCloseKey(made);
        CHECK_EQ(RegOpenKeyExA(key, "made", 0, KEY_READ, &made), ERROR_FILE_NOT_FOUND);
    }
    clean(key);
}

TEST(notifications)
{
    ORACLE_DIFFERS("wine misses changes by other processes; documented: all are told");
    HKEY key = root("notes"), below;
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    RegCreateKeyExA(key, "below", 0, NULL, 0, KEY_ALL_ACCESS, NULL, &below, NULL);
    CHECK_EQ(RegNotifyChangeKeyValue(key, FALSE, REG_NOTIFY_CHANGE_LAST_SET, event, TRUE), 0);
    CHECK_EQ(change("notes", ".", "k"), 0);
    CHECK_EQ(change("notes", "below", "v"), 0);
    CHECK_EQ(WaitForSingleObject(event, 50), WAIT_TIMEOUT); /* neither the kind nor the place */
    CHECK_EQ(change("notes", ".", "v"), 0);
    CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK_EQ(change("notes", ".", "v"), 0);
    CHECK_EQ(WaitForSingleObject(event, 50), WAIT_TIMEOUT); /* once for each call */
    /* names */
    CHECK_EQ(RegNotifyChangeKeyValue(key, FALSE, REG_NOTIFY_CHANGE_NAME, event, TRUE), 0);
    CHECK_EQ(change("notes", ".", "d"), 0);
    CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK_EQ(RegNotifyChangeKeyValue(key, FALSE, REG_NOTIFY_CHANGE_NAME, event, TRUE), 0);
    CHECK_EQ(change("notes", ".", "k"), 0);
    CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    /* the tree */
    CHECK_EQ(RegNotifyChangeKeyValue(key, TRUE, REG_NOTIFY_CHANGE_LAST_SET, event, TRUE), 0);
    CHECK_EQ(change("notes", "below", "v"), 0);
    CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    /* more than one that waits */
    HANDLE other = CreateEventA(NULL, FALSE, FALSE, NULL);
    CHECK_EQ(RegNotifyChangeKeyValue(key, TRUE, REG_NOTIFY_CHANGE_LAST_SET, event, TRUE), 0);
    CHECK_EQ(RegNotifyChangeKeyValue(below, FALSE, REG_NOTIFY_CHANGE_LAST_SET, other, TRUE), 0);
    CHECK_EQ(change("notes", "below", "v"), 0);
    CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(other, 5000), WAIT_OBJECT_0);
    CloseHandle(other);
    CloseHandle(event);
    RegCloseKey(below);
    clean(key);
}

TEST(notification_of_security)
{
    ORACLE_DIFFERS("documented: REG_NOTIFY_CHANGE_SECURITY");
    HKEY key = root("security");
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    BYTE buffer[512];
    DWORD size = sizeof buffer;
    BOOL present = FALSE, defaulted;
    PACL list = (PACL)buffer;
    CHECK_EQ(RegNotifyChangeKeyValue(key, FALSE, REG_NOTIFY_CHANGE_SECURITY, event, TRUE), 0);
    CHECK_EQ(change("security", ".", "s"), 0);
    CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK_EQ(RegGetKeySecurity(key, DACL_SECURITY_INFORMATION, buffer, &size), 0);
    CHECK(GetSecurityDescriptorDacl(buffer, &present, &list, &defaulted));
    CHECK(present);
    CHECK(!list);
    CloseHandle(event);
    clean(key);
}

static DWORD WINAPI notify_and_end(void *argument)
{
    struct {
        HKEY key;
        HANDLE event;
        DWORD filter;
    } *what = argument;
    return (DWORD)RegNotifyChangeKeyValue(what->key, FALSE, what->filter, what->event, TRUE);
}

static DWORD WINAPI wait_synchronously(void *key)
{
    return (DWORD)RegNotifyChangeKeyValue(key, FALSE, REG_NOTIFY_CHANGE_LAST_SET, NULL, FALSE);
}

TEST(threads)
{
    ORACLE_DIFFERS("wine misses changes by other processes; documented: all are told");
    struct {
        HKEY key;
        HANDLE event;
        DWORD filter;
    } what = {root("threads"), CreateEventA(NULL, FALSE, FALSE, NULL), REG_NOTIFY_CHANGE_LAST_SET};
    DWORD code;
    /* a notification ends with the thread that asked for it, unless it says otherwise */
    HANDLE thread = CreateThread(NULL, 0, notify_and_end, &what, 0, NULL);
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CloseHandle(thread);
    if (!harness_is_wine())
        CHECK_EQ(WaitForSingleObject(what.event, 5000), WAIT_OBJECT_0);
    what.filter |= 0x10000000 /* REG_NOTIFY_THREAD_AGNOSTIC */;
    thread = CreateThread(NULL, 0, notify_and_end, &what, 0, NULL);
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CloseHandle(thread);
    CHECK_EQ(WaitForSingleObject(what.event, 50), WAIT_TIMEOUT);
    CHECK_EQ(change("threads", ".", "v"), 0);
    CHECK_EQ(WaitForSingleObject(what.event, 5000), WAIT_OBJECT_0);
    /* a thread that waits for it */
    thread = CreateThread(NULL, 0, wait_synchronously, what.key, 0, NULL);
    CHECK_EQ(WaitForSingleObject(thread, 50), WAIT_TIMEOUT);
    CHECK_EQ(change("threads", ".", "v"), 0);
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    GetExitCodeThread(thread, &code);
    CHECK_EQ(code, 0);
    CloseHandle(thread);
    /* closing the key is a change */
    CHECK_EQ(RegNotifyChangeKeyValue(what.key, FALSE, REG_NOTIFY_CHANGE_NAME, what.event, TRUE), 0);
    clean(what.key);
    CHECK_EQ(WaitForSingleObject(what.event, 5000), WAIT_OBJECT_0);
    CloseHandle(what.event);
}

TEST(security_is_kept)
{
    ORACLE_DIFFERS("wine keeps no security descriptors of keys");
    HKEY key = root("kept"), made = NULL;
    BYTE acl[256], buffer[512], world[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof world, needed = 0;
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, &descriptor, FALSE};
    BOOL present, defaulted;
    PACL list;
    ACCESS_ALLOWED_ACE *ace;
    CHECK(CreateWellKnownSid(WinWorldSid, NULL, world, &size));
    InitializeAcl((PACL)acl, sizeof acl, ACL_REVISION);
    CHECK(AddAccessAllowedAce((PACL)acl, ACL_REVISION, KEY_READ, world));
    InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    SetSecurityDescriptorDacl(&descriptor, TRUE, (PACL)acl, FALSE);
    CHECK_EQ(RegCreateKeyExA(key, "made", 0, NULL, 0, KEY_READ, &attributes, &made, NULL), 0);
    RegCloseKey(made);
    CHECK_EQ(RegOpenKeyExA(key, "made", 0, KEY_READ, &made), 0);
    size = 0;
    CHECK_EQ(RegGetKeySecurity(made, DACL_SECURITY_INFORMATION, buffer, &size), ERROR_INSUFFICIENT_BUFFER);
    CHECK(size > sizeof(SECURITY_DESCRIPTOR_RELATIVE) && size < sizeof buffer);
    CHECK_EQ(RegGetKeySecurity(made, DACL_SECURITY_INFORMATION, buffer, &size), 0);
    CHECK(GetSecurityDescriptorDacl(buffer, &present, &list, &defaulted));
    CHECK(present && list && list->AceCount >= 1);
    CHECK(GetAce(list, 0, (void **)&ace));
    CHECK_EQ(ace->Mask, KEY_READ);
    CHECK(EqualSid(&ace->SidStart, world));
    CHECK_EQ(RegQueryInfoKeyA(made, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, &needed, NULL), 0);
    CHECK(needed >= size);
    RegCloseKey(made);
    CHECK_EQ(RegDeleteKeyA(key, "made"), 0);
    clean(key);
}

/* Writes pairs of values in pairs of keys until it is killed. */
CHILD(write)
{
    HKEY key, made;
    RegOpenKeyExA(HKEY_CURRENT_USER, ROOT "\\killed", 0, KEY_ALL_ACCESS, &key);
    for (DWORD i = 0;; i++) {
        char name[16];
        snprintf(name, sizeof name, "k%lu", i % 50);
        if (RegCreateKeyExA(key, name, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &made, NULL))
            return 1;
        if (RegSetValueExA(made, "value", 0, REG_DWORD, (BYTE *)&i, sizeof i))
            return 2;
        RegCloseKey(made);
        if (i % 3 == 0 && RegDeleteKeyA(key, name))
            return 3;
    }
}

TEST(a_writer_is_killed)
{
    HKEY key = root("killed"), made;
    for (int round = 0; round < 8; round++) {
        PROCESS_INFORMATION process;
        CHECK(start(&process, FALSE, 0, "write"));
        Sleep(40 + 7 * (DWORD)round);
        TerminateProcess(process.hProcess, 9);
        CHECK_EQ(finish(&process), 9);
        /* the next one writes at once, and what is there hangs together */
        CHECK_EQ(RegSetValueExA(key, "after", 0, REG_DWORD, (BYTE *)&round, sizeof round), 0);
        DWORD subkeys, values, seen = 0;
        CHECK_EQ(
            RegQueryInfoKeyA(key, NULL, NULL, NULL, &subkeys, NULL, NULL, &values, NULL, NULL, NULL, NULL),
            0);
        CHECK_EQ(values, 1);
        char name[32];
        for (DWORD size = sizeof name; RegEnumKeyExA(key, seen, name, &size, NULL, NULL, NULL, NULL) == 0;
             size = sizeof name, seen++) {
            CHECK_EQ(RegOpenKeyExA(key, name, 0, KEY_READ, &made), 0);
            RegCloseKey(made);
        }
        CHECK_EQ(seen, subkeys);
    }
    clean(key);
}
