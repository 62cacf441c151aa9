/*
 * Event tracing as providers see it: they register, no session ever enables them, and what they write
 * has no listener.
 */
#include <nt/rtl.h>

typedef ULONGLONG REGISTRATION;

static LONG last_registration;
static LONG last_activity;

ULONG NTAPI EtwEventRegister(const GUID *provider, void *callback, void *context, REGISTRATION *ret_handle)
{
    (void)callback, (void)context;
    if (!provider || !ret_handle)
        return ERROR_INVALID_PARAMETER;
    *ret_handle = (ULONGLONG)(ULONG)__atomic_add_fetch(&last_registration, 1, __ATOMIC_RELAXED) << 16 | 1;
    return ERROR_SUCCESS;
}

static ULONG check(REGISTRATION handle)
{
    return handle ? ERROR_SUCCESS : ERROR_INVALID_HANDLE;
}

ULONG NTAPI EtwEventUnregister(REGISTRATION handle)
{
    return check(handle);
}

BOOLEAN NTAPI EtwEventEnabled(REGISTRATION handle, const void *event)
{
    (void)handle, (void)event;
    return FALSE;
}

BOOLEAN NTAPI EtwEventProviderEnabled(REGISTRATION handle, UCHAR level, ULONGLONG keyword)
{
    (void)handle, (void)level, (void)keyword;
    return FALSE;
}

ULONG NTAPI EtwEventWrite(REGISTRATION handle, const void *event, ULONG count, void *data)
{
    (void)count, (void)data;
    return event ? check(handle) : ERROR_INVALID_PARAMETER;
}

ULONG NTAPI EtwEventWriteTransfer(REGISTRATION handle, const void *event, const GUID *activity,
                                  const GUID *related, ULONG count, void *data)
{
    (void)activity, (void)related, (void)count, (void)data;
    return event ? check(handle) : ERROR_INVALID_PARAMETER;
}

ULONG NTAPI EtwEventWriteEx(REGISTRATION handle, const void *event, ULONGLONG filter, ULONG flags,
                            const GUID *activity, const GUID *related, ULONG count, void *data)
{
    (void)filter, (void)flags, (void)activity, (void)related, (void)count, (void)data;
    return event ? check(handle) : ERROR_INVALID_PARAMETER;
}

ULONG NTAPI EtwEventWriteString(REGISTRATION handle, UCHAR level, ULONGLONG keyword, PCWSTR text)
{
    (void)level, (void)keyword;
    return text ? check(handle) : ERROR_INVALID_PARAMETER;
}

ULONG NTAPI EtwEventSetInformation(REGISTRATION handle, ULONG class, void *information, ULONG length)
{
    (void)class, (void)information, (void)length;
    return check(handle);
}

/* A thread's activity is kept for the program itself: nobody records it. Fresh ids count up. */
ULONG NTAPI EtwEventActivityIdControl(ULONG code, GUID *id)
{
    enum { GET = 1, SET = 2, CREATE = 3, GET_SET = 4, CREATE_SET = 5 };
    TEB *teb = rtl_teb();
    GUID old = teb->ActivityId, fresh = {0};

    if (!id || code < GET || code > CREATE_SET)
        return ERROR_INVALID_PARAMETER;
    if (code == CREATE || code == CREATE_SET) {
        LONGLONG number = (ULONG)__atomic_add_fetch(&last_activity, 1, __ATOMIC_RELAXED);
        fresh.Data1 = (ULONG)(ULONG_PTR)teb->ClientId.UniqueProcess;
        memcpy(fresh.Data4, &number, sizeof fresh.Data4);
    }
    switch (code) {
    case GET: *id = old; break;
    case SET: teb->ActivityId = *id; break;
    case CREATE: *id = fresh; break;
    case GET_SET:
        teb->ActivityId = *id;
        *id = old;
        break;
    case CREATE_SET:
        teb->ActivityId = fresh;
        *id = old;
        break;
    }
    return ERROR_SUCCESS;
}

/* ---- the older way ---- */

ULONG NTAPI EtwRegisterTraceGuidsW(void *request, void *context, const GUID *control, ULONG count,
                                   void *guids, PCWSTR image, PCWSTR resource, ULONGLONG *ret_handle)
{
    (void)context, (void)count, (void)guids, (void)image, (void)resource;
    if (!request || !control || !ret_handle)
        return ERROR_INVALID_PARAMETER;
    *ret_handle = (ULONGLONG)(ULONG)__atomic_add_fetch(&last_registration, 1, __ATOMIC_RELAXED) << 16 | 2;
    return ERROR_SUCCESS;
}

ULONG NTAPI EtwRegisterTraceGuidsA(void *request, void *context, const GUID *control, ULONG count,
                                   void *guids, PCSTR image, PCSTR resource, ULONGLONG *ret_handle)
{
    (void)image, (void)resource;
    return EtwRegisterTraceGuidsW(request, context, control, count, guids, NULL, NULL, ret_handle);
}

ULONG NTAPI EtwUnregisterTraceGuids(ULONGLONG handle)
{
    return check(handle);
}

/* Only a provider's callback is told of a session's handle, and none is ever called. */
ULONGLONG NTAPI EtwGetTraceLoggerHandle(void *buffer)
{
    (void)buffer;
    RtlSetLastWin32Error(ERROR_INVALID_PARAMETER);
    return ~(ULONGLONG)0;
}

ULONG NTAPI EtwGetTraceEnableFlags(ULONGLONG handle)
{
    (void)handle;
    return 0;
}

UCHAR NTAPI EtwGetTraceEnableLevel(ULONGLONG handle)
{
    (void)handle;
    return 0;
}
