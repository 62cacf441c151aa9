/*
 * What keeps COM, servers and objects alive: OleInitialize, the use of the multithreaded apartment, server
 * references, libraries, locks, marshalled references.
 */
#define COBJMACROS
#include "harness.h"
#include <ole2.h>

/* An object that counts its references. */
static LONG references;

static HRESULT WINAPI object_query(IUnknown *this, REFIID iid, void **object)
{
    *object = IsEqualGUID(iid, &IID_IUnknown) ? this : NULL;
    if (!*object)
        return E_NOINTERFACE;
    references++;
    return S_OK;
}

static ULONG WINAPI object_add_reference(IUnknown *this)
{
    return (ULONG)++references;
}

static ULONG WINAPI object_release(IUnknown *this)
{
    return (ULONG)--references;
}

static IUnknownVtbl object_table = {object_query, object_add_reference, object_release};
static IUnknown object = {&object_table};

TEST(initialization)
{
    APTTYPE type;
    APTTYPEQUALIFIER qualifier;
    CHECK_EQ(OleInitialize(NULL), S_OK);
    CHECK_EQ(OleInitialize(NULL), S_FALSE);
    CHECK_EQ(CoGetApartmentType(&type, &qualifier), S_OK);
    CHECK(type == APTTYPE_MAINSTA || type == APTTYPE_STA);
    OleUninitialize();
    OleUninitialize();
    CHECK_EQ(CoGetApartmentType(&type, &qualifier), CO_E_NOTINITIALIZED);
    CHECK_EQ(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    CHECK_EQ(OleInitialize(NULL), RPC_E_CHANGED_MODE);
    CoUninitialize();
    CHECK_EQ(CoBuildVersion() >> 16, 23); /* rmm */
}

TEST(multithreaded_usage)
{
    APTTYPE type = (APTTYPE)77;
    APTTYPEQUALIFIER qualifier;
    void *cookie = NULL;
    HMODULE module = GetModuleHandleW(L"ole32.dll"); /* mingw-w64 has no import of these two for i386 */
    HRESULT(WINAPI * CoIncrementMTAUsage)(void **) = (void *)GetProcAddress(module, "CoIncrementMTAUsage");
    HRESULT(WINAPI * CoDecrementMTAUsage)(void *) = (void *)GetProcAddress(module, "CoDecrementMTAUsage");

    CHECK_EQ(CoIncrementMTAUsage(&cookie), S_OK);
    CHECK(cookie != NULL);
    CHECK_EQ(CoGetApartmentType(&type, &qualifier), S_OK);
    CHECK_EQ(type, APTTYPE_MTA);
    CHECK_EQ(qualifier, APTTYPEQUALIFIER_IMPLICIT_MTA);
    CHECK_EQ(CoDecrementMTAUsage(cookie), S_OK);
    CHECK_EQ(CoGetApartmentType(&type, &qualifier), CO_E_NOTINITIALIZED);
}

TEST(server_references)
{
    CHECK_EQ(CoAddRefServerProcess(), 1);
    CHECK_EQ(CoAddRefServerProcess(), 2);
    CHECK_EQ(CoReleaseServerProcess(), 1);
    CHECK_EQ(CoReleaseServerProcess(), 0);
    CHECK_EQ(CoResumeClassObjects(), S_OK);
    CHECK_EQ(CoSuspendClassObjects(), S_OK);
    CHECK_EQ(CoResumeClassObjects(), S_OK);
}

TEST(security)
{
    CHECK_EQ(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    CHECK_EQ(CoInitializeSecurity(NULL, -1, NULL, NULL, RPC_C_AUTHN_LEVEL_DEFAULT,
                                  RPC_C_IMP_LEVEL_IMPERSONATE, NULL, EOAC_NONE, NULL),
             S_OK);
    CoUninitialize();
}

TEST(libraries)
{
    CHECK_EQ(CoInitialize(NULL), S_OK);
    HMODULE module = CoLoadLibrary((LPOLESTR)L"version.dll", FALSE);
    CHECK(module != NULL);
    CHECK(GetProcAddress(module, "VerQueryValueW") != NULL);
    CoFreeLibrary(module);
    CHECK(!CoLoadLibrary((LPOLESTR)L"no such library.dll", FALSE));
    CoFreeUnusedLibraries();
    CoFreeUnusedLibrariesEx(0, 0);
    CoFreeAllLibraries();
    CoUninitialize();
}

TEST(process_ids)
{
    DWORD thread = 1;
    CHECK_EQ(CoInitialize(NULL), S_OK);
    DWORD process = CoGetCurrentProcess();
    CHECK(process != 0);
    CHECK_EQ(CoGetCurrentProcess(), process);                                   /* stays */
    CHECK(CoGetCallerTID(&thread) == RPC_E_CALL_COMPLETE || harness_is_wine()); /* no call is being made */
    CoUninitialize();
}

TEST(locking_objects)
{
    CHECK_EQ(CoInitialize(NULL), S_OK);
    references = 1;
    CHECK(CoIsHandlerConnected(&object));
    CHECK_EQ(CoLockObjectExternal(&object, TRUE, FALSE), S_OK);
    CHECK(references > 1);
    CHECK_EQ(CoLockObjectExternal(&object, FALSE, TRUE), S_OK);
    CHECK_EQ(references, 1);
    CHECK_EQ(CoDisconnectObject(&object, 0), S_OK);
    CHECK_EQ(references, 1);
    CoUninitialize();
}

TEST(marshalling)
{
    IStream *stream = NULL;
    IUnknown *back = NULL;
    LARGE_INTEGER start = {.QuadPart = 0};

    CHECK_EQ(CoInitialize(NULL), S_OK);
    references = 1;
    CHECK_EQ(CreateStreamOnHGlobal(NULL, TRUE, &stream), S_OK);
    CHECK_EQ(CoMarshalInterface(stream, &IID_IUnknown, &object, MSHCTX_INPROC, NULL, MSHLFLAGS_NORMAL), S_OK);
    CHECK(references > 1); /* what is in the stream holds the object */
    CHECK_EQ(IStream_Seek(stream, start, STREAM_SEEK_SET, NULL), S_OK);
    CHECK_EQ(CoUnmarshalInterface(stream, &IID_IUnknown, (void **)&back), S_OK);
    CHECK(back == &object);
    IUnknown_Release(back);
    CHECK_EQ(references, 1);

    CHECK_EQ(IStream_Seek(stream, start, STREAM_SEEK_SET, NULL), S_OK);
    CHECK_EQ(CoMarshalInterface(stream, &IID_IUnknown, &object, MSHCTX_INPROC, NULL, MSHLFLAGS_NORMAL), S_OK);
    CHECK_EQ(IStream_Seek(stream, start, STREAM_SEEK_SET, NULL), S_OK);
    CHECK_EQ(CoReleaseMarshalData(stream), S_OK); /* without being unmarshalled */
    CHECK_EQ(references, 1);
    CHECK_EQ(CoMarshalInterface(stream, &IID_IStream, &object, MSHCTX_INPROC, NULL, MSHLFLAGS_NORMAL),
             E_NOINTERFACE);
    CHECK_EQ(references, 1);
    CHECK_EQ(CoMarshalInterface(NULL, &IID_IUnknown, &object, MSHCTX_INPROC, NULL, MSHLFLAGS_NORMAL),
             E_INVALIDARG);
    CHECK_EQ(CoMarshalInterface(stream, &IID_IUnknown, NULL, MSHCTX_INPROC, NULL, MSHLFLAGS_NORMAL),
             E_INVALIDARG);
    CHECK_EQ(CoUnmarshalInterface(NULL, &IID_IUnknown, (void **)&back), E_INVALIDARG);
    IStream_Release(stream);
    CoUninitialize();
}

TEST(property_arrays)
{
    PROPVARIANT values[2];
    for (int i = 0; i < 2; i++) {
        values[i].vt = VT_LPWSTR;
        values[i].pwszVal = CoTaskMemAlloc(8);
        wcscpy(values[i].pwszVal, L"abc");
    }
    CHECK_EQ(FreePropVariantArray(2, values), S_OK);
    CHECK_EQ(values[0].vt, VT_EMPTY);
    CHECK_EQ(values[1].vt, VT_EMPTY);
    values[0].vt = 0x7ff;
    CHECK(FreePropVariantArray(1, values) == STG_E_INVALIDPARAMETER || harness_is_wine()); /* documented */
}
