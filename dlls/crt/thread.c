/*
 * Per-thread data, errno, locks by number, the invalid-parameter handlers, _beginthread and kin.
 * The data hang off a TLS slot and are read straight from the TEB: errno must not touch the last error.
 */
#include "crt.h"

DWORD crt_tls_index = TLS_OUT_OF_INDEXES;
static CRITICAL_SECTION locks[CRT_LOCK_COUNT];
typedef void (*invalid_parameter_handler)(const wchar_t *, const wchar_t *, const wchar_t *, unsigned int,
                                          uintptr_t);
static invalid_parameter_handler volatile invalid_parameter;

#ifdef _WIN64
#define TEB_TLS_SLOTS     0x1480
#define TEB_TLS_EXPANSION 0x1780
#else
#define TEB_TLS_SLOTS     0xe10
#define TEB_TLS_EXPANSION 0xf94
#endif

static inline char *crt_teb(void)
{
    char *teb;
#ifdef _WIN64
    __asm__("movq %%gs:0x30, %0" : "=r"(teb));
#else
    __asm__("movl %%fs:0x18, %0" : "=r"(teb));
#endif
    return teb;
}

void crt_thread_process_init(void);
void crt_thread_detach(void);
void _endthreadex(unsigned int code);

struct crt_thread *crt_thread_if_any(void)
{
    char *teb = crt_teb();

    if (crt_tls_index < 64)
        return ((struct crt_thread **)(teb + TEB_TLS_SLOTS))[crt_tls_index];
    struct crt_thread **expansion = *(struct crt_thread ***)(teb + TEB_TLS_EXPANSION);
    return expansion && crt_tls_index != TLS_OUT_OF_INDEXES ? expansion[crt_tls_index - 64] : NULL;
}

static struct crt_thread *new_thread(void)
{
    DWORD error = GetLastError();
    struct crt_thread *thread = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *thread);

    if (!thread || !TlsSetValue(crt_tls_index, thread)) {
        crt_report("runtime error R6016\r\n- not enough space for thread data\r\n");
        ExitProcess(255);
    }
    thread->id = GetCurrentThreadId();
    thread->random = 1;
    SetLastError(error);
    return thread;
}

struct crt_thread *crt_thread(void)
{
    struct crt_thread *thread = crt_thread_if_any();
    return __builtin_expect(thread != NULL, 1) ? thread : new_thread();
}

static void free_thread(struct crt_thread *thread)
{
    if (thread->locale)
        crt_locale_release(thread->locale);
    crt_cxx_thread_free(thread);
    free(thread->strerror_buffer);
    free(thread->wcserror_buffer);
    free(thread->asctime_buffer);
    free(thread->wasctime_buffer);
    free(thread->cvt_buffer);
    free(thread->tmpnam_buffer);
    free(thread->wtmpnam_buffer);
    HeapFree(GetProcessHeap(), 0, thread);
}

void crt_thread_detach(void)
{
    struct crt_thread *thread = crt_thread_if_any();

    if (thread) {
        typedef void(NTAPI * callback)(void *, DWORD, void *);
        if (thread->thread_atexit)
            ((callback)thread->thread_atexit)(NULL, DLL_THREAD_DETACH, NULL);
        TlsSetValue(crt_tls_index, NULL);
        free_thread(thread);
    }
}

void crt_thread_process_init(void)
{
    crt_tls_index = TlsAlloc();
    for (int i = 0; i < CRT_LOCK_COUNT; i++)
        InitializeCriticalSection(&locks[i]);
}

void _lock(int number)
{
    if (number >= 0 && number < CRT_LOCK_COUNT)
        EnterCriticalSection(&locks[number]);
}

void _unlock(int number)
{
    if (number >= 0 && number < CRT_LOCK_COUNT)
        LeaveCriticalSection(&locks[number]);
}

/* ---------------------------------------------------------------- errno */

int *_errno(void)
{
    return &crt_thread()->error;
}
unsigned long *__doserrno(void)
{
    return &crt_thread()->doserror;
}

int _set_errno(int value)
{
    crt_thread()->error = value;
    return 0;
}

