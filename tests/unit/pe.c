/* unit: loader/mm/pe.c loader/mm/pe_reloc.c */
/*
 * The PE parser on hand-made images: what is accepted, what is declined and how, and a few hundred
 * thousand random mutations that must neither crash nor let a section out of its image.
 */
#include "mm/pe.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define FILE_SIZE 0x3000
#define HEADER    0x80

struct image {
    uint8_t bytes[FILE_SIZE];
    IMAGE_FILE_HEADER *file;
    IMAGE_OPTIONAL_HEADER64 *optional;
    IMAGE_SECTION_HEADER *sections;
};

static struct pe pe;

/* A sound image: .text and .data, each one page, file alignment 512. */
static void make(struct image *image)
{
    uint32_t offset = HEADER, signature = IMAGE_NT_SIGNATURE;

    memset(image, 0, sizeof *image);
    memcpy(image->bytes, "MZ", 2);
    memcpy(image->bytes + 0x3c, &offset, 4);
    memcpy(image->bytes + HEADER, &signature, 4);
    image->file = (void *)(image->bytes + HEADER + 4);
    image->optional = (void *)(image->file + 1);
    image->sections = (void *)(image->optional + 1);
    *image->file = (IMAGE_FILE_HEADER){.Machine = IMAGE_FILE_MACHINE_AMD64,
                                       .NumberOfSections = 2,
                                       .SizeOfOptionalHeader = sizeof *image->optional,
                                       .Characteristics = IMAGE_FILE_EXECUTABLE_IMAGE};
    image->optional->Magic = IMAGE_NT_OPTIONAL_HDR64_MAGIC;
    image->optional->ImageBase = 0x140000000;
    image->optional->AddressOfEntryPoint = 0x1000;
    image->optional->SectionAlignment = 0x1000;
    image->optional->FileAlignment = 0x200;
    image->optional->SizeOfImage = 0x3000;
    image->optional->SizeOfHeaders = 0x400;
    image->optional->Subsystem = IMAGE_SUBSYSTEM_WINDOWS_CUI;
    image->optional->NumberOfRvaAndSizes = IMAGE_NUMBEROF_DIRECTORY_ENTRIES;
    for (unsigned i = 0; i < 2; i++) {
        image->sections[i].VirtualSize = 0x800;
        image->sections[i].VirtualAddress = 0x1000 * (i + 1);
        image->sections[i].SizeOfRawData = 0x800;
        image->sections[i].PointerToRawData = 0x400 + 0x800 * i;
        image->sections[i].Characteristics = i ? IMAGE_SCN_MEM_READ | IMAGE_SCN_MEM_WRITE
                                               : IMAGE_SCN_MEM_READ | IMAGE_SCN_MEM_EXECUTE;
    }
}

static NTSTATUS parse_size(const struct image *image, size_t size, const char **ret_why)
{
    /* an exact copy, so that a sanitizer sees reads behind the end */
    uint8_t *copy = malloc(size ? size : 1);
    memcpy(copy, image->bytes, size);
    *ret_why = NULL;
    NTSTATUS status = pe_parse(copy, size, size, &pe, ret_why);
    if (!status)
        status = pe_check_runnable(&pe, ret_why);
    free(copy);
    ck_assert_int_eq(status != 0, *ret_why != NULL);
    return status;
}

static NTSTATUS parse(const struct image *image)
{
    const char *why;
    return parse_size(image, FILE_SIZE, &why);
}

START_TEST(sound)
{
    struct image image;
    make(&image);
    ck_assert_int_eq(parse(&image), STATUS_SUCCESS);
    ck_assert_uint_eq(pe.section_count, 2);
    ck_assert_uint_eq(pe.image_size, 0x3000);
    ck_assert_uint_eq(pe.sections[1].rva, 0x2000);
    ck_assert_uint_eq(pe.sections[1].size, 0x1000);
    ck_assert_uint_eq(pe.sections[1].offset, 0xc00);
    ck_assert_uint_eq(pe.sections[1].raw_size, 0x800);
    ck_assert_uint_eq(pe_file_offset(&pe, 0x1010), 0x410);
    ck_assert_uint_eq(pe_file_offset(&pe, 0x10), 0x10);
    ck_assert_uint_eq(pe_file_offset(&pe, 0x1900), UINT64_MAX);
}
END_TEST

