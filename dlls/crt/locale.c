/*
 * Locales: "C" is static, others are made from the system's data when set. A locale is immutable once
 * published and counted; the global one is replaced under the locale lock. Threads may have their own.
 */
#include "locale_private.h"

extern unsigned short _ctype[257];
extern const unsigned short *_pctype;

static char c_name[] = "C", empty[] = "", dot[] = ".", no_grouping[] = "";
static wchar_t wide_c_name[] = L"C", wide_empty[] = L"", wide_dot[] = L".";

extern const struct crt_time_names crt_c_time;

#define C_CASE_LOWER(c) ((c) >= 'A' && (c) <= 'Z' ? (c) + 32 : (c))

struct crt_locale crt_c_locale = {
    .pctype = &_ctype[1],
    .mb_cur_max = 1,
    .references = 1,
    .category = {c_name, c_name, c_name, c_name, c_name, c_name},
    .wide_category = {wide_c_name, wide_c_name, wide_c_name, wide_c_name, wide_c_name, wide_c_name},
    .lconv = {dot,         empty,      no_grouping, empty,      empty,     empty,      empty,
              no_grouping, empty,      empty,       CHAR_MAX,   CHAR_MAX,  CHAR_MAX,   CHAR_MAX,
              CHAR_MAX,    CHAR_MAX,   CHAR_MAX,    CHAR_MAX,   wide_dot,  wide_empty, wide_empty,
              wide_empty,  wide_empty, wide_empty,  wide_empty, wide_empty},
#define E4(t, n)  t(n), t((n) + 1), t((n) + 2), t((n) + 3)
#define E16(t, n) E4(t, n), E4(t, (n) + 4), E4(t, (n) + 8), E4(t, (n) + 12)
#define E64(t, n) E16(t, n), E16(t, (n) + 16), E16(t, (n) + 32), E16(t, (n) + 48)
#define LOWER(c)  ((c) >= 'A' && (c) <= 'Z' ? (c) + 32 : (c))
#define UPPER(c)  ((c) >= 'a' && (c) <= 'z' ? (c)-32 : (c))
    .lower = {E64(LOWER, 0), E64(LOWER, 64), E64(LOWER, 128), E64(LOWER, 192)},
    .upper = {E64(UPPER, 0), E64(UPPER, 64), E64(UPPER, 128), E64(UPPER, 192)},
    .time = &crt_c_time,
};

struct crt_locale *volatile crt_global_locale = &crt_c_locale;
int __mb_cur_max = 1;
unsigned int __lc_codepage, __lc_collate_cp;
LCID __lc_handle[6];
struct lconv *__lconv = &crt_c_locale.lconv;
int __setlc_active, __unguarded_readlc_active;
static int per_thread_default;

const struct crt_locale *crt_current_locale(void)
{
    struct crt_thread *thread = crt_thread_if_any();

    return thread && thread->locale ? thread->locale : crt_global_locale;
}

void crt_locale_release(struct crt_locale *l)
{
    if (l == &crt_c_locale || InterlockedDecrement(&l->references))
        return;
    for (int i = 0; i < l->allocation_count; i++)
        free(l->allocations[i]);
    free(l);
}

static void *keep(struct crt_locale *l, void *block)
{
    if (block && l->allocation_count < (int)ARRAY_LENGTH(l->allocations))
        l->allocations[l->allocation_count++] = block;
    return block;
}

/* ---------------------------------------------------------------- contents */

static wchar_t *info_wide(struct crt_locale *l, const wchar_t *name, LCTYPE type)
{
    wchar_t value[256];

    if (!GetLocaleInfoEx(name, type, value, 256))
        *value = 0;
    wchar_t *copy = keep(l, _wcsdup(value));
    return copy ? copy : wide_empty;
}

static char *narrowed(struct crt_locale *l, const wchar_t *text, unsigned int codepage)
{
    char *copy = keep(l, crt_narrow(text, codepage ? codepage : CP_ACP));
    return copy ? copy : empty;
}

static char info_number(const wchar_t *name, LCTYPE type)
{
    DWORD value = CHAR_MAX;

    GetLocaleInfoEx(name, type | LOCALE_RETURN_NUMBER, (wchar_t *)&value, 2);
    return (char)value;
}

