/*
 * Texts of Internet addresses, compiled once narrow and once wide: CHARACTER is the character type,
 * NAME(x) the function's name with A or W.
 */

static ULONG NAME(digit_of)(CHARACTER c)
{
    if (c >= '0' && c <= '9')
        return (ULONG)(c - '0');
    if ((c | 32) >= 'a' && (c | 32) <= 'f')
        return (ULONG)((c | 32) - 'a' + 10);
    return 99;
}

/* A number in C notation (decimal only if strict); FALSE: there is none, or it is too large. *text is
 * behind what was read. */
static BOOLEAN NAME(number)(const CHARACTER **text, BOOLEAN decimal, ULONG *ret)
{
    const CHARACTER *at = *text;
    ULONGLONG value = 0;
    ULONG base = 10, digits = 0, digit;
    if (!decimal && *at == '0') {
        base = 8;
        at++, digits++;
        if ((*at | 32) == 'x') {
            base = 16;
            at++, digits = 0;
        }
    }
    for (; (digit = NAME(digit_of)(*at)) < base; at++, digits++) {
        value = value * base + digit;
        if (value > 0xffffffff) {
            *text = at;
            return FALSE;
        }
    }
    *text = at;
    *ret = (ULONG)value;
    return digits != 0;
}

NTSTATUS NTAPI NAME(RtlIpv4StringToAddress)(const CHARACTER *text, BOOLEAN strict, CHARACTER **end,
                                            struct in_addr *address)
{
    ULONG parts[4], count = 0;
    BOOLEAN good = TRUE;
    while (good) {
        good = NAME(number)(&text, strict, &parts[count]);
        if (!good)
            break;
        if (++count == 4 || *text != '.')
            break;
        text++;
    }
    *end = (CHARACTER *)text;
    if (!good || (strict && count != 4))
        return STATUS_INVALID_PARAMETER;
    ULONG value = parts[count - 1];
    if (count > 1 && value >> (8 * (5 - count)))
        return STATUS_INVALID_PARAMETER;
    for (ULONG i = 0; i + 1 < count; i++) {
        if (parts[i] > 255)
            return STATUS_INVALID_PARAMETER;
        value |= parts[i] << (24 - 8 * i);
    }
    address->S_un.S_addr = __builtin_bswap32(value);
    return STATUS_SUCCESS;
}

/* ":port" up to the end of the text. */
static BOOLEAN NAME(port_of)(const CHARACTER *text, USHORT *ret_port)
{
    ULONG port;
    if (!NAME(number)(&text, FALSE, &port) || *text || port > 65535)
        return FALSE;
    *ret_port = __builtin_bswap16((USHORT)port);
    return TRUE;
}

