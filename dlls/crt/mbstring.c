/*
 * Strings of one- and two-byte characters, by the multibyte code page. A lead byte before the
 * terminator counts as a character of its own.
 */
#include "crt.h"

typedef unsigned char byte;

static inline int size_at(const byte *p, const struct crt_mbc *m)
{
    return m->is_dbcs && m->type[*p + 1] & MB_M1 && p[1] ? 2 : 1;
}
static inline unsigned int value_at(const byte *p, const struct crt_mbc *m)
{
    return size_at(p, m) == 2 ? (unsigned int)(p[0] << 8 | p[1]) : *p;
}

static unsigned int map(unsigned int c, const struct crt_mbc *m, bool upper)
{
    if (c < 256)
        return m->type[c + 1] & (upper ? MB_SBLOW : MB_SBUP) ? m->casemap[c] : c;
    char bytes[2] = {(char)(c >> 8), (char)c}, out[2];
    wchar_t wide;
    if (MultiByteToWideChar(m->codepage, 0, bytes, 2, &wide, 1) == 1 &&
        LCMapStringW(LOCALE_USER_DEFAULT, upper ? LCMAP_UPPERCASE : LCMAP_LOWERCASE, &wide, 1, &wide, 1) ==
            1 &&
        WideCharToMultiByte(m->codepage, 0, &wide, 1, out, 2, NULL, NULL) == 2)
        return (unsigned int)((byte)out[0] << 8 | (byte)out[1]);
    return c;
}

static WORD class_of(unsigned int c, const struct crt_mbc *m)
{
    char bytes[2] = {(char)(c >> 8), (char)c};
    wchar_t wide;
    WORD type = 0;

    if (c < 256)
        return crt_current_locale()->pctype[c];
    if (m->is_dbcs && MultiByteToWideChar(m->codepage, MB_ERR_INVALID_CHARS, bytes, 2, &wide, 1) == 1)
        GetStringTypeW(CT_CTYPE1, &wide, 1, &type);
    return type;
}

/* ---------------------------------------------------------------- characters */

#define CHARACTER(name, test)                                                                                \
    int name##_l(unsigned int c, crt_locale_t l)                                                             \
    {                                                                                                        \
        const struct crt_mbc *m = crt_mbc_of(l);                                                             \
        (void)m;                                                                                             \
        return test;                                                                                         \
    }                                                                                                        \
    int name(unsigned int c)                                                                                 \
    {                                                                                                        \
        return name##_l(c, NULL);                                                                            \
    }
CHARACTER(_ismbcalpha, (class_of(c, m) & CT_ALPHA) != 0)
CHARACTER(_ismbcalnum, (class_of(c, m) & (CT_ALPHA | CT_DIGIT)) != 0)
CHARACTER(_ismbcdigit, (class_of(c, m) & CT_DIGIT) != 0)
CHARACTER(_ismbcgraph, (class_of(c, m) & (CT_PUNCT | CT_ALPHA | CT_DIGIT)) != 0)
CHARACTER(_ismbcprint, (class_of(c, m) & (CT_BLANK | CT_PUNCT | CT_ALPHA | CT_DIGIT)) != 0)
CHARACTER(_ismbcpunct, (class_of(c, m) & CT_PUNCT) != 0)
CHARACTER(_ismbcspace, (class_of(c, m) & CT_SPACE) != 0)
CHARACTER(_ismbclower, (class_of(c, m) & CT_LOWER) != 0)
CHARACTER(_ismbcupper, (class_of(c, m) & CT_UPPER) != 0)
CHARACTER(_ismbclegal, m->is_dbcs && m->type[(c >> 8 & 0xff) + 1] & MB_M1 && m->type[(c & 0xff) + 1] & MB_M2)
CHARACTER(_ismbchira, m->codepage == 932 && c >= 0x829f && c <= 0x82f1)
CHARACTER(_ismbckata, m->codepage == 932 && c >= 0x8340 && c <= 0x8396 && c != 0x837f)
CHARACTER(_ismbcsymbol, m->codepage == 932 && c >= 0x8141 && c <= 0x81ac && c != 0x817f)
CHARACTER(_ismbcl0, m->codepage == 932 && c >= 0x8140 && c <= 0x889e)
CHARACTER(_ismbcl1, m->codepage == 932 && c >= 0x889f && c <= 0x9872)
CHARACTER(_ismbcl2, m->codepage == 932 && c >= 0x989f && c <= 0xeaa4)

