/*
 * Version resources: reading them from PE and NE files, and querying values in the block, 16-bit blocks
 * included. A block from GetFileVersionInfo is the resource followed by room for converted strings.
 */
#include <windows.h>
#include <winver.h>

struct block32 { /* followed by the key, padding, the value, padding, children */
    WORD length, value_length, type;
    WCHAR key[];
};

struct block16 {
    WORD length, value_length;
    char key[];
};

#define CONVERSION_MARK 0x58324546 /* "FE2X" in front of the room for conversions */

static HANDLE heap(void)
{
    return GetProcessHeap();
}

/* ------------------------------------------------------------------ finding the resource */

static WORD word_at(const BYTE *p)
{
    return (WORD)(p[0] | p[1] << 8);
}

/* The RT_VERSION resource of a 16-bit (NE) file. */
static const BYTE *find_ne(const BYTE *file, DWORD size, DWORD *ret_length)
{
    DWORD header, table, end;
    if (size < 0x40 || file[0] != 'M' || file[1] != 'Z')
        return NULL;
    header = word_at(file + 0x3c) | (DWORD)word_at(file + 0x3e) << 16;
    if (header > size || size - header < 0x40 || file[header] != 'N' || file[header + 1] != 'E')
        return NULL;
    table = header + word_at(file + header + 0x24);
    end = header + word_at(file + header + 0x26);
    if (end > size || table + 2 > end)
        return NULL;
    WORD shift = word_at(file + table);
    for (DWORD p = table + 2; p + 8 <= end && word_at(file + p);) {
        WORD type = word_at(file + p), count = word_at(file + p + 2);
        p += 8;
        if (type == (0x8000 | 16) && count && p + 12 <= end) {
            DWORD offset = (DWORD)word_at(file + p) << shift, length = (DWORD)word_at(file + p + 2) << shift;
            if (offset > size || length > size - offset || length < 4)
                return NULL;
            *ret_length = length;
            return file + offset;
        }
        p += 12 * (DWORD)count;
    }
    return NULL;
}

/* A copy of the version resource, from the heap; NULL with the last error. */
static BYTE *read_resource(const WCHAR *name, DWORD *ret_length)
{
    BYTE *copy = NULL;
    HMODULE module;

    if (!name) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    if (!name[0]) {
        SetLastError(ERROR_BAD_PATHNAME);
        return NULL;
    }
    module = LoadLibraryExW(name, NULL, LOAD_LIBRARY_AS_DATAFILE);
    if (module) {
        HRSRC resource = FindResourceW(module, MAKEINTRESOURCEW(VS_VERSION_INFO), (LPCWSTR)RT_VERSION);
        DWORD length = resource ? SizeofResource(module, resource) : 0;
        const void *data = resource ? LoadResource(module, resource) : NULL;
        if (data && length >= sizeof(struct block32) && (copy = HeapAlloc(heap(), 0, length))) {
            CopyMemory(copy, data, length);
            *ret_length = length;
        } else if (!data) {
            SetLastError(ERROR_RESOURCE_TYPE_NOT_FOUND);
        }
        DWORD error = GetLastError();
        FreeLibrary(module);
        SetLastError(error);
        return copy;
    }
    DWORD error = GetLastError();
    if (error != ERROR_BAD_EXE_FORMAT)
        return NULL;
    HANDLE file = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                              NULL, OPEN_EXISTING, 0, NULL);
    HANDLE mapping = file != INVALID_HANDLE_VALUE ? CreateFileMappingW(file, NULL, PAGE_READONLY, 0, 0, NULL)
                                                  : NULL;
    const BYTE *view = mapping ? MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0) : NULL;
    if (view) {
        DWORD length;
        const BYTE *data = find_ne(view, GetFileSize(file, NULL), &length);
        if (data && (copy = HeapAlloc(heap(), 0, length))) {
            CopyMemory(copy, data, length);
            *ret_length = length;
        }
        UnmapViewOfFile(view);
    }
    if (mapping)
        CloseHandle(mapping);
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    if (!copy)
        SetLastError(ERROR_RESOURCE_DATA_NOT_FOUND);
    return copy;
}

