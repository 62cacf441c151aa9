/*
 * The file system: stat, find, names and folders. Narrow functions convert names by the file-name
 * code page and call the wide ones.
 */
#include "crt.h"

#ifndef EOVERFLOW
#define EOVERFLOW 132
#endif

#define EPOCH_1970 116444736000000000ull

static int64_t unix_time(FILETIME ft)
{
    uint64_t t = (uint64_t)ft.dwHighDateTime << 32 | ft.dwLowDateTime;

    if (!t)
        return 0;
    return (int64_t)(t - EPOCH_1970) / 10000000 -
           ((int64_t)(t - EPOCH_1970) < 0 && (t - EPOCH_1970) % 10000000);
}

static FILETIME file_time(int64_t t)
{
    uint64_t v = (uint64_t)t * 10000000 + EPOCH_1970;

    return (FILETIME){(DWORD)v, (DWORD)(v >> 32)};
}

/* A Win32 result as a C result. */
static int result(BOOL ok)
{
    if (ok)
        return 0;
    _dosmaperr(GetLastError());
    return -1;
}

/* Calls the wide function with the converted name. */
#define NARROW(call, failure)                                                                                \
    CRT_CHECK(name, EINVAL, failure);                                                                        \
    wchar_t *wide = crt_wide_path(name);                                                                     \
    if (!wide)                                                                                               \
        return failure;                                                                                      \
    __auto_type value = call;                                                                                \
    free(wide);                                                                                              \
    return value;

/* ---------------------------------------------------------------- stat */

struct stat_info {
    unsigned int dev;
    unsigned short ino, mode;
    short nlink;
    int64_t size, atime, mtime, ctime;
};

#define STAT_STRUCT(name, size_type, time_type)                                                              \
    struct name {                                                                                            \
        unsigned int st_dev;                                                                                 \
        unsigned short st_ino, st_mode;                                                                      \
        short st_nlink, st_uid, st_gid;                                                                      \
        unsigned int st_rdev;                                                                                \
        size_type st_size;                                                                                   \
        time_type st_atime, st_mtime, st_ctime;                                                              \
    }
STAT_STRUCT(stat32, int32_t, int32_t);
STAT_STRUCT(stat32i64, int64_t, int32_t);
STAT_STRUCT(stat64i32, int32_t, int64_t);
STAT_STRUCT(stat64, int64_t, int64_t);

static bool has_extension(const wchar_t *path)
{
    const wchar_t *point = wcsrchr(path, '.');

    return point && (!_wcsicmp(point, L".exe") || !_wcsicmp(point, L".cmd") || !_wcsicmp(point, L".bat") ||
                     !_wcsicmp(point, L".com"));
}

static unsigned short mode_of(DWORD attributes, const wchar_t *path)
{
    unsigned int mode = attributes & FILE_ATTRIBUTE_DIRECTORY ? _S_IFDIR | _S_IEXEC : _S_IFREG;

    mode |= attributes & FILE_ATTRIBUTE_READONLY ? _S_IREAD : _S_IREAD | _S_IWRITE;
    if (path && has_extension(path))
        mode |= _S_IEXEC;
    return (unsigned short)(mode | (mode & 0700) >> 3 | (mode & 0700) >> 6);
}

