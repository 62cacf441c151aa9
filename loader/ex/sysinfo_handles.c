/*
 * The handles of all processes of the session: this one's from its table, the others are asked. A process
 * that does not answer (somebody has stopped it) has none here.
 */
#include "ex/sysinfo.h"
#include "ob/ob.h"
#include "ps/child.h"
#include "ps/remote.h"
#include "session/session.h"
#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* SYSTEM_HANDLE_TABLE_ENTRY_INFO and ..._EX */
struct entry {
    USHORT UniqueProcessId, CreatorBackTraceIndex;
    UCHAR ObjectTypeIndex, HandleAttributes;
    USHORT HandleValue;
    PVOID Object;
    ULONG GrantedAccess;
};
struct entry_ex {
    PVOID Object;
    ULONG_PTR UniqueProcessId, HandleValue;
    ULONG GrantedAccess;
    USHORT CreatorBackTraceIndex, ObjectTypeIndex;
    ULONG HandleAttributes, Reserved;
};
_Static_assert(sizeof(struct entry) == 24 && sizeof(struct entry_ex) == 40, "as in ntdll's headers");

struct list {
    uint8_t *data;
    size_t used, room;
    bool extended;
    ULONG_PTR count;
};

static bool add(struct list *list, uint32_t process, const struct ps_remote_handle *handle)
{
    size_t size = list->extended ? sizeof(struct entry_ex) : sizeof(struct entry);
    if (list->used + size > list->room) {
        size_t room = list->room * 2 + 4096;
        uint8_t *more = realloc(list->data, room);
        if (!more)
            return false;
        list->data = more;
        list->room = room;
    }
    if (list->extended) {
        struct entry_ex entry = {.UniqueProcessId = process,
                                 .HandleValue = handle->handle,
                                 .GrantedAccess = handle->access,
                                 .ObjectTypeIndex = handle->type,
                                 .HandleAttributes = handle->attributes};
        memcpy(list->data + list->used, &entry, sizeof entry);
    } else {
        struct entry entry = {.UniqueProcessId = (USHORT)process,
                              .ObjectTypeIndex = handle->type,
                              .HandleAttributes = handle->attributes,
                              .HandleValue = (USHORT)handle->handle,
                              .GrantedAccess = handle->access};
        memcpy(list->data + list->used, &entry, sizeof entry);
    }
    list->used += size;
    list->count++;
    return true;
}

static bool add_all(struct list *list, int pid)
{
    struct ps_process *process;
    struct ps_remote_handle *handles = NULL;
    size_t count = 0;
    bool good = true;
    if (pid == getpid()) {
        handles = ps_own_handles(&count);
    } else if (session_is_ours(pid) && !ps_is_stopped(pid) && NT_SUCCESS(ps_process_open(pid, &process))) {
        if (!NT_SUCCESS(ps_remote_list_handles(process, &handles, &count)))
            handles = NULL;
        ob_dereference(process);
    }
    for (size_t i = 0; handles && i < count && good; i++)
        good = add(list, (uint32_t)pid * 4, &handles[i]);
    free(handles);
    return good;
}

NTSTATUS ex_query_handles(bool extended, void *buffer, ULONG length, ULONG *guest_length)
{
    struct list list = {.extended = extended, .used = extended ? 16 : 8, .room = 65536};
    DIR *directory = opendir("/proc");
    struct dirent *entry;
    bool good = directory && (list.data = malloc(list.room));
    while (good && (entry = readdir(directory)))
        if (isdigit((unsigned char)entry->d_name[0]))
            good = add_all(&list, atoi(entry->d_name));
    if (directory)
        closedir(directory);
    NTSTATUS status = STATUS_NO_MEMORY;
    if (good) {
        memset(list.data, 0, extended ? 16 : 8);
        memcpy(list.data, &list.count, extended ? sizeof list.count : sizeof(ULONG)); /* its low half */
        status = ex_answer(list.data, list.used, buffer, length, guest_length, false);
    }
    free(list.data);
    return status;
}