#define MAPPING(name, result)                                                                                \
    unsigned int name##_l(unsigned int c, crt_locale_t l)                                                    \
    {                                                                                                        \
        const struct crt_mbc *m = crt_mbc_of(l);                                                             \
        (void)m;                                                                                             \
        return result;                                                                                       \
    }                                                                                                        \
    unsigned int name(unsigned int c)                                                                        \
    {                                                                                                        \
        return name##_l(c, NULL);                                                                            \
    }
MAPPING(_mbctolower, map(c, m, false))
MAPPING(_mbctoupper, map(c, m, true))
MAPPING(_mbctohira,
        m->codepage == 932 && c >= 0x8340 && c <= 0x8393 && c != 0x837f ? c - 0xa1 - (c > 0x837f) : c)
MAPPING(_mbctokata, m->codepage == 932 && c >= 0x829f && c <= 0x82f1 ? c + 0xa1 + (c + 0xa1 >= 0x837f) : c)

static unsigned int jis_to_jms(unsigned int c)
{
    unsigned int high = c >> 8, low = c & 0xff;

    if (high < 0x21 || high > 0x7e || low < 0x21 || low > 0x7e)
        return 0;
    low += high & 1 ? (low >= 0x60 ? 0x20 : 0x1f) : 0x7e;
    high = ((high - 0x21) >> 1) + 0x81;
    if (high > 0x9f)
        high += 0x40;
    return high << 8 | low;
}
static unsigned int jms_to_jis(unsigned int c)
{
    unsigned int high = c >> 8, low = c & 0xff;

    if (high >= 0xe0)
        high -= 0x40;
    high = (high - 0x81) * 2 + 0x21;
    if (low >= 0x9f) {
        high++;
        low -= 0x7e;
    } else {
        low -= low > 0x7f ? 0x20 : 0x1f;
    }
    return high >= 0x21 && high <= 0x7e && low >= 0x21 && low <= 0x7e ? high << 8 | low : 0;
}
MAPPING(_mbcjistojms, m->codepage == 932 ? jis_to_jms(c) : c)
MAPPING(_mbcjmstojis, m->codepage == 932 ? (_ismbclegal_l(c, l) ? jms_to_jis(c) : 0) : c)

size_t _mbclen_l(const byte *p, crt_locale_t l)
{
    return size_at(p, crt_mbc_of(l));
}
size_t _mbclen(const byte *p)
{
    return size_at(p, crt_current_mbc());
}

#define BYTE_SINGLE  0
#define BYTE_LEAD    1
#define BYTE_TRAIL   2
#define BYTE_ILLEGAL (-1)
int _mbbtype_l(byte c, int previous, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);

    if (previous == BYTE_LEAD)
        return m->type[c + 1] & MB_M2 ? BYTE_TRAIL : BYTE_ILLEGAL;
    if (m->type[c + 1] & MB_M1)
        return BYTE_LEAD;
    return BYTE_SINGLE;
}
int _mbbtype(byte c, int previous)
{
    return _mbbtype_l(c, previous, NULL);
}
int _mbsbtype_l(const byte *text, size_t index, crt_locale_t l)
{
    int type = BYTE_ILLEGAL;

    CRT_CHECK(text, EINVAL, BYTE_ILLEGAL);
    for (size_t i = 0; i <= index; i++) {
        if (!text[i])
            return BYTE_ILLEGAL;
        type = _mbbtype_l(text[i], type, l);
    }
    return type;
}
int _mbsbtype(const byte *text, size_t index)
{
    return _mbsbtype_l(text, index, NULL);
}
int _ismbslead_l(const byte *start, const byte *at, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);

    if (!m->is_dbcs)
        return 0;
    for (; start <= at && *start; start++) {
        bool lead = m->type[*start + 1] & MB_M1;
        if (start == at)
            return lead ? -1 : 0;
        if (lead)
            start++;
    }
    return 0;
}
int _ismbslead(const byte *start, const byte *at)
{
    return _ismbslead_l(start, at, NULL);
}
int _ismbstrail_l(const byte *start, const byte *at, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);

    if (!m->is_dbcs)
        return 0;
    for (; start <= at && *start; start++)
        if (m->type[*start + 1] & MB_M1) {
            if (++start == at)
                return -1;
            if (!*start)
                return 0;
        }
    return 0;
}
int _ismbstrail(const byte *start, const byte *at)
{
    return _ismbstrail_l(start, at, NULL);
}

