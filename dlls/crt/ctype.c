/*
 * Character classes and case, narrow (tables of the locale) and wide (a table for Latin-1, the
 * system's tables beyond).
 */
#include "crt.h"

#define U           CT_UPPER
#define L           CT_LOWER
#define C           CT_CONTROL
#define SP          CT_SPACE
#define P           CT_PUNCT
#define ALPHA_UPPER (0x100 | U)
#define ALPHA_LOWER (0x100 | L)
#define HEX_UPPER   (0x100 | U | CT_HEX)
#define HEX_LOWER   (0x100 | L | CT_HEX)
#define DIGIT       (CT_DIGIT | CT_HEX)
#define ASCII_CLASSES                                                                                        \
    C, C, C, C, C, C, C, C, C, C | SP, C | SP, C | SP, C | SP, C | SP, C, C, C, C, C, C, C, C, C, C, C, C,   \
        C, C, C, C, C, C, SP | CT_BLANK, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, DIGIT, DIGIT, DIGIT,   \
        DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, P, P, P, P, P, P, P, HEX_UPPER, HEX_UPPER,          \
        HEX_UPPER, HEX_UPPER, HEX_UPPER, HEX_UPPER, ALPHA_UPPER, ALPHA_UPPER, ALPHA_UPPER, ALPHA_UPPER,      \
        ALPHA_UPPER, ALPHA_UPPER, ALPHA_UPPER, ALPHA_UPPER, ALPHA_UPPER, ALPHA_UPPER, ALPHA_UPPER,           \
        ALPHA_UPPER, ALPHA_UPPER, ALPHA_UPPER, ALPHA_UPPER, ALPHA_UPPER, ALPHA_UPPER, ALPHA_UPPER,           \
        ALPHA_UPPER, ALPHA_UPPER, P, P, P, P, P, P, HEX_LOWER, HEX_LOWER, HEX_LOWER, HEX_LOWER, HEX_LOWER,   \
        HEX_LOWER, ALPHA_LOWER, ALPHA_LOWER, ALPHA_LOWER, ALPHA_LOWER, ALPHA_LOWER, ALPHA_LOWER,             \
        ALPHA_LOWER, ALPHA_LOWER, ALPHA_LOWER, ALPHA_LOWER, ALPHA_LOWER, ALPHA_LOWER, ALPHA_LOWER,           \
        ALPHA_LOWER, ALPHA_LOWER, ALPHA_LOWER, ALPHA_LOWER, ALPHA_LOWER, ALPHA_LOWER, ALPHA_LOWER, P, P, P,  \
        P, C

/* [0] is EOF's entry. */
unsigned short _ctype[257] = {0, ASCII_CLASSES};
const unsigned short *_pctype = _ctype + 1;

static unsigned short wide_classes[257] = {
    0,
    ASCII_CLASSES,
    C,
    C,
    C,
    C,
    C,
    C | SP,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    SP | CT_BLANK,
    P,
    P,
    P,
    P,
    P,
    P,
    P,
    P,
    P,
    P | ALPHA_LOWER,
    P,
    P,
    P | C,
    P,
    P,
    P,
    P,
    P | CT_DIGIT,
    P | CT_DIGIT,
    P,
    P | ALPHA_LOWER,
    P,
    P,
    P,
    P | CT_DIGIT,
    P | ALPHA_LOWER,
    P,
    P,
    P,
    P,
    P,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    P,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_UPPER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    P,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
    ALPHA_LOWER,
};
const unsigned short *_wctype = wide_classes;
const unsigned short *_pwctype = wide_classes + 1;

#undef U
#undef L
#undef C
#undef SP
#undef P

const unsigned short *__pctype_func(void)
{
    return crt_current_locale()->pctype;
}
const unsigned short **__p__pctype(void)
{
    return &_pctype;
}
const unsigned short *__pwctype_func(void)
{
    return wide_classes + 1;
}
const unsigned short **__p__pwctype(void)
{
    return &_pwctype;
}

