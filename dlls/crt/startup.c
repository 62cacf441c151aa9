/*
 * The runtime's start and end: DllMain, the argument and environment tables, initializers, exit
 * and its registered functions.
 */
#include "crt.h"

int crt_app_type;
int __argc;
char **__argv, **_environ, **__initenv, *_acmdln, *_pgmptr;
wchar_t **__wargv, **_wenviron, **__winitenv, *_wcmdln, *_wpgmptr;
int _fmode, _commode;
unsigned int _osplatform = 2, _osver, _winver, _winmajor, _winminor;
void (*_aexit_rtn)(int) = _exit;
static int error_mode;

void crt_thread_process_init(void);
void crt_thread_detach(void);
int _set_new_mode(int mode);

/* ---------------------------------------------------------------- arguments */

/* Splits a command line by the rules of Microsoft's C compiler. With NULLs it only counts. Marks
 * wildcards outside quotes by \1 and \2 for expansion. Returns the count of characters used. */
static size_t split(const wchar_t *line, wchar_t **argv, wchar_t *text, int *ret_count, bool mark)
{
    size_t used = 0;
    int count = 0;
    bool quoted = false;
    const wchar_t *p = line;
#define PUT(c) (text ? (void)(text[used] = (c)) : (void)0, used++)

    if (argv)
        argv[count] = text;
    count++;
    while (*p && (quoted || (*p != ' ' && *p != '\t'))) {
        if (*p == '"')
            quoted = !quoted;
        else
            PUT(*p);
        p++;
    }
    PUT(0);
    quoted = false;
    for (;;) {
        while (*p == ' ' || *p == '\t')
            p++;
        if (!*p)
            break;
        if (argv)
            argv[count] = text + used;
        count++;
        for (;;) {
            unsigned int slashes = 0;
            bool copy = true;
            while (*p == '\\')
                p++, slashes++;
            if (*p == '"') {
                if (slashes % 2 == 0) {
                    if (quoted && p[1] == '"') {
                        p++;
                        if (!CRT_UCRT)
                            quoted = false;
                    } else {
                        copy = false;
                        quoted = !quoted;
                    }
                }
                slashes /= 2;
            }
            while (slashes--)
                PUT('\\');
            if (!*p || (!quoted && (*p == ' ' || *p == '\t')))
                break;
            if (copy)
                PUT(mark && !quoted && *p == '*' ? 1 : mark && !quoted && *p == '?' ? 2 : *p);
            p++;
        }
        PUT(0);
    }
#undef PUT
    *ret_count = count;
    return used;
}

struct list {
    wchar_t **items;
    int count, room;
};

static bool append(struct list *list, wchar_t *item)
{
    if (list->count + 2 > list->room) {
        int room = list->room ? list->room * 2 : 16;
        wchar_t **items = realloc(list->items, room * sizeof *items);
        if (!items)
            return false;
        list->items = items;
        list->room = room;
    }
    list->items[list->count++] = item;
    list->items[list->count] = NULL;
    return true;
}

/* Appends the sorted names that match, or the pattern itself. */
static bool expand_wildcards(struct list *list, wchar_t *pattern)
{
    WIN32_FIND_DATAW found;
    size_t folder = 0;
    int first = list->count;
    bool wild = false;

    for (wchar_t *p = pattern; *p; p++) {
        if (*p == 1 || *p == 2) {
            wild = true;
            *p = *p == 1 ? '*' : '?';
        }
        if ((*p == '\\' || *p == '/' || *p == ':') && !wild)
            folder = p + 1 - pattern;
    }
    if (!wild)
        return append(list, pattern);
    HANDLE find = FindFirstFileW(pattern, &found);
    if (find == INVALID_HANDLE_VALUE)
        return append(list, pattern);
    do {
        if (!wcscmp(found.cFileName, L".") || !wcscmp(found.cFileName, L".."))
            continue;
        size_t length = wcslen(found.cFileName);
        wchar_t *name = malloc((folder + length + 1) * sizeof *name);
        if (!name || !append(list, name)) {
            FindClose(find);
            return false;
        }
        memcpy(name, pattern, folder * sizeof *name);
        memcpy(name + folder, found.cFileName, (length + 1) * sizeof *name);
        int i = list->count - 1;
        while (i > first && _wcsicmp(list->items[i - 1], name) > 0) {
            list->items[i] = list->items[i - 1];
            i--;
        }
        list->items[i] = name;
    } while (FindNextFileW(find, &found));
    FindClose(find);
    return list->count > first || append(list, pattern);
}