/* ---------------------------------------------------------------- moving and measuring */

byte *_mbsinc_l(const byte *p, crt_locale_t l)
{
    CRT_CHECK(p, EINVAL, NULL);
    return (byte *)p + size_at(p, crt_mbc_of(l));
}
byte *_mbsinc(const byte *p)
{
    return _mbsinc_l(p, NULL);
}
byte *_mbsdec_l(const byte *start, const byte *p, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);
    const byte *last = NULL;

    CRT_CHECK(start && p, EINVAL, NULL);
    while (start < p) {
        last = start;
        start += size_at(start, m);
    }
    return (byte *)last;
}
byte *_mbsdec(const byte *start, const byte *p)
{
    return _mbsdec_l(start, p, NULL);
}
unsigned int _mbsnextc_l(const byte *p, crt_locale_t l)
{
    CRT_CHECK(p, EINVAL, 0);
    return value_at(p, crt_mbc_of(l));
}
unsigned int _mbsnextc(const byte *p)
{
    return _mbsnextc_l(p, NULL);
}
/* Bytes in the first `count` characters. */
size_t _mbsnbcnt_l(const byte *p, size_t count, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);
    const byte *start = p;

    CRT_CHECK(p || !count, EINVAL, 0);
    while (count-- && *p)
        p += size_at(p, m);
    return p - start;
}
size_t _mbsnbcnt(const byte *p, size_t count)
{
    return _mbsnbcnt_l(p, count, NULL);
}
/* Characters in the first `count` bytes. */
size_t _mbsnccnt_l(const byte *p, size_t count, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);
    const byte *end = p + count;
    size_t n = 0;

    CRT_CHECK(p || !count, EINVAL, 0);
    for (; p < end && *p; n++)
        p += size_at(p, m);
    return n;
}
size_t _mbsnccnt(const byte *p, size_t count)
{
    return _mbsnccnt_l(p, count, NULL);
}
size_t _mbslen_l(const byte *p, crt_locale_t l)
{
    CRT_CHECK(p, EINVAL, (size_t)-1);
    return _mbsnccnt_l(p, strlen((char *)p), l);
}
size_t _mbslen(const byte *p)
{
    return _mbslen_l(p, NULL);
}
size_t _mbsnlen_l(const byte *p, size_t size, crt_locale_t l)
{
    size_t length = strnlen((char *)p, size);
    return length == size ? size : _mbsnccnt_l(p, length, l);
}
size_t _mbsnlen(const byte *p, size_t size)
{
    return _mbsnlen_l(p, size, NULL);
}
byte *_mbsninc_l(const byte *p, size_t count, crt_locale_t l)
{
    return p ? (byte *)p + _mbsnbcnt_l(p, count, l) : NULL;
}
byte *_mbsninc(const byte *p, size_t count)
{
    return _mbsninc_l(p, count, NULL);
}
/* By the locale's code page. */
size_t _mbstrnlen_l(const char *p, size_t limit, crt_locale_t l)
{
    size_t n = 0;
    const char *end = p + limit;

    CRT_CHECK(p, EINVAL, (size_t)-1);
    while (p < end && *p) {
        wchar_t c;
        int size = crt_mbtowc(&c, p, crt_locale_of(l)->mb_cur_max, l);
        if (size <= 0) {
            errno = EILSEQ;
            return (size_t)-1;
        }
        p += size;
        n++;
    }
    return n;
}
size_t _mbstrnlen(const char *p, size_t limit)
{
    return _mbstrnlen_l(p, limit, NULL);
}
size_t _mbstrlen_l(const char *p, crt_locale_t l)
{
    return _mbstrnlen_l(p, p ? strlen(p) : 0, l);
}
size_t _mbstrlen(const char *p)
{
    return _mbstrlen_l(p, NULL);
}

