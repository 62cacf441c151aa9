/*
 * Item lists of drives, folders and files in the form that links on disk have: the computer, a drive, then an
 * item for each name, whose extension block carries the long name. The desktop is the empty list.
 */
#define INITGUID
#include "shell.h"
#include <shlguid.h>
#include <stddef.h>
#include <string.h>

enum { TYPE_ROOT = 0x1f, TYPE_DRIVE = 0x2f, TYPE_FOLDER = 0x31, TYPE_FILE = 0x32, TYPE_UNICODE = 0x04 };

#define EXTENSION_SIGNATURE 0xbeef0004
#define EXTENSION_VERSION   3
#define COMPUTER_NAME       L"::{20D04FE0-3AEA-1069-A2D8-08002B30309D}"
#define DESKTOP_NAME        L"::{00021400-0000-0000-C000-000000000046}"

#pragma pack(push, 1)
struct root_item {
    WORD size;
    BYTE type, order;
    GUID id;
};
struct drive_item {
    WORD size;
    BYTE type;
    char root[22]; /* "C:\" */
};
struct file_item {
    WORD size;
    BYTE type, unknown;
    DWORD length; /* the file's */
    WORD date, time, attributes;
    char name[]; /* its end, an even offset, then the extension */
};
struct extension {
    WORD size, version;
    DWORD signature;
    WORD created_date, created_time, accessed_date, accessed_time;
    WORD name_offset, reserved;
    WCHAR name[]; /* its end, then the offset of the extension in the item */
};
#pragma pack(pop)

static WORD item_size(const BYTE *item)
{
    WORD size;

    memcpy(&size, item, sizeof size);
    return size;
}

/* ---------------------------------------------------------------- making */

struct builder {
    BYTE *bytes;
    SIZE_T used, capacity;
    BOOL failed;
};

static BYTE *append(struct builder *builder, SIZE_T size)
{
    if (builder->used + size + sizeof(WORD) > builder->capacity) {
        const SIZE_T capacity = (builder->used + size + sizeof(WORD)) * 2;
        BYTE *grown = shell_alloc(capacity);
        if (!grown) {
            builder->failed = TRUE;
            return NULL;
        }
        memcpy(grown, builder->bytes, builder->used);
        shell_free(builder->bytes);
        builder->bytes = grown;
        builder->capacity = capacity;
    }
    BYTE *item = builder->bytes + builder->used;
    memset(item, 0, size + sizeof(WORD));
    builder->used += size;
    return item;
}

static void append_computer(struct builder *builder)
{
    struct root_item *item = (struct root_item *)append(builder, sizeof *item);

    if (item)
        *item = (struct root_item){sizeof *item, TYPE_ROOT, 0x50, CLSID_MyComputer};
}

static void append_drive(struct builder *builder, WCHAR letter)
{
    struct drive_item *item = (struct drive_item *)append(builder, sizeof *item);

    if (item)
        *item = (struct drive_item){sizeof *item, TYPE_DRIVE, {(char)(letter & ~0x20), ':', '\\'}};
}

static void append_file(struct builder *builder, const WCHAR *name, int length, const WIN32_FIND_DATAW *data)
{
    char narrow[MAX_PATH * 3];
    int narrow_length = WideCharToMultiByte(CP_ACP, 0, name, length, narrow, sizeof narrow - 2, NULL, NULL);
    narrow[narrow_length++] = 0;
    if (narrow_length & 1)
        narrow[narrow_length++] = 0;
    const SIZE_T base = sizeof(struct file_item) + (SIZE_T)narrow_length,
                 more = sizeof(struct extension) + ((SIZE_T)length + 1) * sizeof(WCHAR) + sizeof(WORD);
    struct file_item *item = (struct file_item *)append(builder, base + more);

    if (!item)
        return;
    item->size = (WORD)(base + more);
    item->type = data && !(data->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) ? TYPE_FILE : TYPE_FOLDER;
    memcpy(item->name, narrow, (SIZE_T)narrow_length);
    struct extension *extension = (struct extension *)((BYTE *)item + base);
    extension->size = (WORD)more;
    extension->version = EXTENSION_VERSION;
    extension->signature = EXTENSION_SIGNATURE;
    extension->name_offset = offsetof(struct extension, name);
    memcpy(extension->name, name, (SIZE_T)length * sizeof(WCHAR));
    *(WORD *)(void *)((BYTE *)extension + more - sizeof(WORD)) = (WORD)base;
    if (data) {
        item->length = data->nFileSizeLow;
        item->attributes = (WORD)data->dwFileAttributes;
        FileTimeToDosDateTime(&data->ftLastWriteTime, &item->date, &item->time);
        FileTimeToDosDateTime(&data->ftCreationTime, &extension->created_date, &extension->created_time);
        FileTimeToDosDateTime(&data->ftLastAccessTime, &extension->accessed_date, &extension->accessed_time);
    } else {
        item->attributes = FILE_ATTRIBUTE_DIRECTORY;
    }
}

