/*
 * The current locale, as older compilers' libraries ask for it.
 */
#include "locale_private.h"

unsigned int ___lc_codepage_func(void)
{
    return crt_current_locale()->codepage;
}
unsigned int ___lc_collate_cp_func(void)
{
    return crt_current_locale()->collate_codepage;
}
LCID *___lc_handle_func(void)
{
    return (LCID *)crt_current_locale()->lcid;
}
wchar_t **___lc_locale_name_func(void)
{
    return (wchar_t **)crt_current_locale()->lc_name;
}
int ___mb_cur_max_func(void)
{
    return crt_current_locale()->mb_cur_max;
}
int ___mb_cur_max_l_func(crt_locale_t l)
{
    return crt_locale_of(l)->mb_cur_max;
}
int *__p___mb_cur_max(void)
{
    return &__mb_cur_max;
}
int ___setlc_active_func(void)
{
    return __setlc_active;
}
int *___unguarded_readlc_active_add_func(void)
{
    return &__unguarded_readlc_active;
}
/* For programs whose char is unsigned: their CHAR_MAX says that a value is not known. Among the initializers.
 */
int __lconv_init(void)
{
    struct lconv *l = localeconv();

    l->int_frac_digits = l->frac_digits = l->p_cs_precedes = l->p_sep_by_space = l->n_cs_precedes =
        l->n_sep_by_space = l->p_sign_posn = l->n_sign_posn = (char)UCHAR_MAX;
    return 0;
}
void _lock_locales(void)
{
    _lock(CRT_LOCK_LOCALE);
}
void _unlock_locales(void)
{
    _unlock(CRT_LOCK_LOCALE);
}
const unsigned short *_get_locale_pctype(void)
{
    return crt_current_locale()->pctype;
}

/* ---------------------------------------------------------------- for older C++ libraries */

int __crtCompareStringW(LCID locale, DWORD flags, const wchar_t *a, int a_count, const wchar_t *b,
                        int b_count)
{
    return CompareStringW(locale, flags, a, a_count, b, b_count);
}
int __crtCompareStringA(LCID locale, DWORD flags, const char *a, int a_count, const char *b, int b_count)
{
    return CompareStringA(locale, flags, a, a_count, b, b_count);
}
int __crtLCMapStringW(LCID locale, DWORD flags, const wchar_t *a, int a_count, wchar_t *b, int b_count)
{
    return LCMapStringW(locale, flags, a, a_count, b, b_count);
}
int __crtLCMapStringA(LCID locale, DWORD flags, const char *a, int a_count, char *b, int b_count,
                      unsigned int codepage, int error)
{
    (void)codepage, (void)error;
    return LCMapStringA(locale, flags, a, a_count, b, b_count);
}
int __crtGetLocaleInfoW(LCID locale, LCTYPE type, wchar_t *buffer, int count)
{
    return GetLocaleInfoW(locale, type, buffer, count);
}
BOOL __crtGetStringTypeW(DWORD unused, DWORD type, const wchar_t *text, int count, WORD *out)
{
    (void)unused;
    return GetStringTypeW(type, text, count, out);
}
int __crtCompareStringEx(const wchar_t *locale, DWORD flags, const wchar_t *a, int a_count, const wchar_t *b,
                         int b_count)
{
    return CompareStringEx(locale, flags, a, a_count, b, b_count, NULL, NULL, 0);
}
int __crtLCMapStringEx(const wchar_t *locale, DWORD flags, const wchar_t *a, int a_count, wchar_t *b,
                       int b_count)
{
    return LCMapStringEx(locale, flags, a, a_count, b, b_count, NULL, NULL, 0);
}
