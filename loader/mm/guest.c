/*
 * Guest copy helpers built on guest_copy.
 */
#include "mm/guest.h"
#include "wow/wow.h"

#include <stdlib.h>

NTSTATUS guest_read_unicode_string(const UNICODE_STRING *guest, WCHAR **ret_text, size_t *ret_length)
{
    UNICODE_STRING string;
    NTSTATUS status = guest_read(&string, guest);

    if (status)
        return status;
    size_t length = string.Length / sizeof(WCHAR);
    WCHAR *text = malloc((length + 1) * sizeof *text);
    if (!text)
        return STATUS_NO_MEMORY;
    if (length && (status = guest_copy(text, string.Buffer, length * sizeof *text))) {
        free(text);
        return status;
    }
    text[length] = 0;
    *ret_text = text;
    *ret_length = length;
    return STATUS_SUCCESS;
}

NTSTATUS guest_write_iosb(IO_STATUS_BLOCK *guest, NTSTATUS status, ULONG_PTR information)
{
    IO_STATUS_BLOCK block;

    if (wow_active) { /* also for the blocks of requests that finish later: they are always the guest's own */
        IO_STATUS_BLOCK32 narrow = {status, (ULONG)information};
        return guest_copy(guest, &narrow, sizeof narrow);
    }
    block.Pointer = NULL;
    block.Status = status;
    block.Information = information;
    return guest_write(guest, block);
}
