/*
 * Binding imports: the import directory at load time, delay-loaded imports on first call. An import
 * that nobody provides is bound to a small generated function that names itself when it is called.
 */
#include "private.h"

#define NO_HINT 0xffffffffu

/* ------------------------------------------------------------------ missing functions */

/* A chunk is two pages: `thunks` first (read and execute once filled), then their arguments. */
#define CHUNK_PAGE 0x1000
#ifdef _WIN64
#define THUNK_SIZE 32
#else
#define THUNK_SIZE 20
#endif
#define CHUNK_COUNT ((CHUNK_PAGE) / THUNK_SIZE)

struct missing {
    const char *dll, *function;
};

static struct missing *missing_slots;
static char *missing_code;
static ULONG missing_used = CHUNK_COUNT;

/* Writes a function that calls __gastwirt_missing(slot->dll, slot->function) with its own return
 * address, so that the caller can be named. */
static void write_thunk(char *code, struct missing *slot)
{
#ifdef _WIN64
    void *target = (void *)__gastwirt_missing;
    memcpy(code, "\x48\xb8", 2); /* mov rax, slot */
    memcpy(code + 2, &slot, 8);
    memcpy(code + 10, "\x48\x8b\x08\x48\x8b\x50\x08", 7); /* mov rcx, [rax]; mov rdx, [rax + 8] */
    memcpy(code + 17, "\x48\xb8", 2);                     /* mov rax, __gastwirt_missing */
    memcpy(code + 19, &target, 8);
    memcpy(code + 27, "\xff\xe0\xcc\xcc\xcc", 5); /* jmp rax */
#else
    LONG distance;
    const char **second = &slot->function;
    memcpy(code, "\x58\xff\x35", 3); /* pop eax; push [function] */
    memcpy(code + 3, &second, 4);
    memcpy(code + 7, "\xff\x35", 2); /* push [dll] */
    memcpy(code + 9, &slot, 4);
    memcpy(code + 13, "\x50\xe9", 2); /* push eax; jmp __gastwirt_missing */
    distance = (LONG)((char *)(void *)__gastwirt_missing - (code + 19));
    memcpy(code + 15, &distance, 4);
#endif
}

static BOOLEAN new_chunk(void)
{
    PVOID base = NULL, code;
    SIZE_T size = 2 * CHUNK_PAGE, page = CHUNK_PAGE;
    ULONG old;
    if (!NT_SUCCESS(NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_RESERVE | MEM_COMMIT,
                                            PAGE_READWRITE)))
        return FALSE;
    missing_code = base;
    missing_slots = (struct missing *)((char *)base + CHUNK_PAGE);
    for (ULONG i = 0; i < CHUNK_COUNT; i++)
        write_thunk(missing_code + i * THUNK_SIZE, &missing_slots[i]);
    code = base;
    NtProtectVirtualMemory(NtCurrentProcess(), &code, &page, PAGE_EXECUTE_READ, &old);
    missing_used = 0;
    return TRUE;
}

static char *copy_text(const char *text)
{
    ULONG length = 0;
    while (text[length])
        length++;
    char *copy = ldr_allocate(length + 1);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}

/* A function to bind a missing import to; the names are copied. Loader lock held. */
void *ldr_missing_thunk(const char *dll, const char *function)
{
    static char *last_dll;
    if (missing_used == CHUNK_COUNT && !new_chunk())
        return NULL;
    if (last_dll) {
        const char *a = dll, *b = last_dll;
        while (*a && *a == *b)
            a++, b++;
        if (*a != *b)
            last_dll = NULL;
    }
    if (!last_dll)
        last_dll = copy_text(dll);
    missing_slots[missing_used].dll = last_dll ? last_dll : "?";
    missing_slots[missing_used].function = copy_text(function);
    return missing_code + THUNK_SIZE * missing_used++;
}

static void *missing_ordinal_thunk(const char *dll, ULONG ordinal)
{
    char text[12] = "#", digits[8];
    ULONG n = 0, at = 1;
    do
        digits[n++] = '0' + ordinal % 10;
    while (ordinal /= 10);
    while (n)
        text[at++] = digits[--n];
    text[at] = 0;
    return ldr_missing_thunk(dll, text);
}

