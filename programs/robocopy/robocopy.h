/*
 * robocopy.exe: options, and what is counted.
 */
#ifndef ROBOCOPY_H
#define ROBOCOPY_H

#include "../include/console.h"

struct patterns {
    wchar_t **texts;
    size_t count;
};

extern struct options {
    wchar_t *source, *target;
    struct patterns files, excluded_files, excluded_folders;
    BOOL tree, empty, purge, move_files, move_folders, list_only,
        skeleton; /* skeleton: /create, empty files */
    BOOL skip_newer, skip_older, skip_changed, skip_extra, skip_lonely, with_same;
    BOOL no_files, no_folders, no_header, no_summary, no_sizes, no_classes, full_names, verbose, tee;
    BOOL only_archive, reset_archive, skip_junctions, loose_times;
    DWORD included, excluded, add, remove; /* attributes */
    unsigned levels, retries, wait;
    ULONGLONG least, most;    /* sizes */
    ULONGLONG oldest, newest; /* FILETIMEs: /maxage, /minage; 0: any */
    wchar_t *log;
    BOOL log_appends;
} options;

enum { TOTAL, COPIED, SKIPPED, MISMATCH, FAILURES, EXTRAS, COLUMNS };
extern ULONGLONG folders[COLUMNS], files[COLUMNS], bytes[COLUMNS];

/* Bits of the exit status. */
enum { STATUS_COPIED = 1, STATUS_EXTRAS = 2, STATUS_MISMATCH = 4, STATUS_FAILED = 8, STATUS_FATAL = 16 };

void report(const wchar_t *format, ...); /* to the log or the output */
void copy_folder(const wchar_t *source, const wchar_t *target, unsigned level);
/* 0: go on, else the exit status. */
int read_arguments(int argc, wchar_t **argv);

#endif
