/*
 * Look-ups through the host's resolver; host entries (gethostbyname and its like).
 */
#include "resolve.h"

static int resolve_error(ULONG error)
{
    static const int errors[] = {[RESOLVE_OK] = 0,
                                 [RESOLVE_NOT_FOUND] = WSAHOST_NOT_FOUND,
                                 [RESOLVE_NO_DATA] = WSANO_DATA,
                                 [RESOLVE_TRY_AGAIN] = WSATRY_AGAIN,
                                 [RESOLVE_FAIL] = WSANO_RECOVERY,
                                 [RESOLVE_BAD_FLAGS] = WSAEINVAL,
                                 [RESOLVE_FAMILY] = WSAEAFNOSUPPORT,
                                 [RESOLVE_MEMORY] = WSA_NOT_ENOUGH_MEMORY,
                                 [RESOLVE_SERVICE] = WSATYPE_NOT_FOUND,
                                 [RESOLVE_SOCKET_TYPE] = WSAESOCKTNOSUPPORT};
    return error < ARRAYSIZE(errors) ? errors[error] : WSANO_RECOVERY;
}

static int call(ULONG operation, const struct resolve_request *request, void *answer, ULONG room)
{
    ULONG size, error;
    NTSTATUS status = GwResolve(operation, (void *)request, request ? sizeof *request : 0, answer, room,
                                &size, &error);
    return NT_SUCCESS(status) ? resolve_error(error) : ws_error(status, WSAEINTR);
}

int ws_host_name(WCHAR *name, DWORD size)
{
    struct resolve_answer *answer = ws_allocate(sizeof *answer);
    if (!answer)
        return WSA_NOT_ENOUGH_MEMORY;
    int error = call(RESOLVE_HOST_NAME, NULL, answer, sizeof *answer);
    if (!error && !MultiByteToWideChar(CP_UTF8, 0, answer->name, -1, name, (int)size))
        error = WSAEFAULT;
    ws_free(answer);
    return error;
}

int ws_resolve(const WCHAR *name, int family, DWORD flags, struct ws_answer **ret_answer)
{
    struct resolve_request *request = ws_allocate(sizeof *request);
    struct ws_answer *answer = ws_allocate(sizeof *answer);
    int error = request && answer ? 0 : WSA_NOT_ENOUGH_MEMORY;
    if (!error) {
        request->family = (uint32_t)family;
        request->flags = flags;
        if (!WideCharToMultiByte(CP_UTF8, 0, name, -1, request->name, sizeof request->name, NULL, NULL))
            error = WSAHOST_NOT_FOUND;
    }
    if (!error)
        error = call(RESOLVE_NAME, request, answer, sizeof *answer);
    if (error && error != WSA_NOT_ENOUGH_MEMORY && family != AF_INET6) {
        /* This machine's own name has an address, whatever the resolver says. */
        WCHAR own[256];
        if (ws_host_name(own, ARRAYSIZE(own)) == 0 && lstrcmpiW(own, name) == 0) {
            static const uint8_t loopback[4] = {127, 0, 0, 1};
            answer->head.count = 1;
            answer->head.addresses[0].family = AF_INET;
            CopyMemory(answer->head.addresses[0].bytes, loopback, sizeof loopback);
            lstrcpynA(answer->head.name, request->name, sizeof answer->head.name);
            error = 0;
        }
    }
    ws_free(request);
    if (error)
        ws_free(answer);
    else
        *ret_answer = answer;
    return error;
}

int ws_resolve_address(const struct sockaddr *address, DWORD flags, WCHAR *name, DWORD size)
{
    struct resolve_request *request = ws_allocate(sizeof *request);
    struct ws_answer *answer = ws_allocate(sizeof *answer);
    int error = request && answer ? 0 : WSA_NOT_ENOUGH_MEMORY;
    if (!error) {
        request->flags = flags;
        request->address.family = address->sa_family;
        if (address->sa_family == AF_INET)
            CopyMemory(request->address.bytes, &((const SOCKADDR_IN *)address)->sin_addr, 4);
        else {
            CopyMemory(request->address.bytes, &((const SOCKADDR_IN6 *)address)->sin6_addr, 16);
            request->address.scope = ((const SOCKADDR_IN6 *)address)->sin6_scope_id;
        }
        error = call(RESOLVE_ADDRESS, request, answer, sizeof *answer);
    }
    if (!error && !MultiByteToWideChar(CP_UTF8, 0, answer->head.name, -1, name, (int)size))
        error = GetLastError() == ERROR_INSUFFICIENT_BUFFER ? WSAEFAULT : WSANO_RECOVERY;
    ws_free(request);
    ws_free(answer);
    return error;
}

