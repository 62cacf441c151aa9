/*
 * Reading all resources of a PE file, and building one with others: in place if the resource section is the
 * last one (but for relocations), else with a new section at the end.
 */
#include "update_resource.h"
#include <nt/ldr.h>

/* ------------------------------------------------------------------ the PE file */

struct headers {
    IMAGE_FILE_HEADER *file;
    IMAGE_OPTIONAL_HEADER64 *optional64;
    IMAGE_OPTIONAL_HEADER32 *optional32;
    IMAGE_SECTION_HEADER *sections;
    IMAGE_DATA_DIRECTORY *directories;
    DWORD directory_count, section_alignment, file_alignment;
    DWORD *image_size, *headers_size, *checksum, *initialized_size;
};

static BOOL parse(BYTE *image, DWORD size, struct headers *h)
{
    IMAGE_NT_HEADERS *nt;
    memset(h, 0, sizeof *h);
    if (!NT_SUCCESS(RtlImageNtHeaderEx(0, image, size, &nt)))
        return FALSE;
    h->file = &nt->FileHeader;
    DWORD optional = (DWORD)((BYTE *)&nt->OptionalHeader - image);
    DWORD sections = optional + nt->FileHeader.SizeOfOptionalHeader;
    if (sections > size || (size - sections) / sizeof(IMAGE_SECTION_HEADER) < nt->FileHeader.NumberOfSections)
        return FALSE;
    h->sections = (void *)(image + sections);
    if (nt->OptionalHeader.Magic == IMAGE_NT_OPTIONAL_HDR64_MAGIC) {
        IMAGE_OPTIONAL_HEADER64 *o = h->optional64 = (void *)&nt->OptionalHeader;
        if (nt->FileHeader.SizeOfOptionalHeader < FIELD_OFFSET(IMAGE_OPTIONAL_HEADER64, DataDirectory[3]))
            return FALSE;
        h->directories = o->DataDirectory, h->directory_count = o->NumberOfRvaAndSizes;
        h->section_alignment = o->SectionAlignment, h->file_alignment = o->FileAlignment;
        h->image_size = &o->SizeOfImage, h->headers_size = &o->SizeOfHeaders, h->checksum = &o->CheckSum;
        h->initialized_size = &o->SizeOfInitializedData;
    } else if (nt->OptionalHeader.Magic == IMAGE_NT_OPTIONAL_HDR32_MAGIC) {
        IMAGE_OPTIONAL_HEADER32 *o = h->optional32 = (void *)&nt->OptionalHeader;
        if (nt->FileHeader.SizeOfOptionalHeader < FIELD_OFFSET(IMAGE_OPTIONAL_HEADER32, DataDirectory[3]))
            return FALSE;
        h->directories = o->DataDirectory, h->directory_count = o->NumberOfRvaAndSizes;
        h->section_alignment = o->SectionAlignment, h->file_alignment = o->FileAlignment;
        h->image_size = &o->SizeOfImage, h->headers_size = &o->SizeOfHeaders, h->checksum = &o->CheckSum;
        h->initialized_size = &o->SizeOfInitializedData;
    } else {
        return FALSE;
    }
    return h->directory_count > IMAGE_DIRECTORY_ENTRY_RESOURCE && h->file_alignment && h->section_alignment &&
           !(h->file_alignment & (h->file_alignment - 1)) &&
           !(h->section_alignment & (h->section_alignment - 1));
}

BOOL update_is_image(const struct update *update)
{
    struct headers h;
    return parse(update->image, update->size, &h);
}

static BYTE *at_rva(BYTE *image, DWORD size, const struct headers *h, DWORD rva, DWORD length)
{
    for (DWORD i = 0; i < h->file->NumberOfSections; i++) {
        const IMAGE_SECTION_HEADER *section = &h->sections[i];
        if (rva < section->VirtualAddress || rva - section->VirtualAddress >= section->SizeOfRawData)
            continue;
        DWORD offset = rva - section->VirtualAddress;
        if (length > section->SizeOfRawData - offset || section->PointerToRawData > size ||
            offset + length > size - section->PointerToRawData)
            return NULL;
        return image + section->PointerToRawData + offset;
    }
    return NULL;
}

