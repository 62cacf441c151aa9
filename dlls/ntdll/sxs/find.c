/*
 * Looking things up in activation contexts: by string or GUID in the sections of the active context, then
 * in those of the process's default.
 */
#include "private.h"

const void *sxs_section(const ACTIVATION_CONTEXT_DATA *data, ULONG id, ULONG *ret_size, ULONG *ret_format)
{
    const char *base = (const char *)data;

    if (!data || !data->DefaultTocOffset)
        return NULL;
    const ACTIVATION_CONTEXT_DATA_TOC_HEADER *toc = (const void *)(base + data->DefaultTocOffset);
    const ACTIVATION_CONTEXT_DATA_TOC_ENTRY *entries = (const void *)(base + toc->FirstEntryOffset);
    for (ULONG i = 0; i < toc->EntryCount; i++)
        if (entries[i].Id == id) {
            *ret_size = entries[i].Length;
            *ret_format = entries[i].Format;
            return base + entries[i].Offset;
        }
    return NULL;
}

const ACTIVATION_CONTEXT_STRING_SECTION_ENTRY *sxs_find_string(
    const ACTIVATION_CONTEXT_STRING_SECTION_HEADER *section, const WCHAR *key, ULONG length)
{
    const char *base = (const char *)section;
    const ACTIVATION_CONTEXT_STRING_SECTION_ENTRY *entries = (const void *)(base +
                                                                            section->ElementListOffset);
    ULONG hash = sxs_hash(key, length);

    for (ULONG i = 0; i < section->ElementCount; i++)
        if (entries[i].PseudoKey == hash && entries[i].KeyLength == length * sizeof(WCHAR) &&
            ldr_equal((const WCHAR *)(const void *)(base + entries[i].KeyOffset), key, length))
            return &entries[i];
    return NULL;
}

static const ACTIVATION_CONTEXT_GUID_SECTION_ENTRY *find_guid(
    const ACTIVATION_CONTEXT_GUID_SECTION_HEADER *section, const GUID *key)
{
    const ACTIVATION_CONTEXT_GUID_SECTION_ENTRY *entries = (const void *)((const char *)section +
                                                                          section->ElementListOffset);

    for (ULONG i = 0; i < section->ElementCount; i++)
        if (memcmp(&entries[i].Guid, key, sizeof *key) == 0)
            return &entries[i];
    return NULL;
}

struct hit {
    const ACTIVATION_CONTEXT_DATA *data;
    const char *section;
    ULONG section_size, version, user_offset, user_size;
    ULONG offset, length, roster;
};

static NTSTATUS look(const ACTIVATION_CONTEXT_DATA *data, ULONG id, const UNICODE_STRING *string,
                     const GUID *guid, struct hit *hit)
{
    ULONG size, format;
    const void *section = sxs_section(data, id, &size, &format);

    if (!section)
        return STATUS_SXS_SECTION_NOT_FOUND;
    if (format != (string ? SXS_FORMAT_STRING_TABLE : SXS_FORMAT_GUID_TABLE))
        return STATUS_SXS_WRONG_SECTION_TYPE;
    hit->data = data;
    hit->section = section;
    hit->section_size = size;
    if (string) {
        const ACTIVATION_CONTEXT_STRING_SECTION_HEADER *header = section;
        const ACTIVATION_CONTEXT_STRING_SECTION_ENTRY *entry = sxs_find_string(
            header, string->Buffer, string->Length / sizeof(WCHAR));
        if (!entry)
            return STATUS_SXS_KEY_NOT_FOUND;
        hit->version = header->DataFormatVersion;
        hit->user_offset = header->UserDataOffset, hit->user_size = header->UserDataSize;
        hit->offset = entry->Offset, hit->length = entry->Length, hit->roster = entry->AssemblyRosterIndex;
    } else {
        const ACTIVATION_CONTEXT_GUID_SECTION_HEADER *header = section;
        const ACTIVATION_CONTEXT_GUID_SECTION_ENTRY *entry = find_guid(header, guid);
        if (!entry)
            return STATUS_SXS_KEY_NOT_FOUND;
        hit->version = header->DataFormatVersion;
        hit->user_offset = header->UserDataOffset, hit->user_size = header->UserDataSize;
        hit->offset = entry->Offset, hit->length = entry->Length, hit->roster = entry->AssemblyRosterIndex;
    }
    return STATUS_SUCCESS;
}

