/*
 * A PE file opened for reading its import and export tables. Nothing in it is trusted: every access
 * is checked against the file's length.
 */
#ifndef CHECK_IMAGE_H
#define CHECK_IMAGE_H

#include "mm/pe.h"

struct check_image {
    const uint8_t *bytes; /* the whole file, mapped */
    size_t size;
    struct pe pe;
    IMAGE_DATA_DIRECTORY directories[IMAGE_NUMBEROF_DIRECTORY_ENTRIES];
};

/* False with *ret_why (static) if it cannot be read or is no PE file. */
bool check_image_open(const char *path, struct check_image *ret_image, const char **ret_why);
void check_image_close(struct check_image *image);

/* `size` bytes at an RVA, or NULL; a terminated string at an RVA, or NULL. */
const void *check_image_at(const struct check_image *image, uint32_t rva, size_t size);
const char *check_image_string(const struct check_image *image, uint32_t rva);

/* Calls visit for each import; function is NULL for one by ordinal. A DLL that is imported without
 * functions is visited once with ordinal 0 and no function. */
typedef void check_import_visitor(void *context, const char *dll, const char *function, uint32_t ordinal,
                                  bool delayed);
void check_image_imports(const struct check_image *image, check_import_visitor *visit, void *context);

/* Whether the image exports it; *ret_forwarder is its target "DLL.Name" or NULL. */
bool check_image_exports(const struct check_image *image, const char *function, uint32_t ordinal,
                         const char **ret_forwarder);

#endif
