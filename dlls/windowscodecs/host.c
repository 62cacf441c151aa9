/*
 * The host module of windowscodecs.dll: libpng and libjpeg over guest memory. A call copies the file in,
 * works on host memory, and copies rows out; errors of the libraries come back by longjmp.
 */
#include <stdio.h>

#include <gastwirt/host_module.h>
#include <jpeglib.h>
#include <mm/guest.h>
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

_Static_assert(sizeof(struct wic_host_encode) <= HOST_MODULE_ARGUMENTS_MAX, "argument block");

enum { FILE_MAX = 1 << 30, PIXELS_MAX = 1 << 30 };

/* A block of guest memory, copied; NULL with *status set. */
static void *copy_in(uint64_t address, uint64_t size, NTSTATUS *status)
{
    void *copy = size <= FILE_MAX ? malloc(size ? size : 1) : NULL;

    *status = copy ? guest_copy(copy, (void *)address, size) : STATUS_NO_MEMORY;
    if (*status) {
        free(copy);
        return NULL;
    }
    return copy;
}

static const uint8_t layout_bits[] = {1, 2, 4, 8, 16, 1, 2, 4, 8, 24, 32, 48, 64, 32};

static uint64_t row_bytes(uint32_t width, uint32_t layout)
{
    return ((uint64_t)width * layout_bits[layout] + 7) / 8;
}

/* ------------------------------------------------------------------ PNG */

struct png_input {
    const uint8_t *at, *end;
};

static void png_take(png_structp png, png_bytep to, size_t size)
{
    struct png_input *input = png_get_io_ptr(png);
    if ((size_t)(input->end - input->at) < size)
        png_error(png, "short file");
    memcpy(to, input->at, size);
    input->at += size;
}

static void png_complain(png_structp png, png_const_charp message)
{
    (void)message;
    png_longjmp(png, 1);
}

static void png_ignore(png_structp png, png_const_charp message)
{
    (void)png, (void)message;
}

struct png_reader {
    png_structp png;
    png_infop info;
    struct png_input input;
};

static bool png_open(struct png_reader *reader, const void *data, size_t size)
{
    reader->input = (struct png_input){data, (const uint8_t *)data + size};
    reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, png_complain, png_ignore);
    reader->info = reader->png ? png_create_info_struct(reader->png) : NULL;
    if (reader->info)
        png_set_read_fn(reader->png, &reader->input, png_take);
    return reader->info;
}

static void png_close(struct png_reader *reader)
{
    png_destroy_read_struct(&reader->png, &reader->info, NULL);
}

/* What the pixels become, with libpng's transformations set accordingly. */
static uint32_t png_layout(struct png_reader *reader)
{
    png_structp png = reader->png;
    int depth = png_get_bit_depth(png, reader->info), type = png_get_color_type(png, reader->info);
    bool transparent = png_get_valid(png, reader->info, PNG_INFO_tRNS);

    if (depth == 16)
        png_set_swap(png); /* little endian */
    if (type == PNG_COLOR_TYPE_PALETTE)
        return depth == 1 ? WIC_INDEX1 : depth == 2 ? WIC_INDEX2 : depth == 4 ? WIC_INDEX4 : WIC_INDEX8;
    if (type == PNG_COLOR_TYPE_GRAY && !transparent)
        return depth == 1   ? WIC_GRAY1
               : depth == 2 ? WIC_GRAY2
               : depth == 4 ? WIC_GRAY4
               : depth == 8 ? WIC_GRAY8
                            : WIC_GRAY16;
    if (transparent)
        png_set_tRNS_to_alpha(png);
    if (!(type & PNG_COLOR_MASK_COLOR)) {
        if (depth < 8)
            png_set_expand_gray_1_2_4_to_8(png);
        png_set_gray_to_rgb(png);
    }
    bool alpha = transparent || type & PNG_COLOR_MASK_ALPHA;
    if (depth == 16)
        return alpha ? WIC_RGBA64 : WIC_RGB48;
    png_set_bgr(png);
    return alpha ? WIC_BGRA32 : WIC_BGR24;
}

