/*
 * From assemblies to the flat data of an activation context (nt/sxs.h): one section for each kind of
 * thing that manifests declare, keyed by string or GUID. Of two declarations with one key the first counts.
 */
#include "build.h"

ULONG sxs_hash(const WCHAR *text, ULONG length)
{
    ULONG hash = 0;
    for (ULONG i = 0; i < length; i++)
        hash = hash * 65599 + ldr_upcase(text[i]);
    return hash;
}

/* Room for `size` bytes, zeroed and aligned; its offset. */
ULONG sxs_reserve(struct buffer *buffer, ULONG size)
{
    ULONG offset = (buffer->size + 3) & ~3u;

    if (buffer->failed)
        return 0;
    if (offset + size > buffer->capacity) {
        ULONG capacity = (offset + size) * 2 + 256;
        UCHAR *bytes = ldr_allocate(capacity);
        if (!bytes) {
            buffer->failed = TRUE;
            return 0;
        }
        if (buffer->size)
            memcpy(bytes, buffer->bytes, buffer->size);
        ldr_free(buffer->bytes);
        buffer->bytes = bytes;
        buffer->capacity = capacity;
    }
    buffer->size = offset + size;
    return offset;
}

ULONG sxs_put(struct buffer *buffer, const void *bytes, ULONG size)
{
    ULONG offset = sxs_reserve(buffer, size);
    if (!buffer->failed)
        memcpy(buffer->bytes + offset, bytes, size);
    return offset;
}

/* A terminated string; 0 for none. */
ULONG sxs_put_text(struct buffer *buffer, struct xml_text text)
{
    if (!text.length)
        return 0;
    ULONG offset = sxs_reserve(buffer, (text.length + 1) * sizeof(WCHAR));
    if (!buffer->failed)
        memcpy(buffer->bytes + offset, text.text, text.length * sizeof(WCHAR));
    return offset;
}

struct xml_text sxs_literal(const WCHAR *text)
{
    return (struct xml_text){text, text ? ldr_wcslen(text) : 0};
}

static void initialize(struct section *section, ULONG id, BOOLEAN by_guid)
{
    section->id = id;
    section->by_guid = by_guid;
    sxs_reserve(&section->data, by_guid ? sizeof(ACTIVATION_CONTEXT_GUID_SECTION_HEADER)
                                        : sizeof(ACTIVATION_CONTEXT_STRING_SECTION_HEADER));
}

void sxs_error(struct flattener *f, const WCHAR *what, struct xml_text detail)
{
    if (!f->status)
        f->status = sxs_fail((struct sxs_build *)f->build, what, detail);
}

/* Adds an entry for the data at [offset, the end); FALSE if the key is taken. */
BOOLEAN sxs_has_string(const struct section *section, struct xml_text key)
{
    const ACTIVATION_CONTEXT_STRING_SECTION_ENTRY *entries = (const void *)section->entries.bytes;
    ULONG hash = sxs_hash(key.text, key.length);

    for (ULONG i = 0; i < section->count; i++)
        if (entries[i].PseudoKey == hash && entries[i].KeyLength == key.length * sizeof(WCHAR) &&
            ldr_equal((const WCHAR *)(const void *)(section->data.bytes + entries[i].KeyOffset), key.text,
                      key.length))
            return TRUE;
    return FALSE;
}

void sxs_add_string(struct flattener *f, struct section *section, struct xml_text key, ULONG offset)
{
    ULONG length = section->data.size - offset;
    ACTIVATION_CONTEXT_STRING_SECTION_ENTRY entry = {.PseudoKey = sxs_hash(key.text, key.length),
                                                     .KeyLength = key.length * sizeof(WCHAR),
                                                     .Offset = offset,
                                                     .Length = length,
                                                     .AssemblyRosterIndex = f->roster};
    entry.KeyOffset = sxs_put_text(&section->data, key);
    sxs_put(&section->entries, &entry, sizeof entry);
    section->count++;
}

BOOLEAN sxs_has_guid(const struct section *section, const GUID *key)
{
    const ACTIVATION_CONTEXT_GUID_SECTION_ENTRY *entries = (const void *)section->entries.bytes;
    for (ULONG i = 0; i < section->count; i++)
        if (memcmp(&entries[i].Guid, key, sizeof *key) == 0)
            return TRUE;
    return FALSE;
}