/* ---------------------------------------------------------------- comparing */

/* With limits in bytes and in characters; SIZE_MAX is none. */
static int compare(const byte *a, const byte *b, size_t bytes, size_t characters, bool fold, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);

    if (!bytes || !characters)
        return 0;
    CRT_CHECK(a && b, EINVAL, INT_MAX);
    while (bytes && characters) {
        unsigned int x = value_at(a, m), y = value_at(b, m);
        int step = size_at(a, m);
        if (bytes < (size_t)step)
            x = *a, y = *b;
        if (fold) {
            x = map(x, m, false);
            y = map(y, m, false);
        }
        if (x != y)
            return x < y ? -1 : 1;
        if (!x)
            break;
        a += step;
        b += size_at(b, m);
        bytes -= bytes == SIZE_MAX ? 0 : bytes < (size_t)step ? bytes : (size_t)step;
        characters -= characters != SIZE_MAX;
    }
    return 0;
}
static int collate(const byte *a, const byte *b, size_t a_bytes, size_t b_bytes, DWORD flags, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);
    wchar_t *x, *y;

    CRT_CHECK(a && b, EINVAL, INT_MAX);
    if (!crt_locale_of(l)->lc_name[LC_COLLATE])
        return compare(a, b, a_bytes > b_bytes ? a_bytes : b_bytes, SIZE_MAX, flags != 0, l);
    x = malloc((a_bytes + b_bytes + 2) * sizeof *x);
    if (!x)
        return INT_MAX;
    int n = MultiByteToWideChar(m->codepage, 0, (char *)a, (int)a_bytes, x, (int)a_bytes);
    y = x + n;
    int k = MultiByteToWideChar(m->codepage, 0, (char *)b, (int)b_bytes, y, (int)b_bytes);
    int result = CompareStringEx(crt_locale_of(l)->lc_name[LC_COLLATE], flags | SORT_STRINGSORT, x, n, y, k,
                                 NULL, NULL, 0);
    free(x);
    return result ? result - 2 : INT_MAX;
}

#define COMPARE2(name, call)                                                                                 \
    int name##_l(const byte *a, const byte *b, crt_locale_t l)                                               \
    {                                                                                                        \
        return call;                                                                                         \
    }                                                                                                        \
    int name(const byte *a, const byte *b)                                                                   \
    {                                                                                                        \
        return name##_l(a, b, NULL);                                                                         \
    }
#define COMPARE3(name, call)                                                                                 \
    int name##_l(const byte *a, const byte *b, size_t n, crt_locale_t l)                                     \
    {                                                                                                        \
        return call;                                                                                         \
    }                                                                                                        \
    int name(const byte *a, const byte *b, size_t n)                                                         \
    {                                                                                                        \
        return name##_l(a, b, n, NULL);                                                                      \
    }
#define LENGTH(p)  strlen((char *)(p))
#define LIMITED(p) strnlen((char *)(p), n)
COMPARE2(_mbscmp, compare(a, b, SIZE_MAX, SIZE_MAX, false, l))
COMPARE2(_mbsicmp, compare(a, b, SIZE_MAX, SIZE_MAX, true, l))
COMPARE3(_mbsncmp, compare(a, b, SIZE_MAX, n, false, l))
COMPARE3(_mbsnicmp, compare(a, b, SIZE_MAX, n, true, l))
COMPARE3(_mbsnbcmp, compare(a, b, n, SIZE_MAX, false, l))
COMPARE3(_mbsnbicmp, compare(a, b, n, SIZE_MAX, true, l))
COMPARE2(_mbscoll, collate(a, b, LENGTH(a), LENGTH(b), 0, l))
COMPARE2(_mbsicoll, collate(a, b, LENGTH(a), LENGTH(b), NORM_IGNORECASE, l))
COMPARE3(_mbsncoll, collate(a, b, _mbsnbcnt_l(a, n, l), _mbsnbcnt_l(b, n, l), 0, l))
COMPARE3(_mbsnicoll, collate(a, b, _mbsnbcnt_l(a, n, l), _mbsnbcnt_l(b, n, l), NORM_IGNORECASE, l))
COMPARE3(_mbsnbcoll, collate(a, b, LIMITED(a), LIMITED(b), 0, l))
COMPARE3(_mbsnbicoll, collate(a, b, LIMITED(a), LIMITED(b), NORM_IGNORECASE, l))

