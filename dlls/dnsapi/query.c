/*
 * DnsQuery: a query by the host's resolver, its answer packet as a list of records. Names and texts are
 * kept in the character set of the call, each record with its data in one block.
 */
#include <winsock2.h>
#include <windows.h>
#include <windns.h>
#include <nt/rtl.h>
#include <nt/syscalls.h>
#include <gastwirt/resolve.h>

enum { PACKET_ROOM = 65536, NAME_ROOM = 1025, MAX_TEXTS = 64 };

struct packet {
    const UCHAR *data;
    ULONG size;
    BOOL wide;
};

static void *allocate(SIZE_T size)
{
    return HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, size);
}

static void release(void *block)
{
    if (block)
        HeapFree(GetProcessHeap(), 0, block);
}

static USHORT word(const UCHAR *at)
{
    return (USHORT)(at[0] << 8 | at[1]);
}

static DWORD number(const UCHAR *at)
{
    return (DWORD)at[0] << 24 | (DWORD)at[1] << 16 | (DWORD)at[2] << 8 | at[3];
}

/* Reads a name, which may jump back; *at is behind it then. FALSE: malformed. */
static BOOL read_name(const struct packet *packet, ULONG *at, char name[NAME_ROOM])
{
    ULONG place = *at, used = 0, jumps = 0;
    BOOL jumped = FALSE;
    for (;;) {
        if (place >= packet->size)
            return FALSE;
        UCHAR length = packet->data[place];
        if ((length & 0xc0) == 0xc0) {
            if (place + 1 >= packet->size || ++jumps > 64)
                return FALSE;
            if (!jumped)
                *at = place + 2;
            jumped = TRUE;
            place = word(packet->data + place) & 0x3fff;
            continue;
        }
        if (length > 63 || place + length >= packet->size || used + length + 2 > NAME_ROOM)
            return FALSE;
        place++;
        if (!length)
            break;
        if (used)
            name[used++] = '.';
        CopyMemory(name + used, packet->data + place, length);
        used += length;
        place += length;
    }
    name[used] = 0;
    if (!jumped)
        *at = place;
    return TRUE;
}

/* A copy in the caller's character set; NULL: no memory. */
static void *text(const struct packet *packet, const char *from, int length)
{
    if (!packet->wide) {
        char *copy = allocate((SIZE_T)length + 1);
        if (copy)
            CopyMemory(copy, from, (SIZE_T)length);
        return copy;
    }
    int size = length ? MultiByteToWideChar(CP_UTF8, 0, from, length, NULL, 0) : 0;
    WCHAR *copy = allocate(((SIZE_T)size + 1) * sizeof *copy);
    if (copy && size)
        MultiByteToWideChar(CP_UTF8, 0, from, length, copy, size);
    return copy;
}

static void *name_at(const struct packet *packet, ULONG *at)
{
    char name[NAME_ROOM];
    return read_name(packet, at, name) ? text(packet, name, lstrlenA(name)) : NULL;
}

static void free_record(DNS_RECORDW *record)
{
    release(record->pName);
    switch (record->wType) {
    case DNS_TYPE_PTR:
    case DNS_TYPE_NS:
    case DNS_TYPE_CNAME: release(record->Data.PTR.pNameHost); break;
    case DNS_TYPE_MX: release(record->Data.MX.pNameExchange); break;
    case DNS_TYPE_SRV: release(record->Data.SRV.pNameTarget); break;
    case DNS_TYPE_SOA:
        release(record->Data.SOA.pNamePrimaryServer);
        release(record->Data.SOA.pNameAdministrator);
        break;
    case DNS_TYPE_TEXT:
        for (DWORD i = 0; i < record->Data.TXT.dwStringCount; i++)
            release(record->Data.TXT.pStringArray[i]);
        break;
    }
    release(record);
}