NTSTATUS NTAPI NAME(RtlIpv4StringToAddressEx)(const CHARACTER *text, BOOLEAN strict, struct in_addr *address,
                                              USHORT *port)
{
    CHARACTER *end;
    if (!text || !address || !port)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = NAME(RtlIpv4StringToAddress)(text, strict, &end, address);
    if (!NT_SUCCESS(status))
        return status;
    if (!*end) {
        *port = 0;
        return STATUS_SUCCESS;
    }
    return *end == ':' && NAME(port_of)(end + 1, port) ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

NTSTATUS NTAPI NAME(RtlIpv6StringToAddress)(const CHARACTER *text, CHARACTER **end, struct in6_addr *address)
{
    USHORT words[8];
    ULONG count = 0, gap = 9;
    const CHARACTER *at = text;
    if (at[0] == ':' && at[1] == ':') {
        gap = 0;
        at += 2;
    } else if (*at == ':') {
        *end = (CHARACTER *)at;
        return STATUS_INVALID_PARAMETER;
    }
    while (count < 8) {
        const CHARACTER *start = at;
        ULONG value = 0, digits = 0, digit;
        for (; (digit = NAME(digit_of)(*at)) < 16 && digits < 5; at++, digits++)
            value = value << 4 | digit;
        if (!digits)
            break;
        if (*at == '.' && count <= 6) { /* the last four bytes in dotted form */
            struct in_addr four;
            CHARACTER *stop;
            if (!NT_SUCCESS(NAME(RtlIpv4StringToAddress)(start, TRUE, &stop, &four))) {
                *end = stop;
                return STATUS_INVALID_PARAMETER;
            }
            at = stop;
            words[count++] = (USHORT)(four.S_un.S_un_b.s_b1 << 8 | four.S_un.S_un_b.s_b2);
            words[count++] = (USHORT)(four.S_un.S_un_b.s_b3 << 8 | four.S_un.S_un_b.s_b4);
            break;
        }
        if (digits > 4) {
            *end = (CHARACTER *)at;
            return STATUS_INVALID_PARAMETER;
        }
        words[count++] = (USHORT)value;
        if (count == 8 || *at != ':')
            break;
        if (at[1] == ':') {
            if (gap != 9)
                break;
            gap = count;
            at += 2;
        } else if (NAME(digit_of)(at[1]) < 16)
            at++;
        else
            break;
    }
    *end = (CHARACTER *)at;
    if (gap == 9 ? count != 8 : count > 7)
        return STATUS_INVALID_PARAMETER;
    for (ULONG i = 0; i < 8; i++) {
        ULONG behind = gap == 9 ? 8 : gap, zeros = 8 - count;
        USHORT word = i < behind ? words[i] : i < behind + zeros ? 0 : words[i - zeros];
        address->u.Word[i] = __builtin_bswap16(word);
    }
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI NAME(RtlIpv6StringToAddressEx)(const CHARACTER *text, struct in6_addr *address, ULONG *scope,
                                              USHORT *port)
{
    CHARACTER *at;
    struct in6_addr result;
    ULONG zone = 0;
    USHORT number = 0;
    if (!text || !address || !scope || !port)
        return STATUS_INVALID_PARAMETER;
    BOOLEAN bracket = *text == '[';
    NTSTATUS status = NAME(RtlIpv6StringToAddress)(text + bracket, &at, &result);
    if (!NT_SUCCESS(status))
        return status;
    if (*at == '%') {
        at++;
        const CHARACTER *place = at;
        if (!NAME(number)(&place, TRUE, &zone))
            return STATUS_INVALID_PARAMETER;
        at = (CHARACTER *)place;
    }
    if (bracket) {
        if (*at++ != ']')
            return STATUS_INVALID_PARAMETER;
        if (*at == ':') {
            if (!NAME(port_of)(at + 1, &number))
                return STATUS_INVALID_PARAMETER;
        } else if (*at)
            return STATUS_INVALID_PARAMETER;
    } else if (*at)
        return STATUS_INVALID_PARAMETER;
    *address = result;
    *scope = zone;
    *port = number;
    return STATUS_SUCCESS;
}

/* ---- to text; each returns the end, where it put a terminator ---- */

static CHARACTER *NAME(put_number)(CHARACTER *at, ULONG value, ULONG base)
{
    CHARACTER digits[12];
    int n = 0;
    do
        digits[n++] = (CHARACTER)("0123456789abcdef"[value % base]);
    while (value /= base);
    while (n)
        *at++ = digits[--n];
    *at = 0;
    return at;
}

CHARACTER *NTAPI NAME(RtlIpv4AddressToString)(const struct in_addr *address, CHARACTER *at)
{
    const UCHAR *bytes = (const UCHAR *)address;
    for (int i = 0; i < 4; i++) {
        if (i)
            *at++ = '.';
        at = NAME(put_number)(at, bytes[i], 10);
    }
    return at;
}

CHARACTER *NTAPI NAME(RtlIpv6AddressToString)(const struct in6_addr *address, CHARACTER *at)
{
    int best = -1, best_length = 1, words = 8;
    const USHORT *word = address->u.Word;
    BOOLEAN mapped = !word[0] && !word[1] && !word[2] && !word[3] && word[6] &&
                     ((!word[4] && (!word[5] || word[5] == 0xffff)) || (word[4] == 0xffff && !word[5]));
    BOOLEAN isatap = (word[4] & ~2) == 0 && word[5] == 0xfe5e; /* 0:5efe */
    if (mapped || isatap)
        words = 6;
    for (int i = 0; i < words; i++) { /* the first longest run of zeros, of two words at least */
        int length = 0;
        while (i + length < words && !word[i + length])
            length++;
        if (length > best_length) {
            best = i;
            best_length = length;
        }
        if (length)
            i += length - 1;
    }
    for (int i = 0; i < words;) {
        if (i == best) {
            *at++ = ':';
            *at++ = ':';
            i += best_length;
            continue;
        }
        if (i && i != best + best_length)
            *at++ = ':';
        else if (i && best < 0)
            *at++ = ':';
        at = NAME(put_number)(at, __builtin_bswap16(word[i++]), 16);
    }
    *at = 0;
    if (words == 6) {
        if (at[-1] != ':')
            *at++ = ':';
        at = NAME(RtlIpv4AddressToString)((const struct in_addr *)&word[6], at);
    }
    return at;
}

static NTSTATUS NAME(give)(const CHARACTER *text, const CHARACTER *end, CHARACTER *to, ULONG *length)
{
    ULONG need = (ULONG)(end - text) + 1;
    BOOLEAN fits = *length >= need;
    *length = need;
    if (!fits)
        return STATUS_INVALID_PARAMETER;
    RtlCopyMemory(to, text, need * sizeof *to);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI NAME(RtlIpv4AddressToStringEx)(const struct in_addr *address, USHORT port, CHARACTER *to,
                                              ULONG *length)
{
    CHARACTER text[32], *end;
    if (!address || !length || (!to && *length))
        return STATUS_INVALID_PARAMETER;
    end = NAME(RtlIpv4AddressToString)(address, text);
    if (port) {
        *end++ = ':';
        end = NAME(put_number)(end, __builtin_bswap16(port), 10);
    }
    return NAME(give)(text, end, to, length);
}

NTSTATUS NTAPI NAME(RtlIpv6AddressToStringEx)(const struct in6_addr *address, ULONG scope, USHORT port,
                                              CHARACTER *to, ULONG *length)
{
    CHARACTER text[80], *end = (CHARACTER *)text;
    if (!address || !length || (!to && *length))
        return STATUS_INVALID_PARAMETER;
    if (port)
        *end++ = '[';
    end = NAME(RtlIpv6AddressToString)(address, end);
    if (scope) {
        *end++ = '%';
        end = NAME(put_number)(end, scope, 10);
    }
    if (port) {
        *end++ = ']';
        *end++ = ':';
        end = NAME(put_number)(end, __builtin_bswap16(port), 10);
    }
    return NAME(give)(text, end, to, length);
}

#undef CHARACTER
#undef NAME
