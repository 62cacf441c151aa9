/* Rtl's Internet addresses as text, and back. */
#include <winsock2.h>
#include "../harness.h"
#include <in6addr.h>

char *NTAPI RtlIpv4AddressToStringA(const IN_ADDR *, char *);
WCHAR *NTAPI RtlIpv4AddressToStringW(const IN_ADDR *, WCHAR *);
LONG NTAPI RtlIpv4AddressToStringExA(const IN_ADDR *, USHORT, char *, ULONG *);
LONG NTAPI RtlIpv4AddressToStringExW(const IN_ADDR *, USHORT, WCHAR *, ULONG *);
LONG NTAPI RtlIpv4StringToAddressA(const char *, BOOLEAN, const char **, IN_ADDR *);
LONG NTAPI RtlIpv4StringToAddressW(const WCHAR *, BOOLEAN, const WCHAR **, IN_ADDR *);
LONG NTAPI RtlIpv4StringToAddressExA(const char *, BOOLEAN, IN_ADDR *, USHORT *);
LONG NTAPI RtlIpv4StringToAddressExW(const WCHAR *, BOOLEAN, IN_ADDR *, USHORT *);
char *NTAPI RtlIpv6AddressToStringA(const IN6_ADDR *, char *);
WCHAR *NTAPI RtlIpv6AddressToStringW(const IN6_ADDR *, WCHAR *);
LONG NTAPI RtlIpv6AddressToStringExA(const IN6_ADDR *, ULONG, USHORT, char *, ULONG *);
LONG NTAPI RtlIpv6AddressToStringExW(const IN6_ADDR *, ULONG, USHORT, WCHAR *, ULONG *);
LONG NTAPI RtlIpv6StringToAddressA(const char *, const char **, IN6_ADDR *);
LONG NTAPI RtlIpv6StringToAddressW(const WCHAR *, const WCHAR **, IN6_ADDR *);
LONG NTAPI RtlIpv6StringToAddressExA(const char *, IN6_ADDR *, ULONG *, USHORT *);
LONG NTAPI RtlIpv6StringToAddressExW(const WCHAR *, IN6_ADDR *, ULONG *, USHORT *);

static WCHAR *widen(const char *text)
{
    static WCHAR wide[80];

    MultiByteToWideChar(CP_ACP, 0, text, -1, wide, 80);
    return wide;
}

TEST(v4_to_text)
{
    IN_ADDR address = {.S_un.S_addr = 0x0100a8c0}; /* 192.168.0.1 in network order */
    char text[32];
    WCHAR wide[32];
    ULONG size = 32;

    CHECK_EQ(RtlIpv4AddressToStringA(&address, text) - text, 11);
    CHECK_STR(text, "192.168.0.1");
    CHECK_EQ(RtlIpv4AddressToStringW(&address, wide) - wide, 11);
    CHECK_WSTR(wide, L"192.168.0.1");
    CHECK_STATUS(RtlIpv4AddressToStringExA(&address, 0, text, &size), STATUS_SUCCESS);
    CHECK_EQ(size, 12);
    size = 32;
    CHECK_STATUS(RtlIpv4AddressToStringExA(&address, 0x901f, text, &size), STATUS_SUCCESS); /* 8080 */
    CHECK_STR(text, "192.168.0.1:8080");
    CHECK_EQ(size, 17);
    size = 16;
    CHECK_STATUS(RtlIpv4AddressToStringExA(&address, 0x901f, text, &size), STATUS_INVALID_PARAMETER);
    CHECK_EQ(size, 17);
    size = 32;
    CHECK_STATUS(RtlIpv4AddressToStringExW(&address, 0x5000, wide, &size), STATUS_SUCCESS);
    CHECK_WSTR(wide, L"192.168.0.1:80");
    CHECK_STATUS(RtlIpv4AddressToStringExW(NULL, 0, wide, &size), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlIpv4AddressToStringExA(&address, 0, NULL, &size), STATUS_INVALID_PARAMETER);
}

TEST(v4_from_text)
{
    ORACLE_DIFFERS("no port is port 0");
    static const struct {
        const char *text;
        BOOLEAN strict;
        int end; /* where parsing stops */
        ULONG address;
        LONG status;
    } cases[] = {{"1.2.3.4", TRUE, 7, 0x04030201, 0},
                 {"1.2.3.4", FALSE, 7, 0x04030201, 0},
                 {"255.255.255.255x", TRUE, 15, 0xffffffff, 0},
                 {"0x7f.1", FALSE, 6, 0x0100007f, 0},
                 {"1", FALSE, 1, 0x01000000, 0},
                 {"1.2.3", FALSE, 5, 0x03000201, 0},
                 {"010.2.3.4", FALSE, 9, 0x04030208, 0},
                 {"1.2.3", TRUE, -1, 0, STATUS_INVALID_PARAMETER},
                 {"1.2.3.256", TRUE, -1, 0, STATUS_INVALID_PARAMETER},
                 {"", FALSE, -1, 0, STATUS_INVALID_PARAMETER},
                 {"a.b.c.d", FALSE, -1, 0, STATUS_INVALID_PARAMETER}};

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        IN_ADDR address = {.S_un.S_addr = 0};
        const char *end = NULL;
        const WCHAR *wide_end = NULL, *wide = widen(cases[i].text);
        LONG status = RtlIpv4StringToAddressA(cases[i].text, cases[i].strict, &end, &address);
        if (status != cases[i].status)
            FAIL("\"%s\": %lx", cases[i].text, status);
        if (!cases[i].status) {
            CHECK_EQ(address.S_un.S_addr, cases[i].address);
            CHECK_EQ(end - cases[i].text, cases[i].end);
        }
        CHECK_STATUS(RtlIpv4StringToAddressW(wide, cases[i].strict, &wide_end, &address), cases[i].status);
        if (!cases[i].status) {
            CHECK_EQ(address.S_un.S_addr, cases[i].address);
            CHECK_EQ(wide_end - wide, cases[i].end);
        }
    }
    IN_ADDR address;
    USHORT port = 1;
    CHECK_STATUS(RtlIpv4StringToAddressExA("1.2.3.4:80", TRUE, &address, &port), STATUS_SUCCESS);
    CHECK_EQ(port, 0x5000);
    CHECK_EQ(address.S_un.S_addr, 0x04030201);
    CHECK_STATUS(RtlIpv4StringToAddressExA("1.2.3.4", TRUE, &address, &port), STATUS_SUCCESS);
    CHECK_EQ(port, 0);
    CHECK_STATUS(RtlIpv4StringToAddressExW(L"1.2.3.4:0x10", TRUE, &address, &port), STATUS_SUCCESS);
    CHECK_EQ(port, 0x1000);
    CHECK_STATUS(RtlIpv4StringToAddressExA("1.2.3.4:", TRUE, &address, &port), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlIpv4StringToAddressExA("1.2.3.4:70000", TRUE, &address, &port), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlIpv4StringToAddressExA("1.2.3.4x", TRUE, &address, &port), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlIpv4StringToAddressExW(NULL, TRUE, &address, &port), STATUS_INVALID_PARAMETER);
}

