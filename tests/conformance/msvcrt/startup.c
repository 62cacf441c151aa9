/*
 * The start and the end of a program: arguments, initializers, functions at exit, the ways to go, handlers,
 * messages and signals.
 */
#include "crt.h"

#include <errno.h>
#include <process.h>
#include <signal.h>

typedef void(__cdecl *action)(void);
static char program[MAX_PATH];

/* Runs this program again with a command line of its own; its output goes to text. The exit code. */
static DWORD run_child(const char *arguments, char *text, DWORD size)
{
    char command[1000];
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    STARTUPINFOA startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process;
    DWORD code = 9999, got = 0;

    GetModuleFileNameA(NULL, program, MAX_PATH);
    snprintf(command, sizeof command, "\"%s\" --child %s", program, arguments);
    HANDLE out = CreateFileA("crt_startup.tmp", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, &inherit,
                             CREATE_ALWAYS, 0, NULL);
    startup.hStdOutput = startup.hStdError = out;
    if (!CreateProcessA(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process))
        return GetLastError();
    WaitForSingleObject(process.hProcess, 20000);
    GetExitCodeProcess(process.hProcess, &code);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
    SetFilePointer(out, 0, NULL, FILE_BEGIN);
    ReadFile(out, text, size - 1, &got, NULL);
    text[got] = 0;
    CloseHandle(out);
    DeleteFileA("crt_startup.tmp");
    return code;
}

static void say(const char *text)
{
    DWORD count;

    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), text, (DWORD)strlen(text), &count, NULL);
}

/* ---------------------------------------------------------------- arguments */

CHILD(arguments)
{
    char **args, **env, line[300];
    int count;
#ifdef UCRT
    if (CRT(int, _configure_narrow_argv, (int))(2) || CRT(int, _initialize_narrow_environment, (void))())
        return 1;
    count = *CRT(int *, __p___argc, (void))();
    args = *CRT(char ***, __p___argv, (void))();
    env = CRT(char **, _get_initial_narrow_environment, (void))();
    CRT(int, _configure_wide_argv, (int))(2);
    CRT(int, _initialize_wide_environment, (void))();
    if (!CRT(wchar_t **, _get_initial_wide_environment, (void))())
        return 2;
#else
    int mode = 0;
    wchar_t **wide_args, **wide_env;
    if (CRT(int, __getmainargs, (int *, char ***, char ***, int, int *))(&count, &args, &env, 1, &mode))
        return 1;
    if (CRT(int, __wgetmainargs, (int *, wchar_t ***, wchar_t ***, int, int *))(&count, &wide_args, &wide_env,
                                                                                1, &mode))
        return 2;
    if (*CRT(char ***, __p___argv, (void))() != args || *CRT(wchar_t ***, __p___wargv, (void))() != wide_args)
        return 3;
    if (*CRT(char ***, __p___initenv, (void))() != env ||
        *CRT(wchar_t ***, __p___winitenv, (void))() != wide_env)
        return 4;
#endif
    if (count != *CRT(int *, __p___argc, (void))() || !env || !env[0])
        return 5;
    for (int i = 3; i < count; i++) {
        snprintf(line, sizeof line, "[%s]", args[i]);
        say(line);
    }
    return args[count] ? 6 : 0;
}