static void fill_metadata(const struct hit *hit, ACTCTX_SECTION_KEYED_DATA_ASSEMBLY_METADATA *metadata)
{
    const char *base = (const char *)hit->data;
    const ACTIVATION_CONTEXT_DATA_ASSEMBLY_ROSTER_HEADER *roster =
        (const void *)(base + hit->data->AssemblyRosterOffset);
    const ACTIVATION_CONTEXT_DATA_ASSEMBLY_ROSTER_ENTRY *entries = (const void *)(base +
                                                                                  roster->FirstEntryOffset);
    ULONG size, format;
    const ACTIVATION_CONTEXT_STRING_SECTION_HEADER *section = sxs_section(
        hit->data, ACTIVATION_CONTEXT_SECTION_ASSEMBLY_INFORMATION, &size, &format);

    metadata->lpInformation = (PVOID)(base + entries[hit->roster].AssemblyInformationOffset);
    metadata->lpSectionBase = (PVOID)section;
    metadata->ulSectionLength = size;
    metadata->lpSectionGlobalDataBase = (PVOID)((const char *)section + section->UserDataOffset);
    metadata->ulSectionGlobalDataLength = section->UserDataSize;
}

static NTSTATUS find(ULONG flags, const GUID *extension, ULONG id, const UNICODE_STRING *string,
                     const GUID *guid, ACTCTX_SECTION_KEYED_DATA *ret_data)
{
    struct hit hit;
    BOOLEAN found;
    ACTIVATION_CONTEXT *context = sxs_active(&found);
    NTSTATUS status = STATUS_SXS_SECTION_NOT_FOUND;

    if (flags & ~7u || extension || (!string && !guid))
        return STATUS_INVALID_PARAMETER;
    if (ret_data && ret_data->cbSize < sizeof(ACTCTX_SECTION_KEYED_DATA_2600))
        return STATUS_INVALID_PARAMETER;
    if (!ret_data && flags)
        return STATUS_INVALID_PARAMETER;
    if (context)
        status = look(sxs_data(context), id, string, guid, &hit);
    if (status && sxs_process_default) {
        NTSTATUS second = look(sxs_data(NULL), id, string, guid, &hit);
        if (second != STATUS_SXS_SECTION_NOT_FOUND) {
            status = second;
            context = sxs_process_default;
        }
    }
    if (status || !ret_data)
        return status;
    ret_data->ulDataFormatVersion = hit.version;
    ret_data->lpData = (PVOID)(hit.section + hit.offset);
    ret_data->ulLength = hit.length;
    ret_data->lpSectionGlobalData = hit.user_offset ? (PVOID)(hit.section + hit.user_offset) : NULL;
    ret_data->ulSectionGlobalDataLength = hit.user_size;
    ret_data->lpSectionBase = (PVOID)hit.section;
    ret_data->ulSectionTotalLength = hit.section_size;
    ret_data->hActCtx = NULL;
    ret_data->ulAssemblyRosterIndex = hit.roster;
    if (flags & FIND_ACTCTX_SECTION_KEY_RETURN_HACTCTX) {
        RtlAddRefActivationContext(context);
        ret_data->hActCtx = context;
    }
    if (flags & FIND_ACTCTX_SECTION_KEY_RETURN_FLAGS && ret_data->cbSize >= sizeof *ret_data)
        ret_data->ulFlags = context == sxs_process_default ? 1 /* found in the process's default */ : 0;
    if (flags & FIND_ACTCTX_SECTION_KEY_RETURN_ASSEMBLY_METADATA && ret_data->cbSize >= sizeof *ret_data)
        fill_metadata(&hit, &ret_data->AssemblyMetadata);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlFindActivationContextSectionString(ULONG flags, const GUID *extension, ULONG section,
                                                     const UNICODE_STRING *key,
                                                     ACTCTX_SECTION_KEYED_DATA *data)
{
    return find(flags, extension, section, key, NULL, data);
}

NTSTATUS NTAPI RtlFindActivationContextSectionGuid(ULONG flags, const GUID *extension, ULONG section,
                                                   const GUID *key, ACTCTX_SECTION_KEYED_DATA *data)
{
    return find(flags, extension, section, NULL, key, data);
}
