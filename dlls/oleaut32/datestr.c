/*
 * VarDateFromStr: dates and times as people write them. Numbers are in the locale's order, unless that makes
 * no date; months have names in the locale's language or English; the parts may come in any order.
 */
#include "oleaut32.h"
#include "convert.h"

enum kind { NUMBER, MONTH, WEEKDAY, MORNING, AFTERNOON, UNKNOWN };

struct token {
    enum kind kind;
    int value;
    int digits;      /* of a NUMBER */
    WCHAR separator; /* before it: '/' for every date separator */
};

enum { TOKENS_MAX = 32 };

struct names {
    LCTYPE first;
    int count;
    enum kind kind;
};

static BOOL is_letter(WCHAR c)
{
    WORD type = 0;
    return GetStringTypeW(CT_CTYPE1, &c, 1, &type) && type & C1_ALPHA;
}

/* The longest of the locale's names that the text begins with. */
static int match_name(LCID lcid, LCTYPE first, int count, const WCHAR *text, int *ret_length)
{
    int best = 0;
    *ret_length = 0;
    for (int i = 0; i < count; i++) {
        WCHAR name[80];
        int length = GetLocaleInfoW(lcid, first + (LCTYPE)i, name, ARRAYSIZE(name)) - 1;
        if (length > 0 && name[length - 1] == '.') /* abbreviations may be written without */
            length--;
        if (length > *ret_length && lstrlenW(text) >= length &&
            CompareStringW(lcid, NORM_IGNORECASE | NORM_IGNOREKANATYPE | NORM_IGNOREWIDTH, text, length, name,
                           length) == CSTR_EQUAL &&
            !is_letter(text[length])) {
            *ret_length = length;
            best = i + 1;
        }
    }
    return best;
}

static enum kind read_word(LCID lcid, const WCHAR *text, int *ret_value, int *ret_length)
{
    static const struct names names[] = {
        {LOCALE_SMONTHNAME1, 12, MONTH}, {LOCALE_SABBREVMONTHNAME1, 12, MONTH},
        {LOCALE_SDAYNAME1, 7, WEEKDAY},  {LOCALE_SABBREVDAYNAME1, 7, WEEKDAY},
        {LOCALE_S1159, 1, MORNING},      {LOCALE_S2359, 1, AFTERNOON}};
    const LCID languages[] = {lcid, MAKELCID(MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), SORT_DEFAULT)};

    for (int language = 0; language < 2; language++)
        for (int i = 0; i < (int)ARRAYSIZE(names); i++) {
            int value = match_name(languages[language], names[i].first, names[i].count, text, ret_length);
            if (value) {
                *ret_value = value;
                return names[i].kind;
            }
        }
    if ((text[0] | 32) == 'a' && !is_letter(text[1]))
        return *ret_length = 1, MORNING;
    if ((text[0] | 32) == 'p' && !is_letter(text[1]))
        return *ret_length = 1, AFTERNOON;
    return UNKNOWN;
}

static BOOL has_prefix(const WCHAR *text, const WCHAR *prefix)
{
    int length = lstrlenW(prefix);
    for (int i = 0; i < length; i++)
        if (text[i] != prefix[i])
            return FALSE;
    return length != 0;
}

