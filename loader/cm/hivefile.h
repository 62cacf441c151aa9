/*
 * What saving and restoring keys (hivefile.c) and loaded hives (loaded.c) share.
 */
#ifndef CM_HIVEFILE_H
#define CM_HIVEFILE_H

#include "cm/cm.h"

enum { BACKUP_PRIVILEGE = 17, RESTORE_PRIVILEGE = 18 };

/* The calling thread's token has it, and it is switched on. */
bool cm_has_privilege(uint32_t luid);

NTSTATUS cm_write_all(int fd, const uint8_t *data, size_t size);

/* The key as a hive file, malloc'ed; `latest`: of the newer format. */
NTSTATUS cm_make_hive_file(uint64_t id, bool latest, void **ret_data, size_t *ret_size);

/* Makes the file's content that of the key; `path`: and the key the root of a loaded hive. */
NTSTATUS cm_fill_key(uint64_t id, int fd, const char *path);

#endif
