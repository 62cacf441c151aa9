/*
 * Safe arrays: a descriptor with bounds (the last dimension first in memory) and the elements. What stands
 * before the descriptor (16 bytes) holds the element type or the interface id, as fFeatures says.
 */
#include "oleaut32.h"

enum { HIDDEN = 16, LOCKS_MAX = 0xffff };
#define FADF_VECTOR FADF_CREATEVECTOR
#ifndef FADF_CREATEVECTOR
#define FADF_CREATEVECTOR 0x2000
#endif

static ULONG element_size(VARTYPE type)
{
    switch (type) {
    case VT_I1:
    case VT_UI1: return 1;
    case VT_BOOL:
    case VT_I2:
    case VT_UI2: return 2;
    case VT_R4:
    case VT_I4:
    case VT_UI4:
    case VT_INT:
    case VT_UINT:
    case VT_ERROR: return 4;
    case VT_R8:
    case VT_CY:
    case VT_DATE:
    case VT_I8:
    case VT_UI8: return 8;
    case VT_BSTR:
    case VT_UNKNOWN:
    case VT_DISPATCH: return sizeof(void *);
    case VT_VARIANT: return sizeof(VARIANT);
    case VT_DECIMAL: return sizeof(DECIMAL);
    default: return 0;
    }
}

static BYTE *hidden(SAFEARRAY *array)
{
    return (BYTE *)array - HIDDEN;
}

/* Elements, or 0 when they are too many to address. */
static BOOL cell_count(const SAFEARRAY *array, ULONG *ret_count)
{
    ULONGLONG count = 1;
    for (USHORT i = 0; i < array->cDims; i++)
        if ((count *= array->rgsabound[i].cElements) > 0x7fffffff)
            return FALSE;
    if (count * array->cbElements > 0x7fffffff)
        return FALSE;
    *ret_count = (ULONG)count;
    return TRUE;
}

HRESULT WINAPI SafeArrayAllocDescriptor(UINT dimensions, SAFEARRAY **ret_array)
{
    if (!dimensions || dimensions >= 65536)
        return E_INVALIDARG;
    if (!ret_array)
        return E_POINTER;
    BYTE *block = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY,
                            HIDDEN + sizeof(SAFEARRAY) + (dimensions - 1) * sizeof(SAFEARRAYBOUND));
    if (!block)
        return E_OUTOFMEMORY;
    *ret_array = (SAFEARRAY *)(block + HIDDEN);
    (*ret_array)->cDims = (USHORT)dimensions;
    return S_OK;
}