/* "3;2;0" becomes "\3\2". */
static char *grouping(struct crt_locale *l, const wchar_t *name, LCTYPE type)
{
    wchar_t *text = info_wide(l, name, type);
    char *result = keep(l, calloc(1, 16));
    int count = 0;

    if (!result)
        return empty;
    bool repeat = false;
    for (wchar_t *p = text; *p && count < 14; p++)
        if (*p >= '1' && *p <= '9')
            result[count++] = (char)(*p - '0');
        else if (*p == '0')
            repeat = true;
    if (count && !repeat)
        result[count] = CHAR_MAX;
    return result;
}

static void fill_ctype(struct crt_locale *l)
{
    unsigned int cp = l->codepage;
    CPINFO info;

    l->pctype = &l->ctype_table[128];
    for (int i = 0; i < 256; i++) {
        l->lower[i] = crt_c_locale.lower[i];
        l->upper[i] = crt_c_locale.upper[i];
    }
    memcpy(&l->ctype_table[127], _ctype, sizeof(unsigned short) * 257);
    l->mb_cur_max = 1;
    if (!cp)
        return;
    if (GetCPInfo(cp, &info))
        l->mb_cur_max = cp == CP_UTF8 ? 4 : (int)info.MaxCharSize;
    bool lead[256] = {false};
    if (info.MaxCharSize == 2)
        for (int i = 0; i + 1 < MAX_LEADBYTES && info.LeadByte[i]; i += 2)
            for (int c = info.LeadByte[i]; c <= info.LeadByte[i + 1]; c++)
                lead[c] = true;
    for (int i = 128; i < 256; i++) {
        char byte = (char)i;
        wchar_t wide, mapped;
        WORD type = 0;
        if (lead[i]) {
            l->ctype_table[128 + i] = CT_LEADBYTE;
            continue;
        }
        if (cp == CP_UTF8 || MultiByteToWideChar(cp, MB_ERR_INVALID_CHARS, &byte, 1, &wide, 1) != 1)
            continue;
        GetStringTypeW(CT_CTYPE1, &wide, 1, &type);
        l->ctype_table[128 + i] = type & 0x1ff;
        for (int up = 0; up < 2; up++) {
            char out;
            BOOL lost = FALSE;
            if (LCMapStringEx(l->lc_name[LC_CTYPE], up ? LCMAP_UPPERCASE : LCMAP_LOWERCASE, &wide, 1, &mapped,
                              1, NULL, NULL, 0) == 1 &&
                WideCharToMultiByte(cp, 0, &mapped, 1, &out, 1, NULL, &lost) == 1 && !lost)
                (up ? l->upper : l->lower)[i] = (unsigned char)out;
        }
    }
    for (int i = 0; i < 127; i++) /* for negative plain chars */
        l->ctype_table[i] = l->ctype_table[128 + 128 + i];
}

static void fill_numeric(struct crt_locale *l, const wchar_t *name, unsigned int cp)
{
    struct lconv *c = &l->lconv;

    c->_W_decimal_point = info_wide(l, name, LOCALE_SDECIMAL);
    c->_W_thousands_sep = info_wide(l, name, LOCALE_STHOUSAND);
    c->decimal_point = narrowed(l, c->_W_decimal_point, cp);
    c->thousands_sep = narrowed(l, c->_W_thousands_sep, cp);
    c->grouping = grouping(l, name, LOCALE_SGROUPING);
    if (!*c->decimal_point) {
        c->decimal_point = dot;
        c->_W_decimal_point = wide_dot;
    }
}

