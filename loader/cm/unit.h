/*
 * The registry's part of a transaction: a unit of work. What is done in it happens in a copy of the store in
 * memory, and is noted down; a commit does it again in the store, as one write.
 */
#ifndef CM_UNIT_H
#define CM_UNIT_H

#include "cm/store.h"

struct cm_unit;

enum cm_outcome { CM_UNDETERMINED = 1, CM_COMMITTED, CM_ABORTED }; /* TRANSACTION_OUTCOME */

struct cm_unit *cm_unit_create(void);
struct cm_unit *cm_unit_reference(struct cm_unit *unit); /* NULL is allowed */
void cm_unit_dereference(struct cm_unit *unit);

/* That of a transaction's handle, referenced. */
NTSTATUS cm_unit_of_handle(HANDLE handle, struct cm_unit **ret_unit);

/* What it has come to. A change by somebody else of what it changed, or its time, ends it. */
enum cm_outcome cm_unit_outcome(struct cm_unit *unit);
/* It is rolled back in so many milliseconds, if it is not committed before; 0: never. */
void cm_unit_set_timeout(struct cm_unit *unit, uint64_t milliseconds);

/* A transaction on the unit's copy; nobody else uses the unit until it ends. STATUS_TRANSACTION_NOT_ACTIVE.
 */
NTSTATUS cm_unit_begin(struct cm_unit *unit, bool write, struct cm_transaction **ret_transaction);
NTSTATUS cm_unit_end(struct cm_unit *unit, struct cm_transaction *transaction, bool commit);

/* What a unit can do. */
struct cm_change {
    enum {
        CM_CHANGE_CREATE, /* below `id`: name, class, flags; `made` is its number in the copy */
        CM_CHANGE_SET_VALUE,
        CM_CHANGE_DELETE_VALUE,
        CM_CHANGE_DELETE_KEY,
        CM_CHANGE_RENAME,
        CM_CHANGE_SECURITY,
        CM_CHANGE_TIME,
        CM_CHANGE_USER_FLAGS,
        CM_CHANGE_CONTROL_FLAGS
    } kind;
    uint32_t type, flags;
    uint64_t id, made;
    int64_t time;
    const WCHAR *name, *class;
    size_t length, class_length; /* WCHARs */
    const void *data;
    size_t size;
};
/* Makes the change of the key `id`, in any transaction; *ret_made is that of a key that is created. */
NTSTATUS cm_apply_change(struct cm_transaction *transaction, const struct cm_change *change, uint64_t id,
                         uint64_t *ret_made);
/* Notes down a change that was made, or is about to be, in a writing transaction: both count if it ends with
 * commit. STATUS_TRANSACTIONAL_CONFLICT: another unit has changed that. */
NTSTATUS cm_unit_note(struct cm_unit *unit, struct cm_transaction *transaction,
                      const struct cm_change *change);

/* STATUS_TRANSACTION_ALREADY_COMMITTED, STATUS_TRANSACTION_ALREADY_ABORTED. */
NTSTATUS cm_unit_commit(struct cm_unit *unit);
NTSTATUS cm_unit_abandon(struct cm_unit *unit);

#endif
