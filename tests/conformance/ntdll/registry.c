/* System calls of the registry, called directly: keys, values, links, information, notification, hive files.
 */
#include "../harness.h"
#include <nt/base.h>
#include <nt/registry.h>

LONG NTAPI NtClose(HANDLE);
LONG NTAPI NtCreateKey(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, ULONG, UNICODE_STRING *, ULONG, ULONG *);
LONG NTAPI NtOpenKey(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *);
LONG NTAPI NtOpenKeyEx(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, ULONG);
LONG NTAPI NtDeleteKey(HANDLE);
LONG NTAPI NtRenameKey(HANDLE, UNICODE_STRING *);
LONG NTAPI NtFlushKey(HANDLE);
LONG NTAPI NtSetValueKey(HANDLE, UNICODE_STRING *, ULONG, ULONG, const void *, ULONG);
LONG NTAPI NtDeleteValueKey(HANDLE, UNICODE_STRING *);
LONG NTAPI NtQueryValueKey(HANDLE, UNICODE_STRING *, ULONG, void *, ULONG, ULONG *);
LONG NTAPI NtEnumerateKey(HANDLE, ULONG, ULONG, void *, ULONG, ULONG *);
LONG NTAPI NtEnumerateValueKey(HANDLE, ULONG, ULONG, void *, ULONG, ULONG *);
LONG NTAPI NtQueryKey(HANDLE, ULONG, void *, ULONG, ULONG *);
LONG NTAPI NtSetInformationKey(HANDLE, ULONG, void *, ULONG);
LONG NTAPI NtNotifyChangeKey(HANDLE, HANDLE, void *, void *, IO_STATUS_BLOCK *, ULONG, BOOLEAN, void *, ULONG,
                             BOOLEAN);
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

static UNICODE_STRING *text(const WCHAR *name)
{
    static UNICODE_STRING strings[4];
    static unsigned next;
    UNICODE_STRING *result = &strings[next++ % 4];
    RtlInitUnicodeString(result, name);
    return result;
}

static HANDLE create(HANDLE root, const WCHAR *name, ULONG options)
{
    HANDLE key = NULL;
    CHECK_STATUS(NtCreateKey(&key, KEY_ALL_ACCESS, at(root, name), 0, NULL, options, NULL), STATUS_SUCCESS);
    return key;
}

/* HKEY_CURRENT_USER\Software\..., empty. */
static HANDLE fresh(void)
{
    HKEY key = NULL;
    RegDeleteTreeA(HKEY_CURRENT_USER, "Software\\Gastwirt NT");
    CHECK_EQ(RegCreateKeyExA(HKEY_CURRENT_USER, "Software\\Gastwirt NT", 0, NULL, 0, KEY_ALL_ACCESS, NULL,
                             &key, NULL),
             0);
    return key;
}

static void drop(HANDLE key)
{
    RegDeleteTreeA(key, NULL);
    NtDeleteKey(key);
    NtClose(key);
}

static void set_number(HANDLE key, const WCHAR *name, DWORD number)
{
    CHECK_STATUS(NtSetValueKey(key, text(name), 0, REG_DWORD, &number, sizeof number), STATUS_SUCCESS);
}

