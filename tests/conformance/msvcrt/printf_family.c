/*
 * Every function of the printf family by its way of calling: what it prints, and what it does when the room
 * is too small. msvcrt has a function each, the universal runtime a few with options.
 */
#include "crt.h"

#include <errno.h>

typedef void *any;

#ifndef UCRT
enum shape {
    BUFFER = 1, /* buffer, [limits,] format */
    SIZED = 2,  /* a size follows the buffer */
    COUNT = 4,  /* and a count */
    STREAM = 8,
    LOCALE = 16,
    LIST = 32, /* takes a va_list */
    WIDE_ONE = 64,
    STDOUT = 128
};

struct member {
    const char *name;
    int shape;
};

static int is_wide_format(int shape)
{
    return shape & WIDE_ONE;
}

#define FORMAT(shape)    (is_wide_format(shape) ? (any)L"%d %ls|%5.1f" : (any) "%d %s|%5.1f")
#define ARGUMENTS(shape) 42, is_wide_format(shape) ? (any)L"text" : (any) "text", 2.25

static int call_list(any function, int shape, any to, size_t size, size_t count, ...)
{
    va_list list;
    any format = FORMAT(shape);
    int result = -2;

    va_start(list, count);
    switch (shape & ~(LIST | WIDE_ONE | STDOUT)) {
    case BUFFER:
    case STREAM: result = ((int(__cdecl *)(any, any, va_list))function)(to, format, list); break;
    case BUFFER | LOCALE:
    case STREAM | LOCALE:
        result = ((int(__cdecl *)(any, any, any, va_list))function)(to, format, NULL, list);
        break;
    case BUFFER | SIZED:
        result = ((int(__cdecl *)(any, size_t, any, va_list))function)(to, size, format, list);
        break;
    case BUFFER | SIZED | LOCALE:
        result = ((int(__cdecl *)(any, size_t, any, any, va_list))function)(to, size, format, NULL, list);
        break;
    case BUFFER | SIZED | COUNT:
        result = ((int(__cdecl *)(any, size_t, size_t, any, va_list))function)(to, size, count, format, list);
        break;
    case BUFFER | SIZED | COUNT | LOCALE:
        result = ((int(__cdecl *)(any, size_t, size_t, any, any, va_list))function)(to, size, count, format,
                                                                                    NULL, list);
        break;
    case 0: result = ((int(__cdecl *)(any, va_list))function)(format, list); break;
    case LOCALE: result = ((int(__cdecl *)(any, any, va_list))function)(format, NULL, list); break;
    }
    va_end(list);
    return result;
}

static int call(const struct member *m, any to, size_t size, size_t count)
{
    any function = crt_function(m->name), format = FORMAT(m->shape);

    if (m->shape & LIST)
        return call_list(function, m->shape, to, size, count, ARGUMENTS(m->shape));
    switch (m->shape & ~(WIDE_ONE | STDOUT)) {
    case BUFFER:
    case STREAM: return ((int(__cdecl *)(any, any, ...))function)(to, format, ARGUMENTS(m->shape));
    case BUFFER | LOCALE:
    case STREAM | LOCALE:
        return ((int(__cdecl *)(any, any, any, ...))function)(to, format, NULL, ARGUMENTS(m->shape));
    case BUFFER | SIZED:
        return ((int(__cdecl *)(any, size_t, any, ...))function)(to, size, format, ARGUMENTS(m->shape));
    case BUFFER | SIZED | LOCALE:
        return ((int(__cdecl *)(any, size_t, any, any, ...))function)(to, size, format, NULL,
                                                                      ARGUMENTS(m->shape));
    case BUFFER | SIZED | COUNT:
        return ((int(__cdecl *)(any, size_t, size_t, any, ...))function)(to, size, count, format,
                                                                         ARGUMENTS(m->shape));
    case BUFFER | SIZED | COUNT | LOCALE:
        return ((int(__cdecl *)(any, size_t, size_t, any, any, ...))function)(to, size, count, format, NULL,
                                                                              ARGUMENTS(m->shape));
    case 0: return ((int(__cdecl *)(any, ...))function)(format, ARGUMENTS(m->shape));
    case LOCALE: return ((int(__cdecl *)(any, any, ...))function)(format, NULL, ARGUMENTS(m->shape));
    }
    return -2;
}