/* The tokens of a text; FALSE: there is something that is no part of a date. */
static BOOL read_tokens(LCID lcid, const WCHAR *text, struct token *tokens, int *ret_count)
{
    WCHAR date_mark[8] = L"/", time_mark[8] = L":";
    WCHAR separator = 0;
    int count = 0;

    GetLocaleInfoW(lcid, LOCALE_SDATE, date_mark, ARRAYSIZE(date_mark));
    GetLocaleInfoW(lcid, LOCALE_STIME, time_mark, ARRAYSIZE(time_mark));
    while (*text) {
        struct token token = {UNKNOWN, 0, 0, separator};
        int length = 1;
        if (*text == ' ' || *text == '\t' || *text == 0xa0) {
            text++;
            continue;
        }
        if (*text >= '0' && *text <= '9') {
            token.kind = NUMBER;
            for (length = 0; text[length] >= '0' && text[length] <= '9'; length++) {
                if (length == 4)
                    return FALSE;
                token.value = token.value * 10 + (text[length] - '0');
            }
            token.digits = length;
        } else if (*text == ':' || (has_prefix(text, time_mark) && date_mark[0] != time_mark[0])) {
            if (separator)
                return FALSE;
            separator = ':';
            text += *text == ':' ? 1 : lstrlenW(time_mark);
            continue;
        } else if (*text == '/' || *text == '-' || *text == '.' || *text == ',' ||
                   has_prefix(text, date_mark)) {
            if (separator || !count)
                return FALSE;
            separator = *text == ',' ? ',' : *text == '.' ? '.' : '/';
            text += has_prefix(text, date_mark) ? lstrlenW(date_mark) : 1;
            continue;
        } else {
            token.kind = read_word(lcid, text, &token.value, &length);
        }
        if (token.kind == UNKNOWN || count == TOKENS_MAX)
            return FALSE;
        tokens[count++] = token;
        separator = 0;
        text += length;
    }
    *ret_count = count;
    return !separator || separator == '.' || separator == ',';
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    BOOL leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* A year of two digits is the nearest one up to the calendar's limit. */
static int full_year(LCID lcid, int year, int digits)
{
    DWORD last = 2029;
    if (digits > 2 || year >= 100)
        return year;
    if (!GetCalendarInfoW(lcid, CAL_GREGORIAN, CAL_ITWODIGITYEARMAX | CAL_RETURN_NUMBER, NULL, 0, &last))
        last = 2029;
    year += (int)last / 100 * 100;
    return year > (int)last ? year - 100 : year;
}

struct date {
    int year, month, day;
};

static BOOL try_date(LCID lcid, const struct token *year, int month, int day, struct date *ret)
{
    SYSTEMTIME now;
    struct date date = {0, month, day};
    if (year) {
        date.year = full_year(lcid, year->value, year->digits);
    } else {
        GetLocalTime(&now);
        date.year = now.wYear;
    }
    if (date.year < 100 || date.year > 9999 || month < 1 || month > 12 || day < 1 ||
        day > days_in(date.year, month))
        return FALSE;
    *ret = date;
    return TRUE;
}

/* The numbers (and the month's name, 0: none) as a date. */
static BOOL make_date(LCID lcid, const struct token *n, int count, int month, struct date *ret)
{
    static const char orders[3][3] = {"mdy", "dmy", "ymd"};
    DWORD order = 0;
    if (!GetLocaleInfoW(lcid, LOCALE_IDATE | LOCALE_RETURN_NUMBER, (WCHAR *)&order,
                        sizeof order / sizeof(WCHAR)) ||
        order > 2)
        order = 0;
    if (month) {
        if (count == 0)
            return FALSE;
        if (count == 1) /* "3 May", or "May 1999" */
            return (n[0].digits <= 2 && try_date(lcid, NULL, month, n[0].value, ret)) ||
                   try_date(lcid, &n[0], month, 1, ret);
        if (count != 2)
            return FALSE;
        BOOL year_first = n[0].digits > 2 || (order == 2 && n[1].digits <= 2);
        return try_date(lcid, &n[!year_first], month, n[year_first].value, ret) ||
               try_date(lcid, &n[year_first], month, n[!year_first].value, ret);
    }
    if (count == 2) {
        if (n[0].digits > 2)
            return try_date(lcid, &n[0], n[1].value, 1, ret);
        if (n[1].digits > 2)
            return try_date(lcid, &n[1], n[0].value, 1, ret);
        BOOL month_first = order != 1;
        return try_date(lcid, NULL, n[!month_first].value, n[month_first].value, ret) ||
               try_date(lcid, NULL, n[month_first].value, n[!month_first].value, ret) ||
               try_date(lcid, &n[1], n[0].value, 1, ret);
    }
    if (count != 3)
        return FALSE;
    /* The locale's order, then the others; a year of more than two digits stands where it stands. */
    for (int attempt = 0; attempt < 4; attempt++) {
        const char *try = attempt == 0 ? orders[order] : orders[attempt - 1];
        const struct token *year = NULL;
        int month_value = 0, day = 0;
        BOOL fits = TRUE;
        for (int i = 0; i < 3; i++) {
            if (try[i] == 'y')
                year = &n[i];
            else if (n[i].digits > 2)
                fits = FALSE;
            else if (try[i] == 'm')
                month_value = n[i].value;
            else
                day = n[i].value;
        }
        if (fits && try_date(lcid, year, month_value, day, ret))
            return TRUE;
    }
    return FALSE;
}

HRESULT WINAPI VarDateFromStr(OLECHAR *text, LCID lcid, ULONG flags, DATE *ret_date)
{
    struct token tokens[TOKENS_MAX], numbers[TOKENS_MAX];
    struct date date = {1899, 12, 30};
    int count, used = 0, month = 0, clock[3] = {0}, clock_count = 0, half = 0, weekdays = 0;
    LCID locale = lcid ? lcid : LOCALE_USER_DEFAULT;

    if (!text || !ret_date)
        return text ? E_INVALIDARG : DISP_E_TYPEMISMATCH;
    *ret_date = 0;
    if (!read_tokens(locale, text, tokens, &count) || !count)
        return DISP_E_TYPEMISMATCH;
    for (int i = 0; i < count; i++) {
        const struct token *token = &tokens[i];
        BOOL of_time = token->kind == NUMBER &&
                       (token->separator == ':' || (i + 1 < count && tokens[i + 1].separator == ':') ||
                        (i + 1 < count && !tokens[i + 1].separator &&
                         (tokens[i + 1].kind == MORNING || tokens[i + 1].kind == AFTERNOON)));
        if (of_time) {
            if (clock_count == 3 || (clock_count && token->separator != ':'))
                return DISP_E_TYPEMISMATCH;
            clock[clock_count++] = token->value;
        } else if (token->kind == NUMBER) {
            numbers[used++] = *token;
        } else if (token->kind == MONTH) {
            if (month)
                return DISP_E_TYPEMISMATCH;
            month = token->value;
        } else if (token->kind == WEEKDAY) {
            if (weekdays++)
                return DISP_E_TYPEMISMATCH;
        } else { /* before or after noon */
            if (half || !clock_count)
                return DISP_E_TYPEMISMATCH;
            half = token->kind == AFTERNOON ? 2 : 1;
        }
    }
    if (clock_count) {
        if (half && (clock[0] < 1 || clock[0] > 12) && !(clock[0] <= 23 && half == 2))
            return DISP_E_TYPEMISMATCH;
        if (half == 1 && clock[0] == 12)
            clock[0] = 0;
        else if (half == 2 && clock[0] < 12)
            clock[0] += 12;
        if (clock[0] > 23 || clock[1] > 59 || clock[2] > 59)
            return DISP_E_TYPEMISMATCH;
    }
    if (used || month) {
        if (!make_date(locale, numbers, used, month, &date))
            return DISP_E_TYPEMISMATCH;
    } else if (!clock_count) {
        return DISP_E_TYPEMISMATCH;
    }
    SYSTEMTIME time = {.wYear = (WORD)date.year, .wMonth = (WORD)date.month, .wDay = (WORD)date.day};
    if (!(flags & VAR_DATEVALUEONLY)) {
        time.wHour = (WORD)clock[0];
        time.wMinute = (WORD)clock[1];
        time.wSecond = (WORD)clock[2];
    }
    if (flags & VAR_TIMEVALUEONLY) {
        time.wYear = 1899;
        time.wMonth = 12;
        time.wDay = 30;
    }
    return SystemTimeToVariantTime(&time, ret_date) ? S_OK : DISP_E_TYPEMISMATCH;
}