static void fill_monetary(struct crt_locale *l, const wchar_t *name, unsigned int cp)
{
    struct lconv *c = &l->lconv;

    c->_W_int_curr_symbol = info_wide(l, name, LOCALE_SINTLSYMBOL);
    c->_W_currency_symbol = info_wide(l, name, LOCALE_SCURRENCY);
    c->_W_mon_decimal_point = info_wide(l, name, LOCALE_SMONDECIMALSEP);
    c->_W_mon_thousands_sep = info_wide(l, name, LOCALE_SMONTHOUSANDSEP);
    c->_W_positive_sign = info_wide(l, name, LOCALE_SPOSITIVESIGN);
    c->_W_negative_sign = info_wide(l, name, LOCALE_SNEGATIVESIGN);
    c->int_curr_symbol = narrowed(l, c->_W_int_curr_symbol, cp);
    c->currency_symbol = narrowed(l, c->_W_currency_symbol, cp);
    c->mon_decimal_point = narrowed(l, c->_W_mon_decimal_point, cp);
    c->mon_thousands_sep = narrowed(l, c->_W_mon_thousands_sep, cp);
    c->positive_sign = narrowed(l, c->_W_positive_sign, cp);
    c->negative_sign = narrowed(l, c->_W_negative_sign, cp);
    c->mon_grouping = grouping(l, name, LOCALE_SMONGROUPING);
    c->int_frac_digits = info_number(name, LOCALE_IINTLCURRDIGITS);
    c->frac_digits = info_number(name, LOCALE_ICURRDIGITS);
    c->p_cs_precedes = info_number(name, LOCALE_IPOSSYMPRECEDES);
    c->p_sep_by_space = info_number(name, LOCALE_IPOSSEPBYSPACE);
    c->n_cs_precedes = info_number(name, LOCALE_INEGSYMPRECEDES);
    c->n_sep_by_space = info_number(name, LOCALE_INEGSEPBYSPACE);
    c->p_sign_posn = info_number(name, LOCALE_IPOSSIGNPOSN);
    c->n_sign_posn = info_number(name, LOCALE_INEGSIGNPOSN);
}

static void fill_time(struct crt_locale *l, const wchar_t *name, unsigned int cp)
{
    struct crt_time_names *t = keep(l, calloc(1, sizeof *t));

    if (!t) {
        l->time = &crt_c_time;
        return;
    }
    for (int i = 0; i < 7; i++) { /* the system's week begins on Monday */
        int day = (i + 6) % 7;
        t->wide_day_short[i] = info_wide(l, name, LOCALE_SABBREVDAYNAME1 + day);
        t->wide_day_long[i] = info_wide(l, name, LOCALE_SDAYNAME1 + day);
        t->day_short[i] = narrowed(l, t->wide_day_short[i], cp);
        t->day_long[i] = narrowed(l, t->wide_day_long[i], cp);
    }
    for (int i = 0; i < 12; i++) {
        t->wide_month_short[i] = info_wide(l, name, LOCALE_SABBREVMONTHNAME1 + i);
        t->wide_month_long[i] = info_wide(l, name, LOCALE_SMONTHNAME1 + i);
        t->month_short[i] = narrowed(l, t->wide_month_short[i], cp);
        t->month_long[i] = narrowed(l, t->wide_month_long[i], cp);
    }
    t->wide_ampm[0] = info_wide(l, name, LOCALE_S1159);
    t->wide_ampm[1] = info_wide(l, name, LOCALE_S2359);
    t->wide_date_short = info_wide(l, name, LOCALE_SSHORTDATE);
    t->wide_date_long = info_wide(l, name, LOCALE_SLONGDATE);
    t->wide_time = info_wide(l, name, LOCALE_STIMEFORMAT);
    t->ampm[0] = narrowed(l, t->wide_ampm[0], cp);
    t->ampm[1] = narrowed(l, t->wide_ampm[1], cp);
    t->date_short = narrowed(l, t->wide_date_short, cp);
    t->date_long = narrowed(l, t->wide_date_long, cp);
    t->time = narrowed(l, t->wide_time, cp);
    l->time = t;
}

/* A locale of the categories' texts; NULL if one is not known. */
static struct crt_locale *build(const wchar_t *const texts[6])
{
    struct crt_locale *l = calloc(1, sizeof *l);
    struct crt_parsed_locale parsed[6];

