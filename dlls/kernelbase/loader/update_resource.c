/*
 * BeginUpdateResource to EndUpdateResource: reads all resources of a PE file, changes them, and writes the
 * file anew with a rebuilt resource section (in place if it is the last one or fits, else moved to the end).
 */
#include "../kernelbase.h"
#include <nt/ldr.h>

WCHAR NTAPI RtlUpcaseUnicodeChar(WCHAR c); /* ntdll */

struct item { /* one resource; a list sorted as the directory wants it */
    struct item *next;
    ULONG_PTR type, name; /* integer or string in upper case, owned */
    WORD language;
    BYTE *data;
    DWORD size;
};

struct update {
    DWORD magic;
    HANDLE file;
    BYTE *image; /* the whole file */
    DWORD size;
    struct item *items;
};

#define UPDATE_MAGIC 0x52574745

static void *allocate_zeroed(SIZE_T size)
{
    void *block = RtlAllocateHeap(process_heap(), HEAP_ZERO_MEMORY, size);
    if (!block)
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return block;
}

static void free_key(ULONG_PTR key)
{
    if (!IS_INTRESOURCE(key))
        release((void *)key);
}

static BOOL copy_key(const WCHAR *key, DWORD length, ULONG_PTR *ret_key)
{
    if (IS_INTRESOURCE(key)) {
        *ret_key = (ULONG_PTR)key;
        return TRUE;
    }
    if (length && key[0] == '#') {
        ULONG value = 0;
        for (DWORD i = 1; i < length && key[i] >= '0' && key[i] <= '9'; i++)
            value = value * 10 + (key[i] - '0');
        *ret_key = value & 0xffff;
        return TRUE;
    }
    WCHAR *copy = allocate_zeroed((length + 1) * sizeof(WCHAR));
    if (!copy)
        return FALSE;
    for (DWORD i = 0; i < length; i++)
        copy[i] = RtlUpcaseUnicodeChar(key[i]);
    *ret_key = (ULONG_PTR)copy;
    return TRUE;
}

/* Strings before integers, each ascending. */
static int compare_keys(ULONG_PTR a, ULONG_PTR b)
{
    const WCHAR *s = (const WCHAR *)a, *t = (const WCHAR *)b;
    if (IS_INTRESOURCE(a) != IS_INTRESOURCE(b))
        return IS_INTRESOURCE(a) ? 1 : -1;
    if (IS_INTRESOURCE(a))
        return a < b ? -1 : a > b;
    while (*s && *s == *t)
        s++, t++;
    return (int)*s - (int)*t;
}

static int compare_items(const struct item *a, const struct item *b)
{
    int order = compare_keys(a->type, b->type);
    if (!order)
        order = compare_keys(a->name, b->name);
    return order ? order : (int)a->language - (int)b->language;
}

static void free_item(struct item *item)
{
    free_key(item->type);
    free_key(item->name);
    release(item->data);
    release(item);
}

/* Puts the item in its place, instead of one with the same identity; data NULL deletes that one.
 * Owns the item. FALSE: nothing was there to delete. */
static BOOL set_item(struct update *update, struct item *item)
{
    struct item **place = &update->items;
    while (*place && compare_items(*place, item) < 0)
        place = &(*place)->next;
    BOOL same = *place && !compare_items(*place, item);
    if (same) {
        struct item *old = *place;
        *place = old->next;
        free_item(old);
    }
    if (!item->data) {
        free_item(item);
        return same;
    }
    item->next = *place;
    *place = item;
    return TRUE;
}

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
            if (!copy_key(name->NameString, name->Length, &key))
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
            struct item *item = bytes ? allocate_zeroed(sizeof *item) : NULL;
            ok = item && (item->data = allocate_zeroed(data->Size ? data->Size : 1));
            if (ok) {
                memcpy(item->data, bytes, data->Size);
                item->size = data->Size;
                item->language = path->language;
                const WCHAR *type = (const WCHAR *)path->type, *name = (const WCHAR *)path->name;
                ok = copy_key(type, IS_INTRESOURCE(type) ? 0 : lstrlenW(type), &item->type) &&
                     copy_key(name, IS_INTRESOURCE(name) ? 0 : lstrlenW(name), &item->name);
            }
            if (ok)
                set_item(update, item);
            else if (item)
                free_item(item);
        }
        if (level < 2)
            free_key(key);
        if (!ok)
            return FALSE;
    }
    return TRUE;
}

