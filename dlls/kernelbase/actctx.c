/*
 * Activation contexts, the Win32 face: the work is ntdll's (sxs/).
 */
#include "kernelbase.h"
#include <nt/sxs.h>

HANDLE WINAPI CreateActCtxW(const ACTCTXW *parameters)
{
    struct sxs_source source = {.architecture = PROCESSOR_ARCHITECTURE_UNKNOWN};
    WCHAR *path = NULL;
    ACTIVATION_CONTEXT *context = INVALID_HANDLE_VALUE;
    NTSTATUS status = STATUS_SUCCESS;
    DWORD flags;

    if (!parameters || parameters->cbSize < sizeof *parameters || (flags = parameters->dwFlags) & ~0xffu ||
        (flags & ACTCTX_FLAG_HMODULE_VALID ? !parameters->hModule : !parameters->lpSource) ||
        (flags & ACTCTX_FLAG_ASSEMBLY_DIRECTORY_VALID && !parameters->lpAssemblyDirectory)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return INVALID_HANDLE_VALUE;
    }
    if (flags & ACTCTX_FLAG_RESOURCE_NAME_VALID)
        source.resource = (ULONG_PTR)parameters->lpResourceName;
    if (flags & ACTCTX_FLAG_RESOURCE_NAME_VALID ? !source.resource : flags & ACTCTX_FLAG_HMODULE_VALID) {
        SetLastError(flags & ACTCTX_FLAG_HMODULE_VALID ? ERROR_RESOURCE_TYPE_NOT_FOUND
                                                       : ERROR_INVALID_PARAMETER);
        return INVALID_HANDLE_VALUE;
    }
    if (flags & ACTCTX_FLAG_LANGID_VALID)
        source.language = parameters->wLangId;
    if (flags & ACTCTX_FLAG_ASSEMBLY_DIRECTORY_VALID)
        source.directory = parameters->lpAssemblyDirectory;
    if (flags & ACTCTX_FLAG_SOURCE_IS_ASSEMBLYREF)
        status = STATUS_SXS_CANT_GEN_ACTCTX; /* a reference into a component store, which there is none of */
    if (!(path = RtlAllocateHeap(process_heap(), 0, 32768 * sizeof(WCHAR))))
        status = STATUS_NO_MEMORY;
    if (!status && parameters->lpSource) {
        if (!GetFullPathNameW(parameters->lpSource, 32768, path, NULL))
            status = STATUS_OBJECT_NAME_INVALID;
    } else if (!status && !GetModuleFileNameW(parameters->hModule, path, 32768)) {
        status = STATUS_DLL_NOT_FOUND;
    }
    if (flags & ACTCTX_FLAG_HMODULE_VALID)
        source.module = parameters->hModule;
    source.path = path;
    if (!status)
        status = GwCreateActivationContext(&source, &context, NULL);
    if (!status && flags & ACTCTX_FLAG_SET_PROCESS_DEFAULT &&
        (status = GwSetProcessActivationContext(context)) != STATUS_SUCCESS)
        RtlReleaseActivationContext(context);
    RtlFreeHeap(process_heap(), 0, path);
    return set_status(status) ? context : INVALID_HANDLE_VALUE;
}

HANDLE WINAPI CreateActCtxA(const ACTCTXA *parameters)
{
    ACTCTXW wide = {.cbSize = sizeof wide};
    WCHAR *source = NULL, *directory = NULL, *resource = NULL;
    HANDLE context = INVALID_HANDLE_VALUE;

    if (!parameters || parameters->cbSize < sizeof *parameters) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return context;
    }
    wide.dwFlags = parameters->dwFlags;
    wide.wProcessorArchitecture = parameters->wProcessorArchitecture;
    wide.wLangId = parameters->wLangId;
    wide.hModule = parameters->hModule;
    BOOL ok = ansi_to_wide(parameters->lpSource, &source);
    if (ok && wide.dwFlags & ACTCTX_FLAG_ASSEMBLY_DIRECTORY_VALID)
        ok = ansi_to_wide(parameters->lpAssemblyDirectory, &directory);
    if (ok && wide.dwFlags & ACTCTX_FLAG_RESOURCE_NAME_VALID) {
        if (IS_INTRESOURCE(parameters->lpResourceName))
            wide.lpResourceName = (LPCWSTR)(ULONG_PTR)parameters->lpResourceName;
        else if ((ok = ansi_to_wide(parameters->lpResourceName, &resource)))
            wide.lpResourceName = resource;
    }
    wide.lpSource = source;
    wide.lpAssemblyDirectory = directory;
    if (ok)
        context = CreateActCtxW(&wide);
    free_wide(source);
    free_wide(directory);
    free_wide(resource);
    return context;
}