/* ------------------------------------------------------------------ the import directory */

/* Makes the import table writable while it is bound. Tables usually lie in one section. */
struct unprotected {
    void *start;
    SIZE_T size;
    ULONG old;
};

static void restore(struct unprotected *range)
{
    ULONG old;
    PVOID start = range->start;
    SIZE_T size = range->size;
    if (start)
        NtProtectVirtualMemory(NtCurrentProcess(), &start, &size, range->old, &old);
    range->start = NULL;
}

static NTSTATUS unprotect(struct ldr_module *module, ULONG rva, struct unprotected *range)
{
    char *base = module->entry.DllBase, *table = base + rva;
    IMAGE_SECTION_HEADER *section = IMAGE_FIRST_SECTION(module->nt);
    NTSTATUS status;

    if (range->start && table >= (char *)range->start && table < (char *)range->start + range->size)
        return STATUS_SUCCESS;
    for (ULONG i = 0; i < module->nt->FileHeader.NumberOfSections; i++, section++) {
        ULONG size = section->Misc.VirtualSize ? section->Misc.VirtualSize : section->SizeOfRawData;
        if (rva < section->VirtualAddress || rva - section->VirtualAddress >= size)
            continue;
        if (section->Characteristics & IMAGE_SCN_MEM_WRITE)
            return STATUS_SUCCESS;
        restore(range);
        PVOID start = base + section->VirtualAddress;
        SIZE_T bytes = size;
        status = NtProtectVirtualMemory(NtCurrentProcess(), &start, &bytes, PAGE_READWRITE, &range->old);
        if (NT_SUCCESS(status))
            range->start = start, range->size = bytes;
        return status;
    }
    return STATUS_SUCCESS; /* in the headers or between sections: as mapped */
}

static ULONG widen(const char *text, WCHAR *to, ULONG capacity)
{
    ULONG length = 0;
    for (; text[length] && length + 1 < capacity; length++)
        to[length] = (UCHAR)text[length];
    return text[length] ? 0 : length;
}

/* Binds one table; `target` NULL: everything in it is missing. */
static NTSTATUS bind_table(const struct ldr_load *load, struct ldr_module *module, struct ldr_module *target,
                           const char *dll, ULONG names_rva, ULONG table_rva)
{
    for (;; names_rva += sizeof(IMAGE_THUNK_DATA), table_rva += sizeof(IMAGE_THUNK_DATA)) {
        const IMAGE_THUNK_DATA *lookup = ldr_rva(module, names_rva, sizeof *lookup);
        IMAGE_THUNK_DATA *slot = ldr_rva(module, table_rva, sizeof *slot);
        const IMAGE_IMPORT_BY_NAME *by_name = NULL;
        NTSTATUS status = STATUS_DLL_NOT_FOUND;
        void *address = NULL;

        if (!lookup || !slot)
            return STATUS_INVALID_IMAGE_FORMAT;
        if (!lookup->u1.AddressOfData)
            return STATUS_SUCCESS;
        if (IMAGE_SNAP_BY_ORDINAL(lookup->u1.Ordinal)) {
            ULONG ordinal = IMAGE_ORDINAL(lookup->u1.Ordinal);
            if (target)
                status = ldr_resolve(load, target, NULL, ordinal, NO_HINT, module, &address);
            if (!NT_SUCCESS(status) && !ldr_is_exhausted(status) &&
                (load->startup || !target || target->builtin))
                address = missing_ordinal_thunk(dll, ordinal);
        } else {
            if (lookup->u1.AddressOfData > 0xffffffff)
                return STATUS_INVALID_IMAGE_FORMAT;
            by_name = ldr_rva(module, (ULONG)lookup->u1.AddressOfData, 3);
            if (!by_name)
                return STATUS_INVALID_IMAGE_FORMAT;
            if (target)
                status = ldr_resolve(load, target, (const char *)by_name->Name, 0, by_name->Hint, module,
                                     &address);
            if (!NT_SUCCESS(status) && !ldr_is_exhausted(status) &&
                (load->startup || !target || target->builtin))
                address = ldr_missing_thunk(dll, (const char *)by_name->Name);
        }
        if (!address)
            return NT_SUCCESS(status) ? STATUS_NO_MEMORY : status;
        slot->u1.Function = (ULONG_PTR)address;
    }
}