static void png_colors(struct png_reader *reader, struct wic_host_info *out)
{
    png_colorp colors;
    png_bytep alpha = NULL;
    int count = 0, alpha_count = 0;

    if (!png_get_PLTE(reader->png, reader->info, &colors, &count))
        return;
    png_get_tRNS(reader->png, reader->info, &alpha, &alpha_count, NULL);
    for (int i = 0; i < count && i < 256; i++)
        out->colors[i] = (i < alpha_count ? (uint32_t)alpha[i] : 255u) << 24 | (uint32_t)colors[i].red << 16 |
                         (uint32_t)colors[i].green << 8 | colors[i].blue;
    out->color_count = count < 256 ? (uint32_t)count : 256;
}

static NTSTATUS png_info_of(struct wic_host_info *out, const void *data)
{
    struct png_reader reader;
    png_bytep profile;
    png_charp name;
    png_uint_32 profile_size, x, y;
    int compression, unit;

    if (!png_open(&reader, data, out->size) || setjmp(png_jmpbuf(reader.png))) {
        png_close(&reader);
        return STATUS_INVALID_IMAGE_FORMAT;
    }
    png_read_info(reader.png, reader.info);
    out->width = png_get_image_width(reader.png, reader.info);
    out->height = png_get_image_height(reader.png, reader.info);
    out->layout = png_layout(&reader);
    out->dpi_x = out->dpi_y = 96;
    if (png_get_pHYs(reader.png, reader.info, &x, &y, &unit) && unit == PNG_RESOLUTION_METER) {
        out->dpi_x = x * 0.0254;
        out->dpi_y = y * 0.0254;
    }
    if (out->layout >= WIC_INDEX1 && out->layout <= WIC_INDEX8)
        png_colors(&reader, out);
    if (png_get_iCCP(reader.png, reader.info, &name, &compression, &profile, &profile_size))
        out->profile_size = profile_size;
    png_close(&reader);
    return STATUS_SUCCESS;
}

static NTSTATUS png_profile_of(const struct wic_host_profile *out, const void *data)
{
    struct png_reader reader;
    png_bytep profile;
    png_charp name;
    png_uint_32 size;
    int compression;
    volatile NTSTATUS status = STATUS_NOT_FOUND;

    if (!png_open(&reader, data, out->size) || setjmp(png_jmpbuf(reader.png))) {
        png_close(&reader);
        return STATUS_INVALID_IMAGE_FORMAT;
    }
    png_read_info(reader.png, reader.info);
    if (png_get_iCCP(reader.png, reader.info, &name, &compression, &profile, &size))
        status = size <= out->capacity ? guest_copy((void *)out->profile, profile, size)
                                       : STATUS_BUFFER_TOO_SMALL;
    png_close(&reader);
    return status;
}

static NTSTATUS png_decode(const struct wic_host_decode *in, const void *data)
{
    struct png_reader reader;
    uint8_t *volatile pixels = NULL;
    png_bytep *volatile rows = NULL;
    volatile NTSTATUS status = STATUS_SUCCESS;

    if (!png_open(&reader, data, in->size) || setjmp(png_jmpbuf(reader.png))) {
        free(pixels);
        free(rows);
        png_close(&reader);
        return STATUS_INVALID_IMAGE_FORMAT;
    }
    png_read_info(reader.png, reader.info);
    uint32_t width = png_get_image_width(reader.png, reader.info);
    uint32_t height = png_get_image_height(reader.png, reader.info);
    uint64_t bytes = row_bytes(width, png_layout(&reader));
    png_set_interlace_handling(reader.png);
    png_read_update_info(reader.png, reader.info);
    if (bytes > in->stride || (uint64_t)in->stride * height > in->capacity ||
        png_get_rowbytes(reader.png, reader.info) != bytes) {
        png_close(&reader);
        return STATUS_BUFFER_TOO_SMALL;
    }
    pixels = bytes * height <= PIXELS_MAX ? malloc(bytes * height) : NULL;
    rows = malloc(height * sizeof *rows);
    if (!pixels || !rows)
        status = STATUS_NO_MEMORY;
    for (uint32_t y = 0; !status && y < height; y++)
        rows[y] = pixels + y * bytes;
    if (!status)
        png_read_image(reader.png, rows);
    for (uint32_t y = 0; !status && y < height; y++)
        status = guest_copy((void *)(in->pixels + (uint64_t)y * in->stride), rows[y], bytes);
    free(pixels);
    free(rows);
    png_close(&reader);
    return status;
}

