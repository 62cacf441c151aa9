/*
 * GetAddrInfoEx: look-ups that somebody waits for, that end by themselves (event or routine), that have a
 * time limit or are cancelled. What GetAddrInfoW finds in a thread of the pool is handed over by whoever
 * comes first: the look-up, its timer, or the one who cancels it.
 */
#include "resolve.h"

typedef void(CALLBACK *lookup_routine)(DWORD error, DWORD bytes, OVERLAPPED *overlapped);

#ifndef AI_EXTENDED
#define AI_EXTENDED 0x80000000
#endif

struct lookup {
    struct lookup *next;
    LONG references; /* who starts it, the thread, the end */
    BOOL ended;
    HANDLE handle; /* for GetAddrInfoExCancel */
    WCHAR *node, *service;
    ADDRINFOW hints;
    BOOL has_hints;
    ADDRINFOEXW **result;
    OVERLAPPED *overlapped;
    lookup_routine routine; /* NULL: the event in *overlapped is set */
    TP_TIMER *timer;
};

/* The look-ups that have not ended. */
static struct lookup *lookups;
static SRWLOCK lock = SRWLOCK_INIT;

/* ---- lists ---- */

void WINAPI FreeAddrInfoExW(PADDRINFOEXW info)
{
    while (info) {
        ADDRINFOEXW *next = (ADDRINFOEXW *)info->ai_next;
        ws_free((void *)info->ai_canonname);
        ws_free(info);
        info = next;
    }
}

void WINAPI FreeAddrInfoEx(PADDRINFOEXA info)
{
    FreeAddrInfoExW((ADDRINFOEXW *)info);
}

/* Takes the texts out of the list, which is the caller's still. */
static int extend_list(ADDRINFOW *list, ADDRINFOEXW **ret_list)
{
    ADDRINFOEXW *first = NULL, **last = &first;
    for (ADDRINFOW *each = list; each; each = each->ai_next) {
        ADDRINFOEXW *info = ws_allocate(sizeof *info + each->ai_addrlen);
        if (!info) {
            FreeAddrInfoExW(first);
            return WSA_NOT_ENOUGH_MEMORY;
        }
        ZeroMemory(info, sizeof *info);
        info->ai_flags = each->ai_flags;
        info->ai_family = each->ai_family;
        info->ai_socktype = each->ai_socktype;
        info->ai_protocol = each->ai_protocol;
        info->ai_addrlen = each->ai_addrlen;
        info->ai_addr = (SOCKADDR *)(info + 1);
        CopyMemory(info->ai_addr, each->ai_addr, each->ai_addrlen);
        info->ai_canonname = each->ai_canonname;
        each->ai_canonname = NULL;
        *last = info;
        last = (ADDRINFOEXW **)&info->ai_next;
    }
    *ret_list = first;
    return 0;
}

static int look_up(const WCHAR *node, const WCHAR *service, const ADDRINFOW *hints, ADDRINFOEXW **ret_list)
{
    ADDRINFOW *list;
    int error = GetAddrInfoW(node, service, hints, &list);
    *ret_list = NULL;
    if (error)
        return error;
    error = extend_list(list, ret_list);
    FreeAddrInfoW(list);
    return error;
}

/* ---- the end of a look-up ---- */

static void release(struct lookup *lookup)
{
    if (InterlockedDecrement(&lookup->references))
        return;
    ws_free(lookup->node);
    ws_free(lookup->service);
    ws_free(lookup);
}

/* With the lock. FALSE: somebody was faster. */
static BOOL end_locked(struct lookup *lookup)
{
    if (lookup->ended)
        return FALSE;
    lookup->ended = TRUE;
    for (struct lookup **at = &lookups; *at; at = &(*at)->next)
        if (*at == lookup) {
            *at = lookup->next;
            break;
        }
    return TRUE;
}

/* After end_locked, without the lock: tells who waits. in_timer: the look-up's own timer calls. */
static void tell(struct lookup *lookup, int error, ADDRINFOEXW *list, BOOL in_timer)
{
    OVERLAPPED *overlapped = lookup->overlapped;
    HANDLE event = overlapped->hEvent;
    lookup_routine routine = lookup->routine;
    if (lookup->timer && !in_timer) {
        SetThreadpoolTimer(lookup->timer, NULL, 0, 0);
        WaitForThreadpoolTimerCallbacks(lookup->timer, TRUE);
    }
    if (lookup->timer)
        CloseThreadpoolTimer(lookup->timer);
    *lookup->result = list;
    overlapped->Pointer = lookup->result;
    release(lookup);
    __atomic_store_n(&overlapped->Internal, (ULONG_PTR)error, __ATOMIC_RELEASE);
    if (routine)
        routine((DWORD)error, 0, overlapped);
    else
        SetEvent(event);
}

