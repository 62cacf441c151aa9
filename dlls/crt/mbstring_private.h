/*
 * What the files of the multibyte string functions share. Characters are of one or two bytes, by the
 * multibyte code page. A lead byte before the terminator counts as a character of its own.
 */
#ifndef CRT_MBSTRING_PRIVATE_H
#define CRT_MBSTRING_PRIVATE_H

#include "crt.h"

typedef unsigned char byte;

static inline int mb_size_at(const byte *p, const struct crt_mbc *m)
{
    return m->is_dbcs && m->type[*p + 1] & MB_M1 && p[1] ? 2 : 1;
}
static inline unsigned int mb_value_at(const byte *p, const struct crt_mbc *m)
{
    return mb_size_at(p, m) == 2 ? (unsigned int)(p[0] << 8 | p[1]) : *p;
}

unsigned int mb_map(unsigned int c, const struct crt_mbc *m, bool upper);
size_t mb_whole(const byte *p, size_t limit,
                const struct crt_mbc *m); /* bytes of whole characters in the limit */
size_t _mbsnbcnt_l(const byte *p, size_t count, crt_locale_t l);
size_t _mbsnccnt_l(const byte *p, size_t count, crt_locale_t l);

#define LENGTH(p) strlen((char *)(p))

#endif
