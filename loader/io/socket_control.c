/*
 * Control messages of datagrams (WSARecvMsg, WSASendMsg) between Windows' and the host's form: packet
 * information, time to live, type of service.
 */
#include "io/socket_control.h"
#include <netinet/ip.h>
#include <string.h>

enum { WIN_IPPROTO_IP = 0, WIN_IPPROTO_IPV6 = 41 };
enum { WIN_PKTINFO = 19, WIN_HOPLIMIT = 21, WIN_TTL = 4, WIN_TOS = 3, WIN_TCLASS = 39, WIN_ECN = 50 };

struct win_pktinfo {
    struct in_addr address;
    uint32_t index;
};

static size_t align(size_t size, unsigned pointer)
{
    return (size + pointer - 1) & ~(size_t)(pointer - 1);
}

static size_t head_size(unsigned pointer)
{
    return align(pointer + 8, pointer);
}

/* Appends one message; false: it does not fit. */
static bool append(uint8_t *out, size_t room, size_t *used, unsigned pointer, int32_t level, int32_t type,
                   const void *data, size_t size)
{
    size_t head = head_size(pointer), length = head + size;
    if (*used + length > room)
        return false;
    uint8_t *at = out + *used;
    memset(at, 0, length);
    memcpy(at, &length, pointer); /* little endian */
    memcpy(at + pointer, &level, sizeof level);
    memcpy(at + pointer + 4, &type, sizeof type);
    memcpy(at + head, data, size);
    size_t step = align(length, pointer);
    *used += *used + step > room ? length : step;
    return true;
}

bool socket_control_out(struct msghdr *message, unsigned pointer, uint8_t *out, size_t room, size_t *ret_used)
{
    bool fits = true;
    *ret_used = 0;
    for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control; control = CMSG_NXTHDR(message, control)) {
        int level = control->cmsg_level, type = control->cmsg_type;
        const void *data = CMSG_DATA(control);
        int32_t number = 0;
        if (level == IPPROTO_IP && type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, data, sizeof info);
            struct win_pktinfo result = {info.ipi_addr, (uint32_t)info.ipi_ifindex};
            fits &= append(out, room, ret_used, pointer, WIN_IPPROTO_IP, WIN_PKTINFO, &result, sizeof result);
        } else if (level == IPPROTO_IPV6 && type == IPV6_PKTINFO) {
            fits &= append(out, room, ret_used, pointer, WIN_IPPROTO_IPV6, WIN_PKTINFO, data,
                           sizeof(struct in6_pktinfo));
        } else if (level == IPPROTO_IP && (type == IP_TTL || type == IP_TOS)) {
            if (type == IP_TTL)
                memcpy(&number, data, sizeof number);
            else
                number = *(const uint8_t *)data;
            fits &= append(out, room, ret_used, pointer, WIN_IPPROTO_IP, type == IP_TTL ? WIN_TTL : WIN_TOS,
                           &number, sizeof number);
        } else if (level == IPPROTO_IPV6 && (type == IPV6_HOPLIMIT || type == IPV6_TCLASS)) {
            memcpy(&number, data, sizeof number);
            fits &= append(out, room, ret_used, pointer, WIN_IPPROTO_IPV6,
                           type == IPV6_HOPLIMIT ? WIN_HOPLIMIT : WIN_TCLASS, &number, sizeof number);
        }
    }
    return fits;
}

static void add(struct msghdr *message, size_t room, int level, int type, const void *data, size_t size)
{
    if (message->msg_controllen + CMSG_SPACE(size) > room)
        return;
    struct cmsghdr *control = (struct cmsghdr *)((uint8_t *)message->msg_control + message->msg_controllen);
    memset(control, 0, CMSG_SPACE(size));
    control->cmsg_len = CMSG_LEN(size);
    control->cmsg_level = level;
    control->cmsg_type = type;
    memcpy(CMSG_DATA(control), data, size);
    message->msg_controllen += CMSG_SPACE(size);
}

bool socket_control_in(const uint8_t *in, size_t size, unsigned pointer, struct msghdr *message, size_t room)
{
    size_t head = head_size(pointer);
    for (size_t at = 0; at + head <= size;) {
        size_t length = 0;
        int32_t level, type, number = 0;
        memcpy(&length, in + at, pointer);
        memcpy(&level, in + at + pointer, sizeof level);
        memcpy(&type, in + at + pointer + 4, sizeof type);
        if (length < head || length > size - at)
            return false;
        const uint8_t *data = in + at + head;
        size_t data_size = length - head;
        if (data_size >= sizeof number)
            memcpy(&number, data, sizeof number);
        if (level == WIN_IPPROTO_IP && type == WIN_PKTINFO && data_size >= sizeof(struct win_pktinfo)) {
            struct win_pktinfo info;
            memcpy(&info, data, sizeof info);
            struct in_pktinfo host = {.ipi_ifindex = (int)info.index, .ipi_spec_dst = info.address};
            add(message, room, IPPROTO_IP, IP_PKTINFO, &host, sizeof host);
        } else if (level == WIN_IPPROTO_IPV6 && type == WIN_PKTINFO &&
                   data_size >= sizeof(struct in6_pktinfo)) {
            add(message, room, IPPROTO_IPV6, IPV6_PKTINFO, data, sizeof(struct in6_pktinfo));
        } else if (level == WIN_IPPROTO_IP && (type == WIN_TTL || type == WIN_HOPLIMIT)) {
            add(message, room, IPPROTO_IP, IP_TTL, &number, sizeof number);
        } else if (level == WIN_IPPROTO_IPV6 && type == WIN_HOPLIMIT) {
            add(message, room, IPPROTO_IPV6, IPV6_HOPLIMIT, &number, sizeof number);
        } else if (level == WIN_IPPROTO_IP && (type == WIN_TOS || type == WIN_ECN)) {
            add(message, room, IPPROTO_IP, IP_TOS, &number, sizeof number);
        } else if (level == WIN_IPPROTO_IPV6 && (type == WIN_TCLASS || type == WIN_ECN)) {
            add(message, room, IPPROTO_IPV6, IPV6_TCLASS, &number, sizeof number);
        } else
            return false;
        at += align(length, pointer);
    }
    return true;
}