/* Reads one level of the existing directory. */
static BOOL read_level(struct update *update, const struct headers *h, const BYTE *tree, DWORD tree_size,
                       DWORD offset, DWORD level, struct item *path)
{
    const IMAGE_RESOURCE_DIRECTORY *directory = (const void *)(tree + offset);
    if (offset > tree_size || tree_size - offset < sizeof *directory)
        return FALSE;
    DWORD count = directory->NumberOfNamedEntries + directory->NumberOfIdEntries;
    if ((tree_size - offset - sizeof *directory) / sizeof(IMAGE_RESOURCE_DIRECTORY_ENTRY) < count)
        return FALSE;
    const IMAGE_RESOURCE_DIRECTORY_ENTRY *entry = (const void *)(directory + 1);
    for (DWORD i = 0; i < count; i++, entry++) {
        ULONG_PTR key = entry->Id;
        if (entry->NameIsString) {
            const IMAGE_RESOURCE_DIR_STRING_U *name = (const void *)(tree + entry->NameOffset);
            if (entry->NameOffset > tree_size - 2 || (tree_size - 2 - entry->NameOffset) / 2 < name->Length)
                return FALSE;
            if (!update_copy_key(name->NameString, name->Length, &key))
                return FALSE;
        }
        if (level == 0)
            path->type = key;
        else if (level == 1)
            path->name = key;
        else
            path->language = (WORD)key;
        BOOL ok = TRUE;
        if (level < 2) {
            ok = entry->DataIsDirectory &&
                 read_level(update, h, tree, tree_size, entry->OffsetToDirectory, level + 1, path);
        } else if (entry->DataIsDirectory || entry->OffsetToData > tree_size ||
                   tree_size - entry->OffsetToData < sizeof(IMAGE_RESOURCE_DATA_ENTRY)) {
            ok = FALSE;
        } else {
            const IMAGE_RESOURCE_DATA_ENTRY *data = (const void *)(tree + entry->OffsetToData);
            const BYTE *bytes = at_rva(update->image, update->size, h, data->OffsetToData, data->Size);
            struct item *item = bytes ? update_allocate(sizeof *item) : NULL;
            ok = item && (item->data = update_allocate(data->Size ? data->Size : 1));
            if (ok) {
                memcpy(item->data, bytes, data->Size);
                item->size = data->Size;
                item->language = path->language;
                const WCHAR *type = (const WCHAR *)path->type, *name = (const WCHAR *)path->name;
                ok = update_copy_key(type, IS_INTRESOURCE(type) ? 0 : lstrlenW(type), &item->type) &&
                     update_copy_key(name, IS_INTRESOURCE(name) ? 0 : lstrlenW(name), &item->name);
            }
            if (ok)
                update_set_item(update, item);
            else if (item)
                update_free_item(item);
        }
        if (level < 2)
            update_free_key(key);
        if (!ok)
            return FALSE;
    }
    return TRUE;
}

BOOL update_read_items(struct update *update)
{
    struct headers h;
    struct item path = {0};
    if (!parse(update->image, update->size, &h))
        return FALSE;
    IMAGE_DATA_DIRECTORY *directory = &h.directories[IMAGE_DIRECTORY_ENTRY_RESOURCE];
    if (!directory->VirtualAddress || !directory->Size)
        return TRUE;
    BYTE *tree = at_rva(update->image, update->size, &h, directory->VirtualAddress,
                        sizeof(IMAGE_RESOURCE_DIRECTORY));
    if (!tree)
        return FALSE;
    DWORD limit = update->size - (DWORD)(tree - update->image);
    return read_level(update, &h, tree, limit, 0, 0, &path);
}

/* ------------------------------------------------------------------ the new section */

static DWORD key_bytes(ULONG_PTR key)
{
    return IS_INTRESOURCE(key) ? 0 : 2 + 2 * (DWORD)lstrlenW((const WCHAR *)key);
}

