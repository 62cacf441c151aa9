/*
 * The Windows Imaging Component: what encoders write decoders read back, formats are converted, images are
 * scaled, clipped and turned, and damaged files are declined.
 */
#define COBJMACROS
#define INITGUID
#include "harness.h"
#include <initguid.h>
#include <ole2.h>
#include <wincodec.h>

static IWICImagingFactory *factory;

static BOOL start(void)
{
    if (factory)
        return TRUE;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    HRESULT result = CoCreateInstance(&CLSID_WICImagingFactory1, NULL, CLSCTX_INPROC_SERVER,
                                      &IID_IWICImagingFactory, (void **)&factory);
    CHECK_EQ(result, S_OK);
    return result == S_OK;
}

static IStream *encode(const GUID *container, const GUID *format, UINT width, UINT height, UINT stride,
                       BYTE *pixels, WICColor *colors, UINT color_count)
{
    IStream *stream = NULL;
    IWICBitmapEncoder *encoder = NULL;
    IWICBitmapFrameEncode *frame = NULL;
    IWICPalette *palette = NULL;
    WICPixelFormatGUID chosen = *format;

    CHECK_EQ(CreateStreamOnHGlobal(NULL, TRUE, &stream), S_OK);
    CHECK_EQ(IWICImagingFactory_CreateEncoder(factory, container, NULL, &encoder), S_OK);
    CHECK_EQ(IWICBitmapEncoder_Initialize(encoder, stream, WICBitmapEncoderNoCache), S_OK);
    CHECK_EQ(IWICBitmapEncoder_CreateNewFrame(encoder, &frame, NULL), S_OK);
    CHECK_EQ(IWICBitmapFrameEncode_Initialize(frame, NULL), S_OK);
    CHECK_EQ(IWICBitmapFrameEncode_SetSize(frame, width, height), S_OK);
    CHECK_EQ(IWICBitmapFrameEncode_SetResolution(frame, 300, 300), S_OK);
    CHECK_EQ(IWICBitmapFrameEncode_SetPixelFormat(frame, &chosen), S_OK);
    CHECK(IsEqualGUID(&chosen, format));
    if (colors) {
        CHECK_EQ(IWICImagingFactory_CreatePalette(factory, &palette), S_OK);
        CHECK_EQ(IWICPalette_InitializeCustom(palette, colors, color_count), S_OK);
        CHECK_EQ(IWICBitmapFrameEncode_SetPalette(frame, palette), S_OK);
        IWICPalette_Release(palette);
    }
    CHECK_EQ(IWICBitmapFrameEncode_WritePixels(frame, height, stride, stride * height, pixels), S_OK);
    CHECK_EQ(IWICBitmapFrameEncode_Commit(frame), S_OK);
    CHECK_EQ(IWICBitmapEncoder_Commit(encoder), S_OK);
    IWICBitmapFrameEncode_Release(frame);
    IWICBitmapEncoder_Release(encoder);
    return stream;
}

static IWICBitmapFrameDecode *decode(IStream *stream, const GUID *container)
{
    IWICBitmapDecoder *decoder = NULL;
    IWICBitmapFrameDecode *frame = NULL;
    GUID found;
    UINT count = 0;

    CHECK_EQ(IWICImagingFactory_CreateDecoderFromStream(factory, stream, NULL, WICDecodeMetadataCacheOnDemand,
                                                        &decoder),
             S_OK);
    if (!decoder)
        return NULL;
    CHECK_EQ(IWICBitmapDecoder_GetContainerFormat(decoder, &found), S_OK);
    CHECK(IsEqualGUID(&found, container));
    CHECK_EQ(IWICBitmapDecoder_GetFrameCount(decoder, &count), S_OK);
    CHECK_EQ(count, 1);
    CHECK_EQ(IWICBitmapDecoder_GetFrame(decoder, 0, &frame), S_OK);
    IWICBitmapDecoder_Release(decoder);
    return frame;
}

