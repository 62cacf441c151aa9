/*
 * Header checks of PE files. What Windows rejects is rejected; each rejection has a text.
 */
#include "mm/pe.h"

#include <string.h>

#define PAGE_SIZE 4096u

static uint64_t round_up(uint64_t n, uint64_t alignment)
{
    return (n + alignment - 1) & ~(alignment - 1);
}

static bool is_power_of_two(uint32_t n)
{
    return n && !(n & (n - 1));
}

static NTSTATUS reject(const char **ret_why, NTSTATUS status, const char *why)
{
    *ret_why = why;
    return status;
}

#define BAD(why) reject(ret_why, STATUS_INVALID_IMAGE_FORMAT, why)

/* What lies behind an MZ header that is not a PE header. */
static NTSTATUS check_old_formats(const uint8_t *bytes, size_t available, uint32_t offset,
                                  const char **ret_why)
{
    uint16_t magic = 0;

    if (offset >= 4 && offset <= available - 2)
        memcpy(&magic, bytes + offset, 2);
    switch (magic) {
    case IMAGE_OS2_SIGNATURE:
        return reject(ret_why, STATUS_INVALID_IMAGE_WIN_16, "is a 16-bit Windows or OS/2 program (NE)");
    case IMAGE_OS2_SIGNATURE_LE:
        return reject(ret_why, STATUS_INVALID_IMAGE_LE_FORMAT,
                      "is a Windows 3.x driver or DOS extender program (LE)");
    case IMAGE_LX_SIGNATURE:
        return reject(ret_why, STATUS_INVALID_IMAGE_LE_FORMAT, "is an OS/2 program (LX)");
    }
    return reject(ret_why, STATUS_INVALID_IMAGE_PROTECT, "is a DOS program (MZ without a PE header)");
}

struct section_table {
    const uint8_t *bytes;
    uint32_t section_alignment;
    uint64_t file_size;
};

static NTSTATUS parse_sections(const struct section_table *table, struct pe *pe, const char **ret_why)
{
    uint64_t next = round_up(pe->header_size, PAGE_SIZE);
    unsigned kept = 0;

    for (unsigned i = 0; i < pe->section_count; i++) {
        IMAGE_SECTION_HEADER header;
        memcpy(&header, table->bytes + i * sizeof header, sizeof header);

        uint64_t virtual_size = header.VirtualSize ? header.VirtualSize : header.SizeOfRawData;
        uint64_t size = round_up(virtual_size, PAGE_SIZE);
        uint64_t offset = header.PointerToRawData & ~0x1ffull; /* the file is read by sectors */
        uint64_t raw = header.PointerToRawData ? header.SizeOfRawData : 0;
        if (header.Characteristics & IMAGE_SCN_CNT_CODE || header.Characteristics & IMAGE_SCN_MEM_EXECUTE)
            pe->has_code = true;
        if (!size)
            continue;
        if (header.VirtualAddress % table->section_alignment)
            return BAD("has a section at an unaligned address");
        if (header.VirtualAddress < next)
            return BAD("has sections that overlap or are out of order");
        if (header.VirtualAddress + size > pe->image_size)
            return BAD("has a section beyond the end of its image");
        next = header.VirtualAddress + size;
        if (raw)
            raw += header.PointerToRawData - offset;
        if (raw > size)
            raw = size;
        if (raw && offset + raw > table->file_size) {
            /* the last section may lack its padding, not its contents */
            uint64_t needed = virtual_size < raw ? virtual_size : raw;
            if (offset + needed > table->file_size && (offset >= table->file_size || header.VirtualSize > 0 ||
                                                       offset + raw - table->file_size >= 0x200))
                return BAD("is truncated");
            raw = table->file_size - offset;
        }
        struct pe_section *section = &pe->sections[kept++];
        section->rva = header.VirtualAddress;
        section->size = (uint32_t)size;
        section->offset = (uint32_t)offset;
        section->raw_size = (uint32_t)raw;
        section->characteristics = header.Characteristics;
    }
    pe->section_count = (uint16_t)kept;
    return STATUS_SUCCESS;
}

