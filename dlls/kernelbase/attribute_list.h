/*
 * PROC_THREAD_ATTRIBUTE_LIST: what lies behind the opaque type.
 */
#ifndef KERNELBASE_ATTRIBUTE_LIST_H
#define KERNELBASE_ATTRIBUTE_LIST_H

#include "kernelbase.h"

struct attribute_list {
    DWORD present; /* a bit for each attribute number */
    DWORD room, count, flags;
    void *reserved;
    struct attribute {
        DWORD_PTR attribute; /* PROC_THREAD_ATTRIBUTE_* */
        SIZE_T size;
        void *value;
    } attributes[];
};

/* The attribute, or NULL; list may be NULL. */
const struct attribute *find_attribute(const struct attribute_list *list, DWORD_PTR attribute);

#endif
