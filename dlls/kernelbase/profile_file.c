/*
 * Reading, searching and changing the text of an initialization file. What is not touched stays as it is:
 * comments, order, blank lines. The file is locked while it is open, so that programs that change it wait for
 * each other.
 */
#include "profile_file.h"
#include <string.h>

enum { FILE_LIMIT = 64 << 20 };

static WCHAR *file_path(const WCHAR *name)
{
    WCHAR *path;
    DWORD length = 0;

    if (!name)
        name = L"win.ini";
    for (const WCHAR *c = name; *c; c++)
        if (*c == '\\' || *c == '/' || *c == ':')
            length = GetFullPathNameW(name, 0, NULL, NULL);
    if (length) {
        path = HeapAlloc(GetProcessHeap(), 0, length * sizeof *path);
        if (path)
            GetFullPathNameW(name, length, path, NULL);
        return path;
    }
    length = GetWindowsDirectoryW(NULL, 0);
    path = HeapAlloc(GetProcessHeap(), 0, (length + 1 + (DWORD)lstrlenW(name)) * sizeof *path);
    if (path) {
        GetWindowsDirectoryW(path, length);
        lstrcatW(path, L"\\");
        lstrcatW(path, name);
    }
    return path;
}

static WCHAR swap(WCHAR c)
{
    return (WCHAR)(c >> 8 | c << 8);
}

/* The encoding is that of the byte order mark, which the text does not contain. */
static BOOL decode(struct profile *profile, const BYTE *bytes, DWORD size)
{
    DWORD skip = 0;
    UINT page = CP_ACP;

    profile->encoding = PROFILE_ANSI;
    if (size >= 2 && bytes[0] == 0xff && bytes[1] == 0xfe)
        profile->encoding = PROFILE_UTF16;
    else if (size >= 2 && bytes[0] == 0xfe && bytes[1] == 0xff)
        profile->encoding = PROFILE_UTF16_SWAPPED;
    else if (size >= 3 && bytes[0] == 0xef && bytes[1] == 0xbb && bytes[2] == 0xbf) {
        profile->encoding = PROFILE_UTF8;
        page = CP_UTF8;
        skip = 3;
    }
    if (profile->encoding == PROFILE_UTF16 || profile->encoding == PROFILE_UTF16_SWAPPED)
        profile->length = (size - 2) / 2;
    else
        profile->length = size > skip ? (DWORD)MultiByteToWideChar(page, 0, (const char *)bytes + skip,
                                                                   (int)(size - skip), NULL, 0)
                                      : 0;
    profile->capacity = profile->length + 256;
    profile->text = HeapAlloc(GetProcessHeap(), 0, profile->capacity * sizeof(WCHAR));
    if (!profile->text)
        return FALSE;
    if (profile->encoding == PROFILE_UTF16 || profile->encoding == PROFILE_UTF16_SWAPPED)
        memcpy(profile->text, bytes + 2, profile->length * sizeof(WCHAR));
    else if (profile->length)
        MultiByteToWideChar(page, 0, (const char *)bytes + skip, (int)(size - skip), profile->text,
                            (int)profile->length);
    if (profile->encoding == PROFILE_UTF16_SWAPPED)
        for (DWORD i = 0; i < profile->length; i++)
            profile->text[i] = swap(profile->text[i]);
    return TRUE;
}

