/*
 * The registry's store: one LMDB file with one table. It knows nothing of handles, paths or
 * access; keys are numbers, names are UTF-16. Used by the configuration manager and by the
 * build-time tool that compiles the system hive.
 *
 *   id, info                  ->  struct cm_info, name, class
 *   id, security              ->  security descriptor
 *   id, hive file             ->  the file that the key was loaded from
 *   id, subkey, folded name   ->  id and flags of the subkey
 *   id, value, folded name    ->  struct cm_value, name, data
 *
 * What a key has lies together in one tree: a change touches few pages, and a commit costs by the page.
 *
 * All functions return NTSTATUS. A transaction's pointers stay valid until it ends.
 */
#ifndef CM_STORE_H
#define CM_STORE_H

#include <nt/types.h>

/* Keys with fixed numbers, which are always there. Numbers are never used again. */
enum {
    CM_ROOT = 1, /* \REGISTRY */
    CM_MACHINE,
    CM_USER,
    CM_SOFTWARE, /* the machine's */
    CM_WOW_NODE, /* its WOW6432Node */
    CM_CLASSES,  /* its Classes */
    CM_CURRENT_USER,
    CM_USER_SOFTWARE,
    CM_USER_CLASSES,
    CM_LAST_FIXED = CM_USER_CLASSES
};

#define CM_KEY_VOLATILE      0x1   /* gone after the next boot of the machine */
#define CM_KEY_LINK          0x2   /* has a SymbolicLinkValue */
#define CM_KEY_HIVE          0x8   /* loaded from a file; like a volatile key, but what is below it is not */
#define CM_FROM_SYSTEM       0x4   /* as the system hive has it: an update may replace it */
#define CM_KEY_USER_FLAG     0x100 /* the lowest of four flags that programs may set */
#define CM_KEY_USER_FLAGS    0xf00
#define CM_KEY_CONTROL_FLAG  0x1000 /* and of four more, which are about virtualization */
#define CM_KEY_CONTROL_FLAGS 0xf000

#define CM_MAX_NAME       255 /* WCHARs in a key's name */
#define CM_MAX_CLASS      0x7fff
#define CM_MAX_VALUE_NAME 16383

struct cm_store;
struct cm_transaction;

struct cm_info {
    uint64_t parent;
    int64_t last_write; /* NT time */
    uint64_t changed;   /* generation of the last change of the key, its values or the set of its subkeys */
    uint32_t flags;
    uint32_t subkeys, values;
    uint32_t next_value;                /* order number of the next new value */
    uint16_t name_length, class_length; /* bytes */
    uint8_t boot_id[16];                /* of a volatile key */
    /* name, class follow */
};

struct cm_value {
    uint32_t type, order, flags;
    uint32_t name_length, data_length; /* bytes; name, then data follow */
};

/* Opens the file (created if `create`); read-only ones need no lock file. */
NTSTATUS cm_store_open(const char *path, bool read_only, bool create, struct cm_store **ret_store);
void cm_store_close(struct cm_store *store);
/* A copy in memory of what was committed last, for one thread at a time: its generation is that of the
 * original. New keys in it get the numbers that cm_number_keys says, one after the other. */
NTSTATUS cm_store_copy(struct cm_store *store, struct cm_store **ret_copy);
void cm_number_keys(struct cm_store *copy, uint64_t next);

/* Writes all that was committed to the disk. */
NTSTATUS cm_store_sync(struct cm_store *store);

/* Transactions: reads see one state; writes exclude each other over all processes. The end of a
 * write with commit false undoes it. */
NTSTATUS cm_begin(struct cm_store *store, bool write, struct cm_transaction **ret_transaction);
NTSTATUS cm_end(struct cm_transaction *transaction, bool commit);

/* A transaction that begins nothing: it only finds subkeys that are at hand, as for cm_peek_value. All else
 * is STATUS_RETRY, which cm_peek_failed tells too. STATUS_RETRY: there is none to be had. */
NTSTATUS cm_begin_peek(struct cm_store *store, struct cm_transaction **ret_transaction);
bool cm_peek_failed(struct cm_transaction *transaction);

/* Of the state that was committed last. Who has read something without a transaction by what a pointer of an
 * older one told (they stay where they are while that one was the last) has read well if it still is. */
uint64_t cm_last_generation(struct cm_store *store);
/* A number that every write raises: of the state that is read, or of the one that a write makes. */
uint64_t cm_generation(struct cm_transaction *transaction);

/* Makes sure of room on the disk for the next record that is written, of that size. */
NTSTATUS cm_reserve(struct cm_transaction *transaction, size_t size);

NTSTATUS cm_find_key(struct cm_transaction *transaction, uint64_t parent, const WCHAR *name, size_t length,
                     uint64_t *ret_id);
