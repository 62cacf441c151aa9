/*
 * Loading a module and what it depends on: names to modules, mapping, relocation, binding, and the
 * order in which it happens. Loader lock held throughout.
 */
#include "private.h"
#include "../sxs/private.h"

ULONG ldr_complete_name(const WCHAR *name, ULONG length, WCHAR *to, ULONG capacity)
{
    BOOLEAN dot = FALSE;
    for (ULONG i = length; i-- && name[i] != '\\' && name[i] != '/';)
        if (name[i] == '.') {
            dot = TRUE;
            break;
        }
    while (length && name[length - 1] == ' ')
        length--;
    if (dot && length && name[length - 1] == '.')
        length--;
    if (!length || length + 5 > capacity)
        return 0;
    memcpy(to, name, length * sizeof(WCHAR));
    if (!dot) {
        memcpy(to + length, L".dll", 4 * sizeof(WCHAR));
        length += 4;
    }
    to[length] = 0;
    return length;
}

static BOOLEAN is_absolute(const WCHAR *name, ULONG length)
{
    return (length > 2 && name[1] == ':' && (name[2] == '\\' || name[2] == '/')) ||
           (length > 1 && (name[0] == '\\' || name[0] == '/') && (name[1] == '\\' || name[1] == '/'));
}

static BOOLEAN has_separator(const WCHAR *name, ULONG length)
{
    for (ULONG i = 0; i < length; i++)
        if (name[i] == '\\' || name[i] == '/' || name[i] == ':')
            return TRUE;
    return FALSE;
}

/* Applies base relocations if the image is not where its header says (a kernel that relocates also
 * updates the header, so it is done once). */
static NTSTATUS relocate(struct ldr_module *module)
{
    IMAGE_NT_HEADERS *nt = module->nt;
    ULONG_PTR base = (ULONG_PTR)module->entry.DllBase;
    ULONG_PTR delta = base - nt->OptionalHeader.ImageBase;
    IMAGE_DATA_DIRECTORY *directory = ldr_directory(module, IMAGE_DIRECTORY_ENTRY_BASERELOC);
    SIZE_T size = module->entry.SizeOfImage;
    PVOID all = (void *)base;
    ULONG old, offset = 0;
    NTSTATUS status = STATUS_SUCCESS;

    if (!delta)
        return STATUS_SUCCESS;
    if (nt->FileHeader.Characteristics & IMAGE_FILE_RELOCS_STRIPPED)
        return STATUS_CONFLICTING_ADDRESSES;
    if (!directory || !directory->Size)
        return STATUS_SUCCESS;
    /* Section by section, so that each keeps its own protection afterwards. */
    IMAGE_SECTION_HEADER *sections = IMAGE_FIRST_SECTION(nt);
    ULONG count = nt->FileHeader.NumberOfSections;
    ULONG *protections = ldr_allocate((count + 1) * sizeof *protections);
    if (!protections)
        return STATUS_NO_MEMORY;
    for (ULONG i = 0; i < count; i++) {
        all = (void *)(base + sections[i].VirtualAddress);
        size = sections[i].Misc.VirtualSize ? sections[i].Misc.VirtualSize : sections[i].SizeOfRawData;
        if (size && NT_SUCCESS(NtProtectVirtualMemory(NtCurrentProcess(), &all, &size, PAGE_READWRITE, &old)))
            protections[i] = old;
    }
    while (offset + sizeof(IMAGE_BASE_RELOCATION) <= directory->Size) {
        const IMAGE_BASE_RELOCATION *block = ldr_rva(module, directory->VirtualAddress + offset,
                                                     sizeof *block);
        if (!block || block->SizeOfBlock < sizeof *block || block->SizeOfBlock > directory->Size - offset)
            break;
        const USHORT *entries = (const USHORT *)(block + 1);
        for (ULONG i = 0; i < (block->SizeOfBlock - sizeof *block) / 2; i++) {
            void *at = ldr_rva(module, block->VirtualAddress + (entries[i] & 0xfff), sizeof(ULONG_PTR));
            if (!at)
                continue;
            switch (entries[i] >> 12) {
            case IMAGE_REL_BASED_HIGHLOW: *(ULONG *)at += (ULONG)delta; break;
            case IMAGE_REL_BASED_DIR64: *(ULONGLONG *)at += delta; break;
            case IMAGE_REL_BASED_HIGH: *(USHORT *)at += (USHORT)(delta >> 16); break;
            case IMAGE_REL_BASED_LOW: *(USHORT *)at += (USHORT)delta; break;
            case IMAGE_REL_BASED_ABSOLUTE: break;
            default: status = STATUS_INVALID_IMAGE_FORMAT;
            }
        }
        offset += block->SizeOfBlock;
    }
    for (ULONG i = 0; i < count; i++)
        if (protections[i]) {
            all = (void *)(base + sections[i].VirtualAddress);
            size = sections[i].Misc.VirtualSize ? sections[i].Misc.VirtualSize : sections[i].SizeOfRawData;
            NtProtectVirtualMemory(NtCurrentProcess(), &all, &size, protections[i], &old);
        }
    ldr_free(protections);
    all = (void *)base, size = 0x1000;
    if (NT_SUCCESS(NtProtectVirtualMemory(NtCurrentProcess(), &all, &size, PAGE_READWRITE, &old))) {
        nt->OptionalHeader.ImageBase = base;
        NtProtectVirtualMemory(NtCurrentProcess(), &all, &size, old, &old);
    }
    module->entry.Flags |= LDRP_IMAGE_NOT_AT_BASE;
    return status;
}

