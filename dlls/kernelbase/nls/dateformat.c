/*
 * GetDateFormat and GetTimeFormat: pictures of dates and times, and the enumeration of the locale's.
 */
#include "locale.h"
#include <string.h>

#define DATE_FLAGS                                                                                           \
    (DATE_SHORTDATE | DATE_LONGDATE | DATE_USE_ALT_CALENDAR | DATE_YEARMONTH | DATE_LTRREADING |             \
     DATE_RTLREADING | DATE_AUTOLAYOUT | DATE_MONTHDAY | LOCALE_NOUSEROVERRIDE | LOCALE_USE_CP_ACP)
#define TIME_FLAGS                                                                                           \
    (TIME_NOMINUTESORSECONDS | TIME_NOSECONDS | TIME_NOTIMEMARKER | TIME_FORCE24HOURFORMAT |                 \
     LOCALE_NOUSEROVERRIDE | LOCALE_USE_CP_ACP)

static void put_number(struct locale_output *output, UINT value, int digits)
{
    WCHAR buffer[12];
    int count = 0;

    do
        buffer[count++] = (WCHAR)('0' + value % 10);
    while (value /= 10);
    for (int i = count; i < digits; i++)
        locale_put(output, '0');
    while (count)
        locale_put(output, buffer[--count]);
}

/* Text between apostrophes, of which two stand for one. *position is at the first. */
static void put_quoted(struct locale_output *output, const WCHAR **position)
{
    const WCHAR *p = *position + 1;

    if (*p == '\'') {
        locale_put(output, '\'');
        *position = p + 1;
        return;
    }
    for (; *p; p++) {
        if (*p == '\'') {
            if (p[1] != '\'') {
                p++;
                break;
            }
            p++;
        }
        locale_put(output, *p);
    }
    *position = p;
}

/* Does the pattern name a day, so that the month's name is a genitive? */
static BOOL names_day(const WCHAR *pattern)
{
    BOOL quoted = FALSE;

    for (; *pattern; pattern++) {
        int count = 0;

        if (*pattern == '\'')
            quoted = !quoted;
        while (!quoted && pattern[count] == 'd')
            count++;
        if (count == 1 || count == 2)
            return TRUE;
        if (count)
            pattern += count - 1;
    }
    return FALSE;
}

static void put_date(struct locale_output *output, const struct nls_locale *locale, const SYSTEMTIME *date,
                     const WCHAR *pattern, BOOL original)
{
    BOOL genitive = names_day(pattern);

    for (const WCHAR *p = pattern; *p;) {
        int count = 1;

        if (*p == '\'') {
            put_quoted(output, &p);
            continue;
        }
        while (p[count] == *p)
            count++;
        switch (*p) {
        case 'd':
            if (count >= 3)
                locale_puts(output, locale_text(locale,
                                                (count == 3 ? FIELD_SHORT_DAY1 : FIELD_DAY1) +
                                                    (date->wDayOfWeek + 6) % 7,
                                                original));
            else
                put_number(output, date->wDay, count);
            break;
        case 'M':
            if (count >= 3)
                locale_puts(output, locale_text(locale,
                                                (count == 3 ? FIELD_SHORT_MONTH1
                                                 : genitive ? FIELD_GENITIVE1
                                                            : FIELD_MONTH1) +
                                                    date->wMonth - 1,
                                                original));
            else
                put_number(output, date->wMonth, count);
            break;
        case 'y':
            if (count <= 2)
                put_number(output, count == 1 ? date->wYear % 10u : date->wYear % 100u, count);
            else
                put_number(output, date->wYear, 4);
            break;
        case 'g': locale_puts(output, L"A.D."); break;
        default:
            for (int i = 0; i < count; i++)
                locale_put(output, *p);
        }
        p += count;
    }
}

/* Checks a date and sets its day of the week; NULL means now. */
static BOOL complete_date(const SYSTEMTIME *date, SYSTEMTIME *ret_date)
{
    FILETIME time;

    if (!date) {
        GetLocalTime(ret_date);
        return TRUE;
    }
    *ret_date = *date;
    ret_date->wHour = ret_date->wMinute = ret_date->wSecond = ret_date->wMilliseconds = 0;
    return SystemTimeToFileTime(ret_date, &time) && FileTimeToSystemTime(&time, ret_date);
}

