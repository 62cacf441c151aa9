/*
 * Character classes: all bytes in the C locale, wide characters, the tables behind the macros, and case.
 */
#include "crt.h"

#include <ctype.h>
#include <wctype.h>

#define UPPER_BIT 0x1
#define LOWER_BIT 0x2
#define DIGIT_BIT 0x4
#define SPACE_BIT 0x8
#define PUNCT_BIT 0x10
#define CNTRL_BIT 0x20
#define BLANK_BIT 0x40
#define HEX_BIT   0x80
#define ALPHA_BIT 0x103

/* What the C standard says of ASCII in the C locale; everything above is in no class. */
static int class_of(int c)
{
    if (c < 0 || c > 127)
        return 0;
    if (c >= 'A' && c <= 'Z')
        return 0x100 | UPPER_BIT | (c <= 'F' ? HEX_BIT : 0);
    if (c >= 'a' && c <= 'z')
        return 0x100 | LOWER_BIT | (c <= 'f' ? HEX_BIT : 0);
    if (c >= '0' && c <= '9')
        return DIGIT_BIT | HEX_BIT;
    if (c == ' ')
        return SPACE_BIT | BLANK_BIT;
    if (c >= 9 && c <= 13)
        return SPACE_BIT | CNTRL_BIT;
    return c < 32 || c == 127 ? CNTRL_BIT : PUNCT_BIT;
}

#define GRAPH_BITS (ALPHA_BIT | DIGIT_BIT | PUNCT_BIT)
#define BOTH(name) #name, "_" #name "_l"

static const struct {
    const char *name, *with_locale;
    int bits;
} narrow[] =
    {
        {BOTH(isupper), UPPER_BIT},  {BOTH(islower), LOWER_BIT},
        {BOTH(isdigit), DIGIT_BIT},  {BOTH(isspace), SPACE_BIT},
        {BOTH(iscntrl), CNTRL_BIT},  {BOTH(isxdigit), HEX_BIT},
        {BOTH(isalpha), ALPHA_BIT},  {BOTH(isalnum), ALPHA_BIT | DIGIT_BIT},
        {BOTH(isgraph), GRAPH_BITS}, {BOTH(isprint), GRAPH_BITS | BLANK_BIT},
#ifdef UCRT
        {BOTH(ispunct), PUNCT_BIT},
#else
        {"ispunct", NULL, PUNCT_BIT},
#endif
},
  wide[] = {
      {BOTH(iswupper), UPPER_BIT},  {BOTH(iswlower), LOWER_BIT},
      {BOTH(iswdigit), DIGIT_BIT},  {BOTH(iswspace), SPACE_BIT},
      {BOTH(iswcntrl), CNTRL_BIT},  {BOTH(iswxdigit), HEX_BIT},
      {BOTH(iswalpha), ALPHA_BIT},  {BOTH(iswalnum), ALPHA_BIT | DIGIT_BIT},
      {BOTH(iswgraph), GRAPH_BITS}, {BOTH(iswprint), GRAPH_BITS | BLANK_BIT},
      {BOTH(iswpunct), PUNCT_BIT},
};

int __cdecl _iswctype_l(wint_t c, wctype_t type, _locale_t locale);

typedef int(__cdecl *one)(int);
typedef int(__cdecl *two)(int, void *);

/* The names above, for those who look for them: isupper islower isdigit isspace iscntrl isxdigit isalpha
 * isalnum isgraph isprint ispunct _isupper_l _islower_l _isdigit_l _isspace_l _iscntrl_l _isxdigit_l
 * _isalpha_l _isalnum_l _isgraph_l _isprint_l _ispunct_l iswupper iswlower iswdigit iswspace iswcntrl
 * iswxdigit iswalpha iswalnum iswgraph iswprint iswpunct _iswupper_l _iswlower_l _iswdigit_l _iswspace_l
 * _iswcntrl_l _iswxdigit_l _iswalpha_l _iswalnum_l _iswgraph_l _iswprint_l _iswpunct_l */