CRT_TEST(arguments)
{
    static const struct {
        const char *line, *args;
    } cases[] = {
        {"a b  c", "[a][b][c]"},
        {"\"a b\" c", "[a b][c]"},
        {"\"ab\\\"c\" \\\\ d", "[ab\"c][\\\\][d]"},
        {"a\\\\\\b d\"e f\"g h", "[a\\\\\\b][de fg][h]"},
        {"a\\\\\\\"b c d", "[a\\\"b][c][d]"},
        {"a\\\\\\\\\"b c\" d e", "[a\\\\b c][d][e]"},
        {"\"\" x", "[][x]"},
        {"crt_wild*.q", "[crt_wild1.q][crt_wild2.q]"},
        {"crt_wild?.q x", "[crt_wild1.q][crt_wild2.q][x]"},
        {"\"crt_wild*.q\"", "[crt_wild*.q]"}, /* not in quotes */
        {"nothing*.q", "[nothing*.q]"},
        {".\\crt_wild1*", "[.\\crt_wild1.q]"},
    };
    char text[500], line[300];

    ORACLE_CRASHES("wildcards are expanded when that is asked for");
    CloseHandle(CreateFileA("crt_wild2.q", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL));
    CloseHandle(CreateFileA("crt_wild1.q", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(line, sizeof line, "arguments %s", cases[i].line);
        CHECK_EQ(run_child(line, text, sizeof text), 0);
        CHECK_STR(text, cases[i].args);
    }
    DeleteFileA("crt_wild1.q");
    DeleteFileA("crt_wild2.q");
}

CRT_TEST(variables)
{
    char path[MAX_PATH];
    wchar_t wide_path[MAX_PATH];

    GetModuleFileNameA(NULL, path, MAX_PATH);
    GetModuleFileNameW(NULL, wide_path, MAX_PATH);
    CHECK_STR(*CRT(char **, __p__acmdln, (void))(), GetCommandLineA());
    CHECK_WSTR(*CRT(wchar_t **, __p__wcmdln, (void))(), GetCommandLineW());
    char *narrow = NULL;
    wchar_t *wide = NULL;
    CHECK_EQ(CRT(int, _get_pgmptr, (char **))(&narrow), 0);
    CHECK_STR(narrow, path);
    CHECK_EQ(CRT(int, _get_wpgmptr, (wchar_t **))(&wide), 0);
    CHECK_WSTR(wide, wide_path);
    CHECK_STR(*CRT(char **, __p__pgmptr, (void))(), path);
    CHECK_WSTR(*CRT(wchar_t **, __p__wpgmptr, (void))(), wide_path);
    CHECK_INVALID(CRT(int, _get_pgmptr, (char **))(NULL), EINVAL, EINVAL);
    CHECK_INVALID(CRT(int, _get_wpgmptr, (wchar_t **))(NULL), EINVAL, EINVAL);
    CHECK_EQ(CRT(int, _set_fmode, (int))(0x8000), 0);
    int mode = 0;
    CHECK_EQ(CRT(int, _get_fmode, (int *))(&mode), 0);
    CHECK_EQ(mode, 0x8000);
    CHECK_EQ(*CRT(int *, __p__fmode, (void))(), 0x8000);
    CHECK_EQ(CRT(int, _set_fmode, (int))(0x4000), 0);
    CHECK_INVALID(CRT(int, _set_fmode, (int))(5), EINVAL, EINVAL);
    CHECK_INVALID(CRT(int, _get_fmode, (int *))(NULL), EINVAL, EINVAL);
    CHECK_EQ(*CRT(int *, __p__commode, (void))() & ~0x4000, 0);
    CHECK(*CRT(char ***, __p__environ, (void))() != NULL);
    CHECK(*CRT(wchar_t ***, __p__wenviron, (void))() != NULL);
#ifdef UCRT
    CHECK(strstr(GetCommandLineA(), CRT(char *, _get_narrow_winmain_command_line, (void))()) != NULL);
    CHECK(wcsstr(GetCommandLineW(), CRT(wchar_t *, _get_wide_winmain_command_line, (void))()) != NULL);
    CRT(void, _set_app_type, (int))(1);
#else
    unsigned value = 99;
    CHECK_EQ(CRT(int, _get_osplatform, (unsigned *))(&value), 0);
    CHECK_EQ(value, VER_PLATFORM_WIN32_NT);
    CHECK_EQ(CRT(int, _get_osver, (unsigned *))(&value), 0);
    CHECK_EQ(value, *CRT(unsigned *, __p__osver, (void))());
    CHECK_EQ(CRT(int, _get_winver, (unsigned *))(&value), 0);
    CHECK_EQ(value, *CRT(unsigned *, __p__winver, (void))());
    CHECK_EQ(value >> 8, *CRT(unsigned *, __p__winmajor, (void))());
    CHECK_EQ(value & 0xff, *CRT(unsigned *, __p__winminor, (void))());
    CHECK_EQ(CRT(int, _get_winmajor, (unsigned *))(&value), 0);
    CHECK_EQ(value, GetVersion() & 0xff);
    CHECK_EQ(CRT(int, _get_winminor, (unsigned *))(&value), 0);
    CHECK_EQ(value, GetVersion() >> 8 & 0xff);
    CRT(void, __set_app_type, (int))(1);
#endif
    if (crt_has("_query_app_type"))
        CHECK_EQ(CRT(int, _query_app_type, (void))(), 1);
}

/* ---------------------------------------------------------------- initializers and the end */

static char order[20];
static void __cdecl add_a(void)
{
    strcat(order, "a");
}
static void __cdecl add_b(void)
{
    strcat(order, "b");
}
static int __cdecl fails(void)
{
    strcat(order, "f");
    return 5;
}
static int __cdecl works(void)
{
    strcat(order, "w");
    return 0;
}

CRT_TEST(initializers)
{
    action plain[] = {add_a, NULL, add_b};
    int(__cdecl * checked[])(void) = {works, NULL, fails, works};

    order[0] = 0;
    CRT(void, _initterm, (action *, action *))(plain, plain + 3);
    CHECK_STR(order, "ab");
    order[0] = 0;
    CHECK_EQ(CRT(int, _initterm_e, (int(__cdecl **)(void), int(__cdecl **)(void)))(checked, checked + 4), 5);
    CHECK_STR(order, "wf"); /* stops at the first that fails */
    CHECK_EQ(CRT(int, _initterm_e, (int(__cdecl **)(void), int(__cdecl **)(void)))(checked, checked + 2), 0);
#ifdef UCRT
    struct {
        void *first, *last, *end;
    } table = {0};
    order[0] = 0;
    CHECK_EQ(CRT(int, _initialize_onexit_table, (void *))(&table), 0);
    CHECK_EQ(CRT(int, _initialize_onexit_table, (void *))(NULL), -1);
    CHECK_EQ(CRT(int, _register_onexit_function, (void *, void *))(&table, add_a), 0);
    CHECK_EQ(CRT(int, _register_onexit_function, (void *, void *))(&table, add_b), 0);
    CHECK_EQ(CRT(int, _register_onexit_function, (void *, void *))(NULL, add_b), -1);
    CHECK_EQ(CRT(int, _execute_onexit_table, (void *))(&table), 0);
    CHECK_STR(order, "ba"); /* last in, first out */
    CHECK_EQ(CRT(int, _execute_onexit_table, (void *))(&table), 0);
    CHECK_STR(order, "ba");
    CHECK_EQ(CRT(int, _execute_onexit_table, (void *))(NULL), -1);
#else
    action *begin = NULL, *end = NULL;
    begin = end = CRT(void *, malloc, (size_t))(4);
    CHECK(CRT(void *, __dllonexit, (void *, action **, action **))(add_a, &begin, &end) == (void *)add_a);
    CHECK(CRT(void *, __dllonexit, (void *, action **, action **))(add_b, &begin, &end) == (void *)add_b);
    CHECK_EQ(end - begin, 2);
    CHECK(begin[0] == add_a && begin[1] == add_b);
    CRT(void, free, (void *))(begin);
#endif
}

static void __cdecl say_one(void)
{
    say("1");
}
static int __cdecl say_two(void)
{
    say("2");
    return 0;
}
static void __cdecl say_quick(void)
{
    say("q");
}
static void NTAPI say_thread(void *module, DWORD reason, void *reserved)
{
    say("t");
}

CHILD(leave)
{
    typedef struct stream stream;
#ifdef UCRT
    stream *out = CRT(stream *, __acrt_iob_func, (unsigned))(1);
    CRT(int, _crt_atexit, (action))(say_one);
    CRT(int, _crt_atexit, (action))((action)say_two);
    CRT(int, _crt_at_quick_exit, (action))(say_quick);
    CRT(void, _register_thread_local_exe_atexit_callback, (void *))(say_thread);
#else
    stream *out = (stream *)(CRT(char *, __iob_func, (void))() + (sizeof(void *) == 8 ? 48 : 32));
    CHECK_EQ(CRT(int, atexit, (action))(say_one), 0);
    CHECK(CRT(void *, _onexit, (void *))(say_two) == (void *)say_two);
#endif
    CRT(int, setvbuf, (stream *, char *, int, size_t))(out, NULL, _IOFBF, 512);
    CRT(int, fputs, (const char *, stream *))("buffer", out);
    switch (*argv[0]) {
    case 'e': CRT(void, exit, (int))(3);
    case '_': CRT(void, _exit, (int))(4);
#ifdef UCRT
    case 'E': CRT(void, _Exit, (int))(5);
    case 'q': CRT(void, quick_exit, (int))(6);
#endif
    case 'c':
        CRT(void, _cexit, (void))();
        say(".");
        CRT(void, _exit, (int))(7);
    case 'C':
        CRT(void, _c_exit, (void))();
        say(".");
        CRT(void, _exit, (int))(8);
    case 'p': ExitProcess(9);
    }
    return 99;
}

CRT_TEST(ways_to_go)
{
    char text[100];

    ORACLE_DIFFERS("streams are written when the process ends without the runtime");
    CHECK_EQ(run_child("leave e", text, sizeof text), 3);
    CHECK_STR(text, IS_UCRT ? "t21buffer" : "21buffer");
    CHECK_EQ(run_child("leave c", text, sizeof text), 7);
    CHECK_STR(text, IS_UCRT ? "t21buffer." : "21buffer.");
    CHECK_EQ(run_child("leave C", text, sizeof text), 8);
    CHECK(strstr(text, "2") == NULL && strstr(text, ".") != NULL);
    CHECK_EQ(run_child("leave _", text, sizeof text), 4);
    CHECK(strstr(text, "2") == NULL);
    CHECK_EQ(run_child("leave p", text, sizeof text), 9);
    CHECK(strstr(text, "2") == NULL);
#ifdef UCRT
    CHECK_EQ(run_child("leave E", text, sizeof text), 5);
    CHECK(strstr(text, "2") == NULL);
    CHECK_EQ(run_child("leave q", text, sizeof text), 6);
    CHECK(strstr(text, "q") != NULL && strstr(text, "2") == NULL);
#endif
}

/* ---------------------------------------------------------------- handlers and messages */

static void __cdecl on_pure_call(void)
{
    say("pure");
    ExitProcess(21);
}
static void __cdecl on_terminate(void)
{
    say("terminate");
    ExitProcess(22);
}
static void __cdecl on_abort(int signal)
{
    say("abort");
    ExitProcess(23);
}
static void __cdecl on_invalid(const wchar_t *a, const wchar_t *b, const wchar_t *c, unsigned d, uintptr_t e)
{
    say("invalid");
    ExitProcess(24);
}
static void __cdecl on_invalid_here(const wchar_t *a, const wchar_t *b, const wchar_t *c, unsigned d,
                                    uintptr_t e)
{
    say("here");
}

CHILD(fail)
{
    SetErrorMode(SEM_NOGPFAULTERRORBOX | SEM_FAILCRITICALERRORS);
    CRT(int, _set_error_mode, (int))(1);                            /* to standard error */
    CRT(unsigned, _set_abort_behavior, (unsigned, unsigned))(0, 2); /* no fault report: exit code 3 */
    switch (*argv[0]) {
    case 'p':
        CRT(action, _set_purecall_handler, (action))(on_pure_call);
        CRT(void, _purecall, (void))();
        break;
    case 'P': CRT(void, _purecall, (void))(); break;
    case 't':
        CRT(action, set_terminate, (action))(on_terminate);
        CRT(void, terminate, (void))();
        break;
    case 'T': CRT(void, terminate, (void))(); break;
    case 'a': CRT(void, abort, (void))(); break;
    case 's':
        CRT(void *, signal, (int, void *))(SIGABRT, on_abort);
        CRT(void, abort, (void))();
        break;
    case 'A':
        CRT(void, _wassert, (const wchar_t *, const wchar_t *, unsigned))(L"1 == 2", L"file.c", 7);
        break;
#ifndef UCRT
    case 'n': CRT(void, _assert, (const char *, const char *, unsigned))("3 == 4", "file.c", 8); break;
    case 'm': CRT(void, _amsg_exit, (int))(25); break;
#else
    case 'i':
        CRT(void *, _set_invalid_parameter_handler, (void *))(on_invalid);
        CRT(void *, _set_thread_local_invalid_parameter_handler, (void *))(on_invalid_here);
        CRT(void, _invalid_parameter_noinfo, (void))(); /* the thread's own comes first */
        CRT(void *, _set_thread_local_invalid_parameter_handler, (void *))(NULL);
        CRT(void, _invalid_parameter,
            (const wchar_t *, const wchar_t *, const wchar_t *, unsigned, uintptr_t))
        (NULL, NULL, NULL, 0, 0);
        break;
    case 'I': CRT(void, _invalid_parameter_noinfo, (void))(); break;
    case 'N': CRT(void, _invalid_parameter_noinfo_noreturn, (void))(); break;
    case 'w':
        CRT(void, _invoke_watson, (const wchar_t *, const wchar_t *, const wchar_t *, unsigned, uintptr_t))
        (NULL, NULL, NULL, 0, 0);
        break;
    case 'g': CRT(void, __report_gsfailure, (uintptr_t))(1); break;
    case 'S': CRT(void, __std_terminate, (void))(); break;
    case 'u':
        CRT(action, set_unexpected, (action))(on_terminate);
        CRT(void, unexpected, (void))();
        break;
#endif
    }
    return 99;
}

CRT_TEST(handlers)
{
    char text[3000];

    ORACLE_DIFFERS("the texts of the runtime are its own");
    CHECK_EQ(run_child("fail p", text, sizeof text), 21);
    CHECK_STR(text, "pure");
    CHECK(run_child("fail P", text, sizeof text) != 99);
    CHECK(strstr(text, "R6025") != NULL);
    CHECK_EQ(run_child("fail a", text, sizeof text), 3);
    CHECK_EQ(run_child("fail s", text, sizeof text), 23);
    CHECK_STR(text, "abort");
    CHECK_EQ(run_child("fail A", text, sizeof text), 3);
    CHECK(strstr(text, "1 == 2") && strstr(text, "file.c") && strstr(text, "7"));
    if (IS_UCRT) {
        CHECK_EQ(run_child("fail t", text, sizeof text), 22);
        CHECK_STR(text, "terminate");
        CHECK_EQ(run_child("fail T", text, sizeof text), 3);
        CHECK_EQ(run_child("fail S", text, sizeof text), 3);
        CHECK_EQ(run_child("fail u", text, sizeof text), 22);
        CHECK_STR(text, "terminate");
        CHECK_EQ(run_child("fail i", text, sizeof text), 24);
        CHECK_STR(text, "hereinvalid");
        CHECK_EQ(run_child("fail I", text, sizeof text), (DWORD)STATUS_STACK_BUFFER_OVERRUN);
        CHECK_EQ(run_child("fail N", text, sizeof text), (DWORD)STATUS_STACK_BUFFER_OVERRUN);
        CHECK_EQ(run_child("fail w", text, sizeof text), (DWORD)STATUS_STACK_BUFFER_OVERRUN);
        CHECK_EQ(run_child("fail g", text, sizeof text), (DWORD)STATUS_STACK_BUFFER_OVERRUN);
    } else {
        CHECK_EQ(run_child("fail n", text, sizeof text), 3);
        CHECK(strstr(text, "3 == 4") != NULL);
        CHECK_EQ(run_child("fail m", text, sizeof text), 255);
        CHECK(strstr(text, "R6025") != NULL);
    }
}

CRT_TEST(getters)
{
    action old;

    CHECK(CRT(action, _set_purecall_handler, (action))(on_pure_call) == NULL);
    CHECK(CRT(action, _get_purecall_handler, (void))() == on_pure_call);
    CHECK(CRT(action, _set_purecall_handler, (action))(NULL) == on_pure_call);
    CRT(void *, _set_invalid_parameter_handler, (void *))(on_invalid);
    CHECK(CRT(void *, _get_invalid_parameter_handler, (void))() == (void *)on_invalid);
    CHECK(CRT(void *, _set_invalid_parameter_handler, (void *))(NULL) == (void *)on_invalid);
    CHECK(CRT(void *, _get_invalid_parameter_handler, (void))() == NULL);
#ifdef UCRT
    CRT(void *, _set_thread_local_invalid_parameter_handler, (void *))(on_invalid_here);
    CHECK(CRT(void *, _get_thread_local_invalid_parameter_handler, (void))() == (void *)on_invalid_here);
    CHECK(CRT(void *, _set_thread_local_invalid_parameter_handler, (void *))(NULL) ==
          (void *)on_invalid_here);
    old = CRT(action, set_terminate, (action))(on_terminate);
    CHECK(CRT(action, _get_terminate, (void))() == on_terminate);
    CHECK(CRT(action, set_terminate, (action))(old) == on_terminate);
    old = CRT(action, set_unexpected, (action))(on_terminate);
    CHECK(CRT(action, _get_unexpected, (void))() == on_terminate);
    CRT(action, set_unexpected, (action))(old);
#else
    old = NULL;
    (void)old;
    if (crt_has("_get_terminate"))
        CHECK(CRT(action, _get_terminate, (void))() != on_pure_call);
    if (crt_has("_get_unexpected"))
        CHECK(CRT(action, _get_unexpected, (void))() != on_pure_call);
#endif
    int mode = CRT(int, _set_error_mode, (int))(1);
    CHECK_EQ(CRT(int, _set_error_mode, (int))(3), 1); /* asks only */
    CHECK_EQ(CRT(int, _set_error_mode, (int))(mode), 1);
    CHECK_INVALID(CRT(int, _set_error_mode, (int))(9), -1, EINVAL);
    unsigned behavior = CRT(unsigned, _set_abort_behavior, (unsigned, unsigned))(0, 2);
    CHECK_EQ(CRT(unsigned, _set_abort_behavior, (unsigned, unsigned))(behavior, 3), behavior & ~2u);
}

/* ---------------------------------------------------------------- signals */

static int signals;
static void __cdecl count_signal(int number)
{
    signals += number;
}

CRT_TEST(signals)
{
    typedef void(__cdecl * handler)(int);
    handler(__cdecl * set)(int, handler) = (void *)crt_function("signal");
    int(__cdecl * raise)(int) = (void *)crt_function("raise");
    static const int numbers[] = {SIGINT, SIGTERM, SIGABRT, SIGFPE, SIGILL, SIGSEGV, SIGBREAK};

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        signals = 0;
        CHECK(set(numbers[i], count_signal) == SIG_DFL);
        CHECK_EQ(raise(numbers[i]), 0);
        CHECK_EQ(signals, numbers[i]);
        /* A handler is used once. */
        CHECK(set(numbers[i], SIG_IGN) == SIG_DFL);
        CHECK_EQ(raise(numbers[i]), 0);
        CHECK_EQ(signals, numbers[i]);
        CHECK(set(numbers[i], SIG_DFL) == SIG_IGN);
    }
    CHECK_ERRNO(set(99, count_signal) == SIG_ERR, 1, EINVAL);
    CHECK_INVALID(raise(99), -1, EINVAL);
    CHECK(CRT(void **, __pxcptinfoptrs, (void))() != NULL);
}

CHILD(kill)
{
    CRT(int, raise, (int))(SIGTERM);
    return 99;
}
CRT_TEST(default_of_signals)
{
    char text[100];

    CHECK_EQ(run_child("kill", text, sizeof text), 3);
}
