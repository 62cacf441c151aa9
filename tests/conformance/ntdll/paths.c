/* Rtl's DOS paths: their kinds, device names, full and NT forms, the current directory, searching. */
#include "../harness.h"
#include <nt/base.h>

typedef struct {
    UNICODE_STRING name;
    HANDLE directory;
    void *current_directory;
} RELATIVE_NAME;

ULONG NTAPI RtlDetermineDosPathNameType_U(const WCHAR *);
ULONG NTAPI RtlIsDosDeviceName_U(const WCHAR *);
ULONG NTAPI RtlGetFullPathName_U(const WCHAR *, ULONG, WCHAR *, WCHAR **);
BOOLEAN NTAPI RtlDosPathNameToNtPathName_U(const WCHAR *, UNICODE_STRING *, WCHAR **, RELATIVE_NAME *);
LONG NTAPI RtlDosPathNameToNtPathName_U_WithStatus(const WCHAR *, UNICODE_STRING *, WCHAR **,
                                                   RELATIVE_NAME *);
BOOLEAN NTAPI RtlDosPathNameToRelativeNtPathName_U(const WCHAR *, UNICODE_STRING *, WCHAR **,
                                                   RELATIVE_NAME *);
LONG NTAPI RtlDosPathNameToRelativeNtPathName_U_WithStatus(const WCHAR *, UNICODE_STRING *, WCHAR **,
                                                           RELATIVE_NAME *);
VOID NTAPI RtlReleaseRelativeName(RELATIVE_NAME *);
ULONG NTAPI RtlGetLongestNtPathLength(void);
ULONG NTAPI RtlGetCurrentDirectory_U(ULONG, WCHAR *);
LONG NTAPI RtlSetCurrentDirectory_U(const UNICODE_STRING *);
BOOLEAN NTAPI RtlDoesFileExists_U(const WCHAR *);
ULONG NTAPI RtlDosSearchPath_U(const WCHAR *, const WCHAR *, const WCHAR *, ULONG, WCHAR *, WCHAR **);
VOID NTAPI RtlFreeUnicodeString(UNICODE_STRING *);

TEST(kinds)
{
    static const struct {
        const WCHAR *name;
        ULONG kind;
    } cases[] = {{L"\\\\server\\share", 1},
                 {L"C:\\x", 2},
                 {L"C:x", 3},
                 {L"\\x", 4},
                 {L"x", 5},
                 {L"\\\\.\\x", 6},
                 {L"\\\\.", 7},
                 {L"\\\\?\\x", 6},
                 {L"", 5},
                 {L"//server/x", 1},
                 {L"c:/x", 2},
                 {L"/x", 4},
                 {L"\\\\?", 7},
                 {L"//./x", 6},
                 {L"1:", 3},
                 {L"\\\\", 1},
                 {L"C:", 3},
                 {L".\\x", 5},
                 {L"\\\\.x", 1}};

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++)
        if (RtlDetermineDosPathNameType_U(cases[i].name) != cases[i].kind)
            FAIL("\"%ls\": %lu, not %lu", cases[i].name, RtlDetermineDosPathNameType_U(cases[i].name),
                 cases[i].kind);
}

TEST(device_names)
{
    static const struct {
        const WCHAR *name;
        ULONG position, length; /* bytes */
    } cases[] = {{L"NUL", 0, 6},  {L"nul.txt", 0, 6}, {L"nul:", 0, 6},    {L"com1", 0, 8},
                 {L"COM0", 0, 0}, {L"lpt9", 0, 8},    {L"aux", 0, 6},     {L"prn", 0, 6},
                 {L"con", 0, 6},  {L"null", 0, 0},    {L"com10", 0, 0},   {L"", 0, 0},
                 {L"nu", 0, 0},   {L"x", 0, 0},       {L"conin$", 0, 12}, {L"CONOUT$", 0, 14},
                 {L"nul  ", 0, 6}};

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        ULONG got = RtlIsDosDeviceName_U(cases[i].name);
        if (got != (cases[i].position << 16 | cases[i].length))
            FAIL("\"%ls\": %lx, not %lx", cases[i].name, got, cases[i].position << 16 | cases[i].length);
    }
}

