/* Code pages: conversions, their flags and failures, what is known about them. */
#include "harness.h"

TEST(ascii)
{
    WCHAR wide[80];
    char text[80];
    const char *sample = "The quick brown fox jumps over the lazy dog, 0123456789 times";
    int length = (int)strlen(sample) + 1;

    CHECK_EQ(MultiByteToWideChar(CP_ACP, 0, sample, -1, NULL, 0), length);
    CHECK_EQ(MultiByteToWideChar(CP_UTF8, 0, sample, -1, wide, 80), length);
    CHECK_EQ(wide[length - 1], 0);
    CHECK_EQ(wide[20], 'j');
    CHECK_EQ(WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, 80, NULL, NULL), length);
    CHECK_STR(text, sample);
}

TEST(utf8)
{
    static const char text[] = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80";
    WCHAR wide[16];
    char back[16];

    CHECK_EQ(MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, wide, 16), 6);
    CHECK_WSTR(wide, L"a\u00e4\u20ac\U0001f600");
    CHECK_EQ(WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, wide, -1, back, 16, NULL, NULL), 11);
    CHECK_STR(back, text);
    CHECK_EQ(MultiByteToWideChar(CP_UTF8, 0,
                                 "x\xff"
                                 "y",
                                 3, wide, 16),
             3);
    CHECK_EQ(wide[1], 0xfffd);
    CHECK_EQ(MultiByteToWideChar(CP_UTF8, 0,
                                 "\xe2\x82"
                                 "A",
                                 3, wide, 16),
             2); /* one for the whole part */
    CHECK_EQ(wide[0], 0xfffd);
    CHECK_EQ(wide[1], 'A');
    CHECK_EQ(WideCharToMultiByte(CP_UTF8, 0, L"\xd800", 1, back, 16, NULL, NULL), 3);
    CHECK_EQ((BYTE)back[0], 0xef);
    CHECK_ERROR(MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, "\xc3(", 2, wide, 16),
                ERROR_NO_UNICODE_TRANSLATION);
    CHECK_ERROR(WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, L"\xdc00", 1, back, 16, NULL, NULL),
                ERROR_NO_UNICODE_TRANSLATION);
}

