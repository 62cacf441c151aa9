/*
 * Visual C++'s decorated names: what the two halves of the reader share. Text lives in one block that is
 * thrown away as a whole; a function that fails returns NULL, and so does everything that is put together
 * from that.
 */
#ifndef DBGHELP_UNDECORATE_H
#define DBGHELP_UNDECORATE_H

#include <windows.h>

#include <dbghelp.h>

enum { MEMORIES = 10, ARENA = 64 * 1024, DEPTH = 64 };

/* Names and types that came before are referred to by a digit. */
struct memory {
    const char *names[MEMORIES];
    unsigned name_count;
    const char *types[MEMORIES];
    unsigned type_count;
};

struct reader {
    const char *at;
    DWORD flags;
    unsigned depth;
    struct memory memory;
    size_t used;
    char *arena;
};

/* A type is written around what has it. */
struct declared {
    const char *left, *right;
};

const char *undecorate_join(struct reader *reader, const char *first, ...) __attribute__((sentinel));
BOOL undecorate_take(struct reader *reader, char c);
BOOL undecorate_number(struct reader *reader, LONGLONG *ret);
const char *undecorate_decimal(struct reader *reader); /* a number as text */

/* undecorate.c */
const char *undecorate_qualified(struct reader *reader); /* a class's name, up to its end */
const char *undecorate_symbol(struct reader *reader);    /* after the question mark */
const char *undecorate_template(struct reader *reader);  /* after "?$" */

/* undecorate_type.c */
const char *undecorate_type(struct reader *reader);
BOOL undecorate_declared(struct reader *reader, struct declared *ret);
const char *undecorate_arguments(struct reader *reader);          /* of a function, with parentheses */
const char *undecorate_template_arguments(struct reader *reader); /* "<...>" */
const char *undecorate_convention(struct reader *reader);         /* "__cdecl " */
/* "const " and what else stands behind a member function; *ret_behind may be "". */
BOOL undecorate_this(struct reader *reader, const char **ret_behind);

#endif