/* ---------------------------------------------------------------- searching */

byte *_mbschr_l(const byte *p, unsigned int c, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);

    CRT_CHECK(p, EINVAL, NULL);
    for (;; p += size_at(p, m)) {
        if (value_at(p, m) == c)
            return (byte *)p;
        if (!*p)
            return NULL;
    }
}
byte *_mbschr(const byte *p, unsigned int c)
{
    return _mbschr_l(p, c, NULL);
}
byte *_mbsrchr_l(const byte *p, unsigned int c, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);
    const byte *found = NULL;

    CRT_CHECK(p, EINVAL, NULL);
    for (;; p += size_at(p, m)) {
        if (value_at(p, m) == c)
            found = p;
        if (!*p)
            return (byte *)found;
    }
}
byte *_mbsrchr(const byte *p, unsigned int c)
{
    return _mbsrchr_l(p, c, NULL);
}
byte *_mbsstr_l(const byte *p, const byte *part, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);
    size_t length;

    CRT_CHECK(p && part, EINVAL, NULL);
    length = LENGTH(part);
    for (;; p += size_at(p, m)) {
        if (!strncmp((char *)p, (char *)part, length))
            return (byte *)p;
        if (!*p)
            return NULL;
    }
}
byte *_mbsstr(const byte *p, const byte *part)
{
    return _mbsstr_l(p, part, NULL);
}
static const byte *span(const byte *p, const byte *set, bool in, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);

    for (; *p; p += size_at(p, m))
        if ((_mbschr_l(set, value_at(p, m), l) != NULL) != in)
            break;
    return p;
}
size_t _mbsspn_l(const byte *p, const byte *set, crt_locale_t l)
{
    CRT_CHECK(p && set, EINVAL, 0);
    return span(p, set, true, l) - p;
}
size_t _mbsspn(const byte *p, const byte *set)
{
    return _mbsspn_l(p, set, NULL);
}
size_t _mbscspn_l(const byte *p, const byte *set, crt_locale_t l)
{
    CRT_CHECK(p && set, EINVAL, 0);
    return span(p, set, false, l) - p;
}
size_t _mbscspn(const byte *p, const byte *set)
{
    return _mbscspn_l(p, set, NULL);
}
byte *_mbspbrk_l(const byte *p, const byte *set, crt_locale_t l)
{
    CRT_CHECK(p && set, EINVAL, NULL);
    p = span(p, set, false, l);
    return *p ? (byte *)p : NULL;
}
byte *_mbspbrk(const byte *p, const byte *set)
{
    return _mbspbrk_l(p, set, NULL);
}
byte *_mbsspnp_l(const byte *p, const byte *set, crt_locale_t l)
{
    CRT_CHECK(p && set, EINVAL, NULL);
    p = span(p, set, true, l);
    return *p ? (byte *)p : NULL;
}
byte *_mbsspnp(const byte *p, const byte *set)
{
    return _mbsspnp_l(p, set, NULL);
}
byte *_mbstok_s_l(byte *p, const byte *set, byte **context, crt_locale_t l)
{
    CRT_CHECK(context && set && (p || *context), EINVAL, NULL);
    if (!p)
        p = *context;
    p = (byte *)span(p, set, true, l);
    if (!*p) {
        *context = p;
        return NULL;
    }
    byte *end = (byte *)span(p, set, false, l);
    if (*end) {
        int size = size_at(end, crt_mbc_of(l));
        *end = 0;
        end += size;
    }
    *context = end;
    return p;
}
byte *_mbstok_s(byte *p, const byte *set, byte **context)
{
    return _mbstok_s_l(p, set, context, NULL);
}
byte *_mbstok_l(byte *p, const byte *set, crt_locale_t l)
{
    struct crt_thread *thread = crt_thread();

    if (!p && !thread->mbstok_next)
        return NULL;
    return _mbstok_s_l(p, set, &thread->mbstok_next, l);
}
byte *_mbstok(byte *p, const byte *set)
{
    return _mbstok_l(p, set, NULL);
}

