/*
 * What CreateProcess decides about a start before NtCreateUserProcess.
 */
#ifndef KERNELBASE_PROCESS_START_H
#define KERNELBASE_PROCESS_START_H

#include "kernelbase.h"

enum { PATH_LIMIT = 32768 };

/* What is decided about a start; all on the process heap. */
struct start {
    WCHAR *path;      /* full DOS path of the program */
    WCHAR *command;   /* command line */
    WCHAR *directory; /* full, with a backslash at its end */
    WCHAR *environment;
    SIZE_T environment_size;
};

/* Finds the file that application or, without it, the command line names (with .exe, in the folders that
 * count), and sets start->path and start->command; batch files get the command interpreter. FALSE with the
 * last error. */
BOOL start_find_program(struct start *start, const WCHAR *application, const WCHAR *command);

/* On the process heap; NULL with the last error set. */
WCHAR *start_full_path(const WCHAR *path);

static inline SIZE_T length_of(const WCHAR *text)
{
    SIZE_T length = 0;
    while (text[length])
        length++;
    return length;
}

/* The first `length` characters, terminated, with room for `extra` more; NULL with the last error set. */
static inline WCHAR *copy_text(const WCHAR *text, SIZE_T length, SIZE_T extra)
{
    WCHAR *copy = allocate((length + extra + 1) * sizeof *copy);
    if (copy) {
        RtlCopyMemory(copy, text, length * sizeof *copy);
        copy[length] = 0;
    }
    return copy;
}

static inline void append_text(WCHAR *to, const WCHAR *text)
{
    to += length_of(to);
    while ((*to++ = *text++))
        ;
}

#endif
