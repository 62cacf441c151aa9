/*
 * The less usual functions of the registry: other machines, strings from resources, several values at once,
 * replaced hives, reflection, inherited security, application hives.
 */
#include "harness.h"
#include <sddl.h>

#ifndef REG_MUI_STRING_TRUNCATE
#define REG_MUI_STRING_TRUNCATE 1
#endif

#define ROOT "Software\\Gastwirt Odds"

static HKEY fresh(void)
{
    HKEY key = NULL;
    RegDeleteTreeA(HKEY_CURRENT_USER, ROOT);
    CHECK_EQ(RegCreateKeyExA(HKEY_CURRENT_USER, ROOT, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL), 0);
    return key;
}

static void drop(HKEY key)
{
    RegCloseKey(key);
    CHECK_EQ(RegDeleteTreeA(HKEY_CURRENT_USER, ROOT), 0);
}

TEST(other_machines)
{
    HKEY key = NULL;
    char name[64] = "\\\\";
    DWORD size = sizeof name - 2;
    LSTATUS(WINAPI * RegConnectRegistryExA)
    (LPCSTR, HKEY, ULONG, PHKEY) = (void *)GetProcAddress(GetModuleHandleA("advapi32"),
                                                          "RegConnectRegistryExA");
    LSTATUS(WINAPI * RegConnectRegistryExW)
    (LPCWSTR, HKEY, ULONG, PHKEY) = (void *)GetProcAddress(GetModuleHandleA("advapi32"),
                                                           "RegConnectRegistryExW");
    CHECK_EQ(RegConnectRegistryW(NULL, HKEY_LOCAL_MACHINE, &key), 0);
    RegCloseKey(key);
    CHECK_EQ(RegConnectRegistryA(NULL, HKEY_USERS, &key), 0);
    RegCloseKey(key);
    GetComputerNameA(name + 2, &size);
    CHECK_EQ(RegConnectRegistryA(name, HKEY_LOCAL_MACHINE, &key), 0);
    RegCloseKey(key);
    CHECK_EQ(RegConnectRegistryA("\\\\no such machine", HKEY_LOCAL_MACHINE, &key), ERROR_BAD_NETPATH);
    ORACLE_CRASHES("other functions are not there");
    CHECK_EQ(RegConnectRegistryW(NULL, HKEY_LOCAL_MACHINE, NULL), ERROR_INVALID_PARAMETER);
    CHECK_EQ(RegConnectRegistryW(NULL, (HKEY)4, &key), ERROR_INVALID_HANDLE);
    CHECK_EQ(RegConnectRegistryExW(NULL, HKEY_LOCAL_MACHINE, 0, &key), 0);
    CHECK_EQ(RegConnectRegistryExW(NULL, HKEY_LOCAL_MACHINE, 8, &key), ERROR_INVALID_PARAMETER);
    CHECK_EQ(RegConnectRegistryExA(NULL, HKEY_LOCAL_MACHINE, 1, &key), 0);
    CHECK_EQ(RegConnectRegistryExA("\\\\no such machine", HKEY_LOCAL_MACHINE, 0, &key), ERROR_BAD_NETPATH);
}

