/*
 * The exported face of the loader: load, find, enumerate, lock, notify, directories.
 */
#include "private.h"

extern UNICODE_STRING ldr_dll_directory;
extern LIST_ENTRY ldr_user_directories;

struct notification {
    LIST_ENTRY link;
    PLDR_DLL_NOTIFICATION_FUNCTION function;
    PVOID context;
};
static LIST_ENTRY notifications = {&notifications, &notifications}; /* under the loader lock */

/* What LdrLoadDll's first argument means: flags if the lowest bit is set, else a search path. */
static void decode_path(PWSTR path, struct ldr_load *load)
{
    if ((ULONG_PTR)path & 1)
        load->flags = (ULONG)(ULONG_PTR)path & ~1u;
    else
        load->search_path = path;
}

/* An absolute name, normalized by the path functions; NULL if it is not absolute. On the heap. */
static WCHAR *absolute_name(const WCHAR *name, ULONG *length)
{
    BOOLEAN relative = TRUE, separator = FALSE;
    for (ULONG i = 0; i < *length; i++)
        separator |= name[i] == '\\' || name[i] == '/' || name[i] == ':';
    if (*length > 2 && name[1] == ':' && (name[2] == '\\' || name[2] == '/'))
        relative = FALSE;
    if (*length > 1 && (name[0] == '\\' || name[0] == '/'))
        relative = FALSE;
    if (*length > 1 && name[0] == '.' && (name[1] == '\\' || name[1] == '/' || name[1] == '.'))
        relative = FALSE;
    if (*length > 1 && name[1] == ':')
        relative = FALSE;
    if (!separator || relative)
        return NULL;
    ULONG capacity = *length + 1024;
    WCHAR *full = ldr_allocate(capacity * sizeof(WCHAR));
    if (!full)
        return NULL;
    ULONG bytes = RtlGetFullPathName_U((PWSTR)name, capacity * sizeof(WCHAR), full, NULL);
    if (!bytes || bytes >= capacity * sizeof(WCHAR)) {
        ldr_free(full);
        return NULL;
    }
    *length = bytes / sizeof(WCHAR);
    return full;
}

NTSTATUS NTAPI LdrLoadDll(PWSTR path, ULONG *characteristics, UNICODE_STRING *name, PVOID *ret_handle)
{
    WCHAR local[300], *buffer = local, *full = NULL;
    struct ldr_load load = {0};
    struct ldr_module *module;
    ULONG length, capacity = name->Length / sizeof(WCHAR) + 8;
    NTSTATUS status;

    *ret_handle = NULL;
    decode_path(path, &load);
    if (characteristics && *characteristics & IMAGE_FILE_EXECUTABLE_IMAGE)
        load.no_resolve = TRUE;
    if (capacity > 300 && !(buffer = ldr_allocate(capacity * sizeof(WCHAR))))
        return STATUS_NO_MEMORY;
    length = ldr_complete_name(name->Buffer, name->Length / sizeof(WCHAR), buffer, capacity);
    if (!length) {
        if (buffer != local)
            ldr_free(buffer);
        return STATUS_DLL_NOT_FOUND;
    }
    full = absolute_name(buffer, &length);
    const WCHAR *wanted = full ? full : buffer;
    WCHAR *altered = NULL;
    if (load.flags & (LOAD_WITH_ALTERED_SEARCH_PATH | LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR) && full) {
        ULONG directory = length;
        while (directory && wanted[directory - 1] != '\\')
            directory--;
        if ((altered = ldr_allocate((directory + 1) * sizeof(WCHAR))))
            memcpy(altered, wanted, directory * sizeof(WCHAR));
        load.altered = altered;
    }
    if (ldr_shutting_down) {
        status = ldr_find_loaded(wanted, length, &module);
    } else {
        RtlEnterCriticalSection(&ldr_lock);
        status = ldr_load_and_attach(&load, wanted, length, &module);
        RtlLeaveCriticalSection(&ldr_lock);
    }
    if (NT_SUCCESS(status))
        *ret_handle = module->entry.DllBase;
    ldr_free(altered);
    ldr_free(full);
    if (buffer != local)
        ldr_free(buffer);
    return status;
}

