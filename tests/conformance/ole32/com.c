/*
 * COM: apartments, the allocator, class objects from the process and from in-process servers, marshalling
 * within an apartment, the global interface table.
 */
#define COBJMACROS
#include "harness.h"
#include <ole2.h>

static const CLSID test_class = {0x0a1b2c3d, 9, 9, {0, 3, 0, 0, 0, 0, 0, 9}};

static DWORD WINAPI multithreaded_thread(void *parameter)
{
    APTTYPE type = (APTTYPE)77;
    APTTYPEQUALIFIER qualifier;

    CHECK_EQ(CoGetApartmentType(&type, &qualifier), CO_E_NOTINITIALIZED);
    CHECK_EQ(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    CHECK_EQ(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_FALSE);
    CHECK_EQ(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED), RPC_E_CHANGED_MODE);
    CHECK_EQ(CoGetApartmentType(&type, &qualifier), S_OK);
    CHECK_EQ(type, APTTYPE_MTA);
    CoUninitialize();
    CoUninitialize();
    return 0;
}

TEST(apartments)
{
    APTTYPE type;
    APTTYPEQUALIFIER qualifier;
    void *object;

    CHECK_EQ(CoCreateInstance(&test_class, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown, &object),
             CO_E_NOTINITIALIZED);
    CHECK_EQ(CoInitialize(NULL), S_OK);
    CHECK_EQ(CoInitialize(NULL), S_FALSE);
    CHECK_EQ(CoInitializeEx(NULL, COINIT_MULTITHREADED), RPC_E_CHANGED_MODE);
    CHECK_EQ(CoGetApartmentType(&type, &qualifier), S_OK);
    CHECK_EQ(type, APTTYPE_MAINSTA);
    CHECK_EQ(qualifier, APTTYPEQUALIFIER_NONE);
    CoUninitialize();
    CoUninitialize();
    HANDLE thread = CreateThread(NULL, 0, multithreaded_thread, NULL, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

TEST(allocator)
{
    IMalloc *allocator = NULL;
    char *memory = CoTaskMemAlloc(10);

    CHECK(memory != NULL);
    memory = CoTaskMemRealloc(memory, 100);
    CHECK(memory != NULL);
    CHECK_EQ(CoGetMalloc(1, &allocator), S_OK);
    CHECK_EQ(IMalloc_GetSize(allocator, memory), 100);
    CHECK_EQ(IMalloc_DidAlloc(allocator, memory), 1);
    CHECK_EQ(IMalloc_GetSize(allocator, NULL), (SIZE_T)-1);
    IMalloc_Free(allocator, memory);
    CHECK_EQ(CoGetMalloc(2, &allocator), E_INVALIDARG);
    CHECK(CoTaskMemRealloc(CoTaskMemAlloc(1), 0) == NULL);
}

static LONG references, locked;

static HRESULT WINAPI factory_query(IClassFactory *this, REFIID iid, void **object)
{
    *object = IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_IClassFactory) ? this : NULL;
    if (*object)
        references++;
    return *object ? S_OK : E_NOINTERFACE;
}

static ULONG WINAPI factory_add_reference(IClassFactory *this)
{
    return (ULONG)++references;
}

static ULONG WINAPI factory_release(IClassFactory *this)
{
    return (ULONG)--references;
}

static HRESULT WINAPI factory_create(IClassFactory *this, IUnknown *outer, REFIID iid, void **object)
{
    return factory_query(this, iid, object);
}

static HRESULT WINAPI factory_lock(IClassFactory *this, BOOL lock)
{
    locked += lock ? 1 : -1;
    return S_OK;
}

static IClassFactoryVtbl factory_table = {factory_query, factory_add_reference, factory_release,
                                          factory_create, factory_lock};
static IClassFactory factory = {&factory_table};

TEST(registered_class)
{
    DWORD cookie = 0;
    IUnknown *object = NULL;

    CoInitialize(NULL);
    CHECK_EQ(CoGetClassObject(&test_class, CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory, (void **)&object),
             REGDB_E_CLASSNOTREG);
    CHECK(object == NULL);
    CHECK_EQ(CoRegisterClassObject(&test_class, (IUnknown *)&factory, CLSCTX_INPROC_SERVER,
                                   REGCLS_MULTIPLEUSE, &cookie),
             S_OK);
    CHECK(cookie != 0);
    CHECK_EQ(CoGetClassObject(&test_class, CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory, (void **)&object),
             S_OK);
    CHECK(object == (IUnknown *)&factory);
    IUnknown_Release(object);
    CHECK_EQ(CoCreateInstance(&test_class, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown, (void **)&object),
             S_OK);
    IUnknown_Release(object);

    MULTI_QI results[2] = {{&IID_IUnknown, NULL, 0}, {&IID_IStream, NULL, 0}};
    CHECK_EQ(CoCreateInstanceEx(&test_class, NULL, CLSCTX_INPROC_SERVER, NULL, 2, results),
             CO_S_NOTALLINTERFACES);
    CHECK_EQ(results[0].hr, S_OK);
    CHECK_EQ(results[1].hr, E_NOINTERFACE);
    IUnknown_Release(results[0].pItf);

    CHECK_EQ(CoRevokeClassObject(cookie), S_OK);
    CHECK_EQ(references, 0);
    CHECK_EQ(CoRevokeClassObject(cookie), E_INVALIDARG);
    CHECK_EQ(CoRegisterClassObject(&test_class, NULL, CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE, &cookie),
             E_INVALIDARG);
    CoUninitialize();
}

static void set_value(const WCHAR *key, const WCHAR *name, const WCHAR *value)
{
    HKEY handle;
    RegCreateKeyExW(HKEY_CURRENT_USER, key, 0, NULL, 0, KEY_WRITE, NULL, &handle, NULL);
    RegSetValueExW(handle, name, 0, REG_SZ, (const BYTE *)value, (wcslen(value) + 1) * sizeof(WCHAR));
    RegCloseKey(handle);
}

#define KEY L"Software\\Classes\\CLSID\\{0A1B2C3D-0009-0009-0003-000000000009}"

TEST(in_process_server)
{
    WCHAR path[MAX_PATH];
    IUnknown *object = NULL;
    LPOLESTR text = NULL;
    CLSID clsid;

    if (harness_is_wine())
        SKIP("wine's COM does not look at the user's classes");
    GetModuleFileNameW(NULL, path, MAX_PATH);
    wcscpy(wcsrchr(path, '\\') + 1, L"dlls\\server.dll");
    set_value(KEY L"\\InprocServer32", NULL, path);
    set_value(KEY L"\\InprocServer32", L"ThreadingModel", L"Both");
    set_value(KEY L"\\ProgID", NULL, L"Gastwirt.Test.1");
    set_value(L"Software\\Classes\\Gastwirt.Test.1\\CLSID", NULL, L"{0A1B2C3D-0009-0009-0003-000000000009}");

    CoInitialize(NULL);
    CHECK_EQ(CoCreateInstance(&test_class, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown, (void **)&object),
             S_OK);
    CHECK(GetModuleHandleW(L"server.dll") != NULL);
    CHECK_EQ(CoCreateInstance(&test_class, object, CLSCTX_INPROC_SERVER, &IID_IUnknown, (void **)&object),
             CLASS_E_NOAGGREGATION);
    CHECK(object == NULL);
    CHECK_EQ(CLSIDFromProgID(L"Gastwirt.Test.1", &clsid), S_OK);
    CHECK(IsEqualGUID(&clsid, &test_class));
    CHECK_EQ(ProgIDFromCLSID(&test_class, &text), S_OK);
    CHECK(text && wcscmp(text, L"Gastwirt.Test.1") == 0);
    CoTaskMemFree(text);
    CHECK_EQ(CLSIDFromProgID(L"Gastwirt.None", &clsid), CO_E_CLASSSTRING);
    CoUninitialize();

    set_value(KEY L"\\InprocServer32", NULL, L"no such server.dll");
    CoInitialize(NULL);
    CHECK_EQ(CoCreateInstance(&test_class, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown, (void **)&object),
             HRESULT_FROM_WIN32(ERROR_MOD_NOT_FOUND));
    CoUninitialize();
    RegDeleteTreeW(HKEY_CURRENT_USER, KEY);
    RegDeleteTreeW(HKEY_CURRENT_USER, L"Software\\Classes\\Gastwirt.Test.1");
}

TEST(same_apartment)
{
    IStream *stream = NULL;
    IUnknown *object = NULL;
    IGlobalInterfaceTable *table = NULL;
    DWORD cookie = 0;

    CoInitialize(NULL);
    CHECK_EQ(CoMarshalInterThreadInterfaceInStream(&IID_IUnknown, (IUnknown *)&factory, &stream), S_OK);
    CHECK_EQ(CoGetInterfaceAndReleaseStream(stream, &IID_IUnknown, (void **)&object), S_OK);
    CHECK(object == (IUnknown *)&factory);
    IUnknown_Release(object);

    CHECK_EQ(CoCreateInstance(&CLSID_StdGlobalInterfaceTable, NULL, CLSCTX_INPROC_SERVER,
                              &IID_IGlobalInterfaceTable, (void **)&table),
             S_OK);
    CHECK_EQ(IGlobalInterfaceTable_RegisterInterfaceInGlobal(table, (IUnknown *)&factory, &IID_IClassFactory,
                                                             &cookie),
             S_OK);
    CHECK_EQ(
        IGlobalInterfaceTable_GetInterfaceFromGlobal(table, cookie, &IID_IClassFactory, (void **)&object),
        S_OK);
    CHECK(object == (IUnknown *)&factory);
    IUnknown_Release(object);
    CHECK_EQ(IGlobalInterfaceTable_RevokeInterfaceFromGlobal(table, cookie), S_OK);
    CHECK_EQ(
        IGlobalInterfaceTable_GetInterfaceFromGlobal(table, cookie, &IID_IClassFactory, (void **)&object),
        E_INVALIDARG);
    CHECK_EQ(IGlobalInterfaceTable_RevokeInterfaceFromGlobal(table, cookie), E_INVALIDARG);
    IGlobalInterfaceTable_Release(table);
    CHECK_EQ(references, 0);
    CoUninitialize();
}

static DWORD WINAPI unmarshal_thread(void *parameter)
{
    IUnknown *object = NULL;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    HRESULT result = CoGetInterfaceAndReleaseStream(parameter, &IID_IUnknown, (void **)&object);
    if (object)
        IUnknown_Release(object);
    CoUninitialize();
    return (DWORD)result;
}

TEST(free_threaded)
{
    IUnknown *object = NULL;
    IMarshal *marshal = NULL;
    IStream *stream;
    CLSID clsid;
    DWORD code = 1;

    CoInitialize(NULL);
    CHECK_EQ(CoCreateFreeThreadedMarshaler(NULL, &object), S_OK);
    CHECK_EQ(IUnknown_QueryInterface(object, &IID_IMarshal, (void **)&marshal), S_OK);
    CHECK_EQ(IMarshal_GetUnmarshalClass(marshal, &IID_IUnknown, object, MSHCTX_INPROC, NULL, MSHLFLAGS_NORMAL,
                                        &clsid),
             S_OK);
    IMarshal_Release(marshal);
    CHECK_EQ(CoMarshalInterThreadInterfaceInStream(&IID_IUnknown, object, &stream), S_OK);
    HANDLE thread = CreateThread(NULL, 0, unmarshal_thread, stream, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    GetExitCodeThread(thread, &code);
    CloseHandle(thread);
    CHECK_EQ(code, S_OK);
    CHECK_EQ(IUnknown_Release(object), 0);
    CoUninitialize();
}

TEST(property_values)
{
    PROPVARIANT value, copy;

    PropVariantInit(&value);
    value.vt = VT_LPWSTR;
    value.pwszVal = CoTaskMemAlloc(10);
    wcscpy(value.pwszVal, L"text");
    CHECK_EQ(PropVariantCopy(&copy, &value), S_OK);
    CHECK_EQ(copy.vt, VT_LPWSTR);
    CHECK(copy.pwszVal != value.pwszVal && wcscmp(copy.pwszVal, L"text") == 0);
    CHECK_EQ(PropVariantClear(&value), S_OK);
    CHECK_EQ(value.vt, VT_EMPTY);
    CHECK_EQ(PropVariantClear(&copy), S_OK);
    value.vt = VT_UI1 | VT_VECTOR;
    value.caub.cElems = 3;
    value.caub.pElems = CoTaskMemAlloc(3);
    memcpy(value.caub.pElems, "abc", 3);
    CHECK_EQ(PropVariantCopy(&copy, &value), S_OK);
    CHECK(memcmp(copy.caub.pElems, "abc", 3) == 0);
    PropVariantClear(&copy);
    PropVariantClear(&value);
    value.vt = 0x7ff;
    CHECK_EQ(PropVariantClear(&value), STG_E_INVALIDPARAMETER);
    CHECK_EQ(PropVariantClear(NULL), S_OK);
}