/* Lossless containers give back what went in. */
static void round_trip(const GUID *container, const GUID *format, UINT bits, WICColor *colors,
                       UINT color_count)
{
    enum { WIDTH = 13, HEIGHT = 7 };
    BYTE pixels[HEIGHT][WIDTH * 8 + 8], back[HEIGHT][WIDTH * 8 + 8];
    UINT width = 0, height = 0, bytes = (WIDTH * bits + 7) / 8, seed = 1;
    WICPixelFormatGUID found;
    double x = 0, y = 0;

    memset(pixels, 0, sizeof pixels);
    memset(back, 0, sizeof back);
    for (UINT row = 0; row < HEIGHT; row++)
        for (UINT i = 0; i < bytes; i++)
            pixels[row][i] = (BYTE)((seed = seed * 1103515245 + 12345) >> 16);
    if (WIDTH * bits % 8)
        for (UINT row = 0; row < HEIGHT; row++)
            pixels[row][bytes - 1] &= (BYTE)(0xff00 >> WIDTH * bits % 8);
    IStream *stream = encode(container, format, WIDTH, HEIGHT, sizeof pixels[0], pixels[0], colors,
                             color_count);
    IWICBitmapFrameDecode *frame = decode(stream, container);
    if (frame) {
        CHECK_EQ(IWICBitmapFrameDecode_GetSize(frame, &width, &height), S_OK);
        CHECK(width == WIDTH && height == HEIGHT);
        CHECK_EQ(IWICBitmapFrameDecode_GetPixelFormat(frame, &found), S_OK);
        CHECK(IsEqualGUID(&found, format));
        CHECK_EQ(IWICBitmapFrameDecode_GetResolution(frame, &x, &y), S_OK);
        CHECK(x > 299.9 && x < 300.1 && y > 299.9 && y < 300.1);
        CHECK_EQ(IWICBitmapFrameDecode_CopyPixels(frame, NULL, sizeof back[0], sizeof back, back[0]), S_OK);
        for (UINT row = 0; row < HEIGHT; row++) {
            if (WIDTH * bits % 8) /* the rest of the last byte may be anything */
                back[row][bytes - 1] &= (BYTE)(0xff00 >> WIDTH * bits % 8);
            if (memcmp(pixels[row], back[row], bytes)) {
                FAIL("row %u of %u bits differs", row, bits);
                break;
            }
        }
        IWICBitmapFrameDecode_Release(frame);
    }
    IStream_Release(stream);
}

static WICColor four_colors[4] = {0xff000000, 0xffff0000, 0xff00ff00, 0xffffffff};

TEST(png)
{
    WICColor many[256];
    if (!start())
        return;
    for (UINT i = 0; i < 256; i++)
        many[i] = 0xff000000 | i * 0x010203;
    round_trip(&GUID_ContainerFormatPng, &GUID_WICPixelFormat24bppBGR, 24, NULL, 0);
    round_trip(&GUID_ContainerFormatPng, &GUID_WICPixelFormat32bppBGRA, 32, NULL, 0);
    round_trip(&GUID_ContainerFormatPng, &GUID_WICPixelFormat8bppGray, 8, NULL, 0);
    if (!harness_is_wine()) { /* which writes 16 bits in the wrong order */
        round_trip(&GUID_ContainerFormatPng, &GUID_WICPixelFormat16bppGray, 16, NULL, 0);
        round_trip(&GUID_ContainerFormatPng, &GUID_WICPixelFormat48bppRGB, 48, NULL, 0);
        round_trip(&GUID_ContainerFormatPng, &GUID_WICPixelFormat64bppRGBA, 64, NULL, 0);
    }
    round_trip(&GUID_ContainerFormatPng, &GUID_WICPixelFormatBlackWhite, 1, NULL, 0);
    round_trip(&GUID_ContainerFormatPng, &GUID_WICPixelFormat8bppIndexed, 8, many, 256);
    round_trip(&GUID_ContainerFormatPng, &GUID_WICPixelFormat2bppIndexed, 2, four_colors, 4);
}

TEST(bmp)
{
    WICColor many[256];
    if (!start())
        return;
    for (UINT i = 0; i < 256; i++)
        many[i] = 0xff000000 | i * 0x030201;
    round_trip(&GUID_ContainerFormatBmp, &GUID_WICPixelFormat24bppBGR, 24, NULL, 0);
    round_trip(&GUID_ContainerFormatBmp, &GUID_WICPixelFormat8bppIndexed, 8, many, 256);
    round_trip(&GUID_ContainerFormatBmp, &GUID_WICPixelFormat1bppIndexed, 1, many + 100, 2);
}

