/*
 * What kernelbase's text functions share.
 */
#ifndef KERNELBASE_NLS_H
#define KERNELBASE_NLS_H

#include "../kernelbase.h"
#include <nt/nls.h>

extern const USHORT unicode_upcase[], unicode_downcase[];

static inline WCHAR nls_map(const USHORT *table, WCHAR c)
{
    return (WCHAR)(c + table[256 + (table[c >> 8] << 8) + (c & 0xff)]);
}

static inline WCHAR nls_upcase(WCHAR c)
{
    return nls_map(unicode_upcase, c);
}

static inline WCHAR nls_downcase(WCHAR c)
{
    return nls_map(unicode_downcase, c);
}

/* CP_ACP and friends as a number. */
UINT nls_resolve_code_page(UINT code_page);

/* C1_*, C2_* and C3_* of a character, as GetStringType reports them. */
struct nls_character_class {
    USHORT type1, type2, type3;
};
extern const USHORT unicode_classes[];                         /* two stages of UCHAR class numbers */
extern const struct nls_character_class unicode_class_types[]; /* by class number */

static inline const struct nls_character_class *nls_class(WCHAR c)
{
    const UCHAR *blocks = (const UCHAR *)(unicode_classes + 256);

    return &unicode_class_types[blocks[(unicode_classes[c >> 8] << 8) + (c & 0xff)]];
}

/* Calls function(a, b, c); 0 if an access violation came out of it. */
ULONG_PTR nls_guarded_call(ULONG_PTR (*function)(void *a, const void *b, ULONG_PTR c), void *a, const void *b,
                           ULONG_PTR c);

/* An ANSI argument as Unicode with a stack buffer for the usual case. length -1: terminated. */
struct nls_wide {
    WCHAR *text; /* NULL: no memory (last error set), or the argument was NULL */
    int length;  /* WCHARs; without the terminator if the argument had none counted, else -1 was given */
    WCHAR buffer[128];
};
BOOL nls_wide_from_ansi(struct nls_wide *wide, UINT code_page, const char *text, int length);
void nls_wide_free(struct nls_wide *wide);

/* The ANSI code page to convert with for a locale and its flags (LOCALE_USE_CP_ACP). */
UINT nls_locale_code_page(LCID lcid, DWORD flags);

#endif
