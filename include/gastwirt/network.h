/*
 * What GwNetwork gives: this machine's interfaces, addresses, routes and connections. A header, then the
 * records of each kind in the order of its counts.
 */
#ifndef GASTWIRT_NETWORK_H
#define GASTWIRT_NETWORK_H

#include <stdint.h>

enum { NETWORK_INTERFACES, NETWORK_TCP, NETWORK_UDP };

/* NETWORK_INTERFACES */
struct network_header {
    uint32_t interfaces, addresses, routes, servers, groups, reserved;
    char host[256], domain[256];
};

enum {
    NETWORK_UP = 1,
    NETWORK_RUNNING = 2,
    NETWORK_LOOPBACK = 4,
    NETWORK_POINT_TO_POINT = 8,
    NETWORK_MULTICAST = 16
};

struct network_interface {
    uint32_t index, type; /* IF_TYPE_... */
    uint32_t flags, mtu;
    uint64_t speed; /* bits a second; 0: unknown */
    uint64_t received_bytes, sent_bytes, received_packets, sent_packets;
    uint64_t received_errors, sent_errors, received_dropped, sent_dropped, received_multicast;
    uint32_t hardware_length;
    uint8_t hardware[12];
    char name[16];
};

struct network_address {
    uint32_t index, family; /* Windows' */
    uint32_t prefix, scope;
    uint32_t valid, preferred; /* seconds; ~0: for ever */
    uint32_t temporary, tentative;
    uint8_t bytes[16], broadcast[16];
};

struct network_route {
    uint32_t index, family;
    uint32_t prefix, metric;
    uint32_t has_gateway, reserved;
    uint8_t destination[16], gateway[16];
};

struct network_server {
    uint32_t family, scope;
    uint8_t bytes[16];
};

/* A multicast group that an interface is in. */
struct network_group {
    uint32_t index, family;
    uint8_t bytes[16];
};

/* NETWORK_TCP, NETWORK_UDP: an array of these. States are MIB_TCP_STATE_..., ports in network order. */
struct network_connection {
    uint32_t family, state;
    uint32_t local_port, remote_port;
    uint32_t process, reserved; /* process: this one's id, or 0 */
    uint8_t local[16], remote[16];
};

#endif