static BOOL read_items(struct update *update)
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
        BOOL new_type = !previous || compare_keys(previous->type, item->type);
        BOOL new_name = new_type || compare_keys(previous->name, item->name);
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
        if (previous && !compare_keys(key, last))
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
            while (next != end && !compare_keys(key, level == 0 ? next->type : next->name))
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

/* Builds the new file. Everything after the last section's data (signatures, payloads) is kept at the end. */
static BYTE *rebuild(struct update *update, DWORD *ret_size)
{
    struct headers h;
    struct layout layout;
    DWORD index, last_raw = 0, last_va = 0;

    measure(update, &layout);
    if (!parse(update->image, update->size, &h)) {
        SetLastError(ERROR_BAD_EXE_FORMAT);
        return NULL;
    }
    IMAGE_DATA_DIRECTORY *resources = &h.directories[IMAGE_DIRECTORY_ENTRY_RESOURCE];
    for (index = 0; index < h.file->NumberOfSections; index++)
        if (resources->VirtualAddress && resources->VirtualAddress == h.sections[index].VirtualAddress)
            break;
    for (DWORD i = 0; i < h.file->NumberOfSections; i++) {
        const IMAGE_SECTION_HEADER *section = &h.sections[i];
        if (section->SizeOfRawData && section->PointerToRawData + section->SizeOfRawData > last_raw)
            last_raw = section->PointerToRawData + section->SizeOfRawData;
        if (section_end(section) > last_va)
            last_va = section_end(section);
    }
    if (last_raw > update->size)
        last_raw = update->size;
    DWORD new_raw = round_up(layout.size, h.file_alignment);
    DWORD capacity = update->size + new_raw + 2 * h.file_alignment;
    BYTE *image = allocate_zeroed(capacity);
    if (!image)
        return NULL;

    DWORD raw_place, va, total;
    if (index < h.file->NumberOfSections && only_relocations_follow(&h, index)) {
        /* Grow or shrink in place; the relocation section behind it moves along. */
        DWORD old_raw = h.sections[index].SizeOfRawData, old_place = h.sections[index].PointerToRawData;
        DWORD old_va_end = round_up(section_end(&h.sections[index]), h.section_alignment);
        if (old_place > update->size || old_raw > update->size - old_place) {
            SetLastError(ERROR_BAD_EXE_FORMAT);
            release(image);
            return NULL;
        }
        raw_place = old_place, va = h.sections[index].VirtualAddress;
        memcpy(image, update->image, old_place);
        memcpy(image + old_place + new_raw, update->image + old_place + old_raw,
               update->size - old_place - old_raw);
        total = update->size - old_raw + new_raw;
        parse(image, capacity, &h);
        resources = &h.directories[IMAGE_DIRECTORY_ENTRY_RESOURCE];
        DWORD shift = round_up(va + layout.size, h.section_alignment) - old_va_end;
        for (DWORD i = 0; i < h.file->NumberOfSections; i++) {
            IMAGE_SECTION_HEADER *section = &h.sections[i];
            if (i == index)
                continue;
            if (section->PointerToRawData >= old_place + old_raw)
                section->PointerToRawData += new_raw - old_raw;
            if (section->VirtualAddress > va) {
                section->VirtualAddress += shift;
                h.directories[IMAGE_DIRECTORY_ENTRY_BASERELOC].VirtualAddress = section->VirtualAddress;
            }
        }
        *h.image_size += shift;
        *h.initialized_size += new_raw - old_raw;
        IMAGE_DATA_DIRECTORY *security = &h.directories[IMAGE_DIRECTORY_ENTRY_SECURITY];
        if (h.directory_count > IMAGE_DIRECTORY_ENTRY_SECURITY &&
            security->VirtualAddress >= old_place + old_raw)
            security->VirtualAddress += new_raw - old_raw; /* a file offset */
        IMAGE_DATA_DIRECTORY *debug = &h.directories[IMAGE_DIRECTORY_ENTRY_DEBUG];
        IMAGE_DEBUG_DIRECTORY *entries = h.directory_count > IMAGE_DIRECTORY_ENTRY_DEBUG &&
                                                 debug->VirtualAddress
                                             ? (void *)at_rva(image, total, &h, debug->VirtualAddress,
                                                              debug->Size)
                                             : NULL;
        for (DWORD i = 0; entries && i < debug->Size / sizeof *entries; i++)
            if (entries[i].PointerToRawData >= old_place + old_raw)
                entries[i].PointerToRawData += new_raw - old_raw;
    } else {
        /* A new section behind the last one; the old one stays where it is, unused. */
        DWORD headers_used = (DWORD)((BYTE *)(h.sections + h.file->NumberOfSections) - update->image);
        DWORD first_raw = *h.headers_size;
        for (DWORD i = 0; i < h.file->NumberOfSections; i++)
            if (h.sections[i].SizeOfRawData && h.sections[i].PointerToRawData < first_raw)
                first_raw = h.sections[i].PointerToRawData;
        if (headers_used + sizeof(IMAGE_SECTION_HEADER) > first_raw) {
            SetLastError(ERROR_NOT_SUPPORTED);
            release(image);
            return NULL;
        }
        raw_place = round_up(last_raw, h.file_alignment);
        va = round_up(last_va, h.section_alignment);
        memcpy(image, update->image, last_raw);
        memcpy(image + raw_place + new_raw, update->image + last_raw, update->size - last_raw);
        total = raw_place + new_raw + update->size - last_raw;
        parse(image, capacity, &h);
        resources = &h.directories[IMAGE_DIRECTORY_ENTRY_RESOURCE];
        if (index < h.file->NumberOfSections)
            memcpy(h.sections[index].Name, ".rsrc1\0", 8);
        index = h.file->NumberOfSections++;
        memset(&h.sections[index], 0, sizeof h.sections[index]);
        memcpy(h.sections[index].Name, ".rsrc\0\0", 8);
        h.sections[index].Characteristics = IMAGE_SCN_CNT_INITIALIZED_DATA | IMAGE_SCN_MEM_READ;
        *h.image_size = round_up(va + layout.size, h.section_alignment);
        *h.initialized_size += new_raw;
        IMAGE_DATA_DIRECTORY *security = &h.directories[IMAGE_DIRECTORY_ENTRY_SECURITY];
        if (h.directory_count > IMAGE_DIRECTORY_ENTRY_SECURITY && security->VirtualAddress >= last_raw)
            security->VirtualAddress += raw_place + new_raw - last_raw;
    }
    IMAGE_SECTION_HEADER *section = &h.sections[index];
    section->VirtualAddress = va;
    section->Misc.VirtualSize = layout.size;
    section->PointerToRawData = raw_place;
    section->SizeOfRawData = new_raw;
    resources->VirtualAddress = va;
    resources->Size = layout.size;
    memset(image + raw_place, 0, new_raw);
    struct writer writer = {image + raw_place, va, 0, layout.entries_end, layout.data_entries_end,
                            layout.strings_end};
    write_level(&writer, update->items, NULL, 0);
    if (*h.checksum)
        *h.checksum = image_checksum(image, total, (DWORD)((BYTE *)h.checksum - image));
    *ret_size = total;
    return image;
}

