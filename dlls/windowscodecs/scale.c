/*
 * Sources that change the geometry of another: scaler, clipper, flip and rotation. Each has the format and
 * palette of what it is made from. Scaling weighs pixels along each axis in turn; formats without
 * whole bytes a channel take the nearest pixel.
 */
#include "wic.h"

/* ------------------------------------------------------------------ the axis */

struct axis {
    UINT taps;
    int *first;     /* of each output pixel; may be out of range, and is clamped then */
    float *weights; /* taps of each */
};

static float cubic(float x)
{
    x = x < 0 ? -x : x;
    if (x < 1)
        return (1.5f * x - 2.5f) * x * x + 1;
    return x < 2 ? ((-0.5f * x + 2.5f) * x - 4) * x + 2 : 0;
}

static int floor_to_int(double x)
{
    int i = (int)x;
    return x < i ? i - 1 : i;
}

static void free_axis(struct axis *axis)
{
    wic_free(axis->first);
    wic_free(axis->weights);
}

static BOOL make_axis(struct axis *axis, UINT from, UINT to, WICBitmapInterpolationMode mode)
{
    double step = (double)from / to;
    BOOL area = mode == WICBitmapInterpolationModeFant && step > 1;

    axis->taps = mode == WICBitmapInterpolationModeNearestNeighbor ? 1
                 : area                                            ? (UINT)step + 2
                 : mode == WICBitmapInterpolationModeCubic ||
                         (int)mode == 4 /* WICBitmapInterpolationModeHighQualityCubic */
                     ? 4
                     : 2;
    axis->first = wic_allocate(to * sizeof *axis->first);
    axis->weights = wic_allocate((SIZE_T)to * axis->taps * sizeof *axis->weights);
    if (!axis->first || !axis->weights) {
        free_axis(axis);
        return FALSE;
    }
    for (UINT i = 0; i < to; i++) {
        float *w = axis->weights + (SIZE_T)i * axis->taps;
        double centre = (i + 0.5) * step - 0.5, low = i * step, high = (i + 1) * step;
        if (axis->taps == 1) {
            axis->first[i] = (int)((i + 0.5) * step);
            w[0] = 1;
        } else if (area) {
            axis->first[i] = (int)low;
            for (UINT t = 0; t < axis->taps; t++) {
                double a = max(low, (double)axis->first[i] + t),
                       b = min(high, (double)axis->first[i] + t + 1);
                w[t] = b > a ? (float)((b - a) / step) : 0;
            }
        } else if (axis->taps == 2) {
            axis->first[i] = floor_to_int(centre);
            w[1] = (float)(centre - axis->first[i]);
            w[0] = 1 - w[1];
        } else {
            axis->first[i] = floor_to_int(centre) - 1;
            for (UINT t = 0; t < 4; t++)
                w[t] = cubic((float)(axis->first[i] + (int)t - centre));
        }
    }
    return TRUE;
}

static inline UINT clamp_index(int index, UINT count)
{
    return index < 0 ? 0 : (UINT)index >= count ? count - 1 : (UINT)index;
}

static inline float sample(const BYTE *pixel, UINT channel, BOOL wide)
{
    return wide ? ((const USHORT *)(const void *)pixel)[channel] : pixel[channel];
}

static void store(BYTE *pixel, UINT channel, BOOL wide, float value)
{
    float limit = wide ? 65535.0f : 255.0f;
    value = value < 0 ? 0 : value > limit ? limit : value;
    if (wide)
        ((USHORT *)(void *)pixel)[channel] = (USHORT)(value + 0.5f);
    else
        pixel[channel] = (BYTE)(value + 0.5f);
}