NTSTATUS NTAPI LdrGetDllHandleByName(UNICODE_STRING *base_name, UNICODE_STRING *full_name, PVOID *ret_handle)
{
    struct ldr_module *module = NULL;
    if (base_name)
        module = ldr_find_base_name(base_name->Buffer, base_name->Length / sizeof(WCHAR));
    else if (full_name)
        module = ldr_find_full_name(full_name->Buffer, full_name->Length / sizeof(WCHAR));
    if (!module)
        return STATUS_DLL_NOT_FOUND;
    *ret_handle = module->entry.DllBase;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrGetDllHandleEx(ULONG flags, PWSTR path, ULONG *characteristics, UNICODE_STRING *name,
                                 PVOID *ret_handle)
{
    WCHAR local[300], *buffer = local, *full;
    struct ldr_module *module = NULL;
    ULONG length, capacity = name->Length / sizeof(WCHAR) + 8;
    NTSTATUS status = STATUS_DLL_NOT_FOUND;

    (void)path, (void)characteristics;
    if (flags & ~3u)
        return STATUS_INVALID_PARAMETER;
    if (ret_handle)
        *ret_handle = NULL;
    if (capacity > 300 && !(buffer = ldr_allocate(capacity * sizeof(WCHAR))))
        return STATUS_NO_MEMORY;
    length = ldr_complete_name(name->Buffer, name->Length / sizeof(WCHAR), buffer, capacity);
    if (length) {
        full = absolute_name(buffer, &length);
        if (!(flags & LDR_GET_DLL_HANDLE_EX_UNCHANGED_REFCOUNT))
            RtlEnterCriticalSection(&ldr_lock);
        status = ldr_find_loaded(full ? full : buffer, length, &module);
        if (NT_SUCCESS(status)) {
            if (ret_handle)
                *ret_handle = module->entry.DllBase;
            if (flags & LDR_GET_DLL_HANDLE_EX_PIN)
                LdrAddRefDll(LDR_ADDREF_DLL_PIN, module->entry.DllBase);
            else if (!(flags & LDR_GET_DLL_HANDLE_EX_UNCHANGED_REFCOUNT))
                LdrAddRefDll(0, module->entry.DllBase);
        }
        if (!(flags & LDR_GET_DLL_HANDLE_EX_UNCHANGED_REFCOUNT))
            RtlLeaveCriticalSection(&ldr_lock);
        ldr_free(full);
    }
    if (buffer != local)
        ldr_free(buffer);
    return status;
}

NTSTATUS NTAPI LdrGetDllHandle(PWSTR path, ULONG *characteristics, UNICODE_STRING *name, PVOID *ret_handle)
{
    return LdrGetDllHandleEx(LDR_GET_DLL_HANDLE_EX_UNCHANGED_REFCOUNT, path, characteristics, name,
                             ret_handle);
}

NTSTATUS NTAPI LdrGetDllHandleByMapping(PVOID base, PVOID *ret_handle)
{
    struct ldr_module *module = ldr_module_from_handle(base);
    if (!module)
        return STATUS_DLL_NOT_FOUND;
    *ret_handle = module->entry.DllBase;
    return STATUS_SUCCESS;
}

/* The full path of a module (NULL: the program), cut to what fits and then STATUS_BUFFER_TOO_SMALL. */
NTSTATUS NTAPI LdrGetDllFullName(PVOID handle, UNICODE_STRING *name)
{
    struct ldr_module *module = handle ? ldr_module_from_handle(handle) : ldr_exe;
    NTSTATUS status = STATUS_SUCCESS;
    if (!module)
        return STATUS_DLL_NOT_FOUND;
    ULONG length = module->entry.FullDllName.Length;
    if (length > name->MaximumLength)
        length = name->MaximumLength & ~1u, status = STATUS_BUFFER_TOO_SMALL;
    memcpy(name->Buffer, module->entry.FullDllName.Buffer, length);
    name->Length = length;
    if (length < name->MaximumLength)
        name->Buffer[length / sizeof(WCHAR)] = 0;
    return status;
}

NTSTATUS NTAPI LdrFindEntryForAddress(PVOID address, LDR_DATA_TABLE_ENTRY **ret_entry)
{
    struct ldr_module *module = ldr_module_from_address(address);
    if (!module)
        return STATUS_NO_MORE_ENTRIES;
    *ret_entry = &module->entry;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrEnumerateLoadedModules(BOOLEAN reserved, PLDR_ENUM_CALLBACK callback, PVOID context)
{
    BOOLEAN stop = FALSE;
    LIST_ENTRY *head = &ldr_peb()->Ldr->InLoadOrderModuleList;
    if (reserved || !callback)
        return STATUS_INVALID_PARAMETER;
    RtlEnterCriticalSection(&ldr_lock);
    for (LIST_ENTRY *link = head->Flink; link != head && !stop; link = link->Flink)
        callback(CONTAINING_RECORD(link, LDR_DATA_TABLE_ENTRY, InLoadOrderLinks), context, &stop);
    RtlLeaveCriticalSection(&ldr_lock);
    return STATUS_SUCCESS;
}

/* ------------------------------------------------------------------ the loader lock */

NTSTATUS NTAPI LdrLockLoaderLock(ULONG flags, ULONG *ret_disposition, ULONG_PTR *ret_cookie)
{
    static LONG count;
    NTSTATUS status = STATUS_SUCCESS;

    if (ret_disposition)
        *ret_disposition = 0;
    if (ret_cookie)
        *ret_cookie = 0;
    if (flags & ~3u)
        status = STATUS_INVALID_PARAMETER_1;
    else if (!ret_cookie)
        status = STATUS_INVALID_PARAMETER_3;
    else if (flags & LDR_LOCK_LOADER_LOCK_FLAG_TRY_ONLY && !ret_disposition)
        status = STATUS_INVALID_PARAMETER_2;
    if (!NT_SUCCESS(status)) {
        if (flags & LDR_LOCK_LOADER_LOCK_FLAG_RAISE_ON_ERRORS)
            RtlRaiseStatus(status);
        return status;
    }
    if (flags & LDR_LOCK_LOADER_LOCK_FLAG_TRY_ONLY && !RtlTryEnterCriticalSection(&ldr_lock)) {
        *ret_disposition = LDR_LOCK_LOADER_LOCK_DISPOSITION_LOCK_NOT_ACQUIRED;
        return STATUS_SUCCESS;
    }
    if (!(flags & LDR_LOCK_LOADER_LOCK_FLAG_TRY_ONLY))
        RtlEnterCriticalSection(&ldr_lock);
    if (ret_disposition)
        *ret_disposition = LDR_LOCK_LOADER_LOCK_DISPOSITION_LOCK_ACQUIRED;
    *ret_cookie = ((ULONG_PTR)ldr_teb()->ClientId.UniqueThread & 0xfff) << 16 |
                  (InterlockedIncrement(&count) & 0xffff);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrUnlockLoaderLock(ULONG flags, ULONG_PTR cookie)
{
    NTSTATUS status = STATUS_SUCCESS;
    if (flags & ~1u)
        status = STATUS_INVALID_PARAMETER_1;
    else if (!cookie)
        return STATUS_SUCCESS;
    else if (cookie >> 16 != ((ULONG_PTR)ldr_teb()->ClientId.UniqueThread & 0xfff))
        status = STATUS_INVALID_PARAMETER_2;
    if (!NT_SUCCESS(status)) {
        if (flags & LDR_LOCK_LOADER_LOCK_FLAG_RAISE_ON_ERRORS)
            RtlRaiseStatus(status);
        return status;
    }
    RtlLeaveCriticalSection(&ldr_lock);
    return STATUS_SUCCESS;
}

/* ------------------------------------------------------------------ notifications */

void ldr_notify(struct ldr_module *module, ULONG reason)
{
    LDR_DLL_NOTIFICATION_DATA data = {0, &module->entry.FullDllName, &module->entry.BaseDllName,
                                      module->entry.DllBase, module->entry.SizeOfImage};
    for (LIST_ENTRY *link = notifications.Flink, *next; link != &notifications; link = next) {
        struct notification *notification = CONTAINING_RECORD(link, struct notification, link);
        next = link->Flink;
        notification->function(reason, &data, notification->context);
    }
}

NTSTATUS NTAPI LdrRegisterDllNotification(ULONG flags, PLDR_DLL_NOTIFICATION_FUNCTION function, PVOID context,
                                          PVOID *ret_cookie)
{
    struct notification *notification;
    if (flags || !function || !ret_cookie)
        return STATUS_INVALID_PARAMETER;
    notification = ldr_allocate(sizeof *notification);
    if (!notification)
        return STATUS_NO_MEMORY;
    notification->function = function;
    notification->context = context;
    RtlEnterCriticalSection(&ldr_lock);
    notification->link.Flink = &notifications, notification->link.Blink = notifications.Blink;
    notifications.Blink->Flink = &notification->link, notifications.Blink = &notification->link;
    RtlLeaveCriticalSection(&ldr_lock);
    *ret_cookie = notification;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrUnregisterDllNotification(PVOID cookie)
{
    NTSTATUS status = STATUS_DLL_NOT_FOUND;
    RtlEnterCriticalSection(&ldr_lock);
    for (LIST_ENTRY *link = notifications.Flink; link != &notifications; link = link->Flink)
        if (CONTAINING_RECORD(link, struct notification, link) == cookie) {
            link->Blink->Flink = link->Flink;
            link->Flink->Blink = link->Blink;
            ldr_free(cookie);
            status = STATUS_SUCCESS;
            break;
        }
    RtlLeaveCriticalSection(&ldr_lock);
    return status;
}

/* ------------------------------------------------------------------ directories */

NTSTATUS NTAPI LdrSetDllDirectory(UNICODE_STRING *directory)
{
    WCHAR *copy = NULL;
    USHORT length = directory ? directory->Length : 0;
    if (directory && directory->Buffer) {
        copy = ldr_allocate(length + sizeof(WCHAR));
        if (!copy)
            return STATUS_NO_MEMORY;
        memcpy(copy, directory->Buffer, length);
    }
    RtlEnterCriticalSection(&ldr_lock);
    ldr_free(ldr_dll_directory.Buffer);
    ldr_dll_directory.Buffer = copy;
    ldr_dll_directory.Length = copy ? length : 0;
    RtlLeaveCriticalSection(&ldr_lock);
    return STATUS_SUCCESS;
}

/* On STATUS_BUFFER_TOO_SMALL Length is what is needed, with the terminator. */
NTSTATUS NTAPI LdrGetDllDirectory(UNICODE_STRING *directory)
{
    NTSTATUS status = STATUS_SUCCESS;
    RtlEnterCriticalSection(&ldr_lock);
    directory->Length = ldr_dll_directory.Length + sizeof(WCHAR);
    if (directory->MaximumLength < directory->Length) {
        status = STATUS_BUFFER_TOO_SMALL;
    } else {
        if (ldr_dll_directory.Length)
            memcpy(directory->Buffer, ldr_dll_directory.Buffer, ldr_dll_directory.Length);
        directory->Length -= sizeof(WCHAR);
        directory->Buffer[directory->Length / sizeof(WCHAR)] = 0;
    }
    RtlLeaveCriticalSection(&ldr_lock);
    return status;
}

NTSTATUS NTAPI LdrAddDllDirectory(UNICODE_STRING *directory, PVOID *ret_cookie)
{
    LIST_ENTRY *link;
    const WCHAR *path = directory->Buffer;
    if (directory->Length < 3 * sizeof(WCHAR) ||
        !((path[1] == ':' && (path[2] == '\\' || path[2] == '/')) || (path[0] == '\\' && path[1] == '\\')))
        return STATUS_INVALID_PARAMETER;
    link = ldr_allocate(sizeof *link + directory->Length + sizeof(WCHAR));
    if (!link)
        return STATUS_NO_MEMORY;
    memcpy(link + 1, path, directory->Length);
    RtlEnterCriticalSection(&ldr_lock);
    if (!ldr_user_directories.Flink)
        ldr_user_directories.Flink = ldr_user_directories.Blink = &ldr_user_directories;
    link->Flink = ldr_user_directories.Flink, link->Blink = &ldr_user_directories;
    ldr_user_directories.Flink->Blink = link, ldr_user_directories.Flink = link;
    RtlLeaveCriticalSection(&ldr_lock);
    *ret_cookie = link;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrRemoveDllDirectory(PVOID cookie)
{
    NTSTATUS status = STATUS_INVALID_PARAMETER;
    RtlEnterCriticalSection(&ldr_lock);
    for (LIST_ENTRY *link = ldr_user_directories.Flink; link && link != &ldr_user_directories;
         link = link->Flink)
        if (link == cookie) {
            link->Blink->Flink = link->Flink;
            link->Flink->Blink = link->Blink;
            ldr_free(link);
            status = STATUS_SUCCESS;
            break;
        }
    RtlLeaveCriticalSection(&ldr_lock);
    return status;
}

NTSTATUS NTAPI LdrSetDefaultDllDirectories(ULONG flags)
{
    if (!flags || flags & ~(ULONG)(LOAD_LIBRARY_SEARCH_APPLICATION_DIR | LOAD_LIBRARY_SEARCH_USER_DIRS |
                                   LOAD_LIBRARY_SEARCH_SYSTEM32 | LOAD_LIBRARY_SEARCH_DEFAULT_DIRS))
        return STATUS_INVALID_PARAMETER;
    ldr_default_directories = flags;
    return STATUS_SUCCESS;
}

/* ------------------------------------------------------------------ RTL_PROCESS_MODULES */

NTSTATUS NTAPI LdrQueryProcessModuleInformation(RTL_PROCESS_MODULES *information, ULONG size, ULONG *ret_size)
{
    LIST_ENTRY *head = &ldr_peb()->Ldr->InLoadOrderModuleList;
    ULONG used = FIELD_OFFSET(RTL_PROCESS_MODULES, Modules), count = 0;
    NTSTATUS status = STATUS_SUCCESS;

    if (size < used)
        status = STATUS_INFO_LENGTH_MISMATCH;
    RtlEnterCriticalSection(&ldr_lock);
    for (LIST_ENTRY *link = head->Flink; link != head; link = link->Flink) {
        struct ldr_module *module = CONTAINING_RECORD(link, struct ldr_module, entry.InLoadOrderLinks);
        used += sizeof information->Modules[0];
        if (size < used) {
            status = STATUS_INFO_LENGTH_MISMATCH;
            continue;
        }
        RTL_PROCESS_MODULE_INFORMATION *row = &information->Modules[count];
        ULONG written = 0;
        memset(row, 0, sizeof *row);
        row->ImageBase = module->entry.DllBase;
        row->ImageSize = module->entry.SizeOfImage;
        row->Flags = module->entry.Flags;
        row->LoadOrderIndex = (USHORT)count;
        row->LoadCount = module->entry.ObsoleteLoadCount;
        RtlUnicodeToMultiByteN((char *)row->FullPathName, sizeof row->FullPathName - 1, &written,
                               module->entry.FullDllName.Buffer, module->entry.FullDllName.Length);
        for (ULONG i = 0; i < written; i++)
            if (row->FullPathName[i] == '\\')
                row->OffsetToFileName = (USHORT)(i + 1);
        count++;
    }
    RtlLeaveCriticalSection(&ldr_lock);
    if (size >= FIELD_OFFSET(RTL_PROCESS_MODULES, Modules))
        information->NumberOfModules = count;
    if (ret_size)
        *ret_size = used;
    return status;
}
