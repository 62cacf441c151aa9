/*
 * Child processes: the spawn and exec families, system, popen and waiting. Open descriptors go to
 * the child in lpReserved2.
 */
#include "crt.h"

#define P_WAIT    0
#define P_NOWAIT  1
#define P_OVERLAY 2
#define P_NOWAITO 3
#define P_DETACH  4

int _waccess(const wchar_t *path, int mode);
void crt_stream_set_process(FILE *file, HANDLE process);
HANDLE crt_stream_process(FILE *file);
intptr_t _wspawnve(int mode, const wchar_t *path, const wchar_t *const *argv, const wchar_t *const *env);
intptr_t _wspawnvpe(int mode, const wchar_t *path, const wchar_t *const *argv, const wchar_t *const *env);

/* The arguments joined by spaces, as they are: quoting is the caller's, as documented. */
static wchar_t *join(const wchar_t *const *argv)
{
    size_t length = 1;

    for (int i = 0; argv[i]; i++)
        length += wcslen(argv[i]) + 1;
    wchar_t *line = malloc(length * sizeof *line), *p = line;
    if (!line)
        return NULL;
    for (int i = 0; argv[i]; i++) {
        if (i)
            *p++ = ' ';
        size_t n = wcslen(argv[i]);
        memcpy(p, argv[i], n * sizeof *p);
        p += n;
    }
    *p = 0;
    return line;
}

static wchar_t *environment_block(const wchar_t *const *env)
{
    const wchar_t *root = _wgetenv(L"SystemRoot");
    size_t length = 2;
    bool has_root = false;

    for (int i = 0; env[i]; i++) {
        length += wcslen(env[i]) + 1;
        has_root |= !_wcsnicmp(env[i], L"SystemRoot=", 11);
    }
    if (root && !has_root)
        length += wcslen(root) + 12;
    wchar_t *block = malloc(length * sizeof *block), *p = block;
    if (!block)
        return NULL;
    for (int i = 0; env[i]; i++) {
        wcscpy(p, env[i]);
        p += wcslen(p) + 1;
    }
    if (root && !has_root) {
        wcscpy(p, L"SystemRoot=");
        wcscat(p, root);
        p += wcslen(p) + 1;
    }
    if (p == block)
        *p++ = 0;
    *p = 0;
    return block;
}

/* Starts exactly this file. */
static intptr_t start(int mode, const wchar_t *path, const wchar_t *const *argv, const wchar_t *const *env)
{
    STARTUPINFOW info = {.cb = sizeof info};
    PROCESS_INFORMATION process;
    intptr_t result = -1;

    wchar_t *line = join(argv), *block = env ? environment_block(env) : NULL;
    info.lpReserved2 = crt_fd_inheritance(&info.cbReserved2, mode == P_DETACH);
    if (line && (!env || block) && info.lpReserved2) {
        DWORD flags = CREATE_UNICODE_ENVIRONMENT | (mode == P_DETACH ? DETACHED_PROCESS : 0);
        fflush(NULL);
        if (!CreateProcessW(path, line, NULL, NULL, TRUE, flags, block, NULL, &info, &process)) {
            _dosmaperr(GetLastError());
        } else {
            CloseHandle(process.hThread);
            switch (mode) {
            case P_OVERLAY: _exit(0);
            case P_WAIT: {
                DWORD code = 0;
                WaitForSingleObject(process.hProcess, INFINITE);
                GetExitCodeProcess(process.hProcess, &code);
                result = (int)code;
                CloseHandle(process.hProcess);
                break;
            }
            case P_DETACH:
                CloseHandle(process.hProcess);
                result = 0;
                break;
            default: result = (intptr_t)process.hProcess;
            }
        }
    } else {
        errno = ENOMEM;
    }
    free(line);
    free(block);
    free(info.lpReserved2);
    return result;
}

/* Adds .com, .exe, .bat, .cmd to a name without extension; the name itself first if it has one. */
intptr_t _wspawnve(int mode, const wchar_t *path, const wchar_t *const *argv, const wchar_t *const *env)
{
    static const wchar_t *const extensions[] = {L".com", L".exe", L".bat", L".cmd"};
    const wchar_t *name, *slash = wcsrchr(path ? path : L"", '\\'), *other = wcsrchr(path ? path : L"", '/');

    CRT_CHECK(path && *path && argv && argv[0] && *argv[0], EINVAL, -1);
    CRT_CHECK(mode >= P_WAIT && mode <= P_DETACH, EINVAL, -1);
    name = other > slash ? other : slash;
    if (wcschr(name ? name : path, '.')) {
        if (!_waccess(path, 0))
            return start(mode, path, argv, env);
        return -1;
    }
    size_t length = wcslen(path);
    wchar_t *full = malloc((length + 5) * sizeof *full);
    intptr_t result = -1;
    if (!full)
        return -1;
    int old = errno;
    bool found = false;
    for (size_t i = 0; i < ARRAY_LENGTH(extensions) && !found; i++) {
        wcscpy(full, path);
        wcscat(full, extensions[i]);
        if (!_waccess(full, 0)) {
            found = true;
            errno = old;
            result = start(mode, full, argv, env);
        }
    }
    free(full);
    if (!found)
        errno = ENOENT;
    return result;
}