static int classify(int c, int mask, const struct crt_locale *l)
{
    if (c >= -1 && c <= 255)
        return l->pctype[c] & mask;
    if (l->mb_cur_max > 1 && l->pctype[c >> 8 & 0xff] & CT_LEADBYTE) {
        char bytes[2] = {(char)(c >> 8), (char)c};
        wchar_t wide;
        WORD type;
        if (MultiByteToWideChar(l->codepage, 0, bytes, 2, &wide, 1) &&
            GetStringTypeW(CT_CTYPE1, &wide, 1, &type))
            return type & mask;
    }
    return 0;
}

int _isctype_l(int c, int mask, crt_locale_t l)
{
    return classify(c, mask, crt_locale_of(l));
}
int _isctype(int c, int mask)
{
    return classify(c, mask, crt_current_locale());
}
int isleadbyte(int c)
{
    return crt_current_locale()->pctype[c & 0xff] & CT_LEADBYTE;
}
int _isleadbyte_l(int c, crt_locale_t l)
{
    return crt_locale_of(l)->pctype[c & 0xff] & CT_LEADBYTE;
}

int iswctype(wchar_t c, unsigned short mask)
{
    WORD type;

    if (c == WEOF)
        return 0;
    if (c < 256)
        return wide_classes[c + 1] & mask;
    return GetStringTypeW(CT_CTYPE1, &c, 1, &type) ? type & mask : 0;
}
int is_wctype(wchar_t c, unsigned short mask)
{
    return iswctype(c, mask);
}
int _iswctype_l(wchar_t c, unsigned short mask, crt_locale_t l)
{
    (void)l;
    return iswctype(c, mask);
}

#define CLASS(name, mask)                                                                                    \
    int is##name(int c)                                                                                      \
    {                                                                                                        \
        return classify(c, mask, crt_current_locale());                                                      \
    }                                                                                                        \
    int _is##name##_l(int c, crt_locale_t l)                                                                 \
    {                                                                                                        \
        return classify(c, mask, crt_locale_of(l));                                                          \
    }                                                                                                        \
    int isw##name(wchar_t c)                                                                                 \
    {                                                                                                        \
        return iswctype(c, mask);                                                                            \
    }                                                                                                        \
    int _isw##name##_l(wchar_t c, crt_locale_t l)                                                            \
    {                                                                                                        \
        return (void)l, iswctype(c, mask);                                                                   \
    }

CLASS(alpha, CT_ALPHA)
CLASS(upper, CT_UPPER)
CLASS(lower, CT_LOWER)
CLASS(digit, CT_DIGIT)
CLASS(xdigit, CT_HEX)
CLASS(space, CT_SPACE)
CLASS(punct, CT_PUNCT)
CLASS(alnum, CT_ALPHA | CT_DIGIT)
CLASS(print, CT_BLANK | CT_PUNCT | CT_ALPHA | CT_DIGIT)
CLASS(graph, CT_PUNCT | CT_ALPHA | CT_DIGIT)
CLASS(cntrl, CT_CONTROL)

int isblank(int c)
{
    return c == '\t' || classify(c, CT_BLANK, crt_current_locale());
}
int _isblank_l(int c, crt_locale_t l)
{
    return c == '\t' || classify(c, CT_BLANK, crt_locale_of(l));
}
int iswblank(wchar_t c)
{
    return c == '\t' || iswctype(c, CT_BLANK);
}
int _iswblank_l(wchar_t c, crt_locale_t l)
{
    return (void)l, iswblank(c);
}
int __isascii(int c)
{
    return (unsigned int)c < 128;
}
int isascii(int c)
{
    return (unsigned int)c < 128;
}
int iswascii(wchar_t c)
{
    return c < 128;
}
int __toascii(int c)
{
    return c & 0x7f;
}
int __iscsym(int c)
{
    return c == '_' || isalnum(c);
}
int __iscsymf(int c)
{
    return c == '_' || isalpha(c);
}
int __iswcsym(wchar_t c)
{
    return c == '_' || iswalnum(c);
}
int __iswcsymf(wchar_t c)
{
    return c == '_' || iswalpha(c);
}
int _iswcsym_l(wchar_t c, crt_locale_t l)
{
    return (void)l, c == '_' || iswalnum(c);
}
int _iswcsymf_l(wchar_t c, crt_locale_t l)
{
    return (void)l, c == '_' || iswalpha(c);
}