struct output {
    uint8_t *bytes;
    size_t size, capacity;
};

static void png_put(png_structp png, png_bytep from, size_t size)
{
    struct output *output = png_get_io_ptr(png);
    if (output->size + size > output->capacity) {
        size_t capacity = (output->size + size) * 2 + 4096;
        uint8_t *larger = realloc(output->bytes, capacity);
        if (!larger)
            png_error(png, "no memory");
        output->bytes = larger;
        output->capacity = capacity;
    }
    memcpy(output->bytes + output->size, from, size);
    output->size += size;
}

static void png_flush_nothing(png_structp png)
{
    (void)png;
}

static void png_set_header(png_structp png, png_infop info, const struct wic_host_encode *in)
{
    static const struct {
        uint8_t depth, type;
    } kinds[] = {{1, PNG_COLOR_TYPE_GRAY},      {2, PNG_COLOR_TYPE_GRAY},      {4, PNG_COLOR_TYPE_GRAY},
                 {8, PNG_COLOR_TYPE_GRAY},      {16, PNG_COLOR_TYPE_GRAY},     {1, PNG_COLOR_TYPE_PALETTE},
                 {2, PNG_COLOR_TYPE_PALETTE},   {4, PNG_COLOR_TYPE_PALETTE},   {8, PNG_COLOR_TYPE_PALETTE},
                 {8, PNG_COLOR_TYPE_RGB},       {8, PNG_COLOR_TYPE_RGB_ALPHA}, {16, PNG_COLOR_TYPE_RGB},
                 {16, PNG_COLOR_TYPE_RGB_ALPHA}};
    int type = kinds[in->layout].type;

    png_set_IHDR(png, info, in->width, in->height, kinds[in->layout].depth, type,
                 in->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    if (in->filter)
        png_set_filter(png, PNG_FILTER_TYPE_BASE, (int)in->filter);
    if (type == PNG_COLOR_TYPE_PALETTE) {
        png_color colors[256];
        png_byte alpha[256];
        uint32_t limit = 1u << kinds[in->layout].depth, count = in->color_count, last = 0;
        if (count > limit)
            count = limit;
        for (uint32_t i = 0; i < count; i++) {
            colors[i] = (png_color){(png_byte)(in->colors[i] >> 16), (png_byte)(in->colors[i] >> 8),
                                    (png_byte)in->colors[i]};
            alpha[i] = (png_byte)(in->colors[i] >> 24);
            if (alpha[i] != 255)
                last = i + 1;
        }
        png_set_PLTE(png, info, colors, (int)count);
        if (last)
            png_set_tRNS(png, info, alpha, (int)last, NULL);
    }
    if (in->dpi_x > 0 && in->dpi_y > 0)
        png_set_pHYs(png, info, (png_uint_32)(in->dpi_x / 0.0254 + 0.5),
                     (png_uint_32)(in->dpi_y / 0.0254 + 0.5), PNG_RESOLUTION_METER);
    png_write_info(png, info);
    if (in->layout == WIC_BGR24 || in->layout == WIC_BGRA32)
        png_set_bgr(png);
    if (kinds[in->layout].depth == 16)
        png_set_swap(png);
}

static NTSTATUS png_encode(const struct wic_host_encode *in, uint8_t *pixels, struct output *output)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, png_complain, png_ignore);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    png_bytep *volatile rows = malloc((in->height + 1) * sizeof *rows);

    if (!info || !rows || setjmp(png_jmpbuf(png))) {
        free(rows);
        png_destroy_write_struct(&png, &info);
        return STATUS_INVALID_PARAMETER;
    }
    for (uint32_t y = 0; y < in->height; y++)
        rows[y] = pixels + (uint64_t)y * in->stride;
    png_set_write_fn(png, output, png_put, png_flush_nothing);
    png_set_header(png, info, in);
    png_write_image(png, rows);
    png_write_end(png, NULL);
    free(rows);
    png_destroy_write_struct(&png, &info);
    return STATUS_SUCCESS;
}

