/*
 * xcopy.exe: options and what its files share.
 */
#ifndef XCOPY_H
#define XCOPY_H

#include "../include/console.h"

extern struct options {
    BOOL archive, reset_archive; /* /a, /m */
    BOOL tree, empty_folders;    /* /s, /e */
    BOOL only_folders;           /* /t */
    BOOL keep_going, quiet, full_names, list_only, only_existing, hidden, replace_read_only, keep_attributes;
    BOOL ask_each, ask_replace, assume_folder, wait, by_date, newer;
    FILETIME date;
    wchar_t **excluded; /* lower case */
    size_t excluded_count;
} options;

/* Status of the program: 0, 1 nothing found, 2 ended by the user, 4 no room or bad arguments, 5 write error.
 */
enum { DONE = 0, NOTHING = 1, ENDED = 2, UNABLE = 4, WRITE_ERROR = 5 };

BOOL read_exclusions(const wchar_t *names); /* files, joined with + */
/* The letter of the answer in capitals, 0 when the input has ended. */
wchar_t ask(const wchar_t *question, const wchar_t *answers);
int copy_tree(const wchar_t *source, const wchar_t *pattern, const wchar_t *target, const wchar_t *new_name,
              const wchar_t *shown);
extern unsigned copied;

#endif
