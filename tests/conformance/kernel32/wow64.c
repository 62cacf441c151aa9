/* 32-bit programs on the 64-bit system: what they are told, file system and registry views, children of
 * either kind. The same tests run in both. */
#include "harness.h"
#include <stdio.h>
#include <string.h>
#include <winternl.h>

static const BOOL is_32bit = sizeof(void *) == 4;

TEST(what_is_this)
{
    BOOL wow64 = !is_32bit;
    USHORT machine = 1, native = 1;
    SYSTEM_INFO info;
    CHECK(IsWow64Process(GetCurrentProcess(), &wow64));
    CHECK_EQ(wow64, is_32bit);
    CHECK(IsWow64Process2(GetCurrentProcess(), &machine, &native));
    CHECK_EQ(machine, is_32bit ? IMAGE_FILE_MACHINE_I386 : IMAGE_FILE_MACHINE_UNKNOWN);
    CHECK_EQ(native, IMAGE_FILE_MACHINE_AMD64);
    GetSystemInfo(&info);
    CHECK_EQ(info.wProcessorArchitecture,
             is_32bit ? PROCESSOR_ARCHITECTURE_INTEL : PROCESSOR_ARCHITECTURE_AMD64);
    GetNativeSystemInfo(&info);
    CHECK_EQ(info.wProcessorArchitecture, PROCESSOR_ARCHITECTURE_AMD64);
    CHECK_EQ(info.dwPageSize, 4096);
}

TEST(addresses)
{
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    if (is_32bit) { /* this program is not large-address aware */
        CHECK_EQ((ULONG_PTR)info.lpMaximumApplicationAddress, 0x7ffeffff);
        void *top = VirtualAlloc(NULL, 0x10000, MEM_RESERVE | MEM_TOP_DOWN, PAGE_NOACCESS);
        CHECK(top && (ULONG_PTR)top < 0x7fff0000);
        VirtualFree(top, 0, MEM_RELEASE);
        MEMORY_BASIC_INFORMATION memory;
        ULONG_PTR at = 0;
        while (VirtualQuery((void *)at, &memory, sizeof memory) == sizeof memory && memory.RegionSize)
            at = (ULONG_PTR)memory.BaseAddress + memory.RegionSize;
        CHECK(at == 0x7fff0000);
    } else {
        CHECK((ULONG_PTR)info.lpMaximumApplicationAddress > (ULONG_PTR)0x7ffe0000);
    }
}

static const char *variable(const char *name)
{
    static char text[4][MAX_PATH];
    static unsigned next;
    char *value = text[next++ % 4];
    return GetEnvironmentVariableA(name, value, MAX_PATH) ? value : "";
}

TEST(environment)
{
    CHECK_STR(variable("PROCESSOR_ARCHITECTURE"), is_32bit ? "x86" : "AMD64");
    CHECK_STR(variable("PROCESSOR_ARCHITEW6432"), is_32bit ? "AMD64" : "");
    CHECK_STR(variable("ProgramFiles"), variable(is_32bit ? "ProgramFiles(x86)" : "ProgramW6432"));
    CHECK_STR(variable("CommonProgramFiles"),
              variable(is_32bit ? "CommonProgramFiles(x86)" : "CommonProgramW6432"));
    CHECK(strstr(variable("ProgramFiles(x86)"), "(x86)") != NULL);
}

/* The machine of a program file, 0: there is none. */
static WORD machine_of(const char *path)
{
    IMAGE_DOS_HEADER dos;
    DWORD head[2] = {0}, n;
    HANDLE file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return 0;
    ReadFile(file, &dos, sizeof dos, &n, NULL);
    SetFilePointer(file, dos.e_lfanew, NULL, FILE_BEGIN);
    ReadFile(file, head, sizeof head, &n, NULL);
    CloseHandle(file);
    return (WORD)head[1];
}

#define OWN_MACHINE (is_32bit ? IMAGE_FILE_MACHINE_I386 : IMAGE_FILE_MACHINE_AMD64)

/* A system that runs programs of one kind only (Debian's wine without i386 packages). */
static BOOL has_both(void)
{
    return machine_of(is_32bit ? "C:\\windows\\sysnative\\kernel32.dll"
                               : "C:\\windows\\syswow64\\kernel32.dll");
}