static void CALLBACK run_lookup(TP_CALLBACK_INSTANCE *instance, void *context)
{
    struct lookup *lookup = context;
    ADDRINFOEXW *list;
    int error = look_up(lookup->node, lookup->service, lookup->has_hints ? &lookup->hints : NULL, &list);
    (void)instance;
    AcquireSRWLockExclusive(&lock);
    BOOL first = end_locked(lookup);
    ReleaseSRWLockExclusive(&lock);
    if (first)
        tell(lookup, error, list, FALSE);
    else
        FreeAddrInfoExW(list);
    release(lookup);
}

static void CALLBACK time_is_up(TP_CALLBACK_INSTANCE *instance, void *context, TP_TIMER *timer)
{
    struct lookup *lookup = context;
    (void)instance;
    (void)timer;
    AcquireSRWLockExclusive(&lock);
    BOOL first = end_locked(lookup);
    ReleaseSRWLockExclusive(&lock);
    if (first)
        tell(lookup, WSAETIMEDOUT, NULL, TRUE);
}

int WINAPI GetAddrInfoExCancel(LPHANDLE handle)
{
    struct lookup *lookup = NULL;
    AcquireSRWLockExclusive(&lock);
    if (handle && *handle)
        for (lookup = lookups; lookup && lookup->handle != *handle;)
            lookup = lookup->next;
    if (lookup)
        end_locked(lookup);
    ReleaseSRWLockExclusive(&lock);
    if (!lookup)
        return WSA_INVALID_HANDLE;
    tell(lookup, WSA_E_CANCELLED, NULL, FALSE);
    return 0;
}

int WINAPI GetAddrInfoExOverlappedResult(LPOVERLAPPED overlapped)
{
    return overlapped ? (int)__atomic_load_n(&overlapped->Internal, __ATOMIC_ACQUIRE) : WSAEINVAL;
}

/* ---- starting ---- */

static WCHAR *copy_text(const WCHAR *text)
{
    SIZE_T size = text ? ((SIZE_T)lstrlenW(text) + 1) * sizeof *text : 0;
    WCHAR *copy = text ? ws_allocate(size) : NULL;
    if (copy)
        CopyMemory(copy, text, size);
    return copy;
}

/* 0 if the look-up is on its way; it may have ended then. */
static int start_lookup(const WCHAR *node, const WCHAR *service, const ADDRINFOW *hints, ADDRINFOEXW **result,
                        const TIMEVAL *timeout, OVERLAPPED *overlapped, lookup_routine routine,
                        HANDLE *ret_handle)
{
    static ULONG_PTR last_handle;
    struct lookup *lookup = ws_allocate(sizeof *lookup);
    if (!lookup)
        return WSA_NOT_ENOUGH_MEMORY;
    *lookup = (struct lookup){
        .references = 3, .result = result, .overlapped = overlapped, .routine = routine};
    lookup->node = copy_text(node);
    lookup->service = copy_text(service);
    lookup->has_hints = hints != NULL;
    if (hints)
        lookup->hints = *hints;
    if (timeout)
        lookup->timer = CreateThreadpoolTimer(time_is_up, lookup, NULL);
    if ((node && !lookup->node) || (service && !lookup->service) || (timeout && !lookup->timer))
        goto fail;
    overlapped->Internal = WSAEINPROGRESS;
    AcquireSRWLockExclusive(&lock);
    lookup->handle = (HANDLE)(last_handle += 4);
    lookup->next = lookups;
    lookups = lookup;
    if (ret_handle)
        *ret_handle = lookup->handle;
    ReleaseSRWLockExclusive(&lock);
    if (!TrySubmitThreadpoolCallback(run_lookup, lookup, NULL)) {
        AcquireSRWLockExclusive(&lock);
        BOOL mine = end_locked(lookup);
        ReleaseSRWLockExclusive(&lock);
        if (mine)
            goto fail;
        release(lookup); /* the thread's; it was cancelled, and that is told */
        release(lookup);
        return 0;
    }
    if (timeout) {
        LONGLONG due = -((LONGLONG)timeout->tv_sec * 10000000 + (LONGLONG)timeout->tv_usec * 10);
        FILETIME when = {(DWORD)due, (DWORD)(due >> 32)};
        AcquireSRWLockExclusive(&lock);
        if (!lookup->ended)
            SetThreadpoolTimer(lookup->timer, &when, 0, 0);
        ReleaseSRWLockExclusive(&lock);
    }
    release(lookup);
    return 0;
fail:
    if (lookup->timer)
        CloseThreadpoolTimer(lookup->timer);
    lookup->references = 1;
    release(lookup);
    return WSA_NOT_ENOUGH_MEMORY;
}

