/*
 * What lowio.c leaves of the descriptors: wide and shared opening, sizes beyond 4 GB, encodings, locks,
 * masks.
 */
#include "crt.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <share.h>
#include <sys/locking.h>
#include <sys/stat.h>

static const char name[] = "crt_descriptors.tmp";
static const wchar_t wide_name[] = L"crt_descriptors.tmp";
#define RW       (_S_IREAD | _S_IWRITE)
#define CLOSE(f) CRT(int, _close, (int))(f)
#define open_it  CRT(int, _open, (const char *, int, ...))
#define write_it CRT(int, _write, (int, const void *, unsigned))
#define read_it  CRT(int, _read, (int, void *, unsigned))
#define seek_it  CRT(long, _lseek, (int, long, int))

CRT_TEST(opening)
{
    int fd, other;

    ORACLE_DIFFERS("the failures are those of the documentation");
    fd = CRT(int, _wopen, (const wchar_t *, int, ...))(wide_name, _O_CREAT | _O_RDWR | _O_BINARY, RW);
    CHECK(fd > 2);
    CLOSE(fd);
    fd = CRT(int, _creat, (const char *, int))(name, RW);
    CHECK_EQ(write_it(fd, "x", 1), 1);
    CLOSE(fd);
    fd = CRT(int, _wcreat, (const wchar_t *, int))(wide_name, RW);
    CHECK_EQ(CRT(long, _filelength, (int))(fd), 0);
    CLOSE(fd);
    fd = CRT(int, _sopen, (const char *, int, int, ...))(name, _O_RDONLY, _SH_DENYRW);
    CHECK(fd > 2);
    CHECK_ERRNO(open_it(name, _O_RDONLY), -1, EACCES);
    CLOSE(fd);
    fd = CRT(int, _wsopen, (const wchar_t *, int, int, ...))(wide_name, _O_RDONLY, _SH_DENYWR);
    CHECK_ERRNO(open_it(name, _O_WRONLY), -1, EACCES);
    other = open_it(name, _O_RDONLY);
    CHECK(other > 2);
    CLOSE(other);
    CLOSE(fd);
    CHECK_EQ(CRT(int, _sopen_s, (int *, const char *, int, int, int))(&fd, name, _O_RDONLY, _SH_DENYNO, 0),
             0);
    CLOSE(fd);
    CHECK_EQ(CRT(int, _wsopen_s, (int *, const wchar_t *, int, int, int))(&fd, wide_name, _O_RDONLY,
                                                                          _SH_DENYNO, 0),
             0);
    CLOSE(fd);
    CHECK_ERRNO(
        CRT(int, _sopen_s, (int *, const char *, int, int, int))(&fd, "none", _O_RDONLY, _SH_DENYNO, 0),
        ENOENT, ENOENT);
    CHECK_EQ(fd, -1);
    CHECK_INVALID(
        CRT(int, _sopen_s, (int *, const char *, int, int, int))(NULL, name, _O_RDONLY, _SH_DENYNO, 0),
        EINVAL, EINVAL);
    CHECK_INVALID(
        CRT(int, _sopen_s, (int *, const char *, int, int, int))(&fd, NULL, _O_RDONLY, _SH_DENYNO, 0), EINVAL,
        EINVAL);
    CHECK_INVALID(CRT(int, _sopen_s, (int *, const char *, int, int, int))(&fd, name, _O_RDONLY, 0x77, 0),
                  EINVAL, EINVAL);
    CHECK_INVALID(
        CRT(int, _sopen_s, (int *, const char *, int, int, int))(&fd, name, _O_CREAT, _SH_DENYNO, 0x7777),
        EINVAL, EINVAL);
    CHECK_INVALID(
        CRT(int, _wsopen_s, (int *, const wchar_t *, int, int, int))(&fd, NULL, _O_RDONLY, _SH_DENYNO, 0),
        EINVAL, EINVAL);
    CHECK_INVALID(open_it(NULL, _O_RDONLY), -1, EINVAL);
    CHECK_INVALID(open_it(name, 3), -1, EINVAL);
    CHECK_ERRNO(open_it(".", _O_RDONLY), -1, EACCES);
#ifdef UCRT
    CHECK_EQ(CRT(int, _sopen_dispatch, (const char *, int, int, int, int *, int))(name, _O_RDONLY, _SH_DENYNO,
                                                                                  0, &fd, 1),
             0);
    CLOSE(fd);
    CHECK_EQ(CRT(int, _wsopen_dispatch, (const wchar_t *, int, int, int, int *, int))(wide_name, _O_RDONLY,
                                                                                      _SH_DENYNO, 0, &fd, 1),
             0);
    CLOSE(fd);
#endif
    /* A handle of the program's own. */
    HANDLE handle = CreateFileA(name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    fd = CRT(int, _open_osfhandle, (intptr_t, int))((intptr_t)handle, _O_RDONLY);
    CHECK(fd > 2);
    CHECK_EQ(CRT(intptr_t, _get_osfhandle, (int))(fd), (intptr_t)handle);
    CLOSE(fd); /* closes the handle */
    DWORD flags;
    CHECK_ERROR(GetHandleInformation(handle, &flags), ERROR_INVALID_HANDLE);
    CHECK_ERRNO(CRT(int, _open_osfhandle, (intptr_t, int))(-1, 0), -1, EBADF);
    CHECK_INVALID(CRT(intptr_t, _get_osfhandle, (int))(500), -1, EBADF);
    CHECK_INVALID(CRT(intptr_t, _get_osfhandle, (int))(-1), -1, EBADF);
    CHECK_INVALID(CRT(int, _dup, (int))(500), -1, EBADF);
    CHECK_INVALID(CRT(int, _dup2, (int, int))(500, 3), -1, EBADF);
    CHECK_INVALID(CRT(int, _dup2, (int, int))(1, 100000), -1, EBADF);
    CHECK_INVALID(CRT(int, _isatty, (int))(500), 0, EBADF);
    CHECK_INVALID(CRT(int, _commit, (int))(500), -1, EBADF);
    CHECK_INVALID(CRT(int, _setmode, (int, int))(500, _O_TEXT), -1, EBADF);
    CHECK_INVALID(CRT(int, _setmode, (int, int))(1, 7), -1, EINVAL);
    CHECK_INVALID(CRT(int, _eof, (int))(500), -1, EBADF);
    DeleteFileA(name);
}

CRT_TEST(sizes)
{
    int fd = open_it(name, _O_CREAT | _O_RDWR | _O_BINARY | _O_TRUNC, RW);

    write_it(fd, "0123456789", 10);
    CHECK_EQ(CRT(long long, _lseeki64, (int, long long, int))(fd, 5000000000ll, SEEK_SET), 5000000000ll);
    CHECK_EQ(CRT(long long, _telli64, (int))(fd), 5000000000ll);
    CHECK_EQ(CRT(long long, _filelengthi64, (int))(fd), 10);
    CHECK_ERRNO(CRT(long, _tell, (int))(fd), -1, EINVAL);
    CHECK_EQ(CRT(int, _eof, (int))(fd), 1);
    CHECK_EQ(CRT(int, _chsize_s, (int, long long))(fd, 4), 0);
    CHECK_EQ(CRT(long long, _telli64, (int))(fd), 5000000000ll); /* stays */
    CHECK_EQ(CRT(long long, _filelengthi64, (int))(fd), 4);
    CHECK_EQ(CRT(int, _chsize, (int, long))(fd, 6), 0); /* with zeros */
    char text[10] = "*********";
    seek_it(fd, 0, SEEK_SET);
    CHECK_EQ(read_it(fd, text, 10), 6);
    CHECK_BYTES(text, "0123\0\0", 6);
    CHECK_INVALID(CRT(int, _chsize_s, (int, long long))(fd, -1), EINVAL, EINVAL);
    CHECK_INVALID(CRT(int, _chsize_s, (int, long long))(500, 1), EBADF, EBADF);
    CHECK_ERRNO(CRT(long long, _lseeki64, (int, long long, int))(fd, -1, SEEK_SET), -1, EINVAL);
    CHECK_ERRNO(CRT(long long, _lseeki64, (int, long long, int))(fd, 0, 7), -1, EINVAL);
    CHECK_INVALID(read_it(fd, NULL, 5), -1, EINVAL);
    CHECK_INVALID(write_it(fd, NULL, 5), -1, EINVAL);
    CHECK_INVALID(read_it(500, text, 5), -1, EBADF);
    CHECK_INVALID(write_it(500, text, 5), -1, EBADF);
    CHECK_INVALID(CRT(long, _filelength, (int))(500), -1, EBADF);
    CLOSE(fd);
    DeleteFileA(name);
}

CRT_TEST(encodings)
{
    static const struct {
        int mode;
        const char *bytes;
        int size;
    } cases[] = {{_O_U8TEXT,
                  "\xef\xbb\xbf"
                  "A\xe2\x82\xac\r\n",
                  9},
                 {_O_U16TEXT,
                  "\xff\xfe"
                  "A\0\xac\x20\r\0\n\0",
                  10},
                 {_O_WTEXT,
                  "\xff\xfe"
                  "A\0\xac\x20\r\0\n\0",
                  10}};
    wchar_t text[20];
    char bytes[30];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int fd = open_it(name, _O_CREAT | _O_TRUNC | _O_WRONLY | cases[i].mode, RW);
        CHECK_EQ(write_it(fd, L"A\x20ac\n", 6), 6);
        CHECK_INVALID(write_it(fd, L"A", 1), -1, EINVAL); /* half a character */
        CLOSE(fd);
        fd = open_it(name, _O_RDONLY | _O_BINARY);
        CHECK_EQ(read_it(fd, bytes, 30), cases[i].size);
        CHECK_BYTES(bytes, cases[i].bytes, cases[i].size);
        CLOSE(fd);
        fd = open_it(name, _O_RDONLY | _O_WTEXT); /* the mark decides */
        CHECK_EQ(read_it(fd, text, 40), 6);
        CHECK_BYTES(text, L"A\x20ac\n", 6);
        CHECK_EQ(CRT(int, _setmode, (int, int))(fd, _O_BINARY), _O_WTEXT);
        CHECK_EQ(CRT(int, _setmode, (int, int))(fd, _O_TEXT), _O_BINARY);
        CLOSE(fd);
        /* Appending does not write another mark. */
        fd = open_it(name, _O_WRONLY | _O_APPEND | cases[i].mode);
        write_it(fd, L"B", 2);
        CLOSE(fd);
        fd = open_it(name, _O_RDONLY | _O_WTEXT);
        CHECK_EQ(read_it(fd, text, 40), 8);
        CHECK_BYTES(text, L"A\x20ac\nB", 8);
        CLOSE(fd);
    }
    DeleteFileA(name);
}

