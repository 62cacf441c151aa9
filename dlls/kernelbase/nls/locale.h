/*
 * Locale data: rows of strings and numbers that tools/locales.py makes, and the user's changes.
 */
#ifndef KERNELBASE_LOCALE_H
#define KERNELBASE_LOCALE_H

#include "nls.h"
#include <locale_fields.h>

/* The locale of a name (NULL: the user's; LOCALE_NAME_SYSTEM_DEFAULT) or LCID; NULL with the last error set
 * to ERROR_INVALID_PARAMETER. */
const struct nls_locale *locale_by_name(const WCHAR *name);
const struct nls_locale *locale_by_id(LCID lcid);

/* A field's text or number; the user's own setting first, unless `original`. */
const WCHAR *locale_text(const struct nls_locale *locale, int field, BOOL original);
UINT locale_number(const struct nls_locale *locale, int field, BOOL original);
BOOL locale_is_default(const struct nls_locale *locale);

/* Output of the ...Format functions: counts what does not fit. */
struct locale_output {
    WCHAR *to;
    int room, used;
};
void locale_put(struct locale_output *output, WCHAR c);
void locale_puts(struct locale_output *output, const WCHAR *text);
/* Terminates; the count with the terminator, or 0 with ERROR_INSUFFICIENT_BUFFER. */
int locale_finish(struct locale_output *output);

/* An ANSI result from a Unicode one: calls function(context, buffer, room) with a buffer that suffices. */
int locale_to_ansi(UINT code_page, char *to, int room, int (*function)(void *context, WCHAR *to, int room),
                   void *context);

#endif
