/*
 * The editing of a line that is typed at the console (ReadConsole and ReadFile in line mode with echo): keys
 * go in, text for the terminal comes out. Plain data, no terminal: the caller reads keys and writes.
 */
#ifndef IO_LINE_EDIT_H
#define IO_LINE_EDIT_H

#include "io/keys.h"

enum { LINE_EDIT_ROOM = 8000, LINE_HISTORY = 50 };

struct line_edit {
    WCHAR text[LINE_EDIT_ROOM];
    size_t length, cursor; /* units */
    bool overwrite;
    WCHAR half;            /* a high surrogate whose other half comes with the next key */
    unsigned width, start; /* of the terminal; the column where the text begins */
    size_t recalled;       /* lines back in the history; 0: the line itself */
    char *out;             /* what the terminal is to be sent: malloc'ed, see line_edit_take */
    size_t out_used, out_room;
};

enum line_edit_end {
    LINE_EDIT_MORE,
    LINE_EDIT_DONE,        /* Enter */
    LINE_EDIT_WOKEN,       /* a control character of the wake-up mask, which is in the text at the cursor */
    LINE_EDIT_INTERRUPTED, /* Ctrl-C */
    LINE_EDIT_BROKEN,      /* Ctrl-Break, which a terminal sends as Ctrl-\ */
    LINE_EDIT_NO_MORE      /* Ctrl-D where nothing was typed: the end of the file, as Unix has it */
};

/* initial: text that stands on the terminal already, the cursor behind it, in that column. */
void line_edit_begin(struct line_edit *edit, unsigned width, unsigned column, const WCHAR *initial,
                     size_t initial_length);
/* wakeup: a bit for each control character that ends the read; processed: Ctrl-C and Ctrl-\ do so, too. */
enum line_edit_end line_edit_key(struct line_edit *edit, const INPUT_RECORD_HOST *key, ULONG wakeup,
                                 bool processed);
/* What the terminal is to be sent since the last time; valid until the next key. */
const char *line_edit_take(struct line_edit *edit, size_t *ret_length);
void line_edit_end(struct line_edit *edit);

/* The lines of this process, newest last; used by the editor's keys. Empty lines and repetitions are left
 * out. */
void line_history_add(const WCHAR *text, size_t length);
void line_history_forget(void);

#endif
