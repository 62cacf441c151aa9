/*
 * The file system: names for temporary files, and the files.
 */
#include "filesystem_private.h"

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
