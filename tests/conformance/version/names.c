/*
 * Names of languages, where a file is to be installed, and the forms of the queries with flags.
 */
#include "harness.h"
#undef GetFileVersionInfoSizeEx
#undef GetFileVersionInfoEx

TEST(languages)
{
    ORACLE_DIFFERS("wine 8.0 names the language without its country");
    char name[64];
    WCHAR wide[64];
    CHECK_EQ(VerLanguageNameA(0x409, name, sizeof name), strlen("English (United States)"));
    CHECK_STR(name, "English (United States)");
    CHECK_EQ(VerLanguageNameW(0x407, wide, 64), wcslen(L"German (Germany)"));
    CHECK_WSTR(wide, L"German (Germany)");
    CHECK(VerLanguageNameW(0x409, wide, 8) >= 7); /* cut */
    CHECK_WSTR(wide, L"English");
    CHECK(VerLanguageNameA(0x409, name, 8) >= 7);
    CHECK_STR(name, "English");
    CHECK(VerLanguageNameW(0, wide, 64) > 0);
}

TEST(where_to_install)
{
    char current[MAX_PATH], destination[MAX_PATH], system[MAX_PATH];
    WCHAR wide_current[MAX_PATH], wide_destination[MAX_PATH], wide_system[MAX_PATH];
    UINT current_size = MAX_PATH, destination_size = MAX_PATH;

    GetSystemDirectoryA(system, MAX_PATH);
    GetSystemDirectoryW(wide_system, MAX_PATH);
    CHECK(!(VerFindFileA(VFFF_ISSHAREDFILE, (char *)"no such file.dll", NULL, (char *)"C:\\app", current,
                         &current_size, destination, &destination_size) &
            VFF_BUFFTOOSMALL));
    CHECK_STR(current, "");
    CHECK(lstrcmpiA(destination, system) == 0);
    CHECK_EQ(destination_size, strlen(system) + 1);
    current_size = destination_size = MAX_PATH;
    CHECK(!(VerFindFileW(0, (WCHAR *)L"no such file.dll", NULL, (WCHAR *)L"C:\\app", wide_current,
                         &current_size, wide_destination, &destination_size) &
            VFF_BUFFTOOSMALL));
    CHECK_WSTR(wide_destination, L"C:\\app");
    current_size = destination_size = MAX_PATH;
    DWORD result = VerFindFileW(VFFF_ISSHAREDFILE, (WCHAR *)L"kernel32.dll", NULL, (WCHAR *)L"C:\\app",
                                wide_current, &current_size, wide_destination, &destination_size);
    CHECK_EQ(result & VFF_CURNEDEST, 0); /* it is where it should be */
    CHECK(lstrcmpiW(wide_current, wide_system) == 0);
    destination_size = 2;
    current_size = MAX_PATH;
    CHECK(VerFindFileW(0, (WCHAR *)L"no such file.dll", NULL, (WCHAR *)L"C:\\app", wide_current,
                       &current_size, wide_destination, &destination_size) &
          VFF_BUFFTOOSMALL);
    CHECK_EQ(destination_size, 7);
}

/* mingw-w64 has no imports of these for i386. */
#define FUNCTION(result, name, arguments)                                                                    \
    result(WINAPI *name) arguments = (void *)GetProcAddress(GetModuleHandleA("version.dll"), #name)

TEST(forms)
{
    FUNCTION(DWORD, GetFileVersionInfoSizeExW, (DWORD, const WCHAR *, DWORD *));
    FUNCTION(DWORD, GetFileVersionInfoSizeExA, (DWORD, const char *, DWORD *));
    FUNCTION(BOOL, GetFileVersionInfoExW, (DWORD, const WCHAR *, DWORD, DWORD, void *));
    FUNCTION(BOOL, GetFileVersionInfoExA, (DWORD, const char *, DWORD, DWORD, void *));
    DWORD handle = 7, size;
    BYTE buffer[64];
    CHECK_ERROR(GetFileVersionInfoSizeW(L"no such file.dll", &handle), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(GetFileVersionInfoSizeExW(FILE_VER_GET_NEUTRAL, L"no such file.dll", &handle),
                ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(GetFileVersionInfoSizeExA(FILE_VER_GET_NEUTRAL, "no such file.dll", &handle),
                ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(GetFileVersionInfoW(L"no such file.dll", 0, sizeof buffer, buffer), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(GetFileVersionInfoExW(FILE_VER_GET_NEUTRAL, L"no such file.dll", 0, sizeof buffer, buffer),
                ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(GetFileVersionInfoExA(FILE_VER_GET_NEUTRAL, "no such file.dll", 0, sizeof buffer, buffer),
                ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(GetFileVersionInfoW(L"kernel32.dll", 0, 0, NULL), ERROR_INVALID_DATA);
    size = GetFileVersionInfoSizeW(L"kernel32.dll", &handle);
    CHECK_EQ(size, GetFileVersionInfoSizeExW(FILE_VER_GET_LOCALISED, L"kernel32.dll", &handle));
    CHECK_EQ(size, GetFileVersionInfoSizeExA(FILE_VER_GET_LOCALISED, "kernel32.dll", &handle));
    if (!size)
        return;
    void *data = malloc(size), *again = malloc(size), *fixed = NULL;
    UINT length = 0;
    CHECK(GetFileVersionInfoW(L"kernel32.dll", 0, size, data));
    CHECK(VerQueryValueW(data, L"\\", &fixed, &length));
    CHECK_EQ(length, sizeof(VS_FIXEDFILEINFO));
    CHECK_EQ(((VS_FIXEDFILEINFO *)fixed)->dwSignature, VS_FFI_SIGNATURE);
    CHECK(GetFileVersionInfoExW(FILE_VER_GET_LOCALISED, L"kernel32.dll", 0, size, again));
    CHECK(VerQueryValueW(again, L"\\", &fixed, &length));
    CHECK(GetFileVersionInfoExA(FILE_VER_GET_LOCALISED, "kernel32.dll", 0, size, again));
    CHECK(VerQueryValueW(again, L"\\", &fixed, &length));
    free(data);
    free(again);
}