static int date_format(const struct nls_locale *locale, DWORD flags, const SYSTEMTIME *date,
                       const WCHAR *pattern, WCHAR *to, int room)
{
    struct locale_output output = {room ? to : NULL, room, 0};
    BOOL original = (flags & LOCALE_NOUSEROVERRIDE) != 0;
    DWORD kinds = flags & (DATE_SHORTDATE | DATE_LONGDATE | DATE_YEARMONTH | DATE_MONTHDAY);
    SYSTEMTIME complete;

    if (!locale)
        return 0;
    if (room < 0 || (room && !to))
        return fail(ERROR_INVALID_PARAMETER);
    if ((flags & ~(DWORD)DATE_FLAGS) || (pattern && kinds) || (kinds & (kinds - 1)) ||
        (flags & (DATE_LTRREADING | DATE_RTLREADING)) == (DATE_LTRREADING | DATE_RTLREADING))
        return fail(ERROR_INVALID_FLAGS);
    if (!complete_date(date, &complete))
        return fail(ERROR_INVALID_PARAMETER);
    if (!pattern)
        pattern = locale_text(locale,
                              kinds == DATE_LONGDATE    ? FIELD_LONG_DATE
                              : kinds == DATE_YEARMONTH ? FIELD_YEAR_MONTH
                              : kinds == DATE_MONTHDAY  ? FIELD_MONTH_DAY
                                                        : FIELD_SHORT_DATE,
                              original);
    put_date(&output, locale, &complete, pattern, original);
    return locale_finish(&output);
}

int WINAPI GetDateFormatEx(LPCWSTR name, DWORD flags, const SYSTEMTIME *date, LPCWSTR pattern, LPWSTR to,
                           int room, LPCWSTR calendar)
{
    if (calendar)
        return fail(ERROR_INVALID_PARAMETER);
    return date_format(locale_by_name(name), flags, date, pattern, to, room);
}

int WINAPI GetDateFormatW(LCID lcid, DWORD flags, const SYSTEMTIME *date, LPCWSTR pattern, LPWSTR to,
                          int room)
{
    return date_format(locale_by_id(lcid), flags, date, pattern, to, room);
}

/* ---- times */

static void put_time(struct locale_output *output, const struct nls_locale *locale, const SYSTEMTIME *time,
                     DWORD flags, const WCHAR *pattern)
{
    BOOL original = (flags & LOCALE_NOUSEROVERRIDE) != 0;
    int kept = output->used; /* up to here separators stay when what follows them is left out */

    for (const WCHAR *p = pattern; *p;) {
        int count = 1;

        if (*p == '\'') {
            put_quoted(output, &p);
            continue;
        }
        while (p[count] == *p)
            count++;
        switch (*p) {
        case 'h':
        case 'H': {
            UINT hour = time->wHour;

            if (*p == 'h' && !(flags & TIME_FORCE24HOURFORMAT))
                hour = hour % 12 ? hour % 12 : 12;
            put_number(output, hour, count > 2 ? 2 : count);
            kept = output->used;
            break;
        }
        case 'm':
            if (flags & TIME_NOMINUTESORSECONDS) {
                output->used = kept;
            } else {
                put_number(output, time->wMinute, count > 2 ? 2 : count);
                kept = output->used;
            }
            break;
        case 's':
            if (flags & (TIME_NOMINUTESORSECONDS | TIME_NOSECONDS)) {
                output->used = kept;
            } else {
                put_number(output, time->wSecond, count > 2 ? 2 : count);
                kept = output->used;
            }
            break;
        case 't':
            if (flags & TIME_NOTIMEMARKER) {
                output->used = kept;
            } else {
                const WCHAR *marker = locale_text(locale, time->wHour < 12 ? FIELD_AM : FIELD_PM, original);

                if (count == 1 && *marker)
                    locale_put(output, *marker);
                else
                    locale_puts(output, marker);
                kept = output->used;
            }
            break;
        default:
            for (int i = 0; i < count; i++)
                locale_put(output, *p);
        }
        p += count;
    }
}

static int time_format(const struct nls_locale *locale, DWORD flags, const SYSTEMTIME *time,
                       const WCHAR *pattern, WCHAR *to, int room)
{
    struct locale_output output = {room ? to : NULL, room, 0};
    SYSTEMTIME now;

    if (!locale)
        return 0;
    if (room < 0 || (room && !to))
        return fail(ERROR_INVALID_PARAMETER);
    if (flags & ~(DWORD)TIME_FLAGS)
        return fail(ERROR_INVALID_FLAGS);
    if (!time) {
        GetLocalTime(&now);
        time = &now;
    }
    if (time->wHour > 23 || time->wMinute > 59 || time->wSecond > 59 || time->wMilliseconds > 999)
        return fail(ERROR_INVALID_PARAMETER);
    if (!pattern)
        pattern = locale_text(locale, FIELD_TIME_FORMAT, (flags & LOCALE_NOUSEROVERRIDE) != 0);
    put_time(&output, locale, time, flags, pattern);
    /* 24 hours without a marker of their own lose the blank before it, too. */
    return locale_finish(&output);
}