CRT_TEST(locks)
{
    int fd = open_it(name, _O_CREAT | _O_RDWR | _O_BINARY | _O_TRUNC, RW),
        other = open_it(name, _O_RDWR | _O_BINARY);
    char text[10];

    write_it(fd, "0123456789", 10);
    seek_it(fd, 2, SEEK_SET);
    CHECK_EQ(CRT(int, _locking, (int, int, long))(fd, _LK_NBLCK, 3), 0);
    CHECK_EQ(CRT(long, _tell, (int))(fd), 2);
    seek_it(other, 2, SEEK_SET);
    CHECK_ERRNO(CRT(int, _locking, (int, int, long))(other, _LK_NBLCK, 1), -1, EACCES);
    CHECK_ERRNO(read_it(other, text, 3), -1, EACCES);
    seek_it(other, 6, SEEK_SET);
    CHECK_EQ(CRT(int, _locking, (int, int, long))(other, _LK_NBRLCK, 2), 0);
    CHECK_EQ(CRT(int, _locking, (int, int, long))(other, _LK_UNLCK, 2), 0);
    CHECK_EQ(CRT(int, _locking, (int, int, long))(fd, _LK_UNLCK, 3), 0);
    CHECK_ERRNO(CRT(int, _locking, (int, int, long))(fd, _LK_UNLCK, 3), -1, EACCES);
    CHECK_INVALID(CRT(int, _locking, (int, int, long))(fd, 9, 3), -1, EINVAL);
    CHECK_INVALID(CRT(int, _locking, (int, int, long))(fd, _LK_LOCK, -3), -1, EINVAL);
    CHECK_INVALID(CRT(int, _locking, (int, int, long))(500, _LK_LOCK, 3), -1, EBADF);
    CLOSE(fd);
    CLOSE(other);
    DeleteFileA(name);
}

