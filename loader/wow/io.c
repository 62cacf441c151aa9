/*
 * Thunks of waiting and file calls. I/O status blocks are the guest's own in all calls: what finishes a
 * request writes the 32-bit layout (mm/guest.c, io/request.c).
 */
#include "wow/layout.h"
#include "wow/thunk.h"
#include <nt/io.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MAXIMUM = 64, PACKETS = 64, SET_MAXIMUM = 70000 };

NTSTATUS wow_NtWaitForMultipleObjects(const uint32_t *a)
{
    uint32_t narrow[WAIT_MAXIMUM];
    HANDLE handles[WAIT_MAXIMUM];
    ULONG count = a[0];
    if (count && count <= WAIT_MAXIMUM) {
        NTSTATUS status = guest_copy(narrow, wow_pointer(a[1]), count * sizeof *narrow);
        if (!NT_SUCCESS(status))
            return status;
        for (ULONG i = 0; i < count; i++)
            handles[i] = wow_handle(narrow[i]);
    }
    return NtWaitForMultipleObjects(count, handles, a[2], (BOOLEAN)a[3], wow_pointer(a[4]));
}

NTSTATUS wow_NtRemoveIoCompletionEx(const uint32_t *a)
{
    FILE_IO_COMPLETION_INFORMATION wide[PACKETS];
    struct {
        PTR32 key, apc;
        IO_STATUS_BLOCK32 iosb;
    } narrow[PACKETS];
    ULONG removed = 0;
    NTSTATUS status = NtRemoveIoCompletionEx(wow_handle(a[0]), wide, a[2] < PACKETS ? a[2] : PACKETS,
                                             &removed, wow_pointer(a[4]), (BOOLEAN)a[5]);
    for (ULONG i = 0; i < removed; i++) {
        narrow[i].key = (PTR32)(uint64_t)wide[i].KeyContext;
        narrow[i].apc = (PTR32)(uint64_t)wide[i].ApcContext;
        narrow[i].iosb.Status = wide[i].IoStatusBlock.Status;
        narrow[i].iosb.Information = (ULONG)wide[i].IoStatusBlock.Information;
    }
    if (removed) {
        NTSTATUS written = guest_copy(wow_pointer(a[1]), narrow, removed * sizeof *narrow);
        if (!NT_SUCCESS(written))
            return written;
    }
    if (a[2]) {
        NTSTATUS written = guest_copy(wow_pointer(a[3]), &removed, sizeof removed);
        if (!NT_SUCCESS(written))
            return written;
    }
    return status;
}

/* Names relative to a handle, and completion ports. */
NTSTATUS wow_NtSetInformationFile(const uint32_t *a)
{
    struct rename32 {
        ULONG flags;
        PTR32 root;
        ULONG length;
    } narrow;
    NTSTATUS status;
    switch (a[4]) {
    case FileRenameInformation:
    case FileRenameInformationEx:
    case FileLinkInformation:
    case FileLinkInformationEx: {
        const size_t head = offsetof(FILE_RENAME_INFORMATION, FileName);
        if (a[3] < sizeof narrow)
            return STATUS_INFO_LENGTH_MISMATCH;
        if (a[3] > SET_MAXIMUM)
            return STATUS_INVALID_PARAMETER;
        size_t text = a[3] - sizeof narrow;
        FILE_RENAME_INFORMATION *wide = calloc(1, head + text + 8);
        if (!wide)
            return STATUS_NO_MEMORY;
        status = guest_copy(&narrow, wow_pointer(a[2]), sizeof narrow);
        if (NT_SUCCESS(status))
            status = guest_copy(wide->FileName, (uint8_t *)wow_pointer(a[2]) + sizeof narrow, text);
        wide->Flags = narrow.flags;
        wide->RootDirectory = wow_handle(narrow.root);
        wide->FileNameLength = narrow.length;
        if (NT_SUCCESS(status))
            status = NtSetInformationFile(wow_handle(a[0]), wow_pointer(a[1]), wide, (ULONG)(head + text),
                                          a[4]);
        free(wide);
        return status;
    }
    case FileCompletionInformation:
    case FileReplaceCompletionInformation: {
        uint32_t words[2];
        FILE_COMPLETION_INFORMATION wide;
        if (a[3] < sizeof words)
            return STATUS_INFO_LENGTH_MISMATCH;
        status = guest_copy(words, wow_pointer(a[2]), sizeof words);
        wide.Port = wow_handle(words[0]);
        wide.Key = wow_pointer(words[1]);
        return NT_SUCCESS(status)
                   ? NtSetInformationFile(wow_handle(a[0]), wow_pointer(a[1]), &wide, sizeof wide, a[4])
                   : status;
    }
    }
    return NtSetInformationFile(wow_handle(a[0]), wow_pointer(a[1]), wow_pointer(a[2]), a[3], a[4]);
}

NTSTATUS wow_NtSetTimerEx(const uint32_t *a)
{
    static const char layout[] = "l3p2ip";
    uint64_t narrow[6], wide[7];
    if (a[1] != 0)
        return STATUS_INVALID_INFO_CLASS;
    if (a[3] != wow_size(layout, false))
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS status = guest_copy(narrow, wow_pointer(a[2]), a[3]);
    if (!NT_SUCCESS(status))
        return status;
    wow_widen(layout, narrow, wide);
    return NtSetTimerEx(wow_handle(a[0]), a[1], wide, (ULONG)wow_size(layout, true));
}