/* ---------------------------------------------------------------- copying */

byte *_mbscpy(byte *to, const byte *from)
{
    return (byte *)strcpy((char *)to, (char *)from);
}
byte *_mbscat(byte *to, const byte *from)
{
    return (byte *)strcat((char *)to, (char *)from);
}
byte *_mbsdup(const byte *p)
{
    return (byte *)_strdup((char *)p);
}
void _mbccpy_l(byte *to, const byte *from, crt_locale_t l)
{
    memcpy(to, from, size_at(from, crt_mbc_of(l)));
}
void _mbccpy(byte *to, const byte *from)
{
    _mbccpy_l(to, from, NULL);
}

/* How many of the first `limit` bytes are whole characters. */
static size_t whole(const byte *p, size_t limit, const struct crt_mbc *m)
{
    size_t n = 0;

    while (n < limit && p[n]) {
        int size = size_at(p + n, m);
        if (n + size > limit)
            break;
        n += size;
    }
    return n;
}

byte *_mbsnbcpy_l(byte *to, const byte *from, size_t count, crt_locale_t l)
{
    CRT_CHECK(to && from, EINVAL, NULL);
    size_t n = whole(from, count, crt_mbc_of(l));
    memcpy(to, from, n);
    memset(to + n, 0, count - n);
    return to;
}
byte *_mbsnbcpy(byte *to, const byte *from, size_t count)
{
    return _mbsnbcpy_l(to, from, count, NULL);
}
byte *_mbsncpy_l(byte *to, const byte *from, size_t count, crt_locale_t l)
{
    CRT_CHECK(to && from, EINVAL, NULL);
    size_t n = _mbsnbcnt_l(from, count, l), characters = _mbsnccnt_l(from, n, l);
    memcpy(to, from, n);
    memset(to + n, 0, count - characters);
    return to;
}
byte *_mbsncpy(byte *to, const byte *from, size_t count)
{
    return _mbsncpy_l(to, from, count, NULL);
}
byte *_mbsnbcat_l(byte *to, const byte *from, size_t count, crt_locale_t l)
{
    CRT_CHECK(to && from, EINVAL, NULL);
    size_t n = whole(from, count, crt_mbc_of(l)), used = LENGTH(to);
    memcpy(to + used, from, n);
    to[used + n] = 0;
    return to;
}
byte *_mbsnbcat(byte *to, const byte *from, size_t count)
{
    return _mbsnbcat_l(to, from, count, NULL);
}
byte *_mbsncat_l(byte *to, const byte *from, size_t count, crt_locale_t l)
{
    CRT_CHECK(to && from, EINVAL, NULL);
    return _mbsnbcat_l(to, from, _mbsnbcnt_l(from, count, l), l);
}
byte *_mbsncat(byte *to, const byte *from, size_t count)
{
    return _mbsncat_l(to, from, count, NULL);
}

byte *_mbsrev_l(byte *text, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);
    size_t length = LENGTH(text), out = length;
    byte *copy = malloc(length + 1);

    if (!copy)
        return NULL;
    memcpy(copy, text, length + 1);
    for (byte *p = copy; *p;) {
        int size = size_at(p, m);
        out -= size;
        memcpy(text + out, p, size);
        p += size;
    }
    free(copy);
    return text;
}
byte *_mbsrev(byte *text)
{
    return _mbsrev_l(text, NULL);
}

