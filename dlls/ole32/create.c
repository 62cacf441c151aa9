/*
 * Creating objects: in-process servers that the registry names.
 */
#include "ole32.h"

typedef HRESULT(WINAPI *get_class_object)(REFCLSID, REFIID, LPVOID *);

HRESULT WINAPI CoGetClassObject(REFCLSID clsid, DWORD context, LPVOID server, REFIID iid, LPVOID *object)
{
    WCHAR path[100] = L"CLSID\\", dll[MAX_PATH];
    DWORD size = sizeof dll;
    if (!object)
        return E_INVALIDARG;
    *object = NULL;
    if (server)
        return E_NOTIMPL;
    StringFromGUID2(clsid, path + 6, 40);
    lstrcatW(path, L"\\InprocServer32");
    if (!(context & CLSCTX_INPROC_SERVER) ||
        RegGetValueW(HKEY_CLASSES_ROOT, path, NULL, RRF_RT_REG_SZ, NULL, dll, &size))
        return REGDB_E_CLASSNOTREG;
    HMODULE module = LoadLibraryExW(dll, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (!module)
        return HRESULT_FROM_WIN32(GetLastError());
    get_class_object function = (get_class_object)(void *)GetProcAddress(module, "DllGetClassObject");
    return function ? function(clsid, iid, object) : CO_E_ERRORINDLL;
}

HRESULT WINAPI CoCreateInstance(REFCLSID clsid, LPUNKNOWN outer, DWORD context, REFIID iid, LPVOID *object)
{
    static const IID class_factory = {0x00000001, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
    IClassFactory *factory;
    if (!object)
        return E_POINTER;
    *object = NULL;
    HRESULT result = CoGetClassObject(clsid, context, NULL, &class_factory, (void **)&factory);
    if (FAILED(result))
        return result;
    result = factory->lpVtbl->CreateInstance(factory, outer, iid, object);
    factory->lpVtbl->Release(factory);
    return result;
}
