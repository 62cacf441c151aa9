/*
 * The multibyte code page of the _mbs functions (_setmbcp), and the _ismbb classes of single bytes.
 */
#include "crt.h"

static struct crt_mbc initial = {.references = 1};
struct crt_mbc *volatile crt_global_mbc = &initial;
unsigned char _mbctype[257];
unsigned char _mbcasemap[257];
static bool ready;
struct crt_mbc *crt_mbc_make(int codepage);

static void fill(struct crt_mbc *m, int codepage)
{
    CPINFO info = {0};

    m->codepage = codepage;
    for (int i = 0; i < 256; i++) {
        m->type[i + 1] = i >= 'A' && i <= 'Z' ? MB_SBUP : i >= 'a' && i <= 'z' ? MB_SBLOW : 0;
        m->casemap[i] = (unsigned char)(i >= 'A' && i <= 'Z' ? i + 32 : i >= 'a' && i <= 'z' ? i - 32 : 0);
    }
    if (!codepage || !GetCPInfo(codepage, &info))
        return;
    m->is_dbcs = info.MaxCharSize == 2 && info.LeadByte[0];
    for (int i = 0; m->is_dbcs && i + 1 < MAX_LEADBYTES && info.LeadByte[i]; i += 2)
        for (int c = info.LeadByte[i]; c <= info.LeadByte[i + 1]; c++)
            m->type[c + 1] |= MB_M1;
    if (m->is_dbcs)
        for (int c = 0x40; c < 0xff; c++)
            m->type[c + 1] |= MB_M2;
    if (codepage == 932) { /* half-width Katakana */
        for (int c = 0xa1; c <= 0xdf; c++)
            m->type[c + 1] |= c <= 0xa5 ? MB_P : MB_SP;
        m->type[0x7f + 1] &= ~MB_M2;
        m->type[0xfd + 1] &= ~MB_M2;
        m->type[0xfe + 1] &= ~MB_M2;
    }
    if (info.MaxCharSize == 1)
        for (int i = 128; i < 256; i++) {
            char byte = (char)i, out;
            wchar_t wide, mapped;
            BOOL lost = FALSE;
            if (MultiByteToWideChar(codepage, MB_ERR_INVALID_CHARS, &byte, 1, &wide, 1) != 1)
                continue;
            WORD type = 0;
            GetStringTypeW(CT_CTYPE1, &wide, 1, &type);
            bool upper = type & CT_UPPER, lower = type & CT_LOWER;
            if (!upper && !lower)
                continue;
            m->type[i + 1] |= upper ? MB_SBUP : MB_SBLOW;
            LCMapStringW(LOCALE_USER_DEFAULT, upper ? LCMAP_LOWERCASE : LCMAP_UPPERCASE, &wide, 1, &mapped,
                         1);
            if (WideCharToMultiByte(codepage, 0, &mapped, 1, &out, 1, NULL, &lost) == 1 && !lost)
                m->casemap[i] = (unsigned char)out;
        }
}

struct crt_mbc *crt_mbc_make(int codepage)
{
    struct crt_mbc *m = calloc(1, sizeof *m);

    if (m) {
        m->references = 1;
        fill(m, codepage);
    }
    return m;
}

static void publish(struct crt_mbc *m)
{
    memcpy(_mbctype, m->type, sizeof _mbctype);
    memcpy(_mbcasemap, m->casemap, 256);
}

/* The tables are made when first looked at: most programs never do. */
const struct crt_mbc *crt_current_mbc(void)
{
    if (!ready) {
        _lock(CRT_LOCK_MULTIBYTE);
        if (!ready) {
            fill(&initial, GetACP());
            if (initial.codepage == CP_UTF8) /* not a double-byte page */
                initial.is_dbcs = false;
            publish(&initial);
            ready = true;
        }
        _unlock(CRT_LOCK_MULTIBYTE);
    }
    return crt_global_mbc;
}

int _getmbcp(void)
{
    const struct crt_mbc *m = crt_current_mbc();
    return m->is_dbcs ? m->codepage : 0;
}

#define MB_CP_SBCS   0
#define MB_CP_OEM    (-2)
#define MB_CP_ANSI   (-3)
#define MB_CP_LOCALE (-4)
#define MB_CP_UTF8   65001
int _setmbcp(int codepage)
{
    crt_current_mbc();
    if (codepage == MB_CP_OEM)
        codepage = GetOEMCP();
    else if (codepage == MB_CP_ANSI)
        codepage = GetACP();
    else if (codepage == MB_CP_LOCALE)
        codepage = crt_current_locale()->codepage;
    if (codepage && !IsValidCodePage(codepage)) {
        errno = EINVAL;
        return -1;
    }
    struct crt_mbc *m = crt_mbc_make(codepage);
    if (!m)
        return -1;
    _lock(CRT_LOCK_MULTIBYTE);
    crt_global_mbc = m; /* the old one stays: others may be reading it */
    publish(m);
    _unlock(CRT_LOCK_MULTIBYTE);
    return 0;
}

unsigned char *__p__mbctype(void)
{
    crt_current_mbc();
    return _mbctype;
}
unsigned char *__p__mbcasemap(void)
{
    crt_current_mbc();
    return _mbcasemap;
}

/* Single bytes. */
#define BYTE_CLASS(name, test)                                                                               \
    int name##_l(unsigned int c, crt_locale_t locale)                                                        \
    {                                                                                                        \
        const struct crt_mbc *m = crt_mbc_of(locale);                                                        \
        const unsigned short *ctype = crt_locale_of(locale)->pctype;                                         \
        c &= 0xff;                                                                                           \
        unsigned char type = m->type[c + 1];                                                                 \
        (void)type, (void)ctype;                                                                             \
        return test;                                                                                         \
    }                                                                                                        \
    int name(unsigned int c)                                                                                 \
    {                                                                                                        \
        return name##_l(c, NULL);                                                                            \
    }
BYTE_CLASS(_ismbblead, (type & MB_M1) != 0)
BYTE_CLASS(_ismbbtrail, (type & MB_M2) != 0)
BYTE_CLASS(_ismbbkalnum, m->codepage == 932 && (type & MB_SP) != 0)
BYTE_CLASS(_ismbbkana, m->codepage == 932 && (type & (MB_SP | MB_P)) != 0)
BYTE_CLASS(_ismbbkpunct, m->codepage == 932 && (type & MB_P) != 0)
BYTE_CLASS(_ismbbkprint, m->codepage == 932 && (type & (MB_SP | MB_P)) != 0)
BYTE_CLASS(_ismbbalpha, (ctype[c] & CT_ALPHA) || (m->codepage == 932 && type & MB_SP))
BYTE_CLASS(_ismbbalnum, (ctype[c] & (CT_ALPHA | CT_DIGIT)) || (m->codepage == 932 && type & MB_SP))
BYTE_CLASS(_ismbbpunct, (ctype[c] & CT_PUNCT) || (m->codepage == 932 && type & MB_P))
BYTE_CLASS(_ismbbprint, (ctype[c] & (CT_BLANK | CT_PUNCT | CT_ALPHA | CT_DIGIT)) ||
                            (m->codepage == 932 && type & (MB_SP | MB_P)))
BYTE_CLASS(_ismbbgraph,
           (ctype[c] & (CT_PUNCT | CT_ALPHA | CT_DIGIT)) || (m->codepage == 932 && type & (MB_SP | MB_P)))
BYTE_CLASS(_ismbbblank, c == '\t' || (ctype[c] & CT_BLANK))
