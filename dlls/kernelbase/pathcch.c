/*
 * PathCch*: paths as text, with and without the prefixes that switch parsing off. Nothing here looks at
 * the file system.
 */
#include "kernelbase.h"
#include <pathcch.h>

#define E(code) ((HRESULT)(code))
#ifndef PATHCCH_E_FILENAME_TOO_LONG
#define PATHCCH_E_FILENAME_TOO_LONG E(0x800700ce)
#endif
#define INSUFFICIENT   E(0x8007007a) /* ERROR_INSUFFICIENT_BUFFER */
#define SEGMENT_MAX    256
#define EXTENSION_MAX  256
#define ALLOW_LONG     0x01u
#define FORCE_ENABLE   0x02u
#define FORCE_DISABLE  0x04u
#define KEEP_SEGMENTS  0x08u
#define ENSURE_PREFIX  0x10u
#define ENSURE_SLASH   0x20u
#define CHANGE_SLASHES 0x40u

/* What a path begins with. */
struct root {
    enum { ROOT_NONE, ROOT_SLASH, ROOT_DRIVE, ROOT_UNC, ROOT_VOLUME } kind;
    size_t prefix; /* "\\?\" or "\\?\UNC\" */
    size_t length; /* all of it, with the backslash that ends it if there is one */
};