START_TEST(odd_but_accepted)
{
    struct image image;

    make(&image); /* virtual size 0: the raw size counts */
    image.sections[1].VirtualSize = 0;
    ck_assert_int_eq(parse(&image), STATUS_SUCCESS);
    ck_assert_uint_eq(pe.sections[1].size, 0x1000);
    make(&image); /* an empty section */
    image.sections[1].VirtualSize = image.sections[1].SizeOfRawData = 0;
    ck_assert_int_eq(parse(&image), STATUS_SUCCESS);
    ck_assert_uint_eq(pe.section_count, 1);
    make(&image); /* both sections show the same part of the file */
    image.sections[1].PointerToRawData = image.sections[0].PointerToRawData;
    ck_assert_int_eq(parse(&image), STATUS_SUCCESS);
    make(&image); /* no raw data */
    image.sections[1].PointerToRawData = 0;
    ck_assert_int_eq(parse(&image), STATUS_SUCCESS);
    ck_assert_uint_eq(pe.sections[1].raw_size, 0);
    make(&image); /* raw data is read from the sector it begins in */
    image.sections[1].PointerToRawData = 0xc10;
    ck_assert_int_eq(parse(&image), STATUS_SUCCESS);
    ck_assert_uint_eq(pe.sections[1].offset, 0xc00);
    make(&image); /* more raw than virtual */
    image.sections[0].SizeOfRawData = 0x1800;
    ck_assert_int_eq(parse(&image), STATUS_SUCCESS);
    ck_assert_uint_eq(pe.sections[0].raw_size, 0x1000);
    make(&image); /* no sections */
    image.file->NumberOfSections = 0;
    ck_assert_int_eq(parse(&image), STATUS_SUCCESS);
    make(&image); /* low alignment: flat */
    image.optional->SectionAlignment = image.optional->FileAlignment = 0x20;
    ck_assert_int_eq(parse(&image), STATUS_SUCCESS);
    ck_assert(pe.flat);
    ck_assert_uint_eq(pe.header_size, 0x3000);
    make(&image); /* few data directories */
    image.optional->NumberOfRvaAndSizes = 2;
    image.optional->DataDirectory[IMAGE_DIRECTORY_ENTRY_COM_DESCRIPTOR].VirtualAddress = 0x1000;
    ck_assert_int_eq(parse(&image), STATUS_SUCCESS);
    ck_assert_uint_eq(pe.clr_rva, 0);
}
END_TEST

START_TEST(declined)
{
    struct image image;
    const char *why;

#define DECLINED(change, status)                                                                             \
    do {                                                                                                     \
        make(&image);                                                                                        \
        change;                                                                                              \
        ck_assert_int_eq(parse(&image), (NTSTATUS)(status));                                                 \
    } while (0)
    DECLINED(image.bytes[0] = 'X', STATUS_INVALID_IMAGE_NOT_MZ);
    DECLINED(memcpy(image.bytes + HEADER, "XX", 2), STATUS_INVALID_IMAGE_PROTECT);
    DECLINED(memcpy(image.bytes + HEADER, "NE", 2), STATUS_INVALID_IMAGE_WIN_16);
    DECLINED(memcpy(image.bytes + HEADER, "LE", 2), STATUS_INVALID_IMAGE_LE_FORMAT);
    DECLINED(memset(image.bytes + 0x3c, 0xff, 4), STATUS_INVALID_IMAGE_PROTECT);
    DECLINED(image.file->Machine = IMAGE_FILE_MACHINE_ARM64, STATUS_INVALID_IMAGE_FORMAT);
    DECLINED(image.file->Machine = IMAGE_FILE_MACHINE_ARMNT, STATUS_INVALID_IMAGE_FORMAT);
    DECLINED(image.file->Machine = 0x1234, STATUS_INVALID_IMAGE_FORMAT);
    DECLINED(image.file->Characteristics = 0, STATUS_INVALID_IMAGE_FORMAT);
    DECLINED(image.file->SizeOfOptionalHeader = 0, STATUS_INVALID_IMAGE_FORMAT);
    DECLINED(image.file->NumberOfSections = 0xffff, STATUS_INVALID_IMAGE_FORMAT);
    DECLINED(image.optional->Magic = 0, STATUS_INVALID_IMAGE_FORMAT);
    DECLINED(image.optional->Subsystem = IMAGE_SUBSYSTEM_NATIVE, STATUS_INVALID_IMAGE_FORMAT);
    DECLINED(image.optional->SectionAlignment = 0x1001, STATUS_INVALID_IMAGE_FORMAT);
    DECLINED(image.optional->FileAlignment = 0x2000, STATUS_INVALID_IMAGE_FORMAT);
    DECLINED(image.optional->FileAlignment = 0, STATUS_INVALID_IMAGE_FORMAT);
    DECLINED(image.optional->ImageBase = 0x140000001, STATUS_INVALID_IMAGE_FORMAT);
    DECLINED(image.optional->ImageBase = 0xffff800000000000, STATUS_INVALID_IMAGE_FORMAT);
    DECLINED(image.optional->SizeOfImage = 0, STATUS_INVALID_IMAGE_FORMAT);
    DECLINED(image.optional->SizeOfImage = 0x2000, STATUS_INVALID_IMAGE_FORMAT);
    DECLINED(image.optional->SizeOfHeaders = 0x10000, STATUS_INVALID_IMAGE_FORMAT);
    DECLINED(image.sections[1].VirtualAddress = 0x1000, STATUS_INVALID_IMAGE_FORMAT);
    DECLINED(image.sections[1].VirtualAddress = 0x1800, STATUS_INVALID_IMAGE_FORMAT);
    DECLINED(image.sections[1].VirtualSize = 0xfffff000, STATUS_INVALID_IMAGE_FORMAT);
    DECLINED(image.sections[1].PointerToRawData = 0x4000, STATUS_INVALID_IMAGE_FORMAT);
    make(&image);
    for (size_t size = 0; size < 0xc00; size++) /* cut anywhere before the last section's data */
        ck_assert_int_ne(parse_size(&image, size, &why), STATUS_SUCCESS);
}
END_TEST