void WINAPI AddRefActCtx(HANDLE context)
{
    RtlAddRefActivationContext(context);
}

void WINAPI ReleaseActCtx(HANDLE context)
{
    RtlReleaseActivationContext(context);
}

BOOL WINAPI ZombifyActCtx(HANDLE context)
{
    return set_status(RtlZombifyActivationContext(context));
}

BOOL WINAPI ActivateActCtx(HANDLE context, ULONG_PTR *ret_cookie)
{
    return set_status(RtlActivateActivationContext(0, context, ret_cookie));
}

BOOL WINAPI DeactivateActCtx(DWORD flags, ULONG_PTR cookie)
{
    return set_status(RtlDeactivateActivationContext(flags, cookie));
}

BOOL WINAPI GetCurrentActCtx(HANDLE *ret_context)
{
    if (!ret_context)
        return set_status(STATUS_INVALID_PARAMETER);
    return set_status(RtlGetActiveActivationContext((ACTIVATION_CONTEXT **)ret_context));
}

BOOL WINAPI FindActCtxSectionStringW(DWORD flags, const GUID *extension, ULONG section, LPCWSTR string,
                                     ACTCTX_SECTION_KEYED_DATA *data)
{
    UNICODE_STRING key;

    if (!string || !data)
        return set_status(STATUS_INVALID_PARAMETER);
    RtlInitUnicodeString(&key, string);
    return set_status(RtlFindActivationContextSectionString(flags, extension, section, &key, data));
}

BOOL WINAPI FindActCtxSectionStringA(DWORD flags, const GUID *extension, ULONG section, LPCSTR string,
                                     ACTCTX_SECTION_KEYED_DATA *data)
{
    WCHAR *wide;

    if (!string || !data)
        return set_status(STATUS_INVALID_PARAMETER);
    if (!ansi_to_wide(string, &wide))
        return FALSE;
    BOOL ok = FindActCtxSectionStringW(flags, extension, section, wide, data);
    free_wide(wide);
    return ok;
}

BOOL WINAPI FindActCtxSectionGuid(DWORD flags, const GUID *extension, ULONG section, const GUID *guid,
                                  ACTCTX_SECTION_KEYED_DATA *data)
{
    if (!data)
        return set_status(STATUS_INVALID_PARAMETER);
    return set_status(RtlFindActivationContextSectionGuid(flags, extension, section, guid, data));
}

/* QUERY_ACTCTX_FLAG_... are ntdll's flags two bits up, but for the last one. */
BOOL WINAPI QueryActCtxW(DWORD flags, HANDLE context, PVOID instance, ULONG class, PVOID buffer, SIZE_T size,
                         SIZE_T *ret_length)
{
    if (flags & ~(QUERY_ACTCTX_FLAG_NO_ADDREF | 0x1cu))
        return set_status(STATUS_INVALID_PARAMETER);
    ULONG native = (flags & QUERY_ACTCTX_FLAG_NO_ADDREF) | (flags & 0x1c) >> 2;
    return set_status(
        RtlQueryInformationActivationContext(native, context, instance, class, buffer, size, ret_length));
}

BOOL WINAPI QueryActCtxSettingsW(DWORD flags, HANDLE context, PCWSTR namespace, PCWSTR name, PWSTR buffer,
                                 SIZE_T length, SIZE_T *ret_length)
{
    return set_status(RtlQueryActivationContextApplicationSettings(flags, context, namespace, name, buffer,
                                                                   length, ret_length));
}
