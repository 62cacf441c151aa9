/*
 * The file form of shell links: a header, the target as an item list and as volume and path, texts, blocks.
 * Numbers and texts in a file are not trusted.
 */
#include "link.h"
#include <string.h>

#define HEADER_SIZE 0x4c
#define HAS_ITEMS   0x01u
#define HAS_INFO    0x02u
#define HAS_TEXTS   0x04u /* and the next four bits: the five texts */
#define IS_UNICODE  0x80u
#define HAS_EXPAND  0x200u
#define ENVIRONMENT 0xa0000001u

static const BYTE link_class[16] = {1, 0x14, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46};

static void *allocate(SIZE_T size)
{
    return HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, size);
}

static void release(void *block)
{
    HeapFree(GetProcessHeap(), 0, block);
}

WCHAR *link_copy(const WCHAR *text)
{
    const SIZE_T size = ((SIZE_T)lstrlenW(text) + 1) * sizeof(WCHAR);
    WCHAR *to = allocate(size);
    if (to)
        memcpy(to, text, size);
    return to;
}

void link_clear(struct link_data *data)
{
    for (int i = 0; i < LINK_TEXTS; i++)
        release(data->texts[i]);
    release(data->items);
    memset(data, 0, sizeof *data);
    data->show = SW_SHOWNORMAL;
}

/* ---------------------------------------------------------------- reading */

struct input {
    const BYTE *at, *end;
};

static DWORD word(const BYTE *at)
{
    return at[0] | (DWORD)at[1] << 8;
}

static DWORD dword(const BYTE *at)
{
    return word(at) | word(at + 2) << 16;
}

static BOOL has(const struct input *in, SIZE_T size)
{
    return (SIZE_T)(in->end - in->at) >= size;
}

/* A terminated text inside a block. */
static WCHAR *narrow_text(const BYTE *at, const BYTE *end)
{
    const BYTE *stop = at;
    while (stop < end && *stop)
        stop++;
    const int length = MultiByteToWideChar(CP_ACP, 0, (const char *)at, (int)(stop - at), NULL, 0);
    WCHAR *text = allocate(((SIZE_T)length + 1) * sizeof *text);
    if (text)
        MultiByteToWideChar(CP_ACP, 0, (const char *)at, (int)(stop - at), text, length);
    return text;
}

static WCHAR *wide_text(const BYTE *at, const BYTE *end)
{
    SIZE_T length = 0;
    while ((SIZE_T)(end - at) >= 2 * length + 2 && word(at + 2 * length))
        length++;
    WCHAR *text = allocate((length + 1) * sizeof *text);
    for (SIZE_T i = 0; text && i < length; i++)
        text[i] = (WCHAR)word(at + 2 * i);
    return text;
}

static WCHAR *joined(WCHAR *first, WCHAR *second)
{
    WCHAR *text = NULL;
    if (first && second && *second) {
        text = allocate(((SIZE_T)lstrlenW(first) + (SIZE_T)lstrlenW(second) + 1) * sizeof *text);
        if (text) {
            lstrcpyW(text, first);
            lstrcpyW(text + lstrlenW(text), second);
        }
        release(first);
    } else {
        text = first;
    }
    release(second);
    return text;
}

/* Volume or share, and path. */
static WCHAR *read_info(const BYTE *block, DWORD size)
{
    const BYTE *end = block + size;
    const DWORD header = dword(block + 4), flags = dword(block + 8);
    WCHAR *base = NULL, *suffix = NULL;

    if (header < 0x1c || header > size)
        return NULL;
    const DWORD suffix_at = dword(block + 0x18), wide_suffix_at = header >= 0x24 ? dword(block + 0x20) : 0;
    if (flags & 1) {
        const DWORD at = dword(block + 0x10), wide_at = header >= 0x24 ? dword(block + 0x1c) : 0;
        if (wide_at && wide_at < size)
            base = wide_text(block + wide_at, end);
        else if (at && at < size)
            base = narrow_text(block + at, end);
    } else if (flags & 2) {
        const DWORD at = dword(block + 0x14);
        if (at && at < size && size - at >= 0x14) {
            const DWORD name = dword(block + at + 8);
            if (name < size - at)
                base = joined(narrow_text(block + at + name, end), link_copy(L"\\"));
        }
    }
    if (wide_suffix_at && wide_suffix_at < size)
        suffix = wide_text(block + wide_suffix_at, end);
    else if (suffix_at && suffix_at < size)
        suffix = narrow_text(block + suffix_at, end);
    return joined(base, suffix);
}

