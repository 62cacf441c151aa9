/*
 * Looking up exports: by hint, next in order, binary search; forwarders; and a cache over all modules
 * that makes repeated GetProcAddress calls cheap.
 */
#include "private.h"

#define NO_NAME 0xffffffffu

/* One slot of the GetProcAddress cache. Readers take no lock: they retry the slow way when `sequence`
 * is odd or changes. The name is the module's own copy, valid as long as the module is. */
struct cached {
    volatile ULONG sequence;
    ULONG hash;
    void *base;
    const char *name;
    void *address;
};

#define CACHE_SIZE 512
static struct cached cache[CACHE_SIZE];

static ULONG hash_name(const char *name)
{
    ULONG hash = 2166136261u;
    for (; *name; name++)
        hash = (hash ^ (UCHAR)*name) * 16777619u;
    return hash;
}

static int compare(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return (UCHAR)*a - (UCHAR)*b;
}

static struct cached *slot_of(const void *base, ULONG hash)
{
    return &cache[(hash ^ (hash >> 15) ^ (ULONG)((ULONG_PTR)base >> 16)) % CACHE_SIZE];
}

static BOOLEAN cache_find(void *base, const char *name, ULONG hash, void **ret_address)
{
    struct cached *slot = slot_of(base, hash);
    ULONG before = slot->sequence;
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (before & 1 || slot->base != base || slot->hash != hash)
        return FALSE;
    const char *cached_name = slot->name;
    void *address = slot->address;
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (slot->sequence != before || compare(cached_name, name))
        return FALSE;
    *ret_address = address;
    return TRUE;
}

static void set_slot(struct cached *slot, void *base, const char *name, ULONG hash, void *address)
{ /* loader lock held */
    slot->sequence++;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    slot->base = base, slot->hash = hash, slot->name = name, slot->address = address;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    slot->sequence++;
}

/* Drops cached results of a module that goes, and those that point into it through a forwarder. */
void ldr_forget_exports(struct ldr_module *module)
{
    char *base = module->entry.DllBase;
    for (ULONG i = 0; i < CACHE_SIZE; i++) {
        struct cached *slot = &cache[i];
        char *address = slot->address;
        if (slot->base == base || (address >= base && address < base + module->entry.SizeOfImage))
            set_slot(slot, NULL, NULL, 0, NULL);
    }
}

/* Remembers the export directory after checking that it lies inside the image. */
void ldr_set_exports(struct ldr_module *module)
{
    IMAGE_DATA_DIRECTORY *directory = ldr_directory(module, IMAGE_DIRECTORY_ENTRY_EXPORT);
    if (!directory)
        return;
    const IMAGE_EXPORT_DIRECTORY *exports = ldr_rva(module, directory->VirtualAddress, sizeof *exports);
    if (!exports || exports->NumberOfFunctions > 0x100000 || exports->NumberOfNames > 0x100000)
        return;
    module->functions = ldr_rva(module, exports->AddressOfFunctions, exports->NumberOfFunctions * 4);
    module->names = ldr_rva(module, exports->AddressOfNames, exports->NumberOfNames * 4);
    module->ordinals = ldr_rva(module, exports->AddressOfNameOrdinals, exports->NumberOfNames * 2);
    module->function_count = module->functions ? exports->NumberOfFunctions : 0;
    module->name_count = module->names && module->ordinals ? exports->NumberOfNames : 0;
    module->exports = exports;
    module->exports_size = directory->Size;
    module->last_name = NO_NAME;
}

static const char *name_at(const struct ldr_module *module, ULONG index)
{
    const char *name = ldr_rva(module, module->names[index], 1);
    return name ? name : "";
}

