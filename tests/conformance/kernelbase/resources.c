/*
 * Resources by the wide and extended functions: finding, enumerating, strings, writing them into files.
 */
#include "../harness.h"

static HMODULE kernel32(void)
{
    return GetModuleHandleA("kernel32.dll");
}

static int calls, right;

static BOOL CALLBACK wide_type(HMODULE module, WCHAR *type, LONG_PTR argument)
{
    calls++;
    right += type == (WCHAR *)RT_VERSION && argument == 9;
    return TRUE;
}

static BOOL CALLBACK ansi_type(HMODULE module, char *type, LONG_PTR argument)
{
    return wide_type(module, (WCHAR *)type, argument);
}

static BOOL CALLBACK wide_name(HMODULE module, const WCHAR *type, WCHAR *name, LONG_PTR argument)
{
    calls++;
    right += type == (WCHAR *)RT_VERSION && name == MAKEINTRESOURCEW(1) && argument == 9;
    return TRUE;
}

static BOOL CALLBACK ansi_name(HMODULE module, const char *type, char *name, LONG_PTR argument)
{
    return wide_name(module, (const WCHAR *)type, (WCHAR *)name, argument);
}

static BOOL CALLBACK wide_language(HMODULE module, const WCHAR *type, const WCHAR *name, WORD language,
                                   LONG_PTR argument)
{
    calls++;
    right += type == (WCHAR *)RT_VERSION && name == MAKEINTRESOURCEW(1) && language == 0x409 && argument == 9;
    return TRUE;
}

static BOOL CALLBACK ansi_language(HMODULE module, const char *type, const char *name, WORD language,
                                   LONG_PTR argument)
{
    return wide_language(module, (const WCHAR *)type, (const WCHAR *)name, language, argument);
}

static void check_calls(int line)
{
    if (!calls || right != 1)
        harness_fail(__FILE__, line, "%d calls, %d right ones", calls, right);
    calls = right = 0;
}

TEST(enumerating)
{
    const WCHAR *version = (const WCHAR *)RT_VERSION;
    const char *ansi_version = (const char *)RT_VERSION;

    CHECK(EnumResourceTypesW(kernel32(), wide_type, 9));
    check_calls(__LINE__);
    CHECK(EnumResourceTypesExW(kernel32(), wide_type, 9, RESOURCE_ENUM_LN, 0));
    check_calls(__LINE__);
    CHECK(EnumResourceTypesExA(kernel32(), ansi_type, 9, RESOURCE_ENUM_LN, 0));
    check_calls(__LINE__);
    CHECK(EnumResourceNamesW(kernel32(), version, wide_name, 9));
    check_calls(__LINE__);
    CHECK(EnumResourceNamesExW(kernel32(), version, (ENUMRESNAMEPROCW)wide_name, 9, RESOURCE_ENUM_LN, 0));
    check_calls(__LINE__);
    CHECK(
        EnumResourceNamesExA(kernel32(), ansi_version, (ENUMRESNAMEPROCA)ansi_name, 9, RESOURCE_ENUM_LN, 0));
    check_calls(__LINE__);
    CHECK(EnumResourceLanguagesW(kernel32(), version, MAKEINTRESOURCEW(1), wide_language, 9));
    check_calls(__LINE__);
    CHECK(EnumResourceLanguagesExW(kernel32(), version, MAKEINTRESOURCEW(1), wide_language, 9,
                                   RESOURCE_ENUM_LN, 0));
    check_calls(__LINE__);
    CHECK(EnumResourceLanguagesExA(kernel32(), ansi_version, MAKEINTRESOURCEA(1), ansi_language, 9,
                                   RESOURCE_ENUM_LN, 0));
    check_calls(__LINE__);
    CHECK_ERROR(EnumResourceNamesW(kernel32(), L"NOTYPE", wide_name, 9), ERROR_RESOURCE_TYPE_NOT_FOUND);
    CHECK_ERROR(EnumResourceLanguagesW(kernel32(), version, L"NONAME", wide_language, 9),
                ERROR_RESOURCE_NAME_NOT_FOUND);
    CHECK_EQ(calls, 0);
}