static BOOL is_letter(WCHAR c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static BOOL is_hex(WCHAR c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static BOOL begins(const WCHAR *path, const WCHAR *with)
{
    for (; *with; path++, with++)
        if (*path != *with && (!is_letter(*with) || (*path | 32) != (*with | 32)))
            return FALSE;
    return TRUE;
}

/* "\\?\Volume{8-4-4-4-12}" */
static BOOL is_volume(const WCHAR *path)
{
    if (!begins(path, L"\\\\?\\Volume{"))
        return FALSE;
    path += 11;
    for (int i = 0; i < 36; i++, path++)
        if (i == 8 || i == 13 || i == 18 || i == 23 ? *path != '-' : !is_hex(*path))
            return FALSE;
    return *path == '}';
}

static size_t segment(const WCHAR *path)
{
    size_t n = 0;
    while (path[n] && path[n] != '\\')
        n++;
    return n;
}

static struct root find_root(const WCHAR *path)
{
    struct root root = {ROOT_NONE, 0, 0};
    const WCHAR *at = path;

    if (is_volume(path)) {
        root.kind = ROOT_VOLUME;
        root.length = 48 + (path[48] == '\\');
        return root;
    }
    if (begins(path, L"\\\\?\\UNC\\")) {
        root.prefix = 8;
        root.kind = ROOT_UNC;
    } else if (begins(path, L"\\\\?\\") && is_letter(path[4]) && path[5] == ':') {
        root.prefix = 4;
        root.kind = ROOT_DRIVE;
    } else if (path[0] == '\\' && path[1] == '\\' && path[2] != '?') {
        at += 2;
        root.kind = ROOT_UNC;
    } else if (path[0] == '\\') {
        root.kind = ROOT_SLASH;
        root.length = 1;
        return root;
    } else if (is_letter(path[0]) && path[1] == ':') {
        root.kind = ROOT_DRIVE;
    } else {
        return root;
    }
    at += root.prefix;
    if (root.kind == ROOT_DRIVE) {
        at += 2;
    } else {
        at += segment(at);
        if (*at == '\\' && at[1])
            at += 1 + segment(at + 1);
    }
    if (*at == '\\')
        at++;
    root.length = (size_t)(at - path);
    return root;
}

static size_t length_within(const WCHAR *path, size_t capacity)
{
    size_t n = 0;
    while (n < capacity && path[n])
        n++;
    return n;
}

/* A buffer that a function changes in place: its length, or an error. */
static HRESULT check_buffer(const WCHAR *path, size_t capacity, size_t *ret_length)
{
    if (!path || !capacity || capacity > PATHCCH_MAX_CCH)
        return E_INVALIDARG;
    *ret_length = length_within(path, capacity);
    return *ret_length == capacity ? E_INVALIDARG : S_OK;
}

/* ---------------------------------------------------------------- canonical form */

static BOOL flags_are_valid(ULONG flags)
{
    if (flags & ~0x7fu)
        return FALSE;
    if ((flags & (FORCE_ENABLE | FORCE_DISABLE)) == (FORCE_ENABLE | FORCE_DISABLE))
        return FALSE;
    return !(flags & (FORCE_ENABLE | FORCE_DISABLE)) || flags & ALLOW_LONG;
}

/* Writes the canonical form of `in` to `out`, which has room for its length and 16 more. */
static HRESULT canonicalize(const WCHAR *in, ULONG flags, WCHAR *out)
{
    const struct root root = find_root(in);
    WCHAR *to = out, *body;
    const WCHAR *at = in + root.length;
    BOOL absolute = FALSE;

    /* The root, without a prefix that is not needed. */
    switch (root.kind) {
    case ROOT_NONE: break;
    case ROOT_SLASH:
        *to++ = '\\';
        absolute = TRUE;
        break;
    case ROOT_VOLUME:
        memcpy(to, in, 48 * sizeof *to);
        to += 48;
        *to++ = '\\';
        absolute = TRUE;
        break;
    case ROOT_DRIVE:
        *to++ = in[root.prefix];
        *to++ = ':';
        absolute = in[root.length - 1] == '\\' || !*at;
        if (absolute)
            *to++ = '\\';
        break;
    case ROOT_UNC:
        *to++ = '\\';
        *to++ = '\\';
        for (const WCHAR *from = in + (root.prefix ? root.prefix : 2); from < at; from++)
            *to++ = *from;
        absolute = TRUE;
        break;
    }
    body = to;
    while (*at) {
        const size_t length = segment(at);
        if (length > SEGMENT_MAX)
            return PATHCCH_E_FILENAME_TOO_LONG;
        if (length == 1 && at[0] == '.') {
            at += 1 + (at[1] == '\\');
            if (!*at && to > body && to[-1] == '\\')
                to--;
            continue;
        }
        if (length == 2 && at[0] == '.' && at[1] == '.') {
            at += 2 + (at[2] == '\\');
            if (to > body && to[-1] == '\\')
                to--;
            while (to > body && to[-1] != '\\')
                to--;
            if (!*at && to > body && to[-1] == '\\')
                to--;
            continue;
        }
        memcpy(to, at, length * sizeof *to);
        to += length;
        at += length;
        if (!(flags & KEEP_SEGMENTS)) {
            WCHAR *start = to - length;
            while (to > start && to[-1] == '.' && (to - 1 == start || to[-2] != '*'))
                to--;
            while (to > start && *at == 0 && to[-1] == ' ')
                to--;
        }
        if (*at == '\\') {
            *to++ = '\\';
            at++;
        }
    }
    if (to == out)
        *to++ = '\\';
    *to = 0;
    if (root.kind == ROOT_DRIVE && to == out + 2 && absolute) {
        *to++ = '\\';
        *to = 0;
    }
    if (flags & ENSURE_SLASH && to[-1] != '\\') {
        *to++ = '\\';
        *to = 0;
    }
    /* Longer than others can take, or asked for: the prefix. */
    size_t length = (size_t)(to - out);
    if ((flags & ENSURE_PREFIX || (length >= MAX_PATH && flags & ALLOW_LONG && !(flags & FORCE_ENABLE))) &&
        absolute && (root.kind == ROOT_DRIVE || root.kind == ROOT_UNC)) {
        const WCHAR *prefix = root.kind == ROOT_DRIVE ? L"\\\\?\\" : L"\\\\?\\UNC\\";
        const size_t skip = root.kind == ROOT_DRIVE ? 0 : 2, size = root.kind == ROOT_DRIVE ? 4 : 8;
        memmove(out + size, out + skip, (length - skip + 1) * sizeof *out);
        memcpy(out, prefix, size * sizeof *out);
        length += size - skip;
    }
    if (length >= MAX_PATH && !(flags & ALLOW_LONG))
        return PATHCCH_E_FILENAME_TOO_LONG;
    return length >= PATHCCH_MAX_CCH ? PATHCCH_E_FILENAME_TOO_LONG : S_OK;
}

/* *ret_text is the process heap's. */
static HRESULT canonical_copy(const WCHAR *in, ULONG flags, WCHAR **ret_text)
{
    const size_t length = length_within(in, PATHCCH_MAX_CCH);
    WCHAR *source = NULL, *out = RtlAllocateHeap(process_heap(), 0, (length + 17) * sizeof *out);
    HRESULT result = out ? S_OK : E_OUTOFMEMORY;

    if (SUCCEEDED(result) && length == PATHCCH_MAX_CCH)
        result = PATHCCH_E_FILENAME_TOO_LONG;
    if (SUCCEEDED(result) && flags & CHANGE_SLASHES) {
        source = RtlAllocateHeap(process_heap(), 0, (length + 1) * sizeof *source);
        for (size_t i = 0; source && i <= length; i++)
            source[i] = in[i] == '/' ? '\\' : in[i];
        result = source ? S_OK : E_OUTOFMEMORY;
    }
    if (SUCCEEDED(result))
        result = canonicalize(source ? source : in, flags, out);
    RtlFreeHeap(process_heap(), 0, source);
    if (FAILED(result)) {
        RtlFreeHeap(process_heap(), 0, out);
        return result;
    }
    *ret_text = out;
    return S_OK;
}

/* The caller frees *out with LocalFree. */
HRESULT WINAPI PathAllocCanonicalize(PCWSTR in, ULONG flags, PWSTR *out)
{
    WCHAR *text;

    if (out)
        *out = NULL;
    if (!in || !out || !flags_are_valid(flags))
        return E_INVALIDARG;
    const HRESULT result = canonical_copy(in, flags, &text);
    if (FAILED(result))
        return result;
    const size_t size = (wcslen(text) + 1) * sizeof *text;
    *out = LocalAlloc(LMEM_FIXED, size);
    if (*out)
        memcpy(*out, text, size);
    RtlFreeHeap(process_heap(), 0, text);
    return *out ? S_OK : E_OUTOFMEMORY;
}

HRESULT WINAPI PathCchCanonicalizeEx(PWSTR out, size_t capacity, PCWSTR in, ULONG flags)
{
    WCHAR *text;

    if (!out || !capacity || capacity > PATHCCH_MAX_CCH)
        return E_INVALIDARG;
    *out = 0;
    if (!flags_are_valid(flags))
        return E_INVALIDARG;
    HRESULT result = canonical_copy(in ? in : L"", flags, &text);
    if (FAILED(result))
        return result;
    const size_t length = wcslen(text);
    if (length < capacity)
        memcpy(out, text, (length + 1) * sizeof *text);
    else
        result = INSUFFICIENT;
    RtlFreeHeap(process_heap(), 0, text);
    return result;
}

HRESULT WINAPI PathCchCanonicalize(PWSTR out, size_t capacity, PCWSTR in)
{
    return PathCchCanonicalizeEx(out, capacity, in, 0);
}

/* `more` behind `path`, or alone if it is absolute; one that begins with a backslash keeps path's root. */
HRESULT WINAPI PathAllocCombine(PCWSTR path, PCWSTR more, ULONG flags, PWSTR *out)
{
    if (out)
        *out = NULL;
    if (!out || (!path && !more) || !flags_are_valid(flags))
        return E_INVALIDARG;
    if (!path || !more)
        return PathAllocCanonicalize(path ? path : more, flags, out);
    const struct root root = find_root(more);
    if (root.kind != ROOT_NONE && root.kind != ROOT_SLASH)
        return PathAllocCanonicalize(more, flags, out);
    size_t length = length_within(path, PATHCCH_MAX_CCH), more_length = length_within(more, PATHCCH_MAX_CCH);
    WCHAR *both = RtlAllocateHeap(process_heap(), 0, (length + more_length + 2) * sizeof *both);
    if (!both)
        return E_OUTOFMEMORY;
    if (root.kind == ROOT_SLASH) {
        length = find_root(path).length;
        while (*more == '\\')
            more++, more_length--;
    }
    memcpy(both, path, length * sizeof *both);
    if (length && both[length - 1] != '\\')
        both[length++] = '\\';
    memcpy(both + length, more, more_length * sizeof *both);
    both[length + more_length] = 0;
    const HRESULT result = PathAllocCanonicalize(both, flags, out);
    RtlFreeHeap(process_heap(), 0, both);
    return result;
}

HRESULT WINAPI PathCchCombineEx(PWSTR out, size_t capacity, PCWSTR path, PCWSTR more, ULONG flags)
{
    WCHAR *text;

    if (!out || !capacity || capacity > PATHCCH_MAX_CCH)
        return E_INVALIDARG;
    HRESULT result = PathAllocCombine(path, more, flags, &text);
    if (SUCCEEDED(result)) {
        const size_t length = wcslen(text);
        if (length < capacity)
            memcpy(out, text, (length + 1) * sizeof *text);
        else
            result = INSUFFICIENT;
        LocalFree(text);
    }
    if (FAILED(result))
        *out = 0;
    return result;
}

HRESULT WINAPI PathCchCombine(PWSTR out, size_t capacity, PCWSTR path, PCWSTR more)
{
    return PathCchCombineEx(out, capacity, path, more, 0);
}

/* Without a root of its own, `more` is put behind; a leading backslash counts for nothing. */
HRESULT WINAPI PathCchAppendEx(PWSTR path, size_t capacity, PCWSTR more, ULONG flags)
{
    size_t length;
    HRESULT result = check_buffer(path, capacity, &length);
    WCHAR *text;

    if (FAILED(result))
        return result;
    if (more && find_root(more).kind == ROOT_SLASH)
        while (*more == '\\')
            more++;
    result = PathAllocCombine(path, more, flags, &text);
    if (SUCCEEDED(result)) {
        length = wcslen(text);
        if (length < capacity)
            memcpy(path, text, (length + 1) * sizeof *text);
        else
            result = INSUFFICIENT;
        LocalFree(text);
    }
    return result;
}

HRESULT WINAPI PathCchAppend(PWSTR path, size_t capacity, PCWSTR more)
{
    return PathCchAppendEx(path, capacity, more, 0);
}

/* ---------------------------------------------------------------- backslashes */

/* S_FALSE: it was there. */
HRESULT WINAPI PathCchAddBackslashEx(PWSTR path, size_t capacity, PWSTR *end, size_t *remaining)
{
    size_t length;
    HRESULT result = check_buffer(path, capacity, &length);

    if (end)
        *end = NULL;
    if (remaining)
        *remaining = 0;
    if (FAILED(result))
        return result;
    if (length && path[length - 1] == '\\') {
        result = S_FALSE;
    } else if (length && length + 1 < capacity) {
        path[length++] = '\\';
        path[length] = 0;
    } else if (length) {
        return INSUFFICIENT;
    }
    if (end)
        *end = path + length;
    if (remaining)
        *remaining = capacity - length;
    return result;
}

HRESULT WINAPI PathCchAddBackslash(PWSTR path, size_t capacity)
{
    return PathCchAddBackslashEx(path, capacity, NULL, NULL);
}

/* S_FALSE: there is none, or it is the root's. */
HRESULT WINAPI PathCchRemoveBackslashEx(PWSTR path, size_t capacity, PWSTR *end, size_t *remaining)
{
    size_t length;
    HRESULT result = check_buffer(path, capacity, &length);

    if (end)
        *end = NULL;
    if (remaining)
        *remaining = 0;
    if (FAILED(result))
        return result;
    const struct root root = find_root(path);
    result = S_FALSE;
    if (length && path[length - 1] == '\\' &&
        (length > root.length || (root.kind == ROOT_UNC && length > root.prefix + 2))) {
        path[--length] = 0;
        result = S_OK;
    } else if (length && path[length - 1] == '\\') {
        length--; /* the root's stays, and the end is before it */
    }
    if (end)
        *end = path + length;
    if (remaining)
        *remaining = capacity - length;
    return result;
}

HRESULT WINAPI PathCchRemoveBackslash(PWSTR path, size_t capacity)
{
    return PathCchRemoveBackslashEx(path, capacity, NULL, NULL);
}

/* ---------------------------------------------------------------- extensions */

/* The last dot of the last component, or the end. */
HRESULT WINAPI PathCchFindExtension(PCWSTR path, size_t capacity, PCWSTR *extension)
{
    size_t length;

    if (extension)
        *extension = NULL;
    if (!extension)
        return E_INVALIDARG;
    const HRESULT result = check_buffer(path, capacity, &length);
    if (FAILED(result))
        return result;
    *extension = path + length;
    for (size_t i = length; i--;) {
        if (path[i] == '\\' || path[i] == ' ')
            break;
        if (path[i] == '.') {
            *extension = path + i;
            break;
        }
    }
    return S_OK;
}

static BOOL extension_is_valid(const WCHAR *extension)
{
    size_t n = 0;
    if (!extension)
        return FALSE;
    for (const WCHAR *at = extension + (*extension == '.'); *at; at++, n++)
        if (*at == '\\' || *at == ' ' || *at == '.' || n >= EXTENSION_MAX)
            return FALSE;
    return TRUE;
}

static HRESULT put_extension(WCHAR *path, size_t capacity, size_t at, const WCHAR *extension)
{
    const BOOL dot = *extension && *extension != '.';
    const size_t length = wcslen(extension);

    if (!length || (length == 1 && *extension == '.')) {
        path[at] = 0;
        return S_OK;
    }
    if (at + dot + length >= capacity)
        return INSUFFICIENT;
    if (dot)
        path[at++] = '.';
    memcpy(path + at, extension, (length + 1) * sizeof *path);
    return S_OK;
}

/* S_FALSE: it has one. */
HRESULT WINAPI PathCchAddExtension(PWSTR path, size_t capacity, PCWSTR extension)
{
    PCWSTR found;

    if (!extension_is_valid(extension))
        return E_INVALIDARG;
    const HRESULT result = PathCchFindExtension(path, capacity, &found);
    if (FAILED(result))
        return result;
    if (*found)
        return S_FALSE;
    return *extension ? put_extension(path, capacity, (size_t)(found - path), extension) : S_OK;
}

HRESULT WINAPI PathCchRemoveExtension(PWSTR path, size_t capacity)
{
    PCWSTR found;
    const HRESULT result = PathCchFindExtension(path, capacity, &found);

    if (FAILED(result))
        return result;
    if (!*found)
        return S_FALSE;
    path[found - path] = 0;
    return S_OK;
}

HRESULT WINAPI PathCchRenameExtension(PWSTR path, size_t capacity, PCWSTR extension)
{
    PCWSTR found;

    if (!extension_is_valid(extension))
        return E_INVALIDARG;
    const HRESULT result = PathCchFindExtension(path, capacity, &found);
    return FAILED(result) ? result : put_extension(path, capacity, (size_t)(found - path), extension);
}

/* ---------------------------------------------------------------- roots */

/* Behind the root, its backslash included. */
HRESULT WINAPI PathCchSkipRoot(PCWSTR path, PCWSTR *end)
{
    if (!path || !*path || !end)
        return E_INVALIDARG;
    const struct root root = find_root(path);
    if (root.kind == ROOT_NONE)
        return E_INVALIDARG;
    *end = path + root.length;
    return S_OK;
}

BOOL WINAPI PathCchIsRoot(PCWSTR path)
{
    if (!path || !*path)
        return FALSE;
    const struct root root = find_root(path);
    if (root.kind == ROOT_NONE || path[root.length])
        return FALSE;
    if (root.kind == ROOT_DRIVE || root.kind == ROOT_VOLUME)
        return path[root.length - 1] == '\\';
    if (root.kind == ROOT_UNC) {
        /* not with a backslash behind the server or the share */
        const size_t start = root.prefix ? root.prefix : 2;
        return root.length <= start || path[root.length - 1] != '\\';
    }
    return TRUE;
}

/* Removes the last component and the backslash before it; S_FALSE: there is none. */
HRESULT WINAPI PathCchRemoveFileSpec(PWSTR path, size_t capacity)
{
    size_t length;
    const HRESULT result = check_buffer(path, capacity, &length);

    if (FAILED(result))
        return result;
    const struct root root = find_root(path);
    size_t least = root.length, at = length;
    if (root.kind == ROOT_UNC && least > 2 && path[least - 1] == '\\')
        least--;
    while (at > least && path[at - 1] != '\\')
        at--;
    if (at > least)
        at--;
    if (at == length)
        return S_FALSE;
    path[at] = 0;
    return S_OK;
}

HRESULT WINAPI PathCchStripToRoot(PWSTR path, size_t capacity)
{
    size_t length;
    const HRESULT result = check_buffer(path, capacity, &length);

    if (FAILED(result))
        return result;
    const struct root root = find_root(path);
    size_t end = root.length;
    if (root.kind == ROOT_UNC && end > 2 && path[end - 1] == '\\' && end > root.prefix + 2)
        end--;
    if (root.kind == ROOT_NONE) {
        *path = 0;
        return E_INVALIDARG;
    }
    if (!path[end])
        return S_FALSE;
    path[end] = 0;
    return S_OK;
}

/* Takes "\\?\" off where the path means the same without it. */
HRESULT WINAPI PathCchStripPrefix(PWSTR path, size_t capacity)
{
    size_t length;
    const HRESULT result = check_buffer(path, capacity, &length);

    if (FAILED(result))
        return result;
    const struct root root = find_root(path);
    if (!root.prefix)
        return S_FALSE;
    if (root.kind == ROOT_UNC)
        memmove(path + 2, path + 8, (length - 8 + 1) * sizeof *path);
    else
        memmove(path, path + 4, (length - 4 + 1) * sizeof *path);
    return S_OK;
}

/* *server: behind the two backslashes. */
BOOL WINAPI PathIsUNCEx(PCWSTR path, PCWSTR *server)
{
    if (server)
        *server = NULL;
    if (!path)
        return FALSE;
    const struct root root = find_root(path);
    if (root.kind != ROOT_UNC)
        return FALSE;
    if (server)
        *server = path + (root.prefix ? root.prefix : 2);
    return TRUE;
}
