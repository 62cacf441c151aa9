/*
 * run --trace=server: requests and replies by name.
 */
#include "session/session.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static size_t add_fields(char *line, size_t at, size_t room, const struct gw_field *fields,
                         const uint8_t *body)
{
    for (; fields && fields->name && at < room; fields++) {
        uint64_t value = 0;
        memcpy(&value, body + fields->offset, fields->size);
        int got;
        if (fields->is_signed)
            got = snprintf(line + at, room - at, " %s=%lld", fields->name,
                           fields->size == 4 ? (long long)(int32_t)value : (long long)value);
        else
            got = snprintf(line + at, room - at, " %s=%llx", fields->name, (unsigned long long)value);
        at += got > 0 ? (size_t)got : 0;
    }
    return at < room ? at : room - 1;
}

void session_trace(const struct gw_exchange *exchange, NTSTATUS status)
{
    const struct gw_description *description = &gw_descriptions[exchange->code];
    char line[1024];
    size_t room = sizeof line - 1;
    int got = snprintf(line, room, "%d server %s", (int)getpid(), description->name);
    size_t at = add_fields(line, (size_t)got, room, description->request, exchange->request);
    if (!exchange->oneway) {
        got = snprintf(line + at, room - at, " = %08x", (unsigned)status);
        at = at + (size_t)got < room ? at + (size_t)got : room - 1;
        if (status >= 0)
            at = add_fields(line, at, room, description->reply, exchange->reply);
    }
    line[at++] = '\n';
    if (write(2, line, at) < 0)
        return;
}
