/*
 * Objects that other processes may see: the server knows them, and this process's object refers to the
 * server's through struct ob_shared. A process has at most one object for each of the server's.
 */
#ifndef OB_SHARE_H
#define OB_SHARE_H

#include "ob/ob.h"
#include <gastwirt/protocol.h>
#include <gastwirt/shared.h>

struct ob_shared {
    struct ob_object *object;    /* this process's; no reference */
    struct ob_shared *hash_next; /* guarded by the lock of share.c, as is the table */
    uint64_t id;
    uint32_t handle; /* this process's at the server */
    uint32_t generation, client;
    bool lost;              /* the server is gone: waits and requests fail; guarded by the dispatcher lock */
    struct gw_state *state; /* mapped page of types that have one */
    /* A name in one of the directories that are always there: it stays while this process has the object. */
    struct ob_shared *name_next;
    uint32_t directory, name_length;
    WCHAR *name; /* malloc'ed; NULL: not known */
};

/* What the server keeps of an object. */
struct ob_publication {
    uint32_t kind;
    int32_t count, limit;
    uint32_t owned, abandoned;
    const void *data; /* malloc'ed; freed by the caller */
    uint32_t data_size;
    int memory; /* -1: none; not consumed */
};

/* What the server says about one that this process does not have yet. */
struct ob_reception {
    uint32_t type, kind;
    int32_t limit;
    const void *data;
    uint32_t data_size;
    int memory; /* -1: none; taken over by setting it to -1 */
};

struct ob_share_type {
    uint32_t code; /* GW_TYPE_* */
    /* Fills *ret (which is zeroed, memory -1); NULL: nothing to say. */
    NTSTATUS (*publish)(void *object, struct ob_publication *ret);
    /* An object of this process for one of the server's. */
    NTSTATUS (*adopt)(struct ob_reception *reception, void **ret_object);
    /* It has just been published: what is left to say. May be NULL. */
    void (*published)(void *object);
    /* `published` says all that the server has to know: it can be known to another one when its own is gone.
     */
    bool renewed;
};

/* A reference to an object whose last one may just be going; false then. */
bool ob_reference_living(void *object);

/* Makes it known to the server, without a name, if it is not. STATUS_NOT_SUPPORTED if its type stays in
 * its process. */
NTSTATUS ob_share(void *object);

/* ... and says how to name it in requests. Types that are in requests only when shared need not call
 * ob_share. */
NTSTATUS ob_share_handle(void *object, struct gw_connection **ret_connection, uint32_t *ret_handle);

/* The object behind a server handle of this process (inherited, granted), referenced; consumes the handle. */
NTSTATUS ob_share_attach(uint32_t handle, void **ret_object);

/* Held over a request that may bring an object and what makes it this process's, so that a process has one
 * object for each of the server's. Rank: ob namespace. */
void ob_share_lock(void);
void ob_share_unlock(void);

/* As part of creating and opening by name, under that lock: a reply's object, referenced. Consumes handle and
 * memory. With `fresh` the object is this process's own, just published. */
NTSTATUS ob_share_adopt(struct ob_reception *reception, uint32_t handle, uint64_t id, void **ret_object);
NTSTATUS ob_share_publish(struct ob_object *object, struct ob_publication *ret_publication);
NTSTATUS ob_share_attach_fresh(struct ob_object *object, uint32_t handle, uint64_t id, int memory);

/* Its descriptor: the server has it (*ret malloc'ed; NULL: none). */
struct ob_security;
NTSTATUS ob_share_read_security(void *object, struct ob_security **ret_security);
NTSTATUS ob_share_write_security(void *object, const struct ob_security *security);

/* An object of this process by a name (no path) in a built-in directory, referenced; false if it has none of
 * that name, which says nothing about other processes. Under ob_share_lock. */
bool ob_share_find_name(uint32_t directory, const WCHAR *name, size_t length, void **ret_object);
void ob_share_remember_name(void *object, uint32_t directory, const WCHAR *name, size_t length);

/* The last reference or handle is gone. */
void ob_share_release(struct ob_object *object);

/* The connection of that generation is gone. */
void ob_share_lost(uint32_t generation);

#endif
