/*
 * The output engine of the C runtime: into a locked stream or memory, text by the locale.
 */
#include "crt.h"
#include <printf_spec.h>

#ifndef EOVERFLOW
#define EOVERFLOW 132
#endif

static int crt_count_output = !CRT_UCRT; /* whether %n works */

int _set_printf_count_output(int enable)
{
    int old = crt_count_output;

    crt_count_output = enable != 0;
    return old;
}
int _get_printf_count_output(void)
{
    return crt_count_output;
}

#define PRINTF_SINK               struct crt_sink
#define PRINTF_LOCALE             crt_locale_t
#define PRINTF_FLOATING           1
#define PRINTF_SINK_IS_FULL(sink) (!(sink)->file && (sink)->count >= (sink)->size)
#define PRINTF_IS_TOO_LONG(sink)  (!(sink)->file && (sink)->count > INT_MAX)
#define PRINTF_ERROR(code)        (errno = (code))
#define PRINTF_INVALID()          _invalid_parameter_noinfo()
#define PRINTF_IS_STRICT(options) (CRT_UCRT || (options)&PRINTF_SECURE)
#define PRINTF_MAY_COUNT          crt_count_output
#define PRINTF_HAS_CHAR_SIZE      CRT_UCRT

static void narrow_put(struct crt_sink *sink, const char *text, size_t count)
{
    if (sink->file) {
        if (crt_write_stream(text, count, sink->file) != count)
            sink->failed = true;
    } else if (sink->count < sink->size) {
        size_t room = sink->size - sink->count;
        memcpy((char *)sink->buffer + sink->count, text, count < room ? count : room);
    }
    sink->count += count;
}

static int narrow_convert(char *out, const wchar_t *text, size_t available, size_t *ret_taken, crt_locale_t l)
{
    *ret_taken = 1;
    if (available > 1 && *text >= 0xd800 && *text < 0xdc00 && text[1] >= 0xdc00 && text[1] < 0xe000 &&
        crt_codepage(l) == CP_UTF8) {
        *ret_taken = 2;
        return WideCharToMultiByte(CP_UTF8, 0, text, 2, out, 8, NULL, NULL);
    }
    return crt_wctomb(out, *text, l);
}

static void wide_put(struct crt_sink *sink, const wchar_t *text, size_t count)
{
    if (sink->file) {
        for (size_t i = 0; i < count && !sink->failed; i++)
            sink->failed = crt_putwc(text[i], sink->file) == WEOF && text[i] != WEOF;
    } else if (sink->count < sink->size) {
        size_t room = sink->size - sink->count;
        memcpy((wchar_t *)sink->buffer + sink->count, text, (count < room ? count : room) * sizeof *text);
    }
    sink->count += count;
}

static int wide_convert(wchar_t *out, const char *text, size_t available, size_t *ret_taken, crt_locale_t l)
{
    size_t most = crt_locale_of(l)->mb_cur_max;

    *out = 0;
    *ret_taken = 1;
    if (!*text)
        return 1;
    int n = crt_mbtowc(out, text, available < most ? available : most, l);
    if (n <= 0)
        return -1;
    *ret_taken = (size_t)n;
    return 1;
}

#define T              char
#define OTHER          wchar_t
#define WIDE           0
#define NAME(x)        narrow_##x
#define LENGTH         strlen
#define LENGTH_LIMITED strnlen
#include <printf_fields.h>
#include "printf_floating.h"
#include <printf_template.h>
#define T              wchar_t
#define OTHER          char
#define WIDE           1
#define NAME(x)        wide_##x
#define LENGTH         wcslen
#define LENGTH_LIMITED wcsnlen
#include <printf_fields.h>
#include "printf_floating.h"
#include <printf_template.h>

int crt_format(struct crt_sink *sink, unsigned int options, const char *format, crt_locale_t l, va_list args)
{
    return narrow_format(sink, options, format, l, args);
}

int crt_format_wide(struct crt_sink *sink, unsigned int options, const wchar_t *format, crt_locale_t l,
                    va_list args)
{
    return wide_format(sink, options, format, l, args);
}
