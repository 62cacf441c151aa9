/*
 * The file system: findfirst and its kin.
 */
#include "filesystem_private.h"

#define FIND_STRUCTS(T, time_type, size_type)                                                                \
    struct T {                                                                                               \
        unsigned int attrib;                                                                                 \
        time_type time_create, time_access, time_write;                                                      \
        size_type size;                                                                                      \
        char name[260];                                                                                      \
    };                                                                                                       \
    struct w##T {                                                                                            \
        unsigned int attrib;                                                                                 \
        time_type time_create, time_access, time_write;                                                      \
        size_type size;                                                                                      \
        wchar_t name[260];                                                                                   \
    }
FIND_STRUCTS(find32, int32_t, uint32_t);
FIND_STRUCTS(find32i64, int32_t, int64_t);
FIND_STRUCTS(find64i32, int64_t, uint32_t);
FIND_STRUCTS(find64, int64_t, int64_t);

static int find_failed(void)
{
    DWORD error = GetLastError();

    _dosmaperr(error);
    switch (error) {
    case ERROR_NO_MORE_FILES:
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND: errno = ENOENT; break;
    case ERROR_NOT_ENOUGH_MEMORY: errno = ENOMEM; break;
    default: errno = EINVAL;
    }
    return -1;
}

static int64_t find_time(FILETIME ft)
{
    return ft.dwLowDateTime || ft.dwHighDateTime ? unix_time(ft) : -1;
}

#define FILL_FIND(out, found)                                                                                \
    (out)->attrib = (found).dwFileAttributes == FILE_ATTRIBUTE_NORMAL ? 0 : (found).dwFileAttributes;        \
    (out)->time_create = find_time((found).ftCreationTime);                                                  \
    (out)->time_access = find_time((found).ftLastAccessTime);                                                \
    (out)->time_write = find_time((found).ftLastWriteTime);                                                  \
    (out)->size = (int64_t)(found).nFileSizeHigh << 32 | (found).nFileSizeLow

#define FIND_FUNCTIONS(suffix, T)                                                                            \
    intptr_t _wfindfirst##suffix(const wchar_t *pattern, struct w##T *out)                                   \
    {                                                                                                        \
        WIN32_FIND_DATAW found;                                                                              \
        CRT_CHECK(pattern &&out, EINVAL, -1);                                                                \
        HANDLE handle = FindFirstFileW(pattern, &found);                                                     \
        if (handle == INVALID_HANDLE_VALUE)                                                                  \
            return find_failed();                                                                            \
        FILL_FIND(out, found);                                                                               \
        wcscpy(out->name, found.cFileName);                                                                  \
        return (intptr_t)handle;                                                                             \
    }                                                                                                        \
    int _wfindnext##suffix(intptr_t handle, struct w##T *out)                                                \
    {                                                                                                        \
        WIN32_FIND_DATAW found;                                                                              \
        CRT_CHECK(handle != -1 && out, EINVAL, -1);                                                          \
        if (!FindNextFileW((HANDLE)handle, &found))                                                          \
            return find_failed();                                                                            \
        FILL_FIND(out, found);                                                                               \
        wcscpy(out->name, found.cFileName);                                                                  \
        return 0;                                                                                            \
    }                                                                                                        \
    static void narrow_##T(struct T *out, const struct w##T *w)                                              \
    {                                                                                                        \
        out->attrib = w->attrib;                                                                             \
        out->time_create = w->time_create;                                                                   \
        out->time_access = w->time_access;                                                                   \
        out->time_write = w->time_write;                                                                     \
        out->size = w->size;                                                                                 \
        if (!WideCharToMultiByte(AreFileApisANSI() ? CP_ACP : CP_OEMCP, 0, w->name, -1, out->name,           \
                                 sizeof out->name, NULL, NULL))                                              \
            out->name[0] = 0;                                                                                \
    }                                                                                                        \
    intptr_t _findfirst##suffix(const char *name, struct T *out)                                             \
    {                                                                                                        \
        struct w##T w;                                                                                       \
        CRT_CHECK(name &&out, EINVAL, -1);                                                                   \
        wchar_t *wide = crt_wide_path(name);                                                                 \
        intptr_t handle = wide ? _wfindfirst##suffix(wide, &w) : -1;                                         \
        free(wide);                                                                                          \
        if (handle != -1)                                                                                    \
            narrow_##T(out, &w);                                                                             \
        return handle;                                                                                       \
    }                                                                                                        \
    int _findnext##suffix(intptr_t handle, struct T *out)                                                    \
    {                                                                                                        \
        struct w##T w;                                                                                       \
        CRT_CHECK(handle != -1 && out, EINVAL, -1);                                                          \
        if (_wfindnext##suffix(handle, &w))                                                                  \
            return -1;                                                                                       \
        narrow_##T(out, &w);                                                                                 \
        return 0;                                                                                            \
    }
FIND_FUNCTIONS(32, find32)
FIND_FUNCTIONS(32i64, find32i64)
FIND_FUNCTIONS(64i32, find64i32)
FIND_FUNCTIONS(64, find64)

int _findclose(intptr_t handle)
{
    if (!FindClose((HANDLE)handle)) {
        errno = EINVAL;
        return -1;
    }
    return 0;
}