/* ------------------------------------------------------------------ API */

static void close_update(struct update *update)
{
    while (update->items) {
        struct item *item = update->items;
        update->items = item->next;
        free_item(item);
    }
    if (update->file != INVALID_HANDLE_VALUE)
        NtClose(update->file);
    release(update->image);
    update->magic = 0;
    release(update);
}

static BOOL read_file(struct update *update)
{
    LARGE_INTEGER size;
    DWORD done = 0, got;
    if (!GetFileSizeEx(update->file, &size))
        return FALSE;
    if (size.QuadPart > 0x7fffffff) {
        SetLastError(ERROR_FILE_INVALID);
        return FALSE;
    }
    update->size = (DWORD)size.QuadPart;
    update->image = allocate_zeroed(update->size + 1);
    if (!update->image)
        return FALSE;
    while (done < update->size) {
        if (!ReadFile(update->file, update->image + done, update->size - done, &got, NULL))
            return FALSE;
        if (!got)
            break;
        done += got;
    }
    update->size = done;
    return TRUE;
}

HANDLE WINAPI BeginUpdateResourceW(LPCWSTR name, BOOL delete_existing)
{
    struct update *update = allocate_zeroed(sizeof *update);
    struct headers h;
    if (!update)
        return NULL;
    update->magic = UPDATE_MAGIC;
    update->file = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (update->file == INVALID_HANDLE_VALUE || !read_file(update)) {
        close_update(update);
        return NULL;
    }
    if (!parse(update->image, update->size, &h) || (!delete_existing && !read_items(update))) {
        close_update(update);
        SetLastError(ERROR_BAD_EXE_FORMAT);
        return NULL;
    }
    return update;
}

