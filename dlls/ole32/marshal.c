/*
 * Marshalling within the process: objects with a marshaller of their own (the free-threaded one above all),
 * and pointers that come back to the apartment they left. Proxies between apartments are not there.
 */
#include "ole32.h"

#define SIGNATURE 0x776f454d /* of our packets: they never leave the process */

struct packet {
    DWORD signature, apartment;
    CLSID unmarshaler; /* GUID_NULL: the pointer itself */
    ULONGLONG object;  /* referenced by the packet */
};

/* ------------------------------------------------------------------ the free-threaded marshaller */

struct marshaler {
    IUnknown inner; /* what an aggregating object asks */
    IMarshal marshal;
    LONG references;
    IUnknown *outer;
};

static struct marshaler *from_inner(IUnknown *this)
{
    return CONTAINING_RECORD(this, struct marshaler, inner);
}

static struct marshaler *from_marshal(IMarshal *this)
{
    return CONTAINING_RECORD(this, struct marshaler, marshal);
}

static HRESULT WINAPI inner_query(IUnknown *this, REFIID iid, void **object)
{
    struct marshaler *marshaler = from_inner(this);
    if (!object)
        return E_POINTER;
    *object = NULL;
    if (IsEqualGUID(iid, &ole_iid_unknown))
        *object = &marshaler->inner;
    else if (IsEqualGUID(iid, &ole_iid_marshal))
        *object = &marshaler->marshal;
    else
        return E_NOINTERFACE;
    IUnknown_AddRef((IUnknown *)*object);
    return S_OK;
}

static ULONG WINAPI inner_add_reference(IUnknown *this)
{
    return (ULONG)InterlockedIncrement(&from_inner(this)->references);
}

static ULONG WINAPI inner_release(IUnknown *this)
{
    LONG left = InterlockedDecrement(&from_inner(this)->references);
    if (!left)
        HeapFree(GetProcessHeap(), 0, from_inner(this));
    return (ULONG)left;
}

static HRESULT WINAPI query(IMarshal *this, REFIID iid, void **object)
{
    return IUnknown_QueryInterface(from_marshal(this)->outer, iid, object);
}

static ULONG WINAPI add_reference(IMarshal *this)
{
    return IUnknown_AddRef(from_marshal(this)->outer);
}

static ULONG WINAPI release(IMarshal *this)
{
    return IUnknown_Release(from_marshal(this)->outer);
}

static BOOL is_local(DWORD context)
{
    return context == MSHCTX_INPROC || context == MSHCTX_CROSSCTX;
}

static HRESULT WINAPI get_class(IMarshal *this, REFIID iid, void *object, DWORD context, void *reserved,
                                DWORD flags, CLSID *ret_clsid)
{
    (void)this, (void)iid, (void)object, (void)reserved, (void)flags;
    if (!is_local(context))
        return E_NOTIMPL;
    *ret_clsid = ole_clsid_free_marshaler;
    return S_OK;
}

static HRESULT WINAPI get_size(IMarshal *this, REFIID iid, void *object, DWORD context, void *reserved,
                               DWORD flags, DWORD *ret_size)
{
    (void)this, (void)iid, (void)object, (void)reserved, (void)flags;
    if (!is_local(context))
        return E_NOTIMPL;
    *ret_size = sizeof(ULONGLONG);
    return S_OK;
}

static HRESULT WINAPI marshal(IMarshal *this, IStream *stream, REFIID iid, void *object, DWORD context,
                              void *reserved, DWORD flags)
{
    IUnknown *pointer;
    (void)this, (void)reserved, (void)flags;
    if (!is_local(context))
        return E_NOTIMPL;
    HRESULT result = IUnknown_QueryInterface((IUnknown *)object, iid, (void **)&pointer);
    if (FAILED(result))
        return result;
    ULONGLONG value = (ULONG_PTR)pointer;
    result = IStream_Write(stream, &value, sizeof value, NULL);
    if (FAILED(result))
        IUnknown_Release(pointer);
    return result;
}

static HRESULT read_pointer(IStream *stream, IUnknown **ret_object)
{
    ULONGLONG value;
    ULONG got;
    HRESULT result = IStream_Read(stream, &value, sizeof value, &got);
    if (FAILED(result) || got != sizeof value)
        return FAILED(result) ? result : STG_E_READFAULT;
    *ret_object = (IUnknown *)(ULONG_PTR)value;
    return S_OK;
}

