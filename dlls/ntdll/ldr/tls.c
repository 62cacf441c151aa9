/*
 * Static TLS: an index per module with a TLS directory, a block per thread and module, also for DLLs
 * loaded while threads run. All vectors are in one list under the loader lock.
 */
#include "private.h"

static LIST_ENTRY vectors = {&vectors, &vectors};
static struct ldr_module **tls_modules; /* by index; NULL: free */
static ULONG tls_count, tls_capacity;

static const IMAGE_TLS_DIRECTORY *tls_directory(const struct ldr_module *module)
{
    IMAGE_DATA_DIRECTORY *directory = ldr_directory(module, IMAGE_DIRECTORY_ENTRY_TLS);
    return directory ? ldr_rva(module, directory->VirtualAddress, sizeof(IMAGE_TLS_DIRECTORY)) : NULL;
}

static BOOLEAN inside(const struct ldr_module *module, ULONG_PTR address, ULONG_PTR size)
{
    ULONG_PTR base = (ULONG_PTR)module->entry.DllBase;
    return address >= base && address - base <= module->entry.SizeOfImage &&
           size <= module->entry.SizeOfImage - (address - base);
}

/* A block is 64-byte aligned inside its allocation, whose address stands in front of it. */
static void *new_block(const struct ldr_module *module)
{
    SIZE_T size = (SIZE_T)module->tls_size + module->tls_zero;
    ULONG align = 64;
    char *allocation = ldr_allocate(size + align + sizeof(void *));
    if (!allocation)
        return NULL;
    char *block = (char *)(((ULONG_PTR)allocation + sizeof(void *) + align - 1) & ~(ULONG_PTR)(align - 1));
    ((void **)block)[-1] = allocation;
    if (module->tls_size)
        memcpy(block, module->tls_template, module->tls_size);
    return block;
}

static void free_block(void *block)
{
    if (block)
        ldr_free(((void **)block)[-1]);
}

static struct ldr_tls_vector *new_vector(TEB *teb, ULONG capacity)
{
    struct ldr_tls_vector *vector = ldr_allocate(sizeof *vector + capacity * sizeof(void *));
    if (vector) {
        vector->teb = teb;
        vector->capacity = capacity;
    }
    return vector;
}

static void link_vector(struct ldr_tls_vector *vector)
{
    vector->link.Flink = &vectors, vector->link.Blink = vectors.Blink;
    vectors.Blink->Flink = &vector->link, vectors.Blink = &vector->link;
}

static void unlink_vector(struct ldr_tls_vector *vector)
{
    vector->link.Blink->Flink = vector->link.Flink;
    vector->link.Flink->Blink = vector->link.Blink;
}

/* Gives every thread a block at the index, in a larger vector where needed (it takes the old one's place
 * in the list). The old vector stays until the thread ends, because the thread may be using it. */
static NTSTATUS give_blocks(struct ldr_module *module, ULONG index)
{
    for (LIST_ENTRY *link = vectors.Flink; link != &vectors; link = link->Flink) {
        struct ldr_tls_vector *vector = CONTAINING_RECORD(link, struct ldr_tls_vector, link);
        void *block = new_block(module);
        if (!block)
            return STATUS_NO_MEMORY;
        if (index < vector->capacity) {
            free_block(vector->slots[index]);
            vector->slots[index] = block;
            continue;
        }
        struct ldr_tls_vector *larger = new_vector(vector->teb, 2 * index + 8);
        if (!larger) {
            free_block(block);
            return STATUS_NO_MEMORY;
        }
        memcpy(larger->slots, vector->slots, vector->capacity * sizeof(void *));
        larger->retired = vector;
        larger->slots[index] = block;
        larger->link = vector->link;
        larger->link.Blink->Flink = larger->link.Flink->Blink = &larger->link;
        larger->teb->ThreadLocalStoragePointer = larger->slots;
        link = &larger->link;
    }
    return STATUS_SUCCESS;
}

