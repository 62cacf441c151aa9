/*
 * Resources of modules mapped as images, as image resources or as plain files: the directory tree by
 * type, name and language, with Windows' language fallback. The tree is not trusted.
 */
#include "private.h"

NTSTATUS NTAPI LdrFindResourceEx_U(ULONG Flags, PVOID DllHandle, const LDR_RESOURCE_INFO *ResourceInfo,
                                   ULONG Level, IMAGE_RESOURCE_DATA_ENTRY **ResourceDataEntry);
VOID NTAPI GwSetUiLanguageSource(ULONG(NTAPI *source)(USHORT *languages, ULONG room));
NTSTATUS NTAPI RtlFindMessage(PVOID DllHandle, ULONG MessageTableId, ULONG MessageLanguageId, ULONG MessageId,
                              MESSAGE_RESOURCE_ENTRY **MessageEntry);

struct tree {
    const char *base;
    ULONG size; /* bytes that may be read */
};

static NTSTATUS open_tree(PVOID handle, struct tree *ret_tree)
{
    void *base = (void *)((ULONG_PTR)handle & ~(ULONG_PTR)3);
    ULONG size, rva;
    char *tree = RtlImageDirectoryEntryToData(handle, TRUE, IMAGE_DIRECTORY_ENTRY_RESOURCE, &size);
    if (!tree)
        return STATUS_RESOURCE_DATA_NOT_FOUND;
    IMAGE_NT_HEADERS *nt = RtlImageNtHeader(base);
    if (LDR_IS_DATAFILE(handle)) {
        /* the section's file data bounds it */
        rva = nt->OptionalHeader.Magic == IMAGE_NT_OPTIONAL_HDR64_MAGIC
                  ? ((IMAGE_OPTIONAL_HEADER64 *)(void *)&nt->OptionalHeader)
                        ->DataDirectory[IMAGE_DIRECTORY_ENTRY_RESOURCE]
                        .VirtualAddress
                  : ((IMAGE_OPTIONAL_HEADER32 *)(void *)&nt->OptionalHeader)
                        ->DataDirectory[IMAGE_DIRECTORY_ENTRY_RESOURCE]
                        .VirtualAddress;
        IMAGE_SECTION_HEADER *section = RtlImageRvaToSection(nt, base, rva);
        if (section)
            size = section->SizeOfRawData - (rva - section->VirtualAddress);
    } else {
        size = nt->OptionalHeader.SizeOfImage - (ULONG)(tree - (char *)base);
    }
    *ret_tree = (struct tree){tree, size};
    return STATUS_SUCCESS;
}

static const IMAGE_RESOURCE_DIRECTORY *directory_at(const struct tree *tree, ULONG offset)
{
    const IMAGE_RESOURCE_DIRECTORY *directory = (const void *)(tree->base + offset);
    if (offset > tree->size || tree->size - offset < sizeof *directory)
        return NULL;
    ULONG count = directory->NumberOfNamedEntries + directory->NumberOfIdEntries;
    if ((tree->size - offset - sizeof *directory) / sizeof(IMAGE_RESOURCE_DIRECTORY_ENTRY) < count)
        return NULL;
    return directory;
}

static const IMAGE_RESOURCE_DIRECTORY_ENTRY *entries_of(const IMAGE_RESOURCE_DIRECTORY *directory)
{
    return (const void *)(directory + 1);
}

static const IMAGE_RESOURCE_DIR_STRING_U *name_of(const struct tree *tree, ULONG offset)
{
    const IMAGE_RESOURCE_DIR_STRING_U *name = (const void *)(tree->base + (offset & 0x7fffffff));
    offset &= 0x7fffffff;
    if (offset > tree->size || tree->size - offset < 2 || (tree->size - offset - 2) / 2 < name->Length)
        return NULL;
    return name;
}

