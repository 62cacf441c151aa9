/*
 * Names and addresses by the host's resolver. Look-ups run on a worker, so that the calling thread can be
 * suspended or ended meanwhile.
 */
#include "io/io.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include <gastwirt/resolve.h>
#include <netdb.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Shared by the caller and the worker; whoever is last frees it. */
struct resolution {
    int references;
    struct ke_dispatcher_object done;
    uint32_t operation;
    struct resolve_request request;
    uint8_t *answer;
    uint32_t size, error;
};

static void release(struct resolution *resolution)
{
    if (__atomic_sub_fetch(&resolution->references, 1, __ATOMIC_ACQ_REL) == 0) {
        free(resolution->answer);
        free(resolution);
    }
}

static uint32_t resolve_error(int error)
{
    switch (error) {
    case 0: return 0;
    case EAI_AGAIN: return RESOLVE_TRY_AGAIN;
    case EAI_BADFLAGS: return RESOLVE_BAD_FLAGS;
    case EAI_FAMILY:
    case EAI_ADDRFAMILY: return RESOLVE_FAMILY;
    case EAI_MEMORY: return RESOLVE_MEMORY;
    case EAI_SERVICE: return RESOLVE_SERVICE;
    case EAI_SOCKTYPE: return RESOLVE_SOCKET_TYPE;
    case EAI_NODATA: return RESOLVE_NO_DATA;
    case EAI_FAIL: return RESOLVE_FAIL;
    default: return RESOLVE_NOT_FOUND;
    }
}

static void look_up(struct resolution *resolution)
{
    struct resolve_request *request = &resolution->request;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
    hints.ai_family = request->family == 2 ? AF_INET : request->family == 23 ? AF_INET6 : AF_UNSPEC;
    hints.ai_flags = (request->flags & RESOLVE_CANONICAL ? AI_CANONNAME : 0) |
                     (request->flags & RESOLVE_CONFIGURED ? AI_ADDRCONFIG : 0);
    int error = getaddrinfo(request->name, NULL, &hints, &list);
    if (error && strcasecmp(request->name, "localhost") == 0) { /* Windows knows it without a hosts file */
        hints.ai_flags = AI_NUMERICSERV;
        error = getaddrinfo(NULL, "0", &hints, &list);
    }
    resolution->error = resolve_error(error);
    if (resolution->error)
        return;
    uint32_t count = 0;
    for (struct addrinfo *info = list; info; info = info->ai_next)
        count += info->ai_family == AF_INET || info->ai_family == AF_INET6;
    struct resolve_answer *answer = calloc(1, sizeof *answer + count * sizeof answer->addresses[0]);
    if (answer) {
        for (struct addrinfo *info = list; info && answer->count < count; info = info->ai_next) {
            struct resolve_address *address = &answer->addresses[answer->count];
            if (info->ai_family == AF_INET) {
                address->family = 2;
                memcpy(address->bytes, &((struct sockaddr_in *)info->ai_addr)->sin_addr, 4);
            } else if (info->ai_family == AF_INET6) {
                const struct sockaddr_in6 *six = (struct sockaddr_in6 *)info->ai_addr;
                address->family = 23;
                address->scope = six->sin6_scope_id;
                memcpy(address->bytes, &six->sin6_addr, 16);
            } else
                continue;
            answer->count++;
        }
        if (list && list->ai_canonname)
            strncpy(answer->name, list->ai_canonname, sizeof answer->name - 1);
        resolution->answer = (uint8_t *)answer;
        resolution->size = (uint32_t)(sizeof *answer + answer->count * sizeof answer->addresses[0]);
    } else
        resolution->error = RESOLVE_MEMORY;
    freeaddrinfo(list);
}

static void look_up_name(struct resolution *resolution)
{
    struct resolve_request *request = &resolution->request;
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_scope_id = request->address.scope};
    bool is_six = request->address.family == 23;
    memcpy(&four.sin_addr, request->address.bytes, 4);
    memcpy(&six.sin6_addr, request->address.bytes, 16);
    struct resolve_answer *answer = calloc(1, sizeof *answer);
    if (!answer) {
        resolution->error = RESOLVE_MEMORY;
        return;
    }
    int error = getnameinfo(is_six ? (struct sockaddr *)&six : (struct sockaddr *)&four,
                            is_six ? sizeof six : sizeof four, answer->name, sizeof answer->name, NULL, 0,
                            NI_NAMEREQD | (request->flags & RESOLVE_NO_DOMAIN ? NI_NOFQDN : 0));
    bool loopback = is_six ? IN6_IS_ADDR_LOOPBACK(&six.sin6_addr)
                           : four.sin_addr.s_addr == htonl(INADDR_LOOPBACK);
    if (error == EAI_NONAME && loopback) {
        strcpy(answer->name, "localhost");
        error = 0;
    }
    resolution->error = resolve_error(error);
    resolution->answer = (uint8_t *)answer;
    resolution->size = sizeof *answer;
}

