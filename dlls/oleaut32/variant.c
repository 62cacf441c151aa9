/*
 * VARIANTs: initialise, clear, copy, and change their type (convert.c does the values).
 */
#include "oleaut32.h"
#include "convert.h"

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
    } else if (variant->vt & VT_ARRAY) {
        HRESULT result = variant->parray ? SafeArrayDestroy(variant->parray) : S_OK;
        if (FAILED(result))
            return result;
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
    HRESULT result;

    if (to == from)
        return S_OK;
    if (from->vt & VT_BYREF) {
        /* the pointer is copied */
    } else if (from->vt & VT_ARRAY) {
        result = SafeArrayCopy(from->parray, &copy.parray);
        if (FAILED(result))
            return result;
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
    result = VariantClear(to);
    if (FAILED(result)) {
        VariantClear(&copy);
        return result;
    }
    *to = copy;
    return S_OK;
}

/* What a reference points to, as a variant that owns nothing. */
static HRESULT dereference(const VARIANTARG *from, VARIANTARG *to)
{
    VARTYPE type = from->vt & ~VT_BYREF;

    if (!(from->vt & VT_BYREF)) {
        *to = *from;
        return S_OK;
    }
    if (type == VT_VARIANT) {
        if (!from->pvarVal || from->pvarVal->vt == (VT_VARIANT | VT_BYREF))
            return E_INVALIDARG;
        return dereference(from->pvarVal, to);
    }
    if (!from->byref)
        return E_INVALIDARG;
    ZeroMemory(to, sizeof *to);
    if (type == VT_DECIMAL)
        to->decVal = *from->pdecVal;
    else if (type & VT_ARRAY)
        to->parray = *from->pparray;
    else
        switch (type) {
        case VT_I1:
        case VT_UI1: to->bVal = *from->pbVal; break;
        case VT_I2:
        case VT_UI2:
        case VT_BOOL: to->iVal = *from->piVal; break;
        case VT_I4:
        case VT_UI4:
        case VT_R4:
        case VT_INT:
        case VT_UINT:
        case VT_ERROR: to->lVal = *from->plVal; break;
        case VT_I8:
        case VT_UI8:
        case VT_R8:
        case VT_CY:
        case VT_DATE: to->llVal = *from->pllVal; break;
        case VT_BSTR:
        case VT_UNKNOWN:
        case VT_DISPATCH: to->byref = *(void **)from->byref; break;
        default: return E_INVALIDARG;
        }
    to->vt = type;
    return S_OK;
}

HRESULT WINAPI VariantCopyInd(VARIANT *to, VARIANTARG *from)
{
    VARIANTARG direct, copy;
    HRESULT result = dereference(from, &direct);

    if (FAILED(result))
        return result;
    VariantInit(&copy);
    result = VariantCopy(&copy, &direct);
    if (FAILED(result))
        return result;
    if (to != from && FAILED(result = VariantClear(to))) {
        VariantClear(&copy);
        return result;
    }
    *to = copy;
    return S_OK;
}

/* A source as a number. */
static HRESULT to_value(const VARIANTARG *from, LCID lcid, USHORT flags, struct value *to)
{
    LONGLONG integer;

    switch (from->vt) {
    case VT_EMPTY: integer = 0; break;
    case VT_NULL: return DISP_E_TYPEMISMATCH;
    case VT_I1: integer = (signed char)from->cVal; break;
    case VT_UI1: integer = from->bVal; break;
    case VT_BOOL:
    case VT_I2: integer = from->iVal; break;
    case VT_UI2: integer = from->uiVal; break;
    case VT_INT:
    case VT_I4: integer = from->lVal; break;
    case VT_UINT:
    case VT_UI4: integer = from->ulVal; break;
    case VT_I8: integer = from->llVal; break;
    case VT_UI8: *to = (struct value){VALUE_INTEGER, FALSE, from->llVal, 0, FALSE, FALSE}; return S_OK;
    case VT_R4: *to = (struct value){.kind = VALUE_REAL, .real = from->fltVal}; return S_OK;
    case VT_DATE:
    case VT_R8: *to = (struct value){.kind = VALUE_REAL, .real = from->dblVal}; return S_OK;
    case VT_CY: *to = (struct value){VALUE_CURRENCY, FALSE, from->cyVal.int64, 0, FALSE, FALSE}; return S_OK;
    case VT_BSTR: return convert_parse(from->bstrVal, lcid, flags, to);
    default: return DISP_E_TYPEMISMATCH;
    }
    *to = (struct value){VALUE_INTEGER, integer < 0, integer, 0, FALSE, FALSE};
    return S_OK;
}

static HRESULT to_text(const VARIANTARG *from, LCID lcid, USHORT flags, BSTR *text)
{
    DWORD options = (DWORD)(flags & VARIANT_NOUSEROVERRIDE ? LOCALE_NOUSEROVERRIDE : 0);
    struct value value;

    switch (from->vt) {
    case VT_EMPTY: *text = SysAllocStringLen(NULL, 0); return *text ? S_OK : E_OUTOFMEMORY;
    case VT_BOOL:
        if (flags & (VARIANT_ALPHABOOL | VARIANT_LOCALBOOL))
            return VarBstrFromBool(from->boolVal, lcid, options, text);
        return convert_integer_text(from->boolVal, from->boolVal < 0, text);
    case VT_R4: return convert_real_text(from->fltVal, 7, lcid, options, text);
    case VT_R8: return convert_real_text(from->dblVal, 15, lcid, options, text);
    case VT_CY: return convert_currency_text(from->cyVal.int64, lcid, options, text);
    case VT_DATE: return convert_date_text(from->date, lcid, options, text);
    default: break;
    }
    HRESULT result = to_value(from, lcid, flags, &value);
    return FAILED(result) ? result : convert_integer_text(value.integer, value.negative, text);
}

static HRESULT to_integer(VARIANTARG *to, const struct value *value)
{
    static const struct {
        VARTYPE type;
        LONGLONG low;
        ULONGLONG high;
    } ranges[] = {{VT_I1, -128, 127},
                  {VT_UI1, 0, 255},
                  {VT_I2, -32768, 32767},
                  {VT_UI2, 0, 65535},
                  {VT_I4, -2147483647 - 1, 2147483647},
                  {VT_INT, -2147483647 - 1, 2147483647},
                  {VT_ERROR, -2147483647 - 1, 2147483647},
                  {VT_UI4, 0, 4294967295u},
                  {VT_UINT, 0, 4294967295u},
                  {VT_I8, -9223372036854775807 - 1, 9223372036854775807},
                  {VT_UI8, 0, 18446744073709551615u}};

    for (SIZE_T i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (ranges[i].type == to->vt)
            return convert_to_integer(value, ranges[i].low, ranges[i].high, &to->ullVal);
    return DISP_E_BADVARTYPE;
}

static HRESULT convert(VARIANTARG *to, const VARIANTARG *from, LCID lcid, USHORT flags)
{
    struct value value;
    HRESULT result;

    if (to->vt == VT_NULL || to->vt == VT_EMPTY)
        return from->vt == VT_EMPTY || from->vt == VT_NULL || to->vt == VT_EMPTY ? S_OK : DISP_E_TYPEMISMATCH;
    if (from->vt == VT_ERROR && to->vt != VT_ERROR)
        return DISP_E_TYPEMISMATCH;
    if (to->vt == VT_BSTR)
        return to_text(from, lcid, flags, &to->bstrVal);
    if (to->vt == VT_BOOL && from->vt == VT_BSTR)
        return convert_parse_boolean(from->bstrVal, lcid, flags, &to->boolVal);
    if (from->vt == VT_BOOL && (to->vt == VT_UI1 || to->vt == VT_UI2 || to->vt == VT_UI4 ||
                                to->vt == VT_UINT || to->vt == VT_UI8)) { /* TRUE is all ones */
        to->llVal = from->boolVal;
        return S_OK;
    }
    if (to->vt == VT_DATE && from->vt == VT_BSTR &&
        SUCCEEDED(VarDateFromStr(from->bstrVal, lcid, flags, &to->date)))
        return S_OK; /* else it may be a number of days */
    result = to_value(from, lcid, flags, &value);
    if (FAILED(result))
        return result;
    switch (to->vt) {
    case VT_BOOL: to->boolVal = convert_to_real(&value) != 0 ? VARIANT_TRUE : VARIANT_FALSE; return S_OK;
    case VT_R4: return VarR4FromR8(convert_to_real(&value), &to->fltVal);
    case VT_R8: to->dblVal = convert_to_real(&value); return S_OK;
    case VT_CY: return convert_to_currency(&value, &to->cyVal.int64);
    case VT_DATE: return convert_to_date(&value, &to->date);
    default: return to_integer(to, &value);
    }
}

HRESULT WINAPI VariantChangeTypeEx(VARIANTARG *to, VARIANTARG *from, LCID lcid, USHORT flags, VARTYPE type)
{
    VARIANTARG source, result = {0};
    HRESULT status;

    if (!to || !from)
        return E_INVALIDARG;
    if (type & VT_BYREF || type & VT_VECTOR)
        return DISP_E_BADVARTYPE;
    status = dereference(from, &source);
    if (FAILED(status))
        return status;
    if (source.vt == type) {
        status = VariantCopy(&result, &source);
    } else if ((source.vt | type) & VT_ARRAY) {
        status = DISP_E_TYPEMISMATCH;
    } else if (type == VT_UNKNOWN && source.vt == VT_DISPATCH) {
        status = VariantCopy(&result, &source);
        result.vt = VT_UNKNOWN;
    } else {
        if (!is_simple(type) && type != VT_BSTR)
            return type == VT_UNKNOWN || type == VT_DISPATCH ? DISP_E_TYPEMISMATCH : DISP_E_BADVARTYPE;
        result.vt = type;
        status = convert(&result, &source, lcid, flags);
    }
    if (FAILED(status))
        return status;
    status = to == from && from->vt & VT_BYREF ? S_OK : VariantClear(to);
    if (FAILED(status)) {
        VariantClear(&result);
        return status;
    }
    *to = result;
    return S_OK;
}

HRESULT WINAPI VariantChangeType(VARIANTARG *to, VARIANTARG *from, USHORT flags, VARTYPE type)
{
    return VariantChangeTypeEx(to, from, LOCALE_USER_DEFAULT, flags, type);
}
