/*
 * Counted strings from one encoding to another: the RtlXxxStringToYyyString family. Sizes include
 * a terminator; the ...Counted... functions write none.
 */
#include "casing.h"

PVOID NTAPI RtlAllocateHeap(PVOID heap, ULONG flags, SIZE_T size);
BOOLEAN NTAPI RtlFreeHeap(PVOID heap, ULONG flags, PVOID memory);

typedef NTSTATUS(NTAPI *from_unicode_function)(CHAR *to, ULONG to_size, ULONG *ret_size, const WCHAR *from,
                                               ULONG from_size);
typedef NTSTATUS(NTAPI *to_unicode_function)(WCHAR *to, ULONG to_size, ULONG *ret_size, const CHAR *from,
                                             ULONG from_size);

ULONG NTAPI RtlxAnsiStringToUnicodeSize(const STRING *string)
{
    ULONG size;

    RtlMultiByteToUnicodeSize(&size, string->Buffer, string->Length);
    return size + sizeof(WCHAR);
}

ULONG NTAPI RtlxOemStringToUnicodeSize(const STRING *string)
{
    ULONG size;

    RtlOemToUnicodeN(NULL, 0, &size, string->Buffer, string->Length);
    return size + sizeof(WCHAR);
}

ULONG NTAPI RtlxUnicodeStringToAnsiSize(const UNICODE_STRING *string)
{
    ULONG size;

    RtlUnicodeToMultiByteSize(&size, string->Buffer, string->Length);
    return size + 1;
}

ULONG NTAPI RtlxUnicodeStringToOemSize(const UNICODE_STRING *string)
{
    ULONG size;

    RtlUnicodeToOemN(NULL, 0, &size, string->Buffer, string->Length);
    return size + 1;
}

static NTSTATUS to_unicode(UNICODE_STRING *to, const STRING *from, BOOLEAN allocate, ULONG size,
                           to_unicode_function convert)
{
    NTSTATUS status;
    ULONG written;

    if (size > 0xffff)
        return STATUS_INVALID_PARAMETER_2;
    if (allocate) {
        to->Buffer = RtlAllocateHeap(process_heap(), 0, size);
        if (!to->Buffer)
            return STATUS_NO_MEMORY;
        to->MaximumLength = (USHORT)size;
    } else if (size > to->MaximumLength) {
        to->Length = (USHORT)(size - sizeof(WCHAR));
        return STATUS_BUFFER_OVERFLOW;
    }
    status = convert(to->Buffer, size - sizeof(WCHAR), &written, from->Buffer, from->Length);
    to->Length = (USHORT)written;
    to->Buffer[written / sizeof(WCHAR)] = 0;
    return status == STATUS_SOME_NOT_MAPPED ? STATUS_SUCCESS : status;
}

NTSTATUS NTAPI RtlAnsiStringToUnicodeString(UNICODE_STRING *to, const STRING *from, BOOLEAN allocate)
{
    return to_unicode(to, from, allocate, RtlxAnsiStringToUnicodeSize(from), RtlMultiByteToUnicodeN);
}

NTSTATUS NTAPI RtlOemStringToUnicodeString(UNICODE_STRING *to, const STRING *from, BOOLEAN allocate)
{
    return to_unicode(to, from, allocate, RtlxOemStringToUnicodeSize(from), RtlOemToUnicodeN);
}

NTSTATUS NTAPI RtlUTF8StringToUnicodeString(UNICODE_STRING *to, const STRING *from, BOOLEAN allocate)
{
    ULONG state, count = GwUtf8ToWide(0, from->Buffer, from->Length, NULL, 0, &state);

    return to_unicode(to, from, allocate, (count + 1) * sizeof(WCHAR), RtlUTF8ToUnicodeN);
}

/* When it does not fit: the ANSI family truncates and terminates, with STATUS_BUFFER_OVERFLOW. */
static NTSTATUS from_unicode(STRING *to, const UNICODE_STRING *from, BOOLEAN allocate, ULONG size,
                             BOOLEAN terminate, from_unicode_function convert)
{
    NTSTATUS status = STATUS_SUCCESS, converted;
    ULONG written;

    if (size > 0xffff)
        return STATUS_INVALID_PARAMETER_2;
    if (allocate) {
        to->Buffer = RtlAllocateHeap(process_heap(), 0, size ? size : 1);
        if (!to->Buffer)
            return STATUS_NO_MEMORY;
        to->MaximumLength = (USHORT)size;
    } else if (size > to->MaximumLength) {
        if (!to->MaximumLength || !terminate)
            return STATUS_BUFFER_OVERFLOW;
        size = to->MaximumLength;
        status = STATUS_BUFFER_OVERFLOW;
    }
    converted = convert(to->Buffer, terminate ? size - 1 : size, &written, from->Buffer, from->Length);
    to->Length = (USHORT)written;
    if (terminate)
        to->Buffer[written] = 0;
    return status == STATUS_SUCCESS && NT_ERROR(converted) ? converted : status;
}

NTSTATUS NTAPI RtlUnicodeStringToAnsiString(STRING *to, const UNICODE_STRING *from, BOOLEAN allocate)
{
    return from_unicode(to, from, allocate, RtlxUnicodeStringToAnsiSize(from), TRUE, RtlUnicodeToMultiByteN);
}

NTSTATUS NTAPI RtlUpcaseUnicodeStringToAnsiString(STRING *to, const UNICODE_STRING *from, BOOLEAN allocate)
{
    return from_unicode(to, from, allocate, RtlxUnicodeStringToAnsiSize(from), TRUE,
                        RtlUpcaseUnicodeToMultiByteN);
}

NTSTATUS NTAPI RtlUnicodeStringToOemString(STRING *to, const UNICODE_STRING *from, BOOLEAN allocate)
{
    return from_unicode(to, from, allocate, RtlxUnicodeStringToOemSize(from), TRUE, RtlUnicodeToOemN);
}

NTSTATUS NTAPI RtlUpcaseUnicodeStringToOemString(STRING *to, const UNICODE_STRING *from, BOOLEAN allocate)
{
    return from_unicode(to, from, allocate, RtlxUnicodeStringToOemSize(from), TRUE, RtlUpcaseUnicodeToOemN);
}

NTSTATUS NTAPI RtlUnicodeStringToCountedOemString(STRING *to, const UNICODE_STRING *from, BOOLEAN allocate)
{
    return from_unicode(to, from, allocate, RtlxUnicodeStringToOemSize(from) - 1, FALSE, RtlUnicodeToOemN);
}

NTSTATUS NTAPI RtlUpcaseUnicodeStringToCountedOemString(STRING *to, const UNICODE_STRING *from,
                                                        BOOLEAN allocate)
{
    return from_unicode(to, from, allocate, RtlxUnicodeStringToOemSize(from) - 1, FALSE,
                        RtlUpcaseUnicodeToOemN);
}

NTSTATUS NTAPI RtlUnicodeStringToUTF8String(STRING *to, const UNICODE_STRING *from, BOOLEAN allocate)
{
    ULONG state, size = GwWideToUtf8(0, from->Buffer, from->Length / sizeof(WCHAR), NULL, 0, &state);

    return from_unicode(to, from, allocate, size + 1, TRUE, RtlUnicodeToUTF8N);
}
