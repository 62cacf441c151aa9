/*
 * Binary data as text and back: base64, PEM, hexadecimal.
 */
#include "crypt32.h"

static const char digits64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct output {
    char *text;
    SIZE_T length;
};

static void put(struct output *out, const char *text)
{
    for (; *text; text++, out->length++)
        if (out->text)
            out->text[out->length] = *text;
}

static void put_char(struct output *out, char c)
{
    if (out->text)
        out->text[out->length] = c;
    out->length++;
}

static void put_base64(struct output *out, const BYTE *data, DWORD size, const char *line_end)
{
    DWORD column = 0;

    for (DWORD i = 0; i < size; i += 3) {
        DWORD left = size - i, bits = (DWORD)data[i] << 16;
        bits |= left > 1 ? (DWORD)data[i + 1] << 8 : 0;
        bits |= left > 2 ? data[i + 2] : 0;
        put_char(out, digits64[bits >> 18]);
        put_char(out, digits64[bits >> 12 & 63]);
        put_char(out, left > 1 ? digits64[bits >> 6 & 63] : '=');
        put_char(out, left > 2 ? digits64[bits & 63] : '=');
        if ((column += 4) == 64) {
            put(out, line_end);
            column = 0;
        }
    }
    if (column)
        put(out, line_end);
}

static void put_hex_digits(struct output *out, DWORD value, int count)
{
    while (count--)
        put_char(out, "0123456789abcdef"[value >> 4 * count & 15]);
}

/* Sixteen bytes a line, with addresses and characters if wanted. */
static void put_hex(struct output *out, const BYTE *data, DWORD size, BOOL addresses, BOOL characters,
                    const char *line_end)
{
    for (DWORD at = 0; at < size; at += 16) {
        DWORD n = size - at < 16 ? size - at : 16;
        if (addresses) {
            put_hex_digits(out, at, 4);
            put(out, "    ");
        } else {
            put(out, "    ");
        }
        for (DWORD i = 0; i < (characters ? 16 : n); i++) {
            if (i)
                put(out, i == 8 ? "  " : " ");
            if (i < n)
                put_hex_digits(out, data[at + i], 2);
            else
                put(out, "  ");
        }
        if (characters) {
            put(out, "   ");
            for (DWORD i = 0; i < n; i++)
                put_char(out, data[at + i] >= 32 && data[at + i] < 127 ? (char)data[at + i] : '.');
        }
        put(out, line_end);
    }
}

static BOOL to_text(struct output *out, const BYTE *data, DWORD size, DWORD flags)
{
    static const char *const heads[] = {"CERTIFICATE", NULL, NULL, "NEW CERTIFICATE REQUEST"};
    const char *line_end = flags & CRYPT_STRING_NOCRLF ? "" : flags & CRYPT_STRING_NOCR ? "\n" : "\r\n";
    DWORD format = flags & 0xfff;

    switch (format) {
    case CRYPT_STRING_BASE64: put_base64(out, data, size, line_end); return TRUE;
    case CRYPT_STRING_BASE64HEADER:
    case CRYPT_STRING_BASE64REQUESTHEADER:
    case CRYPT_STRING_BASE64X509CRLHEADER: {
        const char *head = format == CRYPT_STRING_BASE64X509CRLHEADER ? "X509 CRL" : heads[format];
        put(out, "-----BEGIN "), put(out, head), put(out, "-----"), put(out, line_end);
        put_base64(out, data, size, line_end);
        put(out, "-----END "), put(out, head), put(out, "-----"), put(out, line_end);
        return TRUE;
    }
    case CRYPT_STRING_HEXRAW:
        for (DWORD i = 0; i < size; i++)
            put_hex_digits(out, data[i], 2);
        put(out, line_end);
        return TRUE;
    case CRYPT_STRING_HEX: put_hex(out, data, size, FALSE, FALSE, line_end); return TRUE;
    case CRYPT_STRING_HEXASCII: put_hex(out, data, size, FALSE, TRUE, line_end); return TRUE;
    case CRYPT_STRING_HEXADDR: put_hex(out, data, size, TRUE, FALSE, line_end); return TRUE;
    case CRYPT_STRING_HEXASCIIADDR: put_hex(out, data, size, TRUE, TRUE, line_end); return TRUE;
    default: return fail(ERROR_INVALID_PARAMETER);
    }
}