static const IMAGE_RESOURCE_DIRECTORY_ENTRY *find_id(const IMAGE_RESOURCE_DIRECTORY *directory, USHORT id)
{
    const IMAGE_RESOURCE_DIRECTORY_ENTRY *entries = entries_of(directory) + directory->NumberOfNamedEntries;
    ULONG low = 0, high = directory->NumberOfIdEntries;
    while (low < high) {
        ULONG middle = (low + high) / 2;
        if (entries[middle].Id == id)
            return &entries[middle];
        if (entries[middle].Id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Names compare without case; "#123" is the number. */
static const IMAGE_RESOURCE_DIRECTORY_ENTRY *find_entry(const struct tree *tree,
                                                        const IMAGE_RESOURCE_DIRECTORY *directory,
                                                        ULONG_PTR key)
{
    const WCHAR *name = (const WCHAR *)key;
    if (key < 0x10000)
        return find_id(directory, (USHORT)key);
    if (name[0] == '#') {
        ULONG number = 0;
        for (name++; *name >= '0' && *name <= '9'; name++)
            number = number * 10 + (*name - '0');
        return *name || number > 0xffff ? NULL : find_id(directory, (USHORT)number);
    }
    ULONG length = ldr_wcslen(name);
    const IMAGE_RESOURCE_DIRECTORY_ENTRY *entries = entries_of(directory);
    for (ULONG i = 0; i < directory->NumberOfNamedEntries; i++) {
        const IMAGE_RESOURCE_DIR_STRING_U *other = name_of(tree, entries[i].Name);
        if (other && other->Length == length && ldr_equal(other->NameString, name, length))
            return &entries[i];
    }
    return NULL;
}

static ULONG add_language(USHORT *list, ULONG count, USHORT language)
{
    for (ULONG i = 0; i < count; i++)
        if (list[i] == language)
            return count;
    list[count] = language;
    return count + 1;
}

static ULONG(NTAPI *ui_languages)(USHORT *languages, ULONG room);

/* Who knows what the thread and the process prefer: kernelbase, once one of them prefers anything. */
VOID NTAPI GwSetUiLanguageSource(ULONG(NTAPI *source)(USHORT *languages, ULONG room))
{
    ui_languages = source;
}

/* Exactly the language asked for, else its primary language, else neutral; a neutral request goes on to the
 * user's language, English, and whatever is there. */
static const IMAGE_RESOURCE_DIRECTORY_ENTRY *find_language(const IMAGE_RESOURCE_DIRECTORY *directory,
                                                           USHORT language)
{
    USHORT list[24], preferred[8];
    ULONG count = 0;
    LANGID user = 0;
    const IMAGE_RESOURCE_DIRECTORY_ENTRY *entry;

    if (!language && ui_languages) /* what is preferred comes before what is neutral */
        for (ULONG i = 0, n = ui_languages(preferred, 8); i < n; i++) {
            count = add_language(list, count, preferred[i]);
            count = add_language(list, count, PRIMARYLANGID(preferred[i]));
        }
    if (language)
        count = add_language(list, count, language);
    if (PRIMARYLANGID(language) != LANG_NEUTRAL)
        count = add_language(list, count, PRIMARYLANGID(language));
    count = add_language(list, count, 0);
    if (PRIMARYLANGID(language) == LANG_NEUTRAL) {
        LCID locale = ldr_teb()->CurrentLocale;
        if (SUBLANGID(language) != SUBLANG_SYS_DEFAULT && LANGIDFROMLCID(locale)) {
            count = add_language(list, count, LANGIDFROMLCID(locale));
            count = add_language(list, count, PRIMARYLANGID(LANGIDFROMLCID(locale)));
        }
        if (NT_SUCCESS(NtQueryDefaultUILanguage(&user)) && user) {
            count = add_language(list, count, user);
            count = add_language(list, count, PRIMARYLANGID(user));
        }
        count = add_language(list, count, MAKELANGID(LANG_ENGLISH, SUBLANG_DEFAULT));
        count = add_language(list, count, LANG_ENGLISH);
    }
    for (ULONG i = 0; i < count; i++)
        if ((entry = find_id(directory, list[i])))
            return entry;
    if (PRIMARYLANGID(language) == LANG_NEUTRAL &&
        directory->NumberOfNamedEntries + directory->NumberOfIdEntries)
        return entries_of(directory);
    return NULL;
}

/* Walks `level` levels; want_directory says what has to be at the end. */
static NTSTATUS find(PVOID handle, const LDR_RESOURCE_INFO *info, ULONG level, BOOLEAN want_directory,
                     const void **ret_found)
{
    static const NTSTATUS absent[] = {STATUS_RESOURCE_TYPE_NOT_FOUND, STATUS_RESOURCE_NAME_NOT_FOUND,
                                      STATUS_RESOURCE_LANG_NOT_FOUND};
    const ULONG_PTR *keys = (const ULONG_PTR *)info;
    struct tree tree;
    NTSTATUS status = open_tree(handle, &tree);
    ULONG offset = 0;

    if (!NT_SUCCESS(status))
        return status;
    if (level > 3)
        return STATUS_INVALID_PARAMETER;
    for (ULONG i = 0; i < level; i++) {
        const IMAGE_RESOURCE_DIRECTORY *directory = directory_at(&tree, offset);
        const IMAGE_RESOURCE_DIRECTORY_ENTRY *entry;
        if (!directory)
            return STATUS_RESOURCE_DATA_NOT_FOUND;
        entry = i == 2 ? find_language(directory, (USHORT)keys[2]) : find_entry(&tree, directory, keys[i]);
        if (!entry)
            return absent[i];
        if (!entry->DataIsDirectory) {
            if (want_directory || i + 1 < level)
                return STATUS_RESOURCE_DATA_NOT_FOUND;
            if (entry->OffsetToData > tree.size ||
                tree.size - entry->OffsetToData < sizeof(IMAGE_RESOURCE_DATA_ENTRY))
                return STATUS_RESOURCE_DATA_NOT_FOUND;
            *ret_found = tree.base + entry->OffsetToData;
            return STATUS_SUCCESS;
        }
        offset = entry->OffsetToDirectory;
    }
    if (!want_directory) {
        /* fewer levels than there are: the first language */
        const IMAGE_RESOURCE_DIRECTORY *directory = directory_at(&tree, offset);
        if (level != 2 || !directory || !(directory->NumberOfIdEntries + directory->NumberOfNamedEntries) ||
            entries_of(directory)->DataIsDirectory || entries_of(directory)->OffsetToData > tree.size ||
            tree.size - entries_of(directory)->OffsetToData < sizeof(IMAGE_RESOURCE_DATA_ENTRY))
            return STATUS_RESOURCE_DATA_NOT_FOUND;
        *ret_found = tree.base + entries_of(directory)->OffsetToData;
        return STATUS_SUCCESS;
    }
    *ret_found = directory_at(&tree, offset);
    return *ret_found ? STATUS_SUCCESS : STATUS_RESOURCE_DATA_NOT_FOUND;
}

NTSTATUS NTAPI LdrFindResource_U(PVOID handle, const LDR_RESOURCE_INFO *info, ULONG level,
                                 IMAGE_RESOURCE_DATA_ENTRY **ret_entry)
{
    const void *found;
    NTSTATUS status = find(handle, info, level, FALSE, &found);
    if (NT_SUCCESS(status))
        *ret_entry = (IMAGE_RESOURCE_DATA_ENTRY *)found;
    return status;
}

NTSTATUS NTAPI LdrFindResourceEx_U(ULONG flags, PVOID handle, const LDR_RESOURCE_INFO *info, ULONG level,
                                   IMAGE_RESOURCE_DATA_ENTRY **ret_entry)
{
    (void)flags;
    return LdrFindResource_U(handle, info, level, ret_entry);
}

NTSTATUS NTAPI LdrFindResourceDirectory_U(PVOID handle, const LDR_RESOURCE_INFO *info, ULONG level,
                                          IMAGE_RESOURCE_DIRECTORY **ret_directory)
{
    const void *found;
    NTSTATUS status = find(handle, info, level, TRUE, &found);
    if (NT_SUCCESS(status))
        *ret_directory = (IMAGE_RESOURCE_DIRECTORY *)found;
    return status;
}

NTSTATUS NTAPI LdrAccessResource(PVOID handle, const IMAGE_RESOURCE_DATA_ENTRY *entry, PVOID *ret_data,
                                 ULONG *ret_size)
{
    void *base = (void *)((ULONG_PTR)handle & ~(ULONG_PTR)3);
    IMAGE_NT_HEADERS *nt = RtlImageNtHeader(base);
    if (!nt)
        return STATUS_RESOURCE_DATA_NOT_FOUND;
    if (ret_data) {
        if (LDR_IS_DATAFILE(handle))
            *ret_data = RtlImageRvaToVa(nt, base, entry->OffsetToData, NULL);
        else
            *ret_data = (char *)base + entry->OffsetToData;
        if (!*ret_data)
            return STATUS_RESOURCE_DATA_NOT_FOUND;
    }
    if (ret_size)
        *ret_size = entry->Size;
    return STATUS_SUCCESS;
}

static BOOLEAN entry_matches(const struct tree *tree, const IMAGE_RESOURCE_DIRECTORY_ENTRY *entry,
                             ULONG_PTR key)
{
    if (key < 0x10000)
        return !entry->NameIsString && entry->Id == key;
    const IMAGE_RESOURCE_DIR_STRING_U *name = entry->NameIsString ? name_of(tree, entry->Name) : NULL;
    ULONG length = ldr_wcslen((const WCHAR *)key);
    return name && name->Length == length && ldr_equal(name->NameString, (const WCHAR *)key, length);
}

struct enumeration {
    struct tree tree;
    PVOID handle;
    const ULONG_PTR *keys;
    ULONG level, count, capacity;
    LDR_ENUM_RESOURCE_ENTRY *entries, current;
};

static void enumerate(struct enumeration *e, ULONG offset, ULONG depth)
{
    const IMAGE_RESOURCE_DIRECTORY *directory = directory_at(&e->tree, offset);
    if (!directory || depth > 2)
        return;
    ULONG count = directory->NumberOfNamedEntries + directory->NumberOfIdEntries;
    for (ULONG i = 0; i < count; i++) {
        const IMAGE_RESOURCE_DIRECTORY_ENTRY *entry = entries_of(directory) + i;
        if (depth < e->level && !entry_matches(&e->tree, entry, e->keys[depth]))
            continue;
        e->current.Path[depth].NameOrId = entry->NameIsString
                                              ? (ULONG_PTR)(e->tree.base + (entry->Name & 0x7fffffff))
                                              : entry->Id;
        if (entry->DataIsDirectory) {
            enumerate(e, entry->OffsetToDirectory, depth + 1);
            continue;
        }
        if (entry->OffsetToData > e->tree.size ||
            e->tree.size - entry->OffsetToData < sizeof(IMAGE_RESOURCE_DATA_ENTRY))
            continue;
        const IMAGE_RESOURCE_DATA_ENTRY *data = (const void *)(e->tree.base + entry->OffsetToData);
        LdrAccessResource(e->handle, data, &e->current.Data, &e->current.Size);
        if (e->count < e->capacity)
            e->entries[e->count] = e->current;
        e->count++;
    }
}

/* Everything below the given type, name, language; *count is capacity in, number out. */
NTSTATUS NTAPI LdrEnumResources(PVOID handle, const LDR_RESOURCE_INFO *info, ULONG level, ULONG *count,
                                LDR_ENUM_RESOURCE_ENTRY *entries)
{
    struct enumeration e = {.handle = handle,
                            .keys = (const ULONG_PTR *)info,
                            .level = level,
                            .capacity = *count,
                            .entries = entries};
    NTSTATUS status = open_tree(handle, &e.tree);
    if (!NT_SUCCESS(status))
        return status;
    enumerate(&e, 0, 0);
    *count = e.count;
    return e.count > e.capacity ? STATUS_INFO_LENGTH_MISMATCH : STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlFindMessage(PVOID handle, ULONG table, ULONG language, ULONG id,
                              MESSAGE_RESOURCE_ENTRY **ret_entry)
{
    LDR_RESOURCE_INFO info = {table, 1, language};
    IMAGE_RESOURCE_DATA_ENTRY *resource;
    MESSAGE_RESOURCE_DATA *data;
    ULONG size;
    NTSTATUS status = LdrFindResource_U(handle, &info, 3, &resource);
    if (NT_SUCCESS(status))
        status = LdrAccessResource(handle, resource, (PVOID *)&data, &size);
    if (!NT_SUCCESS(status))
        return status;
    if (size < sizeof(ULONG) || data->NumberOfBlocks > (size - sizeof(ULONG)) / sizeof data->Blocks[0])
        return STATUS_MESSAGE_NOT_FOUND;
    for (ULONG i = 0; i < data->NumberOfBlocks; i++) {
        const MESSAGE_RESOURCE_BLOCK *block = &data->Blocks[i];
        if (id < block->LowId || id > block->HighId)
            continue;
        ULONG offset = block->OffsetToEntries;
        for (ULONG n = id - block->LowId;; n--) {
            MESSAGE_RESOURCE_ENTRY *entry = (void *)((char *)data + offset);
            if (offset + 4 > size || entry->Length < 4 || entry->Length > size - offset)
                return STATUS_MESSAGE_NOT_FOUND;
            if (!n) {
                *ret_entry = entry;
                return STATUS_SUCCESS;
            }
            offset += entry->Length;
        }
    }
    return STATUS_MESSAGE_NOT_FOUND;
}
