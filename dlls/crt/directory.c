/*
 * The file system: working directories, drives and full paths.
 */
#include "filesystem_private.h"

/* The drive's working directory goes into its hidden variable, "=C:". */
int _wchdir(const wchar_t *path)
{
    wchar_t now[MAX_PATH + 1], variable[4] = L"=_:";

    CRT_CHECK(path, EINVAL, -1);
    if (!SetCurrentDirectoryW(path))
        return win32_result(FALSE);
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
    return win32_result(SetCurrentDirectoryW(path));
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
