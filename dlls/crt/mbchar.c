/*
 * Multibyte characters: classes, mapping, lead and trail bytes.
 */
#include "mbstring_private.h"

unsigned int mb_map(unsigned int c, const struct crt_mbc *m, bool upper)
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
MAPPING(_mbctolower, mb_map(c, m, false))
MAPPING(_mbctoupper, mb_map(c, m, true))
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
    return mb_size_at(p, crt_mbc_of(l));
}
size_t _mbclen(const byte *p)
{
    return mb_size_at(p, crt_current_mbc());
}

#define BYTE_SINGLE  0
#define BYTE_LEAD    1
#define BYTE_TRAIL   2
#define BYTE_ILLEGAL (-1)
int _ismbbprint_l(unsigned int c, crt_locale_t l);
int _mbbtype_l(byte c, int previous, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);

    if (previous == BYTE_LEAD)
        return m->type[c + 1] & MB_M2 ? BYTE_TRAIL : BYTE_ILLEGAL;
    if (m->type[c + 1] & MB_M1)
        return BYTE_LEAD;
    return !m->is_dbcs || _ismbbprint_l(c, l) ? BYTE_SINGLE : BYTE_ILLEGAL;
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