PIDLIST_ABSOLUTE pidl_from_full_path(const WCHAR *path, const WIN32_FIND_DATAW *data)
{
    struct builder builder = {0};
    const WCHAR *name = path + 3;

    append_computer(&builder);
    append_drive(&builder, path[0]);
    while (*name) {
        int length = 0;
        while (name[length] && name[length] != '\\')
            length++;
        const BOOL last = !name[length] || !name[length + 1];
        /* of what lies above, only the name is known */
        if (length)
            append_file(&builder, name, length, last ? data : NULL);
        name += length + (name[length] == '\\');
    }
    if (builder.failed) {
        shell_free(builder.bytes);
        return NULL;
    }
    return (PIDLIST_ABSOLUTE)builder.bytes;
}

static BOOL find_data(const WCHAR *path, WIN32_FIND_DATAW *data)
{
    WIN32_FILE_ATTRIBUTE_DATA attributes;

    if (!GetFileAttributesExW(path, GetFileExInfoStandard, &attributes))
        return FALSE;
    *data = (WIN32_FIND_DATAW){.dwFileAttributes = attributes.dwFileAttributes,
                               .ftCreationTime = attributes.ftCreationTime,
                               .ftLastAccessTime = attributes.ftLastAccessTime,
                               .ftLastWriteTime = attributes.ftLastWriteTime,
                               .nFileSizeHigh = attributes.nFileSizeHigh,
                               .nFileSizeLow = attributes.nFileSizeLow};
    return TRUE;
}

HRESULT pidl_parse(const WCHAR *name, BOOL simple, PIDLIST_ABSOLUTE *ret_pidl)
{
    WIN32_FIND_DATAW data = {0};
    HRESULT result = S_OK;

    *ret_pidl = NULL;
    if (!name)
        return E_INVALIDARG;
    if (!*name || !lstrcmpiW(name, DESKTOP_NAME) || !lstrcmpiW(name, COMPUTER_NAME)) {
        struct builder builder = {0};
        append(&builder, 0);
        if (*name && !lstrcmpiW(name, COMPUTER_NAME))
            append_computer(&builder);
        *ret_pidl = (PIDLIST_ABSOLUTE)builder.bytes;
        return builder.failed ? E_OUTOFMEMORY : S_OK;
    }
    if (!wcsncmp(name, L"\\\\?\\", 4) && name[4] && name[5] == ':')
        name += 4;
    WCHAR *path = shell_full_path(name);
    if (!path)
        return E_OUTOFMEMORY;
    if (!path[0] || path[1] != ':')
        result = HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND); /* there are no shares */
    else if (lstrlenW(path) >= SHELL_PATH_MAX)
        result = HRESULT_FROM_WIN32(ERROR_FILENAME_EXCED_RANGE);
    else if (!find_data(path, &data)) {
        result = simple ? S_OK : HRESULT_FROM_WIN32(GetLastError());
        data.dwFileAttributes = 0;
    }
    if (SUCCEEDED(result)) {
        *ret_pidl = pidl_from_full_path(path, &data);
        result = *ret_pidl ? S_OK : E_OUTOFMEMORY;
    }
    shell_free(path);
    return result;
}

/* ---------------------------------------------------------------- reading */

