/*
 * Locales as objects, and text between the locale's encoding and wide characters.
 */
#include "crt.h"

#include <errno.h>
#include <locale.h>
#include <wchar.h>

CRT_TEST(objects)
{
    _locale_t german, wide_german, none;
    char text[40];

    german = CRT(_locale_t, _create_locale, (int, const char *))(LC_ALL, "German_Germany.1252");
    CHECK(german != NULL);
    CHECK(CRT(_locale_t, _create_locale, (int, const char *))(LC_ALL, "no such locale") == NULL);
    CHECK(CRT(_locale_t, _create_locale, (int, const char *))(77, "C") == NULL);
    CHECK(CRT(_locale_t, _create_locale, (int, const char *))(LC_ALL, NULL) == NULL);
    /* The program's locale is what it was. */
    CHECK_STR(CRT(char *, setlocale, (int, const char *))(LC_ALL, NULL), "C");
    CHECK(CRT(double, _strtod_l, (const char *, char **, _locale_t))("1,5", NULL, german) == 1.5);
    CHECK(CRT(double, _atof_l, (const char *, _locale_t))("2,25", german) == 2.25);
    CHECK(CRT(int, _isalpha_l, (int, _locale_t))(0xe4, german) != 0);
    CHECK_EQ(CRT(int, _toupper_l, (int, _locale_t))(0xe4, german), 0xc4);
    CHECK_EQ(CRT(int, _stricmp_l, (const char *, const char *, _locale_t))("\xe4", "\xc4", german), 0);
    CHECK(CRT(int, _stricmp_l, (const char *, const char *, _locale_t))("\xe4", "\xc4", NULL) != 0);
    /* a umlaut sorts beside a, not behind z */
    CHECK(CRT(int, _strcoll_l, (const char *, const char *, _locale_t))("\xe4", "b", german) < 0);
    CHECK(CRT(int, _strcoll_l, (const char *, const char *, _locale_t))("\xe4", "b", NULL) > 0);
    CHECK(CRT(int, _wcscoll_l, (const wchar_t *, const wchar_t *, _locale_t))(L"\xe4", L"b", german) < 0);
    strcpy(text, "\xe4pfel");
    CHECK_STR(CRT(char *, _strupr_l, (char *, _locale_t))(text, german), "\xc4PFEL");
    CRT(void, _free_locale, (_locale_t))(german);
    if (crt_has("_wcreate_locale")) {
        wide_german = CRT(_locale_t, _wcreate_locale, (int, const wchar_t *))(LC_NUMERIC,
                                                                              L"German_Germany.1252");
        CHECK(wide_german != NULL);
        CHECK(CRT(double, _atof_l, (const char *, _locale_t))("2,25", wide_german) == 2.25);
        CHECK(CRT(int, _isalpha_l, (int, _locale_t))(0xe4, wide_german) == 0); /* only numbers are German */
        CRT(void, _free_locale, (_locale_t))(wide_german);
    }
    CRT(void, _free_locale, (_locale_t))(NULL);
    CRT(char *, setlocale, (int, const char *))(LC_ALL, "German_Germany.1252");
    none = CRT(_locale_t, _get_current_locale, (void))();
    CRT(char *, setlocale, (int, const char *))(LC_ALL, "C");
    CHECK(none != NULL);
    CHECK(CRT(double, _atof_l, (const char *, _locale_t))("2,25", none) == 2.25);
    CRT(void, _free_locale, (_locale_t))(none);
}