START_TEST(relocations)
{
    static uint8_t memory[0x3000];
    struct block {
        uint32_t page, size;
        uint16_t entries[6];
    } block = {0x1000, sizeof block, {0xa008, 0x3010, 0x1014, 0x2016, 0x4018, 0x8001}};
    uint64_t quad = 0x140001000;
    uint32_t word = 0x40001000;
    uint16_t half;

    memset(&pe, 0, sizeof pe);
    pe.image_size = sizeof memory;
    pe.reloc_rva = 0x2000;
    pe.reloc_size = sizeof block;
    memcpy(memory + 0x1008, &quad, 8);
    memcpy(memory + 0x1010, &word, 4);
    memcpy(memory + 0x2000, &block, sizeof block);
    ck_assert(pe_relocate(&pe, memory, 0x12345000));
    memcpy(&quad, memory + 0x1008, 8);
    ck_assert_uint_eq(quad, 0x152346000);
    memcpy(&word, memory + 0x1010, 4);
    ck_assert_uint_eq(word, 0x52346000);
    memcpy(&half, memory + 0x1014, 2);
    ck_assert_uint_eq(half, 0x1234);
    memcpy(&half, memory + 0x1016, 2);
    ck_assert_uint_eq(half, 0x5000);
    memcpy(&half, memory + 0x1018, 2);
    ck_assert_uint_eq(half, 0x1234); /* (0x8001 + 0x12345000 + 0x8000) >> 16 */

    block.page = 0x3000; /* outside */
    memcpy(memory + 0x2000, &block, sizeof block);
    ck_assert(!pe_relocate(&pe, memory, 0x1000));
    block.page = 0x2ff8; /* the last bytes */
    memcpy(memory + 0x2000, &block, sizeof block);
    ck_assert(!pe_relocate(&pe, memory, 0x1000));
    block.page = 0x1000;
    block.size = 0x1000; /* longer than the table */
    memcpy(memory + 0x2000, &block, sizeof block);
    ck_assert(!pe_relocate(&pe, memory, 0x1000));
    pe.reloc_size = 0x2000;
    ck_assert(!pe_relocate(&pe, memory, 0x1000));
}
END_TEST

START_TEST(mutations)
{
    struct image image;
    const char *why;

    srand(1);
    for (unsigned round = 0; round < 50000; round++) {
        make(&image);
        image.optional->DataDirectory[IMAGE_DIRECTORY_ENTRY_BASERELOC].VirtualAddress = 0x2000;
        image.optional->DataDirectory[IMAGE_DIRECTORY_ENTRY_BASERELOC].Size = 0x100;
        for (int n = 1 + rand() % 4; n > 0; n--)
            image.bytes[HEADER + rand() % 0x160] = rand() % 3 ? (uint8_t)rand() : rand() % 2 ? 0 : 0xff;
        size_t size = rand() % 4 ? FILE_SIZE : (size_t)rand() % FILE_SIZE;
        if (parse_size(&image, size, &why))
            continue;
        uint64_t end = pe.header_size;
        ck_assert_uint_le(pe.header_size, size);
        ck_assert_uint_le(pe.header_size, pe.image_size);
        for (unsigned i = 0; i < pe.section_count; i++) {
            const struct pe_section *section = &pe.sections[i];
            ck_assert_uint_ge(section->rva, end);
            ck_assert_uint_le(section->raw_size, section->size);
            ck_assert(!section->raw_size || (uint64_t)section->offset + section->raw_size <= size);
            end = (uint64_t)section->rva + section->size;
            ck_assert_uint_le(end, pe.image_size);
        }
        if (pe.image_size <= 0x100000) {
            uint8_t *memory = calloc(1, pe.image_size);
            memcpy(memory, image.bytes, size < pe.image_size ? size : pe.image_size);
            pe_relocate(&pe, memory, 0x10000);
            free(memory);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pe");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, sound);
    tcase_add_test(tests, odd_but_accepted);
    tcase_add_test(tests, declined);
    tcase_add_test(tests, relocations);
    tcase_add_test(tests, mutations);
    tcase_set_timeout(tests, 120);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
