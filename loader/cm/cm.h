/*
 * Configuration manager: registry keys as handles. The system hive is a read-only store in the
 * installation; the first write copies it to the user's state, which is used from then on (same
 * ids, so that open handles stay good).
 */
#ifndef CM_CM_H
#define CM_CM_H

#include "cm/store.h"
#include "ob/ob.h"
#include <nt/registry.h>

struct cm_hive;
struct cm_unit;
struct cm_change;

struct cm_key {
    struct ob_object object;
    uint64_t id;
    ACCESS_MASK wow64; /* KEY_WOW64_* it was opened with */
    /* The order in which NtEnumerate(Value)Key numbers children, valid until the key changes. */
    struct cm_key_order *subkeys;
    struct cm_order *values;
    struct cm_notification *notifications;
    struct cm_hive *hive; /* the application's hive that it is in, referenced */
    struct cm_unit *unit; /* the transaction that it was opened in, referenced (cm/unit.h) */
};

extern const struct ob_type cm_key_type;

/* Begins a transaction on the store in force; `write` makes the user's store. */
NTSTATUS cm_begin_current(bool write, struct cm_transaction **ret_transaction);

/* The same for the registry as the handle's key sees it; they end with cm_end_key. */
NTSTATUS cm_begin_key(struct cm_key *key, bool write, struct cm_transaction **ret_transaction);
NTSTATUS cm_end_key(struct cm_key *key, struct cm_transaction *transaction, bool commit);
/* The key is in a transaction: the change that was made, or is about to be, counts in it (cm_unit_note). */
NTSTATUS cm_note_change(struct cm_key *key, struct cm_transaction *transaction,
                        const struct cm_change *change);
/* As ob_handle_lookup, for what cannot be done in a transaction. */
NTSTATUS cm_lookup_plain(HANDLE handle, ACCESS_MASK access, struct cm_key **ret_key);

/* The user's store, made if there is none. */
NTSTATUS cm_writable_store(struct cm_store **ret_store);
/* The user's store, if it has been opened already. */
struct cm_store *cm_user_store(void);
/* The one that readers look at, if it has been opened already. */
struct cm_store *cm_peek_store(void);

/* Somebody opens that path: keys that tell about the machine are there then. No transaction is open. */
void cm_look_at_machine(const WCHAR *path, size_t length);

NTSTATUS cm_sync(void); /* what was committed is on the disk */

/* Copies a guest UNICODE_STRING name; STATUS_INVALID_PARAMETER beyond the limit (WCHARs). The
 * caller frees *ret_name. */
NTSTATUS cm_read_name(const UNICODE_STRING *guest, size_t limit, WCHAR **ret_name, size_t *ret_length);

/* A caller's buffer for the variable-size query calls: copies what fits of the fixed part and the
 * tails, as Windows does: below `fixed` bytes STATUS_BUFFER_TOO_SMALL and nothing is copied, below
 * the whole STATUS_BUFFER_OVERFLOW. *guest_result gets the whole size. */
struct cm_piece {
    const void *data;
    size_t size, offset;
};
NTSTATUS cm_reply(void *guest, ULONG length, ULONG *guest_result, size_t fixed, const struct cm_piece *pieces,
                  size_t count);

/* Tells waiting notifications that the key changed (REG_NOTIFY_CHANGE_*), in all processes. */
void cm_notify(uint64_t id, ULONG change);
void cm_free_value_order(struct cm_order *order);
void cm_free_key_order(struct cm_key_order *order);
/* An application's hive lives as long as keys in it are open. NULL is allowed. */
struct cm_hive *cm_reference_hive(struct cm_hive *hive);
void cm_dereference_hive(struct cm_hive *hive);
NTSTATUS cm_open_hive(uint64_t id, struct cm_hive *hive, ACCESS_MASK access, HANDLE *guest_handle);
/* A handle to the key of the guest's attributes, without access. */
NTSTATUS cm_open_key(const OBJECT_ATTRIBUTES *attributes, HANDLE *ret_handle);
/* What the key's hive has is on the disk then: the store, and the file of a loaded hive. */
NTSTATUS cm_flush_hive(uint64_t id);

/* The security descriptors of keys, for the object type. */
NTSTATUS cm_key_get_security(void *object, struct ob_security **ret_security);
NTSTATUS cm_key_set_security(void *object, ULONG information, const struct ob_security *security);

/* What a new key inherits from its parent's descriptor: nothing (NULL), or a descriptor, malloc'ed. */
NTSTATUS cm_inherit_security(struct cm_transaction *transaction, uint64_t parent,
                             struct ob_security **ret_security);

void cm_forget_notifications(struct cm_key *key);
void cm_thread_exit(void); /* the calling guest thread ends: so does what it waits for */

#endif