TEST(system_folders)
{
    if (!has_both())
        SKIP("one kind of programs only");
    char path[MAX_PATH];
    GetSystemDirectoryA(path, sizeof path);
    CHECK(_stricmp(path + 3, "windows\\system32") == 0);
    CHECK(GetSystemWow64DirectoryA(path, sizeof path) > 0);
    CHECK(_stricmp(path + 3, "windows\\syswow64") == 0);
    CHECK_EQ(machine_of("C:\\windows\\system32\\kernel32.dll"), OWN_MACHINE);
    CHECK_EQ(machine_of("c:\\WINDOWS\\System32\\kernel32.dll"), OWN_MACHINE);
    CHECK_EQ(machine_of("C:\\windows\\syswow64\\kernel32.dll"), IMAGE_FILE_MACHINE_I386);
    CHECK_EQ(machine_of("C:\\windows\\sysnative\\kernel32.dll"), is_32bit ? IMAGE_FILE_MACHINE_AMD64 : 0);
}

TEST(redirection_off_and_on)
{
    PVOID old = (PVOID)7, inner;
    if (!is_32bit) {
        CHECK_ERROR(Wow64DisableWow64FsRedirection(&old), ERROR_INVALID_FUNCTION);
        CHECK_ERROR(Wow64RevertWow64FsRedirection(NULL), ERROR_INVALID_FUNCTION);
        return;
    }
    CHECK(Wow64DisableWow64FsRedirection(&old));
    CHECK_EQ(machine_of("C:\\windows\\system32\\kernel32.dll"), IMAGE_FILE_MACHINE_AMD64);
    CHECK(Wow64DisableWow64FsRedirection(&inner));
    CHECK(Wow64RevertWow64FsRedirection(inner));
    CHECK_EQ(machine_of("C:\\windows\\system32\\kernel32.dll"), IMAGE_FILE_MACHINE_AMD64);
    CHECK(Wow64RevertWow64FsRedirection(old));
    CHECK_EQ(machine_of("C:\\windows\\system32\\kernel32.dll"), IMAGE_FILE_MACHINE_I386);
}

static void set(REGSAM view, const char *path, const char *value)
{
    HKEY key;
    CHECK_EQ(RegCreateKeyExA(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_SET_VALUE | view, NULL, &key, NULL),
             0);
    CHECK_EQ(RegSetValueExA(key, "v", 0, REG_SZ, (const BYTE *)value, (DWORD)strlen(value) + 1), 0);
    RegCloseKey(key);
}

static const char *get(REGSAM view, const char *path)
{
    static char text[64];
    HKEY key;
    DWORD size = sizeof text;
    text[0] = 0;
    if (RegOpenKeyExA(HKEY_LOCAL_MACHINE, path, 0, KEY_QUERY_VALUE | view, &key))
        return "none";
    RegQueryValueExA(key, "v", NULL, NULL, (BYTE *)text, &size);
    RegCloseKey(key);
    return text;
}

TEST(registry_views)
{
    ORACLE_DIFFERS("documented: KEY_WOW64_32KEY is a view of its own; that wine was built for 64 bits only");
    const char *path = "SOFTWARE\\Gastwirt wow64 test";
    set(KEY_WOW64_64KEY, path, "wide");
    CHECK_STR(get(KEY_WOW64_32KEY, path), "none");
    CHECK_STR(get(0, path), is_32bit ? "none" : "wide");
    set(KEY_WOW64_32KEY, path, "narrow");
    CHECK_STR(get(KEY_WOW64_64KEY, path), "wide");
    CHECK_STR(get(KEY_WOW64_32KEY, path), "narrow");
    CHECK_STR(get(0, path), is_32bit ? "narrow" : "wide");
    CHECK_STR(get(KEY_WOW64_64KEY, "SOFTWARE\\WOW6432Node\\Gastwirt wow64 test"), "narrow");
    CHECK_STR(get(KEY_WOW64_32KEY, "SOFTWARE\\Wow6432Node\\Gastwirt wow64 test"), "narrow");

    /* a key below a handle is in the handle's view */
    HKEY software, key;
    char text[16] = "";
    DWORD size = sizeof text;
    CHECK_EQ(RegOpenKeyExA(HKEY_LOCAL_MACHINE, "SOFTWARE", 0, KEY_READ | KEY_WOW64_32KEY, &software), 0);
    CHECK_EQ(RegOpenKeyExA(software, "Gastwirt wow64 test", 0, KEY_READ | KEY_WOW64_32KEY, &key), 0);
    CHECK_EQ(RegQueryValueExA(key, "v", NULL, NULL, (BYTE *)text, &size), 0);
    CHECK_STR(text, "narrow");
    RegCloseKey(key);
    RegCloseKey(software);

    CHECK_EQ(RegDeleteKeyExA(HKEY_LOCAL_MACHINE, path, KEY_WOW64_32KEY, 0), 0);
    CHECK_STR(get(KEY_WOW64_64KEY, path), "wide");
    CHECK_EQ(RegDeleteKeyExA(HKEY_LOCAL_MACHINE, path, KEY_WOW64_64KEY, 0), 0);
    CHECK_STR(get(KEY_WOW64_64KEY, path), "none");
}