CRT_TEST(masks)
{
    int old, now;

    CHECK_EQ(CRT(int, _umask, (int))(_S_IWRITE), 0);
    int fd = open_it(name, _O_CREAT | _O_RDWR, RW);
    CLOSE(fd);
    CHECK(GetFileAttributesA(name) & FILE_ATTRIBUTE_READONLY);
    SetFileAttributesA(name, FILE_ATTRIBUTE_NORMAL);
    DeleteFileA(name);
    CHECK_EQ(CRT(int, _umask_s, (int, int *))(0, &old), 0);
    CHECK_EQ(old, _S_IWRITE);
    if (crt_has("_get_umask")) {
        CHECK_EQ(CRT(int, _get_umask, (int *))(&now), 0);
        CHECK_EQ(now, 0);
    }
    CHECK_INVALID(CRT(int, _umask_s, (int, int *))(0, NULL), EINVAL, EINVAL);
    CHECK_INVALID(CRT(int, _umask_s, (int, int *))(0x7777, &old), EINVAL, EINVAL);
    fd = open_it(name, _O_CREAT | _O_RDWR, _S_IREAD); /* read-only from the next opening on */
    CHECK_EQ(write_it(fd, "x", 1), 1);
    CLOSE(fd);
    CHECK_ERRNO(open_it(name, _O_WRONLY), -1, EACCES);
    SetFileAttributesA(name, FILE_ATTRIBUTE_NORMAL);
    DeleteFileA(name);
}
