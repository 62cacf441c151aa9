/*
 * Open files, by identity: share modes, byte-range locks, delete-pending, over all processes of the session.
 */
#ifndef IO_SHARE_H
#define IO_SHARE_H

#include "io/io.h"
#include <sys/stat.h>

/* Enters the file, which is described by device, inode and birth. STATUS_SHARING_VIOLATION,
 * STATUS_DELETE_PENDING. */
NTSTATUS io_share_enter(struct io_file *file, const struct statx *stat);

/* The same for what another process had open and handed on, and for what was just created: nobody is asked.
 */
void io_share_join(struct io_file *file, const struct statx *stat);

/* The last handle is closed: releases locks. Returns true if the file is delete-pending and this was
 * the last user: after deleting it, io_table_left(ret_place). */
struct io_table_place;
bool io_share_leave(struct io_file *file, struct io_table_place *ret_place);

/* Delete-pending: the file goes with the last handle of all processes, and nobody opens it any more. */
void io_share_set_delete(struct io_file *file, bool pending);
bool io_share_delete_pending(struct io_file *file);

/* Is the file open without FILE_SHARE_DELETE, or (`at_all`) in any way? */
bool io_share_in_use(const struct statx *stat, bool at_all);
/* Is its deletion pending? */
bool io_share_is_pending(const struct statx *stat);

/* Has any process of the session something open below the folder? */
bool io_share_open_below(const char *folder);

/* The file was moved: all its open files learn the new path. */
void io_share_renamed(struct io_file *file, const char *path);

/* Brings the path of an open file up to date if something was renamed by other processes, or above it. */
void io_share_follow(struct io_file *file);

/* Byte-range locks, in bytes; they do not wait. STATUS_LOCK_NOT_GRANTED, STATUS_INVALID_LOCK_RANGE;
 * STATUS_RANGE_NOT_LOCKED. */
NTSTATUS io_lock_range(struct io_file *file, uint64_t start, uint64_t length, ULONG key, bool exclusive);
NTSTATUS io_unlock_range(struct io_file *file, uint64_t start, uint64_t length, ULONG key);

/* May the file read (write) there? */
bool io_lock_allows(struct io_file *file, uint64_t start, uint64_t length, bool write);

/* Pends a request for a lock that was not granted: it is completed when it is. False: it cannot pend (no
 * memory, or nothing is known of the file). */
bool io_lock_wait(struct io_file *file, struct io_request *request, uint64_t start, uint64_t length,
                  ULONG key, bool exclusive);

#endif
