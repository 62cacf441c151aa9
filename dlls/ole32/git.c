/*
 * The global interface table: interfaces by cookie, for every apartment that may call them.
 */
#include "ole32.h"

struct entry {
    struct entry *next;
    IUnknown *object;
    IID iid;
    DWORD cookie, apartment;
    BOOL agile;
};

static SRWLOCK lock = SRWLOCK_INIT; /* guards the list; objects are called without it */
static struct entry *entries;
static DWORD last_cookie = 0x100;

static HRESULT WINAPI query(IGlobalInterfaceTable *this, REFIID iid, void **object)
{
    static const GUID table_iid = {0x00000146, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
    if (!object)
        return E_POINTER;
    *object = IsEqualGUID(iid, &ole_iid_unknown) || IsEqualGUID(iid, &table_iid) ? this : NULL;
    return *object ? S_OK : E_NOINTERFACE;
}

static ULONG WINAPI reference(IGlobalInterfaceTable *this)
{
    (void)this;
    return 1; /* it is always there */
}

static HRESULT WINAPI register_interface(IGlobalInterfaceTable *this, IUnknown *object, REFIID iid,
                                         DWORD *ret_cookie)
{
    IUnknown *pointer;

    (void)this;
    if (!object || !ret_cookie)
        return E_INVALIDARG;
    HRESULT result = IUnknown_QueryInterface(object, iid, (void **)&pointer);
    if (FAILED(result))
        return result;
    struct entry *entry = HeapAlloc(GetProcessHeap(), 0, sizeof *entry);
    if (!entry) {
        IUnknown_Release(pointer);
        return E_OUTOFMEMORY;
    }
    *entry = (struct entry){NULL, pointer, *iid, 0, ole_apartment(), ole_is_agile(object)};
    AcquireSRWLockExclusive(&lock);
    *ret_cookie = entry->cookie = ++last_cookie;
    entry->next = entries;
    entries = entry;
    ReleaseSRWLockExclusive(&lock);
    return S_OK;
}

static HRESULT WINAPI revoke(IGlobalInterfaceTable *this, DWORD cookie)
{
    struct entry *found = NULL;

    (void)this;
    AcquireSRWLockExclusive(&lock);
    for (struct entry **link = &entries; *link; link = &(*link)->next)
        if ((*link)->cookie == cookie) {
            found = *link;
            *link = found->next;
            break;
        }
    ReleaseSRWLockExclusive(&lock);
    if (!found)
        return E_INVALIDARG;
    IUnknown_Release(found->object);
    HeapFree(GetProcessHeap(), 0, found);
    return S_OK;
}

static HRESULT WINAPI get(IGlobalInterfaceTable *this, DWORD cookie, REFIID iid, void **object)
{
    struct entry found = {0};

    (void)this;
    if (!object)
        return E_INVALIDARG;
    *object = NULL;
    AcquireSRWLockShared(&lock);
    for (struct entry *entry = entries; entry; entry = entry->next)
        if (entry->cookie == cookie) {
            found = *entry;
            if (found.agile || found.apartment == ole_apartment())
                IUnknown_AddRef(found.object);
            break;
        }
    ReleaseSRWLockShared(&lock);
    if (!found.object)
        return E_INVALIDARG;
    if (!found.agile && found.apartment != ole_apartment()) {
        ole_decline("interface", iid);
        return E_NOINTERFACE;
    }
    HRESULT result = IUnknown_QueryInterface(found.object, iid, object);
    IUnknown_Release(found.object);
    return result;
}

HRESULT ole_global_table(REFIID iid, void **object)
{
    static const IGlobalInterfaceTableVtbl table = {query,  reference, reference, register_interface,
                                                    revoke, get};
    static IGlobalInterfaceTable the_table = {(IGlobalInterfaceTableVtbl *)&table};
    return query(&the_table, iid, object);
}
