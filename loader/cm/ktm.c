/*
 * Transaction objects. The registry is the only thing here that takes part in them: there are no resource
 * managers of programs' own. A transaction belongs to the process that made it; when its last handle is
 * closed it is rolled back.
 */
#include "cm/cm.h"
#include "cm/unit.h"
#include "mm/guest.h"
#include <nt/io.h>
#include <nt/syscalls.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    TRANSACTION_QUERY_INFORMATION = 1,
    TRANSACTION_SET_INFORMATION = 2,
    TRANSACTION_ENLIST = 4,
    TRANSACTION_COMMIT = 8,
    TRANSACTION_ROLLBACK = 0x10,
    TRANSACTION_PROPAGATE = 0x20,
    TRANSACTION_DO_NOT_PROMOTE = 1,
    MOST_DESCRIPTION = 64, /* WCHARs */
};

enum { TransactionBasicInformation, TransactionPropertiesInformation };

struct transaction {
    struct ob_object object;
    struct transaction *next;
    struct cm_unit *unit;
    GUID id;
    /* guarded by the list's lock */
    uint32_t isolation_level, isolation_flags;
    int64_t timeout; /* as it was given: 100 ns, negative; 0: none */
    WCHAR description[MOST_DESCRIPTION];
    uint32_t description_length; /* bytes */
};

static struct {
    pthread_mutex_t lock; /* guards the list; innermost */
    struct transaction *first;
} list = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void close_transaction(void *object, bool last_handle)
{
    struct transaction *transaction = object;
    if (last_handle)
        cm_unit_abandon(transaction->unit);
}

static void destroy_transaction(void *object)
{
    struct transaction *transaction = object;
    pthread_mutex_lock(&list.lock);
    for (struct transaction **place = &list.first; *place; place = &(*place)->next)
        if (*place == transaction) {
            *place = transaction->next;
            break;
        }
    pthread_mutex_unlock(&list.lock);
    cm_unit_dereference(transaction->unit);
}

static const struct ob_type transaction_type = {
    .name = "TmTx",
    .size = sizeof(struct transaction),
    .generic_read = READ_CONTROL | SYNCHRONIZE | TRANSACTION_QUERY_INFORMATION,
    .generic_write = READ_CONTROL | SYNCHRONIZE | TRANSACTION_SET_INFORMATION | TRANSACTION_COMMIT |
                     TRANSACTION_ENLIST | TRANSACTION_ROLLBACK | TRANSACTION_PROPAGATE,
    .generic_execute = READ_CONTROL | SYNCHRONIZE | TRANSACTION_COMMIT | TRANSACTION_ROLLBACK,
    .all_access = 0xf0000 | SYNCHRONIZE | 0x3f,
    .close = close_transaction,
    .destroy = destroy_transaction,
};

static void set_timeout(struct transaction *transaction, int64_t timeout)
{
    transaction->timeout = timeout;
    cm_unit_set_timeout(transaction->unit, timeout < 0 ? ((uint64_t)-timeout + 9999) / 10000 : 0);
}

static NTSTATUS create(HANDLE *guest_handle, ACCESS_MASK access, OBJECT_ATTRIBUTES *attributes,
                       const GUID *id, int64_t timeout, const WCHAR *description, size_t length)
{
    struct transaction *transaction = ob_create(&transaction_type);
    if (!transaction)
        return STATUS_NO_MEMORY;
    transaction->unit = cm_unit_create();
    if (!transaction->unit) {
        ob_dereference(transaction);
        return STATUS_NO_MEMORY;
    }
    transaction->id = *id;
    transaction->description_length = (uint32_t)(length * sizeof *description);
    if (length)
        memcpy(transaction->description, description, transaction->description_length);
    set_timeout(transaction, timeout);
    pthread_mutex_lock(&list.lock);
    transaction->next = list.first;
    list.first = transaction;
    pthread_mutex_unlock(&list.lock);
    return ob_insert(transaction, attributes, access, guest_handle);
}

static NTSTATUS new_id(GUID *ret_id)
{
    if (getrandom(ret_id, sizeof *ret_id, 0) != sizeof *ret_id)
        return STATUS_INSUFFICIENT_RESOURCES;
    ret_id->Data3 = (ret_id->Data3 & 0x0fff) | 0x4000;
    ret_id->Data4[0] = (ret_id->Data4[0] & 0x3f) | 0x80;
    return STATUS_SUCCESS;
}

