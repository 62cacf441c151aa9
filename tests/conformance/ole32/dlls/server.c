/*
 * An in-process COM server for the tests: one class without state.
 */
#define COBJMACROS
#include <windows.h>
#include <ole2.h>

static const IID iid_unknown = {0, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
static const IID iid_class_factory = {1, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
static LONG objects;

static HRESULT WINAPI object_query(IUnknown *this, REFIID iid, void **object)
{
    *object = IsEqualGUID(iid, &iid_unknown) ? this : NULL;
    if (*object)
        IUnknown_AddRef(this);
    return *object ? S_OK : E_NOINTERFACE;
}

static ULONG WINAPI object_add_reference(IUnknown *this)
{
    return (ULONG)InterlockedIncrement(&objects);
}

static ULONG WINAPI object_release(IUnknown *this)
{
    return (ULONG)InterlockedDecrement(&objects);
}

static IUnknownVtbl object_table = {object_query, object_add_reference, object_release};
static IUnknown the_object = {&object_table};

static HRESULT WINAPI query(IClassFactory *this, REFIID iid, void **object)
{
    *object = IsEqualGUID(iid, &iid_unknown) || IsEqualGUID(iid, &iid_class_factory) ? this : NULL;
    return *object ? S_OK : E_NOINTERFACE;
}

static ULONG WINAPI reference(IClassFactory *this)
{
    return 1;
}

static HRESULT WINAPI create(IClassFactory *this, IUnknown *outer, REFIID iid, void **object)
{
    if (outer)
        return CLASS_E_NOAGGREGATION;
    return object_query(&the_object, iid, object);
}

static HRESULT WINAPI lock_server(IClassFactory *this, BOOL lock)
{
    return S_OK;
}

static IClassFactoryVtbl table = {query, reference, reference, create, lock_server};
static IClassFactory factory = {&table};

__declspec(dllexport) HRESULT WINAPI DllGetClassObject(REFCLSID clsid, REFIID iid, void **object)
{
    if (clsid->Data1 != 0x0a1b2c3d)
        return CLASS_E_CLASSNOTAVAILABLE;
    return query(&factory, iid, object);
}

__declspec(dllexport) HRESULT WINAPI DllCanUnloadNow(void)
{
    return objects ? S_FALSE : S_OK;
}