static const struct {
    UCHAR bytes[16];
    const char *text;
} v6[] = {{{0}, "::"},
          {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, "::1"},
          {{0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12}, "2001:db8::12"},
          {{0x20, 1, 0x0d, 0xb8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 3}, "2001:db8:1:0:2::3"},
          {{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0xab, 0xcd, 0, 1, 0, 2, 0, 3}, "fe80::abcd:1:2:3"},
          {{0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8}, "1:2:3:4:5:6:7:8"},
          {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3, 4}, "::ffff:1.2.3.4"}};

TEST(v6_to_text)
{
    for (unsigned i = 0; i < ARRAYSIZE(v6); i++) {
        IN6_ADDR address;
        char text[64];
        WCHAR wide[64];
        memcpy(&address, v6[i].bytes, 16);
        CHECK_EQ(RtlIpv6AddressToStringA(&address, text) - text, strlen(v6[i].text));
        CHECK_STR(text, v6[i].text);
        CHECK_EQ(RtlIpv6AddressToStringW(&address, wide) - wide, strlen(v6[i].text));
        CHECK_WSTR(wide, widen(v6[i].text));
    }
    IN6_ADDR address;
    char text[80];
    WCHAR wide[80];
    ULONG size = 80;
    memcpy(&address, v6[4].bytes, 16);
    CHECK_STATUS(RtlIpv6AddressToStringExA(&address, 7, 0x5000, text, &size), STATUS_SUCCESS);
    CHECK_STR(text, "[fe80::abcd:1:2:3%7]:80");
    CHECK_EQ(size, 24);
    size = 80;
    CHECK_STATUS(RtlIpv6AddressToStringExW(&address, 0, 0, wide, &size), STATUS_SUCCESS);
    CHECK_WSTR(wide, L"fe80::abcd:1:2:3");
    CHECK_EQ(size, 17);
    size = 5;
    CHECK_STATUS(RtlIpv6AddressToStringExA(&address, 7, 0x5000, text, &size), STATUS_INVALID_PARAMETER);
    CHECK_EQ(size, 24);
    CHECK_STATUS(RtlIpv6AddressToStringExA(NULL, 7, 0, text, &size), STATUS_INVALID_PARAMETER);
}

TEST(v6_from_text)
{
    static const char *const bad[] = {"", ":", "1:2:3", "1:2:3:4:5:6:7:8:9", "12345::", "g::1"};
    IN6_ADDR address;
    const char *end;
    const WCHAR *wide_end;
    ULONG scope = 9;
    USHORT port = 9;

    for (unsigned i = 0; i < ARRAYSIZE(v6); i++) {
        memset(&address, 0x55, sizeof address);
        CHECK_STATUS(RtlIpv6StringToAddressA(v6[i].text, &end, &address), STATUS_SUCCESS);
        CHECK_EQ(memcmp(&address, v6[i].bytes, 16), 0);
        CHECK_EQ(*end, 0);
        memset(&address, 0x55, sizeof address);
        CHECK_STATUS(RtlIpv6StringToAddressW(widen(v6[i].text), &wide_end, &address), STATUS_SUCCESS);
        CHECK_EQ(memcmp(&address, v6[i].bytes, 16), 0);
    }
    for (unsigned i = 0; i < ARRAYSIZE(bad); i++)
        CHECK_STATUS(RtlIpv6StringToAddressExA(bad[i], &address, &scope, &port), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlIpv6StringToAddressExA("[::1%5]:443", &address, &scope, &port), STATUS_SUCCESS);
    CHECK_EQ(scope, 5);
    CHECK_EQ(port, 0xbb01);
    CHECK_EQ(memcmp(&address, v6[1].bytes, 16), 0);
    CHECK_STATUS(RtlIpv6StringToAddressExW(L"2001:db8::12", &address, &scope, &port), STATUS_SUCCESS);
    CHECK_EQ(scope, 0);
    CHECK_EQ(port, 0);
    CHECK_STATUS(RtlIpv6StringToAddressExW(L"[::1", &address, &scope, &port), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlIpv6StringToAddressExA("[::1]:", &address, &scope, &port), STATUS_INVALID_PARAMETER);
}
