/*
 * What the guest says on stderr: ntdll's crash reports and the names of missing functions.
 */
#include "ke/ke.h"
#include "mm/guest.h"
#include <nt/syscalls.h>
#include <unistd.h>

#define MAX_TEXT 8192

NTSTATUS GwDebugPrint(void *Text, ULONG Length)
{
    char text[MAX_TEXT];
    size_t length = Length < sizeof text ? Length : sizeof text;
    NTSTATUS status = guest_copy(text, Text, length);
    if (!NT_SUCCESS(status))
        return status;
    for (size_t done = 0; done < length;) {
        ssize_t n = write(2, text + done, length - done);
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    return STATUS_SUCCESS;
}
