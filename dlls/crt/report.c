/*
 * Messages of the runtime: its errors, asserts, pure calls.
 */
#include "crt.h"

void (*_aexit_rtn)(int) = _exit;
static int error_mode;

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