/* Fills bytes of the text, at most `bytes`, with whole characters; a last odd byte gets a space. */
static byte *fill(byte *text, unsigned int c, size_t bytes, size_t characters)
{
    byte *p = text;

    while (*p && bytes && characters--) {
        if (c > 255) {
            if (!p[1] || bytes < 2) {
                *p = ' ';
                break;
            }
            *p++ = (byte)(c >> 8);
            *p++ = (byte)c;
            bytes -= 2;
        } else {
            *p++ = (byte)c;
            bytes--;
        }
    }
    return text;
}
byte *_mbsset_l(byte *text, unsigned int c, crt_locale_t l)
{
    return (void)l, fill(text, c, SIZE_MAX, SIZE_MAX);
}
byte *_mbsset(byte *text, unsigned int c)
{
    return fill(text, c, SIZE_MAX, SIZE_MAX);
}
byte *_mbsnset_l(byte *text, unsigned int c, size_t n, crt_locale_t l)
{
    return (void)l, fill(text, c, SIZE_MAX, n);
}
byte *_mbsnset(byte *text, unsigned int c, size_t n)
{
    return fill(text, c, SIZE_MAX, n);
}
byte *_mbsnbset_l(byte *text, unsigned int c, size_t n, crt_locale_t l)
{
    return (void)l, fill(text, c, n, SIZE_MAX);
}
byte *_mbsnbset(byte *text, unsigned int c, size_t n)
{
    return fill(text, c, n, SIZE_MAX);
}

static byte *change_case(byte *text, bool upper, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);

    CRT_CHECK(text, EINVAL, NULL);
    for (byte *p = text; *p; p += size_at(p, m)) {
        unsigned int c = map(value_at(p, m), m, upper);
        if (c > 255) {
            p[0] = (byte)(c >> 8);
            p[1] = (byte)c;
        } else {
            *p = (byte)c;
        }
    }
    return text;
}
byte *_mbslwr_l(byte *text, crt_locale_t l)
{
    return change_case(text, false, l);
}
byte *_mbslwr(byte *text)
{
    return change_case(text, false, NULL);
}
byte *_mbsupr_l(byte *text, crt_locale_t l)
{
    return change_case(text, true, l);
}
byte *_mbsupr(byte *text)
{
    return change_case(text, true, NULL);
}

/* ---------------------------------------------------------------- the checked forms */

#define FAIL(code)                                                                                           \
    do {                                                                                                     \
        *to = 0;                                                                                             \
        errno = (code);                                                                                      \
        _invalid_parameter_noinfo();                                                                         \
        return (code);                                                                                       \
    } while (0)

/* Puts `bytes` bytes of whole characters after `used`; _TRUNCATE takes what fits. */
static int put(byte *to, size_t used, size_t size, const byte *from, size_t bytes, bool truncate,
               crt_locale_t l)
{
    if (bytes >= size - used) {
        if (!truncate)
            FAIL(ERANGE);
        bytes = whole(from, size - used - 1, crt_mbc_of(l));
        memcpy(to + used, from, bytes);
        to[used + bytes] = 0;
        return STRUNCATE;
    }
    memcpy(to + used, from, bytes);
    to[used + bytes] = 0;
    return 0;
}

#define CHECKED(name, limit)                                                                                 \
    int _mbs##name##cpy_s_l(byte *to, size_t size, const byte *from, size_t n, crt_locale_t l)               \
    {                                                                                                        \
        if (!n && !to && !size)                                                                              \
            return 0;                                                                                        \
        CRT_CHECK(to &&size, EINVAL, EINVAL);                                                                \
        if (!n) {                                                                                            \
            *to = 0;                                                                                         \
            return 0;                                                                                        \
        }                                                                                                    \
        if (!from)                                                                                           \
            FAIL(EINVAL);                                                                                    \
        return put(to, 0, size, from, n == _TRUNCATE ? LENGTH(from) : limit, n == _TRUNCATE, l);             \
    }                                                                                                        \
    int _mbs##name##cpy_s(byte *to, size_t size, const byte *from, size_t n)                                 \
    {                                                                                                        \
        return _mbs##name##cpy_s_l(to, size, from, n, NULL);                                                 \
    }                                                                                                        \
    int _mbs##name##cat_s_l(byte *to, size_t size, const byte *from, size_t n, crt_locale_t l)               \
    {                                                                                                        \
        if (!n && !to && !size)                                                                              \
            return 0;                                                                                        \
        CRT_CHECK(to &&size, EINVAL, EINVAL);                                                                \
        size_t used = strnlen((char *)to, size);                                                             \
        if (used == size || (!from && n))                                                                    \
            FAIL(EINVAL);                                                                                    \
        if (!n)                                                                                              \
            return 0;                                                                                        \
        return put(to, used, size, from, n == _TRUNCATE ? LENGTH(from) : limit, n == _TRUNCATE, l);          \
    }                                                                                                        \
    int _mbs##name##cat_s(byte *to, size_t size, const byte *from, size_t n)                                 \
    {                                                                                                        \
        return _mbs##name##cat_s_l(to, size, from, n, NULL);                                                 \
    }