/* All of `from` into `to`, whose size and pixels are set. */
static HRESULT resample(const struct wic_image *from, struct wic_image *to, WICBitmapInterpolationMode mode)
{
    const struct wic_format *format = from->format;
    UINT unit = format->wide ? 2 : 1, channels = format->bits / 8 / unit, bytes = format->bits / 8;
    BOOL wide = format->wide;
    struct axis x_axis, y_axis;

    if (format->bits % 8 || format->indexed || (format->bits == 16 && !wide))
        mode = WICBitmapInterpolationModeNearestNeighbor;
    if (!make_axis(&x_axis, from->width, to->width, mode))
        return E_OUTOFMEMORY;
    if (!make_axis(&y_axis, from->height, to->height, mode)) {
        free_axis(&x_axis);
        return E_OUTOFMEMORY;
    }
    float *line = wic_allocate((SIZE_T)from->width * max(channels, 1u) * sizeof *line);
    for (UINT y = 0; y < to->height && line; y++) {
        BYTE *out = to->pixels + (SIZE_T)y * to->stride;
        const float *wy = y_axis.weights + (SIZE_T)y * y_axis.taps;
        if (x_axis.taps == 1) {
            const BYTE *in = from->pixels + (SIZE_T)clamp_index(y_axis.first[y], from->height) * from->stride;
            for (UINT x = 0; x < to->width; x++) {
                UINT source = clamp_index(x_axis.first[x], from->width);
                if (format->bits % 8 == 0) {
                    CopyMemory(out + x * bytes, in + source * bytes, bytes);
                } else {
                    UINT bits = format->bits, mask = (1u << bits) - 1;
                    UINT value = in[source * bits / 8] >> (8 - bits - source * bits % 8) & mask;
                    out[x * bits / 8] |= (BYTE)(value << (8 - bits - x * bits % 8));
                }
            }
            continue;
        }
        ZeroMemory(line, (SIZE_T)from->width * channels * sizeof *line);
        for (UINT t = 0; t < y_axis.taps; t++) {
            const BYTE *in = from->pixels +
                             (SIZE_T)clamp_index(y_axis.first[y] + (int)t, from->height) * from->stride;
            for (UINT i = 0; wy[t] != 0 && i < from->width * channels; i++)
                line[i] += wy[t] * sample(in, i, wide);
        }
        for (UINT x = 0; x < to->width; x++) {
            const float *wx = x_axis.weights + (SIZE_T)x * x_axis.taps;
            for (UINT c = 0; c < channels; c++) {
                float sum = 0;
                for (UINT t = 0; t < x_axis.taps; t++)
                    sum += wx[t] * line[clamp_index(x_axis.first[x] + (int)t, from->width) * channels + c];
                store(out + x * bytes, c, wide, sum);
            }
        }
    }
    HRESULT result = line ? S_OK : E_OUTOFMEMORY;
    wic_free(line);
    free_axis(&x_axis);
    free_axis(&y_axis);
    return result;
}

/* ------------------------------------------------------------------ the objects */

enum kind { SCALER, CLIPPER, ROTATOR };

struct geometry {
    IWICBitmapSource iface; /* the three interfaces begin alike and have one method more */
    LONG references;
    enum kind kind;
    IWICBitmapSource *source;
    UINT width, height;
    WICRect rect;                      /* clipper */
    WICBitmapInterpolationMode mode;   /* scaler */
    WICBitmapTransformOptions options; /* rotator */
    SRWLOCK lock;                      /* guards making the pixels */
    struct wic_image image;            /* pixels NULL: not made yet */
};

static void geometry_destroy(struct geometry *geometry)
{
    if (geometry->source)
        IWICBitmapSource_Release(geometry->source);
    wic_free(geometry->image.pixels);
}

static HRESULT WINAPI geometry_query(IWICBitmapSource *this, REFIID iid, void **object)
{
    static const IID *const own[] = {&IID_IWICBitmapScaler, &IID_IWICBitmapClipper,
                                     &IID_IWICBitmapFlipRotator};
    return wic_query(this, iid, object,
                     (const IID *const[]){&IID_IUnknown, &IID_IWICBitmapSource,
                                          own[((struct geometry *)this)->kind], NULL});
}

static ULONG WINAPI geometry_add_reference(IWICBitmapSource *this)
{
    return (ULONG)InterlockedIncrement(&((struct geometry *)this)->references);
}

static ULONG WINAPI geometry_release(IWICBitmapSource *this)
{
    LONG left = InterlockedDecrement(&((struct geometry *)this)->references);
    if (!left) {
        geometry_destroy((struct geometry *)this);
        wic_free(this);
    }
    return (ULONG)left;
}

static struct geometry *self(IWICBitmapSource *this)
{
    return (struct geometry *)this;
}

