/*
 * Security descriptors of keys: kept in the store, given back, never enforced.
 */
#include "cm/cm.h"
#include "ob/security.h"
#include <stdlib.h>
#include <string.h>

NTSTATUS cm_key_get_security(void *object, struct ob_security **ret_security)
{
    struct cm_key *key = object;
    struct cm_transaction *transaction;
    struct cm_info info;
    const void *data;
    size_t size;
    NTSTATUS status = cm_begin_current(false, &transaction);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_get_info(transaction, key->id, &info, NULL, NULL);
    if (status == STATUS_OBJECT_NAME_NOT_FOUND) {
        status = STATUS_KEY_DELETED;
    } else if (NT_SUCCESS(status) && NT_SUCCESS(cm_get_security(transaction, key->id, &data, &size))) {
        struct ob_security *security = malloc(sizeof *security + size);
        if (security) {
            security->size = (uint32_t)size;
            memcpy(security->descriptor, data, size);
            *ret_security = security;
        } else
            status = STATUS_NO_MEMORY;
    }
    cm_end(transaction, false);
    return status;
}

NTSTATUS cm_key_set_security(void *object, ULONG information, const struct ob_security *security)
{
    struct cm_key *key = object;
    struct cm_transaction *transaction;
    (void)information;
    NTSTATUS status = cm_begin_current(true, &transaction);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_set_security(transaction, key->id, security->descriptor, security->size);
    NTSTATUS end = cm_end(transaction, NT_SUCCESS(status));
    if (status == STATUS_OBJECT_NAME_NOT_FOUND)
        return STATUS_KEY_DELETED;
    if (NT_SUCCESS(status) && NT_SUCCESS(end))
        cm_notify(key->id, REG_NOTIFY_CHANGE_SECURITY);
    return NT_SUCCESS(status) ? end : status;
}