static BOOL binary_to_string(const BYTE *data, DWORD size, DWORD flags, void *text, DWORD *room, BOOL wide)
{
    struct output out = {NULL, 0};

    if (!data || !room)
        return fail(ERROR_INVALID_PARAMETER);
    if ((flags & 0xfff) == CRYPT_STRING_BINARY) {
        DWORD had = *room;
        *room = size;
        if (text && had < size)
            return fail(ERROR_MORE_DATA);
        if (text)
            memcpy(text, data, size);
        return TRUE;
    }
    if (!to_text(&out, data, size, flags))
        return FALSE;
    DWORD length = (DWORD)out.length, had = *room;
    if (!text) {
        *room = length + 1;
        return TRUE;
    }
    if (had < length + 1) {
        *room = length + 1;
        return fail(ERROR_MORE_DATA);
    }
    char *buffer = allocate(length + 1);
    if (!buffer)
        return fail(ERROR_NOT_ENOUGH_MEMORY);
    out = (struct output){buffer, 0};
    to_text(&out, data, size, flags);
    for (DWORD i = 0; i <= length; i++) {
        if (wide)
            ((WCHAR *)text)[i] = (BYTE)buffer[i];
        else
            ((char *)text)[i] = buffer[i];
    }
    release(buffer);
    *room = length;
    return TRUE;
}

BOOL WINAPI CryptBinaryToStringA(const BYTE *data, DWORD size, DWORD flags, LPSTR text, DWORD *room)
{
    return binary_to_string(data, size, flags, text, room, FALSE);
}

BOOL WINAPI CryptBinaryToStringW(const BYTE *data, DWORD size, DWORD flags, LPWSTR text, DWORD *room)
{
    return binary_to_string(data, size, flags, text, room, TRUE);
}

/* ---------------------------------------------------------------- from text */

static int digit64(char c)
{
    for (int i = 0; c && i < 64; i++)
        if (digits64[i] == c)
            return i;
    return -1;
}

static BOOL is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

BOOL base64_decode(const char *text, SIZE_T length, BYTE *data, DWORD *size)
{
    DWORD bits = 0, count = 0, n = 0, padding = 0, room = *size;

    for (SIZE_T i = 0; i < length; i++) {
        if (is_space(text[i]))
            continue;
        int digit = text[i] == '=' ? 0 : digit64(text[i]);
        if (digit < 0 || (padding && text[i] != '='))
            return FALSE;
        padding += text[i] == '=';
        bits = bits << 6 | (DWORD)digit;
        if (++count % 4)
            continue;
        for (DWORD k = 0; k < 3 - (padding < 3 ? padding : 2); k++, n++)
            if (data && n < room)
                data[n] = (BYTE)(bits >> (16 - 8 * k));
        bits = 0;
    }
    *size = n;
    return count % 4 == 0 && padding <= 2 && count;
}

static BOOL hex_decode(const char *text, SIZE_T length, BYTE *data, DWORD *size)
{
    DWORD n = 0, room = *size;
    int high = -1;

    for (SIZE_T i = 0; i < length; i++) {
        char c = text[i];
        int digit = c >= '0' && c <= '9'                 ? c - '0'
                    : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                         : -1;
        if (is_space(c) && high < 0)
            continue;
        if (digit < 0)
            return FALSE;
        if (high < 0) {
            high = digit;
            continue;
        }
        if (data && n < room)
            data[n] = (BYTE)(high << 4 | digit);
        n++;
        high = -1;
    }
    *size = n;
    return high < 0;
}

