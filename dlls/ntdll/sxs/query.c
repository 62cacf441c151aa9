/*
 * Asking an activation context about itself: its assemblies, their files, run level, compatibility, and
 * the application's settings.
 */
#include "private.h"

enum { QUERY_USE_ACTIVE = 1, QUERY_IS_MODULE = 2, QUERY_IS_ADDRESS = 4 };
#define QUERY_NO_ADDREF 0x80000000

/* The answer: a fixed part and strings behind it. */
struct answer {
    char *buffer; /* NULL: only measure */
    SIZE_T used;
};

static const WCHAR *place(struct answer *answer, const void *text, ULONG bytes)
{
    WCHAR *to = answer->buffer ? (WCHAR *)(void *)(answer->buffer + answer->used) : NULL;

    if (!bytes)
        return NULL;
    if (to) {
        memcpy(to, text, bytes);
        to[bytes / sizeof(WCHAR)] = 0;
    }
    answer->used += bytes + sizeof(WCHAR);
    return to;
}

/* Runs `fill` twice: to measure, and to write if it fits. */
static NTSTATUS give(NTSTATUS (*fill)(const ACTIVATION_CONTEXT_DATA *data, const void *instance,
                                      struct answer *answer),
                     const ACTIVATION_CONTEXT_DATA *data, const void *instance, PVOID buffer, SIZE_T size,
                     SIZE_T *ret_length)
{
    struct answer answer = {NULL, 0};
    NTSTATUS status = fill(data, instance, &answer);

    if (status)
        return status;
    if (ret_length)
        *ret_length = answer.used;
    if (!buffer || size < answer.used)
        return STATUS_BUFFER_TOO_SMALL;
    answer = (struct answer){buffer, 0};
    return fill(data, instance, &answer);
}

static const ACTIVATION_CONTEXT_DATA_ASSEMBLY_INFORMATION *assembly_at(const ACTIVATION_CONTEXT_DATA *data,
                                                                       ULONG index, const char **ret_section,
                                                                       ULONG *ret_count)
{
    const char *base = (const char *)data;
    const ACTIVATION_CONTEXT_DATA_ASSEMBLY_ROSTER_HEADER *roster = (const void *)(base +
                                                                                  data->AssemblyRosterOffset);
    const ACTIVATION_CONTEXT_DATA_ASSEMBLY_ROSTER_ENTRY *entries = (const void *)(base +
                                                                                  roster->FirstEntryOffset);

    *ret_count = roster->EntryCount - 1;
    *ret_section = base + roster->AssemblyInformationSectionOffset;
    return index && index < roster->EntryCount
               ? (const void *)(base + entries[index].AssemblyInformationOffset)
               : NULL;
}

static NTSTATUS fill_context(const ACTIVATION_CONTEXT_DATA *data, const void *instance, struct answer *answer)
{
    ACTIVATION_CONTEXT_DETAILED_INFORMATION *out = (void *)answer->buffer, local;
    const char *section;
    ULONG count;

    (void)instance;
    answer->used = sizeof *out;
    if (!out)
        out = &local;
    memset(out, 0, sizeof *out);
    if (!data)
        return STATUS_SUCCESS;
    const ACTIVATION_CONTEXT_DATA_ASSEMBLY_INFORMATION *root = assembly_at(data, 1, &section, &count);
    const ACTIVATION_CONTEXT_STRING_SECTION_HEADER *header = (const void *)section;
    const ACTIVATION_CONTEXT_DATA_ASSEMBLY_GLOBAL_INFORMATION *global =
        (const void *)(section + header->UserDataOffset);
    out->ulFormatVersion = 1;
    out->ulAssemblyCount = count;
    out->ulRootManifestPathType = root->ManifestPathType;
    out->ulRootManifestPathChars = root->ManifestPathLength / sizeof(WCHAR);
    out->ulRootConfigurationPathType = ACTIVATION_CONTEXT_PATH_TYPE_NONE;
    out->ulAppDirPathType = global->ApplicationDirectoryPathType;
    out->ulAppDirPathChars = global->ApplicationDirectoryLength / sizeof(WCHAR);
    out->lpRootManifestPath = place(answer, section + root->ManifestPathOffset, root->ManifestPathLength);
    out->lpAppDirPath = place(answer, (const char *)global + global->ApplicationDirectoryOffset,
                              global->ApplicationDirectoryLength);
    return STATUS_SUCCESS;
}

static NTSTATUS fill_assembly(const ACTIVATION_CONTEXT_DATA *data, const void *instance,
                              struct answer *answer)
{
    ACTIVATION_CONTEXT_ASSEMBLY_DETAILED_INFORMATION *out = (void *)answer->buffer, local;
    const char *section;
    ULONG count;

