/*
 * Error information: an object that describes an error, and the calling thread's current one.
 */
#include "oleaut32.h"

static const GUID iid_unknown = {0x00000000, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
static const GUID iid_error_info = {
    0x1cf2b120, 0x547d, 0x101b, {0x8e, 0x65, 0x08, 0x00, 0x2b, 0x2b, 0xd1, 0x19}};
static const GUID iid_create_error_info = {
    0x22f03340, 0x547d, 0x101b, {0x8e, 0x65, 0x08, 0x00, 0x2b, 0x2b, 0xd1, 0x19}};

struct error_info {
    ICreateErrorInfo create;
    IErrorInfo info;
    LONG references;
    GUID guid;
    BSTR source, description, help_file;
    DWORD help_context;
};

static DWORD slot = TLS_OUT_OF_INDEXES;

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
    (void)instance;
    if (reason == DLL_PROCESS_ATTACH) {
        slot = TlsAlloc();
    } else if (reason == DLL_THREAD_DETACH) {
        SetErrorInfo(0, NULL);
    } else if (reason == DLL_PROCESS_DETACH && !reserved) {
        SetErrorInfo(0, NULL);
        TlsFree(slot);
    }
    return TRUE;
}

static struct error_info *from_create(ICreateErrorInfo *this)
{
    return CONTAINING_RECORD(this, struct error_info, create);
}

static struct error_info *from_info(IErrorInfo *this)
{
    return CONTAINING_RECORD(this, struct error_info, info);
}

static HRESULT query(struct error_info *error, REFIID iid, void **object)
{
    if (!object)
        return E_POINTER;
    *object = NULL;
    if (IsEqualGUID(iid, &iid_unknown) || IsEqualGUID(iid, &iid_error_info))
        *object = &error->info;
    else if (IsEqualGUID(iid, &iid_create_error_info))
        *object = &error->create;
    else
        return E_NOINTERFACE;
    InterlockedIncrement(&error->references);
    return S_OK;
}

static ULONG release(struct error_info *error)
{
    LONG left = InterlockedDecrement(&error->references);
    if (!left) {
        SysFreeString(error->source);
        SysFreeString(error->description);
        SysFreeString(error->help_file);
        HeapFree(GetProcessHeap(), 0, error);
    }
    return (ULONG)left;
}

static HRESULT WINAPI create_query(ICreateErrorInfo *this, REFIID iid, void **object)
{
    return query(from_create(this), iid, object);
}

static ULONG WINAPI create_add_reference(ICreateErrorInfo *this)
{
    return (ULONG)InterlockedIncrement(&from_create(this)->references);
}

static ULONG WINAPI create_release(ICreateErrorInfo *this)
{
    return release(from_create(this));
}

static HRESULT WINAPI set_guid(ICreateErrorInfo *this, REFGUID guid)
{
    from_create(this)->guid = *guid;
    return S_OK;
}

static HRESULT set(BSTR *field, LPOLESTR text)
{
    BSTR copy = SysAllocString(text);
    if (text && !copy)
        return E_OUTOFMEMORY;
    SysFreeString(*field);
    *field = copy;
    return S_OK;
}

static HRESULT WINAPI set_source(ICreateErrorInfo *this, LPOLESTR text)
{
    return set(&from_create(this)->source, text);
}

static HRESULT WINAPI set_description(ICreateErrorInfo *this, LPOLESTR text)
{
    return set(&from_create(this)->description, text);
}

static HRESULT WINAPI set_help_file(ICreateErrorInfo *this, LPOLESTR text)
{
    return set(&from_create(this)->help_file, text);
}

static HRESULT WINAPI set_help_context(ICreateErrorInfo *this, DWORD context)
{
    from_create(this)->help_context = context;
    return S_OK;
}

static HRESULT WINAPI info_query(IErrorInfo *this, REFIID iid, void **object)
{
    return query(from_info(this), iid, object);
}

static ULONG WINAPI info_add_reference(IErrorInfo *this)
{
    return (ULONG)InterlockedIncrement(&from_info(this)->references);
}

static ULONG WINAPI info_release(IErrorInfo *this)
{
    return release(from_info(this));
}

static HRESULT WINAPI get_guid(IErrorInfo *this, GUID *guid)
{
    if (!guid)
        return E_INVALIDARG;
    *guid = from_info(this)->guid;
    return S_OK;
}

static HRESULT get(BSTR field, BSTR *ret_text)
{
    if (!ret_text)
        return E_INVALIDARG;
    *ret_text = field ? SysAllocStringLen(field, SysStringLen(field)) : NULL;
    return field && !*ret_text ? E_OUTOFMEMORY : S_OK;
}

static HRESULT WINAPI get_source(IErrorInfo *this, BSTR *text)
{
    return get(from_info(this)->source, text);
}

static HRESULT WINAPI get_description(IErrorInfo *this, BSTR *text)
{
    return get(from_info(this)->description, text);
}

static HRESULT WINAPI get_help_file(IErrorInfo *this, BSTR *text)
{
    return get(from_info(this)->help_file, text);
}

static HRESULT WINAPI get_help_context(IErrorInfo *this, DWORD *context)
{
    if (!context)
        return E_INVALIDARG;
    *context = from_info(this)->help_context;
    return S_OK;
}

static const ICreateErrorInfoVtbl create_table = {create_query,  create_add_reference, create_release,
                                                  set_guid,      set_source,           set_description,
                                                  set_help_file, set_help_context};
static const IErrorInfoVtbl info_table = {info_query, info_add_reference, info_release,  get_guid,
                                          get_source, get_description,    get_help_file, get_help_context};

HRESULT WINAPI CreateErrorInfo(ICreateErrorInfo **ret_error)
{
    if (!ret_error)
        return E_INVALIDARG;
    struct error_info *error = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *error);
    *ret_error = error ? &error->create : NULL;
    if (!error)
        return E_OUTOFMEMORY;
    error->create.lpVtbl = (ICreateErrorInfoVtbl *)&create_table;
    error->info.lpVtbl = (IErrorInfoVtbl *)&info_table;
    error->references = 1;
    return S_OK;
}

HRESULT WINAPI SetErrorInfo(ULONG reserved, IErrorInfo *error)
{
    IErrorInfo *old = TlsGetValue(slot);

    if (reserved)
        return E_INVALIDARG;
    if (error)
        IErrorInfo_AddRef(error);
    TlsSetValue(slot, error);
    if (old)
        IErrorInfo_Release(old);
    return S_OK;
}

/* Gives the thread's error information away: it has none afterwards. */
HRESULT WINAPI GetErrorInfo(ULONG reserved, IErrorInfo **ret_error)
{
    if (reserved || !ret_error)
        return E_INVALIDARG;
    *ret_error = TlsGetValue(slot);
    if (!*ret_error)
        return S_FALSE;
    TlsSetValue(slot, NULL);
    return S_OK;
}