#endif

/* What every one of them prints. */
#define RESULT      "42 text|  2.3" /* 2.25 is exact: to even it would be 2.2 */
#define RESULT_EVEN "42 text|  2.2"
#define LENGTH      13

#ifndef UCRT
static const struct member into_buffers[] = {
    {"sprintf", BUFFER},
    {"_sprintf_l", BUFFER | LOCALE},
    {"vsprintf", BUFFER | LIST},
    {"_vsprintf_l", BUFFER | LOCALE | LIST},
    {"_snprintf", BUFFER | SIZED},
    {"_snprintf_l", BUFFER | SIZED | LOCALE},
    {"_vsnprintf", BUFFER | SIZED | LIST},
    {"_vsnprintf_l", BUFFER | SIZED | LOCALE | LIST},
    {"_snprintf_c", BUFFER | SIZED},
    {"_snprintf_c_l", BUFFER | SIZED | LOCALE},
    {"_vsnprintf_c", BUFFER | SIZED | LIST},
    {"_vsnprintf_c_l", BUFFER | SIZED | LOCALE | LIST},
    {"sprintf_s", BUFFER | SIZED},
    {"_sprintf_s_l", BUFFER | SIZED | LOCALE},
    {"vsprintf_s", BUFFER | SIZED | LIST},
    {"_vsprintf_s_l", BUFFER | SIZED | LOCALE | LIST},
    {"_sprintf_p", BUFFER | SIZED},
    {"_sprintf_p_l", BUFFER | SIZED | LOCALE},
    {"_vsprintf_p", BUFFER | SIZED | LIST},
    {"_vsprintf_p_l", BUFFER | SIZED | LOCALE | LIST},
    {"_snprintf_s", BUFFER | SIZED | COUNT},
    {"_snprintf_s_l", BUFFER | SIZED | COUNT | LOCALE},
    {"_vsnprintf_s", BUFFER | SIZED | COUNT | LIST},
    {"vsnprintf_s", BUFFER | SIZED | COUNT | LIST},
    {"_vsnprintf_s_l", BUFFER | SIZED | COUNT | LOCALE | LIST},
    /* wide */
    {"_swprintf", BUFFER | WIDE_ONE},
    {"swprintf", BUFFER | WIDE_ONE},
    {"_vswprintf", BUFFER | LIST | WIDE_ONE},
    {"vswprintf", BUFFER | LIST | WIDE_ONE},
    {"_vswprintf_l", BUFFER | SIZED | LOCALE | LIST | WIDE_ONE},
    {"_snwprintf", BUFFER | SIZED | WIDE_ONE},
    {"_snwprintf_l", BUFFER | SIZED | LOCALE | WIDE_ONE},
    {"_vsnwprintf", BUFFER | SIZED | LIST | WIDE_ONE},
    {"_vsnwprintf_l", BUFFER | SIZED | LOCALE | LIST | WIDE_ONE},
    {"_swprintf_c", BUFFER | SIZED | WIDE_ONE},
    {"_swprintf_c_l", BUFFER | SIZED | LOCALE | WIDE_ONE},
    {"_vswprintf_c", BUFFER | SIZED | LIST | WIDE_ONE},
    {"_vswprintf_c_l", BUFFER | SIZED | LOCALE | LIST | WIDE_ONE},
    {"swprintf_s", BUFFER | SIZED | WIDE_ONE},
    {"_swprintf_s_l", BUFFER | SIZED | LOCALE | WIDE_ONE},
    {"vswprintf_s", BUFFER | SIZED | LIST | WIDE_ONE},
    {"_vswprintf_s_l", BUFFER | SIZED | LOCALE | LIST | WIDE_ONE},
    {"_swprintf_p", BUFFER | SIZED | WIDE_ONE},
    {"_swprintf_p_l", BUFFER | SIZED | LOCALE | WIDE_ONE},
    {"_vswprintf_p", BUFFER | SIZED | LIST | WIDE_ONE},
    {"_vswprintf_p_l", BUFFER | SIZED | LOCALE | LIST | WIDE_ONE},
    {"_snwprintf_s", BUFFER | SIZED | COUNT | WIDE_ONE},
    {"_snwprintf_s_l", BUFFER | SIZED | COUNT | LOCALE | WIDE_ONE},
    {"_vsnwprintf_s", BUFFER | SIZED | COUNT | LIST | WIDE_ONE},
    {"_vsnwprintf_s_l", BUFFER | SIZED | COUNT | LOCALE | LIST | WIDE_ONE},
};