CHECKED(n, _mbsnbcnt_l(from, n, l))
CHECKED(nb, whole(from, n, crt_mbc_of(l)))

int strcpy_s(char *to, size_t size, const char *from);
int strcat_s(char *to, size_t size, const char *from);
int _mbscpy_s_l(byte *to, size_t size, const byte *from, crt_locale_t l)
{
    return (void)l, strcpy_s((char *)to, size, (char *)from);
}
int _mbscpy_s(byte *to, size_t size, const byte *from)
{
    return strcpy_s((char *)to, size, (char *)from);
}
int _mbscat_s_l(byte *to, size_t size, const byte *from, crt_locale_t l)
{
    return (void)l, strcat_s((char *)to, size, (char *)from);
}
int _mbscat_s(byte *to, size_t size, const byte *from)
{
    return strcat_s((char *)to, size, (char *)from);
}
int _mbccpy_s_l(byte *to, size_t size, int *ret_size, const byte *from, crt_locale_t l)
{
    CRT_CHECK(to && size, EINVAL, EINVAL);
    if (!from)
        FAIL(EINVAL);
    int n = size_at(from, crt_mbc_of(l));
    if ((size_t)n > size)
        FAIL(ERANGE);
    memcpy(to, from, n);
    if (ret_size)
        *ret_size = n;
    return 0;
}
int _mbccpy_s(byte *to, size_t size, int *ret_size, const byte *from)
{
    return _mbccpy_s_l(to, size, ret_size, from, NULL);
}

#define IN_PLACE(name, parameters, pass, call)                                                               \
    int name##_s_l parameters                                                                                \
    {                                                                                                        \
        CRT_CHECK(to &&size, EINVAL, EINVAL);                                                                \
        if (strnlen((char *)to, size) == size)                                                               \
            FAIL(EINVAL);                                                                                    \
        call;                                                                                                \
        return 0;                                                                                            \
    }
IN_PLACE(_mbslwr, (byte * to, size_t size, crt_locale_t l), , _mbslwr_l(to, l))
IN_PLACE(_mbsupr, (byte * to, size_t size, crt_locale_t l), , _mbsupr_l(to, l))
IN_PLACE(_mbsset, (byte * to, size_t size, unsigned int c, crt_locale_t l), , _mbsset_l(to, c, l))
IN_PLACE(_mbsnset, (byte * to, size_t size, unsigned int c, size_t n, crt_locale_t l), ,
         _mbsnset_l(to, c, n, l))
IN_PLACE(_mbsnbset, (byte * to, size_t size, unsigned int c, size_t n, crt_locale_t l), ,
         _mbsnbset_l(to, c, n, l))
int _mbslwr_s(byte *to, size_t size)
{
    return _mbslwr_s_l(to, size, NULL);
}
int _mbsupr_s(byte *to, size_t size)
{
    return _mbsupr_s_l(to, size, NULL);
}
int _mbsset_s(byte *to, size_t size, unsigned int c)
{
    return _mbsset_s_l(to, size, c, NULL);
}
int _mbsnset_s(byte *to, size_t size, unsigned int c, size_t n)
{
    return _mbsnset_s_l(to, size, c, n, NULL);
}
int _mbsnbset_s(byte *to, size_t size, unsigned int c, size_t n)
{
    return _mbsnbset_s_l(to, size, c, n, NULL);
}