    if (!l)
        return NULL;
    l->references = 1;
    for (int i = LC_COLLATE; i <= LC_TIME; i++) {
        if (i > LC_COLLATE && !wcscmp(texts[i], texts[i - 1]))
            parsed[i] = parsed[i - 1];
        else if (!crt_parse_locale(texts[i], &parsed[i])) {
            crt_locale_release(l);
            return NULL;
        }
        l->wide_category[i] = keep(l, _wcsdup(parsed[i].text));
        l->category[i] = l->wide_category[i] ? keep(l, crt_narrow(l->wide_category[i], CP_ACP)) : NULL;
        if (!l->category[i]) {
            crt_locale_release(l);
            return NULL;
        }
        if (!parsed[i].is_c) {
            l->lc_name[i] = keep(l, _wcsdup(parsed[i].name));
            l->lcid[i] = LocaleNameToLCID(parsed[i].name, 0);
        }
    }
    l->codepage = parsed[LC_CTYPE].codepage;
    l->collate_codepage = parsed[LC_COLLATE].codepage;
    fill_ctype(l);
    l->lconv = crt_c_locale.lconv;
    l->time = &crt_c_time;
    if (l->lc_name[LC_NUMERIC])
        fill_numeric(l, l->lc_name[LC_NUMERIC], parsed[LC_NUMERIC].codepage);
    if (l->lc_name[LC_MONETARY])
        fill_monetary(l, l->lc_name[LC_MONETARY], parsed[LC_MONETARY].codepage);
    if (l->lc_name[LC_TIME])
        fill_time(l, l->lc_name[LC_TIME], parsed[LC_TIME].codepage);
    /* LC_ALL: one name, or all of them. */
    bool same = true;
    size_t length = 0;
    for (int i = LC_COLLATE; i <= LC_TIME; i++) {
        same &= !wcscmp(l->wide_category[i], l->wide_category[LC_COLLATE]);
        length += wcslen(l->wide_category[i]) + 16;
    }
    if (same) {
        l->wide_category[0] = l->wide_category[1];
        l->category[0] = l->category[1];
    } else {
        wchar_t *all = keep(l, malloc(length * sizeof *all));
        if (all)
            _snwprintf(all, length, L"LC_COLLATE=%ls;LC_CTYPE=%ls;LC_MONETARY=%ls;LC_NUMERIC=%ls;LC_TIME=%ls",
                       l->wide_category[1], l->wide_category[2], l->wide_category[3], l->wide_category[4],
                       l->wide_category[5]);
        l->wide_category[0] = all;
        l->category[0] = all ? keep(l, crt_narrow(all, CP_ACP)) : NULL;
    }
    return l;
}

/* The locale that results from setting one category (or all) of another; NULL if unknown. */
static struct crt_locale *changed(const struct crt_locale *old, int category, const wchar_t *text)
{
    static const wchar_t *const names[6] = {L"LC_ALL",      L"LC_COLLATE", L"LC_CTYPE",
                                            L"LC_MONETARY", L"LC_NUMERIC", L"LC_TIME"};
    const wchar_t *texts[6];
    wchar_t *copy = NULL;

    for (int i = 0; i < 6; i++)
        texts[i] = category == LC_ALL || category == i ? text : old->wide_category[i];
    if (category == LC_ALL && !wcsncmp(text, L"LC_", 3)) {
        if (!(copy = _wcsdup(text)))
            return NULL;
        for (int i = 1; i < 6; i++)
            texts[i] = old->wide_category[i];
        for (wchar_t *p = copy; *p;) {
            wchar_t *equals = wcschr(p, '='), *end = wcschr(p, ';');
            if (!equals)
                break;
            *equals = 0;
            if (end)
                *end = 0;
            for (int i = 1; i < 6; i++)
                if (!wcscmp(p, names[i]))
                    texts[i] = equals + 1;
            p = end ? end + 1 : equals + 1 + wcslen(equals + 1);
        }
    }
    bool all_c = true;
    for (int i = 1; i < 6; i++)
        all_c &= !wcscmp(texts[i], L"C");
    struct crt_locale *l = all_c ? &crt_c_locale : build(texts);
    free(copy);
    return l;
}

static void publish_globals(struct crt_locale *l)
{
    __mb_cur_max = l->mb_cur_max;
    __lc_codepage = l->codepage;
    __lc_collate_cp = l->collate_codepage;
    memcpy(__lc_handle, l->lcid, sizeof __lc_handle);
    __lconv = &l->lconv;
    _pctype = l->pctype;
}