CRT_TEST(names)
{
    CHECK_WSTR(CRT(wchar_t *, _wsetlocale, (int, const wchar_t *))(LC_ALL, NULL), L"C");
    CHECK_WSTR(CRT(wchar_t *, _wsetlocale, (int, const wchar_t *))(LC_CTYPE, L"German_Germany.1252"),
               L"German_Germany.1252");
    CHECK_EQ(CRT(unsigned, ___lc_codepage_func, (void))(), 1252);
    CHECK(strstr(CRT(char *, setlocale, (int, const char *))(LC_ALL, NULL), "LC_CTYPE=German_Germany.1252") !=
          NULL);
    CHECK(CRT(wchar_t *, _wsetlocale, (int, const wchar_t *))(LC_ALL, L"no such locale") == NULL);
    CRT(char *, setlocale, (int, const char *))(LC_ALL, "C");
    CHECK_EQ(CRT(unsigned, ___lc_codepage_func, (void))(), 0);
    CHECK_EQ(CRT(unsigned, ___lc_collate_cp_func, (void))(), 0);
    if (crt_has("___lc_locale_name_func")) {
        wchar_t **names = CRT(wchar_t **, ___lc_locale_name_func, (void))();
        CHECK(names != NULL && names[LC_CTYPE] == NULL);
    }
    if (crt_has("___mb_cur_max_l_func"))
        CHECK_EQ(CRT(int, ___mb_cur_max_l_func, (_locale_t))(NULL), 1);
#ifndef UCRT
    LCID *handles = CRT(LCID *, ___lc_handle_func, (void))();
    CHECK_EQ(handles[LC_CTYPE], 0);
#endif
    CHECK_INVALID(CRT(char *, setlocale, (int, const char *))(9, "C") == NULL, 1, EINVAL);
}

static DWORD WINAPI other_thread(void *name)
{
    /* A thread of its own locale does not see changes of others, nor they its. */
    int old = CRT(int, _configthreadlocale, (int))(_ENABLE_PER_THREAD_LOCALE);
    CRT(char *, setlocale, (int, const char *))(LC_ALL, "German_Germany.1252");
    strcpy(name, CRT(char *, setlocale, (int, const char *))(LC_ALL, NULL));
    return old == _DISABLE_PER_THREAD_LOCALE;
}

CRT_TEST(per_thread)
{
    char name[100] = "";
    DWORD code;

    HANDLE thread = CreateThread(NULL, 0, other_thread, name, 0, NULL);
    WaitForSingleObject(thread, 10000);
    GetExitCodeThread(thread, &code);
    CloseHandle(thread);
    CHECK_EQ(code, 1);
    CHECK_STR(name, "German_Germany.1252");
    CHECK_STR(CRT(char *, setlocale, (int, const char *))(LC_ALL, NULL), "C");
    CHECK_EQ(CRT(int, _configthreadlocale, (int))(0), _DISABLE_PER_THREAD_LOCALE);
    CHECK_INVALID(CRT(int, _configthreadlocale, (int))(77), -1, EINVAL);
    CRT(void, _lock_locales, (void))();
    CRT(void, _unlock_locales, (void))();
}