TEST(full_names)
{
    WCHAR buffer[MAX_PATH], *part;

    CHECK_EQ(RtlGetFullPathName_U(L"C:\\a\\.\\b\\..\\c.txt", sizeof buffer, buffer, &part), 20);
    CHECK_WSTR(buffer, L"C:\\a\\c.txt");
    CHECK_WSTR(part, L"c.txt");
    CHECK_EQ(RtlGetFullPathName_U(L"C:\\abc", 4, buffer, &part), 14);
    CHECK_EQ(RtlGetFullPathName_U(L"C:\\abc\\", sizeof buffer, buffer, &part), 14);
    CHECK(!part);
    CHECK_EQ(RtlGetFullPathName_U(L"", sizeof buffer, buffer, &part), 0);
}

TEST(nt_names)
{
    static const struct {
        const WCHAR *dos, *nt;
    } cases[] = {{L"C:\\a\\b", L"\\??\\C:\\a\\b"},
                 {L"C:/a/./b/", L"\\??\\C:\\a\\b\\"},
                 {L"\\\\server\\share\\x", L"\\??\\UNC\\server\\share\\x"},
                 {L"\\\\.\\pipe\\x", L"\\??\\pipe\\x"},
                 {L"\\\\?\\C:\\a\\..\\b", L"\\??\\C:\\a\\..\\b"}, /* literally */
                 {L"nul", L"\\??\\nul"}};

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        UNICODE_STRING nt = {0};
        WCHAR *part = (WCHAR *)1;
        CHECK(RtlDosPathNameToNtPathName_U(cases[i].dos, &nt, &part, NULL));
        CHECK_WSTR(nt.Buffer, cases[i].nt);
        CHECK_EQ(nt.Length, lstrlenW(cases[i].nt) * 2);
        RtlFreeUnicodeString(&nt);
        CHECK_STATUS(RtlDosPathNameToNtPathName_U_WithStatus(cases[i].dos, &nt, NULL, NULL), STATUS_SUCCESS);
        CHECK_WSTR(nt.Buffer, cases[i].nt);
        RtlFreeUnicodeString(&nt);
    }
    UNICODE_STRING nt;
    CHECK(!RtlDosPathNameToNtPathName_U(L"", &nt, NULL, NULL));
    CHECK_STATUS(RtlDosPathNameToNtPathName_U_WithStatus(L"", &nt, NULL, NULL), STATUS_OBJECT_NAME_INVALID);
    CHECK_EQ(RtlGetLongestNtPathLength(), 277);
}

TEST(relative_names)
{
    UNICODE_STRING nt = {0};
    RELATIVE_NAME relative;

    CHECK(RtlDosPathNameToRelativeNtPathName_U(L"some file", &nt, NULL, &relative));
    if (relative.directory) { /* a shorter way to the same file, where there is one */
        CHECK_EQ(relative.name.Length, 18);
        CHECK_EQ(memcmp(relative.name.Buffer, L"some file", 18), 0);
    } else
        CHECK_EQ(relative.name.Length, 0);
    CHECK_EQ(memcmp(nt.Buffer, L"\\??\\", 8), 0);
    RtlReleaseRelativeName(&relative);
    RtlFreeUnicodeString(&nt);
    CHECK_STATUS(RtlDosPathNameToRelativeNtPathName_U_WithStatus(L"C:\\x", &nt, NULL, &relative),
                 STATUS_SUCCESS);
    if (relative.directory) /* C:\ can be the current directory */
        CHECK_EQ(relative.name.Length, 2);
    CHECK_WSTR(nt.Buffer, L"\\??\\C:\\x");
    RtlReleaseRelativeName(&relative);
    RtlFreeUnicodeString(&nt);
}

