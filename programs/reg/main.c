/*
 * reg.exe: commands, messages, names of keys and types.
 */
#include "reg.h"

#include <stdarg.h>
#include <stdio.h>

static void write_text(DWORD handle_id, const WCHAR *text)
{
    HANDLE handle = GetStdHandle(handle_id);
    DWORD length = (DWORD)wcslen(text), done;

    if (WriteConsoleW(handle, text, length, &done, NULL))
        return;
    int size = WideCharToMultiByte(GetConsoleOutputCP(), 0, text, (int)length, NULL, 0, NULL, NULL);
    char *narrow = malloc((size_t)size + 1);
    if (narrow) {
        WideCharToMultiByte(GetConsoleOutputCP(), 0, text, (int)length, narrow, size, NULL, NULL);
        WriteFile(handle, narrow, (DWORD)size, &done, NULL);
        free(narrow);
    }
}

static void write_format(DWORD handle, const WCHAR *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vswprintf(NULL, 0, format, arguments);
    WCHAR *text = length < 0 ? NULL : malloc(((size_t)length + 1) * sizeof *text);
    if (text) {
        vswprintf(text, (size_t)length + 1, format, again);
        write_text(handle, text);
        free(text);
    }
    va_end(again);
}

void print(const WCHAR *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_format(STD_OUTPUT_HANDLE, format, arguments);
    va_end(arguments);
}

int error(const WCHAR *format, ...)
{
    va_list arguments;
    write_text(STD_ERROR_HANDLE, L"ERROR: ");
    va_start(arguments, format);
    write_format(STD_ERROR_HANDLE, format, arguments);
    va_end(arguments);
    write_text(STD_ERROR_HANDLE, L"\r\n");
    return 1;
}

int error_code(LSTATUS code)
{
    WCHAR text[512];

    if (code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND)
        return error(L"The system was unable to find the specified registry key or value.");
    if (!FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, (DWORD)code, 0,
                        text, 512, NULL))
        return error(L"%lu", (DWORD)code);
    for (size_t n = wcslen(text); n && (text[n - 1] == '\n' || text[n - 1] == '\r'); n--)
        text[n - 1] = 0;
    return error(L"%ls", text);
}

int syntax(const WCHAR *command)
{
    return error(L"Invalid syntax.\r\nType \"REG %ls/?\" for usage.", command);
}

int success(void)
{
    print(L"The operation completed successfully.\r\n");
    return 0;
}

/* Asks until the answer is yes or no; without one it is no. */
BOOL confirm(const WCHAR *format, ...)
{
    va_list arguments;
    char answer, line;
    DWORD got;
    HANDLE input = GetStdHandle(STD_INPUT_HANDLE);

    for (;;) {
        va_start(arguments, format);
        write_format(STD_OUTPUT_HANDLE, format, arguments);
        va_end(arguments);
        if (!ReadFile(input, &answer, 1, &got, NULL) || !got)
            return FALSE;
        for (line = answer; line != '\n';)
            if (!ReadFile(input, &line, 1, &got, NULL) || !got)
                break;
        if ((answer | 32) == 'y' || (answer | 32) == 'n')
            return (answer | 32) == 'y';
    }
}

/* \\MACHINE\: the own one is the only one whose registry can be reached. */
static BOOL skip_machine(const WCHAR **text)
{
    WCHAR name[256];
    size_t length = wcscspn(*text + 2, L"\\");
    HKEY key;
    if (length >= ARRAYSIZE(name) - 2 || !(*text)[2 + length])
        return FALSE;
    swprintf(name, ARRAYSIZE(name), L"%.*ls", (int)length + 2, *text);
    if (RegConnectRegistryW(name, HKEY_LOCAL_MACHINE, &key))
        return FALSE;
    RegCloseKey(key);
    *text += length + 3;
    return TRUE;
}

