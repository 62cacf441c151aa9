/*
 * Upper and lower case, and what compares counted Unicode strings with it. Ordinal: no locale.
 */
#include "casing.h"
#include <string.h>

PVOID NTAPI RtlAllocateHeap(PVOID heap, ULONG flags, SIZE_T size);

WCHAR NTAPI RtlUpcaseUnicodeChar(WCHAR c)
{
    return nls_upcase(c);
}

WCHAR NTAPI RtlDowncaseUnicodeChar(WCHAR c)
{
    return nls_downcase(c);
}

static NTSTATUS map_string(UNICODE_STRING *to, const UNICODE_STRING *from, BOOLEAN allocate,
                           const USHORT *table)
{
    ULONG count = from->Length / sizeof(WCHAR);

    if (allocate) {
        to->MaximumLength = from->Length;
        to->Buffer = RtlAllocateHeap(process_heap(), 0, from->Length ? from->Length : 1);
        if (!to->Buffer)
            return STATUS_NO_MEMORY;
    } else if (to->MaximumLength < from->Length) {
        return STATUS_BUFFER_OVERFLOW;
    }
    for (ULONG i = 0; i < count; i++)
        to->Buffer[i] = nls_map(table, from->Buffer[i]);
    to->Length = from->Length;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUpcaseUnicodeString(UNICODE_STRING *to, const UNICODE_STRING *from, BOOLEAN allocate)
{
    return map_string(to, from, allocate, unicode_upcase);
}

NTSTATUS NTAPI RtlDowncaseUnicodeString(UNICODE_STRING *to, const UNICODE_STRING *from, BOOLEAN allocate)
{
    return map_string(to, from, allocate, unicode_downcase);
}

/* Lengths in characters. */
LONG NTAPI RtlCompareUnicodeStrings(const WCHAR *a, SIZE_T a_length, const WCHAR *b, SIZE_T b_length,
                                    BOOLEAN ignore_case)
{
    SIZE_T count = a_length < b_length ? a_length : b_length;

    for (SIZE_T i = 0; i < count; i++) {
        WCHAR x = a[i], y = b[i];

        if (x == y)
            continue;
        if (ignore_case) {
            x = nls_upcase(x);
            y = nls_upcase(y);
        }
        if (x != y)
            return (LONG)x - (LONG)y;
    }
    return (LONG)(a_length - b_length);
}

LONG NTAPI RtlCompareUnicodeString(const UNICODE_STRING *a, const UNICODE_STRING *b, BOOLEAN ignore_case)
{
    return RtlCompareUnicodeStrings(a->Buffer, a->Length / sizeof(WCHAR), b->Buffer,
                                    b->Length / sizeof(WCHAR), ignore_case);
}

static BOOLEAN equal(const WCHAR *a, const WCHAR *b, ULONG count, BOOLEAN ignore_case)
{
    if (!ignore_case)
        return memcmp(a, b, count * sizeof(WCHAR)) == 0;
    for (ULONG i = 0; i < count; i++)
        if (a[i] != b[i] && nls_upcase(a[i]) != nls_upcase(b[i]))
            return FALSE;
    return TRUE;
}

BOOLEAN NTAPI RtlEqualUnicodeString(const UNICODE_STRING *a, const UNICODE_STRING *b, BOOLEAN ignore_case)
{
    return a->Length == b->Length && equal(a->Buffer, b->Buffer, a->Length / sizeof(WCHAR), ignore_case);
}

BOOLEAN NTAPI RtlPrefixUnicodeString(const UNICODE_STRING *prefix, const UNICODE_STRING *string,
                                     BOOLEAN ignore_case)
{
    return prefix->Length <= string->Length &&
           equal(prefix->Buffer, string->Buffer, prefix->Length / sizeof(WCHAR), ignore_case);
}

/* The X65599 hash: h = h * 65599 + c. */
NTSTATUS NTAPI RtlHashUnicodeString(const UNICODE_STRING *string, BOOLEAN ignore_case, ULONG algorithm,
                                    ULONG *ret_hash)
{
    ULONG hash = 0;

    if (!string || !ret_hash)
        return STATUS_INVALID_PARAMETER;
    if (algorithm != HASH_STRING_ALGORITHM_DEFAULT && algorithm != HASH_STRING_ALGORITHM_X65599)
        return STATUS_INVALID_PARAMETER;
    for (ULONG i = 0; i < string->Length / sizeof(WCHAR); i++)
        hash = hash * 65599 + (ignore_case ? nls_upcase(string->Buffer[i]) : string->Buffer[i]);
    *ret_hash = hash;
    return STATUS_SUCCESS;
}

/* The position reported is in bytes: after the character found (searching forwards), or of it. */
NTSTATUS NTAPI RtlFindCharInUnicodeString(ULONG flags, const UNICODE_STRING *string,
                                          const UNICODE_STRING *set, USHORT *ret_position)
{
    BOOLEAN backwards = (flags & RTL_FIND_CHAR_IN_UNICODE_STRING_START_AT_END) != 0;
    BOOLEAN complement = (flags & RTL_FIND_CHAR_IN_UNICODE_STRING_COMPLEMENT_CHAR_SET) != 0;
    BOOLEAN ignore_case = (flags & RTL_FIND_CHAR_IN_UNICODE_STRING_CASE_INSENSITIVE) != 0;
    ULONG count = string->Length / sizeof(WCHAR), set_count = set->Length / sizeof(WCHAR);

    *ret_position = 0;
    if (flags & ~7u)
        return STATUS_INVALID_PARAMETER;
    for (ULONG n = 0; n < count; n++) {
        ULONG i = backwards ? count - 1 - n : n, j;
        WCHAR c = ignore_case ? nls_upcase(string->Buffer[i]) : string->Buffer[i];

        for (j = 0; j < set_count; j++)
            if (c == (ignore_case ? nls_upcase(set->Buffer[j]) : set->Buffer[j]))
                break;
        if ((j < set_count) != complement) {
            *ret_position = (USHORT)((backwards ? i : i + 1) * sizeof(WCHAR));
            return STATUS_SUCCESS;
        }
    }
    return STATUS_NOT_FOUND;
}

WCHAR *NTAPI RtlFindUnicodeSubstring(const UNICODE_STRING *string, const UNICODE_STRING *search,
                                     BOOLEAN ignore_case)
{
    ULONG count = string->Length / sizeof(WCHAR), wanted = search->Length / sizeof(WCHAR);

    for (ULONG i = 0; i + wanted <= count; i++)
        if (equal(string->Buffer + i, search->Buffer, wanted, ignore_case))
            return string->Buffer + i;
    return NULL;
}

NTSTATUS NTAPI RtlValidateUnicodeString(ULONG flags, const UNICODE_STRING *string)
{
    if (flags)
        return STATUS_INVALID_PARAMETER;
    if (!string)
        return STATUS_SUCCESS;
    if (string->Length % sizeof(WCHAR) || string->MaximumLength % sizeof(WCHAR) ||
        string->Length > string->MaximumLength ||
        (!string->Buffer && (string->Length || string->MaximumLength)))
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

/* ---- counted strings of the ANSI code page: compared byte by byte, as documented */

static UCHAR upper_byte(UCHAR c)
{
    return (UCHAR)RtlUpperChar((CHAR)c);
}

LONG NTAPI RtlCompareString(const STRING *a, const STRING *b, BOOLEAN ignore_case)
{
    ULONG count = a->Length < b->Length ? a->Length : b->Length;

    for (ULONG i = 0; i < count; i++) {
        UCHAR x = (UCHAR)a->Buffer[i], y = (UCHAR)b->Buffer[i];

        if (x != y && ignore_case) {
            x = upper_byte(x);
            y = upper_byte(y);
        }
        if (x != y)
            return (LONG)x - (LONG)y;
    }
    return (LONG)a->Length - (LONG)b->Length;
}

BOOLEAN NTAPI RtlEqualString(const STRING *a, const STRING *b, BOOLEAN ignore_case)
{
    return a->Length == b->Length && RtlCompareString(a, b, ignore_case) == 0;
}

BOOLEAN NTAPI RtlPrefixString(const STRING *prefix, const STRING *string, BOOLEAN ignore_case)
{
    STRING start = {prefix->Length, prefix->Length, string->Buffer};

    return prefix->Length <= string->Length && RtlCompareString(prefix, &start, ignore_case) == 0;
}

VOID NTAPI RtlUpperString(STRING *to, const STRING *from)
{
    ULONG count = from->Length < to->MaximumLength ? from->Length : to->MaximumLength;

    for (ULONG i = 0; i < count; i++)
        to->Buffer[i] = RtlUpperChar(from->Buffer[i]);
    to->Length = (USHORT)count;
}