CRT_TEST(conversions)
{
    wchar_t wide[10], c;
    char text[10];
    size_t count;
    int length;
    _locale_t japanese = CRT(_locale_t, _create_locale, (int, const char *))(LC_ALL, "Japanese_Japan.932");

    /* The C locale: a byte is a character. */
    CHECK_EQ(FN(mblen)("a", 1), 1);
    CHECK_EQ(FN(mblen)("", 1), 0);
    CHECK_EQ(FN(mblen)(NULL, 1), 0);
    CHECK_EQ(CRT(int, _mblen_l, (const char *, size_t, _locale_t))("\x82\xa0", 2, japanese), 2);
    CHECK_EQ(CRT(int, _mblen_l, (const char *, size_t, _locale_t))("\x82", 1, japanese), -1);
    CHECK_EQ(FN(mbtowc)(&c, "\xe4", 1), 1);
    CHECK_EQ(c, 0xe4);
    CHECK_EQ(FN(mbtowc)(NULL, "x", 1), 1);
    CHECK_EQ(FN(mbtowc)(&c, "x", 0), 0);
    CHECK_EQ(CRT(int, _mbtowc_l, (wchar_t *, const char *, size_t, _locale_t))(&c, "\x82\xa0", 2, japanese),
             2);
    CHECK_EQ(c, 0x3042);
    CHECK_EQ(FN(wctomb)(text, L'x'), 1);
    CHECK_EQ(text[0], 'x');
    CHECK_ERRNO(FN(wctomb)(text, 0x3042), -1, EILSEQ);
    CHECK_EQ(FN(wctomb)(NULL, 'x'), 0);
    CHECK_EQ(CRT(int, _wctomb_l, (char *, wchar_t, _locale_t))(text, 0x3042, japanese), 2);
    CHECK_BYTES(text, "\x82\xa0", 2);
    CHECK_EQ(CRT(int, wctomb_s, (int *, char *, size_t, wchar_t))(&length, text, 10, L'y'), 0);
    CHECK_EQ(length, 1);
    CHECK_EQ(CRT(int, wctomb_s, (int *, char *, size_t, wchar_t))(&length, text, 10, 0x3042), EILSEQ);
    CHECK_EQ(length, -1);
    CHECK_EQ(CRT(int, _wctomb_s_l, (int *, char *, size_t, wchar_t, _locale_t))(&length, text, 10, 0x3042,
                                                                                japanese),
             0);
    CHECK_EQ(length, 2);
    CHECK_INVALID(CRT(int, _wctomb_s_l, (int *, char *, size_t, wchar_t, _locale_t))(&length, text, 1, 0x3042,
                                                                                     japanese),
                  ERANGE, ERANGE);

    CHECK_EQ(FN(mbstowcs)(wide, "abc", 10), 3);
    CHECK_WSTR(wide, L"abc");
    CHECK_EQ(FN(mbstowcs)(wide, "xyz", 2), 2); /* not terminated */
    CHECK_BYTES(wide, L"xyc", 6);
    CHECK_EQ(FN(mbstowcs)(NULL, "abc", 0), 3);
    CHECK_EQ(CRT(size_t, _mbstowcs_l, (wchar_t *, const char *, size_t, _locale_t))(wide, "a\x82\xa0", 10,
                                                                                    japanese),
             2);
    CHECK_WSTR(wide, L"a\x3042");
    CHECK_EQ(
        CRT(int, mbstowcs_s, (size_t *, wchar_t *, size_t, const char *, size_t))(&count, wide, 10, "abc", 9),
        0);
    CHECK_EQ(count, 4); /* with the terminator */
    CHECK_WSTR(wide, L"abc");
    CHECK_EQ(CRT(int, mbstowcs_s, (size_t *, wchar_t *, size_t, const char *, size_t))(&count, wide, 3, "abc",
                                                                                       _TRUNCATE),
             STRUNCATE);
    CHECK_WSTR(wide, L"ab");
    CHECK_INVALID(
        CRT(int, mbstowcs_s, (size_t *, wchar_t *, size_t, const char *, size_t))(&count, wide, 3, "abc", 3),
        ERANGE, ERANGE);
    CHECK_EQ(wide[0], 0);
    CHECK_EQ(
        CRT(int, mbstowcs_s, (size_t *, wchar_t *, size_t, const char *, size_t))(&count, NULL, 0, "abc", 0),
        0);
    CHECK_EQ(count, 4);
    CHECK_INVALID(
        CRT(int, mbstowcs_s, (size_t *, wchar_t *, size_t, const char *, size_t))(&count, NULL, 5, "abc", 0),
        EINVAL, EINVAL);
    CHECK_EQ(CRT(int, _mbstowcs_s_l, (size_t *, wchar_t *, size_t, const char *, size_t, _locale_t))(
                 &count, wide, 10, "\x82\xa0", 9, japanese),
             0);
    CHECK_EQ(count, 2);

    CHECK_EQ(FN(wcstombs)(text, L"abc", 10), 3);
    CHECK_STR(text, "abc");
    CHECK_EQ(FN(wcstombs)(NULL, L"abc", 0), 3);
    CHECK_ERRNO((int)FN(wcstombs)(text, L"a\x3042", 10), -1, EILSEQ);
    CHECK_EQ(CRT(size_t, _wcstombs_l, (char *, const wchar_t *, size_t, _locale_t))(text, L"a\x3042", 10,
                                                                                    japanese),
             3);
    CHECK_STR(text, "a\x82\xa0");
    CHECK_EQ(
        CRT(size_t, _wcstombs_l, (char *, const wchar_t *, size_t, _locale_t))(text, L"a\x3042", 2, japanese),
        1);
    CHECK_EQ(CRT(int, wcstombs_s, (size_t *, char *, size_t, const wchar_t *, size_t))(&count, text, 10,
                                                                                       L"abc", 9),
             0);
    CHECK_EQ(count, 4);
    CHECK_EQ(CRT(int, wcstombs_s, (size_t *, char *, size_t, const wchar_t *, size_t))(&count, text, 3,
                                                                                       L"abc", _TRUNCATE),
             STRUNCATE);
    CHECK_STR(text, "ab");
    CHECK_INVALID(
        CRT(int, wcstombs_s, (size_t *, char *, size_t, const wchar_t *, size_t))(&count, text, 3, L"abc", 3),
        ERANGE, ERANGE);
    CHECK_EQ(text[0], 0);
    CHECK_EQ(CRT(int, _wcstombs_s_l, (size_t *, char *, size_t, const wchar_t *, size_t, _locale_t))(
                 &count, text, 10, L"\x3042", 9, japanese),
             0);
    CHECK_EQ(count, 3);
    CRT(void, _free_locale, (_locale_t))(japanese);
}