/* Copies the fields that 32 and 64-bit optional headers share in place or in name. */
#define TAKE_OPTIONAL(pe, optional)                                                                          \
    do {                                                                                                     \
        (pe)->image_base = (optional).ImageBase;                                                             \
        (pe)->image_size = (optional).SizeOfImage;                                                           \
        (pe)->header_size = (optional).SizeOfHeaders;                                                        \
        (pe)->entry = (optional).AddressOfEntryPoint;                                                        \
        (pe)->stack_reserve = (optional).SizeOfStackReserve;                                                 \
        (pe)->stack_commit = (optional).SizeOfStackCommit;                                                   \
        (pe)->subsystem = (optional).Subsystem;                                                              \
        (pe)->dll_characteristics = (optional).DllCharacteristics;                                           \
        (pe)->subsystem_major = (optional).MajorSubsystemVersion;                                            \
        (pe)->subsystem_minor = (optional).MinorSubsystemVersion;                                            \
        (pe)->os_major = (optional).MajorOperatingSystemVersion;                                             \
        (pe)->os_minor = (optional).MinorOperatingSystemVersion;                                             \
        (pe)->checksum = (optional).CheckSum;                                                                \
        (pe)->loader_flags = (optional).LoaderFlags;                                                         \
        section_alignment = (optional).SectionAlignment;                                                     \
        file_alignment = (optional).FileAlignment;                                                           \
        directory_count = (optional).NumberOfRvaAndSizes;                                                    \
        directories = (optional).DataDirectory;                                                              \
    } while (0)

NTSTATUS pe_parse(const uint8_t *bytes, size_t available, uint64_t file_size, struct pe *pe,
                  const char **ret_why)
{
    uint32_t offset, signature, section_alignment, file_alignment, directory_count;
    IMAGE_FILE_HEADER file;
    IMAGE_OPTIONAL_HEADER32 optional32;
    IMAGE_OPTIONAL_HEADER64 optional64;
    const IMAGE_DATA_DIRECTORY *directories;

    memset(pe, 0, offsetof(struct pe, sections));
    if (!file_size)
        return reject(ret_why, STATUS_INVALID_IMAGE_NOT_MZ, "is empty");
    if (available < 2 || bytes[0] != 'M' || bytes[1] != 'Z')
        return reject(ret_why, STATUS_INVALID_IMAGE_NOT_MZ, "is not a Windows program");
    if (available < 64)
        return BAD("is truncated");
    memcpy(&offset, bytes + 0x3c, 4);
    if (offset > file_size || file_size - offset < 4)
        return reject(ret_why, STATUS_INVALID_IMAGE_PROTECT, "is a DOS program, or truncated");
    if (offset > available - 4)
        return BAD("has its PE header too far from its beginning");
    memcpy(&signature, bytes + offset, 4);
    if (signature != IMAGE_NT_SIGNATURE)
        return check_old_formats(bytes, available, offset, ret_why);
    if (offset & 3)
        return BAD("has a misaligned PE header");
    size_t place = offset + 4;
    if (available - place < sizeof file)
        return BAD("is truncated");
    memcpy(&file, bytes + place, sizeof file);
    place += sizeof file;
    pe->machine = file.Machine;
    pe->characteristics = file.Characteristics;
    pe->section_count = file.NumberOfSections;
    if (available - place < file.SizeOfOptionalHeader)
        return BAD("is truncated");

    uint16_t magic = 0;
    if (file.SizeOfOptionalHeader >= 2)
        memcpy(&magic, bytes + place, 2);
    if (magic == IMAGE_NT_OPTIONAL_HDR64_MAGIC) {
        if (file.SizeOfOptionalHeader < offsetof(IMAGE_OPTIONAL_HEADER64, DataDirectory))
            return BAD("has a PE header that is too small");
        memset(&optional64, 0, sizeof optional64);
        memcpy(&optional64, bytes + place,
               file.SizeOfOptionalHeader < sizeof optional64 ? file.SizeOfOptionalHeader : sizeof optional64);
        TAKE_OPTIONAL(pe, optional64);
        pe->is_64bit = true;
        pe->base_field = (uint32_t)(place + offsetof(IMAGE_OPTIONAL_HEADER64, ImageBase));
    } else if (magic == IMAGE_NT_OPTIONAL_HDR32_MAGIC) {
        if (file.SizeOfOptionalHeader < offsetof(IMAGE_OPTIONAL_HEADER32, DataDirectory))
            return BAD("has a PE header that is too small");
        memset(&optional32, 0, sizeof optional32);
        memcpy(&optional32, bytes + place,
               file.SizeOfOptionalHeader < sizeof optional32 ? file.SizeOfOptionalHeader : sizeof optional32);
        TAKE_OPTIONAL(pe, optional32);
        pe->base_field = (uint32_t)(place + offsetof(IMAGE_OPTIONAL_HEADER32, ImageBase));
    } else if (magic == IMAGE_ROM_OPTIONAL_HDR_MAGIC) {
        return BAD("is a ROM image");
    } else {
        return BAD("is an object file or has a damaged PE header");
    }
    place += file.SizeOfOptionalHeader;

    if (directory_count > IMAGE_DIRECTORY_ENTRY_BASERELOC) {
        pe->reloc_rva = directories[IMAGE_DIRECTORY_ENTRY_BASERELOC].VirtualAddress;
        pe->reloc_size = directories[IMAGE_DIRECTORY_ENTRY_BASERELOC].Size;
    }
    if (directory_count > IMAGE_DIRECTORY_ENTRY_COM_DESCRIPTOR) {
        pe->clr_rva = directories[IMAGE_DIRECTORY_ENTRY_COM_DESCRIPTOR].VirtualAddress;
        pe->clr_size = directories[IMAGE_DIRECTORY_ENTRY_COM_DESCRIPTOR].Size;
    }
    if (!(file.Characteristics & IMAGE_FILE_EXECUTABLE_IMAGE))
        return BAD("is not marked as executable (unlinked or damaged)");
    if (!is_power_of_two(section_alignment) || !is_power_of_two(file_alignment) ||
        section_alignment < file_alignment)
        return BAD("has an impossible alignment in its PE header");
    if (section_alignment < PAGE_SIZE && section_alignment != file_alignment)
        return BAD("has an impossible alignment in its PE header");
    if (pe->image_base & 0xffff)
        return BAD("has an unaligned image base");
    if (!pe->image_size || pe->image_size > 0x7fff0000)
        return BAD("has an impossible image size");
    if (pe->header_size > pe->image_size || !pe->header_size)
        return BAD("has headers larger than its image");
    if (pe->is_64bit && pe->image_base > 0x7fffffff0000ull - pe->image_size)
        return BAD("has an impossible image base");
    pe->image_size = (uint32_t)round_up(pe->image_size, PAGE_SIZE);

    if (section_alignment < PAGE_SIZE) {
        pe->flat = true;
        pe->has_code = true;
        pe->section_count = 0;
        pe->header_size = pe->image_size;
        if (pe->header_size > file_size)
            pe->header_size = (uint32_t)file_size;
        return STATUS_SUCCESS;
    }
    if (pe->section_count > PE_MAX_SECTIONS)
        return BAD("has too many sections");
    if (available - place < pe->section_count * sizeof(IMAGE_SECTION_HEADER))
        return BAD("is truncated");
    if (pe->header_size > file_size) /* packers say a whole page; what the file lacks is zero */
        pe->header_size = (uint32_t)file_size;
    const struct section_table table = {bytes + place, section_alignment, file_size};
    return parse_sections(&table, pe, ret_why);
}

