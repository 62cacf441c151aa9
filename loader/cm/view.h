/*
 * The 32-bit view of the registry: where a walk along a path is diverted.
 */
#ifndef CM_VIEW_H
#define CM_VIEW_H

#include "cm/cm.h"

/* KEY_WOW64_32KEY or KEY_WOW64_64KEY: what the access asks for, else the program's own. */
ACCESS_MASK cm_view(ACCESS_MASK access);

/* In the 32-bit view: the key from which the rest of the path goes on instead of `id`. */
uint64_t cm_view_redirect(struct cm_transaction *transaction, uint64_t id, const WCHAR *path, size_t length);

#endif