CRT_TEST(restartable)
{
    ORACLE_DIFFERS("the second piece of a character is one byte");
    mbstate_t state = {0};
    wchar_t wide[10];
    char text[10];
    size_t count;
    const char *from = "abc";
    const wchar_t *wide_from = L"abc";

#ifdef UCRT
    wchar_t c = 0;
    CHECK_EQ(CRT(wint_t, btowc, (int))('a'), 'a');
    CHECK_EQ(CRT(wint_t, btowc, (int))(EOF), WEOF);
    CHECK_EQ(CRT(int, wctob, (wint_t))(L'a'), 'a');
    CHECK_EQ(CRT(int, wctob, (wint_t))(0x3042), EOF);
    CHECK_EQ(CRT(size_t, mbrlen, (const char *, size_t, mbstate_t *))("a", 1, &state), 1);
    CHECK_EQ(CRT(size_t, mbrtowc, (wchar_t *, const char *, size_t, mbstate_t *))(&c, "q", 1, &state), 1);
    CHECK_EQ(c, 'q');
    CHECK_EQ(CRT(size_t, wcrtomb, (char *, wchar_t, mbstate_t *))(text, L'z', &state), 1);
    CHECK_EQ(CRT(size_t, mbsrtowcs, (wchar_t *, const char **, size_t, mbstate_t *))(wide, &from, 10, &state),
             3);
    CHECK(from == NULL);
    CHECK_WSTR(wide, L"abc");
    CHECK_EQ(
        CRT(size_t, wcsrtombs, (char *, const wchar_t **, size_t, mbstate_t *))(text, &wide_from, 10, &state),
        3);
    CHECK(wide_from == NULL);
    CHECK_STR(text, "abc");
#endif
    from = "xyz";
    wide_from = L"xyz";
    CHECK_EQ(CRT(int, mbsrtowcs_s, (size_t *, wchar_t *, size_t, const char **, size_t, mbstate_t *))(
                 &count, wide, 10, &from, 9, &state),
             0);
    CHECK_EQ(count, 4);
    CHECK_WSTR(wide, L"xyz");
    CHECK_EQ(CRT(int, wcsrtombs_s, (size_t *, char *, size_t, const wchar_t **, size_t, mbstate_t *))(
                 &count, text, 10, &wide_from, 9, &state),
             0);
    CHECK_EQ(count, 4);
    CHECK_STR(text, "xyz");
    CHECK_EQ(
        CRT(int, wcrtomb_s, (size_t *, char *, size_t, wchar_t, mbstate_t *))(&count, text, 10, L'k', &state),
        0);
    CHECK_EQ(count, 1);
    CHECK_EQ(text[0], 'k');
#ifdef UCRT
    /* A character that comes in two pieces. */
    CRT(char *, setlocale, (int, const char *))(LC_ALL, "Japanese_Japan.932");
    memset(&state, 0, sizeof state);
    CHECK_EQ(CRT(size_t, mbrtowc, (wchar_t *, const char *, size_t, mbstate_t *))(&c, "\x82", 1, &state),
             (size_t)-2);
    CHECK_EQ(CRT(size_t, mbrtowc, (wchar_t *, const char *, size_t, mbstate_t *))(&c, "\xa0", 1, &state), 1);
    CHECK_EQ(c, 0x3042);
    CRT(char *, setlocale, (int, const char *))(LC_ALL, "C");
#endif
}