int _get_errno(int *value)
{
    CRT_CHECK(value, EINVAL, EINVAL);
    *value = crt_thread()->error;
    return 0;
}

int _set_doserrno(unsigned long value)
{
    crt_thread()->doserror = value;
    return 0;
}

int _get_doserrno(unsigned long *value)
{
    CRT_CHECK(value, EINVAL, EINVAL);
    *value = crt_thread()->doserror;
    return 0;
}

int crt_errno_of(unsigned long error)
{
    switch (error) {
    case ERROR_SUCCESS: return 0;
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_DRIVE:
    case ERROR_NO_MORE_FILES:
    case ERROR_BAD_NETPATH:
    case ERROR_BAD_NET_NAME:
    case ERROR_BAD_PATHNAME:
    case ERROR_FILENAME_EXCED_RANGE: return ENOENT;
    case ERROR_TOO_MANY_OPEN_FILES: return EMFILE;
    case ERROR_ACCESS_DENIED:
    case ERROR_CURRENT_DIRECTORY:
    case ERROR_LOCK_VIOLATION:
    case ERROR_NETWORK_ACCESS_DENIED:
    case ERROR_CANNOT_MAKE:
    case ERROR_FAIL_I24:
    case ERROR_DRIVE_LOCKED:
    case ERROR_SEEK_ON_DEVICE:
    case ERROR_NOT_LOCKED:
    case ERROR_LOCK_FAILED: return EACCES;
    case ERROR_INVALID_HANDLE:
    case ERROR_INVALID_TARGET_HANDLE:
    case ERROR_DIRECT_ACCESS_HANDLE: return EBADF;
    case ERROR_ARENA_TRASHED:
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_INVALID_BLOCK:
    case ERROR_NOT_ENOUGH_QUOTA: return ENOMEM;
    case ERROR_BAD_ENVIRONMENT: return E2BIG;
    case ERROR_BAD_FORMAT: return ENOEXEC;
    case ERROR_NOT_SAME_DEVICE: return EXDEV;
    case ERROR_FILE_EXISTS:
    case ERROR_ALREADY_EXISTS: return EEXIST;
    case ERROR_NO_PROC_SLOTS:
    case ERROR_MAX_THRDS_REACHED:
    case ERROR_NESTING_NOT_ALLOWED: return EAGAIN;
    case ERROR_BROKEN_PIPE:
    case ERROR_NO_DATA: return EPIPE;
    case ERROR_DISK_FULL: return ENOSPC;
    case ERROR_WAIT_NO_CHILDREN:
    case ERROR_CHILD_NOT_COMPLETE: return ECHILD;
    case ERROR_DIR_NOT_EMPTY: return ENOTEMPTY;
    case ERROR_NO_UNICODE_TRANSLATION: return EILSEQ;
    }
    if (error >= ERROR_WRITE_PROTECT && error <= ERROR_SHARING_BUFFER_EXCEEDED)
        return EACCES;
    if (error >= ERROR_INVALID_STARTING_CODESEG && error <= ERROR_INFLOOP_IN_RELOC_CHAIN)
        return ENOEXEC;
    return EINVAL;
}

void _dosmaperr(unsigned long error)
{
    struct crt_thread *thread = crt_thread();

    thread->doserror = error;
    thread->error = crt_errno_of(error);
}

/* ---------------------------------------------------------------- invalid parameters */

/* ucrtbase ends the process by default, as documented; the msvcrt of the system lets the function fail. */
void _invoke_watson(const wchar_t *expression, const wchar_t *function, const wchar_t *file,
                    unsigned int line, uintptr_t reserved);
void _invoke_watson(const wchar_t *expression, const wchar_t *function, const wchar_t *file,
                    unsigned int line, uintptr_t reserved)
{
    (void)expression, (void)function, (void)file, (void)line, (void)reserved;
    __asm__ volatile("int $0x29" : : "c"(5));          /* FAST_FAIL_INVALID_ARG */
    TerminateProcess(GetCurrentProcess(), 0xc0000417); /* STATUS_INVALID_CRUNTIME_PARAMETER */
}