uint64_t pe_file_offset(const struct pe *pe, uint32_t rva)
{
    if (rva < pe->header_size)
        return rva;
    for (unsigned i = 0; i < pe->section_count; i++) {
        const struct pe_section *section = &pe->sections[i];
        if (rva >= section->rva && rva - section->rva < section->raw_size)
            return (uint64_t)section->offset + (rva - section->rva);
    }
    return UINT64_MAX;
}

NTSTATUS pe_check_runnable(const struct pe *pe, const char **ret_why)
{
    const char *why;

    if (pe->managed)
        return reject(ret_why, STATUS_INVALID_IMAGE_FORMAT, "is a .NET program");
    switch (pe->machine) {
    case IMAGE_FILE_MACHINE_AMD64:
    case IMAGE_FILE_MACHINE_I386:
        if (pe->is_64bit != (pe->machine == IMAGE_FILE_MACHINE_AMD64))
            return BAD(pe->is_64bit ? "has a 64-bit PE header for a 32-bit machine"
                                    : "has a 32-bit PE header for a 64-bit machine");
        if (pe->subsystem == IMAGE_SUBSYSTEM_NATIVE)
            return BAD("is a driver or native system program");
        if (pe->subsystem >= IMAGE_SUBSYSTEM_EFI_APPLICATION && pe->subsystem <= IMAGE_SUBSYSTEM_EFI_ROM)
            return BAD("is an EFI program");
        return STATUS_SUCCESS;
    case IMAGE_FILE_MACHINE_ARM64:
    case IMAGE_FILE_MACHINE_ARM64EC: why = "is a program for ARM64 processors"; break;
    case IMAGE_FILE_MACHINE_ARM:
    case IMAGE_FILE_MACHINE_THUMB:
    case IMAGE_FILE_MACHINE_ARMNT: why = "is a program for ARM processors"; break;
    case IMAGE_FILE_MACHINE_IA64: why = "is a program for Itanium processors"; break;
    case IMAGE_FILE_MACHINE_R4000: why = "is a program for MIPS processors"; break;
    case IMAGE_FILE_MACHINE_ALPHA: why = "is a program for Alpha processors"; break;
    case IMAGE_FILE_MACHINE_POWERPC: why = "is a program for PowerPC processors"; break;
    case IMAGE_FILE_MACHINE_EBC: why = "is an EFI byte code program"; break;
    case IMAGE_FILE_MACHINE_RISCV64: why = "is a program for RISC-V processors"; break;
    default: why = "is a program for an unknown processor";
    }
    return BAD(why); /* not STATUS_IMAGE_MACHINE_TYPE_MISMATCH: that is no error by its severity */
}
