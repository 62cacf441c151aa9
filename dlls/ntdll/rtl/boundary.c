/*
 * Boundary descriptors: what a private namespace is found by. A name and the SIDs that a caller must have, in
 * one block that starts with a head of four words; every entry starts with its kind and size.
 */
#include <nt/rtl.h>

enum { ENTRY_NAME = 1, ENTRY_SID = 2, ENTRY_LABEL = 3 };
enum { ADD_APPCONTAINER_SID = 1 };

struct boundary {
    ULONG Version, Items, TotalSize, Flags;
};

struct entry {
    ULONG Type, Size; /* of the entry with its data, which is padded to 8 bytes */
};

/* The descriptor with one entry more; the old one is freed. NULL: no memory. */
static struct boundary *add(struct boundary *old, ULONG type, const void *data, ULONG size)
{
    ULONG entry_size = (ULONG)(sizeof(struct entry) + ((size + 7) & ~7u));
    ULONG total = old->TotalSize + entry_size;
    struct boundary *boundary = RtlReAllocateHeap(rtl_peb()->ProcessHeap, HEAP_ZERO_MEMORY, old, total);
    if (!boundary)
        return NULL;
    struct entry *entry = (struct entry *)((BYTE *)boundary + boundary->TotalSize);
    entry->Type = type;
    entry->Size = entry_size;
    memcpy(entry + 1, data, size);
    boundary->Items++;
    boundary->TotalSize = total;
    return boundary;
}

void *NTAPI RtlCreateBoundaryDescriptor(UNICODE_STRING *name, ULONG flags)
{
    if (!name || !name->Length || flags & ~(ULONG)ADD_APPCONTAINER_SID)
        return NULL;
    struct boundary *boundary = RtlAllocateHeap(rtl_peb()->ProcessHeap, HEAP_ZERO_MEMORY, sizeof *boundary);
    if (!boundary)
        return NULL;
    boundary->Version = 1;
    boundary->TotalSize = sizeof *boundary;
    struct boundary *named = add(boundary, ENTRY_NAME, name->Buffer, name->Length);
    if (!named)
        RtlFreeHeap(rtl_peb()->ProcessHeap, 0, boundary);
    return named;
}

void NTAPI RtlDeleteBoundaryDescriptor(void *boundary)
{
    RtlFreeHeap(rtl_peb()->ProcessHeap, 0, boundary);
}

static NTSTATUS add_sid(void **boundary, PSID sid, ULONG type)
{
    if (!boundary || !*boundary || !sid || !RtlValidSid(sid))
        return STATUS_INVALID_PARAMETER;
    struct boundary *longer = add(*boundary, type, sid, RtlLengthSid(sid));
    if (!longer)
        return STATUS_NO_MEMORY;
    *boundary = longer;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAddSIDToBoundaryDescriptor(void **boundary, PSID sid)
{
    return add_sid(boundary, sid, ENTRY_SID);
}

NTSTATUS NTAPI RtlAddIntegrityLabelToBoundaryDescriptor(void **boundary, PSID label)
{
    return add_sid(boundary, label, ENTRY_LABEL);
}
