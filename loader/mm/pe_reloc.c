/*
 * Base relocations: blocks of 16-bit entries, one block a page.
 */
#include "mm/pe.h"

#include <string.h>

struct block {
    uint32_t page, size;
};

/* Applies one entry; `left` are the bytes of the image from `place` on. */
static bool apply(uint8_t *place, size_t left, unsigned type, int64_t delta, uint16_t parameter)
{
    uint16_t half;
    uint32_t word;
    uint64_t quad;

    switch (type) {
    case IMAGE_REL_BASED_ABSOLUTE: return true;
    case IMAGE_REL_BASED_HIGH:
    case IMAGE_REL_BASED_LOW:
        if (left < sizeof half)
            return false;
        memcpy(&half, place, sizeof half);
        half += (uint16_t)(type == IMAGE_REL_BASED_HIGH ? delta >> 16 : delta);
        memcpy(place, &half, sizeof half);
        return true;
    case IMAGE_REL_BASED_HIGHADJ:
        if (left < sizeof half)
            return false;
        memcpy(&half, place, sizeof half);
        word = ((uint32_t)half << 16) + (uint32_t)(int16_t)parameter + (uint32_t)delta + 0x8000;
        half = (uint16_t)(word >> 16);
        memcpy(place, &half, sizeof half);
        return true;
    case IMAGE_REL_BASED_HIGHLOW:
        if (left < sizeof word)
            return false;
        memcpy(&word, place, sizeof word);
        word += (uint32_t)delta;
        memcpy(place, &word, sizeof word);
        return true;
    case IMAGE_REL_BASED_DIR64:
        if (left < sizeof quad)
            return false;
        memcpy(&quad, place, sizeof quad);
        quad += (uint64_t)delta;
        memcpy(place, &quad, sizeof quad);
        return true;
    }
    return false;
}

bool pe_relocate(const struct pe *pe, uint8_t *image, int64_t delta)
{
    uint32_t at = pe->reloc_rva, left = pe->reloc_size;

    if (at > pe->image_size || left > pe->image_size - at)
        return false;
    while (left >= sizeof(struct block)) {
        struct block block;
        memcpy(&block, image + at, sizeof block);
        if (!block.size)
            return true;
        if (block.size < sizeof block || block.size > left)
            return false;
        unsigned count = (block.size - sizeof block) / 2;
        for (unsigned i = 0; i < count; i++) {
            uint16_t entry, parameter = 0;
            memcpy(&entry, image + at + sizeof block + i * 2, 2);
            uint64_t rva = (uint64_t)block.page + (entry & 0xfff);
            if (entry >> 12 == IMAGE_REL_BASED_HIGHADJ) {
                if (++i >= count)
                    return false;
                memcpy(&parameter, image + at + sizeof block + i * 2, 2);
            }
            if (entry >> 12 == IMAGE_REL_BASED_ABSOLUTE)
                continue;
            if (rva >= pe->image_size ||
                !apply(image + rva, pe->image_size - rva, entry >> 12, delta, parameter))
                return false;
        }
        at += block.size;
        left -= block.size;
    }
    return true;
}