int crt_make_wargv(bool expand)
{
    const wchar_t *line = _wcmdln ? _wcmdln : GetCommandLineW();
    int count;

    if (__wargv)
        return 0;
    if (!*line)
        line = _wpgmptr;
    size_t length = split(line, NULL, NULL, &count, expand);
    wchar_t **argv = malloc((count + 1) * sizeof *argv + length * sizeof(wchar_t));
    if (!argv)
        return -1;
    split(line, argv, (wchar_t *)(argv + count + 1), &count, expand);
    argv[count] = NULL;
    if (expand) {
        struct list list = {0};
        bool ok = append(&list, argv[0]);
        for (int i = 1; ok && i < count; i++)
            ok = expand_wildcards(&list, argv[i]);
        if (!ok)
            return -1;
        argv = list.items;
        count = list.count;
    }
    __argc = count;
    __wargv = argv;
    return 0;
}

int crt_make_argv(bool expand)
{
    wchar_t **wide = __wargv;
    int count = __argc;

    if (__argv)
        return 0;
    if (!wide && crt_make_wargv(expand))
        return -1;
    wide = __wargv;
    count = __argc;
    size_t total = 0;
    for (int i = 0; i < count; i++)
        total += WideCharToMultiByte(CP_ACP, 0, wide[i], -1, NULL, 0, NULL, NULL);
    char **argv = malloc((count + 1) * sizeof *argv + total);
    if (!argv)
        return -1;
    char *text = (char *)(argv + count + 1);
    for (int i = 0; i < count; i++) {
        int size = WideCharToMultiByte(CP_ACP, 0, wide[i], -1, text, (int)total, NULL, NULL);
        argv[i] = text;
        text += size;
        total -= size;
    }
    argv[count] = NULL;
    __argv = argv;
    return 0;
}

struct startup_info {
    int newmode;
};

int __getmainargs(int *ret_argc, char ***ret_argv, char ***ret_environment, int expand,
                  struct startup_info *info)
{
    if (crt_make_argv(expand) || crt_make_environment())
        return -1;
    if (!__initenv)
        __initenv = _environ;
    *ret_argc = __argc;
    *ret_argv = __argv;
    *ret_environment = _environ;
    if (info)
        _set_new_mode(info->newmode);
    return 0;
}

int __wgetmainargs(int *ret_argc, wchar_t ***ret_argv, wchar_t ***ret_environment, int expand,
                   struct startup_info *info)
{
    if (crt_make_wargv(expand) || crt_make_wide_environment())
        return -1;
    if (!__winitenv)
        __winitenv = _wenviron;
    *ret_argc = __argc;
    *ret_argv = __wargv;
    *ret_environment = _wenviron;
    if (info)
        _set_new_mode(info->newmode);
    return 0;
}

void __set_app_type(int type)
{
    crt_app_type = type;
}
int _set_app_type(int type)
{
    return crt_app_type = type, 0;
}
int _query_app_type(void)
{
    return crt_app_type;
}
int *__p___argc(void)
{
    return &__argc;
}
char ***__p___argv(void)
{
    return &__argv;
}
wchar_t ***__p___wargv(void)
{
    return &__wargv;
}
char **__p__acmdln(void)
{
    return &_acmdln;
}
wchar_t **__p__wcmdln(void)
{
    return &_wcmdln;
}
char **__p__pgmptr(void)
{
    return &_pgmptr;
}
wchar_t **__p__wpgmptr(void)
{
    return &_wpgmptr;
}
int *__p__fmode(void)
{
    return &_fmode;
}
int *__p__commode(void)
{
    return &_commode;
}
char ***__p__environ(void)
{
    if (!_environ)
        crt_make_environment();
    return &_environ;
}
wchar_t ***__p__wenviron(void)
{
    if (!_wenviron)
        crt_make_wide_environment();
    return &_wenviron;
}
char ***__p___initenv(void)
{
    return &__initenv;
}
wchar_t ***__p___winitenv(void)
{
    return &__winitenv;
}
unsigned int *__p__osver(void)
{
    return &_osver;
}
unsigned int *__p__winver(void)
{
    return &_winver;
}
unsigned int *__p__winmajor(void)
{
    return &_winmajor;
}
unsigned int *__p__winminor(void)
{
    return &_winminor;
}

