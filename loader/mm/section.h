/*
 * Section objects: memory that views show, backed by a file, by an image file or by nothing (a
 * memfd made when the first view is mapped).
 */
#ifndef MM_SECTION_H
#define MM_SECTION_H

#include "mm/area.h"
#include "ob/ob.h"

struct pe;

struct mm_section {
    struct ob_object object;
    uint64_t size;         /* bytes; of an image: when mapped */
    ULONG attributes;      /* SEC_* */
    ULONG protect;         /* what views may have at most */
    int fd;                /* -1: not made yet; guarded by the mm lock until made */
    uint64_t charged;      /* pages counted in mm.committed */
    struct pe *pe;         /* of an image */
    WCHAR *path;           /* NT path of the file, or NULL */
    struct runs committed; /* SEC_RESERVE without file: state 1 where committed; guarded by the mm lock */
    struct mm_area *views; /* of such a section */
};

extern const struct ob_type mm_section_type;

/* Only some pages of the section exist (SEC_RESERVE, no file). */
static inline bool mm_section_is_sparse(const struct mm_section *section)
{
    return section->attributes & SEC_RESERVE;
}

#endif