static HRESULT WINAPI get_size(IWICBitmapSource *this, UINT *width, UINT *height)
{
    if (!width || !height)
        return E_INVALIDARG;
    if (!self(this)->source)
        return WINCODEC_ERR_NOTINITIALIZED;
    *width = self(this)->width;
    *height = self(this)->height;
    return S_OK;
}

static HRESULT WINAPI get_format(IWICBitmapSource *this, WICPixelFormatGUID *format)
{
    if (!format)
        return E_INVALIDARG;
    return self(this)->source ? IWICBitmapSource_GetPixelFormat(self(this)->source, format)
                              : WINCODEC_ERR_NOTINITIALIZED;
}

static HRESULT WINAPI get_resolution(IWICBitmapSource *this, double *x, double *y)
{
    if (!x || !y)
        return E_INVALIDARG;
    return self(this)->source ? IWICBitmapSource_GetResolution(self(this)->source, x, y)
                              : WINCODEC_ERR_NOTINITIALIZED;
}

static HRESULT WINAPI copy_palette(IWICBitmapSource *this, IWICPalette *palette)
{
    if (!palette)
        return E_INVALIDARG;
    return self(this)->source ? IWICBitmapSource_CopyPalette(self(this)->source, palette)
                              : WINCODEC_ERR_NOTINITIALIZED;
}

static void move_pixel(const struct wic_image *from, UINT fx, UINT fy, struct wic_image *to, UINT tx, UINT ty)
{
    const BYTE *in = from->pixels + (SIZE_T)fy * from->stride;
    BYTE *out = to->pixels + (SIZE_T)ty * to->stride;
    UINT bits = from->format->bits;

    if (bits % 8 == 0) {
        CopyMemory(out + tx * (bits / 8), in + fx * (bits / 8), bits / 8);
    } else {
        UINT value = in[fx * bits / 8] >> (8 - bits - fx * bits % 8) & ((1u << bits) - 1);
        out[tx * bits / 8] |= (BYTE)(value << (8 - bits - tx * bits % 8));
    }
}

static void turn(const struct wic_image *from, struct wic_image *to, UINT options)
{
    for (UINT y = 0; y < to->height; y++)
        for (UINT x = 0; x < to->width; x++) {
            UINT fx = options & WICBitmapTransformFlipHorizontal ? to->width - 1 - x : x;
            UINT fy = options & WICBitmapTransformFlipVertical ? to->height - 1 - y : y, swap;
            switch (options & 3) { /* clockwise */
            case WICBitmapTransformRotate90: swap = fx, fx = fy, fy = from->height - 1 - swap; break;
            case WICBitmapTransformRotate180: fx = from->width - 1 - fx, fy = from->height - 1 - fy; break;
            case WICBitmapTransformRotate270: swap = fx, fx = from->width - 1 - fy, fy = swap; break;
            default: break;
            }
            move_pixel(from, fx, fy, to, x, y);
        }
}

static HRESULT make_pixels(struct geometry *geometry)
{
    struct wic_image source;
    HRESULT result = wic_read_source(geometry->source, NULL, &source);

    if (FAILED(result))
        return result;
    struct wic_image *image = &geometry->image;
    image->width = geometry->width;
    image->height = geometry->height;
    image->format = source.format;
    result = wic_allocate_pixels(image);
    if (SUCCEEDED(result) && geometry->kind == SCALER)
        result = resample(&source, image, geometry->mode);
    else if (SUCCEEDED(result))
        turn(&source, image, geometry->options);
    wic_free(source.pixels);
    if (FAILED(result)) {
        wic_free(image->pixels);
        image->pixels = NULL;
    }
    return result;
}

static HRESULT WINAPI copy_pixels(IWICBitmapSource *this, const WICRect *rect, UINT stride, UINT size,
                                  BYTE *buffer)
{
    struct geometry *geometry = self(this);
    HRESULT result = S_OK;

    if (!buffer)
        return E_INVALIDARG;
    if (!geometry->source)
        return WINCODEC_ERR_NOTINITIALIZED;
    if (geometry->kind == CLIPPER) {
        WICRect part = rect ? *rect : (WICRect){0, 0, geometry->rect.Width, geometry->rect.Height};
        if (part.X < 0 || part.Y < 0 || part.Width <= 0 || part.Height <= 0 ||
            part.Width > geometry->rect.Width - part.X || part.Height > geometry->rect.Height - part.Y)
            return E_INVALIDARG;
        part.X += geometry->rect.X;
        part.Y += geometry->rect.Y;
        return IWICBitmapSource_CopyPixels(geometry->source, &part, stride, size, buffer);
    }
    AcquireSRWLockExclusive(&geometry->lock);
    if (!geometry->image.pixels)
        result = make_pixels(geometry);
    ReleaseSRWLockExclusive(&geometry->lock);
    return FAILED(result) ? result : wic_copy_pixels(&geometry->image, rect, stride, size, buffer);
}