int _get_pgmptr(char **value)
{
    CRT_CHECK(value, EINVAL, EINVAL);
    *value = _pgmptr;
    return 0;
}
int _get_wpgmptr(wchar_t **value)
{
    CRT_CHECK(value, EINVAL, EINVAL);
    *value = _wpgmptr;
    return 0;
}
int _set_fmode(int mode)
{
    CRT_CHECK(mode == _O_TEXT || mode == _O_BINARY || mode == _O_WTEXT, EINVAL, EINVAL);
    _fmode = mode;
    return 0;
}
int _get_fmode(int *mode)
{
    CRT_CHECK(mode, EINVAL, EINVAL);
    *mode = _fmode ? _fmode : _O_TEXT;
    return 0;
}
int _get_osplatform(unsigned int *v)
{
    *v = _osplatform;
    return 0;
}
int _get_osver(unsigned int *v)
{
    *v = _osver;
    return 0;
}
int _get_winver(unsigned int *v)
{
    *v = _winver;
    return 0;
}
int _get_winmajor(unsigned int *v)
{
    *v = _winmajor;
    return 0;
}
int _get_winminor(unsigned int *v)
{
    *v = _winminor;
    return 0;
}

#if CRT_UCRT
/* Modes: 0 none, 1 the whole line is unexpanded arguments, 2 with wildcards. */
int _configure_narrow_argv(int mode)
{
    return crt_make_argv(mode == 2) ? ENOMEM : 0;
}
int _configure_wide_argv(int mode)
{
    return crt_make_wargv(mode == 2) ? ENOMEM : 0;
}
int _initialize_narrow_environment(void)
{
    return crt_make_environment();
}
int _initialize_wide_environment(void)
{
    return crt_make_wide_environment();
}
char **_get_initial_narrow_environment(void)
{
    if (!__initenv && crt_make_environment() == 0)
        __initenv = _environ;
    return __initenv;
}
wchar_t **_get_initial_wide_environment(void)
{
    if (!__winitenv && crt_make_wide_environment() == 0)
        __winitenv = _wenviron;
    return __winitenv;
}
char *_get_narrow_winmain_command_line(void)
{
    char *p = _acmdln;
    bool quoted = false;

    while (*p && (quoted || (unsigned char)*p > ' ')) {
        if (*p == '"')
            quoted = !quoted;
        p++;
    }
    while (*p && (unsigned char)*p <= ' ')
        p++;
    return p;
}
wchar_t *_get_wide_winmain_command_line(void)
{
    wchar_t *p = _wcmdln;
    bool quoted = false;

    while (*p && (quoted || *p > ' ')) {
        if (*p == '"')
            quoted = !quoted;
        p++;
    }
    while (*p && *p <= ' ')
        p++;
    return p;
}
#endif

/* ---------------------------------------------------------------- initializers and onexit */

void _initterm(_PVFV *begin, _PVFV *end)
{
    for (; begin < end; begin++)
        if (*begin)
            (*begin)();
}

int _initterm_e(_PIFV *begin, _PIFV *end)
{
    int result = 0;

    for (; begin < end && !result; begin++)
        if (*begin)
            result = (*begin)();
    return result;
}

struct onexit_table {
    _onexit_t *first, *last, *end;
};

static struct onexit_table at_exit, at_quick_exit;

