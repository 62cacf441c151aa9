/*
 * Class objects: those that the process registered itself, then the activation context's, then the
 * registry's in-process servers, as far as their threading model fits the caller's apartment.
 */
#include "ole32.h"
#include "server.h"
#include <nt/sxs.h>

struct registration {
    struct registration *next;
    CLSID clsid;
    IUnknown *object;
    DWORD context, flags, apartment, cookie;
};

static SRWLOCK lock = SRWLOCK_INIT; /* guards the list; objects are called without it */
static struct registration *registrations;
static DWORD last_cookie;
static BOOL suspended;

static const CLSID clsid_global_table = {0x00000323, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

HRESULT WINAPI CoRegisterClassObject(REFCLSID clsid, LPUNKNOWN object, DWORD context, DWORD flags,
                                     LPDWORD ret_cookie)
{
    struct registration *registration;
    DWORD apartment = ole_apartment();

    if (!ret_cookie || !object)
        return E_INVALIDARG;
    *ret_cookie = 0;
    if (apartment == APARTMENT_NONE)
        return CO_E_NOTINITIALIZED;
    registration = HeapAlloc(GetProcessHeap(), 0, sizeof *registration);
    if (!registration)
        return E_OUTOFMEMORY;
    IUnknown_AddRef(object);
    AcquireSRWLockExclusive(&lock);
    *registration = (struct registration){registrations, *clsid,    object,       context,
                                          flags,         apartment, ++last_cookie};
    registrations = registration;
    *ret_cookie = registration->cookie;
    ReleaseSRWLockExclusive(&lock);
    return S_OK;
}

static void discard(struct registration *registration)
{
    IUnknown_Release(registration->object);
    HeapFree(GetProcessHeap(), 0, registration);
}

HRESULT WINAPI CoRevokeClassObject(DWORD cookie)
{
    struct registration *found = NULL;
    HRESULT result = E_INVALIDARG;
    DWORD apartment = ole_apartment();

    AcquireSRWLockExclusive(&lock);
    for (struct registration **link = &registrations; *link; link = &(*link)->next)
        if ((*link)->cookie == cookie) {
            if ((*link)->apartment != apartment) {
                result = RPC_E_WRONG_THREAD;
            } else {
                found = *link;
                *link = found->next;
                result = S_OK;
            }
            break;
        }
    ReleaseSRWLockExclusive(&lock);
    if (found)
        discard(found);
    return result;
}

void ole_release_classes(DWORD apartment)
{
    struct registration *gone = NULL;

    AcquireSRWLockExclusive(&lock);
    for (struct registration **link = &registrations; *link;) {
        struct registration *registration = *link;
        if (registration->apartment == apartment) {
            *link = registration->next;
            registration->next = gone;
            gone = registration;
        } else {
            link = &registration->next;
        }
    }
    ReleaseSRWLockExclusive(&lock);
    while (gone) {
        struct registration *next = gone->next;
        discard(gone);
        gone = next;
    }
}

HRESULT WINAPI CoSuspendClassObjects(void)
{
    suspended = TRUE;
    return S_OK;
}

HRESULT WINAPI CoResumeClassObjects(void)
{
    AcquireSRWLockExclusive(&lock);
    suspended = FALSE;
    for (struct registration *r = registrations; r; r = r->next)
        r->flags &= ~(DWORD)REGCLS_SUSPENDED;
    ReleaseSRWLockExclusive(&lock);
    return S_OK;
}

/* A registered class object, referenced; NULL if there is none for these contexts. One that serves a single
 * client is gone afterwards. */
static IUnknown *find_registered(REFCLSID clsid, DWORD context, DWORD *ret_apartment)
{
    IUnknown *object = NULL;

    AcquireSRWLockExclusive(&lock);
    for (struct registration **link = &registrations; *link; link = &(*link)->next) {
        struct registration *r = *link;
        DWORD contexts = r->context;
        if (contexts & CLSCTX_LOCAL_SERVER && r->flags & REGCLS_MULTIPLEUSE)
            contexts |= CLSCTX_INPROC_SERVER;
        if (!IsEqualGUID(&r->clsid, clsid) || !(contexts & context) || suspended ||
            r->flags & REGCLS_SUSPENDED)
            continue;
        object = r->object;
        *ret_apartment = r->apartment;
        if (!(r->flags & (REGCLS_MULTIPLEUSE | REGCLS_MULTI_SEPARATE))) {
            *link = r->next;
            HeapFree(GetProcessHeap(), 0, r); /* its reference becomes the caller's */
        } else {
            IUnknown_AddRef(object);
        }
        break;
    }
    ReleaseSRWLockExclusive(&lock);
    return object;
}

/* May the caller's apartment hold objects of this threading model? */
static BOOL fits(ULONG model)
{
    DWORD apartment = ole_apartment();

    switch (model) {
    case SXS_THREADING_BOTH:
    case SXS_THREADING_NEUTRAL: return TRUE;
    case SXS_THREADING_FREE: return apartment == APARTMENT_MULTITHREADED;
    case SXS_THREADING_APARTMENT: return apartment != APARTMENT_MULTITHREADED;
    default: return ole_is_main_apartment(apartment);
    }
}

static ULONG parse_model(const WCHAR *text)
{
    static const WCHAR *const names[] = {L"Apartment", L"Free", L"Single", L"Both", L"Neutral"};
    for (ULONG i = 0; i < 5; i++)
        if (lstrcmpiW(text, names[i]) == 0)
            return i + 1;
    return SXS_THREADING_SINGLE;
}

/* Path and model from the active activation context. */
static BOOL find_in_context(REFCLSID clsid, WCHAR *path, ULONG *ret_model, CLSID *ret_clsid)
{
    ACTCTX_SECTION_KEYED_DATA data = {.cbSize = sizeof data};

    if (!FindActCtxSectionGuid(0, NULL, ACTIVATION_CONTEXT_SECTION_COM_SERVER_REDIRECTION, clsid, &data))
        return FALSE;
    const ACTIVATION_CONTEXT_DATA_COM_SERVER_REDIRECTION *server = data.lpData;
    if (server->ModuleLength >= MAX_PATH * sizeof(WCHAR))
        return FALSE;
    CopyMemory(path, (const char *)data.lpSectionBase + server->ModuleOffset, server->ModuleLength);
    path[server->ModuleLength / sizeof(WCHAR)] = 0;
    *ret_model = server->ThreadingModel;
    *ret_clsid = server->ImplementedClsid;
    return TRUE;
}

static BOOL class_value(REFCLSID clsid, const WCHAR *key, const WCHAR *value, WCHAR *text, DWORD size)
{
    WCHAR path[100] = L"CLSID\\";
    StringFromGUID2(clsid, path + 6, 40);
    lstrcatW(path, key);
    return RegGetValueW(HKEY_CLASSES_ROOT, path, value, RRF_RT_REG_SZ, NULL, text, &size) == ERROR_SUCCESS;
}

HRESULT WINAPI CoGetTreatAsClass(REFCLSID clsid, LPCLSID ret_clsid)
{
    WCHAR text[40];
    if (!ret_clsid)
        return E_INVALIDARG;
    *ret_clsid = *clsid;
    if (!class_value(clsid, L"\\TreatAs", NULL, text, sizeof text))
        return S_FALSE;
    return CLSIDFromString(text, ret_clsid);
}

static HRESULT find_in_registry(REFCLSID clsid, DWORD context, WCHAR *path, ULONG *ret_model,
                                CLSID *ret_clsid)
{
    WCHAR model[20], other[8];

    CoGetTreatAsClass(clsid, ret_clsid);
    if (context & CLSCTX_INPROC_SERVER &&
        class_value(ret_clsid, L"\\InprocServer32", NULL, path, MAX_PATH * sizeof(WCHAR))) {
        *ret_model = class_value(ret_clsid, L"\\InprocServer32", L"ThreadingModel", model, sizeof model)
                         ? parse_model(model)
                         : SXS_THREADING_SINGLE;
        return S_OK;
    }
    if (context & CLSCTX_INPROC_HANDLER &&
        class_value(ret_clsid, L"\\InprocHandler32", NULL, path, MAX_PATH * sizeof(WCHAR))) {
        *ret_model = SXS_THREADING_APARTMENT;
        return S_OK;
    }
    if (context & CLSCTX_LOCAL_SERVER) {
        DWORD size = sizeof other;
        WCHAR key[100] = L"CLSID\\";
        StringFromGUID2(ret_clsid, key + 6, 40);
        lstrcatW(key, L"\\LocalServer32");
        LONG error = RegGetValueW(HKEY_CLASSES_ROOT, key, NULL, RRF_RT_REG_SZ, NULL, other, &size);
        if (error == ERROR_SUCCESS || error == ERROR_MORE_DATA) {
            ole_decline("a class in another process,", ret_clsid);
            return CO_E_SERVER_EXEC_FAILURE;
        }
    }
    return REGDB_E_CLASSNOTREG;
}

HRESULT WINAPI CoGetClassObject(REFCLSID clsid, DWORD context, LPVOID server, REFIID iid, LPVOID *object)
{
    const COSERVERINFO *info = server;
    WCHAR path[MAX_PATH];
    CLSID actual = *clsid;
    ULONG model;
    DWORD apartment;
    get_class_object get;
    HRESULT result;

    if (!object)
        return E_INVALIDARG;
    *object = NULL;
    if (ole_apartment() == APARTMENT_NONE)
        return CO_E_NOTINITIALIZED;
    if (info && info->pwszName && !(context & CLSCTX_INPROC))
        return HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE);
    if (IsEqualGUID(clsid, &clsid_global_table))
        return ole_global_table(iid, object);
    IUnknown *registered = find_registered(clsid, context, &apartment);
    if (registered) {
        if (apartment != ole_apartment() && !ole_is_agile(registered)) {
            ole_decline("class object", clsid);
            result = E_NOINTERFACE;
        } else {
            result = IUnknown_QueryInterface(registered, iid, object);
        }
        IUnknown_Release(registered);
        return result;
    }
    if (!(context & CLSCTX_INPROC_SERVER) || !find_in_context(clsid, path, &model, &actual)) {
        result = find_in_registry(clsid, context, path, &model, &actual);
        if (FAILED(result))
            return result;
    }
    if (!fits(model)) {
        ole_decline("class", clsid);
        return E_NOINTERFACE;
    }
    result = ole_load_server(path, &get);
    return FAILED(result) ? result : get(&actual, iid, object);
}

