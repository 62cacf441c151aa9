/*
 * reg.exe: hive files, and the flags of keys.
 */
#include "reg.h"

#include <stdio.h>

/* The user has these privileges, but they are off. */
static void enable(const WCHAR *privilege)
{
    TOKEN_PRIVILEGES privileges = {.PrivilegeCount = 1};
    HANDLE token;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES, &token))
        return;
    if (LookupPrivilegeValueW(NULL, privilege, &privileges.Privileges[0].Luid)) {
        privileges.Privileges[0].Attributes = SE_PRIVILEGE_ENABLED;
        AdjustTokenPrivileges(token, FALSE, &privileges, 0, NULL, NULL);
    }
    CloseHandle(token);
}

static int save(const struct place *place, const WCHAR *file, REGSAM view, BOOL yes)
{
    HKEY key;
    LSTATUS code = RegOpenKeyExW(place->root, place->path, 0, KEY_READ | view, &key);
    if (code)
        return error_code(code);
    if (GetFileAttributesW(file) != INVALID_FILE_ATTRIBUTES) {
        if (!yes && !confirm(L"File %ls already exists. Overwrite (Yes/No)? ", file)) {
            RegCloseKey(key);
            print(L"The operation was canceled by the user.\r\n");
            return 0;
        }
        DeleteFileW(file);
    }
    code = RegSaveKeyExW(key, file, NULL, REG_LATEST_FORMAT);
    RegCloseKey(key);
    return code ? error_code(code) : success();
}

int reg_hive(const WCHAR *command, int argc, WCHAR **argv)
{
    struct place place;
    REGSAM view = 0;
    BOOL is_save = !_wcsicmp(command, L"save"), yes = FALSE;
    int wanted = _wcsicmp(command, L"unload") ? 2 : 1;
    WCHAR usage[16];
    swprintf(usage, 16, L"%ls ", command);
    _wcsupr(usage);
    for (int i = wanted; i < argc; i++) {
        if (is_save && !_wcsicmp(argv[i], L"/y"))
            yes = TRUE;
        else if (!_wcsicmp(argv[i], L"/reg:32"))
            view = KEY_WOW64_32KEY;
        else if (!_wcsicmp(argv[i], L"/reg:64"))
            view = KEY_WOW64_64KEY;
        else
            return syntax(usage);
    }
    if (argc < wanted)
        return syntax(usage);
    if (!parse_place(argv[0], &place))
        return error(L"Invalid key name.");
    enable(L"SeBackupPrivilege");
    enable(L"SeRestorePrivilege");
    if (is_save)
        return save(&place, argv[1], view, yes);
    HKEY key;
    LSTATUS code;
    if (!_wcsicmp(command, L"load")) {
        code = RegLoadKeyW(place.root, place.path, argv[1]);
    } else if (!_wcsicmp(command, L"unload")) {
        code = RegUnLoadKeyW(place.root, place.path);
    } else if (!(code = RegOpenKeyExW(place.root, place.path, 0, KEY_READ | KEY_WRITE | view, &key))) {
        code = RegRestoreKeyW(key, argv[1], REG_FORCE_RESTORE);
        RegCloseKey(key);
    }
    return code ? error_code(code) : success();
}

/* ---------------------------------------------------------------- flags */

enum { FLAGS_INFORMATION = 5, SET_CONTROL_FLAGS = 2 }; /* classes of the two system calls */

struct key_flags {
    ULONG user, key, control;
};

static const struct {
    const WCHAR *name, *shown;
    DWORD bit;
} flags[] = {{L"DONT_VIRTUALIZE", L"REG_KEY_DONT_VIRTUALIZE", 2},
             {L"DONT_SILENT_FAIL", L"REG_KEY_DONT_SILENT_FAIL", 4},
             {L"RECURSE_FLAG", L"REG_KEY_RECURSE_FLAG", 8}};

/* What has to do with virtualization, of keys below HKLM\\Software. */
int reg_flags(int argc, WCHAR **argv)
{
    struct place place;
    REGSAM view = 0;
    BOOL set = FALSE, query = FALSE;
    ULONG bits = 0, size;
    HKEY key;
    if (argc < 1)
        return syntax(L"FLAGS ");
    for (int i = 1; i < argc; i++) {
        unsigned n = 0;
        while (n < ARRAYSIZE(flags) && _wcsicmp(argv[i], flags[n].name))
            n++;
        if (i == 1 && !_wcsicmp(argv[i], L"set"))
            set = TRUE;
        else if (i == 1 && !_wcsicmp(argv[i], L"query"))
            query = TRUE;
        else if (set && n < ARRAYSIZE(flags))
            bits |= flags[n].bit;
        else if (!_wcsicmp(argv[i], L"/reg:32"))
            view = KEY_WOW64_32KEY;
        else if (!_wcsicmp(argv[i], L"/reg:64"))
            view = KEY_WOW64_64KEY;
        else
            return syntax(L"FLAGS ");
    }
    if (!set && !query)
        return syntax(L"FLAGS ");
    if (!parse_place(argv[0], &place) || place.root != HKEY_LOCAL_MACHINE ||
        _wcsnicmp(place.path, L"software\\", 9))
        return error(L"Invalid key name.");
    LSTATUS code = RegOpenKeyExW(place.root, place.path, 0, (set ? KEY_READ | KEY_WRITE : KEY_READ) | view,
                                 &key);
    if (code)
        return error_code(code);
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    LONG(NTAPI * query_key)
    (HANDLE, ULONG, void *, ULONG, ULONG *) = (void *)GetProcAddress(ntdll, "NtQueryKey");
    LONG(NTAPI * set_key)
    (HANDLE, ULONG, void *, ULONG) = (void *)GetProcAddress(ntdll, "NtSetInformationKey");
    struct key_flags information;
    LONG status = set ? set_key(key, SET_CONTROL_FLAGS, &bits, sizeof bits)
                      : query_key(key, FLAGS_INFORMATION, &information, sizeof information, &size);
    RegCloseKey(key);
    if (status < 0)
        return error_code((LSTATUS)ERROR_ACCESS_DENIED);
    if (query) {
        print(L"\r\n%ls\\%ls\r\n\r\n", place.root_name, place.path);
        for (unsigned n = 0; n < ARRAYSIZE(flags); n++)
            print(L"\t%ls: %ls\r\n", flags[n].shown, information.control & flags[n].bit ? L"SET" : L"CLEAR");
        print(L"\r\n");
    }
    return success();
}
