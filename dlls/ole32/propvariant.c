/*
 * PROPVARIANTs: clearing and copying. Vectors are counted arrays from the task allocator.
 */
#include "ole32.h"

/* BSTRs and safe arrays belong to oleaut32, which is loaded when one is met. */
static void *automation(const char *name)
{
    HMODULE module = LoadLibraryW(L"oleaut32.dll");
    return module ? (void *)GetProcAddress(module, name) : NULL;
}

static void free_bstr(BSTR string)
{
    void(WINAPI * function)(BSTR) = string ? automation("SysFreeString") : NULL;
    if (function)
        function(string);
}

static BSTR copy_bstr(BSTR string)
{
    BSTR(WINAPI * allocate)(LPCSTR, UINT) = automation("SysAllocStringByteLen");
    UINT(WINAPI * length)(BSTR) = automation("SysStringByteLen");
    return string && allocate && length ? allocate((LPCSTR)string, length(string)) : NULL;
}

/* Bytes of one element; 0: not a type of a PROPVARIANT. */
static SIZE_T element_size(VARTYPE type)
{
    switch (type) {
    case VT_I1:
    case VT_UI1: return 1;
    case VT_I2:
    case VT_UI2:
    case VT_BOOL: return 2;
    case VT_I4:
    case VT_UI4:
    case VT_R4:
    case VT_INT:
    case VT_UINT:
    case VT_ERROR: return 4;
    case VT_I8:
    case VT_UI8:
    case VT_R8:
    case VT_CY:
    case VT_DATE:
    case VT_FILETIME: return 8;
    case VT_CLSID: return sizeof(CLSID);
    case VT_CF: return sizeof(CLIPDATA);
    case VT_LPSTR:
    case VT_LPWSTR:
    case VT_BSTR: return sizeof(void *);
    case VT_VARIANT: return sizeof(PROPVARIANT);
    default: return 0;
    }
}

static BOOL is_object(VARTYPE type)
{
    return type == VT_UNKNOWN || type == VT_DISPATCH || type == VT_STREAM || type == VT_STREAMED_OBJECT ||
           type == VT_STORAGE || type == VT_STORED_OBJECT;
}

static void free_elements(VARTYPE type, ULONG count, void *elements)
{
    for (ULONG i = 0; i < count; i++) {
        switch (type) {
        case VT_LPSTR:
        case VT_LPWSTR: CoTaskMemFree(((void **)elements)[i]); break;
        case VT_BSTR: free_bstr(((BSTR *)elements)[i]); break;
        case VT_CF: CoTaskMemFree(((CLIPDATA *)elements)[i].pClipData); break;
        case VT_VARIANT: PropVariantClear(&((PROPVARIANT *)elements)[i]); break;
        default: break;
        }
    }
    CoTaskMemFree(elements);
}

HRESULT WINAPI PropVariantClear(PROPVARIANT *value)
{
    if (!value)
        return S_OK;
    VARTYPE type = value->vt;
    HRESULT result = S_OK;
    if (type & VT_VECTOR) {
        if (element_size(type & VT_TYPEMASK))
            free_elements(type & VT_TYPEMASK, value->caub.cElems, value->caub.pElems);
        else
            result = STG_E_INVALIDPARAMETER;
    } else if (type & VT_ARRAY) {
        HRESULT(WINAPI * destroy)(SAFEARRAY *) = automation("SafeArrayDestroy");
        result = destroy && value->parray ? destroy(value->parray) : S_OK;
    } else if (type & VT_BYREF || type == VT_EMPTY || type == VT_NULL || type == VT_DECIMAL) {
        /* owns nothing */
    } else if (is_object(type)) {
        if (value->punkVal)
            IUnknown_Release(value->punkVal);
    } else if (type == VT_BLOB || type == VT_BLOB_OBJECT) {
        CoTaskMemFree(value->blob.pBlobData);
    } else if (type == VT_LPSTR || type == VT_LPWSTR || type == VT_CLSID) {
        CoTaskMemFree(value->pszVal);
    } else if (type == VT_BSTR) {
        free_bstr(value->bstrVal);
    } else if (type == VT_CF) {
        if (value->pclipdata)
            CoTaskMemFree(value->pclipdata->pClipData);
        CoTaskMemFree(value->pclipdata);
    } else if (!element_size(type) || type == VT_VARIANT) {
        result = STG_E_INVALIDPARAMETER;
    }
    ZeroMemory(value, sizeof *value);
    return result;
}