static struct crt_locale *set(int category, const wchar_t *text)
{
    struct crt_thread *thread = crt_thread();
    bool own = thread->own_locale == 1;

    _lock(CRT_LOCK_LOCALE);
    struct crt_locale *old = own && thread->locale ? thread->locale : crt_global_locale;
    struct crt_locale *l = changed(old, category, text);
    if (l) {
        if (own) {
            if (thread->locale)
                crt_locale_release(thread->locale);
            thread->locale = l;
        } else {
            crt_global_locale = l;
            publish_globals(l);
            /* The old one stays: other threads may be reading it, and pointers into it were given out. */
        }
    }
    _unlock(CRT_LOCK_LOCALE);
    return l;
}

char *setlocale(int category, const char *text)
{
    CRT_CHECK(category >= LC_ALL && category <= LC_TIME, EINVAL, NULL);
    if (!text)
        return crt_current_locale()->category[category];
    wchar_t *wide = crt_wide(text, CP_ACP);
    struct crt_locale *l = wide ? set(category, wide) : NULL;
    free(wide);
    return l ? l->category[category] : NULL;
}

wchar_t *_wsetlocale(int category, const wchar_t *text)
{
    CRT_CHECK(category >= LC_ALL && category <= LC_TIME, EINVAL, NULL);
    if (!text)
        return crt_current_locale()->wide_category[category];
    struct crt_locale *l = set(category, text);
    return l ? l->wide_category[category] : NULL;
}

struct lconv *localeconv(void)
{
    return (struct lconv *)&crt_current_locale()->lconv;
}

#define ENABLE_PER_THREAD  1
#define DISABLE_PER_THREAD 2
int _configthreadlocale(int mode)
{
    struct crt_thread *thread = crt_thread();
    int old = thread->own_locale == 1 ? ENABLE_PER_THREAD : DISABLE_PER_THREAD;

    switch (mode) {
    case ENABLE_PER_THREAD:
        if (!thread->locale) {
            _lock(CRT_LOCK_LOCALE);
            thread->locale = crt_global_locale;
            InterlockedIncrement(&thread->locale->references);
            _unlock(CRT_LOCK_LOCALE);
        }
        thread->own_locale = 1;
        break;
    case DISABLE_PER_THREAD:
        if (thread->locale) {
            crt_locale_release(thread->locale);
            thread->locale = NULL;
        }
        thread->own_locale = 0;
        break;
    case 0: break;
    case -1: per_thread_default = 1; break;
    default: CRT_CHECK(false, EINVAL, -1);
    }
    return old;
}

crt_locale_t _wcreate_locale(int category, const wchar_t *text)
{
    if (category < LC_ALL || category > LC_TIME || !text)
        return NULL;
    crt_locale_t pair = calloc(1, sizeof *pair);
    if (pair) {
        pair->locale = changed(&crt_c_locale, category, text);
        pair->mbc = (struct crt_mbc *)crt_current_mbc();
        if (!pair->locale) {
            free(pair);
            return NULL;
        }
        struct crt_mbc *crt_mbc_make(int codepage);
        struct crt_mbc *mbc = crt_mbc_make((int)pair->locale->codepage);
        if (mbc)
            pair->mbc = mbc;
    }
    return pair;
}
crt_locale_t _create_locale(int category, const char *text)
{
    if (!text)
        return NULL;
    wchar_t *wide = crt_wide(text, CP_ACP);
    crt_locale_t l = wide ? _wcreate_locale(category, wide) : NULL;
    free(wide);
    return l;
}
void _free_locale(crt_locale_t l)
{
    if (l) {
        crt_locale_release(l->locale);
        free(l);
    }
}
crt_locale_t _get_current_locale(void)
{
    crt_locale_t pair = calloc(1, sizeof *pair);

    if (pair) {
        _lock(CRT_LOCK_LOCALE);
        pair->locale = (struct crt_locale *)crt_current_locale();
        if (pair->locale != &crt_c_locale)
            InterlockedIncrement(&pair->locale->references);
        _unlock(CRT_LOCK_LOCALE);
        pair->mbc = (struct crt_mbc *)crt_current_mbc();
    }
    return pair;
}
