/*
 * The imaging factory, and the class objects of the DLL.
 */
#include "wic.h"

struct factory {
    IWICImagingFactory iface;
    LONG references;
};

static void factory_destroy(struct factory *factory)
{
    (void)factory;
}

WIC_UNKNOWN(factory, IWICImagingFactory, &IID_IWICImagingFactory)

static const GUID *const containers[] = {&GUID_ContainerFormatPng, &GUID_ContainerFormatJpeg,
                                         &GUID_ContainerFormatBmp};

static HRESULT WINAPI decoder_from_stream(IWICImagingFactory *this, IStream *stream, const GUID *vendor,
                                          WICDecodeOptions options, IWICBitmapDecoder **ret_decoder)
{
    HRESULT result = WINCODEC_ERR_COMPONENTNOTFOUND;

    (void)this, (void)vendor;
    if (!stream || !ret_decoder)
        return E_INVALIDARG;
    *ret_decoder = NULL;
    for (UINT i = 0; i < sizeof containers / sizeof containers[0]; i++) {
        IWICBitmapDecoder *decoder;
        HRESULT made = wic_create_decoder(containers[i], &decoder);
        if (FAILED(made))
            return made;
        result = IWICBitmapDecoder_Initialize(decoder, stream, options);
        if (SUCCEEDED(result)) {
            *ret_decoder = decoder;
            return S_OK;
        }
        IWICBitmapDecoder_Release(decoder);
        if (result != WINCODEC_ERR_UNKNOWNIMAGEFORMAT)
            return result;
        result = WINCODEC_ERR_COMPONENTNOTFOUND;
    }
    return result;
}

static HRESULT WINAPI create_stream(IWICImagingFactory *this, IWICStream **stream)
{
    (void)this;
    return stream ? wic_create_stream(stream) : E_INVALIDARG;
}

static HRESULT WINAPI decoder_from_file(IWICImagingFactory *this, LPCWSTR name, const GUID *vendor,
                                        DWORD access, WICDecodeOptions options,
                                        IWICBitmapDecoder **ret_decoder)
{
    IWICStream *stream;

    if (!name || !ret_decoder)
        return E_INVALIDARG;
    HRESULT result = wic_create_stream(&stream);
    if (FAILED(result))
        return result;
    result = IWICStream_InitializeFromFilename(stream, name, access);
    if (SUCCEEDED(result))
        result = decoder_from_stream(this, (IStream *)stream, vendor, options, ret_decoder);
    IWICStream_Release(stream);
    return result;
}

static HRESULT WINAPI decoder_from_handle(IWICImagingFactory *this, ULONG_PTR handle, const GUID *vendor,
                                          WICDecodeOptions options, IWICBitmapDecoder **ret_decoder)
{
    HANDLE file = (HANDLE)handle;
    LARGE_INTEGER size;
    DWORD got = 0;
    IStream *stream;

    if (!ret_decoder)
        return E_INVALIDARG;
    *ret_decoder = NULL;
    if (!GetFileSizeEx(file, &size))
        return HRESULT_FROM_WIN32(GetLastError());
    HGLOBAL memory = size.QuadPart < 0x7fffffff ? GlobalAlloc(GMEM_FIXED, (SIZE_T)size.QuadPart) : NULL;
    if (!memory)
        return E_OUTOFMEMORY;
    SetFilePointer(file, 0, NULL, FILE_BEGIN);
    HRESULT result = ReadFile(file, memory, (DWORD)size.QuadPart, &got, NULL)
                         ? CreateStreamOnHGlobal(memory, TRUE, &stream)
                         : HRESULT_FROM_WIN32(GetLastError());
    if (FAILED(result)) {
        GlobalFree(memory);
        return result;
    }
    result = decoder_from_stream(this, stream, vendor, options, ret_decoder);
    IStream_Release(stream);
    return result;
}

