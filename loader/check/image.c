/*
 * Import and export tables of PE files on disk, 32 and 64 bits, for run --check.
 */
#include "check/image.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIRECTORY_EXPORT = 0, DIRECTORY_IMPORT = 1, DIRECTORY_DELAY = 13, MAX_ENTRIES = 65536 };

bool check_image_open(const char *path, struct check_image *image, const char **ret_why)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    *ret_why = "cannot be opened";
    memset(image, 0, sizeof *image);
    if (fd < 0)
        return false;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || !status.st_size) {
        close(fd);
        *ret_why = "is not a Windows program";
        return false;
    }
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (bytes == MAP_FAILED)
        return false;
    image->bytes = bytes;
    image->size = (size_t)status.st_size;
    size_t window = image->size < PE_HEADER_WINDOW ? image->size : PE_HEADER_WINDOW;
    *ret_why = "is not a Windows program";
    if (!NT_SUCCESS(pe_parse(image->bytes, window, image->size, &image->pe, ret_why))) {
        check_image_close(image);
        return false;
    }
    /* pe_parse has checked the fixed part of the optional header; directories may be cut short. */
    uint32_t nt;
    memcpy(&nt, image->bytes + 0x3c, 4);
    size_t optional = (size_t)nt + 24, place = optional + (image->pe.is_64bit ? 108 : 92);
    uint32_t count = 0;
    if (place + 4 <= image->size)
        memcpy(&count, image->bytes + place, 4);
    for (uint32_t i = 0; i < count && i < IMAGE_NUMBEROF_DIRECTORY_ENTRIES; i++)
        if (place + 4 + 8 * (i + 1) <= image->size)
            memcpy(&image->directories[i], image->bytes + place + 4 + 8 * i, 8);
    return true;
}

void check_image_close(struct check_image *image)
{
    if (image->bytes)
        munmap((void *)image->bytes, image->size);
    image->bytes = NULL;
}

const void *check_image_at(const struct check_image *image, uint32_t rva, size_t size)
{
    uint64_t offset = rva ? pe_file_offset(&image->pe, rva) : UINT64_MAX;
    if (offset == UINT64_MAX || offset > image->size || size > image->size - offset)
        return NULL;
    return image->bytes + offset;
}

const char *check_image_string(const struct check_image *image, uint32_t rva)
{
    const char *text = check_image_at(image, rva, 1);
    if (!text || !memchr(text, 0, image->size - (size_t)((const uint8_t *)text - image->bytes)))
        return NULL;
    return text;
}

static uint32_t u32_at(const void *place, size_t offset)
{
    uint32_t value;
    memcpy(&value, (const char *)place + offset, 4);
    return value;
}

static void visit_table(const struct check_image *image, const char *dll, uint32_t table, bool delayed,
                        uint64_t subtract, check_import_visitor *visit, void *context)
{
    size_t width = image->pe.is_64bit ? 8 : 4;
    uint32_t i;
    for (i = 0; i < MAX_ENTRIES; i++) {
        uint64_t value = 0;
        const void *entry = check_image_at(image, table + (uint32_t)(i * width), width);
        if (!entry)
            break;
        memcpy(&value, entry, width);
        if (!value)
            break;
        if (value >> (8 * width - 1)) {
            visit(context, dll, NULL, (uint32_t)(value & 0xffff), delayed);
            continue;
        }
        const char *name = check_image_string(image, (uint32_t)(value - subtract) + 2);
        if (name)
            visit(context, dll, name, 0, delayed);
    }
    if (i == 0)
        visit(context, dll, NULL, 0, delayed);
}

void check_image_imports(const struct check_image *image, check_import_visitor *visit, void *context)
{
    uint32_t rva = image->directories[DIRECTORY_IMPORT].VirtualAddress;
    for (uint32_t i = 0; rva && i < MAX_ENTRIES; i++, rva += 20) {
        const void *descriptor = check_image_at(image, rva, 20);
        if (!descriptor || !u32_at(descriptor, 12) || !u32_at(descriptor, 16))
            break;
        const char *dll = check_image_string(image, u32_at(descriptor, 12));
        uint32_t names = u32_at(descriptor, 0);
        if (dll)
            visit_table(image, dll, names ? names : u32_at(descriptor, 16), false, 0, visit, context);
    }
    rva = image->directories[DIRECTORY_DELAY].VirtualAddress;
    for (uint32_t i = 0; rva && i < MAX_ENTRIES; i++, rva += 32) {
        const void *descriptor = check_image_at(image, rva, 32);
        if (!descriptor || !u32_at(descriptor, 4))
            break;
        /* Without attribute bit 0 the fields are addresses, not RVAs (old linkers). */
        uint64_t subtract = u32_at(descriptor, 0) & 1 ? 0 : image->pe.image_base;
        const char *dll = check_image_string(image, (uint32_t)(u32_at(descriptor, 4) - subtract));
        if (dll && u32_at(descriptor, 16))
            visit_table(image, dll, (uint32_t)(u32_at(descriptor, 16) - subtract), true, subtract, visit,
                        context);
    }
}

bool check_image_exports(const struct check_image *image, const char *function, uint32_t ordinal,
                         const char **ret_forwarder)
{
    IMAGE_DATA_DIRECTORY place = image->directories[DIRECTORY_EXPORT];
    const void *exports = check_image_at(image, place.VirtualAddress, 40);
    *ret_forwarder = NULL;
    if (!exports)
        return false;
    uint32_t base = u32_at(exports, 16), functions = u32_at(exports, 20), names = u32_at(exports, 24);
    uint32_t index = ordinal - base;
    if (function) {
        const void *ordinals;
        uint32_t low = 0, high = names > 0x100000 ? 0 : names;
        index = UINT32_MAX;
        while (low < high) {
            uint32_t middle = (low + high) / 2;
            const void *entry = check_image_at(image, u32_at(exports, 32) + 4 * middle, 4);
            const char *name = entry ? check_image_string(image, u32_at(entry, 0)) : NULL;
            if (!name)
                return false;
            int order = strcmp(name, function);
            if (order == 0) {
                ordinals = check_image_at(image, u32_at(exports, 36) + 2 * middle, 2);
                if (!ordinals)
                    return false;
                uint16_t value;
                memcpy(&value, ordinals, 2);
                index = value;
                break;
            }
            if (order < 0)
                low = middle + 1;
            else
                high = middle;
        }
    }
    if (index >= functions)
        return false;
    const void *entry = check_image_at(image, u32_at(exports, 28) + 4 * index, 4);
    if (!entry || !u32_at(entry, 0))
        return false;
    uint32_t rva = u32_at(entry, 0);
    if (rva >= place.VirtualAddress && rva - place.VirtualAddress < place.Size)
        *ret_forwarder = check_image_string(image, rva);
    return true;
}
