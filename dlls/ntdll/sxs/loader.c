/*
 * Side-by-side loading: the program's manifest becomes the process's default context, a DLL's own manifest
 * the context in which its imports are bound and its entry point runs; and the redirection of DLL names.
 */
#include "private.h"
#include <nt/nls.h>

static BOOLEAN has_manifest(struct ldr_module *module, ULONG_PTR id)
{
    LDR_RESOURCE_INFO info = {(ULONG_PTR)RT_MANIFEST, id, 0};
    IMAGE_RESOURCE_DATA_ENTRY *entry;
    IMAGE_DATA_DIRECTORY *directory = ldr_directory(module, IMAGE_DIRECTORY_ENTRY_RESOURCE);

    return directory && directory->Size &&
           NT_SUCCESS(LdrFindResource_U(module->entry.DllBase, &info, 3, &entry));
}

static BOOLEAN is_isolated(const struct ldr_module *module)
{
    return !(module->nt->OptionalHeader.DllCharacteristics & IMAGE_DLLCHARACTERISTICS_NO_ISOLATION);
}

/* The setting activeCodePage: "UTF-8", "Legacy" (what it is anyway), or a locale whose code page is meant. */
static void apply_code_page(void)
{
    WCHAR value[LOCALE_NAME_MAX_LENGTH];
    SIZE_T length;

    if (RtlQueryActivationContextApplicationSettings(0, NULL, SXS_SETTINGS L"2019/WindowsSettings",
                                                     L"activeCodePage", value, sizeof value / sizeof *value,
                                                     &length))
        return;
    if (length == 6 && ldr_equal(value, L"UTF-8", 5)) {
        GwSetAnsiCodePage(CP_UTF8);
        return;
    }
    const struct nls_locale *locale = GwFindLocale(value, (int)length - 1);
    if (locale && locale->ansi)
        GwSetAnsiCodePage(locale->ansi);
}

/* The program's manifest: the embedded one (RT_MANIFEST 1), else the file beside it. A program whose
 * manifest cannot be satisfied does not start; *reason says why. */
NTSTATUS sxs_start_process(UNICODE_STRING *reason)
{
    struct sxs_source source = {.path = ldr_exe->full_path};
    WCHAR *path = NULL;
    ACTIVATION_CONTEXT *context;

    if (!is_isolated(ldr_exe))
        return STATUS_SUCCESS;
    if (has_manifest(ldr_exe, 1)) {
        source.module = ldr_exe->entry.DllBase;
        source.resource = 1;
    } else {
        ULONG length = ldr_wcslen(ldr_exe->full_path);
        if (!(path = ldr_allocate((length + 10) * sizeof(WCHAR))))
            return STATUS_NO_MEMORY;
        memcpy(path, ldr_exe->full_path, length * sizeof(WCHAR));
        memcpy(path + length, L".manifest", 10 * sizeof(WCHAR));
        source.path = path;
    }
    NTSTATUS status = GwCreateActivationContext(&source, &context, reason);
    ldr_free(path);
    if (status) /* without a manifest there is nothing to do */
        return status == STATUS_SXS_CANT_GEN_ACTCTX || status == STATUS_NO_MEMORY ? status : STATUS_SUCCESS;
    GwSetProcessActivationContext(context);
    RtlReleaseActivationContext(context);
    apply_code_page();
    return STATUS_SUCCESS;
}

/* Before a new module's imports are bound: gives it its context, that of its own manifest (RT_MANIFEST 2) or
 * the one that is active now. */
NTSTATUS sxs_module_loaded(struct ldr_module *module)
{
    struct sxs_source source = {.path = module->full_path, .module = module->entry.DllBase, .resource = 2};
    ACTIVATION_CONTEXT *context = NULL;
    NTSTATUS status = STATUS_SUCCESS;
    UNICODE_STRING reason;

    if (!module->builtin && is_isolated(module) && has_manifest(module, 2)) {
        status = GwCreateActivationContext(&source, &context, &reason);
        if (status && reason.Buffer)
            ldr_print("run: %p: %p", &module->entry.FullDllName, &reason);
        ldr_free(reason.Buffer);
    } else {
        RtlGetActiveActivationContext(&context);
    }
    if (!status)
        module->entry.EntryPointActivationContext = context;
    return status;
}

ACTIVATION_CONTEXT *NTAPI GwModuleActivationContext(PVOID address)
{
    struct ldr_module *module = ldr_module_from_address(address);
    ACTIVATION_CONTEXT *context = module ? module->entry.EntryPointActivationContext : NULL;
    RtlAddRefActivationContext(context);
    return context;
}

static WCHAR *expand(WCHAR *path, ULONG *length)
{
    UNICODE_STRING from = {(USHORT)(*length * sizeof(WCHAR)), (USHORT)(*length * sizeof(WCHAR)), path};
    UNICODE_STRING to = {0, 65534, ldr_allocate(65536)};

    if (to.Buffer && NT_SUCCESS(RtlExpandEnvironmentStrings_U(NULL, &from, &to, NULL))) {
        ldr_free(path);
        *length = to.Length / sizeof(WCHAR);
        return to.Buffer;
    }
    ldr_free(to.Buffer);
    return path;
}

/* Where a DLL's name leads in the active context: a full path on the heap. FALSE: nowhere in particular. */
BOOLEAN sxs_redirect(const WCHAR *name, ULONG length, WCHAR **ret_path, ULONG *ret_length)
{
    UNICODE_STRING key = {(USHORT)(length * sizeof(WCHAR)), (USHORT)(length * sizeof(WCHAR)), (WCHAR *)name};
    ACTCTX_SECTION_KEYED_DATA found = {.cbSize = sizeof found};

    if (!sxs_process_default && !ldr_teb()->ActivationContextStackPointer)
        return FALSE;
    if (RtlFindActivationContextSectionString(0, NULL, ACTIVATION_CONTEXT_SECTION_DLL_REDIRECTION, &key,
                                              &found))
        return FALSE;
    const ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION *redirection = found.lpData;
    const char *base = found.lpSectionBase;
    const ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_SEGMENT *segments =
        (const void *)(base + redirection->PathSegmentOffset);
    ULONG total = redirection->TotalPathLength / sizeof(WCHAR), at = 0;
    WCHAR *path = ldr_allocate((total + length + 2) * sizeof(WCHAR));

    if (!path)
        return FALSE;
    for (ULONG i = 0; i < redirection->PathSegmentCount && at + segments[i].Length / 2 <= total; i++) {
        memcpy(path + at, base + segments[i].Offset, segments[i].Length);
        at += segments[i].Length / sizeof(WCHAR);
    }
    if (!(redirection->Flags & ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_INCLUDES_BASE_NAME)) {
        memcpy(path + at, name, length * sizeof(WCHAR));
        at += length;
    }
    if (redirection->Flags & ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_EXPAND)
        path = expand(path, &at);
    *ret_path = path;
    *ret_length = at;
    return TRUE;
}