CRT_TEST(all_bytes)
{
    if (IS_UCRT)
        ORACLE_DIFFERS("a tab is blank with and without a locale");
    for (size_t i = 0; i < sizeof narrow / sizeof *narrow; i++) {
        one f = (one)crt_function(narrow[i].name);
        two g = narrow[i].with_locale ? (two)crt_function(narrow[i].with_locale) : NULL;
        for (int c = -1; c < 256; c++) {
            int expected = (class_of(c) & narrow[i].bits) != 0;
            if (!!f(c) != expected)
                FAIL("%s(%d) is not %d", narrow[i].name, c, expected);
            if (g && !!g(c, NULL) != expected)
                FAIL("%s(%d) is not %d", narrow[i].with_locale, c, expected);
        }
    }
    for (int c = -1; c < 256; c++) {
        int bits = class_of(c);
        CHECK_EQ(!!FN(_isctype)(c, _UPPER), !!(bits & UPPER_BIT));
        CHECK_EQ(!!FN(_isctype_l)(c, _DIGIT | _SPACE, NULL), !!(bits & (DIGIT_BIT | SPACE_BIT)));
        int is_name = bits & (ALPHA_BIT | DIGIT_BIT) || c == '_';
        CHECK_EQ(!!FN(__iscsym)(c), is_name);
        CHECK_EQ(!!FN(__iscsymf)(c), is_name && !(bits & DIGIT_BIT));
        if (c >= 0) {
            CHECK_EQ(!!FN(__isascii)(c), c < 128);
            CHECK_EQ(FN(__toascii)(c), c & 127);
            CHECK_EQ(FN(isleadbyte)(c), 0);
            CHECK_EQ(FN(_isleadbyte_l)(c, NULL), 0);
        }
#ifdef UCRT
        CHECK_EQ(!!CRT(int, isblank, (int))(c), c == ' ' || c == '\t');
        CHECK_EQ(!!CRT(int, _isblank_l, (int, void *))(c, NULL), c == ' ' || c == '\t');
#endif
    }
}

CRT_TEST(wide_characters)
{
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        one f = (one)crt_function(wide[i].name);
        two g = (two)crt_function(wide[i].with_locale);
        for (int c = 0; c < 128; c++) {
            int expected = (class_of(c) & wide[i].bits) != 0;
            if (c == '\t' && !strcmp(wide[i].name, "iswprint"))
                continue; /* a blank by Unicode's table, so printable, in some versions */
            if (!!f(c) != expected)
                FAIL("%s(%d) is not %d", wide[i].name, c, expected);
            if (!!g(c, NULL) != expected)
                FAIL("%s(%d) is not %d", wide[i].with_locale, c, expected);
        }
        CHECK_EQ(f(WEOF), 0);
    }
    /* Beyond ASCII they follow Unicode, whatever the locale. */
    CHECK(FN(iswalpha)(0xe9) && FN(iswlower)(0xe9) && !FN(iswupper)(0xe9));
    CHECK(FN(iswupper)(0x416) && FN(iswalpha)(0x416) && !FN(iswdigit)(0x416));
    CHECK(FN(iswalpha)(0x4e2d) && FN(iswgraph)(0x4e2d) && FN(iswprint)(0x4e2d));
    CHECK(FN(iswspace)(0x3000) && FN(iswspace)(0xa0) && FN(iswcntrl)(0x80));
    CHECK(FN(iswpunct)(0x3001) && FN(iswpunct)(0xbf) && !FN(iswalnum)(0x3001));
    for (int c = 0; c < 300; c++) {
        CHECK_EQ(!!FN(iswascii)(c), c < 128);
        CHECK_EQ(!!FN(iswctype)(c, _UPPER), !!FN(iswupper)(c));
        CHECK_EQ(!!FN(is_wctype)(c, _DIGIT), !!FN(iswdigit)(c));
        CHECK_EQ(!!FN(_iswctype_l)(c, _LOWER, NULL), !!FN(iswlower)(c));
    }
