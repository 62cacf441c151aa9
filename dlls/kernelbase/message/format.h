/*
 * printf conversions as wsprintf and FormatMessage's inserts have them: integers, characters and
 * strings, no floating point.
 */
#ifndef MESSAGE_FORMAT_H
#define MESSAGE_FORMAT_H

#include "../nls/nls.h"

struct format_output {
    WCHAR *text;
    SIZE_T used, room;
    BOOL grows;  /* text is from the process heap */
    BOOL failed; /* no memory */
};
void format_put(struct format_output *output, WCHAR c);

/* Where arguments come from: the next one, of 4 bytes or (wide) 8. */
struct format_arguments {
    ULONGLONG (*next)(struct format_arguments *arguments, BOOL wide);
};

/* Writes one conversion; *conversion is behind its '%' and is moved behind it. `ansi`: %s and %c are
 * narrow unless said otherwise. FALSE: not a conversion (nothing is taken or written). */
BOOL format_conversion(struct format_output *output, const WCHAR **conversion, BOOL ansi,
                       struct format_arguments *arguments);

#endif