void sxs_add_guid(struct flattener *f, struct section *section, const GUID *key, ULONG offset)
{
    ACTIVATION_CONTEXT_GUID_SECTION_ENTRY entry = {*key, offset, section->data.size - offset, f->roster};
    sxs_put(&section->entries, &entry, sizeof entry);
    section->count++;
}

/* ------------------------------------------------------------------ assemblies */

static void add_assembly(struct flattener *f, const struct sxs_assembly *assembly)
{
    typedef ACTIVATION_CONTEXT_DATA_ASSEMBLY_INFORMATION data;
    const struct xml_element *root = assembly->document.root;
    struct section *section = &f->information;
    ULONG level = 0, ui_access = 0, files = 0;
    USHORT version[2] = {1, 0};

    for (const struct xml_element *child = root ? root->children : NULL; child; child = child->next) {
        if (xml_is(child, SXS_V1, L"file"))
            sxs_add_file(f, assembly, child), files++;
        else if (xml_is(child, SXS_V1, L"clrClass"))
            sxs_add_server(f, (struct xml_text){NULL, 0}, child);
        else if (xml_is(child, SXS_V1, L"comInterfaceExternalProxyStub"))
            sxs_add_interface(f, child, TRUE);
        else if (xml_is(child, SXS_V1, L"clrSurrogate"))
            sxs_add_surrogate(f, child);
        else if (f->roster != 1)
            continue; /* the rest counts in the root only */
        else if (xml_equal(child->name, L"trustInfo"))
            sxs_read_run_level(child, &level, &ui_access);
        else if (xml_is(child, SXS_V3, L"application"))
            sxs_add_settings(f, child);
        else if (xml_is(child, SXS_COMPATIBILITY, L"compatibility"))
            sxs_add_compatibility(f, child);
    }

    ULONG length = sxs_encode_identity(&assembly->identity, NULL);
    WCHAR *encoded = ldr_allocate((length + 1) * sizeof(WCHAR));
    if (!encoded) {
        f->status = STATUS_NO_MEMORY;
        return;
    }
    sxs_encode_identity(&assembly->identity, encoded);
    ULONG offset = sxs_reserve(&section->data, sizeof(data));
    if (!section->data.failed) {
        data *information = (void *)(section->data.bytes + offset);
        information->Size = sizeof(data);
        information->Flags = f->roster == 1 ? ACTIVATION_CONTEXT_DATA_ASSEMBLY_INFORMATION_ROOT_ASSEMBLY
                             : root         ? ACTIVATION_CONTEXT_DATA_ASSEMBLY_INFORMATION_PRIVATE_ASSEMBLY
                                            : 0;
        information->ManifestPathType = ACTIVATION_CONTEXT_PATH_TYPE_WIN32_FILE;
        information->ManifestLastWriteTime = assembly->written;
        information->PolicyPathType = ACTIVATION_CONTEXT_PATH_TYPE_NONE;
        information->ManifestVersionMajor = version[0];
        information->ManifestVersionMinor = version[1];
        information->NumOfFilesInAssembly = files;
        information->RunLevel = level;
        information->UiAccess = ui_access;
        SET_TEXT(section, offset, data, EncodedAssemblyIdentity, ((struct xml_text){encoded, length}), 0);
        SET_TEXT(section, offset, data, ManifestPath, sxs_literal(assembly->manifest), 0);
        SET_TEXT(section, offset, data, Language, assembly->identity.language, 0);
        if (assembly->system_name)
            SET_TEXT(section, offset, data, AssemblyDirectoryName,
                     ((struct xml_text){assembly->system_name, ldr_wcslen(assembly->system_name) - 9}), 0);
        else if (f->roster != 1)
            SET_TEXT(section, offset, data, AssemblyDirectoryName,
                     ((struct xml_text){assembly->manifest, assembly->directory_length - 1}), 0);
    }
    ldr_free(encoded);
    sxs_add_string(f, section, assembly->identity.name, offset);
}