/* And whether it is CM_KEY_VOLATILE, CM_KEY_LINK, CM_KEY_HIVE. */
NTSTATUS cm_find_subkey(struct cm_transaction *transaction, uint64_t parent, const WCHAR *name, size_t length,
                        uint64_t *ret_id, uint32_t *ret_flags);
NTSTATUS cm_get_info(struct cm_transaction *transaction, uint64_t id, struct cm_info *ret_info,
                     const WCHAR **ret_name, const WCHAR **ret_class);
NTSTATUS cm_create_key(struct cm_transaction *transaction, uint64_t parent, const WCHAR *name, size_t length,
                       const WCHAR *class, size_t class_length, uint32_t flags, uint64_t *ret_id);
/* When a store is made: a key with a fixed number. */
NTSTATUS cm_create_numbered(struct cm_transaction *transaction, uint64_t id, uint64_t parent,
                            const WCHAR *name, size_t length);
/* STATUS_CANNOT_DELETE with subkeys, below the root, and for keys with fixed numbers. */
NTSTATUS cm_delete_key(struct cm_transaction *transaction, uint64_t id);
/* With everything below it; cm_clear_key: only that, and its values. */
NTSTATUS cm_delete_tree(struct cm_transaction *transaction, uint64_t id);
NTSTATUS cm_clear_key(struct cm_transaction *transaction, uint64_t id);
NTSTATUS cm_rename_key(struct cm_transaction *transaction, uint64_t id, const WCHAR *name, size_t length);
/* Adds copies of what one key has (values, subkeys, security descriptors) to another. */
NTSTATUS cm_copy_tree(struct cm_transaction *transaction, uint64_t from, uint64_t to);
NTSTATUS cm_set_last_write(struct cm_transaction *transaction, uint64_t id, int64_t time);
NTSTATUS cm_set_user_flags(struct cm_transaction *transaction, uint64_t id, uint32_t flags);
NTSTATUS cm_set_control_flags(struct cm_transaction *transaction, uint64_t id, uint32_t flags);

/* The key's security descriptor; STATUS_OBJECT_NAME_NOT_FOUND: it has none of its own. */
NTSTATUS cm_get_security(struct cm_transaction *transaction, uint64_t id, const void **ret_data,
                         size_t *ret_size);
NTSTATUS cm_set_security(struct cm_transaction *transaction, uint64_t id, const void *data, size_t size);

/* The key is the root of a hive that is loaded from a file, and which (a Unix path). */
NTSTATUS cm_get_hive(struct cm_transaction *transaction, uint64_t id, const char **ret_path);
NTSTATUS cm_set_hive(struct cm_transaction *transaction, uint64_t id, const char *path);

/* Marks the key as a symbolic link. */
NTSTATUS cm_make_link(struct cm_transaction *transaction, uint64_t id);

NTSTATUS cm_get_value(struct cm_transaction *transaction, uint64_t id, const WCHAR *name, size_t length,
                      struct cm_value *ret_value, const WCHAR **ret_name, const void **ret_data);
/* The value as it is now, without a transaction: STATUS_RETRY if that is not possible; for who looks the same
 * things up often. Found or not, the key exists. */
struct cm_value_copy {
    struct cm_value value;
    uint8_t rest[512]; /* name, data */
};
NTSTATUS cm_peek_value(struct cm_store *store, uint64_t id, const WCHAR *name, size_t length,
                       struct cm_value_copy *ret_copy);
NTSTATUS cm_set_value(struct cm_transaction *transaction, uint64_t id, const WCHAR *name, size_t length,
                      uint32_t type, uint32_t flags, const void *data, size_t size);
struct cm_deleted { /* may be NULL */
    uint32_t order;
    uint64_t changed; /* the key's, before */
};
NTSTATUS cm_delete_value(struct cm_transaction *transaction, uint64_t id, const WCHAR *name, size_t length,
                         struct cm_deleted *ret_deleted);
NTSTATUS cm_delete_values(struct cm_transaction *transaction, uint64_t id); /* all */

/* Calls visit for each subkey, in alphabetical order / each value, in no order, until it returns
 * false. */
NTSTATUS cm_each_subkey(struct cm_transaction *transaction, uint64_t id,
                        bool (*visit)(void *context, uint64_t id), void *context);
NTSTATUS cm_each_value(struct cm_transaction *transaction, uint64_t id,
                       bool (*visit)(void *context, const struct cm_value *value, const WCHAR *name,
                                     const void *data),
                       void *context);

/* Upper case for comparison, one UTF-16 unit. */
WCHAR cm_fold_beyond_ascii(WCHAR c);
static inline WCHAR cm_fold(WCHAR c)
{
    if (c >= 0x80)
        return cm_fold_beyond_ascii(c);
    return c >= 'a' && c <= 'z' ? (WCHAR)(c - ('a' - 'A')) : c;
}

#endif
