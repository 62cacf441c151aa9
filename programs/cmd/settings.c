/*
 * What shows or sets something of the session: date, time, path, prompt, title, ver, verify, vol, color,
 * cls, assoc, ftype.
 */
#include "cmd.h"

void show_prompt(void)
{
    wchar_t *prompt = get_variable(L"PROMPT", 6), *value, folder[PATH_ROOM];
    struct text out = {0};
    GetCurrentDirectoryW(ARRAYSIZE(folder), folder);
    for (const wchar_t *p = prompt && *prompt ? prompt : L"$P$G"; *p; p++) {
        static const wchar_t signs[] = L"A&B|C(F)G>L<Q=S $$E\x1bH\b";
        if (*p != '$') {
            text_put(&out, *p);
            continue;
        }
        const wchar_t code = (wchar_t)towupper(*++p);
        if (!code)
            break;
        switch (code) {
        case 'P': text_append(&out, folder); break;
        case 'N': text_add(&out, folder, 1); break;
        case '_': text_append(&out, L"\r\n"); break;
        case 'V': text_append(&out, L"Microsoft Windows [Version 10.0.19045.0]"); break;
        case 'M': break; /* the remote name of a network drive: there is none */
        case '+':
            for (size_t i = pushed_folders(); i-- > 0;)
                text_put(&out, '+');
            break;
        case 'D':
        case 'T':
            value = get_variable(code == 'D' ? L"DATE" : L"TIME", 4);
            text_append(&out, value);
            free(value);
            break;
        default:
            for (size_t i = 0; signs[i]; i += 2)
                if (signs[i] == code)
                    text_put(&out, signs[i + 1]);
        }
    }
    write_text(GetStdHandle(STD_OUTPUT_HANDLE), out.chars ? out.chars : L"", out.length);
    text_free(&out);
    free(prompt);
}

int command_prompt(const wchar_t *arguments)
{
    const wchar_t *p = skip_blanks(arguments);
    SetEnvironmentVariableW(L"PROMPT", *p ? p : NULL);
    return 0;
}

int command_title(const wchar_t *arguments)
{
    SetConsoleTitleW(skip_blanks(arguments));
    return 0;
}

int command_ver(const wchar_t *arguments)
{
    (void)arguments;
    print(L"\r\nMicrosoft Windows [Version 10.0.19045.0]\r\n");
    return 0;
}

int command_path(const wchar_t *arguments)
{
    const wchar_t *p = arguments;
    while (*p == ' ' || *p == '\t' || *p == '=')
        p++;
    if (!*p) {
        wchar_t *path = get_variable(L"PATH", 4);
        print(path ? L"PATH=%ls\r\n" : L"PATH=(null)\r\n", path);
        free(path);
    } else {
        SetEnvironmentVariableW(L"PATH", wcscmp(p, L";") == 0 ? NULL : p);
    }
    return 0;
}

/* Clears a screen; elsewhere it is a form feed. */
int command_cls(const wchar_t *arguments)
{
    DWORD mode;
    (void)arguments;
    print(GetConsoleMode(GetStdHandle(STD_OUTPUT_HANDLE), &mode) ? L"\x1b[2J\x1b[H" : L"\f");
    return 0;
}

int command_color(const wchar_t *arguments)
{
    wchar_t *word = next_word(&arguments, TRUE), *end = NULL;
    int result = 0;
    CONSOLE_SCREEN_BUFFER_INFO screen;
    const HANDLE console = GetStdHandle(STD_OUTPUT_HANDLE);
    unsigned long attribute = 7;
    if (word) {
        attribute = wcstoul(word, &end, 16);
        if (*end || wcslen(word) > 2) {
            result = 1;
        } else if ((attribute >> 4 & 15) == (attribute & 15)) {
            result = 1; /* nothing would be readable */
        }
    }
    free(word);
    if (!result && GetConsoleScreenBufferInfo(console, &screen)) {
        const COORD start = {0, 0};
        DWORD done;
        SetConsoleTextAttribute(console, (WORD)attribute);
        FillConsoleOutputAttribute(console, (WORD)attribute, (DWORD)(screen.dwSize.X * screen.dwSize.Y),
                                   start, &done);
    }
    return result;
}

static int set_switch(const wchar_t *name, const wchar_t *arguments, BOOL *value)
{
    wchar_t *copy = copy_string(skip_delimiters(arguments));
    int result = 0;
    trim_end(copy);
    if (!*copy)
        print(L"%ls is %ls.\r\n", name, *value ? L"on" : L"off");
    else if (_wcsicmp(copy, L"on") == 0 || _wcsicmp(copy, L"off") == 0)
        *value = _wcsicmp(copy, L"on") == 0;
    else {
        print_error(L"An incorrect parameter was\r\nentered for the command.\r\n");
        result = 1;
    }
    free(copy);
    return result;
}

int command_verify(const wchar_t *arguments)
{
    return set_switch(L"VERIFY", arguments, &state.verify);
}

/* Accepted and without effect, as documented. */
int command_break(const wchar_t *arguments)
{
    (void)arguments;
    return 0;
}