static BOOL is_block16(const void *block)
{
    return ((const struct block16 *)block)->key[0] >= ' ';
}

static DWORD block_length(const void *block)
{
    return (*(const WORD *)block + 3u) & ~3u;
}

/* The resource, the mark, and twice its size for conversions (UTF-8 needs 3 bytes for 2, UTF-16 2 for 1). */
static DWORD buffer_size(DWORD length)
{
    return ((length + 3) & ~3u) + 4 + 2 * length;
}

/* ------------------------------------------------------------------ GetFileVersionInfo */

static BOOL check_flags(DWORD flags)
{
    if (flags & ~(DWORD)(FILE_VER_GET_LOCALISED | FILE_VER_GET_NEUTRAL | FILE_VER_GET_PREFETCHED)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return TRUE;
}

DWORD WINAPI GetFileVersionInfoSizeExW(DWORD flags, LPCWSTR name, LPDWORD handle)
{
    DWORD length;
    BYTE *data;
    if (handle)
        *handle = 0;
    if (!check_flags(flags) || !(data = read_resource(name, &length)))
        return 0;
    HeapFree(heap(), 0, data);
    SetLastError(ERROR_SUCCESS);
    return buffer_size(length);
}

/* Cuts to `size`. */
WINBOOL WINAPI GetFileVersionInfoExW(DWORD flags, LPCWSTR name, DWORD handle, DWORD size, LPVOID buffer)
{
    DWORD length;
    BYTE *data;
    (void)handle;
    if (!buffer) {
        SetLastError(ERROR_INVALID_DATA);
        return FALSE;
    }
    if (!check_flags(flags) || !(data = read_resource(name, &length)))
        return FALSE;
    CopyMemory(buffer, data, length < size ? length : size);
    HeapFree(heap(), 0, data);
    if (size >= sizeof(WORD) && size >= buffer_size(block_length(buffer)))
        *(DWORD *)((BYTE *)buffer + block_length(buffer)) = CONVERSION_MARK;
    SetLastError(ERROR_SUCCESS);
    return TRUE;
}

static WCHAR *widen(const char *text)
{
    int length = MultiByteToWideChar(CP_ACP, 0, text, -1, NULL, 0);
    WCHAR *wide = HeapAlloc(heap(), 0, length * sizeof(WCHAR));
    if (wide)
        MultiByteToWideChar(CP_ACP, 0, text, -1, wide, length);
    else
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return wide;
}

DWORD WINAPI GetFileVersionInfoSizeExA(DWORD flags, LPCSTR name, LPDWORD handle)
{
    WCHAR *wide = name ? widen(name) : NULL;
    DWORD size = name && !wide ? 0 : GetFileVersionInfoSizeExW(flags, wide, handle);
    if (wide)
        HeapFree(heap(), 0, wide);
    return size;
}

WINBOOL WINAPI GetFileVersionInfoExA(DWORD flags, LPCSTR name, DWORD handle, DWORD size, LPVOID buffer)
{
    WCHAR *wide = name ? widen(name) : NULL;
    BOOL result = (!name || wide) && GetFileVersionInfoExW(flags, wide, handle, size, buffer);
    if (wide)
        HeapFree(heap(), 0, wide);
    return result;
}

DWORD WINAPI GetFileVersionInfoSizeW(LPCWSTR name, LPDWORD handle)
{
    return GetFileVersionInfoSizeExW(FILE_VER_GET_LOCALISED, name, handle);
}

DWORD WINAPI GetFileVersionInfoSizeA(LPCSTR name, LPDWORD handle)
{
    return GetFileVersionInfoSizeExA(FILE_VER_GET_LOCALISED, name, handle);
}

WINBOOL WINAPI GetFileVersionInfoW(LPCWSTR name, DWORD handle, DWORD size, LPVOID buffer)
{
    return GetFileVersionInfoExW(FILE_VER_GET_LOCALISED, name, handle, size, buffer);
}

WINBOOL WINAPI GetFileVersionInfoA(LPCSTR name, DWORD handle, DWORD size, LPVOID buffer)
{
    return GetFileVersionInfoExA(FILE_VER_GET_LOCALISED, name, handle, size, buffer);
}

/* ------------------------------------------------------------------ VerQueryValue */

/* A node of either kind of block; positions are offsets from the start of the block. */
struct node {
    DWORD start, end, value, value_length, children;
    BOOL text;
};

static DWORD align4(DWORD offset)
{
    return (offset + 3) & ~3u;
}

/* Reads the node at `start` that must lie below `limit`. */
static BOOL read_node(const BYTE *block, BOOL wide, DWORD start, DWORD limit, struct node *ret_node)
{
    DWORD key, length;
    if (start + 6 > limit)
        return FALSE;
    length = *(const WORD *)(block + start);
    if (length < 6 || length > limit - start)
        return FALSE;
    ret_node->start = start;
    ret_node->end = start + length;
    ret_node->value_length = *(const WORD *)(block + start + 2);
    if (wide) {
        ret_node->text = *(const WORD *)(block + start + 4) == 1;
        for (key = start + 6; key + 2 <= ret_node->end && *(const WCHAR *)(block + key);)
            key += 2;
        ret_node->value = align4(key + 2);
        DWORD bytes = ret_node->value_length * (ret_node->text ? 2 : 1);
        if (ret_node->value > ret_node->end)
            ret_node->value = ret_node->end;
        if (bytes > ret_node->end - ret_node->value) {
            bytes = ret_node->end - ret_node->value;
            ret_node->value_length = ret_node->text ? bytes / 2 : bytes;
        }
        ret_node->children = align4(ret_node->value + bytes);
    } else {
        for (key = start + 4; key < ret_node->end && block[key];)
            key++;
        ret_node->text = FALSE;
        ret_node->value = align4(key + 1);
        if (ret_node->value > ret_node->end)
            ret_node->value = ret_node->end;
        if (ret_node->value_length > ret_node->end - ret_node->value)
            ret_node->value_length = ret_node->end - ret_node->value;
        ret_node->children = align4(ret_node->value + ret_node->value_length);
    }
    return TRUE;
}

static WCHAR upper(WCHAR c)
{
    return c >= 'a' && c <= 'z' ? c - 32 : c;
}

static BOOL key_equals(const BYTE *block, BOOL wide, const struct node *node, const WCHAR *name, DWORD length)
{
    DWORD i;
    if (wide) {
        const WCHAR *key = (const WCHAR *)(block + node->start + 6);
        for (i = 0; i < length && key[i]; i++)
            if (upper(key[i]) != upper(name[i]))
                return FALSE;
        return i == length && !key[i];
    }
    const char *key = (const char *)(block + node->start + 4);
    for (i = 0; i < length && key[i]; i++)
        if (upper((BYTE)key[i]) != upper(name[i]))
            return FALSE;
    return i == length && !key[i];
}

static BOOL find_node(const BYTE *block, const WCHAR *path, struct node *ret_node)
{
    BOOL wide = !is_block16(block);
    struct node node, child;
    if (!read_node(block, wide, 0, *(const WORD *)block, &node))
        return FALSE;
    for (;;) {
        DWORD length = 0;
        while (*path == '\\')
            path++;
        while (path[length] && path[length] != '\\')
            length++;
        if (!length)
            break;
        BOOL found = FALSE;
        for (DWORD at = node.children; !found && read_node(block, wide, at, node.end, &child);
             at = align4(child.end))
            if (key_equals(block, wide, &child, path, length))
                found = TRUE;
        if (!found)
            return FALSE;
        node = child;
        path += length;
    }
    *ret_node = node;
    return TRUE;
}

/* In a 16-bit block the strings are the values below StringFileInfo. */
static BOOL is_string_path(const WCHAR *path)
{
    static const WCHAR prefix[] = L"STRINGFILEINFO\\";
    DWORD i = 0;
    while (*path == '\\')
        path++;
    while (prefix[i] && upper(path[i]) == prefix[i])
        i++;
    return !prefix[i];
}

static BYTE *conversion_room(const BYTE *block)
{
    BYTE *mark = (BYTE *)block + block_length(block);
    return *(const DWORD *)mark == CONVERSION_MARK ? mark + 4 : NULL;
}

static BOOL query(const void *block, const WCHAR *path, LPVOID *ret_value, PUINT ret_length, BOOL ansi)
{
    const BYTE *bytes = block;
    struct node node;

    if (!block || !ret_value) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!find_node(bytes, path, &node)) {
        if (ret_length)
            *ret_length = 0;
        SetLastError(ERROR_RESOURCE_TYPE_NOT_FOUND);
        return FALSE;
    }
    *ret_value = (BYTE *)bytes + node.value;
    if (ret_length)
        *ret_length = node.value_length;
    if (is_block16(block)) {
        BYTE *room = !ansi && is_string_path(path) ? conversion_room(bytes) : NULL;
        if (room) {
            WCHAR *to = (WCHAR *)(room + 2 * node.value);
            int count = MultiByteToWideChar(CP_ACP, 0, (const char *)bytes + node.value,
                                            (int)node.value_length, to, (int)node.value_length);
            *ret_value = to;
            if (ret_length)
                *ret_length = (UINT)count;
        }
        return TRUE;
    }
    if (ansi && node.text && node.value_length) {
        BYTE *room = conversion_room(bytes);
        if (room) {
            char *to = (char *)(room + node.value * 3 / 2);
            int count = WideCharToMultiByte(CP_ACP, 0, (const WCHAR *)(bytes + node.value),
                                            (int)node.value_length, to, (int)node.value_length * 3, NULL,
                                            NULL);
            *ret_value = to;
            if (ret_length)
                *ret_length = (UINT)count;
        }
    }
    return TRUE;
}

