/*
 * UUIDs: fresh ones, as text, compared. Strings are from the process heap and are given back with
 * RpcStringFree.
 */
#include <windows.h>
#include <rpc.h>

#define TEXT_LENGTH 36
#define GREGORIAN   0x146bf33e42c000ull /* 100 ns from 1582-10-15 to 1601-01-01 */

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG size);

static const UUID nil;

/* A UUID's bytes in the order of its text. */
static const UCHAR text_order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

static BOOL hyphen_before(unsigned byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

RPC_STATUS WINAPI UuidCreate(UUID *uuid)
{
    if (!SystemFunction036(uuid, sizeof *uuid))
        return RPC_S_UUID_NO_ADDRESS;
    uuid->Data3 = (uuid->Data3 & 0x0fff) | 0x4000; /* version 4: random */
    uuid->Data4[0] = (uuid->Data4[0] & 0x3f) | 0x80;
    return RPC_S_OK;
}

/* The node is a random one, which its lowest bit says: such UUIDs are unique on this computer only. */
RPC_STATUS WINAPI UuidCreateSequential(UUID *uuid)
{
    static SRWLOCK lock = SRWLOCK_INIT;
    static ULONGLONG last;
    static UCHAR node[8]; /* the sequence and the node */
    FILETIME now;
    ULONGLONG time;

    GetSystemTimePreciseAsFileTime(&now);
    time = ((ULONGLONG)now.dwHighDateTime << 32 | now.dwLowDateTime) + GREGORIAN;
    AcquireSRWLockExclusive(&lock);
    if (!last) {
        if (!SystemFunction036(node, sizeof node)) {
            ReleaseSRWLockExclusive(&lock);
            return RPC_S_UUID_NO_ADDRESS;
        }
        node[0] = (node[0] & 0x3f) | 0x80;
        node[2] |= 1;
    }
    last = time = time > last ? time : last + 1;
    memcpy(uuid->Data4, node, sizeof node);
    ReleaseSRWLockExclusive(&lock);
    uuid->Data1 = (ULONG)time;
    uuid->Data2 = (USHORT)(time >> 32);
    uuid->Data3 = (USHORT)(time >> 48 & 0x0fff) | 0x1000; /* version 1: time */
    return RPC_S_UUID_LOCAL_ONLY;
}

RPC_STATUS WINAPI UuidCreateNil(UUID *uuid)
{
    *uuid = nil;
    return RPC_S_OK;
}

RPC_STATUS WINAPI UuidToStringW(UUID *uuid, RPC_WSTR *ret_text)
{
    const UCHAR *bytes = (const UCHAR *)(uuid ? uuid : &nil);
    WCHAR *text = HeapAlloc(GetProcessHeap(), 0, (TEXT_LENGTH + 1) * sizeof *text);
    unsigned at = 0;

    if (!text)
        return RPC_S_OUT_OF_MEMORY;
    for (unsigned i = 0; i < sizeof text_order; i++) {
        UCHAR byte = bytes[text_order[i]];

        if (hyphen_before(i))
            text[at++] = '-';
        text[at++] = L"0123456789abcdef"[byte >> 4];
        text[at++] = L"0123456789abcdef"[byte & 15];
    }
    text[at] = 0;
    *ret_text = (RPC_WSTR)text;
    return RPC_S_OK;
}

RPC_STATUS WINAPI UuidToStringA(UUID *uuid, RPC_CSTR *ret_text)
{
    RPC_WSTR wide;
    RPC_STATUS status = UuidToStringW(uuid, &wide);
    UCHAR *text;

    if (status)
        return status;
    text = HeapAlloc(GetProcessHeap(), 0, TEXT_LENGTH + 1);
    for (unsigned i = 0; text && i <= TEXT_LENGTH; i++)
        text[i] = (UCHAR)wide[i];
    RpcStringFreeW(&wide);
    if (!text)
        return RPC_S_OUT_OF_MEMORY;
    *ret_text = text;
    return RPC_S_OK;
}

static int digit(WCHAR c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

RPC_STATUS WINAPI UuidFromStringW(RPC_WSTR text, UUID *ret_uuid)
{
    const WCHAR *at = (const WCHAR *)text;
    UUID uuid;

    if (!text)
        return UuidCreateNil(ret_uuid);
    for (unsigned i = 0; i < sizeof text_order; i++) {
        if (hyphen_before(i) && *at++ != '-')
            return RPC_S_INVALID_STRING_UUID;
        int high = digit(at[0]), low = high < 0 ? -1 : digit(at[1]);
        if (low < 0)
            return RPC_S_INVALID_STRING_UUID;
        ((UCHAR *)&uuid)[text_order[i]] = (UCHAR)(high << 4 | low);
        at += 2;
    }
    if (*at)
        return RPC_S_INVALID_STRING_UUID;
    *ret_uuid = uuid;
    return RPC_S_OK;
}

RPC_STATUS WINAPI UuidFromStringA(RPC_CSTR text, UUID *ret_uuid)
{
    WCHAR wide[TEXT_LENGTH + 2];

    if (!text)
        return UuidCreateNil(ret_uuid);
    for (unsigned i = 0; i < RTL_NUMBER_OF(wide); i++) {
        wide[i] = text[i];
        if (!text[i])
            return UuidFromStringW((RPC_WSTR)wide, ret_uuid);
    }
    return RPC_S_INVALID_STRING_UUID;
}

/* By fields, as numbers. */
int WINAPI UuidCompare(UUID *a, UUID *b, RPC_STATUS *ret_status)
{
    const UUID *left = a ? a : &nil, *right = b ? b : &nil;

    *ret_status = RPC_S_OK;
    if (left->Data1 != right->Data1)
        return left->Data1 < right->Data1 ? -1 : 1;
    if (left->Data2 != right->Data2)
        return left->Data2 < right->Data2 ? -1 : 1;
    if (left->Data3 != right->Data3)
        return left->Data3 < right->Data3 ? -1 : 1;
    for (unsigned i = 0; i < sizeof left->Data4; i++)
        if (left->Data4[i] != right->Data4[i])
            return left->Data4[i] < right->Data4[i] ? -1 : 1;
    return 0;
}

int WINAPI UuidEqual(UUID *a, UUID *b, RPC_STATUS *ret_status)
{
    return UuidCompare(a, b, ret_status) == 0;
}

int WINAPI UuidIsNil(UUID *uuid, RPC_STATUS *ret_status)
{
    return UuidEqual(uuid, NULL, ret_status);
}

/* The two checksums of DCE's hash of a UUID. */
unsigned short WINAPI UuidHash(UUID *uuid, RPC_STATUS *ret_status)
{
    const UCHAR *bytes = (const UCHAR *)(uuid ? uuid : &nil);
    int first = 0, second = 0, low, high;

    for (unsigned i = 0; i < sizeof *uuid; i++) {
        first += bytes[i];
        second += first;
    }
    *ret_status = RPC_S_OK;
    low = -second % 255;
    high = (second - first) % 255;
    return (unsigned short)((high < 0 ? high + 255 : high) << 8 | (low < 0 ? low + 255 : low));
}

RPC_STATUS WINAPI RpcStringFreeW(RPC_WSTR *text)
{
    HeapFree(GetProcessHeap(), 0, *text);
    *text = NULL;
    return RPC_S_OK;
}

RPC_STATUS WINAPI RpcStringFreeA(RPC_CSTR *text)
{
    HeapFree(GetProcessHeap(), 0, *text);
    *text = NULL;
    return RPC_S_OK;
}