TEST(creating_and_opening)
{
    HANDLE root = fresh(), key, other;
    ULONG disposition = 0;
    CHECK_STATUS(NtCreateKey(&key, KEY_ALL_ACCESS, at(root, L"one"), 0, text(L"class"), 0, &disposition),
                 STATUS_SUCCESS);
    CHECK_EQ(disposition, REG_CREATED_NEW_KEY);
    CHECK_STATUS(NtCreateKey(&other, KEY_READ, at(root, L"ONE"), 0, NULL, 0, &disposition), STATUS_SUCCESS);
    CHECK_EQ(disposition, REG_OPENED_EXISTING_KEY);
    CHECK_STATUS(NtSetValueKey(other, text(L"x"), 0, REG_DWORD, &disposition, 4), STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtDeleteKey(other), STATUS_ACCESS_DENIED);
    NtClose(other);
    CHECK_STATUS(NtCreateKey(&other, KEY_READ, at(root, L"no\\such"), 0, NULL, 0, NULL),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(NtOpenKey(&other, KEY_READ, at(root, L"none")), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(NtOpenKey(&other, KEY_READ, at(root, L"\\one")), STATUS_OBJECT_PATH_SYNTAX_BAD);
    CHECK_STATUS(NtOpenKey(&other, KEY_READ, at((HANDLE)0xdead0, L"one")), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtOpenKey(NULL, KEY_READ, at(root, L"one")), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtOpenKeyEx(&other, KEY_READ, at(root, L"one"), 0), STATUS_SUCCESS);
    NtClose(other);
    CHECK_STATUS(NtOpenKeyEx(&other, KEY_READ, at(NULL, L"\\Registry\\Machine\\Software"), 0),
                 STATUS_SUCCESS);
    NtClose(other);
    CHECK_STATUS(NtFlushKey(key), STATUS_SUCCESS);
    CHECK_STATUS(NtFlushKey((HANDLE)0xdead0), STATUS_INVALID_HANDLE);
    other = create(key, L"below", 0);
    CHECK_STATUS(NtDeleteKey(key), harness_is_wine() ? STATUS_ACCESS_DENIED : STATUS_CANNOT_DELETE);
    CHECK_STATUS(NtDeleteKey(other), STATUS_SUCCESS);
    set_number(key, L"v", 1);
    CHECK_STATUS(NtDeleteKey(key), STATUS_SUCCESS);
    CHECK_STATUS(NtSetValueKey(key, text(L"x"), 0, REG_DWORD, &disposition, 4), STATUS_KEY_DELETED);
    CHECK_STATUS(NtQueryValueKey(key, text(L"v"), KeyValuePartialInformation, NULL, 0, &disposition),
                 STATUS_KEY_DELETED);
    NtClose(other);
    NtClose(key);
    drop(root);
}

/* A handle of a key that is gone never refers to one that was made later. */
TEST(handles_of_deleted_keys)
{
    HANDLE root = fresh(), key = create(root, L"first", 0), other;
    ULONG size;
    BYTE buffer[128];
    CHECK_STATUS(NtDeleteKey(key), STATUS_SUCCESS);
    other = create(root, L"second", 0);
    set_number(other, L"v", 1);
    CHECK_STATUS(NtQueryValueKey(key, text(L"v"), KeyValuePartialInformation, buffer, sizeof buffer, &size),
                 STATUS_KEY_DELETED);
    CHECK_STATUS(NtQueryKey(key, KeyBasicInformation, buffer, sizeof buffer, &size), STATUS_KEY_DELETED);
    CHECK_STATUS(NtEnumerateKey(key, 0, KeyBasicInformation, buffer, sizeof buffer, &size),
                 STATUS_KEY_DELETED);
    CHECK_STATUS(NtEnumerateValueKey(key, 0, KeyValueBasicInformation, buffer, sizeof buffer, &size),
                 STATUS_KEY_DELETED);
    CHECK_STATUS(NtDeleteValueKey(key, text(L"v")), STATUS_KEY_DELETED);
    NtClose(key);
    NtClose(other);
    drop(root);
}

TEST(limits)
{
    HANDLE root = fresh(), key;
    WCHAR name[300];
    static WCHAR long_name[16400];
    DWORD number = 7;
    for (int i = 0; i < 300; i++)
        name[i] = 'n';
    name[256] = 0;
    LONG status = NtCreateKey(&key, KEY_ALL_ACCESS, at(root, name), 0, NULL, 0, NULL);
    CHECK(status == STATUS_INVALID_PARAMETER || (harness_is_wine() && status == STATUS_SUCCESS));
    if (status == STATUS_SUCCESS) {
        NtDeleteKey(key);
        NtClose(key);
    }
    name[255] = 0;
    key = create(root, name, 0);
    for (int i = 0; i < 16400; i++)
        long_name[i] = (WCHAR)('a' + i % 26);
    long_name[16384] = 0;
    CHECK_STATUS(NtSetValueKey(key, text(long_name), 0, REG_DWORD, &number, 4), STATUS_INVALID_PARAMETER);
    long_name[16383] = 0;
    CHECK_STATUS(NtSetValueKey(key, text(long_name), 0, REG_DWORD, &number, 4), STATUS_SUCCESS);
    long_name[16382] = '!'; /* differs at the end only */
    CHECK_STATUS(NtDeleteValueKey(key, text(long_name)), STATUS_OBJECT_NAME_NOT_FOUND);
    long_name[16382] = (WCHAR)('A' + 16382 % 26);
    CHECK_STATUS(NtDeleteValueKey(key, text(long_name)), STATUS_SUCCESS);
    NtDeleteKey(key);
    NtClose(key);
    drop(root);
}

TEST(information)
{
    HANDLE root = fresh(), key;
    union {
        KEY_BASIC_INFORMATION basic;
        KEY_NODE_INFORMATION node;
        KEY_FULL_INFORMATION full;
        KEY_NAME_INFORMATION name;
        KEY_CACHED_INFORMATION cached;
        KEY_FLAGS_INFORMATION flags;
        BYTE bytes[1024];
    } info;
    ULONG size = 0;
    LARGE_INTEGER time = {.QuadPart = 125911584000000000};
    CHECK_STATUS(NtCreateKey(&key, KEY_ALL_ACCESS, at(root, L"Info"), 0, text(L"a class"), 0, NULL),
                 STATUS_SUCCESS);
    NtClose(create(key, L"longest", 0));
    NtClose(create(key, L"short", 0));
    set_number(key, L"value", 1);
    CHECK_STATUS(NtQueryKey(key, KeyBasicInformation, &info, sizeof info, &size), STATUS_SUCCESS);
    CHECK_EQ(info.basic.NameLength, 8);
    CHECK(memcmp(info.basic.Name, L"Info", 8) == 0);
    CHECK_STATUS(NtQueryKey(key, KeyNodeInformation, &info, sizeof info, &size), STATUS_SUCCESS);
    CHECK_EQ(info.node.ClassLength, 14);
    CHECK(memcmp(info.bytes + info.node.ClassOffset, L"a class", 14) == 0);
    CHECK_STATUS(NtQueryKey(key, KeyFullInformation, &info, sizeof info, &size), STATUS_SUCCESS);
    CHECK_EQ(info.full.SubKeys, 2);
    CHECK_EQ(info.full.MaxNameLength, 14);
    CHECK_EQ(info.full.Values, 1);
    CHECK_EQ(info.full.MaxValueNameLength, 10);
    CHECK_EQ(info.full.MaxValueDataLength, 4);
    CHECK_STATUS(NtQueryKey(key, KeyCachedInformation, &info, sizeof info, &size), STATUS_SUCCESS);
    CHECK_EQ(info.cached.SubKeys, 2);
    CHECK_EQ(info.cached.NameLength, 8);
    CHECK_STATUS(NtQueryKey(key, KeyNameInformation, &info, sizeof info, &size), STATUS_SUCCESS);
    CHECK(memcmp(info.name.Name, L"\\REGISTRY\\", 20) == 0 ||
          memcmp(info.name.Name, L"\\Registry\\", 20) == 0);
    CHECK(memcmp((BYTE *)info.name.Name + info.name.NameLength - 10, L"\\Info", 10) == 0);
    CHECK_STATUS(NtQueryKey(key, KeyBasicInformation, &info, 4, &size), STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(NtQueryKey(key, KeyBasicInformation, &info, 18, &size), STATUS_BUFFER_OVERFLOW);
    CHECK_EQ(size, 24);
    if (!harness_is_wine()) { /* not all there */
        ULONG flags = 5;
        CHECK_STATUS(NtQueryKey(key, 99, &info, sizeof info, &size), STATUS_INVALID_INFO_CLASS);
        CHECK_STATUS(NtSetInformationKey(key, KeyWow64FlagsInformation, &flags, sizeof flags),
                     STATUS_SUCCESS);
        CHECK_STATUS(NtQueryKey(key, KeyFlagsInformation, &info, sizeof info, &size), STATUS_SUCCESS);
        CHECK_EQ(info.flags.Wow64Flags, 5);
        CHECK_EQ(info.flags.KeyFlags, 0);
        CHECK_STATUS(NtSetInformationKey(key, KeyControlFlagsInformation, &flags, 2),
                     STATUS_INFO_LENGTH_MISMATCH);
        CHECK_STATUS(NtSetInformationKey(key, 99, &flags, sizeof flags), STATUS_INVALID_INFO_CLASS);
        CHECK_STATUS(NtSetInformationKey(key, KeyWriteTimeInformation, &time, 4),
                     STATUS_INFO_LENGTH_MISMATCH);
        CHECK_STATUS(NtSetInformationKey(key, KeyWriteTimeInformation, &time, sizeof time), STATUS_SUCCESS);
        CHECK_STATUS(NtQueryKey(key, KeyBasicInformation, &info, sizeof info, &size), STATUS_SUCCESS);
        CHECK_EQ(info.basic.LastWriteTime.QuadPart, time.QuadPart);
    }
    CHECK_STATUS(NtEnumerateKey(key, 0, KeyBasicInformation, &info, sizeof info, &size), STATUS_SUCCESS);
    CHECK(memcmp(info.basic.Name, L"longest", 14) == 0);
    CHECK_STATUS(NtEnumerateKey(key, 1, KeyBasicInformation, &info, sizeof info, &size), STATUS_SUCCESS);
    CHECK(memcmp(info.basic.Name, L"short", 10) == 0);
    CHECK_STATUS(NtEnumerateKey(key, 2, KeyBasicInformation, &info, sizeof info, &size),
                 STATUS_NO_MORE_ENTRIES);
    CHECK_STATUS(NtEnumerateValueKey(key, 1, KeyValueBasicInformation, &info, sizeof info, &size),
                 STATUS_NO_MORE_ENTRIES);
    NtClose(key);
    drop(root);
}

/* Whoever deletes what is enumerated by number 0 sees everything once. */
TEST(enumerating_while_deleting)
{
    enum { COUNT = 200 };
    HANDLE root = fresh(), child;
    WCHAR name[32];
    union {
        KEY_BASIC_INFORMATION key;
        KEY_VALUE_BASIC_INFORMATION value;
        BYTE bytes[256];
    } info;
    ULONG size, count = 0;
    for (int i = 0; i < COUNT; i++) {
        swprintf(name, 32, L"entry %d", i * 7 % COUNT);
        set_number(root, name, (DWORD)i);
        NtClose(create(root, name, 0));
    }
    for (; count < 2 * COUNT; count++) {
        ULONG index = count % 3 == 2 && count < COUNT - 3 ? 1 : 0; /* not always the first */
        if (NtEnumerateValueKey(root, index, KeyValueBasicInformation, &info, sizeof info, &size))
            break;
        UNICODE_STRING value = {(USHORT)info.value.NameLength, (USHORT)info.value.NameLength,
                                info.value.Name};
        CHECK_STATUS(NtDeleteValueKey(root, &value), STATUS_SUCCESS);
    }
    CHECK_EQ(count, COUNT);
    for (count = 0; count < 2 * COUNT; count++) {
        if (NtEnumerateKey(root, 0, KeyBasicInformation, &info, sizeof info, &size))
            break;
        info.key.Name[info.key.NameLength / 2] = 0;
        CHECK_STATUS(NtOpenKey(&child, DELETE, at(root, info.key.Name)), STATUS_SUCCESS);
        CHECK_STATUS(NtDeleteKey(child), STATUS_SUCCESS);
        NtClose(child);
    }
    CHECK_EQ(count, COUNT);
    drop(root);
}

TEST(values)
{
    ORACLE_DIFFERS("the name as it was asked for");
    HANDLE root = fresh();
    union {
        KEY_VALUE_BASIC_INFORMATION basic;
        KEY_VALUE_FULL_INFORMATION full;
        KEY_VALUE_PARTIAL_INFORMATION partial;
        BYTE bytes[256];
    } info;
    ULONG size;
    CHECK_STATUS(NtSetValueKey(root, text(L"Name"), 0, REG_SZ, L"data", 10), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryValueKey(root, text(L"NAME"), KeyValueBasicInformation, &info, sizeof info, &size),
                 STATUS_SUCCESS);
    CHECK(info.basic.NameLength == 8 && memcmp(info.basic.Name, L"Name", 8) == 0);
    CHECK_STATUS(NtQueryValueKey(root, text(L"name"), KeyValueFullInformation, &info, sizeof info, &size),
                 STATUS_SUCCESS);
    CHECK(info.full.DataLength == 10 && memcmp(info.bytes + info.full.DataOffset, L"data", 10) == 0);
    CHECK_STATUS(NtQueryValueKey(root, text(L"name"), KeyValuePartialInformation, &info, sizeof info, &size),
                 STATUS_SUCCESS);
    CHECK_EQ(size, offsetof(KEY_VALUE_PARTIAL_INFORMATION, Data) + 10);
    CHECK_STATUS(NtQueryValueKey(root, text(L"name"), KeyValuePartialInformation, &info, 4, &size),
                 STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(NtQueryValueKey(root, text(L"name"), KeyValuePartialInformation, &info, 14, &size),
                 STATUS_BUFFER_OVERFLOW);
    CHECK_STATUS(NtQueryValueKey(root, text(L"none"), KeyValuePartialInformation, &info, sizeof info, &size),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(NtQueryValueKey(root, text(L"name"), 77, &info, sizeof info, &size),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtSetValueKey(root, text(L"a"), 0, REG_SZ, (void *)16, 10), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtSetValueKey((HANDLE)0xdead0, text(L"a"), 0, REG_SZ, L"", 2), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtDeleteValueKey(root, text(L"nAmE")), STATUS_SUCCESS);
    CHECK_STATUS(NtDeleteValueKey(root, text(L"Name")), STATUS_OBJECT_NAME_NOT_FOUND);
    drop(root);
}

TEST(several_values)
{
    HANDLE root = fresh();
    struct {
        UNICODE_STRING *ValueName;
        ULONG DataLength, DataOffset, Type;
    } entries[2] = {{text(L"b"), 0, 0, 0}, {text(L"a"), 0, 0, 0}};
    DWORD buffer[4];
    ULONG size = sizeof buffer, needed = 0;
    FIND(NtQueryMultipleValueKey, HANDLE, void *, ULONG, void *, ULONG *, ULONG *);
    ORACLE_DIFFERS("not there");
    set_number(root, L"a", 1);
    NtSetValueKey(root, text(L"b"), 0, REG_BINARY, "12345", 5);
    CHECK_STATUS(NtQueryMultipleValueKey(root, entries, 2, buffer, &size, &needed), STATUS_SUCCESS);
    CHECK_EQ(size, 12);
    CHECK_EQ(needed, 12);
    CHECK(entries[0].DataOffset == 0 && entries[0].DataLength == 5 && entries[0].Type == REG_BINARY);
    CHECK(entries[1].DataOffset == 8 && entries[1].DataLength == 4 && entries[1].Type == REG_DWORD);
    CHECK_EQ(buffer[2], 1);
    size = 8;
    CHECK_STATUS(NtQueryMultipleValueKey(root, entries, 2, buffer, &size, &needed), STATUS_BUFFER_OVERFLOW);
    CHECK_EQ(needed, 12);
    entries[1].ValueName = text(L"c");
    CHECK_STATUS(NtQueryMultipleValueKey(root, entries, 2, buffer, &size, NULL),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(NtQueryMultipleValueKey(NULL, entries, 2, buffer, &size, NULL), STATUS_INVALID_HANDLE);
    drop(root);
}

TEST(renaming)
{
    HANDLE root = fresh(), key = create(root, L"old", 0), other = create(root, L"taken", 0);
    ORACLE_DIFFERS("not there");
    set_number(key, L"v", 1);
    CHECK_STATUS(NtRenameKey(key, text(L"taken")), STATUS_OBJECT_NAME_COLLISION);
    CHECK_STATUS(NtRenameKey(key, text(L"new")), STATUS_SUCCESS);
    CHECK_STATUS(NtRenameKey(key, text(L"")), STATUS_INVALID_PARAMETER);
    NtClose(other);
    CHECK_STATUS(NtOpenKey(&other, KEY_READ, at(root, L"old")), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(NtOpenKey(&other, KEY_READ, at(root, L"NEW")), STATUS_SUCCESS);
    CHECK_STATUS(NtRenameKey(other, text(L"x")), STATUS_ACCESS_DENIED);
    NtClose(other);
    NtClose(key);
    drop(root);
}

static void make_link(HANDLE key, const WCHAR *target)
{
    CHECK_STATUS(
        NtSetValueKey(key, text(L"SymbolicLinkValue"), 0, REG_LINK, target, (ULONG)wcslen(target) * 2),
        STATUS_SUCCESS);
}

TEST(symbolic_links)
{
    ORACLE_DIFFERS("the link itself is opened another way, a circle is another error");
    HANDLE root = fresh(), target = create(root, L"target", 0), link, key;
    union {
        KEY_NAME_INFORMATION name;
        KEY_FLAGS_INFORMATION flags;
        BYTE bytes[1024];
    } info;
    WCHAR path[512], other[512];
    ULONG size;
    set_number(target, L"here", 1);
    CHECK_STATUS(NtQueryKey(root, KeyNameInformation, &info, sizeof info, &size), STATUS_SUCCESS);
    info.name.Name[info.name.NameLength / 2] = 0;
    swprintf(path, 512, L"%ls\\target", info.name.Name);
    swprintf(other, 512, L"%ls\\round", info.name.Name);
    link = create(root, L"link", REG_OPTION_CREATE_LINK | REG_OPTION_VOLATILE);
    /* A link without target leads nowhere. */
    CHECK_STATUS(NtOpenKey(&key, KEY_READ, at(root, L"link")), STATUS_OBJECT_NAME_NOT_FOUND);
    make_link(link, path);
    CHECK_STATUS(NtOpenKey(&key, KEY_ALL_ACCESS, at(root, L"link")), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryValueKey(key, text(L"here"), KeyValuePartialInformation, &info, sizeof info, &size),
                 STATUS_SUCCESS);
    NtClose(create(key, L"made through it", 0));
    NtClose(key);
    CHECK_STATUS(NtOpenKey(&key, DELETE, at(root, L"target\\made through it")), STATUS_SUCCESS);
    CHECK_STATUS(NtDeleteKey(key), STATUS_SUCCESS);
    NtClose(key);
    CHECK_STATUS(NtOpenKeyEx(&key, KEY_ALL_ACCESS, at(root, L"link"), REG_OPTION_OPEN_LINK), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryValueKey(key, text(L"SymbolicLinkValue"), KeyValuePartialInformation, &info,
                                 sizeof info, &size),
                 STATUS_SUCCESS);
    if (!harness_is_wine()) {
        CHECK_STATUS(NtQueryKey(key, KeyFlagsInformation, &info, sizeof info, &size), STATUS_SUCCESS);
        CHECK_EQ(info.flags.KeyFlags, 3);
    }
    NtClose(key);
    CHECK_STATUS(NtCreateKey(&key, KEY_ALL_ACCESS, at(root, L"link"), 0, NULL, REG_OPTION_CREATE_LINK, NULL),
                 STATUS_OBJECT_NAME_COLLISION);
    /* Links that go round in circles end somewhere. */
    key = create(root, L"round", REG_OPTION_CREATE_LINK);
    make_link(key, other);
    HANDLE never;
    CHECK_STATUS(NtOpenKey(&never, KEY_READ, at(root, L"round")), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(NtDeleteKey(key), STATUS_SUCCESS);
    NtClose(key);
    CHECK_STATUS(NtDeleteKey(link), STATUS_SUCCESS);
    NtClose(link);
    NtClose(target);
    drop(root);
}

TEST(volatile_keys)
{
    HANDLE root = fresh(), key = create(root, L"volatile", REG_OPTION_VOLATILE), other = NULL;
    CHECK_STATUS(NtCreateKey(&other, KEY_ALL_ACCESS, at(key, L"stable"), 0, NULL, 0, NULL),
                 STATUS_CHILD_MUST_BE_VOLATILE);
    other = create(key, L"below", REG_OPTION_VOLATILE);
    NtDeleteKey(other);
    NtClose(other);
    NtDeleteKey(key);
    NtClose(key);
    drop(root);
}

TEST(notification)
{
    ORACLE_DIFFERS("an empty filter is taken");
    HANDLE root = fresh(), below = create(root, L"below", 0), event = CreateEventA(NULL, TRUE, FALSE, NULL);
    IO_STATUS_BLOCK iosb = {0};
    CHECK_STATUS(
        NtNotifyChangeKey(root, event, NULL, NULL, &iosb, REG_NOTIFY_CHANGE_LAST_SET, TRUE, NULL, 0, TRUE),
        STATUS_PENDING);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    set_number(below, L"v", 1);
    CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK_STATUS(NtNotifyChangeKey(root, event, NULL, NULL, &iosb, 0, TRUE, NULL, 0, TRUE),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtNotifyChangeKey((HANDLE)0xdead0, event, NULL, NULL, &iosb, REG_NOTIFY_CHANGE_NAME, TRUE,
                                   NULL, 0, TRUE),
                 STATUS_INVALID_HANDLE);
    NtDeleteKey(below);
    NtClose(below);
    CloseHandle(event);
    drop(root);
}

TEST(notification_of_two_keys)
{
    HANDLE root = fresh(), one = create(root, L"one", 0), two = create(root, L"two", 0),
           event = CreateEventA(NULL, TRUE, FALSE, NULL);
    IO_STATUS_BLOCK iosb = {0};
    FIND(NtNotifyChangeMultipleKeys, HANDLE, ULONG, void *, HANDLE, void *, void *, IO_STATUS_BLOCK *, ULONG,
         BOOLEAN, void *, ULONG, BOOLEAN);
    ORACLE_DIFFERS("one key only");
    for (int i = 0; i < 2; i++) {
        ResetEvent(event);
        CHECK_STATUS(NtNotifyChangeMultipleKeys(one, 1, at(root, L"two"), event, NULL, NULL, &iosb,
                                                REG_NOTIFY_CHANGE_LAST_SET, FALSE, NULL, 0, TRUE),
                     STATUS_PENDING);
        set_number(root, L"v", 1);
        CHECK_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
        set_number(i ? two : one, L"v", 1);
        CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    }
    CHECK_STATUS(NtNotifyChangeMultipleKeys(one, 2, at(root, L"two"), event, NULL, NULL, &iosb,
                                            REG_NOTIFY_CHANGE_LAST_SET, FALSE, NULL, 0, TRUE),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtNotifyChangeMultipleKeys(one, 1, at(root, L"none"), event, NULL, NULL, &iosb,
                                            REG_NOTIFY_CHANGE_LAST_SET, FALSE, NULL, 0, TRUE),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    NtClose(one);
    NtClose(two);
    CloseHandle(event);
    drop(root);
}

TEST(compacting)
{
    HANDLE root = fresh(), reader, bad[2] = {root, (HANDLE)0xdead0};
    FIND(NtCompactKeys, ULONG, HANDLE *);
    FIND(NtCompressKey, HANDLE);
    ORACLE_CRASHES("not there");
    CHECK_STATUS(NtCompactKeys(1, bad), STATUS_SUCCESS);
    CHECK_STATUS(NtCompactKeys(2, bad), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtCompactKeys(1, NULL), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtCompressKey(root), STATUS_SUCCESS);
    CHECK_STATUS(NtOpenKey(&reader, KEY_READ, at(root, L"")), STATUS_SUCCESS);
    CHECK_STATUS(NtCompressKey(reader), STATUS_ACCESS_DENIED);
    NtClose(reader);
    drop(root);
}

/* ---------------------------------------------------------------- hive files */

static void enable(const char *privilege, BOOL on)
{
    TOKEN_PRIVILEGES privileges = {.PrivilegeCount = 1};
    HANDLE token;
    OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, &token);
    LookupPrivilegeValueA(NULL, privilege, &privileges.Privileges[0].Luid);
    privileges.Privileges[0].Attributes = on ? SE_PRIVILEGE_ENABLED : 0;
    AdjustTokenPrivileges(token, FALSE, &privileges, 0, NULL, NULL);
    CloseHandle(token);
}

/* Two files: as NT names, and with the Win32 functions. */
static WCHAR nt_name[3][MAX_PATH], win_name[3][MAX_PATH];

static void name_files(void)
{
    WCHAR temp[MAX_PATH];
    GetTempPathW(MAX_PATH, temp);
    for (int i = 0; i < 3; i++) {
        swprintf(win_name[i], MAX_PATH, L"%lsgastwirt-nt-%lu-%d.hive", temp, GetCurrentProcessId(), i);
        swprintf(nt_name[i], MAX_PATH, L"\\??\\%ls", win_name[i]);
        DeleteFileW(win_name[i]);
    }
}

static HANDLE new_file(int i)
{
    return CreateFileW(win_name[i], GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
}

static OBJECT_ATTRIBUTES *file(int i)
{
    static OBJECT_ATTRIBUTES attributes[3];
    static UNICODE_STRING names[3];
    RtlInitUnicodeString(&names[i], nt_name[i]);
    attributes[i] = (OBJECT_ATTRIBUTES){sizeof *attributes,   NULL, &names[i],
                                        OBJ_CASE_INSENSITIVE, NULL, NULL};
    return &attributes[i];
}

static DWORD number_of(HANDLE key, const WCHAR *name)
{
    DWORD number = 0, size = sizeof number;
    return RegQueryValueExW(key, name, NULL, NULL, (BYTE *)&number, &size) ? 0 : number;
}

TEST(saving_and_loading)
{
    FIND(NtSaveKey, HANDLE, HANDLE);
    FIND(NtSaveKeyEx, HANDLE, HANDLE, ULONG);
    FIND(NtRestoreKey, HANDLE, HANDLE, ULONG);
    FIND(NtLoadKey, OBJECT_ATTRIBUTES *, OBJECT_ATTRIBUTES *);
    FIND(NtLoadKey2, OBJECT_ATTRIBUTES *, OBJECT_ATTRIBUTES *, ULONG);
    FIND(NtLoadKeyEx, OBJECT_ATTRIBUTES *, OBJECT_ATTRIBUTES *, ULONG, HANDLE, HANDLE, ACCESS_MASK, HANDLE *,
         void *);
    FIND(NtUnloadKey, OBJECT_ATTRIBUTES *);
    FIND(NtUnloadKey2, OBJECT_ATTRIBUTES *, ULONG);
    FIND(NtUnloadKeyEx, OBJECT_ATTRIBUTES *, HANDLE);
    HANDLE root = fresh(), key, handle, event = CreateEventA(NULL, TRUE, FALSE, NULL);
    static const WCHAR hive[] = L"\\Registry\\Machine\\Gastwirt NT";
    ORACLE_CRASHES("hive files are another format");
    name_files();
    set_number(root, L"v", 42);
    enable("SeBackupPrivilege", FALSE);
    enable("SeRestorePrivilege", FALSE);
    handle = new_file(0);
    CHECK_STATUS(NtSaveKey(root, handle), STATUS_PRIVILEGE_NOT_HELD);
    CHECK_STATUS(NtRestoreKey(root, handle, 0), STATUS_PRIVILEGE_NOT_HELD);
    OBJECT_ATTRIBUTES target = *at(NULL, hive);
    CHECK_STATUS(NtLoadKey(&target, file(0)), STATUS_PRIVILEGE_NOT_HELD);
    CHECK_STATUS(NtUnloadKey(&target), STATUS_PRIVILEGE_NOT_HELD);
    enable("SeBackupPrivilege", TRUE);
    enable("SeRestorePrivilege", TRUE);
    CHECK_STATUS(NtSaveKeyEx(root, handle, 77), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtSaveKeyEx(root, (HANDLE)0xdead0, 2), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtSaveKeyEx(root, handle, 2), STATUS_SUCCESS);
    set_number(root, L"v", 43);
    CHECK_STATUS(NtRestoreKey(root, handle, 0), STATUS_SUCCESS);
    CHECK_EQ(number_of(root, L"v"), 42);
    CHECK_STATUS(NtRestoreKey(root, handle, 0x1000), STATUS_INVALID_PARAMETER);
    CloseHandle(handle);
    handle = new_file(1);
    CHECK_STATUS(NtSaveKey(root, handle), STATUS_SUCCESS);
    CloseHandle(handle);
    /* Loaded and unloaded in every way there is. */
    for (int i = 0; i < 3; i++) {
        target = *at(NULL, hive);
        LONG status = i == 0   ? NtLoadKey(&target, file(0))
                      : i == 1 ? NtLoadKey2(&target, file(0), 0)
                               : NtLoadKeyEx(&target, file(0), 0, NULL, NULL, 0, NULL, NULL);
        CHECK_STATUS(status, STATUS_SUCCESS);
        CHECK_STATUS(NtLoadKey(&target, file(1)), STATUS_OBJECT_NAME_COLLISION);
        CHECK_STATUS(NtOpenKey(&key, KEY_ALL_ACCESS, &target), STATUS_SUCCESS);
        CHECK_EQ(number_of(key, L"v"), 42 + i);
        set_number(key, L"v", 43 + (DWORD)i);
        NtClose(key);
        status = i == 0   ? NtUnloadKey(&target)
                 : i == 1 ? NtUnloadKey2(&target, 0)
                          : NtUnloadKeyEx(&target, event);
        CHECK_STATUS(status, STATUS_SUCCESS);
        CHECK_STATUS(NtOpenKey(&key, KEY_READ, &target), STATUS_OBJECT_NAME_NOT_FOUND);
    }
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    target = *at(NULL, L"\\Registry\\Machine\\Software");
    CHECK_STATUS(NtUnloadKey(&target), STATUS_INVALID_PARAMETER);
    enable("SeBackupPrivilege", FALSE);
    enable("SeRestorePrivilege", FALSE);
    CloseHandle(event);
    DeleteFileW(win_name[0]);
    DeleteFileW(win_name[1]);
    drop(root);
}

TEST(replacing_and_merging)
{
    FIND(NtReplaceKey, OBJECT_ATTRIBUTES *, HANDLE, OBJECT_ATTRIBUTES *);
    FIND(NtSaveMergedKeys, HANDLE, HANDLE, HANDLE);
    FIND(NtSaveKey, HANDLE, HANDLE);
    FIND(NtRestoreKey, HANDLE, HANDLE, ULONG);
    FIND(NtLoadKey, OBJECT_ATTRIBUTES *, OBJECT_ATTRIBUTES *);
    FIND(NtUnloadKey, OBJECT_ATTRIBUTES *);
    HANDLE root = fresh(), high = create(root, L"high", 0), low = create(root, L"low", 0), handle, key;
    static const WCHAR hive[] = L"\\Registry\\Machine\\Gastwirt NT";
    ORACLE_CRASHES("not there");
    name_files();
    set_number(high, L"both", 1);
    set_number(low, L"both", 2);
    set_number(low, L"low", 3);
    NtClose(create(low, L"key of low", 0));
    handle = new_file(0);
    CHECK_STATUS(NtSaveMergedKeys(high, low, handle), STATUS_PRIVILEGE_NOT_HELD);
    CHECK_STATUS(NtReplaceKey(file(0), root, file(1)), STATUS_PRIVILEGE_NOT_HELD);
    enable("SeBackupPrivilege", TRUE);
    enable("SeRestorePrivilege", TRUE);
    CHECK_STATUS(NtSaveMergedKeys(high, NULL, handle), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtSaveMergedKeys(high, low, handle), STATUS_SUCCESS);
    key = create(root, L"merged", 0);
    CHECK_STATUS(NtRestoreKey(key, handle, 0), STATUS_SUCCESS);
    CHECK_EQ(number_of(key, L"both"), 1);
    CHECK_EQ(number_of(key, L"low"), 3);
    NtClose(key);
    CHECK_STATUS(NtOpenKey(&key, KEY_READ, at(root, L"merged\\key of low")), STATUS_SUCCESS);
    NtClose(key);
    CloseHandle(handle);
    /* File 0 is loaded, file 1 is to take its place at the next loading, file 2 gets what it had. */
    handle = new_file(1);
    CHECK_STATUS(NtSaveKey(low, handle), STATUS_SUCCESS);
    CloseHandle(handle);
    OBJECT_ATTRIBUTES target = *at(NULL, hive);
    UNICODE_STRING name = string;
    target.ObjectName = &name;
    CHECK_STATUS(NtReplaceKey(file(1), root, file(2)), STATUS_INVALID_PARAMETER); /* not the root of a hive */
    CHECK_STATUS(NtLoadKey(&target, file(0)), STATUS_SUCCESS);
    CHECK_STATUS(NtOpenKey(&key, KEY_ALL_ACCESS, &target), STATUS_SUCCESS);
    set_number(key, L"late", 5);
    CHECK_STATUS(NtReplaceKey(file(1), key, file(2)), STATUS_SUCCESS);
    CHECK_EQ(number_of(key, L"both"), 1);
    NtClose(key);
    CHECK_STATUS(NtUnloadKey(&target), STATUS_SUCCESS);
    CHECK_STATUS(NtLoadKey(&target, file(0)), STATUS_SUCCESS);
    CHECK_STATUS(NtOpenKey(&key, KEY_ALL_ACCESS, &target), STATUS_SUCCESS);
    CHECK_EQ(number_of(key, L"both"), 2);
    NtClose(key);
    CHECK_STATUS(NtUnloadKey(&target), STATUS_SUCCESS);
    CHECK_STATUS(NtLoadKey(&target, file(2)), STATUS_SUCCESS);
    CHECK_STATUS(NtOpenKey(&key, KEY_ALL_ACCESS, &target), STATUS_SUCCESS);
    CHECK_EQ(number_of(key, L"late"), 5);
    NtClose(key);
    CHECK_STATUS(NtUnloadKey(&target), STATUS_SUCCESS);
    enable("SeBackupPrivilege", FALSE);
    enable("SeRestorePrivilege", FALSE);
    for (int i = 0; i < 3; i++)
        DeleteFileW(win_name[i]);
    NtClose(high);
    NtClose(low);
    drop(root);
}