WINBOOL WINAPI VerQueryValueW(LPCVOID block, LPCWSTR path, LPVOID *ret_value, PUINT ret_length)
{
    return query(block, path && *path ? path : L"\\", ret_value, ret_length, FALSE);
}

WINBOOL WINAPI VerQueryValueA(LPCVOID block, LPCSTR path, LPVOID *ret_value, PUINT ret_length)
{
    WCHAR *wide = widen(path && *path ? path : "\\");
    BOOL result = wide && query(block, wide, ret_value, ret_length, TRUE);
    if (wide)
        HeapFree(heap(), 0, wide);
    return result;
}

/* ------------------------------------------------------------------ the rest */

DWORD WINAPI VerLanguageNameW(DWORD language, LPWSTR name, DWORD size)
{
    static const WCHAR neutral[] = L"Language Neutral";
    WCHAR buffer[128];
    int length;
    if (language == 0 ||
        !(length = GetLocaleInfoW(MAKELCID(language, SORT_DEFAULT), LOCALE_SLANGUAGE, buffer, 128))) {
        lstrcpyW(buffer, neutral);
        length = sizeof neutral / sizeof *neutral;
    }
    if (size) {
        DWORD count = (DWORD)length - 1 < size - 1 ? (DWORD)length - 1 : size - 1;
        CopyMemory(name, buffer, count * sizeof(WCHAR));
        name[count] = 0;
    }
    return (DWORD)length - 1;
}