TEST(strings_from_resources)
{
    HKEY key = fresh();
    WCHAR text[64];
    char narrow[8];
    DWORD size;
    ORACLE_DIFFERS("documented: what does not begin with @ is given as it is");
    RegSetValueExW(key, L"plain", 0, REG_SZ, (const BYTE *)L"some text", 20);
    RegSetValueExW(key, L"variable", 0, REG_EXPAND_SZ, (const BYTE *)L"%GWODDS%", 18);
    RegSetValueExW(key, L"no file", 0, REG_SZ, (const BYTE *)L"@no such file.dll,-1", 42);
    RegSetValueExW(key, L"no number", 0, REG_SZ, (const BYTE *)L"@kernel32.dll", 28);
    RegSetValueExW(key, L"not there", 0, REG_SZ, (const BYTE *)L"@kernel32.dll,-64999", 42);
    RegSetValueExW(key, L"binary", 0, REG_BINARY, (const BYTE *)L"binary", 14);
    CHECK_EQ(RegLoadMUIStringA(key, "plain", narrow, 8, NULL, 0, NULL), ERROR_CALL_NOT_IMPLEMENTED);
    CHECK_EQ(RegLoadMUIStringW(key, L"plain", text, sizeof text, &size, 0, NULL), 0);
    CHECK_WSTR(text, L"some text");
    CHECK_EQ(size, 20);
    CHECK_EQ(RegLoadMUIStringW(key, L"plain", text, 10, &size, 0, NULL), ERROR_MORE_DATA);
    CHECK_EQ(size, 20);
    CHECK_EQ(RegLoadMUIStringW(key, L"plain", text, 10, NULL, REG_MUI_STRING_TRUNCATE, NULL), 0);
    CHECK_WSTR(text, L"some");
    CHECK_EQ(RegLoadMUIStringW(key, L"plain", text, 10, &size, REG_MUI_STRING_TRUNCATE, NULL),
             ERROR_INVALID_PARAMETER);
    CHECK_EQ(RegLoadMUIStringW(key, L"plain", text, 10, &size, 8, NULL), ERROR_INVALID_PARAMETER);
    CHECK_EQ(RegLoadMUIStringW(key, L"none", text, sizeof text, &size, 0, NULL), ERROR_FILE_NOT_FOUND);
    CHECK_EQ(RegLoadMUIStringW(key, L"no file", text, sizeof text, &size, 0, NULL), ERROR_FILE_NOT_FOUND);
    CHECK(RegLoadMUIStringW(key, L"no number", text, sizeof text, &size, 0, NULL) != 0);
    CHECK(RegLoadMUIStringW(key, L"not there", text, sizeof text, &size, 0, NULL) != 0);
    CHECK(RegLoadMUIStringW(key, L"binary", text, sizeof text, &size, 0, NULL) != 0);
    CHECK_EQ(RegLoadMUIStringW((HKEY)0xdead0, L"plain", text, sizeof text, &size, 0, NULL),
             ERROR_INVALID_HANDLE);
    drop(key);
}

TEST(string_resource_of_a_file)
{
    /* A file with the string 7, made for the purpose. */
    HKEY key = fresh();
    WCHAR folder[MAX_PATH], path[MAX_PATH], self[MAX_PATH], reference[MAX_PATH + 16], text[64] = L"";
    static const WCHAR block[] = L"\0\0\0\0\0\0\0\x0005seven\0\0\0\0\0\0\0\0";
    DWORD size;
    ORACLE_DIFFERS("documented: the size is that with the terminator");
    GetTempPathW(MAX_PATH, folder);
    swprintf(path, MAX_PATH, L"%lsgwodds%lu.dll", folder, GetCurrentProcessId());
    GetSystemDirectoryW(self, MAX_PATH);
    wcscat(self, L"\\version.dll");
    if (!CopyFileW(self, path, FALSE))
        SKIP("no file to copy");
    SetFileAttributesW(path, FILE_ATTRIBUTE_NORMAL);
    HANDLE update = BeginUpdateResourceW(path, TRUE);
    BOOL good = update &&
                UpdateResourceW(update, (LPWSTR)RT_STRING, MAKEINTRESOURCEW(1), 0x409, (void *)block,
                                sizeof block - 2) &&
                EndUpdateResourceW(update, FALSE);
    CHECK(good);
    swprintf(reference, MAX_PATH + 16, L"@%ls,-7", path);
    RegSetValueExW(key, L"whole", 0, REG_SZ, (const BYTE *)reference, (DWORD)wcslen(reference) * 2 + 2);
    swprintf(reference, MAX_PATH + 16, L"@gwodds%lu.dll,-7", GetCurrentProcessId());
    RegSetValueExW(key, L"relative", 0, REG_SZ, (const BYTE *)reference, (DWORD)wcslen(reference) * 2 + 2);
    CHECK_EQ(RegLoadMUIStringW(key, L"whole", text, sizeof text, &size, 0, NULL), 0);
    CHECK_WSTR(text, L"seven");
    CHECK_EQ(size, 12);
    CHECK_EQ(RegLoadMUIStringW(key, L"relative", text, sizeof text, &size, 0, folder), 0);
    CHECK_WSTR(text, L"seven");
    CHECK(DeleteFileW(path));
    drop(key);
}

