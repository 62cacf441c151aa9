/*
 * Simple case mapping from the tables that tools/unicode.py makes: USHORT[256] block of each high
 * byte, then blocks of what to add.
 */
#ifndef NLS_CASING_H
#define NLS_CASING_H

#include <nt/nls.h>
#include <nt/peb.h>

#define process_heap() (NtCurrentTeb()->ProcessEnvironmentBlock->ProcessHeap)

extern const USHORT unicode_upcase[], unicode_downcase[];

static inline WCHAR nls_map(const USHORT *table, WCHAR c)
{
    return (WCHAR)(c + table[256 + (table[c >> 8] << 8) + (c & 0xff)]);
}

static inline WCHAR nls_upcase(WCHAR c)
{
    if (c < 0x80)
        return c >= 'a' && c <= 'z' ? c - 0x20 : c;
    return nls_map(unicode_upcase, c);
}

static inline WCHAR nls_downcase(WCHAR c)
{
    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c + 0x20 : c;
    return nls_map(unicode_downcase, c);
}

#endif