void _invalid_parameter(const wchar_t *expression, const wchar_t *function, const wchar_t *file,
                        unsigned int line, uintptr_t reserved)
{
    struct crt_thread *thread = crt_thread();
    invalid_parameter_handler handler = (invalid_parameter_handler)thread->invalid_parameter_handler;

    if (!handler)
        handler = invalid_parameter;
    if (handler)
        handler(expression, function, file, line, reserved);
    else if (CRT_UCRT)
        _invoke_watson(expression, function, file, line, reserved);
}

void _invalid_parameter_noinfo(void)
{
    _invalid_parameter(NULL, NULL, NULL, 0, 0);
}

void _invalid_parameter_noinfo_noreturn(void)
{
    _invalid_parameter(NULL, NULL, NULL, 0, 0);
    _invoke_watson(NULL, NULL, NULL, 0, 0);
}

invalid_parameter_handler _set_invalid_parameter_handler(invalid_parameter_handler handler)
{
    return InterlockedExchangePointer((void *volatile *)&invalid_parameter, handler);
}

invalid_parameter_handler _get_invalid_parameter_handler(void)
{
    return invalid_parameter;
}

invalid_parameter_handler _set_thread_local_invalid_parameter_handler(invalid_parameter_handler handler)
{
    struct crt_thread *thread = crt_thread();
    invalid_parameter_handler old = (invalid_parameter_handler)thread->invalid_parameter_handler;

    thread->invalid_parameter_handler = (void *)handler;
    return old;
}

invalid_parameter_handler _get_thread_local_invalid_parameter_handler(void)
{
    return (invalid_parameter_handler)crt_thread()->invalid_parameter_handler;
}

/* ---------------------------------------------------------------- threads */

struct thread_start {
    unsigned int(WINAPI *function)(void *);
    void (*function_cdecl)(void *);
    void *argument;
    HANDLE handle;
};

static DWORD WINAPI thread_main(void *parameter)
{
    struct thread_start start = *(struct thread_start *)parameter;
    unsigned int code = 0;

    free(parameter);
    crt_thread()->handle = start.handle;
    if (start.function)
        code = start.function(start.argument);
    else
        start.function_cdecl(start.argument);
    if (start.handle)
        CloseHandle(start.handle);
    return code;
}

/* Of _beginthread: the handle is closed when the thread ends. */
uintptr_t _beginthread(void (*function)(void *), unsigned int stack_size, void *argument)
{
    CRT_CHECK(function, EINVAL, (uintptr_t)-1);
    struct thread_start *start = calloc(1, sizeof *start);
    if (!start)
        return (uintptr_t)-1;
    start->function_cdecl = function;
    start->argument = argument;
    HANDLE handle = CreateThread(NULL, stack_size, thread_main, start, CREATE_SUSPENDED, NULL);
    if (!handle) {
        _dosmaperr(GetLastError());
        free(start);
        return (uintptr_t)-1;
    }
    start->handle = handle;
    ResumeThread(handle);
    return (uintptr_t)handle;
}

uintptr_t _beginthreadex(void *security, unsigned int stack_size, unsigned int(WINAPI *function)(void *),
                         void *argument, unsigned int flags, unsigned int *ret_id)
{
    DWORD id;

    CRT_CHECK(function, EINVAL, 0);
    struct thread_start *start = calloc(1, sizeof *start);
    if (!start)
        return 0;
    start->function = function;
    start->argument = argument;
    HANDLE handle = CreateThread(security, stack_size, thread_main, start, flags, &id);
    if (!handle) {
        _dosmaperr(GetLastError());
        free(start);
        return 0;
    }
    if (ret_id)
        *ret_id = id;
    return (uintptr_t)handle;
}

void _endthread(void)
{
    struct crt_thread *thread = crt_thread();

    if (thread->handle)
        CloseHandle(thread->handle);
    thread->handle = NULL;
    ExitThread(0);
}

void _endthreadex(unsigned int code)
{
    ExitThread(code);
}
unsigned long __threadid(void)
{
    return GetCurrentThreadId();
}
uintptr_t __threadhandle(void)
{
    return (uintptr_t)GetCurrentThread();
}
int _getpid(void)
{
    return (int)GetCurrentProcessId();
}
