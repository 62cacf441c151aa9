/*
 * Directories of names, symbolic links, and those of them that are there from the start. Callers hold no
 * lock.
 */
#ifndef OB_DIRECTORY_H
#define OB_DIRECTORY_H

#include "ob/internal.h"

struct ob_directory {
    struct ob_object object;
    uint32_t builtin; /* its handle at any server, or 0 */
};

/* A path being resolved. */
struct ob_path {
    struct ob_directory *directory; /* where it starts; NULL: the root */
    WCHAR *text;                    /* malloc'ed */
    size_t length;                  /* units */
    bool insensitive;
};

/* How requests name a directory; 0: the root (directory NULL). */
NTSTATUS ob_directory_handle(struct ob_directory *directory, uint32_t *ret_handle);

/* target is copied, length in units; NULL: no memory. */
void *ob_symbolic_link_create(const void *target, size_t length);

/* What the path leads to from a builtin directory (-1: the path is absolute), as the server would resolve it
 * if nobody had made anything; open_link: a link as the last component is itself meant. */
NTSTATUS ob_builtin_resolve(int start, const struct ob_path *path, bool open_link, int *ret_index);
const struct ob_type *ob_builtin_type(int index);
/* An object for it; NULL: no memory. */
void *ob_builtin_create(int index);
/* Its full path, malloc'ed; length in units. NULL: no memory. */
WCHAR *ob_builtin_name(int index, size_t *ret_length);

#endif