TEST(finding)
{
    HRSRC resource = FindResourceExW(kernel32(), (WCHAR *)RT_VERSION, MAKEINTRESOURCEW(1), 0x409);
    HGLOBAL data;

    CHECK(resource != NULL);
    CHECK(SizeofResource(kernel32(), resource) > 92);
    data = LoadResource(kernel32(), resource);
    CHECK(data != NULL);
    CHECK_EQ(memcmp((char *)LockResource(data) + 6, L"VS_VERSION_INFO", 32), 0);
    CHECK(!FreeResource(data)); /* zero: there is nothing to free */
    CHECK_ERROR(FindResourceExW(kernel32(), (WCHAR *)RT_VERSION, MAKEINTRESOURCEW(777), 0),
                ERROR_RESOURCE_NAME_NOT_FOUND);
    CHECK_ERROR(FindResourceExW(kernel32(), L"NOTYPE", MAKEINTRESOURCEW(1), 0),
                ERROR_RESOURCE_TYPE_NOT_FOUND);
}

static void copy_test_library(WCHAR *to)
{
    WCHAR from[MAX_PATH];

    GetSystemDirectoryW(from, MAX_PATH);
    lstrcatW(from, L"\\version.dll");
    CHECK(CopyFileW(from, to, FALSE));
    CHECK(SetFileAttributesW(to, FILE_ATTRIBUTE_NORMAL));
}

TEST(writing_and_strings)
{
    WCHAR path[] = L"with resources.dll", wide[16] = L"", *direct = NULL;
    char ansi[16] = "";
    /* The second block of 16 strings: numbers 16 to 31, each with its length before it. */
    WCHAR strings[64] = {0};
    int used = 1;

    ORACLE_DIFFERS("its own libraries cannot be copied and written");
    copy_test_library(path);
    strings[used++] = 5;
    memcpy(strings + used, L"hello", 10);
    used += 5 + 14;
    HANDLE update = BeginUpdateResourceW(path, FALSE);
    CHECK(update != NULL);
    CHECK(UpdateResourceW(update, (WCHAR *)RT_STRING, MAKEINTRESOURCEW(2), 0x409, strings, (DWORD)used * 2));
    CHECK(UpdateResourceW(update, L"MINE", L"FIRST", 0, (void *)"data", 4));
    CHECK(EndUpdateResourceW(update, FALSE));
    HMODULE module = LoadLibraryExW(path, NULL, LOAD_LIBRARY_AS_DATAFILE);
    CHECK(module != NULL);
    CHECK_EQ(LoadStringW(module, 17, wide, 16), 5);
    CHECK_WSTR(wide, L"hello");
    CHECK_EQ(LoadStringA(module, 17, ansi, 16), 5);
    CHECK_STR(ansi, "hello");
    CHECK_EQ(LoadStringW(module, 17, wide, 3), 2);
    CHECK_WSTR(wide, L"he");
    CHECK_EQ(LoadStringA(module, 17, ansi, 3), 2);
    CHECK_STR(ansi, "he");
    CHECK_EQ(LoadStringW(module, 17, (WCHAR *)&direct, 0), 5); /* where it is, not terminated */
    CHECK_EQ(memcmp(direct, L"hello", 10), 0);
    CHECK_EQ(LoadStringW(module, 18, wide, 16), 0);
    CHECK_EQ(LoadStringA(module, 777, ansi, 16), 0);
    HRSRC resource = FindResourceExW(module, L"MINE", L"FIRST", 0);
    CHECK_EQ(SizeofResource(module, resource), 4);
    CHECK_EQ(memcmp(LockResource(LoadResource(module, resource)), "data", 4), 0);
    CHECK(FreeLibrary(module));
    update = BeginUpdateResourceW(path, FALSE);
    CHECK(UpdateResourceW(update, L"MINE", L"FIRST", 0, NULL, 0)); /* takes it away */
    CHECK(EndUpdateResourceW(update, TRUE));                       /* or not */
    module = LoadLibraryExW(path, NULL, LOAD_LIBRARY_AS_DATAFILE);
    CHECK(FindResourceExW(module, L"MINE", L"FIRST", 0) != NULL);
    CHECK(FreeLibrary(module));
    CHECK_ERROR(BeginUpdateResourceW(L"no such file", FALSE), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(EndUpdateResourceW(NULL, FALSE), ERROR_INVALID_HANDLE);
    CHECK(DeleteFileW(path));
}