CRT_TEST(into_buffers)
{
    ORACLE_DIFFERS("the checked forms check, and ties are rounded to even by the universal runtime");
    for (size_t i = 0; i < sizeof into_buffers / sizeof *into_buffers; i++) {
        const struct member *m = &into_buffers[i];
        char text[40] = "";
        wchar_t wide[40] = L"";
        int result = call(m, m->shape & WIDE_ONE ? (any)wide : text, 40, 39);
        if (m->shape & WIDE_ONE)
            WideCharToMultiByte(CP_ACP, 0, wide, -1, text, 40, NULL, NULL);
        if (result != LENGTH || strcmp(text, RESULT))
            FAIL("%s gives %d, \"%s\"", m->name, result, text);
        if (!(m->shape & SIZED))
            continue;
        /* Too small: the classic forms fill the buffer and leave it open, those with _c close it and _s forms
         * are left with an empty one. */
        memset(text, '#', sizeof text);
        for (int k = 0; k < 40; k++)
            wide[k] = '#';
        int secure = (strstr(m->name, "f_s") && !(m->shape & COUNT));
        int positional = strstr(m->name, "f_p") != NULL;
        result = call(m, m->shape & WIDE_ONE ? (any)wide : text, 5, _TRUNCATE);
        if (m->shape & WIDE_ONE)
            for (int k = 0; k < 40; k++)
                text[k] = (char)wide[k];
        if (result != -1)
            FAIL("%s truncates with %d", m->name, result);
        const char *left = secure ? "\0"
                           : m->shape & COUNT || strstr(m->name, "f_c") || !strcmp(m->name, "_vswprintf_l")
                               ? "42 t\0"
                               : "42 te";
        size_t compared = positional ? 0 : *left ? 5 : 1; /* of positional forms it is not said */
        if (memcmp(text, left, compared) || text[5] != '#')
            FAIL("%s leaves \"%.8s\"", m->name, text);
    }
}

CRT_TEST(lengths)
{
    static const struct member lengths[] = {
        {"_scprintf", 0},
        {"_scprintf_l", LOCALE},
        {"_vscprintf", LIST},
        {"_vscprintf_l", LIST | LOCALE},
        {"_scprintf_p", 0},
        {"_scprintf_p_l", LOCALE},
        {"_vscprintf_p", LIST},
        {"_vscprintf_p_l", LIST | LOCALE},
        {"_scwprintf", WIDE_ONE},
        {"_scwprintf_l", WIDE_ONE | LOCALE},
        {"_vscwprintf", WIDE_ONE | LIST},
        {"_vscwprintf_l", WIDE_ONE | LIST | LOCALE},
        {"_scwprintf_p", WIDE_ONE},
        {"_scwprintf_p_l", WIDE_ONE | LOCALE},
        {"_vscwprintf_p", WIDE_ONE | LIST},
        {"_vscwprintf_p_l", WIDE_ONE | LIST | LOCALE},
    };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        int result = call(&lengths[i], NULL, 0, 0);
        if (result != LENGTH)
            FAIL("%s gives %d", lengths[i].name, result);
    }
}

