/*
 * ShellExecute: starting programs, batch files, and documents by the command that the registry has for
 * their kind. Nobody can be asked to elevate: "runas" runs as the user, who is told nothing else.
 */
#include <windows.h>
#include <shellapi.h>

enum { COMMAND_SIZE = 32768 };

static int path_length(const WCHAR *path)
{
    int n = 0;

    while (path[n])
        n++;
    return n;
}

static WCHAR *append(WCHAR *to, const WCHAR *end, const WCHAR *text)
{
    while (*text && to < end - 1)
        *to++ = *text++;
    *to = 0;
    return to;
}

static const WCHAR *extension_of(const WCHAR *path)
{
    const WCHAR *dot = NULL;

    for (; *path; path++)
        dot = *path == '\\' || *path == '/' ? NULL : *path == '.' ? path : dot;
    return dot ? dot : path;
}

/* The file as it is, in the folder given, or on the path, with .exe and the other extensions of programs. */
static BOOL find_file(const WCHAR *name, const WCHAR *folder, WCHAR *found)
{
    static const WCHAR *const extensions[] = {NULL, L".exe", L".com", L".bat", L".cmd"};
    WCHAR bare[MAX_PATH];
    int n = path_length(name);

    if (n > 1 && name[0] == '"' && name[n - 1] == '"')
        name++, n -= 2;
    if (n >= MAX_PATH)
        return FALSE;
    CopyMemory(bare, name, (SIZE_T)n * sizeof *bare);
    bare[n] = 0;
    for (unsigned i = 0; i < sizeof extensions / sizeof *extensions; i++) {
        if (folder && *folder && SearchPathW(folder, bare, extensions[i], MAX_PATH, found, NULL))
            return TRUE;
        if (SearchPathW(NULL, bare, extensions[i], MAX_PATH, found, NULL))
            return TRUE;
    }
    return FALSE;
}

/* App Paths: where an installed program says it is. */
static BOOL find_registered(const WCHAR *name, WCHAR *found)
{
    static const WCHAR head[] = L"Software\\Microsoft\\Windows\\CurrentVersion\\App Paths\\";
    WCHAR key[MAX_PATH + 80], *end = key + sizeof key / sizeof *key,
                              *p = append(append(key, end, head), end, name);
    DWORD size = MAX_PATH * sizeof *found;

    if (!*extension_of(name))
        append(p, end, L".exe");
    return (!RegGetValueW(HKEY_CURRENT_USER, key, NULL, RRF_RT_REG_SZ, NULL, found, &size) ||
            (size = MAX_PATH * sizeof *found,
             !RegGetValueW(HKEY_LOCAL_MACHINE, key, NULL, RRF_RT_REG_SZ, NULL, found, &size))) &&
           *found;
}

/* The command of a class for a verb: HKCR\CLASS\shell\VERB\command. */
static BOOL class_command(const WCHAR *class, const WCHAR *verb, WCHAR *command)
{
    WCHAR key[512], *end = key + 512;
    DWORD size = 4096 * sizeof *command;

    append(append(append(append(key, end, class), end, L"\\shell\\"), end, verb), end, L"\\command");
    return !RegGetValueW(HKEY_CLASSES_ROOT, key, NULL, RRF_RT_REG_SZ | RRF_RT_REG_EXPAND_SZ, NULL, command,
                         &size) &&
           *command;
}

static BOOL document_command(const WCHAR *path, const WCHAR *verb, WCHAR *command)
{
    const WCHAR *extension = extension_of(path);
    WCHAR class[256];
    DWORD size = sizeof class;

    return *extension &&
           !RegGetValueW(HKEY_CLASSES_ROOT, extension, NULL, RRF_RT_REG_SZ, NULL, class, &size) &&
           class_command(class, verb, command);
}

/* %1 and %L: the file; %*: the parameters. */
static void fill_command(const WCHAR *template, const WCHAR *file, const WCHAR *parameters, WCHAR *out)
{
    WCHAR *end = out + COMMAND_SIZE;

    for (; *template && out < end - 1; template ++) {
        if (*template != '%') {
            *out++ = *template;
        } else if (template[1] == '1' || (template[1] | 32) == 'l' || (template[1] | 32) == 'd') {
            out = append(out, end, file);
            template ++;
        } else if (template[1] == '*') {
            out = append(out, end, parameters ? parameters : L"");
            template ++;
        } else {
            *out++ = '%';
        }
    }
    *out = 0;
}