    if (!instance || !data)
        return STATUS_INVALID_PARAMETER;
    const ACTIVATION_CONTEXT_DATA_ASSEMBLY_INFORMATION *in = assembly_at(data, *(const ULONG *)instance,
                                                                         &section, &count);
    if (!in)
        return STATUS_INVALID_PARAMETER;
    answer->used = sizeof *out;
    if (!out)
        out = &local;
    memset(out, 0, sizeof *out);
    out->ulFlags = in->Flags;
    out->ulEncodedAssemblyIdentityLength = in->EncodedAssemblyIdentityLength;
    out->ulManifestPathType = in->ManifestPathType;
    out->ulManifestPathLength = in->ManifestPathLength;
    out->liManifestLastWriteTime = in->ManifestLastWriteTime;
    out->ulPolicyPathType = in->PolicyPathType;
    out->ulManifestVersionMajor = in->ManifestVersionMajor;
    out->ulManifestVersionMinor = in->ManifestVersionMinor;
    out->ulAssemblyDirectoryNameLength = in->AssemblyDirectoryNameLength;
    out->ulFileCount = in->NumOfFilesInAssembly;
    out->lpAssemblyEncodedAssemblyIdentity = place(answer, section + in->EncodedAssemblyIdentityOffset,
                                                   in->EncodedAssemblyIdentityLength);
    out->lpAssemblyManifestPath = place(answer, section + in->ManifestPathOffset, in->ManifestPathLength);
    out->lpAssemblyDirectoryName = place(answer, section + in->AssemblyDirectoryNameOffset,
                                         in->AssemblyDirectoryNameLength);
    return STATUS_SUCCESS;
}

/* Here the assemblies count from 0. */
static NTSTATUS fill_file(const ACTIVATION_CONTEXT_DATA *data, const void *instance, struct answer *answer)
{
    const ACTIVATION_CONTEXT_QUERY_INDEX *index = instance;
    ASSEMBLY_FILE_DETAILED_INFORMATION *out = (void *)answer->buffer, local;
    const char *information;
    ULONG count, size, format, at = 0;

    if (!instance || !data || !assembly_at(data, index->ulAssemblyIndex + 1, &information, &count))
        return STATUS_INVALID_PARAMETER;
    const ACTIVATION_CONTEXT_STRING_SECTION_HEADER *section = sxs_section(
        data, ACTIVATION_CONTEXT_SECTION_DLL_REDIRECTION, &size, &format);
    if (!section)
        return STATUS_INVALID_PARAMETER;
    const ACTIVATION_CONTEXT_STRING_SECTION_ENTRY *entries = (const void *)((const char *)section +
                                                                            section->ElementListOffset);
    for (ULONG i = 0; i < section->ElementCount; i++) {
        if (entries[i].AssemblyRosterIndex != index->ulAssemblyIndex + 1 ||
            at++ != index->ulFileIndexInAssembly)
            continue;
        answer->used = sizeof *out;
        if (!out)
            out = &local;
        memset(out, 0, sizeof *out);
        out->ulFlags = 2; /* a DLL redirection */
        out->ulFilenameLength = entries[i].KeyLength;
        out->lpFileName = place(answer, (const char *)section + entries[i].KeyOffset, entries[i].KeyLength);
        return STATUS_SUCCESS;
    }
    return STATUS_INVALID_PARAMETER;
}

static NTSTATUS fill_run_level(const ACTIVATION_CONTEXT_DATA *data, const void *instance,
                               struct answer *answer)
{
    ACTIVATION_CONTEXT_RUN_LEVEL_INFORMATION *out = (void *)answer->buffer;
    const char *section;
    ULONG count;

