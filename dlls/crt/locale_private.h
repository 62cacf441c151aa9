/*
 * What the files about locales share.
 */
#ifndef CRT_LOCALE_PRIVATE_H
#define CRT_LOCALE_PRIVATE_H

#include "crt.h"

struct crt_parsed_locale {
    bool is_c;
    wchar_t name[LOCALE_NAME_MAX_LENGTH]; /* for the system */
    wchar_t text[200];                    /* what setlocale returns */
    unsigned int codepage;
};

/* False: there is no such locale. */
bool crt_parse_locale(const wchar_t *text, struct crt_parsed_locale *r);

extern int __mb_cur_max, __setlc_active, __unguarded_readlc_active;
struct lconv *localeconv(void);

#endif