HRESULT WINAPI CoCreateInstance(REFCLSID clsid, LPUNKNOWN outer, DWORD context, REFIID iid, LPVOID *object)
{
    IClassFactory *factory;
    if (!object)
        return E_POINTER;
    *object = NULL;
    if (IsEqualGUID(clsid, &clsid_global_table)) /* it is its own class */
        return outer ? CLASS_E_NOAGGREGATION : ole_global_table(iid, object);
    HRESULT result = CoGetClassObject(clsid, context, NULL, &ole_iid_class_factory, (void **)&factory);
    if (FAILED(result))
        return result;
    result = IClassFactory_CreateInstance(factory, outer, iid, object);
    IClassFactory_Release(factory);
    return result;
}

HRESULT WINAPI CoCreateInstanceEx(REFCLSID clsid, IUnknown *outer, DWORD context, COSERVERINFO *server,
                                  DWORD count, MULTI_QI *results)
{
    IUnknown *unknown;
    DWORD found = 0;

    if (!count || !results)
        return E_INVALIDARG;
    for (DWORD i = 0; i < count; i++) {
        results[i].pItf = NULL;
        results[i].hr = E_NOINTERFACE;
    }
    if (server && server->pwszName && !(context & CLSCTX_INPROC))
        return HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE);
    HRESULT result = CoCreateInstance(clsid, outer, context, &ole_iid_unknown, (void **)&unknown);
    if (FAILED(result)) {
        for (DWORD i = 0; i < count; i++)
            results[i].hr = result;
        return result;
    }
    for (DWORD i = 0; i < count; i++) {
        results[i].hr = IUnknown_QueryInterface(unknown, results[i].pIID, (void **)&results[i].pItf);
        found += SUCCEEDED(results[i].hr);
    }
    IUnknown_Release(unknown);
    return found == count ? S_OK : found ? CO_S_NOTALLINTERFACES : E_NOINTERFACE;
}

static LONG server_references;

ULONG WINAPI CoAddRefServerProcess(void)
{
    return (ULONG)InterlockedIncrement(&server_references);
}

ULONG WINAPI CoReleaseServerProcess(void)
{
    LONG left = InterlockedDecrement(&server_references);
    if (!left)
        CoSuspendClassObjects();
    return (ULONG)left;
}