/* Along PATH, for a name without a folder. */
intptr_t _wspawnvpe(int mode, const wchar_t *path, const wchar_t *const *argv, const wchar_t *const *env)
{
    intptr_t result = _wspawnve(mode, path, argv, env);

    if (result != -1 || errno != ENOENT || !path || wcschr(path, '\\') || wcschr(path, '/') ||
        wcschr(path, ':'))
        return result;
    const wchar_t *list = _wgetenv(L"PATH");
    while (list && *list) {
        const wchar_t *end = wcschr(list, ';');
        size_t length = end ? (size_t)(end - list) : wcslen(list);
        wchar_t *full = malloc((length + wcslen(path) + 2) * sizeof *full);
        if (!full)
            return -1;
        size_t used = 0;
        for (size_t i = 0; i < length; i++)
            if (list[i] != '"')
                full[used++] = list[i];
        if (used && full[used - 1] != '\\' && full[used - 1] != '/')
            full[used++] = '\\';
        wcscpy(full + used, path);
        result = used ? _wspawnve(mode, full, argv, env) : -1;
        free(full);
        if (result != -1 || (errno != ENOENT && used))
            return result;
        list += length + (end != NULL);
    }
    return result;
}

intptr_t _wspawnv(int mode, const wchar_t *path, const wchar_t *const *argv)
{
    return _wspawnve(mode, path, argv, NULL);
}
intptr_t _wspawnvp(int mode, const wchar_t *path, const wchar_t *const *argv)
{
    return _wspawnvpe(mode, path, argv, NULL);
}
intptr_t _wexecve(const wchar_t *path, const wchar_t *const *argv, const wchar_t *const *env)
{
    return _wspawnve(P_OVERLAY, path, argv, env);
}
intptr_t _wexecvpe(const wchar_t *path, const wchar_t *const *argv, const wchar_t *const *env)
{
    return _wspawnvpe(P_OVERLAY, path, argv, env);
}
intptr_t _wexecv(const wchar_t *path, const wchar_t *const *argv)
{
    return _wspawnve(P_OVERLAY, path, argv, NULL);
}
intptr_t _wexecvp(const wchar_t *path, const wchar_t *const *argv)
{
    return _wspawnvpe(P_OVERLAY, path, argv, NULL);
}

static void free_table(wchar_t **table)
{
    for (int i = 0; table && table[i]; i++)
        free(table[i]);
    free(table);
}

static wchar_t **wide_table(const char *const *table)
{
    int count = 0;

    while (table[count])
        count++;
    wchar_t **wide = calloc(count + 1, sizeof *wide);
    for (int i = 0; wide && i < count; i++)
        if (!(wide[i] = crt_wide(table[i], CP_ACP))) {
            free_table(wide);
            return NULL;
        }
    return wide;
}

static intptr_t spawn_narrow(int mode, const char *path, const char *const *argv, const char *const *env,
                             bool search)
{
    CRT_CHECK(path && *path && argv && argv[0] && *argv[0], EINVAL, -1);
    wchar_t *p = crt_wide_path(path), **a = wide_table(argv), **e = env ? wide_table(env) : NULL;
    intptr_t result = -1;
    if (p && a && (!env || e))
        result = (search ? _wspawnvpe : _wspawnve)(mode, p, (const wchar_t *const *)a,
                                                   (const wchar_t *const *)e);
    free(p);
    free_table(a);
    free_table(e);
    return result;
}