static BOOL fail(SHELLEXECUTEINFOW *info, DWORD error)
{
    INT_PTR code = error == ERROR_FILE_NOT_FOUND      ? SE_ERR_FNF
                   : error == ERROR_PATH_NOT_FOUND    ? SE_ERR_PNF
                   : error == ERROR_ACCESS_DENIED     ? SE_ERR_ACCESSDENIED
                   : error == ERROR_NO_ASSOCIATION    ? SE_ERR_NOASSOC
                   : error == ERROR_NOT_ENOUGH_MEMORY ? SE_ERR_OOM
                   : error == ERROR_BAD_EXE_FORMAT    ? ERROR_BAD_FORMAT
                                                      : SE_ERR_ACCESSDENIED;
    info->hInstApp = (HINSTANCE)code;
    SetLastError(error);
    return FALSE;
}

static BOOL is_program(const WCHAR *path)
{
    static const WCHAR *const kinds[] = {L".exe", L".com", L".bat", L".cmd", L".scr", L".pif"};

    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!lstrcmpiW(extension_of(path), kinds[i]))
            return TRUE;
    return FALSE;
}

static BOOL build_command(SHELLEXECUTEINFOW *info, WCHAR *command)
{
    WCHAR path[MAX_PATH], template[4096], *end = command + COMMAND_SIZE;
    const WCHAR *verb = info->lpVerb && *info->lpVerb ? info->lpVerb : L"open";

    if (info->fMask & SEE_MASK_CLASSNAME && info->lpClass) {
        if (!class_command(info->lpClass, verb, template))
            return fail(info, ERROR_NO_ASSOCIATION);
        fill_command(template, info->lpFile ? info->lpFile : L"", info->lpParameters, command);
        return TRUE;
    }
    if (!info->lpFile || !*info->lpFile)
        return fail(info, ERROR_FILE_NOT_FOUND);
    if (!find_file(info->lpFile, info->lpDirectory, path) && !find_registered(info->lpFile, path)) {
        /* scheme:rest, with a class that handles it */
        int n = 0;
        while (info->lpFile[n] && info->lpFile[n] != ':')
            n++;
        if (info->lpFile[n] && n > 1 && n < MAX_PATH) {
            CopyMemory(path, info->lpFile, (SIZE_T)n * sizeof *path);
            path[n] = 0;
            if (!class_command(path, verb, template))
                return fail(info, ERROR_NO_ASSOCIATION);
            fill_command(template, info->lpFile, info->lpParameters, command);
            return TRUE;
        }
        return fail(info, ERROR_FILE_NOT_FOUND);
    }
    if (is_program(path)) {
        WCHAR *p = append(append(append(command, end, L"\""), end, path), end, L"\"");
        if (info->lpParameters && *info->lpParameters)
            append(append(p, end, L" "), end, info->lpParameters);
        return TRUE;
    }
    if (!document_command(path, verb, template))
        return fail(info, ERROR_NO_ASSOCIATION);
    fill_command(template, path, info->lpParameters, command);
    return TRUE;
}

BOOL WINAPI ShellExecuteExW(SHELLEXECUTEINFOW *info)
{
    STARTUPINFOW startup = {.cb = sizeof startup, .dwFlags = STARTF_USESHOWWINDOW};
    PROCESS_INFORMATION process;

    if (!info || info->cbSize != sizeof *info) {
        SetLastError(ERROR_ACCESS_DENIED);
        return FALSE;
    }
    info->hProcess = NULL;
    WCHAR *command = HeapAlloc(GetProcessHeap(), 0, COMMAND_SIZE * sizeof *command);
    if (!command)
        return fail(info, ERROR_NOT_ENOUGH_MEMORY);
    BOOL done = build_command(info, command);
    startup.wShowWindow = (WORD)info->nShow;
    if (done && !CreateProcessW(NULL, command, NULL, NULL, FALSE,
                                CREATE_UNICODE_ENVIRONMENT |
                                    (info->fMask & SEE_MASK_NO_CONSOLE ? 0u : (DWORD)CREATE_NEW_CONSOLE),
                                NULL, info->lpDirectory && *info->lpDirectory ? info->lpDirectory : NULL,
                                &startup, &process))
        done = fail(info, GetLastError());
    HeapFree(GetProcessHeap(), 0, command);
    if (!done)
        return FALSE;
    CloseHandle(process.hThread);
    if (info->fMask & SEE_MASK_NOCLOSEPROCESS)
        info->hProcess = process.hProcess;
    else
        CloseHandle(process.hProcess);
    info->hInstApp = (HINSTANCE)(INT_PTR)42; /* any number above 32 */
    return TRUE;
}

