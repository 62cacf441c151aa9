/*
 * Calling entry points: process attach in dependency order, thread attach and detach, process detach in
 * reverse order. Loader lock held.
 */
#include "private.h"
#include <nt/sxs.h>

static BOOL call_entry(struct ldr_module *module, ULONG reason, void *reserved)
{
    void *entry = module->entry.EntryPoint;
    if (module == ldr_exe || module == ldr_ntdll || !entry || !(module->entry.Flags & LDRP_IMAGE_DLL))
        return TRUE;
    if (!module->entry.EntryPointActivationContext)
        return ldr_call_entry(entry, module->entry.DllBase, reason, reserved);
    ULONG_PTR cookie = 0;
    if (RtlActivateActivationContext(0, module->entry.EntryPointActivationContext, &cookie))
        return FALSE;
    BOOL ok = ldr_call_entry(entry, module->entry.DllBase, reason, reserved);
    RtlDeactivateActivationContext(1, cookie);
    return ok;
}

static NTSTATUS attach_one(struct ldr_module *module, void *reserved)
{
    PEB_LDR_DATA *list = ldr_peb()->Ldr;
    LIST_ENTRY *link = &module->entry.InInitializationOrderLinks,
               *head = &list->InInitializationOrderModuleList;
    BOOL ok;

    if (module != ldr_exe) {
        link->Flink = head, link->Blink = head->Blink;
        head->Blink->Flink = link, head->Blink = link;
    }
    module->entry.Flags |= LDRP_PROCESS_ATTACH_CALLED;
    ldr_tls_callbacks(module, DLL_PROCESS_ATTACH, reserved);
    ok = call_entry(module, DLL_PROCESS_ATTACH, reserved);
    if (ok) {
        module->state = LDR_STATE_READY;
        return STATUS_SUCCESS;
    }
    module->entry.Flags |= LDRP_PROCESS_ATTACH_FAILED;
    module->state = LDR_STATE_FAILED;
    if (!reserved) {
        call_entry(module, DLL_PROCESS_DETACH, NULL);
        module->entry.Flags &= ~LDRP_PROCESS_ATTACH_CALLED;
    }
    return STATUS_DLL_INIT_FAILED;
}

/* Attaches what root needs, then root. Members of a cycle come in the order of the walk. `reserved` is
 * DllMain's third argument: not NULL at process start. */
NTSTATUS ldr_attach(struct ldr_module *root, void *reserved)
{
    NTSTATUS status = STATUS_SUCCESS;
    if (root->state == LDR_STATE_FAILED)
        return STATUS_DLL_INIT_FAILED;
    if (root->state != LDR_STATE_BOUND)
        return STATUS_SUCCESS;
    root->state = LDR_STATE_INITIALIZING;
    for (ULONG i = 0; i < root->dependency_count && NT_SUCCESS(status); i++)
        status = ldr_attach(root->dependencies[i], reserved);
    if (!NT_SUCCESS(status)) {
        root->state = LDR_STATE_BOUND;
        return status;
    }
    return attach_one(root, reserved);
}

void ldr_detach(struct ldr_module *module, void *reserved)
{
    if (!(module->entry.Flags & LDRP_PROCESS_ATTACH_CALLED) ||
        module->entry.Flags & LDRP_PROCESS_ATTACH_FAILED)
        return;
    module->entry.Flags &= ~LDRP_PROCESS_ATTACH_CALLED;
    call_entry(module, DLL_PROCESS_DETACH, reserved);
    ldr_tls_callbacks(module, DLL_PROCESS_DETACH, reserved);
}

/* DLL_THREAD_ATTACH in order of initialization, DLL_THREAD_DETACH in reverse. */
void ldr_call_threads(ULONG reason)
{
    LIST_ENTRY *head = &ldr_peb()->Ldr->InInitializationOrderModuleList, *link;
    BOOLEAN attach = reason == DLL_THREAD_ATTACH;

    if (!attach)
        ldr_tls_callbacks(ldr_exe, reason, NULL);
    for (link = attach ? head->Flink : head->Blink; link && link != head;
         link = attach ? link->Flink : link->Blink) {
        struct ldr_module *module = CONTAINING_RECORD(link, struct ldr_module,
                                                      entry.InInitializationOrderLinks);
        if (!(module->entry.Flags & LDRP_PROCESS_ATTACH_CALLED) || module->state != LDR_STATE_READY)
            continue;
        if (attach)
            ldr_tls_callbacks(module, reason, NULL);
        if (!(module->entry.Flags & LDRP_DONT_CALL_FOR_THREADS))
            call_entry(module, reason, NULL);
        if (!attach)
            ldr_tls_callbacks(module, reason, NULL);
    }
    if (attach)
        ldr_tls_callbacks(ldr_exe, reason, NULL);
}

NTSTATUS NTAPI LdrDisableThreadCalloutsForDll(PVOID handle)
{
    NTSTATUS status = STATUS_SUCCESS;
    RtlEnterCriticalSection(&ldr_lock);
    struct ldr_module *module = ldr_module_from_handle(handle);
    if (!module)
        status = STATUS_DLL_NOT_FOUND;
    else if (module->has_tls) /* static TLS needs the calls; Windows ignores the request as well */
        status = STATUS_SUCCESS;
    else
        module->entry.Flags |= LDRP_DONT_CALL_FOR_THREADS;
    RtlLeaveCriticalSection(&ldr_lock);
    return status;
}