intptr_t _spawnve(int mode, const char *path, const char *const *argv, const char *const *env)
{
    return spawn_narrow(mode, path, argv, env, false);
}
intptr_t _spawnvpe(int mode, const char *path, const char *const *argv, const char *const *env)
{
    return spawn_narrow(mode, path, argv, env, true);
}
intptr_t _spawnv(int mode, const char *path, const char *const *argv)
{
    return spawn_narrow(mode, path, argv, NULL, false);
}
intptr_t _spawnvp(int mode, const char *path, const char *const *argv)
{
    return spawn_narrow(mode, path, argv, NULL, true);
}
intptr_t _execve(const char *path, const char *const *argv, const char *const *env)
{
    return spawn_narrow(P_OVERLAY, path, argv, env, false);
}
intptr_t _execvpe(const char *path, const char *const *argv, const char *const *env)
{
    return spawn_narrow(P_OVERLAY, path, argv, env, true);
}
intptr_t _execv(const char *path, const char *const *argv)
{
    return spawn_narrow(P_OVERLAY, path, argv, NULL, false);
}
intptr_t _execvp(const char *path, const char *const *argv)
{
    return spawn_narrow(P_OVERLAY, path, argv, NULL, true);
}

/* The list forms: arguments up to a NULL, with E an environment after it. */
#define LIST(T, name, parameters, first, call, with_environment)                                             \
    intptr_t name parameters                                                                                 \
    {                                                                                                        \
        va_list args;                                                                                        \
        int count = 1;                                                                                       \
        CRT_CHECK(first &&*first, EINVAL, -1);                                                               \
        va_start(args, first);                                                                               \
        while (va_arg(args, const T *))                                                                      \
            count++;                                                                                         \
        va_end(args);                                                                                        \
        const T **argv = malloc((count + 1) * sizeof *argv);                                                 \
        if (!argv)                                                                                           \
            return -1;                                                                                       \
        va_start(args, first);                                                                               \
        argv[0] = first;                                                                                     \
        for (int i = 1; i <= count; i++)                                                                     \
            argv[i] = va_arg(args, const T *);                                                               \
        const T *const *env = with_environment ? va_arg(args, const T *const *) : NULL;                      \
        va_end(args);                                                                                        \
        intptr_t result = call;                                                                              \
        free(argv);                                                                                          \
        return result;                                                                                       \
    }
LIST(char, _spawnl, (int mode, const char *path, const char *first, ...), first,
     _spawnve(mode, path, argv, env), false)
LIST(char, _spawnle, (int mode, const char *path, const char *first, ...), first,
     _spawnve(mode, path, argv, env), true)
LIST(char, _spawnlp, (int mode, const char *path, const char *first, ...), first,
     _spawnvpe(mode, path, argv, env), false)
LIST(char, _spawnlpe, (int mode, const char *path, const char *first, ...), first,
     _spawnvpe(mode, path, argv, env), true)
LIST(char, _execl, (const char *path, const char *first, ...), first, _execve(path, argv, env), false)
LIST(char, _execle, (const char *path, const char *first, ...), first, _execve(path, argv, env), true)
LIST(char, _execlp, (const char *path, const char *first, ...), first, _execvpe(path, argv, env), false)
LIST(char, _execlpe, (const char *path, const char *first, ...), first, _execvpe(path, argv, env), true)
LIST(wchar_t, _wspawnl, (int mode, const wchar_t *path, const wchar_t *first, ...), first,
     _wspawnve(mode, path, argv, env), false)
LIST(wchar_t, _wspawnle, (int mode, const wchar_t *path, const wchar_t *first, ...), first,
     _wspawnve(mode, path, argv, env), true)
LIST(wchar_t, _wspawnlp, (int mode, const wchar_t *path, const wchar_t *first, ...), first,
     _wspawnvpe(mode, path, argv, env), false)
LIST(wchar_t, _wspawnlpe, (int mode, const wchar_t *path, const wchar_t *first, ...), first,
     _wspawnvpe(mode, path, argv, env), true)
LIST(wchar_t, _wexecl, (const wchar_t *path, const wchar_t *first, ...), first, _wexecve(path, argv, env),
     false)
LIST(wchar_t, _wexecle, (const wchar_t *path, const wchar_t *first, ...), first, _wexecve(path, argv, env),
     true)
LIST(wchar_t, _wexeclp, (const wchar_t *path, const wchar_t *first, ...), first, _wexecvpe(path, argv, env),
     false)
LIST(wchar_t, _wexeclpe, (const wchar_t *path, const wchar_t *first, ...), first, _wexecvpe(path, argv, env),
     true)

intptr_t _cwait(int *status, intptr_t process, int action)
{
    DWORD code;

    (void)action;
    if (process == 0 || process == -1 || WaitForSingleObject((HANDLE)process, INFINITE) != WAIT_OBJECT_0 ||
        !GetExitCodeProcess((HANDLE)process, &code)) {
        DWORD error = GetLastError();
        crt_thread()->doserror = error;
        errno = error == ERROR_INVALID_HANDLE || !process || process == -1 ? ECHILD : crt_errno_of(error);
        if (status)
            *status = -1;
        return -1;
    }
    if (status)
        *status = (int)code;
    CloseHandle((HANDLE)process);
    return process;
}