BOOL parse_place(const WCHAR *text, struct place *ret)
{
    static const struct {
        const WCHAR *shorter, *full;
        HKEY root;
    } roots[] = {{L"HKLM", L"HKEY_LOCAL_MACHINE", HKEY_LOCAL_MACHINE},
                 {L"HKCU", L"HKEY_CURRENT_USER", HKEY_CURRENT_USER},
                 {L"HKCR", L"HKEY_CLASSES_ROOT", HKEY_CLASSES_ROOT},
                 {L"HKU", L"HKEY_USERS", HKEY_USERS},
                 {L"HKCC", L"HKEY_CURRENT_CONFIG", HKEY_CURRENT_CONFIG}};
    if (text[0] == '\\' && text[1] == '\\' && !skip_machine(&text))
        return FALSE;
    size_t length = wcscspn(text, L"\\");

    for (unsigned i = 0; i < sizeof roots / sizeof *roots; i++) {
        if ((wcslen(roots[i].shorter) == length && !_wcsnicmp(text, roots[i].shorter, length)) ||
            (wcslen(roots[i].full) == length && !_wcsnicmp(text, roots[i].full, length))) {
            ret->root = roots[i].root;
            ret->root_name = roots[i].full;
            ret->path = text[length] ? text + length + 1 : L"";
            return TRUE;
        }
    }
    return FALSE;
}

static const struct {
    const WCHAR *name;
    DWORD type;
} types[] = {{L"REG_SZ", REG_SZ},
             {L"REG_EXPAND_SZ", REG_EXPAND_SZ},
             {L"REG_MULTI_SZ", REG_MULTI_SZ},
             {L"REG_BINARY", REG_BINARY},
             {L"REG_DWORD", REG_DWORD},
             {L"REG_DWORD_LITTLE_ENDIAN", REG_DWORD},
             {L"REG_DWORD_BIG_ENDIAN", REG_DWORD_BIG_ENDIAN},
             {L"REG_QWORD", REG_QWORD},
             {L"REG_NONE", REG_NONE},
             {L"REG_LINK", REG_LINK},
             {L"REG_RESOURCE_LIST", REG_RESOURCE_LIST},
             {L"REG_FULL_RESOURCE_DESCRIPTOR", REG_FULL_RESOURCE_DESCRIPTOR}};

BOOL parse_type(const WCHAR *name, DWORD *ret_type)
{
    for (unsigned i = 0; i < sizeof types / sizeof *types; i++) {
        if (!_wcsicmp(types[i].name, name)) {
            *ret_type = types[i].type;
            return TRUE;
        }
    }
    return FALSE;
}

const WCHAR *type_name(DWORD type)
{
    for (unsigned i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].type == type)
            return types[i].name;
    return L"REG_NONE";
}

int wmain(int argc, WCHAR **argv)
{
    static const struct {
        const WCHAR *name;
        int (*run)(int argc, WCHAR **argv);
    } commands[] = {{L"query", reg_query},   {L"add", reg_add},         {L"delete", reg_delete},
                    {L"copy", reg_copy},     {L"compare", reg_compare}, {L"export", reg_export},
                    {L"import", reg_import}, {L"flags", reg_flags}};
    static const WCHAR *const hives[] = {L"save", L"restore", L"load", L"unload"};
    static const WCHAR help[] = L"REG Operation [Parameter List]\r\n\r\n"
                                L"  Operation  [ QUERY   | ADD    | DELETE  | COPY    |\r\n"
                                L"               SAVE    | LOAD   | UNLOAD  | RESTORE |\r\n"
                                L"               COMPARE | EXPORT | IMPORT | FLAGS ]\r\n\r\n"
                                L"  Return code: 0 - successful, 1 - failed\r\n"
                                L"  (REG COMPARE: 0 - identical, 1 - failed, 2 - different)\r\n\r\n"
                                L"REG Operation /? tells about each of them.\r\n";

    if (argc < 2)
        return syntax(L"");
    if (!wcscmp(argv[1], L"/?") || !wcscmp(argv[1], L"-?")) {
        print(L"%ls", help);
        return 0;
    }
    if (argc == 3 && (!wcscmp(argv[2], L"/?") || !wcscmp(argv[2], L"-?")) && print_help(argv[1]))
        return 0;
    for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++)
        if (!_wcsicmp(argv[1], commands[i].name))
            return commands[i].run(argc - 2, argv + 2);
    for (unsigned i = 0; i < sizeof hives / sizeof *hives; i++)
        if (!_wcsicmp(argv[1], hives[i]))
            return reg_hive(hives[i], argc - 2, argv + 2);
    return error(L"Invalid Argument/Option - '%ls'.\r\nType \"REG /?\" for usage.", argv[1]);
}