NTSTATUS NtCreateTransaction(HANDLE *TransactionHandle, ACCESS_MASK DesiredAccess,
                             OBJECT_ATTRIBUTES *ObjectAttributes, GUID *Uow, HANDLE TmHandle,
                             ULONG CreateOptions, ULONG IsolationLevel, ULONG IsolationFlags,
                             LARGE_INTEGER *Timeout, UNICODE_STRING *Description)
{
    GUID id;
    LARGE_INTEGER timeout = {0};
    WCHAR *description = NULL;
    size_t length = 0;
    if (CreateOptions & ~(ULONG)TRANSACTION_DO_NOT_PROMOTE || IsolationLevel || IsolationFlags)
        return STATUS_INVALID_PARAMETER;
    if (TmHandle) /* nobody can have one */
        return STATUS_INVALID_HANDLE;
    NTSTATUS status = Uow ? guest_read(&id, Uow) : new_id(&id);
    if (NT_SUCCESS(status) && Timeout)
        status = guest_read(&timeout, Timeout);
    if (NT_SUCCESS(status))
        status = cm_read_name(Description, MOST_DESCRIPTION, &description, &length);
    if (NT_SUCCESS(status))
        status = create(TransactionHandle, DesiredAccess, ObjectAttributes, &id, timeout.QuadPart,
                        description, length);
    free(description);
    return status;
}

NTSTATUS NtCreateRegistryTransaction(HANDLE *TransactionHandle, ACCESS_MASK DesiredAccess,
                                     OBJECT_ATTRIBUTES *ObjectAttributes, ULONG CreateOptions)
{
    GUID id;
    if (CreateOptions)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = new_id(&id);
    return NT_SUCCESS(status) ? create(TransactionHandle, DesiredAccess, ObjectAttributes, &id, 0, NULL, 0)
                              : status;
}

NTSTATUS NtOpenRegistryTransaction(HANDLE *TransactionHandle, ACCESS_MASK DesiredAccess,
                                   OBJECT_ATTRIBUTES *ObjectAttributes)
{
    return ob_open(&transaction_type, ObjectAttributes, DesiredAccess, TransactionHandle);
}

/* By its name, or by its id. */
NTSTATUS NtOpenTransaction(HANDLE *TransactionHandle, ACCESS_MASK DesiredAccess,
                           OBJECT_ATTRIBUTES *ObjectAttributes, GUID *Uow, HANDLE TmHandle)
{
    GUID id;
    OBJECT_ATTRIBUTES attributes = {0};
    HANDLE handle;
    if (TmHandle)
        return STATUS_INVALID_HANDLE;
    if (!Uow)
        return ob_open(&transaction_type, ObjectAttributes, DesiredAccess, TransactionHandle);
    NTSTATUS status = guest_read(&id, Uow);
    if (NT_SUCCESS(status) && ObjectAttributes)
        status = guest_read(&attributes, ObjectAttributes);
    if (!NT_SUCCESS(status))
        return status;
    pthread_mutex_lock(&list.lock);
    struct transaction *found = list.first;
    while (found && (memcmp(&found->id, &id, sizeof id) != 0 ||
                     !__atomic_load_n(&found->object.handles, __ATOMIC_RELAXED)))
        found = found->next;
    if (found)
        ob_reference(found);
    pthread_mutex_unlock(&list.lock);
    if (!found)
        return STATUS_TRANSACTION_NOT_FOUND;
    status = ob_handle_create(found, DesiredAccess, attributes.Attributes, &handle);
    ob_dereference(found);
    if (!NT_SUCCESS(status))
        return status;
    status = guest_write(TransactionHandle, handle);
    if (!NT_SUCCESS(status))
        ob_handle_close(handle);
    return status;
}

NTSTATUS cm_unit_of_handle(HANDLE handle, struct cm_unit **ret_unit)
{
    struct transaction *transaction;
    NTSTATUS status = ob_handle_lookup(handle, &transaction_type, TRANSACTION_ENLIST, (void **)&transaction);
    if (!NT_SUCCESS(status))
        return status;
    *ret_unit = cm_unit_reference(transaction->unit);
    ob_dereference(transaction);
    return status;
}

static NTSTATUS end_transaction(HANDLE handle, ACCESS_MASK access, NTSTATUS (*end)(struct cm_unit *unit))
{
    struct transaction *transaction;
    NTSTATUS status = ob_handle_lookup(handle, &transaction_type, access, (void **)&transaction);
    if (!NT_SUCCESS(status))
        return status;
    status = end(transaction->unit);
    ob_dereference(transaction);
    return status;
}

/* Nothing that would take its time takes part: it is over when these return, whether they were to wait or
 * not. */
NTSTATUS NtCommitTransaction(HANDLE TransactionHandle, BOOLEAN Wait)
{
    (void)Wait;
    return end_transaction(TransactionHandle, TRANSACTION_COMMIT, cm_unit_commit);
}