int WINAPI gethostname(char *name, int length)
{
    WCHAR wide[256];
    char text[1024];
    if (!name)
        return ws_started() ? ws_fail(WSAEFAULT) : SOCKET_ERROR;
    if (!ws_started())
        return SOCKET_ERROR;
    int error = ws_host_name(wide, ARRAYSIZE(wide));
    if (error)
        return ws_fail(error);
    int size = WideCharToMultiByte(CP_ACP, 0, wide, -1, text, sizeof text, NULL, NULL);
    if (!size || size > length)
        return ws_fail(WSAEFAULT);
    CopyMemory(name, text, (SIZE_T)size);
    return 0;
}

int WINAPI GetHostNameW(PWSTR name, int length)
{
    WCHAR wide[256];
    if (!ws_started())
        return SOCKET_ERROR;
    if (!name)
        return ws_fail(WSAEFAULT);
    int error = ws_host_name(wide, ARRAYSIZE(wide));
    if (error)
        return ws_fail(error);
    if (lstrlenW(wide) >= length)
        return ws_fail(WSAEFAULT);
    lstrcpyW(name, wide);
    return 0;
}

/* ---- host entries ---- */

static struct hostent *give_host(const char *name, const struct resolve_answer *answer, int family)
{
    struct ws_thread *thread = ws_thread();
    unsigned n = 0;
    if (!thread) {
        WSASetLastError(WSAENOBUFS);
        return NULL;
    }
    lstrcpynA(thread->name, name, sizeof thread->name);
    for (uint32_t i = 0; i < answer->count && n < ARRAYSIZE(thread->addresses); i++)
        if ((int)answer->addresses[i].family == family) {
            CopyMemory(thread->addresses[n], answer->addresses[i].bytes, 16);
            thread->pointers[n] = thread->addresses[n];
            n++;
        }
    if (!n) {
        WSASetLastError(WSANO_DATA);
        return NULL;
    }
    thread->pointers[n] = thread->pointers[n + 1] = NULL;
    thread->host.h_name = thread->name;
    thread->host.h_aliases = &thread->pointers[n + 1]; /* none */
    thread->host.h_addrtype = (short)family;
    thread->host.h_length = family == AF_INET ? 4 : 16;
    thread->host.h_addr_list = thread->pointers;
    return &thread->host;
}

struct hostent *WINAPI gethostbyname(const char *name)
{
    WCHAR own[256], *wide = NULL;
    char ansi[1024];
    struct ws_answer *answer;
    struct hostent *result = NULL;
    if (!ws_started())
        return NULL;
    u_long number = name && *name ? inet_addr(name) : INADDR_NONE;
    if (number != INADDR_NONE) { /* a text of an address is not looked up */
        struct {
            struct resolve_answer head;
            struct resolve_address address;
        } numeric = {.head.count = 1};
        numeric.head.addresses[0].family = AF_INET;
        CopyMemory(numeric.head.addresses[0].bytes, &number, sizeof number);
        return give_host(name, &numeric.head, AF_INET);
    }
    int error = 0;
    if (!name || !*name)
        error = ws_host_name(own, ARRAYSIZE(own));
    else if (!(wide = ws_wide(name)))
        error = WSAENOBUFS;
    if (!error)
        error = ws_resolve(wide ? wide : own, AF_INET, RESOLVE_CANONICAL, &answer);
    if (!error) {
        MultiByteToWideChar(CP_UTF8, 0, answer->head.name, -1, own, ARRAYSIZE(own));
        WideCharToMultiByte(CP_ACP, 0, own, -1, ansi, sizeof ansi, NULL, NULL);
        result = give_host(answer->head.name[0] ? ansi : name ? name : "", &answer->head, AF_INET);
        ws_free(answer);
    } else
        WSASetLastError(error);
    ws_free(wide);
    return result;
}

struct hostent *WINAPI gethostbyaddr(const char *address, int length, int family)
{
    union {
        SOCKADDR any;
        SOCKADDR_IN in;
        SOCKADDR_IN6 in6;
    } full = {0};
    struct {
        struct resolve_answer head;
        struct resolve_address address;
    } own = {.head.count = 1};
    WCHAR name[1024];
    char ansi[1024];
    if (!ws_started())
        return NULL;
    int size = family == AF_INET ? 4 : 16, error = 0;
    if (family != AF_INET && family != AF_INET6)
        error = WSAEAFNOSUPPORT;
    else if (!address || length < size)
        error = WSAEFAULT;
    if (!error) {
        full.any.sa_family = (ADDRESS_FAMILY)family;
        CopyMemory(family == AF_INET ? (void *)&full.in.sin_addr : (void *)&full.in6.sin6_addr, address,
                   (SIZE_T)size);
        error = ws_resolve_address(&full.any, 0, name, ARRAYSIZE(name));
    }
    if (error) {
        WSASetLastError(error);
        return NULL;
    }
    WideCharToMultiByte(CP_ACP, 0, name, -1, ansi, sizeof ansi, NULL, NULL);
    own.head.addresses[0].family = (uint32_t)family;
    CopyMemory(own.head.addresses[0].bytes, address, (SIZE_T)size);
    return give_host(ansi, &own.head, family);
}