NTSTATUS ldr_tls_add_module(struct ldr_module *module)
{
    const IMAGE_TLS_DIRECTORY *directory = tls_directory(module);
    ULONG index;

    if (!directory)
        return STATUS_SUCCESS;
    if (directory->EndAddressOfRawData < directory->StartAddressOfRawData ||
        !inside(module,
                directory->StartAddressOfRawData ? directory->StartAddressOfRawData
                                                 : (ULONG_PTR)module->entry.DllBase,
                directory->EndAddressOfRawData - directory->StartAddressOfRawData) ||
        (directory->AddressOfIndex && !inside(module, directory->AddressOfIndex, sizeof(ULONG))))
        return STATUS_INVALID_IMAGE_FORMAT;
    for (index = 0; index < tls_count && tls_modules[index]; index++)
        ;
    if (index == tls_capacity) {
        ULONG capacity = tls_capacity ? 2 * tls_capacity : 16;
        struct ldr_module **larger = ldr_allocate(capacity * sizeof *larger);
        if (!larger)
            return STATUS_NO_MEMORY;
        if (tls_modules)
            memcpy(larger, tls_modules, tls_count * sizeof *larger);
        ldr_free(tls_modules);
        tls_modules = larger;
        tls_capacity = capacity;
    }
    module->tls_template = (const void *)directory->StartAddressOfRawData;
    module->tls_size = (ULONG)(directory->EndAddressOfRawData - directory->StartAddressOfRawData);
    module->tls_zero = directory->SizeOfZeroFill;
    module->has_tls = TRUE;
    module->entry.TlsIndex = (USHORT)index;
    tls_modules[index] = module;
    if (index == tls_count)
        tls_count++;
    if (directory->AddressOfIndex)
        *(volatile ULONG *)directory->AddressOfIndex = index;
    NTSTATUS status = give_blocks(module, index);
    if (!NT_SUCCESS(status))
        ldr_tls_remove_module(module);
    return status;
}

void ldr_tls_remove_module(struct ldr_module *module)
{
    if (!module->has_tls)
        return;
    ULONG index = module->entry.TlsIndex;
    tls_modules[index] = NULL;
    module->has_tls = FALSE;
    for (LIST_ENTRY *link = vectors.Flink; link != &vectors; link = link->Flink) {
        struct ldr_tls_vector *vector = CONTAINING_RECORD(link, struct ldr_tls_vector, link);
        if (index < vector->capacity) {
            free_block(vector->slots[index]);
            vector->slots[index] = NULL;
        }
    }
}

/* Gives the calling thread its vector. Loader lock held. */
NTSTATUS ldr_tls_thread_init(void)
{
    struct ldr_tls_vector *vector = new_vector(ldr_teb(), tls_count < 16 ? 16 : tls_count + 8);
    if (!vector)
        return STATUS_NO_MEMORY;
    for (ULONG i = 0; i < tls_count; i++)
        if (tls_modules[i] && !(vector->slots[i] = new_block(tls_modules[i]))) {
            while (i--)
                free_block(vector->slots[i]);
            ldr_free(vector);
            return STATUS_NO_MEMORY;
        }
    link_vector(vector);
    ldr_teb()->ThreadLocalStoragePointer = vector->slots;
    return STATUS_SUCCESS;
}

/* Frees the calling thread's blocks. Loader lock held. */
void ldr_tls_thread_free(void)
{
    TEB *teb = ldr_teb();
    if (!teb->ThreadLocalStoragePointer)
        return;
    struct ldr_tls_vector *vector = CONTAINING_RECORD((void *)teb->ThreadLocalStoragePointer,
                                                      struct ldr_tls_vector, slots);
    teb->ThreadLocalStoragePointer = NULL;
    unlink_vector(vector);
    for (ULONG i = 0; i < vector->capacity; i++)
        free_block(vector->slots[i]);
    while (vector) {
        struct ldr_tls_vector *retired = vector->retired;
        ldr_free(vector);
        vector = retired;
    }
}

void ldr_tls_callbacks(struct ldr_module *module, ULONG reason, void *reserved)
{
    const IMAGE_TLS_DIRECTORY *directory = tls_directory(module);
    if (!directory || !directory->AddressOfCallBacks ||
        !inside(module, directory->AddressOfCallBacks, sizeof(void *)))
        return;
    /* Re-read each time: a callback may add to the list. */
    for (PIMAGE_TLS_CALLBACK *callback = (void *)directory->AddressOfCallBacks; *callback; callback++)
        ldr_call_entry((void *)*callback, module->entry.DllBase, reason, reserved);
}