/* An item list may come from a file: nothing in it is believed. The name is of MAX_PATH characters. */
BOOL pidl_item_name(PCUIDLIST_RELATIVE pidl, WCHAR *ret_name)
{
    const BYTE *item = (const BYTE *)pidl;
    const WORD size = item_size(item);
    WORD offset;

    if (size < 4)
        return FALSE;
    if ((item[2] & 0x70) == 0x20 && size >= 6) {
        ret_name[0] = item[3];
        lstrcpyW(ret_name + 1, L":\\");
        return ((ret_name[0] | 0x20) >= 'a' && (ret_name[0] | 0x20) <= 'z') && item[4] == ':';
    }
    if ((item[2] & 0x70) != 0x30 || size < sizeof(struct file_item) + 2)
        return FALSE;
    const struct file_item *file = (const void *)item;
    if (item[2] & TYPE_UNICODE) {
        const SIZE_T room = (size - sizeof *file) / sizeof(WCHAR),
                     limit = room < MAX_PATH ? room : MAX_PATH - 1;
        memcpy(ret_name, file->name, limit * sizeof(WCHAR));
        ret_name[limit] = 0;
        return ret_name[0] != 0;
    }
    memcpy(&offset, item + size - sizeof offset, sizeof offset);
    if (offset >= sizeof *file && offset + sizeof(struct extension) <= (SIZE_T)size - sizeof offset) {
        const struct extension *extension = (const void *)(item + offset);
        /* from version 7 on a file reference stands before the name */
        const SIZE_T more = extension->version >= 9   ? 26
                            : extension->version >= 8 ? 22
                            : extension->version >= 7 ? 18
                                                      : 0,
                     start = offset + offsetof(struct extension, name) + more;
        if (extension->signature == EXTENSION_SIGNATURE && extension->version >= 3 && start < size) {
            SIZE_T room = (size - start) / sizeof(WCHAR);
            if (room >= MAX_PATH)
                room = MAX_PATH - 1;
            memcpy(ret_name, item + start, room * sizeof(WCHAR));
            ret_name[room] = 0;
            if (ret_name[0])
                return TRUE;
        }
    }
    const SIZE_T room = size - sizeof *file;
    const int length = MultiByteToWideChar(CP_ACP, 0, file->name, (int)strnlen(file->name, room), ret_name,
                                           MAX_PATH - 1);
    ret_name[length] = 0;
    return length != 0;
}

static WCHAR *desktop_path(void)
{
    WCHAR path[MAX_PATH];

    return SHGetFolderPathW(NULL, CSIDL_DESKTOPDIRECTORY, NULL, 0, path) == S_OK ? shell_copy(path) : NULL;
}

WCHAR *pidl_path(PCIDLIST_ABSOLUTE pidl, enum item_kind *ret_kind)
{
    const BYTE *item = (const BYTE *)pidl;
    WCHAR *path = NULL, name[MAX_PATH];
    enum item_kind kind = ITEM_DESKTOP;

    for (; item_size(item); item += item_size(item)) {
        const BOOL root = item[2] == TYPE_ROOT && item_size(item) >= sizeof(struct root_item);
        if (root && kind == ITEM_DESKTOP &&
            !memcmp(item + offsetof(struct root_item, id), &CLSID_MyComputer, sizeof(GUID))) {
            kind = ITEM_COMPUTER;
            continue;
        }
        const BOOL drive = (item[2] & 0x70) == 0x20;
        if (root || !pidl_item_name((PCUIDLIST_RELATIVE)item, name) || (drive && kind != ITEM_COMPUTER) ||
            (!drive && kind == ITEM_COMPUTER)) {
            kind = ITEM_INVALID;
            break;
        }
        if (!drive && kind == ITEM_DESKTOP)
            path = desktop_path(); /* on the desktop */
        WCHAR *longer = drive ? shell_copy(name) : path ? shell_join(path, name) : NULL;
        shell_free(path);
        path = longer;
        kind = drive ? ITEM_DRIVE : ITEM_FILE;
        if (!path)
            break;
    }
    if (kind == ITEM_DESKTOP)
        path = desktop_path();
    if (kind == ITEM_INVALID) {
        shell_free(path);
        path = NULL;
    }
    *ret_kind = kind;
    return path;
}