static HRESULT WINAPI create_component_info(IWICImagingFactory *this, REFCLSID clsid,
                                            IWICComponentInfo **info)
{
    (void)this, (void)clsid;
    if (!info)
        return E_INVALIDARG;
    *info = NULL;
    return WINCODEC_ERR_COMPONENTNOTFOUND;
}

static HRESULT WINAPI create_decoder(IWICImagingFactory *this, REFGUID container, const GUID *vendor,
                                     IWICBitmapDecoder **decoder)
{
    (void)this, (void)vendor;
    return container && decoder ? wic_create_decoder(container, decoder) : E_INVALIDARG;
}

static HRESULT WINAPI create_encoder(IWICImagingFactory *this, REFGUID container, const GUID *vendor,
                                     IWICBitmapEncoder **encoder)
{
    (void)this, (void)vendor;
    return container && encoder ? wic_create_encoder(container, encoder) : E_INVALIDARG;
}

#define CREATE(function, type, make)                                                                         \
    static HRESULT WINAPI function(IWICImagingFactory *this, type **object)                                  \
    {                                                                                                        \
        (void)this;                                                                                          \
        return object ? make(object) : E_INVALIDARG;                                                         \
    }
CREATE(create_palette, IWICPalette, wic_create_palette)
CREATE(create_converter, IWICFormatConverter, wic_create_converter)
CREATE(create_scaler, IWICBitmapScaler, wic_create_scaler)
CREATE(create_clipper, IWICBitmapClipper, wic_create_clipper)
CREATE(create_rotator, IWICBitmapFlipRotator, wic_create_rotator)
CREATE(create_color_context, IWICColorContext, wic_create_color_context)

static HRESULT WINAPI create_transformer(IWICImagingFactory *this, IWICColorTransform **transform)
{
    (void)this;
    if (!transform)
        return E_INVALIDARG;
    *transform = NULL;
    return E_NOTIMPL; /* there is no colour management */
}

static HRESULT finish_bitmap(struct wic_image *image, IWICBitmap **bitmap)
{
    HRESULT result = wic_create_bitmap(image, bitmap);
    if (FAILED(result))
        wic_free(image->pixels);
    return result;
}

static HRESULT WINAPI create_bitmap(IWICImagingFactory *this, UINT width, UINT height,
                                    REFWICPixelFormatGUID format, WICBitmapCreateCacheOption option,
                                    IWICBitmap **bitmap)
{
    struct wic_image image = {.width = width, .height = height, .dpi_x = 0, .dpi_y = 0};

    (void)this, (void)option;
    if (!format || !bitmap)
        return E_INVALIDARG;
    *bitmap = NULL;
    if (!(image.format = wic_find_format(format)))
        return WINCODEC_ERR_UNSUPPORTEDPIXELFORMAT;
    HRESULT result = wic_allocate_pixels(&image);
    return FAILED(result) ? result : finish_bitmap(&image, bitmap);
}

static HRESULT bitmap_from(IWICBitmapSource *source, const WICRect *rect, IWICBitmap **bitmap)
{
    struct wic_image image;

    if (!source || !bitmap)
        return E_INVALIDARG;
    *bitmap = NULL;
    HRESULT result = wic_read_source(source, rect, &image);
    return FAILED(result) ? result : finish_bitmap(&image, bitmap);
}

static HRESULT WINAPI bitmap_from_source(IWICImagingFactory *this, IWICBitmapSource *source,
                                         WICBitmapCreateCacheOption option, IWICBitmap **bitmap)
{
    (void)this, (void)option;
    return bitmap_from(source, NULL, bitmap);
}

static HRESULT WINAPI bitmap_from_rect(IWICImagingFactory *this, IWICBitmapSource *source, UINT x, UINT y,
                                       UINT width, UINT height, IWICBitmap **bitmap)
{
    WICRect rect = {(INT)x, (INT)y, (INT)width, (INT)height};
    (void)this;
    return bitmap_from(source, &rect, bitmap);
}