/* Whether `stamp` stands for this module: tools/bind.py adds the base to the checksum of the exports. */
static BOOLEAN is_meant(ULONG stamp, const struct ldr_module *module)
{
    ULONG page = (ULONG)((ULONG_PTR)module->entry.DllBase >> 12);
    return module->builtin && stamp == module->nt->FileHeader.TimeDateStamp + page;
}

/* Our own DLLs are bound to each other when they are built (tools/bind.py). The addresses hold if these very
 * DLLs lie at their bases, and if nobody can have changed their exports: only while the process starts. */
static BOOLEAN is_bound(const struct ldr_load *load, struct ldr_module *module, struct ldr_module *target,
                        const char *dll)
{
    IMAGE_DATA_DIRECTORY *directory = ldr_directory(module, IMAGE_DIRECTORY_ENTRY_BOUND_IMPORT);
    WCHAR name[260];
    if (!directory || !module->builtin || !load->startup)
        return FALSE;
    const char *base = ldr_rva(module, directory->VirtualAddress, directory->Size);
    const IMAGE_BOUND_IMPORT_DESCRIPTOR *bound = (const void *)base;
    while (bound && bound->TimeDateStamp && strcmp(base + bound->OffsetModuleName, dll))
        bound += 1 + bound->NumberOfModuleForwarderRefs;
    if (!bound || !is_meant(bound->TimeDateStamp, target))
        return FALSE;
    for (ULONG i = 1; i <= bound->NumberOfModuleForwarderRefs; i++) {
        struct ldr_module *further;
        ULONG length = widen(base + bound[i].OffsetModuleName, name, 256);
        if (!NT_SUCCESS(ldr_load_module(load, name, length, target, &further)) ||
            !is_meant(bound[i].TimeDateStamp, further) || !NT_SUCCESS(ldr_add_dependency(module, further)))
            return FALSE;
    }
    return TRUE;
}

NTSTATUS ldr_bind_imports(const struct ldr_load *load, struct ldr_module *module)
{
    IMAGE_DATA_DIRECTORY *directory = ldr_directory(module, IMAGE_DIRECTORY_ENTRY_IMPORT);
    struct unprotected range = {0};
    NTSTATUS status = STATUS_SUCCESS;
    WCHAR name[260], complete[260];

    if (!directory)
        return STATUS_SUCCESS;
    for (ULONG rva = directory->VirtualAddress; NT_SUCCESS(status); rva += sizeof(IMAGE_IMPORT_DESCRIPTOR)) {
        const IMAGE_IMPORT_DESCRIPTOR *descriptor = ldr_rva(module, rva, sizeof *descriptor);
        struct ldr_module *target = NULL;

        if (!descriptor) {
            status = STATUS_INVALID_IMAGE_FORMAT;
            break;
        }
        if (!descriptor->Name || !descriptor->FirstThunk)
            break;
        const char *dll = ldr_rva(module, descriptor->Name, 1);
        ULONG names = descriptor->OriginalFirstThunk ? descriptor->OriginalFirstThunk
                                                     : descriptor->FirstThunk;
        const IMAGE_THUNK_DATA *first = ldr_rva(module, names, sizeof *first);
        if (!dll || !first) {
            status = STATUS_INVALID_IMAGE_FORMAT;
            break;
        }
        if (!first->u1.AddressOfData) /* nothing is imported: Windows does not load the DLL */
            continue;
        ULONG length = widen(dll, name, 256);
        length = length ? ldr_complete_name(name, length, complete, 260) : 0;
        if (!length) {
            status = STATUS_INVALID_IMAGE_FORMAT;
            break;
        }
        status = ldr_load_module(load, complete, length, module, &target);
        if (NT_SUCCESS(status))
            status = ldr_add_dependency(module, target);
        else if (load->startup && !ldr_is_exhausted(status))
            status = STATUS_SUCCESS, target = NULL;
        if (NT_SUCCESS(status) && descriptor->TimeDateStamp && target && is_bound(load, module, target, dll))
            continue;
        if (NT_SUCCESS(status))
            status = unprotect(module, descriptor->FirstThunk, &range);
        if (NT_SUCCESS(status))
            status = bind_table(load, module, target, dll, names, descriptor->FirstThunk);
    }
    restore(&range);
    return status;
}

