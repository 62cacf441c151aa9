/*
 * Services and protocols by name and number: the well-known ones.
 */
#include "ws2_32.h"

static const struct ws_service services[] = {
    {"echo", 7, 1, 1, NULL},           {"discard", 9, 1, 1, "sink"},
    {"systat", 11, 1, 1, "users"},     {"daytime", 13, 1, 1, NULL},
    {"qotd", 17, 1, 1, "quote"},       {"chargen", 19, 1, 1, "ttytst"},
    {"ftp-data", 20, 1, 0, NULL},      {"ftp", 21, 1, 0, NULL},
    {"ssh", 22, 1, 0, NULL},           {"telnet", 23, 1, 0, NULL},
    {"smtp", 25, 1, 0, "mail"},        {"time", 37, 1, 1, "timserver"},
    {"rlp", 39, 0, 1, "resource"},     {"nameserver", 42, 1, 1, "name"},
    {"nicname", 43, 1, 0, "whois"},    {"domain", 53, 1, 1, NULL},
    {"bootps", 67, 0, 1, "dhcps"},     {"bootpc", 68, 0, 1, "dhcpc"},
    {"tftp", 69, 0, 1, NULL},          {"gopher", 70, 1, 0, NULL},
    {"finger", 79, 1, 0, NULL},        {"http", 80, 1, 0, "www"},
    {"kerberos", 88, 1, 1, "krb5"},    {"hostname", 101, 1, 0, "hostnames"},
    {"iso-tsap", 102, 1, 0, NULL},     {"rtelnet", 107, 1, 0, NULL},
    {"pop2", 109, 1, 0, "postoffice"}, {"pop3", 110, 1, 0, NULL},
    {"sunrpc", 111, 1, 1, "rpcbind"},  {"auth", 113, 1, 0, "ident"},
    {"uucp-path", 117, 1, 0, NULL},    {"sqlserv", 118, 1, 0, NULL},
    {"nntp", 119, 1, 0, "usenet"},     {"ntp", 123, 0, 1, NULL},
    {"epmap", 135, 1, 1, "loc-srv"},   {"netbios-ns", 137, 1, 1, "nbname"},
    {"netbios-dgm", 138, 0, 1, NULL},  {"netbios-ssn", 139, 1, 0, NULL},
    {"imap", 143, 1, 0, "imap4"},      {"snmp", 161, 0, 1, NULL},
    {"snmptrap", 162, 0, 1, NULL},     {"bgp", 179, 1, 0, NULL},
    {"irc", 194, 1, 0, NULL},          {"ipx", 213, 0, 1, NULL},
    {"ldap", 389, 1, 0, NULL},         {"https", 443, 1, 1, "MCom"},
    {"microsoft-ds", 445, 1, 1, NULL}, {"kpasswd", 464, 1, 1, NULL},
    {"isakmp", 500, 0, 1, "ike"},      {"exec", 512, 1, 0, NULL},
    {"biff", 512, 0, 1, "comsat"},     {"login", 513, 1, 0, NULL},
    {"who", 513, 0, 1, "whod"},        {"cmd", 514, 1, 0, "shell"},
    {"syslog", 514, 0, 1, NULL},       {"printer", 515, 1, 0, NULL},
    {"talk", 517, 0, 1, NULL},         {"ntalk", 518, 0, 1, NULL},
    {"efs", 520, 1, 0, NULL},          {"router", 520, 0, 1, "route"},
    {"timed", 525, 0, 1, NULL},        {"tempo", 526, 1, 0, "newdate"},
    {"courier", 530, 1, 0, "rpc"},     {"conference", 531, 1, 0, NULL},
    {"netnews", 532, 1, 0, NULL},      {"netwall", 533, 0, 1, NULL},
    {"uucp", 540, 1, 0, "uucpd"},      {"klogin", 543, 1, 0, NULL},
    {"kshell", 544, 1, 0, "krcmd"},    {"new-rwho", 550, 0, 1, NULL},
    {"remotefs", 556, 1, 0, "rfs"},    {"rmonitor", 560, 0, 1, NULL},
    {"monitor", 561, 0, 1, NULL},      {"nntps", 563, 1, 0, "snntp"},
    {"submission", 587, 1, 0, NULL},   {"ldaps", 636, 1, 0, "sldap"},
    {"doom", 666, 1, 1, NULL},         {"kerberos-adm", 749, 1, 1, NULL},
    {"kerberos-iv", 750, 0, 1, NULL},  {"ftps", 990, 1, 0, NULL},
    {"telnets", 992, 1, 0, NULL},      {"imaps", 993, 1, 0, NULL},
    {"ircs", 994, 1, 0, NULL},         {"pop3s", 995, 1, 0, "spop3"},
    {"kpop", 1109, 1, 0, NULL},        {"phone", 1167, 0, 1, NULL},
    {"ms-sql-s", 1433, 1, 1, NULL},    {"ms-sql-m", 1434, 1, 1, NULL},
    {"wins", 1512, 1, 1, NULL},        {"ingreslock", 1524, 1, 0, "ingres"},
    {"l2tp", 1701, 0, 1, NULL},        {"pptp", 1723, 1, 0, NULL},
    {"radius", 1812, 0, 1, NULL},      {"radacct", 1813, 0, 1, NULL},
    {"nfsd", 2049, 0, 1, "nfs"},       {"mysql", 3306, 1, 0, NULL},
    {"knetd", 2053, 1, 0, NULL},       {"ms-wbt-server", 3389, 1, 0, NULL},
    {"postgresql", 5432, 1, 0, NULL},  {"llmnr", 5355, 1, 1, NULL},
    {"mdns", 5353, 0, 1, NULL},        {"man", 9535, 1, 0, NULL},
};