/* ---------------------------------------------------------------- the command interpreter */

int _wsystem(const wchar_t *command)
{
    const wchar_t *shell = _wgetenv(L"COMSPEC");

    if (!command) {
        if (!shell)
            return 0;
        return _waccess(shell, 0) == 0;
    }
    const wchar_t *argv[] = {shell ? shell : L"cmd.exe", L"/c", command, NULL};
    if (shell) {
        intptr_t result = _wspawnve(P_WAIT, shell, argv, NULL);
        if (result != -1 || (errno != ENOENT && errno != EACCES))
            return (int)result;
    }
    argv[0] = L"cmd.exe";
    return (int)_wspawnvpe(P_WAIT, argv[0], argv, NULL);
}
int system(const char *command)
{
    wchar_t *wide = command ? crt_wide(command, CP_ACP) : NULL;

    if (command && !wide)
        return -1;
    int result = _wsystem(wide);
    free(wide);
    return result;
}

FILE *_wfdopen(int fd, const wchar_t *mode);

FILE *_wpopen(const wchar_t *command, const wchar_t *mode)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    STARTUPINFOW info = {.cb = sizeof info, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process;
    HANDLE read, write;
    const wchar_t *p = mode, *shell = _wgetenv(L"COMSPEC");
    wchar_t stream_mode[3] = {0};

    CRT_CHECK(command && mode, EINVAL, NULL);
    while (*p == ' ')
        p++;
    CRT_CHECK(*p == 'r' || *p == 'w', EINVAL, NULL);
    bool reading = *p == 'r';
    stream_mode[0] = *p++;
    while (*p == ' ')
        p++;
    CRT_CHECK(!*p || *p == 't' || *p == 'b', EINVAL, NULL);
    stream_mode[1] = *p;
    if (!CreatePipe(&read, &write, &inherit, 4096)) {
        _dosmaperr(GetLastError());
        return NULL;
    }
    HANDLE ours = reading ? read : write, theirs = reading ? write : read;
    SetHandleInformation(ours, HANDLE_FLAG_INHERIT, 0);
    if (!shell)
        shell = L"cmd.exe";
    size_t length = wcslen(shell) + wcslen(command) + 8;
    wchar_t *line = malloc(length * sizeof *line);
    int fd = line ? _open_osfhandle((intptr_t)ours,
                                    stream_mode[1] == 'b' || (!stream_mode[1] && _fmode == _O_BINARY)
                                        ? _O_BINARY | _O_NOINHERIT
                                        : _O_TEXT | _O_NOINHERIT)
                  : -1;
    FILE *file = fd >= 0 ? _wfdopen(fd, stream_mode) : NULL;
    if (file) {
        _snwprintf(line, length, L"%ls /c %ls", shell, command);
        info.hStdInput = reading ? GetStdHandle(STD_INPUT_HANDLE) : theirs;
        info.hStdOutput = reading ? theirs : GetStdHandle(STD_OUTPUT_HANDLE);
        info.hStdError = GetStdHandle(STD_ERROR_HANDLE);
        fflush(NULL);
        if (CreateProcessW(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &info, &process)) {
            CloseHandle(process.hThread);
            crt_stream_set_process(file, process.hProcess);
        } else {
            _dosmaperr(GetLastError());
            fclose(file);
            file = NULL;
        }
    } else if (fd >= 0) {
        _close(fd);
    } else {
        CloseHandle(ours);
    }
    CloseHandle(theirs);
    free(line);
    return file;
}
FILE *_popen(const char *command, const char *mode)
{
    CRT_CHECK(command && mode, EINVAL, NULL);
    wchar_t *wide = crt_wide(command, CP_ACP), *wide_mode = crt_wide(mode, CP_ACP);
    FILE *file = wide && wide_mode ? _wpopen(wide, wide_mode) : NULL;
    free(wide);
    free(wide_mode);
    return file;
}

int _pclose(FILE *file)
{
    int status = -1;

    CRT_CHECK(file, EINVAL, -1);
    HANDLE process = crt_stream_process(file);
    crt_stream_set_process(file, NULL);
    fclose(file);
    if (!process) {
        errno = EBADF;
        return -1;
    }
    int old = errno;
    if (_cwait(&status, (intptr_t)process, 0) == -1 && errno != EINTR)
        return -1;
    errno = old;
    return status;
}