NTSTATUS NtRollbackTransaction(HANDLE TransactionHandle, BOOLEAN Wait)
{
    (void)Wait;
    return end_transaction(TransactionHandle, TRANSACTION_ROLLBACK, cm_unit_abandon);
}

NTSTATUS NtCommitRegistryTransaction(HANDLE TransactionHandle, ULONG Flags)
{
    return Flags ? STATUS_INVALID_PARAMETER
                 : end_transaction(TransactionHandle, TRANSACTION_COMMIT, cm_unit_commit);
}

NTSTATUS NtRollbackRegistryTransaction(HANDLE TransactionHandle, ULONG Flags)
{
    return Flags ? STATUS_INVALID_PARAMETER
                 : end_transaction(TransactionHandle, TRANSACTION_ROLLBACK, cm_unit_abandon);
}

/* ---------------------------------------------------------------- information */

struct basic {
    GUID id;
    uint32_t state, outcome;
};

struct properties {
    uint32_t isolation_level, isolation_flags;
    int64_t timeout;
    uint32_t outcome, description_length;
    /* the description follows */
};

NTSTATUS NtQueryInformationTransaction(HANDLE TransactionHandle, ULONG TransactionInformationClass,
                                       void *TransactionInformation, ULONG TransactionInformationLength,
                                       ULONG *ReturnLength)
{
    struct transaction *transaction;
    ULONG ignored;
    NTSTATUS status = ob_handle_lookup(TransactionHandle, &transaction_type, TRANSACTION_QUERY_INFORMATION,
                                       (void **)&transaction);
    if (!NT_SUCCESS(status))
        return status;
    uint32_t outcome = cm_unit_outcome(transaction->unit);
    ULONG *result = ReturnLength ? ReturnLength : &ignored;
    switch (TransactionInformationClass) {
    case TransactionBasicInformation: {
        struct basic basic = {transaction->id, 1 /* TransactionStateNormal */, outcome};
        struct cm_piece piece = {&basic, sizeof basic, 0};
        status = cm_reply(TransactionInformation, TransactionInformationLength, result, sizeof basic, &piece,
                          1);
        break;
    }
    case TransactionPropertiesInformation: {
        WCHAR description[MOST_DESCRIPTION];
        pthread_mutex_lock(&list.lock);
        struct properties properties = {transaction->isolation_level, transaction->isolation_flags,
                                        transaction->timeout, outcome, transaction->description_length};
        memcpy(description, transaction->description, properties.description_length);
        pthread_mutex_unlock(&list.lock);
        struct cm_piece pieces[] = {{&properties, sizeof properties, 0},
                                    {description, properties.description_length, sizeof properties}};
        status = cm_reply(TransactionInformation, TransactionInformationLength, result, sizeof properties,
                          pieces, 2);
        break;
    }
    default: status = STATUS_INVALID_INFO_CLASS;
    }
    ob_dereference(transaction);
    return status;
}

NTSTATUS NtSetInformationTransaction(HANDLE TransactionHandle, ULONG TransactionInformationClass,
                                     void *TransactionInformation, ULONG TransactionInformationLength)
{
    struct transaction *transaction;
    struct properties properties;
    WCHAR description[MOST_DESCRIPTION];
    NTSTATUS status = ob_handle_lookup(TransactionHandle, &transaction_type, TRANSACTION_SET_INFORMATION,
                                       (void **)&transaction);
    if (!NT_SUCCESS(status))
        return status;
    if (TransactionInformationClass != TransactionPropertiesInformation)
        status = STATUS_INVALID_INFO_CLASS;
    else if (TransactionInformationLength < sizeof properties)
        status = STATUS_INFO_LENGTH_MISMATCH;
    else
        status = guest_read(&properties, (struct properties *)TransactionInformation);
    if (NT_SUCCESS(status) &&
        (properties.isolation_level || properties.isolation_flags ||
         properties.description_length > sizeof description || properties.description_length % 2 ||
         properties.description_length > TransactionInformationLength - sizeof properties))
        status = STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(status))
        status = guest_copy(description, (struct properties *)TransactionInformation + 1,
                            properties.description_length);
    if (NT_SUCCESS(status) && cm_unit_outcome(transaction->unit) != CM_UNDETERMINED)
        status = STATUS_TRANSACTION_NOT_ACTIVE;
    if (NT_SUCCESS(status)) {
        set_timeout(transaction, properties.timeout);
        pthread_mutex_lock(&list.lock);
        transaction->description_length = properties.description_length;
        memcpy(transaction->description, description, properties.description_length);
        pthread_mutex_unlock(&list.lock);
    }
    ob_dereference(transaction);
    return status;
}