DWORD WINAPI VerLanguageNameA(DWORD language, LPSTR name, DWORD size)
{
    WCHAR wide[128];
    char text[400];
    VerLanguageNameW(language, wide, 128);
    int length = WideCharToMultiByte(CP_ACP, 0, wide, -1, text, sizeof text, NULL, NULL) - 1;
    if (size)
        lstrcpynA(name, text, (int)size);
    return (DWORD)length;
}

static BOOL exists_in(const WCHAR *directory, const WCHAR *name)
{
    WCHAR path[MAX_PATH * 2];
    DWORD length = (DWORD)lstrlenW(directory);
    if (!length || length + (DWORD)lstrlenW(name) + 2 > MAX_PATH * 2)
        return FALSE;
    lstrcpyW(path, directory);
    if (path[length - 1] != '\\' && path[length - 1] != '/')
        path[length++] = '\\';
    lstrcpyW(path + length, name);
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

/* Where a file is and where it should be installed. */
DWORD WINAPI VerFindFileW(DWORD flags, LPWSTR name, LPWSTR windows, LPWSTR application, LPWSTR current,
                          PUINT current_length, LPWSTR destination, PUINT destination_length)
{
    WCHAR system[MAX_PATH], windows_directory[MAX_PATH];
    const WCHAR *found = L"", *wanted = application ? application : L"";
    DWORD result = 0;

    GetSystemDirectoryW(system, MAX_PATH);
    GetWindowsDirectoryW(windows_directory, MAX_PATH);
    if (!windows)
        windows = windows_directory;
    if (flags & VFFF_ISSHAREDFILE) {
        wanted = system;
        if (exists_in(system, name))
            found = system;
        else if (exists_in(windows, name))
            found = windows, result |= VFF_CURNEDEST;
        else if (application && exists_in(application, name))
            found = application, result |= VFF_CURNEDEST;
    } else {
        if (application && exists_in(application, name))
            found = application;
        else if (exists_in(windows, name))
            found = windows, result |= VFF_CURNEDEST;
        else if (exists_in(system, name))
            found = system, result |= VFF_CURNEDEST;
    }
    UINT need = (UINT)lstrlenW(found) + 1;
    if (current_length) {
        if (*current_length < need)
            result |= VFF_BUFFTOOSMALL;
        else if (current)
            lstrcpyW(current, found);
        *current_length = need;
    }
    need = (UINT)lstrlenW(wanted) + 1;
    if (destination_length) {
        if (*destination_length < need)
            result |= VFF_BUFFTOOSMALL;
        else if (destination)
            lstrcpyW(destination, wanted);
        *destination_length = need;
    }
    return result;
}

DWORD WINAPI VerFindFileA(DWORD flags, LPSTR name, LPSTR windows, LPSTR application, LPSTR current,
                          PUINT current_length, LPSTR destination, PUINT destination_length)
{
    WCHAR wide_current[MAX_PATH], wide_destination[MAX_PATH];
    UINT current_size = MAX_PATH, destination_size = MAX_PATH;
    WCHAR *wide_name = widen(name), *wide_windows = windows ? widen(windows) : NULL;
    WCHAR *wide_application = application ? widen(application) : NULL;
    DWORD result = VerFindFileW(flags, wide_name, wide_windows, wide_application, wide_current, &current_size,
                                wide_destination, &destination_size);
    UINT need = (UINT)WideCharToMultiByte(CP_ACP, 0, wide_current, -1, NULL, 0, NULL, NULL);
    result &= ~(DWORD)VFF_BUFFTOOSMALL;
    if (current_length) {
        if (*current_length < need)
            result |= VFF_BUFFTOOSMALL;
        else if (current)
            WideCharToMultiByte(CP_ACP, 0, wide_current, -1, current, (int)need, NULL, NULL);
        *current_length = need;
    }
    need = (UINT)WideCharToMultiByte(CP_ACP, 0, wide_destination, -1, NULL, 0, NULL, NULL);
    if (destination_length) {
        if (*destination_length < need)
            result |= VFF_BUFFTOOSMALL;
        else if (destination)
            WideCharToMultiByte(CP_ACP, 0, wide_destination, -1, destination, (int)need, NULL, NULL);
        *destination_length = need;
    }
    HeapFree(heap(), 0, wide_name);
    if (wide_windows)
        HeapFree(heap(), 0, wide_windows);
    if (wide_application)
        HeapFree(heap(), 0, wide_application);
    return result;
}