/* ---------------------------------------------------------------- case */

static int change(int c, const struct crt_locale *l, bool upper)
{
    if (c >= 0 && c <= 255)
        return upper ? l->upper[c] : l->lower[c];
    if (c > 255 && l->mb_cur_max > 1 && l->pctype[c >> 8 & 0xff] & CT_LEADBYTE) {
        char bytes[2] = {(char)(c >> 8), (char)c};
        wchar_t wide;
        if (MultiByteToWideChar(l->codepage, 0, bytes, 2, &wide, 1) == 1) {
            LCMapStringEx(l->lc_name[LC_CTYPE], upper ? LCMAP_UPPERCASE : LCMAP_LOWERCASE, &wide, 1, &wide, 1,
                          NULL, NULL, 0);
            if (WideCharToMultiByte(l->codepage, 0, &wide, 1, bytes, 2, NULL, NULL) == 2)
                return (unsigned char)bytes[0] << 8 | (unsigned char)bytes[1];
        }
    }
    return c;
}

int tolower(int c)
{
    return change(c, crt_current_locale(), false);
}
int toupper(int c)
{
    return change(c, crt_current_locale(), true);
}
int _tolower_l(int c, crt_locale_t l)
{
    return change(c, crt_locale_of(l), false);
}
int _toupper_l(int c, crt_locale_t l)
{
    return change(c, crt_locale_of(l), true);
}
int _tolower(int c)
{
    return c + 32;
}
int _toupper(int c)
{
    return c - 32;
}

/* In "C" only ASCII letters have case. */
static int change_wide(wchar_t c, const struct crt_locale *l, bool upper)
{
    if (c < 128) {
        if (upper)
            return c >= 'a' && c <= 'z' ? c - 32 : c;
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    }
    if (!l->lc_name[LC_CTYPE] || c == WEOF)
        return c;
    LCMapStringEx(l->lc_name[LC_CTYPE], upper ? LCMAP_UPPERCASE : LCMAP_LOWERCASE, &c, 1, &c, 1, NULL, NULL,
                  0);
    return c;
}

int towlower(wchar_t c)
{
    return change_wide(c, crt_current_locale(), false);
}
int towupper(wchar_t c)
{
    return change_wide(c, crt_current_locale(), true);
}
int _towlower_l(wchar_t c, crt_locale_t l)
{
    return change_wide(c, crt_locale_of(l), false);
}
int _towupper_l(wchar_t c, crt_locale_t l)
{
    return change_wide(c, crt_locale_of(l), true);
}

#define WCTRANS_UPPER 1
#define WCTRANS_LOWER 2
wchar_t towctrans(wchar_t c, wchar_t how)
{
    return (wchar_t)(how == WCTRANS_UPPER ? towupper(c) : towlower(c));
}
wchar_t wctrans(const char *name)
{
    return !strcmp(name, "toupper") ? WCTRANS_UPPER : !strcmp(name, "tolower") ? WCTRANS_LOWER : 0;
}
unsigned short wctype(const char *name)
{
    static const struct {
        const char *name;
        unsigned short mask;
    } names[] = {{"alnum", CT_ALPHA | CT_DIGIT},
                 {"alpha", CT_ALPHA},
                 {"cntrl", CT_CONTROL},
                 {"digit", CT_DIGIT},
                 {"graph", CT_PUNCT | CT_ALPHA | CT_DIGIT},
                 {"lower", CT_LOWER},
                 {"print", CT_BLANK | CT_PUNCT | CT_ALPHA | CT_DIGIT},
                 {"punct", CT_PUNCT},
                 {"blank", CT_BLANK},
                 {"space", CT_SPACE},
                 {"upper", CT_UPPER},
                 {"xdigit", CT_HEX}};

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (!strcmp(names[i].name, name))
            return names[i].mask;
    return 0;
}
