/*
 * Hive files ("regf"): the form in which RegSaveKey writes a key and what is below it, and in which keys are
 * loaded.
 */
#ifndef CM_REGF_H
#define CM_REGF_H

#include "cm/store.h"

/* The file's bytes, malloc'ed. `latest`: format 1.5, which keeps big values in pieces, instead of 1.3. */
NTSTATUS cm_regf_write(struct cm_transaction *transaction, uint64_t id, bool latest, void **ret_data,
                       size_t *ret_size);

/* Adds what the file's root key has to the key. STATUS_REGISTRY_CORRUPT: it is not such a file, or damaged.
 */
NTSTATUS cm_regf_read(struct cm_transaction *transaction, uint64_t id, const void *data, size_t size);

#endif