BOOL profile_open(struct profile *profile, const WCHAR *name, BOOL write)
{
    WCHAR *path = file_path(name);
    OVERLAPPED start = {0};
    LARGE_INTEGER size;
    DWORD read = 0, error = ERROR_NOT_ENOUGH_MEMORY;

    memset(profile, 0, sizeof *profile);
    if (!path) {
        SetLastError(error);
        return FALSE;
    }
    profile->file = CreateFileW(path, GENERIC_READ | (write ? GENERIC_WRITE : 0),
                                FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, write ? OPEN_ALWAYS : OPEN_EXISTING,
                                FILE_ATTRIBUTE_NORMAL, NULL);
    HeapFree(GetProcessHeap(), 0, path);
    if (profile->file == INVALID_HANDLE_VALUE)
        return FALSE;
    LockFileEx(profile->file, write ? LOCKFILE_EXCLUSIVE_LOCK : 0, 0, 1, 0, &start);
    BYTE *bytes = NULL;
    if (!GetFileSizeEx(profile->file, &size))
        error = GetLastError();
    else if (size.QuadPart > FILE_LIMIT)
        error = ERROR_FILE_TOO_LARGE;
    else if ((bytes = HeapAlloc(GetProcessHeap(), 0, (SIZE_T)size.QuadPart + 1)))
        error = ReadFile(profile->file, bytes, (DWORD)size.QuadPart, &read, NULL) ? ERROR_SUCCESS
                                                                                  : GetLastError();
    if (!error && !decode(profile, bytes, read))
        error = ERROR_NOT_ENOUGH_MEMORY;
    HeapFree(GetProcessHeap(), 0, bytes);
    if (error) {
        CloseHandle(profile->file);
        SetLastError(error);
    }
    return !error;
}

/* The bytes of the text, with the mark that it had. */
static BYTE *encode(const struct profile *profile, DWORD *ret_size)
{
    const UINT page = profile->encoding == PROFILE_UTF8 ? CP_UTF8 : CP_ACP;
    const DWORD mark = profile->encoding == PROFILE_UTF8 ? 3 : 0;

    if (profile->encoding == PROFILE_UTF16 || profile->encoding == PROFILE_UTF16_SWAPPED) {
        WCHAR *out = HeapAlloc(GetProcessHeap(), 0, (profile->length + 1) * sizeof(WCHAR));
        if (!out)
            return NULL;
        out[0] = 0xfeff;
        memcpy(out + 1, profile->text, profile->length * sizeof(WCHAR));
        for (DWORD i = 0; profile->encoding == PROFILE_UTF16_SWAPPED && i <= profile->length; i++)
            out[i] = swap(out[i]);
        *ret_size = (profile->length + 1) * (DWORD)sizeof(WCHAR);
        return (BYTE *)out;
    }
    const int size = profile->length ? WideCharToMultiByte(page, 0, profile->text, (int)profile->length, NULL,
                                                           0, NULL, NULL)
                                     : 0;
    BYTE *bytes = HeapAlloc(GetProcessHeap(), 0, (DWORD)size + mark + 1);
    if (!bytes)
        return NULL;
    memcpy(bytes, "\xef\xbb\xbf", mark);
    if (size)
        WideCharToMultiByte(page, 0, profile->text, (int)profile->length, (char *)bytes + mark, size, NULL,
                            NULL);
    *ret_size = (DWORD)size + mark;
    return bytes;
}

BOOL profile_close(struct profile *profile, BOOL write)
{
    DWORD size = 0, written = 0, error = ERROR_SUCCESS;

    if (write) {
        BYTE *bytes = encode(profile, &size);
        if (!bytes)
            error = ERROR_NOT_ENOUGH_MEMORY;
        else if (SetFilePointer(profile->file, 0, NULL, FILE_BEGIN) != 0 ||
                 !WriteFile(profile->file, bytes, size, &written, NULL) || !SetEndOfFile(profile->file))
            error = GetLastError();
        HeapFree(GetProcessHeap(), 0, bytes);
    }
    CloseHandle(profile->file);
    HeapFree(GetProcessHeap(), 0, profile->text);
    if (error)
        SetLastError(error);
    return !error;
}

/* ---------------------------------------------------------------- looking */

static BOOL blank(WCHAR c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == 0x1a;
}

static void trim(const struct profile *profile, struct range *range)
{
    while (range->start < range->end && blank(profile->text[range->start]))
        range->start++;
    while (range->end > range->start && blank(profile->text[range->end - 1]))
        range->end--;
}