static int table_add(struct onexit_table *table, _onexit_t function)
{
    int result = 0;

    _lock(CRT_LOCK_EXIT);
    if (table->last == table->end) {
        size_t count = table->end - table->first, room = count ? count * 2 : 32;
        _onexit_t *block = realloc(table->first, room * sizeof *block);
        if (!block) {
            result = -1;
        } else {
            table->first = block;
            table->last = block + count;
            table->end = block + room;
        }
    }
    if (!result)
        *table->last++ = function;
    _unlock(CRT_LOCK_EXIT);
    return result;
}

/* Last in, first out; functions may register more while it runs. */
static void table_run(struct onexit_table *table)
{
    for (;;) {
        _lock(CRT_LOCK_EXIT);
        if (table->last == table->first) {
            _onexit_t *block = table->first;
            table->first = table->last = table->end = NULL;
            _unlock(CRT_LOCK_EXIT);
            free(block);
            return;
        }
        _onexit_t function = *--table->last;
        _unlock(CRT_LOCK_EXIT);
        if (function)
            function();
    }
}

_onexit_t _onexit(_onexit_t function)
{
    return table_add(&at_exit, function) ? NULL : function;
}
int atexit(_PVFV function)
{
    return table_add(&at_exit, (_onexit_t)function);
}
int _crt_atexit(_PVFV function)
{
    return table_add(&at_exit, (_onexit_t)function);
}
int _crt_at_quick_exit(_PVFV function)
{
    return table_add(&at_quick_exit, (_onexit_t)function);
}

/* The table of a DLL that links the runtime dynamically; the DLL keeps begin and end. */
_onexit_t __dllonexit(_onexit_t function, _PVFV **begin, _PVFV **end)
{
    _lock(CRT_LOCK_EXIT);
    size_t count = *begin ? *end - *begin : 0;
    _PVFV *block = realloc(*begin, (count + 1) * sizeof *block);
    if (block) {
        block[count] = (_PVFV)function;
        *begin = block;
        *end = block + count + 1;
    } else {
        function = NULL;
    }
    _unlock(CRT_LOCK_EXIT);
    return function;
}

#if CRT_UCRT
int _initialize_onexit_table(struct onexit_table *table)
{
    if (!table)
        return -1;
    if (table->first == table->end)
        table->first = table->last = table->end = NULL;
    return 0;
}
int _register_onexit_function(struct onexit_table *table, _onexit_t function)
{
    return table ? table_add(table, function) : -1;
}
int _execute_onexit_table(struct onexit_table *table)
{
    if (!table)
        return -1;
    table_run(table);
    return 0;
}
void _register_thread_local_exe_atexit_callback(void *callback)
{
    crt_thread()->thread_atexit = callback;
}
#endif

/* ---------------------------------------------------------------- exit */

static volatile LONG exit_depth;

/* C's termination: registered functions, then streams; once, whoever calls. */
static void terminate_c(bool full)
{
    if (InterlockedIncrement(&exit_depth) == 1) {
        if (full) {
            struct crt_thread *thread = crt_thread();
            typedef void(NTAPI * callback)(void *, DWORD, void *);
            void *at_thread_exit = thread->thread_atexit;
            thread->thread_atexit = NULL;
            if (at_thread_exit)
                ((callback)at_thread_exit)(NULL, DLL_PROCESS_DETACH, NULL);
            table_run(&at_exit);
        }
        crt_stdio_exit();
    }
    InterlockedDecrement(&exit_depth);
}

void _cexit(void)
{
    terminate_c(true);
}
void _c_exit(void)
{
    crt_stdio_exit();
}

void _exit(int code)
{
    ExitProcess(code);
    __builtin_unreachable();
}

void exit(int code)
{
    terminate_c(true);
    _exit(code);
}

void _Exit(int code)
{
    _exit(code);
}

void quick_exit(int code)
{
    table_run(&at_quick_exit);
    _exit(code);
}

static unsigned int abort_behavior = 3; /* write the message, report the fault */

unsigned int _set_abort_behavior(unsigned int flags, unsigned int mask)
{
    unsigned int old = abort_behavior;

    abort_behavior = (abort_behavior & ~mask) | (flags & mask);
    return old;
}

crt_signal_handler crt_abort_handler(void);