/* date and time: shown, and asked for unless /t is given. An empty answer keeps them. */
static int show_or_set(const wchar_t *name, const wchar_t *arguments, const wchar_t *question)
{
    wchar_t line[64], *value = get_variable(name, wcslen(name));
    const wchar_t *p = skip_delimiters(arguments);
    SYSTEMTIME now;
    int result = 0, a, b, c = 0;
    if (_wcsnicmp(p, L"/t", 2) == 0) {
        GetLocalTime(&now);
        if (*name == 'd')
            print(L"%ls \r\n", value);
        else
            print(L"%02d:%02d %ls\r\n", now.wHour % 12 ? now.wHour % 12 : 12, now.wMinute,
                  now.wHour < 12 ? L"AM" : L"PM");
        free(value);
        return 0;
    }
    if (!*p) {
        print(L"The current %ls is: %ls%ls\r\n%ls", name, value, *name == 'd' ? L" " : L"", question);
        if (!read_input(line, ARRAYSIZE(line)))
            print(L"\r\n");
        p = skip_blanks(line);
    }
    free(value);
    if (!*p)
        return 0;
    GetLocalTime(&now);
    if (*name == 'd' &&
        (swscanf(p, L"%d-%d-%d", &a, &b, &c) == 3 || swscanf(p, L"%d/%d/%d", &a, &b, &c) == 3)) {
        now.wMonth = (WORD)a;
        now.wDay = (WORD)b;
        now.wYear = (WORD)(c < 80 ? c + 2000 : c < 100 ? c + 1900 : c);
    } else if (*name == 't' && swscanf(p, L"%d:%d:%d", &a, &b, &c) >= 2) {
        now.wHour = (WORD)a;
        now.wMinute = (WORD)b;
        now.wSecond = (WORD)c;
    } else {
        print_error(L"The system cannot accept the %ls entered.\r\n", name);
        return 1;
    }
    if (!SetLocalTime(&now))
        result = fail_system(GetLastError());
    return result;
}

int command_date(const wchar_t *arguments)
{
    return show_or_set(L"date", arguments, L"Enter the new date: (mm-dd-yy) ");
}

int command_time(const wchar_t *arguments)
{
    return show_or_set(L"time", arguments, L"Enter the new time: ");
}

int command_vol(const wchar_t *arguments)
{
    wchar_t root[4] = L"C:\\", label[MAX_PATH], folder[PATH_ROOM];
    DWORD serial;
    const wchar_t *p = skip_delimiters(arguments);
    GetCurrentDirectoryW(ARRAYSIZE(folder), folder);
    root[0] = (wchar_t)towupper(*p && p[1] == ':' ? *p : folder[0]);
    if (!GetVolumeInformationW(root, label, ARRAYSIZE(label), &serial, NULL, NULL, NULL, 0))
        return fail_system(GetLastError());
    if (*label)
        print(L" Volume in drive %lc is %ls\r\n", root[0], label);
    else
        print(L" Volume in drive %lc has no label.\r\n", root[0]);
    print(L" Volume Serial Number is %04X-%04X\r\n", HIWORD(serial), LOWORD(serial));
    return 0;
}

/* ---- assoc and ftype: names and commands of file types, in HKEY_CLASSES_ROOT */

static const wchar_t open_command[] = L"\\Shell\\Open\\Command";

static BOOL read_class(const wchar_t *name, const wchar_t *below, wchar_t *value, DWORD room)
{
    wchar_t *key = join_path(name, wcslen(name), below);
    DWORD size = room * sizeof *value;
    const LSTATUS status = RegGetValueW(HKEY_CLASSES_ROOT, key, NULL,
                                        RRF_RT_REG_SZ | RRF_RT_REG_EXPAND_SZ | RRF_NOEXPAND, NULL, value,
                                        &size);
    free(key);
    return status == ERROR_SUCCESS && *value;
}

static int class_command(const wchar_t *arguments, const wchar_t *below, BOOL extensions)
{
    wchar_t *text = copy_string(skip_delimiters(arguments)), value[1024], name[256];
    wchar_t *equals = wcschr(text, '=');
    int result = 0;
    if (equals) {
        *equals++ = 0;
        trim_end(text);
        wchar_t *key = join_path(text, wcslen(text), below);
        if (!*equals) {
            const LSTATUS status = extensions ? RegDeleteTreeW(HKEY_CLASSES_ROOT, text)
                                              : RegDeleteKeyW(HKEY_CLASSES_ROOT, key);
            if (status)
                result = fail_system((DWORD)status);
        } else {
            const LSTATUS status = RegSetKeyValueW(HKEY_CLASSES_ROOT, key, NULL,
                                                   extensions ? REG_SZ : REG_EXPAND_SZ, equals,
                                                   (DWORD)((wcslen(equals) + 1) * sizeof *equals));
            if (status)
                result = fail_system((DWORD)status);
            else
                print(L"%ls=%ls\r\n", text, equals);
        }
        free(key);
    } else if (*text) {
        trim_end(text);
        if (read_class(text, below, value, ARRAYSIZE(value)))
            print(L"%ls=%ls\r\n", text, value);
        else if (extensions)
            print_error(L"File association not found for extension %ls\r\n", text), result = 1;
        else
            print_error(L"File type '%ls' not found or no open command associated with it.\r\n", text),
                result = 2;
    } else {
        for (DWORD i = 0; RegEnumKeyW(HKEY_CLASSES_ROOT, i, name, ARRAYSIZE(name)) == ERROR_SUCCESS; i++)
            if ((*name == '.') == extensions && read_class(name, below, value, ARRAYSIZE(value)))
                print(L"%ls=%ls\r\n", name, value);
    }
    free(text);
    return result;
}

int command_assoc(const wchar_t *arguments)
{
    return class_command(arguments, L"", TRUE);
}

int command_ftype(const wchar_t *arguments)
{
    return class_command(arguments, open_command, FALSE);
}
