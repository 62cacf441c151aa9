/*
 * Attribute lists for CreateProcess and CreateRemoteThreadEx.
 */
#include "attribute_list.h"

#define NUMBER_MASK   0xffff
#define INPUT_BIT     0x20000
#define KNOWN_NUMBERS 28 /* up to ProcThreadAttributeMachineType and a little more */

const struct attribute *find_attribute(const struct attribute_list *list, DWORD_PTR attribute)
{
    for (DWORD i = 0; list && i < list->count; i++)
        if (list->attributes[i].attribute == attribute)
            return &list->attributes[i];
    return NULL;
}

BOOL WINAPI InitializeProcThreadAttributeList(LPPROC_THREAD_ATTRIBUTE_LIST opaque, DWORD count, DWORD flags,
                                              SIZE_T *size)
{
    struct attribute_list *list = (struct attribute_list *)opaque;
    if (flags || count > KNOWN_NUMBERS)
        return fail(ERROR_INVALID_PARAMETER);
    SIZE_T needed = sizeof *list + count * sizeof *list->attributes, given = *size;
    *size = needed;
    if (!list || given < needed)
        return fail(ERROR_INSUFFICIENT_BUFFER);
    list->present = 0;
    list->flags = 0;
    list->room = count;
    list->count = 0;
    list->reserved = NULL;
    return TRUE;
}

/* Sizes that are checked: ERROR_BAD_LENGTH. */
static BOOL size_fits(DWORD_PTR attribute, SIZE_T size)
{
    switch (attribute) {
    case PROC_THREAD_ATTRIBUTE_PARENT_PROCESS: return size == sizeof(HANDLE);
    case PROC_THREAD_ATTRIBUTE_JOB_LIST:
    case PROC_THREAD_ATTRIBUTE_HANDLE_LIST: return size && size % sizeof(HANDLE) == 0;
    case PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY: return size == sizeof(GROUP_AFFINITY);
    case PROC_THREAD_ATTRIBUTE_IDEAL_PROCESSOR: return size == sizeof(PROCESSOR_NUMBER);
    case PROC_THREAD_ATTRIBUTE_PREFERRED_NODE: return size == sizeof(WORD);
    case PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY: return size == 4 || size == 8 || size == 16;
    }
    return TRUE;
}

BOOL WINAPI UpdateProcThreadAttribute(LPPROC_THREAD_ATTRIBUTE_LIST opaque, DWORD flags, DWORD_PTR attribute,
                                      void *value, SIZE_T size, void *previous, SIZE_T *return_size)
{
    struct attribute_list *list = (struct attribute_list *)opaque;
    (void)return_size;
    if (flags || previous || (attribute & NUMBER_MASK) > KNOWN_NUMBERS)
        return fail((attribute & NUMBER_MASK) > KNOWN_NUMBERS ? ERROR_NOT_SUPPORTED
                                                              : ERROR_INVALID_PARAMETER);
    if (!(attribute & INPUT_BIT) && attribute != PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY &&
        attribute != PROC_THREAD_ATTRIBUTE_IDEAL_PROCESSOR && attribute != PROC_THREAD_ATTRIBUTE_UMS_THREAD)
        return fail(ERROR_NOT_SUPPORTED);
    if (!size_fits(attribute, size))
        return fail(ERROR_BAD_LENGTH);
    if (list->present >> (attribute & NUMBER_MASK) & 1)
        return fail(698 /* ERROR_OBJECT_NAME_EXISTS */);
    if (list->count == list->room)
        return fail(ERROR_GEN_FAILURE);
    list->present |= 1u << (attribute & NUMBER_MASK);
    struct attribute *entry = &list->attributes[list->count++];
    entry->attribute = attribute;
    entry->size = size;
    entry->value = value;
    return TRUE;
}

void WINAPI DeleteProcThreadAttributeList(LPPROC_THREAD_ATTRIBUTE_LIST list)
{
    (void)list; /* the memory is the caller's */
}
