/*
 * VARIANTs: initialise, clear and copy values that own nothing, strings and objects. Arrays are not
 * there yet and are refused by name of the error (DISP_E_BADVARTYPE).
 */
#include "oleaut32.h"

void WINAPI VariantInit(VARIANTARG *variant)
{
    variant->vt = VT_EMPTY;
}

static BOOL is_simple(VARTYPE type)
{
    switch (type) {
    case VT_EMPTY:
    case VT_NULL:
    case VT_I2:
    case VT_I4:
    case VT_R4:
    case VT_R8:
    case VT_CY:
    case VT_DATE:
    case VT_ERROR:
    case VT_BOOL:
    case VT_DECIMAL:
    case VT_I1:
    case VT_UI1:
    case VT_UI2:
    case VT_UI4:
    case VT_I8:
    case VT_UI8:
    case VT_INT:
    case VT_UINT: return TRUE;
    default: return FALSE;
    }
}

HRESULT WINAPI VariantClear(VARIANTARG *variant)
{
    if (variant->vt & VT_BYREF) {
        /* what is pointed at belongs to somebody else */
    } else if (variant->vt == VT_BSTR) {
        SysFreeString(variant->bstrVal);
    } else if (variant->vt == VT_DISPATCH || variant->vt == VT_UNKNOWN) {
        if (variant->punkVal)
            variant->punkVal->lpVtbl->Release(variant->punkVal);
    } else if (!is_simple(variant->vt)) {
        return DISP_E_BADVARTYPE;
    }
    variant->vt = VT_EMPTY;
    return S_OK;
}

HRESULT WINAPI VariantCopy(VARIANTARG *to, VARIANTARG *from)
{
    VARIANTARG copy = *from;
    if (to == from)
        return S_OK;
    if (from->vt & VT_BYREF) {
        /* the pointer is copied */
    } else if (from->vt == VT_BSTR && from->bstrVal) {
        copy.bstrVal = SysAllocStringByteLen((LPCSTR)from->bstrVal, SysStringByteLen(from->bstrVal));
        if (!copy.bstrVal)
            return E_OUTOFMEMORY;
    } else if (from->vt == VT_DISPATCH || from->vt == VT_UNKNOWN) {
        if (from->punkVal)
            from->punkVal->lpVtbl->AddRef(from->punkVal);
    } else if (from->vt != VT_BSTR && !is_simple(from->vt)) {
        return DISP_E_BADVARTYPE;
    }
    HRESULT result = VariantClear(to);
    if (FAILED(result)) {
        VariantClear(&copy);
        return result;
    }
    *to = copy;
    return S_OK;
}
