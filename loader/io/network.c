/*
 * This machine's network as the kernel tells it: rtnetlink dumps, /proc/net, the resolver's servers.
 */
#include "io/io.h"
#include "mm/guest.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gastwirt/network.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WINDOWS_INET = 2, WINDOWS_INET6 = 23 };
enum { TYPE_OTHER = 1, TYPE_ETHERNET = 6, TYPE_PPP = 23, TYPE_LOOPBACK = 24, TYPE_TUNNEL = 131 };

/* A growing array of records. */
struct list {
    uint8_t *data;
    size_t size, room;
};

static void *append(struct list *list, size_t size)
{
    if (list->size + size > list->room) {
        size_t room = list->room ? list->room * 2 : 4096;
        uint8_t *data = realloc(list->data, room < size ? size : room);
        if (!data)
            return NULL;
        list->data = data;
        list->room = room;
    }
    void *record = list->data + list->size;
    memset(record, 0, size);
    list->size += size;
    return record;
}

static uint32_t windows_family(int family)
{
    return family == AF_INET ? WINDOWS_INET : family == AF_INET6 ? WINDOWS_INET6 : 0;
}

static void copy(void *to, size_t room, const struct rtattr *attribute)
{
    size_t size = RTA_PAYLOAD(attribute);
    memcpy(to, RTA_DATA(attribute), size < room ? size : room);
}

static uint32_t word(const struct rtattr *attribute)
{
    uint32_t value = 0;
    copy(&value, sizeof value, attribute);
    return value;
}

/* ---- what each kind of message says ---- */