static const struct member into_streams[] = {
    {"fprintf", STREAM},
    {"_fprintf_l", STREAM | LOCALE},
    {"vfprintf", STREAM | LIST},
    {"_vfprintf_l", STREAM | LIST | LOCALE},
    {"fprintf_s", STREAM},
    {"_fprintf_s_l", STREAM | LOCALE},
    {"vfprintf_s", STREAM | LIST},
    {"_vfprintf_s_l", STREAM | LIST | LOCALE},
    {"_fprintf_p", STREAM},
    {"_fprintf_p_l", STREAM | LOCALE},
    {"_vfprintf_p", STREAM | LIST},
    {"_vfprintf_p_l", STREAM | LIST | LOCALE},
    {"fwprintf", STREAM | WIDE_ONE},
    {"_fwprintf_l", STREAM | LOCALE | WIDE_ONE},
    {"vfwprintf", STREAM | LIST | WIDE_ONE},
    {"_vfwprintf_l", STREAM | LIST | LOCALE | WIDE_ONE},
    {"fwprintf_s", STREAM | WIDE_ONE},
    {"_fwprintf_s_l", STREAM | LOCALE | WIDE_ONE},
    {"vfwprintf_s", STREAM | LIST | WIDE_ONE},
    {"_vfwprintf_s_l", STREAM | LIST | LOCALE | WIDE_ONE},
    {"_fwprintf_p", STREAM | WIDE_ONE},
    {"_fwprintf_p_l", STREAM | LOCALE | WIDE_ONE},
    {"_vfwprintf_p", STREAM | LIST | WIDE_ONE},
    {"_vfwprintf_p_l", STREAM | LIST | LOCALE | WIDE_ONE},
};
static const struct member onto_stdout[] = {
    {"printf", 0},
    {"_printf_l", LOCALE},
    {"vprintf", LIST},
    {"_vprintf_l", LIST | LOCALE},
    {"printf_s", 0},
    {"_printf_s_l", LOCALE},
    {"vprintf_s", LIST},
    {"_vprintf_s_l", LIST | LOCALE},
    {"_printf_p", 0},
    {"_printf_p_l", LOCALE},
    {"_vprintf_p", LIST},
    {"_vprintf_p_l", LIST | LOCALE},
    {"wprintf", WIDE_ONE},
    {"_wprintf_l", WIDE_ONE | LOCALE},
    {"vwprintf", WIDE_ONE | LIST},
    {"_vwprintf_l", WIDE_ONE | LIST | LOCALE},
    {"wprintf_s", WIDE_ONE},
    {"_wprintf_s_l", WIDE_ONE | LOCALE},
    {"vwprintf_s", WIDE_ONE | LIST},
    {"_vwprintf_s_l", WIDE_ONE | LIST | LOCALE},
    {"_wprintf_p", WIDE_ONE},
    {"_wprintf_p_l", WIDE_ONE | LOCALE},
    {"_vwprintf_p", WIDE_ONE | LIST},
    {"_vwprintf_p_l", WIDE_ONE | LIST | LOCALE},
};
#endif

static const char name[] = "crt_printf_family.tmp";

#ifdef UCRT
#define OPTIONS_STANDARD    2
#define OPTIONS_LEGACY_WIDE 4

typedef unsigned long long options;
static int common(const char *function, options option, any to, size_t size, size_t count,
                  const void *format_text, ...)
{
    va_list list;
    any f = crt_function(function);
    int result;

    va_start(list, format_text);
    if (strstr(function, "vf"))
        result = ((int(__cdecl *)(options, any, const void *, any, va_list))f)(option, to, format_text, NULL,
                                                                               list);
    else if (strstr(function, "vsn"))
        result = ((int(__cdecl *)(options, any, size_t, size_t, const void *, any, va_list))f)(
            option, to, size, count, format_text, NULL, list);
    else
        result = ((int(__cdecl *)(options, any, size_t, const void *, any, va_list))f)(
            option, to, size, format_text, NULL, list);
    va_end(list);
    return result;
}