BOOL profile_line(const struct profile *profile, DWORD *at, struct range *line)
{
    if (*at >= profile->length)
        return FALSE;
    line->start = line->end = *at;
    while (line->end < profile->length && profile->text[line->end] != '\n' &&
           profile->text[line->end] != '\r')
        line->end++;
    *at = line->end;
    if (*at < profile->length && profile->text[*at] == '\r')
        (*at)++;
    if (*at < profile->length && profile->text[*at] == '\n')
        (*at)++;
    trim(profile, line);
    return TRUE;
}

BOOL profile_head(const struct profile *profile, struct range line, struct range *ret_name)
{
    if (line.start == line.end || profile->text[line.start] != '[')
        return FALSE;
    DWORD close = line.end;
    for (DWORD i = line.start + 1; i < line.end; i++)
        if (profile->text[i] == ']')
            close = i;
    *ret_name = (struct range){line.start + 1, close};
    trim(profile, ret_name);
    return TRUE;
}

BOOL profile_entry(const struct profile *profile, struct range line, struct range *ret_key,
                   struct range *ret_value)
{
    DWORD sign = line.start;

    if (line.start == line.end || profile->text[line.start] == ';')
        return FALSE;
    while (sign < line.end && profile->text[sign] != '=')
        sign++;
    *ret_key = (struct range){line.start, sign};
    *ret_value = (struct range){sign < line.end ? sign + 1 : line.end, line.end};
    trim(profile, ret_key);
    trim(profile, ret_value);
    return TRUE;
}

BOOL profile_equal(const struct profile *profile, struct range range, const WCHAR *name)
{
    int length = lstrlenW(name);

    while (length && blank(*name))
        name++, length--;
    while (length && blank(name[length - 1]))
        length--;
    return (DWORD)length == range.end - range.start &&
           CompareStringOrdinal(profile->text + range.start, length, name, length, TRUE) == CSTR_EQUAL;
}

BOOL profile_section(const struct profile *profile, const WCHAR *name, struct range *ret_body,
                     DWORD *ret_head)
{
    struct range line, head;
    BOOL found = FALSE;
    DWORD at = 0, before = 0;

    for (; profile_line(profile, &at, &line); before = at) {
        if (!profile_head(profile, line, &head))
            continue;
        if (found) {
            ret_body->end = before;
            return TRUE;
        }
        if (profile_equal(profile, head, name)) {
            found = TRUE;
            *ret_head = before;
            ret_body->start = at;
        }
    }
    ret_body->end = profile->length;
    return found;
}

BOOL profile_key(const struct profile *profile, struct range body, const WCHAR *name, struct range *ret_line,
                 struct range *ret_value)
{
    struct range line, key;
    DWORD at = body.start, before = at;

    for (; at < body.end && profile_line(profile, &at, &line); before = at)
        if (profile_entry(profile, line, &key, ret_value) && profile_equal(profile, key, name)) {
            *ret_line = (struct range){before, at};
            return TRUE;
        }
    return FALSE;
}

BOOL profile_replace(struct profile *profile, struct range range, const WCHAR *text, DWORD length)
{
    const DWORD tail = profile->length - range.end, total = range.start + length + tail;

    if (total > profile->capacity) {
        WCHAR *grown = HeapAlloc(GetProcessHeap(), 0, ((SIZE_T)total + 1024) * sizeof *grown);
        if (!grown) {
            SetLastError(ERROR_NOT_ENOUGH_MEMORY);
            return FALSE;
        }
        memcpy(grown, profile->text, profile->length * sizeof *grown);
        HeapFree(GetProcessHeap(), 0, profile->text);
        profile->text = grown;
        profile->capacity = total + 1024;
    }
    memmove(profile->text + range.start + length, profile->text + range.end, tail * sizeof(WCHAR));
    memcpy(profile->text + range.start, text, length * sizeof(WCHAR));
    profile->length = total;
    return TRUE;
}
