/*
 * ntdll's texts of Internet addresses. Include winsock2.h first.
 */
#ifndef NT_IPADDR_H
#define NT_IPADDR_H

#include <in6addr.h>
#include <nt/base.h>

NTSTATUS NTAPI RtlIpv4StringToAddressA(const char *text, BOOLEAN strict, char **end, struct in_addr *address);
NTSTATUS NTAPI RtlIpv4StringToAddressW(const WCHAR *text, BOOLEAN strict, WCHAR **end,
                                       struct in_addr *address);
NTSTATUS NTAPI RtlIpv4StringToAddressExA(const char *text, BOOLEAN strict, struct in_addr *address,
                                         USHORT *port);
NTSTATUS NTAPI RtlIpv4StringToAddressExW(const WCHAR *text, BOOLEAN strict, struct in_addr *address,
                                         USHORT *port);
NTSTATUS NTAPI RtlIpv6StringToAddressA(const char *text, char **end, struct in6_addr *address);
NTSTATUS NTAPI RtlIpv6StringToAddressW(const WCHAR *text, WCHAR **end, struct in6_addr *address);
NTSTATUS NTAPI RtlIpv6StringToAddressExA(const char *text, struct in6_addr *address, ULONG *scope,
                                         USHORT *port);
NTSTATUS NTAPI RtlIpv6StringToAddressExW(const WCHAR *text, struct in6_addr *address, ULONG *scope,
                                         USHORT *port);
char *NTAPI RtlIpv4AddressToStringA(const struct in_addr *address, char *to);
WCHAR *NTAPI RtlIpv4AddressToStringW(const struct in_addr *address, WCHAR *to);
char *NTAPI RtlIpv6AddressToStringA(const struct in6_addr *address, char *to);
WCHAR *NTAPI RtlIpv6AddressToStringW(const struct in6_addr *address, WCHAR *to);
NTSTATUS NTAPI RtlIpv4AddressToStringExA(const struct in_addr *address, USHORT port, char *to, ULONG *length);
NTSTATUS NTAPI RtlIpv4AddressToStringExW(const struct in_addr *address, USHORT port, WCHAR *to,
                                         ULONG *length);
NTSTATUS NTAPI RtlIpv6AddressToStringExA(const struct in6_addr *address, ULONG scope, USHORT port, char *to,
                                         ULONG *length);
NTSTATUS NTAPI RtlIpv6AddressToStringExW(const struct in6_addr *address, ULONG scope, USHORT port, WCHAR *to,
                                         ULONG *length);

#endif
