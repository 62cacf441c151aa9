/*
 * Multibyte strings, in the single-byte C locale's code page and in 932, where 0x81 to 0x9f and 0xe0 to 0xfc
 * lead.
 */
#include "crt.h"

#include <errno.h>
#include <locale.h>
#include <mbctype.h>
#include <mbstring.h>

typedef unsigned char byte;
#define B(text)                   ((const byte *)(text))
#define CHECK_MB(value, expected) CHECK_STR((const char *)(value), expected)

/* "a" HIRAGANA-A "b" KATAKANA-A: 1, 2, 1, 2 bytes */
#define MIXED                                                                                                \
    "a\x82\xa0"                                                                                              \
    "b\x83\x41"

static int use(int codepage)
{
    return FN(_setmbcp)(codepage);
}

CRT_TEST(code_pages)
{
    int old = FN(_getmbcp)();

    CHECK_EQ(use(932), 0);
    CHECK_EQ(FN(_getmbcp)(), 932);
    CHECK_ERRNO(use(12345), -1, EINVAL);
    CHECK_EQ(FN(_getmbcp)(), 932); /* unchanged */
    CHECK_EQ(use(_MB_CP_SBCS), 0);
    CHECK_EQ(FN(_getmbcp)(), 0);
    CHECK_EQ(use(_MB_CP_ANSI), 0);
    CHECK_EQ(use(1252), 0);
    CHECK_EQ(FN(_getmbcp)(), 0); /* not a multibyte code page */
    const byte *type = CRT(byte *, __p__mbctype, (void))();
    CHECK_EQ(type[0], 0);
    use(932);
    type = CRT(byte *, __p__mbctype, (void))();
    CHECK(type[0x81 + 1] & _M1 && !(type['a' + 1] & _M1) && type['a' + 1] & _M2);
    CHECK(CRT(byte *, __p__mbcasemap, (void))() != NULL);
    use(old);
}

/* The names that are pasted below, for those who look for them: _ismbbalnum_l _ismbbalpha_l _ismbbgraph_l
 * _ismbbkalnum_l _ismbbkana_l _ismbbkprint_l _ismbbkpunct_l _ismbblead_l _ismbbprint_l _ismbbpunct_l
 * _ismbbtrail_l _ismbcalnum_l _ismbcalpha_l _ismbcdigit_l _ismbcgraph_l _ismbchira_l _ismbckata_l _ismbcl0_l
 * _ismbcl1_l _ismbcl2_l _ismbclegal_l _ismbclower_l _ismbcprint_l _ismbcpunct_l _ismbcspace_l _ismbcsymbol_l
 * _ismbcupper_l
 */