TEST(several_values)
{
    HKEY key = fresh();
    VALENTA list[2] = {{(char *)"text", 0, 0, 0}, {(char *)"number", 0, 0, 0}};
    DWORD buffer[8], size = sizeof buffer, number = 9;
    ORACLE_CRASHES("not there");
    RegSetValueExA(key, "text", 0, REG_SZ, (const BYTE *)"words", 6);
    RegSetValueExA(key, "number", 0, REG_DWORD, (const BYTE *)&number, 4);
    CHECK_EQ(RegQueryMultipleValuesA(key, list, 2, (char *)buffer, &size), 0);
    CHECK_EQ(size, 12);
    CHECK_EQ(list[0].ve_valuelen, 6);
    CHECK_STR((char *)list[0].ve_valueptr, "words");
    CHECK_EQ(*(DWORD *)list[1].ve_valueptr, 9);
    CHECK_EQ(list[1].ve_type, REG_DWORD);
    size = 0;
    CHECK_EQ(RegQueryMultipleValuesA(key, list, 2, NULL, &size), ERROR_MORE_DATA);
    CHECK_EQ(size, 12);
    CHECK_EQ(RegQueryMultipleValuesA(key, list, 2, NULL, NULL), ERROR_INVALID_PARAMETER);
    CHECK_EQ(RegQueryMultipleValuesA((HKEY)0xdead0, list, 2, (char *)buffer, &size), ERROR_INVALID_HANDLE);
    /* documented: no more than a megabyte */
    BYTE *big = calloc(1, 1100000);
    RegSetValueExA(key, "number", 0, REG_BINARY, big, 1100000);
    size = 1100100;
    CHECK(RegQueryMultipleValuesA(key, list, 2, (char *)big, &size) != 0);
    free(big);
    drop(key);
}

TEST(replacing)
{
    HKEY key = fresh();
    ORACLE_DIFFERS("does nothing");
    CHECK_EQ(RegReplaceKeyA(key, NULL, "c:\\new", "c:\\old"), ERROR_PRIVILEGE_NOT_HELD);
    CHECK_EQ(RegReplaceKeyW(key, L"none", L"c:\\new", L"c:\\old"), ERROR_FILE_NOT_FOUND);
    CHECK_EQ(RegReplaceKeyW(key, NULL, NULL, L"c:\\old"), ERROR_INVALID_PARAMETER);
    CHECK_EQ(RegReplaceKeyW((HKEY)0xdead0, NULL, L"c:\\new", L"c:\\old"), ERROR_PRIVILEGE_NOT_HELD);
    drop(key);
}

TEST(reflection_and_caches)
{
    HKEY key = fresh();
    BOOL disabled = FALSE;
    ORACLE_CRASHES("not there");
    CHECK_EQ(RegDisablePredefinedCache(), 0);
    CHECK_EQ(RegDisablePredefinedCacheEx(), 0);
    CHECK_EQ(RegDisableReflectionKey(key), 0);
    CHECK_EQ(RegEnableReflectionKey(key), 0);
    CHECK_EQ(RegQueryReflectionKey(key, &disabled), 0);
    CHECK_EQ(disabled, TRUE);
    CHECK_EQ(RegFlushKey(key), 0);
    drop(key);
}

static void describe(HKEY key, char *to, size_t size)
{
    BYTE descriptor[1024];
    DWORD length = sizeof descriptor;
    char *sddl = NULL;
    *to = 0;
    CHECK_EQ(RegGetKeySecurity(key, DACL_SECURITY_INFORMATION, descriptor, &length), 0);
    CHECK(ConvertSecurityDescriptorToStringSecurityDescriptorA(descriptor, SDDL_REVISION_1,
                                                               DACL_SECURITY_INFORMATION, &sddl, NULL));
    if (sddl)
        snprintf(to, size, "%s", sddl);
    LocalFree(sddl);
}

