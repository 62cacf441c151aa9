/*
 * What all messages between a process and the session server have in common. One message is one
 * packet (SOCK_SEQPACKET): this head, the fixed fields, then the variable parts, each padded to 8 bytes.
 */
#ifndef GASTWIRT_MESSAGE_H
#define GASTWIRT_MESSAGE_H

#include <nt/base.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gw_message {
    uint32_t size; /* of the whole message */
    uint16_t code;
    uint16_t zero;
    uint32_t sequence; /* of the connection, from 1; a reply repeats it; 0 in what the server starts */
    int32_t status;    /* of a reply; 0 in requests */
};
_Static_assert(sizeof(struct gw_message) == 16, "message head");

#define GW_MESSAGE_LIMIT 0x20000u
#define GW_DATA_LIMIT    0x1000u /* of an object's data */

#define GW_PAD(size) (((size_t)(size) + 7) & ~(size_t)7)

/* Internal to the server: the connection is cut. */
#define GW_MALFORMED ((NTSTATUS)0xe0000001)

struct gw_part {
    const void *data;
    uint32_t size;
};

/* One request as the generated functions hand it to the transport. */
struct gw_exchange {
    uint16_t code;
    bool oneway, has_data, wants_fd;
    const void *request;
    size_t request_size;
    const struct gw_part *parts;
    unsigned part_count;
    int send_fd;
    void *reply;
    size_t reply_size;
    void *data;
    uint32_t data_room, data_size;
    int received_fd;
};

struct gw_connection;

/* Sends it and waits for the reply: its status, or STATUS_PIPE_BROKEN and the like. */
NTSTATUS gw_transfer(struct gw_connection *connection, struct gw_exchange *exchange);
void gw_drop_fd(struct gw_exchange *exchange);

/* For dumping. */
struct gw_field {
    const char *name;
    uint16_t offset;
    uint8_t size;
    bool is_signed;
};

struct gw_description {
    const char *name;
    const struct gw_field *request, *reply; /* end with a NULL name */
    uint16_t request_size, reply_size;
};
extern const struct gw_description gw_descriptions[], gw_note_descriptions[];

#endif