/* ------------------------------------------------------------------ delay-loaded imports */

/* Windows calls a failure hook with the structure that delayimp.h gives; its return value replaces the
 * function. */
struct delay_load_proc {
    ULONG by_name;
    union {
        const char *name;
        ULONG ordinal;
    };
};

struct delay_load_info {
    ULONG size;
    const IMAGE_DELAYLOAD_DESCRIPTOR *descriptor;
    IMAGE_THUNK_DATA *thunk;
    const char *dll;
    struct delay_load_proc proc;
    PVOID module, unused;
    ULONG last_error;
};

typedef PVOID(WINAPI *delay_hook)(ULONG reason, struct delay_load_info *info);
typedef PVOID(WINAPI *delay_system_hook)(PCSTR dll, PCSTR function);

PVOID NTAPI LdrResolveDelayLoadedAPI(PVOID base, const IMAGE_DELAYLOAD_DESCRIPTOR *descriptor, PVOID dll_hook,
                                     PVOID system_hook, IMAGE_THUNK_DATA *thunk, ULONG flags)
{
    char *image = base;
    const char *dll = image + descriptor->DllNameRVA;
    IMAGE_THUNK_DATA *table = (void *)(image + descriptor->ImportAddressTableRVA);
    const IMAGE_THUNK_DATA *names = (const void *)(image + descriptor->ImportNameTableRVA);
    PVOID *handle = (void *)(image + descriptor->ModuleHandleRVA);
    const IMAGE_THUNK_DATA *lookup = &names[thunk - table];
    struct delay_load_info info = {.size = sizeof info, .descriptor = descriptor, .thunk = thunk, .dll = dll};
    WCHAR wide[260], complete[260];
    PVOID address = NULL;
    NTSTATUS status = STATUS_SUCCESS;

    (void)flags;
    RtlEnterCriticalSection(&ldr_lock);
    struct ldr_module *parent = ldr_module_from_handle(base),
                      *module = *handle ? ldr_module_from_handle(*handle) : NULL;
    if (!module) {
        struct ldr_load load = {0};
        ULONG length = widen(dll, wide, 256);
        length = length ? ldr_complete_name(wide, length, complete, 260) : 0;
        status = length ? ldr_load_and_attach(&load, complete, length, &module) : STATUS_DLL_NOT_FOUND;
        if (NT_SUCCESS(status)) {
            if (InterlockedExchangePointer(handle, module->entry.DllBase))
                LdrUnloadDll(module->entry.DllBase);
            if (parent)
                ldr_add_dependency(parent, module);
        }
    }
    if (IMAGE_SNAP_BY_ORDINAL(lookup->u1.Ordinal)) {
        info.proc.ordinal = IMAGE_ORDINAL(lookup->u1.Ordinal);
    } else {
        info.proc.by_name = 1;
        info.proc.name = (const char *)((IMAGE_IMPORT_BY_NAME *)(image + lookup->u1.AddressOfData))->Name;
    }
    if (NT_SUCCESS(status)) {
        ANSI_STRING string = {.Buffer = (char *)info.proc.name};
        if (info.proc.by_name) {
            while (string.Buffer[string.Length])
                string.Length++;
            string.MaximumLength = string.Length + 1;
        }
        status = LdrGetProcedureAddress(module->entry.DllBase, info.proc.by_name ? &string : NULL,
                                        info.proc.by_name ? 0 : info.proc.ordinal, &address);
    }
    BOOLEAN store = NT_SUCCESS(status);
    RtlLeaveCriticalSection(&ldr_lock);
    if (!NT_SUCCESS(status) && dll_hook) {
        info.module = module ? module->entry.DllBase : NULL;
        info.last_error = RtlNtStatusToDosError(status);
        address = ((delay_hook)dll_hook)(4 /* DELAYLOAD_GPA_FAILURE */, &info);
    }
    if (!address && system_hook)
        address = ((delay_system_hook)system_hook)(
            dll, info.proc.by_name ? info.proc.name : (const char *)(ULONG_PTR)info.proc.ordinal);
    if (!address) {
        RtlEnterCriticalSection(&ldr_lock);
        address = info.proc.by_name ? ldr_missing_thunk(dll, info.proc.name)
                                    : missing_ordinal_thunk(dll, info.proc.ordinal);
        RtlLeaveCriticalSection(&ldr_lock);
    }
    if (store && address) {
        struct unprotected range = {0};
        RtlEnterCriticalSection(&ldr_lock);
        if (parent && NT_SUCCESS(unprotect(parent, (ULONG)((char *)thunk - image), &range)))
            thunk->u1.Function = (ULONG_PTR)address;
        restore(&range);
        RtlLeaveCriticalSection(&ldr_lock);
    }
    return address;
}

