/*
 * Directories of names, and listing them.
 */
#include "ob/directory.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include "ob/share.h"
#include "session/session.h"
#include <nt/syscalls.h>
#include <stdlib.h>
#include <string.h>

enum { DIRECTORY_QUERY = 1, DIRECTORY_TRAVERSE = 2, DIRECTORY_CREATE_OBJECT = 4 };

static NTSTATUS adopt_directory(struct ob_reception *reception, void **ret_object)
{
    (void)reception;
    *ret_object = ob_create(&ob_directory_type);
    return *ret_object ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

static const struct ob_share_type directory_share = {GW_TYPE_DIRECTORY, NULL, adopt_directory, NULL, false};

const struct ob_type ob_directory_type = {
    .name = "Directory",
    .size = sizeof(struct ob_directory),
    .generic_read = READ_CONTROL | DIRECTORY_QUERY | DIRECTORY_TRAVERSE,
    .generic_write = READ_CONTROL | 0xc,
    .generic_execute = READ_CONTROL | DIRECTORY_QUERY | DIRECTORY_TRAVERSE,
    .all_access = STANDARD_RIGHTS_REQUIRED | 0xf,
    .share = &directory_share,
};

NTSTATUS ob_directory_handle(struct ob_directory *directory, uint32_t *ret_handle)
{
    struct gw_connection *connection;
    *ret_handle = directory ? directory->builtin : 0;
    if (!directory || directory->builtin)
        return STATUS_SUCCESS;
    return ob_share_handle(directory, &connection, ret_handle);
}

NTSTATUS NtCreateDirectoryObject(HANDLE *DirectoryHandle, ACCESS_MASK DesiredAccess,
                                 OBJECT_ATTRIBUTES *ObjectAttributes)
{
    struct ob_directory *directory = ob_create(&ob_directory_type);
    return directory ? ob_insert(directory, ObjectAttributes, DesiredAccess, DirectoryHandle)
                     : STATUS_NO_MEMORY;
}

NTSTATUS NtOpenDirectoryObject(HANDLE *DirectoryHandle, ACCESS_MASK DesiredAccess,
                               OBJECT_ATTRIBUTES *ObjectAttributes)
{
    return ob_open(&ob_directory_type, ObjectAttributes, DesiredAccess, DirectoryHandle);
}

struct directory_entry {
    UNICODE_STRING name, type;
};

static const char *type_name(unsigned code)
{
    static const char *const names[GW_TYPE_MAX] = {
        [GW_TYPE_DIRECTORY] = "Directory",
        [GW_TYPE_SYMBOLIC_LINK] = "SymbolicLink",
        [GW_TYPE_EVENT] = "Event",
        [GW_TYPE_MUTANT] = "Mutant",
        [GW_TYPE_SEMAPHORE] = "Semaphore",
        [GW_TYPE_TIMER] = "Timer",
        [GW_TYPE_SECTION] = "Section",
        [GW_TYPE_JOB] = "Job",
        [GW_TYPE_KEYED_EVENT] = "KeyedEvent",
        [GW_TYPE_COMPLETION] = "IoCompletion",
        [GW_TYPE_FILE] = "File",
        [GW_TYPE_PROCESS] = "Process",
        [GW_TYPE_THREAD] = "Thread",
        [GW_TYPE_TOKEN] = "Token",
    };
    return code < GW_TYPE_MAX && names[code] ? names[code] : "Object";
}

/* The entries of a server's list (u16 type, u16 bytes, name; padded to 4), as NT lays them out: the array
 * with an empty one at its end, then the strings. Returns how many fit and the bytes used; *ret_needed: for
 * one more. */
static size_t lay_out(const uint8_t *list, size_t size, const uint8_t *guest, uint8_t *copy, size_t room,
                      size_t limit, size_t *ret_used, size_t *ret_needed)
{
    size_t used = sizeof(struct directory_entry), count = 0, at = 0;
    *ret_needed = 0;
    for (; at + 4 <= size && count < limit; count++) {
        const uint16_t *head = (const uint16_t *)(list + at);
        size_t more = sizeof(struct directory_entry) + head[1] + 2 + (strlen(type_name(head[0])) + 1) * 2;
        if (used + more > room) {
            *ret_needed = used + more;
            break;
        }
        used += more;
        at += 4 + ((head[1] + 3u) & ~3u);
    }
    struct directory_entry *entry = (struct directory_entry *)copy;
    size_t place = (count + 1) * sizeof *entry;
    if (count)
        memset(copy, 0, place);
    at = 0;
    for (size_t i = 0; i < count; i++, entry++) {
        const uint16_t *head = (const uint16_t *)(list + at);
        const char *type = type_name(head[0]);
        entry->name.Length = head[1];
        entry->name.MaximumLength = head[1] + 2;
        entry->name.Buffer = (PWSTR)(guest + place);
        memcpy(copy + place, head + 2, head[1]);
        *(WCHAR *)(copy + place + head[1]) = 0;
        place += head[1] + 2u;
        entry->type.Length = (USHORT)(strlen(type) * 2);
        entry->type.MaximumLength = entry->type.Length + 2;
        entry->type.Buffer = (PWSTR)(guest + place);
        for (size_t j = 0; j <= strlen(type); j++, place += 2)
            *(WCHAR *)(copy + place) = (WCHAR)type[j];
        at += 4 + ((head[1] + 3u) & ~3u);
    }
    *ret_used = used;
    return count;
}

NTSTATUS NtQueryDirectoryObject(HANDLE DirectoryHandle, void *Buffer, ULONG Length, BOOLEAN ReturnSingleEntry,
                                BOOLEAN RestartScan, ULONG *Context, ULONG *ReturnLength)
{
    enum { LIST_LIMIT = 0x10000 };
    struct gw_connection *connection;
    ULONG position = 0;
    void *object;
    NTSTATUS status = ob_handle_lookup(DirectoryHandle, &ob_directory_type, DIRECTORY_QUERY, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct gw_list_directory_in in;
    struct gw_list_directory_out out = {0};
    if (!RestartScan)
        status = guest_read(&position, Context);
    if (NT_SUCCESS(status))
        status = session_connect(true, &connection);
    if (NT_SUCCESS(status))
        status = ob_directory_handle(object, &in.handle);
    if (NT_SUCCESS(status)) {
        in.position = position;
        out.entries = malloc(LIST_LIMIT);
        out.entries_size = LIST_LIMIT;
        status = out.entries ? gw_list_directory(connection, &in, &out) : STATUS_NO_MEMORY;
    }
    ob_dereference(object);
    size_t used = 0, needed = 0, count = 0, room = Length < 0x40000 ? Length : 0x40000;
    uint8_t *copy = NT_SUCCESS(status) ? malloc(room + 1) : NULL;
    if (NT_SUCCESS(status) && !copy)
        status = STATUS_NO_MEMORY;
    if (NT_SUCCESS(status)) {
        count = lay_out(out.entries, out.entries_size, Buffer, copy, room, ReturnSingleEntry ? 1 : out.count,
                        &used, &needed);
        bool more = count < out.count || out.more;
        if (!count) {
            status = more ? STATUS_BUFFER_TOO_SMALL : STATUS_NO_MORE_ENTRIES;
        } else {
            status = guest_copy(Buffer, copy, used);
            position += (ULONG)count;
            if (NT_SUCCESS(status))
                status = guest_write(Context, position);
            if (NT_SUCCESS(status) && more && !ReturnSingleEntry)
                status = STATUS_MORE_ENTRIES;
        }
        ULONG length = (ULONG)(count ? used : needed);
        if (ReturnLength) {
            NTSTATUS written = guest_write(ReturnLength, length);
            if (!NT_SUCCESS(written))
                status = written;
        }
    }
    free(copy);
    free(out.entries);
    return status;
}