static void set_type(SAFEARRAY *array, VARTYPE type)
{
    static const IID unknown = {0, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
    static const IID dispatch = {0x20400, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

    switch (type) {
    case VT_BSTR: array->fFeatures |= FADF_BSTR; break;
    case VT_UNKNOWN: array->fFeatures |= FADF_UNKNOWN; break;
    case VT_DISPATCH: array->fFeatures |= FADF_DISPATCH; break;
    case VT_VARIANT: array->fFeatures |= FADF_VARIANT; break;
    default: break;
    }
    if (type == VT_UNKNOWN || type == VT_DISPATCH) {
        array->fFeatures |= FADF_HAVEIID;
        *(IID *)hidden(array) = type == VT_UNKNOWN ? unknown : dispatch;
    } else {
        array->fFeatures |= FADF_HAVEVARTYPE;
        *(DWORD *)(hidden(array) + HIDDEN - sizeof(DWORD)) = type;
    }
    array->cbElements = element_size(type);
}

HRESULT WINAPI SafeArrayAllocDescriptorEx(VARTYPE type, UINT dimensions, SAFEARRAY **ret_array)
{
    HRESULT result = SafeArrayAllocDescriptor(dimensions, ret_array);
    if (SUCCEEDED(result))
        set_type(*ret_array, type);
    return result;
}

HRESULT WINAPI SafeArrayAllocData(SAFEARRAY *array)
{
    ULONG count;
    if (!array)
        return E_INVALIDARG;
    if (!cell_count(array, &count))
        return E_OUTOFMEMORY;
    array->pvData = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, (SIZE_T)count * array->cbElements);
    return array->pvData ? S_OK : E_OUTOFMEMORY;
}

SAFEARRAY *WINAPI SafeArrayCreateEx(VARTYPE type, UINT dimensions, SAFEARRAYBOUND *bounds, PVOID extra)
{
    SAFEARRAY *array;

    if (!bounds || !element_size(type) || FAILED(SafeArrayAllocDescriptorEx(type, dimensions, &array)))
        return NULL;
    for (UINT i = 0; i < dimensions; i++)
        array->rgsabound[i] = bounds[dimensions - 1 - i];
    if (extra && array->fFeatures & FADF_HAVEIID)
        *(IID *)hidden(array) = *(const IID *)extra;
    if (FAILED(SafeArrayAllocData(array))) {
        SafeArrayDestroyDescriptor(array);
        return NULL;
    }
    return array;
}

SAFEARRAY *WINAPI SafeArrayCreate(VARTYPE type, UINT dimensions, SAFEARRAYBOUND *bounds)
{
    return SafeArrayCreateEx(type, dimensions, bounds, NULL);
}

SAFEARRAY *WINAPI SafeArrayCreateVectorEx(VARTYPE type, LONG low, ULONG count, PVOID extra)
{
    SAFEARRAYBOUND bound = {count, low};
    SAFEARRAY *array = SafeArrayCreateEx(type, 1, &bound, extra);
    if (array)
        array->fFeatures |= FADF_VECTOR;
    return array;
}

SAFEARRAY *WINAPI SafeArrayCreateVector(VARTYPE type, LONG low, ULONG count)
{
    return SafeArrayCreateVectorEx(type, low, count, NULL);
}

static void clear_cells(SAFEARRAY *array, ULONG first, ULONG count)
{
    if (!array->pvData)
        return;
    for (ULONG i = first; i < first + count; i++) {
        BYTE *cell = (BYTE *)array->pvData + (SIZE_T)i * array->cbElements;
        if (array->fFeatures & FADF_BSTR) {
            SysFreeString(*(BSTR *)cell);
        } else if (array->fFeatures & (FADF_UNKNOWN | FADF_DISPATCH)) {
            IUnknown *object = *(IUnknown **)cell;
            if (object)
                IUnknown_Release(object);
        } else if (array->fFeatures & FADF_VARIANT) {
            VariantClear((VARIANT *)cell);
        }
    }
}

HRESULT WINAPI SafeArrayDestroyData(SAFEARRAY *array)
{
    ULONG count;
    if (!array)
        return E_INVALIDARG;
    if (array->cLocks)
        return DISP_E_ARRAYISLOCKED;
    if (!array->pvData)
        return S_OK;
    if (cell_count(array, &count)) {
        clear_cells(array, 0, count);
        if (array->fFeatures & FADF_STATIC) {
            ZeroMemory(array->pvData, (SIZE_T)count * array->cbElements);
            return S_OK;
        }
    }
    HeapFree(GetProcessHeap(), 0, array->pvData);
    array->pvData = NULL;
    return S_OK;
}

HRESULT WINAPI SafeArrayDestroyDescriptor(SAFEARRAY *array)
{
    if (!array)
        return S_OK;
    if (array->cLocks)
        return DISP_E_ARRAYISLOCKED;
    if (!(array->fFeatures & (FADF_AUTO | FADF_STATIC | FADF_EMBEDDED)))
        HeapFree(GetProcessHeap(), 0, hidden(array));
    return S_OK;
}

HRESULT WINAPI SafeArrayDestroy(SAFEARRAY *array)
{
    if (!array)
        return S_OK;
    HRESULT result = SafeArrayDestroyData(array);
    return FAILED(result) ? result : SafeArrayDestroyDescriptor(array);
}

HRESULT WINAPI SafeArrayLock(SAFEARRAY *array)
{
    if (!array)
        return E_INVALIDARG;
    if ((ULONG)InterlockedIncrement((LONG *)&array->cLocks) > LOCKS_MAX) {
        InterlockedDecrement((LONG *)&array->cLocks);
        return E_UNEXPECTED;
    }
    return S_OK;
}

HRESULT WINAPI SafeArrayUnlock(SAFEARRAY *array)
{
    if (!array)
        return E_INVALIDARG;
    if (InterlockedDecrement((LONG *)&array->cLocks) < 0) {
        InterlockedIncrement((LONG *)&array->cLocks);
        return E_UNEXPECTED;
    }
    return S_OK;
}

HRESULT WINAPI SafeArrayAccessData(SAFEARRAY *array, void **ret_data)
{
    if (!array || !ret_data)
        return E_INVALIDARG;
    HRESULT result = SafeArrayLock(array);
    *ret_data = SUCCEEDED(result) ? array->pvData : NULL;
    return result;
}

HRESULT WINAPI SafeArrayUnaccessData(SAFEARRAY *array)
{
    return SafeArrayUnlock(array);
}

UINT WINAPI SafeArrayGetDim(SAFEARRAY *array)
{
    return array ? array->cDims : 0;
}

UINT WINAPI SafeArrayGetElemsize(SAFEARRAY *array)
{
    return array ? array->cbElements : 0;
}

HRESULT WINAPI SafeArrayGetUBound(SAFEARRAY *array, UINT dimension, LONG *ret_bound)
{
    if (!array || !ret_bound)
        return E_INVALIDARG;
    if (!dimension || dimension > array->cDims)
        return DISP_E_BADINDEX;
    const SAFEARRAYBOUND *bound = &array->rgsabound[array->cDims - dimension];
    *ret_bound = bound->lLbound + (LONG)bound->cElements - 1;
    return S_OK;
}

HRESULT WINAPI SafeArrayGetLBound(SAFEARRAY *array, UINT dimension, LONG *ret_bound)
{
    if (!array || !ret_bound)
        return E_INVALIDARG;
    if (!dimension || dimension > array->cDims)
        return DISP_E_BADINDEX;
    *ret_bound = array->rgsabound[array->cDims - dimension].lLbound;
    return S_OK;
}

HRESULT WINAPI SafeArrayGetVartype(SAFEARRAY *array, VARTYPE *ret_type)
{
    if (!array || !ret_type)
        return E_INVALIDARG;
    if (array->fFeatures & FADF_HAVEVARTYPE)
        *ret_type = (VARTYPE) * (DWORD *)(hidden(array) + HIDDEN - sizeof(DWORD));
    else if (array->fFeatures & FADF_DISPATCH)
        *ret_type = VT_DISPATCH;
    else if (array->fFeatures & FADF_UNKNOWN)
        *ret_type = VT_UNKNOWN;
    else if (array->fFeatures & FADF_BSTR)
        *ret_type = VT_BSTR;
    else if (array->fFeatures & FADF_VARIANT)
        *ret_type = VT_VARIANT;
    else
        return E_INVALIDARG;
    return S_OK;
}

HRESULT WINAPI SafeArraySetIID(SAFEARRAY *array, REFGUID iid)
{
    if (!array || !iid || !(array->fFeatures & FADF_HAVEIID))
        return E_INVALIDARG;
    *(IID *)hidden(array) = *iid;
    return S_OK;
}

HRESULT WINAPI SafeArrayGetIID(SAFEARRAY *array, GUID *iid)
{
    if (!array || !iid || !(array->fFeatures & FADF_HAVEIID))
        return E_INVALIDARG;
    *iid = *(IID *)hidden(array);
    return S_OK;
}

/* The indices' order is that of the declaration: the leftmost dimension first. */
HRESULT WINAPI SafeArrayPtrOfIndex(SAFEARRAY *array, LONG *indices, void **ret_cell)
{
    SIZE_T at = 0, step = 1;

    if (!array || !indices || !ret_cell)
        return E_INVALIDARG;
    for (USHORT i = 0; i < array->cDims; i++) {
        const SAFEARRAYBOUND *bound = &array->rgsabound[array->cDims - 1 - i];
        ULONG index = (ULONG)indices[i] - (ULONG)bound->lLbound;
        if (indices[i] < bound->lLbound || index >= bound->cElements)
            return DISP_E_BADINDEX;
        at += index * step;
        step *= bound->cElements;
    }
    *ret_cell = (BYTE *)array->pvData + at * array->cbElements;
    return S_OK;
}

/* Copies one cell's value into fresh memory of the same type. */
static HRESULT copy_cell(const SAFEARRAY *array, void *to, const void *from)
{
    if (array->fFeatures & FADF_BSTR) {
        BSTR string = *(BSTR const *)from;
        *(BSTR *)to = string ? SysAllocStringByteLen((LPCSTR)string, SysStringByteLen(string)) : NULL;
        return string && !*(BSTR *)to ? E_OUTOFMEMORY : S_OK;
    }
    if (array->fFeatures & FADF_VARIANT) {
        VariantInit(to);
        return VariantCopy(to, (VARIANT *)from);
    }
    CopyMemory(to, from, array->cbElements);
    if (array->fFeatures & (FADF_UNKNOWN | FADF_DISPATCH) && *(IUnknown **)to)
        IUnknown_AddRef(*(IUnknown **)to);
    return S_OK;
}

HRESULT WINAPI SafeArrayPutElement(SAFEARRAY *array, LONG *indices, void *value)
{
    BYTE fresh[sizeof(VARIANT)];
    void *cell;
    HRESULT result = SafeArrayLock(array);

    if (FAILED(result))
        return result;
    result = SafeArrayPtrOfIndex(array, indices, &cell);
    if (SUCCEEDED(result)) {
        /* BSTRs and objects are given as the pointers that they are */
        const void *from = array->fFeatures & (FADF_BSTR | FADF_UNKNOWN | FADF_DISPATCH) ? (void *)&value
                                                                                         : value;
        result = copy_cell(array, fresh, from);
    }
    if (SUCCEEDED(result)) {
        clear_cells(array, (ULONG)(((BYTE *)cell - (BYTE *)array->pvData) / array->cbElements), 1);
        CopyMemory(cell, fresh, array->cbElements);
    }
    SafeArrayUnlock(array);
    return result;
}

HRESULT WINAPI SafeArrayGetElement(SAFEARRAY *array, LONG *indices, void *value)
{
    void *cell;

    if (!array || !indices || !value)
        return E_INVALIDARG;
    HRESULT result = SafeArrayLock(array);
    if (FAILED(result))
        return result;
    result = SafeArrayPtrOfIndex(array, indices, &cell);
    if (SUCCEEDED(result))
        result = copy_cell(array, value, cell);
    SafeArrayUnlock(array);
    return result;
}

static HRESULT copy_cells(SAFEARRAY *from, SAFEARRAY *to, ULONG count)
{
    for (ULONG i = 0; i < count; i++) {
        HRESULT result = copy_cell(from, (BYTE *)to->pvData + (SIZE_T)i * to->cbElements,
                                   (BYTE *)from->pvData + (SIZE_T)i * from->cbElements);
        if (FAILED(result))
            return result;
    }
    return S_OK;
}

HRESULT WINAPI SafeArrayCopyData(SAFEARRAY *from, SAFEARRAY *to)
{
    ULONG count, other;

    if (!from || !to || from->cbElements != to->cbElements || from->cDims != to->cDims ||
        !cell_count(from, &count) || !cell_count(to, &other) || count != other)
        return E_INVALIDARG;
    clear_cells(to, 0, count);
    ZeroMemory(to->pvData, (SIZE_T)count * to->cbElements);
    return copy_cells(from, to, count);
}

HRESULT WINAPI SafeArrayCopy(SAFEARRAY *from, SAFEARRAY **ret_array)
{
    SAFEARRAY *array;
    ULONG count;

    if (!ret_array)
        return E_INVALIDARG;
    *ret_array = NULL;
    if (!from)
        return S_OK;
    if (!from->cbElements)
        return E_INVALIDARG;
    HRESULT result = SafeArrayAllocDescriptor(from->cDims, &array);
    if (FAILED(result))
        return result;
    if (from->fFeatures & (FADF_HAVEVARTYPE | FADF_HAVEIID))
        CopyMemory(hidden(array), hidden(from), HIDDEN);
    array->fFeatures = from->fFeatures & ~(FADF_AUTO | FADF_STATIC | FADF_EMBEDDED | FADF_FIXEDSIZE);
    array->cbElements = from->cbElements;
    CopyMemory(array->rgsabound, from->rgsabound, from->cDims * sizeof(SAFEARRAYBOUND));
    result = SafeArrayAllocData(array);
    if (SUCCEEDED(result) && cell_count(from, &count))
        result = copy_cells(from, array, count);
    if (FAILED(result)) {
        SafeArrayDestroy(array);
        return result;
    }
    *ret_array = array;
    return S_OK;
}

/* The rightmost dimension, the first in memory, may change. */
HRESULT WINAPI SafeArrayRedim(SAFEARRAY *array, SAFEARRAYBOUND *bound)
{
    ULONG old_count, new_count;

    if (!array || !bound || array->fFeatures & FADF_FIXEDSIZE)
        return E_INVALIDARG;
    if (array->cLocks)
        return DISP_E_ARRAYISLOCKED;
    if (!cell_count(array, &old_count))
        return E_UNEXPECTED;
    SAFEARRAYBOUND old = array->rgsabound[0];
    array->rgsabound[0] = *bound;
    if (!cell_count(array, &new_count)) {
        array->rgsabound[0] = old;
        return E_OUTOFMEMORY;
    }
    void *data = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, (SIZE_T)new_count * array->cbElements);
    if (!data) {
        array->rgsabound[0] = old;
        return E_OUTOFMEMORY;
    }
    ULONG kept = old_count < new_count ? old_count : new_count;
    clear_cells(array, kept, old_count - kept);
    if (array->pvData)
        CopyMemory(data, array->pvData, (SIZE_T)kept * array->cbElements);
    HeapFree(GetProcessHeap(), 0, array->pvData);
    array->pvData = data;
    return S_OK;
}
