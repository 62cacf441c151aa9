/*
 * The environment that a user's programs start with: the system's folders, then what the registry says for
 * the machine and for the user. There is one user.
 */
#include <windows.h>
#include <userenv.h>
#include <nt/rtl.h>

enum { LONGEST_VALUE = 32767, LONGEST_NAME = 256 };

static NTSTATUS set(PWSTR *environment, const WCHAR *name, const WCHAR *value)
{
    UNICODE_STRING name_string, value_string;
    RtlInitUnicodeString(&name_string, name);
    RtlInitUnicodeString(&value_string, value);
    return RtlSetEnvironmentVariable(environment, &name_string, &value_string);
}

/* The variable's value in this environment, or an empty text. */
static void get(PWSTR environment, const WCHAR *name, WCHAR *value, USHORT room)
{
    UNICODE_STRING name_string, value_string = {0, (USHORT)((room - 1) * sizeof *value), value};
    RtlInitUnicodeString(&name_string, name);
    NTSTATUS status = RtlQueryEnvironmentVariable_U(environment, &name_string, &value_string);
    value[NT_SUCCESS(status) ? value_string.Length / sizeof *value : 0] = 0;
}

/* With the variables that stand in it replaced; a variable that is there is left alone if `keep` says so. */
static NTSTATUS set_expanded(PWSTR *environment, const WCHAR *name, const WCHAR *value, BOOL keep)
{
    static WCHAR buffer[LONGEST_VALUE]; /* under the lock of CreateEnvironmentBlock */
    UNICODE_STRING source, expanded = {0, sizeof buffer - sizeof *buffer, buffer};
    NTSTATUS status;

    if (keep) {
        get(*environment, name, buffer, LONGEST_NAME);
        if (*buffer)
            return STATUS_SUCCESS;
    }
    RtlInitUnicodeString(&source, value);
    status = RtlExpandEnvironmentStrings_U(*environment, &source, &expanded, NULL);
    if (!NT_SUCCESS(status))
        return status;
    buffer[expanded.Length / sizeof *buffer] = 0;
    return set(environment, name, buffer);
}

static NTSTATUS add_folders(PWSTR *environment, BOOL user, BOOL keep)
{
    static const WCHAR *const system[][2] = {
        {L"SystemDrive", L"C:"},
        {L"ProgramData", L"%SystemDrive%\\ProgramData"},
        {L"ALLUSERSPROFILE", L"%SystemDrive%\\ProgramData"},
        {L"PUBLIC", L"%SystemDrive%\\users\\Public"},
        {L"ProgramFiles", L"%SystemDrive%\\Program Files"},
        {L"ProgramFiles(x86)", L"%SystemDrive%\\Program Files (x86)"},
        {L"ProgramW6432", L"%SystemDrive%\\Program Files"},
        {L"CommonProgramFiles", L"%ProgramFiles%\\Common Files"},
        {L"CommonProgramFiles(x86)", L"%ProgramFiles(x86)%\\Common Files"},
        {L"CommonProgramW6432", L"%ProgramW6432%\\Common Files"},
    };
    static const WCHAR *const own[][2] = {
        {L"USERPROFILE", L"%SystemDrive%\\users\\%USERNAME%"},
        {L"HOMEDRIVE", L"%SystemDrive%"},
        {L"HOMEPATH", L"\\users\\%USERNAME%"},
        {L"APPDATA", L"%USERPROFILE%\\AppData\\Roaming"},
        {L"LOCALAPPDATA", L"%USERPROFILE%\\AppData\\Local"},
        {L"USERDOMAIN", L"%COMPUTERNAME%"},
    };
    WCHAR text[MAX_PATH];
    DWORD size = MAX_PATH;
    NTSTATUS status = STATUS_SUCCESS;

    if (GetSystemWindowsDirectoryW(text, MAX_PATH))
        status = set_expanded(environment, L"SystemRoot", text, keep);
    if (NT_SUCCESS(status) && GetComputerNameW(text, &size))
        status = set_expanded(environment, L"COMPUTERNAME", text, keep);
    for (SIZE_T i = 0; i < ARRAYSIZE(system) && NT_SUCCESS(status); i++)
        status = set_expanded(environment, system[i][0], system[i][1], keep);
    size = GetEnvironmentVariableW(L"USERNAME", text, MAX_PATH); /* GetUserName knows no better */
    if (user && NT_SUCCESS(status))
        status = set_expanded(environment, L"USERNAME", size && size < MAX_PATH ? text : L"user", keep);
    for (SIZE_T i = 0; user && i < ARRAYSIZE(own) && NT_SUCCESS(status); i++)
        status = set_expanded(environment, own[i][0], own[i][1], keep);
    return status;
}