static void add_global_information(struct flattener *f)
{
    typedef ACTIVATION_CONTEXT_DATA_ASSEMBLY_GLOBAL_INFORMATION data;
    struct section *section = &f->information;
    ULONG offset = sxs_reserve(&section->data, sizeof(data));

    if (section->data.failed)
        return;
    FIELD(section, offset, data, Size) = sizeof(data);
    FIELD(section, offset, data, ApplicationDirectoryPathType) = ACTIVATION_CONTEXT_PATH_TYPE_WIN32_FILE;
    SET_TEXT(section, offset, data, ApplicationDirectory,
             ((struct xml_text){f->build->directory, f->build->directory_length}), offset);
    section->user_offset = offset;
    section->user_size = section->data.size - offset;
}

/* ------------------------------------------------------------------ putting it together */

/* Ends a section: entries behind the data, header filled in. */
static void finish(struct flattener *f, struct section *section)
{
    ULONG list = sxs_put(&section->data, section->entries.bytes, section->entries.size);

    if (section->entries.failed || section->data.failed) {
        f->status = STATUS_NO_MEMORY;
        return;
    }
    if (section->by_guid)
        *(ACTIVATION_CONTEXT_GUID_SECTION_HEADER *)(void *)section->data.bytes =
            (ACTIVATION_CONTEXT_GUID_SECTION_HEADER){
                .Magic = ACTIVATION_CONTEXT_GUID_SECTION_MAGIC,
                .HeaderSize = sizeof(ACTIVATION_CONTEXT_GUID_SECTION_HEADER),
                .FormatVersion = 1,
                .DataFormatVersion = 1,
                .ElementCount = section->count,
                .ElementListOffset = list,
                .UserDataOffset = section->user_offset,
                .UserDataSize = section->user_size};
    else
        *(ACTIVATION_CONTEXT_STRING_SECTION_HEADER *)(void *)section->data.bytes =
            (ACTIVATION_CONTEXT_STRING_SECTION_HEADER){
                .Magic = ACTIVATION_CONTEXT_STRING_SECTION_MAGIC,
                .HeaderSize = sizeof(ACTIVATION_CONTEXT_STRING_SECTION_HEADER),
                .FormatVersion = 1,
                .DataFormatVersion = 1,
                .Flags = ACTIVATION_CONTEXT_STRING_SECTION_CASE_INSENSITIVE,
                .ElementCount = section->count,
                .ElementListOffset = list,
                .HashAlgorithm = 1 /* HASH_STRING_ALGORITHM_X65599 */,
                .UserDataOffset = section->user_offset,
                .UserDataSize = section->user_size};
}

static void add_roster(struct flattener *f, struct buffer *whole, ULONG information_offset)
{
    const ACTIVATION_CONTEXT_STRING_SECTION_ENTRY *entries = (const void *)f->information.entries.bytes;
    ACTIVATION_CONTEXT_DATA_ASSEMBLY_ROSTER_HEADER header = {
        .HeaderSize = sizeof header,
        .HashAlgorithm = 1,
        .EntryCount = f->build->count + 1,
        .AssemblyInformationSectionOffset = information_offset};
    ULONG offset = sxs_put(whole, &header, sizeof header);
    ULONG first = sxs_reserve(whole,
                              header.EntryCount * sizeof(ACTIVATION_CONTEXT_DATA_ASSEMBLY_ROSTER_ENTRY));

    if (whole->failed)
        return;
    ((ACTIVATION_CONTEXT_DATA_ASSEMBLY_ROSTER_HEADER *)(void *)(whole->bytes + offset))->FirstEntryOffset =
        first;
    ((ACTIVATION_CONTEXT_DATA *)(void *)whole->bytes)->AssemblyRosterOffset = offset;
    ACTIVATION_CONTEXT_DATA_ASSEMBLY_ROSTER_ENTRY *roster = (void *)(whole->bytes + first);
    roster[0].Flags = ACTIVATION_CONTEXT_DATA_ASSEMBLY_ROSTER_ENTRY_INVALID;
    for (ULONG i = 0; i < f->build->count; i++) {
        roster[i + 1].Flags = i == 0 ? ACTIVATION_CONTEXT_DATA_ASSEMBLY_ROSTER_ENTRY_ROOT : 0;
        roster[i + 1].PseudoKey = entries[i].PseudoKey;
        roster[i + 1].AssemblyNameOffset = information_offset + entries[i].KeyOffset;
        roster[i + 1].AssemblyNameLength = entries[i].KeyLength;
        roster[i + 1].AssemblyInformationOffset = information_offset + entries[i].Offset;
        roster[i + 1].AssemblyInformationLength = entries[i].Length;
    }
}