static HRESULT WINAPI bitmap_from_memory(IWICImagingFactory *this, UINT width, UINT height,
                                         REFWICPixelFormatGUID format, UINT stride, UINT size, BYTE *bytes,
                                         IWICBitmap **bitmap)
{
    struct wic_image image = {.width = width, .height = height};

    (void)this;
    if (!format || !bitmap || !bytes || !stride || !size)
        return E_INVALIDARG;
    *bitmap = NULL;
    if (!(image.format = wic_find_format(format)))
        return WINCODEC_ERR_UNSUPPORTEDPIXELFORMAT;
    UINT row = wic_row_bytes(width, image.format->bits);
    if (!height || stride < row)
        return E_INVALIDARG;
    if ((ULONGLONG)stride * (height - 1) + row > size)
        return WINCODEC_ERR_INSUFFICIENTBUFFER;
    HRESULT result = wic_allocate_pixels(&image);
    if (FAILED(result))
        return result;
    for (UINT y = 0; y < height; y++)
        CopyMemory(image.pixels + (SIZE_T)y * image.stride, bytes + (SIZE_T)y * stride, row);
    return finish_bitmap(&image, bitmap);
}

/* GDI's bitmaps and icons, lists of components and metadata writers are not there. */
static HRESULT WINAPI bitmap_from_gdi(IWICImagingFactory *this, HBITMAP handle, HPALETTE palette,
                                      WICBitmapAlphaChannelOption option, IWICBitmap **bitmap)
{
    (void)this, (void)handle, (void)palette, (void)option;
    if (bitmap)
        *bitmap = NULL;
    return E_NOTIMPL;
}

static HRESULT WINAPI bitmap_from_icon(IWICImagingFactory *this, HICON icon, IWICBitmap **bitmap)
{
    (void)this, (void)icon;
    if (bitmap)
        *bitmap = NULL;
    return E_NOTIMPL;
}

static HRESULT WINAPI create_enumerator(IWICImagingFactory *this, DWORD types, DWORD options,
                                        IEnumUnknown **list)
{
    (void)this, (void)types, (void)options;
    if (list)
        *list = NULL;
    return E_NOTIMPL;
}

static HRESULT WINAPI fast_from_decoder(IWICImagingFactory *this, IWICBitmapDecoder *decoder,
                                        IWICFastMetadataEncoder **encoder)
{
    (void)this, (void)decoder;
    if (encoder)
        *encoder = NULL;
    return WINCODEC_ERR_UNSUPPORTEDOPERATION;
}

static HRESULT WINAPI fast_from_frame(IWICImagingFactory *this, IWICBitmapFrameDecode *frame,
                                      IWICFastMetadataEncoder **encoder)
{
    (void)this, (void)frame;
    if (encoder)
        *encoder = NULL;
    return WINCODEC_ERR_UNSUPPORTEDOPERATION;
}

static HRESULT WINAPI create_query_writer(IWICImagingFactory *this, REFGUID format, const GUID *vendor,
                                          IWICMetadataQueryWriter **writer)
{
    (void)this, (void)format, (void)vendor;
    if (writer)
        *writer = NULL;
    return WINCODEC_ERR_UNSUPPORTEDOPERATION;
}

static HRESULT WINAPI query_writer_from_reader(IWICImagingFactory *this, IWICMetadataQueryReader *reader,
                                               const GUID *vendor, IWICMetadataQueryWriter **writer)
{
    (void)this, (void)reader, (void)vendor;
    if (writer)
        *writer = NULL;
    return WINCODEC_ERR_UNSUPPORTEDOPERATION;
}