/* The values of a key: the plain ones first, as the others may refer to them. A user's PATH goes behind the
 * machine's. */
static NTSTATUS add_key(PWSTR *environment, HKEY root, const WCHAR *path, BOOL keep)
{
    static WCHAR value[LONGEST_VALUE + 1], joined[2 * LONGEST_VALUE]; /* as above */
    NTSTATUS status = STATUS_SUCCESS;
    HKEY key;

    if (RegOpenKeyExW(root, path, 0, KEY_QUERY_VALUE, &key))
        return status;
    for (int pass = 0; pass < 2; pass++)
        for (DWORD i = 0; NT_SUCCESS(status); i++) {
            WCHAR name[LONGEST_NAME];
            DWORD name_length = LONGEST_NAME, size = LONGEST_VALUE * sizeof *value, type;
            LONG error = RegEnumValueW(key, i, name, &name_length, NULL, &type, (BYTE *)value, &size);
            if (error == ERROR_MORE_DATA)
                continue;
            if (error)
                break;
            if (type != (pass ? REG_EXPAND_SZ : REG_SZ) || !name_length)
                continue;
            value[size / sizeof *value] = 0;
            if (root == HKEY_CURRENT_USER && lstrcmpiW(name, L"PATH") == 0 && !keep) {
                get(*environment, name, joined, LONGEST_VALUE);
                if (*joined)
                    lstrcatW(joined, L";");
                lstrcatW(joined, value);
                status = set_expanded(environment, name, joined, FALSE);
            } else {
                status = set_expanded(environment, name, value, keep);
            }
        }
    RegCloseKey(key);
    return status;
}

/* With `inherit`, what the process has is kept and only what it lacks is added. Without a token it is the
 * system's. */
WINBOOL WINAPI CreateEnvironmentBlock(LPVOID *ret_environment, HANDLE token, WINBOOL inherit)
{
    static SRWLOCK lock = SRWLOCK_INIT; /* guards the buffers above */
    PWSTR environment = NULL;
    NTSTATUS status;
    DWORD size;
    TOKEN_STATISTICS statistics;

    if (!ret_environment) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (token && !GetTokenInformation(token, TokenStatistics, &statistics, sizeof statistics, &size))
        return FALSE;
    AcquireSRWLockExclusive(&lock);
    status = RtlCreateEnvironment((BOOLEAN)inherit, &environment);
    if (NT_SUCCESS(status))
        status = add_folders(&environment, token != NULL, inherit);
    if (NT_SUCCESS(status))
        status = add_key(&environment, HKEY_LOCAL_MACHINE,
                         L"SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment", inherit);
    if (NT_SUCCESS(status) && token)
        status = add_key(&environment, HKEY_CURRENT_USER, L"Environment", inherit);
    ReleaseSRWLockExclusive(&lock);
    if (!NT_SUCCESS(status)) {
        if (environment)
            RtlDestroyEnvironment(environment);
        SetLastError(RtlNtStatusToDosError(status));
        return FALSE;
    }
    *ret_environment = environment;
    return TRUE;
}

WINBOOL WINAPI DestroyEnvironmentBlock(LPVOID environment)
{
    if (!environment) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    RtlDestroyEnvironment(environment);
    return TRUE;
}