/* ------------------------------------------------------------------ JPEG */

struct jpeg_failure {
    struct jpeg_error_mgr manager; /* first */
    jmp_buf jump;
};

static void jpeg_complain(j_common_ptr common)
{
    longjmp(((struct jpeg_failure *)common->err)->jump, 1);
}

static void jpeg_ignore(j_common_ptr common)
{
    (void)common;
}

static void jpeg_ignore_level(j_common_ptr common, int level)
{
    (void)common, (void)level;
}

static struct jpeg_error_mgr *jpeg_errors(struct jpeg_failure *failure)
{
    jpeg_std_error(&failure->manager);
    failure->manager.error_exit = jpeg_complain;
    failure->manager.output_message = jpeg_ignore;
    failure->manager.emit_message = jpeg_ignore_level;
    return &failure->manager;
}

/* Reads the header and chooses the output; the layout. */
static uint32_t jpeg_begin(struct jpeg_decompress_struct *jpeg, const void *data, size_t size)
{
    jpeg_create_decompress(jpeg);
    jpeg_save_markers(jpeg, JPEG_APP0 + 2, 0xffff); /* colour profiles */
    jpeg_mem_src(jpeg, data, size);
    jpeg_read_header(jpeg, TRUE);
    if (jpeg->jpeg_color_space == JCS_GRAYSCALE) {
        jpeg->out_color_space = JCS_GRAYSCALE;
        return WIC_GRAY8;
    }
    if (jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK) {
        jpeg->out_color_space = JCS_CMYK;
        return WIC_CMYK32;
    }
    jpeg->out_color_space = JCS_EXT_BGR;
    return WIC_BGR24;
}

/* The ICC profile's pieces in their order; the size, and the bytes if `to` is given. */
static size_t jpeg_profile(const struct jpeg_decompress_struct *jpeg, uint8_t *to)
{
    size_t total = 0;
    for (unsigned piece = 1; piece < 256; piece++)
        for (jpeg_saved_marker_ptr marker = jpeg->marker_list; marker; marker = marker->next)
            if (marker->marker == JPEG_APP0 + 2 && marker->data_length > 14 &&
                memcmp(marker->data, "ICC_PROFILE", 12) == 0 && marker->data[12] == piece) {
                if (to)
                    memcpy(to + total, marker->data + 14, marker->data_length - 14);
                total += marker->data_length - 14;
            }
    return total;
}

static NTSTATUS jpeg_info_of(struct wic_host_info *out, const void *data)
{
    struct jpeg_decompress_struct jpeg;
    struct jpeg_failure failure;

    jpeg.err = jpeg_errors(&failure);
    if (setjmp(failure.jump)) {
        jpeg_destroy_decompress(&jpeg);
        return STATUS_INVALID_IMAGE_FORMAT;
    }
    out->layout = jpeg_begin(&jpeg, data, out->size);
    out->width = jpeg.image_width;
    out->height = jpeg.image_height;
    out->dpi_x = out->dpi_y = 96;
    if (jpeg.saw_JFIF_marker && jpeg.density_unit) {
        double scale = jpeg.density_unit == 2 ? 2.54 : 1;
        if (jpeg.X_density && jpeg.Y_density) {
            out->dpi_x = jpeg.X_density * scale;
            out->dpi_y = jpeg.Y_density * scale;
        }
    }
    out->profile_size = (uint32_t)jpeg_profile(&jpeg, NULL);
    jpeg_destroy_decompress(&jpeg);
    return STATUS_SUCCESS;
}