static int stat_path(const wchar_t *path, struct stat_info *info)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    size_t length;

    memset(info, 0, sizeof *info);
    if (wcschr(path, '*') || (wcsncmp(path, L"\\\\?\\", 4) && wcschr(path, '?'))) {
        errno = ENOENT;
        crt_thread()->doserror = ERROR_FILE_NOT_FOUND;
        return -1;
    }
    length = wcslen(path);
    /* A name that ends in a separator is only found if it is a root. */
    if (length > 1 && (path[length - 1] == '\\' || path[length - 1] == '/') &&
        !(length == 3 && path[1] == ':') && !CRT_UCRT &&
        GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES) {
        errno = ENOENT;
        return -1;
    }
    if (!GetFileAttributesExW(path, GetFileExInfoStandard, &data)) {
        _dosmaperr(GetLastError());
        errno = ENOENT;
        return -1;
    }
    if (path[0] && path[1] == ':')
        info->dev = (path[0] | 32) - 'a';
    else {
        wchar_t folder[4] = L"";
        wchar_t buffer[MAX_PATH];
        if (GetCurrentDirectoryW(MAX_PATH, buffer) && buffer[1] == ':')
            folder[0] = buffer[0];
        info->dev = folder[0] ? (folder[0] | 32) - 'a' : 0;
    }
    info->mode = mode_of(data.dwFileAttributes, path);
    info->nlink = 1;
    info->size = (int64_t)data.nFileSizeHigh << 32 | data.nFileSizeLow;
    info->mtime = unix_time(data.ftLastWriteTime);
    info->atime = unix_time(data.ftLastAccessTime);
    info->ctime = unix_time(data.ftCreationTime);
    if (!info->atime)
        info->atime = info->mtime;
    if (!info->ctime)
        info->ctime = info->mtime;
    return 0;
}

static int stat_fd(int fd, struct stat_info *info)
{
    struct crt_fd *f = crt_fd_lock(fd);
    BY_HANDLE_FILE_INFORMATION data;
    int status = 0;

    memset(info, 0, sizeof *info);
    if (!f)
        return -1;
    DWORD type = GetFileType((HANDLE)f->handle) & 0xf;
    if (type == FILE_TYPE_CHAR || type == FILE_TYPE_PIPE) {
        DWORD available = 0;
        info->mode = type == FILE_TYPE_CHAR ? _S_IFCHR : _S_IFIFO;
        info->dev = fd;
        info->nlink = 1;
        if (type == FILE_TYPE_PIPE && PeekNamedPipe((HANDLE)f->handle, NULL, 0, NULL, &available, NULL))
            info->size = available;
    } else if (type == FILE_TYPE_UNKNOWN) {
        errno = EBADF;
        status = -1;
    } else if (!GetFileInformationByHandle((HANDLE)f->handle, &data)) {
        _dosmaperr(GetLastError());
        status = -1;
    } else {
        info->mode = mode_of(data.dwFileAttributes, NULL);
        info->nlink = (short)(CRT_UCRT ? data.nNumberOfLinks : 1);
        info->size = (int64_t)data.nFileSizeHigh << 32 | data.nFileSizeLow;
        info->mtime = unix_time(data.ftLastWriteTime);
        info->atime = unix_time(data.ftLastAccessTime);
        info->ctime = unix_time(data.ftCreationTime);
        if (!info->atime)
            info->atime = info->mtime;
        if (!info->ctime)
            info->ctime = info->mtime;
    }
    crt_fd_unlock(f);
    return status;
}