HANDLE WINAPI BeginUpdateResourceA(LPCSTR name, BOOL delete_existing)
{
    WCHAR *wide;
    HANDLE result;
    if (!ansi_to_wide(name, &wide))
        return NULL;
    result = BeginUpdateResourceW(wide, delete_existing);
    free_wide(wide);
    return result;
}

/* data NULL with size 0 deletes the resource. */
BOOL WINAPI UpdateResourceW(HANDLE handle, LPCWSTR type, LPCWSTR name, WORD language, LPVOID data, DWORD size)
{
    struct update *update = handle;
    struct item *item;
    if (!update || update->magic != UPDATE_MAGIC || (!data && size)) {
        SetLastError(!update || update->magic != UPDATE_MAGIC ? ERROR_INVALID_HANDLE
                                                              : ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    item = allocate_zeroed(sizeof *item);
    if (!item)
        return FALSE;
    item->language = language;
    item->size = size;
    if (data && !(item->data = allocate_zeroed(size ? size : 1))) {
        free_item(item);
        return FALSE;
    }
    if (data)
        memcpy(item->data, data, size);
    if (!copy_key(type, IS_INTRESOURCE(type) ? 0 : lstrlenW(type), &item->type) ||
        !copy_key(name, IS_INTRESOURCE(name) ? 0 : lstrlenW(name), &item->name)) {
        free_item(item);
        return FALSE;
    }
    if (!set_item(update, item)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return TRUE;
}

BOOL WINAPI UpdateResourceA(HANDLE handle, LPCSTR type, LPCSTR name, WORD language, LPVOID data, DWORD size)
{
    WCHAR *wide_type = (WCHAR *)type, *wide_name = (WCHAR *)name;
    BOOL result = FALSE;
    if (!IS_INTRESOURCE(type) && !ansi_to_wide(type, &wide_type))
        return FALSE;
    if (IS_INTRESOURCE(name) || ansi_to_wide(name, &wide_name)) {
        result = UpdateResourceW(handle, wide_type, wide_name, language, data, size);
        if (!IS_INTRESOURCE(name))
            free_wide(wide_name);
    }
    if (!IS_INTRESOURCE(type))
        free_wide(wide_type);
    return result;
}

BOOL WINAPI EndUpdateResourceW(HANDLE handle, BOOL discard)
{
    struct update *update = handle;
    BOOL ok = TRUE;
    if (!update || update->magic != UPDATE_MAGIC) {
        SetLastError(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    if (!discard) {
        DWORD size, done = 0, put;
        BYTE *image = rebuild(update, &size);
        ok = image != NULL;
        if (ok)
            ok = SetFilePointer(update->file, 0, NULL, FILE_BEGIN) != INVALID_SET_FILE_POINTER;
        while (ok && done < size) {
            ok = WriteFile(update->file, image + done, size - done, &put, NULL);
            done += put;
        }
        if (ok)
            ok = SetEndOfFile(update->file);
        release(image);
    }
    DWORD error = GetLastError();
    close_update(update);
    if (!ok)
        SetLastError(error);
    return ok;
}

BOOL WINAPI EndUpdateResourceA(HANDLE handle, BOOL discard)
{
    return EndUpdateResourceW(handle, discard);
}
