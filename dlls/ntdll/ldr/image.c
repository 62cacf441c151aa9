/*
 * RtlImage*: finding things in PE images, mapped as images or as plain files. These are given any
 * memory and must not trust it further than documented.
 */
#include "private.h"

NTSTATUS NTAPI RtlImageNtHeaderEx(ULONG flags, PVOID base, ULONGLONG size, IMAGE_NT_HEADERS **ret_headers)
{
    const IMAGE_DOS_HEADER *dos = base;
    BOOLEAN checked = !(flags & 1); /* RTL_IMAGE_NT_HEADER_EX_FLAG_NO_RANGE_CHECK */

    if (!ret_headers)
        return STATUS_INVALID_PARAMETER;
    *ret_headers = NULL;
    if (!base || base == (void *)(LONG_PTR)-1 || flags & ~1u)
        return STATUS_INVALID_PARAMETER;
    if (checked && size < sizeof *dos)
        return STATUS_INVALID_IMAGE_FORMAT;
    if (dos->e_magic != IMAGE_DOS_SIGNATURE)
        return STATUS_INVALID_IMAGE_FORMAT;
    if ((ULONG)dos->e_lfanew >= 0x10000000)
        return STATUS_INVALID_IMAGE_FORMAT;
    if (checked && (ULONGLONG)dos->e_lfanew + sizeof(IMAGE_NT_HEADERS32) > size)
        return STATUS_INVALID_IMAGE_FORMAT;
    IMAGE_NT_HEADERS *nt = (void *)((char *)base + dos->e_lfanew);
    if (nt->Signature != IMAGE_NT_SIGNATURE)
        return STATUS_INVALID_IMAGE_FORMAT;
    *ret_headers = nt;
    return STATUS_SUCCESS;
}

IMAGE_NT_HEADERS *NTAPI RtlImageNtHeader(PVOID base)
{
    IMAGE_NT_HEADERS *nt;
    return NT_SUCCESS(RtlImageNtHeaderEx(1, base, 0, &nt)) ? nt : NULL;
}

IMAGE_SECTION_HEADER *NTAPI RtlImageRvaToSection(const IMAGE_NT_HEADERS *nt, PVOID base, ULONG rva)
{
    IMAGE_SECTION_HEADER *section = (void *)((char *)&nt->OptionalHeader +
                                             nt->FileHeader.SizeOfOptionalHeader);
    (void)base;
    for (ULONG i = 0; i < nt->FileHeader.NumberOfSections; i++, section++)
        if (rva >= section->VirtualAddress && rva - section->VirtualAddress < section->SizeOfRawData)
            return section;
    return NULL;
}

PVOID NTAPI RtlImageRvaToVa(const IMAGE_NT_HEADERS *nt, PVOID base, ULONG rva, IMAGE_SECTION_HEADER **last)
{
    IMAGE_SECTION_HEADER *section = last ? *last : NULL;
    if (!section || rva < section->VirtualAddress ||
        rva - section->VirtualAddress >= section->SizeOfRawData) {
        section = RtlImageRvaToSection(nt, base, rva);
        if (!section)
            return NULL;
        if (last)
            *last = section;
    }
    return (char *)base + (rva - section->VirtualAddress) + section->PointerToRawData;
}

PVOID NTAPI RtlImageDirectoryEntryToData(PVOID base, BOOLEAN image, USHORT index, ULONG *size)
{
    const IMAGE_DATA_DIRECTORY *directories;
    ULONG count, headers;

    if (LDR_IS_RESOURCE(base)) {
        if (LDR_IS_DATAFILE(base))
            image = FALSE;
        base = (void *)((ULONG_PTR)base & ~(ULONG_PTR)3);
    }
    const IMAGE_NT_HEADERS *nt = RtlImageNtHeader(base);
    if (!nt)
        return NULL;
    if (nt->OptionalHeader.Magic == IMAGE_NT_OPTIONAL_HDR64_MAGIC) {
        const IMAGE_OPTIONAL_HEADER64 *optional = (const void *)&nt->OptionalHeader;
        directories = optional->DataDirectory, count = optional->NumberOfRvaAndSizes;
        headers = optional->SizeOfHeaders;
    } else if (nt->OptionalHeader.Magic == IMAGE_NT_OPTIONAL_HDR32_MAGIC) {
        const IMAGE_OPTIONAL_HEADER32 *optional = (const void *)&nt->OptionalHeader;
        directories = optional->DataDirectory, count = optional->NumberOfRvaAndSizes;
        headers = optional->SizeOfHeaders;
    } else {
        return NULL;
    }
    if (index >= count || !directories[index].VirtualAddress)
        return NULL;
    *size = directories[index].Size;
    ULONG rva = directories[index].VirtualAddress;
    if (image || rva < headers)
        return (char *)base + rva;
    return RtlImageRvaToVa(nt, base, rva, NULL);
}