CRT_TEST(into_buffers)
{
    ORACLE_DIFFERS("the checked forms check, and ties are rounded to even by the universal runtime");
    static const char *const narrow[] = {"__stdio_common_vsprintf", "__stdio_common_vsprintf_s",
                                         "__stdio_common_vsprintf_p", "__stdio_common_vsnprintf_s"};
    static const char *const wide_ones[] = {"__stdio_common_vswprintf", "__stdio_common_vswprintf_s",
                                            "__stdio_common_vswprintf_p", "__stdio_common_vsnwprintf_s"};
    char text[40];
    wchar_t wide[40];

    crt_allow_invalid();
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(common(narrow[i], 0, text, 40, 39, "%d %s|%5.1f", 42, "text", 2.25), LENGTH);
        CHECK_STR(text, RESULT_EVEN);
        CHECK_EQ(common(wide_ones[i], 0, wide, 40, 39, L"%d %s|%5.1f", 42, "text", 2.25), LENGTH);
        CHECK_WSTR(wide, L"" RESULT_EVEN);
        CHECK_EQ(common(wide_ones[i], OPTIONS_LEGACY_WIDE, wide, 40, 39, L"%d %s %hs", 42, L"text", "narrow"),
                 14);
        CHECK_WSTR(wide, L"42 text narrow");
        memset(text, '#', sizeof text);
        int result = common(narrow[i], i == 0 ? 1 : 0, text, 5, _TRUNCATE, "%d %s", 42, "text");
        CHECK_EQ(result, -1);
        static const char *const left[] = {"42 te", "\0", NULL, "42 t\0"};
        if (left[i]) /* of positional forms it is not said */
            CHECK_BYTES(text, left[i], i == 1 ? 1 : 5);
        CHECK_EQ(text[5], '#');
    }
    /* As C has it: terminated, and the length that would have been. */
    CHECK_EQ(common(narrow[0], OPTIONS_STANDARD, text, 5, 0, "%d %s", 42, "text"), 7);
    CHECK_STR(text, "42 t");
    CHECK_EQ(common(narrow[0], OPTIONS_STANDARD, NULL, 0, 0, "%d %s", 42, "text"), 7);
    CHECK_EQ(common(wide_ones[0], OPTIONS_STANDARD, wide, 5, 0, L"%d", 123456), 6);
    CHECK_WSTR(wide, L"1234");
    CHECK_INVALID(common(narrow[1], 0, NULL, 5, 0, "%d", 1), -1, EINVAL);
    CHECK_INVALID(common(narrow[1], 0, text, 5, 0, NULL), -1, EINVAL);
    CHECK_INVALID(common(narrow[1], 0, text, 2, 0, "%d", 12), -1, ERANGE);
    CHECK_EQ(text[0], 0);
    CHECK_INVALID(common(wide_ones[1], 0, wide, 2, 0, L"%d", 12), -1, ERANGE);
    CHECK_EQ(wide[0], 0);
    CHECK_EQ(common(narrow[2], 0, text, 40, 0, "%2$s %1$d", 7, "first"), 7);
    CHECK_STR(text, "first 7");
    CHECK_EQ(common(wide_ones[2], 0, wide, 40, 0, L"%2$d %1$d", 7, 8), 3);
    CHECK_WSTR(wide, L"8 7");
}

