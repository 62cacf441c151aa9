/*
 * Check sums of images: 16-bit words added with their carries, without the field itself, and the file's
 * length.
 */
#include <windows.h>

#include <imagehlp.h>
#include <stddef.h>
#include <string.h>

static WORD add_words(const BYTE *bytes, DWORD length)
{
    DWORD sum = 0;

    for (DWORD i = 0; i < length; i += 2) {
        sum += bytes[i] | (i + 1 < length ? (DWORD)bytes[i + 1] << 8 : 0);
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (WORD)((sum & 0xffff) + (sum >> 16));
}

/* One's complement subtraction: the borrow comes back at the other end. */
static WORD subtract(WORD from, WORD value)
{
    return (WORD)(from - value - (from < value));
}

/* The headers inside the file, or NULL if it is no image. The field's place is the same for 32 and 64 bits.
 */
PIMAGE_NT_HEADERS WINAPI CheckSumMappedFile(PVOID base, DWORD length, PDWORD header_sum, PDWORD check_sum)
{
    const IMAGE_DOS_HEADER *dos = base;
    const WORD sum = add_words(base, length);
    DWORD own;

    *header_sum = 0;
    *check_sum = sum + length;
    if (length < sizeof *dos || dos->e_magic != IMAGE_DOS_SIGNATURE || dos->e_lfanew < 0 ||
        (ULONGLONG)(DWORD)dos->e_lfanew + offsetof(IMAGE_NT_HEADERS, OptionalHeader.CheckSum) + sizeof own >
            length)
        return NULL;
    IMAGE_NT_HEADERS *nt = (IMAGE_NT_HEADERS *)((BYTE *)base + dos->e_lfanew);
    if (nt->Signature != IMAGE_NT_SIGNATURE)
        return NULL;
    memcpy(&own, &nt->OptionalHeader.CheckSum, sizeof own);
    *header_sum = own;
    *check_sum = subtract(subtract(sum, LOWORD(own)), HIWORD(own)) + length;
    return nt;
}

DWORD WINAPI MapFileAndCheckSumW(PCWSTR name, PDWORD header_sum, PDWORD check_sum)
{
    DWORD result = CHECKSUM_MAP_FAILURE;
    const HANDLE file = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                                    OPEN_EXISTING, 0, NULL);

    if (file == INVALID_HANDLE_VALUE)
        return CHECKSUM_OPEN_FAILURE;
    const HANDLE mapping = CreateFileMappingW(file, NULL, PAGE_READONLY, 0, 0, NULL);
    if (mapping) {
        void *view = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
        result = view ? CHECKSUM_SUCCESS : CHECKSUM_MAPVIEW_FAILURE;
        if (view) {
            CheckSumMappedFile(view, GetFileSize(file, NULL), header_sum, check_sum);
            UnmapViewOfFile(view);
        }
        CloseHandle(mapping);
    }
    CloseHandle(file);
    return result;
}

DWORD WINAPI MapFileAndCheckSumA(PCSTR name, PDWORD header_sum, PDWORD check_sum)
{
    WCHAR wide[MAX_PATH];

    if (!MultiByteToWideChar(CP_ACP, 0, name, -1, wide, MAX_PATH))
        return CHECKSUM_UNICODE_FAILURE;
    return MapFileAndCheckSumW(wide, header_sum, check_sum);
}

/* Sets the time of the last change: to the given time, or now. */
BOOL WINAPI TouchFileTimes(HANDLE file, PSYSTEMTIME time)
{
    FILETIME stamp;

    if (time) {
        if (!SystemTimeToFileTime(time, &stamp))
            return FALSE;
    } else {
        GetSystemTimeAsFileTime(&stamp);
    }
    return SetFileTime(file, NULL, NULL, &stamp);
}
