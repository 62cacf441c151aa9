/*
 * The C: drive: user state over the system folder over folders that need not be created.
 */
#ifndef IO_OVERLAY_H
#define IO_OVERLAY_H

#include "io/io.h"

/* "/windows/x" (slashes, any case) to a path; as io_path_to_unix. */
NTSTATUS io_overlay_resolve(const char *name, struct io_path *path);

/* STATE/drive_c, whether it exists or not. */
const char *io_overlay_root(void);

/* Names of the overlay in a folder of it that may not exist in the state: calls add for each with a
 * Unix path to stat (NULL: a virtual folder) until it returns false. */
bool io_overlay_list(const char *folder, bool (*add)(void *context, const char *name, const char *unix_path),
                     void *context);

/* Strips prefix and drive of an NT path; letter 'S': \SystemRoot. */
NTSTATUS io_parse_drive(const WCHAR **text, size_t *length, int *ret_letter);
bool io_drive_exists(int letter);

/* Ends --ephemeral state. */
void io_overlay_exit(void);

#endif
