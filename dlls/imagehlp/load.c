/*
 * Images mapped as files: MapAndLoad and ImageLoad.
 */
#include <windows.h>

#include <imagehlp.h>
#include <string.h>

/* name, then name with .dll or .exe, in the folders of `path` or where programs are searched. */
static BOOL find_image(const char *name, const char *path, BOOL dll, char *found)
{
    return SearchPathA(path, name, dll ? ".dll" : ".exe", MAX_PATH, found, NULL) != 0;
}

/* Writing goes to the file. */
BOOL WINAPI MapAndLoad(PCSTR name, PCSTR path, PLOADED_IMAGE image, BOOL dll, BOOL read_only)
{
    char found[MAX_PATH];
    HANDLE mapping = NULL;
    DWORD size;

    memset(image, 0, sizeof *image);
    if (!find_image(name, path, dll, found)) {
        SetLastError(ERROR_FILE_NOT_FOUND);
        return FALSE;
    }
    image->hFile = CreateFileA(found, GENERIC_READ | (read_only ? 0 : GENERIC_WRITE), FILE_SHARE_READ, NULL,
                               OPEN_EXISTING, 0, NULL);
    if (image->hFile == INVALID_HANDLE_VALUE)
        return FALSE;
    size = GetFileSize(image->hFile, NULL);
    mapping = CreateFileMappingA(image->hFile, NULL, read_only ? PAGE_READONLY : PAGE_READWRITE, 0, 0, NULL);
    if (mapping) {
        image->MappedAddress = MapViewOfFile(mapping, read_only ? FILE_MAP_READ : FILE_MAP_WRITE, 0, 0, 0);
        CloseHandle(mapping);
    }
    const IMAGE_DOS_HEADER *dos = (const void *)image->MappedAddress;
    IMAGE_NT_HEADERS *nt = NULL;
    if (dos && size >= sizeof *dos && dos->e_magic == IMAGE_DOS_SIGNATURE && dos->e_lfanew > 0 &&
        (ULONGLONG)(DWORD)dos->e_lfanew + sizeof *nt <= size) {
        nt = (IMAGE_NT_HEADERS *)(image->MappedAddress + dos->e_lfanew);
        if (nt->Signature != IMAGE_NT_SIGNATURE)
            nt = NULL;
    }
    image->ModuleName = nt ? HeapAlloc(GetProcessHeap(), 0, strlen(found) + 1) : NULL;
    if (!image->ModuleName) {
        const DWORD error = nt ? ERROR_NOT_ENOUGH_MEMORY : dos ? ERROR_BAD_EXE_FORMAT : GetLastError();
        if (dos)
            UnmapViewOfFile(dos);
        CloseHandle(image->hFile);
        SetLastError(error);
        return FALSE;
    }
    strcpy(image->ModuleName, found);
    image->FileHeader = nt;
    image->NumberOfSections = nt->FileHeader.NumberOfSections;
    image->Sections = IMAGE_FIRST_SECTION(nt);
    image->LastRvaSection = image->Sections;
    image->Characteristics = nt->FileHeader.Characteristics;
    image->fDOSImage = FALSE;
    image->fReadOnly = (BOOLEAN)(read_only != 0);
    image->SizeOfImage = size;
    image->Links.Flink = image->Links.Blink = &image->Links;
    return TRUE;
}

/* A changed image gets its new check sum. */
BOOL WINAPI UnMapAndLoad(PLOADED_IMAGE image)
{
    DWORD header_sum, check_sum;

    if (!image->fReadOnly &&
        CheckSumMappedFile(image->MappedAddress, image->SizeOfImage, &header_sum, &check_sum))
        image->FileHeader->OptionalHeader.CheckSum = check_sum;
    UnmapViewOfFile(image->MappedAddress);
    CloseHandle(image->hFile);
    HeapFree(GetProcessHeap(), 0, image->ModuleName);
    image->MappedAddress = NULL;
    image->ModuleName = NULL;
    return TRUE;
}

/* ImageUnload gives the handle back. */
PLOADED_IMAGE WINAPI ImageLoad(PCSTR name, PCSTR path)
{
    LOADED_IMAGE *image = HeapAlloc(GetProcessHeap(), 0, sizeof *image);
    const size_t length = strlen(name);
    const BOOL dll = length > 4 && !lstrcmpiA(name + length - 4, ".dll");

    if (image && !MapAndLoad(name, path, image, dll, TRUE)) {
        HeapFree(GetProcessHeap(), 0, image);
        return NULL;
    }
    return image;
}

BOOL WINAPI ImageUnload(PLOADED_IMAGE image)
{
    if (!image) {
        SetLastError(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    UnMapAndLoad(image);
    return HeapFree(GetProcessHeap(), 0, image);
}

/* Bytes between the last section's header and what the headers end with. */
DWORD WINAPI GetImageUnusedHeaderBytes(PLOADED_IMAGE image, PDWORD ret_size)
{
    const DWORD used = (DWORD)((BYTE *)(image->Sections + image->NumberOfSections) - image->MappedAddress);
    const DWORD all = image->FileHeader->OptionalHeader.SizeOfHeaders;

    *ret_size = all > used ? all - used : 0;
    return *ret_size ? used : 0;
}