/* Entries for containers go on to new keys, others do not; CREATOR OWNER becomes who made the key. */
TEST(security_is_inherited)
{
    HKEY root = fresh(), key, below;
    char sddl[512];
    PSECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES security = {sizeof security, NULL, FALSE};
    ORACLE_DIFFERS("nothing is inherited");
    CHECK(ConvertStringSecurityDescriptorToSecurityDescriptorA(
        "D:(A;CI;KA;;;WD)(A;;KR;;;AN)(A;CINP;KR;;;BU)(A;CIIO;KA;;;CO)", SDDL_REVISION_1, &descriptor, NULL));
    CHECK_EQ(RegSetKeySecurity(root, DACL_SECURITY_INFORMATION, descriptor), 0);
    LocalFree(descriptor);
    CHECK_EQ(RegCreateKeyExA(root, "child", 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL), 0);
    describe(key, sddl, sizeof sddl);
    CHECK(strstr(sddl, "(A;CIID;KA;;;WD)") != NULL);
    CHECK(strstr(sddl, ";AN)") == NULL);
    CHECK(strstr(sddl, "(A;ID;KR;;;BU)") != NULL);
    CHECK(strstr(sddl, "(A;CIIOID;KA;;;CO)") != NULL);
    CHECK_EQ(RegCreateKeyExA(key, "below", 0, NULL, 0, KEY_ALL_ACCESS, NULL, &below, NULL), 0);
    describe(below, sddl, sizeof sddl);
    CHECK(strstr(sddl, "(A;CIID;KA;;;WD)") != NULL);
    CHECK(strstr(sddl, ";BU)") == NULL);
    RegCloseKey(below);
    /* A key made with a descriptor has that. */
    CHECK(ConvertStringSecurityDescriptorToSecurityDescriptorA("D:(A;;KA;;;WD)", SDDL_REVISION_1,
                                                               &security.lpSecurityDescriptor, NULL));
    CHECK_EQ(RegCreateKeyExA(root, "own", 0, NULL, 0, KEY_ALL_ACCESS, &security, &below, NULL), 0);
    describe(below, sddl, sizeof sddl);
    CHECK_STR(sddl, "D:(A;;KA;;;WD)");
    LocalFree(security.lpSecurityDescriptor);
    RegCloseKey(below);
    RegCloseKey(key);
    drop(root);
}

/* A copy has classes, security and symbolic links: those as they are. */
TEST(trees_are_copied_whole)
{
    HKEY root = fresh(), from, to, key;
    char text[512];
    DWORD size = sizeof text, type;
    PSECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES security = {sizeof security, NULL, FALSE};
    static const WCHAR target[] = L"\\Registry\\Machine\\Gastwirt nowhere";
    ORACLE_CRASHES("classes, security and links are not copied, deleting follows links");
    CHECK(ConvertStringSecurityDescriptorToSecurityDescriptorA("D:(A;;KA;;;WD)", SDDL_REVISION_1, &descriptor,
                                                               NULL));
    security.lpSecurityDescriptor = descriptor;
    RegCreateKeyExA(root, "from", 0, NULL, 0, KEY_ALL_ACCESS, NULL, &from, NULL);
    RegCreateKeyExA(root, "to", 0, NULL, 0, KEY_ALL_ACCESS, NULL, &to, NULL);
    CHECK_EQ(RegCreateKeyExA(from, "sub", 0, (char *)"class", 0, KEY_ALL_ACCESS, &security, &key, NULL), 0);
    RegSetValueExA(key, "v", 0, REG_SZ, (const BYTE *)"x", 2);
    RegCloseKey(key);
    CHECK_EQ(RegCreateKeyExA(from, "link", 0, NULL, REG_OPTION_CREATE_LINK, KEY_ALL_ACCESS, NULL, &key, NULL),
             0);
    CHECK_EQ(RegSetValueExW(key, L"SymbolicLinkValue", 0, REG_LINK, (const BYTE *)target, sizeof target - 2),
             0);
    RegCloseKey(key);
    CHECK_EQ(RegCopyTreeA(root, "from", to), 0);
    CHECK_EQ(RegOpenKeyExA(to, "sub", 0, KEY_ALL_ACCESS, &key), 0);
    CHECK_EQ(RegQueryInfoKeyA(key, text, &size, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), 0);
    CHECK_STR(text, "class");
    describe(key, text, sizeof text);
    CHECK_STR(text, "D:(A;;KA;;;WD)");
    RegCloseKey(key);
    CHECK_EQ(RegOpenKeyExA(to, "link", REG_OPTION_OPEN_LINK, KEY_ALL_ACCESS, &key), 0);
    size = sizeof text;
    CHECK_EQ(RegQueryValueExA(key, "SymbolicLinkValue", NULL, &type, (BYTE *)text, &size), 0);
    CHECK_EQ(type, REG_LINK);
    CHECK_EQ(RegDeleteKeyA(to, "link"), 0);
    RegCloseKey(key);
    CHECK_EQ(RegDeleteKeyA(from, "link"), 0);
    CHECK_EQ(RegCopyTreeA(root, "none", to), ERROR_FILE_NOT_FOUND);
    CHECK_EQ(RegCopyTreeA((HKEY)0xdead0, NULL, to), ERROR_INVALID_HANDLE);
    LocalFree(descriptor);
    RegCloseKey(from);
    RegCloseKey(to);
    drop(root);
}

