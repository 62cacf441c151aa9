/*
 * setx.exe: variables of the environment that later sessions start with, for the user or (/m) the machine.
 */
#include "../include/console.h"

static const wchar_t user_key[] = L"Environment";
static const wchar_t machine_key[] = L"System\\CurrentControlSet\\Control\\Session Manager\\Environment";

int wmain(int argc, wchar_t **argv)
{
    const wchar_t *words[2];
    int count = 0;
    BOOL machine = FALSE;
    for (int i = 1; i < argc; i++) {
        if (!_wcsicmp(argv[i], L"/m")) {
            machine = TRUE;
        } else if (!wcscmp(argv[i], L"/?")) {
            print(L"SETX var value [/M]\r\n");
            return 0;
        } else if (count < 2) {
            words[count++] = argv[i];
        } else {
            count = 3;
        }
    }
    if (count != 2) {
        complain(L"ERROR: Invalid syntax.\r\nType \"SETX /?\" for usage.\r\n");
        return 1;
    }
    wchar_t *value = copy_string(words[1]);
    if (wcslen(value) > 1024) {
        value[1024] = 0;
        complain(L"WARNING: The data being saved is truncated to 1024 characters.\r\n");
    }
    const DWORD type = wcschr(value, '%') ? REG_EXPAND_SZ : REG_SZ;
    const LSTATUS status = RegSetKeyValueW(machine ? HKEY_LOCAL_MACHINE : HKEY_CURRENT_USER,
                                           machine ? machine_key : user_key, words[0], type, value,
                                           (DWORD)((wcslen(value) + 1) * sizeof *value));
    free(value);
    if (status) {
        complain(L"ERROR: %ls\r\n", error_text((DWORD)status));
        return 1;
    }
    print(L"\r\nSUCCESS: Specified value was saved.\r\n");
    return 0;
}