TEST(jpeg)
{
    enum { SIDE = 32 };
    BYTE pixels[SIDE][SIDE][3], back[SIDE][SIDE][3];
    UINT worst = 0;

    if (!start())
        return;
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            pixels[y][x][0] = (BYTE)(x * 4), pixels[y][x][1] = (BYTE)(y * 4), pixels[y][x][2] = 100;
    IStream *stream = encode(&GUID_ContainerFormatJpeg, &GUID_WICPixelFormat24bppBGR, SIDE, SIDE, SIDE * 3,
                             pixels[0][0], NULL, 0);
    IWICBitmapFrameDecode *frame = decode(stream, &GUID_ContainerFormatJpeg);
    if (frame) {
        CHECK_EQ(IWICBitmapFrameDecode_CopyPixels(frame, NULL, SIDE * 3, sizeof back, back[0][0]), S_OK);
        for (int i = 0; i < SIDE * SIDE * 3; i++) {
            int difference = abs(((BYTE *)pixels)[i] - ((BYTE *)back)[i]);
            if ((UINT)difference > worst)
                worst = (UINT)difference;
        }
        CHECK(worst < 24);
        IWICBitmapFrameDecode_Release(frame);
    }
    IStream_Release(stream);
}

static IWICBitmap *make_bitmap(const GUID *format, UINT width, UINT height, UINT stride, const void *pixels)
{
    IWICBitmap *bitmap = NULL;
    CHECK_EQ(IWICImagingFactory_CreateBitmapFromMemory(factory, width, height, format, stride,
                                                       stride * height, (BYTE *)pixels, &bitmap),
             S_OK);
    return bitmap;
}

TEST(conversion)
{
    static const BYTE bgra[2][4] = {{10, 20, 30, 255}, {0, 0, 255, 128}};
    BYTE out[16] = {0};
    IWICBitmapSource *source = NULL;
    IWICFormatConverter *converter = NULL;
    BOOL can = FALSE;

    if (!start())
        return;
    IWICBitmap *bitmap = make_bitmap(&GUID_WICPixelFormat32bppBGRA, 2, 1, 8, bgra);
    CHECK_EQ(WICConvertBitmapSource(&GUID_WICPixelFormat24bppRGB, (IWICBitmapSource *)bitmap, &source), S_OK);
    CHECK_EQ(IWICBitmapSource_CopyPixels(source, NULL, 6, 6, out), S_OK);
    CHECK(out[0] == 30 && out[1] == 20 && out[2] == 10 && out[3] == 255 && out[4] == 0);
    IWICBitmapSource_Release(source);

    CHECK_EQ(IWICImagingFactory_CreateFormatConverter(factory, &converter), S_OK);
    CHECK_EQ(IWICFormatConverter_CanConvert(converter, &GUID_WICPixelFormat32bppBGRA,
                                            &GUID_WICPixelFormat32bppPBGRA, &can),
             S_OK);
    CHECK(can);
    CHECK_EQ(IWICFormatConverter_Initialize(converter, (IWICBitmapSource *)bitmap,
                                            &GUID_WICPixelFormat32bppPBGRA, WICBitmapDitherTypeNone, NULL, 0,
                                            WICBitmapPaletteTypeCustom),
             S_OK);
    CHECK_EQ(IWICFormatConverter_CopyPixels(converter, NULL, 8, 8, out), S_OK);
    CHECK(out[4] == 0 && out[6] == 128 && out[7] == 128);
    CHECK_EQ(IWICFormatConverter_Initialize(converter, (IWICBitmapSource *)bitmap,
                                            &GUID_WICPixelFormat32bppPBGRA, WICBitmapDitherTypeNone, NULL, 0,
                                            WICBitmapPaletteTypeCustom),
             WINCODEC_ERR_WRONGSTATE);
    IWICFormatConverter_Release(converter);

    WICRect outside = {1, 0, 2, 1};
    CHECK_EQ(IWICBitmap_CopyPixels(bitmap, &outside, 8, 8, out), E_INVALIDARG);
    CHECK_EQ(IWICBitmap_CopyPixels(bitmap, NULL, 8, 7, out), E_INVALIDARG);
    CHECK_EQ(IWICBitmap_CopyPixels(bitmap, NULL, 7, 16, out), E_INVALIDARG);
    IWICBitmap_Release(bitmap);
}