static HRESULT adopt(struct geometry *geometry, IWICBitmapSource *source)
{
    if (!source)
        return E_INVALIDARG;
    if (geometry->source)
        return WINCODEC_ERR_WRONGSTATE;
    HRESULT result = IWICBitmapSource_GetSize(source, &geometry->width, &geometry->height);
    if (SUCCEEDED(result)) {
        IWICBitmapSource_AddRef(source);
        geometry->source = source;
    }
    return result;
}

static HRESULT WINAPI initialize_scaler(IWICBitmapScaler *this, IWICBitmapSource *source, UINT width,
                                        UINT height, WICBitmapInterpolationMode mode)
{
    struct geometry *geometry = (struct geometry *)this;
    if (!width || !height || (UINT)mode > 4)
        return E_INVALIDARG;
    HRESULT result = adopt(geometry, source);
    if (SUCCEEDED(result)) {
        geometry->width = width;
        geometry->height = height;
        geometry->mode = mode;
    }
    return result;
}

static HRESULT WINAPI initialize_clipper(IWICBitmapClipper *this, IWICBitmapSource *source,
                                         const WICRect *rect)
{
    struct geometry *geometry = (struct geometry *)this;
    UINT width, height;

    if (!source || !rect)
        return E_INVALIDARG;
    HRESULT result = IWICBitmapSource_GetSize(source, &width, &height);
    if (FAILED(result))
        return result;
    if (rect->X < 0 || rect->Y < 0 || rect->Width <= 0 || rect->Height <= 0 ||
        rect->Width > (INT)width - rect->X || rect->Height > (INT)height - rect->Y)
        return E_INVALIDARG;
    result = adopt(geometry, source);
    if (SUCCEEDED(result)) {
        geometry->rect = *rect;
        geometry->width = (UINT)rect->Width;
        geometry->height = (UINT)rect->Height;
    }
    return result;
}

static HRESULT WINAPI initialize_rotator(IWICBitmapFlipRotator *this, IWICBitmapSource *source,
                                         WICBitmapTransformOptions options)
{
    struct geometry *geometry = (struct geometry *)this;
    HRESULT result = adopt(geometry, source);
    if (SUCCEEDED(result)) {
        geometry->options = options;
        if (options & WICBitmapTransformRotate90) { /* as 270 */
            UINT width = geometry->width;
            geometry->width = geometry->height;
            geometry->height = width;
        }
    }
    return result;
}

static HRESULT make(enum kind kind, void *table, void **object)
{
    struct geometry *geometry = wic_allocate(sizeof *geometry);
    *object = geometry;
    if (!geometry)
        return E_OUTOFMEMORY;
    geometry->iface.lpVtbl = table;
    geometry->references = 1;
    geometry->kind = kind;
    return S_OK;
}

#define SOURCE_METHODS                                                                                       \
    (void *)geometry_query, (void *)geometry_add_reference, (void *)geometry_release, (void *)get_size,      \
        (void *)get_format, (void *)get_resolution, (void *)copy_palette, (void *)copy_pixels

HRESULT wic_create_scaler(IWICBitmapScaler **object)
{
    static IWICBitmapScalerVtbl table = {SOURCE_METHODS, initialize_scaler};
    return make(SCALER, &table, (void **)object);
}

HRESULT wic_create_clipper(IWICBitmapClipper **object)
{
    static IWICBitmapClipperVtbl table = {SOURCE_METHODS, initialize_clipper};
    return make(CLIPPER, &table, (void **)object);
}

HRESULT wic_create_rotator(IWICBitmapFlipRotator **object)
{
    static IWICBitmapFlipRotatorVtbl table = {SOURCE_METHODS, initialize_rotator};
    return make(ROTATOR, &table, (void **)object);
}
