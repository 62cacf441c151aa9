/*
 * Objects: creation, reference counts, access masks.
 */
#include "ke/dispatcher.h"
#include "ke/lock.h"
#include "ob/internal.h"
#include "ob/share.h"
#include "wow/near.h"
#include <stdlib.h>

#define GENERIC_ALL_BIT     0x10000000u
#define GENERIC_EXECUTE_BIT 0x20000000u
#define GENERIC_WRITE_BIT   0x40000000u
#define GENERIC_READ_BIT    0x80000000u
#define MAXIMUM_ALLOWED_BIT 0x02000000u

void *ob_create(const struct ob_type *type)
{
    struct ob_object *object = type->near ? near_allocate(type->size) : NULL;
    if (!object)
        object = calloc(1, type->size);
    if (object) {
        object->type = type;
        object->references = 1;
    }
    return object;
}

void ob_reference(void *object)
{
    ke_add(&((struct ob_object *)object)->references, 1);
}

void ob_dereference(void *pointer)
{
    struct ob_object *object = pointer;
    if (ke_add(&object->references, -1))
        return;
    if (object->type->destroy)
        object->type->destroy(object);
    if (object->shared)
        ob_share_release(object);
    free(object->security);
    if (!near_free(object))
        free(object);
}

ACCESS_MASK ob_map_access(const struct ob_type *type, ACCESS_MASK access)
{
    if (!(access & (GENERIC_ALL_BIT | GENERIC_EXECUTE_BIT | GENERIC_WRITE_BIT | GENERIC_READ_BIT |
                    MAXIMUM_ALLOWED_BIT)))
        return access;
    if (access & GENERIC_READ_BIT)
        access |= type->generic_read;
    if (access & GENERIC_WRITE_BIT)
        access |= type->generic_write;
    if (access & GENERIC_EXECUTE_BIT)
        access |= type->generic_execute;
    if (access & (GENERIC_ALL_BIT | MAXIMUM_ALLOWED_BIT))
        access |= type->all_access;
    return access & ~(GENERIC_ALL_BIT | GENERIC_EXECUTE_BIT | GENERIC_WRITE_BIT | GENERIC_READ_BIT |
                      MAXIMUM_ALLOWED_BIT);
}
