/*
 * Names below a Unix folder without regard to case: a per-process cache of whole folders, valid as
 * long as the folder's mtime stands, that therefore also knows what is absent.
 */
#ifndef IO_LOOKUP_H
#define IO_LOOKUP_H

#include "io/io.h"

/* Finds `path` (absolute, at least root_length bytes of it taken as they are). On success with
 * *ret_exists the real spelling is in *ret_path (malloc'ed) and *ret_stat filled. Without, all but the
 * last component exists, spelled right. STATUS_OBJECT_PATH_NOT_FOUND and errno's statuses. */
NTSTATUS io_lookup(const char *path, size_t root_length, char **ret_path, bool *ret_exists,
                   struct statx *ret_stat);

/* This process has changed the folder of path: the name appeared (or vanished). Keeps the cache valid.
 * Before an addition the name was looked up; before a removal was_current was asked for. */
bool io_lookup_current(const char *path);
void io_lookup_added(const char *path);
void io_lookup_removed(const char *path, bool was_current);

/* statx without following a last link. 0 or errno. */
int io_statx(const char *path, struct statx *ret_stat);

#endif
