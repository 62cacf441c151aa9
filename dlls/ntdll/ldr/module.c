/*
 * The module list: entries in PEB.Ldr's lists, the name table (table lock), and the sorted table of
 * images that the unwinder and handle checks read without a lock.
 */
#include "private.h"
#include <nt/sxs.h>
#include <nt/exception.h>

RTL_CRITICAL_SECTION ldr_lock = {.DebugInfo = (void *)(ULONG_PTR)-1, .LockCount = -1};
struct ldr_module *ldr_exe, *ldr_ntdll;

static LIST_ENTRY buckets[LDR_BUCKETS];
/* Guards `buckets`; innermost: nothing is called while it is held. Writers hold the loader lock too. */
static RTL_SRWLOCK table_lock;

struct image {
    ULONG_PTR base, end;
    struct ldr_module *module;
};

/* Sorted by base. Readers retry while `sequence` is odd or has changed; a table that became too small
 * is never freed, so a late reader sees old but mapped memory. */
static struct image first_table[256];
static struct image *volatile images = first_table;
static ULONG image_capacity = 256;
static volatile ULONG image_count, sequence;

ULONG ldr_wcslen(const WCHAR *s)
{
    ULONG n = 0;
    while (s[n])
        n++;
    return n;
}

ULONG ldr_hash(const WCHAR *name, ULONG length)
{
    ULONG hash = 0;
    for (ULONG i = 0; i < length; i++)
        hash = hash * 65599 + ldr_upcase(name[i]);
    return hash;
}

BOOLEAN ldr_equal(const WCHAR *a, const WCHAR *b, ULONG length)
{
    for (ULONG i = 0; i < length; i++)
        if (a[i] != b[i] && ldr_upcase(a[i]) != ldr_upcase(b[i]))
            return FALSE;
    return TRUE;
}

BOOLEAN ldr_equal_string(const UNICODE_STRING *a, const WCHAR *b, ULONG length)
{
    return a->Length == length * sizeof(WCHAR) && ldr_equal(a->Buffer, b, length);
}

void *ldr_allocate(SIZE_T size)
{
    return RtlAllocateHeap(ldr_peb()->ProcessHeap, HEAP_ZERO_MEMORY, size);
}

void ldr_free(void *block)
{
    if (block)
        RtlFreeHeap(ldr_peb()->ProcessHeap, 0, block);
}

IMAGE_DATA_DIRECTORY *ldr_directory(const struct ldr_module *module, ULONG index)
{
    IMAGE_DATA_DIRECTORY *directory;
    if (index >= module->nt->OptionalHeader.NumberOfRvaAndSizes)
        return NULL;
    directory = &module->nt->OptionalHeader.DataDirectory[index];
    return directory->VirtualAddress ? directory : NULL;
}

/* ------------------------------------------------------------------ addresses */

