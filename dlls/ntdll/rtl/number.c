/*
 * Integers and GUIDs from counted strings and back.
 */
#include <nt/rtl.h>

static int digit(unsigned c)
{
    if (c >= '0' && c <= '9')
        return (int)(c - '0');
    if (c >= 'a' && c <= 'z')
        return (int)(c - 'a') + 10;
    return c >= 'A' && c <= 'Z' ? (int)(c - 'A') + 10 : 99;
}

static BOOLEAN valid_base(ULONG base)
{
    return base == 0 || base == 2 || base == 8 || base == 10 || base == 16;
}

/* Leading blanks (anything up to space), a sign, 0x 0o 0b when base is 0; stops at the first other
 * character. Overflow wraps, as documented nowhere and relied upon. */
static NTSTATUS parse(const void *text, size_t count, BOOLEAN wide, ULONG base, PULONG ret_value)
{
    size_t i = 0;
    BOOLEAN negative = FALSE;
    ULONG value = 0;
#define AT(n) ((n) < count ? (wide ? ((PCWSTR)text)[n] : ((const UCHAR *)text)[n]) : 0u)

    while (i < count && AT(i) <= ' ' && AT(i))
        i++;
    if (AT(i) == '-' || AT(i) == '+') {
        negative = AT(i) == '-';
        i++;
    }
    if (!base) {
        base = 10;
        if (AT(i) == '0') {
            switch (AT(i + 1)) {
            case 'b': base = 2; break;
            case 'o': base = 8; break;
            case 'x': base = 16; break;
            }
            if (base != 10)
                i += 2;
        }
    } else if (!valid_base(base))
        return STATUS_INVALID_PARAMETER;
    for (; i < count && digit(AT(i)) < (int)base; i++)
        value = value * base + (ULONG)digit(AT(i));
#undef AT
    if (!ret_value)
        return STATUS_ACCESS_VIOLATION;
    *ret_value = negative ? 0 - value : value;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlCharToInteger(const char *string, ULONG base, PULONG value)
{
    return parse(string, strlen(string), FALSE, base, value);
}

NTSTATUS NTAPI RtlUnicodeStringToInteger(PCUNICODE_STRING string, ULONG base, PULONG value)
{
    return parse(string->Buffer, string->Length / sizeof(WCHAR), TRUE, base, value);
}

/* Digits at the end of a 64-character buffer; returns how many. */
static unsigned format(ULONGLONG value, ULONG base, char buffer[64])
{
    unsigned n = 0;

    do {
        buffer[63 - n++] = "0123456789ABCDEF"[value % base];
        value /= base;
    } while (value);
    return n;
}

NTSTATUS NTAPI RtlLargeIntegerToChar(const ULONGLONG *value, ULONG base, ULONG length, char *string)
{
    char buffer[64];

    if (!base)
        base = 10;
    if (!valid_base(base))
        return STATUS_INVALID_PARAMETER;
    unsigned n = format(*value, base, buffer);
    if (n > length)
        return STATUS_BUFFER_OVERFLOW;
    if (!string)
        return STATUS_ACCESS_VIOLATION;
    memcpy(string, buffer + 64 - n, n);
    if (n < length)
        string[n] = 0;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlIntegerToChar(ULONG value, ULONG base, ULONG length, char *string)
{
    ULONGLONG wide = value;
    return RtlLargeIntegerToChar(&wide, base, length, string);
}

NTSTATUS NTAPI RtlInt64ToUnicodeString(ULONGLONG value, ULONG base, PUNICODE_STRING string)
{
    char buffer[64];

    if (!base)
        base = 10;
    if (!valid_base(base))
        return STATUS_INVALID_PARAMETER;
    unsigned n = format(value, base, buffer);
    if ((n + 1) * sizeof(WCHAR) > string->MaximumLength) {
        if (n * sizeof(WCHAR) <= string->MaximumLength)
            string->Length = (USHORT)(n * sizeof(WCHAR));
        if (n * sizeof(WCHAR) > string->MaximumLength)
            return STATUS_BUFFER_OVERFLOW;
    }
    for (unsigned i = 0; i < n; i++)
        string->Buffer[i] = (WCHAR)buffer[64 - n + i];
    string->Length = (USHORT)(n * sizeof(WCHAR));
    if (string->Length < string->MaximumLength)
        string->Buffer[n] = 0;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlIntegerToUnicodeString(ULONG value, ULONG base, PUNICODE_STRING string)
{
    return RtlInt64ToUnicodeString(value, base, string);
}

/* {xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}: byte index of each pair of digits. */
static const UCHAR guid_order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

static unsigned guid_position(unsigned n)
{
    return 1 + 2 * n + (n >= 4) + (n >= 6) + (n >= 8) + (n >= 10);
}

NTSTATUS NTAPI RtlGUIDFromString(PCUNICODE_STRING string, GUID *guid)
{
    PCWSTR s = string->Buffer;
    UCHAR bytes[16];

    if (string->Length < 38 * sizeof(WCHAR) || s[0] != '{' || s[37] != '}' || s[9] != '-' || s[14] != '-' ||
        s[19] != '-' || s[24] != '-')
        return STATUS_INVALID_PARAMETER;
    for (unsigned n = 0; n < 16; n++) {
        int high = digit(s[guid_position(n)]), low = digit(s[guid_position(n) + 1]);
        if (high > 15 || low > 15)
            return STATUS_INVALID_PARAMETER;
        bytes[guid_order[n]] = (UCHAR)(high << 4 | low);
    }
    memcpy(guid, bytes, sizeof bytes);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlStringFromGUIDEx(const GUID *guid, PUNICODE_STRING string, BOOLEAN allocate)
{
    const UCHAR *bytes = (const UCHAR *)guid;
    const USHORT size = 39 * sizeof(WCHAR);

    if (allocate) {
        string->Buffer = RtlAllocateHeap(rtl_peb()->ProcessHeap, 0, size);
        if (!string->Buffer)
            return STATUS_NO_MEMORY;
        string->MaximumLength = size;
    } else if (string->MaximumLength < size)
        return STATUS_BUFFER_TOO_SMALL;
    PWSTR s = string->Buffer;
    for (unsigned i = 0; i < 38; i++)
        s[i] = '-';
    for (unsigned n = 0; n < 16; n++) {
        UCHAR byte = bytes[guid_order[n]];
        s[guid_position(n)] = (WCHAR) "0123456789ABCDEF"[byte >> 4];
        s[guid_position(n) + 1] = (WCHAR) "0123456789ABCDEF"[byte & 15];
    }
    s[0] = '{';
    s[37] = '}';
    s[38] = 0;
    string->Length = 38 * sizeof(WCHAR);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlStringFromGUID(const GUID *guid, PUNICODE_STRING string)
{
    return RtlStringFromGUIDEx(guid, string, TRUE);
}