static HRESULT WINAPI unmarshal(IMarshal *this, IStream *stream, REFIID iid, void **object)
{
    IUnknown *pointer;
    (void)this;
    HRESULT result = read_pointer(stream, &pointer);
    if (FAILED(result))
        return result;
    result = IUnknown_QueryInterface(pointer, iid, object);
    IUnknown_Release(pointer);
    return result;
}

static HRESULT WINAPI release_data(IMarshal *this, IStream *stream)
{
    IUnknown *pointer;
    (void)this;
    HRESULT result = read_pointer(stream, &pointer);
    if (SUCCEEDED(result))
        IUnknown_Release(pointer);
    return result;
}

static HRESULT WINAPI disconnect(IMarshal *this, DWORD reserved)
{
    (void)this, (void)reserved;
    return S_OK;
}

static const IUnknownVtbl inner_table = {inner_query, inner_add_reference, inner_release};
static const IMarshalVtbl marshal_table = {query,   add_reference, release,      get_class, get_size,
                                           marshal, unmarshal,     release_data, disconnect};

HRESULT WINAPI CoCreateFreeThreadedMarshaler(LPUNKNOWN outer, LPUNKNOWN *ret_object)
{
    if (!ret_object)
        return E_INVALIDARG;
    *ret_object = NULL;
    struct marshaler *marshaler = HeapAlloc(GetProcessHeap(), 0, sizeof *marshaler);
    if (!marshaler)
        return E_OUTOFMEMORY;
    marshaler->inner.lpVtbl = (IUnknownVtbl *)&inner_table;
    marshaler->marshal.lpVtbl = (IMarshalVtbl *)&marshal_table;
    marshaler->references = 1;
    marshaler->outer = outer ? outer : &marshaler->inner;
    *ret_object = &marshaler->inner;
    return S_OK;
}

/* Objects that every apartment may call: they say so, or are marshalled as the pointer they are. */
BOOL ole_is_agile(IUnknown *object)
{
    IMarshal *marshal;
    IUnknown *agile;
    CLSID clsid;

    if (SUCCEEDED(IUnknown_QueryInterface(object, &ole_iid_agile, (void **)&agile))) {
        IUnknown_Release(agile);
        return TRUE;
    }
    if (FAILED(IUnknown_QueryInterface(object, &ole_iid_marshal, (void **)&marshal)))
        return FALSE;
    HRESULT result = IMarshal_GetUnmarshalClass(marshal, &ole_iid_unknown, object, MSHCTX_INPROC, NULL,
                                                MSHLFLAGS_NORMAL, &clsid);
    IMarshal_Release(marshal);
    return SUCCEEDED(result) && IsEqualGUID(&clsid, &ole_clsid_free_marshaler);
}

/* ------------------------------------------------------------------ packets */

HRESULT WINAPI CoMarshalInterface(LPSTREAM stream, REFIID iid, LPUNKNOWN object, DWORD context,
                                  void *reserved, DWORD flags)
{
    struct packet packet = {.signature = SIGNATURE, .apartment = ole_apartment()};
    IMarshal *marshal;
    IUnknown *pointer = NULL;

    if (!stream || !object)
        return E_INVALIDARG;
    if (packet.apartment == APARTMENT_NONE)
        return CO_E_NOTINITIALIZED;
    if (SUCCEEDED(IUnknown_QueryInterface(object, &ole_iid_marshal, (void **)&marshal))) {
        HRESULT result = IMarshal_GetUnmarshalClass(marshal, iid, object, context, reserved, flags,
                                                    &packet.unmarshaler);
        if (SUCCEEDED(result))
            result = IStream_Write(stream, &packet, sizeof packet, NULL);
        if (SUCCEEDED(result))
            result = IMarshal_MarshalInterface(marshal, stream, iid, object, context, reserved, flags);
        IMarshal_Release(marshal);
        return result;
    }
    if (!is_local(context) || flags != MSHLFLAGS_NORMAL) {
        ole_decline("interface", iid);
        return E_NOINTERFACE;
    }
    HRESULT result = IUnknown_QueryInterface(object, iid, (void **)&pointer);
    if (FAILED(result))
        return result;
    packet.object = (ULONG_PTR)pointer;
    result = IStream_Write(stream, &packet, sizeof packet, NULL);
    if (FAILED(result))
        IUnknown_Release(pointer);
    return result;
}