static ULONG image_position(ULONG_PTR address) /* how many images begin at or below it */
{
    ULONG low = 0, high = image_count;
    while (low < high) {
        ULONG middle = (low + high) / 2;
        if (images[middle].base <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static NTSTATUS insert_image(struct ldr_module *module)
{
    ULONG_PTR base = (ULONG_PTR)module->entry.DllBase;
    ULONG position = image_position(base);
    if (image_count == image_capacity) {
        struct image *larger = ldr_allocate(2 * image_capacity * sizeof *larger);
        if (!larger)
            return STATUS_NO_MEMORY;
        memcpy(larger, images, image_count * sizeof *larger);
        images = larger; /* a superset of the old table: readers may use either */
        image_capacity *= 2;
    }
    InterlockedIncrement((volatile LONG *)&sequence);
    memmove(&images[position + 1], &images[position], (image_count - position) * sizeof *images);
    images[position] = (struct image){base, base + module->entry.SizeOfImage, module};
    image_count++;
    InterlockedIncrement((volatile LONG *)&sequence);
    return STATUS_SUCCESS;
}

static void remove_image(struct ldr_module *module)
{
    ULONG position = image_position((ULONG_PTR)module->entry.DllBase);
    if (!position || images[position - 1].module != module)
        return;
    InterlockedIncrement((volatile LONG *)&sequence);
    memmove(&images[position - 1], &images[position], (image_count - position) * sizeof *images);
    image_count--;
    InterlockedIncrement((volatile LONG *)&sequence);
}

static BOOLEAN find_image(ULONG_PTR address, struct image *ret_image)
{
    for (;;) {
        ULONG before = sequence;
        if (before & 1) {
            YieldProcessor();
            continue;
        }
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        ULONG position = image_position(address);
        struct image image = {0};
        if (position)
            image = images[position - 1];
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (sequence != before)
            continue;
        if (!position || address >= image.end)
            return FALSE;
        *ret_image = image;
        return TRUE;
    }
}

BOOLEAN ldr_find_image(ULONG_PTR pc, PVOID *ret_base, ULONG *ret_size)
{
    struct image image;
    if (!find_image(pc, &image))
        return FALSE;
    *ret_base = (void *)image.base;
    *ret_size = (ULONG)(image.end - image.base);
    return TRUE;
}

struct ldr_module *ldr_module_from_address(const void *address)
{
    struct image image;
    return find_image((ULONG_PTR)address, &image) ? image.module : NULL;
}

struct ldr_module *ldr_module_from_handle(PVOID handle)
{
    struct image image;
    return find_image((ULONG_PTR)handle, &image) && image.base == (ULONG_PTR)handle ? image.module : NULL;
}

PVOID NTAPI RtlPcToFileHeader(PVOID pc, PVOID *ret_base)
{
    struct image image;
    *ret_base = find_image((ULONG_PTR)pc, &image) ? (void *)image.base : NULL;
    return *ret_base;
}

/* ------------------------------------------------------------------ names */

/* A module by the hash of its base name, and its base or full name. */
static struct ldr_module *find_name(ULONG hash, BOOLEAN full, const WCHAR *name, ULONG length)
{
    LIST_ENTRY *head = &buckets[hash % LDR_BUCKETS];
    struct ldr_module *found = NULL;
    RtlAcquireSRWLockShared(&table_lock);
    for (LIST_ENTRY *link = head->Flink; link && link != head; link = link->Flink) {
        struct ldr_module *module = CONTAINING_RECORD(link, struct ldr_module, entry.HashLinks);
        if (module->entry.BaseNameHashValue == hash &&
            ldr_equal_string(full ? &module->entry.FullDllName : &module->entry.BaseDllName, name, length)) {
            found = module;
            break;
        }
    }
    RtlReleaseSRWLockShared(&table_lock);
    return found;
}

struct ldr_module *ldr_find_base_name(const WCHAR *name, ULONG length)
{
    return find_name(ldr_hash(name, length), FALSE, name, length);
}

struct ldr_module *ldr_find_full_name(const WCHAR *path, ULONG length)
{
    ULONG base = length;
    while (base && path[base - 1] != '\\' && path[base - 1] != '/')
        base--;
    return find_name(ldr_hash(path + base, length - base), TRUE, path, length);
}

/* ------------------------------------------------------------------ adding and removing */

static void insert_tail(LIST_ENTRY *head, LIST_ENTRY *link)
{
    link->Flink = head;
    link->Blink = head->Blink;
    head->Blink->Flink = link;
    head->Blink = link;
}

static void unlink_entry(LIST_ENTRY *link)
{
    if (!link->Flink)
        return;
    link->Flink->Blink = link->Blink;
    link->Blink->Flink = link->Flink;
    link->Flink = link->Blink = NULL;
}

/* Checks the mapped headers as far as the loader relies on them. */
static IMAGE_NT_HEADERS *checked_headers(void *base)
{
    IMAGE_NT_HEADERS *nt = RtlImageNtHeader(base);
    if (!nt || nt->OptionalHeader.Magic != IMAGE_NT_OPTIONAL_HDR_MAGIC)
        return NULL;
    return nt;
}

NTSTATUS ldr_add_module(void *base, const WCHAR *full_path, ULONG full_length, BOOLEAN builtin,
                        struct ldr_module **ret_module)
{
    IMAGE_NT_HEADERS *nt = checked_headers(base);
    PEB_LDR_DATA *list = ldr_peb()->Ldr;
    struct ldr_module *module;
    ULONG name = full_length;

    if (!nt)
        return STATUS_INVALID_IMAGE_FORMAT;
    if (full_length > 32766)
        return STATUS_NAME_TOO_LONG;
    module = ldr_allocate(sizeof *module + (full_length + 1) * sizeof(WCHAR));
    if (!module)
        return STATUS_NO_MEMORY;
    module->full_path = (WCHAR *)(module + 1);
    memcpy(module->full_path, full_path, full_length * sizeof(WCHAR));
    while (name && full_path[name - 1] != '\\' && full_path[name - 1] != '/')
        name--;
    LDR_DATA_TABLE_ENTRY *entry = &module->entry;
    entry->DllBase = base;
    entry->SizeOfImage = nt->OptionalHeader.SizeOfImage;
    entry->EntryPoint = nt->OptionalHeader.AddressOfEntryPoint
                            ? (char *)base + nt->OptionalHeader.AddressOfEntryPoint
                            : NULL;
    entry->FullDllName.Buffer = module->full_path;
    entry->FullDllName.Length = full_length * sizeof(WCHAR);
    entry->FullDllName.MaximumLength = entry->FullDllName.Length + sizeof(WCHAR);
    entry->BaseDllName.Buffer = module->full_path + name;
    entry->BaseDllName.Length = (full_length - name) * sizeof(WCHAR);
    entry->BaseDllName.MaximumLength = entry->BaseDllName.Length + sizeof(WCHAR);
    entry->Flags = LDRP_LOAD_NOTIFICATIONS_SENT | LDRP_IN_LEGACY_LISTS | LDRP_ENTRY_PROCESSED;
    if (nt->FileHeader.Characteristics & IMAGE_FILE_DLL)
        entry->Flags |= LDRP_IMAGE_DLL;
    entry->ObsoleteLoadCount = 1;
    entry->ReferenceCount = 1;
    entry->TimeDateStamp = nt->FileHeader.TimeDateStamp;
    entry->OriginalBase = nt->OptionalHeader.ImageBase;
    entry->BaseNameHashValue = ldr_hash(entry->BaseDllName.Buffer, full_length - name);
    entry->NodeModuleLink.Flink = entry->NodeModuleLink.Blink = &entry->NodeModuleLink;
    entry->LoadReason = 4; /* LoadReasonDynamicLoad */
    module->nt = nt;
    module->builtin = builtin;
    module->nt = nt;
    ldr_set_exports(module);

    if (!buckets[0].Flink)
        for (ULONG i = 0; i < LDR_BUCKETS; i++)
            buckets[i].Flink = buckets[i].Blink = &buckets[i];
    NTSTATUS status = insert_image(module);
    if (!NT_SUCCESS(status)) {
        ldr_free(module);
        return status;
    }
    insert_tail(&list->InLoadOrderModuleList, &entry->InLoadOrderLinks);
    insert_tail(&list->InMemoryOrderModuleList, &entry->InMemoryOrderLinks);
    RtlAcquireSRWLockExclusive(&table_lock);
    insert_tail(&buckets[entry->BaseNameHashValue % LDR_BUCKETS], &entry->HashLinks);
    RtlReleaseSRWLockExclusive(&table_lock);
#ifdef _WIN64
    RtlInsertInvertedFunctionTable(entry->DllBase, entry->SizeOfImage);
#endif
    *ret_module = module;
    return STATUS_SUCCESS;
}

void ldr_remove_module(struct ldr_module *module)
{
#ifdef _WIN64
    RtlRemoveInvertedFunctionTable(module->entry.DllBase);
#endif
    RtlAcquireSRWLockExclusive(&table_lock);
    unlink_entry(&module->entry.HashLinks);
    RtlReleaseSRWLockExclusive(&table_lock);
    unlink_entry(&module->entry.InLoadOrderLinks);
    unlink_entry(&module->entry.InMemoryOrderLinks);
    unlink_entry(&module->entry.InInitializationOrderLinks);
    remove_image(module);
    RtlReleaseActivationContext(module->entry.EntryPointActivationContext);
    ldr_forget_exports(module);
    ldr_free(module->dependencies);
    ldr_free(module);
}

NTSTATUS ldr_add_dependency(struct ldr_module *module, struct ldr_module *on)
{
    if (!module || module == on)
        return STATUS_SUCCESS;
    for (ULONG i = module->dependency_count; i--;)
        if (module->dependencies[i] == on)
            return STATUS_SUCCESS;
    if (module->dependency_count == module->dependency_capacity) {
        ULONG capacity = module->dependency_capacity ? 2 * module->dependency_capacity : 8;
        struct ldr_module **larger = ldr_allocate(capacity * sizeof *larger);
        if (!larger)
            return STATUS_NO_MEMORY;
        if (module->dependencies)
            memcpy(larger, module->dependencies, module->dependency_count * sizeof *larger);
        ldr_free(module->dependencies);
        module->dependencies = larger;
        module->dependency_capacity = capacity;
    }
    module->dependencies[module->dependency_count++] = on;
    return STATUS_SUCCESS;
}