static NTSTATUS jpeg_profile_of(const struct wic_host_profile *out, const void *data)
{
    struct jpeg_decompress_struct jpeg;
    struct jpeg_failure failure;
    volatile NTSTATUS status = STATUS_NOT_FOUND;

    jpeg.err = jpeg_errors(&failure);
    if (setjmp(failure.jump)) {
        jpeg_destroy_decompress(&jpeg);
        return STATUS_INVALID_IMAGE_FORMAT;
    }
    jpeg_begin(&jpeg, data, out->size);
    size_t size = jpeg_profile(&jpeg, NULL);
    if (size) {
        uint8_t *profile = malloc(size);
        status = !profile               ? STATUS_NO_MEMORY
                 : size > out->capacity ? STATUS_BUFFER_TOO_SMALL
                                        : STATUS_SUCCESS;
        if (!status) {
            jpeg_profile(&jpeg, profile);
            status = guest_copy((void *)out->profile, profile, size);
        }
        free(profile);
    }
    jpeg_destroy_decompress(&jpeg);
    return status;
}

static NTSTATUS jpeg_decode(const struct wic_host_decode *in, const void *data)
{
    struct jpeg_decompress_struct jpeg;
    struct jpeg_failure failure;
    uint8_t *volatile row = NULL;
    volatile NTSTATUS status = STATUS_SUCCESS;

    jpeg.err = jpeg_errors(&failure);
    if (setjmp(failure.jump)) {
        free(row);
        jpeg_destroy_decompress(&jpeg);
        return STATUS_INVALID_IMAGE_FORMAT;
    }
    uint32_t layout = jpeg_begin(&jpeg, data, in->size);
    uint64_t bytes = row_bytes(jpeg.image_width, layout);
    if (bytes > in->stride || (uint64_t)in->stride * jpeg.image_height > in->capacity) {
        jpeg_destroy_decompress(&jpeg);
        return STATUS_BUFFER_TOO_SMALL;
    }
    if (!(row = malloc(bytes)))
        status = STATUS_NO_MEMORY;
    if (!status)
        jpeg_start_decompress(&jpeg);
    while (!status && jpeg.output_scanline < jpeg.output_height) {
        uint32_t y = jpeg.output_scanline;
        JSAMPROW rows[1] = {row};
        jpeg_read_scanlines(&jpeg, rows, 1);
        if (layout == WIC_CMYK32 && jpeg.saw_Adobe_marker) /* Adobe's files count ink the other way */
            for (uint64_t i = 0; i < bytes; i++)
                row[i] = (uint8_t)~row[i];
        status = guest_copy((void *)(in->pixels + (uint64_t)y * in->stride), row, bytes);
    }
    free(row);
    jpeg_destroy_decompress(&jpeg);
    return status;
}