#ifndef UCRT
/* What older C++ libraries take from msvcrt. */
CRT_TEST(helpers)
{
    wchar_t wide[20];
    char text[20];
    WORD types[3];

    CHECK_EQ(CRT(int, __crtCompareStringA, (LCID, DWORD, const char *, int, const char *, int, int))(
                 0x409, NORM_IGNORECASE, "abc", -1, "ABC", -1, 1252),
             CSTR_EQUAL);
    CHECK_EQ(CRT(int, __crtCompareStringW,
                 (LCID, DWORD, const wchar_t *, int, const wchar_t *, int))(0x409, 0, L"abc", -1, L"abd", -1),
             CSTR_LESS_THAN);
    CHECK_EQ(CRT(int, __crtLCMapStringA, (LCID, DWORD, const char *, int, char *, int, int, int))(
                 0x409, LCMAP_UPPERCASE, "abc", -1, text, 20, 1252, 0),
             4);
    CHECK_STR(text, "ABC");
    CHECK_EQ(CRT(int, __crtLCMapStringW, (LCID, DWORD, const wchar_t *, int, wchar_t *, int))(
                 0x409, LCMAP_UPPERCASE, L"abc", -1, wide, 20),
             4);
    CHECK_WSTR(wide, L"ABC");
    CHECK(CRT(int, __crtGetStringTypeW, (DWORD, DWORD, const wchar_t *, int, WORD *))(0, CT_CTYPE1, L"a1", 2,
                                                                                      types) != 0);
    CHECK(types[0] & C1_ALPHA && types[1] & C1_DIGIT);
    CHECK(CRT(int, __crtGetLocaleInfoW, (LCID, LCTYPE, wchar_t *, int))(0x409, LOCALE_SDECIMAL, wide, 20) ==
          2);
    CHECK_WSTR(wide, L".");
    int *active = CRT(int *, ___setlc_active_func, (void))(), before = active ? *active : 0;
    CHECK_EQ(before, 0);
    CHECK(CRT(int *, ___unguarded_readlc_active_add_func, (void))() != NULL);
}
#endif

CRT_TEST(helpers_by_name)
{
    wchar_t wide[20];

    CHECK_EQ(
        CRT(int, __crtCompareStringEx, (const wchar_t *, DWORD, const wchar_t *, int, const wchar_t *, int))(
            L"en-US", NORM_IGNORECASE, L"abc", -1, L"ABC", -1),
        CSTR_EQUAL);
    CHECK_EQ(CRT(int, __crtLCMapStringEx, (const wchar_t *, DWORD, const wchar_t *, int, wchar_t *, int))(
                 L"en-US", LCMAP_UPPERCASE, L"abc", -1, wide, 20),
             4);
    CHECK_WSTR(wide, L"ABC");
}
