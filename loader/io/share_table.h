/*
 * What the session's table says of open files: how other processes have them open, byte-range locks of
 * all processes, whose deletion is pending. See session/table.h.
 */
#ifndef IO_SHARE_TABLE_H
#define IO_SHARE_TABLE_H

#include "session/table.h"
#include <nt/types.h>
#include <sys/stat.h>

/* A file's place in the table; the process's own record of it, if it has one. */
struct io_table_place {
    uint64_t device;
    uint64_t inode; /* and when it was born: numbers are used again while a record still says the old file */
    struct table_stripe *stripe;
    struct table_record *records; /* of the stripe */
    uint32_t head;
    uint32_t own; /* index + 1 */
};

/* Where the file of that identity is, or would be; nothing is entered. */
void io_table_find(struct io_table_place *place, const struct statx *stat);

/* Publishes that this process has the file open with these accesses and sharing, all of its open files
 * together, after asking whether one of them, with `fresh` and `fresh_sharing`, gets along with what other
 * processes have. delete_path: it is to be deleted when it is closed. */
NTSTATUS io_table_enter(struct io_table_place *place, ACCESS_MASK fresh, ULONG fresh_sharing,
                        ACCESS_MASK access, ULONG sharing, const char *delete_path);
void io_table_update(struct io_table_place *place, ACCESS_MASK access, ULONG sharing);

/* This process has no open file there any more; true: it was the last, and the file is to be deleted. The
 * record stays until that is done, in case the process is killed before: io_table_left. */
bool io_table_leave(struct io_table_place *place);
void io_table_left(struct io_table_place *place);

/* Whether the file is to be deleted (path: as what) when its last user, of any process, has closed it. */
void io_table_set_pending(struct io_table_place *place, bool pending, const char *path);
bool io_table_pending(struct io_table_place *place);
bool io_table_pending_anywhere(struct io_table_place *place); /* for any process */

/* Has another process the file open and would not share it for deletion? */
bool io_table_denies_delete(struct io_table_place *place);
bool io_table_has_others(struct io_table_place *place);

/* Has another process something open below the folder? */
bool io_table_open_below(const char *folder);

/* Byte-range locks; `file` is the number of one open file of this process. */
struct io_table_range {
    uint64_t start, length;
    uint32_t file, key;
    bool exclusive;
};
/* STATUS_LOCK_NOT_GRANTED; false: there is no such lock; all of one open file; may it be read (exclusive:
 * written)? */
NTSTATUS io_table_lock(struct io_table_place *place, const struct io_table_range *range);
bool io_table_unlock(struct io_table_place *place, const struct io_table_range *range);
void io_table_unlock_all(struct io_table_place *place, uint32_t file);
bool io_table_allows(struct io_table_place *place, const struct io_table_range *range);

/* From now on somebody tidies up: to be called before the table is there. */
void io_table_initialize(void);

/* Tidies up behind a process that is gone. */
void io_table_reap(uint32_t slot);
void io_table_process_ended(uint32_t pid);

#endif