    (void)instance;
    answer->used = sizeof *out;
    if (out) {
        const ACTIVATION_CONTEXT_DATA_ASSEMBLY_INFORMATION *root = data ? assembly_at(data, 1, &section,
                                                                                      &count)
                                                                        : NULL;
        out->ulFlags = 0;
        out->RunLevel = root ? (ACTCTX_REQUESTED_RUN_LEVEL)root->RunLevel : ACTCTX_RUN_LEVEL_UNSPECIFIED;
        out->UiAccess = root ? root->UiAccess : 0;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS fill_compatibility(const ACTIVATION_CONTEXT_DATA *data, const void *instance,
                                   struct answer *answer)
{
    ULONG none[2] = {0, 0}, size = sizeof none, format;
    const void *section = sxs_section(data, ACTIVATION_CONTEXT_SECTION_COMPATIBILITY_INFO, &size, &format);

    (void)instance;
    answer->used = size;
    if (answer->buffer)
        memcpy(answer->buffer, section ? section : none, size);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlQueryInformationActivationContext(ULONG flags, ACTIVATION_CONTEXT *context, PVOID instance,
                                                    ULONG class, PVOID buffer, SIZE_T size,
                                                    SIZE_T *ret_length)
{
    ULONG kind = flags & (QUERY_USE_ACTIVE | QUERY_IS_MODULE | QUERY_IS_ADDRESS);
    BOOLEAN found;

    if (ret_length)
        *ret_length = 0;
    if (flags & ~(QUERY_NO_ADDREF | 7) || (kind & (kind - 1)) || (size && !buffer) || (!size && !ret_length))
        return STATUS_INVALID_PARAMETER;
    if (flags & QUERY_NO_ADDREF && class != ActivationContextBasicInformation)
        return STATUS_INVALID_PARAMETER;
    if (kind == QUERY_USE_ACTIVE) {
        if (context)
            return STATUS_INVALID_PARAMETER;
        context = sxs_active(&found);
    } else if (kind) {
        if (!context)
            return STATUS_INVALID_PARAMETER;
        struct ldr_module *module = kind == QUERY_IS_MODULE ? ldr_module_from_handle(context)
                                                            : ldr_module_from_address(context);
        if (!module)
            return STATUS_DLL_NOT_FOUND;
        context = module->entry.EntryPointActivationContext;
    } else if (context && SXS_IS_SPECIAL(context)) {
        return STATUS_INVALID_PARAMETER;
    }

    const ACTIVATION_CONTEXT_DATA *data = sxs_data(context);
    switch (class) {
    case ActivationContextBasicInformation: {
        struct {
            HANDLE context;
            ULONG flags;
        } *basic = buffer;
        if (ret_length)
            *ret_length = sizeof *basic;
        if (size < sizeof *basic)
            return STATUS_BUFFER_TOO_SMALL;
        if (!(flags & QUERY_NO_ADDREF))
            RtlAddRefActivationContext(context);
        basic->context = context;
        basic->flags = data ? data->Flags : 0;
        return STATUS_SUCCESS;
    }
    case ActivationContextDetailedInformation:
        return give(fill_context, data, instance, buffer, size, ret_length);
    case AssemblyDetailedInformationInActivationContext:
        return give(fill_assembly, data, instance, buffer, size, ret_length);
    case FileInformationInAssemblyOfAssemblyInActivationContext:
        return give(fill_file, data, instance, buffer, size, ret_length);
    case RunlevelInformationInActivationContext:
        return give(fill_run_level, data, instance, buffer, size, ret_length);
    case CompatibilityInformationInActivationContext:
        return give(fill_compatibility, data, instance, buffer, size, ret_length);
    default: return STATUS_INVALID_PARAMETER;
    }
}

NTSTATUS NTAPI RtlQueryInformationActiveActivationContext(ULONG class, PVOID buffer, SIZE_T size,
                                                          SIZE_T *ret_length)
{
    return RtlQueryInformationActivationContext(QUERY_USE_ACTIVE, NULL, NULL, class, buffer, size,
                                                ret_length);
}

/* Lengths in characters, the needed one with its terminator. */
NTSTATUS NTAPI RtlQueryActivationContextApplicationSettings(ULONG flags, ACTIVATION_CONTEXT *context,
                                                            PCWSTR namespace, PCWSTR name, PWSTR buffer,
                                                            SIZE_T length, SIZE_T *ret_length)
{
    const WCHAR *space = namespace ? namespace : SXS_SETTINGS_2005;
    ULONG size, format, prefix = ldr_wcslen(SXS_SETTINGS);

    if (flags || !name || (context && SXS_IS_SPECIAL(context)))
        return STATUS_INVALID_PARAMETER;
    if (ldr_wcslen(space) < prefix || memcmp(space, SXS_SETTINGS, prefix * sizeof(WCHAR)) != 0)
        return STATUS_INVALID_PARAMETER;
    const ACTIVATION_CONTEXT_STRING_SECTION_HEADER *section = sxs_section(
        sxs_data(context), ACTIVATION_CONTEXT_SECTION_APPLICATION_SETTINGS, &size, &format);
    const ACTIVATION_CONTEXT_STRING_SECTION_ENTRY *entry = section ? sxs_find_string(section, name,
                                                                                     ldr_wcslen(name))
                                                                   : NULL;
    if (!entry)
        return STATUS_SXS_KEY_NOT_FOUND;
    const char *base = (const char *)section + entry->Offset;
    const ACTIVATION_CONTEXT_DATA_APPLICATION_SETTINGS *setting = (const void *)base;
    if (setting->SettingNamespaceLength != ldr_wcslen(space) * sizeof(WCHAR) ||
        memcmp(base + setting->SettingNamespaceOffset, space, setting->SettingNamespaceLength) != 0)
        return STATUS_SXS_KEY_NOT_FOUND;
    SIZE_T needed = setting->SettingValueLength / sizeof(WCHAR) + 1;
    if (ret_length)
        *ret_length = needed;
    if (!buffer || length < needed)
        return STATUS_BUFFER_TOO_SMALL;
    memcpy(buffer, base + setting->SettingValueOffset, setting->SettingValueLength);
    buffer[needed - 1] = 0;
    return STATUS_SUCCESS;
}