/* Calls fn for each delay-load descriptor of a module that names the DLL (ASCII, case ignored). */
static const IMAGE_DELAYLOAD_DESCRIPTOR *find_delayed(PVOID base, const char *dll)
{
    ULONG size;
    const IMAGE_DELAYLOAD_DESCRIPTOR *descriptor = RtlImageDirectoryEntryToData(
        base, TRUE, IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT, &size);
    for (; descriptor && descriptor->DllNameRVA; descriptor++) {
        const char *a = (const char *)base + descriptor->DllNameRVA, *b = dll;
        while (*a && *b && ldr_upcase((UCHAR)*a) == ldr_upcase((UCHAR)*b))
            a++, b++;
        if (!*a && !*b)
            return descriptor;
    }
    return NULL;
}

NTSTATUS NTAPI LdrResolveDelayLoadsFromDll(PVOID base, PCSTR dll, ULONG flags)
{
    const IMAGE_DELAYLOAD_DESCRIPTOR *descriptor = find_delayed(base, dll);
    if (flags)
        return STATUS_INVALID_PARAMETER;
    if (!descriptor)
        return STATUS_DLL_NOT_FOUND;
    IMAGE_THUNK_DATA *table = (void *)((char *)base + descriptor->ImportAddressTableRVA);
    const IMAGE_THUNK_DATA *names = (const void *)((char *)base + descriptor->ImportNameTableRVA);
    for (ULONG i = 0; names[i].u1.AddressOfData; i++)
        if (!LdrResolveDelayLoadedAPI(base, descriptor, NULL, NULL, &table[i], 0))
            return STATUS_DLL_NOT_FOUND;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrQueryOptionalDelayLoadedAPI(PVOID base, PCSTR dll, PCSTR function, ULONG flags)
{
    const IMAGE_DELAYLOAD_DESCRIPTOR *descriptor = find_delayed(base, dll);
    WCHAR wide[260], complete[260];
    ANSI_STRING string = {.Buffer = (char *)function};
    UNICODE_STRING name = {.Buffer = complete};
    PVOID handle, address;
    NTSTATUS status;

    (void)flags;
    if (!descriptor)
        return STATUS_DLL_NOT_FOUND;
    ULONG length = widen(dll, wide, 256);
    length = length ? ldr_complete_name(wide, length, complete, 260) : 0;
    name.Length = length * sizeof(WCHAR), name.MaximumLength = sizeof complete;
    status = LdrLoadDll(NULL, NULL, &name, &handle);
    if (!NT_SUCCESS(status))
        return status;
    while (function[string.Length])
        string.Length++;
    string.MaximumLength = string.Length + 1;
    return LdrGetProcedureAddress(handle, &string, 0, &address);
}
