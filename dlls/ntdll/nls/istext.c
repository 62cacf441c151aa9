/*
 * RtlIsTextUnicode: guesses from the bytes, as its documentation lists the tests.
 */
#include <nt/nls.h>

BOOLEAN NTAPI RtlIsTextUnicode(const void *buffer, ULONG length, ULONG *flags)
{
    const WCHAR *text = buffer;
    ULONG count = length / sizeof(WCHAR), wanted = flags ? *flags : ~0u, found = 0;
    ULONG zero_high = 0, zero_bytes = 0, controls = 0, reverse_controls = 0, low_changes = 0,
          high_changes = 0, sample;

    if (length < 2) {
        if (flags)
            *flags = 0;
        return FALSE;
    }
    if (length % sizeof(WCHAR))
        found |= IS_TEXT_UNICODE_ODD_LENGTH;
    if (text[0] == 0xfeff)
        found |= IS_TEXT_UNICODE_SIGNATURE;
    if (text[0] == 0xfffe)
        found |= IS_TEXT_UNICODE_REVERSE_SIGNATURE;
    sample = count > 256 ? 256 : count;
    for (ULONG i = 0; i < sample; i++) {
        WCHAR c = text[i];

        zero_high += !(c >> 8);
        zero_bytes += !(c >> 8) || !(c & 0xff);
        controls += c == '\r' || c == '\n' || c == '\t' || c == ' ' || c == 0x3000;
        reverse_controls += c == 0x0d00 || c == 0x0a00 || c == 0x0900 || c == 0x2000;
        if (c == 0xfffe || c == 0xffff || c == 0x0000)
            found |= c ? IS_TEXT_UNICODE_ILLEGAL_CHARS : 0;
        if (i) {
            int low = (c & 0xff) - (text[i - 1] & 0xff), high = (c >> 8) - (text[i - 1] >> 8);

            low_changes += (ULONG)(low < 0 ? -low : low);
            high_changes += (ULONG)(high < 0 ? -high : high);
        }
    }
    if (zero_high == sample)
        found |= IS_TEXT_UNICODE_ASCII16;
    if (zero_bytes)
        found |= IS_TEXT_UNICODE_NULL_BYTES;
    if (controls)
        found |= IS_TEXT_UNICODE_CONTROLS;
    if (reverse_controls)
        found |= IS_TEXT_UNICODE_REVERSE_CONTROLS;
    if (high_changes * 3 < low_changes)
        found |= IS_TEXT_UNICODE_STATISTICS;
    if (low_changes * 3 < high_changes)
        found |= IS_TEXT_UNICODE_REVERSE_STATISTICS;
    if (flags)
        *flags = found & wanted;
    found &= wanted;
    if (found & IS_TEXT_UNICODE_SIGNATURE)
        return TRUE;
    if (found & (IS_TEXT_UNICODE_REVERSE_MASK | IS_TEXT_UNICODE_NOT_UNICODE_MASK))
        return FALSE;
    return (found & (IS_TEXT_UNICODE_UNICODE_MASK | IS_TEXT_UNICODE_NULL_BYTES)) != 0;
}
