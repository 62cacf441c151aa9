/*
 * shell32's classes and their factory.
 */
#include "shell.h"

struct factory {
    IClassFactory class;
    const CLSID *id;
    HRESULT (*create)(REFIID iid, void **ret);
};

static HRESULT WINAPI factory_query(IClassFactory *factory, REFIID iid, void **ret)
{
    if (!IsEqualGUID(iid, &IID_IUnknown) && !IsEqualGUID(iid, &IID_IClassFactory))
        return *ret = NULL, E_NOINTERFACE;
    *ret = factory;
    return S_OK;
}
static ULONG WINAPI factory_count(IClassFactory *factory)
{
    (void)factory;
    return 2; /* static */
}
static HRESULT WINAPI factory_create(IClassFactory *factory, IUnknown *outer, REFIID iid, void **ret)
{
    *ret = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    return CONTAINING_RECORD(factory, struct factory, class)->create(iid, ret);
}
static HRESULT WINAPI factory_lock(IClassFactory *factory, BOOL lock)
{
    (void)factory, (void)lock;
    return S_OK;
}

static IClassFactoryVtbl factory_methods = {factory_query, factory_count, factory_count, factory_create,
                                            factory_lock};

static struct factory factories[] = {
    {{&factory_methods}, &CLSID_ShellLink, link_create},
    {{&factory_methods}, &CLSID_FileOperation, operation_create},
};

HRESULT WINAPI shell_class_object(REFCLSID clsid, REFIID iid, void **ret);
HRESULT WINAPI shell_class_object(REFCLSID clsid, REFIID iid, void **ret)
{
    *ret = NULL;
    for (unsigned i = 0; i < ARRAYSIZE(factories); i++)
        if (IsEqualGUID(clsid, factories[i].id))
            return factory_query(&factories[i].class, iid, ret);
    return CLASS_E_CLASSNOTAVAILABLE;
}

HRESULT WINAPI shell_can_unload(void);
HRESULT WINAPI shell_can_unload(void)
{
    return S_FALSE;
}
