/*
 * Reading DER.
 */
#include "crypt32.h"

BOOL der_next(struct der *in, struct der *ret)
{
    const BYTE *p = in->data, *end = p + in->size;

    if (in->size < 2)
        return FALSE;
    ret->whole = p;
    ret->tag = *p++;
    SIZE_T length = *p++;
    if (length & 0x80) {
        unsigned count = length & 0x7f;
        if (!count || count > 4 || (SIZE_T)(end - p) < count)
            return FALSE;
        for (length = 0; count--;)
            length = length << 8 | *p++;
    }
    if ((SIZE_T)(end - p) < length)
        return FALSE;
    ret->data = p;
    ret->size = (DWORD)length;
    ret->whole_size = (DWORD)(p + length - ret->whole);
    in->data = p + length;
    in->size = (DWORD)(end - in->data);
    return TRUE;
}

BOOL der_open(const BYTE *data, DWORD size, struct der *ret)
{
    struct der all = {.data = data, .size = size};
    return der_next(&all, ret) && !all.size;
}

BOOL der_oid(const struct der *oid, char *text)
{
    char *p = text;

    if (oid->tag != 6 || !oid->size)
        return FALSE;
    for (DWORD i = 0; i < oid->size;) {
        ULONGLONG value = 0;
        char digits[20];
        int n = 0;
        do {
            if (i >= oid->size || value >> 50)
                return FALSE;
            value = value << 7 | (oid->data[i] & 0x7f);
        } while (oid->data[i++] & 0x80);
        if (p == text) {
            unsigned first = value < 40 ? 0 : value < 80 ? 1 : 2;
            *p++ = (char)('0' + first);
            value -= first * 40;
        }
        if (p - text > 100)
            return FALSE;
        *p++ = '.';
        do
            digits[n++] = (char)('0' + value % 10);
        while (value /= 10);
        while (n)
            *p++ = digits[--n];
    }
    *p = 0;
    return TRUE;
}

/* UTCTime (two digits of the year) or GeneralizedTime, both in Z. */
BOOL der_time(const struct der *time, FILETIME *ret)
{
    SYSTEMTIME t = {0};
    WORD field[7];
    unsigned digits = time->tag == 0x18 ? 4 : 2, at = 0;

    if ((time->tag != 0x17 && time->tag != 0x18) || time->size < digits + 10)
        return FALSE;
    for (unsigned i = 0; i < 6; i++) {
        field[i] = 0;
        for (unsigned n = i ? 2 : digits; n; n--) {
            if (time->data[at] < '0' || time->data[at] > '9')
                return FALSE;
            field[i] = (WORD)(field[i] * 10 + time->data[at++] - '0');
        }
    }
    t.wYear = digits == 4 ? field[0] : (WORD)(field[0] + (field[0] < 50 ? 2000 : 1900));
    t.wMonth = field[1];
    t.wDay = field[2];
    t.wHour = field[3];
    t.wMinute = field[4];
    t.wSecond = field[5];
    return SystemTimeToFileTime(&t, ret);
}