/* A drive and folders and a file, where the list consists of those. */
static WCHAR *path_of_items(const BYTE *items, DWORD size)
{
    WCHAR *path = NULL;

    for (DWORD at = 0; at + 2 <= size && word(items + at) >= 3;) {
        const DWORD length = word(items + at);
        const BYTE *item = items + at, type = item[2];
        if (length > size - at)
            break;
        if ((type & 0x70) == 0x20 && length > 4) {
            release(path);
            path = narrow_text(item + 3, item + length);
        } else if ((type & 0x70) == 0x30 && length > 14 && path) {
            WCHAR *name = NULL;
            /* The long name is in a block at the end; its offset is the last word. */
            const DWORD block = word(item + length - 2);
            if (block > 14 && block + 20 < length && dword(item + block + 4) == 0xbeef0004) {
                const DWORD version = word(item + block + 2);
                const DWORD name_at = version >= 9 ? 46 : version == 8 ? 42 : version == 7 ? 38 : 20;
                if (block + name_at + 2 < length)
                    name = wide_text(item + block + name_at, item + length);
            }
            if (!name)
                name = type & 4 ? wide_text(item + 14, item + length) : narrow_text(item + 14, item + length);
            if (path[0] && path[lstrlenW(path) - 1] != '\\')
                path = joined(path, link_copy(L"\\"));
            path = joined(path, name);
        }
        at += length;
    }
    return path;
}

HRESULT link_read(struct link_data *data, const BYTE *bytes, DWORD size)
{
    struct input in = {bytes, bytes + size};

    link_clear(data);
    if (!has(&in, HEADER_SIZE) || dword(bytes) != HEADER_SIZE || memcmp(bytes + 4, link_class, 16))
        return HRESULT_FROM_WIN32(ERROR_FILE_CORRUPT);
    const DWORD flags = dword(bytes + 0x14);
    data->attributes = dword(bytes + 0x18);
    memcpy(&data->created, bytes + 0x1c, sizeof data->created);
    memcpy(&data->accessed, bytes + 0x24, sizeof data->accessed);
    memcpy(&data->written, bytes + 0x2c, sizeof data->written);
    data->size = dword(bytes + 0x34);
    data->icon = (int)dword(bytes + 0x38);
    data->show = (int)dword(bytes + 0x3c);
    data->hotkey = (WORD)word(bytes + 0x40);
    in.at += HEADER_SIZE;
    if (flags & HAS_ITEMS) {
        if (!has(&in, 2) || !has(&in, 2 + word(in.at)))
            goto corrupt;
        data->items_size = word(in.at);
        data->items = allocate(data->items_size + 2);
        if (data->items)
            memcpy(data->items, in.at + 2, data->items_size);
        in.at += 2 + data->items_size;
    }
    if (flags & HAS_INFO) {
        const DWORD length = has(&in, 0x1c) ? dword(in.at) : 0;
        if (length < 0x1c || !has(&in, length))
            goto corrupt;
        data->texts[LINK_PATH] = read_info(in.at, length);
        in.at += length;
    }
    for (int i = 0; i < 5; i++) {
        if (!(flags & HAS_TEXTS << i))
            continue;
        const DWORD count = has(&in, 2) ? word(in.at) : 0, length = flags & IS_UNICODE ? 2 * count : count;
        if (!has(&in, 2 + length))
            goto corrupt;
        data->texts[i] = flags & IS_UNICODE ? wide_text(in.at + 2, in.at + 2 + length)
                                            : narrow_text(in.at + 2, in.at + 2 + length);
        in.at += 2 + length;
    }
    while (has(&in, 8) && dword(in.at) >= 8 && has(&in, dword(in.at))) {
        if (dword(in.at + 4) == ENVIRONMENT && dword(in.at) >= 0x314 && !data->texts[LINK_PATH])
            data->texts[LINK_PATH] = wide_text(in.at + 0x10c, in.at + 0x314);
        in.at += dword(in.at);
    }
    if (!data->texts[LINK_PATH] && data->items)
        data->texts[LINK_PATH] = path_of_items(data->items, data->items_size);
    return S_OK;
corrupt:
    link_clear(data);
    return HRESULT_FROM_WIN32(ERROR_FILE_CORRUPT);
}

/* ---------------------------------------------------------------- writing */

static void put_word(BYTE **to, DWORD value)
{
    *(*to)++ = (BYTE)value;
    *(*to)++ = (BYTE)(value >> 8);
}

static void put_dword(BYTE **to, DWORD value)
{
    put_word(to, value);
    put_word(to, value >> 16);
}

