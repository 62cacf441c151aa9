/*
 * Version resources: a block put into a file, read and queried.
 */
#include "harness.h"

static char path[MAX_PATH + 20];
static BYTE block[2048];
static DWORD used;

static DWORD begin(const WCHAR *key, WORD value_length, WORD type)
{
    DWORD start = used = (used + 3) & ~3u;
    *(WORD *)(block + start + 2) = value_length;
    *(WORD *)(block + start + 4) = type;
    used = start + 6;
    memcpy(block + used, key, (lstrlenW(key) + 1) * sizeof(WCHAR));
    used = (used + (lstrlenW(key) + 1) * sizeof(WCHAR) + 3) & ~3u;
    return start;
}

static void put(const void *data, DWORD size)
{
    memcpy(block + used, data, size);
    used += size;
}

static void end(DWORD start)
{
    *(WORD *)(block + start) = (WORD)(used - start);
}

static void put_string(const WCHAR *key, const WCHAR *value)
{
    DWORD start = begin(key, (WORD)(lstrlenW(value) + 1), 1);
    put(value, (lstrlenW(value) + 1) * sizeof(WCHAR));
    end(start);
}

static BOOL make_file(void)
{
    char source[2 * MAX_PATH], temp[MAX_PATH];
    VS_FIXEDFILEINFO fixed = {
        .dwSignature = VS_FFI_SIGNATURE, .dwFileVersionMS = 0x00030002, .dwFileVersionLS = 0x00010000};
    WORD translation[] = {0x409, 1200};
    DWORD root, table, strings;

    used = 0;
    root = begin(L"VS_VERSION_INFO", sizeof fixed, 0);
    put(&fixed, sizeof fixed);
    table = begin(L"StringFileInfo", 0, 1);
    strings = begin(L"040904B0", 0, 1);
    put_string(L"FileDescription", L"A test file");
    put_string(L"CompanyName", L"Gastwirt");
    end(strings);
    end(table);
    table = begin(L"VarFileInfo", 0, 1);
    strings = begin(L"Translation", sizeof translation, 0);
    put(translation, sizeof translation);
    end(strings);
    end(table);
    end(root);

    GetModuleFileNameA(NULL, source, MAX_PATH);
    strcpy(strrchr(source, '\\'), "\\..\\kernel32\\dlls\\ldr_plain.dll");
    GetTempPathA(MAX_PATH, temp);
    snprintf(path, sizeof path, "%sldr_version.dll", temp);
    if (!CopyFileA(source, path, FALSE))
        return FALSE;
    HANDLE update = BeginUpdateResourceA(path, FALSE);
    return update &&
           UpdateResourceA(update, (LPCSTR)RT_VERSION, MAKEINTRESOURCEA(VS_VERSION_INFO), 0x409, block,
                           used) &&
           EndUpdateResourceA(update, FALSE);
}

TEST(query)
{
    VS_FIXEDFILEINFO *fixed;
    WORD *translation;
    char *text;
    WCHAR *wide;
    UINT length;
    DWORD handle = 5;

    CHECK(make_file());
    DWORD size = GetFileVersionInfoSizeA(path, &handle);
    CHECK(size >= used);
    CHECK(handle == 0);
    BYTE *data = calloc(1, size + 16);
    CHECK(GetFileVersionInfoA(path, 0, size, data));
    CHECK(VerQueryValueA(data, "\\", (void **)&fixed, &length));
    CHECK(length == sizeof *fixed && fixed->dwSignature == VS_FFI_SIGNATURE &&
          fixed->dwFileVersionMS == 0x00030002);
    CHECK(VerQueryValueA(data, "\\VarFileInfo\\Translation", (void **)&translation, &length));
    CHECK(length == 4 && translation[0] == 0x409 && translation[1] == 1200);
    CHECK(VerQueryValueA(data, "\\StringFileInfo\\040904B0\\FileDescription", (void **)&text, &length));
    CHECK(length == 12 && !strcmp(text, "A test file"));
    CHECK(VerQueryValueA(data, "\\stringfileinfo\\040904b0\\companyname", (void **)&text, &length));
    CHECK(!strcmp(text, "Gastwirt"));
    CHECK(VerQueryValueW(data, L"\\StringFileInfo\\040904B0\\CompanyName", (void **)&wide, &length));
    CHECK(length == 9 && !wcscmp(wide, L"Gastwirt"));
    CHECK_ERROR(VerQueryValueA(data, "\\StringFileInfo\\040904B0\\Nothing", (void **)&text, &length),
                ERROR_RESOURCE_TYPE_NOT_FOUND);
    free(data);
    DeleteFileA(path);
}

TEST(failures)
{
    DWORD handle;
    CHECK_ERROR(GetFileVersionInfoSizeA("no_such_file.dll", &handle), ERROR_FILE_NOT_FOUND);
    char self[MAX_PATH];
    GetModuleFileNameA(NULL, self, MAX_PATH);
    CHECK(GetFileVersionInfoSizeA(self, &handle) == 0);
}
