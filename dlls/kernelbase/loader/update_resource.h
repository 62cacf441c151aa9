/*
 * An update of a PE file's resources.
 */
#ifndef KERNELBASE_UPDATE_RESOURCE_H
#define KERNELBASE_UPDATE_RESOURCE_H

#include "../kernelbase.h"

struct item { /* one resource; a list sorted as the directory wants it */
    struct item *next;
    ULONG_PTR type, name; /* integer or string in upper case, owned */
    WORD language;
    BYTE *data;
    DWORD size;
};

struct update {
    DWORD magic;
    HANDLE file;
    BYTE *image; /* the whole file */
    DWORD size;
    struct item *items;
};

/* Zeroed; NULL with the last error set. */
void *update_allocate(SIZE_T size);
void update_free_key(ULONG_PTR key);
/* A type or name as it is kept: an integer, or a string in upper case, owned; false: no memory. */
BOOL update_copy_key(const WCHAR *key, DWORD length, ULONG_PTR *ret_key);
/* In the order of the directory: strings before integers. */
int update_compare_keys(ULONG_PTR a, ULONG_PTR b);
void update_free_item(struct item *item);
/* Enters a resource, which is the list's then, in place of one of the same key; one without data only removes
 * that: FALSE if there was none. */
BOOL update_set_item(struct update *update, struct item *item);
/* Is it a PE file with what an update needs? */
BOOL update_is_image(const struct update *update);
/* The resources of the file; false with the last error set. */
BOOL update_read_items(struct update *update);
/* The new file, with all resources of the list: release() it. NULL with the last error set. */
BYTE *update_rebuild(struct update *update, DWORD *ret_size);

#endif