/* Fills in a record's data; FALSE: malformed, or no memory. */
static BOOL read_data(const struct packet *packet, DNS_RECORDW *record, ULONG at, ULONG length)
{
    const UCHAR *data = packet->data + at;
    ULONG end = at + length;
    switch (record->wType) {
    case DNS_TYPE_A:
        record->wDataLength = sizeof record->Data.A;
        if (length == 4)
            CopyMemory(&record->Data.A.IpAddress, data, 4);
        return length == 4;
    case DNS_TYPE_AAAA:
        record->wDataLength = sizeof record->Data.AAAA;
        if (length == 16)
            CopyMemory(&record->Data.AAAA.Ip6Address, data, 16);
        return length == 16;
    case DNS_TYPE_PTR:
    case DNS_TYPE_NS:
    case DNS_TYPE_CNAME:
        record->wDataLength = sizeof record->Data.PTR;
        return (record->Data.PTR.pNameHost = name_at(packet, &at)) != NULL;
    case DNS_TYPE_MX:
        record->wDataLength = sizeof record->Data.MX;
        if (length < 3)
            return FALSE;
        record->Data.MX.wPreference = word(data);
        at += 2;
        return (record->Data.MX.pNameExchange = name_at(packet, &at)) != NULL;
    case DNS_TYPE_SRV:
        record->wDataLength = sizeof record->Data.SRV;
        if (length < 7)
            return FALSE;
        record->Data.SRV.wPriority = word(data);
        record->Data.SRV.wWeight = word(data + 2);
        record->Data.SRV.wPort = word(data + 4);
        at += 6;
        return (record->Data.SRV.pNameTarget = name_at(packet, &at)) != NULL;
    case DNS_TYPE_SOA:
        record->wDataLength = sizeof record->Data.SOA;
        record->Data.SOA.pNamePrimaryServer = name_at(packet, &at);
        record->Data.SOA.pNameAdministrator = name_at(packet, &at);
        if (!record->Data.SOA.pNamePrimaryServer || !record->Data.SOA.pNameAdministrator || at + 20 > end)
            return FALSE;
        record->Data.SOA.dwSerialNo = number(packet->data + at);
        record->Data.SOA.dwRefresh = number(packet->data + at + 4);
        record->Data.SOA.dwRetry = number(packet->data + at + 8);
        record->Data.SOA.dwExpire = number(packet->data + at + 12);
        record->Data.SOA.dwDefaultTtl = number(packet->data + at + 16);
        return TRUE;
    case DNS_TYPE_TEXT:
        while (at < end && record->Data.TXT.dwStringCount < MAX_TEXTS) {
            UCHAR size = packet->data[at++];
            if (at + size > end)
                return FALSE;
            PWSTR copy = text(packet, (const char *)packet->data + at, size);
            if (!copy)
                return FALSE;
            record->Data.TXT.pStringArray[record->Data.TXT.dwStringCount++] = copy;
            at += size;
        }
        record->wDataLength = (WORD)(sizeof(DWORD) + record->Data.TXT.dwStringCount * sizeof(PWSTR));
        return TRUE;
    default: /* as it came */
        record->wDataLength = (WORD)length;
        CopyMemory(&record->Data, data, length);
        return TRUE;
    }
}

static void free_list(DNS_RECORDW *record)
{
    while (record) {
        DNS_RECORDW *next = record->pNext;
        free_record(record);
        record = next;
    }
}

static DNS_STATUS read_packet(const struct packet *packet, DNS_RECORDW **ret_first)
{
    DNS_RECORDW *first = NULL, **last = &first;
    char name[NAME_ROOM];
    ULONG at = 12, section[4];
    *ret_first = NULL;
    if (packet->size < 12)
        return DNS_ERROR_BAD_PACKET;
    for (int i = 0; i < 4; i++)
        section[i] = word(packet->data + 4 + 2 * i);
    for (ULONG i = 0; i < section[0]; i++) {
        if (!read_name(packet, &at, name))
            return DNS_ERROR_BAD_PACKET;
        at += 4;
    }
    for (int part = 1; part < 4; part++)
        for (ULONG i = 0; i < section[part]; i++) {
            if (!read_name(packet, &at, name) || at + 10 > packet->size)
                goto bad;
            USHORT type = word(packet->data + at), length = word(packet->data + at + 8);
            DWORD ttl = number(packet->data + at + 4);
            at += 10;
            if (at + length > packet->size)
                goto bad;
            if (type != DNS_TYPE_OPT) {
                SIZE_T extra = type == DNS_TYPE_TEXT ? MAX_TEXTS * sizeof(PWSTR) : length;
                DNS_RECORDW *record = allocate(sizeof *record + extra);
                if (!record)
                    goto bad;
                *last = record;
                record->wType = type;
                record->dwTtl = ttl;
                record->Flags.S.Section = (DWORD)part;
                record->Flags.S.CharSet = packet->wide ? DnsCharSetUnicode : DnsCharSetUtf8;
                record->pName = text(packet, name, lstrlenA(name));
                if (!record->pName || !read_data(packet, record, at, length))
                    goto bad;
                last = &record->pNext;
            }
            at += length;
        }
    *ret_first = first;
    return first ? ERROR_SUCCESS : DNS_INFO_NO_RECORDS;
bad:
    free_list(first);
    return DNS_ERROR_BAD_PACKET;
}

