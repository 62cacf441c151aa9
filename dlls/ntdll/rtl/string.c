/*
 * Counted strings: initialising, copying, appending, freeing. No code pages here.
 */
#include <nt/rtl.h>

#define MAX_BYTES 0xfffe

void NTAPI RtlInitUnicodeString(PUNICODE_STRING destination, PCWSTR source)
{
    size_t bytes = source ? wcslen(source) * sizeof(WCHAR) : 0;

    if (bytes > MAX_BYTES - sizeof(WCHAR))
        bytes = MAX_BYTES - sizeof(WCHAR);
    destination->Length = (USHORT)bytes;
    destination->MaximumLength = source ? (USHORT)(bytes + sizeof(WCHAR)) : 0;
    destination->Buffer = (PWSTR)source;
}

NTSTATUS NTAPI RtlInitUnicodeStringEx(PUNICODE_STRING destination, PCWSTR source)
{
    if (source && wcslen(source) * sizeof(WCHAR) > MAX_BYTES - sizeof(WCHAR))
        return STATUS_NAME_TOO_LONG;
    RtlInitUnicodeString(destination, source);
    return STATUS_SUCCESS;
}

void NTAPI RtlInitAnsiString(PANSI_STRING destination, const char *source)
{
    size_t bytes = source ? strlen(source) : 0;

    if (bytes > MAX_BYTES)
        bytes = MAX_BYTES;
    destination->Length = (USHORT)bytes;
    destination->MaximumLength = source ? (USHORT)(bytes + 1) : 0;
    destination->Buffer = (char *)source;
}

NTSTATUS NTAPI RtlInitAnsiStringEx(PANSI_STRING destination, const char *source)
{
    if (source && strlen(source) > MAX_BYTES)
        return STATUS_NAME_TOO_LONG;
    RtlInitAnsiString(destination, source);
    return STATUS_SUCCESS;
}

void NTAPI RtlInitString(PSTRING destination, const char *source)
{
    RtlInitAnsiString(destination, source);
}
NTSTATUS NTAPI RtlInitStringEx(PSTRING d, const char *s)
{
    return RtlInitAnsiStringEx(d, s);
}
void NTAPI RtlInitUTF8String(PUTF8_STRING d, const char *s)
{
    RtlInitAnsiString(d, s);
}
NTSTATUS NTAPI RtlInitUTF8StringEx(PUTF8_STRING d, const char *s)
{
    return RtlInitAnsiStringEx(d, s);
}

void NTAPI RtlCopyUnicodeString(PUNICODE_STRING destination, PCUNICODE_STRING source)
{
    USHORT bytes = source ? source->Length : 0;

    if (bytes > destination->MaximumLength)
        bytes = destination->MaximumLength;
    if (bytes)
        memmove(destination->Buffer, source->Buffer, bytes);
    destination->Length = bytes;
    if (bytes + sizeof(WCHAR) <= destination->MaximumLength)
        destination->Buffer[bytes / sizeof(WCHAR)] = 0;
}

void NTAPI RtlCopyString(PSTRING destination, const STRING *source)
{
    USHORT bytes = source ? source->Length : 0;

    if (bytes > destination->MaximumLength)
        bytes = destination->MaximumLength;
    if (bytes)
        memmove(destination->Buffer, source->Buffer, bytes);
    destination->Length = bytes;
}

static NTSTATUS append_unicode(PUNICODE_STRING destination, PCWSTR source, size_t bytes)
{
    if (destination->Length + bytes > destination->MaximumLength)
        return STATUS_BUFFER_TOO_SMALL;
    memmove((char *)destination->Buffer + destination->Length, source, bytes);
    destination->Length = (USHORT)(destination->Length + bytes);
    if (destination->Length + sizeof(WCHAR) <= destination->MaximumLength)
        destination->Buffer[destination->Length / sizeof(WCHAR)] = 0;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAppendUnicodeToString(PUNICODE_STRING destination, PCWSTR source)
{
    return source ? append_unicode(destination, source, wcslen(source) * sizeof(WCHAR)) : STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAppendUnicodeStringToString(PUNICODE_STRING destination, PCUNICODE_STRING source)
{
    return source->Length ? append_unicode(destination, source->Buffer, source->Length) : STATUS_SUCCESS;
}

static NTSTATUS append_bytes(PSTRING destination, const char *source, size_t bytes)
{
    if (destination->Length + bytes > destination->MaximumLength)
        return STATUS_BUFFER_TOO_SMALL;
    memmove(destination->Buffer + destination->Length, source, bytes);
    destination->Length = (USHORT)(destination->Length + bytes);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAppendAsciizToString(PSTRING destination, const char *source)
{
    return source ? append_bytes(destination, source, strlen(source)) : STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAppendStringToString(PSTRING destination, const STRING *source)
{
    return append_bytes(destination, source->Buffer, source->Length);
}

BOOLEAN NTAPI RtlCreateUnicodeString(PUNICODE_STRING destination, PCWSTR source)
{
    size_t bytes = (wcslen(source) + 1) * sizeof(WCHAR);
    PWSTR copy;

    if (bytes > MAX_BYTES || !(copy = RtlAllocateHeap(rtl_peb()->ProcessHeap, 0, bytes)))
        return FALSE;
    memcpy(copy, source, bytes);
    RtlInitUnicodeString(destination, copy);
    return TRUE;
}

/* Flags: 1 adds a terminator, 2 allocates one even for an empty string. */
NTSTATUS NTAPI RtlDuplicateUnicodeString(ULONG flags, PCUNICODE_STRING source, PUNICODE_STRING destination)
{
    if (flags & ~3u || flags == 2 || !source || !destination || source->Length > source->MaximumLength ||
        source->Length & 1 || (source->Length && !source->Buffer))
        return STATUS_INVALID_PARAMETER;
    if (!source->Length && flags != 3) {
        *destination = (UNICODE_STRING){0};
        return STATUS_SUCCESS;
    }
    size_t bytes = source->Length + (flags & 1 ? sizeof(WCHAR) : 0);
    if (bytes > MAX_BYTES)
        return STATUS_NAME_TOO_LONG;
    PWSTR copy = RtlAllocateHeap(rtl_peb()->ProcessHeap, 0, bytes);
    if (!copy)
        return STATUS_NO_MEMORY;
    memcpy(copy, source->Buffer, source->Length);
    if (flags & 1)
        copy[source->Length / sizeof(WCHAR)] = 0;
    destination->Buffer = copy;
    destination->Length = source->Length;
    destination->MaximumLength = (USHORT)bytes;
    return STATUS_SUCCESS;
}

void NTAPI RtlFreeUnicodeString(PUNICODE_STRING string)
{
    if (string->Buffer)
        RtlFreeHeap(rtl_peb()->ProcessHeap, 0, string->Buffer);
    *string = (UNICODE_STRING){0};
}

void NTAPI RtlFreeAnsiString(PANSI_STRING string)
{
    if (string->Buffer)
        RtlFreeHeap(rtl_peb()->ProcessHeap, 0, string->Buffer);
    *string = (ANSI_STRING){0};
}

void NTAPI RtlFreeOemString(POEM_STRING string)
{
    RtlFreeAnsiString(string);
}
void NTAPI RtlFreeUTF8String(PUTF8_STRING string)
{
    RtlFreeAnsiString(string);
}

void NTAPI RtlEraseUnicodeString(PUNICODE_STRING string)
{
    if (string->Buffer) {
        memset(string->Buffer, 0, string->MaximumLength);
        string->Length = 0;
    }
}