static HRESULT read_packet(IStream *stream, struct packet *packet, IMarshal **ret_marshal)
{
    IUnknown *inner = NULL;
    ULONG got;
    HRESULT result = IStream_Read(stream, packet, sizeof *packet, &got);

    *ret_marshal = NULL;
    if (FAILED(result))
        return result;
    if (got != sizeof *packet || packet->signature != SIGNATURE)
        return RPC_E_INVALID_OBJREF;
    if (IsEqualGUID(&packet->unmarshaler, &ole_guid_null))
        return S_OK;
    if (IsEqualGUID(&packet->unmarshaler, &ole_clsid_free_marshaler)) {
        result = CoCreateFreeThreadedMarshaler(NULL, &inner);
        if (SUCCEEDED(result)) {
            result = IUnknown_QueryInterface(inner, &ole_iid_marshal, (void **)ret_marshal);
            IUnknown_Release(inner);
        }
        return result;
    }
    return CoCreateInstance(&packet->unmarshaler, NULL, CLSCTX_INPROC_SERVER, &ole_iid_marshal,
                            (void **)ret_marshal);
}

HRESULT WINAPI CoUnmarshalInterface(LPSTREAM stream, REFIID iid, LPVOID *object)
{
    struct packet packet;
    IMarshal *marshal;

    if (!stream || !object)
        return E_INVALIDARG;
    *object = NULL;
    HRESULT result = read_packet(stream, &packet, &marshal);
    if (FAILED(result))
        return result;
    if (marshal) {
        result = IMarshal_UnmarshalInterface(marshal, stream, iid, object);
        IMarshal_Release(marshal);
        return result;
    }
    IUnknown *pointer = (IUnknown *)(ULONG_PTR)packet.object;
    if (packet.apartment != ole_apartment()) {
        ole_decline("interface", iid);
        return E_NOINTERFACE;
    }
    result = IUnknown_QueryInterface(pointer, iid, object);
    IUnknown_Release(pointer);
    return result;
}

HRESULT WINAPI CoReleaseMarshalData(LPSTREAM stream)
{
    struct packet packet;
    IMarshal *marshal;

    if (!stream)
        return E_INVALIDARG;
    HRESULT result = read_packet(stream, &packet, &marshal);
    if (FAILED(result))
        return result;
    if (marshal) {
        result = IMarshal_ReleaseMarshalData(marshal, stream);
        IMarshal_Release(marshal);
    } else {
        IUnknown_Release((IUnknown *)(ULONG_PTR)packet.object);
    }
    return result;
}

HRESULT WINAPI CoMarshalInterThreadInterfaceInStream(REFIID iid, LPUNKNOWN object, LPSTREAM *ret_stream)
{
    static const LARGE_INTEGER start;

    if (!ret_stream)
        return E_INVALIDARG;
    HRESULT result = CreateStreamOnHGlobal(NULL, TRUE, ret_stream);
    if (FAILED(result))
        return result;
    result = CoMarshalInterface(*ret_stream, iid, object, MSHCTX_INPROC, NULL, MSHLFLAGS_NORMAL);
    if (SUCCEEDED(result))
        result = IStream_Seek(*ret_stream, start, STREAM_SEEK_SET, NULL);
    if (FAILED(result)) {
        IStream_Release(*ret_stream);
        *ret_stream = NULL;
    }
    return result;
}

HRESULT WINAPI CoGetInterfaceAndReleaseStream(LPSTREAM stream, REFIID iid, LPVOID *object)
{
    if (!stream)
        return E_INVALIDARG;
    HRESULT result = CoUnmarshalInterface(stream, iid, object);
    IStream_Release(stream);
    return result;
}

/* Objects are not connected to stubs; there is nothing to cut. */
HRESULT WINAPI CoDisconnectObject(LPUNKNOWN object, DWORD reserved)
{
    return !object || reserved ? E_INVALIDARG : S_OK;
}

HRESULT WINAPI CoLockObjectExternal(LPUNKNOWN object, BOOL lock, BOOL release_last)
{
    (void)release_last;
    if (!object)
        return E_INVALIDARG;
    if (lock)
        IUnknown_AddRef(object);
    else
        IUnknown_Release(object);
    return S_OK;
}

BOOL WINAPI CoIsHandlerConnected(LPUNKNOWN object)
{
    return object != NULL; /* every object is here */
}
