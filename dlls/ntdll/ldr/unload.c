/*
 * Unloading: a module stays while it is referenced explicitly, pinned, or reachable through the
 * imports of one that is. What is left over is detached in reverse order of initialization and
 * unmapped; cycles of imports go together.
 */
#include "private.h"

static void mark(struct ldr_module *module)
{
    if (module->marked)
        return;
    module->marked = TRUE;
    for (ULONG i = 0; i < module->dependency_count; i++)
        mark(module->dependencies[i]);
}

static struct ldr_module *next_module(LIST_ENTRY *link)
{
    return CONTAINING_RECORD(link, struct ldr_module, entry.InLoadOrderLinks);
}

static struct ldr_module *next_initialized(LIST_ENTRY *link)
{
    return CONTAINING_RECORD(link, struct ldr_module, entry.InInitializationOrderLinks);
}

/* Removes what nothing needs. DllMain may load and free again; then another round follows. */
void ldr_collect(void)
{
    static BOOLEAN running, again;
    PEB_LDR_DATA *list = ldr_peb()->Ldr;
    LIST_ENTRY *head = &list->InLoadOrderModuleList, *link;

    if (ldr_shutting_down)
        return;
    if (running) {
        again = TRUE;
        return;
    }
    running = TRUE;
    do {
        BOOLEAN garbage = FALSE;
        again = FALSE;
        for (link = head->Flink; link != head; link = link->Flink)
            next_module(link)->marked = FALSE;
        for (link = head->Flink; link != head; link = link->Flink)
            if (next_module(link)->references || next_module(link)->state == LDR_STATE_INITIALIZING)
                mark(next_module(link));
        for (link = head->Flink; link != head; link = link->Flink)
            garbage |= !next_module(link)->marked;
        if (!garbage)
            break;
        LIST_ENTRY *initialized = &list->InInitializationOrderModuleList;
        for (link = initialized->Blink; link != initialized;) {
            struct ldr_module *module = next_initialized(link);
            LIST_ENTRY *previous = link->Blink;
            if (!module->marked && module->entry.Flags & LDRP_PROCESS_ATTACH_CALLED) {
                ldr_detach(module, NULL);
                previous = initialized->Blink; /* DllMain may have changed the list */
            }
            link = previous;
        }
        /* A detach that loaded a module again has referenced it or something that needs it. */
        for (link = head->Flink; link != head; link = link->Flink)
            if (next_module(link)->references)
                mark(next_module(link));
        for (link = head->Blink; link != head;) {
            struct ldr_module *module = next_module(link);
            link = link->Blink;
            if (module->marked)
                continue;
            if (module->state != LDR_STATE_FAILED)
                ldr_notify(module, LDR_DLL_NOTIFICATION_REASON_UNLOADED);
            void *base = module->entry.DllBase;
            for (LIST_ENTRY *other = head->Flink; other != head; other = other->Flink)
                if (next_module(other)->last_forward == module)
                    next_module(other)->last_forward = NULL;
            ldr_tls_remove_module(module);
            ldr_remove_module(module);
            NtUnmapViewOfSection(NtCurrentProcess(), base);
        }
    } while (again);
    running = FALSE;
}

NTSTATUS NTAPI LdrUnloadDll(PVOID handle)
{
    NTSTATUS status = STATUS_SUCCESS;
    if (ldr_shutting_down)
        return STATUS_SUCCESS;
    RtlEnterCriticalSection(&ldr_lock);
    struct ldr_module *module = ldr_module_from_handle(handle);
    if (!module) {
        status = STATUS_DLL_NOT_FOUND;
    } else if (module->references != LDR_PINNED && module->references > 0) {
        if (module->entry.ObsoleteLoadCount > 1)
            module->entry.ObsoleteLoadCount--;
        if (--module->references == 0)
            ldr_collect();
    }
    RtlLeaveCriticalSection(&ldr_lock);
    return status;
}

NTSTATUS NTAPI LdrAddRefDll(ULONG flags, PVOID handle)
{
    NTSTATUS status = STATUS_SUCCESS;
    if (flags & ~LDR_ADDREF_DLL_PIN)
        return STATUS_INVALID_PARAMETER;
    RtlEnterCriticalSection(&ldr_lock);
    struct ldr_module *module = ldr_module_from_handle(handle);
    if (!module)
        status = STATUS_INVALID_PARAMETER;
    else if (flags & LDR_ADDREF_DLL_PIN)
        module->references = LDR_PINNED, module->entry.ObsoleteLoadCount = 0xffff;
    else if (module->references != LDR_PINNED)
        module->references++;
    RtlLeaveCriticalSection(&ldr_lock);
    return status;
}
