/*
 * Making and finding objects in unit tests of the session server.
 */
#ifndef SERVER_OBJECTS_H
#define SERVER_OBJECTS_H

#include "server_fixture.h"

static uint16_t text[8][256];

/* UTF-16; its size in *ret_size. */
static inline const void *wide(const char *name, uint32_t *ret_size)
{
    static int turn;
    uint16_t *to = text[turn++ % 8];
    uint32_t length = 0;
    for (; name[length]; length++)
        to[length] = (unsigned char)name[length];
    *ret_size = length * 2;
    return to;
}

static inline NTSTATUS create(struct gw_connection *connection, uint32_t type, uint32_t attributes,
                              const char *name, uint32_t *ret_handle, struct gw_state **ret_state)
{
    uint8_t data[4096];
    struct gw_create_in in = {.type = type, .attributes = attributes, .memory = -1, .limit = 10};
    struct gw_create_out out = {.data = data, .data_size = sizeof data};
    if (name)
        in.name = wide(name, &in.name_size);
    if (type == GW_TYPE_SYMBOLIC_LINK)
        in.data = wide("\\BaseNamedObjects", &in.data_size);
    NTSTATUS status = gw_create(connection, &in, &out);
    if (status < 0)
        return status;
    if (ret_handle)
        *ret_handle = out.handle;
    if (ret_state)
        *ret_state = mmap(NULL, GW_STATE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, out.memory, 0);
    if (out.memory >= 0)
        close(out.memory);
    return status;
}

static inline NTSTATUS open_name(struct gw_connection *connection, uint32_t type, uint32_t attributes,
                                 const char *name, uint32_t *ret_handle)
{
    uint8_t data[4096];
    struct gw_open_in in = {.type = type, .attributes = attributes};
    struct gw_open_out out = {.data = data, .data_size = sizeof data};
    in.name = wide(name, &in.name_size);
    NTSTATUS status = gw_open(connection, &in, &out);
    if (status < 0)
        return status;
    if (ret_handle)
        *ret_handle = out.handle;
    if (out.memory >= 0)
        close(out.memory);
    return status;
}

static inline NTSTATUS release(struct gw_connection *connection, uint32_t handle)
{
    struct gw_release_in in = {handle, 1};
    return gw_release(connection, &in);
}

enum { OPEN_IF = 0x80, INSENSITIVE = 0x40, PERMANENT = 0x10 };
#define NAME "\\BaseNamedObjects\\unit"

/* Around each test: nothing of it is left. */
static unsigned descriptors;

static inline void set_up(void)
{
    if (server.epoll < 0)
        ck_assert(server_initialize());
    descriptors = fixture_descriptors();
}

static inline void tear_down(void)
{
    fixture_rounds();
    ck_assert_uint_eq(server.client_count, 0);
    ck_assert_uint_eq(fixture_descriptors(), descriptors);
}

#endif
