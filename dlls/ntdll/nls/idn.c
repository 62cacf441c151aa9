/*
 * Internationalised domain names (RFC 3490, 3492): names to and from their ASCII form.
 */
#include "casing.h"
#include <string.h>

PVOID NTAPI RtlAllocateHeap(PVOID heap, ULONG flags, SIZE_T size);
BOOLEAN NTAPI RtlFreeHeap(PVOID heap, ULONG flags, PVOID memory);

#define FORM_IDNA                13
#define FORM_DISALLOW_UNASSIGNED 0x100
#define ALLOW_UNASSIGNED         1
#define USE_STD3                 2
#define EMAIL_ADDRESS            4
#define MAX_LABEL                63
#define MAX_NAME                 1024

enum { BASE = 36, T_MIN = 1, T_MAX = 26, SKEW = 38, DAMP = 700, INITIAL_BIAS = 72, INITIAL_N = 128 };

static ULONG adapt(ULONG delta, ULONG count, BOOLEAN first)
{
    ULONG k = 0;

    delta = first ? delta / DAMP : delta / 2;
    delta += delta / count;
    for (; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE)
        delta /= BASE - T_MIN;
    return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static ULONG threshold(ULONG k, ULONG bias)
{
    return k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;
}

/* A label's punycode without its prefix; -1 if it does not fit. */
static LONG encode(const ULONG *codes, ULONG count, WCHAR *to, ULONG room)
{
    ULONG n = INITIAL_N, delta = 0, bias = INITIAL_BIAS, handled, basic, used = 0;

    for (ULONG i = 0; i < count; i++)
        if (codes[i] < 0x80) {
            if (used >= room)
                return -1;
            to[used++] = (WCHAR)codes[i];
        }
    handled = basic = used;
    if (basic) {
        if (used >= room)
            return -1;
        to[used++] = '-';
    }
    while (handled < count) {
        ULONG next = MAXDWORD;

        for (ULONG i = 0; i < count; i++)
            if (codes[i] >= n && codes[i] < next)
                next = codes[i];
        delta += (next - n) * (handled + 1);
        n = next;
        for (ULONG i = 0; i < count; i++) {
            if (codes[i] < n)
                delta++;
            if (codes[i] != n)
                continue;
            for (ULONG q = delta, k = BASE;; k += BASE) {
                ULONG t = threshold(k, bias), digit = q < t ? q : t + (q - t) % (BASE - t);

                if (used >= room)
                    return -1;
                to[used++] = (WCHAR)(digit < 26 ? 'a' + digit : '0' + digit - 26);
                if (q < t)
                    break;
                q = (q - t) / (BASE - t);
            }
            bias = adapt(delta, handled + 1, handled == basic);
            delta = 0;
            handled++;
        }
        delta++;
        n++;
    }
    return (LONG)used;
}

/* Code points of a label's punycode; -1 if it is none. */
static LONG decode(const WCHAR *from, ULONG length, ULONG *codes, ULONG room)
{
    ULONG n = INITIAL_N, i = 0, bias = INITIAL_BIAS, count = 0, position = 0;

    for (ULONG j = length; j > 0; j--)
        if (from[j - 1] == '-') {
            for (ULONG m = 0; m < j - 1; m++) {
                if (from[m] >= 0x80 || count >= room)
                    return -1;
                codes[count++] = from[m];
            }
            position = j;
            break;
        }
    while (position < length) {
        ULONG old = i, weight = 1;

        for (ULONG k = BASE;; k += BASE) {
            ULONG digit, t = threshold(k, bias);
            WCHAR c;

            if (position >= length)
                return -1;
            c = from[position++];
            digit = c >= 'a' && c <= 'z'   ? (ULONG)(c - 'a')
                    : c >= 'A' && c <= 'Z' ? (ULONG)(c - 'A')
                    : c >= '0' && c <= '9' ? (ULONG)(c - '0' + 26)
                                           : BASE;
            if (digit >= BASE || digit > (0x7fffffff - i) / weight)
                return -1;
            i += digit * weight;
            if (digit < t)
                break;
            if (weight > 0x7fffffff / (BASE - t))
                return -1;
            weight *= BASE - t;
        }
        if (count >= room)
            return -1;
        bias = adapt(i - old, count + 1, old == 0);
        n += i / (count + 1);
        i %= count + 1;
        if (n > 0x10ffff)
            return -1;
        memmove(codes + i + 1, codes + i, (count - i) * sizeof *codes);
        codes[i++] = n;
        count++;
    }
    return (LONG)count;
}

static BOOLEAN is_dot(WCHAR c)
{
    return c == '.' || c == 0x3002 || c == 0xff0e || c == 0xff61;
}

static BOOLEAN has_prefix(const WCHAR *label, ULONG length)
{
    return length > 4 && (label[0] | 0x20) == 'x' && (label[1] | 0x20) == 'n' && label[2] == '-' &&
           label[3] == '-';
}

static BOOLEAN std3_allows(WCHAR c)
{
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           c == '-';
}

struct text {
    WCHAR *to;
    ULONG room, used;
};

static void put(struct text *text, WCHAR c)
{
    if (text->used < text->room && text->to)
        text->to[text->used] = c;
    text->used++;
}

static NTSTATUS finish(const struct text *text, LONG *to_length)
{
    if (text->to && text->room && text->used > text->room)
        return STATUS_BUFFER_TOO_SMALL;
    *to_length = (LONG)text->used;
    return STATUS_SUCCESS;
}

/* Maps one label: to its prepared form, then to ASCII if `ascii`. */
static NTSTATUS map_label(ULONG flags, const WCHAR *label, ULONG length, BOOLEAN ascii, struct text *out)
{
    WCHAR prepared[256], encoded[MAX_LABEL];
    ULONG codes[256], count = 0;
    LONG prepared_length = 256, encoded_length;
    BOOLEAN plain = TRUE;
    NTSTATUS status;

    for (ULONG i = 0; i < length; i++) {
        plain = plain && label[i] < 0x80;
        if ((flags & USE_STD3) &&
            (!std3_allows(label[i]) || (label[i] == '-' && (i == 0 || i == length - 1))))
            return STATUS_INVALID_IDN_NORMALIZATION;
    }
    if (plain) {
        if (length > MAX_LABEL)
            return STATUS_INVALID_IDN_NORMALIZATION;
        for (ULONG i = 0; i < length; i++)
            put(out, ascii ? label[i] : nls_downcase(label[i]));
        return STATUS_SUCCESS;
    }
    if (length > 200)
        return STATUS_INVALID_IDN_NORMALIZATION;
    status = RtlNormalizeString(flags & ALLOW_UNASSIGNED ? FORM_IDNA : FORM_IDNA | FORM_DISALLOW_UNASSIGNED,
                                label, (LONG)length, prepared, &prepared_length);
    if (status != STATUS_SUCCESS || !prepared_length)
        return STATUS_INVALID_IDN_NORMALIZATION;
    if (!ascii) {
        for (LONG i = 0; i < prepared_length; i++)
            put(out, prepared[i]);
        return STATUS_SUCCESS;
    }
    plain = TRUE;
    for (LONG i = 0; i < prepared_length; i++) {
        ULONG code = prepared[i];

        if (code >= 0xd800 && code <= 0xdbff && i + 1 < prepared_length)
            code = ((code - 0xd7c0) << 10) + (prepared[++i] - 0xdc00u);
        plain = plain && code < 0x80;
        codes[count++] = code;
    }
    if (plain) {
        for (ULONG i = 0; i < count; i++)
            put(out, (WCHAR)codes[i]);
        return STATUS_SUCCESS;
    }
    if (has_prefix(prepared, (ULONG)prepared_length))
        return STATUS_INVALID_IDN_NORMALIZATION;
    encoded_length = encode(codes, count, encoded, MAX_LABEL - 4);
    if (encoded_length < 0)
        return STATUS_INVALID_IDN_NORMALIZATION;
    put(out, 'x');
    put(out, 'n');
    put(out, '-');
    put(out, '-');
    for (LONG i = 0; i < encoded_length; i++)
        put(out, encoded[i]);
    return STATUS_SUCCESS;
}

/* The parameters of all three functions; *ret_length: of the name without its terminator. */
static NTSTATUS check_name(ULONG flags, const WCHAR *from, LONG from_length, const WCHAR *to, LONG to_length,
                           ULONG *ret_length, BOOLEAN *ret_terminated)
{
    ULONG length = 0;

    if (!from || from_length < -1 || to_length < 0 || (to_length && !to) ||
        (flags & ~(ULONG)(ALLOW_UNASSIGNED | USE_STD3 | EMAIL_ADDRESS)))
        return STATUS_INVALID_PARAMETER;
    *ret_terminated = from_length < 0;
    if (from_length < 0) {
        while (from[length])
            length++;
    } else {
        length = (ULONG)from_length;
        if (length && !from[length - 1]) {
            length--;
            *ret_terminated = TRUE;
        }
    }
    *ret_length = length;
    return length && length <= MAX_NAME ? STATUS_SUCCESS : STATUS_INVALID_IDN_NORMALIZATION;
}

static NTSTATUS map_name(ULONG flags, const WCHAR *from, LONG from_length, BOOLEAN ascii, WCHAR *to,
                         LONG *to_length)
{
    struct text out = {to, (ULONG)*to_length, 0};
    ULONG length = 0, start = 0;
    BOOLEAN terminated;

    NTSTATUS checked = check_name(flags, from, from_length, to, *to_length, &length, &terminated);
    if (!NT_SUCCESS(checked))
        return checked;
    if (flags & EMAIL_ADDRESS)
        for (ULONG i = 0; i < length; i++)
            if (from[i] == '@') {
                for (; start <= i; start++)
                    put(&out, from[start]);
                break;
            }
    while (start < length) {
        ULONG end = start;
        NTSTATUS status;

        while (end < length && !is_dot(from[end]))
            end++;
        if (end == start)
            return STATUS_INVALID_IDN_NORMALIZATION;
        status = map_label(flags, from + start, end - start, ascii, &out);
        if (status != STATUS_SUCCESS)
            return status;
        if (end < length)
            put(&out, '.');
        start = end + 1;
    }
    if (terminated)
        put(&out, 0);
    return finish(&out, to_length);
}

NTSTATUS NTAPI RtlIdnToAscii(ULONG flags, const WCHAR *from, LONG from_length, WCHAR *to, LONG *to_length)
{
    return map_name(flags, from, from_length, TRUE, to, to_length);
}

NTSTATUS NTAPI RtlIdnToNameprepUnicode(ULONG flags, const WCHAR *from, LONG from_length, WCHAR *to,
                                       LONG *to_length)
{
    return map_name(flags, from, from_length, FALSE, to, to_length);
}

NTSTATUS NTAPI RtlIdnToUnicode(ULONG flags, const WCHAR *from, LONG from_length, WCHAR *to, LONG *to_length)
{
    struct text out = {to, (ULONG)*to_length, 0};
    ULONG length = 0, start = 0, codes[MAX_LABEL];
    BOOLEAN terminated;

    NTSTATUS checked = check_name(flags, from, from_length, to, *to_length, &length, &terminated);
    if (!NT_SUCCESS(checked))
        return checked;
    while (start < length) {
        ULONG end = start;
        LONG count;

        while (end < length && !is_dot(from[end]))
            end++;
        if (end == start || end - start > MAX_LABEL)
            return STATUS_INVALID_IDN_NORMALIZATION;
        if (has_prefix(from + start, end - start)) {
            count = decode(from + start + 4, end - start - 4, codes, MAX_LABEL);
            if (count < 0)
                return STATUS_INVALID_IDN_NORMALIZATION;
            for (LONG i = 0; i < count; i++)
                if (codes[i] < 0x10000) {
                    put(&out, (WCHAR)codes[i]);
                } else {
                    put(&out, (WCHAR)(0xd7c0 + (codes[i] >> 10)));
                    put(&out, (WCHAR)(0xdc00 + (codes[i] & 0x3ff)));
                }
        } else {
            for (ULONG i = start; i < end; i++)
                put(&out, nls_downcase(from[i]));
        }
        if (end < length)
            put(&out, '.');
        start = end + 1;
    }
    if (terminated)
        put(&out, 0);
    return finish(&out, to_length);
}