static DWORD round_up(DWORD value, DWORD alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

struct layout {
    DWORD entries_end; /* directories and their entries */
    DWORD strings_end, data_entries_end, size;
};

static void measure(const struct update *update, struct layout *layout)
{
    const struct item *previous = NULL;
    DWORD directories = 1, entries = 0, items = 0, strings = 0, data = 0;
    for (const struct item *item = update->items; item; previous = item, item = item->next) {
        BOOL new_type = !previous || update_compare_keys(previous->type, item->type);
        BOOL new_name = new_type || update_compare_keys(previous->name, item->name);
        if (new_type)
            directories++, entries++, strings += key_bytes(item->type);
        if (new_name)
            directories++, entries++, strings += key_bytes(item->name);
        entries++, items++;
        data = round_up(data, 8) + item->size;
    }
    layout->entries_end = directories * sizeof(IMAGE_RESOURCE_DIRECTORY) +
                          entries * sizeof(IMAGE_RESOURCE_DIRECTORY_ENTRY);
    layout->data_entries_end = layout->entries_end + items * sizeof(IMAGE_RESOURCE_DATA_ENTRY);
    layout->strings_end = round_up(layout->data_entries_end + strings, 8);
    layout->size = layout->strings_end + data;
}

struct writer {
    BYTE *base;
    DWORD rva, next_directory, next_entry, next_string, next_data;
};

static void put_key(struct writer *w, IMAGE_RESOURCE_DIRECTORY_ENTRY *entry, ULONG_PTR key)
{
    if (IS_INTRESOURCE(key)) {
        entry->Name = (DWORD)key;
        return;
    }
    IMAGE_RESOURCE_DIR_STRING_U *string = (void *)(w->base + w->next_string);
    string->Length = (WORD)lstrlenW((const WCHAR *)key);
    memcpy(string->NameString, (const void *)key, string->Length * sizeof(WCHAR));
    entry->Name = w->next_string | 0x80000000;
    w->next_string += key_bytes(key);
}

/* Writes the directory for the items [first, end) that agree in the levels above; returns its offset. */
static DWORD write_level(struct writer *w, const struct item *first, const struct item *end, DWORD level)
{
    DWORD offset = w->next_directory, named = 0, numbered = 0;
    IMAGE_RESOURCE_DIRECTORY *directory = (void *)(w->base + offset);
    IMAGE_RESOURCE_DIRECTORY_ENTRY *entry = (void *)(directory + 1);
    for (const struct item *item = first, *previous = NULL; item != end; previous = item, item = item->next) {
        ULONG_PTR key = level == 0 ? item->type : level == 1 ? item->name : item->language;
        ULONG_PTR last = previous ? (level == 0   ? previous->type
                                     : level == 1 ? previous->name
                                                  : previous->language)
                                  : 0;
        if (previous && !update_compare_keys(key, last))
            continue;
        if (IS_INTRESOURCE(key))
            numbered++;
        else
            named++;
    }
    directory->NumberOfNamedEntries = (WORD)named;
    directory->NumberOfIdEntries = (WORD)numbered;
    w->next_directory += sizeof *directory + (named + numbered) * sizeof *entry;
    for (const struct item *item = first; item != end; entry++) {
        ULONG_PTR key = level == 0 ? item->type : level == 1 ? item->name : item->language;
        const struct item *next = item->next;
        put_key(w, entry, key);
        if (level == 2) {
            IMAGE_RESOURCE_DATA_ENTRY *data = (void *)(w->base + w->next_entry);
            w->next_data = round_up(w->next_data, 8);
            data->OffsetToData = w->rva + w->next_data;
            data->Size = item->size;
            memcpy(w->base + w->next_data, item->data, item->size);
            entry->OffsetToData = w->next_entry;
            w->next_entry += sizeof *data;
            w->next_data += item->size;
        } else {
            while (next != end && !update_compare_keys(key, level == 0 ? next->type : next->name))
                next = next->next;
            entry->OffsetToData = write_level(w, item, next, level + 1) | 0x80000000;
        }
        item = next;
    }
    return offset;
}

static DWORD image_checksum(const BYTE *bytes, DWORD size, DWORD field)
{
    DWORD sum = 0;
    for (DWORD i = 0; i < size; i += 2) {
        if (i == field || i == field + 2)
            continue;
        sum += bytes[i] | (i + 1 < size ? bytes[i + 1] << 8 : 0);
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return ((sum & 0xffff) + (sum >> 16)) + size;
}

/* Moves the sections after `index` by delta bytes of address space and fixes what the headers say; only for
 * sections that nothing else refers to by address (relocations). */
static BOOL only_relocations_follow(const struct headers *h, DWORD index)
{
    const IMAGE_DATA_DIRECTORY *relocations = &h->directories[IMAGE_DIRECTORY_ENTRY_BASERELOC];
    for (DWORD i = 0; i < h->file->NumberOfSections; i++) {
        const IMAGE_SECTION_HEADER *section = &h->sections[i];
        if (section->VirtualAddress <= h->sections[index].VirtualAddress)
            continue;
        if (h->directory_count <= IMAGE_DIRECTORY_ENTRY_BASERELOC ||
            section->VirtualAddress != relocations->VirtualAddress)
            return FALSE;
    }
    return TRUE;
}

static DWORD section_end(const IMAGE_SECTION_HEADER *section)
{
    return section->VirtualAddress +
           (section->Misc.VirtualSize ? section->Misc.VirtualSize : section->SizeOfRawData);
}

/* The file being built. */
struct build {
    struct headers h; /* of `image`, once it is there */
    struct layout layout;
    BYTE *image;
    DWORD capacity, total;
    DWORD index;             /* the resource section */
    DWORD last_raw, last_va; /* where the old file's sections end */
    DWORD new_raw, raw, va;  /* the new resource section: its size and place in the file, its address */
};

/* Finds the resource section (index: behind the last one if there is none) and the ends of all. */
static void survey(const struct update *update, struct build *build)
{
    const struct headers *h = &build->h;
    DWORD resources = h->directories[IMAGE_DIRECTORY_ENTRY_RESOURCE].VirtualAddress;
    build->index = h->file->NumberOfSections;
    for (DWORD i = 0; i < h->file->NumberOfSections; i++) {
        const IMAGE_SECTION_HEADER *section = &h->sections[i];
        if (build->index == h->file->NumberOfSections && resources && resources == section->VirtualAddress)
            build->index = i;
        if (section->SizeOfRawData && section->PointerToRawData + section->SizeOfRawData > build->last_raw)
            build->last_raw = section->PointerToRawData + section->SizeOfRawData;
        if (section_end(section) > build->last_va)
            build->last_va = section_end(section);
    }
    if (build->last_raw > update->size)
        build->last_raw = update->size;
}

/* What is behind `from` in the file has moved: directories that give places in the file follow. */
static void move_file_offsets(struct build *build, DWORD from, DWORD by)
{
    const struct headers *h = &build->h;
    IMAGE_DATA_DIRECTORY *security = &h->directories[IMAGE_DIRECTORY_ENTRY_SECURITY];
    if (h->directory_count > IMAGE_DIRECTORY_ENTRY_SECURITY && security->VirtualAddress >= from)
        security->VirtualAddress += by;
}

/* Grows or shrinks the section in place; the relocation section behind it moves along. */
static DWORD resize_section(const struct update *update, struct build *build)
{
    struct headers *h = &build->h;
    DWORD index = build->index;
    DWORD old_raw = h->sections[index].SizeOfRawData, old_place = h->sections[index].PointerToRawData;
    DWORD old_va_end = round_up(section_end(&h->sections[index]), h->section_alignment);
    if (old_place > update->size || old_raw > update->size - old_place)
        return ERROR_BAD_EXE_FORMAT;
    DWORD grown = build->new_raw - old_raw;
    build->raw = old_place;
    build->va = h->sections[index].VirtualAddress;
    memcpy(build->image, update->image, old_place);
    memcpy(build->image + old_place + build->new_raw, update->image + old_place + old_raw,
           update->size - old_place - old_raw);
    build->total = update->size + grown;
    parse(build->image, build->capacity, h);
    DWORD shift = round_up(build->va + build->layout.size, h->section_alignment) - old_va_end;
    for (DWORD i = 0; i < h->file->NumberOfSections; i++) {
        IMAGE_SECTION_HEADER *section = &h->sections[i];
        if (i == index)
            continue;
        if (section->PointerToRawData >= old_place + old_raw)
            section->PointerToRawData += grown;
        if (section->VirtualAddress > build->va) {
            section->VirtualAddress += shift;
            h->directories[IMAGE_DIRECTORY_ENTRY_BASERELOC].VirtualAddress = section->VirtualAddress;
        }
    }
    *h->image_size += shift;
    *h->initialized_size += grown;
    move_file_offsets(build, old_place + old_raw, grown);
    IMAGE_DATA_DIRECTORY *debug = &h->directories[IMAGE_DIRECTORY_ENTRY_DEBUG];
    IMAGE_DEBUG_DIRECTORY *entries = NULL;
    if (h->directory_count > IMAGE_DIRECTORY_ENTRY_DEBUG && debug->VirtualAddress)
        entries = (void *)at_rva(build->image, build->total, h, debug->VirtualAddress, debug->Size);
    for (DWORD i = 0; entries && i < debug->Size / sizeof *entries; i++)
        if (entries[i].PointerToRawData >= old_place + old_raw)
            entries[i].PointerToRawData += grown;
    return NO_ERROR;
}

/* A new section behind the last one; the old one stays where it is, unused. */
static DWORD append_section(const struct update *update, struct build *build)
{
    struct headers *h = &build->h;
    DWORD headers_used = (DWORD)((BYTE *)(h->sections + h->file->NumberOfSections) - update->image);
    DWORD first_raw = *h->headers_size;
    for (DWORD i = 0; i < h->file->NumberOfSections; i++)
        if (h->sections[i].SizeOfRawData && h->sections[i].PointerToRawData < first_raw)
            first_raw = h->sections[i].PointerToRawData;
    if (headers_used + sizeof(IMAGE_SECTION_HEADER) > first_raw)
        return ERROR_NOT_SUPPORTED;
    build->raw = round_up(build->last_raw, h->file_alignment);
    build->va = round_up(build->last_va, h->section_alignment);
    memcpy(build->image, update->image, build->last_raw);
    memcpy(build->image + build->raw + build->new_raw, update->image + build->last_raw,
           update->size - build->last_raw);
    build->total = build->raw + build->new_raw + update->size - build->last_raw;
    parse(build->image, build->capacity, h);
    if (build->index < h->file->NumberOfSections)
        memcpy(h->sections[build->index].Name, ".rsrc1\0", 8);
    build->index = h->file->NumberOfSections++;
    IMAGE_SECTION_HEADER *section = &h->sections[build->index];
    memset(section, 0, sizeof *section);
    memcpy(section->Name, ".rsrc\0\0", 8);
    section->Characteristics = IMAGE_SCN_CNT_INITIALIZED_DATA | IMAGE_SCN_MEM_READ;
    *h->image_size = round_up(build->va + build->layout.size, h->section_alignment);
    *h->initialized_size += build->new_raw;
    move_file_offsets(build, build->last_raw, build->raw + build->new_raw - build->last_raw);
    return NO_ERROR;
}

/* Builds the new file. Everything after the last section's data (signatures, payloads) is kept at the end. */
BYTE *update_rebuild(struct update *update, DWORD *ret_size)
{
    struct build build = {0};
    struct headers *h = &build.h;

    measure(update, &build.layout);
    if (!parse(update->image, update->size, h)) {
        SetLastError(ERROR_BAD_EXE_FORMAT);
        return NULL;
    }
    survey(update, &build);
    build.new_raw = round_up(build.layout.size, h->file_alignment);
    build.capacity = update->size + build.new_raw + 2 * h->file_alignment;
    build.image = update_allocate(build.capacity);
    if (!build.image)
        return NULL;
    DWORD error = build.index < h->file->NumberOfSections && only_relocations_follow(h, build.index)
                      ? resize_section(update, &build)
                      : append_section(update, &build);
    if (error) {
        release(build.image);
        SetLastError(error);
        return NULL;
    }
    IMAGE_SECTION_HEADER *section = &h->sections[build.index];
    IMAGE_DATA_DIRECTORY *resources = &h->directories[IMAGE_DIRECTORY_ENTRY_RESOURCE];
    section->VirtualAddress = resources->VirtualAddress = build.va;
    section->Misc.VirtualSize = resources->Size = build.layout.size;
    section->PointerToRawData = build.raw;
    section->SizeOfRawData = build.new_raw;
    memset(build.image + build.raw, 0, build.new_raw);
    struct writer writer = {
        build.image + build.raw, build.va, 0, build.layout.entries_end, build.layout.data_entries_end,
        build.layout.strings_end};
    write_level(&writer, update->items, NULL, 0);
    if (*h->checksum)
        *h->checksum = image_checksum(build.image, build.total, (DWORD)((BYTE *)h->checksum - build.image));
    *ret_size = build.total;
    return build.image;
}
