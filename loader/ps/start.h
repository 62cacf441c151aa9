/*
 * Starting the guest process in this Unix process: what the command line (or a parent Gastwirt
 * process) decided, and the hand-over to guest code.
 */
#ifndef PS_START_H
#define PS_START_H

#include <nt/peb.h>

struct ps_start {
    int image_fd;          /* the program, opened for reading */
    WCHAR *image_dos_path; /* Z:\...; malloc'ed, as are the following */
    WCHAR *command_line;
    WCHAR *current_directory;  /* DOS path */
    WCHAR *environment;        /* block of NAME=VALUE strings, each terminated, then an empty one */
    size_t environment_length; /* in WCHARs, with both terminators */
    HANDLE standard[3];        /* input, output, error */
    ULONG process_group;
    ULONG show_window, startup_flags;
    ULONG place[7]; /* dwX, dwY, dwXSize, dwYSize, dwXCountChars, dwYCountChars, dwFillAttribute */
    WCHAR *window_title, *desktop; /* NULL: the usual ones */
    void *runtime_data;            /* lpReserved2 of the parent's STARTUPINFO, or NULL */
    size_t runtime_data_size;
};

/* Maps program and ntdll, makes PEB, TEB and stack, and enters the guest. Returns only on failure:
 * a text for people. Consumes *start. */
const char *ps_start(struct ps_start *start);

/* The environment block for a first process from the Unix environment; malloc'ed. */
WCHAR *ps_environment(char **unix_environment, size_t *ret_length);

/* A command line from a DOS path and further arguments, quoted as the C runtimes undo it; malloc'ed. */
WCHAR *ps_command_line(const WCHAR *program, char **arguments);

/* Finds the program file as a shell would: the path itself (Unix or DOS), else the system folder,
 * else PATH; ".exe" may be left out. An absolute Unix path in a static buffer, or NULL. */
const char *ps_find_program(const char *name);

#endif