SFGAOF pidl_attributes(PCIDLIST_ABSOLUTE pidl, SFGAOF mask)
{
    enum item_kind kind;
    SFGAOF has = 0;
    WCHAR *path = pidl_path(pidl, &kind);

    if (kind == ITEM_DESKTOP || kind == ITEM_COMPUTER) {
        has = SFGAO_FOLDER | SFGAO_HASSUBFOLDER | SFGAO_FILESYSANCESTOR | SFGAO_HASPROPSHEET | SFGAO_CANLINK |
              (kind == ITEM_DESKTOP ? SFGAO_FILESYSTEM | SFGAO_STORAGEANCESTOR | SFGAO_STORAGE : 0);
    } else if (path) {
        const DWORD attributes = GetFileAttributesW(path);
        has = SFGAO_FILESYSTEM | SFGAO_CANCOPY | SFGAO_CANLINK | SFGAO_HASPROPSHEET | SFGAO_STORAGE;
        if (kind == ITEM_FILE)
            has |= SFGAO_CANMOVE | SFGAO_CANRENAME | SFGAO_CANDELETE;
        if (attributes == INVALID_FILE_ATTRIBUTES)
            has &= ~(SFGAOF)SFGAO_VALIDATE;
        else if (attributes & FILE_ATTRIBUTE_DIRECTORY)
            has |= SFGAO_FOLDER | SFGAO_HASSUBFOLDER | SFGAO_FILESYSANCESTOR | SFGAO_DROPTARGET |
                   SFGAO_STORAGEANCESTOR;
        else
            has |= SFGAO_STREAM;
        if (attributes != INVALID_FILE_ATTRIBUTES) {
            const WCHAR *name = shell_file_name(path), *dot = wcsrchr(name, '.');
            has |= attributes & FILE_ATTRIBUTE_READONLY ? SFGAO_READONLY : 0;
            has |= attributes & FILE_ATTRIBUTE_HIDDEN ? SFGAO_HIDDEN | SFGAO_GHOSTED : 0;
            has |= attributes & FILE_ATTRIBUTE_SYSTEM ? SFGAO_SYSTEM : 0;
            has |= attributes & FILE_ATTRIBUTE_COMPRESSED ? SFGAO_COMPRESSED : 0;
            has |= attributes & FILE_ATTRIBUTE_ENCRYPTED ? SFGAO_ENCRYPTED : 0;
            has |= dot && !lstrcmpiW(dot, L".lnk") ? SFGAO_LINK : 0;
        }
    }
    shell_free(path);
    return has & mask;
}

static WCHAR *url_from_path(const WCHAR *path)
{
    static const char keep[] = "-._~!$&'()*+,;=:@/", hex[] = "0123456789ABCDEF";
    char utf8[MAX_PATH * 3];
    const int length = WideCharToMultiByte(CP_UTF8, 0, path, -1, utf8, sizeof utf8, NULL, NULL);
    WCHAR *url = length ? shell_alloc(((SIZE_T)length * 3 + 9) * sizeof *url) : NULL, *out = url;

    if (!url)
        return NULL;
    lstrcpyW(out, L"file:///");
    out += 8;
    for (const char *in = utf8; *in; in++) {
        const BYTE c = *in == '\\' ? '/' : (BYTE)*in;
        if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || strchr(keep, c)) {
            *out++ = c;
        } else {
            *out++ = '%';
            *out++ = (WCHAR)hex[c >> 4];
            *out++ = (WCHAR)hex[c & 15];
        }
    }
    *out = 0;
    return url;
}

HRESULT pidl_name(PCIDLIST_ABSOLUTE pidl, SIGDN which, WCHAR **ret_name)
{
    enum item_kind kind;
    WCHAR *path = pidl_path(pidl, &kind), *name = NULL;
    const BOOL computer = kind == ITEM_COMPUTER;
    HRESULT result = E_OUTOFMEMORY;

    *ret_name = NULL;
    if (!path && !computer)
        return kind == ITEM_INVALID ? E_INVALIDARG : E_OUTOFMEMORY;
    switch ((DWORD)which) {
    case (DWORD)SIGDN_NORMALDISPLAY:
    case (DWORD)SIGDN_PARENTRELATIVEEDITING:
    case (DWORD)SIGDN_PARENTRELATIVEFORADDRESSBAR:
    case (DWORD)SIGDN_PARENTRELATIVEFORUI:
    case (DWORD)SIGDN_PARENTRELATIVE:
        name = shell_copy(computer ? L"This PC" : kind == ITEM_DESKTOP ? L"Desktop" : shell_file_name(path));
        break;
    case (DWORD)SIGDN_PARENTRELATIVEPARSING:
        name = shell_copy(computer ? COMPUTER_NAME : kind == ITEM_FILE ? shell_file_name(path) : path);
        break;
    case (DWORD)SIGDN_DESKTOPABSOLUTEPARSING: name = shell_copy(computer ? COMPUTER_NAME : path); break;
    case (DWORD)SIGDN_DESKTOPABSOLUTEEDITING: name = shell_copy(computer ? L"This PC" : path); break;
    case (DWORD)SIGDN_FILESYSPATH:
        if (computer)
            result = E_INVALIDARG;
        else
            name = shell_copy(path);
        break;
    case (DWORD)SIGDN_URL:
        if (computer)
            result = E_NOTIMPL;
        else
            name = url_from_path(path);
        break;
    default: result = E_INVALIDARG;
    }
    shell_free(path);
    *ret_name = name;
    return name ? S_OK : result;
}