int WINAPI GetTimeFormatEx(LPCWSTR name, DWORD flags, const SYSTEMTIME *time, LPCWSTR pattern, LPWSTR to,
                           int room)
{
    return time_format(locale_by_name(name), flags, time, pattern, to, room);
}

int WINAPI GetTimeFormatW(LCID lcid, DWORD flags, const SYSTEMTIME *time, LPCWSTR pattern, LPWSTR to,
                          int room)
{
    return time_format(locale_by_id(lcid), flags, time, pattern, to, room);
}

/* ---- ANSI */

struct ansi_call {
    LCID lcid;
    DWORD flags;
    const SYSTEMTIME *time;
    const WCHAR *pattern;
};

static int call_date(void *context, WCHAR *to, int room)
{
    struct ansi_call *call = context;

    return GetDateFormatW(call->lcid, call->flags, call->time, call->pattern, to, room);
}

static int call_time(void *context, WCHAR *to, int room)
{
    struct ansi_call *call = context;

    return GetTimeFormatW(call->lcid, call->flags, call->time, call->pattern, to, room);
}

static int ansi_format(int (*function)(void *, WCHAR *, int), LCID lcid, DWORD flags, const SYSTEMTIME *time,
                       const char *pattern, char *to, int room)
{
    UINT code_page = nls_locale_code_page(lcid, flags);
    struct nls_wide wide;
    struct ansi_call call = {lcid, flags, time, NULL};
    SYSTEMTIME now;
    int result;

    if (room < 0 || (room && !to))
        return fail(ERROR_INVALID_PARAMETER);
    if (!nls_wide_from_ansi(&wide, code_page, pattern, -1))
        return 0;
    call.pattern = wide.text;
    if (!time) { /* the same moment for both passes */
        GetLocalTime(&now);
        call.time = &now;
    }
    result = locale_to_ansi(code_page, to, room, function, &call);
    nls_wide_free(&wide);
    return result;
}

int WINAPI GetDateFormatA(LCID lcid, DWORD flags, const SYSTEMTIME *date, LPCSTR pattern, LPSTR to, int room)
{
    return ansi_format(call_date, lcid, flags, date, pattern, to, room);
}

int WINAPI GetTimeFormatA(LCID lcid, DWORD flags, const SYSTEMTIME *time, LPCSTR pattern, LPSTR to, int room)
{
    return ansi_format(call_time, lcid, flags, time, pattern, to, room);
}

/* ---- enumeration: strings of a field, each terminated, after the last an empty one */

enum kind { KIND_W, KIND_A, KIND_EX_W, KIND_EX_A, KIND_EXEX_DATE, KIND_EX_TIME };

static BOOL enumerate(const struct nls_locale *locale, int field, enum kind kind, void *function,
                      LPARAM parameter)
{
    const WCHAR *text;

    if (!function)
        return fail(ERROR_INVALID_PARAMETER);
    if (!locale)
        return FALSE;
    for (text = locale_text(locale, field, TRUE); *text; text += lstrlenW(text) + 1) {
        WCHAR wide[80];
        char narrow[160];
        BOOL more;

        memcpy(wide, text, ((SIZE_T)lstrlenW(text) + 1) * sizeof *wide);
        WideCharToMultiByte(CP_ACP, 0, text, -1, narrow, sizeof narrow, NULL, NULL);
        switch (kind) {
        case KIND_W: more = ((DATEFMT_ENUMPROCW)function)(wide); break;
        case KIND_A: more = ((DATEFMT_ENUMPROCA)function)(narrow); break;
        case KIND_EX_W: more = ((DATEFMT_ENUMPROCEXW)function)(wide, CAL_GREGORIAN); break;
        case KIND_EX_A: more = ((DATEFMT_ENUMPROCEXA)function)(narrow, CAL_GREGORIAN); break;
        case KIND_EXEX_DATE: more = ((DATEFMT_ENUMPROCEXEX)function)(wide, CAL_GREGORIAN, parameter); break;
        default: more = ((TIMEFMT_ENUMPROCEX)function)(wide, parameter);
        }
        if (!more)
            break;
    }
    return TRUE;
}