NTSTATUS ldr_find_loaded(const WCHAR *name, ULONG length, struct ldr_module **ret_module)
{
    struct ldr_module *module;
    const WCHAR *host;
    WCHAR *redirected;
    ULONG host_length;

    if (ldr_apiset_is(name, length)) {
        if (!ldr_apiset_resolve(name, length, &host, &host_length))
            return STATUS_DLL_NOT_FOUND;
        name = host, length = host_length;
    }
    if (is_absolute(name, length))
        module = ldr_find_full_name(name, length);
    else if (has_separator(name, length))
        module = NULL;
    else if (sxs_redirect(name, length, &redirected, &host_length)) {
        module = ldr_find_full_name(redirected, host_length);
        ldr_free(redirected);
    } else
        module = ldr_find_base_name(name, length);
    if (!module)
        return STATUS_DLL_NOT_FOUND;
    *ret_module = module;
    return STATUS_SUCCESS;
}

/* Binds a new module's imports in its own activation context. */
static NTSTATUS bind_in_context(const struct ldr_load *load, struct ldr_module *module)
{
    ULONG_PTR cookie = 0;
    NTSTATUS status = sxs_module_loaded(module);
    ACTIVATION_CONTEXT *context = module->entry.EntryPointActivationContext;

    if (NT_SUCCESS(status) && context)
        status = RtlActivateActivationContext(0, context, &cookie);
    if (NT_SUCCESS(status))
        status = ldr_bind_imports(load, module);
    if (cookie)
        RtlDeactivateActivationContext(1, cookie);
    return status;
}

/* Finds or maps a module by completed name and binds its imports. A new module is not attached yet
 * and has no references: the caller attaches it or lets ldr_collect take it away. */
NTSTATUS ldr_load_module(const struct ldr_load *load, const WCHAR *name, ULONG length,
                         struct ldr_module *parent, struct ldr_module **ret_module)
{
    struct ldr_module *module;
    const WCHAR *path;
    ULONG path_length;
    void *base = NULL;
    WCHAR *redirected;
    BOOLEAN builtin = FALSE;
    NTSTATUS status;

    if (NT_SUCCESS(ldr_find_loaded(name, length, ret_module)))
        return STATUS_SUCCESS;
    if (ldr_apiset_is(name, length)) {
        if (!ldr_apiset_resolve(name, length, &name, &length))
            return STATUS_DLL_NOT_FOUND;
        status = ldr_map_system(name, length, &base, &path, &path_length);
        builtin = NT_SUCCESS(status);
        if (!builtin)
            return STATUS_DLL_NOT_FOUND;
    } else if (!has_separator(name, length) && sxs_redirect(name, length, &redirected, &length)) {
        status = ldr_search(load, redirected, length, &base, &path, &path_length, &builtin);
        ldr_free(redirected);
    } else {
        status = ldr_search(load, name, length, &base, &path, &path_length, &builtin);
    }
    if (!NT_SUCCESS(status))
        return status;
    if ((module = ldr_find_full_name(path, path_length))) { /* another name for a loaded file */
        NtUnmapViewOfSection(NtCurrentProcess(), base);
        *ret_module = module;
        return STATUS_SUCCESS;
    }
    status = ldr_add_module(base, path, path_length, builtin, &module);
    if (!NT_SUCCESS(status)) {
        NtUnmapViewOfSection(NtCurrentProcess(), base);
        return status;
    }
#ifdef _WIN64
    if (module->nt->FileHeader.Machine != IMAGE_FILE_MACHINE_AMD64)
#else
    if (module->nt->FileHeader.Machine != IMAGE_FILE_MACHINE_I386)
#endif
        status = STATUS_INVALID_IMAGE_FORMAT;
    if (parent)
        module->entry.ParentDllBase = parent->entry.DllBase;
    module->entry.LoadReason = load->startup ? 0 /* LoadReasonStaticDependency */ : 4 /* dynamic */;
    if (load->startup)
        module->entry.Flags |= LDRP_PROCESS_STATIC_IMPORT;
    if (NT_SUCCESS(status))
        status = relocate(module);
    if (NT_SUCCESS(status) && !load->no_resolve) {
        module->state = LDR_STATE_MAPPED;
        status = bind_in_context(load, module);
        if (NT_SUCCESS(status))
            status = ldr_tls_add_module(module);
    }
    if (!NT_SUCCESS(status)) {
        /* Modules that came with it are unreferenced; ldr_collect removes them. Others cannot point to
         * it yet except inside a cycle, whose members are collected together with it. */
        module->state = LDR_STATE_FAILED;
        return status;
    }
    module->state = load->no_resolve ? LDR_STATE_READY : LDR_STATE_BOUND;
    ldr_notify(module, LDR_DLL_NOTIFICATION_REASON_LOADED);
    *ret_module = module;
    return STATUS_SUCCESS;
}

NTSTATUS ldr_load_and_attach(const struct ldr_load *load, const WCHAR *name, ULONG length,
                             struct ldr_module **ret_module)
{
    struct ldr_module *module;
    NTSTATUS status = ldr_load_module(load, name, length, NULL, &module);
    if (NT_SUCCESS(status)) {
        if (module->references != LDR_PINNED) {
            module->references++;
            if (module->entry.ObsoleteLoadCount < 0xfffe)
                module->entry.ObsoleteLoadCount++;
        }
        if (module->state != LDR_STATE_READY && !load->startup)
            status = ldr_attach(module, NULL);
        if (NT_SUCCESS(status)) {
            *ret_module = module;
            return status;
        }
        if (module->references != LDR_PINNED)
            module->references--;
    }
    ldr_collect();
    return status;
}