static void put_bytes(BYTE **to, const void *from, SIZE_T size)
{
    memcpy(*to, from, size);
    *to += size;
}

/* The volume the path is on and the path, narrow and wide. */
static void put_info(BYTE **to, const WCHAR *path)
{
    BYTE *start = *to, *size_at = start;
    WCHAR root[4] = L"?:\\";
    char narrow[3 * MAX_PATH];
    DWORD serial = 0;
    const int narrow_size = WideCharToMultiByte(CP_ACP, 0, path, -1, narrow, sizeof narrow, NULL, NULL);
    const DWORD wide_size = ((DWORD)lstrlenW(path) + 1) * sizeof(WCHAR), volume_size = 0x11;

    root[0] = path[0];
    GetVolumeInformationW(root, NULL, 0, &serial, NULL, NULL, NULL, 0);
    const DWORD path_at = 0x24 + volume_size, suffix_at = path_at + (DWORD)narrow_size,
                wide_at = suffix_at + 1, wide_suffix_at = wide_at + wide_size, size = wide_suffix_at + 2;
    put_dword(&size_at, size);
    *to += 4;
    put_dword(to, 0x24);
    put_dword(to, 1); /* volume and local path */
    put_dword(to, 0x24);
    put_dword(to, path_at);
    put_dword(to, 0);
    put_dword(to, suffix_at);
    put_dword(to, wide_at);
    put_dword(to, wide_suffix_at);
    put_dword(to, volume_size);
    put_dword(to, GetDriveTypeW(root));
    put_dword(to, serial);
    put_dword(to, 0x10); /* the label: empty */
    *(*to)++ = 0;
    put_bytes(to, narrow, (SIZE_T)narrow_size);
    *(*to)++ = 0;
    put_bytes(to, path, wide_size);
    put_word(to, 0);
}

HRESULT link_write(const struct link_data *data, BYTE **ret_bytes, DWORD *ret_size)
{
    const WCHAR *path = data->texts[LINK_PATH];
    const BOOL local = path && path[0] && path[1] == ':' && lstrlenW(path) < MAX_PATH;
    DWORD flags = IS_UNICODE, room = HEADER_SIZE + data->items_size + 0x400 + 6 * MAX_PATH;

    for (int i = 0; i < LINK_TEXTS; i++)
        if (data->texts[i] && *data->texts[i]) {
            room += 2 + (DWORD)lstrlenW(data->texts[i]) * 2;
            if (i < 5)
                flags |= HAS_TEXTS << i;
        }
    if (data->items)
        flags |= HAS_ITEMS;
    if (local)
        flags |= HAS_INFO;
    else if (path && *path && lstrlenW(path) < MAX_PATH)
        flags |= HAS_EXPAND;
    BYTE *bytes = allocate(room), *to = bytes;
    if (!bytes)
        return E_OUTOFMEMORY;
    put_dword(&to, HEADER_SIZE);
    put_bytes(&to, link_class, sizeof link_class);
    put_dword(&to, flags);
    put_dword(&to, data->attributes);
    put_bytes(&to, &data->created, sizeof data->created);
    put_bytes(&to, &data->accessed, sizeof data->accessed);
    put_bytes(&to, &data->written, sizeof data->written);
    put_dword(&to, data->size);
    put_dword(&to, (DWORD)data->icon);
    put_dword(&to, (DWORD)data->show);
    put_word(&to, data->hotkey);
    to = bytes + HEADER_SIZE;
    if (data->items) {
        put_word(&to, data->items_size);
        put_bytes(&to, data->items, data->items_size);
    }
    if (local)
        put_info(&to, path);
    for (int i = 0; i < 5; i++) {
        if (!(flags & HAS_TEXTS << i))
            continue;
        const DWORD length = (DWORD)lstrlenW(data->texts[i]);
        put_word(&to, length);
        put_bytes(&to, data->texts[i], length * sizeof(WCHAR));
    }
    if (flags & HAS_EXPAND) { /* the path twice, in fields of fixed size */
        BYTE *block = to;
        put_dword(&to, 0x314);
        put_dword(&to, ENVIRONMENT);
        WideCharToMultiByte(CP_ACP, 0, path, -1, (char *)to, MAX_PATH - 1, NULL, NULL);
        memcpy(block + 0x10c, path, ((SIZE_T)lstrlenW(path) + 1) * sizeof *path);
        to = block + 0x314;
    }
    put_dword(&to, 0);
    *ret_bytes = bytes;
    *ret_size = (DWORD)(to - bytes);
    return S_OK;
}