TEST(geometry)
{
    static const BYTE gray[2][4] = {{0, 100, 200, 40}, {1, 101, 201, 41}};
    BYTE out[8] = {0};
    IWICBitmapScaler *scaler;
    IWICBitmapClipper *clipper;
    IWICBitmapFlipRotator *rotator;
    WICRect rect = {1, 1, 2, 1};
    UINT width, height;

    if (!start())
        return;
    IWICBitmap *bitmap = make_bitmap(&GUID_WICPixelFormat8bppGray, 4, 2, 4, gray);
    IWICBitmapSource *source = (IWICBitmapSource *)bitmap;
    CHECK_EQ(IWICImagingFactory_CreateBitmapClipper(factory, &clipper), S_OK);
    CHECK_EQ(IWICBitmapClipper_Initialize(clipper, source, &rect), S_OK);
    CHECK_EQ(IWICBitmapClipper_CopyPixels(clipper, NULL, 2, 2, out), S_OK);
    CHECK(out[0] == 101 && out[1] == 201);
    IWICBitmapClipper_Release(clipper);

    CHECK_EQ(IWICImagingFactory_CreateBitmapScaler(factory, &scaler), S_OK);
    CHECK_EQ(IWICBitmapScaler_GetSize(scaler, &width, &height), WINCODEC_ERR_NOTINITIALIZED);
    CHECK_EQ(IWICBitmapScaler_Initialize(scaler, source, 2, 1, WICBitmapInterpolationModeFant), S_OK);
    CHECK_EQ(IWICBitmapScaler_CopyPixels(scaler, NULL, 2, 2, out), S_OK);
    if (!harness_is_wine()) /* which takes the nearest pixel */
        CHECK(abs(out[0] - 50) <= 1 && abs(out[1] - 120) <= 1);
    IWICBitmapScaler_Release(scaler);

    CHECK_EQ(IWICImagingFactory_CreateBitmapFlipRotator(factory, &rotator), S_OK);
    CHECK_EQ(IWICBitmapFlipRotator_Initialize(rotator, source, WICBitmapTransformRotate90), S_OK);
    CHECK_EQ(IWICBitmapFlipRotator_GetSize(rotator, &width, &height), S_OK);
    CHECK(width == 2 && height == 4);
    if (!harness_is_wine()) { /* which does not turn by 90 degrees */
        CHECK_EQ(IWICBitmapFlipRotator_CopyPixels(rotator, NULL, 2, 8, out), S_OK);
        CHECK(out[0] == 1 && out[1] == 0 && out[2] == 101 && out[3] == 100 && out[7] == 40);
    }
    IWICBitmapFlipRotator_Release(rotator);
    IWICBitmap_Release(bitmap);
}

TEST(locks)
{
    IWICBitmap *bitmap = NULL;
    IWICBitmapLock *lock = NULL, *second = NULL;
    UINT size, stride;
    BYTE *data;

    if (!start())
        return;
    CHECK_EQ(IWICImagingFactory_CreateBitmap(factory, 3, 2, &GUID_WICPixelFormat32bppBGRA,
                                             WICBitmapCacheOnLoad, &bitmap),
             S_OK);
    CHECK_EQ(IWICBitmap_Lock(bitmap, NULL, WICBitmapLockWrite, &lock), S_OK);
    CHECK_EQ(IWICBitmap_Lock(bitmap, NULL, WICBitmapLockRead, &second), WINCODEC_ERR_ALREADYLOCKED);
    CHECK_EQ(IWICBitmapLock_GetDataPointer(lock, &size, &data), S_OK);
    CHECK_EQ(IWICBitmapLock_GetStride(lock, &stride), S_OK);
    CHECK_EQ(stride, 12);
    CHECK_EQ(size, 24);
    data[23] = 77;
    IWICBitmapLock_Release(lock);
    CHECK_EQ(IWICBitmap_Lock(bitmap, NULL, WICBitmapLockRead, &lock), S_OK);
    CHECK_EQ(IWICBitmap_Lock(bitmap, NULL, WICBitmapLockRead, &second), S_OK);
    CHECK_EQ(IWICBitmapLock_GetDataPointer(second, &size, &data), S_OK);
    CHECK_EQ(data[23], 77);
    IWICBitmapLock_Release(lock);
    IWICBitmapLock_Release(second);
    CHECK_EQ(IWICBitmap_Release(bitmap), 0);
}