#ifdef UCRT
    for (int c = 0; c < 128; c++) {
        int name = class_of(c) & (ALPHA_BIT | DIGIT_BIT) || c == '_';
        CHECK_EQ(!!CRT(int, __iswcsym, (wint_t))(c), name);
        CHECK_EQ(!!CRT(int, __iswcsymf, (wint_t))(c), name && !(class_of(c) & DIGIT_BIT));
        CHECK_EQ(!!CRT(int, _iswcsym_l, (wint_t, void *))(c, NULL), name);
        CHECK_EQ(!!CRT(int, _iswcsymf_l, (wint_t, void *))(c, NULL), name && !(class_of(c) & DIGIT_BIT));
        CHECK_EQ(!!CRT(int, iswblank, (wint_t))(c), c == ' ' || c == '\t');
        CHECK_EQ(!!CRT(int, _iswblank_l, (wint_t, void *))(c, NULL), c == ' ' || c == '\t');
    }
    static const struct {
        const char *name;
        wchar_t in, out;
    } classes[] = {{"alnum", '7', '-'}, {"alpha", 'q', '7'}, {"cntrl", 9, 'a'},   {"digit", '3', 'b'},
                   {"graph", '!', ' '}, {"lower", 'q', 'Q'}, {"print", ' ', 7},   {"punct", '!', 'a'},
                   {"space", 9, 'x'},   {"upper", 'Q', 'q'}, {"xdigit", 'f', 'g'}};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        wctype_t type = CRT(wctype_t, wctype, (const char *))(classes[i].name);
        CHECK(type != 0);
        CHECK(FN(iswctype)(classes[i].in, type) != 0);
        CHECK(FN(iswctype)(classes[i].out, type) == 0);
    }
    CHECK_EQ(CRT(wctype_t, wctype, (const char *))("vowel"), 0);
    wctrans_t upper = CRT(wctrans_t, wctrans, (const char *))("toupper");
    wctrans_t lower = CRT(wctrans_t, wctrans, (const char *))("tolower");
    CHECK(upper && lower && upper != lower);
    CHECK_EQ(CRT(wctrans_t, wctrans, (const char *))("totitle"), 0);
    CHECK_EQ(CRT(wint_t, towctrans, (wint_t, wctrans_t))('a', upper), 'A');
    CHECK_EQ(CRT(wint_t, towctrans, (wint_t, wctrans_t))('A', lower), 'a');
#endif
}

CRT_TEST(case)
{
    ORACLE_DIFFERS("EOF is not a character that has a case");
    for (int c = -1; c < 256; c++) {
        int lower = c >= 'A' && c <= 'Z' ? c + 32 : c, upper = c >= 'a' && c <= 'z' ? c - 32 : c;
        CHECK_EQ(FN(tolower)(c), lower);
        CHECK_EQ(FN(toupper)(c), upper);
        CHECK_EQ(FN(_tolower_l)(c, NULL), lower);
        CHECK_EQ(FN(_toupper_l)(c, NULL), upper);
    }
    CHECK_EQ(CRT(int, _tolower, (int))('Q'), 'q'); /* no check of the argument */
    CHECK_EQ(CRT(int, _toupper, (int))('q'), 'Q');
    for (int c = 0; c < 128; c++) {
        CHECK_EQ(FN(towlower)(c), c >= 'A' && c <= 'Z' ? c + 32 : c);
        CHECK_EQ(FN(towupper)(c), c >= 'a' && c <= 'z' ? c - 32 : c);
        CHECK_EQ(FN(_towlower_l)(c, NULL), c >= 'A' && c <= 'Z' ? c + 32 : c);
        CHECK_EQ(FN(_towupper_l)(c, NULL), c >= 'a' && c <= 'z' ? c - 32 : c);
    }
    CHECK_EQ(FN(towlower)(WEOF), WEOF);
    CHECK_EQ(FN(towupper)(WEOF), WEOF);
}

CRT_TEST(tables)
{
    const unsigned short *table = CRT(const unsigned short *, __pctype_func, (void))();
    CHECK(table != NULL);
    CHECK_EQ(table[-1], 0);
    for (int c = 0; c < 256; c++) {
        int bits = class_of(c);
        CHECK_EQ(!!(table[c] & _UPPER), !!(bits & UPPER_BIT));
        CHECK_EQ(!!(table[c] & _LOWER), !!(bits & LOWER_BIT));
        CHECK_EQ(!!(table[c] & _DIGIT), !!(bits & DIGIT_BIT));
        CHECK_EQ(!!(table[c] & _SPACE), !!(bits & SPACE_BIT));
        CHECK_EQ(!!(table[c] & _PUNCT), !!(bits & PUNCT_BIT));
        CHECK_EQ(!!(table[c] & _CONTROL), !!(bits & CNTRL_BIT));
        CHECK_EQ(!!(table[c] & _HEX), !!(bits & HEX_BIT));
    }
    const unsigned short *wide_table = CRT(const unsigned short *, __pwctype_func, (void))();
    CHECK(wide_table['A'] & _UPPER && wide_table['5'] & _DIGIT);
#ifndef UCRT
    CHECK(*CRT(const unsigned short **, __p__pctype, (void))() == table);
    CHECK(*CRT(const unsigned short **, __p__pwctype, (void))() == wide_table);
    CHECK_EQ(*CRT(int *, __p___mb_cur_max, (void))(), 1);
#endif
    CHECK_EQ(CRT(int, ___mb_cur_max_func, (void))(), 1);
}
