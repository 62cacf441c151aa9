/*
 * GetStringType: what characters are, from the class table.
 */
#include "nls.h"

BOOL WINAPI GetStringTypeW(DWORD type, LPCWCH text, int length, LPWORD types)
{
    if (!text || !types) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (type != CT_CTYPE1 && type != CT_CTYPE2 && type != CT_CTYPE3) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (length < 0)
        length = lstrlenW(text) + 1;
    for (int i = 0; i < length; i++) {
        const struct nls_character_class *class = nls_class(text[i]);

        types[i] = type == CT_CTYPE1 ? class->type1 : type == CT_CTYPE2 ? class->type2 : class->type3;
    }
    return TRUE;
}

BOOL WINAPI GetStringTypeExW(LCID lcid, DWORD type, LPCWCH text, int length, LPWORD types)
{
    (void)lcid;
    return GetStringTypeW(type, text, length, types);
}

BOOL WINAPI GetStringTypeA(LCID lcid, DWORD type, LPCSTR text, int length, LPWORD types)
{
    struct nls_wide wide;
    BOOL result;

    if (!text || !types || !length) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!nls_wide_from_ansi(&wide, nls_locale_code_page(lcid, 0), text, length))
        return FALSE;
    result = GetStringTypeW(type, wide.text, length < 0 ? wide.length + 1 : wide.length, types);
    nls_wide_free(&wide);
    return result;
}

BOOL WINAPI GetStringTypeExA(LCID lcid, DWORD type, LPCSTR text, int length, LPWORD types)
{
    return GetStringTypeA(lcid, type, text, length, types);
}