void abort(void)
{
    if (crt_abort_handler())
        raise(22);
    else if (!CRT_UCRT && abort_behavior & 1)
        crt_report("\r\nabnormal program termination\r\n");
#if CRT_UCRT
    if (abort_behavior & 2)
        __asm__ volatile("int $0x29" : : "c"(7)); /* FAST_FAIL_FATAL_APP_EXIT */
#endif
    _exit(3);
}

/* ---------------------------------------------------------------- messages */

void crt_report(const char *text)
{
    HANDLE handle = GetStdHandle(STD_ERROR_HANDLE);
    DWORD written;

    if (handle && handle != INVALID_HANDLE_VALUE)
        WriteFile(handle, text, (DWORD)strlen(text), &written, NULL);
}

static const struct {
    int number;
    const char *text;
} runtime_errors[] = {
    {2, "floating-point support not loaded"},
    {8, "not enough memory for arguments"},
    {9, "not enough memory for environment"},
    {10, "abort was called"},
    {16, "not enough memory for thread data"},
    {17, "a lock of the runtime failed"},
    {18, "the heap failed"},
    {19, "the console could not be opened"},
    {24, "not enough memory for the onexit table"},
    {25, "a pure virtual function was called"},
    {26, "not enough memory for stdio"},
    {27, "not enough memory for low-level I/O"},
    {28, "the heap could not be made"},
    {30, "the runtime is not initialized"},
};

void _amsg_exit(int number)
{
    char line[120];

    for (size_t i = 0; i < ARRAY_LENGTH(runtime_errors); i++)
        if (runtime_errors[i].number == number) {
            _snprintf(line, sizeof line, "\r\nruntime error R6%03d\r\n- %s\r\n", number,
                      runtime_errors[i].text);
            crt_report(line);
        }
    _aexit_rtn(255);
}

int _set_error_mode(int mode)
{
    int old = error_mode;

    CRT_CHECK((mode >= 0 && mode <= 3), EINVAL, -1);
    if (mode != 3)
        error_mode = mode;
    return old;
}

static _PVFV volatile purecall_handler;

_PVFV _set_purecall_handler(_PVFV handler)
{
    return InterlockedExchangePointer((void *volatile *)&purecall_handler, handler);
}
_PVFV _get_purecall_handler(void)
{
    return purecall_handler;
}

int _purecall(void)
{
    if (purecall_handler)
        purecall_handler();
    _amsg_exit(25);
    return 0;
}

void _assert(const char *message, const char *file, unsigned int line)
{
    fflush(stdout);
    fprintf(stderr, "Assertion failed: %s, file %s, line %u\n\n", message, file, line);
    fflush(stderr);
    abort();
}

void _wassert(const wchar_t *message, const wchar_t *file, unsigned int line)
{
    fflush(stdout);
    fprintf(stderr, "Assertion failed: %ls, file %ls, line %u\n\n", message, file, line);
    fflush(stderr);
    abort();
}

/* ---------------------------------------------------------------- the DLL */

static char program_name[MAX_PATH * 3];
static wchar_t wide_program_name[MAX_PATH];

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved);
BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
    (void)instance;
    switch (reason) {
    case DLL_PROCESS_ATTACH: {
        crt_thread_process_init();
        unsigned int version = GetVersion();
        _winmajor = version & 0xff;
        _winminor = version >> 8 & 0xff;
        _winver = _winmajor << 8 | _winminor;
        _osver = version >> 16 & 0x7fff;
        _acmdln = GetCommandLineA();
        _wcmdln = GetCommandLineW();
        GetModuleFileNameW(NULL, wide_program_name, MAX_PATH);
        WideCharToMultiByte(CP_ACP, 0, wide_program_name, -1, program_name, sizeof program_name, NULL, NULL);
        _pgmptr = program_name;
        _wpgmptr = wide_program_name;
        crt_lowio_init();
        crt_stdio_init();
        crt_math_init();
        break;
    }
    case DLL_THREAD_DETACH: crt_thread_detach(); break;
    case DLL_PROCESS_DETACH:
        crt_stdio_exit();
        if (!reserved)
            crt_thread_detach();
        break;
    }
    return TRUE;
}
