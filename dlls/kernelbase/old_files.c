/*
 * File functions from the time of 16 bits: _lopen and its kin, OpenFile; and what kind of program a file is.
 */
#include "kernelbase.h"
#include <string.h>

static DWORD access_of(UINT mode)
{
    switch (mode & 3) {
    case OF_WRITE: return GENERIC_WRITE;
    case OF_READWRITE: return GENERIC_READ | GENERIC_WRITE;
    default: return GENERIC_READ;
    }
}

static DWORD share_of(UINT mode)
{
    switch (mode & 0x70) {
    case OF_SHARE_EXCLUSIVE: return 0;
    case OF_SHARE_DENY_WRITE: return FILE_SHARE_READ;
    case OF_SHARE_DENY_READ: return FILE_SHARE_WRITE;
    default: return FILE_SHARE_READ | FILE_SHARE_WRITE;
    }
}

static HFILE number(HANDLE file)
{
    return (HFILE)(LONG_PTR)file;
}

static HANDLE handle(HFILE file)
{
    return (HANDLE)(LONG_PTR)file;
}

HFILE WINAPI _lopen(LPCSTR name, int mode)
{
    return number(
        CreateFileA(name, access_of((UINT)mode), share_of((UINT)mode), NULL, OPEN_EXISTING, 0, NULL));
}

/* 1: read-only, 2: hidden, 4: system */
HFILE WINAPI _lcreat(LPCSTR name, int attributes)
{
    return number(CreateFileA(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                              CREATE_ALWAYS, (DWORD)attributes & 7, NULL));
}

HFILE WINAPI _lclose(HFILE file)
{
    return CloseHandle(handle(file)) ? 0 : HFILE_ERROR;
}

LONG WINAPI _hread(HFILE file, LPVOID buffer, LONG size)
{
    DWORD read;

    return ReadFile(handle(file), buffer, (DWORD)size, &read, NULL) ? (LONG)read : -1;
}

UINT WINAPI _lread(HFILE file, LPVOID buffer, UINT size)
{
    return (UINT)_hread(file, buffer, (LONG)size);
}

/* Nothing to write cuts the file off here. */
LONG WINAPI _hwrite(HFILE file, LPCCH buffer, LONG size)
{
    DWORD written;

    if (!size)
        return SetEndOfFile(handle(file)) ? 0 : HFILE_ERROR;
    return WriteFile(handle(file), buffer, (DWORD)size, &written, NULL) ? (LONG)written : HFILE_ERROR;
}

UINT WINAPI _lwrite(HFILE file, LPCCH buffer, UINT size)
{
    return (UINT)_hwrite(file, buffer, (LONG)size);
}

LONG WINAPI _llseek(HFILE file, LONG offset, int origin)
{
    return (LONG)SetFilePointer(handle(file), offset, NULL, (DWORD)origin);
}

HFILE WINAPI OpenFile(LPCSTR name, LPOFSTRUCT buffer, UINT mode)
{
    char path[MAX_PATH];
    HANDLE file = INVALID_HANDLE_VALUE;

    if (!buffer) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return HFILE_ERROR;
    }
    buffer->cBytes = sizeof *buffer;
    buffer->nErrCode = 0;
    if (mode & OF_REOPEN) {
        lstrcpynA(path, (const char *)buffer->szPathName, sizeof path);
    } else {
        /* a name alone is searched where programs are */
        const BOOL search = !(mode & (OF_CREATE | OF_PARSE));
        DWORD length = search ? SearchPathA(NULL, name, NULL, sizeof path, path, NULL) : 0;
        if (!length)
            length = GetFullPathNameA(name, sizeof path, path, NULL);
        if (!length || length >= sizeof path || length >= sizeof buffer->szPathName) {
            buffer->nErrCode = (WORD)(length ? ERROR_INVALID_DATA : GetLastError());
            SetLastError(buffer->nErrCode);
            return HFILE_ERROR;
        }
        lstrcpyA((char *)buffer->szPathName, path);
    }
    if (mode & OF_PARSE)
        return 0;
    if (mode & OF_DELETE) {
        if (DeleteFileA(path))
            return 1;
    } else {
        file = CreateFileA(path, mode & OF_CREATE ? GENERIC_READ | GENERIC_WRITE : access_of(mode),
                           share_of(mode), NULL, mode & OF_CREATE ? CREATE_ALWAYS : OPEN_EXISTING, 0, NULL);
        if (file != INVALID_HANDLE_VALUE) {
            const char drive[] = {path[0], ':', '\\', 0};
            const UINT type = GetDriveTypeA(drive);
            buffer->fFixedDisk = type == DRIVE_FIXED || type == DRIVE_RAMDISK;
            if (!(mode & OF_EXIST))
                return number(file);
            CloseHandle(file);
            return 1;
        }
    }
    buffer->nErrCode = (WORD)GetLastError();
    return HFILE_ERROR;
}

/* ---------------------------------------------------------------- GetBinaryType */

/* SCS_... of what the file's head says; -1: no program. */
static int program_kind(HANDLE file)
{
    BYTE head[0x40], second[0x60];
    DWORD read, offset, machine;

    if (!ReadFile(file, head, sizeof head, &read, NULL) || read < sizeof head || head[0] != 'M' ||
        head[1] != 'Z')
        return -1;
    memcpy(&offset, head + 0x3c, sizeof offset);
    if (offset < sizeof head || SetFilePointer(file, (LONG)offset, NULL, FILE_BEGIN) != offset ||
        !ReadFile(file, second, sizeof second, &read, NULL) || read < 0x40)
        return SCS_DOS_BINARY;
    if (second[0] == 'P' && second[1] == 'E' && !second[2] && !second[3]) {
        const BOOL library = second[23] & (IMAGE_FILE_DLL >> 8);
        machine = second[4] | (DWORD)second[5] << 8;
        if (library)
            return -1;
        return machine == IMAGE_FILE_MACHINE_AMD64 || machine == IMAGE_FILE_MACHINE_ARM64 ? SCS_64BIT_BINARY
                                                                                          : SCS_32BIT_BINARY;
    }
    if (second[0] == 'N' && second[1] == 'E')
        return second[0x36] == 1 ? SCS_OS216_BINARY : SCS_WOW_BINARY;
    return SCS_DOS_BINARY;
}

BOOL WINAPI GetBinaryTypeW(LPCWSTR name, LPDWORD ret_type)
{
    const HANDLE file = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
                                    OPEN_EXISTING, 0, NULL);

    if (file == INVALID_HANDLE_VALUE)
        return FALSE;
    int kind = program_kind(file);
    CloseHandle(file);
    if (kind < 0) {
        /* old programs without a head go by their names */
        const WCHAR *dot = wcsrchr(name, '.');
        if (dot && !lstrcmpiW(dot, L".com"))
            kind = SCS_DOS_BINARY;
        else if (dot && !lstrcmpiW(dot, L".pif"))
            kind = SCS_PIF_BINARY;
    }
    if (kind < 0) {
        SetLastError(ERROR_BAD_EXE_FORMAT);
        return FALSE;
    }
    *ret_type = (DWORD)kind;
    return TRUE;
}

BOOL WINAPI GetBinaryTypeA(LPCSTR name, LPDWORD ret_type)
{
    WCHAR wide[MAX_PATH];

    if (!MultiByteToWideChar(CP_ACP, 0, name, -1, wide, MAX_PATH)) {
        SetLastError(ERROR_FILENAME_EXCED_RANGE);
        return FALSE;
    }
    return GetBinaryTypeW(wide, ret_type);
}
