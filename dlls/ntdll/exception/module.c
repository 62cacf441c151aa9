/*
 * From an address to the module it is in, by the loader's lists.
 */
#include <nt/exception.h>
#include <nt/ldr.h>
#include <nt/peb.h>

/* Walks without the loader lock: modules are unlinked before they are freed, and whoever asks about
 * an address is in a module that stays loaded. */
void exception_find_module(ULONG_PTR address, struct exception_module *ret_module)
{
    const PEB_LDR_DATA *loader = NtCurrentTeb()->ProcessEnvironmentBlock->Ldr;
    ret_module->base = 0;
    ret_module->name[0] = 0;
    if (!loader || !loader->InLoadOrderModuleList.Flink)
        return;
    const LIST_ENTRY *head = &loader->InLoadOrderModuleList;
    for (const LIST_ENTRY *at = head->Flink; at != head; at = at->Flink) {
        const LDR_DATA_TABLE_ENTRY *entry = CONTAINING_RECORD(at, LDR_DATA_TABLE_ENTRY, InLoadOrderLinks);
        if (address - (ULONG_PTR)entry->DllBase >= entry->SizeOfImage)
            continue;
        ret_module->base = (ULONG_PTR)entry->DllBase;
        ret_module->size = entry->SizeOfImage;
        size_t length = entry->BaseDllName.Length / 2;
        if (length > sizeof ret_module->name - 1)
            length = sizeof ret_module->name - 1;
        for (size_t i = 0; i < length; i++)
            ret_module->name[i] = entry->BaseDllName.Buffer[i] < 0x7f ? (char)entry->BaseDllName.Buffer[i]
                                                                      : '?';
        ret_module->name[length] = 0;
        return;
    }
}