TEST(failures)
{
    ORACLE_DIFFERS("documented: these flags and arguments are wrong for UTF-8, wine ignores them");
    WCHAR wide[4];
    char text[4];
    BOOL used;

    CHECK_ERROR(MultiByteToWideChar(CP_UTF8, 0, "abcdef", -1, wide, 4), ERROR_INSUFFICIENT_BUFFER);
    CHECK_ERROR(WideCharToMultiByte(1252, 0, L"abcdef", -1, text, 4, NULL, NULL), ERROR_INSUFFICIENT_BUFFER);
    CHECK_ERROR(MultiByteToWideChar(CP_UTF8, 0, NULL, 1, wide, 4), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(MultiByteToWideChar(CP_UTF8, 0, "a", 0, wide, 4), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(MultiByteToWideChar(CP_UTF8, 0, "a", 1, wide, -1), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(MultiByteToWideChar(12345, 0, "a", 1, wide, 4), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(MultiByteToWideChar(CP_UTF8, MB_COMPOSITE, "a", 1, wide, 4), ERROR_INVALID_FLAGS);
    CHECK_ERROR(MultiByteToWideChar(1252, MB_COMPOSITE | MB_PRECOMPOSED, "a", 1, wide, 4),
                ERROR_INVALID_FLAGS);
    CHECK_ERROR(WideCharToMultiByte(CP_UTF7, 0, L"a", 1, text, 4, "?", NULL), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(WideCharToMultiByte(CP_UTF7, 0, L"a", 1, text, 4, NULL, &used), ERROR_INVALID_PARAMETER);
    /* documented to fail likewise; here and in wine UTF-8 may be the console's, and programs ask so of that
     */
    used = TRUE;
    CHECK_EQ(WideCharToMultiByte(CP_UTF8, 0, L"\x20ac", 1, text, 4, "?", &used), 3);
    CHECK(!used);
    CHECK_ERROR(WideCharToMultiByte(CP_UTF8, WC_DEFAULTCHAR, L"a", 1, text, 4, NULL, NULL),
                ERROR_INVALID_FLAGS);
    CHECK_ERROR(MultiByteToWideChar(932, MB_ERR_INVALID_CHARS, "\x81", 1, wide, 4),
                ERROR_NO_UNICODE_TRANSLATION);
}

static WCHAR decode(UINT page, const char *bytes)
{
    WCHAR wide[4] = {0};

    return MultiByteToWideChar(page, 0, bytes, -1, wide, 4) == 2 ? wide[0] : 0;
}

TEST(tables)
{
    CHECK_EQ(decode(437, "\x81"), 0xfc);
    CHECK_EQ(decode(437, "\xe1"), 0xdf);
    CHECK_EQ(decode(850, "\xd5"), 0x131);
    CHECK_EQ(decode(866, "\x80"), 0x410);
    CHECK_EQ(decode(1250, "\xb9"), 0x105);
    CHECK_EQ(decode(1251, "\xc0"), 0x410);
    CHECK_EQ(decode(1252, "\x80"), 0x20ac);
    CHECK_EQ(decode(1252, "\x81"), 0x81);
    CHECK_EQ(decode(1253, "\xe1"), 0x3b1);
    CHECK_EQ(decode(20866, "\xc1"), 0x430);
    CHECK_EQ(decode(28592, "\xb1"), 0x105);
    CHECK_EQ(decode(932, "\x82\xa0"), 0x3042);
    CHECK_EQ(decode(932, "\xb1"), 0xff71);
    CHECK_EQ(decode(936, "\xd6\xd0"), 0x4e2d);
    CHECK_EQ(decode(949, "\xb0\xa1"), 0xac00);
    CHECK_EQ(decode(950, "\xa4\xa4"), 0x4e2d);
    if (!harness_is_wine()) /* converts no four-byte sequences of GB18030 */
        CHECK_EQ(decode(54936, "\x81\x39\xee\x39"), 0x3400);
}

TEST(defaults)
{
    char text[8];
    BOOL used = 5;

    CHECK_EQ(WideCharToMultiByte(1252, 0, L"\x4e2d", 1, text, 8, NULL, &used), 1);
    CHECK_EQ(text[0], '?');
    CHECK_EQ(used, TRUE);
    CHECK_EQ(WideCharToMultiByte(1252, 0, L"\x4e2d", 1, text, 8, "!", &used), 1);
    CHECK_EQ(text[0], '!');
    CHECK_EQ(WideCharToMultiByte(1252, 0, L"e", 1, text, 8, NULL, &used), 1);
    CHECK_EQ(used, FALSE);
    /* Best fit, and not. */
    CHECK_EQ(WideCharToMultiByte(1252, 0, L"\x0100", 1, text, 8, NULL, &used), 1);
    CHECK_EQ(text[0], 'A');
    CHECK_EQ(WideCharToMultiByte(1252, WC_NO_BEST_FIT_CHARS, L"\x0100", 1, text, 8, NULL, &used), 1);
    CHECK_EQ(text[0], '?');
    CHECK_EQ(used, TRUE);
}

TEST(utf7)
{
    WCHAR wide[16];
    char text[32];

    CHECK_EQ(WideCharToMultiByte(CP_UTF7, 0, L"A\x2262\x0391.", -1, text, 32, NULL, NULL), 10 + 1 - 0);
    CHECK_STR(text, "A+ImIDkQ-.");
    CHECK_EQ(MultiByteToWideChar(CP_UTF7, 0, "A+ImIDkQ.", -1, wide, 16), 5);
    CHECK_WSTR(wide, L"A\x2262\x0391.");
}

static int pages_seen, utf8_seen;

static BOOL CALLBACK count_page(LPWSTR name)
{
    pages_seen++;
    utf8_seen |= lstrcmpW(name, L"65001") == 0;
    return TRUE;
}

TEST(information)
{
    CPINFO info;
    CPINFOEXW more;

    CHECK(IsValidCodePage(1252));
    CHECK(IsValidCodePage(CP_UTF8));
    CHECK(!IsValidCodePage(12345));
    CHECK(GetCPInfo(932, &info));
    CHECK_EQ(info.MaxCharSize, 2);
    CHECK_EQ(info.LeadByte[0], 0x81);
    CHECK_EQ(info.LeadByte[1], 0x9f);
    CHECK_EQ(info.LeadByte[2], 0xe0);
    CHECK_EQ(info.LeadByte[3], 0xfc);
    CHECK(GetCPInfo(CP_UTF8, &info));
    CHECK_EQ(info.MaxCharSize, 4);
    CHECK_EQ(info.LeadByte[0], 0);
    CHECK(GetCPInfoExW(1252, 0, &more));
    CHECK_EQ(more.CodePage, 1252);
    CHECK_EQ(more.MaxCharSize, 1);
    CHECK_EQ(more.UnicodeDefaultChar, '?');
    CHECK_ERROR(GetCPInfo(12345, &info), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(GetCPInfo(1252, NULL), ERROR_INVALID_PARAMETER);
    CHECK(IsDBCSLeadByteEx(932, 0x81));
    CHECK(!IsDBCSLeadByteEx(932, 0x41));
    CHECK(!IsDBCSLeadByteEx(1252, 0x81));
    CHECK(EnumSystemCodePagesW(count_page, CP_INSTALLED));
    CHECK(pages_seen > 40);
    CHECK(utf8_seen || harness_is_wine()); /* lists only what it has files for */
    CHECK(IsValidCodePage(GetACP()));
    CHECK(IsValidCodePage(GetOEMCP()));
}
