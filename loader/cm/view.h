/*
 * The 32-bit view of the registry: where a walk along a path is diverted.
 */
#ifndef CM_VIEW_H
#define CM_VIEW_H

#include "cm/cm.h"

struct cm_view {
    bool active;             /* the walk is in the 32-bit view */
    uint64_t software, node; /* HKLM\SOFTWARE and its WOW6432Node */
    uint64_t classes[2];     /* of the machine, of the user; 0: there are none */
};

/* KEY_WOW64_32KEY or KEY_WOW64_64KEY: what the access asks for, else the program's own. */
ACCESS_MASK cm_view(ACCESS_MASK access);

void cm_view_begin(struct cm_view *view, struct cm_transaction *transaction, ACCESS_MASK access);

/* The key from which the rest of the path goes on instead of `id`. */
uint64_t cm_view_redirect(const struct cm_view *view, struct cm_transaction *transaction, uint64_t id,
                          const WCHAR *path, size_t length);

#endif