static ULONG find_name(struct ldr_module *module, const char *name, ULONG hint)
{
    ULONG low = 0, high = module->name_count;
    if (hint < high && !compare(name_at(module, hint), name))
        return hint;
    ULONG next = module->last_name + 1;
    if (next < high) {
        int order = compare(name_at(module, next), name);
        if (!order)
            return module->last_name = next;
        if (order < 0)
            low = next + 1;
        else
            high = next;
    }
    while (low < high) {
        ULONG middle = (low + high) / 2;
        int order = compare(name_at(module, middle), name);
        if (!order)
            return module->last_name = middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NO_NAME;
}

static NTSTATUS resolve(const struct ldr_load *load, struct ldr_module *module, const char *name,
                        ULONG ordinal, ULONG hint, struct ldr_module *importer, void **ret_address,
                        ULONG depth);

/* Follows "DLL.Function" or "DLL.#ordinal". */
static NTSTATUS follow(const struct ldr_load *load, struct ldr_module *module, const char *forwarder,
                       struct ldr_module *importer, void **ret_address, ULONG depth)
{
    WCHAR name[260];
    ULONG length = 0, dot = 0, ordinal = 0;
    struct ldr_module *target = module->last_forward;
    NTSTATUS status;

    for (ULONG i = 0; forwarder[i]; i++)
        if (forwarder[i] == '.')
            dot = i;
    if (!dot || dot > 250 || depth > 32)
        return STATUS_ENTRYPOINT_NOT_FOUND;
    for (; length < dot; length++)
        name[length] = (UCHAR)forwarder[length];
    memcpy(name + length, L".dll", 5 * sizeof(WCHAR));
    length += 4;
    if (!target || !ldr_equal_string(&target->entry.BaseDllName, name, length)) {
        status = ldr_load_module(load, name, length, module, &target);
        if (!NT_SUCCESS(status))
            return status;
        module->last_forward = target;
    }
    status = ldr_add_dependency(importer ? importer : module, target);
    if (!NT_SUCCESS(status))
        return status;
    forwarder += dot + 1;
    if (*forwarder == '#') {
        for (forwarder++; *forwarder >= '0' && *forwarder <= '9'; forwarder++)
            ordinal = ordinal * 10 + (*forwarder - '0');
        return resolve(load, target, NULL, ordinal, NO_NAME, importer, ret_address, depth + 1);
    }
    return resolve(load, target, forwarder, 0, NO_NAME, importer, ret_address, depth + 1);
}

static NTSTATUS resolve(const struct ldr_load *load, struct ldr_module *module, const char *name,
                        ULONG ordinal, ULONG hint, struct ldr_module *importer, void **ret_address,
                        ULONG depth)
{
    ULONG index;
    if (name) {
        ULONG found = find_name(module, name, hint);
        if (found == NO_NAME)
            return STATUS_ENTRYPOINT_NOT_FOUND;
        index = module->ordinals[found];
    } else {
        if (!module->exports)
            return STATUS_ORDINAL_NOT_FOUND;
        index = ordinal - module->exports->Base;
    }
    if (index >= module->function_count || !module->functions[index])
        return name ? STATUS_ENTRYPOINT_NOT_FOUND : STATUS_ORDINAL_NOT_FOUND;
    ULONG rva = module->functions[index];
    char *address = (char *)module->entry.DllBase + rva;
    if (address >= (char *)module->exports && address < (char *)module->exports + module->exports_size)
        return ldr_rva(module, rva, 1) ? follow(load, module, address, importer, ret_address, depth)
                                       : STATUS_INVALID_IMAGE_FORMAT;
    *ret_address = address;
    return STATUS_SUCCESS;
}

/* The address of an export by name or (name NULL) ordinal. Loads what forwarders need, unattached;
 * `importer` then depends on it. Loader lock held. */
NTSTATUS ldr_resolve(const struct ldr_load *load, struct ldr_module *module, const char *name, ULONG ordinal,
                     ULONG hint, struct ldr_module *importer, void **ret_address)
{
    return resolve(load, module, name, ordinal, hint, importer, ret_address, 0);
}

struct ldr_not_found ldr_not_found;

/* For the report, should the program call what it has not found. Loader lock held. */
static void note_not_found(const struct ldr_module *module, const char *name)
{
    const UNICODE_STRING *dll = &module->entry.BaseDllName;
    ULONG n = 0;
    while (n < dll->Length / sizeof(WCHAR) && n < sizeof ldr_not_found.dll - 1) {
        ldr_not_found.dll[n] = (char)dll->Buffer[n];
        n++;
    }
    ldr_not_found.dll[n] = 0;
    for (n = 0; name[n] && n < sizeof ldr_not_found.function - 1; n++)
        ldr_not_found.function[n] = name[n];
    ldr_not_found.function[n] = 0;
}

NTSTATUS NTAPI LdrGetProcedureAddressForCaller(PVOID handle, const ANSI_STRING *string, ULONG ordinal,
                                               PVOID *ret_address, ULONG flags, PVOID *callback)
{
    char buffer[512];
    const char *name = NULL;
    ULONG hash = 0;
    NTSTATUS status;

    (void)flags, (void)callback;
    if (string && string->Length) {
        if (string->MaximumLength > string->Length && !string->Buffer[string->Length]) {
            name = string->Buffer;
        } else {
            if (string->Length >= sizeof buffer)
                return STATUS_ENTRYPOINT_NOT_FOUND;
            memcpy(buffer, string->Buffer, string->Length);
            buffer[string->Length] = 0;
            name = buffer;
        }
        hash = hash_name(name);
        if (cache_find(handle, name, hash, ret_address))
            return STATUS_SUCCESS;
    } else if (!ordinal || ordinal > 0xffff) {
        return STATUS_INVALID_PARAMETER;
    }
    struct ldr_load load = {0};
    RtlEnterCriticalSection(&ldr_lock);
    struct ldr_module *module = ldr_module_from_handle(handle);
    if (!module) {
        status = STATUS_DLL_NOT_FOUND;
    } else {
        void *address;
        status = ldr_resolve(&load, module, name, ordinal, NO_NAME, NULL, &address);
        struct ldr_module *owner = NT_SUCCESS(status) ? ldr_module_from_address(address) : NULL;
        if (owner && owner->state == LDR_STATE_BOUND) /* a forwarder has loaded it just now */
            status = ldr_attach(owner, NULL);
        if (NT_SUCCESS(status)) {
            if (name) {
                ULONG found = find_name(module, name, NO_NAME);
                if (found != NO_NAME)
                    set_slot(slot_of(handle, hash), handle, name_at(module, found), hash, address);
            }
            *ret_address = address;
        } else {
            ldr_collect();
            if (status == STATUS_DLL_NOT_FOUND)
                status = STATUS_ENTRYPOINT_NOT_FOUND;
            if (name)
                note_not_found(module, name);
        }
    }
    RtlLeaveCriticalSection(&ldr_lock);
    return status;
}

NTSTATUS NTAPI LdrGetProcedureAddress(PVOID handle, const ANSI_STRING *name, ULONG ordinal,
                                      PVOID *ret_address)
{
    return LdrGetProcedureAddressForCaller(handle, name, ordinal, ret_address, 0, NULL);
}

NTSTATUS NTAPI LdrGetProcedureAddressEx(PVOID handle, const ANSI_STRING *name, ULONG ordinal,
                                        PVOID *ret_address, ULONG flags)
{
    return LdrGetProcedureAddressForCaller(handle, name, ordinal, ret_address, flags, NULL);
}
