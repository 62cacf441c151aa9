/*
 * Security descriptors of keys: kept in the store, given back, inherited, never enforced.
 */
#include "cm/unit.h"
#include "cm/cm.h"
#include "ob/security.h"
#include "ps/token.h"
#include <stdlib.h>
#include <string.h>

NTSTATUS cm_key_get_security(void *object, struct ob_security **ret_security)
{
    struct cm_key *key = object;
    struct cm_transaction *transaction;
    struct cm_info info;
    const void *data;
    size_t size;
    NTSTATUS status = cm_begin_key(key, false, &transaction);
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
    cm_end_key(key, transaction, false);
    return status;
}

NTSTATUS cm_key_set_security(void *object, ULONG information, const struct ob_security *security)
{
    struct cm_key *key = object;
    struct cm_transaction *transaction;
    (void)information;
    NTSTATUS status = cm_begin_key(key, true, &transaction);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_set_security(transaction, key->id, security->descriptor, security->size);
    if (NT_SUCCESS(status) && key->unit)
        status = cm_note_change(key, transaction,
                                &(struct cm_change){.kind = CM_CHANGE_SECURITY,
                                                    .id = key->id,
                                                    .data = security->descriptor,
                                                    .size = security->size});
    NTSTATUS end = cm_end_key(key, transaction, NT_SUCCESS(status));
    if (status == STATUS_OBJECT_NAME_NOT_FOUND)
        return STATUS_KEY_DELETED;
    if (NT_SUCCESS(status) && NT_SUCCESS(end) && !key->unit)
        cm_notify(key->id, REG_NOTIFY_CHANGE_SECURITY);
    return NT_SUCCESS(status) ? end : status;
}

/* ---------------------------------------------------------------- inheritance */

enum { OBJECT_INHERIT = 1, CONTAINER_INHERIT = 2, NO_PROPAGATE = 4, INHERITED = 0x10 };

static const uint8_t creator_owner[] = {1, 1, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0};
static const uint8_t creator_group[] = {1, 1, 0, 0, 0, 0, 0, 3, 1, 0, 0, 0};

static bool add(struct ob_security_part *acl, const struct ob_ace *ace, uint8_t flags, uint32_t mask,
                const uint8_t *sid)
{
    uint32_t before = acl->data ? ((struct ob_acl *)acl->data)->size : sizeof(struct ob_acl);
    if (!ob_acl_add(acl, ace->type, mask, sid))
        return false;
    ((struct ob_ace *)(acl->data + before))->flags = flags;
    return true;
}

/* What one entry of the parent gives: an entry for the key, and one for the keys below it if that is another.
 */
static bool inherit_entry(struct ob_security_part *acl, const struct ob_ace *ace)
{
    const uint8_t *sid = ob_ace_sid(ace);
    if (!(ace->flags & CONTAINER_INHERIT) || !sid || (ace->type != ACE_ALLOWED && ace->type != ACE_DENIED))
        return true;
    uint8_t down = ace->flags & NO_PROPAGATE ? 0 : ace->flags & (OBJECT_INHERIT | CONTAINER_INHERIT);
    bool owner = ob_sid_equal(sid, creator_owner), group = ob_sid_equal(sid, creator_group);
    const uint8_t *own = owner ? ps_user_sid() : group ? ps_group_sid() : sid;
    uint32_t mask = ob_map_access(&cm_key_type, ace->mask);
    if (!down || (own == sid && mask == ace->mask))
        return add(acl, ace, down | INHERITED, mask, own);
    return add(acl, ace, INHERITED, mask, own) &&
           add(acl, ace, down | ACE_INHERIT_ONLY | INHERITED, ace->mask, sid);
}

static bool copy_sid(struct ob_security_part *part, const uint8_t *sid)
{
    part->size = ob_sid_size(sid);
    part->data = malloc(part->size);
    if (part->data)
        memcpy(part->data, sid, part->size);
    return part->data != NULL;
}

NTSTATUS cm_inherit_security(struct cm_transaction *transaction, uint64_t parent,
                             struct ob_security **ret_security)
{
    struct ob_security_parts from, to = {.control = SE_DACL_PRESENT | SE_DACL_AUTO_INHERITED};
    const struct ob_ace *ace = NULL;
    const void *data;
    size_t size;
    *ret_security = NULL;
    if (!NT_SUCCESS(cm_get_security(transaction, parent, &data, &size)))
        return STATUS_SUCCESS;
    NTSTATUS status = ob_security_read(data, &from);
    if (!NT_SUCCESS(status))
        return status;
    bool enough = true;
    while (enough && from.dacl.data && (ace = ob_acl_next(&from.dacl, ace)))
        enough = inherit_entry(&to.dacl, ace);
    if (enough && to.dacl.data) {
        enough = copy_sid(&to.owner, ps_user_sid()) && copy_sid(&to.group, ps_group_sid());
        if (enough)
            enough = (*ret_security = ob_security_build(&to)) != NULL;
    }
    ob_security_free_parts(&to);
    ob_security_free_parts(&from);
    return enough ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}