TEST(application_hives)
{
    WCHAR path[MAX_PATH];
    HKEY key = NULL;
    DWORD number = 5, size = 4, read = 0;
    GetTempPathW(MAX_PATH, path);
    swprintf(path + wcslen(path), 64, L"gwodds%lu.hive", GetCurrentProcessId());
    DeleteFileW(path);
    ORACLE_CRASHES("a missing result");
    for (int round = 0; round < 2; round++) {
        CHECK_EQ(RegLoadAppKeyW(path, &key, KEY_ALL_ACCESS, 0, 0), 0);
        if (round) {
            CHECK_EQ(RegQueryValueExW(key, L"n", NULL, NULL, (BYTE *)&read, &size), 0);
            CHECK_EQ(read, 5);
        } else {
            CHECK_EQ(RegSetValueExW(key, L"n", 0, REG_DWORD, (BYTE *)&number, 4), 0);
        }
        CHECK_EQ(RegCloseKey(key), 0);
    }
    CHECK_EQ(RegLoadAppKeyW(path, NULL, KEY_READ, 0, 0), ERROR_INVALID_PARAMETER);
    CHECK_EQ(RegLoadAppKeyW(path, &key, KEY_READ, 8, 0), ERROR_INVALID_PARAMETER);
    CHECK_EQ(RegLoadAppKeyW(path, &key, KEY_READ, 0, 1), ERROR_INVALID_PARAMETER);
    CHECK(DeleteFileW(path));
}

TEST(users_are_named_by_their_sid)
{
    HANDLE token;
    BYTE user[128];
    DWORD size;
    char *sid = NULL, name[256];
    BOOL found = FALSE;
    HKEY key, other;
    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token));
    CHECK(GetTokenInformation(token, TokenUser, user, sizeof user, &size));
    CHECK(ConvertSidToStringSidA(((TOKEN_USER *)user)->User.Sid, &sid));
    for (DWORD i = 0;
         size = sizeof name, RegEnumKeyExA(HKEY_USERS, i, name, &size, NULL, NULL, NULL, NULL) == 0; i++)
        found |= strcmp(name, sid) == 0;
    CHECK(found);
    key = fresh();
    CHECK_EQ(RegOpenKeyExA(HKEY_USERS, sid, 0, KEY_READ, &other), 0);
    RegCloseKey(other);
    snprintf(name, sizeof name, "%s\\" ROOT, sid);
    CHECK_EQ(RegOpenKeyExA(HKEY_USERS, name, 0, KEY_READ, &other), 0);
    RegCloseKey(other);
    CHECK_EQ(RegOpenKeyExA(HKEY_USERS, "S-1-5-21-1-2-3-4", 0, KEY_READ, &other), ERROR_FILE_NOT_FOUND);
    LocalFree(sid);
    CloseHandle(token);
    drop(key);
}