/* Bytes: the classes of 932. */
CRT_TEST(bytes)
{
    CHECK_EQ(use(932), 0);
    for (int c = 0; c < 256; c++) {
        int lead = (c >= 0x81 && c <= 0x9f) || (c >= 0xe0 && c <= 0xfc);
        int trail = (c >= 0x40 && c <= 0x7e) || (c >= 0x80 && c <= 0xfc);
        int kana = c >= 0xa1 && c <= 0xdf, kana_punct = c >= 0xa1 && c <= 0xa5;
        int alpha = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'), digit = c >= '0' && c <= '9';
        int punct = c > 32 && c < 127 && !alpha && !digit;
#define BYTE(name, expected)                                                                                 \
    if (!!FN(name)(c) != !!(expected))                                                                       \
        FAIL(#name "(0x%x) is not %d", c, expected);                                                         \
    if (!!CRT(int, name##_l, (unsigned int, void *))(c, NULL) != !!(expected))                               \
    FAIL(#name "_l(0x%x) is not %d", c, expected)
        BYTE(_ismbblead, lead);
        BYTE(_ismbbtrail, trail);
        BYTE(_ismbbkana, kana);
        BYTE(_ismbbkpunct, kana_punct);
        BYTE(_ismbbkprint, kana);
        BYTE(_ismbbkalnum, kana && !kana_punct);
        BYTE(_ismbbalpha, alpha || (kana && !kana_punct));
        BYTE(_ismbbalnum, alpha || digit || (kana && !kana_punct));
        BYTE(_ismbbpunct, punct || kana_punct);
        BYTE(_ismbbgraph, alpha || digit || punct || kana);
        BYTE(_ismbbprint, alpha || digit || punct || kana || c == ' ');
        CHECK_EQ(!!CRT(int, _ismbbblank, (unsigned int))(c), c == ' ' || c == '\t');
        CHECK_EQ(!!CRT(int, _ismbbblank_l, (unsigned int, void *))(c, NULL), c == ' ' || c == '\t');
        CHECK_EQ(FN(_mbbtype)(c, 0), lead                               ? _MBC_LEAD
                                     : (c >= 0x20 && c <= 0x7e) || kana ? _MBC_SINGLE
                                                                        : _MBC_ILLEGAL);
        CHECK_EQ(FN(_mbbtype)(c, _MBC_LEAD), trail ? _MBC_TRAIL : _MBC_ILLEGAL);
#ifdef UCRT
        CHECK_EQ(CRT(int, _mbbtype_l, (byte, int, void *))(c, _MBC_LEAD, NULL),
                 trail ? _MBC_TRAIL : _MBC_ILLEGAL);
#endif
    }
    CHECK_EQ(FN(_mbsbtype)(B(MIXED), 0), _MBC_SINGLE);
    CHECK_EQ(FN(_mbsbtype)(B(MIXED), 1), _MBC_LEAD);
    CHECK_EQ(FN(_mbsbtype)(B(MIXED), 2), _MBC_TRAIL);
    CHECK_EQ(FN(_mbsbtype_l)(B(MIXED), 4, NULL), _MBC_LEAD);
    CHECK_EQ(FN(_mbsbtype)(B("ab"), 3), _MBC_ILLEGAL);
    CHECK_EQ(FN(_ismbslead)(B(MIXED), B(MIXED)), 0);
    const byte *text = B(MIXED);
    CHECK_EQ(FN(_ismbslead)(text, text + 1), -1);
    CHECK_EQ(FN(_ismbstrail)(text, text + 2), -1);
    CHECK_EQ(FN(_ismbstrail)(text, text + 1), 0);
    CHECK_EQ(FN(_ismbslead_l)(text, text + 4, NULL), -1);
    CHECK_EQ(FN(_ismbstrail_l)(text, text + 5, NULL), -1);
    use(_MB_CP_SBCS);
    CHECK_EQ(FN(_ismbblead)(0x81), 0);
}

/* Characters: the classes of 932. */
CRT_TEST(characters)
{
    ORACLE_DIFFERS("symbols are 0x8141 to 0x81ac");
    enum {
        LEGAL = 1,
        ALPHA = 2,
        DIGIT = 4,
        UPPER = 8,
        LOWER = 16,
        SPACE = 32,
        PUNCT = 64,
        HIRA = 128,
        KATA = 256,
        SYMBOL = 512,
        L0 = 1024,
        L1 = 2048,
        L2 = 4096,
        PRINT = 8192
    };
    static const struct {
        unsigned int c;
        int is;
    } cases[] = {
        {'a', ALPHA | LOWER | PRINT},
        {'Z', ALPHA | UPPER | PRINT},
        {'7', DIGIT | PRINT},
        {' ', SPACE | PRINT},
        {'!', PUNCT | PRINT},
        {7, 0},
        {0x82a0, LEGAL | ALPHA | HIRA | L0 | PRINT},   /* hiragana a */
        {0x8341, LEGAL | ALPHA | KATA | L0 | PRINT},   /* katakana a */
        {0x8260, LEGAL | ALPHA | UPPER | L0 | PRINT},  /* full-width A */
        {0x8281, LEGAL | ALPHA | LOWER | L0 | PRINT},  /* full-width a */
        {0x889f, LEGAL | ALPHA | L1 | PRINT},          /* the first kanji */
        {0x989f, LEGAL | ALPHA | L2 | PRINT},          /* of the second level */
        {0x8141, LEGAL | PUNCT | SYMBOL | L0 | PRINT}, /* ideographic comma */
    };

    CHECK_EQ(use(932), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned int c = cases[i].c;
        int is = cases[i].is;
#define CHARACTER(name, bits)                                                                                \
    if (!!FN(name)(c) != !!(is & (bits)))                                                                    \
        FAIL(#name "(0x%x) is not %d", c, !!(is & (bits)));                                                  \
    if (!!CRT(int, name##_l, (unsigned int, void *))(c, NULL) != !!(is & (bits)))                            \
    FAIL(#name "_l(0x%x) is not %d", c, !!(is & (bits)))
        CHARACTER(_ismbclegal, LEGAL);
        CHARACTER(_ismbcalpha, ALPHA);
        CHARACTER(_ismbcalnum, ALPHA | DIGIT);
        CHARACTER(_ismbcdigit, DIGIT);
        CHARACTER(_ismbcupper, UPPER);
        CHARACTER(_ismbclower, LOWER);
        CHARACTER(_ismbcspace, SPACE);
        CHARACTER(_ismbcpunct, PUNCT);
        CHARACTER(_ismbcgraph, ALPHA | DIGIT | PUNCT);
        CHARACTER(_ismbcprint, PRINT);
        CHARACTER(_ismbchira, HIRA);
        CHARACTER(_ismbckata, KATA);
        CHARACTER(_ismbcsymbol, SYMBOL);
        CHARACTER(_ismbcl0, L0);
        CHARACTER(_ismbcl1, L1);
        CHARACTER(_ismbcl2, L2);
    }
    static const struct {
        unsigned int c, upper, lower, hira, kata, jis;
    } maps[] = {
        {'a', 'A', 'a', 'a', 'a', 0},
        {0x8281, 0x8260, 0x8281, 0x8281, 0x8281, 0x2361},
        {0x82a0, 0x82a0, 0x82a0, 0x82a0, 0x8341, 0x2422},
        {0x8341, 0x8341, 0x8341, 0x82a0, 0x8341, 0x2522},
        {0x8394, 0x8394, 0x8394, 0x8394, 0x8394, 0x2574}, /* vu has no hiragana */
        {0x889f, 0x889f, 0x889f, 0x889f, 0x889f, 0x3021},
        {0xe040, 0xe040, 0xe040, 0xe040, 0xe040, 0x5f21},
    };
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        unsigned int c = maps[i].c;
        CHECK_EQ(FN(_mbctoupper)(c), maps[i].upper);
        CHECK_EQ(FN(_mbctolower)(c), maps[i].lower);
        CHECK_EQ(FN(_mbctohira)(c), maps[i].hira);
        CHECK_EQ(FN(_mbctokata)(c), maps[i].kata);
        CHECK_EQ(FN(_mbctoupper_l)(c, NULL), maps[i].upper);
        CHECK_EQ(FN(_mbctolower_l)(c, NULL), maps[i].lower);
        CHECK_EQ(FN(_mbctohira_l)(c, NULL), maps[i].hira);
        CHECK_EQ(FN(_mbctokata_l)(c, NULL), maps[i].kata);
        CHECK_EQ(FN(_mbcjmstojis)(c), maps[i].jis);
        CHECK_EQ(FN(_mbcjmstojis_l)(c, NULL), maps[i].jis);
        if (maps[i].jis) {
            CHECK_EQ(FN(_mbcjistojms)(maps[i].jis), c);
            CHECK_EQ(FN(_mbcjistojms_l)(maps[i].jis, NULL), c);
        }
    }
    use(_MB_CP_SBCS);
    CHECK_EQ(FN(_ismbclegal)(0x82a0), 0);
    CHECK_EQ(FN(_mbctohira)(0x8341), 0x8341);
}

CRT_TEST(measuring)
{
    const byte *text = B(MIXED "c");

    CHECK_EQ(use(932), 0);
    CHECK_EQ(FN(_mbclen)(text), 1);
    CHECK_EQ(FN(_mbclen)(text + 1), 2);
    CHECK_EQ(FN(_mbclen_l)(text + 1, NULL), 2);
    CHECK_EQ(FN(_mbslen)(text), 5);
    CHECK_EQ(FN(_mbslen_l)(text, NULL), 5);
    CHECK_EQ(FN(_mbsnlen)(text, 7), 7); /* no terminator in the first seven bytes */
    CHECK_EQ(FN(_mbsnlen)(text, 8), 5);
    CHECK_EQ(FN(_mbsnlen_l)(text, 100, NULL), 5);
    CHECK_EQ(FN(_mbsnbcnt)(text, 2), 3);
    CHECK_EQ(FN(_mbsnbcnt)(text, 100), 7);
    CHECK_EQ(FN(_mbsnbcnt_l)(text, 4, NULL), 6);
    CHECK_EQ(FN(_mbsnccnt)(text, 3), 2);
    CHECK_EQ(FN(_mbsnccnt_l)(text, 100, NULL), 5);
    CHECK_EQ(FN(_mbsinc)(text + 1) - text, 3);
    CHECK_EQ(FN(_mbsinc_l)(text, NULL) - text, 1);
    CHECK_EQ(FN(_mbsninc)(text, 3) - text, 4);
    CHECK_EQ(FN(_mbsninc_l)(text, 4, NULL) - text, 6);
    CHECK_EQ(FN(_mbsdec)(text, text + 6) - text, 4);
    CHECK_EQ(FN(_mbsdec_l)(text, text + 3, NULL) - text, 1);
    CHECK(FN(_mbsdec)(text, text) == NULL);
    CHECK_EQ(FN(_mbsnextc)(text), 'a');
    CHECK_EQ(FN(_mbsnextc)(text + 1), 0x82a0);
    CHECK_EQ(FN(_mbsnextc_l)(text + 4, NULL), 0x8341);
    use(_MB_CP_SBCS);
    CHECK_EQ(FN(_mbslen)(text), 7);
    /* These go by the locale, not by _setmbcp. */
    CHECK_EQ(FN(_mbstrlen)(MIXED), 6);
    CHECK_EQ(FN(_mbstrnlen)(MIXED, 3), 3);
    CHECK_EQ(FN(_mbstrlen_l)(MIXED, NULL), 6);
    CHECK_EQ(FN(_mbstrnlen_l)(MIXED, 3, NULL), 3);
    _locale_t japanese = FN(_create_locale)(LC_ALL, "Japanese_Japan.932");
    CHECK(japanese != NULL);
    if (japanese) {
        CHECK_EQ(FN(_mbstrlen_l)(MIXED, japanese), 4);
        CHECK_EQ(FN(_mbslen_l)(text, japanese), 5);
        FN(_free_locale)(japanese);
    }
}

#define SIGN(x) (((x) > 0) - ((x) < 0))
CRT_TEST(comparing)
{
    static const struct {
        const char *a, *b;
        int plain, fold;
    } cases[] = {
        {"abc", "abc", 0, 0},
        {"abc", "ABC", 1, 0},
        {"a\x82\xa0", "a\x82\xa1", -1, -1},
        {"\x82\x81x", "\x82\x60x", 1, 0}, /* full-width a and A */
        {"z", "\x82\xa0", -1, -1},
        {"\xb1", "\x82\xa0", -1, -1}, /* one byte is less than two */
        {"ab", "abc", -1, -1},
    };
    CHECK_EQ(use(932), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const byte *a = B(cases[i].a), *b = B(cases[i].b);
        CHECK_EQ(SIGN(FN(_mbscmp)(a, b)), cases[i].plain);
        CHECK_EQ(SIGN(FN(_mbscmp)(b, a)), -cases[i].plain);
        CHECK_EQ(SIGN(FN(_mbscmp_l)(a, b, NULL)), cases[i].plain);
        CHECK_EQ(SIGN(FN(_mbsicmp)(a, b)), cases[i].fold);
        CHECK_EQ(SIGN(FN(_mbsicmp_l)(a, b, NULL)), cases[i].fold);
        CHECK_EQ(SIGN(FN(_mbsncmp)(a, b, 9)), cases[i].plain);
        CHECK_EQ(SIGN(FN(_mbsncmp_l)(a, b, 9, NULL)), cases[i].plain);
        CHECK_EQ(SIGN(FN(_mbsnicmp)(a, b, 9)), cases[i].fold);
        CHECK_EQ(SIGN(FN(_mbsnicmp_l)(a, b, 9, NULL)), cases[i].fold);
        CHECK_EQ(SIGN(FN(_mbsnbcmp)(a, b, 9)), cases[i].plain);
        CHECK_EQ(SIGN(FN(_mbsnbcmp_l)(a, b, 9, NULL)), cases[i].plain);
        CHECK_EQ(SIGN(FN(_mbsnbicmp)(a, b, 9)), cases[i].fold);
        CHECK_EQ(SIGN(FN(_mbsnbicmp_l)(a, b, 9, NULL)), cases[i].fold);
        CHECK_EQ(SIGN(FN(_mbscoll)(a, b)), cases[i].plain); /* the C locale collates by code */
        CHECK_EQ(SIGN(FN(_mbscoll_l)(a, b, NULL)), cases[i].plain);
        CHECK_EQ(SIGN(FN(_mbsicoll)(a, b)), cases[i].fold);
        CHECK_EQ(SIGN(FN(_mbsicoll_l)(a, b, NULL)), cases[i].fold);
        CHECK_EQ(SIGN(FN(_mbsncoll)(a, b, 9)), cases[i].plain);
        CHECK_EQ(SIGN(FN(_mbsncoll_l)(a, b, 9, NULL)), cases[i].plain);
        CHECK_EQ(SIGN(FN(_mbsnicoll)(a, b, 9)), cases[i].fold);
        CHECK_EQ(SIGN(FN(_mbsnicoll_l)(a, b, 9, NULL)), cases[i].fold);
        CHECK_EQ(SIGN(FN(_mbsnbcoll)(a, b, 9)), cases[i].plain);
        CHECK_EQ(SIGN(FN(_mbsnbcoll_l)(a, b, 9, NULL)), cases[i].plain);
        CHECK_EQ(SIGN(FN(_mbsnbicoll)(a, b, 9)), cases[i].fold);
        CHECK_EQ(SIGN(FN(_mbsnbicoll_l)(a, b, 9, NULL)), cases[i].fold);
    }
    /* Limits: two characters are three bytes here. */
    CHECK_EQ(FN(_mbsncmp)(B("a\x82\xa0"
                            "b"),
                          B("a\x82\xa0"
                            "c"),
                          2),
             0);
    CHECK(FN(_mbsncmp)(B("a\x82\xa0"
                         "b"),
                       B("a\x82\xa0"
                         "c"),
                       3) < 0);
    CHECK_EQ(FN(_mbsnbcmp)(B("a\x82\xa0"
                             "b"),
                           B("a\x82\xa0"
                             "c"),
                           3),
             0);
    CHECK(FN(_mbsnbcmp)(B("a\x82\xa0"
                          "b"),
                        B("a\x82\xa0"
                          "c"),
                        4) < 0);
    CHECK_EQ(FN(_mbsncmp)(B("a"), B("b"), 0), 0);
    CHECK_INVALID(FN(_mbscmp)(NULL, B("a")), _NLSCMPERROR, EINVAL);
    CHECK_INVALID(FN(_mbsicmp)(B("a"), NULL), _NLSCMPERROR, EINVAL);
    use(_MB_CP_SBCS);
}

CRT_TEST(searching)
{
    /* The trail byte of 0x8341 is 'A', that of 0x835c a backslash. */
    const byte *text = B("x\x83\x41"
                         "A\x83\x5c\\A");

    CHECK_EQ(use(932), 0);
    CHECK_EQ(FN(_mbschr)(text, 'A') - text, 3);
    CHECK_EQ(FN(_mbschr)(text, 0x835c) - text, 4);
    CHECK_EQ(FN(_mbschr)(text, '\\') - text, 6);
    CHECK_EQ(FN(_mbschr)(text, 0) - text, 8);
    CHECK(FN(_mbschr)(text, 'y') == NULL);
    CHECK_EQ(FN(_mbschr_l)(text, 'A', NULL) - text, 3);
    CHECK_EQ(FN(_mbsrchr)(text, 'A') - text, 7);
    CHECK_EQ(FN(_mbsrchr)(text, 0x8341) - text, 1);
    CHECK(FN(_mbsrchr)(text, 'y') == NULL);
    CHECK_EQ(FN(_mbsrchr_l)(text, '\\', NULL) - text, 6);
    CHECK_EQ(FN(_mbsstr)(text, B("\\A")) - text, 6);
    CHECK_EQ(FN(_mbsstr_l)(text, B("A\x83\x5c"), NULL) - text, 3);
    CHECK(FN(_mbsstr)(text, B("\\\\")) == NULL);
    CHECK_EQ(FN(_mbsspn)(text, B("x\x83\x41")), 3);
    CHECK_EQ(FN(_mbsspn_l)(text, B("x"), NULL), 1);
    CHECK_EQ(FN(_mbscspn)(text, B("\\")), 6);
    CHECK_EQ(FN(_mbscspn_l)(text, B("A"), NULL), 3);
    CHECK_EQ(FN(_mbspbrk)(text, B("\\\x83\x5c")) - text, 4);
    CHECK(FN(_mbspbrk)(text, B("yz")) == NULL);
    CHECK_EQ(FN(_mbspbrk_l)(text, B("A"), NULL) - text, 3);
    CHECK_EQ(FN(_mbsspnp)(text, B("xA\x83\x41")) - text, 4);
    CHECK(FN(_mbsspnp)(B("xx"), B("x")) == NULL);
    CHECK_EQ(FN(_mbsspnp_l)(text, B("x"), NULL) - text, 1);
    CHECK_INVALID(FN(_mbschr)(NULL, 'a') == NULL, 1, EINVAL);
    CHECK_INVALID(FN(_mbsstr)(text, NULL) == NULL, 1, EINVAL);

    byte list[] = "a\\\x83\x5c\\b", *context;
    CHECK_MB(FN(_mbstok)(list, B("\\")), "a");
    CHECK_MB(FN(_mbstok)(NULL, B("\\")), "\x83\x5c");
    CHECK_MB(FN(_mbstok_l)(NULL, B("\\"), NULL), "b");
    CHECK(FN(_mbstok)(NULL, B("\\")) == NULL);
    byte second[] = "1\x83\x5c"
                    "2";
    CHECK_MB(FN(_mbstok_s)(second, B("\x83\x5c"), &context), "1");
    CHECK_MB(FN(_mbstok_s_l)(NULL, B("\x83\x5c"), &context, NULL), "2");
    CHECK(FN(_mbstok_s)(NULL, B("\x83\x5c"), &context) == NULL);
    CHECK_INVALID(FN(_mbstok_s)(second, NULL, &context) == NULL, 1, EINVAL);
    use(_MB_CP_SBCS);
}

CRT_TEST(copying)
{
    byte buffer[16];
#define START(text) memcpy(memset(buffer, '*', sizeof buffer), text, sizeof text)

    CHECK_EQ(use(932), 0);
    START("");
#ifdef UCRT /* has these two inline */
    FN(strcpy)((char *)buffer, MIXED);
#else
    CHECK_MB(FN(_mbscpy)(buffer, B(MIXED)), MIXED);
    CHECK_MB(FN(_mbscat)(buffer, B("z")), MIXED "z");
#endif
    byte *copy = FN(_mbsdup)(B(MIXED));
    CHECK_MB(copy, MIXED);
    FN(free)(copy);
    START("");
    FN(_mbccpy)
    (buffer, B("\x82\xa0"
               "b"));
    CHECK_BYTES(buffer, "\x82\xa0*", 3);
    FN(_mbccpy_l)(buffer, B("xy"), NULL);
    CHECK_BYTES(buffer, "x\xa0*", 3);

    /* Counts of characters, and of bytes: no character is split. */
    START("");
    CHECK_BYTES(FN(_mbsncpy)(buffer, B(MIXED), 2), "a\x82\xa0**", 5);
    START("");
    FN(_mbsncpy_l)(buffer, B("a"), 3, NULL);
    CHECK_BYTES(buffer, "a\0\0*", 4);
    START("");
    CHECK_BYTES(FN(_mbsnbcpy)(buffer, B(MIXED), 3), "a\x82\xa0**", 5);
    START("");
    FN(_mbsnbcpy_l)(buffer, B(MIXED), 2, NULL);
    CHECK_BYTES(buffer, "a\0*", 3);
    START("b");
    CHECK_MB(FN(_mbsncat)(buffer, B(MIXED), 2), "ba\x82\xa0");
    CHECK_MB(FN(_mbsncat_l)(buffer, B("cd"), 1, NULL), "ba\x82\xa0"
                                                       "c");
    START("b");
    CHECK_MB(FN(_mbsnbcat)(buffer, B(MIXED), 3), "ba\x82\xa0");
    CHECK_MB(FN(_mbsnbcat_l)(buffer, B("\x82\xa0"), 1, NULL), "ba\x82\xa0"); /* half a character */

    START(MIXED);
    CHECK_MB(FN(_mbsrev)(buffer), "\x83\x41"
                                  "b\x82\xa0"
                                  "a");
    CHECK_MB(FN(_mbsrev_l)(buffer, NULL), MIXED);
    START("aB\x82\x60");
    CHECK_MB(FN(_mbslwr)(buffer), "ab\x82\x81");
    CHECK_MB(FN(_mbsupr)(buffer), "AB\x82\x60");
    CHECK_MB(FN(_mbslwr_l)(buffer, NULL), "ab\x82\x81");
    CHECK_MB(FN(_mbsupr_l)(buffer, NULL), "AB\x82\x60");

    START("abcde");
    CHECK_MB(FN(_mbsnset)(buffer, 'x', 2), "xxcde");
    CHECK_MB(FN(_mbsnset_l)(buffer, 'y', 1, NULL), "yxcde");
    CHECK_MB(FN(_mbsnset)(buffer, 0x82a0, 2), "\x82\xa0\x82\xa0"
                                              "e");
    START("abcde");
    CHECK_MB(FN(_mbsnbset)(buffer, 0x82a0, 3), "\x82\xa0 de"); /* what is left of the count is a space */
    CHECK_MB(FN(_mbsnbset_l)(buffer, 'z', 2, NULL), "zz de");
    CHECK_MB(FN(_mbsset)(buffer, 0x82a0), "\x82\xa0\x82\xa0 ");
    CHECK_MB(FN(_mbsset_l)(buffer, '.', NULL), ".....");
    use(_MB_CP_SBCS);
}

CRT_TEST(checked_copying)
{
    byte buffer[16];
    int size;

    CHECK_EQ(use(932), 0);
    START("");
    CHECK_EQ(FN(_mbscpy_s)(buffer, 16, B(MIXED)), 0);
    CHECK_MB(buffer, MIXED);
    CHECK_INVALID(FN(_mbscpy_s)(buffer, 6, B(MIXED)), ERANGE, ERANGE);
    CHECK_EQ(buffer[0], 0);
    CHECK_INVALID(FN(_mbscpy_s)(NULL, 6, B(MIXED)), EINVAL, EINVAL);
    CHECK_EQ(CRT(int, _mbscpy_s_l, (byte *, size_t, const byte *, void *))(buffer, 16, B("q"), NULL), 0);
    CHECK_EQ(FN(_mbscat_s)(buffer, 16, B("r")), 0);
    CHECK_EQ(CRT(int, _mbscat_s_l, (byte *, size_t, const byte *, void *))(buffer, 16, B("s"), NULL), 0);
    CHECK_MB(buffer, "qrs");
    CHECK_INVALID(FN(_mbscat_s)(buffer, 4, B("t")), ERANGE, ERANGE);
    CHECK_EQ(buffer[0], 0);
    CHECK_EQ(FN(_mbccpy_s)(buffer, 16, &size, B("\x82\xa0x")), 0);
    CHECK_EQ(size, 2);
    CHECK_INVALID(FN(_mbccpy_s)(buffer, 1, &size, B("\x82\xa0x")), ERANGE, ERANGE);
    CHECK_EQ(FN(_mbccpy_s_l)(buffer, 1, &size, B("x"), NULL), 0);
    CHECK_EQ(size, 1);
    CHECK_INVALID(FN(_mbccpy_s)(NULL, 1, &size, B("x")), EINVAL, EINVAL);

    CHECK_EQ(FN(_mbsncpy_s)(buffer, 4, B(MIXED), 2), 0);
    CHECK_MB(buffer, "a\x82\xa0");
    CHECK_INVALID(FN(_mbsncpy_s)(buffer, 3, B(MIXED), 2), ERANGE, ERANGE);
    CHECK_EQ(buffer[0], 0);
    CHECK_EQ(FN(_mbsncpy_s)(buffer, 3, B(MIXED), _TRUNCATE), STRUNCATE);
    CHECK_MB(buffer, "a"); /* the character that does not fit is left out */
    CHECK_EQ(FN(_mbsncpy_s_l)(buffer, 16, B(MIXED), 1, NULL), 0);
    CHECK_MB(buffer, "a");
    CHECK_EQ(FN(_mbsnbcpy_s)(buffer, 16, B(MIXED), 3), 0);
    CHECK_MB(buffer, "a\x82\xa0");
    CHECK_EQ(FN(_mbsnbcpy_s_l)(buffer, 4, B(MIXED), _TRUNCATE, NULL), STRUNCATE);
    CHECK_MB(buffer, "a\x82\xa0");
    CHECK_INVALID(FN(_mbsnbcpy_s)(buffer, 4, B("abcd"), 4), ERANGE, ERANGE);
    CHECK_INVALID(FN(_mbsnbcpy_s)(NULL, 4, B("abcd"), 4), EINVAL, EINVAL);
    START("p");
    CHECK_EQ(FN(_mbsncat_s)(buffer, 16, B(MIXED), 2), 0);
    CHECK_MB(buffer, "pa\x82\xa0");
    CHECK_EQ(FN(_mbsncat_s_l)(buffer, 6, B(MIXED), _TRUNCATE, NULL), STRUNCATE);
    CHECK_MB(buffer, "pa\x82\xa0"
                     "a");
    START("p");
    CHECK_EQ(FN(_mbsnbcat_s)(buffer, 16, B(MIXED), 3), 0);
    CHECK_MB(buffer, "pa\x82\xa0");
    CHECK_INVALID(FN(_mbsnbcat_s_l)(buffer, 5, B("zz"), 2, NULL), ERANGE, ERANGE);
    CHECK_EQ(buffer[0], 0);

    START("aB");
    CHECK_EQ(FN(_mbslwr_s)(buffer, 16), 0);
    CHECK_MB(buffer, "ab");
    CHECK_EQ(FN(_mbsupr_s)(buffer, 16), 0);
    CHECK_MB(buffer, "AB");
    CHECK_EQ(FN(_mbslwr_s_l)(buffer, 3, NULL), 0);
    CHECK_EQ(FN(_mbsupr_s_l)(buffer, 3, NULL), 0);
    CHECK_MB(buffer, "AB");
    CHECK_INVALID(FN(_mbsupr_s)(buffer, 2), EINVAL, EINVAL);
    CHECK_EQ(buffer[0], 0);
    CHECK_INVALID(FN(_mbslwr_s)(NULL, 2), EINVAL, EINVAL);
    START("abcd");
    CHECK_EQ(FN(_mbsset_s)(buffer, 16, 'x'), 0);
    CHECK_MB(buffer, "xxxx");
    CHECK_EQ(FN(_mbsset_s_l)(buffer, 16, 'y', NULL), 0);
    CHECK_EQ(FN(_mbsnset_s)(buffer, 16, 'z', 2), 0);
    CHECK_MB(buffer, "zzyy");
    CHECK_EQ(FN(_mbsnset_s_l)(buffer, 16, 'w', 1, NULL), 0);
    CHECK_EQ(FN(_mbsnbset_s)(buffer, 16, 'v', 1), 0);
    CHECK_MB(buffer, "vzyy");
    CHECK_EQ(FN(_mbsnbset_s_l)(buffer, 16, 'u', 2, NULL), 0);
    CHECK_MB(buffer, "uuyy");
    CHECK_INVALID(FN(_mbsset_s)(buffer, 4, 'x'), EINVAL, EINVAL);
    CHECK_EQ(buffer[0], 0);
    use(_MB_CP_SBCS);
}