#define STAT_FUNCTIONS(suffix, T)                                                                            \
    static int fill_##T(struct T *s, const struct stat_info *info)                                           \
    {                                                                                                        \
        memset(s, 0, sizeof *s);                                                                             \
        s->st_size = info->size;                                                                             \
        if (s->st_size != info->size) {                                                                      \
            errno = EOVERFLOW;                                                                               \
            return -1;                                                                                       \
        }                                                                                                    \
        s->st_dev = s->st_rdev = info->dev;                                                                  \
        s->st_ino = info->ino;                                                                               \
        s->st_mode = info->mode;                                                                             \
        s->st_nlink = info->nlink;                                                                           \
        s->st_atime = info->atime;                                                                           \
        s->st_mtime = info->mtime;                                                                           \
        s->st_ctime = info->ctime;                                                                           \
        return 0;                                                                                            \
    }                                                                                                        \
    int _wstat##suffix(const wchar_t *path, struct T *s)                                                     \
    {                                                                                                        \
        struct stat_info info;                                                                               \
        CRT_CHECK(s, EINVAL, -1);                                                                            \
        memset(s, 0, sizeof *s);                                                                             \
        CRT_CHECK(path, EINVAL, -1);                                                                         \
        return stat_path(path, &info) ? -1 : fill_##T(s, &info);                                             \
    }                                                                                                        \
    int _stat##suffix(const char *name, struct T *s)                                                         \
    {                                                                                                        \
        NARROW(_wstat##suffix(wide, s), -1)                                                                  \
    }                                                                                                        \
    int _fstat##suffix(int fd, struct T *s)                                                                  \
    {                                                                                                        \
        struct stat_info info;                                                                               \
        CRT_CHECK(s, EINVAL, -1);                                                                            \
        memset(s, 0, sizeof *s);                                                                             \
        return stat_fd(fd, &info) ? -1 : fill_##T(s, &info);                                                 \
    }
STAT_FUNCTIONS(32, stat32)
STAT_FUNCTIONS(32i64, stat32i64)
STAT_FUNCTIONS(64i32, stat64i32)
STAT_FUNCTIONS(64, stat64)

/* ---------------------------------------------------------------- find */

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

/* ---------------------------------------------------------------- files */

int _waccess_s(const wchar_t *path, int mode)
{
    CRT_CHECK(path && !(mode & ~6), EINVAL, EINVAL);
    DWORD attributes = GetFileAttributesW(path);
    if (attributes == INVALID_FILE_ATTRIBUTES) {
        _dosmaperr(GetLastError());
        return errno;
    }
    if (attributes & FILE_ATTRIBUTE_READONLY && mode & 2 && !(attributes & FILE_ATTRIBUTE_DIRECTORY)) {
        crt_thread()->doserror = ERROR_ACCESS_DENIED;
        errno = EACCES;
        return EACCES;
    }
    return 0;
}
int _waccess(const wchar_t *path, int mode)
{
    return _waccess_s(path, mode) ? -1 : 0;
}
int _access(const char *name, int mode)
{
    NARROW(_waccess(wide, mode), -1)
}
int _access_s(const char *name, int mode)
{
    NARROW(_waccess_s(wide, mode), EINVAL)
}

int _wchmod(const wchar_t *path, int mode)
{
    CRT_CHECK(path, EINVAL, -1);
    DWORD attributes = GetFileAttributesW(path);
    if (attributes == INVALID_FILE_ATTRIBUTES)
        return result(FALSE);
    attributes = mode & _S_IWRITE ? attributes & ~FILE_ATTRIBUTE_READONLY
                                  : attributes | FILE_ATTRIBUTE_READONLY;
    return result(SetFileAttributesW(path, attributes));
}
int _chmod(const char *name, int mode)
{
    NARROW(_wchmod(wide, mode), -1)
}
int _wunlink(const wchar_t *path)
{
    CRT_CHECK(path, EINVAL, -1);
    return result(DeleteFileW(path));
}
int _unlink(const char *name)
{
    NARROW(_wunlink(wide), -1)
}
int _wremove(const wchar_t *path)
{
    return _wunlink(path);
}
int remove(const char *path)
{
    return _unlink(path);
}
int _wrename(const wchar_t *old, const wchar_t *new)
{
    CRT_CHECK(old && new, EINVAL, -1);
    return result(MoveFileExW(old, new, MOVEFILE_COPY_ALLOWED));
}
int rename(const char *old, const char *new)
{
    wchar_t *from = crt_wide_path(old), *to = crt_wide_path(new);
    int status = from && to ? _wrename(from, to) : -1;

    free(from);
    free(to);
    return status;
}
int _wmkdir(const wchar_t *path)
{
    CRT_CHECK(path, EINVAL, -1);
    return result(CreateDirectoryW(path, NULL));
}
int _mkdir(const char *name)
{
    NARROW(_wmkdir(wide), -1)
}
int _wrmdir(const wchar_t *path)
{
    CRT_CHECK(path, EINVAL, -1);
    return result(RemoveDirectoryW(path));
}
int _rmdir(const char *name)
{
    NARROW(_wrmdir(wide), -1)
}

/* The drive's working directory goes into its hidden variable, "=C:". */
int _wchdir(const wchar_t *path)
{
    wchar_t now[MAX_PATH + 1], variable[4] = L"=_:";

    CRT_CHECK(path, EINVAL, -1);
    if (!SetCurrentDirectoryW(path))
        return result(FALSE);
    if (GetCurrentDirectoryW(MAX_PATH + 1, now) && now[1] == ':') {
        variable[1] = now[0] >= 'a' && now[0] <= 'z' ? now[0] - 32 : now[0];
        SetEnvironmentVariableW(variable, now);
    }
    return 0;
}
int _chdir(const char *name)
{
    NARROW(_wchdir(wide), -1)
}
int _chdrive(int drive)
{
    wchar_t path[3] = {(wchar_t)('A' + drive - 1), ':', 0};

    if (drive < 1 || drive > 26) {
        errno = EACCES;
        crt_thread()->doserror = ERROR_INVALID_DRIVE;
        return -1;
    }
    return result(SetCurrentDirectoryW(path));
}
int _getdrive(void)
{
    wchar_t path[MAX_PATH + 1];

    if (!GetCurrentDirectoryW(MAX_PATH + 1, path) || path[1] != ':')
        return 0;
    return (path[0] | 32) - 'a' + 1;
}
unsigned long _getdrives(void)
{
    return GetLogicalDrives();
}
struct diskfree {
    unsigned int total_clusters, avail_clusters, sectors_per_cluster, bytes_per_sector;
};
unsigned int _getdiskfree(unsigned int drive, struct diskfree *d)
{
    wchar_t root[4] = {(wchar_t)('A' + drive - 1), ':', '\\', 0};

    CRT_CHECK(d && drive <= 26, EINVAL, ERROR_INVALID_PARAMETER);
    memset(d, 0, sizeof *d);
    if (!GetDiskFreeSpaceW(drive ? root : NULL, (DWORD *)&d->sectors_per_cluster,
                           (DWORD *)&d->bytes_per_sector, (DWORD *)&d->avail_clusters,
                           (DWORD *)&d->total_clusters)) {
        DWORD error = GetLastError();
        _dosmaperr(error);
        return error;
    }
    return 0;
}

/* Results go into the caller's buffer, or with none into the heap's. */
static wchar_t *give(const wchar_t *text, wchar_t *buffer, int size)
{
    size_t length = wcslen(text) + 1;

    if (!buffer) {
        buffer = malloc((length > (size_t)size ? length : (size_t)size) * sizeof *buffer);
        if (!buffer) {
            errno = ENOMEM;
            return NULL;
        }
    } else if (length > (size_t)size) {
        errno = ERANGE;
        return NULL;
    }
    return memcpy(buffer, text, length * sizeof *buffer);
}

static char *give_narrow(const wchar_t *text, char *buffer, int size)
{
    char *narrow = crt_narrow_path(text);
    size_t length = narrow ? strlen(narrow) + 1 : 0;

    if (!narrow)
        return NULL;
    if (!buffer) {
        if (length < (size_t)size) {
            char *bigger = realloc(narrow, size);
            if (bigger)
                narrow = bigger;
        }
        return narrow;
    }
    if (length > (size_t)size) {
        errno = ERANGE;
        buffer = NULL;
    } else {
        memcpy(buffer, narrow, length);
    }
    free(narrow);
    return buffer;
}

/* The working directory of a drive, 0 the current one, in heap memory. */
static wchar_t *directory(int drive)
{
    wchar_t spec[4] = {(wchar_t)('A' + drive - 1), ':', '.', 0}, *file;
    DWORD size = MAX_PATH;

    for (;;) {
        wchar_t *text = malloc(size * sizeof *text);
        if (!text)
            return NULL;
        DWORD length = drive ? GetFullPathNameW(spec, size, text, &file) : GetCurrentDirectoryW(size, text);
        if (!length) {
            _dosmaperr(GetLastError());
            free(text);
            return NULL;
        }
        if (length < size)
            return text;
        free(text);
        size = length + 1;
    }
}

wchar_t *_wgetdcwd(int drive, wchar_t *buffer, int size)
{
    CRT_CHECK(size >= 0 && (!buffer || size) && drive >= 0 && drive <= 26, EINVAL, NULL);
    if (drive && !(GetLogicalDrives() & 1u << (drive - 1))) {
        errno = EACCES;
        crt_thread()->doserror = ERROR_INVALID_DRIVE;
        return NULL;
    }
    wchar_t *text = directory(drive), *value = text ? give(text, buffer, size) : NULL;
    free(text);
    return value;
}
wchar_t *_wgetcwd(wchar_t *buffer, int size)
{
    return _wgetdcwd(0, buffer, size);
}
char *_getdcwd(int drive, char *buffer, int size)
{
    CRT_CHECK(size >= 0 && (!buffer || size) && drive >= 0 && drive <= 26, EINVAL, NULL);
    wchar_t *text = directory(drive);
    char *value = text ? give_narrow(text, buffer, size) : NULL;
    free(text);
    return value;
}
char *_getcwd(char *buffer, int size)
{
    return _getdcwd(0, buffer, size);
}

wchar_t *_wfullpath(wchar_t *buffer, const wchar_t *path, size_t size)
{
    wchar_t *file, text[MAX_PATH * 2];

    if (!path || !*path)
        return _wgetcwd(buffer, (int)size);
    CRT_CHECK(!buffer || size, EINVAL, NULL);
    DWORD length = GetFullPathNameW(path, MAX_PATH * 2, text, &file);
    if (!length) {
        _dosmaperr(GetLastError());
        return NULL;
    }
    if (length < MAX_PATH * 2)
        return give(text, buffer, buffer ? (int)size : MAX_PATH);
    wchar_t *big = malloc((length + 1) * sizeof *big), *value = NULL;
    if (big && GetFullPathNameW(path, length + 1, big, &file))
        value = give(big, buffer, buffer ? (int)size : MAX_PATH);
    free(big);
    return value;
}
char *_fullpath(char *buffer, const char *path, size_t size)
{
    if (!path || !*path)
        return _getcwd(buffer, (int)size);
    CRT_CHECK(!buffer || size, EINVAL, NULL);
    wchar_t *wide = crt_wide_path(path), *full = wide ? _wfullpath(NULL, wide, 0) : NULL;
    char *value = full ? give_narrow(full, buffer, buffer ? (int)size : MAX_PATH) : NULL;
    free(wide);
    free(full);
    return value;
}

/* ---------------------------------------------------------------- times of files */

#define UTIME(bits, T)                                                                                       \
    struct utimbuf##bits {                                                                                   \
        T actime, modtime;                                                                                   \
    };                                                                                                       \
    int _futime##bits(int fd, struct utimbuf##bits *times)                                                   \
    {                                                                                                        \
        FILETIME access, write;                                                                              \
        intptr_t handle = _get_osfhandle(fd);                                                                \
        if (handle == -1)                                                                                    \
            return -1;                                                                                       \
        if (times) {                                                                                         \
            access = file_time(times->actime);                                                               \
            write = file_time(times->modtime);                                                               \
        } else {                                                                                             \
            GetSystemTimeAsFileTime(&write);                                                                 \
            access = write;                                                                                  \
        }                                                                                                    \
        if (!SetFileTime((HANDLE)handle, NULL, &access, &write)) {                                           \
            errno = EINVAL;                                                                                  \
            return -1;                                                                                       \
        }                                                                                                    \
        return 0;                                                                                            \
    }                                                                                                        \
    int _wutime##bits(const wchar_t *path, struct utimbuf##bits *times)                                      \
    {                                                                                                        \
        int fd;                                                                                              \
        CRT_CHECK(path, EINVAL, -1);                                                                         \
        if (crt_open(&fd, path, _O_RDWR | _O_BINARY, _SH_DENYNO, 0, false))                                  \
            return -1;                                                                                       \
        int status = _futime##bits(fd, times), error = errno;                                                \
        _close(fd);                                                                                          \
        if (status)                                                                                          \
            errno = error;                                                                                   \
        return status;                                                                                       \
    }                                                                                                        \
    int _utime##bits(const char *name, struct utimbuf##bits *times)                                          \
    {                                                                                                        \
        NARROW(_wutime##bits(wide, times), -1)                                                               \
    }
UTIME(32, int32_t)
UTIME(64, int64_t)

/* ---------------------------------------------------------------- temporary files */

#define MKTEMP(T, name, size_of, len, access)                                                                \
    int name##_s(T *pattern, size_t size)                                                                    \
    {                                                                                                        \
        CRT_CHECK(pattern &&size, EINVAL, EINVAL);                                                           \
        size_t length = size_of(pattern, size);                                                              \
        if (length >= size || length < 6) {                                                                  \
            pattern[0] = 0;                                                                                  \
            CRT_CHECK(false, EINVAL, EINVAL);                                                                \
        }                                                                                                    \
        for (size_t i = length - 6; i < length; i++)                                                         \
            if (pattern[i] != 'X') {                                                                         \
                pattern[0] = 0;                                                                              \
                CRT_CHECK(false, EINVAL, EINVAL);                                                            \
            }                                                                                                \
        unsigned int id = GetCurrentThreadId() % 100000;                                                     \
        for (size_t i = length - 1; i > length - 6; i--, id /= 10)                                           \
            pattern[i] = (T)('0' + id % 10);                                                                 \
        for (T c = 'a'; c <= 'z'; c++) {                                                                     \
            pattern[length - 6] = c;                                                                         \
            int old = errno;                                                                                 \
            if (access(pattern, 0)) {                                                                        \
                errno = old;                                                                                 \
                return 0;                                                                                    \
            }                                                                                                \
        }                                                                                                    \
        pattern[0] = 0;                                                                                      \
        errno = EEXIST;                                                                                      \
        return EEXIST;                                                                                       \
    }                                                                                                        \
    T *name(T *pattern)                                                                                      \
    {                                                                                                        \
        CRT_CHECK(pattern, EINVAL, NULL);                                                                    \
        return name##_s(pattern, len(pattern) + 1) ? NULL : pattern;                                         \
    }
MKTEMP(char, _mktemp, strnlen, strlen, _access)
MKTEMP(wchar_t, _wmktemp, wcsnlen, wcslen, _waccess)

static volatile LONG name_counter;

/* msvcrt makes names in the root of the drive, ucrt in the folder for temporary files. */
static void next_name(wchar_t *buffer, size_t size)
{
    wchar_t folder[MAX_PATH + 1] = L"\\";

    if (CRT_UCRT)
        GetTempPathW(MAX_PATH, folder);
    for (;;) {
        _snwprintf(buffer, size, L"%lss%x.%x", folder, (unsigned int)GetCurrentProcessId(),
                   (unsigned int)InterlockedIncrement(&name_counter));
        if (GetFileAttributesW(buffer) == INVALID_FILE_ATTRIBUTES)
            return;
    }
}

wchar_t *_wtmpnam(wchar_t *buffer)
{
    struct crt_thread *thread = crt_thread();

    if (!buffer) {
        if (!thread->wtmpnam_buffer)
            thread->wtmpnam_buffer = malloc(MAX_PATH * sizeof(wchar_t));
        buffer = thread->wtmpnam_buffer;
    }
    if (buffer)
        next_name(buffer, MAX_PATH);
    return buffer;
}
char *tmpnam(char *buffer)
{
    struct crt_thread *thread = crt_thread();
    wchar_t name[MAX_PATH];

    if (!buffer) {
        if (!thread->tmpnam_buffer)
            thread->tmpnam_buffer = malloc(MAX_PATH);
        buffer = thread->tmpnam_buffer;
    }
    if (!buffer)
        return NULL;
    next_name(name, MAX_PATH);
    WideCharToMultiByte(CP_ACP, 0, name, -1, buffer, MAX_PATH, NULL, NULL);
    return buffer;
}
int _wtmpnam_s(wchar_t *buffer, size_t size)
{
    wchar_t name[MAX_PATH];

    CRT_CHECK(buffer, EINVAL, EINVAL);
    next_name(name, MAX_PATH);
    if (wcslen(name) >= size) {
        if (size)
            *buffer = 0;
        CRT_CHECK(false, ERANGE, ERANGE);
    }
    wcscpy(buffer, name);
    return 0;
}
int tmpnam_s(char *buffer, size_t size)
{
    char name[MAX_PATH];

    CRT_CHECK(buffer, EINVAL, EINVAL);
    tmpnam(name);
    if (strlen(name) >= size) {
        if (size)
            *buffer = 0;
        CRT_CHECK(false, ERANGE, ERANGE);
    }
    strcpy(buffer, name);
    return 0;
}

FILE *_wfdopen(int fd, const wchar_t *mode);

FILE *tmpfile(void)
{
    wchar_t folder[MAX_PATH + 1], path[MAX_PATH + 40];
    int fd;

    GetTempPathW(MAX_PATH, folder);
    for (int tries = 0; tries < 1000; tries++) {
        _snwprintf(path, ARRAY_LENGTH(path), L"%lsst%x.%x", folder, (unsigned int)GetCurrentProcessId(),
                   (unsigned int)InterlockedIncrement(&name_counter));
        int error = crt_open(&fd, path,
                             _O_CREAT | _O_EXCL | _O_RDWR | _O_BINARY | _O_TEMPORARY | _O_SHORT_LIVED,
                             _SH_DENYNO, _S_IREAD | _S_IWRITE, false);
        if (!error) {
            FILE *file = _wfdopen(fd, L"w+b");
            if (file)
                file->_tmpfname = crt_narrow_path(path);
            else
                _close(fd);
            return file;
        }
        if (error != EEXIST)
            break;
    }
    return NULL;
}
int tmpfile_s(FILE **file)
{
    CRT_CHECK(file, EINVAL, EINVAL);
    *file = tmpfile();
    return *file ? 0 : errno;
}

/* TMP's folder, the caller's, or the working directory; heap memory. */
wchar_t *_wtempnam(const wchar_t *folder, const wchar_t *prefix)
{
    const wchar_t *tmp = _wgetenv(L"TMP");
    size_t size = 64 + (prefix ? wcslen(prefix) : 0);

    if (tmp && GetFileAttributesW(tmp) != INVALID_FILE_ATTRIBUTES)
        folder = tmp;
    else if (!folder || GetFileAttributesW(folder) == INVALID_FILE_ATTRIBUTES)
        folder = L".";
    size += wcslen(folder);
    wchar_t *name = malloc(size * sizeof *name);
    if (!name)
        return NULL;
    size_t length = wcslen(folder);
    bool slash = length && (folder[length - 1] == '\\' || folder[length - 1] == '/');
    do
        _snwprintf(name, size, L"%ls%ls%ls%u", folder, slash ? L"" : L"\\", prefix ? prefix : L"",
                   (unsigned int)(GetCurrentProcessId() + InterlockedIncrement(&name_counter)));
    while (GetFileAttributesW(name) != INVALID_FILE_ATTRIBUTES);
    return name;
}
char *_tempnam(const char *folder, const char *prefix)
{
    wchar_t *f = folder ? crt_wide_path(folder) : NULL, *p = prefix ? crt_wide_path(prefix) : NULL;
    wchar_t *name = _wtempnam(f, p);
    char *value = name ? crt_narrow_path(name) : NULL;

    free(f);
    free(p);
    free(name);
    return value;
}
