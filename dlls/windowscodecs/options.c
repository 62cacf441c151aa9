/*
 * Encoder options: a property bag with the properties that the container's encoder knows.
 */
#include "wic.h"

struct option {
    const WCHAR *name;
    VARTYPE type;
};

static const struct option png_options[] = {{L"InterlaceOption", VT_BOOL}, {L"FilterOption", VT_UI1}};
static const struct option jpeg_options[] = {{L"ImageQuality", VT_R4}, {L"JpegYCrCbSubsampling", VT_UI1}};
static const struct option bmp_options[] = {{L"EnableV5Header32bppBGRA", VT_BOOL}};

struct bag {
    IPropertyBag2 iface;
    LONG references;
    const struct option *options;
    UINT count;
    VARIANT values[2]; /* VT_EMPTY: not set */
};

static void bag_destroy(struct bag *bag)
{
    (void)bag; /* all values are simple */
}

WIC_UNKNOWN(bag, IPropertyBag2, &IID_IPropertyBag2)

static struct bag *self(IPropertyBag2 *this)
{
    return (struct bag *)this;
}

static int find(const struct bag *bag, const WCHAR *name)
{
    for (UINT i = 0; name && i < bag->count; i++)
        if (lstrcmpiW(bag->options[i].name, name) == 0)
            return (int)i;
    return -1;
}

static HRESULT WINAPI read(IPropertyBag2 *this, ULONG count, PROPBAG2 *properties, IErrorLog *log,
                           VARIANT *values, HRESULT *errors)
{
    (void)log;
    for (ULONG i = 0; i < count; i++) {
        int at = find(self(this), properties[i].pstrName);
        if (at < 0)
            return WINCODEC_ERR_PROPERTYNOTFOUND;
        values[i] = self(this)->values[at];
        errors[i] = S_OK;
    }
    return S_OK;
}

static HRESULT WINAPI write(IPropertyBag2 *this, ULONG count, PROPBAG2 *properties, VARIANT *values)
{
    for (ULONG i = 0; i < count; i++) {
        int at = find(self(this), properties[i].pstrName);
        if (at < 0)
            return WINCODEC_ERR_PROPERTYNOTFOUND;
        if (values[i].vt != self(this)->options[at].type)
            return WINCODEC_ERR_PROPERTYUNEXPECTEDTYPE;
        self(this)->values[at] = values[i];
    }
    return S_OK;
}

static HRESULT WINAPI count_properties(IPropertyBag2 *this, ULONG *count)
{
    if (!count)
        return E_INVALIDARG;
    *count = self(this)->count;
    return S_OK;
}

static HRESULT WINAPI get_property_info(IPropertyBag2 *this, ULONG first, ULONG count, PROPBAG2 *properties,
                                        ULONG *ret_count)
{
    struct bag *bag = self(this);

    if (!properties || !ret_count)
        return E_INVALIDARG;
    if (first >= bag->count)
        return WINCODEC_ERR_VALUEOUTOFRANGE;
    *ret_count = min(count, bag->count - first);
    for (ULONG i = 0; i < *ret_count; i++) {
        const struct option *option = &bag->options[first + i];
        SIZE_T size = ((SIZE_T)lstrlenW(option->name) + 1) * sizeof(WCHAR);
        ZeroMemory(&properties[i], sizeof properties[i]);
        properties[i].dwType = PROPBAG2_TYPE_DATA;
        properties[i].vt = option->type;
        properties[i].dwHint = first + i + 1;
        if (!(properties[i].pstrName = CoTaskMemAlloc(size)))
            return E_OUTOFMEMORY;
        CopyMemory(properties[i].pstrName, option->name, size);
    }
    return S_OK;
}

static HRESULT WINAPI load_object(IPropertyBag2 *this, LPCOLESTR name, DWORD hint, IUnknown *object,
                                  IErrorLog *log)
{
    (void)this, (void)name, (void)hint, (void)object, (void)log;
    return E_NOTIMPL; /* there are no objects among the options */
}

BOOL wic_option(IPropertyBag2 *this, const WCHAR *name, VARIANT *ret_value)
{
    PROPBAG2 property = {.pstrName = (LPOLESTR)name};
    HRESULT error;

    ret_value->vt = VT_EMPTY;
    return SUCCEEDED(IPropertyBag2_Read(this, 1, &property, NULL, ret_value, &error)) &&
           (ret_value->vt == VT_R4 || ret_value->vt == VT_UI1 || ret_value->vt == VT_BOOL);
}

HRESULT wic_create_options(const GUID *container, IPropertyBag2 **object)
{
    static IPropertyBag2Vtbl table = {bag_query, bag_add_reference, bag_release,       read,
                                      write,     count_properties,  get_property_info, load_object};
    struct bag *bag = wic_allocate(sizeof *bag);

    *object = (IPropertyBag2 *)bag;
    if (!bag)
        return E_OUTOFMEMORY;
    bag->iface.lpVtbl = &table;
    bag->references = 1;
    if (IsEqualGUID(container, &GUID_ContainerFormatPng))
        bag->options = png_options, bag->count = 2;
    else if (IsEqualGUID(container, &GUID_ContainerFormatJpeg))
        bag->options = jpeg_options, bag->count = 2;
    else
        bag->options = bmp_options, bag->count = 1;
    return S_OK;
}
