/*
 * The runtime's start: DllMain, the tables that programs take their arguments from, and their accessors.
 */
#include "crt.h"

int crt_app_type;
int __argc;
char **__argv, **_environ, **__initenv, *_acmdln, *_pgmptr;
wchar_t **__wargv, **_wenviron, **__winitenv, *_wcmdln, *_wpgmptr;
int _fmode, _commode;
unsigned int _osplatform = 2, _osver, _winver, _winmajor, _winminor;

void crt_thread_process_init(void);
void crt_thread_detach(void);
int _set_new_mode(int mode);

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