HRESULT wic_create_factory(REFIID iid, void **object)
{
    static IWICImagingFactoryVtbl table = {
        factory_query,       factory_add_reference, factory_release,       decoder_from_file,
        decoder_from_stream, decoder_from_handle,   create_component_info, create_decoder,
        create_encoder,      create_palette,        create_converter,      create_scaler,
        create_clipper,      create_rotator,        create_stream,         create_color_context,
        create_transformer,  create_bitmap,         bitmap_from_source,    bitmap_from_rect,
        bitmap_from_memory,  bitmap_from_gdi,       bitmap_from_icon,      create_enumerator,
        fast_from_decoder,   fast_from_frame,       create_query_writer,   query_writer_from_reader};
    struct factory *factory = wic_allocate(sizeof *factory);

    *object = NULL;
    if (!factory)
        return E_OUTOFMEMORY;
    factory->iface.lpVtbl = &table;
    factory->references = 1;
    HRESULT result = IWICImagingFactory_QueryInterface(&factory->iface, iid, object);
    IWICImagingFactory_Release(&factory->iface);
    return result;
}

HRESULT WINAPI WICCreateImagingFactory_Proxy(UINT version, IWICImagingFactory **factory)
{
    if (version != 0x236 && version != 0x237) /* WINCODEC_SDK_VERSION1 and 2 */
        return E_INVALIDARG;
    return wic_create_factory(&IID_IWICImagingFactory, (void **)factory);
}

/* ------------------------------------------------------------------ class objects */

static const struct class
{
    const CLSID *clsid;
    const GUID *container; /* NULL: the factory */
    BOOL encodes;
} classes[] = {{&CLSID_WICImagingFactory1, NULL, FALSE},
               {&CLSID_WICImagingFactory2, NULL, FALSE}, /* without IWICImagingFactory2 */
               {&CLSID_WICPngDecoder1, &GUID_ContainerFormatPng, FALSE},
               {&CLSID_WICPngDecoder2, &GUID_ContainerFormatPng, FALSE},
               {&CLSID_WICJpegDecoder, &GUID_ContainerFormatJpeg, FALSE},
               {&CLSID_WICBmpDecoder, &GUID_ContainerFormatBmp, FALSE},
               {&CLSID_WICPngEncoder, &GUID_ContainerFormatPng, TRUE},
               {&CLSID_WICJpegEncoder, &GUID_ContainerFormatJpeg, TRUE},
               {&CLSID_WICBmpEncoder, &GUID_ContainerFormatBmp, TRUE}};

enum { CLASSES = sizeof classes / sizeof classes[0] };
static IClassFactory class_objects[CLASSES];

static HRESULT WINAPI class_query(IClassFactory *this, REFIID iid, void **object)
{
    return wic_query(this, iid, object, (const IID *const[]){&IID_IUnknown, &IID_IClassFactory, NULL});
}

static ULONG WINAPI class_reference(IClassFactory *this)
{
    (void)this;
    return 1; /* they are always there */
}

static HRESULT WINAPI class_create(IClassFactory *this, IUnknown *outer, REFIID iid, void **object)
{
    const struct class *class = &classes[this - class_objects];
    IUnknown *made;

    if (!object)
        return E_INVALIDARG;
    *object = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    if (!class->container)
        return wic_create_factory(iid, object);
    HRESULT result = class->encodes ? wic_create_encoder(class->container, (IWICBitmapEncoder **)&made)
                                    : wic_create_decoder(class->container, (IWICBitmapDecoder **)&made);
    if (FAILED(result))
        return result;
    result = IUnknown_QueryInterface(made, iid, object);
    IUnknown_Release(made);
    return result;
}

static HRESULT WINAPI class_lock(IClassFactory *this, BOOL lock)
{
    (void)this, (void)lock;
    return S_OK;
}

HRESULT WINAPI DllGetClassObject(REFCLSID clsid, REFIID iid, LPVOID *object)
{
    static IClassFactoryVtbl table = {class_query, class_reference, class_reference, class_create,
                                      class_lock};

    if (!object)
        return E_INVALIDARG;
    *object = NULL;
    for (UINT i = 0; i < CLASSES; i++)
        if (IsEqualGUID(classes[i].clsid, clsid)) {
            class_objects[i].lpVtbl = &table;
            return class_query(&class_objects[i], iid, object);
        }
    return CLASS_E_CLASSNOTAVAILABLE;
}

HRESULT WINAPI DllCanUnloadNow(void)
{
    return S_FALSE; /* objects are not counted */
}