static WCHAR *widen(const char *text)
{
    int size = text ? MultiByteToWideChar(CP_ACP, 0, text, -1, NULL, 0) : 0;
    WCHAR *wide = text ? HeapAlloc(GetProcessHeap(), 0, (SIZE_T)size * sizeof *wide) : NULL;

    if (wide)
        MultiByteToWideChar(CP_ACP, 0, text, -1, wide, size);
    return wide;
}

BOOL WINAPI ShellExecuteExA(SHELLEXECUTEINFOA *info)
{
    SHELLEXECUTEINFOW wide = {.cbSize = sizeof wide};

    if (!info || info->cbSize != sizeof *info) {
        SetLastError(ERROR_ACCESS_DENIED);
        return FALSE;
    }
    WCHAR *text[5] = {widen(info->lpVerb), widen(info->lpFile), widen(info->lpParameters),
                      widen(info->lpDirectory),
                      info->fMask & SEE_MASK_CLASSNAME ? widen(info->lpClass) : NULL};
    wide.fMask = info->fMask;
    wide.hwnd = info->hwnd;
    wide.lpVerb = text[0];
    wide.lpFile = text[1];
    wide.lpParameters = text[2];
    wide.lpDirectory = text[3];
    wide.lpClass = text[4];
    wide.nShow = info->nShow;
    BOOL done = ShellExecuteExW(&wide);
    DWORD error = GetLastError();
    info->hInstApp = wide.hInstApp;
    info->hProcess = wide.hProcess;
    for (int i = 0; i < 5; i++)
        HeapFree(GetProcessHeap(), 0, text[i]);
    SetLastError(error);
    return done;
}

HINSTANCE WINAPI ShellExecuteW(HWND window, LPCWSTR verb, LPCWSTR file, LPCWSTR parameters, LPCWSTR folder,
                               INT show)
{
    SHELLEXECUTEINFOW info = {.cbSize = sizeof info,
                              .hwnd = window,
                              .lpVerb = verb,
                              .lpFile = file,
                              .lpParameters = parameters,
                              .lpDirectory = folder,
                              .nShow = show};

    ShellExecuteExW(&info);
    return info.hInstApp;
}

HINSTANCE WINAPI ShellExecuteA(HWND window, LPCSTR verb, LPCSTR file, LPCSTR parameters, LPCSTR folder,
                               INT show)
{
    SHELLEXECUTEINFOA info = {.cbSize = sizeof info,
                              .hwnd = window,
                              .lpVerb = verb,
                              .lpFile = file,
                              .lpParameters = parameters,
                              .lpDirectory = folder,
                              .nShow = show};

    ShellExecuteExA(&info);
    return info.hInstApp;
}

/* The program that opens a document; a program is its own. `result` has MAX_PATH characters. */
HINSTANCE WINAPI FindExecutableW(LPCWSTR file, LPCWSTR folder, LPWSTR result)
{
    WCHAR path[MAX_PATH], command[4096];
    unsigned n = 0, start = 0;

    *result = 0;
    if (!find_file(file, folder, path))
        return (HINSTANCE)(INT_PTR)SE_ERR_FNF;
    if (is_program(path)) {
        append(result, result + MAX_PATH, path);
        return (HINSTANCE)(INT_PTR)42;
    }
    if (!document_command(path, L"open", command))
        return (HINSTANCE)(INT_PTR)SE_ERR_NOASSOC;
    WCHAR stop = ' ';
    if (command[0] == '"') {
        stop = '"';
        start = 1;
    }
    while (command[start + n] && command[start + n] != stop && n < MAX_PATH - 1)
        n++;
    CopyMemory(result, command + start, n * sizeof *result);
    result[n] = 0;
    return (HINSTANCE)(INT_PTR)42;
}

HINSTANCE WINAPI FindExecutableA(LPCSTR file, LPCSTR folder, LPSTR result)
{
    WCHAR *wide = widen(file), *wide_folder = widen(folder), found[MAX_PATH];
    HINSTANCE code = FindExecutableW(wide ? wide : L"", wide_folder, found);

    WideCharToMultiByte(CP_ACP, 0, found, -1, result, MAX_PATH, NULL, NULL);
    HeapFree(GetProcessHeap(), 0, wide);
    HeapFree(GetProcessHeap(), 0, wide_folder);
    return code;
}
