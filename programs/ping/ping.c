/*
 * ping.exe: echo requests, over a raw socket. The own host answers without one: batch files wait that way.
 */
#include <winsock2.h>
#include <ws2tcpip.h>

#include "../include/console.h"

struct echo { /* an ICMP message, with its data behind */
    unsigned char type, code;
    unsigned short checksum, id, sequence;
};

static unsigned count = 4, size = 32, timeout = 4000, ttl = 128;
static BOOL forever;

static unsigned short checksum(const void *data, size_t length)
{
    const unsigned char *bytes = data;
    unsigned sum = 0;
    for (size_t i = 0; i < length; i++)
        sum += (unsigned)bytes[i] << (i % 2 ? 8 : 0);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (unsigned short)~sum;
}

/* Milliseconds until the answer, -1: none came, -2: nothing can be sent. */
static int exchange(SOCKET raw, const struct sockaddr_in *to, unsigned short sequence, unsigned *ret_ttl)
{
    static char packet[65536];
    struct echo *echo = (struct echo *)packet;
    if (raw == INVALID_SOCKET)
        return -2;
    memset(packet, 'a', sizeof *echo + size);
    *echo = (struct echo){
        .type = 8, .id = (unsigned short)GetCurrentProcessId(), .sequence = htons(sequence)};
    echo->checksum = checksum(packet, sizeof *echo + size);
    const unsigned short id = echo->id;
    const ULONGLONG start = GetTickCount64();
    if (sendto(raw, packet, (int)(sizeof *echo + size), 0, (const struct sockaddr *)to, sizeof *to) < 0)
        return -2;
    for (;;) {
        const ULONGLONG now = GetTickCount64();
        if (now - start >= timeout)
            return -1;
        const unsigned left = timeout - (unsigned)(now - start);
        struct timeval limit = {(long)(left / 1000), (long)(left % 1000) * 1000};
        fd_set set;
        FD_ZERO(&set);
        FD_SET(raw, &set);
        if (select(0, &set, NULL, NULL, &limit) <= 0)
            return -1;
        const int got = recv(raw, packet, sizeof packet, 0);
        const int head = got > 20 ? (packet[0] & 15) * 4 : 0;
        const struct echo *answer = (const struct echo *)(packet + head);
        if (got >= head + (int)sizeof *answer && answer->type == 0 && answer->id == id &&
            answer->sequence == htons(sequence)) {
            *ret_ttl = (unsigned char)packet[8];
            return (int)(GetTickCount64() - start);
        }
    }
}

static BOOL is_own(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
    return (ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24) == 127;
}

static int ping(const wchar_t *host, const ADDRINFOW *info)
{
    wchar_t name[80];
    DWORD room = ARRAYSIZE(name);
    unsigned sent = 0, got = 0, least = ~0u, most = 0, total = 0;
    const BOOL own = is_own(info->ai_addr);
    const SOCKET raw = own || info->ai_family != AF_INET ? INVALID_SOCKET
                                                         : socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    WSAAddressToStringW(info->ai_addr, (DWORD)info->ai_addrlen, NULL, name, &room);
    print(L"\r\nPinging %ls", host);
    if (wcscmp(host, name))
        print(L" [%ls]", name);
    print(L" with %u bytes of data:\r\n", size);
    while (forever || sent < count) {
        unsigned hops = ttl;
        const int time = own ? 0
                             : exchange(raw, (const struct sockaddr_in *)info->ai_addr,
                                        (unsigned short)(sent + 1), &hops);
        sent++;
        if (time >= 0) {
            got++;
            total += (unsigned)time;
            least = (unsigned)time < least ? (unsigned)time : least;
            most = (unsigned)time > most ? (unsigned)time : most;
            if (time)
                print(L"Reply from %ls: bytes=%u time=%dms TTL=%u\r\n", name, size, time, hops);
            else
                print(L"Reply from %ls: bytes=%u time<1ms TTL=%u\r\n", name, size, hops);
        } else {
            print(time == -1 ? L"Request timed out.\r\n" : L"PING: transmit failed. General failure.\r\n");
        }
        if (forever || sent < count)
            Sleep(1000);
    }
    print(
        L"\r\nPing statistics for %ls:\r\n    Packets: Sent = %u, Received = %u, Lost = %u (%u%% loss),\r\n",
        name, sent, got, sent - got, sent ? (sent - got) * 100 / sent : 0);
    if (got)
        print(L"Approximate round trip times in milli-seconds:\r\n    Minimum = %ums, Maximum = %ums, "
              L"Average = %ums\r\n",
              least, most, total / got);
    if (raw != INVALID_SOCKET)
        closesocket(raw);
    return got ? 0 : 1;
}

static int usage(int status)
{
    print(L"Usage: ping [-t] [-a] [-n count] [-l size] [-f] [-i TTL] [-w timeout] [-4] [-6] target_name\r\n");
    return status;
}

int wmain(int argc, wchar_t **argv)
{
    const wchar_t *host = NULL;
    ADDRINFOW hints = {.ai_family = AF_UNSPEC}, *info;
    WSADATA data;
    for (int i = 1; i < argc; i++) {
        const wchar_t option = (argv[i][0] == '-' || argv[i][0] == '/') && argv[i][1] && !argv[i][2]
                                   ? argv[i][1]
                                   : 0;
        if (!option) {
            host = argv[i];
        } else if (wcschr(L"nlwi", option) && i + 1 < argc) {
            const unsigned value = wcstoul(argv[++i], NULL, 10);
            if (option == 'n' && !value) {
                print(L"Bad value for option -n, valid range is from 1 to 4294967295.\r\n");
                return 1;
            }
            *(option == 'n' ? &count : option == 'l' ? &size : option == 'w' ? &timeout : &ttl) = value;
        } else if (option == 't') {
            forever = TRUE;
        } else if (option == '4' || option == '6') {
            hints.ai_family = option == '4' ? AF_INET : AF_INET6;
        } else if (!wcschr(L"afrsvRSjk", option)) {
            return usage(option != '?');
        }
    }
    if (!host)
        return usage(1);
    if (size > 65500) {
        print(L"Bad value for option -l, valid range is from 0 to 65500.\r\n");
        return 1;
    }
    if (WSAStartup(MAKEWORD(2, 2), &data) || GetAddrInfoW(host, NULL, &hints, &info)) {
        print(L"Ping request could not find host %ls. Please check the name and try again.\r\n", host);
        return 1;
    }
    const int status = ping(host, info);
    FreeAddrInfoW(info);
    WSACleanup();
    return status;
}