TEST(palettes)
{
    IWICPalette *palette;
    WICColor colors[256];
    UINT count = 0;
    BOOL answer;

    if (!start())
        return;
    CHECK_EQ(IWICImagingFactory_CreatePalette(factory, &palette), S_OK);
    CHECK_EQ(IWICPalette_InitializePredefined(palette, WICBitmapPaletteTypeFixedGray16, FALSE), S_OK);
    CHECK_EQ(IWICPalette_GetColors(palette, 256, colors, &count), S_OK);
    CHECK_EQ(count, 16);
    CHECK_EQ(colors[15], 0xffffffff);
    CHECK_EQ(IWICPalette_IsGrayscale(palette, &answer), S_OK);
    CHECK(answer);
    colors[0] = 0x00ff0000;
    CHECK_EQ(IWICPalette_InitializeCustom(palette, colors, 2), S_OK);
    CHECK_EQ(IWICPalette_HasAlpha(palette, &answer), S_OK);
    CHECK(answer);
    IWICPalette_Release(palette);
}

TEST(damaged)
{
    static BYTE png[] = {0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0, 0, 13, 'I', 'H', 'D', 'R', 1, 2, 3};
    static BYTE text[] = "this is not an image at all, whatever its name says";
    IWICStream *stream = NULL;
    IWICBitmapDecoder *decoder = NULL;

    if (!start())
        return;
    CHECK_EQ(IWICImagingFactory_CreateStream(factory, &stream), S_OK);
    CHECK_EQ(IWICStream_InitializeFromMemory(stream, text, sizeof text), S_OK);
    CHECK_EQ(IWICStream_InitializeFromMemory(stream, text, sizeof text), WINCODEC_ERR_WRONGSTATE);
    CHECK_EQ(IWICImagingFactory_CreateDecoderFromStream(factory, (IStream *)stream, NULL,
                                                        WICDecodeMetadataCacheOnDemand, &decoder),
             WINCODEC_ERR_COMPONENTNOTFOUND);
    CHECK(decoder == NULL);
    IWICStream_Release(stream);
    CHECK_EQ(IWICImagingFactory_CreateStream(factory, &stream), S_OK);
    CHECK_EQ(IWICStream_InitializeFromMemory(stream, png, sizeof png), S_OK);
    CHECK(FAILED(IWICImagingFactory_CreateDecoderFromStream(factory, (IStream *)stream, NULL,
                                                            WICDecodeMetadataCacheOnDemand, &decoder)));
    IWICStream_Release(stream);
    CHECK_EQ(IWICImagingFactory_CreateDecoderFromFilename(factory, L"no such file.png", NULL, GENERIC_READ,
                                                          WICDecodeMetadataCacheOnDemand, &decoder),
             HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
}

TEST(entry_points)
{
    HRESULT(WINAPI * WICCreateImagingFactory_Proxy)
    (UINT, IWICImagingFactory **), (WINAPI * DllCanUnloadNow)(void);
    HRESULT(WINAPI * DllGetClassObject)(REFCLSID, REFIID, void **);
    HMODULE module = LoadLibraryA("windowscodecs.dll");
    IWICImagingFactory *made = NULL;
    IClassFactory *classes = NULL;
    IUnknown *object = NULL;

    CHECK(start());
    WICCreateImagingFactory_Proxy = (void *)GetProcAddress(module, "WICCreateImagingFactory_Proxy");
    DllGetClassObject = (void *)GetProcAddress(module, "DllGetClassObject");
    DllCanUnloadNow = (void *)GetProcAddress(module, "DllCanUnloadNow");
    CHECK_EQ(WICCreateImagingFactory_Proxy(WINCODEC_SDK_VERSION, &made), S_OK);
    CHECK(made != NULL);
    IWICImagingFactory_Release(made);
    CHECK_EQ(DllGetClassObject(&CLSID_WICImagingFactory1, &IID_IClassFactory, (void **)&classes), S_OK);
    CHECK_EQ(IClassFactory_CreateInstance(classes, NULL, &IID_IWICImagingFactory, (void **)&object), S_OK);
    IUnknown_Release(object);
    IClassFactory_Release(classes);
    CHECK_EQ(DllGetClassObject(&IID_IUnknown, &IID_IClassFactory, (void **)&classes),
             CLASS_E_CLASSNOTAVAILABLE);
    CHECK(classes == NULL);
    CHECK_EQ(DllCanUnloadNow(), S_FALSE);
}
