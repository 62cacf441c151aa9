/*
 * Initialization files: the text of one in memory, its sections and keys as ranges of that text.
 */
#ifndef KERNELBASE_PROFILE_FILE_H
#define KERNELBASE_PROFILE_FILE_H

#include "kernelbase.h"

enum profile_encoding { PROFILE_ANSI, PROFILE_UTF8, PROFILE_UTF16, PROFILE_UTF16_SWAPPED };

struct profile {
    HANDLE file; /* locked as long as it is open */
    enum profile_encoding encoding;
    WCHAR *text;
    DWORD length, capacity;
};

struct range {
    DWORD start, end;
};

/* Opens and reads; a file without a folder lies in the Windows folder, NULL is win.ini. For writing it is
 * created if need be. FALSE with the last error. */
BOOL profile_open(struct profile *profile, const WCHAR *name, BOOL write);
/* Writes the text back if asked to; frees everything. FALSE: the last error says why it was not written. */
BOOL profile_close(struct profile *profile, BOOL write);

/* The next line from *at: blanks around it are left out. FALSE at the end. */
BOOL profile_line(const struct profile *profile, DWORD *at, struct range *line);
/* Is the line a section's head? Its name. */
BOOL profile_head(const struct profile *profile, struct range line, struct range *ret_name);
/* Splits "key = value"; a line without the sign is a key with an empty value. FALSE: a comment or an empty
 * line. */
BOOL profile_entry(const struct profile *profile, struct range line, struct range *ret_key,
                   struct range *ret_value);
BOOL profile_equal(const struct profile *profile, struct range range, const WCHAR *name);

/* The lines below a section's head, up to the next one; *ret_head is where the head starts. */
BOOL profile_section(const struct profile *profile, const WCHAR *name, struct range *ret_body,
                     DWORD *ret_head);
/* The whole line of a key, with its end, in a section. */
BOOL profile_key(const struct profile *profile, struct range body, const WCHAR *name, struct range *ret_line,
                 struct range *ret_value);
/* Replaces a range by a text. */
BOOL profile_replace(struct profile *profile, struct range range, const WCHAR *text, DWORD length);

#endif