static uint64_t link_speed(const char *name)
{
    char path[64], text[32];
    snprintf(path, sizeof path, "/sys/class/net/%s/speed", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return 0;
    text[n] = 0;
    long megabits = strtol(text, NULL, 10);
    return megabits > 0 ? (uint64_t)megabits * 1000000 : 0;
}

static void add_link(struct list *list, const struct nlmsghdr *message)
{
    const struct ifinfomsg *info = NLMSG_DATA(message);
    struct network_interface *interface = append(list, sizeof *interface);
    int left = (int)(message->nlmsg_len - NLMSG_LENGTH(sizeof *info));
    if (!interface)
        return;
    interface->index = (uint32_t)info->ifi_index;
    interface->type = info->ifi_type == ARPHRD_ETHER      ? TYPE_ETHERNET
                      : info->ifi_type == ARPHRD_LOOPBACK ? TYPE_LOOPBACK
                      : info->ifi_type == ARPHRD_PPP      ? TYPE_PPP
                      : info->ifi_type == ARPHRD_TUNNEL || info->ifi_type == ARPHRD_TUNNEL6 ||
                              info->ifi_type == ARPHRD_SIT || info->ifi_type == ARPHRD_NONE
                          ? TYPE_TUNNEL
                          : TYPE_OTHER;
    interface->flags = (info->ifi_flags & IFF_UP ? NETWORK_UP : 0u) |
                       (info->ifi_flags & IFF_RUNNING ? NETWORK_RUNNING : 0u) |
                       (info->ifi_flags & IFF_LOOPBACK ? NETWORK_LOOPBACK : 0u) |
                       (info->ifi_flags & IFF_POINTOPOINT ? NETWORK_POINT_TO_POINT : 0u) |
                       (info->ifi_flags & (IFF_MULTICAST | IFF_LOOPBACK) ? NETWORK_MULTICAST : 0u);
    for (const struct rtattr *attribute = IFLA_RTA(info); RTA_OK(attribute, left);
         attribute = RTA_NEXT(attribute, left)) {
        struct rtnl_link_stats64 counters = {0};
        switch (attribute->rta_type) {
        case IFLA_IFNAME: copy(interface->name, sizeof interface->name - 1, attribute); break;
        case IFLA_MTU: interface->mtu = word(attribute); break;
        case IFLA_ADDRESS:
            if (interface->type == TYPE_LOOPBACK)
                break;
            interface->hardware_length = (uint32_t)RTA_PAYLOAD(attribute);
            if (interface->hardware_length > 8)
                interface->hardware_length = 8;
            copy(interface->hardware, 8, attribute);
            break;
        case IFLA_STATS64:
            copy(&counters, sizeof counters, attribute);
            interface->received_bytes = counters.rx_bytes;
            interface->sent_bytes = counters.tx_bytes;
            interface->received_packets = counters.rx_packets;
            interface->sent_packets = counters.tx_packets;
            interface->received_errors = counters.rx_errors;
            interface->sent_errors = counters.tx_errors;
            interface->received_dropped = counters.rx_dropped;
            interface->sent_dropped = counters.tx_dropped;
            interface->received_multicast = counters.multicast;
            break;
        }
    }
    interface->speed = link_speed(interface->name);
}

static void add_address(struct list *list, const struct nlmsghdr *message)
{
    const struct ifaddrmsg *info = NLMSG_DATA(message);
    int left = (int)(message->nlmsg_len - NLMSG_LENGTH(sizeof *info));
    struct network_address *address = windows_family(info->ifa_family) ? append(list, sizeof *address) : NULL;
    bool local = false;
    if (!address)
        return;
    address->index = info->ifa_index;
    address->family = windows_family(info->ifa_family);
    address->prefix = info->ifa_prefixlen;
    address->valid = address->preferred = 0xffffffff;
    address->temporary = (info->ifa_flags & IFA_F_TEMPORARY) != 0;
    address->tentative = (info->ifa_flags & IFA_F_TENTATIVE) != 0;
    for (const struct rtattr *attribute = IFA_RTA(info); RTA_OK(attribute, left);
         attribute = RTA_NEXT(attribute, left)) {
        struct ifa_cacheinfo times;
        switch (attribute->rta_type) {
        case IFA_LOCAL: /* of a point-to-point link: this end */
            copy(address->bytes, sizeof address->bytes, attribute);
            local = true;
            break;
        case IFA_ADDRESS:
            if (!local)
                copy(address->bytes, sizeof address->bytes, attribute);
            break;
        case IFA_BROADCAST: copy(address->broadcast, sizeof address->broadcast, attribute); break;
        case IFA_CACHEINFO:
            copy(&times, sizeof times, attribute);
            address->valid = times.ifa_valid;
            address->preferred = times.ifa_prefered;
            break;
        }
    }
    if (info->ifa_family == AF_INET6 && address->bytes[0] == 0xfe && (address->bytes[1] & 0xc0) == 0x80)
        address->scope = info->ifa_index;
}

static void add_route(struct list *list, const struct nlmsghdr *message)
{
    const struct rtmsg *info = NLMSG_DATA(message);
    int left = (int)(message->nlmsg_len - NLMSG_LENGTH(sizeof *info));
    if (!windows_family(info->rtm_family) || (info->rtm_flags & RTM_F_CLONED) ||
        (info->rtm_type != RTN_UNICAST && info->rtm_type != RTN_LOCAL))
        return;
    struct network_route *route = append(list, sizeof *route);
    if (!route)
        return;
    route->family = windows_family(info->rtm_family);
    route->prefix = info->rtm_dst_len;
    for (const struct rtattr *attribute = RTM_RTA(info); RTA_OK(attribute, left);
         attribute = RTA_NEXT(attribute, left)) {
        switch (attribute->rta_type) {
        case RTA_DST: copy(route->destination, sizeof route->destination, attribute); break;
        case RTA_GATEWAY:
            copy(route->gateway, sizeof route->gateway, attribute);
            route->has_gateway = 1;
            break;
        case RTA_OIF: route->index = word(attribute); break;
        case RTA_PRIORITY: route->metric = word(attribute); break;
        }
    }
}

enum { DUMP_SIZE = 32768 };

/* Asks for a dump and gives each message to `add`. The buffer holds DUMP_SIZE bytes. */
static bool dump(int fd, char *buffer, uint16_t type, struct list *list,
                 void (*add)(struct list *, const struct nlmsghdr *))
{
    struct {
        struct nlmsghdr head;
        struct rtgenmsg body;
    } request = {
        .head = {.nlmsg_len = sizeof request, .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .body = {AF_UNSPEC}};
    if (send(fd, &request, sizeof request, 0) < 0)
        return false;
    for (;;) {
        ssize_t n = recv(fd, buffer, DUMP_SIZE, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        size_t left = (size_t)n;
        for (const struct nlmsghdr *message = (void *)buffer; NLMSG_OK(message, left);
             message = NLMSG_NEXT(message, left)) {
            if (message->nlmsg_type == NLMSG_DONE)
                return true;
            if (message->nlmsg_type == NLMSG_ERROR)
                return false;
            add(list, message);
        }
    }
}

static void add_servers(struct list *list, char *domain, size_t room)
{
    struct __res_state state = {0};
    if (res_ninit(&state) != 0)
        return;
    for (int i = 0; i < state.nscount && i < MAXNS; i++) {
        struct network_server *server = NULL;
        const struct sockaddr_in6 *six = state._u._ext.nsaddrs[i];
        if (six && six->sin6_family == AF_INET6 && (server = append(list, sizeof *server))) {
            server->family = WINDOWS_INET6;
            server->scope = six->sin6_scope_id;
            memcpy(server->bytes, &six->sin6_addr, 16);
        } else if (state.nsaddr_list[i].sin_family == AF_INET && (server = append(list, sizeof *server))) {
            server->family = WINDOWS_INET;
            memcpy(server->bytes, &state.nsaddr_list[i].sin_addr, 4);
        }
    }
    if (state.dnsrch[0])
        snprintf(domain, room, "%s", state.dnsrch[0]);
    res_nclose(&state);
}

static void add_group(struct list *list, uint32_t index, uint32_t family, const uint8_t *bytes, size_t size)
{
    struct network_group *group = append(list, sizeof *group);
    if (!group)
        return;
    group->index = index;
    group->family = family;
    memcpy(group->bytes, bytes, size);
}

/* The multicast groups: lines of a device and the groups below it for IPv4, one line each for IPv6. */
static void add_groups(struct list *list)
{
    char line[256], text[40];
    uint8_t bytes[16];
    unsigned index = 0, word;
    FILE *file = fopen("/proc/net/igmp", "re");
    while (file && fgets(line, sizeof line, file)) {
        if (line[0] != '\t')
            index = (unsigned)strtoul(line, NULL, 10);
        else if (index && sscanf(line, " %8x", &word) == 1)
            add_group(list, index, WINDOWS_INET, (const uint8_t *)&word, sizeof word);
    }
    if (file)
        fclose(file);
    file = fopen("/proc/net/igmp6", "re");
    while (file && fgets(line, sizeof line, file)) {
        bool good = sscanf(line, "%u %*s %32[0-9a-f]", &index, text) == 2 && strlen(text) == 32;
        for (unsigned i = 0; i < 16 && good; i++)
            good = sscanf(text + 2 * i, "%2hhx", &bytes[i]) == 1;
        if (good)
            add_group(list, index, WINDOWS_INET6, bytes, sizeof bytes);
    }
    if (file)
        fclose(file);
}

static NTSTATUS interfaces(struct list *result)
{
    struct network_header header = {0};
    struct list links = {0}, addresses = {0}, routes = {0}, servers = {0}, groups = {0};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0)
        return io_status_from_errno(errno);
    char *buffer = malloc(DUMP_SIZE);
    bool good = buffer && dump(fd, buffer, RTM_GETLINK, &links, add_link) &&
                dump(fd, buffer, RTM_GETADDR, &addresses, add_address) &&
                dump(fd, buffer, RTM_GETROUTE, &routes, add_route);
    free(buffer);
    close(fd);
    gethostname(header.host, sizeof header.host - 1);
    add_servers(&servers, header.domain, sizeof header.domain);
    add_groups(&groups);
    char *dot = strchr(header.host, '.');
    if (dot) {
        if (!header.domain[0])
            snprintf(header.domain, sizeof header.domain, "%s", dot + 1);
        *dot = 0;
    }
    header.interfaces = (uint32_t)(links.size / sizeof(struct network_interface));
    header.addresses = (uint32_t)(addresses.size / sizeof(struct network_address));
    header.routes = (uint32_t)(routes.size / sizeof(struct network_route));
    header.servers = (uint32_t)(servers.size / sizeof(struct network_server));
    header.groups = (uint32_t)(groups.size / sizeof(struct network_group));
    struct list *parts[] = {&links, &addresses, &routes, &servers, &groups};
    void *place = good ? append(result, sizeof header) : NULL;
    if (place)
        memcpy(place, &header, sizeof header);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (place && parts[i]->size && (place = append(result, parts[i]->size)))
            memcpy(place, parts[i]->data, parts[i]->size);
        free(parts[i]->data);
    }
    return !good ? STATUS_UNSUCCESSFUL : place ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

/* ---- connections ---- */

/* The inodes of this process's own sockets. */
static bool is_own(unsigned long inode)
{
    struct stat stat;
    int limit = (int)sysconf(_SC_OPEN_MAX);
    if (limit > 4096)
        limit = 4096;
    for (int fd = 3; fd < limit; fd++)
        if (fstat(fd, &stat) == 0 && S_ISSOCK(stat.st_mode) && stat.st_ino == inode)
            return true;
    return false;
}

static uint32_t tcp_state(unsigned state)
{
    /* The kernel's ESTABLISHED, SYN_SENT ... to MIB_TCP_STATE_CLOSED, LISTEN ... */
    static const uint8_t states[] = {1, 5, 3, 4, 6, 7, 11, 1, 8, 10, 2, 9};
    return state < sizeof states ? states[state] : 1;
}

static void read_table(const char *path, uint32_t family, bool tcp, struct list *list)
{
    char line[512], local[40], remote[40];
    unsigned local_port, remote_port, state;
    unsigned long inode;
    FILE *file = fopen(path, "re");
    if (!file)
        return;
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, " %*u: %39[0-9A-Fa-f]:%x %39[0-9A-Fa-f]:%x %x %*s %*s %*s %*u %*u %lu", local,
                   &local_port, remote, &remote_port, &state, &inode) != 6)
            continue;
        struct network_connection *connection = append(list, sizeof *connection);
        if (!connection)
            break;
        connection->family = family;
        connection->state = tcp ? tcp_state(state) : 0;
        connection->local_port = htons((uint16_t)local_port);
        connection->remote_port = htons((uint16_t)remote_port);
        connection->process = is_own(inode) ? (uint32_t)getpid() * 4 : 0;
        for (unsigned i = 0; i < (family == WINDOWS_INET ? 1u : 4u); i++) {
            unsigned word_local, word_remote;
            if (sscanf(local + i * 8, "%8x", &word_local) == 1)
                memcpy(connection->local + i * 4, &word_local, 4);
            if (sscanf(remote + i * 8, "%8x", &word_remote) == 1)
                memcpy(connection->remote + i * 4, &word_remote, 4);
        }
    }
    fclose(file);
}

NTSTATUS GwNetwork(ULONG Operation, void *Output, ULONG OutputLength, ULONG *ReturnLength)
{
    struct list result = {0};
    NTSTATUS status = STATUS_SUCCESS;
    switch (Operation) {
    case NETWORK_INTERFACES: status = interfaces(&result); break;
    case NETWORK_TCP:
        read_table("/proc/net/tcp", WINDOWS_INET, true, &result);
        read_table("/proc/net/tcp6", WINDOWS_INET6, true, &result);
        break;
    case NETWORK_UDP:
        read_table("/proc/net/udp", WINDOWS_INET, false, &result);
        read_table("/proc/net/udp6", WINDOWS_INET6, false, &result);
        break;
    default: return STATUS_INVALID_PARAMETER;
    }
    ULONG size = (ULONG)result.size;
    if (NT_SUCCESS(status) && ReturnLength)
        status = guest_write(ReturnLength, size);
    if (NT_SUCCESS(status))
        status = OutputLength < size ? STATUS_BUFFER_TOO_SMALL : guest_copy(Output, result.data, size);
    free(result.data);
    return status;
}
