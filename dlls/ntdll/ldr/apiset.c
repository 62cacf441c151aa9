/*
 * API sets: contract names (api-ms-..., ext-ms-...) to the DLLs that host them, through the schema that
 * PEB.ApiSetMap points to. Its layout is Windows 10's (version 6), for programs that read it themselves.
 */
#include "private.h"

struct schema_header {
    ULONG Version, Size, Flags, Count, EntryOffset, HashOffset, HashFactor;
};

struct schema_entry {
    ULONG Flags, NameOffset, NameLength, HashedLength, ValueOffset, ValueCount;
};

struct schema_value {
    ULONG Flags, NameOffset, NameLength, ValueOffset, ValueLength;
};

struct schema_hash {
    ULONG Hash, Index;
};

extern const struct schema_header ldr_apiset_schema; /* generated from apisets.txt */

void ldr_apiset_initialize(void)
{
    ldr_peb()->ApiSetMap = (PVOID)&ldr_apiset_schema;
}

BOOLEAN ldr_apiset_is(const WCHAR *name, ULONG length)
{
    return length > 7 && (ldr_equal(name, L"api-", 4) || ldr_equal(name, L"ext-", 4));
}

/* A contract is compared up to its last hyphen: the last number of the version does not matter. */
static const struct schema_value *find_contract(const WCHAR *name, ULONG length)
{
    const char *schema = ldr_peb()->ApiSetMap;
    const struct schema_header *header = (const void *)schema;
    const struct schema_hash *hashes = (const void *)(schema + header->HashOffset);
    const struct schema_entry *entries = (const void *)(schema + header->EntryOffset);
    ULONG hash = 0, low = 0, high = header->Count;

    while (length && name[length - 1] != '-')
        length--;
    if (length < 2)
        return NULL;
    length--;
    for (ULONG i = 0; i < length; i++)
        hash = hash * header->HashFactor + (name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]);
    while (low < high) {
        ULONG middle = (low + high) / 2;
        if (hashes[middle].Hash == hash) {
            const struct schema_entry *entry = &entries[hashes[middle].Index];
            if (entry->HashedLength != length * sizeof(WCHAR) ||
                !ldr_equal(name, (const WCHAR *)(schema + entry->NameOffset), length))
                return NULL;
            return (const void *)(schema + entry->ValueOffset);
        }
        if (hashes[middle].Hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

BOOLEAN ldr_apiset_resolve(const WCHAR *name, ULONG length, const WCHAR **ret_host, ULONG *ret_length)
{
    const struct schema_value *value = find_contract(name, length);
    if (!value || !value->ValueLength)
        return FALSE;
    *ret_host = (const WCHAR *)((const char *)ldr_peb()->ApiSetMap + value->ValueOffset);
    *ret_length = value->ValueLength / sizeof(WCHAR);
    return TRUE;
}

NTSTATUS NTAPI ApiSetQueryApiSetPresence(const UNICODE_STRING *name, BOOLEAN *ret_present);
NTSTATUS NTAPI ApiSetQueryApiSetPresence(const UNICODE_STRING *name, BOOLEAN *ret_present)
{
    const struct schema_value *value;
    ULONG length = name->Length / sizeof(WCHAR);
    if (!ldr_apiset_is(name->Buffer, length))
        return STATUS_INVALID_PARAMETER;
    value = find_contract(name->Buffer, length);
    *ret_present = value && value->ValueLength;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ApiSetQueryApiSetPresenceEx(const UNICODE_STRING *name, BOOLEAN *ret_in_schema,
                                           BOOLEAN *ret_present);
NTSTATUS NTAPI ApiSetQueryApiSetPresenceEx(const UNICODE_STRING *name, BOOLEAN *ret_in_schema,
                                           BOOLEAN *ret_present)
{
    const struct schema_value *value;
    ULONG length = name->Length / sizeof(WCHAR);
    if (!ldr_apiset_is(name->Buffer, length))
        return STATUS_INVALID_PARAMETER;
    value = find_contract(name->Buffer, length);
    *ret_in_schema = value != NULL;
    *ret_present = value && value->ValueLength;
    return STATUS_SUCCESS;
}