static DNS_STATUS query(const struct resolve_request *request, BOOL wide, DNS_RECORDW **ret_records)
{
    ULONG size = 0, error = 0;
    if (!ret_records)
        return ERROR_INVALID_PARAMETER;
    *ret_records = NULL;
    UCHAR *data = allocate(PACKET_ROOM);
    if (!data)
        return ERROR_NOT_ENOUGH_MEMORY;
    NTSTATUS status = GwResolve(RESOLVE_QUERY, (void *)request, sizeof *request, data, PACKET_ROOM, &size,
                                &error);
    DNS_STATUS result;
    if (!NT_SUCCESS(status))
        result = (DNS_STATUS)RtlNtStatusToDosError(status);
    else if (error)
        result = error == RESOLVE_NOT_FOUND   ? DNS_ERROR_RCODE_NAME_ERROR
                 : error == RESOLVE_NO_DATA   ? DNS_INFO_NO_RECORDS
                 : error == RESOLVE_TRY_AGAIN ? ERROR_TIMEOUT
                 : error == RESOLVE_MEMORY    ? ERROR_NOT_ENOUGH_MEMORY
                                              : DNS_ERROR_RCODE_SERVER_FAILURE;
    else {
        struct packet packet = {data, size, wide};
        result = read_packet(&packet, ret_records);
    }
    release(data);
    return result;
}

/* A request for a name of this code page (0: UTF-16); NULL: no memory or not a name. */
static struct resolve_request *prepare(const void *name, UINT page, WORD type)
{
    WCHAR wide[NAME_ROOM];
    struct resolve_request *request = name ? allocate(sizeof *request) : NULL;
    if (!request)
        return NULL;
    request->type = type;
    if (page && !MultiByteToWideChar(page, 0, name, -1, wide, ARRAYSIZE(wide)))
        wide[0] = 0;
    WideCharToMultiByte(CP_UTF8, 0, page ? wide : name, -1, request->name, sizeof request->name, NULL, NULL);
    return request;
}

/* Options about caches, hosts files, multicast and NetBIOS name things that are not part of a query here
 * anyway. */
static DNS_STATUS run(const void *name, UINT page, WORD type, DWORD options, const IP4_ARRAY *servers,
                      PDNS_RECORD *records)
{
    struct resolve_request *request = prepare(name, page, type);
    if (!request)
        return ERROR_INVALID_PARAMETER;
    request->flags = (options & DNS_QUERY_USE_TCP_ONLY ? RESOLVE_TCP : 0) |
                     (options & DNS_QUERY_NO_RECURSION ? RESOLVE_NO_RECURSION : 0);
    for (DWORD i = 0; servers && i < servers->AddrCount && i < RESOLVE_SERVERS; i++)
        request->servers[i] = servers->AddrArray[i];
    if (options & DNS_QUERY_NO_WIRE_QUERY) { /* nothing is cached */
        release(request);
        if (!records)
            return ERROR_INVALID_PARAMETER;
        *records = NULL;
        return DNS_ERROR_RECORD_DOES_NOT_EXIST;
    }
    DNS_STATUS status = query(request, !page, (DNS_RECORDW **)records);
    release(request);
    return status;
}

DNS_STATUS WINAPI DnsQuery_W(PCWSTR name, WORD type, DWORD options, PIP4_ARRAY extra, PDNS_RECORD *records,
                             PVOID *reserved)
{
    (void)reserved;
    return run(name, 0, type, options, extra, records);
}

DNS_STATUS WINAPI DnsQuery_A(PCSTR name, WORD type, DWORD options, PIP4_ARRAY extra, PDNS_RECORD *records,
                             PVOID *reserved)
{
    (void)reserved;
    return run(name, CP_ACP, type, options, extra, records);
}

DNS_STATUS WINAPI DnsQuery_UTF8(PCSTR name, WORD type, DWORD options, PIP4_ARRAY extra, PDNS_RECORD *records,
                                PVOID *reserved)
{
    (void)reserved;
    return run(name, CP_UTF8, type, options, extra, records);
}

VOID WINAPI DnsFree(PVOID data, DNS_FREE_TYPE type)
{
    if (type == DnsFreeRecordList)
        free_list(data);
    else
        release(data);
}

#undef DnsRecordListFree
VOID WINAPI DnsRecordListFree(PDNS_RECORD records, DNS_FREE_TYPE type);
VOID WINAPI DnsRecordListFree(PDNS_RECORD records, DNS_FREE_TYPE type)
{
    if (type == DnsFreeRecordList)
        free_list((DNS_RECORDW *)records);
}