static void *copy_block(const void *from, SIZE_T size)
{
    void *to = CoTaskMemAlloc(size ? size : 1);
    if (to)
        CopyMemory(to, from, size);
    return to;
}

/* One element in place: what it points to becomes its own. */
static HRESULT own(VARTYPE type, void *element)
{
    void **pointer = element;
    switch (type) {
    case VT_LPSTR:
        if (*pointer && !(*pointer = copy_block(*pointer, (SIZE_T)lstrlenA(*pointer) + 1)))
            return E_OUTOFMEMORY;
        return S_OK;
    case VT_LPWSTR:
        if (*pointer && !(*pointer = copy_block(*pointer, ((SIZE_T)lstrlenW(*pointer) + 1) * sizeof(WCHAR))))
            return E_OUTOFMEMORY;
        return S_OK;
    case VT_BSTR:
        if (*pointer && !(*pointer = copy_bstr(*pointer)))
            return E_OUTOFMEMORY;
        return S_OK;
    case VT_CF: {
        CLIPDATA *data = element;
        if (data->pClipData && data->cbSize > sizeof(LONG) &&
            !(data->pClipData = copy_block(data->pClipData, data->cbSize - sizeof(LONG))))
            return E_OUTOFMEMORY;
        return S_OK;
    }
    case VT_VARIANT: {
        PROPVARIANT original = *(PROPVARIANT *)element;
        return PropVariantCopy(element, &original);
    }
    default: return S_OK;
    }
}

HRESULT WINAPI PropVariantCopy(PROPVARIANT *to, const PROPVARIANT *from)
{
    VARTYPE type = from->vt, base = type & VT_TYPEMASK;
    PROPVARIANT copy = *from;
    HRESULT result = S_OK;

    if (type & VT_VECTOR) {
        SIZE_T size = element_size(base);
        if (!size)
            return STG_E_INVALIDPARAMETER;
        copy.caub.pElems = copy_block(from->caub.pElems, size * from->caub.cElems);
        if (!copy.caub.pElems)
            return E_OUTOFMEMORY;
        for (ULONG i = 0; i < from->caub.cElems; i++)
            if (FAILED(result = own(base, (BYTE *)copy.caub.pElems + i * size))) {
                free_elements(base, i, copy.caub.pElems);
                return result;
            }
    } else if (type & VT_ARRAY) {
        HRESULT(WINAPI * duplicate)(SAFEARRAY *, SAFEARRAY **) = automation("SafeArrayCopy");
        result = duplicate ? duplicate(from->parray, &copy.parray) : E_OUTOFMEMORY;
    } else if (type & VT_BYREF || type == VT_EMPTY || type == VT_NULL || type == VT_DECIMAL) {
        /* the value is all there is */
    } else if (is_object(type)) {
        if (copy.punkVal)
            IUnknown_AddRef(copy.punkVal);
    } else if (type == VT_BLOB || type == VT_BLOB_OBJECT) {
        if (!(copy.blob.pBlobData = copy_block(from->blob.pBlobData, from->blob.cbSize)))
            result = E_OUTOFMEMORY;
    } else if (type == VT_CLSID) {
        if (from->puuid && !(copy.puuid = copy_block(from->puuid, sizeof *from->puuid)))
            result = E_OUTOFMEMORY;
    } else if (type == VT_CF) {
        if (from->pclipdata && (copy.pclipdata = copy_block(from->pclipdata, sizeof *from->pclipdata)))
            result = own(VT_CF, copy.pclipdata);
    } else if (!element_size(type) || type == VT_VARIANT) {
        return STG_E_INVALIDPARAMETER;
    } else {
        result = own(type, &copy.pszVal);
    }
    if (SUCCEEDED(result))
        *to = copy;
    return result;
}

HRESULT WINAPI FreePropVariantArray(ULONG count, PROPVARIANT *values)
{
    HRESULT result = S_OK;
    for (ULONG i = 0; i < count; i++) {
        HRESULT one = PropVariantClear(&values[i]);
        if (FAILED(one))
            result = one;
    }
    return result;
}
