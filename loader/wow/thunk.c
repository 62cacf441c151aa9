/*
 * Structures that many calls take: from the guest's 32-bit layout into the host's, on the host stack.
 */
#include "wow/thunk.h"
#include <string.h>

NTSTATUS wow_read_string(uint32_t guest, UNICODE_STRING *storage, UNICODE_STRING **ret)
{
    UNICODE_STRING32 narrow;
    *ret = NULL;
    if (!guest)
        return STATUS_SUCCESS;
    NTSTATUS status = guest_copy(&narrow, wow_pointer(guest), sizeof narrow);
    if (!NT_SUCCESS(status))
        return status;
    storage->Length = narrow.Length;
    storage->MaximumLength = narrow.MaximumLength;
    storage->Buffer = wow_pointer(narrow.Buffer);
    *ret = storage;
    return STATUS_SUCCESS;
}

/* A security descriptor is passed on as it is: loader/ob/security.c knows both layouts. */
NTSTATUS wow_read_attributes(uint32_t guest, struct wow_attributes *storage, OBJECT_ATTRIBUTES **ret)
{
    OBJECT_ATTRIBUTES32 narrow;
    *ret = NULL;
    if (!guest)
        return STATUS_SUCCESS;
    NTSTATUS status = guest_copy(&narrow, wow_pointer(guest), sizeof narrow);
    if (!NT_SUCCESS(status))
        return status;
    OBJECT_ATTRIBUTES *wide = &storage->value;
    wide->Length = narrow.Length == sizeof narrow ? sizeof *wide : narrow.Length;
    wide->RootDirectory = wow_handle(narrow.RootDirectory);
    wide->Attributes = narrow.Attributes;
    wide->SecurityDescriptor = wow_pointer(narrow.SecurityDescriptor);
    wide->SecurityQualityOfService = wow_pointer(narrow.SecurityQualityOfService);
    status = wow_read_string(narrow.ObjectName, &storage->name, &wide->ObjectName);
    *ret = wide;
    return status;
}

NTSTATUS wow_read_client_id(uint32_t guest, CLIENT_ID *storage, CLIENT_ID **ret)
{
    CLIENT_ID32 narrow;
    *ret = NULL;
    if (!guest)
        return STATUS_SUCCESS;
    NTSTATUS status = guest_copy(&narrow, wow_pointer(guest), sizeof narrow);
    if (!NT_SUCCESS(status))
        return status;
    storage->UniqueProcess = wow_pointer(narrow.UniqueProcess);
    storage->UniqueThread = wow_pointer(narrow.UniqueThread);
    *ret = storage;
    return STATUS_SUCCESS;
}

#define UNSET 0x5a5aa5a5c3c33c3cull

void *wow_out_word(struct wow_word *word, uint32_t guest)
{
    word->guest = guest;
    word->value = word->before = UNSET;
    return guest ? &word->value : NULL;
}

void *wow_inout_word(struct wow_word *word, uint32_t guest)
{
    uint32_t value;
    word->guest = 0;
    if (!NT_SUCCESS(guest_copy(&value, wow_pointer(guest), sizeof value)))
        return wow_pointer(guest);
    word->guest = guest;
    word->value = word->before = value;
    return &word->value;
}

NTSTATUS wow_write_word(const struct wow_word *word, NTSTATUS status)
{
    if (!word->guest || word->value == word->before)
        return status;
    uint32_t value = (uint32_t)word->value;
    NTSTATUS written = guest_copy(wow_pointer(word->guest), &value, sizeof value);
    return NT_SUCCESS(written) ? status : written;
}

NTSTATUS wow_write_handle(const struct wow_word *word, NTSTATUS status)
{
    NTSTATUS written = wow_write_word(word, status);
    if (written != status)
        NtClose((HANDLE)word->value);
    return written;
}
