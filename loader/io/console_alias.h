/*
 * Aliases of a console, shared by the programs on it.
 */
#ifndef IO_CONSOLE_ALIAS_H
#define IO_CONSOLE_ALIAS_H

#include <nt/types.h>

/* The text as it is now, of *ret_generation; nothing if that is `known`. Generation 0: there are none. */
NTSTATUS console_aliases_get(uint64_t known, uint64_t *ret_generation, void *ret_text, size_t room,
                             size_t *ret_size);

/* Replaces the text of that generation; STATUS_RETRY: there is another one by now. */
NTSTATUS console_aliases_set(uint64_t expected, const void *text, size_t size, uint64_t *ret_generation);

#endif