/* For the caller, who has time for it only so long. */
static int look_up_for(const WCHAR *node, const WCHAR *service, const ADDRINFOW *hints, ADDRINFOEXW **result,
                       const TIMEVAL *timeout)
{
    OVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    if (!overlapped.hEvent)
        return WSA_NOT_ENOUGH_MEMORY;
    int error = start_lookup(node, service, hints, result, timeout, &overlapped, NULL, NULL);
    if (!error) {
        WaitForSingleObject(overlapped.hEvent, INFINITE);
        error = (int)overlapped.Internal;
    }
    CloseHandle(overlapped.hEvent);
    return error;
}

static int check_hints(const ADDRINFOEXW *hints, ADDRINFOW *ret_plain)
{
    if (!hints)
        return 0;
    if (hints->ai_addrlen || hints->ai_canonname || hints->ai_addr || hints->ai_next)
        return WSANO_RECOVERY;
    if ((DWORD)hints->ai_flags & AI_EXTENDED)
        return WSAEINVAL;
    *ret_plain = (ADDRINFOW){.ai_flags = hints->ai_flags,
                             .ai_family = hints->ai_family,
                             .ai_socktype = hints->ai_socktype,
                             .ai_protocol = hints->ai_protocol};
    return 0;
}

/* Names come from the DNS and its like only. */
static BOOL is_name_space(DWORD name_space)
{
    return name_space == NS_ALL || name_space == NS_DNS;
}

static int fail(int error)
{
    WSASetLastError(error);
    return error;
}

int WINAPI GetAddrInfoExW(PCWSTR node, PCWSTR service, DWORD name_space, LPGUID provider,
                          const ADDRINFOEXW *hints, PADDRINFOEXW *result, PTIMEVAL timeout,
                          LPOVERLAPPED overlapped, LPLOOKUPSERVICE_COMPLETION_ROUTINE routine,
                          LPHANDLE handle)
{
    ADDRINFOW plain;
    (void)provider;
    if (!ws_started())
        return WSANOTINITIALISED;
    if (!result)
        return fail(WSAEINVAL);
    *result = NULL;
    if (handle)
        *handle = NULL;
    if (overlapped ? !routine == !overlapped->hEvent : routine || handle)
        return fail(WSAEINVAL);
    if (!is_name_space(name_space))
        return fail(WSASERVICE_NOT_FOUND);
    if (!node && !service)
        return fail(WSAHOST_NOT_FOUND);
    int error = check_hints(hints, &plain);
    if (error)
        return fail(error);
    if (overlapped) {
        error = start_lookup(node, service, hints ? &plain : NULL, result, timeout, overlapped,
                             (lookup_routine)routine, handle);
        return fail(error ? error : WSA_IO_PENDING);
    }
    if (timeout)
        error = look_up_for(node, service, hints ? &plain : NULL, result, timeout);
    else
        error = look_up(node, service, hints ? &plain : NULL, result);
    return fail(error);
}

int WINAPI GetAddrInfoExA(PCSTR node, PCSTR service, DWORD name_space, LPGUID provider,
                          const ADDRINFOEXA *hints, PADDRINFOEXA *result, PTIMEVAL timeout,
                          LPOVERLAPPED overlapped, LPLOOKUPSERVICE_COMPLETION_ROUTINE routine,
                          LPHANDLE handle)
{
    if (!ws_started())
        return WSANOTINITIALISED;
    if (!result || timeout || overlapped || routine || handle)
        return fail(WSAEINVAL);
    WCHAR *wide_node = ws_wide(node), *wide_service = ws_wide(service);
    ADDRINFOEXW *list = NULL;
    int error = WSA_NOT_ENOUGH_MEMORY;
    if ((!node || wide_node) && (!service || wide_service))
        error = GetAddrInfoExW(wide_node, wide_service, name_space, provider, (const ADDRINFOEXW *)hints,
                               &list, NULL, NULL, NULL, NULL);
    ws_free(wide_node);
    ws_free(wide_service);
    if (list && list->ai_canonname) { /* the structures are the same but for this text */
        char *name = ws_ansi(list->ai_canonname);
        ws_free((void *)list->ai_canonname);
        list->ai_canonname = (WCHAR *)name;
    }
    *result = (ADDRINFOEXA *)list;
    return fail(error);
}