CRT_TEST(into_streams)
{
    ORACLE_DIFFERS("ties are rounded to even by the universal runtime");
    static const char *const names[] = {"__stdio_common_vfprintf",    "__stdio_common_vfprintf_s",
                                        "__stdio_common_vfprintf_p",  "__stdio_common_vfwprintf",
                                        "__stdio_common_vfwprintf_s", "__stdio_common_vfwprintf_p"};
    char line[100];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        any f = CRT(any, fopen, (const char *, const char *))(name, "w");
        int result = strstr(names[i], "vfw") ? common(names[i], 0, f, 0, 0, L"%d %s|%5.1f", 42, "text", 2.25)
                                             : common(names[i], 0, f, 0, 0, "%d %s|%5.1f", 42, "text", 2.25);
        CHECK_EQ(result, LENGTH);
        CRT(int, fclose, (any))(f);
        f = CRT(any, fopen, (const char *, const char *))(name, "r");
        memset(line, 0, sizeof line);
        CRT(size_t, fread, (void *, size_t, size_t, any))(line, 1, 99, f);
        CHECK_STR(line, RESULT_EVEN);
        CRT(int, fclose, (any))(f);
    }
    CRT(int, remove, (const char *))(name);
    CHECK_INVALID(common(names[0], 0, NULL, 0, 0, "%d", 1), -1, EINVAL);
}
#else
CRT_TEST(into_streams)
{
    char line[100];

    for (size_t i = 0; i < sizeof into_streams / sizeof *into_streams; i++) {
        any f = CRT(any, fopen, (const char *, const char *))(name, "w");
        int result = call(&into_streams[i], f, 0, 0);
        CRT(int, fclose, (any))(f);
        f = CRT(any, fopen, (const char *, const char *))(name, "r");
        memset(line, 0, sizeof line);
        CRT(size_t, fread, (void *, size_t, size_t, any))(line, 1, 99, f);
        CRT(int, fclose, (any))(f);
        if (result != LENGTH || strcmp(line, RESULT))
            FAIL("%s gives %d, \"%s\"", into_streams[i].name, result, line);
    }
    CRT(int, remove, (const char *))(name);
}

CHILD(print)
{
    for (size_t i = 0; i < sizeof onto_stdout / sizeof *onto_stdout; i++) {
        if (call(&onto_stdout[i], NULL, 0, 0) != LENGTH)
            return (int)i + 1;
        CRT(int, putchar, (int))('\n');
    }
    return 0;
}

CRT_TEST(onto_stdout)
{
    ORACLE_DIFFERS("some of the functions are not there");
    char program[MAX_PATH], command[MAX_PATH + 40], text[2000] = "";
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    STARTUPINFOA startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process;
    DWORD code = 99, got;

    GetModuleFileNameA(NULL, program, MAX_PATH);
    snprintf(command, sizeof command, "\"%s\" --child print", program);
    HANDLE file = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, &inherit, CREATE_ALWAYS, 0,
                              NULL);
    startup.hStdOutput = startup.hStdError = file;
    CHECK(CreateProcessA(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process));
    WaitForSingleObject(process.hProcess, 20000);
    GetExitCodeProcess(process.hProcess, &code);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
    CHECK_EQ(code, 0);
    SetFilePointer(file, 0, NULL, FILE_BEGIN);
    CHECK(ReadFile(file, text, sizeof text - 1, &got, NULL));
    char *line = text;
    for (size_t i = 0; i < sizeof onto_stdout / sizeof *onto_stdout; i++) {
        if (strncmp(line, RESULT "\r\n", LENGTH + 2)) {
            FAIL("%s printed \"%.20s\"", onto_stdout[i].name, line);
            break;
        }
        line += LENGTH + 2;
    }
    CHECK_STR(line, "");
    CloseHandle(file);
    DeleteFileA(name);
}
#endif

/* %n is an invalid parameter unless the program asks for it. */
CRT_TEST(count_output)
{
    char text[20];
    int n = -1;

    CHECK_EQ(CRT(int, _get_printf_count_output, (void))(), IS_UCRT ? 0 : 1);
    CHECK_EQ(CRT(int, _set_printf_count_output, (int))(1), IS_UCRT ? 0 : 1);
    CHECK(CRT(int, _get_printf_count_output, (void))() != 0);
    CHECK_EQ(format(text, sizeof text, "abc%nde", &n), 5);
    CHECK_EQ(n, 3);
    CRT(int, _set_printf_count_output, (int))(0);
    n = -1;
    CHECK_INVALID(format(text, sizeof text, "abc%nde", &n), -1, EINVAL);
    CHECK_EQ(n, -1);
    CRT(int, _set_printf_count_output, (int))(!IS_UCRT);
}