static int date_field(DWORD flags)
{
    switch (flags & ~(DWORD)LOCALE_USE_CP_ACP) {
    case 0:
    case DATE_SHORTDATE: return FIELD_MORE_SHORT_DATES;
    case DATE_LONGDATE: return FIELD_MORE_LONG_DATES;
    case DATE_YEARMONTH: return FIELD_YEAR_MONTH;
    case DATE_MONTHDAY: return FIELD_MONTH_DAY;
    }
    fail(ERROR_INVALID_FLAGS);
    return -1;
}

static BOOL enumerate_dates(const struct nls_locale *locale, DWORD flags, enum kind kind, void *function,
                            LPARAM parameter)
{
    int field = date_field(flags);

    if (field < 0)
        return FALSE;
    if (field == FIELD_YEAR_MONTH || field == FIELD_MONTH_DAY) { /* one only; not a list */
        WCHAR list[82] = {0};
        const WCHAR *text;
        char narrow[160];

        if (!function)
            return fail(ERROR_INVALID_PARAMETER);
        if (!locale)
            return FALSE;
        text = locale_text(locale, field, TRUE);
        memcpy(list, text, ((SIZE_T)lstrlenW(text) + 1) * sizeof *list);
        WideCharToMultiByte(CP_ACP, 0, list, -1, narrow, sizeof narrow, NULL, NULL);
        if (kind == KIND_W)
            ((DATEFMT_ENUMPROCW)function)(list);
        else if (kind == KIND_A)
            ((DATEFMT_ENUMPROCA)function)(narrow);
        else if (kind == KIND_EX_W)
            ((DATEFMT_ENUMPROCEXW)function)(list, CAL_GREGORIAN);
        else if (kind == KIND_EX_A)
            ((DATEFMT_ENUMPROCEXA)function)(narrow, CAL_GREGORIAN);
        else
            ((DATEFMT_ENUMPROCEXEX)function)(list, CAL_GREGORIAN, parameter);
        return TRUE;
    }
    return enumerate(locale, field, kind, function, parameter);
}

BOOL WINAPI EnumDateFormatsW(DATEFMT_ENUMPROCW function, LCID lcid, DWORD flags)
{
    return enumerate_dates(locale_by_id(lcid), flags, KIND_W, (void *)function, 0);
}

BOOL WINAPI EnumDateFormatsA(DATEFMT_ENUMPROCA function, LCID lcid, DWORD flags)
{
    return enumerate_dates(locale_by_id(lcid), flags, KIND_A, (void *)function, 0);
}

BOOL WINAPI EnumDateFormatsExW(DATEFMT_ENUMPROCEXW function, LCID lcid, DWORD flags)
{
    return enumerate_dates(locale_by_id(lcid), flags, KIND_EX_W, (void *)function, 0);
}

BOOL WINAPI EnumDateFormatsExA(DATEFMT_ENUMPROCEXA function, LCID lcid, DWORD flags)
{
    return enumerate_dates(locale_by_id(lcid), flags, KIND_EX_A, (void *)function, 0);
}

BOOL WINAPI EnumDateFormatsExEx(DATEFMT_ENUMPROCEXEX function, LPCWSTR name, DWORD flags, LPARAM parameter)
{
    return enumerate_dates(locale_by_name(name), flags, KIND_EXEX_DATE, (void *)function, parameter);
}

BOOL WINAPI EnumTimeFormatsW(TIMEFMT_ENUMPROCW function, LCID lcid, DWORD flags)
{
    if (flags & ~(DWORD)(TIME_NOSECONDS | LOCALE_USE_CP_ACP))
        return fail(ERROR_INVALID_FLAGS);
    return enumerate(locale_by_id(lcid), FIELD_MORE_TIMES, KIND_W, (void *)function, 0);
}

BOOL WINAPI EnumTimeFormatsA(TIMEFMT_ENUMPROCA function, LCID lcid, DWORD flags)
{
    if (flags & ~(DWORD)(TIME_NOSECONDS | LOCALE_USE_CP_ACP))
        return fail(ERROR_INVALID_FLAGS);
    return enumerate(locale_by_id(lcid), FIELD_MORE_TIMES, KIND_A, (void *)function, 0);
}

BOOL WINAPI EnumTimeFormatsEx(TIMEFMT_ENUMPROCEX function, LPCWSTR name, DWORD flags, LPARAM parameter)
{
    if (flags & ~(DWORD)(TIME_NOSECONDS | LOCALE_USE_CP_ACP))
        return fail(ERROR_INVALID_FLAGS);
    return enumerate(locale_by_name(name), FIELD_MORE_TIMES, KIND_EX_TIME, (void *)function, parameter);
}