static const struct {
    const char *name;
    short number;
    const char *alias;
} protocols[] = {
    {"ip", 0, "IP"},
    {"icmp", 1, "ICMP"},
    {"ggp", 3, "GGP"},
    {"tcp", 6, "TCP"},
    {"egp", 8, "EGP"},
    {"pup", 12, "PUP"},
    {"udp", 17, "UDP"},
    {"hmp", 20, "HMP"},
    {"xns-idp", 22, "XNS-IDP"},
    {"rdp", 27, "RDP"},
    {"ipv6", 41, "IPv6"},
    {"ipv6-route", 43, "IPv6-Route"},
    {"ipv6-frag", 44, "IPv6-Frag"},
    {"esp", 50, "ESP"},
    {"ah", 51, "AH"},
    {"ipv6-icmp", 58, "IPv6-ICMP"},
    {"ipv6-nonxt", 59, "IPv6-NoNxt"},
    {"ipv6-opts", 60, "IPv6-Opts"},
    {"rvd", 66, "RVD"},
};

const struct ws_service *ws_find_service(const char *name, USHORT port, const char *protocol)
{
    BOOL tcp = !protocol || lstrcmpiA(protocol, "tcp") == 0,
         udp = !protocol || lstrcmpiA(protocol, "udp") == 0;
    for (unsigned i = 0; i < ARRAYSIZE(services); i++) {
        const struct ws_service *service = &services[i];
        if (!((tcp && service->tcp) || (udp && service->udp)))
            continue;
        if (name ? lstrcmpiA(name, service->name) == 0 ||
                       (service->alias && lstrcmpiA(name, service->alias) == 0)
                 : port == service->port)
            return service;
    }
    return NULL;
}

static struct servent *give_service(const struct ws_service *service, const char *protocol)
{
    struct ws_thread *thread = ws_thread();
    if (!service || !thread) {
        WSASetLastError(thread ? WSANO_DATA : WSAENOBUFS);
        return NULL;
    }
    thread->aliases[0] = (char *)service->alias;
    thread->aliases[1] = NULL;
    thread->service.s_name = (char *)service->name;
    thread->service.s_aliases = thread->aliases;
    thread->service.s_port = (short)htons(service->port);
    thread->service.s_proto = (char *)(protocol       ? (lstrcmpiA(protocol, "udp") == 0 ? "udp" : "tcp")
                                       : service->tcp ? "tcp"
                                                      : "udp");
    return &thread->service;
}

struct servent *WINAPI getservbyname(const char *name, const char *protocol)
{
    if (!ws_started())
        return NULL;
    if (!name) {
        WSASetLastError(WSAEFAULT);
        return NULL;
    }
    return give_service(ws_find_service(name, 0, protocol), protocol);
}

struct servent *WINAPI getservbyport(int port, const char *protocol)
{
    if (!ws_started())
        return NULL;
    return give_service(ws_find_service(NULL, ntohs((u_short)port), protocol), protocol);
}

static struct protoent *give_protocol(unsigned index)
{
    struct ws_thread *thread = ws_thread();
    if (index >= ARRAYSIZE(protocols) || !thread) {
        WSASetLastError(thread ? WSANO_DATA : WSAENOBUFS);
        return NULL;
    }
    thread->aliases[0] = (char *)protocols[index].alias;
    thread->aliases[1] = NULL;
    thread->protocol.p_name = (char *)protocols[index].name;
    thread->protocol.p_aliases = thread->aliases;
    thread->protocol.p_proto = protocols[index].number;
    return &thread->protocol;
}

struct protoent *WINAPI getprotobyname(const char *name)
{
    unsigned i = 0;
    if (!ws_started())
        return NULL;
    while (name && i < ARRAYSIZE(protocols) && lstrcmpiA(protocols[i].name, name) != 0)
        i++;
    return give_protocol(name ? i : ARRAYSIZE(protocols));
}

struct protoent *WINAPI getprotobynumber(int number)
{
    unsigned i = 0;
    if (!ws_started())
        return NULL;
    while (i < ARRAYSIZE(protocols) && protocols[i].number != number)
        i++;
    return give_protocol(i);
}
