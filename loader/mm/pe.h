/*
 * Reading PE files: header checks, the list of pieces to map, relocation. Works on bytes only and
 * trusts none of them; depends on nothing but the header layouts.
 */
#ifndef MM_PE_H
#define MM_PE_H

#include <nt/image.h>

#define PE_MAX_SECTIONS 1024

struct pe_section {
    uint32_t rva, size;        /* in memory; multiples of 4096 unless the image is flat */
    uint32_t offset, raw_size; /* in the file; raw_size at most `size` and inside the file */
    uint32_t characteristics;  /* IMAGE_SCN_MEM_... */
};

struct pe {
    uint64_t image_base, stack_reserve, stack_commit;
    uint64_t file_size;   /* mm fills it in */
    uint32_t image_size;  /* multiple of 4096 */
    uint32_t header_size; /* bytes of the file that are mapped at RVA 0 */
    uint32_t entry;       /* RVA or 0 */
    uint32_t reloc_rva, reloc_size;
    uint32_t clr_rva, clr_size;
    uint32_t base_field; /* file offset (and RVA) of the header's ImageBase */
    uint32_t checksum, loader_flags;
    uint16_t machine, subsystem, characteristics, dll_characteristics;
    uint16_t subsystem_major, subsystem_minor, os_major, os_minor;
    uint16_t section_count;
    bool is_64bit;
    bool flat; /* alignment below a page: the file is the image */
    bool has_code;
    bool managed; /* .NET without native code; mm fills it in, it takes a look at the file */
    struct pe_section sections[PE_MAX_SECTIONS];
};

/* Checks the start of a file: `bytes` are its first `available` ones, `file_size` its length. Needs
 * at most PE_HEADER_WINDOW bytes. STATUS_SUCCESS, STATUS_INVALID_IMAGE_NOT_MZ, ..._FORMAT,
 * ..._PROTECT, ..._WIN_16, ..._LE_FORMAT, ... *ret_why is then a
 * static text that completes "FILE ...". ret->machine and ret->managed are valid as far as the file
 * was understood. i386 images are parsed like others. */
#define PE_HEADER_WINDOW 65536
NTSTATUS pe_parse(const uint8_t *bytes, size_t available, uint64_t file_size, struct pe *ret,
                  const char **ret_why);

/* The file offset of an RVA, or UINT64_MAX if the file does not hold that byte. */
uint64_t pe_file_offset(const struct pe *pe, uint32_t rva);

/* Whether a parsed image can run here: machine, subsystem. Same statuses. */
NTSTATUS pe_check_runnable(const struct pe *pe, const char **ret_why);

/* Adds delta to every relocated place of the mapped, writable image. False if the table is damaged
 * (places before that are done). */
bool pe_relocate(const struct pe *pe, uint8_t *image, int64_t delta);

#endif
