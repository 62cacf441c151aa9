/*
 * What NT says about a file, from what Unix knows and our extended attribute.
 */
#ifndef IO_ATTRIBUTES_H
#define IO_ATTRIBUTES_H

#include "io/io.h"

struct io_stat {
    int64_t creation, access, write, change; /* NT times */
    uint64_t size, allocation, id, volume;
    ULONG attributes, reparse_tag, links;
    bool directory;
};

/* path (or fd if not -1) is what statx described. name_surrogate: links are not followed. */
void io_stat_fill(const struct statx *stat, const char *path, int fd, struct io_stat *ret);

/* Stats an open file; NTSTATUS. */
NTSTATUS io_file_stat(struct io_file *file, struct io_stat *ret);
NTSTATUS io_file_statx(struct io_file *file, struct statx *ret);

/* Sets attributes (0: leave) and NT times (0: leave, -1 and -2 are the caller's affair). */
NTSTATUS io_set_attributes(const char *path, int fd, ULONG attributes);
/* Marks the file or folder as a reparse point of a kind that is not a link; 0: as none. */
NTSTATUS io_set_reparse_tag(const char *path, ULONG tag);
NTSTATUS io_set_times(const char *path, int fd, int64_t creation, int64_t access, int64_t write);

/* NT time: 100 ns since 1601. */
int64_t io_time_from_unix(int64_t seconds, uint32_t nanoseconds);

/* A link's target as text; malloc'ed. *ret_junction: made as a mount point. "//" at its start: it was given
 * from the root of its drive on; "/" at its end: it was given with one. */
char *io_read_link(const char *path, bool *ret_junction, bool *ret_directory);

/* The structures that say what a stat says; access: what is allowed. */
void io_fill_basic(const struct io_stat *stat, FILE_BASIC_INFORMATION *info);
void io_fill_network(const struct io_stat *stat, FILE_NETWORK_OPEN_INFORMATION *info);
void io_fill_stat(const struct io_stat *stat, ACCESS_MASK access, FILE_STAT_INFORMATION *info);

#endif