/* A DNS query; the answer is the packet. */
static void query(struct resolution *resolution)
{
    enum { ROOM = 65536 };
    struct __res_state state = {0};
    if (res_ninit(&state) != 0) {
        resolution->error = RESOLVE_FAIL;
        return;
    }
    const struct resolve_request *request = &resolution->request;
    if (request->flags & RESOLVE_TCP)
        state.options |= RES_USEVC;
    if (request->flags & RESOLVE_NO_RECURSION)
        state.options &= ~(unsigned long)RES_RECURSE;
    for (int i = 0; i < RESOLVE_SERVERS && i < MAXNS && request->servers[i]; i++) {
        state.nsaddr_list[i] = (struct sockaddr_in){.sin_family = AF_INET,
                                                    .sin_port = htons(NAMESERVER_PORT),
                                                    .sin_addr.s_addr = request->servers[i]};
        state.nscount = i + 1;
    }
    resolution->answer = malloc(ROOM);
    int n = resolution->answer ? res_nquery(&state, resolution->request.name, 1 /* IN */,
                                            (int)resolution->request.type, resolution->answer, ROOM)
                               : -1;
    if (n < 0)
        resolution->error = !resolution->answer                   ? RESOLVE_MEMORY
                            : state.res_h_errno == HOST_NOT_FOUND ? RESOLVE_NOT_FOUND
                            : state.res_h_errno == NO_DATA        ? RESOLVE_NO_DATA
                            : state.res_h_errno == TRY_AGAIN      ? RESOLVE_TRY_AGAIN
                                                                  : RESOLVE_FAIL;
    else
        resolution->size = n < ROOM ? (uint32_t)n : ROOM;
    res_nclose(&state);
}

static void work(void *argument)
{
    struct resolution *resolution = argument;
    switch (resolution->operation) {
    case RESOLVE_NAME: look_up(resolution); break;
    case RESOLVE_ADDRESS: look_up_name(resolution); break;
    case RESOLVE_QUERY: query(resolution); break;
    }
    ke_signal(&resolution->done);
    release(resolution);
}

static NTSTATUS host_name(void *output, ULONG room, ULONG *ret_size)
{
    struct resolve_answer answer = {0};
    gethostname(answer.name, sizeof answer.name - 1);
    *ret_size = sizeof answer;
    return room < sizeof answer ? STATUS_BUFFER_TOO_SMALL : guest_copy(output, &answer, sizeof answer);
}

NTSTATUS GwResolve(ULONG Operation, void *Input, ULONG InputLength, void *Output, ULONG OutputLength,
                   ULONG *ReturnLength, ULONG *Error)
{
    ULONG error = 0, size = 0;
    NTSTATUS status;
    if (Operation == RESOLVE_HOST_NAME) {
        status = host_name(Output, OutputLength, &size);
    } else {
        if (Operation > RESOLVE_QUERY || InputLength != sizeof(struct resolve_request))
            return STATUS_INVALID_PARAMETER;
        struct resolution *resolution = calloc(1, sizeof *resolution);
        if (!resolution)
            return STATUS_NO_MEMORY;
        resolution->references = 1;
        resolution->operation = Operation;
        ke_dispatcher_object_initialize(&resolution->done, KE_NOTIFICATION_EVENT, 0);
        status = guest_copy(&resolution->request, Input, sizeof resolution->request);
        resolution->request.name[sizeof resolution->request.name - 1] = 0;
        if (NT_SUCCESS(status)) {
            __atomic_add_fetch(&resolution->references, 1, __ATOMIC_ACQ_REL);
            if (!io_queue_work(work, resolution)) {
                release(resolution);
                status = STATUS_INSUFFICIENT_RESOURCES;
            } else {
                struct ke_dispatcher_object *object = &resolution->done;
                status = ke_wait(1, &object, false, false, NULL);
            }
        }
        if (status == STATUS_WAIT_0) {
            error = resolution->error;
            size = resolution->size;
            if (!error && size > OutputLength)
                status = STATUS_BUFFER_TOO_SMALL;
            else if (!error)
                status = guest_copy(Output, resolution->answer, size);
        }
        release(resolution); /* NOLINT(clang-analyzer-unix.Malloc): references are counted */
    }
    if (NT_SUCCESS(status) || status == STATUS_BUFFER_TOO_SMALL) {
        NTSTATUS fault = guest_write(ReturnLength, size);
        if (NT_SUCCESS(fault))
            fault = guest_write(Error, error);
        if (!NT_SUCCESS(fault))
            status = fault;
    }
    return status;
}