static void assemble(struct flattener *f, struct buffer *whole)
{
    struct section *sections[] = {&f->information, &f->dlls,     &f->classes,    &f->servers, &f->interfaces,
                                  &f->libraries,   &f->programs, &f->surrogates, &f->settings};
    enum { SECTIONS = sizeof sections / sizeof sections[0] };
    ACTIVATION_CONTEXT_DATA_TOC_ENTRY entries[SECTIONS + 1];
    ACTIVATION_CONTEXT_DATA_TOC_HEADER toc = {.HeaderSize = sizeof toc, .Flags = 2 /* in order */};

    sxs_reserve(whole, sizeof(ACTIVATION_CONTEXT_DATA));
    for (ULONG i = 0; i < SECTIONS; i++) {
        if (!sections[i]->count)
            continue;
        finish(f, sections[i]);
        if (f->status)
            return;
        sxs_reserve(whole, (8 - whole->size % 8) % 8);
        ULONG offset = sxs_put(whole, sections[i]->data.bytes, sections[i]->data.size);
        entries[toc.EntryCount++] = (ACTIVATION_CONTEXT_DATA_TOC_ENTRY){
            sections[i]->id, offset, sections[i]->data.size,
            sections[i]->by_guid ? SXS_FORMAT_GUID_TABLE : SXS_FORMAT_STRING_TABLE};
    }
    if (f->compatibility.size) {
        ULONG count[2] = {f->compatibility.size / sizeof(SXS_COMPATIBILITY_ELEMENT), 0};
        ULONG offset = sxs_put(whole, count, sizeof count);
        sxs_put(whole, f->compatibility.bytes, f->compatibility.size);
        entries[toc.EntryCount++] = (ACTIVATION_CONTEXT_DATA_TOC_ENTRY){
            ACTIVATION_CONTEXT_SECTION_COMPATIBILITY_INFO, offset, f->compatibility.size + sizeof count,
            SXS_FORMAT_UNKNOWN};
    }
    add_roster(f, whole, entries[0].Offset);
    toc.FirstEntryOffset = sxs_put(whole, entries, toc.EntryCount * sizeof *entries);
    ULONG toc_offset = sxs_put(whole, &toc, sizeof toc);
    if (whole->failed || f->compatibility.failed) {
        f->status = STATUS_NO_MEMORY;
        return;
    }
    ACTIVATION_CONTEXT_DATA *data = (void *)whole->bytes;
    const struct xml_element *root = f->build->assemblies[0].document.root;
    data->Magic = ACTIVATION_CONTEXT_DATA_MAGIC;
    data->HeaderSize = sizeof *data;
    data->FormatVersion = ACTIVATION_CONTEXT_DATA_FORMAT_WHISTLER;
    data->TotalSize = whole->size;
    data->DefaultTocOffset = toc_offset;
    if (xml_child(root, SXS_V1, L"noInherit"))
        data->Flags |= ACTIVATION_CONTEXT_FLAG_NO_INHERIT;
}

NTSTATUS sxs_flatten(const struct sxs_build *build, ACTIVATION_CONTEXT_DATA **ret_data)
{
    struct flattener f = {.build = build};
    struct section *sections[] = {&f.information, &f.dlls,     &f.classes,    &f.servers, &f.interfaces,
                                  &f.libraries,   &f.programs, &f.surrogates, &f.settings};
    static const UCHAR ids[] = {1, 2, 3, 4, 5, 6, 7, 9, 10};
    struct buffer whole = {0};

    for (ULONG i = 0; i < sizeof ids; i++)
        initialize(sections[i], ids[i], (ids[i] >= 4 && ids[i] <= 6) || ids[i] == 9);
    for (ULONG i = 0; i < build->count && !f.status; i++) {
        f.roster = i + 1;
        add_assembly(&f, &build->assemblies[i]);
    }
    if (!f.status)
        add_global_information(&f);
    if (!f.status)
        assemble(&f, &whole);
    for (ULONG i = 0; i < sizeof ids; i++) {
        ldr_free(sections[i]->data.bytes);
        ldr_free(sections[i]->entries.bytes);
    }
    ldr_free(f.compatibility.bytes);
    if (f.status) {
        ldr_free(whole.bytes);
        return f.status;
    }
    *ret_data = (void *)whole.bytes;
    return STATUS_SUCCESS;
}