TEST(long_names)
{
    HMODULE ntdll = GetModuleHandleA("ntdll.dll");
    LONG(NTAPI * to_nt)
    (const WCHAR *, UNICODE_STRING *, WCHAR **,
     RELATIVE_NAME *) = (void *)GetProcAddress(ntdll, "RtlDosLongPathNameToNtPathName_U_WithStatus");
    LONG(NTAPI * to_relative)
    (const WCHAR *, UNICODE_STRING *, WCHAR **,
     RELATIVE_NAME *) = (void *)GetProcAddress(ntdll, "RtlDosLongPathNameToRelativeNtPathName_U_WithStatus");
    UNICODE_STRING nt = {0};
    RELATIVE_NAME relative;
    WCHAR name[1000] = L"C:\\";

    if (!to_nt || !to_relative)
        SKIP("not exported there");
    for (int i = 0; i < 40; i++)
        lstrcatW(name, L"component\\");
    CHECK_STATUS(to_nt(name, &nt, NULL, NULL), STATUS_SUCCESS);
    CHECK_EQ(nt.Length, (lstrlenW(name) + 4) * 2);
    RtlFreeUnicodeString(&nt);
    CHECK_STATUS(to_relative(name, &nt, NULL, &relative), STATUS_SUCCESS);
    CHECK_EQ(nt.Length, (lstrlenW(name) + 4) * 2);
    RtlReleaseRelativeName(&relative);
    RtlFreeUnicodeString(&nt);
}

TEST(current_directory)
{
    WCHAR old[MAX_PATH], now[MAX_PATH];
    UNICODE_STRING path = {6, 8, (WCHAR *)L"C:\\"};
    ULONG size = RtlGetCurrentDirectory_U(sizeof old, old);

    CHECK_EQ(size, lstrlenW(old) * 2);
    CHECK_EQ(RtlGetCurrentDirectory_U(2, now), size + 2);
    CHECK_STATUS(RtlSetCurrentDirectory_U(&path), STATUS_SUCCESS);
    CHECK_EQ(RtlGetCurrentDirectory_U(sizeof now, now), 6);
    CHECK_WSTR(now, L"C:\\");
    path = (UNICODE_STRING){28, 30, (WCHAR *)L"no such folder"};
    CHECK_STATUS(RtlSetCurrentDirectory_U(&path), STATUS_OBJECT_NAME_NOT_FOUND);
    path = (UNICODE_STRING){(USHORT)size, (USHORT)(size + 2), old};
    CHECK_STATUS(RtlSetCurrentDirectory_U(&path), STATUS_SUCCESS);
}

TEST(searching)
{
    WCHAR buffer[MAX_PATH], *part;

    CHECK(RtlDoesFileExists_U(L"C:\\windows"));
    CHECK(!RtlDoesFileExists_U(L"C:\\no such file"));
    ULONG size = RtlDosSearchPath_U(L"C:\\no such folder;C:\\windows\\system32", L"kernel32", L".dll",
                                    sizeof buffer, buffer, &part);
    CHECK_EQ(size, lstrlenW(buffer) * 2);
    CHECK_EQ(lstrcmpiW(part, L"kernel32.dll"), 0);
    CHECK_EQ(RtlDosSearchPath_U(L"C:\\windows\\system32", L"kernel32", L".dll", 10, buffer, &part), size + 2);
    CHECK_EQ(RtlDosSearchPath_U(L"C:\\windows", L"no such", L".file", sizeof buffer, buffer, &part), 0);
}

TEST(full_names_and_status)
{
    LONG(NTAPI * full)
    (PCWSTR, ULONG, PWSTR, PWSTR *, ULONG *) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"),
                                                                      "RtlGetFullPathName_UEx");
    WCHAR buffer[MAX_PATH], *part = NULL;
    ULONG size = 7;

    if (!full)
        SKIP("not exported there");
    CHECK_STATUS(full(L"C:\\a\\.\\b\\..\\c.txt", sizeof buffer, buffer, &part, &size), STATUS_SUCCESS);
    CHECK_WSTR(buffer, L"C:\\a\\c.txt");
    CHECK_WSTR(part, L"c.txt");
    CHECK_EQ(size, 20);
    CHECK_STATUS(full(L"C:\\abc", 4, buffer, &part, &size), STATUS_BUFFER_TOO_SMALL);
    CHECK_EQ(size, 14);
    CHECK_STATUS(full(L"", sizeof buffer, buffer, &part, &size), STATUS_OBJECT_NAME_INVALID);
    CHECK_EQ(size, 0);
    CHECK(!part);
}
