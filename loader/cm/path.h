/*
 * Paths in the registry: walking along one, through symbolic links and the 32-bit view, and the path of a
 * key.
 */
#ifndef CM_PATH_H
#define CM_PATH_H

#include "cm/cm.h"

/* What a walk along a path found: the key; or, with STATUS_OBJECT_NAME_NOT_FOUND and last set, the
 * parent in which the last component is missing. */
struct cm_walk {
    uint64_t id, parent;
    const WCHAR *last; /* in the path */
    size_t last_length;
    WCHAR *link_path; /* the path after symbolic links; freed by the caller */
};

/* From the key `root`; from CM_ROOT the path is absolute. open_link: the last component may be a symbolic
 * link. */
NTSTATUS cm_walk(struct cm_transaction *transaction, uint64_t root, const WCHAR *path, size_t length,
                 ACCESS_MASK access, bool open_link, struct cm_walk *walk);

/* The same with the registry as it is now; and as of which generation. */
NTSTATUS cm_walk_now(uint64_t root, const WCHAR *path, size_t length, ACCESS_MASK access, bool open_link,
                     struct cm_walk *walk, uint64_t *ret_generation);

/* The full path \REGISTRY\... of a key, malloc'ed; NULL without memory. */
WCHAR *cm_full_name(struct cm_transaction *transaction, uint64_t id, size_t *ret_bytes);

/* The key's name as programs see it, which of the user's key is the SID: WCHARs in *ret_name, at most
 * CM_MAX_NAME. */
void cm_shown_name(uint64_t id, const WCHAR *name, size_t length, const WCHAR **ret_name, size_t *ret_length);

#endif