static NTSTATUS jpeg_encode(const struct wic_host_encode *in, uint8_t *pixels, struct output *output)
{
    struct jpeg_compress_struct jpeg;
    struct jpeg_failure failure;
    unsigned char *volatile bytes = NULL;
    unsigned long size = 0;

    if (in->layout != WIC_GRAY8 && in->layout != WIC_BGR24 && in->layout != WIC_CMYK32)
        return STATUS_INVALID_PARAMETER;
    jpeg.err = jpeg_errors(&failure);
    if (setjmp(failure.jump)) {
        jpeg_destroy_compress(&jpeg);
        free(bytes);
        return STATUS_INVALID_PARAMETER;
    }
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, (unsigned char **)&bytes, &size);
    jpeg.image_width = in->width;
    jpeg.image_height = in->height;
    jpeg.input_components = in->layout == WIC_GRAY8 ? 1 : in->layout == WIC_BGR24 ? 3 : 4;
    jpeg.in_color_space = in->layout == WIC_GRAY8   ? JCS_GRAYSCALE
                          : in->layout == WIC_BGR24 ? JCS_EXT_BGR
                                                    : JCS_CMYK;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, (int)in->quality, TRUE);
    if (in->layout == WIC_BGR24 && in->subsampling) {
        jpeg.comp_info[0].h_samp_factor = in->subsampling == 3 ? 1 : 2;
        jpeg.comp_info[0].v_samp_factor = in->subsampling == 1 ? 2 : 1;
    }
    if (in->dpi_x > 0 && in->dpi_y > 0) {
        jpeg.density_unit = 1;
        jpeg.X_density = (UINT16)(in->dpi_x + 0.5);
        jpeg.Y_density = (UINT16)(in->dpi_y + 0.5);
    }
    jpeg_start_compress(&jpeg, TRUE);
    while (jpeg.next_scanline < jpeg.image_height) {
        uint8_t *at = pixels + (uint64_t)jpeg.next_scanline * in->stride;
        if (in->layout == WIC_CMYK32) /* an Adobe marker goes with it */
            for (uint64_t i = 0; i < (uint64_t)in->width * 4; i++)
                at[i] = (uint8_t)~at[i];
        JSAMPROW rows[1] = {at};
        jpeg_write_scanlines(&jpeg, rows, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    *output = (struct output){bytes, size, size};
    return STATUS_SUCCESS;
}

/* ------------------------------------------------------------------ the functions */

static NTSTATUS info(void *arguments)
{
    struct wic_host_info *info = arguments;
    NTSTATUS status;
    void *data = copy_in(info->data, info->size, &status);

    if (!data)
        return status;
    info->color_count = info->profile_size = 0;
    status = info->codec == WIC_PNG ? png_info_of(info, data) : jpeg_info_of(info, data);
    free(data);
    return status;
}

static NTSTATUS decode(void *arguments)
{
    struct wic_host_decode *in = arguments;
    NTSTATUS status;
    void *data = copy_in(in->data, in->size, &status);

    if (!data)
        return status;
    status = in->codec == WIC_PNG ? png_decode(in, data) : jpeg_decode(in, data);
    free(data);
    return status;
}

static NTSTATUS profile(void *arguments)
{
    struct wic_host_profile *in = arguments;
    NTSTATUS status;
    void *data = copy_in(in->data, in->size, &status);

    if (!data)
        return status;
    status = in->codec == WIC_PNG ? png_profile_of(in, data) : jpeg_profile_of(in, data);
    free(data);
    return status;
}

static NTSTATUS encode(void *arguments)
{
    struct wic_host_encode *in = arguments;
    struct output output = {0};
    NTSTATUS status;

    if (!in->width || !in->height || in->layout > WIC_CMYK32 || in->color_count > 256 ||
        row_bytes(in->width, in->layout) > in->stride ||
        (uint64_t)in->stride * in->height > in->pixels_size ||
        (in->codec == WIC_PNG && in->layout == WIC_CMYK32))
        return STATUS_INVALID_PARAMETER;
    void *pixels = copy_in(in->pixels, in->pixels_size, &status);
    if (!pixels)
        return status;
    status = in->codec == WIC_PNG ? png_encode(in, pixels, &output) : jpeg_encode(in, pixels, &output);
    if (!status) {
        in->size = output.size;
        status = output.size > in->capacity ? STATUS_BUFFER_TOO_SMALL
                                            : guest_copy((void *)in->data, output.bytes, output.size);
    }
    free(output.bytes);
    free(pixels);
    return status;
}

static const struct host_function functions[WIC_HOST_COUNT] = {
    [WIC_HOST_INFO] = {info, sizeof(struct wic_host_info)},
    [WIC_HOST_DECODE] = {decode, sizeof(struct wic_host_decode)},
    [WIC_HOST_PROFILE] = {profile, sizeof(struct wic_host_profile)},
    [WIC_HOST_ENCODE] = {encode, sizeof(struct wic_host_encode)},
};

const struct host_module gastwirt_host_module = {WIC_HOST_VERSION, WIC_HOST_COUNT, functions};