TEST(shared_keys)
{
    const char *path = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList\\Gastwirt wow64 test";
    set(KEY_WOW64_64KEY, path, "both");
    CHECK_STR(get(KEY_WOW64_32KEY, path), "both");
    CHECK_EQ(RegDeleteKeyExA(HKEY_LOCAL_MACHINE, path, KEY_WOW64_32KEY, 0), 0);
    CHECK_STR(get(KEY_WOW64_64KEY, path), "none");

    set(KEY_WOW64_64KEY, "SOFTWARE\\Classes\\.gastwirt", "both");
    if (!harness_is_wine()) /* documented: Classes is shared but for what names servers; there it is
                               redirected */
        CHECK_STR(get(KEY_WOW64_32KEY, "SOFTWARE\\Classes\\.gastwirt"), "both");
    RegDeleteKeyExA(HKEY_LOCAL_MACHINE, "SOFTWARE\\Classes\\.gastwirt", KEY_WOW64_64KEY, 0);

    const char *class = "SOFTWARE\\Classes\\CLSID\\{6f6bd6f4-9d0b-4f3b-9a57-4f6c1d1f3b21}";
    set(KEY_WOW64_64KEY, class, "wide");
    CHECK_STR(get(KEY_WOW64_32KEY, class), "none");
    RegDeleteKeyExA(HKEY_LOCAL_MACHINE, class, KEY_WOW64_64KEY, 0);
}

/* Runs a command processor that prints a variable; what it printed, without the end of the line. */
static const char *child_says(const char *program, const char *name, BOOL *wow64)
{
    static char text[256];
    char command[MAX_PATH];
    SECURITY_ATTRIBUTES security = {sizeof security, NULL, TRUE};
    STARTUPINFOA startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process;
    HANDLE read_end, write_end;
    DWORD n, used = 0;
    snprintf(command, sizeof command, "cmd.exe /c echo %%%s%%", name);
    CHECK(CreatePipe(&read_end, &write_end, &security, 0));
    startup.hStdOutput = startup.hStdError = write_end;
    BOOL started = CreateProcessA(program, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process);
    CloseHandle(write_end);
    text[0] = 0;
    if (started) {
        *wow64 = 2;
        IsWow64Process(process.hProcess, wow64);
        while (used < sizeof text - 1 && ReadFile(read_end, text + used, sizeof text - 1 - used, &n, NULL) &&
               n)
            used += n;
        text[used] = 0;
        text[strcspn(text, "\r\n")] = 0;
        WaitForSingleObject(process.hProcess, 10000);
        CloseHandle(process.hProcess);
        CloseHandle(process.hThread);
    }
    CloseHandle(read_end);
    return text;
}

TEST(children)
{
    BOOL wow64;
    if (!has_both())
        SKIP("one kind of programs only");
    CHECK_STR(child_says("C:\\windows\\system32\\cmd.exe", "PROCESSOR_ARCHITECTURE", &wow64),
              is_32bit ? "x86" : "AMD64");
    CHECK_EQ(wow64, is_32bit);
    const char *other = is_32bit ? "C:\\windows\\sysnative\\cmd.exe" : "C:\\windows\\syswow64\\cmd.exe";
    CHECK_STR(child_says(other, "PROCESSOR_ARCHITECTURE", &wow64), is_32bit ? "AMD64" : "x86");
    CHECK_EQ(wow64, !is_32bit);
    CHECK_STR(child_says(other, "PROCESSOR_ARCHITEW6432", &wow64),
              is_32bit ? "%PROCESSOR_ARCHITEW6432%" : "AMD64");
    char expected[MAX_PATH];
    strcpy(expected, variable(is_32bit ? "ProgramW6432" : "ProgramFiles(x86)"));
    CHECK_STR(child_says(other, "ProgramFiles", &wow64), expected);
}