/* What is between BEGIN and END lines. */
static BOOL pem_body(const char *text, SIZE_T length, SIZE_T *ret_start, SIZE_T *ret_length, DWORD *skipped)
{
    static const char begin[] = "-----BEGIN ", end[] = "-----END ";

    for (SIZE_T i = 0; i + sizeof begin - 1 <= length; i++) {
        if (memcmp(text + i, begin, sizeof begin - 1))
            continue;
        SIZE_T start = i;
        while (start < length && text[start] != '\n')
            start++;
        for (SIZE_T j = start; j + sizeof end - 1 <= length; j++) {
            if (!memcmp(text + j, end, sizeof end - 1)) {
                *skipped = (DWORD)i;
                *ret_start = start;
                *ret_length = j - start;
                return TRUE;
            }
        }
    }
    return FALSE;
}

static BOOL decode(const char *text, SIZE_T length, DWORD format, BYTE *data, DWORD *size, DWORD *skip,
                   DWORD *used)
{
    SIZE_T start, body;
    DWORD room = *size;

    *skip = 0;
    *used = format;
    switch (format) {
    case CRYPT_STRING_BASE64: return base64_decode(text, length, data, size);
    case CRYPT_STRING_BASE64HEADER:
    case CRYPT_STRING_BASE64REQUESTHEADER:
    case CRYPT_STRING_BASE64X509CRLHEADER:
        return pem_body(text, length, &start, &body, skip) && base64_decode(text + start, body, data, size);
    case CRYPT_STRING_HEX:
    case CRYPT_STRING_HEXRAW: return hex_decode(text, length, data, size);
    case CRYPT_STRING_BINARY:
        if (data)
            memcpy(data, text, length < room ? length : room);
        *size = (DWORD)length;
        return TRUE;
    case CRYPT_STRING_BASE64_ANY:
    case CRYPT_STRING_ANY:
        if (decode(text, length, CRYPT_STRING_BASE64HEADER, data, size, skip, used))
            return TRUE;
        *size = room;
        if (decode(text, length, CRYPT_STRING_BASE64, data, size, skip, used))
            return TRUE;
        *size = room;
        return format == CRYPT_STRING_ANY &&
               decode(text, length, CRYPT_STRING_BINARY, data, size, skip, used);
    case CRYPT_STRING_HEX_ANY: return decode(text, length, CRYPT_STRING_HEX, data, size, skip, used);
    default: return FALSE;
    }
}

BOOL WINAPI CryptStringToBinaryA(LPCSTR text, DWORD length, DWORD flags, BYTE *data, DWORD *size, DWORD *skip,
                                 DWORD *used)
{
    DWORD skipped, format, room;

    if (!text || !size)
        return fail(ERROR_INVALID_PARAMETER);
    if (!length)
        length = (DWORD)strlen(text);
    room = data ? *size : 0;
    DWORD result = room;
    if (!decode(text, length, flags & 0xfff, data, &result, &skipped, &format))
        return fail(ERROR_INVALID_DATA);
    *size = result;
    if (data && result > room)
        return fail(ERROR_INSUFFICIENT_BUFFER);
    if (skip)
        *skip = skipped;
    if (used)
        *used = format;
    return TRUE;
}

BOOL WINAPI CryptStringToBinaryW(LPCWSTR text, DWORD length, DWORD flags, BYTE *data, DWORD *size,
                                 DWORD *skip, DWORD *used)
{
    if (!text || !size)
        return fail(ERROR_INVALID_PARAMETER);
    if (!length)
        length = (DWORD)wcslen(text);
    char *narrow = allocate(length + 1);
    if (!narrow)
        return fail(ERROR_NOT_ENOUGH_MEMORY);
    for (DWORD i = 0; i < length; i++)
        narrow[i] = text[i] < 128 ? (char)text[i] : '?';
    BOOL done = length ? CryptStringToBinaryA(narrow, length, flags, data, size, skip, used)
                       : fail(ERROR_INVALID_DATA);
    release(narrow);
    return done;
}

LPVOID WINAPI CryptMemAlloc(ULONG size)
{
    return allocate(size);
}

LPVOID WINAPI CryptMemRealloc(LPVOID memory, ULONG size)
{
    return RtlReAllocateHeap(rtl_peb()->ProcessHeap, 0, memory, size);
}

void WINAPI CryptMemFree(LPVOID memory)
{
    release(memory);
}
