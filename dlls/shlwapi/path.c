/*
 * Path strings. Every function is written for Unicode once; what takes ANSI works on the bytes of a
 * character set whose second bytes are never separators (UTF-8, single bytes).
 */
#include <nt/rtl.h>

#define CHAR_TYPE   WCHAR
#define NAME(name)  name##W
#define TEXT_(text) L##text
#include "path_template.h"
#undef CHAR_TYPE
#undef NAME
#undef TEXT_

#define CHAR_TYPE   CHAR
#define NAME(name)  name##A
#define TEXT_(text) text
#include "path_template.h"

BOOL WINAPI PathFileExistsW(LPCWSTR path)
{
    return path && GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

BOOL WINAPI PathFileExistsA(LPCSTR path)
{
    return path && GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES;
}

BOOL WINAPI PathIsDirectoryW(LPCWSTR path)
{
    DWORD attributes = path ? GetFileAttributesW(path) : INVALID_FILE_ATTRIBUTES;
    return attributes == INVALID_FILE_ATTRIBUTES ? FALSE : (BOOL)(attributes & FILE_ATTRIBUTE_DIRECTORY);
}

BOOL WINAPI PathIsDirectoryA(LPCSTR path)
{
    DWORD attributes = path ? GetFileAttributesA(path) : INVALID_FILE_ATTRIBUTES;
    return attributes == INVALID_FILE_ATTRIBUTES ? FALSE : (BOOL)(attributes & FILE_ATTRIBUTE_DIRECTORY);
}
