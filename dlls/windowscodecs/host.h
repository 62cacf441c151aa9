/*
 * What windowscodecs.dll and its host module agree on: PNG by libpng, JPEG by libjpeg. Every call brings
 * all of the file's bytes and keeps nothing.
 */
#ifndef WINDOWSCODECS_HOST_H
#define WINDOWSCODECS_HOST_H

#include <stdint.h>

enum { WIC_HOST_VERSION = 1 };
enum { WIC_HOST_INFO, WIC_HOST_DECODE, WIC_HOST_PROFILE, WIC_HOST_ENCODE, WIC_HOST_COUNT };
enum wic_codec { WIC_PNG, WIC_JPEG };

enum wic_layout { /* of the pixels that cross */
                  WIC_GRAY1,
                  WIC_GRAY2,
                  WIC_GRAY4,
                  WIC_GRAY8,
                  WIC_GRAY16,
                  WIC_INDEX1,
                  WIC_INDEX2,
                  WIC_INDEX4,
                  WIC_INDEX8,
                  WIC_BGR24,
                  WIC_BGRA32,
                  WIC_RGB48,
                  WIC_RGBA64,
                  WIC_CMYK32,
};

struct wic_host_info {
    uint64_t data, size;
    uint32_t codec;
    uint32_t width, height, layout; /* from here on: out */
    uint32_t colors[256];           /* ARGB */
    uint32_t color_count, profile_size;
    double dpi_x, dpi_y;
};

struct wic_host_decode {
    uint64_t data, size;
    uint64_t pixels, capacity; /* rows from the top */
    uint32_t codec, stride;
};

struct wic_host_profile {
    uint64_t data, size;
    uint64_t profile, capacity;
    uint32_t codec;
};

struct wic_host_encode {
    uint64_t pixels, pixels_size;
    uint64_t data, capacity, size; /* size: out */
    uint32_t codec, stride, width, height, layout;
    uint32_t colors[256], color_count;
    uint32_t interlaced, filter;   /* PNG: libpng's filter mask, 0: its choice */
    uint32_t quality, subsampling; /* JPEG: 0 to 100; 0 default, 1: 4:2:0, 2: 4:2:2, 3: 4:4:4 */
    double dpi_x, dpi_y;
};

#endif
